//! The corpus of mails: each is read as its file of expectations says; and none of them, however it is
//! damaged, makes the reader panic, take long or grow.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use channels::email::mime::inspect;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use tests::corpus::{self, Case};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus/mail")
}

/// What differs, in words; every field that is expected must be there, and more may be.
fn difference(path: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(fields), Value::Object(there)) => fields.iter().find_map(|(name, value)| {
            let found = there.get(name).unwrap_or(&Value::Null);
            difference(&format!("{path}.{name}"), value, found)
        }),
        (Value::Array(wanted), Value::Array(there)) => {
            if wanted.len() != there.len() {
                return Some(format!("{path}: {} instead of {}: {found}", there.len(), wanted.len()));
            }
            wanted
                .iter()
                .zip(there)
                .enumerate()
                .find_map(|(index, (value, found))| difference(&format!("{path}[{index}]"), value, found))
        }
        (Value::String(wanted), Value::String(there)) => {
            (wanted.trim() != there.trim()).then(|| format!("{path}:\n  found    {there:?}\n  expected {wanted:?}"))
        }
        _ => (expected != found).then(|| format!("{path}: found {found}, expected {expected}")),
    }
}

/// The files are what the generator makes. `WRITE_CORPUS=1` writes them anew.
#[test]
fn the_files_are_what_the_generator_makes() {
    let cases = corpus::all();
    assert!(cases.len() >= 300, "{} cases", cases.len());
    let folder = folder();
    if std::env::var_os("WRITE_CORPUS").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        for case in &cases {
            std::fs::write(folder.join(format!("{}.eml", case.name)), &case.raw).expect("written");
            let text = serde_json::to_string_pretty(&case.expect).expect("JSON") + "\n";
            std::fs::write(folder.join(format!("{}.json", case.name)), text).expect("written");
        }
    }
    let files = std::fs::read_dir(&folder).expect("the corpus").count();
    assert_eq!(files, cases.len() * 2, "run this test with WRITE_CORPUS=1");
    for case in &cases {
        let raw = std::fs::read(folder.join(format!("{}.eml", case.name))).unwrap_or_default();
        assert!(
            raw == case.raw,
            "{}.eml is stale; run this test with WRITE_CORPUS=1",
            case.name
        );
        let expect: Value = std::fs::read(folder.join(format!("{}.json", case.name)))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        assert_eq!(
            expect, case.expect,
            "{}.json is stale; run this test with WRITE_CORPUS=1",
            case.name
        );
    }
}

#[test]
fn each_mail_is_read_as_expected() {
    let wrong: Vec<String> = corpus::all()
        .iter()
        .filter_map(|Case { name, raw, expect }| {
            difference("", expect, &inspect(raw)).map(|difference| format!("{name}{difference}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} mails:\n{}", wrong.len(), wrong.join("\n"));
}

/// Pieces that parsers trip over.
const PIECES: &[&[u8]] = &[
    b"\r\n\r\n",
    b"\n--B\n",
    b"\n--B--\n",
    b"--",
    b"=?utf-8?B?",
    b"?=",
    b"=\r\n",
    b"\xff\xfe",
    b"\x1b$B",
    b"<div>",
    b"<!--",
    b"begin 644 x\n",
    b"\nend\n",
    b"Content-Type: multipart/mixed; boundary=B\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"+AOE-",
    b"\0",
    b"From: ",
    b":",
    b"> ",
    b"On 4 Mar 2025 at 9:15, a@b.example wrote:\n",
    b"\x78\x9f\x3e\x22",
    b"BEGIN:VEVENT\n",
    b"<a@b>",
    b"Final-Recipient: rfc822; ",
    b"\r",
    b"\t ",
    b";",
    b"\"",
    b"%E2%80%AE",
];

fn damaged(raw: &[u8], other: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut out = raw.to_vec();
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..=out.len());
        match random.random_range(0..6) {
            0 => out.truncate(at),
            1 => {
                let end = random.random_range(at..=out.len().min(at + 200));
                out.drain(at..end);
            }
            2 => {
                let piece = PIECES[random.random_range(0..PIECES.len())];
                out.splice(at..at, piece.iter().copied());
            }
            3 => {
                let from = random.random_range(0..=other.len());
                let end = random.random_range(from..=other.len().min(from + 2_000));
                out.splice(at..at, other[from..end].iter().copied());
            }
            4 => {
                for _ in 0..random.random_range(1..20) {
                    if out.is_empty() {
                        break;
                    }
                    let place = random.random_range(0..out.len());
                    out[place] = random.random();
                }
            }
            _ => {
                let piece = PIECES[random.random_range(0..PIECES.len())].repeat(random.random_range(1..300));
                out.splice(at..at, piece);
            }
        }
        out.truncate(200_000);
    }
    out
}

/// Damage by the dozen, the same each time. A finding becomes a case of the corpus.
#[test]
fn damaged_mails_do_no_harm() {
    let cases: Vec<Case> = corpus::all()
        .into_iter()
        .filter(|case| case.raw.len() < 60_000)
        .collect();
    let mut random = StdRng::seed_from_u64(7);
    for round in 0..6 {
        for (index, case) in cases.iter().enumerate() {
            let other = &cases[(index * 31 + round) % cases.len()];
            let raw = damaged(&case.raw, &other.raw, &mut random);
            let began = Instant::now();
            let found = inspect(&raw);
            let took = began.elapsed();
            assert!(
                took < Duration::from_secs(5),
                "{} of round {round}: {took:?} for {} bytes",
                case.name,
                raw.len()
            );
            assert!(
                found["message_id"].as_str().is_some_and(|id| !id.is_empty()),
                "{}",
                case.name
            );
            // Nothing makes much of little: text, reply and page together stay near what came in.
            let size: usize = ["text", "reply", "html"]
                .iter()
                .filter_map(|name| found[*name].as_str())
                .map(str::len)
                .sum();
            assert!(
                size <= raw.len() * 12 + 20_000,
                "{} of round {round}: {size} from {}",
                case.name,
                raw.len()
            );
        }
    }
}
