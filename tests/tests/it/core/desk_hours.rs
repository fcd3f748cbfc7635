//! The desk's hours and silence, on both databases.

use conversation::desk::Texts;
use conversation::desk::hours::{self, Schedule};
use conversation::desk::inboxes::{self as inbox_desks, InboxDesk};
use conversation::desk::silence;
use conversation::types::{Actor, Channel, ConversationStatus, Language, MessageKind};
use conversation::views;

use super::bed::{Bed, HOUR, SECOND, both, mail, refusal, webchat};
use super::desk::{count, english, shared, work};

both!(
    nobody_is_there_is_said_once,
    a_machine_is_not_told_for_ever_that_nobody_is_there,
    silence_is_warned_of_and_then_closed,
);

/// Monday to Friday, nine to six, in UTC.
pub(super) async fn office(bed: &Bed) -> String {
    let day = hours::read_spans("09:00-18:00").expect("spans");
    let schedule = Schedule {
        id: String::new(),
        name: "Office".to_owned(),
        time_zone: "UTC".to_owned(),
        week: (0..7)
            .map(|index| if index < 5 { day.clone() } else { Vec::new() })
            .collect(),
        holidays: Vec::new(),
    };
    hours::save(&bed.store, &Actor::System, schedule)
        .await
        .expect("hours")
        .id
}

async fn nobody_is_there_is_said_once(bed: Bed) {
    let schedule = office(&bed).await;
    let inbox = bed.inbox(Channel::Webchat, false).await;
    let autoreply = Texts::of([
        (Language::En, "Closed".to_owned()),
        (Language::Pt, "Voltamos {{hours.opens}}".to_owned()),
    ]);
    shared(
        &bed,
        &inbox,
        InboxDesk {
            schedule: Some(schedule.clone()),
            autoreply,
            ..InboxDesk::default()
        },
    )
    .await;
    // The bed's clock stands on a Saturday at noon.
    let (conversation, _) = bed.place(&webchat(&inbox, "v1", "1", "Está aí?")).await;
    work(&bed.store).await;
    work(&bed.store).await;
    bed.place(&webchat(&inbox, "v1", "2", "?")).await;
    work(&bed.store).await;
    let said: Vec<_> = views::timeline(bed.store.db(), &conversation, None, 50)
        .await
        .expect("read")
        .into_iter()
        .filter(|message| message.kind == MessageKind::Outbound)
        .collect();
    assert_eq!(said.len(), 1, "once in a conversation");
    assert_eq!(said[0].text, "Voltamos segunda-feira 09:00");
    assert!(
        bed.conversation(&conversation).await.waiting_since.is_some(),
        "the customer still waits for a person"
    );
    // Monday at noon.
    bed.clock.advance(48 * HOUR);
    let (other, _) = bed.place(&webchat(&inbox, "v2", "3", "Bom dia")).await;
    work(&bed.store).await;
    assert_eq!(count(&bed, &other, MessageKind::Outbound).await, 0, "they are there");
    hours::remove(&bed.store, &Actor::System, &schedule)
        .await
        .expect("removed");
    bed.clock.advance(12 * HOUR);
    let (night, _) = bed.place(&webchat(&inbox, "v3", "4", "Boa noite")).await;
    work(&bed.store).await;
    assert_eq!(count(&bed, &night, MessageKind::Outbound).await, 0, "no hours, no word");
    bed.check().await;
}

/// It looks like a person, and writes of something new each time that it is told something.
async fn a_machine_is_not_told_for_ever_that_nobody_is_there(bed: Bed) {
    let schedule = office(&bed).await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let desk = InboxDesk {
        schedule: Some(schedule),
        autoreply: english("Closed"),
        ..InboxDesk::default()
    };
    shared(&bed, &inbox, desk).await;
    let mut told = 0;
    let mut last = None;
    for number in 0..12 {
        bed.clock.advance(5 * SECOND);
        let mut report = mail(&inbox, "robot@machine.test", &format!("{number}@machine.test"), "Done");
        report.subject = Some(format!("Report {number}"));
        let (conversation, _) = bed.place(&report).await;
        work(&bed.store).await;
        told += count(&bed, &conversation, MessageKind::Outbound).await;
        last = Some(conversation);
    }
    assert_eq!(told, 8);
    let last = last.expect("one");
    // It is with people, who read why it was told nothing.
    let lines = async || {
        let all = views::timeline(bed.store.db(), &last, None, 50).await.expect("read");
        let extras = all.into_iter().filter_map(|message| message.extra);
        extras.filter(|extra| extra["action"] == "kept_quiet").count()
    };
    assert_eq!(lines().await, 1);
    assert_eq!(bed.conversation(&last).await.status, ConversationStatus::Open);
    let mut more = mail(&inbox, "robot@machine.test", "more@machine.test", "Done");
    more.thread.in_reply_to = vec!["11@machine.test".to_owned()];
    assert_eq!(bed.place(&more).await.0, last);
    work(&bed.store).await;
    assert_eq!(lines().await, 1, "once in a conversation");
    bed.check().await;
}

async fn silence_is_warned_of_and_then_closed(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let desk = InboxDesk {
        warn_after: 48 * HOUR,
        close_after: 24 * HOUR,
        warning: english("Still there, {{contact.name}}?"),
        ..InboxDesk::default()
    };
    let short = InboxDesk {
        warn_after: 5,
        ..desk.clone()
    };
    assert!(refusal(inbox_desks::save(&bed.store, &ana, &inbox, &short).await).contains("one hour"));
    shared(&bed, &inbox, desk).await;
    let (silent, _) = bed.place(&mail(&inbox, "a@example.org", "a@x", "Hi")).await;
    let (answers, _) = bed.place(&mail(&inbox, "b@example.org", "b@x", "Hi")).await;
    let (waits, _) = bed.place(&mail(&inbox, "c@example.org", "c@x", "Hi")).await;
    bed.say(&ana, &silent, "Try this").await;
    bed.say(&ana, &answers, "Try this").await;
    let look = async || silence::look(&bed.store).await.expect("looked");
    assert_eq!((look().await.warned, look().await.closed), (0, 0));
    bed.clock.advance(48 * HOUR);
    assert_eq!(look().await.warned, 2);
    assert_eq!(look().await.warned, 0, "once");
    bed.clock.advance(SECOND);
    let mut again = mail(&inbox, "b@example.org", "b2@x", "Here I am");
    again.subject = None;
    again.thread.in_reply_to = vec!["b@x".to_owned()];
    let (same, _) = bed.place(&again).await;
    assert_eq!(same, answers);
    bed.say(&ana, &answers, "Good").await;
    bed.clock.advance(24 * HOUR);
    let seen = look().await;
    assert_eq!((seen.warned, seen.closed), (0, 1));
    assert_eq!(bed.conversation(&silent).await.status, ConversationStatus::Resolved);
    assert_eq!(
        bed.conversation(&answers).await.status,
        ConversationStatus::Open,
        "whoever answers is asked anew"
    );
    assert_eq!(
        bed.conversation(&waits).await.status,
        ConversationStatus::Open,
        "who waits for us is not closed"
    );
    bed.clock.advance(24 * HOUR);
    assert_eq!(look().await.warned, 1);
    bed.check().await;
}
