//! The words of the system as types: ids and the closed sets of values that rows and events carry.

use serde::{Deserialize, Serialize};

use crate::{ids, text_enum};

/// Milliseconds since 1970-01-01T00:00:00Z. All times are stored and passed around like this.
pub type Millis = i64;

/// A dense number of one committed change; the positions are the conversation stream.
pub type Position = i64;

/// A text outside the closed set that a column, a form field or a payload allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not a {what}; expected one of: {expected}")]
pub struct UnknownValue {
    /// What was being read, for example `channel`.
    pub what: &'static str,
    /// What was found.
    pub value: String,
    /// The allowed values, comma separated.
    pub expected: String,
}

impl From<UnknownValue> for crate::Error {
    fn from(error: UnknownValue) -> Self {
        crate::Error::Invalid(error.to_string())
    }
}

ids! {
    /// A configured account of a channel.
    InboxId,
    /// A person.
    ContactId,
    /// A customer organisation.
    CompanyId,
    /// One way a channel knows a contact.
    IdentityId,
    /// One thread with a contact.
    ConversationId,
    /// One entry of a conversation.
    MessageId,
    /// One file of a message.
    AttachmentId,
    /// The sending of one outbound message through one channel.
    DeliveryId,
    /// A tracked request.
    TicketId,
    /// A person who answers.
    AgentId,
    /// Something that arrived and could not be filed.
    QuarantineId,
    /// One recorded merge of two contacts.
    MergeId,
    /// One recorded merge of two conversations.
    ConversationMergeId,
    /// A group of agents.
    TeamId,
    /// A label of conversations.
    LabelId,
    /// A list that somebody keeps.
    ViewId,
    /// A field that an administrator added.
    FieldId,
}

/// The letters of an id.
pub(crate) const ULID_LENGTH: usize = 26;

/// Whether a text from outside has the shape of an id that a page or a client made: 26 letters and digits. What is
/// stored under it is decided by whoever asks; this only keeps everything else out.
pub fn is_id(text: &str) -> bool {
    text.len() == ULID_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

text_enum! {
    /// A kind of way in and out.
    Channel, "channel" {
        /// IMAP in, SMTP out.
        Email = "email",
        /// WhatsApp Cloud API.
        Whatsapp = "whatsapp",
        /// Messages to an Instagram account, by Meta's Messenger Platform.
        Instagram = "instagram",
        /// Messages to a Facebook page, by Meta's Messenger Platform.
        Messenger = "messenger",
        /// The chat widget on a web page.
        Webchat = "webchat",
        /// Another messenger, by a bridge: a program of the business's own that carries messages both ways.
        Bridge = "bridge",
        /// The portal and its public form.
        Portal = "portal",
        /// A call logged by hand.
        Phone = "phone",
    }
}

impl Channel {
    /// Whether people write short messages here without naming the matter, so that a new message
    /// belongs to the conversation that is open.
    pub const fn is_chat(self) -> bool {
        matches!(
            self,
            Channel::Whatsapp | Channel::Instagram | Channel::Messenger | Channel::Webchat | Channel::Bridge
        )
    }

    /// How it knows whom it can write to, where they have an address of its own.
    pub const fn identity(self) -> Option<IdentityKind> {
        match self {
            Channel::Email => Some(IdentityKind::Email),
            Channel::Whatsapp => Some(IdentityKind::Whatsapp),
            Channel::Instagram => Some(IdentityKind::Instagram),
            Channel::Messenger => Some(IdentityKind::Messenger),
            Channel::Bridge => Some(IdentityKind::Bridge),
            Channel::Webchat | Channel::Portal | Channel::Phone => None,
        }
    }

    /// Whether Meta's Messenger Platform carries it.
    pub const fn is_messenger_platform(self) -> bool {
        matches!(self, Channel::Instagram | Channel::Messenger)
    }

    /// Whether nothing there makes a second sending harmless, so that what may have left waits for the provider's word.
    pub const fn waits_for_word(self) -> bool {
        matches!(self, Channel::Whatsapp | Channel::Instagram | Channel::Messenger)
    }
}

text_enum! {
    /// How a channel knows a contact.
    IdentityKind, "identity kind" {
        /// An e-mail address, lower-cased.
        Email = "email",
        /// A telephone number in E.164 with its plus sign.
        Phone = "phone",
        /// A WhatsApp `wa_id` (digits) or business-scoped user id.
        Whatsapp = "whatsapp",
        /// A user of Instagram, by the id that Meta gives them for the business's account.
        Instagram = "instagram",
        /// A user of Messenger, by the id that Meta gives them for the business's page.
        Messenger = "messenger",
        /// A browser that opened the widget.
        Visitor = "visitor",
        /// A user of another messenger: [`crate::bridges::identity`] of the inbox and the messenger's id.
        Bridge = "bridge",
        /// The user id that the business's own site signed.
        External = "external",
        /// A user of the portal.
        Portal = "portal",
    }
}

text_enum! {
    /// Why a mail came back.
    BounceReason, "bounce reason" {
        /// Nobody has this address.
        NoMailbox = "no_mailbox",
        /// There is no such domain, or it takes no mail.
        NoDomain = "no_domain",
        /// The mailbox exists and takes no mail any more.
        MailboxDisabled = "mailbox_disabled",
        /// The mailbox is full.
        MailboxFull = "mailbox_full",
        /// The mail is larger than the other side takes.
        TooLarge = "too_large",
        /// Taken for spam, or a list or rule of the other side forbids it.
        Policy = "policy",
        /// SPF, DKIM or DMARC of the sender did not satisfy the other side.
        Authentication = "authentication",
        /// Too many mails in too short a time, or asked to come again later.
        Busy = "busy",
        /// The other side could not be reached in time.
        Unreachable = "unreachable",
        /// The server that was asked does not carry mail for this domain.
        Relay = "relay",
        /// Something in the mail itself: a virus, a file of a forbidden kind.
        Content = "content",
        /// It went round in circles.
        Loop = "loop",
        /// Something else; the server's words say what.
        Other = "other",
    }
}

impl BounceReason {
    /// Whether the same address will never work: writing to it again needs a word.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            BounceReason::NoMailbox | BounceReason::NoDomain | BounceReason::MailboxDisabled
        )
    }

    /// The reason in an error code of a delivery, such as `bounce.no_mailbox.5.1.1`.
    pub fn of_code(code: &str) -> Option<BounceReason> {
        code.strip_prefix("bounce.")?.split('.').next()?.parse().ok()
    }
}

text_enum! {
    /// How an inbox is doing.
    InboxHealth, "inbox health" {
        /// Nothing was heard of it yet.
        Unknown = "unknown",
        /// It works.
        Ok = "ok",
        /// It does not; the words beside it say why.
        Failing = "failing",
    }
}

text_enum! {
    /// Who has the conversation now.
    Level, "level" {
        /// The bot answers.
        Bot = "bot",
        /// First line.
        N1 = "N1",
        /// Technicians.
        N2 = "N2",
        /// Development and infrastructure.
        N3 = "N3",
    }
}

text_enum! {
    /// The state of a conversation.
    ConversationStatus, "conversation status" {
        /// Somebody (or the bot) should act.
        Open = "open",
        /// Hidden until a time or a reply.
        Snoozed = "snoozed",
        /// Done; an inbound message opens it again.
        Resolved = "resolved",
    }
}

text_enum! {
    /// The state of a ticket.
    TicketStatus, "ticket status" {
        /// Nobody has looked at it.
        New = "new",
        /// Being worked on.
        Open = "open",
        /// Waiting for the customer.
        Waiting = "waiting",
        /// Solved, and the customer is asked whether it is.
        Confirming = "confirming",
        /// Solved.
        Resolved = "resolved",
    }
}

text_enum! {
    /// How urgent it is.
    Priority, "priority" {
        /// Can wait.
        Low = "low",
        /// The default.
        Normal = "normal",
        /// Before the others.
        High = "high",
        /// Now.
        Urgent = "urgent",
    }
}

text_enum! {
    /// What an entry of a conversation is.
    MessageKind, "message kind" {
        /// From the customer.
        Inbound = "inbound",
        /// To the customer.
        Outbound = "outbound",
        /// Written, not on its way yet: it becomes outbound when its time comes. Customers never see it.
        Scheduled = "scheduled",
        /// Seen by agents only.
        Note = "note",
        /// Something that happened (escalated, merged), shown as a line.
        Activity = "activity",
    }
}

text_enum! {
    /// Who wrote a message or did a thing.
    ActorKind, "actor kind" {
        /// A customer.
        Contact = "contact",
        /// A person of the business.
        Agent = "agent",
        /// The bot.
        Bot = "bot",
        /// The system itself.
        System = "system",
        /// A caller of the JSON API with a token.
        Api = "api",
    }
}

text_enum! {
    /// The state of a delivery. `Failed` is terminal; the others only move forward.
    DeliveryState, "delivery state" {
        /// Held back until its time comes; it can be taken back.
        Scheduled = "scheduled",
        /// Waiting to be sent, or to be tried again.
        Queued = "queued",
        /// The channel was given it and did not say whether it took it; waiting for its word.
        Unknown = "unknown",
        /// The channel took it.
        Sent = "sent",
        /// It reached the customer's device or mailbox.
        Delivered = "delivered",
        /// The customer opened it.
        Read = "read",
        /// It will not be tried again.
        Failed = "failed",
    }
}

text_enum! {
    /// How a mail names one of its recipients.
    RecipientRole, "recipient role" {
        /// The one it is for.
        To = "to",
        /// Gets a copy, and everybody sees it.
        Cc = "cc",
        /// Gets a copy that the others do not know of.
        Bcc = "bcc",
    }
}

text_enum! {
    /// Whether a person wrote it (RFC 3834, RFC 3464).
    Auto, "automatic kind" {
        /// A person.
        None = "none",
        /// An automatic reply, such as an absence notice.
        AutoReply = "auto_reply",
        /// A delivery status notification.
        Bounce = "bounce",
        /// A list or newsletter.
        Bulk = "bulk",
        /// Our own automatic mail come back.
        Loop = "loop",
    }
}

text_enum! {
    /// Which key chose the conversation of a message; kept with the message for people to see.
    MatchedBy, "match" {
        /// A reply token that we signed, in the address or in a Message-ID.
        ReplyToken = "reply_token",
        /// In-Reply-To or the WhatsApp `context` names a message that we hold.
        InReplyTo = "in_reply_to",
        /// References names a message that we hold.
        References = "references",
        /// A reference that we never held, but that another message of the conversation named too.
        SeenReference = "seen_reference",
        /// The ticket number in the subject, from a participant.
        TicketNumber = "ticket_number",
        /// The contact's open conversation.
        OpenConversation = "open_conversation",
        /// The same sender wrote under the same subject a while ago, and the inbox groups such messages.
        SameSubject = "same_subject",
        /// Chosen by the caller (an open page of that conversation).
        Explicit = "explicit",
        /// Nothing matched: a conversation of its own.
        New = "new",
        /// Put here by an agent.
        Agent = "agent",
    }
}

text_enum! {
    /// The kind of a ticket.
    TicketKind, "ticket kind" {
        /// A question.
        Question = "question",
        /// Something is broken.
        Incident = "incident",
        /// Something is wanted.
        Request = "request",
    }
}

text_enum! {
    /// What a person of the business may do; `access` holds the table.
    Role, "role" {
        /// Everything, settings included.
        Administrator = "administrator",
        /// Works the inbox.
        Agent = "agent",
        /// Works for the companies that were given to them, and sees nothing of others.
        Coordinator = "coordinator",
        /// Sees everything, changes nothing.
        Supervisor = "supervisor",
    }
}

text_enum! {
    /// The languages that every text a person reads exists in.
    Language, "language" {
        /// English.
        En = "en",
        /// Spanish.
        Es = "es",
        /// Portuguese.
        Pt = "pt",
    }
}

impl Language {
    /// The language of a BCP 47 tag or WhatsApp locale (`pt_BR`, `es-419`), if it is one of ours.
    pub fn from_tag(tag: &str) -> Option<Language> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        primary.to_ascii_lowercase().parse().ok()
    }
}

/// Who does something. Passed to every function that writes, and kept in events and audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A person of the business, signed in.
    Agent(AgentId),
    /// A customer, by widget, portal or mail.
    Contact(ContactId),
    /// The bot.
    Bot,
    /// The system itself.
    System,
    /// An API token, by its name.
    Api(String),
}

impl Actor {
    /// The kind of actor.
    pub fn kind(&self) -> ActorKind {
        match self {
            Actor::Agent(_) => ActorKind::Agent,
            Actor::Contact(_) => ActorKind::Contact,
            Actor::Bot => ActorKind::Bot,
            Actor::System => ActorKind::System,
            Actor::Api(_) => ActorKind::Api,
        }
    }

    /// The id of the agent, contact or token; empty for the bot and the system.
    pub fn id(&self) -> &str {
        match self {
            Actor::Agent(id) => id.as_str(),
            Actor::Contact(id) => id.as_str(),
            Actor::Api(name) => name,
            Actor::Bot | Actor::System => "",
        }
    }
}
