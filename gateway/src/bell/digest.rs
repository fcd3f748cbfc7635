//! One mail for an agent who is away, with everything that they were told: by the installation's own
//! mailbox, marked as automatic, and never to an address that the installation itself reads.

use std::time::Duration;

use conversation::desk::bell;
use conversation::inboxes;
use conversation::notices::{self, NewNotice};
use conversation::types::{AgentId, Millis};
use conversation::{Error, Result, Store};
use tokio_util::sync::CancellationToken;
use ui::{Ctx, bell_page, i18n, routes};

use crate::app::App;
use crate::people::agents;

/// An agent who was not seen for so long is away, in milliseconds.
const AWAY_FOR: Millis = 15 * 60_000;
/// Between two mails to one agent passes at least so much, in milliseconds.
const PAUSE: Millis = 3_600_000;
/// The most lines of one mail.
const MOST: usize = 30;

/// Looks once a minute until told to stop.
pub(crate) async fn run(app: &App, stop: CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        send_due(app).await?;
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(Duration::from_secs(60)) => {} }
    }
    Ok(())
}

/// Writes the mails that are due; returns how many.
pub(super) async fn send_due(app: &App) -> Result<usize> {
    let store = &app.store;
    let mut written = 0;
    for agent in bell::away(store.db(), store.now(), AWAY_FOR, PAUSE).await? {
        if write(app, store, &agent).await? {
            written += 1;
        }
    }
    Ok(written)
}

async fn write(app: &App, store: &Store, id: &AgentId) -> Result<bool> {
    let agent = match agents::load(store.db(), id).await {
        Ok(agent) => agent,
        Err(Error::NotFound) => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut tx = store.begin().await?;
    let digest = bell::take_digest_in(&mut tx, id).await?;
    if digest.told.is_empty() {
        return Ok(false);
    }
    // A mail to a mailbox of our own would come in as a customer's.
    let is_ours = inboxes::list(&mut tx)
        .await?
        .iter()
        .any(|inbox| inbox.address.eq_ignore_ascii_case(&agent.email));
    if !is_ours {
        let count = i64::try_from(digest.told.len()).unwrap_or(0);
        let tz = agent.zone(app.tz());
        let ctx = Ctx {
            lang: agent.language,
            now: store.now(),
            tz: &tz,
            csrf: "",
        };
        let lines: Vec<String> = super::views(store, digest.told)
            .await?
            .iter()
            .take(MOST)
            .map(|notice| {
                let sentence = bell_page::sentence(&ctx, notice);
                if notice.words.is_empty() {
                    format!("• {sentence}")
                } else {
                    format!("• {sentence}\n  {}", notice.words)
                }
            })
            .collect();
        let text = format!(
            "{}\n\n{}\n\n{}",
            i18n::t(agent.language, "digest-lead"),
            lines.join("\n"),
            i18n::t(agent.language, "digest-why")
        );
        let notice = NewNotice {
            recipient: agent.email,
            language: agent.language,
            subject: i18n::t_args(agent.language, "digest-subject", &[("count", count.into())]),
            text,
            action_label: i18n::t(agent.language, "digest-open").into_owned(),
            action_url: format!("{}{}", app.public_url(), routes::INBOX),
        };
        notices::put_in(&mut tx, notice).await?;
    }
    tx.commit_silently().await?;
    Ok(!is_ours)
}
