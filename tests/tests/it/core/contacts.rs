//! Contacts: what a claim opens, what a proof joins, and the way back.

use conversation::access;
use conversation::contacts::{
    CLAIM_LASTS, by_identity, claim, claimed, confirm, edit, identities, list, load, merge, merges, normal_email,
    unmerge,
};
use conversation::db::sql;
use conversation::ingest::ingest_one;
use conversation::tickets;
use conversation::types::{Actor, Channel, ContactId, ConversationId, IdentityKind, Language};
use conversation::views;
use futures::future::join_all;

use super::bed::{Bed, SECOND, both, mail, portal, refusal, webchat, whatsapp};
use super::ingest::ticket_in;

both! {
    a_claim_opens_nothing,
    a_confirmed_claim_joins_the_two,
    merging_and_undoing_restores,
    customers_see_only_their_own,
    merging_while_messages_arrive_loses_none,
    what_is_filed_after_an_unmerge_belongs_to_the_other,
    a_merge_is_undone_once,
    what_cannot_be_merged,
}

#[test]
fn addresses() {
    for (text, expected) in [
        (" Ana@Customer.TEST ", Some("ana@customer.test")),
        ("a+b.c@sub.customer.test", Some("a+b.c@sub.customer.test")),
        ("josé@exemplo.test", Some("josé@exemplo.test")),
        ("", None),
        ("ana", None),
        ("@customer.test", None),
        ("ana@", None),
        ("ana@customer", None),
        ("ana@.test", None),
        ("ana@customer.", None),
        ("a@b@customer.test", None),
        ("ana@customer.test, eve@evil.test", None),
        ("ana@customer.test\r\nBcc: eve@evil.test", None),
        ("<ana@customer.test>", None),
    ] {
        assert_eq!(normal_email(text).ok().as_deref(), expected, "{text:?}");
    }
    assert!(normal_email(&format!("{}@customer.test", "a".repeat(250))).is_err());
}

async fn mail_contact(bed: &Bed, address: &str) -> (ContactId, ConversationId) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let filed = bed.file(&mail(&inbox, address, &format!("1.{address}"), "Hello")).await;
    (filed.contact.expect("filed"), filed.conversation.expect("filed"))
}

async fn visitor(bed: &Bed, name: &str) -> (ContactId, ConversationId) {
    let inbox = bed.inbox(Channel::Webchat, false).await;
    let filed = bed.file(&webchat(&inbox, name, &format!("c.{name}"), "Hello")).await;
    (filed.contact.expect("filed"), filed.conversation.expect("filed"))
}

async fn a_claim_opens_nothing(bed: Bed) {
    let (owner, history) = mail_contact(&bed, "ana@customer.test").await;
    let (stranger, _) = visitor(&bed, "visitor-1").await;
    let secret = claim(&bed.store, &stranger, IdentityKind::Email, "ana@customer.test")
        .await
        .expect("claimed");
    let actor = Actor::Contact(stranger.clone());
    assert_eq!(
        refusal(access::conversation(bed.store.db(), &actor, &history).await),
        "not found"
    );
    let (contact, _) = by_identity(bed.store.db(), IdentityKind::Email, "ana@customer.test")
        .await
        .expect("a look")
        .expect("known");
    assert_eq!(contact.id, owner);
    assert_eq!(
        identities(bed.store.db(), &stranger).await.expect("a list").len(),
        1,
        "the claim is no identity"
    );
    let found = claimed(bed.store.db(), &secret, bed.store.now())
        .await
        .expect("a look")
        .expect("it stands");
    assert_eq!(
        found,
        (stranger.clone(), IdentityKind::Email, "ana@customer.test".to_owned())
    );
    // A second claim makes the first link worthless; a link ends.
    let newer = claim(&bed.store, &stranger, IdentityKind::Email, "ana@customer.test")
        .await
        .expect("claimed");
    assert_eq!(refusal(confirm(&bed.store, &secret).await), "not found");
    bed.clock.advance(CLAIM_LASTS);
    assert_eq!(
        claimed(bed.store.db(), &newer, bed.store.now()).await.expect("a look"),
        None
    );
    assert_eq!(refusal(confirm(&bed.store, &newer).await), "not found");
    assert_eq!(refusal(confirm(&bed.store, "made up").await), "not found");
    bed.check().await;
}

async fn a_confirmed_claim_joins_the_two(bed: Bed) {
    let (owner, history) = mail_contact(&bed, "ana@customer.test").await;
    let (person, chat) = visitor(&bed, "visitor-1").await;
    let secret = claim(&bed.store, &person, IdentityKind::Email, "ana@customer.test")
        .await
        .expect("claimed");
    let second = bed.second().await;
    let tasks = [bed.store.clone(), second.clone(), bed.store.clone()].map(|store| {
        let secret = secret.clone();
        tokio::spawn(async move { confirm(&store, &secret).await })
    });
    let outcomes: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.expect("no panic"))
        .collect();
    let winners: Vec<_> = outcomes.into_iter().filter_map(Result::ok).collect();
    assert_eq!(winners, std::slice::from_ref(&owner), "once, and the older one stays");
    assert_eq!(load(bed.store.db(), &person).await.expect("followed").id, owner);
    for id in [&history, &chat] {
        for who in [&owner, &person] {
            access::conversation(bed.store.db(), &Actor::Contact(who.clone()), id)
                .await
                .expect("theirs");
        }
    }
    assert_eq!(identities(bed.store.db(), &owner).await.expect("a list").len(), 2);
    // An address that nobody had is simply added.
    let secret = claim(&bed.store, &person, IdentityKind::Email, "ana.2@customer.test")
        .await
        .expect("claimed");
    assert_eq!(confirm(&bed.store, &secret).await.expect("confirmed"), owner);
    let (_, identity) = by_identity(bed.store.db(), IdentityKind::Email, "ana.2@customer.test")
        .await
        .expect("a look")
        .expect("known");
    assert_eq!(
        (identity.contact_id, identity.is_verified, identity.source.as_str()),
        (owner, true, "confirmed")
    );
    bed.check().await;
}

async fn merging_and_undoing_restores(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (winner, _) = visitor(&bed, "visitor-1").await;
    let (loser, history) = mail_contact(&bed, "ana@customer.test").await;
    tickets::open(&bed.store, &ana, ticket_in(&history))
        .await
        .expect("a ticket");
    edit(
        &bed.store,
        &ana,
        &loser,
        "Ana",
        Some(Language::Es),
        Some("Customer Ltd"),
    )
    .await
    .expect("edited");
    let picture = async || {
        let rows: Vec<(String, String, Option<String>, Option<String>, Option<String>)> =
            sql("SELECT id, name, language, company_id, merged_into FROM contacts ORDER BY id")
                .all(bed.store.db())
                .await
                .expect("rows");
        let owners: Vec<(String, String)> = sql("SELECT id, contact_id FROM identities UNION ALL SELECT id, contact_id FROM conversations UNION ALL SELECT id, contact_id FROM tickets ORDER BY 1").all(bed.store.db()).await.expect("rows");
        (rows, owners)
    };
    let before = picture().await;
    let id = merge(&bed.store, &ana, &winner, &loser).await.expect("merged");
    let one = load(bed.store.db(), &loser).await.expect("followed");
    assert_eq!(
        (one.id.clone(), one.name.as_str(), one.language),
        (winner.clone(), "Ana", Some(Language::Es))
    );
    assert!(one.company_id.is_some());
    assert_eq!(merges(bed.store.db(), &winner).await.expect("a list").len(), 1);
    assert_eq!(list(bed.store.db(), None, 10).await.expect("a list").len(), 1);
    let filter = views::Filter {
        contact: Some(winner.clone()),
        ..views::Filter::default()
    };
    assert_eq!(
        views::conversations(bed.store.db(), &filter, None, 10)
            .await
            .expect("a list")
            .len(),
        2
    );
    unmerge(&bed.store, &ana, &id).await.expect("undone");
    assert_eq!(picture().await, before);
    assert_eq!(
        refusal(unmerge(&bed.store, &ana, &id).await),
        "this merge was undone before"
    );
    assert!(merges(bed.store.db(), &winner).await.expect("a list").is_empty());
    // What came into a chat of the winner's while they were one stays there, and that is said.
    let id = merge(&bed.store, &ana, &winner, &loser).await.expect("merged");
    bed.clock.advance(SECOND);
    let inbox = bed.inbox(Channel::Email, false).await;
    let while_one = bed
        .file(&mail(&inbox, "ana@customer.test", "2@customer.test", "Hello"))
        .await;
    assert_eq!(while_one.contact, Some(winner.clone()));
    let told = unmerge(&bed.store, &ana, &id).await.expect("undone");
    assert!(matches!(told.stays.as_slice(), [(_, 1)]), "{told:?}");
    assert_eq!(
        bed.conversation(&while_one.conversation.expect("filed"))
            .await
            .contact_id,
        winner
    );
    assert_eq!(
        bed.file(&mail(&inbox, "ana@customer.test", "3@customer.test", "Hello"))
            .await
            .contact,
        Some(loser)
    );
    bed.check().await;
}

async fn what_cannot_be_merged(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (a, _) = visitor(&bed, "a").await;
    let (b, _) = visitor(&bed, "b").await;
    let (c, _) = visitor(&bed, "c").await;
    assert_eq!(
        refusal(merge(&bed.store, &ana, &a, &a).await),
        "a contact cannot be merged with itself"
    );
    assert_eq!(refusal(merge(&bed.store, &ana, &a, &"none".into()).await), "not found");
    let first = merge(&bed.store, &ana, &b, &c).await.expect("merged");
    let taken = "one of the contacts is part of another one already";
    assert_eq!(refusal(merge(&bed.store, &ana, &a, &c).await), taken);
    assert_eq!(refusal(edit(&bed.store, &ana, &c, "C", None, None).await), "not found");
    let second = merge(&bed.store, &ana, &a, &b).await.expect("merged");
    assert_eq!(load(bed.store.db(), &c).await.expect("followed").id, a);
    let words = refusal(unmerge(&bed.store, &ana, &first).await);
    assert!(words.contains("undo that merge first"), "{words}");
    unmerge(&bed.store, &ana, &second).await.expect("undone");
    unmerge(&bed.store, &ana, &first).await.expect("undone");
    assert_eq!(list(bed.store.db(), None, 10).await.expect("a list").len(), 3);
    assert_eq!(refusal(unmerge(&bed.store, &ana, &"none".into()).await), "not found");
    bed.check().await;
}

async fn customers_see_only_their_own(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Portal, false).await;
    let mine = bed.file(&portal(&inbox, "user-1", "f1", "Mine")).await;
    let other = bed.file(&portal(&inbox, "user-2", "f2", "Not mine")).await;
    let (me, id) = (
        Actor::Contact(mine.contact.expect("filed")),
        mine.conversation.expect("filed"),
    );
    let (them, theirs) = (
        Actor::Contact(other.contact.expect("filed")),
        other.conversation.expect("filed"),
    );
    let ticket = tickets::of_conversation(bed.store.db(), &id)
        .await
        .expect("tickets")
        .remove(0)
        .id;
    let answer = bed.say(&ana, &id, "Answer").await.message;
    let db = bed.store.db();
    access::conversation(db, &me, &id).await.expect("mine");
    access::message(db, &me, &answer).await.expect("mine");
    access::ticket(db, &me, &ticket).await.expect("mine");
    let number = access::conversation_by_number(db, &ana, 2).await.expect("an agent's");
    assert_eq!(number.id, theirs);
    for (what, words) in [
        ("conversation", refusal(access::conversation(db, &them, &id).await)),
        ("by number", refusal(access::conversation_by_number(db, &me, 2).await)),
        ("message", refusal(access::message(db, &them, &answer).await)),
        ("ticket", refusal(access::ticket(db, &them, &ticket).await)),
        ("nothing", refusal(access::conversation(db, &me, &"none".into()).await)),
        (
            "a contact that is not there",
            refusal(access::conversation(db, &Actor::Contact("none".into()), &id).await),
        ),
    ] {
        assert_eq!(words, "not found", "{what}");
    }
    bed.check().await;
}

async fn merging_while_messages_arrive_loses_none(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let second = bed.second().await;
    for round in 0..8 {
        let from = |side: usize| format!("{side}-{round}");
        let mut sides = Vec::new();
        for side in 0..2 {
            let filed = bed
                .file(&whatsapp(&inbox, &from(side), &format!("first.{side}.{round}"), "Oi"))
                .await;
            sides.push(filed.contact.expect("filed"));
        }
        let arriving = (0..12).map(|n| {
            let store = if n % 2 == 0 { bed.store.clone() } else { second.clone() };
            let said = whatsapp(&inbox, &from(n % 2), &format!("wamid.{round}.{n}"), "Oi");
            tokio::spawn(async move { ingest_one(&store, said).await.map(drop) })
        });
        let (store, ana, winner, loser) = (second.clone(), ana.clone(), sides[0].clone(), sides[1].clone());
        let merging = tokio::spawn(async move { merge(&store, &ana, &winner, &loser).await.map(drop) });
        for task in join_all(arriving.chain([merging])).await {
            task.expect("no panic").expect("done");
        }
    }
    assert_eq!(bed.count("SELECT COUNT(*) FROM messages").await, 8 * 14);
    bed.check().await;
}

async fn what_is_filed_after_an_unmerge_belongs_to_the_other(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let other = bed.second().await;
    for round in 0..25 {
        let (winner, _) = mail_contact(&bed, &format!("w{round}@customer.test")).await;
        let address = format!("l{round}@customer.test");
        let (loser, _) = mail_contact(&bed, &address).await;
        let merge = merge(&bed.store, &ana, &winner, &loser).await.expect("merged");
        let undoing = {
            let (store, ana) = (bed.store.clone(), ana.clone());
            tokio::spawn(async move { unmerge(&store, &ana, &merge).await.expect("undone") })
        };
        let filing = (0..4).map(|n| {
            let (store, inbox, address) = (other.clone(), inbox.clone(), address.clone());
            tokio::spawn(async move {
                let mut new = mail(
                    &inbox,
                    &address,
                    &format!("{round}.{n}@customer.test"),
                    "Another matter",
                );
                new.subject = Some(format!("Matter {n}"));
                ingest_one(&store, new).await.expect("filed")
            })
        });
        let filed = join_all(filing).await;
        undoing.await.expect("no panic");
        let (undone,): (i64,) = sql("SELECT MAX(position) FROM events WHERE kind = 'contact.merged'")
            .one(bed.store.db())
            .await
            .expect("an event");
        for one in filed {
            let one = one.expect("no panic");
            let conversation = bed.conversation(&one.conversation.expect("filed")).await;
            let (position,): (i64,) =
                sql("SELECT position FROM events WHERE kind = 'message.created' AND subject_id = $1")
                    .bind(&one.message.expect("filed"))
                    .one(bed.store.db())
                    .await
                    .expect("an event");
            let expected = if position > undone { &loser } else { &winner };
            assert_eq!(
                &conversation.contact_id, expected,
                "round {round}: {position} and {undone}"
            );
        }
    }
    bed.check().await;
}

async fn a_merge_is_undone_once(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (winner, _) = mail_contact(&bed, "w@customer.test").await;
    let (loser, _) = mail_contact(&bed, "l@customer.test").await;
    let id = merge(&bed.store, &ana, &winner, &loser).await.expect("merged");
    let other = bed.second().await;
    let tasks = (0..6).map(|n| {
        let store = if n % 2 == 0 { bed.store.clone() } else { other.clone() };
        let (ana, id) = (ana.clone(), id.clone());
        tokio::spawn(async move { unmerge(&store, &ana, &id).await.is_ok() })
    });
    let undone = join_all(tasks)
        .await
        .into_iter()
        .filter(|task| *task.as_ref().expect("no panic"))
        .count();
    assert_eq!(undone, 1);
    bed.check().await;
}
