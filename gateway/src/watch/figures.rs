//! What waits, and for how long: read from the database in a few queries that stay cheap whatever its size,
//! for `/metrics`, the health page, the alerts and `doctor`.

use conversation::db::sql;
use conversation::types::{InboxHealth, Millis};
use conversation::{Result, Store};

/// Work that waits in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// `email`, `whatsapp`… for deliveries; `notices`, `webhooks`.
    pub name: String,
    /// How much waits.
    pub waiting: i64,
    /// Since when the oldest waits, whatever the number of tries.
    pub oldest: Option<Millis>,
    /// Since when the oldest is due and nobody took it.
    pub overdue: Option<Millis>,
}

/// A group of workers that reads the event log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How many positions of the log it has not finished.
    pub behind: i64,
    /// When the first of them happened.
    pub oldest: Option<Millis>,
    /// How many events it put aside for good.
    pub dead: i64,
}

/// An inbox that is read or sent by.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct InboxState {
    /// Its id.
    pub id: String,
    /// Its channel.
    pub channel: String,
    /// Its name.
    pub name: String,
    /// How it is doing.
    pub health: InboxHealth,
    /// What its server said last.
    pub health_detail: String,
    /// What kind of trouble that is.
    pub health_code: String,
    /// Since when.
    pub health_at: Millis,
    /// When its mailbox was last read to its end.
    pub looked_at: Option<Millis>,
}

/// What the daily audit found on a mail server and nowhere here.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Unfiled {
    /// The inbox.
    pub inbox: String,
    /// Its name.
    pub name: String,
    /// The folder of its mailbox.
    pub folder: String,
    /// How many mails nobody has filed since.
    pub count: i64,
}

/// All of it at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// When this was read.
    pub at: Millis,
    /// The last position of the event log.
    pub head: i64,
    /// Deliveries by channel, notices, web hooks.
    pub queues: Vec<Queue>,
    /// Groups by name.
    pub groups: Vec<Group>,
    /// What waits in quarantine for a person.
    pub quarantine: i64,
    /// Inboxes that are switched on, by name.
    pub inboxes: Vec<InboxState>,
    /// Folders that were audited, those without a missing mail among them.
    pub unfiled: Vec<Unfiled>,
}

const QUEUES: &str = "SELECT channel, COUNT(*), MIN(queued_at), MIN(next_attempt_at) FROM deliveries WHERE state = 'queued' GROUP BY channel \
     UNION ALL SELECT 'notices', COUNT(*), MIN(created_at), MIN(next_attempt_at) FROM notices WHERE state = 'queued' \
     UNION ALL SELECT 'webhooks', COUNT(*), MIN(queued_at), MIN(next_attempt_at) FROM webhook_deliveries WHERE state = 'queued'";

const GROUPS: &str = "SELECT c.grp, c.low_water, (SELECT MIN(e.at) FROM events e WHERE e.position = c.low_water + 1), \
     (SELECT COUNT(*) FROM consumer_failures f WHERE f.grp = c.grp AND f.is_dead) FROM consumers c ORDER BY c.grp";

const INBOXES: &str = "SELECT i.id, i.channel, i.name, i.health, i.health_detail, i.health_code, i.health_at, l.at AS looked_at \
     FROM inboxes i LEFT JOIN mailbox_looks l ON l.inbox_id = i.id WHERE i.is_enabled ORDER BY i.name";

const UNFILED: &str = "SELECT i.id AS inbox, i.name, f.folder, f.audit_unfiled AS count \
     FROM mailbox_folders f JOIN inboxes i ON i.id = f.inbox_id WHERE i.is_enabled AND f.audit_unfiled IS NOT NULL ORDER BY i.name, f.folder";

impl Figures {
    /// Reads them.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn read(store: &Store) -> Result<Figures> {
        let (db, at) = (store.db(), store.now());
        let head = store.head().await?;
        let queues: Vec<(String, i64, Option<i64>, Option<i64>)> = sql(QUEUES).all(db).await?;
        let groups: Vec<(String, i64, Option<i64>, i64)> = sql(GROUPS).all(db).await?;
        let (quarantine,): (i64,) = sql("SELECT COUNT(*) FROM quarantine WHERE settled_at IS NULL")
            .one(db)
            .await?;
        Ok(Figures {
            at,
            head,
            queues: queues
                .into_iter()
                .map(|(name, waiting, oldest, due)| Queue {
                    name,
                    waiting,
                    oldest,
                    overdue: due.filter(|due| *due <= at),
                })
                .collect(),
            groups: groups
                .into_iter()
                .map(|(name, low, oldest, dead)| Group {
                    name,
                    behind: (head - low).max(0),
                    oldest,
                    dead,
                })
                .collect(),
            quarantine,
            inboxes: sql(INBOXES).all(db).await?,
            unfiled: sql(UNFILED).all(db).await?,
        })
    }

    /// For how long the first unfinished event of the slowest group waits, in milliseconds.
    #[must_use]
    pub fn lag(&self) -> Millis {
        let oldest = self.groups.iter().filter_map(|group| group.oldest).min();
        oldest.map_or(0, |at| (self.at - at).max(0))
    }

    /// How many events were put aside.
    #[must_use]
    pub fn dead(&self) -> i64 {
        self.groups.iter().map(|group| group.dead).sum()
    }
}
