//! The process dies while a broadcast leaves; what comes after goes on where it was: nobody is forgotten, nobody gets it
//! twice, and the customer who answers is heard.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Context as _;
use channels::whatsapp::standin::{HookStatus, Incoming, User};
use serde_json::{Value, json};
use tests::harness::eventually;

use super::crash::World;

const PEOPLE: usize = 12;
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn ask(world: &World, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let bytes = if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    };
    let (status, answer) = world.api(method, path, "application/json", bytes).await?;
    let answer = String::from_utf8(answer)?;
    anyhow::ensure!((200..300).contains(&status), "{method} {path}: {status} {answer}");
    serde_json::from_str(&answer).context(answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_death_in_the_middle_forgets_nobody_and_tells_nobody_twice() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let sync = format!("/inboxes/{}/templates/sync", world.inbox);
    ask(&world, "POST", &sync, &json!({})).await?;
    let numbers: Vec<String> = (0..PEOPLE)
        .map(|number| format!("+5511987650{number:03}, Rosa {number}"))
        .collect();
    let new = json!({
        "name": "Spring",
        "inbox": world.inbox,
        "pace": 1200,
        "message": { "template": { "name": "answer", "language": "pt_BR", "values": { "body.1": "Olá {{contact.name}}" } } },
        "audience": { "list": numbers.join("\n") },
    });
    let made = ask(&world, "POST", "/broadcasts", &new).await?;
    let path = format!("/broadcasts/{}", made["id"].as_str().context("an id")?);
    eventually("everybody is counted", async || {
        let now = ask(&world, "GET", &path, &Value::Null).await.ok()?;
        (now["state"] == "ready" && now["figures"]["total"] == PEOPLE).then_some(())
    })
    .await;

    world.die_at("broadcast.before_commit:2").await?;
    ask(&world, "POST", &format!("{path}/actions"), &json!({ "do": "start" })).await?;
    // Each comes up only to die at another point, it may be before it answers anybody.
    let mut is_up = true;
    for point in ["broadcast.after_commit:1", "dispatch.before_send"] {
        if is_up {
            world.gateway.ended(PATIENCE).await.context("it lives on")?;
        }
        world.gateway.set_env("SWITCHBOARD_FAULT", Some(point));
        is_up = world.gateway.start().await.is_ok();
    }
    if is_up {
        world.gateway.ended(PATIENCE).await.context("it lives on")?;
    }
    world.rise().await?;
    let mut told = HashSet::new();
    eventually("everybody was written to, and what left is known", async || {
        for message in world.standin.accepted() {
            if told.insert(message.wamid.clone()) {
                world
                    .standin
                    .statuses(&message.wamid, &[HookStatus::Sent, HookStatus::Delivered])
                    .await
                    .ok()?;
            }
        }
        let now = ask(&world, "GET", &path, &Value::Null).await.ok()?;
        // What was in the hands of the one that died is in doubt for a while, and not sent again.
        let queued = world
            .text("SELECT id FROM deliveries WHERE state = 'queued'")
            .await
            .ok()?;
        (now["state"] == "done" && queued.is_empty()).then_some(())
    })
    .await;
    let written = world.text("SELECT recipient FROM deliveries").await?;
    let distinct: HashSet<&String> = written.iter().collect();
    assert_eq!((written.len(), distinct.len()), (PEOPLE, PEOPLE), "each once");
    let taken: Vec<String> = world
        .standin
        .accepted()
        .iter()
        .map(|one| one.body["to"].to_string())
        .collect();
    let distinct: HashSet<&String> = taken.iter().collect();
    assert_eq!(taken.len(), distinct.len(), "{taken:?}");
    let names = world
        .text("SELECT text FROM messages WHERE text LIKE '%Rosa 7%'")
        .await?;
    assert_eq!(names.len(), 1, "each with their own name");

    let open = "SELECT id FROM conversations WHERE status <> 'resolved'";
    assert!(world.text(open).await?.is_empty());
    let rosa = User::new("5511987650003", "Rosa 3");
    let posted = world
        .standin
        .inbound(&rosa, Incoming::Text("Quero saber mais".to_owned()))
        .await?;
    assert_eq!(posted.status, 200);
    assert_eq!(world.text(open).await?.len(), 1);
    assert_eq!(world.text("SELECT id FROM conversations").await?.len(), PEOPLE);
    let now = ask(&world, "GET", &path, &Value::Null).await?;
    assert_eq!(now["figures"]["answered"], 1, "{now}");
    Ok(())
}
