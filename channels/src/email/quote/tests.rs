use super::*;

/// Clients of Gmail, Outlook, Apple Mail, Thunderbird, Yahoo and phones, as they write around
/// `ANSWER` and `HISTORY`.
const CLIENTS: &[(&str, &str)] = &[
    (
        "gmail en",
        "ANSWER\n\nOn Tue, Mar 4, 2025 at 9:15 AM Ana Lima <ana@acme.example> wrote:\n\n> HISTORY\n> more\n",
    ),
    (
        "gmail en wrapped",
        "ANSWER\n\nOn Tue, Mar 4, 2025 at 9:15 AM Support of the Acme Company\n<support+abc@acme.example> wrote:\n\n> HISTORY\n",
    ),
    (
        "gmail es",
        "ANSWER\n\nEl mar, 4 mar 2025 a las 9:15, Ana Lima (<ana@acme.example>) escribió:\n\n> HISTORY\n",
    ),
    (
        "gmail es latam",
        "ANSWER\n\nEl mar., 4 de marzo de 2025 9:15 a. m., Ana Lima <\nana@acme.example> escribió:\n\n> HISTORY\n",
    ),
    (
        "gmail pt br",
        "ANSWER\n\nEm ter., 4 de mar. de 2025 às 09:15, Ana Lima <ana@acme.example>\nescreveu:\n\n> HISTORY\n",
    ),
    (
        "gmail pt pt",
        "ANSWER\n\nAna Lima <ana@acme.example> escreveu (terça, 4/03/2025 à(s) 09:15):\n\n> HISTORY\n",
    ),
    (
        "gmail de",
        "ANSWER\n\nAm Di., 4. März 2025 um 09:15 Uhr schrieb Ana Lima <ana@acme.example>:\n\n> HISTORY\n",
    ),
    (
        "gmail fr",
        "ANSWER\n\nLe mar. 4 mars 2025 à 09:15, Ana Lima <ana@acme.example> a écrit :\n\n> HISTORY\n",
    ),
    (
        "gmail it",
        "ANSWER\n\nIl giorno mar 4 mar 2025 alle ore 09:15 Ana Lima <ana@acme.example> ha\nscritto:\n\n> HISTORY\n",
    ),
    (
        "outlook en",
        "ANSWER\n\nFrom: Ana Lima <ana@acme.example>\nSent: Tuesday, March 4, 2025 9:15 AM\nTo: Bo <bo@b.example>\nSubject: RE: Printer\n\nHISTORY\n",
    ),
    (
        "outlook en rule",
        "ANSWER\n________________________________\nFrom: Ana Lima <ana@acme.example>\nSent: Tuesday, March 4, 2025 9:15 AM\nTo: Bo\nSubject: RE: Printer\n\nHISTORY\n",
    ),
    (
        "outlook es",
        "ANSWER\n\nDe: Ana Lima <ana@acme.example>\nEnviado el: martes, 4 de marzo de 2025 9:15\nPara: Bo <bo@b.example>\nAsunto: RE: Impresora\n\nHISTORY\n",
    ),
    (
        "outlook es web",
        "ANSWER\n________________________________\nDe: Ana Lima <ana@acme.example>\nEnviado: martes, 4 de marzo de 2025 9:15\nPara: Bo <bo@b.example>\nAsunto: Re: Impresora\n\nHISTORY\n",
    ),
    (
        "outlook pt",
        "ANSWER\n\nDe: Ana Lima <ana@acme.example>\nEnviada em: terça-feira, 4 de março de 2025 09:15\nPara: Bo <bo@b.example>\nAssunto: RES: Impressora\n\nHISTORY\n",
    ),
    (
        "outlook pt pt",
        "ANSWER\n\nDe: Ana Lima\nEnviado: terça-feira, 4 de março de 2025 09:15\nPara: Bo\nCc: Eva\nAssunto: RE: Impressora\n\nHISTORY\n",
    ),
    (
        "outlook de",
        "ANSWER\n\nVon: Ana Lima <ana@acme.example>\nGesendet: Dienstag, 4. März 2025 09:15\nAn: Bo\nBetreff: AW: Drucker\n\nHISTORY\n",
    ),
    (
        "outlook bold",
        "ANSWER\n\n*De:* Ana Lima\n*Enviado el:* martes, 4 de marzo de 2025 9:15\n*Para:* Bo\n*Asunto:* Impresora\n\nHISTORY\n",
    ),
    (
        "outlook express en",
        "ANSWER\n\n-----Original Message-----\nFrom: Ana\n\nHISTORY\n",
    ),
    (
        "outlook express es",
        "ANSWER\n\n-----Mensaje original-----\nDe: Ana\n\nHISTORY\n",
    ),
    (
        "outlook express pt",
        "ANSWER\n\n-----Mensagem original-----\nDe: Ana\n\nHISTORY\n",
    ),
    (
        "apple mail en",
        "ANSWER\n\n> On 4 Mar 2025, at 09:15, Ana Lima <ana@acme.example> wrote:\n> \n> HISTORY\n",
    ),
    (
        "apple mail en unmarked",
        "ANSWER\n\nOn 4 Mar 2025, at 09:15, Ana Lima <ana@acme.example> wrote:\n\nHISTORY\n",
    ),
    (
        "apple mail es",
        "ANSWER\n\n> El 4 mar 2025, a las 9:15, Ana Lima <ana@acme.example> escribió:\n> \n> HISTORY\n",
    ),
    (
        "apple mail pt",
        "ANSWER\n\n> Em 4 de mar. de 2025, à(s) 09:15, Ana Lima <ana@acme.example> escreveu:\n> \n> HISTORY\n",
    ),
    (
        "apple mail pt pt",
        "ANSWER\n\nNo dia 4 de março de 2025, às 09:15, Ana Lima <ana@acme.example> escreveu:\n\n> HISTORY\n",
    ),
    (
        "iphone en",
        "ANSWER\n\nSent from my iPhone\n\n> On Mar 4, 2025, at 9:15 AM, Ana Lima <ana@acme.example> wrote:\n> \n> HISTORY\n",
    ),
    (
        "iphone es",
        "ANSWER\n\nEnviado desde mi iPhone\n\n> El 4 mar 2025, a las 9:15, Ana Lima <ana@acme.example> escribió:\n> \n> HISTORY\n",
    ),
    (
        "iphone pt",
        "ANSWER\n\nEnviado do meu iPhone\n\n> Em 4 de mar. de 2025, à(s) 09:15, Ana Lima <ana@acme.example> escreveu:\n> \n> HISTORY\n",
    ),
    (
        "thunderbird en",
        "ANSWER\n\nOn 04/03/2025 09:15, Ana Lima wrote:\n> HISTORY\n> more\n",
    ),
    (
        "thunderbird es",
        "ANSWER\n\nEl 4/3/25 a las 9:15, Ana Lima escribió:\n> HISTORY\n",
    ),
    (
        "thunderbird pt",
        "ANSWER\n\nEm 04/03/2025 09:15, Ana Lima escreveu:\n> HISTORY\n",
    ),
    (
        "thunderbird pt pt",
        "ANSWER\n\nÀs 09:15 de 04/03/2025, Ana Lima escreveu:\n> HISTORY\n",
    ),
    (
        "yahoo en",
        "ANSWER\n\n    On Tuesday, March 4, 2025 at 09:15:00 AM GMT-3, Ana Lima <ana@acme.example> wrote:  \n \n HISTORY\n",
    ),
    (
        "yahoo es",
        "ANSWER\n\n    El martes, 4 de marzo de 2025, 09:15:00 CET, Ana Lima <ana@acme.example> escribió:  \n \n HISTORY\n",
    ),
    (
        "yahoo es old",
        "ANSWER\n\n    En martes, 4 de marzo de 2025 09:15:00 CET, Ana Lima <ana@acme.example> escribió:  \n \n HISTORY\n",
    ),
    (
        "yahoo pt",
        "ANSWER\n\n    Em terça-feira, 4 de março de 2025 09:15:00 BRT, Ana Lima <ana@acme.example> escreveu:  \n \n HISTORY\n",
    ),
    (
        "samsung en",
        "ANSWER\n\n-------- Original message --------\nFrom: Ana Lima <ana@acme.example>\nDate: 04/03/2025 09:15 (GMT-03:00)\nTo: Bo\nSubject: Printer\n\nHISTORY\n",
    ),
    (
        "samsung es",
        "ANSWER\n\nEnviado desde mi Samsung Galaxy\n\n-------- Mensaje original --------\nDe: Ana Lima\nFecha: 4/3/25 9:15 (GMT-03:00)\nA: Bo\nAsunto: Impresora\n\nHISTORY\n",
    ),
    (
        "samsung pt",
        "ANSWER\n\nEnviado do meu Galaxy\n\n-------- Mensagem original --------\nDe: Ana Lima\nData: 04/03/2025 09:15 (GMT-03:00)\nPara: Bo\nAssunto: Impressora\n\nHISTORY\n",
    ),
    (
        "outlook phone en",
        "ANSWER\n\nGet Outlook for iOS<https://aka.example/o0ukef>\n________________________________\nFrom: Ana Lima <ana@acme.example>\nSent: Tuesday, March 4, 2025 9:15:00 AM\nTo: Bo\nSubject: Re: Printer\n\nHISTORY\n",
    ),
    (
        "outlook phone es",
        "ANSWER\n\nObtener Outlook para Android<https://aka.example/AAb9ysg>\n________________________________\nDe: Ana Lima\nEnviado: martes, 4 de marzo de 2025 9:15:00\nPara: Bo\nAsunto: Re: Impresora\n\nHISTORY\n",
    ),
    (
        "outlook phone pt",
        "ANSWER\n\nObter o Outlook para Android<https://aka.example/AAb9ysg>\n________________________________\nDe: Ana Lima\nEnviado: terça-feira, 4 de março de 2025 09:15:00\nPara: Bo\nAssunto: Re: Impressora\n\nHISTORY\n",
    ),
    ("android mail", "ANSWER\n\n---- Ana Lima escreveu ----\n\nHISTORY\n"),
    (
        "reply above",
        "ANSWER\n\n## Please type your reply above this line ##\n\nHISTORY\n",
    ),
    (
        "dutch",
        "ANSWER\n\nOp di 4 mrt 2025 om 09:15 schreef Ana Lima <ana@acme.example>:\n\n> HISTORY\n",
    ),
    (
        "bottom posting",
        "On 04/03/2025 09:15, Ana Lima wrote:\n> HISTORY\n> more\n\nANSWER\n",
    ),
    (
        "bottom posting es",
        "El 4/3/25 a las 9:15, Ana Lima escribió:\n> HISTORY\n\nANSWER\n",
    ),
    (
        "quoted lines wrapped",
        "ANSWER\n\nEm 04/03/2025 09:15, Ana Lima escreveu:\n> HISTORY that is quite long and therefore was cut by some server on its\nway to here\n> more\n",
    ),
];

#[test]
fn each_client_leaves_only_the_answer() {
    for (client, mail) in CLIENTS {
        for ending in ["\n", "\r\n"] {
            let mail = mail
                .replace("ANSWER", "It works now, thank you.\n\nBo")
                .replace('\n', ending);
            assert_eq!(
                reply(&mail, false),
                "It works now, thank you.\n\nBo",
                "{client}: {mail}"
            );
        }
    }
}

#[test]
fn a_signature_is_not_part_of_the_answer() {
    let signatures = [
        "-- \nBo Berg\nAcme, +1 555 0100",
        "--\nBo Berg",
        "—\nBo Berg",
        "Sent from my iPhone",
        "Sent from my Verizon Android phone",
        "Sent from Yahoo Mail on Android",
        "Sent from Mail for Windows",
        "Enviado desde mi iPhone",
        "Enviado desde mi teléfono móvil",
        "Enviado desde Correo para Windows",
        "Enviado do meu iPhone",
        "Enviado do meu smartphone Samsung Galaxy.",
        "Enviado do Yahoo Mail no Android",
        "Enviado via Outlook para Android",
        "Obtener Outlook para iOS",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Inviato da iPhone",
        "Get Outlook for Android\nhttps://aka.example/ghei36",
        "_______________________________________________\nprinters mailing list\nprinters@lists.example",
    ];
    for signature in signatures {
        let mail = format!("No, the red one.\n\n{signature}\n");
        assert_eq!(reply(&mail, false), "No, the red one.", "{signature}");
    }
}

#[test]
fn what_people_write_is_kept_whole() {
    let texts = [
        "On Monday I called twice.\nNobody wrote:\nso I write again.",
        "Sent from my desk, where the printer stands, I hope this arrives.",
        "Enviado desde mi casa, que está lejos, pero llega.",
        "Date: Friday, 3 May\nPlace: our shop\n\nPlease come.",
        "De: la impresora nueva\nhay que hablar.",
        "The machine says:\n> PAPER JAM\nand then stops.",
        "a -- b is not a signature\n\nnor is this",
        "1. first\n2. second\n\n- a\n- b",
        "El 4 de marzo me dijeron que el técnico escribió:\nvuelva mañana, y no volvió nadie.",
        "Em 2024 comprei duas impressoras.\nO manual escreve:\nligue antes de usar.",
        ">",
        "",
        "   ",
    ];
    for text in texts {
        assert_eq!(reply(text, false), text.trim(), "{text}");
    }
}

#[test]
fn answers_between_the_quoted_lines_keep_their_questions() {
    let mail = "Hi Ana,\n\nEl 4/3/25 a las 9:15, Ana Lima escribió:\n> Which model?\n\nThe X200.\n\n> Which colour?\n\nRed.\n\n> Regards,\n> Ana\n\n-- \nBo";
    let reply = reply(mail, false);
    for kept in ["Hi Ana,", "> Which model?", "The X200.", "> Which colour?", "Red."] {
        assert!(reply.contains(kept), "{kept} in {reply}");
    }
    assert!(!reply.contains("Regards") && !reply.contains("-- "), "{reply}");
}

#[test]
fn a_forwarded_mail_is_kept() {
    let announced = [
        "---------- Forwarded message ---------",
        "---------- Mensaje reenviado ---------",
        "---------- Mensagem encaminhada ---------",
        "Begin forwarded message:",
        "Inicio del mensaje reenviado:",
        "Início da mensagem encaminhada:",
    ];
    for line in announced {
        let mail = format!(
            "See below.\n\n{line}\nFrom: Eva <eva@e.example>\nDate: 4 Mar 2025 09:15\nSubject: Broken\nTo: Bo\n\nIt is broken.\n\n-- \nEva"
        );
        assert_eq!(reply(&mail, false), mail, "{line}");
    }
    let outlook = "FYI\n\nDe: Eva <eva@e.example>\nEnviado: martes, 4 de marzo de 2025 9:15\nPara: Bo\nAsunto: Rota\n\nEstá rota.";
    assert_eq!(reply(outlook, true), outlook);
    assert_eq!(reply(outlook, false), "FYI");
    for subject in ["Fwd: x", "FW: x", "RV: x", "ENC: x", "fwd: x", "[EXT] FW: x", "转发：x"] {
        assert!(is_forward_subject(subject), "{subject}");
    }
    assert!(!is_forward_subject("Re: x") && !is_forward_subject("Re: FW: x") && !is_forward_subject("Forward roller"));
}

#[test]
fn nothing_but_history_is_shown_whole() {
    for mail in [
        "> all of it\n> is quoted",
        "From: a@b.example\nSent: Monday, 3 March 2025\nTo: c@d.example\nSubject: x\n\nText",
    ] {
        assert_eq!(reply(mail, false), mail);
    }
}

#[test]
fn rows_of_history_give_no_more_than_they_are() {
    let shapes: [&dyn Fn(usize) -> String; 7] = [
        &|n| ">".repeat(n),
        &|n| "On 1 ".repeat(n / 5),
        &|n| "On 1\n".repeat(n / 5),
        &|n| "On 4 Mar 2025 9:15, a@b.example wrote:\n".repeat(n / 38),
        &|n| "From: a@b\n".repeat(n / 10),
        &|n| "Sent from my iPhone\n".repeat(n / 20),
        &|n| "> a\nb\n".repeat(n / 6),
    ];
    for (number, shape) in shapes.iter().enumerate() {
        let text = shape(400_000);
        assert!(reply(&text, false).len() <= text.len(), "shape {number}");
    }
}

#[test]
fn html_shows_its_structure() {
    let cases = [
        (
            "gmail",
            "<div dir=\"ltr\">ANSWER</div><br><div class=\"gmail_quote gmail_quote_container\"><div dir=\"ltr\" class=\"gmail_attr\">Klingon 4 mar Ana:<br></div><blockquote class=\"gmail_quote\" style=\"margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204)\"><div>HISTORY</div></blockquote></div>",
        ),
        (
            "gmail old",
            "ANSWER<div class=\"gmail_extra\"><br><div class=\"gmail_quote\">Klingon 4 Ana &lt;a@b.example&gt;:<br><blockquote class=\"gmail_quote\" style=\"border-left:1px #ccc solid\">HISTORY</blockquote></div></div>",
        ),
        (
            "outlook web",
            "<div>ANSWER</div><div id=\"appendonsend\"></div><hr style=\"display:inline-block;width:98%\"><div id=\"divRplyFwdMsg\" dir=\"ltr\"><font><b>Xx:</b> Ana<br><b>Yy:</b> 4 mar</font></div><div>HISTORY</div>",
        ),
        (
            "outlook desktop",
            "<div class=WordSection1><p class=MsoNormal>ANSWER</p><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>Xx:</b> Ana<br><b>Yy:</b> 4 mar</p></div><p class=MsoNormal>HISTORY</p></div>",
        ),
        (
            "apple mail",
            "<html><body>ANSWER<br><div><br><blockquote type=\"cite\"><div>El 4 mar 2025, a las 9:15, Ana &lt;a@b.example&gt; escribió:</div><br><div>HISTORY</div></blockquote></div></body></html>",
        ),
        (
            "thunderbird",
            "<p>ANSWER</p><div class=\"moz-cite-prefix\">Klingon Ana 4 mar:<br></div><blockquote type=\"cite\" cite=\"mid:1@a.example\"><p>HISTORY</p></blockquote>",
        ),
        (
            "yahoo",
            "<div class=\"ydp1a2b3cyahoo-style-wrap\"><div>ANSWER</div></div><div id=\"ydp9yahoo_quoted_1\" class=\"ydp9yahoo_quoted\"><div>Klingon Ana 4 mar:</div><div>HISTORY</div></div>",
        ),
    ];
    for (client, html) in cases {
        let html = html.replace("ANSWER", "It works now.");
        let text = crate::email::html::to_text(&mark(&html));
        assert_eq!(reply_of_marked(&text, false), "It works now.", "{client}: {text}");
    }
    // An indented paragraph is no quotation.
    let indented =
        "<div>Before<blockquote style=\"margin:0 0 0 40px;border:none;padding:0px\">inside</blockquote>after</div>";
    let text = crate::email::html::to_text(&mark(indented));
    assert!(reply_of_marked(&text, false).contains("inside"), "{text}");
    for broken in [
        "<",
        "<a",
        "<a href=\"",
        "<blockquote",
        "</blockquote>",
        "<!--",
        "<div class=\"gmail_quote",
        "<é>",
        "a<b é",
    ] {
        mark(broken);
    }
}
