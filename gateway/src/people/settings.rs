//! Small settings of the installation: JSON by key.

use conversation::audit;
use conversation::db::{On, sql};
use conversation::types::Actor;
use conversation::{Error, Result, Store};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// A setting, if it was ever set.
pub async fn get<T: DeserializeOwned>(on: impl On, key: &str) -> Result<Option<T>> {
    let row: Option<(String,)> = sql("SELECT value FROM settings WHERE key = $1")
        .bind(key)
        .optional(on)
        .await?;
    row.map(|(value,)| serde_json::from_str(&value).map_err(|error| Error::corrupt(format!("setting {key}"), error)))
        .transpose()
}

/// Sets it.
pub async fn set<T: Serialize>(store: &Store, actor: &Actor, key: &str, value: &T) -> Result<()> {
    let text = serde_json::to_string(value).map_err(|error| Error::Invalid(format!("setting {key}: {error}")))?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO settings (key, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
        .bind(key)
        .bind(text)
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "setting.changed", key, &json!({})).await?;
    tx.commit_silently().await
}
