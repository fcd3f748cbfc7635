//! The bot asks back where two articles fit as well.

use super::*;

/// Two articles that one question fits equally well.
fn twins() -> Vec<kb::Article> {
    ["front", "back"]
        .map(|side| kb::Article {
            id: format!("en/{side}-tray"),
            kind: kb::ArticleKind::Guide,
            slug: format!("{side}-tray"),
            language: Language::En,
            group: format!("{side}-tray"),
            title: format!("Loading paper into the {side} tray of the machine"),
            body: format!("Pull the {side} tray out and put the paper in."),
            questions: vec![format!("load paper {side} tray"), format!("{side} tray is empty")],
            status: ArticleStatus::Published,
            place: kb::article::Place::default(),
            version: 1,
            updated_at: 0,
        })
        .to_vec()
}

/// A conversation with an open question back, made from close candidates.
async fn asked_back(desk: &Desk) -> ConversationId {
    let id = desk.file(desk.message("how do I load paper into the tray")).await;
    let event = desk.event_of_last_inbound(&id).await;
    let mut thought = desk.bot.think(&desk.store, &event).await.unwrap().unwrap();
    let candidates: Vec<Candidate> = ["en/front-tray", "en/back-tray"]
        .iter()
        .map(|article| Candidate {
            confidence: 0.4,
            ..desk.bot.knowledge.chosen(article, "load paper").unwrap()
        })
        .collect();
    let session = BotSession::default();
    let turn = Turn {
        text: &thought.text,
        language: Language::En,
        channel: desk.channel,
        auto: Auto::None,
        has_attachments: false,
        is_reaction: false,
        is_about_marketing: false,
        answer: None,
        session: &session,
        candidates: &candidates,
        parts: &[],
        data: None,
        is_sensitive: false,
        answer_at: kb::ANSWER_AT,
        at: 0,
        menu: None,
        picked: None,
        found: None,
        press: None,
    };
    let decision = decide(&turn);
    assert!(matches!(decision, Decision::Clarify { .. }), "{decision:?}");
    thought.step = Step::Carry {
        after: Box::new(turn.after(&decision)),
        decision,
        verdict: None,
    };
    struct Prepared(Thought);
    impl Handler for Prepared {
        async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
            if event.position != self.0.position {
                return Ok(Handled::Nothing);
            }
            carry_out(store, claim, &self.0).await.map(|_| Handled::Done)
        }
        async fn give_up(&self, _: &Store, _: &Event, error: &str) {
            panic!("{error}");
        }
    }
    work(&desk.store, &GROUP, &Prepared(thought), desk.hints().await).await;
    id
}

#[tokio::test]
async fn a_question_back_is_answered_by_button_number_or_headline() {
    for channel in [Channel::Whatsapp, Channel::Webchat] {
        for by in [
            "choose:en/back-tray",
            "2",
            "Loading paper into the back tray of the machine",
        ] {
            let desk = Desk::with(channel, &twins()).await;
            let id = asked_back(&desk).await;
            let asked = desk.last_outbound(&id).await;
            let choices = actions(&asked.cards);
            assert_eq!(choices.len(), 3);
            assert_eq!(choices[2].1, "person");
            for (at, (label, value)) in choices.iter().enumerate() {
                assert!(!label.is_empty() && !label.ends_with('…'), "{label}");
                assert!(value.len() + 27 <= 200, "{value}");
                assert!(
                    choices[..at].iter().all(|(other, _)| other != label),
                    "{label} is there twice"
                );
            }
            if by.starts_with("choose:") {
                desk.press(&id, by).await;
            } else {
                desk.write(by).await;
            }
            let said = desk.last_outbound(&id).await;
            assert_eq!(said.cards[0].reference, "en/back-tray", "{by}");
            assert!(said.text.contains("back tray"), "{}", said.text);
        }
    }
}

#[tokio::test]
async fn the_way_out_of_a_question_back_and_made_up_choices_lead_to_people() {
    let desk = Desk::with(Channel::Whatsapp, &twins()).await;
    let id = asked_back(&desk).await;
    desk.press(&id, "person").await;
    desk.assert_with_people(&id, "asked for a person").await;

    let desk = Desk::with(Channel::Whatsapp, &twins()).await;
    let id = asked_back(&desk).await;
    let mut made_up = desk.message("x");
    made_up.answer = Some(CardAnswer {
        message: None,
        value: "choose:en/../../secret' OR 1=1".to_owned(),
        label: "x".to_owned(),
    });
    desk.file(made_up).await;
    desk.work().await;
    desk.assert_with_people(&id, "still unclear").await;
}
