//! Places, filters, kept lists, labels, many at once, windows.

use conversation::types::{Actor, IdentityKind, MessageKind, Role};
use conversation::{contacts, labels, teams};

use super::{Desk, json};
use crate::auth::testing::{Browser, agent};

#[tokio::test]
async fn the_list_is_narrowed_and_kept_under_a_name() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    for (query, is_there) in [
        ("tab=unassigned", true),
        ("tab=mine", false),
        ("tab=mentioned", false),
        ("tab=all&status=resolved", false),
        (
            "tab=all&status=any&channel=email&level=N1&priority=normal&sort=due",
            true,
        ),
        ("tab=all&channel=whatsapp", false),
        ("tab=all&language=es&since=1", true),
        ("tab=all&waiting=60", false),
        ("tab=all&company=nobody", false),
        ("tab=all&inbox=nothing", false),
        (
            "tab=%00&status=x&level=9&sort=y&waiting=-1&since=z&after=q&rows=x",
            true,
        ),
    ] {
        let page = ana.get(&format!("/inbox/list?{query}")).await.expect(200);
        assert_eq!(page.text.contains(&format!("row-{}", desk.id)), is_there, "{query}");
    }
    ana.get("/inbox/list?tab=team")
        .await
        .expect(200)
        .has("You are in no team yet");
    ana.get("/inbox/list?tab=all&company=nobody")
        .await
        .expect(200)
        .has("No company is called");
    let kept = [
        ("name", "Mails"),
        ("query", "tab=all&channel=email&evil=1"),
        ("is_shared", "on"),
    ];
    let place = ana
        .post("/inbox/views", &kept)
        .await
        .expect(303)
        .header("location")
        .to_owned();
    assert!(place.starts_with("/inbox?tab=all&channel=email&view="), "{place}");
    ana.get(&place).await.expect(200).has("Mails").has("tab-count\">1<");
    // Somebody else sees the shared list and cannot change it.
    let eva = agent(&desk.test, "Eva", Role::Agent).await;
    let mut eva = Browser::of(&desk.test, &eva).await;
    eva.get("/inbox")
        .await
        .expect(200)
        .has("Mails")
        .lacks("Change the open list");
    let id = place.rsplit('=').next().unwrap();
    eva.post(&format!("/inbox/views/{id}"), &[("do", "remove")])
        .await
        .expect(404);
    ana.post(&format!("/inbox/views/{id}"), &[("do", "remove")])
        .await
        .expect(303);
    ana.get("/inbox").await.expect(200).lacks("Mails");
}

#[tokio::test]
async fn labels_and_teams_are_given_on_the_conversation() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    ana.post(&desk.path("labels"), &[("new", "Toner")])
        .await
        .expect(200)
        .has("Toner");
    let label = labels::list(desk.test.store().db()).await.unwrap().remove(0);
    ana.get(&format!("/inbox/list?tab=all&label={}", label.id))
        .await
        .expect(200)
        .has("class=\"label tint-0\"");
    // A form without it takes it off.
    ana.post(&desk.path("labels"), &[]).await.expect(200);
    ana.get("/inbox/list?tab=all")
        .await
        .expect(200)
        .lacks("class=\"label tint-0\"");
    let team = teams::create(
        desk.test.store(),
        &Actor::System,
        "Second line",
        std::slice::from_ref(&desk.ana.id),
    )
    .await
    .unwrap();
    ana.post(&desk.path("team"), &[("team", team.as_str())])
        .await
        .expect(200)
        .has("Ana gave it to the team Second line");
    ana.get("/inbox/list?tab=team")
        .await
        .expect(200)
        .has(&format!("row-{}", desk.id));
    ana.post(&desk.path("team"), &[("team", "nothing")]).await.expect(422);
}

#[tokio::test]
async fn one_request_does_a_thing_with_many() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let id = desk.id.to_string();
    let came = ana
        .post("/inbox/bulk", &[("c", &id), ("c", "nothing"), ("do", "assign:")])
        .await
        .expect(200);
    let came = json(&came);
    assert_eq!((&came["done"], &came["unchanged"]), (&0.into(), &1.into()), "{came}");
    assert_eq!(came["refused"][0]["id"], "nothing");
    let came = ana
        .post("/inbox/bulk", &[("c", &id), ("do", "level:N2")])
        .await
        .expect(200);
    assert!(json(&came)["refused"][0]["why"].as_str().unwrap().contains("Say why"));
    let level = [("c", id.as_str()), ("do", "level:N2"), ("reason", "hard")];
    assert_eq!(json(&ana.post("/inbox/bulk", &level).await.expect(200))["done"], 1);
    for what in ["snooze:1h", "priority:urgent", "resolve:"] {
        let came = ana.post("/inbox/bulk", &[("c", &id), ("do", what)]).await.expect(200);
        assert_eq!(json(&came)["done"], 1, "{what}");
    }
    // Of one customer, or not at all; the oldest takes the others in.
    let mail = async |from: &str, id: &str| {
        let filed = desk.test.mail(&desk.inbox, from, id, "And toner?").await;
        filed.conversation.unwrap().to_string()
    };
    let (hers, other) = (
        mail("joana@example.org", "b@example.org").await,
        mail("rui@example.org", "c@example.org").await,
    );
    let came = ana
        .post(
            "/inbox/bulk",
            &[("c", &hers), ("c", &other), ("c", &id), ("do", "merge:")],
        )
        .await
        .expect(200);
    let came = json(&came);
    assert_eq!((&came["done"], &came["unchanged"]), (&1.into(), &1.into()), "{came}");
    assert_eq!(came["refused"][0]["id"], other.as_str());
    ana.get(&desk.path("thread")).await.expect(200).has("And toner?");
    // What was done with one press is offered to be taken back with one.
    let offer = &came["merged"];
    assert_eq!(offer["from"], serde_json::json!([hers]));
    assert!(offer["words"].as_str().unwrap().starts_with("Merged into #"), "{offer}");
    ana.post(offer["url"].as_str().unwrap(), &[("from", hers.as_str())])
        .await
        .expect(200)
        .lacks("And toner?")
        .has("took the merge back")
        .has(&format!("href=\"/inbox/c/{hers}\""));
    ana.get(&format!("/inbox/c/{hers}")).await.expect(200).has("And toner?");
    ana.post("/inbox/bulk", &[("c", &hers), ("c", &id), ("do", "merge:")])
        .await
        .expect(200);
    ana.post("/inbox/bulk", &[("c", &id), ("do", "merge:")])
        .await
        .expect(422);
    for wrong in ["", "dance:", "level:9", "snooze:never", "resolve"] {
        ana.post("/inbox/bulk", &[("c", &id), ("do", wrong)]).await.expect(400);
    }
    ana.post("/inbox/bulk", &[("do", "resolve:")]).await.expect(422);
    let sam = agent(&desk.test, "Sam", Role::Supervisor).await;
    let mut sam = Browser::of(&desk.test, &sam).await.scripted();
    sam.post("/inbox/bulk", &[("c", &id), ("do", "reopen:")])
        .await
        .expect(403);
    sam.get("/inbox")
        .await
        .expect(200)
        .lacks("id=\"bulk\"")
        .lacks("name=\"c\"");
}

#[tokio::test]
async fn a_long_conversation_comes_by_windows() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    for number in 0..150 {
        desk.test.clock.advance(1000);
        ana.post(
            &desk.path("reply"),
            &[("kind", "note"), ("text", &format!("note {number} end"))],
        )
        .await
        .expect(200);
    }
    let count = |text: &str| text.matches("m-note").count();
    let page = ana.get(&format!("/inbox/c/{}/thread", desk.id)).await.expect(200);
    assert_eq!(count(&page.text), 60);
    let page = page.has("note 149 end").lacks("note 89 end");
    let before = page
        .text
        .split("data-before=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let piece = ana
        .get(&format!("/inbox/c/{}/messages?before={before}", desk.id))
        .await
        .expect(200);
    assert_eq!(count(&piece.text), 60);
    let piece = piece.has("note 89 end").has("note 30 end").lacks("note 90 end");
    assert!(piece.text.contains("data-before"));
    let all = conversation::views::timeline(desk.test.store().db(), &desk.id, None, 200)
        .await
        .unwrap();
    let note = all
        .iter()
        .find(|one| one.text == "note 40 end" && one.kind == MessageKind::Note)
        .unwrap();
    ana.get(&format!("/inbox/c/{}?at={}", desk.id, note.id))
        .await
        .expect(200)
        .has("note 40 end")
        .has("note 25 end")
        .has("note 99 end")
        .lacks("note 120 end")
        .has("Newer messages");
    ana.get(&format!("/inbox/c/{}?at=nothing", desk.id))
        .await
        .expect(200)
        .has("note 149 end");
    let hits = json(
        &ana.get(&format!("/inbox/c/{}/within?q=NOTE%2040", desk.id))
            .await
            .expect(200),
    );
    assert_eq!(hits["messages"], serde_json::json!([note.id]));
    let none = json(&ana.get(&format!("/inbox/c/{}/within?q=%20", desk.id)).await.expect(200));
    assert_eq!(none["messages"], serde_json::json!([]));
    ana.get(&format!("/inbox/c/{}/messages?before=x", desk.id))
        .await
        .expect(400);
}

#[tokio::test]
async fn only_administrators_organise() {
    let desk = Desk::new().await;
    let boss = agent(&desk.test, "Boss", Role::Administrator).await;
    let mut boss = Browser::of(&desk.test, &boss).await;
    let mut ana = desk.ana().await;
    ana.get("/settings/organise").await.expect(403);
    ana.post("/settings/organise/teams", &[("name", "x")]).await.expect(403);
    let member = format!("member_{}", desk.ana.id);
    boss.post(
        "/settings/organise/teams",
        &[("name", "Second line"), (member.as_str(), "on")],
    )
    .await
    .expect(303);
    boss.post("/settings/organise/teams", &[("name", "second  line")])
        .await
        .expect(303);
    boss.post("/settings/organise/teams", &[("name", "Second line")])
        .await
        .expect(422)
        .has("already");
    boss.post("/settings/organise/labels", &[("name", "Toner")])
        .await
        .expect(303);
    // A press beside Save does not take a label from every conversation: it is asked once more.
    let label = conversation::labels::list(desk.test.store().db()).await.unwrap()[0]
        .id
        .clone();
    boss.get("/settings/organise").await.expect(200).has("Yes, remove");
    let here = format!("/settings/organise/labels/{label}");
    boss.post(&here, &[("name", "Paper"), ("tint", "1")]).await.expect(303);
    boss.post(&here, &[("name", "Paper"), ("tint", "1"), ("remove", "1")])
        .await
        .expect(303);
    boss.post(&here, &[("name", "Paper"), ("tint", "1")]).await.expect(404);
    boss.post("/settings/organise/labels", &[("name", "Toner")])
        .await
        .expect(303);
    boss.post("/settings/organise/limits", &[("urgent", "30"), ("normal", "")])
        .await
        .expect(303);
    boss.post("/settings/organise/limits", &[("urgent", "soon")])
        .await
        .expect(422)
        .has("soon");
    let field = [
        ("name", "Plan"),
        ("target", "company"),
        ("kind", "choice"),
        ("choices", "Gold\nSilver"),
    ];
    boss.post("/settings/organise/fields", &field).await.expect(303);
    boss.post(
        "/settings/organise/fields",
        &[("name", "Plan"), ("target", "moon"), ("kind", "text")],
    )
    .await
    .expect(400);
    boss.get("/settings/organise")
        .await
        .expect(200)
        .has("Second line")
        .has("Toner")
        .has("value=\"30\"")
        .has("Plan");
}

#[tokio::test]
async fn who_signed_in_is_known_by_words_not_by_our_ids() {
    let desk = Desk::new().await;
    let contact = desk.now().await.contact_id;
    let mut tx = desk.test.store().begin().await.unwrap();
    for (kind, value) in [
        (IdentityKind::Portal, contact.as_str()),
        (IdentityKind::External, contact.as_str()),
        (IdentityKind::External, "user-1042"),
    ] {
        contacts::prove_in(&mut tx, &Actor::System, &contact, kind, value, "portal")
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let mut ana = desk.ana().await;
    ana.get(&format!("/inbox/c/{}", desk.id))
        .await
        .expect(200)
        .has(">Portal user<")
        .has(">Signed-in user<")
        .has(">user-1042<")
        .lacks(&format!(">{contact}<"));
}
