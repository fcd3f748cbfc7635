//! Why somebody gets no broadcast, looked at when recipients are counted and once more before each message is written.

use super::{Broadcast, Reason};
use crate::contacts::canonical_phone;
use crate::db::{On, sql};
use crate::error::Result;
use crate::types::{Channel, ContactId, ConversationId};
use crate::{begun, blocked, bounces, marketing};

/// Why somebody gets none, where they get none.
pub(super) async fn standing(
    on: impl On,
    broadcast: &Broadcast,
    contact: &ContactId,
    address: &str,
) -> Result<Option<Reason>> {
    let mut on = on;
    if !blocked::of_contact(&mut on, contact).await?.is_empty() {
        return Ok(Some(Reason::Blocked));
    }
    let spam: Option<(ConversationId,)> = sql(
        "SELECT id FROM conversations WHERE contact_id = $1 AND spam_since IS NOT NULL AND merged_into IS NULL LIMIT 1",
    )
    .bind(contact)
    .optional(&mut on)
    .await?;
    if spam.is_some() {
        return Ok(Some(Reason::Spam));
    }
    if broadcast.channel == Channel::Email {
        if broadcast.is_marketing && marketing::refuses_mail(&mut on, contact).await? {
            return Ok(Some(Reason::NoMarketing));
        }
        let bounced = bounces::of_addresses(on, &[address.to_owned()]).await?;
        return Ok((!bounced.is_empty()).then_some(Reason::Unreachable));
    }
    let standing = begun::standing(&mut on, &broadcast.inbox, contact, &canonical_phone(address)).await?;
    Ok(if standing.refuses {
        Some(Reason::Refuses)
    } else if broadcast.is_marketing && standing.refuses_marketing.is_some() {
        Some(Reason::NoMarketing)
    } else if standing.is_unreachable {
        Some(Reason::Unreachable)
    } else {
        None
    })
}
