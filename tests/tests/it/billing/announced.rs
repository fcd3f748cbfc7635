//! Transfers that customers tell of, on both databases.

use ::billing::announced::{self, Found, Transfer};
use ::billing::payments;
use ::billing::state::State;
use ::billing::{Billing, DocumentId};
use conversation::Error;
use conversation::types::Actor;

use super::{billing, customer, invoice, now};
use crate::core::bed::{Bed, both};

both!(a_transfer_is_on_its_way_until_somebody_looked);

async fn tell(billing: &Billing, invoice: &DocumentId, name: &str, amount: i64) -> Result<(), Error> {
    let told = Transfer {
        document: invoice.clone(),
        amount,
        happened_on: String::new(),
        reference: "TR-77".to_owned(),
        name: name.to_owned(),
    };
    announced::announce(billing, &Actor::System, told).await
}

async fn a_transfer_is_on_its_way_until_somebody_looked(bed: Bed) {
    let billing = billing(&bed);
    let db = bed.store.db();
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    let (one, two) = (
        invoice(&billing, &customer).await.id,
        invoice(&billing, &customer).await.id,
    );
    for _ in 0..2 {
        tell(&billing, &one, "a", 11_600).await.unwrap();
    }
    tell(&billing, &two, "b", 600).await.unwrap();
    assert!(matches!(tell(&billing, &one, "c", 1).await, Err(Error::Invalid(_))));
    let waiting: Vec<DocumentId> = announced::waiting(db, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|document| document.id)
        .collect();
    assert_eq!(waiting.len(), 2);
    assert!(waiting.contains(&one) && waiting.contains(&two));
    assert!(!now(&billing, &one).await.is_payable(), "nobody asks for it again");

    let entry = payments::of_document(db, &one).await.unwrap().remove(0).id;
    let elsewhere = announced::settle(&billing, &Actor::System, &two, &entry, Found::Nothing).await;
    assert!(matches!(elsewhere, Err(Error::NotFound)));
    let arrived = Found::Arrived(11_600);
    announced::settle(&billing, &Actor::System, &one, &entry, arrived)
        .await
        .unwrap();
    let again = announced::settle(&billing, &Actor::System, &one, &entry, Found::Nothing).await;
    assert!(matches!(again, Err(Error::Conflict(_))));
    let paid = now(&billing, &one).await;
    assert_eq!((paid.state, paid.pending), (State::Paid, 0));
    assert_eq!(announced::waiting(db, 10).await.unwrap().len(), 1);
    // Whoever confirmed the wrong one takes that back.
    payments::take_back(&billing, &Actor::System, &one, &entry)
        .await
        .unwrap();
    assert_eq!(now(&billing, &one).await.payable(), 11_600);
    bed.check().await;
}
