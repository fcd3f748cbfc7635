//! The pages as their readers get them: who sees what, the files, the mails, the board.

use conversation::lifecycle::{Action, act};
use conversation::reply::{NewReply, ReplyKind, reply};
use conversation::reports::{self, Dimension, mails};
use conversation::surveys::{self, Kind, Settings};
use conversation::types::{Actor, ConversationId, Language, MessageId, Role};
use conversation::{contacts, inboxes, notices};
use futures::StreamExt;

use super::choice::{Choice, Period};
use super::mail;
use crate::auth::testing::{Browser, agent};
use crate::people::agents::{self, Agent, NewAgent};
use crate::testing::TestApp;

struct Desk {
    test: TestApp,
    ana: Agent,
    eva: Agent,
    id: ConversationId,
}

/// One conversation that Ana answered after ten minutes and resolved, judged with a 1.
async fn desk() -> Desk {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let ana = agent(&test, "Ana", Role::Agent).await;
    let eva = agent(&test, "Eva", Role::Supervisor).await;
    let settings = Settings {
        inboxes: vec![inbox.clone()],
        delay: 0,
        ..Settings::usual(Kind::Csat)
    };
    let store = test.store();
    surveys::save_settings(store, &Actor::System, &settings).await.unwrap();
    let filed = test.mail(&inbox, "joana@example.org", "a@x", "Help").await;
    let id = filed.conversation.unwrap();
    contacts::edit(
        store,
        &Actor::System,
        &filed.contact.unwrap(),
        "Joana",
        None,
        Some("=cmd,\"x\""),
    )
    .await
    .unwrap();
    test.clock.advance(600_000);
    let actor = Actor::Agent(ana.id.clone());
    let new = NewReply {
        id: MessageId::from(store.env().ulid()),
        conversation: id.clone(),
        kind: ReplyKind::Customer,
        text: "Done".to_owned(),
        cards: Vec::new(),
        attachments: Vec::new(),
        seen: None,
    };
    reply(store, &actor, new).await.unwrap();
    act(store, &actor, &id, Action::Resolve).await.unwrap();
    assert_eq!(surveys::ask_due(store).await.unwrap(), 1);
    let contact = conversation::access::conversation(store.db(), &Actor::System, &id)
        .await
        .unwrap()
        .contact_id;
    let survey = surveys::of_contact(store.db(), &contact, 1).await.unwrap().remove(0);
    surveys::answer(store, &survey.id, 1, Some("too <slow>")).await.unwrap();
    reports::follow(store, test.app.tz()).await.unwrap();
    Desk { test, ana, eva, id }
}

#[tokio::test]
async fn supervisors_see_everything_and_agents_what_they_did() {
    let desk = desk().await;
    let other = agent(&desk.test, "Bea", Role::Agent).await;
    let mut eva = Browser::of(&desk.test, &desk.eva).await;
    let page = eva.get("/reports?period=7d&by=agent").await;
    for words in [
        "role=\"img\"",
        "<desc",
        "10 min",
        "By agent",
        ">Ana</th>",
        "too &lt;slow&gt;",
        "href=\"/board\"",
    ] {
        assert!(page.text.contains(words), "{words}");
    }
    assert!(!page.text.contains("style=\""));
    let mut ana = Browser::of(&desk.test, &desk.ana).await;
    ana.get("/reports")
        .await
        .has("What you did")
        .has("10 min")
        .has("too &lt;slow&gt;")
        .lacks("By channel")
        .lacks("/board");
    let mut bea = Browser::of(&desk.test, &other).await;
    bea.get("/reports")
        .await
        .has("What you did")
        .lacks("10 min")
        .lacks("too &lt;slow&gt;");
    for (browser, path) in [
        (&mut ana, "/board"),
        (&mut bea, "/reports.csv?table=breakdown&by=agent"),
    ] {
        assert_eq!(browser.get(path).await.status, 403, "{path}");
    }
    let mut nobody = Browser::new(&desk.test);
    for path in ["/reports", "/reports.csv", "/board"] {
        assert_eq!(nobody.get(path).await.status, 303, "{path}");
    }
    // Days that make no sense are said to, and the last month is shown.
    eva.get("/reports?period=custom&from=2026-02-01&to=2026-01-01")
        .await
        .has("These dates cannot be used");
    eva.get("/reports?period=custom&from=2026-01-01&to=2026-01-31&times=work&by=nonsense")
        .await
        .has("By channel");
}

#[tokio::test]
async fn every_table_is_a_file() {
    let desk = desk().await;
    let mut eva = Browser::of(&desk.test, &desk.eva).await;
    let page = eva.get("/reports.csv?table=breakdown&period=7d&by=company").await;
    assert_eq!(page.headers["content-type"], "text/csv; charset=utf-8");
    assert!(
        page.headers["content-disposition"]
            .to_str()
            .unwrap()
            .contains("report-2025-12-30-2026-01-05.csv")
    );
    // A name that a spreadsheet would run is text.
    let row = page.text.lines().nth(1).unwrap();
    assert!(row.starts_with("\"'=cmd,\"\"x\"\"\",1,1,600,600,"), "{row}");
    let page = eva.get("/reports.csv?table=days&period=7d").await;
    assert_eq!(page.text.lines().count(), 8, "{}", page.text);
    assert!(page.text.lines().last().unwrap().starts_with("2026-01-05,0,1,1,600,"));
    eva.get("/reports.csv?table=waits&period=7d").await.has("30 min,1");
    let mut ana = Browser::of(&desk.test, &desk.ana).await;
    ana.get("/reports.csv?table=days&period=7d")
        .await
        .has("2026-01-05,0,1,1,600,");
    // A duration says its unit; Excel in Spanish reads semicolons, and commas in numbers.
    ana.get("/reports.csv?table=days&period=7d")
        .await
        .has("First answer (seconds)");
    let new = NewAgent {
        email: "luz@example.com".to_owned(),
        name: "Luz".to_owned(),
        role: Role::Supervisor,
        language: Language::Es,
    };
    let luz = agents::create(desk.test.store(), &Actor::System, new).await.unwrap();
    let mut luz = Browser::of(&desk.test, &luz).await;
    let page = luz.get("/reports.csv?table=breakdown&period=7d&by=company").await;
    assert!(
        page.text.starts_with('\u{feff}') && page.text.contains("(segundos);"),
        "{}",
        page.text
    );
    let row = page.text.lines().nth(1).unwrap();
    assert!(row.starts_with("\"'=cmd,\"\"x\"\"\";1;1;600;600;;0,0000;"), "{row}");
}

#[tokio::test]
async fn a_report_comes_by_mail_in_the_language_of_its_reader() {
    let desk = desk().await;
    let store = desk.test.store();
    let mut ana = Browser::of(&desk.test, &desk.ana).await;
    ana.post(
        "/reports/mails",
        &[("every", "weekly"), ("by", "channel"), ("times", "calendar")],
    )
    .await
    .expect(303);
    ana.get("/reports").await.has("Every Monday");
    let new = NewAgent {
        email: "luz@example.com".to_owned(),
        name: "Luz".to_owned(),
        role: Role::Supervisor,
        language: Language::Es,
    };
    let luz = agents::create(store, &Actor::System, new).await.unwrap();
    let zone = desk.test.app.tz();
    mails::add(store, &luz.id, mails::Every::Weekly, Dimension::Agent, true, zone)
        .await
        .unwrap();
    assert_eq!(mail::send_due(&desk.test.app).await.unwrap(), 0, "not before Monday");
    desk.test.clock.advance(7 * 86_400_000);
    assert_eq!(mail::send_due(&desk.test.app).await.unwrap(), 2);
    assert_eq!(mail::send_due(&desk.test.app).await.unwrap(), 0, "once");
    let mut sent = notices::lease(store, "test", 10).await.unwrap();
    sent.sort_by(|one, other| one.recipient.cmp(&other.recipient));
    let (to_ana, to_luz) = (&sent[0], &sent[1]);
    assert_eq!(
        (to_luz.recipient.as_str(), to_luz.language),
        ("luz@example.com", Language::Es)
    );
    assert_eq!(to_luz.subject, "Informe 5 de enero de 2026 – 11 de enero de 2026");
    let look: notices::Look = serde_json::from_str(to_luz.look.as_deref().unwrap()).unwrap();
    let fact = look
        .facts
        .iter()
        .find(|(label, _)| label == "Primera respuesta")
        .unwrap();
    assert_eq!(fact.1, "10 min (antes: –)");
    let file = look.file.unwrap();
    let bytes = store.blobs().get(&file.blob.sha256).await.unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("\r\nAna;1;1;600;"));
    // What others did is not an agent's to read.
    let look: notices::Look = serde_json::from_str(to_ana.look.as_deref().unwrap()).unwrap();
    assert_eq!(look.file, None);
    let mine = mails::of_agent(store.db(), &desk.ana.id).await.unwrap().remove(0);
    let mut other = Browser::of(&desk.test, &desk.eva).await;
    assert_eq!(
        other
            .post(&format!("/reports/mails/{}/remove", mine.id), &[])
            .await
            .status,
        404
    );
    ana.post(&format!("/reports/mails/{}/remove", mine.id), &[])
        .await
        .expect(303);
    assert!(mails::of_agent(store.db(), &desk.ana.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_board_shows_who_waits_and_moves() {
    let desk = desk().await;
    let mut eva = Browser::of(&desk.test, &desk.eva).await;
    eva.get("/board")
        .await
        .has("Nobody waits.")
        .has("Ana")
        .has("data-url=\"/board\"");
    let inbox = inboxes::list(desk.test.store().db()).await.unwrap().remove(0).id;
    let stream = eva.stream("/events").await;
    desk.test.mail(&inbox, "rui@example.org", "b@x", "Broken").await;
    desk.test.clock.advance(3_600_000);
    let mut scripted = Browser::of(&desk.test, &desk.eva).await.scripted();
    let part = scripted.get("/board").await;
    assert!(!part.text.contains("<html"), "a fragment");
    for words in ["Printer", "1 h", "N1"] {
        assert!(part.text.contains(words), "{words} in {}", part.text);
    }
    // A chat has no subject: what the customer wrote last stands there, not what was said to them.
    let chat = desk
        .test
        .mail(&inbox, "bia@example.org", "c@x", "My toner is empty")
        .await;
    let mut tx = desk.test.store().begin().await.unwrap();
    for change in [
        "UPDATE conversations SET subject = NULL, preview = 'A person will help you.' WHERE id = $1",
        "UPDATE messages SET text = 'My toner' || char(10) || 'is empty' WHERE conversation_id = $1",
    ] {
        conversation::db::sql(change)
            .bind(chat.conversation.as_ref().unwrap())
            .run(&mut tx)
            .await
            .unwrap();
    }
    tx.commit_silently().await.unwrap();
    let part = scripted.get("/board").await;
    assert!(part.text.contains("My toner is empty"), "{}", part.text);
    assert!(!part.text.contains("A person will help you."), "{}", part.text);
    eva.get("/board?wall=1").await.has("board wall").lacks("class=\"rail\"");
    let _realtime = tokio::spawn({
        let (realtime, stop) = (desk.test.app.realtime.clone(), desk.test.app.stop.clone());
        async move { realtime.run(stop).await }
    });
    let mut stream = std::pin::pin!(stream);
    let first = tokio::time::timeout(std::time::Duration::from_secs(10), stream.next()).await;
    assert!(first.is_ok_and(|one| one.is_some()), "what happens is told");
}

#[tokio::test]
async fn surveys_stand_beside_the_conversation_and_are_set_by_administrators() {
    let desk = desk().await;
    let mut ana = Browser::of(&desk.test, &desk.ana).await;
    ana.get(&format!("/inbox/c/{}", desk.id))
        .await
        .has("1/5")
        .has("too &lt;slow&gt;")
        .has("gave 1 of 5");
    assert_eq!(ana.get("/settings/surveys").await.status, 403);
    let admin = agent(&desk.test, "Root", Role::Administrator).await;
    let mut admin = Browser::of(&desk.test, &admin).await;
    admin.get("/settings/surveys").await.has("How was our help?");
    let fields = [
        ("delay", "30"),
        ("quiet", "7"),
        ("low_at", "3"),
        ("question_pt", "E aí?"),
        ("label", ""),
    ];
    admin.post("/settings/surveys/csat", &fields).await.has("Saved.");
    let saved = surveys::load_settings(desk.test.store().db(), Kind::Csat)
        .await
        .unwrap();
    assert_eq!((saved.delay, saved.quiet, saved.low_at), (1_800_000, 7 * 86_400_000, 3));
    assert!(saved.inboxes.is_empty());
    let page = admin
        .post(
            "/settings/surveys/csat",
            &[("delay", "soon"), ("quiet", "7"), ("low_at", "9")],
        )
        .await;
    assert_eq!(page.status, 422);
    page.has("Write a number from 0 to 4.");
    assert_eq!(admin.post("/settings/surveys/other", &fields).await.status, 404);
}

#[test]
fn periods_are_compared_with_as_many_days_before() {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    // 23:30 on October 31st over there.
    let now = "2026-11-01T03:30:00Z"
        .parse::<jiff::Timestamp>()
        .unwrap()
        .as_millisecond();
    let of = |period: &str| {
        let choice = Choice {
            period: period.to_owned(),
            ..Choice::default()
        };
        choice.period(now, &zone).unwrap()
    };
    let days =
        |period: Period| [period.from, period.to, period.before_from, period.before_to].map(|day| day.to_string());
    assert_eq!(days(of("7d")), ["2026-10-25", "2026-10-31", "2026-10-18", "2026-10-24"]);
    assert_eq!(
        days(of("month")),
        ["2026-10-01", "2026-10-31", "2026-08-31", "2026-09-30"]
    );
    assert_eq!(
        days(of("last-month")),
        ["2026-09-01", "2026-09-30", "2026-08-02", "2026-08-31"]
    );
    for (period, slots) in [("7d", 7), ("90d", 90), ("365d", 53)] {
        let all = of(period).slots();
        assert_eq!(all.len(), slots, "{period}: {all:?}");
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{period}");
    }
}
