//! By which ways the customer of a conversation can be answered: the one they used last, and every
//! other account of ours that knows them.

use serde::Serialize;

use crate::bridges;
use crate::contacts::canonical_phone;
use crate::conversations::Conversation;
use crate::db::{On, sql};
use crate::error::Result;
use crate::types::{Channel, IdentityKind, InboxId, Millis};

/// WhatsApp, Instagram and Messenger let free text out for so long after the customer's last message, in milliseconds.
pub const WINDOW: Millis = 24 * 3_600_000;

/// On Instagram and Messenger a person may answer for so long, in milliseconds, where Meta allows the business that.
pub const PEOPLES_WINDOW: Millis = 7 * WINDOW;

/// One way to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The account that the answer leaves by.
    pub inbox: InboxId,
    /// What it is called.
    pub inbox_name: String,
    /// Its own address.
    pub address: String,
    /// Its channel.
    pub channel: Channel,
    /// Where the answer goes.
    pub recipient: String,
    /// It is the way that the customer used last: chosen unless the writer says otherwise.
    pub is_usual: bool,
    /// Until when free text may go, on a channel that has a window; in the past when it is closed. On Instagram and
    /// Messenger this is for everybody, and [`Way::open_for_people_until`] longer.
    pub open_until: Option<Millis>,
}

impl Way {
    /// Until when a person's words may go, where the channel makes that difference and Meta allows it to the business.
    pub fn open_for_people_until(&self) -> Option<Millis> {
        let until = self.open_until.filter(|_| self.channel.is_messenger_platform())?;
        Some(until.saturating_add(PEOPLES_WINDOW - WINDOW))
    }
}

/// The ways of a conversation, the usual one first where there is one.
pub async fn of(on: impl On, conversation: &Conversation) -> Result<Vec<Way>> {
    let mut on = on;
    let inboxes: Vec<(InboxId, String, String, Channel)> =
        sql("SELECT id, name, address, channel FROM inboxes WHERE is_enabled OR id = $1 ORDER BY created_at, id")
            .bind(&conversation.inbox_id)
            .all(&mut on)
            .await?;
    // What people only claimed to be is no address of theirs.
    let identities: Vec<(IdentityKind, String)> =
        sql("SELECT kind, value FROM identities WHERE contact_id = $1 ORDER BY is_verified DESC, id")
            .bind(&conversation.contact_id)
            .all(&mut on)
            .await?;
    let mut ways: Vec<Way> = Vec::new();
    let is_portal = matches!(conversation.channel, Channel::Portal | Channel::Phone);
    for (inbox, inbox_name, address, channel) in &inboxes {
        let is_current = *inbox == conversation.inbox_id;
        let kind = channel.identity();
        let usual = conversation
            .reply_address
            .as_deref()
            .filter(|_| is_current && !is_portal);
        let mut recipients: Vec<&str> = usual.into_iter().collect();
        if is_current && is_portal {
            recipients.push(conversation.reply_address.as_deref().unwrap_or_default());
        }
        recipients.extend(identities.iter().filter(|(of, _)| Some(*of) == kind).filter_map(
            |(_, value)| match channel {
                // Each messenger has ids of its own.
                Channel::Bridge | Channel::Instagram | Channel::Messenger => bridges::user(inbox, value),
                _ => Some(value.as_str()),
            },
        ));
        let mut known: Vec<String> = Vec::new();
        for recipient in recipients {
            // WhatsApp says some numbers in an older form than the one that they are known by.
            let same = match channel {
                Channel::Whatsapp => canonical_phone(recipient.trim_start_matches('+')),
                _ => recipient.to_owned(),
            };
            if known.contains(&same) {
                continue;
            }
            known.push(same);
            let open_until = match channel {
                Channel::Whatsapp | Channel::Instagram | Channel::Messenger => {
                    Some(open_until(&mut on, inbox, recipient).await?)
                }
                _ => None,
            };
            ways.push(Way {
                inbox: inbox.clone(),
                inbox_name: inbox_name.clone(),
                address: address.clone(),
                channel: *channel,
                recipient: recipient.to_owned(),
                is_usual: is_current && (is_portal || usual == Some(recipient)),
                open_until,
            });
        }
    }
    ways.sort_by_key(|way| !way.is_usual);
    Ok(ways)
}

async fn open_until(on: impl On, inbox: &InboxId, address: &str) -> Result<Millis> {
    let row: Option<(i64,)> = sql("SELECT last_inbound_at FROM windows WHERE inbox_id = $1 AND address = $2")
        .bind(inbox)
        .bind(address)
        .optional(on)
        .await?;
    Ok(row.map_or(0, |(at,)| at + WINDOW))
}

/// Whether free words can reach the customer of a conversation now, whoever writes them; only WhatsApp, Instagram and
/// Messenger ever say no.
pub async fn is_window_open(on: impl On, conversation: &Conversation, now: Millis) -> Result<bool> {
    if conversation.channel != Channel::Whatsapp && !conversation.channel.is_messenger_platform() {
        return Ok(true);
    }
    let ways = of(on, conversation).await?;
    Ok(ways
        .iter()
        .find(|way| way.is_usual)
        .is_some_and(|way| way.open_until.is_none_or(|until| until > now)))
}
