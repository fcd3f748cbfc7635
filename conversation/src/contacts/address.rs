//! E-mail addresses as they are compared.

use crate::error::{Error, Result};

/// The form in which an e-mail address is compared: trimmed and lower-cased.
///
/// # Errors
/// [`Error::Invalid`] when it cannot be an address.
pub fn normal_email(text: &str) -> Result<String> {
    let address = text.trim().to_lowercase();
    let is_plausible = match address.split_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && address.len() <= 254
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !address
                    .chars()
                    .any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\\\"[]".contains(c))
                && !domain.contains('@')
        }
        None => false,
    };
    if is_plausible {
        Ok(address)
    } else {
        Err(Error::Invalid("that is not an e-mail address".to_owned()))
    }
}
