//! What is offered first for the matter at hand, and whose tickets a colleague is told of.

use conversation::desk::canned::{self, NewCannedReply};
use conversation::desk::fits::{self, Fits, Matter};
use conversation::desk::macros;
use conversation::desk::steps::Step;
use conversation::memberships::{self, Rights};
use conversation::notifications::colleagues::{self, Watched};
use conversation::notifications::{self, Kind};
use conversation::tickets::edit::{self, Edit};
use conversation::tickets::{categories, solve};
use conversation::types::{Actor, AgentId, Channel, CompanyId, ContactId, Level};
use conversation::{Error, contacts};

use super::bed::{Bed, both, mail, refusal};
use super::desk::{english, id, work};
use super::tickets::open;

both!(
    what_was_written_for_it_is_offered_first,
    colleagues_hear_of_whom_they_chose,
);

fn fits_of(categories: &[&str], levels: &[Level]) -> Option<Fits> {
    Some(Fits {
        categories: categories.iter().map(|one| (*one).to_owned()).collect(),
        levels: levels.to_vec(),
    })
}

async fn what_was_written_for_it_is_offered_first(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let store = &bed.store;
    let (place, _) = bed.place(&mail(&inbox, "joana@example.org", "a@x", "Jam")).await;
    let ticket = open(&bed, &ana, &place, "Jam").await;
    let hardware = categories::create(store, &ana, None, &english("Hardware"))
        .await
        .expect("a category");
    let printer = categories::create(store, &ana, Some(&hardware.id), &english("Printer"))
        .await
        .expect("a category");
    let change = Edit {
        category: Some(Some(printer.id.clone())),
        ..Edit::default()
    };
    edit::edit(store, &ana, &ticket, change).await.expect("changed");
    let keep = async |shortcut: &str, owner: Option<AgentId>, fits: Option<Fits>| {
        let new = NewCannedReply {
            owner,
            shortcut: shortcut.to_owned(),
            title: String::new(),
            category: String::new(),
            bodies: english(shortcut),
            fits,
        };
        canned::create(store, &ana, new).await
    };
    let all = keep("re-all", None, None).await.expect("kept");
    keep("re-n2", None, fits_of(&[], &[Level::N2])).await.expect("kept");
    let n1 = keep("re-n1", None, fits_of(&[], &[Level::N1])).await.expect("kept");
    let near = keep("re-printer", Some(id(&ana)), fits_of(&[&printer.id], &[]))
        .await
        .expect("kept");
    let far = fits_of(&[&hardware.id, &hardware.id], &[Level::N1, Level::N2]);
    let far = keep("re-hardware", None, far).await.expect("kept");
    assert_eq!(
        far.fits.categories,
        std::slice::from_ref(&hardware.id),
        "named twice, kept once"
    );
    assert!(refusal(keep("re-none", None, fits_of(&["nothing"], &[])).await).contains("no such category"));

    let now = bed.conversation(&place).await;
    let matter = Matter::of(store.db(), &now).await.expect("a matter");
    assert_eq!((matter.line.len(), matter.level), (2, Level::N1));
    let offered = async |typed: &str| -> Vec<String> {
        let found = canned::find(store.db(), &id(&ana), typed, &matter, 10)
            .await
            .expect("found");
        found.into_iter().map(|one| one.shortcut).collect()
    };
    let order = ["re-printer", "re-hardware", "re-n1", "re-all", "re-n2"];
    assert_eq!(offered("").await, order);
    assert_eq!(offered("re").await, order);
    assert_eq!(
        offered("re-n2").await,
        ["re-n2"],
        "what is typed whole is found whatever it is for"
    );

    // Uses count by day; the place in the list does not change for them.
    for _ in 0..3 {
        canned::used(store, &all.id, &now).await.expect("counted");
    }
    assert_eq!(offered("").await, order);
    let lately = fits::lately(store).await.expect("figures");
    assert_eq!((lately.get(&all.id), lately.get(&n1.id)), (Some(&3), None));
    let uses = fits::uses_of(store, &all.id).await.expect("figures");
    assert_eq!(uses.len(), 1);
    assert_eq!(
        (uses[0].level, uses[0].category.as_str(), uses[0].uses),
        (Level::N1, printer.id.as_str(), 3)
    );

    let steps = [Step::Take];
    let ends = [Step::Take, Step::Resolve];
    let plain = macros::save(store, &ana, None, None, "A plain one", &ends, None)
        .await
        .expect("kept");
    let wanted = fits_of(&[&printer.id], &[]);
    let fitting = macros::save(store, &ana, None, None, "Z fits", &steps, wanted.as_ref())
        .await
        .expect("kept");
    let names = async || -> Vec<String> {
        let all = macros::offered(store.db(), &id(&ana), &matter).await.expect("offered");
        all.into_iter().map(|one| one.name).collect()
    };
    assert_eq!(names().await, ["Z fits", "A plain one"]);
    // A change that says nothing of it leaves it; one that says "for everything" takes it away.
    macros::save(store, &ana, Some(&fitting.id), None, "Z fits", &steps, None)
        .await
        .expect("kept");
    assert_eq!(names().await, ["Z fits", "A plain one"]);
    macros::save(
        store,
        &ana,
        Some(&fitting.id),
        None,
        "Z fits",
        &steps,
        Some(&Fits::default()),
    )
    .await
    .expect("kept");
    assert_eq!(names().await, ["A plain one", "Z fits"]);
    macros::run(store, &ana, &plain.id, &place, "1").await.expect("run");
    let uses = fits::uses_of(store, &plain.id).await.expect("figures");
    assert_eq!(
        (uses.len(), uses[0].category.as_str(), uses[0].uses),
        (1, printer.id.as_str(), 1),
        "counted as it was before it was resolved"
    );

    // What is thrown away leaves nothing behind, and neither do days long past.
    canned::remove(store, &ana, &near.id).await.expect("removed");
    canned::remove(store, &ana, &all.id).await.expect("removed");
    assert_eq!(fits::lately(store).await.expect("figures").len(), 1);
    bed.clock.advance((fits::USES_LAST + 2) * 86_400_000);
    assert_eq!(fits::clean(store).await.expect("clean"), 1);
    assert_eq!(macros::load(store.db(), &plain.id).await.expect("there").uses, 1);
}

async fn join(bed: &Bed, contact: &ContactId, company: &CompanyId, rights: Rights) {
    let mut tx = bed.store.begin().await.expect("begun");
    memberships::set_in(&mut tx, &Actor::System, contact, company, rights)
        .await
        .expect("set");
    tx.commit().await.expect("committed");
}

async fn watch(bed: &Bed, who: &ContactId, company: &CompanyId, watched: &Watched) -> Result<(), Error> {
    let mut tx = bed.store.begin().await.expect("begun");
    let actor = Actor::Contact(who.clone());
    colleagues::watch_in(&mut tx, &actor, who, company, watched).await?;
    tx.commit_silently().await
}

async fn told(bed: &Bed, who: &ContactId) -> Vec<(Option<Kind>, String)> {
    let all = notifications::list(bed.store.db(), who, None, 20)
        .await
        .expect("a list");
    all.into_iter().rev().map(|one| (one.kind(), one.words)).collect()
}

async fn colleagues_hear_of_whom_they_chose(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let agent = bed.agent("ana").await;
    let mut tx = bed.store.begin().await.expect("begun");
    let company = contacts::company_in(&mut tx, "Acme").await.expect("a company");
    tx.commit_silently().await.expect("committed");
    let mut people = Vec::new();
    let mut places = Vec::new();
    for name in ["boss", "joana", "rui"] {
        let (place, _) = bed
            .place(&mail(&inbox, &format!("{name}@acme.test"), &format!("{name}@x"), "Jam"))
            .await;
        people.push(bed.conversation(&place).await.contact_id);
        places.push(place);
    }
    let (boss, joana, rui) = (&people[0], &people[1], &people[2]);
    join(&bed, boss, &company, Rights::ADMINISTRATOR).await;
    join(&bed, joana, &company, Rights::MEMBER).await;
    join(&bed, rui, &company, Rights::MEMBER).await;

    // Nobody hears of anybody unless they say so, and only who sees all tickets can.
    let first = open(&bed, &agent, &places[1], "Jam").await;
    work(&bed.store).await;
    assert_eq!(
        told(&bed, boss)
            .await
            .iter()
            .filter(|(kind, _)| *kind == Some(Kind::Colleague))
            .count(),
        0
    );
    let everybody = Watched {
        is_everybody: true,
        people: Vec::new(),
    };
    assert!(matches!(
        watch(&bed, joana, &company, &everybody).await,
        Err(Error::NotFound)
    ));
    let stranger = Watched {
        is_everybody: false,
        people: vec![ContactId::from("01ARZ3NDEKTSV4RRFFQ69G5FAV")],
    };
    assert!(matches!(
        watch(&bed, boss, &company, &stranger).await,
        Err(Error::NotFound)
    ));

    let only_joana = Watched {
        is_everybody: false,
        people: vec![joana.clone()],
    };
    watch(&bed, boss, &company, &only_joana).await.expect("kept");
    assert_eq!(
        colleagues::watched(bed.store.db(), boss, &company).await.expect("kept"),
        only_joana
    );
    solve::close(&bed.store, &agent, &first).await.expect("closed");
    let second = open(&bed, &agent, &places[2], "Smoke").await;
    work(&bed.store).await;
    let of_colleagues = async || -> Vec<String> {
        let all = told(&bed, boss).await;
        let words = all.into_iter().filter(|(kind, _)| *kind == Some(Kind::Colleague));
        words.map(|(_, words)| words).collect()
    };
    assert_eq!(
        of_colleagues().await,
        ["colleague-resolved"],
        "of Joana, and not of Rui"
    );
    let news = notifications::list(bed.store.db(), boss, None, 1)
        .await
        .expect("a list");
    assert!(
        news[0].path.ends_with(first.as_str()) && news[0].owes.is_empty(),
        "{news:?}"
    );

    watch(&bed, boss, &company, &everybody).await.expect("kept");
    solve::ask_more(&bed.store, &agent, &second, "Which floor?")
        .await
        .expect("asked");
    let own = open(&bed, &agent, &places[0], "Mine").await;
    solve::close(&bed.store, &agent, &own).await.expect("closed");
    work(&bed.store).await;
    assert_eq!(
        of_colleagues().await,
        ["colleague-resolved", "colleague-waiting"],
        "one's own tickets are no colleague's"
    );
    // Who may no longer see them hears no more.
    join(&bed, boss, &company, Rights::MEMBER).await;
    solve::close(&bed.store, &agent, &second).await.expect("closed");
    work(&bed.store).await;
    assert_eq!(of_colleagues().await.len(), 2);
    assert_eq!(
        told(&bed, joana)
            .await
            .iter()
            .filter(|(kind, _)| *kind == Some(Kind::Colleague))
            .count(),
        0
    );
}
