//! What agents send, within Meta's limits, and what the settings and the API say.

use channels::whatsapp::limits;
use channels::whatsapp::settings::WhatsappSettings;
use channels::whatsapp::templates;
use conversation::inboxes;
use conversation::types::{Actor, Language, MessageKind, Role};
use conversation::views;
use serde_json::{Value, json};
use ui::i18n;

use super::{Desk, ROSA, text};
use crate::auth::testing::{Browser, agent};
use crate::testing::NOW;

#[tokio::test]
async fn outside_the_window_only_templates_leave() {
    let desk = Desk::new().await;
    desk.standin.set_templates(vec![
        json!({ "id": "71", "name": "visita", "language": "pt_BR", "status": "APPROVED", "category": "UTILITY", "components": [
            { "type": "BODY", "text": "Olá {{nome}}, chegamos às {{hora}}.", "example": { "body_text_named_params": [{ "param_name": "hora", "example": "9 h" }] } },
            { "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY", "text": "Confirmo" }] } ] }),
        json!({ "id": "72", "name": "parada", "language": "pt_BR", "status": "PAUSED", "category": "MARKETING", "components": [{ "type": "BODY", "text": "Oferta" }] }),
        json!({ "id": "73", "name": "foto", "language": "es", "status": "APPROVED", "category": "UTILITY", "components": [{ "type": "HEADER", "format": "IMAGE" }, { "type": "BODY", "text": "Mire" }] }),
        json!({ "id": "74", "name": "codigo", "language": "es", "status": "APPROVED", "category": "AUTHENTICATION", "components": [] }),
    ]);
    assert_eq!(
        templates::sync(desk.test.store(), &desk.inbox).await.unwrap().unwrap(),
        5,
        "every page of the list"
    );
    desk.hook(&[text("wamid.1", "Oi")]).await;
    let mut ana = desk.ana().await;
    let thread = desk.path("thread").await;
    let until = NOW - 1000 + 24 * 3_600_000;
    ana.get(&thread)
        .await
        .expect(200)
        .has(&format!("data-window-until=\"{until}\""))
        .has("23 h 59 min left")
        .has("class=\"template-picker\"")
        .lacks("window closed");
    desk.test.clock.advance(24 * 3_600_000);
    ana.get(&thread)
        .await
        .expect(200)
        .has("Window closed")
        .has("template-picker\" open")
        .has("value=\"reply\" disabled");
    let head = desk.test.store().head().await.unwrap().to_string();
    let free = [
        ("text", "Ainda aí?"),
        ("kind", "reply"),
        ("seen_position", head.as_str()),
    ];
    ana.upload(&desk.path("reply").await, &free, &[])
        .await
        .expect(422)
        .has("only a template");
    let list = desk.path("templates").await;
    ana.get(&list)
        .await
        .expect(200)
        .has("visita")
        .has("Paused")
        .has("Olá {{nome}}")
        .has("cannot be filled here");
    ana.get(&format!("{list}?name=visita&language=pt_BR"))
        .await
        .expect(200)
        .has("value.body.hora")
        .has("placeholder=\"9 h\"")
        .has("value=\"Rosa &lt;b&gt;\"")
        .has("Confirmo");
    ana.get(&format!("{list}?name=visita&language=en")).await.expect(404);
    let id = desk.test.store().env().ulid();
    let good = [
        ("id", id.as_str()),
        ("name", "visita"),
        ("language", "pt_BR"),
        ("value.body.nome", "Rosa"),
        ("value.body.hora", "10 h"),
    ];
    for (missing, words) in [(3, "is not filled"), (4, "is not filled")] {
        let mut less = good.to_vec();
        less.remove(missing);
        ana.upload(&list, &less, &[]).await.expect(422).has(words);
    }
    ana.upload(&list, &[("name", "parada"), ("language", "pt_BR")], &[])
        .await
        .expect(422)
        .has("PAUSED");
    ana.upload(&list, &[("name", "foto"), ("language", "es")], &[])
        .await
        .expect(422)
        .has("takes 1 files");
    for _ in 0..2 {
        ana.upload(&list, &good, &[])
            .await
            .expect(200)
            .has("Olá Rosa, chegamos às 10 h.")
            .has("Template “visita”")
            .has("Confirmo");
    }
    ana.upload(
        &list,
        &[("name", "foto"), ("language", "es")],
        &[("a.png", "image/png", b"\x89PNG\r\n\x1a\nx")],
    )
    .await
    .expect(200);
    desk.send().await;
    let sent = desk.standin.accepted();
    assert_eq!(sent.len(), 2, "each once");
    assert_eq!(
        sent[0].body["template"]["components"][0]["parameters"][1],
        json!({ "type": "text", "parameter_name": "hora", "text": "10 h" })
    );
    assert_eq!(
        sent[1].body["template"]["components"][0]["parameters"][0]["type"],
        "image"
    );
    // Meta pauses it: the web hook says so at once, and is nothing for the quarantine.
    desk.change("message_template_status_update", json!({ "event": "PAUSED", "message_template_id": 71, "message_template_name": "visita", "message_template_language": "pt_BR", "reason": "NONE" })).await;
    ana.upload(&list, &good[1..], &[]).await.expect(422).has("PAUSED");
    assert_eq!(
        conversation::quarantine::count(desk.test.store().db()).await.unwrap(),
        0
    );
    let mut boss = Browser::of(&desk.test, &agent(&desk.test, "Sup", Role::Supervisor).await)
        .await
        .scripted();
    boss.get(&list).await.expect(403);
    boss.upload(&list, &good, &[]).await.expect(403);
}

#[tokio::test]
async fn buttons_lists_links_and_reactions_are_sent_within_metas_limits() {
    let desk = Desk::new().await;
    desk.hook(&[text("wamid.1", "Oi")]).await;
    let mut ana = desk.ana().await;
    let reply = desk.path("reply").await;
    let head = desk.test.store().head().await.unwrap().to_string();
    let form = |fields: &[(&'static str, &'static str)]| -> Vec<(&'static str, String)> {
        let usual = [
            ("text", "Escolha".to_owned()),
            ("kind", "reply".to_owned()),
            ("seen_position", head.clone()),
        ];
        fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .chain(
                usual
                    .into_iter()
                    .filter(|(name, _)| !fields.iter().any(|(f, _)| f == name)),
            )
            .collect()
    };
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[("special", "buttons"), ("choices", "a\nb\nc\nd")], "1 to 3 buttons"),
        (&[("special", "buttons"), ("choices", "a\na")], "stands there twice"),
        (
            &[("special", "buttons"), ("choices", "mais de vinte caracteres")],
            "at most 20 characters",
        ),
        (
            &[("special", "buttons"), ("choices", "a"), ("text", "")],
            "need words above",
        ),
        (
            &[("special", "list"), ("choices", ""), ("list_button", "Ver")],
            "1 to 10 lines",
        ),
        (
            &[("special", "list"), ("choices", "a"), ("list_button", "")],
            "has no words",
        ),
        (
            &[
                ("special", "link"),
                ("link_label", "Ver"),
                ("link_url", "javascript:alert(1)"),
            ],
            "https://",
        ),
        (
            &[
                ("special", "link"),
                ("link_label", ""),
                ("link_url", "https://x.example"),
            ],
            "has no words",
        ),
        (
            &[
                ("special", "list"),
                ("list_button", "Ver"),
                ("choices", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11"),
            ],
            "1 to 10 lines",
        ),
    ];
    for (fields, words) in cases {
        let fields = form(fields);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ana.upload(&reply, &fields, &[]).await.expect(422).has(words);
    }
    let file: (&str, &str, &[u8]) = ("a.exe", "application/x-msdownload", b"MZ");
    let plain = form(&[]);
    let plain: Vec<(&str, &str)> = plain.iter().map(|(name, value)| (*name, value.as_str())).collect();
    ana.upload(&reply, &plain, &[file])
        .await
        .expect(422)
        .has("does not take “a.exe”");
    let good: [&[(&str, &str)]; 4] = [
        &[("special", "buttons"), ("choices", "Sim\nNão")],
        &[
            ("special", "list"),
            ("list_button", "Ver"),
            ("choices", "Manhã | 8 às 12\nTarde"),
        ],
        &[
            ("special", "link"),
            ("link_label", "Manual"),
            ("link_url", "https://x.example/m"),
        ],
        &[("special", "location")],
    ];
    for fields in good {
        let fields = form(fields);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ana.upload(&reply, &fields, &[]).await.expect(200);
    }
    let first = desk.message("wamid.1").await;
    let react = desk.path("react").await;
    ana.post(&react, &[("message", &first), ("emoji", "👍")])
        .await
        .expect(200)
        .has("reaction ours");
    ana.post(&react, &[("message", &first), ("emoji", "hello")])
        .await
        .expect(422)
        .has("one emoji");
    desk.send().await;
    let sent: Vec<Value> = desk.standin.accepted().into_iter().map(|one| one.body).collect();
    let kinds: Vec<&str> = sent
        .iter()
        .map(|body| body["interactive"]["type"].as_str().or(body["type"].as_str()).unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["button", "list", "cta_url", "location_request_message", "reaction"]
    );
    assert_eq!(
        sent[1]["interactive"]["action"]["sections"][0]["rows"][0]["description"],
        "8 às 12"
    );
    assert_eq!(sent[4]["reaction"], json!({ "message_id": "wamid.1", "emoji": "👍" }));
    // The press comes back as an answer of that message.
    let id = sent[0]["interactive"]["action"]["buttons"][1]["reply"]["id"]
        .as_str()
        .unwrap();
    desk.hook(&[json!({ "id": "wamid.2", "type": "interactive", "interactive": { "type": "button_reply", "button_reply": { "id": id, "title": "Não" } } })]).await;
    let all = views::timeline(desk.test.store().db(), &desk.conversation().await, None, 50)
        .await
        .unwrap();
    let asked = all
        .iter()
        .find(|message| message.kind == MessageKind::Outbound)
        .unwrap();
    let pressed = all
        .iter()
        .find(|message| message.external_id.as_deref() == Some("wamid.2"))
        .unwrap();
    assert_eq!(pressed.answer.as_ref().unwrap().message.as_ref(), Some(&asked.id));
}

#[tokio::test]
async fn the_customer_sees_that_somebody_reads_and_writes() {
    let desk = Desk::new().await;
    desk.hook(&[text("wamid.1", "Oi"), text("wamid.2", "Tem alguém?")])
        .await;
    let path = format!("/inbox/c/{}", desk.conversation().await);
    let mut boss = Browser::of(&desk.test, &agent(&desk.test, "Sup", Role::Supervisor).await).await;
    boss.get(&path).await.expect(200);
    let found = conversation::access::conversation(desk.test.store().db(), &Actor::System, &desk.conversation().await)
        .await
        .unwrap();
    let show = async |is_typing| desk.test.app.presence.show(desk.test.store(), &found, is_typing).await;
    assert_eq!(desk.standin.reads(), [] as [&str; 0], "who only looks is not seen");
    show(false).await;
    show(false).await;
    assert_eq!(desk.standin.reads(), ["wamid.2"], "once");
    show(true).await;
    show(true).await;
    assert_eq!(desk.standin.typing(), ["wamid.2"]);
    desk.test.clock.advance(21_000);
    show(true).await;
    assert_eq!(desk.standin.typing().len(), 2, "the dots go on");
    let quiet = WhatsappSettings {
        read_marks: false,
        ..desk.settings.clone()
    };
    inboxes::configure(desk.test.store(), &Actor::System, &desk.inbox, &quiet, false, true)
        .await
        .unwrap();
    desk.hook(&[text("wamid.3", "?")]).await;
    show(false).await;
    assert_eq!(
        desk.standin.reads().iter().filter(|id| *id == "wamid.3").count(),
        0,
        "where that is switched off"
    );
}

#[tokio::test]
async fn prices_and_failures_are_explained() {
    let desk = Desk::new().await;
    desk.hook(&[text("wamid.1", "Oi")]).await;
    let mut ana = desk.ana().await;
    let head = desk.test.store().head().await.unwrap().to_string();
    ana.upload(
        &desk.path("reply").await,
        &[("text", "Olá"), ("kind", "reply"), ("seen_position", &head)],
        &[],
    )
    .await
    .expect(200);
    desk.send().await;
    let sent = desk.standin.accepted()[0].clone();
    let status = |status: &str, more: Value| {
        let mut one = json!({ "id": sent.wamid, "status": status, "timestamp": (NOW / 1000).to_string(), "recipient_id": ROSA, "biz_opaque_callback_data": sent.body["biz_opaque_callback_data"] });
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "metadata": { "phone_number_id": desk.settings.phone_number_id }, "statuses": [one] })
    };
    desk.change("messages", status("sent", json!({ "pricing": { "billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility" }, "conversation": { "id": "c", "origin": { "type": "utility" } } }))).await;
    desk.change("messages", status("delivered", json!({}))).await;
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has("Utility · charged");
    let client = desk.test.with_token(Role::Supervisor).await;
    let path = format!("/conversations/{}/messages", desk.conversation().await);
    let answer = client.get(&path).await.expect(200);
    let delivery = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["kind"] == "outbound")
        .unwrap()["deliveries"][0]
        .clone();
    assert_eq!(delivery["state"], "delivered");
    assert_eq!(
        delivery["pricing"],
        json!({ "category": "utility", "type": "regular", "is_billable": true, "origin": "utility" })
    );
    // Another one fails.
    desk.standin.fault(channels::whatsapp::standin::Fault::Error(131026));
    let head = desk.test.store().head().await.unwrap().to_string();
    ana.upload(
        &desk.path("reply").await,
        &[("text", "De novo"), ("kind", "reply"), ("seen_position", &head)],
        &[],
    )
    .await
    .expect(200);
    desk.send().await;
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has("could not deliver")
        .has("use another channel");
}

#[tokio::test]
async fn the_api_sends_and_lists_what_the_pages_do() {
    let desk = Desk::new().await;
    desk.standin.set_templates(vec![json!({ "id": "71", "name": "visita", "language": "pt_BR", "status": "APPROVED", "category": "UTILITY", "components": [{ "type": "BODY", "text": "Olá {{1}}" }] })]);
    desk.hook(&[text("wamid.1", "Oi")]).await;
    let (boss, client) = (
        desk.test.with_token(Role::Administrator).await,
        desk.test.with_token(Role::Agent).await,
    );
    let list = format!("/inboxes/{}/templates", desk.inbox);
    client
        .post(&format!("{list}/sync"), json!({}))
        .await
        .problem(403, "forbidden");
    let all = boss.post(&format!("{list}/sync"), json!({})).await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    let mine = client.get(&format!("{list}?status=APPROVED")).await.expect(200);
    let visita = mine["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "visita")
        .unwrap();
    assert_eq!(
        (&visita["blanks"], &visita["is_usable"]),
        (&json!({ "body.1": "" }), &json!(true))
    );
    let conversation = desk.conversation().await;
    let window = client
        .get(&format!("/conversations/{conversation}/window"))
        .await
        .expect(200);
    assert_eq!(window["is_open"], true);
    let first = desk.message("wamid.1").await;
    let path = format!("/conversations/{conversation}/messages");
    let made = client
        .post(
            &path,
            json!({ "text": "Escolha", "reply_to": first, "special": { "type": "buttons", "buttons": ["A", "B"] } }),
        )
        .await
        .expect(201);
    assert_eq!(
        (&made["in_reply_to"], &made["extra"]["type"]),
        (&json!("wamid.1"), &json!("buttons"))
    );
    client
        .post(
            &path,
            json!({ "text": "x", "special": { "type": "buttons", "buttons": [] } }),
        )
        .await
        .problem(422, "invalid");
    client
        .post(
            &path,
            json!({ "text": "x", "special": { "type": "buttons", "buttons": ["a"], "more": 1 } }),
        )
        .await
        .problem(422, "invalid");
    client
        .post(&path, json!({ "text": "x", "kind": "note", "reply_to": first }))
        .await
        .problem(422, "invalid");
    client
        .post(&format!("/messages/{first}/reaction"), json!({ "emoji": "🙏" }))
        .await
        .expect(201);
    client
        .post(&format!("/messages/{first}/reaction"), json!({ "emoji": "no" }))
        .await
        .problem(422, "invalid");
    desk.test.clock.advance(25 * 3_600_000);
    assert_eq!(
        client
            .get(&format!("/conversations/{conversation}/window"))
            .await
            .expect(200)["is_open"],
        false
    );
    let late = client
        .post(&path, json!({ "text": "tarde" }))
        .await
        .problem(422, "invalid");
    assert!(late["detail"].as_str().unwrap().contains("template"), "{late}");
    let template = json!({ "special": { "type": "template", "name": "visita", "language": "pt_BR", "values": { "body.1": "Rosa" } } });
    let made = client.post(&path, template).await.expect(201);
    assert_eq!(made["text"], "Olá Rosa");
    client
        .post(
            &path,
            json!({ "special": { "type": "template", "name": "visita", "language": "xx" } }),
        )
        .await
        .problem(422, "invalid");
    desk.send().await;
    let kinds: Vec<String> = desk
        .standin
        .accepted()
        .iter()
        .map(|one| one.body["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        kinds,
        ["template"],
        "what was written in time left too late and was refused"
    );
}

#[tokio::test]
async fn the_settings_say_how_the_number_is() {
    let desk = Desk::new().await;
    let mut boss = Browser::of(&desk.test, &agent(&desk.test, "Boss", Role::Administrator).await).await;
    let page = format!("/settings/inboxes/{}", desk.inbox);
    let act = format!("{page}/whatsapp");
    let url = format!("/webhooks/whatsapp/{}", desk.inbox);
    boss.get(&page)
        .await
        .expect(200)
        .has(&url)
        .has("data-copies=\"hook-url\"")
        .has(&desk.settings.verify_token)
        .lacks(&desk.settings.access_token)
        .lacks(&desk.settings.app_secret);
    desk.standin.set_quality("RED");
    desk.standin.set_subscribed(false);
    desk.standin.set_target("https://elsewhere.example/hook");
    boss.post(&act, &[("do", "check")])
        .await
        .expect(200)
        .has("Low: customers block")
        .has("2,000")
        .has("CONNECTED")
        .has("https://elsewhere.example/hook")
        .has("do not arrive")
        .has("Subscribe now");
    boss.post(&act, &[("do", "subscribe")])
        .await
        .expect(200)
        .has("subscribed now")
        .lacks("do not arrive");
    boss.post(&act, &[("do", "templates")])
        .await
        .expect(200)
        .has("1 templates listed")
        .has("answer");
    boss.post(&act, &[("do", "send"), ("number", "12")])
        .await
        .expect(200)
        .has("not a telephone number");
    desk.standin.set_templates(vec![json!({ "id": "1", "name": "hello_world", "language": "en_US", "status": "APPROVED", "components": [{ "type": "BODY", "text": "Hello" }] })]);
    boss.post(&act, &[("do", "send"), ("number", "+55 (11) 98765-4321")])
        .await
        .expect(200)
        .has("took the test message");
    assert_eq!(desk.standin.accepted()[0].recipient, ROSA);
    desk.standin.revoke_token(true);
    boss.post(&act, &[("do", "check")])
        .await
        .expect(200)
        .has("expired or was revoked")
        .has("Create a new one");
    boss.get("/settings/inboxes")
        .await
        .expect(200)
        .has("expired or was revoked");
    boss.post(&act, &[("do", "nothing")]).await.expect(400);
    let mut ana = desk.ana().await;
    ana.post(&act, &[("do", "check")]).await.expect(403);
    assert!(
        boss.post("/settings/inboxes/nothing/whatsapp", &[("do", "check")])
            .await
            .status
            == 404
    );
}

#[test]
fn every_limit_has_words_in_three_languages() {
    for key in limits::KEYS {
        let key = format!("whatsapp-limit-{key}");
        for language in Language::ALL {
            assert!(i18n::has(*language, &key), "{language} {key}");
        }
    }
}
