//! The table of templates, in step with Meta: listed whole from time to time, and changed by web hooks in
//! between.

use std::sync::Arc;

use conversation::db::{Db, composed_sql, sql};
use conversation::inboxes;
use conversation::outbound::SendError;
use conversation::types::{Channel, InboxId, Millis};
use conversation::{Result, Store};

use super::Template;
use crate::whatsapp::client::Client;
use crate::whatsapp::parse::json as read;
use crate::whatsapp::settings::WhatsappSettings;
use crate::whatsapp::webhook::Other;

/// How old a list may become before it is asked for again, in milliseconds.
const KEEP: Millis = 60 * 60 * 1000;

const TEMPLATE: &str = "inbox_id, name, language, id, category, status, reason, quality, components, updated_at";

/// When the templates of a number were listed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    /// When.
    pub at: Millis,
    /// What went wrong then; empty when nothing did.
    pub trouble: String,
}

type Row = (
    InboxId,
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    Millis,
);

fn template(row: Row) -> Template {
    let (inbox_id, name, language, id, category, status, reason, quality, components, updated_at) = row;
    Template {
        inbox_id,
        name,
        language,
        id,
        category,
        status,
        reason,
        quality,
        components,
        updated_at,
    }
}

/// The templates of a number, by name and language.
pub async fn list(db: &Db, inbox: &InboxId) -> Result<Vec<Template>> {
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT {TEMPLATE} FROM whatsapp_templates WHERE inbox_id = $1 ORDER BY name, language"
    ))
    .bind(inbox)
    .all(db)
    .await?;
    Ok(rows.into_iter().map(template).collect())
}

/// One template of a number.
pub async fn find(db: &Db, inbox: &InboxId, name: &str, language: &str) -> Result<Option<Template>> {
    let row: Option<Row> = composed_sql(format!(
        "SELECT {TEMPLATE} FROM whatsapp_templates WHERE inbox_id = $1 AND name = $2 AND language = $3"
    ))
    .bind(inbox)
    .bind(name)
    .bind(language)
    .optional(db)
    .await?;
    Ok(row.map(template))
}

/// When they were listed last.
pub async fn synced(db: &Db, inbox: &InboxId) -> Result<Option<Synced>> {
    let row: Option<(Millis, String)> = sql("SELECT at, trouble FROM whatsapp_syncs WHERE inbox_id = $1")
        .bind(inbox)
        .optional(db)
        .await?;
    Ok(row.map(|(at, trouble)| Synced { at, trouble }))
}

/// Lists the templates of a number at Meta and keeps them; returns how many there are.
///
/// # Errors
/// When the database cannot be reached. What Meta answers instead of a list is the inner error; it is
/// kept for the settings page.
pub async fn sync(store: &Store, inbox: &InboxId) -> Result<std::result::Result<usize, SendError>> {
    let settings: WhatsappSettings = inboxes::settings(store, inbox).await?;
    let listed = match Client::new(settings, store.now()) {
        Ok(client) => Arc::new(client).templates().await,
        Err(error) => Err(crate::whatsapp::send::permanent("settings", error.to_string())),
    };
    let trouble = listed.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO whatsapp_syncs (inbox_id, at, trouble) VALUES ($1, $2, $3) ON CONFLICT (inbox_id) DO UPDATE SET at = excluded.at, trouble = excluded.trouble")
        .bind(inbox)
        .bind(now)
        .bind(trouble)
        .run(&mut tx)
        .await?;
    let listed = match listed {
        Ok(listed) => listed,
        Err(error) => {
            tx.commit_silently().await?;
            return Ok(Err(error));
        }
    };
    let count = listed.len();
    for one in listed {
        sql("INSERT INTO whatsapp_templates (inbox_id, name, language, id, category, status, reason, quality, components, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (inbox_id, name, language) DO UPDATE SET id = excluded.id, category = excluded.category, status = excluded.status, reason = excluded.reason, quality = excluded.quality, components = excluded.components, updated_at = excluded.updated_at")
            .bind(inbox)
            .bind(one.name)
            .bind(one.language)
            .bind(one.id)
            .bind(one.category)
            .bind(one.status)
            .bind(one.reason)
            .bind(one.quality)
            .bind(one.components)
            .bind(now)
            .run(&mut tx)
            .await?;
    }
    // What Meta does not list any more is gone. A list that was made in the same moment wins.
    sql("DELETE FROM whatsapp_templates WHERE inbox_id = $1 AND updated_at < $2")
        .bind(inbox)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(Ok(count))
}

/// Lists the templates of every number whose list has become old; one that Meta refuses waits as long.
///
/// # Errors
/// When the database cannot be reached.
pub async fn sync_due(store: &Store) -> Result<usize> {
    let mut count = 0;
    for inbox in inboxes::list(store.db()).await? {
        if inbox.channel != Channel::Whatsapp || !inbox.is_enabled {
            continue;
        }
        let last = synced(store.db(), &inbox.id).await?;
        // One from tomorrow was listed while the clock was wrong.
        if last.is_some_and(|last| (0..KEEP).contains(&(store.now() - last.at))) {
            continue;
        }
        match sync(store, &inbox.id).await {
            Ok(Ok(_)) => count += 1,
            Ok(Err(error)) => tracing::warn!(inbox = %inbox.id, %error, "the templates could not be listed"),
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => tracing::warn!(inbox = %inbox.id, %error, "the templates could not be kept"),
        }
    }
    Ok(count)
}

/// Takes a web hook about templates: a new state, quality or category. Returns whether it was one; what
/// is about a template that is not known yet makes the next look list them all.
pub async fn apply(store: &Store, other: &Other) -> Result<bool> {
    let value = &other.value;
    let (Some(id), true) = (
        read::text(value, "message_template_id"),
        matches!(
            other.field.as_str(),
            "message_template_status_update" | "message_template_quality_update" | "template_category_update"
        ),
    ) else {
        return Ok(false);
    };
    let word = |name: &str| read::text(value, name).map(|word| word.to_ascii_uppercase());
    let status = word("event");
    let reason = status
        .as_ref()
        .map(|_| word("reason").filter(|reason| reason != "NONE").unwrap_or_default());
    let mut tx = store.begin().await?;
    let now = tx.now();
    let known = sql("UPDATE whatsapp_templates SET status = COALESCE($2, status), reason = COALESCE($3, reason), quality = COALESCE($4, quality), category = COALESCE($5, category), updated_at = $6 WHERE id = $1")
        .bind(id)
        .bind(status)
        .bind(reason)
        .bind(word("new_quality_score"))
        .bind(word("new_category"))
        .bind(now)
        .run(&mut tx)
        .await?;
    if known == 0 {
        sql("UPDATE whatsapp_syncs SET at = $1").bind(0i64).run(&mut tx).await?;
    }
    tx.commit_silently().await?;
    Ok(true)
}
