mod answers;
mod equipment;
mod guesses;
mod reading_photos;
mod statement;
mod surveys;
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
        Arc::from("Desk"),
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

#[tokio::test]
async fn the_form_opens_a_ticket_and_a_mail_names_its_number() {
    let desk = desk().await;
    for (language, words) in [
        ("en", "Open the ticket"),
        ("es", "Abrir el ticket"),
        ("pt", "Abrir o chamado"),
    ] {
        let email = format!("ana-{language}@example.com");
        let answer = desk.submit(&email, "Toner", language).await;
        let ticket = desk.newest_ticket().await;
        assert!(
            answer.text.contains(&tickets::number_text(ticket.number)),
            "{}",
            answer.text
        );
        assert!(answer.text.contains(&format!("lang=\"{language}\"")));
        let mail = desk.notify(&ticket.conversation_id).await;
        assert_eq!((mail.author_kind.as_str(), mail.cards.len()), ("system", 1));
        assert!(mail.cards[0].title.contains(&tickets::number_text(ticket.number)));
        assert!(matches!(&mail.cards[0].actions[0], CardAction::Open { label, .. } if label == words));
        let delivery = deliveries::of_messages(desk.store.db(), &[mail.id])
            .await
            .unwrap()
            .remove(0);
        assert_eq!((delivery.channel, delivery.recipient), (Channel::Email, email));
    }
}

#[tokio::test]
async fn forms_that_are_not_taken() {
    let desk = desk().await;
    let long = "x".repeat(201);
    let endless = "x".repeat(20_001);
    let good = [
        ("subject", "Toner"),
        ("text", "Empty"),
        ("name", "Ana"),
        ("email", "ana@example.com"),
        ("website", ""),
    ];
    for (name, field, value, wait, status) in [
        ("no subject", "subject", "", 5_000, 422),
        ("long subject", "subject", long.as_str(), 5_000, 422),
        ("no text", "text", "  ", 5_000, 422),
        ("endless text", "text", endless.as_str(), 5_000, 422),
        ("no name", "name", "", 5_000, 422),
        ("no e-mail", "email", "", 5_000, 422),
        ("bad e-mail", "email", "ana@", 5_000, 422),
        ("a machine", "website", "https://spam.example", 5_000, 422),
        ("forged token", "token", "01HZX-1700000000000.AAAA", 5_000, 422),
        ("too fast", "subject", "Toner", 500, 422),
        ("too old", "subject", "Toner", 25 * 3600 * 1000, 422),
        ("good", "subject", "Toner", 5_000, 200),
    ] {
        let token = desk.get("/portal/tickets/new", "").await.field("token");
        desk.clock.advance(wait);
        let mut fields = vec![("token", token.as_str())];
        fields.extend(good);
        for one in &mut fields {
            if one.0 == field {
                one.1 = value;
            }
        }
        let answer = desk.post_files("/portal/tickets/new", "", &fields, &[]).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.text);
        if status == 422 && field != "text" {
            assert!(answer.text.contains("Empty"), "{name}: what was typed is still there");
        }
    }
    assert_eq!(tickets::list(desk.store.db(), None, 100).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_form_twice_is_one_ticket() {
    let desk = desk().await;
    let token = desk.form_token("").await;
    let fields = [
        ("token", token.as_str()),
        ("subject", "Toner"),
        ("text", "Empty"),
        ("name", "Ana"),
        ("email", "ana@example.com"),
    ];
    for _ in 0..2 {
        let answer = desk
            .post_files("/portal/tickets/new", "", &fields, &[("a.png", b"x")])
            .await;
        assert!(answer.text.contains("#1"), "{}", answer.text);
    }
    assert_eq!(tickets::list(desk.store.db(), None, 100).await.unwrap().len(), 1);
}

#[tokio::test]
async fn files_have_limits() {
    let desk = desk().await;
    let large = vec![0u8; crate::multipart::LARGEST_FILE + 1];
    let one: (&str, &[u8]) = ("a.png", b"x");
    for (name, files, status) in [
        ("six", vec![one; 6], 422),
        ("too large", vec![("large.png", large.as_slice())], 422),
        ("five", vec![one; 5], 200),
    ] {
        let token = desk.form_token("").await;
        let fields = [
            ("token", token.as_str()),
            ("subject", "Toner"),
            ("text", "Empty"),
            ("name", "Ana"),
            ("email", "ana@example.com"),
        ];
        let answer = desk.post_files("/portal/tickets/new", "", &fields, &files).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn one_mailbox_gets_so_many_mails_and_no_more() {
    let desk = desk().await;
    for _ in 0..5 {
        desk.submit("ana@example.com", "Toner", "en").await;
    }
    let token = desk.form_token("").await;
    let fields = [
        ("token", token.as_str()),
        ("subject", "Toner"),
        ("text", "Empty"),
        ("name", "Ana"),
        ("email", "ANA@example.com"),
    ];
    let answer = desk.post_files("/portal/tickets/new", "", &fields, &[]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_link_works_once_and_scanners_use_nothing_up() {
    let desk = desk().await;
    desk.submit("ana@example.com", "Toner", "en").await;
    let ticket = desk.newest_ticket().await;
    let link = desk.link(&ticket).await;
    for _ in 0..3 {
        let landing = desk.get(&link, "").await;
        assert_eq!(landing.status, StatusCode::OK, "a scanner's GET");
        assert!(!landing.headers.contains_key("set-cookie"));
        assert!(!landing.text.contains("It is empty."));
        assert_eq!(landing.headers["cache-control"], "no-store");
    }
    let followed = desk.post(&link, "", "").await;
    assert_eq!(
        (followed.status, followed.location()),
        (StatusCode::SEE_OTHER, page_of(&ticket).as_str())
    );
    let page = desk.get(followed.location(), &followed.cookie()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("It is empty."), "{}", page.text);

    // The same mail opened again where they are signed in, and the button pressed twice.
    let cookie = followed.cookie();
    for answer in [desk.get(&link, &cookie).await, desk.post(&link, &cookie, "").await] {
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, page_of(&ticket).as_str())
        );
    }
    for answer in [desk.get(&link, "").await, desk.post(&link, "", "").await] {
        assert_eq!(answer.status, StatusCode::GONE);
        assert_eq!(answer.field("next"), page_of(&ticket), "a fresh link is a field away");
    }
    for unknown in ["/l/0000", "/l/x%00y"] {
        assert_eq!(desk.post(unknown, "", "").await.status, StatusCode::GONE);
    }

    // A fresh one.
    let asked = desk
        .post(
            "/portal/link",
            "",
            &format!("email=Ana%40example.com&next={}", page_of(&ticket)),
        )
        .await;
    assert_eq!(asked.status, StatusCode::OK);
    let notice = notices::lease(&desk.store, "test", 5).await.unwrap().remove(0);
    let fresh = notice
        .action_url
        .strip_prefix("https://desk.example")
        .unwrap()
        .to_owned();
    desk.clock.advance(crate::links::SESSION_LASTS + 1);
    assert_eq!(desk.post(&fresh, "", "").await.status, StatusCode::GONE, "links end");
    assert_eq!(
        desk.get(&page_of(&ticket), &followed.cookie()).await.status,
        StatusCode::UNAUTHORIZED,
        "so do sessions"
    );
}

#[tokio::test]
async fn asking_for_a_link_tells_nobody_who_is_known() {
    let desk = desk().await;
    desk.submit("ana@example.com", "Toner", "en").await;
    let known = desk.post("/portal/link", "", "email=ana%40example.com").await;
    let unknown = desk.post("/portal/link", "", "email=nobody%40example.com").await;
    // What they typed is said back, and nothing else differs.
    let said = |answer: &Answer, email: &str| {
        assert!(answer.text.contains(&format!("<strong>{email}</strong>")));
        (answer.status, answer.text.replace(email, ""))
    };
    assert!(said(&known, "ana@example.com") == said(&unknown, "nobody@example.com"));
    let sent = notices::lease(&desk.store, "test", 5).await.unwrap();
    assert_eq!(
        sent.iter().map(|notice| notice.recipient.as_str()).collect::<Vec<_>>(),
        ["ana@example.com"]
    );
    assert_eq!(desk.post("/portal/link", "", "email=ana").await.status.as_u16(), 422);
}

#[tokio::test]
async fn nobody_sees_what_is_not_theirs() {
    let desk = desk().await;
    let (ana, ana_cookie) = desk.customer("ana@example.com").await;
    let (eve, eve_cookie) = desk.customer("eve@example.com").await;
    let token = desk.form_token("").await;
    let fields = [
        ("token", token.as_str()),
        ("subject", "Photo"),
        ("text", "See"),
        ("name", "Ana"),
        ("email", "ana@example.com"),
    ];
    desk.post_files(
        "/portal/tickets/new",
        &ana_cookie,
        &fields,
        &[("photo.png", b"\x89PNG")],
    )
    .await;
    let photo = desk.newest_ticket().await;
    let page = desk.get(&page_of(&photo), &ana_cookie).await;
    let file = page
        .text
        .split_once("/portal/files/")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap();
    let file = format!("/portal/files/{file}");
    let of_file = desk.get(&file, &ana_cookie).await;
    assert_eq!(
        (of_file.status, of_file.headers["content-type"].to_str().unwrap()),
        (StatusCode::OK, "image/png")
    );
    assert_eq!(
        of_file.headers["content-security-policy"],
        "default-src 'none'; sandbox"
    );

    assert_eq!(desk.get(&page_of(&eve), &eve_cookie).await.status, StatusCode::OK);
    for path in [
        page_of(&ana),
        page_of(&photo),
        file.clone(),
        "/portal/tickets/01UNKNOWN".to_owned(),
    ] {
        let theirs = desk.get(&path, &eve_cookie).await;
        assert_eq!(
            theirs.status,
            StatusCode::NOT_FOUND,
            "{path}: missing and foreign answer alike"
        );
        let nobodys = desk.get(&path, "").await;
        assert_eq!(nobodys.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(!nobodys.text.contains("Toner"));
        assert_eq!(
            desk.get(&path, "portal=0000").await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
    let reply_id = desk.store.env().ulid();
    let reply = [("id", reply_id.as_str()), ("text", "from Eve")];
    assert_eq!(
        desk.post_files(&page_of(&ana), &eve_cookie, &reply, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        desk.post_files(&page_of(&ana), "", &reply, &[]).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_typed_address_opens_nothing() {
    let desk = desk().await;
    let (ana, cookie) = desk.customer("ana@example.com").await;
    // Somebody types Ana's address and her ticket's number.
    let answer = desk
        .submit("ana@example.com", &format!("Re: [#{}] Toner", ana.number), "en")
        .await;
    let forged = desk.newest_ticket().await;
    assert_ne!(
        forged.conversation_id, ana.conversation_id,
        "an unproved sender gets into no conversation"
    );
    assert!(!answer.headers.contains_key("set-cookie"));
    assert!(!answer.text.contains("/portal/tickets/01"), "no way in");
    let mine = desk.get(&page_of(&ana), &cookie).await;
    assert_eq!(mine.text.matches("It is empty.").count(), 1);
}
