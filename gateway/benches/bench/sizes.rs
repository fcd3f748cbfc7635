//! What the benches of sizes share: an installation filled by a few statements, served on loopback, asked the same with
//! few things in it and with many, on both databases.

use std::time::Instant;

use anyhow::ensure;
use conversation::Env;
use conversation::db::sql;
use conversation::store::Tx;
use conversation::types::{Actor, Channel, Language, Role};
use gateway::app::App;
use gateway::config::Config;
use gateway::people::agents::{self, Agent, NewAgent};
use gateway::people::sessions;
use tests::harness::{Postgres, WorkDir, http};
use tokio::task::JoinHandle;

use crate::report::{Aim, Report, percentile};

/// The numbers from 1 to `$1` as the table `n (i)`, for statements that fill.
pub(crate) const NUMBERS: &str =
    "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)";

/// What was asked, and its p50 and p99 in milliseconds.
pub(crate) type Times = Vec<(&'static str, f64, f64)>;

/// An installation of its own; SQLite unless `url` names a database. The folder goes with the second.
pub(crate) async fn open(name: &'static str, url: Option<String>) -> anyhow::Result<(App, WorkDir)> {
    let folder = WorkDir::new(name)?;
    let mut config = Config::default();
    config.data.dir = folder.path().join("data");
    config.database.url = url;
    Ok((App::open(config, Env::system()).await?, folder))
}

/// Somebody of the business.
pub(crate) async fn agent(app: &App, name: &str, role: Role) -> anyhow::Result<Agent> {
    let new = NewAgent {
        email: format!("{}@shop.example", name.to_lowercase()),
        name: name.to_owned(),
        role,
        language: Language::En,
    };
    Ok(agents::create(&app.store, &Actor::System, new).await?)
}

/// The cookie of an agent who is signed in.
pub(crate) async fn signed_in(app: &App, agent: &Agent) -> anyhow::Result<String> {
    let secret = sessions::create(&app.store, &agent.id, "bench", sessions::Proof::Password).await?;
    Ok(format!("switchboard-session={secret}"))
}

/// The inbox `inbox`, to which everything that is filled in came by mail.
pub(crate) async fn inbox(tx: &mut Tx) -> anyhow::Result<()> {
    sql("INSERT INTO inboxes (id, channel, name, language, settings, address, is_enabled, bot_enabled, health, health_detail, health_at, created_at) VALUES ('inbox', $1, 'bench', 'en', $2, 'support@shop.example', $3, $4, 'ok', '', 0, 0)")
        .bind(Channel::Email)
        .bind(Vec::<u8>::new())
        .bind(true)
        .bind(false)
        .run(tx)
        .await?;
    Ok(())
}

/// Sets the counters to what was filled in.
pub(crate) async fn counted(tx: &mut Tx, conversations: i64) -> anyhow::Result<()> {
    sql("UPDATE counters SET value = (SELECT MAX(position) FROM events) WHERE name = 'position'")
        .run(&mut *tx)
        .await?;
    sql("UPDATE counters SET value = $1 WHERE name = 'conversation'")
        .bind(conversations)
        .run(tx)
        .await?;
    Ok(())
}

/// An installation that answers on loopback.
pub(crate) struct Served {
    pub(crate) base: String,
    server: JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub(crate) async fn start(app: &App) -> anyhow::Result<Served> {
        let handle = metrics_exporter_prometheus::PrometheusBuilder::new()
            .build_recorder()
            .handle();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let routes = gateway::router::routes(app, handle);
        let server = tokio::spawn(async move {
            let service = routes.into_make_service_with_connect_info::<std::net::SocketAddr>();
            axum::serve(listener, service).await
        });
        Ok(Served { base, server })
    }

    /// A page as somebody with this cookie gets it.
    pub(crate) async fn get(&self, path: &str, cookie: &str) -> anyhow::Result<String> {
        let request = http().get(format!("{}{path}", self.base)).header("cookie", cookie);
        let body = request.send().await?.error_for_status()?.bytes().await?;
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// How long pages take: what, path, and what must stand in the answer; each `warm` times before it counts.
    pub(crate) async fn ask(
        &self,
        cookie: &str,
        warm: usize,
        asked: usize,
        pages: &[(&'static str, &str, &str)],
    ) -> anyhow::Result<Times> {
        let mut times = Times::new();
        for (what, path, wanted) in pages {
            let mut taken = Vec::with_capacity(asked);
            for number in 0..warm + asked {
                let began = Instant::now();
                let text = self.get(path, cookie).await?;
                if number >= warm {
                    taken.push(began.elapsed().as_secs_f64() * 1000.0);
                }
                ensure!(text.contains(wanted), "{what} {number}: nothing of what was asked for");
            }
            times.push(quantiles(what, taken));
        }
        Ok(times)
    }

    pub(crate) fn stop(self) {
        self.server.abort();
    }
}

/// p50 and p99 of what was taken.
pub(crate) fn quantiles(what: &'static str, mut taken: Vec<f64>) -> (&'static str, f64, f64) {
    taken.sort_by(f64::total_cmp);
    (what, percentile(&taken, 0.5), percentile(&taken, 0.99))
}

/// A fresh database of an engine; none is SQLite in a folder.
pub(crate) async fn fresh(engine: &str, postgres: &Postgres) -> anyhow::Result<Option<String>> {
    Ok(match engine {
        "SQLite" => None,
        _ => Some(postgres.fresh_database().await?),
    })
}

/// Writes the times of many beside those of few, which are the floor. `words` says what was measured.
pub(crate) fn compare(
    report: &mut Report,
    part: &'static str,
    few: Times,
    many: Times,
    words: impl Fn(&str) -> String,
    most: impl Fn(&str, f64) -> f64,
) {
    for ((what, few_50, few_99), (_, many_50, many_99)) in few.into_iter().zip(many) {
        for (which, few, many) in [("p50", few_50, many_50), ("p99", few_99, many_99)] {
            let words = format!("{}, {which}", words(what));
            report.add(part, words, many, "ms", Some(few), Some(Aim::Below(most(what, few))));
        }
    }
}
