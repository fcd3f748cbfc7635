//! An outbound message as the request bodies of Meta's API.
//!
//! One message may need several requests (long text, files, cards). Their number and order follow
//! from the message alone, each carries its place in `biz_opaque_callback_data`, and
//! [`super::client::Client::deliver`] reports after each one that was taken, so that a crash in
//! between never sends an earlier part again.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>

pub mod callback;
pub(crate) mod cards;
mod content;
mod media;
mod special;
mod split;
mod template;

use conversation::outbound::{OutboundMessage, SendError};
use conversation::types::Millis;
use serde_json::{Value, json};

use super::marks;
use super::phone::is_user_id;
use super::settings::WhatsappSettings;

pub(crate) use content::permanent;
use content::{Content, MAX_TEXT, text_content};
pub use content::{MediaId, WINDOW_CLOSED};
pub use media::{refusal, upload_type};
pub use special::{Emoji, Row, Section, Special};
pub(crate) use split::length;
pub use split::split;
pub(crate) use template::{MAX_PARAMETER, one_line};

/// How long after a customer's last message anything may be sent: 24 hours, in milliseconds.
pub const WINDOW: Millis = 24 * 60 * 60 * 1000;

/// Whether free messages may be sent now.
pub fn is_window_open(last_inbound_at: Option<Millis>, now: Millis) -> bool {
    last_inbound_at.is_some_and(|last| now < last.saturating_add(WINDOW))
}

/// The bodies to POST to `/{phone_number_id}/messages`, in order. `uploaded` holds the ids of
/// `out.attachments`, in their order.
///
/// # Errors
/// [`SendError::Permanent`]: the window is closed, a file is not taken, or there is nothing to say.
pub fn requests(
    out: &OutboundMessage,
    now: Millis,
    settings: &WhatsappSettings,
    uploaded: &[MediaId],
) -> Result<Vec<Value>, SendError> {
    let special = Special::read(out.extra.as_ref());
    let is_sign = special.as_ref().is_some_and(Special::is_sign);
    let contents = if let Some(special) = special.as_ref().filter(|special| special.is_template()) {
        vec![special.content("", out, uploaded)?]
    } else if is_window_open(out.last_inbound_at, now) {
        match &special {
            Some(special) => vec![special.content(&words(out, settings), out, uploaded)?],
            None => free(out, settings, uploaded)?,
        }
    } else if special.is_some() {
        return Err(SendError::Permanent {
            code: WINDOW_CLOSED.to_owned(),
            reason: "The customer last wrote more than 24 hours ago, so WhatsApp takes only an approved template."
                .to_owned(),
        });
    } else {
        vec![template::content(out, settings)?]
    };
    if contents.is_empty() {
        return Err(permanent("empty", "The message has neither text nor files nor cards."));
    }
    let count = contents.len();
    let recipient = out.recipient.trim();
    // A business-scoped user id has a field of its own; a number goes out as Meta gave it.
    let (field, recipient) = match recipient.strip_prefix('+').unwrap_or(recipient) {
        "" => {
            return Err(permanent("no_recipient", "The customer has no WhatsApp address."));
        }
        id if is_user_id(id) => ("recipient", id),
        number => ("to", number),
    };
    let requests = contents.into_iter().enumerate().map(|(index, (kind, content))| {
        let data = callback::write(&out.delivery, index, count);
        let mut request = json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            field: recipient,
            "type": kind,
            kind: content,
            "biz_opaque_callback_data": data,
        });
        if let Some(quoted) = out.quotes.as_ref().filter(|_| index == 0 && !is_sign) {
            request["context"] = json!({ "message_id": quoted });
        }
        request
    });
    Ok(requests.collect())
}

/// Name and language of the template that a message would leave as now, where it would.
pub fn template_of(out: &OutboundMessage, now: Millis, settings: &WhatsappSettings) -> Option<(String, String)> {
    match Special::read(out.extra.as_ref()) {
        Some(Special::Template { template, .. }) => {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            Some((text(&template["name"])?, text(&template["language"]["code"])?))
        }
        None if !is_window_open(out.last_inbound_at, now) => {
            let template = settings.template.as_ref()?;
            Some((template.name.clone(), template.language.clone()))
        }
        _ => None,
    }
}

/// The text in WhatsApp's marks, links to pages of ours with their host.
fn words(out: &OutboundMessage, settings: &WhatsappSettings) -> String {
    match &settings.public_url {
        Some(base) => marks::from_markdown(&conversation::marks::with_base(out.text.trim(), base)),
        None => marks::from_markdown(out.text.trim()),
    }
}

fn free(out: &OutboundMessage, settings: &WhatsappSettings, uploaded: &[MediaId]) -> Result<Vec<Content>, SendError> {
    if uploaded.len() != out.attachments.len() {
        // The caller's mistake, but sending a message without its files would be worse than not.
        return Err(permanent(
            "not_uploaded",
            "The files of the message were not uploaded to WhatsApp.",
        ));
    }
    let text = words(out, settings);
    let mut files = out
        .attachments
        .iter()
        .zip(uploaded)
        .map(|(a, id)| media::content(a, id))
        .collect::<Result<Vec<_>, _>>()?;
    let mut contents = Vec::new();
    // A short text is the caption of the first file that can have one, as people write on a phone.
    let captioned = if split::length(&text) <= media::MAX_CAPTION && !text.is_empty() {
        files.iter_mut().find(|(kind, _)| media::has_caption(kind))
    } else {
        None
    };
    match captioned {
        Some((_, content)) => content["caption"] = Value::String(text),
        None => contents.extend(split(&text, MAX_TEXT).into_iter().map(text_content)),
    }
    contents.extend(files);
    for card in &out.cards {
        contents.extend(cards::contents(card, out, settings)?);
    }
    Ok(contents)
}
