//! Search and the answerer over synthetic articles; the floor is SQLite's own full-text search over
//! the same texts.

use std::time::Instant;

use conversation::types::Language;
use kb::semantics::Semantics;
use kb::{Answerer, Article, ArticleKind, ArticleStatus, Index, Settings};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use tests::harness::WorkDir;

use crate::cpu::status;
use crate::report::{Aim, Report, percentile};

const QUERIES: usize = 1_000;
/// Articles that reach the index in one commit.
const COMMIT: usize = 5_000;

/// A small generator of its own: the same articles on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below
    }

    /// A word: few are frequent, most are rare, as in any language.
    fn word(&mut self) -> String {
        const SYLLABLES: [&str; 24] = [
            "ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo", "bre", "cla", "dri",
            "flo", "gra", "pla", "pri", "sto", "tra", "tru",
        ];
        let range = match self.below(10) {
            0..=4 => 200,
            5..=8 => 4_000,
            _ => 60_000,
        };
        let mut number = self.below(range) + range;
        let mut word = String::new();
        while number > 0 {
            word.push_str(SYLLABLES[number % SYLLABLES.len()]);
            number /= SYLLABLES.len();
        }
        word
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<String> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }
}

pub(crate) fn articles(count: usize) -> Vec<Article> {
    let mut random = Random(count as u64);
    (0..count)
        .map(|number| {
            let title = random.words(6);
            let mut body = String::new();
            for _ in 0..3 {
                body.push_str(&format!("## {}\n\n", random.words(3)));
                for _ in 0..2 {
                    body.push_str(&format!("{}.\n\n", random.words(30)));
                }
            }
            Article {
                id: format!("article-{number}"),
                kind: ArticleKind::Guide,
                slug: format!("article-{number}"),
                language: Language::En,
                group: format!("group-{number}"),
                questions: vec![format!("how do I {title}"), format!("{} {title}", random.words(2))],
                title,
                body,
                status: ArticleStatus::Published,
                place: kb::article::Place::default(),
                version: 1,
                updated_at: 0,
            }
        })
        .collect()
}

/// Questions, each with the article that it was made from.
pub(crate) fn queries(articles: &[Article]) -> Vec<(String, &Article)> {
    let mut random = Random(7);
    (0..QUERIES)
        .map(|_| {
            let article = &articles[random.below(articles.len())];
            let words: Vec<&str> = article.title.split(' ').collect();
            (
                format!("please {} {} {}", words[0], words[2], words[4..].join(" ")),
                article,
            )
        })
        .collect()
}

/// p50 and p99 of `ask`, in milliseconds; `ask` says whether it found what it should.
fn times(
    queries: &[(String, &Article)],
    mut ask: impl FnMut(&str, &Article) -> anyhow::Result<bool>,
) -> anyhow::Result<(f64, f64)> {
    let mut times = Vec::with_capacity(queries.len());
    let mut found = 0;
    for (question, article) in queries {
        let began = Instant::now();
        found += usize::from(ask(question, article)?);
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    anyhow::ensure!(
        found * 10 >= queries.len() * 8,
        "only {found} of {} questions found their article",
        queries.len()
    );
    times.sort_by(f64::total_cmp);
    Ok((percentile(&times, 0.5), percentile(&times, 0.99)))
}

/// Seconds to index, and p50 and p99 of SQLite's full-text search.
async fn bare(articles: &[Article], queries: &[(String, &Article)]) -> anyhow::Result<(f64, f64, f64)> {
    let folder = WorkDir::new("fts")?;
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("fts.db"))
        .create_if_missing(true);
    let mut connection: SqliteConnection = options.connect().await?;
    let began = Instant::now();
    connection
        .execute("CREATE VIRTUAL TABLE texts USING fts5 (title, body, questions)")
        .await?;
    let mut tx = connection.begin().await?;
    for article in articles {
        sqlx::query("INSERT INTO texts (title, body, questions) VALUES ($1, $2, $3)")
            .bind(&article.title)
            .bind(&article.body)
            .bind(article.questions.join("\n"))
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    let indexed = began.elapsed().as_secs_f64();
    let mut times = Vec::with_capacity(queries.len());
    for (question, _) in queries {
        let began = Instant::now();
        let any_word = question.split(' ').collect::<Vec<_>>().join(" OR ");
        let rows = sqlx::query(
            "SELECT title, snippet(texts, 1, '', '', '', 30) FROM texts WHERE texts MATCH $1 ORDER BY rank LIMIT 10",
        )
        .bind(any_word)
        .fetch_all(&mut connection)
        .await?;
        anyhow::ensure!(!rows.is_empty(), "SQLite found nothing for {question}");
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok((indexed, percentile(&times, 0.5), percentile(&times, 0.99)))
}

async fn one(report: &mut Report, part: &'static str, count: usize) -> anyhow::Result<()> {
    let articles = articles(count);
    let queries = queries(&articles);
    let (bare_indexed, bare_p50, bare_p99) = bare(&articles, &queries).await?;

    let folder = WorkDir::new("kb")?;
    let (index, _) = Index::open_or_create(&folder.path().join("index"))?;
    let began = Instant::now();
    for articles in articles.chunks(COMMIT) {
        index.upsert(articles)?;
    }
    let indexed = began.elapsed().as_secs_f64();
    anyhow::ensure!(index.documents() >= count as u64, "articles are missing in the index");
    report.add(part, "indexing all", indexed, "s", Some(bare_indexed), None);

    let (p50, p99) = times(&queries, |question, article| {
        let hits = index.search(Language::En, question, 10)?;
        Ok(hits.iter().any(|hit| hit.article_id == article.id))
    })?;
    report.add(part, "search, p50", p50, "ms", Some(bare_p50), None);
    report.add(part, "search, p99", p99, "ms", Some(bare_p99), None);

    let began = Instant::now();
    let before = status(std::process::id(), "RssAnon")?;
    let answerer = Answerer::train(&articles);
    report.add(
        part,
        "learning to answer",
        began.elapsed().as_secs_f64(),
        "s",
        None,
        None,
    );
    // What learning used and gave back counts as held where the allocator keeps it: it is the server's, too.
    let held = (status(std::process::id(), "RssAnon")? - before).max(0.0);
    let bytes: usize = articles.iter().map(|article| article.body.len()).sum();
    report.add(
        part,
        "memory of what was learned (floor: the texts)",
        held / 1e6,
        "MB",
        Some(bytes as f64 / 1e6),
        None,
    );
    let (p50, p99) = times(&queries, |question, article| {
        let candidates = answerer.candidates(Some(&index), Language::En, question, 5);
        Ok(candidates.iter().any(|candidate| candidate.article_id == article.id))
    })?;
    let aim = Some(Aim::Below(20.0));
    report.add(part, "candidates for an answer, p50", p50, "ms", Some(bare_p50), aim);
    report.add(part, "candidates for an answer, p99", p99, "ms", Some(bare_p99), aim);
    Ok(())
}

/// Articles that the model of sentences reads: it leaves larger bases to the table of words.
const READ: usize = 1_000;

/// The same questions, where the model of sentences that comes with the program has read the base and reads each
/// question; the floor is the table of words alone.
fn with_sentences(report: &mut Report) -> anyhow::Result<()> {
    let part = "knowledge base, 1,000 articles read by the model of sentences (floor: without it)";
    let articles = articles(READ);
    let queries = queries(&articles);
    let find = |answerer: &Answerer| {
        times(&queries, |question, article| {
            let candidates = answerer.candidates(None, Language::En, question, 5);
            Ok(candidates.iter().any(|candidate| candidate.article_id == article.id))
        })
    };
    let began = Instant::now();
    let table = Answerer::train(&articles);
    let learned = began.elapsed().as_secs_f64();
    let (table_p50, table_p99) = find(&table)?;
    drop(table);

    let before = status(std::process::id(), "RssAnon")?;
    let began = Instant::now();
    let semantics = Semantics::shipped(None);
    semantics
        .learn_all(&articles)
        .map_err(|(language, error)| anyhow::anyhow!(error).context(language.as_str()))?;
    let read = began.elapsed().as_secs_f64();
    report.add(part, "reading all, once", read, "s", None, None);
    let began = Instant::now();
    let answerer = Answerer::train_in_full(&articles, &Settings::default(), &semantics);
    report.add(
        part,
        "learning to answer",
        began.elapsed().as_secs_f64(),
        "s",
        Some(learned),
        None,
    );
    let held = (status(std::process::id(), "RssAnon")? - before).max(0.0);
    report.add(
        part,
        "memory of the model and of what was learned",
        held / 1e6,
        "MB",
        None,
        None,
    );
    let (p50, p99) = find(&answerer)?;
    let aim = Some(Aim::Below(20.0));
    report.add(part, "candidates for an answer, p50", p50, "ms", Some(table_p50), aim);
    report.add(part, "candidates for an answer, p99", p99, "ms", Some(table_p99), aim);
    Ok(())
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    for (part, count) in [
        ("knowledge base, 100 articles (floor: SQLite's full-text search)", 100),
        (
            "knowledge base, 10,000 articles (floor: SQLite's full-text search)",
            10_000,
        ),
        (
            "knowledge base, 100,000 articles (floor: SQLite's full-text search)",
            100_000,
        ),
    ] {
        one(report, part, count).await?;
    }
    with_sentences(report)
}
