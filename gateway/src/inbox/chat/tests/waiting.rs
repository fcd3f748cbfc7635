//! What cannot leave because of the account waits, says why, and leaves by itself once that is put right.

use channels::whatsapp::standin::Fault;
use conversation::inboxes::{self, InboxEdit};
use conversation::types::{Actor, Role};
use serde_json::json;

use super::{Desk, text};

#[tokio::test]
async fn messages_wait_for_a_token_and_leave_in_their_order_once_it_is_good() {
    let desk = Desk::new().await;
    desk.hook(&[text("wamid.1", "Oi")]).await;
    let mut ana = desk.ana().await;
    let api = desk.test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}/messages", desk.conversation().await);
    let say = async |words: &str| assert_eq!(api.post(&path, json!({ "text": words })).await.status, 201);
    let configure = async || {
        inboxes::configure(
            desk.test.store(),
            &Actor::System,
            &desk.inbox,
            &desk.settings,
            false,
            true,
        )
        .await
        .unwrap();
    };
    // 190: the token is over; 131042: the account is not paid.
    for code in [190, 131042] {
        let before = desk.standin.accepted().len();
        desk.standin.fault(Fault::Error(code));
        say("Já vemos").await;
        desk.send().await;
        say("E mais").await;
        desk.send().await;
        ana.get(&desk.path("thread").await)
            .await
            .expect(200)
            .has("Next try at")
            .lacks("Not delivered");
        let health = inboxes::load(desk.test.store().db(), &desk.inbox).await.unwrap();
        assert_eq!(health.health.as_str(), "failing");
        desk.send().await;
        assert_eq!(desk.standin.accepted().len(), before, "not yet");
        configure().await;
        desk.send().await;
        let sent: Vec<_> = desk.standin.accepted()[before..]
            .iter()
            .map(|one| one.body["text"]["body"].clone())
            .collect();
        assert_eq!(sent, ["Já vemos", "E mais"], "both, in their order");
        let health = inboxes::load(desk.test.store().db(), &desk.inbox).await.unwrap();
        assert_eq!(health.health.as_str(), "ok");
    }
    // Switched off, it neither receives nor sends.
    let before = desk.standin.accepted().len();
    let switch = async |is_enabled: bool| {
        let edit = InboxEdit {
            is_enabled: Some(is_enabled),
            ..InboxEdit::default()
        };
        inboxes::edit(desk.test.store(), &Actor::System, &desk.inbox, &edit)
            .await
            .unwrap();
    };
    switch(false).await;
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has("This inbox is switched off. The reply waits");
    say("Até logo").await;
    desk.send().await;
    assert_eq!(desk.standin.accepted().len(), before);
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has("it leaves once an administrator switches it on");
    switch(true).await;
    desk.send().await;
    assert_eq!(desk.standin.accepted().len(), before + 1);
    // One message whose number is wrong is not the account's.
    desk.standin.fault(Fault::Error(131026));
    say("Não chega").await;
    desk.send().await;
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has("Not delivered");
}
