//! Question lists: what is asked to find out what is wrong, by category, in three languages.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::categories;
use crate::audit;
use crate::db::{On, sql};
use crate::desk::{Texts, from_json, name, to_json};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::types::Actor;

/// The most lists.
const MOST: usize = 200;
/// The most questions of one list.
pub const MOST_QUESTIONS: usize = 20;
/// The most choices of one question; a WhatsApp list holds ten.
pub const MOST_CHOICES: usize = 10;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The words, by language.
    pub texts: Texts,
    /// What can be chosen, by language; none is answered in words. A label has at most 20 characters, which
    /// is what a WhatsApp button holds.
    #[serde(default)]
    pub choices: Vec<Texts>,
}

/// A list of questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuestionList {
    /// Its id; empty for a new one.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// For this category and those below it; `None` is every one.
    pub category: Option<String>,
    /// The assistant begins it by itself when a ticket gets the category.
    pub is_automatic: bool,
    /// The questions, in order.
    pub questions: Vec<Question>,
    /// How often it was walked through.
    pub uses: i64,
}

type Row = (String, String, String, bool, String, i64);

fn from_row((id, name, category, is_automatic, questions, uses): Row) -> Result<QuestionList> {
    Ok(QuestionList {
        questions: from_json(&format!("question list {id}"), &questions)?,
        id,
        name,
        category: Some(category).filter(|id| !id.is_empty()),
        is_automatic,
        uses,
    })
}

/// Every list, by name.
pub async fn list(on: impl On) -> Result<Vec<QuestionList>> {
    let rows: Vec<Row> =
        sql("SELECT id, name, category_id, is_automatic, questions, uses FROM question_lists ORDER BY name, id")
            .all(on)
            .await?;
    rows.into_iter().map(from_row).collect()
}

/// One by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<QuestionList> {
    let row: Option<Row> =
        sql("SELECT id, name, category_id, is_automatic, questions, uses FROM question_lists WHERE id = $1")
            .bind(id)
            .optional(on)
            .await?;
    row.map_or(Err(Error::NotFound), from_row)
}

/// The lists that fit a category: its own first, then those above it, then those of every one.
pub async fn for_category(on: impl On, category: Option<&str>) -> Result<Vec<QuestionList>> {
    let mut on = on;
    let all = list(&mut on).await?;
    let tree = categories::tree(&mut on).await?;
    let line: Vec<&str> = category
        .map(|id| tree.line(id).into_iter().rev().map(|one| one.id.as_str()).collect())
        .unwrap_or_default();
    let mut fitting: Vec<(usize, QuestionList)> = all
        .into_iter()
        .filter_map(|list| match &list.category {
            None => Some((usize::MAX, list)),
            Some(id) => line.iter().position(|one| one == id).map(|at| (at, list)),
        })
        .collect();
    fitting.sort_by_key(|(at, _)| *at);
    Ok(fitting.into_iter().map(|(_, list)| list).collect())
}

/// Keeps a list; one without an id is new.
///
/// # Errors
/// [`Error::Invalid`] without questions, with a label that no button holds, or for a category that is not
/// there; [`Error::NotFound`].
pub async fn save(store: &Store, actor: &Actor, list: &QuestionList) -> Result<QuestionList> {
    let called = name("name", &list.name, 80)?;
    if list.questions.is_empty() || list.questions.len() > MOST_QUESTIONS {
        return Err(Error::Invalid(format!("ask 1 to {MOST_QUESTIONS} questions")));
    }
    for question in &list.questions {
        question.texts.check("questions")?;
        if question.texts.is_empty() {
            return Err(Error::Invalid(
                "a question has words in one language at least".to_owned(),
            ));
        }
        if question.choices.len() > MOST_CHOICES || question.choices.len() == 1 {
            return Err(Error::Invalid(format!(
                "a question has 2 to {MOST_CHOICES} choices, or none"
            )));
        }
        for (_, label) in question.choices.iter().flat_map(Texts::iter) {
            if label.chars().count() > 20 {
                return Err(Error::Invalid(format!("`{label}`: a choice has at most 20 characters")));
            }
        }
        if question.choices.iter().any(Texts::is_empty) {
            return Err(Error::Invalid("a choice has words in one language at least".to_owned()));
        }
    }
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec!["question lists".to_owned()]).await?;
    if let Some(category) = &list.category
        && categories::tree(&mut tx).await?.get(category).is_none()
    {
        return Err(Error::Invalid("category: there is no such category".to_owned()));
    }
    let all = self::list(&mut tx).await?;
    let id = if list.id.is_empty() {
        if all.len() >= MOST {
            return Err(Error::Invalid(format!("{MOST} lists are the most")));
        }
        tx.env().ulid()
    } else if all.iter().any(|one| one.id == list.id) {
        list.id.clone()
    } else {
        return Err(Error::NotFound);
    };
    let now = tx.now();
    sql("INSERT INTO question_lists (id, name, category_id, is_automatic, questions, uses, updated_at) VALUES ($1, $2, $3, $4, $5, 0, $6)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, category_id = excluded.category_id, is_automatic = excluded.is_automatic, questions = excluded.questions, updated_at = excluded.updated_at")
        .bind(&id)
        .bind(called)
        .bind(list.category.clone().unwrap_or_default())
        .bind(list.is_automatic)
        .bind(to_json(&list.questions))
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "questions.saved", &id, &json!({})).await?;
    tx.commit_silently().await?;
    load(store.db(), &id).await
}

/// Throws a list away; walks that have begun go on.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    if sql("DELETE FROM question_lists WHERE id = $1")
        .bind(id)
        .run(&mut tx)
        .await?
        == 0
    {
        return Err(Error::NotFound);
    }
    audit::record(&mut tx, actor, "questions.removed", id, &json!({})).await?;
    tx.commit_silently().await
}
