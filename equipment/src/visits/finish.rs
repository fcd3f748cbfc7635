//! The end of a visit: what was done, used and read, and who signed.

use billing::day;
use conversation::db::sql;
use conversation::types::Actor;
use conversation::{Error, Result, Tx, attachments, audit};
use jiff::civil::Date;
use serde_json::json;

use super::telling::{Said, say_in};
use super::{Part, Visit, load, lock, strokes};
use crate::ids::{CounterId, Meaning, Source, VisitId, VisitState};
use crate::readings::{self, Entered, NewReading};
use crate::{Equipment, card, changed, line, lines, machines, report, words};

/// What a technician reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// What was done.
    pub work: String,
    /// What was used.
    pub parts: Vec<Part>,
    /// What the counters show; an odd number is taken as it stands, for the technician saw it.
    pub counters: Vec<(CounterId, i64)>,
    /// Who signed.
    pub signed_by: String,
    /// Strokes of a pen; empty where the name was typed only.
    pub signature: String,
}

impl Done {
    /// As it is kept; refuses what says nothing.
    fn checked(self) -> Result<Done> {
        let done = Done {
            work: lines(&self.work, 4_000),
            signed_by: line(&self.signed_by, 120),
            ..self
        };
        if done.work.is_empty() {
            return Err(Error::Invalid("work: say what was done".to_owned()));
        }
        if done.signed_by.is_empty() {
            return Err(Error::Invalid("signed_by: type the name of whoever signs".to_owned()));
        }
        let is_odd = |part: &Part| part.name.trim().is_empty() || !(1..=10_000).contains(&part.quantity);
        if done.parts.len() > 50 || done.parts.iter().any(is_odd) {
            return Err(Error::Invalid(
                "parts: at most fifty, each with a name and a number".to_owned(),
            ));
        }
        Ok(done)
    }
}

/// Ends a visit: readings, report, word to the customer. The report is made and stored before the transaction.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong; [`Error::Conflict`] when it is over.
pub async fn finish(equipment: &Equipment, actor: &Actor, id: &VisitId, done: Done) -> Result<()> {
    let store = equipment.store();
    let strokes = strokes(&done.signature)?;
    let done = done.checked()?;
    let visit = load(store.db(), id).await?;
    is_open(&visit)?;
    // What is written down afterwards was done in its time.
    let done_at = if visit.is_from_before() {
        visit.ends_at
    } else {
        store.now()
    };
    let shown = Visit {
        state: VisitState::Done,
        arrived_at: Some(visit.arrived_at.unwrap_or(done_at)),
        done_at: Some(done_at),
        work: done.work.clone(),
        parts: serde_json::to_string(&done.parts).map_err(|error| Error::corrupt("parts", error))?,
        signed_by: done.signed_by.clone(),
        signature: done.signature.clone(),
        ..visit
    };
    let paper = report::content(equipment, &shown, &done.counters, strokes).await?;
    let language = paper.language;
    let bytes = report::draw(paper).await?;
    let blob = store.put_blob(&bytes).await?;
    let name = format!("{}.pdf", words::of(language).report_file);
    let file = match shown.conversation_id {
        Some(_) => Some(
            attachments::upload(store, actor, &name, "application/pdf", &blob)
                .await?
                .id,
        ),
        None => None,
    };
    let mut tx = store.begin().await?;
    let held = lock(&mut tx, id).await?;
    is_open(&held)?;
    sql("UPDATE visits SET state = 'done', arrived_at = $2, done_at = $3, work = $4, parts = $5, signed_by = $6, signature = $7, report_sha256 = $8 WHERE id = $1")
        .bind(id.as_str())
        .bind(shown.arrived_at)
        .bind(shown.done_at)
        .bind(shown.work.as_str())
        .bind(shown.parts.as_str())
        .bind(shown.signed_by.as_str())
        .bind(shown.signature.as_str())
        .bind(blob.sha256.as_str())
        .run(&mut tx)
        .await?;
    let read_on = day::of(done_at, equipment.billing.zone.now());
    enter_counters(&mut tx, equipment, actor, done.counters, read_on).await?;
    audit::record(&mut tx, actor, "visit.done", id.as_str(), &json!({})).await?;
    changed(&mut tx, actor, id.as_str(), &shown.customer_id, "visit");
    card::refresh_visit_in(&mut tx, equipment, actor, id).await?;
    let machine = machines::load(&mut tx, &shown.machine_id).await?;
    say_in(&mut tx, equipment, actor, &shown, &machine, Said::Done(file)).await?;
    tx.commit().await?;
    Ok(())
}

fn is_open(visit: &Visit) -> Result<()> {
    match visit.state {
        VisitState::Done | VisitState::Cancelled => Err(Error::Conflict("this visit is over".to_owned())),
        VisitState::Planned | VisitState::OnWay | VisitState::There => Ok(()),
    }
}

async fn enter_counters(
    tx: &mut Tx,
    equipment: &Equipment,
    actor: &Actor,
    counters: Vec<(CounterId, i64)>,
    on: Date,
) -> Result<()> {
    for (counter, value) in counters {
        let mut new = NewReading {
            counter,
            value,
            on,
            source: Source::Visit,
            meaning: None,
            note: String::new(),
        };
        if let Entered::Asks { .. } = readings::enter_in(&mut *tx, equipment, actor, new.clone()).await? {
            new.meaning = Some(Meaning::Right);
            readings::enter_in(&mut *tx, equipment, actor, new).await?;
        }
    }
    Ok(())
}
