//! Spam and blocked senders at the desk: the menu, the list, the bar, search, the settings, what other programs are told.

use conversation::types::{ConversationStatus, Role};

use super::{Desk, json};
use crate::auth::testing::{Browser, agent};
use crate::privacy::retention;

#[tokio::test]
async fn a_conversation_is_marked_found_in_its_list_and_put_back() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    ana.get(&desk.path("thread"))
        .await
        .expect(200)
        .has("Mark as spam")
        .has("block joana@example.org")
        .has("block everybody at example.org");
    ana.post(&desk.path("spam"), &[("do", "spam")])
        .await
        .expect(200)
        .has("Marked by Ana")
        .has("Not spam")
        .has("id=\"composer\"")
        .lacks("data-do=\"assign\"");
    assert!(desk.now().await.spam_since.is_some());
    ana.get("/inbox/list?tab=all&status=any")
        .await
        .expect(200)
        .lacks("Joana");
    ana.get("/inbox/list?tab=spam").await.expect(200).has(desk.id.as_str());
    // Search leaves it out unless it is asked for.
    desk.test.app.search.catch_up(desk.test.store()).await.unwrap();
    for (query, finds) in [
        ("jammed", false),
        ("jammed is:spam", true),
        ("is:spam", true),
        ("joana@example.org", false),
    ] {
        let query = query.replace(' ', "+").replace('@', "%40");
        let page = ana.get(&format!("/inbox/list?tab=all&q={query}")).await.expect(200);
        assert_eq!(page.text.contains(desk.id.as_str()), finds, "{query}");
    }
    let refused = ana
        .post(&desk.path("reply"), &[("kind", "reply"), ("text", "Hi")])
        .await
        .expect(422);
    refused.has("is in spam");
    let bulk = [("do", "not_spam:"), ("c", desk.id.as_str())];
    let told = json(&ana.post("/inbox/bulk", &bulk).await.expect(200));
    assert_eq!(told["done"], 1);
    let now = desk.now().await;
    assert_eq!((now.spam_since, now.status), (None, ConversationStatus::Open));
    assert!(now.waiting_since.is_some());
}

#[tokio::test]
async fn a_sender_is_blocked_where_they_write_and_let_in_again() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    ana.post(&desk.path("spam"), &[("do", "spam"), ("block", "sender")])
        .await
        .expect(200)
        .has("joana@example.org is blocked");
    let next = desk
        .test
        .mail(&desk.inbox, "joana@example.org", "b@example.org", "Again")
        .await;
    let next = next.conversation.unwrap();
    ana.get(&format!("/inbox/c/{next}/thread"))
        .await
        .expect(200)
        .has("joana@example.org is blocked.");
    ana.post(&desk.path("not-spam"), &[])
        .await
        .expect(200)
        .has("what they write goes to spam");
    ana.post(&desk.path("unblock"), &[])
        .await
        .expect(200)
        .lacks("what they write goes to spam")
        .has("unblocked the sender");
}

#[tokio::test]
async fn the_settings_list_who_is_blocked_and_refuse_what_would_shut_out_half_the_world() {
    let desk = Desk::new().await;
    let boss = agent(&desk.test, "Rosa", Role::Administrator).await;
    let mut rosa = Browser::of(&desk.test, &boss).await;
    rosa.get("/settings/blocked").await.expect(200).has("Nobody is blocked");
    for (value, words) in [
        ("gmail.com", "Everybody has an address at this domain"),
        ("nobody", "That is no e-mail address"),
        ("", "That is no e-mail address"),
    ] {
        rosa.post("/settings/blocked", &[("value", value), ("reason", "")])
            .await
            .expect(422)
            .has(words);
    }
    let fields = [("value", "@shop.example"), ("reason", "Offers every day")];
    rosa.post("/settings/blocked", &fields)
        .await
        .expect(200)
        .has("@shop.example is blocked now")
        .has("Offers every day")
        .has("nothing came since");
    desk.test
        .mail(&desk.inbox, "x@news.shop.example", "c@example.org", "Buy")
        .await;
    rosa.get("/settings/blocked?q=SHOP")
        .await
        .expect(200)
        .has("1 message since");
    rosa.get("/settings/blocked?q=other")
        .await
        .expect(200)
        .has("No blocked sender fits");
    let supervisor = agent(&desk.test, "Saul", Role::Supervisor).await;
    let mut saul = Browser::of(&desk.test, &supervisor).await;
    saul.get("/settings/blocked")
        .await
        .expect(200)
        .has("shop.example")
        .lacks("/unblock");
}

#[tokio::test]
async fn who_is_blocked_is_written_to_first_only_on_purpose() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    ana.post(&desk.path("spam"), &[("do", "block"), ("block", "domain")])
        .await
        .expect(200);
    let id = desk.test.store().env().ulid();
    let form = |more: &[(&'static str, &'static str)]| {
        let mut form = vec![
            ("id", id.as_str()),
            ("inbox", desk.inbox.as_str()),
            ("to", "Luis@example.org"),
            ("subject", "Your offer"),
            ("text", "Here it is."),
        ];
        form.extend_from_slice(more);
        form
    };
    // It is said while one types, and again where it was not heeded.
    let new = "/inbox/new";
    for (more, status) in [(vec![("do", "look")], 200), (vec![], 422)] {
        ana.upload(new, &form(&more), &[])
            .await
            .expect(status)
            .has("@example.org is blocked")
            .has("name=\"blocked\" value=\"keep\" required>")
            .has("Here it is.");
    }
    let sent = ana.upload(new, &form(&[("blocked", "let-in")]), &[]).await.expect(303);
    ana.get(sent.header("location"))
        .await
        .expect(200)
        .has("Here it is.")
        .lacks("is blocked");
}

#[tokio::test]
async fn spam_goes_after_its_days_and_the_settings_say_how_many() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    ana.post(&desk.path("spam"), &[("do", "spam")]).await.expect(200);
    let boss = agent(&desk.test, "Boss", Role::Administrator).await;
    let mut boss = Browser::of(&desk.test, &boss).await;
    boss.get("/settings/privacy")
        .await
        .expect(200)
        .has("name=\"spam\" value=\"90\"");
    let day = 86_400_000;
    for (days, is_there) in [(89, true), (2, false)] {
        desk.test.clock.advance(days * day);
        retention::part(desk.test.store()).await.unwrap();
        let all = conversation::views::timeline(desk.test.store().db(), &desk.id, None, 20)
            .await
            .unwrap();
        let is_said = all.iter().any(|message| message.text.contains("The printer is jammed"));
        assert_eq!(is_said, is_there, "after {days} days more");
    }
}
