//! Two contacts that were taken for one person: when that is undone, neither reads what the other wrote.

use conversation::access;
use conversation::contacts::{Apart, Parting, merge, parting, unmerge};
use conversation::conversations::participants;
use conversation::reply::{NewReply, ReplyKind, reply};
use conversation::restructure;
use conversation::tickets;
use conversation::types::{Actor, Channel, ContactId, ConversationId, MergeId};
use conversation::views;

use super::bed::{Bed, SECOND, both, mail, refusal};
use super::ingest::ticket_in;

both! {
    what_was_merged_in_comes_out_again,
    the_conversation_that_took_it_in_may_be_the_others,
    a_message_that_was_moved_leaves_alone,
    what_came_since_goes_by_its_address,
    a_chain_of_merges_is_taken_apart,
}

struct Two {
    agent: Actor,
    /// Of the one that stays, and of the one that becomes part of it: contact and conversation.
    ana: (ContactId, ConversationId),
    bob: (ContactId, ConversationId),
}

impl Two {
    async fn new(bed: &Bed) -> Two {
        let inbox = bed.inbox(Channel::Email, false).await;
        let mut both = Vec::new();
        for who in ["ana", "bob"] {
            let address = format!("{who}@customer.test");
            let filed = bed.file(&mail(&inbox, &address, &format!("1.{who}"), "Hello")).await;
            both.push((filed.contact.expect("filed"), filed.conversation.expect("filed")));
            bed.clock.advance(SECOND);
        }
        let bob = both.pop().expect("bob");
        let ana = both.pop().expect("ana");
        let agent = bed.agent("rui").await;
        for id in [&ana.1, &bob.1] {
            bed.say(&agent, id, "An answer").await;
            let note = NewReply {
                kind: ReplyKind::Note,
                ..bed.words(id, "A note")
            };
            reply(&bed.store, &agent, note).await.expect("a note");
        }
        Two { agent, ana, bob }
    }

    async fn are_one(&self, bed: &Bed) -> MergeId {
        bed.clock.advance(SECOND);
        let merge = merge(&bed.store, &self.agent, &self.ana.0, &self.bob.0)
            .await
            .expect("merged");
        bed.clock.advance(SECOND);
        merge
    }

    /// Undoes it, and finds that it was told before what happened.
    async fn are_two(&self, bed: &Bed, merge: &MergeId) -> Parting {
        let told = parting(&bed.store, merge).await.expect("told");
        let done = unmerge(&bed.store, &self.agent, merge).await.expect("undone");
        assert_eq!(told, done);
        bed.check().await;
        done
    }

    /// Each reads their own, and nothing of the other's.
    async fn are_apart(&self, bed: &Bed) {
        for (mine, theirs) in [(&self.ana, &self.bob), (&self.bob, &self.ana)] {
            let me = Actor::Contact(mine.0.clone());
            access::conversation(bed.store.db(), &me, &mine.1).await.expect("mine");
            let other = access::conversation(bed.store.db(), &me, &theirs.1).await;
            assert_eq!(refusal(other), "not found");
        }
    }
}

/// What stands in a conversation, without the lines about it.
async fn texts(bed: &Bed, id: &ConversationId) -> Vec<String> {
    let all = views::timeline(bed.store.db(), id, None, 100)
        .await
        .expect("a timeline");
    let said = all.into_iter().filter(|message| message.conversation_id == *id);
    said.map(|message| message.text)
        .filter(|text| !text.is_empty())
        .collect()
}

async fn number(bed: &Bed, id: &ConversationId) -> i64 {
    bed.conversation(id).await.number
}

async fn what_was_merged_in_comes_out_again(bed: Bed) {
    let two = Two::new(&bed).await;
    let ticket = tickets::open(&bed.store, &two.agent, ticket_in(&two.bob.1))
        .await
        .expect("a ticket");
    let numbers = (number(&bed, &two.ana.1).await, number(&bed, &two.bob.1).await);
    let before = (texts(&bed, &two.ana.1).await, texts(&bed, &two.bob.1).await);
    let merge = two.are_one(&bed).await;
    restructure::merge(&bed.store, &two.agent, &two.bob.1, &two.ana.1)
        .await
        .expect("merged");
    let told = two.are_two(&bed, &merge).await;
    assert_eq!(
        told,
        Parting {
            back: Vec::new(),
            apart: vec![Apart {
                number: numbers.0,
                messages: told.apart[0].messages,
                into: Some(numbers.1),
                is_others: true,
            }],
            stays: Vec::new(),
        }
    );
    two.are_apart(&bed).await;
    assert_eq!((texts(&bed, &two.ana.1).await, texts(&bed, &two.bob.1).await), before);
    let ticket = tickets::load(bed.store.db(), &ticket.id).await.expect("the ticket");
    assert_eq!(
        (ticket.conversation_id, ticket.contact_id),
        (two.bob.1.clone(), two.bob.0.clone())
    );
    for (who, id) in [("ana", &two.ana.1), ("bob", &two.bob.1)] {
        let address = format!("{who}@customer.test");
        assert_eq!(
            participants(bed.store.db(), id).await.expect("a list"),
            std::slice::from_ref(&address)
        );
        let said = bed.say(&two.agent, id, "And now?").await;
        assert_eq!(bed.delivery(&said.message).await.recipient, address);
        // An answer to what was said before finds its own place.
        let inbox = bed.conversation(id).await.inbox_id;
        let mut answer = mail(&inbox, &address, &format!("2.{who}"), "Thanks");
        answer.thread.in_reply_to = vec![format!("1.{who}")];
        assert_eq!(&bed.place(&answer).await.0, id);
    }
    bed.check().await;
}

async fn the_conversation_that_took_it_in_may_be_the_others(bed: Bed) {
    let two = Two::new(&bed).await;
    let numbers = (number(&bed, &two.ana.1).await, number(&bed, &two.bob.1).await);
    let before = (texts(&bed, &two.ana.1).await, texts(&bed, &two.bob.1).await);
    let merge = two.are_one(&bed).await;
    restructure::merge(&bed.store, &two.agent, &two.ana.1, &two.bob.1)
        .await
        .expect("merged");
    let told = two.are_two(&bed, &merge).await;
    assert_eq!(told.back, [numbers.1]);
    assert!(
        matches!(told.apart.as_slice(), [one] if one.number == numbers.1 && one.into == Some(numbers.0) && !one.is_others),
        "{told:?}"
    );
    two.are_apart(&bed).await;
    assert_eq!((texts(&bed, &two.ana.1).await, texts(&bed, &two.bob.1).await), before);
}

async fn a_message_that_was_moved_leaves_alone(bed: Bed) {
    let two = Two::new(&bed).await;
    let merge = two.are_one(&bed).await;
    let theirs = views::newest_inbound(bed.store.db(), &two.bob.1).await.expect("a look");
    let theirs = theirs.expect("a message");
    restructure::move_messages(
        &bed.store,
        &two.agent,
        std::slice::from_ref(&theirs),
        &two.bob.1,
        &two.ana.1,
    )
    .await
    .expect("moved");
    let told = two.are_two(&bed, &merge).await;
    assert!(
        matches!(told.apart.as_slice(), [one] if one.messages == 1 && one.into.is_none() && one.is_others),
        "{told:?}"
    );
    two.are_apart(&bed).await;
    let bob = Actor::Contact(two.bob.0.clone());
    let found = access::message(bed.store.db(), &bob, &theirs).await.expect("his own");
    let place = bed.conversation(&found.conversation_id).await;
    assert_eq!(
        (place.contact_id, place.reply_address.as_deref()),
        (two.bob.0.clone(), Some("bob@customer.test"))
    );
    assert!(![&two.ana.1, &two.bob.1].contains(&&found.conversation_id));
}

async fn what_came_since_goes_by_its_address(bed: Bed) {
    let two = Two::new(&bed).await;
    let merge = two.are_one(&bed).await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let begun = |who: &str| {
        mail(
            &inbox,
            &format!("{who}@customer.test"),
            &format!("3.{who}"),
            "Another matter",
        )
    };
    let (his, _) = bed.place(&begun("bob")).await;
    let (hers, _) = bed.place(&begun("ana")).await;
    // He writes into her conversation, which was his as well by then.
    let mut into_hers = mail(&inbox, "bob@customer.test", "4.bob", "Me, too");
    into_hers.thread.in_reply_to = vec!["1.ana".to_owned()];
    assert_eq!(bed.place(&into_hers).await.0, two.ana.1);
    let told = two.are_two(&bed, &merge).await;
    let mut back = vec![number(&bed, &two.bob.1).await, number(&bed, &his).await];
    back.sort();
    assert_eq!(told.back, back);
    assert_eq!(
        told.stays,
        [(number(&bed, &two.ana.1).await, 1)],
        "nobody can tell, and it is said"
    );
    assert_eq!(bed.conversation(&his).await.contact_id, two.bob.0);
    assert_eq!(bed.conversation(&hers).await.contact_id, two.ana.0);
    two.are_apart(&bed).await;
}

async fn a_chain_of_merges_is_taken_apart(bed: Bed) {
    let two = Two::new(&bed).await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (second, _) = bed
        .place(&mail(&inbox, "bob@customer.test", "5.bob", "A second matter"))
        .await;
    let merge = two.are_one(&bed).await;
    for (from, into) in [(&second, &two.bob.1), (&two.bob.1, &two.ana.1)] {
        restructure::merge(&bed.store, &two.agent, from, into)
            .await
            .expect("merged");
    }
    two.are_two(&bed, &merge).await;
    two.are_apart(&bed).await;
    assert!(
        texts(&bed, &two.bob.1)
            .await
            .iter()
            .any(|text| text == "A second matter")
    );
    let bob = Actor::Contact(two.bob.0.clone());
    let followed = access::conversation(bed.store.db(), &bob, &second)
        .await
        .expect("his own");
    assert_eq!(followed.id, two.bob.1);
    assert_eq!(texts(&bed, &two.ana.1).await.len(), 3);
}
