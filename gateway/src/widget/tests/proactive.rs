//! What a chat says first: whom the server tells, what it counts, and what becomes of it when somebody answers.

use conversation::desk::Texts;
use conversation::desk::hours::{self, Schedule, read_spans};
use conversation::desk::inboxes::{self as desks, InboxDesk};
use conversation::proactive::{self, NewProactive, Proactive};
use conversation::types::Role;

use super::*;
use crate::people::agents::{self, NewAgent};

const SITE: &str = "https://www.example.com";

impl Desk {
    async fn chat(&self) -> InboxId {
        inboxes::find(self.store().db(), Channel::Webchat, "website")
            .await
            .unwrap()
            .id
    }

    async fn says(&self, new: NewProactive) -> Proactive {
        let chat = self.chat().await;
        proactive::create(self.store(), &Actor::System, &chat, new)
            .await
            .unwrap()
    }

    /// What a page of a site is told, with the site that is let in.
    async fn asked(&self, site: Option<&str>, language: &str) -> (StatusCode, Option<String>, String) {
        let mut request =
            Request::get(format!("/widget/proactive/website?language={language}")).header("host", "desk.example");
        if let Some(site) = site {
            request = request.header("origin", site).header("sec-fetch-site", "cross-site");
        }
        let (status, headers, body) = self.call(request.body(Body::empty()).unwrap()).await;
        let let_in = headers
            .get("access-control-allow-origin")
            .map(|site| site.to_str().unwrap().to_owned());
        (status, let_in, String::from_utf8(body).unwrap())
    }

    /// The messages in a script.
    async fn told(&self, language: &str) -> Vec<Value> {
        let (status, let_in, script) = self.asked(Some(SITE), language).await;
        assert_eq!((status, let_in.as_deref()), (StatusCode::OK, Some(SITE)));
        match script.rsplit_once("window.Switchboard?.proactive?.(") {
            Some((_, rest)) => serde_json::from_str(rest.trim_end().trim_end_matches(");")).unwrap(),
            None => Vec::new(),
        }
    }

    async fn counts(&self, site: &str, body: &str) -> StatusCode {
        let request = Request::post("/widget/proactive/website")
            .header("host", "desk.example")
            .header("origin", site)
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "text/plain;charset=UTF-8");
        self.call(request.body(Body::from(body.to_owned())).unwrap()).await.0
    }

    async fn figures(&self) -> (i64, i64, i64) {
        let chat = self.chat().await;
        let one = proactive::list(self.store().db(), &chat).await.unwrap().remove(0);
        (one.shown, one.opened, one.answered)
    }

    async fn send(&self, token: &str, text: &str, key: &str) -> Value {
        let id = self.store().env().ulid();
        let body = json!({ "id": id, "text": text, "proactive": key, "author": "Eva", "greeting": "mine" });
        let (status, message) = self.post("messages", token, body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{message}");
        let (_, again) = self.post("messages", token, body).await;
        assert_eq!(again, message, "a repetition changes nothing");
        message
    }
}

fn leasing() -> NewProactive {
    NewProactive {
        name: "Prices".into(),
        is_on: true,
        pages: vec!["/prices*".into()],
        after_seconds: 20,
        words: Texts::of([
            (Language::En, "Questions about **leasing**?".to_owned()),
            (Language::Pt, "Dúvidas?".to_owned()),
        ]),
        ..NewProactive::default()
    }
}

#[tokio::test]
async fn pages_of_the_business_are_told_in_their_language() {
    let desk = desk().await;
    let (status, let_in, script) = desk.asked(Some(SITE), "en").await;
    assert_eq!(
        (status, let_in.as_deref(), script.as_str()),
        (StatusCode::OK, Some(SITE), ""),
        "nothing to say, nothing to load"
    );
    let one = desk.says(leasing()).await;
    for (language, key, text) in [
        ("pt", "pt", "Dúvidas?"),
        ("en", "en", "Questions about leasing?"),
        // The chat speaks English.
        ("es", "en", "Questions about leasing?"),
        ("", "en", "Questions about leasing?"),
        ("xx%22%27", "en", "Questions about leasing?"),
    ] {
        let told = desk.told(language).await;
        let business = desk.app.business_name();
        assert_eq!(
            told,
            [
                json!({ "key": format!("{}.{key}", one.id), "text": text, "name": business, "pages": ["/prices*"], "after": 20 })
            ],
            "{language}"
        );
    }
    let (status, let_in, _) = desk.asked(None, "en").await;
    assert_eq!((status, let_in), (StatusCode::OK, None), "a page of ours");
    for other in ["https://evil.example", "null", "https://www.example.com.evil.example"] {
        let (status, let_in, script) = desk.asked(Some(other), "en").await;
        assert_eq!((status, let_in), (StatusCode::FORBIDDEN, None), "{other}");
        assert!(!script.contains("leasing"));
    }
    let off = NewProactive {
        is_on: false,
        ..leasing()
    };
    proactive::change(desk.store(), &Actor::System, &one.inbox, &one.id, off)
        .await
        .unwrap();
    assert!(desk.told("en").await.is_empty());
}

#[tokio::test]
async fn it_keeps_the_hours_and_speaks_for_who_is_there() {
    let desk = desk().await;
    let eva = NewAgent {
        email: "eva@example.com".into(),
        name: "Eva".into(),
        role: Role::Agent,
        language: Language::En,
    };
    let eva = agents::create(desk.store(), &Actor::System, eva).await.unwrap();
    let always = NewProactive {
        agent: Some(eva.id.clone()),
        name: "Always".into(),
        ..leasing()
    };
    desk.says(NewProactive {
        in_hours: true,
        ..leasing()
    })
    .await;
    desk.says(always).await;
    let names = async || -> Vec<String> {
        let told = desk.told("en").await;
        told.iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let business = desk.app.business_name();
    assert_eq!(
        names().await,
        [business.as_str(), "Eva"],
        "an inbox without hours is always open"
    );

    let closed = Schedule {
        id: String::new(),
        name: "Never".into(),
        time_zone: "UTC".into(),
        week: vec![read_spans("").unwrap(); 7],
        holidays: Vec::new(),
    };
    let schedule = hours::save(desk.store(), &Actor::System, closed).await.unwrap();
    let hours = InboxDesk {
        schedule: Some(schedule.id),
        ..InboxDesk::default()
    };
    desks::save(desk.store(), &Actor::System, &desk.chat().await, &hours)
        .await
        .unwrap();
    assert_eq!(names().await, ["Eva"]);
}

#[tokio::test]
async fn who_answers_it_begins_a_conversation_with_it() {
    let desk = desk().await;
    let one = desk.says(leasing()).await;
    let key = format!("{}.pt", one.id);
    let token = desk.visitor().await;
    let (_, session) = desk
        .post(
            "session",
            "",
            json!({ "token": token, "language": "en", "proactive": key }),
        )
        .await;
    assert_eq!(session["greeting"], "", "it is the first line");
    assert_eq!(session["conversation"], Value::Null, "nothing is filed");
    let first = &session["messages"][0];
    assert_eq!((&first["id"], &first["text"]), (&json!(one.id), &json!("Dúvidas?")));
    assert_eq!(desk.contact(&session).await, None, "nobody is known");

    desk.send(&token, "Sim, quanto custa?", &key).await;
    desk.send(&token, "Por mês", &key).await;
    let session = desk.session(&token).await;
    assert_eq!(texts(&session), ["Dúvidas?", "Sim, quanto custa?", "Por mês"]);
    assert_eq!(
        session["messages"][0]["id"],
        json!(one.id),
        "it is the line that stood there"
    );
    assert_eq!(
        session["messages"][0]["author"]["name"],
        json!(desk.app.business_name())
    );
    assert_eq!(session["greeting"], "");
    assert_eq!(desk.figures().await, (0, 0, 1));
}

#[tokio::test]
async fn a_browser_names_a_message_and_says_nothing_for_us() {
    let desk = desk().await;
    let one = desk.says(leasing()).await;
    let mut number = 0;
    for key in [
        "",
        "1",
        "x.en",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV.en",
        &format!("{}.de", one.id),
        &format!("{} .en", one.id),
        &"9".repeat(5000),
    ] {
        number += 1;
        let token = desk.visitor().await;
        let (status, session) = desk
            .post(
                "session",
                "",
                json!({ "token": token, "language": "en", "proactive": key }),
            )
            .await;
        assert_eq!((status, &session["messages"]), (StatusCode::OK, &json!([])), "{key}");
        assert_ne!(session["greeting"], "");
        desk.send(&token, "Hello", key).await;
        assert_eq!(texts(&desk.session(&token).await), ["Hello"], "{key}");
    }
    assert_eq!(number, 7);
    // Who is in a conversation goes on with it.
    let token = desk.visitor().await;
    desk.write(&token, "Hello").await;
    desk.send(&token, "again", &format!("{}.en", one.id)).await;
    assert_eq!(texts(&desk.session(&token).await), ["Hello", "again"]);
    assert_eq!(desk.figures().await, (0, 0, 0));
}

#[tokio::test]
async fn what_is_shown_is_counted_for_pages_that_may_show_it() {
    let desk = desk().await;
    let one = desk.says(leasing()).await;
    let body = json!({ "shown": [one.id, one.id], "opened": [one.id] }).to_string();
    assert_eq!(desk.counts(SITE, &body).await, StatusCode::NO_CONTENT);
    assert_eq!(desk.counts("https://evil.example", &body).await, StatusCode::FORBIDDEN);
    assert_eq!(desk.counts(SITE, "{").await, StatusCode::BAD_REQUEST);
    let many: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    let many = json!({ "shown": many }).to_string();
    assert_eq!(desk.counts(SITE, &many).await, StatusCode::NO_CONTENT);
    assert_eq!(
        desk.counts(SITE, &"x".repeat(10_000)).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(desk.figures().await, (1, 1, 0));
    let mut refused = 0;
    for _ in 0..200 {
        refused += i32::from(desk.counts(SITE, &body).await == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused > 0, "not for ever");
}
