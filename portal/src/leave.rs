//! Where the link of an advertising mail leads: whoever wants no more of them says so with one button, as the mail
//! program can by itself (RFC 8058). A GET only shows it, for scanners of mail follow every link.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use conversation::marketing;
use serde::Deserialize;
use ui::leave_page::{self, LeavePageView};
use ui::{i18n, routes};

use crate::Portal;
use crate::request::{Failed, Page, Reader, page};

/// What the form sends; a mail program sends something else, which means the same as the button.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sent {
    give: String,
}

/// GET `/u/{signed}`.
pub(crate) async fn show(State(portal): State<Portal>, reader: Reader, Path(signed): Path<String>) -> Page {
    draw(&portal, &reader, &signed, None).await
}

/// POST `/u/{signed}`: `give` says that they are wanted again.
pub(crate) async fn act(
    State(portal): State<Portal>,
    reader: Reader,
    Path(signed): Path<String>,
    Form(sent): Form<Sent>,
) -> Page {
    let is_given = !sent.give.is_empty();
    let words = i18n::t(reader.lang, if is_given { "leave-back" } else { "leave-button" });
    marketing::leave(&portal.store, &signed, is_given, &words)
        .await
        .map_err(gone)?;
    draw(&portal, &reader, &signed, Some(is_given)).await
}

fn gone(error: conversation::Error) -> Failed {
    match error {
        conversation::Error::NotFound => Failed::Status(StatusCode::NOT_FOUND),
        other => other.into(),
    }
}

async fn draw(portal: &Portal, reader: &Reader, signed: &str, was_given: Option<bool>) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let (contact, refuses) = marketing::leaving(&portal.store, signed).await.map_err(gone)?;
    let lang = reader.chosen.or(contact.language).unwrap_or(reader.lang);
    let view = LeavePageView {
        business: portal.business(),
        refuses,
        was_given,
        url: format!("/u/{}", routes::escape(signed)),
    };
    Ok(page(StatusCode::OK, leave_page::leave(&portal.ctx(lang), &view)))
}
