//! Addresses that an article had: who follows an old link still arrives.

use conversation::db::{On, sql};
use conversation::types::Language;
use conversation::{Result, Tx};

use crate::article::Article;

/// Remembers the address that an article has now, before it gets another one.
pub(crate) async fn moved(tx: &mut Tx, article: &Article) -> Result<()> {
    let now = tx.now();
    sql(
        "INSERT INTO article_slugs (language, slug, article_id, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (language, slug) DO UPDATE SET article_id = excluded.article_id, at = excluded.at",
    )
    .bind(article.language)
    .bind(article.slug.as_str())
    .bind(article.id.as_str())
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// The article that had this address once.
///
/// # Errors
/// The database is not to be had.
pub async fn former(on: impl On, language: Language, slug: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = sql("SELECT article_id FROM article_slugs WHERE language = $1 AND slug = $2")
        .bind(language)
        .bind(slug)
        .optional(on)
        .await?;
    Ok(row.map(|(id,)| id))
}
