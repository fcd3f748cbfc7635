//! Who else gets a mail: whom the composer proposes, what was typed there, and whom a message named.

use conversation::Result;
use conversation::access;
use conversation::conversations::{self, Conversation, Message};
use conversation::db::{Db, sql};
use conversation::deliveries::{self, Delivery};
use conversation::types::{Actor, Channel, MessageId, MessageKind, RecipientRole};
use serde_json::Value;
use ui::components::Named;

use crate::auth::form::Form;

/// The copies of a mail, as they are typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Copies {
    /// Seen by all.
    pub(super) cc: String,
    /// Seen by nobody else.
    pub(super) bcc: String,
}

impl Copies {
    pub(super) fn of(form: &Form) -> Copies {
        Copies {
            cc: form.get("cc").trim().to_owned(),
            bcc: form.get("bcc").trim().to_owned(),
        }
    }

    /// Those of a mail that was written.
    pub(super) async fn sent(db: &Db, message: &MessageId) -> Result<Copies> {
        let all = deliveries::of_messages(db, std::slice::from_ref(message)).await?;
        Ok(Copies {
            cc: with_role(&all, RecipientRole::Cc).join(", "),
            bcc: with_role(&all, RecipientRole::Bcc).join(", "),
        })
    }
}

/// The addresses of what was typed or pasted: with commas, semicolons or lines between them, with names or without.
/// What is no address is kept: whoever sends says so.
pub(super) fn addresses(typed: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for one in typed.split([',', ';', '\n']) {
        let bare = match (one.rfind('<'), one.rfind('>')) {
            (Some(from), Some(to)) if from < to => &one[from + 1..to],
            _ => one,
        }
        .trim();
        // The first part of a name that has a comma of its own ("Gil, Pedro" <p@...>) stands in quotes.
        let is_half_a_name = one.trim().starts_with('"') && !bare.contains('@');
        if !bare.is_empty() && !is_half_a_name && !found.iter().any(|known| known.eq_ignore_ascii_case(bare)) {
            found.push(bare.to_owned());
        }
    }
    found
}

/// Who should get a copy of the next answer: whoever the last mail of either side named beside whoever is answered and us.
/// Only those who take part: somebody who merely got hold of a mail brings in nobody.
pub(super) async fn proposed(db: &Db, conversation: &Conversation) -> Result<Vec<String>> {
    let last: Option<(MessageId,)> = sql(
        "SELECT id FROM messages WHERE conversation_id = $1 AND channel = 'email'
            AND ((kind = 'inbound' AND auto = 'none') OR (kind IN ('outbound', 'scheduled') AND author_kind IN ('agent', 'api')))
         ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(&conversation.id)
    .optional(db)
    .await?;
    let Some((last,)) = last else {
        return Ok(Vec::new());
    };
    let message = access::message(db, &Actor::System, &last).await?;
    let named = if message.kind == MessageKind::Inbound {
        let mut named = people(&message, "to");
        named.extend(people(&message, "cc"));
        let mut named: Vec<String> = named.into_iter().map(|(_, address)| address).collect();
        if message.author_id != conversation.contact_id.as_str() {
            named.extend(addresses_of(db, &message.author_id).await?);
        }
        named
    } else {
        let sent = deliveries::of_messages(db, std::slice::from_ref(&last)).await?;
        with_role(&sent, RecipientRole::Cc)
    };
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let take_part = conversations::participants(db, &conversation.id).await?;
    let mut own = own_addresses(db).await?;
    own.extend(conversation.reply_address.as_deref().map(str::to_lowercase));
    let mut found: Vec<String> = Vec::new();
    for address in named {
        let address = address.to_lowercase();
        let is_own = own.contains(&address) || own.contains(&untagged(&address));
        if take_part.contains(&address) && !is_own && !found.contains(&address) {
            found.push(address);
        }
    }
    Ok(found)
}

/// Whom a message names, when it names more than the two who talk.
pub(super) fn named(message: &Message, sent: &[Delivery]) -> Option<Named> {
    if message.channel != Channel::Email {
        return None;
    }
    let named = if message.kind == MessageKind::Inbound {
        let shown = |name: &str| {
            people(message, name)
                .into_iter()
                .map(|(name, address)| match name.trim() {
                    "" => address,
                    name => format!("{name} <{address}>"),
                })
                .collect()
        };
        Named {
            to: shown("to"),
            cc: shown("cc"),
            bcc: Vec::new(),
        }
    } else {
        Named {
            to: with_role(sent, RecipientRole::To),
            cc: with_role(sent, RecipientRole::Cc),
            bcc: with_role(sent, RecipientRole::Bcc),
        }
    };
    (named.to.len() + named.cc.len() + named.bcc.len() > 1).then_some(named)
}

fn with_role(sent: &[Delivery], role: RecipientRole) -> Vec<String> {
    sent.iter()
        .filter(|one| one.channel == Channel::Email && one.role == role)
        .map(|one| one.recipient.clone())
        .collect()
}

/// The recipients that a mail was filed with: name and address.
fn people(message: &Message, field: &str) -> Vec<(String, String)> {
    let text = |one: &Value, key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    message
        .extra
        .as_ref()
        .filter(|extra| extra.get("type").and_then(Value::as_str) == Some("mail"))
        .and_then(|extra| extra.get(field))
        .and_then(Value::as_array)
        .map(|list| {
            list.iter()
                .map(|one| (text(one, "name"), text(one, "address")))
                .collect()
        })
        .unwrap_or_default()
}

async fn own_addresses(db: &Db) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = sql("SELECT address FROM inboxes WHERE channel = 'email'")
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(address,)| untagged(&address.to_lowercase()))
        .collect())
}

async fn addresses_of(db: &Db, contact: &str) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = sql("SELECT value FROM identities WHERE contact_id = $1 AND kind = 'email' ORDER BY id")
        .bind(contact)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(value,)| value).collect())
}

/// An address without what stands behind a plus: our own carry the conversation there.
fn untagged(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or(local)),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{addresses, untagged};

    #[test]
    fn addresses_are_read_as_they_are_typed_and_pasted() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("a@x.example", &["a@x.example"]),
            (
                "a@x.example, b@x.example;c@x.example\nA@X.example",
                &["a@x.example", "b@x.example", "c@x.example"],
            ),
            (
                "Pedro Gil <pedro@x.example>, \"Gil, Ana\" <ana@x.example>",
                &["pedro@x.example", "ana@x.example"],
            ),
            ("nobody", &["nobody"]),
        ];
        for (typed, expected) in cases {
            assert_eq!(addresses(typed), *expected, "{typed}");
        }
        assert_eq!(untagged("help+01abc@x.example"), "help@x.example");
    }
}
