//! Any body of a web hook of Instagram or Messenger is read, or refused with a word that says why; of what it holds, nothing falls over.
#![no_main]

use channels::messenger::{errors, send, webhook};
use conversation::types::Channel;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    for channel in [Channel::Instagram, Channel::Messenger] {
        if let Err(error) = webhook::parse(channel, &"inbox".into(), raw, 0) {
            assert!(!error.to_string().is_empty());
        }
    }
    errors::from_response(400, None, raw);
    if let Ok(text) = std::str::from_utf8(raw) {
        send::read_mark(text);
    }
});
