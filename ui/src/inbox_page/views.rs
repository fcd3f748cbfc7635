//! What the inbox shows, as plain fields.

use conversation::types::{
    BounceReason, ConversationStatus, IdentityKind, Language, Level, Millis, Position, Priority, TicketStatus,
};
use maud::Markup;

use super::composer_view::ComposerView;
use crate::components::{ConversationRowView, MessageView};
use crate::layout::Section;

/// Which conversations the list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// Nobody's.
    #[default]
    Unassigned,
    /// This agent's.
    Mine,
    /// Those with a note that calls for this agent.
    Mentioned,
    /// Of this agent's teams.
    Team,
    /// All open ones.
    All,
    /// What is spam.
    Spam,
}

impl Tab {
    /// Every tab beside the others, in order; spam stands apart.
    pub const ALL: [Tab; 5] = [Tab::Unassigned, Tab::Mine, Tab::Mentioned, Tab::Team, Tab::All];

    /// The value in the query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Tab::Unassigned => "unassigned",
            Tab::Mine => "mine",
            Tab::Mentioned => "mentioned",
            Tab::Team => "team",
            Tab::All => "all",
            Tab::Spam => "spam",
        }
    }

    /// Reads the query's value; anything else is the first tab.
    pub fn from_query(text: &str) -> Tab {
        Tab::ALL
            .into_iter()
            .chain([Tab::Spam])
            .find(|tab| tab.as_str() == text)
            .unwrap_or(Tab::Unassigned)
    }
}

/// A label as a chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelView {
    /// Its id.
    pub id: String,
    /// Its word.
    pub name: String,
    /// One of six tints, from 0.
    pub tint: i64,
    /// It is on the conversation.
    pub is_on: bool,
}

/// A choice among values of one field.
#[derive(Debug, Clone, Default)]
pub struct Choose {
    /// The field's name in the query.
    pub name: &'static str,
    /// Its words.
    pub label: String,
    /// (value, words).
    pub options: Vec<(String, String)>,
    /// The value that is chosen.
    pub chosen: String,
}

/// A list that somebody keeps.
#[derive(Debug, Clone, Default)]
pub struct SavedViewView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many conversations it finds, in words: beyond a thousand they are not counted.
    pub count: String,
    /// Where it opens.
    pub url: String,
    /// Everybody sees it.
    pub is_shared: bool,
    /// The reader may change it.
    pub is_editable: bool,
    /// It is open.
    pub is_current: bool,
}

/// What can be done with several conversations at once.
#[derive(Debug, Clone, Default)]
pub struct BulkView {
    /// Whom they can be given to: (id, name).
    pub agents: Vec<(String, String)>,
    /// The teams: (id, name).
    pub teams: Vec<(String, String)>,
    /// The labels.
    pub labels: Vec<LabelView>,
}

/// The whole page.
#[derive(Debug, Clone)]
pub struct InboxView {
    /// The name of the agent.
    pub agent_name: String,
    /// The agent may change the settings.
    pub is_administrator: bool,
    /// What the rail offers.
    pub sections: Vec<Section>,
    /// The list.
    pub list: ListView,
    /// What can be done with several conversations at once; nothing for whoever only looks.
    pub bulk: Option<BulkView>,
    /// The conversation that is open.
    pub thread: Option<ThreadView>,
    /// The stream position read before the queries.
    pub position: Position,
}

/// The list.
#[derive(Debug, Clone, Default)]
pub struct ListView {
    /// The open tab.
    pub tab: Tab,
    /// The tabs with their counts and where they open.
    pub tabs: Vec<(Tab, i64, String)>,
    /// The lists that the reader keeps, and the shared ones.
    pub views: Vec<SavedViewView>,
    /// How much is spam, in words, and where it opens.
    pub spam: (String, String),
    /// The fields that the list can be narrowed by.
    pub fields: Vec<Choose>,
    /// The order.
    pub sort: Choose,
    /// The customer's company, as typed.
    pub company: String,
    /// How many fields narrow it now.
    pub active: usize,
    /// What is searched for; empty when nothing is.
    pub search: String,
    /// The query that says all this again, without the question mark.
    pub query: String,
    /// The kept list that is open.
    pub view: Option<String>,
    /// Where the list is without any narrowing.
    pub clear_url: String,
    /// Where the form of the fields goes.
    pub here: String,
    /// Where the fragment is fetched again.
    pub refresh_url: String,
    /// This agent's conversations where the customer waits; shown on the rail.
    pub mine_waiting: i64,
    /// The rows.
    pub rows: Vec<ConversationRowView>,
    /// The conversation that is open, kept open when the tab changes.
    pub selected: Option<String>,
    /// Where the next rows are.
    pub older_url: Option<String>,
    /// This is a later page of the list.
    pub is_later: bool,
    /// The reader may change conversations.
    pub can_write: bool,
    /// Words about the list as a whole, such as why nothing can be searched now.
    pub notice: Option<String>,
    /// The search has not seen what was said last: the list is asked for again in a moment.
    pub is_behind: bool,
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
    /// Their id.
    pub assignee_id: Option<String>,
    /// The team's name.
    pub team: Option<String>,
    /// The labels it carries.
    pub labels: Vec<LabelView>,
    /// Until when the waiting customer should have an answer.
    pub due_at: Option<Millis>,
    /// Whether that is the reader.
    pub is_mine: bool,
    /// Whether the reader may change it.
    pub can_write: bool,
    /// The messages, oldest first.
    pub messages: Vec<MessageView>,
    /// Where older messages are.
    pub older_url: Option<String>,
    /// The place above which they are.
    pub older: Option<String>,
    /// Where newer messages are, when these are not the newest.
    pub newer_url: Option<String>,
    /// Where the first unread message is, when it is not among these.
    pub unread_url: Option<String>,
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
    /// The address that answers go to, where mail to it came back for good, and why.
    pub bounced: Option<(String, BounceReason)>,
    /// Whether it is spam, and who is blocked.
    pub spam: SpamView,
    /// The composer.
    pub composer: ComposerView,
    /// The side panel.
    pub side: SideView,
}

/// What is said of a conversation that is spam, and of a sender who is blocked or could be.
#[derive(Debug, Clone, Default)]
pub struct SpamView {
    /// Since when it is spam, and why, in a sentence.
    pub since: Option<(Millis, String)>,
    /// What of the customer is blocked, in words.
    pub blocked: Option<String>,
    /// Whom one could block, as a choice says it.
    pub sender: Option<String>,
    /// The whole domain that one could, as a choice says it.
    pub domain: Option<String>,
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
    /// Since when it is proved, where that is known.
    pub verified_at: Option<Millis>,
    /// Where it is written to, for whom may.
    pub write: Option<String>,
    /// Since when they want no marketing there.
    pub no_marketing_since: Option<Millis>,
}

/// A custom field and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldView {
    /// The field's id.
    pub id: String,
    /// Its words.
    pub name: String,
    /// `text`, `number`, `date`, `choice`, `yes_no` or `link`.
    pub kind: &'static str,
    /// What can be chosen.
    pub choices: Vec<String>,
    /// What it holds; empty for nothing.
    pub value: String,
}

/// The contact.
#[derive(Debug, Clone, Default)]
pub struct ContactView {
    /// What they are called, the best there is.
    pub name: String,
    /// The name as it was said; may be empty.
    pub own_name: String,
    /// The company.
    pub company: Option<String>,
    /// The customer's language.
    pub language: Option<Language>,
    /// The IANA name of their time zone.
    pub tz: Option<String>,
    /// What their clocks say, in words.
    pub local_time: Option<String>,
    /// How the channels know them.
    pub identities: Vec<IdentityView>,
    /// Where their data is given or erased, for whoever may.
    pub privacy: Option<String>,
    /// Since when.
    pub since: Millis,
    /// The last pages that they saw, the newest first: (title, address, when).
    pub pages: Vec<(String, String, Millis)>,
    /// Custom fields of the contact.
    pub fields: Vec<FieldView>,
    /// Custom fields of the company.
    pub company_fields: Vec<FieldView>,
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

/// A document that can be put into the conversation.
#[derive(Debug, Clone)]
pub struct InvoiceChoice {
    /// Its id.
    pub id: String,
    /// Its page.
    pub url: String,
    /// What it is and its number.
    pub title: String,
    /// The sum, written out.
    pub sum: String,
    /// Where it stands.
    pub status: String,
    /// How that is coloured.
    pub tone: crate::components::Tone,
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
    /// The teams that it can be given to.
    pub teams: Vec<AgentChoice>,
    /// Every label, and whether it is on.
    pub labels: Vec<LabelView>,
    /// The contact.
    pub contact: ContactView,
    /// The tickets.
    pub tickets: Vec<TicketView>,
    /// Open tickets of the same customer elsewhere.
    pub other_tickets: Vec<TicketView>,
    /// Custom fields of the conversation.
    pub fields: Vec<FieldView>,
    /// What other parts of the house know of the customer: (title, what is shown).
    pub panels: Vec<(String, Markup)>,
    /// Documents of the contact that can be put into the conversation.
    pub invoices: Vec<InvoiceChoice>,
    /// The bot's brief on handing over: (what it is about, what was tried).
    pub brief: Option<String>,
    /// Earlier conversations of the contact: (title, when, where).
    pub earlier: Vec<(String, Millis, String)>,
    /// How many other conversations there are that the reader does not see.
    pub earlier_hidden: i64,
    /// Which other conversations of theirs this one can become part of: number, title, when it was written in last.
    pub merge_into: Vec<(i64, String, Millis)>,
    /// How urgent it is.
    pub priority: Priority,
    /// Contacts that were made part of this one: (merge, name).
    pub merges: Vec<(String, String)>,
    /// What a new ticket would be about.
    pub ticket_subject: String,
    /// What a new ticket can be.
    pub ticket_choices: TicketChoices,
    /// What the levels above want to be told before they take over.
    pub checks: Vec<CheckView>,
    /// What the bot decided, newest first.
    pub decisions: Vec<DecisionView>,
    /// Whether it is spam, and who could be blocked.
    pub spam: SpamView,
    /// The addresses that the conversation can be sent to; `None` where no mail leaves.
    pub mail_to: Option<Vec<String>>,
}

/// What a new ticket can be: (value, words).
#[derive(Debug, Clone, Default)]
pub struct TicketChoices {
    /// Kinds, the usual one first.
    pub kinds: Vec<(String, String)>,
    /// Categories with those above them; may be empty.
    pub categories: Vec<(String, String)>,
}

/// One point of a level's checklist.
#[derive(Debug, Clone)]
pub struct CheckView {
    /// The level that asks.
    pub level: Level,
    /// Its id.
    pub id: String,
    /// What is asked.
    pub label: String,
    /// It is ticked rather than written.
    pub is_tick: bool,
    /// Without it the level does not take over.
    pub is_required: bool,
}

/// One decision of the bot.
#[derive(Debug, Clone)]
pub struct DecisionView {
    /// The message that it answers.
    pub message: String,
    /// `answered`, `clarified`, `handed_over`, `small_talk`, `from_data` or `menu`.
    pub outcome: String,
    /// Why it was handed over, in the reader's language.
    pub reason: Option<String>,
    /// When.
    pub at: Millis,
    /// What was read.
    pub question: String,
    /// The confidence that an answer needed, in percent.
    pub needed: i64,
    /// What was considered, most probable first.
    pub candidates: Vec<WeighedView>,
    /// Whether there is a question to learn.
    pub can_teach: bool,
}

/// An article that was considered.
#[derive(Debug, Clone)]
pub struct WeighedView {
    /// The article.
    pub article: String,
    /// Its headline.
    pub title: String,
    /// Its page.
    pub url: Option<String>,
    /// Its confidence, in percent.
    pub percent: i64,
}
