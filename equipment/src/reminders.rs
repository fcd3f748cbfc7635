//! Reminders for readings: one message for each customer and day, on the channel they prefer.

use billing::day;
use conversation::Result;
use conversation::db::sql;
use conversation::notifications::{Kind, News as Told};
use conversation::types::Language;
use serde_json::json;

use crate::tell::{self, News};
use crate::wishes::{self, Wanted, Wish};
use crate::{Equipment, settings, words};

/// How many lines a reminder lists; the rest is on the page.
const MOST_LINES: usize = 20;

/// A wanted number as a line of a list: `1. Ricoh IM C3000 · 3rd floor (E123) – Colour`.
pub(crate) fn list(wanted: &[Wanted], language: Language) -> String {
    let words = words::of(language);
    let mut text = String::new();
    for (index, one) in wanted.iter().take(MOST_LINES).enumerate() {
        text.push_str(&format!(
            "{}. {} ({}) – {}\n",
            index + 1,
            one.machine.name(),
            one.machine.serial,
            words.counter(one.counter.kind)
        ));
    }
    if wanted.len() > MOST_LINES {
        text.push_str("…\n");
    }
    text
}

/// Sends the reminders whose day has come; returns how many. The mark is written in the same commit as the message.
pub(crate) async fn run(equipment: &Equipment) -> Result<usize> {
    let store = equipment.store();
    let days = settings::load(store.db()).await?.remind_days;
    let Some(early) = days.iter().max().copied() else {
        return Ok(0);
    };
    let today = equipment.today();
    let all = wishes::due_until(store.db(), &day::plus(today, early).to_string()).await?;
    let mut sent = 0;
    // One customer's wishes of one day stand together.
    for group in all.chunk_by(|a, b| a.customer_id == b.customer_id && a.due_on == b.due_on) {
        let Some(first) = group.first() else { continue };
        let left = day::between(today, day::parse(&first.due_on)?);
        let now_due: Vec<i64> = days.iter().copied().filter(|days| left >= 0 && left <= *days).collect();
        let is_told = |wish: &Wish| {
            let told: Vec<i64> = serde_json::from_str(&wish.reminded).unwrap_or_default();
            now_due.iter().all(|days| told.contains(days))
        };
        if now_due.is_empty() || group.iter().all(is_told) {
            continue;
        }
        sent += usize::from(remind(equipment, group, &now_due).await?);
    }
    Ok(sent)
}

async fn remind(equipment: &Equipment, group: &[Wish], days: &[i64]) -> Result<bool> {
    let Some(first) = group.first() else {
        return Ok(false);
    };
    let store = equipment.store();
    let wanted = wishes::wanted(store.db(), group).await?;
    let customer = tell::customer(store.db(), &first.customer_id).await?;
    let language = customer.language;
    let words = words::of(language);
    let until = words::day(&first.due_on, language);
    let how = if wanted.len() == 1 {
        words.remind_one
    } else {
        words.remind_several
    };
    let mut tx = store.begin().await?;
    let marked = serde_json::to_string(days).unwrap_or_default();
    for wish in group {
        sql("UPDATE reading_wishes SET reminded = $2 WHERE id = $1")
            .bind(wish.id.as_str())
            .bind(marked.as_str())
            .run(&mut tx)
            .await?;
    }
    let is_sent = if wanted.is_empty() {
        false
    } else {
        let subject = words.remind_subject.replace("{day}", &until);
        let news = News {
            told: Told {
                kind: Kind::Reading,
                words: "reading",
                args: json!({ "count": wanted.len(), "day": first.due_on }),
                path: "/portal/readings".to_owned(),
                subject: first.id.to_string(),
            },
            short: format!("{subject}. {}", words.remind_text.replace("{day}", &until)),
            subject,
            text: format!(
                "{}\n\n{}\n{how}",
                words.remind_text.replace("{day}", &until),
                list(&wanted, language)
            ),
            button: words.remind_open,
            cards: Vec::new(),
        };
        tell::tell_in(&mut tx, equipment, &customer, news).await?
    };
    tx.commit_any().await?;
    Ok(is_sent)
}
