//! A conversation that we begin on WhatsApp: one thread for each person and number, and nobody who does not want it.

use conversation::begun::{Began, ChatBeginning, OpenOne, begin_chat, person_of, standing};
use conversation::blocked::{self, IfBlocked};
use conversation::deliveries::{lease, settle};
use conversation::inbound::InboundMessage;
use conversation::lifecycle::{self, Action};
use conversation::marketing::Refusal;
use conversation::outbound::SendError;
use conversation::reply::Sending;
use conversation::types::{Actor, Channel, ConversationId, IdentityKind, InboxId, Level, MessageId};
use conversation::{Error, access, contacts, deliveries, privacy, telephone};
use futures::future::join_all;
use serde_json::json;

use super::bed::{Bed, HOUR, SECOND, both, mail, refusal, whatsapp};

both! {
    it_is_begun_once_and_answered_there,
    an_answer_comes_to_the_number_that_was_written_to,
    nobody_has_two_threads_with_one_number,
    many_at_once_make_one_person_and_one_thread,
    who_is_known_by_telephone_is_the_same_person,
    a_number_is_read_as_it_is_dialled_at_home,
    who_does_not_want_it_is_not_written_to,
    a_number_that_was_given_up_is_somebody_elses,
    what_is_no_number,
    who_is_blocked_is_written_to_only_on_purpose,
}

/// As people write a mobile in São Paulo, and as Meta still writes old accounts of it.
const ROSA: &str = "+55 (11) 98765-4321";
const ROSA_ID: &str = "5511987654321";
const ROSA_OLD: &str = "551187654321";

fn to(bed: &Bed, inbox: &InboxId, number: &str) -> ChatBeginning {
    ChatBeginning {
        message: MessageId::from(bed.store.env().ulid()),
        inbox: inbox.clone(),
        number: number.to_owned(),
        name: "Rosa Prado".to_owned(),
        text: "Olá Rosa".to_owned(),
        attachments: Vec::new(),
        sending: Sending {
            extra: Some(json!({ "type": "template" })),
            ..Sending::default()
        },
        is_insisting: false,
        if_blocked: IfBlocked::Refuse,
        open: OpenOne::Ask,
    }
}

/// What Rosa writes, as Meta writes her number.
fn from(bed: &Bed, inbox: &InboxId, id: &str, text: &str) -> InboundMessage {
    let mut message = whatsapp(inbox, ROSA_ID, id, text);
    message.sent_at = bed.store.now();
    message.from.address = Some(ROSA_OLD.to_owned());
    message
}

async fn begun(bed: &Bed, actor: &Actor, new: ChatBeginning) -> ConversationId {
    match begin_chat(&bed.store, actor, new).await.expect("begun") {
        Began::Begun(id) => id,
        other => panic!("begun: {other:?}"),
    }
}

async fn it_is_begun_once_and_answered_there(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let new = to(&bed, &inbox, ROSA);
    let first = begun(&bed, &ana, new.clone()).await;
    assert_eq!(begun(&bed, &ana, new.clone()).await, first, "the same request");
    assert_eq!(bed.count("SELECT COUNT(*) FROM messages").await, 1);

    let conversation = bed.conversation(&first).await;
    assert_eq!(conversation.assignee_id.map(Actor::Agent), Some(ana.clone()));
    assert_eq!(
        (conversation.channel, conversation.level),
        (Channel::Whatsapp, Level::N1)
    );
    assert_eq!(conversation.waiting_since, None, "nobody waits for us");
    let sent = deliveries::of_messages(bed.store.db(), &[new.message])
        .await
        .expect("sent");
    assert_eq!(sent[0].recipient, ROSA_ID);
    let known = contacts::identities(bed.store.db(), &conversation.contact_id)
        .await
        .expect("identities");
    let values: Vec<_> = known
        .iter()
        .map(|one| (one.kind, one.value.as_str(), one.is_verified))
        .collect();
    assert_eq!(
        values,
        [
            (IdentityKind::Whatsapp, ROSA_ID, false),
            (IdentityKind::Phone, "+5511987654321", false)
        ],
        "our word proves nothing"
    );

    let (answered, _) = bed.place(&from(&bed, &inbox, "wamid.1", "Sim")).await;
    assert_eq!(answered, first);
    let now = bed.conversation(&first).await;
    assert!(now.waiting_since.is_some(), "now the customer waits");
    assert_eq!(now.level, Level::N1, "and the bot stays out of it");
    assert_eq!(now.assignee_id.map(Actor::Agent), Some(ana));
    let contact = access::contact(bed.store.db(), &Actor::System, &now.contact_id)
        .await
        .expect("a contact");
    assert_eq!(contact.name, "Rosa Prado");
    let proved = contacts::by_identity(bed.store.db(), IdentityKind::Whatsapp, ROSA_ID)
        .await
        .expect("asked");
    assert!(
        proved.is_some_and(|(_, identity)| identity.is_verified),
        "WhatsApp proves it"
    );
    bed.check().await;
}

async fn an_answer_comes_to_the_number_that_was_written_to(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let mailbox = bed.inbox(Channel::Email, false).await;
    let first = begun(&bed, &ana, to(&bed, &inbox, ROSA)).await;
    // She is the one who has a mail open, in which something was said later.
    let (letter, _) = bed
        .place(&mail(&mailbox, "rosa@customer.test", "1@customer.test", "Toner"))
        .await;
    bed.one_person(&first, &letter).await;
    bed.clock.advance(60 * SECOND);
    bed.say(&ana, &letter, "It left.").await;
    let (answered, _) = bed.place(&from(&bed, &inbox, "wamid.1", "Sim")).await;
    assert_eq!(answered, first);
    // Once that is done she goes on where something is open.
    lifecycle::act(&bed.store, &ana, &first, Action::Resolve)
        .await
        .expect("resolved");
    bed.clock.advance(72 * HOUR);
    let (later, _) = bed.place(&from(&bed, &inbox, "wamid.2", "Outra coisa")).await;
    assert_eq!(later, letter);
    bed.check().await;
}

async fn nobody_has_two_threads_with_one_number(bed: Bed) {
    let (ana, rui) = (bed.agent("ana").await, bed.agent("rui").await);
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (first, _) = bed.place(&from(&bed, &inbox, "wamid.1", "Oi")).await;
    bed.say(&rui, &first, "Olá").await;

    let new = to(&bed, &inbox, ROSA);
    let asked = begin_chat(&bed.store, &ana, new.clone()).await.expect("asked");
    assert_eq!(asked, Began::Open(first.clone()));
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM messages").await,
        2,
        "nothing was written"
    );
    let elsewhere = OpenOne::Seen(ConversationId::from("nowhere"), None);
    let asked = begin_chat(
        &bed.store,
        &ana,
        ChatBeginning {
            open: elsewhere,
            ..new.clone()
        },
    )
    .await;
    assert_eq!(asked.expect("asked"), Began::Open(first.clone()));

    // What was said since it was looked at holds it back.
    let seen = bed.store.head().await.expect("head");
    bed.place(&from(&bed, &inbox, "wamid.2", "Ainda aí?")).await;
    let stale = ChatBeginning {
        open: OpenOne::Seen(first.clone(), Some(seen)),
        ..new.clone()
    };
    assert!(matches!(
        begin_chat(&bed.store, &ana, stale.clone()).await,
        Err(Error::Stale { .. })
    ));
    let head = bed.store.head().await.expect("head");
    let now = ChatBeginning {
        open: OpenOne::Seen(first.clone(), Some(head)),
        ..new.clone()
    };
    let written = begin_chat(&bed.store, &ana, now).await.expect("written");
    assert_eq!(written, Began::Written(first.clone()));
    let sent = bed.delivery(&new.message).await;
    assert_eq!(sent.recipient, ROSA_OLD, "as Meta writes it");
    let found = bed.conversation(&first).await;
    assert_eq!(found.assignee_id.map(Actor::Agent), Some(rui), "it stays whose it is");

    // What is done is another matter; another number of ours is, too.
    let shop = bed.inbox(Channel::Whatsapp, false).await;
    let other = begun(&bed, &ana, to(&bed, &shop, ROSA)).await;
    assert_ne!(other, first);
    lifecycle::act(&bed.store, &ana, &first, Action::Resolve)
        .await
        .expect("resolved");
    let next = begun(&bed, &ana, to(&bed, &inbox, ROSA)).await;
    assert_ne!(next, first);
    assert_eq!(bed.conversation(&next).await.reply_address.as_deref(), Some(ROSA_OLD));
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 1);
    bed.check().await;
}

async fn many_at_once_make_one_person_and_one_thread(bed: Bed) {
    let (ana, rui) = (bed.agent("ana").await, bed.agent("rui").await);
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let second = bed.second().await;
    let tasks = (0..6).map(|n| {
        let actor = if n % 2 == 0 { ana.clone() } else { rui.clone() };
        let store = if n % 2 == 0 { bed.store.clone() } else { second.clone() };
        let new = to(&bed, &inbox, if n % 3 == 0 { "+551187654321" } else { ROSA });
        tokio::spawn(async move { begin_chat(&store, &actor, new).await })
    });
    let mut begun = 0;
    for task in join_all(tasks).await {
        if let Began::Begun(_) = task.expect("no panic").expect("an answer") {
            begun += 1;
        }
    }
    assert_eq!(begun, 1);
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 1);
    assert_eq!(bed.count("SELECT COUNT(*) FROM conversations").await, 1);
    assert_eq!(bed.count("SELECT COUNT(*) FROM messages").await, 1);
    bed.check().await;
}

async fn who_is_known_by_telephone_is_the_same_person(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let mut tx = bed.store.begin().await.expect("begin");
    let contact = contacts::create_in(&mut tx, &ana, "Rosa", None)
        .await
        .expect("a contact");
    contacts::prove_in(&mut tx, &ana, &contact, IdentityKind::Phone, "+5511987654321", "agent")
        .await
        .expect("a number");
    tx.commit().await.expect("commit");
    let first = begun(&bed, &ana, to(&bed, &inbox, "0055 11 98765 4321")).await;
    assert_eq!(bed.conversation(&first).await.contact_id, contact);
    // Whom we know needs no plus sign.
    let person = person_of(bed.store.db(), "55 11 98765-4321").await.expect("known");
    assert_eq!(person.contact.map(|contact| contact.id), Some(contact));
    bed.check().await;
}

async fn a_number_is_read_as_it_is_dialled_at_home(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let db = bed.store.db();
    assert!(matches!(person_of(db, "11 98765-4321").await, Err(Error::Invalid(_))));
    telephone::set_home(&bed.store, &ana, "BR").await.expect("a country");
    let first = begun(&bed, &ana, to(&bed, &inbox, "11 98765-4321")).await;
    let rosa = bed.conversation(&first).await.contact_id;
    for typed in [ROSA, ROSA_ID, ROSA_OLD, "(11) 8765-4321", "0 15 11 98765 4321"] {
        let person = person_of(db, typed).await.expect("a number");
        assert_eq!(person.value, ROSA_ID, "{typed}");
        assert_eq!(person.contact.map(|contact| contact.id), Some(rosa.clone()), "{typed}");
    }
    // Written bare, a customer's number in Peru is one in Porto Alegre as well.
    let mut tx = bed.store.begin().await.expect("begin");
    let juan = contacts::create_in(&mut tx, &ana, "Juan", None)
        .await
        .expect("a contact");
    contacts::prove_in(&mut tx, &ana, &juan, IdentityKind::Whatsapp, "51987654321", "agent")
        .await
        .expect("a number");
    tx.commit().await.expect("commit");
    let twice = refusal(person_of(db, "51 987654321").await);
    assert!(
        twice.contains("+5551987654321") && twice.contains("+51987654321"),
        "{twice}"
    );
    let person = person_of(db, "+51 987654321").await.expect("known");
    assert_eq!(person.contact.map(|contact| contact.id), Some(juan));
    bed.check().await;
}

/// The next sending comes to nothing, in Meta's words.
async fn fails(bed: &Bed, code: &str) {
    let mut leased = lease(&bed.store, "test", 10).await.expect("leased");
    assert_eq!(leased.len(), 1);
    let outcome = Err(SendError::Permanent {
        code: code.to_owned(),
        reason: "no".to_owned(),
    });
    settle(&bed.store, "test", &leased.remove(0), outcome)
        .await
        .expect("settled");
}

async fn who_does_not_want_it_is_not_written_to(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let again = |change: &dyn Fn(&mut ChatBeginning)| {
        let mut new = to(&bed, &inbox, ROSA);
        new.open = OpenOne::Write;
        change(&mut new);
        new
    };
    let first = begun(&bed, &ana, to(&bed, &inbox, ROSA)).await;
    fails(&bed, "whatsapp.131026").await;
    assert_eq!(
        refusal(begin_chat(&bed.store, &ana, again(&|_| {})).await),
        "WhatsApp could not deliver the last message to +5511987654321; say that the number is right, and send it again"
    );
    let insisting = again(&|new| new.is_insisting = true);
    let written = begin_chat(&bed.store, &ana, insisting).await.expect("written");
    assert_eq!(written, Began::Written(first.clone()));
    bed.clock.advance(SECOND);
    fails(&bed, "whatsapp.131050").await;
    assert_eq!(
        refusal(begin_chat(&bed.store, &ana, again(&|new| new.sending.is_marketing = true)).await),
        Refusal::ToldWhatsapp.words()
    );
    begin_chat(&bed.store, &ana, again(&|_| {}))
        .await
        .expect("it concerns them");

    let contact = bed.conversation(&first).await.contact_id;
    let consent = async |is_given: bool| {
        bed.clock.advance(SECOND);
        let mut tx = bed.store.begin().await.expect("begin");
        let actor = Actor::Contact(contact.clone());
        privacy::consent_in(&mut tx, &actor, &contact, "whatsapp", is_given, "portal", "Notices")
            .await
            .expect("kept");
        tx.commit_silently().await.expect("commit");
    };
    consent(false).await;
    assert_eq!(
        refusal(begin_chat(&bed.store, &ana, again(&|_| {})).await),
        "they do not want to be written to by WhatsApp; wait for them to write, or use another way"
    );
    // Who writes is answered, and takes the other marks off.
    bed.place(&from(&bed, &inbox, "wamid.1", "Oi")).await;
    let now = standing(bed.store.db(), &inbox, &contact, ROSA_ID)
        .await
        .expect("standing");
    assert!(now.is_window_open(bed.store.now()) && now.refuses && !now.is_unreachable);
    assert_eq!(
        now.refuses_marketing,
        Some(Refusal::ToldUs),
        "Meta's word is over, theirs is not"
    );
    begin_chat(&bed.store, &ana, again(&|_| {})).await.expect("an answer");
    bed.clock.advance(25 * HOUR);
    refusal(begin_chat(&bed.store, &ana, again(&|_| {})).await);
    consent(true).await;
    begin_chat(&bed.store, &ana, again(&|_| {})).await.expect("agreed");
    bed.check().await;
}

async fn a_number_that_was_given_up_is_somebody_elses(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (before, _) = bed.place(&from(&bed, &inbox, "wamid.1", "Oi")).await;
    let mut moved = whatsapp(&inbox, "5511912345678", "wamid.2", "Mudei de número");
    moved.sent_at = bed.store.now();
    moved.extra = Some(json!({ "type": "system", "left": [ROSA_ID] }));
    moved.from.identities.push(conversation::inbound::IdentityClaim {
        kind: IdentityKind::Whatsapp,
        value: ROSA_ID.to_owned(),
        verified: true,
    });
    bed.file(&moved).await;
    bed.clock.advance(HOUR);
    let first = begun(&bed, &ana, to(&bed, &inbox, ROSA)).await;
    assert_ne!(
        bed.conversation(&first).await.contact_id,
        bed.conversation(&before).await.contact_id
    );
    let (answered, _) = bed.place(&from(&bed, &inbox, "wamid.3", "Quem é?")).await;
    assert_eq!(answered, first, "whoever has it now");
    bed.check().await;
}

async fn what_is_no_number(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let whole = "number: the whole telephone number with its country code, such as +55 11 99999-0000";
    for number in [
        "",
        "11 98765-4321",
        "5511987654321",
        "+0 123",
        "Rosa",
        "+55 11 98765-4321 ext 3",
        "BR.1234",
    ] {
        assert_eq!(
            refusal(begin_chat(&bed.store, &ana, to(&bed, &inbox, number)).await),
            whole
        );
    }
    let mut empty = to(&bed, &inbox, ROSA);
    empty.text = " ".to_owned();
    empty.sending = Sending::default();
    assert_eq!(
        refusal(begin_chat(&bed.store, &ana, empty).await),
        "the message is empty"
    );
    let mailbox = bed.inbox(Channel::Email, false).await;
    let new = to(&bed, &mailbox, ROSA);
    assert!(matches!(begin_chat(&bed.store, &ana, new).await, Err(Error::NotFound)));
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 0);
    assert_eq!(bed.count("SELECT COUNT(*) FROM identities").await, 0);
}

async fn who_is_blocked_is_written_to_only_on_purpose(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let key = blocked::read(ROSA).expect("a number");
    blocked::block(&bed.store, &ana, key, "").await.expect("blocked");
    let new = to(&bed, &inbox, ROSA);
    let refused = begin_chat(&bed.store, &ana, new.clone()).await;
    assert!(
        matches!(&refused, Err(Error::Conflict(words)) if words.contains("+5511987654321 is blocked")),
        "{refused:?}"
    );
    let let_in = ChatBeginning {
        if_blocked: IfBlocked::LetIn,
        ..new
    };
    let id = begun(&bed, &ana, let_in).await;
    let (answered, _) = bed.place(&from(&bed, &inbox, "wamid.1", "Sim")).await;
    assert_eq!(answered, id, "the answer comes back to it");
    bed.check().await;
}
