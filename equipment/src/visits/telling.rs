//! What customers are told of a visit.

use billing::customers;
use conversation::conversations::Conversation;
use conversation::notifications::{self, Kind, News, Sender};
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::types::{Actor, ContactId, MessageId};
use conversation::{Error, Result, Tx, access, contacts};
use serde_json::json;

use super::{Visit, technician};
use crate::machines::Machine;
use crate::{Equipment, card, words};

/// What is said of a visit.
pub(super) enum Said {
    Planned,
    OnWay,
    Cancelled,
    Done(Option<conversation::types::AttachmentId>),
}

/// Tells the customer: everybody of them in the portal, and in the visit's conversation, where there is one, whoever
/// asked.
pub(super) async fn say_in(
    tx: &mut Tx,
    equipment: &Equipment,
    actor: &Actor,
    visit: &Visit,
    machine: &Machine,
    said: Said,
) -> Result<()> {
    let conversation = match &visit.conversation_id {
        Some(id) => Some(access::conversation(&mut *tx, &Actor::System, id).await?),
        None => None,
    };
    let leaves = remember_in(tx, visit, machine, conversation.as_ref(), &said).await?;
    let Some(conversation) = conversation.filter(|_| leaves) else {
        return Ok(());
    };
    // A stranger who followed a label is told that somebody comes, not which machine it is.
    let is_theirs = customers::may_see(&mut *tx, &conversation.contact_id, &visit.customer_id).await?;
    let language = conversation.language;
    let words = words::of(language);
    let name = technician(&mut *tx, &visit.agent_id).await?;
    let when = words::window(visit.starts_at, visit.ends_at, equipment.billing.zone.now(), language);
    let (text, has_card, file) = match said {
        Said::Planned => (words.visit_planned, true, None),
        Said::OnWay => (words.visit_on_way, false, None),
        Said::Cancelled => (words.visit_cancelled, false, None),
        Said::Done(file) => (words.visit_done, false, file),
    };
    let cards = if has_card && is_theirs {
        vec![card::visit(equipment, visit, machine, &name, language)]
    } else {
        Vec::new()
    };
    let new = NewReply {
        cards,
        attachments: file.into_iter().filter(|_| is_theirs).collect(),
        ..NewReply::of(
            MessageId::from(tx.env().ulid()),
            &conversation.id,
            ReplyKind::Customer,
            text.replace("{name}", &name).replace("{when}", &when),
        )
    };
    match reply::reply_in(tx, actor, new).await {
        // Nobody to write to; the visit stands all the same.
        Ok(_) | Err(Error::Invalid(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Puts it into the portal; answers whether the conversation is to say it, too.
async fn remember_in(
    tx: &mut Tx,
    visit: &Visit,
    machine: &Machine,
    conversation: Option<&Conversation>,
    said: &Said,
) -> Result<bool> {
    let customer = customers::load(&mut *tx, &visit.customer_id).await?;
    let people = customers::who_see(&mut *tx, &customer).await?;
    let owner = match conversation {
        Some(conversation) => Some(contacts::load(&mut *tx, &conversation.contact_id).await?.id),
        None => None,
    };
    let senders: Vec<(ContactId, Sender)> = people
        .into_iter()
        .map(|person| {
            let own = conversation.filter(|_| owner.as_ref() == Some(&person));
            let sender = own.map_or(Sender::NONE, |own| Sender::of_channel(own.channel));
            (person, sender)
        })
        .collect();
    let news = News {
        kind: Kind::Visit,
        words: match said {
            Said::Planned => "visit-planned",
            Said::OnWay => "visit-on-way",
            Said::Cancelled => "visit-cancelled",
            Said::Done(_) => "visit-done",
        },
        args: json!({ "machine": machine.name_for(&visit.customer_id), "at": visit.starts_at }),
        path: card::visit_path(&visit.id),
        subject: visit.id.to_string(),
    };
    let told = notifications::tell_in(tx, &news, &senders).await?;
    let mine = senders
        .iter()
        .zip(told)
        .find(|((one, _), _)| owner.as_ref() == Some(one));
    Ok(match (conversation, mine) {
        (Some(conversation), Some((_, told))) => told.leaves_by(conversation.channel),
        (conversation, _) => conversation.is_some(),
    })
}
