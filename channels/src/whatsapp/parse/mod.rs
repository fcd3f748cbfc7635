//! The items of a web hook, one at a time.

mod echo;
mod history;
pub(crate) mod json;
mod kinds;
mod message;
mod preference;
mod sender;
mod status;

pub(crate) use echo::echo;
pub use history::{Named, PastMessage};
pub(crate) use history::{Number, PLACEHOLDER, Place, named, past};
pub(crate) use message::message;
pub use preference::Preference;
pub(crate) use preference::preference;
pub(crate) use sender::Contacts;
pub(crate) use status::{error_words, status};

use conversation::types::Millis;
use serde_json::Value;

/// A time of Meta's: seconds since 1970, as text or number. Values that can only be milliseconds are
/// taken as such; anything outside 2009 (when WhatsApp began) to 2100 is no time.
fn time(item: &Value) -> Option<Millis> {
    const FIRST: i64 = 1_230_768_000;
    const LAST: i64 = 4_102_444_800;
    let number: i64 = json::text(item, "timestamp")?.parse().ok()?;
    match number {
        FIRST..=LAST => Some(number * 1000),
        _ if (FIRST * 1000..=LAST * 1000).contains(&number) => Some(number),
        _ => None,
    }
}
