//! Paying: Stripe's frame on our page, or Stripe's own page; and the way back.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use billing::documents::{self, Document};
use billing::state::State as Stage;
use billing::stripe::{self, Started, StripeError, Surface};
use billing::{settings, words};
use serde::Deserialize;
use serde_json::json;
use ui::client_pages::{self, Part, PayView};
use ui::{i18n, routes};

use super::Client;
use super::document::open;
use crate::Portal;
use crate::request::{Failed, Page, Reader, page, see_other};

fn page_of(document: &Document) -> String {
    routes::path(routes::DOCUMENT, document.id.as_str())
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

async fn draw(portal: &Portal, client: &Client, document: &Document, error: Option<String>) -> Page {
    let keys = settings::stripe(portal.store.db(), &portal.store).await?;
    let url = page_of(document);
    if !keys.is_set() || !document.is_payable() {
        return Ok(see_other(&url));
    }
    let said = words::of(client.lang);
    let status = if error.is_some() {
        StatusCode::BAD_GATEWAY
    } else {
        StatusCode::OK
    };
    let mut frame = client.frame(portal, Part::Billing, &format!("{url}/pay"), None).await?;
    // Nothing else of ours stands beside Stripe's form.
    frame.chat = None;
    let view = PayView {
        frame,
        title: format!("{} {}", said.kind(document.kind), document.name()),
        sum: document
            .currency
            .format(document.open() - document.pending, client.lang),
        script: portal.billing.stripe.script().to_owned(),
        key: keys.publishable_key,
        error,
        url,
    };
    let mut response = page(status, client_pages::pay(&portal.ctx(client.lang), &view));
    if let Ok(value) = HeaderValue::from_str(&policy(portal.billing.stripe.script())) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
    }
    Ok(response)
}

/// As [`open`], for whoever proved lately who they are.
async fn open_fresh(
    portal: &Portal,
    reader: &Reader,
    headers: &HeaderMap,
    id: &str,
) -> Result<(Client, Document), Failed> {
    let (client, document) = open(portal, reader, headers, id).await?;
    client.fresh(portal, &format!("{}/pay", page_of(&document)))?;
    Ok((client, document))
}

/// GET `/portal/documents/{id}/pay`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, document) = open_fresh(&portal, &reader, &headers, &id).await?;
    draw(&portal, &client, &document, None).await
}

/// POST `/portal/documents/{id}/pay`: to Stripe's own page; works without scripts.
pub(super) async fn hosted(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, document) = open_fresh(&portal, &reader, &headers, &id).await?;
    portal.limits.payments.check(client.contact.id.as_str())?;
    match stripe::start(&portal.billing, &document, Surface::Hosted).await {
        Ok(Started::Hosted(url)) => Ok(see_other(&url)),
        Ok(_) => Ok(see_other(&page_of(&document))),
        Err(error) => {
            log(&error);
            // Where no account is known, nobody is sent to one.
            let key = match client.business.bank.trim() {
                "" => "client-pay-failed-now",
                _ => "client-pay-failed",
            };
            let said = i18n::t(client.lang, key).into_owned();
            draw(&portal, &client, &document, Some(said)).await
        }
    }
}

fn log(error: &StripeError) {
    tracing::warn!(%error, "a payment could not begin");
}

/// POST `/portal/documents/{id}/checkout`: the secret for Stripe's frame, as JSON.
pub(super) async fn embedded(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, document) = open_fresh(&portal, &reader, &headers, &id).await?;
    portal.limits.payments.check(client.contact.id.as_str())?;
    Ok(
        match stripe::start(&portal.billing, &document, Surface::Embedded).await {
            Ok(Started::Embedded { client_secret, .. }) => {
                Json(json!({ "client_secret": client_secret })).into_response()
            }
            Ok(_) => Json(json!({ "go": page_of(&document) })).into_response(),
            Err(error) => {
                log(&error);
                failed()
            }
        },
    )
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
    session_id: String,
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
    portal.limits.payments.check(client.contact.id.as_str())?;
    match stripe::returned(&portal.billing, &client.actor, &document.id, &back.session_id).await {
        Ok(()) => {}
        Err(StripeError::Store(conversation::Error::NotFound)) => return Err(Failed::Status(StatusCode::NOT_FOUND)),
        Err(StripeError::Store(error)) if error.is_transient() => return Err(error.into()),
        // The web hook and the sweep will tell.
        Err(error) => tracing::warn!(%error, "the way back from a payment could not be checked"),
    }
    let document = documents::load(portal.store.db(), &document.id).await?;
    let said = match document.state {
        Stage::Paid => "paid",
        _ if document.pending > 0 => "pending",
        _ => "unpaid",
    };
    Ok(see_other(&format!("{}?said={said}", page_of(&document))))
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
