//! Who gets a broadcast, and who does not and why: looked up in batches before anything leaves, each in a commit of its
//! own, so that it goes on where it was and holds few people in memory.

use super::standing::standing;
use super::{Audience, Broadcast, Reason, State, Voice, load};
use crate::contacts::{Contact, is_phone};
use crate::db::{On, Value, composed_sql, insert_rows, sql};
use crate::error::{Error, Result};
use crate::inboxes::{self, Inbox};
use crate::store::{Store, Tx};
use crate::types::{Actor, Channel, ContactId, IdentityKind, Language, Millis};
use crate::{begun, contacts};

/// How many people one commit looks up.
const BATCH: usize = 100;
/// How many commits a request waits for.
const AT_ONCE: usize = 20;
const DAY: Millis = 86_400_000;

/// Somebody as a broadcast speaks to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub contact: ContactId,
    /// Their name; may be empty.
    pub name: String,
    /// Their mail address; may be empty.
    pub email: String,
    /// The name of their company; may be empty.
    pub company: String,
    /// The language that they are written to in.
    pub language: Language,
    /// Where it goes.
    pub address: String,
    /// What the account that it leaves by is called.
    pub inbox_name: String,
}

/// One person's place among the recipients, or why they have none.
struct Placed {
    contact: ContactId,
    address: String,
    reason: Option<Reason>,
}

/// Looks up the next recipients; whether that were all.
///
/// # Errors
/// [`crate::Error::NotFound`], or when the database cannot be reached.
pub async fn count(store: &Store, voice: &impl Voice, id: &str) -> Result<bool> {
    let broadcast = load(store.db(), id).await?;
    if broadcast.state != State::Counting {
        return Ok(true);
    }
    let inbox = inboxes::load(store.db(), &broadcast.inbox).await?;
    let (found, counted_to) = if broadcast.audience.is_list {
        listed(store, &broadcast).await?
    } else {
        everybody(store.db(), &broadcast, store.now()).await?
    };
    let is_over = found.len() < BATCH;
    let mut placed = Vec::with_capacity(found.len());
    for contact in found {
        placed.push(place(store, voice, &broadcast, &inbox, contact).await?);
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    // Whoever else counts, or changed it meanwhile, was faster.
    let moved = sql("UPDATE broadcasts SET counted_to = $3, state = $4, updated_at = $5 WHERE id = $1 AND state = 'counting' AND counted_to = $2")
        .bind(id)
        .bind(broadcast.counted_to.as_str())
        .bind(counted_to)
        .bind(if is_over { State::Ready.as_str() } else { State::Counting.as_str() })
        .bind(now)
        .run(&mut tx)
        .await?;
    if moved == 0 {
        return Ok(false);
    }
    keep(&mut tx, id, placed).await?;
    tx.commit_any().await?;
    Ok(is_over)
}

/// As [`count`], for as long as a request may wait.
///
/// # Errors
/// As [`count`].
pub async fn count_now(store: &Store, voice: &impl Voice, id: &str) -> Result<()> {
    for _ in 0..AT_ONCE {
        if count(store, voice, id).await? {
            break;
        }
    }
    Ok(())
}

async fn keep(tx: &mut Tx, id: &str, placed: Vec<Placed>) -> Result<()> {
    let rows = placed
        .into_iter()
        .map(|one| {
            let state = if one.reason.is_some() { "left_out" } else { "waiting" };
            vec![
                id.into(),
                (&one.contact).into(),
                one.address.into(),
                state.into(),
                one.reason.map_or("", Reason::as_str).into(),
            ]
        })
        .collect();
    insert_rows(
        tx,
        "INSERT INTO broadcast_recipients (broadcast_id, contact_id, address, state, reason) VALUES",
        "ON CONFLICT (broadcast_id, contact_id) DO NOTHING",
        rows,
    )
    .await
}

async fn place(
    store: &Store,
    voice: &impl Voice,
    broadcast: &Broadcast,
    inbox: &Inbox,
    (contact, chosen): (Contact, Option<String>),
) -> Result<Placed> {
    let db = store.db();
    let address = match chosen {
        Some(address) => Some(address),
        None => address_of(db, broadcast.channel, &contact.id).await?,
    };
    let Some(address) = address else {
        return Ok(Placed {
            contact: contact.id,
            address: String::new(),
            reason: Some(Reason::NoAddress),
        });
    };
    let mut reason = standing(db, broadcast, &contact.id, &address).await?;
    if reason.is_none() {
        let person = of(db, broadcast, inbox, &contact, &address).await?;
        // A template that cannot be sent any more has nothing to say to anybody.
        reason = match voice.words(store, broadcast, &person).await {
            Ok(Some(_)) => None,
            Ok(None) | Err(Error::Invalid(_)) => Some(Reason::Unknown),
            Err(error) => return Err(error),
        };
    }
    Ok(Placed {
        contact: contact.id,
        address,
        reason,
    })
}

/// The next people of the conditions, and the last of them.
async fn everybody(
    on: impl On,
    broadcast: &Broadcast,
    now: Millis,
) -> Result<(Vec<(Contact, Option<String>)>, String)> {
    let Audience {
        language,
        company,
        label,
        days,
        ..
    } = &broadcast.audience;
    // Whom nothing but a browser is known of, nothing can be sent to; who was erased has nothing.
    let mut text = "SELECT k.id, k.name, k.language, k.company_id, k.merged_into, k.created_at, k.updated_at FROM contacts k WHERE k.id > $1 AND k.merged_into IS NULL AND EXISTS (SELECT 1 FROM identities i WHERE i.contact_id = k.id AND i.kind NOT IN ('visitor', 'bridge'))".to_owned();
    let mut args: Vec<Value> = vec![broadcast.counted_to.as_str().into()];
    let mut also = |condition: &str, value: Value| {
        args.push(value);
        text.push_str(&condition.replace('?', &format!("${}", args.len())));
    };
    if let Some(language) = language {
        also(" AND k.language = ?", language.as_str().into());
    }
    if let Some(company) = company {
        also(" AND k.company_id = ?", company.into());
    }
    if let Some(label) = label {
        also(
            " AND EXISTS (SELECT 1 FROM conversations c JOIN conversation_labels l ON l.conversation_id = c.id WHERE c.contact_id = k.id AND l.label_id = ?)",
            label.into(),
        );
    }
    if let Some(days) = days {
        also(
            " AND EXISTS (SELECT 1 FROM conversations c WHERE c.contact_id = k.id AND c.last_inbound_at >= ?)",
            (now - days * DAY).into(),
        );
    }
    text.push_str(&format!(" ORDER BY k.id LIMIT {BATCH}"));
    let found: Vec<Contact> = composed_sql(text).bind_all(args).all(on).await?;
    let last = found
        .last()
        .map_or_else(|| broadcast.counted_to.clone(), |contact| contact.id.to_string());
    Ok((found.into_iter().map(|contact| (contact, None)).collect(), last))
}

/// The next people of a list; who is not known yet is from now on.
async fn listed(store: &Store, broadcast: &Broadcast) -> Result<(Vec<(Contact, Option<String>)>, String)> {
    let from: usize = broadcast.counted_to.parse().unwrap_or(0);
    let mut found = Vec::new();
    let lines = broadcast.audience.list.iter().skip(from).take(BATCH);
    for line in lines {
        let mut tx = store.begin().await?;
        let contact = known(&mut tx, broadcast.channel, &broadcast.actor, &line.address, &line.name).await?;
        let contact = contacts::load(&mut tx, &contact).await?;
        tx.commit_any().await?;
        found.push((contact, Some(line.address.clone())));
    }
    let counted_to = (from + found.len()).to_string();
    Ok((found, counted_to))
}

/// The contact of an address, or a new one.
pub(super) async fn known(
    tx: &mut Tx,
    channel: Channel,
    actor: &Actor,
    address: &str,
    name: &str,
) -> Result<ContactId> {
    let turns = match channel {
        Channel::Email => vec![format!("identity:{}:{address}", IdentityKind::Email)],
        _ => vec![
            format!("identity:{}:{address}", IdentityKind::Whatsapp),
            format!("identity:{}:+{address}", IdentityKind::Phone),
        ],
    };
    tx.dialect().take_turns(turns).await?;
    match channel {
        Channel::Email => begun::person(tx, actor, address, name).await,
        _ => begun::known_as(tx, actor, address, name).await,
    }
}

/// Where somebody is written to by a channel: what they proved first.
async fn address_of(on: impl On, channel: Channel, contact: &ContactId) -> Result<Option<String>> {
    let kinds = match channel {
        Channel::Email => "'email'",
        _ => "'whatsapp', 'phone'",
    };
    let rows: Vec<(IdentityKind, String)> = composed_sql(format!(
        "SELECT kind, value FROM identities WHERE contact_id = $1 AND kind IN ({kinds}) AND source NOT LIKE 'left:%' ORDER BY CASE kind WHEN 'phone' THEN 1 ELSE 0 END, is_verified DESC, id LIMIT 10"
    ))
    .bind(contact)
    .all(on)
    .await?;
    let value = |(kind, value): &(IdentityKind, String)| match kind {
        IdentityKind::Email => value.clone(),
        _ => value.trim_start_matches('+').to_owned(),
    };
    // Whom WhatsApp knows by a number and an id is written to by the number.
    let number = rows.iter().map(value).find(|value| is_phone(value));
    Ok(match channel {
        Channel::Email => rows.first().map(value),
        _ => number.or_else(|| rows.first().map(value)),
    })
}

/// What is known of somebody.
async fn of(on: impl On, broadcast: &Broadcast, inbox: &Inbox, contact: &Contact, address: &str) -> Result<Person> {
    let mut on = on;
    let company = match &contact.company_id {
        Some(id) => contacts::company_name(&mut on, id).await?.unwrap_or_default(),
        None => String::new(),
    };
    let email = match broadcast.channel {
        Channel::Email => Some(address.to_owned()),
        _ => address_of(&mut on, Channel::Email, &contact.id).await?,
    };
    Ok(Person {
        contact: contact.id.clone(),
        name: contact.name.clone(),
        email: email.unwrap_or_default(),
        company,
        language: contact.language.unwrap_or(inbox.language),
        address: address.to_owned(),
        inbox_name: inbox.name.clone(),
    })
}

/// Somebody as a broadcast speaks to them, as they are now.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub async fn person(on: impl On, broadcast: &Broadcast, contact: &ContactId, address: &str) -> Result<Person> {
    let mut on = on;
    let inbox = inboxes::load(&mut on, &broadcast.inbox).await?;
    let contact = contacts::load(&mut on, contact).await?;
    of(on, broadcast, &inbox, &contact, address).await
}

/// Somebody who gets it, for a look at it before it leaves; in a language where one is named and anybody speaks it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn sample(on: impl On, broadcast: &Broadcast, language: Option<Language>) -> Result<Option<Person>> {
    let mut on = on;
    let row: Option<(ContactId, String)> = sql("SELECT r.contact_id, r.address FROM broadcast_recipients r JOIN contacts k ON k.id = r.contact_id WHERE r.broadcast_id = $1 AND r.state <> 'left_out' AND (CAST($2 AS TEXT) IS NULL OR k.language = $2) ORDER BY r.contact_id LIMIT 1")
        .bind(&broadcast.id)
        .bind(language.map(Language::as_str))
        .optional(&mut on)
        .await?;
    match row {
        Some((contact, address)) => person(on, broadcast, &contact, &address).await.map(Some),
        None => Ok(None),
    }
}
