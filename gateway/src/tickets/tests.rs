//! The pages of tickets, walked through as agents and supervisors do.

use conversation::tickets::levels::{self, Check, CheckKind};
use conversation::tickets::{self, NewTicket, problems};
use conversation::types::{Actor, Language, Level, Role, TicketId, TicketKind, TicketStatus};
use conversation::{access, desk::Texts};

use crate::auth::testing::{Browser, agent};
use crate::testing::TestApp;

async fn ticket(test: &TestApp, at: usize, subject: &str) -> TicketId {
    let inbox = match conversation::inboxes::list(test.store().db())
        .await
        .unwrap()
        .into_iter()
        .next()
    {
        Some(inbox) => inbox.id,
        None => test.inbox().await,
    };
    let filed = test
        .mail(&inbox, &format!("joana{at}@example.org"), &format!("{at}@x"), subject)
        .await;
    let new = NewTicket {
        conversation: filed.conversation.unwrap(),
        subject: subject.to_owned(),
        kind: TicketKind::Incident,
        brief: String::new(),
    };
    tickets::open(test.store(), &Actor::System, new).await.unwrap().id
}

#[tokio::test]
async fn a_ticket_goes_up_and_the_customer_is_asked() {
    let test = TestApp::new().await;
    let ana = agent(&test, "Ana", Role::Agent).await;
    let mut browser = Browser::of(&test, &ana).await;
    let id = ticket(&test, 0, "Black screen").await;
    let check = Check {
        id: String::new(),
        kind: CheckKind::Text,
        is_required: true,
        labels: Texts::of([(Language::En, "What was tried".to_owned())]),
    };
    levels::set_checklist(test.store(), &Actor::System, Level::N2, &[check])
        .await
        .unwrap();
    let point = levels::checklist(test.store().db(), Level::N2)
        .await
        .unwrap()
        .remove(0)
        .id;
    let here = format!("/tickets/{id}");
    browser.get("/tickets").await.expect(200).has("Black screen").has("T-1");
    browser
        .get("/tickets?state=resolved")
        .await
        .expect(200)
        .lacks("Black screen");
    browser
        .get("/tickets?level=N1&sort=due&whose=mine&category=gone&after=x")
        .await
        .expect(200);
    browser
        .get(&here)
        .await
        .expect(200)
        .has("What was tried")
        .has("name=\"check_");
    let up = [("level", "N2"), ("reason", "Deeper")];
    browser
        .post(&format!("{here}/level"), &up)
        .await
        .expect(422)
        .has("What was tried");
    let name = format!("check_{point}");
    let told = [("level", "N2"), ("reason", "Deeper"), (name.as_str(), "Restarted")];
    browser.post(&format!("{here}/level"), &told).await.expect(303);
    browser.get(&here).await.expect(200).has("Restarted");
    browser
        .post(
            &here,
            &[
                ("subject", "Dark screen"),
                ("kind", "request"),
                ("category", ""),
                ("brief", "x"),
            ],
        )
        .await
        .expect(303);
    browser
        .post(
            &format!("{here}/reference"),
            &[("do", "add"), ("name", "APP-1"), ("url", "javascript:x")],
        )
        .await
        .expect(422);
    browser
        .post(
            &format!("{here}/link"),
            &[("do", "link"), ("number", "T-99"), ("kind", "related")],
        )
        .await
        .expect(422);
    browser
        .post(&format!("{here}/do"), &[("do", "ask_solved"), ("words", "")])
        .await
        .expect(303);
    let now = access::ticket(test.store().db(), &Actor::System, &id).await.unwrap();
    assert_eq!(
        (now.status, now.level, now.subject.as_str()),
        (TicketStatus::Confirming, Level::N2, "Dark screen")
    );
    let conversation = format!("/inbox/c/{}", now.conversation_id);
    browser.get(&conversation).await.expect(200).has(&format!("{here}/do"));
    browser
        .post(
            &format!("{here}/do"),
            &[("do", "close"), ("back", now.conversation_id.as_str())],
        )
        .await
        .expect(303);
    let eva = agent(&test, "Eva", Role::Supervisor).await;
    let mut eva = Browser::of(&test, &eva).await;
    eva.get(&here)
        .await
        .expect(200)
        .lacks("method=\"post\" action=\"/tickets");
    for path in ["do", "level", "link", "reference", "diagnosis", "problem"] {
        eva.post(&format!("{here}/{path}"), &[("do", "close")])
            .await
            .expect(403);
    }
}

#[tokio::test]
async fn many_that_say_the_same_become_a_problem() {
    let test = TestApp::new().await;
    let ana = agent(&test, "Ana", Role::Agent).await;
    let mut browser = Browser::of(&test, &ana).await;
    for at in 0..4 {
        ticket(&test, at, "The screen stays black after the update").await;
    }
    ticket(&test, 8, "Where is my invoice for March").await;
    test.app.search.catch_up(test.store()).await.unwrap();
    assert_eq!(super::similar::look(&test.app, 0).await.unwrap(), 5);
    let list = async || {
        let status = problems::ProblemStatus::Suggested;
        problems::list(test.store().db(), status, None, 10).await.unwrap()
    };
    assert!(list().await.is_empty(), "four are no crowd");
    let last = ticket(&test, 9, "Black screen since the update").await;
    ticket(&test, 10, "Screen black after update").await;
    test.app.search.catch_up(test.store()).await.unwrap();
    super::similar::look(&test.app, 5).await.unwrap();
    let found = list().await;
    assert_eq!(found.len(), 1);
    assert!(found[0].tickets >= 5, "{found:?}");
    browser
        .get(&format!("/tickets/{last}"))
        .await
        .expect(200)
        .has("say much the same")
        .lacks("invoice for March");
    browser
        .get("/problems?status=suggested")
        .await
        .expect(200)
        .has(&found[0].subject);
    let here = format!("/problems/{}", found[0].id);
    browser.post(&here, &[("do", "accept")]).await.expect(303);
    browser
        .post(
            &here,
            &[("do", "answer"), ("text_en", "Update again"), ("solution", "on")],
        )
        .await
        .expect(303);
    while problems::work(test.store()).await.unwrap() > 0 {}
    browser.get(&here).await.expect(200).has("answered");
    browser
        .get("/problems?status=resolved")
        .await
        .expect(200)
        .has(&found[0].subject);
}

#[tokio::test]
async fn what_only_asks_for_a_person_is_no_problem() {
    let test = TestApp::new().await;
    for at in 0..6 {
        ticket(&test, at, "I want to talk to a person").await;
    }
    test.app.search.catch_up(test.store()).await.unwrap();
    super::similar::look(&test.app, 0).await.unwrap();
    let status = problems::ProblemStatus::Suggested;
    let found = problems::list(test.store().db(), status, None, 10).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn the_settings_of_tickets_are_kept() {
    let test = TestApp::new().await;
    let root = agent(&test, "Root", Role::Administrator).await;
    let mut browser = Browser::of(&test, &root).await;
    test.inbox().await;
    browser
        .post(
            "/settings/tickets/categories",
            &[("parent", ""), ("name_en", "Hardware")],
        )
        .await
        .expect(303);
    browser
        .post(
            "/settings/tickets/categories",
            &[("parent", ""), ("name_en", "hardware")],
        )
        .await
        .expect(422);
    browser
        .post("/settings/tickets/closing", &[("hours", "24")])
        .await
        .expect(303);
    browser
        .post("/settings/tickets/closing", &[("hours", "soon")])
        .await
        .expect(422);
    let point = [
        ("kind_0", "tick"),
        ("required_0", "on"),
        ("label_0_en", "Logs attached"),
    ];
    browser.post("/settings/tickets/levels/N2", &point).await.expect(303);
    browser
        .get("/settings/tickets/levels/N2")
        .await
        .expect(200)
        .has("Logs attached");
    browser.get("/settings/tickets/levels/N1").await.expect(404);
    let words = [
        ("occasion", "resolved"),
        ("inbox", ""),
        ("kind", ""),
        ("text_en", "Done {{ticket.number}}"),
    ];
    browser.post("/settings/tickets/notices", &words).await.expect(303);
    browser
        .get("/settings/tickets/notices")
        .await
        .expect(200)
        .has("Done {{ticket.number}}");
    browser.get("/settings/tickets").await.expect(200).has("Hardware");
    let policy = [
        ("name", "All"),
        ("first_minutes", "60"),
        ("warn_percent", "75"),
        ("is_enabled", "on"),
    ];
    browser.post("/settings/sla/new", &policy).await.expect(303);
    browser.post("/settings/sla/new", &[("name", "None")]).await.expect(422);
    browser.get("/settings/sla").await.expect(200).has("1 h");
    let list = [
        ("name", "Screen"),
        ("text_0_en", "Is the light on?"),
        ("choices_0_en", "Yes\nNo"),
    ];
    browser.post("/settings/questions/new", &list).await.expect(303);
    browser
        .post("/settings/questions/new", &[("name", "Nothing")])
        .await
        .expect(422);
    browser.get("/settings/questions").await.expect(200).has("Screen");
    let call = [
        ("id", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("number", "+55 11 99999-0000"),
        ("way", "in"),
        ("outcome", "answered"),
        ("minutes", "4"),
        ("notes", "Asks for toner"),
    ];
    browser.post("/calls", &call).await.expect(303);
    browser.get("/calls/new").await.expect(200);
    let ana = agent(&test, "Ana", Role::Agent).await;
    let mut ana = Browser::of(&test, &ana).await;
    for path in [
        "/settings/tickets",
        "/settings/tickets/notices",
        "/settings/sla",
        "/settings/questions",
    ] {
        ana.get(path).await.expect(403);
    }
}

#[tokio::test]
async fn tickets_are_found_by_number_words_and_customer() {
    let test = TestApp::new().await;
    let ana = agent(&test, "Ana", Role::Agent).await;
    let mut browser = Browser::of(&test, &ana).await;
    ticket(&test, 0, "Black screen").await;
    ticket(&test, 1, "Paper jam").await;
    test.app.search.catch_up(test.store()).await.unwrap();
    let client = test.with_token(Role::Agent).await;
    for (typed, is_black, is_paper) in [
        ("screen", true, false),
        ("scre", true, false),
        ("T-1", true, false),
        ("%232", false, true),
        ("joana1", false, true),
        ("Ana", true, true),
        ("nothing+of+this+kind", false, false),
    ] {
        let page = browser.get(&format!("/tickets?q={typed}")).await.expect(200);
        assert_eq!(
            (page.text.contains("Black screen"), page.text.contains("Paper jam")),
            (is_black, is_paper),
            "{typed}"
        );
        let found = client.get(&format!("/tickets?search={typed}")).await.expect(200);
        assert_eq!(
            found["items"].as_array().unwrap().len(),
            usize::from(is_black) + usize::from(is_paper),
            "{typed}"
        );
    }
    browser
        .get("/tickets?q=screen&whose=mine&level=N2")
        .await
        .expect(200)
        .has("Nothing fits")
        .has("/tickets?q=screen&amp;state=any");
    client
        .get(&format!("/tickets?search={}", "x".repeat(201)))
        .await
        .problem(422, "invalid");
}
