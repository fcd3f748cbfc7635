//! From a signed web hook to the conversation.

use std::collections::HashMap;

use conversation::conversations::ELSEWHERE;
use conversation::inbound::{BlobRef, InboundAttachment, InboundMessage};
use conversation::ingest::{self, echoes};
use conversation::outbound::{OutboundMessage, StatusUpdate};
use conversation::quarantine::{self, NewEntry};
use conversation::types::{Channel, DeliveryId, DeliveryState, InboxId, Millis};
use conversation::{Store, bridges, contacts, deliveries, inboxes};
use serde_json::{Value, json};

use super::client::Client;
use super::parse::kind_of;
use super::send;
use super::settings::MessengerSettings;
use super::webhook::{self, Inbound, Of, Other, Receipt};
use crate::whatsapp::client::Progress;
use crate::whatsapp::receive::{HookError, Received, record};
use crate::whatsapp::signature;

/// For how long after their first message somebody's name is asked for, where Meta did not say it: not every app may know it.
const ASKED_FOR: Millis = 3_600_000;

/// One web hook's account of ours.
struct Desk<'a> {
    store: &'a Store,
    channel: Channel,
    /// The inbox whose address was called.
    inbox: &'a InboxId,
    settings: &'a MessengerSettings,
    /// One app has one web hook for all its accounts: each message goes to the inbox of its account.
    inbox_of: HashMap<String, InboxId>,
}

/// Takes a web hook: checks its signature over the raw body, stores the body, files every message and receipt in it. Once
/// it returns, the sender may be told that all is well.
///
/// # Errors
/// See [`HookError`]. A signed body that cannot be read is no error: it is kept for a person.
pub async fn receive(
    store: &Store,
    channel: Channel,
    inbox: &InboxId,
    settings: &MessengerSettings,
    header: Option<&str>,
    body: &[u8],
) -> Result<Received, HookError> {
    signature::verify(&settings.app_secret, header, body)?;
    let payload = match webhook::parse(channel, inbox, body, store.now()) {
        Ok(payload) => payload,
        Err(error) => {
            let raw = store.put_blob(body).await?;
            keep(store, channel, inbox, error.to_string(), &raw).await?;
            return Ok(Received {
                kept: 1,
                ..Received::default()
            });
        }
    };
    let received = Received {
        messages: payload.messages.len() + payload.echoes.len(),
        statuses: payload.receipts.len(),
        kept: payload.other.len(),
    };
    let mut desk = Desk {
        store,
        channel,
        inbox,
        settings,
        inbox_of: HashMap::from([(settings.account_id.clone(), inbox.clone())]),
    };
    let both = payload.messages.iter().chain(&payload.echoes);
    let named = both.filter_map(|one| one.account.clone());
    let named: Vec<String> = named
        .chain(payload.receipts.iter().filter_map(|one| one.account.clone()))
        .collect();
    desk.learn(&named).await?;
    if !payload.messages.is_empty() || !payload.echoes.is_empty() || !payload.other.is_empty() {
        let raw = store.put_blob(body).await?;
        conversation::fault::point("hook.stored");
        desk.file(payload.messages, &raw).await?;
        desk.echoed(payload.echoes, &raw).await?;
        for other in &payload.other {
            keep(store, channel, inbox, words(channel, other), &raw).await?;
        }
        conversation::fault::point("hook.filed");
    }
    for receipt in &payload.receipts {
        desk.note(receipt).await?;
    }
    conversation::fault::point("hook.done");
    Ok(received)
}

impl Desk<'_> {
    async fn learn(&mut self, named: &[String]) -> conversation::Result<()> {
        for account in named {
            if self.inbox_of.contains_key(account) {
                continue;
            }
            let inbox = match inboxes::find(self.store.db(), self.channel, account).await {
                Ok(found) => found.id,
                // An account that nobody configured: better in the wrong inbox than lost.
                Err(conversation::Error::NotFound) => self.inbox.clone(),
                Err(error) => return Err(error),
            };
            self.inbox_of.insert(account.clone(), inbox);
        }
        Ok(())
    }

    fn inbox_of(&self, account: Option<&String>) -> &InboxId {
        account
            .and_then(|account| self.inbox_of.get(account))
            .unwrap_or(self.inbox)
    }

    /// The message as it is filed: in its inbox, whose ids of people are its own, with its files.
    fn complete(&self, inbound: Inbound, raw: &BlobRef) -> InboundMessage {
        let inbox = self.inbox_of(inbound.account.as_ref()).clone();
        let mut message = inbound.message;
        if inbox != message.inbox {
            message.from.identities = super::parse::sender(self.channel, &inbox, &inbound.user).identities;
            message.inbox = inbox;
        }
        message.raw = Some(raw.clone());
        message
            .attachments
            .extend(inbound.media.into_iter().map(|media| InboundAttachment {
                name: media.name.clone(),
                media_type: media.media_type.clone(),
                inline: false,
                content_id: None,
                blob: BlobRef {
                    sha256: String::new(),
                    size: 0,
                },
                source: serde_json::to_value(&media).ok(),
            }));
        message
    }

    async fn file(&self, messages: Vec<Inbound>, raw: &BlobRef) -> conversation::Result<()> {
        let mut names: HashMap<(InboxId, String), Option<String>> = HashMap::new();
        let mut batch = Vec::with_capacity(messages.len());
        for inbound in messages {
            let who = (self.inbox_of(inbound.account.as_ref()).clone(), inbound.user.clone());
            let name = match names.get(&who) {
                Some(name) => name.clone(),
                None => self.name_of(&who).await?,
            };
            let mut message = self.complete(inbound, raw);
            message.from.name.clone_from(&name);
            names.insert(who, name);
            batch.push(message);
        }
        if !batch.is_empty() {
            ingest::ingest(self.store, &batch).await?;
        }
        Ok(())
    }

    /// What somebody is called who has no name here yet: web hooks do not say it.
    async fn name_of(&self, (inbox, user): &(InboxId, String)) -> conversation::Result<Option<String>> {
        let value = bridges::identity(inbox, user);
        let known = contacts::by_identity(self.store.db(), kind_of(self.channel), &value).await?;
        let is_asked_for = known
            .is_none_or(|(contact, _)| contact.name.is_empty() && self.store.now() - contact.created_at < ASKED_FOR);
        if !is_asked_for || inbox != self.inbox {
            return Ok(None);
        }
        let Ok(client) = Client::new(self.channel, self.settings.clone()) else {
            return Ok(None);
        };
        Ok(client.name_of(user).await)
    }

    /// What was sent to customers: from here, which says that it left, or with another program of the business.
    async fn echoed(&self, all: Vec<Inbound>, raw: &BlobRef) -> conversation::Result<()> {
        let mut elsewhere = Vec::new();
        for echo in all {
            let inbox = self.inbox_of(echo.account.as_ref()).clone();
            match self.ours(&inbox, &echo).await? {
                Whose::Known => {}
                Whose::Sent(status) => record(self.store, &[*status]).await?,
                Whose::Elsewhere => {
                    let mut message = self.complete(echo, raw);
                    let extra = message.extra.get_or_insert_with(|| json!({ "type": "text" }));
                    extra[ELSEWHERE] = Value::Bool(true);
                    elsewhere.push(message);
                }
            }
        }
        if !elsewhere.is_empty() {
            echoes::file(self.store, &elsewhere, product(self.channel)).await?;
        }
        Ok(())
    }

    async fn ours(&self, inbox: &InboxId, echo: &Inbound) -> conversation::Result<Whose> {
        let id = &echo.message.external_id;
        let sent = |delivery: DeliveryId, part: usize, parts: usize| {
            Whose::Sent(Box::new(StatusUpdate {
                inbox: inbox.clone(),
                provider_id: id.clone(),
                delivery: Some(delivery),
                state: DeliveryState::Sent,
                at: echo.message.sent_at,
                error: None,
                extra: (parts > 1).then(|| json!({ "part": part, "parts": parts })),
            }))
        };
        if let Some((delivery, part, parts)) = echo.mark.as_deref().and_then(send::read_mark) {
            // One that is not known any more (a backup came back) is a message that nobody here has.
            let known = deliveries::sending(self.store.db(), inbox, &delivery).await?;
            return Ok(match known {
                Some(_) => sent(delivery, part, parts),
                None => Whose::Elsewhere,
            });
        }
        // Instagram's echo may come before the answer that names its message: what is under way says the same.
        let identity = bridges::identity(inbox, &echo.user);
        let under_way = deliveries::under_way(self.store.db(), inbox, (kind_of(self.channel), &identity)).await?;
        for delivery in under_way {
            let out = deliveries::load_outbound(self.store, &delivery).await?;
            let progress = deliveries::progress(self.store.db(), &delivery.id).await?;
            let progress: Progress = progress
                .and_then(|json| serde_json::from_str(&json).ok())
                .unwrap_or_default();
            // Its last part is noted there a moment before the whole is.
            if progress.accepted.contains(id) {
                return Ok(Whose::Known);
            }
            if let Some((part, parts)) = self.part_of(&out, &progress, echo) {
                return Ok(sent(delivery.id, part, parts));
            }
        }
        // Asked last: what was under way a moment ago may have become known meanwhile.
        Ok(match deliveries::is_ours(self.store.db(), inbox, id).await? {
            true => Whose::Known,
            false => Whose::Elsewhere,
        })
    }

    /// Which part of a message an echo is, where it is one that has not been answered yet.
    fn part_of(&self, out: &OutboundMessage, progress: &Progress, echo: &Inbound) -> Option<(usize, usize)> {
        let links = vec![String::new(); out.attachments.len()];
        let now = out.last_inbound_at.unwrap_or_default();
        let requests = send::requests(self.channel, out, now, self.settings, &links, "").ok()?;
        let part = progress.accepted.len();
        let message = &requests.get(part)?["message"];
        let is_same = match message["text"].as_str() {
            // Links of files are made anew for each try, and cards lead to pages that echoes need not repeat.
            Some(text) => {
                let line = |text: &str| text.lines().next().unwrap_or_default().trim().to_owned();
                echo.media.is_empty() && line(text) == line(&echo.message.text)
            }
            None => !echo.media.is_empty() || message["attachment"]["type"] == "template",
        };
        is_same.then_some((part, requests.len()))
    }

    async fn note(&self, receipt: &Receipt) -> conversation::Result<()> {
        let inbox = self.inbox_of(receipt.account.as_ref()).clone();
        let update = |provider_id: String, delivery: Option<DeliveryId>| StatusUpdate {
            inbox: inbox.clone(),
            provider_id,
            delivery,
            state: receipt.state,
            at: receipt.at,
            error: None,
            extra: None,
        };
        let updates: Vec<StatusUpdate> = match &receipt.of {
            Of::Messages(ids) => ids.iter().map(|id| update(id.clone(), None)).collect(),
            Of::Until(until) => {
                let identity = bridges::identity(&inbox, &receipt.user);
                let who = (kind_of(self.channel), identity.as_str());
                let found = deliveries::sent_until(self.store.db(), &inbox, who, *until, receipt.state).await?;
                // Its own id is kept: this names none.
                found.into_iter().map(|id| update(id.to_string(), Some(id))).collect()
            }
        };
        deliveries::record_statuses(self.store, &updates).await?;
        Ok(())
    }
}

/// Whose an echo is.
enum Whose {
    /// Ours, as is known.
    Known,
    /// Ours, which says that it left.
    Sent(Box<StatusUpdate>),
    /// Written with another program.
    Elsewhere,
}

/// What the channel is called, in every language.
fn product(channel: Channel) -> &'static str {
    match channel {
        Channel::Instagram => "Instagram",
        _ => "Messenger",
    }
}

fn words(channel: Channel, other: &Other) -> String {
    let name = product(channel);
    match &other.problem {
        Some(problem) => format!("{name} reports `{}`: {problem}", other.field),
        None => format!("{name} reports `{}`", other.field),
    }
}

async fn keep(
    store: &Store,
    channel: Channel,
    inbox: &InboxId,
    reason: String,
    raw: &BlobRef,
) -> conversation::Result<()> {
    // The same body delivered again is the same entry.
    if quarantine::is_known(store.db(), &raw.sha256, &reason).await? {
        return Ok(());
    }
    let entry = NewEntry {
        inbox: Some(inbox.clone()),
        channel,
        external_id: None,
        reason,
        raw_sha256: Some(raw.sha256.clone()),
    };
    quarantine::put(store, entry).await.map(drop)
}
