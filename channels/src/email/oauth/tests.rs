use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use conversation::blobs::{Blobs, folder};
use conversation::db::{Db, sql};
use conversation::env::{Env, FakeClock};
use conversation::keys::Keys;
use conversation::types::Actor;
use serde_json::json;
use tokio_util::task::AbortOnDropHandle;

use super::*;

const NOW: Millis = 1_767_607_200_000;
const HOUR: Millis = 3_600_000;

/// The provider: it checks what the real ones check, and rotates refresh tokens as Microsoft does.
#[derive(Default)]
struct StandIn {
    /// Codes with the challenge and redirect address they were given for.
    codes: HashMap<String, (String, String)>,
    refresh: Option<String>,
    used: Vec<String>,
    issued: usize,
    renewals: usize,
    /// Answered instead: status, error.
    trouble: Option<(u16, &'static str)>,
    without_refresh: bool,
}

type Shared = Arc<Mutex<StandIn>>;

fn refuse(status: u16, error: &str) -> Response {
    let body = Json(json!({ "error": error, "error_description": "AADSTS: as told" }));
    (StatusCode::from_u16(status).expect("a status"), body).into_response()
}

async fn token(State(shared): State<Shared>, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut provider = shared.lock().expect("not poisoned");
    let get = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if let Some((status, error)) = provider.trouble {
        return refuse(status, error);
    }
    if get("client_id") != "app" || get("client_secret") != "s3cret" {
        return refuse(401, "invalid_client");
    }
    match get("grant_type") {
        "authorization_code" => {
            // A code is good once, for the verifier and the address it was asked with.
            let Some((challenge, redirect)) = provider.codes.remove(get("code")) else {
                return refuse(400, "invalid_grant");
            };
            let given = URL_SAFE_NO_PAD.encode(Sha256::digest(get("code_verifier").as_bytes()));
            if given != challenge || redirect != get("redirect_uri") {
                return refuse(400, "invalid_grant");
            }
        }
        "refresh_token" => {
            if provider.used.iter().any(|used| used == get("refresh_token")) {
                // The second use of a rotated token is a theft.
                provider.refresh = None;
            }
            if provider.refresh.as_deref() != Some(get("refresh_token")) {
                return refuse(400, "invalid_grant");
            }
            let old = get("refresh_token").to_owned();
            provider.used.push(old);
            provider.renewals += 1;
        }
        _ => return refuse(400, "unsupported_grant_type"),
    }
    provider.issued += 1;
    let fresh = format!("refresh-{}", provider.issued);
    provider.refresh = Some(fresh.clone());
    let claims = URL_SAFE_NO_PAD.encode(json!({ "email": "Support@Shop.example" }).to_string());
    let mut answer = json!({
        "access_token": format!("access-{}", provider.issued),
        "expires_in": 3600,
        "token_type": "Bearer",
        "id_token": format!("e30.{claims}.sig"),
    });
    if !provider.without_refresh {
        answer["refresh_token"] = json!(fresh);
    }
    Json(answer).into_response()
}

pub(in crate::email) struct Bed {
    pub(in crate::email) store: Store,
    pub(in crate::email) clock: FakeClock,
    provider: Shared,
    endpoints: Endpoints,
    _files: tempfile::TempDir,
    _task: AbortOnDropHandle<()>,
}

const REDIRECT: &str = "https://desk.example/settings/oauth/callback";

pub(in crate::email) async fn bed() -> Bed {
    // As the binary does at its start; a second time changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let files = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", files.path().join("data.sqlite").display());
    let db = Db::connect(&url, 4).await.expect("a database");
    db.migrate().await.expect("the schema");
    let clock = FakeClock::new(NOW);
    let blobs = Blobs::new(db.clone(), folder(files.path()).expect("a folder"));
    let keys = Keys::new(vec![[7; 32]]).expect("a key");
    let store = Store::new(db, blobs, Env::fixed(clock.clone(), 1), keys);
    let provider: Shared = Arc::default();
    let routes = axum::Router::new()
        .route("/common/oauth2/v2.0/token", axum::routing::post(token))
        .with_state(provider.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        axum::serve(listener, routes).await.expect("served");
    });
    set_client(&store, &Actor::System, Provider::Microsoft, "app", "s3cret", "")
        .await
        .expect("an application");
    Bed {
        endpoints: Endpoints::of(Provider::Microsoft, Some(&base), ""),
        store,
        clock,
        provider,
        _files: files,
        _task: AbortOnDropHandle::new(task),
    }
}

impl Bed {
    async fn begin(&self) -> HashMap<String, String> {
        let url = begin(
            &self.store,
            &AgentId::from("ana"),
            Provider::Microsoft,
            &self.endpoints,
            REDIRECT,
            Wish::default(),
        )
        .await
        .expect("an address");
        url.query_pairs().into_owned().collect()
    }

    /// The owner consents: the provider remembers the challenge and gives a code.
    fn consent(&self, asked: &HashMap<String, String>) -> String {
        let code = format!("code-{}", asked["state"]);
        let promise = (asked["code_challenge"].clone(), asked["redirect_uri"].clone());
        self.provider().codes.insert(code.clone(), promise);
        code
    }

    fn provider(&self) -> std::sync::MutexGuard<'_, StandIn> {
        self.provider.lock().expect("not poisoned")
    }

    pub(in crate::email) async fn connected(&self) -> String {
        let asked = self.begin().await;
        let code = self.consent(&asked);
        finish(&self.store, &AgentId::from("ana"), &asked["state"], &code)
            .await
            .expect("connected")
            .account
    }
}

#[tokio::test]
async fn a_consent_is_given_once_by_who_began_it() {
    let bed = bed().await;
    let asked = bed.begin().await;
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(
        (asked["client_id"].as_str(), asked["redirect_uri"].as_str()),
        ("app", REDIRECT)
    );
    assert!(asked["scope"].contains("IMAP.AccessAsUser.All") && asked["scope"].contains("offline_access"));
    let code = bed.consent(&asked);
    let ana = AgentId::from("ana");
    // Another agent's browser, and a state that nobody began.
    for (agent, state) in [("bob", asked["state"].as_str()), ("ana", "made up")] {
        let refused = finish(&bed.store, &AgentId::from(agent), state, &code).await;
        assert!(matches!(refused, Err(OauthError::Refused(words)) if words.contains("not begun here")));
    }
    let consent = finish(&bed.store, &ana, &asked["state"], &code)
        .await
        .expect("connected");
    assert_eq!(
        (consent.address.as_str(), consent.provider),
        ("support@shop.example", Provider::Microsoft)
    );
    assert!(matches!(
        finish(&bed.store, &ana, &asked["state"], &code).await,
        Err(OauthError::Refused(_))
    ));
    assert_eq!(access(&bed.store, &consent.account).await.expect("a token"), "access-1");
    // The same account again is the same row.
    assert_eq!(bed.connected().await, consent.account);
    // Nothing of it stands in the database in clear.
    let rows: Vec<(Vec<u8>,)> =
        sql("SELECT tokens FROM oauth_accounts UNION ALL SELECT client_secret FROM oauth_clients")
            .all(bed.store.db())
            .await
            .expect("rows");
    for (bytes,) in rows {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("access-") && !text.contains("refresh-") && !text.contains("s3cret"));
    }
    // A consent that took too long.
    let asked = bed.begin().await;
    let code = bed.consent(&asked);
    bed.clock.advance(HOUR);
    assert!(matches!(
        finish(&bed.store, &ana, &asked["state"], &code).await,
        Err(OauthError::Refused(_))
    ));
}

#[tokio::test]
async fn a_code_that_was_stolen_or_no_refresh_token_connects_nothing() {
    let bed = bed().await;
    let ana = AgentId::from("ana");
    let asked = bed.begin().await;
    let code = bed.consent(&asked);
    let other = bed.begin().await;
    // The code of one consent with the state, and so the verifier, of another.
    let refused = finish(&bed.store, &ana, &other["state"], &code).await;
    assert!(matches!(refused, Err(OauthError::Revoked(_))), "{refused:?}");
    bed.provider().without_refresh = true;
    let asked = bed.begin().await;
    let code = bed.consent(&asked);
    let refused = finish(&bed.store, &ana, &asked["state"], &code).await;
    assert!(matches!(refused, Err(OauthError::Refused(words)) if words.contains("no refresh token")));
}

#[tokio::test]
async fn tokens_are_renewed_before_they_end_and_once() {
    let bed = bed().await;
    let id = bed.connected().await;
    bed.clock.advance(HOUR - MARGIN - 1);
    assert_eq!(access(&bed.store, &id).await.expect("a token"), "access-1");
    assert_eq!(bed.provider().renewals, 0);
    bed.clock.advance(2);
    // Ten at the same time: one renews, the rotated token is not used twice.
    let all = futures::future::join_all((0..10).map(|_| access(&bed.store, &id))).await;
    for token in all {
        assert_eq!(token.expect("a token"), "access-2");
    }
    assert_eq!(bed.provider().renewals, 1);
    for round in 3..6 {
        bed.clock.advance(HOUR);
        assert_eq!(
            access(&bed.store, &id).await.expect("a token"),
            format!("access-{round}")
        );
    }
    // A server refuses the token before its time: the next use asks for a new one, but not for each
    // refusal of a quite new one.
    let auth = Credentials::Oauth { account: id.clone() };
    forget_access(&bed.store, &auth).await.expect("forgotten");
    assert_eq!(access(&bed.store, &id).await.expect("a token"), "access-5");
    bed.clock.advance(120_000);
    forget_access(&bed.store, &auth).await.expect("forgotten");
    assert_eq!(access(&bed.store, &id).await.expect("a token"), "access-6");
}

#[tokio::test]
async fn trouble_is_told_apart() {
    let bed = bed().await;
    let id = bed.connected().await;
    // In its last minutes the old token does while the provider is away.
    bed.clock.advance(HOUR - MARGIN + 1000);
    bed.provider().trouble = Some((503, ""));
    assert_eq!(access(&bed.store, &id).await.expect("the old one"), "access-1");
    bed.clock.advance(HOUR);
    let error = access(&bed.store, &id).await.expect_err("no token");
    assert!(
        matches!(&error, OauthError::Unreachable(words) if words.contains("503")),
        "{error}"
    );
    bed.provider().trouble = Some((401, "invalid_client"));
    let error = access(&bed.store, &id).await.expect_err("no token");
    assert!(
        matches!(&error, OauthError::Refused(words) if words.contains("client secret")),
        "{error}"
    );
    bed.provider().trouble = None;
    assert_eq!(
        access(&bed.store, &id).await.expect("a token"),
        "access-2",
        "none of that was the end"
    );
    // The owner takes the consent back: said once, and nobody asks again until it is given again.
    bed.provider().refresh = None;
    bed.clock.advance(HOUR);
    let error = access(&bed.store, &id).await.expect_err("no token");
    assert!(
        matches!(&error, OauthError::Revoked(words) if words.contains("connect it again")),
        "{error}"
    );
    bed.provider().trouble = Some((500, "must not be asked"));
    assert!(matches!(access(&bed.store, &id).await, Err(OauthError::Revoked(_))));
    assert_eq!(
        account(&bed.store, &id).await.expect("a row").expect("there").state,
        "revoked"
    );
    let settings = ImapSettings {
        auth: Credentials::Oauth { account: id.clone() },
        ..ImapSettings::default()
    };
    assert!(matches!(
        signed_in(&bed.store, &settings).await,
        Err(MailboxError::Auth(_))
    ));
    bed.provider().trouble = None;
    assert_eq!(bed.connected().await, id);
    access(&bed.store, &id).await.expect("a token");
}

#[test]
fn the_providers_are_where_they_are() {
    let of = |provider, base, tenant| Endpoints::of(provider, base, tenant).token;
    assert_eq!(of(Provider::Google, None, ""), "https://oauth2.googleapis.com/token");
    assert_eq!(
        of(Provider::Microsoft, None, "shop.example"),
        "https://login.microsoftonline.com/shop.example/oauth2/v2.0/token"
    );
    assert_eq!(
        of(Provider::Google, Some("http://127.0.0.1:1/"), ""),
        "http://127.0.0.1:1/token"
    );
    for provider in Provider::ALL {
        assert_eq!(Provider::of(provider.as_str()), Some(provider));
        let (imap, smtp) = provider.servers("a@b.example", "01A");
        assert_eq!((imap.user.as_str(), smtp.user.as_str()), ("a@b.example", "a@b.example"));
        assert_eq!(imap.begin, super::super::Begin::Now);
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_left_at_the_limit() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let _task = AbortOnDropHandle::new(tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a client");
        // An answer before the question is refused for that.
        socket.read_u8().await.expect("a question");
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        socket.write_all(head).await.expect("written");
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        while socket.write_all(chunk.as_bytes()).await.is_ok() {}
    }));
    let refused = ask(Provider::Google, &url, &[]).await.err();
    assert!(
        matches!(&refused, Some(OauthError::Unreachable(words)) if words.contains("too long")),
        "{refused:?}"
    );
}
