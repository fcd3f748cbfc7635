//! Links in mails that sign in: their landing page, and a field that asks for a fresh one.

use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use conversation::notices::{self, NewNotice};
use conversation::types::{Actor, IdentityKind, Language, TicketId};
use conversation::{access, contacts};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::button;
use ui::components::form::{self as fields, Field};
use ui::layout::{Page as Frame, Surface, language_switch, page as frame};
use ui::portal_pages::{self, LinkView};
use ui::routes;

use crate::links::{self, Link};
use crate::request::{Page, Reader, page, see_other};
use crate::{Portal, words};

/// Where a fresh link is asked for.
pub(crate) const REQUEST: &str = "/portal/link";

/// GET `/l/{token}`: says what the link does; scanners of mail use nothing up.
pub(crate) async fn show(State(portal): State<Portal>, reader: Reader, Path(token): Path<String>) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let words = words::of(reader.lang);
    match links::look(portal.store.db(), &token, portal.store.now()).await? {
        Link::Good { .. } => {
            let view = LinkView {
                business: portal.business(),
                title: words.link_title.to_owned(),
                text: words.link_text.to_owned(),
                url: routes::path(routes::LINK, &token),
            };
            Ok(page(
                StatusCode::OK,
                portal_pages::link_landing(&portal.ctx(reader.lang), &view),
            ))
        }
        Link::Spent { ticket } => Ok(spent(&portal, reader.lang, ticket)),
        Link::Unknown => Ok(spent(&portal, reader.lang, None)),
    }
}

/// POST `/l/{token}`: uses the link up and opens a session.
pub(crate) async fn follow(State(portal): State<Portal>, reader: Reader, Path(token): Path<String>) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    match links::follow(&portal.store, &token).await {
        Ok((session, ticket)) => {
            let to = match &ticket {
                Some(ticket) => routes::path(routes::TICKET, ticket.as_str()),
                None => routes::TICKET_NEW.to_owned(),
            };
            let mut response = see_other(&to);
            response.headers_mut().insert(
                header::SET_COOKIE,
                portal.set_cookie(links::COOKIE, &session, links::SESSION_LASTS / 1000),
            );
            Ok(response)
        }
        Err(conversation::Error::NotFound) => {
            let ticket = match links::look(portal.store.db(), &token, portal.store.now()).await? {
                Link::Spent { ticket } => ticket,
                _ => None,
            };
            Ok(spent(&portal, reader.lang, ticket))
        }
        Err(error) => Err(error.into()),
    }
}

fn spent(portal: &Portal, lang: Language, ticket: Option<TicketId>) -> axum::response::Response {
    let words = words::of(lang);
    let body = request_page(
        portal,
        lang,
        words.spent_title,
        words.spent_text,
        ticket.as_ref().map_or("", |id| id.as_str()),
        "",
        None,
    );
    page(StatusCode::GONE, body)
}

/// What the request for a link carries.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    email: String,
    #[serde(default)]
    ticket: String,
}

/// GET `/portal/link`.
pub(crate) async fn ask(State(portal): State<Portal>, reader: Reader, Query(asked): Query<Asked>) -> Page {
    Ok(page(StatusCode::OK, ask_page(&portal, reader.lang, &asked.ticket)))
}

/// The page that offers a link to whoever is not signed in.
pub(crate) fn ask_page(portal: &Portal, lang: Language, ticket: &str) -> Markup {
    let words = words::of(lang);
    request_page(portal, lang, words.ask_title, words.ask_text, ticket, "", None)
}

/// POST `/portal/link`: sends a fresh link, if the address is a contact's. The answer is the same
/// in any case, and takes as long.
pub(crate) async fn request(State(portal): State<Portal>, reader: Reader, Form(asked): Form<Asked>) -> Page {
    let store = &portal.store;
    let words = words::of(reader.lang);
    let Ok(email) = contacts::normal_email(&asked.email) else {
        let body = request_page(
            &portal,
            reader.lang,
            words.ask_title,
            words.ask_text,
            &asked.ticket,
            &asked.email,
            Some(words.bad_email),
        );
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, body));
    };
    portal.limits.requests.check(&reader.address)?;
    portal.limits.mails.check(&email)?;
    let mut tx = store.begin().await?;
    let known = contacts::by_identity(&mut tx, IdentityKind::Email, &email).await?;
    let path = match &known {
        Some((contact, _)) => {
            let actor = Actor::Contact(contact.id.clone());
            let ticket = access::ticket(&mut tx, &actor, &TicketId::from(asked.ticket.as_str()))
                .await
                .ok();
            links::make_in(&mut tx, &contact.id, ticket.as_ref().map(|ticket| &ticket.id)).await?
        }
        None => routes::path(routes::LINK, &tx.env().secret()),
    };
    let notice = NewNotice {
        recipient: email,
        language: reader.lang,
        subject: format!("{} · {}", words.notice_subject, portal.business_name),
        text: words.notice_text.to_owned(),
        action_label: words.notice_button.to_owned(),
        action_url: format!("{}{path}", portal.public_url),
    };
    if let (Some(id), None) = (notices::put_in(&mut tx, notice).await?, &known) {
        notices::discard_in(&mut tx, &id).await?;
    }
    tx.commit_silently().await?;
    let body = portal_pages::statement(
        &portal.ctx(reader.lang),
        &portal.business(),
        words.asked_title,
        words.asked_text,
    );
    Ok(page(StatusCode::OK, body))
}

fn request_page(
    portal: &Portal,
    lang: Language,
    title: &str,
    text: &str,
    ticket: &str,
    email: &str,
    error: Option<&str>,
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
    let here = format!("{REQUEST}?ticket={}", routes::escape(ticket));
    let body = html! {
        div.portal {
            header.portal-head {
                span.portal-brand {
                    span.portal-mark aria-hidden="true" { (ui::layout::initials(&portal.business_name)) } (portal.business_name)
                }
                (language_switch(&ctx, &here))
            }
            main.sheet #main tabindex="-1" {
                h1 { (title) }
                p.lead { (text) }
                form.stack method="post" action=(REQUEST) data-once {
                    input type="hidden" name="ticket" value=(ticket);
                    (fields::input(&ctx, "email", &field))
                    (button(words.ask_button))
                }
            }
        }
    };
    frame(&Frame::new(lang, title, Surface::Portal), &body)
}
