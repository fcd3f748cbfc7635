//! Any bytes give a message.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let mail = channels::email::mime::parse(raw);
    assert!(!mail.message_id.is_empty());
});
