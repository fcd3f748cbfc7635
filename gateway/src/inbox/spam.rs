//! Marking as spam and back, and shutting senders out where they write.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Result;
use conversation::blocked;
use conversation::lifecycle::{Action, act, act_in};
use conversation::types::{Actor, ConversationId};

use super::outcome::{outcome, workable};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;

/// `do` = `spam` marks, and shuts out what is ticked; `do` = `block` only shuts out, the sender where nothing is ticked.
pub(super) async fn mark(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let mut is_sender = posted.form.all("block").any(|what| what == "sender");
    let is_domain = posted.form.all("block").any(|what| what == "domain");
    let is_marked = posted.form.get("do") != "block";
    if !is_marked && !is_domain {
        is_sender = true;
    }
    let done = do_both(&app, &posted.me.actor(), &found.id, is_marked, is_sender, is_domain).await;
    outcome(&app, &posted.me, &found, done).await
}

/// All of it or nothing.
async fn do_both(
    app: &App,
    actor: &Actor,
    id: &ConversationId,
    is_marked: bool,
    is_sender: bool,
    is_domain: bool,
) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let mut has_changed = false;
    for (wanted, is_domain) in [(is_sender, false), (is_domain, true)] {
        if wanted {
            has_changed |= blocked::block_here_in(&mut tx, actor, id, is_domain, "").await?;
        }
    }
    if is_marked {
        has_changed |= act_in(&mut tx, actor, id, Action::Spam).await?.1;
    }
    if has_changed {
        tx.commit().await?;
    }
    Ok(())
}

pub(super) async fn lift(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let done = act(&app.store, &posted.me.actor(), &found.id, Action::NotSpam).await;
    outcome(&app, &posted.me, &found, done.map(drop)).await
}

pub(super) async fn unblock(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let done = blocked::unblock_here(&app.store, &posted.me.actor(), &found.id).await;
    outcome(&app, &posted.me, &found, done.map(drop)).await
}
