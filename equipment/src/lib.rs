//! Equipment: sites and machines, what their counters read, what contracts include and cost, what customers
//! ask for, and the technician who comes.
//!
//! Begin reading at `machines` (what there is), `readings` (a chain of totals for each counter), `usage` (what
//! a contract bills, pure arithmetic) and `visits`. Whose a thing is, and who may see it, is said by billing's
//! customers: a contact sees what belongs to the customers that [`billing::customers::of_contact`] names. It
//! knows no HTTP server and no HTML.

pub mod answers;
pub mod card;
pub mod contracts;
pub mod counters;
pub mod doubt;
pub mod ids;
pub mod import;
pub mod labels;
pub mod machines;
pub mod moves;
pub mod on_map;
pub mod periods;
pub mod privacy;
pub mod readings;
pub mod reminders;
pub mod renewals;
pub mod report;
pub mod requests;
pub mod settings;
pub mod sites;
pub mod usage;
pub mod visits;
pub mod wishes;
pub mod words;

mod tell;

mod folded;

use billing::{Billing, CustomerId};
use conversation::events::{EventKind, NewEvent};
use conversation::types::Actor;
use conversation::{Store, Tx};
use jiff::civil::Date;
use serde_json::json;

pub use ids::{
    ContractId, CounterId, CounterKind, Doubt, MachineId, Meaning, ReadingId, ReadingKind, RequestId, RequestKind,
    SiteId, Source, Status, VisitId, VisitState,
};

/// What equipment works with. Cheap to clone.
#[derive(Clone)]
pub struct Equipment {
    /// Whose machines are, and the invoices that their use ends in.
    pub billing: Billing,
}

impl Equipment {
    /// Equipment beside this billing.
    pub fn new(billing: Billing) -> Equipment {
        Equipment { billing }
    }

    /// The core.
    pub fn store(&self) -> &Store {
        &self.billing.store
    }

    /// The business's day.
    pub fn today(&self) -> Date {
        self.billing.today()
    }

    /// Whether somebody waits for an import.
    pub async fn has_work(&self) -> conversation::Result<bool> {
        import::has_work(self.store().db()).await
    }

    /// Does what the calendar asks for: wishes for readings and their reminders, periods to close, renewals.
    ///
    /// # Errors
    /// What the database refuses; what was done stays done.
    pub async fn look(&self) -> conversation::Result<()> {
        wishes::open_due(self).await?;
        reminders::run(self).await?;
        periods::close_due(self).await?;
        renewals::run(self).await
    }
}

/// Names the event of a change; `what` is for people who read the log.
pub(crate) fn changed(tx: &mut Tx, actor: &Actor, subject: &str, customer: &CustomerId, what: &str) {
    tx.emit(NewEvent {
        kind: EventKind::EquipmentUpdated,
        conversation: None,
        subject: subject.to_owned(),
        actor: actor.clone(),
        data: json!({ "customer": customer.as_str(), "what": what }),
    });
}

/// A text of one line, cut.
pub(crate) fn line(text: &str, most: usize) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect()
}

/// A text of several lines, cut.
pub(crate) fn lines(text: &str, most: usize) -> String {
    text.trim()
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .take(most)
        .collect()
}
