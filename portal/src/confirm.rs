//! The link that confirms an address somebody typed in the chat.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use conversation::{Error, contacts};
use ui::portal_pages::{self, LinkView};

use crate::request::{Failed, Page, Reader, page};
use crate::{Portal, words};

/// The address of a confirmation link's page; `secret` is what `contacts::claim` answered.
pub fn path(secret: &str) -> String {
    format!("/confirm/{}", ui::routes::escape(secret))
}

/// GET `/confirm/{token}`: shows the address; scanners of mail confirm nothing.
pub(crate) async fn show(State(portal): State<Portal>, reader: Reader, Path(token): Path<String>) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let Some((_, _, address)) = contacts::claimed(portal.store.db(), &token, portal.store.now()).await? else {
        return Err(Failed::Status(StatusCode::GONE));
    };
    let words = words::of(reader.lang);
    let view = LinkView {
        business: portal.business(),
        title: words.confirm_title.to_owned(),
        text: format!("{} {address}", words.confirm_text),
        url: path(&token),
        asks_to_remember: false,
    };
    Ok(page(
        StatusCode::OK,
        portal_pages::link_landing(&portal.ctx(reader.lang), &view),
    ))
}

/// POST `/confirm/{token}`.
pub(crate) async fn confirm(State(portal): State<Portal>, reader: Reader, Path(token): Path<String>) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    match contacts::confirm(&portal.store, &token).await {
        Ok(_) => {}
        Err(Error::NotFound) => return Err(Failed::Status(StatusCode::GONE)),
        Err(error) => return Err(error.into()),
    }
    let words = words::of(reader.lang);
    Ok(page(
        StatusCode::OK,
        portal_pages::statement(
            &portal.ctx(reader.lang),
            &portal.business(),
            words.confirmed_title,
            words.confirmed_text,
        ),
    ))
}
