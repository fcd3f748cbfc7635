//! Raw mails, filed right: one test for each way in which mails end up in the wrong place elsewhere.

use channels::email::receive::deliver;
use conversation::contacts;
use conversation::db::sql;
use conversation::ingest::{Filed, Outcome};
use conversation::types::{
    Actor, ActorKind, AgentId, Channel, ConversationId, ConversationStatus, InboxId, MatchedBy, MessageKind,
};
use conversation::views;

use super::bed::{Bed, both};

both! {
    an_answer_with_a_new_subject_stays,
    an_answer_from_another_address_of_the_same_person_stays,
    an_agent_answers_from_their_own_mail_program,
    a_stranger_cannot_write_as_an_agent,
    a_mail_to_two_of_our_inboxes_is_one,
    lists_and_newsletters,
    ids_that_were_never_seen_and_mails_without_one,
    prefixes_of_any_language_leave_the_subject,
    outlooks_thread_index_is_the_last_thread,
    the_real_sender_of_a_forwarded_mail,
}

struct Desk {
    bed: Bed,
    inbox: InboxId,
}

const CUSTOMER: &str = "Ana Lima <ana@customer.test>";

impl Desk {
    async fn new(bed: Bed) -> Desk {
        let inbox = bed.inbox(Channel::Email, false).await;
        Desk { bed, inbox }
    }

    async fn deliver(&self, header: &str, body: &str) -> Filed {
        let has_to = header.contains("\nTo:");
        let to = if has_to { "" } else { "\nTo: support@example.test" };
        let raw = format!("{header}{to}\n\n{body}\n").replace('\n', "\r\n");
        deliver(&self.bed.store, &self.inbox, raw.as_bytes())
            .await
            .expect("filed")
    }

    /// A customer's mail, and our answer to it: the conversation and the answer's Message-ID.
    async fn begun(&self) -> (ConversationId, String) {
        let filed = self
            .deliver(
                &format!("From: {CUSTOMER}\nSubject: Toner\nMessage-ID: <first@customer.test>"),
                "The toner is empty.",
            )
            .await;
        let id = filed.conversation.expect("a conversation");
        let agent = self.bed.agent("rui").await;
        let replied = self.bed.say(&agent, &id, "We send one.").await;
        (id, self.bed.delivery(&replied.message).await.external_id)
    }

    async fn kinds(&self, id: &ConversationId) -> Vec<(MessageKind, ActorKind)> {
        let messages = views::timeline(self.bed.store.db(), id, None, 50)
            .await
            .expect("messages");
        messages
            .into_iter()
            .map(|message| (message.kind, message.author_kind))
            .collect()
    }
}

async fn an_answer_with_a_new_subject_stays(bed: Bed) {
    let desk = Desk::new(bed).await;
    let (id, answer) = desk.begun().await;
    let filed = desk
        .deliver(&format!("From: {CUSTOMER}\nSubject: Something else altogether\nIn-Reply-To: <{answer}>\nMessage-ID: <2@customer.test>"), "Thanks")
        .await;
    assert_eq!(filed.conversation.as_ref(), Some(&id));
    // And what shares nothing but its subject begins anew.
    let filed = desk
        .deliver(
            &format!("From: {CUSTOMER}\nSubject: Re: Toner\nMessage-ID: <3@customer.test>"),
            "Another one",
        )
        .await;
    assert_eq!(filed.matched_by, Some(MatchedBy::New));
    desk.bed.check().await;
}

async fn an_answer_from_another_address_of_the_same_person_stays(bed: Bed) {
    let desk = Desk::new(bed).await;
    let (id, answer) = desk.begun().await;
    // Our Message-ID carries the signed token, so an unknown address with it is let in.
    let header = format!(
        "From: Ana <ana.private@mail.test>\nSubject: Re: Toner\nIn-Reply-To: <{answer}>\nMessage-ID: <2@mail.test>"
    );
    let filed = desk.deliver(&header, "From my phone").await;
    assert_eq!(
        (filed.conversation.as_ref(), filed.matched_by),
        (Some(&id), Some(MatchedBy::ReplyToken))
    );
    // Without it, a known contact of the same company is.
    let boss = desk
        .deliver(
            "From: Boss <boss@customer.test>\nSubject: Hello\nMessage-ID: <b1@customer.test>",
            "Hello",
        )
        .await;
    let ana = desk.bed.conversation(&id).await.contact_id;
    for contact in [&ana, &boss.contact.expect("a contact")] {
        contacts::edit(
            &desk.bed.store,
            &Actor::System,
            contact,
            "Somebody",
            None,
            Some("Customer Ltd"),
        )
        .await
        .expect("edited");
    }
    let header = "From: Boss <boss@customer.test>\nSubject: Re: Toner\nIn-Reply-To: <first@customer.test>\nMessage-ID: <b2@customer.test>";
    assert_eq!(desk.deliver(header, "Me, too").await.conversation, Some(id.clone()));
    // A stranger who only knows the customer's id is not.
    let header =
        "From: Eve <eve@evil.test>\nSubject: Re: Toner\nIn-Reply-To: <first@customer.test>\nMessage-ID: <e1@evil.test>";
    assert_ne!(desk.deliver(header, "Me, too").await.conversation, Some(id));
    desk.bed.check().await;
}

async fn an_agent_answers_from_their_own_mail_program(bed: Bed) {
    let desk = Desk::new(bed).await;
    let (id, _) = desk.begun().await;
    let customer = format!(
        "From: {CUSTOMER}\nSubject: Re: Toner\nIn-Reply-To: <first@customer.test>\nMessage-ID: <4@customer.test>"
    );
    desk.deliver(&customer, "Where is it?").await;
    assert!(desk.bed.conversation(&id).await.waiting_since.is_some());
    let header = format!(
        "From: Agent rui <rui@example.test>\nTo: {CUSTOMER}\nCc: support@example.test\nSubject: RE: Toner\nIn-Reply-To: <4@customer.test>\nMessage-ID: <r1@example.test>"
    );
    let filed = desk.deliver(&header, "On its way.").await;
    assert_eq!(
        (filed.outcome, filed.conversation.as_ref()),
        (Outcome::Appended, Some(&id))
    );
    let now = desk.bed.conversation(&id).await;
    assert_eq!(
        now.reply_address.as_deref(),
        Some("ana@customer.test"),
        "answers still go to the customer"
    );
    assert_eq!((now.waiting_since, now.preview.as_str()), (None, "On its way."));
    assert_eq!(
        desk.kinds(&id).await.last(),
        Some(&(MessageKind::Outbound, ActorKind::Agent))
    );
    // The customer answers the agent's own mail.
    let header = format!(
        "From: {CUSTOMER}\nTo: rui@example.test\nCc: support@example.test\nSubject: Re: Toner\nIn-Reply-To: <r1@example.test>\nMessage-ID: <5@customer.test>"
    );
    assert_eq!(desk.deliver(&header, "Thank you").await.conversation, Some(id.clone()));
    // What only we got is a note.
    let header = "From: Agent rui <rui@example.test>\nSubject: RE: Toner\nIn-Reply-To: <5@customer.test>\nMessage-ID: <r2@example.test>";
    assert_eq!(
        desk.deliver(header, "She is nice.").await.conversation,
        Some(id.clone())
    );
    assert_eq!(
        desk.kinds(&id).await.last(),
        Some(&(MessageKind::Note, ActorKind::Agent))
    );
    // An agent who begins a matter is a customer like any other.
    let header = "From: Agent rui <rui@example.test>\nSubject: My own printer\nMessage-ID: <r3@example.test>";
    let own = desk.deliver(header, "It is broken.").await;
    assert_eq!(own.outcome, Outcome::Created);
    let header = "From: Agent rui <rui@example.test>\nSubject: My own printer\nIn-Reply-To: <r3@example.test>\nMessage-ID: <r4@example.test>";
    assert_eq!(desk.deliver(header, "Still.").await.conversation, own.conversation);
    let own = own.conversation.expect("filed");
    assert_eq!(desk.kinds(&own).await, [(MessageKind::Inbound, ActorKind::Contact); 2]);
    desk.bed.check().await;
}

async fn a_stranger_cannot_write_as_an_agent(bed: Bed) {
    let desk = Desk::new(bed).await;
    let (id, _) = desk.begun().await;
    let agent = Actor::Agent(AgentId::from("rui"));
    let ticket = conversation::tickets::open(&desk.bed.store, &agent, super::ingest::ticket_in(&id))
        .await
        .expect("a ticket");
    let forged = [
        format!(
            "From: Agent rui <rui@example.test>\nTo: {CUSTOMER}\nSubject: [#{}] Toner\nMessage-ID: <f1@evil.test>",
            ticket.number
        ),
        format!(
            "Authentication-Results: mx.example.test; dmarc=fail header.from=example.test\nFrom: Agent rui <rui@example.test>\nTo: {CUSTOMER}\nSubject: Toner\nIn-Reply-To: <first@customer.test>\nMessage-ID: <f2@evil.test>"
        ),
    ];
    for header in forged {
        let filed = desk.deliver(&header, "Send your password").await;
        assert_ne!(filed.conversation, Some(id.clone()), "{header}");
    }
    desk.bed.check().await;
}

async fn a_mail_to_two_of_our_inboxes_is_one(bed: Bed) {
    let desk = Desk::new(bed).await;
    let other = desk.bed.inbox(Channel::Email, false).await;
    let header = format!(
        "From: {CUSTOMER}\nTo: support@example.test, sales@example.test\nSubject: Toner\nMessage-ID: <both@customer.test>"
    );
    let first = desk.deliver(&header, "To both").await;
    let raw = format!("{header}\n\nTo both\n").replace('\n', "\r\n");
    let second = deliver(&desk.bed.store, &other, raw.as_bytes()).await.expect("filed");
    assert_eq!(
        (second.outcome, &second.conversation),
        (Outcome::Duplicate, &first.conversation)
    );
    // The answer comes back to either of them.
    let answer = format!("From: {CUSTOMER}\nTo: sales@example.test\nSubject: Re: Toner\nIn-Reply-To: <both@customer.test>\nMessage-ID: <b2@customer.test>\n\nx\n").replace('\n', "\r\n");
    let third = deliver(&desk.bed.store, &other, answer.as_bytes())
        .await
        .expect("filed");
    assert_eq!(third.conversation, first.conversation);
    desk.bed.check().await;
}

async fn lists_and_newsletters(bed: Bed) {
    let desk = Desk::new(bed).await;
    let (id, answer) = desk.begun().await;
    // A newsletter does not stand among the work.
    let newsletter = desk
        .deliver("From: News <news@shop.test>\nSubject: Offers\nList-Unsubscribe: <https://shop.test/u>\nPrecedence: bulk\nMessage-ID: <n1@shop.test>", "Buy")
        .await;
    let newsletter = newsletter.conversation.expect("filed");
    assert_eq!(
        desk.bed.conversation(&newsletter).await.status,
        ConversationStatus::Resolved
    );
    // Customers whose server sends everything through a list answer all the same.
    desk.bed.clock.advance(1_000);
    conversation::lifecycle::act(
        &desk.bed.store,
        &Actor::System,
        &id,
        conversation::lifecycle::Action::Resolve,
    )
    .await
    .expect("resolved");
    let header = format!(
        "From: {CUSTOMER}\nSubject: Re: Toner\nIn-Reply-To: <{answer}>\nList-Id: <all.customer.test>\nPrecedence: list\nMessage-ID: <l1@customer.test>"
    );
    let filed = desk.deliver(&header, "It came.").await;
    assert_eq!(filed.conversation.as_ref(), Some(&id));
    assert_eq!(desk.bed.conversation(&id).await.status, ConversationStatus::Open);
    // support@ is a group: what comes through it is from customers.
    let group = "From: Bo <bo@b.test>\nSubject: Help\nPrecedence: list\nMailing-list: list support@example.test; contact support+owners@example.test\nList-ID: <support.example.test>\nList-Post: <https://groups.test/support/post>, <mailto:support@example.test>\nList-Unsubscribe: <mailto:googlegroups-manage@g.test>\nMessage-ID: <g1@b.test>";
    let filed = desk
        .deliver(group, "My printer burns.")
        .await
        .conversation
        .expect("filed");
    assert_eq!(desk.bed.conversation(&filed).await.status, ConversationStatus::Open);
    desk.bed.check().await;
}

async fn ids_that_were_never_seen_and_mails_without_one(bed: Bed) {
    let desk = Desk::new(bed).await;
    // Two mails share an id that never came to us.
    let one = desk
        .deliver(
            &format!(
                "From: {CUSTOMER}\nSubject: A\nReferences: <unseen@customer.test>\nMessage-ID: <u1@customer.test>"
            ),
            "One",
        )
        .await;
    let two = desk
        .deliver(
            &format!(
                "From: {CUSTOMER}\nSubject: B\nReferences: <unseen@customer.test>\nMessage-ID: <u2@customer.test>"
            ),
            "Two",
        )
        .await;
    assert_eq!(
        (two.conversation, two.matched_by),
        (one.conversation.clone(), Some(MatchedBy::SeenReference))
    );
    // Without a Message-ID: filed, found again, and known when it comes twice.
    let bare = format!("From: {CUSTOMER}\nSubject: C\nReferences: <unseen@customer.test>");
    let three = desk.deliver(&bare, "Three").await;
    assert_eq!(
        (three.outcome, &three.conversation),
        (Outcome::Appended, &one.conversation)
    );
    assert_eq!(desk.deliver(&bare, "Three").await.outcome, Outcome::Duplicate);
    assert_eq!(desk.deliver(&bare, "Four").await.outcome, Outcome::Appended);
    // An answer that refers to nothing that anybody has begins anew.
    let lost = desk
        .deliver(
            &format!("From: {CUSTOMER}\nSubject: Re: D\nIn-Reply-To: <nowhere@x.test>\nMessage-ID: <u5@customer.test>"),
            "Five",
        )
        .await;
    assert_eq!(lost.matched_by, Some(MatchedBy::New));
    desk.bed.check().await;
}

async fn prefixes_of_any_language_leave_the_subject(bed: Bed) {
    let desk = Desk::new(bed).await;
    for (number, subject) in [
        "RES: Toner",
        "ENC: RES: Toner",
        "RV: Toner",
        "AW: WG: Toner",
        "TR: Toner",
        "SV: Toner",
        "Odp: Toner",
        "YNT: Toner",
        "=?utf-8?B?562U5aSNOiBUb25lcg==?=",
    ]
    .into_iter()
    .enumerate()
    {
        let filed = desk
            .deliver(
                &format!("From: c{number}@customer.test\nSubject: {subject}\nMessage-ID: <p{number}@customer.test>"),
                "x",
            )
            .await;
        let id = filed.conversation.expect("filed");
        assert_eq!(
            desk.bed.conversation(&id).await.subject.as_deref(),
            Some("Toner"),
            "{subject}"
        );
    }
    desk.bed.check().await;
}

async fn outlooks_thread_index_is_the_last_thread(bed: Bed) {
    let desk = Desk::new(bed).await;
    // 22 bytes begin a thread; each answer adds five.
    let begin = "AQHaAAECAwQFBgcICQoLDA0ODxAREg==";
    let answer = "AQHaAAECAwQFBgcICQoLDA0ODxAREgAAAAAB";
    let first = desk
        .deliver(
            &format!("From: {CUSTOMER}\nSubject: Toner\nThread-Index: {begin}\nMessage-ID: <t1@customer.test>"),
            "One",
        )
        .await;
    let header = format!(
        "From: {CUSTOMER}\nSubject: Toner\nThread-Topic: Toner\nThread-Index: {answer}\nMessage-ID: <t2@customer.test>"
    );
    let second = desk.deliver(&header, "Two").await;
    assert_eq!(
        (second.conversation.as_ref(), second.matched_by),
        (first.conversation.as_ref(), Some(MatchedBy::SeenReference))
    );
    // A template that is sent again and again begins a matter each time.
    let again = desk
        .deliver(
            &format!("From: {CUSTOMER}\nSubject: Toner\nThread-Index: {begin}\nMessage-ID: <t3@customer.test>"),
            "Three",
        )
        .await;
    assert_eq!(again.matched_by, Some(MatchedBy::New));
    // A stranger with somebody's index stays outside.
    let header = format!("From: eve@evil.test\nSubject: Toner\nThread-Index: {answer}\nMessage-ID: <t4@evil.test>");
    assert_eq!(desk.deliver(&header, "Four").await.matched_by, Some(MatchedBy::New));
    desk.bed.check().await;
}

async fn the_real_sender_of_a_forwarded_mail(bed: Bed) {
    let desk = Desk::new(bed).await;
    let forward = "From: Boss <boss@example.test>\nSubject: Fwd: Broken\nMessage-ID: <w1@example.test>";
    let body = "Please help her.\n\n---------- Forwarded message ---------\nFrom: Eva Sol <Eva@customer.test>\nDate: Tue, 4 Mar 2025 at 09:15\nSubject: Broken\nTo: Boss <boss@example.test>\n\nIt is broken.";
    let filed = desk.deliver(forward, body).await;
    let id = filed.conversation.expect("filed");
    let boss = desk.bed.conversation(&id).await.contact_id;
    let (extra,): (Option<String>,) = sql("SELECT extra FROM messages WHERE conversation_id = $1")
        .bind(&id)
        .one(desk.bed.store.db())
        .await
        .expect("the message");
    let extra: serde_json::Value = serde_json::from_str(&extra.expect("facts")).expect("JSON");
    assert_eq!(
        (&extra["forwarded"]["name"], &extra["forwarded"]["address"]),
        (&"Eva Sol".into(), &"Eva@customer.test".into())
    );
    let agent = desk.bed.agent("rui").await;
    let eva = conversation::restructure::give_to(&desk.bed.store, &agent, &id, "Eva@customer.test", "Eva Sol")
        .await
        .expect("given");
    let now = desk.bed.conversation(&id).await;
    assert_eq!(
        (&now.contact_id, now.reply_address.as_deref()),
        (&eva, Some("eva@customer.test"))
    );
    // She writes, and is who she was taken for; the boss may still write.
    let header = "From: Eva Sol <eva@customer.test>\nSubject: Re: Broken\nIn-Reply-To: <w1@example.test>\nMessage-ID: <w2@customer.test>";
    let hers = desk.deliver(header, "It works again.").await;
    assert_eq!(
        (hers.conversation.as_ref(), hers.contact.as_ref()),
        (Some(&id), Some(&eva))
    );
    let header = "From: Boss <boss@example.test>\nSubject: Re: Broken\nIn-Reply-To: <w1@example.test>\nMessage-ID: <w3@example.test>";
    assert_eq!(desk.deliver(header, "And?").await.conversation.as_ref(), Some(&id));
    // Back again, and nonsense is refused.
    let back = conversation::restructure::give_to(&desk.bed.store, &agent, &id, "boss@example.test", "Boss").await;
    assert_eq!(back.expect("given back"), boss);
    for wrong in ["", "nobody", "boss@example.test"] {
        assert!(
            conversation::restructure::give_to(&desk.bed.store, &agent, &id, wrong, "")
                .await
                .is_err(),
            "{wrong}"
        );
    }
    desk.bed.check().await;
}
