//! Single sign-on: OpenID Connect, authorisation code with PKCE, discovery and nonce. The provider says
//! who somebody is and, by a claim, which role they have; a domain or an unknown role keeps people out.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use conversation::db::sql;
use conversation::types::{Actor, AgentId, Role};
use conversation::{Error, audit};
use identity::steps;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ui::{i18n, routes, sign_in_pages};

use super::answer::html;
use super::cookies;
use super::entry::{let_in, sign_in_view};
use super::failure::Failure;
use super::paths::own_path;
use super::policy::{self, Provider};
use super::session::Visitor;
use crate::app::App;
use crate::people::agents::{self, Agent, AgentEdit, NewAgent};
use crate::people::sessions::Proof;

mod provider;

use provider::{Marks, Person, Us, value_at};

const STEP: &str = "sso";

/// What waits for the provider's answer.
#[derive(Serialize, Deserialize)]
struct Waiting {
    #[serde(flatten)]
    marks: Marks,
    next: String,
}

/// Why somebody is not let in; `why` goes into the audit, the words to them.
struct Refused {
    why: String,
    words: &'static str,
}

fn refused(why: impl std::fmt::Display, words: &'static str) -> Refused {
    Refused {
        why: why.to_string(),
        words,
    }
}

fn failed(error: impl std::fmt::Display) -> Refused {
    refused(error, "sso-failed")
}

/// Answers longer than this are no provider's.
const LONGEST: usize = 1024 * 1024;

/// A request of the library's, by our own client: no redirects, which could lead anywhere.
async fn fetch(
    client: reqwest::Client,
    request: openidconnect::HttpRequest,
) -> Result<openidconnect::HttpResponse, std::io::Error> {
    let (parts, body) = request.into_parts();
    let mut sent = client
        .request(parts.method, parts.uri.to_string())
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .map_err(std::io::Error::other)?;
    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = sent.status();
    *response.headers_mut() = sent.headers().clone();
    // Left at the limit, whatever its length header claims: what has no end must not fill the memory.
    while let Some(part) = sent.chunk().await.map_err(std::io::Error::other)? {
        if response.body().len() + part.len() > LONGEST {
            return Err(std::io::Error::other("the answer is too long to be a provider's"));
        }
        response.body_mut().extend_from_slice(&part);
    }
    Ok(response)
}

fn client() -> Result<reqwest::Client, Refused> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(15))
        .user_agent(concat!("Switchboard/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(failed)
}

fn us<'a>(app: &App, provider: &'a Provider) -> Us<'a> {
    Us {
        issuer: &provider.issuer,
        client_id: &provider.client_id,
        client_secret: &provider.client_secret,
        redirect: format!("{}{}", app.public_url(), routes::SSO_CALLBACK),
    }
}

/// Whether a provider answers at this address: what the settings ask before they keep it.
pub(crate) async fn try_out(provider: &Provider) -> Result<(), String> {
    let http = client().map_err(|refused| refused.why)?;
    let send = |request| fetch(http.clone(), request);
    provider::discover(&provider.issuer, &send).await.map(|_| ())
}

/// What the way to the provider carries.
#[derive(Deserialize)]
pub(super) struct Begin {
    #[serde(default)]
    next: String,
    #[serde(default)]
    again: String,
}

/// GET `/sign-in/sso`.
pub(super) async fn begin(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<Begin>,
) -> Result<Response, Failure> {
    let provider = policy::provider(&app.store).await?.ok_or(Error::NotFound)?;
    match way(&app, &provider, &query).await {
        Ok((url, waiting)) => {
            let step = steps::begin(&app.store, STEP, "", &waiting).await?;
            let mut response = (StatusCode::SEE_OTHER, [(http::header::LOCATION, url)]).into_response();
            cookies::set(&mut response, &cookies::step(&app, &step));
            Ok(response)
        }
        Err(why) => page(&app, &visitor, &query.next, why).await,
    }
}

async fn way(app: &App, provider: &Provider, query: &Begin) -> Result<(String, Waiting), Refused> {
    let http = client()?;
    let env = app.store.env();
    let waiting = Waiting {
        marks: Marks {
            state: env.secret(),
            nonce: env.secret(),
            verifier: env.secret(),
        },
        next: own_path(&query.next).to_owned(),
    };
    let send = |request| fetch(http.clone(), request);
    // A proof again is one that the provider asks for anew.
    let is_again = !query.again.is_empty();
    let url = provider::way(&us(app, provider), &provider.scopes, &waiting.marks, is_again, &send)
        .await
        .map_err(failed)?;
    Ok((url, waiting))
}

/// What the provider says on the way back.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
}

/// GET `/sign-in/sso/callback`.
pub(super) async fn callback(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Failure> {
    let provider = policy::provider(&app.store).await?.ok_or(Error::NotFound)?;
    let secret = cookies::get(&headers, &cookies::step_name(&app)).unwrap_or_default();
    let taken: Option<(String, Waiting)> = steps::take(&app.store, STEP, secret).await?;
    let Some((_, waiting)) = taken.filter(|(_, waiting)| is_same(&waiting.marks.state, &answer.state)) else {
        return page(&app, &visitor, "", refused("state", "sso-failed")).await;
    };
    if !answer.error.is_empty() {
        return page(&app, &visitor, &waiting.next, refused(&answer.error, "sso-failed")).await;
    }
    let person = match ask(&app, &provider, &waiting, answer.code).await {
        Ok(person) => person,
        Err(why) => return page(&app, &visitor, &waiting.next, why).await,
    };
    match agent_of(&app, &provider, person).await? {
        Ok(agent) => let_in(&app, &headers, &agent, own_path(&waiting.next), Proof::Sso).await,
        Err(why) => page(&app, &visitor, &waiting.next, why).await,
    }
}

fn is_same(one: &str, other: &str) -> bool {
    use subtle::ConstantTimeEq;
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

async fn page(app: &App, visitor: &Visitor, next: &str, why: Refused) -> Result<Response, Failure> {
    tracing::warn!(why = why.why, "single sign-on let nobody in");
    metrics::counter!("sign_in_total", "outcome" => "refused").increment(1);
    audit::note(
        &app.store,
        &Actor::System,
        "agent.sign_in_refused",
        "",
        &json!({ "why": "sso", "detail": why.why.chars().take(200).collect::<String>() }),
    )
    .await?;
    let words = i18n::t(visitor.lang, why.words).into_owned();
    let view = sign_in_view(app, next, "", Some(words)).await?;
    let page = html(sign_in_pages::sign_in(&visitor.ctx(), &view));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn ask(app: &App, provider: &Provider, waiting: &Waiting, code: String) -> Result<Person, Refused> {
    let http = client()?;
    let send = |request| fetch(http.clone(), request);
    provider::whom(&us(app, provider), &provider.claim, &waiting.marks, code, &send)
        .await
        .map_err(failed)
}

/// The role that the claim means; the first line of the mapping that fits.
fn role_of(provider: &Provider, claims: &Value) -> Option<Role> {
    let value = value_at(claims, &provider.claim);
    let has = |wanted: &str| match value {
        Some(Value::String(one)) => one == wanted || one.split([' ', ',']).any(|part| part == wanted),
        Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(wanted)),
        _ => false,
    };
    let mapped = provider
        .roles
        .iter()
        .find(|(wanted, _)| has(wanted))
        .map(|(_, role)| *role);
    mapped.or(provider.default_role)
}

async fn agent_of(app: &App, provider: &Provider, person: Person) -> Result<Result<Agent, Refused>, Failure> {
    let store = &app.store;
    let email = person.email.trim().to_lowercase();
    let domain = email.rsplit('@').next().unwrap_or_default();
    let is_ours = provider.domains.is_empty() || provider.domains.iter().any(|one| one.eq_ignore_ascii_case(domain));
    if !is_ours {
        return Ok(Err(refused(format!("domain {domain}"), "sso-domain")));
    }
    let linked: Option<(AgentId,)> = sql("SELECT agent_id FROM oidc_links WHERE issuer = $1 AND subject = $2")
        .bind(&provider.issuer)
        .bind(&person.subject)
        .optional(store.db())
        .await?;
    let role = role_of(provider, &person.claims);
    let known = match linked {
        Some((id,)) => Some(agents::load(store.db(), &id).await?),
        // An address opens somebody's account only when its owner was checked.
        None if email.is_empty() || !(person.is_checked || provider.trusts_addresses) => {
            return Ok(Err(refused("the address was not checked", "sso-unchecked")));
        }
        None => agents::by_email(store.db(), &email).await?,
    };
    let actor = Actor::System;
    let agent = match (known, role) {
        (Some(agent), _) if !agent.is_enabled => return Ok(Err(refused("disabled", "sso-unknown"))),
        (Some(agent), Some(role)) if role != agent.role => {
            let edit = AgentEdit {
                role: Some(role),
                ..AgentEdit::default()
            };
            match agents::edit(store, &actor, &agent.id, edit).await {
                Ok(agent) => agent,
                // The last administrator stays one.
                Err(Error::Conflict(_)) => agent,
                Err(error) => return Err(error.into()),
            }
        }
        (Some(_), None) if !provider.roles.is_empty() => return Ok(Err(refused("no role fits", "sso-role"))),
        (Some(agent), _) => agent,
        (None, Some(role)) if provider.makes_agents => {
            let new = NewAgent {
                email: email.clone(),
                name: person.name.clone(),
                role,
                language: conversation::types::Language::En,
            };
            agents::create(store, &actor, new).await?
        }
        (None, None) if provider.makes_agents => return Ok(Err(refused("no role fits", "sso-role"))),
        (None, _) => return Ok(Err(refused("no agent", "sso-unknown"))),
    };
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO oidc_links (issuer, subject, agent_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (issuer, subject) DO NOTHING")
        .bind(&provider.issuer)
        .bind(&person.subject)
        .bind(&agent.id)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(Ok(agent))
}

#[cfg(test)]
mod tests;
