//! Why a rule by time does not write to a customer: nobody just wrote to us, so it is looked at more closely than an answer.

use std::future::Future;

use super::super::Rule;
use super::super::facts::Facts;
use crate::blocked;
use crate::bounces;
use crate::conversations::Conversation;
use crate::db::sql;
use crate::desk::canned::Values;
use crate::desk::steps::Step;
use crate::error::Result;
use crate::store::Store;
use crate::types::{Auto, Channel, Millis};

/// What a channel knows of whether something can leave now.
pub trait Door: Sync {
    /// Why these words cannot leave by themselves in this conversation now, as a code; `None` where they can.
    fn shut(
        &self,
        store: &Store,
        conversation: &Conversation,
        text: &str,
    ) -> impl Future<Output = Result<Option<&'static str>>> + Send;
}

/// Why nothing is written, as a code that the log keeps; `None` where it can be, or where the rule writes nothing.
pub(super) async fn why(store: &Store, door: &impl Door, rule: &Rule, facts: &Facts) -> Result<Option<&'static str>> {
    let of = &facts.conversation;
    let texts = rule.steps.iter().find_map(|step| match step {
        Step::Reply { texts } => Some(texts),
        _ => None,
    });
    let Some((_, words)) = texts.and_then(|texts| texts.pick(of.language)) else {
        return Ok(None);
    };
    let (erased_at,): (Option<Millis>,) = sql("SELECT erased_at FROM contacts WHERE id = $1")
        .bind(&of.contact_id)
        .one(store.db())
        .await?;
    if erased_at.is_some() {
        return Ok(Some("unsaid-erased"));
    }
    if !blocked::of_contact(store.db(), &of.contact_id).await?.is_empty() {
        return Ok(Some("unsaid-blocked"));
    }
    if let (Channel::Email, Some(address)) = (of.channel, &of.reply_address)
        && !bounces::of_addresses(store.db(), std::slice::from_ref(address))
            .await?
            .is_empty()
    {
        return Ok(Some("unsaid-bounced"));
    }
    // An absence notice is from somebody; what came back, and what a list sent, is from nobody who reads.
    if matches!(facts.auto, Auto::Bounce | Auto::Bulk) {
        return Ok(Some("unsaid-machine"));
    }
    let text = Values::of(store.db(), of, None).await?.fill(words).text;
    door.shut(store, of, &text).await
}
