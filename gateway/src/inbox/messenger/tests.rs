//! Instagram and Messenger through the pages, with Meta's stand-in behind.

use std::sync::Arc;

use channels::doors::Doors;
use channels::messenger::receive::receive;
use channels::messenger::standin::Standin;
use channels::messenger::{MessengerSettings, webhook};
use channels::whatsapp::signature;
use conversation::desk::rules::timed::Door as _;
use conversation::env::Clock;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Actor, Channel, ConversationId, InboxId, Language, Role};
use conversation::views::{self, Filter};
use conversation::{access, blocked, contacts};
use serde_json::{Value, json};

use crate::auth::testing::{Browser, agent};
use crate::testing::TestApp;

const HOUR: i64 = 3_600_000;

struct Desk {
    test: TestApp,
    standin: Standin,
    inbox: InboxId,
    settings: MessengerSettings,
    ana: Browser,
}

impl Desk {
    async fn new() -> Desk {
        let test = TestApp::new().await;
        let clock = test.clock.clone();
        let standin = Standin::start_with(Channel::Instagram, true, Arc::new(move || clock.now()))
            .await
            .unwrap();
        let settings = standin.settings();
        let new = NewInbox {
            channel: Channel::Instagram,
            name: "Instagram".to_owned(),
            language: Language::Pt,
            address: settings.account_id.clone(),
            bot_enabled: false,
            settings: settings.clone(),
        };
        let inbox = inboxes::create(test.store(), &Actor::System, new).await.unwrap();
        let ana = Browser::of(&test, &agent(&test, "Ana", Role::Administrator).await).await;
        Desk {
            test,
            standin,
            inbox,
            settings,
            ana,
        }
    }

    /// What somebody does there, as Meta posts it.
    async fn event(&self, event: Value) {
        let mut whole = json!({ "sender": { "id": "7001" }, "timestamp": self.test.clock.now() });
        let (all, more) = (whole.as_object_mut().unwrap(), event.as_object().unwrap().clone());
        all.extend(more);
        let body =
            json!({ "object": "instagram", "entry": [{ "id": self.settings.account_id, "messaging": [whole] }] });
        let body = body.to_string();
        assert!(body.len() < webhook::MAX_BODY);
        let signed = signature::sign(&self.settings.app_secret, body.as_bytes());
        let (store, inbox) = (self.test.store(), &self.inbox);
        receive(
            store,
            Channel::Instagram,
            inbox,
            &self.settings,
            Some(&signed),
            body.as_bytes(),
        )
        .await
        .unwrap();
    }

    async fn configure(&self, human_agent: bool) {
        let settings = MessengerSettings {
            human_agent,
            ..self.settings.clone()
        };
        inboxes::configure(self.test.store(), &Actor::System, &self.inbox, &settings, false, true)
            .await
            .unwrap();
    }

    async fn only(&self) -> ConversationId {
        let all = views::conversations(self.test.store().db(), &Filter::default(), None, 10).await;
        let all = all.unwrap();
        assert_eq!(all.len(), 1);
        all[0].id.clone()
    }
}

#[tokio::test]
async fn the_thread_shows_what_came_and_offers_what_can_be_done() {
    let mut desk = Desk::new().await;
    desk.standin.set_name("7001", json!({ "username": "camila" }));
    desk.event(json!({ "message": { "mid": "m1", "text": "Quanto custa o toner?" } }))
        .await;
    desk.event(json!({ "reaction": { "mid": "m1", "action": "react", "emoji": "❤️" } }))
        .await;
    desk.event(json!({ "message_edit": { "mid": "m1", "text": "Quanto custa o toner preto?", "num_edit": 1 } }))
        .await;
    desk.event(json!({ "recipient": { "id": "7001" }, "message": { "mid": "m2", "is_echo": true, "text": "R$ 90" } }))
        .await;
    // Ours once, as it says, but nobody here has it: a backup came back.
    let mark = channels::messenger::send::mark(&"01JDELIVERY000000000000001".into(), 0, 1);
    desk.event(json!({ "recipient": { "id": "7001" }, "message": { "mid": "m3", "is_echo": true, "text": "From before", "metadata": mark } }))
        .await;
    let id = desk.only().await;
    desk.ana
        .get(&format!("/inbox/c/{id}/thread"))
        .await
        .expect(200)
        .has("@camila")
        .has("Quanto custa o toner preto?")
        .has("❤️")
        .has("Sent from the app")
        .has("From before")
        // Meta has no word for quoting one message, nor for an emoji of ours.
        .lacks("chat-react");
}

#[tokio::test]
async fn a_name_is_asked_for_until_it_is_known_or_the_hour_is_over() {
    let name = async |desk: &Desk| {
        let found = access::conversation(desk.test.store().db(), &Actor::System, &desk.only().await).await;
        let contact = contacts::load(desk.test.store().db(), &found.unwrap().contact_id).await;
        contact.unwrap().name
    };
    for (minutes, known) in [(5, "Camila"), (61, "")] {
        let desk = Desk::new().await;
        desk.event(json!({ "message": { "mid": "m1", "text": "Oi" } })).await;
        assert_eq!(name(&desk).await, "");
        desk.standin.set_name("7001", json!({ "name": "Camila" }));
        desk.test.clock.advance(minutes * HOUR / 60);
        desk.event(json!({ "message": { "mid": "m2", "text": "Alguém?" } }))
            .await;
        assert_eq!(name(&desk).await, known);
    }
}

#[tokio::test]
async fn somebody_there_can_be_blocked() {
    let mut desk = Desk::new().await;
    desk.event(json!({ "message": { "mid": "m1", "text": "GANHE DINHEIRO" } }))
        .await;
    let id = desk.only().await;
    let found = access::conversation(desk.test.store().db(), &Actor::System, &id)
        .await
        .unwrap();
    let keys = blocked::of_conversation(desk.test.store().db(), &found).await.unwrap();
    blocked::block(desk.test.store(), &Actor::System, keys[0].clone(), "spam")
        .await
        .unwrap();
    desk.ana
        .get("/settings/blocked")
        .await
        .expect(200)
        .has("Instagram")
        .has("7001");
    desk.event(json!({ "message": { "mid": "m2", "text": "de novo" } }))
        .await;
    let all = views::conversations(desk.test.store().db(), &Filter::default(), None, 10)
        .await
        .unwrap();
    assert!(
        all.iter().all(|one| one.id == id || one.spam_since.is_some()),
        "{all:?}"
    );
}

#[tokio::test]
async fn the_customer_sees_that_somebody_reads_and_writes() {
    let desk = Desk::new().await;
    desk.event(json!({ "message": { "mid": "m1", "text": "Oi" } })).await;
    let id = desk.only().await;
    // Nobody listens there; the stand-in knows them all the same.
    let _ = desk.standin.event("7001", json!({ "read": {} })).await;
    let found = access::conversation(desk.test.store().db(), &Actor::System, &id)
        .await
        .unwrap();
    let show = async |is_typing| desk.test.app.presence.show(desk.test.store(), &found, is_typing).await;
    show(false).await;
    show(false).await;
    show(true).await;
    show(true).await;
    let signs: Vec<String> = desk.standin.signs().into_iter().map(|(_, sign)| sign).collect();
    assert_eq!(signs, ["mark_seen", "mark_seen", "typing_on"], "each once");
}

#[tokio::test]
async fn the_composer_keeps_metas_times() {
    let mut desk = Desk::new().await;
    desk.event(json!({ "message": { "mid": "m1", "text": "Oi" } })).await;
    let id = desk.only().await;
    let thread = format!("/inbox/c/{id}/thread");
    let found = access::conversation(desk.test.store().db(), &Actor::System, &id)
        .await
        .unwrap();
    let shut = async || Doors.shut(desk.test.store(), &found, "Still there?").await.unwrap();
    assert_eq!(shut().await, None);
    desk.test.clock.advance(24 * HOUR);
    assert_eq!(
        shut().await,
        Some("unsaid-window-messenger"),
        "a rule by time is a machine"
    );
    desk.test.clock.advance(-24 * HOUR);
    let (people, over) = ("marked as a person", "Meta takes answers is over");
    desk.ana.get(&thread).await.expect(200).lacks(people).lacks(over);
    desk.test.clock.advance(25 * HOUR);
    desk.ana.get(&thread).await.expect(200).has(people).lacks(over);
    desk.configure(false).await;
    desk.ana.get(&thread).await.expect(200).has(over);
    desk.configure(true).await;
    desk.test.clock.advance(6 * 24 * HOUR);
    desk.ana.get(&thread).await.expect(200).has(over);
    // Whoever writes again can be answered again.
    desk.event(json!({ "message": { "mid": "m2", "text": "Alguém?" } }))
        .await;
    desk.ana.get(&thread).await.expect(200).lacks(people).lacks(over);
}

#[tokio::test]
async fn an_account_is_set_up_by_its_form() {
    let mut desk = Desk::new().await;
    for (channel, words) in [
        ("instagram", "Id of the Instagram account"),
        ("messenger", "Id of the Facebook page"),
    ] {
        desk.ana
            .get(&format!("/settings/inboxes/new/{channel}"))
            .await
            .expect(200)
            .has(words);
    }
    let page = "/settings/inboxes/new/messenger";
    desk.ana
        .post(page, &[("name", "Page"), ("language", "es")])
        .await
        .expect(422)
        .has("Needed: copy it from Meta");
    let other = Standin::start(Channel::Messenger).await.unwrap();
    let own = other.settings();
    let form = |what: &'static str| {
        vec![
            ("do", what.to_owned()),
            ("name", "Page".to_owned()),
            ("language", "es".to_owned()),
            ("account_id", own.account_id.clone()),
            ("access_token", own.access_token.clone()),
            ("app_secret", own.app_secret.clone()),
            ("graph_url", own.graph_url.clone()),
        ]
    };
    let post = async |ana: &mut Browser, path: &str, form: &[(&'static str, String)]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ana.post(path, &form).await
    };
    post(&mut desk.ana, page, &form("test"))
        .await
        .expect(200)
        .has("Copiadoras Andinas, @andinas answers");
    assert!(other.subscribed().unwrap().contains("message_echoes"));
    other.revoke_token(true);
    post(&mut desk.ana, page, &form("test"))
        .await
        .expect(200)
        .has("no longer accepts the access token");
    let added = post(&mut desk.ana, page, &form("save")).await.expect(303);
    let added = added.header("location").to_owned();
    desk.ana
        .get(&added)
        .await
        .expect(200)
        .has("/webhooks/messenger/")
        .lacks(&own.access_token)
        .lacks(&own.app_secret);
    let id = InboxId::from(added.rsplit('/').next().unwrap());
    // Secrets that are not typed again stay.
    let mut again = form("save");
    again.retain(|(name, _)| !matches!(*name, "access_token" | "app_secret"));
    again.push(("human_agent", "on".to_owned()));
    let kept = inboxes::settings::<MessengerSettings>(desk.test.store(), &id)
        .await
        .unwrap();
    post(&mut desk.ana, &added, &again).await.expect(200).has("Saved.");
    let now = inboxes::settings::<MessengerSettings>(desk.test.store(), &id)
        .await
        .unwrap();
    let wanted = MessengerSettings {
        human_agent: true,
        read_marks: false,
        ..kept
    };
    assert_eq!(now, wanted);
}
