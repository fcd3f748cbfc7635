//! What is spam on both databases: it leaves everything and comes back as it was; who is blocked, and whom the mail server suspects.

use conversation::blocked;
use conversation::desk::bell;
use conversation::desk::rules::{self, Condition, Field, Occasion, Operator, Rule};
use conversation::desk::steps::Step;
use conversation::events::EventKind;
use conversation::inbound::InboundMessage;
use conversation::ingest::ingest;
use conversation::lifecycle::{Action, act};
use conversation::lists::{self, Filter};
use conversation::reply::{Sending, reply, reply_with};
use conversation::reports::{self, Question, Sums};
use conversation::spam::{self, Why};
use conversation::types::{Actor, Channel, ConversationId, ConversationStatus, InboxId, Level, Priority, TicketStatus};
use conversation::{deliveries, privacy, restructure, scheduled, sla, store, tickets, views};
use jiff::tz::TimeZone;

use super::bed::{Bed, HOUR, NOON, SECOND, both, mail, refusal};
use super::desk::work;
use super::ingest::ticket_in;

both!(
    spam_leaves_everything_and_comes_back_as_it_was,
    what_came_meanwhile_waits_since_it_was_said,
    what_was_done_or_put_off_is_so_again,
    nothing_is_done_with_spam,
    what_waits_for_its_time_waits_in_spam,
    figures_never_knew_spam,
    the_desk_is_silent_about_spam,
    the_bell_forgets_spam_until_it_is_none,
    a_rule_may_say_that_it_is_spam,
    two_processes_mark_and_file_at_once,
    old_spam_is_erased_and_what_was_taken_out_stays,
);

pub(super) async fn mark(bed: &Bed, agent: &Actor, id: &ConversationId) {
    act(&bed.store, agent, id, Action::Spam).await.expect("spam");
}

pub(super) async fn lift(bed: &Bed, agent: &Actor, id: &ConversationId) {
    act(&bed.store, agent, id, Action::NotSpam).await.expect("no spam");
}

pub(super) async fn listed(bed: &Bed, is_spam: bool) -> Vec<ConversationId> {
    let filter = Filter {
        is_spam,
        ..Filter::default()
    };
    views::conversations(bed.store.db(), &filter, None, 50)
        .await
        .expect("a list")
        .into_iter()
        .map(|one| one.id)
        .collect()
}

pub(super) async fn open(bed: &Bed) -> i64 {
    lists::counts(bed.store.db(), &"ana".into()).await.expect("counts").all
}

pub(super) async fn why(bed: &Bed, id: &ConversationId) -> (Why, String) {
    let found = spam::of(bed.store.db(), std::slice::from_ref(id)).await.expect("spam");
    let one = found.into_iter().next().expect("is spam");
    (one.why, one.words)
}

pub(super) async fn is_spam(bed: &Bed, id: &ConversationId) -> bool {
    bed.conversation(id).await.spam_since.is_some()
}

pub(super) fn answer(inbox: &InboxId, from: &str, id: &str, to: &str) -> InboundMessage {
    let mut answer = mail(inbox, from, id, "And more");
    answer.thread.in_reply_to = vec![to.to_owned()];
    answer
}

pub(super) async fn block(bed: &Bed, agent: &Actor, text: &str) {
    let key = blocked::read(text).expect("readable");
    blocked::block(&bed.store, agent, key, "Rubbish")
        .await
        .expect("blocked");
}

/// How many messages came since, by what is blocked.
async fn spam_leaves_everything_and_comes_back_as_it_was(bed: Bed) {
    let ana = bed.agent("ana").await;
    sla::set(&bed.store, &ana, &[(Priority::Normal, 60)])
        .await
        .expect("limits");
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&mail(&inbox, "joao@x.example", "a@x", "Buy now")).await;
    let ticket = tickets::open(&bed.store, &ana, ticket_in(&id))
        .await
        .expect("a ticket")
        .id;
    act(&bed.store, &ana, &id, Action::Assign(Some("ana".into())))
        .await
        .expect("hers");
    let before = bed.conversation(&id).await;
    let ticket_before = tickets::load(bed.store.db(), &ticket).await.expect("there").status;
    assert_eq!((before.waiting_since, before.due_at), (Some(NOON), Some(NOON + HOUR)));
    assert_eq!(open(&bed).await, 1);

    bed.clock.advance(SECOND);
    mark(&bed, &ana, &id).await;
    let now = bed.conversation(&id).await;
    assert_eq!(now.spam_since, Some(NOON + SECOND));
    assert_eq!(
        (now.waiting_since, now.due_at, now.status),
        (None, None, ConversationStatus::Resolved)
    );
    assert_eq!((open(&bed).await, listed(&bed, false).await), (0, vec![]));
    assert_eq!(listed(&bed, true).await, std::slice::from_ref(&id));
    assert_eq!(why(&bed, &id).await, (Why::Marked, String::new()));
    let solved = tickets::load(bed.store.db(), &ticket).await.expect("there");
    assert_eq!((solved.status, solved.due_at), (TicketStatus::Resolved, None));
    let head = bed.store.head().await.expect("head");
    mark(&bed, &ana, &id).await;
    assert_eq!(bed.store.head().await.expect("head"), head, "twice is once");

    bed.clock.advance(HOUR);
    lift(&bed, &ana, &id).await;
    let after = bed.conversation(&id).await;
    assert_eq!(
        (after.waiting_since, after.due_at),
        (before.waiting_since, before.due_at)
    );
    assert_eq!(
        (after.status, after.resolved_at, after.spam_since),
        (ConversationStatus::Open, None, None)
    );
    assert_eq!((after.assignee_id, after.level), (before.assignee_id, before.level));
    assert_eq!(
        tickets::load(bed.store.db(), &ticket).await.expect("there").status,
        ticket_before
    );
    assert_eq!((open(&bed).await, listed(&bed, true).await), (1, vec![]));
    assert!(spam::of(bed.store.db(), &[id]).await.expect("spam").is_empty());
    bed.check().await;
}

async fn what_came_meanwhile_waits_since_it_was_said(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&mail(&inbox, "joao@x.example", "a@x", "Hello")).await;
    act(&bed.store, &ana, &id, Action::Resolve).await.expect("resolved");
    mark(&bed, &ana, &id).await;
    bed.clock.advance(HOUR);
    let later = answer(&inbox, "joao@x.example", "b@x", "a@x");
    assert_eq!(bed.place(&later).await.0, id, "it is filed where it belongs");
    let now = bed.conversation(&id).await;
    assert!(now.spam_since.is_some(), "what somebody marked stays spam");
    assert_eq!((now.waiting_since, now.message_count, open(&bed).await), (None, 4, 0));
    bed.clock.advance(HOUR);
    lift(&bed, &ana, &id).await;
    let now = bed.conversation(&id).await;
    assert_eq!(
        (now.status, now.waiting_since),
        (ConversationStatus::Open, Some(NOON + HOUR))
    );
    bed.check().await;
}

async fn what_was_done_or_put_off_is_so_again(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (done, _) = bed.place(&mail(&inbox, "a@x.example", "a@x", "One")).await;
    act(&bed.store, &ana, &done, Action::Resolve).await.expect("resolved");
    let (put_off, _) = bed.place(&mail(&inbox, "b@x.example", "b@x", "Two")).await;
    let until = Action::Snooze { until: NOON + 2 * HOUR };
    act(&bed.store, &ana, &put_off, until).await.expect("snoozed");
    for id in [&done, &put_off] {
        mark(&bed, &ana, id).await;
    }
    bed.clock.advance(HOUR);
    for id in [&done, &put_off] {
        lift(&bed, &ana, id).await;
    }
    let now = bed.conversation(&done).await;
    assert_eq!(
        (now.status, now.resolved_at),
        (ConversationStatus::Resolved, Some(NOON))
    );
    let now = bed.conversation(&put_off).await;
    assert_eq!(
        (now.status, now.snoozed_until),
        (ConversationStatus::Snoozed, Some(NOON + 2 * HOUR))
    );
    assert_eq!(now.waiting_since, Some(NOON));
    mark(&bed, &ana, &put_off).await;
    bed.clock.advance(2 * HOUR);
    lift(&bed, &ana, &put_off).await;
    assert_eq!(
        bed.conversation(&put_off).await.status,
        ConversationStatus::Open,
        "its time is over"
    );
    bed.check().await;
}

async fn nothing_is_done_with_spam(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&mail(&inbox, "joao@x.example", "a@x", "Buy")).await;
    let (other, _) = bed
        .place(&mail(&inbox, "joao@x.example", "b@x", "A real question"))
        .await;
    mark(&bed, &ana, &id).await;
    for action in [
        Action::Assign(Some("ana".into())),
        Action::Resolve,
        Action::Reopen,
        Action::Snooze { until: NOON + HOUR },
        Action::Prioritise(Priority::High),
        Action::MoveTo {
            level: Level::N2,
            reason: "x".to_owned(),
        },
    ] {
        assert!(refusal(act(&bed.store, &ana, &id, action).await).contains("in spam"));
    }
    assert!(refusal(reply(&bed.store, &ana, bed.words(&id, "Hi")).await).contains("in spam"));
    assert!(refusal(restructure::merge(&bed.store, &ana, &id, &other).await).contains("in spam"));
    assert!(refusal(restructure::merge(&bed.store, &ana, &other, &id).await).contains("in spam"));
    let messages = views::timeline(bed.store.db(), &id, None, 10).await.expect("messages");
    let first = std::slice::from_ref(&messages[0].id);
    assert!(refusal(restructure::move_messages(&bed.store, &ana, first, &id, &other).await).contains("in spam"));
    // A note is for colleagues.
    let mut note = bed.words(&id, "The same as last week");
    note.kind = conversation::reply::ReplyKind::Note;
    reply(&bed.store, &ana, note).await.expect("a note");
    lift(&bed, &ana, &id).await;
    restructure::merge(&bed.store, &ana, &other, &id).await.expect("merged");
    bed.check().await;
}

async fn what_waits_for_its_time_waits_in_spam(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&mail(&inbox, "joao@x.example", "a@x", "Buy")).await;
    let sending = Sending {
        send_at: Some(NOON + HOUR),
        ..Sending::default()
    };
    let said = reply_with(&bed.store, &ana, bed.words(&id, "Later"), sending)
        .await
        .expect("written");
    mark(&bed, &ana, &id).await;
    bed.clock.advance(2 * HOUR);
    assert_eq!(scheduled::release_due(&bed.store).await.expect("a look"), 0);
    // Nor is anybody who sends called for it again and again.
    assert_eq!(deliveries::next_due(bed.store.db()).await.expect("a look"), None);
    lift(&bed, &ana, &id).await;
    assert_eq!(scheduled::release_due(&bed.store).await.expect("a look"), 1);
    assert_eq!(bed.delivery(&said.message).await.conversation_id, id);
    bed.check().await;
}

async fn sums(bed: &Bed) -> Sums {
    reports::follow(&bed.store, &TimeZone::UTC).await.expect("counted");
    reports::total(bed.store.db(), &Question::all("0000-01-01", "9999-12-31"))
        .await
        .expect("sums")
}

async fn figures_never_knew_spam(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&mail(&inbox, "joao@x.example", "a@x", "Hello")).await;
    bed.say(&ana, &id, "Yes?").await;
    let before = sums(&bed).await;
    assert_eq!(
        (before.created, before.inbound, before.answers, before.first_answers),
        (1, 1, 1, 1)
    );
    mark(&bed, &ana, &id).await;
    assert_eq!(sums(&bed).await, Sums::default());
    lift(&bed, &ana, &id).await;
    assert_eq!(sums(&bed).await, before, "as if nothing had been");
    block(&bed, &ana, "eva@y.example").await;
    let (blocked, _) = bed.place(&mail(&inbox, "eva@y.example", "b@x", "Hello")).await;
    assert_eq!(sums(&bed).await, before);
    lift(&bed, &ana, &blocked).await;
    let now = sums(&bed).await;
    assert_eq!((now.created, now.opened, now.inbound), (2, before.opened + 1, 2));
    assert_eq!((now.reopened, now.closed), (before.reopened, before.closed));
    bed.check().await;
}

async fn the_desk_is_silent_about_spam(bed: Bed) {
    let ana = bed.agent("ana").await;
    let eva = bed.agent("eva").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (id, _) = bed.place(&mail(&inbox, "joao@x.example", "a@x", "Hello")).await;
    act(&bed.store, &ana, &id, Action::Assign(Some("ana".into())))
        .await
        .expect("hers");
    work(&bed.store).await;
    let told = async || bell::unread(bed.store.db(), &"ana".into()).await.expect("a count");
    bell::read(&bed.store, &"ana".into(), None).await.expect("read");
    let before = told().await;
    // The event of a message that came before it was marked is handled after.
    bed.place(&answer(&inbox, "joao@x.example", "b@x", "a@x")).await;
    mark(&bed, &eva, &id).await;
    bed.place(&answer(&inbox, "joao@x.example", "c@x", "a@x")).await;
    work(&bed.store).await;
    assert_eq!(told().await, before);
    lift(&bed, &eva, &id).await;
    bed.place(&answer(&inbox, "joao@x.example", "d@x", "a@x")).await;
    work(&bed.store).await;
    assert!(told().await > before, "she hears again");
    bed.check().await;
}

async fn the_bell_forgets_spam_until_it_is_none(bed: Bed) {
    bed.agent("ana").await;
    let eva = bed.agent("eva").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let mut ids = Vec::new();
    for from in ["joao@x.example", "rui@y.example"] {
        let (id, _) = bed.place(&mail(&inbox, from, from, "Hello")).await;
        act(&bed.store, &eva, &id, Action::Assign(Some("ana".into())))
            .await
            .expect("hers");
        ids.push(id);
    }
    work(&bed.store).await;
    let bell_of = async || {
        let db = bed.store.db();
        let all = bell::list(db, &"ana".into()).await.expect("a bell");
        (bell::unread(db, &"ana".into()).await.expect("a count"), all.len())
    };
    let (unread, all) = bell_of().await;
    let heard = bed.store.head().await.expect("head");

    mark(&bed, &eva, &ids[0]).await;
    assert_eq!(bell_of().await, (unread - 1, all - 1));
    let events = store::events_after(bed.store.db(), heard, 100).await.expect("events");
    assert!(
        events
            .iter()
            .any(|event| event.kind == EventKind::NotificationUpdated && event.subject_id == "ana"),
        "her pages look again"
    );
    // She is away: the mail names what is left, and the other once it is no spam.
    bed.clock.advance(HOUR);
    let digest = async || {
        let now = bed.store.now();
        let away = bell::away(bed.store.db(), now, HOUR / 2, 0).await.expect("who is away");
        let mut tx = bed.store.begin().await.expect("begun");
        let told = bell::take_digest_in(&mut tx, &"ana".into()).await.expect("taken").told;
        tx.commit_silently().await.expect("kept");
        (
            away.len(),
            told.into_iter().map(|one| one.conversation).collect::<Vec<_>>(),
        )
    };
    let (_, told) = digest().await;
    assert!(!told.contains(&ids[0]), "{told:?}");
    assert_eq!(digest().await, (0, Vec::new()), "spam is no reason for a mail");

    // What she reads meanwhile is read, what was hidden comes back as it was.
    bell::read(&bed.store, &"ana".into(), Some(&ids[1]))
        .await
        .expect("read");
    lift(&bed, &eva, &ids[0]).await;
    assert_eq!(bell_of().await, (1, all));
    bed.check().await;
}

async fn a_rule_may_say_that_it_is_spam(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let rule = |steps: Vec<Step>| Rule {
        id: String::new(),
        name: "Rubbish".to_owned(),
        rank: 0,
        occasion: Occasion::Received,
        conditions: vec![Condition {
            field: Field::Message,
            operator: Operator::Has,
            value: "lottery".to_owned(),
        }],
        steps,
        is_last: false,
        is_enabled: true,
        enabled_at: None,
        due_from: 0,
        minutes: 0,
        in_hours: false,
        updated_at: 0,
    };
    let store = &bed.store;
    let late = rule(vec![Step::Spam, Step::Resolve]);
    assert!(refusal(rules::save(store, &ana, &late).await).contains("last"));
    rules::save(store, &ana, &rule(vec![Step::Spam])).await.expect("kept");
    bed.clock.advance(SECOND);
    let (id, _) = bed
        .place(&mail(&inbox, "joao@x.example", "a@x", "You won the lottery"))
        .await;
    work(store).await;
    assert_eq!(why(&bed, &id).await.0, Why::Marked);
    bed.check().await;
}

async fn two_processes_mark_and_file_at_once(bed: Bed) {
    let ana = bed.agent("ana").await;
    let other = bed.second().await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let mut ids = Vec::new();
    for number in 0..12 {
        let (id, _) = bed
            .place(&mail(
                &inbox,
                &format!("p{number}@x.example"),
                &format!("{number}@x"),
                "Hello",
            ))
            .await;
        ids.push(id);
    }
    let marking = async {
        for id in &ids {
            act(&bed.store, &ana, id, Action::Spam).await.expect("spam");
        }
        block(&bed, &ana, "@x.example").await;
    };
    let filing = async {
        for number in 0..12 {
            let next = answer(
                &inbox,
                &format!("p{number}@x.example"),
                &format!("r{number}@x"),
                &format!("{number}@x"),
            );
            ingest(&other, std::slice::from_ref(&next)).await.expect("filed");
        }
    };
    tokio::join!(marking, filing);
    for id in &ids {
        let one = bed.conversation(id).await;
        assert!(
            one.spam_since.is_some() && one.waiting_since.is_none(),
            "{}",
            one.number
        );
    }
    assert_eq!(open(&bed).await, 0);
    bed.check().await;
}

async fn old_spam_is_erased_and_what_was_taken_out_stays(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let mut ids = Vec::new();
    for from in ["old@x.example", "lifted@x.example", "again@x.example", "late@x.example"] {
        let (id, _) = bed.place(&mail(&inbox, from, from, "Hello")).await;
        mark(&bed, &ana, &id).await;
        ids.push(id);
    }
    bed.clock.advance(10 * HOUR);
    let before = bed.store.now();
    bed.clock.advance(10 * HOUR);
    // One was a mistake, one was marked anew, one goes on writing.
    lift(&bed, &ana, &ids[1]).await;
    lift(&bed, &ana, &ids[2]).await;
    mark(&bed, &ana, &ids[2]).await;
    bed.place(&answer(&inbox, "late@x.example", "more@x", "late@x.example"))
        .await;
    let db = bed.store.db();
    assert_eq!(privacy::old_spam(db, before, 10).await.expect("found"), ids[..1]);
    // It is looked at once more when it goes: somebody may have taken it out meanwhile.
    for id in &ids[1..] {
        let gone = privacy::erase_spam(&bed.store, &Actor::System, id, before).await;
        assert_eq!(gone.expect("looked at"), 0);
    }
    assert_eq!(
        privacy::erase_spam(&bed.store, &Actor::System, &ids[0], before)
            .await
            .expect("erased"),
        1
    );
    let left = async |text: &'static str| bed.count(text).await;
    assert_eq!(left("SELECT COUNT(*) FROM messages WHERE text LIKE '%Hello%'").await, 3);
    assert!(privacy::old_spam(db, before, 10).await.expect("found").is_empty());
    // What is resolved has days of its own.
    let resolved = privacy::old_conversations(db, bed.store.now() + 1, 10)
        .await
        .expect("found");
    assert!(resolved.is_empty(), "{resolved:?}");
    bed.check().await;
}
