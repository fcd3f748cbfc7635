//! The menu of an inbox: how it is kept, what it refuses, and its figures.

use conversation::desk::Texts;
use conversation::menus::{self, About, Appears, Does, Entry, Figures, Gone, NewMenu, Route};
use conversation::types::{Actor, Channel, InboxId, LabelId, Language, Level, MessageKind, TeamId};
use conversation::{Error, Result, labels, teams, views};
use futures::future::join_all;

use super::bed::{Bed, both, refusal, whatsapp};

both! {
    it_is_kept_changed_and_removed,
    what_cannot_be_kept,
    what_is_gone_stays_and_is_said,
    changes_at_a_time_follow_each_other,
    figures_stay_with_their_entries,
    what_was_chosen_is_a_line_of_the_conversation,
}

fn es(text: &str) -> Texts {
    Texts::of([(Language::Es, text.to_owned())])
}

fn entry(id: &str, title: &str, does: Does) -> Entry {
    Entry {
        id: id.to_owned(),
        title: es(title),
        description: Texts::default(),
        does,
    }
}

fn portal(id: &str, title: &str) -> Entry {
    entry(id, title, Does::Portal)
}

fn people(route: Route) -> Does {
    Does::People(route)
}

fn new(entries: Vec<Entry>) -> NewMenu {
    NewMenu {
        is_on: true,
        appears: Appears::Unanswered,
        greeting: es("¡Hola!"),
        entries,
    }
}

async fn save(bed: &Bed, inbox: &InboxId, menu: NewMenu) -> Result<menus::Menu> {
    menus::save(&bed.store, &Actor::System, inbox, menu).await
}

async fn it_is_kept_changed_and_removed(bed: Bed) {
    let (store, by) = (&bed.store, Actor::System);
    for channel in [Channel::Whatsapp, Channel::Webchat, Channel::Bridge] {
        let inbox = bed.inbox(channel, true).await;
        assert_eq!(menus::load(store.db(), &inbox).await.expect("read"), None);
        let inside = vec![
            portal("", "Escáner"),
            entry("", "Preguntar", Does::Ask { words: es("Diga.") }),
        ];
        let written = new(vec![
            entry("", "Facturas", Does::Answer { about: About::Invoices }),
            entry("support", "Soporte", Does::Submenu { entries: inside }),
        ]);
        let kept = save(&bed, &inbox, written.clone()).await.expect("kept");
        assert!(menus::all(&kept.entries).iter().all(|(_, one)| !one.id.is_empty()));
        assert_eq!(kept.entries[1].id, "support", "an id that was given stays");
        let depths: Vec<usize> = menus::all(&kept.entries).iter().map(|(depth, _)| *depth).collect();
        assert_eq!(depths, [0, 0, 1, 1]);
        let way = menus::way_to(&kept.entries, &kept.entries[1].entries()[0].id).expect("there");
        assert_eq!(way.len(), 2);
        assert_eq!(kept.at(Some("support")).map(<[Entry]>::len), Some(2));
        assert_eq!(kept.at(Some(&kept.entries[0].id)), None, "no submenu");

        let changed = menus::change(store, &by, &inbox, |menu| {
            menu.is_on = false;
            menu.appears = Appears::First;
            menus::inside(&mut menu.entries, Some("support"))
                .ok_or(Error::NotFound)?
                .push(portal("", "Plotter"));
            Ok(())
        })
        .await
        .expect("changed");
        assert_eq!((changed.is_on, changed.appears), (false, Appears::First));
        assert_eq!(changed.entries[1].entries().len(), 3);
        assert_eq!(changed.entries[0], kept.entries[0]);
        assert_eq!(menus::load(store.db(), &inbox).await.expect("read"), Some(changed));

        menus::remove(store, &by, &inbox).await.expect("removed");
        assert_eq!(menus::load(store.db(), &inbox).await.expect("read"), None);
        assert_eq!(refusal(menus::remove(store, &by, &inbox).await), "not found");
    }
    for channel in [Channel::Email, Channel::Portal] {
        let inbox = bed.inbox(channel, true).await;
        let refused = save(&bed, &inbox, new(vec![portal("", "Portal")])).await;
        assert_eq!(refusal(refused), "not found", "nobody presses through a menu by mail");
    }
    assert!(matches!(
        save(&bed, &InboxId::from("none"), new(Vec::new())).await,
        Err(Error::NotFound)
    ));
}

async fn what_cannot_be_kept(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let many = |count: usize| -> Vec<Entry> { (0..count).map(|at| portal("", &format!("Opción {at}"))).collect() };
    let deep = |depth: usize| {
        let bottom = portal("", "Fondo");
        (0..depth).fold(bottom, |inside, at| {
            entry("", &format!("Nivel {at}"), Does::Submenu { entries: vec![inside] })
        })
    };
    let titled = |title: &str| new(vec![portal("", title)]);
    let mut with_people = many(9);
    with_people.push(entry("", "Una persona", people(Route::default())));
    save(&bed, &inbox, new(with_people.clone()))
        .await
        .expect("ten, and one of them leads to people");
    save(&bed, &inbox, new(many(9)))
        .await
        .expect("nine, and the way to a person");
    save(&bed, &inbox, new(vec![deep(2)])).await.expect("two submenus deep");
    save(&bed, &inbox, titled("Facturas y pagos 26 🧾🧾"))
        .await
        .expect("as long as a row of a list");
    with_people.push(portal("", "Una más"));
    let described = |words: String| Entry {
        description: es(&words),
        ..portal("", "A")
    };
    let pt = |es: &str, pt: &str| Entry {
        title: Texts::of([(Language::Es, es.to_owned()), (Language::Pt, pt.to_owned())]),
        ..portal("", "A")
    };
    let below = entry("", "Soporte", Does::Submenu { entries: many(9) });
    let cases: Vec<(NewMenu, &str)> = vec![
        (
            NewMenu {
                greeting: Texts::default(),
                ..new(many(1))
            },
            "greeting: write the words in one language at least",
        ),
        (
            NewMenu {
                greeting: es(&"x".repeat(601)),
                ..new(many(1))
            },
            "greeting_es: at most 600 characters",
        ),
        (new(Vec::new()), "entries: a menu that is shown needs one"),
        (
            new(many(10)),
            "entries: at most 9, beside the way to a person; if one of them hands over to people, one more",
        ),
        (new(with_people), "entries: at most 10 in all"),
        (
            new(vec![below]),
            "entries: at most 8 in this submenu, beside the ways back and to a person",
        ),
        (
            new(vec![deep(3)]),
            "entries 1.1.1: does: at most 2 submenus stand within each other",
        ),
        (titled(""), "entries 1: title: write the words in one language at least"),
        (
            titled("Facturas y pagos de 2026…"),
            "entries 1: title_es: at most 24 characters",
        ),
        // An emoji is two to WhatsApp.
        (
            titled("🧾🧾🧾🧾🧾🧾🧾🧾🧾🧾🧾🧾🧾"),
            "entries 1: title_es: at most 24 characters",
        ),
        (titled("Dos\nlíneas"), "entries 1: title_es: one line, please"),
        (
            new(vec![described("x".repeat(73))]),
            "entries 1: description_es: at most 72 characters",
        ),
        (
            new(vec![portal("", "Facturas"), portal("", "FACTURAS")]),
            "title_es: another entry beside it is called “FACTURAS”",
        ),
        (
            new(vec![pt("Uno", "Igual"), pt("Dos", "Igual")]),
            "title_pt: another entry beside it is called “Igual”",
        ),
        (
            new(vec![portal("a", "A"), portal("a", "B")]),
            "entries: the id `a` is there twice",
        ),
        (
            new(vec![portal("a b", "A")]),
            "entries: an id is 1 to 40 letters a-z, digits, `-` or `_`",
        ),
        (
            new(vec![entry(
                "",
                "A",
                Does::Article {
                    article: " ".to_owned(),
                },
            )]),
            "entries 1: article: choose one",
        ),
        (
            new(vec![entry(
                "",
                "A",
                Does::Article {
                    article: "es/none".to_owned(),
                },
            )]),
            "article: customers see no such article",
        ),
        (
            new(vec![entry(
                "",
                "A",
                people(Route {
                    level: Some(Level::Bot),
                    ..Route::default()
                }),
            )]),
            "entries 1: level: choose a level of people",
        ),
        (
            new(vec![entry(
                "",
                "A",
                people(Route {
                    team: Some(TeamId::from("none")),
                    ..Route::default()
                }),
            )]),
            "team: that team is gone",
        ),
        (
            new(vec![entry(
                "",
                "A",
                people(Route {
                    label: Some(LabelId::from("none")),
                    ..Route::default()
                }),
            )]),
            "label: that label is gone",
        ),
        (
            new(vec![entry(
                "",
                "A",
                people(Route {
                    category: Some("none".to_owned()),
                    ..Route::default()
                }),
            )]),
            "category: there is no such category",
        ),
    ];
    let before = menus::load(bed.store.db(), &inbox).await.expect("read");
    for (wrong, words) in cases {
        assert_eq!(refusal(save(&bed, &inbox, wrong).await), words);
    }
    assert_eq!(menus::load(bed.store.db(), &inbox).await.expect("read"), before);
}

async fn what_is_gone_stays_and_is_said(bed: Bed) {
    let inbox = bed.inbox(Channel::Webchat, true).await;
    let (store, by) = (&bed.store, Actor::System);
    let team = teams::create(store, &by, "Taller", &[]).await.expect("a team");
    let label = labels::create(store, &by, "toner", None).await.expect("a label").id;
    let route = Route {
        team: Some(team.clone()),
        label: Some(label.clone()),
        ..Route::default()
    };
    let menu = save(
        &bed,
        &inbox,
        new(vec![entry("toner", "Tóner", people(route)), portal("portal", "Portal")]),
    )
    .await
    .expect("kept");
    let gone = menus::gone(store.db(), &menu.entries).await.expect("looked up");
    assert!(gone.is_empty(), "{gone:?}");
    teams::remove(store, &by, &team, None, async |_| Ok(()))
        .await
        .expect("removed");
    labels::remove(store, &by, &label).await.expect("removed");
    let gone = menus::gone(store.db(), &menu.entries).await.expect("looked up");
    assert_eq!(gone["toner"], [Gone::Team, Gone::Label]);
    assert_eq!(gone.len(), 1);
    // The rest of the menu is changed without it.
    menus::change(store, &by, &inbox, |menu| {
        menu.greeting = es("¡Buenas!");
        Ok(())
    })
    .await
    .expect("changed");
    let again = menus::change(store, &by, &inbox, |menu| {
        let route = Route {
            team: Some(team.clone()),
            level: Some(Level::N3),
            ..Route::default()
        };
        menu.entries.push(entry("", "Otra", people(route)));
        Ok(())
    })
    .await;
    again.expect("named as before");
}

async fn changes_at_a_time_follow_each_other(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    save(&bed, &inbox, new(vec![portal("first", "Portal")]))
        .await
        .expect("kept");
    let second = bed.second().await;
    let changes = (0..8).map(|at| {
        let (store, inbox) = (if at % 2 == 0 { &bed.store } else { &second }, &inbox);
        async move {
            menus::change(store, &Actor::System, inbox, |menu| {
                menu.entries.push(portal("", &format!("Opción {at}")));
                Ok(())
            })
            .await
        }
    });
    for changed in join_all(changes).await {
        changed.expect("changed");
    }
    let menu = menus::load(bed.store.db(), &inbox).await.expect("read").expect("there");
    assert_eq!(menu.entries.len(), 9, "none is lost");
}

async fn figures_stay_with_their_entries(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let other = bed.inbox(Channel::Whatsapp, true).await;
    for inbox in [&inbox, &other] {
        save(&bed, inbox, new(vec![portal("a", "A"), portal("b", "B")]))
            .await
            .expect("kept");
    }
    let one = |shown: i64, chosen: i64| Figures {
        shown,
        chosen,
        ..Figures::default()
    };
    for _ in 0..3 {
        let mut tx = bed.store.begin().await.expect("begun");
        let added = [
            ("b".to_owned(), one(1, 0)),
            ("a".to_owned(), one(1, 0)),
            ("a".to_owned(), one(0, 1)),
        ];
        menus::count_in(&mut tx, &inbox, &added).await.expect("counted");
        tx.commit_silently().await.expect("kept");
    }
    let read = async |inbox: &InboxId| menus::figures(bed.store.db(), inbox).await.expect("read");
    let counted = read(&inbox).await;
    assert_eq!((counted["a"], counted["b"]), (one(3, 3), one(3, 0)));
    assert!(read(&other).await.is_empty());
    // Renamed and moved it keeps its figures; who goes takes them along.
    save(&bed, &inbox, new(vec![portal("c", "B"), portal("a", "Otra")]))
        .await
        .expect("kept");
    let counted = read(&inbox).await;
    assert_eq!((counted.len(), counted["a"]), (1, one(3, 3)));
    menus::remove(&bed.store, &Actor::System, &inbox)
        .await
        .expect("removed");
    assert!(read(&inbox).await.is_empty());
}

async fn what_was_chosen_is_a_line_of_the_conversation(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, true).await;
    let (id, _) = bed.place(&whatsapp(&inbox, "+5491155550000", "w1", "hola")).await;
    let before = bed.conversation(&id).await;
    let mut tx = bed.store.begin().await.expect("begun");
    let path = ["Soporte técnico".to_owned(), "Atasco de papel".to_owned()];
    menus::chosen_in(&mut tx, &before, &path).await.expect("said");
    tx.commit().await.expect("kept");
    let lines = views::timeline(bed.store.db(), &id, None, 10).await.expect("read");
    let line = lines
        .iter()
        .find(|line| line.kind == MessageKind::Activity)
        .expect("a line");
    let extra = line.extra.as_ref().expect("what");
    assert_eq!(
        (extra["action"].as_str(), extra["path"][1].as_str()),
        (Some("menu"), Some("Atasco de papel"))
    );
    let now = bed.conversation(&id).await;
    assert_eq!(now.message_count, before.message_count + 1);
    assert!(now.waiting_since.is_some());
    let mut tx = bed.store.begin().await.expect("begun");
    menus::pressed_again_in(&mut tx, &now).await.expect("heard");
    tx.commit().await.expect("kept");
    assert_eq!(bed.conversation(&id).await.waiting_since, None);
    bed.check().await;
}
