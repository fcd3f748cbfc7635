//! Telling customers, by billing's way of doing it.

use billing::customers::{self, Customer};
use billing::{CustomerId, settings as business, telling};
use conversation::card::Card;
use conversation::db::On;
use conversation::notices::Look;
use conversation::notifications::News as Told;
use conversation::{Result, Tx};

use crate::Equipment;

/// What a customer is told.
pub(crate) struct News {
    /// What the portal shows, and where it leads.
    pub(crate) told: Told,
    pub(crate) subject: String,
    pub(crate) text: String,
    /// For a template of WhatsApp's, where the text is too long.
    pub(crate) short: String,
    /// The words on the button.
    pub(crate) button: &'static str,
    /// What goes with a chat.
    pub(crate) cards: Vec<Card>,
}

/// The customer, held until they were told.
pub(crate) async fn customer(on: impl On, id: &CustomerId) -> Result<Customer> {
    customers::load(on, id).await
}

/// Tells a customer; false where they have no address.
pub(crate) async fn tell_in(tx: &mut Tx, equipment: &Equipment, customer: &Customer, news: News) -> Result<bool> {
    let billing = &equipment.billing;
    let own = business::business(&mut *tx, &billing.store).await?;
    let name = billing.business_name(&own);
    let look = Look {
        title: news.subject.clone(),
        business: name.clone(),
        color: own.color.clone(),
        footer: name,
        ..Look::default()
    };
    let whole = telling::News {
        told: news.told,
        subject: news.subject,
        text: news.text,
        short: news.short,
        button: news.button.to_owned(),
        look,
        cards: news.cards,
        has_chat: true,
        language: customer.language,
    };
    telling::tell_in(tx, billing, customer, whole).await
}
