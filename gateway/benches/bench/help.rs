//! The help centre over few and many articles: its pages should not feel the difference.

use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use conversation::Env;
use conversation::types::Actor;
use gateway::app::App;
use gateway::config::Config;
use http::{Request, StatusCode};
use kb::store;
use tests::harness::WorkDir;
use tower::ServiceExt as _;

use crate::knowledge::{articles, queries};
use crate::report::{Report, percentile};

const REQUESTS: usize = 300;

/// p50 of these requests, in milliseconds.
async fn times(router: &Router, paths: &[String]) -> anyhow::Result<f64> {
    let mut times = Vec::with_capacity(paths.len());
    for path in paths {
        let began = Instant::now();
        let request = Request::get(path).body(Body::empty())?;
        let response = router.clone().oneshot(request).await?;
        anyhow::ensure!(
            response.status() == StatusCode::OK,
            "{path} answered {}",
            response.status()
        );
        let page = to_bytes(response.into_body(), usize::MAX).await?;
        anyhow::ensure!(!page.is_empty(), "{path} is empty");
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(percentile(&times, 0.5))
}

/// p50 of first page, article, search and results while typing.
async fn one(count: usize) -> anyhow::Result<[f64; 4]> {
    let folder = WorkDir::new("help")?;
    let mut config = Config::default();
    config.data.dir = folder.path().to_owned();
    let app = App::open(config, Env::system()).await?;
    let articles = articles(count);
    for part in articles.chunks(1_000) {
        let mut tx = app.store.begin().await?;
        for article in part {
            store::upsert_in(&mut tx, &Actor::System, article).await?;
        }
        tx.commit().await?;
    }
    app.knowledge.refresh(&app.store).await?;
    let router = gateway::help::routes(&app).with_state(app.clone());
    let asked: Vec<String> = queries(&articles)
        .into_iter()
        .take(REQUESTS)
        .map(|(question, _)| question.replace(' ', "+"))
        .collect();
    let pages: Vec<String> = (0..REQUESTS)
        .map(|number| articles[number * 7 % articles.len()].path())
        .collect();
    let homes = vec!["/help/en".to_owned(); REQUESTS];
    let found: Vec<String> = asked.iter().map(|query| format!("/help/en?q={query}")).collect();
    let typed: Vec<String> = asked
        .iter()
        .map(|query| format!("/help/en/suggest?q={}", query.chars().take(12).collect::<String>()))
        .collect();
    Ok([
        times(&router, &homes).await?,
        times(&router, &pages).await?,
        times(&router, &found).await?,
        times(&router, &typed).await?,
    ])
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    const PART: &str = "help centre, 10,000 articles (floor: 100 articles)";
    let few = one(100).await?;
    let many = one(10_000).await?;
    let names = [
        "first page, p50",
        "article, p50",
        "search, p50",
        "results while typing, p50",
    ];
    for ((name, many), few) in names.into_iter().zip(many).zip(few) {
        report.add(PART, name, many, "ms", Some(few), None);
    }
    Ok(())
}
