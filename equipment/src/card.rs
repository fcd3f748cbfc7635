//! Machines and visits as cards of a conversation.

use conversation::card::{Card, CardAction, CardKind};
use conversation::types::{Actor, Language};
use conversation::{Result, Store, Tx};

use crate::counters::{self, Counter};
use crate::ids::{MachineId, VisitId};
use crate::machines::{self, Machine};
use crate::visits::{self, Visit};
use crate::{Equipment, sites, words};

/// Where the portal shows a machine.
pub fn machine_path(id: &MachineId) -> String {
    format!("/portal/machines/{id}")
}

/// Where the portal shows a visit.
pub fn visit_path(id: &VisitId) -> String {
    format!("/portal/visits/{id}")
}

/// The card of a machine. `site` is the name of where it stands.
pub fn machine(machine: &Machine, site: &str, counters: &[Counter], language: Language) -> Card {
    let words = words::of(language);
    let mut facts = vec![(words.serial.to_owned(), machine.serial.clone())];
    if !site.is_empty() {
        facts.push((words.site.to_owned(), site.to_owned()));
    }
    facts.push((words.status.to_owned(), words.state(machine.status).to_owned()));
    for counter in counters {
        let value = words::number(counter.last_value, language);
        facts.push((words.counter(counter.kind).to_owned(), value));
    }
    Card {
        kind: CardKind::Machine,
        reference: machine.id.to_string(),
        title: machine.name(),
        body: String::new(),
        facts,
        actions: vec![CardAction::Open {
            label: words.open_machine.to_owned(),
            path: machine_path(&machine.id),
        }],
    }
}

/// The card of a machine by its id.
pub async fn machine_of(store: &Store, id: &MachineId, language: Language) -> Result<Card> {
    let db = store.db();
    let found = machines::load(db, id).await?;
    let site = match &found.site_id {
        Some(site) => sites::load(db, site).await?.name,
        None => String::new(),
    };
    let counters = counters::of_machine(db, id).await?;
    Ok(machine(&found, &site, &counters, language))
}

/// As [`machine_of`], as part of a transaction.
pub(crate) async fn machine_in(tx: &mut Tx, id: &MachineId, language: Language) -> Result<Card> {
    let found = machines::load(&mut *tx, id).await?;
    let site = match &found.site_id {
        Some(site) => sites::load(&mut *tx, site).await?.name,
        None => String::new(),
    };
    let counters = counters::of_machine(&mut *tx, id).await?;
    Ok(machine(&found, &site, &counters, language))
}

/// Draws the cards of a machine anew in every conversation that shows it.
pub(crate) async fn refresh_machine_in(tx: &mut Tx, actor: &Actor, id: &MachineId) -> Result<()> {
    let found = machines::load(&mut *tx, id).await?;
    let site = match &found.site_id {
        Some(site) => sites::load(&mut *tx, site).await?.name,
        None => String::new(),
    };
    let counters = counters::of_machine(&mut *tx, id).await?;
    conversation::cards::refresh_kind_in(tx, actor, id.as_str(), CardKind::Machine, |language| {
        machine(&found, &site, &counters, language)
    })
    .await?;
    Ok(())
}

/// The card of a visit.
pub fn visit(equipment: &Equipment, visit: &Visit, machine: &Machine, technician: &str, language: Language) -> Card {
    let words = words::of(language);
    Card {
        kind: CardKind::Visit,
        reference: visit.id.to_string(),
        title: format!("{} · {}", words.visit, machine.name_for(&visit.customer_id)),
        body: String::new(),
        facts: vec![
            (
                words.time.to_owned(),
                words::window(visit.starts_at, visit.ends_at, equipment.billing.zone.now(), language),
            ),
            (words.technician.to_owned(), technician.to_owned()),
            (words.status.to_owned(), words.visit_state(visit.state).to_owned()),
        ],
        actions: vec![CardAction::Open {
            label: words.open_visit.to_owned(),
            path: visit_path(&visit.id),
        }],
    }
}

/// Draws the cards of a visit anew.
pub(crate) async fn refresh_visit_in(tx: &mut Tx, equipment: &Equipment, actor: &Actor, id: &VisitId) -> Result<()> {
    let found = visits::load(&mut *tx, id).await?;
    let of = machines::load(&mut *tx, &found.machine_id).await?;
    let name = visits::technician(&mut *tx, &found.agent_id).await?;
    conversation::cards::refresh_kind_in(tx, actor, id.as_str(), CardKind::Visit, |language| {
        visit(equipment, &found, &of, &name, language)
    })
    .await?;
    Ok(())
}
