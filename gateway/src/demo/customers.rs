//! Simulated customers, each through the real adapter of their channel: signed web hooks, posted
//! raw mail, the widget's protocol, the form.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use channels::email::mime;
use channels::messenger::standin::Standin as Social;
use channels::whatsapp::standin::{Incoming, Standin, User};
use conversation::Env;
use conversation::types::Channel;
use serde_json::{Value, json};

use super::mail_server::Mailboxes;
use super::script::{Customer, Step, number};

/// How long a customer waits for an answer before going away.
const PATIENCE: Duration = Duration::from_secs(25);
/// How often a customer looks.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// What the customers need to know of the world.
pub(super) struct World {
    pub(super) url: String,
    pub(super) standin: Standin,
    pub(super) instagram: Social,
    pub(super) mailboxes: Mailboxes,
    pub(super) mail_hook: String,
    pub(super) mail_secret: String,
    pub(super) support_address: String,
    pub(super) http: reqwest::Client,
    pub(super) env: Env,
    /// How long a customer thinks before the next step.
    pub(super) pace: Duration,
}

/// Where each visit comes from, as a reverse proxy on this machine would say it. Without one they would all come from
/// here and share what a single address may do, with each other and with whoever tries the form by hand.
const FORWARDED: &str = "x-forwarded-for";

/// Of the network that is kept for measuring (RFC 2544): nobody's. Each visit has its own.
fn place(customer: &Customer, round: usize) -> Ipv4Addr {
    let cast = super::script::CUSTOMERS;
    let own = cast
        .iter()
        .position(|one| one.name == customer.name)
        .unwrap_or_default();
    let visit = (round * cast.len() + own) % (1 << 17);
    Ipv4Addr::from_bits(Ipv4Addr::new(198, 18, 0, 0).to_bits() + u32::try_from(visit).unwrap_or_default())
}

/// One customer's whole visit. `round` tells apart the same name's later visits.
pub(super) async fn visit(world: &World, customer: &Customer, round: usize) -> Result<()> {
    match customer.channel {
        Channel::Whatsapp => whatsapp(world, customer, round).await,
        Channel::Email => email(world, customer, round).await,
        Channel::Webchat => webchat(world, customer, round).await,
        Channel::Portal => portal(world, customer, round).await,
        Channel::Instagram => instagram(world, customer, round).await,
        Channel::Messenger | Channel::Bridge | Channel::Phone => Ok(()),
    }
    .with_context(|| format!("{} on {}", customer.name, customer.channel))
}

fn address(customer: &Customer, round: usize) -> String {
    // Whoever gets bills writes from where they get them.
    if let Some(known) = super::invoices::address_of(customer.name).filter(|_| round == 0) {
        return known.to_owned();
    }
    let local: String = customer
        .name
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'á' | 'ã' | 'â' => 'a',
            'é' | 'ê' => 'e',
            'í' => 'i',
            'ó' | 'õ' | 'ô' => 'o',
            'ú' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            'a'..='z' => c,
            _ => '.',
        })
        .collect();
    if round == 0 {
        format!("{local}@cliente.example")
    } else {
        format!("{local}{round}@cliente.example")
    }
}

async fn whatsapp(world: &World, customer: &Customer, round: usize) -> Result<()> {
    let user = User::new(&number(customer, round), customer.name);
    let number = user.wa_id.clone().unwrap_or_default();
    let mine = || {
        world
            .standin
            .accepted()
            .into_iter()
            .filter(|message| message.recipient == number)
            .collect::<Vec<_>>()
    };
    for step in customer.steps {
        let before = mine().len();
        match step {
            Step::Say(text) => drop(world.standin.inbound(&user, Incoming::Text((*text).to_owned())).await?),
            Step::Press(choice) => {
                let Some(offer) = mine()
                    .into_iter()
                    .rev()
                    .find(|message| message.choices().len() > *choice)
                else {
                    return Ok(());
                };
                world.standin.press(&user, &offer.wamid, *choice).await?;
            }
        }
        if !answered(|| async { mine().len() > before }).await {
            return Ok(());
        }
        tokio::time::sleep(world.pace).await;
    }
    Ok(())
}

async fn instagram(world: &World, customer: &Customer, round: usize) -> Result<()> {
    let user = number(customer, round);
    world.instagram.set_name(&user, json!({ "name": customer.name }));
    let mine = || {
        let all = world.instagram.accepted().into_iter();
        all.filter(|message| message.recipient == user).collect::<Vec<_>>()
    };
    for step in customer.steps {
        let before = mine().len();
        match step {
            Step::Say(text) => drop(world.instagram.write(&user, json!({ "text": text })).await?),
            Step::Press(choice) => {
                let offers = mine();
                let Some(offer) = offers.iter().rev().find(|message| message.choices().len() > *choice) else {
                    return Ok(());
                };
                world.instagram.press(&user, &offer.mid, *choice).await?;
            }
        }
        if !answered(|| async { mine().len() > before }).await {
            return Ok(());
        }
        tokio::time::sleep(world.pace).await;
    }
    Ok(())
}

async fn email(world: &World, customer: &Customer, round: usize) -> Result<()> {
    let from = address(customer, round);
    let mut parent: Option<mime::ParsedMail> = None;
    for step in customer.steps {
        let Step::Say(text) = step else { return Ok(()) };
        let before = world.mailboxes.of(&from).len();
        let raw = mail(world, customer, &from, text, parent.as_ref());
        let response = world
            .http
            .post(&world.mail_hook)
            .bearer_auth(&world.mail_secret)
            .body(raw)
            .send()
            .await?;
        if !response.status().is_success() {
            bail!("the mail was not taken: {}", response.status());
        }
        if !answered(|| async { world.mailboxes.of(&from).len() > before }).await {
            return Ok(());
        }
        parent = world.mailboxes.of(&from).last().map(|raw| mime::parse(raw));
        tokio::time::sleep(world.pace).await;
    }
    Ok(())
}

/// A mail as a simple client writes it; an answer quotes nothing and names its parent.
fn mail(world: &World, customer: &Customer, from: &str, text: &str, parent: Option<&mime::ParsedMail>) -> String {
    let to = parent
        .and_then(|parent| parent.reply_to.first())
        .map_or(world.support_address.clone(), |to| to.address.clone());
    let threading = parent.map_or(String::new(), |parent| {
        format!("In-Reply-To: <{0}>\r\nReferences: <{0}>\r\n", parent.message_id)
    });
    let encoded = |text: &str| {
        use base64::Engine;
        format!("=?utf-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(text))
    };
    let subject = if parent.is_some() {
        format!("Re: {}", customer.subject)
    } else {
        customer.subject.to_owned()
    };
    format!(
        "From: {} <{from}>\r\nTo: <{to}>\r\nSubject: {}\r\nMessage-ID: <{}@cliente.example>\r\n{threading}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}\r\n",
        encoded(customer.name),
        encoded(&subject),
        world.env.ulid().to_lowercase(),
        text.replace('\n', "\r\n")
    )
}

async fn webchat(world: &World, customer: &Customer, round: usize) -> Result<()> {
    let place = place(customer, round).to_string();
    let api = format!("{}/widget/api/website", world.url);
    let post = async |path: &str, token: Option<&str>, body: Value| -> Result<Value> {
        let mut request = world
            .http
            .post(format!("{api}/{path}"))
            .header("origin", &world.url)
            .header(FORWARDED, &place)
            .json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await?;
        let status = response.status();
        if !status.is_success() {
            bail!("{path}: {status} {}", response.text().await.unwrap_or_default());
        }
        Ok(response.json().await.unwrap_or(Value::Null))
    };
    let page = json!({ "language": customer.language.as_str(), "page_url": format!("{}/sample", world.url), "page_title": "Copiadoras Andinas" });
    let session = post("session", None, page.clone()).await?;
    let token = session["token"]
        .as_str()
        .context("the session has no token")?
        .to_owned();
    let history = async || -> Result<Vec<Value>> {
        let mut again = page.clone();
        again["token"] = json!(token);
        let session = post("session", None, again).await?;
        Ok(session["messages"].as_array().cloned().unwrap_or_default())
    };
    let answers = |messages: &[Value]| {
        messages
            .iter()
            .filter(|message| message["author"]["kind"] != "contact")
            .count()
    };
    for step in customer.steps {
        let known = history().await?;
        let before = answers(&known);
        let mut message = json!({ "id": world.env.ulid(), "attachments": [] });
        match step {
            Step::Say(text) => message["text"] = json!(text),
            Step::Press(choice) => {
                let Some((id, action)) = offered(&known, *choice) else {
                    return Ok(());
                };
                message["text"] = action["label"].clone();
                message["answer"] = json!({ "payload": format!("{id}|{}", action["value"].as_str().unwrap_or_default()), "label": action["label"] });
            }
        }
        post("typing", Some(&token), json!({ "is_typing": true })).await?;
        post("messages", Some(&token), message).await?;
        if !answered(|| async { history().await.is_ok_and(|messages| answers(&messages) > before) }).await {
            return Ok(());
        }
        tokio::time::sleep(world.pace).await;
    }
    Ok(())
}

/// The newest card's answer button, by its place.
fn offered(messages: &[Value], choice: usize) -> Option<(String, Value)> {
    messages.iter().rev().find_map(|message| {
        let actions = message["cards"]
            .as_array()?
            .iter()
            .flat_map(|card| card["actions"].as_array().into_iter().flatten());
        let action = actions.filter(|action| action["type"] == "answer").nth(choice)?;
        Some((message["id"].as_str()?.to_owned(), action.clone()))
    })
}

async fn portal(world: &World, customer: &Customer, round: usize) -> Result<()> {
    let form = format!("{}/portal/tickets/new?lang={}", world.url, customer.language);
    let place = place(customer, round).to_string();
    let page = world
        .http
        .get(&form)
        .header(FORWARDED, &place)
        .send()
        .await?
        .error_for_status()?
        .text()
        .await?;
    let token = page
        .split("name=\"token\"")
        .nth(1)
        .and_then(|rest| rest.split("value=\"").nth(1))
        .and_then(|rest| rest.split('"').next())
        .context("the form has no token")?
        .to_owned();
    // Nobody fills in a form in a moment, and the form knows that.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let Some(Step::Say(text)) = customer.steps.first() else {
        return Ok(());
    };
    let fields = reqwest::multipart::Form::new()
        .text("token", token)
        .text("name", customer.name)
        .text("email", address(customer, round))
        .text("subject", customer.subject)
        .text("text", *text);
    let response = world
        .http
        .post(&form)
        .header("origin", &world.url)
        .header(FORWARDED, &place)
        .multipart(fields)
        .send()
        .await?;
    if !response.status().is_success() && !response.status().is_redirection() {
        bail!("the form was not taken: {}", response.status());
    }
    Ok(())
}

/// Waits until the customer has an answer; `false` when patience ends first.
async fn answered<F: Future<Output = bool>>(has_answer: impl Fn() -> F) -> bool {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < deadline {
        if has_answer().await {
            return true;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    false
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::script::CUSTOMERS;
    use super::*;

    #[test]
    fn no_two_visits_share_what_one_address_may_do() {
        let rounds = super::super::MOST_VISITS.div_ceil(CUSTOMERS.len());
        let places: HashSet<Ipv4Addr> = (0..rounds)
            .flat_map(|round| CUSTOMERS.iter().map(move |customer| place(customer, round)))
            .collect();
        assert_eq!(places.len(), rounds * CUSTOMERS.len());
        assert!(
            places
                .iter()
                .all(|place| matches!(place.octets(), [198, 18 | 19, _, _]))
        );
    }
}
