//! What the inbox shows, as plain fields.

use conversation::types::{Channel, ConversationStatus, IdentityKind, Level, Millis, Position, Priority, TicketStatus};

use crate::components::{ConversationRowView, MessageView};
use super::composer_view::ComposerView;
use crate::layout::Section;

/// Which conversations the list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Nobody's.
    Unassigned,
    /// This agent's.
    Mine,
    /// All open ones.
    All,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Tab; 3] = [Tab::Unassigned, Tab::Mine, Tab::All];

    /// The value in the query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Tab::Unassigned => "unassigned",
            Tab::Mine => "mine",
            Tab::All => "all",
        }
    }

    /// Reads the query's value; anything else is the first tab.
    pub fn from_query(text: &str) -> Tab {
        Tab::ALL
            .into_iter()
            .find(|tab| tab.as_str() == text)
            .unwrap_or(Tab::Unassigned)
    }
}

/// How many conversations each tab holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct TabCounts {
    /// Nobody's.
    pub unassigned: i64,
    /// This agent's.
    pub mine: i64,
    /// All open ones.
    pub all: i64,
    /// This agent's where the customer waits; shown on the rail.
    pub mine_waiting: i64,
}

/// The whole page.
#[derive(Debug, Clone)]
pub struct InboxView {
    /// The name of the agent.
    pub agent_name: String,
    /// What the rail offers.
    pub sections: Vec<Section>,
    /// The list.
    pub list: ListView,
    /// The conversation that is open.
    pub thread: Option<ThreadView>,
    /// The stream position read before the queries.
    pub position: Position,
}

/// The list.
#[derive(Debug, Clone)]
pub struct ListView {
    /// The open tab.
    pub tab: Tab,
    /// Only this channel.
    pub channel: Option<Channel>,
    /// Only this state.
    pub status: ConversationStatus,
    /// What is searched for; empty when nothing is.
    pub search: String,
    /// Where this page of the list begins, when it is not the newest.
    pub before: Option<String>,
    /// The counts beside the tabs.
    pub counts: TabCounts,
    /// The rows, newest first.
    pub rows: Vec<ConversationRowView>,
    /// The conversation that is open, kept open when the tab changes.
    pub selected: Option<String>,
    /// Where older rows are.
    pub older_url: Option<String>,
}

/// One open conversation.
#[derive(Debug, Clone)]
pub struct ThreadView {
    /// The conversation's id.
    pub id: String,
    /// The subject, or the contact's name where there is none.
    pub title: String,
    /// The contact's name.
    pub contact_name: String,
    /// Its state.
    pub status: ConversationStatus,
    /// Until when it is snoozed.
    pub snoozed_until: Option<Millis>,
    /// Who has it now.
    pub level: Level,
    /// The assignee's name.
    pub assignee: Option<String>,
    /// Whether that is the reader.
    pub is_mine: bool,
    /// Whether the reader may change it.
    pub can_write: bool,
    /// The messages, oldest first.
    pub messages: Vec<MessageView>,
    /// Where older messages are.
    pub older_url: Option<String>,
    /// The first message that the reader has not seen.
    pub first_unread: Option<String>,
    /// The position that the messages were read at.
    pub position: Position,
    /// Where the list is, for the way back on a phone.
    pub list_url: String,
    /// The number that people say.
    pub number: i64,
    /// Where the fragment is fetched again.
    pub refresh_url: String,
    /// The composer.
    pub composer: ComposerView,
    /// The side panel.
    pub side: SideView,
}

/// One agent to choose from.
#[derive(Debug, Clone)]
pub struct AgentChoice {
    /// The agent's id.
    pub id: String,
    /// The agent's name.
    pub name: String,
    /// It is theirs now.
    pub is_current: bool,
}

/// One identity of the contact.
#[derive(Debug, Clone)]
pub struct IdentityView {
    /// The kind.
    pub kind: IdentityKind,
    /// What a person reads: an address, a number; for a browser, `None`.
    pub value: Option<String>,
    /// Whether it was proved.
    pub is_verified: bool,
}

/// The contact.
#[derive(Debug, Clone)]
pub struct ContactView {
    /// The name, may be empty.
    pub name: String,
    /// The company.
    pub company: Option<String>,
    /// The customer's language, in the reader's words.
    pub language: Option<String>,
    /// How the channels know them.
    pub identities: Vec<IdentityView>,
    /// Since when.
    pub since: Millis,
    /// The page that the visitor is on or was on last.
    pub page: Option<(String, String)>,
}

/// One ticket of the conversation.
#[derive(Debug, Clone)]
pub struct TicketView {
    /// The number, such as `T-1042`.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// Its state.
    pub status: TicketStatus,
    /// Its urgency.
    pub priority: Priority,
    /// Where it opens.
    pub url: Option<String>,
}

/// The side panel.
#[derive(Debug, Clone)]
pub struct SideView {
    /// The conversation's id.
    pub conversation: String,
    /// Its state; decides which actions there are.
    pub status: ConversationStatus,
    /// Who has it now.
    pub level: Level,
    /// The reader has it.
    pub is_mine: bool,
    /// Whether the reader may change it.
    pub can_write: bool,
    /// Whom it can be given to.
    pub agents: Vec<AgentChoice>,
    /// The contact.
    pub contact: ContactView,
    /// The tickets.
    pub tickets: Vec<TicketView>,
    /// The bot's brief on handing over: (what it is about, what was tried).
    pub brief: Option<String>,
    /// Earlier conversations of the contact: (title, when, where).
    pub earlier: Vec<(String, Millis, String)>,
    /// How urgent it is.
    pub priority: Priority,
    /// Contacts that were made part of this one: (merge, name).
    pub merges: Vec<(String, String)>,
    /// What a new ticket would be about.
    pub ticket_subject: String,
}
