//! What the bot knows beyond one question and one article.

use kb::decisions::of_conversation;
use kb::examples::{self, Source};
use kb::settings::{self, Settings};

use super::*;

#[tokio::test]
async fn every_decision_is_kept_with_its_candidates_and_a_confirmed_question_is_learned() {
    let desk = Desk::new(Channel::Webchat).await;
    let question = "my windows claims that the office printer is offline";
    let id = desk.write(question).await;
    let decided = of_conversation(desk.store.db(), &id, 10).await.unwrap();
    assert_eq!(decided.len(), 1);
    assert_eq!(
        (decided[0].outcome.as_str(), decided[0].question.as_str()),
        ("answered", question)
    );
    assert_eq!(decided[0].candidates[0].article_id, "en/printer-offline");
    assert!(decided[0].candidates[0].confidence >= decided[0].answer_at);

    desk.press(&id, "helped:yes").await;
    let learned = examples::list(desk.store.db(), None, 10).await.unwrap();
    assert_eq!(learned.len(), 1);
    assert_eq!(
        (
            learned[0].article_id.as_str(),
            learned[0].question.as_str(),
            learned[0].source
        ),
        ("en/printer-offline", question, Source::Confirmed)
    );
    let decided = of_conversation(desk.store.db(), &id, 10).await.unwrap();
    assert_eq!(decided[0].outcome, "small_talk");

    let id = desk.write("do you sell elephants in Brazil").await;
    let decided = of_conversation(desk.store.db(), &id, 10).await.unwrap();
    assert_eq!(
        (decided[0].outcome.as_str(), decided[0].reason.as_deref()),
        ("handed_over", Some("unsure"))
    );
}

#[tokio::test]
async fn two_questions_in_one_mail_get_two_answers() {
    let desk = Desk::new(Channel::Email).await;
    let id = desk
        .write("How do I replace the toner cartridge? And how do I scan to email from the machine?")
        .await;
    let said = desk.outbound(&id).await;
    assert_eq!(said.len(), 1);
    let shown: Vec<&str> = said[0].cards.iter().map(|card| card.reference.as_str()).collect();
    assert_eq!(shown, ["en/change-toner", "en/scan-to-email"]);
    // Each stands under its article's headline.
    for card in &said[0].cards {
        let headline = format!("\n\n### {}\n\n", card.title);
        assert!(said[0].text.contains(&headline), "{}", said[0].text);
    }
    assert_eq!(actions(&said[0].cards).len(), 2, "one question whether it helped");
    assert_eq!(desk.conversation(&id).await.level, Level::Bot);
}

#[tokio::test]
async fn a_follow_up_keeps_its_topic() {
    let desk = Desk::new(Channel::Webchat).await;
    desk.write("which kinds of payment do you take").await;
    let id = desk.write("and with a credit card?").await;
    let said = desk.last_outbound(&id).await;
    assert!(said.text.contains("Open the invoice in the portal"), "{}", said.text);
    // The same passage once more would not help: people answer, and see all questions.
    let id = desk.write("and with another credit card?").await;
    desk.assert_with_people(&id, "came again").await;
    let notes = desk.notes(&id).await;
    assert!(notes[0].contains("which kinds of payment"), "{notes:?}");
    // Whose words say by themselves what it is about.
    assert_eq!(desk.tickets(&id).await[0].subject, "which kinds of payment do you take");
}

#[tokio::test]
async fn where_a_ticket_stands_is_told_to_who_proved_to_be_its_owner_and_to_nobody_else() {
    let mut desk = Desk::new(Channel::Whatsapp).await;
    let tickets: Arc<dyn BusinessData> = Arc::new(crate::business::Tickets);
    desk.bot = desk.bot.clone().with_data([tickets]);
    let id = desk.write("I want to talk to a person").await;
    let number = desk.tickets(&id).await[0].number;
    // People gave it back to the bot.
    let back = Action::MoveTo {
        level: Level::Bot,
        reason: "done".to_owned(),
    };
    act(&desk.store, &Actor::System, &id, back).await.unwrap();
    for (text, intro) in [
        ("where is my ticket?", Language::En),
        ("¿Cómo va mi ticket, por favor? Gracias y buenos días", Language::Es),
    ] {
        desk.write(text).await;
        let said = desk.last_outbound(&id).await;
        assert_eq!(said.text, words::tickets_intro(intro), "{text}");
        assert!(
            said.cards[0]
                .title
                .starts_with(&conversation::tickets::number_text(number)),
            "{text}"
        );
    }

    // An address that anybody may write from is no proof.
    let stranger = Desk::new(Channel::Webchat).await;
    let tickets: Arc<dyn BusinessData> = Arc::new(crate::business::Tickets);
    let stranger = Desk {
        bot: stranger.bot.clone().with_data([tickets]),
        ..stranger
    };
    let id = stranger.write("I want to talk to a person").await;
    let back = Action::MoveTo {
        level: Level::Bot,
        reason: "done".to_owned(),
    };
    act(&stranger.store, &Actor::System, &id, back).await.unwrap();
    stranger.write("where is my ticket?").await;
    let said = stranger.last_outbound(&id).await;
    assert_ne!(said.text, words::tickets_intro(Language::En));
}

#[tokio::test]
async fn sensitive_words_and_the_threshold_are_the_business_s() {
    let desk = Desk::new(Channel::Webchat).await;
    let settings = Settings {
        answer_at: 0.99,
        sensitive: "public notary".to_owned(),
        ..Settings::default()
    };
    settings::save(&desk.store, &Actor::System, &settings).await.unwrap();
    desk.bot.knowledge.refresh(&desk.store).await.unwrap();
    let id = desk.write("the toner is empty, says the Public Notary").await;
    desk.assert_with_people(&id, "kept for people").await;
}

#[tokio::test]
async fn an_article_of_another_language_is_shown_and_said_to_be_one() {
    let samples: Vec<kb::Article> = kb::sample::articles(NOW)
        .0
        .into_iter()
        .filter(|article| article.language == Language::En)
        .collect();
    let desk = Desk::with(Channel::Webchat, &samples).await;
    let settings = Settings {
        answer_at: 0.3,
        ..Settings::default()
    };
    settings::save(&desk.store, &Actor::System, &settings).await.unwrap();
    desk.bot.knowledge.refresh(&desk.store).await.unwrap();
    let id = desk
        .write("Hola, la printer está offline y ya no puedo hacer nada, gracias")
        .await;
    let said = desk.last_outbound(&id).await;
    assert_eq!(said.cards[0].reference, "en/printer-offline");
    let intro = words::answer_in_other_language(Language::Es, Language::En);
    assert!(said.text.starts_with(intro), "{}", said.text);
}

/// Knows one sum, for whoever proved who they are; everybody else is shown in.
struct Sums;

impl BusinessData for Sums {
    fn knows(&self, matter: crate::Matter) -> bool {
        matter == crate::Matter::Balance
    }

    fn answer<'a>(
        &'a self,
        _store: &'a Store,
        _contact: &'a conversation::types::ContactId,
        _matter: crate::Matter,
        language: Language,
    ) -> business::Answering<'a> {
        let owed = say::account::Owed {
            total: "$5".to_owned(),
            overdue: String::new(),
        };
        Box::pin(async move { Ok(Some(say::account::owed(language, &owed, Vec::new(), "/portal"))) })
    }

    fn introduce<'a>(
        &'a self,
        _store: &'a Store,
        _matter: crate::Matter,
        _channel: Channel,
        language: Language,
        is_proved: bool,
    ) -> business::Answering<'a> {
        assert!(!is_proved, "it has an answer for everybody who is known");
        Box::pin(async move { Ok(Some(say::account::sign_in(language, "/portal/link"))) })
    }
}

#[tokio::test]
async fn what_is_owed_is_told_to_who_is_known_and_a_stranger_is_shown_in_once() {
    let sources = || [Arc::new(Sums) as Arc<dyn BusinessData>];
    let mut known = Desk::new(Channel::Whatsapp).await;
    known.bot = known.bot.clone().with_data(sources());
    let id = known.write("¿Cuánto debo?").await;
    assert_eq!(known.last_outbound(&id).await.text, "En total debe $5.");
    assert_eq!(known.conversation(&id).await.level, Level::Bot);

    let mut stranger = Desk::new(Channel::Webchat).await;
    stranger.bot = stranger.bot.clone().with_data(sources());
    let id = stranger.write("Hello, how much do I owe you?").await;
    let said = stranger.last_outbound(&id).await;
    assert_eq!(said.text, say::account::sign_in(Language::En, "").text);
    assert!(matches!(&said.cards[0].actions[0], CardAction::Open { path, .. } if path == "/portal/link"));
    // Whoever asks again was not helped by it.
    stranger.write("hello, how much do I owe you??").await;
    stranger.assert_with_people(&id, "no article fits").await;
}

#[tokio::test]
async fn who_is_handed_over_outside_the_hours_is_told_when_somebody_is_there() {
    use conversation::desk::hours::{self, Schedule, read_spans};
    use conversation::desk::inboxes::{self as desks, InboxDesk};

    let desk = Desk::new(Channel::Webchat).await;
    // It is Monday.
    let mut week = vec![Vec::new(); 7];
    week[1] = read_spans("09:00-18:00").unwrap();
    let schedule = Schedule {
        id: String::new(),
        name: "office".to_owned(),
        time_zone: "UTC".to_owned(),
        week,
        holidays: Vec::new(),
    };
    let schedule = hours::save(&desk.store, &Actor::System, schedule).await.unwrap();
    let work = InboxDesk {
        schedule: Some(schedule.id),
        ..InboxDesk::default()
    };
    desks::save(&desk.store, &Actor::System, &desk.inbox, &work)
        .await
        .unwrap();

    let id = desk.write("I want to talk to a person").await;
    let said = desk.last_outbound(&id).await;
    assert!(said.text.contains("open again: Tuesday 09:00."), "{}", said.text);
}

#[tokio::test]
async fn who_asks_whether_a_robot_is_there_is_told_so_in_their_language() {
    let desk = Desk::new(Channel::Webchat).await;
    for text in ["are you a robot?", "¿sos un robot?", "você é um robô? bom dia"] {
        let id = desk.write(text).await;
        let said = desk.last_outbound(&id).await;
        assert_eq!(actions(&said.cards)[0].1, "person", "{text}");
    }
}
