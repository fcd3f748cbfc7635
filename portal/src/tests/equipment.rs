//! Every route of the equipment's pages, by nobody, by the customer and by another customer; and the page of a
//! label, which tells a stranger nothing.

use ::equipment::contracts::{self, ContractData};
use ::equipment::machines::{self, MachineData};
use ::equipment::moves::{self, Move, To};
use ::equipment::readings::{self, NewReading};
use ::equipment::visits::{self, NewVisit};
use ::equipment::{CounterKind, Meaning, Source, Status, VisitState, counters};
use axum::http::StatusCode;
use billing::customers::{self, CustomerData, Preferred};
use conversation::db::sql;
use conversation::doors;
use conversation::types::{Actor, AgentId, Language};

use super::*;

/// Method, route, body, and what its own customer gets.
const ROWS: &[(&str, &str, &str, u16)] = &[
    ("GET", "/portal", "", 200),
    ("GET", "/portal/machines", "", 200),
    ("GET", "/portal/machines/{machine}", "", 200),
    ("GET", "/portal/machines/{machine}/photo", "", 404),
    ("GET", "/portal/machines/{machine}/request", "", 200),
    ("GET", "/portal/readings", "", 200),
    ("GET", "/portal/readings?machine={machine}", "", 200),
    (
        "POST",
        "/portal/readings",
        "machine={machine}&value-{counter}=1200",
        303,
    ),
    ("GET", "/portal/readings/{reading}/photo", "", 404),
    ("GET", "/portal/contracts", "", 200),
    ("GET", "/portal/contracts/{contract}", "", 200),
    ("GET", "/portal/contracts/{contract}/files/x", "", 404),
    ("GET", "/portal/visits", "", 200),
    ("GET", "/portal/visits/{visit}", "", 200),
    ("GET", "/portal/visits/{visit}/report", "", 404),
    ("GET", "/portal/map", "", 200),
];
/// Posted with files, which another test does; and what anybody may open.
const OTHERS: &[&str] = &["/m/{code}"];

#[test]
fn every_route_has_a_row() {
    let source = include_str!("../equipment.rs");
    let source = &source[..source.find("/// The pages below").unwrap()];
    let mut mounted: Vec<String> = source
        .split(".route(")
        .skip(1)
        .map(|rest| match rest.split(',').next().unwrap().trim() {
            "routes::PORTAL" => ui::routes::PORTAL.to_owned(),
            "routes::MACHINES" => ui::routes::MACHINES.to_owned(),
            "routes::READINGS" => ui::routes::READINGS.to_owned(),
            "routes::CONTRACTS" => ui::routes::CONTRACTS.to_owned(),
            "routes::VISITS" => ui::routes::VISITS.to_owned(),
            "routes::MAP" => ui::routes::MAP.to_owned(),
            text => text.trim_matches('"').to_owned(),
        })
        .collect();
    let plain = |row: &str| {
        let path = row.split('?').next().unwrap_or_default();
        path.replace("{machine}", "{id}")
            .replace("{contract}", "{id}")
            .replace("{visit}", "{id}")
            .replace("{reading}", "{id}")
            .replace("/files/x", "/files/{file}")
    };
    let mut rows: Vec<String> = ROWS.iter().map(|row| plain(row.1)).collect();
    rows.extend(OTHERS.iter().map(|row| (*row).to_owned()));
    for list in [&mut mounted, &mut rows] {
        list.sort();
        list.dedup();
    }
    assert_eq!(mounted, rows);
}

/// A customer with a machine, a contract and a visit, and the cookie that signs them in.
pub(super) struct Own {
    pub(super) machine: String,
    pub(super) counter: String,
    contract: String,
    visit: String,
    code: String,
    pub(super) cookie: String,
}

pub(super) async fn own(desk: &Desk, portal: &Portal, name: &str) -> Own {
    let equipment = &portal.equipment;
    let email = format!("{}@example.com", name.to_lowercase());
    let mut tx = desk.store.begin().await.unwrap();
    sql("INSERT INTO agents (id, email, name, role, language, is_enabled, created_at) VALUES ($1, $1, 'Diego', 'agent', 'en', $2, 0) ON CONFLICT DO NOTHING")
        .bind("diego")
        .bind(true)
        .run(&mut tx)
        .await
        .unwrap();
    let data = CustomerData {
        phone: None,
        name: name.to_owned(),
        email: Some(email.clone()),
        is_company: false,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let customer = customers::create_in(&mut tx, &Actor::System, data).await.unwrap();
    let agreed = ContractData {
        number: format!("C-{name}"),
        title: format!("Secret of {name}"),
        terms: String::new(),
        starts_on: equipment.today(),
        ends_on: None,
        renews_months: 0,
        notice_days: 0,
        every: 1,
        currency: "USD".parse().unwrap(),
        base_price: 0,
        taxes: Vec::new(),
        is_pooled: false,
        is_sent: false,
        is_active: true,
        rates: Vec::new(),
    };
    let contract = contracts::create_in(&mut tx, &Actor::System, &customer, 3, agreed)
        .await
        .unwrap();
    let data = MachineData {
        site: None,
        contract: Some(contract.clone()),
        model: format!("Secret of {name}"),
        serial: format!("SN-{name}"),
        place: String::new(),
        status: Status::Active,
        installed_on: None,
        consumables: Vec::new(),
        notes: String::new(),
    };
    let machine = machines::create_in(&mut tx, equipment, &Actor::System, &customer, data)
        .await
        .unwrap();
    let counter = counters::add_in(
        &mut tx,
        &Actor::System,
        &machine,
        CounterKind::Mono,
        7,
        1_000,
        billing::day::plus(equipment.today(), -30),
    )
    .await
    .unwrap();
    let now = desk.store.now();
    let new = NewVisit {
        machine: machine.clone(),
        agent: AgentId::from("diego"),
        purpose: format!("Secret of {name}"),
        starts_at: now,
        ends_at: now + 3_600_000,
        request: None,
        conversation: None,
        has_happened: false,
    };
    let visit = visits::plan_in(&mut tx, equipment, &Actor::System, new).await.unwrap();
    let code = machines::load(&mut tx, &machine).await.unwrap().code;
    let (contact, _) = contacts::by_identity(&mut tx, IdentityKind::Email, &email)
        .await
        .unwrap()
        .unwrap();
    let link = doors::make_in(&mut tx, &contact.id, Some("/portal"), &email)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let cookie = desk.post(&link, "", "").await.cookie();
    Own {
        machine: machine.to_string(),
        counter: counter.to_string(),
        contract: contract.to_string(),
        visit: visit.to_string(),
        code,
        cookie,
    }
}

#[tokio::test]
async fn a_customer_reaches_only_their_own_equipment() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let ana = own(&desk, &portal, "Ana").await;
    let eve = own(&desk, &portal, "Eve").await;
    let fill = |text: &str| {
        text.replace("{machine}", &ana.machine)
            .replace("{counter}", &ana.counter)
            .replace("{contract}", &ana.contract)
            .replace("{visit}", &ana.visit)
    };
    for (method, route, body, expected) in ROWS {
        let (path, body) = (fill(route), fill(body));
        let case = format!("{method} {route}");
        let call = async |cookie: &str| match *method {
            "GET" => desk.get(&path, cookie).await,
            _ => desk.post(&path, cookie, &body).await,
        };
        let nobody = call("").await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{case}");
        assert!(!nobody.text.contains("Secret of"), "{case}");
        let other = call(&eve.cookie).await;
        assert!(!other.text.contains("Secret of Ana"), "{case}");
        if route.contains('{') || body.contains(&ana.counter) {
            assert_eq!(other.status, StatusCode::NOT_FOUND, "{case}: {}", other.text);
        }
        let own = call(&ana.cookie).await;
        assert_eq!(own.status.as_u16(), *expected, "{case}: {}", own.text);
    }
    let now = counters::load(desk.store.db(), &ana.counter.as_str().into())
        .await
        .unwrap();
    assert_eq!(now.last_value, 1_200, "written once, by whoever may");
    // An odd number is asked back on the page, and taken once it is answered.
    let body = format!("machine={}&value-{}=5", ana.machine, ana.counter);
    let asked = desk.post("/portal/readings", &ana.cookie, &body).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.text.contains("rollover"), "{}", asked.text);
    // Nothing is said in the customer's place, and what was only mistyped is corrected without an answer.
    assert!(!asked.text.contains("checked"), "{}", asked.text);
    assert!(asked.text.contains("Mistyped?"), "{}", asked.text);
    let unsaid = desk
        .post(
            "/portal/readings",
            &ana.cookie,
            &format!("{body}&asked-{}=5", ana.counter),
        )
        .await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("Choose what happened"), "{}", unsaid.text);
    let corrected = format!("machine={}&value-{1}=1210&asked-{1}=5", ana.machine, ana.counter);
    let corrected = desk.post("/portal/readings", &ana.cookie, &corrected).await;
    assert_eq!(corrected.status, StatusCode::SEE_OTHER);
    let body = format!("{body}&asked-{0}=5&meaning-{0}=replaced", ana.counter);
    assert_eq!(
        desk.post("/portal/readings", &ana.cookie, &body).await.status,
        StatusCode::SEE_OTHER
    );
    // What is wrong is said in the reader's language.
    for (on, words) in [
        ("2099-01-01", "ese día aún no ha llegado"),
        ("2001-01-01", "de 2023; una lectura no puede ser anterior"),
    ] {
        let body = format!("machine={}&value-{}=1500&on={on}", ana.machine, ana.counter);
        let wrong = desk.post("/portal/readings?lang=es", &ana.cookie, &body).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{on}");
        assert!(wrong.text.contains(words), "{on}: {}", wrong.text);
    }
    // What cannot be read is marked, nothing else is said to be saved, and the day stays the one that was chosen.
    let day = portal.equipment.today().yesterday().unwrap();
    let body = format!("machine={}&value-{}=12a&on={day}", ana.machine, ana.counter);
    let wrong = desk.post("/portal/readings", &ana.cookie, &body).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let marked = wrong.text.contains("Please look at the marked numbers.") && wrong.text.contains("is-asked");
    assert!(marked, "{}", wrong.text);
    assert!(
        wrong.text.contains(&format!("name=\"on\" value=\"{day}\"")),
        "{}",
        wrong.text
    );
    // Sent without a number: the page says what is missing.
    let body = format!("machine={}&value-{}=+", ana.machine, ana.counter);
    let empty = desk.post("/portal/readings", &ana.cookie, &body).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        empty.text.contains("Please enter at least one number."),
        "{}",
        empty.text
    );
}

#[tokio::test]
async fn a_label_tells_a_stranger_nothing() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let ana = own(&desk, &portal, "Ana").await;
    let eve = own(&desk, &portal, "Eve").await;
    let known = desk.get(&format!("/m/{}", ana.code), "").await;
    let unknown = desk.get("/m/000000000000", "").await;
    assert_eq!((known.status, unknown.status), (StatusCode::OK, StatusCode::OK));
    let bare = |text: &str, code: &str| {
        let printed = machines::printed(code);
        let text = text.replace(code, "#").replace(&printed, "#");
        // The token of the form differs each time.
        let mut parts: Vec<&str> = text.split("name=\"token\" value=\"").collect();
        if let Some(last) = parts.last_mut() {
            *last = last.split_once('"').map_or(*last, |(_, rest)| rest);
        }
        parts.concat()
    };
    assert_eq!(bare(&known.text, &ana.code), bare(&unknown.text, "000000000000"));
    assert!(!known.text.contains("Secret of") && !known.text.contains("SN-Ana"));
    let other = desk.get(&format!("/m/{}", ana.code), &eve.cookie).await;
    assert_eq!(other.status, StatusCode::OK);
    assert!(!other.text.contains("Secret of Ana"));
    let led = desk.get(&format!("/m/{}", ana.code.to_lowercase()), &ana.cookie).await;
    assert_eq!(led.location(), format!("/portal/machines/{}", ana.machine));
}

#[tokio::test]
async fn whoever_gets_a_machine_sees_nothing_of_who_had_it() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let ana = own(&desk, &portal, "Ana").await;
    let eve = own(&desk, &portal, "Eve").await;
    let equipment = &portal.equipment;
    let machine = machines::load(desk.store.db(), &ana.machine.as_str().into())
        .await
        .unwrap();
    let theirs = machines::load(desk.store.db(), &eve.machine.as_str().into())
        .await
        .unwrap()
        .customer_id;
    // Ana asked for something, read twice, and somebody came.
    let asked = format!("/portal/machines/{}/request", ana.machine);
    let fields = [
        ("kind", "service"),
        ("once", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("problem", "Secret noise"),
    ];
    let filed = desk.post_files(&asked, &ana.cookie, &fields, &[]).await;
    assert_eq!(filed.status, StatusCode::SEE_OTHER, "{}", filed.text);
    let mut tx = desk.store.begin().await.unwrap();
    for (value, days) in [(1_050, 28), (1_150, 1)] {
        let new = NewReading {
            counter: ana.counter.as_str().into(),
            value,
            on: billing::day::plus(equipment.today(), -days),
            source: Source::Portal,
            meaning: Some(Meaning::Right),
            note: String::new(),
        };
        readings::enter_in(&mut tx, equipment, &Actor::System, new)
            .await
            .unwrap();
    }
    let visit = ana.visit.as_str().into();
    visits::step_in(&mut tx, equipment, &Actor::System, &visit, VisitState::Cancelled)
        .await
        .unwrap();
    let plan = Move {
        to: To::Customer(theirs.clone()),
        on: equipment.today(),
        site: None,
        contract: None,
        place: "Reception of Eve".to_owned(),
        closing: vec![(ana.counter.as_str().into(), 1_200)],
        source: Source::Agent,
        is_sure: true,
    };
    moves::move_in(&mut tx, equipment, &Actor::System, &machine.id, plan)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let here = format!("/portal/machines/{}", ana.machine);
    let page = desk.get(&here, &eve.cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Reception of Eve"));
    for secret in ["Diego", "C-Ana", "1,050", "1,150"] {
        assert!(!page.text.contains(secret), "{secret}");
    }
    assert!(page.text.contains("No requests or visits yet."), "{}", page.text);
    // And who had it reaches it no more, nor learns where it stands; their own visit stays theirs.
    assert_eq!(desk.get(&here, &ana.cookie).await.status, StatusCode::NOT_FOUND);
    let visited = desk.get(&format!("/portal/visits/{}", ana.visit), &ana.cookie).await;
    assert_eq!(visited.status, StatusCode::OK);
    assert!(!visited.text.contains("Reception of Eve"), "{}", visited.text);
    let other = desk.get(&format!("/portal/visits/{}", ana.visit), &eve.cookie).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    // What is taken along is of their own time.
    let mut hers = Vec::new();
    let mut its = Vec::new();
    for (contact, found) in [("ana@example.com", &mut hers), ("eve@example.com", &mut its)] {
        let (contact, _) = contacts::by_identity(desk.store.db(), IdentityKind::Email, contact)
            .await
            .unwrap()
            .unwrap();
        for year in ::equipment::privacy::years_of_readings(desk.store.db(), &contact.id)
            .await
            .unwrap()
        {
            let all = ::equipment::privacy::readings_of_year(desk.store.db(), &contact.id, &year)
                .await
                .unwrap();
            found.extend(all.as_array().unwrap().iter().map(|one| one["value"].as_i64().unwrap()));
        }
    }
    assert_eq!((hers, its), (vec![1_050, 1_150, 1_200], Vec::new()));
}
