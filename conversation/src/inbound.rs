//! The normal form that every channel adapter produces, before contact and conversation are known.

use serde::{Deserialize, Serialize};

use crate::card::CardAnswer;
use crate::proactive::Opening;
use crate::types::{Auto, BounceReason, Channel, ConversationId, IdentityKind, InboxId, Language, Millis};

/// One thing a customer sent, as its channel understood it. `ingest` files it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InboundMessage {
    /// The account it came in by.
    pub inbox: InboxId,
    /// The channel of that account.
    pub channel: Channel,
    /// The id that makes a repetition recognisable within the inbox: a `wamid`, a Message-ID (or
    /// a hash of the raw mail where there is none), the widget's client ULID.
    pub external_id: String,
    /// The provider's time, not ours.
    pub sent_at: Millis,
    /// Who sent it.
    pub from: Sender,
    /// To and Cc addresses; whoever is named here may answer later.
    pub recipients: Vec<String>,
    /// The subject, where the channel has one.
    pub subject: Option<String>,
    /// The whole body as text.
    pub text: String,
    /// What the sender wrote now, without quoted history and signature. `None` means all of `text`.
    pub reply: Option<String>,
    /// The body as sanitised HTML, where the channel has one.
    pub html: Option<String>,
    /// The files.
    pub attachments: Vec<InboundAttachment>,
    /// What the channel says about where it belongs.
    pub thread: ThreadHints,
    /// Whether a person wrote it.
    pub auto: Auto,
    /// A bounce's facts, when `auto` says so.
    pub bounce: Option<Bounce>,
    /// The card button that was pressed, or the answer that was chosen.
    pub answer: Option<CardAnswer>,
    /// The stored raw bytes.
    pub raw: Option<BlobRef>,
    /// Where the mailbox cursor stands once this is committed.
    pub cursor: Option<Cursor>,
    /// Why it needs a person's look (it is filed all the same).
    pub quarantined: Option<String>,
    /// What the mail server wrote where it took it for spam, and the inbox wants to hear that.
    #[serde(default)]
    pub judged: Option<String>,
    /// What only this channel has: location, shared contacts, reaction, order, referral…
    /// An object with `type` and the provider's own fields; drawn by `ui`, never interpreted here.
    pub extra: Option<serde_json::Value>,
    /// What its sender read in the chat before they wrote; a conversation that begins with this message begins with that.
    #[serde(default)]
    pub opening: Option<Opening>,
}

/// Who sent an inbound message, as far as the channel can tell.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sender {
    /// How the channel knows the sender, strongest first. The first names the contact; the others
    /// are added to it.
    pub identities: Vec<IdentityClaim>,
    /// Where an answer goes, when that is not the value of the first identity (a `wa_id` as Meta
    /// wrote it, a Reply-To address).
    pub address: Option<String>,
    /// The display name.
    pub name: Option<String>,
    /// The language the channel reports or the body is written in.
    pub language: Option<Language>,
}

/// One identity that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityClaim {
    /// The kind.
    pub kind: IdentityKind,
    /// The normalised value: lower-cased address, `+E.164`, `wa_id`, visitor ULID.
    pub value: String,
    /// Whether the channel proved it. An unverified claim never opens somebody else's history.
    pub verified: bool,
}

/// What the channel says about where a message belongs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ThreadHints {
    /// Possible reply tokens, from plus-addresses and Message-IDs; `ingest` checks the signatures.
    pub tokens: Vec<String>,
    /// In-Reply-To ids without angle brackets, or the quoted provider id.
    pub in_reply_to: Vec<String>,
    /// References ids without angle brackets, oldest first.
    pub references: Vec<String>,
    /// An id that all mails of a thread carry beside their own (Outlook's Thread-Index). It counts
    /// after all others, and only in a mail that does not begin the thread.
    #[serde(default)]
    pub index: Option<ThreadIndex>,
    /// The conversation whose page the message was written on; checked against the sender.
    pub conversation: Option<ConversationId>,
    /// A message that names no other belongs to what the same sender wrote under the same subject within so many
    /// milliseconds, where its inbox wants that. `None` is never.
    #[serde(default)]
    pub group_within: Option<Millis>,
}

impl ThreadHints {
    /// Whether it names a message, a thread or a conversation that it may belong to.
    pub fn names_another(&self) -> bool {
        !self.tokens.is_empty()
            || !self.in_reply_to.is_empty()
            || !self.references.is_empty()
            || self.conversation.is_some()
            || self.index.as_ref().is_some_and(|index| !index.begins)
    }
}

/// What names a whole thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadIndex {
    /// The id, unlike any Message-ID.
    pub id: String,
    /// Whether this mail is the thread's first.
    pub begins: bool,
}

/// One file of an inbound message; its bytes are stored already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundAttachment {
    /// The file name as sent, or one made from the type.
    pub name: String,
    /// The media type.
    pub media_type: String,
    /// Shown inside the body.
    pub inline: bool,
    /// The Content-ID without angle brackets.
    pub content_id: Option<String>,
    /// The bytes; of a file that is still to be fetched, an empty name and no length.
    pub blob: BlobRef,
    /// Where the channel will give the bytes, when they were not in the message itself. They are
    /// fetched after the message is filed, so that a slow provider holds up no web hook.
    #[serde(default)]
    pub source: Option<serde_json::Value>,
}

/// Stored bytes, named by their content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlobRef {
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Length in bytes.
    pub size: i64,
}

/// A mailbox position, advanced in the same commit as the message that was read there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The folder.
    pub folder: String,
    /// UIDVALIDITY (RFC 3501).
    pub uid_validity: i64,
    /// The highest UID that is filed.
    pub last_uid: i64,
}

/// What a delivery status notification says (RFC 3464).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounce {
    /// The address that failed.
    pub recipient: Option<String>,
    /// The enhanced status code, such as `5.1.1`.
    pub status: Option<String>,
    /// The server's words.
    pub diagnostic: Option<String>,
    /// The Message-ID of the mail that failed, without angle brackets.
    pub original_message_id: Option<String>,
    /// Why, in one word.
    #[serde(default)]
    pub reason: Option<BounceReason>,
    /// The server still tries; nothing is lost yet.
    #[serde(default)]
    pub is_delayed: bool,
    /// Every address that it speaks of, the one above included.
    #[serde(default)]
    pub recipients: Vec<BouncedRecipient>,
}

/// One address that a notification speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BouncedRecipient {
    /// The address as we wrote it, where the server says so.
    pub address: String,
    /// The one that the last server tried, where that is another (RFC 3464, 2.3.2).
    #[serde(default)]
    pub tried: Option<String>,
    /// The enhanced status code.
    pub status: Option<String>,
    /// The server's words.
    pub diagnostic: Option<String>,
    /// Why, in one word.
    pub reason: BounceReason,
    /// The server still tries.
    pub is_delayed: bool,
}

impl Bounce {
    /// Every address with what is said of it; where only one fact set is known, that one.
    pub fn all(&self) -> Vec<BouncedRecipient> {
        if !self.recipients.is_empty() {
            return self.recipients.clone();
        }
        vec![BouncedRecipient {
            address: self.recipient.clone().unwrap_or_default(),
            tried: None,
            status: self.status.clone(),
            diagnostic: self.diagnostic.clone(),
            reason: self.reason.unwrap_or(BounceReason::Other),
            is_delayed: self.is_delayed,
        }]
    }
}

/// What `extra` says of a message that only people answer: what somebody did by a form, which asks the bot nothing.
pub const FOR_PEOPLE: &str = "for_people";

impl InboundMessage {
    /// See [`FOR_PEOPLE`].
    pub(crate) fn is_for_people(&self) -> bool {
        let said = self.extra.as_ref().and_then(|extra| extra.get(FOR_PEOPLE)?.as_bool());
        said.unwrap_or_default()
    }

    /// A person's words as a channel without subjects and formatting brings them; what it has besides is added.
    pub fn saying(
        text: String,
        from: Sender,
        (inbox, channel): (InboxId, Channel),
        external_id: String,
        sent_at: Millis,
    ) -> InboundMessage {
        InboundMessage {
            inbox,
            channel,
            external_id,
            sent_at,
            from,
            recipients: Vec::new(),
            subject: None,
            text,
            reply: None,
            html: None,
            attachments: Vec::new(),
            thread: ThreadHints::default(),
            auto: Auto::None,
            bounce: None,
            answer: None,
            raw: None,
            cursor: None,
            quarantined: None,
            judged: None,
            extra: None,
            opening: None,
        }
    }

    /// What the sender wrote now: `reply` where the adapter found it, else the whole text.
    pub fn visible(&self) -> &str {
        self.reply.as_deref().unwrap_or(&self.text)
    }
}
