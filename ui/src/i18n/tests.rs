use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use conversation::types::Language;
use jiff::tz::TimeZone;

use super::*;

/// Key → the names of its arguments.
fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = None;
    for line in source.lines() {
        if line.starts_with(|c: char| c.is_ascii_lowercase())
            && let Some((name, _)) = line.split_once(" =")
        {
            assert!(
                out.insert(name.to_owned(), BTreeSet::new()).is_none(),
                "{name} stands twice"
            );
            key = Some(name.to_owned());
        }
        if let Some(args) = key.as_ref().and_then(|name| out.get_mut(name)) {
            for part in line.split('$').skip(1) {
                args.insert(part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            }
        }
    }
    out
}

#[test]
fn the_three_languages_have_the_same_keys_and_arguments() {
    let [(_, en), (_, es), (_, pt)] = SOURCES;
    let english = messages(en);
    assert!(english.len() > 200);
    assert_eq!(english, messages(es));
    assert_eq!(english, messages(pt));
}

#[test]
fn no_file_is_left_out() {
    for (language, source) in SOURCES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("locales")
            .join(language.as_str());
        for entry in fs::read_dir(folder).expect("a folder of texts") {
            let path = entry.expect("an entry").path();
            let text = fs::read_to_string(&path).expect("a file of texts");
            assert!(source.contains(&text), "{} is not named in `texts!`", path.display());
        }
    }
}

#[test]
fn every_file_is_sound_fluent() {
    for (language, source) in SOURCES {
        if let Err((_, errors)) = FluentResource::try_new(source.to_owned()) {
            panic!("{language}: {errors:?}");
        }
    }
}

/// The keys named in calls of `t` and `t_args` in one Rust file.
fn keys_in(source: &str) -> Vec<String> {
    let mut keys = Vec::new();
    for call in ["t(", "t_args("] {
        for (index, _) in source.match_indices(call) {
            let before = source[..index].chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || before == '_' {
                continue;
            }
            let arguments = &source[index + call.len()..];
            let Some(open) = arguments.find('"') else {
                continue;
            };
            // Only the language may stand before the key.
            if arguments[..open]
                .chars()
                .any(|c| !(c.is_alphanumeric() || " \n._,".contains(c)))
            {
                continue;
            }
            let key: String = arguments[open + 1..].chars().take_while(|c| *c != '"').collect();
            if key.contains('-')
                && key
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                || key == "close"
            {
                keys.push(key);
            }
        }
    }
    keys
}

fn rust_files(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            out.push(path);
        }
    }
}

/// Beginnings of keys whose end comes from data.
const PUT_TOGETHER: [&str; 19] = [
    "consent-",
    "country-",
    "help-chat-",
    "kept-",
    "note-kind-",
    "note-way-",
    "noted-",
    "widget-",
    "whatsapp-limit-",
    "whatsapp-quality-",
    "price-",
    "special-",
    "template-",
    "client-did-",
    "billing-import-",
    "eq-import-",
    "eq-field-",
    "eq-urgency-",
    "eq-source-",
];

#[test]
fn every_key_used_exists_and_every_key_that_exists_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let english = messages(SOURCES[0].1);
    let mut files = Vec::new();
    for folder in ["src", "../portal/src", "../gateway/src", "../bots/src"] {
        rust_files(&root.join(folder), &mut files);
    }
    let mut used = BTreeSet::new();
    let mut all = String::new();
    let mut missing = Vec::new();
    for path in &files {
        let source = fs::read_to_string(path).expect("a source file");
        all.push_str(&source);
        // Other crates may have a `t` of their own; only those that name this one are held to it.
        if !path.starts_with(root.join("src")) && !source.contains("i18n") {
            continue;
        }
        for key in keys_in(&source) {
            if !english.contains_key(&key) {
                missing.push(format!("{}: {key}", path.display()));
            }
            used.insert(key);
        }
    }
    assert!(missing.is_empty(), "no text for:\n{}", missing.join("\n"));
    assert!(used.len() > 150, "the search found only {} keys", used.len());
    let unused: Vec<&String> = english
        .keys()
        .filter(|key| !PUT_TOGETHER.iter().any(|start| key.starts_with(start)) && !used.contains(*key))
        // Tables name their keys without calling anything.
        .filter(|key| !all.contains(&format!("\"{key}\"")))
        .collect();
    assert!(unused.is_empty(), "nothing uses {unused:?}");
}

#[test]
fn an_unknown_key_is_shown_not_lost() {
    assert_eq!(t(Language::Pt, "no-such-key"), "no-such-key");
    assert!(!has(Language::Pt, "no-such-key") && has(Language::Pt, "close"));
}

#[test]
fn arguments_stand_in_the_text_without_marks() {
    assert_eq!(
        t_args(Language::Pt, "thread-assigned", &[("name", "Ana".into())]),
        "Com Ana"
    );
    assert_eq!(t_args(Language::Es, "time-minutes", &[("count", 5.into())]), "5 min");
}

#[test]
fn the_browser_says_which_language() {
    for (header, expected) in [
        ("pt-BR,pt;q=0.9,en;q=0.8", Some(Language::Pt)),
        ("fr, es-419;q=0.5, en;q=0.7", Some(Language::En)),
        ("de", None),
        ("", None),
        ("es;q=0, en;q=0.1", Some(Language::En)),
        (";;;q=,,é", None),
    ] {
        assert_eq!(accept(header), expected, "{header}");
    }
    assert_eq!(accept(&"é".repeat(1_000)), None);
}

const NOW: i64 = 1_795_269_600_000; // Saturday, 21 November 2026, 14:00 UTC

#[test]
fn relative_times_are_short_and_local() {
    let utc = TimeZone::UTC;
    let (minute, hour, day) = (60_000, 3_600_000, 86_400_000);
    for (age, en, es, pt) in [
        (-5 * minute, "now", "ahora", "agora"),
        (0, "now", "ahora", "agora"),
        (5 * minute, "5 min", "5 min", "5 min"),
        (3 * hour, "3 h", "3 h", "3 h"),
        (20 * hour, "yesterday", "ayer", "ontem"),
        (3 * day, "Wed", "mié", "qua"),
        (18 * day, "3 Nov", "3 nov", "3 nov"),
        (400 * day, "17 Oct 2025", "17 oct 2025", "17 out 2025"),
    ] {
        assert_eq!(relative(Language::En, NOW, NOW - age, &utc), en);
        assert_eq!(relative(Language::Es, NOW, NOW - age, &utc), es);
        assert_eq!(relative(Language::Pt, NOW, NOW - age, &utc), pt);
    }
}

#[test]
fn the_time_zone_decides_the_day() {
    let late = 1_795_228_200_000; // 2026-11-21T02:30Z
    let sao_paulo = TimeZone::get("America/Sao_Paulo").expect("a bundled zone");
    assert_eq!(day_mark(Language::Pt, NOW, late, &sao_paulo), "Ontem");
    assert_eq!(day_mark(Language::Pt, NOW, late, &TimeZone::UTC), "Hoje");
    assert_eq!(time(late, &sao_paulo), "23:30");
    assert_eq!(
        date_time(Language::Es, late, &sao_paulo),
        "20 de noviembre de 2026, 23:30"
    );
    assert_eq!(
        day_mark(Language::Es, NOW, NOW - 4 * 86_400_000, &TimeZone::UTC),
        "Martes, 17 de noviembre"
    );
    assert_eq!(
        until(Language::En, NOW, NOW + 19 * 3_600_000, &TimeZone::UTC),
        "tomorrow, 09:00"
    );
    assert_eq!(iso(0), "1970-01-01T00:00:00Z");
}

#[test]
fn times_beyond_the_calendar_do_not_panic() {
    for at in [i64::MIN, i64::MAX] {
        assert_eq!(date(Language::En, at, &TimeZone::UTC), "1 January 1970");
        assert!(!relative(Language::En, NOW, at, &TimeZone::UTC).is_empty());
    }
}

#[test]
fn numbers_and_sizes_follow_the_language() {
    for (value, en, es, pt) in [
        (0, "0", "0", "0"),
        (1_234, "1,234", "1234", "1.234"),
        (-12_345, "-12,345", "-12\u{a0}345", "-12.345"),
        (
            i64::MIN,
            "-9,223,372,036,854,775,808",
            "-9\u{a0}223\u{a0}372\u{a0}036\u{a0}854\u{a0}775\u{a0}808",
            "-9.223.372.036.854.775.808",
        ),
    ] {
        assert_eq!(number(Language::En, value), en);
        assert_eq!(number(Language::Es, value), es);
        assert_eq!(number(Language::Pt, value), pt);
    }
    for (count, shown) in [(0, "0"), (999, "999"), (1_000, "999+"), (16_666, "999+")] {
        assert_eq!(badge(Language::Pt, count), shown);
    }
    for (size, en, pt) in [
        (-1, "0 B", "0 B"),
        (812, "812 B", "812 B"),
        (3_400, "3.4 kB", "3,4 kB"),
        (12_000_000, "12 MB", "12 MB"),
        (2_500_000_000, "2.5 GB", "2,5 GB"),
    ] {
        assert_eq!(bytes(Language::En, size), en);
        assert_eq!(bytes(Language::Pt, size), pt);
    }
}

#[test]
fn what_leads_to_a_page_calls_it_as_the_menu_does() {
    for (key, rail, part) in [
        ("health-inbox-next", "rail-settings", "settings-inboxes"),
        ("health-inbox-enter", "rail-settings", "settings-inboxes"),
        ("health-mailbox-next", "rail-settings", "settings-inboxes"),
        ("health-webhooks-next", "rail-settings", "settings-webhooks"),
        ("health-quarantine-next", "rail-settings", "settings-quarantine"),
        ("health-stripe-next", "rail-billing", "billing-settings"),
        ("health-stripe-deaf-next", "rail-billing", "billing-settings"),
        ("digest-why", "rail-settings", "settings-desk"),
    ] {
        for lang in Language::ALL {
            let place = format!("{}, {}", t(*lang, rail), t(*lang, part));
            let said = t_args(*lang, key, &[("url", "x".into())]);
            assert!(said.contains(&place), "{lang}: {said}: {place}");
        }
    }
}
