use conversation::deliveries;
use conversation::lifecycle::UNTIL_REPLY;
use conversation::outbound::SendError;
use conversation::types::{Actor, ConversationId, ConversationStatus, InboxId, Level, MessageKind, Role};
use conversation::{access, views};

use super::later::wake_at;
use crate::auth::testing::{Browser, Page, agent};
use crate::people::agents::Agent;
use crate::testing::{NOW, TestApp};

mod copies;
mod customer;
mod events;
mod finding;
mod lists;
mod picking;
mod replies;
mod spam;
mod subjects;

/// What a page answers to a script.
fn json(page: &Page) -> serde_json::Value {
    serde_json::from_str(&page.text).unwrap_or_else(|error| panic!("{error}: {}", page.text))
}

struct Desk {
    test: TestApp,
    inbox: InboxId,
    ana: Agent,
    id: ConversationId,
}

impl Desk {
    async fn new() -> Desk {
        let test = TestApp::new().await;
        let inbox = test.inbox().await;
        let ana = agent(&test, "Ana", Role::Agent).await;
        let filed = test
            .mail(&inbox, "joana@example.org", "a@example.org", "The printer is jammed")
            .await;
        Desk {
            id: filed.conversation.unwrap(),
            test,
            inbox,
            ana,
        }
    }

    async fn ana(&self) -> Browser {
        Browser::of(&self.test, &self.ana).await.scripted()
    }

    fn path(&self, what: &str) -> String {
        format!("/inbox/c/{}/{what}", self.id)
    }

    async fn now(&self) -> conversation::conversations::Conversation {
        access::conversation(self.test.store().db(), &Actor::System, &self.id)
            .await
            .unwrap()
    }

    async fn head(&self) -> String {
        self.test.store().head().await.unwrap().to_string()
    }

    async fn count(&self, kind: MessageKind) -> usize {
        let all = views::timeline(self.test.store().db(), &self.id, None, 100)
            .await
            .unwrap();
        all.iter().filter(|message| message.kind == kind).count()
    }
}

#[tokio::test]
async fn the_page_shows_list_and_conversation() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    ana.is_scripted = false;
    ana.get("/inbox")
        .await
        .expect(200)
        .has("Printer")
        .has("data-unread=\"1\"");
    let path = format!("/inbox/c/{}", desk.id);
    ana.get(&path)
        .await
        .expect(200)
        .has("The printer is jammed")
        .has("joana@example.org")
        .has("data-position=");
    ana.get("/inbox/list")
        .await
        .expect(200)
        .lacks("data-unread")
        .lacks("<html");
    desk.test.app.search.catch_up(desk.test.store()).await.unwrap();
    ana.get("/inbox/list?q=joana").await.expect(200).has("Printer");
    ana.get("/inbox/list?q=%25").await.expect(200).lacks("Printer");
    ana.get("/inbox/list?tab=mine").await.expect(200).lacks("Printer");
    ana.get("/inbox/list?tab=all&status=resolved")
        .await
        .expect(200)
        .lacks("Printer");
    ana.get("/inbox/c/nobody").await.expect(404);
}

#[tokio::test]
async fn what_is_refreshed_unseen_stays_unread() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    ana.headers = vec![("x-visible", "hidden".to_owned())];
    ana.get(&desk.path("thread")).await.expect(200);
    ana.get("/inbox/list").await.expect(200).has("data-unread=\"1\"");
    ana.headers = vec![("x-visible", "visible".to_owned())];
    ana.get(&desk.path("thread")).await.expect(200);
    ana.get("/inbox/list").await.expect(200).lacks("data-unread");
}

#[tokio::test]
async fn every_action_does_what_it_says() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let eva = agent(&desk.test, "Eva", Role::Agent).await;
    ana.post(&desk.path("claim"), &[])
        .await
        .expect(200)
        .has("Ana took it")
        .has("id=\"thread\"");
    assert_eq!(desk.now().await.assignee_id, Some(desk.ana.id.clone()));
    ana.post(&desk.path("assign"), &[("agent", eva.id.as_str())])
        .await
        .expect(200)
        .has("Ana gave it to Eva");
    ana.post(&desk.path("assign"), &[("agent", "")]).await.expect(200);
    assert_eq!(desk.now().await.assignee_id, None);
    ana.post(&desk.path("assign"), &[("agent", "nobody")])
        .await
        .expect(422)
        .has("does not exist");
    ana.post(&desk.path("escalate"), &[("level", "N2"), ("reason", "")])
        .await
        .expect(422)
        .has("Say why");
    ana.post(&desk.path("escalate"), &[("level", "N2"), ("reason", "Roller")])
        .await
        .expect(200)
        .has("Roller");
    assert_eq!(desk.now().await.level, Level::N2);
    ana.post(&desk.path("escalate"), &[("level", "N1"), ("reason", "Easy")])
        .await
        .expect(200)
        .has("Ana returned it");
    ana.post(&desk.path("snooze"), &[("for", "1h")]).await.expect(200);
    assert_eq!(desk.now().await.snoozed_until, Some(NOW + 3_600_000));
    // What is snoozed can be snoozed for longer, to the minute; a time that has passed is refused with a reason.
    let at = |text: &'static str| [("for", "time"), ("at_time", text)];
    ana.post(&desk.path("snooze"), &at("2200-01-05T09:30"))
        .await
        .expect(200);
    assert_eq!(desk.now().await.snoozed_until, Some(7_258_498_200_000));
    for wrong in ["2001-01-05T09:30", "soon", ""] {
        let page = ana.post(&desk.path("snooze"), &at(wrong)).await.expect(422);
        page.has("still to come");
    }
    ana.post(&desk.path("snooze"), &[("for", "reply")])
        .await
        .expect(200)
        .has("<span>until they answer</span>");
    assert_eq!(desk.now().await.snoozed_until, Some(UNTIL_REPLY));
    ana.post(&desk.path("reopen"), &[]).await.expect(200);
    ana.post(&desk.path("resolve"), &[]).await.expect(200);
    assert_eq!(desk.now().await.status, ConversationStatus::Resolved);
    ana.post(&desk.path("snooze"), &[("for", "1h")]).await.expect(422);
    ana.post(&desk.path("snooze"), &[("for", "never")]).await.expect(400);
    ana.post(&desk.path("priority"), &[("priority", "urgent")])
        .await
        .expect(200);
    ana.post(&desk.path("ticket"), &[("subject", "Jam")])
        .await
        .expect(200)
        .has("T-1");
    ana.post(&desk.path("typing"), &[("is_typing", "true")])
        .await
        .expect(204);
    ana.is_scripted = false;
    let page = ana.post(&desk.path("reopen"), &[]).await.expect(303);
    assert_eq!(page.header("location"), format!("/inbox/c/{}", desk.id));
    ana.post("/inbox/c/nobody/claim", &[]).await.expect(404);
}

#[test]
fn mornings_are_the_installations() {
    let tz = jiff::tz::TimeZone::get("America/Sao_Paulo").unwrap();
    // Monday 2026-01-05, 07:00 there.
    let day = 86_400_000;
    assert_eq!(wake_at("tomorrow", NOW, &tz), Some(NOW + day + 2 * 3_600_000));
    assert_eq!(wake_at("monday", NOW, &tz), Some(NOW + 7 * day + 2 * 3_600_000));
    assert_eq!(wake_at("monday", NOW + day, &tz), Some(NOW + 7 * day + 2 * 3_600_000));
    assert_eq!(wake_at("", NOW, &tz), None);
}

#[tokio::test]
async fn supervisors_look_and_change_nothing() {
    let desk = Desk::new().await;
    let eva = agent(&desk.test, "Eva", Role::Supervisor).await;
    let mut eva = Browser::of(&desk.test, &eva).await.scripted();
    eva.get(&desk.path("thread"))
        .await
        .expect(200)
        .lacks("id=\"composer\"")
        .lacks("data-do=");
    for what in ["claim", "resolve", "reopen", "typing", "split", "merge", "ticket"] {
        eva.post(&desk.path(what), &[])
            .await
            .expect(403)
            .has("Your role does not include this");
    }
    eva.post(&desk.path("snooze"), &[("for", "1h")]).await.expect(403);
    eva.post(&desk.path("escalate"), &[("level", "N2"), ("reason", "x")])
        .await
        .expect(403);
    eva.upload(&desk.path("reply"), &[("text", "x")], &[]).await.expect(403);
    assert_eq!(desk.count(MessageKind::Outbound).await, 0);
    eva.is_scripted = false;
    eva.post(&desk.path("claim"), &[]).await.expect(403).has("<html");
}

#[tokio::test]
async fn messages_conversations_and_contacts_are_put_where_they_belong() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let head = desk.head().await;
    ana.upload(&desk.path("reply"), &[("text", "Hello"), ("seen_position", &head)], &[])
        .await
        .expect(200);
    let message = views::newest_inbound(desk.test.store().db(), &desk.id)
        .await
        .unwrap()
        .unwrap();
    ana.post(&desk.path("split"), &[("message", message.as_str())])
        .await
        .expect(200)
        .has("to #2")
        .has(">#2</a>");
    ana.post(&desk.path("merge"), &[("number", "#99")])
        .await
        .expect(422)
        .has("no such conversation");
    ana.post(&desk.path("merge"), &[("number", "#2")])
        .await
        .expect(200)
        .has("merged conversation #1");
    ana.is_scripted = false;
    let page = ana.get(&format!("/inbox/c/{}", desk.id)).await.expect(303);
    assert!(!page.header("location").contains(desk.id.as_str()));
    ana.is_scripted = true;
    let rui = desk
        .test
        .mail(&desk.inbox, "rui@example.org", "b@example.org", "Other")
        .await;
    let path = |what: &str| format!("/inbox/c/{}/{what}", rui.conversation.as_ref().unwrap());
    ana.post(&path("merge-contact"), &[("identity", "who@example.org")])
        .await
        .expect(422);
    let page = ana
        .post(&path("merge-contact"), &[("identity", "Joana@example.org")])
        .await
        .expect(200)
        .has("was merged in");
    let merge = page
        .text
        .split("name=\"merge\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    ana.post(&path("unmerge-contact"), &[("merge", &merge)])
        .await
        .expect(200)
        .lacks("was merged in");
    let inbound = views::newest_inbound(desk.test.store().db(), rui.conversation.as_ref().unwrap())
        .await
        .unwrap()
        .unwrap();
    let moved = [("message", inbound.as_str()), ("number", "2")];
    ana.post(&path("move"), &moved)
        .await
        .expect(422)
        .has("another customer");
    ana.post(&path("merge"), &[("number", "2")])
        .await
        .expect(422)
        .has("merge the contacts first");
    ana.post(&path("merge-contact"), &[("identity", "joana@example.org")])
        .await
        .expect(200);
    ana.post(&path("move"), &moved).await.expect(200).has("to #2");
}

#[tokio::test]
async fn whoever_else_writes_is_named_and_can_be_answered() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let token = desk.test.store().keys().reply_token(&desk.id);
    let raw = format!(
        "Message-ID: <e@example.org>\r\nFrom: Eve Stranger <eve@example.org>\r\nTo: support+{token}@example.com\r\nSubject: Re: Photo\r\n\r\nSend it to me\r\n"
    );
    let filed = channels::email::receive::deliver(desk.test.store(), &desk.inbox, raw.as_bytes())
        .await
        .unwrap();
    assert_eq!(filed.conversation.as_ref(), Some(&desk.id));
    let page = ana.get(&format!("/inbox/c/{}", desk.id)).await.expect(200);
    let page = page
        .has("Not from the customer, but from")
        .has("Eve Stranger")
        .has("Answers go to joana@example.org");
    page.has("Make Eve Stranger the customer");
    let chosen = [("address", "eve@example.org"), ("name", "Eve Stranger")];
    ana.post(&desk.path("sender"), &chosen)
        .await
        .expect(200)
        .lacks("Answers go to joana");
    assert_eq!(desk.now().await.reply_address.as_deref(), Some("eve@example.org"));
}

#[tokio::test]
async fn formatted_mail_is_locked_in() {
    let desk = Desk::new().await;
    let raw = b"Message-ID: <h@example.org>\r\nFrom: joana@example.org\r\nTo: support@example.com\r\nSubject: Photo\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>Look</p><script>alert(1)</script><img src=\"cid:one@x\"><img src=\"https://track.example/p.gif\">\r\n--x\r\nContent-Type: image/gif\r\nContent-ID: <one@x>\r\nContent-Disposition: inline; filename=a.gif\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAAAAACw=\r\n--x--\r\n";
    let filed = channels::email::receive::deliver(desk.test.store(), &desk.inbox, raw)
        .await
        .unwrap();
    let message = filed.message.unwrap();
    let mut ana = desk.ana().await;
    let page = ana.get(&format!("/inbox/m/{message}/html")).await.expect(200);
    let policy = page.header("content-security-policy").to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("sandbox") && !policy.contains("script"),
        "{policy}"
    );
    assert!(
        !policy.contains("https:") && policy.contains("frame-ancestors 'self'"),
        "{policy}"
    );
    assert!(
        !policy.contains("allow-scripts") && !policy.contains("allow-forms"),
        "{policy}"
    );
    let page = page
        .has("Look")
        .lacks("<script")
        .lacks(" src=\"https://track")
        .has("Show pictures")
        .has("src=\"/files/");
    let file = page
        .text
        .split("src=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(ana.get(&file).await.expect(200).header("content-type"), "image/gif");
    let page = ana.get(&format!("/inbox/m/{message}/html?images=1")).await.expect(200);
    assert!(!page.header("content-security-policy").contains("http"));
    page.has(&format!(" src=\"/inbox/m/{message}/image?n=0\""))
        .lacks(" src=\"https:")
        .lacks("Show pictures");
    let page = ana
        .get(&format!("/inbox/m/{message}/raw"))
        .await
        .expect(200)
        .has("Content-ID: <one@x>");
    assert_eq!(page.header("content-type"), "text/plain; charset=utf-8");
    assert!(page.header("content-security-policy").contains("sandbox"));
    Browser::new(&desk.test)
        .get(&format!("/inbox/m/{message}/html"))
        .await
        .expect(303);
}
