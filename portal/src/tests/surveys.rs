//! The page of a survey: opened by its signature, recorded by its button, changed for a time.

use conversation::lifecycle::{Action, act};
use conversation::surveys::{self, Kind, Settings};

use super::*;

/// The customer of a ticket was asked by mail; the message that asks, and the survey.
async fn asked(desk: &Desk) -> (MessageId, String) {
    let inbox = inboxes::list(desk.store.db()).await.unwrap().remove(0).id;
    let (ticket, _) = desk.customer("ana@example.com").await;
    let settings = Settings {
        inboxes: inboxes::list(desk.store.db())
            .await
            .unwrap()
            .into_iter()
            .map(|one| one.id)
            .collect(),
        delay: 0,
        ..Settings::usual(Kind::Csat)
    };
    assert!(settings.inboxes.contains(&inbox));
    surveys::save_settings(&desk.store, &Actor::System, &settings)
        .await
        .unwrap();
    let new = NewReply {
        id: MessageId::from(desk.store.env().ulid()),
        conversation: ticket.conversation_id.clone(),
        kind: ReplyKind::Customer,
        text: "Done".into(),
        cards: Vec::new(),
        attachments: Vec::new(),
        seen: None,
    };
    reply::reply(&desk.store, &Actor::Api("test".into()), new)
        .await
        .unwrap();
    act(
        &desk.store,
        &Actor::Api("test".into()),
        &ticket.conversation_id,
        Action::Resolve,
    )
    .await
    .unwrap();
    assert_eq!(surveys::ask_due(&desk.store).await.unwrap(), 1);
    let survey = surveys::of_contact(desk.store.db(), &ticket.contact_id, 1)
        .await
        .unwrap()
        .remove(0);
    (survey.message.unwrap(), survey.id)
}

#[tokio::test]
async fn one_click_in_a_mail_chooses_and_the_button_records() {
    let desk = desk().await;
    let (message, survey) = asked(&desk).await;
    let payload = conversation::card::CardAnswer::payload(&message, &surveys::value(&survey, 4));
    let link = format!("/c/{}", desk.store.keys().sign("card", &hex::encode(payload)));
    // A scanner presses every link: nothing is recorded.
    let opened = desk.get(&link, "").await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    let page_url = opened.location().to_owned();
    let page = desk.get(&page_url, "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("value=\"4\" required checked"), "{}", page.text);
    assert_eq!(surveys::load(desk.store.db(), &survey).await.unwrap().score, None);
    let url = page_url.split('?').next().unwrap().to_owned();
    // Whoever chooses another language than that of the mail reads that one.
    let theirs = desk.get(&url, "language=pt").await;
    assert!(theirs.text.contains("<html lang=\"pt"), "{}", theirs.text);
    assert!(theirs.text.contains("Como foi a nossa ajuda?"), "{}", theirs.text);
    let sent = desk.post(&url, "", "score=2&comment=too+%3Cslow%3E").await;
    assert!(
        sent.text.contains("Thank you for your answer!") && sent.text.contains("too &lt;slow&gt;"),
        "{}",
        sent.text
    );
    let kept = surveys::load(desk.store.db(), &survey).await.unwrap();
    assert_eq!((kept.score, kept.comment.as_deref()), (Some(2), Some("too <slow>")));
    // Thought better of it.
    let again = desk.get(&url, "").await;
    assert!(again.text.contains("value=\"2\" required checked"));
    desk.post(&url, "", "score=5&comment=").await;
    assert_eq!(surveys::load(desk.store.db(), &survey).await.unwrap().score, Some(5));
    for wrong in ["", "6", "x"] {
        let refused = desk.post(&url, "", &format!("score={wrong}")).await;
        assert_eq!(refused.status.as_u16(), 422, "{wrong}");
    }
    assert_eq!(surveys::load(desk.store.db(), &survey).await.unwrap().score, Some(5));
    // After a week it stands.
    desk.clock.advance(8 * 86_400_000);
    assert!(desk.get(&url, "").await.text.contains("This survey is closed"));
    let late = desk.post(&url, "", "score=1").await;
    assert_eq!(late.status.as_u16(), 422);
    assert_eq!(surveys::load(desk.store.db(), &survey).await.unwrap().score, Some(5));
    // Without a signature there is nothing.
    for path in [format!("/s/{survey}"), format!("/s/{survey}.AAAA"), "/s/x".to_owned()] {
        assert_eq!(desk.get(&path, "").await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
