use std::sync::Arc;

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::contacts;
use conversation::db::sql;
use conversation::notices;
use conversation::notifications::{self, Kind, News, Sender, Ways};
use conversation::types::{Actor, ContactId, IdentityKind, Language, Role};
use serde_json::json;

use super::owed;
use crate::auth::testing::{Browser, Page, agent};
use crate::push;
use crate::push::tests::Service;
use crate::testing::TestApp;
use channels::outgoing::{self, Allowed};

async fn person(test: &TestApp, name: &str) -> ContactId {
    let address = format!("{name}@customer.test");
    let mut tx = test.store().begin().await.unwrap();
    let id = contacts::create_in(&mut tx, &Actor::System, name, Some(Language::Es))
        .await
        .unwrap();
    let id = contacts::prove_in(&mut tx, &Actor::System, &id, IdentityKind::Email, &address, "agent")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn tell(test: &TestApp, contact: &ContactId, number: &str) -> String {
    let news = News {
        kind: Kind::Due,
        words: "due",
        args: json!({ "number": number, "amount": "116.00 USD", "day": "2023-12-24" }),
        path: "/portal/billing".to_owned(),
        subject: number.to_owned(),
    };
    let mut tx = test.store().begin().await.unwrap();
    notifications::tell_in(&mut tx, &news, &[(contact.clone(), Sender::NONE)])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    notifications::list(test.store().db(), contact, None, 1)
        .await
        .unwrap()
        .remove(0)
        .id
}

async fn signed_in(test: &TestApp, contact: &ContactId) -> Browser {
    let mut tx = test.store().begin().await.unwrap();
    let path = conversation::doors::make_in(&mut tx, contact, None, "x@customer.test")
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    let secret = path.trim_start_matches("/l/");
    let followed = portal::links::follow(test.store(), secret, true, "192.0.2.1", "test")
        .await
        .unwrap();
    let mut browser = Browser::everywhere(test);
    browser
        .cookies
        .push((portal::links::COOKIE.to_owned(), followed.secret));
    browser
}

fn location(page: &Page) -> &str {
    page.header("location")
}

#[tokio::test]
async fn the_portal_shows_what_is_ones_own_and_marks_it_read() {
    let test = TestApp::new().await;
    let (ana, rui) = (person(&test, "ana").await, person(&test, "rui").await);
    let mut browser = signed_in(&test, &ana).await;
    browser
        .get("/portal/notifications")
        .await
        .expect(200)
        .has("Nothing yet");
    let first = tell(&test, &ana, "INV-7").await;
    tell(&test, &ana, "INV-8").await;
    let his = tell(&test, &rui, "INV-9").await;
    let page = browser.get("/portal/notifications").await.expect(200);
    let page = page
        .has("INV-7")
        .has("INV-8")
        .has("116.00 USD")
        .has("24 December")
        .has("Notifications: 2 unread");
    page.lacks("INV-9");
    browser.get("/portal").await.expect(200).has("INV-8").has("2 unread");
    browser
        .get(&format!("/portal/notifications/open/{his}"))
        .await
        .expect(404);
    let opened = browser
        .get(&format!("/portal/notifications/open/{first}"))
        .await
        .expect(303);
    assert_eq!(location(&opened), "/portal/billing");
    browser
        .get("/portal/notifications")
        .await
        .expect(200)
        .has("Notifications: 1 unread");
    browser
        .post("/portal/notifications", &[("read", &his)])
        .await
        .expect(303);
    assert_eq!(
        notifications::unread(test.store().db(), &rui).await.unwrap(),
        1,
        "nobody reads for another"
    );
    // The page that one leads to reads it, too.
    browser.get("/portal/billing").await.expect(200).lacks("1 unread");
    tell(&test, &ana, "INV-10").await;
    browser
        .post("/portal/notifications", &[("read", "all")])
        .await
        .expect(303);
    assert_eq!(notifications::unread(test.store().db(), &ana).await.unwrap(), 0);
    for number in 0..40 {
        tell(&test, &ana, &format!("N-{number}")).await;
        test.clock.advance(1_000);
    }
    let page = browser
        .get("/portal/notifications")
        .await
        .expect(200)
        .has("N-39")
        .lacks("N-9 is due");
    let next = page
        .text
        .split("after=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    browser
        .get(&format!("/portal/notifications?after={next}"))
        .await
        .expect(200)
        .has("N-9")
        .has("INV-7");
    Browser::everywhere(&test)
        .get("/portal/notifications")
        .await
        .expect(401);
}

#[tokio::test]
async fn what_is_chosen_counts_and_what_is_owed_is_brought() {
    let test = TestApp::new().await;
    test.inbox().await;
    let ana = person(&test, "ana").await;
    let mut browser = signed_in(&test, &ana).await;
    let here = "/portal/notifications/settings";
    browser
        .get(here)
        .await
        .expect(200)
        .has("due_mail")
        .has("access_push")
        .lacks("due_whatsapp");
    // What is shown and left as it is is no choice.
    let shown: Vec<String> = Kind::ALL.iter().map(|kind| format!("{}_push", kind.as_str())).collect();
    let mut fields: Vec<(&str, &str)> = shown.iter().map(|name| (name.as_str(), "on")).collect();
    fields.extend([("ticket_mail", "on"), ("visit_mail", "on"), ("survey_mail", "on")]);
    browser.post(here, &fields).await.expect(200).has("Saved");
    let chosen = async || {
        let all = notifications::choices(test.store().db(), &ana, |_| Ways::USUAL)
            .await
            .unwrap();
        all.into_iter()
            .filter(|one| one.is_chosen)
            .map(|one| (one.kind, one.ways))
            .collect::<Vec<_>>()
    };
    assert_eq!(chosen().await, []);
    fields.push(("due_mail", "on"));
    browser.post(here, &fields).await.expect(200);
    assert_eq!(chosen().await, [(Kind::Due, Ways::MAIL)]);
    tell(&test, &ana, "INV-7").await;
    assert_eq!(owed::send(&test.app).await.unwrap(), 1);
    assert_eq!(owed::send(&test.app).await.unwrap(), 0, "once");
    let mail = notices::lease(test.store(), "test", 5).await.unwrap().remove(0);
    assert_eq!(mail.recipient, "ana@customer.test");
    assert!(
        mail.subject.contains("INV-7") && mail.subject.contains("vence"),
        "in her language: {}",
        mail.subject
    );
    let look: notices::Look = serde_json::from_str(mail.look.as_deref().unwrap()).unwrap();
    let (words, url) = look.stop.clone().unwrap();
    assert!(words.contains("correos"), "{words}");
    // An agent sees it beside the conversation.
    let inbox = test.app.store.db();
    let (place,): (String,) = sql("SELECT id FROM inboxes LIMIT 1").one(inbox).await.unwrap();
    let filed = test
        .mail(&place.as_str().into(), "ana@customer.test", "a@x", "Hello")
        .await;
    let eva = agent(&test, "Eva", Role::Agent).await;
    let mut desk = Browser::of(&test, &eva).await;
    let page = format!("/inbox/c/{}", filed.conversation.unwrap());
    desk.get(&page)
        .await
        .expect(200)
        .has("The customer chooses this in the portal")
        .has("(chosen)");
    // One press of a mail program, without a cookie (RFC 8058), ends it; a look at the page does not.
    let path = url[url.find("/portal/").unwrap()..].to_owned();
    let mut anybody = Browser::everywhere(&test);
    anybody.get(&path).await.expect(200).has("No more e-mails of this kind");
    assert_eq!(chosen().await, [(Kind::Due, Ways::MAIL)]);
    anybody
        .post(&path, &[("List-Unsubscribe", "One-Click")])
        .await
        .expect(200)
        .has("Done");
    anybody
        .post(&path, &[("List-Unsubscribe", "One-Click")])
        .await
        .expect(200);
    assert_eq!(chosen().await, [(Kind::Due, Ways::USUAL)]);
    anybody.post(&format!("{path}x"), &[]).await.expect(404);
    tell(&test, &ana, "INV-8").await;
    assert_eq!(owed::send(&test.app).await.unwrap(), 0);
    browser.post(here, &[("do", "usual")]).await.expect(200);
    assert_eq!(chosen().await, []);
}

#[tokio::test]
async fn the_api_lists_reads_and_chooses() {
    let test = TestApp::new().await;
    let ana = person(&test, "ana").await;
    let first = tell(&test, &ana, "INV-7").await;
    tell(&test, &ana, "INV-8").await;
    let api = test.with_token(Role::Agent).await;
    let base = format!("/contacts/{ana}/notifications");
    let page = api.get(&format!("{base}?limit=1")).await.expect(200);
    assert_eq!(page["items"][0]["kind"], "due");
    assert!(page["items"][0]["text"].as_str().unwrap().contains("INV-8"));
    let next = page["next"].as_str().unwrap();
    let page = api.get(&format!("{base}?limit=1&after={next}")).await.expect(200);
    assert_eq!(page["items"][0]["id"], first.as_str());
    api.post(&format!("{base}/read"), json!({ "notification": first }))
        .await
        .expect(204);
    assert_eq!(notifications::unread(test.store().db(), &ana).await.unwrap(), 1);
    api.post(&format!("{base}/read"), json!({ "notification": "nothing" }))
        .await
        .problem(404, "not-found");
    api.post(&format!("{base}/read"), json!({})).await.expect(204);
    assert_eq!(notifications::unread(test.store().db(), &ana).await.unwrap(), 0);
    let choices = format!("/contacts/{ana}/notification-choices");
    let kind = ["content-type", "application/json"];
    let put = async |body: serde_json::Value| {
        api.send("PUT", &choices, &[(kind[0], kind[1])], body.to_string().into_bytes())
            .await
    };
    let ways = json!({ "mail": true, "whatsapp": false, "push": false });
    let now = put(json!({ "choices": [{ "kind": "due", "ways": ways }] }))
        .await
        .expect(200);
    let of = |all: &serde_json::Value, kind: &str| {
        all["choices"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["kind"] == kind)
            .unwrap()
            .clone()
    };
    assert_eq!(
        of(&now, "due"),
        json!({ "kind": "due", "ways": ways, "is_chosen": true })
    );
    assert_eq!(of(&now, "survey")["is_chosen"], false);
    assert_eq!(api.get(&choices).await.expect(200), now);
    put(json!({ "choices": [{ "kind": "gossip", "ways": null }] }))
        .await
        .problem(422, "invalid");
    put(json!({ "choices": [], "all": true })).await.problem(422, "invalid");
    let now = put(json!({ "choices": [{ "kind": "due", "ways": null }] }))
        .await
        .expect(200);
    assert_eq!(of(&now, "due")["is_chosen"], false);
}

#[tokio::test]
async fn a_customers_browser_is_pushed_to_while_they_are_signed_in() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut test = TestApp::new().await;
    let mut config = (*test.app.config).clone();
    config.outgoing.allow_private = "127.0.0.1".to_owned();
    test.app.config = Arc::new(config);
    let ana = person(&test, "ana").await;
    let (service, endpoint) = Service::start(&test).await;
    let (p256dh, auth) = service.keys();
    let mut browser = signed_in(&test, &ana).await;
    Browser::everywhere(&test).get("/portal/push").await.expect(401);
    Browser::everywhere(&test)
        .post("/portal/push", &[("endpoint", &endpoint)])
        .await
        .expect(401);
    browser.get("/portal/push").await.expect(200).has("\"key\":\"B");
    for (endpoint, p256dh) in [("nowhere", p256dh.as_str()), (endpoint.as_str(), "AAAA")] {
        browser
            .post(
                "/portal/push",
                &[("endpoint", endpoint), ("p256dh", p256dh), ("auth", &auth)],
            )
            .await
            .expect(422);
    }
    let fields = [
        ("endpoint", endpoint.as_str()),
        ("p256dh", p256dh.as_str()),
        ("auth", auth.as_str()),
    ];
    browser.post("/portal/push", &fields).await.expect(204);
    let id = tell(&test, &ana, "INV-7").await;
    let http = outgoing::client(&Allowed::new("127.0.0.1"), push::PATIENCE).unwrap();
    service.answer(StatusCode::CREATED);
    assert_eq!(push::send_due(&test.app, &http).await.unwrap(), 1);
    let taken = service.taken();
    assert!(taken[0]["body"].as_str().unwrap().contains("INV-7"), "{taken:?}");
    assert_eq!(taken[0]["url"], format!("/portal/notifications/open/{id}"));
    // What was read meanwhile is not shown.
    tell(&test, &ana, "INV-8").await;
    browser
        .post("/portal/notifications", &[("read", "all")])
        .await
        .expect(303);
    push::send_due(&test.app, &http).await.unwrap();
    assert_eq!(service.taken().len(), 1);
    // Signing out ends it, whatever the browser still holds.
    browser.post("/portal/account/sign-out", &[]).await.expect(303);
    tell(&test, &ana, "INV-9").await;
    assert_eq!(push::send_due(&test.app, &http).await.unwrap(), 0);
    let key = URL_SAFE_NO_PAD.decode(p256dh).unwrap();
    assert_eq!(key.len(), 65);
}
