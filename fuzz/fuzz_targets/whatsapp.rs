//! Any body of a web hook is read, or refused with a word that says why; of what it holds, nothing falls over.
#![no_main]

use channels::whatsapp::{canonical_phone, webhook};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    if let Err(error) = webhook::parse(&"inbox".into(), raw, 0) {
        assert!(!error.to_string().is_empty());
    }
    if let Ok(text) = std::str::from_utf8(raw) {
        let _ = canonical_phone(text);
    }
});
