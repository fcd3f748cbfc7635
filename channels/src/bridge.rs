//! Bridges: other messengers (Telegram, Instagram, SMS, a game's own chat), each carried by a program of the business's own.
//!
//! The bridge posts what customers write to `/webhooks/bridge/{inbox}` ([`receive`]) and is posted what goes to them
//! ([`send`]), signed by [Standard Webhooks](https://www.standardwebhooks.com). Both are described for those who
//! write one in `docs/channels/bridge.md`.

pub mod receive;
pub mod send;
pub mod settings;

pub use settings::BridgeSettings;

use conversation::types::DeliveryId;

/// The longest body that a bridge may post, in bytes: files of [`MOST_BYTES`], and a third for their encoding.
pub const LONGEST_BODY: usize = 36 * 1024 * 1024;
/// The most bytes that the files of one message have together, in either direction.
pub const MOST_BYTES: usize = 25 * 1024 * 1024;
/// The most files of one message from a customer.
pub const MOST_FILES: usize = 10;

/// The id of a message of the messenger as it is stored: many count their messages anew for each user.
fn stored_id(user: &str, message: &str) -> String {
    format!("{user}:{message}")
}

/// The messenger's own id in what [`stored_id`] made.
fn own_id<'a>(user: &str, stored: &'a str) -> Option<&'a str> {
    stored.strip_prefix(user)?.strip_prefix(':')
}

/// What a sending of a delivery is called to the bridge, which takes nothing twice: one that was taken, failed and is
/// sent again at an agent's wish is another one.
fn sending_name(delivery: &DeliveryId, number: usize) -> String {
    if number == 0 {
        return delivery.to_string();
    }
    format!("{delivery}-{number}")
}

/// The delivery and the number in what [`sending_name`] made.
fn of_sending(name: &str) -> (DeliveryId, usize) {
    let parts = name
        .split_once('-')
        .and_then(|(id, number)| Some((id, number.parse().ok()?)));
    let (id, number) = parts.unwrap_or((name, 0));
    (DeliveryId::from(id), number)
}
