//! Following the log while its reader begins, or begins again.

use std::pin::pin;
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use tokio_util::sync::CancellationToken;

use super::Update;
use crate::testing::TestApp;

#[tokio::test]
async fn what_happens_before_the_reader_begins_reaches_who_follows_already() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let realtime = test.app.realtime.clone();
    let head = test.store().head().await.unwrap();
    let mut follower = pin!(realtime.follow(head));
    // It has looked for what it missed, and waits.
    assert!(
        tokio::time::timeout(Duration::from_millis(200), follower.next())
            .await
            .is_err()
    );
    test.mail(&inbox, "ana@customer.test", "early@x", "Too early").await;
    assert!(follower.next().now_or_never().is_none(), "nobody reads the log yet");

    let stop = CancellationToken::new();
    let reader = tokio::spawn({
        let stop = stop.clone();
        async move { realtime.run(stop).await }
    });
    let first = tokio::time::timeout(Duration::from_secs(20), follower.next()).await;
    assert!(
        matches!(first, Ok(Some(Update::Event(event))) if event.position == head + 1),
        "the first event after where it stood"
    );
    stop.cancel();
    reader.await.unwrap().unwrap();
}
