//! Whether somebody may be sent advertising, by mail and by WhatsApp: what they said to us, what they said to Meta, and what Meta
//! answered. Whatever is about their own business (invoices, visits, answers) is not asked for here.

mod word;

use serde_json::json;

pub use self::word::word_in;
pub(crate) use self::word::{heed_in, word_of_event};
use crate::activity::activity;
use crate::begun;
use crate::contacts::{self, Contact, Identity, by_identity, canonical_phone, is_phone};
use crate::conversations;
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::outbound::OutboundMessage;
use crate::privacy::{self, Said};
use crate::store::{Store, Tx};
use crate::types::{Actor, ContactId, ConversationId, IdentityId, IdentityKind, InboxId, Millis};

/// The kind of consent that this is about.
pub const MARKETING: &str = "marketing";
/// The kind of consent to advertising by mail.
pub const BY_MAIL: &str = "news";
/// What the links by which mails are no longer wanted are signed for.
const LEAVE: &str = "leave";
/// The source of what somebody said to Meta instead of to us.
pub const BY_WHATSAPP: &str = "whatsapp";
/// Meta's code for somebody who wants no marketing from us.
const NO_MARKETING: &str = "131050";
/// How many of the last sendings to somebody are looked at.
const LOOKED_AT: i64 = 20;

/// Why somebody gets no marketing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// They told WhatsApp, or it answered so.
    ToldWhatsapp,
    /// They told us: in the portal, in a message, or an agent noted it.
    ToldUs,
}

impl Refusal {
    /// What is said to whoever wanted to send it.
    pub const fn words(self) -> &'static str {
        match self {
            Refusal::ToldWhatsapp => {
                "they told WhatsApp that they want no marketing from you; choose a template that is no marketing"
            }
            Refusal::ToldUs => "they want no marketing by WhatsApp from you; choose a template that is no marketing",
        }
    }
}

/// The last thing that somebody said of marketing.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Choice {
    /// By which of their addresses; all of them where there is none.
    pub identity_id: Option<IdentityId>,
    /// Whether they want it.
    pub is_given: bool,
    /// Where they said so.
    pub source: String,
    /// When.
    pub at: Millis,
}

/// What somebody told Meta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// To which of our numbers.
    pub inbox: InboxId,
    /// Their number as Meta writes it, and the id by which it knows them: one of them at least.
    pub values: Vec<String>,
    /// Their name there.
    pub name: String,
    /// Whether they want marketing.
    pub is_given: bool,
    /// Meta's own words for it.
    pub words: String,
    /// When they said it.
    pub at: Millis,
}

/// Notes what somebody told Meta: with each of their addresses, once, and only as news where nothing newer is known.
/// Whoever is not known yet is from now on, so that writing to them first finds it.
///
/// # Errors
/// [`Error::Invalid`] where nobody can be known by what it names.
pub async fn note(store: &Store, told: &Told) -> Result<()> {
    let mut tx = store.begin().await?;
    let values: Vec<String> = told.values.iter().map(|value| canonical_phone(value)).collect();
    let mut turns: Vec<String> = Vec::new();
    for value in &values {
        turns.push(format!("identity:{}:{value}", IdentityKind::Whatsapp));
        turns.push(format!("identity:{}:+{value}", IdentityKind::Phone));
    }
    tx.dialect().take_turns(turns).await?;
    let mut is_known = false;
    for value in &values {
        if let Some((contact, identity)) = by_identity(&mut tx, IdentityKind::Whatsapp, value).await? {
            is_known = true;
            note_of(&mut tx, told, &contact, &identity.id).await?;
        }
    }
    if !is_known {
        let number = values
            .iter()
            .find(|value| is_phone(value))
            .ok_or_else(|| Error::Invalid("nobody is known by what it names".to_owned()))?;
        let contact = begun::known_as(&mut tx, &Actor::System, number, &told.name).await?;
        let contact = contacts::load(&mut tx, &contact).await?;
        if let Some((_, identity)) = by_identity(&mut tx, IdentityKind::Whatsapp, number).await? {
            note_of(&mut tx, told, &contact, &identity.id).await?;
        }
    }
    tx.commit_any().await
}

async fn note_of(tx: &mut Tx, told: &Told, contact: &Contact, identity: &IdentityId) -> Result<()> {
    let last: Option<(bool, Millis)> = sql("SELECT is_given, at FROM consents WHERE kind = $1 AND identity_id = $2 AND inbox_id = $3 ORDER BY at DESC, is_given LIMIT 1")
        .bind(MARKETING)
        .bind(identity)
        .bind(&told.inbox)
        .optional(&mut *tx)
        .await?;
    // A clock that is ahead does not speak for tomorrow.
    let at = told.at.min(tx.now());
    // Within one second, which is all that Meta tells, no is what counts.
    let is_newer = last.is_none_or(|(is_given, known)| at > known || (at == known && is_given && !told.is_given));
    if !is_newer {
        return Ok(());
    }
    let actor = Actor::Contact(contact.id.clone());
    let said = Said {
        identity: Some(identity.clone()),
        inbox: Some(told.inbox.clone()),
        source: BY_WHATSAPP,
        words: &told.words,
        at: Some(at),
    };
    privacy::said_in(tx, &actor, &contact.id, MARKETING, told.is_given, said).await?;
    if last.is_some_and(|(is_given, _)| is_given == told.is_given) {
        return Ok(());
    }
    show(tx, &actor, contact, Some(&told.inbox), told.is_given, BY_WHATSAPP).await
}

/// Tells it: in the thread that somebody has with a number of ours, and as an event.
pub(crate) async fn show(
    tx: &mut Tx,
    actor: &Actor,
    contact: &Contact,
    inbox: Option<&InboxId>,
    is_given: bool,
    source: &str,
) -> Result<()> {
    let thread: Option<(ConversationId,)> = sql("SELECT id FROM conversations WHERE contact_id = $1 AND (CAST($2 AS TEXT) IS NULL OR inbox_id = $2) AND channel = 'whatsapp' AND merged_into IS NULL ORDER BY CASE WHEN status = 'resolved' THEN 1 ELSE 0 END, last_message_at DESC, id DESC LIMIT 1")
        .bind(&contact.id)
        .bind(inbox)
        .optional(&mut *tx)
        .await?;
    if let Some((thread,)) = thread {
        let mut held = conversations::lock(tx, &thread).await?;
        let what = json!({ "action": "marketing", "is_given": is_given, "source": source });
        // It is theirs, whoever noted it.
        activity(tx, &held, &Actor::Contact(contact.id.clone()), what).await?;
        held.message_count += 1;
        conversations::save(tx, &mut held).await?;
    }
    tx.emit(NewEvent {
        kind: EventKind::ContactUpdated,
        conversation: None,
        subject: contact.id.to_string(),
        actor: actor.clone(),
        data: json!({ "action": "consent", "kind": MARKETING, "is_given": is_given, "source": source }),
    });
    Ok(())
}

/// The last thing that a contact said of marketing, by each of their addresses.
pub async fn choices(on: impl On, contact: &ContactId) -> Result<Vec<Choice>> {
    let all: Vec<Choice> = sql("SELECT identity_id, is_given, source, at FROM consents WHERE kind = $2 AND (contact_id = $1 OR contact_id IN (SELECT id FROM contacts WHERE merged_into = $1) OR identity_id IN (SELECT id FROM identities WHERE contact_id = $1)) ORDER BY at DESC, is_given, id DESC LIMIT 200")
        .bind(contact)
        .bind(MARKETING)
        .all(on)
        .await?;
    let mut last: Vec<Choice> = Vec::new();
    for one in all {
        if !last.iter().any(|known| known.identity_id == one.identity_id) {
            last.push(one);
        }
    }
    Ok(last)
}

/// Of what a contact said, what counts last for one of their addresses on WhatsApp.
pub fn choice_for<'a>(said: &'a [Choice], identity: &Identity) -> Option<&'a Choice> {
    let is_its = |one: &&Choice| one.identity_id.as_ref().is_none_or(|id| *id == identity.id);
    said.iter()
        .filter(|_| identity.kind == IdentityKind::Whatsapp)
        .filter(is_its)
        .max_by_key(|one| (one.at, !one.is_given))
}

/// Why somebody gets no marketing by a number of ours, where they get none; `address` is how they are written to there.
pub async fn refusal(
    on: impl On,
    inbox: &InboxId,
    contact: &ContactId,
    address: &str,
    last_inbound_at: Option<Millis>,
) -> Result<Option<Refusal>> {
    let mut on = on;
    let value = canonical_phone(address);
    let agreed = privacy::consents(&mut on, contact).await?;
    if agreed
        .iter()
        .find(|one| one.kind == "whatsapp")
        .is_some_and(|one| !one.is_given)
    {
        return Ok(Some(Refusal::ToldUs));
    }
    let last: Option<(bool, String, Millis)> = sql("SELECT is_given, source, at FROM consents WHERE kind = $4 AND (inbox_id IS NULL OR inbox_id = $2)
          AND (identity_id IN (SELECT id FROM identities WHERE kind = 'whatsapp' AND value = $3)
            OR (identity_id IS NULL AND (contact_id = $1 OR contact_id IN (SELECT id FROM contacts WHERE merged_into = $1))))
          ORDER BY at DESC, is_given, id DESC LIMIT 1")
        .bind(contact)
        .bind(inbox)
        .bind(&value)
        .bind(MARKETING)
        .optional(&mut on)
        .await?;
    let resumed_at = match last {
        Some((false, source, _)) if source == BY_WHATSAPP => return Ok(Some(Refusal::ToldWhatsapp)),
        Some((false, _, _)) => return Ok(Some(Refusal::ToldUs)),
        Some((true, _, at)) => Some(at),
        None => None,
    };
    // What Meta answered since they last wrote, or asked for it again.
    let since = last_inbound_at.max(resumed_at);
    let answered: Vec<(String, Option<String>, Millis)> = sql("SELECT d.recipient, d.error_code, d.queued_at FROM deliveries d JOIN conversations c ON c.id = d.conversation_id WHERE c.contact_id = $1 AND d.inbox_id = $2 AND d.channel = 'whatsapp' AND d.state IN ('sent', 'delivered', 'read', 'failed') ORDER BY d.id DESC LIMIT $3")
        .bind(contact)
        .bind(inbox)
        .bind(LOOKED_AT)
        .all(on)
        .await?;
    let refused = answered.iter().any(|(to, code, at)| {
        canonical_phone(to) == value
            && since.is_none_or(|since| since < *at)
            && code.as_deref().is_some_and(|code| is_code(code, NO_MARKETING))
    });
    Ok(refused.then_some(Refusal::ToldWhatsapp))
}

/// Whether somebody took back that they want news and offers by mail.
///
/// # Errors
/// When the database cannot be reached.
pub async fn refuses_mail(on: impl On, contact: &ContactId) -> Result<bool> {
    let said = privacy::consents(on, contact).await?;
    Ok(said
        .iter()
        .find(|one| one.kind == BY_MAIL)
        .is_some_and(|one| !one.is_given))
}

/// What a link of a mail carries by which its reader wants no more of them, and takes back.
///
/// # Errors
/// [`Error::NotFound`] for a link that is none of ours, or of somebody who was erased.
pub async fn leaving(store: &Store, signed: &str) -> Result<(Contact, bool)> {
    let id = store.keys().check(LEAVE, signed).ok_or(Error::NotFound)?;
    let contact = contacts::load(store.db(), &ContactId::from(id)).await?;
    let refuses = refuses_mail(store.db(), &contact.id).await?;
    Ok((contact, refuses))
}

/// The signed end of that link.
pub fn leave_link(keys: &crate::keys::Keys, contact: &ContactId) -> String {
    keys.sign(LEAVE, contact.as_str())
}

/// Takes back by such a link that somebody wants news and offers by mail, or gives it again. Twice is as once.
///
/// # Errors
/// As [`leaving`].
pub async fn leave(store: &Store, signed: &str, is_given: bool, words: &str) -> Result<()> {
    let (contact, refuses) = leaving(store, signed).await?;
    if refuses != is_given {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    let actor = Actor::Contact(contact.id.clone());
    privacy::consent_in(&mut tx, &actor, &contact.id, BY_MAIL, is_given, "mail", words).await?;
    tx.emit(NewEvent {
        kind: EventKind::ContactUpdated,
        conversation: None,
        subject: contact.id.to_string(),
        actor,
        data: json!({ "action": "consent", "kind": BY_MAIL, "is_given": is_given, "source": "mail" }),
    });
    tx.commit().await?;
    Ok(())
}

/// As [`refusal`], of a message that is about to leave.
pub async fn refusal_of(on: impl On, out: &OutboundMessage) -> Result<Option<Refusal>> {
    let mut on = on;
    let contact = conversations::load(&mut on, &out.conversation).await?.contact_id;
    refusal(on, &out.inbox, &contact, &out.recipient, out.last_inbound_at).await
}

/// Whether a delivery's code is one of Meta's numbers.
pub(crate) fn is_code(code: &str, number: &str) -> bool {
    code.strip_prefix("whatsapp.").unwrap_or(code) == number
}
