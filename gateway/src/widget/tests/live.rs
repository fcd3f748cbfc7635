//! The stream, files, limits, and what goes on by mail.

use super::*;

#[tokio::test]
async fn the_stream_replays_and_goes_on() {
    let desk = desk().await;
    let hub = desk.app.realtime.clone();
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { hub.run(stop).await }
    });
    let (ana, eve) = (desk.visitor().await, desk.visitor().await);
    let start = desk.session(&ana).await["position"].as_i64().unwrap();
    // Opened before the first message: the conversation is found when it begins.
    let mut live = desk.open(&ana, start).await;
    desk.write(&eve, "Eve's").await;
    let own = desk.write(&ana, "Ana's").await;
    let conversation = desk.conversation(&ana).await;
    desk.answer(&conversation, ReplyKind::Note, "a note", vec![]).await;
    desk.answer(&conversation, ReplyKind::Customer, "one", vec![]).await;
    desk.answer(&conversation, ReplyKind::Customer, "two", vec![]).await;
    let said = |frames: &[Frame]| -> Vec<String> {
        frames
            .iter()
            .filter(|frame| frame.event == "message")
            .map(|frame| frame.data["message"]["text"].as_str().unwrap().to_owned())
            .collect()
    };
    let frames = live.until(|frames| said(frames).len() >= 3).await;
    assert_eq!(said(&frames), ["Ana's", "one", "two"]);
    let read = frames
        .iter()
        .find(|frame| frame.event == "delivery" && frame.data["message"] == own["id"]);
    assert_eq!(read.unwrap().data["state"], "read", "whoever answers has read");
    let ids: Vec<i64> = frames.iter().filter_map(|frame| frame.id).collect();
    assert!(ids.is_sorted() && ids[0] > start, "{ids:?}");

    // Connecting anew with the id of `one` brings `two` and nothing before it.
    let one = frames
        .iter()
        .find(|frame| frame.data["message"]["text"] == "one")
        .unwrap()
        .id
        .unwrap();
    let replayed = desk.stream(&ana, one, |frames| !said(frames).is_empty()).await;
    assert_eq!(said(&replayed), ["two"]);

    // Eve hears nothing of it.
    let mut hers = desk.open(&eve, start).await;
    let conversation = desk.conversation(&eve).await;
    desk.answer(&conversation, ReplyKind::Customer, "to Eve", vec![]).await;
    let frames = hers.until(|frames| said(frames).contains(&"to Eve".to_owned())).await;
    assert_eq!(said(&frames), ["Eve's", "to Eve"]);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_merge_makes_the_frame_begin_anew() {
    let desk = desk().await;
    desk.mail("ana@example.com", "by mail").await;
    let token = desk.visitor().await;
    desk.write(&token, "by chat").await;
    let session = desk.session(&token).await;
    let after = session["position"].as_i64().unwrap();
    let contact = desk.contact(&session).await.unwrap();
    let secret = contacts::claim(desk.store(), &contact, IdentityKind::Email, "ana@example.com")
        .await
        .unwrap();
    contacts::confirm(desk.store(), &secret).await.unwrap();
    let frames = desk.stream(&token, after, |frames| !frames.is_empty()).await;
    assert_eq!(frames[0].event, "reset");
    // What cannot be resumed begins anew, too.
    let frames = desk
        .stream(&token, after + 1_000_000, |frames| !frames.is_empty())
        .await;
    assert_eq!(frames[0].event, "reset");
    desk.write(&token, "and on").await;
    assert!(texts(&desk.session(&token).await).contains(&"and on"));
}

fn multipart(name: &str, kind: &str, bytes: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    body
}

impl Desk {
    async fn upload(&self, token: &str, name: &str, kind: &str, bytes: &[u8]) -> (StatusCode, Value) {
        let request = Request::post("/widget/api/website/uploads")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "multipart/form-data; boundary=edge")
            .body(Body::from(multipart(name, kind, bytes)))
            .unwrap();
        let (status, _, bytes) = self.call(request).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

#[tokio::test]
async fn files_go_with_a_message_and_come_back_safely() {
    let desk = desk().await;
    let (ana, eve) = (desk.visitor().await, desk.visitor().await);
    let (status, file) = desk
        .upload(&ana, "../../evil.html", "text/html", b"<script>alert(1)</script>")
        .await;
    assert_eq!(
        (status, &file["name"], &file["size"]),
        (StatusCode::OK, &json!("evil.html"), &json!(25))
    );
    let send = |id: &str| json!({ "id": id, "text": "", "attachments": [file["id"]] });
    let (id, theirs) = (desk.store().env().ulid(), desk.store().env().ulid());
    assert_eq!(
        desk.post("messages", &eve, send(&theirs)).await.0.as_u16(),
        422,
        "somebody else's upload"
    );
    let (status, message) = desk.post("messages", &ana, send(&id)).await;
    assert_eq!(status, StatusCode::OK, "{message}");
    let url = message["attachments"][0]["url"].as_str().unwrap();
    let (status, headers, bytes) = desk.get(url).await;
    assert_eq!(
        (status, bytes.as_slice()),
        (StatusCode::OK, b"<script>alert(1)</script>".as_slice())
    );
    assert_eq!(
        headers["content-type"], "application/octet-stream",
        "nothing of it runs"
    );
    assert!(
        headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");

    let (_, picture) = desk.upload(&ana, "a.png", "image/png", b"\x89PNG").await;
    let (status, headers, _) = desk.get(picture["url"].as_str().unwrap()).await;
    assert_eq!(
        (status, headers["content-type"].to_str().unwrap()),
        (StatusCode::OK, "image/png"),
        "shown before it is sent"
    );

    for forged in [
        url.replace("/files/", "/files/0"),
        format!("{}x", url),
        "/widget/files/a.b".to_owned(),
    ] {
        assert_eq!(desk.get(&forged).await.0, StatusCode::NOT_FOUND, "{forged}");
    }
    assert_eq!(desk.upload(&ana, "empty", "text/plain", b"").await.0.as_u16(), 422);
    assert_eq!(
        desk.upload("wrong", "a", "text/plain", b"a").await.0,
        StatusCode::UNAUTHORIZED
    );
    let large = vec![0u8; crate::widget::limits::LARGEST + 1];
    assert_eq!(
        desk.upload(&ana, "large", "text/plain", &large).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    desk.clock.advance(3 * 24 * 3600 * 1000);
    assert_eq!(desk.get(url).await.0, StatusCode::NOT_FOUND, "addresses of files end");
}

#[tokio::test]
async fn too_many_messages_wait() {
    let desk = desk().await;
    let token = desk.visitor().await;
    for _ in 0..20 {
        desk.write(&token, "again").await;
    }
    let body = json!({ "id": desk.store().env().ulid(), "text": "and again" });
    let request = Request::post("/widget/api/website/messages")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, headers, _) = desk.call(request).await;
    assert_eq!(
        (status, headers["retry-after"].to_str().unwrap()),
        (StatusCode::TOO_MANY_REQUESTS, "3")
    );
    desk.clock.advance(3_000);
    assert_eq!(desk.post("messages", &token, body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn who_may_show_the_frame_and_who_may_speak() {
    let desk = desk().await;
    let (status, headers, body) = desk
        .get("/widget/frame?inbox=website&origin=https://www.example.com&language=es")
        .await;
    assert_eq!(status, StatusCode::OK);
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("frame-ancestors 'self' https://www.example.com"),
        "{policy}"
    );
    assert!(String::from_utf8(body).unwrap().contains("lang=\"es\""));
    assert_eq!(desk.get("/widget/frame?inbox=unknown").await.0, StatusCode::NOT_FOUND);
    // A site that was forgotten in the settings reads what is missing, in a page that holds nothing else.
    for (site, is_told) in [
        ("https://www.example.com", false),
        ("https://shop.example", true),
        ("%3Cscript%3E", false),
    ] {
        let request = Request::get(format!("/widget/frame?inbox=website&language=pt&origin={site}"))
            .header("sec-fetch-site", "cross-site")
            .body(Body::empty())
            .unwrap();
        let (_, headers, body) = desk.call(request).await;
        let body = String::from_utf8(body).unwrap();
        assert_eq!(body.contains("ainda não pode mostrar"), is_told, "{site}");
        assert_eq!(body.contains(site), is_told, "{site}");
        assert_eq!(!body.contains("<script"), is_told, "{site}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert_eq!(policy.contains("frame-ancestors *"), is_told, "{policy}");
    }
    for (name, value, status) in [
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
        ("origin", "https://desk.example", StatusCode::OK),
    ] {
        let request = Request::post("/widget/api/website/session")
            .header("host", "desk.example")
            .header(name, value)
            .body(Body::from("{}"))
            .unwrap();
        assert_eq!(desk.call(request).await.0, status, "{name}: {value}");
    }
    assert_eq!(desk.get("/sample").await.0, StatusCode::OK);
    let (status, _, page) = desk.get("/sample?inbox=none&lang=es").await;
    let page = String::from_utf8_lossy(&page);
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("no hay ningún chat"), "{page}");
    let (_, headers, _) = desk.get("/widget.js").await;
    assert_eq!(headers["cache-control"], "public, max-age=300");
    let (status, headers, _) = desk.get(&ui::assets::url("frame.js")).await;
    assert_eq!(
        (status, headers["cache-control"].to_str().unwrap()),
        (StatusCode::OK, "public, max-age=31536000, immutable")
    );
    assert_eq!(desk.get("/assets/../Cargo.toml").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_not_read_goes_on_by_mail_once() {
    let desk = desk().await;
    let (ana, eve) = (desk.visitor().await, desk.visitor().await);
    for token in [&ana, &eve] {
        desk.write(token, "hello").await;
        let conversation = desk.conversation(token).await;
        desk.answer(&conversation, ReplyKind::Customer, "an answer", vec![])
            .await;
    }
    desk.post("email", &ana, json!({ "email": "ana@example.com" })).await;
    let due = || crate::widget::continuity::send_due(desk.store(), 120);
    assert_eq!(due().await.unwrap(), 0, "not yet");
    desk.clock.advance(121_000);
    assert_eq!(due().await.unwrap(), 1, "only who has an address");
    assert_eq!(due().await.unwrap(), 0, "once");
    let leased = deliveries::lease(desk.store(), "test", 10).await.unwrap();
    assert_eq!(leased.len(), 1);
    assert_eq!(
        (leased[0].channel, leased[0].recipient.as_str()),
        (Channel::Email, "ana@example.com")
    );
}

#[tokio::test]
async fn the_links_in_mails_are_the_ones_that_the_portal_reads() {
    let desk = desk().await;
    let token = desk.visitor().await;
    desk.write(&token, "hello").await;
    let conversation = desk.conversation(&token).await;
    let card = Card {
        kind: CardKind::Choice,
        reference: "q".into(),
        title: "Did it help?".into(),
        body: String::new(),
        facts: Vec::new(),
        actions: vec![CardAction::Answer {
            label: "Yes".into(),
            value: "helped:yes".into(),
        }],
    };
    let question = desk.answer(&conversation, ReplyKind::Customer, "?", vec![card]).await;
    let url = channels::dispatch::answer_link(desk.store().keys(), "https://desk.example", &question, "helped:yes");
    let portal = portal::routes(portal::Portal::new(
        desk.store().clone(),
        "https://desk.example",
        true,
        desk.app.billing.clone(),
        tokio_util::sync::CancellationToken::new(),
    ));
    let request = Request::get(url.strip_prefix("https://desk.example").unwrap())
        .body(Body::empty())
        .unwrap();
    assert_eq!(portal.oneshot(request).await.unwrap().status(), StatusCode::OK);
}
