//! What a new installation has before anybody configured anything.

use anyhow::Result;
use conversation::Store;
use conversation::db::sql;
use conversation::env::hash_secret;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Actor, Channel, Language, Millis};
use serde_json::json;

use crate::app::App;
use crate::auth;
use crate::people::{agents, links};

/// Adds a chat widget for the sample page and the portal's form where there is no inbox at all.
pub async fn prepare(app: &App) -> Result<()> {
    if !inboxes::list(app.store.db()).await?.is_empty() {
        return Ok(());
    }
    let add = async |channel, name: &str, address: &str, settings| {
        let new = NewInbox {
            channel,
            name: name.to_owned(),
            language: Language::En,
            address: address.to_owned(),
            bot_enabled: true,
            settings,
        };
        match inboxes::create(&app.store, &Actor::System, new).await {
            // Another process of the same installation was faster.
            Ok(_) | Err(conversation::Error::Conflict(_)) => Ok(()),
            Err(error) => Err(error),
        }
    };
    add(
        Channel::Webchat,
        "website",
        "website",
        json!({ "key": "website", "identity_secret": app.store.env().secret() }),
    )
    .await?;
    add(Channel::Portal, "portal", "portal", json!({})).await?;
    Ok(())
}

/// How long a set-up link is good for, in milliseconds.
const SET_UP_LASTS: Millis = 24 * 60 * 60 * 1000;

/// The link by which the first administrator is made; none once there is one. Each start, and each call of
/// `switchboard set-up-link`, makes a new one beside those that were printed before: of two processes that start together either's terminal
/// can be used. All of them end when one was used.
pub async fn set_up_link(store: &Store, url: &str) -> conversation::Result<Option<String>> {
    let mut tx = store.begin().await?;
    if agents::has_administrator(&mut tx).await? {
        return Ok(None);
    }
    let now = tx.now();
    let secret = links::create_in(&mut tx, &Actor::System, None, links::LASTS).await?;
    sql("UPDATE agent_links SET expires_at = $2 WHERE token_hash = $1")
        .bind(hash_secret(&secret))
        .bind(now + SET_UP_LASTS)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(Some(auth::link_url(url, &secret)))
}
