//! Figures on both databases: they say what a direct count says, however often the log is looked at, and
//! counting anew gives the same.

use std::collections::BTreeMap;

use conversation::contacts;
use conversation::db::sql;
use conversation::lifecycle::{Action, act};
use conversation::reports::{self, Dimension, Keyed, Question, Sums};
use conversation::surveys::{self, Kind, Settings};
use conversation::types::{Actor, Auto, Channel, ConversationId, Level, Millis, Priority};
use conversation::{labels, restructure, sla, teams};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::bed::{Bed, HOUR, NOON, both, mail, webchat, whatsapp};

const DAY: i64 = 24 * HOUR;

both!(
    a_report_says_what_a_direct_count_says,
    looking_twice_changes_nothing_and_counting_anew_gives_the_same,
    two_processes_count_everything_once,
    days_are_those_of_the_zone,
    what_moves_is_counted_where_it_is,
    months_say_what_their_days_say,
);

fn zone() -> TimeZone {
    TimeZone::get("America/Sao_Paulo").expect("a zone")
}

const ALWAYS: (&str, &str) = ("0000-01-01", "9999-12-31");

async fn everything(bed: &Bed) -> Sums {
    reports::total(bed.store.db(), &Question::all(ALWAYS.0, ALWAYS.1))
        .await
        .expect("sums")
}

async fn by(bed: &Bed, dimension: Dimension) -> BTreeMap<String, Sums> {
    reports::by_key(bed.store.db(), dimension, ALWAYS.0, ALWAYS.1, 1_000)
        .await
        .expect("rows")
        .into_iter()
        .filter(|row| !row.sums.is_empty())
        .map(|Keyed { key, sums }| (key, sums))
        .collect()
}

/// Every row of the figures that is not empty.
async fn rows(bed: &Bed) -> Vec<(Dimension, String, Keyed)> {
    let mut all = Vec::new();
    for dimension in Dimension::ALL {
        for (key, _) in by(bed, dimension).await {
            let of = Question {
                dimension,
                key: key.clone(),
                of_theirs: None,
                from: ALWAYS.0.to_owned(),
                to: ALWAYS.1.to_owned(),
            };
            for day in reports::by_day(bed.store.db(), &of).await.expect("days") {
                if !day.sums.is_empty() {
                    all.push((dimension, key.clone(), day));
                }
            }
        }
    }
    all
}

/// A few weeks of work on three channels, drawn by a small generator; the same every time.
async fn weeks(bed: &Bed, rounds: u64) {
    let store = &bed.store;
    let email = bed.inbox(Channel::Email, false).await;
    let chat = bed.inbox(Channel::Whatsapp, true).await;
    let site = bed.inbox(Channel::Webchat, false).await;
    let agents = [bed.agent("ana").await, bed.agent("eva").await];
    let team = teams::create(store, &Actor::System, "First line", &[])
        .await
        .expect("a team");
    let label = labels::create(store, &Actor::System, "Toner", None)
        .await
        .expect("a label");
    let other = labels::create(store, &Actor::System, "Paper", None)
        .await
        .expect("a label");
    sla::set(
        store,
        &Actor::System,
        &[(Priority::Normal, 3 * 24 * 60), (Priority::High, 24 * 60)],
    )
    .await
    .expect("limits");
    let csat = Settings {
        inboxes: vec![email.clone(), chat.clone(), site.clone()],
        delay: 0,
        quiet: 0,
        ..Settings::usual(Kind::Csat)
    };
    surveys::save_settings(store, &Actor::System, &csat)
        .await
        .expect("settings");
    let mut state = 11_u64;
    let mut below = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut known: Vec<ConversationId> = Vec::new();
    for round in 0..rounds {
        bed.clock
            .advance(i64::try_from(below(7 * 3_600_000)).expect("small") + 1);
        let from = below(12);
        let name = format!("r{round}");
        let message = match below(4) {
            0 => whatsapp(&chat, &format!("55{from}"), &name, "oi"),
            1 => webchat(&site, &format!("v{from}"), &name, "hello"),
            2 => mail(&email, &format!("c{from}@example.org"), &name, "Hi"),
            _ => {
                let mut mail = mail(&email, &format!("m{from}@example.org"), &name, "Hi");
                mail.auto = if below(3) == 0 { Auto::Bulk } else { Auto::None };
                mail
            }
        };
        let mut message = message;
        message.sent_at = store.now();
        let (id, _) = bed.place(&message).await;
        known.push(id.clone());
        for _ in 0..below(5) {
            bed.clock
                .advance(i64::try_from(below(4 * 3_600_000)).expect("small") + 1);
            let agent = &agents[usize::try_from(below(2)).expect("small")];
            let id = known[usize::try_from(below(known.len() as u64)).expect("small")].clone();
            // What makes no sense now is refused, which is as good.
            match below(10) {
                0..=2 => drop(conversation::reply::reply(store, agent, bed.words(&id, "An answer")).await),
                3 => drop(conversation::reply::reply(store, &Actor::Bot, bed.words(&id, "A bot's answer")).await),
                4 | 5 => drop(act(store, agent, &id, Action::Resolve).await),
                6 => drop(act(store, agent, &id, Action::Reopen).await),
                7 => {
                    let level = [Level::N1, Level::N2, Level::N3][usize::try_from(below(3)).expect("small")];
                    drop(
                        act(
                            store,
                            agent,
                            &id,
                            Action::MoveTo {
                                level,
                                reason: "because".to_owned(),
                            },
                        )
                        .await,
                    );
                }
                8 => {
                    let on = if below(2) == 0 { &label.id } else { &other.id };
                    drop(labels::set(store, agent, &id, std::slice::from_ref(on), &[]).await);
                    drop(act(store, agent, &id, Action::GiveTo(Some(team.clone()))).await);
                }
                _ => drop(act(store, agent, &id, Action::Prioritise(Priority::High)).await),
            }
        }
        surveys::ask_due(store).await.expect("asked");
        if below(3) == 0 {
            let contact = bed.conversation(&id).await.contact_id;
            if let Some(survey) = surveys::of_contact(store.db(), &contact, 1).await.expect("all").first() {
                drop(surveys::answer(store, &survey.id, i64::try_from(below(5)).expect("small") + 1, None).await);
            }
        }
        if below(9) == 0 {
            let contact = bed.conversation(&id).await.contact_id;
            let company = format!("Company {}", below(3));
            contacts::edit(store, &agents[0], &contact, "Somebody", None, Some(&company))
                .await
                .expect("edited");
        }
    }
}

/// A number that a query counts, which may be null.
async fn number(bed: &Bed, query: &'static str) -> i64 {
    let (number,): (Option<i64>,) = sql(query).one(bed.store.db()).await.expect(query);
    number.unwrap_or(0)
}

async fn a_report_says_what_a_direct_count_says(bed: Bed) {
    weeks(&bed, 120).await;
    reports::follow(&bed.store, &zone()).await.expect("followed");
    let all = everything(&bed).await;
    for (what, counted, query) in [
        (
            "created",
            all.created,
            "SELECT COUNT(*) FROM conversations c WHERE merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.auto <> 'none' AND m.at = c.created_at)",
        ),
        (
            "inbound",
            all.inbound,
            "SELECT COUNT(*) FROM messages WHERE kind = 'inbound' AND auto = 'none'",
        ),
        (
            "answers",
            all.answers,
            "SELECT COUNT(*) FROM messages WHERE kind = 'outbound' AND author_kind = 'agent'",
        ),
        (
            "bot_answers",
            all.bot_answers,
            "SELECT COUNT(*) FROM messages WHERE kind = 'outbound' AND author_kind = 'bot'",
        ),
        (
            "open",
            all.opened - all.closed,
            "SELECT COUNT(*) FROM conversations WHERE merged_into IS NULL AND status <> 'resolved'",
        ),
        (
            "resolved",
            all.resolved,
            "SELECT COUNT(*) FROM messages WHERE kind = 'activity' AND extra LIKE '%\"action\":\"resolved\"%'",
        ),
        (
            "first_answers",
            all.first_answers,
            "SELECT COUNT(*) FROM conversations c WHERE (SELECT MIN(m.at) FROM messages m WHERE m.conversation_id = c.id AND m.kind = 'outbound' AND m.author_kind = 'agent') >= (SELECT MIN(m.at) FROM messages m WHERE m.conversation_id = c.id AND m.kind = 'inbound' AND m.auto = 'none')",
        ),
        (
            "csat_asked",
            all.csat_asked,
            "SELECT COUNT(*) FROM surveys WHERE asked_at IS NOT NULL",
        ),
        (
            "csat_answered",
            all.csat_answered,
            "SELECT COUNT(*) FROM surveys WHERE answered_at IS NOT NULL",
        ),
        (
            "csat_sum",
            all.csat_sum,
            "SELECT CAST(SUM(score) AS BIGINT) FROM surveys",
        ),
        (
            "csat_good",
            all.csat_good,
            "SELECT COUNT(*) FROM surveys WHERE score >= 4",
        ),
    ] {
        assert_eq!(counted, number(&bed, query).await, "{what}");
        assert!(counted > 0, "{what} was tried");
    }
    // The waits, conversation by conversation: from the customer's first message, or the bot's handing over.
    let waits: Vec<(ConversationId, i64, i64)> = sql("SELECT c.id, (SELECT MIN(m.at) FROM messages m WHERE m.conversation_id = c.id AND m.kind = 'inbound' AND m.auto = 'none'), (SELECT MIN(m.at) FROM messages m WHERE m.conversation_id = c.id AND m.kind = 'outbound' AND m.author_kind = 'agent') FROM conversations c WHERE EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.kind = 'outbound' AND m.author_kind = 'agent') AND EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.kind = 'inbound' AND m.auto = 'none')")
        .all(bed.store.db())
        .await
        .expect("rows");
    let mut first_ms = 0;
    for (id, begun, answered) in waits {
        let handed: Vec<(i64, String)> = sql("SELECT at, data FROM events WHERE conversation_id = $1 AND kind = 'conversation.updated' AND at <= $2 ORDER BY position")
            .bind(&id)
            .bind(answered)
            .all(bed.store.db())
            .await
            .expect("events");
        let from = handed
            .iter()
            .filter(|(_, data)| data.contains("\"from\":\"bot\""))
            .map(|(at, _)| *at)
            .max()
            .unwrap_or(begun)
            .max(begun);
        if answered >= begun {
            first_ms += answered - from;
        }
    }
    assert_eq!(all.first_ms, first_ms);
    assert!(
        all.reopened > 0 && all.aimed > 0 && all.within > 0 && all.bot_solved > 0,
        "{all:?}"
    );
    // Each way of breaking it down sums up to the whole; labels count a conversation in each of its labels.
    for dimension in Dimension::ALL {
        let mut sums = Sums::default();
        for (_, one) in by(&bed, dimension).await {
            sums.add(&one, 1);
        }
        if dimension == Dimension::Label {
            assert!(sums.created >= all.created);
        } else {
            assert_eq!(sums, all, "{dimension:?}");
        }
    }
    for (channel, sums) in by(&bed, Dimension::Channel).await {
        let (count,): (i64,) = sql("SELECT COUNT(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.kind = 'inbound' AND m.auto = 'none' AND c.channel = $1")
            .bind(channel.as_str())
            .one(bed.store.db())
            .await
            .expect("a count");
        assert_eq!(sums.inbound, count, "{channel}");
    }
    for (agent, sums) in by(&bed, Dimension::Agent)
        .await
        .into_iter()
        .filter(|(agent, _)| !agent.is_empty())
    {
        let (count,): (i64,) =
            sql("SELECT COUNT(*) FROM messages WHERE kind = 'outbound' AND author_kind = 'agent' AND author_id = $1")
                .bind(agent.as_str())
                .one(bed.store.db())
                .await
                .expect("a count");
        assert_eq!(sums.answers, count, "{agent}");
    }
    assert!(by(&bed, Dimension::Company).await.len() > 1, "companies count");
    bed.check().await;
}

async fn looking_twice_changes_nothing_and_counting_anew_gives_the_same(bed: Bed) {
    let store = &bed.store;
    weeks(&bed, 25).await;
    reports::follow(store, &zone()).await.expect("followed");
    // The second half is followed as it happens, and now and then the log is read again from its beginning.
    let before = rows(&bed).await;
    assert!(before.len() > 50, "{}", before.len());
    let mut tx = store.begin().await.expect("begin");
    sql("UPDATE report_state SET position = 0")
        .run(&mut tx)
        .await
        .expect("set back");
    tx.commit_silently().await.expect("commit");
    reports::follow(store, &zone()).await.expect("followed");
    assert_eq!(rows(&bed).await, before, "read twice");
    let open: Vec<(ConversationId,)> = sql("SELECT id FROM conversations WHERE status = 'open' ORDER BY id")
        .all(store.db())
        .await
        .expect("rows");
    let ana = Actor::Agent("ana".into());
    for (number, (id,)) in open.iter().enumerate() {
        bed.clock.advance(HOUR);
        bed.say(&ana, id, "More").await;
        if number % 2 == 0 {
            act(store, &ana, id, Action::Resolve).await.expect("resolved");
        }
        reports::follow(store, &zone()).await.expect("followed");
    }
    let followed = rows(&bed).await;
    assert_ne!(followed, before);
    reports::rebuild(store, &zone()).await.expect("thrown away");
    assert_eq!(everything(&bed).await, Sums::default());
    reports::follow(store, &zone()).await.expect("counted anew");
    assert_eq!(rows(&bed).await, followed, "as if it had never been thrown away");
    let state = reports::progress(store.db()).await.expect("a state").expect("a state");
    assert_eq!(
        (state.position, state.counted_after),
        (store.head().await.expect("head"), None)
    );
}

async fn two_processes_count_everything_once(bed: Bed) {
    weeks(&bed, 30).await;
    let second = bed.second().await;
    reports::rebuild(&bed.store, &zone()).await.expect("begun");
    let here = zone();
    let (one, other) = tokio::join!(reports::follow(&bed.store, &here), reports::follow(&second, &here));
    one.expect("followed");
    other.expect("followed");
    let together = rows(&bed).await;
    reports::rebuild(&bed.store, &zone()).await.expect("begun");
    reports::follow(&bed.store, &zone()).await.expect("followed");
    assert_eq!(rows(&bed).await, together);
}

async fn days_are_those_of_the_zone(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let to = |text: &str| -> Millis { text.parse::<Timestamp>().expect("a time").as_millisecond() };
    // The last hour before the clocks change in New York, the hour that comes twice, and the hours around midnight.
    let times = [
        "2026-10-31T23:30:00-04:00",
        "2026-11-01T00:10:00-04:00",
        "2026-11-01T01:30:00-04:00",
        "2026-11-01T01:30:00-05:00",
        "2026-11-01T23:59:59-05:00",
        "2026-11-02T00:00:00-05:00",
    ];
    for (number, time) in times.iter().enumerate() {
        bed.clock.advance(to(time) - bed.store.now());
        bed.place(&mail(
            &inbox,
            &format!("c{number}@example.org"),
            &format!("{number}@x"),
            "Hi",
        ))
        .await;
    }
    let days = async |zone: &str| -> Vec<(String, i64)> {
        let zone = TimeZone::get(zone).expect("a zone");
        reports::follow(&bed.store, &zone).await.expect("followed");
        let days = reports::by_day(bed.store.db(), &Question::all(ALWAYS.0, ALWAYS.1))
            .await
            .expect("days");
        days.into_iter().map(|day| (day.key, day.sums.created)).collect()
    };
    let is = |days: Vec<(String, i64)>, wanted: &[(&str, i64)]| {
        let wanted: Vec<(String, i64)> = wanted.iter().map(|(day, n)| ((*day).to_owned(), *n)).collect();
        assert_eq!(days, wanted);
    };
    is(
        days("America/New_York").await,
        &[("2026-10-31", 1), ("2026-11-01", 4), ("2026-11-02", 1)],
    );
    // The installation moves: its days are other days, and everything is counted anew.
    is(days("Europe/Lisbon").await, &[("2026-11-01", 4), ("2026-11-02", 2)]);
    let open = reports::open_before(bed.store.db(), &Question::all("2026-11-02", "2026-11-02"))
        .await
        .expect("open");
    assert_eq!(open, 4);
    assert!(bed.store.now() > NOON);
}

async fn what_moves_is_counted_where_it_is(bed: Bed) {
    let store = &bed.store;
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let (one, _) = bed.place(&mail(&inbox, "a@example.org", "1@x", "Hi")).await;
    let (two, _) = bed.place(&mail(&inbox, "b@example.org", "2@x", "Hi")).await;
    bed.say(&ana, &two, "Done").await;
    act(store, &ana, &two, Action::Resolve).await.expect("resolved");
    reports::follow(store, &zone()).await.expect("followed");
    let before = everything(&bed).await;
    assert_eq!(
        (
            before.created,
            before.answers,
            before.resolved,
            before.opened - before.closed
        ),
        (2, 1, 1, 1)
    );
    bed.one_person(&one, &two).await;
    restructure::merge(store, &ana, &two, &one).await.expect("merged");
    bed.clock.advance(DAY);
    reports::follow(store, &zone()).await.expect("followed");
    let after = everything(&bed).await;
    let open = bed
        .count("SELECT COUNT(*) FROM conversations WHERE merged_into IS NULL AND status <> 'resolved'")
        .await;
    assert_eq!(
        (after.created, after.inbound, after.answers, after.opened - after.closed),
        (1, 2, 1, open)
    );
    // A customer's company is found out: what was counted moves along.
    let contact = bed.conversation(&one).await.contact_id;
    contacts::edit(store, &ana, &contact, "Somebody", None, Some("Andinas"))
        .await
        .expect("edited");
    reports::follow(store, &zone()).await.expect("followed");
    let companies = by(&bed, Dimension::Company).await;
    assert_eq!(companies.len(), 1, "{companies:?}");
    assert!(!companies.contains_key(""));
}

/// The keys of a dimension within a span, by what its days say one by one.
async fn by_days(bed: &Bed, dimension: Dimension, from: &str, to: &str) -> BTreeMap<String, Sums> {
    let mut keys: BTreeMap<String, Sums> = BTreeMap::new();
    for (of, key, day) in rows(bed).await {
        if of == dimension && (from..=to).contains(&day.key.as_str()) {
            keys.entry(key).or_default().add(&day.sums, 1);
        }
    }
    keys.retain(|_, sums| !sums.is_empty());
    keys
}

async fn months_agree(bed: &Bed) {
    let db = bed.store.db();
    let days: Vec<(String,)> = sql("SELECT DISTINCT day FROM report_days ORDER BY day")
        .all(db)
        .await
        .expect("days");
    let days: Vec<String> = days.into_iter().map(|(day,)| day).collect();
    let (first, last) = (&days[0], &days[days.len() - 1]);
    assert!(first[..7] < last[..7], "{first} to {last} is one month");
    let spans = [
        (0, days.len() - 1),
        (2, days.len() - 3),
        (days.len() / 3, days.len() / 2),
    ];
    for (from, to) in spans.map(|(from, to)| (days[from].as_str(), days[to].as_str())) {
        for dimension in [Dimension::Company, Dimension::Agent, Dimension::All] {
            let wanted = by_days(bed, dimension, from, to).await;
            let found: BTreeMap<String, Sums> = reports::by_key(db, dimension, from, to, 1_000)
                .await
                .expect("rows")
                .into_iter()
                .filter(|row| !row.sums.is_empty())
                .map(|Keyed { key, sums }| (key, sums))
                .collect();
            assert_eq!(found, wanted, "{dimension:?} from {from} to {to}");
        }
        let of = Question::all(from, to);
        let mut whole = Sums::default();
        let mut before = Sums::default();
        for day in reports::by_day(db, &Question::all(ALWAYS.0, ALWAYS.1))
            .await
            .expect("days")
        {
            if day.key.as_str() < from {
                before.add(&day.sums, 1);
            } else if day.key.as_str() <= to {
                whole.add(&day.sums, 1);
            }
        }
        assert_eq!(reports::total(db, &of).await.expect("sums"), whole, "{from} to {to}");
        assert_eq!(
            reports::open_before(db, &of).await.expect("open"),
            before.opened - before.closed,
            "before {from}"
        );
    }
}

async fn months_say_what_their_days_say(bed: Bed) {
    let store = &bed.store;
    weeks(&bed, 100).await;
    reports::follow(store, &zone()).await.expect("followed");
    months_agree(&bed).await;
    let months = "SELECT COUNT(*) FROM report_months";
    assert!(number(&bed, months).await > 0, "months are kept");

    // A process of the version before knew of no months: what it counted is in the days alone.
    let mut tx = store.begin().await.expect("begin");
    sql("DELETE FROM report_months WHERE month > $1")
        .bind("2000-01")
        .run(&mut tx)
        .await
        .expect("emptied");
    sql("UPDATE report_state SET version = version + 1")
        .run(&mut tx)
        .await
        .expect("counted elsewhere");
    tx.commit_silently().await.expect("commit");
    months_agree(&bed).await;

    // The next step sums them again.
    let inbox = bed.inbox(Channel::Email, false).await;
    bed.place(&mail(&inbox, "new@example.org", "new", "Hello")).await;
    reports::follow(store, &zone()).await.expect("followed");
    assert!(number(&bed, months).await > 0, "months are kept again");
    months_agree(&bed).await;

    reports::rebuild(store, &zone()).await.expect("begun");
    assert_eq!(number(&bed, months).await, 0);
    reports::follow(store, &zone()).await.expect("followed");
    months_agree(&bed).await;
    bed.check().await;
}
