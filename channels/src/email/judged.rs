//! Whether the mail server took a mail for spam and said so in the header.
//!
//! Of each field only the first counts: servers write theirs above what came with the mail. Whoever adds such a field to his own mail
//! harms nobody but himself.

use super::headers::Headers;

/// Exchange's confidence from which a mail is spam ([MS spam confidence level]: 5 and 6 are, 7 to 9 surely).
const SPAM_FROM: i64 = 5;
/// The longest that is kept of what a server wrote, in characters.
const MOST: usize = 120;

/// What the server wrote, where it says that the mail is spam.
pub fn judged(headers: &Headers) -> Option<String> {
    let first = |name: &str| headers.get(name).map(str::trim);
    // SpamAssassin and those that speak like it, rspamd, MailScanner: a word of yes.
    for (name, shown) in [
        ("x-spam-flag", "X-Spam-Flag"),
        ("x-spam-status", "X-Spam-Status"),
        ("x-spam", "X-Spam"),
    ] {
        if let Some(value) = first(name).filter(|value| is_yes(value)) {
            return Some(said(shown, value));
        }
    }
    if let Some(level) = first("x-ms-exchange-organization-scl")
        && level.parse::<i64>().is_ok_and(|level| level >= SPAM_FROM)
    {
        return Some(said("X-MS-Exchange-Organization-SCL", level));
    }
    let report = first("x-forefront-antispam-report")?;
    let is_spam = report
        .split(';')
        .any(|part| part.trim().eq_ignore_ascii_case("SFV:SPM"));
    is_spam.then(|| said("X-Forefront-Antispam-Report", "SFV:SPM"))
}

fn is_yes(value: &str) -> bool {
    let word: String = value.chars().take_while(char::is_ascii_alphabetic).collect();
    word.eq_ignore_ascii_case("yes")
}

fn said(name: &str, value: &str) -> String {
    let value: String = value.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{name}: {value}").chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_write() {
        for (header, expected) in [
            ("X-Spam-Flag: YES", Some("X-Spam-Flag: YES")),
            ("X-Spam-Flag: NO", None),
            // What a sender added below what the server wrote above.
            ("X-Spam-Flag: NO\r\nX-Spam-Flag: YES", None),
            (
                "X-Spam-Status: Yes, score=7.1 required=5.0\r\n\ttests=BAYES_99",
                Some("X-Spam-Status: Yes, score=7.1 required=5.0 tests=BAYES_99"),
            ),
            ("X-Spam-Status: No, score=-1", None),
            ("X-Spam-Status: Yesterday", None),
            ("X-Spam: Yes", Some("X-Spam: Yes")),
            (
                "X-MS-Exchange-Organization-SCL: 5",
                Some("X-MS-Exchange-Organization-SCL: 5"),
            ),
            ("X-MS-Exchange-Organization-SCL: 1", None),
            ("X-MS-Exchange-Organization-SCL: -1", None),
            (
                "X-Forefront-Antispam-Report: CIP:1.2.3.4;CTRY:US;SFV:SPM;H:x",
                Some("X-Forefront-Antispam-Report: SFV:SPM"),
            ),
            ("X-Forefront-Antispam-Report: CIP:1.2.3.4;SFV:NSPM", None),
            ("Subject: X-Spam-Flag: YES", None),
        ] {
            let raw = format!("{header}\r\nFrom: a@b.example\r\n\r\nbody");
            assert_eq!(judged(&Headers::read(raw.as_bytes())).as_deref(), expected, "{header}");
        }
    }
}
