//! Erasing a person, and what was agreed to.

use conversation::db::sql;
use conversation::types::{Actor, Channel, IdentityKind};
use conversation::{Error, contacts, privacy};

use super::bed::{Bed, both, mail};

both!(nothing_of_a_person_is_left, the_last_answer_counts);

/// Every text of every table that holds a piece of a person.
async fn traces(bed: &Bed, needle: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (table, column) in [
        ("contacts", "name"),
        ("identities", "value"),
        ("participants", "value"),
        ("conversations", "preview"),
        ("conversations", "subject"),
        ("conversations", "reply_address"),
        ("messages", "text"),
        ("messages", "body"),
        ("messages", "html"),
        ("messages", "subject"),
        ("tickets", "subject"),
        ("tickets", "brief"),
        ("deliveries", "recipient"),
        ("portal_links", "address"),
        ("audit", "detail"),
    ] {
        let (count,): (i64,) =
            conversation::db::composed_sql(format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE $1"))
                .bind(format!("%{needle}%"))
                .one(bed.store.db())
                .await
                .expect("counted");
        if count > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

async fn nothing_of_a_person_is_left(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let (place, _) = bed
        .place(&mail(
            &inbox,
            "zoraida@home.test",
            "1",
            "Zoraida lives in Calle Zoraida 7",
        ))
        .await;
    let (other, _) = bed.place(&mail(&inbox, "rui@home.test", "2", "Something else")).await;
    let eva = bed.agent("eva").await;
    bed.say(&eva, &place, "Dear Zoraida, we come tomorrow").await;
    let conversation = bed.conversation(&place).await;
    let mut tx = bed.store.begin().await.expect("begun");
    conversation::doors::make_in(&mut tx, &conversation.contact_id, None, "zoraida@home.test")
        .await
        .expect("a link");
    tx.commit_silently().await.expect("committed");
    assert!(!traces(&bed, "oraida").await.is_empty());
    let mut has_run = false;
    let done = privacy::erase(&bed.store, &eva, &conversation.contact_id, async |_, people| {
        has_run = people == [conversation.contact_id.clone()];
        Ok(())
    })
    .await
    .expect("erased");
    assert!(has_run);
    assert_eq!((done.conversations, done.messages), (1, 2));
    let left = traces(&bed, "oraida").await;
    // What is on its way keeps its address until it is there.
    assert!(left.iter().all(|one| one == "deliveries.recipient"), "{left:?}");
    let (raws,): (i64,) = sql("SELECT COUNT(*) FROM messages WHERE raw_sha256 IS NOT NULL AND conversation_id = $1")
        .bind(&place)
        .one(bed.store.db())
        .await
        .expect("counted");
    assert_eq!(raws, 0);
    assert_eq!(bed.conversation(&other).await.preview, "Something else");
    let known = contacts::by_identity(bed.store.db(), IdentityKind::Email, "zoraida@home.test").await;
    assert!(known.expect("looked up").is_none());
    // Whoever writes again is somebody new.
    let (again, _) = bed.place(&mail(&inbox, "zoraida@home.test", "3", "Hello")).await;
    assert_ne!(bed.conversation(&again).await.contact_id, conversation.contact_id);
}

async fn the_last_answer_counts(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let (place, _) = bed.place(&mail(&inbox, "ana@home.test", "1", "Hello")).await;
    let contact = bed.conversation(&place).await.contact_id;
    assert!(!privacy::agrees(bed.store.db(), &contact, "news").await.expect("asked"));
    for is_given in [true, false, true] {
        let mut tx = bed.store.begin().await.expect("begun");
        let actor = Actor::Contact(contact.clone());
        privacy::consent_in(&mut tx, &actor, &contact, "news", is_given, "portal", "News by mail")
            .await
            .expect("kept");
        let other = privacy::consent_in(&mut tx, &actor, &contact, "everything", true, "portal", "").await;
        assert!(matches!(other, Err(Error::Invalid(_))));
        tx.commit_silently().await.expect("committed");
        assert_eq!(
            privacy::agrees(bed.store.db(), &contact, "news").await.expect("asked"),
            is_given
        );
    }
    assert_eq!(
        privacy::consents(bed.store.db(), &contact).await.expect("listed").len(),
        3
    );
    privacy::ask(&bed.store, &contact, "erase").await.expect("asked");
    privacy::ask(&bed.store, &contact, "erase").await.expect("asked again");
    let open = privacy::open_requests(bed.store.db(), 10).await.expect("listed");
    assert_eq!(open.len(), 1);
    let who = privacy::settle(&bed.store, &Actor::System, &open[0].id, "refused", "")
        .await
        .expect("settled");
    assert_eq!(who, contact);
    assert!(
        privacy::settle(&bed.store, &Actor::System, &open[0].id, "done", "")
            .await
            .is_err()
    );
}
