//! The process dies at each step of taking a web hook, of fetching a file and of sending; what comes after
//! must look as if it never had.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Context as _;
use channels::whatsapp::standin::{Config, HookStatus, Incoming, Standin, User};
use serde_json::{Value, json};
use sqlx::SqlitePool;
use tests::harness::{App, Running, eventually, http};

use crate::crowd::set_up;

const PATIENCE: Duration = Duration::from_secs(30);
const LEASE: i64 = conversation::deliveries::LEASE;

pub(super) struct World {
    pub(super) gateway: Running,
    pub(super) standin: Standin,
    config: Config,
    token: String,
    pub(super) inbox: String,
    pub(super) pool: SqlitePool,
    rosa: User,
}

impl World {
    pub(super) async fn new() -> anyhow::Result<World> {
        let config = Config::default();
        let standin = Standin::start_with(config.clone()).await?;
        let gateway = App::new()?.start().await?;
        let inbox = set_up(&gateway, &standin).await?;
        standin.set_target(gateway.url(&format!("/webhooks/whatsapp/{inbox}")));
        let token = gateway
            .command(&["token", "create", "--role", "administrator", "--name", "crash"], "")
            .await?;
        let token = match token.success() {
            Ok(token) => token,
            Err(_) => gateway
                .command(&["token", "create", "--role", "administrator"], "")
                .await?
                .success()?,
        };
        let path = gateway.folder().join("data/switchboard.db");
        let pool = SqlitePool::connect(&format!("sqlite:{}", path.display())).await?;
        // People answer here; the bot would only mix its own words in.
        sqlx::query("UPDATE inboxes SET bot_enabled = FALSE")
            .execute(&pool)
            .await?;
        Ok(World {
            gateway,
            standin,
            config,
            token: token.trim().to_owned(),
            inbox,
            pool,
            rosa: User::new("5511987654321", "Rosa"),
        })
    }

    pub(super) async fn die_at(&mut self, point: &str) -> anyhow::Result<()> {
        self.gateway.terminate().await?;
        self.gateway.set_env("SWITCHBOARD_FAULT", Some(point));
        self.gateway.start().await
    }

    pub(super) async fn dead(&mut self, point: &str) -> anyhow::Result<()> {
        self.gateway
            .ended(PATIENCE)
            .await
            .with_context(|| format!("{point} did not stop it"))?;
        self.rise().await
    }

    /// Begins again after a death.
    pub(super) async fn rise(&mut self) -> anyhow::Result<()> {
        self.gateway.set_env("SWITCHBOARD_FAULT", None);
        // What the dead one had taken is leased to it for a while; that while is over now.
        let now = (self.config.clock)();
        sqlx::query("UPDATE deliveries SET lease_until = 0 WHERE state = 'queued' AND lease_until < $1")
            .bind(now + LEASE)
            .execute(&self.pool)
            .await?;
        sqlx::query("UPDATE attachments SET fetch_at = 0 WHERE fetch_at IS NOT NULL")
            .execute(&self.pool)
            .await?;
        self.gateway.start().await
    }

    async fn fetched(&self) {
        eventually("files that are fetched", async || {
            let open = self
                .text("SELECT id FROM attachments WHERE fetch_at IS NOT NULL OR sha256 = ''")
                .await
                .ok()?;
            open.is_empty().then_some(())
        })
        .await;
    }

    pub(super) async fn text(&self, query: &'static str) -> anyhow::Result<Vec<String>> {
        Ok(sqlx::query_scalar(query).fetch_all(&self.pool).await?)
    }

    pub(super) async fn api(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let method = reqwest::Method::from_bytes(method.as_bytes())?;
        let request = http()
            .request(method, self.gateway.url(&format!("/api/v1{path}")))
            .bearer_auth(&self.token);
        let answer = request.header("content-type", kind).body(body).send().await?;
        Ok((answer.status().as_u16(), answer.bytes().await?.to_vec()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_death_while_a_web_hook_is_taken_loses_and_repeats_nothing() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let points = [
        "hook.stored",
        "ingest.before_write",
        "commit.before",
        "commit.after",
        "hook.filed",
        "hook.done",
    ];
    for (number, point) in points.iter().enumerate() {
        world.die_at(point).await?;
        let picture = vec![0xff, 0xd8, 0xff, u8::try_from(number)?];
        let words = format!("at {point}");
        let letters = vec![
            (world.rosa.clone(), Incoming::Text(words.clone())),
            (world.rosa.clone(), Incoming::Image(picture.into(), Some(words.clone()))),
        ];
        // Nobody answers: Meta delivers it again.
        let first = world.standin.batch(letters, true).await;
        assert!(
            first.is_err() || first.is_ok_and(|posted| posted.status != 200),
            "{point}: it was acknowledged"
        );
        world.dead(point).await?;
        for _ in 0..2 {
            assert_eq!(world.standin.repeat().await?.status, 200, "{point}");
        }
        let filed: Vec<String> = sqlx::query_scalar("SELECT id FROM messages WHERE kind = 'inbound' AND text = $1")
            .bind(&words)
            .fetch_all(&world.pool)
            .await?;
        assert_eq!(filed.len(), 2, "{point}: both, once");
    }
    // The files come, too, even where the one that fetches them dies.
    world.fetched().await;
    world.die_at("file.fetched").await?;
    let last = Incoming::Image(vec![0xff, 0xd8, 0xff, 9].into(), None);
    world.standin.inbound(&world.rosa, last).await.ok();
    world.dead("file.fetched").await?;
    if world
        .text("SELECT id FROM messages WHERE external_id LIKE 'wamid.%' AND text = '📷'")
        .await?
        .is_empty()
    {
        world.standin.repeat().await?;
    }
    world.fetched().await;
    let files = world.text("SELECT id FROM attachments ORDER BY id").await?;
    assert_eq!(files.len(), points.len() + 1);
    for (number, id) in files.iter().enumerate() {
        let (status, bytes) = world.api("GET", &format!("/attachments/{id}"), "", Vec::new()).await?;
        let last = u8::try_from(if number == points.len() { 9 } else { number })?;
        assert_eq!(
            (status, bytes.as_slice()),
            (200, &[0xff, 0xd8, 0xff, last][..]),
            "the same bytes"
        );
    }
    let gaps: i64 = sqlx::query_scalar("SELECT MAX(position) - COUNT(*) FROM events")
        .fetch_one(&world.pool)
        .await?;
    assert_eq!(gaps, 0, "positions are dense");
    assert_eq!(world.text("SELECT id FROM contacts").await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_death_while_an_answer_is_sent_never_sends_a_part_twice() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    assert_eq!(
        world
            .standin
            .inbound(&world.rosa, Incoming::Text("Mande o manual".to_owned()))
            .await?
            .status,
        200
    );
    let conversation = world.text("SELECT id FROM conversations").await?.remove(0);
    let path = format!("/conversations/{conversation}/messages");
    let long = "Abra a tampa e puxe o papel devagar. ".repeat(180);
    // The count lets so many passes through, so that the death is between other parts each time.
    let points = [
        "reply.before_commit",
        "reply.after_commit",
        "dispatch.before_send",
        "whatsapp.part_kept",
        "whatsapp.part_kept:1",
        "whatsapp.part_kept:2",
        "whatsapp.part_kept:3",
        "dispatch.after_send",
    ];
    for (number, point) in points.iter().enumerate() {
        let before = world.standin.accepted().len();
        world.die_at(point).await?;
        let manual = format!("manual {number}").into_bytes();
        let (status, file) = world
            .api("POST", "/attachments?name=manual.txt", "text/plain", manual.clone())
            .await?;
        assert_eq!(status, 201);
        let file: Value = serde_json::from_slice(&file)?;
        let id = format!("01ARZ3NDEKTSV4RRFFQ69G5F{number:02}");
        let body = json!({ "id": id, "text": long, "attachments": [file["id"]] }).to_string();
        let written = world
            .api("POST", &path, "application/json", body.clone().into_bytes())
            .await;
        world.dead(point).await?;
        if written.is_err() {
            // The answer was lost with the process: the same request again is the same message.
            let (status, _) = world.api("POST", &path, "application/json", body.into_bytes()).await?;
            assert!(matches!(status, 200 | 201), "{point}: {status}");
        }
        // Meta says what became of what it took, and that lets the rest go.
        let mut told = HashSet::new();
        eventually("an answer that is sent, or said to be in doubt", async || {
            for message in world.standin.accepted().into_iter().skip(before) {
                if told.insert(message.wamid.clone()) {
                    world.standin.statuses(&message.wamid, &[HookStatus::Sent]).await.ok()?;
                }
            }
            let state: Option<String> = sqlx::query_scalar("SELECT state FROM deliveries WHERE message_id = $1")
                .bind(&id)
                .fetch_optional(&world.pool)
                .await
                .ok()?;
            matches!(state.as_deref(), Some("sent" | "unknown" | "failed")).then_some(())
        })
        .await;
        let parts: Vec<String> = world
            .standin
            .accepted()
            .iter()
            .skip(before)
            .map(|one| one.body["biz_opaque_callback_data"].to_string())
            .collect();
        let distinct: HashSet<&String> = parts.iter().collect();
        assert_eq!(parts.len(), distinct.len(), "{point}: twice");
        let state: String = sqlx::query_scalar("SELECT state FROM deliveries WHERE message_id = $1")
            .bind(&id)
            .fetch_one(&world.pool)
            .await?;
        assert!(parts.len() <= 3, "{point}: {parts:?}");
        assert!(
            state != "sent" || parts.len() == 3,
            "{point}: said to be sent with {} of 3 parts",
            parts.len()
        );
        if parts.len() == 3 {
            let sent = world.standin.accepted();
            let document = sent
                .iter()
                .skip(before)
                .find(|one| one.body["type"] == "document")
                .context("a document")?;
            let media = document.body["document"]["id"].as_str().context("an id")?;
            assert_eq!(
                world.standin.media(media).context("its bytes")?.to_vec(),
                manual,
                "{point}"
            );
        }
    }
    assert_eq!(
        world
            .text("SELECT id FROM messages WHERE kind = 'outbound'")
            .await?
            .len(),
        points.len(),
        "each once"
    );
    let (status, inbox) = world
        .api("GET", &format!("/inboxes/{}", world.inbox), "", Vec::new())
        .await?;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&inbox));
    Ok(())
}
