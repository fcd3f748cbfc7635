//! Problems, question lists and calls on both databases.

use conversation::desk::Texts;
use conversation::tickets::calls::{self, Call, Outcome};
use conversation::tickets::links::{self, LinkKind};
use conversation::tickets::problems::{self, ProblemStatus, SUGGEST_FROM};
use conversation::tickets::questions::{self, Question, QuestionList};
use conversation::tickets::{self, NewTicket, categories, diagnosis, edit, solve};
use conversation::types::{
    Channel, IdentityKind, Language, Level, MessageId, MessageKind, TicketId, TicketKind, TicketStatus,
};
use conversation::{contacts, views};

use super::bed::{Bed, both, refusal, whatsapp};
use super::desk::work;
use super::tickets::{hears, now, said, texts, ticket};

both!(
    many_tickets_are_answered_and_solved_at_once,
    a_suggestion_is_made_once_and_decided_once,
    a_suggestion_counts_customers_and_is_not_made_beside_another,
    a_list_is_walked_through_with_the_customer,
    calls_are_logged_once_where_they_belong,
);

async fn some(bed: &Bed, count: usize) -> Vec<TicketId> {
    let ana = bed.agent("ana").await;
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(ticket(bed, &ana, &format!("55114444000{number:02}")).await.1);
    }
    ids
}

async fn many_tickets_are_answered_and_solved_at_once(bed: Bed) {
    let tickets = some(&bed, 4).await;
    let ana = conversation::types::Actor::Agent("ana".into());
    let problem = problems::open(&bed.store, &ana, "Firmware 2.1", "Black screens", &tickets[..3])
        .await
        .expect("open");
    assert_eq!(
        (problem.status, problem.tickets, problem.number),
        (ProblemStatus::Open, 3, 1)
    );
    problems::hang(&bed.store, &ana, &problem.id, &tickets[3])
        .await
        .expect("one more");
    problems::unhang(&bed.store, &ana, &tickets[0]).await.expect("one less");
    assert_eq!(now(&bed, &tickets[0]).await.problem_id, None);
    // One was solved meanwhile: nothing is said there.
    solve::close(&bed.store, &ana, &tickets[1]).await.expect("closed");
    assert!(
        refusal(problems::answer(&bed.store, &ana, &problem.id, &Texts::default(), true).await).starts_with("write")
    );
    let words = Texts::of([
        (Language::En, "Update to 2.2, {{ticket.number}}".to_owned()),
        (Language::Pt, "Atualize para a 2.2, {{ticket.number}}".to_owned()),
    ]);
    problems::answer(&bed.store, &ana, &problem.id, &words, true)
        .await
        .expect("begun");
    assert_eq!(
        refusal(problems::answer(&bed.store, &ana, &problem.id, &words, true).await),
        "the tickets are being answered already"
    );
    let second = bed.second().await;
    let (one, two) = tokio::join!(problems::work(&bed.store), problems::work(&second));
    assert_eq!(one.expect("work") + two.expect("work"), 2, "each once, whoever works");
    assert_eq!(problems::work(&bed.store).await.expect("work"), 0);
    let run = problems::answers(bed.store.db(), &problem.id)
        .await
        .expect("answers")
        .remove(0);
    assert_eq!(
        (run.total, run.done, run.failed, run.finished_at.is_some()),
        (2, 2, 0, true)
    );
    assert_eq!(
        problems::load(bed.store.db(), &problem.id).await.expect("it").status,
        ProblemStatus::Resolved
    );
    for id in &tickets[2..] {
        let ticket = now(&bed, id).await;
        assert_eq!(ticket.status, TicketStatus::Resolved);
        let words = said(&bed, &ticket.conversation_id).await;
        assert_eq!(words, [format!("Atualize para a 2.2, T-{}", ticket.number)]);
    }
    assert_eq!(now(&bed, &tickets[0]).await.status, TicketStatus::New);
    let silent = now(&bed, &tickets[1]).await;
    assert!(said(&bed, &silent.conversation_id).await.is_empty());
    bed.check().await;
}

async fn a_suggestion_is_made_once_and_decided_once(bed: Bed) {
    let tickets = some(&bed, SUGGEST_FROM + 1).await;
    let ana = conversation::types::Actor::Agent("ana".into());
    let suggest = async |ids: &[TicketId]| problems::suggest(&bed.store, "Tela preta", ids).await.expect("a look");
    assert!(suggest(&tickets[1..SUGGEST_FROM]).await.is_none(), "too few");
    let made = suggest(&tickets).await.expect("suggested");
    assert_eq!((made.status, made.tickets), (ProblemStatus::Suggested, 6));
    assert!(suggest(&tickets).await.is_none(), "once");
    assert_eq!(
        now(&bed, &tickets[0]).await.problem_id,
        None,
        "nobody said yet that they are"
    );
    problems::decide(&bed.store, &ana, &made.id, false)
        .await
        .expect("dismissed");
    assert_eq!(
        refusal(problems::decide(&bed.store, &ana, &made.id, true).await),
        "the suggestion was decided already"
    );
    assert!(suggest(&tickets).await.is_none(), "and not again of the same");
    assert_eq!(
        refusal(problems::hang(&bed.store, &ana, &made.id, &tickets[0]).await),
        "the problem is not worked on"
    );
    let found = problems::list(bed.store.db(), ProblemStatus::Dismissed, None, 10)
        .await
        .expect("a list");
    assert_eq!(found.len(), 1);
    bed.check().await;
}

async fn a_suggestion_counts_customers_and_is_not_made_beside_another(bed: Bed) {
    let all = some(&bed, SUGGEST_FROM + 2).await;
    let ana = conversation::types::Actor::Agent("ana".into());
    let suggest = async |ids: &[TicketId]| problems::suggest(&bed.store, "Tela preta", ids).await.expect("a look");

    // One customer who asks again is one customer, and a duplicate is nobody's more.
    let (first, rest) = all.split_at(SUGGEST_FROM);
    let one = now(&bed, &first[0]).await;
    let mut again = Vec::new();
    for _ in 0..SUGGEST_FROM {
        let new = NewTicket {
            conversation: one.conversation_id.clone(),
            subject: "Tela preta".to_owned(),
            kind: TicketKind::Question,
            brief: String::new(),
        };
        again.push(tickets::open(&bed.store, &ana, new).await.expect("again").id);
    }
    assert!(suggest(&again).await.is_none(), "one customer");
    links::link(&bed.store, &ana, &first[1], &first[0], LinkKind::Duplicate)
        .await
        .expect("linked");
    assert!(suggest(first).await.is_none(), "four and a duplicate");

    // What comes while nobody decided joins what is suggested; beside a problem nothing is suggested.
    let most: Vec<TicketId> = first.iter().chain(&rest[..1]).cloned().collect();
    let made = suggest(&most).await.expect("suggested");
    assert_eq!(made.tickets, i64::try_from(SUGGEST_FROM).unwrap());
    let joined = suggest(&[first[0].clone(), rest[1].clone()]).await.expect("joined");
    assert_eq!((&joined.id, joined.tickets), (&made.id, made.tickets + 1));
    problems::decide(&bed.store, &ana, &made.id, true).await.expect("right");
    assert!(suggest(&all).await.is_none(), "it is worked on");
    bed.check().await;
}

async fn a_list_is_walked_through_with_the_customer(bed: Bed) {
    let ana = bed.agent("ana").await;
    let store = &bed.store;
    let screen = categories::create(store, &ana, None, &texts("Screen"))
        .await
        .expect("made");
    let list = QuestionList {
        id: String::new(),
        name: "Black screen".to_owned(),
        category: Some(screen.id.clone()),
        is_automatic: true,
        questions: vec![
            Question {
                texts: texts("Is the light on?"),
                choices: vec![texts("Yes"), texts("No")],
            },
            Question {
                texts: texts("Which model is it?"),
                choices: Vec::new(),
            },
        ],
        uses: 0,
    };
    for (wrong, words) in [
        (
            QuestionList {
                questions: Vec::new(),
                ..list.clone()
            },
            "ask 1 to",
        ),
        (
            QuestionList {
                category: Some("gone".to_owned()),
                ..list.clone()
            },
            "category",
        ),
        (
            QuestionList {
                questions: vec![Question {
                    texts: texts("?"),
                    choices: vec![texts("One")],
                }],
                ..list.clone()
            },
            "a question has 2 to",
        ),
        (
            QuestionList {
                questions: vec![Question {
                    texts: texts("?"),
                    choices: vec![texts(&"x".repeat(21)), texts("No")],
                }],
                ..list.clone()
            },
            "`xxx",
        ),
    ] {
        let found = refusal(questions::save(store, &ana, &wrong).await);
        assert!(found.starts_with(words), "{found}");
    }
    let kept = questions::save(store, &ana, &list).await.expect("kept");
    let (conversation, id) = ticket(&bed, &ana, "5511555500001").await;
    work(store).await;
    // The category begins it by itself.
    let category = edit::Edit {
        category: Some(Some(screen.id)),
        ..edit::Edit::default()
    };
    edit::edit(store, &ana, &id, category).await.expect("said");
    work(store).await;
    assert_eq!(
        refusal(diagnosis::begin(store, &ana, &id, &kept.id).await),
        "the customer is being asked a list already"
    );
    hears(&bed, &conversation, "", Some(0)).await;
    assert_eq!(
        said(&bed, &conversation).await.last().map(String::as_str),
        Some("Which model is it?")
    );
    // An old press is no answer to the second question.
    hears(&bed, &conversation, "", Some(1)).await;
    let now_walk = diagnosis::of_ticket(store.db(), &id).await.expect("walks").remove(0);
    assert_eq!(
        (now_walk.state.as_str(), now_walk.answers.as_slice()),
        ("running", ["Yes".to_owned()].as_slice())
    );
    hears(&bed, &conversation, "X200", None).await;
    let done = diagnosis::of_ticket(store.db(), &id).await.expect("walks").remove(0);
    assert_eq!((done.state.as_str(), done.answers.len()), ("done", 2));
    assert_eq!(
        now(&bed, &id).await.brief,
        "Black screen\nIs the light on? Yes\nWhich model is it? X200"
    );
    let notes = views::timeline(store.db(), &conversation, None, 100)
        .await
        .expect("a timeline")
        .into_iter()
        .filter(|message| message.kind == MessageKind::Note)
        .count();
    assert_eq!(notes, 1);
    // By hand: the agent answers for the customer, and stops.
    diagnosis::begin(store, &ana, &id, &kept.id).await.expect("again");
    diagnosis::answer(store, &ana, &id, "No").await.expect("written");
    diagnosis::stop(store, &ana, &id).await.expect("stopped");
    assert_eq!(refusal(diagnosis::stop(store, &ana, &id).await), "not found");
    assert_eq!(questions::load(store.db(), &kept.id).await.expect("it").uses, 2);
    bed.check().await;
}

async fn calls_are_logged_once_where_they_belong(bed: Bed) {
    let ana = bed.agent("ana").await;
    let call = |number: &str| Call {
        number: number.to_owned(),
        name: "Joana".to_owned(),
        is_inbound: true,
        outcome: Outcome::Answered,
        notes: "Asks for toner".to_owned(),
        seconds: 240,
        at: None,
        conversation: None,
    };
    let log = async |id: &MessageId, call: Call| calls::log(&bed.store, &ana, id, &call).await;
    let fresh = || MessageId::from(bed.store.env().ulid());
    assert!(refusal(log(&fresh(), call("99999")).await).starts_with("number"));
    let long = Call {
        seconds: -1,
        ..call("+5511999990000")
    };
    assert!(refusal(log(&fresh(), long).await).starts_with("seconds"));
    let id = fresh();
    let (first, message) = log(&id, call("+55 11 99999-0000")).await.expect("logged");
    assert_eq!(
        log(&id, call("+55 11 99999-0000")).await.expect("again"),
        (first.clone(), message)
    );
    let logged = bed.conversation(&first).await;
    assert_eq!(
        (logged.channel, logged.level, logged.message_count),
        (Channel::Phone, Level::N1, 1)
    );
    assert_eq!((logged.waiting_since, logged.assignee_id), (None, Some("ana".into())));
    let (contact, identity) = contacts::by_identity(bed.store.db(), IdentityKind::Phone, "+5511999990000")
        .await
        .expect("a look")
        .expect("known");
    assert_eq!((contact.name.as_str(), identity.is_verified), ("Joana", false));
    // The same number again: the same open conversation.
    assert_eq!(
        log(&fresh(), call("0055 11 99999 0000")).await.expect("logged").0,
        first
    );
    // Who is known by WhatsApp is the same person.
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (chat, _) = bed.place(&whatsapp(&inbox, "5511888880000", "w-1", "Oi")).await;
    let (second, _) = log(&fresh(), call("+55 11 88888-0000")).await.expect("logged");
    assert_eq!(
        bed.conversation(&second).await.contact_id,
        bed.conversation(&chat).await.contact_id
    );
    // In a conversation that there is, without a number.
    let there = Call {
        conversation: Some(chat.clone()),
        is_inbound: false,
        ..call("")
    };
    assert_eq!(log(&fresh(), there).await.expect("logged").0, chat);
    assert_eq!(bed.conversation(&chat).await.waiting_since, None, "they talked");
    work(&bed.store).await;
    bed.check().await;
}
