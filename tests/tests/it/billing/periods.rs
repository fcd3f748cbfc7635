//! A customer's account between two days, on both databases.

use ::billing::day;
use ::billing::payments::{self, EntryKind, EntryState, NewEntry};
use ::billing::period::{self, Period};
use ::billing::state::Kind;
use ::billing::{issue, statement};
use conversation::types::Actor;

use super::{billing, customer, draft, entry, invoice, write};
use crate::core::bed::{Bed, both};

both!(a_period_goes_from_balance_to_balance);

async fn a_period_goes_from_balance_to_balance(bed: Bed) {
    let billing = billing(&bed);
    let (ana, eve) = (customer(&bed, "Ana", None).await, customer(&bed, "Eve", None).await);
    let today = billing.today();
    let ago = |days: i64| day::plus(today, -days).to_string();
    let issued = async |days: i64| {
        let mut draft = draft(&billing, Kind::Invoice, 10_000);
        draft.issued_on = day::plus(today, -days);
        draft.due_on = day::plus(today, 1);
        let id = write(&billing, &ana, draft).await;
        issue::send(&billing, &Actor::System, &id, true).await.unwrap();
        id
    };
    let pay = async |id, kind, amount, state, days| {
        let new = NewEntry {
            state,
            happened_on: ago(days),
            ..entry(id, kind, amount)
        };
        payments::record(&billing, &Actor::System, new).await.unwrap();
    };
    let (old, new, void) = (issued(40).await, issued(10).await, issued(9).await);
    issue::void(&billing, &Actor::System, &void).await.unwrap();
    pay(&old, EntryKind::Payment, 5_000, EntryState::Succeeded, 35).await;
    pay(&new, EntryKind::Payment, 11_600, EntryState::Succeeded, 5).await;
    pay(&new, EntryKind::Refund, 600, EntryState::Succeeded, 3).await;
    pay(&new, EntryKind::Payment, 100, EntryState::Pending, 2).await;
    let mut note = draft(&billing, Kind::CreditNote, 1_000);
    (note.related_id, note.issued_on) = (Some(old.clone()), day::plus(today, -4));
    let note = write(&billing, &ana, note).await;
    issue::send(&billing, &Actor::System, &note, true).await.unwrap();
    // A draft, and somebody else's, are in nobody's account here.
    write(&billing, &ana, draft(&billing, Kind::Invoice, 70_000)).await;
    invoice(&billing, &eve).await;

    let db = bed.store.db();
    let between = |from: i64, to: i64| Period {
        from: ago(from),
        to: ago(to),
    };
    let mine = std::slice::from_ref(&ana);
    let sums = async |period: &Period| {
        let found = period::accounts(db, mine, period).await.unwrap();
        assert!(found.len() <= 1, "one currency");
        found.first().map_or((0, 0, 0, 0, 0), |one| {
            (one.before, one.charged, one.credited, one.paid, one.after)
        })
    };
    assert_eq!(sums(&between(20, 0)).await, (6_600, 11_600, 1_160, 11_000, 6_040));
    assert_eq!(sums(&between(60, 0)).await, (0, 23_200, 1_160, 16_000, 6_040));
    // What one ends with the next begins with, wherever they meet.
    for split in 1..45 {
        let (first, second) = (sums(&between(60, split)).await, sums(&between(split - 1, 0)).await);
        assert_eq!(first.4, second.0, "{split} days ago");
        assert_eq!(second.4, 6_040);
    }
    let owed = statement::load(db, mine, &today.to_string()).await.unwrap().currencies[0].owed;
    assert_eq!(owed, 6_040, "the account ends where the statement stands");

    let moved = period::movements(db, mine, &between(20, 0), 100).await.unwrap();
    let told: Vec<(&str, i64)> = moved.iter().map(|one| (one.what.as_str(), one.amount)).collect();
    assert_eq!(
        told,
        [
            ("invoice", 11_600),
            ("payment", -11_600),
            ("credit_note", -1_160),
            ("refund", 600)
        ]
    );
    assert!(moved.iter().all(|one| one.number.is_some()));
    assert_eq!(period::movements(db, mine, &between(60, 0), 2).await.unwrap().len(), 2);
    assert!(period::accounts(db, &[], &between(20, 0)).await.unwrap().is_empty());
    // The history of payments is of the period, too.
    let past = statement::history(db, mine, Some(&between(4, 0)), 30).await.unwrap();
    assert_eq!(past.len(), 2, "the refund, and what is on its way");
    bed.check().await;
}
