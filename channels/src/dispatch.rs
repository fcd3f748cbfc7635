//! The dispatcher: takes due deliveries, sends them outside any transaction, records what the
//! channel said.

mod meta;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use conversation::card::CardAction;
use conversation::color::Color;
use conversation::deliveries::{self, Delivery};
use conversation::guarded::guarded;
use conversation::outbound::{OutboundMessage, SendError, Sent};
use conversation::types::{Actor, Channel, IdentityKind, InboxId, MessageId};
use conversation::{Store, access, bridges, doors, inboxes, marketing, scheduled, trace};
use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::bridge::BridgeSettings;
use crate::bridge::send::Poster;
use crate::email::compose::{House, compose};
use crate::email::post::Post;
use crate::messenger;
use crate::outgoing::Allowed;
use crate::under_way::{BATCH, UnderWay};
use crate::whatsapp::client::Client;
use crate::whatsapp::settings::WhatsappSettings;

/// How long to wait after the database refused, or while an inbox that is full has more to send.
const TROUBLE: Duration = Duration::from_secs(1);
/// How far looks are apart while much is committed.
const APART: Duration = Duration::from_millis(20);
/// How often to look when nothing woke us and nothing is known to be due.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Tells the colour of the business, which is kept where its invoices are.
pub type ColorOf = Arc<dyn Fn() -> BoxFuture<'static, Color> + Send + Sync>;

/// Sends what is queued, for all channels that send.
pub struct Dispatcher {
    store: Store,
    owner: String,
    public_url: String,
    color: ColorOf,
    post: Post,
    bridges: Poster,
    /// Kept while the settings stay the same.
    clients: Mutex<HashMap<InboxId, (WhatsappSettings, Arc<Client>)>>,
}

impl Dispatcher {
    /// A dispatcher that names itself `owner` in its leases.
    pub fn new(store: Store, owner: impl Into<String>, public_url: impl Into<String>) -> Dispatcher {
        Dispatcher {
            post: Post::new(store.clone()),
            store,
            owner: owner.into(),
            public_url: public_url.into(),
            color: Arc::new(|| std::future::ready(Color::OURS).boxed()),
            bridges: Poster::new(Allowed::default()),
            clients: Mutex::default(),
        }
    }

    /// Draws the cards of mails in the colour that is told at each.
    #[must_use]
    pub fn in_color(mut self, color: ColorOf) -> Dispatcher {
        self.color = color;
        self
    }

    /// Posts to bridges on these private hosts, too.
    #[must_use]
    pub fn allowing(mut self, allowed: Allowed) -> Dispatcher {
        self.bridges = Poster::new(allowed);
        self
    }

    /// Sends until told to stop; then finishes what it has taken.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn run(&self, stop: CancellationToken) -> conversation::Result<()> {
        let mut commits = self.store.commits(APART);
        let mut under_way = UnderWay::new();
        while !stop.is_cancelled() {
            // Interest first, query second: what is queued in between wakes us at once.
            commits.look();
            let taking = self.take(under_way.has_room(), under_way.full());
            let wait = match under_way.meanwhile(taking).await {
                Ok(Taken::Some(leased)) => {
                    // Those of one conversation are leased in their order, however much is under way.
                    for delivery in leased {
                        let (id, inbox) = (delivery.id.to_string(), delivery.inbox_id.clone());
                        under_way.begin(id, inbox, self.send_to_its_end(delivery));
                    }
                    continue;
                }
                Ok(Taken::Nothing(wait)) => wait,
                Err(error) if under_way.is_empty() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "what is due cannot be taken; trying again");
                    TROUBLE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = commits.changed(wait) => {}
                Some(()) = under_way.next() => {}
            }
        }
        while under_way.next().await.is_some() {}
        Ok(())
    }

    /// Sends what is due now, once; returns how many were tried.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn send_due(&self) -> conversation::Result<usize> {
        match self.take(true, Vec::new()).await? {
            Taken::Nothing(_) => Ok(0),
            Taken::Some(leased) => {
                let count = leased.len();
                join_all(leased.into_iter().map(|delivery| self.send_to_its_end(delivery))).await;
                Ok(count)
            }
        }
    }

    /// Takes what is due beside full inboxes, or says how long there is nothing to take.
    async fn take(&self, has_room: bool, full: Vec<InboxId>) -> conversation::Result<Taken> {
        scheduled::release_due(&self.store).await?;
        if !has_room {
            return Ok(Taken::Nothing(LOOK_EVERY));
        }
        let most = i64::try_from(BATCH).unwrap_or(1);
        let leased = deliveries::lease_beside(&self.store, &self.owner, most, &full).await?;
        if !leased.is_empty() {
            return Ok(Taken::Some(leased));
        }
        let least = if full.is_empty() {
            Duration::from_millis(20)
        } else {
            TROUBLE
        };
        Ok(Taken::Nothing(match deliveries::next_due(self.store.db()).await? {
            Some(at) => {
                Duration::from_millis(u64::try_from(at - self.store.now()).unwrap_or(0)).clamp(least, LOOK_EVERY)
            }
            None => LOOK_EVERY,
        }))
    }

    /// Sends one and returns its id. What the database refuses meanwhile is taken up again when its lease ends.
    async fn send_to_its_end(&self, delivery: Delivery) -> String {
        let id = delivery.id.to_string();
        if let Err(error) = self.send_traced(delivery).await {
            tracing::warn!(%error, "a delivery waits for the end of its lease");
        }
        id
    }

    /// Sends within the trace that the message was written in.
    async fn send_traced(&self, delivery: Delivery) -> conversation::Result<()> {
        if !trace::is_on() {
            return self.send_one(delivery).await;
        }
        let parent = trace::of_message(self.store.db(), &delivery.conversation_id, &delivery.message_id).await?;
        let span = tracing::info_span!(
            target: "trace",
            "send",
            otel.name = format!("send {}", delivery.channel.as_str()),
            otel.kind = "client",
            delivery.id = %delivery.id,
        );
        trace::follow(&span, parent.as_deref());
        self.send_one(delivery).instrument(span).await
    }

    async fn send_one(&self, delivery: Delivery) -> conversation::Result<()> {
        conversation::fault::point("dispatch.before_send");
        // One that the program falls over would take with it all that are under way, and come again.
        let outcome = match guarded(self.try_to_send(&delivery)).await {
            Ok(outcome) => outcome?,
            Err(panicked) => Err(SendError::Unknown {
                code: "panic".to_owned(),
                reason: panicked.to_string(),
            }),
        };
        conversation::fault::point("dispatch.after_send");
        if let Err(error) = &outcome {
            tracing::warn!(delivery.id = %delivery.id, channel = delivery.channel.as_str(), %error, "a message did not leave");
        }
        self.settle(&delivery, &outcome).await?;
        self.record_health(&delivery, &outcome).await
    }

    async fn try_to_send(&self, delivery: &Delivery) -> conversation::Result<Result<Sent, SendError>> {
        match deliveries::load_outbound(&self.store, delivery).await {
            Ok(_) if !inboxes::load(self.store.db(), &delivery.inbox_id).await?.is_enabled => {
                Ok(Err(SendError::Temporary {
                    code: INBOX_OFF.to_owned(),
                    reason: "the inbox is switched off; an administrator switches it on in the settings".to_owned(),
                    retry_after: None,
                }))
            }
            Ok(message) => {
                let message = self.with_doors(delivery, message).await?;
                Ok(self.send(delivery, &message).await)
            }
            Err(error) if error.is_transient() => Err(error),
            Err(error) => Ok(Err(permanent(
                "message",
                format!("the message cannot be read: {error}"),
            ))),
        }
    }

    /// Writes down what came of it. What is known now nobody will know once it is given up: the database is asked
    /// until it takes it, for as long as nobody else may send it.
    async fn settle(&self, delivery: &Delivery, outcome: &Result<Sent, SendError>) -> conversation::Result<()> {
        let since = self.store.env().steady();
        loop {
            match deliveries::settle(&self.store, &self.owner, delivery, outcome.clone()).await {
                Err(error) if error.is_transient() && self.store.env().steady() - since < deliveries::LEASE => {
                    tracing::warn!(delivery.id = %delivery.id, %error, "what came of a message is written down later");
                    tokio::time::sleep(TROUBLE).await;
                }
                settled => return settled,
            }
        }
    }

    /// Cards that open a page of the portal get a link that signs their customer in, made here so that it
    /// stands in what is sent and nowhere else.
    async fn with_doors(
        &self,
        delivery: &Delivery,
        mut message: OutboundMessage,
    ) -> conversation::Result<OutboundMessage> {
        let kind = match delivery.channel {
            Channel::Email => IdentityKind::Email,
            Channel::Whatsapp => IdentityKind::Whatsapp,
            Channel::Instagram => IdentityKind::Instagram,
            Channel::Messenger => IdentityKind::Messenger,
            // A bridge's word on who reads is no reason to sign them in.
            Channel::Webchat | Channel::Bridge | Channel::Portal | Channel::Phone => return Ok(message),
        };
        let recipient = match delivery.channel.is_messenger_platform() {
            true => bridges::identity(&message.inbox, &message.recipient),
            false => message.recipient.clone(),
        };
        for action in message.cards.iter_mut().flat_map(|card| &mut card.actions) {
            let CardAction::Open { path, .. } = action else {
                continue;
            };
            // The page that asks who is there needs no link: it is for those whom a link would not know.
            let is_signed_in = path == "/portal" || path.starts_with("/portal/");
            if !is_signed_in || path.starts_with("/portal/link") {
                continue;
            }
            let door = doors::for_recipient(&self.store, &message.conversation, kind, &recipient, path).await?;
            if let Some(door) = door {
                *path = door;
            }
        }
        Ok(message)
    }

    async fn send(&self, delivery: &Delivery, message: &OutboundMessage) -> Result<Sent, SendError> {
        match delivery.channel {
            Channel::Email => self.send_mail(delivery, message).await,
            Channel::Whatsapp => self.send_whatsapp(delivery, message).await,
            Channel::Instagram | Channel::Messenger => self.send_messenger(delivery, message).await,
            Channel::Bridge => self.send_by_bridge(delivery, message).await,
            // These are shown by their event and never queued.
            Channel::Webchat | Channel::Portal | Channel::Phone => Ok(Sent {
                provider_id: None,
                is_delivered: false,
            }),
        }
    }

    async fn send_by_bridge(&self, delivery: &Delivery, message: &OutboundMessage) -> Result<Sent, SendError> {
        let settings: BridgeSettings = inboxes::settings(&self.store, &message.inbox).await?;
        let files = self.bytes_of(message).await?;
        let sending = deliveries::sending(self.store.db(), &delivery.inbox_id, &delivery.id).await?;
        let number = sending.map_or(0, |sending| sending.number);
        let now = self.store.now();
        self.bridges
            .send(&settings, message, number, &files, &self.public_url, now)
            .await
            .map_err(waits_for_inbox)
    }

    /// The bytes of a message's files, in order.
    async fn bytes_of(&self, message: &OutboundMessage) -> Result<Vec<Vec<u8>>, SendError> {
        let mut files = Vec::with_capacity(message.attachments.len());
        for file in &message.attachments {
            files.push(self.store.blobs().get(&file.blob.sha256).await?.to_vec());
        }
        Ok(files)
    }

    async fn send_mail(&self, delivery: &Delivery, message: &OutboundMessage) -> Result<Sent, SendError> {
        let settings = self.post.settings(&message.inbox).await?;
        let bytes = self.bytes_of(message).await?;
        let files = message.attachments.iter().cloned().zip(bytes).collect();
        let keys = self.store.keys();
        let link = |id: &MessageId, value: &str| answer_link(keys, &self.public_url, id, value);
        let parts = deliveries::load_mail_parts(&self.store, delivery, settings.quote_history).await?;
        let now = self.store.now();
        // Only cards wear it.
        let color = if message.cards.is_empty() {
            Color::OURS
        } else {
            (self.color)().await
        };
        let leave_link = self.leave_link(message).await?;
        let house = House {
            public_url: &self.public_url,
            color,
            answer_link: &link,
            leave_link: leave_link.as_deref(),
        };
        let raw = compose(message, &parts, &settings, files, &house, now)
            .map_err(|error| permanent("email.compose", error.to_string()))?;
        let left = self
            .post
            .send(&message.inbox, &settings, &message.recipient, raw)
            .await?;
        if settings.copy_to_sent {
            // Before the delivery is settled: after a crash the mail goes out again under the
            // same id, and its copy is made once.
            self.keep_copy(delivery, message, &left.raw).await;
        }
        Ok(left.sent)
    }

    /// Where the reader of advertising says that they want no more of it. The last look before it leaves, too: whoever
    /// said so meanwhile gets none.
    async fn leave_link(&self, message: &OutboundMessage) -> Result<Option<String>, SendError> {
        let of = |name: &str| message.extra.as_ref().and_then(|extra| extra.get(name));
        let is_marketing = of("is_marketing").and_then(serde_json::Value::as_bool);
        if is_marketing != Some(true) {
            return Ok(None);
        }
        let db = self.store.db();
        let conversation = access::conversation(db, &Actor::System, &message.conversation).await?;
        if marketing::refuses_mail(db, &conversation.contact_id).await? {
            let words = "The customer wants no marketing, and this mail is marketing.";
            return Err(permanent(crate::whatsapp::REFUSED, words.to_owned()));
        }
        let signed = marketing::leave_link(self.store.keys(), &conversation.contact_id);
        Ok(Some(format!("{}/u/{signed}", self.public_url.trim_end_matches('/'))))
    }

    /// Wishes for the copy of a mail that has left: that there is none is no reason to say that the mail failed, nor to
    /// send it again.
    async fn keep_copy(&self, delivery: &Delivery, message: &OutboundMessage, raw: &[u8]) {
        let since = self.store.env().steady();
        loop {
            match self.wish_for_copy(delivery, message, raw).await {
                Ok(()) => return,
                // Not for so long that nobody could write down any more that it left.
                Err(error) if error.is_transient() && self.store.env().steady() - since < deliveries::LEASE / 3 => {
                    tracing::warn!(delivery.id = %delivery.id, %error, "the copy of a sent mail is wished for later");
                    tokio::time::sleep(TROUBLE).await;
                }
                Err(error) => {
                    tracing::warn!(delivery.id = %delivery.id, %error, "a sent mail has no copy in the mailbox");
                    return;
                }
            }
        }
    }

    async fn wish_for_copy(
        &self,
        delivery: &Delivery,
        message: &OutboundMessage,
        raw: &[u8],
    ) -> conversation::Result<()> {
        let blob = self.store.put_blob(raw).await?;
        let id = &message.external_id;
        conversation::sent_copies::wish(&self.store, &delivery.message_id, &message.inbox, &blob.sha256, id).await
    }

    /// The health of an inbox comes from real calls: a refused token makes it red. Mail has its own
    /// word on that ([`Post::send`]).
    async fn record_health(&self, delivery: &Delivery, outcome: &Result<Sent, SendError>) -> conversation::Result<()> {
        let is_ours = delivery.channel.waits_for_word() || delivery.channel == Channel::Bridge;
        match outcome {
            Ok(_) if is_ours => inboxes::set_health(&self.store, &delivery.inbox_id, None).await,
            Err(error) if is_ours && is_about_inbox(error) => {
                inboxes::set_health(&self.store, &delivery.inbox_id, Some(error.into())).await
            }
            _ => Ok(()),
        }
    }
}

/// Whether the trouble is with the account, not with this message.
fn is_about_inbox(error: &SendError) -> bool {
    crate::whatsapp::errors::is_about_inbox(error)
        || error.code() == "whatsapp.settings"
        || messenger::errors::is_about_inbox(error)
        || crate::bridge::send::is_about_inbox(error)
}

/// What is wrong with the account is no reason to give a message up, as with mail: it can leave once that is put right.
fn waits_for_inbox(error: SendError) -> SendError {
    let is_about_inbox = is_about_inbox(&error);
    match error {
        SendError::Permanent { code, reason } if is_about_inbox => SendError::Temporary {
            code,
            reason,
            retry_after: None,
        },
        other => other,
    }
}

/// The code of what waits because its inbox neither receives nor sends.
pub const INBOX_OFF: &str = "inbox.off";

/// The signed address behind a card's button in a mail.
pub fn answer_link(keys: &conversation::keys::Keys, public_url: &str, message: &MessageId, value: &str) -> String {
    let payload = conversation::card::CardAnswer::payload(message, value);
    let signed = keys.sign("card", &hex::encode(payload));
    format!("{public_url}/c/{signed}")
}

fn permanent(code: &str, reason: String) -> SendError {
    SendError::Permanent {
        code: code.to_owned(),
        reason,
    }
}

/// What one look found.
enum Taken {
    Some(Vec<Delivery>),
    /// Nothing, for so long.
    Nothing(Duration),
}
