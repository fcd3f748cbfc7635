//! A failure as the page, or the words, that its reader gets.

use std::borrow::Cow;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use ui::portal_pages::{self, Business};
use ui::routes;

use super::failure::{Failed, known, sentence};
use super::session::Visitor;
use crate::app::App;

/// Draws a failure for its reader.
pub(super) fn page(app: &App, visitor: &Visitor, failed: &Failed) -> Response {
    if let Some(next) = &failed.sign_in
        && !visitor.is_fragment
    {
        let to = match super::paths::own_path(next) {
            routes::INBOX => routes::SIGN_IN.to_owned(),
            next => format!("{}?next={}", routes::SIGN_IN, routes::escape(next)),
        };
        return super::answer::see_other(&to);
    }
    if let Some(next) = &failed.again
        && !visitor.is_fragment
    {
        return super::answer::see_other(&format!("{}?next={}", routes::AGAIN, routes::escape(next)));
    }
    let words = failed.words.map(|words| words(visitor.lang)).or_else(|| {
        failed
            .core
            .as_deref()
            .map(|core| Cow::Owned(sentence(known(visitor.lang, core))))
    });
    if visitor.is_fragment {
        let text = words.unwrap_or_default().into_owned();
        let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        return (failed.status, kind, text).into_response();
    }
    let business = Business {
        name: app.business_name(),
        // Whoever is no agent has nothing to go back to there, but a customer has.
        url: match &visitor.agent {
            Some(_) => Some(routes::INBOX.to_owned()),
            None => visitor.is_in_portal().then(|| routes::PORTAL.to_owned()),
        },
    };
    let page = portal_pages::error_saying(&visitor.ctx(), &business, failed.status.as_u16(), words.as_deref());
    (failed.status, super::answer::html(page)).into_response()
}
