//! Whatever the frame of the widget posts is refused with a word or becomes a message that says who wrote it.
#![no_main]

use bots::decide::CardValue;
use channels::webchat::{self, Author, Posted};
use conversation::types::Language;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, Option<(&str, &str)>)| {
    let (id, text, answer) = input;
    let author = Author {
        visitor: "visitor".to_owned(),
        name: Some(id.to_owned()),
        language: Language::En,
    };
    for id in [id, "01HF0000000000000000000001"] {
        let posted = Posted {
            id: id.to_owned(),
            text: text.to_owned(),
            answer: answer.map(|(payload, label)| (payload.to_owned(), label.to_owned())),
            files: Vec::new(),
        };
        match webchat::normalise(&"inbox".into(), &author, posted, 0) {
            Ok(message) => {
                assert_eq!(webchat::client_id(&message.external_id), Some(id));
                if let Some(answer) = message.answer {
                    CardValue::parse(&answer.value);
                }
            }
            Err(refusal) => assert!(!refusal.to_string().is_empty()),
        }
    }
});
