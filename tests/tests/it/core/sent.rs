//! What somebody of the business sent with another program takes its place in its conversation, counts as an answer
//! and is never sent.

use conversation::access;
use conversation::conversations::Message;
use conversation::inbound::{Bounce, InboundMessage};
use conversation::ingest::sent::{Person, SentMail, mails};
use conversation::ingest::{Filed, Outcome};
use conversation::types::{
    Actor, ActorKind, Auto, Channel, ConversationId, ConversationStatus, IdentityKind, InboxId, Level, MatchedBy,
    MessageKind,
};

use super::bed::{Bed, HOUR, NOON, SECOND, both, mail};

both! {
    an_answer_from_another_program_is_ours,
    what_the_customer_wrote_since_still_waits,
    what_left_from_here_is_known,
    a_matter_begun_elsewhere_is_one_conversation,
    an_answer_that_was_read_first_is_joined,
    what_goes_to_others_is_no_answer,
    nobody_else_takes_part_unseen,
    what_goes_to_others_who_take_part_is_a_note,
    one_that_comes_back_is_said_where_it_stands,
    one_account_of_several_inboxes,
}

const EVA: &str = "eva@customer.test";

/// A mail from the mailbox itself, to these people.
fn ours(inbox: &InboxId, id: &str, answers: Option<&str>, to: &[&str]) -> SentMail {
    let mut message = mail(inbox, "support@example.test", id, "It is on its way");
    message.from.name = Some("Ana at Acme".to_owned());
    message.recipients = to.iter().map(|&address| address.to_owned()).collect();
    message.thread.in_reply_to = answers.map(str::to_owned).into_iter().collect();
    let people = to.iter().map(|&address| person(address)).collect();
    SentMail { message, people }
}

fn person(address: &str) -> Person {
    Person {
        address: address.to_owned(),
        name: Some("Somebody".to_owned()),
    }
}

async fn send(bed: &Bed, sent: &SentMail) -> Filed {
    let mut filed = mails(&bed.store, std::slice::from_ref(sent)).await.expect("filed");
    assert_eq!(bed.quarantine().await, [""; 0]);
    filed.remove(0)
}

async fn stored(bed: &Bed, filed: &Filed) -> Message {
    let id = filed.message.as_ref().expect("a message");
    access::message(bed.store.db(), &Actor::System, id)
        .await
        .expect("stored")
}

fn answer(inbox: &InboxId, from: &str, id: &str, to: &str) -> InboundMessage {
    let mut answer = mail(inbox, from, id, "And when?");
    answer.thread.in_reply_to = vec![to.to_owned()];
    answer
}

async fn an_answer_from_another_program_is_ours(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, true).await;
    let (id, _) = bed.place(&mail(&inbox, EVA, "1@customer.test", "Where is it?")).await;
    assert_eq!(bed.conversation(&id).await.waiting_since, Some(NOON));
    let sent = ours(&inbox, "a@phone.test", Some("1@customer.test"), &[EVA]);
    let filed = send(&bed, &sent).await;
    assert_eq!(
        (filed.outcome, filed.conversation.as_ref(), filed.matched_by),
        (Outcome::Appended, Some(&id), Some(MatchedBy::InReplyTo))
    );
    let message = stored(&bed, &filed).await;
    assert_eq!(
        (message.kind, message.author_kind, message.author_id.as_str()),
        (MessageKind::Outbound, ActorKind::Api, "Ana at Acme")
    );
    let conversation = bed.conversation(&id).await;
    assert_eq!(
        (conversation.waiting_since, conversation.level, conversation.assignee_id),
        (None, Level::N1, None),
        "nobody waits, and the bot has it no more"
    );
    assert_eq!(conversation.preview, "It is on its way");
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM deliveries").await,
        0,
        "it was sent already"
    );
    let head = bed.store.head().await.expect("head");
    assert_eq!(send(&bed, &sent).await.outcome, Outcome::Duplicate);
    assert_eq!(bed.store.head().await.expect("head"), head);
    // The customer's next mail names the one that was sent elsewhere.
    let (again, by) = bed.place(&answer(&inbox, EVA, "2@customer.test", "a@phone.test")).await;
    assert_eq!((again, by), (id.clone(), MatchedBy::InReplyTo));
    // An agent who writes as themselves has it from then on.
    let mut hers = ours(&inbox, "b@phone.test", Some("2@customer.test"), &[EVA]);
    hers.message.from.identities[0].value = "ana@example.test".to_owned();
    let message = stored(&bed, &send(&bed, &hers).await).await;
    assert_eq!(
        (message.author_kind, message.author_id.as_str()),
        (ActorKind::Agent, "ana")
    );
    assert_eq!(
        bed.conversation(&id).await.assignee_id.as_ref().map(|id| id.as_str()),
        Some(ana.id())
    );
    bed.check().await;
}

async fn what_the_customer_wrote_since_still_waits(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&mail(&inbox, EVA, "1@customer.test", "One")).await;
    bed.clock.advance(HOUR);
    let (same, _) = bed
        .place(&answer(&inbox, EVA, "2@customer.test", "1@customer.test"))
        .await;
    assert_eq!(same, id);
    // Sent between the two, read after both.
    let mut early = ours(&inbox, "a@phone.test", Some("1@customer.test"), &[EVA]);
    early.message.sent_at = NOON + 60 * SECOND;
    let message = stored(&bed, &send(&bed, &early).await).await;
    assert_eq!(message.at, NOON + 60 * SECOND, "it stands where it was said");
    let conversation = bed.conversation(&id).await;
    assert_eq!(conversation.waiting_since, Some(NOON));
    assert_eq!(conversation.preview, "And when?", "what was said last");
    // A mail that was read here late is answered all the same by what answers it.
    let mut late = ours(&inbox, "b@phone.test", Some("2@customer.test"), &[EVA]);
    late.message.sent_at = NOON + 120 * SECOND;
    let message = stored(&bed, &send(&bed, &late).await).await;
    assert_eq!(message.at, NOON + HOUR, "never before what it answers");
    assert_eq!(bed.conversation(&id).await.waiting_since, None);
    bed.check().await;
}

async fn what_left_from_here_is_known(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&mail(&inbox, EVA, "1@customer.test", "Where is it?")).await;
    let replied = bed.say(&ana, &id, "On its way").await;
    let mid = bed.delivery(&replied.message).await.external_id;
    let before = bed.store.head().await.expect("head");
    let copy = ours(&inbox, &mid, Some("1@customer.test"), &[EVA]);
    let filed = send(&bed, &copy).await;
    assert_eq!((filed.outcome, filed.conversation), (Outcome::Duplicate, Some(id)));
    assert_eq!(bed.store.head().await.expect("head"), before);
    assert_eq!(bed.count("SELECT COUNT(*) FROM messages").await, 2);
}

async fn a_matter_begun_elsewhere_is_one_conversation(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, true).await;
    let filed = send(&bed, &ours(&inbox, "a@phone.test", None, &[EVA])).await;
    assert_eq!(
        (filed.outcome, filed.matched_by),
        (Outcome::Created, Some(MatchedBy::New))
    );
    let id = filed.conversation.clone().expect("a conversation");
    let conversation = bed.conversation(&id).await;
    assert_eq!(
        (conversation.status, conversation.level, conversation.waiting_since),
        (ConversationStatus::Resolved, Level::N1, None),
        "nobody has to look at it"
    );
    assert_eq!(
        conversation.last_inbound_at, None,
        "no survey is due to who never wrote"
    );
    assert_eq!(stored(&bed, &filed).await.kind, MessageKind::Outbound);
    let (contact, identity) = conversation::contacts::by_identity(bed.store.db(), IdentityKind::Email, EVA)
        .await
        .expect("a look")
        .expect("known");
    assert_eq!((contact.name.as_str(), identity.is_verified), ("Somebody", false));
    assert_eq!(contact.id, conversation.contact_id);
    // Another mail of the same thread, then the answer.
    let again = send(&bed, &ours(&inbox, "b@phone.test", Some("a@phone.test"), &[EVA])).await;
    assert_eq!(
        (again.outcome, again.conversation),
        (Outcome::Appended, Some(id.clone()))
    );
    assert_eq!(bed.conversation(&id).await.status, ConversationStatus::Resolved);
    let (joined, by) = bed.place(&answer(&inbox, EVA, "1@customer.test", "b@phone.test")).await;
    assert_eq!((joined, by), (id.clone(), MatchedBy::InReplyTo));
    let conversation = bed.conversation(&id).await;
    assert_eq!(
        (conversation.status, conversation.level),
        (ConversationStatus::Open, Level::N1),
        "a person began it, and a person is asked"
    );
    assert_eq!(conversation.message_count, 3);
    let replied = bed.say(&ana, &id, "Tomorrow").await;
    assert_eq!(bed.delivery(&replied.message).await.recipient, EVA);
    bed.check().await;
}

async fn an_answer_that_was_read_first_is_joined(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&answer(&inbox, EVA, "1@customer.test", "a@phone.test")).await;
    let filed = send(&bed, &ours(&inbox, "a@phone.test", None, &[EVA])).await;
    assert_eq!(
        (filed.outcome, filed.conversation.as_ref(), filed.matched_by),
        (Outcome::Appended, Some(&id), Some(MatchedBy::SeenReference))
    );
    bed.check().await;
}

async fn what_goes_to_others_is_no_answer(bed: Bed) {
    bed.agent("bo").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&mail(&inbox, EVA, "1@customer.test", "Where is it?")).await;
    // Passed on to a supplier.
    let to_supplier = ours(
        &inbox,
        "a@phone.test",
        Some("1@customer.test"),
        &["sales@supplier.test"],
    );
    let filed = send(&bed, &to_supplier).await;
    let other = filed.conversation.clone().expect("a conversation");
    assert_eq!(filed.outcome, Outcome::Created);
    assert_ne!(other, id);
    assert_eq!(bed.conversation(&other).await.related_to, Some(id.clone()));
    assert_eq!(
        bed.conversation(&id).await.waiting_since,
        Some(NOON),
        "the customer still waits"
    );
    let from_supplier = answer(&inbox, "sales@supplier.test", "2@supplier.test", "a@phone.test");
    assert_eq!(bed.place(&from_supplier).await.0, other, "the customer never reads it");
    // Among ourselves: a note where it belongs to something.
    let inside = ours(&inbox, "b@phone.test", Some("1@customer.test"), &["bo@example.test"]);
    let filed = send(&bed, &inside).await;
    assert_eq!(filed.conversation, Some(id.clone()));
    assert_eq!(stored(&bed, &filed).await.kind, MessageKind::Note);
    assert_eq!(bed.conversation(&id).await.waiting_since, Some(NOON));
    let nothing = ours(
        &inbox,
        "c@phone.test",
        None,
        &["bo@example.test", "support@example.test"],
    );
    assert_eq!(send(&bed, &nothing).await.outcome, Outcome::Passed);
    bed.check().await;
}

async fn nobody_else_takes_part_unseen(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let mut unseen = ours(&inbox, "a@phone.test", None, &["support@example.test"]);
    unseen.people.extend([person(EVA), person("bob@customer.test")]);
    let id = send(&bed, &unseen).await.conversation.expect("a conversation");
    let place = async |from: &str, mid: &str| -> ConversationId {
        bed.place(&answer(&inbox, from, mid, "a@phone.test")).await.0
    };
    assert_eq!(place(EVA, "1@customer.test").await, id);
    let other = place("bob@customer.test", "2@customer.test").await;
    assert_ne!(other, id, "two who do not know of each other");
    assert_eq!(bed.conversation(&other).await.related_to, Some(id));
    bed.check().await;
}

async fn what_goes_to_others_who_take_part_is_a_note(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&mail(&inbox, EVA, "1@customer.test", "Where is it?")).await;
    // Whoever had a copy may answer; what is said to them alone afterwards is not the customer's.
    let copied = ours(
        &inbox,
        "a@phone.test",
        Some("1@customer.test"),
        &[EVA, "bob@supplier.test"],
    );
    assert_eq!(
        stored(&bed, &send(&bed, &copied).await).await.kind,
        MessageKind::Outbound
    );
    let (same, _) = bed.place(&answer(&inbox, EVA, "2@customer.test", "a@phone.test")).await;
    assert_eq!(same, id);
    let aside = ours(&inbox, "b@phone.test", Some("2@customer.test"), &["bob@supplier.test"]);
    let filed = send(&bed, &aside).await;
    assert_eq!(filed.conversation, Some(id.clone()));
    assert_eq!(stored(&bed, &filed).await.kind, MessageKind::Note);
    assert_eq!(
        bed.conversation(&id).await.waiting_since,
        Some(NOON),
        "the customer still waits"
    );
    // Another address of theirs is theirs.
    let (other, _) = bed.place(&mail(&inbox, "eva@home.test", "3@home.test", "Hello")).await;
    bed.one_person(&id, &other).await;
    let home = ours(&inbox, "c@phone.test", Some("2@customer.test"), &["eva@home.test"]);
    let filed = send(&bed, &home).await;
    assert_eq!(filed.conversation, Some(id.clone()));
    assert_eq!(stored(&bed, &filed).await.kind, MessageKind::Outbound);
    assert_eq!(bed.conversation(&id).await.waiting_since, None);
    bed.check().await;
}

async fn one_that_comes_back_is_said_where_it_stands(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    // An older mail to the same address, which is not the one that came back.
    let (before, _) = bed.place(&mail(&inbox, EVA, "1@customer.test", "Where is it?")).await;
    let older = bed.say(&ana, &before, "On its way").await;
    let state = bed.delivery(&older.message).await.state;
    let filed = send(&bed, &ours(&inbox, "a@phone.test", None, &[EVA])).await;
    let id = filed.conversation.expect("a conversation");
    assert_ne!(id, before);
    let mut notice = mail(&inbox, "mailer-daemon@mx.test", "n@mx.test", "No such user");
    notice.auto = Auto::Bounce;
    notice.bounce = Some(Bounce {
        recipient: Some(EVA.to_owned()),
        status: Some("5.1.1".to_owned()),
        original_message_id: Some("a@phone.test".to_owned()),
        ..Bounce::default()
    });
    assert_eq!(bed.place(&notice).await.0, id);
    assert_eq!(
        bed.conversation(&id).await.status,
        ConversationStatus::Open,
        "somebody must see it"
    );
    assert_eq!(bed.delivery(&older.message).await.state, state);
    bed.check().await;
}

async fn one_account_of_several_inboxes(bed: Bed) {
    let (first, second) = (
        bed.inbox(Channel::Email, false).await,
        bed.inbox(Channel::Email, false).await,
    );
    let mut tx = bed.store.begin().await.expect("begin");
    conversation::db::sql("UPDATE inboxes SET address = 'sales@example.test' WHERE id = $1")
        .bind(&second)
        .run(&mut tx)
        .await
        .expect("changed");
    tx.commit_silently().await.expect("commit");
    // Both follow the one folder; it is the mail of the one that it was written from, once.
    let mut of_sales = ours(&first, "a@phone.test", None, &[EVA]);
    of_sales.message.from.identities[0].value = "sales@example.test".to_owned();
    let filed = send(&bed, &of_sales).await;
    let id = filed.conversation.expect("a conversation");
    assert_eq!(bed.conversation(&id).await.inbox_id, second);
    of_sales.message.inbox = second;
    assert_eq!(send(&bed, &of_sales).await.outcome, Outcome::Duplicate);
    bed.check().await;
}
