//! What the customer was told, and by which ways they want to hear of it.

mod choices;
mod stop;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use conversation::notifications::{self, Notification, Which};
use conversation::types::Language;
use maud::{Markup, html};
use serde::Deserialize;
use ui::Ctx;
use ui::client_pages::{Part, framed};
use ui::icons::{Icon, icon};
use ui::{i18n, routes, told};

use crate::Portal;
use crate::client::Client;
use crate::request::{Page, Reader, local_path, page, see_other};

/// How many a page shows.
const SHOWN: i64 = 30;

/// The routes of these pages.
pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route(routes::NOTIFICATIONS, get(show).post(read))
        .route(routes::NOTIFICATION, get(open))
        .route(routes::NOTIFICATION_SETTINGS, get(choices::show).post(choices::save))
        .route("/portal/notifications/stop/{signed}", get(stop::show).post(stop::stop))
}

/// Where a page begins.
#[derive(Debug, Deserialize)]
pub(crate) struct From {
    #[serde(default)]
    after: String,
}

/// GET `/portal/notifications`.
async fn show(State(portal): State<Portal>, reader: Reader, headers: HeaderMap, Query(from): Query<From>) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::NOTIFICATIONS).await?;
    let after = Some(from.after.as_str()).filter(|id| !id.is_empty());
    let mut all = notifications::list(portal.store.db(), &client.contact.id, after, SHOWN + 1).await?;
    let has_more = i64::try_from(all.len()).unwrap_or(0) > SHOWN;
    all.truncate(usize::try_from(SHOWN).unwrap_or(0));
    let next = all.last().filter(|_| has_more).map(|last| last.id.clone());
    let ctx = portal.ctx(reader.lang);
    let frame = client
        .frame(&portal, Part::Notifications, routes::NOTIFICATIONS, None)
        .await?;
    let body = html! {
        div.note-head {
            h1 { (ctx.t("note-title")) }
            div.note-actions {
                a.button href=(routes::NOTIFICATION_SETTINGS) { (icon(Icon::Settings)) span { (ctx.t("note-settings")) } }
                @if frame.unread > 0 {
                    form method="post" action=(routes::NOTIFICATIONS) { input type="hidden" name="read" value="all"; button.button type="submit" { (icon(Icon::Check)) span { (ctx.t("note-all-read")) } } }
                }
            }
        }
        div #live-notes data-live {
            @if all.is_empty() { p.muted { (ctx.t("note-none")) } }
            @else { (list(&portal, &ctx, &all)) }
        }
        @if let Some(next) = next { p { a.button href={ (routes::NOTIFICATIONS) "?after=" (next) } rel="next" { (ctx.t("note-more")) } } }
    };
    Ok(page(
        StatusCode::OK,
        framed(&ctx, &frame, &ctx.t("note-title"), None, &body),
    ))
}

/// Notifications as a list of links.
pub(crate) fn list(portal: &Portal, ctx: &Ctx<'_>, all: &[Notification]) -> Markup {
    html! {
        ul.notes {
            @for one in all {
                li.note-row.unread[one.read_at.is_none()] {
                    a href=(routes::path(routes::NOTIFICATION, &one.id)) {
                        span.note-glyph { (icon(told::glyph(&one.kind))) }
                        span.note-words { (sentence(portal, ctx.lang, one)) @if one.read_at.is_none() { " " span.note-new { (ctx.t("note-new")) } } }
                        span.note-when.muted { (i18n::relative(ctx.lang, ctx.now, one.at, portal.billing.zone.now())) }
                    }
                }
            }
        }
    }
}

fn sentence(portal: &Portal, lang: Language, one: &Notification) -> String {
    told::sentence(lang, portal.billing.zone.now(), &one.words, &one.args())
}

/// GET `/portal/notifications/open/{id}`: reads it and leads to what it is about.
async fn open(State(portal): State<Portal>, reader: Reader, headers: HeaderMap, Path(id): Path<String>) -> Page {
    let here = routes::path(routes::NOTIFICATION, &id);
    let client = Client::open(&portal, &reader, &headers, &here).await?;
    let contact = &client.contact.id;
    let one = notifications::for_contact(portal.store.db(), contact, &id).await?;
    notifications::read(&portal.store, contact, Which::One(&one.id)).await?;
    Ok(see_other(local_path(&one.path)))
}

/// What is read.
#[derive(Debug, Deserialize)]
struct Read {
    #[serde(default)]
    read: String,
}

/// POST `/portal/notifications`.
async fn read(State(portal): State<Portal>, reader: Reader, headers: HeaderMap, Form(form): Form<Read>) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::NOTIFICATIONS).await?;
    let which = match form.read.as_str() {
        "all" => Which::All,
        id => Which::One(id),
    };
    notifications::read(&portal.store, &client.contact.id, which).await?;
    Ok(see_other(routes::NOTIFICATIONS))
}
