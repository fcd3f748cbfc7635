//! Finding: what was said, with typos and filters, the newest first.

use conversation::db::sql;
use conversation::reply::{NewReply, ReplyKind, reply};
use conversation::types::Actor;
use jiff::tz::TimeZone;
use search::{Find, Query};

use super::{Desk, json};
use crate::auth::testing::Browser;

#[tokio::test]
async fn what_was_said_is_found_with_typos_and_filters_and_shows_why() {
    let desk = Desk::new().await;
    let mail = async |from: &str, id: &str, text: &str| {
        desk.test.mail(&desk.inbox, from, id, text).await.conversation.unwrap()
    };
    let other = mail(
        "rui@example.org",
        "b@example.org",
        "O tóner da impressora está vazio, número 48-B",
    )
    .await;
    let mut ana = desk.ana().await;
    // Until the index has seen what was said last, the page is told to ask again.
    let is_behind = async |ana: &mut Browser| {
        let page = ana.get("/inbox/list?tab=all&q=toner").await.expect(200);
        page.text.contains("data-behind")
    };
    assert!(is_behind(&mut ana).await);
    desk.test.app.search.catch_up(desk.test.store()).await.unwrap();
    assert!(!is_behind(&mut ana).await);
    for (query, finds_first, finds_other) in [
        ("jammed", true, false),
        ("jamed", true, false),
        ("JAMMED", true, false),
        ("toner", false, true),
        ("impresora", false, true),
        ("impressoras", false, true),
        ("\"tóner da impressora\"", false, true),
        ("\"impressora da tóner\"", false, false),
        ("48-B", false, true),
        ("from:joana", true, false),
        ("from:rui vazio", false, true),
        ("from:joana vazio", false, false),
        ("the is of", false, false),
        ("the is", true, false),
        ("printer -jammed", false, true),
        ("toner in:whatsapp", false, false),
        ("toner in:email status:open assigned:none", false, true),
        ("toner assigned:me", false, false),
        ("toner status:resolved", false, false),
        ("toner label:nothing", false, false),
        ("toner has:file", false, false),
        ("toner before:2001-01-01", false, false),
        ("toner after:2001-01-01", false, true),
        ("#1", true, false),
        ("joana@example.org", true, false),
        ("xyzzy", false, false),
    ] {
        let page = ana
            .get(&format!("/inbox/list?tab=all&q={}", ui::routes::escape(query)))
            .await
            .expect(200);
        let has = |id: &str| page.text.contains(&format!("row-{id}"));
        assert_eq!(has(desk.id.as_str()), finds_first, "{query}");
        assert_eq!(has(other.as_str()), finds_other, "{query}");
    }
    ana.get("/inbox/list?tab=all&q=impresora")
        .await
        .expect(200)
        .has("<mark>impressora</mark>");
    // What of it means nothing is said, so that nobody takes it for nothing there.
    for (query, words) in [
        ("before:2026-13-99", "“before:2026-13-99” is no day"),
        ("toner status:xyz", "“status:xyz” is no state"),
        ("toner in:nowhere", "“in:nowhere” is no channel"),
        ("toner label:nothing", "No label is called “nothing”"),
        ("toner assigned:nobody-here", "No agent is called “nobody-here”"),
    ] {
        ana.get(&format!("/inbox/list?tab=all&q={}", ui::routes::escape(query)))
            .await
            .expect(200)
            .has(words);
        // The command bar says the same.
        let found = json(
            &ana.get(&format!("/inbox/find?q={}", ui::routes::escape(query)))
                .await
                .expect(200),
        );
        assert!(found["notice"].as_str().unwrap().contains(words), "{found}");
    }
    let found = json(&ana.get("/inbox/find?q=toner+before:7d").await.expect(200));
    assert_eq!(found["notice"], "");
    ana.get("/inbox/list?tab=all&q=toner+before:7d")
        .await
        .expect(200)
        .lacks("list-notice");
    // What is written later is found, what moves is found where it is now.
    mail("rui@example.org", "c@example.org", "Also the <b>fuser</b> squeaks").await;
    desk.test.app.search.catch_up(desk.test.store()).await.unwrap();
    ana.get("/inbox/list?tab=all&q=fuser")
        .await
        .expect(200)
        .has("&lt;b&gt;<mark>fuser</mark>");
    // What was written here is shown without its marks, what came as it stands.
    let id = conversation::types::MessageId::from(desk.test.store().env().ulid());
    let words = "**Open the** [rear tray](https://help.example/tray) first";
    let answer = NewReply::of(id, &desk.id, ReplyKind::Customer, words);
    reply(desk.test.store(), &Actor::Bot, answer).await.unwrap();
    mail("rui@example.org", "d@example.org", "the **lower** drawer").await;
    desk.test.app.search.catch_up(desk.test.store()).await.unwrap();
    ana.get("/inbox/list?tab=all&q=rear")
        .await
        .expect(200)
        .has("Open the <mark>rear</mark> tray")
        .lacks("**");
    ana.get("/inbox/list?tab=all&q=drawer")
        .await
        .expect(200)
        .has("the **lower** <mark>drawer</mark>");
    let found = json(&ana.get("/inbox/find?q=joana").await.expect(200));
    assert_eq!(found["items"][0]["kind"], "contact", "{found}");
    let found = json(&ana.get("/inbox/find?q=squea").await.expect(200));
    assert!(
        found["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["kind"] == "conversation"),
        "{found}"
    );
    let place = ana.get("/inbox/go/1").await.expect(303).header("location").to_owned();
    assert!(place.contains(desk.id.as_str()), "{place}");
    ana.get("/inbox/go/999").await.expect(404);
    ana.get("/inbox/go/x").await.expect(404);
}

/// The index is looked through a segment at a time and not to its end: history that came in late is in order, too.
#[tokio::test]
async fn the_newest_is_found_first_wherever_it_is_kept() {
    let desk = Desk::new().await;
    let mut written = Vec::new();
    // Each part of the index holds some; the last holds the oldest and the newest.
    for (part, times) in [[500, 520, 480], [530, 470, 510], [100, 900, 540], [50, 950, 60]]
        .iter()
        .enumerate()
    {
        for at in times {
            let filed = desk
                .test
                .mail(
                    &desk.inbox,
                    "rui@example.org",
                    &format!("{at}@example.org"),
                    "the squeaking fuser",
                )
                .await;
            let id = filed.message.unwrap();
            let mut tx = desk.test.store().begin().await.unwrap();
            sql("UPDATE messages SET at = $1 WHERE id = $2")
                .bind(*at)
                .bind(&id)
                .run(&mut tx)
                .await
                .unwrap();
            tx.commit_silently().await.unwrap();
            written.push((*at, id));
        }
        desk.test.app.search.catch_up(desk.test.store()).await.unwrap();
        written.sort_by_key(|(at, _)| -*at);
        for messages in 1..=written.len() + 1 {
            let find = Find {
                query: Query::parse("squeaking", 0, &TimeZone::UTC),
                messages,
                ..Find::default()
            };
            let found = desk.test.app.search.find(&find).unwrap();
            let newest: Vec<_> = written.iter().take(messages).map(|(_, id)| id).collect();
            let ids: Vec<_> = found.messages.iter().map(|(id, _)| id).collect();
            assert_eq!(ids, newest, "{messages} of part {part}");
            assert_eq!(found.has_more, messages < written.len());
        }
    }
}
