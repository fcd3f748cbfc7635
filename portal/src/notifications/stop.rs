//! The link that ends the mails of a kind. Its GET shows a page, for scanners of mail press every link; the POST does
//! it, from the page's button or at once from a mail program (RFC 8058), which brings no cookie.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use conversation::Error;
use conversation::notifications::{self, Kind};
use conversation::types::{ContactId, Language};
use ui::i18n;
use ui::portal_pages::{self, LinkView};

use crate::Portal;
use crate::request::{Failed, Page, Reader, page};

fn named(lang: Language, kind: Kind) -> String {
    i18n::t(lang, &format!("note-kind-{}", kind.as_str())).into_owned()
}

fn of(portal: &Portal, signed: &str) -> Result<(ContactId, Kind), Failed> {
    notifications::of_stop(portal.store.keys(), signed).ok_or(Failed::Status(StatusCode::NOT_FOUND))
}

/// GET `/portal/notifications/stop/{signed}`.
pub(super) async fn show(State(portal): State<Portal>, reader: Reader, Path(signed): Path<String>) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let (_, kind) = of(&portal, &signed)?;
    let args = [("kind", named(reader.lang, kind).into())];
    let view = LinkView {
        business: portal.business(),
        title: i18n::t(reader.lang, "note-stop-title").into_owned(),
        text: i18n::t_args(reader.lang, "note-stop-text", &args),
        url: format!("/portal/notifications/stop/{}", ui::routes::escape(&signed)),
        asks_to_remember: false,
    };
    Ok(page(
        StatusCode::OK,
        portal_pages::link_landing(&portal.ctx(reader.lang), &view),
    ))
}

/// POST: done, as often as it is pressed.
pub(super) async fn stop(State(portal): State<Portal>, reader: Reader, Path(signed): Path<String>) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let (contact, kind) = of(&portal, &signed)?;
    match notifications::stop(&portal.store, &contact, kind).await {
        Ok(()) => {}
        Err(Error::NotFound) => return Err(Failed::Status(StatusCode::NOT_FOUND)),
        Err(error) => return Err(error.into()),
    }
    let args = [("kind", named(reader.lang, kind).into())];
    Ok(page(
        StatusCode::OK,
        portal_pages::statement(
            &portal.ctx(reader.lang),
            &portal.business(),
            &i18n::t(reader.lang, "note-stopped-title"),
            &i18n::t_args(reader.lang, "note-stopped-text", &args),
        ),
    ))
}
