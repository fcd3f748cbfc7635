//! Who somebody is on WhatsApp: a telephone number, or an id of its own.

pub use conversation::contacts::{canonical_phone, is_phone};

/// Whether it has the form of a business-scoped user id: a country, a dot, letters and digits
/// (`BR.15…`, or `BR.ENT.15…` for one that several portfolios share).
pub fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else {
        return false;
    };
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=140).contains(&rest.len())
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}
