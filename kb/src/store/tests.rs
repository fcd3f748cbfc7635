use conversation::blobs::{self, Blobs};
use conversation::db::Db;
use conversation::env::{Env, FakeClock};
use conversation::keys::Keys;
use conversation::store::events_after;

use conversation::types::Language;

use super::*;
use crate::article::ArticleKind;
use crate::sample;

const NOW: i64 = 1_790_000_000_000;

async fn store() -> (Store, FakeClock, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::connect(&format!("sqlite:{}", dir.path().join("t.db").display()), 2)
        .await
        .unwrap();
    db.migrate().await.unwrap();
    let clock = FakeClock::new(NOW);
    let store = Store::new(
        db.clone(),
        Blobs::new(db, blobs::folder(dir.path()).unwrap()),
        Env::fixed(clock.clone(), 1),
        Keys::new(vec![[1; 32]]).unwrap(),
    );
    (store, clock, dir)
}

fn toner() -> Article {
    Article {
        id: "en/toner".to_owned(),
        kind: ArticleKind::Guide,
        slug: "toner".to_owned(),
        language: Language::En,
        group: "toner".to_owned(),
        title: "Change the toner".to_owned(),
        body: "Open the door.".to_owned(),
        questions: vec!["the toner is empty".to_owned()],
        status: ArticleStatus::Published,
        place: crate::article::Place::default(),
        version: 1,
        updated_at: 0,
    }
}

async fn article_events(store: &Store) -> usize {
    let events = events_after(store.db(), 0, 1_000).await.unwrap();
    events
        .iter()
        .filter(|event| event.kind == EventKind::ArticleUpdated)
        .count()
}

#[tokio::test]
async fn an_import_repeated_changes_nothing() {
    let (store, _, _dir) = store().await;
    let (articles, _) = sample::articles(NOW);
    let first = import(&store, &Actor::System, &articles).await.unwrap();
    assert_eq!((first.created, first.changed, first.unchanged), (articles.len(), 0, 0));
    assert!(first.refused.is_empty(), "{:?}", first.refused);
    assert_eq!(article_events(&store).await, articles.len());
    let again = import(&store, &Actor::System, &articles).await.unwrap();
    assert_eq!((again.created, again.changed, again.unchanged), (0, 0, articles.len()));
    assert_eq!(article_events(&store).await, articles.len());
    let stored = list(store.db(), &Filter::default(), None, 1_000).await.unwrap();
    assert_eq!(stored.len(), articles.len());
    for article in &articles {
        assert_eq!(
            stored.iter().find(|one| one.id == article.id).unwrap().body,
            article.body
        );
    }
}

#[tokio::test]
async fn every_change_is_a_version() {
    let (store, clock, _dir) = store().await;
    let agent = Actor::Agent("a1".into());
    upsert(&store, &Actor::System, &toner()).await.unwrap();
    clock.advance(1_000);
    let mut changed = toner();
    changed.body = "Lift the lid.".to_owned();
    let (saved, what) = upsert(&store, &agent, &changed).await.unwrap();
    assert_eq!(
        (saved.version, saved.updated_at, what),
        (2, NOW + 1_000, Saved::Changed)
    );
    let hidden = set_status(&store, &agent, "en/toner", ArticleStatus::Draft)
        .await
        .unwrap();
    assert_eq!(hidden.version, 3);
    set_status(&store, &agent, "en/toner", ArticleStatus::Draft)
        .await
        .unwrap();
    let versions = versions(store.db(), "en/toner", 10).await.unwrap();
    let bodies: Vec<(i64, &str)> = versions.iter().map(|one| (one.version, one.body.as_str())).collect();
    assert_eq!(
        bodies,
        [(3, "Lift the lid."), (2, "Lift the lid."), (1, "Open the door.")]
    );
    assert_eq!(versions[1].actor, agent);
    assert_eq!(article_events(&store).await, 3);
    assert!(stamps(store.db()).await.unwrap().is_empty(), "drafts are not served");
}

#[tokio::test]
async fn an_article_is_found_by_address_and_keeps_its_id() {
    let (store, _, _dir) = store().await;
    let made = Article {
        id: "01J00000000000000000000000".to_owned(),
        ..toner()
    };
    upsert(&store, &Actor::System, &made).await.unwrap();
    // An import names it by its address.
    let mut imported = toner();
    imported.title = "Changing the toner".to_owned();
    let (saved, what) = upsert(&store, &Actor::System, &imported).await.unwrap();
    assert_eq!((saved.id.as_str(), what), (made.id.as_str(), Saved::Changed));
    assert_eq!(
        by_slug(store.db(), Language::En, "toner").await.unwrap().unwrap().title,
        "Changing the toner"
    );
    assert_eq!(by_slug(store.db(), Language::Pt, "toner").await.unwrap(), None);

    let other = Article {
        id: "en/other".to_owned(),
        slug: "other".to_owned(),
        ..toner()
    };
    upsert(&store, &Actor::System, &other).await.unwrap();
    let clash = Article {
        slug: "toner".to_owned(),
        ..other
    };
    assert!(matches!(
        upsert(&store, &Actor::System, &clash).await,
        Err(Error::Conflict(_))
    ));
}

#[tokio::test]
async fn translations_and_lists_by_page() {
    let (store, _, _dir) = store().await;
    let (articles, _) = sample::articles(NOW);
    import(&store, &Actor::System, &articles).await.unwrap();
    let group = &articles[1].group;
    let languages: Vec<Language> = translations(store.db(), group)
        .await
        .unwrap()
        .iter()
        .map(|one| one.language)
        .collect();
    assert_eq!(languages, [Language::En, Language::Es, Language::Pt]);

    let filter = Filter {
        language: Some(Language::Pt),
        status: Some(ArticleStatus::Published),
        kind: None,
    };
    let all = list(store.db(), &filter, None, 100).await.unwrap();
    let mut paged: Vec<Article> = Vec::new();
    loop {
        let after = paged.last().map(|last| (last.title.clone(), last.id.clone()));
        let after = after.as_ref().map(|(title, id)| (title.as_str(), id.as_str()));
        let page = list(store.db(), &filter, after, 5).await.unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert_eq!(all.len(), 12);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_the_others_are_imported() {
    let (store, _, _dir) = store().await;
    let wrong: [fn(&mut Article); 6] = [
        |article| article.slug = "Not a slug".to_owned(),
        |article| article.slug = "x".repeat(101),
        |article| article.title = "  ".to_owned(),
        |article| article.body = "x".repeat(LONGEST_BODY + 1),
        |article| article.questions = vec!["x".repeat(LONGEST_QUESTION + 1)],
        |article| article.id = "x".repeat(200),
    ];
    let mut articles: Vec<Article> = wrong
        .iter()
        .enumerate()
        .map(|(at, spoil)| {
            let mut article = Article {
                id: format!("en/a{at}"),
                slug: format!("a{at}"),
                ..toner()
            };
            spoil(&mut article);
            article
        })
        .collect();
    articles.push(Article {
        body: "nul \0 and all".to_owned(),
        ..toner()
    });
    for _ in 0..2 {
        let report = import(&store, &Actor::System, &articles).await.unwrap();
        assert_eq!(report.refused.len(), wrong.len());
        assert_eq!(report.created + report.unchanged, 1);
    }
}

#[tokio::test]
async fn feedback_is_counted() {
    let (store, _, _dir) = store().await;
    let mut tx = store.begin().await.unwrap();
    for verdict in [
        Verdict::Answered,
        Verdict::Answered,
        Verdict::Helped,
        Verdict::NotHelped,
    ] {
        record_feedback(&mut tx, "en/toner", None, &"é".repeat(10_000), verdict)
            .await
            .unwrap();
    }
    tx.commit_silently().await.unwrap();
    assert_eq!(
        feedback_counts(store.db(), "en/toner").await.unwrap(),
        FeedbackCounts {
            answered: 2,
            helped: 1,
            not_helped: 1
        }
    );
    assert_eq!(
        feedback_counts(store.db(), "never").await.unwrap(),
        FeedbackCounts::default()
    );
}
