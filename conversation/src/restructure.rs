//! Putting messages where they belong: split, move, merge. Every step can be seen in the
//! conversation and taken back with its opposite.

mod merging;
mod waiting;

pub(crate) use waiting::{ASKS, UNANSWERED, let_go};

pub use merging::{merge, put_back, takeable, unmerge};

use serde_json::json;

use crate::activity::activity;
use crate::audit;
use crate::contacts;
use crate::conversations::{self, Conversation, NewConversation};
use crate::db::{composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::spam;
use crate::store::{Store, Tx, conversation_updated};
use crate::thread::plain_subject;
use crate::tickets;
use crate::types::{
    Actor, ContactId, ConversationId, ConversationStatus, IdentityKind, MatchedBy, MessageId, MessageKind, Millis,
};

/// Takes messages out into a new conversation with the same contact. Without a subject it has that of the first of them, else its source's.
///
/// # Errors
/// [`Error::Invalid`] without messages or with all of them; [`Error::NotFound`].
pub async fn split(
    store: &Store,
    actor: &Actor,
    from: &ConversationId,
    messages: &[MessageId],
    subject: Option<&str>,
) -> Result<ConversationId> {
    let mut tx = store.begin().await?;
    let mut source = conversations::lock(&mut tx, from).await?;
    spam::refuse(&source)?;
    check(&mut tx, from, messages).await?;
    let (left,): (i64,) = composed_sql(format!(
        "SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND kind IN ('inbound', 'outbound') AND id NOT IN {}",
        placeholders(1, messages.len(), 1)
    ))
    .bind(from)
    .bind_all(messages)
    .one(&mut tx)
    .await?;
    if left == 0 {
        return Err(Error::Invalid(
            "leave at least one message behind, or merge the conversations instead".to_owned(),
        ));
    }
    let contact = source.contact_id.clone();
    let own = subject_of(&mut tx, messages).await?;
    let mut target = begin_beside(&mut tx, actor, &source, &contact, subject.or(own.as_deref())).await?;
    carry(&mut tx, actor, messages, &mut source, &mut target, "split").await?;
    tx.commit().await?;
    Ok(target.id)
}

/// What the first of these messages is about, where its channel says that.
async fn subject_of(tx: &mut Tx, messages: &[MessageId]) -> Result<Option<String>> {
    let row: Option<(String,)> = composed_sql(format!(
        "SELECT subject FROM messages WHERE subject IS NOT NULL AND id IN {} ORDER BY at, id LIMIT 1",
        placeholders(1, messages.len(), 0)
    ))
    .bind_all(messages)
    .optional(tx)
    .await?;
    Ok(row.map(|(subject,)| plain_subject(&subject).to_owned()))
}

/// A new conversation of a contact's with everything else as another one has it, held until the commit; for messages
/// that leave that one.
pub(crate) async fn begin_beside(
    tx: &mut Tx,
    actor: &Actor,
    source: &Conversation,
    contact: &ContactId,
    subject: Option<&str>,
) -> Result<Conversation> {
    let subject = subject.map(str::trim).filter(|subject| !subject.is_empty());
    let new = NewConversation {
        contact,
        inbox: &source.inbox_id,
        channel: source.channel,
        subject: subject.or(source.subject.as_deref()),
        language: source.language,
        level: source.level,
        assignee: source.assignee_id.as_ref(),
        team: source.team_id.as_ref(),
        priority: source.priority,
        reply_address: source.reply_address.as_deref(),
        related_to: Some(&source.id),
        is_quiet: false,
    };
    conversations::begin_in(tx, actor, new, json!({ "split_from": source.id })).await
}

/// Moves messages into another conversation. Into one of another contact go only messages which that contact
/// wrote or was sent, and notes: whoever reads a conversation reads everything in it. What nobody answered yet opens the
/// conversation it comes to and waits there, since it was said; moved back, it leaves that as it was.
///
/// # Errors
/// [`Error::Invalid`] without messages or onto itself; [`Error::Conflict`] when a message is another contact's;
/// [`Error::NotFound`].
pub async fn move_messages(
    store: &Store,
    actor: &Actor,
    messages: &[MessageId],
    from: &ConversationId,
    to: &ConversationId,
) -> Result<()> {
    if from == to {
        return Err(Error::Invalid(
            "the messages are in that conversation already".to_owned(),
        ));
    }
    let mut tx = store.begin().await?;
    let (mut source, mut target) = pair(&mut tx, from, to).await?;
    spam::refuse(&source)?;
    spam::refuse(&target)?;
    check(&mut tx, from, messages).await?;
    if source.contact_id != target.contact_id {
        refuse_others_words(&mut tx, messages, &target.contact_id).await?;
    }
    carry(&mut tx, actor, messages, &mut source, &mut target, "moved").await?;
    tx.commit().await?;
    Ok(())
}

/// Makes somebody else the contact of a conversation: the one whose mail was forwarded, not the one
/// who forwarded it. The address becomes where answers go; its contact is found or made. Messages keep
/// their authors, and whoever wrote before may still write. The same call with the former address
/// takes it back.
///
/// # Errors
/// [`Error::Invalid`] when it is no address; [`Error::Conflict`] when the conversation is theirs
/// already, or part of another one; [`Error::NotFound`].
pub async fn give_to(
    store: &Store,
    actor: &Actor,
    conversation: &ConversationId,
    address: &str,
    name: &str,
) -> Result<ContactId> {
    let address = contacts::normal_email(address)?;
    let mut tx = store.begin().await?;
    tx.dialect()
        .take_turns(vec![format!("identity:{}:{address}", IdentityKind::Email)])
        .await?;
    let known = contacts::by_identity(&mut tx, IdentityKind::Email, &address).await?;
    let contact = match known {
        Some((contact, _)) => contact.id,
        None => {
            let name: String = name.trim().chars().take(200).collect();
            let id = contacts::create_in(&mut tx, actor, &name, None).await?;
            contacts::add_unproved_in(&mut tx, &id, IdentityKind::Email, &address, "forwarded").await?;
            id
        }
    };
    let mut found = conversations::lock_current(&mut tx, conversation).await?;
    if found.contact_id == contact && found.reply_address.as_deref() == Some(address.as_str()) {
        return Err(Error::Conflict("the conversation is theirs already".to_owned()));
    }
    let former = std::mem::replace(&mut found.contact_id, contact.clone());
    let former_address = found.reply_address.replace(address.clone());
    found.version += 1;
    conversations::take_part(&mut tx, [(&found.id, address.clone())]).await?;
    sql("UPDATE tickets SET contact_id = $2, version = version + 1 WHERE conversation_id = $1 AND contact_id = $3")
        .bind(&found.id)
        .bind(&contact)
        .bind(&former)
        .run(&mut tx)
        .await?;
    activity(
        &mut tx,
        &found,
        actor,
        json!({ "action": "given_to", "address": address, "contact": contact, "former": former, "former_address": former_address }),
    )
    .await?;
    found.message_count += 1;
    conversations::save(&mut tx, &mut found).await?;
    audit::record(
        &mut tx,
        actor,
        "conversation.given_to",
        found.id.as_str(),
        &json!({ "contact": contact, "former": former }),
    )
    .await?;
    tx.emit(conversation_updated(&found.id, actor, json!({ "action": "given_to" })));
    tx.commit().await?;
    Ok(contact)
}

async fn pair(tx: &mut Tx, from: &ConversationId, to: &ConversationId) -> Result<(Conversation, Conversation)> {
    let mut ids = vec![from.clone(), to.clone()];
    ids.sort();
    let found = conversations::lock_all(tx, ids).await?;
    let take = |id: &ConversationId| {
        found
            .iter()
            .find(|conversation| conversation.id == *id)
            .cloned()
            .ok_or(Error::NotFound)
    };
    let (source, target) = (take(from)?, take(to)?);
    if source.merged_into.is_some() || target.merged_into.is_some() {
        return Err(Error::Conflict(
            "one of the conversations is part of another one already".to_owned(),
        ));
    }
    Ok((source, target))
}

async fn check(tx: &mut Tx, from: &ConversationId, messages: &[MessageId]) -> Result<()> {
    if messages.is_empty() || messages.len() > 500 {
        return Err(Error::Invalid("choose between 1 and 500 messages".to_owned()));
    }
    let text = format!(
        "SELECT COUNT(*) FROM messages WHERE id IN {} AND conversation_id = ${}",
        placeholders(1, messages.len(), 0),
        messages.len() + 1
    );
    let (found,): (i64,) = composed_sql(text).bind_all(messages).bind(from).one(tx).await?;
    if found == i64::try_from(messages.len()).unwrap_or(-1) {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// Refuses messages that a contact neither wrote nor was sent; notes are nobody's but ours.
async fn refuse_others_words(tx: &mut Tx, messages: &[MessageId], contact: &ContactId) -> Result<()> {
    let authors: Vec<(ContactId,)> = composed_sql(format!(
        "SELECT DISTINCT author_id FROM messages WHERE id IN {} AND kind = 'inbound' AND author_kind = 'contact'",
        placeholders(1, messages.len(), 0)
    ))
    .bind_all(messages)
    .all(&mut *tx)
    .await?;
    let mut is_others = false;
    for (author,) in authors {
        is_others |= contacts::load(&mut *tx, &author).await?.id != *contact;
    }
    let (sent,): (i64,) = composed_sql(format!(
        "SELECT COUNT(*) FROM messages m WHERE m.id IN {} AND m.kind IN ('outbound', 'scheduled') AND NOT EXISTS (SELECT 1 FROM deliveries d JOIN identities i ON i.value IN (d.recipient, LOWER(d.recipient)) AND i.contact_id = $1 WHERE d.message_id = m.id)",
        placeholders(1, messages.len(), 1)
    ))
    .bind(contact)
    .bind_all(messages)
    .one(&mut *tx)
    .await?;
    if is_others || sent > 0 {
        return Err(Error::Conflict(
            "the messages are another customer's; move them to a conversation of who wrote them, or merge the contacts first".to_owned(),
        ));
    }
    Ok(())
}

/// The most messages of a move that its line names.
const NAMED: usize = 50;

pub(crate) async fn carry(
    tx: &mut Tx,
    actor: &Actor,
    messages: &[MessageId],
    source: &mut Conversation,
    target: &mut Conversation,
    action: &str,
) -> Result<()> {
    let before = waiting::before(tx, messages, source, target).await?;
    let is_undone = waiting::hide_again(tx, messages, source, target).await?;
    let waited = source.waiting_since;
    let list = placeholders(1, messages.len(), 2);
    composed_sql(format!("UPDATE messages SET conversation_id = $1, matched_by = CASE WHEN kind = 'inbound' THEN $2 ELSE matched_by END WHERE id IN {list}"))
        .bind(&target.id)
        .bind(MatchedBy::Agent)
        .bind_all(messages)
        .run(&mut *tx)
        .await?;
    composed_sql(format!(
        "UPDATE deliveries SET conversation_id = $1 WHERE message_id IN {}",
        placeholders(1, messages.len(), 1)
    ))
    .bind(&target.id)
    .bind_all(messages)
    .run(&mut *tx)
    .await?;
    composed_sql(format!(
        "UPDATE mentions SET conversation_id = $1 WHERE conversation_id = $2 AND message_id IN {}",
        placeholders(1, messages.len(), 2)
    ))
    .bind(&target.id)
    .bind(&source.id)
    .bind_all(messages)
    .run(&mut *tx)
    .await?;
    carry_thread_ids(tx, messages, source, target).await?;
    carry_participants(tx, source, target).await?;
    let (from, to) = ((source.id.clone(), source.number), (target.id.clone(), target.number));
    waiting::left(tx, &before, source).await?;
    if is_undone {
        source.waiting_since = waited;
    }
    let stood = waiting::arrived(tx, &before, messages, source, target).await?;
    let is_opened = stood.is_some();
    for (conversation, (other, number), direction) in [(&mut *source, to, "out"), (&mut *target, from, "in")] {
        let mut what = json!({ "action": action, "count": messages.len(), "direction": direction, "number": number, "conversation": other });
        // So that it can be taken back by its line.
        if action == "moved" && messages.len() <= NAMED {
            what["messages"] = json!(messages);
        }
        if let ("in", Some(stood)) = (direction, &stood) {
            what["stood"] = json!(stood);
        }
        activity(tx, conversation, actor, what).await?;
        conversation.message_count += 1;
        if is_opened && direction == "in" {
            waiting::say_opened(tx, actor, conversation).await?;
        }
        conversations::save(tx, conversation).await?;
        tx.emit(conversation_updated(
            &conversation.id,
            actor,
            json!({ "action": action }),
        ));
    }
    if is_undone {
        tickets::follow(tx, actor, source).await?;
    }
    if is_opened {
        tickets::follow(tx, actor, target).await?;
    }
    audit::record(
        tx,
        actor,
        "messages.moved",
        target.id.as_str(),
        &json!({ "from": source.id, "messages": messages }),
    )
    .await
}

/// Answers to what moved follow it: its ids name the new place now.
async fn carry_thread_ids(
    tx: &mut Tx,
    messages: &[MessageId],
    source: &Conversation,
    target: &Conversation,
) -> Result<()> {
    let ids: Vec<(String,)> = composed_sql(format!(
        "DELETE FROM thread_ids WHERE conversation_id = $1 AND mid IN (SELECT external_id FROM messages WHERE id IN {moved} AND external_id IS NOT NULL UNION SELECT external_id FROM deliveries WHERE message_id IN {moved}) RETURNING mid",
        moved = placeholders(1, messages.len(), 1)
    ))
    .bind(&source.id)
    .bind_all(messages)
    .all(&mut *tx)
    .await?;
    let now = tx.now();
    let rows = ids
        .into_iter()
        .map(|(mid,)| vec![mid.into(), (&target.id).into(), true.into(), now.into()])
        .collect();
    crate::db::insert_rows(
        &mut *tx,
        "INSERT INTO thread_ids (mid, conversation_id, is_held, created_at) VALUES",
        "ON CONFLICT (mid, conversation_id) DO UPDATE SET is_held = excluded.is_held",
        rows,
    )
    .await
}

/// Who takes part in one contact's conversation does not in another's.
async fn carry_participants(tx: &mut Tx, source: &Conversation, target: &Conversation) -> Result<()> {
    let values: Vec<(String,)> = sql("SELECT value FROM participants WHERE conversation_id = $1 AND $2")
        .bind(&source.id)
        .bind(source.contact_id == target.contact_id)
        .all(&mut *tx)
        .await?;
    conversations::take_part(tx, values.into_iter().map(|(value,)| (&target.id, value))).await
}

/// Counts, times and preview from the messages that are there now.
pub(crate) async fn refresh(tx: &mut Tx, conversation: &mut Conversation) -> Result<()> {
    let (count, last, inbound): (i64, Option<Millis>, Option<Millis>) =
        sql("SELECT COUNT(*), MAX(at), MAX(CASE WHEN kind = 'inbound' AND auto = 'none' THEN at END) FROM messages WHERE conversation_id = $1").bind(&conversation.id).one(&mut *tx).await?;
    // The customer waits since the first word that came after our last.
    let (waiting,): (Option<Millis>,) = composed_sql(format!("SELECT MIN(m.at) FROM messages m WHERE m.conversation_id = $1 AND m.kind = 'inbound' AND m.auto = 'none' AND {}", waiting::UNANSWERED))
        .bind(&conversation.id)
        .one(&mut *tx)
        .await?;
    conversation.waiting_since = waiting.filter(|_| conversation.status != ConversationStatus::Resolved);
    let newest: Option<(MessageKind, Option<String>, String)> = sql("SELECT kind, extra, text FROM messages WHERE conversation_id = $1 AND kind IN ('inbound', 'outbound') ORDER BY at DESC, id DESC LIMIT 1")
        .bind(&conversation.id)
        .optional(tx)
        .await?;
    conversation.message_count = count;
    conversation.last_message_at = last.unwrap_or(conversation.last_message_at);
    conversation.last_inbound_at = inbound;
    conversation.preview = newest
        .map(|(kind, extra, text)| {
            let extra = extra.and_then(|extra| serde_json::from_str(&extra).ok());
            conversations::preview_of(&conversations::plain_of(kind, extra.as_ref(), &text))
        })
        .unwrap_or_default();
    Ok(())
}
