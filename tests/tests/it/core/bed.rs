//! Where a flow runs: a store on a fresh database of its own, a clock that only the test moves, and
//! short ways to make what flows need.

use std::sync::atomic::{AtomicU64, Ordering};

use conversation::blobs::{Blobs, folder};
use conversation::conversations::Conversation;
use conversation::db::{Db, sql};
use conversation::deliveries::{self, Delivery};
use conversation::env::FakeClock;
use conversation::inbound::{IdentityClaim, InboundMessage, Sender, ThreadHints};
use conversation::inboxes::{self, NewInbox};
use conversation::ingest::{Filed, Outcome, ingest};
use conversation::keys::Keys;
use conversation::reply::{NewReply, Replied, ReplyKind, reply};
use conversation::types::{
    Actor, AgentId, Auto, Channel, ConversationId, IdentityKind, InboxId, Language, MatchedBy, MessageId, Millis,
};
use conversation::{Env, Error, Store, access};
use tests::harness::postgres;
use tokio::sync::OnceCell;

/// Runs each flow as two named tests, one on each database.
macro_rules! both {
    ($($flow:ident),+ $(,)?) => {$(
        mod $flow {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_sqlite() {
                super::$flow($crate::core::bed::Bed::sqlite().await).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_postgres() {
                super::$flow(tests::need!($crate::core::bed::Bed::postgres().await)).await;
            }
        }
    )+};
}
pub(crate) use both;

/// A Saturday in the past; every test begins then.
pub(crate) const NOON: Millis = 1_700_913_600_000;
pub(crate) const SECOND: Millis = 1_000;
pub(crate) const HOUR: Millis = 3_600_000;

pub(crate) struct Bed {
    pub(crate) store: Store,
    pub(crate) clock: FakeClock,
    pub(crate) url: String,
    files: tempfile::TempDir,
    seed: AtomicU64,
}

impl Bed {
    pub(crate) async fn sqlite() -> Bed {
        static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
        let template = TEMPLATE
            .get_or_init(async || {
                let files = tempfile::tempdir().expect("a temporary folder");
                let path = files.path().join("data.sqlite");
                let db = Db::connect(&format!("sqlite:{}", path.display()), 1)
                    .await
                    .expect("a file");
                db.migrate().await.expect("the schema");
                // Closing moves the journal into the file.
                db.close().await;
                std::fs::read(path).expect("the file")
            })
            .await;
        let files = tempfile::tempdir().expect("a temporary folder");
        let path = files.path().join("data.sqlite");
        std::fs::write(&path, template).expect("a copy");
        Bed::on(format!("sqlite:{}", path.display()), files).await
    }

    pub(crate) async fn postgres() -> anyhow::Result<Bed> {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let server = postgres().await?;
        let template = TEMPLATE
            .get_or_try_init(async || {
                let url = server.fresh_database().await?;
                let db = Db::connect(&url, 2).await?;
                db.migrate().await?;
                db.close().await;
                let name = url.rsplit('/').next().and_then(|rest| rest.split('?').next());
                anyhow::Ok(name.unwrap_or_default().to_owned())
            })
            .await?;
        let url = server.fresh_database_like(template).await?;
        Ok(Bed::on(url, tempfile::tempdir()?).await)
    }

    async fn on(url: String, files: tempfile::TempDir) -> Bed {
        let clock = FakeClock::new(NOON);
        let store = open(&url, files.path(), &clock, 1).await;
        Bed {
            store,
            clock,
            url,
            files,
            seed: AtomicU64::new(1),
        }
    }

    /// Another process on the same data, as far as the core can tell.
    pub(crate) async fn second(&self) -> Store {
        let seed = self.seed.fetch_add(1, Ordering::Relaxed) + 1;
        open(&self.url, self.files.path(), &self.clock, seed).await
    }

    pub(crate) async fn inbox(&self, channel: Channel, bot_enabled: bool) -> InboxId {
        let name = format!("{channel}-{}", self.store.env().ulid());
        let address = if channel == Channel::Email {
            "support@example.test"
        } else {
            "account"
        };
        let new = NewInbox {
            channel,
            name,
            language: Language::Pt,
            address: address.to_owned(),
            bot_enabled,
            settings: serde_json::json!({}),
        };
        inboxes::create(&self.store, &Actor::System, new)
            .await
            .expect("an inbox")
    }

    /// An agent with this id.
    pub(crate) async fn agent(&self, id: &str) -> Actor {
        let mut tx = self.store.begin().await.expect("begin");
        sql("INSERT INTO agents (id, email, name, role, language, is_enabled, created_at) VALUES ($1, $2, $3, 'agent', 'en', $4, $5)")
            .bind(id)
            .bind(format!("{id}@example.test"))
            .bind(format!("Agent {id}"))
            .bind(id != "disabled")
            .bind(NOON)
            .run(&mut tx)
            .await
            .expect("an agent");
        tx.commit_silently().await.expect("commit");
        Actor::Agent(AgentId::from(id))
    }

    pub(crate) async fn file(&self, message: &InboundMessage) -> Filed {
        let mut filed = ingest(&self.store, std::slice::from_ref(message))
            .await
            .expect("ingest");
        assert_eq!(filed.len(), 1);
        filed.remove(0)
    }

    /// Files it and says where it is and why.
    pub(crate) async fn place(&self, message: &InboundMessage) -> (ConversationId, MatchedBy) {
        let filed = self.file(message).await;
        assert!(
            matches!(filed.outcome, Outcome::Created | Outcome::Appended),
            "{filed:?} {:?}",
            self.quarantine().await
        );
        (filed.conversation.expect("filed"), filed.matched_by.expect("matched"))
    }

    /// Makes the contacts of two conversations one.
    pub(crate) async fn one_person(&self, one: &ConversationId, other: &ConversationId) {
        let (winner, loser) = (
            self.conversation(one).await.contact_id,
            self.conversation(other).await.contact_id,
        );
        conversation::contacts::merge(&self.store, &Actor::System, &winner, &loser)
            .await
            .expect("merged");
    }

    pub(crate) async fn conversation(&self, id: &ConversationId) -> Conversation {
        access::conversation(self.store.db(), &Actor::System, id)
            .await
            .expect("the conversation")
    }

    pub(crate) async fn say(&self, actor: &Actor, conversation: &ConversationId, text: &str) -> Replied {
        reply(&self.store, actor, self.words(conversation, text))
            .await
            .expect("a reply")
    }

    pub(crate) fn words(&self, conversation: &ConversationId, text: &str) -> NewReply {
        NewReply {
            id: MessageId::from(self.store.env().ulid()),
            conversation: conversation.clone(),
            kind: ReplyKind::Customer,
            text: text.to_owned(),
            cards: Vec::new(),
            attachments: Vec::new(),
            seen: None,
        }
    }

    pub(crate) async fn delivery(&self, message: &MessageId) -> Delivery {
        let mut found = deliveries::of_messages(self.store.db(), std::slice::from_ref(message))
            .await
            .expect("deliveries");
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    /// A number that a query counts.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        let (count,): (i64,) = sql(query).one(self.store.db()).await.expect(query);
        count
    }

    pub(crate) async fn quarantine(&self) -> Vec<String> {
        let entries = conversation::quarantine::list(self.store.db(), 100)
            .await
            .expect("a list");
        entries.into_iter().map(|entry| entry.reason).collect()
    }

    /// What must hold after anything: positions without holes, counts that match rows, one row for
    /// each thing that arrived, nothing in a conversation that is part of another.
    pub(crate) async fn check(&self) {
        // In one look: what somebody asked for who went away may still be written.
        let (count, lowest, highest, head): (i64, Option<i64>, Option<i64>, i64) =
            sql("SELECT COUNT(*), MIN(position), MAX(position), (SELECT value FROM counters WHERE name = 'position') FROM events")
                .one(self.store.db())
                .await
                .expect("events");
        assert_eq!(lowest.unwrap_or(1), 1, "positions begin at one");
        assert_eq!(highest.unwrap_or(0), count, "positions are dense");
        assert_eq!(head, count, "the head is the last position");
        let wrong: Vec<(String, i64, i64)> = sql("SELECT c.id, c.message_count, (SELECT COUNT(*) FROM messages m WHERE m.conversation_id = c.id) FROM conversations c WHERE c.message_count <> (SELECT COUNT(*) FROM messages m WHERE m.conversation_id = c.id)")
            .all(self.store.db())
            .await
            .expect("counts");
        assert!(
            wrong.is_empty(),
            "message_count is not the number of messages: {wrong:?}"
        );
        for (what, query) in [
            (
                "messages in a merged conversation",
                "SELECT COUNT(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.merged_into IS NOT NULL",
            ),
            (
                "deliveries apart from their message",
                "SELECT COUNT(*) FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE m.conversation_id <> d.conversation_id",
            ),
            (
                "identities of a merged contact",
                "SELECT COUNT(*) FROM identities i JOIN contacts c ON c.id = i.contact_id WHERE c.merged_into IS NOT NULL",
            ),
            (
                "conversations of a merged contact",
                "SELECT COUNT(*) FROM conversations v JOIN contacts c ON c.id = v.contact_id WHERE c.merged_into IS NOT NULL",
            ),
            (
                "resolved without a time, or the other way round",
                "SELECT COUNT(*) FROM conversations WHERE (status = 'resolved') <> (resolved_at IS NOT NULL)",
            ),
            (
                "a snooze without a time, or the other way round",
                "SELECT COUNT(*) FROM conversations WHERE (status = 'snoozed') <> (snoozed_until IS NOT NULL)",
            ),
            (
                "counts that are not the number of conversations",
                "SELECT COUNT(*) FROM (SELECT status, level, assignee_id, team_id, n FROM tallies WHERE n <> 0 EXCEPT SELECT status, level, COALESCE(assignee_id, ''), COALESCE(team_id, ''), COUNT(*) FROM conversations WHERE merged_into IS NULL AND quiet_since IS NULL GROUP BY 1, 2, 3, 4) AS wrong",
            ),
            (
                "conversations that no count knows",
                "SELECT COUNT(*) FROM (SELECT status, level, COALESCE(assignee_id, ''), COALESCE(team_id, ''), COUNT(*) FROM conversations WHERE merged_into IS NULL AND quiet_since IS NULL GROUP BY 1, 2, 3, 4 EXCEPT SELECT status, level, assignee_id, team_id, n FROM tallies WHERE n <> 0) AS missing",
            ),
            (
                "conversations without events",
                "SELECT COUNT(*) FROM conversations WHERE position = 0",
            ),
        ] {
            assert_eq!(self.count(query).await, 0, "{what}");
        }
    }
}

async fn open(url: &str, files: &std::path::Path, clock: &FakeClock, seed: u64) -> Store {
    let db = Db::connect(url, 8).await.expect("a database");
    let blobs = Blobs::new(db.clone(), folder(files).expect("a folder"));
    let keys = Keys::new(vec![[7; 32]]).expect("a key");
    Store::new(db, blobs, Env::fixed(clock.clone(), seed), keys)
}

pub(crate) fn message(
    channel: Channel,
    inbox: &InboxId,
    kind: IdentityKind,
    from: &str,
    id: &str,
    text: &str,
) -> InboundMessage {
    InboundMessage {
        inbox: inbox.clone(),
        channel,
        external_id: id.to_owned(),
        sent_at: NOON,
        from: Sender {
            identities: vec![IdentityClaim {
                kind,
                value: from.to_owned(),
                verified: true,
            }],
            address: None,
            name: None,
            language: None,
        },
        recipients: Vec::new(),
        subject: None,
        text: text.to_owned(),
        reply: None,
        html: None,
        attachments: Vec::new(),
        thread: ThreadHints::default(),
        auto: Auto::None,
        bounce: None,
        answer: None,
        raw: None,
        cursor: None,
        quarantined: None,
        judged: None,
        extra: None,
        opening: None,
    }
}

pub(crate) fn mail(inbox: &InboxId, from: &str, id: &str, text: &str) -> InboundMessage {
    let mut mail = message(Channel::Email, inbox, IdentityKind::Email, from, id, text);
    mail.subject = Some("Toner".to_owned());
    mail
}

pub(crate) fn whatsapp(inbox: &InboxId, from: &str, id: &str, text: &str) -> InboundMessage {
    message(Channel::Whatsapp, inbox, IdentityKind::Whatsapp, from, id, text)
}

pub(crate) fn webchat(inbox: &InboxId, visitor: &str, id: &str, text: &str) -> InboundMessage {
    message(Channel::Webchat, inbox, IdentityKind::Visitor, visitor, id, text)
}

pub(crate) fn portal(inbox: &InboxId, user: &str, id: &str, text: &str) -> InboundMessage {
    message(Channel::Portal, inbox, IdentityKind::Portal, user, id, text)
}

/// The words of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome.expect_err("it is refused") {
        Error::Invalid(words) | Error::Conflict(words) => words,
        Error::NotFound => "not found".to_owned(),
        other => panic!("refused, but as a fault: {other:?}"),
    }
}
