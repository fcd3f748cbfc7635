//! Reports that are mailed: who gets which, how often, and when next.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::Dimension;
use crate::db::{On, composed_sql, sql};
use crate::error::{Error, Result};
use crate::store::{Store, Tx};
use crate::types::{AgentId, Millis};

/// The most that one agent gets.
const MOST: i64 = 10;
/// The hour of the day at which they leave.
const HOUR: i8 = 7;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// On Mondays, about the week before.
    Weekly,
    /// On the first, about the month before.
    Monthly,
}

impl Every {
    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Every::Weekly => "weekly",
            Every::Monthly => "monthly",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Every> {
        [Every::Weekly, Every::Monthly]
            .into_iter()
            .find(|one| one.as_str() == text)
    }

    /// The first day on or after which a report of this kind leaves, strictly after `today`.
    fn next_day(self, today: Date) -> Option<Date> {
        match self {
            Every::Weekly => {
                let ahead = 7 - i64::from(today.weekday().to_monday_zero_offset());
                today.checked_add(ahead.days()).ok()
            }
            Every::Monthly => today.first_of_month().checked_add(1.month()).ok(),
        }
    }

    /// When the next one leaves, after a moment: at seven in the morning of the zone.
    pub fn next_at(self, now: Millis, zone: &TimeZone) -> Millis {
        let next = || {
            let today = Timestamp::from_millisecond(now).ok()?.to_zoned(zone.clone()).date();
            let day = self.next_day(today)?;
            let at = day.at(HOUR, 0, 0, 0).to_zoned(zone.clone()).ok()?;
            Some(at.timestamp().as_millisecond())
        };
        next().unwrap_or(now + 7 * 86_400_000)
    }

    /// The days that a report which leaves at a moment is about: first and last.
    pub fn days(self, at: Millis, zone: &TimeZone) -> (Date, Date) {
        let today = Timestamp::from_millisecond(at)
            .unwrap_or(Timestamp::UNIX_EPOCH)
            .to_zoned(zone.clone())
            .date();
        let begin = match self {
            Every::Weekly => {
                let since = i64::from(today.weekday().to_monday_zero_offset());
                today.saturating_sub(since.days())
            }
            Every::Monthly => today.first_of_month(),
        };
        let first = match self {
            Every::Weekly => begin.saturating_sub(7.days()),
            Every::Monthly => begin.saturating_sub(1.month()),
        };
        (first, begin.saturating_sub(1.day()))
    }
}

/// A report that is mailed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportMail {
    /// Its id.
    pub id: String,
    /// Who gets it.
    pub agent: AgentId,
    /// How often.
    pub every: Every,
    /// What its table is broken down by.
    pub dimension: Dimension,
    /// Times within business hours.
    pub is_work_time: bool,
    /// When the next one leaves.
    pub next_at: Millis,
}

type Row = (String, AgentId, String, String, bool, i64);
const COLUMNS: &str = "id, agent_id, every, dimension, is_work_time, next_at";

fn from_row((id, agent, every, dimension, is_work_time, next_at): Row) -> Result<ReportMail> {
    let what = format!("report mail {id}");
    Ok(ReportMail {
        every: Every::from_text(&every).ok_or_else(|| Error::corrupt(&what, &every))?,
        dimension: Dimension::from_text(&dimension).ok_or_else(|| Error::corrupt(&what, &dimension))?,
        id,
        agent,
        is_work_time,
        next_at,
    })
}

/// What an agent gets.
pub async fn of_agent(on: impl On, agent: &AgentId) -> Result<Vec<ReportMail>> {
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT {COLUMNS} FROM report_mails WHERE agent_id = $1 ORDER BY id"
    ))
    .bind(agent)
    .all(on)
    .await?;
    rows.into_iter().map(from_row).collect()
}

/// Lets an agent have one more.
///
/// # Errors
/// [`Error::Invalid`] beyond ten.
pub async fn add(
    store: &Store,
    agent: &AgentId,
    every: Every,
    dimension: Dimension,
    is_work_time: bool,
    zone: &TimeZone,
) -> Result<ReportMail> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM report_mails WHERE agent_id = $1")
        .bind(agent)
        .one(&mut tx)
        .await?;
    if count >= MOST {
        return Err(Error::Invalid(format!("at most {MOST} mailed reports for each agent")));
    }
    let mail = ReportMail {
        id: tx.env().ulid(),
        agent: agent.clone(),
        every,
        dimension,
        is_work_time,
        next_at: every.next_at(now, zone),
    };
    sql("INSERT INTO report_mails (id, agent_id, every, dimension, is_work_time, next_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(mail.id.as_str())
        .bind(agent)
        .bind(every.as_str())
        .bind(dimension.as_str())
        .bind(is_work_time)
        .bind(mail.next_at)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(mail)
}

/// Takes one away from its agent.
///
/// # Errors
/// [`Error::NotFound`], also for another agent's.
pub async fn remove(store: &Store, agent: &AgentId, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let gone = sql("DELETE FROM report_mails WHERE id = $1 AND agent_id = $2")
        .bind(id)
        .bind(agent)
        .run(&mut tx)
        .await?;
    if gone == 0 {
        return Err(Error::NotFound);
    }
    tx.commit_silently().await
}

/// What is to leave now.
pub async fn due(on: impl On, now: Millis) -> Result<Vec<ReportMail>> {
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT {COLUMNS} FROM report_mails WHERE next_at <= $1 ORDER BY next_at, id LIMIT 50"
    ))
    .bind(now)
    .all(on)
    .await?;
    rows.into_iter().map(from_row).collect()
}

/// Takes a due one in the transaction that writes its mail; `false` when another process was faster.
pub async fn take_in(tx: &mut Tx, mail: &ReportMail, zone: &TimeZone) -> Result<bool> {
    let next = mail.every.next_at(tx.now(), zone);
    let mine = sql("UPDATE report_mails SET next_at = $3 WHERE id = $1 AND next_at = $2")
        .bind(mail.id.as_str())
        .bind(mail.next_at)
        .bind(next)
        .run(tx)
        .await?;
    Ok(mine == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_leaves_in_the_morning_and_is_about_what_is_over() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        for (zone, now, every, next, first, last) in [
            (
                "America/Sao_Paulo",
                "2026-01-07T12:00:00Z",
                Every::Weekly,
                "2026-01-12T10:00:00Z",
                "2026-01-05",
                "2026-01-11",
            ),
            // On a Monday the next is a week ahead.
            (
                "UTC",
                "2026-01-12T08:00:00Z",
                Every::Weekly,
                "2026-01-19T07:00:00Z",
                "2026-01-12",
                "2026-01-18",
            ),
            (
                "UTC",
                "2026-01-31T23:00:00Z",
                Every::Monthly,
                "2026-02-01T07:00:00Z",
                "2026-01-01",
                "2026-01-31",
            ),
            // The clocks changed on the Sunday before.
            (
                "Europe/Lisbon",
                "2026-03-27T12:00:00Z",
                Every::Weekly,
                "2026-03-30T06:00:00Z",
                "2026-03-23",
                "2026-03-29",
            ),
            (
                "America/New_York",
                "2026-10-15T12:00:00Z",
                Every::Monthly,
                "2026-11-01T12:00:00Z",
                "2026-10-01",
                "2026-10-31",
            ),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            let leaves = every.next_at(at(now), &zone);
            assert_eq!(leaves, at(next), "{now}");
            let (from, to) = every.days(leaves, &zone);
            assert_eq!(
                (from.to_string(), to.to_string()),
                (first.to_owned(), last.to_owned()),
                "{now}"
            );
        }
    }
}
