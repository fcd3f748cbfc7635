//! What the keys of the figures are called.

use std::collections::HashMap;

use conversation::db::{composed_sql, placeholders};
use conversation::reports::Dimension;
use conversation::tickets::categories;
use conversation::types::{Channel, Language, Level};
use conversation::{Result, Store, inboxes, labels, teams};
use ui::components::{channel_name, level_name};
use ui::i18n;

use crate::people::agents;

/// The words of each key, in the reader's language.
pub(crate) struct Names {
    lang: Language,
    dimension: Dimension,
    known: HashMap<String, String>,
}

impl Names {
    /// The names of these keys.
    pub(crate) async fn of<'a>(
        store: &Store,
        lang: Language,
        dimension: Dimension,
        keys: impl Iterator<Item = &'a str>,
    ) -> Result<Names> {
        let db = store.db();
        let known = match dimension {
            Dimension::Inbox => inboxes::list(db)
                .await?
                .into_iter()
                .map(|one| (one.id.to_string(), one.name))
                .collect(),
            Dimension::Label => labels::list(db)
                .await?
                .into_iter()
                .map(|one| (one.id.to_string(), one.name))
                .collect(),
            Dimension::Team => teams::names(db).await?,
            Dimension::Agent => agents::list(db)
                .await?
                .into_iter()
                .map(|one| (one.id.to_string(), one.name))
                .collect(),
            Dimension::Company => {
                let keys: Vec<&str> = keys.filter(|key| !key.is_empty()).collect();
                if keys.is_empty() {
                    HashMap::new()
                } else {
                    let rows: Vec<(String, String)> = composed_sql(format!(
                        "SELECT id, name FROM companies WHERE id IN {}",
                        placeholders(1, keys.len(), 0)
                    ))
                    .bind_all(keys)
                    .all(db)
                    .await?;
                    rows.into_iter().collect()
                }
            }
            Dimension::Category => {
                let tree = categories::tree(db).await?;
                keys.map(|key| (key.to_owned(), tree.name(key, lang)))
                    .filter(|(_, name)| !name.is_empty())
                    .collect()
            }
            Dimension::All | Dimension::Channel | Dimension::Level | Dimension::Language => HashMap::new(),
        };
        Ok(Names { lang, dimension, known })
    }

    /// What a key is called.
    pub(crate) fn name(&self, key: &str) -> String {
        if key.is_empty() {
            return i18n::t(self.lang, "reports-key-none").into_owned();
        }
        match self.dimension {
            Dimension::Channel => key
                .parse::<Channel>()
                .map_or_else(|_| key.to_owned(), |one| channel_name(self.lang, one).into_owned()),
            Dimension::Level => key
                .parse::<Level>()
                .map_or_else(|_| key.to_owned(), |one| level_name(self.lang, one).into_owned()),
            Dimension::Language => key
                .parse::<Language>()
                .map_or_else(|_| key.to_owned(), |one| i18n::own_name(one).to_owned()),
            Dimension::All => key.to_owned(),
            Dimension::Category
            | Dimension::Inbox
            | Dimension::Label
            | Dimension::Agent
            | Dimension::Team
            | Dimension::Company => self
                .known
                .get(key)
                .cloned()
                .unwrap_or_else(|| i18n::t(self.lang, "reports-key-gone").into_owned()),
        }
    }
}

/// The words of a dimension.
pub(crate) const fn word(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::All | Dimension::Channel => "reports-by-channel",
        Dimension::Inbox => "reports-by-inbox",
        Dimension::Level => "reports-by-level",
        Dimension::Label => "reports-by-label",
        Dimension::Category => "reports-by-category",
        Dimension::Agent => "reports-by-agent",
        Dimension::Team => "reports-by-team",
        Dimension::Company => "reports-by-company",
        Dimension::Language => "reports-by-language",
    }
}
