//! Whatever stands in a signed identity, it is believed or refused with a word; and nothing is believed that was not signed.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../gateway/src/widget/identity.rs"]
#[expect(dead_code, reason = "its own crate uses more of it")]
mod identity;

const NOW: i64 = 1_700_000_000_000;

fuzz_target!(|text: &str| {
    assert!(identity::verify(text, Some("secret"), NOW).is_err());
    let Ok(mut claims) = serde_json::from_str::<serde_json::Value>(text) else {
        return;
    };
    let _ = identity::verify(&identity::sign(&claims, "secret"), Some("secret"), NOW);
    // Most of them end at the wrong time: the rest of the claims is read, too.
    if let Some(fields) = claims.as_object_mut() {
        fields.insert("exp".to_owned(), (NOW / 1_000 + 60).into());
        if let Ok(believed) = identity::verify(&identity::sign(&claims, "secret"), Some("secret"), NOW) {
            assert!(!believed.sub.is_empty() && believed.sub.chars().count() <= 200);
        }
        assert!(identity::verify(&identity::sign(&claims, "another"), Some("secret"), NOW).is_err());
    }
});
