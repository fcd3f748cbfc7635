//! The keys of the desk's words: one place where each value names its text.

use conversation::desk::bell::Kind;
use conversation::desk::presence::Presence;
use conversation::desk::rules::{Field, Occasion, Operator};
use conversation::types::Language;

use crate::i18n;

/// What a variable of a canned reply stands for, in a few words; `None` for a name that is no variable.
pub fn variable(name: &str) -> Option<&'static str> {
    Some(match name {
        "contact.name" => "variable-contact-name",
        "contact.first_name" => "variable-contact-first-name",
        "contact.email" => "variable-contact-email",
        "company.name" => "variable-company-name",
        "conversation.number" => "variable-conversation-number",
        "conversation.subject" => "variable-conversation-subject",
        "ticket.number" => "variable-ticket-number",
        "ticket.subject" => "variable-ticket-subject",
        "agent.name" => "variable-agent-name",
        "agent.first_name" => "variable-agent-first-name",
        "inbox.name" => "variable-inbox-name",
        _ => return None,
    })
}

/// What happened, for the bell.
pub const fn told(kind: Kind) -> &'static str {
    match kind {
        Kind::Assigned => "bell-assigned",
        Kind::Mentioned => "bell-mentioned",
        Kind::Answered => "bell-answered",
        Kind::Followed => "bell-followed",
        Kind::Failed => "bell-failed",
        Kind::Waiting => "bell-waiting",
        Kind::Due => "bell-due",
        Kind::LowScore => "bell-low-score",
        Kind::Woken => "bell-woken",
    }
}

/// What an agent can be told of, for their choice.
pub const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Assigned => "told-assigned",
        Kind::Mentioned => "told-mentioned",
        Kind::Answered => "told-answered",
        Kind::Followed => "told-followed",
        Kind::Failed => "told-failed",
        Kind::Waiting => "told-waiting",
        Kind::Due => "told-due",
        Kind::LowScore => "told-low-score",
        Kind::Woken => "told-woken",
    }
}

/// Whether an agent is there.
pub const fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Online => "presence-online",
        Presence::Away => "presence-away",
        Presence::Offline => "presence-offline",
    }
}

/// What a rule waits for.
pub const fn occasion(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Created => "rule-on-created",
        Occasion::Received => "rule-on-received",
        Occasion::Sent => "rule-on-sent",
        Occasion::Noted => "rule-on-noted",
        Occasion::Assigned => "rule-on-assigned",
        Occasion::Levelled => "rule-on-levelled",
        Occasion::Status => "rule-on-status",
        Occasion::Prioritised => "rule-on-prioritised",
        Occasion::Labelled => "rule-on-labelled",
        Occasion::Near => "rule-on-near",
        Occasion::Breached => "rule-on-breached",
        Occasion::Surveyed => "rule-on-surveyed",
        Occasion::WaitingCustomer => "rule-on-waiting-customer",
        Occasion::WaitingUs => "rule-on-waiting-us",
        Occasion::Unassigned => "rule-on-unassigned",
        Occasion::StaysOpen => "rule-on-stays-open",
        Occasion::StaysSnoozed => "rule-on-stays-snoozed",
        Occasion::StaysResolved => "rule-on-stays-resolved",
    }
}

/// What a rule waits for, and for how long where it acts by time.
pub fn when(lang: Language, occasion: Occasion, minutes: i64, in_hours: bool) -> String {
    let words = i18n::t(lang, self::occasion(occasion));
    if !occasion.is_timed() {
        return words.into_owned();
    }
    let args = [
        ("when", words.into_owned().into()),
        ("time", lasts(lang, minutes, in_hours).into()),
    ];
    i18n::t_args(lang, "rule-when-lasts", &args)
}

/// The largest unit that a number of minutes is a whole number of, and that number; of opening hours no days, which are
/// longer or shorter than a day of work.
pub const fn in_units(minutes: i64, in_hours: bool) -> (i64, &'static str) {
    if !in_hours && minutes % 1440 == 0 {
        (minutes / 1440, "days")
    } else if minutes % 60 == 0 {
        (minutes / 60, "hours")
    } else {
        (minutes, "minutes")
    }
}

/// How long, in words.
fn lasts(lang: Language, minutes: i64, in_hours: bool) -> String {
    let (n, unit) = in_units(minutes, in_hours);
    let key = match (unit, in_hours) {
        ("days", _) => "lasts-days",
        ("hours", false) => "lasts-hours",
        ("hours", true) => "lasts-open-hours",
        (_, false) => "lasts-minutes",
        (_, true) => "lasts-open-minutes",
    };
    i18n::t_args(lang, key, &[("n", n.into())])
}

/// What a condition looks at.
pub const fn field(field: Field) -> &'static str {
    match field {
        Field::Message => "rule-field-message",
        Field::Subject => "rule-field-subject",
        Field::From => "rule-field-from",
        Field::Company => "rule-field-company",
        Field::Language => "rule-field-language",
        Field::Channel => "rule-field-channel",
        Field::Inbox => "rule-field-inbox",
        Field::Priority => "rule-field-priority",
        Field::Level => "rule-field-level",
        Field::Status => "rule-field-status",
        Field::Assignee => "rule-field-assignee",
        Field::Label => "rule-field-label",
        Field::Hours => "rule-field-hours",
        Field::Written => "rule-field-written",
        Field::Category => "rule-field-category",
        Field::Kind => "rule-field-kind",
        Field::Score => "rule-field-score",
    }
}

/// How a condition looks.
pub const fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Is => "rule-operator-is",
        Operator::IsNot => "rule-operator-is-not",
        Operator::HasWord => "rule-operator-has-word",
        Operator::HasNoWord => "rule-operator-has-no-word",
        Operator::Has => "rule-operator-has",
        Operator::HasNot => "rule-operator-has-not",
    }
}

/// How a run of a rule ended, in a word; anything else is as if it was held back.
pub fn outcome(outcome: &str) -> &'static str {
    match outcome {
        "done" => "rules-outcome-done",
        "failed" => "rules-outcome-failed",
        _ => "rules-outcome-held",
    }
}

/// How a run of a rule ended, in a sentence.
pub fn run(outcome: &str) -> &'static str {
    match outcome {
        "done" => "rule-run-done",
        "failed" => "rule-run-failed",
        _ => "rule-run-held",
    }
}

/// What a rule did, out of the words of its steps as the log keeps them; what is no list of steps stays as it is.
pub fn done(lang: Language, detail: &str) -> String {
    let known = |word: &str| {
        Some(match word {
            "assign" => "did-assign",
            "take" => "did-take",
            "team" => "did-team",
            "level" => "did-level",
            "priority" => "did-priority",
            "label" => "did-label",
            "unlabel" => "did-unlabel",
            "reply" => "did-reply",
            "note" => "did-note",
            "tell" => "did-tell",
            "follow" => "did-follow",
            "snooze" => "did-snooze",
            "resolve" => "did-resolve",
            "reopen" => "did-reopen",
            "spam" => "did-spam",
            "unsaid-window" => "did-unsaid-window",
            "unsaid-window-messenger" => "did-unsaid-window-messenger",
            "unsaid-template" => "did-unsaid-template",
            "unsaid-erased" => "did-unsaid-erased",
            "unsaid-blocked" => "did-unsaid-blocked",
            "unsaid-machine" => "did-unsaid-machine",
            "unsaid-bounced" => "did-unsaid-bounced",
            _ => return None,
        })
    };
    let words: Option<Vec<_>> = detail
        .split(' ')
        .map(|word| known(word).map(|key| i18n::t(lang, key)))
        .collect();
    words.map_or_else(|| detail.to_owned(), |words| words.join(" · "))
}
