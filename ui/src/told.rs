//! What customers are told, as sentences.

use conversation::types::Language;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::i18n::{self, FluentValue};
use crate::icons::Icon;

/// The sentence of a notification; `args` is an object of texts and numbers, `day` an ISO day, `at` UTC milliseconds.
pub fn sentence(lang: Language, tz: &TimeZone, words: &str, args: &Value) -> String {
    let mut given: Vec<(&'static str, FluentValue<'_>)> = Vec::new();
    for name in ["number", "subject", "amount", "machine", "company", "question", "name"] {
        let text = args[name].as_str().unwrap_or_default();
        given.push((name, text.to_owned().into()));
    }
    given.push(("count", args["count"].as_i64().unwrap_or_default().into()));
    given.push(("day", i18n::day(lang, args["day"].as_str().unwrap_or_default()).into()));
    let at = args["at"].as_i64().map(|at| i18n::date_time(lang, at, tz));
    given.push(("at", at.unwrap_or_default().into()));
    i18n::t_args(lang, &format!("noted-{words}"), &given)
}

/// The picture of a kind.
pub fn glyph(kind: &str) -> Icon {
    match kind {
        "ticket" | "colleague" => Icon::Ticket,
        "visit" => Icon::Visit,
        "invoice" | "payment" | "unpaid" => Icon::Invoice,
        "due" => Icon::Warning,
        "reading" => Icon::Gauge,
        "contract" => Icon::Contract,
        "access" => Icon::Person,
        _ => Icon::Bell,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_told_is_a_sentence_in_every_language() {
        let args = json!({ "number": "T-7", "subject": "Jam", "amount": "10.00", "machine": "Ricoh", "company": "Sol", "question": "How was it?", "name": "Ana", "count": 2, "day": "2026-01-31", "at": 1_700_913_600_000i64 });
        let words = [
            "ticket-opened",
            "ticket-started",
            "ticket-escalated",
            "ticket-waiting",
            "ticket-confirm",
            "ticket-resolved",
            "ticket-reopened",
            "ticket-answered",
            "colleague-opened",
            "colleague-waiting",
            "colleague-confirm",
            "colleague-resolved",
            "colleague-reopened",
            "visit-planned",
            "visit-on-way",
            "visit-cancelled",
            "visit-done",
            "invoice",
            "estimate",
            "credit",
            "payment",
            "payment-several",
            "unpaid",
            "unpaid-several",
            "due",
            "overdue",
            "reading",
            "contract-renews",
            "contract-ends",
            "survey",
            "access-rights",
            "access-removed",
            "access-invited",
            "access-password",
            "access-passkey_added",
            "access-passkey_removed",
        ];
        for lang in [Language::En, Language::Es, Language::Pt] {
            for one in words {
                let said = sentence(lang, &TimeZone::UTC, one, &args);
                assert!(
                    !said.starts_with("noted-") && !said.contains('{'),
                    "{lang} {one}: {said}"
                );
            }
        }
        let due = sentence(Language::En, &TimeZone::UTC, "due", &args);
        assert!(
            due.contains("T-7") && due.contains("10.00") && due.contains("31"),
            "{due}"
        );
        assert!(sentence(Language::En, &TimeZone::UTC, "due", &json!({ "day": "soon" })).contains("soon"));
    }
}
