//! A person who works elsewhere reads and types times of where they are; the days of the business stay what they are.

use conversation::reply::{NewReply, ReplyKind, Sending, reply_with};
use conversation::types::{Actor, MessageId, Role};

use crate::auth::testing::{Browser, agent};
use crate::people::agents;
use crate::testing::TestApp;

#[tokio::test]
async fn times_are_those_of_whoever_reads_them() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let (ana, eva) = (
        agent(&test, "Ana", Role::Administrator).await,
        agent(&test, "Eva", Role::Agent).await,
    );
    let mut ana = Browser::of(&test, &ana).await;
    let mut browser = Browser::of(&test, &eva).await;
    let filed = test.mail(&inbox, "joana@example.org", "a@x", "Help").await;
    let id = filed.conversation.unwrap();
    let path = format!("/inbox/c/{id}");
    // The reply leaves at a time that two places call by different names.
    let new = NewReply::of(
        MessageId::from(test.store().env().ulid()),
        &id,
        ReplyKind::Customer,
        "See you".to_owned(),
    );
    let at = test.store().now() + 2 * 86_400_000;
    let sending = Sending {
        send_at: Some(at),
        ..Sending::default()
    };
    reply_with(test.store(), &Actor::Agent(eva.id.clone()), new, sending)
        .await
        .unwrap();
    let time = |name: &str| {
        let zone = jiff::tz::TimeZone::get(name).unwrap();
        // As the page writes it: the machine's own form beside it is always of UTC.
        format!("Leaves 7 January, {}", ui::i18n::time(at, &zone))
    };
    let (here, there) = (time("UTC"), time("America/Sao_Paulo"));
    browser.get(&path).await.expect(200).has(&here).lacks(&there);

    let page = browser.get("/settings/account").await.expect(200);
    let page = page.has("As the business (UTC)");
    page.has("value=\"America/Sao_Paulo\"");
    let save = [("name", "Eva"), ("language", "en"), ("zone", "America/Sao_Paulo")];
    browser.post("/settings/account", &save).await.expect(303);
    browser.get(&path).await.expect(200).has(&there).lacks(&here);
    ana.get(&path).await.expect(200).has(&here).lacks(&there);
    browser
        .get("/settings/account")
        .await
        .has("value=\"America/Sao_Paulo\" selected");

    // A page from before it was asked keeps it; what is none is refused and changes nothing.
    browser
        .post("/settings/account", &[("name", "Eva"), ("language", "en")])
        .await
        .expect(303);
    let wrong = [("name", "Other"), ("language", "en"), ("zone", "Mars/Olympus")];
    browser.post("/settings/account", &wrong).await.expect(422);
    let kept = agents::load(test.store().db(), &eva.id).await.unwrap();
    assert_eq!(
        (kept.name.as_str(), kept.time_zone.as_str()),
        ("Eva", "America/Sao_Paulo")
    );
    // Back to that of the business.
    browser
        .post(
            "/settings/account",
            &[("name", "Eva"), ("language", "en"), ("zone", "")],
        )
        .await
        .expect(303);
    browser.get(&path).await.expect(200).has(&here);
}
