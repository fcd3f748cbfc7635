mod answers;
mod equipment;
mod form;
mod guesses;
mod links;
mod own;
mod reading_photos;
mod statement;
mod surveys;
mod together;
mod transfers;
mod walk;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use conversation::blobs::{self, Blobs};
use conversation::card::{Card, CardAction, CardKind};
use conversation::contacts;
use conversation::conversations::Message;
use conversation::db::Db;
use conversation::deliveries;
use conversation::env::FakeClock;
use conversation::inboxes::{self, NewInbox};
use conversation::keys::Keys;
use conversation::notices;
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::store::events_after;
use conversation::stream::Hint;
use conversation::stream::consumer;
use conversation::tickets::{self, Ticket};
use conversation::types::{
    Actor, Channel, ConversationId, IdentityKind, Language, MessageId, MessageKind, TicketStatus,
};
use conversation::{Env, Store, views};
use tower::ServiceExt;

use crate::notify::{GROUP, Notify};
use crate::{Portal, routes};

const NOW: i64 = 1_700_000_000_000;

struct Desk {
    clock: FakeClock,
    store: Store,
    router: axum::Router,
    _dir: tempfile::TempDir,
}

async fn desk() -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let clock = FakeClock::new(NOW);
    let db = Db::connect(&format!("sqlite:{}", dir.path().join("test.db").display()), 4)
        .await
        .unwrap();
    db.migrate().await.unwrap();
    let blobs = Blobs::new(db.clone(), blobs::folder(dir.path()).unwrap());
    let keys = Keys::new(vec![[7; 32]]).unwrap();
    let store = Store::new(db, blobs, Env::fixed(clock.clone(), 3), keys);
    let new = NewInbox {
        channel: Channel::Email,
        name: "Support".into(),
        language: Language::En,
        address: "support@desk.example".into(),
        bot_enabled: false,
        settings: serde_json::json!({}),
    };
    inboxes::create(&store, &Actor::System, new).await.unwrap();
    let portal = test_portal(&store);
    Desk {
        clock,
        store,
        router: routes(portal),
        _dir: dir,
    }
}

/// The portal over a store, with no Stripe in reach.
fn test_portal(store: &Store) -> Portal {
    Portal::new(
        store.clone(),
        Arc::from("https://desk.example"),
        true,
        billing::Billing::new(
            store.clone(),
            jiff::tz::TimeZone::UTC,
            "https://desk.example",
            "Desk",
            billing::stripe::Client::new("http://127.0.0.1:9", "https://js.stripe.com/v3/"),
        ),
        tokio_util::sync::CancellationToken::new(),
    )
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }

    /// The value of a hidden field.
    fn field(&self, name: &str) -> String {
        let at = format!("name=\"{name}\" value=\"");
        let rest = self
            .text
            .split_once(&at)
            .unwrap_or_else(|| panic!("no {name} in {}", self.text))
            .1;
        rest.split_once('"').unwrap().0.to_owned()
    }

    fn cookie(&self) -> String {
        let cookie = self.headers["set-cookie"].to_str().unwrap();
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        cookie.split(';').next().unwrap().to_owned()
    }
}

const EDGE: &str = "edge";

fn multipart(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    for (name, bytes) in files {
        body.extend(format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n").bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{EDGE}--\r\n").bytes());
    body
}

impl Desk {
    async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::get(path)
            .header("cookie", cookie)
            .header("host", "desk.example");
        self.call(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, cookie: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header("cookie", cookie)
            .header("host", "desk.example")
            .header("content-type", "application/x-www-form-urlencoded");
        self.call(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    async fn post_files(&self, path: &str, cookie: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
        let request = Request::post(path)
            .header("cookie", cookie)
            .header("host", "desk.example")
            .header("content-type", format!("multipart/form-data; boundary={EDGE}"));
        self.call(request.body(Body::from(multipart(fields, files))).unwrap())
            .await
    }

    async fn form_token(&self, cookie: &str) -> String {
        let token = self.get("/portal/tickets/new", cookie).await.field("token");
        self.clock.advance(5_000);
        token
    }

    /// Fills the form as a stranger.
    async fn submit(&self, email: &str, subject: &str, language: &str) -> Answer {
        let token = self.form_token("").await;
        let fields = [
            ("token", token.as_str()),
            ("language", language),
            ("website", ""),
            ("subject", subject),
            ("text", "It is empty."),
            ("name", "Ana"),
            ("email", email),
        ];
        let answer = self.post_files("/portal/tickets/new", "", &fields, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer
    }

    async fn newest_ticket(&self) -> Ticket {
        tickets::list(self.store.db(), None, 1).await.unwrap().remove(0)
    }

    /// Lets the group `notify` do its work; returns the message it wrote last in a conversation.
    async fn notify(&self, conversation: &ConversationId) -> Message {
        consumer::register(&self.store, &GROUP).await.unwrap();
        let events = events_after(self.store.db(), 0, 1000).await.unwrap();
        let hints: Vec<Hint> = events
            .into_iter()
            .filter(|event| GROUP.wants(event.kind))
            .map(|event| Hint {
                position: event.position,
                conversation: event.conversation_id,
            })
            .collect();
        // The same hints twice have their effect once.
        for _ in 0..2 {
            let done = consumer::work(&self.store, &GROUP, &Notify, hints.clone()).await;
            assert_eq!(done.len(), hints.len());
        }
        let timeline = views::customer_timeline(self.store.db(), conversation, 50)
            .await
            .unwrap();
        timeline
            .into_iter()
            .rfind(|message| message.kind == MessageKind::Outbound)
            .unwrap()
    }

    /// The path of the link in the mail with the ticket's number.
    async fn link(&self, ticket: &Ticket) -> String {
        let message = self.notify(&ticket.conversation_id).await;
        let CardAction::Open { path, .. } = &message.cards[0].actions[0] else {
            panic!("no link");
        };
        assert_eq!(*path, page_of(ticket), "agents see no link that signs in");
        // What the dispatcher does when the mail is composed.
        let delivery = deliveries::of_messages(self.store.db(), &[message.id])
            .await
            .unwrap()
            .remove(0);
        conversation::doors::for_recipient(
            &self.store,
            &ticket.conversation_id,
            IdentityKind::Email,
            &delivery.recipient,
            path,
        )
        .await
        .unwrap()
        .expect("the customer's own address")
    }

    /// A ticket of this address and the cookie of its owner's session.
    async fn customer(&self, email: &str) -> (Ticket, String) {
        self.submit(email, "Toner", "en").await;
        let ticket = self.newest_ticket().await;
        let link = self.link(&ticket).await;
        let followed = self.post(&link, "", "").await;
        assert_eq!(followed.status, StatusCode::SEE_OTHER, "{}", followed.text);
        (ticket, followed.cookie())
    }
}

fn page_of(ticket: &Ticket) -> String {
    format!("/portal/tickets/{}", ticket.id)
}
