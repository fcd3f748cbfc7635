//! Surveys on both databases: who is asked, when and when not; how answers come back; what low ones do.

use conversation::card::{CardAction, CardAnswer, CardKind};
use conversation::conversations::Message;
use conversation::desk::bell::{self, Kind as Told};
use conversation::desk::rules::{self, Condition, Field, Occasion, Operator, Rule};
use conversation::desk::steps::Step;
use conversation::desk::worker::{self, DeskWorker};
use conversation::events::EventKind;
use conversation::lifecycle::{Action, act};
use conversation::stream::consumer;
use conversation::surveys::{self, Kind, Settings, State, Survey};
use conversation::types::{
    Actor, AgentId, Auto, Channel, ConversationId, ConversationStatus, InboxId, LabelId, MessageKind, Priority,
};
use conversation::{Error, contacts, labels, store, views};

use super::bed::{Bed, HOUR, SECOND, both, mail, refusal, webchat, whatsapp};

const DAY: i64 = 24 * HOUR;

both!(
    a_customer_is_asked_once_it_is_over,
    nobody_is_asked_who_should_not_be,
    a_press_in_a_chat_is_an_answer_and_no_work,
    a_bare_number_answers_only_what_was_just_asked,
    the_page_takes_a_score_and_words_and_lets_them_change,
    a_low_score_is_raised,
    turns_come_round_and_spread_over_days,
    settings_refuse_what_cannot_work,
);

async fn on(bed: &Bed, kind: Kind, inboxes: &[&InboxId]) -> Settings {
    let settings = Settings {
        inboxes: inboxes.iter().map(|id| (*id).clone()).collect(),
        ..Settings::usual(kind)
    };
    surveys::save_settings(&bed.store, &Actor::System, &settings)
        .await
        .expect("settings");
    settings
}

async fn resolve(bed: &Bed, agent: &Actor, id: &ConversationId) {
    act(&bed.store, agent, id, Action::Resolve).await.expect("resolved");
}

/// Every survey of the customer of a conversation that was asked.
async fn asked(bed: &Bed, id: &ConversationId) -> Vec<Survey> {
    let contact = bed.conversation(id).await.contact_id;
    surveys::of_contact(bed.store.db(), &contact, 10)
        .await
        .expect("surveys")
}

async fn said(bed: &Bed, id: &ConversationId) -> Vec<Message> {
    views::timeline(bed.store.db(), id, None, 200)
        .await
        .expect("a timeline")
}

/// The values on the buttons of the last card.
async fn buttons(bed: &Bed, id: &ConversationId) -> Vec<String> {
    let messages = said(bed, id).await;
    let card = messages
        .iter()
        .rev()
        .flat_map(|message| &message.cards)
        .find(|card| card.kind == CardKind::Survey)
        .expect("a survey's card");
    card.actions
        .iter()
        .map(|action| match action {
            CardAction::Answer { value, .. } => value.clone(),
            CardAction::Open { path, .. } => path.clone(),
        })
        .collect()
}

async fn skipped(bed: &Bed) -> Vec<String> {
    let rows: Vec<(String,)> =
        conversation::db::sql("SELECT reason FROM surveys WHERE state = 'skipped' ORDER BY due_at, id")
            .all(bed.store.db())
            .await
            .expect("rows");
    rows.into_iter().map(|(reason,)| reason).collect()
}

async fn a_customer_is_asked_once_it_is_over(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    on(&bed, Kind::Csat, &[&inbox]).await;
    let (id, _) = bed.place(&mail(&inbox, "joana@example.org", "a@x", "Olá")).await;
    bed.say(&ana, &id, "Pronto").await;
    resolve(&bed, &ana, &id).await;
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 0, "an hour first");
    bed.clock.advance(HOUR);
    // It was not over after all: opened, and resolved again. One question, an hour after the last time.
    act(&bed.store, &ana, &id, Action::Reopen).await.expect("reopened");
    resolve(&bed, &ana, &id).await;
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 0);
    bed.clock.advance(HOUR);
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 1);
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 0, "once");
    let survey = asked(&bed, &id).await.remove(0);
    assert_eq!(survey.state, State::Asked);
    assert_eq!(survey.agent.as_ref().map(AgentId::as_str), Some("ana"));
    let last = said(&bed, &id).await.pop().expect("a message");
    assert_eq!(
        (last.kind, Some(last.id.clone())),
        (MessageKind::Outbound, survey.message.clone())
    );
    assert_eq!(last.cards[0].title, "Como foi a nossa ajuda?");
    assert_eq!(buttons(&bed, &id).await.len(), 5);
    assert!(bed.delivery(&last.id).await.recipient == "joana@example.org");
    let now = bed.conversation(&id).await;
    assert_eq!(now.status, ConversationStatus::Resolved, "asking opens nothing");
    let events = store::events_after(bed.store.db(), 0, 500).await.expect("events");
    let told: Vec<_> = events
        .iter()
        .filter(|event| event.kind == EventKind::SurveyAsked)
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].subject_id, survey.id);
    bed.check().await;
}

async fn nobody_is_asked_who_should_not_be(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let chat = bed.inbox(Channel::Whatsapp, false).await;
    let ana = bed.agent("ana").await;
    on(&bed, Kind::Csat, &[&inbox, &chat]).await;
    // A newsletter: nothing is even planned.
    let mut news = mail(&inbox, "news@example.org", "n@x", "Deals");
    news.auto = Auto::Bulk;
    let (news, _) = bed.place(&news).await;
    act(&bed.store, &ana, &news, Action::Reopen).await.expect("reopened");
    resolve(&bed, &ana, &news).await;
    assert_eq!(bed.count("SELECT COUNT(*) FROM surveys").await, 0);
    // Nobody answered.
    let (silent, _) = bed.place(&mail(&inbox, "a@example.org", "1@x", "Hi")).await;
    resolve(&bed, &ana, &silent).await;
    bed.clock.advance(SECOND);
    // Spam.
    let (spam, _) = bed.place(&mail(&inbox, "b@example.org", "2@x", "Buy")).await;
    bed.say(&ana, &spam, "No").await;
    let label = labels::create(&bed.store, &ana, "Spam", None).await.expect("a label");
    labels::set(&bed.store, &ana, &spam, &[label.id], &[])
        .await
        .expect("labelled");
    resolve(&bed, &ana, &spam).await;
    bed.clock.advance(SECOND);
    // Opened again before the time.
    let (again, _) = bed.place(&mail(&inbox, "c@example.org", "3@x", "Hi")).await;
    bed.say(&ana, &again, "Done").await;
    resolve(&bed, &ana, &again).await;
    act(&bed.store, &ana, &again, Action::Reopen).await.expect("reopened");
    bed.clock.advance(HOUR);
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 0);
    assert_eq!(skipped(&bed).await, ["unanswered", "spam", "reopened"]);
    // WhatsApp's window is closed, and no template carries the question.
    let (late, _) = bed.place(&whatsapp(&chat, "5511", "w@x", "oi")).await;
    bed.say(&ana, &late, "Feito").await;
    bed.clock.advance(DAY);
    resolve(&bed, &ana, &late).await;
    bed.clock.advance(HOUR);
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 0);
    assert_eq!(skipped(&bed).await.last().map(String::as_str), Some("window"));
    let mut settings = surveys::load_settings(bed.store.db(), Kind::Csat)
        .await
        .expect("settings");
    settings.by_template = true;
    surveys::save_settings(&bed.store, &Actor::System, &settings)
        .await
        .expect("saved");
    act(&bed.store, &ana, &late, Action::Reopen).await.expect("reopened");
    resolve(&bed, &ana, &late).await;
    bed.clock.advance(HOUR);
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 1);
    let page = buttons(&bed, &late).await;
    assert!(
        page.len() == 1 && page[0].starts_with("/s/"),
        "a page, for a template has no buttons: {page:?}"
    );
    // Not again within two weeks, whatever the conversation.
    let (soon, _) = bed.place(&whatsapp(&chat, "5511", "w2@x", "oi de novo")).await;
    bed.say(&ana, &soon, "Feito").await;
    resolve(&bed, &ana, &soon).await;
    bed.clock.advance(HOUR);
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 0);
    assert_eq!(skipped(&bed).await.last().map(String::as_str), Some("asked_lately"));
    bed.check().await;
}

/// A chat in which the customer was just asked.
async fn asked_chat(bed: &Bed, channel: Channel, from: &str) -> (InboxId, ConversationId, Actor) {
    let inbox = bed.inbox(channel, false).await;
    let ana = bed.agent(&format!("ana{from}")).await;
    on(bed, Kind::Csat, &[&inbox]).await;
    let first = match channel {
        Channel::Whatsapp => whatsapp(&inbox, from, &format!("{from}-1"), "oi"),
        _ => webchat(&inbox, from, &format!("{from}-1"), "oi"),
    };
    let mut first = first;
    first.sent_at = bed.store.now();
    let (id, _) = bed.place(&first).await;
    bed.say(&ana, &id, "Feito").await;
    resolve(bed, &ana, &id).await;
    bed.clock.advance(HOUR);
    assert_eq!(surveys::ask_due(&bed.store).await.expect("a look"), 1);
    (inbox, id, ana)
}

async fn a_press_in_a_chat_is_an_answer_and_no_work(bed: Bed) {
    let (inbox, id, _) = asked_chat(&bed, Channel::Webchat, "visitor").await;
    let survey = asked(&bed, &id).await.remove(0);
    // More than a day later: it still belongs where it was asked.
    bed.clock.advance(2 * DAY);
    let mut press = webchat(&inbox, "visitor", "v-2", "4 · Boa");
    press.answer = Some(CardAnswer {
        message: survey.message.clone(),
        value: surveys::value(&survey.id, 4),
        label: "4 · Boa".to_owned(),
    });
    let (place, _) = bed.place(&press).await;
    assert_eq!(place, id);
    bed.file(&press).await;
    let now = bed.conversation(&id).await;
    assert_eq!((now.status, now.waiting_since), (ConversationStatus::Resolved, None));
    let survey = surveys::load(bed.store.db(), &survey.id).await.expect("a survey");
    assert_eq!(
        (survey.state, survey.score, survey.is_low),
        (State::Answered, Some(4), false)
    );
    let thanks = said(&bed, &id).await.pop().expect("a message");
    assert_eq!(thanks.cards[0].title, "Obrigado pela sua resposta!");
    assert!(buttons(&bed, &id).await[0].starts_with("/s/"));
    // Somebody else's press changes nothing, and stands in their own conversation.
    let mut other = webchat(&inbox, "stranger", "s-1", "1");
    other.answer = Some(CardAnswer {
        message: survey.message.clone(),
        value: surveys::value(&survey.id, 1),
        label: "1".to_owned(),
    });
    let (place, _) = bed.place(&other).await;
    assert_ne!(place, id);
    let same = surveys::load(bed.store.db(), &survey.id).await.expect("a survey");
    assert_eq!(same.score, Some(4));
    bed.check().await;
}

async fn a_bare_number_answers_only_what_was_just_asked(bed: Bed) {
    let (inbox, id, ana) = asked_chat(&bed, Channel::Whatsapp, "5511").await;
    bed.clock.advance(30 * HOUR);
    // Beyond the scale it is a message like any other... but then the question is no longer the last word.
    let (place, _) = bed.place(&whatsapp(&inbox, "5511", "5511-2", "5!")).await;
    assert_eq!(place, id, "long after the chat was over");
    let survey = asked(&bed, &id).await.remove(0);
    assert_eq!((survey.score, survey.state), (Some(5), State::Answered));
    assert_eq!(bed.conversation(&id).await.status, ConversationStatus::Resolved);
    // Said once: the next number is a message.
    let (next, _) = bed.place(&whatsapp(&inbox, "5511", "5511-3", "2")).await;
    let open = bed.conversation(&next).await;
    assert_eq!(open.status, ConversationStatus::Open);
    // An agent asks how many: the number is for the agent.
    let (inbox, id, _) = asked_chat(&bed, Channel::Whatsapp, "5522").await;
    bed.say(&ana, &id, "Quantas impressoras?").await;
    let (place, _) = bed.place(&whatsapp(&inbox, "5522", "5522-2", "2")).await;
    assert_eq!(place, id);
    assert_eq!(bed.conversation(&id).await.status, ConversationStatus::Open);
    assert_eq!(asked(&bed, &id).await[0].score, None);
    bed.check().await;
}

async fn the_page_takes_a_score_and_words_and_lets_them_change(bed: Bed) {
    let (_, id, _) = asked_chat(&bed, Channel::Webchat, "visitor").await;
    let survey = asked(&bed, &id).await.remove(0);
    let store = &bed.store;
    for wrong in [0, 6, -1] {
        let words = refusal(surveys::answer(store, &survey.id, wrong, None).await);
        assert!(words.contains("from 1 to 5"), "{words}");
    }
    refusal(surveys::comment(store, &survey.id, "no score yet").await);
    let given = surveys::answer(store, &survey.id, 2, Some(" too\r\nslow "))
        .await
        .expect("taken");
    assert_eq!((given.score, given.comment.as_deref()), (Some(2), Some("too\nslow")));
    let lines = said(&bed, &id).await;
    let line = lines.last().and_then(|message| message.extra.clone()).expect("a line");
    assert_eq!(
        (line["action"].as_str(), line["score"].as_i64()),
        (Some("surveyed"), Some(2))
    );
    let head = store.head().await.expect("head");
    surveys::answer(store, &survey.id, 2, Some("too\nslow"))
        .await
        .expect("the same");
    assert_eq!(store.head().await.expect("head"), head, "the same again is nothing");
    bed.clock.advance(3 * DAY);
    let changed = surveys::answer(store, &survey.id, 5, Some("")).await.expect("changed");
    assert_eq!((changed.score, changed.comment, changed.is_low), (Some(5), None, false));
    assert_eq!(changed.answered_at, given.answered_at);
    surveys::comment(store, &survey.id, "better now").await.expect("words");
    bed.clock.advance(5 * DAY);
    let late = surveys::answer(store, &survey.id, 1, None).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
    let same = surveys::load(store.db(), &survey.id).await.expect("a survey");
    assert_eq!((same.score, same.comment.as_deref()), (Some(5), Some("better now")));
    // A signature opens it, and nothing else.
    let path = surveys::page_path(store.keys(), &survey.id);
    let signed = path.strip_prefix("/s/").expect("a path");
    assert_eq!(surveys::of_page(store.keys(), signed), Some(survey.id.as_str()));
    assert_eq!(surveys::of_page(store.keys(), &format!("{}x", survey.id)), None);
    bed.check().await;
}

async fn a_low_score_is_raised(bed: Bed) {
    let (_, id, _) = asked_chat(&bed, Channel::Webchat, "visitor").await;
    let store = &bed.store;
    let label = labels::create(store, &Actor::System, "Unhappy", None)
        .await
        .expect("a label");
    let mut settings = surveys::load_settings(store.db(), Kind::Csat).await.expect("settings");
    settings.label = Some(label.id.clone());
    surveys::save_settings(store, &Actor::System, &settings)
        .await
        .expect("saved");
    let mut tx = store.begin().await.expect("begin");
    conversation::db::sql("INSERT INTO agents (id, email, name, role, language, is_enabled, created_at) VALUES ('sup', 'sup@example.test', 'Sup', 'supervisor', 'en', $1, 0)")
        .bind(true)
        .run(&mut tx)
        .await
        .expect("a supervisor");
    tx.commit_silently().await.expect("commit");
    let rule = Rule {
        id: String::new(),
        name: "Look at it".to_owned(),
        rank: 0,
        occasion: Occasion::Surveyed,
        conditions: vec![Condition {
            field: Field::Score,
            operator: Operator::Is,
            value: "low".to_owned(),
        }],
        steps: vec![
            Step::Reopen,
            Step::Priority {
                priority: Priority::High,
            },
        ],
        is_last: false,
        is_enabled: true,
        enabled_at: None,
        due_from: 0,
        minutes: 0,
        in_hours: false,
        updated_at: 0,
    };
    rules::save(store, &Actor::System, &rule).await.expect("a rule");
    let survey = asked(&bed, &id).await.remove(0);
    surveys::answer(store, &survey.id, 1, Some("still broken"))
        .await
        .expect("taken");
    let ids: Vec<LabelId> = labels::of_conversations(store.db(), std::slice::from_ref(&id))
        .await
        .expect("labels")
        .remove(&id)
        .unwrap_or_default()
        .into_iter()
        .map(|label| label.id)
        .collect();
    assert_eq!(ids, [label.id]);
    consumer::register(store, &worker::GROUP).await.expect("register");
    for _ in 0..2 {
        let hints = consumer::sweep(store, &worker::GROUP, 0).await.expect("sweep");
        consumer::work(store, &worker::GROUP, &DeskWorker, hints).await;
    }
    let now = bed.conversation(&id).await;
    assert_eq!((now.status, now.priority), (ConversationStatus::Open, Priority::High));
    let told = bell::list(store.db(), &AgentId::from("sup")).await.expect("a bell");
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].kind, told[0].words.as_str()),
        (Told::LowScore, "1/5: still broken")
    );
    let agent = bell::list(store.db(), &AgentId::from("anavisitor"))
        .await
        .expect("a bell");
    assert!(
        agent.iter().any(|one| one.kind == Told::LowScore),
        "who did it hears of it, too"
    );
    // A good one is nobody's news.
    surveys::answer(store, &survey.id, 4, None).await.expect("changed");
    let hints = consumer::sweep(store, &worker::GROUP, 0).await.expect("sweep");
    consumer::work(store, &worker::GROUP, &DeskWorker, hints).await;
    assert_eq!(
        bell::list(store.db(), &AgentId::from("sup"))
            .await
            .expect("a bell")
            .len(),
        1
    );
    bed.check().await;
}

async fn turns_come_round_and_spread_over_days(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let mut ids = Vec::new();
    for number in 0..12 {
        let from = format!("c{number}@example.org");
        let (id, _) = bed.place(&mail(&inbox, &from, &format!("{number}@x"), "Hi")).await;
        bed.say(&ana, &id, "Done").await;
        // One is still being helped.
        if number > 0 {
            resolve(&bed, &ana, &id).await;
        }
        ids.push(id);
    }
    let mut settings = on(&bed, Kind::Nps, &[&inbox]).await;
    settings.a_day = 4;
    surveys::save_settings(&bed.store, &Actor::System, &settings)
        .await
        .expect("saved");
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM survey_turns").await,
        12,
        "everybody gets a turn"
    );
    let mut days = Vec::new();
    for _ in 0..60 {
        bed.clock.advance(DAY);
        let asked = surveys::take_turns(&bed.store).await.expect("a look");
        assert!(asked <= 4, "{asked}");
        assert_eq!(
            surveys::take_turns(&bed.store).await.expect("a look"),
            0,
            "nothing twice"
        );
        days.push(asked);
    }
    assert_eq!(days.iter().sum::<usize>(), 11);
    assert!(days.iter().filter(|asked| **asked > 0).count() >= 5, "{days:?}");
    assert!(
        asked(&bed, &ids[0]).await.is_empty(),
        "whoever is being helped is not asked"
    );
    let survey = asked(&bed, &ids[1]).await.remove(0);
    assert_eq!(survey.kind, Kind::Nps);
    assert_eq!(buttons(&bed, &ids[1]).await.len(), 11);
    surveys::answer(&bed.store, &survey.id, 9, None).await.expect("taken");
    // Half a year later they are asked again, and not before.
    for _ in 0..100 {
        bed.clock.advance(DAY);
        surveys::take_turns(&bed.store).await.expect("a look");
    }
    assert_eq!(asked(&bed, &ids[1]).await.len(), 1);
    for _ in 0..30 {
        bed.clock.advance(DAY);
        surveys::take_turns(&bed.store).await.expect("a look");
    }
    assert_eq!(asked(&bed, &ids[1]).await.len(), 2);
    // A contact that became part of another has no turn of its own.
    let (winner, loser) = (
        bed.conversation(&ids[2]).await.contact_id,
        bed.conversation(&ids[3]).await.contact_id,
    );
    contacts::merge(&bed.store, &ana, &winner, &loser)
        .await
        .expect("merged");
    assert_eq!(
        surveys::of_contact(bed.store.db(), &winner, 10)
            .await
            .expect("all")
            .len(),
        4,
        "the history of both"
    );
    bed.check().await;
}

async fn settings_refuse_what_cannot_work(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let usual = Settings::usual(Kind::Csat);
    let save = async |settings: Settings| surveys::save_settings(&bed.store, &Actor::System, &settings).await;
    for (what, settings) in [
        (
            "delay",
            Settings {
                delay: -1,
                ..usual.clone()
            },
        ),
        (
            "delay",
            Settings {
                delay: 31 * DAY,
                ..usual.clone()
            },
        ),
        (
            "quiet",
            Settings {
                quiet: -1,
                ..usual.clone()
            },
        ),
        (
            "low_at",
            Settings {
                low_at: 5,
                ..usual.clone()
            },
        ),
        (
            "a_day",
            Settings {
                a_day: 0,
                ..usual.clone()
            },
        ),
        (
            "inboxes",
            Settings {
                inboxes: vec![InboxId::from("nothing")],
                ..usual.clone()
            },
        ),
        (
            "label",
            Settings {
                label: Some(LabelId::from("nothing")),
                ..usual.clone()
            },
        ),
        (
            "quiet",
            Settings {
                quiet: DAY,
                ..Settings::usual(Kind::Nps)
            },
        ),
    ] {
        let words = refusal(save(settings).await);
        assert!(words.contains(what), "{what}: {words}");
    }
    let good = Settings {
        inboxes: vec![inbox],
        low_at: 0,
        ..usual
    };
    save(good.clone()).await.expect("saved");
    assert_eq!(
        surveys::load_settings(bed.store.db(), Kind::Csat)
            .await
            .expect("settings"),
        good
    );
}
