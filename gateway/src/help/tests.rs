use axum::body::{Body, to_bytes};
use axum::http::Request;
use conversation::Env;
use conversation::env::FakeClock;
use conversation::types::Actor;
use kb::{ArticleStatus, Hit, store};
use tower::ServiceExt;

use super::*;
use crate::config::Config;
use crate::readers::{SNIPPET, snippet};

const NOW: i64 = 1_790_000_000_000;

async fn app(dir: &std::path::Path) -> App {
    app_in(dir, "UTC").await
}

async fn app_in(dir: &std::path::Path, time_zone: &str) -> App {
    let mut config = Config::default();
    config.server.time_zone = Some(time_zone.to_owned());
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
    let vote = |said: &'static str, browser: &'static str| {
        let request = Request::post("/help/pt/trocar-toner/feedback")
            .header("x-forwarded-for", "203.0.113.7")
            .header(header::USER_AGENT, browser)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        send(&app, request.body(Body::from(said)).unwrap())
    };
    let answer = vote("helped=yes", "one").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header(header::LOCATION), "/help/pt/trocar-toner?helped=yes#vote");
    // The same reader again: the last word counts. Another browser is another reader.
    assert_eq!(vote("helped=no", "one").await.status, StatusCode::SEE_OTHER);
    vote("helped=yes", "two").await;
    let commented = vote("helped=no&comment=Qual+porta%3F", "one").await;
    assert!(commented.header(header::LOCATION).contains("comment=1"));
    for odd in ["helped=maybe", ""] {
        let answer = vote(odd, "one").await;
        assert_eq!(answer.header(header::LOCATION), "/help/pt/trocar-toner");
    }
    let counts = store::feedback_counts(app.store.db(), "pt/trocar-toner").await.unwrap();
    assert_eq!((counts.helped, counts.not_helped), (1, 1));
    let comments = kb::feedback::comments(app.store.db(), "pt/trocar-toner", None, 5)
        .await
        .unwrap();
    assert_eq!(comments[0].text, "Qual porta?");
    let stored: Vec<(Option<String>,)> = conversation::db::sql("SELECT visitor FROM article_feedback")
        .all(app.store.db())
        .await
        .unwrap();
    for (visitor,) in stored {
        let visitor = visitor.unwrap();
        assert!(visitor.len() < 40 && !visitor.contains("203.0.113"), "{visitor}");
    }
    let thanks = fetch(&app, "/help/pt/trocar-toner?helped=yes").await;
    assert!(thanks.text.contains("Obrigado por nos contar"));
    assert_eq!(thanks.header(header::CACHE_CONTROL), "no-store");
    let sorry = fetch(&app, "/help/pt/trocar-toner?helped=no").await;
    assert!(sorry.text.contains("/portal/tickets/new"));
}

/// The JSON-LD documents of a page.
fn data(page: &Answer) -> Vec<serde_json::Value> {
    page.text
        .split("<script type=\"application/ld+json\">")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("</script>").next().unwrap()).unwrap())
        .collect()
}

#[tokio::test]
async fn search_engines_find_every_article_and_its_translations() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    let robots = fetch(&app, "/robots.txt").await;
    assert!(robots.text.contains("Sitemap: https://help.example.com/sitemap.xml"));
    assert!(robots.text.contains("Disallow: /inbox"));
    let index = fetch(&app, "/sitemap.xml").await;
    assert_eq!(index.header(header::CONTENT_TYPE), "application/xml; charset=utf-8");
    let mut found = 0;
    for language in Language::ALL {
        let path = format!("/sitemaps/{language}-1.xml");
        assert!(index.text.contains(&format!("https://help.example.com{path}")));
        let part = fetch(&app, &path).await;
        for article in app.knowledge.published(*language) {
            found += 1;
            assert!(
                part.text
                    .contains(&format!("<loc>https://help.example.com{}</loc>", article.path()))
            );
        }
        assert_eq!(
            part.text.matches("<url>").count(),
            13,
            "twelve articles and the first page"
        );
        assert!(
            part.text
                .contains("hreflang=\"pt\" href=\"https://help.example.com/help/pt/trocar-toner\"")
        );
    }
    assert_eq!(found, 36);
    for nothing in [
        "/sitemaps/en-2.xml",
        "/sitemaps/xx-1.xml",
        "/sitemaps/en-0.xml",
        "/sitemaps/x",
    ] {
        assert_eq!(fetch(&app, nothing).await.status, StatusCode::NOT_FOUND, "{nothing}");
    }
}

#[tokio::test]
async fn a_page_tells_machines_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    let page = fetch(&app, "/help/en/change-toner").await;
    let read = data(&page);
    assert_eq!(read[0]["@type"], "TechArticle");
    assert_eq!(read[0]["headline"], "Change the toner");
    assert_eq!(read[1]["@type"], "BreadcrumbList");
    assert_eq!(read[1]["itemListElement"][1]["name"], "Change the toner");
    assert!(page.text.contains("<meta property=\"og:type\" content=\"article\">"));
    let question = fetch(&app, "/help/en/payment-methods").await;
    assert_eq!(data(&question)[0]["@type"], "FAQPage");
    assert_eq!(data(&fetch(&app, "/help/en").await)[0]["@type"], "WebSite");
    // No text ends the block of data before its end.
    let mut article = kb::Article::clone(&app.knowledge.article("en/change-toner").unwrap());
    article.title = "</script><script>alert(1)</script>".to_owned();
    store::upsert(&app.store, &Actor::System, &article).await.unwrap();
    app.knowledge.refresh(&app.store).await.unwrap();
    let page = fetch(&app, "/help/en/change-toner").await;
    assert!(!page.text.contains("<script>alert"));
    assert_eq!(data(&page)[0]["headline"], "</script><script>alert(1)</script>");
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.contains("script-src 'self'") && policy.contains("default-src 'none'"));
}

#[tokio::test]
async fn an_article_has_contents_neighbours_and_a_way_back() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    let page = fetch(&app, "/help/en/change-toner").await;
    assert!(page.text.contains("<h2 id=\"order-a-cartridge\">"));
    assert!(page.text.contains("href=\"#order-a-cartridge\""));
    assert!(page.text.contains("id=\"related\"") && page.text.contains("help-crumbs"));
    assert_eq!(page.text.matches("<h1").count(), 1);
    assert!(page.text.contains("/portal/brand.css"));
}

#[tokio::test]
async fn a_moved_article_is_found_at_its_old_address() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    let mut article = kb::Article::clone(&app.knowledge.article("en/change-toner").unwrap());
    article.slug = "new-toner".to_owned();
    store::upsert(&app.store, &Actor::System, &article).await.unwrap();
    app.knowledge.refresh(&app.store).await.unwrap();
    let old = fetch(&app, "/help/en/change-toner").await;
    assert_eq!(old.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(old.header(header::LOCATION), "/help/en/new-toner");
    store::set_status(&app.store, &Actor::System, "en/change-toner", ArticleStatus::Draft)
        .await
        .unwrap();
    app.knowledge.refresh(&app.store).await.unwrap();
    assert_eq!(fetch(&app, "/help/en/change-toner").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn topics_hold_articles_and_other_topics() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    let (actor, names) = (Actor::System, |name: &str| [(Language::En, name.to_owned())].into());
    let new = |name: &str, parent: Option<String>| kb::categories::NewCategory {
        parent,
        names: names(name),
        place: 0,
    };
    let top = kb::categories::create(&app.store, &actor, new("Printers", None))
        .await
        .unwrap();
    let inner = kb::categories::create(&app.store, &actor, new("Paper", Some(top.id.clone())))
        .await
        .unwrap();
    kb::categories::create(&app.store, &actor, new("Empty", None))
        .await
        .unwrap();
    for (id, category) in [("en/change-toner", &top.id), ("en/clear-paper-jam", &inner.id)] {
        let mut article = kb::Article::clone(&app.knowledge.article(id).unwrap());
        article.place.category = Some(category.clone());
        store::upsert(&app.store, &actor, &article).await.unwrap();
    }
    app.knowledge.refresh(&app.store).await.unwrap();
    let home = fetch(&app, "/help/en").await;
    assert!(home.text.contains("href=\"/help/en/topics/printers\"") && home.text.contains("2 articles"));
    assert!(!home.text.contains("topics/empty"));
    let page = fetch(&app, "/help/en/topics/printers").await;
    assert!(page.text.contains("href=\"/help/en/topics/paper\"") && page.text.contains("/help/en/change-toner"));
    let article = fetch(&app, "/help/en/clear-paper-jam").await;
    for step in ["/help/en\"", "/help/en/topics/printers\"", "/help/en/topics/paper\""] {
        assert!(article.text.contains(&format!("href=\"{step}")), "{step}");
    }
    let all = fetch(&app, "/help/en/topics/all").await;
    assert!(all.text.contains("/help/en/clear-paper-jam"));
    assert_eq!(
        fetch(&app, "/help/en/topics/nothing").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        fetch(&app, "/help/en/topics/all?page=9").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        fetch(&app, "/help/pt-BR/topics/printers")
            .await
            .header(header::LOCATION),
        "/help/pt/topics/printers"
    );
}

#[tokio::test]
async fn results_come_while_one_types() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    let part = fetch(&app, "/help/en/suggest?q=paper").await;
    assert!(part.text.contains("/help/en/clear-paper-jam") && !part.text.contains("<html"));
    assert_eq!(part.headers["x-robots-tag"], "noindex");
    let nothing = fetch(&app, "/help/en/suggest?q=%3Cscript%3E").await;
    assert!(nothing.text.contains("Nothing found") && !nothing.text.contains("<script>"));
}

#[tokio::test]
async fn views_are_numbers_of_a_day_and_robots_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    for (agent, purpose) in [
        ("Firefox", ""),
        ("Googlebot/2.1", ""),
        ("Firefox", "prefetch"),
        ("Safari", ""),
    ] {
        let request = Request::get("/help/en/change-toner")
            .header(header::USER_AGENT, agent)
            .header("sec-purpose", purpose);
        send(&app, request.body(Body::empty()).unwrap()).await;
    }
    app.knowledge.flush_views(&app.store).await.unwrap();
    app.knowledge.flush_views(&app.store).await.unwrap();
    let id = "en/change-toner".to_owned();
    let reach = kb::feedback::reach(app.store.db(), std::slice::from_ref(&id), NOW - 1_000)
        .await
        .unwrap();
    assert_eq!(reach[&id].views, 2);
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
