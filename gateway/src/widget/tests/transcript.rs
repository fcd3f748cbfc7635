//! The conversation by mail, for visitors who proved an address.

use conversation::blocked;
use conversation::lifecycle::{Action, act_in};
use conversation::notices::{self, Look, Notice};

use super::*;

impl Desk {
    async fn send_me(&self, token: &str) -> (StatusCode, Value) {
        self.post("transcript", token, json!({})).await
    }

    /// The mails that wait, with how they are dressed.
    async fn mails(&self) -> Vec<(Notice, Look)> {
        let all = notices::lease(self.store(), "test", 10).await.unwrap();
        all.into_iter()
            .map(|notice| {
                let look = notice.look.as_deref().map(serde_json::from_str);
                let look = look.transpose().unwrap().unwrap_or_default();
                (notice, look)
            })
            .collect()
    }
}

#[tokio::test]
async fn whoever_proved_an_address_gets_their_conversation_there() {
    let desk = desk().await;
    let token = desk.visitor().await;
    assert_eq!(desk.send_me("").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(desk.send_me(&token).await.0, StatusCode::NOT_FOUND, "nothing was said");
    desk.write(&token, "My toner is empty").await;
    let conversation = desk.conversation(&token).await;
    desk.answer(&conversation, ReplyKind::Customer, "We **send** one", vec![])
        .await;
    desk.answer(&conversation, ReplyKind::Note, "He never pays", vec![])
        .await;
    let contact = desk.contact(&desk.session(&token).await).await.unwrap();
    let secret = contacts::claim(desk.store(), &contact, IdentityKind::Email, "ana@example.com")
        .await
        .unwrap();

    // Said is not proved.
    assert_eq!(desk.session(&token).await["settings"]["can_mail"], false);
    let (status, refused) = desk.send_me(&token).await;
    assert_eq!(
        (status, &refused["error"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("unproved"))
    );
    contacts::confirm(desk.store(), &secret).await.unwrap();
    assert_eq!(desk.session(&token).await["settings"]["can_mail"], true);
    assert_eq!(desk.send_me(&token).await.0, StatusCode::NO_CONTENT);
    let mails = desk.mails().await;
    let (mail, look) = &mails[0];
    assert_eq!(
        (mails.len(), mail.recipient.as_str(), mail.language),
        (1, "ana@example.com", Language::En)
    );
    let words: Vec<&str> = look.said.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(words, ["My toner is empty", "We send one"], "notes are for colleagues");
    assert_eq!(mail.action_url, "", "it opens nothing");

    for _ in 0..2 {
        assert_eq!(desk.send_me(&token).await.0, StatusCode::NO_CONTENT);
    }
    assert_eq!(desk.send_me(&token).await.0, StatusCode::CONFLICT);
    assert_eq!(
        texts(&desk.session(&token).await).len(),
        2,
        "no line of it is theirs to read"
    );
}

#[tokio::test]
async fn nothing_is_offered_where_no_mail_leaves() {
    let desk = desk().await;
    let token = desk.visitor().await;
    let claims = json!({ "sub": "7", "name": "Ana", "email": "ana@example.com" });
    assert_eq!(desk.sign_in(&token, claims.clone()).await.0, StatusCode::OK);
    desk.write(&token, "Hello").await;
    let offered = async || desk.sign_in(&token, claims.clone()).await.1["settings"]["can_mail"].clone();
    assert_eq!(offered().await, true, "a signed identity proves the address, too");
    let settings: Value = inboxes::settings(desk.store(), &desk.mailbox).await.unwrap();
    inboxes::configure(desk.store(), &Actor::System, &desk.mailbox, &settings, false, false)
        .await
        .unwrap();
    assert_eq!(offered().await, false);
    let (status, refused) = desk.send_me(&token).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
}

#[tokio::test]
async fn who_is_shut_out_is_not_told_so() {
    let desk = desk().await;
    let token = desk.visitor().await;
    let claims = json!({ "sub": "7", "name": "Ana", "email": "ana@example.com" });
    desk.sign_in(&token, claims.clone()).await;
    desk.write(&token, "Buy this").await;
    let (_, session) = desk.sign_in(&token, claims.clone()).await;
    let conversation = ConversationId::from(session["conversation"].as_str().unwrap());
    let mut tx = desk.store().begin().await.unwrap();
    blocked::block_here_in(&mut tx, &Actor::System, &conversation, false, "")
        .await
        .unwrap();
    act_in(&mut tx, &Actor::System, &conversation, Action::Spam)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (_, session) = desk.sign_in(&token, claims).await;
    assert_eq!(session["conversation"], json!(conversation));
    assert_eq!(session["settings"]["can_mail"], false);
    let (status, refused) = desk.send_me(&token).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(!refused.to_string().contains("spam"), "{refused}");
}
