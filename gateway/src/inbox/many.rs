//! One thing done with many conversations, labels, teams, and the lists that people keep.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use conversation::access::Permission;
use conversation::bulk::{self, Came, Work};
use conversation::lifecycle::{self, Action};
use conversation::types::{AgentId, ConversationId, LabelId, TeamId, ViewId};
use conversation::{Error, access, labels, saved_views};
use serde_json::json;
use ui::routes;

use super::later::put_off;
use super::organise::offer;
use super::outcome::{outcome, workable};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::Posted;
use crate::auth::{SignedIn, see_other};

/// Does one thing with the conversations that were chosen; says what came of each.
pub(super) async fn bulk(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let me = &posted.me;
    me.must(Permission::Work)?;
    let ids: Vec<ConversationId> = posted.form.all("c").map(ConversationId::from).collect();
    let work = work(&posted)?;
    let came = bulk::run(&app.store, &me.actor(), &ids, &work).await?;
    if !me.is_fragment {
        return Ok(see_other(routes::INBOX));
    }
    let (mut done, mut unchanged, mut refused) = (0, 0, Vec::new());
    let mut merged = Vec::new();
    for (id, came) in came {
        match came {
            Came::Done => {
                done += 1;
                if work == Work::Merge {
                    merged.push(id);
                }
            }
            Came::Unchanged => unchanged += 1,
            Came::Refused(error) => {
                let number = match access::conversation(app.store.db(), &me.actor(), &id).await {
                    Ok(found) => Some(found.number),
                    Err(_) => None,
                };
                refused.push(json!({ "id": id, "number": number, "why": failure::words(me.lang, &error) }));
            }
        }
    }
    let mut told = json!({ "done": done, "unchanged": unchanged, "refused": refused });
    if let Some(one) = merged.first() {
        // What is part of another leads to it.
        let into = access::conversation(app.store.db(), &me.actor(), one).await?;
        told["merged"] = offer(me, &into, &merged);
    }
    Ok(Json(told).into_response())
}

fn work(posted: &Posted) -> Result<Work, Failure> {
    let (what, value) = posted.form.get("do").split_once(':').ok_or(Failure::Unreadable)?;
    let some = Some(value).filter(|value| !value.is_empty());
    let action = match what {
        "assign" => Action::Assign(some.map(AgentId::from)),
        "team" => Action::GiveTo(some.map(TeamId::from)),
        "level" => Action::MoveTo {
            level: value.parse().map_err(|_| Failure::Unreadable)?,
            reason: posted.form.get("reason").to_owned(),
        },
        "priority" => Action::Prioritise(value.parse().map_err(|_| Failure::Unreadable)?),
        "snooze" => Action::Snooze {
            until: put_off(value, posted.me.now, &posted.me.tz).ok_or(Failure::Unreadable)?,
        },
        "resolve" => Action::Resolve,
        "merge" => return Ok(Work::Merge),
        "reopen" => Action::Reopen,
        "spam" => Action::Spam,
        "not_spam" => Action::NotSpam,
        "label" | "unlabel" => {
            let label: Vec<LabelId> = some.map(LabelId::from).into_iter().collect();
            let (add, remove) = if what == "label" {
                (label, Vec::new())
            } else {
                (Vec::new(), label)
            };
            return Ok(Work::Label { add, remove });
        }
        _ => return Err(Failure::Unreadable),
    };
    Ok(Work::Act(action))
}

/// The labels that a conversation carries from now on.
pub(super) async fn set_labels(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    let found = workable(&app, me, &id).await?;
    let done = put_labels(&app, me, &found.id, &posted).await;
    outcome(&app, me, &found, done).await
}

async fn put_labels(
    app: &App,
    me: &SignedIn,
    conversation: &ConversationId,
    posted: &Posted,
) -> conversation::Result<()> {
    let mut wanted: Vec<LabelId> = posted.form.all("label").map(LabelId::from).collect();
    let new = posted.form.get("new").trim();
    if !new.is_empty() {
        wanted.push(labels::create(&app.store, &me.actor(), new, None).await?.id);
    }
    let has = labels::of_conversations(app.store.db(), std::slice::from_ref(conversation)).await?;
    let has: Vec<LabelId> = has.into_values().flatten().map(|label| label.id).collect();
    let add: Vec<LabelId> = wanted.iter().filter(|id| !has.contains(id)).cloned().collect();
    let remove: Vec<LabelId> = has.into_iter().filter(|id| !wanted.contains(id)).collect();
    labels::set(&app.store, &me.actor(), conversation, &add, &remove).await?;
    Ok(())
}

/// Gives a conversation to a team.
pub(super) async fn give(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let me = &posted.me;
    let found = workable(&app, me, &id).await?;
    let team = Some(posted.form.get("team"))
        .filter(|id| !id.is_empty())
        .map(TeamId::from);
    let done = lifecycle::act(&app.store, &me.actor(), &found.id, Action::GiveTo(team)).await;
    outcome(&app, me, &found, done.map(|_| ())).await
}

/// Keeps a list.
pub(super) async fn keep_view(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let query = without_view(form.get("query"));
    let id = saved_views::create(
        &app.store,
        &me.agent.id,
        form.get("name"),
        &query,
        form.is_on("is_shared"),
    )
    .await?;
    Ok(see_other(&format!("{}?{query}&view={id}", routes::INBOX)))
}

/// Changes or forgets a kept list.
pub(super) async fn change_view(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let id = ViewId::from(id);
    let is_administrator = me.can(Permission::Administer);
    let query = without_view(form.get("query"));
    match form.get("do") {
        "remove" => {
            saved_views::remove(&app.store, &me.agent.id, is_administrator, &id).await?;
            Ok(see_other(&format!("{}?{query}", routes::INBOX)))
        }
        "change" => {
            saved_views::change(
                &app.store,
                &me.agent.id,
                is_administrator,
                &id,
                form.get("name"),
                &query,
                form.is_on("is_shared"),
            )
            .await?;
            Ok(see_other(&format!("{}?{query}&view={id}", routes::INBOX)))
        }
        _ => Err(Error::Invalid("change or remove".to_owned()).into()),
    }
}

/// A query as a list is kept: in our own words, whatever was sent.
fn without_view(query: &str) -> String {
    super::choice::Choice::from_query(query).query()
}
