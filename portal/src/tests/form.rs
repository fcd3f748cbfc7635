//! The public form: a ticket, once, within limits.

use conversation::events::{Event, EventKind};
use conversation::stream::Group;
use conversation::stream::consumer::{Claim, Handled, Handler};

use super::*;
use crate::notify::AfterReceipt;

#[tokio::test]
async fn the_form_opens_a_ticket_and_a_mail_names_its_number() {
    let desk = desk().await;
    for (language, words) in [
        ("en", "Open the ticket"),
        ("es", "Abrir el ticket"),
        ("pt", "Abrir o chamado"),
    ] {
        let email = format!("ana-{language}@example.com");
        let answer = desk.submit(&email, "Toner", language).await;
        let ticket = desk.newest_ticket().await;
        assert!(
            answer.text.contains(&tickets::number_text(ticket.number)),
            "{}",
            answer.text
        );
        assert!(answer.text.contains(&format!("lang=\"{language}\"")));
        let mail = desk.notify(&ticket.conversation_id).await;
        assert_eq!((mail.author_kind.as_str(), mail.cards.len()), ("system", 1));
        assert!(mail.cards[0].title.contains(&tickets::number_text(ticket.number)));
        assert!(matches!(&mail.cards[0].actions[0], CardAction::Open { label, .. } if label == words));
        let delivery = deliveries::of_messages(desk.store.db(), &[mail.id])
            .await
            .unwrap()
            .remove(0);
        assert_eq!((delivery.channel, delivery.recipient), (Channel::Email, email));
    }
}

#[tokio::test]
async fn forms_that_are_not_taken() {
    let desk = desk().await;
    let long = "x".repeat(201);
    let endless = "x".repeat(20_001);
    let good = [
        ("subject", "Toner"),
        ("text", "Empty"),
        ("name", "Ana"),
        ("email", "ana@example.com"),
        ("website", ""),
    ];
    for (name, field, value, wait, status) in [
        ("no subject", "subject", "", 5_000, 422),
        ("long subject", "subject", long.as_str(), 5_000, 422),
        ("no text", "text", "  ", 5_000, 422),
        ("endless text", "text", endless.as_str(), 5_000, 422),
        ("no name", "name", "", 5_000, 422),
        ("no e-mail", "email", "", 5_000, 422),
        ("bad e-mail", "email", "ana@", 5_000, 422),
        ("a machine", "website", "https://spam.example", 5_000, 422),
        ("forged token", "token", "01HZX-1700000000000.AAAA", 5_000, 422),
        ("too fast", "subject", "Toner", 500, 422),
        ("too old", "subject", "Toner", 25 * 3600 * 1000, 422),
        ("good", "subject", "Toner", 5_000, 200),
    ] {
        let token = desk.get("/portal/tickets/new", "").await.field("token");
        desk.clock.advance(wait);
        let mut fields = vec![("token", token.as_str())];
        fields.extend(good);
        for one in &mut fields {
            if one.0 == field {
                one.1 = value;
            }
        }
        let answer = desk.post_files("/portal/tickets/new", "", &fields, &[]).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.text);
        if status == 422 && field != "text" {
            assert!(answer.text.contains("Empty"), "{name}: what was typed is still there");
        }
    }
    assert_eq!(tickets::list(desk.store.db(), None, 100).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_is_signed_in_may_be_quick() {
    let desk = desk().await;
    desk.submit("ana@example.com", "Toner", "en").await;
    let ticket = desk.newest_ticket().await;
    let mut tx = desk.store.begin().await.unwrap();
    let link = conversation::doors::make_in(&mut tx, &ticket.contact_id, Some("/portal"), "ana@example.com")
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    let cookie = desk.post(&link, "", "").await.cookie();
    let token = desk.get("/portal/tickets/new", &cookie).await.field("token");
    let fields = [
        ("token", token.as_str()),
        ("subject", "Paper"),
        ("text", "Empty, too"),
        ("name", "Ana"),
        ("email", "ana@example.com"),
    ];
    let answer = desk.post_files("/portal/tickets/new", &cookie, &fields, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(desk.newest_ticket().await.subject, "Paper");
}

#[tokio::test]
async fn the_same_form_twice_is_one_ticket() {
    let desk = desk().await;
    let token = desk.form_token("").await;
    let fields = [
        ("token", token.as_str()),
        ("subject", "Toner"),
        ("text", "Empty"),
        ("name", "Ana"),
        ("email", "ana@example.com"),
    ];
    for _ in 0..2 {
        let answer = desk
            .post_files("/portal/tickets/new", "", &fields, &[("a.png", b"x")])
            .await;
        assert!(answer.text.contains("#1"), "{}", answer.text);
    }
    assert_eq!(tickets::list(desk.store.db(), None, 100).await.unwrap().len(), 1);
}

#[tokio::test]
async fn files_have_limits() {
    let desk = desk().await;
    let large = vec![0u8; crate::multipart::LARGEST_FILE + 1];
    let one: (&str, &[u8]) = ("a.png", b"x");
    for (name, files, status) in [
        ("six", vec![one; 6], 422),
        ("too large", vec![("large.png", large.as_slice())], 422),
        ("five", vec![one; 5], 200),
    ] {
        let token = desk.form_token("").await;
        let fields = [
            ("token", token.as_str()),
            ("subject", "Toner"),
            ("text", "Empty"),
            ("name", "Ana"),
            ("email", "ana@example.com"),
        ];
        let answer = desk.post_files("/portal/tickets/new", "", &fields, &files).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.text);
    }
    // All that does not fit is named at once, and what to do.
    let token = desk.form_token("").await;
    let fields = [
        ("token", token.as_str()),
        ("subject", "Toner"),
        ("text", "Empty"),
        ("name", "Ana"),
        ("email", "ana@example.com"),
    ];
    let mut files = vec![("large.png", large.as_slice()), ("huge.pdf", large.as_slice())];
    files.extend([("1.png", b"x".as_slice()); 5]);
    files.extend([("6.png", b"x".as_slice())]);
    let answer = desk.post_files("/portal/tickets/new", "", &fields, &files[..2]).await;
    assert!(
        answer.text.contains("Larger than 10 MB: large.png, huge.pdf."),
        "{}",
        answer.text
    );
    let answer = desk.post_files("/portal/tickets/new", "", &fields, &files[2..]).await;
    assert!(answer.text.contains("too many: 6.png."), "{}", answer.text);
    // In one round, whichever comes first.
    let answer = desk.post_files("/portal/tickets/new", "", &fields, &files).await;
    for words in ["Larger than 10 MB: large.png, huge.pdf.", "too many: 6.png."] {
        assert!(answer.text.contains(words), "{}", answer.text);
    }
}

#[tokio::test]
async fn files_that_have_to_be_chosen_again_are_asked_for() {
    let desk = desk().await;
    let token = desk.form_token("").await;
    for (email, files, is_asked) in [
        ("no address", vec![("a.png", b"x".as_slice())], true),
        ("no address", vec![], false),
    ] {
        let fields = [
            ("token", token.as_str()),
            ("subject", "Toner"),
            ("text", "Empty"),
            ("name", "Ana"),
            ("email", email),
            ("language", "es"),
        ];
        let answer = desk.post_files("/portal/tickets/new", "", &fields, &files).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            answer.text.contains("Elija los archivos de nuevo."),
            is_asked,
            "{}",
            answer.text
        );
    }
}

/// Answers everything at once, as the bot may.
struct Answers;

impl Handler for Answers {
    async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> conversation::Result<Handled> {
        let mut tx = store.begin().await?;
        let (Some(conversation), true) = (&event.conversation_id, claim.take(&mut tx).await?) else {
            return Ok(Handled::Nothing);
        };
        let id = MessageId::from(tx.env().ulid());
        let new = NewReply::of(id, conversation, ReplyKind::Customer, "An answer".to_owned());
        reply::reply_in(&mut tx, &Actor::Bot, new).await?;
        tx.commit().await?;
        Ok(Handled::Done)
    }

    async fn give_up(&self, _: &Store, _: &Event, error: &str) {
        panic!("{error}");
    }
}

#[tokio::test]
async fn that_a_message_arrived_is_said_before_it_is_answered() {
    const ANSWERS: Group = Group {
        name: "answers",
        kinds: &[EventKind::MessageCreated],
    };
    let desk = desk().await;
    desk.submit("ana@example.com", "Toner", "en").await;
    let conversation = desk.newest_ticket().await.conversation_id;
    consumer::register(&desk.store, &ANSWERS).await.unwrap();
    let events = events_after(desk.store.db(), 0, 1000).await.unwrap();
    let hints: Vec<Hint> = events
        .into_iter()
        .filter(|event| ANSWERS.wants(event.kind))
        .map(|event| Hint {
            position: event.position,
            conversation: event.conversation_id,
        })
        .collect();
    // Who answers is quicker than who says that it arrived.
    consumer::work(&desk.store, &ANSWERS, &AfterReceipt(Answers), hints).await;
    desk.notify(&conversation).await;
    let said: Vec<String> = views::customer_timeline(desk.store.db(), &conversation, 50)
        .await
        .unwrap()
        .into_iter()
        .map(|message| message.author_kind.as_str().to_owned())
        .collect();
    assert_eq!(said, ["contact", "system", "bot"], "each once, in this order");
}
