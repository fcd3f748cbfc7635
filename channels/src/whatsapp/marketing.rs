//! The last look before a template leaves: whoever wants no marketing gets none, by whichever way it was written
//! (composer, API, a rule, a reminder, an hour ago, with the template of the inbox).

use conversation::outbound::{OutboundMessage, SendError};
use conversation::{Result, Store, marketing};

use super::send::{permanent, template_of};
use super::settings::WhatsappSettings;
use super::templates;

/// The code of a message that its recipient does not want.
pub(crate) const REFUSED: &str = "no_marketing";

/// Why a message must not leave, where it advertises to somebody who does not want that.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn refused(
    store: &Store,
    out: &OutboundMessage,
    settings: &WhatsappSettings,
) -> Result<Option<SendError>> {
    let Some((name, language)) = template_of(out, store.now(), settings) else {
        return Ok(None);
    };
    let db = store.db();
    let is_marketing = templates::find(db, &out.inbox, &name, &language)
        .await?
        .is_some_and(|template| template.is_marketing());
    if !is_marketing {
        return Ok(None);
    }
    let refusal = marketing::refusal_of(db, out).await?;
    Ok(refusal.map(|_| {
        permanent(
            REFUSED,
            "The customer wants no marketing, and this template is marketing.",
        )
    }))
}
