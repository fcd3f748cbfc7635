//! Surveys and reports through the API.

use conversation::lifecycle::{Action, act};
use conversation::reply::{NewReply, ReplyKind, reply};
use conversation::reports;
use conversation::surveys;
use conversation::types::{Actor, AgentId, MessageId, Role};
use serde_json::json;

use crate::auth::testing::agent;
use crate::testing::TestApp;

#[tokio::test]
async fn settings_answers_and_figures_are_read_and_written() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let api = test.with_token(Role::Administrator).await;
    let wanted = json!({ "inboxes": [inbox], "questions": { "es": "¿Qué tal?" }, "delay_minutes": 0, "low_at": 2 });
    let saved = test.with_token(Role::Administrator).await;
    let saved = saved
        .send(
            "PUT",
            "/survey-settings/csat",
            &[("content-type", "application/json")],
            wanted.to_string().into_bytes(),
        )
        .await
        .expect(200);
    assert_eq!(saved["questions"]["es"], "¿Qué tal?");
    assert_eq!(saved["quiet_days"], 14);
    let again = api.get("/survey-settings/csat").await.expect(200);
    assert_eq!(again, saved);
    for wrong in [
        json!({ "inboxes": ["nothing"] }),
        json!({ "inboxes": [], "questions": { "de": "x" } }),
        json!({ "inboxes": [], "low_at": 9 }),
        json!({ "inboxes": [], "delay_minutes": i64::MAX }),
        json!({ "inboxes": [], "colour": "red" }),
    ] {
        let answer = api
            .send(
                "PUT",
                "/survey-settings/csat",
                &[("content-type", "application/json")],
                wrong.to_string().into_bytes(),
            )
            .await;
        answer.problem(422, "invalid");
    }
    let ana = agent(&test, "Ana", Role::Agent).await;
    let actor = Actor::Agent(ana.id.clone());
    let filed = test.mail(&inbox, "joana@example.org", "a@x", "Help").await;
    let id = filed.conversation.unwrap();
    test.clock.advance(600_000);
    let new = NewReply {
        id: MessageId::from(test.store().env().ulid()),
        conversation: id.clone(),
        kind: ReplyKind::Customer,
        text: "Done".to_owned(),
        cards: Vec::new(),
        attachments: Vec::new(),
        seen: None,
    };
    reply(test.store(), &actor, new).await.unwrap();
    act(test.store(), &actor, &id, Action::Resolve).await.unwrap();
    assert_eq!(surveys::ask_due(test.store()).await.unwrap(), 1);
    let contact = filed.contact.unwrap();
    let asked = api.get(&format!("/contacts/{contact}/surveys")).await.expect(200);
    let survey = asked["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&asked["items"][0]["state"], &asked["items"][0]["score"]),
        (&json!("asked"), &json!(null))
    );
    surveys::answer(test.store(), &survey, 2, Some("slow")).await.unwrap();
    let page = api.get("/surveys?low=true&kind=csat").await.expect(200);
    assert_eq!(page["items"][0]["comment"], "slow");
    assert_eq!(page["items"][0]["agent_id"], AgentId::as_str(&ana.id));
    assert_eq!(api.get("/surveys?kind=nps").await.expect(200)["items"], json!([]));
    api.get("/surveys?kind=x").await.problem(422, "invalid");
    let events = api.get("/events?limit=200").await.expect(200);
    let told = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["kind"] == "survey.answered");
    assert_eq!(told.count(), 1);

    reports::follow(test.store(), test.app.tz()).await.unwrap();
    let overseer = test.with_token(Role::Supervisor).await;
    let report = overseer
        .get("/reports?from=2026-01-01&to=2026-01-31&by=agent")
        .await
        .expect(200);
    assert_eq!(report["is_complete"], true);
    assert_eq!(report["total"]["created"], 1);
    assert_eq!(report["total"]["first_answer"], 600_000);
    assert_eq!(report["total"]["csat"], 0.0);
    assert_eq!(
        (&report["days"][0]["day"], &report["days"][0]["open"]),
        (&json!("2026-01-05"), &json!(0))
    );
    assert_eq!(report["rows"][0]["name"], "Ana");
    for wrong in [
        "from=2026-02-01&to=2026-01-01",
        "from=x&to=2026-01-01",
        "from=2026-01-01",
        "by=all",
        "times=night",
    ] {
        overseer.get(&format!("/reports?{wrong}")).await.problem(422, "invalid");
    }
}
