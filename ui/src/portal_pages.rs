//! The customers' pages of the first release: the public form, its thanks, a ticket with its
//! messages, the landing page of links, errors. All of them work without scripts.

use std::borrow::Cow;

use conversation::card::{Card, CardAction, CardKind};
use conversation::types::{MessageKind, TicketStatus};
use maud::{Markup, html};

use crate::client_pages::{Frame, framed};
use crate::components::form::{self, Field};
use crate::components::{
    CardContext, MessageView, Tone, attachments, avatar, button, card, markup::signed, rich_text, ticket_status_chip,
    time_tag, toast,
};
use crate::icons::{Icon, icon};
use crate::layout::{Page, Surface, language_switch, page};
use crate::{Ctx, i18n, routes};

/// What stands around a customer's page.
#[derive(Debug, Clone, Default)]
pub struct Business {
    /// The name of the business.
    pub name: String,
    /// Its own site; `None` leaves the name unlinked.
    pub url: Option<String>,
}

/// The public form.
#[derive(Debug, Clone, Default)]
pub struct TicketFormView {
    /// The business.
    pub business: Business,
    /// What stands around the page of whoever is signed in.
    pub frame: Option<Frame>,
    /// What was typed.
    pub subject: String,
    /// What was typed.
    pub text: String,
    /// What was typed.
    pub name: String,
    /// What was typed.
    pub email: String,
    /// The signed time at which the form was drawn; a form that comes back within a second or after
    /// a day is not taken.
    pub token: String,
    /// What is wrong: (field's name, words); an empty name is about the whole form.
    pub errors: Vec<(String, String)>,
    /// The largest total of the files, in bytes.
    pub max_bytes: i64,
}

/// The form that opens a ticket.
pub fn ticket_form(ctx: &Ctx<'_>, view: &TicketFormView) -> Markup {
    let error = |name: &str| {
        view.errors
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, words)| words.as_str())
    };
    let labels = [
        ctx.t("ticket-form-subject"),
        ctx.t("ticket-form-message"),
        ctx.t("field-name"),
        ctx.t("field-email"),
        ctx.t("ticket-form-files"),
    ];
    let email_hint = ctx.t("ticket-form-email-hint");
    let files_hint = i18n::t_args(
        ctx.lang,
        "ticket-form-files-hint",
        &[("size", i18n::bytes(ctx.lang, view.max_bytes).into())],
    );
    let subject = Field {
        name: "subject",
        label: &labels[0],
        value: &view.subject,
        required: true,
        max_length: 200,
        error: error("subject"),
        ..Field::default()
    };
    let text = Field {
        name: "text",
        label: &labels[1],
        value: &view.text,
        required: true,
        max_length: 20_000,
        error: error("text"),
        ..Field::default()
    };
    let name = Field {
        name: "name",
        label: &labels[2],
        value: &view.name,
        required: true,
        autocomplete: "name",
        max_length: 120,
        error: error("name"),
        ..Field::default()
    };
    let email = Field {
        name: "email",
        label: &labels[3],
        value: &view.email,
        required: true,
        autocomplete: "email",
        max_length: 254,
        hint: Some(&email_hint),
        error: error("email"),
    };
    let files = Field {
        name: "files",
        label: &labels[4],
        hint: Some(&files_hint),
        error: error("files"),
        ..Field::default()
    };
    let wrong: Vec<Field<'_>> = [subject, text, name, email, files]
        .into_iter()
        .filter(|field| field.error.is_some())
        .collect();
    let body = html! {
        h1 { (ctx.t("ticket-form-title")) }
        p.lead { (ctx.t("ticket-form-lead")) }
        (help_first(ctx))
        (form::summary(ctx, &wrong, error("")))
        form.stack method="post" action=(routes::TICKET_NEW) enctype="multipart/form-data" data-once {
            (form::csrf(ctx))
            input type="hidden" name="token" value=(view.token);
            input type="hidden" name="language" value=(ctx.lang);
            // A trap for machines: people neither see nor reach it, and it must stay empty.
            div.trap aria-hidden="true" { label { "Website" input type="text" name="website" tabindex="-1" autocomplete="off"; } }
            (form::input(ctx, "text", &subject))
            (form::textarea(ctx, 7, &text))
            div.pair { (form::input(ctx, "text", &name)) (form::input(ctx, "email", &email)) }
            (form::files(ctx, &files))
            (button(&ctx.t("ticket-form-button")))
        }
    };
    around(
        ctx,
        view.frame.as_ref(),
        &view.business,
        &ctx.t("ticket-form-title"),
        &body,
    )
}

/// Help first, without being in the way: one line that can be passed over.
fn help_first(ctx: &Ctx<'_>) -> Markup {
    html! {
        form.help-search method="get" action={ (routes::HELP) "/" (ctx.lang) } role="search" {
            label for="f-q" { (ctx.t("client-help-search")) }
            div.row { input.input #f-q type="search" name="q" maxlength="200" autocomplete="off" data-hits="f-hits" aria-describedby="f-hits-said"; button.button type="submit" { (icon(Icon::Search)) span { (ctx.t("client-search")) } } }
            (crate::client_pages::hits(ctx))
        }
    }
}

/// A sheet of the form's: within the navigation of whoever is signed in, else under the business's name.
fn around(ctx: &Ctx<'_>, frame: Option<&Frame>, business: &Business, title: &str, body: &Markup) -> Markup {
    match frame {
        Some(frame) => framed(ctx, frame, title, None, &html! { div.sheet { (body) } }),
        None => sheet(ctx, business, title, routes::TICKET_NEW, body),
    }
}

/// Says that the ticket is open. `number` such as `T-1042`; `signed_in` is what stands around the page and leads to it.
pub fn ticket_thanks(
    ctx: &Ctx<'_>,
    business: &Business,
    number: &str,
    email: &str,
    signed_in: Option<(&Frame, &str)>,
) -> Markup {
    let body = html! {
        div.done { (icon(Icon::Check)) }
        h1 { (ctx.t("thanks-title")) }
        p.ticket-number { span { (ctx.t("thanks-number")) } strong { (number) } }
        p.lead { (i18n::t_args(ctx.lang, "thanks-lead", &[("email", email.into())])) }
        p.sheet-actions {
            @if let Some((_, url)) = signed_in { a.button.primary href=(url) { (ctx.t("thanks-follow")) } }
            a.button.ghost href=(routes::TICKET_NEW) { (ctx.t("thanks-another")) }
        }
    };
    around(
        ctx,
        signed_in.map(|(frame, _)| frame),
        business,
        &ctx.t("thanks-title"),
        &body,
    )
}

/// A ticket as its customer sees it.
#[derive(Debug, Clone)]
pub struct TicketPageView {
    /// What stands around the page.
    pub frame: Frame,
    /// The number.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// Its state.
    pub status: TicketStatus,
    /// When it was opened.
    pub opened_at: conversation::types::Millis,
    /// The messages, oldest first; notes and activity lines are left out here.
    pub messages: Vec<MessageView>,
    /// This page's own address; the reply is posted there. A signed link keeps its signature.
    pub url: String,
    /// The id for the reply, made by the server when the page was drawn, so that a repeated POST is harmless.
    pub reply_id: String,
    /// What comes back when a reply could not be taken.
    pub text: String,
    /// Why.
    pub error: Option<String>,
    /// What just happened, such as "your reply was sent".
    pub notice: Option<String>,
    /// Who has it, in words, once somebody has.
    pub handler: Option<String>,
    /// The bot spoke last, and nobody else has it.
    pub is_answered_by_bot: bool,
}

/// The page of one ticket.
pub fn ticket(ctx: &Ctx<'_>, view: &TicketPageView) -> Markup {
    let label = ctx.t("ticket-reply");
    let reply = Field {
        name: "text",
        label: &label,
        value: &view.text,
        required: true,
        max_length: 20_000,
        error: view.error.as_deref(),
        ..Field::default()
    };
    let files_label = ctx.t("ticket-form-files");
    let body = html! {
        header.ticket-head {
            p.ticket-meta { span.mono { (view.number) } (ticket_status_chip(ctx.lang, view.status))
                span { (i18n::t_args(ctx.lang, "ticket-opened", &[("date", i18n::date(ctx.lang, view.opened_at, ctx.tz).into())])) } }
            h1 { (view.subject) }
            div #live-state data-live { p.ticket-next { (next_sentence(ctx, view)) @if let Some(handler) = &view.handler { " " (handler) } } }
            nav.ticket-ways { a href=(routes::SUPPORT) { (icon(Icon::Back)) (ctx.t("client-tickets")) } }
        }
        @if let Some(notice) = &view.notice { (toast(Tone::Good, notice)) }
        ol.letters #live-letters data-live aria-label=(ctx.t("timeline-label")) {
            @for one in view.messages.iter().filter(|one| matches!(one.kind, MessageKind::Inbound | MessageKind::Outbound)) { li { (letter(ctx, one, &view.url)) } }
        }
        section.ticket-reply aria-labelledby="reply-title" {
            h2 #reply-title { (ctx.t("ticket-reply-title")) }
            form.stack method="post" action=(view.url) enctype="multipart/form-data" data-once {
                (form::csrf(ctx))
                input type="hidden" name="id" value=(view.reply_id);
                (form::textarea(ctx, 5, &reply))
                (form::files(ctx, &Field { name: "files", label: &files_label, ..Field::default() }))
                (button(&ctx.t("ticket-reply-button")))
            }
        }
    };
    let title = format!("{} · {}", view.number, view.subject);
    framed(ctx, &view.frame, &title, None, &html! { div.sheet { (body) } })
}

fn letter(ctx: &Ctx<'_>, one: &MessageView, url: &str) -> Markup {
    let name = match (one.author_name.trim(), one.kind) {
        (_, MessageKind::Inbound) => ctx.t("live-you"),
        ("", _) => ctx.t("author-support"),
        (name, _) => std::borrow::Cow::Owned(name.to_owned()),
    };
    html! {
        article class={ "letter m-" (one.kind) } id={ "m-" (one.id) } {
            header { (avatar(one.author_kind, &one.author_name)) strong { (name) } (time_tag(ctx, one.at, &i18n::date_time(ctx.lang, one.at, ctx.tz))) }
            div.prose { @if one.kind == MessageKind::Inbound { (rich_text(one.text.trim_end())) } @else { (signed(one.text.trim_end())) } }
            (attachments(ctx, &one.attachments))
            // The page of a ticket does not offer to open itself.
            @for each in one.cards.iter().filter(|each| !only_opens(each, url)) {
                (card(ctx, each, &CardContext { surface: Surface::Portal, message: &one.id, answer_url: Some(url), answered: one.answered.as_deref() }))
            }
        }
    }
}

/// Whether all that a card does is to open the page that it stands on; one that asks something stays.
fn only_opens(card: &Card, url: &str) -> bool {
    card.kind == CardKind::Ticket
        && url.ends_with(&format!("/{}", card.reference))
        && card
            .actions
            .iter()
            .all(|action| matches!(action, CardAction::Open { .. }))
}

fn next_sentence(ctx: &Ctx<'_>, view: &TicketPageView) -> std::borrow::Cow<'static, str> {
    match view.status {
        TicketStatus::New | TicketStatus::Open | TicketStatus::Waiting if view.is_answered_by_bot => {
            ctx.t("ticket-next-answered")
        }
        TicketStatus::New => ctx.t("ticket-next-new"),
        TicketStatus::Open => ctx.t("ticket-next-open"),
        TicketStatus::Waiting => ctx.t("ticket-next-waiting"),
        TicketStatus::Confirming => ctx.t("ticket-next-confirming"),
        TicketStatus::Resolved => ctx.t("ticket-next-resolved"),
    }
}

/// What the landing page of a link says.
#[derive(Debug, Clone, Default)]
pub struct LinkView {
    /// The business.
    pub business: Business,
    /// What the link does, such as "Confirm your e-mail address".
    pub title: String,
    /// A sentence more.
    pub text: String,
    /// Where the button posts.
    pub url: String,
    /// Whether it signs in, and so asks to stay signed in.
    pub asks_to_remember: bool,
}

/// The landing page: a GET, which scanners of mail make too, consumes nothing; the button does.
pub fn link_landing(ctx: &Ctx<'_>, view: &LinkView) -> Markup {
    let body = html! {
        h1 { (view.title) }
        p.lead { (view.text) }
        form method="post" action=(view.url) {
            (form::csrf(ctx))
            @if view.asks_to_remember {
                input type="hidden" name="asked" value="1";
                label.check { input type="checkbox" name="remember" value="1" checked; span { (ctx.t("client-remember")) } }
            }
            (button(&ctx.t("link-continue")))
        }
        p.muted.small { (ctx.t("link-why")) }
    };
    sheet(ctx, &view.business, &view.title, &view.url, &body)
}

/// Says that a link is on its way to an address, if it is known; `(title, text)`, and where another one is asked for.
pub fn link_asked(ctx: &Ctx<'_>, business: &Business, said: (&str, &str), email: &str, again: &str) -> Markup {
    let body = html! {
        div.done { (icon(Icon::Check)) }
        h1 { (said.0) }
        p.lead { strong { (email) } br; (said.1) }
        p.sheet-actions {
            a.button href=(again) { (ctx.t("link-other-address")) }
            a.button.ghost href=(routes::TICKET_NEW) { (ctx.t("link-write")) }
        }
    };
    sheet(ctx, business, said.0, again, &body)
}

/// A page that only says something: an address was confirmed, a link is used up.
pub fn statement(ctx: &Ctx<'_>, business: &Business, title: &str, text: &str) -> Markup {
    let body = html! { div.done { (icon(Icon::Check)) } h1 { (title) } p.lead { (text) } };
    sheet(ctx, business, title, "/", &body)
}

/// What an HTTP status says: a title and a text.
pub(crate) fn error_words(ctx: &Ctx<'_>, status: u16) -> (Cow<'static, str>, Cow<'static, str>) {
    match status {
        400 | 413 | 415 | 422 => (ctx.t("error-bad-title"), ctx.t("error-bad-text")),
        401 => (ctx.t("error-forbidden-title"), ctx.t("error-forbidden-text")),
        403 => (ctx.t("error-closed-title"), ctx.t("error-closed-text")),
        404 | 405 => (ctx.t("error-missing-title"), ctx.t("error-missing-text")),
        410 => (ctx.t("error-gone-title"), ctx.t("error-gone-text")),
        429 => (ctx.t("error-many-title"), ctx.t("error-many-text")),
        503 => (ctx.t("error-down-title"), ctx.t("error-down-text")),
        _ => (ctx.t("error-failed-title"), ctx.t("error-failed-text")),
    }
}

/// An error page. `status` is the HTTP status; `reference` names the log line of a failure.
pub fn error(ctx: &Ctx<'_>, business: &Business, status: u16, reference: Option<&str>) -> Markup {
    let (title, text) = error_words(ctx, status);
    error_sheet(ctx, business, status, &title, &text, reference)
}

/// An error page that says in its own words what is wrong.
pub fn error_saying(ctx: &Ctx<'_>, business: &Business, status: u16, words: Option<&str>) -> Markup {
    match words.filter(|words| !words.is_empty()) {
        None => error(ctx, business, status, None),
        Some(words) => error_sheet(ctx, business, status, &ctx.t("error-refused-title"), words, None),
    }
}

fn error_sheet(
    ctx: &Ctx<'_>,
    business: &Business,
    status: u16,
    title: &str,
    text: &str,
    reference: Option<&str>,
) -> Markup {
    let body = html! {
        p.error-code { (status) }
        h1 { (title) }
        p.lead { (text) }
        @if let Some(reference) = reference { p.muted.small { (ctx.t("error-reference")) " " span.mono { (reference) } } }
        @if let Some(url) = &business.url { p { a.button href=(url) { (ctx.t("error-way-on")) } } }
    };
    sheet(ctx, business, title, "/", &body)
}

/// For the head of every page that customers see: the business's colour in the place of ours.
pub fn brand() -> Markup {
    html! { link rel="stylesheet" href="/portal/brand.css"; }
}

pub(crate) fn sheet(ctx: &Ctx<'_>, business: &Business, title: &str, here: &str, body: &Markup) -> Markup {
    let drawn = html! {
        div.portal {
            header.portal-head {
                @match &business.url {
                    Some(url) => a.portal-brand href=(url) { span.portal-mark aria-hidden="true" { (crate::layout::initials(&business.name)) } (business.name) },
                    None => span.portal-brand { span.portal-mark aria-hidden="true" { (crate::layout::initials(&business.name)) } (business.name) },
                }
                (language_switch(ctx, here))
            }
            main.sheet #main tabindex="-1" { (body) }
        }
    };
    page(
        &Page {
            csrf: ctx.csrf,
            head: Some(brand()),
            ..Page::new(ctx.lang, title, Surface::Portal)
        },
        &drawn,
    )
}
