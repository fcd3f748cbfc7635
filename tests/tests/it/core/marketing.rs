//! Who wants no marketing: what Meta tells of them, in whichever order, and what is refused then.

use conversation::events::EventKind;
use conversation::inbound::{IdentityClaim, InboundMessage};
use conversation::marketing::{MARKETING, Refusal, Told, choices, note, refusal};
use conversation::reply::{NewReply, ReplyKind, Sending, reply_with};
use conversation::store::events_after;
use conversation::types::{
    Actor, Channel, ContactId, ConversationId, IdentityKind, InboxId, MessageId, MessageKind, Millis,
};
use conversation::{begun, contacts, privacy};
use futures::future::join_all;
use serde_json::json;

use super::bed::{Bed, HOUR, SECOND, both, refusal as refused, whatsapp};
use super::desk::{count, work};

both! {
    what_meta_tells_is_noted_once_and_only_forward,
    a_template_that_advertises_does_not_go_into_a_thread,
    who_is_not_known_yet_is_from_then_on,
    each_number_of_ours_has_its_own_word,
    what_they_say_to_us_counts_as_well,
    a_word_alone_ends_it_and_is_answered_once,
}

const ROSA: &str = "5511987654321";
const ROSA_USER: &str = "BR.1234567890";

fn from(bed: &Bed, inbox: &InboxId, id: &str) -> InboundMessage {
    let mut message = whatsapp(inbox, ROSA, id, "Oi");
    message.sent_at = bed.store.now();
    message
}

fn told(inbox: &InboxId, is_given: bool, at: Millis) -> Told {
    Told {
        inbox: inbox.clone(),
        values: vec![ROSA.to_owned()],
        name: "Rosa".to_owned(),
        is_given,
        words: "User requested to stop marketing messages".to_owned(),
        at,
    }
}

async fn refuses(bed: &Bed, inbox: &InboxId, contact: &ContactId) -> Option<Refusal> {
    refusal(bed.store.db(), inbox, contact, ROSA, None)
        .await
        .expect("asked")
}

/// Lines of a conversation that tell of it, and events that do.
async fn said(bed: &Bed, conversation: &ConversationId) -> (usize, usize) {
    let lines = conversation::views::timeline(bed.store.db(), conversation, None, 100)
        .await
        .expect("read")
        .into_iter()
        .filter(|message| {
            message
                .extra
                .as_ref()
                .is_some_and(|extra| extra["action"] == "marketing")
        })
        .count();
    let events = events_after(bed.store.db(), 0, 1_000)
        .await
        .expect("read")
        .into_iter()
        .filter(|event| event.kind == EventKind::ContactUpdated && event.data["kind"] == MARKETING)
        .count();
    (lines, events)
}

async fn what_meta_tells_is_noted_once_and_only_forward(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let mut first = from(&bed, &inbox, "wamid.1");
    first.from.identities.push(IdentityClaim {
        kind: IdentityKind::Whatsapp,
        value: ROSA_USER.to_owned(),
        verified: true,
    });
    let (conversation, _) = bed.place(&first).await;
    let contact = bed.conversation(&conversation).await.contact_id;
    assert_eq!(refuses(&bed, &inbox, &contact).await, None);
    bed.clock.advance(HOUR);
    let now = bed.store.now();
    let stop = told(&inbox, false, now - 60 * SECOND);
    // The same web hook, three times at once, and once more.
    for noted in join_all([
        note(&bed.store, &stop),
        note(&bed.store, &stop),
        note(&bed.store, &stop),
    ])
    .await
    {
        noted.expect("noted");
    }
    note(&bed.store, &stop).await.expect("noted");
    assert_eq!(refuses(&bed, &inbox, &contact).await, Some(Refusal::ToldWhatsapp));
    assert_eq!(said(&bed, &conversation).await, (1, 1));
    let known = choices(bed.store.db(), &contact).await.expect("read");
    assert_eq!(
        (known.len(), known[0].source.as_str(), known[0].at),
        (1, "whatsapp", now - 60 * SECOND)
    );
    // What is older, or of the same second, changes nothing; what is newer does.
    for at in [now - 120 * SECOND, now - 60 * SECOND] {
        note(&bed.store, &told(&inbox, true, at)).await.expect("noted");
        assert_eq!(refuses(&bed, &inbox, &contact).await, Some(Refusal::ToldWhatsapp));
    }
    note(&bed.store, &told(&inbox, true, now - 30 * SECOND))
        .await
        .expect("noted");
    assert_eq!(refuses(&bed, &inbox, &contact).await, None);
    assert_eq!(said(&bed, &conversation).await, (2, 2));
    // The same word again is no news, but what comes late is older than it.
    note(&bed.store, &told(&inbox, true, now - 10 * SECOND))
        .await
        .expect("noted");
    note(&bed.store, &told(&inbox, false, now - 20 * SECOND))
        .await
        .expect("noted");
    assert_eq!(refuses(&bed, &inbox, &contact).await, None);
    assert_eq!(said(&bed, &conversation).await, (2, 2));
    // By whichever name, and a clock that is ahead does not speak for tomorrow.
    let mut both = told(&inbox, false, now + 24 * HOUR);
    both.values.push(ROSA_USER.to_owned());
    note(&bed.store, &both).await.expect("noted");
    let by_id = refusal(bed.store.db(), &inbox, &contact, ROSA_USER, None)
        .await
        .expect("asked");
    assert_eq!(by_id, Some(Refusal::ToldWhatsapp));
    bed.clock.advance(SECOND);
    note(&bed.store, &told(&inbox, true, bed.store.now()))
        .await
        .expect("noted");
    assert_eq!(refuses(&bed, &inbox, &contact).await, None);
    // Nobody's: kept by whoever heard it.
    let mut nobody = told(&inbox, false, now);
    nobody.values = vec!["BR.999".to_owned()];
    refused(note(&bed.store, &nobody).await);
    bed.check().await;
}

async fn a_template_that_advertises_does_not_go_into_a_thread(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (conversation, _) = bed.place(&from(&bed, &inbox, "wamid.1")).await;
    note(&bed.store, &told(&inbox, false, bed.store.now()))
        .await
        .expect("noted");
    let write = async |is_marketing: bool| {
        let new = NewReply::of(
            MessageId::from(bed.store.env().ulid()),
            &conversation,
            ReplyKind::Customer,
            "Oferta",
        );
        let sending = Sending {
            extra: Some(json!({ "type": "template" })),
            is_marketing,
            ..Sending::default()
        };
        reply_with(&bed.store, &ana, new, sending).await
    };
    assert_eq!(refused(write(true).await), Refusal::ToldWhatsapp.words());
    write(false).await.expect("it concerns them");
    bed.clock.advance(SECOND);
    note(&bed.store, &told(&inbox, true, bed.store.now()))
        .await
        .expect("noted");
    write(true).await.expect("they want it again");
    bed.check().await;
}

async fn who_is_not_known_yet_is_from_then_on(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    note(&bed.store, &told(&inbox, false, bed.store.now()))
        .await
        .expect("noted");
    note(&bed.store, &told(&inbox, false, bed.store.now()))
        .await
        .expect("noted");
    let person = begun::person_of(bed.store.db(), "+55 (11) 98765-4321")
        .await
        .expect("read");
    let contact = person.contact.expect("known");
    assert_eq!(contact.name, "Rosa");
    assert_eq!(refuses(&bed, &inbox, &contact.id).await, Some(Refusal::ToldWhatsapp));
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 1);
    bed.check().await;
}

async fn each_number_of_ours_has_its_own_word(bed: Bed) {
    let one = bed.inbox(Channel::Whatsapp, false).await;
    let other = bed.inbox(Channel::Whatsapp, false).await;
    let (conversation, _) = bed.place(&from(&bed, &one, "wamid.1")).await;
    let contact = bed.conversation(&conversation).await.contact_id;
    note(&bed.store, &told(&one, false, bed.store.now()))
        .await
        .expect("noted");
    assert_eq!(refuses(&bed, &one, &contact).await, Some(Refusal::ToldWhatsapp));
    assert_eq!(refuses(&bed, &other, &contact).await, None);
    // Two people of whom one said so become one, and part again.
    let ana = bed.agent("ana").await;
    let (theirs, _) = bed.place(&whatsapp(&one, "5511912345678", "wamid.2", "Oi")).await;
    let second = bed.conversation(&theirs).await.contact_id;
    let merged = contacts::merge(&bed.store, &ana, &second, &contact).await;
    merged.expect("merged");
    assert_eq!(refuses(&bed, &one, &second).await, Some(Refusal::ToldWhatsapp));
    let by_other = refusal(bed.store.db(), &one, &second, "5511912345678", None).await;
    assert_eq!(by_other.expect("asked"), None, "another number of theirs");
    bed.check().await;
}

async fn what_they_say_to_us_counts_as_well(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (conversation, _) = bed.place(&from(&bed, &inbox, "wamid.1")).await;
    let contact = bed.conversation(&conversation).await.contact_id;
    let say = async |kind: &str, is_given: bool| {
        bed.clock.advance(SECOND);
        let mut tx = bed.store.begin().await.expect("begin");
        let actor = Actor::Contact(contact.clone());
        privacy::consent_in(&mut tx, &actor, &contact, kind, is_given, "portal", "Offers")
            .await
            .expect("kept");
        tx.commit_any().await.expect("commit");
    };
    say(MARKETING, false).await;
    assert_eq!(refuses(&bed, &inbox, &contact).await, Some(Refusal::ToldUs));
    assert_eq!(said(&bed, &conversation).await, (1, 1));
    say(MARKETING, true).await;
    assert_eq!(refuses(&bed, &inbox, &contact).await, None);
    say("whatsapp", false).await;
    assert_eq!(
        refuses(&bed, &inbox, &contact).await,
        Some(Refusal::ToldUs),
        "nothing there is nothing of that, too"
    );
    bed.check().await;
}

async fn a_word_alone_ends_it_and_is_answered_once(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let writes = async |id: &str, text: &str| {
        bed.clock.advance(SECOND);
        let mut message = whatsapp(&inbox, ROSA, id, text);
        message.sent_at = bed.store.now();
        let (conversation, _) = bed.place(&message).await;
        work(&bed.store).await;
        conversation
    };
    let conversation = writes("wamid.1", "Alta").await;
    let contact = bed.conversation(&conversation).await.contact_id;
    writes("wamid.2", "La tapa no baja").await;
    assert_eq!(
        said(&bed, &conversation).await,
        (0, 0),
        "a word that means something else"
    );
    writes("wamid.3", " BAJA! ").await;
    assert_eq!(refuses(&bed, &inbox, &contact).await, Some(Refusal::ToldUs));
    assert_eq!(said(&bed, &conversation).await, (1, 1));
    assert_eq!(count(&bed, &conversation, MessageKind::Outbound).await, 1);
    assert!(
        bed.conversation(&conversation).await.waiting_since.is_none(),
        "answered"
    );
    writes("wamid.4", "stop").await;
    assert_eq!(said(&bed, &conversation).await, (1, 1));
    assert_eq!(count(&bed, &conversation, MessageKind::Outbound).await, 1, "once");
    assert_eq!(
        count(&bed, &conversation, MessageKind::Inbound).await,
        4,
        "nothing is swallowed"
    );
    writes("wamid.5", "alta").await;
    assert_eq!(refuses(&bed, &inbox, &contact).await, None);
    assert_eq!(count(&bed, &conversation, MessageKind::Outbound).await, 2);
    // Whom people have stays with them.
    let ana = bed.agent("ana").await;
    bed.clock.advance(SECOND);
    bed.say(&ana, &conversation, "¿Cuál?").await;
    writes("wamid.6", "baja").await;
    let now = bed.conversation(&conversation).await;
    assert!(now.waiting_since.is_some(), "a person may have asked for it");
    assert_eq!(refuses(&bed, &inbox, &contact).await, Some(Refusal::ToldUs));
    bed.check().await;
}
