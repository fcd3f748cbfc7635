//! Who works where: chosen on the page of an agent, changed on that of an inbox, told in both.

use conversation::inbox_agents::{self, WorksIn};
use conversation::types::Role;

use super::administrator;
use crate::auth::testing::agent;

#[tokio::test]
async fn the_inboxes_of_an_agent_are_chosen_on_two_pages() {
    let (test, mut root) = administrator().await;
    let support = test.inbox().await;
    let db = test.store().db();
    let eva = agent(&test, "Eva", Role::Agent).await;
    agent(&test, "Rui", Role::Supervisor).await;
    let page = format!("/settings/people/{}/inboxes", eva.id);
    root.get("/settings/people")
        .await
        .expect(200)
        .has(&page)
        .lacks("Only in:");
    root.get(&page)
        .await
        .expect(200)
        .has("Where Eva works")
        .has("value=\"all\" selected");
    let tick = format!("inbox_{support}");
    root.post(&page, &[("works", "some"), (&tick, "on")]).await.expect(303);
    let works = inbox_agents::of_agent(db, &eva.id).await.unwrap();
    assert_eq!(works, WorksIn::Only(vec![support.clone()]));
    root.get("/settings/people").await.expect(200).has("Only in: Support");
    root.get(&page).await.expect(200).has("value=\"some\" selected");
    // The other page: who works there by choice, and who works everywhere.
    let inbox = format!("/settings/inboxes/{support}");
    root.get(&inbox)
        .await
        .expect(200)
        .has("Who works here")
        .has("Eva · one person works in all inboxes");
    let people = format!("{inbox}/people");
    let tick = format!("agent_{}", eva.id);
    root.get(&people)
        .await
        .expect(200)
        .has("Who works in Support")
        .has(&format!("name=\"{tick}\" value=\"on\" checked"))
        .has("Rui");
    root.post(&people, &[]).await.expect(303);
    assert_eq!(
        inbox_agents::of_agent(db, &eva.id).await.unwrap(),
        WorksIn::Only(Vec::new())
    );
    root.get("/settings/people")
        .await
        .has("In no inbox: sees what is assigned to them");
    root.post(&people, &[(&tick, "on")]).await.expect(303);
    assert_eq!(inbox_agents::of_agent(db, &eva.id).await.unwrap(), works);
    root.post(&page, &[("works", "all")]).await.expect(303);
    root.get(&people)
        .await
        .expect(200)
        .has("everybody works in all of them")
        .lacks(&tick);
    // What is no choice and what is no inbox.
    root.post(&page, &[("works", "most")]).await.expect(400);
    root.post(&page, &[("works", "some"), ("inbox_nowhere", "on")])
        .await
        .expect(422)
        .has("There is no inbox `nowhere`");
    root.get("/settings/people/nobody/inboxes").await.expect(404);
    root.get("/settings/inboxes/nowhere/people").await.expect(404);
    // Each change stands in the audit.
    let audit = root.get("/settings/audit").await.expect(200);
    assert_eq!(
        audit.text.matches("changed in which inboxes").count(),
        4,
        "{}",
        audit.text
    );
}
