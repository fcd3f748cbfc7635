//! Lists of documents: page by page, by day and by status.

use ::billing::documents;
use ::billing::listing::{self, Cursor, Filter};
use ::billing::payments::{self, EntryKind};
use ::billing::state::{Kind, State, Status};
use conversation::db::sql;
use conversation::types::Actor;

use super::{billing, customer, draft, entry, invoice, write};
use crate::core::bed::{Bed, HOUR, both};

const DAY: i64 = 24 * HOUR;

both!(lists_go_page_by_page, every_status_is_found_and_has_its_place);

async fn lists_go_page_by_page(bed: Bed) {
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", None).await;
    for index in 0..7 {
        let document = invoice(&billing, &customer).await;
        if index % 2 == 0 {
            let new = entry(&document.id, EntryKind::Payment, 11_600);
            payments::record(&billing, &Actor::System, new).await.unwrap();
        }
        if index % 3 == 0 {
            bed.clock.advance(DAY);
        }
    }
    for by_status in [false, true] {
        let filter = Filter {
            customers: Some(vec![customer.clone()]),
            today: billing.today().to_string(),
            by_status,
            ..Filter::default()
        };
        let whole = listing::list(bed.store.db(), &filter, None, 50).await.unwrap();
        assert_eq!(whole.len(), 7);
        let mut pages = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let page = listing::list(bed.store.db(), &filter, after.as_ref(), 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Cursor::from_text(&Cursor::behind(last, &filter).to_text());
            assert!(after.is_some());
            pages.extend(page);
        }
        assert_eq!(pages, whole, "by_status {by_status}");
    }
    let of_status = Filter {
        customers: Some(vec![customer]),
        status: Some(Status::Paid),
        today: billing.today().to_string(),
        ..Filter::default()
    };
    assert_eq!(
        listing::list(bed.store.db(), &of_status, None, 50).await.unwrap().len(),
        4
    );
    bed.check().await;
}

/// A document of each state and kind, due before and after today; one with more of them than a page.
async fn every_status_is_found_and_has_its_place(bed: Bed) {
    let billing = billing(&bed);
    let (customer, other) = (
        customer(&bed, "Ana", None).await,
        super::customer(&bed, "Eva", None).await,
    );
    let store = &bed.store;
    let today = billing.today().to_string();
    for owner in [&customer, &other] {
        for kind in Kind::ALL {
            for (number, state) in State::ALL.iter().enumerate() {
                for due in ["2000-01-01", "2999-01-01"] {
                    for copy in 0..1 + number % 2 {
                        let id = write(&billing, owner, draft(&billing, Kind::Invoice, 10_000)).await;
                        let mut tx = store.begin().await.unwrap();
                        sql("UPDATE documents SET state = $2, due_on = $3, issued_on = $4, kind = $5 WHERE id = $1")
                            .bind(id.as_str())
                            .bind(state.as_str())
                            .bind(due)
                            .bind(format!("2020-0{}-1{copy}", number + 1))
                            .bind(kind.as_str())
                            .run(&mut tx)
                            .await
                            .unwrap();
                        tx.commit_silently().await.unwrap();
                    }
                }
            }
        }
    }
    let order = [
        Status::Overdue,
        Status::PartlyPaid,
        Status::Sent,
        Status::Viewed,
        Status::Accepted,
        Status::Draft,
        Status::Paid,
        Status::Declined,
        Status::Expired,
        Status::Void,
    ];
    let all = Filter {
        customers: Some(vec![customer.clone()]),
        today: today.clone(),
        ..Filter::default()
    };
    let place = |document: &documents::Document| {
        let status = document.status(&today);
        order.iter().position(|one| *one == status).unwrap()
    };
    for filter in [
        all.clone(),
        Filter {
            kind: Some(Kind::Estimate),
            ..all.clone()
        },
        Filter {
            is_open: true,
            customers: Some(vec![customer.clone(), other.clone()]),
            ..all.clone()
        },
        Filter {
            is_visible: true,
            year: Some(2020),
            customers: None,
            ..all.clone()
        },
    ] {
        let mut wanted = listing::list(store.db(), &filter, None, 500).await.unwrap();
        assert!(wanted.len() > 4, "{filter:?}");
        // Stable: within a status the newest first, as they came.
        wanted.sort_by_key(place);
        let by_status = Filter {
            by_status: true,
            ..filter
        };
        let found = listing::list(store.db(), &by_status, None, 500).await.unwrap();
        assert_eq!(found, wanted, "{by_status:?}");
        let mut pages = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let page = listing::list(store.db(), &by_status, after.as_ref(), 3).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(Cursor::behind(last, &by_status));
            pages.extend(page);
        }
        assert_eq!(pages, wanted, "{by_status:?}, page by page");
        for status in order {
            let of: Vec<_> = wanted.iter().filter(|one| one.status(&today) == status).collect();
            for is_by_status in [false, true] {
                let only = Filter {
                    status: Some(status),
                    by_status: is_by_status,
                    ..by_status.clone()
                };
                let found = listing::list(store.db(), &only, None, 500).await.unwrap();
                assert_eq!(found.iter().collect::<Vec<_>>(), of, "{only:?}");
                // What somebody made of the address is a page, perhaps an empty one.
                for rank in [-1, 6, 99] {
                    let after = Cursor::from_text(&format!("{rank}.2020-03-10.01ARZ3NDEKTSV4RRFFQ69G5FAV"));
                    assert!(after.is_some());
                    listing::list(store.db(), &only, after.as_ref(), 5).await.unwrap();
                }
            }
        }
    }
    bed.check().await;
}
