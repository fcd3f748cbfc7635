//! A customer beside a conversation: what is known, custom fields, edited in place, and what a merge would move.

use conversation::contacts;
use conversation::customers::{self, Edit};
use conversation::fields::{self, FieldKind, Target};
use conversation::types::{Channel, Language};

use super::bed::{Bed, NOON, both, mail, refusal};

both!(a_customer_is_edited_in_place, a_merge_says_first_what_would_move,);

async fn a_customer_is_edited_in_place(bed: Bed) {
    let eva = bed.agent("eva").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (one, _) = bed.place(&mail(&inbox, "a@example.test", "m1", "Toner")).await;
    let define = async |target, name: &str, kind| {
        fields::define(&bed.store, &eva, target, name, kind, &[])
            .await
            .expect("a field")
    };
    let plan = define(Target::Company, "Plan", FieldKind::Text).await;
    let seats = define(Target::Contact, "Seats", FieldKind::Number).await;
    let until = define(Target::Conversation, "Until", FieldKind::Date).await;
    assert!(
        refusal(fields::define(&bed.store, &eva, Target::Contact, "seats", FieldKind::Text, &[]).await)
            .contains("already")
    );
    assert!(
        refusal(fields::define(&bed.store, &eva, Target::Contact, "Size", FieldKind::Choice, &[]).await)
            .contains("choice")
    );
    let mut edit = Edit {
        name: "Joana".to_owned(),
        company: "Padaria".to_owned(),
        language: Some(Language::Pt),
        tz: "America/Sao_Paulo".to_owned(),
        values: vec![
            (plan.clone(), "Gold".to_owned()),
            (seats.clone(), "3".to_owned()),
            (until.clone(), "2026-12-31".to_owned()),
        ],
    };
    customers::edit(&bed.store, &eva, &one, &edit).await.expect("edited");
    let contact = bed.conversation(&one).await.contact_id;
    let found = contacts::load(bed.store.db(), &contact).await.expect("the contact");
    assert_eq!((found.name.as_str(), found.language), ("Joana", Some(Language::Pt)));
    assert_eq!(
        customers::time_zone(bed.store.db(), &contact)
            .await
            .expect("tz")
            .as_deref(),
        Some("America/Sao_Paulo")
    );
    let company = found.company_id.expect("a company");
    let values = async || {
        let objects = [contact.as_str(), company.as_str(), one.as_str()];
        let mut all = fields::values(bed.store.db(), &objects).await.expect("values");
        all.sort_by(|a, b| a.2.cmp(&b.2));
        all.into_iter().map(|(_, _, value)| value).collect::<Vec<_>>()
    };
    assert_eq!(values().await, ["2026-12-31", "3", "Gold"]);
    // What does not fit is refused whole: nothing else of it is kept.
    edit.name = "Somebody else".to_owned();
    edit.values = vec![(seats.clone(), "many".to_owned())];
    assert!(refusal(customers::edit(&bed.store, &eva, &one, &edit).await).contains("Seats"));
    edit.values = Vec::new();
    edit.tz = "Mars/Olympus".to_owned();
    assert!(refusal(customers::edit(&bed.store, &eva, &one, &edit).await).contains("time zone"));
    assert_eq!(
        contacts::load(bed.store.db(), &contact)
            .await
            .expect("the contact")
            .name,
        "Joana"
    );
    edit.tz = String::new();
    edit.values = vec![(seats, String::new())];
    customers::edit(&bed.store, &eva, &one, &edit).await.expect("edited");
    assert_eq!(values().await, ["2026-12-31", "Gold"]);
    fields::remove(&bed.store, &eva, &plan).await.expect("removed");
    assert_eq!(fields::list(bed.store.db()).await.expect("fields").len(), 2);
    customers::learn_time_zone(&bed.store, &contact, "Europe/Madrid")
        .await
        .expect("learnt");
    customers::learn_time_zone(&bed.store, &contact, "Asia/Tokyo")
        .await
        .expect("known already");
    assert_eq!(
        customers::time_zone(bed.store.db(), &contact)
            .await
            .expect("tz")
            .as_deref(),
        Some("Europe/Madrid")
    );
}

async fn a_merge_says_first_what_would_move(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let (one, _) = bed.place(&mail(&inbox, "a@example.test", "m1", "Toner")).await;
    let (other, _) = bed.place(&mail(&inbox, "b@example.test", "m2", "Toner")).await;
    let eva = bed.agent("eva").await;
    let loser = bed.conversation(&other).await.contact_id;
    let preview = customers::merge_preview(bed.store.db(), &loser)
        .await
        .expect("a preview");
    assert_eq!((preview.identities, preview.conversations, preview.tickets), (1, 1, 0));
    let winner = bed.conversation(&one).await.contact_id;
    contacts::merge(&bed.store, &eva, &winner, &loser)
        .await
        .expect("merged");
    let moved = customers::merge_preview(bed.store.db(), &winner)
        .await
        .expect("a preview");
    assert_eq!((moved.identities, moved.conversations), (2, 2));
    let identities = contacts::identities(bed.store.db(), &winner).await.expect("identities");
    assert!(
        identities.iter().all(|one| one.verified_at == Some(NOON)),
        "{identities:?}"
    );
}
