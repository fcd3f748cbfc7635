//! What people type: words, "phrases", -words that must not be there, and filters such as
//! `from:ana in:whatsapp before:2026-05-01 has:file`. Every text is legal; what is no filter is a word.

use conversation::types::{Channel, ConversationStatus, Millis};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kb::analysis;

/// Longer queries are cut, in characters.
pub const LONGEST: usize = 300;
/// The most words of a query.
const MOST_WORDS: usize = 16;

/// A query, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that must all be there, folded to lower-case ASCII, in the order of typing.
    pub words: Vec<String>,
    /// The last word may be the beginning of one: it is still being typed.
    pub is_open: bool,
    /// Rows of words that must stand side by side.
    pub phrases: Vec<Vec<String>>,
    /// Words that must not be there.
    pub without: Vec<String>,
    /// Words of the sender's name or address.
    pub from: Vec<String>,
    /// Words of the recipient's name or address.
    pub to: Vec<String>,
    /// Only this channel.
    pub channel: Option<Channel>,
    /// Only conversations in this state.
    pub status: Option<ConversationStatus>,
    /// Only what is spam, which is found by nothing else.
    pub is_spam: bool,
    /// Only conversations that carry this label, as typed.
    pub label: Option<String>,
    /// Only conversations of this agent, as typed; `me` and `none` have a meaning.
    pub assigned: Option<String>,
    /// Written before this moment.
    pub before: Option<Millis>,
    /// Written at this moment or after it.
    pub after: Option<Millis>,
    /// With a file.
    pub has_file: bool,
    /// Filters whose value is none of theirs, to be told to whoever typed them.
    pub unread: Vec<Unread>,
}

/// A filter that could not be read, such as `before:2026-13-99`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What its value was to be.
    pub wanted: Wanted,
    /// Its name, as typed.
    pub name: String,
    /// Its value, as typed.
    pub value: String,
}

/// What a filter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A day, or a time ago; without one the filter is left out.
    Moment,
    /// A state of conversations; anything else is looked for as words.
    Status,
    /// A channel; anything else is looked for as words.
    Channel,
}

impl Query {
    /// Reads a query. Days begin in `tz`; relative times (`after:7d`) count from `now`.
    pub fn parse(text: &str, now: Millis, tz: &TimeZone) -> Query {
        let mut query = Query::default();
        let text: String = text.chars().take(LONGEST).collect();
        let tokens = tokens(&text);
        for token in &tokens {
            query.take(token, now, tz);
        }
        query.words.truncate(MOST_WORDS);
        query.is_open = !text.ends_with(char::is_whitespace)
            && tokens
                .last()
                .is_some_and(|last| last.key.is_none() && !last.is_quoted && !last.is_negated);
        query
    }

    fn take(&mut self, token: &Token, now: Millis, tz: &TimeZone) {
        let words = || analysis::folded_words(&token.text, MOST_WORDS);
        let value = token.text.trim();
        let unread = |wanted| Unread {
            wanted,
            name: token.name.clone(),
            value: value.to_owned(),
        };
        match token.key {
            Some(Key::From) => self.from.extend(words()),
            Some(Key::To) => self.to.extend(words()),
            Some(Key::In) => match channel(value) {
                Some(channel) => self.channel = Some(channel),
                None => {
                    self.unread.push(unread(Wanted::Channel));
                    self.words.extend(words());
                }
            },
            Some(Key::Status) if value.eq_ignore_ascii_case("spam") => self.is_spam = true,
            Some(Key::Status) => match status(value) {
                Some(status) => self.status = Some(status),
                None => {
                    self.unread.push(unread(Wanted::Status));
                    self.words.extend(words());
                }
            },
            Some(Key::Label) => self.label = Some(value.to_owned()),
            Some(Key::Assigned) => self.assigned = Some(value.to_owned()),
            Some(key @ (Key::Before | Key::After)) => match (key, moment(value, now, tz)) {
                (Key::Before, Some(at)) => self.before = Some(at),
                (_, Some(at)) => self.after = Some(at),
                (_, None) => self.unread.push(unread(Wanted::Moment)),
            },
            Some(Key::Has) => self.has_file = true,
            None if token.is_negated => self.without.extend(words()),
            None if token.is_quoted => match words() {
                words if words.len() > 1 => self.phrases.push(words),
                words => self.words.extend(words),
            },
            None => self.words.extend(words()),
        }
    }

    /// Whether it asks for nothing at all.
    pub fn is_empty(&self) -> bool {
        *self
            == Query {
                is_open: self.is_open,
                without: self.without.clone(),
                unread: self.unread.clone(),
                ..Query::default()
            }
    }

    /// Whether it narrows by what only the conversation knows.
    pub fn narrows_conversations(&self) -> bool {
        self.status.is_some() || self.is_spam || self.label.is_some() || self.assigned.is_some()
    }

    /// Whether it narrows by what only a message has, so that contacts and tickets are not meant.
    pub fn is_about_messages(&self) -> bool {
        self.narrows_conversations()
            || !self.from.is_empty()
            || !self.to.is_empty()
            || self.channel.is_some()
            || self.before.is_some()
            || self.after.is_some()
            || self.has_file
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    From,
    To,
    In,
    Status,
    Label,
    Assigned,
    Before,
    After,
    Has,
}

/// The filters by their names in the three languages.
fn key(name: &str) -> Option<Key> {
    Some(match name.to_lowercase().as_str() {
        "from" | "de" => Key::From,
        "to" | "para" => Key::To,
        "in" | "en" | "em" | "canal" | "channel" => Key::In,
        "status" | "is" | "estado" => Key::Status,
        "label" | "etiqueta" => Key::Label,
        "assigned" | "asignada" | "atribuida" | "atribuída" => Key::Assigned,
        "before" | "antes" => Key::Before,
        "after" | "since" | "desde" | "después" | "depois" => Key::After,
        "has" | "con" | "tiene" | "com" | "tem" => Key::Has,
        _ => return None,
    })
}

#[derive(Debug, Default)]
struct Token {
    key: Option<Key>,
    /// The filter's name, as typed.
    name: String,
    text: String,
    is_quoted: bool,
    is_negated: bool,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let mut token = Token::default();
        if let Some(after) = rest
            .strip_prefix('-')
            .filter(|after| after.starts_with(char::is_alphanumeric))
        {
            token.is_negated = true;
            rest = after;
        }
        // A filter: letters, a colon, and something behind it.
        let name: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
        if let Some(after) = rest[name.len()..].strip_prefix(':')
            && let Some(known) = key(&name)
            && after.starts_with(|c: char| !c.is_whitespace())
        {
            token.key = Some(known);
            token.name = name;
            rest = after;
        }
        let end;
        if let Some(quoted) = rest.strip_prefix('"') {
            token.is_quoted = true;
            end = quoted.find('"');
            token.text = quoted[..end.unwrap_or(quoted.len())].to_owned();
            rest = end.map_or("", |end| &quoted[end + 1..]);
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            token.text = rest[..end].to_owned();
            rest = &rest[end..];
        }
        rest = rest.trim_start();
        if !token.text.trim().is_empty() {
            tokens.push(token);
        }
    }
    tokens
}

fn channel(text: &str) -> Option<Channel> {
    match text.to_lowercase().as_str() {
        "mail" | "e-mail" | "correo" => Some(Channel::Email),
        "chat" | "web" | "widget" => Some(Channel::Webchat),
        "wa" => Some(Channel::Whatsapp),
        "ig" => Some(Channel::Instagram),
        "facebook" | "fb" => Some(Channel::Messenger),
        "puente" | "ponte" => Some(Channel::Bridge),
        "telefono" | "teléfono" | "telefone" => Some(Channel::Phone),
        other => other.parse().ok(),
    }
}

fn status(text: &str) -> Option<ConversationStatus> {
    match text.to_lowercase().as_str() {
        "abierta" | "aberta" | "abierto" | "aberto" => Some(ConversationStatus::Open),
        "pospuesta" | "adiada" => Some(ConversationStatus::Snoozed),
        "resuelta" | "resolvida" | "closed" | "done" => Some(ConversationStatus::Resolved),
        other => other.parse().ok(),
    }
}

/// A day (`2026-05-01`) or a time ago (`7d`, `12h`, `2w`).
fn moment(text: &str, now: Millis, tz: &TimeZone) -> Option<Millis> {
    if let Ok(day) = text.parse::<Date>() {
        let start = day.to_zoned(tz.clone()).ok()?;
        return Some(start.timestamp().as_millisecond());
    }
    let unit = text.chars().next_back()?;
    let number: i64 = text[..text.len() - unit.len_utf8()]
        .parse()
        .ok()
        .filter(|n| (0..=5000).contains(n))?;
    let span = match unit {
        'h' => number.hours(),
        'd' => (number * 24).hours(),
        'w' | 's' => (number * 24 * 7).hours(),
        'm' => (number * 24 * 30).hours(),
        _ => return None,
    };
    let at = Timestamp::from_millisecond(now).ok()?.checked_sub(span).ok()?;
    Some(at.as_millisecond())
}

#[cfg(test)]
mod tests;
