//! Marking as spam and back, and shutting senders out where they write.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Result;
use conversation::blocked::{self, Kind};
use conversation::conversations::Conversation;
use conversation::db::Db;
use conversation::lifecycle::{Action, act, act_in};
use conversation::spam::{self, Why};
use conversation::types::{Actor, ConversationId};
use ui::i18n;
use ui::inbox_page::SpamView;

use super::actions::{outcome, workable};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;

/// What is said of a conversation: whether it is spam and why, whether its customer is blocked, and by what they could be.
pub(super) async fn view(db: &Db, me: &SignedIn, conversation: &Conversation) -> Result<SpamView> {
    let kept = match conversation.spam_since {
        Some(_) => spam::of(db, std::slice::from_ref(&conversation.id)).await?.pop(),
        None => None,
    };
    let since = match conversation.spam_since {
        Some(at) => Some((at, why(db, me, kept.as_ref()).await?)),
        None => None,
    };
    let blocked = blocked::of_contact(db, &conversation.contact_id).await?;
    let names: Vec<String> = blocked
        .iter()
        .map(|one| name(me, &(one.kind, one.value.clone())))
        .collect();
    let keys = blocked::of_conversation(db, conversation).await?;
    let domain = keys
        .iter()
        .find(|(kind, _)| *kind == Kind::Email)
        .and_then(|(_, address)| address.rsplit_once('@'))
        .map(|(_, domain)| domain.to_owned());
    let domain = match domain {
        Some(domain) if blocked::may_block(db, &(Kind::Domain, domain.clone())).await.is_ok() => {
            Some(i18n::t_args(me.lang, "spam-block-domain", &[("sender", domain.into())]))
        }
        _ => None,
    };
    let sender = match keys.first() {
        Some((Kind::Visitor, _)) => Some(i18n::t(me.lang, "spam-block-browser").into_owned()),
        Some(key) if blocked::may_block(db, key).await.is_ok() => {
            let sender = ("sender", name(me, key).into());
            Some(i18n::t_args(me.lang, "spam-block-sender", &[sender]))
        }
        _ => None,
    };
    Ok(SpamView {
        since,
        blocked: (!names.is_empty()).then(|| names.join(", ")),
        sender,
        domain,
    })
}

/// A blocked sender as people read it; a browser has no name.
pub(crate) fn name(me: &SignedIn, key: &blocked::Key) -> String {
    match key.0 {
        Kind::Visitor => i18n::t(me.lang, "blocked-visitor").into_owned(),
        _ => blocked::shown(key),
    }
}

async fn why(db: &Db, me: &SignedIn, kept: Option<&spam::Spam>) -> Result<String> {
    let Some(kept) = kept else { return Ok(String::new()) };
    let words = ("words", kept.words.as_str().into());
    Ok(match kept.why {
        Why::Marked => {
            let who = match &kept.actor {
                Actor::Agent(id) => agent_name(db, id).await?,
                Actor::System => return Ok(i18n::t(me.lang, "spam-why-rule").into_owned()),
                other => other.id().to_owned(),
            };
            i18n::t_args(me.lang, "spam-why-marked", &[("who", who.into())])
        }
        Why::Blocked => i18n::t_args(me.lang, "spam-why-blocked", &[words]),
        Why::Judged => i18n::t_args(me.lang, "spam-why-judged", &[words]),
        Why::Imported => i18n::t(me.lang, "spam-why-imported").into_owned(),
    })
}

async fn agent_name(db: &Db, id: &conversation::types::AgentId) -> Result<String> {
    let row: Option<(String,)> = conversation::db::sql("SELECT name FROM agents WHERE id = $1")
        .bind(id)
        .optional(db)
        .await?;
    Ok(row.map(|(name,)| name).unwrap_or_default())
}

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
