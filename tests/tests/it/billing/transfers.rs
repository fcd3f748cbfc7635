//! One transfer for several invoices, told of by a person or a program: an entry on each, all or none, once.

use ::billing::payments::{self, EntryKind, NewEntry};
use ::billing::state::{Kind, State};
use ::billing::{Billing, DocumentId};
use conversation::Error;
use conversation::types::Actor;

use super::stripe::entries;
use super::{billing, customer, draft, entry, invoice, now, write};
use crate::core::bed::{Bed, both, refusal};

both!(
    a_transfer_settles_several_invoices,
    all_of_it_or_nothing,
    the_same_transfer_is_one_and_another_under_its_name_is_refused,
);

async fn together(billing: &Billing, name: &str, parts: &[(&DocumentId, i64)]) -> Result<bool, Error> {
    let parts: Vec<NewEntry> = parts
        .iter()
        .map(|(id, amount)| NewEntry {
            external_id: None,
            ..entry(id, EntryKind::Payment, *amount)
        })
        .collect();
    payments::record_together(billing, &Actor::System, name, parts).await
}

async fn a_transfer_settles_several_invoices(bed: Bed) {
    let billing = billing(&bed);
    bed.inbox(conversation::types::Channel::Email, false).await;
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    let (one, two) = (
        invoice(&billing, &customer).await.id,
        invoice(&billing, &customer).await.id,
    );
    let mails = bed.count("SELECT COUNT(*) FROM notices").await;
    // In whichever order they are named.
    assert!(
        together(&billing, "api:t-1", &[(&two, 11_600), (&one, 600)])
            .await
            .unwrap()
    );
    assert_eq!(now(&billing, &two).await.state, State::Paid);
    let part = now(&billing, &one).await;
    assert_eq!((part.state, part.paid), (State::PartlyPaid, 600));
    // Whoever looks at one sees the other, and the customer hears of it once.
    let beside = payments::beside(bed.store.db(), &one).await.unwrap();
    assert_eq!(beside.len(), 1);
    assert_eq!(beside[0].document_id, two);
    assert_eq!(bed.count("SELECT COUNT(*) FROM notices").await, mails + 1);
    bed.check().await;
}

async fn all_of_it_or_nothing(bed: Bed) {
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    let one = invoice(&billing, &customer).await.id;
    let unsent = write(&billing, &customer, draft(&billing, Kind::Invoice, 10_000)).await;
    let nobody = DocumentId::from("nobody");
    for (parts, words) in [
        (
            vec![(&one, 100), (&unsent, 100)],
            "only an issued invoice takes payments",
        ),
        (vec![(&one, 100), (&one, 100)], "stands there twice"),
        (vec![(&one, 0)], "more than nothing"),
        (vec![], "of 1 to 100 invoices"),
    ] {
        let said = refusal(together(&billing, "api:t-1", &parts).await);
        assert!(said.contains(words), "{said}");
    }
    let missing = together(&billing, "api:t-1", &[(&one, 100), (&nobody, 100)]).await;
    assert!(matches!(missing, Err(Error::NotFound)));
    assert!(entries(&billing, &one).await.is_empty(), "nothing was written");
    bed.check().await;
}

async fn the_same_transfer_is_one_and_another_under_its_name_is_refused(bed: Bed) {
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    let (one, two) = (
        invoice(&billing, &customer).await.id,
        invoice(&billing, &customer).await.id,
    );
    let (parts, turned) = ([(&one, 5_000), (&two, 5_000)], [(&two, 5_000), (&one, 5_000)]);
    let (first, again) = tokio::join!(
        together(&billing, "api:t-1", &parts),
        together(&billing, "api:t-1", &turned),
    );
    assert_eq!(
        usize::from(first.unwrap()) + usize::from(again.unwrap()),
        1,
        "one of them writes"
    );
    for id in [&one, &two] {
        assert_eq!(entries(&billing, id).await.len(), 1);
    }
    for parts in [vec![(&one, 5_000)], vec![(&one, 5_000), (&two, 5_001)]] {
        let said = refusal(together(&billing, "api:t-1", &parts).await);
        assert_eq!(said, "this payment was of other invoices or amounts");
    }
    // Another transfer is another one.
    assert!(
        together(&billing, "api:t-2", &[(&one, 6_600), (&two, 6_600)])
            .await
            .unwrap()
    );
    assert_eq!(now(&billing, &one).await.state, State::Paid);
    // One that comes twice at once, of other invoices each, is refused once.
    let (three, four) = (
        invoice(&billing, &customer).await.id,
        invoice(&billing, &customer).await.id,
    );
    let (of_three, of_four) = ([(&three, 100)], [(&four, 100)]);
    let (one, other) = tokio::join!(
        together(&billing, "api:t-3", &of_three),
        together(&billing, "api:t-3", &of_four),
    );
    assert_eq!([one, other].iter().filter(|done| done.is_err()).count(), 1);
    bed.check().await;
}
