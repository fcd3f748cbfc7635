//! Pictures and files of articles. Their type is read from their bytes; only pictures that browsers draw
//! without running anything are shown in place.

use conversation::db::{On, sql};
use conversation::pictures::sniffed;
use conversation::types::{Actor, Millis};
use conversation::{Error, Result, Store};
use serde_json::json;

use crate::store;

/// The largest file, in bytes.
pub const LARGEST: usize = 10 * 1024 * 1024;
/// The most files of one article.
pub const MOST: i64 = 100;
/// The longest name, in characters.
const LONGEST_NAME: usize = 120;

/// A file of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Names it in addresses.
    pub id: String,
    /// The article.
    pub article_id: String,
    /// Its name.
    pub name: String,
    /// By its bytes; `application/octet-stream` for what is only handed over.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// Names the bytes.
    pub sha256: String,
    /// When it came.
    pub at: Millis,
}

impl File {
    /// Its address, in pages and in articles.
    pub fn path(&self) -> String {
        format!("/help/files/{}", self.id)
    }

    /// Whether browsers show it in place.
    pub fn is_picture(&self) -> bool {
        self.media_type.starts_with("image/")
    }

    /// The Markdown that puts it into an article.
    pub fn markdown(&self) -> String {
        let name: String = self
            .name
            .chars()
            .map(|c| if matches!(c, '[' | ']' | '\\' | '\n') { ' ' } else { c })
            .collect();
        if self.is_picture() {
            let words = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            format!("![{}]({})", words.trim(), self.path())
        } else {
            format!("[{}]({})", name.trim(), self.path())
        }
    }
}

/// Takes a file for an article.
///
/// # Errors
/// [`Error::NotFound`] without the article; [`Error::Invalid`] when it is empty, too large, or one too many.
pub async fn add(store: &Store, actor: &Actor, article: &str, name: &str, bytes: &[u8]) -> Result<File> {
    if bytes.is_empty() || bytes.len() > LARGEST {
        return Err(Error::Invalid(format!("a file of an article has 1 to {LARGEST} bytes")));
    }
    let blob = store.put_blob(bytes).await?;
    let mut tx = store.begin().await?;
    store::load(&mut tx, article).await?;
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM article_files WHERE article_id = $1")
        .bind(article)
        .one(&mut tx)
        .await?;
    if count >= MOST {
        return Err(Error::Invalid(format!(
            "an article has at most {MOST} files; remove one first"
        )));
    }
    let bare = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let bare: String = bare.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    let file = File {
        id: tx.env().ulid(),
        article_id: article.to_owned(),
        name: if bare.trim().is_empty() {
            "file".to_owned()
        } else {
            bare
        },
        media_type: sniffed(bytes).unwrap_or("application/octet-stream").to_owned(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sha256: blob.sha256,
        at: tx.now(),
    };
    sql("INSERT INTO article_files (id, article_id, name, media_type, size, sha256, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(file.id.as_str())
        .bind(article)
        .bind(file.name.as_str())
        .bind(file.media_type.as_str())
        .bind(file.size)
        .bind(file.sha256.as_str())
        .bind(json!(actor).to_string())
        .bind(file.at)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(file)
}

type Row = (String, String, String, String, i64, String, i64);

fn file((id, article_id, name, media_type, size, sha256, at): Row) -> File {
    File {
        id,
        article_id,
        name,
        media_type,
        size,
        sha256,
        at,
    }
}

/// A file by its id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<File> {
    let row: Option<Row> =
        sql("SELECT id, article_id, name, media_type, size, sha256, at FROM article_files WHERE id = $1")
            .bind(id)
            .optional(on)
            .await?;
    row.map(file).ok_or(Error::NotFound)
}

/// The files of an article, the oldest first.
///
/// # Errors
/// The database is not to be had.
pub async fn of_article(on: impl On, article: &str) -> Result<Vec<File>> {
    let rows: Vec<Row> = sql(
        "SELECT id, article_id, name, media_type, size, sha256, at FROM article_files WHERE article_id = $1 ORDER BY id LIMIT $2",
    )
    .bind(article)
    .bind(MOST)
    .all(on)
    .await?;
    Ok(rows.into_iter().map(file).collect())
}

/// Takes a file out of its article; what still shows it shows its name.
///
/// # Errors
/// The database is not to be had.
pub async fn remove(store: &Store, article: &str, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    sql("DELETE FROM article_files WHERE id = $1 AND article_id = $2")
        .bind(id)
        .bind(article)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}
