//! Any bytes give a message, and that one the normal form.
#![no_main]

use channels::email::{auto, mime, normal};
use conversation::inbound::BlobRef;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let mail = mime::parse(raw);
    assert!(!mail.message_id.is_empty());
    auto::is_own_list(&mail.headers, "support@acme.example");
    let blob = |size: usize| BlobRef {
        sha256: "0".repeat(64),
        size: size as i64,
    };
    let files: Vec<BlobRef> = mail.attachments.iter().map(|file| blob(file.bytes.len())).collect();
    let count = files.len();
    let message = normal::to_inbound(mail, &"inbox".into(), blob(raw.len()), files, 1_700_000_000_000);
    assert!(!message.external_id.is_empty() && message.attachments.len() == count);
});
