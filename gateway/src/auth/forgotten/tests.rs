use conversation::db::sql;
use conversation::types::{Actor, Role};
use serde_json::json;

use crate::auth::policy::{self, Policy, Provider};
use crate::auth::testing::{Browser, PASSWORD, agent};
use crate::people::agents;
use crate::testing::TestApp;

const HERE: &str = "/sign-in/forgotten";
const MINUTE: i64 = 60_000;

/// The letters that wait: to whom, and where their button leads.
async fn letters(test: &TestApp) -> Vec<(String, String)> {
    sql("SELECT recipient, action_url FROM notices ORDER BY id")
        .all(test.store().db())
        .await
        .unwrap()
}

/// An agent Ana, a mailbox to write from, and a browser that is nobody's.
async fn at_the_door() -> (TestApp, agents::Agent, Browser) {
    let test = TestApp::new().await;
    test.inbox().await;
    agent(&test, "boss", Role::Administrator).await;
    let ana = agent(&test, "ana", Role::Agent).await;
    let browser = Browser::new(&test);
    (test, ana, browser)
}

#[tokio::test]
async fn a_letter_lets_its_receiver_choose_a_new_password_once() {
    let (test, ana, mut browser) = at_the_door().await;
    let mut before = Browser::of(&test, &ana).await;
    browser
        .get("/sign-in")
        .await
        .expect(200)
        .has("href=\"/sign-in/forgotten\"");
    browser.get(HERE).await.expect(200).has("name=\"email\"");
    browser
        .post(HERE, &[("email", " Ana@example.com ")])
        .await
        .expect(200)
        .has("a link is on its way");
    let sent = letters(&test).await;
    let [(to, url)] = sent.as_slice() else {
        panic!("{sent:?}")
    };
    assert_eq!(to, "ana@example.com");
    // Until it is used everything is as before.
    before.get("/inbox").await.expect(200);
    let token = url.split_once("token=").unwrap().1;
    let choose = [("token", token), ("password", "another good password")];
    browser.post("/set-up", &choose).await.expect(303);
    before.get("/inbox").await.expect(303);
    browser.get("/inbox").await.expect(200);
    browser.post("/set-up", &choose).await.expect(410);
    let (store, email) = (test.store(), "ana@example.com");
    for (password, fits) in [(PASSWORD, false), ("another good password", true)] {
        assert_eq!(agents::sign_in(store, email, password).await.unwrap().is_some(), fits);
    }
}

#[tokio::test]
async fn a_letter_is_good_for_an_hour() {
    for (later, status) in [(59 * MINUTE, 200), (61 * MINUTE, 410)] {
        let (test, _, mut browser) = at_the_door().await;
        browser.post(HERE, &[("email", "ana@example.com")]).await.expect(200);
        let (_, url) = letters(&test).await.remove(0);
        test.clock.advance(later);
        let path = url.split_once("/set-up").unwrap().1;
        browser.get(&format!("/set-up{path}")).await.expect(status);
    }
}

#[tokio::test]
async fn nobody_learns_who_works_here() {
    let (test, ana, mut browser) = at_the_door().await;
    let mut said = Vec::new();
    for address in ["ana@example.com", "eve@example.com", "no address"] {
        let page = browser.post(HERE, &[("email", address)]).await.expect(200);
        said.push(page.text.replace(address, ""));
    }
    assert!(said.iter().all(|page| *page == said[0]), "{said:?}");
    assert_eq!(letters(&test).await.len(), 1, "to Ana alone");
    agents::disable(test.store(), &Actor::System, &ana.id).await.unwrap();
    browser.post(HERE, &[("email", "ana@example.com")]).await.expect(200);
    assert_eq!(letters(&test).await.len(), 1, "who left gets none");
}

#[tokio::test]
async fn letters_come_no_faster_than_somebody_reads_them() {
    let (test, _, mut browser) = at_the_door().await;
    for _ in 0..6 {
        browser
            .post(HERE, &[("email", "ana@example.com")])
            .await
            .expect(200)
            .has("a link is on its way");
    }
    assert_eq!(letters(&test).await.len(), 3);
    test.clock.advance(11 * MINUTE);
    browser.post(HERE, &[("email", "ana@example.com")]).await.expect(200);
    assert_eq!(letters(&test).await.len(), 4);
}

#[tokio::test]
async fn without_passwords_there_is_none_to_forget() {
    let (test, ana, mut browser) = at_the_door().await;
    let policy = Policy {
        is_without_passwords: true,
        ..Policy::default()
    };
    let boss = Actor::Agent(ana.id);
    // Somebody has to be able to come in some other way.
    let provider: Provider = serde_json::from_value(json!({
        "issuer": "https://id.example.com", "client_id": "desk", "client_secret": "x", "label": "Company", "scopes": [], "domains": [],
        "trusts_addresses": false, "claim": "", "roles": [], "default_role": null, "makes_agents": false,
    }))
    .unwrap();
    policy::save_provider(test.store(), &boss, Some(&provider))
        .await
        .unwrap();
    policy::save(test.store(), &boss, &policy).await.unwrap();
    browser.get(HERE).await.expect(303);
    browser.post(HERE, &[("email", "ana@example.com")]).await.expect(303);
    assert!(letters(&test).await.is_empty());
    browser.get("/sign-in").await.expect(200).lacks("forgotten");
}
