//! The lines of a conversation that say what happened, in the reader's language.

use std::collections::HashMap;

use conversation::desk::rules::Occasion;
use conversation::lifecycle::UNTIL_REPLY;
use conversation::marketing::BY_WHATSAPP;
use conversation::types::{AgentId, ConversationStatus, Language, Level};
use serde_json::Value;
use ui::{core_words, desk_words, i18n};

use crate::auth::SignedIn;

/// What an activity line says. `who` did it.
pub(super) fn words(me: &SignedIn, who: &str, what: &Value, agents: &HashMap<AgentId, String>) -> String {
    let lang = me.lang;
    let text = |name: &str| what.get(name).and_then(Value::as_str).unwrap_or_default();
    let level = |name: &str| {
        text(name).parse::<Level>().map_or_else(
            |_| text(name).to_owned(),
            |level| match level {
                Level::Bot => i18n::t(lang, "level-bot-short").into_owned(),
                level => level.to_string(),
            },
        )
    };
    let number = what
        .get("number")
        .and_then(Value::as_i64)
        .unwrap_or_default()
        .to_string();
    let who = ("who", who.to_owned().into());
    match text("action") {
        "assigned" => match what.get("agent").and_then(Value::as_str) {
            None => i18n::t_args(lang, "activity-unassigned", &[who]),
            Some(id) => {
                let agent = agents.get(&AgentId::from(id)).cloned().unwrap_or_default();
                if who.1 == agent.as_str().into() {
                    i18n::t_args(lang, "activity-claimed", &[who])
                } else {
                    i18n::t_args(lang, "activity-assigned", &[who, ("agent", agent.into())])
                }
            }
        },
        "not_called" => {
            let names = what.get("names").and_then(Value::as_array).into_iter().flatten();
            let names: Vec<&str> = names.filter_map(Value::as_str).collect();
            i18n::t_args(lang, "activity-not-called", &[("names", names.join(", ").into())])
        }
        "given" => match what.get("team_name").and_then(Value::as_str) {
            None => i18n::t_args(lang, "activity-given-none", &[who]),
            Some(team) => i18n::t_args(lang, "activity-given", &[who, ("team", team.to_owned().into())]),
        },
        "escalated" => {
            let args = [
                who,
                ("from", level("from").into()),
                ("to", level("to").into()),
                ("reason", bots::words::reason_for(lang, text("reason")).into()),
            ];
            let mut said = i18n::t_args(lang, "activity-escalated", &args);
            for point in what.get("checks").and_then(Value::as_array).into_iter().flatten() {
                let part = |at: usize| point[at].as_str().unwrap_or_default();
                said.push_str(&format!("\n{}: {}", part(0), part(1)));
            }
            said
        }
        "returned" => {
            let args = [
                who,
                ("from", level("from").into()),
                ("to", level("to").into()),
                ("reason", text("reason").into()),
            ];
            i18n::t_args(lang, "activity-returned", &args)
        }
        "snoozed" => {
            let until = what.get("until").and_then(Value::as_i64).unwrap_or(me.now);
            if until == UNTIL_REPLY {
                return i18n::t_args(lang, "activity-waits", &[who]);
            }
            let time = i18n::until(lang, me.now, until, &me.tz);
            i18n::t_args(lang, "activity-snoozed", &[who, ("time", time.into())])
        }
        "resolved" => i18n::t_args(lang, "activity-resolved", &[who]),
        "reopened" if text("from") == ConversationStatus::Snoozed.as_str() => {
            i18n::t(lang, "activity-woken").into_owned()
        }
        "reopened" => i18n::t_args(lang, "activity-reopened", &[who]),
        "spam" => i18n::t_args(lang, "activity-spam", &[who]),
        "not_spam" => i18n::t_args(lang, "activity-not-spam", &[who]),
        "sender_blocked" if what["domain"] == true => i18n::t_args(lang, "activity-domain-blocked", &[who]),
        "sender_blocked" => i18n::t_args(lang, "activity-sender-blocked", &[who]),
        "sender_unblocked" => i18n::t_args(lang, "activity-sender-unblocked", &[who]),
        "blocked_wrote" => i18n::t(lang, "activity-blocked-wrote").into_owned(),
        "kept_quiet" => i18n::t(lang, "activity-kept-quiet").into_owned(),
        "menu" => {
            let titles = what.get("path").and_then(Value::as_array);
            let titles: Vec<&str> = titles.into_iter().flatten().filter_map(Value::as_str).collect();
            let path = titles.join(bots::words::STEP);
            i18n::t_args(lang, "activity-menu", &[who, ("path", path.into())])
        }
        "merged" => i18n::t_args(lang, "activity-merged", &[who, ("number", number.into())]),
        "unmerged" if text("direction") == "in" => {
            i18n::t_args(lang, "activity-unmerged", &[who, ("number", number.into())])
        }
        "unmerged" => {
            let at = what.get("merged_at").and_then(Value::as_i64).unwrap_or(me.now);
            let time = i18n::date_time(lang, at, &me.tz);
            i18n::t_args(
                lang,
                "activity-unmerged-back",
                &[who, ("number", number.into()), ("time", time.into())],
            )
        }
        "split" | "moved" if text("direction") == "in" => {
            i18n::t_args(lang, "activity-moved-in", &[who, ("number", number.into())])
        }
        "split" | "moved" => i18n::t_args(lang, "activity-moved-out", &[who, ("number", number.into())]),
        "given_to" => i18n::t_args(
            lang,
            "activity-given-to",
            &[who, ("address", text("address").to_owned().into())],
        ),
        "transcript_sent" => i18n::t_args(
            lang,
            "activity-transcript-sent",
            &[who, ("address", text("address").to_owned().into())],
        ),
        "forgiven" => i18n::t_args(
            lang,
            "activity-forgiven",
            &[who, ("address", text("address").to_owned().into())],
        ),
        "surveyed" => {
            let number = |name: &str| what.get(name).and_then(Value::as_i64).unwrap_or_default();
            let mut args = vec![who, ("score", number("score").into()), ("most", number("most").into())];
            if text("comment").is_empty() {
                i18n::t_args(lang, "activity-surveyed", &args)
            } else {
                args.push(("comment", text("comment").to_owned().into()));
                i18n::t_args(lang, "activity-surveyed-words", &args)
            }
        }
        "marketing" => {
            let is_given = what.get("is_given").and_then(Value::as_bool).unwrap_or_default();
            let key = match (text("source") == BY_WHATSAPP, is_given) {
                (true, false) => "activity-marketing-stopped",
                (true, true) => "activity-marketing-resumed",
                (false, false) => "activity-marketing-refused",
                (false, true) => "activity-marketing-agreed",
            };
            i18n::t_args(lang, key, &[who])
        }
        "ruled" => ruled(lang, what),
        // Newer code wrote it: better its own word than nothing.
        other => i18n::t_args(lang, "activity-other", &[who, ("what", other.to_owned().into())]),
    }
}

/// What a rule by time did, and why.
fn ruled(lang: Language, what: &Value) -> String {
    let text = |name: &str| what.get(name).and_then(Value::as_str).unwrap_or_default();
    let when = Occasion::from_text(text("when")).map_or_else(String::new, |occasion| {
        let minutes = what.get("minutes").and_then(Value::as_i64).unwrap_or_default();
        let in_hours = what.get("in_hours").and_then(Value::as_bool).unwrap_or_default();
        desk_words::when(lang, occasion, minutes, in_hours)
    });
    // A step that could not be taken says so in the core's words.
    let did = match text("outcome") {
        "failed" => core_words::said(lang, text("did")).unwrap_or_else(|| text("did").to_owned()),
        _ => desk_words::done(lang, text("did")),
    };
    let key = if text("outcome") == "failed" {
        "activity-ruled-failed"
    } else {
        "activity-ruled"
    };
    let args = [
        ("rule", text("rule").to_owned().into()),
        ("when", when.into()),
        ("did", did.into()),
    ];
    i18n::t_args(lang, key, &args)
}
