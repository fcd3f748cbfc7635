//! Periods become invoices once and exactly; renewals; reminders.

use ::equipment::contracts::{self, ContractData};
use ::equipment::usage::{Band, Rate};
use ::equipment::{ContractId, CounterKind, Meaning, periods};
use billing::documents;
use billing::{CustomerId, day};
use conversation::db::sql;
use conversation::types::Actor;
use conversation::{Error, notices};
use jiff::civil::Date;

use super::{equipment, machine, owner, read};
use crate::core::bed::{Bed, HOUR, both};

const DAY: i64 = 24 * HOUR;

both!(
    a_period_is_billed_once_and_exactly,
    a_contract_that_cannot_be_billed_holds_up_no_other,
    a_missing_reading_is_carried_over,
    a_contract_renews_and_says_so,
    readings_are_asked_for_once,
    a_contract_cannot_be_nonsense,
);

fn agreed(starts_on: Date) -> ContractData {
    ContractData {
        number: "C-1".to_owned(),
        title: String::new(),
        terms: String::new(),
        starts_on,
        ends_on: None,
        renews_months: 0,
        notice_days: 30,
        every: 1,
        currency: "USD".parse().unwrap(),
        base_price: 5_000,
        taxes: Vec::new(),
        is_pooled: false,
        is_sent: false,
        is_active: true,
        rates: vec![Rate {
            counter: CounterKind::Mono,
            included: 1_000,
            bands: vec![
                Band {
                    up_to: Some(500),
                    per_thousand: 1_250,
                },
                Band {
                    up_to: None,
                    per_thousand: 2_000,
                },
            ],
        }],
    }
}

async fn write(bed: &Bed, customer: &CustomerId, data: ContractData) -> ContractId {
    let mut tx = bed.store.begin().await.unwrap();
    let id = contracts::create_in(&mut tx, &Actor::System, customer, 3, data)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// The bed begins on 2023-11-25.
async fn a_period_is_billed_once_and_exactly(bed: Bed) {
    let equipment = equipment(&bed);
    let owner = owner(&bed, "Ana").await;
    let contract = write(&bed, &owner, agreed(day::parse("2023-11-25").unwrap())).await;
    let (_, counter) = machine(&bed, &owner, "A1", Some(&contract), 10).await;
    read(&bed, &counter, 1_100, 0, None).await;
    bed.clock.advance(29 * DAY);
    // 1,723 copies since the contract began: 723 beyond, 500 at 12.50 and 223 at 20.00 a thousand.
    read(&bed, &counter, 2_823, 0, Some(Meaning::Right)).await;
    let now = periods::running(&equipment, &contracts::load(bed.store.db(), &contract).await.unwrap())
        .await
        .unwrap();
    assert_eq!((now[0].used, now[0].excess), (1_723, 723));
    equipment.look().await.unwrap();
    let closed = periods::of_contract(bed.store.db(), &contract, 10).await.unwrap();
    assert!(closed.is_empty(), "the period is still open");
    bed.clock.advance(5 * DAY);
    equipment.look().await.unwrap();
    equipment.look().await.unwrap();
    let closed = periods::of_contract(bed.store.db(), &contract, 10).await.unwrap();
    assert_eq!(closed.len(), 1);
    let id = closed[0].document_id.clone().unwrap();
    let invoice = documents::load(bed.store.db(), &id).await.unwrap();
    let lines = documents::lines(bed.store.db(), &id).await.unwrap();
    let found: Vec<(i64, i64)> = lines.iter().map(|line| (line.quantity, line.unit_price)).collect();
    assert_eq!(found, [(1_000, 5_000), (500, 1_250), (223_000, 2)]);
    // 50.00 + 6.25 + 4.46
    assert_eq!(invoice.total, 6_071);
    assert!(
        invoice.notes.contains("used 1,723, included 1,000, beyond 723"),
        "{}",
        invoice.notes
    );
    assert!(lines[1].description.contains("500 copies"), "{}", lines[1].description);
    let (all,): (i64,) = sql("SELECT COUNT(*) FROM documents").one(bed.store.db()).await.unwrap();
    assert_eq!(all, 1);
    bed.check().await;
}

/// Taxes that nobody can read are not none: an invoice without them would ask for too little.
async fn a_contract_that_cannot_be_billed_holds_up_no_other(bed: Bed) {
    let equipment = equipment(&bed);
    let owner = owner(&bed, "Ana").await;
    let first = agreed(day::parse("2023-11-25").unwrap());
    let second = ContractData {
        number: "C-2".to_owned(),
        ..first.clone()
    };
    let (broken, fine) = (write(&bed, &owner, first).await, write(&bed, &owner, second).await);
    let taxes = async |text: &'static str| {
        let mut tx = bed.store.begin().await.unwrap();
        sql("UPDATE contracts SET taxes = $2 WHERE id = $1")
            .bind(broken.as_str())
            .bind(text)
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit_silently().await.unwrap();
    };
    let closed = async |id: &ContractId| periods::of_contract(bed.store.db(), id, 10).await.unwrap().len();
    taxes("?").await;
    bed.clock.advance(34 * DAY);
    equipment.look().await.unwrap();
    assert_eq!((closed(&broken).await, closed(&fine).await), (0, 1));
    taxes("[]").await;
    equipment.look().await.unwrap();
    assert_eq!((closed(&broken).await, closed(&fine).await), (1, 1));
    bed.check().await;
}

async fn a_missing_reading_is_carried_over(bed: Bed) {
    let equipment = equipment(&bed);
    let owner = owner(&bed, "Ana").await;
    let contract = write(&bed, &owner, agreed(day::parse("2023-11-25").unwrap())).await;
    let (_, counter) = machine(&bed, &owner, "A1", Some(&contract), 10).await;
    read(&bed, &counter, 1_000, 0, None).await;
    bed.clock.advance(35 * DAY);
    equipment.look().await.unwrap();
    let first = periods::of_contract(bed.store.db(), &contract, 10)
        .await
        .unwrap()
        .remove(0);
    let pots = first.summed().unwrap().pots;
    assert!(pots[0].is_carried);
    let invoice = documents::load(bed.store.db(), &first.document_id.unwrap())
        .await
        .unwrap();
    assert_eq!(invoice.total, 5_000, "the base price alone");
    // Two months at once: twice what is included, bands twice as wide.
    bed.clock.advance(25 * DAY);
    read(&bed, &counter, 4_200, 0, Some(Meaning::Right)).await;
    bed.clock.advance(10 * DAY);
    equipment.look().await.unwrap();
    let second = periods::of_contract(bed.store.db(), &contract, 10)
        .await
        .unwrap()
        .remove(0);
    let pots = second.summed().unwrap().pots;
    assert_eq!((pots[0].used, pots[0].included, pots[0].excess), (3_200, 2_000, 1_200));
    let lines = documents::lines(bed.store.db(), &second.document_id.unwrap())
        .await
        .unwrap();
    assert_eq!((lines[1].quantity, lines[2].quantity), (1_000, 200_000));
    bed.check().await;
}

async fn a_contract_renews_and_says_so(bed: Bed) {
    bed.inbox(conversation::types::Channel::Email, false).await;
    let equipment = equipment(&bed);
    let owner = owner(&bed, "Ana").await;
    let data = ContractData {
        ends_on: Some(day::parse("2023-12-31").unwrap()),
        renews_months: 12,
        ..agreed(day::parse("2023-01-01").unwrap())
    };
    let contract = write(&bed, &owner, data).await;
    let close = |id: ContractId| {
        let store = bed.store.clone();
        async move {
            let mut tx = store.begin().await.unwrap();
            // Its eleven old periods are not what this is about.
            sql("UPDATE contracts SET closed = 11, close_on = '2024-01-04' WHERE id = $1")
                .bind(id.as_str())
                .run(&mut tx)
                .await
                .unwrap();
            tx.commit_silently().await.unwrap();
        }
    };
    close(contract.clone()).await;
    let told = async || {
        let due = notices::lease(&bed.store, "test", 50).await.unwrap();
        due.into_iter().filter(|one| one.subject.contains("C-1")).count()
    };
    equipment.look().await.unwrap();
    assert_eq!(told().await, 0, "36 days before");
    bed.clock.advance(7 * DAY);
    equipment.look().await.unwrap();
    equipment.look().await.unwrap();
    assert_eq!(told().await, 1, "once");
    bed.clock.advance(31 * DAY);
    equipment.look().await.unwrap();
    let now = contracts::load(bed.store.db(), &contract).await.unwrap();
    assert_eq!(now.ends_on.as_deref(), Some("2024-12-31"));
    assert!(now.is_active);
}

async fn readings_are_asked_for_once(bed: Bed) {
    bed.inbox(conversation::types::Channel::Email, false).await;
    let equipment = equipment(&bed);
    let owner = owner(&bed, "Ana").await;
    let contract = write(&bed, &owner, agreed(day::parse("2023-11-25").unwrap())).await;
    machine(&bed, &owner, "A1", Some(&contract), 10).await;
    machine(&bed, &owner, "A2", Some(&contract), 10).await;
    let mut mails = Vec::new();
    for _ in 0..31 {
        equipment.look().await.unwrap();
        equipment.look().await.unwrap();
        mails.extend(notices::lease(&bed.store, "test", 50).await.unwrap());
        bed.clock.advance(DAY);
    }
    // Three days before the 24th of December, and on it; both machines in one mail.
    let subjects: Vec<&str> = mails.iter().map(|one| one.subject.as_str()).collect();
    let texts: std::collections::BTreeSet<&str> = mails.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(texts.len(), 2, "{subjects:?}");
    assert!(
        mails[0].text.contains("A1") && mails[0].text.contains("A2"),
        "{}",
        mails[0].text
    );
}

async fn a_contract_cannot_be_nonsense(bed: Bed) {
    let owner = owner(&bed, "Ana").await;
    let start = day::parse("2023-11-25").unwrap();
    let cases: Vec<(&str, ContractData)> = vec![
        (
            "number",
            ContractData {
                number: " ".to_owned(),
                ..agreed(start)
            },
        ),
        (
            "ends_on",
            ContractData {
                ends_on: Some(day::plus(start, -1)),
                ..agreed(start)
            },
        ),
        (
            "every",
            ContractData {
                every: 0,
                ..agreed(start)
            },
        ),
        (
            "base_price",
            ContractData {
                base_price: -1,
                ..agreed(start)
            },
        ),
        ("rates", {
            let mut data = agreed(start);
            data.rates[0].bands.pop();
            data
        }),
        ("rates", {
            let mut data = agreed(start);
            data.rates.push(data.rates[0].clone());
            data
        }),
    ];
    for (field, data) in cases {
        let mut tx = bed.store.begin().await.unwrap();
        match contracts::create_in(&mut tx, &Actor::System, &owner, 3, data).await {
            Err(Error::Invalid(why)) => assert!(why.starts_with(field), "{why}"),
            other => panic!("{field}: {other:?}"),
        }
    }
}
