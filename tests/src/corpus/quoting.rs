//! Answers with their history, as the programs of the world write them around it.

use serde_json::json;

use super::{Case, crlf, mail};

/// A language: how Gmail introduces, and the labels From, Sent, To, Subject of Outlook.
const LANGUAGES: &[(&str, &str, [&str; 4])] = &[
    (
        "en",
        "On Tue, Mar 4, 2025 at 9:15 AM NAME <ADDRESS> wrote:",
        ["From", "Sent", "To", "Subject"],
    ),
    (
        "es",
        "El mar, 4 mar 2025 a las 9:15, NAME (<ADDRESS>) escribió:",
        ["De", "Enviado el", "Para", "Asunto"],
    ),
    (
        "pt",
        "Em ter., 4 de mar. de 2025 às 09:15, NAME <ADDRESS> escreveu:",
        ["De", "Enviada em", "Para", "Assunto"],
    ),
    (
        "de",
        "Am Di., 4. März 2025 um 09:15 Uhr schrieb NAME <ADDRESS>:",
        ["Von", "Gesendet", "An", "Betreff"],
    ),
    (
        "fr",
        "Le mar. 4 mars 2025 à 09:15, NAME <ADDRESS> a écrit :",
        ["De ", "Envoyé ", "À ", "Objet "],
    ),
    (
        "it",
        "Il giorno mar 4 mar 2025 alle ore 09:15 NAME <ADDRESS> ha scritto:",
        ["Da", "Inviato", "A", "Oggetto"],
    ),
    (
        "nl",
        "Op di 4 mrt 2025 om 09:15 schreef NAME <ADDRESS>:",
        ["Van", "Verzonden", "Aan", "Onderwerp"],
    ),
    (
        "sv",
        "Den tis 4 mars 2025 kl 09:15 skrev NAME <ADDRESS>:",
        ["Från", "Skickat", "Till", "Ämne"],
    ),
    (
        "da",
        "Den tirs. 4. mar. 2025 kl. 09.15 skrev NAME <ADDRESS>:",
        ["Fra", "Sendt", "Til", "Emne"],
    ),
    (
        "no",
        "tir. 4. mars 2025 kl. 09:15 skrev NAME <ADDRESS>:",
        ["Fra", "Sendt", "Til", "Emne"],
    ),
    (
        "fi",
        "ti 4. maalisk. 2025 klo 9.15 NAME (ADDRESS) kirjoitti:",
        ["Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"],
    ),
    (
        "pl",
        "wt., 4 mar 2025 o 09:15 NAME <ADDRESS> napisał(a):",
        ["Od", "Wysłano", "Do", "Temat"],
    ),
    (
        "cs",
        "út 4. 3. 2025 v 9:15 odesílatel NAME <ADDRESS> napsal:",
        ["Od", "Odesláno", "Komu", "Předmět"],
    ),
    (
        "sk",
        "ut 4. 3. 2025 o 9:15 NAME <ADDRESS> napísal(a):",
        ["Od", "Odoslané", "Komu", "Predmet"],
    ),
    (
        "hu",
        "NAME <ADDRESS> ezt írta (időpont: 2025. márc. 4., K, 9:15):",
        ["Feladó", "Elküldve", "Címzett", "Tárgy"],
    ),
    (
        "ro",
        "mar., 4 mar. 2025 la 09:15, NAME <ADDRESS> a scris:",
        ["De la", "Trimis", "Către", "Subiect"],
    ),
    (
        "ru",
        "вт, 4 мар. 2025 г. в 09:15, NAME <ADDRESS>:",
        ["От", "Отправлено", "Кому", "Тема"],
    ),
    (
        "uk",
        "вт, 4 бер. 2025 р. о 09:15 NAME <ADDRESS> пише:",
        ["Від", "Надіслано", "Кому", "Тема"],
    ),
    (
        "tr",
        "NAME <ADDRESS>, 4 Mar 2025 Sal, 09:15 tarihinde şunu yazdı:",
        ["Kimden", "Gönderildi", "Kime", "Konu"],
    ),
    (
        "el",
        "Στις Τρί 4 Μαρ 2025 στις 9:15 π.μ., ο χρήστης NAME <ADDRESS> έγραψε:",
        ["Από", "Στάλθηκε", "Προς", "Θέμα"],
    ),
    (
        "ja",
        "2025年3月4日(火) 9:15 NAME <ADDRESS>:",
        ["差出人", "送信日時", "宛先", "件名"],
    ),
    (
        "zh-cn",
        "NAME <ADDRESS> 于2025年3月4日周二 09:15写道：",
        ["发件人", "发送时间", "收件人", "主题"],
    ),
    (
        "zh-tw",
        "NAME <ADDRESS> 於 2025年3月4日 週二 上午9:15寫道：",
        ["寄件者", "寄件日期", "收件者", "主旨"],
    ),
    (
        "ko",
        "2025년 3월 4일 (화) 오전 9:15, NAME <ADDRESS>님이 작성:",
        ["보낸 사람", "보낸 날짜", "받는 사람", "제목"],
    ),
    (
        "vi",
        "Vào Th 3, 4 thg 3, 2025 vào lúc 09:15 NAME <ADDRESS> đã viết:",
        ["Từ", "Đã gửi", "Đến", "Chủ đề"],
    ),
    (
        "id",
        "Pada Sel, 4 Mar 2025 pukul 09.15 NAME <ADDRESS> menulis:",
        ["Dari", "Dikirim", "Kepada", "Subjek"],
    ),
];

/// HTML of programs; the words around are of no language that anybody lists.
const PAGES: &[(&str, &str)] = &[
    (
        "gmail",
        "<div dir=\"ltr\">ANSWER</div><br><div class=\"gmail_quote gmail_quote_container\"><div dir=\"ltr\" class=\"gmail_attr\">Zz 4 zz Ana:<br></div><blockquote class=\"gmail_quote\" style=\"margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex\">HISTORY</blockquote></div>",
    ),
    (
        "outlook-2007",
        "<div class=Section1><p class=MsoNormal>ANSWER</p><div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>Zz:</b> Ana</p></div><p class=MsoNormal>HISTORY</p></div>",
    ),
    (
        "outlook-2016",
        "<div class=WordSection1><p class=MsoNormal>ANSWER</p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>Zz:</b> Ana</p></div></div><p class=MsoNormal>HISTORY</p></div>",
    ),
    (
        "outlook-web",
        "<div>ANSWER</div><div id=\"appendonsend\"></div><hr tabindex=\"-1\" style=\"display:inline-block; width:98%\"><div id=\"divRplyFwdMsg\" dir=\"ltr\"><b>Zz:</b> Ana</div><div>HISTORY</div>",
    ),
    (
        "outlook-phone",
        "<div>ANSWER</div><div id=\"ms-outlook-mobile-signature\"></div><div id=\"mail-editor-reference-message-container\"><div><b>Zz:</b> Ana</div>HISTORY</div>",
    ),
    (
        "apple",
        "<html><body>ANSWER<br><div><br><blockquote type=\"cite\"><div>Zz 4 zz Ana:</div><br><div>HISTORY</div></blockquote></div></body></html>",
    ),
    (
        "thunderbird",
        "<p>ANSWER</p><div class=\"moz-cite-prefix\">Zz 4 zz Ana:<br></div><blockquote type=\"cite\" cite=\"mid:1@a.example\"><p>HISTORY</p></blockquote>",
    ),
    (
        "yahoo",
        "<div class=\"ydp1a2b3cyahoo-style-wrap\"><div>ANSWER</div></div><div id=\"ydp9yahoo_quoted_1\" class=\"ydp9yahoo_quoted\"><div>Zz 4 zz Ana:</div><div>HISTORY</div></div>",
    ),
    (
        "proton",
        "<div>ANSWER</div><div class=\"protonmail_quote\">Zz 4 zz Ana:<br><blockquote class=\"protonmail_quote\" type=\"cite\"><div>HISTORY</div></blockquote></div>",
    ),
    (
        "zoho",
        "<div>ANSWER</div><div class=\"zmail_extra\"><div>---- Zz 4 zz Ana ---</div><blockquote id=\"blockquote_zmail\"><div>HISTORY</div></blockquote></div>",
    ),
    (
        "samsung",
        "<p>ANSWER</p><!-- originalMessage --><div>-------- Zz --------</div><div>HISTORY</div>",
    ),
    (
        "gmx",
        "<div>ANSWER</div><div name=\"quote\" style=\"margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;\"><div>Zz</div>HISTORY</div>",
    ),
];

const ANSWER: &str = "It works now, thank you.";

fn filled(text: &str) -> String {
    text.replace("NAME", "Ana Lima").replace("ADDRESS", "ana@acme.example")
}

pub(super) fn add(cases: &mut Vec<Case>) {
    let kind = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit";
    let mut push = |name: String, text: String| {
        let expect = json!({ "reply": ANSWER, "forwarded": null, "auto": "none" });
        cases.push(Case::new(
            name,
            mail("Re: Printer", kind, crlf(&text).as_bytes()),
            expect,
        ));
    };
    for (language, introduction, labels) in LANGUAGES {
        let introduction = filled(introduction);
        push(
            format!("quote-gmail-{language}"),
            format!("{ANSWER}\n\n{introduction}\n\n> HISTORY line one\n> line two\n>\n> Ana\n"),
        );
        push(
            format!("quote-gmail-{language}-below"),
            format!("{introduction}\n\n> HISTORY line one\n> line two\n\n{ANSWER}\n"),
        );
        let [from, sent, to, subject] = labels;
        let block = format!(
            "{from}: Ana Lima <ana@acme.example>\n{sent}: 4/3/2025 9:15\n{to}: Bo Berg <bo@b.example>\n{subject}: RE: Printer\n\nHISTORY\n"
        );
        push(format!("quote-outlook-{language}"), format!("{ANSWER}\n\n{block}"));
        push(
            format!("quote-outlook-{language}-rule"),
            format!("{ANSWER}\n\n________________________________\n{block}"),
        );
        push(
            format!("quote-outlook-{language}-bold"),
            format!(
                "{ANSWER}\n\n*{from}:* Ana Lima <ana@acme.example>\n*{sent}:* 4/3/2025 9:15\n*{to}:* Bo\n*{subject}:* RE: Printer\n\nHISTORY\n"
            ),
        );
    }
    for (program, page) in PAGES {
        let page = page.replace("ANSWER", ANSWER).replace("HISTORY", "HISTORY of it");
        let expect = json!({ "reply": ANSWER, "forwarded": null });
        let html = format!("<html><body>{page}</body></html>");
        cases.push(Case::new(
            format!("quote-html-{program}"),
            mail(
                "Re: Printer",
                "Content-Type: text/html; charset=utf-8",
                crlf(&html).as_bytes(),
            ),
            expect.clone(),
        ));
        // With a plain part that says less than the page.
        let both = format!(
            "--B\nContent-Type: text/plain; charset=utf-8\n\n{ANSWER}\n\nZz 4 zz Ana:\nHISTORY of it\n--B\nContent-Type: text/html; charset=utf-8\n\n{html}\n--B--\n"
        );
        cases.push(Case::new(
            format!("quote-html-{program}-alternative"),
            mail(
                "Re: Printer",
                "Content-Type: multipart/alternative; boundary=B",
                crlf(&both).as_bytes(),
            ),
            expect,
        ));
    }
    let whole = [
        ("prose", "On Monday I called twice.\nNobody wrote:\nso I write again."),
        ("list", "1. first\n2. second\n\n- a\n- b"),
        ("error-message", "The machine says:\n> PAPER JAM\nand then stops."),
        (
            "invitation-in-words",
            "Date: Friday, 3 May\nPlace: our shop\n\nPlease come.",
        ),
        (
            "question-about-law",
            "Our lawyers ask whether the contract is confidential. Could you tell us what it says about that?",
        ),
        ("dashes", "a -- b is not a signature\n\nnor is this"),
        ("only-quoted", "> all of it\n> is quoted"),
    ];
    for (name, text) in whole {
        cases.push(Case::new(
            format!("keep-{name}"),
            mail("Printer", kind, crlf(text).as_bytes()),
            json!({ "reply": text, "text": text }),
        ));
    }
    for (language, introduction, _) in LANGUAGES {
        let introduction = filled(introduction);
        let text = format!("{introduction}\n> Which model?\n\nThe X200.\n\n> Which colour?\n\nRed.");
        cases.push(Case::new(
            format!("keep-interleaved-{language}"),
            mail("Re: Printer", kind, crlf(&text).as_bytes()),
            json!({ "reply": text }),
        ));
    }
    let signatures = [
        ("standard", "-- \nBo Berg\nAcme, +1 555 0100"),
        ("iphone", "Sent from my iPhone"),
        ("iphone-es", "Enviado desde mi iPhone"),
        ("iphone-pt", "Enviado do meu iPhone"),
        ("iphone-ja", "iPhoneから送信"),
        ("iphone-ru", "Отправлено с iPhone"),
        ("huawei", "Enviado desde mi teléfono Huawei"),
        ("outlook-phone", "Get Outlook for Android"),
        (
            "disclaimer-en",
            "This e-mail and any attachments are confidential and intended solely for the addressee. If you have received it in error, please notify the sender and delete it.",
        ),
        (
            "disclaimer-es",
            "Este mensaje y sus adjuntos son confidenciales y van dirigidos exclusivamente a su destinatario. Si lo ha recibido por error, elimínelo y avise al remitente.",
        ),
        (
            "disclaimer-pt",
            "Esta mensagem pode conter informação confidencial e destina-se apenas ao destinatário. Se a recebeu por engano, por favor apague-a e avise o remetente.",
        ),
        (
            "list-foot",
            "_______________________________________________\nprinters mailing list\nprinters@lists.example",
        ),
    ];
    for (name, foot) in signatures {
        let text = format!("{ANSWER}\n\n{foot}\n");
        cases.push(Case::new(
            format!("signature-{name}"),
            mail("Re: Printer", kind, crlf(&text).as_bytes()),
            json!({ "reply": ANSWER }),
        ));
    }
}
