//! Writing what a batch changed, in as few statements as rows allow.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::load::Picture;
use crate::conversations::{Attachment, Conversation, INSERT_MESSAGE, Message};
use crate::db::{insert_rows, sql};
use crate::error::Result;
use crate::events::NewEvent;
use crate::inbound::Cursor;
use crate::store::Tx;
use crate::teams;
use crate::types::{
    Actor, BounceReason, Channel, ContactId, ConversationId, DeliveryId, IdentityId, IdentityKind, InboxId, Level,
    Millis, Priority, TicketId, TicketKind, TicketStatus,
};

/// What a batch adds and changes.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) new_contacts: Vec<ContactId>,
    pub(super) touched_contacts: HashSet<ContactId>,
    pub(super) new_identities: Vec<(IdentityId, IdentityKind, String, Channel)>,
    pub(super) proved: Vec<(IdentityKind, String)>,
    /// Identities that mean another contact now, or that their contact left: the row as it stands now.
    pub(super) changed_identities: Vec<(IdentityKind, String)>,
    pub(super) new_conversations: Vec<ConversationId>,
    pub(super) touched_conversations: HashSet<ConversationId>,
    /// Conversations that a message opened again; their tickets follow.
    pub(super) reopened: HashSet<ConversationId>,
    /// Conversations that somebody of us took by answering; their tickets follow.
    pub(super) taken: HashMap<ConversationId, Actor>,
    pub(super) new_tickets: Vec<NewTicket>,
    /// Conversations that begin as spam.
    pub(super) new_spam: Vec<super::spam::NewSpam>,
    /// How many messages came of each blocked sender.
    pub(super) blocked: BTreeMap<String, i64>,
    /// Conversations that are no longer spam since this batch.
    pub(super) lifted: BTreeSet<ConversationId>,
    pub(super) messages: Vec<Message>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) thread_ids: Vec<(String, ConversationId, bool)>,
    pub(super) participants: Vec<(ConversationId, String)>,
    pub(super) windows: HashMap<(InboxId, String), Millis>,
    pub(super) failed: Vec<PendingDelivery>,
    /// Mails outside any conversation that a bounce ended, and what it says.
    pub(super) failed_news: Vec<(String, String)>,
    pub(super) bad_addresses: Vec<BadAddress>,
    /// Addresses that wrote by mail, so that they exist.
    pub(super) good_addresses: Vec<String>,
    /// Contacts whose language was not known before.
    pub(super) learned: HashSet<ContactId>,
    /// Presses on the cards of surveys.
    pub(super) scores: Vec<(ConversationId, crate::card::CardAnswer)>,
    /// Proactive messages that conversations begin with.
    pub(super) openings: Vec<String>,
    pub(super) events: Vec<NewEvent>,
}

/// A ticket that a submission opens.
pub(super) struct NewTicket {
    pub(super) id: TicketId,
    pub(super) conversation: ConversationId,
    pub(super) contact: ContactId,
    pub(super) subject: String,
    pub(super) level: Level,
}

/// An address from which mail came back.
pub(super) struct BadAddress {
    pub(super) address: String,
    pub(super) reason: BounceReason,
    pub(super) status: String,
    pub(super) words: String,
    pub(super) conversation: ConversationId,
}

/// A delivery that a bounce ended.
pub(super) struct PendingDelivery {
    pub(super) id: DeliveryId,
    pub(super) code: String,
    pub(super) words: String,
    pub(super) at: Millis,
}

/// Moves mailbox cursors forward, never back within one UIDVALIDITY.
pub(super) async fn cursors<'a>(tx: &mut Tx, cursors: impl Iterator<Item = (&'a InboxId, &'a Cursor)>) -> Result<bool> {
    let mut last: HashMap<(&InboxId, &str), &Cursor> = HashMap::new();
    for (inbox, cursor) in cursors {
        let entry = last.entry((inbox, cursor.folder.as_str())).or_insert(cursor);
        if cursor.uid_validity != entry.uid_validity || cursor.last_uid > entry.last_uid {
            *entry = cursor;
        }
    }
    let has_any = !last.is_empty();
    let now = tx.now();
    for ((inbox, folder), cursor) in last {
        sql("INSERT INTO inbox_cursors (inbox_id, folder, uid_validity, last_uid, updated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (inbox_id, folder) DO UPDATE SET uid_validity = excluded.uid_validity, updated_at = excluded.updated_at,
             last_uid = CASE WHEN inbox_cursors.uid_validity = excluded.uid_validity AND inbox_cursors.last_uid > excluded.last_uid THEN inbox_cursors.last_uid ELSE excluded.last_uid END")
            .bind(inbox)
            .bind(folder)
            .bind(cursor.uid_validity)
            .bind(cursor.last_uid)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    Ok(has_any)
}

/// Writes everything; returns whether there was anything.
pub(super) async fn changes(tx: &mut Tx, mut picture: Picture) -> Result<bool> {
    let changes = std::mem::take(&mut picture.changes);
    if changes.events.is_empty() {
        return Ok(false);
    }
    contacts(tx, &picture, &changes).await?;
    identities(tx, &picture, &changes).await?;
    conversations(tx, &mut picture, &changes).await?;

    let rows = changes.messages.iter().map(Message::row).collect();
    insert_rows(&mut *tx, INSERT_MESSAGE, "", rows).await?;

    let now = tx.now();
    let rows = changes
        .attachments
        .iter()
        .map(|file| crate::attachments::row(file, None, now))
        .collect();
    insert_rows(&mut *tx, crate::attachments::INSERT, "", rows).await?;

    thread_ids(tx, &changes).await?;
    let people = changes
        .participants
        .iter()
        .map(|(conversation, value)| (conversation, value.clone()));
    crate::conversations::take_part(tx, people).await?;
    let rows = changes
        .windows
        .iter()
        .map(|((inbox, address), at)| vec![inbox.into(), address.as_str().into(), (*at).into()])
        .collect();
    insert_rows(
        &mut *tx,
        "INSERT INTO windows (inbox_id, address, last_inbound_at) VALUES",
        "ON CONFLICT (inbox_id, address) DO UPDATE SET last_inbound_at = CASE WHEN windows.last_inbound_at > excluded.last_inbound_at THEN windows.last_inbound_at ELSE excluded.last_inbound_at END",
        rows,
    )
    .await?;
    what_came_back(tx, &changes).await?;
    super::spam::write(tx, &changes).await?;
    crate::proactive::answered_in(tx, &changes.openings).await?;
    for event in changes.events {
        tx.emit(event);
    }
    for (conversation, answer) in changes.scores {
        crate::surveys::answered_by_message_in(tx, &conversation, &answer).await?;
    }
    super::spam::lift(tx, changes.lifted).await?;
    Ok(true)
}

/// By which ids answers find their conversation.
async fn thread_ids(tx: &mut Tx, changes: &Changes) -> Result<()> {
    let now = tx.now();
    // One statement must not touch a row twice (PostgreSQL): of the batch's own repetitions the last counts.
    let by_key: HashMap<(&str, &ConversationId), bool> = changes
        .thread_ids
        .iter()
        .map(|(mid, conversation, is_held)| ((mid.as_str(), conversation), *is_held))
        .collect();
    let rows = by_key
        .into_iter()
        .map(|((mid, conversation), is_held)| vec![mid.into(), conversation.into(), is_held.into(), now.into()])
        .collect();
    insert_rows(
        tx,
        "INSERT INTO thread_ids (mid, conversation_id, is_held, created_at) VALUES",
        "ON CONFLICT (mid, conversation_id) DO UPDATE SET is_held = (thread_ids.is_held OR excluded.is_held)",
        rows,
    )
    .await
}

/// What bounces say of mails and addresses; whoever wrote themselves has an address that exists.
async fn what_came_back(tx: &mut Tx, changes: &Changes) -> Result<()> {
    for failed in &changes.failed {
        sql("UPDATE deliveries SET state = 'failed', failed_at = $2, error_code = $3, error = $4, lease_owner = NULL, lease_until = NULL, next_attempt_at = NULL WHERE id = $1 AND state <> 'failed'")
            .bind(&failed.id)
            .bind(failed.at)
            .bind(failed.code.as_str())
            .bind(failed.words.as_str())
            .run(&mut *tx)
            .await?;
    }
    for (id, words) in &changes.failed_news {
        crate::notices::came_back_in(tx, id, words.clone()).await?;
    }
    crate::bounces::clear(tx, &changes.good_addresses).await?;
    for bad in &changes.bad_addresses {
        crate::bounces::record(tx, &bad.address, bad.reason, &bad.status, &bad.words, &bad.conversation).await?;
    }
    Ok(())
}

async fn contacts(tx: &mut Tx, picture: &Picture, changes: &Changes) -> Result<()> {
    let now = tx.now();
    let rows = changes
        .new_contacts
        .iter()
        .filter_map(|id| picture.contacts.get(id))
        .map(|contact| {
            vec![
                (&contact.id).into(),
                contact.name.as_str().into(),
                contact.language.into(),
                now.into(),
                now.into(),
            ]
        })
        .collect();
    insert_rows(
        &mut *tx,
        "INSERT INTO contacts (id, name, language, created_at, updated_at) VALUES",
        "",
        rows,
    )
    .await?;
    for id in changes
        .touched_contacts
        .iter()
        .filter(|id| !changes.new_contacts.contains(id))
    {
        if let Some(contact) = picture.contacts.get(id) {
            sql("UPDATE contacts SET name = $2, language = $3, updated_at = $4 WHERE id = $1")
                .bind(id)
                .bind(contact.name.as_str())
                .bind(contact.language)
                .bind(now)
                .run(&mut *tx)
                .await?;
        }
    }
    Ok(())
}

async fn identities(tx: &mut Tx, picture: &Picture, changes: &Changes) -> Result<()> {
    let now = tx.now();
    let rows = changes
        .new_identities
        .iter()
        .filter_map(|(id, kind, value, channel)| {
            let identity = picture.identities.get(&(*kind, value.clone()))?;
            Some(vec![
                id.into(),
                (&identity.contact_id).into(),
                (*kind).into(),
                value.as_str().into(),
                identity.is_verified.into(),
                identity.is_verified.then_some(now).into(),
                channel.as_str().into(),
                now.into(),
            ])
        })
        .collect();
    insert_rows(
        &mut *tx,
        "INSERT INTO identities (id, contact_id, kind, value, is_verified, verified_at, source, created_at) VALUES",
        "",
        rows,
    )
    .await?;
    for (kind, value) in &changes.changed_identities {
        if let Some(identity) = picture.identities.get(&(*kind, value.clone())) {
            sql("UPDATE identities SET contact_id = $3, source = $4 WHERE kind = $1 AND value = $2")
                .bind(*kind)
                .bind(value)
                .bind(&identity.contact_id)
                .bind(identity.source.as_str())
                .run(&mut *tx)
                .await?;
        }
    }
    for (kind, value) in &changes.proved {
        sql("UPDATE identities SET is_verified = $3, verified_at = $4 WHERE kind = $1 AND value = $2")
            .bind(*kind)
            .bind(value)
            .bind(true)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

async fn conversations(tx: &mut Tx, picture: &mut Picture, changes: &Changes) -> Result<()> {
    let new: HashSet<&ConversationId> = changes.new_conversations.iter().collect();
    if !new.is_empty() {
        let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
        let last = tx.count("conversation", count).await?;
        let mut rows = Vec::with_capacity(new.len());
        for (id, number) in changes.new_conversations.iter().zip(last - count + 1..) {
            if let Some(conversation) = picture.conversations.get_mut(id) {
                conversation.number = number;
                rows.push(row(conversation));
                tx.created(conversation);
            }
        }
        insert_rows(
            &mut *tx,
            "INSERT INTO conversations (id, number, contact_id, inbox_id, channel, subject, language, status, level, assignee_id, priority, reply_address, preview, message_count, waiting_since, last_inbound_at, last_message_at, resolved_at, spam_since, related_to, version, position, created_at, updated_at) VALUES",
            "",
            rows,
        )
        .await?;
    }
    // In the order of their ids, as they were locked.
    let mut touched: Vec<&mut Conversation> = picture
        .conversations
        .values_mut()
        .filter(|conversation| {
            changes.touched_conversations.contains(&conversation.id) && !new.contains(&conversation.id)
        })
        .collect();
    touched.sort_by(|one, other| one.id.cmp(&other.id));
    free_of_the_gone(tx, &changes.reopened, &mut touched).await?;
    crate::conversations::save_all(tx, touched.iter_mut().map(|conversation| &mut **conversation)).await?;
    for conversation in touched {
        if changes.reopened.contains(&conversation.id) {
            let contact = Actor::Contact(conversation.contact_id.clone());
            crate::tickets::follow(tx, &contact, conversation).await?;
        } else if let Some(author) = changes.taken.get(&conversation.id) {
            crate::tickets::follow(tx, author, conversation).await?;
        }
    }
    if !changes.new_tickets.is_empty() {
        let count = i64::try_from(changes.new_tickets.len()).unwrap_or(i64::MAX);
        let last = tx.count("ticket", count).await?;
        let now = tx.now();
        let rows = changes
            .new_tickets
            .iter()
            .zip(last - count + 1..)
            .map(|(ticket, number)| {
                let is_spam = changes.new_spam.iter().any(|spam| spam.is(&ticket.conversation));
                let status = if is_spam {
                    TicketStatus::Resolved
                } else {
                    TicketStatus::New
                };
                vec![
                    (&ticket.id).into(),
                    number.into(),
                    (&ticket.conversation).into(),
                    (&ticket.contact).into(),
                    ticket.subject.as_str().into(),
                    TicketKind::Request.into(),
                    Priority::Normal.into(),
                    ticket.level.into(),
                    status.into(),
                    "".into(),
                    now.into(),
                    now.into(),
                    is_spam.then_some(now).into(),
                    1i64.into(),
                ]
            })
            .collect();
        insert_rows(
            &mut *tx,
            "INSERT INTO tickets (id, number, conversation_id, contact_id, subject, kind, priority, level, status, brief, created_at, updated_at, resolved_at, version) VALUES",
            "",
            rows,
        )
        .await?;
    }
    Ok(())
}

fn row(c: &Conversation) -> Vec<crate::db::Value> {
    vec![
        (&c.id).into(),
        c.number.into(),
        (&c.contact_id).into(),
        (&c.inbox_id).into(),
        c.channel.into(),
        c.subject.clone().into(),
        c.language.into(),
        c.status.into(),
        c.level.into(),
        c.assignee_id.as_ref().into(),
        c.priority.into(),
        c.reply_address.clone().into(),
        c.preview.as_str().into(),
        c.message_count.into(),
        c.waiting_since.into(),
        c.last_inbound_at.into(),
        c.last_message_at.into(),
        c.resolved_at.into(),
        c.spam_since.into(),
        c.related_to.as_ref().into(),
        c.version.into(),
        c.position.into(),
        c.created_at.into(),
        c.updated_at.into(),
    ]
}

/// What comes back to somebody who is no longer there is nobody's: it would wait where nobody looks.
async fn free_of_the_gone(
    tx: &mut Tx,
    reopened: &HashSet<ConversationId>,
    touched: &mut [&mut Conversation],
) -> Result<()> {
    for conversation in touched {
        if !reopened.contains(&conversation.id) {
            continue;
        }
        teams::forget_gone(tx, &mut conversation.team_id).await?;
        let Some(agent) = conversation.assignee_id.clone() else {
            continue;
        };
        let is_there: Option<(bool,)> = sql("SELECT is_enabled FROM agents WHERE id = $1")
            .bind(&agent)
            .optional(&mut *tx)
            .await?;
        if is_there == Some((false,)) {
            conversation.assignee_id = None;
        }
    }
    Ok(())
}
