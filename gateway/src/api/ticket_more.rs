//! Problems, question lists, and calls.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{self, Permission};
use conversation::desk::Texts;
use conversation::tickets::calls::{self, Call, Outcome as Ended};
use conversation::tickets::diagnosis::{self, Diagnosis};
use conversation::tickets::problems::{self, Problem as Cause, ProblemStatus};
use conversation::tickets::questions::{self, Question, QuestionList};
use conversation::types::{ConversationId, MessageId, TicketId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::desk::ByLanguage;
use super::extract::{Created, Id, Json, Page, Query, Time, cut, limit, number};
use super::guard::{Caller, OnceId};
use super::problem::{Outcome, Problem};
use crate::app::App;

/// One cause behind many tickets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketProblem)]
pub(super) struct CauseView {
    /// Its id.
    id: String,
    /// The number that people say, as `P-1`.
    number: i64,
    /// The matter.
    subject: String,
    /// What is known of it.
    description: String,
    /// `suggested`, `open`, `resolved`, `dismissed`.
    status: &'static str,
    /// How many tickets hang on it.
    tickets: i64,
    /// Since when.
    created_at: Time,
    /// When it was solved.
    #[schema(required)]
    resolved_at: Option<Time>,
}

impl From<Cause> for CauseView {
    fn from(one: Cause) -> CauseView {
        CauseView {
            id: one.id,
            number: one.number,
            subject: one.subject,
            description: one.description,
            status: one.status.as_str(),
            tickets: one.tickets,
            created_at: Time(one.created_at),
            resolved_at: one.resolved_at.map(Time),
        }
    }
}

/// Which problems.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CauseQuery {
    /// In this state; `open` unless given.
    status: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List problems
///
/// The newest first. List tickets with `problem` for the cases of one.
#[utoipa::path(get, path = "/problems", tag = "tickets", operation_id = "listProblems", params(CauseQuery),
    responses((status = 200, description = "A page of them.", body = Page<CauseView>)))]
pub(super) async fn list_problems(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<CauseQuery>,
) -> Outcome<Answer<Page<CauseView>>> {
    caller.may(Permission::Read)?;
    let status = match query.status.as_deref() {
        None => ProblemStatus::Open,
        Some(text) => ProblemStatus::from_text(text)
            .ok_or_else(|| Problem::invalid("status: expected suggested, open, resolved or dismissed"))?,
    };
    let limit = limit(query.limit)?;
    let mut rows = problems::list(app.store.db(), status, number(query.after.as_deref())?, limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.number.to_string()),
        items: rows.into_iter().map(CauseView::from).collect(),
    }))
}

/// A problem to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CauseBody {
    /// The matter.
    subject: String,
    /// What is known of it.
    #[serde(default)]
    description: String,
    /// The ids of the tickets that are cases of it, at most 200.
    #[serde(default)]
    tickets: Vec<String>,
}

/// Open a problem
///
/// With the tickets that hang on it.
#[utoipa::path(post, path = "/problems", tag = "tickets", operation_id = "openProblem", request_body = CauseBody,
    responses((status = 201, description = "It is open.", body = CauseView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn open_problem(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CauseBody>,
) -> Outcome<Created<CauseView>> {
    caller.may(Permission::Work)?;
    if body.tickets.len() > 200 {
        return Err(Problem::invalid("tickets: at most 200 at a time"));
    }
    let tickets: Vec<TicketId> = body.tickets.into_iter().map(TicketId::from).collect();
    let made = problems::open(&app.store, &caller.actor, &body.subject, &body.description, &tickets).await?;
    Ok(Created(format!("/problems/{}", made.id), made.into()))
}

/// Read a problem
///
/// By its id.
#[utoipa::path(get, path = "/problems/{id}", tag = "tickets", operation_id = "getProblem",
    params(("id" = String, Path, description = "The problem.")),
    responses((status = 200, description = "The problem.", body = CauseView)))]
pub(super) async fn read_problem(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<CauseView>> {
    caller.may(Permission::Read)?;
    Ok(Answer(problems::load(app.store.db(), &id).await?.into()))
}

/// One thing to do with a problem.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum CauseAction {
    /// The suggestion is right: its tickets hang on it.
    Accept {},
    /// It is not, and is not made again of the same tickets.
    Dismiss {},
    /// Hangs one more ticket on it.
    Hang {
        /// The ticket's id.
        ticket: String,
    },
    /// Answers every unsolved ticket, one after the other, on its customer's channel.
    Answer {
        /// The words.
        texts: ByLanguage,
        /// It solves them: each is closed, and the problem with the last one.
        #[serde(default)]
        is_solution: bool,
    },
}

/// Act on a problem
///
/// Accept or dismiss a suggestion, hang a ticket on it, answer all its tickets.
#[utoipa::path(post, path = "/problems/{id}/actions", tag = "tickets", operation_id = "actOnProblem", request_body = CauseAction,
    params(("id" = String, Path, description = "The problem.")),
    responses((status = 200, description = "The problem as it is now.", body = CauseView)))]
pub(super) async fn act_on_problem(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<CauseAction>,
) -> Outcome<Answer<CauseView>> {
    caller.may(Permission::Work)?;
    let (store, actor) = (&app.store, &caller.actor);
    problems::load(store.db(), &id).await?;
    match body {
        CauseAction::Accept {} => drop(problems::decide(store, actor, &id, true).await?),
        CauseAction::Dismiss {} => drop(problems::decide(store, actor, &id, false).await?),
        CauseAction::Hang { ticket } => problems::hang(store, actor, &id, &TicketId::from(ticket)).await?,
        CauseAction::Answer { texts, is_solution } => {
            problems::answer(store, actor, &id, &texts.into(), is_solution).await?;
        }
    }
    Ok(Answer(problems::load(store.db(), &id).await?.into()))
}

/// One question.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionBody {
    /// The words.
    texts: ByLanguage,
    /// What can be chosen, at most ten labels of 20 characters; none is answered in words.
    #[serde(default)]
    choices: Vec<ByLanguage>,
}

/// A list of questions.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionListBody {
    /// Its id; only in answers.
    #[serde(default)]
    id: String,
    /// What it is called.
    name: String,
    /// For this category and those below it; null is every one.
    #[serde(default)]
    category: Option<String>,
    /// The assistant begins it by itself when a ticket gets the category.
    #[serde(default)]
    is_automatic: bool,
    /// The questions, in order.
    questions: Vec<QuestionBody>,
}

impl From<QuestionList> for QuestionListBody {
    fn from(list: QuestionList) -> QuestionListBody {
        QuestionListBody {
            id: list.id,
            name: list.name,
            category: list.category,
            is_automatic: list.is_automatic,
            questions: list
                .questions
                .iter()
                .map(|one| QuestionBody {
                    texts: (&one.texts).into(),
                    choices: one.choices.iter().map(ByLanguage::from).collect(),
                })
                .collect(),
        }
    }
}

impl QuestionListBody {
    fn list(self, id: String) -> QuestionList {
        QuestionList {
            id,
            name: self.name,
            category: self.category,
            is_automatic: self.is_automatic,
            questions: self
                .questions
                .into_iter()
                .map(|one| Question {
                    texts: one.texts.into(),
                    choices: one.choices.into_iter().map(Texts::from).collect(),
                })
                .collect(),
            uses: 0,
        }
    }
}

/// List question lists
///
/// By name, on one page.
#[utoipa::path(get, path = "/question-lists", tag = "tickets", operation_id = "listQuestionLists",
    responses((status = 200, description = "All of them.", body = Page<QuestionListBody>)))]
pub(super) async fn list_questions(State(app): State<App>, caller: Caller) -> Outcome<Answer<Page<QuestionListBody>>> {
    caller.may(Permission::Read)?;
    let all = questions::list(app.store.db()).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(QuestionListBody::from).collect(),
        next: None,
    }))
}

/// Add a question list
///
/// For one category, or for all.
#[utoipa::path(post, path = "/question-lists", tag = "tickets", operation_id = "createQuestionList", request_body = QuestionListBody,
    responses((status = 201, description = "It is kept.", body = QuestionListBody, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn create_questions(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<QuestionListBody>,
) -> Outcome<Created<QuestionListBody>> {
    caller.may(Permission::Administer)?;
    let made = questions::save(&app.store, &caller.actor, &body.list(String::new())).await?;
    Ok(Created(format!("/question-lists/{}", made.id), made.into()))
}

/// Change a question list
///
/// Replaces all of it; walks that have begun go on as they began.
#[utoipa::path(patch, path = "/question-lists/{id}", tag = "tickets", operation_id = "changeQuestionList", request_body = QuestionListBody,
    params(("id" = String, Path, description = "The list.")),
    responses((status = 200, description = "The list as it is now.", body = QuestionListBody)))]
pub(super) async fn change_questions(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<QuestionListBody>,
) -> Outcome<Answer<QuestionListBody>> {
    caller.may(Permission::Administer)?;
    Ok(Answer(
        questions::save(&app.store, &caller.actor, &body.list(id)).await?.into(),
    ))
}

/// Remove a question list
///
/// Walks that have begun go on.
#[utoipa::path(delete, path = "/question-lists/{id}", tag = "tickets", operation_id = "removeQuestionList",
    params(("id" = String, Path, description = "The list.")),
    responses((status = 204, description = "It is removed.")))]
pub(super) async fn remove_questions(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<StatusCode> {
    caller.may(Permission::Administer)?;
    questions::remove(&app.store, &caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A walk through a question list with a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Diagnosis)]
pub(super) struct DiagnosisView {
    /// Its id.
    id: String,
    /// What the list is called.
    name: String,
    /// `running`, `done`, `stopped`.
    state: String,
    /// How many questions there are.
    questions: usize,
    /// The answers so far, in order.
    answers: Vec<String>,
    /// When it began.
    created_at: Time,
}

impl From<Diagnosis> for DiagnosisView {
    fn from(walk: Diagnosis) -> DiagnosisView {
        DiagnosisView {
            id: walk.id,
            name: walk.name,
            state: walk.state,
            questions: walk.questions.len(),
            answers: walk.answers,
            created_at: Time(walk.created_at),
        }
    }
}

/// List a ticket's diagnoses
///
/// The newest first, at most twenty.
#[utoipa::path(get, path = "/tickets/{id}/diagnoses", tag = "tickets", operation_id = "listDiagnoses",
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 200, description = "They.", body = Page<DiagnosisView>)))]
pub(super) async fn list_diagnoses(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
) -> Outcome<Answer<Page<DiagnosisView>>> {
    caller.may(Permission::Read)?;
    let ticket = access::ticket(app.store.db(), &caller.actor, &TicketId::from(id)).await?;
    let all = diagnosis::of_ticket(app.store.db(), &ticket.id).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(DiagnosisView::from).collect(),
        next: None,
    }))
}

/// The list to walk through.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiagnosisBody {
    /// The id of the question list.
    list: String,
}

/// Begin a diagnosis
///
/// The first question goes out; each answer of the customer's brings the next one.
#[utoipa::path(post, path = "/tickets/{id}/diagnoses", tag = "tickets", operation_id = "beginDiagnosis", request_body = DiagnosisBody,
    params(("id" = String, Path, description = "The ticket.")),
    responses((status = 201, description = "It is under way.", body = DiagnosisView, headers(("Location" = String, description = "The path of the ticket.")))))]
pub(super) async fn begin_diagnosis(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<DiagnosisBody>,
) -> Outcome<Created<DiagnosisView>> {
    caller.may(Permission::Work)?;
    let ticket = access::ticket(app.store.db(), &caller.actor, &TicketId::from(id)).await?;
    let walk = diagnosis::begin(&app.store, &caller.actor, &ticket.id, &body.list).await?;
    Ok(Created(format!("/tickets/{}", ticket.id), walk.into()))
}

/// A call to log.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallBody {
    /// The number with its country code, such as `+55 11 99999-0000`; may be empty in a conversation.
    #[serde(default)]
    number: String,
    /// The caller's name, where they are new.
    #[serde(default)]
    name: String,
    /// Whether the customer called; else we did.
    is_inbound: bool,
    /// `answered`, `missed`, `voicemail`, `call_back`.
    outcome: String,
    /// What was said.
    #[serde(default)]
    #[schema(max_length = 20000)]
    notes: String,
    /// How long it took, in seconds.
    #[serde(default)]
    seconds: i64,
    /// When it was; now unless given.
    #[serde(default)]
    at: Option<Time>,
    /// The conversation that it belongs to; by the number unless given.
    #[serde(default)]
    conversation: Option<String>,
}

/// Where a call was logged.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LoggedCall {
    /// The conversation.
    conversation_id: String,
    /// The message.
    message_id: String,
}

/// Log a call
///
/// As a message of the channel `phone`. The caller is found by the number, or is new.
#[utoipa::path(post, path = "/calls", tag = "tickets", operation_id = "logCall", request_body = CallBody,
    responses((status = 201, description = "It is logged.", body = LoggedCall, headers(("Location" = String, description = "The path of the conversation.")))))]
pub(super) async fn log_call(
    State(app): State<App>,
    caller: Caller,
    OnceId(once): OnceId,
    Json(body): Json<CallBody>,
) -> Outcome<Created<LoggedCall>> {
    caller.may(Permission::Work)?;
    let conversation = match body.conversation {
        Some(id) => Some(
            access::conversation(app.store.db(), &caller.actor, &ConversationId::from(id))
                .await?
                .id,
        ),
        None => None,
    };
    let call = Call {
        number: body.number,
        name: body.name,
        is_inbound: body.is_inbound,
        outcome: Ended::from_text(&body.outcome)
            .ok_or_else(|| Problem::invalid("outcome: expected answered, missed, voicemail or call_back"))?,
        notes: body.notes,
        seconds: body.seconds,
        at: body.at.map(|at| at.0),
        conversation,
    };
    let id = MessageId::from(once.unwrap_or_else(|| app.store.env().ulid()));
    let (conversation, message) = calls::log(&app.store, &caller.actor, &id, &call).await?;
    let logged = LoggedCall {
        conversation_id: conversation.to_string(),
        message_id: message.to_string(),
    };
    Ok(Created(format!("/conversations/{conversation}"), logged))
}
