//! Machines, readings, contracts, visits and imports on both databases.

mod contracts;
mod machines;
mod moves;
mod orders;
mod readings;
mod walk;

use ::equipment::counters;
use ::equipment::machines::{self as kept, MachineData};
use ::equipment::readings::{Entered, NewReading, enter_in};
use ::equipment::{ContractId, CounterId, CounterKind, Equipment, MachineId, Meaning, Source, Status};
use billing::{CustomerId, day};
use conversation::types::Actor;

use crate::billing::{billing, customer};
use crate::core::bed::Bed;

pub(crate) fn equipment(bed: &Bed) -> Equipment {
    Equipment::new(billing(bed))
}

pub(super) fn data(model: &str, serial: &str) -> MachineData {
    MachineData {
        site: None,
        contract: None,
        model: model.to_owned(),
        serial: serial.to_owned(),
        place: String::new(),
        status: Status::Active,
        installed_on: None,
        consumables: Vec::new(),
        notes: String::new(),
    }
}

pub(crate) async fn owner(bed: &Bed, name: &str) -> CustomerId {
    customer(bed, name, Some(&format!("{}@customer.test", name.to_lowercase()))).await
}

/// A machine with a black counter that shows 1,000 so many days ago.
pub(crate) async fn machine(
    bed: &Bed,
    customer: &CustomerId,
    serial: &str,
    contract: Option<&ContractId>,
    days: i64,
) -> (MachineId, CounterId) {
    let equipment = equipment(bed);
    let mut tx = bed.store.begin().await.unwrap();
    let data = MachineData {
        contract: contract.cloned(),
        ..data("Ricoh IM C3000", serial)
    };
    let id = kept::create_in(&mut tx, &equipment, &Actor::System, customer, data)
        .await
        .unwrap();
    let start = day::plus(equipment.today(), -days);
    let counter = counters::add_in(&mut tx, &Actor::System, &id, CounterKind::Mono, 7, 1_000, start)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (id, counter)
}

/// Hands a reading in, so many days ago.
pub(crate) async fn read(bed: &Bed, counter: &CounterId, value: i64, days: i64, meaning: Option<Meaning>) -> Entered {
    let equipment = equipment(bed);
    let mut tx = bed.store.begin().await.unwrap();
    let new = NewReading {
        counter: counter.clone(),
        value,
        on: day::plus(equipment.today(), -days),
        source: Source::Portal,
        meaning,
        note: String::new(),
    };
    let entered = enter_in(&mut tx, &equipment, &Actor::System, new).await.unwrap();
    tx.commit_any().await.unwrap();
    entered
}
