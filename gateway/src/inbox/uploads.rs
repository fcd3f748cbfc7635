//! Files that an agent adds to what they write.

use conversation::pictures::sniffed;
use conversation::types::AttachmentId;
use conversation::{Error, attachments};

use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::form::Upload;

/// The most files of one message.
pub(super) const MOST_FILES: usize = 20;

pub(super) async fn upload(app: &App, me: &SignedIn, file: &Upload) -> Result<AttachmentId, Error> {
    let blob = app.store.put_blob(&file.bytes).await?;
    let media_type = sniffed(&file.bytes).unwrap_or(file.media_type.as_str());
    // A browser may send a whole path; only the last part is a name.
    let name = file.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = if name.trim().is_empty() { "file" } else { name };
    let kept = attachments::upload(&app.store, &me.actor(), name, media_type, &blob).await?;
    if let Some(duration) = channels::whatsapp::length::of(&file.bytes) {
        attachments::set_duration(&app.store, &kept.id, duration).await?;
    }
    Ok(kept.id)
}
