//! What the composer shows, as plain fields.

use conversation::types::{Channel, Millis, Position};

use super::chat::ChatComposerView;

/// Why a reply was held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposerProblem {
    /// The conversation moved on since it was read: the sentence says who did what, and the message
    /// is the newest of it.
    Stale(String, Option<String>),
    /// What was sent cannot be taken; the sentence says why and what to do.
    Invalid(String),
    /// These variables have no value yet.
    Open(Vec<String>),
}

/// One way to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayView {
    /// What is posted as `way`.
    pub value: String,
    /// The channel.
    pub channel: Channel,
    /// The inbox that it leaves by.
    pub inbox: String,
    /// Where it goes, as a person reads it.
    pub recipient: String,
    /// It is chosen.
    pub is_chosen: bool,
    /// Why it cannot be used now.
    pub blocked: Option<String>,
}

/// A file or card that goes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickedView {
    /// `attachment` or `card`.
    pub field: &'static str,
    /// The id of the file, or `kind:reference`.
    pub value: String,
    /// Its name.
    pub name: String,
}

/// A message that can still be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoView {
    /// The message.
    pub message: String,
    /// Until when.
    pub until: Millis,
}

/// The composer, and what stands at its head.
#[derive(Debug, Clone, Default)]
pub struct ComposerView {
    /// The conversation's id.
    pub conversation: String,
    /// The position that the reader has seen; posted as `seen_position`.
    pub seen_position: Position,
    /// The ways a reply can leave by.
    pub ways: Vec<WayView>,
    /// Why the chosen way is chosen, when it is not the customer's last.
    pub why: Option<String>,
    /// Whom a reply goes to: the address or name, as the reader should see it.
    pub recipient: String,
    /// Why no reply can leave at all, when none can; notes still can.
    pub blocked: Option<String>,
    /// A word of caution, such as "outside WhatsApp's 24 hours: a template is sent".
    pub caution: Option<String>,
    /// Opens as a note.
    pub is_note: bool,
    /// What was written: the draft, or what comes back.
    pub text: String,
    /// The revision of the draft.
    pub revision: i64,
    /// Files and cards that go along.
    pub picked: Vec<PickedView>,
    /// Why it comes back.
    pub problem: Option<ComposerProblem>,
    /// What was sent a moment ago.
    pub undo: Option<UndoView>,
    /// Who gets a copy of a mail, as it is typed: addresses with commas between them.
    pub cc: String,
    /// Who gets a copy of a mail that nobody else sees.
    pub bcc: String,
    /// The agent's signature for mail, drawn below what they write.
    pub signature: String,
    /// Kinds of cards that can be put in: (kind, words).
    pub card_kinds: Vec<(&'static str, String)>,
    /// Macros: (id, name).
    pub macros: Vec<MacroChoice>,
    /// Who follows.
    pub followers: Vec<String>,
    /// The reader follows.
    pub is_following: bool,
    /// Whom it can be handed to: (value, name); a value is `agent:ID` or `team:ID`.
    pub hands: Vec<(String, String)>,
    /// What WhatsApp's composer has besides.
    pub chat: Option<ChatComposerView>,
    /// What rules did here: sentences, the newest first.
    pub rule_log: Vec<String>,
}

impl ComposerView {
    /// The chosen way.
    pub fn chosen(&self) -> Option<&WayView> {
        self.ways.iter().find(|way| way.is_chosen)
    }
}

/// A macro to run.
#[derive(Debug, Clone)]
pub struct MacroChoice {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// It was written for tickets like this one.
    pub is_for: bool,
}
