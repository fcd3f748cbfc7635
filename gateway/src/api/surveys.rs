//! Surveys: what customers said, and how they are asked.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::contacts;
use conversation::desk::Texts;
use conversation::surveys::{self, Filter, Kind, Settings, Survey};
use conversation::types::{self, ContactId, InboxId, LabelId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Id, Json, Page, Query, Time, cut_after, limit, page_end};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// How many surveys of one contact are given.
const OF_CONTACT: i64 = 100;

/// One question to one customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Survey)]
pub(super) struct SurveyView {
    /// Its id.
    id: String,
    /// `csat` (1 to 5) or `nps` (0 to 10).
    #[schema(value_type = String)]
    kind: Kind,
    /// `due`, `asked`, `answered` or `skipped`.
    #[schema(value_type = String)]
    state: surveys::State,
    /// The conversation that it was asked in.
    conversation_id: String,
    /// The customer.
    contact_id: String,
    /// The channel of the conversation when it was asked.
    #[schema(value_type = enums::Channel)]
    channel: types::Channel,
    /// The language that it was asked in.
    #[schema(value_type = enums::Language)]
    language: types::Language,
    /// Who had the conversation when it was resolved.
    #[schema(required)]
    agent_id: Option<String>,
    /// The score.
    #[schema(required)]
    score: Option<i64>,
    /// What the customer wrote beside it.
    #[schema(required)]
    comment: Option<String>,
    /// Whether the score is one of those that are raised.
    is_low: bool,
    /// When it was asked.
    #[schema(required)]
    asked_at: Option<Time>,
    /// When the score was given first.
    #[schema(required)]
    answered_at: Option<Time>,
}

impl From<Survey> for SurveyView {
    fn from(survey: Survey) -> SurveyView {
        SurveyView {
            id: survey.id,
            kind: survey.kind,
            state: survey.state,
            conversation_id: survey.conversation.to_string(),
            contact_id: survey.contact.to_string(),
            channel: survey.channel,
            language: survey.language,
            agent_id: survey.agent.map(|id| id.to_string()),
            score: survey.score,
            comment: survey.comment,
            is_low: survey.is_low,
            asked_at: survey.asked_at.map(Time),
            answered_at: survey.answered_at.map(Time),
        }
    }
}

/// Which answers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SurveyQuery {
    /// Only `csat` or `nps`.
    kind: Option<String>,
    /// `true`: only low scores.
    low: Option<bool>,
    /// Only what was said about this agent.
    agent: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

fn kind_of(text: &str) -> Outcome<Kind> {
    Kind::from_text(text).ok_or_else(|| Problem::invalid("kind: csat or nps"))
}

/// List answers to surveys
///
/// The newest first.
#[utoipa::path(get, path = "/surveys", tag = "surveys", operation_id = "listSurveys",
    params(SurveyQuery), responses((status = 200, description = "A page of answers.", body = Page<SurveyView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SurveyQuery>,
) -> Outcome<Answer<Page<SurveyView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let after = page_end(query.after.as_deref())?;
    let filter = Filter {
        kind: query.kind.as_deref().map(kind_of).transpose()?,
        is_low: query.low.unwrap_or(false),
        agent: query.agent.map(types::AgentId::from),
        scope: None,
    };
    let place = after.as_ref().map(|end| (end.at, end.id.as_str()));
    let mut rows = surveys::answers(app.store.db(), &filter, place, limit + 1).await?;
    let next = cut_after(&mut rows, limit, |last| {
        (last.answered_at.unwrap_or_default(), last.id.clone())
    });
    Ok(Answer(Page {
        next,
        items: rows.into_iter().map(SurveyView::from).collect(),
    }))
}

/// Read a survey
///
/// By its id, as events name it.
#[utoipa::path(get, path = "/surveys/{id}", tag = "surveys", operation_id = "getSurvey",
    params(("id" = String, Path, description = "The survey.")),
    responses((status = 200, description = "The survey.", body = SurveyView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<SurveyView>> {
    caller.may(Permission::Read)?;
    Ok(Answer(surveys::load(app.store.db(), &id).await?.into()))
}

/// List the surveys of a contact
///
/// What they were asked and what they said, the newest first; at most 100.
#[utoipa::path(get, path = "/contacts/{id}/surveys", tag = "surveys", operation_id = "listSurveysOfContact",
    params(("id" = String, Path, description = "The contact.")),
    responses((status = 200, description = "The surveys.", body = Page<SurveyView>)))]
pub(super) async fn of_contact(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
) -> Outcome<Answer<Page<SurveyView>>> {
    caller.may(Permission::Read)?;
    let contact = contacts::load(app.store.db(), &ContactId::from(id)).await?;
    let rows = surveys::of_contact(app.store.db(), &contact.id, OF_CONTACT).await?;
    Ok(Answer(Page {
        items: rows.into_iter().map(SurveyView::from).collect(),
        next: None,
    }))
}

/// How one kind of survey is asked. What is left out is as usual.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SurveySettings {
    /// The inboxes in which it is asked; none switches it off.
    inboxes: Vec<String>,
    /// The question by language (`en`, `es`, `pt`); without words of your own it has the usual ones.
    #[serde(default)]
    questions: BTreeMap<String, String>,
    /// What is said to an answer, by language.
    #[serde(default)]
    thanks: BTreeMap<String, String>,
    /// Minutes after the resolution, up to 43200; `csat` only.
    delay_minutes: Option<i64>,
    /// Days until the same customer is asked again; for `nps` at least 30.
    quiet_days: Option<i64>,
    /// A score up to this one is raised.
    low_at: Option<i64>,
    /// The label that a conversation with such a score gets.
    #[schema(required)]
    label: Option<String>,
    /// Whether WhatsApp's template carries the question outside the 24 hours.
    #[serde(default)]
    by_template: bool,
    /// At most so many a day; `nps` only.
    a_day: Option<i64>,
}

impl From<Settings> for SurveySettings {
    fn from(settings: Settings) -> SurveySettings {
        let texts = |texts: &Texts| {
            texts
                .iter()
                .map(|(language, words)| (language.to_string(), words.to_owned()))
                .collect()
        };
        SurveySettings {
            questions: texts(&settings.questions),
            thanks: texts(&settings.thanks),
            inboxes: settings.inboxes.iter().map(ToString::to_string).collect(),
            delay_minutes: Some(settings.delay / 60_000),
            quiet_days: Some(settings.quiet / 86_400_000),
            low_at: Some(settings.low_at),
            label: settings.label.map(|id| id.to_string()),
            by_template: settings.by_template,
            a_day: Some(settings.a_day),
        }
    }
}

impl SurveySettings {
    fn read(self, kind: Kind) -> Outcome<Settings> {
        let texts = |what: &str, given: BTreeMap<String, String>| -> Outcome<Texts> {
            let mut texts = Vec::new();
            for (language, words) in given {
                let language: types::Language = language
                    .parse()
                    .map_err(|error| Problem::invalid(format!("{what}: {error}")))?;
                texts.push((language, words));
            }
            Ok(Texts::of(texts))
        };
        let usual = Settings::usual(kind);
        let span =
            |number: Option<i64>, unit: i64, usual: i64| number.map_or(usual, |number| number.saturating_mul(unit));
        Ok(Settings {
            kind,
            questions: texts("questions", self.questions)?,
            thanks: texts("thanks", self.thanks)?,
            inboxes: self.inboxes.into_iter().map(InboxId::from).collect(),
            delay: span(self.delay_minutes, 60_000, usual.delay),
            quiet: span(self.quiet_days, 86_400_000, usual.quiet),
            low_at: self.low_at.unwrap_or(usual.low_at),
            label: self.label.map(LabelId::from),
            by_template: self.by_template,
            a_day: self.a_day.unwrap_or(usual.a_day),
        })
    }
}

/// Read how a survey is asked
///
/// `csat` or `nps`.
#[utoipa::path(get, path = "/survey-settings/{id}", tag = "surveys", operation_id = "getSurveySettings",
    params(("id" = String, Path, description = "`csat` or `nps`.")),
    responses((status = 200, description = "The settings.", body = SurveySettings)))]
pub(super) async fn read_settings(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
) -> Outcome<Answer<SurveySettings>> {
    caller.may(Permission::Read)?;
    let kind = Kind::from_text(&id).ok_or_else(Problem::not_found)?;
    Ok(Answer(surveys::load_settings(app.store.db(), kind).await?.into()))
}

/// Say how a survey is asked
///
/// All of it at once.
#[utoipa::path(put, path = "/survey-settings/{id}", tag = "surveys", operation_id = "setSurveySettings", request_body = SurveySettings,
    params(("id" = String, Path, description = "`csat` or `nps`.")),
    responses((status = 200, description = "The settings as they are now.", body = SurveySettings)))]
pub(super) async fn write_settings(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<SurveySettings>,
) -> Outcome<Answer<SurveySettings>> {
    caller.may(Permission::Administer)?;
    let kind = Kind::from_text(&id).ok_or_else(Problem::not_found)?;
    let settings = body.read(kind)?;
    surveys::save_settings(&app.store, &caller.actor, &settings).await?;
    Ok(Answer(surveys::load_settings(app.store.db(), kind).await?.into()))
}
