//! Help articles in the chat's window: what is found, read and said of them there, and what never is.

use kb::{Article, ArticleStatus, Audience, feedback};

use super::*;

const TONER: &str = "en/change-toner";

impl Desk {
    async fn with_samples(self) -> Desk {
        let (articles, _) = kb::sample::articles(NOW);
        self.publish(&articles).await;
        self
    }

    async fn publish(&self, articles: &[Article]) {
        kb::store::import(self.store(), &Actor::System, articles).await.unwrap();
        self.app.knowledge.refresh(self.store()).await.unwrap();
    }

    /// What the frame gets of a path below `articles`, as one visitor.
    async fn shelf(&self, token: &str, path: &str) -> (StatusCode, Value) {
        let mut request = Request::get(format!("/widget/api/website/articles{path}")).header("host", "desk.example");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let (status, _, bytes) = self.call(request.body(Body::empty()).unwrap()).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn items(&self, token: &str, path: &str) -> Vec<Value> {
        let (status, list) = self.shelf(token, path).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        list["items"].as_array().unwrap().clone()
    }

    async fn ids(&self, token: &str, path: &str) -> Vec<String> {
        let items = self.items(token, path).await;
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn visitor_in(&self, language: &str) -> String {
        let (_, session) = self.post("session", "", json!({ "language": language })).await;
        session["token"].as_str().unwrap().to_owned()
    }

    async fn judge(&self, token: &str, id: &str, helped: Value) -> StatusCode {
        let path = format!("articles/{}/verdict", path_id(id));
        self.post(&path, token, json!({ "helped": helped })).await.0
    }

    async fn set(&self, change: impl FnOnce(&mut WidgetSettings)) {
        let inbox = inboxes::find(self.store().db(), Channel::Webchat, "website")
            .await
            .unwrap();
        let mut settings: WidgetSettings = inboxes::settings(self.store(), &inbox.id).await.unwrap();
        change(&mut settings);
        inboxes::configure(self.store(), &Actor::System, &inbox.id, &settings, false, true)
            .await
            .unwrap();
    }

    async fn frame_has_articles(&self) -> bool {
        let (_, _, page) = self.get("/widget/frame?inbox=website&language=en").await;
        String::from_utf8(page).unwrap().contains("id=\"chat-shelf\"")
    }
}

/// An id as the routes have it.
fn path_id(id: &str) -> String {
    id.replace('/', "~")
}

fn article(id: &str, title: &str, status: ArticleStatus, audience: Audience) -> Article {
    let (articles, _) = kb::sample::articles(NOW);
    let mut one = articles.into_iter().find(|article| article.id == TONER).unwrap();
    id.clone_into(&mut one.id);
    id.clone_into(&mut one.group);
    one.slug = id.replace('/', "-");
    title.clone_into(&mut one.title);
    one.body = format!("Everything about {title}, and zirconium.");
    one.status = status;
    one.place.audience = audience;
    one
}

#[tokio::test]
async fn a_visitor_finds_and_reads_an_article_in_their_language() {
    let desk = desk().await.with_samples().await;
    let token = desk.visitor_in("pt-BR").await;
    let first = desk.items(&token, "").await;
    assert_eq!(first.len(), 5);
    assert!(
        first
            .iter()
            .all(|one| one["language"] == "pt" && one["note"] == Value::Null && one["passage"] == json!([])),
        "{first:?}"
    );
    let found = desk.items(&token, "?q=trocar%20o%20toner").await;
    assert_eq!(
        (&found[0]["id"], &found[0]["path"], &found[0]["note"]),
        (&json!("pt~trocar-toner"), &json!("/help/pt/trocar-toner"), &Value::Null)
    );
    let marked = found[0]["passage"].as_array().unwrap();
    assert!(marked.iter().any(|piece| piece[1] == true), "{marked:?}");

    let (status, read) = desk.shelf(&token, &format!("/{}", path_id("pt/trocar-toner"))).await;
    assert_eq!((status, &read["language"]), (StatusCode::OK, &json!("pt")));
    let html = read["html"].as_str().unwrap();
    assert!(html.contains("<li>") && !html.contains("<h1"), "{html}");
    desk.app.knowledge.flush_views(desk.store()).await.unwrap();
    let id = "pt/trocar-toner".to_owned();
    let reach = feedback::reach(desk.store().db(), std::slice::from_ref(&id), NOW - 1_000)
        .await
        .unwrap();
    assert_eq!(reach[&id].views, 1);

    // Agents see it among the pages that the visitor saw.
    desk.write(&token, "Não consigo").await;
    let contact = desk.contact(&desk.session(&token).await).await.unwrap();
    let pages = super::super::store::pages_of(desk.store().db(), &contact, 5)
        .await
        .unwrap();
    assert_eq!(pages[0].0, "https://desk.example/help/pt/trocar-toner");
}

#[tokio::test]
async fn what_their_language_lacks_comes_in_another_and_says_so() {
    let desk = desk().await;
    let (articles, _) = kb::sample::articles(NOW);
    let spanish: Vec<Article> = articles
        .into_iter()
        .filter(|article| article.language == Language::Es)
        .collect();
    desk.publish(&spanish).await;
    for (language, note) in [
        ("es", Value::Null),
        ("pt", json!("em Español")),
        ("en", json!("in Español")),
    ] {
        let token = desk.visitor_in(language).await;
        for path in ["", "?q=toner"] {
            let items = desk.items(&token, path).await;
            assert!(!items.is_empty(), "{language} {path}");
            assert!(
                items.iter().all(|one| one["language"] == "es" && one["note"] == note),
                "{items:?}"
            );
        }
        let (_, read) = desk.shelf(&token, &format!("/{}", path_id("es/cambiar-toner"))).await;
        assert_eq!(read["note"], note);
    }
}

#[tokio::test]
async fn drafts_and_what_agents_keep_for_themselves_are_never_there() {
    let desk = desk().await;
    let hidden = [
        ("draft", ArticleStatus::Draft, Audience::Public),
        ("draft-for-n1", ArticleStatus::Draft, Audience::N1),
        ("for-n1", ArticleStatus::Published, Audience::N1),
        ("for-n3", ArticleStatus::Published, Audience::N3),
    ];
    let articles: Vec<Article> = hidden
        .iter()
        .map(|&(id, status, audience)| article(id, id, status, audience))
        .collect();
    desk.publish(&articles).await;
    assert!(!desk.frame_has_articles().await, "there is nothing to show");
    let token = desk.visitor().await;
    assert_eq!(desk.ids(&token, "").await, [""; 0]);

    let shown = article(
        "for-all",
        "What everybody may read",
        ArticleStatus::Published,
        Audience::Public,
    );
    desk.publish(&[shown]).await;
    assert!(desk.frame_has_articles().await);
    assert_eq!(desk.ids(&token, "").await, ["for-all"]);
    assert_eq!(desk.ids(&token, "?q=zirconium").await, ["for-all"]);
    for (id, ..) in hidden {
        assert_eq!(
            desk.shelf(&token, &format!("/{id}")).await.0,
            StatusCode::NOT_FOUND,
            "{id}"
        );
        assert_eq!(desk.judge(&token, id, json!(true)).await, StatusCode::NOT_FOUND, "{id}");
    }
    assert_eq!(desk.shelf(&token, "/nothing").await.0, StatusCode::NOT_FOUND);
    assert_eq!(desk.shelf(&token, "/for-all").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_chat_without_articles_has_no_such_routes() {
    let desk = desk().await.with_samples().await;
    let token = desk.visitor().await;
    desk.set(|settings| settings.articles = false).await;
    let one = format!("/{}", path_id(TONER));
    for path in ["", "?q=toner", one.as_str()] {
        assert_eq!(desk.shelf(&token, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(desk.judge(&token, TONER, json!(true)).await, StatusCode::NOT_FOUND);
    assert!(!desk.frame_has_articles().await);
    desk.set(|settings| settings.articles = true).await;
    assert_eq!(desk.shelf(&token, one.as_str()).await.0, StatusCode::OK);
}

#[tokio::test]
async fn it_answers_its_own_visitors_and_not_too_often() {
    let desk = desk().await.with_samples().await;
    for token in ["", "wrong"] {
        assert_eq!(desk.shelf(token, "").await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(desk.judge(token, TONER, json!(true)).await, StatusCode::UNAUTHORIZED);
    }
    let token = desk.visitor().await;
    let forged = Request::post(format!("/widget/api/website/articles/{}/verdict", path_id(TONER)))
        .header("host", "desk.example")
        .header("origin", "https://evil.example")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from("{\"helped\":true}"))
        .unwrap();
    assert_eq!(desk.call(forged).await.0, StatusCode::FORBIDDEN);
    for odd in [json!("yes"), Value::Null] {
        assert_eq!(desk.judge(&token, TONER, odd).await, StatusCode::BAD_REQUEST);
    }
    let long = "toner%20".repeat(2_000);
    assert_eq!(
        desk.shelf(&token, &format!("?q={long}")).await.0,
        StatusCode::OK,
        "it is cut"
    );
    let eve = desk.visitor().await;
    for _ in 0..120 {
        assert_eq!(desk.shelf(&eve, "").await.0, StatusCode::OK);
    }
    assert_eq!(desk.shelf(&eve, "").await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(desk.shelf(&token, "").await.0, StatusCode::OK, "of each visitor");
}

#[tokio::test]
async fn what_helped_stands_first_and_a_reader_counts_once() {
    let desk = desk().await.with_samples().await;
    let (ana, eve) = (desk.visitor().await, desk.visitor().await);
    for (token, helped) in [(&ana, true), (&ana, false), (&eve, true), (&ana, true)] {
        let status = desk.judge(token, TONER, json!(helped)).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    let counts = kb::store::feedback_counts(desk.store().db(), TONER).await.unwrap();
    assert_eq!((counts.helped, counts.not_helped), (2, 0));
    desk.judge(&ana, "en/business-hours", json!(false)).await;
    for _ in 0..3 {
        desk.shelf(&eve, &format!("/{}", path_id("en/service-visit"))).await;
    }
    desk.app.knowledge.flush_views(desk.store()).await.unwrap();
    let first = desk.ids(&ana, "").await;
    assert_eq!(first[..2], [path_id(TONER), path_id("en/service-visit")], "{first:?}");
    assert_eq!(first.len(), 5);
}
