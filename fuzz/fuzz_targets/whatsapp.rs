//! Any body of a web hook is read, or refused with a word that says why; of what it holds, nothing falls over. The same for what Meta answers us, and
//! for the files that customers send.
#![no_main]

use channels::whatsapp::{canonical_phone, errors, length, send, signature, templates, vcard, webhook};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    if let Err(error) = webhook::parse(&"inbox".into(), raw, 0) {
        assert!(!error.to_string().is_empty());
    }
    errors::from_response(400, None, raw);
    length::of(raw);
    if let Ok(value) = serde_json::from_slice(raw) {
        vcard::write(&value);
        templates::Listed::read(&value);
        send::Special::read(Some(&value));
    }
    if let Ok(text) = std::str::from_utf8(raw) {
        canonical_phone(text);
        send::callback::read(text);
        assert!(signature::verify("secret", Some(text), b"body").is_err());
    }
});
