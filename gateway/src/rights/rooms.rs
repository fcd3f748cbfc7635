//! What somebody finds who works in some inboxes only: of what is elsewhere nothing, whatever they ask. Every route of the
//! table is asked with the ids of what they do not see and answers as to the id of nothing.

use conversation::conversations::Message;
use conversation::inbox_agents::{self, WorksIn};
use conversation::inboxes::{self, NewInbox};
use conversation::tickets::problems;
use conversation::tickets::{self, NewTicket};
use conversation::types::{Actor, Channel, ConversationId, InboxId, Language, Role, TicketId, TicketKind};
use conversation::{access, attachments, views};
use futures::StreamExt;
use serde_json::json;

use super::{NOTHING, table};
use crate::auth::testing::{Browser, agent};
use crate::people::agents::Agent;
use crate::realtime::Signal;
use crate::testing::TestApp;

/// What stands in everything that is not to be seen.
const SECRET: &str = "Salaries77";

async fn payroll(test: &TestApp) -> InboxId {
    let new = NewInbox {
        channel: Channel::Email,
        name: "Payroll".to_owned(),
        language: Language::En,
        address: "payroll@example.com".to_owned(),
        bot_enabled: false,
        settings: json!({ "address": "payroll@example.com" }),
    };
    inboxes::create(test.store(), &Actor::System, new).await.unwrap()
}

async fn only(test: &TestApp, agent: &Agent, inbox: &InboxId) {
    let mut tx = test.store().begin().await.unwrap();
    let works = WorksIn::Only(vec![inbox.clone()]);
    inbox_agents::set_in(&mut tx, &Actor::System, &agent.id, &works)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn mail(test: &TestApp, inbox: &InboxId, from: &str, words: &str) -> (ConversationId, Message) {
    let mut mail = test.message(inbox, from, &format!("{from}-{words}"), words).await;
    mail.subject = Some(words.to_owned());
    mail.attachments = vec![conversation::inbound::InboundAttachment {
        name: format!("{words}.txt"),
        media_type: "text/plain".to_owned(),
        inline: false,
        content_id: None,
        blob: test.store().put_blob(words.as_bytes()).await.unwrap(),
        source: None,
    }];
    let filed = conversation::ingest::ingest(test.store(), &[mail])
        .await
        .unwrap()
        .remove(0);
    let id = filed.conversation.unwrap();
    let message = views::timeline(test.store().db(), &id, None, 1)
        .await
        .unwrap()
        .remove(0);
    (id, message)
}

async fn ticket(test: &TestApp, conversation: &ConversationId, subject: &str) -> TicketId {
    let mut tx = test.store().begin().await.unwrap();
    let new = NewTicket {
        conversation: conversation.clone(),
        subject: subject.to_owned(),
        kind: TicketKind::Incident,
        brief: subject.to_owned(),
    };
    let ticket = tickets::open_in(&mut tx, &Actor::System, new).await.unwrap();
    tx.commit().await.unwrap();
    ticket.id
}

#[tokio::test]
async fn of_other_inboxes_nothing_is_found_by_any_route() {
    let test = TestApp::new().await;
    test.app.knowledge.refresh(test.store()).await.unwrap();
    let (support, payroll) = (test.inbox().await, payroll(&test).await);
    let (open, _) = mail(&test, &support, "joana@example.org", "Printer jams").await;
    // So that no ticket has the number of the conversation that is hidden.
    for number in 0..3 {
        mail(&test, &support, &format!("c{number}@example.org"), "Printer jams").await;
    }
    let (hidden, message) = mail(&test, &payroll, "joana@example.org", SECRET).await;
    let file = attachments::of_messages(test.store().db(), std::slice::from_ref(&message.id))
        .await
        .unwrap()
        .remove(0);
    let of_hidden = ticket(&test, &hidden, SECRET).await;
    ticket(&test, &open, "Printer jams").await;
    let root = agent(&test, "Root", Role::Administrator).await;
    let problem = problems::open(
        test.store(),
        &Actor::Agent(root.id.clone()),
        SECRET,
        "",
        std::slice::from_ref(&of_hidden),
    )
    .await
    .unwrap();
    test.app.search.catch_up(test.store()).await.unwrap();
    let number = access::conversation(test.store().db(), &Actor::System, &hidden)
        .await
        .unwrap()
        .number;
    let nobodys = (number + 1_000).to_string();
    // A route begins with, what stands in its place, and what nothing is called there.
    let number = number.to_string();
    let ids: [(&str, &str, &str); 7] = [
        ("/inbox/c/{id}", hidden.as_str(), NOTHING),
        ("/inbox/m/{id}", message.id.as_str(), NOTHING),
        ("/files/{id}", file.id.as_str(), NOTHING),
        ("/inbox/go/{number}", &number, &nobodys),
        ("/tickets/{id}", of_hidden.as_str(), NOTHING),
        ("/problems/{id}", &problem.id, NOTHING),
        ("/knowledge/from/{conversation}", hidden.as_str(), NOTHING),
    ];
    let searched = [
        format!("/inbox/find?q={SECRET}"),
        format!("/inbox/list?q=%23{number}"),
        format!("/inbox/list?tab=all&status=any&inbox={payroll}"),
        "/inbox/list?tab=all&status=any".to_owned(),
        "/inbox/list?tab=spam".to_owned(),
        "/tickets?state=any".to_owned(),
        format!("/inbox/new?by={payroll}"),
        format!("/inbox/new?forward={}", message.id),
        format!("/calls/new?conversation={hidden}"),
        format!("/inbox/people?conversation={hidden}"),
        format!("/inbox/c/{open}"),
        "/inbox/go/T1".to_owned(),
    ];
    let typed = [format!("/inbox/list?q={SECRET}"), format!("/tickets?q={SECRET}")];
    for role in [Role::Agent, Role::Supervisor] {
        let limited = agent(&test, &format!("Limited{role}"), role).await;
        only(&test, &limited, &support).await;
        let mut limited = Browser::of(&test, &limited).await;
        limited.get("/inbox?tab=all").await.expect(200).has("Printer jams");
        let mut tried = 0;
        for ((path, method), _) in table() {
            if path.starts_with("/api/") || path.starts_with("/portal") || path == "/events" || path == "/sign-out" {
                continue;
            }
            test.clock.advance(60_000);
            match ids.iter().find(|(route, ..)| path.starts_with(route)) {
                Some((route, theirs, nobodys)) => {
                    let of = |id: &str| {
                        let rest = path.trim_start_matches(route).replace("{id}", NOTHING);
                        let (begin, _) = route.split_once('{').unwrap();
                        format!("{begin}{id}{rest}")
                    };
                    let kind = "application/x-www-form-urlencoded";
                    let hidden = limited.send(&method, &of(theirs), kind, Vec::new()).await;
                    let nothing = limited.send(&method, &of(nobodys), kind, Vec::new()).await;
                    assert_eq!(hidden.status, nothing.status, "{method} {path} as {role}");
                    assert!(
                        !hidden.status.is_success(),
                        "{method} {path} as {role}: {}",
                        hidden.status
                    );
                    hidden.lacks(SECRET);
                    tried += 1;
                }
                None if method == "GET" && !path.contains('{') => {
                    limited.get(&path).await.lacks(SECRET);
                    tried += 1;
                }
                None => {}
            }
        }
        assert!(tried > 100, "{tried}");
        for path in &searched {
            limited.get(path).await.lacks(SECRET);
        }
        // What was typed stands in the field again.
        for path in &typed {
            let page = limited.get(path).await.expect(200);
            page.lacks(hidden.as_str()).lacks(of_hidden.as_str()).lacks("<mark>");
        }
    }
    let mut root = Browser::of(&test, &root).await;
    for path in ["/inbox?tab=all", "/tickets", "/problems", &searched[0]] {
        root.get(path).await.expect(200).has(SECRET);
    }
    root.get(&typed[0]).await.expect(200).has(hidden.as_str()).has("<mark>");
    root.get(&typed[1]).await.expect(200).has(of_hidden.as_str());
}

#[tokio::test]
async fn what_is_offered_is_what_can_be_done() {
    let test = TestApp::new().await;
    let (support, payroll) = (test.inbox().await, payroll(&test).await);
    let (open, _) = mail(&test, &support, "joana@example.org", "Printer jams").await;
    let (hidden, _) = mail(&test, &payroll, "joana@example.org", SECRET).await;
    let limited = agent(&test, "Lia", Role::Agent).await;
    let eva = agent(&test, "Eva", Role::Agent).await;
    only(&test, &limited, &support).await;
    let mut lia = Browser::of(&test, &limited).await;
    // The other conversations of the customer are counted, not named.
    lia.get(&format!("/inbox/c/{open}"))
        .await
        .expect(200)
        .has("One more is in an inbox that you do not work in.");
    lia.get("/inbox/list").await.expect(200).lacks(">Payroll</option>");
    let begin = lia.get("/inbox/new").await.expect(200);
    assert!(!begin.text.contains(payroll.as_str()) && begin.text.contains(support.as_str()));
    let id = test.store().env().ulid();
    let fields = [
        ("id", id.as_str()),
        ("inbox", payroll.as_str()),
        ("to", "rui@example.org"),
        ("subject", "Hello"),
        ("text", "Hello"),
    ];
    lia.upload("/inbox/new", &fields, &[]).await.expect(400);
    // Nobody is offered who does not see it, nor called.
    let mut eva = Browser::of(&test, &eva).await;
    let lia_s = format!("value=\"{}\"", limited.id);
    eva.get(&format!("/inbox/c/{open}")).await.expect(200).has(&lia_s);
    let page = eva.get(&format!("/inbox/c/{hidden}")).await.expect(200);
    let side = page.text.split("side-block").skip(1).collect::<String>();
    assert!(!side.contains(&lia_s), "{side}");
    eva.get(&format!("/inbox/people?conversation={open}")).await.has("Lia");
    eva.get(&format!("/inbox/people?conversation={hidden}"))
        .await
        .expect(200)
        .lacks("Lia");
    eva.is_scripted = true;
    eva.post(&format!("/inbox/c/{hidden}/assign"), &[("agent", limited.id.as_str())])
        .await
        .has("Lia does not work in this inbox");
    // A call has its place among the calls, where they do not work.
    let call = [
        ("id", id.as_str()),
        ("number", "+5511999990000"),
        ("notes", "Asked for toner"),
        ("outcome", "answered"),
    ];
    lia.post("/calls", &call)
        .await
        .expect(422)
        .has("in an inbox that you do not work in");
    let id = test.store().env().ulid();
    let call = [
        ("id", id.as_str()),
        ("conversation", open.as_str()),
        ("notes", "Asked for toner"),
        ("outcome", "answered"),
    ];
    lia.post("/calls", &call).await.expect(303);
}

async fn next(stream: &mut axum::body::BodyDataStream) -> String {
    String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_browser_hears_only_of_what_its_reader_sees() {
    let test = TestApp::new().await;
    let (support, payroll) = (test.inbox().await, payroll(&test).await);
    let limited = agent(&test, "Lia", Role::Agent).await;
    let (hidden, _) = mail(&test, &payroll, "joana@example.org", SECRET).await;
    only(&test, &limited, &support).await;
    let lia = Browser::of(&test, &limited).await.scripted();
    let head = test.store().head().await.unwrap();
    // What was missed, and what comes: of payroll nothing, of support everything.
    mail(&test, &payroll, "rui@example.org", SECRET).await;
    let (open, _) = mail(&test, &support, "rui@example.org", "Printer jams").await;
    let mut stream = lia.stream(&format!("/events?after={head}")).await;
    let typing = |conversation: &ConversationId| Signal::CustomerTyping {
        conversation: conversation.clone(),
        is_typing: true,
    };
    let mut heard = vec![next(&mut stream).await];
    for conversation in [&hidden, &open] {
        test.app.realtime.signal(typing(conversation));
    }
    while !heard.last().unwrap().contains("event: typing") {
        heard.push(next(&mut stream).await);
    }
    let all = heard.join("\n");
    assert!(all.contains(open.as_str()) && !all.contains(hidden.as_str()), "{all}");
    let of_others = heard
        .iter()
        .find(|one| one.contains("conversation_id") && !one.contains(open.as_str()));
    assert!(of_others.is_none(), "{of_others:?}");
    drop(stream);
    // Where somebody changes what they see, their page begins anew, and from then on they hear of it.
    let head = test.store().head().await.unwrap();
    let mut tx = test.store().begin().await.unwrap();
    inbox_agents::set_in(&mut tx, &Actor::System, &limited.id, &WorksIn::All)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (later, _) = mail(&test, &payroll, "lia@example.org", SECRET).await;
    let mut stream = lia.stream(&format!("/events?after={head}")).await;
    let mut heard = vec![next(&mut stream).await];
    assert!(heard[0].contains("event: reset"), "{heard:?}");
    while !heard.last().unwrap().contains(later.as_str()) {
        heard.push(next(&mut stream).await);
    }
}
