//! A shared contact as a vCard 3.0 (RFC 2426), which every address book reads.

use serde_json::Value;

use super::parse::json;

/// The contact's name, for a file, and its card.
pub fn write(person: &Value) -> (String, String) {
    let part = |name: &str| {
        person
            .pointer(&format!("/name/{name}"))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let full = Some(part("formatted_name"))
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| part("first_name"));
    let mut card = Vec::new();
    let mut line = |text: String| card.push(folded(&text));
    line("BEGIN:VCARD".to_owned());
    line("VERSION:3.0".to_owned());
    let names = ["last_name", "first_name", "middle_name", "prefix", "suffix"].map(|name| escaped(part(name)));
    line(format!("N:{}", names.join(";")));
    line(format!("FN:{}", escaped(if full.is_empty() { "?" } else { full })));
    if let Some(company) = person.pointer("/org/company").and_then(Value::as_str) {
        line(format!("ORG:{}", escaped(company)));
    }
    if let Some(title) = person.pointer("/org/title").and_then(Value::as_str) {
        line(format!("TITLE:{}", escaped(title)));
    }
    if let Some(birthday) = json::str(person, "birthday") {
        line(format!("BDAY:{}", escaped(birthday)));
    }
    for (list, key, property) in [
        ("phones", "phone", "TEL"),
        ("emails", "email", "EMAIL"),
        ("urls", "url", "URL"),
    ] {
        for entry in json::list(person, list).iter().take(20) {
            let Some(value) = json::str(entry, key) else { continue };
            let kind: String = json::str(entry, "type")
                .unwrap_or_default()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .take(20)
                .collect();
            let kind = if kind.is_empty() {
                String::new()
            } else {
                format!(";TYPE={}", kind.to_ascii_uppercase())
            };
            line(format!("{property}{kind}:{}", escaped(value)));
        }
    }
    for entry in json::list(person, "addresses").iter().take(10) {
        let parts =
            ["street", "city", "state", "zip", "country"].map(|key| escaped(json::str(entry, key).unwrap_or_default()));
        line(format!("ADR:;;{}", parts.join(";")));
    }
    line("END:VCARD".to_owned());
    let name: String = full
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'))
        .take(60)
        .collect();
    let name = Some(name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "contact".to_owned());
    (name, card.concat())
}

/// A value: what would end it or the card is escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(1000) {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A line with its end; after 75 bytes it goes on below, behind a space.
fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 4);
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::write;

    #[test]
    fn a_shared_contact_becomes_a_card() {
        let person = json!({
            "name": { "formatted_name": "José, o Técnico", "first_name": "José", "last_name": "Silva;Souza" },
            "org": { "company": "Sol" }, "birthday": "1990-01-02",
            "phones": [{ "phone": "+55 11 98765-4321", "type": "CELL", "wa_id": "5511" }, {}],
            "emails": [{ "email": "j@x.example", "type": "W:O\r\nRK" }],
            "addresses": [{ "street": "Rua A", "city": "São Paulo", "country": "Brasil" }],
        });
        let (name, card) = write(&person);
        assert_eq!(name, "José o Técnico");
        let expected = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Silva\\;Souza;José;;;\r\nFN:José\\, o Técnico\r\nORG:Sol\r\nBDAY:1990-01-02\r\nTEL;TYPE=CELL:+55 11 98765-4321\r\nEMAIL;TYPE=WORK:j@x.example\r\nADR:;;Rua A;São Paulo;;;Brasil\r\nEND:VCARD\r\n";
        assert_eq!(card, expected);
    }

    #[test]
    fn nobody_writes_lines_of_their_own_into_it() {
        let (_, card) = write(&json!({ "name": { "formatted_name": format!("a\r\nTEL:+1\n{}", "x".repeat(300)) } }));
        assert!(!card.contains("\r\nTEL"), "{card}");
        assert!(card.lines().all(|line| line.len() <= 75), "{card}");
        for odd in [json!(null), json!([]), json!({ "name": 1, "phones": "x" })] {
            let (name, card) = write(&odd);
            assert_eq!(name, "contact");
            assert!(card.contains("FN:?"), "{card}");
        }
    }
}
