//! Rules: what happens by itself, tried out before it is switched on, and what they did.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::desk::rules::dry_run::dry_run;
use conversation::desk::rules::{self, Condition, Occasion, Rule};
use conversation::types::ConversationId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::desk::{drawn, steps};
use super::extract::{Created, Id, Json, Page, Query, Time, limit};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// A rule, as it is given and answered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rule)]
pub(super) struct RuleBody {
    /// What it is called.
    name: String,
    /// When something happens: `created`, `received`, `sent`, `noted`, `assigned`, `levelled`, `status`, `prioritised`,
    /// `labelled`, `near`, `breached` or `surveyed`. When time passes: `waiting_customer`, `waiting_us`, `unassigned`, `stays_open`,
    /// `stays_snoozed` or `stays_resolved`; then `minutes` says for how long.
    when: String,
    /// For how long it lasts before a rule by time acts, in minutes (1 to 527040); 0 for a rule that answers to what happens.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 527_040)]
    minutes: i64,
    /// Whether those minutes count only while the inbox is open, by its hours.
    #[serde(default)]
    in_hours: bool,
    /// Whether a rule by time that is switched on or changed acts on all that has waited long enough already (`POST /rules/try`
    /// says how many that are), and not only on what becomes due from then on. Never answered.
    #[serde(default, skip_serializing)]
    on_waiting: bool,
    /// If all of these hold: objects with `field` (`message`, `subject`, `from`, `company`, `language`, `channel`, `inbox`,
    /// `priority`, `level`, `status`, `assignee`, `label`, `hours`, `written`), `operator` (`is`, `is_not`, `has_word`, `has_no_word`,
    /// `has`, `has_not`) and `value`. `has_word` finds whole words, `has` letters in the middle of a word, too.
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
                minutes: rule.minutes,
                in_hours: rule.in_hours,
                on_waiting: false,
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
        minutes: body.minutes,
        in_hours: body.in_hours,
        conditions,
        steps: steps(body.steps)?,
        is_last: body.is_last,
        is_enabled: body.is_enabled,
        enabled_at: None,
        due_from: 0,
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
    let on_waiting = body.on_waiting;
    let kept = rules::save_for(&app.store, &caller.actor, &rule("", 0, body)?, on_waiting).await?;
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
    let on_waiting = body.on_waiting;
    let kept = rules::save_for(&app.store, &caller.actor, &rule(&old.id, old.rank, body)?, on_waiting).await?;
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
    /// On how many days (1 to 90); a rule by time is tried on what waits now, whatever the days.
    #[schema(minimum = 1, maximum = 90)]
    days: i64,
}

/// What a rule would have done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tried {
    /// How many occasions there were; of a rule by time, how many conversations have lasted long enough.
    occasions: usize,
    /// At how many all conditions held.
    matched: usize,
    /// In how many conversations.
    conversations: usize,
    /// Whether there were more than could be looked at.
    is_cut: bool,
    /// The newest of those conversations, at most 50; of a rule by time those that wait longest.
    examples: Vec<String>,
}

/// Try a rule
///
/// Looks at the events of the last days and does nothing. What was written is looked at as it was, the conversation as
/// it is now. A rule by time is tried on what waits now.
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
    /// How many (1 to 200).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// What one rule did once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleRun {
    /// The rule.
    rule_id: String,
    /// As it was called then.
    rule_name: String,
    /// The event that set it off; of a rule by time, the last one before.
    position: i64,
    /// Where.
    conversation_id: String,
    /// `done`, `failed` or `held`.
    outcome: String,
    /// The steps that changed something, or why it failed; `unsaid-window`, `unsaid-window-messenger`, `unsaid-template`, `unsaid-blocked`, `unsaid-erased`,
    /// `unsaid-bounced` or `unsaid-machine` where a rule by time did not write to the customer.
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
