//! A parsed mail as the normal form that `ingest` files.

use conversation::inbound::{
    BlobRef, IdentityClaim, InboundAttachment, InboundMessage, Sender, ThreadHints, ThreadIndex,
};
use conversation::types::{Channel, IdentityKind, InboxId, Millis};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::mime::{MailAddress, ParsedMail};

/// A Message-ID longer than this, in bytes, is replaced by its hash: ids are keys of an index.
const MAX_ID: usize = 250;
/// The fewest characters of a reply token.
const MIN_TOKEN: usize = 30;
/// How many candidate tokens are passed on.
const MAX_TOKENS: usize = 50;
/// A Date this far after the arrival is wrong.
const MAX_FUTURE: Millis = 5 * 60 * 1_000;

/// Makes the normal form. `attachment_blobs` are the stored bytes of `parsed.attachments`, in order.
pub fn to_inbound(
    parsed: ParsedMail,
    inbox: &InboxId,
    raw: BlobRef,
    attachment_blobs: Vec<BlobRef>,
    received_at: Millis,
) -> InboundMessage {
    let tokens = tokens(&parsed);
    let extra = extra(&parsed);
    let recipients = parsed
        .to
        .iter()
        .chain(&parsed.cc)
        .map(|a| a.address.to_lowercase())
        .collect();
    let attachments = parsed
        .attachments
        .into_iter()
        .zip(attachment_blobs)
        .map(|(file, blob)| InboundAttachment {
            name: file.name,
            media_type: file.media_type,
            inline: file.inline,
            content_id: file.content_id,
            blob,
            source: None,
        })
        .collect();
    let sent_at = parsed
        .date
        .map(|date| date.as_millisecond())
        .filter(|at| *at > 0 && *at <= received_at.saturating_add(MAX_FUTURE))
        .unwrap_or(received_at);
    InboundMessage {
        inbox: inbox.clone(),
        channel: Channel::Email,
        external_id: usable_id(&parsed.message_id),
        sent_at,
        from: Sender {
            identities: identities(parsed.from.as_ref(), parsed.is_forged),
            // A Reply-To says where answers go; only the first is followed, as mail clients do.
            address: parsed.reply_to.first().map(|reply_to| reply_to.address.to_lowercase()),
            name: parsed.from.and_then(|from| from.name),
            language: parsed.language,
        },
        recipients,
        subject: parsed.subject,
        reply: (parsed.reply != parsed.text).then_some(parsed.reply),
        text: parsed.text,
        html: parsed.html,
        attachments,
        thread: ThreadHints {
            tokens,
            in_reply_to: parsed.in_reply_to.iter().map(|id| usable_id(id)).collect(),
            references: parsed.references.iter().map(|id| usable_id(id)).collect(),
            index: parsed.thread_index.map(|index| ThreadIndex {
                id: format!("thread-index-{}@outlook", index.id),
                begins: index.begins,
            }),
            conversation: None,
            group_within: None,
        },
        auto: parsed.auto,
        bounce: parsed.bounce.map(|mut bounce| {
            bounce.original_message_id = bounce.original_message_id.as_deref().map(usable_id);
            bounce
        }),
        answer: None,
        raw: Some(raw),
        cursor: None,
        quarantined: parsed.quarantined,
        judged: None,
        extra,
        opening: None,
    }
}

/// So many recipients of a mail are remembered with it.
const MOST_NAMED: usize = 50;

/// What only mail has, as the page shows it; `None` for most mails.
fn extra(parsed: &ParsedMail) -> Option<Value> {
    let mut fields = Map::new();
    // Whoever was written to alone needs no list; a mail to several is answered to all of them.
    if parsed.to.len() + parsed.cc.len() > 1 {
        for (name, people) in [("to", &parsed.to), ("cc", &parsed.cc)] {
            let people: Vec<Value> = people
                .iter()
                .take(MOST_NAMED)
                .map(|one| json!({ "name": one.name, "address": one.address.to_lowercase() }))
                .collect();
            fields.insert(name.to_owned(), Value::Array(people));
        }
    }
    if let Some(forwarded) = &parsed.forwarded
        && let Some(from) = &forwarded.from
    {
        let value =
            json!({ "name": from.name, "address": from.address, "subject": forwarded.subject, "date": forwarded.date });
        fields.insert("forwarded".to_owned(), value);
    }
    if let Some(invitation) = &parsed.invitation {
        fields.insert("invitation".to_owned(), json!(invitation));
    }
    for (name, is_so) in [
        ("signed", parsed.is_signed),
        ("encrypted", parsed.is_encrypted),
        ("delayed", parsed.is_delayed),
        ("forged", parsed.is_forged),
    ] {
        if is_so {
            fields.insert(name.to_owned(), Value::Bool(true));
        }
    }
    if let Some(bounce) = &parsed.bounce {
        let recipients: Vec<Value> = bounce
            .all()
            .iter()
            .take(20)
            .map(|one| json!({ "address": one.address, "reason": one.reason, "status": one.status, "delayed": one.is_delayed }))
            .collect();
        fields.insert("bounced".to_owned(), Value::Array(recipients));
    }
    if fields.is_empty() {
        return None;
    }
    fields.insert("type".to_owned(), Value::String("mail".to_owned()));
    Some(Value::Object(fields))
}

/// A Message-ID as it is stored and compared: itself, or `sha256-<hex>@long` where it is too long
/// or holds characters that no id may hold. The same id always gives the same text.
pub fn usable_id(id: &str) -> String {
    let is_plain = !id.is_empty() && id.len() <= MAX_ID && !id.chars().any(|c| c.is_control() || c.is_whitespace());
    if is_plain {
        id.to_owned()
    } else {
        format!("sha256-{}@long", hex::encode(Sha256::digest(id.as_bytes())))
    }
}

fn identities(from: Option<&MailAddress>, is_forged: bool) -> Vec<IdentityClaim> {
    from.map(|from| IdentityClaim {
        kind: IdentityKind::Email,
        value: from.address.to_lowercase(),
        verified: !is_forged,
    })
    .into_iter()
    .collect()
}

/// Every text that could be a token that we signed: plus-addresses of all recipients, and the parts
/// of the Message-IDs that the mail refers to. `ingest` checks the signatures.
fn tokens(mail: &ParsedMail) -> Vec<String> {
    let addresses = mail
        .to
        .iter()
        .chain(&mail.cc)
        .map(|a| a.address.as_str())
        .chain(mail.delivered_to.iter().map(String::as_str));
    let from_addresses = addresses.filter_map(|address| {
        let (local, _) = address.rsplit_once('@')?;
        local.split_once('+').map(|(_, token)| token)
    });
    let bounced = mail
        .bounce
        .as_ref()
        .and_then(|bounce| bounce.original_message_id.as_deref());
    let ids = mail
        .in_reply_to
        .iter()
        .chain(mail.references.iter().rev())
        .map(String::as_str)
        .chain(bounced);
    let from_ids = ids.flat_map(|id| id.split_once('@').map_or(id, |(local, _)| local).split('.'));
    let mut found: Vec<String> = Vec::new();
    for candidate in from_addresses.chain(from_ids) {
        let candidate = candidate.trim_matches(['<', '>', '"', ' ']).to_ascii_lowercase();
        if is_token(&candidate) && !found.contains(&candidate) {
            found.push(candidate);
            if found.len() == MAX_TOKENS {
                break;
            }
        }
    }
    found
}

fn is_token(text: &str) -> bool {
    text.len() >= MIN_TOKEN && text.len() <= 200 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
