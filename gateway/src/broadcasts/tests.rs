//! The pages of broadcasts as their readers get them, the JSON of programs, and the link by which a mail is no longer
//! wanted.

use channels::broadcasts::Voices;
use conversation::broadcasts::work;
use conversation::types::{InboxId, Role};
use conversation::{contacts, marketing};
use serde_json::json;

use crate::auth::testing::{Browser, agent};
use crate::testing::TestApp;

struct Desk {
    test: TestApp,
    inbox: InboxId,
    admin: Browser,
}

/// Two customers and an administrator.
async fn desk() -> Desk {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    for name in ["joana", "rui"] {
        let address = format!("{name}@example.org");
        let filed = test.mail(&inbox, &address, &format!("{name}@x"), "Help").await;
        let contact = filed.contact.unwrap();
        let actor = conversation::types::Actor::System;
        contacts::edit(test.store(), &actor, &contact, name, None, None)
            .await
            .unwrap();
    }
    let ana = agent(&test, "Ana", Role::Administrator).await;
    let admin = Browser::of(&test, &ana).await;
    Desk { test, inbox, admin }
}

fn id_of(location: &str) -> String {
    location.rsplit('/').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_broadcast_is_made_looked_at_sent_and_counted() {
    let mut desk = desk().await;
    let admin = &mut desk.admin;
    let url = format!("/broadcasts/new?inbox={}", desk.inbox);
    admin.get("/broadcasts/new").await.expect(200).has("Support");
    admin.get(&url).await.expect(200).has("{{contact.first_name}}");
    let id = desk.test.store().env().ulid();
    let mut fields = vec![
        ("id", id.as_str()),
        ("inbox", desk.inbox.as_str()),
        ("name", "Spring"),
        ("subject", "News"),
        ("text", ""),
        ("whom", "all"),
        ("pace", "600"),
    ];
    admin.post("/broadcasts", &fields).await.expect(422).has("aria-invalid");
    fields[4] = ("text", "Hello {{contact.first_name}}, **news** <b>");
    let made = admin.post("/broadcasts", &fields).await.expect(303);
    assert_eq!(id_of(made.header("location")), id);
    let page = format!("/broadcasts/{id}");
    admin
        .get(&page)
        .await
        .expect(200)
        .has("2 customers get it")
        .has("Hello joana")
        .lacks("<b>");
    admin
        .post(&page, &[("do", "test"), ("address", "me@example.com")])
        .await
        .expect(303);
    admin
        .post(&page, &[("do", "later"), ("at", "2001-01-01T10:00")])
        .await
        .expect(422);
    admin.post(&page, &[("do", "start")]).await.expect(303);
    admin
        .post(&page, &[("do", "start")])
        .await
        .expect(422)
        .has("went on meanwhile");
    let live = format!("{page}/live?was=ready");
    assert_eq!(admin.get(&live).await.expect(200).header("hx-refresh"), "true");
    for _ in 0..4 {
        desk.test.clock.advance(1_000);
        work(desk.test.store(), &Voices, "test").await.unwrap();
    }
    let live = format!("{page}/live?was=done");
    let shown = admin.get(&live).await.expect(200);
    assert_eq!(shown.header("hx-refresh"), "");
    admin.get(&page).await.expect(200).has("on their way");
    admin
        .get("/broadcasts")
        .await
        .expect(200)
        .has("Spring")
        .has("0</strong> / 2");
    admin
        .get(&format!("{page}/recipients?state=waiting"))
        .await
        .expect(200)
        .has("Nobody here");
    admin
        .get(&format!("{page}/recipients"))
        .await
        .expect(200)
        .has("rui@example.org");
    let csv = admin.get(&format!("{page}/recipients.csv")).await.expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let csv = csv.has("joana@example.org").has("underway");
    assert_eq!(csv.text.lines().count(), 3);
    admin
        .get("/settings/audit")
        .await
        .expect(200)
        .has("began to send the broadcast");
}

#[tokio::test]
async fn who_unsubscribes_presses_a_button_and_a_mail_program_does_it_at_once() {
    let desk = desk().await;
    let mut anybody = Browser::everywhere(&desk.test);
    let store = desk.test.store();
    let filed = desk.test.mail(&desk.inbox, "eva@example.org", "e@x", "Help").await;
    let contact = filed.contact.unwrap();
    let url = format!("/u/{}", marketing::leave_link(store.keys(), &contact));
    let refuses = async || marketing::refuses_mail(store.db(), &contact).await.unwrap();
    anybody.get(&url).await.expect(200).has("<button");
    assert!(!refuses().await, "a scanner of mail follows every link");
    let press = b"List-Unsubscribe=One-Click".to_vec();
    anybody
        .send("POST", &url, "application/x-www-form-urlencoded", press)
        .await
        .expect(200);
    assert!(refuses().await);
    anybody.get(&url).await.expect(200).has("give");
    let again = b"give=1".to_vec();
    anybody
        .send("POST", &url, "application/x-www-form-urlencoded", again)
        .await
        .expect(200);
    assert!(!refuses().await);
    for wrong in [format!("{url}x"), "/u/none".to_owned()] {
        anybody.get(&wrong).await.expect(404);
        anybody
            .send("POST", &wrong, "application/x-www-form-urlencoded", Vec::new())
            .await
            .expect(404);
    }
}

#[tokio::test]
async fn programs_make_start_and_end_them() {
    let desk = desk().await;
    let client = desk.test.with_token(Role::Administrator).await;
    let body = json!({
        "name": "Spring",
        "inbox": desk.inbox.as_str(),
        "message": { "subject": "News", "text": "Hello {{contact.first_name}}" },
        "audience": { "list": "joana@example.org\nnew@example.net, New One\n" },
    });
    let made = client.post("/broadcasts", body.clone()).await.expect(201);
    let path = format!("/broadcasts/{}", made["id"].as_str().unwrap());
    assert_eq!(
        (&made["state"], &made["figures"]["total"]),
        (&json!("ready"), &json!(2))
    );
    assert_eq!(made["is_marketing"], true);
    for (field, value) in [
        ("name", json!("")),
        ("message", json!({ "text": "no subject" })),
        ("message", json!({ "template": { "name": "x", "language": "en" } })),
        ("message", json!({ "subject": "a", "text": "{{ticket.number}}" })),
        ("pace", json!(0)),
        ("audience", json!({ "company": "none" })),
        ("audience", json!({ "list": "nobody" })),
        ("inbox", json!("none")),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        client.post("/broadcasts", wrong).await.problem(422, "invalid");
    }
    let at = json!({ "do": "start", "at": "2099-01-01T10:00:00Z" });
    client
        .post(&format!("{path}/actions"), at)
        .await
        .problem(422, "invalid");
    let started = client
        .post(&format!("{path}/actions"), json!({ "do": "start" }))
        .await
        .expect(200);
    assert_eq!(started["state"], "sending");
    let paused = client
        .post(&format!("{path}/actions"), json!({ "do": "pause" }))
        .await
        .expect(200);
    assert_eq!(paused["state"], "paused");
    client
        .post(&format!("{path}/actions"), json!({ "do": "pause" }))
        .await
        .problem(409, "conflict");
    let all = client.get(&format!("{path}/recipients?limit=1")).await.expect(200);
    assert_eq!(all["items"][0]["state"], "waiting");
    let next = all["next"].as_str().unwrap().to_owned();
    let rest = client.get(&format!("{path}/recipients?after={next}")).await.expect(200);
    assert_eq!(
        (rest["items"].as_array().unwrap().len(), &rest["next"]),
        (1, &json!(null))
    );
    client
        .post(&format!("{path}/actions"), json!({ "do": "cancel" }))
        .await
        .expect(200);
    let listed = client.get("/broadcasts").await.expect(200);
    assert_eq!(listed["items"][0]["state"], "cancelled");
    client.get("/broadcasts/none").await.problem(404, "not-found");
}
