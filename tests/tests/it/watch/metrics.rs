//! `/metrics`: what it says, and to whom.

use reqwest::StatusCode;
use tests::harness::{App, eventually, http};

#[tokio::test]
async fn metrics_are_for_who_may_read_them() -> anyhow::Result<()> {
    let app = App::new()?.start().await?;
    let url = app.url("/metrics");
    let answer = http().get(&url).send().await?;
    assert_eq!(answer.status(), StatusCode::OK, "from this machine");
    let text = answer.text().await?;
    for name in [
        "event_position",
        "queue_waiting{queue=\"notices\"}",
        "quarantine_waiting 0",
        "database_connections_max{pool=\"write\"} 1",
        "disk_free_bytes",
        "health_problems 0",
        "# HELP event_age_seconds",
    ] {
        assert!(text.contains(name), "{name} is missing:\n{text}");
    }
    // The groups are there once their workers are.
    eventually("the groups' figures", async || {
        let text = http().get(&url).send().await.ok()?.text().await.ok()?;
        (text.contains("event_age_seconds{group=\"bot\"}") && text.contains("events_dead{group=\"desk\"}"))
            .then_some(())
    })
    .await;
    // What a proxy on this machine passes on comes from outside.
    let passed = http().get(&url).header("x-forwarded-for", "203.0.113.9").send().await?;
    assert_eq!(passed.status(), StatusCode::FORBIDDEN);
    assert!(passed.text().await?.contains("metrics.token"));

    let app = App::new()?.set("metrics.token", "s3cret-s3cret").start().await?;
    let url = app.url("/metrics");
    let without = http().get(&url).send().await?;
    assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(without.headers()["www-authenticate"], "Bearer");
    let with = http()
        .get(&url)
        .bearer_auth("s3cret-s3cret")
        .header("x-forwarded-for", "203.0.113.9")
        .send()
        .await?;
    assert_eq!(with.status(), StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn doctor_says_whether_a_proxy_holds_events_back() -> anyhow::Result<()> {
    let app = App::new()?.start().await?;
    let said = app.command(&["doctor"], "").await?.text();
    assert!(said.contains("ok    Live updates"), "{said}");
    assert!(said.contains("ok    Disk") || said.contains("FAIL  Disk"), "{said}");
    assert!(said.contains("ok    Clock"), "{said}");

    // One that collects an answer before it passes it on.
    let target = app.url("");
    let collect = axum::Router::new().fallback(async move |uri: axum::http::Uri| {
        let answer = http().get(format!("{target}{uri}")).send().await;
        match answer {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, collect).await });
    let mut app = app;
    app.reconfigure("server.public_url", format!("http://{address}"));
    let said = app.command(&["doctor"], "").await?.text();
    server.abort();
    assert!(said.contains("FAIL  Live updates"), "{said}");
    assert!(said.contains("proxy_buffering off"), "{said}");
    Ok(())
}
