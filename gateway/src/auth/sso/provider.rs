//! What is said with a provider of OpenID Connect, whoever carries it there. Every answer is a stranger's until its signature, its nonce
//! and whom it is meant for are checked.

use std::collections::HashMap;
use std::error::Error;
use std::io;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndUserEmail, EndUserName, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IdTokenFields, IssuerUrl, LocalizedClaim, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

/// A client that was made from a provider's own description.
type SsoClient = Client<
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
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Who we are at the provider.
pub(super) struct Us<'a> {
    /// The provider's address, as its discovery document names it.
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) client_secret: &'a str,
    /// Where the browser comes back to.
    pub(super) redirect: String,
}

impl Us<'_> {
    fn client(&self, metadata: CoreProviderMetadata) -> Result<SsoClient, String> {
        let client: SsoClient = Client::from_provider_metadata(
            metadata,
            ClientId::new(self.client_id.to_owned()),
            Some(ClientSecret::new(self.client_secret.to_owned())),
        );
        Ok(client.set_redirect_uri(RedirectUrl::new(self.redirect.clone()).map_err(said)?))
    }
}

/// What one sign-in is known by: random, and used once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Marks {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// Whom the provider vouches for.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) subject: String,
    pub(super) email: String,
    pub(super) is_checked: bool,
    pub(super) name: String,
    pub(super) claims: Value,
}

/// An error with what lies behind it: the library's own words are "Request failed" and no more.
fn said(error: impl Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words.push_str(": ");
            words.push_str(&cause_words);
        }
        source = cause.source();
    }
    words
}

/// What the provider says of itself.
///
/// # Errors
/// Says what is wrong with the address, the way there, or the answer.
pub(super) async fn discover<S, F>(issuer: &str, send: &S) -> Result<CoreProviderMetadata, String>
where
    S: Fn(HttpRequest) -> F,
    F: Future<Output = io::Result<HttpResponse>> + 'static,
{
    let issuer = IssuerUrl::new(issuer.to_owned()).map_err(said)?;
    CoreProviderMetadata::discover_async(issuer, send).await.map_err(said)
}

/// The address to send a browser to. With `is_again` the provider asks for a proof even of whom it knows.
///
/// # Errors
/// As [`discover`].
pub(super) async fn way<S, F>(
    us: &Us<'_>,
    scopes: &[String],
    marks: &Marks,
    is_again: bool,
    send: &S,
) -> Result<String, String>
where
    S: Fn(HttpRequest) -> F,
    F: Future<Output = io::Result<HttpResponse>> + 'static,
{
    let metadata = discover(us.issuer, send).await?;
    let client = us.client(metadata)?;
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(marks.verifier.clone()));
    let (state, nonce) = (marks.state.clone(), marks.nonce.clone());
    let mut request = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        )
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .add_scopes(scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(challenge);
    if is_again {
        request = request.add_prompt(CoreAuthPrompt::Login);
    }
    let (url, _, _) = request.url();
    Ok(url.to_string())
}

/// Whom a code stands for. `claim` is the one that holds roles; empty for none.
///
/// # Errors
/// Says why the provider's answer is not believed, or that there is none.
pub(super) async fn whom<S, F>(
    us: &Us<'_>,
    claim: &str,
    marks: &Marks,
    code: String,
    send: &S,
) -> Result<Person, String>
where
    S: Fn(HttpRequest) -> F,
    F: Future<Output = io::Result<HttpResponse>> + 'static,
{
    let metadata = discover(us.issuer, send).await?;
    let has_user_info = metadata.userinfo_endpoint().is_some();
    let client = us.client(metadata)?;
    let tokens = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(said)?
        .set_pkce_verifier(PkceCodeVerifier::new(marks.verifier.clone()))
        .request_async(send)
        .await
        .map_err(said)?;
    let token = tokens.id_token().ok_or("no id token")?;
    let verifier = client.id_token_verifier();
    let claims = token
        .claims(&verifier, &Nonce::new(marks.nonce.clone()))
        .map_err(said)?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(said)?;
        let key = token.signing_key(&verifier).map_err(said)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key).map_err(said)?;
        if actual != *expected {
            return Err("the access token is another one's".to_owned());
        }
    }
    let mut person = Person {
        subject: claims.subject().to_string(),
        email: address(claims.email()),
        is_checked: claims.email_verified().unwrap_or(false),
        name: plain_name(claims.name()),
        claims: json!(claims.additional_claims().all),
    };
    // Many providers keep all but the subject for this second look.
    let has_role = claim.is_empty() || value_at(&person.claims, claim).is_some();
    if has_user_info && (person.email.is_empty() || !has_role) {
        let subject = claims.subject().clone();
        let info: UserInfoClaims<Claims, CoreGenderClaim> = client
            .user_info(tokens.access_token().clone(), Some(subject))
            .map_err(said)?
            .request_async(send)
            .await
            .map_err(said)?;
        if person.email.is_empty() {
            person.email = address(info.email());
            person.is_checked = info.email_verified().unwrap_or(false);
        }
        if person.name.is_empty() {
            person.name = plain_name(info.name());
        }
        if !has_role {
            person.claims = json!(info.additional_claims().all);
        }
    }
    Ok(person)
}

/// Empty where the provider does not say.
fn address(said: Option<&EndUserEmail>) -> String {
    said.map(|email| email.to_string()).unwrap_or_default()
}

/// The name without a language; empty where the provider does not say.
fn plain_name(said: Option<&LocalizedClaim<EndUserName>>) -> String {
    said.and_then(|name| name.get(None))
        .map(|name| name.to_string())
        .unwrap_or_default()
}

/// The claim of this name, with dots into objects; a name with dots of its own is found whole.
pub(super) fn value_at<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    claims
        .get(name)
        .or_else(|| name.split('.').try_fold(claims, |value, part| value.get(part)))
}
