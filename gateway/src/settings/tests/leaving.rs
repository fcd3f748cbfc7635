//! Who is disabled while replies of theirs wait: nothing leaves that nobody decided about.

use conversation::desk::drafts;
use conversation::reply::{NewReply, ReplyKind, Sending, reply_with};
use conversation::scheduled;
use conversation::types::{Actor, ConversationId, MessageId, MessageKind, Role};
use conversation::{access, views};

use crate::auth::testing::{Browser, agent};
use crate::people::agents::{self, Agent};
use crate::testing::TestApp;

const HOUR: i64 = 3_600_000;

struct Left {
    test: TestApp,
    boss: Browser,
    boss_id: conversation::types::AgentId,
    tom: Agent,
    id: ConversationId,
}

/// Tom wrote a reply that leaves in an hour.
async fn left() -> Left {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let ana = agent(&test, "Ana", Role::Administrator).await;
    let tom = agent(&test, "Tom", Role::Agent).await;
    let filed = test.mail(&inbox, "joana@example.org", "a@x", "Help").await;
    let id = filed.conversation.unwrap();
    let new = NewReply::of(
        MessageId::from(test.store().env().ulid()),
        &id,
        ReplyKind::Customer,
        "I call you at nine.".to_owned(),
    );
    let sending = Sending {
        send_at: Some(test.store().now() + HOUR),
        ..Sending::default()
    };
    reply_with(test.store(), &Actor::Agent(tom.id.clone()), new, sending)
        .await
        .unwrap();
    Left {
        boss: Browser::of(&test, &ana).await,
        boss_id: ana.id,
        id,
        tom,
        test,
    }
}

impl Left {
    fn path(&self) -> String {
        format!("/settings/people/{}", self.tom.id)
    }

    async fn is_enabled(&self) -> bool {
        agents::load(self.test.store().db(), &self.tom.id)
            .await
            .unwrap()
            .is_enabled
    }

    /// How many messages left when their hour has come.
    async fn leaves(&self) -> usize {
        self.test.clock.advance(2 * HOUR);
        scheduled::release_due(self.test.store()).await.unwrap()
    }

    async fn notes(&self) -> Vec<String> {
        let all = views::timeline(self.test.store().db(), &self.id, None, 50)
            .await
            .unwrap();
        let notes = all.into_iter().filter(|one| one.kind == MessageKind::Note);
        notes.map(|one| one.text).collect()
    }
}

#[tokio::test]
async fn it_is_asked_before_and_nothing_is_chosen_beforehand() {
    let mut left = left().await;
    let path = left.path();
    for fields in [
        vec![("do", "disable")],
        vec![("do", "disable"), ("replies", "hand"), ("to", "nobody")],
    ] {
        left.boss
            .post(&path, &fields)
            .await
            .expect(200)
            .has("One reply that Tom wrote waits")
            .has("value=\"leave\" required>")
            .lacks("checked");
        assert!(left.is_enabled().await, "nothing is done yet");
    }
    left.boss
        .post(&path, &[("do", "disable"), ("replies", "leave")])
        .await
        .expect(200);
    assert!(!left.is_enabled().await);
    assert_eq!(left.leaves().await, 1, "somebody said so");
}

#[tokio::test]
async fn what_is_taken_back_stays_as_a_note() {
    let mut left = left().await;
    let path = left.path();
    left.boss
        .post(&path, &[("do", "disable"), ("replies", "note")])
        .await
        .expect(200);
    assert!(!left.is_enabled().await);
    assert_eq!(left.leaves().await, 0);
    let notes = left.notes().await;
    assert_eq!(notes.len(), 1);
    assert!(
        notes[0].starts_with("This reply of Tom was to leave on") && notes[0].ends_with("I call you at nine."),
        "{notes:?}"
    );
}

#[tokio::test]
async fn what_is_handed_on_is_a_draft_of_who_has_the_conversation() {
    let mut left = left().await;
    let path = left.path();
    let boss = left.boss_id.clone();
    left.boss
        .post(&path, &[("do", "disable"), ("replies", "hand"), ("to", boss.as_str())])
        .await
        .expect(200);
    assert_eq!(left.leaves().await, 0);
    let db = left.test.store().db();
    let draft = drafts::load(db, &boss, &left.id).await.unwrap().unwrap();
    assert_eq!(draft.text, "I call you at nine.");
    let found = access::conversation(db, &Actor::System, &left.id).await.unwrap();
    assert_eq!(found.assignee_id, Some(boss));
    assert!(left.notes().await.is_empty());
}
