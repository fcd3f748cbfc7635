use conversation::inbound::BlobRef;
use conversation::outbound::{OutboundAttachment, OutboundMessage, SendError};
use serde_json::{Value, json};

use super::{NOW, card, outbound, settings};
use crate::whatsapp::marks::from_markdown;
use crate::whatsapp::send::{MediaId, WINDOW, callback, is_window_open, requests, split};

fn compose(out: &OutboundMessage) -> Result<Vec<Value>, SendError> {
    let ids: Vec<MediaId> = (0..out.attachments.len()).map(|i| MediaId(format!("m{i}"))).collect();
    requests(out, NOW, &settings(), &ids)
}

fn code(result: Result<Vec<Value>, SendError>) -> String {
    match result {
        Err(SendError::Permanent { code, reason }) => {
            assert!(!reason.is_empty());
            code
        }
        other => panic!("expected a permanent error, not {other:?}"),
    }
}

fn file(name: &str, media_type: &str, size: i64) -> OutboundAttachment {
    let blob = BlobRef {
        sha256: "0".repeat(64),
        size,
    };
    OutboundAttachment {
        name: name.into(),
        media_type: media_type.into(),
        blob,
    }
}

#[test]
fn markdown_becomes_whatsapps_marks() {
    for (markdown, whatsapp) in [
        ("plain", "plain"),
        ("**bold** and *it* and _it_", "*bold* and _it_ and _it_"),
        ("__bold__ ~~gone~~", "*bold* ~gone~"),
        ("***both***", "*_both_*"),
        ("**bold _it_ end**", "*bold _it_ end*"),
        ("file_name_2 and 2*3*4 = 24", "file_name_2 and 2_3_4 = 24"),
        ("5 * 3 * 2, * not", "5 * 3 * 2, * not"),
        ("**never closed", "**never closed"),
        ("`a*b*c` **x**", "`a*b*c` *x*"),
        ("```rust\nlet a = *b*;\n```\n*x*", "```\nlet a = *b*;\n```\n_x_"),
        ("# Title **now**\ntext", "*Title now*\ntext"),
        ("#hash", "#hash"),
        ("* one\n  + two\n- three\n1. four", "- one\n  - two\n- three\n1. four"),
        (
            "see [the page](https://a.example/x_y_z)",
            "see the page: https://a.example/x_y_z",
        ),
        ("[https://a.example](https://a.example)", "https://a.example"),
        ("[no](javascript:x)", "[no](javascript:x)"),
        ("https://a.example/_x_/**y**", "https://a.example/_x_/**y**"),
        (r"\*not bold\* \_", "*not bold* _"),
        (r"**a\**", r"*a\*"),
        ("**a [b](https://c** d", "*a [b](https://c* d"),
        ("**a *b***", "*a _b_*"),
        ("*a `b* c` _d_", "_a `b_ c` _d_"),
        ("*****x*****", "***x***"),
        ("> quote", "> quote"),
        ("ação **é** 😀*ã*", "ação *é* 😀_ã_"),
        ("", ""),
        ("\\", "\\"),
    ] {
        assert_eq!(from_markdown(markdown), whatsapp, "{markdown}");
        assert!(from_markdown(markdown).len() <= markdown.len());
    }
}

#[test]
fn hostile_markdown_grows_nothing() {
    for piece in ["*", "**a", "_", "[", "[a](", "`", "~~x ", "\\", "*a _b ~~c ", "é*"] {
        let text = piece.repeat(5_000);
        let out = from_markdown(&text);
        assert!(!out.is_empty() && out.len() <= text.len());
    }
    // What is opened again and again and never closed is looked for once, not up to its reach each time.
    for piece in [" *a", "_a ", "~~a ", "*a **b ", "[", "[a](tel:b c", "**https://a**"] {
        let text = piece.repeat(100_000);
        assert!(from_markdown(&text).len() <= text.len());
    }
}

#[test]
fn long_text_is_cut_where_a_reader_would() {
    for (text, limit, parts) in [
        ("", 10, vec![]),
        ("short", 10, vec!["short"]),
        ("first one\n\nsecond", 14, vec!["first one", "second"]),
        ("first line\nsecond line", 14, vec!["first line", "second line"]),
        ("A sentence. Another one", 18, vec!["A sentence.", "Another one"]),
        ("some words here", 12, vec!["some words", "here"]),
        ("abcdefghij", 4, vec!["abcd", "efgh", "ij"]),
        // An emoji counts as two and is never cut in half.
        ("😀😀😀", 4, vec!["😀😀", "😀"]),
    ] {
        assert_eq!(split(text, limit), parts, "{text}");
    }
    let long = "palavra ".repeat(3000);
    let parts = split(&long, 4096);
    assert!(parts.iter().all(|part| part.chars().count() <= 4096));
    assert_eq!(parts.join(" "), long.trim());
}

#[test]
fn text_goes_to_the_address_as_given() {
    let sent = compose(&outbound("**Oi** https://a.example")).unwrap();
    let expected = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "5511987654321",
        "type": "text",
        "text": { "body": "*Oi* https://a.example", "preview_url": true },
        "biz_opaque_callback_data": "D1",
    });
    assert_eq!(sent, [expected]);
    let mut hidden = outbound("Oi");
    hidden.recipient = "BR.150".into();
    let sent = compose(&hidden).unwrap();
    assert_eq!((&sent[0]["recipient"], sent[0].get("to")), (&json!("BR.150"), None));
}

#[test]
fn parts_say_which_they_are() {
    let sent = compose(&outbound(&"frase. ".repeat(1500))).unwrap();
    assert_eq!(sent.len(), 3);
    for (index, request) in sent.iter().enumerate() {
        let data = request["biz_opaque_callback_data"].as_str().unwrap();
        let part = callback::read(data);
        assert_eq!((part.delivery.as_str(), part.index, part.count), ("D1", index, 3));
    }
    for odd in ["D1#", "D1#0/3", "D1#4/3", "D1#a/b", "#1/1", ""] {
        let part = callback::read(odd);
        assert!(part.index < part.count, "{odd}");
    }
}

#[test]
fn files_carry_a_short_text_as_caption() {
    let mut out = outbound("veja");
    out.attachments = vec![
        file("a.ogg", "audio/ogg; codecs=opus", 9),
        file("b.csv", "text/csv", 9),
        file("c.png", "image/png", 9),
    ];
    let sent = compose(&out).unwrap();
    let kinds: Vec<&str> = sent.iter().map(|r| r["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["audio", "document", "image"]);
    assert_eq!(sent[0]["audio"], json!({ "id": "m0" }));
    assert_eq!(
        sent[1]["document"],
        json!({ "id": "m1", "filename": "b.csv", "caption": "veja" })
    );
    assert_eq!(sent[2]["image"], json!({ "id": "m2" }));

    out.text = "x".repeat(1025);
    let sent = compose(&out).unwrap();
    assert_eq!((sent.len(), &sent[0]["type"]), (4, &json!("text")));
    // Only audio: nothing to put a caption on.
    out.text = "ouça".into();
    out.attachments.truncate(1);
    assert_eq!(compose(&out).unwrap().len(), 2);
}

#[test]
fn what_meta_would_refuse_is_not_sent() {
    for (attachment, expected) in [
        (file("a.zip", "application/zip", 9), "whatsapp.media_type"),
        (
            file("a.jpg", "image/jpeg", 5 * 1024 * 1024 + 1),
            "whatsapp.media_too_large",
        ),
        (file("a.pdf", "application/pdf", 0), "whatsapp.media_empty"),
    ] {
        let mut out = outbound("");
        out.attachments = vec![attachment];
        assert_eq!(code(compose(&out)), expected);
    }
    let mut out = outbound("x");
    out.attachments = vec![file("a.pdf", "application/pdf", 9)];
    assert_eq!(code(requests(&out, NOW, &settings(), &[])), "whatsapp.not_uploaded");
    assert_eq!(code(compose(&outbound("  "))), "whatsapp.empty");
    let mut nobody = outbound("x");
    nobody.recipient = "+".into();
    assert_eq!(code(compose(&nobody)), "whatsapp.no_recipient");
    let mut twice = outbound("x");
    twice.cards = vec![card(&["Sim", "Sim"], &[])];
    assert_eq!(code(compose(&twice)), "whatsapp.card_duplicate");
    let mut long = outbound("x");
    long.message = "M".repeat(300).as_str().into();
    long.cards = vec![card(&["Sim"], &[])];
    assert_eq!(code(compose(&long)), "whatsapp.card_payload");
}

#[test]
fn long_answers_of_a_question_are_cut_on_buttons_and_whole_above() {
    let asked = |answers: &[&str]| {
        let mut out = outbound("");
        let mut question = card(answers, &[]);
        question.kind = conversation::card::CardKind::Choice;
        question.body = String::new();
        question.facts = Vec::new();
        out.cards = vec![question];
        let sent = compose(&out).unwrap();
        let interactive = sent[0]["interactive"].clone();
        let buttons = interactive["action"]["buttons"].as_array().cloned().unwrap_or_default();
        let titles: Vec<String> = buttons
            .iter()
            .map(|button| button["reply"]["title"].as_str().unwrap().to_owned())
            .collect();
        (titles, interactive["body"]["text"].as_str().unwrap().to_owned())
    };
    let (titles, body) = asked(&["Como trocar o toner da X1", "Renovar ou encerrar o contrato", "Pessoa"]);
    assert_eq!(titles, ["Como trocar o toner…", "Renovar ou encerrar…", "Pessoa"]);
    assert_eq!(
        body,
        "*Trocar o toner*\n1. Como trocar o toner da X1\n2. Renovar ou encerrar o contrato"
    );
    // What would be the same on two buttons has its number in front.
    let (titles, _) = asked(&["Como trocar o toner da X1", "Como trocar o toner da X2", "Pessoa"]);
    assert_eq!(titles, ["1. Como trocar o…", "2. Como trocar o…", "Pessoa"]);
    let (titles, body) = asked(&["Sim", "Não"]);
    assert_eq!(
        (titles.join(" "), body.as_str()),
        ("Sim Não".to_owned(), "*Trocar o toner*")
    );
}

#[test]
fn cards_take_the_form_that_fits() {
    let one = |answers: &[&str], links: &[&str]| {
        let mut out = outbound("");
        out.cards = vec![card(answers, links)];
        compose(&out).unwrap()
    };
    let buttons = one(&["Sim", "Não"], &["Abrir"]);
    let interactive = &buttons[0]["interactive"];
    assert_eq!(interactive["type"], "button");
    assert_eq!(
        interactive["body"]["text"],
        "*Trocar o toner*\nAbra a tampa.\nModelo: X1\nAbrir: https://desk.example/help/pt/a"
    );
    assert_eq!(
        interactive["action"]["buttons"][1],
        json!({ "type": "reply", "reply": { "id": "M1|v:Não", "title": "Não" } })
    );

    let four = one(&["a", "b", "c", "d"], &[]);
    assert_eq!(four[0]["interactive"]["type"], "list");
    assert_eq!(four[0]["interactive"]["action"]["button"], "Escolher");
    let long = one(&["uma resposta que tem mais de vinte e quatro letras"], &[]);
    let row = &long[0]["interactive"]["action"]["sections"][0]["rows"][0];
    assert_eq!(row["title"], "uma resposta que tem…");
    assert_eq!(row["description"], "uma resposta que tem mais de vinte e quatro letras");

    let labels: Vec<String> = (0..23).map(|i| format!("r{i}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let lists = one(&labels, &[]);
    let rows: Vec<usize> = lists
        .iter()
        .map(|l| {
            l["interactive"]["action"]["sections"][0]["rows"]
                .as_array()
                .unwrap()
                .len()
        })
        .collect();
    assert_eq!(rows, [10, 10, 3]);

    let link = one(&[], &["Abrir"]);
    assert_eq!(
        link[0]["interactive"]["action"],
        json!({ "name": "cta_url", "parameters": { "display_text": "Abrir", "url": "https://desk.example/help/pt/a" } })
    );
    assert_eq!(one(&[], &[])[0]["type"], "text");

    // A passage longer than Meta takes above buttons goes ahead of them.
    let mut out = outbound("");
    let mut big = card(&["Sim"], &[]);
    big.body = "passagem ".repeat(200);
    out.cards = vec![big];
    let sent = compose(&out).unwrap();
    assert_eq!(
        (&sent[0]["type"], &sent[1]["interactive"]["body"]["text"]),
        (&json!("text"), &json!("Trocar o *toner*"))
    );
}

#[test]
fn outside_the_window_a_template_carries_the_text() {
    for (last, is_open) in [
        (None, false),
        (Some(NOW), true),
        (Some(NOW - WINDOW + 1), true),
        (Some(NOW - WINDOW), false),
    ] {
        assert_eq!(is_window_open(last, NOW), is_open, "{last:?}");
    }
    let mut out = outbound("linha um\n\n  linha    dois\tfim");
    out.last_inbound_at = Some(NOW - WINDOW);
    let sent = compose(&out).unwrap();
    let parameters = json!([{ "type": "text", "text": "Rosa" }, { "type": "text", "text": "linha um linha dois fim" }]);
    assert_eq!(sent[0]["type"], "template");
    assert_eq!(
        sent[0]["template"],
        json!({ "name": "answer", "language": { "code": "pt_BR" }, "components": [{ "type": "body", "parameters": parameters }] })
    );
    let mut cards = out.clone();
    cards.cards = vec![card(&["Sim"], &["Abrir"])];
    let text = compose(&cards).unwrap()[0]["template"]["components"][0]["parameters"][1]["text"].clone();
    assert!(
        text.as_str().unwrap().contains("https://desk.example/help/pt/a"),
        "{text}"
    );

    let closed = "whatsapp.window_closed";
    let mut files = out.clone();
    files.attachments = vec![file("a.pdf", "application/pdf", 9)];
    assert_eq!(code(compose(&files)), closed);
    let mut long = out.clone();
    long.text = "x".repeat(1025);
    assert_eq!(code(compose(&long)), closed);
    let mut none = settings();
    none.template = None;
    assert_eq!(code(requests(&out, NOW, &none, &[])), closed);
    let mut mute = settings();
    mute.template.as_mut().unwrap().parameters.clear();
    assert_eq!(code(requests(&out, NOW, &mute, &[])), closed);
}
