//! What a customer owes, as the bot tells it.

use std::future::ready;

use billing::listing::{self, Filter};
use billing::state::Kind;
use billing::{Billing, customers, statement};
use bots::say::account::{self, Owed};
use bots::{Answering, BusinessData, Matter};
use conversation::Store;
use conversation::db::sql;
use conversation::types::{Channel, ContactId, Language};
use ui::routes;

/// Where somebody says by which address their invoices come, and gets a link there.
const ASK: &str = "/portal/link";

/// Invoices, for a contact who proved who they are; for everybody else the way to prove it.
pub(super) struct Account(pub(super) Billing);

impl Account {
    async fn owed(&self, contact: &ContactId, language: Language) -> conversation::Result<Option<bots::Said>> {
        let db = self.0.store.db();
        let customers = customers::of_contact(db, contact).await?;
        if customers.is_empty() {
            return Ok(None);
        }
        let sums = statement::load(db, &customers, &self.0.today().to_string())
            .await?
            .currencies;
        let words = |amount: fn(&statement::Sums) -> i64| {
            let all: Vec<String> = sums
                .iter()
                .filter(|one| amount(one) > 0)
                .map(|one| one.currency.format(amount(one), language))
                .collect();
            all.join(", ")
        };
        let owed = Owed {
            total: words(|one| one.owed),
            overdue: words(|one| one.overdue),
        };
        let cards = billing::owed_by(&self.0, contact, language).await?;
        Ok(Some(account::owed(language, &owed, cards, routes::PORTAL)))
    }

    async fn invoices(&self, contact: &ContactId, language: Language) -> conversation::Result<Option<bots::Said>> {
        let db = self.0.store.db();
        let today = self.0.today().to_string();
        let filter = Filter {
            customers: Some(customers::of_contact(db, contact).await?),
            kind: Some(Kind::Invoice),
            today: today.clone(),
            is_visible: true,
            ..Filter::default()
        };
        // One more than is shown says that there are more.
        let most = i64::try_from(account::MOST + 1).unwrap_or(i64::MAX);
        let cards = listing::list(db, &filter, None, most)
            .await?
            .iter()
            .map(|document| billing::card::card(document, language, &today))
            .collect();
        Ok(account::invoices(language, cards, routes::PORTAL))
    }
}

impl BusinessData for Account {
    fn knows(&self, matter: Matter) -> bool {
        matches!(matter, Matter::Balance | Matter::Invoice)
    }

    fn answer<'a>(
        &'a self,
        _store: &'a Store,
        contact: &'a ContactId,
        matter: Matter,
        language: Language,
    ) -> Answering<'a> {
        match matter {
            Matter::Balance => Box::pin(self.owed(contact, language)),
            Matter::Invoice => Box::pin(self.invoices(contact, language)),
            _ => Box::pin(ready(Ok(None))),
        }
    }

    fn introduce<'a>(
        &'a self,
        store: &'a Store,
        _matter: Matter,
        channel: Channel,
        language: Language,
        is_proved: bool,
    ) -> Answering<'a> {
        Box::pin(async move {
            // A business without invoices has none to show.
            let has_customers: Option<(String,)> = sql("SELECT id FROM customers LIMIT 1").optional(store.db()).await?;
            if has_customers.is_none() {
                return Ok(None);
            }
            // A mail goes to the very address, so its link may sign in. Whoever is known and gets no invoices may get
            // them at another address; elsewhere nothing is known of one.
            let path = match channel {
                Channel::Email if !is_proved => routes::PORTAL,
                _ => ASK,
            };
            Ok(Some(account::sign_in(language, path)))
        })
    }
}
