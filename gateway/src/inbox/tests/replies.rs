//! Replies: once, with their files, held back on a stale view, tried again after a failure.

use super::*;

#[tokio::test]
async fn a_reply_goes_out_once_with_its_files() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let head = desk.head().await;
    let id = desk.test.store().env().ulid();
    let fields = [
        ("id", id.as_str()),
        ("text", "Open the rear cover"),
        ("kind", "reply"),
        ("seen_position", head.as_str()),
    ];
    let png: &[u8] = b"\x89PNG\r\n\x1a\nrest";
    for _ in 0..2 {
        ana.upload(&desk.path("reply"), &fields, &[("C:\\a ç.png", "text/html", png)])
            .await
            .expect(200)
            .has("Open the rear cover");
    }
    assert_eq!(desk.count(MessageKind::Outbound).await, 1);
    assert_eq!(desk.now().await.assignee_id, Some(desk.ana.id.clone()));
    let page = ana.get(&desk.path("thread")).await.expect(200);
    let file = page
        .text
        .split("href=\"/files/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let page = ana.get(&format!("/files/{file}")).await.expect(200);
    assert_eq!(page.header("content-type"), "image/png", "by its bytes");
    assert!(
        page.header("content-disposition")
            .starts_with("inline; filename=\"a _.png\"; filename*=UTF-8''a%20%C3%A7.png"),
        "{}",
        page.header("content-disposition")
    );
    assert!(page.header("content-security-policy").contains("sandbox"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    ana.headers = vec![("range", "bytes=1-3".to_owned())];
    ana.get(&format!("/files/{file}")).await.expect(206).has("PNG");
    Browser::new(&desk.test)
        .get(&format!("/files/{file}"))
        .await
        .expect(303);
    ana.headers.clear();
    ana.upload(
        &desk.path("reply"),
        &[("text", "Look here"), ("kind", "note")],
        &[("x.html", "image/png", b"<script>")],
    )
    .await
    .expect(200);
    assert_eq!(desk.count(MessageKind::Note).await, 1);
    let page = ana.get(&desk.path("thread")).await.expect(200);
    let file = page
        .text
        .rsplit("\"/files/")
        .next()
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let page = ana.get(&format!("/files/{file}")).await.expect(200);
    assert_eq!(page.header("content-type"), "application/octet-stream");
    assert!(page.header("content-disposition").starts_with("attachment"));
    ana.upload(&desk.path("reply"), &[("text", " "), ("kind", "reply")], &[])
        .await
        .expect(422)
        .has("nothing to send yet");
}

#[tokio::test]
async fn a_reply_on_a_stale_view_comes_back_with_what_is_new() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let seen = desk.head().await;
    desk.test.clock.advance(1000);
    let eva = agent(&desk.test, "Eva", Role::Agent).await;
    let mut other = Browser::of(&desk.test, &eva).await.scripted();
    let head = desk.head().await;
    other
        .upload(
            &desk.path("reply"),
            &[("text", "Switch it off"), ("seen_position", &head)],
            &[],
        )
        .await
        .expect(200);
    let fields = [
        ("text", "Switch it off and on"),
        ("kind", "reply"),
        ("seen_position", seen.as_str()),
    ];
    let page = ana.upload(&desk.path("reply"), &fields, &[]).await.expect(409);
    let page = page
        .has("Eva answered meanwhile: “Switch it off”")
        .has(">Switch it off and on</textarea>")
        .has("id=\"composer-problem\"");
    assert_eq!(desk.count(MessageKind::Outbound).await, 1);
    let now = page
        .text
        .split("name=\"seen_position\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let fields = [
        ("text", "Switch it off and on"),
        ("kind", "reply"),
        ("seen_position", now.as_str()),
    ];
    ana.upload(&desk.path("reply"), &fields, &[]).await.expect(200);
    assert_eq!(desk.count(MessageKind::Outbound).await, 2);
    // What a colleague can still take back is said as well.
    let now = desk.head().await;
    desk.test.clock.advance(1000);
    let fields = [("text", "On my way"), ("undo", "1"), ("seen_position", now.as_str())];
    other.upload(&desk.path("reply"), &fields, &[]).await.expect(200);
    let fields = [("text", "Me too"), ("kind", "reply"), ("seen_position", now.as_str())];
    ana.upload(&desk.path("reply"), &fields, &[])
        .await
        .expect(409)
        .has("Eva answered meanwhile: “On my way”")
        .has("Look first");
    ana.is_scripted = false;
    let fields = [("text", "Again"), ("kind", "reply"), ("seen_position", "1")];
    ana.upload(&desk.path("reply"), &fields, &[])
        .await
        .expect(409)
        .has("<html")
        .has(">Again</textarea>");
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let head = desk.head().await;
    ana.upload(&desk.path("reply"), &[("text", "Hello"), ("seen_position", &head)], &[])
        .await
        .expect(200);
    let store = desk.test.store();
    let leased = deliveries::lease(store, "me", 1).await.unwrap().remove(0);
    let refused = SendError::Permanent {
        code: "550".to_owned(),
        reason: "No such user".to_owned(),
    };
    deliveries::settle(store, "me", &leased, Err(refused)).await.unwrap();
    ana.get(&desk.path("thread"))
        .await
        .expect(200)
        .has("No such user")
        .has("/retry");
    ana.get("/inbox/list?tab=mine").await.expect(200).has("Not delivered");
    ana.post(&desk.path("retry"), &[("delivery", leased.id.as_str())])
        .await
        .expect(200)
        .lacks("No such user\"");
    ana.post(&desk.path("retry"), &[("delivery", leased.id.as_str())])
        .await
        .expect(422);
    let other = desk
        .test
        .mail(&desk.inbox, "rui@example.org", "b@example.org", "Other")
        .await
        .conversation
        .unwrap();
    ana.post(&format!("/inbox/c/{other}/retry"), &[("delivery", leased.id.as_str())])
        .await
        .expect(404);
}

#[tokio::test]
async fn what_waits_for_its_time_says_when_and_can_be_taken_back_by_any_agent() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let mut eva = Browser::of(&desk.test, &agent(&desk.test, "Eva", Role::Agent).await)
        .await
        .scripted();
    let later = async |browser: &mut Browser, text: &'static str| {
        let head = desk.head().await;
        let fields = [
            ("text", text),
            ("kind", "reply"),
            ("at", "tomorrow"),
            ("seen_position", head.as_str()),
        ];
        browser.upload(&desk.path("reply"), &fields, &[]).await.expect(200)
    };
    let delivery = async |browser: &mut Browser| {
        let page = browser.get(&desk.path("thread")).await.expect(200);
        let (_, rest) = page.text.split_once("name=\"delivery\" value=\"").expect("a form");
        rest.split('"').next().unwrap().to_owned()
    };
    later(&mut ana, "The part comes tomorrow").await.has("Leaves tomorrow");
    let first = delivery(&mut eva).await;
    // Whoever has words there keeps them.
    let draft = [("text", "Hello"), ("kind", "reply"), ("revision", "0")];
    eva.post(&desk.path("draft"), &draft).await.expect(200);
    let back = [("delivery", first.as_str()), ("do", "back")];
    eva.post(&desk.path("scheduled"), &back)
        .await
        .expect(200)
        .lacks("Leaves tomorrow")
        .has("Hello\n\nThe part comes tomorrow</textarea>");
    assert_eq!(desk.count(MessageKind::Scheduled).await, 0);
    eva.post(&desk.path("scheduled"), &back).await.expect(404);
    // With scripts the words come into the composer.
    later(&mut ana, "With scripts").await;
    let third = delivery(&mut eva).await;
    let undone = eva
        .post(&desk.path("undo"), &[("delivery", third.as_str())])
        .await
        .expect(200);
    assert_eq!(json(&undone)["text"], "With scripts");
    later(&mut ana, "It is here").await;
    let second = delivery(&mut ana).await;
    ana.post(&desk.path("scheduled"), &[("delivery", second.as_str()), ("do", "now")])
        .await
        .expect(200)
        .lacks("Leaves tomorrow")
        .has("It is here");
    assert_eq!(desk.count(MessageKind::Scheduled).await, 0);
    assert_eq!(desk.count(MessageKind::Outbound).await, 1);
    let late = [("delivery", second.as_str()), ("do", "back")];
    ana.post(&desk.path("scheduled"), &late).await;
    let mut boss = Browser::of(&desk.test, &agent(&desk.test, "Sup", Role::Supervisor).await).await;
    boss.post(&desk.path("scheduled"), &late).await.expect(403);
}
