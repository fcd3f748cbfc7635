//! Rules by time on their page: what they would act on now is said, and asked about, before they are switched on.

use channels::doors::Doors;
use conversation::access;
use conversation::desk::rules::{self, timed};
use conversation::types::{Actor, Priority};

use super::administrator;

const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn a_rule_by_time_asks_before_it_acts_on_what_waited() {
    let (test, mut ana) = administrator().await;
    let inbox = test.inbox().await;
    let filed = test.mail(&inbox, "joana@example.org", "a@x", "Help").await;
    let conversation = filed.conversation.unwrap();
    test.clock.advance(30 * HOUR);
    let form = [
        ("name", "Late"),
        ("occasion", "waiting_us"),
        ("minutes", "2"),
        ("unit", "hours"),
        ("step_0", "priority:urgent"),
        ("is_enabled", "on"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&form[..], more].concat();
    let count = async || rules::list(test.store().db()).await.unwrap().len();
    ana.post("/settings/rules/new", &with(&[("try", "1")]))
        .await
        .expect(200)
        .has("One conversation has waited that long")
        .lacks("name=\"do\"");
    ana.post("/settings/rules/new", &form)
        .await
        .expect(200)
        .has("One conversation has waited that long")
        .has("value=\"leave\"")
        .has("value=\"act\"");
    assert_eq!(count().await, 0, "nothing is kept before somebody said");
    ana.post("/settings/rules/new", &with(&[("do", "leave")]))
        .await
        .expect(303);
    ana.get("/settings/rules")
        .await
        .expect(200)
        .has("the customer waits for us for 2 hours");
    let looked = timed::look(test.store(), &Doors).await.unwrap();
    assert_eq!(looked.acted, 0, "what waited before is left alone");

    // Another time: it is asked again.
    let id = rules::list(test.store().db()).await.unwrap().remove(0).id;
    let page = format!("/settings/rules/{id}");
    ana.get(&page)
        .await
        .expect(200)
        .has("value=\"hours\" selected")
        .has("name=\"minutes\"");
    let mut changed = with(&[]);
    changed[2].1 = "1";
    ana.post(&page, &changed).await.expect(200).has("value=\"act\"");
    changed.push(("do", "act"));
    ana.post(&page, &changed).await.expect(303);
    // As it stands it is saved without a question.
    changed.pop();
    ana.post(&page, &changed).await.expect(303);
    let looked = timed::look(test.store(), &Doors).await.unwrap();
    assert_eq!(looked.acted, 1);
    let now = access::conversation(test.store().db(), &Actor::System, &conversation)
        .await
        .unwrap();
    assert_eq!(now.priority, Priority::Urgent);
    let thread = ui::routes::path(ui::routes::CONVERSATION, conversation.as_str());
    ana.get(&thread)
        .await
        .expect(200)
        .has("Rule “Late”, because the customer waits for us for one hour: priority set");
    // What is no time is said beside the field.
    for (minutes, words) in [("soon", "Write a number"), ("0", "A rule by time acts after 1 to")] {
        let mut wrong = with(&[]);
        wrong[2].1 = minutes;
        ana.post("/settings/rules/new", &wrong).await.expect(422).has(words);
    }
}
