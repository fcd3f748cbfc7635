//! Documents by their numbers: by the beginning, by the last digits, in whatever way they are typed.

use ::billing::listing::{self, Filter};
use ::billing::state::Kind;
use ::billing::{Billing, DocumentId, documents};
use conversation::db::composed_sql;
use conversation::types::Actor;

use super::{billing, customer, draft, invoice, write};
use crate::core::bed::{Bed, both};

both!(
    a_number_is_found_as_people_type_it,
    what_finds_many_is_found_page_by_page,
    what_was_there_before_is_found,
);

async fn found(billing: &Billing, search: &str) -> Vec<DocumentId> {
    let filter = Filter {
        search: search.to_owned(),
        today: billing.today().to_string(),
        ..Filter::default()
    };
    let list = listing::list(billing.store.db(), &filter, None, 300).await;
    let mut ids: Vec<DocumentId> = list.expect("a list").into_iter().map(|document| document.id).collect();
    ids.sort();
    ids
}

async fn a_number_is_found_as_people_type_it(bed: Bed) {
    let billing = billing(&bed);
    let ana = customer(&bed, "Ana 0042 Silva", None).await;
    let rui = customer(&bed, "Rui", None).await;
    let mut of_rui = Vec::new();
    for _ in 0..12 {
        of_rui.push(invoice(&billing, &rui).await);
    }
    let of_ana = invoice(&billing, &ana).await;
    let imported = {
        let mut draft = draft(&billing, Kind::Invoice, 500);
        draft.external_number = Some("FT A/9981".to_owned());
        write(&billing, &rui, draft).await
    };
    let (first, last) = (&of_rui[0], &of_rui[11]);
    let number = last.number.clone().expect("issued");
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let plain: String = number.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    for typed in [
        number.as_str(),
        &number.to_lowercase(),
        &plain,
        &format!("  {number} "),
        &digits[digits.len() - 3..],
    ] {
        assert_eq!(found(&billing, typed).await, std::slice::from_ref(&last.id), "{typed}");
    }
    let series: String = number.chars().take_while(char::is_ascii_alphabetic).collect();
    assert_eq!(found(&billing, &series).await.len(), 13, "all that begin with {series}");
    let second = std::slice::from_ref(&of_rui[1].id);
    assert_eq!(found(&billing, "02").await, second, "the number that ends in it");
    for typed in ["9981", "ft a/99", "FTA9981", "a 9981"] {
        assert_eq!(found(&billing, typed).await, std::slice::from_ref(&imported), "{typed}");
    }
    for typed in ["0042", "silva", "ANA 00"] {
        assert_eq!(
            found(&billing, typed).await,
            std::slice::from_ref(&of_ana.id),
            "by the name: {typed}"
        );
    }
    for typed in ["nobody", "%", "_", "!", "-/-", "日本"] {
        assert_eq!(found(&billing, typed).await, [], "{typed}");
    }
    assert!(
        found(&billing, &first.number.clone().expect("issued"))
            .await
            .contains(&first.id)
    );
    // What is thrown away is not found, and leaves nothing behind.
    let mut tx = bed.store.begin().await.expect("begin");
    documents::delete_in(&mut tx, &Actor::System, &imported)
        .await
        .expect("deleted");
    tx.commit().await.expect("commit");
    assert_eq!(found(&billing, "9981").await, []);
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM document_numbers WHERE document_id NOT IN (SELECT id FROM documents)")
            .await,
        0
    );
}

async fn what_finds_many_is_found_page_by_page(bed: Bed) {
    let billing = billing(&bed);
    let rui = customer(&bed, "Rui", None).await;
    for n in 0..230 {
        let mut draft = draft(&billing, Kind::Invoice, 500);
        draft.external_number = Some(format!("OLD-{n:04}"));
        write(&billing, &rui, draft).await;
    }
    for n in 0..205 {
        let other = customer(&bed, &format!("Old house {n}"), None).await;
        if n < 3 {
            write(&billing, &other, draft(&billing, Kind::Invoice, 500)).await;
        }
    }
    // Many numbers and many names; many numbers alone; few of both.
    for (typed, expected) in [
        ("old", 233),
        ("old-0", 230),
        ("0007", 1),
        ("old house 20", 0),
        ("07", 3),
    ] {
        let filter = Filter {
            search: typed.to_owned(),
            today: billing.today().to_string(),
            ..Filter::default()
        };
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = listing::list(bed.store.db(), &filter, after.as_ref(), 50)
                .await
                .expect("a page");
            let Some(last) = page.last() else { break };
            after = Some(listing::Cursor::behind(last, &filter));
            ids.extend(page.into_iter().map(|document| document.id));
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((all, ids.len()), (expected, expected), "{typed}");
    }
}

/// The migration writes for the documents of before what is written for new ones.
async fn what_was_there_before_is_found(bed: Bed) {
    let billing = billing(&bed);
    let rui = customer(&bed, "Rui", None).await;
    invoice(&billing, &rui).await;
    let long = format!("X-{}", "1234567890 ".repeat(6));
    for number in ["FT A/9981", "fatura nº 7", "--", "#1.2_3", long.as_str()] {
        let mut draft = draft(&billing, Kind::Invoice, 500);
        draft.external_number = Some(number.to_owned());
        write(&billing, &rui, draft).await;
    }
    let rows = async || {
        let rows: Vec<(String, String)> =
            composed_sql("SELECT document_id, word FROM document_numbers ORDER BY 1, 2".to_owned())
                .all(bed.store.db())
                .await
                .expect("rows");
        rows.into_iter().collect::<std::collections::BTreeSet<_>>()
    };
    let before = rows().await;
    assert_eq!(before.len(), 10);
    let text = include_str!("../../../../migrations/0032_sums.sql");
    let fill = text
        .split(';')
        .find(|part| part.contains("INSERT INTO"))
        .expect("a statement");
    let mut tx = bed.store.begin().await.expect("begin");
    composed_sql("DELETE FROM document_numbers".to_owned())
        .run(&mut tx)
        .await
        .expect("emptied");
    composed_sql(fill.to_owned()).run(&mut tx).await.expect("filled");
    tx.commit_silently().await.expect("commit");
    assert_eq!(rows().await, before);
}
