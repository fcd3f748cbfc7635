//! Every code that is written has words in every language.

use std::collections::HashSet;

use conversation::audit::CODES;
use conversation::types::Language;
use ui::i18n;

use super::*;

#[test]
fn every_code_has_words_in_every_language() {
    let codes: Vec<&str> = ALL.iter().map(|said| said.code).collect();
    assert_eq!(codes, CODES, "the table has every code, once, in order");
    let keys: HashSet<&str> = ALL.iter().map(|said| said.key).collect();
    assert_eq!(keys.len(), ALL.len());
    for said in ALL {
        assert_eq!(find(said.code).map(|one| one.key), Some(said.key));
        for lang in [Language::En, Language::Es, Language::Pt] {
            let args = [
                ("who", "WHO".into()),
                ("what", "WHAT".into()),
                ("other", "OTHER".into()),
            ];
            let words = i18n::t_args(lang, said.key, &args);
            assert_ne!(words, said.key, "{lang}");
            assert!(said.other.is_some() || !words.contains("OTHER"), "{words}");
            assert!(
                !words.contains('{') && !words.contains(said.code) || !said.code.contains('.'),
                "{words}"
            );
        }
    }
}

#[test]
fn every_code_is_of_some_kind() {
    for code in CODES {
        let is_of = |codes: &[&str]| {
            codes
                .iter()
                .any(|one| one == code || one.ends_with('.') && code.starts_with(one))
        };
        assert!(KINDS.iter().any(|(_, _, codes)| is_of(codes)), "{code}");
    }
    for (_, _, codes) in KINDS {
        for one in *codes {
            assert!(
                CODES
                    .iter()
                    .any(|code| code == one || one.ends_with('.') && code.starts_with(one)),
                "{one}"
            );
        }
    }
}

/// A code that is written by a sentence of its own, which no other test runs, has words, too.
#[test]
fn what_the_sources_record_is_in_the_table() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = HashSet::new();
    for part in [
        "billing",
        "bots",
        "channels",
        "conversation",
        "equipment",
        "gateway",
        "identity",
        "kb",
        "portal",
        "search",
    ] {
        look(&root.join(part).join("src"), &mut found);
    }
    assert!(found.len() > 100, "{found:?}");
    let missing: Vec<&String> = found.iter().filter(|code| !CODES.contains(&code.as_str())).collect();
    assert!(missing.is_empty(), "no words for {missing:?}");
}

fn look(folder: &std::path::Path, found: &mut HashSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            look(&path, found);
        } else if name.ends_with(".rs") && !name.starts_with("tests") {
            let text = std::fs::read_to_string(&path).unwrap();
            for (at, _) in text
                .match_indices("audit::record(")
                .chain(text.match_indices("audit::note("))
            {
                let call: String = text[at..].chars().take_while(|c| *c != ';').take(300).collect();
                let code = call.split('"').skip(1).step_by(2).find(|text| is_code(text));
                found.extend(code.map(str::to_owned));
            }
        }
    }
}

fn is_code(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    text.split_once('.')
        .is_some_and(|(family, what)| is_word(family) && is_word(what))
}
