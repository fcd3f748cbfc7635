//! Every route of the signed-in pages, by nobody, by the customer and by another customer. A route without a row
//! fails: the rows are compared with the sources that mount them.

use axum::http::StatusCode;
use billing::customers::{self, CustomerData, Preferred};
use billing::documents::{self, Draft};
use billing::money::Currency;
use billing::state::Kind;
use billing::totals::{Line, Rounding};
use billing::{DocumentId, day, issue};
use conversation::doors;
use conversation::types::{Actor, Language};

use super::*;

/// Method, route, body, and what its own customer gets. `{id}` is a document of Ana's.
const ROWS: &[(&str, &str, &str, u16)] = &[
    ("GET", "/portal/billing", "", 200),
    ("GET", "/portal/billing.csv", "", 200),
    ("GET", "/portal/documents/{id}", "", 200),
    ("GET", "/portal/documents/{id}/pdf", "", 200),
    ("POST", "/portal/documents/{id}/decision", "verdict=accept", 409),
    ("POST", "/portal/documents/{id}/transfer", "", 400),
    ("GET", "/portal/documents/{id}/files/{file}", "", 404),
    ("GET", "/portal/documents/{id}/pay", "", 303),
    ("POST", "/portal/documents/{id}/pay", "", 303),
    ("POST", "/portal/documents/{id}/checkout", "", 502),
    ("GET", "/portal/documents/{id}/paid", "", 404),
    ("GET", "/portal/pay?id={id}", "", 303),
    ("POST", "/portal/pay?id={id}", "", 303),
    ("POST", "/portal/pay/checkout?id={id}", "", 303),
    ("GET", "/portal/paid?session_id=cs_none", "", 404),
    ("POST", "/portal/documents.zip", "id={id}", 200),
    ("GET", "/portal/support", "", 200),
    ("GET", "/portal/account", "", 200),
    ("POST", "/portal/account/devices", "device=nothing", 303),
    ("GET", "/portal/people", "", 403),
    ("POST", "/portal/people", "", 403),
    ("POST", "/portal/company", "company=nothing", 404),
    ("POST", "/portal/invitations", "company=nothing", 404),
    ("GET", "/portal/again", "", 200),
    ("POST", "/portal/again", "password=wrong", 422),
    ("POST", "/portal/account/billing", "customer=nothing", 404),
    ("POST", "/portal/documents/{id}/again", "", 303),
    ("POST", "/portal/account/password", "password=short", 422),
    ("POST", "/portal/account/passkeys", "step=x&credential=x", 422),
    ("POST", "/portal/account/passkeys/begin", "", 200),
    ("POST", "/portal/account/passkeys/remove", "key=nothing", 404),
    ("GET", "/portal/privacy", "", 200),
    ("POST", "/portal/privacy", "do=consents&news=on", 303),
    ("GET", "/portal/privacy/export", "", 200),
    ("POST", "/portal/account/sign-out", "", 303),
];
/// What anybody may see, and the stream, which does not end.
const OTHERS: &[&str] = &[
    "/portal/events",
    "/portal/brand.css",
    "/portal/logo",
    "/portal/sign-in",
    "/portal/passkey",
    "/portal/passkey/begin",
];

#[test]
fn every_route_has_a_row() {
    let source = include_str!("../client.rs");
    let source = &source[..source.find("/// Who reads").unwrap()];
    let mut mounted: Vec<String> = source
        .split(".route(")
        .skip(1)
        .map(|rest| match rest.split(',').next().unwrap().trim() {
            "routes::STATEMENT" => ui::routes::STATEMENT.to_owned(),
            "routes::DOCUMENT" => ui::routes::DOCUMENT.to_owned(),
            "routes::DOWNLOAD" => ui::routes::DOWNLOAD.to_owned(),
            "routes::PAY" => ui::routes::PAY.to_owned(),
            "routes::PAY_CHECKOUT" => ui::routes::PAY_CHECKOUT.to_owned(),
            "routes::PAID" => ui::routes::PAID.to_owned(),
            "routes::MOVEMENTS" => ui::routes::MOVEMENTS.to_owned(),
            "routes::SUPPORT" => ui::routes::SUPPORT.to_owned(),
            "routes::ACCOUNT" => ui::routes::ACCOUNT.to_owned(),
            "routes::PORTAL_EVENTS" => ui::routes::PORTAL_EVENTS.to_owned(),
            text => text.trim_matches('"').to_owned(),
        })
        .collect();
    let path = |row: &str| row.split('?').next().unwrap_or_default().to_owned();
    let mut rows: Vec<String> = ROWS.iter().map(|row| path(row.1)).collect();
    rows.extend(OTHERS.iter().map(|row| (*row).to_owned()));
    for list in [&mut mounted, &mut rows] {
        list.sort();
        list.dedup();
    }
    assert_eq!(mounted, rows);
}

pub(super) async fn invoice_of(desk: &Desk, portal: &Portal, name: &str, email: &str) -> (DocumentId, String) {
    let billing = &portal.billing;
    let today = billing.today();
    let mut tx = desk.store.begin().await.unwrap();
    let data = CustomerData {
        phone: None,
        name: name.to_owned(),
        email: Some(email.to_owned()),
        is_company: false,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let customer = customers::create_in(&mut tx, &Actor::System, data).await.unwrap();
    let draft = Draft {
        kind: Kind::Invoice,
        currency: Currency::USD,
        language: Language::En,
        issued_on: today,
        due_on: day::plus(today, 15),
        rounding: Rounding::Total,
        notes: String::new(),
        lines: vec![Line {
            description: format!("Secret of {name}"),
            quantity: 1_000,
            unit_price: 5_000,
            discount: 0,
            taxes: Vec::new(),
        }],
        external_number: None,
        related_id: None,
        is_published: false,
        is_reminded: true,
    };
    let id = documents::create_in(&mut tx, &Actor::System, &customer, draft)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    issue::send(billing, &Actor::System, &id, true).await.unwrap();
    let (contact, _) = contacts::by_identity(desk.store.db(), IdentityKind::Email, email)
        .await
        .unwrap()
        .unwrap();
    let mut tx = desk.store.begin().await.unwrap();
    let link = doors::make_in(&mut tx, &contact.id, Some("/portal"), email)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    let followed = desk.post(&link, "", "").await;
    assert_eq!(followed.location(), "/portal");
    (id, followed.cookie())
}

#[tokio::test]
async fn a_customer_reaches_only_what_is_theirs() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let (id, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    let (_, eve) = invoice_of(&desk, &portal, "Eve", "eve@example.com").await;
    let call = async |method: &str, path: &str, cookie: &str, body: &str| match method {
        "GET" => desk.get(path, cookie).await,
        _ => desk.post(path, cookie, body).await,
    };
    for (method, route, body, expected) in ROWS {
        let path = route
            .replace("{id}", id.as_str())
            .replace("{file}", "01HZX0000000000000000000AA");
        let body = body.replace("{id}", id.as_str());
        let case = format!("{method} {route}");
        let nobody = call(method, &path, "", &body).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{case}");
        assert!(!nobody.text.contains("Secret of"), "{case}");
        let forged = call(method, &path, "portal=0000", &body).await;
        assert_eq!(forged.status, StatusCode::UNAUTHORIZED, "{case}");
        if body.contains(id.as_str()) || path.contains(id.as_str()) {
            let other = call(method, &path, &eve, &body).await;
            assert_eq!(other.status, StatusCode::NOT_FOUND, "{case}: {}", other.text);
            assert!(!other.text.contains("Secret of Ana"), "{case}");
            let missing = call(
                method,
                &path.replace(id.as_str(), "01HZX0000000000000000000AA"),
                &eve,
                &body.replace(id.as_str(), "01HZX0000000000000000000AA"),
            )
            .await;
            let plain = |text: &str| text.replace(id.as_str(), "01HZX0000000000000000000AA");
            assert_eq!(
                (other.status, plain(&other.text)),
                (missing.status, plain(&missing.text)),
                "{case}: somebody else's and a missing one answer alike"
            );
        } else if *route != "/portal/account/sign-out" && *route != "/portal/account/devices" {
            let other = call(method, &path, &eve, &body).await;
            assert!(!other.text.contains("Secret of Ana"), "{case}");
        }
        let own = call(method, &path, &ana, &body).await;
        assert_eq!(own.status.as_u16(), *expected, "{case}: {}", own.text);
    }
    let out = desk.get("/portal", &ana).await;
    assert_eq!(out.status, StatusCode::UNAUTHORIZED, "signed out");
}

#[tokio::test]
async fn another_site_cannot_make_a_browser_pay_or_decide() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let (id, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    for path in [
        format!("/portal/documents/{id}/pay"),
        format!("/portal/documents/{id}/checkout"),
        format!("/portal/documents/{id}/decision"),
        format!("/portal/pay?id={id}"),
        format!("/portal/pay/checkout?id={id}"),
    ] {
        let request = Request::post(&path)
            .header("cookie", &ana)
            .header("host", "desk.example")
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("verdict=accept"))
            .unwrap();
        assert_eq!(desk.call(request).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn the_business_takes_access_back() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let (_, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    let (contact, _) = contacts::by_identity(desk.store.db(), IdentityKind::Email, "ana@example.com")
        .await
        .unwrap()
        .unwrap();
    let mut tx = desk.store.begin().await.unwrap();
    let link = doors::make_in(&mut tx, &contact.id, None, "ana@example.com")
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    assert_eq!(desk.get("/portal", &ana).await.status, StatusCode::OK);
    crate::links::revoke(&desk.store, &Actor::System, &contact.id)
        .await
        .unwrap();
    assert_eq!(desk.get("/portal", &ana).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(desk.post(&link, "", "").await.status, StatusCode::GONE);
    let history = doors::accesses(desk.store.db(), &contact.id, 10).await.unwrap();
    let what: Vec<&str> = history.iter().map(|access| access.what.as_str()).collect();
    assert_eq!(what, ["revoked", "signed_out", "signed_in"]);
}

#[tokio::test]
async fn whoever_is_signed_in_is_refused_with_the_portal_around() {
    let desk = desk().await;
    let (_, cookie) = desk.customer("ana@example.com").await;
    for (path, status) in [("/portal/people", 403), ("/portal/documents/none", 404)] {
        let own = desk.get(path, &cookie).await;
        assert_eq!(own.status.as_u16(), status, "{path}");
        assert!(own.text.contains("client-nav"), "{path}: {}", own.text);
        let nobody = desk.get(path, "").await;
        assert!(!nobody.text.contains("client-nav"), "{path}");
    }
}
