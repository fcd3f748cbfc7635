//! What a customer's words change beside the thread: whether a matter that is done is opened again, and the language that
//! they are answered in.

use conversation::contacts;
use conversation::inbound::InboundMessage;
use conversation::lifecycle::{Action, act};
use conversation::types::{Channel, ConversationStatus, IdentityKind, Language, MatchedBy, TicketStatus};
use conversation::{tickets, views};

use super::bed::{Bed, both, mail, whatsapp};
use super::desk::work;
use super::ingest::ticket_in;

both! {
    thanks_leave_done_what_is_done,
    a_chat_learns_the_language_of_its_customer,
}

async fn thanks_leave_done_what_is_done(bed: Bed) {
    let ana = bed.agent("ana").await;
    let chats = bed.inbox(Channel::Whatsapp, false).await;
    let mails = bed.inbox(Channel::Email, true).await;
    let chat = |id: &str, text: &str| whatsapp(&chats, "5511999990001", id, text);
    let answer = |id: &str, text: &str| {
        let mut answer = mail(&mails, "rui@example.org", id, text);
        answer.thread.in_reply_to = vec!["first@example.org".to_owned()];
        answer
    };
    let begun: [(InboundMessage, [InboundMessage; 3]); 2] = [
        (
            chat("c1", "A impressora parou"),
            [
                chat("c2", "Muito obrigada! 🙏"),
                chat("c3", "valeu"),
                chat("c4", "Obrigada! E quando chega o toner?"),
            ],
        ),
        (
            mail(
                &mails,
                "rui@example.org",
                "first@example.org",
                "The printer stands still",
            ),
            [
                answer("second@example.org", "Thank you very much!"),
                answer("third@example.org", "Thanks again"),
                answer("fourth@example.org", "Thanks, but it stands still again"),
            ],
        ),
    ];
    for (first, [thanks, again, more]) in begun {
        let (id, _) = bed.place(&first).await;
        let ticket = tickets::open(&bed.store, &ana, ticket_in(&id))
            .await
            .expect("a ticket")
            .id;
        act(&bed.store, &ana, &id, Action::Resolve).await.expect("resolved");
        for word in [&thanks, &again] {
            let (there, by) = bed.place(word).await;
            assert_eq!(there, id, "{by:?}");
            work(&bed.store).await;
            let now = bed.conversation(&id).await;
            assert_eq!((now.status, now.waiting_since), (ConversationStatus::Resolved, None));
            let kept = tickets::load(bed.store.db(), &ticket).await.expect("the ticket");
            assert_eq!(kept.status, TicketStatus::Resolved);
        }
        let said = views::customer_timeline(bed.store.db(), &id, 10)
            .await
            .expect("a thread");
        assert_eq!(said.len(), 3, "it is in the thread");
        bed.place(&more).await;
        let now = bed.conversation(&id).await;
        assert_eq!(now.status, ConversationStatus::Open);
        assert!(now.waiting_since.is_some());
    }
    bed.check().await;
}

async fn a_chat_learns_the_language_of_its_customer(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let chat = |id: &str, text: &str| whatsapp(&inbox, "5215512345678", id, text);
    let language = async || {
        let (contact, _) = contacts::by_identity(bed.store.db(), IdentityKind::Whatsapp, "5215512345678")
            .await
            .expect("a look")
            .expect("a contact");
        contact.language
    };
    // A sign says nothing; the inbox's own language stands in.
    let (id, _) = bed.place(&chat("l1", "👍")).await;
    assert_eq!(
        (language().await, bed.conversation(&id).await.language),
        (None, Language::Pt)
    );
    let (there, by) = bed
        .place(&chat("l2", "Hola, necesito ayuda con la impresora, no funciona"))
        .await;
    assert_eq!((&there, by), (&id, MatchedBy::OpenConversation));
    assert_eq!(
        (language().await, bed.conversation(&id).await.language),
        (Some(Language::Es), Language::Es)
    );
    // Who is known is not learned anew from a word in passing.
    bed.place(&chat("l3", "Thank you, this is what I need for the printer"))
        .await;
    assert_eq!(
        (language().await, bed.conversation(&id).await.language),
        (Some(Language::Es), Language::Es)
    );
    bed.check().await;
}
