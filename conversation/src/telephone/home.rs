//! The country of the business.

use serde_json::json;

use super::Country;
use crate::audit;
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::types::Actor;

/// The country of the business, if somebody said it and it is one whose numbers are known here.
pub async fn home(on: impl On) -> Result<Option<Country>> {
    Ok(home_as_chosen(on).await?.flatten())
}

/// The same, with whether anybody has chosen at all: `Some(None)` is a country that is not in the list.
pub async fn home_as_chosen(on: impl On) -> Result<Option<Option<Country>>> {
    let row: Option<(String,)> = sql("SELECT value FROM home WHERE key = 'country'").optional(on).await?;
    Ok(row.map(|(code,)| Country::of_code(&code)))
}

/// Says the country of the business by its code of two letters (ISO 3166-1); empty is one that is not in the list.
///
/// # Errors
/// [`Error::Invalid`] for a code that is not in the list.
pub async fn set_home(store: &Store, actor: &Actor, code: &str) -> Result<()> {
    let code = match code.trim() {
        "" => "",
        code => Country::of_code(code)
            .ok_or_else(|| Error::Invalid("country: none of the list".to_owned()))?
            .code(),
    };
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO home (key, value, updated_at) VALUES ('country', $1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
        .bind(code)
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "home.country", "country", &json!({ "country": code })).await?;
    tx.commit_silently().await
}
