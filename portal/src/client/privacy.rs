//! One's own data: what was agreed to, taking it along, asking for its erasure.

use axum::extract::{RawForm, State};
use axum::http::{HeaderMap, StatusCode};
use conversation::privacy::{self, CONSENTS};
use ui::client_pages::{self, Part, PrivacyView};
use ui::i18n;

use super::Client;
use crate::request::{Page, Reader, page, see_other};
use crate::{Portal, links};

pub(super) const HERE: &str = "/portal/privacy";

/// GET `/portal/privacy`.
pub(super) async fn show(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let client = Client::open(&portal, &reader, &headers, HERE).await?;
    let db = portal.store.db();
    let given = privacy::consents(db, &client.contact.id).await?;
    let consents = CONSENTS
        .iter()
        .map(|kind| {
            let words = i18n::t(client.lang, &format!("consent-{kind}")).into_owned();
            let is_given = given
                .iter()
                .find(|one| one.kind == *kind)
                .is_some_and(|one| one.is_given);
            ((*kind).to_owned(), words, is_given)
        })
        .collect();
    let asked = privacy::requests_of(db, &client.contact.id).await?;
    let view = PrivacyView {
        frame: client.frame(&portal, Part::Account, HERE, None).await?,
        is_asked: asked.iter().any(|one| one.kind == "erase" && one.state == "open"),
        consents,
    };
    Ok(page(
        StatusCode::OK,
        client_pages::privacy(&portal.ctx(client.lang), &view),
    ))
}

/// POST `/portal/privacy`: what is agreed to, or the wish to be erased.
pub(super) async fn ask(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, HERE).await?;
    let text = String::from_utf8_lossy(&form).into_owned();
    let has = |pair: &str| text.split('&').any(|one| one == pair);
    if has("do=erase") {
        client.fresh(&portal, HERE)?;
        privacy::ask(&portal.store, &client.contact.id, "erase").await?;
    } else if has("do=consents") {
        let mut tx = portal.store.begin().await?;
        for kind in CONSENTS {
            let is_given = has(&format!("{kind}=on"));
            if privacy::agrees(&mut tx, &client.contact.id, kind).await? != is_given {
                let words = i18n::t(client.lang, &format!("consent-{kind}"));
                let (actor, contact) = (&client.actor, &client.contact.id);
                privacy::consent_in(&mut tx, actor, contact, kind, is_given, "portal", &words).await?;
            }
        }
        tx.commit_any().await?;
    }
    Ok(see_other(HERE))
}

/// GET `/portal/privacy/export`: all of it, as a ZIP.
pub(super) async fn export(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let client = Client::open(&portal, &reader, &headers, HERE).await?;
    client.fresh(&portal, HERE)?;
    portal.limits.downloads.check(client.contact.id.as_str())?;
    links::note(
        &portal.store,
        &client.contact.id,
        "downloaded",
        "ZIP",
        &client.address,
        &client.agent,
    )
    .await?;
    let reading = crate::archive::stream(&portal.store, client.contact.id.clone());
    Ok(crate::archive::answer("my-data.zip", reading))
}
