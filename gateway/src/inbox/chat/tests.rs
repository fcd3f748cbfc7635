//! WhatsApp conversations through the pages and the API, with Meta's stand-in behind.

use std::sync::Arc;

use channels::dispatch::Dispatcher;
use channels::whatsapp::limits;
use channels::whatsapp::receive::receive;
use channels::whatsapp::settings::WhatsappSettings;
use channels::whatsapp::signature;
use channels::whatsapp::standin::{Config, Standin};
use channels::whatsapp::templates;
use conversation::env::Clock;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Actor, Channel, ConversationId, InboxId, Language, MessageKind, Role};
use conversation::views::{self, Filter};
use serde_json::{Value, json};
use ui::i18n;

use crate::auth::testing::{Browser, agent};
use crate::testing::{NOW, TestApp};

const ROSA: &str = "5511987654321";

struct Desk {
    test: TestApp,
    standin: Standin,
    inbox: InboxId,
    settings: WhatsappSettings,
}

impl Desk {
    async fn new() -> Desk {
        let test = TestApp::new().await;
        let clock = test.clock.clone();
        let config = Config {
            clock: Arc::new(move || clock.now()),
            ..Config::default()
        };
        let standin = Standin::start_with(config).await.unwrap();
        let settings = WhatsappSettings {
            template: None,
            ..standin.settings()
        };
        let new = NewInbox {
            channel: Channel::Whatsapp,
            name: "WhatsApp".to_owned(),
            language: Language::Pt,
            address: settings.phone_number_id.clone(),
            bot_enabled: false,
            settings: settings.clone(),
        };
        let inbox = inboxes::create(test.store(), &Actor::System, new).await.unwrap();
        Desk {
            test,
            standin,
            inbox,
            settings,
        }
    }

    /// Messages of Rosa, as Meta posts them in one web hook; each a second after the one before.
    async fn hook(&self, messages: &[Value]) {
        let now = self.test.clock.now() / 1000;
        let messages: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(number, message)| {
                let mut message = message.clone();
                let at = now + i64::try_from(number).unwrap() - i64::try_from(messages.len()).unwrap();
                message["from"] = json!(ROSA);
                if message.get("timestamp").is_none() {
                    message["timestamp"] = json!(at.to_string());
                }
                message
            })
            .collect();
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "phone_number_id": self.settings.phone_number_id },
            "contacts": [{ "wa_id": ROSA, "profile": { "name": "Rosa <b>" } }],
            "messages": messages,
        });
        self.change("messages", value).await;
        self.standin.open_window(ROSA, self.test.clock.now());
    }

    async fn change(&self, field: &str, value: Value) {
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": field, "value": value }] }] }).to_string();
        let signed = signature::sign(&self.settings.app_secret, body.as_bytes());
        receive(
            self.test.store(),
            &self.inbox,
            &self.settings,
            Some(&signed),
            body.as_bytes(),
        )
        .await
        .unwrap();
    }

    async fn conversation(&self) -> ConversationId {
        let all = views::conversations(self.test.store().db(), &Filter::default(), None, 10)
            .await
            .unwrap();
        assert_eq!(all.len(), 1, "one conversation");
        all[0].id.clone()
    }

    async fn ana(&self) -> Browser {
        let ana = agent(&self.test, "Ana", Role::Agent).await;
        Browser::of(&self.test, &ana).await.scripted()
    }

    async fn send(&self) {
        let dispatcher = Dispatcher::new(self.test.store().clone(), "test", "https://desk.example");
        while dispatcher.send_due().await.unwrap() > 0 {}
    }

    async fn path(&self, what: &str) -> String {
        format!("/inbox/c/{}/{what}", self.conversation().await)
    }

    /// Our id of a message.
    async fn message(&self, wamid: &str) -> String {
        let all = views::timeline(self.test.store().db(), &self.conversation().await, None, 100)
            .await
            .unwrap();
        let found = all.iter().find(|message| message.external_id.as_deref() == Some(wamid));
        found.unwrap().id.to_string()
    }
}

fn text(id: &str, words: &str) -> Value {
    json!({ "id": id, "type": "text", "text": { "body": words } })
}

fn image(id: &str, caption: Option<&str>) -> Value {
    let mut image = json!({ "id": format!("9{}", id.len()), "mime_type": "image/jpeg" });
    if let Some(caption) = caption {
        image["caption"] = json!(caption);
    }
    json!({ "id": id, "type": "image", "image": image })
}

#[tokio::test]
async fn reactions_edits_and_deletions_stand_on_their_message() {
    let desk = Desk::new().await;
    desk.hook(&[
        text("wamid.1", "primeira versão"),
        text("wamid.2", "apague isto"),
        json!({ "id": "wamid.3", "type": "reaction", "reaction": { "message_id": "wamid.1", "emoji": "😮" } }),
        json!({ "id": "wamid.4", "type": "reaction", "reaction": { "message_id": "wamid.1", "emoji": "❤️" } }),
        json!({ "id": "wamid.5", "type": "edit", "edit": { "original_message_id": "wamid.1", "message": { "type": "text", "text": { "body": "segunda versão" } } } }),
        json!({ "id": "wamid.6", "type": "edit", "edit": { "original_message_id": "wamid.1", "message": { "type": "text", "text": { "body": "terceira versão" } } } }),
        json!({ "id": "wamid.7", "type": "revoke", "revoke": { "original_message_id": "wamid.2" } }),
    ])
    .await;
    let mut ana = desk.ana().await;
    let page = ana.get(&desk.path("thread").await).await.expect(200);
    assert_eq!(page.text.matches("<article").count(), 2, "{}", page.text);
    let (words, versions) = (
        page.text.find("terceira versão").unwrap(),
        page.text.find("primeira versão").unwrap(),
    );
    assert!(words < versions, "the new wording first");
    let page = page
        .has("segunda versão")
        .has("❤️")
        .has("Edited")
        .has("Deleted by the sender")
        .has("apague isto");
    assert_eq!(
        page.text.matches("class=\"reaction theirs\"").count(),
        1,
        "only the last emoji: {}",
        page.text
    );
    desk.hook(&[json!({ "id": "wamid.8", "type": "reaction", "reaction": { "message_id": "wamid.1", "emoji": "" } })])
        .await;
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .lacks("reaction theirs");
    // Nobody deletes what another wrote.
    let head = desk.test.store().head().await.unwrap().to_string();
    ana.upload(
        &desk.path("reply").await,
        &[("text", "nosso texto"), ("kind", "reply"), ("seen_position", &head)],
        &[],
    )
    .await
    .expect(200);
    desk.send().await;
    let ours = desk.standin.accepted()[0].wamid.clone();
    desk.hook(&[json!({ "id": "wamid.9", "type": "revoke", "revoke": { "original_message_id": ours } })])
        .await;
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has("<div class=\"prose\">nosso texto");
}

#[tokio::test]
async fn pictures_sent_together_are_one_album() {
    let desk = Desk::new().await;
    desk.hook(&[
        image("wamid.a", Some("frente")),
        image("wamid.bb", None),
        image("wamid.ccc", Some("lado <x>")),
        text("wamid.t", "viu?"),
    ])
    .await;
    let mut ana = desk.ana().await;
    let page = ana.get(&desk.path("thread").await).await.expect(200);
    // Files that are not fetched yet are named links; the group stands all the same.
    let page = page
        .has("album many")
        .has("Album of 3")
        .has("frente")
        .has("lado &lt;x&gt;")
        .lacks("📷");
    assert_eq!(page.text.matches("<article").count(), 2, "{}", page.text);
    let second = desk.message("wamid.bb").await;
    let page = page.has(&format!("id=\"m-{second}\""));
    assert!(
        page.text.find("frente").unwrap() < page.text.find("lado").unwrap(),
        "in their order"
    );
    desk.test.clock.advance(60_000);
    desk.hook(&[image("wamid.dddd", None)]).await;
    let page = ana.get(&desk.path("thread").await).await.expect(200);
    assert_eq!(
        page.text.matches("<article").count(),
        3,
        "a minute later it is another one"
    );
}

#[tokio::test]
async fn an_answer_shows_what_it_quotes_both_ways() {
    let desk = Desk::new().await;
    desk.hook(&[text("wamid.1", "A impressora <parou>"), json!({ "id": "wamid.2", "type": "text", "text": { "body": "esta aqui" }, "context": { "id": "wamid.1", "from": ROSA } })]).await;
    let first = desk.message("wamid.1").await;
    let mut ana = desk.ana().await;
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has(&format!("class=\"chat-quote\" href=\"#m-{first}\""))
        .has("A impressora &lt;parou&gt;");
    let head = desk.test.store().head().await.unwrap().to_string();
    let long = "linha. ".repeat(900);
    let fields = [
        ("text", long.as_str()),
        ("kind", "reply"),
        ("quotes", &first),
        ("seen_position", &head),
    ];
    ana.upload(&desk.path("reply").await, &fields, &[]).await.expect(200);
    desk.send().await;
    let sent = desk.standin.accepted();
    assert_eq!(sent.len(), 2, "two parts");
    assert_eq!(sent[0].body["context"]["message_id"], "wamid.1");
    assert!(sent[1].body.get("context").is_none());
    // A customer may quote any part of it.
    desk.hook(&[
        json!({ "id": "wamid.3", "type": "text", "text": { "body": "?" }, "context": { "id": sent[0].wamid } }),
    ])
    .await;
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has("linha. linha.")
        .has("chat-quote");
    let bad = [
        ("text", "x"),
        ("kind", "reply"),
        ("quotes", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("seen_position", &desk.test.store().head().await.unwrap().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let bad: Vec<(&str, &str)> = bad
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    ana.upload(&desk.path("reply").await, &bad, &[]).await.expect(422);
}

#[tokio::test]
async fn everything_a_customer_can_send_is_drawn() {
    let desk = Desk::new().await;
    desk.hook(&[
        json!({ "id": "wamid.1", "type": "location", "location": { "latitude": -23.5, "longitude": -46.6, "name": "Oficina", "address": "Rua A" } }),
        json!({ "id": "wamid.2", "type": "contacts", "contacts": [{ "name": { "formatted_name": "José; Téc" }, "phones": [{ "phone": "+55 11 1", "type": "CELL" }] }] }),
        json!({ "id": "wamid.3", "type": "order", "order": { "catalog_id": "1", "text": "urgente", "product_items": [
            { "product_retailer_id": "TONER-1", "quantity": 2, "item_price": 12.5, "currency": "BRL" }, { "product_retailer_id": "P", "quantity": "1", "item_price": "0.99", "currency": "BRL" } ] } }),
        json!({ "id": "wamid.4", "type": "text", "text": { "body": "vi o anúncio" }, "referral": { "source_type": "ad", "source_url": "https://fb.me/x", "headline": "Toner barato", "body": "Só hoje", "source_id": "77" } }),
        json!({ "id": "wamid.5", "type": "text", "text": { "body": "veja" }, "context": { "forwarded": true } }),
        json!({ "id": "wamid.6", "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": { "body": "Sent", "response_json": "{\"numero_de_serie\":\"A<1\",\"flow_token\":\"x\"}" } } }),
    ])
    .await;
    let mut ana = desk.ana().await;
    let page = ana.get(&desk.path("thread").await).await.expect(200);
    let page = page
        .has("Oficina")
        .has("openstreetmap.org")
        .has("geo:-23.500000,-46.600000")
        .lacks("<iframe class=\"map");
    let page = page.has("TONER-1").has("25.99 BRL").has("12.50 BRL").has("urgente");
    let page = page
        .has("Toner barato")
        .has("https://fb.me/x")
        .has("Forwarded")
        .has("numero de serie")
        .has("A&lt;1")
        .lacks("flow_token");
    assert!(
        !page.text.contains("src=\"https://"),
        "nothing is loaded from elsewhere"
    );
    let card = page
        .text
        .split("href=\"")
        .find(|part| part.contains("contact.vcf"))
        .unwrap();
    let card = ana
        .get(card.split('"').next().unwrap())
        .await
        .expect(200)
        .has("FN:José\\; Téc")
        .has("TEL;TYPE=CELL:+55 11 1");
    assert!(card.header("content-type").starts_with("text/vcard"));
    assert!(card.header("content-disposition").starts_with("attachment"));
    let id = desk.message("wamid.1").await;
    ana.get(&format!("/inbox/m/{id}/contact.vcf")).await.expect(404);
}

#[tokio::test]
async fn a_voice_message_has_its_length() {
    let desk = Desk::new().await;
    let page = |position: u64, body: &[u8]| {
        let mut page = b"OggS\0\0".to_vec();
        page.extend(position.to_le_bytes());
        page.extend([0; 12]);
        page.extend([1, u8::try_from(body.len()).unwrap()]);
        page.extend(body);
        page
    };
    let voice = [
        page(0, b"OpusHead\x01\x01\x38\x01\0\0\0\0\0\0\0"),
        page(48_000 * 75 + 312, b"sound"),
    ]
    .concat();
    let mut ana = desk.ana().await;
    let user = channels::whatsapp::standin::User::new(ROSA, "Rosa");
    // The stand-in keeps the file; nobody listens for its web hook here, the body is taken as it would be posted.
    let sent = desk
        .standin
        .inbound(&user, channels::whatsapp::standin::Incoming::Voice(voice.into()))
        .await;
    assert!(sent.is_err(), "no target");
    let body: Value = serde_json::from_str(&desk.standin.last_post().unwrap()).unwrap();
    desk.change("messages", body["entry"][0]["changes"][0]["value"].clone())
        .await;
    let stop = tokio_util::sync::CancellationToken::new();
    let store = desk.test.store().clone();
    let fetching = tokio::spawn({
        let stop = stop.clone();
        async move { channels::whatsapp::receive::fetch_files(&store, stop).await }
    });
    let mut committed = desk.test.store().committed();
    let path = desk.path("thread").await;
    loop {
        committed.mark_unchanged();
        let page = ana.get(&path).await.expect(200);
        if page.text.contains("class=\"recording\"") {
            page.has("<audio").has(">1:15<").lacks("🎤");
            break;
        }
        tokio::time::timeout(std::time::Duration::from_secs(20), committed.changed())
            .await
            .unwrap()
            .unwrap();
    }
    stop.cancel();
    fetching.await.unwrap().unwrap();
}

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
    boss.get("/settings/inboxes").await.expect(200).has("revogado");
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
