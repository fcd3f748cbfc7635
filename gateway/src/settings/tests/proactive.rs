//! Proactive messages of a web chat: the list, the form of one, and what it refuses.

use conversation::types::Role;

use super::administrator;
use crate::auth::testing::{Browser, agent};

/// A web chat; its page of proactive messages.
async fn chat(ana: &mut Browser, name: &str) -> String {
    let fields = [("name", name), ("language", "es")];
    let made = ana.post("/settings/inboxes/new/webchat", &fields).await.expect(303);
    format!("{}/proactive", made.header("location"))
}

#[tokio::test]
async fn a_message_is_written_looked_at_changed_and_removed() {
    let (test, mut ana) = administrator().await;
    let here = chat(&mut ana, "Website").await;
    let inbox = here.trim_end_matches("/proactive").to_owned();
    ana.get(&inbox).await.expect(200).has(&here);
    ana.get(&here).await.expect(200).has("None yet");
    let eva = agent(&test, "Eva", Role::Agent).await;
    let new = format!("{here}/new");
    ana.get(&new).await.expect(200).has("value=\"20\"").has(">Eva<");
    let mut fields = vec![
        ("name", "Prices"),
        ("is_on", "on"),
        ("pages", "prices"),
        ("after_seconds", "soon"),
        ("words_en", "Questions about **leasing**?"),
        ("words_es", ""),
        ("words_pt", ""),
        ("agent", eva.id.as_str()),
        ("do", "preview"),
    ];
    ana.post(&new, &fields)
        .await
        .expect(200)
        .has("<strong>Eva</strong><p>Questions about leasing?</p>");
    fields.pop();
    ana.post(&new, &fields).await.expect(422).has("`prices` is no page");
    fields[2].1 = "/prices*\r\n/leasing";
    ana.post(&new, &fields).await.expect(422).has("0 to 600 seconds");
    fields[3].1 = "30";
    let long = "x".repeat(301);
    fields[5].1 = &long;
    ana.post(&new, &fields).await.expect(422).has("At most 300 characters");
    fields[5].1 = "";
    ana.post(&new, &fields).await.expect(303);
    let list = ana
        .get(&here)
        .await
        .expect(200)
        .has("Prices")
        .has("/prices*, /leasing · after 30 s · Eva");
    let list = list.has("Shown: 0 · Opened: 0 · Answered: 0");
    let id = list
        .text
        .split(&format!("{here}/"))
        .nth(1)
        .and_then(|rest| rest.get(..26))
        .unwrap();
    let one = format!("{here}/{id}");
    ana.get(&one)
        .await
        .expect(200)
        .has("/prices*\n/leasing")
        .has("Eva</strong>");
    fields[0].1 = "Rates";
    ana.post(&one, &fields).await.expect(303);
    ana.get("/settings/audit")
        .await
        .expect(200)
        .has("changed the proactive message");
    fields[0].1 = "Everywhere";
    ana.post(&new, &fields).await.expect(303);
    ana.post(&format!("{one}/move"), &[("way", "down")]).await.expect(303);
    let text = ana.get(&here).await.expect(200).text;
    assert!(text.find("Everywhere") < text.find("Rates"));
    ana.post(&one, &[("remove", "1")]).await.expect(303);
    ana.get(&one).await.expect(404);
    // Those of another inbox are not here.
    let other = chat(&mut ana, "Second").await;
    ana.get(&format!("{other}/{id}")).await.expect(404);
    let mut eva = Browser::of(&test, &eva).await;
    eva.get(&here).await.expect(403);
    eva.post(&one, &[("name", "x")]).await.expect(403);
}
