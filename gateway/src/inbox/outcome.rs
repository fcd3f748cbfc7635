//! Who may change a conversation, and the answer to whoever did.

use axum::http::StatusCode;
use axum::response::Response;
use conversation::access::Permission;
use conversation::conversations::Conversation;
use conversation::types::ConversationId;
use conversation::{Error, access};

use super::came::{Came, Why};
use super::pages::answer;
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::{SignedIn, failure};

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
