//! What people see when the machine's clock jumps ahead and is put right: nothing waits for as long as it was wrong,
//! nothing is over for good that is not, nothing happens twice.

use anyhow::Context as _;
use channels::whatsapp::standin::Config;
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::harness::{Api, App, FakeSmtp, Machine, Running, eventually, http};
use tests::need;

const HOUR: i64 = 3_600_000;

/// An RFC 3339 time that many milliseconds from the right time.
fn from_now(by: i64) -> anyhow::Result<String> {
    Ok(Timestamp::from_millisecond((Config::default().clock)() + by)?.to_string())
}

/// A customer writes; returns the conversation.
async fn writes(app: &Running, who: &str) -> anyhow::Result<String> {
    let mail = format!(
        "From: {who} <{who}@customer.test>\r\nTo: support@example.test\r\nSubject: Toner\r\n\
         Message-ID: <{who}@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nIt is empty.\r\n"
    );
    let filed = app.command(&["email", "deliver", "--inbox", "support"], mail).await?;
    let filed = filed.json()?;
    Ok(filed["conversation"].as_str().context("no conversation")?.to_owned())
}

/// The first administrator's cookie.
async fn signed_in(app: &Running) -> anyhow::Result<String> {
    let link = app.set_up_link().await;
    let (_, token) = link.split_once("token=").context("no token")?;
    let form = [
        ("token", token),
        ("name", "Eva"),
        ("email", "eva@example.test"),
        ("password", "correct horse battery"),
    ];
    let answer = http().post(app.url("/set-up")).form(&form).send().await?;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cookie = answer.headers()["set-cookie"].to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

/// How often the process said so.
fn said(app: &Running, words: &str) -> usize {
    app.log().matches(words).count()
}

/// Sets the clock, and waits until the process has seen it and done what it does then.
async fn set(app: &Running, machine: &Machine, ahead: i64) -> anyhow::Result<()> {
    let words = if ahead > 0 {
        "the machine's clock was set forward"
    } else {
        "does not wait any more"
    };
    let before = said(app, words);
    machine.set_clock(ahead)?;
    eventually(words, async || (said(app, words) > before).then_some(())).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jump_of_the_clock_and_back_leaves_no_trace() -> anyhow::Result<()> {
    let machine = need!(Machine::new().await);
    let smtp = FakeSmtp::start().await?;
    let app = App::new()?.on(&machine).start().await?;
    let api = Api::of(&app).await?;
    api.mailbox(&smtp, false).await?;
    let agent = signed_in(&app).await?;
    let page = async |path: &str| -> anyhow::Result<StatusCode> {
        let request = http().get(app.url(path)).header("cookie", &agent);
        Ok(request.send().await?.status())
    };
    let (hidden, later, talk) = (
        writes(&app, "ana").await?,
        writes(&app, "bea").await?,
        writes(&app, "eva").await?,
    );
    let say = async |conversation: &str, body: Value| {
        let path = format!("/conversations/{conversation}/messages");
        api.create(&path, &body).await.map(drop)
    };
    let left = |words: &str| {
        let all = smtp.received();
        all.iter().filter(|mail| mail.text().contains(words)).count()
    };
    let until = from_now(2 * HOUR)?;
    let snooze = json!({ "action": "snooze", "until": until });
    api.create(&format!("/conversations/{hidden}/actions"), &snooze).await?;
    say(
        &later,
        json!({ "text": "In two hours.", "send_at": from_now(2 * HOUR)? }),
    )
    .await?;
    let form = [("email", "eva@customer.test")];
    http().post(app.url("/portal/link")).form(&form).send().await?;
    let door = eventually("the link", async || smtp.received().iter().find_map(|mail| mail.door())).await;

    // An hour ahead: sessions and links hold, what is due in two hours is not due, what is written leaves.
    set(&app, &machine, HOUR).await?;
    assert_eq!(page("/inbox").await?, StatusCode::OK);
    assert_eq!(http().get(app.url(&door)).send().await?.status(), StatusCode::OK);
    say(&talk, json!({ "text": "It comes at once." })).await?;
    eventually("the answer", async || (left("It comes at once.") == 1).then_some(())).await;
    // As the inbox does, which gives a few seconds for second thoughts.
    let held = from_now(HOUR + 9_000)?;
    say(&talk, json!({ "text": "It comes in seconds.", "send_at": held })).await?;
    set(&app, &machine, 0).await?;

    eventually("the one that was held back", async || {
        (left("It comes in seconds.") == 1).then_some(())
    })
    .await;
    say(&talk, json!({ "text": "It comes after all." })).await?;
    eventually("the next one", async || {
        (left("It comes after all.") == 1).then_some(())
    })
    .await;
    assert_eq!(page("/inbox").await?, StatusCode::OK);
    let found = api.get(&format!("/conversations/{hidden}")).await?;
    let shown = found["conversation"]["snoozed_until"].as_str();
    let shown: Timestamp = shown.with_context(|| format!("not hidden: {found}"))?.parse()?;
    assert_eq!(shown.as_millisecond(), until.parse::<Timestamp>()?.as_millisecond());
    assert_eq!(left("In two hours."), 0);
    let order = api.get(&format!("/conversations/{talk}/messages")).await?;
    let order = order["items"].as_array().context("no messages")?;
    let order = order
        .iter()
        .filter(|one| one["kind"] == "inbound" || one["kind"] == "outbound");
    let order: Vec<&str> = order.filter_map(|one| one["text"].as_str()).collect();
    let said = [
        "It is empty.",
        "It comes at once.",
        "It comes in seconds.",
        "It comes after all.",
    ];
    assert_eq!(order.iter().map(|text| text.trim()).collect::<Vec<_>>(), said);
    let followed = http().post(app.url(&door)).form(&[("asked", "1")]).send().await?;
    assert_eq!(
        followed.status(),
        StatusCode::SEE_OTHER,
        "the link is as good as before"
    );

    // Forty days ahead: who is signed out is so for as long as it lasts, and what leaves then leaves once.
    set(&app, &machine, 40 * 24 * HOUR).await?;
    assert_eq!(page("/inbox").await?, StatusCode::SEE_OTHER);
    eventually("what is due by now", async || {
        (left("In two hours.") == 1).then_some(())
    })
    .await;
    set(&app, &machine, 0).await?;
    assert_eq!(page("/inbox").await?, StatusCode::OK);
    say(&talk, json!({ "text": "It is the last." })).await?;
    eventually("the last one", async || (left("It is the last.") == 1).then_some(())).await;
    for words in said.iter().skip(1).chain(&["In two hours."]) {
        assert_eq!(left(words), 1, "{words}");
    }
    Ok(())
}
