//! Choosing several invoices to pay at once, as the pages show it; Stripe itself is asked in the suites.

use axum::http::StatusCode;
use billing::documents::{self, Draft};
use billing::money::Currency;
use billing::payments::{self, EntryKind, EntryState, Method, NewEntry};
use billing::settings::{self, StripeKeys};
use billing::state::Kind;
use billing::stripe::MOST;
use billing::totals::{Line, Rounding};
use billing::{CustomerId, DocumentId, day, issue};
use conversation::types::{Actor, Language};

use super::walk::invoice_of;
use super::*;

async fn another(portal: &Portal, customer: &CustomerId, currency: &str, price: i64) -> DocumentId {
    let billing = &portal.billing;
    let today = billing.today();
    let draft = Draft {
        kind: Kind::Invoice,
        currency: currency.parse::<Currency>().unwrap(),
        language: Language::En,
        issued_on: today,
        due_on: day::plus(today, 15),
        rounding: Rounding::Total,
        notes: String::new(),
        lines: vec![Line {
            description: "Lease".to_owned(),
            quantity: 1_000,
            unit_price: price,
            discount: 0,
            taxes: Vec::new(),
        }],
        external_number: None,
        related_id: None,
        is_published: false,
        is_reminded: true,
    };
    let mut tx = portal.store.begin().await.unwrap();
    let id = documents::create_in(&mut tx, &Actor::System, customer, draft)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    issue::send(billing, &Actor::System, &id, true).await.unwrap();
    id
}

async fn keys(desk: &Desk) {
    let keys = StripeKeys {
        secret_key: "sk_test".to_owned(),
        publishable_key: "pk_test".to_owned(),
        hook_secret: "whsec".to_owned(),
    };
    settings::set_stripe(&desk.store, &Actor::System, &keys).await.unwrap();
}

fn plain(answer: &Answer) -> String {
    answer.text.replace('\u{a0}', " ")
}

#[tokio::test]
async fn several_invoices_are_chosen_and_summed() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let (first, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    let (hers, _) = invoice_of(&desk, &portal, "Eve", "eve@example.com").await;
    let customer = documents::load(desk.store.db(), &first).await.unwrap().customer_id;
    let second = another(&portal, &customer, "USD", 2_550).await;
    // Without Stripe nothing is offered.
    let page = desk.get("/portal/billing", &ana).await;
    assert!(!page.text.contains("/portal/pay"), "{}", page.text);
    keys(&desk).await;
    let page = plain(&desk.get("/portal/billing", &ana).await);
    assert!(
        page.contains("href=\"/portal/pay?all=USD\">Pay all open (US$ 75.50)</a>"),
        "{page}"
    );
    assert!(page.contains("formaction=\"/portal/pay\" formmethod=\"get\""), "{page}");
    assert!(
        page.contains(&format!("value=\"{second}\" data-owed=\"2550\" data-currency=\"USD\"")),
        "{page}"
    );

    // All, or those that were chosen: each with its sum, and the whole.
    let chosen = format!("/portal/pay?id={second}&id={first}&id={second}");
    for path in ["/portal/pay?all=USD", &chosen] {
        let answer = desk.get(path, &ana).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(
            answer.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("https://js.stripe.com"),
            "{path}"
        );
        let page = plain(&answer);
        for part in [
            "<p class=\"sum-value\">US$ 75.50</p>",
            "<span>US$ 50.00</span>",
            "<span>US$ 25.50</span>",
        ] {
            assert_eq!(page.matches(part).count(), 1, "{path}: {part} in {page}");
        }
        // What is due first stands first, and the forms carry what the page shows.
        assert!(
            page.contains(&format!("action=\"/portal/pay?id={first}&amp;id={second}\"")),
            "{page}"
        );
        assert!(
            page.contains(&format!(
                "data-checkout=\"/portal/pay/checkout?id={first}&amp;id={second}\""
            )),
            "{page}"
        );
    }
    // One is paid as ever; none, or what is none, leads back and says so.
    let one = desk.get(&format!("/portal/pay?id={first}"), &ana).await;
    assert_eq!(one.location(), format!("/portal/documents/{first}/pay"));
    for nothing in ["/portal/pay", "/portal/pay?all=MXN", "/portal/pay?all=x&year=2023"] {
        let answer = desk.get(nothing, &ana).await;
        assert_eq!(answer.location(), "/portal/billing?said=none", "{nothing}");
    }
    assert!(
        desk.get("/portal/billing?said=none", &ana)
            .await
            .text
            .contains("Nothing that was selected")
    );
    // With one of somebody else's, nothing of it is shown, nor can be begun.
    let mixed = format!("id={first}&id={hers}");
    assert_eq!(
        desk.get(&format!("/portal/pay?{mixed}"), &ana).await.status,
        StatusCode::NOT_FOUND
    );
    for path in ["/portal/pay", "/portal/pay/checkout"] {
        let answer = desk.post(&format!("{path}?{mixed}"), &ana, "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    // What was paid meanwhile is left out, and said.
    let paid = NewEntry {
        document: second.clone(),
        kind: EntryKind::Payment,
        amount: 2_550,
        currency: Currency::USD,
        method: Method::Transfer,
        state: EntryState::Succeeded,
        external_id: None,
        intent: None,
        detail: String::new(),
        happened_on: String::new(),
    };
    payments::record(&portal.billing, &Actor::System, paid).await.unwrap();
    let third = another(&portal, &customer, "USD", 1_000).await;
    let page = desk.get(&format!("{chosen}&id={third}"), &ana).await;
    assert!(
        plain(&page).contains("US$ 60.00") && page.text.contains("One of the selected documents"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn several_currencies_are_several_payments_and_many_invoices_too() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let (first, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    let customer = documents::load(desk.store.db(), &first).await.unwrap().customer_id;
    let second = another(&portal, &customer, "USD", 2_550).await;
    let pesos = another(&portal, &customer, "MXN", 90_000).await;
    keys(&desk).await;
    let all = format!("/portal/pay?id={first}&id={pesos}&id={second}");
    let answer = desk.get(&all, &ana).await;
    let page = plain(&answer);
    assert!(page.contains("One payment is of one currency"), "{page}");
    assert!(
        page.contains(&format!("href=\"/portal/pay?id={pesos}\">Pay MXN 900.00</a>")),
        "{page}"
    );
    assert!(
        page.contains(&format!(
            "href=\"/portal/pay?id={first}&amp;id={second}\">Pay US$ 75.50</a>"
        )),
        "{page}"
    );
    // Nobody begins them together.
    assert_eq!(desk.post(&all, &ana, "").await.location(), "/portal/billing");
    // More than one payment takes: the oldest first, the rest later.
    for _ in 0..MOST {
        another(&portal, &customer, "USD", 100).await;
    }
    let statement = desk.get("/portal/billing", &ana).await;
    assert!(statement.text.contains(">Pay open invoices</a>"), "{}", statement.text);
    let page = desk.get("/portal/pay?all=USD", &ana).await;
    assert!(
        page.text.contains("2 invoices are left for the next one"),
        "{}",
        page.text
    );
    assert!(page.text.contains(first.as_str()));
    let form = page
        .text
        .split("action=\"/portal/pay?")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert_eq!(form.matches("id=").count(), MOST);
    // The first page counts all that are overdue, not those that one list shows.
    let mut tx = desk.store.begin().await.unwrap();
    conversation::db::sql("UPDATE documents SET due_on = '2001-02-03' WHERE kind = 'invoice'")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    let home = desk.get("/portal", &ana).await;
    let words = format!("{} invoices are overdue", MOST + 3);
    assert!(home.text.contains(&words), "{}", home.text);
}
