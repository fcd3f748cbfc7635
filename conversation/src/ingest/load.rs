//! Everything a batch can touch, read in a few queries and held until the commit.

use std::collections::{HashMap, HashSet};

use crate::access;
use crate::conversations::{Conversation, lock_all};
use crate::db::{composed_sql, parts, placeholders, rows_in};
use crate::error::{Error, Result};
use crate::inbound::{IdentityClaim, InboundMessage};
use crate::store::Tx;
use crate::thread::ticket_numbers;
use crate::types::{AgentId, Channel, ContactId, ConversationId, IdentityKind, InboxId, Language, MessageId, Millis};

/// What is known of an identity.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct KnownIdentity {
    pub(super) kind: IdentityKind,
    pub(super) value: String,
    pub(super) contact_id: ContactId,
    pub(super) is_verified: bool,
    pub(super) source: String,
}

/// What the source of an identity begins with once its owner left it; the time follows.
pub(super) const LEFT: &str = "left:";

impl KnownIdentity {
    /// Whether it meant its contact at a time: a number that somebody left may be another's since.
    pub(super) fn is_held_at(&self, at: i64) -> bool {
        let left: Option<i64> = self.source.strip_prefix(LEFT).and_then(|at| at.parse().ok());
        left.is_none_or(|left| at <= left)
    }
}

/// What is known of an inbox.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct KnownInbox {
    pub(super) id: InboxId,
    pub(super) language: Language,
    pub(super) bot_enabled: bool,
    pub(super) address: String,
}

/// What is known of a contact.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct KnownContact {
    pub(super) id: ContactId,
    pub(super) name: String,
    pub(super) language: Option<Language>,
    pub(super) company_id: Option<String>,
    pub(super) merged_into: Option<ContactId>,
}

/// A mail id that was seen before.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct KnownThread {
    pub(super) mid: String,
    pub(super) conversation_id: ConversationId,
    pub(super) is_held: bool,
}

/// The part of the store that a batch can touch, and what the batch adds to it.
#[derive(Default)]
pub(super) struct Picture {
    pub(super) seen: HashMap<(InboxId, String), (MessageId, ConversationId)>,
    pub(super) inboxes: HashMap<InboxId, KnownInbox>,
    pub(super) identities: HashMap<(IdentityKind, String), KnownIdentity>,
    pub(super) contacts: HashMap<ContactId, KnownContact>,
    pub(super) threads: HashMap<String, Vec<KnownThread>>,
    pub(super) tickets: HashMap<i64, ConversationId>,
    pub(super) participants: HashSet<(ConversationId, String)>,
    pub(super) companies: HashMap<ConversationId, String>,
    pub(super) conversations: HashMap<ConversationId, Conversation>,
    pub(super) merged: HashMap<ConversationId, ConversationId>,
    /// Conversations by contact, the latest first.
    pub(super) of_contact: HashMap<ContactId, Vec<ConversationId>>,
    /// Deliveries that notices name, by their Message-ID.
    pub(super) bounced: HashMap<String, Vec<super::bounce::Bounced>>,
    /// Conversations of mails that were sent with another program and that notices name, by their Message-ID.
    pub(super) returned: HashMap<String, ConversationId>,
    /// Mails outside any conversation that reports name, by their Message-ID.
    pub(super) bounced_news: HashMap<String, super::bounce::BouncedNews>,
    /// The last delivery to the recipient of a notice that names no mail, by the id of the notice.
    pub(super) guessed: HashMap<String, Vec<super::bounce::Bounced>>,
    /// Agents by their address, lower-cased: of those who write or are written to.
    pub(super) agents: HashMap<String, AgentId>,
    /// Questions that a bare number answers, by contact.
    pub(super) numbers: HashMap<ContactId, crate::surveys::NumberFor>,
    /// The conversations of the surveys whose buttons were pressed, by survey.
    pub(super) surveyed: HashMap<String, ConversationId>,
    /// Where messages of the past belong, when they are that.
    pub(super) past: Option<super::past::Home>,
    /// When what our own mails answer was said, where the batch is those.
    pub(super) ours: Option<super::sent::Answered>,
    /// Customers who answer, from their portal, what a colleague began and they may see.
    pub(super) colleagues: HashSet<(ContactId, ConversationId)>,
    /// Senders among those of the batch who are blocked.
    pub(super) blocked: super::spam::BlockedBy,
    /// Why conversations are spam.
    pub(super) spam: HashMap<ConversationId, crate::spam::Why>,
    /// Contacts whom somebody answered before, of those whose mail the server took for spam.
    pub(super) answered: HashSet<ContactId>,
    pub(super) changes: super::write::Changes,
}

impl Picture {
    /// Where a conversation is now, after merges.
    pub(super) fn current(&self, id: &ConversationId) -> ConversationId {
        let mut id = id;
        // No chain is longer than all merges together.
        for _ in 0..self.merged.len() {
            match self.merged.get(id) {
                Some(into) => id = into,
                None => break,
            }
        }
        id.clone()
    }
}

pub(super) async fn picture(tx: &mut Tx, batch: &[InboundMessage]) -> Result<Picture> {
    let claims: Vec<&IdentityClaim> = batch.iter().flat_map(|message| &message.from.identities).collect();
    tx.dialect()
        .take_turns(
            claims
                .iter()
                .map(|claim| format!("identity:{}:{}", claim.kind, claim.value))
                .collect(),
        )
        .await?;

    let mut picture = Picture::default();
    load_seen(tx, batch, &mut picture).await?;
    if picture.seen.len() == batch.len() {
        return Ok(picture);
    }
    load_inboxes(tx, batch, &mut picture).await?;
    load_identities(tx, &claims, &mut picture).await?;
    load_threads(tx, batch, &mut picture).await?;
    load_tickets(tx, batch, &mut picture).await?;
    super::bounce::load_bounced(tx, batch, &mut picture).await?;
    load_agents(tx, batch, &mut picture).await?;
    load_numbers(tx, batch, &mut picture).await?;

    let mut wanted: HashSet<ConversationId> = picture
        .threads
        .values()
        .flatten()
        .map(|thread| thread.conversation_id.clone())
        .collect();
    wanted.extend(picture.tickets.values().cloned());
    wanted.extend(
        picture
            .bounced
            .values()
            .chain(picture.guessed.values())
            .flatten()
            .map(|bounced| bounced.conversation_id.clone()),
    );
    wanted.extend(picture.returned.values().cloned());
    wanted.extend(picture.seen.values().map(|(_, conversation)| conversation.clone()));
    let named: Vec<ConversationId> = batch
        .iter()
        .flat_map(|message| &message.thread.tokens)
        .filter_map(|token| tx.store().keys().check_reply_token(token))
        .collect();
    wanted.extend(named.iter().cloned());
    for message in batch {
        wanted.extend(message.thread.conversation.clone());
    }
    wanted.extend(picture.surveyed.values().cloned());
    wanted.extend(picture.numbers.values().map(|open| open.conversation.clone()));
    let grouped_within = batch.iter().filter_map(|message| message.thread.group_within).max();
    load_conversations(tx, wanted, grouped_within, &mut picture).await?;
    load_participants(tx, &named, &mut picture).await?;
    load_colleagues(tx, batch, &mut picture).await?;
    super::spam::load(tx, batch, &mut picture).await?;
    Ok(picture)
}

/// The portal shows a conversation to a colleague who sees all tickets of the company, and takes an answer; that
/// it is so is asked here again. Few messages name a conversation of somebody else.
async fn load_colleagues(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    for message in batch.iter().filter(|message| message.channel == Channel::Portal) {
        let Some(named) = &message.thread.conversation else {
            continue;
        };
        let id = picture.current(named);
        let Some(conversation) = picture.conversations.get(&id) else {
            continue;
        };
        for claim in &message.from.identities {
            let Some(writer) = picture.identities.get(&(claim.kind, claim.value.clone())) else {
                continue;
            };
            let writer = writer.contact_id.clone();
            if writer != conversation.contact_id && access::is_colleagues(&mut *tx, &writer, conversation).await? {
                picture.colleagues.insert((writer, id.clone()));
            }
        }
    }
    Ok(())
}

/// Few messages are presses on a survey or nothing but a number; only for them it is looked which question they
/// answer.
async fn load_numbers(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    let pressed: Vec<&str> = batch
        .iter()
        .filter_map(|message| message.answer.as_ref())
        .filter_map(|answer| crate::surveys::from_value(&answer.value))
        .map(|(survey, _)| survey)
        .collect();
    let select = "SELECT id, conversation_id FROM surveys WHERE id IN";
    picture.surveyed.extend(rows_in(&mut *tx, select, pressed).await?);
    let mut writers: Vec<ContactId> = batch
        .iter()
        .filter(|message| message.channel.is_chat() && crate::surveys::is_bare_number(message.visible()).is_some())
        .flat_map(|message| &message.from.identities)
        .filter_map(|claim| picture.identities.get(&(claim.kind, claim.value.clone())))
        .map(|identity| identity.contact_id.clone())
        .collect();
    if writers.is_empty() {
        return Ok(());
    }
    writers.sort();
    writers.dedup();
    picture.numbers = crate::surveys::numbers_of(tx, &writers).await?;
    Ok(())
}

async fn load_seen(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    let all: Vec<&InboundMessage> = batch.iter().collect();
    for part in parts(&all) {
        let text = format!(
            "SELECT inbox_id, external_id, id, conversation_id FROM messages WHERE external_id IS NOT NULL AND (inbox_id, external_id) IN (VALUES {})",
            placeholders(part.len(), 2, 0)
        );
        let mut query = composed_sql(text);
        for message in part {
            query = query.bind(&message.inbox).bind(message.external_id.as_str());
        }
        let rows: Vec<(InboxId, String, MessageId, ConversationId)> = query.all(&mut *tx).await?;
        picture.seen.extend(
            rows.into_iter()
                .map(|(inbox, external, id, conversation)| ((inbox, external), (id, conversation))),
        );
    }
    Ok(())
}

async fn load_inboxes(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    let ids: HashSet<&InboxId> = batch.iter().map(|message| &message.inbox).collect();
    let select = "SELECT id, language, bot_enabled, address FROM inboxes WHERE id IN";
    let rows: Vec<KnownInbox> = rows_in(&mut *tx, select, ids.iter().copied()).await?;
    picture.inboxes = rows.into_iter().map(|inbox| (inbox.id.clone(), inbox)).collect();
    match ids.into_iter().find(|id| !picture.inboxes.contains_key(id)) {
        Some(unknown) => Err(Error::Invalid(format!("there is no inbox `{unknown}`"))),
        None => Ok(()),
    }
}

async fn load_identities(tx: &mut Tx, claims: &[&IdentityClaim], picture: &mut Picture) -> Result<()> {
    for part in parts(claims) {
        let text = format!(
            "SELECT kind, value, contact_id, is_verified, source FROM identities WHERE (kind, value) IN (VALUES {})",
            placeholders(part.len(), 2, 0)
        );
        let mut query = composed_sql(text);
        for claim in part {
            query = query.bind(claim.kind).bind(claim.value.as_str());
        }
        let rows: Vec<KnownIdentity> = query.all(&mut *tx).await?;
        picture
            .identities
            .extend(rows.into_iter().map(|row| ((row.kind, row.value.clone()), row)));
    }
    let contacts: Vec<ContactId> = picture
        .identities
        .values()
        .map(|identity| identity.contact_id.clone())
        .collect::<HashSet<_>>()
        .into_iter()
        .collect();
    load_contacts(tx, &contacts, picture).await
}

/// Agents among those who write by mail and those whom they write to.
async fn load_agents(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    let addresses = batch
        .iter()
        .filter(|message| message.channel == Channel::Email)
        .flat_map(|message| {
            let senders = message.from.identities.iter().map(|claim| &claim.value);
            senders.chain(message.recipients.iter().take(100))
        })
        .map(|address| address.to_lowercase());
    let select = "SELECT email, id FROM agents WHERE is_enabled AND email IN";
    let rows: Vec<(String, AgentId)> = rows_in(tx, select, addresses).await?;
    picture.agents.extend(rows);
    Ok(())
}

async fn load_contacts(tx: &mut Tx, ids: &[ContactId], picture: &mut Picture) -> Result<()> {
    for part in parts(ids) {
        let text = format!(
            "SELECT id, name, language, company_id, merged_into FROM contacts WHERE id IN {} ORDER BY id {}",
            placeholders(1, part.len(), 0),
            tx.dialect().for_share()
        );
        let rows: Vec<KnownContact> = composed_sql(text).bind_all(&part).all(&mut *tx).await?;
        if rows.iter().any(|contact| contact.merged_into.is_some()) {
            // Merged since its identity was read: only a fresh picture shows whose it is now.
            return Err(Error::Conflict("a contact became part of another one".to_owned()));
        }
        picture
            .contacts
            .extend(rows.into_iter().map(|contact| (contact.id.clone(), contact)));
    }
    Ok(())
}

async fn load_threads(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    let mids: HashSet<&str> = batch
        .iter()
        .flat_map(|message| {
            let own = (message.channel == Channel::Email).then_some(&message.external_id);
            own.into_iter()
                .chain(&message.thread.in_reply_to)
                .chain(&message.thread.references)
                .chain(message.thread.index.iter().map(|index| &index.id))
        })
        .map(String::as_str)
        .collect();
    let mids: Vec<&str> = mids.into_iter().collect();
    load_quoted(tx, batch, picture).await?;
    for part in parts(&mids) {
        let text = format!(
            "SELECT mid, conversation_id, is_held FROM thread_ids WHERE mid IN {} ORDER BY created_at DESC, conversation_id DESC",
            placeholders(1, part.len(), 0)
        );
        let rows: Vec<KnownThread> = composed_sql(text).bind_all(part.iter().copied()).all(&mut *tx).await?;
        for row in rows {
            picture.threads.entry(row.mid.clone()).or_default().push(row);
        }
    }
    Ok(())
}

/// Chat messages that a chat message quotes: the customer's own, and ours by the provider's id.
async fn load_quoted(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    let quoted: Vec<(&InboxId, &str)> = batch
        .iter()
        .filter(|message| message.channel.is_chat())
        .flat_map(|message| {
            message
                .thread
                .in_reply_to
                .iter()
                .map(|id| (&message.inbox, id.as_str()))
        })
        .collect();
    const ANSWERED: [&str; 3] = [
        "SELECT external_id, conversation_id FROM messages WHERE external_id IS NOT NULL AND (inbox_id, external_id) IN",
        "SELECT provider_id, conversation_id FROM deliveries WHERE provider_id IS NOT NULL AND (inbox_id, provider_id) IN",
        // The first parts of a message of several.
        "SELECT p.provider_id, m.conversation_id FROM provider_ids p JOIN messages m ON m.id = p.message_id WHERE (p.inbox_id, p.provider_id) IN",
    ];
    for select in ANSWERED {
        for part in parts(&quoted) {
            let text = format!("{select} (VALUES {})", placeholders(part.len(), 2, 0));
            let mut query = composed_sql(text);
            for (inbox, id) in part {
                query = query.bind(inbox).bind(id);
            }
            let rows: Vec<(String, ConversationId)> = query.all(&mut *tx).await?;
            for (mid, conversation_id) in rows {
                picture.threads.entry(mid.clone()).or_default().push(KnownThread {
                    mid,
                    conversation_id,
                    is_held: true,
                });
            }
        }
    }
    Ok(())
}

async fn load_tickets(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    let subjects = batch.iter().filter_map(|message| message.subject.as_deref());
    let select = "SELECT number, conversation_id FROM tickets WHERE number IN";
    let rows: Vec<(i64, ConversationId)> = rows_in(tx, select, subjects.flat_map(ticket_numbers)).await?;
    picture.tickets.extend(rows);
    Ok(())
}

pub(super) async fn load_conversations(
    tx: &mut Tx,
    wanted: HashSet<ConversationId>,
    grouped_within: Option<Millis>,
    picture: &mut Picture,
) -> Result<()> {
    let mut candidates: HashSet<ConversationId> = wanted;
    // What each sender has open, or had a moment ago; more where messages are grouped.
    let now = tx.now();
    let lately = grouped_within.map_or(i64::MAX, |span| now - span);
    let contacts: Vec<ContactId> = picture.contacts.keys().cloned().collect();
    for part in parts(&contacts) {
        // In what came as history they wrote, and nobody waits for it to be answered.
        let unanswered = "last_inbound_at IS NULL AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = conversations.id AND m.kind = 'inbound')";
        let text = format!(
            "SELECT id FROM conversations WHERE merged_into IS NULL AND contact_id IN {} AND (status <> 'resolved' OR resolved_at > ${} OR last_message_at > ${} OR ((quiet_since IS NOT NULL OR ({unanswered})) AND channel <> 'email'))",
            placeholders(1, part.len(), 0),
            part.len() + 1,
            part.len() + 2
        );
        let rows: Vec<(ConversationId,)> = composed_sql(text)
            .bind_all(&part)
            .bind(now - super::REOPEN_WITHIN)
            .bind(lately)
            .all(&mut *tx)
            .await?;
        candidates.extend(rows.into_iter().map(|(id,)| id));
    }
    let mut ids: Vec<ConversationId> = candidates.into_iter().collect();
    // What became part of another conversation, until the very moment of the lock, is found there.
    while !ids.is_empty() {
        ids.sort();
        let mut further = HashSet::new();
        for part in parts(&ids) {
            for conversation in lock_all(tx, part.to_vec()).await? {
                match &conversation.merged_into {
                    Some(into) => {
                        picture.merged.insert(conversation.id.clone(), into.clone());
                        further.insert(into.clone());
                    }
                    None => picture
                        .of_contact
                        .entry(conversation.contact_id.clone())
                        .or_default()
                        .push(conversation.id.clone()),
                }
                picture.conversations.insert(conversation.id.clone(), conversation);
            }
        }
        further.retain(|id| !picture.conversations.contains_key(id));
        ids = further.into_iter().collect();
    }
    for list in picture.of_contact.values_mut() {
        list.sort_by_key(|id| {
            std::cmp::Reverse(
                picture
                    .conversations
                    .get(id)
                    .map(|conversation| (conversation.last_message_at, conversation.id.clone())),
            )
        });
    }
    Ok(())
}

async fn load_participants(tx: &mut Tx, named: &[ConversationId], picture: &mut Picture) -> Result<()> {
    let ids: Vec<ConversationId> = picture
        .threads
        .values()
        .flatten()
        .map(|thread| &thread.conversation_id)
        .chain(picture.tickets.values())
        .chain(named)
        .map(|id| picture.current(id))
        .collect::<HashSet<_>>()
        .into_iter()
        .collect();
    let select = "SELECT conversation_id, value FROM participants WHERE conversation_id IN";
    let rows: Vec<(ConversationId, String)> = rows_in(&mut *tx, select, &ids).await?;
    picture.participants.extend(rows);
    let select = "SELECT conversations.id, contacts.company_id FROM conversations JOIN contacts ON contacts.id = conversations.contact_id WHERE contacts.company_id IS NOT NULL AND conversations.id IN";
    let rows: Vec<(ConversationId, String)> = rows_in(tx, select, &ids).await?;
    picture.companies.extend(rows);
    Ok(())
}
