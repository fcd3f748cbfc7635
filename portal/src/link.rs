//! Links in mails that sign in: their landing page, and a field that asks for a fresh one.

use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use conversation::notices::{self, NewNotice};
use conversation::types::{IdentityKind, Language};
use conversation::{contacts, doors};
use maud::{Markup, html};
use serde::Deserialize;
use ui::access_pages::{PasskeyForm, passkey};
use ui::components::button;
use ui::components::form::{self as fields, Field};
use ui::layout::{Page as Frame, Surface, language_switch, page as frame};
use ui::portal_pages::{self, LinkView};
use ui::routes;

use crate::client::PROVED_FOR;
use crate::links::{self, Link};
use crate::request::{Failed, Page, Reader, local_path, page, see_other};
use crate::{Portal, words};

/// Where a fresh link is asked for.
pub(crate) const REQUEST: &str = "/portal/link";
/// How long the answer to a request for a link takes, known address or not.
const ANSWER_AFTER: std::time::Duration = std::time::Duration::from_millis(150);

/// GET `/l/{token}`: says what the link does; scanners of mail use nothing up.
pub(crate) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let words = words::of(reader.lang);
    let link = links::look(portal.store.db(), &token, portal.store.now()).await?;
    if let Some(to) = already(&portal, &headers, &link).await? {
        return Ok(see_other(&to));
    }
    match link {
        Link::Good { target, .. } => {
            let is_ticket = target
                .as_deref()
                .is_some_and(|target| target.starts_with("/portal/tickets/"));
            let (title, text) = if is_ticket {
                (words.link_title, words.link_text)
            } else {
                (words.portal_title, words.portal_text)
            };
            let view = LinkView {
                business: portal.business(),
                title: title.to_owned(),
                text: text.to_owned(),
                url: routes::path(routes::LINK, &token),
                asks_to_remember: true,
            };
            Ok(page(
                StatusCode::OK,
                portal_pages::link_landing(&portal.ctx(reader.lang), &view),
            ))
        }
        Link::Spent { target, .. } => Ok(spent(&portal, reader.lang, target.as_deref())),
        Link::Unknown => Ok(spent(&portal, reader.lang, None)),
    }
}

/// Where a link leads whoever is signed in on this device as the one whom it would sign in: the same mail is opened again and again on the
/// same phone. A link that still works is asked of nobody who has proved lately who they are; of others its button is the proof.
async fn already(portal: &Portal, headers: &HeaderMap, link: &Link) -> Result<Option<String>, Failed> {
    let (contact, target, is_good) = match link {
        Link::Good { contact, target } => (contact, target, true),
        Link::Spent { contact, target } => (contact, target, false),
        Link::Unknown => return Ok(None),
    };
    let Some(session) = links::session(&portal.store, headers).await? else {
        return Ok(None);
    };
    // The one of the link may have become part of another since.
    let is_theirs = contacts::load(portal.store.db(), contact)
        .await
        .is_ok_and(|contact| contact.id == session.contact.id);
    let is_proved = portal.store.now() - session.proved_at < PROVED_FOR;
    let to = target.as_deref().map_or(routes::PORTAL, local_path);
    Ok((is_theirs && (is_proved || !is_good)).then(|| to.to_owned()))
}

/// POST `/l/{token}`: uses the link up and opens a session.
pub(crate) async fn follow(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(token): Path<String>,
    body: String,
) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    // A page that asks whether to remember the device says what was chosen; an older one did not ask.
    let has = |field: &str| body.split('&').any(|pair| pair == field);
    let is_remembered = !has("asked=1") || has("remember=1");
    let agent = links::user_agent(&headers);
    match links::follow(&portal.store, &token, is_remembered, &reader.address, agent).await {
        Ok(followed) => {
            let to = followed.target.as_deref().map_or(routes::PORTAL, local_path);
            let mut response = see_other(to);
            let lasts = if is_remembered { links::SESSION_LASTS / 1000 } else { 0 };
            response.headers_mut().insert(
                header::SET_COOKIE,
                portal.set_cookie(links::COOKIE, &followed.secret, lasts),
            );
            Ok(response)
        }
        Err(conversation::Error::NotFound) => {
            let link = links::look(portal.store.db(), &token, portal.store.now()).await?;
            // Pressed twice, or again from the page before.
            if let Some(to) = already(&portal, &headers, &link).await? {
                return Ok(see_other(&to));
            }
            let target = match link {
                Link::Spent { target, .. } => target,
                _ => None,
            };
            Ok(spent(&portal, reader.lang, target.as_deref()))
        }
        Err(error) => Err(error.into()),
    }
}

fn spent(portal: &Portal, lang: Language, target: Option<&str>) -> axum::response::Response {
    let words = words::of(lang);
    let next = target.unwrap_or_default();
    let body = request_page(portal, lang, words.spent_title, words.spent_text, next, "", None);
    page(StatusCode::GONE, body)
}

/// What the request for a link carries.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    email: String,
    #[serde(default)]
    next: String,
}

/// GET `/portal/link`.
pub(crate) async fn ask(State(portal): State<Portal>, reader: Reader, Query(asked): Query<Asked>) -> Page {
    Ok(page(StatusCode::OK, ask_page(&portal, reader.lang, &asked.next)))
}

/// The page that offers a link to whoever is not signed in.
pub(crate) fn ask_page(portal: &Portal, lang: Language, next: &str) -> Markup {
    ask_page_saying(portal, lang, next, None)
}

/// As [`ask_page`], with why another way in did not work.
pub(crate) fn ask_page_saying(portal: &Portal, lang: Language, next: &str, wrong: Option<&str>) -> Markup {
    let (title, text) = asks(lang, next);
    framed(portal, lang, title, text, next, ("", None), wrong)
}

/// What the page says that asks for an address: whoever wants to see a ticket is asked for the address that they wrote
/// with.
fn asks(lang: Language, next: &str) -> (&'static str, &'static str) {
    let words = words::of(lang);
    if is_of_ticket(next) {
        (words.ask_title, words.ask_text)
    } else {
        (words.portal_title, words.ask_portal_text)
    }
}

/// Whether somebody is on the way to a ticket, or has nowhere to go but to where they wrote.
fn is_of_ticket(next: &str) -> bool {
    !next.starts_with("/portal") || next.starts_with("/portal/tickets/")
}

/// POST `/portal/link`: sends a fresh link, if the address is a contact's. The answer is the same
/// in any case, and takes as long.
pub(crate) async fn request(State(portal): State<Portal>, reader: Reader, Form(asked): Form<Asked>) -> Page {
    let words = words::of(reader.lang);
    let Ok(email) = contacts::normal_email(&asked.email) else {
        let (title, text) = asks(reader.lang, &asked.next);
        let body = request_page(
            &portal,
            reader.lang,
            title,
            text,
            &asked.next,
            &asked.email,
            Some(words.bad_email),
        );
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, body));
    };
    portal.limits.requests.check(&reader.address)?;
    portal.limits.mails.check(&email)?;
    let began = tokio::time::Instant::now();
    if let Err(error) = put_link(&portal, reader.lang, &asked, &email).await {
        // Pressed again while we are the ones who cannot do it.
        if error.is_transient() {
            portal.limits.requests.give_back(&reader.address);
            portal.limits.mails.give_back(&email);
        }
        return Err(error.into());
    }
    // Whatever a database does faster for one of the two, the answer comes after the same time.
    tokio::time::sleep_until(began + ANSWER_AFTER).await;
    let body = portal_pages::link_asked(
        &portal.ctx(reader.lang),
        &portal.business(),
        (words.asked_title, words.asked_text),
        &email,
        &format!("{REQUEST}?next={}", routes::escape(&asked.next)),
    );
    Ok(page(StatusCode::OK, body))
}

/// Lets the mail with the link leave; one that goes nowhere where nobody has the address.
async fn put_link(portal: &Portal, lang: Language, asked: &Asked, email: &str) -> conversation::Result<()> {
    let words = words::of(lang);
    let mut tx = portal.store.begin().await?;
    let known = contacts::by_identity(&mut tx, IdentityKind::Email, email).await?;
    let path = match &known {
        Some((contact, _)) => {
            let target =
                Some(asked.next.as_str()).filter(|next| next.starts_with("/portal") && local_path(next) == *next);
            doors::make_in(&mut tx, &contact.id, target, email).await?
        }
        None => routes::path(routes::LINK, &tx.env().secret()),
    };
    // What it says may depend on what was asked, and not on who is known.
    let (text, button) = if is_of_ticket(&asked.next) {
        (words.notice_text, words.notice_button)
    } else {
        (words.notice_portal_text, words.notice_portal_button)
    };
    let notice = NewNotice {
        recipient: email.to_owned(),
        language: lang,
        subject: format!("{} · {}", words.notice_subject, portal.billing.called.now()),
        text: text.to_owned(),
        action_label: button.to_owned(),
        action_url: format!("{}{path}", portal.public_url),
    };
    if let (Some(id), None) = (notices::put_in(&mut tx, notice).await?, &known) {
        notices::discard_in(&mut tx, &id).await?;
    }
    tx.commit_silently().await
}

fn request_page(
    portal: &Portal,
    lang: Language,
    title: &str,
    text: &str,
    next: &str,
    email: &str,
    error: Option<&str>,
) -> Markup {
    framed(portal, lang, title, text, next, (email, error), None)
}

/// The other ways in: a passkey, a password.
fn other_ways(portal: &Portal, ctx: &ui::Ctx<'_>, next: &str, wrong: Option<&str>) -> Markup {
    let password = Field {
        name: "password",
        label: &ctx.t("field-password"),
        required: true,
        autocomplete: "current-password",
        error: wrong,
        ..Field::default()
    };
    let email = Field {
        name: "email",
        label: &ctx.t("field-email"),
        required: true,
        autocomplete: "username",
        max_length: 254,
        ..Field::default()
    };
    html! {
        @if portal.party().is_some() {
            (passkey(ctx, &PasskeyForm { kind: "get", begin: "/portal/passkey/begin", action: "/portal/passkey", words: &ctx.t("passkey-sign-in"), next }, &html! {}))
        }
        details.other-way open[wrong.is_some()] {
            summary { (ctx.t("client-with-password")) }
            form.stack method="post" action="/portal/sign-in" {
                input type="hidden" name="next" value=(next);
                (fields::input(ctx, "email", &email))
                (fields::input(ctx, "password", &password))
                (button(&ctx.t("sign-in-button")))
            }
        }
    }
}

fn framed(
    portal: &Portal,
    lang: Language,
    title: &str,
    text: &str,
    next: &str,
    (email, error): (&str, Option<&str>),
    wrong: Option<&str>,
) -> Markup {
    let words = words::of(lang);
    let ctx = portal.ctx(lang);
    let field = Field {
        name: "email",
        label: words.email,
        value: email,
        required: true,
        autocomplete: "email",
        max_length: 254,
        error,
        ..Field::default()
    };
    let here = format!("{REQUEST}?next={}", routes::escape(next));
    let name = portal.billing.called.now();
    let body = html! {
        div.portal {
            header.portal-head {
                span.portal-brand {
                    span.portal-mark aria-hidden="true" { (ui::layout::initials(&name)) } (name)
                }
                (language_switch(&ctx, &here))
            }
            main.sheet #main tabindex="-1" {
                h1 { (title) }
                p.lead { (text) }
                form.stack method="post" action=(REQUEST) data-once {
                    input type="hidden" name="next" value=(next);
                    (fields::input(&ctx, "email", &field))
                    (button(words.ask_button))
                }
                (other_ways(portal, &ctx, next, wrong))
            }
        }
    };
    let drawn = Frame {
        head: Some(portal_pages::brand()),
        ..Frame::new(lang, title, Surface::Portal)
    };
    frame(&drawn, &body)
}
