//! What a notification says in fields for machines (`message/delivery-status`, RFC 3464).

use conversation::inbound::BouncedRecipient;

use super::{ADDRESS, MAX_DIAGNOSTIC, enhanced, reason};
use crate::email::cut::truncate;
use crate::email::headers::Headers;

/// How much of the machine's part is read, in bytes.
const MAX_STATUS: usize = 256 * 1024;

/// How many recipients of one notice are told apart.
pub(super) const MAX_RECIPIENTS: usize = 100;

/// The fields of one recipient; of a whole notification, those of the first that failed.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) final_recipient: Option<String>,
    pub(super) original_recipient: Option<String>,
    pub(super) action: Option<String>,
    pub(super) status: Option<String>,
    pub(super) diagnostic: Option<String>,
    envelope_id: Option<String>,
}

impl Report {
    pub(super) fn read(text: &str) -> Report {
        let normal = text.replace("\r\n", "\n");
        let mut chosen = Report::default();
        let mut envelope_id = None;
        for block in normal.split("\n\n") {
            let found = Report::of_block(block);
            envelope_id = envelope_id.or_else(|| found.envelope_id.clone());
            let is_failure = !found.is_success();
            if found.has_recipient() && (!chosen.has_recipient() || (is_failure && chosen.is_success())) {
                chosen = found;
            }
        }
        chosen.envelope_id = envelope_id;
        chosen
    }

    /// One block of fields: the notice's own, or those of one recipient.
    fn of_block(block: &str) -> Report {
        let headers = Headers::read(block.as_bytes());
        Report {
            final_recipient: headers.get("final-recipient").and_then(typed_address),
            original_recipient: headers.get("original-recipient").and_then(typed_address),
            action: headers
                .get("action")
                .map(|v| v.split([' ', '(', ';']).next().unwrap_or_default().to_ascii_lowercase()),
            status: headers.get("status").and_then(enhanced),
            diagnostic: headers
                .get("diagnostic-code")
                .map(|v| typed_text(v).to_owned())
                .filter(|v| !v.is_empty()),
            envelope_id: headers.get("original-envelope-id").map(str::to_owned),
        }
    }

    pub(super) fn has_recipient(&self) -> bool {
        self.final_recipient.is_some() || (self.original_recipient.is_some() && self.action.is_some())
    }

    pub(super) fn is_success(&self) -> bool {
        matches!(self.action.as_deref(), Some("delivered" | "relayed" | "expanded"))
    }
}

/// Every recipient that the machine's part names as failed or delayed, by the address that we wrote to.
pub(super) fn all_recipients(status: Option<&str>) -> Vec<BouncedRecipient> {
    let Some(status) = status else { return Vec::new() };
    let normal = truncate(status, MAX_STATUS).replace("\r\n", "\n");
    let mut found: Vec<BouncedRecipient> = Vec::new();
    for one in normal
        .split("\n\n")
        .map(Report::of_block)
        .filter(|one| one.has_recipient() && !one.is_success())
    {
        // The address before forwarding is ours; `Original-Recipient` is there to say so (RFC 3464, 2.3.1).
        let address = one
            .original_recipient
            .clone()
            .filter(|address| ADDRESS.is_match(address))
            .or_else(|| one.final_recipient.clone());
        let Some(address) = address.filter(|address| address.len() <= 320) else {
            continue;
        };
        if found.iter().any(|known| known.address.eq_ignore_ascii_case(&address)) || found.len() >= MAX_RECIPIENTS {
            continue;
        }
        let tried = one
            .final_recipient
            .clone()
            .filter(|tried| tried.len() <= 320 && !tried.eq_ignore_ascii_case(&address));
        let is_delayed = one.action.as_deref() == Some("delayed");
        let diagnostic = one
            .diagnostic
            .as_deref()
            .map(|words| truncate(words, MAX_DIAGNOSTIC).to_owned());
        found.push(BouncedRecipient {
            reason: reason::of(one.status.as_deref(), diagnostic.as_deref(), "", is_delayed),
            address,
            tried,
            status: one.status,
            diagnostic,
            is_delayed,
        });
    }
    found
}

/// `rfc822; anna@example.com`, also without the type and with angle brackets.
fn typed_address(value: &str) -> Option<String> {
    let value = typed_text(value).trim_matches(['<', '>', ' ', '"']);
    (!value.is_empty()).then(|| value.to_owned())
}

fn typed_text(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if kind.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => rest.trim(),
        _ => value.trim(),
    }
}
