//! A browser for tests: it keeps cookies, knows its token and says where its requests come from.

use axum::Router;
use axum::body::{Body, to_bytes};
use conversation::types::{Actor, Language, Role};
use http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt;

use crate::people::agents::{self, Agent, NewAgent};
use crate::people::sessions;
use crate::testing::TestApp;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// One browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) csrf: String,
    pub(crate) is_scripted: bool,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What a failed test prints: the page without its frame.
    fn shown(&self) -> &str {
        self.text.split_once("<main").map_or(&self.text, |(_, main)| main)
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Page {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} {}",
            self.header("location"),
            self.text
        );
        self
    }

    #[track_caller]
    pub(crate) fn has(self, words: &str) -> Page {
        assert!(self.text.contains(words), "no `{words}` in {}", self.shown());
        self
    }

    #[track_caller]
    pub(crate) fn lacks(self, words: &str) -> Page {
        assert!(!self.text.contains(words), "`{words}` in {}", self.shown());
        self
    }
}

pub(crate) fn router(test: &TestApp) -> Router {
    crate::auth::routes(&test.app)
        .merge(crate::inbox::routes(&test.app))
        .merge(crate::tickets::routes(&test.app))
        .merge(crate::settings::routes(&test.app))
        .merge(crate::articles::routes(&test.app))
        .merge(crate::help::routes(&test.app))
        .merge(crate::bell::routes(&test.app))
        .merge(crate::push::routes(&test.app))
        .merge(crate::invoices::routes(&test.app))
        .merge(crate::equipment::routes(&test.app))
        .merge(crate::reports::routes(&test.app))
        .merge(crate::broadcasts::routes(&test.app))
        .with_state(test.app.clone())
}

/// Somebody of the business.
pub(crate) async fn agent(test: &TestApp, name: &str, role: Role) -> Agent {
    let new = NewAgent {
        email: format!("{}@example.com", name.to_lowercase()),
        name: name.to_owned(),
        role,
        language: Language::En,
    };
    agents::create(test.store(), &Actor::System, new).await.unwrap()
}

impl Browser {
    pub(crate) fn new(test: &TestApp) -> Browser {
        Browser {
            router: router(test),
            cookies: Vec::new(),
            csrf: String::new(),
            is_scripted: false,
            headers: Vec::new(),
        }
    }

    /// One that every route answers, the portal's too.
    pub(crate) fn everywhere(test: &TestApp) -> Browser {
        let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
            .build_recorder()
            .handle();
        Browser {
            router: crate::router::routes(&test.app, metrics),
            ..Browser::new(test)
        }
    }

    /// Signed in, without the toil of a password.
    pub(crate) async fn of(test: &TestApp, agent: &Agent) -> Browser {
        let secret = sessions::create(test.store(), &agent.id, "test", sessions::Proof::Password)
            .await
            .unwrap();
        let (_, session) = sessions::check(test.store(), &secret).await.unwrap().unwrap();
        let mut browser = Browser::new(test);
        browser.cookies.push(("switchboard-session".to_owned(), secret));
        browser.csrf = crate::auth::session::csrf(&test.app, &session);
        browser
    }

    pub(crate) fn scripted(mut self) -> Browser {
        self.is_scripted = true;
        self
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send("GET", path, "", Vec::new()).await
    }

    /// Posts a form; the token goes along.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            body.append_pair(name, value);
        }
        if !self.csrf.is_empty() {
            body.append_pair("csrf", &self.csrf.clone());
        }
        let body = body.finish().into_bytes();
        self.send("POST", path, "application/x-www-form-urlencoded", body).await
    }

    /// Posts a form with files: name, type, bytes.
    pub(crate) async fn upload(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Page {
        let mut body = Vec::new();
        let csrf = self.csrf.clone();
        for (name, value) in fields.iter().chain([&("csrf", csrf.as_str())]) {
            body.extend(
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        for (name, kind, bytes) in files {
            body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n").bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--edge--\r\n");
        self.send("POST", path, "multipart/form-data; boundary=edge", body)
            .await
    }

    pub(crate) fn request(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "desk.example");
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        if self.is_scripted {
            request = request.header("hx-request", "true");
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        request.body(Body::from(body)).unwrap()
    }

    pub(crate) async fn send(&mut self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Page {
        let request = self.request(method, path, kind, body);
        let response = self.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let (parts, body) = response.into_parts();
        let text = String::from_utf8_lossy(&to_bytes(body, usize::MAX).await.unwrap()).into_owned();
        if let Some((_, rest)) = text.split_once("data-csrf=\"") {
            self.csrf = rest.split('"').next().unwrap().to_owned();
        }
        Page {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    /// The answer as it streams.
    pub(crate) async fn stream(&self, path: &str) -> axum::body::BodyDataStream {
        let request = self.request("GET", path, "", Vec::new());
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().into_data_stream()
    }
}
