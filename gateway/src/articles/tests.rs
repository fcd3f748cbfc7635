use conversation::desk::presence::{self, DeskEdit};
use conversation::types::{Level, Role};
use kb::{Audience, drafts, gaps, settings, store};

use crate::auth::testing::{Browser, agent};
use crate::testing::TestApp;

/// Everything that can be asked for, and the role that it takes beyond reading.
const ROUTES: &[(&str, &str, bool)] = &[
    ("GET", "/knowledge", false),
    ("GET", "/knowledge?shown=review", false),
    ("GET", "/knowledge/new", true),
    ("POST", "/knowledge/new", true),
    ("POST", "/knowledge/preview", true),
    ("GET", "/knowledge/export", false),
    ("GET", "/knowledge/from/x", true),
    ("GET", "/knowledge/gaps", false),
    ("GET", "/knowledge/gaps/x", false),
    ("POST", "/knowledge/gaps/x", true),
    ("GET", "/knowledge/categories", false),
    ("POST", "/knowledge/categories", true),
    ("POST", "/knowledge/categories/x", true),
    ("GET", "/knowledge/a/x", false),
    ("POST", "/knowledge/a/x", true),
    ("GET", "/knowledge/a/x/edit", true),
    ("POST", "/knowledge/a/x/edit", true),
    ("POST", "/knowledge/a/x/keep", true),
    ("GET", "/knowledge/a/x/versions", false),
    ("POST", "/knowledge/a/x/versions", true),
    ("GET", "/knowledge/a/x/feedback", false),
    ("POST", "/knowledge/a/x/files", true),
    ("POST", "/knowledge/a/x/files/y", true),
];

async fn signed_in(test: &TestApp, name: &str, role: Role) -> Browser {
    let agent = agent(test, name, role).await;
    Browser::of(test, &agent).await
}

#[tokio::test]
async fn everybody_reads_and_agents_write() {
    let test = TestApp::new().await;
    let mut nobody = Browser::new(&test);
    let mut guest = signed_in(&test, "Sofia", Role::Supervisor).await;
    let mut ana = signed_in(&test, "Ana", Role::Agent).await;
    for (method, path, takes_work) in ROUTES {
        let ask = async |browser: &mut Browser| match *method {
            "GET" => browser.get(path).await,
            _ => browser.post(path, &[]).await,
        };
        let page = ask(&mut nobody).await;
        assert!(
            page.status == 303 || page.status == 401,
            "{method} {path}: {}",
            page.status
        );
        let page = ask(&mut guest).await;
        assert_eq!(page.status == 403, *takes_work, "{method} {path}: {}", page.status);
        assert_ne!(ask(&mut ana).await.status, 403, "{method} {path}");
    }
}

/// The address of the article that a page leads to.
fn id_at(location: &str) -> String {
    let rest = location.strip_prefix("/knowledge/a/").unwrap();
    super::place::id_of(rest.split('/').next().unwrap())
}

#[tokio::test]
async fn an_article_is_written_reviewed_and_published() {
    let test = TestApp::new().await;
    let mut ana = signed_in(&test, "Ana", Role::Agent).await;
    let mut eva = signed_in(&test, "Eva", Role::Agent).await;
    let asked = settings::Settings {
        needs_review: true,
        ..settings::Settings::default()
    };
    settings::save(test.store(), &conversation::types::Actor::System, &asked)
        .await
        .unwrap();

    ana.post("/knowledge/new", &[("title", " "), ("language", "pt")])
        .await
        .expect(422)
        .has("Write a headline.");
    let made = ana
        .post(
            "/knowledge/new",
            &[("title", "Trocar o papel"), ("language", "pt"), ("kind", "guide")],
        )
        .await
        .expect(303);
    let edit = made.header("location").to_owned();
    let id = id_at(&edit);
    assert_eq!(id, "pt/trocar-o-papel");
    ana.get(&edit)
        .await
        .expect(200)
        .has("data-keep=\"/knowledge/a/pt~trocar-o-papel/keep\"");
    let base = edit.trim_end_matches("/edit").to_owned();
    let body = "## Bandeja\n\n**Abra** a bandeja. <script>alert(1)</script>";
    let form = |revision: &'static str, what: &'static str| {
        vec![
            ("title", "Trocar o papel"),
            ("body", body),
            ("slug", "trocar-o-papel"),
            ("kind", "guide"),
            ("audience", "public"),
            ("questions", "acabou o papel\nsem papel"),
            ("revision", revision),
            ("base", "1"),
            ("do", what),
        ]
    };
    ana.post("/knowledge/preview", &form("0", ""))
        .await
        .expect(200)
        .has("<strong>Abra</strong>")
        .lacks("<script>alert");
    ana.post(&edit, &form("0", "preview"))
        .await
        .expect(200)
        .has("<strong>Abra</strong>");
    let kept = ana.post(&format!("{base}/keep"), &form("0", "")).await.expect(200);
    assert_eq!(kept.text, "{\"revision\":1}");
    ana.post(&format!("{base}/keep"), &form("0", ""))
        .await
        .expect(409)
        .has("Ana");
    ana.post(&edit, &form("1", "save")).await.expect(200).has("Saved.");
    // With reviews on, there is no button that publishes at once, and no way around it.
    ana.get(&edit).await.expect(200).lacks("value=\"publish\"");
    ana.post(&base, &[("do", "publish")])
        .await
        .expect(422)
        .has("Ask for a review first.");
    ana.post(&edit, &form("1", "review")).await.expect(303);
    ana.get(&base)
        .await
        .expect(200)
        .has("Another person reviews it")
        .lacks("Approve and publish");
    eva.get("/knowledge?shown=review")
        .await
        .expect(200)
        .has("Trocar o papel");
    eva.get(&base).await.expect(200).has("Approve and publish");
    eva.post(&base, &[("do", "back"), ("remark", "Diga qual bandeja.")])
        .await
        .expect(303);
    ana.get(&edit).await.expect(200).has("Diga qual bandeja.");
    ana.post(&base, &[("do", "review")]).await.expect(303);
    eva.post(&base, &[("do", "publish")]).await.expect(303);
    let live = test.app.knowledge.article(&id).unwrap();
    assert_eq!(live.questions, ["acabou o papel", "sem papel"]);
    eva.get(&base).await.expect(200).has("href=\"/help/pt/trocar-o-papel\"");
    eva.get("/knowledge").await.expect(200).has("Published");
}

#[tokio::test]
async fn two_editors_see_both_texts() {
    let test = TestApp::new().await;
    let mut ana = signed_in(&test, "Ana", Role::Agent).await;
    let mut eva = signed_in(&test, "Eva", Role::Agent).await;
    let made = ana
        .post("/knowledge/new", &[("title", "Trays"), ("language", "en")])
        .await
        .expect(303);
    let edit = made.header("location").to_owned();
    let form = |body: &'static str, revision: &'static str| {
        vec![
            ("title", "Trays"),
            ("body", body),
            ("slug", "trays"),
            ("kind", "guide"),
            ("audience", "public"),
            ("revision", revision),
            ("do", "save"),
        ]
    };
    ana.post(&edit, &form("The upper tray.", "0")).await.expect(200);
    let page = eva
        .post(&edit, &form("The lower tray.", "0"))
        .await
        .expect(409)
        .has("Ana saved this article while you were writing.")
        .has("The lower tray.</textarea>")
        .has("<del>upper</del>");
    assert!(page.text.contains("name=\"revision\" value=\"1\""));
    eva.post(&edit, &form("The lower tray.", "1")).await.expect(200);
    let versions = edit.replace("/edit", "/versions");
    let all = ana.get(&versions).await.expect(200);
    all.has("<del>upper</del>").has("<ins>lower</ins>");
    let found = store::versions(test.store().db(), "en/trays", 10).await.unwrap();
    let ours = found.iter().find(|version| version.body == "The upper tray.").unwrap();
    let number = ours.version.to_string();
    ana.post(&versions, &[("version", number.as_str())]).await.expect(303);
    ana.get(&edit).await.expect(200).has("The upper tray.</textarea>");
}

#[tokio::test]
async fn an_internal_article_is_for_its_level_only() {
    let test = TestApp::new().await;
    let eva_agent = agent(&test, "Eva", Role::Agent).await;
    let mut first = signed_in(&test, "Ana", Role::Agent).await;
    let mut second = Browser::of(&test, &eva_agent).await;
    let levels = DeskEdit {
        levels: Some(vec![Level::N1, Level::N2]),
        ..DeskEdit::default()
    };
    presence::edit(test.store(), &eva_agent.id, levels).await.unwrap();
    let new = drafts::NewArticle {
        language: conversation::types::Language::En,
        kind: kb::ArticleKind::Manual,
        title: "Fuser temperature".to_owned(),
        body: "Service mode 7.".to_owned(),
        questions: Vec::new(),
        category: None,
        audience: Audience::N2,
        slug: String::new(),
    };
    let article = drafts::create(test.store(), &conversation::types::Actor::System, new)
        .await
        .unwrap();
    drafts::publish(test.store(), &conversation::types::Actor::System, &article.id, false)
        .await
        .unwrap();
    test.app.knowledge.refresh(test.store()).await.unwrap();
    let picture = kb::files::add(
        test.store(),
        &conversation::types::Actor::System,
        &article.id,
        "a.png",
        b"\x89PNG\r\n\x1a\n",
    )
    .await
    .unwrap();
    let base = super::place::article_path(&article.id);
    for path in [
        base.clone(),
        format!("{base}/edit"),
        format!("{base}/versions"),
        format!("{base}/feedback"),
    ] {
        first.get(&path).await.expect(404);
        second.get(&path).await.expect(200).has("Fuser temperature");
    }
    first
        .get("/knowledge?q=fuser")
        .await
        .expect(200)
        .lacks("Fuser temperature");
    second
        .get("/knowledge?q=service")
        .await
        .expect(200)
        .has("Fuser temperature");
    first.post(&base, &[("do", "withdraw")]).await.expect(404);
    // Who belongs to the second level makes nothing for the third.
    let form = [("title", "x"), ("slug", "x"), ("audience", "N3"), ("revision", "0")];
    second.post(&format!("{base}/keep"), &form).await.expect(403);
    let mut nobody = Browser::new(&test);
    nobody.get(&picture.path()).await.expect(404);
    first.get(&picture.path()).await.expect(404);
    second.get(&picture.path()).await.expect(200);
    nobody.get("/help/en/fuser-temperature").await.expect(404);
    nobody
        .get("/help/en?q=fuser")
        .await
        .expect(200)
        .lacks("Fuser temperature");
}

#[tokio::test]
async fn files_are_what_their_bytes_say() {
    let test = TestApp::new().await;
    test.app.knowledge.refresh(test.store()).await.unwrap();
    let mut ana = signed_in(&test, "Ana", Role::Agent).await.scripted();
    let made = ana
        .post("/knowledge/new", &[("title", "Pictures"), ("language", "en")])
        .await
        .expect(303);
    let base = made.header("location").trim_end_matches("/edit").to_owned();
    let png = b"\x89PNG\r\n\x1a\n...";
    let files: &[(&str, &str, &[u8])] = &[
        ("door.png", "image/png", png),
        ("page.html", "image/png", b"<script>alert(1)</script>"),
    ];
    let told = ana.upload(&format!("{base}/files"), &[], files).await.expect(200);
    let told: serde_json::Value = serde_json::from_str(&told.text).unwrap();
    assert!(
        told[0]["markdown"]
            .as_str()
            .unwrap()
            .starts_with("![door](/help/files/")
    );
    let path = |at: usize| format!("/help/files/{}", told[at]["id"].as_str().unwrap());
    let picture = ana.get(&path(0)).await.expect(200);
    assert_eq!(picture.header("content-type"), "image/png");
    let page = ana.get(&path(1)).await.expect(200);
    assert_eq!(page.header("content-type"), "application/octet-stream");
    assert!(page.header("content-disposition").starts_with("attachment"));
    let mut nobody = Browser::new(&test);
    nobody.get(&path(0)).await.expect(404);
    let form = [
        ("title", "Pictures"),
        ("body", "See it."),
        ("slug", "pictures"),
        ("audience", "public"),
        ("revision", "0"),
        ("do", "publish"),
    ];
    ana.post(&format!("{base}/edit"), &form).await.expect(303);
    let shown = nobody.get(&path(0)).await.expect(200);
    assert!(shown.header("cache-control").starts_with("public"));
}

#[tokio::test]
async fn an_open_question_becomes_an_article() {
    let test = TestApp::new().await;
    let mut ana = signed_in(&test, "Ana", Role::Agent).await;
    let mut tx = test.store().begin().await.unwrap();
    let decided = kb::decisions::Decided {
        conversation_id: "c1".into(),
        message_id: "m1".into(),
        at: test.store().now(),
        question: "Do you repair coffee machines?".to_owned(),
        language: conversation::types::Language::En,
        outcome: "handed_over".to_owned(),
        reason: Some("unsure".to_owned()),
        answer_at: 0.6,
        candidates: Vec::new(),
    };
    kb::decisions::record_in(&mut tx, &decided).await.unwrap();
    tx.commit_silently().await.unwrap();
    gaps::collect(test.store(), &settings::Settings::default())
        .await
        .unwrap();
    ana.get("/knowledge/gaps")
        .await
        .expect(200)
        .has("Do you repair coffee machines?")
        .has("asked once");
    let gap = gaps::list(test.store().db(), gaps::State::Open, None, 5)
        .await
        .unwrap()
        .remove(0);
    ana.get(&format!("/knowledge/gaps/{}", gap.id))
        .await
        .expect(200)
        .has("/inbox/c/c1");
    let made = ana
        .post(&format!("/knowledge/gaps/{}", gap.id), &[("do", "draft")])
        .await
        .expect(303);
    ana.get(made.header("location"))
        .await
        .expect(200)
        .has("Do you repair coffee machines?");
    ana.get("/knowledge/gaps?state=drafted")
        .await
        .expect(200)
        .has("The article");
    ana.post(&format!("/knowledge/gaps/{}", gap.id), &[("do", "draft")])
        .await
        .expect(303);
}

#[tokio::test]
async fn a_solved_conversation_gives_a_draft_without_names() {
    let test = TestApp::new().await;
    let mut bob = signed_in(&test, "Bob", Role::Agent).await;
    let inbox = test.inbox().await;
    let filed = test
        .mail(
            &inbox,
            "ana@customer.example",
            "one@x",
            "This is Ana. My printer prints stripes, call me at +52 55 1234 5678.",
        )
        .await;
    let conversation = filed.conversation.clone().unwrap();
    let page = format!("/inbox/c/{conversation}");
    let seen = test.store().head().await.unwrap().to_string();
    let reply = [
        ("id", "01J00000000000000000000001"),
        ("text", "Hello Ana, clean the glass strip."),
        ("kind", "reply"),
        ("seen_position", seen.as_str()),
    ];
    bob.upload(&format!("{page}/reply"), &reply, &[]).await.expect(303);
    let draft = bob.get(&format!("/knowledge/from/{conversation}")).await.expect(200);
    draft
        .has("clean the glass strip.")
        .has("<del>Ana</del>")
        .has("This is […]. My printer prints stripes")
        .lacks("value=\"Ana");
    bob.get("/knowledge/from/01J00000000000000000000009").await.expect(404);
    bob.get(&page).await.expect(200).lacks("/knowledge/from/");
    bob.post(&format!("{page}/resolve"), &[]).await.expect(303);
    bob.get(&page)
        .await
        .expect(200)
        .has(&format!("/knowledge/from/{conversation}"));
}

#[tokio::test]
async fn the_archive_holds_every_article_that_one_may_read() {
    let test = TestApp::new().await;
    let (articles, _) = kb::sample::articles(1);
    store::import(test.store(), &conversation::types::Actor::System, &articles[..3])
        .await
        .unwrap();
    let found = super::export::all(test.store().db(), Audience::N1).await.unwrap();
    assert_eq!(found.len(), 3);
    let mut ana = signed_in(&test, "Ana", Role::Agent).await;
    let page = ana.get("/knowledge/export").await.expect(200);
    assert_eq!(page.header("content-type"), "application/gzip");
}
