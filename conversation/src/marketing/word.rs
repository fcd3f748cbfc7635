//! Whoever writes that they want no more: one word, and nothing else in the message.

use super::{MARKETING, show};
use crate::contacts;
use crate::conversations::{self, Conversation, Message};
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::{Event, EventKind};
use crate::letters::folded;
use crate::privacy::{self, Said};
use crate::reply::{NewReply, ReplyKind, reply_in};
use crate::store::Tx;
use crate::types::{Actor, Auto, Channel, ContactId, Language, Level, MessageId, MessageKind};

/// The source of what somebody wrote.
const BY_MESSAGE: &str = "message";

/// What ends it, without accents: as people write it, and as the buttons of Meta's own templates do.
const STOP: &[&str] = &[
    "stop",
    "stop all",
    "unsubscribe",
    "opt out",
    "stop promotions",
    "stop marketing",
    "no marketing",
    "no more offers",
    "baja",
    "darme de baja",
    "dar de baja",
    "no mas publicidad",
    "no quiero publicidad",
    "detener promociones",
    "parar",
    "pare",
    "sair",
    "descadastrar",
    "parar promocoes",
    "interromper promocoes",
    "nao quero publicidade",
    "chega de publicidade",
];
/// What begins it again; only for whoever ended it by a word.
const START: &[&str] = &["start", "unstop", "alta", "voltar"];

/// Whether a message is such a word and nothing else: no to marketing, or yes again.
fn word_of(text: &str) -> Option<bool> {
    const LONGEST: usize = 40;
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let text = folded(text);
    let said = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    match said.as_str() {
        said if STOP.contains(&said) => Some(false),
        said if START.contains(&said) => Some(true),
        _ => None,
    }
}

/// What an inbound message says of marketing, where it is such a word: yes counts of whoever said no by a word before.
pub async fn word_in(on: impl On, contact: &ContactId, message: &Message) -> Result<Option<bool>> {
    let is_sign = message.extra.as_ref().is_some_and(|extra| extra["type"] == "reaction");
    if message.kind != MessageKind::Inbound
        || message.channel != Channel::Whatsapp
        || message.auto != Auto::None
        || is_sign
    {
        return Ok(None);
    }
    let Some(is_given) = word_of(&message.text) else {
        return Ok(None);
    };
    if !is_given {
        return Ok(Some(false));
    }
    let before: Option<(String,)> =
        sql("SELECT id FROM consents WHERE contact_id = $1 AND kind = $2 AND source = $3 LIMIT 1")
            .bind(contact)
            .bind(MARKETING)
            .bind(BY_MESSAGE)
            .optional(on)
            .await?;
    Ok(before.map(|_| true))
}

/// As [`word_in`], of what an event tells.
pub(crate) async fn word_of_event(on: impl On, event: &Event, conversation: &Conversation) -> Result<Option<bool>> {
    if event.kind != EventKind::MessageCreated
        || conversation.channel != Channel::Whatsapp
        || event.data["kind"] != MessageKind::Inbound.as_str()
    {
        return Ok(None);
    }
    let mut on = on;
    match conversations::load_message(&mut on, &MessageId::from(event.subject_id.as_str())).await {
        Ok(message) => word_in(on, &conversation.contact_id, &message).await,
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Notes what a customer wrote of marketing and answers it, where that is news. The message stays one like any other:
/// people see it. The transaction holds the conversation.
pub(crate) async fn heed_in(tx: &mut Tx, event: &Event, conversation: &Conversation) -> Result<()> {
    let Some(is_given) = word_of_event(&mut *tx, event, conversation).await? else {
        return Ok(());
    };
    let message = conversations::load_message(&mut *tx, &MessageId::from(event.subject_id.as_str())).await?;
    let contact = contacts::load(&mut *tx, &conversation.contact_id).await?;
    let last: Option<(bool,)> = sql("SELECT is_given FROM consents WHERE contact_id = $1 AND kind = $2 AND identity_id IS NULL ORDER BY at DESC, is_given, id DESC LIMIT 1")
        .bind(&contact.id)
        .bind(MARKETING)
        .optional(&mut *tx)
        .await?;
    let actor = Actor::Contact(contact.id.clone());
    let said = Said {
        identity: None,
        inbox: None,
        source: BY_MESSAGE,
        words: &message.text,
        at: None,
    };
    privacy::said_in(tx, &actor, &contact.id, MARKETING, is_given, said).await?;
    if last.is_some_and(|(known,)| known == is_given) {
        return Ok(());
    }
    show(tx, &actor, &contact, Some(&conversation.inbox_id), is_given, BY_MESSAGE).await?;
    let id = MessageId::from(tx.env().ulid());
    let words = answer(conversation.language, is_given);
    let new = NewReply::of(id, &conversation.id, ReplyKind::Customer, words);
    match reply_in(tx, &Actor::System, new).await {
        Ok(_) => {}
        Err(Error::Invalid(_)) => return Ok(()),
        Err(error) => return Err(error),
    }
    // The bot says nothing to it, so nobody has to.
    let mut held = conversations::lock(tx, &conversation.id).await?;
    if held.level == Level::Bot {
        held.waiting_since = None;
        conversations::save(tx, &mut held).await?;
    }
    Ok(())
}

const fn answer(language: Language, is_given: bool) -> &'static str {
    match (language, is_given) {
        (Language::En, false) => {
            "You will get no more marketing from us by WhatsApp. What concerns your own matters (answers, visits, invoices) still comes. To get offers again, write START."
        }
        (Language::Es, false) => {
            "No recibirá más publicidad nuestra por WhatsApp. Lo que se refiere a sus asuntos (respuestas, visitas, facturas) seguirá llegando. Para volver a recibir ofertas, escriba ALTA."
        }
        (Language::Pt, false) => {
            "Você não receberá mais publicidade nossa pelo WhatsApp. O que diz respeito aos seus assuntos (respostas, visitas, faturas) continua chegando. Para voltar a receber ofertas, escreva VOLTAR."
        }
        (Language::En, true) => "You will get our offers by WhatsApp again. To stop them, write STOP.",
        (Language::Es, true) => "Volverá a recibir nuestras ofertas por WhatsApp. Para no recibirlas, escriba BAJA.",
        (Language::Pt, true) => {
            "Você voltará a receber nossas ofertas pelo WhatsApp. Para não recebê-las, escreva PARAR."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_alone_is_one_and_a_sentence_is_none() {
        for (text, expected) in [
            ("STOP", Some(false)),
            (" Stop. ", Some(false)),
            ("¡BAJA!", Some(false)),
            ("Parar promoções", Some(false)),
            ("Não quero publicidade", Some(false)),
            ("start", Some(true)),
            ("Alta", Some(true)),
            ("stop the printer", None),
            ("La impresora no quiere parar", None),
            ("baja la tapa", None),
            ("¿Cómo doy de baja el contrato?", None),
            ("cancelar", None),
            ("", None),
            ("🛑", None),
        ] {
            assert_eq!(word_of(text), expected, "{text}");
        }
        assert_eq!(word_of(&"stop ".repeat(50)), None);
    }
}
