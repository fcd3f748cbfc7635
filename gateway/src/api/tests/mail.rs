//! Addresses from which mail comes back, and who really wrote.

use conversation::deliveries;
use conversation::inbound::{Bounce, InboundMessage};
use conversation::ingest::ingest;
use conversation::types::{Auto, BounceReason, Channel, MessageId, Role};
use serde_json::json;

use crate::testing::TestApp;

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
