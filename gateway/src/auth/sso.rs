//! Single sign-on: OpenID Connect, authorisation code with PKCE, discovery and nonce. The provider says
//! who somebody is and, by a claim, which role they have; a domain or an unknown role keeps people out.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use conversation::db::sql;
use conversation::types::{Actor, AgentId, Role};
use conversation::{Error, audit};
use identity::steps;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ui::{i18n, routes, sign_in_pages};

use super::failure::Failure;
use super::policy::{self, Provider};
use super::session::Visitor;
use super::{cookies, html, let_in, own_path};
use crate::app::App;
use crate::people::agents::{self, Agent, AgentEdit, NewAgent};
use crate::people::sessions::Proof;

const STEP: &str = "sso";

/// Every claim that has no field of its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    all: HashMap<String, Value>,
}

impl AdditionalClaims for Claims {}

type Fields = IdTokenFields<
    Claims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type SsoClient<A, B, C, D, E, F> = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    A,
    B,
    C,
    D,
    E,
    F,
>;

/// What waits for the provider's answer.
#[derive(Serialize, Deserialize)]
struct Waiting {
    state: String,
    nonce: String,
    verifier: String,
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
    let sent = client
        .request(parts.method, parts.uri.to_string())
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .map_err(std::io::Error::other)?;
    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = sent.status();
    *response.headers_mut() = sent.headers().clone();
    if sent.content_length().is_some_and(|length| length > LONGEST as u64) {
        return Err(std::io::Error::other("the answer is too long"));
    }
    let bytes = sent.bytes().await.map_err(std::io::Error::other)?;
    if bytes.len() > LONGEST {
        return Err(std::io::Error::other("the answer is too long"));
    }
    *response.body_mut() = bytes.to_vec();
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

async fn discover(provider: &Provider, http: &reqwest::Client) -> Result<CoreProviderMetadata, Refused> {
    let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(failed)?;
    let ask = |request| fetch(http.clone(), request);
    CoreProviderMetadata::discover_async(issuer, &ask).await.map_err(failed)
}

fn redirect(app: &App) -> Result<RedirectUrl, Refused> {
    RedirectUrl::new(format!("{}{}", app.public_url(), routes::SSO_CALLBACK)).map_err(failed)
}

/// Whether a provider answers at this address: what the settings ask before they keep it.
pub(crate) async fn try_out(provider: &Provider) -> Result<(), String> {
    let http = client().map_err(|refused| refused.why)?;
    discover(provider, &http)
        .await
        .map(|_| ())
        .map_err(|refused| refused.why)
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
    let metadata = discover(provider, &http).await?;
    let client: SsoClient<_, _, _, _, _, _> = Client::from_provider_metadata(
        metadata,
        ClientId::new(provider.client_id.clone()),
        Some(ClientSecret::new(provider.client_secret.clone())),
    )
    .set_redirect_uri(redirect(app)?);
    let env = app.store.env();
    let waiting = Waiting {
        state: env.secret(),
        nonce: env.secret(),
        verifier: env.secret(),
        next: own_path(&query.next).to_owned(),
    };
    let verifier = PkceCodeVerifier::new(waiting.verifier.clone());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    let (state, nonce) = (waiting.state.clone(), waiting.nonce.clone());
    let mut request = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        )
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .add_scopes(provider.scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(challenge);
    if !query.again.is_empty() {
        // A proof again is one that the provider asks for anew.
        request = request.add_prompt(CoreAuthPrompt::Login);
    }
    let (url, _, _) = request.url();
    Ok((url.to_string(), waiting))
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
    let Some((_, waiting)) = taken.filter(|(_, waiting)| is_same(&waiting.state, &answer.state)) else {
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
    let view = super::sign_in_view(app, next, "", Some(words)).await?;
    let page = html(sign_in_pages::sign_in(&visitor.ctx(), &view));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Whom the provider vouches for.
#[derive(Debug, Clone)]
struct Person {
    subject: String,
    email: String,
    is_checked: bool,
    name: String,
    claims: Value,
}

async fn ask(app: &App, provider: &Provider, waiting: &Waiting, code: String) -> Result<Person, Refused> {
    let http = client()?;
    let metadata = discover(provider, &http).await?;
    let has_user_info = metadata.userinfo_endpoint().is_some();
    let client: SsoClient<_, _, _, _, _, _> = Client::from_provider_metadata(
        metadata,
        ClientId::new(provider.client_id.clone()),
        Some(ClientSecret::new(provider.client_secret.clone())),
    )
    .set_redirect_uri(redirect(app)?);
    let send = |request| fetch(http.clone(), request);
    let tokens = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(failed)?
        .set_pkce_verifier(PkceCodeVerifier::new(waiting.verifier.clone()))
        .request_async(&send)
        .await
        .map_err(failed)?;
    let token = tokens.id_token().ok_or_else(|| failed("no id token"))?;
    let verifier = client.id_token_verifier();
    let claims = token
        .claims(&verifier, &Nonce::new(waiting.nonce.clone()))
        .map_err(failed)?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(failed)?;
        let key = token.signing_key(&verifier).map_err(failed)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key).map_err(failed)?;
        if actual != *expected {
            return Err(failed("the access token is another one's"));
        }
    }
    let mut person = Person {
        subject: claims.subject().to_string(),
        email: claims.email().map(|email| email.to_string()).unwrap_or_default(),
        is_checked: claims.email_verified().unwrap_or(false),
        name: claims
            .name()
            .and_then(|name| name.get(None))
            .map(|name| name.to_string())
            .unwrap_or_default(),
        claims: json!(claims.additional_claims().all),
    };
    // Many providers keep all but the subject for this second look.
    let has_role = provider.claim.is_empty() || value_at(&person.claims, &provider.claim).is_some();
    if has_user_info && (person.email.is_empty() || !has_role) {
        let subject = claims.subject().clone();
        let info: UserInfoClaims<Claims, CoreGenderClaim> = client
            .user_info(tokens.access_token().clone(), Some(subject))
            .map_err(failed)?
            .request_async(&send)
            .await
            .map_err(failed)?;
        if person.email.is_empty() {
            person.email = info.email().map(|email| email.to_string()).unwrap_or_default();
            person.is_checked = info.email_verified().unwrap_or(false);
        }
        if person.name.is_empty() {
            let name = info.name().and_then(|name| name.get(None));
            person.name = name.map(|name| name.to_string()).unwrap_or_default();
        }
        if !has_role {
            person.claims = json!(info.additional_claims().all);
        }
    }
    Ok(person)
}

/// The claim of this name, with dots into objects; a name with dots of its own is found whole.
fn value_at<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    claims
        .get(name)
        .or_else(|| name.split('.').try_fold(claims, |value, part| value.get(part)))
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
