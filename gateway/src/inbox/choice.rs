//! What the reader chose in the list, as the address says it, and the same as a filter.

use conversation::db::{Db, sql};
use conversation::inboxes::Inbox;
use conversation::labels::{self, Label};
use conversation::lists::{Assignee, Filter, Sort};
use conversation::teams::{self, Team};
use conversation::types::{
    AgentId, Channel, CompanyId, ConversationStatus, InboxId, LabelId, Language, Level, Priority, TeamId,
};
use conversation::{Result, Store, inboxes};
use serde::Deserialize;
use ui::components::{channel_name, level_name, priority_name, status_name};
use ui::inbox_page::{Choose, Tab};
use ui::{i18n, routes};

use crate::auth::SignedIn;
use crate::people::agents::{self, Agent};

/// What the reader chose, as the query says it. Unknown values are as if they were not there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    tab: String,
    status: String,
    channel: String,
    inbox: String,
    level: String,
    priority: String,
    assignee: String,
    team: String,
    label: String,
    language: String,
    pub(super) company: String,
    waiting: String,
    since: String,
    sort: String,
    q: String,
    pub(super) view: String,
    pub(super) after: String,
    pub(super) rows: String,
    pub(super) selected: String,
    /// The window of the timeline: the message that it is drawn around.
    pub(super) at: String,
}

/// What the choices are made of: read once for a page.
pub(super) struct Known {
    pub(super) agents: Vec<Agent>,
    pub(super) teams: Vec<Team>,
    pub(super) my_teams: Vec<TeamId>,
    pub(super) labels: Vec<Label>,
    pub(super) inboxes: Vec<(InboxId, String)>,
}

/// Those of these inboxes that somebody works in.
pub(super) async fn works_in(db: &Db, me: &SignedIn, mut all: Vec<Inbox>) -> Result<Vec<Inbox>> {
    if let Some(scope) = me.scope()
        && let Some(theirs) = scope.inboxes(db).await?
    {
        all.retain(|inbox| theirs.contains(&inbox.id));
    }
    Ok(all)
}

impl Known {
    pub(super) async fn load(store: &Store, me: &SignedIn) -> Result<Known> {
        let db = store.db();
        Ok(Known {
            agents: agents::list(db).await?,
            teams: teams::list(db).await?,
            my_teams: teams::of_agent(db, &me.agent.id).await?,
            labels: labels::list(db).await?,
            inboxes: works_in(db, me, inboxes::list(db).await?)
                .await?
                .into_iter()
                .map(|inbox| (inbox.id, inbox.name))
                .collect(),
        })
    }
}

const WAITING: [(&str, &str); 5] = [
    ("15", "waiting-15"),
    ("60", "waiting-60"),
    ("240", "waiting-240"),
    ("1440", "waiting-1440"),
    ("4320", "waiting-4320"),
];
const SINCE: [(&str, &str); 4] = [
    ("1", "since-1"),
    ("7", "since-7"),
    ("30", "since-30"),
    ("90", "since-90"),
];

impl Choice {
    /// What is chosen on the page that a script asks a part for: the way back to its list is part of a conversation.
    pub(super) fn of_page(me: &SignedIn) -> Choice {
        let mut choice = Choice::from_query(&me.page_query);
        let view = url::form_urlencoded::parse(me.page_query.as_bytes()).find(|(name, _)| name == "view");
        choice.view = view.map(|(_, id)| id.into_owned()).unwrap_or_default();
        choice
    }

    /// Reads a kept query.
    pub(super) fn from_query(query: &str) -> Choice {
        let mut choice = Choice::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()).take(50) {
            let field = match &*name {
                "tab" => &mut choice.tab,
                "status" => &mut choice.status,
                "channel" => &mut choice.channel,
                "inbox" => &mut choice.inbox,
                "level" => &mut choice.level,
                "priority" => &mut choice.priority,
                "assignee" => &mut choice.assignee,
                "team" => &mut choice.team,
                "label" => &mut choice.label,
                "language" => &mut choice.language,
                "company" => &mut choice.company,
                "waiting" => &mut choice.waiting,
                "since" => &mut choice.since,
                "sort" => &mut choice.sort,
                "q" => &mut choice.q,
                _ => continue,
            };
            *field = value.into_owned();
        }
        choice
    }

    pub(super) fn tab(&self) -> Tab {
        Tab::from_query(&self.tab)
    }

    pub(super) fn sort(&self) -> Sort {
        Sort::from_text(&self.sort)
    }

    /// The state; `None` is any.
    fn status(&self) -> Option<ConversationStatus> {
        match self.status.as_str() {
            "any" => None,
            text => Some(text.parse().unwrap_or(ConversationStatus::Open)),
        }
    }

    pub(super) fn search(&self) -> String {
        self.q.trim().chars().take(200).collect()
    }

    /// The narrowing fields that were chosen: (name, value), in the order of the form.
    fn narrowing(&self) -> Vec<(&'static str, &str)> {
        let status = match self.status() {
            Some(ConversationStatus::Open) => "",
            Some(status) => status.as_str(),
            None => "any",
        };
        let number = |text: &'_ str| text.parse::<u32>().is_ok();
        [
            ("status", status),
            ("channel", self.channel.parse().map_or("", Channel::as_str)),
            ("inbox", self.inbox.as_str()),
            ("level", self.level.parse().map_or("", Level::as_str)),
            ("priority", self.priority.parse().map_or("", Priority::as_str)),
            ("assignee", self.assignee.as_str()),
            ("team", self.team.as_str()),
            ("label", self.label.as_str()),
            ("language", self.language.parse().map_or("", Language::as_str)),
            ("company", self.company.trim()),
            ("waiting", if number(&self.waiting) { &self.waiting } else { "" }),
            ("since", if number(&self.since) { &self.since } else { "" }),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }

    /// How many fields narrow the list.
    pub(super) fn active(&self) -> usize {
        self.narrowing().len()
    }

    /// The query that says the same again, without the question mark.
    pub(super) fn query(&self) -> String {
        let mut out = format!("tab={}", self.tab().as_str());
        let mut also = |name: &str, value: &str| {
            if !value.is_empty() {
                out.push_str(&format!("&{name}={}", routes::escape(value)));
            }
        };
        for (name, value) in self.narrowing() {
            also(name, value);
        }
        if self.sort() != Sort::Newest {
            also("sort", self.sort().as_str());
        }
        also("q", &self.search());
        also("view", &self.view);
        out
    }

    /// The filter; `None` where nothing can be found, with words that say why.
    pub(super) async fn filter(
        &self,
        store: &Store,
        me: &SignedIn,
        known: &Known,
    ) -> Result<(Option<Filter>, Option<String>)> {
        let mut filter = Filter {
            status: self.status(),
            channel: self.channel.parse().ok(),
            level: self.level.parse().ok(),
            priority: self.priority.parse().ok(),
            language: self.language.parse().ok(),
            inbox: some(&self.inbox).map(InboxId::from),
            label: some(&self.label).map(LabelId::from),
            teams: some(&self.team).map(TeamId::from).into_iter().collect(),
            assignee: match self.assignee.as_str() {
                "" => Assignee::Any,
                "none" => Assignee::Nobody,
                "me" => Assignee::Agent(me.agent.id.clone()),
                id => Assignee::Agent(AgentId::from(id)),
            },
            scope: me.scope(),
            ..Filter::default()
        };
        if let Ok(minutes) = self.waiting.parse::<u32>() {
            filter.waiting_before = Some(me.now - i64::from(minutes) * 60_000);
        }
        if let Ok(days) = self.since.parse::<u32>() {
            filter.active_since = Some(me.now - i64::from(days) * 24 * 60 * 60_000);
        }
        match self.tab() {
            // A field that is chosen says more than the place.
            Tab::Unassigned if filter.assignee == Assignee::Any => {
                filter.assignee = Assignee::Nobody;
                filter.is_past_bot = filter.level.is_none();
            }
            Tab::Mine if filter.assignee == Assignee::Any => filter.assignee = Assignee::Agent(me.agent.id.clone()),
            Tab::Mentioned => filter.mentions = Some(me.agent.id.clone()),
            Tab::Spam => {
                filter.is_spam = true;
                filter.status = None;
            }
            Tab::Team if filter.teams.is_empty() => {
                if known.my_teams.is_empty() {
                    return Ok((None, Some(i18n::t(me.lang, "list-no-team").into_owned())));
                }
                filter.teams.clone_from(&known.my_teams);
            }
            _ => {}
        }
        if let Some(name) = some(self.company.trim()) {
            let Some(company) = company(store, name).await? else {
                let words = i18n::t_args(me.lang, "list-no-company", &[("name", name.into())]);
                return Ok((None, Some(words)));
            };
            filter.company = Some(company);
        }
        Ok((Some(filter), None))
    }
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The company of this name, or the first whose name begins so.
async fn company(store: &Store, name: &str) -> Result<Option<CompanyId>> {
    let name: String = name.to_lowercase().chars().take(100).collect();
    let row: Option<(CompanyId,)> =
        sql("SELECT id FROM companies WHERE LOWER(name) >= $1 AND LOWER(name) < $2 ORDER BY LOWER(name), id LIMIT 1")
            .bind(name.as_str())
            .bind(format!("{name}\u{10FFFF}"))
            .optional(store.db())
            .await?;
    Ok(row.map(|(id,)| id))
}

/// The fields of the form, in their order.
pub(super) fn fields(lang: Language, known: &Known, choice: &Choice) -> Vec<Choose> {
    let form = Form { lang };
    let mut all = vec![form.status(choice), form.assignee(choice, &known.agents)];
    if !known.labels.is_empty() {
        let labels = known.labels.iter().map(|label| (&label.id, label.name.clone()));
        all.push(form.field("label", "filter-label", &choice.label, labels));
    }
    if !known.teams.is_empty() {
        let teams = known.teams.iter().map(|team| (&team.id, team.name.clone()));
        all.push(form.field("team", "filter-team", &choice.team, teams));
    }
    let channels = Channel::ALL.iter().map(|one| (one, channel_name(lang, *one)));
    let inboxes = known.inboxes.iter().map(|(id, name)| (id, name.clone()));
    let levels = Level::ALL.iter().map(|one| (one, level_name(lang, *one)));
    // The most urgent first.
    let priorities = Priority::ALL.iter().rev().map(|one| (one, priority_name(lang, *one)));
    let languages = Language::ALL.iter().map(|one| (one, i18n::own_name(*one)));
    let waiting = WAITING.map(|(value, key)| (value, i18n::t(lang, key)));
    let since = SINCE.map(|(value, key)| (value, i18n::t(lang, key)));
    all.extend([
        form.field("channel", "filter-channel", &choice.channel, channels),
        form.field("inbox", "filter-inbox", &choice.inbox, inboxes),
        form.field("level", "filter-level", &choice.level, levels),
        form.field("priority", "filter-priority", &choice.priority, priorities),
        form.field("language", "filter-language", &choice.language, languages),
        form.field("waiting", "filter-waiting", &choice.waiting, waiting),
        form.field("since", "filter-since", &choice.since, since),
    ]);
    all
}

/// The language that the fields speak.
#[derive(Clone, Copy)]
struct Form {
    lang: Language,
}

impl Form {
    fn any(self) -> String {
        i18n::t(self.lang, "filter-any").into_owned()
    }

    /// A field that begins with "any"; each of the others is (value, words).
    fn field<V: ToString, W: Into<String>>(
        self,
        name: &'static str,
        key: &str,
        chosen: &str,
        others: impl IntoIterator<Item = (V, W)>,
    ) -> Choose {
        let others = others
            .into_iter()
            .map(|(value, words)| (value.to_string(), words.into()));
        Choose {
            name,
            label: i18n::t(self.lang, key).into_owned(),
            options: std::iter::once((String::new(), self.any())).chain(others).collect(),
            chosen: chosen.to_owned(),
        }
    }

    /// The state: what is open stands first, any last.
    fn status(self, choice: &Choice) -> Choose {
        let is_open = choice.status() == Some(ConversationStatus::Open);
        Choose {
            name: "status",
            label: i18n::t(self.lang, "filter-status").into_owned(),
            options: ConversationStatus::ALL
                .iter()
                .map(|status| (status.to_string(), status_name(self.lang, *status).into_owned()))
                .chain([("any".to_owned(), self.any())])
                .collect(),
            chosen: if is_open { "open" } else { &choice.status }.to_owned(),
        }
    }

    /// Whose it is: the reader's, nobody's, or that of an agent who is not disabled.
    fn assignee(self, choice: &Choice, agents: &[Agent]) -> Choose {
        let words = |key: &str| i18n::t(self.lang, key).into_owned();
        let agents = agents
            .iter()
            .filter(|agent| agent.is_enabled)
            .map(|agent| (agent.id.as_str(), agent.name.clone()));
        let others = [("me", words("filter-me")), ("none", words("filter-nobody"))]
            .into_iter()
            .chain(agents);
        self.field("assignee", "filter-assignee", &choice.assignee, others)
    }
}

/// The order, as a field.
pub(super) fn sort(lang: Language, choice: &Choice) -> Choose {
    Choose {
        name: "sort",
        label: i18n::t(lang, "sort-label").into_owned(),
        options: Sort::ALL
            .into_iter()
            .map(|sort| {
                let words = match sort {
                    Sort::Newest => i18n::t(lang, "sort-newest"),
                    Sort::Oldest => i18n::t(lang, "sort-oldest"),
                    Sort::Waiting => i18n::t(lang, "sort-waiting"),
                    Sort::Priority => i18n::t(lang, "sort-priority"),
                    Sort::Due => i18n::t(lang, "sort-due"),
                };
                (sort.as_str().to_owned(), words.into_owned())
            })
            .collect(),
        chosen: choice.sort().as_str().to_owned(),
    }
}
