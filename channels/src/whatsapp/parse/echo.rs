//! What somebody of the business wrote in the WhatsApp Business app, with a number that is used there and here at once.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/smb_message_echoes>

use conversation::conversations::ELSEWHERE;
use conversation::types::{InboxId, Millis};
use serde_json::{Value, json};

use super::sender::Contacts;
use super::{json as read, message};
use crate::whatsapp::inbound::Inbound;

/// Reads one: a message like a customer's, but that its `from` is us and `to` is the customer. The error says why it is
/// none, with what came.
pub(crate) fn echo(
    inbox: &InboxId,
    contacts: &Contacts<'_>,
    phone_number_id: Option<String>,
    mut item: Value,
    received_at: Millis,
) -> Result<Inbound, (&'static str, Value)> {
    if read::text(&item, "id").is_none() {
        return Err(("it has no `id`", item));
    }
    if read::text(&item, "to").is_none() && read::text(&item, "to_user_id").is_none() {
        return Err(("it does not say to whom it went", item));
    }
    if let Value::Object(fields) = &mut item {
        for (ours, theirs) in [("from", "to"), ("from_user_id", "to_user_id")] {
            fields.remove(ours);
            if let Some(customer) = fields.remove(theirs) {
                fields.insert(ours.to_owned(), customer);
            }
        }
    }
    let mut echo = message(inbox, contacts, phone_number_id, item, received_at);
    let extra = echo.message.extra.get_or_insert_with(|| json!({ "type": "text" }));
    extra[ELSEWHERE] = Value::Bool(true);
    Ok(echo)
}
