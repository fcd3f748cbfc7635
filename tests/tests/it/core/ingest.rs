//! What arrives is filed once, in order, whole, and never lost.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use conversation::access;
use conversation::inbound::{Cursor, InboundAttachment};
use conversation::inboxes;
use conversation::ingest::{Outcome, ingest, ingest_one};
use conversation::lifecycle::{Action, act};
use conversation::types::{
    Actor, Auto, Channel, ConversationStatus, IdentityKind, Language, Level, MatchedBy, MessageKind,
};
use conversation::views;
use futures::future::join_all;

use super::bed::{Bed, HOUR, NOON, SECOND, both, mail, portal, whatsapp};

both! {
    first_message_makes_contact_and_conversation,
    the_same_message_is_filed_once,
    the_same_message_from_sixteen_tasks_of_two_processes_is_filed_once,
    one_mail_to_two_inboxes_is_one_message,
    an_album_from_a_new_contact_is_one_conversation,
    chat_is_ordered_by_the_provider,
    automatic_mail_is_kept_quiet,
    the_cursor_moves_with_the_commit_and_never_back,
    two_hundred_at_once_share_commits,
    callers_that_go_away_take_nothing_with_them,
    the_portal_opens_a_ticket,
}

async fn first_message_makes_contact_and_conversation(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let mut hello = whatsapp(&inbox, "5511999990001", "wamid.1", "Olá, bom dia");
    hello.from.name = Some("Ana".to_owned());
    let filed = bed.file(&hello).await;
    assert_eq!(filed.outcome, Outcome::Created);
    assert_eq!(filed.matched_by, Some(MatchedBy::New));
    let conversation = bed.conversation(&filed.conversation.expect("filed")).await;
    assert_eq!(conversation.number, 1);
    assert_eq!(conversation.level, Level::Bot);
    assert_eq!(conversation.status, ConversationStatus::Open);
    assert_eq!(
        conversation.language,
        Language::Pt,
        "the inbox's, as nothing else is known"
    );
    assert_eq!(conversation.preview, "Olá, bom dia");
    assert_eq!(conversation.message_count, 1);
    assert_eq!(conversation.waiting_since, Some(NOON));
    assert_eq!(conversation.reply_address.as_deref(), Some("5511999990001"));
    assert_eq!(Some(&conversation.contact_id), filed.contact.as_ref());
    let (contact, identity) =
        conversation::contacts::by_identity(bed.store.db(), IdentityKind::Whatsapp, "5511999990001")
            .await
            .expect("a look")
            .expect("known");
    assert_eq!((contact.name.as_str(), identity.is_verified), ("Ana", true));
    let message = access::message(bed.store.db(), &Actor::System, &filed.message.expect("filed"))
        .await
        .expect("stored");
    assert_eq!(message.kind, MessageKind::Inbound);
    bed.check().await;
}

async fn the_same_message_is_filed_once(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let other = bed.inbox(Channel::Whatsapp, false).await;
    let one = mail(&inbox, "ana@customer.test", "1@customer.test", "Hello");
    let filed = ingest(&bed.store, &[one.clone(), one.clone()]).await.expect("ingest");
    assert_eq!(
        [filed[0].outcome, filed[1].outcome],
        [Outcome::Created, Outcome::Duplicate]
    );
    assert_eq!(filed[0].message, filed[1].message);
    let head = bed.store.head().await.expect("head");
    let again = bed.file(&one).await;
    assert_eq!((again.outcome, &again.message), (Outcome::Duplicate, &filed[0].message));
    assert_eq!(again.conversation, filed[0].conversation);
    assert_eq!(bed.store.head().await.expect("head"), head, "a repetition is no event");
    // The id only counts within an inbox.
    let elsewhere = whatsapp(&other, "5511999990001", "1@customer.test", "Oi");
    assert_eq!(bed.file(&elsewhere).await.outcome, Outcome::Created);
    bed.check().await;
}

async fn the_same_message_from_sixteen_tasks_of_two_processes_is_filed_once(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let second = bed.second().await;
    let one = whatsapp(&inbox, "5511999990001", "wamid.1", "Oi");
    let tasks = (0..16).map(|n| {
        let (store, one) = (if n % 2 == 0 { bed.store.clone() } else { second.clone() }, one.clone());
        tokio::spawn(async move {
            if n % 4 < 2 {
                ingest(&store, &[one]).await.map(|mut filed| filed.remove(0))
            } else {
                ingest_one(&store, one).await
            }
        })
    });
    let filed: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.expect("no panic").expect("filed"))
        .collect();
    let created = filed.iter().filter(|filed| filed.outcome == Outcome::Created).count();
    let repeated = filed.iter().filter(|filed| filed.outcome == Outcome::Duplicate).count();
    assert_eq!((created, repeated), (1, 15));
    assert_eq!(
        filed.iter().map(|filed| &filed.message).collect::<HashSet<_>>().len(),
        1
    );
    assert_eq!(bed.count("SELECT COUNT(*) FROM messages").await, 1);
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 1);
    bed.check().await;
}

async fn one_mail_to_two_inboxes_is_one_message(bed: Bed) {
    let (sales, support) = (
        bed.inbox(Channel::Email, false).await,
        bed.inbox(Channel::Email, false).await,
    );
    let (first, _) = bed
        .place(&mail(&sales, "ana@customer.test", "1@customer.test", "Hello"))
        .await;
    let again = bed
        .file(&mail(&support, "ana@customer.test", "1@customer.test", "Hello"))
        .await;
    assert_eq!((again.outcome, again.conversation), (Outcome::Duplicate, Some(first)));
    assert_eq!(bed.count("SELECT COUNT(*) FROM messages").await, 1);
    bed.check().await;
}

async fn an_album_from_a_new_contact_is_one_conversation(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let second = bed.second().await;
    let tasks = (0..10).map(|n| {
        let store = if n % 2 == 0 { bed.store.clone() } else { second.clone() };
        let mut picture = whatsapp(&inbox, "5511999990001", &format!("wamid.{n}"), "");
        picture.sent_at = NOON - SECOND + n;
        picture.attachments.push(InboundAttachment {
            name: format!("{n}.jpg"),
            media_type: "image/jpeg".to_owned(),
            inline: false,
            content_id: None,
            blob: conversation::inbound::BlobRef {
                sha256: String::new(),
                size: 0,
            },
            source: Some(serde_json::json!({ "media": n })),
        });
        tokio::spawn(async move { ingest_one(&store, picture).await })
    });
    let filed: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.expect("no panic").expect("filed"))
        .collect();
    let conversations: HashSet<_> = filed.iter().filter_map(|filed| filed.conversation.clone()).collect();
    assert_eq!(conversations.len(), 1);
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 1);
    assert_eq!(bed.count("SELECT COUNT(*) FROM conversations").await, 1);
    assert_eq!(bed.count("SELECT COUNT(*) FROM attachments").await, 10);
    let id = conversations.into_iter().next().expect("one");
    let names: Vec<_> = views::timeline(bed.store.db(), &id, None, 50)
        .await
        .expect("a timeline")
        .into_iter()
        .filter_map(|message| message.external_id)
        .collect();
    let expected: Vec<_> = (0..10).map(|n| format!("wamid.{n}")).collect();
    assert_eq!(names, expected, "in the order of taking");
    bed.check().await;
}

async fn chat_is_ordered_by_the_provider(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let mut id = None;
    for (n, at) in [
        (3, NOON - SECOND),
        (1, NOON - 3 * SECOND),
        (2, NOON - 2 * SECOND),
        (4, NOON + HOUR),
    ] {
        let mut said = whatsapp(&inbox, "5511999990001", &format!("wamid.{n}"), &format!("{n}"));
        said.sent_at = at;
        id = Some(bed.place(&said).await.0);
    }
    let timeline = views::timeline(bed.store.db(), &id.expect("filed"), None, 50)
        .await
        .expect("a timeline");
    let texts: Vec<_> = timeline.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["1", "2", "3", "4"]);
    assert_eq!(timeline[3].at, NOON, "nobody writes in the future");
    assert_eq!(timeline[3].sent_at, NOON + HOUR, "but what was said is kept");
    bed.check().await;
}

async fn automatic_mail_is_kept_quiet(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, true).await;
    for (n, auto) in [Auto::Bulk, Auto::AutoReply, Auto::Loop].into_iter().enumerate() {
        let mut notice = mail(
            &inbox,
            &format!("{auto}@customer.test"),
            &format!("{n}@customer.test"),
            "Away",
        );
        notice.auto = auto;
        let (id, _) = bed.place(&notice).await;
        let conversation = bed.conversation(&id).await;
        assert_eq!(conversation.status, ConversationStatus::Resolved, "{auto}");
        assert_eq!(conversation.level, Level::N1, "{auto}");
        assert_eq!(conversation.waiting_since, None, "{auto}");
    }
    // Into a conversation that is done: it stays done, and answers go where they went.
    let agent = bed.agent("ana").await;
    let (id, _) = bed
        .place(&mail(&inbox, "rui@customer.test", "q@customer.test", "Hello"))
        .await;
    bed.say(&agent, &id, "Done").await;
    act(&bed.store, &agent, &id, Action::Resolve).await.expect("resolved");
    let mut away = mail(&inbox, "rui@customer.test", "away@customer.test", "Away until Monday");
    away.auto = Auto::AutoReply;
    away.thread.tokens = vec![bed.store.keys().reply_token(&id)];
    away.from.address = Some("robot@customer.test".to_owned());
    assert_eq!(bed.place(&away).await, (id.clone(), MatchedBy::ReplyToken));
    let conversation = bed.conversation(&id).await;
    assert_eq!(conversation.status, ConversationStatus::Resolved);
    assert_eq!(conversation.reply_address.as_deref(), Some("rui@customer.test"));
    // A chat does not continue in a newsletter.
    let chat = bed.inbox(Channel::Whatsapp, true).await;
    let mut hello = whatsapp(&chat, "5511999990001", "wamid.1", "Oi");
    hello.from.identities.push(conversation::inbound::IdentityClaim {
        kind: IdentityKind::Email,
        value: "bulk@customer.test".to_owned(),
        verified: true,
    });
    assert_eq!(bed.place(&hello).await.1, MatchedBy::New);
    bed.check().await;
}

pub(super) fn ticket_in(id: &conversation::types::ConversationId) -> conversation::tickets::NewTicket {
    conversation::tickets::NewTicket {
        conversation: id.clone(),
        subject: "Toner".to_owned(),
        kind: conversation::types::TicketKind::Request,
        brief: String::new(),
    }
}

pub(super) fn cursor(uid_validity: i64, last_uid: i64) -> Cursor {
    Cursor {
        folder: "INBOX".to_owned(),
        uid_validity,
        last_uid,
    }
}

async fn the_cursor_moves_with_the_commit_and_never_back(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let at = async || {
        inboxes::cursor(bed.store.db(), &inbox, "INBOX")
            .await
            .expect("a look")
            .map(|cursor| (cursor.uid_validity, cursor.last_uid))
    };
    let with = |id: &str, cursor: Cursor| {
        let mut mail = mail(&inbox, "ana@customer.test", id, "Hello");
        mail.cursor = Some(cursor);
        mail
    };
    assert_eq!(at().await, None);
    for (id, moved, expected) in [
        ("1@c.test", cursor(1, 7), (1, 7)),
        ("2@c.test", cursor(1, 5), (1, 7)),
        // A repetition moves it all the same: the mail is filed.
        ("1@c.test", cursor(1, 9), (1, 9)),
        // The mailbox was made anew.
        ("3@c.test", cursor(2, 1), (2, 1)),
    ] {
        bed.file(&with(id, moved)).await;
        assert_eq!(at().await, Some(expected), "{id}");
    }
    let batch = [with("4@c.test", cursor(2, 8)), with("5@c.test", cursor(2, 6))];
    ingest(&bed.store, &batch).await.expect("ingest");
    assert_eq!(at().await, Some((2, 8)));
    // What the database refuses moves neither.
    let mut poisoned = with("6@c.test", cursor(2, 20));
    poisoned.attachments.push(InboundAttachment {
        name: String::new(),
        media_type: String::new(),
        inline: false,
        content_id: None,
        blob: conversation::inbound::BlobRef {
            sha256: String::new(),
            size: 0,
        },
        source: None,
    });
    bed.file(&poisoned).await;
    assert_eq!(at().await, Some((2, 20)), "set aside or filed, it is dealt with");
    inboxes::move_cursor(&bed.store, &inbox, &cursor(3, 0))
        .await
        .expect("moved");
    assert_eq!(at().await, Some((3, 0)));
    bed.check().await;
}

async fn two_hundred_at_once_share_commits(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    // A commit gives all its events one time: with a clock that never stands still, distinct times
    // are distinct commits.
    let stop = Arc::new(AtomicBool::new(false));
    let (clock, stopped) = (bed.clock.clone(), stop.clone());
    let ticking = std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            clock.advance(1);
            std::thread::yield_now();
        }
    });
    let tasks = (0..200).map(|n| {
        let store = bed.store.clone();
        let said = whatsapp(&inbox, &format!("55119{n:08}"), &format!("wamid.{n}"), "Oi");
        tokio::spawn(async move { ingest_one(&store, said).await })
    });
    for task in join_all(tasks).await {
        assert_eq!(task.expect("no panic").expect("filed").outcome, Outcome::Created);
    }
    stop.store(true, Ordering::Relaxed);
    ticking.join().expect("the clock stops");
    assert_eq!(bed.count("SELECT COUNT(*) FROM messages").await, 200);
    let commits = bed
        .count("SELECT COUNT(DISTINCT at) FROM events WHERE kind = 'message.created'")
        .await;
    assert!(commits <= 50, "{commits} commits for 200 messages");
    bed.check().await;
}

async fn callers_that_go_away_take_nothing_with_them(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let mut leaving = Vec::new();
    let mut staying = Vec::new();
    for n in 0..300 {
        let store = bed.store.clone();
        let said = whatsapp(&inbox, &format!("55119{n:08}"), &format!("wamid.{n}"), "Oi");
        let task = tokio::spawn(async move { ingest_one(&store, said).await });
        if n % 3 == 0 {
            leaving.push(task)
        } else {
            staying.push(task)
        }
    }
    for task in leaving {
        task.abort();
        tokio::task::yield_now().await;
    }
    for task in join_all(staying).await {
        assert_eq!(task.expect("no panic").expect("filed").outcome, Outcome::Created);
    }
    assert!(bed.count("SELECT COUNT(*) FROM messages").await >= 200);
    bed.check().await;
}

async fn the_portal_opens_a_ticket(bed: Bed) {
    let inbox = bed.inbox(Channel::Portal, false).await;
    let mut form = portal(&inbox, "user-1", "form.1", "The pump drips");
    form.subject = Some("Pump".to_owned());
    let (first, _) = bed.place(&form).await;
    let tickets = conversation::tickets::of_conversation(bed.store.db(), &first)
        .await
        .expect("tickets");
    assert_eq!(tickets.len(), 1);
    assert_eq!((tickets[0].number, tickets[0].subject.as_str()), (1, "Pump"));
    // Another form is another matter; a line on the page of one belongs to it.
    let (second, by) = bed.place(&portal(&inbox, "user-1", "form.2", "Another")).await;
    assert_ne!(first, second);
    assert_eq!(by, MatchedBy::New);
    let mut line = portal(&inbox, "user-1", "form.3", "More");
    line.thread.conversation = Some(first.clone());
    assert_eq!(bed.place(&line).await, (first.clone(), MatchedBy::Explicit));
    let mut foreign = portal(&inbox, "user-2", "form.4", "Let me in");
    foreign.thread.conversation = Some(first);
    assert_eq!(bed.place(&foreign).await.1, MatchedBy::New);
    bed.check().await;
}
