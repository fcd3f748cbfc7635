//! Conversations and messages: pages, replies, files, deliveries, what is done with them.

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use conversation::access;
use conversation::db::sql;
use conversation::deliveries;
use conversation::outbound::SendError;
use conversation::types::{Actor, DeliveryId, Language, Role};
use http::StatusCode;
use serde_json::{Value, json};

use super::{conversation, message, with_mail};
use crate::api::people::{LINK_LASTS, follow};
use crate::auth::testing::Browser;
use crate::people::agents::{self, NewAgent};
use crate::testing::{Client, TestApp};

/// The ids of a list, page by page.
async fn pages(client: &Client, path: &str, limit: usize) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = client.get(&format!("{path}?limit={limit}{after}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        all.push(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned())
                .collect(),
        );
        match &page["next"] {
            Value::Null => return all,
            next => after = format!("&after={}", next.as_str().unwrap()),
        }
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let client = test.with_token(Role::Agent).await;
    let mut conversations = Vec::new();
    let mut contacts = Vec::new();
    let mut tickets = Vec::new();
    for number in 0..5 {
        // Two share a millisecond.
        test.clock.advance(number / 2);
        let filed = test
            .mail(&inbox, &format!("c{number}@example.com"), &format!("{number}@x"), "Hi")
            .await;
        let body = json!({ "conversation": conversation(&filed), "subject": "Toner", "kind": "request" });
        let ticket = client.post("/tickets", body).await.expect(201);
        tickets.insert(0, ticket["id"].as_str().unwrap().to_owned());
        contacts.insert(0, super::contact(&filed));
        conversations.insert(0, conversation(&filed));
    }
    for (path, expected) in [
        ("/conversations", &conversations),
        ("/contacts", &contacts),
        ("/tickets", &tickets),
    ] {
        for (limit, sizes) in [(2, vec![2, 2, 1]), (5, vec![5]), (4, vec![4, 1]), (200, vec![5])] {
            let found = pages(&client, path, limit).await;
            assert_eq!(
                found.iter().map(Vec::len).collect::<Vec<_>>(),
                sizes,
                "{path} by {limit}"
            );
            assert_eq!(found.concat(), **expected, "{path} by {limit}");
        }
    }
    let path = format!("/conversations/{}/messages", conversations[0]);
    for number in 0..4 {
        client
            .post(&path, json!({ "kind": "note", "text": format!("{number}") }))
            .await
            .expect(201);
    }
    let newest = client.get(&format!("{path}?limit=2")).await.expect(200);
    let words = |page: &Value| -> Vec<String> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(words(&newest), ["2", "3"]);
    let before = newest["next"].as_str().unwrap();
    let older = client.get(&format!("{path}?limit=2&after={before}")).await.expect(200);
    assert_eq!(words(&older), ["0", "1"]);
    let before = older["next"].as_str().unwrap();
    let first = client.get(&format!("{path}?limit=2&after={before}")).await.expect(200);
    assert_eq!(words(&first), ["Hi"]);
    assert_eq!(first["next"], Value::Null);
}

#[tokio::test]
async fn conversations_are_filtered() {
    let (test, inbox, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let new = NewAgent {
        email: "eva@example.com".to_owned(),
        name: "Eva".to_owned(),
        role: Role::Agent,
        language: Language::Pt,
    };
    let eva = agents::create(test.store(), &Actor::System, new).await.unwrap();
    let second = test.mail(&inbox, "bob@example.com", "m2@x", "Second").await;
    let (one, two) = (conversation(&filed), conversation(&second));
    let assign = json!({ "action": "assign", "agent": eva.id });
    let assigned = client
        .post(&format!("/conversations/{two}/actions"), assign)
        .await
        .expect(200);
    assert_eq!(assigned["assignee_id"], eva.id.as_str());
    client
        .post(&format!("/conversations/{one}/actions"), json!({ "action": "resolve" }))
        .await
        .expect(200);
    let contact = super::contact(&filed);
    for (query, expected) in [
        ("status=open".to_owned(), vec![&two]),
        ("status=resolved".to_owned(), vec![&one]),
        ("status=snoozed".to_owned(), vec![]),
        ("assignee=nobody".to_owned(), vec![&one]),
        (format!("assignee={}", eva.id), vec![&two]),
        ("channel=email".to_owned(), vec![&two, &one]),
        ("channel=whatsapp".to_owned(), vec![]),
        ("level=N1".to_owned(), vec![&two, &one]),
        (format!("contact={contact}"), vec![&one]),
        (format!("contact={contact}&status=open"), vec![]),
    ] {
        let page = client.get(&format!("/conversations?{query}")).await.expect(200);
        let mut found: Vec<_> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].clone())
            .collect();
        let mut expected: Vec<_> = expected.into_iter().map(|id| json!(id)).collect();
        for list in [&mut found, &mut expected] {
            list.sort_by_key(Value::to_string);
        }
        assert_eq!(found, expected, "{query}");
    }
    let read = client.get(&format!("/conversations/{two}")).await.expect(200);
    assert_eq!(read["conversation"]["status"], "open");
    assert_eq!(read["contact"]["name"], "Ana");
    assert_eq!(read["messages"]["items"][0]["text"], "Second");
    assert_eq!(read["messages"]["items"][1]["kind"], "activity");
    assert_eq!(read["conversation"]["created_at"], "2026-01-05T10:00:00.000Z");
}

#[tokio::test]
async fn actions_change_the_conversation() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}/actions", conversation(&filed));
    for (body, member, value) in [
        (
            json!({ "action": "escalate", "reason": "hardware" }),
            "level",
            json!("N2"),
        ),
        (
            json!({ "action": "escalate", "reason": "firmware" }),
            "level",
            json!("N3"),
        ),
        (
            json!({ "action": "return", "reason": "done here" }),
            "level",
            json!("N2"),
        ),
        (
            json!({ "action": "move_to", "level": "N1", "reason": "answer" }),
            "level",
            json!("N1"),
        ),
        (
            json!({ "action": "prioritise", "priority": "urgent" }),
            "priority",
            json!("urgent"),
        ),
        (
            json!({ "action": "snooze", "until": "2026-01-06T09:00:00+01:00" }),
            "snoozed_until",
            json!("2026-01-06T08:00:00.000Z"),
        ),
        (json!({ "action": "reopen" }), "status", json!("open")),
        (json!({ "action": "resolve" }), "status", json!("resolved")),
        (json!({ "action": "resolve" }), "status", json!("resolved")),
        (json!({ "action": "assign", "agent": null }), "assignee_id", Value::Null),
    ] {
        let answer = client.post(&path, body.clone()).await.expect(200);
        assert_eq!(answer[member], value, "{body}");
        assert_eq!(
            answer["position"],
            test.store()
                .head()
                .await
                .unwrap()
                .min(answer["position"].as_i64().unwrap())
        );
    }
    for level in ["N2", "N3"] {
        let up = json!({ "action": "move_to", "level": level, "reason": "x" });
        client.post(&path, up).await.expect(200);
    }
    client
        .post(&path, json!({ "action": "escalate", "reason": "x" }))
        .await
        .problem(422, "invalid");
}

#[tokio::test]
async fn a_reply_has_an_author_a_delivery_and_files() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}/messages", conversation(&filed));
    let bytes = b"<script>alert(1)</script>".to_vec();
    let upload = "/attachments?name=p%C3%A1gina%20%221%22%0D%0A.html";
    let file = client
        .send(
            "POST",
            upload,
            &[("content-type", "text/html; charset=utf-8")],
            bytes.clone(),
        )
        .await
        .expect(201);
    assert_eq!(file["media_type"], "text/html");
    assert_eq!(file["message_id"], Value::Null);
    let file_path = format!("/attachments/{}", file["id"].as_str().unwrap());
    client.get(&file_path).await.problem(404, "not-found");
    let stranger = test.with_token(Role::Agent).await;
    let body = json!({ "id": "01ARZ3NDEKTSV4RRFFQ69G5FAX", "text": "See the page", "attachments": [file["id"]] });
    stranger.post(&path, body.clone()).await.problem(422, "invalid");

    let answer = client.post(&path, body.clone()).await;
    let written = answer.expect(201);
    assert_eq!(answer.header("location"), "/api/v1/messages/01ARZ3NDEKTSV4RRFFQ69G5FAX");
    assert_eq!(written["kind"], "outbound");
    assert_eq!(written["author"]["kind"], "api");
    assert_eq!(written["deliveries"][0]["state"], "queued");
    assert_eq!(written["deliveries"][0]["recipient"], "ana@example.com");
    assert_eq!(written["attachments"][0]["id"], file["id"]);
    assert_eq!(
        client.post(&path, body.clone()).await.expect(200),
        written,
        "the same id is the same message"
    );
    stranger.post(&path, body).await.problem(409, "conflict");

    let download = client.get(&file_path).await;
    assert_eq!((download.status.as_u16(), &*download.body), (200, &bytes));
    assert_eq!(download.header("content-type"), "text/html");
    assert_eq!(download.header("x-content-type-options"), "nosniff");
    assert_eq!(
        download.header("content-security-policy"),
        "sandbox; default-src 'none'"
    );
    assert_eq!(
        download.header("content-disposition"),
        "attachment; filename=\"p_gina _1_.html\"; filename*=UTF-8''p%C3%A1gina%20%221%22.html"
    );
    client
        .send("POST", "/attachments?name=x", &[], vec![0; 257 * 1024])
        .await
        .problem(413, "too-large");

    let note = client
        .post(&path, json!({ "kind": "note", "text": "internal" }))
        .await
        .expect(201);
    assert_eq!(
        (note["kind"].as_str(), note["deliveries"].as_array().unwrap().len()),
        (Some("note"), 0)
    );
    let read = client
        .get(&format!("/messages/{}", note["id"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(read, note);
}

#[tokio::test]
async fn a_message_can_be_read_as_it_came() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Supervisor).await;
    let path = format!("/messages/{}", message(&filed));
    assert_eq!(client.get(&path).await.expect(200)["has_raw"], true);
    let raw = client.get(&format!("{path}/raw")).await;
    assert_eq!(raw.status, 200);
    assert_eq!(raw.header("content-type"), "message/rfc822");
    assert_eq!(raw.header("x-content-type-options"), "nosniff");
    assert!(raw.body.starts_with(b"Message-ID: <m1@example.com>"));
    let agent = test.with_token(Role::Agent).await;
    let messages = format!("/conversations/{}/messages", conversation(&filed));
    let note = agent
        .post(&messages, json!({ "kind": "note", "text": "x" }))
        .await
        .expect(201);
    let path = format!("/messages/{}/raw", note["id"].as_str().unwrap());
    client.get(&path).await.problem(404, "not-found");
}

#[tokio::test]
async fn a_failed_delivery_is_sent_again() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}/messages", conversation(&filed));
    let written = client.post(&path, json!({ "text": "hello" })).await.expect(201);
    let id = written["deliveries"][0]["id"].as_str().unwrap();
    let retry = format!("/deliveries/{id}/retry");
    client.post(&retry, Value::Null).await.problem(422, "invalid");
    let leased = deliveries::lease(test.store(), "test", 10).await.unwrap();
    let refused = SendError::Permanent {
        code: "smtp.550".to_owned(),
        reason: "no such user".to_owned(),
    };
    deliveries::settle(test.store(), "test", &leased[0], Err(refused))
        .await
        .unwrap();
    let failed = client.get(&format!("/deliveries/{id}")).await.expect(200);
    assert_eq!(
        (failed["state"].as_str(), failed["error_code"].as_str()),
        (Some("failed"), Some("smtp.550"))
    );
    let queued = client.post(&retry, Value::Null).await.expect(200);
    assert_eq!(queued["state"], "queued");
    let customer = Actor::Contact("somebody else".into());
    let hidden = access::delivery(test.store().db(), &customer, &DeliveryId::from(id)).await;
    assert!(matches!(hidden, Err(conversation::Error::NotFound)));
}

#[tokio::test]
async fn a_message_that_waits_is_taken_back_or_sent_at_another_time() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}/messages", conversation(&filed));
    let at = |seconds: i64| {
        let moment = jiff::Timestamp::from_millisecond(test.store().now() + seconds * 1000).unwrap();
        json!(moment.to_string())
    };
    let body = json!({ "text": "Tomorrow", "send_at": at(3600), "cc": ["boss@example.com"] });
    let waits = client.post(&path, body).await.expect(201);
    assert_eq!(waits["kind"], "scheduled");
    let sendings = waits["deliveries"].as_array().unwrap();
    assert_eq!(sendings.len(), 2);
    assert_eq!(
        (
            &sendings[1]["role"],
            &sendings[1]["state"],
            sendings[1]["send_after"].is_string()
        ),
        (&json!("cc"), &json!("scheduled"), true)
    );
    let message = format!("/messages/{}", waits["id"].as_str().unwrap());
    let later = client
        .post(&format!("{message}/reschedule"), json!({ "send_at": at(7200) }))
        .await
        .expect(200);
    assert!(later["deliveries"][0]["send_after"].as_str() > waits["deliveries"][0]["send_after"].as_str());
    client
        .post(&format!("{message}/reschedule"), json!({ "send_at": "tomorrow" }))
        .await
        .problem(422, "invalid");
    let taken = client.post(&format!("{message}/cancel"), Value::Null).await.expect(200);
    assert_eq!(taken["text"], "Tomorrow");
    assert_eq!(taken["conversation_id"], conversation(&filed).as_str());
    client.get(&message).await.problem(404, "not-found");
    client
        .post(&format!("{message}/cancel"), Value::Null)
        .await
        .problem(404, "not-found");

    let now = client
        .post(&path, json!({ "text": "Now", "send_at": at(5) }))
        .await
        .expect(201);
    let message = format!("/messages/{}", now["id"].as_str().unwrap());
    let sent = client
        .post(&format!("{message}/reschedule"), json!({ "send_at": at(0) }))
        .await
        .expect(200);
    assert_eq!(
        (&sent["kind"], &sent["deliveries"][0]["state"]),
        (&json!("outbound"), &json!("queued"))
    );
    deliveries::lease(test.store(), "test", 10).await.unwrap();
    client
        .post(&format!("{message}/cancel"), Value::Null)
        .await
        .problem(409, "conflict");
}

#[tokio::test]
async fn messages_go_where_they_belong() {
    let (test, inbox, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let one = conversation(&filed);
    let written = client
        .post(&format!("/conversations/{one}/messages"), json!({ "text": "hello" }))
        .await
        .expect(201);
    let body = json!({ "messages": [written["id"], written["id"]], "subject": "Other matter" });
    let answer = client.post(&format!("/conversations/{one}/split"), body.clone()).await;
    let split = answer.expect(201);
    assert_eq!(split["subject"], "Other matter");
    assert_eq!(split["related_to"], one.as_str());
    let two = split["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/api/v1/conversations/{two}"));
    client
        .post(&format!("/conversations/{one}/split"), body)
        .await
        .problem(404, "not-found");
    let back = json!({ "messages": [written["id"]], "from": two, "to": one });
    assert_eq!(
        client.post("/messages/move", back).await.expect(200)["id"],
        one.as_str()
    );
    let read = client
        .get(&format!("/messages/{}", written["id"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(read["conversation_id"], one.as_str());
    let other = test.mail(&inbox, "ana@example.com", "m2@x", "Second").await;
    let merged = client
        .post(
            &format!("/conversations/{one}/merge"),
            json!({ "from": conversation(&other) }),
        )
        .await
        .expect(200);
    assert_eq!(merged["id"], one.as_str());
    let moved = client.get(&format!("/messages/{}", message(&other))).await.expect(200);
    assert_eq!(moved["conversation_id"], one.as_str());
    let body = json!({ "from": conversation(&other) });
    let path = format!("/conversations/{one}/unmerge");
    let again = client.post(&path, body.clone()).await.expect(200);
    assert_eq!(again["id"], conversation(&other).as_str());
    let back = client.get(&format!("/messages/{}", message(&other))).await.expect(200);
    assert_eq!(back["conversation_id"], again["id"]);
    client.post(&path, body).await.expect(409);
    client.post(&path, json!({ "from": "none" })).await.expect(404);
}

#[tokio::test]
async fn the_event_log_is_followed_without_a_gap() {
    let (test, inbox, _) = with_mail().await;
    let client = test.with_token(Role::Supervisor).await;
    for number in 0..5 {
        test.mail(&inbox, "ana@example.com", &format!("{number}@x"), "More")
            .await;
    }
    let head = test.store().head().await.unwrap();
    let (mut after, mut positions) = (0, Vec::new());
    loop {
        let page = client.get(&format!("/events?after={after}&limit=4")).await.expect(200);
        assert_eq!(page["head"], head);
        let items = page["items"].as_array().unwrap();
        positions.extend(items.iter().map(|event| event["position"].as_i64().unwrap()));
        after = page["next"].as_i64().unwrap();
        if items.is_empty() {
            break;
        }
    }
    assert_eq!(positions, (1..=head).collect::<Vec<_>>());
    let page = client.get("/events?limit=200").await.expect(200);
    let created = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["kind"] == "message.created")
        .unwrap()
        .clone();
    assert_eq!(created["actor"]["kind"], "contact");
    assert!(created["conversation_id"].is_string() && created["data"].is_object());
}

#[tokio::test]
async fn a_link_to_a_file_tells_gone_from_not_to_be_had_now() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let file = client
        .send(
            "POST",
            "/attachments?name=a.txt",
            &[("content-type", "text/plain")],
            b"a".to_vec(),
        )
        .await
        .expect(201);
    let body = json!({ "text": "See the file", "attachments": [file["id"]] });
    let path = format!("/conversations/{}/messages", conversation(&filed));
    client.post(&path, body).await.expect(201);
    let link = format!("/attachments/{}/link", file["id"].as_str().unwrap());
    let link = client.post(&link, Value::Null).await.expect(200);
    let signed = link["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let open = async || {
        follow(State(test.app.clone()), Path(signed.clone()))
            .await
            .into_response()
            .status()
    };
    assert_eq!(open().await, StatusCode::OK);
    let change = async |statement: &'static str| {
        let mut tx = test.store().begin().await.unwrap();
        sql(statement).run(&mut tx).await.unwrap();
        tx.commit_silently().await.unwrap();
    };
    change("ALTER TABLE blobs RENAME TO blobs_away").await;
    assert_eq!(open().await, StatusCode::SERVICE_UNAVAILABLE);
    change("ALTER TABLE blobs_away RENAME TO blobs").await;
    assert_eq!(open().await, StatusCode::OK);

    // A link that is too old, or was none, is answered by a page of ours.
    let mut reader = Browser::everywhere(&test);
    reader.headers.push(("accept-language", "pt-BR".to_owned()));
    test.clock.advance(LINK_LASTS);
    let expired = reader.get(&format!("/f/{signed}")).await.expect(410);
    let unknown = reader.get("/f/xyz").await.expect(404);
    for page in [expired, unknown] {
        page.has("lang=\"pt\"").has("<h1");
    }
}
