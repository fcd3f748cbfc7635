//! What the sender wrote now is never more than what is there.
#![no_main]

use channels::email::quote;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &str)| {
    let (is_forward, text) = input;
    let reply = quote::reply(text, is_forward);
    assert!(reply.len() <= text.len() * 2 + 1);
});
