//! Addresses from which mail comes back, who really wrote, and a conversation as a mail.

use conversation::db::sql;
use conversation::inbound::{Bounce, InboundMessage};
use conversation::ingest::ingest;
use conversation::lifecycle::{self, Action};
use conversation::notices::{self, Look};
use conversation::types::{Actor, Auto, BounceReason, Channel, Language, MessageId, Role};
use conversation::{deliveries, inboxes};
use serde_json::json;

use crate::testing::{NOW, TestApp};

#[tokio::test]
async fn addresses_that_came_back_are_listed_and_forgiven() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let agent = test.with_token(Role::Agent).await;
    let filed = test.mail(&inbox, "joana@example.org", "a@x", "Jam").await;
    let path = format!("/conversations/{}", filed.conversation.unwrap());
    let listed = format!("{path}/bounced-addresses");
    assert_eq!(agent.get(&listed).await.expect(200)["items"], json!([]));
    let said = agent
        .post_once(&format!("{path}/messages"), "one", json!({ "text": "Olá" }))
        .await
        .expect(201);
    let id = MessageId::from(said["id"].as_str().unwrap());
    let delivery = deliveries::of_messages(test.store().db(), &[id])
        .await
        .unwrap()
        .remove(0);
    let notice = InboundMessage {
        inbox,
        channel: Channel::Email,
        external_id: "b@x".to_owned(),
        sent_at: test.store().now(),
        from: conversation::inbound::Sender {
            identities: Vec::new(),
            address: Some("mailer-daemon@example.org".to_owned()),
            name: None,
            language: None,
        },
        recipients: Vec::new(),
        subject: Some("Undeliverable".to_owned()),
        text: "No such user".to_owned(),
        reply: None,
        html: None,
        attachments: Vec::new(),
        thread: conversation::inbound::ThreadHints::default(),
        auto: Auto::Bounce,
        bounce: Some(Bounce {
            recipient: Some("joana@example.org".to_owned()),
            status: Some("5.1.1".to_owned()),
            diagnostic: Some("550 no such user".to_owned()),
            original_message_id: Some(delivery.external_id),
            reason: Some(BounceReason::NoMailbox),
            ..Bounce::default()
        }),
        answer: None,
        raw: None,
        cursor: None,
        quarantined: None,
        judged: None,
        extra: None,
        opening: None,
    };
    ingest(test.store(), &[notice]).await.unwrap();
    let list = agent.get(&listed).await.expect(200);
    let one = &list["items"][0];
    assert_eq!(
        (
            &one["address"],
            &one["reason"],
            &one["status"],
            &one["words"],
            &one["count"]
        ),
        (
            &json!("joana@example.org"),
            &json!("no_mailbox"),
            &json!("5.1.1"),
            &json!("550 no such user"),
            &json!(1)
        )
    );
    agent
        .post_once(&format!("{path}/messages"), "two", json!({ "text": "Olá?" }))
        .await
        .problem(409, "conflict");
    let forgive = format!("{path}/forgive");
    agent
        .post(&forgive, json!({ "address": "other@example.org" }))
        .await
        .problem(404, "not-found");
    for _ in 0..2 {
        let left = agent
            .post(&forgive, json!({ "address": "Joana@example.org" }))
            .await
            .expect(200);
        assert_eq!(left["items"], json!([]));
    }
    agent
        .post_once(&format!("{path}/messages"), "three", json!({ "text": "Olá?" }))
        .await
        .expect(201);
}

#[tokio::test]
async fn the_real_sender_of_a_forwarded_mail_is_named_and_taken_back() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let agent = test.with_token(Role::Agent).await;
    let filed = test.mail(&inbox, "boss@example.org", "a@x", "Fwd: Jam").await;
    let path = format!("/conversations/{}", filed.conversation.unwrap());
    let before = agent.get(&path).await.expect(200);
    let sender = format!("{path}/sender");
    let changed = agent
        .post(&sender, json!({ "address": "Rosa@example.net", "name": "Rosa" }))
        .await
        .expect(200);
    assert_ne!(changed["contact_id"], before["conversation"]["contact_id"]);
    agent
        .post(&sender, json!({ "address": "nobody" }))
        .await
        .problem(422, "invalid");
    agent
        .post(&sender, json!({ "address": "rosa@example.net" }))
        .await
        .problem(409, "conflict");
    let back = agent
        .post(&sender, json!({ "address": "boss@example.org" }))
        .await
        .expect(200);
    assert_eq!(back["contact_id"], before["conversation"]["contact_id"]);
}

#[tokio::test]
async fn a_conversation_is_sent_by_mail_without_its_notes() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let agent = test.with_token(Role::Agent).await;
    let filed = test.mail(&inbox, "joana@example.org", "a@x", "Papel atascado").await;
    let path = format!("/conversations/{}", filed.conversation.unwrap());
    for (key, body) in [
        ("one", json!({ "text": "Abra **la puerta**" })),
        ("two", json!({ "text": "Difficult customer", "kind": "note" })),
    ] {
        let said = agent.post_once(&format!("{path}/messages"), key, body).await;
        assert_eq!(said.status, 201);
    }
    let transcript = format!("{path}/transcript");
    for wrong in ["nobody", "Support@example.com"] {
        let refused = agent.post(&transcript, json!({ "address": wrong })).await;
        refused.problem(422, "invalid");
    }
    assert_eq!(agent.post(&transcript, json!({})).await.status, 204);
    let other = agent.post(&transcript, json!({ "address": "Boss@Example.net" })).await;
    assert_eq!(other.status, 204);
    let sent = notices::lease(test.store(), "test", 10).await.unwrap();
    let to: Vec<&str> = sent.iter().map(|notice| notice.recipient.as_str()).collect();
    assert_eq!(to, ["joana@example.org", "boss@example.net"]);
    let look: Look = serde_json::from_str(sent[0].look.as_deref().unwrap()).unwrap();
    assert_eq!(sent[0].language, Language::Es);
    let business = test.app.business_name();
    let when = ui::i18n::date_time(Language::Es, NOW, test.app.tz());
    let expected = [
        (format!("Ana · {when}"), "Papel atascado".to_owned()),
        (format!("{business} · {when}"), "Abra la puerta".to_owned()),
    ];
    assert_eq!(look.said, expected);

    // Three times an hour, to whomever.
    assert_eq!(agent.post(&transcript, json!({})).await.status, 204);
    agent.post(&transcript, json!({})).await.problem(409, "conflict");
    test.clock.advance(60 * 60 * 1000);
    assert_eq!(agent.post(&transcript, json!({})).await.status, 204);
    let lines: Vec<(String,)> = sql("SELECT extra FROM messages WHERE kind = 'activity' ORDER BY at, id")
        .all(test.store().db())
        .await
        .unwrap();
    assert_eq!(lines.len(), 4);
    assert!(lines[1].0.contains("boss@example.net"), "{lines:?}");
    let audited: Vec<(String,)> = sql("SELECT object FROM audit WHERE action = 'conversation.transcript_sent'")
        .all(test.store().db())
        .await
        .unwrap();
    assert_eq!(audited.len(), 4);
}

#[tokio::test]
async fn a_conversation_that_cannot_be_sent_says_why() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let agent = test.with_token(Role::Agent).await;
    let filed = test.mail(&inbox, "joana@example.org", "a@x", "Jam").await;
    let path = format!("/conversations/{}/transcript", filed.conversation.clone().unwrap());
    let settings: serde_json::Value = inboxes::settings(test.store(), &inbox).await.unwrap();
    for (is_enabled, word) in [(false, "add an e-mail inbox"), (true, "spam")] {
        inboxes::configure(test.store(), &Actor::System, &inbox, &settings, false, is_enabled)
            .await
            .unwrap();
        if is_enabled {
            lifecycle::act(
                test.store(),
                &Actor::System,
                &filed.conversation.clone().unwrap(),
                Action::Spam,
            )
            .await
            .unwrap();
        }
        let refused = agent.post(&path, json!({})).await;
        assert_eq!(refused.status, 422);
        let words = String::from_utf8(refused.body.to_vec()).unwrap();
        assert!(words.contains(word), "{words}");
    }
}
