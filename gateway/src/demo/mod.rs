//! `demo`: a sample business in a temporary folder, and simulated customers who write on all
//! channels through the real adapters. No network beyond this machine.

mod articles;
mod business;
mod customers;
mod desk;
mod equipment;
mod invoices;
mod mail_server;
mod menu;
mod script;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use channels::email::settings::{EmailSettings, SmtpSettings, TlsMode};
use channels::messenger::standin::Standin as Social;
use channels::whatsapp::standin::Standin;
use conversation::Env;
use conversation::desk::Texts;
use conversation::inboxes::{self, NewInbox};
use conversation::proactive::{self, NewProactive};
use conversation::types::{Actor, Channel, InboxId, Language, Role};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::commands::serve;
use crate::config::Config;
use crate::people::agents::{self, NewAgent};
use crate::telemetry;

use business::{SUPPORT, TIME_ZONE};
use customers::World;
use mail_server::Mailboxes;

/// The password of everybody in the sample business.
const PASSWORD: &str = "switchboard demo";
/// The people of the sample business.
const AGENTS: &[(&str, &str, Role)] = &[
    ("ana@andinas.example", "Ana Salazar", Role::Administrator),
    ("diego@andinas.example", "Diego Paredes", Role::Agent),
    ("beatriz@andinas.example", "Beatriz Nunes", Role::Agent),
    ("helena@andinas.example", "Helena Prado", Role::Supervisor),
];
/// After this many visits the customers stay away; it is a demonstration, not a load test.
const MOST_VISITS: usize = 400;

/// Runs until interrupted.
pub async fn run(listen: SocketAddr, pace: Duration) -> Result<ExitCode> {
    let metrics = telemetry::install()?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut config = Config::default();
    config.server.listen = listen;
    config.server.business_name = "Copiadoras Andinas".to_owned();
    config.data.dir = folder.path().to_owned();
    config.chat.email_after = 30;
    let stop = CancellationToken::new();
    let app = App::open(config, Env::system()).await?;
    // Chosen and not configured, so that the settings let a visitor change it.
    app.billing.zone.choose(&app.store, &Actor::System, TIME_ZONE).await?;
    crate::country::begin_in(&app, &Actor::System).await?;

    let mailboxes = Mailboxes::default();
    let smtp_port = mail_server::start(mailboxes.clone(), stop.child_token())
        .await
        .context("the simulated mail server cannot start")?;
    let standin = Standin::start().await.context("the simulated WhatsApp cannot start")?;
    let instagram = Social::start(Channel::Instagram)
        .await
        .context("the simulated Instagram cannot start")?;
    let email = seed(&app, smtp_port, &standin, &instagram).await?;
    desk::seed(&app).await.context("the sample desk")?;
    let door = invoices::seed(&app).await.context("the sample invoices")?;
    self::equipment::seed(&app).await.context("the sample machines")?;

    let running = serve::start(app.clone(), serve::ALL_ROLES, metrics, stop.clone()).await?;
    let url = format!("http://{}", running.listen);
    standin.set_target(format!("{url}/webhooks/whatsapp/whatsapp"));
    instagram.set_target(format!("{url}/webhooks/instagram/instagram"));
    let world = Arc::new(World {
        mail_hook: format!("{url}/webhooks/email/{email}"),
        mail_secret: crate::hooks::mail_secret(&app, &email),
        url: url.clone(),
        standin,
        instagram,
        mailboxes,
        support_address: SUPPORT.to_owned(),
        http: reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .build()?,
        env: app.store.env().clone(),
        pace,
    });
    let crowd = tokio::spawn(crowd(world, stop.child_token()));

    println!("Switchboard's demonstration on {url}");
    println!(
        "  Copiadoras Andinas, a business that leases office machines; its customers are simulated and write now.\n"
    );
    println!(
        "  inbox     {url}/inbox        sign in as {} with the password: {PASSWORD}",
        AGENTS[0].0
    );
    println!("  chat      {url}/sample       be a customer yourself");
    println!("  form      {url}/portal/tickets/new");
    println!("  portal    {url}{door}   be a customer with invoices (the link works once)");
    println!("  billing   {url}/billing");
    println!("  machines  {url}/equipment    and on a technician's phone {url}/visits");
    println!("  help      {url}/help/es\n");
    println!(
        "  Everything is in {} and gone when you stop with Ctrl-C.",
        folder.path().display()
    );

    serve::wait_for_signal().await?;
    crowd.abort();
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// The business: people, articles, inboxes.
async fn seed(app: &App, smtp_port: u16, standin: &Standin, instagram: &Social) -> Result<InboxId> {
    let store = &app.store;
    let mut people = Vec::new();
    for (email, name, role) in AGENTS {
        let new = NewAgent {
            email: (*email).to_owned(),
            name: (*name).to_owned(),
            role: *role,
            language: Language::Es,
        };
        let agent = agents::create(store, &Actor::System, new).await?;
        agents::set_password(store, &Actor::System, &agent.id, PASSWORD).await?;
        people.push(agent.id);
    }
    let editor = people.get(1).cloned().map_or(Actor::System, Actor::Agent);
    articles::seed(store, &editor).await?;

    let settings = EmailSettings {
        address: SUPPORT.to_owned(),
        name: "Copiadoras Andinas".to_owned(),
        imap: None,
        smtp: Some(SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: smtp_port,
            tls: TlsMode::None,
            user: String::new(),
            auth: None,
            extra_ca: None,
            hello: String::new(),
        }),
        ..EmailSettings::default()
    };
    let email = add(app, Channel::Email, "soporte", SUPPORT, &settings).await?;
    let whatsapp = standin.settings();
    let number = add(
        app,
        Channel::Whatsapp,
        "whatsapp",
        &whatsapp.phone_number_id.clone(),
        &whatsapp,
    )
    .await?;
    menu::write(store, &number).await?;
    let account = instagram.settings();
    add(
        app,
        Channel::Instagram,
        "instagram",
        &account.account_id.clone(),
        &account,
    )
    .await?;
    let greeting: BTreeMap<&str, &str> = BTreeMap::from([
        ("es", "¡Hola! ¿En qué podemos ayudarle?"),
        ("pt", "Olá! Como podemos ajudar?"),
        ("en", "Hello! How can we help?"),
    ]);
    let widget = json!({ "key": "website", "identity_secret": store.env().secret(), "allowed_origins": [], "greeting": greeting });
    let chat = add(app, Channel::Webchat, "website", "website", &widget).await?;
    speak_first(app, &chat).await?;
    add(app, Channel::Portal, "portal", "portal", &json!({})).await?;
    Ok(email)
}

/// What the sample page's chat says to whoever looks at it for a while.
async fn speak_first(app: &App, chat: &InboxId) -> Result<()> {
    let words = Texts::of([
        (Language::En, "Questions about leasing? We are here.".to_owned()),
        (Language::Es, "¿Dudas sobre el leasing? Aquí estamos.".to_owned()),
        (Language::Pt, "Dúvidas sobre o leasing? Estamos aqui.".to_owned()),
    ]);
    let new = NewProactive {
        name: "Leasing".to_owned(),
        is_on: true,
        pages: vec!["/sample".to_owned()],
        after_seconds: 20,
        words,
        ..NewProactive::default()
    };
    proactive::create(&app.store, &Actor::System, chat, new).await?;
    Ok(())
}

async fn add<S: serde::Serialize>(
    app: &App,
    channel: Channel,
    name: &str,
    address: &str,
    settings: &S,
) -> Result<InboxId> {
    let new = NewInbox {
        channel,
        name: name.to_owned(),
        language: Language::Es,
        address: address.to_owned(),
        bot_enabled: true,
        settings,
    };
    Ok(inboxes::create(&app.store, &Actor::System, new).await?)
}

/// Customers come one after another, a few at a time.
async fn crowd(world: Arc<World>, stop: CancellationToken) {
    for visit in 0..MOST_VISITS {
        if stop.is_cancelled() {
            return;
        }
        let customer = &script::CUSTOMERS[visit % script::CUSTOMERS.len()];
        let round = visit / script::CUSTOMERS.len();
        let visited = world.clone();
        tokio::spawn(async move {
            match customers::visit(&visited, customer, round).await {
                Ok(()) => tracing::debug!(customer.name, "left"),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "a simulated customer had trouble"),
            }
        });
        tokio::time::sleep(world.pace).await;
    }
}
