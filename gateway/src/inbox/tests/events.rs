//! The stream of events of a browser: from where it was, and from the beginning where that is unknown.

use futures::StreamExt;

use super::Desk;
use crate::auth::testing::Browser;
use crate::realtime::Signal;

async fn next(stream: &mut axum::body::BodyDataStream) -> String {
    String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn events_are_replayed_from_where_the_browser_was() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let head = desk.test.store().head().await.unwrap();
    ana.post(&desk.path("claim"), &[]).await.expect(200);
    let mut stream = ana.stream(&format!("/events?after={head}")).await;
    let first = next(&mut stream).await;
    assert!(first.contains(&format!("id: {}\n", head + 1)), "{first}");
    assert!(first.contains(desk.id.as_str()) && !first.contains("event:"), "{first}");
    drop(stream);
    ana.headers = vec![("last-event-id", (head + 1).to_string())];
    let mut stream = ana.stream("/events?after=0").await;
    assert!(
        next(&mut stream).await.contains(&format!("id: {}\n", head + 2)),
        "the header wins"
    );
    let typing = |name: &str| Signal::AgentTyping {
        conversation: desk.id.clone(),
        name: name.to_owned(),
        is_typing: true,
    };
    desk.test.app.realtime.signal(typing("Ana"));
    desk.test.app.realtime.signal(typing("Eva"));
    let told = next(&mut stream).await;
    assert!(told.contains("event: typing\n") && told.contains("Eva"), "{told}");
    desk.test.app.stop.cancel();
    assert!(stream.next().await.is_none(), "it ends with the process");
}

#[tokio::test]
async fn a_position_of_another_database_begins_anew() {
    let desk = Desk::new().await;
    let ana = desk.ana().await;
    let mut stream = ana.stream("/events?after=99999").await;
    assert!(next(&mut stream).await.contains("event: reset\n"));
    Browser::new(&desk.test).scripted().get("/events").await.expect(401);
}
