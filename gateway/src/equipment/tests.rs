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
    ("POST", "/equipment/machines/{id}/visits", "work"),
    ("POST", "/equipment/machines/{id}/wish", "work"),
    ("GET", "/equipment/code/{code}", "read"),
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
