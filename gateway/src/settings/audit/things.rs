//! What the lines of the audit are about, by name, and where each is.

use std::collections::{HashMap, HashSet};

use conversation::Result;
use conversation::db::{Db, composed_sql, placeholders};
use conversation::types::Language;
use ui::i18n;

/// What an id in the audit is the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    Agent,
    Article,
    Broadcast,
    Canned,
    Category,
    Company,
    Contact,
    Contract,
    Conversation,
    Customer,
    Document,
    Field,
    File,
    Gap,
    Inbox,
    Label,
    Machine,
    Macro,
    Message,
    Policy,
    Proactive,
    Problem,
    Questions,
    Rule,
    Schedule,
    Site,
    Team,
    /// No id: words as they are.
    Text,
    Token,
    Visit,
    Webhook,
}

impl Thing {
    /// Where its names are: statements that answer (id, name, id of its page) for the ids behind them.
    const fn named_by(self) -> &'static [&'static str] {
        match self {
            Thing::Agent => &["SELECT id, name, '' FROM agents WHERE id IN"],
            Thing::Article => &["SELECT id, title, id FROM articles WHERE id IN"],
            Thing::Broadcast => &["SELECT id, name, id FROM broadcasts WHERE id IN"],
            Thing::Canned => &["SELECT id, '/' || shortcut, id FROM canned_replies WHERE id IN"],
            Thing::Category => &[
                "SELECT id, names, '' FROM ticket_categories WHERE id IN",
                "SELECT id, names, '' FROM article_categories WHERE id IN",
            ],
            Thing::Company => &["SELECT id, name, id FROM companies WHERE id IN"],
            // The page of a person is the page of their last conversation.
            Thing::Contact => &[
                "SELECT p.id, p.name, COALESCE((SELECT MAX(c.id) FROM conversations c WHERE c.contact_id = p.id AND c.merged_into IS NULL), '') FROM contacts p WHERE p.id IN",
            ],
            Thing::Contract => &["SELECT id, number, id FROM contracts WHERE id IN"],
            Thing::Conversation => &["SELECT id, '#' || CAST(number AS TEXT), id FROM conversations WHERE id IN"],
            Thing::Customer => &["SELECT id, name, id FROM customers WHERE id IN"],
            // A draft has no number yet: the second statement says whose it is.
            Thing::Document => &[
                "SELECT id, COALESCE(number, external_number), id FROM documents WHERE COALESCE(number, external_number) IS NOT NULL AND id IN",
                "SELECT d.id, c.name, d.id FROM documents d JOIN customers c ON c.id = d.customer_id WHERE COALESCE(d.number, d.external_number) IS NULL AND d.id IN",
            ],
            Thing::Field => &["SELECT id, name, '' FROM custom_fields WHERE id IN"],
            Thing::File => &["SELECT id, name, id FROM attachments WHERE id IN"],
            Thing::Gap => &["SELECT id, question, id FROM knowledge_gaps WHERE id IN"],
            Thing::Inbox => &["SELECT id, name, id FROM inboxes WHERE id IN"],
            Thing::Label => &["SELECT id, name, '' FROM labels WHERE id IN"],
            Thing::Machine => &["SELECT id, model || ' ' || serial, id FROM machines WHERE id IN"],
            Thing::Macro => &["SELECT id, name, id FROM macros WHERE id IN"],
            Thing::Message => &[
                "SELECT m.id, '#' || CAST(c.number AS TEXT), c.id || '?at=' || m.id || '#m-' || m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.id IN",
            ],
            Thing::Policy => &["SELECT id, name, id FROM sla_policies WHERE id IN"],
            Thing::Proactive => {
                &["SELECT id, name, inbox_id || '/proactive/' || id FROM proactive_messages WHERE id IN"]
            }
            Thing::Problem => &["SELECT id, subject, id FROM problems WHERE id IN"],
            Thing::Questions => &["SELECT id, name, id FROM question_lists WHERE id IN"],
            Thing::Rule => &["SELECT id, name, id FROM rules WHERE id IN"],
            Thing::Schedule => &["SELECT id, name, id FROM schedules WHERE id IN"],
            Thing::Site => &["SELECT id, name, id FROM sites WHERE id IN"],
            Thing::Team => &[
                "SELECT id, name, '' FROM teams WHERE id IN",
                "SELECT id, name, '' FROM removed_teams WHERE id IN",
            ],
            Thing::Text => &[],
            Thing::Token => &["SELECT id, name, '' FROM api_tokens WHERE id IN"],
            Thing::Visit => &[
                "SELECT v.id, m.model || ' ' || m.serial, v.id FROM visits v JOIN machines m ON m.id = v.machine_id WHERE v.id IN",
            ],
            Thing::Webhook => &["SELECT id, name, id FROM webhooks WHERE id IN"],
        }
    }

    /// The page of all of them, or the path before the id of one.
    const fn place(self) -> &'static str {
        match self {
            Thing::Agent => "/settings/people",
            Thing::Article => "/knowledge/a/",
            Thing::Broadcast => "/broadcasts/",
            Thing::Canned => "/settings/canned/",
            Thing::Category => "/settings/tickets",
            Thing::Company => "/settings/companies/",
            Thing::Contact | Thing::Conversation | Thing::Message => "/inbox/c/",
            Thing::Contract => "/equipment/contracts/",
            Thing::Customer => "/billing/customers/",
            Thing::Document => "/billing/documents/",
            Thing::Field | Thing::Label | Thing::Team => "/settings/organise",
            Thing::File => "/files/",
            Thing::Gap => "/knowledge/gaps/",
            Thing::Inbox => "/settings/inboxes/",
            Thing::Machine => "/equipment/machines/",
            Thing::Macro => "/settings/macros/",
            Thing::Policy => "/settings/sla/",
            Thing::Proactive => "/settings/inboxes/",
            Thing::Problem => "/problems/",
            Thing::Questions => "/settings/questions/",
            Thing::Rule => "/settings/rules/",
            Thing::Schedule => "/settings/hours/",
            Thing::Site => "/equipment/sites/",
            Thing::Text => "",
            Thing::Token => "/settings/tokens",
            Thing::Visit => "/visits/",
            Thing::Webhook => "/settings/webhooks/",
        }
    }
}

/// One thing as it is called now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Its name; may be empty.
    pub(super) name: String,
    /// Its page, where it has one.
    pub(super) url: Option<String>,
}

/// The names of everything that some lines are about.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<(Thing, String), Named>);

impl Names {
    /// Looks all of them up: a statement for each kind.
    pub(super) async fn of(db: &Db, lang: Language, wanted: HashSet<(Thing, String)>) -> Result<Names> {
        let mut by_kind: HashMap<Thing, Vec<String>> = HashMap::new();
        for (thing, id) in wanted {
            if !id.is_empty() {
                by_kind.entry(thing).or_default().push(id);
            }
        }
        let mut names = HashMap::new();
        for (thing, mut ids) in by_kind {
            ids.sort();
            for (at, statement) in thing.named_by().iter().enumerate() {
                for part in ids.chunks(100) {
                    let rows: Vec<(String, String, String)> =
                        composed_sql(format!("{statement} {}", placeholders(1, part.len(), 0)))
                            .bind_all(part.iter().map(String::as_str))
                            .all(db)
                            .await?;
                    for (id, name, page) in rows {
                        let name = match (thing, at) {
                            (Thing::Category, _) => of_language(&name, lang),
                            (Thing::Document, 1) => i18n::t_args(lang, "audit-draft", &[("customer", name.into())]),
                            _ => name,
                        };
                        let is_list = !thing.place().ends_with('/');
                        let url = (is_list || !page.is_empty()).then(|| format!("{}{page}", thing.place()));
                        names.insert((thing, id), Named { name, url });
                    }
                }
            }
        }
        Ok(Names(names))
    }

    pub(super) fn get(&self, thing: Thing, id: &str) -> Option<&Named> {
        self.0.get(&(thing, id.to_owned()))
    }
}

/// The name in a language of what has one for each.
fn of_language(names: &str, lang: Language) -> String {
    let names: serde_json::Map<String, serde_json::Value> = serde_json::from_str(names).unwrap_or_default();
    names
        .get(lang.as_str())
        .or_else(|| names.values().next())
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
