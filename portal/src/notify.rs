//! The mail with the ticket number, written when the public form opened a ticket.

use conversation::card::{Card, CardAction, CardKind};
use conversation::events::{Event, EventKind};
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::store::events_after;
use conversation::stream::Group;
use conversation::stream::consumer::{Claim, Handled, Handler};
use conversation::types::{Actor, Channel, MessageId, MessageKind, TicketId};
use conversation::{Error, Result, Store, access, tickets};

use crate::words;

/// The consumer group that [`Notify`] belongs to.
pub const GROUP: Group = Group {
    name: "notify",
    kinds: &[EventKind::TicketCreated],
};

/// Tells the customer the number of the ticket that the form opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Notify;

impl Handler for Notify {
    async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
        // Other tickets are opened by people who write to the customer themselves.
        let is_forms = event.kind == EventKind::TicketCreated && event.data["by"] == "portal";
        let (true, Some(conversation)) = (is_forms && !event.is_spam(), &event.conversation_id) else {
            return Ok(Handled::Nothing);
        };
        let mut tx = store.begin().await?;
        if !claim.take(&mut tx).await? {
            return Ok(Handled::Nothing);
        }
        let ticket = tickets::load(&mut tx, &TicketId::from(event.subject_id.as_str())).await?;
        let conversation = access::conversation(&mut tx, &Actor::System, conversation).await?;
        let words = words::of(conversation.language);
        let number = tickets::number_text(ticket.number);
        let card = Card {
            kind: CardKind::Ticket,
            reference: ticket.id.to_string(),
            title: format!("{number} · {}", ticket.subject),
            body: String::new(),
            facts: vec![
                (words.card_number.to_owned(), number),
                (
                    words.card_status.to_owned(),
                    ui::components::ticket_status_name(conversation.language, ticket.status).into_owned(),
                ),
            ],
            actions: vec![CardAction::Open {
                label: words.card_open.to_owned(),
                // A mail to the customer's own address gets a link that signs in when it is composed.
                path: ui::routes::path(ui::routes::TICKET, ticket.id.as_str()),
            }],
        };
        let new = NewReply {
            cards: vec![card],
            ..NewReply::of(
                MessageId::from(tx.env().ulid()),
                &conversation.id,
                ReplyKind::Customer,
                words.mail_text.to_owned(),
            )
        };
        match reply::reply_in(&mut tx, &Actor::System, new).await {
            Ok(_) => {
                tx.commit().await?;
                Ok(Handled::Done)
            }
            // Nobody to write to; the ticket stands all the same.
            Err(Error::Invalid(why)) => {
                tracing::warn!(
                    ticket = ticket.number,
                    why,
                    "the customer was not told the ticket's number"
                );
                Ok(Handled::Nothing)
            }
            Err(error) => Err(error),
        }
    }

    async fn give_up(&self, _: &Store, event: &Event, error: &str) {
        tracing::error!(
            ticket = event.subject_id,
            error,
            "the mail with the ticket's number was not written"
        );
    }
}

/// Whoever answers by itself, after the word that the message arrived: both hear of a form in the same moment, and who
/// wrote it reads first that it is here.
#[derive(Debug)]
pub struct AfterReceipt<H>(pub H);

impl<H: Handler> Handler for AfterReceipt<H> {
    async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
        if let Some(opened) = opened_with(store, event).await? {
            let receipt = Claim::of(GROUP, opened.position);
            // Its own group comes again where it was not written.
            if let Err(error) = Notify.handle(store, &opened, &receipt).await {
                tracing::warn!(ticket = opened.subject_id, %error, "the receipt comes after the answer");
            }
        }
        self.0.handle(store, event, claim).await
    }

    async fn give_up(&self, store: &Store, event: &Event, error: &str) {
        self.0.give_up(store, event, error).await;
    }
}

/// The event of the ticket that a message opened, which stands right before its own.
async fn opened_with(store: &Store, event: &Event) -> Result<Option<Event>> {
    let is_written = event.kind == EventKind::MessageCreated
        && event.data["kind"] == MessageKind::Inbound.as_str()
        && event.data["channel"] == Channel::Portal.as_str();
    if !is_written {
        return Ok(None);
    }
    let before = events_after(store.db(), event.position - 2, 1).await?;
    Ok(before
        .into_iter()
        .next()
        .filter(|before| before.kind == EventKind::TicketCreated && before.conversation_id == event.conversation_id))
}
