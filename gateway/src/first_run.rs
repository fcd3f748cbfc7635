//! What a new installation has before anybody configured anything.

use anyhow::Result;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Actor, Channel, Language};
use serde_json::json;

use crate::app::App;

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

/// The link by which the first administrator is made; none once there is one.
pub async fn set_up_link(_app: &App, _url: &str) -> Result<Option<String>> {
    Ok(None)
}
