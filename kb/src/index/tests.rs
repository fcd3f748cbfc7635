use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::article::ArticleKind;

fn article(id: &str, language: Language, title: &str, body: &str) -> Article {
    Article {
        id: id.to_owned(),
        kind: ArticleKind::Guide,
        slug: id.to_owned(),
        language,
        group: id.to_owned(),
        title: title.to_owned(),
        body: body.to_owned(),
        questions: Vec::new(),
        status: ArticleStatus::Published,
        place: crate::article::Place::default(),
        version: 1,
        updated_at: 0,
    }
}

fn ids(index: &Index, query: &str) -> Vec<String> {
    index
        .search(Language::En, query, 10)
        .unwrap()
        .into_iter()
        .map(|hit| hit.article_id)
        .collect()
}

#[test]
fn an_article_is_put_in_replaced_withdrawn_and_removed() {
    let index = Index::in_memory().unwrap();
    let mut one = article("one", Language::En, "Toner", "Open the door.");
    index
        .upsert(&[one.clone(), article("two", Language::En, "Paper", "Fan the stack.")])
        .unwrap();
    assert_eq!(ids(&index, "door"), ["one"]);

    one.body = "Lift the lid.".to_owned();
    index.upsert(&[one.clone()]).unwrap();
    assert_eq!(ids(&index, "door"), Vec::<String>::new());
    assert_eq!(ids(&index, "lid"), ["one"]);

    one.status = ArticleStatus::Draft;
    index.upsert(&[one]).unwrap();
    assert_eq!(ids(&index, "lid"), Vec::<String>::new());

    index.remove(&["two", "never"]).unwrap();
    assert_eq!(index.documents(), 0);
}

#[test]
fn a_folder_keeps_what_was_committed() {
    let dir = tempfile::tempdir().unwrap();
    let (index, opened) = Index::open_or_create(dir.path()).unwrap();
    assert_eq!(opened, Opened::Empty(EmptyBecause::New));
    index
        .upsert(&[article("one", Language::En, "Toner", "Open the door.")])
        .unwrap();
    drop(index);
    let (index, opened) = Index::open_or_create(dir.path()).unwrap();
    assert_eq!(opened, Opened::Existing);
    assert_eq!(ids(&index, "toner"), ["one"]);
}

#[test]
fn damage_and_old_schemas_give_an_empty_index_that_works() {
    let damages: [fn(&Path); 4] = [
        |dir| fs::write(dir.join("meta.json"), "{").unwrap(),
        |dir| fs::remove_file(dir.join("meta.json")).unwrap(),
        |dir| fs::write(dir.join(VERSION_FILE), "0").unwrap(),
        |dir| {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path
                    .extension()
                    .is_some_and(|extension| extension == "term" || extension == "idx")
                {
                    let mut bytes = fs::read(&path).unwrap();
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 0x55;
                    fs::write(&path, bytes).unwrap();
                }
            }
        },
    ];
    for (number, damage) in damages.iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let (index, _) = Index::open_or_create(dir.path()).unwrap();
        index
            .upsert(&[article("one", Language::En, "Toner", "Open the door.")])
            .unwrap();
        drop(index);
        damage(dir.path());
        let (index, opened) = Index::open_or_create(dir.path()).unwrap();
        assert!(matches!(opened, Opened::Empty(_)), "damage {number}: {opened:?}");
        assert_eq!(index.documents(), 0);
        index
            .upsert(&[article("two", Language::En, "Paper", "Fan the stack.")])
            .unwrap();
        assert_eq!(ids(&index, "paper"), ["two"]);
    }
}

#[test]
fn somebody_elses_folder_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    assert!(matches!(
        Index::open_or_create(dir.path()),
        Err(IndexError::NotAnIndex { .. })
    ));
    assert!(dir.path().join("letter.txt").exists());
}

#[test]
fn a_second_writer_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let (first, _) = Index::open_or_create(dir.path()).unwrap();
    let one = [article("one", Language::En, "Toner", "x")];
    first.upsert(&one).unwrap();
    let (second, _) = Index::open_or_create(dir.path()).unwrap();
    assert_eq!(ids(&second, "toner"), ["one"]);
    assert!(matches!(second.upsert(&one), Err(IndexError::Locked)));
}

#[test]
fn readers_read_and_writers_share_while_it_is_written() {
    let index = Index::in_memory().unwrap();
    index
        .upsert(&[article("fixed", Language::En, "Always here", "constant")])
        .unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                assert_eq!(ids(&index, "constant"), ["fixed"]);
            }
        });
        let writers: Vec<_> = (0..6)
            .map(|writer| {
                let index = &index;
                scope.spawn(move || {
                    for number in 0..5 {
                        let id = format!("w{writer}-{number}");
                        index
                            .upsert(&[article(&id, Language::En, &format!("unique{writer}x{number}"), "x")])
                            .unwrap();
                        assert_eq!(ids(index, &format!("unique{writer}x{number}")), [id]);
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(index.documents(), 2 * 31);
}
