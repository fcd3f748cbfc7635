//! Where something ends: the length of a body, the disk.

use std::collections::BTreeSet;

use anyhow::Context as _;
use conversation::keys::Keys;
use reqwest::StatusCode;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use tests::harness::{Api, App, Running, eventually, http, program};
use tests::need;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An installation with a mailbox, and the secret that mail is posted with.
pub(crate) async fn with_mailbox(environment: &[(&str, &str)]) -> anyhow::Result<(Running, String)> {
    let app = App::new()?.set("instance.key", "5b".repeat(32));
    let app = environment.iter().fold(app, |app, (name, value)| app.env(name, value));
    let app = app.start().await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test" },
    });
    let made = Api::of(&app).await?.post("/inboxes", "inbox", &inbox).await?;
    let id = made["inbox"]["id"].as_str().context("no id")?;
    // As the settings page shows it.
    let secret = Keys::new(vec![[0x5b; 32]])?.sign("mail-hook", id);
    Ok((app, secret))
}

fn mail(number: usize, length: usize) -> String {
    let line = "A line of a mail that is not short, and says nothing new at all.\r\n";
    format!(
        "From: Ana <ana{number}@customer.test>\r\nTo: support@example.test\r\nSubject: {number}\r\n\
         Message-ID: <{number}@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n{}",
        line.repeat(length / line.len() + 1)
    )
}

async fn post(app: &Running, secret: &str, mail: String) -> anyhow::Result<(StatusCode, String)> {
    let request = http().post(app.url("/webhooks/email/support")).bearer_auth(secret);
    let answer = request.body(mail).send().await?;
    Ok((answer.status(), answer.text().await?))
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_in_words() -> anyhow::Result<()> {
    let (app, secret) = with_mailbox(&[]).await?;
    let api = Api::of(&app).await?;
    let (status, words) = post(&app, &secret, mail(1, 65 * 1024 * 1024)).await?;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{words}");
    assert!(
        words.contains("not taken: the body is longer than 67108864 bytes"),
        "{words}"
    );

    let long = json!({ "text": "x".repeat(3 * 1024 * 1024) }).to_string();
    let path = app.url("/api/v1/conversations/01ARZ3NDEKTSV4RRFFQ69G5FAV/messages");
    let request = http().post(path).bearer_auth(api.token());
    let answer = request
        .header("content-type", "application/json")
        .body(long)
        .send()
        .await?;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = answer.json().await?;
    assert!(
        problem["detail"].as_str().is_some_and(|words| words.contains("bytes")),
        "{problem}"
    );

    // It goes on, and a long mail within the limit is taken.
    let (status, words) = post(&app, &secret, mail(2, 30 * 1024 * 1024)).await?;
    assert_eq!(status, StatusCode::OK, "{words}");
    api.items("/conversations", 1).await;
    Ok(())
}

#[tokio::test]
async fn who_writes_all_before_reading_is_told_why_it_was_refused() -> anyhow::Result<()> {
    let (app, _secret) = with_mailbox(&[]).await?;
    let body = vec![b'x'; 96 * 1024 * 1024];
    let head = format!(
        "POST /webhooks/email/support HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = TcpStream::connect(app.url("").trim_start_matches("http://")).await?;
    connection.write_all(head.as_bytes()).await?;
    connection.write_all(&body).await.context("it hung up in the middle")?;
    connection.shutdown().await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_taken() -> anyhow::Result<()> {
    need!(program("unshare", &[], "util-linux"));
    let (mut app, secret) = with_mailbox(&[]).await?;
    app.terminate().await?;
    app.move_to_a_small_disk(48, 24);
    app.start().await?;
    let mut taken = Vec::new();
    let refused = 'full: {
        for number in 0..200 {
            let (status, words) = post(&app, &secret, mail(number, 300 * 1024)).await?;
            if status != StatusCode::OK {
                break 'full Some((number, status, words));
            }
            taken.push(number);
        }
        None
    };
    let (number, status, words) = refused.context("the disk was never full")?;
    assert!(!taken.is_empty(), "there was room at first");
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{words}");
    assert!(words.contains("not taken; try again"), "{words}");
    // A mail found no room; something smaller would.
    app.fill_the_disk()?;
    let ready = http().get(app.url("/readyz")).send().await?;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let said: Value = ready.json().await?;
    assert!(said["files"] == false || said["database"] == false, "{said}");

    app.free_the_disk()?;
    eventually("it is ready again", async || {
        let ready = http().get(app.url("/readyz")).send().await.ok()?;
        (ready.status() == StatusCode::OK).then_some(())
    })
    .await;
    let (status, words) = post(&app, &secret, mail(number, 300 * 1024)).await?;
    assert_eq!(status, StatusCode::OK, "{words}");
    taken.push(number);
    for number in &taken {
        let (_, words) = post(&app, &secret, mail(*number, 300 * 1024)).await?;
        assert!(words.contains("\"duplicate\""), "{number}: {words}");
    }
    Ok(())
}

/// A stranger fills in the portal's form, coming from an address behind a proxy on this machine; each time another form
/// and another mailbox.
async fn form_from(app: &Running, number: usize, address: &str) -> anyhow::Result<StatusCode> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let drawn_at = now.as_millis() - 60_000;
    let token = Keys::new(vec![[0x5b; 32]])?.sign("ticket form", &format!("01HYYYYYYYYYYY{number:012}-{drawn_at}"));
    let form = Form::new()
        .text("token", token)
        .text("language", "en")
        .text("subject", "The tray")
        .text("text", "It sticks.")
        .text("name", "Ana")
        .text("email", format!("ana{number}@customer.test"));
    let request = http().post(app.url("/portal/tickets/new")).multipart(form);
    Ok(request.header("x-forwarded-for", address).send().await?.status())
}

#[tokio::test]
async fn what_one_address_may_do_is_counted_behind_the_proxy() -> anyhow::Result<()> {
    let app = App::new()?.set("instance.key", "5b".repeat(32)).start().await?;
    for number in 0..10 {
        assert_eq!(form_from(&app, number, "203.0.113.1").await?, StatusCode::OK);
    }
    let more = form_from(&app, 10, "203.0.113.1").await?;
    assert_eq!(more, StatusCode::TOO_MANY_REQUESTS, "one address, ten an hour");
    // Another customer comes by the same proxy; whatever somebody put in front of the proxy's own word does not count.
    assert_eq!(form_from(&app, 11, "203.0.113.2").await?, StatusCode::OK);
    let more = form_from(&app, 12, "203.0.113.99, 203.0.113.1").await?;
    assert_eq!(more, StatusCode::TOO_MANY_REQUESTS, "the proxy's word is the last");

    // The widget, too: so many sessions of one address a minute.
    let session = async |address: &str| -> anyhow::Result<StatusCode> {
        let request = http().post(app.url("/widget/api/website/session"));
        let request = request
            .header("x-forwarded-for", address)
            .json(&json!({ "language": "en" }));
        Ok(request.send().await?.status())
    };
    let mut taken = 0;
    while session("203.0.113.1").await? == StatusCode::OK {
        taken += 1;
        anyhow::ensure!(taken < 1_000, "nothing limits sessions");
    }
    assert_eq!(session("203.0.113.2").await?, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_few_arenas_of_memory_serve_all_threads_and_large_pieces_go_back() -> anyhow::Result<()> {
    let kept = |app: &Running| -> anyhow::Result<Vec<String>> {
        let environment = std::fs::read(format!("/proc/{}/environ", app.pid().context("it runs")?))?;
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let lines = environment.split('\0').filter(|line| line.starts_with("MALLOC_"));
        Ok(lines
            .map(str::to_owned)
            .collect::<BTreeSet<String>>()
            .into_iter()
            .collect())
    };
    let app = App::new()?.start().await?;
    assert_eq!(kept(&app)?, ["MALLOC_ARENA_MAX=2", "MALLOC_MMAP_THRESHOLD_=1048576"]);
    // Whoever sets it knows why.
    let app = App::new()?.env("MALLOC_ARENA_MAX", 8).start().await?;
    assert_eq!(kept(&app)?, ["MALLOC_ARENA_MAX=8"]);
    Ok(())
}
