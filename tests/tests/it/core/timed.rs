//! Rules that act by time, on both databases.

use channels::doors::Doors;
use conversation::blocked;
use conversation::desk::inboxes::InboxDesk;
use conversation::desk::rules::timed::{self, Door, look, waiting};
use conversation::desk::rules::{self, Field, Occasion, Operator, Rule};
use conversation::desk::steps::Step;
use conversation::lifecycle::{Action, UNTIL_REPLY, act};
use conversation::types::{Actor, Channel, ConversationId, ConversationStatus, MessageKind, Millis, Priority};
use conversation::{Result, Store, clock, inboxes, labels, teams, views};

use super::bed::{Bed, HOUR, SECOND, both, mail, refusal, whatsapp};
use super::desk::{count, english, id, shared, work};
use super::desk_hours::office;
use super::desk_rules::{rule, told};

both!(
    a_silent_customer_is_reminded_and_then_let_go,
    opening_hours_count_and_the_team_is_told,
    each_kind_of_waiting_has_its_clock,
    what_waited_before_is_asked_about,
    a_rule_acts_once_whoever_looks,
    two_rules_that_undo_each_other_end,
    nothing_is_written_where_it_cannot_or_must_not_be,
    what_comes_to_fulfil_the_conditions_is_seen,
    a_clock_that_was_ahead_leaves_no_trace,
    many_are_worked_through_in_parts,
);

const DAY: Millis = 24 * HOUR;

/// Everything may leave.
struct Open;

impl Door for Open {
    async fn shut(
        &self,
        _: &Store,
        _: &conversation::conversations::Conversation,
        _: &str,
    ) -> Result<Option<&'static str>> {
        Ok(None)
    }
}

fn timed(name: &str, occasion: Occasion, minutes: i64, steps: Vec<Step>) -> Rule {
    Rule {
        name: name.to_owned(),
        minutes,
        ..rule(occasion, &[], steps)
    }
}

async fn keep(bed: &Bed, rule: &Rule) -> Rule {
    rules::save(&bed.store, &Actor::System, rule).await.expect("kept")
}

/// Looks until nothing more is due; returns how often a rule acted.
async fn tick(bed: &Bed) -> usize {
    let mut acted = 0;
    loop {
        let looked = look(&bed.store, &Open).await.expect("a look");
        acted += looked.acted;
        if !looked.has_more {
            return acted;
        }
    }
}

fn say(words: &str) -> Step {
    Step::Reply { texts: english(words) }
}

/// What rules by time say in a conversation that they did: rule, what it waited for, how it ended, what was done.
async fn lines(bed: &Bed, conversation: &ConversationId) -> Vec<(String, String, String)> {
    let all = views::timeline(bed.store.db(), conversation, None, 200)
        .await
        .expect("a timeline");
    let text = |extra: &serde_json::Value, name: &str| extra[name].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<_> = all
        .iter()
        .filter(|message| message.kind == MessageKind::Activity)
        .filter_map(|message| message.extra.as_ref())
        .filter(|extra| extra["action"] == "ruled")
        .map(|extra| (text(extra, "rule"), text(extra, "outcome"), text(extra, "did")))
        .collect();
    found.sort();
    found
}

fn line(rule: &str, outcome: &str, did: &str) -> (String, String, String) {
    (rule.to_owned(), outcome.to_owned(), did.to_owned())
}

async fn a_silent_customer_is_reminded_and_then_let_go(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let minutes = |days: i64| days * 1440;
    keep(
        &bed,
        &timed(
            "Remind",
            Occasion::WaitingCustomer,
            minutes(3),
            vec![say("Did you see it?")],
        ),
    )
    .await;
    let part = vec![say("We close this."), Step::Resolve];
    keep(&bed, &timed("Part", Occasion::WaitingCustomer, minutes(7), part)).await;
    // What time brings about sets off no rule that answers to what happens.
    let chase = rule(
        Occasion::Sent,
        &[],
        vec![Step::Priority {
            priority: Priority::Urgent,
        }],
    );
    bed.clock.advance(SECOND);
    let (silent, _) = bed.place(&mail(&inbox, "joana@example.org", "a@x", "Toner?")).await;
    bed.clock.advance(HOUR);
    bed.say(&ana, &silent, "Which machine?").await;
    keep(&bed, &chase).await;
    bed.clock.advance(SECOND);
    // Hidden until the customer answers is waiting for them all the more.
    let snooze = Action::Snooze { until: UNTIL_REPLY };
    act(&bed.store, &ana, &silent, snooze).await.expect("snoozed");
    bed.clock.advance(3 * DAY - HOUR);
    assert_eq!(tick(&bed).await, 0, "not yet");
    bed.clock.advance(HOUR);
    assert_eq!(tick(&bed).await, 1);
    assert_eq!(lines(&bed, &silent).await, [line("Remind", "done", "reply")]);
    assert_eq!(bed.conversation(&silent).await.preview, "Did you see it?");
    // The reminder does not start the time anew, for itself or for the other.
    bed.clock.advance(3 * DAY + 12 * HOUR);
    assert_eq!(tick(&bed).await, 0);
    bed.clock.advance(12 * HOUR);
    assert_eq!(tick(&bed).await, 1);
    let now = bed.conversation(&silent).await;
    assert_eq!(
        (now.status, now.priority),
        (ConversationStatus::Resolved, Priority::Normal)
    );
    work(&bed.store).await;
    assert_eq!(bed.conversation(&silent).await.priority, Priority::Normal);
    bed.clock.advance(30 * DAY);
    assert_eq!(tick(&bed).await, 0);

    // They answer after all: it begins anew when we have answered.
    let mut back = mail(&inbox, "joana@example.org", "b@x", "Here I am");
    back.thread.in_reply_to = vec!["a@x".to_owned()];
    bed.place(&back).await;
    bed.clock.advance(5 * DAY);
    assert_eq!(tick(&bed).await, 0, "it is our turn");
    bed.say(&ana, &silent, "And which machine?").await;
    bed.clock.advance(2 * DAY);
    // Whoever writes again waits anew.
    bed.say(&ana, &silent, "A photo would help.").await;
    bed.clock.advance(2 * DAY);
    assert_eq!(tick(&bed).await, 0);
    bed.clock.advance(DAY);
    assert_eq!(tick(&bed).await, 1);
    assert_eq!(lines(&bed, &silent).await.len(), 3);
    let runs = rules::log(bed.store.db(), Some(&silent), 10).await.expect("a log");
    assert_eq!(runs.len(), 3, "{runs:?}");
    bed.check().await;
}

async fn opening_hours_count_and_the_team_is_told(bed: Bed) {
    let schedule = office(&bed).await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let always = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let desk = InboxDesk {
        schedule: Some(schedule.clone()),
        ..InboxDesk::default()
    };
    shared(&bed, &inbox, desk).await;
    let team = teams::create(&bed.store, &Actor::System, "Desk", &[id(&ana)])
        .await
        .expect("a team");
    let steps = vec![
        Step::Priority {
            priority: Priority::High,
        },
        Step::Tell {
            team: team.clone(),
            text: "Two hours without a word".to_owned(),
        },
    ];
    let late = Rule {
        in_hours: true,
        ..timed("Late", Occasion::WaitingUs, 120, steps)
    };
    keep(&bed, &late).await;
    bed.clock.advance(SECOND);
    // A Saturday at noon.
    let (closed, _) = bed.place(&mail(&inbox, "a@example.org", "a@x", "Help")).await;
    let (open, _) = bed.place(&mail(&always, "b@example.org", "b@x", "Help")).await;
    bed.clock.advance(2 * HOUR);
    assert_eq!(tick(&bed).await, 1, "an inbox without hours is always open");
    assert_eq!(bed.conversation(&open).await.priority, Priority::High);
    // Monday at eleven two opening hours are over.
    bed.clock.advance(44 * HOUR - 2 * SECOND);
    assert_eq!(tick(&bed).await, 0);
    assert_eq!(bed.conversation(&closed).await.priority, Priority::Normal);
    bed.clock.advance(HOUR + SECOND);
    assert_eq!(tick(&bed).await, 1);
    assert_eq!(lines(&bed, &closed).await, [line("Late", "done", "priority tell")]);
    work(&bed.store).await;
    assert_eq!(told(&bed, &id(&ana)).await[0].1, "Two hours without a word");
    // Shorter hours are counted at once.
    let (next, _) = bed.place(&mail(&inbox, "c@example.org", "c@x", "Help")).await;
    bed.clock.advance(HOUR);
    tick(&bed).await;
    conversation::desk::hours::remove(&bed.store, &Actor::System, &schedule)
        .await
        .expect("removed");
    bed.clock.advance(HOUR);
    assert_eq!(tick(&bed).await, 1);
    assert_eq!(lines(&bed, &next).await.len(), 1);
    // A team that goes takes its rules along to another.
    let other = teams::create(&bed.store, &Actor::System, "Other", &[])
        .await
        .expect("a team");
    teams::remove(&bed.store, &Actor::System, &team, Some(&other), async |_| Ok(()))
        .await
        .expect("removed");
    let all = rules::list(bed.store.db()).await.expect("read");
    assert!(matches!(&all[0].steps[1], Step::Tell { team, .. } if *team == other));
    bed.check().await;
}

async fn each_kind_of_waiting_has_its_clock(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let store = &bed.store;
    let label = |name: &'static str| async move {
        let label = labels::create(store, &Actor::System, name, None)
            .await
            .expect("a label");
        Step::Label { label: label.id }
    };
    for (name, occasion, minutes, step) in [
        ("Give", Occasion::Unassigned, 30, Step::Assign { agent: Some(id(&ana)) }),
        ("Old", Occasion::StaysOpen, 600, label("old").await),
        ("Asleep", Occasion::StaysSnoozed, 60, label("asleep").await),
        ("Done", Occasion::StaysResolved, 5 * 1440, label("done").await),
    ] {
        keep(&bed, &timed(name, occasion, minutes, vec![step])).await;
    }
    bed.clock.advance(SECOND);
    let (one, _) = bed.place(&mail(&inbox, "a@example.org", "a@x", "Help")).await;
    let (junk, _) = bed.place(&mail(&inbox, "b@example.org", "b@x", "Buy")).await;
    act(store, &ana, &junk, Action::Spam).await.expect("spam");
    let names = async || {
        let of = lines(&bed, &one).await.into_iter().map(|(rule, ..)| rule);
        of.collect::<Vec<_>>()
    };
    bed.clock.advance(29 * 60 * SECOND);
    assert_eq!(tick(&bed).await, 0);
    bed.clock.advance(60 * SECOND);
    tick(&bed).await;
    assert_eq!(names().await, ["Give"]);
    assert_eq!(bed.conversation(&one).await.assignee_id, Some(id(&ana)));
    let until = store.now() + 3 * HOUR;
    act(store, &ana, &one, Action::Snooze { until }).await.expect("snoozed");
    bed.clock.advance(HOUR);
    tick(&bed).await;
    assert_eq!(names().await, ["Asleep", "Give"]);
    act(store, &ana, &one, Action::Reopen).await.expect("open");
    bed.clock.advance(9 * HOUR);
    tick(&bed).await;
    assert_eq!(names().await, ["Asleep", "Give"], "open anew for nine hours only");
    bed.clock.advance(HOUR);
    tick(&bed).await;
    assert_eq!(names().await, ["Asleep", "Give", "Old"]);
    act(store, &ana, &one, Action::Resolve).await.expect("resolved");
    bed.clock.advance(5 * DAY);
    tick(&bed).await;
    assert_eq!(names().await, ["Asleep", "Done", "Give", "Old"]);
    assert!(lines(&bed, &junk).await.is_empty(), "spam waits for nobody");
    bed.check().await;
}

async fn what_waited_before_is_asked_about(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let (old, _) = bed.place(&mail(&inbox, "a@example.org", "a@x", "Help")).await;
    bed.clock.advance(60 * DAY);
    let (fresh, _) = bed.place(&mail(&inbox, "b@example.org", "b@x", "Help")).await;
    bed.clock.advance(HOUR);
    let urgent = vec![Step::Priority {
        priority: Priority::Urgent,
    }];
    for in_hours in [false, true] {
        let late = Rule {
            in_hours,
            ..timed("Late", Occasion::WaitingUs, 120, urgent.clone())
        };
        let head = bed.store.head().await.expect("head");
        let now = waiting(&bed.store, &late).await.expect("tried");
        assert_eq!((now.occasions, now.matched, now.is_cut), (1, 1, false));
        assert_eq!(now.examples[0].conversation, old);
        assert_eq!(bed.store.head().await.expect("head"), head, "nothing happened");
        let by_try = rules::dry_run::dry_run(&bed.store, &late, 14).await.expect("tried");
        assert_eq!(by_try, now);
        let kept = keep(&bed, &late).await;
        assert_eq!(tick(&bed).await, 0, "what waited before is not its business");
        bed.clock.advance(HOUR);
        assert_eq!(tick(&bed).await, 1, "what becomes due since then is");
        assert_eq!(bed.conversation(&fresh).await.priority, Priority::Urgent);
        assert_eq!(bed.conversation(&old).await.priority, Priority::Normal);
        // A new name changes nothing; other steps begin anew.
        let renamed = Rule {
            name: "Too late".to_owned(),
            ..kept.clone()
        };
        assert_eq!(keep(&bed, &renamed).await.due_from, kept.due_from);
        rules::remove(&bed.store, &Actor::System, &kept.id)
            .await
            .expect("removed");
        act(&bed.store, &ana, &fresh, Action::Prioritise(Priority::Normal))
            .await
            .expect("set");
        act(&bed.store, &ana, &fresh, Action::Resolve).await.expect("resolved");
        act(&bed.store, &ana, &fresh, Action::Reopen).await.expect("open");
        let mut again = mail(&inbox, "b@example.org", if in_hours { "d@x" } else { "c@x" }, "Help");
        again.thread.in_reply_to = vec!["b@x".to_owned()];
        bed.place(&again).await;
        bed.clock.advance(HOUR);
    }
    // Somebody says that it shall.
    let late = timed("Late", Occasion::WaitingUs, 180, urgent);
    let kept = rules::save_for(&bed.store, &ana, &late, true).await.expect("kept");
    assert_eq!(kept.due_from, 0);
    assert_eq!(tick(&bed).await, 1);
    assert_eq!(bed.conversation(&old).await.priority, Priority::Urgent);
    assert_eq!(bed.conversation(&fresh).await.priority, Priority::Normal);
    for (minutes, words) in [(0, "1 to"), (-5, "1 to"), (rules::LONGEST + 1, "1 to")] {
        let wrong = Rule {
            minutes,
            ..late.clone()
        };
        assert!(refusal(rules::save(&bed.store, &ana, &wrong).await).contains(words));
    }
    bed.check().await;
}

async fn a_rule_acts_once_whoever_looks(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    keep(&bed, &timed("Remind", Occasion::WaitingUs, 60, vec![say("Soon.")])).await;
    bed.clock.advance(SECOND);
    let mut all = Vec::new();
    for number in 0..12 {
        let (address, mid) = (format!("c{number}@example.org"), format!("{number}@x"));
        all.push(bed.place(&mail(&inbox, &address, &mid, "Help")).await.0);
    }
    bed.clock.advance(HOUR);
    let second = if bed.url.starts_with("sqlite") {
        bed.store.clone()
    } else {
        bed.second().await
    };
    let (one, other) = tokio::join!(look(&bed.store, &Open), look(&second, &Open));
    let acted = one.expect("a look").acted + other.expect("a look").acted + tick(&bed).await;
    assert_eq!(acted, 12);
    for conversation in &all {
        assert_eq!(count(&bed, conversation, MessageKind::Outbound).await, 1);
        assert_eq!(lines(&bed, conversation).await.len(), 1);
    }
    // They write again while they still wait: it is the same waiting.
    for (number, _) in all.iter().enumerate() {
        let mut more = mail(
            &inbox,
            &format!("c{number}@example.org"),
            &format!("m{number}@x"),
            "And?",
        );
        more.thread.in_reply_to = vec![format!("{number}@x")];
        bed.place(&more).await;
    }
    bed.clock.advance(2 * HOUR);
    assert_eq!(tick(&bed).await, 0);
    bed.check().await;
}

async fn two_rules_that_undo_each_other_end(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    keep(&bed, &timed("Close", Occasion::StaysOpen, 60, vec![Step::Resolve])).await;
    keep(&bed, &timed("Open", Occasion::StaysResolved, 60, vec![Step::Reopen])).await;
    bed.clock.advance(SECOND);
    let (one, _) = bed.place(&mail(&inbox, "a@example.org", "a@x", "Help")).await;
    let mut acted = 0;
    for _ in 0..20 {
        bed.clock.advance(HOUR);
        acted += tick(&bed).await;
    }
    assert_eq!(acted, 2, "each once");
    act(&bed.store, &ana, &one, Action::Resolve).await.expect("resolved");
    for _ in 0..20 {
        bed.clock.advance(HOUR);
        acted += tick(&bed).await;
    }
    assert_eq!(acted, 4, "somebody was there, so each once more");
    bed.check().await;
}

async fn nothing_is_written_where_it_cannot_or_must_not_be(bed: Bed) {
    let chat = bed.inbox(Channel::Whatsapp, false).await;
    let post = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let part = vec![say("Bye"), Step::Resolve];
    keep(&bed, &timed("Part", Occasion::WaitingCustomer, 2 * 1440, part)).await;
    let soon = timed("Soon", Occasion::WaitingCustomer, 60, vec![say("Well?")]);
    keep(&bed, &soon).await;
    bed.clock.advance(SECOND);
    let (number, address) = ("351900000001", "b@example.org");
    let (written, _) = bed.place(&whatsapp(&chat, number, "1", "Hello")).await;
    let (shut_out, _) = bed.place(&mail(&post, address, "b@x", "Hello")).await;
    let (erased, _) = bed.place(&mail(&post, "c@example.org", "c@x", "Hello")).await;
    for conversation in [&written, &shut_out, &erased] {
        bed.say(&ana, conversation, "Yes?").await;
    }
    blocked::block(&bed.store, &ana, (blocked::Kind::Email, address.to_owned()), "")
        .await
        .expect("blocked");
    let contact = bed.conversation(&erased).await.contact_id;
    let mut tx = bed.store.begin().await.expect("begin");
    conversation::db::sql("UPDATE contacts SET erased_at = $2 WHERE id = $1")
        .bind(&contact)
        .bind(bed.store.now())
        .run(&mut tx)
        .await
        .expect("erased");
    tx.commit_silently().await.expect("erased");
    bed.clock.advance(HOUR);
    look(&bed.store, &Doors).await.expect("a look");
    assert_eq!(
        lines(&bed, &written).await,
        [line("Soon", "done", "reply")],
        "within 24 hours"
    );
    assert_eq!(lines(&bed, &shut_out).await, [line("Soon", "held", "unsaid-blocked")]);
    assert_eq!(lines(&bed, &erased).await, [line("Soon", "held", "unsaid-erased")]);
    bed.clock.advance(2 * DAY);
    look(&bed.store, &Doors).await.expect("a look");
    assert_eq!(
        lines(&bed, &written).await[0],
        line("Part", "done", "resolve unsaid-window"),
        "what else it does is done"
    );
    assert_eq!(bed.conversation(&written).await.status, ConversationStatus::Resolved);
    assert_eq!(count(&bed, &written, MessageKind::Outbound).await, 2);
    assert_eq!(count(&bed, &shut_out, MessageKind::Outbound).await, 1);

    // With a template that carries words, they leave.
    let settings = serde_json::json!({
        "phone_number_id": "1", "access_token": "t", "app_secret": "s", "verify_token": "v",
        "template": { "name": "news", "language": "en", "parameters": ["text"] },
    });
    inboxes::configure(&bed.store, &ana, &chat, &settings, false, true)
        .await
        .expect("changed");
    let (other, _) = bed.place(&whatsapp(&chat, "351900000002", "2", "Hello")).await;
    bed.say(&ana, &other, "Yes?").await;
    bed.clock.advance(3 * DAY);
    look(&bed.store, &Doors).await.expect("a look");
    assert_eq!(
        lines(&bed, &other).await,
        [line("Part", "done", "reply resolve"), line("Soon", "done", "reply")]
    );
    bed.check().await;
}

async fn what_comes_to_fulfil_the_conditions_is_seen(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let take = vec![Step::Assign { agent: Some(id(&ana)) }];
    let only_urgent = Rule {
        minutes: 60,
        name: "Take".to_owned(),
        ..rule(Occasion::WaitingUs, &[(Field::Priority, Operator::Is, "urgent")], take)
    };
    keep(&bed, &only_urgent).await;
    bed.clock.advance(SECOND);
    let (one, _) = bed.place(&mail(&inbox, "a@example.org", "a@x", "Help")).await;
    work(&bed.store).await;
    bed.clock.advance(DAY);
    assert_eq!(tick(&bed).await, 0);
    act(&bed.store, &ana, &one, Action::Prioritise(Priority::Urgent))
        .await
        .expect("set");
    assert_eq!(tick(&bed).await, 0, "left alone for a while");
    work(&bed.store).await;
    assert_eq!(tick(&bed).await, 1, "what happened to it ends that");
    assert_eq!(bed.conversation(&one).await.assignee_id, Some(id(&ana)));
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM rule_timers WHERE look_at IS NOT NULL")
            .await,
        0
    );

    // What is no longer waited for is forgotten.
    let (other, _) = bed.place(&mail(&inbox, "b@example.org", "b@x", "Help")).await;
    bed.clock.advance(HOUR);
    assert_eq!(tick(&bed).await, 0);
    bed.say(&ana, &other, "Here").await;
    bed.clock.advance(DAY);
    tick(&bed).await;
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM rule_timers WHERE look_at IS NOT NULL")
            .await,
        0
    );
    bed.check().await;
}

async fn a_clock_that_was_ahead_leaves_no_trace(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    keep(&bed, &timed("Late", Occasion::WaitingUs, 60, vec![Step::Resolve])).await;
    bed.clock.advance(SECOND);
    // A year ahead, something comes, and the clock is put right.
    bed.clock.set(365 * DAY);
    let (one, _) = bed.place(&mail(&inbox, "a@example.org", "a@x", "Help")).await;
    tick(&bed).await;
    bed.clock.set(-365 * DAY);
    clock::went_back(&bed.store, 365 * DAY).await.expect("put right");
    bed.clock.advance(59 * 60 * SECOND);
    assert_eq!(tick(&bed).await, 0);
    bed.clock.advance(60 * SECOND);
    assert_eq!(tick(&bed).await, 1);
    assert_eq!(bed.conversation(&one).await.status, ConversationStatus::Resolved);
    bed.check().await;
}

/// Rows that somebody else left; each is found, none twice, and what has been walked past is not walked again.
async fn many_are_worked_through_in_parts(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    bed.place(&mail(&inbox, "a@example.org", "a@x", "Help")).await;
    bed.clock.advance(10 * DAY);
    let urgent = Step::Priority {
        priority: Priority::Urgent,
    };
    let mut tx = bed.store.begin().await.expect("begin");
    conversation::db::composed_sql(
        "INSERT INTO conversations (id, number, contact_id, inbox_id, channel, subject, language, status, level, priority, preview, message_count, waiting_since, last_message_at, version, position, created_at, updated_at, turn, turn_since, stood, stood_since)
         WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 620)
         SELECT 'many' || CAST(n.i AS TEXT), n.i + 1000, c.contact_id, c.inbox_id, c.channel, 'Toner', 'en', 'open', 'N1', 'normal', '', 0, 1000 + n.i / 100, n.i, 1, n.i + 5000, n.i, n.i, 'us', 1000 + n.i / 100, 'open', n.i FROM n, conversations c".to_owned(),
    )
    .run(&mut tx)
    .await
    .expect("many");
    tx.commit_silently().await.expect("many");
    let late = timed("Late", Occasion::WaitingUs, 60, vec![urgent]);
    assert_eq!(waiting(&bed.store, &late).await.expect("tried").matched, 621);
    rules::save_for(&bed.store, &Actor::System, &late, true)
        .await
        .expect("kept");
    let first = look(&bed.store, &Open).await.expect("a look");
    assert_eq!((first.found, first.acted, first.has_more), (500, 200, true));
    assert_eq!(tick(&bed).await, 421);
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM conversations WHERE priority = 'urgent'")
            .await,
        621
    );
    assert_eq!(bed.count("SELECT COUNT(*) FROM rule_runs").await, 621, "each once");
    let again = look(&bed.store, &Open).await.expect("a look");
    assert_eq!(again, timed::Looked::default());
}
