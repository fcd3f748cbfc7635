//! Replies and notes: with their files and cards, by the chosen way, now or later, and what is to be
//! done with the conversation then.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::card::{Card, CardKind};
use conversation::conversations::Conversation;
use conversation::desk::{canned, drafts};
use conversation::lifecycle::{Action, act_in};
use conversation::pictures::sniffed;
use conversation::reply::{self, NewReply, ReplyKind, Sending};
use conversation::surveys::by_hand;
use conversation::types::{AttachmentId, Channel, MessageId, Millis};
use conversation::{Error, access, attachments, ways};
use ui::i18n;

use super::actions::{local_time, put_off, wake_at, workable};
use super::cards;
use super::composing::{self, undo_for};
use super::pages::answer;
use super::thread::{Came, Why};
use super::whatsapp;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, PostedFiles, Upload, position};

/// The most files of one message.
pub(super) const MOST_FILES: usize = 20;
/// The most cards of one message.
const MOST_CARDS: usize = 5;

pub(super) async fn reply(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: PostedFiles,
) -> Result<Response, Failure> {
    let PostedFiles { me, form, files } = posted;
    let found = workable(&app, &me, &id).await?;
    let text = form.get("text").replace("\r\n", "\n");
    let is_note = form.get("kind") == "note";
    let open = canned::open_variables(&text);
    let problem = if !is_note && !open.is_empty() && form.get("anyway").is_empty() {
        Some((StatusCode::UNPROCESSABLE_ENTITY, Why::Open(open)))
    } else {
        match write(&app, &me, &found, is_note, &text, &form, files).await {
            Ok(()) => None,
            Err(Error::Stale { seen, .. }) => Some((StatusCode::CONFLICT, Why::Stale(seen))),
            Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
                let words = failure::words(me.lang, &error);
                Some((StatusCode::UNPROCESSABLE_ENTITY, Why::Refused(words)))
            }
            Err(error) => return Err(error.into()),
        }
    };
    let now = access::conversation(app.store.db(), &me.actor(), &found.id).await?;
    match problem {
        None => answer(&app, &me, &now, StatusCode::OK, Came::Nothing).await,
        Some((status, problem)) => {
            let came = Came::Back { text, is_note, problem };
            answer(&app, &me, &now, status, came).await
        }
    }
}

async fn write(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    is_note: bool,
    text: &str,
    form: &Form,
    files: Vec<Upload>,
) -> Result<(), Error> {
    let mut taken: Vec<AttachmentId> = form
        .all("attachment")
        .filter(|id| !id.is_empty())
        .map(AttachmentId::from)
        .collect();
    if files.len() + taken.len() > MOST_FILES || form.all("card").count() > MOST_CARDS {
        return Err(Error::Invalid(i18n::t(me.lang, "error-too-large").into_owned()));
    }
    let mut given: Vec<Card> = Vec::new();
    for value in form.all("card") {
        let card = cards::make(app, me, conversation, value).await?;
        let card = card.ok_or_else(|| Error::Invalid(i18n::t(me.lang, "compose-card-gone").into_owned()))?;
        if card.kind == CardKind::Survey && is_note {
            return Err(Error::Invalid(
                i18n::t(me.lang, "compose-card-survey-note").into_owned(),
            ));
        }
        // Asked twice in one message is asked once.
        if card.kind != CardKind::Survey || given.iter().all(|known| known.kind != CardKind::Survey) {
            given.push(card);
        }
    }
    let id = match form.get("id") {
        "" => app.store.env().ulid(),
        given => given.to_owned(),
    };
    let ways = ways::of(app.store.db(), conversation).await?;
    let way = composing::chosen(&ways, form.get("way"));
    let mut text = text.trim().to_owned();
    let mut sending = Sending::default();
    let mut toward = conversation.clone();
    if !is_note && let Some(way) = way {
        let signature = composing::signature(&app.store, me, way, conversation).await?;
        if !signature.is_empty() {
            text.push_str("\n\n-- \n");
            text.push_str(&signature);
        }
        if !way.is_usual {
            sending.by = Some((way.inbox.clone(), way.recipient.clone()));
            toward.inbox_id = way.inbox.clone();
            toward.channel = way.channel;
            toward.reply_address = Some(way.recipient.clone());
        }
        sending.send_at = leaves_at(me, form, way.channel)?;
    }
    for file in &files {
        taken.push(upload(app, me, file).await?);
    }
    if !is_note {
        let special = whatsapp::special_of(form).filter(|_| toward.channel == Channel::Whatsapp);
        let files = attachments::pending(app.store.db(), &me.actor(), &taken).await?;
        if let Err(limit) = whatsapp::check(app, &toward, &text, &files, special.as_ref()).await? {
            return Err(Error::Invalid(whatsapp::words(me.lang, &limit)));
        }
        sending.extra = whatsapp::extra_of(special.as_ref());
        // What is quoted has an id on its own channel only.
        if toward.channel == conversation.channel {
            sending.quotes = Some(form.get("quotes"))
                .filter(|id| !id.is_empty())
                .map(MessageId::from);
        }
    }
    let asked: Vec<String> = given
        .iter()
        .filter(|card| card.kind == CardKind::Survey)
        .map(|card| card.reference.clone())
        .collect();
    let id = MessageId::from(id);
    let new = NewReply {
        id: id.clone(),
        conversation: conversation.id.clone(),
        kind: if is_note { ReplyKind::Note } else { ReplyKind::Customer },
        text,
        cards: given,
        attachments: taken,
        seen: Some(position(form.get("seen_position"))),
    };
    let mut tx = app.store.begin().await?;
    let replied = reply::reply_in_with(&mut tx, &me.actor(), new, sending).await?;
    if replied.is_repeated {
        return Ok(());
    }
    if !is_note {
        for card in &asked {
            by_hand::asked_in(&mut tx, &me.actor(), conversation, card, &id).await?;
        }
    }
    if let Some(action) = then(me, form.get("then"))? {
        // Somebody may have resolved it a moment ago: then there is nothing left to snooze.
        match act_in(&mut tx, &me.actor(), &conversation.id, action).await {
            Ok(_) | Err(Error::Invalid(_)) => {}
            Err(error) => return Err(error),
        }
    }
    drafts::discard_in(&mut tx, &me.agent.id, &conversation.id).await?;
    tx.commit().await?;
    Ok(())
}

/// When it leaves: at a time that was chosen, else as soon as it can no longer be taken back.
fn leaves_at(me: &SignedIn, form: &Form, channel: Channel) -> Result<Option<Millis>, Error> {
    let at = match form.get("at") {
        "" => {
            let held = if form.get("undo").is_empty() {
                0
            } else {
                undo_for(channel)
            };
            return Ok((held > 0).then_some(me.now + held));
        }
        "time" => local_time(form.get("at_time"), me),
        preset => wake_at(preset, me.now, &me.tz),
    };
    match at {
        Some(at) if at > me.now => Ok(Some(at)),
        _ => Err(Error::Invalid(i18n::t(me.lang, "compose-later-wrong").into_owned())),
    }
}

/// What is to be done with the conversation then.
fn then(me: &SignedIn, choice: &str) -> Result<Option<Action>, Error> {
    let snooze = |until| Some(Action::Snooze { until });
    Ok(match choice {
        "resolve" => Some(Action::Resolve),
        other => match other.strip_prefix("snooze:") {
            Some(choice) => put_off(choice, me.now, &me.tz).and_then(snooze),
            None => None,
        },
    })
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
