use conversation::db::sql;
use conversation::desk::worker::{self, DeskWorker};
use conversation::lifecycle::{Action, act};
use conversation::stream::consumer;
use conversation::types::{Actor, Role};

use super::digest::send_due;
use crate::auth::testing::{Browser, agent};
use crate::testing::TestApp;

async fn work(test: &TestApp) {
    consumer::register(test.store(), &worker::GROUP).await.unwrap();
    let hints = consumer::sweep(test.store(), &worker::GROUP, 0).await.unwrap();
    consumer::work(test.store(), &worker::GROUP, &DeskWorker, hints).await;
}

#[tokio::test]
async fn the_bell_says_what_is_new_until_it_is_read() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let (ana, eva) = (
        agent(&test, "Ana", Role::Agent).await,
        agent(&test, "Eva", Role::Agent).await,
    );
    let id = test
        .mail(&inbox, "joana@example.org", "a@x", "Jam")
        .await
        .conversation
        .unwrap();
    act(
        test.store(),
        &Actor::Agent(ana.id.clone()),
        &id,
        Action::Assign(Some(eva.id.clone())),
    )
    .await
    .unwrap();
    work(&test).await;
    let mut browser = Browser::of(&test, &eva).await.scripted();
    browser
        .get("/bell")
        .await
        .expect(200)
        .has("data-unread=\"1\"")
        .has("Ana gave you #1 Printer")
        .lacks("<html");
    browser.headers = vec![("x-visible", "hidden".to_owned())];
    browser.get(&format!("/inbox/c/{id}/thread")).await.expect(200);
    browser.get("/bell").await.expect(200).has("data-unread=\"1\"");
    browser.headers = vec![("x-visible", "visible".to_owned())];
    browser.get(&format!("/inbox/c/{id}/thread")).await.expect(200);
    browser.get("/bell").await.expect(200).has("data-unread=\"0\"");
    browser.post("/bell", &[("away", "true")]).await.expect(204);
    browser.get("/bell").await.expect(200).has("I am back");
    browser.is_scripted = false;
    browser.get("/bell").await.expect(200).has("<html");
    browser.post("/bell", &[("read", "all")]).await.expect(303);
    let mut other = Browser::of(&test, &ana).await.scripted();
    other.get("/bell").await.expect(200).has("Nothing new");
}

#[tokio::test]
async fn whoever_is_away_gets_one_mail_and_no_loop() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let ana = agent(&test, "Ana", Role::Agent).await;
    let eva = agent(&test, "Eva", Role::Agent).await;
    // An agent who signs in with the address of the mailbox itself.
    let house = agent(&test, "support", Role::Agent).await;
    for (number, to) in [(1, &eva), (2, &eva), (3, &house)] {
        let filed = test
            .mail(&inbox, &format!("c{number}@example.org"), &format!("{number}@x"), "Jam")
            .await;
        act(
            test.store(),
            &Actor::Agent(ana.id.clone()),
            &filed.conversation.unwrap(),
            Action::Assign(Some(to.id.clone())),
        )
        .await
        .unwrap();
    }
    work(&test).await;
    assert_eq!(send_due(&test.app).await.unwrap(), 0, "they may still come");
    test.clock.advance(16 * 60_000);
    assert_eq!(send_due(&test.app).await.unwrap(), 1);
    assert_eq!(send_due(&test.app).await.unwrap(), 0);
    let mails: Vec<(String, String, String)> = sql("SELECT recipient, subject, text FROM notices")
        .all(test.store().db())
        .await
        .unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (mails[0].0.as_str(), mails[0].1.as_str()),
        ("eva@example.com", "2 things wait for you")
    );
    assert!(mails[0].2.contains("Ana gave you #1 Printer\n  Jam"), "{}", mails[0].2);
}

#[tokio::test]
async fn the_pages_can_be_installed() {
    let test = TestApp::new().await;
    let mut anybody = Browser::new(&test);
    let manifest = anybody.get("/manifest.webmanifest").await.expect(200);
    assert_eq!(manifest.header("content-type"), "application/manifest+json");
    let manifest: serde_json::Value = serde_json::from_str(&manifest.text).unwrap();
    assert_eq!(manifest["display"], "standalone");
    for icon in manifest["icons"].as_array().unwrap() {
        let page = anybody.get(icon["src"].as_str().unwrap()).await.expect(200);
        assert_eq!(page.header("content-type"), "image/png");
    }
    if ui::assets::is_built() {
        anybody.get("/sw.js").await.expect(200).has("showNotification");
    }
}
