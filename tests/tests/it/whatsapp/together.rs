//! Albums and quick messages of new customers, delivered at the same moment to two processes: one contact,
//! one conversation, in the provider's order.

use channels::whatsapp::signature;
use channels::whatsapp::standin::{Config, Standin};
use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::PgPool;
use tests::harness::{Redis, eventually, fresh_database, http};
use tests::need;

use super::hook;
use crate::crowd::{count, gateway, set_up};

const CUSTOMERS: usize = 12;
const PICTURES: usize = 10;

/// The forms in which WhatsApp writes one customer's number.
fn forms(customer: usize) -> [String; 2] {
    match customer % 4 {
        0 => [format!("55119876543{customer:02}"), format!("5511876543{customer:02}")],
        1 => [format!("52155123456{customer:02}"), format!("5255123456{customer:02}")],
        2 => [
            format!("549114567890{}", customer % 10),
            format!("54114567890{}", customer % 10),
        ],
        _ => [format!("346000000{customer:02}"), format!("346000000{customer:02}")],
    }
}

fn wamid(customer: usize, picture: usize) -> String {
    format!("wamid.ALBUM{customer:02}{picture:02}")
}

fn picture(customer: usize, number: usize, at: i64) -> Value {
    json!({ "id": wamid(customer, number), "timestamp": at.to_string(), "type": "image",
        "image": { "id": format!("{customer:02}{number:02}"), "mime_type": "image/jpeg" } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_album_of_a_new_customer_stays_together() -> anyhow::Result<()> {
    let database = need!(fresh_database().await);
    let redis = need!(Redis::start().await);
    let config = Config::default();
    let standin = Standin::start_with(config.clone()).await?;
    let one = gateway(&database, &redis)?.start().await?;
    let two = gateway(&database, &redis)?.start().await?;
    let inbox = set_up(&one, &standin).await?;
    let path = format!("/webhooks/whatsapp/{inbox}");
    let urls = [one.url(&path), two.url(&path)];
    let client = http();
    let began = (config.clock)() / 1000 - 100;
    // Half of the customers' pictures come in a web hook each, the others' in two of five with one time.
    let mut bodies: Vec<String> = Vec::new();
    for customer in 0..CUSTOMERS {
        let forms = forms(customer);
        if customer.is_multiple_of(2) {
            for number in 0..PICTURES {
                let at = began + i64::try_from(number)?;
                bodies.push(hook(
                    &config.phone_number_id,
                    &forms[number % 2],
                    &[picture(customer, number, at)],
                ));
            }
        } else {
            for (half, form) in forms.iter().enumerate().take(2) {
                let numbers = half * PICTURES / 2..(half + 1) * PICTURES / 2;
                let at = began + i64::try_from(half)?;
                let pictures: Vec<Value> = numbers.map(|number| picture(customer, number, at)).collect();
                bodies.push(hook(&config.phone_number_id, form, &pictures));
            }
        }
    }
    // All at once, each to both processes, as often as it takes.
    let posts = bodies.iter().enumerate().map(async |(number, body)| {
        let signed = signature::sign(&config.app_secret, body.as_bytes());
        let post = async |url: &String| {
            let request = client.post(url).header(signature::HEADER, &signed).body(body.clone());
            request.send().await.is_ok_and(|answer| answer.status() == 200)
        };
        let both = join_all([post(&urls[number % 2]), post(&urls[(number + 1) % 2])]).await;
        if !both.contains(&true) {
            eventually("a web hook that is taken", async || post(&urls[0]).await.then_some(())).await;
        }
    });
    join_all(posts).await;
    let pool = PgPool::connect(&database).await?;
    let known: Vec<String> =
        sqlx::query_scalar("SELECT contact_id || ' ' || kind || ' ' || value FROM identities ORDER BY contact_id")
            .fetch_all(&pool)
            .await?;
    assert_eq!(
        count(&pool, "SELECT COUNT(*) FROM contacts").await?,
        i64::try_from(CUSTOMERS)?,
        "one contact each: {known:#?}"
    );
    assert_eq!(
        count(&pool, "SELECT COUNT(*) FROM conversations").await?,
        i64::try_from(CUSTOMERS)?,
        "one conversation each"
    );
    let filed: Vec<(String, String)> = sqlx::query_as(
        "SELECT conversation_id, external_id FROM messages WHERE kind = 'inbound' ORDER BY conversation_id, at, id",
    )
    .fetch_all(&pool)
    .await?;
    assert_eq!(filed.len(), CUSTOMERS * PICTURES, "each picture once");
    for album in filed.chunks(PICTURES) {
        let customer = &album[0].1[..album[0].1.len() - 2];
        let ids: Vec<&str> = album.iter().map(|(_, id)| id.as_str()).collect();
        let expected: Vec<String> = (0..PICTURES).map(|number| format!("{customer}{number:02}")).collect();
        assert_eq!(ids, expected, "in the provider's order");
    }
    let gaps = count(&pool, "SELECT MAX(position) - COUNT(*) FROM events").await?;
    assert_eq!(gaps, 0, "positions are dense");
    Ok(())
}
