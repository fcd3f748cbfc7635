use conversation::types::{Actor, Role};
use identity::Owner;
use identity::totp::{self, hotp, step_of};

use crate::auth::policy::{self, Policy};
use crate::auth::testing::{Browser, PASSWORD, agent};
use crate::people::agents::{self, Agent};
use crate::testing::TestApp;

fn unbase32(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            _ => c - b'2' + 26,
        };
        bits = (bits << 5) | u32::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    bytes
}

/// What an app would show now.
fn shown(test: &TestApp, secret: &[u8]) -> String {
    hotp(secret, u64::try_from(step_of(test.store().now())).unwrap(), 6)
}

async fn with_password(test: &TestApp, name: &str, role: Role) -> Agent {
    let one = agent(test, name, role).await;
    agents::set_password(test.store(), &Actor::System, &one.id, PASSWORD)
        .await
        .unwrap();
    one
}

/// Turns the app on, by the page; returns its secret and the recovery codes.
async fn turn_on(test: &TestApp, browser: &mut Browser, one: &Agent) -> (Vec<u8>, Vec<String>) {
    browser
        .get("/settings/security")
        .await
        .expect(200)
        .has("data:image/svg");
    let owner = Owner::Agent(one.id.clone());
    let offer = totp::offer(test.store(), &owner, "Desk", &one.email).await.unwrap();
    let secret = unbase32(&offer.secret);
    browser
        .post("/settings/security/app", &[("code", "000000")])
        .await
        .expect(422);
    let page = browser
        .post("/settings/security/app", &[("code", &shown(test, &secret))])
        .await
        .expect(200);
    let codes: Vec<String> = page
        .text
        .split("<li class=\"mono\">")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

async fn password_only(test: &TestApp, email: &str) -> Browser {
    first_step(Browser::new(test), email).await
}

async fn first_step(mut browser: Browser, email: &str) -> Browser {
    let page = browser
        .post(
            "/sign-in",
            &[("email", email), ("password", PASSWORD), ("next", "/settings/account")],
        )
        .await
        .expect(303);
    assert_eq!(page.header("location"), "/sign-in/second");
    browser
}

#[tokio::test]
async fn the_app_is_asked_for_after_the_password() {
    let test = TestApp::new().await;
    let ana = with_password(&test, "Ana", Role::Agent).await;
    let mut at_home = Browser::of(&test, &ana).await;
    let (secret, codes) = turn_on(&test, &mut at_home, &ana).await;
    test.clock.advance(60_000);
    let mut browser = password_only(&test, "ana@example.com").await;
    browser.get("/inbox").await.expect(303);
    browser.get("/sign-in/second").await.expect(200).has("one-time-code");
    browser.post("/sign-in/second", &[("code", "123456")]).await.expect(422);
    let code = shown(&test, &secret);
    let page = browser.post("/sign-in/second", &[("code", &code)]).await.expect(303);
    assert_eq!(page.header("location"), "/settings/account");
    browser.get("/inbox").await.expect(200);
    // A code that somebody looked over the shoulder for is worth nothing.
    let mut thief = password_only(&test, "ana@example.com").await;
    thief.post("/sign-in/second", &[("code", &code)]).await.expect(422);
    // A recovery code works once, however it is written.
    let typed = codes[3].to_uppercase().replace('-', " ");
    let mut lost = password_only(&test, "ana@example.com").await;
    lost.post("/sign-in/second", &[("code", &typed)]).await.expect(303);
    lost.get("/inbox").await.expect(200);
    test.clock.advance(120_000);
    let mut again = password_only(&test, "ana@example.com").await;
    again.post("/sign-in/second", &[("code", &codes[3])]).await.expect(422);
}

#[tokio::test]
async fn guessing_codes_ends_soon_and_locks_nobody_out() {
    let test = TestApp::new().await;
    let ana = with_password(&test, "Ana", Role::Agent).await;
    let mut at_home = Browser::of(&test, &ana).await;
    let (secret, _) = turn_on(&test, &mut at_home, &ana).await;
    test.clock.advance(60_000);
    // Her own browser is known from an earlier day. All of them ask the same door.
    let door = Browser::new(&test);
    let mut own = first_step(door.clone(), "ana@example.com").await;
    let code = shown(&test, &secret);
    own.post("/sign-in/second", &[("code", &code)]).await.expect(303);
    own.cookies.retain(|(name, _)| name == "switchboard-browser");
    own.csrf.clear();
    test.clock.advance(60_000);
    let mut thief = first_step(door.clone(), "ana@example.com").await;
    let mut ends = 0;
    for _ in 0..5 {
        let page = thief.post("/sign-in/second", &[("code", "000000")]).await;
        ends += usize::from(page.status == 303);
    }
    assert_eq!(ends, 1, "the fifth wrong code asks for the password again");
    let mut more = first_step(door.clone(), "ana@example.com").await;
    more.post("/sign-in/second", &[("code", "000000")]).await.expect(422);
    more.post("/sign-in/second", &[("code", "000000")]).await.expect(429);
    let mut own = first_step(own, "ana@example.com").await;
    let code = shown(&test, &secret);
    own.post("/sign-in/second", &[("code", &code)]).await.expect(303);
    own.get("/inbox").await.expect(200);
}

#[tokio::test]
async fn who_must_have_a_second_factor_sets_one_up_first() {
    let test = TestApp::new().await;
    let ana = with_password(&test, "Ana", Role::Administrator).await;
    let eva = with_password(&test, "Eva", Role::Agent).await;
    let rule = Policy {
        second_factor: vec![Role::Administrator],
        is_without_passwords: false,
    };
    policy::save(test.store(), &Actor::System, &rule).await.unwrap();
    Browser::of(&test, &eva).await.get("/inbox").await.expect(200);
    let mut browser = Browser::of(&test, &ana).await;
    let page = browser.get("/inbox").await.expect(303);
    assert_eq!(page.header("location"), "/settings/security");
    browser
        .post("/settings/people", &[("email", "x@example.com")])
        .await
        .expect(303);
    turn_on(&test, &mut browser, &ana).await;
    browser.get("/inbox").await.expect(200);
    // Without a passkey or a provider nobody would get in any more.
    let shut = Policy {
        second_factor: Vec::new(),
        is_without_passwords: true,
    };
    assert!(policy::save(test.store(), &Actor::System, &shut).await.is_err());
}

#[tokio::test]
async fn what_matters_asks_again_after_a_while() {
    let test = TestApp::new().await;
    let ana = with_password(&test, "Ana", Role::Administrator).await;
    let mut browser = Browser::of(&test, &ana).await;
    browser.get("/settings/people").await.expect(200);
    test.clock.advance(31 * 60_000);
    for path in [
        "/settings/people",
        "/settings/tokens",
        "/settings/security",
        "/settings/sign-in",
        "/settings/privacy",
    ] {
        let page = browser.get(path).await.expect(303);
        assert!(page.header("location").starts_with("/sign-in/again?next="), "{path}");
    }
    browser.get("/inbox").await.expect(200);
    browser
        .get("/sign-in/again?next=/settings/people")
        .await
        .expect(200)
        .has("current-password");
    let wrong = [("next", "/settings/people"), ("password", "wrong")];
    browser.post("/sign-in/again", &wrong).await.expect(422);
    let right = [("next", "/settings/people"), ("password", PASSWORD)];
    let page = browser.post("/sign-in/again", &right).await.expect(303);
    assert_eq!(page.header("location"), "/settings/people");
    browser.get("/settings/people").await.expect(200);
    // The audit knows, and only who may read it does.
    let page = browser.get("/settings/audit?action=agent.").await.expect(200);
    let page = page.has("agent.proved");
    page.has("agent.sign_in_refused");
    // What happened is said in words; its kind and its day narrow the list.
    browser
        .get("/settings/audit?kind=sign-ins")
        .await
        .expect(200)
        .has("proved again who they are")
        .has("kind=sign-ins&amp;from=");
    browser
        .get("/settings/audit?kind=equipment")
        .await
        .expect(200)
        .lacks("proved again who they are");
    let csv = browser
        .get("/settings/audit/export?action=agent.proved")
        .await
        .expect(200);
    assert_eq!(csv.text.lines().count(), 2, "{}", csv.text);
    assert!(csv.text.starts_with("\u{feff}at,who,"), "spreadsheets read it as UTF-8");
    browser
        .post("/settings/account", &[("name", "Ana"), ("language", "pt")])
        .await
        .expect(303);
    let csv = browser.get("/settings/audit/export").await.expect(200);
    assert!(
        csv.text.starts_with("\u{feff}at;who;"),
        "and as the reader's language parts values"
    );
    // As every browser asks for it.
    let mut compressed = Browser::everywhere(&test);
    compressed.cookies.clone_from(&browser.cookies);
    compressed.headers.push(("accept-encoding", "br".to_owned()));
    let all = compressed.get("/settings/audit/export").await.expect(200);
    assert_eq!(all.header("content-encoding"), "br");
    let eva = agent(&test, "Eva", Role::Agent).await;
    Browser::of(&test, &eva).await.get("/settings/audit").await.expect(403);
    let max = agent(&test, "Max", Role::Supervisor).await;
    let mut max = Browser::of(&test, &max).await;
    max.get("/settings/audit?action=agent.refused")
        .await
        .expect(200)
        .has("GET /settings/audit");
}
