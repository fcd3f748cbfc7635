//! `/machines/{id}/readings`: what counters showed.

use ::equipment::counters;
use ::equipment::machines;
use ::equipment::readings::{self, Entered, NewReading, Reading};
use ::equipment::{CounterKind, Doubt, MachineId, Meaning, Source};
use axum::Json as Answer;
use axum::extract::State;
use billing::day;
use conversation::Error;
use conversation::access::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enums;
use super::extract::{Id, Json};
use super::guard::Caller;
use super::problem::Outcome;
use crate::app::App;

/// What a counter showed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reading)]
pub(super) struct ReadingView {
    /// Its id.
    id: String,
    /// Which counter.
    #[schema(value_type = enums::CounterKind)]
    counter: CounterKind,
    /// The day.
    on: String,
    /// What the display showed.
    value: i64,
    /// All copies since the counter began.
    total: i64,
    /// Where it came from.
    #[schema(value_type = enums::ReadingSource)]
    source: Source,
    /// What was odd and was confirmed.
    #[schema(required, value_type = Option<enums::Doubt>)]
    doubt: Option<Doubt>,
    /// Whether it was taken back.
    is_void: bool,
}

/// List readings
///
/// The newest 200 of a machine, the newest day first.
#[utoipa::path(get, path = "/machines/{id}/readings", tag = "equipment", operation_id = "listReadings",
    params(("id" = String, Path, description = "The machine.")),
    responses((status = 200, description = "The readings.", body = Vec<ReadingView>)))]
pub(super) async fn list(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<Vec<ReadingView>>> {
    caller.may(Permission::Read)?;
    let db = app.store.db();
    let machine = machines::load(db, &MachineId::from(id)).await?;
    let own = counters::of_machine(db, &machine.id).await?;
    let rows = readings::of_machine(db, &machine.id, 200).await?;
    let shown = |row: Reading| {
        let kind = own.iter().find(|counter| counter.id == row.counter_id)?.kind;
        Some(ReadingView {
            id: row.id.to_string(),
            counter: kind,
            on: row.taken_on,
            value: row.value,
            total: row.total,
            source: row.source,
            doubt: row.doubt,
            is_void: row.is_void,
        })
    };
    Ok(Answer(rows.into_iter().filter_map(shown).collect()))
}

/// A reading to hand in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadingBody {
    /// Which counter.
    #[schema(value_type = enums::CounterKind)]
    counter: CounterKind,
    /// What the display shows.
    #[schema(minimum = 0)]
    value: i64,
    /// The day; today unless given.
    #[serde(default)]
    on: Option<String>,
    /// How an odd number is to be understood; without it an odd number is asked back and not stored.
    #[serde(default)]
    #[schema(value_type = Option<enums::Meaning>)]
    meaning: Option<Meaning>,
}

/// What became of a reading.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnteredReading)]
pub(super) struct EnteredView {
    /// Whether it counts. Otherwise it is odd: send it again with a `meaning`.
    is_stored: bool,
    /// What is odd.
    #[schema(required, value_type = Option<enums::Doubt>)]
    doubt: Option<Doubt>,
    /// What the counter showed before.
    #[schema(required)]
    before: Option<i64>,
    /// What the machine would have made by its own pace.
    #[schema(required)]
    expected: Option<i64>,
}

/// Hand in a reading
///
/// A lower number or an improbable jump is asked back, never refused.
#[utoipa::path(post, path = "/machines/{id}/readings", tag = "equipment", operation_id = "enterReading", request_body = ReadingBody,
    params(("id" = String, Path, description = "The machine.")),
    responses((status = 200, description = "Stored, or what is odd about it.", body = EnteredView)))]
pub(super) async fn enter(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ReadingBody>,
) -> Outcome<Answer<EnteredView>> {
    caller.may(Permission::Work)?;
    let own = counters::of_machine(app.store.db(), &MachineId::from(id)).await?;
    let counter = own
        .into_iter()
        .find(|counter| counter.kind == body.counter)
        .ok_or(Error::NotFound)?;
    let new = NewReading {
        counter: counter.id,
        value: body.value,
        on: match &body.on {
            Some(text) => day::parse(text)?,
            None => app.equipment.today(),
        },
        source: Source::Api,
        meaning: body.meaning,
        note: String::new(),
    };
    let mut tx = app.store.begin().await?;
    let entered = readings::enter_in(&mut tx, &app.equipment, &caller.actor, new).await?;
    tx.commit_any().await?;
    Ok(Answer(match entered {
        Entered::Stored(_) => EnteredView {
            is_stored: true,
            doubt: None,
            before: None,
            expected: None,
        },
        Entered::Asks {
            doubt,
            before,
            expected,
            ..
        } => EnteredView {
            is_stored: false,
            doubt: Some(doubt),
            before: Some(before),
            expected,
        },
    }))
}
