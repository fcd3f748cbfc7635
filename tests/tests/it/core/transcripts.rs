//! A conversation sent by mail: how often, and what remains of it.

use conversation::db::sql;
use conversation::lifecycle::{Action, act};
use conversation::notices::{self, Look, NewNotice};
use conversation::transcripts;
use conversation::types::{Actor, Channel, Language, MatchedBy};

use super::bed::{Bed, HOUR, both, mail, refusal, webchat};

both! {
    it_leaves_three_times_an_hour_and_a_line_says_so,
    nothing_leaves_to_ourselves_or_from_spam,
    whoever_answers_a_copy_is_heard_where_it_was_said,
}

fn copy(to: &str) -> NewNotice {
    NewNotice {
        recipient: to.to_owned(),
        language: Language::En,
        subject: "Your conversation".to_owned(),
        text: "Here it is.".to_owned(),
        action_label: String::new(),
        action_url: String::new(),
    }
}

async fn it_leaves_three_times_an_hour_and_a_line_says_so(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed
        .place(&mail(&inbox, "ana@customer.test", "1@customer.test", "Hello"))
        .await;
    let (other, _) = bed
        .place(&mail(&inbox, "eva@customer.test", "2@customer.test", "Hello"))
        .await;
    let send = async |id| {
        transcripts::send(
            &bed.store,
            &Actor::System,
            id,
            copy("ana@customer.test"),
            &Look::default(),
        )
        .await
    };
    for _ in 0..transcripts::MOST {
        send(&id).await.expect("sent");
    }
    assert!(refusal(send(&id).await).contains("three times"));
    send(&other).await.expect("each conversation has its own");
    bed.clock.advance(HOUR);
    send(&id).await.expect("an hour later");
    let queued = notices::lease(&bed.store, "test", 10).await.expect("leased");
    assert_eq!(queued.len(), 5);
    let lines: Vec<(String,)> = sql("SELECT extra FROM messages WHERE conversation_id = $1 AND kind = 'activity'")
        .bind(&id)
        .all(bed.store.db())
        .await
        .expect("lines");
    assert_eq!(lines.len(), 4);
    assert!(
        lines.iter().all(|(line,)| line.contains("ana@customer.test")),
        "{lines:?}"
    );
    bed.check().await;
}

async fn nothing_leaves_to_ourselves_or_from_spam(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ours = conversation::inboxes::load(bed.store.db(), &inbox)
        .await
        .expect("an inbox")
        .address;
    let (id, _) = bed
        .place(&mail(&inbox, "ana@customer.test", "1@customer.test", "Hello"))
        .await;
    let send = async |to: &str| transcripts::send(&bed.store, &Actor::System, &id, copy(to), &Look::default()).await;
    assert!(refusal(send(&ours.to_uppercase()).await).contains("mailbox of this business"));
    act(&bed.store, &Actor::System, &id, Action::Spam).await.expect("spam");
    assert!(refusal(send("ana@customer.test").await).contains("spam"));
    let queued = notices::lease(&bed.store, "test", 10).await.expect("leased");
    assert!(queued.is_empty());
    bed.check().await;
}

async fn whoever_answers_a_copy_is_heard_where_it_was_said(bed: Bed) {
    let chat = bed.inbox(Channel::Webchat, false).await;
    let post = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&webchat(&chat, "v1", "1", "Hello")).await;
    let to = "boss@customer.test";
    transcripts::send(&bed.store, &Actor::System, &id, copy(to), &Look::default())
        .await
        .expect("sent");
    let queued = notices::lease(&bed.store, "test", 10).await.expect("leased");
    let look: Look = serde_json::from_str(queued[0].look.as_deref().expect("a look")).expect("a look");
    let mut answer = mail(&post, to, "2@customer.test", "Please send two.");
    answer.thread.tokens = vec![look.reply_token.expect("a token")];
    assert_eq!(bed.place(&answer).await, (id.clone(), MatchedBy::ReplyToken));
    // They hold a token and take no part: answers go where they went.
    let now = bed.conversation(&id).await;
    assert_eq!(
        (now.channel, now.reply_address.as_deref()),
        (Channel::Webchat, Some("v1"))
    );
    bed.check().await;
}
