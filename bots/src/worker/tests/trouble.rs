//! What goes wrong, comes late, or happens at the same moment.

use super::*;

#[tokio::test]
async fn a_bot_that_fails_five_times_hands_over() {
    let desk = Desk::new(Channel::Webchat).await;
    let id = desk.file(desk.message(QUESTION)).await;
    let mut tx = desk.store.begin().await.unwrap();
    sql("UPDATE messages SET cards = '{' WHERE conversation_id = $1")
        .bind(&id)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    for _ in 1..consumer::MOST_ATTEMPTS {
        desk.work().await;
        assert_eq!(desk.conversation(&id).await.level, Level::Bot);
    }
    desk.work().await;
    assert_eq!(desk.conversation(&id).await.level, Level::N1);
    assert_eq!(desk.tickets(&id).await.len(), 1);
    assert_eq!(consumer::dead(&desk.store, 10).await.unwrap().len(), 1);
    desk.work().await;
    assert_eq!(desk.tickets(&id).await.len(), 1, "once");

    let mut tx = desk.store.begin().await.unwrap();
    sql("UPDATE messages SET cards = '[]' WHERE cards = '{'")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    desk.assert_with_people(&id, "the bot failed").await;
}

#[tokio::test]
async fn what_an_agent_does_while_the_bot_thinks_wins() {
    for takes_it in [true, false] {
        let desk = Desk::new(Channel::Webchat).await;
        let agent = desk.agent().await;
        let id = desk.file(desk.message(QUESTION)).await;
        let event = desk.event_of_last_inbound(&id).await;
        let thought = desk.bot.think(&desk.store, &event).await.unwrap().unwrap();
        if takes_it {
            act(
                &desk.store,
                &Actor::Agent(agent.clone()),
                &id,
                Action::Assign(Some(agent)),
            )
            .await
            .unwrap();
        } else {
            let reply = NewReply {
                id: MessageId::from(desk.store.env().ulid()),
                conversation: id.clone(),
                kind: ReplyKind::Customer,
                text: "I am on it".to_owned(),
                cards: Vec::new(),
                attachments: Vec::new(),
                seen: None,
            };
            conversation::reply::reply(&desk.store, &Actor::Agent(agent), reply)
                .await
                .unwrap();
        }
        let before = desk.outbound(&id).await.len();
        struct Late(std::sync::Mutex<Vec<Thought>>);
        impl Handler for Late {
            async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
                let thought = self
                    .0
                    .lock()
                    .unwrap()
                    .pop()
                    .filter(|thought| thought.position == event.position);
                match thought {
                    None => Ok(Handled::Nothing),
                    Some(thought) => {
                        let carried = carry_out(store, claim, &thought).await?;
                        assert!(matches!(carried, Carried::Nothing));
                        Ok(Handled::Nothing)
                    }
                }
            }
            async fn give_up(&self, _: &Store, _: &Event, error: &str) {
                panic!("{error}");
            }
        }
        let late = Late(std::sync::Mutex::new(vec![thought]));
        work(&desk.store, &GROUP, &late, desk.hints().await).await;
        assert!(late.0.lock().unwrap().is_empty());
        assert_eq!(desk.outbound(&id).await.len(), before);
        assert_eq!(desk.conversation(&id).await.level, Level::N1);
        assert!(desk.tickets(&id).await.is_empty());
        assert_eq!(load_session(desk.store.db(), &id).await.unwrap(), BotSession::default());
    }
}

#[tokio::test]
async fn a_customer_who_writes_while_the_bot_thinks_is_answered_once() {
    let desk = Desk::new(Channel::Webchat).await;
    let id = desk.file(desk.message(QUESTION)).await;
    let event = desk.event_of_last_inbound(&id).await;
    let thought = desk.bot.think(&desk.store, &event).await.unwrap().unwrap();
    desk.file(desk.message("it is the one in room 4")).await;
    let mut tx = desk.store.begin().await.unwrap();
    assert_eq!(
        has_newer(&mut tx, &thought)
            .await
            .unwrap()
            .map(|newer| newer == Newer::Text),
        Some(true)
    );
    drop(tx);
    desk.work().await;
    let said = desk.outbound(&id).await;
    assert_eq!(said.len(), 1);
    let session = load_session(desk.store.db(), &id).await.unwrap();
    assert!(session.questions[0].contains(QUESTION) && session.questions[0].contains("room 4"));
}

#[tokio::test]
async fn the_same_hint_in_many_hands_has_one_effect() {
    let desk = Desk::new(Channel::Webchat).await;
    let id = desk.file(desk.message(QUESTION)).await;
    let hints = desk.hints().await;
    let hands = (0..8).map(|_| work(&desk.store, &GROUP, &desk.bot, hints.clone()));
    futures::future::join_all(hands).await;
    assert_eq!(desk.outbound(&id).await.len(), 1);
    assert_eq!(desk.verdicts("en/printer-offline").await, (1, 0, 0));

    desk.file(desk.message("I want to talk to a person")).await;
    let hints = desk.hints().await;
    let hands = (0..8).map(|_| work(&desk.store, &GROUP, &desk.bot, hints.clone()));
    futures::future::join_all(hands).await;
    assert_eq!(desk.outbound(&id).await.len(), 2);
    assert_eq!(desk.tickets(&id).await.len(), 1);
    assert_eq!(desk.notes(&id).await.len(), 1);
}

#[tokio::test]
async fn an_open_ticket_is_used_again_and_a_returned_conversation_is_the_bots_again() {
    let desk = Desk::new(Channel::Webchat).await;
    let id = desk.write("I want to talk to a person").await;
    let first = desk.tickets(&id).await;
    let back = Action::MoveTo {
        level: Level::Bot,
        reason: "a simple one".to_owned(),
    };
    act(&desk.store, &Actor::System, &id, back).await.unwrap();
    desk.write(QUESTION).await;
    assert_eq!(desk.last_outbound(&id).await.cards[0].reference, "en/printer-offline");
    desk.write("give me a human").await;
    let tickets = desk.tickets(&id).await;
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0].number, first[0].number);
    assert_eq!(desk.notes(&id).await.len(), 2);
    desk.assert_with_people(&id, "asked for a person").await;
}

#[tokio::test]
async fn a_ticket_that_people_solved_stays_with_people_when_the_customer_writes_again() {
    let desk = Desk::new(Channel::Webchat).await;
    let id = desk.write("I want to talk to a person").await;
    act(&desk.store, &Actor::System, &id, Action::Resolve).await.unwrap();
    let before = desk.outbound(&id).await.len();
    assert_eq!(desk.write("it happens again").await, id);
    assert_eq!(desk.outbound(&id).await.len(), before);
    let conversation = desk.conversation(&id).await;
    assert_eq!(
        (conversation.level, conversation.status),
        (Level::N1, ConversationStatus::Open)
    );
}

#[tokio::test]
async fn the_subject_of_a_first_mail_counts() {
    let desk = Desk::new(Channel::Email).await;
    let mut mail = desk.message("Good morning, see above. Kind regards, Ana");
    mail.subject = Some(QUESTION.to_owned());
    let id = desk.file(mail).await;
    desk.work().await;
    assert_eq!(desk.last_outbound(&id).await.cards[0].reference, "en/printer-offline");
}

#[tokio::test]
async fn a_question_is_answered_in_its_own_language() {
    for (text, article) in [
        (
            "la impresora aparece sin conexión en la computadora de la oficina",
            "es/impresora-sin-conexion",
        ),
        (
            "a impressora aparece offline no computador do escritório",
            "pt/impressora-offline",
        ),
    ] {
        let desk = Desk::new(Channel::Webchat).await;
        let id = desk.write(text).await;
        let said = desk.last_outbound(&id).await;
        assert_eq!(said.cards[0].reference, article);
        let language: Language = article[..2].parse().unwrap();
        assert!(said.text.starts_with(words::answer_intro(language)));
    }
}

#[tokio::test]
async fn without_articles_every_question_goes_to_people() {
    let desk = Desk::with(Channel::Webchat, &[]).await;
    let id = desk.write(QUESTION).await;
    desk.assert_with_people(&id, "no article fits").await;
}

#[tokio::test]
async fn a_bot_that_was_switched_off_lets_go_without_a_word() {
    let desk = Desk::new(Channel::Webchat).await;
    let id = desk.file(desk.message(QUESTION)).await;
    conversation::inboxes::configure(
        &desk.store,
        &Actor::System,
        &desk.inbox,
        &serde_json::json!({}),
        false,
        true,
    )
    .await
    .unwrap();
    desk.work().await;
    assert_eq!(desk.conversation(&id).await.level, Level::N1);
    assert!(desk.outbound(&id).await.is_empty());
}

#[tokio::test]
async fn nobody_waits_for_a_bot_that_is_not_there() {
    let desk = Desk::new(Channel::Webchat).await;
    let answered = desk.write(QUESTION).await;
    let mut other = desk.message("is anybody there");
    other.from.identities[0].value = "bo@example.com".to_owned();
    // Written long ago and filed now: a web hook that came late.
    let id = desk.file(other).await;
    assert_eq!(rescue(&desk.store, desk.store.now()).await.unwrap(), 0);
    desk.clock.advance(RESCUE_AFTER);
    assert_eq!(rescue(&desk.store, desk.store.now()).await.unwrap(), 1);
    desk.assert_with_people(&id, "did not answer in time").await;
    assert_eq!(desk.conversation(&answered).await.level, Level::Bot);
    assert_eq!(rescue(&desk.store, desk.store.now()).await.unwrap(), 0);
    desk.work().await;
    assert_eq!(
        desk.outbound(&id).await.len(),
        1,
        "a bot that wakes up later stays silent"
    );
}

#[tokio::test]
async fn who_waits_for_people_costs_the_search_for_the_forgotten_nothing() {
    let desk = Desk::new(Channel::Webchat).await;
    let plan: Vec<(i64, i64, i64, String)> = composed_sql(format!("EXPLAIN QUERY PLAN {FORGOTTEN}"))
        .all(desk.store.db())
        .await
        .unwrap();
    let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
    let of_conversations = steps.iter().find(|step| step.contains(" c ")).unwrap();
    assert!(
        of_conversations.contains("conversations_waiting_for_bot"),
        "only those who wait for the bot are looked at: {steps:?}"
    );
    assert!(
        !steps.iter().any(|step| step.contains("TEMP B-TREE")),
        "in the order of the index: {steps:?}"
    );
}

#[tokio::test]
async fn a_message_that_came_late_gives_the_bot_its_time() {
    let desk = Desk::new(Channel::Whatsapp).await;
    desk.clock.advance(1_000);
    let message = InboundMessage {
        sent_at: desk.store.now() - 60 * 60 * 1_000,
        ..desk.message(QUESTION)
    };
    ingest(&desk.store, &[message]).await.unwrap();
    assert_eq!(rescue(&desk.store, desk.store.now()).await.unwrap(), 0);
    desk.clock.advance(RESCUE_AFTER);
    assert_eq!(rescue(&desk.store, desk.store.now()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_customer_without_an_address_still_gets_people() {
    let desk = Desk::new(Channel::Webchat).await;
    let id = desk.file(desk.message(QUESTION)).await;
    let mut tx = desk.store.begin().await.unwrap();
    sql("UPDATE conversations SET reply_address = NULL WHERE id = $1")
        .bind(&id)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    desk.work().await;
    assert_eq!(desk.conversation(&id).await.level, Level::N1);
    assert!(desk.outbound(&id).await.is_empty());
    assert_eq!(desk.notes(&id).await.len(), 1);
}

#[tokio::test]
async fn the_stream_brings_the_message_to_the_bot() {
    let desk = Desk::new(Channel::Webchat).await;
    let stream = Stream::Embedded(Embedded::new(desk.store.clone()));
    let stop = tokio_util::sync::CancellationToken::new();
    let mut committed = desk.store.committed();
    let running = {
        let (store, bot, stop) = (desk.store.clone(), desk.bot.clone(), stop.clone());
        tokio::spawn(async move {
            consumer::run(&store, &stream, GROUP, "one", consumer::Timing::default(), &bot, stop).await
        })
    };
    let id = desk.file(desk.message(QUESTION)).await;
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while desk.outbound(&id).await.is_empty() {
            committed.changed().await.unwrap();
        }
    });
    waited.await.expect("an answer");
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(desk.outbound(&id).await.len(), 1);
}

impl Desk {
    /// A mail of somebody else's who holds the conversation's reply token.
    fn strangers(&self, id: &ConversationId, text: &str) -> InboundMessage {
        let mut message = self.message(text);
        message.from.identities[0].value = "eve@elsewhere.example".to_owned();
        message.from.name = Some("Eve".to_owned());
        message.thread.tokens = vec![self.store.keys().reply_token(id)];
        message
    }
}

#[tokio::test]
async fn a_stranger_in_somebody_elses_conversation_is_left_to_people() {
    for text in [
        QUESTION,
        "Thank you!",
        "Yes, that helped",
        "I want to talk to a person",
        "How much do I owe?",
    ] {
        let desk = Desk::new(Channel::Email).await;
        let id = desk.write(QUESTION).await;
        let before = desk.outbound(&id).await.len();
        assert_eq!(before, 1, "the customer is answered");
        assert_eq!(desk.file(desk.strangers(&id, text)).await, id);
        desk.work().await;
        let conversation = desk.conversation(&id).await;
        assert_eq!(
            (conversation.level, conversation.status),
            (Level::N1, ConversationStatus::Open),
            "{text}"
        );
        assert_eq!(
            desk.outbound(&id).await.len(),
            before,
            "{text}: the customer asked for nothing"
        );
        assert!(desk.tickets(&id).await.is_empty(), "{text}: nor for a ticket");
        let notes = desk.notes(&id).await;
        assert!(
            matches!(notes.as_slice(), [one] if one.contains("takes no part in this conversation")),
            "{notes:?}"
        );
        let moves = desk.timeline(&id, MessageKind::Activity).await;
        let said = moves.last().unwrap().extra.clone().unwrap();
        assert_eq!(
            said["reason"], "somebody who takes no part in this conversation wrote",
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_strangers_machine_calls_nobody() {
    let desk = Desk::new(Channel::Email).await;
    let id = desk.write(QUESTION).await;
    let mut away = desk.strangers(&id, "I am out of the office");
    away.auto = Auto::AutoReply;
    desk.file(away).await;
    desk.work().await;
    assert_eq!(desk.conversation(&id).await.level, Level::Bot);
    assert!(desk.notes(&id).await.is_empty());
}

#[tokio::test]
async fn a_customers_question_does_not_wait_for_a_strangers_word() {
    let desk = Desk::new(Channel::Email).await;
    let id = desk.file(desk.message(QUESTION)).await;
    desk.file(desk.strangers(&id, "And what do they owe you?")).await;
    desk.work().await;
    let said = desk.outbound(&id).await;
    assert_eq!(said.len(), 1, "the customer's own question is answered");
    assert_eq!(desk.conversation(&id).await.level, Level::N1);
}
