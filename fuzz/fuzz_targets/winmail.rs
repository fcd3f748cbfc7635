//! Outlook's container inside a mail.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|inside: &[u8]| {
    let mut raw = b"From: bo@b.example\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\n".to_vec();
    raw.extend_from_slice(inside);
    channels::email::mime::parse(&raw);
});
