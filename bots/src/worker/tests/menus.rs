//! The menu before the bot, through the worker.

use conversation::desk::Texts;
use conversation::menus::{self, About, Appears, Does, Entry, Figures, NewMenu, Route};
use conversation::types::{LabelId, TeamId};
use conversation::{labels, teams};

use super::*;

fn entry(id: &str, title: &str, does: Does) -> Entry {
    Entry {
        id: id.to_owned(),
        title: Texts::of([(Language::En, title.to_owned())]),
        description: Texts::default(),
        does,
    }
}

fn article(id: &str, title: &str, article: &str) -> Entry {
    let article = article.to_owned();
    entry(id, title, Does::Article { article })
}

struct House {
    desk: Desk,
    team: TeamId,
    label: LabelId,
}

impl House {
    async fn new(channel: Channel, appears: Appears) -> House {
        let desk = Desk::new(channel).await;
        let by = Actor::System;
        let team = teams::create(&desk.store, &by, "Workshop", &[]).await.unwrap();
        let label = labels::create(&desk.store, &by, "toner", None).await.unwrap().id;
        let people = Does::People(Route {
            team: Some(team.clone()),
            level: Some(Level::N2),
            label: Some(label.clone()),
            category: None,
        });
        let support = vec![
            article("jam", "Paper jam", "en/clear-paper-jam"),
            entry("toner", "Order toner", people),
        ];
        let new = NewMenu {
            is_on: true,
            appears,
            greeting: Texts::of([(Language::En, "Hello!\nThis is the copier shop.".to_owned())]),
            entries: vec![
                entry("tickets", "My tickets", Does::Answer { about: About::Tickets }),
                entry("support", "Technical support", Does::Submenu { entries: support }),
                entry(
                    "ask",
                    "Ask a question",
                    Does::Ask {
                        words: Texts::default(),
                    },
                ),
            ],
        };
        menus::save(&desk.store, &by, &desk.inbox, new).await.unwrap();
        House { desk, team, label }
    }

    async fn figures(&self, id: &str) -> (i64, i64, i64, i64) {
        let all = menus::figures(self.desk.store.db(), &self.desk.inbox).await.unwrap();
        let Figures {
            shown,
            chosen,
            answered,
            handed_over,
        } = all.get(id).copied().unwrap_or_default();
        (shown, chosen, answered, handed_over)
    }

    /// The lines that say what was chosen.
    async fn paths(&self, id: &ConversationId) -> Vec<String> {
        let lines = self.desk.timeline(id, MessageKind::Activity).await;
        lines
            .into_iter()
            .filter_map(|line| line.extra)
            .filter(|extra| extra["action"] == "menu")
            .map(|extra| extra["path"].to_string())
            .collect()
    }
}

fn labels_of(message: &Message) -> Vec<String> {
    actions(&message.cards).into_iter().map(|(label, _)| label).collect()
}

#[tokio::test]
async fn a_greeting_gets_the_menu_and_what_is_chosen_is_done_counted_and_told_to_people() {
    for channel in [Channel::Whatsapp, Channel::Webchat] {
        let house = House::new(channel, Appears::Unanswered).await;
        let desk = &house.desk;
        let id = desk.write("hello").await;
        let said = desk.last_outbound(&id).await;
        assert_eq!(
            labels_of(&said),
            ["My tickets", "Technical support", "Ask a question", "Talk to a person"]
        );
        assert_eq!((said.cards[0].title.as_str(), said.text.as_str()), ("Hello!", ""));
        assert_eq!(house.figures("support").await, (1, 0, 0, 0));

        desk.press(&id, "menu:support").await;
        let said = desk.last_outbound(&id).await;
        assert_eq!(labels_of(&said), ["Paper jam", "Order toner", "Back"]);
        assert_eq!(house.figures("support").await, (1, 1, 0, 0));
        assert!(house.paths(&id).await.is_empty(), "a submenu is on the way only");

        desk.write("1").await;
        let said = desk.last_outbound(&id).await;
        assert_eq!(said.cards[0].reference, "en/clear-paper-jam");
        assert_eq!(labels_of(&said).last().map(String::as_str), Some("See the menu"));
        assert_eq!(house.figures("jam").await, (1, 1, 1, 0));
        assert_eq!(house.paths(&id).await, [r#"["Technical support","Paper jam"]"#]);
        assert_eq!(desk.conversation(&id).await.waiting_since, None);

        desk.press(&id, "helped:no").await;
        desk.assert_with_people(&id, "did not help").await;
        assert_eq!(house.figures("jam").await, (1, 1, 1, 1));
        let notes = desk.notes(&id).await;
        assert!(
            notes[0].starts_with("Chose in the menu: Technical support › Paper jam\n"),
            "{notes:?}"
        );
        // The menu keeps silent now, whatever is said or pressed.
        let before = desk.outbound(&id).await.len();
        desk.write("menu").await;
        desk.write("2").await;
        assert_eq!(desk.outbound(&id).await.len(), before);
        assert_eq!(house.figures("support").await, (1, 1, 0, 0));
        assert_eq!(
            kb::examples::list(desk.store.db(), None, 10).await.unwrap().len(),
            0,
            "a title is nobody's question"
        );
    }
}

#[tokio::test]
async fn an_entry_gives_to_its_team_level_and_label() {
    let house = House::new(Channel::Whatsapp, Appears::Unanswered).await;
    let desk = &house.desk;
    let id = desk.write("hello").await;
    desk.write("technical suport").await;
    desk.write("order toner").await;
    let conversation = desk.conversation(&id).await;
    assert_eq!(
        (
            conversation.level,
            conversation.team_id.as_ref(),
            conversation.assignee_id
        ),
        (Level::N2, Some(&house.team), None)
    );
    let on_it = labels::of_conversations(desk.store.db(), std::slice::from_ref(&id))
        .await
        .unwrap();
    assert_eq!(on_it[&id][0].id, house.label);
    let ticket = desk.tickets(&id).await.remove(0);
    assert_eq!(
        (ticket.level, ticket.subject.as_str()),
        (Level::N2, "Technical support › Order toner")
    );
    assert_eq!(house.figures("toner").await, (1, 1, 0, 1));
    let said = desk.last_outbound(&id).await;
    assert!(said.text.starts_with("Thank you. A colleague"), "{}", said.text);
}

#[tokio::test]
async fn what_an_entry_names_and_is_gone_falls_to_people() {
    let house = House::new(Channel::Whatsapp, Appears::Unanswered).await;
    let desk = &house.desk;
    teams::remove(&desk.store, &Actor::System, &house.team, None, async |_| Ok(()))
        .await
        .unwrap();
    labels::remove(&desk.store, &Actor::System, &house.label).await.unwrap();
    let id = desk.write("hello").await;
    desk.press(&id, "menu:support").await;
    desk.press(&id, "menu:toner").await;
    let conversation = desk.conversation(&id).await;
    assert_eq!((conversation.level, conversation.team_id), (Level::N2, None));

    // An article that nobody sees, and data that this process has not.
    for (entry, say) in [("jam", "paper jam"), ("tickets", "my tickets")] {
        let house = House::new(Channel::Whatsapp, Appears::Unanswered).await;
        let desk = &house.desk;
        kb::store::set_status(&desk.store, &Actor::System, "en/clear-paper-jam", ArticleStatus::Draft)
            .await
            .unwrap();
        desk.bot.knowledge.refresh(&desk.store).await.unwrap();
        let id = desk.write("hello").await;
        if entry == "jam" {
            desk.press(&id, "menu:support").await;
        }
        desk.write(say).await;
        desk.assert_with_people(&id, "chosen in the menu").await;
        assert_eq!(house.figures(entry).await, (1, 1, 0, 1));
    }
}

#[tokio::test]
async fn a_question_first_is_answered_and_a_lost_one_gets_the_menu_once_more_and_then_a_person() {
    let house = House::new(Channel::Webchat, Appears::Unanswered).await;
    let desk = &house.desk;
    let id = desk.write(QUESTION).await;
    assert_eq!(desk.last_outbound(&id).await.cards[0].reference, "en/printer-offline");
    assert_eq!(house.figures("support").await, (0, 0, 0, 0));
    for (text, title) in [
        ("do you sell elephants in Brazil", words::unknown_but_menu(Language::En)),
        ("big grey elephants from Africa", words::not_an_entry(Language::En)),
    ] {
        desk.write(text).await;
        assert_eq!(desk.last_outbound(&id).await.cards[0].title, title, "{text}");
        assert_eq!(desk.conversation(&id).await.level, Level::Bot);
    }
    desk.write("elephants, I said").await;
    assert_eq!(desk.conversation(&id).await.level, Level::N1);

    let first = House::new(Channel::Webchat, Appears::First).await;
    let id = first.desk.write(QUESTION).await;
    assert_eq!(first.desk.last_outbound(&id).await.cards[0].title, "Hello!");
    first.desk.press(&id, "menu:ask").await;
    assert_eq!(first.desk.last_outbound(&id).await.text, words::ask_away(Language::En));
    first.desk.write(QUESTION).await;
    assert_eq!(
        first.desk.last_outbound(&id).await.cards[0].reference,
        "en/printer-offline"
    );
    assert_eq!(first.figures("ask").await, (1, 1, 1, 0));
}

#[tokio::test]
async fn a_press_that_comes_twice_counts_once_and_is_answered_once() {
    let house = House::new(Channel::Whatsapp, Appears::Unanswered).await;
    let desk = &house.desk;
    let id = desk.write("hello").await;
    let menu = desk.last_outbound(&id).await;
    let again = async || {
        let mut message = desk.message("Technical support");
        message.answer = Some(CardAnswer {
            message: Some(menu.id.clone()),
            value: "menu:support".to_owned(),
            label: "Technical support".to_owned(),
        });
        desk.file(message).await;
        desk.work().await;
    };
    again().await;
    let count = desk.outbound(&id).await.len();
    again().await;
    assert_eq!(desk.outbound(&id).await.len(), count, "one finger, one answer");
    assert_eq!(house.figures("support").await, (1, 1, 0, 0));
    // Nobody waits, so nobody is handed over for it.
    assert_eq!(desk.conversation(&id).await.waiting_since, None);
    desk.clock.advance(RESCUE_AFTER + 1);
    assert_eq!(rescue(&desk.store, desk.store.now()).await.unwrap(), 0);
    // Later it is meant, and was counted.
    again().await;
    assert_eq!(desk.outbound(&id).await.len(), count + 1);
    assert_eq!(house.figures("support").await.1, 1);

    // An entry that was removed since, and a menu that was.
    menus::change(&desk.store, &Actor::System, &desk.inbox, |menu| {
        menu.entries.retain(|entry| entry.id != "support");
        Ok(())
    })
    .await
    .unwrap();
    desk.clock.advance(RESCUE_AFTER);
    again().await;
    assert_eq!(
        desk.last_outbound(&id).await.cards[0].title,
        words::entry_gone(Language::En)
    );
    menus::remove(&desk.store, &Actor::System, &desk.inbox).await.unwrap();
    desk.clock.advance(RESCUE_AFTER);
    again().await;
    let said = desk.last_outbound(&id).await;
    assert_eq!(said.text, words::menu_gone(Language::En));
    assert_eq!(labels_of(&said), ["Talk to a person"]);
    assert_eq!(desk.conversation(&id).await.level, Level::Bot);
}

#[tokio::test]
async fn two_messages_in_a_row_a_person_and_mail() {
    let house = House::new(Channel::Whatsapp, Appears::Unanswered).await;
    let desk = &house.desk;
    // A greeting and the question behind it are one thing.
    let id = desk.file(desk.message("hello")).await;
    desk.file(desk.message(QUESTION)).await;
    desk.work().await;
    let said = desk.outbound(&id).await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].cards[0].reference, "en/printer-offline");
    // A number and what comes behind it are two.
    desk.write("menu").await;
    desk.file(desk.message("2")).await;
    desk.file(desk.message("order toner")).await;
    desk.work().await;
    assert_eq!(desk.conversation(&id).await.level, Level::N2);

    let house = House::new(Channel::Webchat, Appears::First).await;
    let id = house.desk.write("I want to talk to a human being please").await;
    house.desk.assert_with_people(&id, "asked for a person").await;

    // Mail has none.
    let mail = Desk::new(Channel::Email).await;
    let id = mail.write("menu").await;
    let decided = kb::decisions::of_conversation(mail.store.db(), &id, 10).await.unwrap();
    assert_ne!(decided[0].outcome, "menu");
}
