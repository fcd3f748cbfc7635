//! The inbox over many conversations, beside the same over a thousand: list, open, search, assign by
//! real requests. A business that grows must not feel it.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use conversation::db::{composed_sql, placeholders, sql};
use conversation::types::Role;
use conversation::{Store, tallies};
use gateway::app::App;
use reqwest::Client;
use tests::harness::{Postgres, WorkDir, http};

use crate::report::{Aim, Report};
use crate::setup;
use crate::sizes::{self, NUMBERS, Served, Times, quantiles};

const PART: &str = "inbox: the same request over many conversations and over 1,000 (the floor)";
const SMALL: i64 = 1_000;
const MESSAGES_EACH: i64 = 10;
/// One in so many is open; the others are resolved.
const OPEN: i64 = 10;
/// One in so many of these is mine, the others nobody's.
const MINE: i64 = 3;
const TEXTS: usize = 20_000;
const WARM: usize = 20;
const ASKED: usize = 500;
/// How much slower many may be than a thousand.
const FLAT: f64 = 1.5;
/// In milliseconds: a search feels instant.
const SOON: f64 = 50.0;

const LIST: &str = "list";
const BY_URGENCY: &str = "list by urgency";
const OPENING: &str = "open";
const SEARCH: &str = "search";
const SEARCH_RARE: &str = "search for any words";
const ASSIGN: &str = "assign";

/// Words that mail is made of: few are frequent, most are rare.
fn texts() -> Vec<String> {
    const SYLLABLES: [&str; 24] = [
        "ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo", "bre", "cla", "dri", "flo",
        "gra", "pla", "pri", "sto", "tra", "tru",
    ];
    let mut state = 7_u64;
    let mut below = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    };
    (0..TEXTS)
        .map(|_| {
            let mut words = Vec::new();
            for _ in 0..30 {
                let range = match below(10) {
                    0..=4 => 200,
                    5..=8 => 4_000,
                    _ => 60_000,
                };
                let mut number = below(range) + range;
                let mut word = String::new();
                while number > 0 {
                    word.push_str(SYLLABLES[number % SYLLABLES.len()]);
                    number /= SYLLABLES.len();
                }
                words.push(word);
            }
            words.join(" ")
        })
        .collect()
}

/// Fills a database as years of work would, with few statements.
async fn fill(store: &Store, me: &str, conversations: i64) -> anyhow::Result<()> {
    let now = store.now();
    let mut tx = store.begin().await?;
    sql("CREATE TABLE bench_texts (i BIGINT PRIMARY KEY, body TEXT NOT NULL)")
        .run(&mut tx)
        .await?;
    for (part, bodies) in texts().chunks(50).enumerate() {
        let rows = bodies.len();
        let mut insert = composed_sql(format!(
            "INSERT INTO bench_texts (i, body) VALUES {}",
            placeholders(rows, 2, 0)
        ));
        for (number, body) in bodies.iter().enumerate() {
            insert = insert.bind(i64::try_from(part * 50 + number)?).bind(body.as_str());
        }
        insert.run(&mut tx).await?;
    }
    sizes::inbox(&mut tx).await?;
    let numbers = NUMBERS;
    let id = "CAST(1000000000 + n.i AS TEXT)";
    composed_sql(format!("INSERT INTO contacts (id, name, language, created_at, updated_at) {numbers} SELECT 'P' || {id}, 'Customer ' || n.i, 'en', 0, 0 FROM n"))
        .bind(conversations)
        .run(&mut tx)
        .await?;
    composed_sql(format!("INSERT INTO identities (id, contact_id, kind, value, is_verified, source, created_at) {numbers} SELECT 'I' || {id}, 'P' || {id}, 'email', 'customer' || n.i || '@example.org', $2, 'email', 0 FROM n"))
        .bind(conversations)
        .bind(true)
        .run(&mut tx)
        .await?;
    composed_sql(format!(
        "INSERT INTO conversations (id, number, contact_id, inbox_id, channel, subject, language, status, level, assignee_id, priority, reply_address, preview, message_count, waiting_since, last_inbound_at, last_message_at, resolved_at, version, position, created_at, updated_at)
         {numbers} SELECT 'C' || {id}, n.i, 'P' || {id}, 'inbox', 'email', 'Matter ' || n.i, 'en',
            CASE WHEN n.i % {OPEN} = 0 THEN 'open' ELSE 'resolved' END, 'N1', CASE WHEN n.i % {} = 0 THEN $2 END,
            CASE WHEN n.i % 17 = 0 THEN 'urgent' WHEN n.i % 5 = 0 THEN 'high' ELSE 'normal' END, 'customer' || n.i || '@example.org', SUBSTR(t.body, 1, 120), {MESSAGES_EACH},
            CASE WHEN n.i % {OPEN} = 0 THEN $3 - ($1 - n.i) * 1000 END, $3 - ($1 - n.i) * 1000, $3 - ($1 - n.i) * 1000,
            CASE WHEN n.i % {OPEN} = 0 THEN NULL ELSE $3 END, 1, n.i * {MESSAGES_EACH}, 0, $3 - ($1 - n.i) * 1000
         FROM n JOIN bench_texts t ON t.i = n.i % {TEXTS}",
        OPEN * MINE
    ))
    .bind(conversations)
    .bind(me)
    .bind(now)
    .run(&mut tx)
    .await?;
    composed_sql(format!(
        "INSERT INTO messages (id, conversation_id, kind, channel, inbox_id, author_kind, author_id, text, cards, auto, sent_at, at, created_at)
         WITH RECURSIVE k(j) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT j + 1 FROM k WHERE j < {MESSAGES_EACH})
         SELECT 'M' || CAST(10000000000 + c.number * 10 + k.j AS TEXT), c.id, CASE WHEN k.j % 2 = 0 THEN 'outbound' ELSE 'inbound' END, 'email', 'inbox',
            CASE WHEN k.j % 2 = 0 THEN 'agent' ELSE 'contact' END, CASE WHEN k.j % 2 = 0 THEN $1 ELSE c.contact_id END, t.body, '[]', 'none',
            c.last_message_at - (10 - k.j) * 60000, c.last_message_at - (10 - k.j) * 60000, 0
         FROM conversations c CROSS JOIN k JOIN bench_texts t ON t.i = (c.number * 31 + k.j * 7919) % {TEXTS}"
    ))
    .bind(me)
    .run(&mut tx)
    .await?;
    sql("INSERT INTO events (position, kind, conversation_id, subject_id, actor, at, data) SELECT c.number * 10 + CAST(SUBSTR(m.id, 11) AS BIGINT) % 10 - 9, 'message.created', c.id, m.id, '{\"kind\":\"system\"}', 0, '{}' FROM conversations c JOIN messages m ON m.conversation_id = c.id ON CONFLICT DO NOTHING")
        .run(&mut tx)
        .await?;
    sizes::counted(&mut tx, conversations).await?;
    tx.commit_silently().await?;
    setup::settle(store).await?;
    tallies::recount(store).await?;
    Ok(())
}

struct Bench {
    client: Client,
    base: String,
    cookie: String,
    csrf: String,
}

impl Bench {
    async fn get(&self, path: &str) -> anyhow::Result<String> {
        let answer = self
            .client
            .get(format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .header("hx-request", "true")
            .send()
            .await?
            .error_for_status()?;
        Ok(answer.text().await?)
    }

    /// To whoever asks, or to nobody again.
    async fn assign(&self, id: &str, is_mine: bool) -> anyhow::Result<String> {
        let action = if is_mine { "claim" } else { "assign" };
        let answer = self
            .client
            .post(format!("{}/inbox/c/{id}/{action}", self.base))
            .header("cookie", &self.cookie)
            .header("hx-request", "true")
            .header("x-csrf-token", &self.csrf)
            .header("content-type", "application/x-www-form-urlencoded")
            .body("agent=")
            .send()
            .await?
            .error_for_status()?;
        Ok(answer.text().await?)
    }
}

fn id(number: i64) -> String {
    format!("C{}", 1_000_000_000 + number)
}

/// An installation of one size that answers, and who asks it.
struct Filled {
    app: App,
    served: Served,
    bench: Bench,
    /// The list as a whole page.
    page: String,
    conversations: i64,
    _folder: WorkDir,
}

impl Filled {
    async fn new(url: Option<String>, conversations: i64) -> anyhow::Result<Filled> {
        let (app, folder) = sizes::open("bench-lists", url).await?;
        let me = sizes::agent(&app, "Ana", Role::Agent).await?;
        let began = Instant::now();
        fill(&app.store, me.id.as_str(), conversations).await?;
        let filled = began.elapsed();
        let began = Instant::now();
        app.search.catch_up(&app.store).await?;
        let built = began.elapsed();
        ensure!(
            i64::try_from(app.search.count())? >= conversations * MESSAGES_EACH,
            "not everything can be found"
        );
        eprintln!(
            "  {} {conversations} conversations: filled in {:.0} s, indexed in {:.0} s",
            app.store.db().engine(),
            filled.as_secs_f64(),
            built.as_secs_f64()
        );
        let served = Served::start(&app).await?;
        let mut bench = Bench {
            client: http().clone(),
            base: served.base.clone(),
            cookie: sizes::signed_in(&app, &me).await?,
            csrf: String::new(),
        };
        let page = bench.get("/inbox?tab=all").await?;
        bench.csrf = between(&page, "data-csrf=\"", "\"")
            .context("no token in the page")?
            .to_owned();
        Ok(Filled {
            app,
            served,
            bench,
            page,
            conversations,
            _folder: folder,
        })
    }

    /// One of those that are open, another one for each number.
    fn open(&self, number: usize) -> String {
        let step = self.conversations / OPEN;
        id((number as i64 * 7919 % step + 1) * OPEN)
    }

    /// One of those that are open and nobody's.
    fn unassigned(&self, number: usize) -> String {
        let step = self.conversations / OPEN;
        let open = number as i64 * 7919 % step + 1;
        id((open - i64::from(open % MINE == 0)) * OPEN)
    }

    /// How long one request takes, in milliseconds; its answer holds what was asked for.
    async fn ask(&self, what: &str, number: usize, words: &Words) -> anyhow::Result<f64> {
        let bench = &self.bench;
        let found = |words: String| format!("/inbox/list?tab=all&q={words}");
        let began = Instant::now();
        let (text, wanted) = match what {
            LIST => (bench.get("/inbox/list?tab=all").await?, "row-C"),
            BY_URGENCY => (bench.get("/inbox/list?tab=all&sort=priority").await?, "row-C"),
            OPENING => (
                bench.get(&format!("/inbox/c/{}/thread", self.open(number))).await?,
                "id=\"m-M",
            ),
            SEARCH => (bench.get(&found(words.frequent(number))).await?, "<mark>"),
            SEARCH_RARE => (bench.get(&found(words.any(number))).await?, "<mark>"),
            _ => {
                let id = self.unassigned(number / 2);
                (bench.assign(&id, number.is_multiple_of(2)).await?, "id=\"thread\"")
            }
        };
        let taken = began.elapsed().as_secs_f64() * 1000.0;
        ensure!(text.contains(wanted), "{what} {number}: nothing of what was asked for");
        Ok(taken)
    }

    async fn close(self) {
        self.served.stop();
        self.app.store.db().close().await;
    }
}

/// What is searched for: two words that stand together in a message of every size.
struct Words {
    texts: Vec<String>,
    /// How many of the texts hold a word.
    held_by: HashMap<String, usize>,
}

impl Words {
    fn new() -> Words {
        let texts = texts();
        let mut held_by = HashMap::new();
        for text in &texts {
            let distinct: HashSet<&str> = text.split(' ').collect();
            for word in distinct {
                *held_by.entry(word.to_owned()).or_default() += 1;
            }
        }
        Words { texts, held_by }
    }

    fn text(&self, number: usize) -> Vec<&str> {
        let text = (number % 90 + 1) * 31 + (number % 10 + 1) * 7919;
        self.texts[text % TEXTS].split(' ').collect()
    }

    /// The two words of a message that stand in most others: a page full of hits, in small and in large.
    fn frequent(&self, number: usize) -> String {
        let mut words = self.text(number);
        words.sort_by_key(|word| (Reverse(self.held_by.get(*word)), *word));
        words.dedup();
        format!("{}+{}", words[0], words[1])
    }

    /// Any two words of a message: few hits, or one.
    fn any(&self, number: usize) -> String {
        let words = self.text(number);
        format!("{}+{}", words[number % 30], words[(number * 7 + 3) % 30])
    }
}

/// Asks few and many by turns, so that whatever else the machine does meets both.
async fn by_turns(few: &Filled, many: &Filled, words: &Words) -> anyhow::Result<(Times, Times)> {
    let (mut of_few, mut of_many) = (Times::new(), Times::new());
    for what in [LIST, BY_URGENCY, OPENING, SEARCH, SEARCH_RARE, ASSIGN] {
        let (mut small, mut large) = (Vec::with_capacity(ASKED), Vec::with_capacity(ASKED));
        for number in 0..WARM + ASKED {
            let (one, other) = (
                few.ask(what, number, words).await?,
                many.ask(what, number, words).await?,
            );
            if number >= WARM {
                small.push(one);
                large.push(other);
            }
        }
        of_few.push(quantiles(what, small));
        of_many.push(quantiles(what, large));
    }
    Ok((of_few, of_many))
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let rest = &text[text.find(from)? + from.len()..];
    Some(&rest[..rest.find(to)?])
}

/// What a browser loads before an agent can work: the page, its style and its script.
async fn first_view(bench: &Bench, page: &str, report: &mut Report) -> anyhow::Result<()> {
    let mut paths = vec!["/inbox?tab=all".to_owned()];
    paths.extend(between(page, "rel=\"stylesheet\" href=\"", "\"").map(str::to_owned));
    paths.extend(between(page, "script src=\"", "\"").map(str::to_owned));
    ensure!(paths.len() == 3, "the page has no style or no script");
    let mut bytes = 0;
    for path in &paths {
        let answer = bench
            .client
            .get(format!("{}{path}", bench.base))
            .header("cookie", &bench.cookie)
            .header("accept-encoding", "gzip")
            .send()
            .await?
            .error_for_status()?;
        bytes += answer.bytes().await?.len();
    }
    report.add(
        PART,
        "requests to the first usable view",
        paths.len() as f64,
        "requests",
        None,
        Some(Aim::Below(4.0)),
    );
    report.add(
        PART,
        "bytes to the first usable view, compressed",
        bytes as f64 / 1000.0,
        "kB",
        None,
        Some(Aim::Below(120.0)),
    );
    Ok(())
}

/// Lists, opening, searching and assigning at `size` conversations, on both databases.
pub(crate) async fn measure(report: &mut Report, size: i64) -> anyhow::Result<()> {
    let postgres = Postgres::start_durable().await?;
    let vocabulary = Words::new();
    for engine in ["SQLite", "PostgreSQL"] {
        let few = Filled::new(sizes::fresh(engine, &postgres).await?, SMALL).await?;
        if engine == "SQLite" {
            first_view(&few.bench, &few.page, report).await?;
        }
        let many = Filled::new(sizes::fresh(engine, &postgres).await?, size).await?;
        let (of_few, of_many) = by_turns(&few, &many, &vocabulary).await?;
        few.close().await;
        many.close().await;
        let words = |what: &str| format!("{engine}: {what}, {size} conversations");
        sizes::compare(report, PART, of_few, of_many, words, |what, few| match what {
            // Few conversations hold one hit where many hold hundreds: what counts is the time itself.
            SEARCH_RARE => SOON,
            _ => few * FLAT,
        });
    }
    Ok(())
}
