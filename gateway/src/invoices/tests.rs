//! Billing as agents use it, by its pages.

use billing::CustomerId;
use billing::customers::{self, CustomerData, Preferred};
use conversation::telephone;
use conversation::types::{Actor, Language, Role};

use crate::auth::testing::{Browser, Page, agent};
use crate::people::agents::{self, NewAgent};
use crate::testing::TestApp;

async fn customer(test: &TestApp, name: &str) -> CustomerId {
    let mut tx = test.store().begin().await.unwrap();
    let data = CustomerData {
        phone: None,
        name: name.to_owned(),
        email: None,
        is_company: true,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let id = customers::create_in(&mut tx, &Actor::System, data).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn a_new_business_counts_in_the_money_of_its_country() {
    let test = TestApp::new().await;
    let mut ana = Browser::of(&test, &agent(&test, "Ana", Role::Agent).await).await;
    let customer = customer(&test, "Torres").await;
    let page = format!("/billing/new?customer={customer}");
    for (country, currency) in [("CO", "COP"), ("EC", "USD"), ("ES", "EUR"), ("BR", "BRL")] {
        telephone::set_home(test.store(), &Actor::System, country)
            .await
            .unwrap();
        ana.get(&page)
            .await
            .expect(200)
            .has(&format!("name=\"currency\" value=\"{currency}\""));
    }
}

/// Where an answer leads.
fn place(page: &Page) -> String {
    let place = page.header("location");
    place.split('?').next().unwrap_or_default().to_owned()
}

/// The draft of an invoice of US$ 100.00, by its page.
async fn draft(ana: &mut Browser, customer: &CustomerId) -> String {
    let fields = [
        ("kind", "invoice"),
        ("customer", customer.as_str()),
        ("rows", "3"),
        ("currency", "USD"),
        ("language", "en"),
        ("issued_on", "2026-01-05"),
        ("due_on", "2026-02-05"),
        ("rounding", "total"),
        ("d_0", "Lease"),
        ("p_0", "100.00"),
    ];
    place(&ana.post("/billing/new", &fields).await.expect(303))
}

/// The same, issued.
async fn invoice(ana: &mut Browser, customer: &CustomerId) -> String {
    let page = draft(ana, customer).await;
    ana.post(&format!("{page}/send"), &[("quiet", "1")]).await.expect(303);
    page
}

#[tokio::test]
async fn every_customer_can_be_found_for_a_new_document() {
    let test = TestApp::new().await;
    let mut ana = Browser::of(&test, &agent(&test, "Ana", Role::Agent).await).await;
    let nobody = ana.get("/billing/new?kind=invoice").await.expect(200);
    nobody.has("/billing/customers/new");
    for number in 0..60 {
        customer(&test, &format!("Customer {number:03}")).await;
    }
    let last = customer(&test, "Zapatería Última").await;

    let asked = ana.get("/billing/new?kind=invoice").await.expect(200);
    asked.has("Customer 000").has("There are more").lacks("Zapatería");
    let link = format!("?customer={last}&amp;kind=estimate");
    ana.get("/billing/new?kind=estimate&customer=zapat")
        .await
        .expect(200)
        .has(&link);
    let form = ana
        .get(&format!("/billing/new?kind=estimate&customer={last}"))
        .await
        .expect(200);
    form.has("Zapatería Última").has("name=\"d_0\"");
    // Who went meanwhile is said on the form, which keeps what was typed.
    let gone = [
        ("kind", "invoice"),
        ("customer", "gone"),
        ("currency", "USD"),
        ("issued_on", "2026-01-05"),
        ("due_on", "2026-01-06"),
        ("d_0", "Toner"),
        ("p_0", "1"),
    ];
    ana.post("/billing/new", &gone).await.expect(422).has("Toner");
}

#[tokio::test]
async fn a_mistyped_payment_is_asked_about_and_can_be_taken_back() {
    let test = TestApp::new().await;
    let mut ana = Browser::of(&test, &agent(&test, "Ana", Role::Agent).await).await;
    let customer = customer(&test, "Torres").await;
    let page = invoice(&mut ana, &customer).await;
    let payment = format!("{page}/payment");

    let typed = [
        ("kind", "payment"),
        ("amount", "99999999"),
        ("method", "cash"),
        ("detail", "slip 7"),
    ];
    let asked = ana.post(&payment, &typed).await.expect(422);
    asked
        .has("99999999")
        .has("slip 7")
        .has("name=\"over\"")
        .has("99,999,899.00 more");
    let to_come = [
        ("kind", "payment"),
        ("amount", "100"),
        ("day", "2099-01-01"),
        ("detail", "slip 8"),
    ];
    ana.post(&payment, &to_come)
        .await
        .expect(422)
        .has("still to come")
        .has("slip 8");
    let unpaid = ana.get(&page).await.expect(200);
    assert!(!unpaid.text.contains("/take-back"), "nothing was written down");

    let meant = [typed.as_slice(), &[("over", "on")]].concat();
    ana.post(&payment, &meant).await.expect(303);
    let paid = ana.get(&page).await.expect(200);
    let entry = paid
        .text
        .split_once("/take-back")
        .and_then(|(_, rest)| rest.split_once("name=\"payment\" value=\""));
    let entry = entry
        .and_then(|(_, rest)| rest.split('"').next())
        .expect("an entry that can be taken back")
        .to_owned();

    // What went back stands on what came.
    ana.post(&payment, &[("kind", "refund"), ("amount", "99999899")])
        .await
        .expect(303);
    let take_back = format!("{page}/take-back");
    ana.post(&take_back, &[("payment", &entry)])
        .await
        .expect(422)
        .has("take the refund back first");
    let now = ana.get(&page).await.expect(200);
    let refund = now
        .text
        .split("name=\"payment\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|id| *id != entry)
        .expect("the refund")
        .to_owned();
    ana.post(&take_back, &[("payment", &refund)]).await.expect(303);
    ana.post(&take_back, &[("payment", &entry)]).await.expect(303);
    ana.post(&take_back, &[("payment", &entry)]).await.expect(422);
    ana.get(&page)
        .await
        .expect(200)
        .has("taken back")
        .has("value=\"100.00\"")
        .lacks("/take-back");

    let mut helena = Browser::of(&test, &agent(&test, "Helena", Role::Supervisor).await).await;
    helena.post(&take_back, &[("payment", &entry)]).await.expect(403);
}

/// The rows of a table, without its mark and its head.
fn rows(page: &Page) -> Vec<&str> {
    page.text.lines().skip(1).collect()
}

#[tokio::test]
async fn lists_go_along_as_tables_all_of_what_was_narrowed() {
    let test = TestApp::new().await;
    let mut ana = Browser::of(&test, &agent(&test, "Ana", Role::Agent).await).await;
    let torres = customer(&test, "Torres, Hermanos").await;
    let other = customer(&test, "=Otra").await;
    for _ in 0..55 {
        invoice(&mut ana, &torres).await;
    }
    invoice(&mut ana, &other).await;

    let all = ana.get("/billing/export").await.expect(200);
    assert!(all.text.starts_with('\u{feff}'), "a spreadsheet takes it for UTF-8");
    assert_eq!(rows(&all).len(), 56);
    let table = ana
        .get(&format!("/billing/export?customer={torres}&status=sent"))
        .await
        .expect(200);
    assert_eq!(rows(&table).len(), 55);
    table
        .has("\"Torres, Hermanos\"")
        .has(",USD,100.00,0.00,100.00,0.00,0.00,100.00")
        .lacks("Otra");
    let gone = ana.get("/billing/export?customer=gone").await.expect(200);
    assert!(rows(&gone).is_empty(), "of nobody, and not of everybody");
    // Words that a spreadsheet would reckon with stay words.
    ana.get("/billing/customers/export?q=otra")
        .await
        .expect(200)
        .has("'=Otra,,,company,,,en,email")
        .lacks("Torres");

    let first = ana.get(&format!("/billing/customers/{torres}")).await.expect(200);
    first.has(&format!("/billing?customer={torres}"));
    ana.get(&format!("/billing?customer={torres}"))
        .await
        .expect(200)
        .has("Only Torres, Hermanos")
        .lacks("=Otra");

    let mut carla = Browser::of(&test, &agent(&test, "Carla", Role::Coordinator).await).await;
    carla.get("/billing/export").await.expect(403);
    carla.get("/billing/customers/export").await.expect(403);
    carla.get("/equipment/export").await.expect(403);
    let own = carla.get("/tickets/export").await.expect(200);
    assert!(rows(&own).is_empty(), "a coordinator without companies has no tickets");
}

#[tokio::test]
async fn a_customers_page_shows_what_else_is_known_of_them() {
    let test = TestApp::new().await;
    let mut ana = Browser::of(&test, &agent(&test, "Ana", Role::Agent).await).await;
    let torres = customer(&test, "Torres").await;
    let page = format!("/billing/customers/{torres}");
    ana.get(&page)
        .await
        .expect(200)
        .lacks("<h2>Conversations")
        .lacks("<h2>Machines");

    let company = customers::load(test.store().db(), &torres)
        .await
        .unwrap()
        .company_id
        .unwrap();
    let inbox = test.inbox().await;
    let filed = test.mail(&inbox, "luz@torres.example", "m1", "The copier jams").await;
    let conversation = filed.conversation.unwrap();
    let mut tx = test.store().begin().await.unwrap();
    let contact = filed.contact.unwrap();
    conversation::contacts::join_company_in(&mut tx, &Actor::System, &contact, &company)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    ana.post(
        &format!("/inbox/c/{conversation}/ticket"),
        &[("subject", "Jams on page two"), ("kind", "incident")],
    )
    .await
    .expect(303);
    ana.post(
        "/equipment/machines/new",
        &[
            ("customer", torres.as_str()),
            ("model", "Laser 400"),
            ("serial", "SN-1"),
            ("status", "active"),
        ],
    )
    .await
    .expect(303);
    ana.get(&page)
        .await
        .expect(200)
        .has(&format!("/inbox/c/{conversation}"))
        .has("Jams on page two")
        .has("SN-1");
    let table = ana.get("/equipment/export").await.expect(200);
    assert_eq!(rows(&table).len(), 1);
    table.has("Torres,Laser 400,SN-1");
    let table = ana.get("/tickets/export?state=any&q=").await.expect(200);
    assert_eq!(rows(&table).len(), 1);
    table.has("Jams on page two");
    ana.get("/tickets/export?state=resolved")
        .await
        .expect(200)
        .lacks("Jams");
}

#[tokio::test]
async fn a_draft_that_was_looked_at_is_named_in_the_audit() {
    let test = TestApp::new().await;
    let mut ada = Browser::of(&test, &agent(&test, "Ada", Role::Administrator).await).await;
    let customer = customer(&test, "Torres").await;
    let draft = draft(&mut ada, &customer).await;
    ada.get(&draft).await.expect(200);
    ada.get("/settings/audit")
        .await
        .expect(200)
        .has(&format!("<a href=\"{draft}\">draft for Torres</a>"))
        .lacks("one without a name");
}

#[tokio::test]
async fn the_ways_to_a_customer_are_in_the_readers_language() {
    let test = TestApp::new().await;
    let new = NewAgent {
        email: "ana@example.com".to_owned(),
        name: "Ana".to_owned(),
        role: Role::Agent,
        language: Language::Es,
    };
    let ana = agents::create(test.store(), &Actor::System, new).await.unwrap();
    let mut ana = Browser::of(&test, &ana).await;
    ana.get("/billing/customers/new")
        .await
        .expect(200)
        .has(">Correo</option>")
        .lacks(">E-mail</option>");
    ana.get("/settings/companies")
        .await
        .expect(200)
        .has("Todavía no hay empresas")
        .lacks("con ese nombre");
    ana.get("/settings/companies?q=torres")
        .await
        .expect(200)
        .has("Ninguna empresa con ese nombre");
}
