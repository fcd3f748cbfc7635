//! What the bot knows and why it answered.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{self, Permission};
use conversation::types::{self, ConversationId};
use http::StatusCode;
use kb::decisions::{self, Considered, Decided, Figures, Trial};
use kb::examples::{self, Learned};
use kb::settings::{self, Settings};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enums;
use super::extract::{Id, Json, Page, Query, Time, cut_after, limit, page_end};
use super::guard::Caller;
use super::problem::Outcome;
use super::tickets::PageQuery;
use crate::app::App;
use crate::knowledge::counted::counted_since;
use crate::settings::knowledge::trial;

/// What the business sets about the bot's knowledge.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KnowledgeSettings {
    /// From this confidence on an answer is given, 0.05 to 0.99.
    answer_at: f32,
    /// Groups of words of one meaning by language (`en`, `es`, `pt`): one group a line, members between
    /// commas. They add to the built-in ones.
    #[serde(default)]
    synonyms: BTreeMap<String, String>,
    /// Words and phrases whose matters go to people at once, one a line.
    #[serde(default)]
    sensitive: String,
    /// Whether another person reads an article before it is published.
    #[serde(default)]
    needs_review: bool,
    /// Give back the version that was read; another one in between is a conflict.
    version: i64,
}

impl From<Settings> for KnowledgeSettings {
    fn from(settings: Settings) -> KnowledgeSettings {
        KnowledgeSettings {
            answer_at: settings.answer_at,
            synonyms: settings
                .synonyms
                .into_iter()
                .map(|(language, words)| (language.to_string(), words))
                .collect(),
            sensitive: settings.sensitive,
            needs_review: settings.needs_review,
            version: settings.version,
        }
    }
}

impl KnowledgeSettings {
    fn read(self) -> Outcome<Settings> {
        let mut synonyms = BTreeMap::new();
        for (language, words) in self.synonyms {
            let language: types::Language = language
                .parse()
                .map_err(|error| super::Problem::invalid(format!("synonyms: {error}")))?;
            synonyms.insert(language, words);
        }
        Ok(Settings {
            answer_at: self.answer_at,
            synonyms,
            sensitive: self.sensitive,
            needs_review: self.needs_review,
            version: self.version,
        })
    }
}

/// An article that was considered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WeighedArticle {
    /// The article.
    article_id: String,
    /// Its headline.
    title: String,
    /// The probability that it answers the question, 0 to 1.
    confidence: f32,
}

impl From<Considered> for WeighedArticle {
    fn from(one: Considered) -> WeighedArticle {
        WeighedArticle {
            article_id: one.article_id,
            title: one.title,
            confidence: one.confidence,
        }
    }
}

/// One decision of the bot.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BotDecision {
    /// The message that it answers.
    message_id: String,
    /// When.
    at: Time,
    /// What was read.
    question: String,
    /// In which language.
    #[schema(value_type = enums::Language)]
    language: types::Language,
    /// `answered`, `clarified`, `handed_over`, `small_talk`, `from_data` or `menu`.
    outcome: String,
    /// Why it was handed over.
    #[schema(required)]
    reason: Option<String>,
    /// The confidence that an answer needed.
    answer_at: f32,
    /// What was considered, most probable first.
    candidates: Vec<WeighedArticle>,
}

impl From<Decided> for BotDecision {
    fn from(decided: Decided) -> BotDecision {
        BotDecision {
            message_id: decided.message_id.to_string(),
            at: Time(decided.at),
            question: decided.question,
            language: decided.language,
            outcome: decided.outcome,
            reason: decided.reason,
            answer_at: decided.answer_at,
            candidates: decided.candidates.into_iter().map(WeighedArticle::from).collect(),
        }
    }
}

/// The bot's decisions about a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BotDecisions {
    /// The newest first, at most a hundred.
    items: Vec<BotDecision>,
}

/// Why the bot answered
///
/// What the bot decided about a conversation, with its candidates and their confidence; the newest first.
#[utoipa::path(get, path = "/conversations/{id}/bot-decisions", tag = "knowledge", operation_id = "listBotDecisions",
    params(("id" = String, Path, description = "The conversation.")),
    responses((status = 200, description = "The decisions.", body = BotDecisions)))]
pub(super) async fn decided(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<BotDecisions>> {
    caller.may(Permission::Read)?;
    let found = access::conversation(app.store.db(), &caller.actor, &ConversationId::from(id)).await?;
    let decided = decisions::of_conversation(app.store.db(), &found.id, 100).await?;
    Ok(Answer(BotDecisions {
        items: decided.into_iter().map(BotDecision::from).collect(),
    }))
}

/// Read the settings of the knowledge base
///
/// From which confidence the bot answers, words of one meaning, and what goes to people at once.
#[utoipa::path(get, path = "/knowledge/settings", tag = "knowledge", operation_id = "readKnowledgeSettings",
    responses((status = 200, description = "The settings.", body = KnowledgeSettings)))]
pub(super) async fn read_settings(State(app): State<App>, caller: Caller) -> Outcome<Answer<KnowledgeSettings>> {
    caller.may(Permission::Read)?;
    Ok(Answer(settings::load(app.store.db()).await?.into()))
}

/// Replace the settings of the knowledge base
///
/// The whole of them; every process learns of it within seconds.
#[utoipa::path(put, path = "/knowledge/settings", tag = "knowledge", operation_id = "replaceKnowledgeSettings",
    request_body = KnowledgeSettings,
    responses((status = 200, description = "The settings as they are now.", body = KnowledgeSettings)))]
pub(super) async fn write_settings(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<KnowledgeSettings>,
) -> Outcome<Answer<KnowledgeSettings>> {
    caller.may(Permission::Administer)?;
    let saved = settings::save(&app.store, &caller.actor, &body.read()?).await?;
    Ok(Answer(saved.into()))
}

/// What to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrialBody {
    /// The settings to try; their `version` does not matter.
    settings: KnowledgeSettings,
    /// Whether drafts count as published.
    #[serde(default)]
    with_drafts: bool,
}

/// A question whose outcome would differ.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangedOutcome {
    /// What was asked.
    question: String,
    /// The article that answers as things are; null: people.
    #[schema(required)]
    now: Option<WeighedArticle>,
    /// The article that would answer; null: people.
    #[schema(required)]
    then: Option<WeighedArticle>,
}

/// What a trial found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TrialReport {
    /// Distinct questions of the last 14 days.
    questions: usize,
    /// Answered as things are.
    answered_now: usize,
    /// Answered with what is tried.
    answered_then: usize,
    /// The questions whose outcome differs, newest first.
    changed: Vec<ChangedOutcome>,
}

impl From<Trial> for TrialReport {
    fn from(trial: Trial) -> TrialReport {
        TrialReport {
            questions: trial.questions,
            answered_now: trial.answered_now,
            answered_then: trial.answered_then,
            changed: trial
                .changed
                .into_iter()
                .map(|one| ChangedOutcome {
                    question: one.question,
                    now: one.now.map(WeighedArticle::from),
                    then: one.then.map(WeighedArticle::from),
                })
                .collect(),
        }
    }
}

/// Try settings on the last days' questions
///
/// Asks the questions of the last 14 days again, by other settings and with drafts if wished. Nothing is
/// saved.
#[utoipa::path(post, path = "/knowledge/trial", tag = "knowledge", operation_id = "tryKnowledgeSettings",
    request_body = TrialBody,
    responses((status = 200, description = "What would differ.", body = TrialReport)))]
pub(super) async fn try_out(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<TrialBody>,
) -> Outcome<Answer<TrialReport>> {
    caller.may(Permission::Administer)?;
    let found = trial(&app, body.settings.read()?, body.with_drafts).await?;
    Ok(Answer(found.into()))
}

/// How an article did in the last 90 days.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleFigures {
    /// The article.
    article_id: String,
    /// Questions that it was the best candidate for.
    asked: i64,
    /// Of these, answered with it.
    answered: i64,
    /// Customers said that it helped.
    confirmed: i64,
    /// Customers said that it did not.
    denied: i64,
    /// Answers after which the conversation was handed over.
    escalated_after: i64,
}

impl From<Figures> for ArticleFigures {
    fn from(figures: Figures) -> ArticleFigures {
        ArticleFigures {
            article_id: figures.article_id,
            asked: figures.asked,
            answered: figures.answered,
            confirmed: figures.confirmed,
            denied: figures.denied,
            escalated_after: figures.escalated_after,
        }
    }
}

/// The figures of the articles.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FiguresList {
    /// The most asked first.
    items: Vec<ArticleFigures>,
}

/// List the figures of the articles
///
/// Asked, answered, confirmed, denied and handed over after, in the last 90 days.
#[utoipa::path(get, path = "/knowledge/figures", tag = "knowledge", operation_id = "listArticleFigures",
    responses((status = 200, description = "The figures of the 200 most asked articles.", body = FiguresList)))]
pub(super) async fn figures(State(app): State<App>, caller: Caller) -> Outcome<Answer<FiguresList>> {
    caller.may(Permission::Read)?;
    let found = decisions::figures(app.store.db(), counted_since(&app), 200).await?;
    Ok(Answer(FiguresList {
        items: found.into_iter().map(ArticleFigures::from).collect(),
    }))
}

/// A question that the bot learned.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LearnedExample {
    /// Its id.
    id: String,
    /// The article that answers it.
    article_id: String,
    /// The question.
    question: String,
    /// `confirmed` by the customer, or picked by an `agent`.
    source: String,
    /// Where it was asked.
    #[schema(required)]
    conversation_id: Option<String>,
    /// When it was learned.
    at: Time,
}

impl From<Learned> for LearnedExample {
    fn from(one: Learned) -> LearnedExample {
        LearnedExample {
            id: one.id,
            article_id: one.article_id,
            question: one.question,
            source: one.source.as_str().to_owned(),
            conversation_id: one.conversation_id,
            at: Time(one.at),
        }
    }
}

/// List learned questions
///
/// Questions that customers confirmed or agents picked an article for; the newest first.
#[utoipa::path(get, path = "/knowledge/examples", tag = "knowledge", operation_id = "listLearnedExamples", params(PageQuery),
    responses((status = 200, description = "A page of them.", body = Page<LearnedExample>)))]
pub(super) async fn learned(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<Page<LearnedExample>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let after = page_end(query.after.as_deref())?;
    let before = after.as_ref().map(|end| (end.at, end.id.as_str()));
    let mut rows = examples::list(app.store.db(), before, limit + 1).await?;
    let next = cut_after(&mut rows, limit, |last| (last.at, last.id.clone()));
    Ok(Answer(Page {
        items: rows.into_iter().map(LearnedExample::from).collect(),
        next,
    }))
}

/// A question and the article that answers it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaughtBody {
    /// The article.
    article_id: String,
    /// The question: at least two words.
    question: String,
}

/// Teach a question
///
/// The bot learns that the article answers it.
#[utoipa::path(post, path = "/knowledge/examples", tag = "knowledge", operation_id = "teachExample", request_body = TaughtBody,
    responses((status = 204, description = "It is learned.")))]
pub(super) async fn teach(State(app): State<App>, caller: Caller, Json(body): Json<TaughtBody>) -> Outcome<StatusCode> {
    caller.may(Permission::Work)?;
    examples::teach(&app.store, &caller.actor, &body.article_id, &body.question, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Unlearn a question
///
/// The bot no longer learns from it.
#[utoipa::path(post, path = "/knowledge/examples/{id}/remove", tag = "knowledge", operation_id = "removeExample",
    params(("id" = String, Path, description = "The learned question.")),
    responses((status = 204, description = "It is no longer learned from.")))]
pub(super) async fn unlearn(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<StatusCode> {
    caller.may(Permission::Administer)?;
    examples::remove(&app.store, &caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
