//! What customers send, as agents see it.

use conversation::db::sql;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Actor, Channel, Language};
use serde_json::{Value, json};

use super::{Desk, ROSA, image, text};

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
        &[
            ("text", "### Título\n\nnosso **texto**"),
            ("kind", "reply"),
            ("seen_position", &head),
        ],
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
        .has("said-heading\">Título</p><p>nosso <strong>texto</strong>");
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
        async move { channels::files::fetch(&store, stop).await }
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
async fn an_inbox_whose_settings_cannot_be_opened_holds_up_no_other_s_files() {
    let desk = Desk::new().await;
    // Its file is due first; its sealed settings are of another key.
    let other = NewInbox {
        channel: Channel::Whatsapp,
        name: "Sales".to_owned(),
        language: Language::Pt,
        address: "9000".to_owned(),
        bot_enabled: false,
        settings: desk.settings.clone(),
    };
    let other = inboxes::create(desk.test.store(), &Actor::System, other).await.unwrap();
    desk.hook(&[image("wamid.1", None)]).await;
    let mut tx = desk.test.store().begin().await.unwrap();
    sql("UPDATE inboxes SET settings = $2 WHERE id = $1")
        .bind(&other)
        .bind(b"sealed with another key".to_vec())
        .run(&mut tx)
        .await
        .unwrap();
    sql("UPDATE messages SET inbox_id = $1")
        .bind(&other)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    desk.hook(&[image("wamid.22", None)]).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let store = desk.test.store().clone();
    let mut committed = store.committed();
    let fetching = tokio::spawn({
        let stop = stop.clone();
        async move { channels::files::fetch(&store, stop).await }
    });
    loop {
        committed.mark_unchanged();
        let told: Vec<(String,)> = sql("SELECT fetch_error FROM attachments WHERE fetch_error IS NOT NULL ORDER BY id")
            .all(desk.test.store().db())
            .await
            .unwrap();
        if told.len() == 2 {
            assert_ne!(told[0], told[1], "each has its own trouble");
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
