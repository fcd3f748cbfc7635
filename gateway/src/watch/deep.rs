//! The checks that take their time: they read much, or ask servers outside. `doctor` makes them, and the health
//! page when somebody asks for them.

mod channels;
mod proxy;
mod semantics;

use std::time::Duration;

use anyhow::Result;
use billing::stripe::{self, Account, StripeError};
use conversation::db::sql;
use conversation::stream::redis::RedisStream;
use conversation::types::Millis;
use conversation::{Store, inboxes};

use super::finding::{Finding, Say};
use crate::config::Config;

/// How long one server outside may take.
const PATIENCE: Duration = Duration::from_secs(25);
/// What two clocks may differ by, in milliseconds.
const CLOCKS: Millis = 5_000;

/// All of them; those of the channels at once, since each waits for another server.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn all(config: &Config, store: &Store) -> Result<Vec<Finding>> {
    let mut found = vec![address(config)];
    found.extend(database(store).await);
    found.push(match store.blobs().check().await {
        Ok(()) => Finding::good("health-files", Say::key("health-files-good")),
        Err(error) => Finding::bad(
            "health-files",
            Say::Raw(error.to_string()),
            Say::key("health-files-next"),
        ),
    });
    found.push(audit(store).await?);
    found.push(redis(config, store).await);
    let (clock, proxy, models, stripe, channels) = tokio::join!(
        clock(store),
        proxy::all(config),
        semantics::all(config),
        payments(config, store),
        inboxes(config, store)
    );
    found.push(clock?);
    found.extend(proxy);
    found.extend(models);
    found.push(stripe);
    found.extend(channels?);
    Ok(found)
}

fn address(config: &Config) -> Finding {
    let words = vec![
        ("listen", config.server.listen.to_string().into()),
        ("url", config.public_url().into()),
    ];
    let words = Say::Key("health-address-good", words);
    if !config.is_https() && config.server.public_url.is_some() {
        return Finding::note("health-address", words).next(Say::key("health-address-https"));
    }
    Finding::good("health-address", words)
}

async fn database(store: &Store) -> Vec<Finding> {
    let counts: conversation::Result<(i64, i64)> =
        sql("SELECT (SELECT COUNT(*) FROM conversations), (SELECT COUNT(*) FROM messages)")
            .one(store.db())
            .await;
    let first = match counts {
        Ok((conversations, messages)) => Finding::good(
            "health-database",
            Say::Key(
                "health-database-good",
                vec![
                    ("engine", store.db().engine().into()),
                    ("conversations", conversations.into()),
                    ("messages", messages.into()),
                ],
            ),
        ),
        Err(error) => Finding::bad(
            "health-database",
            Say::Raw(error.to_string()),
            Say::key("health-database-next"),
        ),
    };
    let gap: conversation::Result<(i64, i64)> = sql("SELECT COUNT(*), COALESCE(MAX(position), 0) FROM events")
        .one(store.db())
        .await;
    let second = match gap {
        Ok((count, last)) if count == last => {
            Finding::good("health-log", Say::Key("health-log-good", vec![("count", count.into())]))
        }
        Ok((count, last)) => Finding::bad(
            "health-log",
            Say::Key("health-log-gap", vec![("count", count.into()), ("last", last.into())]),
            Say::key("health-log-next"),
        ),
        Err(error) => Finding::bad(
            "health-log",
            Say::Raw(error.to_string()),
            Say::key("health-database-next"),
        ),
    };
    vec![first, second]
}

/// Follows the chain of the audit.
async fn audit(store: &Store) -> Result<Finding> {
    let found = conversation::audit::chain::check(store).await?;
    if !found.faults.is_empty() {
        return Ok(Finding::bad(
            "health-audit",
            Say::Raw(found.faults.join("; ")),
            Say::key("health-audit-next"),
        ));
    }
    if found.seals == 0 {
        let words = vec![("entries", found.entries.into())];
        return Ok(Finding::good("health-audit", Say::Key("health-audit-new", words)));
    }
    let words = vec![
        ("entries", found.entries.into()),
        ("seals", found.seals.into()),
        ("pruned", found.pruned.into()),
        ("unsealed", found.unsealed.into()),
        ("head", found.head.into()),
    ];
    Ok(Finding::good("health-audit", Say::Key("health-audit-good", words)))
}

async fn redis(config: &Config, store: &Store) -> Finding {
    let Some(url) = &config.redis.url else {
        return Finding::good("health-stream", Say::key("health-stream-inside"));
    };
    match RedisStream::connect(store.clone(), url, &config.redis.prefix).await {
        Ok(redis) if redis.ping().await.is_ok() => Finding::good("health-stream", Say::key("health-stream-redis")),
        _ => Finding::bad(
            "health-stream",
            Say::key("health-stream-silent"),
            Say::key("health-stream-next"),
        ),
    }
}

/// Compares this machine's clock with the database's, and with what was written last.
async fn clock(store: &Store) -> Result<Finding> {
    let newest: Option<(i64,)> = sql("SELECT at FROM events ORDER BY position DESC LIMIT 1")
        .optional(store.db())
        .await?;
    let theirs = store.db().clock().await?;
    let now = store.now();
    let off = match (theirs, newest) {
        (Some(theirs), _) if (now - theirs).abs() > CLOCKS => now - theirs,
        // Something was written in the future: the clock was ahead, or is behind now.
        (_, Some((at,))) if at - now > CLOCKS => now - at,
        _ => 0,
    };
    Ok(if off == 0 {
        Finding::good("health-clock", Say::key("health-clock-good")).local()
    } else {
        let words = Say::Key("health-clock-off", vec![("seconds", (off.abs() / 1000).into())]);
        Finding::bad("health-clock", words, Say::key("health-clock-next")).local()
    })
}

async fn payments(config: &Config, store: &Store) -> Finding {
    let client = stripe::Client::new(&config.stripe.api_url, &config.stripe.script_url);
    let billing = billing::Billing::new(
        store.clone(),
        config.zone(),
        config.public_url(),
        config.server.business_name.clone(),
        client,
    );
    const CHECK: &str = "health-stripe";
    let next = || Say::key("health-stripe-next");
    match stripe::account(&billing).await {
        Ok(Account::None) => Finding::good(CHECK, Say::key("health-stripe-none")),
        Ok(Account::Mixed) => Finding::bad(CHECK, Say::key("health-stripe-mixed"), next()),
        Ok(Account::NoHook) => Finding::bad(
            CHECK,
            Say::key("health-stripe-deaf"),
            Say::Key(
                "health-stripe-deaf-next",
                vec![("url", format!("{}/webhooks/stripe", config.public_url()).into())],
            ),
        ),
        Ok(Account::Good { can_charge: false, .. }) => Finding::bad(
            CHECK,
            Say::key("health-stripe-unverified"),
            Say::key("health-stripe-verify"),
        ),
        Ok(Account::Good { id, is_test: true, .. }) => {
            Finding::note(CHECK, Say::Key("health-stripe-test", vec![("id", id.into())]))
        }
        Ok(Account::Good { id, .. }) => Finding::good(CHECK, Say::Key("health-stripe-good", vec![("id", id.into())])),
        Err(error @ StripeError::Refused { .. }) => Finding::bad(CHECK, Say::Raw(error.to_string()), next()),
        Err(error) => Finding::bad(CHECK, Say::Raw(error.to_string()), Say::key("health-outside-next")),
    }
}

async fn inboxes(config: &Config, store: &Store) -> Result<Vec<Finding>> {
    let all = inboxes::list(store.db()).await?;
    let looks = all.iter().map(async |inbox| {
        let mut found = match tokio::time::timeout(PATIENCE, channels::all(config, store, inbox)).await {
            Ok(found) => found,
            Err(_) => vec![Finding::bad(
                "health-inbox",
                Say::key("health-outside-slow"),
                Say::key("health-outside-next"),
            )],
        };
        for one in &mut found {
            one.about = inbox.name.clone();
            one.id = inbox.id.to_string();
        }
        found
    });
    Ok(futures::future::join_all(looks).await.concat())
}
