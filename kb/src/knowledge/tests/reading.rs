//! Models of sentences beside a running knowledge base.

use super::*;
use crate::semantics;

/// Follows the database until the models are done, or for good cannot be.
async fn until(knowledge: &Knowledge, store: &Store, done: impl Fn(&Knowledge) -> bool) {
    let stop = CancellationToken::new();
    let running = {
        let (knowledge, store, stop) = (knowledge.clone(), store.clone(), stop.clone());
        tokio::spawn(async move { knowledge.run(&store, stop).await })
    };
    let all = tokio::time::timeout(Duration::from_secs(600), async {
        while !done(knowledge) {
            tokio::task::yield_now().await;
        }
    });
    all.await.expect("the models are done");
    stop.cancel();
    running.await.unwrap().unwrap();
}

fn is_done(knowledge: &Knowledge) -> bool {
    knowledge.current().is_read && !knowledge.inner.reader.is_waiting()
}

fn answers(knowledge: &Knowledge) -> Vec<Candidate> {
    let questions = [
        "the paper is jammed",
        "how do I pay",
        "Windows says the printer is offline",
    ];
    let asked = questions.iter();
    asked
        .flat_map(|question| knowledge.candidates(Language::En, question, 3))
        .collect()
}

#[tokio::test]
async fn a_model_that_cannot_be_used_leaves_the_bot_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let plain = Knowledge::open(None).unwrap();
    until(&plain, &store, is_done).await;
    let folders = BTreeMap::from([(Language::En, dir.path().join("no-model"))]);
    let knowledge = Knowledge::open_with(None, folders).unwrap();
    until(&knowledge, &store, is_done).await;
    assert_eq!(answers(&knowledge), answers(&plain));
    // And it still follows what changes.
    store::set_status(&store, &Actor::System, "en/printer-offline", ArticleStatus::Draft)
        .await
        .unwrap();
    assert!(knowledge.refresh(&store).await.unwrap());
    assert!(knowledge.article("en/printer-offline").is_none());
    assert!(semantics::load(&dir.path().join("no-model")).is_err());
}

#[tokio::test]
async fn the_model_that_comes_with_the_program_reads_in_the_background_and_each_text_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let index = dir.path().join("index");
    let open = || Knowledge::open(Some(&index)).unwrap();
    let kept = || -> u64 {
        let files = fs::read_dir(index.with_extension("vectors")).unwrap();
        files.map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
    };
    let first = open();
    first.refresh(&store).await.unwrap();
    assert!(!first.current().is_read, "until then the table serves");
    let asked = "somebody has to come and look at the copier";
    assert!(!first.candidates(Language::En, asked, 3).is_empty());
    until(&first, &store, is_done).await;
    let (articles, _) = sample::articles(NOW);
    // A file for each language: head, then for each text its key, the numbers of both models, and what one says besides.
    let of = |&language: &Language| -> u64 {
        let own = articles.iter().filter(|article| article.language == language);
        let texts: std::collections::HashSet<_> = own.flat_map(semantics::texts).collect();
        48 + texts.len() as u64 * (32 + (384 + 512 + 384) * 4)
    };
    assert_eq!(kept(), Language::ALL.iter().map(of).sum::<u64>());
    let answered = answers(&first);
    drop(first);

    let again = open();
    again.refresh(&store).await.unwrap();
    assert!(again.current().is_read, "nothing is read twice");
    assert_eq!(answers(&again), answered);
}

#[cfg(feature = "semantics")]
#[tokio::test]
async fn a_model_reads_in_the_background_and_each_text_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let model = dir.path().join("model");
    semantics::tests::models::bert(&model, 3);
    let folders = BTreeMap::from([(Language::En, model.clone()), (Language::Es, model)]);
    let index = dir.path().join("index");
    let open = || Knowledge::open_with(Some(&index), folders.clone()).unwrap();
    let vectors = || -> u64 {
        let files: Vec<_> = fs::read_dir(index.with_extension("vectors"))
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .collect();
        // And one of the model that comes with the program, which has nothing to read here.
        assert_eq!(files.len(), 2, "two languages, one model");
        files.into_iter().max().unwrap_or_default()
    };
    let first = open();
    until(&first, &store, is_done).await;
    let kept = vectors();
    let (articles, _) = sample::articles(NOW);
    let texts: std::collections::HashSet<_> = articles
        .iter()
        .filter(|article| article.language != Language::Pt)
        .flat_map(semantics::texts)
        .collect();
    // Head, then for each text its key and sixteen numbers.
    assert_eq!(kept, 48 + texts.len() as u64 * (32 + 16 * 4));
    let answered = answers(&first);
    drop(first);

    let again = open();
    until(&again, &store, is_done).await;
    assert_eq!(vectors(), kept, "nothing is read twice");
    assert_eq!(answers(&again), answered);
    // An article that changes is read anew, and it alone.
    let mut article = Article::clone(&again.article("en/change-toner").unwrap());
    article
        .questions
        .push("a cartridge that is new wants to go in".to_owned());
    store::import(&store, &Actor::System, &[article]).await.unwrap();
    until(&again, &store, |knowledge| is_done(knowledge) && vectors() > kept).await;
    assert_eq!(vectors(), kept + 32 + 16 * 4);
}
