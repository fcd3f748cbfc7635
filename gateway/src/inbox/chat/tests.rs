//! WhatsApp conversations through the pages and the API, with Meta's stand-in behind.

mod before;
mod echoes;
mod fallback;
mod first;
mod marketing;
mod sending;
mod shown;
mod waiting;

use std::sync::Arc;

use channels::dispatch::Dispatcher;
use channels::whatsapp::receive::receive;
use channels::whatsapp::settings::WhatsappSettings;
use channels::whatsapp::signature;
use channels::whatsapp::standin::{Config, Standin};
use conversation::env::Clock;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Actor, Channel, ConversationId, InboxId, Language, Role};
use conversation::views::{self, Filter};
use serde_json::{Value, json};

use crate::auth::testing::{Browser, agent};
use crate::testing::TestApp;

const ROSA: &str = "5511987654321";

struct Desk {
    test: TestApp,
    standin: Standin,
    inbox: InboxId,
    settings: WhatsappSettings,
}

impl Desk {
    async fn new() -> Desk {
        let test = TestApp::new().await;
        let clock = test.clock.clone();
        let config = Config {
            clock: Arc::new(move || clock.now()),
            ..Config::default()
        };
        let standin = Standin::start_with(config).await.unwrap();
        let settings = WhatsappSettings {
            template: None,
            ..standin.settings()
        };
        let new = NewInbox {
            channel: Channel::Whatsapp,
            name: "WhatsApp".to_owned(),
            language: Language::Pt,
            address: settings.phone_number_id.clone(),
            bot_enabled: false,
            settings: settings.clone(),
        };
        let inbox = inboxes::create(test.store(), &Actor::System, new).await.unwrap();
        Desk {
            test,
            standin,
            inbox,
            settings,
        }
    }

    /// Messages of Rosa, as Meta posts them in one web hook; each a second after the one before.
    async fn hook(&self, messages: &[Value]) {
        let now = self.test.clock.now() / 1000;
        let messages: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(number, message)| {
                let mut message = message.clone();
                let at = now + i64::try_from(number).unwrap() - i64::try_from(messages.len()).unwrap();
                message["from"] = json!(ROSA);
                if message.get("timestamp").is_none() {
                    message["timestamp"] = json!(at.to_string());
                }
                message
            })
            .collect();
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "phone_number_id": self.settings.phone_number_id },
            "contacts": [{ "wa_id": ROSA, "profile": { "name": "Rosa <b>" } }],
            "messages": messages,
        });
        self.change("messages", value).await;
        self.standin.open_window(ROSA, self.test.clock.now());
    }

    async fn change(&self, field: &str, value: Value) {
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": field, "value": value }] }] }).to_string();
        let signed = signature::sign(&self.settings.app_secret, body.as_bytes());
        receive(
            self.test.store(),
            &self.inbox,
            &self.settings,
            Some(&signed),
            body.as_bytes(),
        )
        .await
        .unwrap();
    }

    async fn conversation(&self) -> ConversationId {
        let all = views::conversations(self.test.store().db(), &Filter::default(), None, 10)
            .await
            .unwrap();
        assert_eq!(all.len(), 1, "one conversation");
        all[0].id.clone()
    }

    async fn ana(&self) -> Browser {
        let ana = agent(&self.test, "Ana", Role::Agent).await;
        Browser::of(&self.test, &ana).await.scripted()
    }

    async fn send(&self) {
        let dispatcher = Dispatcher::new(self.test.store().clone(), "test", "https://desk.example");
        while dispatcher.send_due().await.unwrap() > 0 {}
    }

    async fn path(&self, what: &str) -> String {
        format!("/inbox/c/{}/{what}", self.conversation().await)
    }

    /// Our id of a message.
    async fn message(&self, wamid: &str) -> String {
        let all = views::timeline(self.test.store().db(), &self.conversation().await, None, 100)
            .await
            .unwrap();
        let found = all.iter().find(|message| message.external_id.as_deref() == Some(wamid));
        found.unwrap().id.to_string()
    }
}

fn text(id: &str, words: &str) -> Value {
    json!({ "id": id, "type": "text", "text": { "body": words } })
}

fn image(id: &str, caption: Option<&str>) -> Value {
    let mut image = json!({ "id": format!("9{}", id.len()), "mime_type": "image/jpeg" });
    if let Some(caption) = caption {
        image["caption"] = json!(caption);
    }
    json!({ "id": id, "type": "image", "image": image })
}
