//! A notice about a delivery.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|inside: &[u8]| {
    let mut raw = b"From: bo@b.example\r\nReturn-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n--B\r\n\r\nfailed\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\n".to_vec();
    raw.extend_from_slice(inside);
    channels::email::mime::parse(&raw);
});
