//! The variables of texts that are written often, and what they stand for in one conversation.

use serde::Serialize;

use crate::conversations::Conversation;
use crate::db::{On, sql};
use crate::error::Result;
use crate::types::AgentId;
use crate::{contacts, inboxes, tickets};

/// The longest name of a variable, in bytes.
const LONGEST_NAME: usize = 60;

/// Every variable there is.
pub const VARIABLES: &[&str] = &[
    "contact.name",
    "contact.first_name",
    "contact.email",
    "company.name",
    "conversation.number",
    "conversation.subject",
    "ticket.number",
    "ticket.subject",
    "agent.name",
    "agent.first_name",
    "inbox.name",
];

/// What the variables of a text stand for in one conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(Vec<(&'static str, String)>);

impl Values {
    /// Looks everything up that a text may name. `agent` is who writes.
    pub async fn of(on: impl On, conversation: &Conversation, agent: Option<&AgentId>) -> Result<Values> {
        let mut on = on;
        let contact = contacts::load(&mut on, &conversation.contact_id).await?;
        let company = match &contact.company_id {
            Some(id) => contacts::company_name(&mut on, id).await?.unwrap_or_default(),
            None => String::new(),
        };
        let email: Option<(String,)> = sql("SELECT value FROM identities WHERE contact_id = $1 AND kind = 'email' ORDER BY is_verified DESC, id LIMIT 1")
            .bind(&contact.id)
            .optional(&mut on)
            .await?;
        let ticket = match tickets::current(&mut on, &conversation.id).await? {
            Some(ticket) => Some(ticket),
            None => tickets::of_conversation(&mut on, &conversation.id).await?.pop(),
        };
        let agent: Option<(String,)> = match agent {
            Some(id) => {
                sql("SELECT name FROM agents WHERE id = $1")
                    .bind(id)
                    .optional(&mut on)
                    .await?
            }
            None => None,
        };
        let agent = agent.map(|(name,)| name).unwrap_or_default();
        let inbox = inboxes::load(&mut on, &conversation.inbox_id).await?;
        Ok(Values(vec![
            ("contact.first_name", first(&contact.name)),
            ("contact.name", contact.name.trim().to_owned()),
            ("contact.email", email.map(|(value,)| value).unwrap_or_default()),
            ("company.name", company),
            ("conversation.number", format!("#{}", conversation.number)),
            ("conversation.subject", conversation.subject.clone().unwrap_or_default()),
            (
                "ticket.number",
                ticket
                    .as_ref()
                    .map(|ticket| tickets::number_text(ticket.number))
                    .unwrap_or_default(),
            ),
            (
                "ticket.subject",
                ticket.map(|ticket| ticket.subject).unwrap_or_default(),
            ),
            ("agent.first_name", first(&agent)),
            ("agent.name", agent),
            ("inbox.name", inbox.name),
        ]))
    }

    /// What is known of somebody without a conversation.
    pub(crate) fn of_person(name: &str, email: &str, company: &str, inbox: &str) -> Values {
        Values(vec![
            ("contact.first_name", first(name)),
            ("contact.name", name.trim().to_owned()),
            ("contact.email", email.to_owned()),
            ("company.name", company.to_owned()),
            ("inbox.name", inbox.to_owned()),
        ])
    }

    /// Puts the values in. What has none, or is no variable, stays as it is and is named.
    pub fn fill(&self, text: &str) -> Filled {
        let mut out = String::with_capacity(text.len() + 64);
        let mut missing: Vec<String> = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            let (before, after) = rest.split_at(at);
            out.push_str(before);
            // A name is short: looking further than that would take the square of a hostile text's length.
            let near = &after[2..2 + after[2..].floor_char_boundary(LONGEST_NAME + 20)];
            let Some((inside, _)) = near.split_once("}}").filter(|(inside, _)| is_name(inside)) else {
                out.push_str("{{");
                rest = &after[2..];
                continue;
            };
            let name = inside.trim();
            match self.0.iter().find(|(known, value)| *known == name && !value.is_empty()) {
                Some((_, value)) => out.push_str(value),
                None => {
                    out.push_str(&format!("{{{{{name}}}}}"));
                    if !missing.iter().any(|known| known == name) {
                        missing.push(name.to_owned());
                    }
                }
            }
            rest = &after[2 + inside.len() + 2..];
        }
        out.push_str(rest);
        Filled { text: out, missing }
    }
}

/// A text with its variables filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// The words.
    pub text: String,
    /// The variables that stayed open.
    pub missing: Vec<String>,
}

/// The variables that a text still names; what is sent should have none.
pub fn open_variables(text: &str) -> Vec<String> {
    Values::default().fill(text).missing
}

fn is_name(inside: &str) -> bool {
    let name = inside.trim();
    (1..=LONGEST_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_'))
}

fn first(name: &str) -> String {
    name.split_whitespace().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_or_named() {
        let values = Values(vec![
            ("contact.name", "Ana {{agent.name}}".to_owned()),
            ("ticket.number", String::new()),
        ]);
        for (text, filled, missing) in [
            ("Hi {{contact.name}}!", "Hi Ana {{agent.name}}!", &[][..]),
            ("{{ contact.name }}", "Ana {{agent.name}}", &[]),
            (
                "T {{ticket.number}} {{ticket.number}}",
                "T {{ticket.number}} {{ticket.number}}",
                &["ticket.number"],
            ),
            ("{{nobody.knows}}", "{{nobody.knows}}", &["nobody.knows"]),
            ("{{", "{{", &[]),
            ("{{}}", "{{}}", &[]),
            ("{{ {{contact.name}}", "{{ Ana {{agent.name}}", &[]),
            ("a {{B c}} d", "a {{B c}} d", &[]),
            ("}} {{contact.name", "}} {{contact.name", &[]),
        ] {
            let found = values.fill(text);
            assert_eq!(found.text, filled, "{text}");
            assert_eq!(found.missing, missing, "{text}");
        }
        assert_eq!(open_variables("{{a.b}} and {{a.b}}"), ["a.b"]);
        let hostile = "{{".repeat(200_000);
        assert_eq!(values.fill(&hostile).text, hostile);
    }
}
