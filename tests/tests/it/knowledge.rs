//! Writing articles on both databases: working copies, review, versions, addresses, readers, open questions.

mod heard;

use std::collections::{BTreeMap, HashMap};

use conversation::types::{Actor, Language};
use kb::categories::{self, NewCategory};
use kb::drafts::{self, NewArticle, State, Words};
use kb::gaps;
use kb::overview::{self, Shown, Which};
use kb::settings::Settings;
use kb::store::{self, Verdict};
use kb::{Article, ArticleKind, ArticleStatus, Audience, Knowledge, feedback, files, slugs};

use crate::core::bed::{Bed, HOUR, SECOND, both};

both!(
    a_draft_becomes_an_article_and_its_next_version_waits_aside,
    two_who_write_at_once_see_each_other_and_lose_nothing,
    another_person_reviews,
    a_translation_knows_that_it_is_older,
    what_is_internal_reaches_no_customer,
    an_old_address_leads_on,
    categories_are_a_tree,
    an_import_keeps_what_its_files_do_not_say,
    files_belong_to_an_article,
);

fn person(name: &str) -> Actor {
    Actor::Agent(name.into())
}

fn new(title: &str, body: &str) -> NewArticle {
    NewArticle {
        language: Language::En,
        kind: ArticleKind::Guide,
        title: title.to_owned(),
        body: body.to_owned(),
        questions: Vec::new(),
        category: None,
        audience: Audience::Public,
        slug: String::new(),
    }
}

async fn begun(bed: &Bed, title: &str, body: &str) -> Article {
    drafts::create(&bed.store, &person("ana"), new(title, body))
        .await
        .expect("an article")
}

async fn published(bed: &Bed, title: &str, body: &str) -> Article {
    let article = begun(bed, title, body).await;
    drafts::publish(&bed.store, &person("ana"), &article.id, false)
        .await
        .expect("published")
}

async fn knowledge(bed: &Bed) -> Knowledge {
    let knowledge = Knowledge::open(None).expect("an index");
    knowledge.refresh(&bed.store).await.expect("a refresh");
    knowledge
}

async fn a_draft_becomes_an_article_and_its_next_version_waits_aside(bed: Bed) {
    let (store, ana) = (&bed.store, person("ana"));
    let article = begun(&bed, "Clean the glass", "").await;
    assert_eq!(
        (article.id.as_str(), article.status),
        ("en/clean-the-glass", ArticleStatus::Draft)
    );
    let refused = drafts::publish(store, &ana, &article.id, false).await.unwrap_err();
    assert!(refused.to_string().contains("no text yet"), "{refused}");

    let mut words = Words::of(&article);
    words.body = "Use a dry cloth.".to_owned();
    let kept = drafts::keep(store, &ana, &article.id, &words, 0, 0).await.unwrap();
    assert_eq!((kept.revision, kept.state), (1, State::Draft));
    let same = drafts::keep(store, &ana, &article.id, &words, 1, 0).await.unwrap();
    assert_eq!(same.revision, 1, "nothing changed, nothing is kept");
    let live = drafts::publish(store, &ana, &article.id, false).await.unwrap();
    assert_eq!(
        (live.body.as_str(), live.status),
        ("Use a dry cloth.", ArticleStatus::Published)
    );
    assert!(drafts::load(store.db(), &article.id).await.unwrap().is_none());

    bed.clock.advance(HOUR);
    words.body = "Use a soft, dry cloth.".to_owned();
    drafts::save(store, &ana, &article.id, &words, 0, live.version)
        .await
        .unwrap();
    let known = knowledge(&bed).await;
    assert_eq!(
        known.article(&article.id).unwrap().body,
        "Use a dry cloth.",
        "readers keep what was published"
    );
    let next = drafts::publish(store, &ana, &article.id, false).await.unwrap();
    assert!(next.version > live.version);
    assert!(known.refresh(store).await.unwrap());
    assert_eq!(known.article(&article.id).unwrap().body, "Use a soft, dry cloth.");

    let versions = store::versions(store.db(), &article.id, 50).await.unwrap();
    let states: Vec<&str> = versions.iter().map(|version| version.state.as_str()).collect();
    assert_eq!(states, ["published", "draft", "published", "draft"]);
    let numbers: Vec<i64> = versions.iter().map(|version| version.version).collect();
    assert_eq!(numbers, [4, 3, 2, 1]);
    drafts::restore(store, &ana, &article.id, 2).await.unwrap();
    let back = drafts::publish(store, &ana, &article.id, false).await.unwrap();
    assert_eq!(back.body, "Use a dry cloth.");

    let gone = drafts::withdraw(store, &ana, &article.id).await.unwrap();
    assert_eq!(gone.status, ArticleStatus::Draft);
    known.refresh(store).await.unwrap();
    assert!(known.article(&article.id).is_none());
    drafts::publish(store, &ana, &article.id, false).await.unwrap();
}

async fn two_who_write_at_once_see_each_other_and_lose_nothing(bed: Bed) {
    let (store, ana, eva) = (&bed.store, person("ana"), person("eva"));
    let article = published(&bed, "Trays", "Tray one.").await;
    let words = |body: &str| Words {
        body: body.to_owned(),
        ..Words::of(&article)
    };
    drafts::keep(store, &ana, &article.id, &words("Ana's text."), 0, 0)
        .await
        .unwrap();
    for seen in [0, 7] {
        let refused = drafts::save(store, &eva, &article.id, &words("Eva's text."), seen, 0).await;
        assert!(refused.unwrap_err().to_string().contains("meantime"));
    }
    drafts::put_aside(store, &article.id).await.unwrap();
    drafts::save(store, &eva, &article.id, &words("Eva's text."), 1, 0)
        .await
        .unwrap();
    let bodies: Vec<String> = store::versions(store.db(), &article.id, 50)
        .await
        .unwrap()
        .into_iter()
        .map(|version| version.body)
        .collect();
    assert!(
        bodies.contains(&"Ana's text.".to_owned()) && bodies.contains(&"Eva's text.".to_owned()),
        "{bodies:?}"
    );

    // The published text moves under the working copy: nobody publishes over it unseen.
    let moved = Article {
        body: "By import.".to_owned(),
        ..article.clone()
    };
    store::upsert(store, &Actor::System, &moved).await.unwrap();
    let refused = drafts::publish(store, &eva, &article.id, false).await.unwrap_err();
    assert!(refused.to_string().contains("changed since"), "{refused}");
    let now = store::load(store.db(), &article.id).await.unwrap();
    drafts::save(store, &eva, &article.id, &words("Eva's text."), 2, now.version)
        .await
        .unwrap();
    drafts::publish(store, &eva, &article.id, false).await.unwrap();

    drafts::keep(store, &ana, &article.id, &words("Half a thought"), 0, 0)
        .await
        .unwrap();
    drafts::discard(store, &ana, &article.id).await.unwrap();
    let last = store::versions(store.db(), &article.id, 1).await.unwrap().remove(0);
    assert_eq!((last.body.as_str(), last.state.as_str()), ("Half a thought", "draft"));
}

async fn another_person_reviews(bed: Bed) {
    let (store, ana, eva) = (&bed.store, person("ana"), person("eva"));
    let article = begun(&bed, "Paper sizes", "A4 and A3.").await;
    let needs = |outcome: Result<Article, conversation::Error>| outcome.unwrap_err().to_string();
    assert!(needs(drafts::publish(store, &eva, &article.id, true).await).contains("waits for a review"));
    let asked = drafts::ask_review(store, &ana, &article.id).await.unwrap();
    assert_eq!((asked.state, asked.asked_by.as_ref()), (State::Review, Some(&ana)));
    assert_eq!(overview::waiting(store.db(), Audience::N3).await.unwrap(), 1);
    assert!(needs(drafts::publish(store, &ana, &article.id, true).await).contains("another person"));
    let back = drafts::send_back(store, &eva, &article.id, " Name A5, too. ")
        .await
        .unwrap();
    assert_eq!((back.state, back.remark.as_str()), (State::Draft, "Name A5, too."));
    assert!(needs(drafts::publish(store, &eva, &article.id, true).await).contains("waits for a review"));
    let words = Words {
        body: "A5, A4 and A3.".to_owned(),
        ..back.words
    };
    drafts::keep(store, &ana, &article.id, &words, back.revision, 0)
        .await
        .unwrap();
    let asked = drafts::ask_review(store, &ana, &article.id).await.unwrap();
    // A reviewer who changes a word is a writer: somebody else reads it again.
    let touched = Words {
        body: "A5, A4, A3.".to_owned(),
        ..words
    };
    drafts::keep(store, &eva, &article.id, &touched, asked.revision, 0)
        .await
        .unwrap();
    assert!(needs(drafts::publish(store, &eva, &article.id, true).await).contains("waits for a review"));
    drafts::ask_review(store, &eva, &article.id).await.unwrap();
    let live = drafts::publish(store, &ana, &article.id, true).await.unwrap();
    assert_eq!(live.body, "A5, A4, A3.");
}

async fn a_translation_knows_that_it_is_older(bed: Bed) {
    let (store, ana) = (&bed.store, person("ana"));
    let original = published(&bed, "Staples", "Open the lid.").await;
    let made = drafts::translate(store, &ana, &original.id, Language::Pt)
        .await
        .unwrap();
    assert_eq!(
        (made.body.as_str(), made.group.as_str()),
        ("Open the lid.", original.group.as_str())
    );
    assert!(
        drafts::translate(store, &ana, &original.id, Language::Pt)
            .await
            .is_err()
    );
    let words = Words {
        title: "Grampos".to_owned(),
        body: "Abra a tampa.".to_owned(),
        ..Words::of(&made)
    };
    drafts::keep(store, &ana, &made.id, &words, 0, 0).await.unwrap();
    drafts::publish(store, &ana, &made.id, false).await.unwrap();
    let which = Which {
        shown: Shown::Outdated,
        up_to: Audience::N3,
        ..Which::default()
    };
    let old = async || overview::list(store.db(), &which, None, 10).await.unwrap();
    assert_eq!(old().await, []);
    bed.clock.advance(HOUR);
    let words = Words {
        body: "Open the lid and pull.".to_owned(),
        ..Words::of(&original)
    };
    drafts::keep(store, &ana, &original.id, &words, 0, 0).await.unwrap();
    let moved = drafts::publish(store, &ana, &original.id, false).await.unwrap();
    let found = old().await;
    assert_eq!(
        found.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(),
        [made.id.as_str()]
    );
    let followed = Words {
        body: "Abra a tampa e puxe.".to_owned(),
        source_version: Some(moved.version),
        ..Words::of(&store::load(store.db(), &made.id).await.unwrap())
    };
    drafts::keep(store, &ana, &made.id, &followed, 0, 0).await.unwrap();
    drafts::publish(store, &ana, &made.id, false).await.unwrap();
    assert_eq!(old().await, []);
    // Another place changes no text.
    let shelf = categories::create(store, &ana, category("Paper", None)).await.unwrap();
    let placed = Words {
        category: Some(shelf.id),
        ..Words::of(&moved)
    };
    drafts::keep(store, &ana, &original.id, &placed, 0, 0).await.unwrap();
    drafts::publish(store, &ana, &original.id, false).await.unwrap();
    assert_eq!(old().await, []);
}

async fn what_is_internal_reaches_no_customer(bed: Bed) {
    let (store, ana) = (&bed.store, person("ana"));
    let article = published(&bed, "Reset the fuser", "Hold both keys of the fuser.").await;
    let known = knowledge(&bed).await;
    assert_eq!(known.search(Language::En, "fuser", 5).unwrap().len(), 1);
    assert!(!known.candidates(Language::En, "reset the fuser", 5).is_empty());
    let words = Words {
        audience: Audience::N2,
        ..Words::of(&article)
    };
    drafts::keep(store, &ana, &article.id, &words, 0, 0).await.unwrap();
    let inner = drafts::publish(store, &ana, &article.id, false).await.unwrap();
    known.refresh(store).await.unwrap();
    assert!(!inner.is_public());
    assert_eq!(known.search(Language::En, "fuser", 5).unwrap(), []);
    assert_eq!(known.candidates(Language::En, "reset the fuser", 5), []);
    assert!(known.article(&article.id).is_none() && known.at(Language::En, &article.slug).is_none());
    assert!(known.published(Language::En).is_empty() && known.chosen(&article.id, "fuser").is_none());
    let found = |up_to| known.search_internal(up_to, Language::En, "fuser", 5).unwrap().len();
    assert_eq!(
        (
            found(Audience::Public),
            found(Audience::N1),
            found(Audience::N2),
            found(Audience::N3)
        ),
        (0, 0, 1, 1)
    );
    let listed = async |up_to| {
        let which = Which {
            up_to,
            ..Which::default()
        };
        overview::list(store.db(), &which, None, 10).await.unwrap().len()
    };
    assert_eq!((listed(Audience::N1).await, listed(Audience::N2).await), (0, 1));
    // And back again.
    let words = Words {
        audience: Audience::Public,
        ..words
    };
    drafts::keep(store, &ana, &article.id, &words, 0, 0).await.unwrap();
    drafts::publish(store, &ana, &article.id, false).await.unwrap();
    known.refresh(store).await.unwrap();
    assert_eq!(known.search(Language::En, "fuser", 5).unwrap().len(), 1);
    assert_eq!(found(Audience::N3), 0);
}

async fn an_old_address_leads_on(bed: Bed) {
    let (store, ana) = (&bed.store, person("ana"));
    let article = published(&bed, "Toner", "Turn the handle.").await;
    let to = async |slug: &str| {
        let words = Words {
            slug: slug.to_owned(),
            ..Words::of(&store::load(store.db(), &article.id).await.unwrap())
        };
        drafts::keep(store, &ana, &article.id, &words, 0, 0).await.unwrap();
        drafts::publish(store, &ana, &article.id, false).await
    };
    to("change-toner").await.unwrap();
    to("replace-toner").await.unwrap();
    for old in ["toner", "change-toner"] {
        let found = slugs::former(store.db(), Language::En, old).await.unwrap();
        assert_eq!(found.as_deref(), Some(article.id.as_str()), "{old}");
    }
    assert_eq!(slugs::former(store.db(), Language::Es, "toner").await.unwrap(), None);
    for wrong in ["Two Words", "", "topics", "suggest"] {
        assert!(to(wrong).await.is_err(), "{wrong}");
        drafts::discard(store, &ana, &article.id).await.unwrap();
    }
    // A new article of the same name gets another address, so that old links keep their meaning.
    let other = begun(&bed, "Toner", "Another one.").await;
    assert_eq!(other.slug, "toner-2");
}

fn category(name: &str, parent: Option<&str>) -> NewCategory {
    NewCategory {
        parent: parent.map(str::to_owned),
        names: BTreeMap::from([(Language::En, name.to_owned())]),
        place: 0,
    }
}

async fn categories_are_a_tree(bed: Bed) {
    let (store, ana) = (&bed.store, person("ana"));
    let top = categories::create(store, &ana, category("Printers", None))
        .await
        .unwrap();
    let middle = categories::create(store, &ana, category("Paper", Some(&top.id)))
        .await
        .unwrap();
    let low = categories::create(store, &ana, category("Paper", Some(&middle.id)))
        .await
        .unwrap();
    assert_eq!((top.id.as_str(), low.id.as_str()), ("printers", "paper-2"));
    assert!(
        categories::create(store, &ana, category("Too deep", Some(&low.id)))
            .await
            .is_err()
    );
    assert!(categories::create(store, &ana, category(" ", None)).await.is_err());
    assert!(
        categories::create(store, &ana, category("Lost", Some("nowhere")))
            .await
            .is_err()
    );
    let circle = categories::change(store, &ana, &top.id, category("Printers", Some(&low.id))).await;
    assert!(circle.unwrap_err().to_string().contains("itself"));
    let article = published(&bed, "Feed", "One sheet.").await;
    let words = Words {
        category: Some(middle.id.clone()),
        ..Words::of(&article)
    };
    drafts::keep(store, &ana, &article.id, &words, 0, 0).await.unwrap();
    drafts::publish(store, &ana, &article.id, false).await.unwrap();
    let known = knowledge(&bed).await;
    assert_eq!(known.in_category(Language::En, Some(&middle.id)).len(), 1);
    bed.clock.advance(SECOND);
    categories::remove(store, &ana, &middle.id).await.unwrap();
    known.refresh(store).await.unwrap();
    let tree = known.tree();
    assert_eq!(tree.get(&low.id).unwrap().parent.as_deref(), Some(top.id.as_str()));
    assert_eq!(
        known.in_category(Language::En, Some(&top.id)).len(),
        1,
        "what stood in it moves one up"
    );
}

async fn an_import_keeps_what_its_files_do_not_say(bed: Bed) {
    let (store, ana) = (&bed.store, person("ana"));
    let (articles, _) = kb::sample::articles(store.now());
    store::import(store, &Actor::System, &articles).await.unwrap();
    let id = &articles[0].id;
    let known = store::load(store.db(), id).await.unwrap();
    let shelf = categories::create(store, &ana, category("Office", None)).await.unwrap();
    let words = Words {
        category: Some(shelf.id.clone()),
        audience: Audience::N1,
        ..Words::of(&known)
    };
    drafts::keep(store, &ana, id, &words, 0, 0).await.unwrap();
    drafts::publish(store, &ana, id, false).await.unwrap();
    let again = store::import(store, &Actor::System, &articles).await.unwrap();
    assert_eq!((again.changed, again.unchanged), (0, articles.len()));
    let now = store::load(store.db(), id).await.unwrap();
    assert_eq!(
        (now.place.audience, now.place.category.as_deref()),
        (Audience::N1, Some("office"))
    );
    let mut named = articles[1].clone();
    named.place.category = Some("made-by-import".to_owned());
    store::import(store, &Actor::System, &[named]).await.unwrap();
    assert!(
        categories::load(store.db())
            .await
            .unwrap()
            .get("made-by-import")
            .is_some()
    );
}

async fn files_belong_to_an_article(bed: Bed) {
    let (store, ana) = (&bed.store, person("ana"));
    let article = begun(&bed, "Pictures", "x").await;
    let png = b"\x89PNG\r\n\x1a\nrest";
    let picture = files::add(store, &ana, &article.id, "../a\\b [1].png", png)
        .await
        .unwrap();
    assert_eq!(
        (picture.name.as_str(), picture.media_type.as_str()),
        ("b [1].png", "image/png")
    );
    assert_eq!(picture.markdown(), format!("![b  1](/help/files/{})", picture.id));
    let script = files::add(store, &ana, &article.id, "x.png", b"<script>")
        .await
        .unwrap();
    assert_eq!(
        script.media_type, "application/octet-stream",
        "the bytes say what it is"
    );
    assert!(files::add(store, &ana, &article.id, "empty", b"").await.is_err());
    assert!(files::add(store, &ana, "en/nothing", "a.png", png).await.is_err());
    assert_eq!(files::of_article(store.db(), &article.id).await.unwrap().len(), 2);
    files::remove(store, "en/other", &script.id).await.unwrap();
    assert!(
        files::load(store.db(), &script.id).await.is_ok(),
        "only from its own article"
    );
    files::remove(store, &article.id, &script.id).await.unwrap();
    assert!(files::load(store.db(), &script.id).await.is_err());
}
