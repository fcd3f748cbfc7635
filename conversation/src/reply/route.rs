//! By which account a reply leaves, and to whom.

use super::{MOST_RECIPIENTS, Sending};
use crate::conversations::Conversation;
use crate::db::sql;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::types::{Channel, InboxId, RecipientRole};
use crate::{inboxes, ways};

/// By which account a reply leaves, and to where.
pub(crate) struct Route {
    pub(crate) inbox: InboxId,
    pub(crate) channel: Channel,
    pub(crate) recipients: Vec<(RecipientRole, String)>,
    /// The domain of its Message-ID.
    pub(crate) domain: String,
}

/// Everybody whom a mail goes to, each once; `address` is the customer's.
fn recipients(sending: &Sending, address: Option<String>) -> Result<Vec<(RecipientRole, String)>> {
    let mut found: Vec<(RecipientRole, String)> = Vec::new();
    let to = match (sending.to.is_empty(), address) {
        (false, _) => sending.to.clone(),
        (true, Some(address)) => vec![address],
        (true, None) => return Err(unreachable("no address is known")),
    };
    let named = [
        (RecipientRole::To, &to),
        (RecipientRole::Cc, &sending.cc),
        (RecipientRole::Bcc, &sending.bcc),
    ];
    for (role, address) in named
        .into_iter()
        .flat_map(|(role, list)| list.iter().map(move |one| (role, one)))
    {
        let address = address.trim();
        let is_address = address.len() <= 254
            && !address
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'))
            && address
                .rsplit_once('@')
                .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
        // What the channel itself gave as the customer's address is the channel's to judge.
        let is_given = role == RecipientRole::To && sending.to.is_empty();
        if !is_address && !is_given {
            return Err(Error::Invalid(format!("`{address}` is not an e-mail address")));
        }
        if !found.iter().any(|(_, known)| known.eq_ignore_ascii_case(address)) {
            found.push((role, address.to_owned()));
        }
    }
    if found.len() > MOST_RECIPIENTS {
        return Err(Error::Invalid(format!(
            "a message can go to at most {MOST_RECIPIENTS} people; this one names {}",
            found.len()
        )));
    }
    Ok(found)
}

fn unreachable(why: &str) -> Error {
    Error::Invalid(format!("the customer cannot be reached: {why}"))
}

pub(super) async fn route(tx: &mut Tx, conversation: &Conversation, sending: &Sending) -> Result<Route> {
    let only = |recipient: String| vec![(RecipientRole::To, recipient)];
    if let Some((inbox, recipient)) = &sending.by {
        let way = ways::of(&mut *tx, conversation)
            .await?
            .into_iter()
            .find(|way| way.inbox == *inbox && way.recipient == *recipient)
            .ok_or_else(|| {
                Error::Invalid("the customer is not known there; choose another way to answer".to_owned())
            })?;
        if !way.is_usual {
            let (domain, recipients) = match way.channel {
                Channel::Email => (domain_of(&way.address), recipients(sending, Some(way.recipient))?),
                _ => (domain_of(""), only(way.recipient)),
            };
            let (inbox, channel) = (way.inbox, way.channel);
            return Ok(Route {
                inbox,
                channel,
                recipients,
                domain,
            });
        }
    }
    let recipient = conversation.reply_address.clone();
    let by_mail_only = || {
        if sending.to.is_empty() && sending.cc.is_empty() && sending.bcc.is_empty() {
            return Ok(());
        }
        Err(Error::Invalid(
            "only mail can have several recipients; this conversation goes by another channel".to_owned(),
        ))
    };
    match conversation.channel {
        Channel::Email => {
            let inbox = inboxes::load(&mut *tx, &conversation.inbox_id).await?;
            Ok(Route {
                domain: domain_of(&inbox.address),
                inbox: inbox.id,
                channel: Channel::Email,
                recipients: recipients(sending, recipient)?,
            })
        }
        Channel::Whatsapp | Channel::Instagram | Channel::Messenger | Channel::Webchat | Channel::Bridge => {
            by_mail_only()?;
            Ok(Route {
                inbox: conversation.inbox_id.clone(),
                channel: conversation.channel,
                recipients: only(recipient.ok_or_else(|| unreachable("no identity on this channel is known"))?),
                domain: domain_of(""),
            })
        }
        // Answers to the portal go by mail where the business has a mailbox; they stand in the
        // portal in any case.
        Channel::Portal | Channel::Phone => {
            let address: Option<(String,)> = sql("SELECT value FROM identities WHERE contact_id = $1 AND kind = 'email' ORDER BY is_verified DESC, id LIMIT 1")
                .bind(&conversation.contact_id)
                .optional(&mut *tx)
                .await?;
            let inbox = inboxes::default_email(&mut *tx).await?;
            match (address, inbox) {
                (Some((recipient,)), Some(inbox)) => Ok(Route {
                    domain: domain_of(&inbox.address),
                    inbox: inbox.id,
                    channel: Channel::Email,
                    recipients: recipients(sending, Some(recipient))?,
                }),
                (address, _) => {
                    by_mail_only()?;
                    Ok(Route {
                        inbox: conversation.inbox_id.clone(),
                        channel: Channel::Portal,
                        recipients: only(address.map(|(value,)| value).or(recipient).unwrap_or_default()),
                        domain: domain_of(""),
                    })
                }
            }
        }
    }
}

pub(crate) fn domain_of(address: &str) -> String {
    address
        .rsplit_once('@')
        .map_or("switchboard.invalid", |(_, domain)| domain)
        .to_ascii_lowercase()
}
