//! What the composer asks for while somebody writes: keeping the draft, taking files, the preview,
//! texts and cards to choose from, answers of the knowledge base, and taking back what was sent.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::access::Permission;
use conversation::conversations::Message;
use conversation::desk::canned::{self, Values};
use conversation::desk::drafts::{self, DraftExtra};
use conversation::desk::fits::Matter;
use conversation::lifecycle::{self, Action};
use conversation::reply::{LONGEST_TEXT, NewReply, ReplyKind, reply};
use conversation::surveys::by_hand;
use conversation::types::{
    Actor, AgentId, AttachmentId, Channel, ConversationId, ConversationStatus, DeliveryId, MessageId,
};
use conversation::{Error, access, scheduled, views, ways};
use serde::Deserialize;
use serde_json::json;
use ui::components::markup;
use ui::i18n;
use ui::inbox_page::{self, CannedView, SuggestionView};

use super::cards;
use super::composing;
use super::copies::{self, Copies};
use super::outcome::{outcome, workable};
use super::uploads::{MOST_FILES, upload};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Posted, PostedFiles};
use crate::auth::{SignedIn, html};

/// How many canned replies are offered at a time.
const OFFERED: usize = 8;
/// How many answers the knowledge base offers.
const SUGGESTIONS: usize = 3;
/// Below this confidence an answer is not worth an agent's glance.
const WORTH: f32 = 0.15;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    kind: String,
}

/// Keeps the draft of this agent.
pub(super) async fn draft(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let found = workable(&app, &me, &id).await?;
    let ways = ways::of(app.store.db(), &found).await?;
    let given = Copies::of(&form);
    let proposed = copies::proposed(app.store.db(), &found).await?;
    let extra = DraftExtra {
        // What is proposed anyway follows the customer's next mail.
        cc: (form.all("cc").next().is_some() && copies::addresses(&given.cc) != proposed).then_some(given.cc),
        bcc: given.bcc,
        channel: composing::chosen(&ways, form.get("way"))
            .filter(|way| !way.is_usual)
            .map(|way| way.channel),
        cards: form.all("card").map(str::to_owned).collect(),
        files: form
            .all("attachment")
            .filter(|id| !id.is_empty())
            .map(AttachmentId::from)
            .collect(),
    };
    let text = form.get("text").replace("\r\n", "\n");
    let based_on = form
        .get("revision")
        .parse::<i64>()
        .ok()
        .filter(|revision| *revision > 0);
    let kept = drafts::keep(
        &app.store,
        &me.agent.id,
        &found.id,
        form.get("kind") == "note",
        &text,
        &extra,
        based_on,
    )
    .await;
    match kept {
        Ok(revision) => Ok(Json(json!({ "revision": revision })).into_response()),
        Err(Error::Conflict(_)) => {
            let theirs = drafts::load(app.store.db(), &me.agent.id, &found.id).await?;
            let (text, revision) = theirs.map_or((String::new(), 0), |draft| (draft.text, draft.revision));
            Ok((
                StatusCode::CONFLICT,
                Json(json!({ "revision": revision, "text": text })),
            )
                .into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes files before the message that they go along with.
pub(super) async fn uploads(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: PostedFiles,
) -> Result<Response, Failure> {
    let PostedFiles { me, files, .. } = posted;
    workable(&app, &me, &id).await?;
    if files.len() > MOST_FILES {
        return Err(Failure::TooLarge);
    }
    let mut kept = Vec::new();
    for file in &files {
        let id = upload(&app, &me, file).await?;
        kept.push(json!({ "id": id, "name": file.name, "size": file.bytes.len() }));
    }
    Ok(Json(kept).into_response())
}

/// The message as its channel will show it.
pub(super) async fn preview(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let found = workable(&app, &me, &id).await?;
    let ways = ways::of(app.store.db(), &found).await?;
    let way = composing::chosen(&ways, form.get("way"));
    let text = form.get("text").replace("\r\n", "\n");
    let is_note = form.get("kind") == "note";
    let channel = way.map(|way| way.channel).filter(|_| !is_note);
    let drawn = match channel {
        // What has no marks of its own shows the bare words.
        Some(Channel::Instagram | Channel::Messenger | Channel::Webchat | Channel::Bridge) => {
            maud::html! { div.prose.plain { (markup::plain(&text)) } }
        }
        _ => maud::html! { div.prose { (markup::markdown(&text)) } },
    };
    let words = channel.map_or_else(
        || i18n::t(me.lang, "composer-note").into_owned(),
        |channel| ui::components::channel_name(me.lang, channel).into_owned(),
    );
    let signature = match way.filter(|_| !is_note) {
        Some(way) => composing::signature(&app.store, &me, way, &found).await?,
        None => String::new(),
    };
    Ok(html(maud::html! {
        p.preview-as { (i18n::t_args(me.lang, "compose-preview-as", &[("channel", words.into())])) }
        (drawn)
        @if !signature.is_empty() { div.prose.signature { (markup::markdown(&signature)) } }
    }))
}

/// Canned replies that fit what was typed behind the slash.
pub(super) async fn canned_list(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let found = workable(&app, &me, &id).await?;
    let typed: String = asked.q.chars().take(80).collect();
    let matter = Matter::of(app.store.db(), &found).await?;
    let replies = canned::find(app.store.db(), &me.agent.id, &typed, &matter, OFFERED).await?;
    let values = Values::of(app.store.db(), &found, Some(&me.agent.id)).await?;
    let drawn: Vec<CannedView> = replies
        .into_iter()
        .filter_map(|reply| {
            let (language, words) = reply.bodies.pick(found.language)?;
            Some(CannedView {
                preview: inbox_page::pieces(&values.fill(words).text),
                language: (language != found.language).then_some(language),
                is_for: reply.fits.is_for(&matter),
                id: reply.id,
                shortcut: reply.shortcut,
                title: reply.title,
                category: reply.category,
            })
        })
        .collect();
    Ok(html(inbox_page::canned_options(&me.ctx(), &drawn)))
}

/// One of them, filled for this conversation; the use is counted.
pub(super) async fn canned_one(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let found = workable(&app, &me, &id).await?;
    let (reply, language, filled) =
        canned::for_conversation(&app.store, &me.agent.id, &found, form.get("canned")).await?;
    canned::used(&app.store, &reply.id, &found).await?;
    Ok(Json(json!({ "text": filled.text, "missing": filled.missing, "language": language })).into_response())
}

/// Cards to choose from.
pub(super) async fn card_list(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let found = workable(&app, &me, &id).await?;
    let words: String = asked.q.chars().take(200).collect();
    let fits = cards::find(&app, &me, &found, &asked.kind, &words).await?;
    Ok(html(inbox_page::card_options(&me.ctx(), &fits)))
}

/// What the knowledge base would answer to what the customer wrote last, with where it stands.
pub(super) async fn suggest(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    let found = workable(&app, &me, &id).await?;
    let question = match views::newest_inbound(app.store.db(), &found.id).await? {
        Some(message) => access::message(app.store.db(), &me.actor(), &message).await?.text,
        None => String::new(),
    };
    let subject = found.subject.clone().unwrap_or_default();
    let mut fits = app.knowledge.candidates(found.language, &question, SUGGESTIONS);
    if fits.iter().all(|one| one.confidence < WORTH) && !subject.is_empty() {
        // A mail often says in its subject what its words take for granted.
        fits = app
            .knowledge
            .candidates(found.language, &format!("{subject}\n{question}"), SUGGESTIONS);
    }
    let drawn: Vec<SuggestionView> = fits
        .into_iter()
        .filter(|one| one.confidence >= WORTH)
        .map(|one| SuggestionView {
            percent: i64::from((one.confidence * 100.0).clamp(0.0, 100.0) as u8),
            passage: one.text(),
            article: one.article_id,
            title: one.title,
            url: one.path,
        })
        .collect();
    Ok(html(inbox_page::suggestions(&me.ctx(), &drawn)))
}

/// Takes back what has not left; its words go back into the draft.
pub(super) async fn undo(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let found = workable(&app, &me, &id).await?;
    // What waits for its time is anybody's of the desk; what was sent a moment ago is its writer's.
    let waiting = match form.get("delivery") {
        "" => None,
        id => Some(
            access::delivery(app.store.db(), &me.actor(), &DeliveryId::from(id))
                .await?
                .message_id,
        ),
    };
    let is_later = waiting.is_some();
    let id = waiting.unwrap_or_else(|| MessageId::from(form.get("message")));
    let message = access::message(app.store.db(), &me.actor(), &id).await?;
    if message.conversation_id != found.id || (!is_later && message.author_id != me.agent.id.as_str()) {
        return Err(Error::NotFound.into());
    }
    let given = Copies::sent(app.store.db(), &message.id).await?;
    let back = match scheduled::cancel(&app.store, &me.actor(), &message.id).await {
        Ok(back) => back,
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            let words = match error {
                Error::Conflict(_) => i18n::t(me.lang, "compose-undo-late").into_owned(),
                error => failure::words(me.lang, &error),
            };
            return Ok((StatusCode::CONFLICT, Json(json!({ "words": words }))).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    by_hand::withdraw(&app.store, &message.id).await?;
    // What was done along with the sending is taken back as well.
    if found.status != ConversationStatus::Open && !is_later {
        lifecycle::act(&app.store, &me.actor(), &found.id, Action::Reopen).await?;
    }
    let text = without_signature(&back.text).to_owned();
    let cards = cards_of(&message);
    let files: Vec<AttachmentId> = back.attachments.iter().map(|file| file.id.clone()).collect();
    let extra = DraftExtra {
        channel: None,
        cards: cards.clone(),
        files,
        cc: (message.channel == Channel::Email).then(|| given.cc.clone()),
        bcc: given.bcc.clone(),
    };
    let revision = drafts::keep(&app.store, &me.agent.id, &found.id, false, &text, &extra, None).await?;
    let picked: Vec<serde_json::Value> = message
        .cards
        .iter()
        .zip(&cards)
        .map(|(card, value)| json!({ "field": "card", "value": value, "name": card.title }))
        .chain(
            back.attachments
                .iter()
                .map(|file| json!({ "field": "attachment", "value": file.id, "name": file.name })),
        )
        .collect();
    let back = json!({ "text": text, "picked": picked, "revision": revision, "cc": given.cc, "bcc": given.bcc });
    Ok(Json(back).into_response())
}

/// What becomes of a message that waits for its time: it leaves now, or is taken back, whoever of the desk wrote it. Its
/// words become the reader's draft, behind what they have there.
pub(super) async fn scheduled_one(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let found = workable(&app, &me, &id).await?;
    let (db, actor) = (app.store.db(), me.actor());
    let of = access::delivery(db, &actor, &DeliveryId::from(form.get("delivery"))).await?;
    if of.conversation_id != found.id {
        return Err(Error::NotFound.into());
    }
    if form.get("do") == "now" {
        let done = scheduled::reschedule(&app.store, &actor, &of.message_id, me.now).await;
        return outcome(&app, &me, &found, done).await;
    }
    let done = hand_back(&app, &actor, &me.agent.id, &of.message_id).await;
    outcome(&app, &me, &found, done).await
}

/// Takes back a message that waits, and makes its words the draft of an agent, behind what they have there.
pub(crate) async fn hand_back(app: &App, actor: &Actor, to: &AgentId, id: &MessageId) -> Result<(), Error> {
    let db = app.store.db();
    let message = access::message(db, actor, id).await?;
    let given = Copies::sent(db, &message.id).await?;
    let owner = Actor::Agent(to.clone());
    let back = scheduled::cancel_for(&app.store, actor, &owner, &message.id).await?;
    by_hand::withdraw(&app.store, &message.id).await?;
    let known = drafts::load(db, to, &back.conversation).await?;
    let known = known.filter(|draft| !draft.is_note && !draft.text.trim().is_empty());
    let mut extra = known.as_ref().map_or_else(
        || DraftExtra {
            channel: None,
            cc: (message.channel == Channel::Email).then(|| given.cc.clone()),
            bcc: given.bcc.clone(),
            ..DraftExtra::default()
        },
        |draft| draft.extra.clone(),
    );
    extra.cards.extend(cards_of(&message));
    extra.files.extend(back.attachments.iter().map(|file| file.id.clone()));
    let words = without_signature(&back.text);
    let text = match &known {
        Some(draft) => format!("{}\n\n{words}", draft.text.trim_end()),
        None => words.to_owned(),
    };
    drafts::keep(&app.store, to, &back.conversation, false, &text, &extra, None).await?;
    Ok(())
}

/// Takes back a message that waits, and keeps its words and files as a note below `head`.
pub(crate) async fn keep_as_note(app: &App, actor: &Actor, head: &str, id: &MessageId) -> Result<(), Error> {
    let message = access::message(app.store.db(), actor, id).await?;
    let back = scheduled::cancel(&app.store, actor, &message.id).await?;
    by_hand::withdraw(&app.store, &message.id).await?;
    let text = format!("{head}\n\n{}", without_signature(&back.text));
    let note = NewReply {
        attachments: back.attachments.into_iter().map(|file| file.id).collect(),
        ..NewReply::of(
            MessageId::from(app.store.env().ulid()),
            &back.conversation,
            ReplyKind::Note,
            text.chars().take(LONGEST_TEXT).collect::<String>(),
        )
    };
    reply(&app.store, actor, note).await?;
    Ok(())
}

/// The cards of a message as a draft names them.
fn cards_of(message: &Message) -> Vec<String> {
    message
        .cards
        .iter()
        .map(|card| format!("{}:{}", card.kind.as_str(), card.reference))
        .collect()
}

/// A message without what was put below it when it was sent.
fn without_signature(text: &str) -> &str {
    text.rsplit_once("\n\n-- \n").map_or(text, |(words, _)| words)
}

/// Where a note is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Where {
    conversation: String,
}

/// The names that a note can call: of those who see the conversation.
pub(super) async fn people(
    State(app): State<App>,
    me: SignedIn,
    Query(place): Query<Where>,
) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    let db = app.store.db();
    let mut all = crate::people::agents::list(db).await?;
    if !place.conversation.is_empty() {
        let found = access::conversation(db, &me.actor(), &ConversationId::from(place.conversation)).await?;
        let see = access::who_can_be_given(db, &found).await?;
        all.retain(|agent| see.contains(&agent.id) || found.assignee_id.as_ref() == Some(&agent.id));
    }
    let names: Vec<String> = all
        .into_iter()
        .filter(|agent| agent.is_enabled && agent.id != me.agent.id)
        .map(|agent| agent.name)
        .collect();
    Ok(Json(names).into_response())
}
