use std::path::Path;

use conversation::types::Language;

use super::said;

#[test]
fn the_core_is_heard_in_every_language() {
    for (text, es, pt) in [
        ("the message is empty", "el mensaje está vacío", "a mensagem está vazia"),
        (
            "shortcut: 1 to 40 letters, digits, `-`, `_` or `.`",
            "de 1 a 40 letras, cifras, «-», «_» o «.»",
            "de 1 a 40 letras, algarismos, “-”, “_” ou “.”",
        ),
        (
            "there is a macro named `a: b` already",
            "ya hay una macro llamada «a: b»",
            "já existe uma macro chamada “a: b”",
        ),
        (
            "currency: the invoice is in USD, the payment in EUR",
            "la factura está en USD y el pago en EUR",
            "a fatura está em USD e o pagamento em EUR",
        ),
        (
            "description: at most 20000 characters",
            "como mucho 20000 caracteres",
            "no máximo 20000 caracteres",
        ),
        (
            "line 2: the price is out of range",
            "línea 2: el precio está fuera de lo posible",
            "linha 2: o preço está fora do possível",
        ),
        (
            "rates: mono: at most ten bands",
            "mono: como mucho diez tramos",
            "mono: no máximo dez faixas",
        ),
        // Not as a field called "the file".
        ("the file is empty", "el archivo está vacío", "o arquivo está vazio"),
        (
            "promise at least one thing",
            "prometa al menos un plazo",
            "prometa pelo menos um prazo",
        ),
    ] {
        assert_eq!(said(Language::Es, text).as_deref(), Some(es), "{text}");
        assert_eq!(said(Language::Pt, text).as_deref(), Some(pt), "{text}");
        assert!(
            said(Language::En, text).is_some_and(|words| text.ends_with(&words)),
            "{text}"
        );
    }
    assert_eq!(said(Language::Es, "something that nobody ever said"), None);
}

#[test]
fn a_day_in_what_the_core_says_is_written_as_people_write_it() {
    let began = "on: the counter began on 2026-01-31; a reading cannot be older";
    for (lang, words) in [
        (
            Language::En,
            "the counter began on 31 January 2026; a reading cannot be older",
        ),
        (
            Language::Es,
            "el contador empezó el 31 de enero de 2026; una lectura no puede ser anterior",
        ),
        (
            Language::Pt,
            "o contador começou em 31 de janeiro de 2026; uma leitura não pode ser anterior",
        ),
    ] {
        assert_eq!(said(lang, began).as_deref(), Some(words));
        // A number of as many digits is a number.
        let serial = said(lang, "20260131 belongs to another machine");
        assert!(serial.is_some_and(|words| words.contains("20260131")));
    }
}

/// The texts of `Error::Invalid` and `Error::Conflict` in a source, holes as `{}`.
fn texts(source: &str, is_import: bool) -> Vec<String> {
    let mut found = Vec::new();
    let starts = ["Error::Invalid(", "Error::Conflict(", "bad(", "invalid(", "wrong("];
    for start in starts.into_iter().take(if is_import { 5 } else { 4 }) {
        for rest in source.split(start).skip(1) {
            // Of a row that cannot be taken the column comes first.
            let rest = match rest.split_once(',') {
                Some((_, rest)) if start == "wrong(" => rest,
                _ => rest,
            };
            let rest = rest.trim_start().trim_start_matches("format!(").trim_start();
            // `bad("field", "words")`: the field comes first.
            let rest = match rest.split_once("\", \"") {
                Some((field, _))
                    if field
                        .trim_start_matches('"')
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'_') =>
                {
                    &rest[field.len() + 3..]
                }
                _ => rest,
            };
            let Some(rest) = rest.strip_prefix('"') else { continue };
            let mut text = String::new();
            let mut letters = rest.chars();
            while let Some(letter) = letters.next().filter(|letter| *letter != '"') {
                match letter {
                    '\\' => text.extend(letters.next()),
                    '{' => {
                        text.push('x');
                        while letters.next().is_some_and(|one| one != '}') {}
                    }
                    _ => text.push(letter),
                }
            }
            found.push(text);
        }
    }
    found
}

/// What only programs, configuration and the API hear.
const FOR_PROGRAMS: &[&str] = &[
    "database.url",
    "instance key",
    "too large to seal",
    "about to commit",
    "events were named",
    "taken over by another process",
    "redis.url",
    "settings: x",
    "billing setting",
    "session x",
    "x: another currency",
    "is not a rounding",
    "is not a period",
    "the reader went away",
    "x: x",
    "message id is not a ULID",
    "subscription: longer",
    "there is no inbox",
    "a contact became part",
    "week: seven days",
    "steps: x",
    "installed_on: x",
    "retention: `x`",
    "answer: x",
    "the id is not a ULID",
];

/// Where what people do is refused.
const HEARD: &[&str] = &[
    "conversation/src/blocked.rs",
    "conversation/src/broadcasts",
    "conversation/src/bulk.rs",
    "conversation/src/contacts",
    "conversation/src/customers.rs",
    "conversation/src/desk",
    "conversation/src/fields.rs",
    "conversation/src/inboxes.rs",
    "conversation/src/labels.rs",
    "conversation/src/lifecycle.rs",
    "conversation/src/marketing.rs",
    "conversation/src/memberships.rs",
    "conversation/src/menus",
    "conversation/src/proactive.rs",
    "conversation/src/reply.rs",
    "conversation/src/restructure.rs",
    "conversation/src/saved_views.rs",
    "conversation/src/scheduled.rs",
    "conversation/src/sla",
    "conversation/src/sla.rs",
    "conversation/src/surveys",
    "conversation/src/tickets",
    "conversation/src/tickets.rs",
    "conversation/src/teams.rs",
    "billing/src",
    "equipment/src",
    "kb/src",
    "gateway/src/equipment",
    "gateway/src/invoices",
    "gateway/src/people",
    "gateway/src/privacy",
];

#[test]
fn nothing_that_a_person_hears_is_english_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths: Vec<_> = HEARD.iter().map(|path| root.join(path)).collect();
    let mut missing = Vec::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let inside = std::fs::read_dir(&path).expect("a folder of sources");
            paths.extend(inside.map(|entry| entry.expect("an entry of it").path()));
        } else if path.extension().is_some_and(|one| one == "rs") && !path.ends_with("tests.rs") {
            let source = std::fs::read_to_string(&path).expect("a source");
            let is_import = path.to_string_lossy().contains("/src/import");
            for text in texts(&source, is_import) {
                // Some say first what it is about: a counter, a field alone.
                let is_field = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                let is_known = is_field
                    || [text.clone(), format!("x: {text}")]
                        .iter()
                        .any(|text| said(Language::Es, text).is_some())
                    || FOR_PROGRAMS.iter().any(|part| text.contains(part));
                if !is_known {
                    missing.push(format!("{}: {text}", path.display()));
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "not in ui/locales/*/core.ftl:\n{}",
        missing.join("\n")
    );
}
