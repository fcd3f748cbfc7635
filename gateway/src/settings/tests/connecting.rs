//! Connecting a mailbox: by an account in the browser, by its servers, and what is said where it fails.

use super::*;

/// A stand-in for Google's token address: it gives tokens for one code.
async fn google() -> (String, tokio::task::JoinHandle<()>) {
    use axum::Json;
    use base64::Engine;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let answer = async |body: String| {
        let form: std::collections::HashMap<String, String> =
            url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        if form["code"] != "good" || form["client_secret"] != "s3cret" || form["code_verifier"].len() < 43 {
            return (
                axum::http::StatusCode::BAD_REQUEST,
                Json(serde_json::json!({ "error": "invalid_grant", "error_description": "Bad Request" })),
            );
        }
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode("{\"email\":\"help@shop.example\"}");
        let tokens = serde_json::json!({ "access_token": "a", "refresh_token": "r", "expires_in": 3599, "id_token": format!("x.{claims}.y") });
        (axum::http::StatusCode::OK, Json(tokens))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let routes = axum::Router::new().route("/token", axum::routing::post(answer));
    let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (base, task)
}

#[tokio::test]
async fn a_google_account_is_connected_in_the_browser() {
    let (base, task) = google().await;
    let mut test = TestApp::new().await;
    let mut config = (*test.app.config).clone();
    config.mail.google_url = Some(base.clone());
    test.app.config = std::sync::Arc::new(config);
    let mut ana = Browser::of(&test, &agent(&test, "Ana", Role::Administrator).await).await;
    let mut eva = Browser::of(&test, &agent(&test, "Eva", Role::Agent).await).await;
    for path in ["google", "google/connect", "callback?state=x&code=y"] {
        eva.get(&format!("/settings/oauth/{path}")).await.expect(403);
    }
    ana.get("/settings/inboxes")
        .await
        .expect(200)
        .has("Connect Google")
        .has("Connect Microsoft 365");
    ana.get("/settings/oauth/yahoo").await.expect(404);
    ana.get("/settings/oauth/google/connect")
        .await
        .expect(422)
        .has("not entered yet");
    let page = ana.get("/settings/oauth/google").await.expect(200);
    page.has("/settings/oauth/callback");
    ana.post("/settings/oauth/google", &[("client_id", "app")])
        .await
        .expect(422)
        .has("client secret is needed");
    ana.post(
        "/settings/oauth/google",
        &[("client_id", "app"), ("client_secret", "s3cret")],
    )
    .await
    .expect(200)
    .has("Saved.");
    ana.post("/settings/oauth/google", &[("client_id", "app"), ("client_secret", "")])
        .await
        .expect(200)
        .lacks("s3cret");
    let began = async |ana: &mut Browser| {
        let page = ana.get("/settings/oauth/google/connect").await.expect(303);
        let to = url::Url::parse(page.header("location")).unwrap();
        assert!(to.as_str().starts_with(&format!("{base}/o/oauth2/v2/auth?")), "{to}");
        to.query_pairs()
            .find(|(name, _)| name == "state")
            .unwrap()
            .1
            .into_owned()
    };
    let state = began(&mut ana).await;
    // The owner says no; somebody makes a state up; the code is wrong.
    ana.get(&format!(
        "/settings/oauth/callback?state={state}&error=access_denied&error_description=%3Cb%3Eno"
    ))
    .await
    .expect(422)
    .has("access_denied")
    .lacks("<b>no");
    ana.get("/settings/oauth/callback?state=made-up&code=good")
        .await
        .expect(422)
        .has("not begun here");
    ana.get(&format!("/settings/oauth/callback?state={state}&code=bad"))
        .await
        .expect(422)
        .has("no longer lets us");
    let state = began(&mut ana).await;
    let page = ana
        .get(&format!("/settings/oauth/callback?state={state}&code=good"))
        .await
        .expect(303);
    let path = page.header("location").to_owned();
    ana.get(&path)
        .await
        .expect(200)
        .has("help@shop.example")
        .has("imap.gmail.com")
        .has("Connect again");
    let inbox = inboxes::find(test.store().db(), Channel::Email, "help@shop.example")
        .await
        .unwrap();
    let settings: EmailSettings = inboxes::settings(test.store(), &inbox.id).await.unwrap();
    let imap = settings.imap.unwrap();
    assert!(matches!(imap.auth, channels::email::Credentials::Oauth { .. }));
    // Saved again with an empty password it stays connected.
    let edit = [
        ("name", "help"),
        ("language", "en"),
        ("imap_host", "imap.gmail.com"),
        ("imap_port", "993"),
        ("imap_tls", "tls"),
        ("imap_user", "help@shop.example"),
        ("enabled", "on"),
    ];
    ana.post(&path, &edit).await.expect(200).has("Saved.");
    let settings: EmailSettings = inboxes::settings(test.store(), &inbox.id).await.unwrap();
    assert_eq!(settings.imap.unwrap().auth, imap.auth);
    task.abort();
}

#[tokio::test]
async fn a_connection_that_fails_is_named_in_words() {
    let (_test, mut ana) = administrator().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        .to_string();
    let form = |host: &'static str| {
        vec![
            ("name", "Support"),
            ("address", "help@shop.example"),
            ("language", "en"),
            ("imap_host", host),
            ("imap_tls", "none"),
            ("imap_user", "help"),
            ("imap_password", "x"),
            ("do", "test"),
        ]
    };
    for (host, words) in [
        ("mail.invalid", "name leads nowhere"),
        ("127.0.0.1", "Nobody answers there"),
    ] {
        let mut fields = form(host);
        fields.push(("imap_port", &closed));
        ana.post("/settings/inboxes/new/email", &fields)
            .await
            .expect(200)
            .has(words);
    }
}

#[tokio::test]
async fn the_servers_of_a_mailbox_are_found() {
    let (_test, mut ana) = administrator().await;
    let new = "/settings/inboxes/new/email";
    // Of known providers nothing has to be looked up.
    let find = |address: &'static str| [("address", address), ("imap_begin", "30"), ("do", "find")];
    ana.post(new, &find("ventas@yahoo.com"))
        .await
        .expect(200)
        .has("imap.mail.yahoo.com")
        .has("smtp.mail.yahoo.com");
    ana.post(new, &find("ventas@hotmail.com"))
        .await
        .expect(200)
        .has("outlook.office365.com")
        .has("takes no passwords");
    ana.post(new, &find("nobody")).await.expect(200).has("name@example.com");
}

#[tokio::test]
async fn what_was_typed_as_a_secret_is_not_typed_twice() {
    let (test, mut ana) = administrator().await;
    let new = "/settings/inboxes/new/email";
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        .to_string();
    let common = [
        ("name", "Support"),
        ("address", "help@shop.example"),
        ("language", "en"),
        ("imap_host", "127.0.0.1"),
        ("imap_port", closed.as_str()),
        ("imap_tls", "none"),
    ];
    let with = |more: &[(&'static str, &str)]| {
        let mut fields: Vec<(String, String)> = common.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
        fields.extend(more.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())));
        fields
    };
    let post = async |ana: &mut Browser, fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        ana.post(new, &fields).await
    };
    // Without a password the form says which field; a user is not needed where it is the address.
    post(&mut ana, with(&[("do", "save")]))
        .await
        .expect(422)
        .has("password of the mailbox is needed")
        .lacks("imap_password_typed");
    // Tried with a wrong server: the page comes back without the password in it, and with what stands for it.
    let page = post(&mut ana, with(&[("imap_password", "s3cret-word"), ("do", "test")]))
        .await
        .expect(200)
        .has("Nobody answers there")
        .has("Typed already")
        .lacks("s3cret-word");
    let sealed = page
        .text
        .split("name=\"imap_password_typed\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap()
        .to_owned();
    // What somebody else typed, or what was typed elsewhere, opens nothing.
    let eva = agent(&test, "Eva", Role::Administrator).await;
    let mut eva = Browser::of(&test, &eva).await;
    post(&mut eva, with(&[("imap_password_typed", &sealed), ("do", "save")]))
        .await
        .expect(422);
    post(&mut ana, with(&[("smtp_password_typed", &sealed), ("do", "save")]))
        .await
        .expect(422);
    // Saved without typing it again.
    post(
        &mut ana,
        with(&[("imap_password", ""), ("imap_password_typed", &sealed), ("do", "save")]),
    )
    .await
    .expect(303);
    let inbox = inboxes::find(test.store().db(), Channel::Email, "help@shop.example")
        .await
        .unwrap();
    let settings: EmailSettings = inboxes::settings(test.store(), &inbox.id).await.unwrap();
    let imap = settings.imap.unwrap();
    assert_eq!(imap.user, "help@shop.example");
    assert_eq!(
        imap.auth,
        channels::email::Credentials::Password {
            password: "s3cret-word".to_owned()
        }
    );
}

#[tokio::test]
async fn a_new_mailbox_bears_the_name_of_the_business() {
    let (_test, mut ana) = administrator().await;
    ana.post("/settings/start", &[("do", "name"), ("business", "Casa Verde")])
        .await;
    ana.get("/settings/inboxes/new/email")
        .await
        .expect(200)
        .has("value=\"Casa Verde\"");
    // What the bot is to know is written among the articles.
    ana.get("/settings/start")
        .await
        .expect(200)
        .has("<a href=\"/knowledge\">");
}

#[tokio::test]
async fn the_name_that_a_business_gives_itself_is_what_its_customers_read() {
    let (test, mut ana) = administrator().await;
    test.app.knowledge.refresh(test.store()).await.unwrap();
    ana.get("/help/en").await.expect(200).has("Switchboard");
    ana.post("/settings/start", &[("do", "name"), ("business", "Casa Verde")])
        .await
        .expect(303);
    ana.get("/help/en")
        .await
        .expect(200)
        .has("Casa Verde")
        .lacks("Switchboard");
    // The portal, the chat and mails ask the same. Another process learns of it.
    assert_eq!(&*test.app.billing.called.now(), "Casa Verde");
    let business = billing::settings::Business {
        name: "Casa Azul".to_owned(),
        ..billing::settings::Business::default()
    };
    billing::settings::set_business(test.store(), &conversation::types::Actor::System, &business)
        .await
        .unwrap();
    assert_eq!(&*test.app.billing.called.now(), "Casa Verde");
    test.app.billing.follow().await.unwrap();
    assert_eq!(test.app.business_name(), "Casa Azul");
}

#[tokio::test]
async fn a_new_mailbox_speaks_as_the_customers_do() {
    let chosen = |language: &str| format!("<option value=\"{language}\" selected");
    let (test, mut ana) = administrator().await;
    let new = "/settings/inboxes/new/email";
    // Until somebody said how customers speak, as whoever adds it; naming the business does not say it.
    ana.post("/settings/account", &[("name", "Ana"), ("language", "pt")])
        .await;
    ana.get(new)
        .await
        .expect(200)
        .has(&chosen("pt"))
        .has("Idioma dos seus clientes");
    ana.post("/settings/start", &[("do", "name"), ("business", "Casa Verde")])
        .await;
    ana.get(new).await.expect(200).has(&chosen("pt"));
    ana.post("/settings/start", &[("do", "language"), ("language", "es")])
        .await;
    ana.get(new).await.expect(200).has(&chosen("es")).lacks(&chosen("pt"));
    // It can be another.
    let fields = [
        ("name", "Support"),
        ("address", "help@shop.example"),
        ("language", "en"),
        ("do", "save"),
    ];
    ana.post(new, &fields).await.expect(303);
    let inbox = inboxes::find(test.store().db(), Channel::Email, "help@shop.example")
        .await
        .unwrap();
    assert_eq!(inbox.language, conversation::types::Language::En);
}
