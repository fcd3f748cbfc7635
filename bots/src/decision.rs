//! What the bot can do with one message, and why.

use conversation::card::Card;
use kb::Candidate;
use serde::{Deserialize, Serialize};

/// What the bot does.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Shows the passage, the article's card and "did this help?".
    Answer {
        /// The article and its passage.
        candidate: Candidate,
    },
    /// Answers several questions, one after the other.
    AnswerAll {
        /// The article for each, in the order of the questions; none twice.
        candidates: Vec<Candidate>,
    },
    /// Answers from the business's own data.
    FromData {
        /// The answer.
        said: Said,
    },
    /// Asks which of two or three articles is meant.
    Clarify {
        /// The choices, most probable first.
        candidates: Vec<Candidate>,
    },
    /// Shows the inbox's menu.
    Menu {
        /// The submenu; `None` is the top.
        place: Option<String>,
        /// What stands above it.
        lead: Lead,
    },
    /// Asks for a question in the customer's own words.
    Ask {
        /// With these words; the bot's own where they are empty.
        words: String,
    },
    /// Sends the link of the portal.
    Portal,
    /// Says that the menu is not there any more.
    MenuGone,
    /// People take over.
    Escalate {
        /// Why.
        reason: Reason,
    },
    /// A courtesy that needs no article.
    SmallTalk {
        /// Which.
        kind: SmallTalk,
    },
    /// Nothing is sent.
    Silent {
        /// Why.
        why: Silence,
    },
}

/// What stands above a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// What the business greets with.
    Greeting,
    /// The same, or the name of the submenu: somebody wanted to see it.
    Asked,
    /// What was chosen is not there any more.
    Gone,
    /// What was answered is no entry.
    NotAnEntry,
    /// Nothing is known about what was asked.
    Unknown,
}

/// Why people take over. Closed: each has its words in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The customer asked for a person.
    AskedForPerson,
    /// The customer said that the answer did not help.
    DidNotHelp,
    /// No article fits well enough.
    Unsure,
    /// A clarifying question did not settle it.
    StillUnclear,
    /// The same question came again after an answer.
    Repeated,
    /// The customer is angry.
    Angry,
    /// The business keeps such matters for people.
    Sensitive,
    /// Several questions at once, and no article covers them.
    SeveralQuestions,
    /// Only pictures, sound or files: nothing to read.
    MediaOnly,
    /// Nothing that could be understood was written.
    NoText,
    /// An entry of the menu leads to people, or to something that is not there.
    ChosenInMenu,
    /// The bot itself failed.
    BotFailed,
}

impl Reason {
    /// Every reason.
    pub const ALL: &'static [Reason] = &[
        Reason::AskedForPerson,
        Reason::DidNotHelp,
        Reason::Unsure,
        Reason::StillUnclear,
        Reason::Repeated,
        Reason::Angry,
        Reason::Sensitive,
        Reason::SeveralQuestions,
        Reason::MediaOnly,
        Reason::NoText,
        Reason::ChosenInMenu,
        Reason::BotFailed,
    ];

    /// The reason as it is stored and counted.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::AskedForPerson => "asked_for_person",
            Reason::DidNotHelp => "did_not_help",
            Reason::Unsure => "unsure",
            Reason::StillUnclear => "still_unclear",
            Reason::Repeated => "repeated",
            Reason::Angry => "angry",
            Reason::Sensitive => "sensitive",
            Reason::SeveralQuestions => "several_questions",
            Reason::MediaOnly => "media_only",
            Reason::NoText => "no_text",
            Reason::ChosenInMenu => "chosen_in_menu",
            Reason::BotFailed => "bot_failed",
        }
    }
}

/// A courtesy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmallTalk {
    /// "Hello" and nothing else.
    Greeting,
    /// "Thank you" and nothing else.
    Thanks,
    /// The answer helped.
    GladItHelped,
    /// "Are you a robot?", "what can you do?"
    About,
}

/// Why nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// A machine wrote it: answering could start a loop.
    Automatic,
    /// A reaction to a message.
    Reaction,
    /// People have it already.
    WithPeople,
    /// A button of a card that is not the bot's.
    NotMine,
    /// A word about marketing, which the desk answers.
    Marketing,
    /// The same button of the same menu, a moment later.
    Twice,
}

/// Text and cards of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The words.
    pub text: String,
    /// The cards.
    pub cards: Vec<Card>,
}
