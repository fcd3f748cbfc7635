//! Writing first: a mail to somebody who did not write, or who is to read what another wrote (forwarding); a message to
//! a number on WhatsApp ([`chat`]).

mod chat;
mod ways;

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::access::{self, Permission};
use conversation::begun::{self, Beginning, LONGEST_SUBJECT};
use conversation::blocked;
use conversation::contacts::{self, normal_email};
use conversation::conversations::{Attachment, Conversation, Message};
use conversation::inbound::BlobRef;
use conversation::inboxes::Inbox;
use conversation::reply::{self, LONGEST_TEXT, NewReply, ReplyKind, Sending};
use conversation::types::{ActorKind, AttachmentId, Channel, ContactId, IdentityKind, MessageId, MessageKind, is_id};
use conversation::{Error, attachments};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::{button, form};
use ui::{i18n, routes};

use super::composing::{signature_of, undo_for};
use super::copies;
use super::uploads::{MOST_FILES, upload};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, PostedFiles};
use crate::auth::{SignedIn, see_other};
use ways::{answer, choice_of_ways, id_of, if_blocked, if_blocked_choice, is_mailbox, way_of, ways};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct About {
    /// The message that is passed on.
    forward: String,
    /// By what: `email`, `whatsapp`, or the id of an inbox.
    by: String,
    /// To whom, and what they are called.
    to: String,
    name: String,
}

/// A message that is passed on, with its files.
struct Passed {
    message: Message,
    conversation: Conversation,
    files: Vec<Attachment>,
}

pub(super) async fn new(State(app): State<App>, me: SignedIn, Query(about): Query<About>) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    let passed = passed(&app, &me, &about.forward).await?;
    let ways = ways(&app, &me).await?;
    let by = way_of(&ways, &about.by).filter(|_| passed.is_none());
    let mut form = Form::of([("forward", about.forward), ("to", about.to), ("name", about.name)]);
    if let Some(number) = by.filter(|inbox| inbox.channel == Channel::Whatsapp) {
        return chat::page(&app, &me, number, &form, None).await;
    }
    if let Some(by) = by {
        form.push("inbox", by.id.as_str());
    }
    if let Some(passed) = &passed {
        let (subject, text) = words_of(&app, &me, passed).await?;
        form.push("subject", subject);
        form.push("text", text);
        for file in &passed.files {
            form.push("file", file.id.as_str());
        }
    }
    page(&app, &me, &form, passed.as_ref(), None).await
}

/// What an agent may see and pass on: what was said, and not what the desk noted.
async fn passed(app: &App, me: &SignedIn, id: &str) -> Result<Option<Passed>, Failure> {
    if id.is_empty() {
        return Ok(None);
    }
    let id = MessageId::from(id);
    let (message, conversation) = access::message_in(app.store.db(), &me.actor(), &id).await?;
    if !matches!(message.kind, MessageKind::Inbound | MessageKind::Outbound) {
        return Err(Error::NotFound.into());
    }
    let files = attachments::of_messages(app.store.db(), &[id]).await?;
    // What never came, and what belongs to the page of a mail, is no file of its own.
    let files = files
        .into_iter()
        .filter(|file| file.source.is_none() && !file.sha256.is_empty() && !file.is_inline)
        .take(MOST_FILES)
        .collect();
    Ok(Some(Passed {
        message,
        conversation,
        files,
    }))
}

/// The subject and the words of what is passed on: below a line, as who wrote it and when.
async fn words_of(app: &App, me: &SignedIn, passed: &Passed) -> Result<(String, String), Failure> {
    let message = &passed.message;
    let who = match message.author_kind {
        ActorKind::Contact => {
            let contact = contacts::load(app.store.db(), &ContactId::from(message.author_id.as_str())).await?;
            // Where answers go is the customer's address, not that of everybody who wrote here.
            let address = passed.conversation.reply_address.clone();
            let address = address.filter(|_| contact.id == passed.conversation.contact_id);
            format!("{} {}", contact.name, address.unwrap_or_default())
                .trim()
                .to_owned()
        }
        _ => app.business_name().to_string(),
    };
    let subject = message.subject.as_deref().or(passed.conversation.subject.as_deref());
    let subject = subject.unwrap_or_default();
    let args = [
        ("who", who.into()),
        ("date", i18n::date_time(me.lang, message.sent_at, app.tz()).into()),
    ];
    let head = i18n::t_args(me.lang, "begin-forwarded", &args);
    let text = format!("\n\n---------- {head} ----------\n\n{}", message.text.trim());
    let prefix = if subject.to_lowercase().starts_with("fwd:") {
        ""
    } else {
        "Fwd: "
    };
    let subject: String = format!("{prefix}{subject}")
        .trim()
        .chars()
        .take(LONGEST_SUBJECT)
        .collect();
    Ok((subject, text.chars().take(LONGEST_TEXT).collect()))
}

async fn page(
    app: &App,
    me: &SignedIn,
    sent: &Form,
    passed: Option<&Passed>,
    problem: Option<&str>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let ways = ways(app, me).await?;
    let mailboxes: Vec<&Inbox> = ways.iter().filter(is_mailbox).collect();
    let id = id_of(app, sent);
    let blocked = match normal_email(sent.get("to")) {
        Ok(address) => blocked::toward(app.store.db(), IdentityKind::Email, &address).await?,
        Err(_) => Vec::new(),
    };
    let text = |label: &str, name: &str, kind: &str, is_required: bool, most: usize| {
        let field = format!("begin-{name}");
        html! {
            div.field {
                label for=(field) { (ctx.t(label)) }
                input.input id=(field) name=(name) type=(kind) value=(sent.get(name)) required[is_required] maxlength=(most) autocomplete="off";
            }
        }
    };
    let body = html! {
        @if passed.is_none() { (choice_of_ways(me, &ways, mailboxes.first().copied())) }
        @if mailboxes.is_empty() { p { (ctx.t("begin-no-mailbox")) } }
        @else {
            p.hint { (ctx.t(if passed.is_some() { "begin-forward-hint" } else { "begin-hint" })) }
            form.settings-form.begin-form method="post" action=(routes::BEGIN) enctype="multipart/form-data" {
                (form::csrf(&ctx))
                input type="hidden" name="id" value=(id);
                input type="hidden" name="forward" value=(sent.get("forward"));
                div.row-fields {
                    div.field { label for="begin-to" { (ctx.t("begin-to")) } input.input #begin-to name="to" type="email" value=(sent.get("to")) required maxlength="254" autocomplete="off" aria-describedby="begin-blocked" autofocus
                        hx-post=(routes::BEGIN) hx-vals=(r#"{"do":"look"}"#) hx-params="not text,file,files" hx-trigger="input changed delay:300ms" hx-target="#begin-blocked" hx-select="#begin-blocked" hx-swap="outerHTML" hx-sync="closest form:replace"; }
                    (text("begin-name", "name", "text", false, 200))
                }
                div #begin-blocked role="status" { (if_blocked_choice(me, sent, &blocked)) }
                (text("begin-cc", "cc", "text", false, 2_000))
                @if mailboxes.len() > 1 {
                    div.field {
                        label for="begin-inbox" { (ctx.t("begin-from")) }
                        select.input #begin-inbox name="inbox" {
                            @for inbox in &mailboxes { option value=(inbox.id) selected[sent.get("inbox") == inbox.id.as_str()] { (inbox.name) @if !inbox.address.is_empty() { " · " (inbox.address) } } }
                        }
                    }
                } @else if let Some(inbox) = mailboxes.first() { input type="hidden" name="inbox" value=(inbox.id); }
                (text("begin-subject", "subject", "text", true, LONGEST_SUBJECT))
                div.field {
                    label for="begin-text" { (ctx.t("begin-text")) }
                    textarea.input #begin-text name="text" rows="12" dir="auto" maxlength=(LONGEST_TEXT) required[passed.is_none()] { "\n" (sent.get("text")) }
                }
                (files(me, sent, passed))
                div.settings-actions { (button(&ctx.t("composer-send"))) }
            }
        }
    };
    let title = ctx.t(if passed.is_some() {
        "begin-forward"
    } else {
        "begin-title"
    });
    Ok(answer(me, &title, &body, problem))
}

/// The files of what is passed on, each of which can stay here, and others.
fn files(me: &SignedIn, sent: &Form, passed: Option<&Passed>) -> Markup {
    let ctx = me.ctx();
    html! {
        @if let Some(passed) = passed.filter(|passed| !passed.files.is_empty()) {
            fieldset.field {
                legend { (ctx.t("begin-files-passed")) }
                @for file in &passed.files {
                    label.check { input type="checkbox" name="file" value=(file.id) checked[sent.all("file").any(|id| id == file.id.as_str())]; span { (file.name) } }
                }
            }
        }
        div.field {
            label for="begin-files" { (ctx.t("composer-attach")) }
            input.input #begin-files type="file" name="files" multiple;
        }
    }
}

/// POST `id`, `to`, `name`, `cc`, `inbox`, `subject`, `text`, `files`, and `blocked` where the recipient is; with `do=look` nothing is sent; of what is passed on `forward` and each `file`.
/// Of a number on WhatsApp as [`chat::send`].
pub(super) async fn send(State(app): State<App>, posted: PostedFiles) -> Result<Response, Failure> {
    posted.me.must(Permission::Work)?;
    if !is_id(posted.form.get("id")) {
        return Err(Failure::Unreadable);
    }
    let way = ways(&app, &posted.me).await?;
    let way = way
        .into_iter()
        .find(|inbox| inbox.id.as_str() == posted.form.get("inbox"));
    let way = way.ok_or(Failure::Unreadable)?;
    if way.channel == Channel::Whatsapp {
        return chat::send(&app, &way, posted).await;
    }
    let PostedFiles { me, form, files } = posted;
    let passed = passed(&app, &me, form.get("forward")).await?;
    if form.get("do") == "look" {
        return page(&app, &me, &form, passed.as_ref(), None).await;
    }
    let kept: Vec<&Attachment> = match &passed {
        Some(passed) => passed
            .files
            .iter()
            .filter(|file| form.all("file").any(|id| id == file.id.as_str()))
            .collect(),
        None => Vec::new(),
    };
    if files.len() + kept.len() > MOST_FILES {
        return Err(Failure::TooLarge);
    }
    let mut taken: Vec<AttachmentId> = Vec::new();
    for file in kept {
        let blob = BlobRef {
            sha256: file.sha256.clone(),
            size: file.size,
        };
        let copy = attachments::upload(&app.store, &me.actor(), &file.name, &file.media_type, &blob).await?;
        taken.push(copy.id);
    }
    for file in &files {
        taken.push(upload(&app, &me, file).await?);
    }
    let done = begun::begin(&app.store, &me.actor(), beginning(&app, &me, &form, &way, taken).await?).await;
    match done {
        Ok(id) => {
            if let Some(passed) = &passed {
                note(&app, &me, passed, form.get("to")).await?;
            }
            Ok(see_other(&routes::path(routes::CONVERSATION, id.as_str())))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let words = failure::words(me.lang, &error);
            page(&app, &me, &form, passed.as_ref(), Some(&words)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn beginning(
    app: &App,
    me: &SignedIn,
    form: &Form,
    mailbox: &Inbox,
    attachments: Vec<AttachmentId>,
) -> Result<Beginning, Failure> {
    let mut text = form.get("text").replace("\r\n", "\n").trim().to_owned();
    let signature = signature_of(&app.store, me, &mailbox.id, mailbox.language).await?;
    if !signature.is_empty() {
        // Above what somebody else wrote.
        let at = text.find("---------- ").filter(|_| !form.get("forward").is_empty());
        let own = at.map_or(text.as_str(), |at| &text[..at]).trim_end();
        let rest = at.map_or("", |at| &text[at..]);
        text = format!("{own}\n\n-- \n{signature}\n\n{rest}").trim().to_owned();
    }
    Ok(Beginning {
        message: MessageId::from(form.get("id")),
        inbox: mailbox.id.clone(),
        address: form.get("to").to_owned(),
        name: form.get("name").to_owned(),
        subject: form.get("subject").to_owned(),
        text,
        attachments,
        if_blocked: if_blocked(form),
        sending: Sending {
            send_at: Some(me.now + undo_for(Channel::Email)),
            cc: copies::addresses(form.get("cc")),
            ..Sending::default()
        },
    })
}

/// Where it was passed on from, the desk reads to whom.
async fn note(app: &App, me: &SignedIn, passed: &Passed, to: &str) -> Result<(), Failure> {
    let words = i18n::t_args(me.lang, "begin-passed", &[("to", to.trim().into())]);
    let id = MessageId::from(app.store.env().ulid());
    let note = NewReply::of(id, &passed.conversation.id, ReplyKind::Note, words);
    reply::reply(&app.store, &me.actor(), note).await?;
    Ok(())
}
