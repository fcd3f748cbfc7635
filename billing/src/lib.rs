//! Billing: customers, invoices, estimates and credit notes, what is paid on them, the documents as
//! PDF, and Stripe.
//!
//! Begin reading at `documents` (what is stored), `state` (what may follow what), `payments` (money as
//! entries, each written once) and `stripe::settle` (the one step that every way of hearing about a payment
//! ends in). Money is an integer of minor units with its currency; days are the business's own. It knows
//! no HTTP server and no HTML.

pub mod announced;
mod called;
pub mod card;
pub mod customers;
pub mod day;
pub mod documents;
mod entries;
pub mod ids;
pub mod import;
pub mod issue;
pub mod listing;
pub mod money;
pub mod notify;
pub mod numbers;
pub mod own;
mod parties;
pub mod payments;
pub mod pdf;
pub mod period;
pub mod recurring;
pub mod reminders;
pub mod sample;
pub mod settings;
pub mod state;
pub mod statement;
pub mod stripe;
pub mod telling;
pub mod totals;
pub mod words;
pub mod zip;
mod zone;

use std::sync::Arc;

use conversation::Store;
use jiff::civil::Date;

pub use called::Called;
pub use card::owed_by;
pub use ids::{CustomerId, DocumentId};
pub use zone::Zone;

/// What billing works with. Cheap to clone.
#[derive(Clone)]
pub struct Billing {
    /// The core.
    pub store: Store,
    /// The business's time zone: it decides what day it is.
    pub zone: Zone,
    /// The address that people's browsers use, without a slash at the end.
    pub public_url: Arc<str>,
    /// What the business is called.
    pub called: Called,
    /// Where Stripe is.
    pub stripe: stripe::Client,
}

impl Billing {
    /// Billing over this store. `configured_name` counts where the business has given itself none.
    pub fn new(
        store: Store,
        zone: impl Into<Zone>,
        public_url: impl Into<Arc<str>>,
        configured_name: impl Into<Arc<str>>,
        stripe: stripe::Client,
    ) -> Billing {
        Billing {
            store,
            zone: zone.into(),
            public_url: public_url.into(),
            called: Called::configured(configured_name.into()),
            stripe,
        }
    }

    /// The business's day.
    pub fn today(&self) -> Date {
        day::of(self.store.now(), self.zone.now())
    }

    /// Whether somebody waits for an import, or Stripe is to be asked about a payment.
    pub async fn has_work(&self) -> conversation::Result<bool> {
        let row: Option<(String,)> = conversation::db::sql(
            "SELECT id FROM billing_imports WHERE state IN ('checking', 'importing')
             UNION ALL SELECT id FROM checkouts WHERE next_check_at IS NOT NULL AND next_check_at <= $1 LIMIT 1",
        )
        .bind(self.store.now())
        .optional(self.store.db())
        .await?;
        Ok(row.is_some())
    }

    /// The name of the business.
    pub fn business_name(&self, business: &settings::Business) -> String {
        self.called.of(business).to_string()
    }

    /// Takes the name and the time zone that somebody chose, here or in another process.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn follow(&self) -> conversation::Result<()> {
        self.zone.follow(&self.store).await?;
        self.called.follow(&self.store).await
    }
}

#[cfg(test)]
mod tests;
