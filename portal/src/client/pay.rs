//! Paying: Stripe's frame on our page, or Stripe's own page; and the way back.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use billing::documents::{self, Document};
use billing::state::State as Stage;
use billing::stripe::{self, Started, StripeError, Surface};
use billing::{DocumentId, settings};
use serde::Deserialize;
use serde_json::json;
use ui::client_pages::{self, Part, PayView};
use ui::{i18n, routes};

use super::document::open;
use super::{Client, view};
use crate::Portal;
use crate::request::{Failed, Page, Reader, page, see_other};

/// What is to be paid: one document from its page, or several from the list.
pub(super) struct Asked {
    documents: Vec<Document>,
    /// Where they were looked at.
    back: String,
    /// The page to pay.
    page: String,
    /// Where Stripe's frame begins.
    checkout: String,
    /// What else is to be said about the choice.
    notes: Vec<String>,
}

impl Asked {
    fn one(document: Document) -> Asked {
        let back = routes::path(routes::DOCUMENT, document.id.as_str());
        Asked {
            page: format!("{back}/pay"),
            checkout: format!("{back}/checkout"),
            back,
            documents: vec![document],
            notes: Vec::new(),
        }
    }

    pub(super) fn several(documents: Vec<Document>, notes: Vec<String>) -> Asked {
        let page = routes::pay_several(documents.iter().map(|document| document.id.as_str()));
        Asked {
            back: routes::STATEMENT.to_owned(),
            checkout: page.replacen(routes::PAY, routes::PAY_CHECKOUT, 1),
            page,
            documents,
            notes,
        }
    }

    fn ids(&self) -> Vec<DocumentId> {
        self.documents.iter().map(|document| document.id.clone()).collect()
    }

    /// What is open altogether.
    fn sum(&self, client: &Client) -> String {
        let sum = self.documents.iter().map(Document::payable).sum();
        self.documents
            .first()
            .map_or_else(String::new, |first| first.currency.format(sum, client.lang))
    }
}

/// The origin of an address.
fn origin(url: &str) -> &str {
    let end = url
        .find("://")
        .and_then(|scheme| url[scheme + 3..].find('/').map(|slash| scheme + 3 + slash));
    end.map_or(url, |end| &url[..end])
}

/// The policy of the pay page, the only one that loads anything from elsewhere: Stripe's script, which opens
/// Stripe's frames. <https://docs.stripe.com/security/guide#content-security-policy>
fn policy(script: &str) -> String {
    let from = origin(script);
    format!(
        "default-src 'none'; script-src 'self' {from}; style-src 'self'; font-src 'self'; img-src 'self' data: https://*.stripe.com; connect-src 'self' {from} https://api.stripe.com https://checkout.stripe.com; frame-src 'self' {from} https://checkout.stripe.com https://hooks.stripe.com; form-action 'self' {from} https://checkout.stripe.com; base-uri 'none'; frame-ancestors 'none'"
    )
}

pub(super) async fn draw(portal: &Portal, client: &Client, asked: &Asked, error: Option<String>) -> Page {
    let keys = settings::stripe(portal.store.db(), &portal.store).await?;
    if !keys.is_set() || !asked.documents.iter().all(Document::is_payable) {
        return Ok(see_other(&asked.back));
    }
    let status = if error.is_some() {
        StatusCode::BAD_GATEWAY
    } else {
        StatusCode::OK
    };
    let mut frame = client.frame(portal, Part::Billing, &asked.page, None).await?;
    // Nothing else of ours stands beside Stripe's form.
    frame.chat = None;
    let lang = client.lang;
    let view = PayView {
        frame,
        back_words: match asked.documents.as_slice() {
            [one] => view::title(one, lang),
            _ => i18n::t(lang, "client-back").into_owned(),
        },
        back: asked.back.clone(),
        sum: asked.sum(client),
        lines: match asked.documents.as_slice() {
            [_] => Vec::new(),
            several => several
                .iter()
                .map(|one| (view::title(one, lang), one.currency.format(one.payable(), lang)))
                .collect(),
        },
        notes: asked.notes.clone(),
        script: portal.billing.stripe.script().to_owned(),
        key: keys.publishable_key,
        error,
        page: asked.page.clone(),
        checkout: asked.checkout.clone(),
    };
    let mut response = page(status, client_pages::pay(&portal.ctx(lang), &view));
    if let Ok(value) = HeaderValue::from_str(&policy(portal.billing.stripe.script())) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
    }
    Ok(response)
}

/// The document, for whoever proved lately who they are.
async fn open_fresh(
    portal: &Portal,
    reader: &Reader,
    headers: &HeaderMap,
    id: &str,
) -> Result<(Client, Asked), Failed> {
    let (client, document) = open(portal, reader, headers, id).await?;
    let asked = Asked::one(document);
    client.fresh(portal, &asked.page)?;
    Ok((client, asked))
}

/// GET `/portal/documents/{id}/pay`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, asked) = open_fresh(&portal, &reader, &headers, &id).await?;
    draw(&portal, &client, &asked, None).await
}

/// POST `/portal/documents/{id}/pay`: to Stripe's own page; works without scripts.
pub(super) async fn hosted(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, asked) = open_fresh(&portal, &reader, &headers, &id).await?;
    begin_there(&portal, &client, &asked).await
}

/// POST `/portal/documents/{id}/checkout`: the secret for Stripe's frame, as JSON.
pub(super) async fn embedded(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, asked) = open_fresh(&portal, &reader, &headers, &id).await?;
    begin_here(&portal, &client, &asked).await
}

pub(super) async fn begin_there(portal: &Portal, client: &Client, asked: &Asked) -> Page {
    portal.limits.payments.check(client.contact.id.as_str())?;
    match stripe::start(&portal.billing, &asked.ids(), Surface::Hosted).await {
        Ok(Started::Hosted(url)) => Ok(see_other(&url)),
        Ok(_) => Ok(see_other(&asked.back)),
        Err(error) => {
            log(&error);
            let is_too_much = matches!(&error, StripeError::Refused { code, .. } if code == "amount_too_large");
            // Where no account is known, nobody is sent to one.
            let key = match client.business.bank.trim() {
                _ if is_too_much && asked.documents.len() > 1 => "client-pay-too-much",
                "" => "client-pay-failed-now",
                _ => "client-pay-failed",
            };
            let said = i18n::t(client.lang, key).into_owned();
            draw(portal, client, asked, Some(said)).await
        }
    }
}

pub(super) async fn begin_here(portal: &Portal, client: &Client, asked: &Asked) -> Page {
    portal.limits.payments.check(client.contact.id.as_str())?;
    Ok(
        match stripe::start(&portal.billing, &asked.ids(), Surface::Embedded).await {
            Ok(Started::Embedded { client_secret, .. }) => {
                Json(json!({ "client_secret": client_secret })).into_response()
            }
            Ok(_) => Json(json!({ "go": asked.back })).into_response(),
            Err(error) => {
                log(&error);
                failed()
            }
        },
    )
}

fn log(error: &StripeError) {
    tracing::warn!(%error, "a payment could not begin");
}

fn failed() -> Response {
    (
        StatusCode::BAD_GATEWAY,
        Json(json!({ "error": "the payment could not begin" })),
    )
        .into_response()
}

/// What Stripe adds to the way back.
#[derive(Debug, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    pub(super) session_id: String,
}

/// GET `/portal/documents/{id}/paid`: asks Stripe itself and says what it says.
pub(super) async fn returned(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(back): Query<Back>,
) -> Page {
    let (client, document) = open(&portal, &reader, &headers, &id).await?;
    let said = ask(&portal, &client, std::slice::from_ref(&document.id), &back.session_id).await?;
    let page = routes::path(routes::DOCUMENT, document.id.as_str());
    Ok(see_other(&format!("{page}?said={said}")))
}

/// Asks Stripe about a session of these documents; says how it ended for them, as an address says it.
pub(super) async fn ask(
    portal: &Portal,
    client: &Client,
    ids: &[DocumentId],
    session: &str,
) -> Result<&'static str, Failed> {
    portal.limits.payments.check(client.contact.id.as_str())?;
    let first = ids.first().ok_or(Failed::Status(StatusCode::NOT_FOUND))?;
    match stripe::returned(&portal.billing, &client.actor, first, session).await {
        Ok(()) => {}
        Err(StripeError::Store(conversation::Error::NotFound)) => return Err(Failed::Status(StatusCode::NOT_FOUND)),
        Err(StripeError::Store(error)) if error.is_transient() => return Err(error.into()),
        // The web hook and the sweep will tell.
        Err(error) => tracing::warn!(%error, "the way back from a payment could not be checked"),
    }
    let (mut is_paid, mut is_pending) = (true, false);
    for id in ids {
        let document = documents::load(portal.store.db(), id).await?;
        is_paid &= document.state == Stage::Paid;
        is_pending |= document.pending > 0;
    }
    Ok(match (is_paid, is_pending) {
        (true, _) => "paid",
        (false, true) => "pending",
        (false, false) => "unpaid",
    })
}

#[cfg(test)]
mod tests {
    use super::{origin, policy};

    #[test]
    fn only_stripe_s_origin_is_let_in() {
        assert_eq!(origin("https://js.stripe.com/v3/"), "https://js.stripe.com");
        assert_eq!(origin("http://127.0.0.1:9999/v3/"), "http://127.0.0.1:9999");
        assert!(policy("https://js.stripe.com/v3/").contains("script-src 'self' https://js.stripe.com;"));
    }
}
