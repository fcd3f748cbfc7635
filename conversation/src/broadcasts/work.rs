//! Carries broadcasts on: counts, begins when it is time, writes at the pace that was chosen, and watches what becomes of
//! what was written. Who carries them on holds a lease, but nothing is done twice without it, either: a recipient's row
//! moves in the commit that writes their message.

use super::standing::standing;
use super::{Broadcast, Reason, State, Trouble, Voice, at_work, audience, change, thread};
use crate::db::{composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::reply::Replied;
use crate::store::{Store, Tx};
use crate::types::{Actor, ContactId, ConversationId, DeliveryId, DeliveryState, Millis};
use crate::{contacts, leases};

/// For how long the work is one process's, in milliseconds.
const LEASE: Millis = 30_000;
/// How many messages one look writes.
const BATCH: i64 = 50;
/// For how much time that nobody worked is made up, in milliseconds.
const BEHIND: Millis = 5_000;
/// How many messages may wait for the sender; more are not written before these are gone.
const MOST_UNDER_WAY: usize = 200;
/// For how long a message that was sent is watched for the channel's second thoughts, in milliseconds.
const WATCHED: Millis = 2 * 60_000;
const MINUTE: Millis = 60_000;
/// No pace leaves more time than this between two messages, in milliseconds.
const FARTHEST: Millis = 5 * MINUTE;
/// The code of what was stopped because its template can no longer be sent.
pub const TEMPLATE_GONE: &str = "template_gone";

/// What was done in one look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// How many messages were written.
    pub written: usize,
    /// Whether there is more to do at once.
    pub has_more: bool,
}

/// Carries all broadcasts on a little. Call it again.
///
/// # Errors
/// When the database cannot be reached.
pub async fn work(store: &Store, voice: &impl Voice, owner: &str) -> Result<Done> {
    let mut done = Done::default();
    let all = at_work(store.db(), store.now()).await?;
    if all.is_empty() || leases::hold(store, "broadcasts", owner, LEASE).await?.is_none() {
        return Ok(done);
    }
    for broadcast in all {
        match broadcast.state {
            State::Counting => done.has_more |= !audience::count(store, voice, &broadcast.id).await?,
            State::Scheduled => {
                match change::start(store, &Actor::System, &broadcast.id, None).await {
                    Ok(()) => done.has_more = true,
                    // Somebody changed it a moment ago.
                    Err(Error::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            State::Sending => {
                let sent = send(store, voice, &broadcast).await?;
                done.written += sent.written;
                done.has_more |= sent.has_more;
            }
            _ => {}
        }
    }
    Ok(done)
}

/// What is under way, as the senders see it.
#[derive(sqlx::FromRow)]
struct UnderWay {
    contact_id: ContactId,
    state: DeliveryState,
    error_code: Option<String>,
    next_attempt_at: Option<Millis>,
    sent_at: Option<Millis>,
}

/// What holds a broadcast up.
enum Hold {
    Nothing,
    Full,
    Until(String, Option<Millis>),
    Stopped(String),
}

async fn send(store: &Store, voice: &impl Voice, broadcast: &Broadcast) -> Result<Done> {
    let nothing = Done::default();
    match look(store, voice, broadcast).await? {
        Hold::Full => return Ok(nothing),
        Hold::Until(code, until) => {
            held(store, broadcast, &code, until).await?;
            return Ok(nothing);
        }
        Hold::Stopped(code) => {
            stop(store, broadcast, &code).await?;
            return Ok(nothing);
        }
        Hold::Nothing if !broadcast.held.is_empty() => held(store, broadcast, "", None).await?,
        Hold::Nothing => {}
    }
    let now = store.now();
    // What is further ahead than any pace was written by a clock that is back by now.
    if (now + 1..now + FARTHEST).contains(&broadcast.next_at) {
        return Ok(nothing);
    }
    let behind = (now - broadcast.next_at).clamp(0, BEHIND);
    let most = (1 + behind * broadcast.pace / MINUTE).min(BATCH);
    let waiting: Vec<(ContactId, String)> = sql("SELECT contact_id, address FROM broadcast_recipients WHERE broadcast_id = $1 AND state = 'waiting' ORDER BY contact_id LIMIT $2")
        .bind(&broadcast.id)
        .bind(most)
        .all(store.db())
        .await?;
    if waiting.is_empty() {
        return over(store, broadcast).await.map(|()| nothing);
    }
    let mut written = 0;
    for (contact, address) in &waiting {
        match one(store, voice, broadcast, contact, address).await {
            Ok(is_written) => written += usize::from(is_written),
            // The template was taken away: nobody gets it as long as it is.
            Err(Error::Invalid(_)) => {
                stop(store, broadcast, TEMPLATE_GONE).await?;
                return Ok(nothing);
            }
            Err(error) => return Err(error),
        }
    }
    // Who is left out costs no time.
    let next = now - behind + i64::try_from(written).unwrap_or(0) * MINUTE / broadcast.pace;
    let mut tx = store.begin().await?;
    sql("UPDATE broadcasts SET next_at = $2 WHERE id = $1")
        .bind(&broadcast.id)
        .bind(next)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(Done {
        written,
        has_more: written < waiting.len(),
    })
}

/// Looks what became of what was written, and what that says of the rest.
async fn look(store: &Store, voice: &impl Voice, broadcast: &Broadcast) -> Result<Hold> {
    let now = store.now();
    let all: Vec<UnderWay> = sql("SELECT r.contact_id, d.state, d.error_code, d.next_attempt_at, d.sent_at FROM broadcast_recipients r JOIN deliveries d ON d.id = r.delivery_id WHERE r.broadcast_id = $1 AND r.state = 'written' ORDER BY r.contact_id LIMIT 5000")
        .bind(&broadcast.id)
        .all(store.db())
        .await?;
    let mut settled: Vec<&ContactId> = Vec::new();
    let (mut under_way, mut hold) = (0, Hold::Nothing);
    for one in &all {
        let code = one.error_code.as_deref().unwrap_or_default();
        let trouble = if code.is_empty() {
            Trouble::Person
        } else {
            voice.trouble(broadcast.channel, code)
        };
        match one.state {
            DeliveryState::Queued | DeliveryState::Scheduled | DeliveryState::Unknown => under_way += 1,
            DeliveryState::Sent if one.sent_at.is_some_and(|at| now - at < WATCHED) => {}
            _ => settled.push(&one.contact_id),
        }
        let is_waiting = one.state == DeliveryState::Queued;
        match trouble {
            Trouble::Stop => hold = Hold::Stopped(code.to_owned()),
            Trouble::Wait if is_waiting && !matches!(hold, Hold::Stopped(_)) => {
                hold = Hold::Until(code.to_owned(), one.next_attempt_at);
            }
            Trouble::Wait | Trouble::Person => {}
        }
    }
    if !settled.is_empty() {
        settle(store, broadcast, &settled).await?;
    }
    Ok(match hold {
        Hold::Nothing if under_way >= MOST_UNDER_WAY => Hold::Full,
        hold => hold,
    })
}

async fn settle(store: &Store, broadcast: &Broadcast, contacts: &[&ContactId]) -> Result<()> {
    let mut tx = store.begin().await?;
    for part in contacts.chunks(200) {
        composed_sql(format!(
            "UPDATE broadcast_recipients SET state = 'settled' WHERE broadcast_id = $1 AND state = 'written' AND contact_id IN {}",
            placeholders(1, part.len(), 1)
        ))
        .bind(&broadcast.id)
        .bind_all(part.iter().copied())
        .run(&mut tx)
        .await?;
    }
    tx.commit_silently().await
}

async fn held(store: &Store, broadcast: &Broadcast, code: &str, until: Option<Millis>) -> Result<()> {
    if broadcast.held == code && broadcast.held_until == until {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    sql("UPDATE broadcasts SET held = $2, held_until = $3 WHERE id = $1 AND state = 'sending'")
        .bind(&broadcast.id)
        .bind(code)
        .bind(until)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

async fn stop(store: &Store, broadcast: &Broadcast, code: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    if super::load(&mut tx, &broadcast.id).await?.state == State::Sending {
        change::set(&mut tx, &broadcast.id, State::Paused, code).await?;
    }
    tx.commit_silently().await
}

async fn over(store: &Store, broadcast: &Broadcast) -> Result<()> {
    let mut tx = store.begin().await?;
    if super::load(&mut tx, &broadcast.id).await?.state == State::Sending {
        change::set(&mut tx, &broadcast.id, State::Done, "").await?;
    }
    tx.commit_silently().await
}

/// Writes to one recipient, if nobody else did; whether it was written.
async fn one(
    store: &Store,
    voice: &impl Voice,
    broadcast: &Broadcast,
    contact: &ContactId,
    address: &str,
) -> Result<bool> {
    let found = contacts::load(store.db(), contact).await?;
    let person = super::person(store.db(), broadcast, contact, address).await?;
    let words = voice.words(store, broadcast, &person).await?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    let taken = sql("UPDATE broadcast_recipients SET state = 'written', at = $3 WHERE broadcast_id = $1 AND contact_id = $2 AND state = 'waiting' AND EXISTS (SELECT 1 FROM broadcasts b WHERE b.id = $1 AND b.state = 'sending')")
        .bind(&broadcast.id)
        .bind(contact)
        .bind(now)
        .run(&mut tx)
        .await?;
    if taken == 0 {
        return Ok(false);
    }
    let reason = match &words {
        _ if is_gone(&mut tx, contact).await? => Some(Reason::Erased),
        _ if found.id != *contact && is_among(&mut tx, broadcast, &found.id).await? => Some(Reason::Twice),
        None => Some(Reason::Unknown),
        Some(_) => standing(&mut tx, broadcast, &found.id, address).await?,
    };
    if let Some(reason) = reason {
        leave(&mut tx, broadcast, contact, "left_out", reason.as_str()).await?;
        tx.commit_silently().await?;
        return Ok(false);
    }
    let Some(words) = words else { return Ok(false) };
    let mark = tx.mark().await?;
    match thread::write(&mut tx, broadcast, &person, words).await {
        Ok((conversation, replied)) => {
            tx.keep(mark).await?;
            note(&mut tx, broadcast, contact, &conversation, &replied).await?;
            crate::fault::point("broadcast.before_commit");
            tx.commit().await?;
            crate::fault::point("broadcast.after_commit");
            Ok(true)
        }
        Err(Error::Invalid(why) | Error::Conflict(why)) => {
            tx.back_to(mark).await?;
            leave(&mut tx, broadcast, contact, "failed", &why).await?;
            tx.commit_any().await?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

async fn note(
    tx: &mut Tx,
    broadcast: &Broadcast,
    contact: &ContactId,
    conversation: &ConversationId,
    replied: &Replied,
) -> Result<()> {
    let delivery: Option<&DeliveryId> = replied.delivery.as_ref();
    sql("UPDATE broadcast_recipients SET conversation_id = $3, delivery_id = $4 WHERE broadcast_id = $1 AND contact_id = $2")
        .bind(&broadcast.id)
        .bind(contact)
        .bind(conversation)
        .bind(delivery)
        .run(tx)
        .await?;
    Ok(())
}

async fn leave(tx: &mut Tx, broadcast: &Broadcast, contact: &ContactId, state: &str, reason: &str) -> Result<()> {
    sql("UPDATE broadcast_recipients SET state = $3, reason = $4 WHERE broadcast_id = $1 AND contact_id = $2")
        .bind(&broadcast.id)
        .bind(contact)
        .bind(state)
        .bind(reason.chars().take(300).collect::<String>())
        .run(tx)
        .await?;
    Ok(())
}

async fn is_gone(tx: &mut Tx, contact: &ContactId) -> Result<bool> {
    let erased: Option<(Option<Millis>,)> = sql("SELECT erased_at FROM contacts WHERE id = $1")
        .bind(contact)
        .optional(tx)
        .await?;
    Ok(erased.is_none_or(|(at,)| at.is_some()))
}

async fn is_among(tx: &mut Tx, broadcast: &Broadcast, contact: &ContactId) -> Result<bool> {
    let there: Option<(ContactId,)> =
        sql("SELECT contact_id FROM broadcast_recipients WHERE broadcast_id = $1 AND contact_id = $2")
            .bind(&broadcast.id)
            .bind(contact)
            .optional(tx)
            .await?;
    Ok(there.is_some())
}
