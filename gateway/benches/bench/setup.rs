//! Stores to measure, and what must hold after a measurement.

use anyhow::ensure;
use conversation::db::sql;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Actor, Channel, InboxId, Language};
use conversation::{Env, Store};
use gateway::app::open_store;
use gateway::config::Config;
use tests::harness::WorkDir;

/// A store as the binary opens it, with one inbox.
pub(crate) struct Ready {
    /// The store.
    pub(crate) store: Store,
    /// The inbox.
    pub(crate) inbox: InboxId,
    /// Its data, which go with it.
    _folder: WorkDir,
}

/// Opens an empty store; SQLite in a folder of its own, unless `url` names a database.
pub(crate) async fn empty(url: Option<String>, channel: Channel) -> anyhow::Result<Ready> {
    let folder = WorkDir::new("bench")?;
    let mut config = Config::default();
    config.data.dir = folder.path().join("data");
    config.database.url = url;
    let store = open_store(&config, Env::system()).await?;
    let inbox = NewInbox {
        channel,
        name: "bench".to_owned(),
        language: Language::En,
        address: "support@shop.example".to_owned(),
        bot_enabled: true,
        settings: serde_json::json!({}),
    };
    let inbox = inboxes::create(&store, &Actor::System, inbox).await?;
    Ok(Ready {
        store,
        inbox,
        _folder: folder,
    })
}

/// Lets the database learn how large its tables became, as it does by itself within the hour: SQLite when the gateway
/// cleans up, PostgreSQL when its own helper comes by.
pub(crate) async fn settle(store: &Store) -> anyhow::Result<()> {
    store.db().refresh_statistics().await?;
    if store.db().engine() == "PostgreSQL" {
        sql("ANALYZE").run(store.db()).await?;
    }
    Ok(())
}

/// The number that a query counts.
pub(crate) async fn count(store: &Store, query: &'static str) -> anyhow::Result<i64> {
    let (count,): (i64,) = sql(query).one(store.db()).await?;
    Ok(count)
}

/// What was measured did happen: as many messages as were given, positions without a hole.
pub(crate) async fn check(store: &Store, messages: usize) -> anyhow::Result<()> {
    ensure!(messages > 0, "nothing was measured");
    let stored = count(store, "SELECT COUNT(*) FROM messages").await?;
    ensure!(
        usize::try_from(stored)? == messages,
        "{messages} messages were given and {stored} are stored"
    );
    let events = count(store, "SELECT COUNT(*) FROM events").await?;
    let last = count(store, "SELECT MAX(position) FROM events").await?;
    let head = store.head().await?;
    ensure!(
        events == last && last == head,
        "{events} events, the last at {last}, the head at {head}: positions are not dense"
    );
    let told = count(store, "SELECT COUNT(*) FROM events WHERE kind = 'message.created'").await?;
    ensure!(told == stored, "{stored} messages and {told} events about them");
    Ok(())
}
