use conversation::telephone;
use conversation::types::{Actor, Language, Role};

use super::testing::{Browser, PASSWORD, agent};
use crate::first_run::set_up_link;
use crate::people::{agents, links, sessions};
use crate::testing::TestApp;

fn path_of(link: &str) -> String {
    link.strip_prefix("http://desk").unwrap().to_owned()
}

fn token_of(link: &str) -> String {
    link.split_once("token=").unwrap().1.to_owned()
}

#[tokio::test]
async fn the_first_administrator_is_made_by_any_link_that_was_printed() {
    let test = TestApp::new().await;
    let link = set_up_link(test.store(), "http://desk").await.unwrap().unwrap();
    let newer = set_up_link(test.store(), "http://desk").await.unwrap().unwrap();
    let mut browser = Browser::new(&test);
    browser.get(&path_of(&newer)).await.expect(200).has("name=\"email\"");
    browser.get(&path_of(&link)).await.expect(200).has("name=\"email\"");
    let token = token_of(&link);
    let fields = |password: &'static str| {
        [
            ("token", token.clone()),
            ("name", "Ana".to_owned()),
            ("email", "ana@example.com".to_owned()),
            ("password", password.to_owned()),
        ]
    };
    let send = |fields: &[(&'static str, String); 4]| fields.iter().map(|(n, v)| (*n, v.clone())).collect::<Vec<_>>();
    let short = send(&fields("short"));
    let short: Vec<(&str, &str)> = short.iter().map(|(n, v)| (*n, v.as_str())).collect();
    browser
        .post("/set-up", &short)
        .await
        .expect(422)
        .has("At least 10 characters, please")
        .has("value=\"Ana\"");
    let good = send(&fields(PASSWORD));
    let good: Vec<(&str, &str)> = good.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let page = browser.post("/set-up", &good).await.expect(303);
    assert_eq!(page.header("location"), "/settings/start");
    browser.get("/inbox").await.expect(200).has("Ana");
    browser.post("/set-up", &good).await.expect(410);
    Browser::new(&test).get(&path_of(&newer)).await.expect(410);
    assert_eq!(set_up_link(test.store(), "http://desk").await.unwrap(), None);
}

#[tokio::test]
async fn an_installation_begins_in_the_time_zone_of_whoever_sets_it_up() {
    for (said, chosen, country) in [
        ("America/Bogota", Some("America/Bogota"), Some("CO")),
        ("Asia/Tokyo", Some("Asia/Tokyo"), None),
        ("Mars/Olympus", None, None),
        ("", None, None),
    ] {
        let test = TestApp::new().await;
        let link = set_up_link(test.store(), "http://desk").await.unwrap().unwrap();
        let token = token_of(&link);
        let fields = [
            ("token", token.as_str()),
            ("name", "Ana"),
            ("email", "ana@example.com"),
            ("password", PASSWORD),
            ("time_zone", said),
        ];
        Browser::new(&test).post("/set-up", &fields).await.expect(303);
        let kept = billing::settings::time_zone(test.store().db(), test.store())
            .await
            .unwrap();
        assert_eq!(kept.as_deref(), chosen, "{said}");
        assert_eq!(test.app.tz().iana_name(), chosen.or(Some("UTC")), "{said}");
        let home = telephone::home(test.store().db()).await.unwrap();
        assert_eq!(home.map(telephone::Country::code), country, "{said}");
    }
}

#[tokio::test]
async fn whoever_comes_before_the_set_up_is_told_where_its_link_is() {
    let test = TestApp::new().await;
    let mut browser = Browser::new(&test);
    assert_eq!(browser.get("/").await.expect(303).header("location"), "/inbox");
    let to = browser.get("/inbox").await.expect(303).header("location").to_owned();
    let page = browser.get(&to).await.expect(200);
    let page = page
        .has("Not set up yet")
        .has("switchboard set-up-link")
        .has("journalctl -u switchboard");
    assert!(
        !page.text.contains("type=\"password\""),
        "nobody can sign in: {}",
        page.text
    );
    let answer = browser
        .post(
            "/sign-in",
            &[("email", "eva@example.com"), ("password", "correct horse battery")],
        )
        .await
        .expect(422);
    answer.has("Not set up yet");
    // Whoever looked for it there, and makes a link, is let in as by the first.
    let link = set_up_link(test.store(), "http://desk").await.unwrap().unwrap();
    browser.get(&path_of(&link)).await.expect(200);
    agent(&test, "Ana", Role::Administrator).await;
    let page = browser.get("/sign-in").await.expect(200);
    let page = page.has("type=\"password\"");
    assert!(!page.text.contains("set-up-link"), "{}", page.text);
}

#[tokio::test]
async fn a_set_up_link_dies_after_a_day() {
    let test = TestApp::new().await;
    let link = set_up_link(test.store(), "http://desk").await.unwrap().unwrap();
    test.clock.advance(24 * 60 * 60 * 1000);
    Browser::new(&test).get(&path_of(&link)).await.expect(410);
}

#[tokio::test]
async fn signing_in_and_out() {
    let test = TestApp::new().await;
    let ana = agent(&test, "Ana", Role::Agent).await;
    agents::set_password(test.store(), &Actor::System, &ana.id, PASSWORD)
        .await
        .unwrap();
    let mut browser = Browser::new(&test);
    let page = browser.get("/inbox?tab=mine").await.expect(303);
    assert_eq!(page.header("location"), "/sign-in?next=%2Finbox%3Ftab%3Dmine");
    browser.clone().scripted().get("/inbox/list").await.expect(401);
    let wrong = browser
        .post("/sign-in", &[("email", "ana@example.com"), ("password", "wrong")])
        .await
        .expect(422);
    let unknown = browser
        .post("/sign-in", &[("email", "bob@example.com"), ("password", "wrong")])
        .await
        .expect(422);
    assert_eq!(
        wrong.text.replace("ana@", "bob@"),
        unknown.text,
        "the answer tells nothing"
    );
    let page = browser
        .post(
            "/sign-in",
            &[
                ("email", "Ana@example.com"),
                ("password", PASSWORD),
                ("next", "/inbox?tab=mine"),
            ],
        )
        .await
        .expect(303);
    assert_eq!(page.header("location"), "/inbox?tab=mine");
    let cookie = page.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    let page = browser.get("/inbox").await.expect(200);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_eq!(page.header("cache-control"), "no-store");
    let mut before = browser.clone();
    browser.post("/sign-out", &[]).await.expect(303);
    browser.get("/inbox").await.expect(303);
    before.get("/inbox").await.expect(303);
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let mut test = TestApp::new().await;
    let mut config = (*test.app.config).clone();
    config.server.public_url = Some("https://desk.example".to_owned());
    test.app.config = std::sync::Arc::new(config);
    let ana = agent(&test, "Ana", Role::Agent).await;
    let link = links::create(test.store(), &Actor::System, Some(&ana.id))
        .await
        .unwrap();
    let mut browser = Browser::new(&test);
    let page = browser
        .post("/set-up", &[("token", &link), ("password", PASSWORD)])
        .await
        .expect(303);
    let cookie = page.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-switchboard-session=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    let page = browser.get("/inbox").await.expect(200);
    assert!(page.header("strict-transport-security").contains("max-age"));
}

#[tokio::test]
async fn the_way_back_stays_here() {
    for (next, to) in [
        ("/inbox/c/1", "/inbox/c/1"),
        ("", "/inbox"),
        ("https://evil.example/", "/inbox"),
        ("//evil.example", "/inbox"),
        ("/\\evil.example", "/inbox"),
        ("/a\nb", "/inbox"),
        ("javascript:alert(1)", "/inbox"),
        ("/sign-out", "/inbox"),
    ] {
        assert_eq!(super::own_path(next), to, "{next}");
    }
}

#[tokio::test]
async fn tries_are_slowed_and_nobody_is_locked_out() {
    let test = TestApp::new().await;
    let ana = agent(&test, "Ana", Role::Agent).await;
    agents::set_password(test.store(), &Actor::System, &ana.id, PASSWORD)
        .await
        .unwrap();
    let right = [("email", "ana@example.com"), ("password", PASSWORD)];
    let mut known = Browser::new(&test);
    known.post("/sign-in", &right).await.expect(303);
    known.cookies.retain(|(name, _)| name == "switchboard-browser");
    known.csrf.clear();
    let mut attacker = Browser::new(&test);
    for _ in 0..6 {
        attacker
            .post("/sign-in", &[("email", "ana@example.com"), ("password", "guess")])
            .await
            .expect(422);
    }
    let page = attacker.post("/sign-in", &right).await.expect(429);
    assert!(page.header("retry-after").parse::<i64>().unwrap() <= 30);
    known.post("/sign-in", &right).await.expect(303);
    test.clock.advance(30_000);
    Browser::new(&test).post("/sign-in", &right).await.expect(303);
}

#[tokio::test]
async fn what_other_pages_send_is_refused() {
    let test = TestApp::new().await;
    let ana = agent(&test, "Ana", Role::Administrator).await;
    let mut browser = Browser::of(&test, &ana).await;
    let body = |token: &str| format!("name=Eva&language=en&csrf={token}").into_bytes();
    let form = "application/x-www-form-urlencoded";
    let token = browser.csrf.clone();
    for (headers, token, status) in [
        (vec![], "", 403),
        (vec![], "abc.def", 403),
        (vec![("sec-fetch-site", "cross-site")], token.as_str(), 403),
        (vec![("sec-fetch-site", "same-site")], token.as_str(), 403),
        (vec![("origin", "https://evil.example")], token.as_str(), 403),
        (vec![("origin", "null")], token.as_str(), 403),
        (vec![("origin", "http://desk.example")], token.as_str(), 303),
        (vec![("sec-fetch-site", "same-origin")], token.as_str(), 303),
        (vec![], token.as_str(), 303),
    ] {
        browser.headers = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let page = browser.send("POST", "/settings/account", form, body(token)).await;
        assert_eq!(page.status.as_u16(), status, "{headers:?} {token}");
    }
    let other = agent(&test, "Bob", Role::Agent).await;
    let mut bob = Browser::of(&test, &other).await;
    bob.csrf = token;
    bob.post("/settings/account", &[("name", "x")]).await.expect(403);
    let mut anonymous = Browser::new(&test);
    anonymous.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    anonymous
        .post("/sign-in", &[("email", "a@example.com"), ("password", "x")])
        .await
        .expect(403);
}

#[tokio::test]
async fn pages_speak_the_readers_language() {
    let test = TestApp::new().await;
    let mut browser = Browser::new(&test);
    browser.headers = vec![("accept-language", "fr, pt-BR;q=0.8".to_owned())];
    browser.get("/sign-in").await.expect(200).has("lang=\"pt\"");
    browser.get("/set-up?token=x").await.expect(410).has("lang=\"pt\"");
}

#[tokio::test]
async fn the_remembered_language_wins() {
    let test = TestApp::new().await;
    let mut browser = Browser::new(&test);
    browser.headers = vec![
        ("accept-language", "fr, pt-BR;q=0.8".to_owned()),
        ("cookie", "language=es".to_owned()),
    ];
    browser.get("/sign-in").await.expect(200).has("lang=\"es\"");
}

#[tokio::test]
async fn an_invitation_greets_in_the_language_it_was_made_for() {
    let test = TestApp::new().await;
    let new = agents::NewAgent {
        email: "marta@example.com".to_owned(),
        name: "Marta".to_owned(),
        role: Role::Agent,
        language: Language::Es,
    };
    let marta = agents::create(test.store(), &Actor::System, new).await.unwrap();
    let link = links::create(test.store(), &Actor::System, Some(&marta.id))
        .await
        .unwrap();
    let mut browser = Browser::new(&test);
    browser.headers = vec![("accept-language", "en".to_owned())];
    let page = format!("/set-up?token={link}");
    browser.get(&page).await.expect(200).has("lang=\"es\"");
    let short = [("token", link.as_str()), ("password", "short")];
    browser.post("/set-up", &short).await.expect(422).has("lang=\"es\"");
    // Unless they choose another one there.
    browser.headers = vec![("cookie", "language=pt".to_owned())];
    browser.get(&page).await.expect(200).has("lang=\"pt\"");
}

#[tokio::test]
async fn a_disabled_agent_is_out_at_once() {
    let test = TestApp::new().await;
    agent(&test, "Eva", Role::Administrator).await;
    let ana = agent(&test, "Ana", Role::Agent).await;
    let mut browser = Browser::of(&test, &ana).await;
    browser.get("/inbox").await.expect(200);
    agents::disable(test.store(), &Actor::System, &ana.id).await.unwrap();
    browser.get("/inbox").await.expect(303);
    assert!(
        sessions::list(test.store().db(), &ana.id, test.store().now())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn where_nothing_is_is_said_in_the_readers_language() {
    let test = TestApp::new().await;
    let new = agents::NewAgent {
        email: "rui@example.com".to_owned(),
        name: "Rui".to_owned(),
        role: Role::Agent,
        language: Language::Pt,
    };
    let rui = agents::create(test.store(), &Actor::System, new).await.unwrap();
    let mut inside = Browser::everywhere(&test);
    inside.cookies = Browser::of(&test, &rui).await.cookies;
    let mut outside = Browser::everywhere(&test);
    for browser in [&mut inside, &mut outside] {
        browser.headers = vec![("accept-language", "es".to_owned())];
    }
    for path in [
        "/nothing",
        "/inbox/nothing/at/all",
        "/portal/nothing",
        "/settings/nothing",
    ] {
        let page = inside.get(path).await.expect(404);
        assert!(page.text.contains("lang=\"pt\""), "{path}: {}", page.text);
        assert!(page.text.contains("href=\"/inbox\""), "{path}: a way back");
        let page = outside.get(path).await.expect(404);
        assert!(page.text.contains("lang=\"es\""), "{path}: {}", page.text);
        assert!(!page.text.contains("href=\"/inbox\""), "{path}");
        let has_way = page.text.contains("class=\"button\" href=\"/portal\"");
        assert_eq!(has_way, path.starts_with("/portal"), "{path}: {}", page.text);
        assert!(
            page.header("content-security-policy").contains("default-src 'none'"),
            "{path}"
        );
    }
    for (guess, to) in [
        ("/portal/tickets", "/portal/support"),
        ("/portal/", "/portal"),
        ("/portal/facturas/7?x=1", "/portal/documents/7?x=1"),
    ] {
        for browser in [&mut inside, &mut outside] {
            assert_eq!(browser.get(guess).await.expect(308).header("location"), to);
        }
    }
    let page = inside.get("/api/v1/nothing").await.lacks("<html");
    assert_eq!(page.header("content-type"), "application/problem+json");
}
