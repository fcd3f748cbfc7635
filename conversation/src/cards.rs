//! Cards of things that go on changing: an invoice that is paid turns to "paid" in every
//! conversation that shows it.

use serde_json::json;

use crate::card::{Card, CardKind};
use crate::conversations;
use crate::db::{insert_rows, sql};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::store::{Tx, event};
use crate::types::{Actor, Language, MessageId};

/// Remembers that a message carries a card which [`refresh_in`] will be asked to draw anew.
pub(crate) async fn note_uses(tx: &mut Tx, message: &MessageId, cards: &[Card]) -> Result<()> {
    let rows = cards
        .iter()
        .filter(|card| {
            matches!(
                card.kind,
                CardKind::Invoice | CardKind::Ticket | CardKind::Machine | CardKind::Visit
            )
        })
        .map(|card| vec![card.reference.as_str().into(), message.into()])
        .collect();
    insert_rows(
        &mut *tx,
        "INSERT INTO card_uses (reference, message_id) VALUES",
        "ON CONFLICT (reference, message_id) DO NOTHING",
        rows,
    )
    .await
}

/// What messages carry of a thing stays as it stands: it is no longer theirs to whom it was shown.
///
/// # Errors
/// When the database cannot be reached.
pub async fn leave_in(tx: &mut Tx, reference: &str) -> Result<()> {
    sql("DELETE FROM card_uses WHERE reference = $1")
        .bind(reference)
        .run(tx)
        .await?;
    Ok(())
}

/// Draws the cards of one thing anew, wherever messages carry them: `draw` makes the card in the
/// language of each conversation. Returns how many messages changed.
///
/// # Errors
/// [`Error::Corrupt`] for a message whose cards cannot be read.
pub async fn refresh_in(tx: &mut Tx, actor: &Actor, reference: &str, draw: impl Fn(Language) -> Card) -> Result<usize> {
    redraw_in(tx, actor, reference, CardKind::Invoice, |language, _| draw(language)).await
}

/// As [`refresh_in`], for cards of another kind.
///
/// # Errors
/// As [`refresh_in`].
pub async fn refresh_kind_in(
    tx: &mut Tx,
    actor: &Actor,
    reference: &str,
    kind: CardKind,
    draw: impl Fn(Language) -> Card,
) -> Result<usize> {
    redraw_in(tx, actor, reference, kind, |language, _| draw(language)).await
}

/// As [`refresh_in`], for cards of one kind; `draw` sees each card as it stands.
///
/// # Errors
/// As [`refresh_in`].
pub(crate) async fn redraw_in(
    tx: &mut Tx,
    actor: &Actor,
    reference: &str,
    kind: CardKind,
    draw: impl Fn(Language, &Card) -> Card,
) -> Result<usize> {
    // In the order of their conversations, so that two of these cannot wait for each other.
    let uses: Vec<(MessageId,)> = sql("SELECT m.id FROM card_uses u JOIN messages m ON m.id = u.message_id WHERE u.reference = $1 ORDER BY m.conversation_id, m.id")
        .bind(reference)
        .all(&mut *tx)
        .await?;
    let mut changed = 0;
    for (id,) in uses {
        let message = conversations::load_message(&mut *tx, &id).await?;
        let conversation = conversations::lock(tx, &message.conversation_id).await?;
        let mut cards = message.cards.clone();
        for card in cards
            .iter_mut()
            .filter(|card| card.reference == reference && card.kind == kind)
        {
            *card = draw(conversation.language, card);
        }
        if cards == message.cards {
            continue;
        }
        let text = serde_json::to_string(&cards).map_err(|error| Error::corrupt("cards", error))?;
        sql("UPDATE messages SET cards = $2 WHERE id = $1")
            .bind(&id)
            .bind(text)
            .run(&mut *tx)
            .await?;
        tx.emit(event(
            EventKind::MessageUpdated,
            &conversation.id,
            id.as_str(),
            actor,
            json!({ "cards": true }),
        ));
        changed += 1;
    }
    Ok(changed)
}
