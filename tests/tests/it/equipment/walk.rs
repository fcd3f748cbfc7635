//! The built binary and Chromium, on phones: a customer asks for service, the technician comes and signs.

use anyhow::Context as _;
use serde_json::{Value, json};
use tests::harness::{App, Browser, FakeSmtp, Running, http};
use tests::need;

async fn post(app: &Running, token: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let request = http().post(app.url(&format!("/api/v1{path}")));
    let answer = request.bearer_auth(token).json(body).send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    anyhow::ensure!(status.is_success(), "POST {path}: {status} {text}");
    Ok(serde_json::from_str(&text)?)
}

async fn get(app: &Running, token: &str, path: &str) -> anyhow::Result<Value> {
    let request = http().get(app.url(&format!("/api/v1{path}"))).bearer_auth(token);
    Ok(serde_json::from_str(&request.send().await?.text().await?)?)
}

/// The link that signs in, out of the text of a mail.
fn link_of(mail: &str) -> Option<String> {
    // Quoted-printable breaks long lines with `=`.
    let text = mail.replace("=\r\n", "").replace("=3D", "=");
    let at = text.find("/l/")?;
    let secret: String = text[at + 3..].chars().take_while(char::is_ascii_hexdigit).collect();
    (secret.len() == 64).then(|| format!("/l/{secret}"))
}

async fn fits(browser: &Browser, page: &str) -> anyhow::Result<()> {
    let width = browser
        .run("return document.documentElement.scrollWidth - innerWidth")
        .await?;
    anyhow::ensure!(width.as_i64().unwrap_or(1) <= 0, "{page} is wider than the phone");
    Ok(())
}

#[tokio::test]
async fn from_the_request_to_the_signature() -> anyhow::Result<()> {
    let customer = need!(Browser::start().await);
    let technician = need!(Browser::start().await);
    let smtp = FakeSmtp::start().await?;
    let app = App::new()?.start().await?;
    let printed = app
        .command(&["token", "create", "--role", "administrator"], "")
        .await?
        .success()?;
    let token = printed.split_whitespace().last().context("no token")?.to_owned();
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test", "name": "Support", "smtp": { "host": "127.0.0.1", "port": smtp.port(), "tls": "none" } },
    });
    post(&app, &token, "/inboxes", &inbox).await?;
    technician.sign_up(&app.set_up_link().await, Some("Eva Diaz")).await?;

    let ana = json!({ "name": "Ana Lima", "email": "ana@customer.test" });
    let ana = post(&app, &token, "/customers", &ana).await?;
    let site = json!({ "customer": ana["id"], "name": "Head office", "address": "Main street 1", "position": "-0.2039, -78.4904" });
    let site = post(&app, &token, "/sites", &site).await?;
    let machine = json!({ "customer": ana["id"], "site": site["id"], "model": "Ricoh IM C3000", "serial": "E123", "place": "3rd floor" });
    let machine = post(&app, &token, "/machines", &machine).await?;
    let id = machine["id"].as_str().context("no id")?.to_owned();
    let counter = json!({ "kind": "mono", "value": 1000, "on": "2026-01-01" });
    post(&app, &token, &format!("/machines/{id}/counters"), &counter).await?;
    let line = json!({ "description": "Lease", "quantity": 1000, "unit_price": 10000 });
    let draft = json!({ "customer": ana["id"], "kind": "invoice", "currency": "USD", "lines": [line] });
    let document = post(&app, &token, "/documents", &draft).await?;
    let document = document["id"].as_str().context("no id")?;
    post(
        &app,
        &token,
        &format!("/documents/{document}/send"),
        &json!({ "mail": true }),
    )
    .await?;
    let mails = smtp.wait_for(1).await;
    let link = link_of(&mails.last().context("no mail")?.text()).context("no link in the mail")?;
    customer.resize(390, 844).await?;
    customer.open(&app.url(&link)).await?;
    customer.click("main form button[type=submit]").await?;
    customer.wait_for_text("h1", "INV-").await?;

    // Home, then the machine, then what is wrong with it.
    customer.open(&app.url("/portal")).await?;
    customer.wait_for_text(".eq-tiles", "Machines").await?;
    fits(&customer, "home").await?;
    customer.open(&app.url("/portal/machines?q=ric")).await?;
    fits(&customer, "the list").await?;
    customer.click(".eq-list a").await?;
    customer.wait_for_text("h1", "Ricoh IM C3000").await?;
    fits(&customer, "the machine").await?;
    customer.click(".eq-actions a").await?;
    customer.type_into("#f-problem", "It makes a noise").await?;
    customer.click(".eq-form button[type=submit]").await?;
    customer.wait_for_text("h1", "Service").await?;
    let requests = get(&app, &token, "/machine-requests").await?;
    let request = &requests["items"][0];
    assert_eq!(
        (&request["machine_id"], &request["kind"]),
        (&json!(id), &json!("service"))
    );

    // A visit is planned, and its customer follows it.
    let agents = get(&app, &token, "/agents").await?;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_secs();
    let at = |seconds: u64| jiff::Timestamp::from_second(i64::try_from(seconds).unwrap_or(0)).map(|at| at.to_string());
    let visit = json!({ "machine": id, "agent": agents["items"][0]["id"], "starts_at": at(now)?, "ends_at": at(now + 3600)?, "request": request["id"] });
    let visit = post(&app, &token, "/visits", &visit).await?;
    let visit = visit["id"].as_str().context("no visit")?.to_owned();
    customer.open(&app.url(&format!("/portal/visits/{visit}"))).await?;
    customer.wait_for_text("#live-visit .badge", "Planned").await?;
    fits(&customer, "the visit").await?;
    technician.resize(390, 844).await?;
    technician.open(&app.url(&format!("/visits/{visit}"))).await?;
    technician.click("button[value=on_way]").await?;
    customer.wait_for_text("#live-visit .badge", "On the way").await?;
    technician.click("button[value=there]").await?;
    technician.wait_for("#f-work").await?;
    fits(&technician, "the technician's page").await?;
    technician.type_into("#f-work", "Rollers changed").await?;
    technician.type_into("#f-signed", "Ana Lima").await?;
    let script = "const c = document.querySelector('[data-sign] canvas'); c.scrollIntoView(); const b = c.getBoundingClientRect(); \
        const at = (kind, x, y) => c.dispatchEvent(new PointerEvent(kind, { pointerId: 1, isPrimary: true, bubbles: true, clientX: b.left + x * b.width, clientY: b.top + y * b.height })); \
        c.setPointerCapture = () => {}; at('pointerdown', .2, .5); at('pointermove', .4, .2); at('pointermove', .6, .8); at('pointerup', .6, .8); \
        return document.querySelector('input[name=signature]').value;";
    let drawn = technician.run(script).await?;
    assert_eq!(drawn, json!("200,200 400,80 600,320"));
    technician.click("[action$='/done'] button[type=submit]").await?;
    technician.wait_for(".eq-signature path").await?;
    customer.wait_for_text("#live-visit .badge", "Done").await?;
    customer.open(&app.url(&format!("/portal/visits/{visit}"))).await?;
    let script = "const done = arguments[arguments.length - 1]; return fetch(location.pathname + '/report').then(async (r) => { const b = new Uint8Array(await r.arrayBuffer()); return [r.status, r.headers.get('content-type'), b[1], b.length > 5000]; });";
    let report = customer.run(script).await?;
    assert_eq!(report, json!([200, "application/pdf", 80, true]));
    let said: Vec<_> = customer
        .console()
        .await?
        .into_iter()
        .chain(technician.console().await?)
        .filter(|(level, _)| level == "SEVERE")
        .collect();
    assert!(said.is_empty(), "{said:?}");
    Ok(())
}
