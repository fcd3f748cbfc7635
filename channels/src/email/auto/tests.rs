use super::*;

fn of(header: &str) -> Auto {
    let headers = Headers::read(format!("From: a@b.example\n{header}\n\nbody").as_bytes());
    classify(&headers, headers.get("subject").unwrap_or_default())
}

#[test]
fn what_no_person_wrote_is_known() {
    let cases = [
        ("Subject: Hello", Auto::None),
        ("Auto-Submitted: no", Auto::None),
        ("Auto-Submitted: auto-replied", Auto::AutoReply),
        ("Auto-Submitted: auto-generated; type=x", Auto::AutoReply),
        ("Auto-Submitted: Auto-Replied (vacation)", Auto::AutoReply),
        ("X-Autoreply: yes", Auto::AutoReply),
        ("X-Autoreply: no", Auto::None),
        ("X-Autorespond: Re: Hello", Auto::AutoReply),
        ("Precedence: auto_reply", Auto::AutoReply),
        ("Subject: Automatic reply: Printer", Auto::AutoReply),
        ("Subject: Respuesta automática: Impresora", Auto::AutoReply),
        ("Subject: Resposta automática: Impressora", Auto::AutoReply),
        ("Subject: Out of Office: Printer", Auto::AutoReply),
        ("Subject: Re: how to set out of office", Auto::None),
        (
            "Subject: Estoy de vacaciones\nX-Auto-Response-Suppress: All",
            Auto::AutoReply,
        ),
        ("Subject: Estoy de vacaciones", Auto::None),
        ("X-Auto-Response-Suppress: OOF", Auto::None),
        (
            "Content-Type: multipart/report; report-type=disposition-notification",
            Auto::AutoReply,
        ),
        ("Precedence: bulk", Auto::Bulk),
        ("Precedence: list", Auto::Bulk),
        ("List-Id: <news.a.example>", Auto::Bulk),
        ("List-Unsubscribe: <mailto:u@a.example>", Auto::Bulk),
        ("X-Campaign: 7", Auto::Bulk),
        ("X-Switchboard-Loop: abc\nAuto-Submitted: auto-replied", Auto::Loop),
        ("x-switchboard-LOOP: abc", Auto::Loop),
    ];
    for (header, expected) in cases {
        assert_eq!(of(header), expected, "{header}");
    }
}
