//! What agents write and work with: canned replies, macros, rules. Through the API these are
//! everybody's; an agent's own stay theirs.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{self, Permission};
use conversation::desk::Texts;
use conversation::desk::canned::{self, CannedReply, NewCannedReply};
use conversation::desk::macros::{self, Macro};
use conversation::desk::rules::dry_run::dry_run;
use conversation::desk::rules::{self, Condition, Occasion, Rule};
use conversation::desk::steps::Step;
use conversation::types::{ConversationId, Language};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Created, Id, Json, Page, Query, Time, limit};
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
    /// How often it was used.
    uses: i64,
    /// When it changed last.
    updated_at: Time,
}

impl From<CannedReply> for CannedView {
    fn from(reply: CannedReply) -> CannedView {
        CannedView {
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
}

impl From<CannedBody> for NewCannedReply {
    fn from(body: CannedBody) -> NewCannedReply {
        NewCannedReply {
            owner: None,
            shortcut: body.shortcut,
            title: body.title,
            category: body.category,
            bodies: body.bodies.into(),
        }
    }
}

/// List canned replies
///
/// Everybody's, by category and title, on one page.
#[utoipa::path(get, path = "/canned-replies", tag = "desk", operation_id = "listCannedReplies",
    responses((status = 200, description = "All of them.", body = Page<CannedView>)))]
pub(super) async fn list_canned(State(app): State<App>, caller: Caller) -> Outcome<Answer<Page<CannedView>>> {
    caller.may(Permission::Read)?;
    let all = canned::list(app.store.db(), None).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(CannedView::from).collect(),
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
    let reply = canned::create(&app.store, &caller.actor, body.into()).await?;
    Ok(Created(format!("/canned-replies/{}", reply.id), reply.into()))
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
    shared_canned(&app, &id).await?;
    Ok(Answer(
        canned::change(&app.store, &caller.actor, &id, body.into())
            .await?
            .into(),
    ))
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
/// (`priority`), `label` and `unlabel` (`label`), `reply` (`texts`), `note` (`text`), `follow` (`agent`), `snooze`
/// (`minutes`, 0 until the customer answers), `resolve`, `reopen`.
fn steps(given: Vec<Value>) -> Outcome<Vec<Step>> {
    given
        .into_iter()
        .enumerate()
        .map(|(at, step)| {
            serde_json::from_value(step).map_err(|error| Problem::invalid(format!("steps[{at}]: {error}")))
        })
        .collect()
}

fn drawn(steps: &[Step]) -> Vec<Value> {
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
    /// How often it was run.
    uses: i64,
    /// When it changed last.
    updated_at: Time,
}

impl From<Macro> for MacroView {
    fn from(one: Macro) -> MacroView {
        MacroView {
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
    /// `priority` (`priority`), `label` and `unlabel` (`label`), `reply` (`texts`), `note` (`text`), `follow` (`agent`),
    /// `snooze` (`minutes`; 0 is until the customer answers), `resolve` or `reopen`.
    #[schema(value_type = Vec<Object>)]
    steps: Vec<Value>,
}

/// List macros
///
/// Everybody's, by name, on one page.
#[utoipa::path(get, path = "/macros", tag = "desk", operation_id = "listMacros",
    responses((status = 200, description = "All of them.", body = Page<MacroView>)))]
pub(super) async fn list_macros(State(app): State<App>, caller: Caller) -> Outcome<Answer<Page<MacroView>>> {
    caller.may(Permission::Read)?;
    let all = macros::list(app.store.db(), None).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(MacroView::from).collect(),
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
    let one = macros::save(&app.store, &caller.actor, None, None, &body.name, &steps(body.steps)?).await?;
    Ok(Created(format!("/macros/{}", one.id), one.into()))
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
    shared_macro(&app, &id).await?;
    let steps = steps(body.steps)?;
    Ok(Answer(
        macros::save(&app.store, &caller.actor, Some(&id), None, &body.name, &steps)
            .await?
            .into(),
    ))
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

/// A rule, as it is given and answered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rule)]
pub(super) struct RuleBody {
    /// What it is called.
    name: String,
    /// When: `created`, `received`, `sent`, `noted`, `assigned`, `levelled`, `status`, `prioritised` or `labelled`.
    when: String,
    /// If all of these hold: objects with `field` (`message`, `subject`, `from`, `company`, `language`, `channel`, `inbox`,
    /// `priority`, `level`, `status`, `assignee`, `label`, `hours`, `written`), `operator` (`is`, `is_not`, `has`, `has_not`) and `value`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    conditions: Vec<Value>,
    /// Then: steps as a macro has them, without `take`.
    #[schema(value_type = Vec<Object>)]
    steps: Vec<Value>,
    /// No later rule looks at what this one took.
    #[serde(default)]
    is_last: bool,
    /// Whether it works; switching it on means from now on.
    #[serde(default)]
    is_enabled: bool,
}

/// A rule that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptRule {
    /// Its id.
    id: String,
    /// The rule.
    rule: RuleBody,
    /// When it changed last.
    updated_at: Time,
}

impl From<Rule> for KeptRule {
    fn from(rule: Rule) -> KeptRule {
        KeptRule {
            rule: RuleBody {
                when: rule.occasion.as_str().to_owned(),
                conditions: rule
                    .conditions
                    .iter()
                    .map(|one| serde_json::to_value(one).unwrap_or_default())
                    .collect(),
                steps: drawn(&rule.steps),
                is_last: rule.is_last,
                is_enabled: rule.is_enabled,
                name: rule.name,
            },
            id: rule.id,
            updated_at: Time(rule.updated_at),
        }
    }
}

fn rule(id: &str, rank: i64, body: RuleBody) -> Outcome<Rule> {
    let conditions: Vec<Condition> = body
        .conditions
        .into_iter()
        .enumerate()
        .map(|(at, one)| {
            serde_json::from_value(one).map_err(|error| Problem::invalid(format!("conditions[{at}]: {error}")))
        })
        .collect::<Outcome<_>>()?;
    Ok(Rule {
        id: id.to_owned(),
        rank,
        occasion: Occasion::from_text(&body.when)
            .ok_or_else(|| Problem::invalid(format!("when: `{}` is no occasion", body.when)))?,
        conditions,
        steps: steps(body.steps)?,
        is_last: body.is_last,
        is_enabled: body.is_enabled,
        enabled_at: None,
        updated_at: 0,
        name: body.name,
    })
}

/// List rules
///
/// In the order in which they look, on one page.
#[utoipa::path(get, path = "/rules", tag = "desk", operation_id = "listRules",
    responses((status = 200, description = "All of them.", body = Page<KeptRule>)))]
pub(super) async fn list_rules(State(app): State<App>, caller: Caller) -> Outcome<Answer<Page<KeptRule>>> {
    caller.may(Permission::Administer)?;
    let all = rules::list(app.store.db()).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(KeptRule::from).collect(),
        next: None,
    }))
}

/// Add a rule
///
/// It goes last.
#[utoipa::path(post, path = "/rules", tag = "desk", operation_id = "createRule", request_body = RuleBody,
    responses((status = 201, description = "It is kept.", body = KeptRule, headers(("Location" = String, description = "The path of the rule.")))))]
pub(super) async fn create_rule(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<RuleBody>,
) -> Outcome<Created<KeptRule>> {
    caller.may(Permission::Administer)?;
    let kept = rules::save(&app.store, &caller.actor, &rule("", 0, body)?).await?;
    Ok(Created(format!("/rules/{}", kept.id), kept.into()))
}

/// Change a rule
///
/// Replaces all of it but its place.
#[utoipa::path(patch, path = "/rules/{id}", tag = "desk", operation_id = "changeRule", request_body = RuleBody,
    params(("id" = String, Path, description = "The rule.")),
    responses((status = 200, description = "The rule as it is now.", body = KeptRule)))]
pub(super) async fn change_rule(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<RuleBody>,
) -> Outcome<Answer<KeptRule>> {
    caller.may(Permission::Administer)?;
    let old = rules::load(app.store.db(), &id).await?;
    let kept = rules::save(&app.store, &caller.actor, &rule(&old.id, old.rank, body)?).await?;
    Ok(Answer(kept.into()))
}

/// Remove a rule
///
/// What it did stays in the log.
#[utoipa::path(delete, path = "/rules/{id}", tag = "desk", operation_id = "removeRule",
    params(("id" = String, Path, description = "The rule.")),
    responses((status = 204, description = "It is removed.")))]
pub(super) async fn remove_rule(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<http::StatusCode> {
    caller.may(Permission::Administer)?;
    rules::remove(&app.store, &caller.actor, &id).await?;
    Ok(http::StatusCode::NO_CONTENT)
}

/// A rule to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TryBody {
    /// The rule; it need not be kept.
    rule: RuleBody,
    /// On how many days (1 to 90).
    #[schema(minimum = 1, maximum = 90)]
    days: i64,
}

/// What a rule would have done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tried {
    /// How many occasions there were.
    occasions: usize,
    /// At how many all conditions held.
    matched: usize,
    /// In how many conversations.
    conversations: usize,
    /// Whether there were more than could be looked at.
    is_cut: bool,
    /// The newest of those conversations, at most 50.
    examples: Vec<String>,
}

/// Try a rule
///
/// Looks at the events of the last days and does nothing. What was written is looked at as it was, the conversation as
/// it is now.
#[utoipa::path(post, path = "/rules/try", tag = "desk", operation_id = "tryRule", request_body = TryBody,
    responses((status = 200, description = "What it would have done.", body = Tried)))]
pub(super) async fn try_rule(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<TryBody>,
) -> Outcome<Answer<Tried>> {
    caller.may(Permission::Administer)?;
    let tried = dry_run(&app.store, &rule("", 0, body.rule)?, body.days).await?;
    Ok(Answer(Tried {
        occasions: tried.occasions,
        matched: tried.matched,
        conversations: tried.conversations,
        is_cut: tried.is_cut,
        examples: tried
            .examples
            .into_iter()
            .map(|one| one.conversation.to_string())
            .collect(),
    }))
}

/// Whose log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct LogQuery {
    /// Only of this conversation.
    conversation: Option<String>,
    /// How many (1 to 100).
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// What one rule did once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleRun {
    /// The rule.
    rule_id: String,
    /// As it was called then.
    rule_name: String,
    /// The event that set it off.
    position: i64,
    /// Where.
    conversation_id: String,
    /// `done`, `failed` or `held`.
    outcome: String,
    /// The steps that changed something, or why it failed.
    detail: String,
    /// When.
    at: Time,
}

/// Read what rules did
///
/// The newest first; kept for 90 days.
#[utoipa::path(get, path = "/rules/log", tag = "desk", operation_id = "listRuleRuns", params(LogQuery),
    responses((status = 200, description = "The newest runs.", body = Page<RuleRun>)))]
pub(super) async fn log(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<LogQuery>,
) -> Outcome<Answer<Page<RuleRun>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let of = query.conversation.map(ConversationId::from);
    let runs = rules::log(app.store.db(), of.as_ref(), limit).await?;
    Ok(Answer(Page {
        items: runs
            .into_iter()
            .map(|run| RuleRun {
                rule_id: run.rule_id,
                rule_name: run.rule_name,
                position: run.position,
                conversation_id: run.conversation_id.to_string(),
                outcome: run.outcome,
                detail: run.detail,
                at: Time(run.at),
            })
            .collect(),
        next: None,
    }))
}
