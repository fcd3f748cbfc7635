//! How a release's own installation is made: the sample business for a while, and by the API what nobody does in it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::SqlitePool;
use tests::harness::{Api, App, Running, eventually_within};

use super::{held, rest, text};

/// How long customers write.
const PATIENCE: Duration = Duration::from_secs(120);

/// The id of the first thing in a list.
async fn first(api: &Api<'_>, path: &str) -> anyhow::Result<String> {
    let listed = api.get(path).await?;
    let id = listed["items"][0]["id"].as_str();
    Ok(id.with_context(|| format!("nothing in {path}"))?.to_owned())
}

/// Does by the API what nobody does in the sample business.
async fn fill(api: &Api<'_>) -> anyhow::Result<()> {
    let make = async |path: &str, body: Value| {
        let made = api.create(path, &body).await?;
        anyhow::Ok(made["id"].as_str().unwrap_or_default().to_owned())
    };
    let change = async |path: &str, body: Value| api.change(Method::PUT, path, &body).await;
    let (contact, conversation) = (first(api, "/contacts").await?, first(api, "/conversations").await?);
    let (ticket, machine) = (first(api, "/tickets").await?, first(api, "/machines").await?);
    let (agent, inbox) = (first(api, "/agents").await?, first(api, "/inboxes").await?);

    let names = json!({ "en": "Supplies", "es": "Consumibles", "pt": "Suprimentos" });
    let category = make("/ticket-categories", json!({ "names": names })).await?;
    let schedule = json!({
        "name": "Usual", "time_zone": "Europe/Madrid", "holidays": [],
        "week": [[{ "from": "09:00", "to": "18:00" }], [], [], [], [], [], []],
    });
    make("/schedules", schedule).await?;
    make(
        "/sla-policies",
        json!({ "name": "Usual", "first_minutes": 60, "resolve_minutes": 2880 }),
    )
    .await?;
    let label = make("/labels", json!({ "name": "lease" })).await?;
    make(
        &format!("/conversations/{conversation}/labels"),
        json!({ "add": [label] }),
    )
    .await?;
    let canned = json!({
        "shortcut": "soon", "title": "Soon", "bodies": { "en": "It is on its way.", "es": "Está en camino." },
        "ticket_categories": [category],
    });
    make("/canned-replies", canned).await?;
    make(
        "/macros",
        json!({ "name": "Done", "steps": [{ "do": "take" }, { "do": "resolve" }] }),
    )
    .await?;
    let rule = json!({
        "name": "Urgent", "when": "received", "steps": [{ "do": "priority", "priority": "urgent" }],
        "conditions": [{ "field": "subject", "operator": "has", "value": "urgent" }],
    });
    make("/rules", rule).await?;
    make("/teams", json!({ "name": "Supplies", "members": [agent] })).await?;
    change(
        &format!("/agents/{agent}/skills"),
        json!({ "ticket_categories": [category] }),
    )
    .await?;
    let invited = json!({ "email": "new@andinas.example", "name": "Nueva", "role": "agent", "language": "es" });
    make("/agents/invites", invited).await?;

    make(
        "/problems",
        json!({ "subject": "Toner of a bad batch", "tickets": [ticket] }),
    )
    .await?;
    let questions = json!([{ "texts": { "en": "Which tray?", "es": "¿Qué bandeja?", "pt": "Qual bandeja?" } }]);
    let list = make("/question-lists", json!({ "name": "Paper", "questions": questions })).await?;
    make(&format!("/tickets/{ticket}/diagnoses"), json!({ "list": list })).await?;
    let reference = json!({ "url": "https://tracker.example/42", "name": "The maker's ticket" });
    make(&format!("/tickets/{ticket}/references"), reference).await?;
    let notice = json!({ "inbox": inbox, "occasion": "opened", "texts": { "en": "Ticket {{ticket.number}}." } });
    api.change(Method::POST, "/ticket-notices", &notice).await?;
    change("/ticket-closing", json!({ "hours": 48 })).await?;
    change(
        "/survey-settings/csat",
        json!({ "inboxes": [inbox], "label": null, "delay_minutes": 0 }),
    )
    .await?;
    let call = json!({
        "is_inbound": true, "outcome": "answered", "number": "+34600100200", "notes": "Wants a visit.", "seconds": 90,
    });
    make("/calls", call).await?;

    let customer = json!({ "name": "Imprenta Sur", "is_company": true, "email": "sur@customer.test" });
    let company = make("/customers", customer).await?;
    make(
        "/sites",
        json!({ "customer": company, "name": "Workshop", "address": "Calle Mayor 1" }),
    )
    .await?;
    // A company is made by the first of its people.
    let person = json!({ "company": "Imprenta Sur" });
    api.change(Method::PATCH, &format!("/contacts/{contact}"), &person)
        .await?;
    let company = first(api, "/companies").await?;
    let person = json!({ "contact_id": contact, "rights": { "sees_documents": true } });
    api.change(Method::POST, &format!("/companies/{company}/people"), &person)
        .await?;
    let consent = json!({ "kind": "news", "is_given": true, "words": "Yes, write to me." });
    make(&format!("/contacts/{contact}/consents"), consent).await?;
    let choices =
        json!({ "choices": [{ "kind": "ticket", "ways": { "mail": true, "whatsapp": false, "push": true } }] });
    change(&format!("/contacts/{contact}/notification-choices"), choices).await?;
    let visit = json!({
        "machine": machine, "agent": agent, "purpose": "Look at the tray",
        "starts_at": "2031-01-07T09:00:00Z", "ends_at": "2031-01-07T11:00:00Z",
    });
    make("/visits", visit).await?;
    let settings = json!({ "answer_at": 0.5, "version": 0, "synonyms": { "en": "copier, printer" } });
    change("/knowledge/settings", settings).await?;
    let hook = json!({ "name": "till", "url": "https://till.example/hook", "kinds": ["message.created"] });
    make("/webhooks", hook).await?;
    make(
        &format!("/conversations/{conversation}/messages"),
        json!({ "text": "We are on it." }),
    )
    .await?;
    Ok(())
}

/// The folder of the sample business, inside the one that it was told to use for what is temporary.
fn data(app: &Running) -> anyhow::Result<PathBuf> {
    for entry in std::fs::read_dir(app.folder())? {
        let path = entry?.path();
        if path.join("switchboard.db").is_file() {
            return Ok(path);
        }
    }
    anyhow::bail!("the sample business has no data in {}", app.folder().display())
}

/// Makes one, and gives its backup.
async fn made(app: &mut Running) -> anyhow::Result<PathBuf> {
    let folder = data(app)?;
    app.reconfigure("data.dir", folder.display());
    {
        let api = Api::of(app).await?;
        let came = eventually_within(PATIENCE, async || {
            let tickets = api.get("/tickets?limit=10").await.ok()?;
            (tickets["items"].as_array()?.len() >= 8).then_some(())
        });
        came.await.context("nobody wrote")?;
        fill(&api).await?;
    }
    let backup = app.folder().join("most.swbk");
    app.command(&["backup", text(&backup)?], "").await?.success()?;
    Ok(backup)
}

/// The same with a row in every table.
async fn whole(app: &App, most: &Path) -> anyhow::Result<PathBuf> {
    app.command(&["restore", text(most)?], "").await?.success()?;
    let database = app.folder().join("data/switchboard.db");
    let pool = SqlitePool::connect(&format!("sqlite:{}", database.display())).await?;
    rest::fill(&pool).await?;
    pool.close().await;
    let backup = app.folder().join("data.swbk");
    app.command(&["backup", text(&backup)?], "").await?.success()?;
    Ok(backup)
}

/// `make release-data` keeps what this makes.
#[tokio::test]
async fn a_release_leaves_its_own() -> anyhow::Result<()> {
    let mut app = App::demo()?.start().await?;
    let most = made(&mut app).await?;
    let after = App::new()?;
    let backup = whole(&after, &most).await?;
    let all = held(&backup)?;
    let empty: Vec<&String> = all
        .iter()
        .filter(|(_, table)| table.rows == 0)
        .map(|(name, _)| name)
        .collect();
    anyhow::ensure!(empty.is_empty(), "nothing is in {empty:?}");
    if let Some(folder) = std::env::var_os("RELEASE_DATA") {
        std::fs::create_dir_all(&folder)?;
        std::fs::copy(&backup, Path::new(&folder).join("data.swbk"))?;
    }
    Ok(())
}
