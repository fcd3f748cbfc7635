//! What a list says of a conversation: subjects that change, and whose words stand there.

use conversation::reply::{NewReply, ReplyKind, reply};
use conversation::types::{Actor, MessageId};

use super::Desk;

fn answer(id: &str, subject: &str) -> String {
    format!(
        "From: joana@example.org\r\nTo: support@example.com\r\nSubject: {subject}\r\nMessage-ID: <{id}@example.org>\r\nIn-Reply-To: <a@example.org>\r\n"
    )
}

#[tokio::test]
async fn a_mail_about_something_else_is_marked_and_taken_out_with_one_press() {
    let desk = Desk::new().await;
    let thread = desk.path("thread");
    let mut ana = desk.ana().await;
    // "Printer" goes on, whatever stands around it.
    let stays = desk
        .raw(&answer("b", "RE: Printer still jammed"), "It does it again.")
        .await;
    assert_eq!(stays, desk.id);
    ana.get(&thread).await.expect(200).lacks("New subject");
    let stays = desk.raw(&answer("c", "Invoice of March"), "It is wrong.").await;
    assert_eq!(stays, desk.id, "what is answered decides where it goes");
    let more = desk.raw(&answer("d", "Re: Invoice of March"), "By 10.").await;
    assert_eq!(more, desk.id);
    let page = ana.get(&thread).await.expect(200);
    let page = page.has("New subject: <strong>Invoice of March</strong>");
    assert_eq!(page.text.matches("data-do=\"split\"").count(), 1, "where it begins");
    let (_, after) = page.text.split_once("data-do=\"split\"").unwrap();
    let (_, after) = after.split_once("name=\"message\" value=\"").unwrap();
    let (message, _) = after.split_once('"').unwrap();
    ana.post(&desk.path("split"), &[("message", message)])
        .await
        .expect(200)
        .has("to #2");
    ana.get("/inbox").await.expect(200).has("Invoice of March");
}

#[tokio::test]
async fn who_waits_is_listed_by_their_own_words() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let say = async |actor: &Actor, id: &str, text: &str| {
        desk.test.clock.advance(1000);
        let new = NewReply {
            id: MessageId::new(id),
            conversation: desk.id.clone(),
            kind: ReplyKind::Customer,
            text: text.to_owned(),
            cards: Vec::new(),
            attachments: Vec::new(),
            seen: None,
        };
        reply(desk.test.store(), actor, new).await.unwrap();
    };
    say(&Actor::Bot, "01M83100000000000000000001", "A person will answer you.").await;
    assert!(desk.now().await.waiting_since.is_some());
    let list = "/inbox/list?tab=all";
    ana.get(list)
        .await
        .expect(200)
        .has("<bdi>The printer is jammed</bdi>")
        .lacks("A person will answer you.");
    // Once they were answered, the answer is what there is to know.
    say(
        &Actor::Agent(desk.ana.id.clone()),
        "01M83100000000000000000002",
        "Open the rear door.",
    )
    .await;
    ana.get(list)
        .await
        .expect(200)
        .has("Open the rear door.")
        .lacks("The printer is jammed");
}
