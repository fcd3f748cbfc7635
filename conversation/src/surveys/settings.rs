//! How each kind of survey is asked.

use serde::Serialize;
use serde_json::json;

use super::Kind;
use crate::audit;
use crate::db::{On, sql};
use crate::desk::Texts;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::types::{Actor, InboxId, LabelId, Millis};

const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;

/// How one kind of survey is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Which question.
    pub kind: Kind,
    /// Where it is asked; nowhere is off.
    pub inboxes: Vec<InboxId>,
    /// The question; a language without words has the usual ones.
    pub questions: Texts,
    /// What is said to an answer; as above.
    pub thanks: Texts,
    /// So long after the conversation was resolved; milliseconds. CSAT only.
    pub delay: Millis,
    /// Not again to the same customer within so long; milliseconds. For NPS it is the time between two
    /// questions.
    pub quiet: Millis,
    /// A score up to this one is raised to supervisors.
    pub low_at: i64,
    /// The label that a conversation with such a score gets.
    pub label: Option<LabelId>,
    /// Where WhatsApp's window is closed, the inbox's template carries the question.
    pub by_template: bool,
    /// At most so many a day. NPS only.
    pub a_day: i64,
}

impl Settings {
    /// What holds when nobody said anything: asked nowhere.
    pub fn usual(kind: Kind) -> Settings {
        Settings {
            kind,
            inboxes: Vec::new(),
            questions: Texts::default(),
            thanks: Texts::default(),
            delay: HOUR,
            quiet: match kind {
                Kind::Csat => 14 * DAY,
                Kind::Nps => 180 * DAY,
            },
            low_at: match kind {
                Kind::Csat => 2,
                Kind::Nps => 6,
            },
            label: None,
            by_template: false,
            a_day: 50,
        }
    }

    /// Whether it is asked in this inbox.
    pub fn is_on(&self, inbox: &InboxId) -> bool {
        self.inboxes.contains(inbox)
    }
}

type Row = (String, String, i64, i64, i64, Option<LabelId>, bool, i64);

/// How a kind is asked.
pub async fn load(on: impl On, kind: Kind) -> Result<Settings> {
    let mut on = on;
    let row: Option<Row> = sql("SELECT questions, thanks, delay, quiet, low_at, label_id, by_template, a_day FROM survey_settings WHERE kind = $1")
        .bind(kind.as_str())
        .optional(&mut on)
        .await?;
    let Some((questions, thanks, delay, quiet, low_at, label, by_template, a_day)) = row else {
        return Ok(Settings::usual(kind));
    };
    let inboxes: Vec<(InboxId,)> = sql("SELECT inbox_id FROM survey_inboxes WHERE kind = $1 ORDER BY inbox_id")
        .bind(kind.as_str())
        .all(&mut on)
        .await?;
    let what = format!("survey settings {}", kind.as_str());
    Ok(Settings {
        kind,
        inboxes: inboxes.into_iter().map(|(id,)| id).collect(),
        questions: Texts::from_json(&what, &questions)?,
        thanks: Texts::from_json(&what, &thanks)?,
        delay,
        quiet,
        low_at,
        label,
        by_template,
        a_day,
    })
}

fn check(settings: &Settings) -> Result<()> {
    let wrong = |what: &str| Err(Error::Invalid(what.to_owned()));
    settings.questions.check("questions")?;
    settings.thanks.check("thanks")?;
    if settings.questions.iter().any(|(_, words)| words.chars().count() > 500) {
        return wrong("questions: a question has at most 500 characters");
    }
    if settings.thanks.iter().any(|(_, words)| words.chars().count() > 500) {
        return wrong("thanks: at most 500 characters");
    }
    if !(0..=30 * DAY).contains(&settings.delay) {
        return wrong("delay: from nothing to 30 days");
    }
    if !(0..=1_100 * DAY).contains(&settings.quiet) {
        return wrong("quiet: from nothing to three years");
    }
    let (least, most) = settings.kind.scale();
    if !(least - 1..most).contains(&settings.low_at) {
        return wrong("low_at: a score of the scale below the best, or one less than the least for none");
    }
    if settings.kind == Kind::Nps && settings.quiet < 30 * DAY {
        return wrong("quiet: at least 30 days between two questions of this kind");
    }
    if !(1..=10_000).contains(&settings.a_day) {
        return wrong("a_day: 1 to 10000");
    }
    Ok(())
}

/// Says how a kind is asked. Where NPS begins to be asked, the customers of the last year get their turns,
/// spread over a quarter of the time between two questions.
///
/// # Errors
/// [`Error::Invalid`] for values out of bounds, and inboxes or labels that are not there.
pub async fn save(store: &Store, actor: &Actor, settings: &Settings) -> Result<()> {
    check(settings)?;
    let kind = settings.kind.as_str();
    let mut tx = store.begin().await?;
    let now = tx.now();
    if let Some(label) = &settings.label {
        let known: Option<(String,)> = sql("SELECT id FROM labels WHERE id = $1")
            .bind(label)
            .optional(&mut tx)
            .await?;
        if known.is_none() {
            return Err(Error::Invalid("label: there is no such label".to_owned()));
        }
    }
    let before = load(&mut tx, settings.kind).await?;
    sql("INSERT INTO survey_settings (kind, questions, thanks, delay, quiet, low_at, label_id, by_template, a_day, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (kind) DO UPDATE SET questions = excluded.questions, thanks = excluded.thanks, delay = excluded.delay, quiet = excluded.quiet, low_at = excluded.low_at, label_id = excluded.label_id, by_template = excluded.by_template, a_day = excluded.a_day, updated_at = excluded.updated_at")
        .bind(kind)
        .bind(settings.questions.to_json())
        .bind(settings.thanks.to_json())
        .bind(settings.delay)
        .bind(settings.quiet)
        .bind(settings.low_at)
        .bind(settings.label.as_ref())
        .bind(settings.by_template)
        .bind(settings.a_day)
        .bind(now)
        .run(&mut tx)
        .await?;
    sql("DELETE FROM survey_inboxes WHERE kind = $1")
        .bind(kind)
        .run(&mut tx)
        .await?;
    for inbox in &settings.inboxes {
        let known: Option<(String,)> = sql("SELECT id FROM inboxes WHERE id = $1")
            .bind(inbox)
            .optional(&mut tx)
            .await?;
        if known.is_none() {
            return Err(Error::Invalid(format!("inboxes: there is no inbox `{inbox}`")));
        }
        sql("INSERT INTO survey_inboxes (kind, inbox_id) VALUES ($1, $2) ON CONFLICT (kind, inbox_id) DO NOTHING")
            .bind(kind)
            .bind(inbox)
            .run(&mut tx)
            .await?;
        if settings.kind == Kind::Nps && !before.is_on(inbox) {
            let days = (settings.quiet / DAY / 4).max(1);
            sql("INSERT INTO survey_turns (contact_id, next_at) SELECT p.id, $2 + ((ROW_NUMBER() OVER (ORDER BY p.id)) % $3) * 86400000 FROM contacts p WHERE p.merged_into IS NULL AND EXISTS (SELECT 1 FROM conversations c WHERE c.contact_id = p.id AND c.inbox_id = $1 AND c.last_inbound_at > $4) ON CONFLICT (contact_id) DO NOTHING")
                .bind(inbox)
                .bind(now)
                .bind(days)
                .bind(now - 365 * DAY)
                .run(&mut tx)
                .await?;
        }
    }
    audit::record(
        &mut tx,
        actor,
        "survey.settings_saved",
        kind,
        &json!({ "inboxes": settings.inboxes }),
    )
    .await?;
    tx.commit_silently().await
}
