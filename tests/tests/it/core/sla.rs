//! The clocks of tickets on both databases, under a calendar that the test moves.

use conversation::access;
use conversation::clock;
use conversation::desk::bell::{self, Kind};
use conversation::desk::hours::{self, Schedule, read_holidays, read_spans};
use conversation::desk::rules::{self, Condition, Field, Occasion, Operator, Rule};
use conversation::desk::steps::Step;
use conversation::lifecycle::{Action, act};
use conversation::sla::clocks::{self, Clock, ClockKind, Looked};
use conversation::sla::policies::{self, Policy};
use conversation::tickets::list::{self, Filter, Sort};
use conversation::tickets::{self, NewTicket, solve};
use conversation::types::{Actor, AgentId, Channel, ConversationId, InboxId, Millis, Priority, TicketId, TicketKind};

use super::bed::{Bed, HOUR, NOON, both, refusal, whatsapp};
use super::desk::work;

both!(
    the_first_answer_the_next_and_the_solution,
    waiting_for_the_customer_does_not_count,
    what_runs_out_is_told_once,
    another_promise_keeps_what_is_used_up,
    promises_are_checked,
    what_a_wrong_clock_found_to_be_over_is_not,
    what_was_opened_by_a_wrong_clock_counts_from_now,
);

const MINUTE: Millis = 60_000;

async fn office(bed: &Bed) -> String {
    let day = read_spans("09:00-18:00").expect("spans");
    let schedule = Schedule {
        id: String::new(),
        name: "Office".to_owned(),
        time_zone: "America/Sao_Paulo".to_owned(),
        week: (0..7).map(|at| if at < 5 { day.clone() } else { Vec::new() }).collect(),
        holidays: read_holidays("2023-11-28 City day").expect("days"),
    };
    hours::save(&bed.store, &Actor::System, schedule)
        .await
        .expect("kept")
        .id
}

fn policy(schedule: Option<&str>) -> Policy {
    Policy {
        id: String::new(),
        name: "All".to_owned(),
        level: None,
        priority: None,
        kind: None,
        inbox: None,
        schedule: schedule.map(str::to_owned),
        first_minutes: 60,
        next_minutes: 120,
        resolve_minutes: 600,
        warn_percent: 75,
        is_enabled: true,
    }
}

async fn keep(bed: &Bed, policy: Policy) -> Policy {
    policies::save(&bed.store, &Actor::System, &policy).await.expect("kept")
}

struct Case {
    inbox: InboxId,
    conversation: ConversationId,
    ticket: TicketId,
}

async fn case(bed: &Bed) -> Case {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let from = bed.store.env().ulid();
    let (conversation, _) = bed.place(&whatsapp(&inbox, &from, &from, "Oi")).await;
    let new = NewTicket {
        conversation: conversation.clone(),
        subject: "Toner".to_owned(),
        kind: TicketKind::Incident,
        brief: String::new(),
    };
    let ticket = tickets::open(&bed.store, &Actor::Bot, new).await.expect("a ticket").id;
    work(&bed.store).await;
    Case {
        inbox,
        conversation,
        ticket,
    }
}

impl Case {
    async fn clock(&self, bed: &Bed, kind: ClockKind) -> Option<Clock> {
        let all = clocks::of(bed.store.db(), &self.ticket).await.expect("clocks");
        all.into_iter().find(|clock| clock.kind == kind)
    }

    async fn due(&self, bed: &Bed, kind: ClockKind) -> Option<String> {
        self.clock(bed, kind).await?.due_at.map(text)
    }

    async fn ticket_due(&self, bed: &Bed) -> Option<String> {
        access::ticket(bed.store.db(), &Actor::System, &self.ticket)
            .await
            .expect("it")
            .due_at
            .map(text)
    }

    async fn writes(&self, bed: &Bed) {
        let from = bed
            .conversation(&self.conversation)
            .await
            .reply_address
            .expect("an address");
        let mut message = whatsapp(&self.inbox, &from, &bed.store.env().ulid(), "E agora?");
        message.sent_at = bed.store.now();
        bed.place(&message).await;
        work(&bed.store).await;
    }
}

fn text(at: Millis) -> String {
    let seconds = at / 1000;
    let day = (seconds - NOON / 1000 + 12 * 3600).div_euclid(86_400);
    let second = (seconds - NOON / 1000 + 12 * 3600).rem_euclid(86_400);
    // Days since the Saturday on which every test begins, in UTC.
    format!(
        "{} {:02}:{:02}",
        ["Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri"][usize::try_from(day % 7).expect("a day")],
        second / 3600,
        second / 60 % 60
    )
}

async fn the_first_answer_the_next_and_the_solution(bed: Bed) {
    let ana = bed.agent("ana").await;
    let office = office(&bed).await;
    keep(&bed, policy(Some(&office))).await;
    // Saturday noon; the office opens on Monday at nine, which is noon in UTC, and Tuesday is a holiday.
    let case = case(&bed).await;
    assert_eq!(case.due(&bed, ClockKind::First).await.as_deref(), Some("Mon 13:00"));
    assert_eq!(case.clock(&bed, ClockKind::Next).await, None);
    assert_eq!(
        case.due(&bed, ClockKind::Resolution).await.as_deref(),
        Some("Wed 13:00")
    );
    assert_eq!(case.ticket_due(&bed).await.as_deref(), Some("Mon 13:00"));
    assert_eq!(
        bed.conversation(&case.conversation).await.due_at.map(text).as_deref(),
        Some("Mon 13:00")
    );

    // Monday 9:30: answered in time.
    bed.clock.advance(48 * HOUR + 30 * MINUTE);
    bed.say(&ana, &case.conversation, "Já vejo").await;
    work(&bed.store).await;
    let first = case.clock(&bed, ClockKind::First).await.expect("a clock");
    assert_eq!(
        (first.spent, first.due_at, first.kept, first.broken),
        (30 * MINUTE, None, 1, 0)
    );
    assert_eq!(case.ticket_due(&bed).await.as_deref(), Some("Wed 13:00"));

    // 10:30: the customer writes; the next answer is due at 12:30, and comes at 11:00.
    bed.clock.advance(HOUR);
    case.writes(&bed).await;
    assert_eq!(case.due(&bed, ClockKind::Next).await.as_deref(), Some("Mon 15:30"));
    bed.clock.advance(30 * MINUTE);
    bed.say(&ana, &case.conversation, "Veja").await;
    work(&bed.store).await;
    assert_eq!(case.clock(&bed, ClockKind::Next).await.expect("a clock").kept, 1);

    // Again at 17:30: it is promised again, over the holiday; nobody answers before Wednesday 11:00.
    bed.clock.advance(6 * HOUR + 30 * MINUTE);
    case.writes(&bed).await;
    assert_eq!(case.due(&bed, ClockKind::Next).await.as_deref(), Some("Wed 13:30"));
    bed.clock.advance(41 * HOUR + 30 * MINUTE);
    bed.say(&ana, &case.conversation, "Desculpe").await;
    work(&bed.store).await;
    let next = case.clock(&bed, ClockKind::Next).await.expect("a clock");
    assert_eq!(
        (next.kept, next.broken),
        (1, 1),
        "nobody looked, and it is broken all the same"
    );

    // Solved, and opened again: what was used up stays used up.
    solve::close(&bed.store, &ana, &case.ticket).await.expect("closed");
    work(&bed.store).await;
    let done = case.clock(&bed, ClockKind::Resolution).await.expect("a clock");
    assert_eq!(
        (done.spent, done.due_at),
        (11 * HOUR, None),
        "nine hours on Monday, two on Wednesday"
    );
    assert!(done.breached_at.is_some());
    assert_eq!(case.ticket_due(&bed).await, None);
    solve::reopen(&bed.store, &ana, &case.ticket).await.expect("again");
    work(&bed.store).await;
    let again = case.clock(&bed, ClockKind::Resolution).await.expect("a clock");
    assert_eq!((again.spent, again.stopped_at, again.broken), (11 * HOUR, None, 1));
    bed.check().await;
}

async fn waiting_for_the_customer_does_not_count(bed: Bed) {
    let ana = bed.agent("ana").await;
    keep(&bed, policy(None)).await;
    let case = case(&bed).await;
    assert_eq!(
        case.due(&bed, ClockKind::Resolution).await.as_deref(),
        Some("Sat 22:00")
    );
    bed.clock.advance(2 * HOUR);
    solve::ask_more(&bed.store, &ana, &case.ticket, "Qual modelo?")
        .await
        .expect("asked");
    work(&bed.store).await;
    let held = case.clock(&bed, ClockKind::Resolution).await.expect("a clock");
    assert_eq!((held.spent, held.running_since, held.due_at), (2 * HOUR, None, None));
    assert_eq!(case.ticket_due(&bed).await, None);
    bed.clock.advance(20 * HOUR);
    case.writes(&bed).await;
    assert_eq!(
        case.due(&bed, ClockKind::Resolution).await.as_deref(),
        Some("Sun 18:00"),
        "eight hours are left"
    );
    // A timed snooze is the agent's own affair: it counts.
    let hide = Action::Snooze {
        until: bed.store.now() + HOUR,
    };
    act(&bed.store, &ana, &case.conversation, hide).await.expect("hidden");
    work(&bed.store).await;
    assert_eq!(
        case.due(&bed, ClockKind::Resolution).await.as_deref(),
        Some("Sun 18:00")
    );
    // Asking whether it is solved holds it as well.
    bed.say(&ana, &case.conversation, "Troquei o toner").await;
    solve::ask_solved(&bed.store, &ana, &case.ticket, "")
        .await
        .expect("asked");
    work(&bed.store).await;
    assert_eq!(case.ticket_due(&bed).await, None);
    bed.check().await;
}

async fn what_runs_out_is_told_once(bed: Bed) {
    let ana = bed.agent("ana").await;
    keep(&bed, policy(None)).await;
    let rule = Rule {
        id: String::new(),
        name: "Late".to_owned(),
        rank: 0,
        occasion: Occasion::Breached,
        conditions: vec![Condition {
            field: Field::Kind,
            operator: Operator::Is,
            value: "incident".to_owned(),
        }],
        steps: vec![Step::Priority {
            priority: Priority::Urgent,
        }],
        is_last: false,
        is_enabled: true,
        enabled_at: None,
        due_from: 0,
        minutes: 0,
        in_hours: false,
        updated_at: 0,
    };
    rules::save(&bed.store, &ana, &rule).await.expect("kept");
    let case = case(&bed).await;
    act(
        &bed.store,
        &Actor::System,
        &case.conversation,
        Action::Assign(Some("ana".into())),
    )
    .await
    .expect("given");
    work(&bed.store).await;
    let nothing = Looked::default();
    while clocks::look(&bed.store).await.expect("a look") != nothing {}
    bed.clock.advance(50 * MINUTE);
    assert_eq!(
        clocks::look(&bed.store).await.expect("a look"),
        Looked { near: 1, ..nothing }
    );
    assert_eq!(clocks::look(&bed.store).await.expect("a look"), nothing);
    work(&bed.store).await;
    let told = async || {
        let all = bell::list(bed.store.db(), &AgentId::from("ana"))
            .await
            .expect("the bell");
        all.into_iter().filter(|told| told.kind == Kind::Due).count()
    };
    assert_eq!(told().await, 1, "it is near");
    bell::read(&bed.store, &AgentId::from("ana"), None).await.expect("read");
    bed.clock.advance(20 * MINUTE);
    let second = bed.second().await;
    let (one, two) = tokio::join!(clocks::look(&bed.store), clocks::look(&second));
    assert_eq!(
        one.expect("a look").breached + two.expect("a look").breached,
        1,
        "once, whoever looks"
    );
    work(&bed.store).await;
    assert_eq!(told().await, 2, "it is over");
    assert_eq!(
        bed.conversation(&case.conversation).await.priority,
        Priority::Urgent,
        "the rule did it"
    );
    let late = Filter {
        is_breached: true,
        ..Filter::default()
    };
    let found = list::page(bed.store.db(), &late, Sort::Due, None, 10)
        .await
        .expect("a list");
    assert_eq!(found.len(), 1);
    // Answered late: broken once, not twice.
    bed.say(&ana, &case.conversation, "Desculpe").await;
    work(&bed.store).await;
    let first = case.clock(&bed, ClockKind::First).await.expect("a clock");
    assert_eq!((first.kept, first.broken), (0, 1));
    bed.check().await;
}

async fn another_promise_keeps_what_is_used_up(bed: Bed) {
    let ana = bed.agent("ana").await;
    let slow = keep(&bed, policy(None)).await;
    let case = case(&bed).await;
    bed.clock.advance(30 * MINUTE);
    let urgent = Policy {
        priority: Some(Priority::Urgent),
        first_minutes: 40,
        name: "Urgent".to_owned(),
        ..policy(None)
    };
    let urgent = keep(&bed, urgent).await;
    policies::shift(&bed.store, &ana, &urgent.id, true)
        .await
        .expect("first");
    assert_eq!(clocks::look(&bed.store).await.expect("a look").anew, 1);
    assert_eq!(
        case.due(&bed, ClockKind::First).await.as_deref(),
        Some("Sat 13:00"),
        "it does not fit yet"
    );
    act(
        &bed.store,
        &ana,
        &case.conversation,
        Action::Prioritise(Priority::Urgent),
    )
    .await
    .expect("done");
    work(&bed.store).await;
    let first = case.clock(&bed, ClockKind::First).await.expect("a clock");
    assert_eq!(
        (first.spent, first.due_at.map(text).as_deref()),
        (30 * MINUTE, Some("Sat 12:40"))
    );
    // Broken, and then more time than before: it is not broken any more.
    bed.clock.advance(15 * MINUTE);
    assert_eq!(clocks::look(&bed.store).await.expect("a look").breached, 1);
    act(&bed.store, &ana, &case.conversation, Action::Prioritise(Priority::Low))
        .await
        .expect("done");
    work(&bed.store).await;
    let first = case.clock(&bed, ClockKind::First).await.expect("a clock");
    assert_eq!(
        (first.breached_at, first.broken, first.due_at.map(text).as_deref()),
        (None, 0, Some("Sat 13:00"))
    );
    // No promise at all: nothing runs.
    for id in [&slow.id, &urgent.id] {
        policies::remove(&bed.store, &ana, id).await.expect("removed");
    }
    while clocks::look(&bed.store).await.expect("a look").anew > 0 {}
    assert_eq!(case.ticket_due(&bed).await, None);
    assert_eq!(clocks::look(&bed.store).await.expect("a look"), Looked::default());
    bed.check().await;
}

async fn promises_are_checked(bed: Bed) {
    let save = async |policy: Policy| policies::save(&bed.store, &Actor::System, &policy).await;
    let with = |change: fn(&mut Policy)| {
        let mut one = policy(None);
        change(&mut one);
        one
    };
    for (wrong, words) in [
        (with(|one| one.name = " ".to_owned()), "name is empty"),
        (with(|one| one.first_minutes = -1), "a promise is between"),
        (with(|one| one.resolve_minutes = i64::MAX), "a promise is between"),
        (
            with(|one| (one.first_minutes, one.next_minutes, one.resolve_minutes) = (0, 0, 0)),
            "promise at least one thing",
        ),
        (with(|one| one.warn_percent = 100), "warn_percent"),
        (
            with(|one| one.schedule = Some("gone".to_owned())),
            "schedule: there are no such hours",
        ),
        (
            with(|one| one.inbox = Some("gone".into())),
            "inbox: there is no such inbox",
        ),
        (with(|one| one.id = "gone".to_owned()), "not found"),
    ] {
        let found = refusal(save(wrong).await);
        assert!(found.starts_with(words), "{found}");
    }
    let kept = keep(&bed, policy(None)).await;
    let renamed = keep(
        &bed,
        Policy {
            name: "Other".to_owned(),
            ..kept.clone()
        },
    )
    .await;
    assert_eq!(
        (renamed.id, policies::list(bed.store.db()).await.expect("a list").len()),
        (kept.id, 1)
    );
}

async fn what_a_wrong_clock_found_to_be_over_is_not(bed: Bed) {
    let ana = bed.agent("ana").await;
    keep(&bed, policy(None)).await;
    let case = case(&bed).await;
    let late = async || {
        let ticket = access::ticket(bed.store.db(), &Actor::System, &case.ticket).await;
        ticket.expect("it").breached_at.is_some()
    };
    let told = async || {
        let told = tickets::history::of(bed.store.db(), &case.ticket).await.expect("it");
        let told = told
            .into_iter()
            .filter(|entry| entry.what == "near" || entry.what == "breached");
        told.count()
    };
    let first = async || case.clock(&bed, ClockKind::First).await.expect("a clock");
    let due = first().await.due_at;

    bed.clock.set(2 * HOUR);
    while clocks::look(&bed.store).await.expect("a look") != Looked::default() {}
    work(&bed.store).await;
    assert!(late().await, "by the clock that is two hours ahead");
    assert_eq!((first().await.broken, told().await), (1, 1));

    bed.clock.set(-2 * HOUR);
    clock::went_back(&bed.store, 2 * HOUR).await.expect("it is seen");
    work(&bed.store).await;
    let clock = first().await;
    assert!(!late().await, "it has an hour left");
    assert_eq!((clock.breached_at, clock.warned_at, clock.broken), (None, None, 0));
    assert_eq!((clock.due_at, told().await), (due, 0));
    assert_eq!(clock::went_back(&bed.store, 2 * HOUR).await.expect("again"), 0, "once");

    // It is answered in time, and counts as kept; the other one runs out when its time is over, and is told once.
    bed.clock.advance(HOUR / 2);
    bed.say(&ana, &case.conversation, "Olá").await;
    work(&bed.store).await;
    let clock = first().await;
    assert_eq!((clock.kept, clock.broken), (1, 0));
    bed.clock.advance(10 * HOUR);
    let looked = clocks::look(&bed.store).await.expect("a look");
    assert_eq!(looked.breached, 1);
    assert_eq!(clocks::look(&bed.store).await.expect("a look"), Looked::default());
    assert!(late().await);
    bed.check().await;
}

async fn what_was_opened_by_a_wrong_clock_counts_from_now(bed: Bed) {
    let ana = bed.agent("ana").await;
    keep(&bed, policy(None)).await;
    bed.clock.set(3 * HOUR);
    let case = case(&bed).await;
    assert_eq!(case.due(&bed, ClockKind::First).await.as_deref(), Some("Sat 16:00"));
    bed.clock.set(-3 * HOUR);
    clock::went_back(&bed.store, 3 * HOUR).await.expect("it is seen");
    work(&bed.store).await;
    assert_eq!(case.due(&bed, ClockKind::First).await.as_deref(), Some("Sat 13:00"));
    assert_eq!(case.ticket_due(&bed).await.as_deref(), Some("Sat 13:00"));
    bed.clock.advance(HOUR / 2);
    bed.say(&ana, &case.conversation, "Olá").await;
    work(&bed.store).await;
    let first = case.clock(&bed, ClockKind::First).await.expect("a clock");
    assert_eq!((first.kept, first.broken), (1, 0), "answered within the hour");
    bed.check().await;
}
