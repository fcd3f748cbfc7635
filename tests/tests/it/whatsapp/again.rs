//! What Meta took, reported as failed afterwards, and an agent sends again.

use anyhow::Context as _;
use channels::whatsapp::standin::{Fault, Incoming, User};
use serde_json::{Value, json};
use tests::harness::eventually;

use super::broadcast::ask;
use super::crash::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_failed_on_the_way_leaves_once_more() -> anyhow::Result<()> {
    let world = World::new().await?;
    let rosa = User::new("5511987650009", "Rosa");
    world.standin.inbound(&rosa, Incoming::Text("hello".into())).await?;
    let found = eventually("her conversation", async || {
        let list = ask(&world, "GET", "/conversations", &Value::Null).await.ok()?;
        list["items"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    world.standin.fault(Fault::FailLater(131_026));
    let path = format!("/conversations/{found}/messages");
    ask(&world, "POST", &path, &json!({ "text": "Good morning." })).await?;
    let state = async |wanted: &str| {
        eventually(wanted, async || {
            let list = ask(&world, "GET", &path, &Value::Null).await.ok()?;
            let mut all = list["items"]
                .as_array()?
                .iter()
                .filter_map(|one| one["deliveries"].get(0));
            let delivery = all.next()?.clone();
            (delivery["state"] == wanted).then_some(delivery)
        })
        .await
    };
    let failed = state("failed").await;
    let id = failed["id"].as_str().context("an id")?;
    ask(&world, "POST", &format!("/deliveries/{id}/retry"), &json!({})).await?;
    let sent = state("sent").await;
    let accepted = world.standin.accepted();
    let of_hers: Vec<&str> = accepted.iter().map(|one| one.text()).collect();
    assert_eq!(of_hers, ["Good morning.", "Good morning."]);
    assert_eq!(sent["provider_id"], accepted[1].wamid);
    Ok(())
}
