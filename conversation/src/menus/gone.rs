//! What a menu names and is not there any more: its entry hands over to people, and its page says so.

use std::collections::{HashMap, HashSet};

use super::{Does, Entry, all};
use crate::db::{On, composed_sql, placeholders};
use crate::error::{Error, Result};

/// What an entry names that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gone {
    /// Its article was removed, or customers do not see it.
    Article,
    /// Its team was removed.
    Team,
    /// Its label was removed.
    Label,
    /// Its category was removed.
    Category,
}

impl Gone {
    /// The field that names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Gone::Article => "article",
            Gone::Team => "team",
            Gone::Label => "label",
            Gone::Category => "category",
        }
    }
}

fn names(entry: &Entry) -> Vec<(Gone, &str)> {
    match &entry.does {
        Does::Article { article } => vec![(Gone::Article, article)],
        Does::People(route) => [
            (Gone::Team, route.team.as_ref().map(|id| id.as_str())),
            (Gone::Label, route.label.as_ref().map(|id| id.as_str())),
            (Gone::Category, route.category.as_deref()),
        ]
        .into_iter()
        .filter_map(|(what, id)| Some((what, id?)))
        .collect(),
        _ => Vec::new(),
    }
}

/// What is gone of what entries name, by the id of the entry.
///
/// # Errors
/// When the database cannot be reached.
pub async fn gone(on: impl On, entries: &[Entry]) -> Result<HashMap<String, Vec<Gone>>> {
    let mut on = on;
    let named: Vec<(&str, Gone, &str)> = all(entries)
        .into_iter()
        .flat_map(|(_, entry)| {
            names(entry)
                .into_iter()
                .map(move |(what, id)| (entry.id.as_str(), what, id))
        })
        .collect();
    let mut there: HashSet<(Gone, String)> = HashSet::new();
    for (what, select) in [
        (
            Gone::Article,
            "SELECT id FROM articles WHERE status = 'published' AND audience <> 'internal' AND id IN",
        ),
        (Gone::Team, "SELECT id FROM teams WHERE id IN"),
        (Gone::Label, "SELECT id FROM labels WHERE id IN"),
        (Gone::Category, "SELECT id FROM ticket_categories WHERE id IN"),
    ] {
        let ids: HashSet<&str> = named
            .iter()
            .filter(|(_, of, _)| *of == what)
            .map(|(_, _, id)| *id)
            .collect();
        if ids.is_empty() {
            continue;
        }
        let rows: Vec<(String,)> = composed_sql(format!("{select} {}", placeholders(1, ids.len(), 0)))
            .bind_all(ids)
            .all(&mut on)
            .await?;
        there.extend(rows.into_iter().map(|(id,)| (what, id)));
    }
    let mut missing: HashMap<String, Vec<Gone>> = HashMap::new();
    for (entry, what, id) in named {
        if !there.contains(&(what, id.to_owned())) {
            missing.entry(entry.to_owned()).or_default().push(what);
        }
    }
    Ok(missing)
}

/// Refuses what is named now and is not there. What was named before and went since stays: the rest of the menu is changed
/// without it.
pub(super) async fn refuse_new(on: impl On, old: &[Entry], new: &[Entry]) -> Result<()> {
    let known: HashSet<(Gone, &str)> = all(old).into_iter().flat_map(|(_, entry)| names(entry)).collect();
    let missing = gone(on, new).await?;
    for (_, entry) in all(new) {
        let Some(gone) = missing.get(&entry.id) else {
            continue;
        };
        for (what, id) in names(entry) {
            if gone.contains(&what) && !known.contains(&(what, id)) {
                return Err(Error::Invalid(match what {
                    Gone::Article => "article: customers see no such article".to_owned(),
                    Gone::Team => "team: that team is gone".to_owned(),
                    Gone::Label => "label: that label is gone".to_owned(),
                    Gone::Category => "category: there is no such category".to_owned(),
                }));
            }
        }
    }
    Ok(())
}
