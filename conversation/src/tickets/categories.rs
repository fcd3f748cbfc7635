//! What tickets are about: a tree of categories, named in each language.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::json;

use crate::audit;
use crate::db::{On, sql};
use crate::desk::Texts;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::types::{Actor, Language};

/// How deep the tree may be.
pub const DEEPEST: usize = 5;
/// How many categories there may be.
pub const MOST: usize = 500;

/// One category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Category {
    /// Its id.
    pub id: String,
    /// The one above; `None` at the top.
    pub parent: Option<String>,
    /// What it is called, by language.
    pub names: Texts,
}

/// The tree as a whole; it is small.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    all: Vec<Category>,
}

/// Reads the tree: each category behind the one above it.
pub async fn tree(on: impl On) -> Result<Tree> {
    let rows: Vec<(String, String, String)> =
        sql("SELECT id, parent_id, names FROM ticket_categories WHERE removed_at IS NULL ORDER BY id")
            .all(on)
            .await?;
    let mut below: HashMap<String, Vec<Category>> = HashMap::new();
    for (id, parent, names) in rows {
        let category = Category {
            names: Texts::from_json(&format!("category {id}"), &names)?,
            parent: Some(parent.clone()).filter(|parent| !parent.is_empty()),
            id,
        };
        below.entry(parent).or_default().push(category);
    }
    let mut all = Vec::new();
    let mut open: Vec<Category> = below.remove("").unwrap_or_default();
    open.reverse();
    while let Some(next) = open.pop() {
        let mut inside = below.remove(&next.id).unwrap_or_default();
        inside.reverse();
        all.push(next);
        open.extend(inside);
    }
    Ok(Tree { all })
}

impl Tree {
    /// Every category, each behind the one above it.
    pub fn all(&self) -> &[Category] {
        &self.all
    }

    /// One by id.
    pub fn get(&self, id: &str) -> Option<&Category> {
        self.all.iter().find(|one| one.id == id)
    }

    /// A category and those above it, from the top down.
    pub fn line(&self, id: &str) -> Vec<&Category> {
        let mut line = Vec::new();
        let mut next = self.get(id);
        while let Some(one) = next {
            line.push(one);
            if line.len() > DEEPEST {
                break;
            }
            next = one.parent.as_deref().and_then(|parent| self.get(parent));
        }
        line.reverse();
        line
    }

    /// A category and everything below it.
    pub fn within(&self, id: &str) -> Vec<String> {
        self.all
            .iter()
            .filter(|one| self.line(&one.id).iter().any(|above| above.id == id))
            .map(|one| one.id.clone())
            .collect()
    }

    /// The whole name, such as `Hardware › Printer`; empty for one that is gone.
    pub fn name(&self, id: &str, language: Language) -> String {
        let names: Vec<&str> = self
            .line(id)
            .into_iter()
            .filter_map(|one| one.names.pick(language).map(|(_, words)| words))
            .collect();
        names.join(" › ")
    }
}

fn checked(names: &Texts) -> Result<()> {
    if names.is_empty() {
        return Err(Error::Invalid("name it in one language at least".to_owned()));
    }
    if names
        .iter()
        .any(|(_, words)| words.chars().count() > 60 || words.chars().any(char::is_control))
    {
        return Err(Error::Invalid("a name is one line of at most 60 characters".to_owned()));
    }
    Ok(())
}

/// Adds a category.
///
/// # Errors
/// [`Error::Invalid`] without a name, below one that is not there, or too deep; [`Error::Conflict`] when
/// there is one of that name beside it.
pub async fn create(store: &Store, actor: &Actor, parent: Option<&str>, names: &Texts) -> Result<Category> {
    checked(names)?;
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec!["categories".to_owned()]).await?;
    let tree = tree(&mut tx).await?;
    if tree.all.len() >= MOST {
        return Err(Error::Invalid(format!("{MOST} categories are the most")));
    }
    if let Some(parent) = parent {
        let depth = tree.line(parent).len();
        if depth == 0 {
            return Err(Error::Invalid("parent: there is no such category".to_owned()));
        }
        if depth >= DEEPEST {
            return Err(Error::Invalid(format!("categories are at most {DEEPEST} deep")));
        }
    }
    unique(&tree, None, parent, names)?;
    let (id, now) = (tx.env().ulid(), tx.now());
    sql("INSERT INTO ticket_categories (id, parent_id, names, created_at) VALUES ($1, $2, $3, $4)")
        .bind(&id)
        .bind(parent.unwrap_or_default())
        .bind(names.to_json())
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "category.saved", &id, &json!({ "names": names })).await?;
    tx.commit_silently().await?;
    Ok(Category {
        id,
        parent: parent.map(str::to_owned),
        names: names.clone(),
    })
}

fn unique(tree: &Tree, own: Option<&str>, parent: Option<&str>, names: &Texts) -> Result<()> {
    let is_taken = tree
        .all
        .iter()
        .filter(|one| one.parent.as_deref() == parent && Some(one.id.as_str()) != own)
        .any(|one| {
            one.names.iter().any(|(language, words)| {
                names
                    .get(language)
                    .is_some_and(|name| name.to_lowercase() == words.to_lowercase())
            })
        });
    if is_taken {
        return Err(Error::Conflict("there is a category of that name already".to_owned()));
    }
    Ok(())
}

/// Renames a category.
///
/// # Errors
/// As [`create`]; [`Error::NotFound`].
pub async fn rename(store: &Store, actor: &Actor, id: &str, names: &Texts) -> Result<Category> {
    checked(names)?;
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec!["categories".to_owned()]).await?;
    let tree = tree(&mut tx).await?;
    let mut category = tree.get(id).cloned().ok_or(Error::NotFound)?;
    unique(&tree, Some(id), category.parent.as_deref(), names)?;
    sql("UPDATE ticket_categories SET names = $2 WHERE id = $1")
        .bind(id)
        .bind(names.to_json())
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "category.saved", id, &json!({ "names": names })).await?;
    tx.commit_silently().await?;
    category.names = names.clone();
    Ok(category)
}

/// Takes a category out of use, with everything below it. Tickets keep it, and are found by it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec!["categories".to_owned()]).await?;
    let tree = tree(&mut tx).await?;
    tree.get(id).ok_or(Error::NotFound)?;
    let now = tx.now();
    for one in tree.within(id) {
        sql("UPDATE ticket_categories SET removed_at = $2 WHERE id = $1")
            .bind(one)
            .bind(now)
            .run(&mut tx)
            .await?;
    }
    audit::record(&mut tx, actor, "category.removed", id, &json!({})).await?;
    tx.commit_silently().await
}
