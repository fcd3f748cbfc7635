//! Writing first to a number on WhatsApp. Nobody has two threads with one of our numbers: what is open there is where
//! it is written.

use super::{place, reachable_for};
use crate::access;
use crate::blocked::{self, IfBlocked};
use crate::contacts::{self, Contact, by_identity, canonical_phone, is_phone};
use crate::conversations::{self, Conversation};
use crate::db::{On, composed_sql, sql};
use crate::deliveries;
use crate::error::{Error, Result};
use crate::inboxes;
use crate::marketing::{self, Refusal, is_code};
use crate::privacy;
use crate::reply::{NewReply, ReplyKind, Sending, reply_in_with};
use crate::store::{Store, Tx};
use crate::telephone;
use crate::types::{
    Actor, AttachmentId, Channel, ContactId, ConversationId, DeliveryState, IdentityId, IdentityKind, InboxId,
    MessageId, Millis, Position,
};
use crate::ways::WINDOW;

/// How many of the last sendings to somebody are looked at.
const LOOKED_AT: i64 = 20;
/// Meta's code for a number that it cannot deliver to, most often one that does not use WhatsApp.
const UNDELIVERABLE: &str = "131026";
/// What stands before the time at which somebody gave a number up, in the source of the identity.
const LEFT: &str = "left:";

/// What to begin with on WhatsApp.
#[derive(Debug, Clone)]
pub struct ChatBeginning {
    /// The id of the message, made by the writer, so that the same request given twice is one conversation.
    pub message: MessageId,
    /// The number of ours that it leaves by.
    pub inbox: InboxId,
    /// To which number, as people write it, or the id by which WhatsApp knows somebody who wrote before.
    pub number: String,
    /// Their name, where they are new.
    pub name: String,
    /// The words; of a template as it reads.
    pub text: String,
    /// Uploaded files.
    pub attachments: Vec<AttachmentId>,
    /// When it leaves, and the template.
    pub sending: Sending,
    /// Although WhatsApp could not deliver there the last time.
    pub is_insisting: bool,
    /// What becomes of it where they are blocked.
    pub if_blocked: IfBlocked,
    /// What becomes of it where they have an open conversation on this number.
    pub open: OpenOne,
}

/// What becomes of a message where its recipient has an open conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenOne {
    /// Nothing is written; the answer says which it is.
    Ask,
    /// It is written there.
    Write,
    /// It is written there if it is this one, as its writer saw it at a position; else as [`OpenOne::Ask`].
    Seen(ConversationId, Option<Position>),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Began {
    /// A conversation.
    Begun(ConversationId),
    /// It was written into the one that is open.
    Written(ConversationId),
    /// Nothing was written: this one is open.
    Open(ConversationId),
}

/// Whom a number means.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their identity on WhatsApp: digits, or an id.
    pub value: String,
    /// Whom we know by it.
    pub contact: Option<Contact>,
}

/// How somebody stands with one of our numbers.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// The conversation that is open or snoozed there.
    pub open: Option<Conversation>,
    /// When they last wrote there.
    pub last_inbound_at: Option<Millis>,
    /// They took back that they may be written to by WhatsApp.
    pub refuses: bool,
    /// Why they get no marketing, where they get none.
    pub refuses_marketing: Option<Refusal>,
    /// WhatsApp could not deliver the last message, and they did not write since.
    pub is_unreachable: bool,
}

impl Standing {
    /// Until when anything may be said; in the past where only a template may.
    pub fn window_until(&self) -> Option<Millis> {
        self.last_inbound_at.map(|at| at + WINDOW)
    }

    /// Whether anything may be said now.
    pub fn is_window_open(&self, now: Millis) -> bool {
        self.window_until().is_some_and(|until| now < until)
    }
}

/// Whom a number means, in any usual way of writing it with its country code; without the plus sign where somebody
/// is known by it.
///
/// # Errors
/// [`Error::Invalid`] for what is no number and nobody's id.
pub async fn person_of(on: impl On, text: &str) -> Result<Person> {
    let mut on = on;
    let text = text.trim();
    let number = telephone::read(text, telephone::home(&mut on).await?);
    let value = match &number {
        Ok(number) => number.trim_start_matches('+').to_owned(),
        // As addresses are copied from elsewhere: digits alone, or an id of WhatsApp's own.
        Err(_) => {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let is_written = text.chars().all(|c| c.is_ascii_digit() || " -.()/\u{a0}".contains(c));
            if is_written && is_phone(&digits) {
                canonical_phone(&digits)
            } else {
                text.to_owned()
            }
        }
    };
    let phone = format!("+{value}");
    let mut contact = None;
    for (kind, value) in [(IdentityKind::Whatsapp, &value), (IdentityKind::Phone, &phone)] {
        if let Some((found, _)) = by_identity(&mut on, kind, value)
            .await?
            .filter(|(_, identity)| !identity.source.starts_with(LEFT))
        {
            contact = Some(found);
            break;
        }
    }
    // Digits alone that are dialled here as one number, and are a customer's abroad as another.
    let bare = text.chars().filter(char::is_ascii_digit).collect::<String>();
    if contact.is_none() && !text.starts_with('+') && bare != value && is_phone(&bare) {
        let abroad = format!("+{}", canonical_phone(&bare));
        if by_identity(&mut on, IdentityKind::Whatsapp, &abroad[1..])
            .await?
            .is_some()
        {
            return Err(Error::Invalid(format!(
                "number: this can be {phone} or {abroad}; write it with its country code"
            )));
        }
    }
    match (number, &contact) {
        (Err(error), None) => Err(error),
        _ => Ok(Person { value, contact }),
    }
}

/// How somebody stands with one of our numbers; `value` is as [`Person::value`].
pub async fn standing(on: impl On, inbox: &InboxId, contact: &ContactId, value: &str) -> Result<Standing> {
    let mut on = on;
    let open: Option<(ConversationId,)> = sql("SELECT id FROM conversations WHERE contact_id = $1 AND inbox_id = $2 AND channel = 'whatsapp' AND status <> 'resolved' AND merged_into IS NULL ORDER BY last_message_at DESC, id DESC LIMIT 1")
        .bind(contact)
        .bind(inbox)
        .optional(&mut on)
        .await?;
    let open = match open {
        Some((id,)) => Some(conversations::load(&mut on, &id).await?),
        None => None,
    };
    let last_inbound_at = deliveries::window(&mut on, inbox, value).await?;
    let agreed = privacy::consents(&mut on, contact).await?;
    let refuses_marketing = marketing::refusal(&mut on, inbox, contact, value, last_inbound_at).await?;
    let sendings: Vec<(String, DeliveryState, Option<String>, Millis)> = sql("SELECT d.recipient, d.state, d.error_code, d.queued_at FROM deliveries d JOIN conversations c ON c.id = d.conversation_id WHERE c.contact_id = $1 AND d.inbox_id = $2 AND d.channel = 'whatsapp' AND d.state IN ('sent', 'delivered', 'read', 'failed') ORDER BY d.id DESC LIMIT $3")
        .bind(contact)
        .bind(inbox)
        .bind(LOOKED_AT)
        .all(on)
        .await?;
    let mut since = sendings
        .iter()
        .filter(|(to, _, _, at)| canonical_phone(to) == value && last_inbound_at.is_none_or(|wrote| wrote < *at));
    let says = |one: &(String, DeliveryState, Option<String>, Millis), code: &str| {
        one.1 == DeliveryState::Failed && one.2.as_deref().is_some_and(|known| is_code(known, code))
    };
    Ok(Standing {
        open,
        last_inbound_at,
        refuses: agreed
            .iter()
            .find(|one| one.kind == "whatsapp")
            .is_some_and(|one| !one.is_given),
        refuses_marketing,
        is_unreachable: since.next().is_some_and(|one| says(one, UNDELIVERABLE)),
    })
}

/// Writes first, or into what is open.
///
/// # Errors
/// [`Error::Invalid`] for what is no number, for somebody who does not want it, or as [`crate::reply::reply_with`];
/// [`Error::Conflict`] where WhatsApp could not deliver the last time, or they are blocked; [`Error::Stale`]; [`Error::NotFound`].
pub async fn begin_chat(store: &Store, actor: &Actor, new: ChatBeginning) -> Result<Began> {
    let inbox = inboxes::load(store.db(), &new.inbox).await?;
    if inbox.channel != Channel::Whatsapp || !inbox.is_enabled {
        return Err(Error::NotFound);
    }
    access::inbox(store.db(), actor, &inbox.id).await?;
    let value = person_of(store.db(), &new.number).await?.value;
    let mut tx = store.begin().await?;
    // Whoever writes there first, or writes to us from there meanwhile, waits for the other; so does the same request.
    let turns = vec![
        format!("identity:{}:{value}", IdentityKind::Whatsapp),
        format!("identity:{}:+{value}", IdentityKind::Phone),
        format!("message {}", new.message),
    ];
    tx.dialect().take_turns(turns).await?;
    let known: Option<(ConversationId,)> = sql("SELECT conversation_id FROM messages WHERE id = $1")
        .bind(&new.message)
        .optional(&mut tx)
        .await?;
    if let Some((conversation,)) = known {
        return Ok(Began::Begun(conversation));
    }
    let contact = known_as(&mut tx, actor, &value, &new.name).await?;
    reachable_for(&mut tx, actor, &contact).await?;
    let standing = standing(&mut tx, &inbox.id, &contact, &value).await?;
    let into = match (&standing.open, &new.open) {
        (Some(open), OpenOne::Ask) => return Ok(Began::Open(open.id.clone())),
        (Some(open), OpenOne::Seen(seen, _)) if open.id != *seen => return Ok(Began::Open(open.id.clone())),
        (open, _) => open.clone(),
    };
    refuse(&new, &standing, &value, tx.now())?;
    blocked::heed(&mut tx, actor, IdentityKind::Whatsapp, &value, new.if_blocked).await?;
    let mut sending = new.sending.clone();
    let (id, is_new) = match into {
        Some(open) => {
            // They may have two numbers; this one was chosen.
            let usual = open.reply_address.as_deref().map(canonical_phone);
            if usual.as_deref() != Some(value.as_str()) {
                sending.by = Some((inbox.id.clone(), value.clone()));
            }
            (open.id, false)
        }
        None => {
            let address = address(&mut tx, &inbox.id, &contact, &value).await?;
            (place(&mut tx, actor, &inbox, &contact, &address, None).await?, true)
        }
    };
    let seen = match &new.open {
        OpenOne::Seen(_, seen) if !is_new => *seen,
        _ => None,
    };
    let reply = NewReply {
        attachments: new.attachments,
        seen,
        ..NewReply::of(new.message, &id, ReplyKind::Customer, new.text)
    };
    reply_in_with(&mut tx, actor, reply, sending).await?;
    tx.commit().await?;
    Ok(if is_new { Began::Begun(id) } else { Began::Written(id) })
}

/// Who said that they do not want it, and where it would not arrive.
fn refuse(new: &ChatBeginning, standing: &Standing, value: &str, now: Millis) -> Result<()> {
    // Whoever wrote a moment ago is answered.
    if standing.refuses && !standing.is_window_open(now) {
        return Err(Error::Invalid(
            "they do not want to be written to by WhatsApp; wait for them to write, or use another way".to_owned(),
        ));
    }
    if let Some(refusal) = standing.refuses_marketing.filter(|_| new.sending.is_marketing) {
        return Err(Error::Invalid(refusal.words().to_owned()));
    }
    if standing.is_unreachable && !new.is_insisting {
        return Err(Error::Conflict(format!(
            "WhatsApp could not deliver the last message to {}; say that the number is right, and send it again",
            shown(value)
        )));
    }
    Ok(())
}

fn shown(value: &str) -> String {
    if is_phone(value) {
        format!("+{value}")
    } else {
        value.to_owned()
    }
}

/// The contact of a number, or a new one; whom we write to did not prove it by that.
pub(crate) async fn known_as(tx: &mut Tx, actor: &Actor, value: &str, name: &str) -> Result<ContactId> {
    let contact = match person_of(&mut *tx, &shown(value)).await?.contact {
        Some(contact) => contact.id,
        None => {
            let name: String = name.trim().chars().take(200).collect();
            contacts::create_in(tx, actor, &name, None).await?
        }
    };
    known_by(tx, &contact, IdentityKind::Whatsapp, value).await?;
    if is_phone(value) {
        known_by(tx, &contact, IdentityKind::Phone, &shown(value)).await?;
    }
    Ok(contact)
}

/// Remembers how somebody is known, unless they or somebody else is known by it; what was given up is free.
async fn known_by(tx: &mut Tx, contact: &ContactId, kind: IdentityKind, value: &str) -> Result<()> {
    let (id, now) = (IdentityId::from(tx.env().ulid()), tx.now());
    composed_sql(format!("INSERT INTO identities (id, contact_id, kind, value, is_verified, source, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (kind, value) DO UPDATE SET contact_id = excluded.contact_id, is_verified = excluded.is_verified, verified_at = NULL, source = excluded.source, created_at = excluded.created_at WHERE identities.source LIKE '{LEFT}%'"))
        .bind(&id)
        .bind(contact)
        .bind(kind)
        .bind(value)
        .bind(false)
        .bind(Channel::Whatsapp)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Where it goes: the number as Meta writes it, where they wrote to us before.
async fn address(tx: &mut Tx, inbox: &InboxId, contact: &ContactId, value: &str) -> Result<String> {
    let rows: Vec<(String,)> = sql("SELECT reply_address FROM conversations WHERE contact_id = $1 AND inbox_id = $2 AND channel = 'whatsapp' AND reply_address IS NOT NULL ORDER BY last_message_at DESC LIMIT $3")
        .bind(contact)
        .bind(inbox)
        .bind(LOOKED_AT)
        .all(tx)
        .await?;
    let known = rows
        .into_iter()
        .map(|(address,)| address)
        .find(|address| canonical_phone(address) == value);
    Ok(known.unwrap_or_else(|| value.to_owned()))
}
