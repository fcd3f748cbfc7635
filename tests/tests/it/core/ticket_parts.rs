//! What is a ticket's own, lists of tickets, and what customers are told of them, on both databases.

use conversation::desk::Texts;
use conversation::fields::{self, FieldKind, Target};
use conversation::lifecycle::{Action, act};
use conversation::tickets::edit::{self, Edit};
use conversation::tickets::levels;
use conversation::tickets::links::{self, LinkKind};
use conversation::tickets::list::{self, Filter, Place, Sort, State, Whose};
use conversation::tickets::notices::{self, Notice, Occasion};
use conversation::tickets::{categories, skills, solve};
use conversation::types::{Actor, AgentId, Language, Level, Priority, TicketId, TicketKind, TicketStatus};
use conversation::views;

use super::bed::{Bed, both, refusal};
use super::desk::work;
use super::tickets::{hears, now, said, texts, ticket};

both!(
    what_is_a_tickets_own,
    links_and_references,
    lists_are_walked_page_by_page,
    the_customer_is_told_what_was_configured,
    those_who_know_come_first,
);

async fn what_is_a_tickets_own(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (_, id) = ticket(&bed, &ana, "5511911110009").await;
    let store = &bed.store;
    let hardware = categories::create(store, &ana, None, &texts("Hardware"))
        .await
        .expect("made");
    let screen = categories::create(store, &ana, Some(&hardware.id), &texts("Screen"))
        .await
        .expect("made");
    assert_eq!(
        refusal(categories::create(store, &ana, Some(&hardware.id), &texts("screen")).await),
        "there is a category of that name already"
    );
    assert!(refusal(categories::create(store, &ana, Some("gone"), &texts("x")).await).starts_with("parent"));
    let tree = categories::tree(store.db()).await.expect("a tree");
    assert_eq!(tree.name(&screen.id, Language::Pt), "Hardware › Screen");
    assert_eq!(tree.within(&hardware.id).len(), 2);
    let define = async |name: &str| {
        fields::define(store, &ana, Target::Ticket, name, FieldKind::Number, &[])
            .await
            .expect("a field")
    };
    let (serial, guests) = (define("Serial").await, define("Guests").await);
    edit::set_kinds(store, &guests, &[TicketKind::Request])
        .await
        .expect("set");
    let of = edit::of_kind(store.db(), TicketKind::Incident).await.expect("fields");
    assert_eq!(of.iter().map(|field| &field.id).collect::<Vec<_>>(), [&serial]);
    let change = async |change: Edit| edit::edit(store, &ana, &id, change).await;
    let refused = |fields: Vec<(conversation::types::FieldId, String)>, category: Option<&str>| Edit {
        fields,
        category: category.map(|id| Some(id.to_owned())),
        ..Edit::default()
    };
    assert_eq!(
        refusal(change(refused(vec![(guests.clone(), "3".to_owned())], None)).await),
        "fields: this kind of ticket has no such field"
    );
    assert!(refusal(change(refused(vec![(serial.clone(), "many".to_owned())], None)).await).contains("Serial"));
    assert!(refusal(change(refused(vec![], Some("gone"))).await).starts_with("category"));
    let edited = change(Edit {
        kind: Some(TicketKind::Request),
        category: Some(Some(screen.id.clone())),
        subject: Some(" Tela nova ".to_owned()),
        brief: Some("Quer outra".to_owned()),
        fields: vec![(guests.clone(), "3".to_owned()), (serial, "77".to_owned())],
    })
    .await
    .expect("changed");
    assert_eq!(
        (edited.kind, edited.subject.as_str()),
        (TicketKind::Request, "Tela nova")
    );
    assert_eq!(edited.category, Some(screen.id.clone()));
    let head = store.head().await.expect("head");
    change(Edit {
        kind: Some(TicketKind::Request),
        ..Edit::default()
    })
    .await
    .expect("nothing to do");
    assert_eq!(store.head().await.expect("head"), head, "no event");
    categories::remove(store, &ana, &hardware.id).await.expect("removed");
    assert!(categories::tree(store.db()).await.expect("a tree").all().is_empty());
    assert_eq!(now(&bed, &id).await.category, Some(screen.id));
    bed.check().await;
}

async fn links_and_references(bed: Bed) {
    let ana = bed.agent("ana").await;
    let (_, one) = ticket(&bed, &ana, "5511911110010").await;
    let (_, two) = ticket(&bed, &ana, "5511911110011").await;
    let store = &bed.store;
    assert_eq!(
        refusal(links::link(store, &ana, &one, &one, LinkKind::Related).await),
        "a ticket cannot be linked with itself"
    );
    assert_eq!(
        refusal(links::link(store, &ana, &one, &"none".into(), LinkKind::Related).await),
        "not found"
    );
    links::link(store, &ana, &one, &two, LinkKind::Related)
        .await
        .expect("linked");
    links::link(store, &ana, &two, &one, LinkKind::Duplicate)
        .await
        .expect("the other way round now");
    let of = async |id: &TicketId| links::of(store.db(), id).await.expect("links");
    let (from_one, from_two) = (of(&one).await, of(&two).await);
    assert_eq!(
        (from_one.len(), from_one[0].is_own, &from_one[0].other.id),
        (1, false, &two)
    );
    assert_eq!(
        (from_two.len(), from_two[0].is_own, from_two[0].kind),
        (1, true, LinkKind::Duplicate)
    );
    links::unlink(store, &ana, &one, &two).await.expect("from either side");
    assert!(of(&two).await.is_empty());
    for url in ["javascript:alert(1)", "https://", "tracker", "https://a b"] {
        assert!(
            refusal(links::refer(store, &ana, &one, "x", url).await).starts_with("url"),
            "{url}"
        );
    }
    let named = links::refer(store, &ana, &one, "", "https://tracker.example/issues/42/")
        .await
        .expect("named");
    assert_eq!(named.name, "42");
    assert_eq!(refusal(links::unrefer(store, &ana, &two, &named.id).await), "not found");
    links::unrefer(store, &ana, &one, &named.id).await.expect("taken away");
    bed.check().await;
}

async fn lists_are_walked_page_by_page(bed: Bed) {
    let ana = bed.agent("ana").await;
    let mut all = Vec::new();
    for number in 0..9 {
        let (conversation, id) = ticket(&bed, &ana, &format!("55119222200{number:02}")).await;
        bed.clock.advance(1000);
        match number % 3 {
            0 => drop(
                act(&bed.store, &ana, &conversation, Action::Assign(Some("ana".into())))
                    .await
                    .expect("done"),
            ),
            1 => drop(
                levels::go(&bed.store, &ana, &conversation, Level::N2, "Up", &[])
                    .await
                    .expect("up"),
            ),
            _ => {}
        }
        if number == 4 {
            solve::close(&bed.store, &ana, &id).await.expect("closed");
        }
        all.push(id);
    }
    let filters = [
        (Filter::default(), 8),
        (
            Filter {
                state: State::Any,
                ..Filter::default()
            },
            9,
        ),
        (
            Filter {
                state: State::Is(TicketStatus::Resolved),
                ..Filter::default()
            },
            1,
        ),
        (
            Filter {
                state: State::Is(TicketStatus::New),
                ..Filter::default()
            },
            5,
        ),
        (
            Filter {
                level: Some(Level::N2),
                ..Filter::default()
            },
            2,
        ),
        (
            Filter {
                whose: Whose::Agent("ana".into()),
                ..Filter::default()
            },
            3,
        ),
        (
            Filter {
                whose: Whose::Nobody,
                kind: Some(TicketKind::Incident),
                ..Filter::default()
            },
            5,
        ),
        (
            Filter {
                priority: Some(Priority::Urgent),
                ..Filter::default()
            },
            0,
        ),
        (
            Filter {
                categories: Some(vec!["x".to_owned(), "y".to_owned()]),
                ..Filter::default()
            },
            0,
        ),
        (
            Filter {
                categories: Some(Vec::new()),
                ..Filter::default()
            },
            0,
        ),
        (
            Filter {
                is_breached: true,
                ..Filter::default()
            },
            0,
        ),
    ];
    for (filter, count) in filters {
        for sort in Sort::ALL {
            let whole = list::page(bed.store.db(), &filter, sort, None, 100)
                .await
                .expect("a list");
            let expected = if sort == Sort::Due { 0 } else { count };
            assert_eq!(whole.len(), expected, "{filter:?} {sort:?}");
            let (mut pages, mut place) = (Vec::new(), None);
            loop {
                let page = list::page(bed.store.db(), &filter, sort, place, 2)
                    .await
                    .expect("a page");
                let Some(last) = page.last() else { break };
                let text = Place::behind(last, sort).to_text();
                place = Some(Place::from_text(&text).expect("it reads what it wrote"));
                pages.extend(page);
            }
            assert_eq!(pages, whole, "{filter:?} {sort:?}");
        }
    }
    let queues = list::queues(bed.store.db(), None).await.expect("queues");
    assert_eq!(queues[1..3], [(Level::N1, 6, 3), (Level::N2, 2, 2)]);
    bed.check().await;
}

async fn the_customer_is_told_what_was_configured(bed: Bed) {
    let ana = bed.agent("ana").await;
    let keep = async |kind, occasion, en: &str, pt: &str| {
        let notice = Notice {
            inbox: None,
            kind,
            occasion,
            texts: Texts::of([(Language::En, en.to_owned()), (Language::Pt, pt.to_owned())]),
        };
        notices::save(&bed.store, &ana, &notice).await.expect("kept");
    };
    keep(
        None,
        Occasion::Opened,
        "Opened",
        "Aberto {{ticket.number}}: {{ticket.subject}}",
    )
    .await;
    keep(None, Occasion::Started, "Started", "Em andamento, {{ticket.status}}").await;
    keep(
        Some(TicketKind::Incident),
        Occasion::Resolved,
        "Done",
        "Feito {{ticket.number}}",
    )
    .await;
    keep(Some(TicketKind::Question), Occasion::Resolved, "Answered", "Respondido").await;
    let (conversation, id) = ticket(&bed, &ana, "5511911110012").await;
    work(&bed.store).await;
    act(&bed.store, &ana, &conversation, Action::Assign(Some("ana".into())))
        .await
        .expect("taken");
    work(&bed.store).await;
    work(&bed.store).await;
    act(&bed.store, &ana, &conversation, Action::Resolve)
        .await
        .expect("resolved");
    work(&bed.store).await;
    assert_eq!(
        said(&bed, &conversation).await,
        ["Aberto T-1: Tela preta", "Em andamento, Em andamento", "Feito T-1"],
        "each once, in the customer's language"
    );
    // The card of the first message turned with the ticket.
    let timeline = views::timeline(bed.store.db(), &conversation, None, 100)
        .await
        .expect("a timeline");
    for message in timeline.iter().filter(|message| !message.cards.is_empty()) {
        assert_eq!(message.cards[0].facts[0].1, "Resolvido", "{message:?}");
    }
    // Empty words for a kind are silence there; what the customer did themselves they are not told.
    keep(Some(TicketKind::Incident), Occasion::Reopened, "", "").await;
    keep(None, Occasion::Reopened, "Open again", "De novo").await;
    hears(&bed, &conversation, "Voltou a falhar, infelizmente", None).await;
    solve::close(&bed.store, &ana, &id).await.expect("closed");
    solve::reopen(&bed.store, &ana, &id).await.expect("opened");
    work(&bed.store).await;
    assert_eq!(
        said(&bed, &conversation).await.len(),
        3,
        "nothing about opening again, and what is over is not said"
    );
    notices::remove(&bed.store, &ana, None, None, Occasion::Opened)
        .await
        .expect("removed");
    assert_eq!(
        refusal(notices::remove(&bed.store, &ana, None, None, Occasion::Opened).await),
        "not found"
    );
    assert_eq!(notices::list(bed.store.db()).await.expect("a list").len(), 5);
    bed.check().await;
}

async fn those_who_know_come_first(bed: Bed) {
    use conversation::desk::inboxes::InboxDesk;
    use conversation::desk::presence::{self, DeskEdit};
    let mut ids = Vec::new();
    for name in ["ana", "eva", "rui"] {
        let agent = AgentId::from(bed.agent(name).await.id());
        let edit = DeskEdit {
            capacity: Some(5),
            levels: Some(vec![Level::N1, Level::N2]),
            ..DeskEdit::default()
        };
        presence::edit(&bed.store, &agent, edit).await.expect("a desk");
        presence::seen(&bed.store, &agent).await.expect("there");
        ids.push(agent);
    }
    let eva = ids[1].clone();
    let ana = Actor::Agent(ids[0].clone());
    let network = categories::create(&bed.store, &ana, None, &texts("Network"))
        .await
        .expect("made");
    let wifi = categories::create(&bed.store, &ana, Some(&network.id), &texts("WiFi"))
        .await
        .expect("made");
    assert!(refusal(skills::set(&bed.store, &eva, &["gone".to_owned()]).await).starts_with("skills"));
    skills::set(&bed.store, &eva, std::slice::from_ref(&network.id))
        .await
        .expect("set");
    assert_eq!(
        skills::of_agent(bed.store.db(), &eva).await.expect("skills"),
        std::slice::from_ref(&network.id)
    );
    for number in 0..3 {
        let (conversation, id) = ticket(&bed, &Actor::System, &format!("55119333300{number:02}")).await;
        let category = Edit {
            category: Some(Some(wifi.id.clone())),
            ..Edit::default()
        };
        edit::edit(&bed.store, &ana, &id, category).await.expect("said");
        let inbox = bed.conversation(&conversation).await.inbox_id;
        let desk = InboxDesk {
            is_shared_out: true,
            ..InboxDesk::default()
        };
        super::desk::shared(&bed, &inbox, desk).await;
        levels::go(&bed.store, &Actor::System, &conversation, Level::N2, "Up", &[])
            .await
            .expect("up");
        work(&bed.store).await;
        let given = bed.conversation(&conversation).await.assignee_id;
        assert_eq!(given, Some(eva.clone()), "who knows what is above it knows it");
    }
    bed.check().await;
}
