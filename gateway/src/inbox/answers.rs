//! Why the bot did what it did, for the inbox; and agents teaching it.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::{self, Permission};
use conversation::db::Db;
use conversation::types::{ConversationId, Language};
use conversation::{Error, Result};
use kb::decisions::{self, Decided};
use kb::examples;
use ui::inbox_page::{DecisionView, WeighedView};
use ui::routes;

use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::see_other;

/// Decisions that the side panel shows.
const MOST: i64 = 5;
/// Candidates of a decision that it shows.
const SHOWN: usize = 3;

/// The last decisions about a conversation, as they are shown.
pub(super) async fn load(db: &Db, conversation: &ConversationId, lang: Language) -> Result<Vec<DecisionView>> {
    let decided = decisions::of_conversation(db, conversation, MOST).await?;
    Ok(decided.into_iter().map(|one| view(one, lang)).collect())
}

fn view(decided: Decided, lang: Language) -> DecisionView {
    let percent = |confidence: f32| (confidence * 100.0).round().clamp(0.0, 100.0) as i64;
    DecisionView {
        message: decided.message_id.to_string(),
        can_teach: !["small_talk", "from_data"].contains(&decided.outcome.as_str()),
        reason: decided
            .reason
            .as_deref()
            .and_then(|stored| bots::Reason::ALL.iter().find(|reason| reason.as_str() == stored))
            .map(|reason| bots::words::reason(lang, *reason).to_owned()),
        outcome: decided.outcome,
        at: decided.at,
        question: conversation::conversations::preview_of(&decided.question),
        needed: percent(decided.answer_at),
        candidates: decided
            .candidates
            .into_iter()
            .take(SHOWN)
            .map(|candidate| WeighedView {
                url: candidate
                    .article_id
                    .split_once('/')
                    .map(|(language, slug)| format!("/help/{language}/{slug}")),
                percent: percent(candidate.confidence),
                title: candidate.title,
                article: candidate.article_id,
            })
            .collect(),
    }
}

/// POST `message`, `article`: the article answers what that message asked.
pub(super) async fn teach(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let found = access::conversation(app.store.db(), &me.actor(), &ConversationId::from(id)).await?;
    let decided = decisions::of_conversation(app.store.db(), &found.id, 100)
        .await?
        .into_iter()
        .find(|decided| decided.message_id.as_str() == form.get("message"))
        .ok_or(Error::NotFound)?;
    let article = form.get("article");
    match examples::teach(&app.store, &me.actor(), article, &decided.question, Some(&found.id)).await {
        // Known already is as good as learned, and too short to learn is nobody's fault.
        Ok(()) | Err(Error::Conflict(_) | Error::Invalid(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(see_other(&routes::path(routes::CONVERSATION, found.id.as_str())))
}
