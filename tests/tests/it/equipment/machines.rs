//! Who sees what, lists, imports, visits.

use ::equipment::import::{self, Kind};
use ::equipment::machines::{self, Filter};
use ::equipment::visits::{self, Done, NewVisit, Part};
use ::equipment::{Source, VisitState, contracts, counters, readings, sites};
use billing::{customers, day};
use conversation::types::{Actor, AgentId, IdentityKind};
use conversation::{Error, contacts};

use super::{data, equipment, machine, owner};
use crate::core::bed::{Bed, HOUR, NOON, both};

both!(
    nobody_sees_anothers_equipment,
    machines_are_found_by_the_beginnings_of_words,
    a_serial_number_is_one_machine_s,
    files_are_checked_then_imported_once,
    a_visit_ends_in_a_signed_report,
);

async fn nobody_sees_anothers_equipment(bed: Bed) {
    let equipment = equipment(&bed);
    let (ana, eve) = (owner(&bed, "Ana").await, owner(&bed, "Eve").await);
    let (machine, _) = machine(&bed, &ana, "A1", None, 10).await;
    bed.agent("diego").await;
    let mut tx = bed.store.begin().await.unwrap();
    let site = sites::SiteData {
        name: "Office".to_owned(),
        ..sites::SiteData::default()
    };
    let site = sites::create_in(&mut tx, &Actor::System, &ana, site).await.unwrap();
    let new = NewVisit {
        machine: machine.clone(),
        agent: AgentId::from("diego"),
        purpose: String::new(),
        starts_at: NOON,
        ends_at: NOON + HOUR,
        request: None,
        conversation: None,
        has_happened: false,
    };
    let visit = visits::plan_in(&mut tx, &equipment, &Actor::System, new).await.unwrap();
    let agreed = contracts::ContractData {
        number: "C".to_owned(),
        title: String::new(),
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
    let contract = contracts::create_in(&mut tx, &Actor::System, &ana, 3, agreed)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let db = bed.store.db();
    for (email, is_theirs) in [("ana@customer.test", true), ("eve@customer.test", false)] {
        let (contact, _) = contacts::by_identity(db, IdentityKind::Email, email)
            .await
            .unwrap()
            .unwrap();
        let seen = [
            machines::for_contact(db, &contact.id, &machine).await.map(|_| ()),
            sites::for_contact(db, &contact.id, &site).await.map(|_| ()),
            visits::for_contact(db, &contact.id, &visit).await.map(|_| ()),
            contracts::for_contact(db, &contact.id, &contract).await.map(|_| ()),
        ];
        for (index, one) in seen.into_iter().enumerate() {
            match one {
                Ok(()) => assert!(is_theirs, "{email} {index}"),
                Err(Error::NotFound) => assert!(!is_theirs, "{email} {index}"),
                Err(error) => panic!("{error}"),
            }
        }
        let own = customers::of_contact(db, &contact.id).await.unwrap();
        let filter = Filter {
            customers: Some(own.clone()),
            ..Filter::default()
        };
        let expected = usize::from(is_theirs);
        assert_eq!(machines::list(db, &filter, None, 10).await.unwrap().len(), expected);
        assert_eq!(sites::of_customers(db, &own).await.unwrap().len(), expected);
        assert_eq!(visits::of_customers(db, &own, 10).await.unwrap().len(), expected);
        assert_eq!(contracts::of_customers(db, &own).await.unwrap().len(), expected);
    }
    // A site of another customer's cannot be taken.
    let mut tx = bed.store.begin().await.unwrap();
    let foreign = machines::MachineData {
        site: Some(site),
        ..data("X", "E1")
    };
    let error = machines::create_in(&mut tx, &equipment, &Actor::System, &eve, foreign)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    drop(tx);
    bed.check().await;
}

async fn machines_are_found_by_the_beginnings_of_words(bed: Bed) {
    let equipment = equipment(&bed);
    let ana = owner(&bed, "Ana").await;
    let mut tx = bed.store.begin().await.unwrap();
    for number in 0..25 {
        let model = if number % 2 == 0 {
            "Ricoh IM-C3000"
        } else {
            "Kyocera P3155"
        };
        let data = machines::MachineData {
            place: "Recepção".to_owned(),
            ..data(model, &format!("SN{number:03}"))
        };
        machines::create_in(&mut tx, &equipment, &Actor::System, &ana, data)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let find = async |search: &str| {
        let filter = Filter {
            search: search.to_owned(),
            ..Filter::default()
        };
        machines::list(bed.store.db(), &filter, None, 100).await.unwrap().len()
    };
    for (search, count) in [
        ("", 25),
        ("ric", 13),
        ("RECEPCAO", 25),
        ("imc3000", 13),
        ("kyo sn01", 5),
        ("ana sn003", 1),
        ("icoh", 0),
        ("ric kyo", 0),
    ] {
        assert_eq!(find(search).await, count, "{search}");
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = machines::list(bed.store.db(), &Filter::default(), after.as_ref(), 7)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        seen.extend(page.into_iter().map(|machine| machine.serial));
    }
    let mut unique = seen.clone();
    unique.sort();
    unique.dedup();
    assert_eq!((seen.len(), unique.len()), (25, 25));
}

async fn a_serial_number_is_one_machine_s(bed: Bed) {
    let equipment = equipment(&bed);
    let ana = owner(&bed, "Ana").await;
    machine(&bed, &ana, "A1", None, 10).await;
    let (second, _) = machine(&bed, &ana, "A2", None, 10).await;
    let mut tx = bed.store.begin().await.unwrap();
    let error = machines::create_in(&mut tx, &equipment, &Actor::System, &ana, data("X", "A1"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error}");
    let error = machines::edit_in(&mut tx, &equipment, &Actor::System, &second, data("X", "A1"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error}");
    drop(tx);
    let found = machines::load(bed.store.db(), &second).await.unwrap();
    let typed = found.printed_code().to_lowercase();
    assert_eq!(
        machines::by_code(bed.store.db(), &typed).await.unwrap().unwrap().id,
        second
    );
}

async fn files_are_checked_then_imported_once(bed: Bed) {
    let equipment = equipment(&bed);
    owner(&bed, "Ana").await;
    let run = async |kind: Kind, text: &str| {
        let id = import::begin(&equipment, &Actor::System, kind, "a.csv", text.as_bytes())
            .await
            .unwrap();
        import::run(&equipment).await.unwrap();
        let checked = import::load(bed.store.db(), &id).await.unwrap();
        if checked.state == "checked" {
            import::confirm(&equipment, &Actor::System, &id).await.unwrap();
            import::run(&equipment).await.unwrap();
        }
        (checked, import::load(bed.store.db(), &id).await.unwrap())
    };
    let file = "customer;model;serial;site;position;mono;color\nAna;Ricoh;S1;Office;-0.1, -78.4;1000;500\nana@customer.test;Canon;S2;Office;;1.200;\nNobody;X;S3;;;;\nAna;;S4;;;;\nAna;X;S5;Office;north;;\n";
    let (checked, done) = run(Kind::Machines, file).await;
    assert_eq!((checked.rows_new, checked.rows_wrong, checked.rows_total), (2, 3, 5));
    let wrongs: Vec<(usize, String)> = checked.wrongs().into_iter().map(|one| (one.line, one.column)).collect();
    assert_eq!(
        wrongs,
        [
            (4, "customer".to_owned()),
            (5, "model".to_owned()),
            (6, "position".to_owned())
        ]
    );
    assert_eq!((done.state.as_str(), done.rows_new), ("done", 2));
    let (again, _) = run(Kind::Machines, file).await;
    assert_eq!((again.rows_new, again.rows_known), (0, 2));
    let machine = machines::by_serial(bed.store.db(), "S1").await.unwrap().unwrap();
    let own = counters::of_machine(bed.store.db(), &machine.id).await.unwrap();
    assert_eq!(own.len(), 2);
    let file = "serial,counter,value\nS1,mono,1300\nS1,mono,20\nS1,scan,5\nS9,mono,5\nS2,mono,x\n";
    let (checked, done) = run(Kind::Readings, file).await;
    assert_eq!((checked.rows_new, checked.rows_wrong), (2, 3));
    assert_eq!(done.state, "done");
    let found = readings::of_machine(bed.store.db(), &machine.id, 10).await.unwrap();
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|one| one.source == Source::File));
    assert_eq!(
        found.iter().filter(|one| one.doubt.is_some()).count(),
        1,
        "the lower one is to be looked at"
    );
    // As a spreadsheet in Spanish saves it; half a copy is no reading.
    let (checked, _) = run(Kind::Readings, "serial;counter;value\nS1;mono;1.350,00\nS1;mono;13,5\n").await;
    assert_eq!((checked.rows_new, checked.rows_wrong), (1, 1));
    let found = readings::of_machine(bed.store.db(), &machine.id, 10).await.unwrap();
    assert!(found.iter().any(|one| one.value == 1_350), "{found:?}");
    let (failed, _) = run(Kind::Readings, "a,b\n1,2\n").await;
    assert_eq!((failed.rows_new, failed.rows_wrong), (0, 1));
}

async fn a_visit_ends_in_a_signed_report(bed: Bed) {
    let equipment = equipment(&bed);
    let ana = owner(&bed, "Ana").await;
    let (machine, counter) = machine(&bed, &ana, "A1", None, 10).await;
    let diego = bed.agent("diego").await;
    let mut tx = bed.store.begin().await.unwrap();
    let new = NewVisit {
        machine,
        agent: AgentId::from("diego"),
        purpose: "Noise".to_owned(),
        starts_at: NOON,
        ends_at: NOON + HOUR,
        request: None,
        conversation: None,
        has_happened: false,
    };
    let id = visits::plan_in(&mut tx, &equipment, &diego, new).await.unwrap();
    tx.commit().await.unwrap();
    let step = async |to: VisitState| {
        let mut tx = bed.store.begin().await.unwrap();
        let outcome = visits::step_in(&mut tx, &equipment, &diego, &id, to).await;
        if tx.has_events() && outcome.is_ok() {
            tx.commit().await.unwrap();
        }
        outcome
    };
    step(VisitState::OnWay).await.unwrap();
    step(VisitState::There).await.unwrap();
    assert!(matches!(step(VisitState::OnWay).await, Err(Error::Conflict(_))));
    let done = Done {
        work: "Rollers changed. ".repeat(200),
        parts: vec![Part {
            name: "Roller".to_owned(),
            quantity: 2,
        }],
        counters: vec![(counter.clone(), 1_600)],
        signed_by: "Ana Lima".to_owned(),
        signature: "10,10 20,20 30,10;500,200".to_owned(),
    };
    let unsigned = Done {
        signed_by: " ".to_owned(),
        ..done.clone()
    };
    assert!(matches!(
        visits::finish(&equipment, &diego, &id, unsigned).await,
        Err(Error::Invalid(_))
    ));
    visits::finish(&equipment, &diego, &id, done.clone()).await.unwrap();
    assert!(matches!(
        visits::finish(&equipment, &diego, &id, done).await,
        Err(Error::Conflict(_))
    ));
    let visit = visits::load(bed.store.db(), &id).await.unwrap();
    let bytes = bed
        .store
        .blobs()
        .get(visit.report_sha256.as_deref().unwrap())
        .await
        .unwrap();
    assert!(bytes.starts_with(b"%PDF"));
    assert_eq!(
        counters::load(bed.store.db(), &counter).await.unwrap().last_value,
        1_600
    );
    assert!(matches!(step(VisitState::Cancelled).await, Err(Error::Conflict(_))));
    assert_eq!(
        day::of(visit.done_at.unwrap(), equipment.billing.zone.now()),
        equipment.today()
    );
    bed.check().await;
}
