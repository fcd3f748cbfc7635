//! The folder for sent mail: what somebody of the business sent with another program. What left from here lies there,
//! too (a copy of ours, or one that the server keeps by itself) and is told by its Message-ID.

use std::time::Duration;

use conversation::Store;
use conversation::conversations::ELSEWHERE;
use conversation::inbound::Cursor;
use conversation::ingest::sent::{self, Person, SentMail};
use conversation::types::{Auto, InboxId, Millis};
use conversation::{inboxes, mailboxes};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::copies;
use super::imap::{FetchedMail, MailboxError};
use super::mime::ParsedMail;
use super::normal::usable_id;
use super::receive::{of_parsed, parsed};
use super::watch::{Trouble, Watch, rest};

/// The longest pause after trouble.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

impl Watch<'_> {
    /// The folder for sent mail, where it is followed. What is wrong with it is said beside it and stops no mail that arrives.
    pub(super) async fn sent(&self, stop: &CancellationToken) -> Result<(), Trouble> {
        if !self.whole.follow_sent {
            mailboxes::forget_sent(self.store, self.inbox, None).await?;
            return Ok(());
        }
        let mut pause = self.timing.poll_every;
        while !stop.is_cancelled() {
            let mut folder = self.whole.sent_folder.trim().to_owned();
            match self.follow_sent(&mut folder, &mut pause, stop).await {
                Ok(()) => return Ok(()),
                Err(Trouble::Store(error)) => return Err(Trouble::Store(error)),
                Err(Trouble::Mailbox(error)) => {
                    tracing::warn!(inbox = %self.inbox, folder, %error, "the folder for sent mail cannot be followed; trying again");
                    let name = if folder.is_empty() { "Sent" } else { &folder };
                    let words = error.to_string();
                    mailboxes::set_trouble(self.store, self.inbox, name, Some(&words), true).await?;
                    rest(stop, pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE.max(self.timing.poll_every));
                }
            }
        }
        Ok(())
    }

    /// Follows the folder for sent mail on a connection of its own; `found` becomes its name.
    async fn follow_sent(
        &self,
        found: &mut String,
        pause: &mut Duration,
        stop: &CancellationToken,
    ) -> Result<(), Trouble> {
        let mut session = self.connect().await?;
        *found = copies::folder(&mut session, &self.whole.sent_folder).await?;
        mailboxes::forget_sent(self.store, self.inbox, Some(found)).await?;
        if self.settings.folders().first() == Some(&found.as_str()) {
            return Err(MailboxError::Protocol(format!("`{found}` is where mail arrives")).into());
        }
        let mut place = self.open(&mut session, found, true).await?;
        *pause = self.timing.poll_every;
        while self.catch_up(&mut session, &mut place, stop).await? && self.wait(&mut session, stop).await? {}
        session.logout().await;
        Ok(())
    }
}

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
