use super::*;
use crate::testing::TestApp;

const HOUR: Millis = 3_600_000;

#[tokio::test]
async fn a_clock_that_jumps_sets_no_rule_off() {
    let test = TestApp::new().await;
    let mut patience = Patience::new(test.store()).await.unwrap();
    assert!(patience.is_over(test.store()));
    // A year ahead, and put right again ten minutes later.
    test.clock.set(365 * 24 * HOUR);
    assert!(!patience.is_over(test.store()));
    test.clock.advance(10 * 60_000);
    assert!(!patience.is_over(test.store()));
    test.clock.set(-365 * 24 * HOUR);
    assert!(patience.is_over(test.store()));
    // A clock that stays ahead is believed in the end.
    test.clock.set(24 * HOUR);
    assert!(!patience.is_over(test.store()));
    test.clock.advance(HOUR);
    assert!(patience.is_over(test.store()));
}

#[tokio::test]
async fn what_came_while_nobody_was_here_is_read_first() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    test.mail(&inbox, "joana@example.org", "a@x", "Hello").await;
    test.clock.advance(3 * HOUR);
    let mut patience = Patience::new(test.store()).await.unwrap();
    assert!(!patience.is_over(test.store()));
    test.clock.advance(10 * 60_000);
    assert!(patience.is_over(test.store()));
}
