//! Messages of the past: filed like all others, and nothing follows from them.

use conversation::db::sql;
use conversation::ingest::Outcome;
use conversation::ingest::past::{self, By, Past, PastContact, PastConversation, Writer};
use conversation::types::{AgentId, Channel, ConversationStatus, IdentityKind, LabelId, MatchedBy, Priority};

use super::bed::{Bed, HOUR, NOON, both, mail};

both! {
    a_mailbox_of_the_past_starts_nothing,
    a_conversation_of_another_desk_comes_once,
    two_imports_at_once_bring_it_once,
    people_of_another_desk_come_once,
}

fn by(agent: Option<&str>) -> Writer {
    Writer {
        agent: agent.map(AgentId::from),
        name: "Nora".to_owned(),
    }
}

async fn kinds(bed: &Bed) -> Vec<String> {
    let rows: Vec<(String,)> =
        sql("SELECT kind FROM events WHERE kind NOT LIKE 'inbox.%' AND kind NOT LIKE 'label.%' ORDER BY position")
            .all(bed.store.db())
            .await
            .expect("events");
    rows.into_iter().map(|(kind,)| kind).collect()
}

async fn a_mailbox_of_the_past_starts_nothing(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, true).await;
    bed.agent("ana").await;
    let mut batch = Vec::new();
    // Answers stand before what they answer, as in many a file.
    for (id, answers, writer, hours) in [
        ("2@a", "1@a", By::Business(by(Some("ana"))), 2),
        ("1@a", "", By::Customer, 3),
        ("3@a", "2@a", By::Customer, 1),
    ] {
        let mut message = mail(&inbox, "bea@customer.test", id, id);
        message.thread.references = vec![answers.to_owned()]
            .into_iter()
            .filter(|id| !id.is_empty())
            .collect();
        message.sent_at = NOON - hours * HOUR;
        batch.push(Past { message, by: writer });
    }
    let filed = past::mails(&bed.store, &batch, &[]).await.expect("filed");
    let conversation = filed[0].conversation.clone().expect("a conversation");
    assert!(
        filed.iter().all(|one| one.conversation.as_ref() == Some(&conversation)),
        "{filed:?}"
    );
    assert_eq!(kinds(&bed).await, ["conversation.imported"]);
    let stands = bed.conversation(&conversation).await;
    assert_eq!(
        (
            stands.status,
            stands.waiting_since,
            stands.last_inbound_at,
            stands.assignee_id
        ),
        (ConversationStatus::Resolved, None, None, None)
    );
    assert_eq!(
        (stands.created_at, stands.last_message_at),
        (NOON - 3 * HOUR, NOON - HOUR)
    );
    assert_eq!((stands.preview.as_str(), stands.message_count), ("3@a", 3));
    // Whom we only wrote to has proved nothing.
    let mut sent = mail(&inbox, "cai@customer.test", "9@a", "Hello");
    sent.sent_at = NOON - HOUR;
    let sent = Past {
        message: sent,
        by: By::Business(by(None)),
    };
    past::mails(&bed.store, &[sent], &[]).await.expect("filed");
    let proved: Vec<(String, bool)> = sql("SELECT value, is_verified FROM identities ORDER BY value")
        .all(bed.store.db())
        .await
        .expect("identities");
    let expected = [
        ("bea@customer.test".to_owned(), true),
        ("cai@customer.test".to_owned(), false),
    ];
    assert_eq!(proved, expected);
    let again = past::mails(&bed.store, &batch, &[]).await.expect("filed");
    assert!(again.iter().all(|one| one.outcome == Outcome::Duplicate));
    assert_eq!(kinds(&bed).await.len(), 2);
    // The customer answers what stands there: now it is news.
    let mut now = mail(&inbox, "bea@customer.test", "4@a", "again");
    now.thread.in_reply_to = vec!["3@a".to_owned()];
    assert_eq!(bed.place(&now).await, (conversation, MatchedBy::InReplyTo));
    assert_eq!(kinds(&bed).await[2..], ["message.created"]);
    bed.check().await;
}

fn other_desk(bed: &Bed, inbox: &conversation::types::InboxId, messages: usize) -> PastConversation {
    let messages = (0..messages).map(|number| {
        let mut message = mail(inbox, "bea@customer.test", &format!("desk:{number}"), "words");
        message.sent_at = NOON - HOUR + i64::try_from(number).unwrap_or_default();
        let by = match number % 3 {
            0 => By::Customer,
            1 => By::Note(by(Some("ana"))),
            _ => By::Business(by(None)),
        };
        Past { message, by }
    });
    let _ = bed;
    PastConversation {
        source: "zammad:https://desk.test".to_owned(),
        key: "17".to_owned(),
        status: ConversationStatus::Open,
        is_spam: false,
        priority: Priority::High,
        assignee: Some(AgentId::from("ana")),
        labels: Vec::new(),
        messages: messages.collect(),
    }
}

async fn a_conversation_of_another_desk_comes_once(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    bed.agent("ana").await;
    let label = conversation::labels::create(&bed.store, &conversation::types::Actor::System, "vip", None)
        .await
        .expect("a label");
    // More than share a commit.
    let mut past = other_desk(&bed, &inbox, 601);
    past.labels = vec![label.id.clone()];
    let filed = past::conversation(&bed.store, &past).await.expect("filed");
    let id = filed[0].conversation.clone().expect("a conversation");
    assert_eq!(filed.iter().filter(|one| one.outcome == Outcome::Created).count(), 1);
    assert_eq!(
        filed
            .iter()
            .filter(|one| one.conversation.as_ref() == Some(&id))
            .count(),
        601
    );
    let stands = bed.conversation(&id).await;
    assert_eq!(
        (stands.status, stands.priority, stands.message_count),
        (ConversationStatus::Open, Priority::High, 601)
    );
    assert_eq!(stands.assignee_id, Some(AgentId::from("ana")));
    let labelled: Vec<(LabelId,)> = sql("SELECT label_id FROM conversation_labels")
        .all(bed.store.db())
        .await
        .expect("labels");
    assert_eq!(labelled, [(label.id,)]);
    // What the customer sees later is resolved here; another message of there changes nothing of that.
    bed.store
        .begin()
        .await
        .expect("begin")
        .commit_silently()
        .await
        .expect("nothing");
    conversation::lifecycle::act(
        &bed.store,
        &conversation::types::Actor::System,
        &id,
        conversation::lifecycle::Action::Resolve,
    )
    .await
    .expect("resolved");
    let more = other_desk(&bed, &inbox, 603);
    let filed = past::conversation(&bed.store, &more).await.expect("filed");
    assert_eq!(filed.iter().filter(|one| one.outcome == Outcome::Appended).count(), 2);
    let stands = bed.conversation(&id).await;
    assert_eq!(
        (stands.status, stands.message_count),
        (ConversationStatus::Resolved, 603 + 1)
    );
    assert!(!kinds(&bed).await.iter().any(|kind| kind == "conversation.created"));
    assert_eq!(bed.count("SELECT COUNT(*) FROM deliveries").await, 0);
    bed.check().await;
}

async fn two_imports_at_once_bring_it_once(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let past = other_desk(&bed, &inbox, 20);
    let other = bed.second().await;
    let (one, two) = tokio::join!(past::conversation(&bed.store, &past), past::conversation(&other, &past));
    let outcomes = [one.expect("filed"), two.expect("filed")].concat();
    assert_eq!(
        outcomes.iter().filter(|one| one.outcome == Outcome::Duplicate).count(),
        20,
        "{outcomes:?}"
    );
    assert_eq!(bed.count("SELECT COUNT(*) FROM messages").await, 20);
    bed.check().await;
}

async fn people_of_another_desk_come_once(bed: Bed) {
    let people: Vec<PastContact> = (0..5)
        .map(|number| PastContact {
            identities: vec![
                (IdentityKind::Email, format!("c{number}@customer.test")),
                (IdentityKind::Phone, format!("+3460010020{number}")),
            ],
            name: format!("Customer {number}"),
            language: None,
            company: (number % 2 == 0).then(|| "Copias SL".to_owned()),
        })
        .collect();
    assert_eq!(past::contacts(&bed.store, &people, "desk").await.expect("filed"), 5);
    assert_eq!(past::contacts(&bed.store, &people, "desk").await.expect("filed"), 0);
    assert_eq!(bed.count("SELECT COUNT(*) FROM identities WHERE is_verified").await, 0);
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM contacts WHERE company_id IS NOT NULL")
            .await,
        3
    );
    assert_eq!(bed.count("SELECT COUNT(*) FROM companies").await, 1);
    assert!(kinds(&bed).await.iter().all(|kind| kind == "contact.imported"));
    bed.check().await;
}
