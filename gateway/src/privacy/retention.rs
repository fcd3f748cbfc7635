//! How long each kind is kept, in days; 0 is for ever. A task forgets by it, a dry run says what would go.

use std::collections::BTreeMap;

use conversation::audit::chain;
use conversation::types::{Actor, Millis};
use conversation::{Error, Result, Store, privacy};
use serde::{Deserialize, Serialize};

use crate::people::settings;

/// The name of the setting, by which the audit knows it.
pub const KEY: &str = "privacy.retention";
const DAY: Millis = 24 * 60 * 60 * 1000;
/// A count in a dry run goes no further.
const MOST_COUNTED: i64 = 10_000;

/// Spam is of no use to anybody, and often somebody's data; but a customer who was taken for it is found out now and then after
/// a long absence, or when they ask by another way. A quarter of a year is longer than either.
const SPAM_DAYS: i64 = 90;

/// What can be forgotten by age, and how long it is kept unless somebody says otherwise.
pub const KINDS: [(&str, i64); 7] = [
    ("conversations", 0),
    ("spam", SPAM_DAYS),
    ("originals", 0),
    ("accesses", 730),
    ("quarantine", 365),
    ("notifications", 730),
    ("audit", chain::USUAL_DAYS),
];

/// Days by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention(pub BTreeMap<String, i64>);

impl Retention {
    /// How long a kind is kept, in days; 0 is for ever.
    pub fn days(&self, kind: &str) -> i64 {
        let usual = KINDS
            .iter()
            .find(|(name, _)| *name == kind)
            .map_or(0, |(_, days)| *days);
        self.0.get(kind).copied().unwrap_or(usual)
    }
}

/// The rules.
pub async fn load(store: &Store) -> Result<Retention> {
    Ok(settings::get(store.db(), KEY).await?.unwrap_or_default())
}

/// Sets them.
///
/// # Errors
/// [`Error::Invalid`] for a kind that is none, and for an audit that is kept too short.
pub async fn save(store: &Store, actor: &Actor, rules: &Retention) -> Result<()> {
    for (kind, days) in &rules.0 {
        if !KINDS.iter().any(|(name, _)| name == kind) {
            return Err(Error::Invalid(format!("retention: `{kind}` is not kept by age")));
        }
        if !(0..=36_500).contains(days) {
            return Err(Error::Invalid(format!("{kind}: between 0 (for ever) and 36500 days")));
        }
        if kind == "audit" && *days != 0 && *days < chain::SHORTEST_DAYS {
            return Err(Error::Invalid(format!(
                "audit: at least {} days, or 0 for ever",
                chain::SHORTEST_DAYS
            )));
        }
    }
    settings::set(store, actor, KEY, rules).await
}

/// What would go if these rules were followed now; a count may stop at ten thousand.
pub async fn dry_run(store: &Store, rules: &Retention) -> Result<Vec<(String, i64)>> {
    let now = store.now();
    let mut found = Vec::new();
    for (kind, _) in KINDS {
        let days = rules.days(kind);
        let before = now - days * DAY;
        let count = match kind {
            _ if days == 0 => 0,
            "conversations" => privacy::count_old_conversations(store.db(), before, MOST_COUNTED).await?,
            "spam" => {
                i64::try_from(privacy::old_spam(store.db(), before, MOST_COUNTED).await?.len()).unwrap_or(MOST_COUNTED)
            }
            "audit" => chain::prunable(store.db(), days, now).await?,
            kind => privacy::count_old(store.db(), kind, before).await?.unwrap_or(0),
        };
        found.push((kind.to_owned(), count));
    }
    Ok(found)
}

/// Forgets a part of what is too old; returns how much went.
pub async fn part(store: &Store) -> Result<u64> {
    let rules = load(store).await?;
    let now = store.now();
    let mut gone = 0;
    for (kind, _) in KINDS {
        let days = rules.days(kind);
        if days == 0 {
            continue;
        }
        let before = now - days * DAY;
        gone += match kind {
            "conversations" => {
                let mut words = 0;
                for id in privacy::old_conversations(store.db(), before, 20).await? {
                    words += privacy::erase_conversation(store, &Actor::System, &id).await?;
                }
                words
            }
            "spam" => {
                let mut words = 0;
                for id in privacy::old_spam(store.db(), before, 20).await? {
                    words += privacy::erase_spam(store, &Actor::System, &id, before).await?;
                }
                words
            }
            "audit" => chain::prune(store, days).await?,
            kind => privacy::forget_old(store, kind, before).await?,
        };
    }
    Ok(gone)
}
