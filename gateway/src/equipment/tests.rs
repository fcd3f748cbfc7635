//! The pages by every role, and what they do.

use billing::customers::{self, CustomerData, Preferred};
use conversation::types::{Actor, Language, Role};
use equipment::machines::{self, MachineData};
use equipment::{CounterKind, MachineId, Status, counters, visits};

use crate::auth::testing::{Browser, agent};
use crate::testing::TestApp;

/// Method, route, and who: `read` everybody, `work` agents, `admin` administrators. `{id}` names nothing.
const ROWS: &[(&str, &str, &str)] = &[
    ("GET", "/equipment", "read"),
    ("GET", "/equipment/machines/new", "work"),
    ("POST", "/equipment/machines/new", "work"),
    ("GET", "/equipment/machines/{id}", "read"),
    ("GET", "/equipment/machines/{id}/edit", "work"),
    ("POST", "/equipment/machines/{id}/edit", "work"),
    ("GET", "/equipment/machines/{id}/photo", "read"),
    ("POST", "/equipment/machines/{id}/photo", "work"),
    ("POST", "/equipment/machines/{id}/counters", "work"),
    ("POST", "/equipment/machines/{id}/readings", "work"),
    ("GET", "/equipment/machines/{id}/move", "work"),
    ("POST", "/equipment/machines/{id}/move", "work"),
    ("POST", "/equipment/machines/{id}/visits", "work"),
    ("POST", "/equipment/machines/{id}/wish", "work"),
    ("GET", "/equipment/code/{code}", "read"),
    ("GET", "/equipment/export", "read"),
    ("GET", "/equipment/labels", "read"),
    ("GET", "/equipment/sites", "read"),
    ("GET", "/equipment/sites/new", "work"),
    ("POST", "/equipment/sites/new", "work"),
    ("GET", "/equipment/sites/{id}", "read"),
    ("POST", "/equipment/sites/{id}", "work"),
    ("GET", "/equipment/contracts", "read"),
    ("GET", "/equipment/contracts/new", "work"),
    ("POST", "/equipment/contracts/new", "work"),
    ("GET", "/equipment/contracts/{id}", "read"),
    ("GET", "/equipment/contracts/{id}/edit", "work"),
    ("POST", "/equipment/contracts/{id}/edit", "work"),
    ("POST", "/equipment/contracts/{id}/files", "work"),
    ("GET", "/equipment/contracts/{id}/files/{file}", "read"),
    ("GET", "/equipment/map", "read"),
    ("GET", "/equipment/readings", "read"),
    ("GET", "/equipment/readings/{id}/photo", "read"),
    ("POST", "/equipment/readings/{id}/void", "work"),
    ("GET", "/equipment/requests", "read"),
    ("GET", "/equipment/import", "work"),
    ("POST", "/equipment/import", "work"),
    ("GET", "/equipment/import/example/{kind}", "work"),
    ("GET", "/equipment/import/{id}", "work"),
    ("POST", "/equipment/import/{id}/confirm", "work"),
    ("GET", "/equipment/settings", "admin"),
    ("POST", "/equipment/settings", "admin"),
    ("GET", "/visits", "read"),
    ("GET", "/visits/{id}", "read"),
    ("POST", "/visits/{id}/step", "work"),
    ("POST", "/visits/{id}/move", "work"),
    ("POST", "/visits/{id}/done", "work"),
    ("GET", "/visits/{id}/report", "read"),
];

#[test]
fn every_route_has_a_row() {
    let source = include_str!("mod.rs");
    let source = &source[..source.find("#[cfg(test)]").unwrap()];
    let mut mounted: Vec<(String, String)> = Vec::new();
    for rest in source.split(".route(").skip(1) {
        let path = match rest.split(',').next().unwrap().trim() {
            "routes::EQUIPMENT" => ui::routes::EQUIPMENT,
            "routes::MY_VISITS" => ui::routes::MY_VISITS,
            text => text.trim_matches('"'),
        };
        for (sign, method) in [("get(", "GET"), ("post(", "POST")] {
            if rest.contains(sign) {
                mounted.push((path.to_owned(), method.to_owned()));
            }
        }
    }
    let mut rows: Vec<(String, String)> = ROWS.iter().map(|row| (row.1.to_owned(), row.0.to_owned())).collect();
    mounted.sort();
    rows.sort();
    assert_eq!(mounted, rows);
}

#[tokio::test]
async fn every_role_may_what_it_may() {
    let test = TestApp::new().await;
    let mut people = Vec::new();
    for role in [Role::Administrator, Role::Agent, Role::Supervisor] {
        let somebody = agent(&test, &format!("Eva{role}"), role).await;
        people.push((role, Browser::of(&test, &somebody).await));
    }
    let mut stranger = Browser::new(&test);
    for (method, route, needs) in ROWS {
        let path = route
            .replace("{id}", "01HZX0000000000000000000AA")
            .replace("{file}", "x")
            .replace("{code}", "ABC");
        let path = path.as_str();
        let answer = match *method {
            "GET" => stranger.get(path).await,
            _ => stranger.post(path, &[]).await,
        };
        assert!(
            matches!(answer.status.as_u16(), 303 | 401 | 403),
            "nobody {method} {route}: {}",
            answer.status
        );
        for (role, browser) in &mut people {
            let answer = match *method {
                "GET" => browser.get(path).await,
                _ => browser.post(path, &[]).await,
            };
            let may = match *needs {
                "read" => true,
                "work" => *role != Role::Supervisor,
                _ => *role == Role::Administrator,
            };
            let is_refused = answer.status == 403;
            assert_eq!(is_refused, !may, "{role} {method} {route}: {}", answer.status);
            assert!(answer.status.as_u16() < 500, "{role} {method} {route}: {}", answer.text);
        }
    }
}

async fn machine(test: &TestApp) -> MachineId {
    let mut tx = test.store().begin().await.unwrap();
    let data = CustomerData {
        phone: None,
        name: "Torres".to_owned(),
        email: Some("mariana@torres.example".to_owned()),
        is_company: false,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let customer = customers::create_in(&mut tx, &Actor::System, data).await.unwrap();
    let data = MachineData {
        site: None,
        contract: None,
        model: "Ricoh IM C3000".to_owned(),
        serial: "E123".to_owned(),
        place: "3rd floor".to_owned(),
        status: Status::Active,
        installed_on: None,
        consumables: Vec::new(),
        notes: String::new(),
    };
    let id = machines::create_in(&mut tx, &test.app.equipment, &Actor::System, &customer, data)
        .await
        .unwrap();
    let today = test.app.equipment.today();
    counters::add_in(
        &mut tx,
        &Actor::System,
        &id,
        CounterKind::Mono,
        7,
        1_000,
        billing::day::plus(today, -30),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn a_machine_is_found_read_labelled_and_visited() {
    let test = TestApp::new().await;
    let id = machine(&test).await;
    let diego = agent(&test, "Diego", Role::Agent).await;
    let mut browser = Browser::of(&test, &diego).await;
    browser
        .get("/equipment?q=ric+e123")
        .await
        .expect(200)
        .has("Ricoh IM C3000");
    browser.get("/equipment?q=torres").await.expect(200).has("E123");
    browser.get("/equipment?q=xerox").await.expect(200).lacks("E123");
    let here = format!("/equipment/machines/{id}");
    let own = counters::of_machine(test.store().db(), &id).await.unwrap();
    let counter = own[0].id.as_str();
    let readings = format!("{here}/readings");
    let fields = [("counter", counter), ("value", "1.500"), ("on", "2026-01-05")];
    browser.post(&readings, &fields).await.expect(303);
    // Lower is asked back, and counts once somebody says what it means.
    let fields = [("counter", counter), ("value", "40"), ("on", "2026-01-05")];
    browser
        .post(&readings, &fields)
        .await
        .expect(422)
        .has("rollover")
        .lacks("checked");
    let fields = [
        ("counter", counter),
        ("value", "40"),
        ("on", "2026-01-05"),
        ("meaning", "replaced"),
    ];
    browser.post(&readings, &fields).await.expect(303);
    browser.get("/equipment/readings").await.expect(200).has("Ricoh");
    let labels = browser.get("/equipment/labels").await.expect(200);
    assert_eq!(labels.header("content-type"), "application/pdf");
    let fields = [
        ("agent", diego.id.as_str()),
        ("day", "2026-01-05"),
        ("from", "11:00"),
        ("to", "12:30"),
        ("purpose", "Noise"),
    ];
    browser.post(&format!("{here}/visits"), &fields).await.expect(303);
    browser.get("/visits").await.expect(200).has("Noise").has("11:00–12:30");
    let visit = visits::of_machine(test.store().db(), &id, 1).await.unwrap().remove(0);
    let page = format!("/visits/{}", visit.id);
    browser
        .post(&format!("{page}/step"), &[("to", "on_way")])
        .await
        .expect(303);
    browser
        .post(&format!("{page}/step"), &[("to", "there")])
        .await
        .expect(303);
    let field = format!("counter-{counter}");
    let done = [
        ("work", "Rollers changed"),
        ("parts", "2 Roller"),
        (field.as_str(), "55"),
        ("signed_by", ""),
        ("signature", "10,10 20,20"),
    ];
    browser
        .post(&format!("{page}/done"), &done)
        .await
        .expect(422)
        .has("Rollers changed");
    let done = [
        ("work", "Rollers changed"),
        ("parts", "2 Roller"),
        (field.as_str(), "55"),
        ("signed_by", "Mariana"),
        ("signature", "10,10 20,20"),
    ];
    browser.post(&format!("{page}/done"), &done).await.expect(303);
    browser
        .get(&page)
        .await
        .expect(200)
        .has("Rollers changed")
        .has("Mariana")
        .has("<path");
    let report = browser.get(&format!("{page}/report")).await.expect(200);
    assert_eq!(report.header("content-type"), "application/pdf");
    browser.post(&format!("{page}/done"), &done).await.expect(409);
    let own = counters::of_machine(test.store().db(), &id).await.unwrap();
    assert_eq!((own[0].last_value, own[0].last_total), (55, 515));
}

#[tokio::test]
async fn a_refused_reading_comes_back_as_it_was_typed() {
    let test = TestApp::new().await;
    let id = machine(&test).await;
    let mut browser = Browser::of(&test, &agent(&test, "Diego", Role::Agent).await).await;
    let own = counters::of_machine(test.store().db(), &id).await.unwrap();
    let readings = format!("/equipment/machines/{id}/readings");
    for (value, on, why) in [
        ("12x7", "2026-01-04", "whole number such as 12345"),
        ("1600", "2026-02-01", "still to come"),
        ("1600", "2020-01-31", "The counter began on 6 December 2025"),
    ] {
        let fields = [("counter", own[0].id.as_str()), ("value", value), ("on", on)];
        browser
            .post(&readings, &fields)
            .await
            .expect(422)
            .has(why)
            .has(&format!("value=\"{value}\""))
            .has(&format!("value=\"{on}\""));
    }
    let counter = [
        ("kind", "color"),
        ("value", "77"),
        ("digits", "1"),
        ("on", "2026-01-04"),
    ];
    browser
        .post(&format!("/equipment/machines/{id}/counters"), &counter)
        .await
        .expect(422)
        .has("3 to 12 digits")
        .has("value=\"77\"");
}

/// Day, from, to, what else is sent, and what is answered; an empty answer is that it stands.
const PLANS: &[(&str, &str, &str, &[&str], &str)] = &[
    ("2026-01-05", "08:00", "09:00", &[], "This time is over"),
    ("2026-01-05", "11:00", "11:00", &[], "After the beginning"),
    ("2026-01-06", "11:00", "12:00", &["has_happened"], "still to come"),
    ("2026-01-06", "11:00", "12:00", &[], ""),
    (
        "2026-01-06",
        "11:30",
        "12:30",
        &[],
        "has another visit then: 6 Jan 2026, 11:00–12:00",
    ),
    ("2026-01-06", "12:00", "13:00", &[], ""),
    ("2026-01-06", "11:30", "12:30", &["anyway"], ""),
    ("2026-01-02", "11:00", "12:00", &["has_happened"], ""),
];

#[tokio::test]
async fn visits_are_planned_for_a_time_to_come_that_is_free() {
    let test = TestApp::new().await;
    let id = machine(&test).await;
    let diego = agent(&test, "Diego", Role::Agent).await;
    let mut browser = Browser::of(&test, &diego).await;
    let plan = format!("/equipment/machines/{id}/visits");
    for (day, from, to, more, answer) in PLANS {
        let mut fields = vec![
            ("agent", diego.id.as_str()),
            ("day", day),
            ("from", from),
            ("to", to),
            ("purpose", "Noise of the rollers"),
        ];
        fields.extend(more.iter().map(|name| (*name, "on")));
        let page = browser.post(&plan, &fields).await;
        if answer.is_empty() {
            page.expect(303);
            continue;
        }
        page.expect(422)
            .has(answer)
            .has("Noise of the rollers")
            .has(&format!("value=\"{day}\""))
            .has(&format!("value=\"{from}\""));
    }
    let all = visits::of_machine(test.store().db(), &id, 10).await.unwrap();
    assert_eq!(all.len(), 4);

    // What is written down afterwards was done in its time.
    let before = all.last().unwrap();
    assert!(before.is_from_before());
    let done = [("work", "Rollers changed"), ("signed_by", "Mariana")];
    browser
        .post(&format!("/visits/{}/done", before.id), &done)
        .await
        .expect(303);
    let done = visits::load(test.store().db(), &before.id).await.unwrap();
    assert_eq!(done.done_at, Some(done.ends_at));

    // Moving one asks the same.
    let moved = format!("/visits/{}/move", all[0].id);
    let mut fields = vec![
        ("agent", diego.id.as_str()),
        ("day", "2026-01-05"),
        ("from", "07:15"),
        ("to", "08:15"),
    ];
    browser
        .post(&moved, &fields)
        .await
        .expect(422)
        .has("This time is over")
        .has("value=\"07:15\"");
    fields[1..].copy_from_slice(&[("day", "2026-01-06"), ("from", "10:30"), ("to", "11:15")]);
    browser
        .post(&moved, &fields)
        .await
        .expect(422)
        .has("Diego has another visit then");
    fields.push(("anyway", "on"));
    browser.post(&moved, &fields).await.expect(303);
}

#[tokio::test]
async fn nobody_visits_a_machine_that_is_retired() {
    let test = TestApp::new().await;
    let id = machine(&test).await;
    let diego = agent(&test, "Diego", Role::Agent).await;
    let mut browser = Browser::of(&test, &diego).await;
    let here = format!("/equipment/machines/{id}");
    browser.get(&here).await.expect(200).has("Plan a visit");
    let fields = [("model", "Ricoh"), ("serial", "E123"), ("status", "retired")];
    browser.post(&format!("{here}/edit"), &fields).await.expect(303);
    browser.get(&here).await.expect(200).lacks("Plan a visit");
    let fields = [
        ("agent", diego.id.as_str()),
        ("day", "2026-01-06"),
        ("from", "11:00"),
        ("to", "12:00"),
    ];
    browser
        .post(&format!("{here}/visits"), &fields)
        .await
        .expect(422)
        .has("It is retired; nobody has to visit it");
}

#[tokio::test]
async fn whoever_begins_with_nothing_is_told_how_to_go_on() {
    let test = TestApp::new().await;
    let mut browser = Browser::of(&test, &agent(&test, "Ada", Role::Administrator).await).await;
    for path in ["machines", "sites", "contracts"] {
        browser
            .get(&format!("/equipment/{path}/new"))
            .await
            .expect(200)
            .has("href=\"/billing/customers/new\"");
    }
    browser.get("/equipment").await.expect(200).lacks("/equipment/labels");
    browser
        .get("/equipment/labels")
        .await
        .expect(404)
        .has("nothing to print a label for");
    let fields = [("remind_days", "three"), ("close_after_days", "3")];
    browser
        .post("/equipment/settings", &fields)
        .await
        .expect(422)
        .has("Write whole numbers parted by commas");
}

#[tokio::test]
async fn a_machine_is_moved_by_its_page_and_by_the_api() {
    let test = TestApp::new().await;
    let id = machine(&test).await;
    let own = counters::of_machine(test.store().db(), &id).await.unwrap();
    let counter = format!("counter-{}", own[0].id);
    let diego = agent(&test, "Diego", Role::Agent).await;
    let mut browser = Browser::of(&test, &diego).await;
    let mut tx = test.store().begin().await.unwrap();
    let data = CustomerData {
        phone: None,
        name: "Zapata".to_owned(),
        email: None,
        is_company: true,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let other = customers::create_in(&mut tx, &Actor::System, data).await.unwrap();
    tx.commit().await.unwrap();

    // The change of a machine moves it nowhere, and says what does.
    let client = test.with_token(Role::Agent).await;
    let here = format!("/machines/{id}");
    let changed = serde_json::json!({ "customer": other.as_str(), "model": "Ricoh", "serial": "E123" });
    let refused = client.put(&here, changed).await.expect(409);
    assert!(refused.to_string().contains("POST /machines/{id}/move"), "{refused}");

    let page = format!("/equipment/machines/{id}/move");
    let asked = browser.get(&page).await.expect(200);
    asked.has("Back into stock").has("It leaves Torres");
    let found = browser.get(&format!("{page}?customer=zap")).await.expect(200);
    found.has(&format!("?customer={other}"));
    browser
        .get(&format!("{page}?customer={other}"))
        .await
        .expect(200)
        .has("Closing reading: Black and white")
        .has("value=\"2026-01-05\"");
    let fields = |value| {
        [
            ("customer", other.as_str()),
            ("on", "2026-01-05"),
            (counter.as_str(), value),
            ("place", "Cellar"),
        ]
    };
    browser
        .post(&page, &fields("x"))
        .await
        .expect(422)
        .has("value=\"Cellar\"");
    browser
        .post(&page, &fields("40"))
        .await
        .expect(422)
        .has("40 does not follow 1000")
        .has("The numbers are right");
    browser.post(&page, &fields("1.250")).await.expect(303);
    browser
        .get(&format!("/equipment/machines/{id}?said=moved"))
        .await
        .expect(200)
        .has("The machine is with its new customer.")
        .has("Torres, until 5 Jan 2026");

    // Back into stock by the API: a customer of the business's own.
    let unread = client
        .post(&format!("{here}/move"), serde_json::json!({}))
        .await
        .expect(422);
    assert!(unread.to_string().contains("closing"), "{unread}");
    let closing = serde_json::json!({ "closing": [{ "kind": "mono", "value": 1300 }] });
    let moved = client.post(&format!("{here}/move"), closing).await.expect(200);
    assert_eq!(
        (moved["status"].as_str(), moved["moved_on"].as_str()),
        (Some("stored"), Some("2026-01-05"))
    );
    assert_ne!(moved["customer_id"], other.as_str());
}
