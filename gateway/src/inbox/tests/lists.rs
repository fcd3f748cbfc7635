//! Places, filters, kept lists, labels, many at once, finding, windows, the customer.

use conversation::db::sql;
use conversation::fields::{self, FieldKind, Target};
use conversation::types::{Actor, IdentityKind, MessageKind, Role};
use conversation::{contacts, labels, teams};
use jiff::tz::TimeZone;
use search::{Find, Query};
use serde_json::Value;

use super::Desk;
use crate::auth::testing::{Browser, agent};

fn json(page: &crate::auth::testing::Page) -> Value {
    serde_json::from_str(&page.text).unwrap_or_else(|error| panic!("{error}: {}", page.text))
}

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
    desk.test.app.search.catch_up(desk.test.store()).await.unwrap();
    let mut ana = desk.ana().await;
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
    // What is written later is found, what moves is found where it is now.
    mail("rui@example.org", "c@example.org", "Also the <b>fuser</b> squeaks").await;
    desk.test.app.search.catch_up(desk.test.store()).await.unwrap();
    ana.get("/inbox/list?tab=all&q=fuser")
        .await
        .expect(200)
        .has("&lt;b&gt;<mark>fuser</mark>");
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
async fn the_customer_is_edited_and_merged_beside_the_conversation() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let store = desk.test.store();
    let plan = fields::define(
        store,
        &Actor::System,
        Target::Contact,
        "Plan",
        FieldKind::Choice,
        &["Gold".to_owned()],
    )
    .await
    .unwrap();
    let field = format!("field_{plan}");
    let edit = [
        ("name", "Joana Prado"),
        ("company", "Padaria Estrela"),
        ("language", "pt"),
        ("tz", "America/Sao_Paulo"),
        (field.as_str(), "Gold"),
    ];
    ana.post(&desk.path("customer"), &edit)
        .await
        .expect(200)
        .has("Joana Prado")
        .has("Padaria Estrela")
        .has("07:00 (−3 h)")
        .has("<dd>Gold</dd>")
        .has("Verified since");
    let wrong = [("name", "X"), (field.as_str(), "Silver")];
    ana.post(&desk.path("customer"), &wrong)
        .await
        .expect(422)
        .has("Joana Prado");
    desk.test
        .mail(&desk.inbox, "jo@private.example", "z@example.org", "Hello")
        .await;
    let preview = desk.path("merge-preview");
    ana.get(&format!("{preview}?identity=jo@private.example"))
        .await
        .expect(200)
        .has("addresses 1, conversations 1")
        .has("/merge-contact");
    ana.get(&format!("{preview}?identity=nobody@x.example"))
        .await
        .expect(200)
        .has("Nobody with this address");
    ana.get(&format!("{preview}?identity=joana@example.org"))
        .await
        .expect(200)
        .has("one and the same");
    let contact = desk.now().await.contact_id;
    assert_eq!(contacts::load(store.db(), &contact).await.unwrap().name, "Joana Prado");
}

#[tokio::test]
async fn only_administrators_organise() {
    let desk = Desk::new().await;
    let boss = agent(&desk.test, "Boss", Role::Administrator).await;
    let mut boss = Browser::of(&desk.test, &boss).await;
    let mut ana = desk.ana().await;
    ana.get("/settings/organise").await.expect(403);
    ana.post("/settings/organise/teams", &[("name", "x")]).await.expect(403);
    boss.post(
        "/settings/organise/teams",
        &[("name", "Second line"), ("member", desk.ana.id.as_str())],
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
