//! What agents do with a conversation. Each checks the role, goes through `access`, and answers with
//! the conversation as it is now.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::access::{self, Permission};
use conversation::conversations::Conversation;
use conversation::db::Db;
use conversation::lifecycle::{self, Action, UNTIL_REPLY};
use conversation::tickets::edit::{self, Edit};
use conversation::tickets::{self, NewTicket, categories, levels, state};
use conversation::types::{AgentId, ConversationId, DeliveryId, Language, Level, Millis, Priority, TicketKind};
use conversation::{Error, deliveries};
use jiff::civil::{Weekday, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use ui::i18n;
use ui::inbox_page::{CheckView, TicketChoices};

use super::pages::answer;
use super::thread::{Came, Why};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::{self, Failure};
use crate::auth::form::Posted;
use crate::realtime::Signal;

/// The conversation of a request that may change it.
pub(super) async fn workable(app: &App, me: &SignedIn, id: &str) -> Result<Conversation, Failure> {
    me.must(Permission::Work)?;
    Ok(access::conversation(app.store.db(), &me.actor(), &ConversationId::from(id)).await?)
}

/// Answers with the conversation as it is now, and with why, when the core refused.
pub(super) async fn outcome(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    done: conversation::Result<()>,
) -> Result<Response, Failure> {
    let now = access::conversation(app.store.db(), &me.actor(), &conversation.id).await?;
    match done {
        Ok(()) => answer(app, me, &now, StatusCode::OK, Came::Nothing).await,
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            refused(app, me, &now, failure::words(me.lang, &error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Answers that it was not done, and why.
pub(super) async fn refused(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    words: String,
) -> Result<Response, Failure> {
    let came = Came::Back {
        text: String::new(),
        is_note: false,
        copies: None,
        problem: Why::Refused(words),
    };
    answer(app, me, conversation, StatusCode::UNPROCESSABLE_ENTITY, came).await
}

async fn act(app: &App, me: &SignedIn, id: &str, action: Action) -> Result<Response, Failure> {
    let found = workable(app, me, id).await?;
    let done = lifecycle::act(&app.store, &me.actor(), &found.id, action).await;
    outcome(app, me, &found, done.map(|_| ())).await
}

pub(super) async fn claim(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let me = posted.me.agent.id.clone();
    act(&app, &posted.me, &id, Action::Assign(Some(me))).await
}

pub(super) async fn assign(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let agent = Some(posted.form.get("agent"))
        .filter(|id| !id.is_empty())
        .map(AgentId::from);
    act(&app, &posted.me, &id, Action::Assign(agent)).await
}

/// Up or back: the level that is chosen says which.
pub(super) async fn escalate(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let level: Level = posted.form.get("level").parse().map_err(|_| Failure::Unreadable)?;
    let (reason, told) = (posted.form.get("reason"), crate::tickets::told(&posted.form));
    let done = levels::go(&app.store, &posted.me.actor(), &found.id, level, reason, &told).await;
    outcome(&app, &posted.me, &found, done.map(|_| ())).await
}

/// What the levels above want to be told.
pub(super) async fn checks(db: &Db, lang: Language, from: Level) -> conversation::Result<Vec<CheckView>> {
    let mut all = Vec::new();
    for level in [Level::N2, Level::N3] {
        if level <= from || state::may_move(from, level).is_err() {
            continue;
        }
        for check in levels::checklist(db, level).await? {
            all.push(CheckView {
                level,
                is_tick: check.kind == levels::CheckKind::Tick,
                is_required: check.is_required,
                label: check
                    .labels
                    .pick(lang)
                    .map(|(_, words)| words.to_owned())
                    .unwrap_or_default(),
                id: check.id,
            });
        }
    }
    Ok(all)
}

pub(super) async fn resolve(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    act(&app, &posted.me, &id, Action::Resolve).await
}

pub(super) async fn reopen(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    act(&app, &posted.me, &id, Action::Reopen).await
}

pub(super) async fn priority(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Work)?;
    let priority: Priority = posted.form.get("priority").parse().map_err(|_| Failure::Unreadable)?;
    act(&app, &posted.me, &id, Action::Prioritise(priority)).await
}

pub(super) async fn snooze(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Work)?;
    let until = match posted.form.get("for") {
        "time" => local_time(posted.form.get("at_time"), &posted.me)
            .filter(|at| *at > posted.me.now)
            .ok_or_else(|| Error::Invalid(i18n::t(posted.me.lang, "compose-later-wrong").into_owned()))?,
        choice => put_off(choice, posted.me.now, &posted.me.tz).ok_or(Failure::Unreadable)?,
    };
    act(&app, &posted.me, &id, Action::Snooze { until }).await
}

/// When to bring a conversation back. Mornings begin at nine, in the agent's time zone.
/// `2026-01-05T09:30` in the agent's time zone.
pub(super) fn local_time(text: &str, me: &SignedIn) -> Option<Millis> {
    let local: jiff::civil::DateTime = text.trim().parse().ok()?;
    Some(local.to_zoned(me.tz.clone()).ok()?.timestamp().as_millisecond())
}

/// When what is snoozed comes back: at a time, or with the customer's answer.
pub(super) fn put_off(choice: &str, now: Millis, tz: &TimeZone) -> Option<Millis> {
    match choice {
        "reply" => Some(UNTIL_REPLY),
        preset => wake_at(preset, now, tz),
    }
}

pub(super) fn wake_at(choice: &str, now: Millis, tz: &TimeZone) -> Option<Millis> {
    let today = Timestamp::from_millisecond(now).ok()?.to_zoned(tz.clone()).date();
    let morning = |date: jiff::civil::Date| {
        let at = date.to_datetime(time(9, 0, 0, 0)).to_zoned(tz.clone()).ok()?;
        Some(at.timestamp().as_millisecond())
    };
    match choice {
        "1h" => Some(now + 60 * 60_000),
        "3h" => Some(now + 3 * 60 * 60_000),
        "tomorrow" => morning(today.tomorrow().ok()?),
        "monday" => {
            let days = i64::from(Weekday::Monday.since(today.weekday()));
            morning(today.checked_add(if days == 0 { 7 } else { days }.days()).ok()?)
        }
        _ => None,
    }
}

pub(super) async fn typing(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    if posted.form.get("is_typing") == "true" {
        super::whatsapp::sign(&app, &posted.me, &found, true);
    }
    app.realtime.signal(Signal::AgentTyping {
        conversation: found.id,
        name: posted.me.agent.name.clone(),
        is_typing: posted.form.get("is_typing") == "true",
    });
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Sends a message once more whose delivery failed. The delivery must be one of this conversation.
pub(super) async fn retry(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let delivery = DeliveryId::from(posted.form.get("delivery"));
    let of = access::delivery(app.store.db(), &posted.me.actor(), &delivery).await?;
    if of.conversation_id != found.id {
        return Err(Error::NotFound.into());
    }
    let done = deliveries::send_again(&app.store, &posted.me.actor(), &delivery).await;
    outcome(&app, &posted.me, &found, done).await
}

/// What a ticket that is opened here can be: a request first, which most are.
pub(super) async fn ticket_choices(db: &Db, lang: Language) -> conversation::Result<TicketChoices> {
    let tree = categories::tree(db).await?;
    let kinds = [TicketKind::Request, TicketKind::Question, TicketKind::Incident];
    Ok(TicketChoices {
        kinds: kinds
            .into_iter()
            .map(|kind| (kind.to_string(), crate::tickets::kind_name(lang, kind).into_owned()))
            .collect(),
        categories: tree
            .all()
            .iter()
            .map(|one| (one.id.clone(), tree.name(&one.id, lang)))
            .collect(),
    })
}

pub(super) async fn open_ticket(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let new = NewTicket {
        conversation: found.id.clone(),
        subject: posted.form.get("subject").to_owned(),
        kind: posted.form.get("kind").parse().unwrap_or(TicketKind::Request),
        brief: String::new(),
    };
    let done = open_in_category(&app, &posted.me, new, posted.form.get("category")).await;
    outcome(&app, &posted.me, &found, done).await
}

async fn open_in_category(app: &App, me: &SignedIn, new: NewTicket, category: &str) -> conversation::Result<()> {
    let ticket = tickets::open(&app.store, &me.actor(), new).await?;
    if category.is_empty() {
        return Ok(());
    }
    let change = Edit {
        category: Some(Some(category.to_owned())),
        ..Edit::default()
    };
    edit::edit(&app.store, &me.actor(), &ticket.id, change).await.map(drop)
}
