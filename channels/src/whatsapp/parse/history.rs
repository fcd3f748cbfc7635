//! What the business's telephone knows from before: its chats of the last months and its address book, of a number
//! that is used in the WhatsApp Business app and here at once.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/history>,
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/smb_app_state_sync>

use conversation::conversations::ELSEWHERE;
use conversation::inbound::IdentityClaim;
use conversation::types::{IdentityKind, InboxId, Millis};
use serde_json::{Value, json};

use super::sender::{self, Contacts};
use super::{json as read, message};
use crate::whatsapp::inbound::Inbound;
use crate::whatsapp::phone::{canonical_phone, is_user_id};

/// How Meta names a file of a chat from before: where it stood, not what it was. What it was comes later, under the
/// same id, for the files of the last two weeks.
pub(crate) const PLACEHOLDER: &str = "media_placeholder";

/// A message of a chat from before.
#[derive(Debug, Clone)]
pub struct PastMessage {
    /// The message; its sender is the customer, whoever wrote it.
    pub inbound: Inbound,
    /// The customer of the chat, the same for all its messages; `None` only of a file that does not say.
    pub customer: Option<String>,
    /// Somebody of the business wrote it.
    pub is_ours: bool,
}

/// Somebody in the address book of the telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Our number, as Meta names it.
    pub phone_number_id: Option<String>,
    /// How they are known.
    pub identities: Vec<(IdentityKind, String)>,
    /// What the business calls them.
    pub name: String,
}

/// The number that a web hook is about, in the two ways in which Meta writes it.
pub(crate) struct Number<'a> {
    pub(crate) id: Option<&'a str>,
    /// For people to read: `+55 11 3000-0000`.
    pub(crate) shown: Option<&'a str>,
}

fn digits(text: &str) -> String {
    canonical_phone(&text.chars().filter(char::is_ascii_digit).collect::<String>())
}

impl Number<'_> {
    fn is(&self, who: &str) -> bool {
        !is_user_id(who) && self.shown.is_some_and(|shown| digits(shown) == digits(who))
    }
}

/// Where a message from before stands in a web hook.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// In a chat, with whom Meta names.
    Chat(Option<&'a str>),
    /// By itself: it was in a chat before, and comes once more with its file.
    Alone,
}

/// Reads one message. The error says why it is none, with what came.
pub(crate) fn past(
    inbox: &InboxId,
    contacts: &Contacts<'_>,
    number: &Number<'_>,
    place: Place<'_>,
    mut item: Value,
    received_at: Millis,
) -> Result<PastMessage, (&'static str, Value)> {
    if read::text(&item, "id").is_none() {
        return Err(("it has no `id`", item));
    }
    let (from, to) = (read::text(&item, "from"), read::text(&item, "to"));
    let context = item.get("history_context").cloned().unwrap_or_default();
    let is_ours = context.get("from_me").and_then(Value::as_bool) == Some(true)
        || to.is_some()
        || from.as_deref().is_some_and(|from| number.is(from));
    let named = match place {
        Place::Chat(named) => named.map(str::to_owned),
        Place::Alone => None,
    };
    let customer = named
        .or(if is_ours { to } else { from })
        .filter(|customer| !number.is(customer));
    if customer.is_none() && matches!(place, Place::Chat(_)) {
        return Err(("it does not say whose chat it is of", item));
    }
    if let Value::Object(fields) = &mut item {
        fields.remove("to");
        fields.remove("history_context");
        fields.insert("from".to_owned(), customer.clone().into());
    }
    let mut inbound = message(inbox, contacts, number.id.map(str::to_owned), item, received_at);
    if is_ours {
        let extra = inbound.message.extra.get_or_insert_with(|| json!({ "type": "text" }));
        extra[ELSEWHERE] = Value::Bool(true);
    }
    Ok(PastMessage {
        inbound,
        customer: customer.map(|customer| canonical_phone(customer.trim_start_matches('+'))),
        is_ours,
    })
}

/// Reads an entry of the address book; `None` for one that was removed from it, which changes nothing here. The error
/// says why it is none.
pub(crate) fn named(number: &Number<'_>, item: &Value) -> Result<Option<Named>, &'static str> {
    if read::str(item, "type") != Some("contact") {
        return Err("it is no contact");
    }
    if read::str(item, "action") == Some("remove") {
        return Ok(None);
    }
    let contact = item.get("contact").unwrap_or(&Value::Null);
    let phone = read::text(contact, "phone_number");
    let phone = phone.map(|phone| phone.chars().filter(char::is_ascii_digit).collect::<String>());
    let mut claims: Vec<IdentityClaim> = Vec::new();
    sender::claim_number(&mut claims, phone.as_deref().filter(|phone| !phone.is_empty()));
    let mut identities: Vec<_> = claims.into_iter().map(|claim| (claim.kind, claim.value)).collect();
    identities.extend(read::text(contact, "user_id").map(|user| (IdentityKind::Whatsapp, user)));
    if identities.is_empty() {
        return Err("it has no `phone_number`");
    }
    let name = ["full_name", "first_name"]
        .iter()
        .filter_map(|key| read::str(contact, key))
        .map(str::trim)
        .find(|name| !name.is_empty());
    Ok(Some(Named {
        phone_number_id: number.id.map(str::to_owned),
        identities,
        name: name.unwrap_or_default().to_owned(),
    }))
}
