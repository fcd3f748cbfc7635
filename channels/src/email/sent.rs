//! The folder for sent mail: what somebody of the business sent with another program. What left from here lies there,
//! too (a copy of ours, or one that the server keeps by itself) and is told by its Message-ID.

use conversation::Store;
use conversation::conversations::ELSEWHERE;
use conversation::inbound::Cursor;
use conversation::ingest::sent::{self, Person, SentMail};
use conversation::types::{Auto, InboxId, Millis};
use conversation::{inboxes, mailboxes};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::imap::FetchedMail;
use super::mime::ParsedMail;
use super::normal::usable_id;
use super::receive::{of_parsed, parsed};

/// Files what was sent since `since` and is not known. The cursor moves past all of it.
pub(super) async fn file(
    store: &Store,
    inbox: &InboxId,
    since: Millis,
    mails: Vec<(Cursor, FetchedMail)>,
) -> conversation::Result<()> {
    let end = mails.last().map(|(cursor, _)| cursor.clone());
    let mut read = Vec::with_capacity(mails.len());
    for (cursor, mail) in mails {
        let sha256 = hex::encode(Sha256::digest(&mail.raw));
        let parsed = parsed(&mail.raw, &sha256).await;
        if is_news(store, &parsed, since) {
            read.push((cursor, mail, parsed));
        }
    }
    // Most of what lies there left from here: its bytes are not stored a second time.
    let ids: Vec<String> = read.iter().map(|(_, _, mail)| usable_id(&mail.message_id)).collect();
    let known = mailboxes::known(store.db(), inbox, &ids).await?;
    let mut batch = Vec::new();
    for ((cursor, mail, parsed), id) in read.into_iter().zip(ids) {
        if known.contains(&id) {
            continue;
        }
        let people = people(&parsed);
        let blob = store.put_blob(&mail.raw).await?;
        let mut message = of_parsed(store, inbox, parsed, blob).await?;
        // The server's own clock, where it tells it.
        message.sent_at = mail.arrived_at.unwrap_or(message.sent_at).min(store.now());
        message.extra = Some(marked(message.extra));
        message.cursor = Some(cursor);
        batch.push(SentMail { message, people });
    }
    let has_moved = batch.last().is_some_and(|last| last.message.cursor == end);
    sent::mails(store, &batch).await?;
    match end.filter(|_| !has_moved) {
        Some(end) => inboxes::move_cursor(store, inbox, &end).await,
        None => Ok(()),
    }
}

/// Whether a person wrote it, since then, with another program.
fn is_news(store: &Store, mail: &ParsedMail, since: Millis) -> bool {
    // A mailbox that moves house brings its years along.
    let is_old = mail.date.is_some_and(|date| date.as_millisecond() < since);
    // A server that puts a Message-ID of its own in place of ours may have filed its copy before it told us.
    let is_from_here = mail.reply_to.iter().any(|to| {
        let token = to.address.split_once('@').and_then(|(local, _)| local.split_once('+'));
        token.is_some_and(|(_, token)| store.keys().check_reply_token(&token.to_lowercase()).is_some())
    });
    mail.auto == Auto::None && !is_old && !is_from_here
}

/// Everybody it went to, each once.
fn people(mail: &ParsedMail) -> Vec<Person> {
    let mut all: Vec<Person> = Vec::new();
    for one in mail.to.iter().chain(&mail.cc).chain(&mail.bcc) {
        let address = one.address.to_lowercase();
        if !all.iter().any(|known| known.address == address) {
            all.push(Person {
                address,
                name: one.name.clone(),
            });
        }
    }
    all
}

/// The mark by which pages say that it was not written here.
fn marked(extra: Option<Value>) -> Value {
    let mut extra = extra.unwrap_or_else(|| json!({ "type": "mail" }));
    extra[ELSEWHERE] = Value::Bool(true);
    extra
}
