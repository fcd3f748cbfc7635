//! Answers to reminders: a number in a chat or a mail of a customer from whom readings are wanted.
//!
//! A message is taken only when it is nothing but numbers and the few words that go with them; everything else
//! goes its usual way. The number is checked like any other; an odd one is asked back. A photo goes to a person.

mod numbers;

use std::collections::HashMap;

use billing::{CustomerId, customers};
use conversation::card::Card;
use conversation::contacts;
use conversation::conversations::{Conversation, Message};
use conversation::db::{On, sql};
use conversation::events::{Event, EventKind};
use conversation::lifecycle::{self, Action};
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::stream::Group;
use conversation::stream::consumer::{Claim, Handled, Handler};
use conversation::types::{Actor, Auto, Channel, Level, MessageId, MessageKind};
use conversation::{Error, Result, Store, Tx, access, attachments, automatic};
use serde::{Deserialize, Serialize};

use crate::ids::{CounterId, Doubt, Meaning, Source};
use crate::readings::{self, Entered, NewReading};
use crate::wishes::{self, Wanted};
use crate::{Equipment, card, reminders, words};

pub use numbers::read;
use numbers::{is_bare, is_yes};

/// The group on the stream.
pub const GROUP: Group = Group {
    name: "readings",
    kinds: &[EventKind::MessageCreated],
};

/// An odd number that waits for a yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    counter: CounterId,
    value: i64,
}

/// Handles the events of [`GROUP`].
#[derive(Clone)]
pub struct Answers {
    /// The machines.
    pub equipment: Equipment,
}

/// What a message is to the readings.
enum Meant {
    Numbers(Vec<(usize, i64)>),
    Yes(Vec<(String, Pending)>),
    Photo,
}

struct Taken {
    customers: Vec<CustomerId>,
    wanted: Vec<Wanted>,
    meant: Meant,
}

impl Answers {
    /// What a message means, where readings are wanted of its sender; `None` where it goes its usual way.
    async fn look(&self, message: &Message, conversation: &Conversation) -> Result<Option<Taken>> {
        let db = self.equipment.store().db();
        let is_chat = matches!(message.channel, Channel::Email | Channel::Whatsapp);
        if message.kind != MessageKind::Inbound || message.auto != Auto::None || !is_chat {
            return Ok(None);
        }
        let own = customers::of_contact(db, &conversation.contact_id).await?;
        let open = wishes::open_of(db, &own).await?;
        if open.is_empty() || !self.is_proved(conversation).await? {
            return Ok(None);
        }
        let language = conversation.language;
        let pending: Vec<(String, Pending)> = open
            .iter()
            .filter_map(|wish| {
                let pending = wish.pending.as_deref()?;
                Some((wish.id.clone(), serde_json::from_str(pending).ok()?))
            })
            .collect();
        let wanted = wishes::wanted(db, &open).await?;
        let text = message.text.as_str();
        if !pending.is_empty() && is_yes(text, words::of(language).yes) {
            return Ok(Some(Taken {
                customers: own,
                wanted,
                meant: Meant::Yes(pending),
            }));
        }
        let serials: Vec<&str> = wanted.iter().map(|one| one.machine.serial.as_str()).collect();
        let numbers = read(text, &serials);
        if !numbers.is_empty() {
            return Ok(Some(Taken {
                customers: own,
                wanted,
                meant: Meant::Numbers(numbers),
            }));
        }
        let has_picture = attachments::of_messages(db, std::slice::from_ref(&message.id))
            .await?
            .iter()
            .any(|file| file.media_type.starts_with("image/") && !file.is_inline);
        Ok((is_bare(text) && has_picture && !wanted.is_empty()).then_some(Taken {
            customers: own,
            wanted,
            meant: Meant::Photo,
        }))
    }

    /// Whether the sender proved the identity by which the channel knows them.
    async fn is_proved(&self, conversation: &Conversation) -> Result<bool> {
        let identities = contacts::identities(self.equipment.store().db(), &conversation.contact_id).await?;
        let address = conversation.reply_address.as_deref().unwrap_or_default();
        Ok(identities.iter().any(|identity| {
            identity.is_verified
                && (conversation.channel == Channel::Whatsapp || identity.value.eq_ignore_ascii_case(address))
        }))
    }

    /// Whether a message is an answer to a reminder, so that the bot leaves it alone: it is one, or it was taken.
    ///
    /// # Errors
    /// What the database refuses.
    pub async fn takes(&self, message: &Message, conversation: &Conversation) -> Result<bool> {
        // In this order: what is taken meanwhile closes its wish and leaves its mark in one commit.
        if self.look(message, conversation).await?.is_some() {
            return Ok(true);
        }
        was_taken(self.equipment.store().db(), &message.id).await
    }

    async fn carry_out(&self, tx: &mut Tx, message: &Message, conversation: &Conversation, taken: Taken) -> Result<()> {
        let language = conversation.language;
        let said = words::of(language);
        let enter: Vec<(CounterId, i64, Option<Meaning>)> = match taken.meant {
            Meant::Photo => return self.give_photo(tx, conversation, &taken.wanted).await,
            Meant::Yes(pending) => pending
                .into_iter()
                .map(|(_, one)| (one.counter, one.value, Some(Meaning::Right)))
                .collect(),
            Meant::Numbers(numbers) => numbers
                .into_iter()
                .filter_map(|(index, value)| Some((taken.wanted.get(index)?.counter.id.clone(), value, None)))
                .collect(),
        };
        let by_counter: HashMap<&CounterId, &Wanted> = taken.wanted.iter().map(|one| (&one.counter.id, one)).collect();
        let source = if message.channel == Channel::Whatsapp {
            Source::Whatsapp
        } else {
            Source::Email
        };
        let mut noted: Vec<String> = Vec::new();
        let mut asked: Vec<String> = Vec::new();
        let mut machines = Vec::new();
        for (counter, value, meaning) in enter {
            let Some(one) = by_counter.get(&counter) else { continue };
            let name = format!("{} – {}", one.machine.name(), said.counter(one.counter.kind));
            let new = NewReading {
                counter,
                value,
                on: self.equipment.today(),
                source,
                meaning,
                note: String::new(),
            };
            match self.enter(tx, conversation, one, new).await? {
                None => {
                    noted.push(format!("{name}: {}", words::number(value, language)));
                    if !machines.contains(&one.machine.id) {
                        machines.push(one.machine.id.clone());
                    }
                }
                Some(question) => asked.push(format!("{name}: {question}")),
            }
        }
        let mut text = String::new();
        if !noted.is_empty() {
            text.push_str(&format!("{}\n{}\n", said.taken, noted.join("\n")));
        }
        if !asked.is_empty() {
            text.push_str(&format!("\n{}\n{}\n", asked.join("\n"), said.ask_how));
        }
        let open = wishes::open_of(&mut *tx, &taken.customers).await?;
        let left = wishes::wanted(&mut *tx, &open).await?;
        if asked.is_empty() && !left.is_empty() {
            text.push_str(&format!(
                "\n{}\n{}",
                said.still_wanted,
                reminders::list(&left, language)
            ));
        }
        let mut cards: Vec<Card> = Vec::new();
        for machine in machines.iter().take(3) {
            cards.push(card::machine_in(tx, machine, language).await?);
        }
        answer_in(tx, conversation, ReplyKind::Customer, text.trim(), cards).await
    }

    /// Enters one number. An odd one waits for a yes instead: then the question comes back.
    async fn enter(
        &self,
        tx: &mut Tx,
        conversation: &Conversation,
        wanted: &Wanted,
        new: NewReading,
    ) -> Result<Option<String>> {
        let actor = Actor::Contact(conversation.contact_id.clone());
        let pending = Pending {
            counter: new.counter.clone(),
            value: new.value,
        };
        let entered = readings::enter_in(tx, &self.equipment, &actor, new).await?;
        let Entered::Asks {
            doubt,
            before,
            before_on,
            ..
        } = entered
        else {
            return Ok(None);
        };
        sql("UPDATE reading_wishes SET pending = $2 WHERE id = $1")
            .bind(wanted.wish.as_str())
            .bind(serde_json::to_string(&pending).unwrap_or_default())
            .run(tx)
            .await?;
        let language = conversation.language;
        let said = words::of(language);
        let template = match doubt {
            Doubt::Lower => said.ask_lower,
            Doubt::Jump => said.ask_jump,
        };
        Ok(Some(
            template
                .replace("{value}", &words::number(pending.value, language))
                .replace("{before}", &words::number(before, language))
                .replace("{day}", &words::day(&before_on, language)),
        ))
    }

    async fn give_photo(&self, tx: &mut Tx, conversation: &Conversation, wanted: &[Wanted]) -> Result<()> {
        let said = words::of(conversation.language);
        let note = format!(
            "{}\n{}",
            said.photo_note,
            reminders::list(wanted, conversation.language)
        );
        let mut cards = Vec::new();
        if let Some(first) = wanted.first() {
            cards.push(card::machine_in(tx, &first.machine.id, conversation.language).await?);
        }
        answer_in(tx, conversation, ReplyKind::Note, note.trim(), cards).await?;
        if conversation.level == Level::Bot {
            let up = Action::MoveTo {
                level: Level::N1,
                reason: said.photo_note.to_owned(),
            };
            lifecycle::act_in(tx, &Actor::System, &conversation.id, up).await?;
        }
        answer_in(tx, conversation, ReplyKind::Customer, said.photo_taken, Vec::new()).await
    }
}

async fn was_taken(on: impl On, message: &MessageId) -> Result<bool> {
    let row: Option<(String,)> = sql("SELECT message_id FROM reading_answers WHERE message_id = $1")
        .bind(message)
        .optional(on)
        .await?;
    Ok(row.is_some())
}

async fn answer_in(
    tx: &mut Tx,
    conversation: &Conversation,
    kind: ReplyKind,
    text: &str,
    cards: Vec<Card>,
) -> Result<()> {
    let new = NewReply {
        cards,
        ..NewReply::of(
            MessageId::from(tx.env().ulid()),
            &conversation.id,
            kind,
            text.to_owned(),
        )
    };
    let written = match kind {
        ReplyKind::Customer => automatic::answer_in(tx, &Actor::System, conversation, new)
            .await
            .map(drop),
        ReplyKind::Note => reply::reply_in(tx, &Actor::System, new).await.map(drop),
    };
    match written {
        // Nobody to write to; the reading stands all the same.
        Ok(()) | Err(Error::Invalid(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

impl Handler for Answers {
    async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
        if event.data["kind"] != MessageKind::Inbound.as_str() || event.is_by_stranger() || event.is_spam() {
            return Ok(Handled::Nothing);
        }
        let id = MessageId::from(event.subject_id.as_str());
        // A look first: hardly ever is a reading wanted of who wrote.
        if !wishes::is_any_open(store.db()).await? {
            return Ok(Handled::Nothing);
        }
        let (message, conversation) = match access::message_in(store.db(), &Actor::System, &id).await {
            Ok(found) => found,
            Err(Error::NotFound) => return Ok(Handled::Nothing),
            Err(error) => return Err(error),
        };
        if conversation.spam_since.is_some() {
            return Ok(Handled::Nothing);
        }
        let Some(taken) = self.look(&message, &conversation).await? else {
            return Ok(Handled::Nothing);
        };
        let mut tx = store.begin().await?;
        if !claim.take(&mut tx).await? {
            return Ok(Handled::Nothing);
        }
        let now = tx.now();
        sql("INSERT INTO reading_answers (message_id, customer_id, outcome, at) VALUES ($1, $2, 'taken', $3) ON CONFLICT (message_id) DO NOTHING")
            .bind(&id)
            .bind(taken.customers.first().map(CustomerId::as_str).unwrap_or_default())
            .bind(now)
            .run(&mut tx)
            .await?;
        self.carry_out(&mut tx, &message, &conversation, taken).await?;
        tx.commit_any().await?;
        Ok(Handled::Done)
    }

    async fn give_up(&self, _: &Store, event: &Event, error: &str) {
        tracing::error!(
            message = event.subject_id,
            error,
            "an answer to a reminder was not taken"
        );
    }
}
