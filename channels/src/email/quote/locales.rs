//! What mail programs of other languages write around an answer.

use super::*;

/// Program and language, and what stands between the answer and the history.
const PROGRAMS: &[(&str, &str)] = &[
    (
        "gmail ca",
        "Missatge de Ana Lima <ana@acme.example> del dia dt., 4 de març 2025 a les 9:15:\n\n> HISTORY",
    ),
    (
        "gmail cs",
        "út 4. 3. 2025 v 9:15 odesílatel Ana Lima <ana@acme.example> napsal:\n\n> HISTORY",
    ),
    (
        "gmail sk",
        "ut 4. 3. 2025 o 9:15 Ana Lima <ana@acme.example> napísal(a):\n\n> HISTORY",
    ),
    (
        "gmail da",
        "Den tirs. 4. mar. 2025 kl. 09.15 skrev Ana Lima <ana@acme.example>:\n\n> HISTORY",
    ),
    (
        "gmail no",
        "tir. 4. mars 2025 kl. 09:15 skrev Ana Lima <ana@acme.example>:\n\n> HISTORY",
    ),
    (
        "gmail sv",
        "Den tis 4 mars 2025 kl 09:15 skrev Ana Lima <ana@acme.example>:\n\n> HISTORY",
    ),
    (
        "gmail fi",
        "ti 4. maalisk. 2025 klo 9.15 Ana Lima (ana@acme.example) kirjoitti:\n\n> HISTORY",
    ),
    (
        "gmail nl",
        "Op di 4 mrt 2025 om 09:15 schreef Ana Lima <ana@acme.example>:\n\n> HISTORY",
    ),
    (
        "gmail pl",
        "wt., 4 mar 2025 o 09:15 Ana Lima <ana@acme.example> napisał(a):\n\n> HISTORY",
    ),
    (
        "gmail ru",
        "вт, 4 мар. 2025 г. в 09:15, Ana Lima <ana@acme.example>:\n\n> HISTORY",
    ),
    (
        "gmail uk",
        "вт, 4 бер. 2025 р. о 09:15 Ana Lima <ana@acme.example> пише:\n\n> HISTORY",
    ),
    (
        "gmail tr",
        "Ana Lima <ana@acme.example>, 4 Mar 2025 Sal, 09:15 tarihinde şunu yazdı:\n\n> HISTORY",
    ),
    (
        "gmail el",
        "Στις Τρί 4 Μαρ 2025 στις 9:15 π.μ., ο χρήστης Ana Lima <ana@acme.example>\nέγραψε:\n\n> HISTORY",
    ),
    (
        "gmail hu",
        "Ana Lima <ana@acme.example> ezt írta (időpont: 2025. márc. 4., K, 9:15):\n\n> HISTORY",
    ),
    (
        "gmail ro",
        "mar., 4 mar. 2025 la 09:15, Ana Lima <ana@acme.example> a scris:\n\n> HISTORY",
    ),
    (
        "gmail ja",
        "2025年3月4日(火) 9:15 Ana Lima <ana@acme.example>:\n\n> HISTORY",
    ),
    (
        "gmail zh cn",
        "Ana Lima <ana@acme.example> 于2025年3月4日周二 09:15写道：\n\n> HISTORY",
    ),
    (
        "gmail zh tw",
        "Ana Lima <ana@acme.example> 於 2025年3月4日 週二 上午9:15寫道：\n\n> HISTORY",
    ),
    (
        "gmail ko",
        "2025년 3월 4일 (화) 오전 9:15, Ana Lima <ana@acme.example>님이 작성:\n\n> HISTORY",
    ),
    (
        "gmail he",
        "\u{202b}בתאריך יום ג׳, 4 במרץ 2025 ב-9:15 מאת \u{202a}Ana Lima\u{202c}\u{200f} <\u{202a}ana@acme.example\u{202c}\u{200f}>:\u{202c}\n\n> HISTORY",
    ),
    (
        "gmail ar",
        "في الثلاثاء، ٤ مارس ٢٠٢٥ في ٩:١٥ ص تمت كتابة ما يلي بواسطة Ana Lima <ana@acme.example>:\n\n> HISTORY",
    ),
    (
        "gmail th",
        "ในวันที่ อ. 4 มี.ค. 2025 เวลา 09:15 Ana Lima <ana@acme.example> เขียนว่า:\n\n> HISTORY",
    ),
    (
        "gmail vi",
        "Vào Th 3, 4 thg 3, 2025 vào lúc 09:15 Ana Lima <ana@acme.example> đã viết:\n\n> HISTORY",
    ),
    (
        "gmail id",
        "Pada Sel, 4 Mar 2025 pukul 09.15 Ana Lima <ana@acme.example> menulis:\n\n> HISTORY",
    ),
    (
        "gmail hr",
        "uto, 4. ožu 2025. u 09:15 Ana Lima <ana@acme.example> napisao je:\n\n> HISTORY",
    ),
    (
        "apple de",
        "> Am 04.03.2025 um 09:15 schrieb Ana Lima <ana@acme.example>:\n> \n> HISTORY",
    ),
    (
        "apple fr",
        "> Le 4 mars 2025 à 09:15, Ana Lima <ana@acme.example> a écrit :\n> \n> HISTORY",
    ),
    (
        "apple it",
        "> Il giorno 4 mar 2025, alle ore 09:15, Ana Lima <ana@acme.example> ha scritto:\n> \n> HISTORY",
    ),
    (
        "apple nl",
        "> Op 4 mrt. 2025, om 09:15 heeft Ana Lima <ana@acme.example> het volgende geschreven:\n> \n> HISTORY",
    ),
    (
        "apple nl unmarked",
        "Op 4 mrt. 2025, om 09:15 heeft Ana Lima <ana@acme.example> het volgende geschreven:\n\nHISTORY",
    ),
    (
        "apple sv",
        "4 mars 2025 kl. 09:15 skrev Ana Lima <ana@acme.example>:\n\nHISTORY",
    ),
    (
        "apple da",
        "Den 4. mar. 2025 kl. 09.15 skrev Ana Lima <ana@acme.example>:\n\nHISTORY",
    ),
    (
        "apple ru",
        "4 марта 2025 г., в 09:15, Ana Lima <ana@acme.example> написал(а):\n\nHISTORY",
    ),
    (
        "apple ja",
        "2025/03/04 9:15、Ana Lima <ana@acme.example>のメール:\n\nHISTORY",
    ),
    (
        "apple zh",
        "2025年3月4日 09:15，Ana Lima <ana@acme.example> 写道：\n\nHISTORY",
    ),
    (
        "apple ko",
        "2025. 3. 4. 오전 9:15, Ana Lima <ana@acme.example> 작성:\n\nHISTORY",
    ),
    (
        "apple tr",
        "Ana Lima <ana@acme.example> şunları yazdı (4 Mar 2025 09:15):\n\nHISTORY",
    ),
    ("thunderbird de", "Am 04.03.25 um 09:15 schrieb Ana Lima:\n> HISTORY"),
    ("thunderbird fr", "Le 04/03/2025 à 09:15, Ana Lima a écrit :\n> HISTORY"),
    ("thunderbird it", "Il 04/03/2025 09:15, Ana Lima ha scritto:\n> HISTORY"),
    ("thunderbird nl", "Op 4-3-2025 om 09:15 schreef Ana Lima:\n> HISTORY"),
    ("thunderbird pl", "W dniu 4.03.2025 o 09:15, Ana Lima pisze:\n> HISTORY"),
    ("thunderbird cs", "Dne 04. 03. 25 v 9:15 Ana Lima napsal(a):\n> HISTORY"),
    ("thunderbird ru", "04.03.2025 9:15, Ana Lima пишет:\n> HISTORY"),
    ("thunderbird fi", "Ana Lima kirjoitti 4.3.2025 klo 9.15:\n> HISTORY"),
    (
        "outlook fr",
        "De : Ana Lima <ana@acme.example>\nEnvoyé : mardi 4 mars 2025 09:15\nÀ : Bo <bo@b.example>\nObjet : RE: Imprimante\n\nHISTORY",
    ),
    (
        "outlook it",
        "Da: Ana Lima <ana@acme.example>\nInviato: martedì 4 marzo 2025 09:15\nA: Bo\nOggetto: R: Stampante\n\nHISTORY",
    ),
    (
        "outlook nl",
        "Van: Ana Lima <ana@acme.example>\nVerzonden: dinsdag 4 maart 2025 09:15\nAan: Bo\nOnderwerp: RE: Printer\n\nHISTORY",
    ),
    (
        "outlook sv",
        "Från: Ana Lima <ana@acme.example>\nSkickat: den 4 mars 2025 09:15\nTill: Bo\nÄmne: SV: Skrivare\n\nHISTORY",
    ),
    (
        "outlook da",
        "Fra: Ana Lima <ana@acme.example>\nSendt: 4. marts 2025 09:15\nTil: Bo\nEmne: SV: Printer\n\nHISTORY",
    ),
    (
        "outlook no",
        "Fra: Ana Lima <ana@acme.example>\nSendt: tirsdag 4. mars 2025 09:15\nTil: Bo\nEmne: SV: Skriver\n\nHISTORY",
    ),
    (
        "outlook fi",
        "Lähettäjä: Ana Lima <ana@acme.example>\nLähetetty: tiistai 4. maaliskuuta 2025 9.15\nVastaanottaja: Bo\nAihe: VS: Tulostin\n\nHISTORY",
    ),
    (
        "outlook pl",
        "Od: Ana Lima <ana@acme.example>\nWysłano: wtorek, 4 marca 2025 09:15\nDo: Bo\nTemat: ODP: Drukarka\n\nHISTORY",
    ),
    (
        "outlook cs",
        "Od: Ana Lima <ana@acme.example>\nOdesláno: úterý 4. března 2025 9:15\nKomu: Bo\nPředmět: RE: Tiskárna\n\nHISTORY",
    ),
    (
        "outlook ru",
        "От: Ana Lima <ana@acme.example>\nОтправлено: 4 марта 2025 г. 9:15\nКому: Bo\nТема: RE: Принтер\n\nHISTORY",
    ),
    (
        "outlook uk",
        "Від: Ana Lima <ana@acme.example>\nНадіслано: 4 березня 2025 р. 9:15\nКому: Bo\nТема: RE: Принтер\n\nHISTORY",
    ),
    (
        "outlook tr",
        "Kimden: Ana Lima <ana@acme.example>\nGönderildi: 4 Mart 2025 Salı 09:15\nKime: Bo\nKonu: YNT: Yazıcı\n\nHISTORY",
    ),
    (
        "outlook el",
        "Από: Ana Lima <ana@acme.example>\nΣτάλθηκε: Τρίτη, 4 Μαρτίου 2025 9:15\nΠρος: Bo\nΘέμα: ΑΠ: Εκτυπωτής\n\nHISTORY",
    ),
    (
        "outlook hu",
        "Feladó: Ana Lima <ana@acme.example>\nElküldve: 2025. március 4., kedd 9:15\nCímzett: Bo\nTárgy: RE: Nyomtató\n\nHISTORY",
    ),
    (
        "outlook ja",
        "差出人: Ana Lima <ana@acme.example>\n送信日時: 2025年3月4日 9:15\n宛先: Bo\n件名: RE: プリンター\n\nHISTORY",
    ),
    (
        "outlook zh cn",
        "发件人: Ana Lima <ana@acme.example>\n发送时间: 2025年3月4日 9:15\n收件人: Bo\n主题: 答复: 打印机\n\nHISTORY",
    ),
    (
        "outlook zh tw",
        "寄件者: Ana Lima <ana@acme.example>\n寄件日期: 2025年3月4日 上午 09:15\n收件者: Bo\n主旨: 回覆: 印表機\n\nHISTORY",
    ),
    (
        "outlook ko",
        "보낸 사람: Ana Lima <ana@acme.example>\n보낸 날짜: 2025년 3월 4일 화요일 오전 9:15\n받는 사람: Bo\n제목: RE: 프린터\n\nHISTORY",
    ),
    (
        "outlook ro",
        "De la: Ana Lima <ana@acme.example>\nTrimis: marți, 4 martie 2025 09:15\nCătre: Bo\nSubiect: RE: Imprimantă\n\nHISTORY",
    ),
    (
        "proton en",
        "On Tuesday, March 4th, 2025 at 9:15 AM, Ana Lima <ana@acme.example> wrote:\n\n> HISTORY",
    ),
    (
        "proton de",
        "Am Dienstag, 4. März 2025 um 09:15, schrieb Ana Lima <ana@acme.example>:\n\n> HISTORY",
    ),
    (
        "zoho",
        "---- On Tue, 04 Mar 2025 09:15:00 -0300 Ana Lima <ana@acme.example> wrote ---\n\nHISTORY",
    ),
    (
        "huawei",
        "-------- Original Message --------\nSubject: Re: Printer\nFrom: Ana Lima <ana@acme.example>\nTo: Bo\nCC:\n\nHISTORY",
    ),
    (
        "huawei zh",
        "-------- 原始邮件 --------\n主题：Re: 打印机\n发件人：Ana Lima <ana@acme.example>\n收件人：Bo\n\nHISTORY",
    ),
    (
        "qq",
        "------------------ 原始邮件 ------------------\n发件人: \"Ana Lima\" <ana@acme.example>;\n发送时间: 2025年3月4日(星期二) 上午9:15\n收件人: \"Bo\"<bo@b.example>;\n主题: Re: 打印机\n\nHISTORY",
    ),
    (
        "netease",
        "At 2025-03-04 09:15:00, \"Ana Lima\" <ana@acme.example> wrote:\n>HISTORY\n>more",
    ),
    (
        "yandex",
        "04.03.2025, 09:15, \"Ana Lima\" <ana@acme.example>:\n> HISTORY",
    ),
    (
        "mail.ru",
        "Вторник, 4 марта 2025, 9:15 +03:00 от Ana Lima <ana@acme.example>:\n\n> HISTORY",
    ),
    (
        "samsung de",
        "-------- Ursprüngliche Nachricht --------\nVon: Ana Lima <ana@acme.example>\nDatum: 04.03.25 09:15 (GMT+01:00)\nAn: Bo\nBetreff: Drucker\n\nHISTORY",
    ),
    (
        "samsung unknown",
        "-------- Zuerst geschriebenes --------\nVon: Ana Lima <ana@acme.example>\nDatum: 04.03.25 09:15\nAn: Bo\nBetreff: Drucker\n\nHISTORY",
    ),
    (
        "gmx",
        "Gesendet: Dienstag, 04. März 2025 um 09:15 Uhr\nVon: \"Ana Lima\" <ana@acme.example>\nAn: Bo\nBetreff: Re: Drucker\n\nHISTORY",
    ),
    (
        "naver",
        "-----Original Message-----\nFrom: \"Ana Lima\"<ana@acme.example>\nTo: <bo@b.example>;\nSent: 2025-03-04 (화) 09:15:00 (GMT+09:00)\nSubject: Re: 프린터\n\nHISTORY",
    ),
    (
        "unknown language",
        "Zzz 4 qqq 2025 xx 09:15 yyy Ana Lima <ana@acme.example> vvv:\n\n> HISTORY",
    ),
];

#[test]
fn each_program_leaves_only_the_answer() {
    for (program, history) in PROGRAMS {
        let mail = format!("It works now, thank you.\n\nBo\n\n{history}\n");
        assert_eq!(reply(&mail, false), "It works now, thank you.\n\nBo", "{program}");
    }
}

#[test]
fn phones_and_programs_sign_in_many_languages() {
    for line in [
        "Lähetetty iPhonesta",
        "Odesláno z iPhonu",
        "Wysłane z iPhone'a",
        "Отправлено с iPhone",
        "Надіслано з iPhone",
        "iPhone'umdan gönderildi",
        "Στάλθηκε από το iPhone μου",
        "iPhoneから送信",
        "从我的 iPhone 发送",
        "發自我的 iPhone",
        "나의 iPhone에서 보냄",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Trimis de pe iPhone-ul meu",
        "Enviat des del meu iPhone",
        "Gesendet von meinem HUAWEI-Mobiltelefon",
        "Enviado desde mi teléfono Huawei",
        "Envoyé de mon téléphone Huawei",
        "发自我的华为手机",
        "Gesendet mit der GMX Mail App",
        "Sent with Proton Mail secure email.",
        "Von meinem Samsung Galaxy Smartphone gesendet.",
        "Sent from Outlook for iOS",
        "Отправлено из мобильной Почты Mail.ru",
    ] {
        let mail = format!("No, the red one.\n\n{line}\n");
        assert_eq!(reply(&mail, false), "No, the red one.", "{line}");
    }
    for kept in [
        "I sent my Samsung to you yesterday, where is it?",
        "Mi Huawei fue enviado ayer, y todavía no llega.",
        "The iPhone was sent back",
    ] {
        let mail = format!("Hello.\n\n{kept}, or so I was told by your colleague in the shop on Monday.");
        assert!(reply(&mail, false).contains(kept), "{kept}");
    }
}

#[test]
fn disclaimers_go_and_words_about_them_stay() {
    for disclaimer in [
        "This e-mail and any attachments are confidential and intended solely for the addressee. If you have received it in error, please notify the sender and delete it.",
        "CONFIDENTIALITY NOTICE: The contents of this email message and any attachments are intended solely for the addressee(s) and may contain confidential and/or privileged information.",
        "Este mensaje y sus archivos adjuntos son confidenciales y van dirigidos exclusivamente a su destinatario. Si lo ha recibido por error, elimínelo y avise al remitente.",
        "Esta mensagem pode conter informação confidencial ou privilegiada e destina-se apenas ao destinatário. Se a recebeu por engano, por favor apague-a e avise o remetente.",
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Empfänger sind oder diese E-Mail irrtümlich erhalten haben, vernichten Sie diese Mail bitte. Das unbefugte Kopieren ist untersagt.",
        "Ce message et ses pièces jointes sont confidentiels et destinés exclusivement à leur destinataire. Si vous l'avez reçu par erreur, merci de le supprimer et d'en avertir l'expéditeur.",
        "Please consider the environment before printing this e-mail.",
        "Antes de imprimir este mensaje, asegúrese de que es necesario.",
    ] {
        let mail = format!("No, the red one.\n\nBo Berg\n\n{disclaimer}\n");
        assert_eq!(reply(&mail, false), "No, the red one.\n\nBo Berg", "{disclaimer}");
        // Alone it is the message.
        assert_eq!(reply(disclaimer, false), *disclaimer);
    }
    let asked = "Hello,\n\nOur lawyers ask whether the contract with you is confidential, and for how long. Could you tell us what it says about that, and send us a copy of the last page?";
    assert_eq!(reply(asked, false), asked);
}

#[test]
fn banners_of_servers_go() {
    for banner in [
        "CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender.",
        "ATENÇÃO: E-mail externo. Cuidado com links e anexos.",
        "PRECAUCIÓN: correo externo. No abra enlaces ni adjuntos.",
    ] {
        assert_eq!(
            reply(&format!("{banner}\n\nIt works now."), false),
            "It works now.",
            "{banner}"
        );
        assert_eq!(reply(banner, false), banner);
    }
}

#[test]
fn html_of_further_programs_shows_its_structure() {
    for (program, html) in [
        (
            "samsung",
            "<p>ANSWER</p><!-- originalMessage --><div>-------- Xxx --------</div><div>HISTORY</div>",
        ),
        (
            "proton",
            "<div>ANSWER</div><div class=\"protonmail_quote\">Klingon 4 Ana:<br><blockquote class=\"protonmail_quote\" type=\"cite\"><div>HISTORY</div></blockquote></div>",
        ),
        (
            "zoho",
            "<div>ANSWER</div><div class=\"zmail_extra\" style=\"x\"><div id=\"Zm-_Id_-Sgn1\">---- Klingon Ana ---</div><blockquote id=\"blockquote_zmail\"><div>HISTORY</div></blockquote></div>",
        ),
        (
            "gmx",
            "<div>ANSWER</div><div name=\"quote\" style=\"margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;\"><div>Klingon</div>HISTORY</div>",
        ),
        (
            "outlook phone",
            "<div>ANSWER</div><div id=\"mail-editor-reference-message-container\"><div>Klingon</div>HISTORY</div>",
        ),
        (
            "outlook 2010",
            "<div><p>ANSWER</p><div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p><b>Xx:</b> Ana</p></div><p>HISTORY</p></div>",
        ),
        (
            "spark",
            "<div name=\"messageBodySection\">ANSWER</div><div name=\"messageReplySection\">Klingon<blockquote>HISTORY</blockquote></div>",
        ),
        (
            "netease",
            "<div>ANSWER</div><div id=\"isReplyContent\">Klingon<blockquote>HISTORY</blockquote></div>",
        ),
        (
            "aol",
            "<div>ANSWER</div><div class=\"aolmail_quote\">Klingon HISTORY</div>",
        ),
    ] {
        let html = html.replace("ANSWER", "It works now.");
        let text = crate::email::html::to_text(&mark(&html));
        assert_eq!(reply_of_marked(&text, false), "It works now.", "{program}: {text}");
    }
}
