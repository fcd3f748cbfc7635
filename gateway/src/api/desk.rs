//! What agents write and work with: canned replies and macros. Through the API these are
//! everybody's; an agent's own stay theirs.

use std::cmp::Reverse;
use std::collections::HashMap;

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{self, Permission};
use conversation::desk::Texts;
use conversation::desk::canned::{self, CannedReply, NewCannedReply};
use conversation::desk::fits::{self, Fits, Matter};
use conversation::desk::macros::{self, Macro};
use conversation::desk::steps::Step;
use conversation::types::{ConversationId, Language, Level};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time};
use super::guard::{Caller, OnceId};
use super::problem::{Outcome, Problem};
use crate::app::App;

/// Words by language.
#[derive(Debug, Default, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ByLanguage {
    /// English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    en: Option<String>,
    /// Spanish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    es: Option<String>,
    /// Portuguese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pt: Option<String>,
}

impl From<&Texts> for ByLanguage {
    fn from(texts: &Texts) -> ByLanguage {
        let of = |language| texts.get(language).map(str::to_owned);
        ByLanguage {
            en: of(Language::En),
            es: of(Language::Es),
            pt: of(Language::Pt),
        }
    }
}

impl From<ByLanguage> for Texts {
    fn from(words: ByLanguage) -> Texts {
        let all = [
            (Language::En, words.en),
            (Language::Es, words.es),
            (Language::Pt, words.pt),
        ];
        Texts::of(all.into_iter().filter_map(|(language, words)| Some((language, words?))))
    }
}

/// A text that is written often.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CannedReply)]
pub(super) struct CannedView {
    /// Its id.
    id: String,
    /// What is typed behind the slash.
    shortcut: String,
    /// What it is called.
    title: String,
    /// The group that it stands in; may be empty.
    category: String,
    /// The words, with variables such as `{{contact.name}}`.
    bodies: ByLanguage,
    /// The categories of tickets that it is for, with what is below them; none is every ticket.
    ticket_categories: Vec<String>,
    /// The levels that it is for; none is every level.
    #[schema(value_type = Vec<enums::Level>)]
    levels: Vec<Level>,
    /// How often it was used.
    uses: i64,
    /// How often in the last 30 days.
    recent_uses: i64,
    /// When it changed last.
    updated_at: Time,
}

impl CannedView {
    fn of(reply: CannedReply, lately: &HashMap<String, i64>) -> CannedView {
        CannedView {
            recent_uses: lately.get(&reply.id).copied().unwrap_or(0),
            ticket_categories: reply.fits.categories,
            levels: reply.fits.levels,
            bodies: (&reply.bodies).into(),
            id: reply.id,
            shortcut: reply.shortcut,
            title: reply.title,
            category: reply.category,
            uses: reply.uses,
            updated_at: Time(reply.updated_at),
        }
    }
}

/// A canned reply to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CannedBody {
    /// What is typed behind the slash: letters, digits, `-`, `_` and `.`.
    shortcut: String,
    /// What it is called; the shortcut unless given.
    #[serde(default)]
    title: String,
    /// The group that it stands in.
    #[serde(default)]
    category: String,
    /// The words, in one language at least.
    bodies: ByLanguage,
    /// The categories of tickets that it is for, with what is below them; an empty list is every ticket. Unless
    /// given, it stays as it is.
    #[serde(default)]
    ticket_categories: Option<Vec<String>>,
    /// The levels that it is for; an empty list is every level. Unless given, it stays as it is.
    #[serde(default)]
    #[schema(value_type = Option<Vec<enums::Level>>)]
    levels: Option<Vec<Level>>,
}

/// What something is for, where a body says it; what the body leaves out stays as `old` has it.
fn wanted(categories: Option<Vec<String>>, levels: Option<Vec<Level>>, old: Option<Fits>) -> Option<Fits> {
    if categories.is_none() && levels.is_none() {
        return None;
    }
    let old = old.unwrap_or_default();
    Some(Fits {
        categories: categories.unwrap_or(old.categories),
        levels: levels.unwrap_or(old.levels),
    })
}

impl CannedBody {
    fn reply(self, old: Option<Fits>) -> NewCannedReply {
        NewCannedReply {
            owner: None,
            fits: wanted(self.ticket_categories, self.levels, old),
            shortcut: self.shortcut,
            title: self.title,
            category: self.category,
            bodies: self.bodies.into(),
        }
    }
}

/// For what a list is asked.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct OfferedTo {
    /// A conversation: what was written for the category and level of its ticket comes first, then what is for
    /// everything, then the rest.
    conversation: Option<String>,
}

impl OfferedTo {
    async fn matter(&self, app: &App, caller: &Caller) -> Outcome<Option<Matter>> {
        let Some(id) = &self.conversation else {
            return Ok(None);
        };
        let id = ConversationId::from(id.as_str());
        let found = access::conversation(app.store.db(), &caller.actor, &id).await?;
        Ok(Some(Matter::of(app.store.db(), &found).await?))
    }
}

/// List canned replies
///
/// Everybody's, by category and title, on one page.
#[utoipa::path(get, path = "/canned-replies", tag = "desk", operation_id = "listCannedReplies", params(OfferedTo),
    responses((status = 200, description = "All of them.", body = Page<CannedView>)))]
pub(super) async fn list_canned(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<OfferedTo>,
) -> Outcome<Answer<Page<CannedView>>> {
    caller.may(Permission::Read)?;
    let mut all = canned::list(app.store.db(), None).await?;
    if let Some(matter) = asked.matter(&app, &caller).await? {
        all.sort_by_key(|one| Reverse(one.fits.rank(&matter)));
    }
    let lately = fits::lately(&app.store).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(|one| CannedView::of(one, &lately)).collect(),
        next: None,
    }))
}

/// Add a canned reply
///
/// For everybody.
#[utoipa::path(post, path = "/canned-replies", tag = "desk", operation_id = "createCannedReply", request_body = CannedBody,
    responses((status = 201, description = "It is kept.", body = CannedView, headers(("Location" = String, description = "The path of the canned reply.")))))]
pub(super) async fn create_canned(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CannedBody>,
) -> Outcome<Created<CannedView>> {
    caller.may(Permission::Administer)?;
    let reply = canned::create(&app.store, &caller.actor, body.reply(None)).await?;
    let place = format!("/canned-replies/{}", reply.id);
    Ok(Created(place, CannedView::of(reply, &HashMap::new())))
}

/// One that is everybody's.
async fn shared_canned(app: &App, id: &str) -> Outcome<CannedReply> {
    let reply = canned::load(app.store.db(), id).await?;
    if reply.owner.is_none() {
        Ok(reply)
    } else {
        Err(Problem::not_found())
    }
}

/// Change a canned reply
///
/// Replaces what it says.
#[utoipa::path(patch, path = "/canned-replies/{id}", tag = "desk", operation_id = "changeCannedReply", request_body = CannedBody,
    params(("id" = String, Path, description = "The canned reply.")),
    responses((status = 200, description = "The canned reply as it is now.", body = CannedView)))]
pub(super) async fn change_canned(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<CannedBody>,
) -> Outcome<Answer<CannedView>> {
    caller.may(Permission::Administer)?;
    let old = shared_canned(&app, &id).await?;
    let reply = canned::change(&app.store, &caller.actor, &id, body.reply(Some(old.fits))).await?;
    let lately = fits::lately(&app.store).await?;
    Ok(Answer(CannedView::of(reply, &lately)))
}

/// Remove a canned reply
///
/// What was written with it stays.
#[utoipa::path(delete, path = "/canned-replies/{id}", tag = "desk", operation_id = "removeCannedReply",
    params(("id" = String, Path, description = "The canned reply.")),
    responses((status = 204, description = "It is removed.")))]
pub(super) async fn remove_canned(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<http::StatusCode> {
    caller.may(Permission::Administer)?;
    shared_canned(&app, &id).await?;
    canned::remove(&app.store, &caller.actor, &id).await?;
    Ok(http::StatusCode::NO_CONTENT)
}

/// Steps are objects with `do`: `assign` (`agent`), `take`, `team` (`team`), `level` (`level`, `reason`), `priority`
/// (`priority`), `label` and `unlabel` (`label`), `reply` (`texts`), `note` (`text`), `tell` (`team`, `text`), `follow` (`agent`), `snooze`
/// (`minutes`, 0 until the customer answers), `resolve`, `reopen`.
pub(super) fn steps(given: Vec<Value>) -> Outcome<Vec<Step>> {
    given
        .into_iter()
        .enumerate()
        .map(|(at, step)| {
            serde_json::from_value(step).map_err(|error| Problem::invalid(format!("steps[{at}]: {error}")))
        })
        .collect()
}

pub(super) fn drawn(steps: &[Step]) -> Vec<Value> {
    steps
        .iter()
        .map(|step| serde_json::to_value(step).unwrap_or_default())
        .collect()
}

/// Several steps at one press.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Macro)]
pub(super) struct MacroView {
    /// Its id.
    id: String,
    /// What it is called.
    name: String,
    /// What it does, in order: objects with `do`.
    #[schema(value_type = Vec<Object>)]
    steps: Vec<Value>,
    /// The categories of tickets that it is for, with what is below them; none is every ticket.
    ticket_categories: Vec<String>,
    /// The levels that it is for; none is every level.
    #[schema(value_type = Vec<enums::Level>)]
    levels: Vec<Level>,
    /// How often it was run.
    uses: i64,
    /// How often in the last 30 days.
    recent_uses: i64,
    /// When it changed last.
    updated_at: Time,
}

impl MacroView {
    fn of(one: Macro, lately: &HashMap<String, i64>) -> MacroView {
        MacroView {
            recent_uses: lately.get(&one.id).copied().unwrap_or(0),
            ticket_categories: one.fits.categories,
            levels: one.fits.levels,
            steps: drawn(&one.steps),
            id: one.id,
            name: one.name,
            uses: one.uses,
            updated_at: Time(one.updated_at),
        }
    }
}

/// A macro to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MacroBody {
    /// What it is called.
    name: String,
    /// What it does, in order: objects with `do` = `assign` (`agent`), `take`, `team` (`team`), `level` (`level`, `reason`),
    /// `priority` (`priority`), `label` and `unlabel` (`label`), `reply` (`texts`), `note` (`text`), `tell` (`team`, `text`: a note that
    /// calls a team), `follow` (`agent`), `snooze` (`minutes`; 0 is until the customer answers), `resolve` or `reopen`.
    #[schema(value_type = Vec<Object>)]
    steps: Vec<Value>,
    /// The categories of tickets that it is for, with what is below them; an empty list is every ticket. Unless
    /// given, it stays as it is.
    #[serde(default)]
    ticket_categories: Option<Vec<String>>,
    /// The levels that it is for; an empty list is every level. Unless given, it stays as it is.
    #[serde(default)]
    #[schema(value_type = Option<Vec<enums::Level>>)]
    levels: Option<Vec<Level>>,
}

/// List macros
///
/// Everybody's, by name, on one page.
#[utoipa::path(get, path = "/macros", tag = "desk", operation_id = "listMacros", params(OfferedTo),
    responses((status = 200, description = "All of them.", body = Page<MacroView>)))]
pub(super) async fn list_macros(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<OfferedTo>,
) -> Outcome<Answer<Page<MacroView>>> {
    caller.may(Permission::Read)?;
    let mut all = macros::list(app.store.db(), None).await?;
    if let Some(matter) = asked.matter(&app, &caller).await? {
        all.sort_by_key(|one| Reverse(one.fits.rank(&matter)));
    }
    let lately = fits::lately(&app.store).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(|one| MacroView::of(one, &lately)).collect(),
        next: None,
    }))
}

/// Add a macro
///
/// For everybody.
#[utoipa::path(post, path = "/macros", tag = "desk", operation_id = "createMacro", request_body = MacroBody,
    responses((status = 201, description = "It is kept.", body = MacroView, headers(("Location" = String, description = "The path of the macro.")))))]
pub(super) async fn create_macro(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<MacroBody>,
) -> Outcome<Created<MacroView>> {
    caller.may(Permission::Administer)?;
    let fits = wanted(body.ticket_categories, body.levels, None);
    let steps = steps(body.steps)?;
    let one = macros::save(&app.store, &caller.actor, None, None, &body.name, &steps, fits.as_ref()).await?;
    Ok(Created(
        format!("/macros/{}", one.id),
        MacroView::of(one, &HashMap::new()),
    ))
}

async fn shared_macro(app: &App, id: &str) -> Outcome<Macro> {
    let one = macros::load(app.store.db(), id).await?;
    if one.owner.is_none() {
        Ok(one)
    } else {
        Err(Problem::not_found())
    }
}

/// Change a macro
///
/// Replaces its name and steps.
#[utoipa::path(patch, path = "/macros/{id}", tag = "desk", operation_id = "changeMacro", request_body = MacroBody,
    params(("id" = String, Path, description = "The macro.")),
    responses((status = 200, description = "The macro as it is now.", body = MacroView)))]
pub(super) async fn change_macro(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<MacroBody>,
) -> Outcome<Answer<MacroView>> {
    caller.may(Permission::Administer)?;
    let old = shared_macro(&app, &id).await?;
    let steps = steps(body.steps)?;
    let new = wanted(body.ticket_categories, body.levels, Some(old.fits));
    let one = macros::save(
        &app.store,
        &caller.actor,
        Some(&id),
        None,
        &body.name,
        &steps,
        new.as_ref(),
    )
    .await?;
    let lately = fits::lately(&app.store).await?;
    Ok(Answer(MacroView::of(one, &lately)))
}

/// Remove a macro
///
/// What it did stays.
#[utoipa::path(delete, path = "/macros/{id}", tag = "desk", operation_id = "removeMacro",
    params(("id" = String, Path, description = "The macro.")),
    responses((status = 204, description = "It is removed.")))]
pub(super) async fn remove_macro(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<http::StatusCode> {
    caller.may(Permission::Administer)?;
    shared_macro(&app, &id).await?;
    macros::remove(&app.store, &caller.actor, &id).await?;
    Ok(http::StatusCode::NO_CONTENT)
}

/// Where to run a macro.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunBody {
    /// The conversation.
    conversation: String,
}

/// What a macro did.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ran {
    /// The steps that changed something, by their `do`.
    done: Vec<&'static str>,
}

/// Run a macro
///
/// All of its steps, or none.
#[utoipa::path(post, path = "/macros/{id}/run", tag = "desk", operation_id = "runMacro", request_body = RunBody,
    params(("id" = String, Path, description = "The macro.")),
    responses((status = 200, description = "What it did.", body = Ran)))]
pub(super) async fn run_macro(
    State(app): State<App>,
    caller: Caller,
    OnceId(once): OnceId,
    Id(id): Id,
    Json(body): Json<RunBody>,
) -> Outcome<Answer<Ran>> {
    caller.may(Permission::Work)?;
    shared_macro(&app, &id).await?;
    let found = access::conversation(app.store.db(), &caller.actor, &ConversationId::from(body.conversation)).await?;
    let once = once.unwrap_or_else(|| app.store.env().ulid());
    let done = macros::run(&app.store, &caller.actor, &id, &found.id, &once).await?;
    Ok(Answer(Ran { done }))
}
