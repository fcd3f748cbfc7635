//! Writing first to a number on WhatsApp: who it is, what may be said there, and where it goes.
//!
//! The part of the form below the recipient depends on who that is. It is drawn by the server: with scripts as one
//! types and chooses, without them by a button that sends nothing.

use axum::response::Response;
use channels::whatsapp::send::is_window_open;
use channels::whatsapp::templates::{self, Template};
use conversation::access;
use conversation::begun::{self, Began, ChatBeginning, OpenOne, Person, Standing};
use conversation::blocked::{self, Blocked};
use conversation::contacts::is_phone;
use conversation::inboxes::Inbox;
use conversation::reply::{LONGEST_TEXT, Sending};
use conversation::types::{AttachmentId, Channel, ConversationId, IdentityKind, MessageId};
use conversation::{Error, attachments, contacts};
use maud::{Markup, html};
use ui::components::{button, form};
use ui::icons::{Icon, icon};
use ui::{i18n, inbox_page, routes};

use super::super::composing::undo_for;
use super::super::{find, whatsapp};
use super::ways::{answer, choice_of_ways, id_of, if_blocked, if_blocked_choice, ways};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, PostedFiles, Upload, position};
use crate::auth::{SignedIn, see_other};
use crate::country;
use crate::inbox::identities::shown;
use crate::inbox::uploads::{MOST_FILES, upload};
use crate::people::agents;

/// How many people of a name are offered.
const MOST_PEOPLE: usize = 6;

/// What is known about what was filled in so far.
#[derive(Default)]
struct Look {
    /// Whom the number means.
    person: Option<Person>,
    /// How they stand with our number.
    standing: Standing,
    /// What of them is blocked.
    blocked: Vec<Blocked>,
    /// Who has the open conversation.
    assignee: Option<String>,
    /// People whose name was typed, each with a number.
    people: Vec<(String, String)>,
    /// What is wrong with the recipient.
    wrong: Option<String>,
    /// What can be sent.
    templates: Vec<Template>,
    /// Why the list may be old.
    trouble: String,
    /// The one that was chosen.
    chosen: Option<Template>,
    /// The position that all of it was read at.
    position: i64,
}

impl Look {
    async fn at(app: &App, me: &SignedIn, number: &Inbox, sent: &Form) -> Result<Look, Failure> {
        let db = app.store.db();
        let mut look = Look {
            position: app.store.head().await?,
            ..Look::default()
        };
        let to = sent.get("to").trim();
        match begun::person_of(db, to).await {
            _ if to.is_empty() => {}
            Ok(person) => match &person.contact {
                Some(contact) if !access::sees(db, &me.actor(), &contact.id).await? => {
                    look.wrong = Some(i18n::t(me.lang, "begin-outside").into_owned());
                }
                Some(contact) => {
                    look.standing = begun::standing(db, &number.id, &contact.id, &person.value).await?;
                    look.person = Some(person);
                }
                None => look.person = Some(person),
            },
            Err(Error::Invalid(_)) if to.chars().any(char::is_alphabetic) => {
                look.people = people(app, me, to).await?;
                if look.people.is_empty() {
                    look.wrong = Some(i18n::t(me.lang, "begin-nobody").into_owned());
                }
            }
            Err(error @ Error::Invalid(_)) => look.wrong = Some(failure::words(me.lang, &error)),
            Err(error) => return Err(error.into()),
        }
        if let Some(person) = &look.person {
            look.blocked = blocked::toward(db, IdentityKind::Whatsapp, &person.value).await?;
        }
        if let Some(agent) = look.standing.open.as_ref().and_then(|open| open.assignee_id.as_ref()) {
            look.assignee = Some(agents::load(db, agent).await?.name);
        }
        let contact = look.person.as_ref().and_then(|person| person.contact.as_ref());
        let language = contact.and_then(|contact| contact.language).unwrap_or(number.language);
        look.templates = whatsapp::choices(db, &number.id, language).await?;
        look.templates.retain(Template::is_usable);
        look.chosen = look
            .templates
            .iter()
            .find(|template| template_value(template) == sent.get("template"))
            .cloned();
        let synced = templates::synced(db, &number.id).await?;
        look.trouble = synced.map(|synced| synced.trouble).unwrap_or_default();
        Ok(look)
    }

    /// Whether own words may leave, without a template.
    fn is_free(&self, me: &SignedIn) -> bool {
        self.standing.is_window_open(me.now)
    }
}

/// `name|language`, as a form says a template.
fn template_value(template: &Template) -> String {
    format!("{}|{}", template.name, template.language)
}

/// People of a name, with every number of theirs.
async fn people(app: &App, me: &SignedIn, name: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut found: Vec<(String, String)> = Vec::new();
    for contact in find::people(app, me, name, MOST_PEOPLE).await? {
        let mut numbers: Vec<String> = Vec::new();
        for one in contacts::identities(app.store.db(), &contact.id).await? {
            let value = shown(one.kind, &one.value);
            let is_number = matches!(one.kind, IdentityKind::Whatsapp | IdentityKind::Phone);
            if is_number && !numbers.contains(&value) {
                numbers.push(value);
            }
        }
        // Whom WhatsApp knows by a number and an id is offered by the number.
        if numbers.iter().any(|value| value.starts_with('+')) {
            numbers.retain(|value| value.starts_with('+'));
        }
        found.extend(numbers.into_iter().map(|value| (contact.name.clone(), value)));
    }
    Ok(found)
}

/// The form as it was filled in, with what is known by now.
pub(super) async fn page(
    app: &App,
    me: &SignedIn,
    number: &Inbox,
    sent: &Form,
    problem: Option<&str>,
) -> Result<Response, Failure> {
    let look = Look::at(app, me, number, sent).await?;
    let ctx = me.ctx();
    let ways = ways(app, me).await?;
    let is_chosen = !sent.get("whom").is_empty();
    let hint = country::hint(app, me.lang, "begin-number-hint-home", "begin-number-hint").await?;
    let body = html! {
        (choice_of_ways(me, &ways, Some(number)))
        p.hint { (ctx.t("begin-chat-hint")) }
        form.settings-form.begin-form method="post" action=(routes::BEGIN) enctype="multipart/form-data" {
            (form::csrf(&ctx))
            input type="hidden" name="id" value=(id_of(app, sent));
            input type="hidden" name="inbox" value=(number.id);
            div.row-fields {
                div.field {
                    label for="begin-to" { (ctx.t("begin-to")) }
                    p.hint #begin-to-hint { (hint) }
                    input.input #begin-to name="to" value=(sent.get("to")) required maxlength="200" autocomplete="off" aria-describedby="begin-to-hint begin-who" autofocus[sent.get("to").is_empty()]
                        hx-post=(routes::BEGIN) hx-vals=(r#"{"do":"look"}"#) hx-trigger="input changed delay:300ms" hx-target="#begin-chat" hx-select="#begin-chat" hx-swap="outerHTML" hx-sync="closest form:replace";
                }
                div.field {
                    label for="begin-name" { (ctx.t("begin-name")) }
                    input.input #begin-name name="name" value=(sent.get("name")) maxlength="200" autocomplete="off";
                }
            }
            (part(me, sent, &look, is_chosen))
            div.settings-actions { (button(&ctx.t("composer-send"))) }
        }
    };
    Ok(answer(me, &ctx.t("begin-title"), &body, problem))
}

/// What depends on the recipient and on the template.
fn part(me: &SignedIn, sent: &Form, look: &Look, is_chosen: bool) -> Markup {
    let ctx = me.ctx();
    let is_free = look.is_free(me);
    html! {
        div.begin-chat #begin-chat {
            div.begin-who #begin-who role="status" { (who(me, look)) }
            @if !look.people.is_empty() { (which(me, &look.people)) }
            @if let Some(open) = &look.standing.open {
                input type="hidden" name="conversation" value=(open.id);
                input type="hidden" name="seen_position" value=(look.position);
            }
            @if look.standing.is_unreachable {
                label.check { input type="checkbox" name="insist" value="on" checked[sent.is_on("insist")]; span { (ctx.t("begin-insist")) } }
            }
            (if_blocked_choice(me, sent, &look.blocked))
            div.field {
                label for="begin-template" { (ctx.t("begin-template")) }
                @if look.templates.is_empty() { p.hint { (ctx.t("templates-none")) } }
                @if !look.trouble.is_empty() { p.hint { (ctx.t("templates-trouble")) " " (look.trouble) } }
                div.begin-choose {
                    select.input #begin-template name="template" required[!is_free] autofocus[is_chosen]
                        hx-post=(routes::BEGIN) hx-vals=(r#"{"do":"look"}"#) hx-trigger="change" hx-target="#begin-chat" hx-select="#begin-chat" hx-swap="outerHTML" hx-sync="closest form:replace" {
                        option value="" { (ctx.t(if is_free { "begin-template-own" } else { "begin-template-choose" })) }
                        @for template in &look.templates {
                            @let value = template_value(template);
                            option value=(value) selected[sent.get("template") == value] { (template.name.replace('_', " ")) " · " (template.language) }
                        }
                    }
                    // Without scripts this shows who it is and what the template asks for.
                    noscript { button.button type="submit" name="do" value="look" formnovalidate { (ctx.t("begin-show")) } }
                }
            }
            @if let Some(template) = &look.chosen { (blanks(me, sent, look, template)) }
            @else if is_free {
                div.field {
                    label for="begin-text" { (ctx.t("begin-text")) }
                    textarea.input #begin-text name="text" rows="6" dir="auto" maxlength=(LONGEST_TEXT) { "\n" (sent.get("text")) }
                }
                div.field { label for="begin-files" { (ctx.t("composer-attach")) } input.input #begin-files type="file" name="files" multiple; }
            }
        }
    }
}

/// Who it is, and what stands in the way.
fn who(me: &SignedIn, look: &Look) -> Markup {
    let ctx = me.ctx();
    let said = |key: &str, args: &[(&'static str, i18n::FluentValue<'static>)]| i18n::t_args(me.lang, key, args);
    let standing = &look.standing;
    let caution = |words: &str| html! { p.composer-caution { (icon(Icon::Warning)) " " (words) } };
    html! {
        @if let Some(words) = &look.wrong { p.error { (words) } }
        @if let Some(person) = &look.person {
            @let number = shown(IdentityKind::Whatsapp, &person.value);
            @match &person.contact {
                None => p.hint { (said("begin-new-person", &[("number", number.into())])) },
                Some(contact) => {
                    p { strong { (if contact.name.trim().is_empty() { number.as_str() } else { contact.name.as_str() }) }
                        @if is_phone(&person.value) && !contact.name.trim().is_empty() { span.muted { " · " (number) } }
                        @if let Some(at) = standing.last_inbound_at { span.muted { " · " (said("begin-wrote", &[("time", i18n::date_time(me.lang, at, &me.tz).into())])) } }
                    }
                }
            }
        }
        @if let Some(until) = standing.window_until().filter(|until| me.now < *until) {
            p.hint { (said("begin-free", &[("time", i18n::date_time(me.lang, until, &me.tz).into())])) }
        }
        @if let Some(open) = &standing.open {
            p.begin-open { (icon(Icon::Inbox)) span {
                (match &look.assignee {
                    Some(agent) => said("begin-open-theirs", &[("number", open.number.into()), ("agent", agent.clone().into())]),
                    None => said("begin-open", &[("number", open.number.into())]),
                }) " "
                a href=(routes::path(routes::CONVERSATION, open.id.as_str())) { (ctx.t("begin-open-see")) }
            } }
        }
        @if standing.refuses && !standing.is_window_open(me.now) { (caution(&ctx.t("begin-refuses"))) }
        @if let Some(refusal) = standing.refuses_marketing { (caution(&ctx.t(whatsapp::no_marketing_key(refusal)))) }
        @if standing.is_unreachable { (caution(&ctx.t("begin-undelivered"))) }
    }
}

/// People of the name that was typed: a press fills in the number.
fn which(me: &SignedIn, people: &[(String, String)]) -> Markup {
    let ctx = me.ctx();
    html! {
        fieldset.begin-people {
            legend { (ctx.t("begin-which")) }
            @for (name, number) in people {
                button.button.ghost type="submit" name="whom" value=(number) formnovalidate hx-post=(routes::BEGIN) hx-target="closest form" hx-select=".begin-form" hx-swap="outerHTML" {
                    span { (name) " " span.muted { (number) } }
                }
            }
        }
    }
}

/// The blanks of a template as they were filled in, and how it will read.
fn blanks(me: &SignedIn, sent: &Form, look: &Look, template: &Template) -> Markup {
    let known = look.person.as_ref().and_then(|person| person.contact.as_ref());
    let name = known
        .map(|contact| contact.name.as_str())
        .filter(|name| !name.trim().is_empty());
    let mut view = whatsapp::form_view(me.lang, "", template, name.unwrap_or(sent.get("name")), String::new());
    for blank in &mut view.blanks {
        let typed = sent.get(&format!("value.{}", blank.key));
        if !typed.is_empty() {
            typed.clone_into(&mut blank.value);
        }
    }
    inbox_page::template_body(&me.ctx(), &view)
}

/// POST `id`, `inbox`, `to`, `name`, `template`, each `value.…`, `text`, `files`; `conversation` and `seen_position` of
/// the open one that it goes into, `insist`, `blocked`. With `do=look` or `whom` (a number) nothing is sent.
pub(super) async fn send(app: &App, number: &Inbox, posted: PostedFiles) -> Result<Response, Failure> {
    let PostedFiles { me, mut form, files } = posted;
    let whom = form.get("whom").to_owned();
    if !whom.is_empty() {
        form.set("to", whom);
        return page(app, &me, number, &form, None).await;
    }
    if form.get("do") == "look" {
        return page(app, &me, number, &form, None).await;
    }
    if files.len() > MOST_FILES {
        return Err(Failure::TooLarge);
    }
    let words = match write(app, &me, number, &form, files).await {
        Ok(Began::Begun(id) | Began::Written(id)) => {
            return Ok(see_other(&routes::path(routes::CONVERSATION, id.as_str())));
        }
        Ok(Began::Open(_)) => i18n::t(me.lang, "begin-open-first").into_owned(),
        Err(Error::Stale { .. }) => i18n::t(me.lang, "begin-stale").into_owned(),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => failure::words(me.lang, &error),
        Err(error) => return Err(error.into()),
    };
    page(app, &me, number, &form, Some(&words)).await
}

async fn write(app: &App, me: &SignedIn, number: &Inbox, form: &Form, files: Vec<Upload>) -> Result<Began, Error> {
    let said = |key: &str| Error::Invalid(i18n::t(me.lang, key).into_owned());
    let limited = |limit| Error::Invalid(whatsapp::words(me.lang, &limit));
    let db = app.store.db();
    let to = form.get("to");
    let person = match begun::person_of(db, to).await {
        Err(Error::Invalid(_)) if to.chars().any(char::is_alphabetic) => return Err(said("begin-whom")),
        other => other?,
    };
    let last = conversation::deliveries::window(db, &number.id, &person.value).await?;
    let is_open = is_window_open(last, me.now);
    let filled = match form.get("template").split_once('|') {
        Some((name, language)) => {
            let filled = whatsapp::fill(app, &number.id, name, language, &whatsapp::values_of(form)).await?;
            Some(filled.map_err(limited)?)
        }
        None if is_open => None,
        None => return Err(said("begin-template-needed")),
    };
    let mut taken: Vec<AttachmentId> = Vec::new();
    for file in &files {
        taken.push(upload(app, me, file).await?);
    }
    let kept = attachments::pending(db, &me.actor(), &taken).await?;
    let (special, text, is_marketing) = match filled {
        Some(filled) => (Some(filled.special), filled.text, filled.is_marketing),
        None => (None, form.get("text").replace("\r\n", "\n").trim().to_owned(), false),
    };
    let own = if special.is_some() { "" } else { text.as_str() };
    whatsapp::check_toward(app, &number.id, is_open, own, &kept, special.as_ref())
        .await?
        .map_err(limited)?;
    let open = match form.get("conversation") {
        "" => OpenOne::Ask,
        seen => OpenOne::Seen(ConversationId::from(seen), Some(position(form.get("seen_position")))),
    };
    let new = ChatBeginning {
        message: MessageId::from(form.get("id")),
        inbox: number.id.clone(),
        number: to.to_owned(),
        name: form.get("name").to_owned(),
        text,
        attachments: taken,
        sending: Sending {
            send_at: Some(me.now + undo_for(Channel::Whatsapp)),
            extra: whatsapp::extra_of(special.as_ref()),
            is_marketing,
            ..Sending::default()
        },
        is_insisting: form.is_on("insist"),
        if_blocked: if_blocked(form),
        open,
    };
    begun::begin_chat(&app.store, &me.actor(), new).await
}
