//! What a rule looks at.

use serde::{Deserialize, Serialize};

use super::Condition;
use crate::contacts;
use crate::conversations::{self, Conversation, Message};
use crate::db::{On, sql};
use crate::desk::inboxes;
use crate::error::{Error, Result};
use crate::events::{Event, EventKind};
use crate::labels;
use crate::letters::folded;
use crate::tickets;
use crate::types::{Auto, ConversationId, MessageId, MessageKind};

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The words of the message; without one, those of the newest from the customer.
    Message,
    /// The subject.
    Subject,
    /// The customer's addresses and numbers.
    From,
    /// The customer's company.
    Company,
    /// The customer's language.
    Language,
    /// The channel.
    Channel,
    /// The inbox, by its name.
    Inbox,
    /// How urgent it is.
    Priority,
    /// The level.
    Level,
    /// Open, snoozed or resolved.
    Status,
    /// Who has it: an agent's name; `nobody`.
    Assignee,
    /// The labels.
    Label,
    /// `open` or `closed`, by the inbox's business hours.
    Hours,
    /// `person`, `auto_reply`, `bounce`, `bulk`.
    Written,
    /// What the newest unsolved ticket is about: the category and those above it, in every language.
    Category,
    /// The kind of that ticket.
    Kind,
    /// The score that the customer gave: the number, `low`, `csat` or `nps`.
    Score,
}

impl Field {
    /// Every field.
    pub const ALL: [Field; 17] = [
        Field::Message,
        Field::Subject,
        Field::From,
        Field::Company,
        Field::Language,
        Field::Channel,
        Field::Inbox,
        Field::Priority,
        Field::Level,
        Field::Status,
        Field::Assignee,
        Field::Label,
        Field::Hours,
        Field::Written,
        Field::Category,
        Field::Kind,
        Field::Score,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::Message => "message",
            Field::Subject => "subject",
            Field::From => "from",
            Field::Company => "company",
            Field::Language => "language",
            Field::Channel => "channel",
            Field::Inbox => "inbox",
            Field::Priority => "priority",
            Field::Level => "level",
            Field::Status => "status",
            Field::Assignee => "assignee",
            Field::Label => "label",
            Field::Hours => "hours",
            Field::Written => "written",
            Field::Category => "category",
            Field::Kind => "kind",
            Field::Score => "score",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.as_str() == text)
    }
}

/// How a condition looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// It is one of the values.
    Is,
    /// It is none of them.
    IsNot,
    /// One of the values stands in it as whole words: `robo` in "un robo", not in "un robot".
    HasWord,
    /// None of them does.
    HasNoWord,
    /// One of the values stands in it, as a part of a word, too.
    Has,
    /// None of them does.
    HasNot,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Operator; 6] = [
        Operator::Is,
        Operator::IsNot,
        Operator::HasWord,
        Operator::HasNoWord,
        Operator::Has,
        Operator::HasNot,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Operator::Is => "is",
            Operator::IsNot => "is_not",
            Operator::HasWord => "has_word",
            Operator::HasNoWord => "has_no_word",
            Operator::Has => "has",
            Operator::HasNot => "has_not",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Operator> {
        Operator::ALL.into_iter().find(|operator| operator.as_str() == text)
    }
}

/// What is known of a conversation at one event.
#[derive(Debug)]
pub(super) struct Facts {
    /// Whether a person wrote the message.
    pub(super) auto: Auto,
    pub(super) conversation: Conversation,
    message: String,
    from: Vec<String>,
    company: String,
    inbox: String,
    assignee: String,
    labels: Vec<String>,
    categories: Vec<String>,
    kind: String,
    is_open: bool,
    score: Vec<String>,
}

/// Looks everything up.
pub(super) async fn gather(on: impl On, event: &Event, id: &ConversationId) -> Result<Facts> {
    let mut on = on;
    let conversation = conversations::load(&mut on, id).await?;
    let message = message_of(&mut on, event, id).await?;
    let contact = contacts::load(&mut on, &conversation.contact_id).await?;
    let company = match &contact.company_id {
        Some(id) => contacts::company_name(&mut on, id).await?.unwrap_or_default(),
        None => String::new(),
    };
    let mut from: Vec<String> = contacts::identities(&mut on, &contact.id)
        .await?
        .into_iter()
        .map(|identity| identity.value)
        .collect();
    from.push(contact.name);
    let assignee = match &conversation.assignee_id {
        Some(id) => {
            let row: Option<(String,)> = sql("SELECT name FROM agents WHERE id = $1")
                .bind(id)
                .optional(&mut on)
                .await?;
            row.map(|(name,)| name).unwrap_or_default()
        }
        None => "nobody".to_owned(),
    };
    let labels = labels::of_conversations(&mut on, std::slice::from_ref(id))
        .await?
        .remove(id)
        .unwrap_or_default()
        .into_iter()
        .map(|label| label.name)
        .collect();
    let inbox = crate::inboxes::load(&mut on, &conversation.inbox_id).await?.name;
    let desk = inboxes::load(&mut on, &conversation.inbox_id).await?;
    let is_open = inboxes::schedule(&mut on, &desk)
        .await?
        .is_none_or(|schedule| schedule.is_open(event.at));
    let mut score = Vec::new();
    if let (EventKind::SurveyAnswered, Some(number)) = (event.kind, event.data["score"].as_i64()) {
        score.push(number.to_string());
        score.extend(event.data["kind"].as_str().map(str::to_owned));
        if event.data["is_low"] == true {
            score.push("low".to_owned());
        }
    }
    let ticket = tickets::current(&mut on, id).await?;
    let categories = match ticket.as_ref().and_then(|ticket| ticket.category.as_deref()) {
        Some(category) => tickets::categories::tree(&mut on)
            .await?
            .line(category)
            .into_iter()
            .flat_map(|one| one.names.iter().map(|(_, words)| words.to_owned()))
            .collect(),
        None => Vec::new(),
    };
    Ok(Facts {
        categories,
        kind: ticket.map(|ticket| ticket.kind.to_string()).unwrap_or_default(),
        score,
        auto: message.as_ref().map_or(Auto::None, |message| message.auto),
        message: message.map(|message| message.text).unwrap_or_default(),
        from,
        company,
        inbox,
        assignee,
        labels,
        is_open,
        conversation,
    })
}

async fn message_of(on: impl On, event: &Event, id: &ConversationId) -> Result<Option<Message>> {
    let mut on = on;
    let message = match event.kind {
        EventKind::MessageCreated => Some(MessageId::from(event.subject_id.as_str())),
        _ => crate::views::newest_inbound(&mut on, id).await?,
    };
    match message {
        None => Ok(None),
        Some(id) => match conversations::load_message(&mut on, &id).await {
            Ok(message) if message.kind == MessageKind::Activity => Ok(None),
            Ok(message) => Ok(Some(message)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        },
    }
}

impl Facts {
    /// Whether all of these hold.
    pub(super) fn hold(&self, conditions: &[Condition]) -> bool {
        conditions.iter().all(|condition| self.holds(condition))
    }

    fn holds(&self, condition: &Condition) -> bool {
        let wanted: Vec<String> = condition
            .value
            .split(',')
            .map(|value| folded(value.trim()))
            .filter(|value| !value.is_empty())
            .collect();
        let found: Vec<String> = self
            .values(condition.field)
            .iter()
            .map(|value| folded(value.trim()))
            .collect();
        let is = || found.iter().any(|value| wanted.contains(value));
        let has = || {
            found
                .iter()
                .any(|value| wanted.iter().any(|part| value.contains(part.as_str())))
        };
        let has_word = || {
            found
                .iter()
                .any(|value| wanted.iter().any(|words| stands_whole(value, words)))
        };
        match condition.operator {
            // Nothing wanted is nothing there: "company is (empty)".
            Operator::Is if wanted.is_empty() => found.iter().all(String::is_empty),
            Operator::IsNot if wanted.is_empty() => found.iter().any(|value| !value.is_empty()),
            Operator::Is => is(),
            Operator::IsNot => !is(),
            Operator::HasWord => has_word(),
            Operator::HasNoWord => !has_word(),
            Operator::Has => has(),
            Operator::HasNot => !has(),
        }
    }

    fn values(&self, field: Field) -> Vec<String> {
        let one = |value: &str| vec![value.to_owned()];
        let of = &self.conversation;
        match field {
            Field::Message => one(&self.message),
            Field::Subject => one(of.subject.as_deref().unwrap_or_default()),
            Field::From => self.from.clone(),
            Field::Company => one(&self.company),
            Field::Language => one(of.language.as_str()),
            Field::Channel => one(of.channel.as_str()),
            Field::Inbox => one(&self.inbox),
            Field::Priority => one(of.priority.as_str()),
            Field::Level => one(of.level.as_str()),
            Field::Status => one(of.status.as_str()),
            Field::Assignee => one(&self.assignee),
            Field::Label => self.labels.clone(),
            Field::Category => self.categories.clone(),
            Field::Kind => one(&self.kind),
            Field::Hours => one(if self.is_open { "open" } else { "closed" }),
            Field::Score => self.score.clone(),
            Field::Written => one(match self.auto {
                Auto::None => "person",
                other => other.as_str(),
            }),
        }
    }
}

/// Whether `words` stand in `text` with no letter or digit beside them. Both are folded.
fn stands_whole(text: &str, words: &str) -> bool {
    let joins = |beside: Option<char>, end: Option<char>| {
        beside.is_some_and(char::is_alphanumeric) && end.is_some_and(char::is_alphanumeric)
    };
    text.match_indices(words).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !joins(before, found.chars().next()) && !joins(after, found.chars().next_back())
    })
}

#[cfg(test)]
mod tests {
    use super::stands_whole;

    #[test]
    fn words_stand_whole() {
        for (text, words) in [
            ("hubo un robo anoche", "robo"),
            ("robo!", "robo"),
            ("es un robot, no un robo", "robo"),
            ("(robo)", "robo"),
            ("sale humo negro de la maquina", "humo negro"),
            ("o preco e r$5", "r$5"),
            ("#42-a", "#42"),
            ("c++ nao compila", "c++"),
        ] {
            assert!(stands_whole(text, words), "{words} in {text}");
        }
        for (text, words) in [
            ("es un robot", "robo"),
            ("microrobo", "robo"),
            ("robo2", "robo"),
            ("", "robo"),
            ("invoices", "invoice"),
        ] {
            assert!(!stands_whole(text, words), "{words} in {text}");
        }
    }
}
