//! A machine goes to another customer, and back into stock.

use ::equipment::contracts::{self, ContractData};
use ::equipment::machines;
use ::equipment::moves::{self, Move, To};
use ::equipment::usage::{Band, Rate};
use ::equipment::visits::{self, NewVisit};
use ::equipment::{
    ContractId, CounterId, CounterKind, MachineId, Meaning, Source, Status, VisitState, periods, wishes,
};
use billing::{CustomerId, customers, day, documents};
use conversation::Result;
use conversation::types::{Actor, AgentId};

use super::{equipment, machine, owner, read};
use crate::core::bed::{Bed, HOUR, NOON, both, refusal};

const DAY: i64 = 24 * HOUR;

both!(
    a_machine_goes_to_a_customer_and_back_into_stock,
    what_cannot_be_moved_is_refused_in_words,
    what_was_counted_until_it_left_is_billed_there,
);

fn to(customer: &CustomerId, bed: &Bed, closing: &[(&CounterId, i64)]) -> Move {
    Move {
        to: To::Customer(customer.clone()),
        on: equipment(bed).today(),
        site: None,
        contract: None,
        place: "Reception".to_owned(),
        closing: closing
            .iter()
            .map(|(counter, value)| ((*counter).clone(), *value))
            .collect(),
        source: Source::Agent,
        is_sure: false,
    }
}

async fn go(bed: &Bed, machine: &MachineId, plan: Move) -> Result<()> {
    let mut tx = bed.store.begin().await.unwrap();
    moves::move_in(&mut tx, &equipment(bed), &Actor::System, machine, plan).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn a_machine_goes_to_a_customer_and_back_into_stock(bed: Bed) {
    let equipment = equipment(&bed);
    let (ana, eve) = (owner(&bed, "Ana").await, owner(&bed, "Eve").await);
    let (id, counter) = machine(&bed, &ana, "A1", None, 100).await;
    read(&bed, &counter, 1_500, 50, Some(Meaning::Right)).await;
    let first = machines::load(bed.store.db(), &id).await.unwrap();
    let mut tx = bed.store.begin().await.unwrap();
    let today = equipment.today();
    wishes::wish_in(&mut tx, &first, &day::plus(today, 3).to_string(), &today.to_string())
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();

    go(&bed, &id, to(&eve, &bed, &[(&counter, 1_600)])).await.unwrap();
    let now = machines::load(bed.store.db(), &id).await.unwrap();
    assert_eq!((&now.customer_id, now.place.as_str()), (&eve, "Reception"));
    assert_eq!(
        (now.moved_on.clone(), now.installed_on.clone()),
        (Some(today.to_string()), Some(today.to_string()))
    );
    assert_eq!(
        now.name_for(&ana),
        "Ricoh IM C3000 · A1",
        "where it stands now is not theirs"
    );
    assert_eq!(
        ::equipment::readings::by_month(bed.store.db(), &counter, now.moved_on.as_deref(), 10)
            .await
            .unwrap(),
        [],
        "nothing was made there yet"
    );
    let wanted = bed
        .count("SELECT COUNT(*) FROM reading_wishes WHERE answered_at IS NULL")
        .await;
    assert_eq!(wanted, 0, "nobody is asked for it any more");

    // Back into stock, and out of it: the stock is one, whoever came back first.
    bed.clock.advance(40 * DAY);
    let back = |value| Move {
        to: To::Stock,
        ..to(&eve, &bed, &[(&counter, value)])
    };
    go(&bed, &id, back(1_700)).await.unwrap();
    let stored = machines::load(bed.store.db(), &id).await.unwrap();
    assert_eq!((stored.status, stored.installed_on), (Status::Stored, None));
    let stock = moves::stock(bed.store.db()).await.unwrap().unwrap();
    assert_eq!(stored.customer_id, stock);
    assert_eq!(customers::load(bed.store.db(), &stock).await.unwrap().name, "Our stock");
    bed.clock.advance(DAY);
    go(&bed, &id, to(&ana, &bed, &[(&counter, 1_700)])).await.unwrap();
    bed.clock.advance(DAY);
    go(&bed, &id, back(1_701)).await.unwrap();
    assert_eq!(machines::load(bed.store.db(), &id).await.unwrap().customer_id, stock);

    let stays = moves::of_machine(bed.store.db(), &id).await.unwrap();
    let with: Vec<&CustomerId> = stays.iter().map(|stay| &stay.customer_id).collect();
    assert_eq!(with, [&ana, &stock, &eve, &ana], "the business knows all of them");
    bed.check().await;
}

async fn what_cannot_be_moved_is_refused_in_words(bed: Bed) {
    let equipment = equipment(&bed);
    let (ana, eve) = (owner(&bed, "Ana").await, owner(&bed, "Eve").await);
    let (id, counter) = machine(&bed, &ana, "A1", None, 100).await;
    read(&bed, &counter, 1_500, 1, Some(Meaning::Right)).await;
    let fine = || to(&eve, &bed, &[(&counter, 1_505)]);
    let tomorrow = day::plus(equipment.today(), 1);
    let agreed = contract(&bed, &ana, "C-1").await;
    for (plan, words) in [
        (
            to(&ana, &bed, &[(&counter, 1_505)]),
            "customer: the machine is there already",
        ),
        (Move { on: tomorrow, ..fine() }, "on: that day is still to come"),
        (
            Move {
                closing: Vec::new(),
                ..fine()
            },
            "closing: say what each of its counters shows on that day",
        ),
        (
            to(&eve, &bed, &[(&counter, 40)]),
            "closing: 40 does not follow 1500; look again, or say that it is right",
        ),
        (
            Move {
                contract: Some(agreed),
                ..fine()
            },
            "contract: that contract is another customer's",
        ),
        (to(&"nobody".into(), &bed, &[(&counter, 1_505)]), "not found"),
    ] {
        assert_eq!(refusal(go(&bed, &id, plan).await), words);
    }
    // Somebody who is still to come would stand before the wrong door.
    bed.agent("diego").await;
    let mut tx = bed.store.begin().await.unwrap();
    let new = NewVisit {
        machine: id.clone(),
        agent: AgentId::from("diego"),
        purpose: String::new(),
        starts_at: NOON,
        ends_at: NOON + HOUR,
        request: None,
        conversation: None,
        has_happened: false,
    };
    let visit = visits::plan_in(&mut tx, &equipment, &Actor::System, new).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        refusal(go(&bed, &id, fine()).await),
        "a visit to this machine is still open; finish or cancel it first"
    );
    let mut tx = bed.store.begin().await.unwrap();
    visits::step_in(&mut tx, &equipment, &Actor::System, &visit, VisitState::Cancelled)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // What was looked at again is taken.
    let sure = Move {
        is_sure: true,
        ..to(&eve, &bed, &[(&counter, 40)])
    };
    go(&bed, &id, sure).await.unwrap();
    let before = Move {
        on: day::plus(equipment.today(), -1),
        ..to(&ana, &bed, &[(&counter, 41)])
    };
    assert!(refusal(go(&bed, &id, before).await).contains("cannot have left before"));
    bed.check().await;
}

async fn contract(bed: &Bed, customer: &CustomerId, number: &str) -> ContractId {
    let data = ContractData {
        number: number.to_owned(),
        title: String::new(),
        terms: String::new(),
        starts_on: equipment(bed).today(),
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
        rates: vec![Rate {
            counter: CounterKind::Mono,
            included: 0,
            bands: vec![Band {
                up_to: None,
                per_thousand: 1_000,
            }],
        }],
    };
    let mut tx = bed.store.begin().await.unwrap();
    let id = contracts::create_in(&mut tx, &Actor::System, customer, 3, data)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// Ana makes 1,000 copies and gives it away, Eve makes 500: each pays for their own, once.
async fn what_was_counted_until_it_left_is_billed_there(bed: Bed) {
    let equipment = equipment(&bed);
    let (ana, eve) = (owner(&bed, "Ana").await, owner(&bed, "Eve").await);
    let (hers, theirs) = (contract(&bed, &ana, "C-1").await, contract(&bed, &eve, "C-2").await);
    let (id, counter) = machine(&bed, &ana, "A1", Some(&hers), 10).await;
    read(&bed, &counter, 1_100, 0, Some(Meaning::Right)).await;
    bed.clock.advance(10 * DAY);
    let plan = Move {
        contract: Some(theirs.clone()),
        is_sure: true,
        ..to(&eve, &bed, &[(&counter, 2_100)])
    };
    go(&bed, &id, plan).await.unwrap();
    bed.clock.advance(10 * DAY);
    read(&bed, &counter, 2_600, 0, Some(Meaning::Right)).await;
    // Two periods: what was billed is not billed again.
    for _ in 0..2 {
        bed.clock.advance(31 * DAY);
        equipment.look().await.unwrap();
    }
    let sums = async |contract: &ContractId| {
        let mut sums = Vec::new();
        for period in periods::of_contract(bed.store.db(), contract, 10).await.unwrap() {
            if let Some(id) = &period.document_id {
                sums.push(documents::load(bed.store.db(), id).await.unwrap().total);
            }
        }
        sums
    };
    assert_eq!(sums(&hers).await, [1_000]);
    assert_eq!(sums(&theirs).await, [500]);
    bed.check().await;
}
