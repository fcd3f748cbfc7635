//! Mails that somebody of the business sent with another program (a telephone, a web mail), as they lie in the
//! mailbox's own folder for sent mail. One that answers a conversation is our answer there, as if it had been written
//! here; one that begins a matter begins a conversation that nobody has to look at until it is answered. Nothing of
//! it is ever sent. Who may write into that folder is one of us: that is all that such a mail is trusted for.

use std::collections::HashMap;

use super::agent::{goes_to_customer, is_ours, reaches_customer};
use super::append::append;
use super::contact::find_contact;
use super::decide::{begin, known, named, signed_for};
use super::load::{KnownInbox, Picture};
use super::{Filed, Origin, Outcome, ingest_with, storable};
use crate::db::{composed_sql, parts, placeholders, sql};
use crate::error::Result;
use crate::inbound::{IdentityClaim, InboundMessage, Sender};
use crate::store::{Store, Tx};
use crate::types::{Actor, Channel, ConversationId, IdentityKind, InboxId, MatchedBy, Millis};

/// Of the people whom a mail goes to, so many are looked up.
const MOST: usize = 50;

/// One such mail.
#[derive(Debug, Clone)]
pub struct SentMail {
    /// The mail. `from` is who wrote it, `recipients` are those whom every reader sees.
    pub message: InboundMessage,
    /// Everybody it went to, those whom no other reader sees last.
    pub people: Vec<Person>,
}

/// Somebody to whom a mail went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The address, lower-cased.
    pub address: String,
    /// What the mail calls them.
    pub name: Option<String>,
}

/// To whom the mails of a batch went, by Message-ID.
pub(super) struct People(HashMap<String, Vec<Person>>);

/// When the messages were said that the mails of a batch answer.
#[derive(Default)]
pub(super) struct Answered(HashMap<(ConversationId, String), Millis>);

impl Answered {
    /// Where a mail stands among the others: when it was sent, and never before what it answers, which may have been
    /// read here later than its answer was written.
    pub(super) fn place(&self, message: &InboundMessage, conversation: &ConversationId, now: Millis) -> Millis {
        let ids = message.thread.in_reply_to.iter();
        let answered = ids.filter_map(|id| self.0.get(&(conversation.clone(), id.clone())));
        answered.copied().max().unwrap_or(0).max(message.sent_at.min(now))
    }
}

/// Files a batch, in order, in one transaction. What is known already, as every copy of what left from here is,
/// changes nothing.
///
/// # Errors
/// As [`super::ingest`].
pub async fn mails(store: &Store, batch: &[SentMail]) -> Result<Vec<Filed>> {
    let people = batch
        .iter()
        .map(|mail| (storable(&mail.message.external_id), mail.people.clone()))
        .collect();
    let messages: Vec<InboundMessage> = batch
        .iter()
        .map(|mail| {
            let mut message = mail.message.clone();
            // Whom it went to is looked up like a sender; the first of the list stays who wrote it.
            message.from.identities.truncate(1);
            let people = mail.people.iter().take(MOST).map(claim);
            message.from.identities.extend(people);
            message
        })
        .collect();
    ingest_with(store, &messages, &[], &[], Origin::Ourselves(&People(people))).await
}

/// Whom we write to did not prove their address by that.
fn claim(person: &Person) -> IdentityClaim {
    IdentityClaim {
        kind: IdentityKind::Email,
        value: person.address.clone(),
        verified: false,
    }
}

impl People {
    /// Files a batch against the picture.
    pub(super) async fn file(
        &self,
        tx: &mut Tx,
        picture: &mut Picture,
        batch: &[InboundMessage],
    ) -> Result<Vec<Filed>> {
        let inboxes: Vec<KnownInbox> = sql("SELECT id, language, bot_enabled, address FROM inboxes WHERE channel = $1")
            .bind(Channel::Email)
            .all(&mut *tx)
            .await?;
        picture
            .inboxes
            .extend(inboxes.into_iter().map(|inbox| (inbox.id.clone(), inbox)));
        picture.ours = Some(answered(tx, picture, batch).await?);
        let store = tx.store().clone();
        Ok(batch
            .iter()
            .map(|message| {
                let people = self.0.get(&message.external_id).map(Vec::as_slice);
                file(&store, picture, message, people.unwrap_or_default())
            })
            .collect())
    }
}

/// When what the mails answer was said.
async fn answered(tx: &mut Tx, picture: &Picture, batch: &[InboundMessage]) -> Result<Answered> {
    let ids: Vec<(&InboxId, &String)> = batch
        .iter()
        .flat_map(|message| message.thread.in_reply_to.iter().map(|id| (&message.inbox, id)))
        .collect();
    let mut found = Answered::default();
    for part in parts(&ids) {
        let mut query = composed_sql(format!(
            "SELECT conversation_id, external_id, at FROM messages WHERE external_id IS NOT NULL AND (inbox_id, external_id) IN (VALUES {})",
            placeholders(part.len(), 2, 0)
        ));
        for (inbox, id) in part {
            query = query.bind(inbox).bind(id.as_str());
        }
        let rows: Vec<(ConversationId, String, Millis)> = query.all(&mut *tx).await?;
        let rows = rows.into_iter();
        found
            .0
            .extend(rows.map(|(conversation, id, at)| ((picture.current(&conversation), id), at)));
    }
    Ok(found)
}

fn file(store: &Store, picture: &mut Picture, message: &InboundMessage, people: &[Person]) -> Filed {
    if let Some(known) = known(picture, message) {
        return known;
    }
    let author = author(picture, message);
    let mut own = message.clone();
    own.from.identities.clear();
    own.from.address = None;
    own.inbox = inbox_of(picture, message);
    let outside: Vec<&Person> = people
        .iter()
        .filter(|person| !is_ours(picture, &person.address))
        .collect();
    if !outside.iter().any(|person| own.recipients.contains(&person.address)) {
        // Written to people whom nobody else sees: only the first of them takes part.
        own.recipients
            .extend(outside.first().map(|person| person.address.clone()));
    }
    let meant = belonging(store, picture, message);
    let said = meant
        .iter()
        .find(|(id, _)| goes_to_customer(picture, &own, id) || reaches_customer(picture, &own, id));
    let (id, by, is_new) = match (said, outside.first()) {
        (Some((id, by)), _) => (id.clone(), *by, false),
        // Among ourselves: a note where it belongs to something, and nothing of ours where it does not.
        (None, None) => match meant.first() {
            Some((id, by)) => (id.clone(), *by, false),
            None => {
                return Filed {
                    outcome: Outcome::Passed,
                    conversation: None,
                    message: None,
                    contact: None,
                    matched_by: None,
                };
            }
        },
        (None, Some(customer)) => {
            let related = meant.first().map(|(id, _)| id.clone());
            let id = begin_with(store, picture, &mut own, customer, related);
            (id, MatchedBy::New, true)
        }
    };
    let now = store.now();
    let message_id = append(store, picture, &own, &id, &author, by, now);
    let key = (message.inbox.clone(), message.external_id.clone());
    picture.seen.insert(key, (message_id.clone(), id.clone()));
    Filed {
        outcome: if is_new { Outcome::Created } else { Outcome::Appended },
        conversation: Some(id),
        message: Some(message_id),
        contact: None,
        matched_by: Some(by),
    }
}

/// The agent whose address it was written from, else the mailbox itself by the name that its readers see.
fn author(picture: &Picture, message: &InboundMessage) -> Actor {
    let address = message.from.identities.first().map(|claim| claim.value.to_lowercase());
    let address = address.unwrap_or_default();
    match picture.agents.get(&address) {
        Some(agent) => Actor::Agent(agent.clone()),
        None => {
            let name = message.from.name.as_deref().map(str::trim);
            let name = name.filter(|name| !name.is_empty());
            Actor::Api(name.unwrap_or(&address).to_owned())
        }
    }
}

/// One account may have the addresses of several inboxes: it is the one's that it was written from.
fn inbox_of(picture: &Picture, message: &InboundMessage) -> InboxId {
    let address = message.from.identities.first().map(|claim| claim.value.as_str());
    let is_it = |inbox: &&KnownInbox| address.is_some_and(|address| inbox.address.eq_ignore_ascii_case(address));
    if picture.inboxes.get(&message.inbox).as_ref().is_some_and(is_it) {
        return message.inbox.clone();
    }
    let other = picture.inboxes.values().filter(is_it).map(|inbox| &inbox.id).min();
    other.unwrap_or(&message.inbox).clone()
}

/// The conversations that a mail may belong to, the surest first. That it went to somebody who takes part there is
/// asked besides: what was forwarded to a supplier is no answer to the customer. To others who take part it is a note.
fn belonging(store: &Store, picture: &Picture, message: &InboundMessage) -> Vec<(ConversationId, MatchedBy)> {
    let signed = signed_for(store, picture, message).map(|id| (id, MatchedBy::ReplyToken));
    // Its answer may have been read before it was.
    let seen = picture.threads.get(&message.external_id).into_iter().flatten();
    let seen = seen.map(|thread| (picture.current(&thread.conversation_id), MatchedBy::SeenReference));
    let mut all: Vec<(ConversationId, MatchedBy)> = signed.into_iter().collect();
    all.extend(named(picture, message));
    all.extend(seen);
    all
}

/// A conversation that we began: with whom it was written to, done until they answer.
fn begin_with(
    store: &Store,
    picture: &mut Picture,
    own: &mut InboundMessage,
    customer: &Person,
    related: Option<ConversationId>,
) -> ConversationId {
    own.from = Sender {
        identities: vec![claim(customer)],
        address: None,
        name: customer.name.clone(),
        language: own.from.language,
    };
    let contact = find_contact(store, picture, own);
    let at = own.sent_at.min(store.now());
    // Rules that greet who writes to us are not for whom we write to.
    let id = begin(store, picture, own, &Actor::System, contact, related, at);
    if let Some(conversation) = picture.conversations.get_mut(&id) {
        conversation.reply_address = Some(customer.address.clone());
    }
    id
}
