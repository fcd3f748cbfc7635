//! What readers say of articles, and what the bot was asked in vain.

use super::*;

both!(
    readers_say_it_once_and_nobody_is_remembered,
    what_helps_most_stands_first,
    questions_of_one_matter_are_one_gap,
);

async fn readers_say_it_once_and_nobody_is_remembered(bed: Bed) {
    let store = &bed.store;
    let article = published(&bed, "Scan", "Press scan.").await;
    for (visitor, verdict, comment) in [
        ("a", Verdict::NotHelped, "Which key?"),
        ("a", Verdict::NotHelped, ""),
        ("b", Verdict::Helped, ""),
        ("a", Verdict::Helped, ""),
    ] {
        bed.clock.advance(SECOND);
        feedback::say(store, &article.id, visitor, verdict, comment)
            .await
            .unwrap();
    }
    let views = HashMap::from([
        ((article.id.clone(), feedback::day(store.now())), 3),
        ((article.id.clone(), feedback::day(store.now()) - 200), 9),
    ]);
    feedback::add_views(store, &views).await.unwrap();
    feedback::add_views(store, &views).await.unwrap();
    let since = store.now() - 90 * 24 * HOUR;
    let reach = feedback::reach(store.db(), std::slice::from_ref(&article.id), since)
        .await
        .unwrap()[&article.id];
    assert_eq!((reach.views, reach.helped, reach.not_helped), (6, 2, 0));
    let comments = feedback::comments(store.db(), &article.id, None, 10).await.unwrap();
    assert_eq!(comments.len(), 1);
    assert_eq!(
        (comments[0].text.as_str(), comments[0].has_helped),
        ("Which key?", true)
    );
}

async fn what_helps_most_stands_first(bed: Bed) {
    let store = &bed.store;
    let read = published(&bed, "Scan", "Press scan.").await.id;
    let praised = published(&bed, "Toner", "Open the door.").await.id;
    let blamed = published(&bed, "Paper", "Pull.").await.id;
    let forgotten = published(&bed, "Fax", "Dial.").await.id;
    for (article, reader, verdict) in [
        (&praised, "a", Verdict::Helped),
        (&praised, "b", Verdict::Helped),
        (&blamed, "a", Verdict::NotHelped),
    ] {
        feedback::say(store, article, reader, verdict, "").await.unwrap();
    }
    let today = feedback::day(store.now());
    let views = HashMap::from([
        ((read.clone(), today), 6),
        ((blamed, today), 1),
        ((forgotten, today - 200), 900),
    ]);
    feedback::add_views(store, &views).await.unwrap();
    let since = store.now() - 90 * 24 * HOUR;
    let best = feedback::most_helpful(store.db(), since, 10).await.unwrap();
    assert_eq!(best, [praised.clone(), read]);
    assert_eq!(feedback::most_helpful(store.db(), since, 1).await.unwrap(), [praised]);
}

async fn questions_of_one_matter_are_one_gap(bed: Bed) {
    let (store, ana) = (&bed.store, person("ana"));
    let ask = async |number: usize, question: &str, language: Language, outcome: &str, reason: Option<&str>| {
        let mut tx = store.begin().await.unwrap();
        let decided = kb::decisions::Decided {
            conversation_id: format!("c{number}").as_str().into(),
            message_id: format!("m{number}").as_str().into(),
            at: store.now(),
            question: question.to_owned(),
            language,
            outcome: outcome.to_owned(),
            reason: reason.map(str::to_owned),
            answer_at: 0.6,
            candidates: Vec::new(),
        };
        kb::decisions::record_in(&mut tx, &decided).await.unwrap();
        tx.commit_silently().await.unwrap();
        bed.clock.advance(SECOND);
    };
    let unsure = Some("unsure");
    ask(
        1,
        "Can I lease a plotter from you?",
        Language::En,
        "handed_over",
        unsure,
    )
    .await;
    ask(
        2,
        "is it possible to lease a plotter, call +52 55 1234 5678",
        Language::En,
        "handed_over",
        unsure,
    )
    .await;
    ask(3, "do you lease plotters", Language::En, "handed_over", unsure).await;
    ask(
        4,
        "¿Rentan plotters de gran formato?",
        Language::Es,
        "handed_over",
        unsure,
    )
    .await;
    ask(5, "My coffee machine leaks water", Language::En, "handed_over", unsure).await;
    ask(
        6,
        "I want to talk to a person",
        Language::En,
        "handed_over",
        Some("asked_for_person"),
    )
    .await;
    ask(7, "Can I lease a plotter from you?", Language::En, "answered", None).await;
    ask(8, "hello", Language::En, "handed_over", unsure).await;
    while gaps::collect(store, &Settings::default()).await.unwrap() > 0 {}
    assert_eq!(
        gaps::collect(store, &Settings::default()).await.unwrap(),
        0,
        "repeated, nothing changes"
    );
    let open = gaps::list(store.db(), gaps::State::Open, None, 10).await.unwrap();
    let seen: Vec<(i64, &str)> = open.iter().map(|gap| (gap.asked, gap.question.as_str())).collect();
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert_eq!(seen[0], (3, "Can I lease a plotter from you?"));
    let asked = gaps::questions(store.db(), &open[0].id, 10).await.unwrap();
    assert!(asked.iter().all(|one| !one.question.contains("1234")), "{asked:?}");

    let spanish = open.iter().find(|gap| gap.languages == [Language::Es]).unwrap();
    gaps::merge(store, &ana, &spanish.id, &open[0].id).await.unwrap();
    let whole = gaps::load(store.db(), &open[0].id).await.unwrap();
    assert_eq!(
        (whole.asked, whole.languages.as_slice()),
        (4, &[Language::En, Language::Es][..])
    );
    assert!(gaps::merge(store, &ana, &whole.id, &whole.id).await.is_err());

    let article = gaps::draft(store, &ana, &whole.id).await.unwrap();
    assert_eq!(
        (article.language, article.questions.len(), article.status),
        (Language::En, 3, ArticleStatus::Draft)
    );
    assert!(gaps::draft(store, &ana, &whole.id).await.is_err(), "begun once");
    let words = Words {
        body: "Yes, from three months on.".to_owned(),
        ..Words::of(&article)
    };
    drafts::keep(store, &ana, &article.id, &words, 0, 0).await.unwrap();
    drafts::publish(store, &ana, &article.id, false).await.unwrap();
    assert_eq!(
        gaps::load(store.db(), &whole.id).await.unwrap().state,
        gaps::State::Answered
    );
    // Asked again all the same: the article does not reach it.
    ask(9, "lease a plotter for a month", Language::En, "handed_over", unsure).await;
    gaps::collect(store, &Settings::default()).await.unwrap();
    let again = gaps::load(store.db(), &whole.id).await.unwrap();
    assert_eq!((again.state, again.asked), (gaps::State::Open, 5));
    gaps::dismiss(store, &ana, &whole.id, true).await.unwrap();
    assert_eq!(gaps::open(store.db()).await.unwrap(), 1);
}
