//! The tree that articles stand in. A category's id is the last part of its public address and never
//! changes; its name exists in each language.

use std::collections::{BTreeMap, HashSet};

use conversation::audit;
use conversation::db::{On, sql};
use conversation::events::{EventKind, NewEvent};
use conversation::types::{Actor, Language, Millis};
use conversation::{Error, Result, Store, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::import::slugify;

/// The most categories.
pub const MOST: usize = 500;
/// How deep they nest.
pub const DEPTH: usize = 3;
/// The longest name, in characters.
pub const LONGEST_NAME: usize = 80;

/// One category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Names it in addresses: a-z, 0-9 and -.
    pub id: String,
    /// The category that it stands in.
    pub parent: Option<String>,
    /// The name, by language.
    pub names: BTreeMap<Language, String>,
    /// Its place among its neighbours, the smallest first.
    pub place: i64,
    /// When it was changed last.
    pub updated_at: Millis,
}

impl Category {
    /// The name in a language, or in the first that it has.
    pub fn name(&self, language: Language) -> &str {
        self.names
            .get(&language)
            .or_else(|| self.names.values().next())
            .map_or(self.id.as_str(), String::as_str)
    }
}

/// All categories, as a tree that is walked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// By place and id.
    all: Vec<Category>,
}

impl Tree {
    /// A category.
    pub fn get(&self, id: &str) -> Option<&Category> {
        self.all.iter().find(|one| one.id == id)
    }

    /// What the category of an article is called, where it has one.
    pub fn name_of(&self, category: Option<&str>, language: Language) -> Option<&str> {
        Some(self.get(category?)?.name(language))
    }

    /// Every category.
    pub fn all(&self) -> &[Category] {
        &self.all
    }

    /// Those that stand in `parent`, or at the top.
    pub fn below<'a>(&'a self, parent: Option<&'a str>) -> impl Iterator<Item = &'a Category> {
        self.all.iter().filter(move |one| one.parent.as_deref() == parent)
    }

    /// From the top down to a category, itself included.
    pub fn way(&self, id: &str) -> Vec<&Category> {
        let mut way = Vec::new();
        let mut next = self.get(id);
        while let Some(one) = next {
            way.push(one);
            if way.len() > DEPTH {
                break;
            }
            next = one.parent.as_deref().and_then(|parent| self.get(parent));
        }
        way.reverse();
        way
    }

    /// Every category in the order of a table of contents, with its depth from 0.
    pub fn walk(&self) -> Vec<(usize, &Category)> {
        let mut walked = Vec::new();
        self.step(None, 0, &mut walked);
        walked
    }

    fn step<'a>(&'a self, parent: Option<&'a str>, depth: usize, walked: &mut Vec<(usize, &'a Category)>) {
        if depth >= DEPTH {
            return;
        }
        for one in self.below(parent) {
            walked.push((depth, one));
            self.step(Some(&one.id), depth + 1, walked);
        }
    }

    /// A category and all below it.
    pub fn within(&self, id: &str) -> HashSet<String> {
        let mut found = HashSet::from([id.to_owned()]);
        for _ in 0..DEPTH {
            for one in &self.all {
                if one.parent.as_ref().is_some_and(|parent| found.contains(parent)) {
                    found.insert(one.id.clone());
                }
            }
        }
        found
    }
}

/// All categories.
///
/// # Errors
/// The database is not to be had, or a row is damaged.
pub async fn load(on: impl On) -> Result<Tree> {
    let rows: Vec<(String, Option<String>, String, i64, i64)> =
        sql("SELECT id, parent_id, names, place, updated_at FROM article_categories ORDER BY place, id LIMIT 1000")
            .all(on)
            .await?;
    let all = rows
        .into_iter()
        .map(|(id, parent, names, place, updated_at)| {
            Ok(Category {
                names: serde_json::from_str(&names).map_err(|error| Error::corrupt(format!("category {id}"), error))?,
                id,
                parent,
                place,
                updated_at,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Tree { all })
}

/// What is written of a category.
#[derive(Debug, Clone, Default)]
pub struct NewCategory {
    /// The category that it stands in.
    pub parent: Option<String>,
    /// The name, by language; at least one.
    pub names: BTreeMap<Language, String>,
    /// Its place among its neighbours.
    pub place: i64,
}

/// Makes a category; its id is made of its first name.
///
/// # Errors
/// [`Error::Invalid`] names what does not fit.
pub async fn create(store: &Store, actor: &Actor, new: NewCategory) -> Result<Category> {
    let mut tx = store.begin().await?;
    let tree = load(&mut tx).await?;
    let names = checked(new.names)?;
    let first = names.values().next().map_or("", String::as_str);
    let base = match slugify(first) {
        made if made.is_empty() => "topic".to_owned(),
        made => made.chars().take(60).collect(),
    };
    let id = (1..=MOST + 1)
        .map(|number| {
            if number == 1 {
                base.clone()
            } else {
                format!("{base}-{number}")
            }
        })
        .find(|id| tree.get(id).is_none())
        .ok_or_else(full)?;
    check_parent(&tree, &id, new.parent.as_deref())?;
    let category = Category {
        id,
        parent: new.parent,
        names,
        place: new.place,
        updated_at: tx.now(),
    };
    insert(&mut tx, &tree, &category).await?;
    told(&mut tx, actor, &category.id, "category.created").await?;
    tx.commit().await?;
    Ok(category)
}

/// Makes the category of an import when it is not there.
pub(crate) async fn ensure_in(tx: &mut Tx, actor: &Actor, id: &str, language: Language) -> Result<()> {
    let tree = load(&mut *tx).await?;
    if tree.get(id).is_some() {
        return Ok(());
    }
    let mut name = id.replace('-', " ");
    if let Some(first) = name.get(..1) {
        name.replace_range(..1, &first.to_uppercase());
    }
    let category = Category {
        id: id.to_owned(),
        parent: None,
        names: BTreeMap::from([(language, name)]),
        place: 0,
        updated_at: tx.now(),
    };
    insert(tx, &tree, &category).await?;
    told(tx, actor, id, "category.created").await
}

async fn insert(tx: &mut Tx, tree: &Tree, category: &Category) -> Result<()> {
    if tree.all.len() >= MOST {
        return Err(full());
    }
    sql("INSERT INTO article_categories (id, parent_id, names, place, updated_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING")
        .bind(category.id.as_str())
        .bind(category.parent.clone())
        .bind(json!(category.names).to_string())
        .bind(category.place)
        .bind(category.updated_at)
        .run(tx)
        .await?;
    Ok(())
}

fn full() -> Error {
    Error::Invalid(format!("there are {MOST} categories already; remove one first"))
}

/// Changes name, parent and place.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] names what does not fit.
pub async fn change(store: &Store, actor: &Actor, id: &str, new: NewCategory) -> Result<Category> {
    let mut tx = store.begin().await?;
    let tree = load(&mut tx).await?;
    if tree.get(id).is_none() {
        return Err(Error::NotFound);
    }
    let names = checked(new.names)?;
    check_parent(&tree, id, new.parent.as_deref())?;
    let category = Category {
        id: id.to_owned(),
        parent: new.parent,
        names,
        place: new.place,
        updated_at: tx.now(),
    };
    sql("UPDATE article_categories SET parent_id = $2, names = $3, place = $4, updated_at = $5 WHERE id = $1")
        .bind(id)
        .bind(category.parent.clone())
        .bind(json!(category.names).to_string())
        .bind(category.place)
        .bind(category.updated_at)
        .run(&mut tx)
        .await?;
    told(&mut tx, actor, id, "category.changed").await?;
    tx.commit().await?;
    Ok(category)
}

/// Removes a category; what stood in it moves one up.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let tree = load(&mut tx).await?;
    let parent = tree.get(id).ok_or(Error::NotFound)?.parent.clone();
    sql("UPDATE article_categories SET parent_id = $2 WHERE parent_id = $1")
        .bind(id)
        .bind(parent.clone())
        .run(&mut tx)
        .await?;
    // The text of an article does not change by this, so its version stays; every process reads it anew.
    let now = tx.now();
    sql("UPDATE articles SET category_id = $2, updated_at = $3 WHERE category_id = $1")
        .bind(id)
        .bind(parent.clone())
        .bind(now)
        .run(&mut tx)
        .await?;
    sql("UPDATE article_drafts SET category_id = $2 WHERE category_id = $1")
        .bind(id)
        .bind(parent)
        .run(&mut tx)
        .await?;
    sql("DELETE FROM article_categories WHERE id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    told(&mut tx, actor, id, "category.removed").await?;
    tx.commit().await?;
    Ok(())
}

async fn told(tx: &mut Tx, actor: &Actor, id: &str, action: &str) -> Result<()> {
    let facts = json!({ "category": id });
    audit::record(tx, actor, action, id, &facts).await?;
    tx.emit(NewEvent {
        kind: EventKind::ArticleUpdated,
        conversation: None,
        subject: format!("category:{id}"),
        actor: actor.clone(),
        data: facts,
    });
    Ok(())
}

fn checked(names: BTreeMap<Language, String>) -> Result<BTreeMap<Language, String>> {
    let names: BTreeMap<Language, String> = names
        .into_iter()
        .map(|(language, name)| (language, name.split_whitespace().collect::<Vec<_>>().join(" ")))
        .filter(|(_, name)| !name.is_empty())
        .collect();
    if names.is_empty() {
        return Err(Error::Invalid(
            "a category needs a name in one language at least".to_owned(),
        ));
    }
    if names.values().any(|name| name.chars().count() > LONGEST_NAME) {
        return Err(Error::Invalid(format!(
            "a category's name has at most {LONGEST_NAME} characters"
        )));
    }
    Ok(names)
}

/// Refuses circles and what would nest too deeply.
fn check_parent(tree: &Tree, id: &str, parent: Option<&str>) -> Result<()> {
    let Some(parent) = parent else {
        return Ok(());
    };
    if tree.get(parent).is_none() {
        return Err(Error::Invalid("the category above does not exist".to_owned()));
    }
    let above = tree.way(parent);
    if above.iter().any(|one| one.id == id) {
        return Err(Error::Invalid("a category cannot stand in itself".to_owned()));
    }
    let below = height(tree, id, 0);
    if above.len() + below > DEPTH {
        return Err(Error::Invalid(format!("categories nest at most {DEPTH} deep")));
    }
    Ok(())
}

/// How many levels a category and what stands in it have.
fn height(tree: &Tree, id: &str, depth: usize) -> usize {
    if depth >= DEPTH {
        return 1;
    }
    1 + tree
        .below(Some(id))
        .map(|one| height(tree, &one.id, depth + 1))
        .max()
        .unwrap_or(0)
}
