use std::fs;
use std::time::Duration;

use conversation::Error;
use conversation::blobs::{self, Blobs};
use conversation::db::Db;
use conversation::env::{Env, FakeClock};
use conversation::keys::Keys;
use conversation::types::Actor;
use tokio_util::sync::CancellationToken;

mod reading;
mod teaching;

use super::*;
use crate::article::ArticleStatus;
use crate::sample;
use crate::{settings, store};

const NOW: i64 = 1_790_000_000_000;

async fn open_store(dir: &Path) -> Store {
    let db = Db::connect(&format!("sqlite:{}", dir.join("t.db").display()), 2)
        .await
        .unwrap();
    db.migrate().await.unwrap();
    Store::new(
        db.clone(),
        Blobs::new(db, blobs::folder(dir).unwrap()),
        Env::fixed(FakeClock::new(NOW), 1),
        Keys::new(vec![[1; 32]]).unwrap(),
    )
}

async fn with_samples(dir: &Path) -> Store {
    let store = open_store(dir).await;
    let (articles, _) = sample::articles(NOW);
    store::import(&store, &Actor::System, &articles).await.unwrap();
    store
}

fn finds(knowledge: &Knowledge, query: &str) -> Vec<String> {
    let hits = knowledge.search(Language::En, query, 5).unwrap();
    hits.into_iter()
        .filter(|hit| !hit.is_other_language)
        .map(|hit| hit.article_id)
        .collect()
}

#[tokio::test]
async fn it_finds_answers_and_forgets_what_was_hidden() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let knowledge = Knowledge::open(None).unwrap();
    assert!(knowledge.is_empty() && finds(&knowledge, "toner").is_empty());
    assert!(knowledge.refresh(&store).await.unwrap());
    assert!(!knowledge.refresh(&store).await.unwrap(), "nothing changed");
    assert_eq!(finds(&knowledge, "toner")[0], "en/change-toner");
    let question = "Windows says the printer is offline";
    assert_eq!(
        knowledge.candidates(Language::En, question, 3)[0].article_id,
        "en/printer-offline"
    );
    assert_eq!(knowledge.article("en/change-toner").unwrap().slug, "change-toner");
    assert_eq!(
        knowledge.at(Language::En, "change-toner").unwrap().id,
        "en/change-toner"
    );
    assert_eq!(knowledge.at(Language::Pt, "change-toner"), None);
    let toner = knowledge.article("en/change-toner").unwrap();
    let translations = knowledge.translations(&toner);
    let languages: Vec<Language> = translations.iter().map(|one| one.language).collect();
    assert_eq!(languages, Language::ALL);
    assert_eq!(translations[0], toner);
    assert_eq!(knowledge.published(Language::Es).len(), 12);
    let chosen = knowledge.chosen("en/change-toner", "something else entirely").unwrap();
    assert!(!chosen.passages.is_empty());
    assert_eq!(knowledge.chosen("en/never", question), None);

    let clone = knowledge.clone();
    store::set_status(&store, &Actor::System, "en/printer-offline", ArticleStatus::Draft)
        .await
        .unwrap();
    assert!(knowledge.refresh(&store).await.unwrap());
    assert!(!finds(&clone, "printer offline").contains(&"en/printer-offline".to_owned()));
    assert!(clone.article("en/printer-offline").is_none());
    let left = clone.candidates(Language::En, question, 10);
    assert!(left.iter().all(|one| one.article_id != "en/printer-offline"));
}

#[tokio::test]
async fn a_folder_is_taken_up_again_and_mended() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let index = dir.path().join("index");
    let count = {
        let knowledge = Knowledge::open(Some(&index)).unwrap();
        knowledge.refresh(&store).await.unwrap();
        knowledge.current().index.documents()
    };
    // Hidden while nobody ran.
    store::set_status(&store, &Actor::System, "en/change-toner", ArticleStatus::Draft)
        .await
        .unwrap();
    let spoil: [&dyn Fn(); 5] = [
        &|| {},
        &|| fs::write(index.join("meta.json"), "{").unwrap(),
        &|| fs::remove_dir_all(&index).unwrap(),
        &|| fs::remove_file(index.with_extension("contents")).unwrap(),
        &|| fs::write(index.with_extension("contents"), "half a fi").unwrap(),
    ];
    for (at, spoil) in spoil.iter().enumerate() {
        spoil();
        let knowledge = Knowledge::open(Some(&index)).unwrap();
        knowledge.refresh(&store).await.unwrap();
        assert!(
            !finds(&knowledge, "toner").contains(&"en/change-toner".to_owned()),
            "{at}"
        );
        assert_eq!(finds(&knowledge, "paper jam")[0], "en/clear-paper-jam", "{at}");
        assert!(knowledge.current().index.documents() < count);
        assert_eq!(knowledge.len(), 35);
    }
}

#[tokio::test]
async fn a_second_process_on_the_folder_has_its_own_index() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let index = dir.path().join("index");
    let first = Knowledge::open(Some(&index)).unwrap();
    let second = Knowledge::open(Some(&index)).unwrap();
    for knowledge in [&first, &second] {
        knowledge.refresh(&store).await.unwrap();
        assert_eq!(finds(knowledge, "paper jam")[0], "en/clear-paper-jam");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_left_for_memory() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let index = dir.path().join("index");
    let knowledge = Knowledge::open(Some(&index)).unwrap();
    fs::remove_dir_all(&index).unwrap();
    fs::write(&index, "a file where the folder was").unwrap();
    knowledge.refresh(&store).await.unwrap();
    assert_eq!(finds(&knowledge, "paper jam")[0], "en/clear-paper-jam");
    assert_eq!(knowledge.current().manifest, None);
}

#[tokio::test]
async fn it_follows_what_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let knowledge = Knowledge::open(None).unwrap();
    let stop = CancellationToken::new();
    let running = {
        let (knowledge, store, stop) = (knowledge.clone(), store.clone(), stop.clone());
        tokio::spawn(async move { knowledge.run(&store, stop).await })
    };
    knowledge.ready().await;
    assert!(knowledge.is_empty());
    let (articles, _) = sample::articles(NOW);
    store::import(&store, &Actor::System, &articles).await.unwrap();
    let all = tokio::time::timeout(Duration::from_secs(30), async {
        while knowledge.len() < articles.len() {
            tokio::task::yield_now().await;
        }
    });
    all.await.expect("the articles arrive");
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(finds(&knowledge, "paper jam")[0], "en/clear-paper-jam");
}

#[tokio::test]
async fn readers_go_on_while_it_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let knowledge = Knowledge::open(None).unwrap();
    knowledge.refresh(&store).await.unwrap();
    let stop = CancellationToken::new();
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (knowledge, stop) = (knowledge.clone(), stop.clone());
            std::thread::spawn(move || {
                let mut asked = 0_u32;
                while !stop.is_cancelled() || asked == 0 {
                    let found = knowledge.candidates(Language::En, "the paper is jammed", 3);
                    assert_eq!(found[0].article_id, "en/clear-paper-jam");
                    assert!(!finds(&knowledge, "paper jam").is_empty());
                    asked += 1;
                }
            })
        })
        .collect();
    for status in [ArticleStatus::Draft, ArticleStatus::Published, ArticleStatus::Draft] {
        store::set_status(&store, &Actor::System, "en/change-toner", status)
            .await
            .unwrap();
        knowledge.refresh(&store).await.unwrap();
    }
    stop.cancel();
    for reader in readers {
        reader.join().unwrap();
    }
}
