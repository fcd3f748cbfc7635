//! What customers answer: on the ticket page, by card, by link; and who is refused.

use super::*;

#[tokio::test]
async fn a_reply_joins_the_ticket_once() {
    let desk = desk().await;
    let (ticket, cookie) = desk.customer("ana@example.com").await;
    let page = desk.get(&page_of(&ticket), &cookie).await;
    let id = page.field("id");
    let fields = [("id", id.as_str()), ("text", "It still is.")];
    for _ in 0..2 {
        let posted = desk.post_files(&page_of(&ticket), &cookie, &fields, &[]).await;
        assert_eq!(
            (posted.status, posted.location()),
            (
                StatusCode::SEE_OTHER,
                format!("{}?sent=reply", page_of(&ticket)).as_str()
            )
        );
    }
    let page = desk.get(&format!("{}?sent=reply", page_of(&ticket)), &cookie).await;
    assert_eq!(page.text.matches("It still is.").count(), 1);
    assert!(page.text.contains("We have your reply."));
    assert_eq!(
        tickets::list(desk.store.db(), None, 100).await.unwrap().len(),
        1,
        "no second ticket"
    );
    let empty = desk
        .post_files(&page_of(&ticket), &cookie, &[("id", id.as_str()), ("text", " ")], &[])
        .await;
    assert_eq!(empty.status.as_u16(), 422);
}

fn question() -> Card {
    let action = |label: &str, value: &str| CardAction::Answer {
        label: label.into(),
        value: value.into(),
    };
    Card {
        kind: CardKind::Choice,
        reference: "q".into(),
        title: "Did it help?".into(),
        body: String::new(),
        facts: Vec::new(),
        actions: vec![action("Yes", "helped:yes"), action("No", "helped:no")],
    }
}

async fn ask(desk: &Desk, ticket: &Ticket) -> MessageId {
    say(desk, &Actor::Bot, ticket).await
}

async fn say(desk: &Desk, who: &Actor, ticket: &Ticket) -> MessageId {
    let new = NewReply {
        id: MessageId::from(desk.store.env().ulid()),
        conversation: ticket.conversation_id.clone(),
        kind: ReplyKind::Customer,
        text: "Well?".into(),
        cards: vec![question()],
        attachments: Vec::new(),
        seen: None,
    };
    reply::reply(&desk.store, who, new).await.unwrap().message
}

#[tokio::test]
async fn what_the_bot_has_answered_is_not_said_to_wait() {
    let desk = desk().await;
    let (ticket, cookie) = desk.customer("ana@example.com").await;
    let page = desk.get(&page_of(&ticket), &cookie).await;
    assert!(
        page.text.contains("We have it and will look at it soon."),
        "{}",
        page.text
    );
    assert!(!page.text.contains("N1"), "levels are the business's own");
    ask(&desk, &ticket).await;
    say(&desk, &Actor::System, &ticket).await;
    conversation::db::sql("UPDATE tickets SET level = 'bot', status = 'new' WHERE id = $1")
        .bind(&ticket.id)
        .run(desk.store.db())
        .await
        .unwrap();
    let page = desk.get(&page_of(&ticket), &cookie).await;
    assert!(page.text.contains("Our assistant has answered."), "{}", page.text);
}

#[tokio::test]
async fn an_answer_from_a_mail_counts_once() {
    let desk = desk().await;
    let (ticket, _) = desk.customer("ana@example.com").await;
    let message = ask(&desk, &ticket).await;
    let link = |value: &str| {
        let payload = conversation::card::CardAnswer::payload(&message, value);
        format!("/c/{}", desk.store.keys().sign("card", &hex::encode(payload)))
    };
    let answers = async || {
        let timeline = views::customer_timeline(desk.store.db(), &ticket.conversation_id, 50)
            .await
            .unwrap();
        timeline
            .into_iter()
            .filter_map(|message| message.answer)
            .collect::<Vec<_>>()
    };
    let page = desk.get(&link("helped:yes"), "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("Did it help?") && page.text.contains("Yes"),
        "{}",
        page.text
    );
    assert!(answers().await.is_empty(), "a GET records nothing");
    for value in ["helped:yes", "helped:yes", "helped:no"] {
        assert_eq!(desk.post(&link(value), "", "").await.status, StatusCode::OK);
    }
    let found = answers().await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].value.as_str(), found[0].label.as_str()),
        ("helped:yes", "Yes")
    );
    for forged in [
        link("helped:maybe"),
        format!("{}x", link("helped:yes")),
        "/c/616161.AAAA".to_owned(),
        "/c/x".to_owned(),
    ] {
        assert_eq!(
            desk.post(&forged, "", "").await.status,
            StatusCode::NOT_FOUND,
            "{forged}"
        );
    }
}

#[tokio::test]
async fn a_card_is_answered_on_the_page() {
    let desk = desk().await;
    let (ticket, cookie) = desk.customer("ana@example.com").await;
    let (_, eve) = desk.customer("eve@example.com").await;
    let message = ask(&desk, &ticket).await;
    let form = format!("answer={message}%7Chelped%3Ano&label=No");
    assert_eq!(
        desk.post(&page_of(&ticket), &eve, &form).await.status,
        StatusCode::NOT_FOUND
    );
    for _ in 0..2 {
        assert_eq!(
            desk.post(&page_of(&ticket), &cookie, &form).await.status,
            StatusCode::SEE_OTHER
        );
    }
    let timeline = views::customer_timeline(desk.store.db(), &ticket.conversation_id, 50)
        .await
        .unwrap();
    assert_eq!(timeline.iter().filter(|message| message.answer.is_some()).count(), 1);
    assert_eq!(
        tickets::load(desk.store.db(), &ticket.id).await.unwrap().status,
        TicketStatus::New
    );
}

#[tokio::test]
async fn an_address_is_confirmed_by_the_button() {
    let desk = desk().await;
    let (ticket, _) = desk.customer("ana@example.com").await;
    let secret = contacts::claim(&desk.store, &ticket.contact_id, IdentityKind::Email, "ana@work.example")
        .await
        .unwrap();
    let path = crate::confirm::path(&secret);
    let owner = async || {
        contacts::by_identity(desk.store.db(), IdentityKind::Email, "ana@work.example")
            .await
            .unwrap()
    };
    let page = desk.get(&path, "").await;
    assert!(page.text.contains("ana@work.example"));
    assert!(owner().await.is_none(), "a scanner's GET confirms nothing");
    assert_eq!(desk.post(&path, "", "").await.status, StatusCode::OK);
    assert_eq!(owner().await.unwrap().0.id, ticket.contact_id);
    for answer in [
        desk.get(&path, "").await,
        desk.post(&path, "", "").await,
        desk.post("/confirm/x", "", "").await,
    ] {
        assert_eq!(answer.status, StatusCode::GONE);
    }
}

#[tokio::test]
async fn the_language_is_remembered_and_leads_nowhere_else() {
    let desk = desk().await;
    for (next, to) in [
        ("/portal/tickets/new", "/portal/tickets/new"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("", "/"),
    ] {
        let answer = desk.get(&format!("/language?language=pt&next={next}"), "").await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, to),
            "{next}"
        );
        assert!(answer.cookie().starts_with("language=pt"));
    }
    for (path, cookie, lang) in [
        ("/portal/tickets/new", "", "en"),
        ("/portal/tickets/new", "language=es", "es"),
        ("/portal/tickets/new?lang=pt", "language=es", "pt"),
        ("/portal/tickets/new?lang=xx", "", "en"),
    ] {
        let page = desk.get(path, cookie).await;
        assert!(page.text.contains(&format!("<html lang=\"{lang}\"")), "{path} {cookie}");
    }
}

#[tokio::test]
async fn other_sites_cannot_post_and_errors_are_pages() {
    let desk = desk().await;
    let request = Request::post("/portal/link")
        .header("host", "desk.example")
        .header("origin", "https://evil.example")
        .header("cookie", "language=es")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("email=ana%40example.com"))
        .unwrap();
    let answer = desk.call(request).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text.contains("<html lang=\"es\""), "{}", answer.text);
    assert!(
        answer.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("frame-ancestors 'none'")
    );
    let wrong = desk.post("/portal/tickets/new", "", "a=b").await;
    assert!(
        wrong.status.is_client_error() && wrong.text.contains("<html"),
        "{}",
        wrong.text
    );
}
