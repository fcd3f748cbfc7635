//! Answers to reminders: a number in a chat or a mail of a customer from whom readings are wanted.
//!
//! A message is taken only when it is nothing but numbers and the few words that go with them; everything else
//! goes its usual way. The number is checked like any other; an odd one is asked back. A photo goes to a person.

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
use conversation::{Error, Result, Store, Tx, access, attachments};
use serde::{Deserialize, Serialize};

use crate::ids::{CounterId, Doubt, Meaning, Source};
use crate::readings::{self, Entered, NewReading};
use crate::wishes::{self, Wanted};
use crate::{Equipment, card, reminders, words};

/// The group on the stream.
pub const GROUP: Group = Group {
    name: "readings",
    kinds: &[EventKind::MessageCreated],
};

/// Words that stand beside a number in an answer, folded to small letters without accents.
const BESIDE: &[&str] = &[
    "reading",
    "readings",
    "counter",
    "meter",
    "lectura",
    "lecturas",
    "leitura",
    "leituras",
    "contador",
    "contadores",
    "medidor",
    "black",
    "white",
    "mono",
    "color",
    "colour",
    "cor",
    "preto",
    "branco",
    "negro",
    "blanco",
    "bn",
    "total",
    "scan",
    "scans",
    "and",
    "y",
    "e",
    "is",
    "es",
    "the",
    "el",
    "la",
    "o",
    "a",
    "it",
    "hi",
    "hello",
    "hola",
    "ola",
    "thanks",
    "thank",
    "you",
    "gracias",
    "obrigado",
    "obrigada",
    "machine",
    "maquina",
    "shows",
    "muestra",
    "mostra",
    "value",
    "valor",
    "number",
    "numero",
    "bom",
    "dia",
    "buenos",
    "buenas",
    "dias",
    "tardes",
    "boa",
    "tarde",
    "here",
    "aqui",
    "pages",
    "paginas",
    "copias",
    "copies",
];

/// The longest answer, in characters.
const LONGEST: usize = 600;

fn folded(word: &str) -> String {
    word.to_lowercase()
        .chars()
        .filter_map(|c| match c {
            'á' | 'à' | 'â' | 'ã' => Some('a'),
            'é' | 'ê' => Some('e'),
            'í' => Some('i'),
            'ó' | 'ô' | 'õ' => Some('o'),
            'ú' | 'ü' => Some('u'),
            'ç' => Some('c'),
            'ñ' => Some('n'),
            c if c.is_ascii_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

/// The line with numbers in one piece that are written in groups of three, as our own Spanish messages write them. A plain
/// space joins only where no number of a line can stand before it.
fn joined(line: &str, with_spaces: bool) -> String {
    let chars: Vec<char> = line.chars().collect();
    let digits = |places: &[char]| places.iter().take_while(|c| c.is_ascii_digit()).count();
    let mut kept = String::with_capacity(line.len());
    for (at, c) in chars.iter().enumerate() {
        let may_join = matches!(c, '\u{a0}' | '\u{202f}' | '\u{2009}') || (*c == ' ' && with_spaces);
        let before = chars[..at].iter().rev().take_while(|c| c.is_ascii_digit()).count();
        if !(may_join && (1..=3).contains(&before) && digits(&chars[at + 1..]) == 3) {
            kept.push(*c);
        }
    }
    kept
}

/// A number with or without separators of thousands: `12345`, `12.345`, `12,345`.
fn number(word: &str) -> Option<i64> {
    let word = word.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | ')' | '(' | '='));
    let parts: Vec<&str> = word.split(['.', ',']).collect();
    let is_grouped = parts.len() == 1 || (parts[0].len() <= 3 && parts[1..].iter().all(|part| part.len() == 3));
    let digits = parts.concat();
    let is_number =
        is_grouped && !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// The numbers of an answer: which of the wanted ones, from 0, and what it shows. Nothing where the text may be
/// about anything else. `serials` are those of the wanted machines, in order.
pub fn read(text: &str, serials: &[&str]) -> Vec<(usize, i64)> {
    let count = serials.len();
    if count == 0 || text.chars().count() > LONGEST {
        return Vec::new();
    }
    let mut rows: Vec<Vec<i64>> = Vec::new();
    let mut named: Vec<Option<usize>> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let line = &joined(line, count == 1);
        let mut numbers = Vec::new();
        let mut machine = None;
        for word in line.split_whitespace() {
            let plain = folded(word);
            let same = |serial: &&str| !plain.is_empty() && folded(serial) == plain;
            let hits: Vec<usize> = (0..count).filter(|index| same(&serials[*index])).collect();
            if let (Some(first), true) = (hits.first(), machine.is_none()) {
                // A machine of several counters is not named by its serial number alone.
                if hits.len() > 1 {
                    return Vec::new();
                }
                machine = Some(*first);
            } else if let Some(number) = number(word) {
                numbers.push(number);
            } else if !plain.is_empty() && !BESIDE.contains(&plain.as_str()) {
                return Vec::new();
            }
        }
        if !numbers.is_empty() {
            rows.push(numbers);
            named.push(machine);
        }
    }
    let line_of = |number: i64| {
        usize::try_from(number)
            .ok()
            .filter(|n| (1..=count).contains(n))
            .map(|n| n - 1)
    };
    let mut found = Vec::new();
    for (row, machine) in rows.iter().zip(&named) {
        match (row.as_slice(), machine) {
            ([value], Some(machine)) => found.push((*machine, *value)),
            ([value], None) if count == 1 && rows.len() == 1 => found.push((0, *value)),
            // As many lines as are wanted, in their order.
            ([value], None) if rows.len() == count => found.push((found.len(), *value)),
            ([line, value], None) => match line_of(*line) {
                Some(index) => found.push((index, *value)),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        }
    }
    let mut seen = vec![false; count];
    for (index, _) in &found {
        if std::mem::replace(&mut seen[*index], true) {
            return Vec::new();
        }
    }
    found
}

/// Whether a text says yes.
fn is_yes(text: &str, yes: &[&str]) -> bool {
    let said = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    yes.contains(&said.as_str())
}

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
        let is_bare = text
            .split_whitespace()
            .all(|word| BESIDE.contains(&folded(word).as_str()));
        let has_picture = attachments::of_messages(db, std::slice::from_ref(&message.id))
            .await?
            .iter()
            .any(|file| file.media_type.starts_with("image/") && !file.is_inline);
        Ok((is_bare && has_picture && !wanted.is_empty()).then_some(Taken {
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
        let actor = Actor::Contact(conversation.contact_id.clone());
        let source = if message.channel == Channel::Whatsapp {
            Source::Whatsapp
        } else {
            Source::Email
        };
        let today = self.equipment.today();
        let mut noted: Vec<String> = Vec::new();
        let mut asked: Vec<String> = Vec::new();
        let mut machines = Vec::new();
        let mut enter: Vec<(CounterId, i64, Option<Meaning>)> = Vec::new();
        match taken.meant {
            Meant::Photo => {
                return self.give_photo(tx, conversation, &taken.wanted).await;
            }
            Meant::Yes(pending) => {
                for (_, one) in pending {
                    enter.push((one.counter, one.value, Some(Meaning::Right)));
                }
            }
            Meant::Numbers(numbers) => {
                for (index, value) in numbers {
                    if let Some(one) = taken.wanted.get(index) {
                        enter.push((one.counter.id.clone(), value, None));
                    }
                }
            }
        }
        let by_counter: HashMap<&CounterId, &Wanted> = taken.wanted.iter().map(|one| (&one.counter.id, one)).collect();
        for (counter, value, meaning) in &enter {
            let Some(one) = by_counter.get(counter) else { continue };
            let new = NewReading {
                counter: counter.clone(),
                value: *value,
                on: today,
                source,
                meaning: *meaning,
                note: String::new(),
            };
            let shown = words::number(*value, language);
            let name = format!("{} – {}", one.machine.name(), said.counter(one.counter.kind));
            match readings::enter_in(tx, &self.equipment, &actor, new).await? {
                Entered::Stored(_) => {
                    noted.push(format!("{name}: {shown}"));
                    if !machines.contains(&one.machine.id) {
                        machines.push(one.machine.id.clone());
                    }
                }
                Entered::Asks {
                    doubt,
                    before,
                    before_on,
                    ..
                } => {
                    let pending = Pending {
                        counter: counter.clone(),
                        value: *value,
                    };
                    sql("UPDATE reading_wishes SET pending = $2 WHERE id = $1")
                        .bind(one.wish.as_str())
                        .bind(serde_json::to_string(&pending).unwrap_or_default())
                        .run(&mut *tx)
                        .await?;
                    let template = match doubt {
                        Doubt::Lower => said.ask_lower,
                        Doubt::Jump => said.ask_jump,
                    };
                    let question = template
                        .replace("{value}", &shown)
                        .replace("{before}", &words::number(before, language))
                        .replace("{day}", &words::day(&before_on, language));
                    asked.push(format!("{name}: {question}"));
                }
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
        id: MessageId::from(tx.env().ulid()),
        conversation: conversation.id.clone(),
        kind,
        text: text.to_owned(),
        cards,
        attachments: Vec::new(),
        seen: None,
    };
    match reply::reply_in(tx, &Actor::System, new).await {
        // Nobody to write to; the reading stands all the same.
        Ok(_) | Err(Error::Invalid(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

impl Handler for Answers {
    async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
        if event.data["kind"] != MessageKind::Inbound.as_str() || event.is_by_stranger() {
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
        if tx.has_events() {
            tx.commit().await?;
        } else {
            tx.commit_silently().await?;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_and_nothing_else() {
        for (text, serials, expected) in [
            ("12345", &["A"][..], vec![(0, 12_345)]),
            ("12.345", &["A"], vec![(0, 12_345)]),
            ("Hola, la lectura es 12,345. Gracias!", &["A"], vec![(0, 12_345)]),
            ("Leitura: 1.234.567", &["A"], vec![(0, 1_234_567)]),
            ("error 1234", &["A"], vec![]),
            ("My copier makes noise since 10 days", &["A"], vec![]),
            ("79 853", &["A"], vec![(0, 79_853)]),
            ("Lectura: 1\u{a0}234\u{202f}567.", &["A"], vec![(0, 1_234_567)]),
            ("1 853\n2 79\u{a0}853", &["A", "B"], vec![(0, 853), (1, 79_853)]),
            ("12.34", &["A"], vec![]),
            ("12345 23456", &["A"], vec![]),
            ("", &["A"], vec![]),
            ("12345", &[], vec![]),
            ("1 12345\n2 678", &["A", "B"], vec![(0, 12_345), (1, 678)]),
            ("2) 678", &["A", "B"], vec![(1, 678)]),
            ("1: 12345", &["A", "B"], vec![(0, 12_345)]),
            ("3 12345", &["A", "B"], vec![]),
            ("100\n200", &["A", "B"], vec![(0, 100), (1, 200)]),
            ("100", &["A", "B"], vec![]),
            ("1 100\n1 200", &["A", "B"], vec![]),
            ("E123 contador 900", &["E123", "F5"], vec![(0, 900)]),
            ("E123 900", &["E123", "E123"], vec![]),
        ] {
            assert_eq!(read(text, serials), expected, "{text:?} of {serials:?}");
        }
        assert!(is_yes(" Sí. ", words::of(conversation::types::Language::Es).yes));
        assert!(!is_yes("yes but", words::of(conversation::types::Language::En).yes));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,700}", count in 0usize..4) {
            let serials = vec!["A1"; count];
            let _ = read(&text, &serials);
        }
    }
}
