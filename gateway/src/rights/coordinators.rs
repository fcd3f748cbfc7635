//! What a coordinator finds in figures, on the board, among problems and on the map: their companies, nothing else.

use billing::customers::{self, CustomerData, Preferred};
use conversation::tickets::problems;
use conversation::tickets::{self, NewTicket};
use conversation::types::{Actor, CompanyId, Language, Role, TicketId, TicketKind};
use conversation::{contacts, memberships, reports};
use equipment::sites::{self, SiteData};

use crate::auth::testing::{Browser, agent};
use crate::people::agents::Agent;
use crate::testing::TestApp;

/// A company whose customer wrote, with a ticket and a site that bear its name.
async fn company(test: &TestApp, name: &str) -> (CompanyId, TicketId) {
    let store = test.store();
    let inbox = conversation::inboxes::list(store.db()).await.unwrap().remove(0).id;
    let mail = format!("{}@customer.test", name.to_lowercase());
    let filed = test
        .mail(&inbox, &mail, &format!("{name}@x"), &format!("{name} jams"))
        .await;
    let contact = filed.contact.unwrap();
    contacts::edit(
        store,
        &Actor::System,
        &contact,
        &format!("{name} person"),
        None,
        Some(name),
    )
    .await
    .unwrap();
    let mut tx = store.begin().await.unwrap();
    let company = contacts::company_in(&mut tx, name).await.unwrap();
    let new = NewTicket {
        conversation: filed.conversation.unwrap(),
        subject: format!("{name} jams"),
        kind: TicketKind::Incident,
        brief: String::new(),
    };
    let ticket = tickets::open_in(&mut tx, &Actor::System, new).await.unwrap();
    let data = CustomerData {
        phone: None,
        name: name.to_owned(),
        email: Some(mail),
        is_company: true,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let customer = customers::create_in(&mut tx, &Actor::System, data).await.unwrap();
    let site = SiteData {
        name: format!("{name} house"),
        position: Some((-180_000, -78_480_000)),
        ..SiteData::default()
    };
    sites::create_in(&mut tx, &Actor::System, &customer, site)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (company, ticket.id)
}

async fn looks_after(test: &TestApp, coordinator: &Agent, company: &CompanyId) {
    let mut tx = test.store().begin().await.unwrap();
    memberships::look_after_in(&mut tx, &Actor::System, &coordinator.id, company, true)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn coordinators_find_their_companies_and_no_others() {
    let test = TestApp::new().await;
    test.inbox().await;
    let (acme, acme_ticket) = company(&test, "Acme").await;
    let (_, globex_ticket) = company(&test, "Globex").await;
    let carla = agent(&test, "Carla", Role::Coordinator).await;
    looks_after(&test, &carla, &acme).await;
    let nobodys = agent(&test, "Nuno", Role::Coordinator).await;
    let root = agent(&test, "Root", Role::Administrator).await;
    reports::follow(test.store(), test.app.tz()).await.unwrap();
    let both = [acme_ticket.clone(), globex_ticket.clone()];
    let actor = Actor::Agent(root.id.clone());
    let whole = problems::open(test.store(), &actor, "Both jam", "", &both)
        .await
        .unwrap();
    let (_, other) = company(&test, "Initech").await;
    let others = problems::open(test.store(), &actor, "Others jam", "", &[other])
        .await
        .unwrap();

    let mut carla = Browser::of(&test, &carla).await;
    let mut nuno = Browser::of(&test, &nobodys).await;
    let mut root = Browser::of(&test, &root).await;
    root.get("/board")
        .await
        .expect(200)
        .has("Acme person")
        .has("Globex person");
    carla.get("/board").await.expect(200).has("Acme person").lacks("Globex");
    nuno.get("/board").await.expect(200).lacks("Acme").lacks("Globex");

    root.get("/reports?by=company")
        .await
        .expect(200)
        .has(">Acme</th>")
        .has(">Globex</th>");
    carla
        .get("/reports?by=agent")
        .await
        .expect(200)
        .has("Reports of your companies")
        .has(">Acme</th>")
        .lacks("Globex")
        .lacks(">Root</th>");
    let file = carla.get("/reports.csv?table=breakdown&by=agent").await.expect(200);
    assert!(
        file.text.contains("Acme") && !file.text.contains("Globex"),
        "{}",
        file.text
    );
    nuno.get("/reports").await.expect(200).lacks("Acme").lacks("Globex");

    carla
        .get("/problems")
        .await
        .expect(200)
        .has("Both jam")
        .lacks("Others jam");
    let page = format!("/problems/{}", whole.id);
    carla
        .get(&page)
        .await
        .expect(200)
        .has("Acme jams")
        .has("Others hang on this problem as well")
        .lacks("Globex")
        .lacks("name=\"solution\"");
    for what in ["accept", "dismiss", "answer"] {
        carla.post(&page, &[("do", what), ("text_en", "x")]).await.expect(403);
    }
    carla.get(&format!("/problems/{}", others.id)).await.expect(404);
    carla
        .post(
            &format!("/tickets/{acme_ticket}/problem"),
            &[("do", "hang"), ("problem", &others.id)],
        )
        .await
        .expect(404);
    root.get(&page)
        .await
        .expect(200)
        .has("Globex jams")
        .has("name=\"solution\"");
    // What holds only tickets of theirs is theirs to answer.
    let own = problems::open(
        test.store(),
        &actor,
        "Acme alone",
        "",
        std::slice::from_ref(&acme_ticket),
    )
    .await
    .unwrap();
    let page = format!("/problems/{}", own.id);
    carla.get(&page).await.expect(200).has("name=\"solution\"");
    carla
        .post(&page, &[("do", "answer"), ("text_en", "We are on it")])
        .await
        .expect(303);

    root.get("/equipment/map")
        .await
        .expect(200)
        .has("Acme house")
        .has("Globex house")
        .has("map-dot");
    carla
        .get("/equipment/map")
        .await
        .expect(200)
        .has("Acme house")
        .lacks("Globex")
        .lacks("/equipment?site=");
    nuno.get("/equipment/map").await.expect(200).lacks("house");
    carla.get(&format!("/tickets/{globex_ticket}")).await.expect(404);
    carla.get("/tickets").await.expect(200).has("Acme jams").lacks("Globex");
}
