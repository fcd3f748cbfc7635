//! Problems: told once when they begin and once when they are over, by mail to the administrators and by the
//! event `health.changed`, which web hooks carry.

use conversation::db::{On, sql};
use conversation::events::{EventKind, NewEvent};
use conversation::notices::{self, Look, NewNotice};
use conversation::types::{Actor, Language, Millis, Role};
use conversation::{Result, Store, Tx, inboxes};
use serde_json::json;
use ui::i18n;

use super::finding::{Finding, Level, title};
use crate::app::App;
use crate::people::agents::{self, Agent};

/// A problem has to be gone for so long before it is over, so that one that comes and goes is one problem.
const GONE_FOR: Millis = 5 * 60_000;
/// What a machine has of its own and nobody saw for so long went with the machine.
const FORGOTTEN: Millis = 24 * 3_600_000;

/// A problem that people were told of.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Problem {
    /// Its name.
    pub(crate) name: String,
    /// Whose it is: a machine's, or '' for everybody's.
    pub(crate) place: String,
    /// The check.
    pub(crate) kind: String,
    /// What it is about.
    pub(crate) about: String,
    /// When it began.
    pub(crate) since: Millis,
    /// When it was seen last.
    pub(crate) seen_at: Millis,
    /// Since when it is gone.
    pub(crate) gone_since: Option<Millis>,
}

/// Those that are not over, the oldest first.
pub(crate) async fn open(on: impl On) -> Result<Vec<Problem>> {
    sql("SELECT name, place, kind, about, since, seen_at, gone_since FROM health_problems ORDER BY since, name")
        .all(on)
        .await
}

/// Compares what was found with what was known, and tells what began and what is over. `host` is this machine;
/// `is_keeper` says whether this process looks after what all machines share.
///
/// # Errors
/// When the database refuses; the next look tells it.
pub(crate) async fn settle(app: &App, findings: &[Finding], host: &str, is_keeper: bool) -> Result<()> {
    let now = app.store.now();
    let known = open(app.store.db()).await?;
    let bad: Vec<(String, &Finding)> = findings
        .iter()
        .filter(|found| found.level == Level::Bad && (found.is_local || is_keeper))
        .map(|found| (name(found, host), found))
        .collect();
    for (name, found) in &bad {
        let is_known = known.iter().any(|problem| problem.name == *name);
        seen(app, name, found, host, is_known, now).await?;
    }
    for problem in known {
        let is_mine = if problem.place.is_empty() {
            is_keeper
        } else {
            problem.place == host
        };
        let is_forgotten = is_keeper && now - problem.seen_at > FORGOTTEN;
        let is_there = bad.iter().any(|(name, _)| *name == problem.name);
        if !is_there && (is_forgotten || is_mine) {
            unseen(app, &problem, now, is_forgotten).await?;
        }
    }
    Ok(())
}

fn name(found: &Finding, host: &str) -> String {
    let mut name = found.check.trim_start_matches("health-").to_owned();
    for part in [found.id.as_str(), if found.is_local { host } else { "" }] {
        if !part.is_empty() {
            name.push(':');
            name.push_str(part);
        }
    }
    name
}

async fn seen(app: &App, name: &str, found: &Finding, host: &str, is_known: bool, now: Millis) -> Result<()> {
    let mut tx = app.store.begin().await?;
    if is_known {
        sql("UPDATE health_problems SET seen_at = $2, gone_since = NULL WHERE name = $1")
            .bind(name)
            .bind(now)
            .run(&mut tx)
            .await?;
        return tx.commit_silently().await;
    }
    let begun = sql("INSERT INTO health_problems (name, place, kind, about, since, seen_at) VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .bind(if found.is_local { host } else { "" })
        .bind(found.check)
        .bind(found.about.as_str())
        .bind(now)
        .run(&mut tx)
        .await?;
    if begun == 0 {
        return tx.commit_silently().await;
    }
    let english = found.detail.words(Language::En);
    tracing::warn!(problem = name, "{}", english);
    for agent in administrators(&mut tx).await? {
        let lang = agent.language;
        let title = found.title(lang);
        let mut text = found.detail.words(lang);
        if let Some(next) = &found.next {
            text = format!("{text}\n\n{}", next.words(lang));
        }
        let subject = i18n::t_args(lang, "health-mail-begun", &[("what", title.clone().into())]);
        tell(app, &mut tx, agent, subject, title, text).await?;
    }
    let data = json!({
        "problem": name,
        "state": "begun",
        "since": now,
        "title": found.title(Language::En),
        "words": english,
        "next": found.next.as_ref().map(|next| next.words(Language::En)),
    });
    tx.emit(event(name, data));
    tx.commit().await.map(drop)
}

async fn unseen(app: &App, problem: &Problem, now: Millis, is_forgotten: bool) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let gone_since = problem.gone_since.unwrap_or(now);
    if !is_forgotten && now - gone_since < GONE_FOR {
        sql("UPDATE health_problems SET gone_since = COALESCE(gone_since, $2) WHERE name = $1")
            .bind(problem.name.as_str())
            .bind(now)
            .run(&mut tx)
            .await?;
        return tx.commit_silently().await;
    }
    let gone = sql("DELETE FROM health_problems WHERE name = $1")
        .bind(problem.name.as_str())
        .run(&mut tx)
        .await?;
    if gone == 0 {
        return tx.commit_silently().await;
    }
    tracing::info!(problem = problem.name, "a problem is over");
    let tz = app.tz();
    for agent in administrators(&mut tx).await? {
        let lang = agent.language;
        let title = title(lang, &problem.kind, &problem.about);
        let text = i18n::t_args(
            lang,
            "health-mail-lasted",
            &[
                ("since", i18n::date_time(lang, problem.since, tz).into()),
                ("until", i18n::date_time(lang, gone_since, tz).into()),
            ],
        );
        let subject = i18n::t_args(lang, "health-mail-over", &[("what", title.clone().into())]);
        tell(app, &mut tx, agent, subject, title, text).await?;
    }
    let data = json!({
        "problem": problem.name,
        "state": "over",
        "since": problem.since,
        "until": gone_since,
        "title": title(Language::En, &problem.kind, &problem.about),
    });
    tx.emit(event(&problem.name, data));
    tx.commit().await.map(drop)
}

/// The machine's clock went back: a problem that began, was seen or went in the future did so now.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn went_back(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let changed = sql("UPDATE health_problems SET since = CASE WHEN since > $1 THEN $1 ELSE since END, seen_at = CASE WHEN seen_at > $1 THEN $1 ELSE seen_at END, gone_since = CASE WHEN gone_since > $1 THEN $1 ELSE gone_since END WHERE since > $1 OR seen_at > $1 OR gone_since > $1")
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(changed)
}

fn event(name: &str, data: serde_json::Value) -> NewEvent {
    NewEvent {
        kind: EventKind::HealthChanged,
        conversation: None,
        subject: name.to_owned(),
        actor: Actor::System,
        data,
    }
}

async fn administrators(tx: &mut Tx) -> Result<Vec<Agent>> {
    let own = inboxes::list(&mut *tx).await?;
    Ok(agents::list(&mut *tx)
        .await?
        .into_iter()
        .filter(|agent| agent.is_enabled && agent.role == Role::Administrator)
        // A mail to a mailbox of our own would come in as a customer's.
        .filter(|agent| !own.iter().any(|inbox| inbox.address.eq_ignore_ascii_case(&agent.email)))
        .collect())
}

async fn tell(app: &App, tx: &mut Tx, agent: Agent, subject: String, title: String, text: String) -> Result<()> {
    let lang = agent.language;
    let look = Look {
        title,
        business: app.business_name(),
        footer: i18n::t(lang, "health-mail-why").into_owned(),
        ..Look::default()
    };
    let notice = NewNotice {
        recipient: agent.email,
        language: lang,
        subject,
        text,
        action_label: i18n::t(lang, "health-mail-open").into_owned(),
        action_url: format!("{}/settings/health", app.public_url()),
    };
    notices::put_dressed_in(tx, notice, &look).await.map(drop)
}
