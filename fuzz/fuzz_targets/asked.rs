//! What stands in addresses, cookies and forms and comes back from browsers: signed marks, places in lists, presses of cards, keys of a browser; and rows of a backup.
#![no_main]

use bots::decide::CardValue;
use conversation::card::CardAnswer;
use conversation::db::catalog::{Column, Kind, Table};
use conversation::keys::Keys;
use conversation::lists::{Place, Sort};
use conversation::views::PageEnd;
use libfuzzer_sys::fuzz_target;
use p256::SecretKey;

#[path = "../../gateway/src/push/crypt.rs"]
mod crypt;
#[path = "../../gateway/src/backup/line.rs"]
#[expect(dead_code, reason = "its own crate uses more of it")]
mod line;

fuzz_target!(|input: (&str, &[u8], &[u8])| {
    let (text, bytes, auth) = input;
    let keys = Keys::new(vec![[7; 32], [8; 32]]).expect("two keys");
    assert!(
        keys.check("unsubscribe", text).is_none()
            && keys.check_reply_token(text).is_none()
            && keys.open(bytes).is_err()
    );
    Sort::from_text(text);
    Place::from_text(text);
    PageEnd::from_text(text);
    conversation::tickets::list::Place::from_text(text);
    billing::listing::Cursor::from_text(text);
    let answer = CardAnswer::from_payload(text, "label");
    CardValue::parse(&answer.value);
    let secret = SecretKey::from_slice(&[7; 32]).expect("a key");
    if let Ok(sealed) = crypt::encrypt(bytes, auth, &secret, &[7; 16], text.as_bytes()) {
        assert!(sealed.len() <= 4096 && auth.len() == 16);
    }
    let table = Table {
        name: "t".to_owned(),
        columns: [Kind::Text, Kind::Int, Kind::Bool, Kind::Bytes, Kind::Real]
            .into_iter()
            .map(|kind| Column {
                name: "c".to_owned(),
                kind,
            })
            .collect(),
        key: Vec::new(),
    };
    if let Ok(row) = line::decode(text, &table) {
        let again = line::encode(&row);
        assert_eq!(
            line::encode(&line::decode(&again, &table).expect("its own line")),
            again
        );
    }
});
