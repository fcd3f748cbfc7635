//! Identities as people read them.

use conversation::bridges;
use conversation::types::IdentityKind;

/// An identity as people read it: WhatsApp's number has no plus sign of its own.
pub(crate) fn shown(kind: IdentityKind, value: &str) -> String {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        IdentityKind::Whatsapp if is_number => format!("+{value}"),
        IdentityKind::Bridge | IdentityKind::Instagram | IdentityKind::Messenger => {
            bridges::user_of_any(value).to_owned()
        }
        _ => value.to_owned(),
    }
}
