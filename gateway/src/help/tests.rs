use axum::body::{Body, to_bytes};
use axum::http::Request;
use conversation::Env;
use conversation::env::FakeClock;
use conversation::types::Actor;
use kb::{ArticleStatus, Hit, store};
use tower::ServiceExt;

use super::found::{SNIPPET, snippet};
use super::*;
use crate::config::Config;

const NOW: i64 = 1_790_000_000_000;

async fn app(dir: &std::path::Path) -> App {
    app_in(dir, "UTC").await
}

async fn app_in(dir: &std::path::Path, time_zone: &str) -> App {
    let mut config = Config::default();
    config.server.time_zone = time_zone.to_owned();
    config.data.dir = dir.to_owned();
    config.server.business_name = "Acme & Sons".to_owned();
    config.server.public_url = Some("https://help.example.com".to_owned());
    let app = App::open(config, Env::fixed(FakeClock::new(NOW), 3)).await.unwrap();
    let (articles, _) = kb::sample::articles(NOW);
    store::import(&app.store, &Actor::System, &articles).await.unwrap();
    app.knowledge.refresh(&app.store).await.unwrap();
    app
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn send(app: &App, request: Request<Body>) -> Answer {
    let response = routes(app).with_state(app.clone()).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 10_000_000).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

async fn fetch(app: &App, path: &str) -> Answer {
    send(app, Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_entrance_leads_to_the_readers_language() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    for (accept, to) in [
        ("pt-BR,pt;q=0.9,en;q=0.5", "/help/pt"),
        ("es-419", "/help/es"),
        ("de", "/help/en"),
    ] {
        let request = Request::get("/help").header(header::ACCEPT_LANGUAGE, accept);
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (answer.status, answer.header(header::LOCATION)),
            (StatusCode::TEMPORARY_REDIRECT, to)
        );
        assert_eq!(answer.header(header::VARY), "accept-language");
    }
    assert_eq!(fetch(&app, "/help/pt-BR").await.header(header::LOCATION), "/help/pt");
    assert_eq!(
        fetch(&app, "/help/es_MX/cambiar-toner").await.header(header::LOCATION),
        "/help/es/cambiar-toner"
    );
}

#[tokio::test]
async fn the_list_names_every_article_of_the_language_once() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    for language in Language::ALL {
        let page = fetch(&app, &format!("/help/{language}")).await;
        assert_eq!(page.status, StatusCode::OK);
        for article in app.knowledge.published(*language) {
            assert_eq!(page.text.matches(&format!("href=\"{}\"", article.path())).count(), 1);
        }
        assert!(page.text.contains(&format!("<html lang=\"{language}\"")));
        assert!(page.text.contains("Acme &amp; Sons"));
        assert!(page.text.contains(&format!(
            "<link rel=\"canonical\" href=\"https://help.example.com/help/{language}\">"
        )));
        assert_eq!(
            page.text.matches("rel=\"alternate\"").count(),
            4,
            "three languages and x-default"
        );
        assert!(page.header(header::CACHE_CONTROL).starts_with("public"));
    }
}

#[tokio::test]
async fn an_article_is_shown_with_its_translations_and_cached() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    let page = fetch(&app, "/help/en/change-toner").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text
            .contains("hreflang=\"pt\" href=\"https://help.example.com/help/pt/trocar-toner\"")
    );
    assert!(page.text.contains("href=\"/help/es/cambiar-toner\""));
    assert!(page.text.contains("<meta name=\"description\""));
    assert!(page.text.contains("action=\"/help/en/change-toner/feedback\""));
    let tag = page.header(header::ETAG).to_owned();
    let request = Request::get("/help/en/change-toner").header(header::IF_NONE_MATCH, &tag);
    let again = send(&app, request.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again.header(header::ETAG), tag);

    let mut article = kb::Article::clone(&app.knowledge.article("en/change-toner").unwrap());
    article.body = "New <script>alert(1)</script> [x](javascript:alert(1))".to_owned();
    store::upsert(&app.store, &Actor::System, &article).await.unwrap();
    app.knowledge.refresh(&app.store).await.unwrap();
    let request = Request::get("/help/en/change-toner").header(header::IF_NONE_MATCH, &tag);
    let changed = send(&app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert!(!changed.text.contains("<script>alert") && !changed.text.contains("javascript:"));
}

#[tokio::test]
async fn a_search_shows_marked_passages_in_any_language() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    let page = fetch(&app, "/help/en?q=paper+jam").await;
    assert!(page.text.contains("href=\"/help/en/clear-paper-jam\""));
    assert!(page.text.contains("<mark>"));
    assert!(page.text.contains("noindex"));
    assert_eq!(page.header(header::CACHE_CONTROL), "no-store");
    let nothing = fetch(&app, "/help/en?q=zzzzzz").await;
    assert!(nothing.text.contains("Nothing found"));
    for odd in [
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "%00",
        "%22%27)%20OR%20(",
        "%F0%9F%96%A8",
    ] {
        let page = fetch(&app, &format!("/help/pt?q={odd}")).await;
        assert_eq!(page.status, StatusCode::OK, "{odd}");
        assert!(!page.text.contains("<script>alert"));
    }
    let other = fetch(&app, "/help/en?q=digitalizar").await;
    assert!(
        other.text.contains("in Português"),
        "another language's article is marked"
    );
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    store::set_status(&app.store, &Actor::System, "en/change-toner", ArticleStatus::Draft)
        .await
        .unwrap();
    app.knowledge.refresh(&app.store).await.unwrap();
    for path in [
        "/help/en/change-toner",
        "/help/en/never",
        "/help/xx",
        "/help/xx/never",
        "/help/en/..%2F..%2Fetc",
    ] {
        let page = fetch(&app, path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text.contains("There is nothing here") && page.text.contains("role=\"search\""));
    }
}

#[tokio::test]
async fn did_this_help_is_counted_and_thanked() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    let vote = |said: &'static str| {
        let request = Request::post("/help/pt/trocar-toner/feedback")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        send(&app, request.body(Body::from(said)).unwrap())
    };
    let answer = vote("helped=yes").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header(header::LOCATION), "/help/pt/trocar-toner?helped=yes");
    assert_eq!(vote("helped=no").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        vote("helped=maybe").await.header(header::LOCATION),
        "/help/pt/trocar-toner"
    );
    assert_eq!(vote("").await.header(header::LOCATION), "/help/pt/trocar-toner");
    let counts = store::feedback_counts(app.store.db(), "pt/trocar-toner").await.unwrap();
    assert_eq!((counts.helped, counts.not_helped), (1, 1));
    let thanks = fetch(&app, "/help/pt/trocar-toner?helped=yes").await;
    assert!(thanks.text.contains("Obrigado por nos contar"));
    assert_eq!(thanks.header(header::CACHE_CONTROL), "no-store");
    let sorry = fetch(&app, "/help/pt/trocar-toner?helped=no").await;
    assert!(sorry.text.contains("/portal/tickets/new"));
}

#[test]
fn a_snippet_keeps_the_words_and_its_bounds() {
    let hit = |passage: &str, highlights: &[(usize, usize)]| Hit {
        article_id: "a".to_owned(),
        language: Language::En,
        is_other_language: false,
        slug: "a".to_owned(),
        title: "A".to_owned(),
        score: 1.0,
        passage: passage.to_owned(),
        heading: String::new(),
        highlights: highlights.iter().map(|&(from, to)| from..to).collect(),
    };
    assert_eq!(snippet(&hit("", &[])), []);
    assert_eq!(
        snippet(&hit("open the door", &[(9, 13)])),
        [("open the ".to_owned(), false), ("door".to_owned(), true)]
    );
    let long = "é ".repeat(400) + "door" + &" ü".repeat(400);
    let at = long.find("door").unwrap();
    let pieces = snippet(&hit(&long, &[(at, at + 4)]));
    assert!(pieces.contains(&("door".to_owned(), true)));
    let chars: usize = pieces.iter().map(|(text, _)| text.chars().count()).sum();
    assert!(chars <= SNIPPET + 4, "{chars}");
    let all: Vec<(usize, usize)> = (0..400).map(|at| (at * 3, at * 3 + 2)).collect();
    assert!(snippet(&hit(&long, &all)).len() <= SNIPPET + 2);
}

#[tokio::test]
async fn an_article_s_day_is_the_installation_s() {
    let dir = tempfile::tempdir().unwrap();
    // 14:13 in London is the next morning at the date line.
    for (time_zone, day) in [("UTC", "21"), ("Pacific/Kiritimati", "22")] {
        let app = app_in(&dir.path().join(day), time_zone).await;
        let page = fetch(&app, "/help/en/change-toner").await;
        assert!(
            page.text.contains(&format!("{day} September 2026")),
            "{time_zone}: {}",
            page.text
        );
    }
}
