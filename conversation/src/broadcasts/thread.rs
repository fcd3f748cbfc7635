//! Where a message of a broadcast stands: on a chat in the thread that its recipient has with the number, by mail in one of
//! its own, as two mails with two subjects are two matters. A thread that begins with it is closed and quiet until its
//! customer answers.

use serde_json::json;

use super::audience::known;
use super::{Broadcast, Person, Voice, Words};
use crate::contacts::{self, canonical_phone};
use crate::conversations::{self, NewConversation};
use crate::db::sql;
use crate::error::{Error, Result};
use crate::inboxes;
use crate::reply::{NewReply, Replied, ReplyKind, Sending, reply_in_with};
use crate::store::{Store, Tx};
use crate::types::{Actor, Channel, ConversationId, Level, MessageId};

/// Writes one message; returns its conversation with it.
pub(super) async fn write(
    tx: &mut Tx,
    broadcast: &Broadcast,
    person: &Person,
    words: Words,
) -> Result<(ConversationId, Replied)> {
    let mut extra = words.extra.unwrap_or_else(|| json!({ "type": "broadcast" }));
    extra["broadcast"] = json!(broadcast.id);
    extra["broadcast_name"] = json!(broadcast.name);
    extra["is_marketing"] = json!(broadcast.is_marketing);
    let mut sending = Sending {
        extra: Some(extra),
        ..Sending::default()
    };
    let there = match broadcast.channel {
        Channel::Email => None,
        _ => running(tx, broadcast, person).await?,
    };
    let id = match there {
        Some((id, address)) => {
            // They may have two numbers; this one was chosen.
            if address.as_deref().map(canonical_phone) != Some(canonical_phone(&person.address)) {
                sending.by = Some((broadcast.inbox.clone(), person.address.clone()));
            }
            id
        }
        None => quiet(tx, broadcast, person, words.subject.as_deref()).await?,
    };
    let message = MessageId::from(tx.env().ulid());
    let new = NewReply::of(message, &id, ReplyKind::Customer, words.text);
    let replied = reply_in_with(tx, &Actor::System, new, sending).await?;
    Ok((id, replied))
}

/// The thread that somebody has with a number: what is open, else what an earlier broadcast began and nobody answered.
async fn running(
    tx: &mut Tx,
    broadcast: &Broadcast,
    person: &Person,
) -> Result<Option<(ConversationId, Option<String>)>> {
    sql("SELECT id, reply_address FROM conversations WHERE contact_id = $1 AND inbox_id = $2 AND merged_into IS NULL AND spam_since IS NULL AND (status <> 'resolved' OR quiet_since IS NOT NULL) ORDER BY CASE WHEN status = 'resolved' THEN 1 ELSE 0 END, last_message_at DESC, id DESC LIMIT 1")
        .bind(&person.contact)
        .bind(&broadcast.inbox)
        .optional(tx)
        .await
}

async fn quiet(tx: &mut Tx, broadcast: &Broadcast, person: &Person, subject: Option<&str>) -> Result<ConversationId> {
    let inbox = inboxes::load(&mut *tx, &broadcast.inbox).await?;
    let new = NewConversation {
        subject,
        // Whoever answers is answered as anybody who writes.
        level: if inbox.bot_enabled { Level::Bot } else { Level::N1 },
        reply_address: Some(&person.address),
        is_quiet: true,
        ..NewConversation::by(&inbox, &person.contact, person.language)
    };
    let said = json!({ "channel": inbox.channel, "status": "resolved", "broadcast": broadcast.id });
    let begun = conversations::begin_in(tx, &Actor::System, new, said).await?;
    Ok(begun.id)
}

/// Sends it to one address, as `like` would get it, before anybody else does. It is no recipient's.
///
/// # Errors
/// [`Error::Invalid`] for what is no address, or where something the message names is not known.
pub async fn send_test(
    store: &Store,
    voice: &impl Voice,
    broadcast: &Broadcast,
    address: &str,
    like: Option<&Person>,
) -> Result<ConversationId> {
    let address = match broadcast.channel {
        Channel::Email => contacts::normal_email(address)?,
        _ => {
            let home = crate::telephone::home(store.db()).await?;
            crate::telephone::read(address, home)?
                .trim_start_matches('+')
                .to_owned()
        }
    };
    let mut tx = store.begin().await?;
    let contact = known(&mut tx, broadcast.channel, &broadcast.actor, &address, "").await?;
    tx.commit_any().await?;
    let own = super::person(store.db(), broadcast, &contact, &address).await?;
    let shown = like.unwrap_or(&own);
    let words = voice
        .words(store, broadcast, shown)
        .await?
        .ok_or_else(|| Error::Invalid("the message names something that is not known of its recipient".to_owned()))?;
    let mut tx = store.begin().await?;
    let (id, _) = write(&mut tx, broadcast, &own, words).await?;
    tx.commit().await?;
    Ok(id)
}
