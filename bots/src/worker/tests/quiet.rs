//! How many answers one address gets.

use super::*;

/// A first mail of a matter, from an address.
fn mail(desk: &Desk, from: &str) -> InboundMessage {
    let mut message = desk.message(QUESTION);
    message.from.identities[0].value = from.to_owned();
    message.subject = Some(format!("Status {}", desk.count.get()));
    message
}

async fn is_answered(desk: &Desk, from: &str) -> (ConversationId, bool) {
    let id = desk.file(mail(desk, from)).await;
    desk.work().await;
    let said = desk.outbound(&id).await;
    (id, !said.is_empty())
}

#[tokio::test]
async fn an_address_that_answers_like_a_machine_goes_to_people_without_a_word() {
    let desk = Desk::new(Channel::Email).await;
    let mut answered = 0;
    let mut last = None;
    for _ in 0..20 {
        let (id, is_said) = is_answered(&desk, "robot@machine.test").await;
        answered += usize::from(is_said);
        last = Some(id);
    }
    assert_eq!(answered, 8);
    let last = last.unwrap();
    let conversation = desk.conversation(&last).await;
    assert_eq!(
        (conversation.level, conversation.status),
        (Level::N1, ConversationStatus::Open)
    );
    let notes = desk.notes(&last).await;
    assert!(notes.len() == 1 && notes[0].contains("may be a machine"), "{notes:?}");
    let (_, is_said) = is_answered(&desk, "joana@customer.test").await;
    assert!(is_said, "others are answered");

    // Slowly, and for as long as it likes: a day has its measure, too.
    let mut in_a_day = 8;
    for _ in 0..60 {
        desk.clock.advance(15 * 60_000);
        in_a_day += usize::from(is_answered(&desk, "robot@machine.test").await.1);
    }
    assert_eq!(in_a_day, 30);
    desk.clock.advance(24 * 3_600_000);
    let (_, is_said) = is_answered(&desk, "robot@machine.test").await;
    assert!(is_said, "another day");
}

#[tokio::test]
async fn spam_is_not_answered() {
    use conversation::lifecycle::{Action, act};
    let desk = Desk::new(Channel::Email).await;
    let key = conversation::blocked::read("@shop.test").unwrap();
    conversation::blocked::block(&desk.store, &Actor::System, key, "")
        .await
        .unwrap();
    let (id, is_said) = is_answered(&desk, "offers@shop.test").await;
    assert!(!is_said && desk.conversation(&id).await.spam_since.is_some());
    // Marked before the bot came to it.
    let id = desk.file(mail(&desk, "joana@customer.test")).await;
    act(&desk.store, &Actor::System, &id, Action::Spam).await.unwrap();
    desk.work().await;
    assert!(desk.outbound(&id).await.is_empty());
    // Once it is none, nobody is forgotten: the sweep gives it to people.
    act(&desk.store, &Actor::System, &id, Action::NotSpam).await.unwrap();
    desk.clock.advance(crate::hand_over::PATIENCE + 1_000);
    crate::hand_over::rescue(&desk.store, desk.store.now()).await.unwrap();
    let conversation = desk.conversation(&id).await;
    assert_eq!(
        (conversation.level, conversation.status),
        (Level::N1, ConversationStatus::Open)
    );
    let (_, is_said) = is_answered(&desk, "joana@customer.test").await;
    assert!(is_said, "others are answered");
}

#[tokio::test]
async fn what_is_told_because_of_something_else_is_not_held_against_a_customer() {
    let desk = Desk::new(Channel::Email).await;
    let (id, _) = is_answered(&desk, "ana@customer.test").await;
    for _ in 0..10 {
        let mut tx = desk.store.begin().await.unwrap();
        let said = say::plain("An invoice.");
        hand_over::say(&mut tx, &id, ReplyKind::Customer, said).await.unwrap();
        tx.commit().await.unwrap();
    }
    let (_, is_said) = is_answered(&desk, "ana@customer.test").await;
    assert!(is_said);
}
