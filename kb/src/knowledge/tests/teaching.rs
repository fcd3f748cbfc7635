//! Settings, learned questions, decisions and trials, through the knowledge base that they change.

use conversation::types::ConversationId;

use super::*;
use crate::decisions::{Considered, Decided, asked_since, figures, of_conversation, record_in};
use crate::examples::{Source, learn_in, list, remove, teach};

fn first(knowledge: &Knowledge, question: &str) -> (String, f32) {
    let best = &knowledge.candidates(Language::En, question, 1)[0];
    (best.article_id.clone(), best.confidence)
}

#[tokio::test]
async fn the_business_s_own_words_reach_the_bot_and_a_stale_save_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let knowledge = Knowledge::open(None).unwrap();
    knowledge.refresh(&store).await.unwrap();
    let question = "the zorgblat is empty";
    let (_, before) = first(&knowledge, question);
    let settings = Settings {
        needs_review: false,
        answer_at: 0.7,
        synonyms: BTreeMap::from([(Language::En, "# ours\ntoner, zorgblat".to_owned())]),
        sensitive: "lawsuit".to_owned(),
        version: 0,
    };
    let saved = settings::save(&store, &Actor::System, &settings).await.unwrap();
    assert_eq!(saved.version, 1);
    assert!(knowledge.refresh(&store).await.unwrap());
    assert!(!knowledge.refresh(&store).await.unwrap(), "nothing changed");
    let (article, after) = first(&knowledge, question);
    assert_eq!(article, "en/change-toner");
    assert!(after > before, "{before} {after}");
    assert_eq!(
        knowledge.settings().sensitive_phrases().collect::<Vec<_>>(),
        ["lawsuit"]
    );

    let stale = settings::save(&store, &Actor::System, &settings).await.unwrap_err();
    assert!(matches!(stale, Error::Conflict(_)), "{stale}");
    for wrong in [
        Settings {
            answer_at: f32::NAN,
            ..saved.clone()
        },
        Settings {
            answer_at: 1.0,
            ..saved.clone()
        },
        Settings {
            synonyms: BTreeMap::from([(Language::Es, "solo".to_owned())]),
            ..saved.clone()
        },
        Settings {
            sensitive: "x".repeat(70_000),
            ..saved.clone()
        },
    ] {
        let refused = settings::save(&store, &Actor::System, &wrong).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{refused}");
    }
    assert_eq!(settings::load(store.db()).await.unwrap(), saved);
}

#[tokio::test]
async fn learned_questions_teach_the_bot_until_they_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let knowledge = Knowledge::open(None).unwrap();
    knowledge.refresh(&store).await.unwrap();
    let question = "blinking amber hexagon on my unit";
    let (_, before) = first(&knowledge, question);
    teach(&store, &Actor::System, "en/clear-paper-jam", question, None)
        .await
        .unwrap();
    assert!(knowledge.refresh(&store).await.unwrap());
    let (article, after) = first(&knowledge, question);
    assert_eq!(article, "en/clear-paper-jam");
    assert!(after > 0.6 && after > before, "{before} {after}");

    let known = teach(&store, &Actor::System, "en/clear-paper-jam", question, None).await;
    assert!(matches!(known, Err(Error::Conflict(_))));
    assert!(matches!(
        teach(&store, &Actor::System, "en/nowhere", question, None).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        teach(&store, &Actor::System, "en/clear-paper-jam", "ok", None).await,
        Err(Error::Invalid(_))
    ));

    let learned = list(store.db(), None, 10).await.unwrap();
    assert_eq!((learned.len(), learned[0].source), (1, Source::Agent));
    remove(&store, &Actor::System, &learned[0].id).await.unwrap();
    assert!(matches!(
        remove(&store, &Actor::System, &learned[0].id).await,
        Err(Error::NotFound)
    ));
    assert!(knowledge.refresh(&store).await.unwrap());
    assert!(first(&knowledge, question).1 < after);
    // A customer's yes does not bring back what a person removed; a person does.
    let mut tx = store.begin().await.unwrap();
    let is_new = learn_in(
        &mut tx,
        &Actor::Bot,
        "en/clear-paper-jam",
        question,
        Source::Confirmed,
        None,
    )
    .await
    .unwrap();
    assert!(!is_new);
    drop(tx);
    teach(&store, &Actor::System, "en/clear-paper-jam", question, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn decisions_are_kept_counted_and_asked_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_samples(dir.path()).await;
    let knowledge = Knowledge::open(None).unwrap();
    knowledge.refresh(&store).await.unwrap();
    let decided = |conversation: &str, question: &str, outcome: &str, at: i64, confidence: f32| Decided {
        conversation_id: ConversationId::from(conversation),
        message_id: format!("m-{at}").as_str().into(),
        at: NOW + at,
        question: question.to_owned(),
        language: Language::En,
        outcome: outcome.to_owned(),
        reason: None,
        answer_at: 0.6,
        candidates: vec![Considered {
            article_id: "en/change-toner".to_owned(),
            title: "Change the toner".to_owned(),
            confidence,
        }],
    };
    let mut tx = store.begin().await.unwrap();
    for one in [
        decided("c1", "perhaps a cartridge for it", "answered", 1, 0.9),
        decided("c1", "perhaps a cartridge for it", "handed_over", 2, 0.9),
        decided("c2", "where is the elephant", "handed_over", 3, 0.1),
        decided("c2", "thanks", "small_talk", 4, 0.1),
    ] {
        record_in(&mut tx, &one).await.unwrap();
    }
    tx.commit_silently().await.unwrap();

    let of_first = of_conversation(store.db(), &ConversationId::from("c1"), 10)
        .await
        .unwrap();
    assert_eq!(of_first.len(), 2);
    assert_eq!(
        of_first[1],
        decided("c1", "perhaps a cartridge for it", "answered", 1, 0.9)
    );
    let counted = figures(store.db(), NOW, 10).await.unwrap();
    assert_eq!(counted.len(), 1);
    let one = &counted[0];
    assert_eq!((one.asked, one.answered, one.escalated_after), (3, 1, 1));

    let questions = asked_since(store.db(), NOW).await.unwrap();
    assert_eq!(questions.len(), 2, "each once, small talk not at all");
    let now = knowledge.settings();
    let same = knowledge.try_out(&questions, &now, &[]);
    assert_eq!((same.questions, same.changed.len()), (2, 0));
    let (_, sure) = first(&knowledge, "perhaps a cartridge for it");
    assert!(sure > 0.6 && sure < 0.98, "{sure}");
    assert_eq!(same.answered_now, 1);
    let strict = Settings {
        answer_at: sure + 0.005,
        ..now.clone()
    };
    let trial = knowledge.try_out(&questions, &strict, &[]);
    assert_eq!((trial.answered_then, trial.changed.len()), (0, 1));
    assert_eq!(trial.changed[0].then, None);
    let draft = Article {
        id: "en/elephant".to_owned(),
        slug: "elephant".to_owned(),
        group: "elephant".to_owned(),
        title: "Where the elephant is".to_owned(),
        body: "The elephant stands in the hall.".to_owned(),
        questions: vec!["where is the elephant".to_owned()],
        status: ArticleStatus::Draft,
        place: crate::article::Place::default(),
        ..(*knowledge.article("en/change-toner").unwrap()).clone()
    };
    let trial = knowledge.try_out(&questions, &now, &[draft]);
    assert_eq!(trial.changed[0].then.as_ref().unwrap().article_id, "en/elephant");
    assert_eq!(knowledge.article("en/elephant"), None, "nothing was published");
}
