//! Replies and notes with their files.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use channels::whatsapp::send::Special;
use conversation::conversations::Conversation;
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::types::{AttachmentId, Channel, MessageId};
use conversation::{Error, access, attachments};
use ui::i18n;

use super::actions::workable;
use super::files::sniffed;
use super::pages::answer;
use super::thread::{Came, Why};
use super::whatsapp;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{PostedFiles, Upload, position};

/// The most files of one message.
const MOST_FILES: usize = 20;

pub(super) async fn reply(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: PostedFiles,
) -> Result<Response, Failure> {
    let PostedFiles { me, form, files } = posted;
    let found = workable(&app, &me, &id).await?;
    let text = form.get("text").replace("\r\n", "\n");
    let kind = if form.get("kind") == "note" {
        ReplyKind::Note
    } else {
        ReplyKind::Customer
    };
    let with = reply::Sending {
        quotes: Some(form.get("quotes"))
            .filter(|id| !id.is_empty())
            .map(MessageId::from),
        ..reply::Sending::default()
    };
    let special = whatsapp::special_of(&form).filter(|_| found.channel == Channel::Whatsapp);
    let written = write(
        &app,
        &me,
        &found,
        (with, special),
        kind,
        &text,
        form.get("id"),
        position(form.get("seen_position")),
        files,
    );
    let problem = match written.await {
        Ok(()) => None,
        Err(Error::Stale { seen, .. }) => Some((StatusCode::CONFLICT, Why::Stale(seen))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let words = failure::words(me.lang, &error);
            Some((StatusCode::UNPROCESSABLE_ENTITY, Why::Refused(words)))
        }
        Err(error) => return Err(error.into()),
    };
    let now = access::conversation(app.store.db(), &me.actor(), &found.id).await?;
    match problem {
        None => answer(&app, &me, &now, StatusCode::OK, Came::Nothing).await,
        Some((status, problem)) => {
            let came = Came::Back {
                text,
                is_note: kind == ReplyKind::Note,
                problem,
            };
            answer(&app, &me, &now, status, came).await
        }
    }
}

async fn write(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    (mut with, special): (reply::Sending, Option<Special>),
    kind: ReplyKind,
    text: &str,
    id: &str,
    seen: i64,
    files: Vec<Upload>,
) -> Result<(), Error> {
    if files.len() > MOST_FILES {
        return Err(Error::Invalid(i18n::t(me.lang, "error-too-large").into_owned()));
    }
    let id = match id {
        "" => app.store.env().ulid(),
        given => given.to_owned(),
    };
    let mut taken = Vec::new();
    for file in &files {
        taken.push(upload(app, me, file).await?);
    }
    if kind == ReplyKind::Note {
        with = reply::Sending::default();
    } else {
        let files = attachments::pending(app.store.db(), &me.actor(), &taken).await?;
        if let Err(limit) = whatsapp::check(app, conversation, text, &files, special.as_ref()).await? {
            return Err(Error::Invalid(whatsapp::words(me.lang, &limit)));
        }
        with.extra = whatsapp::extra_of(special.as_ref());
    }
    let new = NewReply {
        id: MessageId::from(id),
        conversation: conversation.id.clone(),
        kind,
        text: text.to_owned(),
        cards: Vec::new(),
        attachments: taken,
        seen: Some(seen),
    };
    reply::reply_with(&app.store, &me.actor(), new, with).await.map(|_| ())
}

pub(super) async fn upload(app: &App, me: &SignedIn, file: &Upload) -> Result<AttachmentId, Error> {
    let blob = app.store.put_blob(&file.bytes).await?;
    let media_type = sniffed(&file.bytes).unwrap_or(file.media_type.as_str());
    // A browser may send a whole path; only the last part is a name.
    let name = file.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = if name.trim().is_empty() { "file" } else { name };
    let kept = attachments::upload(&app.store, &me.actor(), name, media_type, &blob).await?;
    if let Some(duration) = channels::whatsapp::length::of(&file.bytes) {
        attachments::set_duration(&app.store, &kept.id, duration).await?;
    }
    Ok(kept.id)
}
