//! Applications, consents that are going on, and accounts, as rows. Secrets are sealed.

use conversation::db::sql;
use conversation::types::{Actor, AgentId, Millis};
use conversation::{Error, Result, Store, audit};
use serde_json::json;

use super::{FlowSecret, Provider, Tokens};

/// The application that the business registered with a provider.
#[derive(Clone)]
pub struct Client {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Microsoft's tenant; empty for any.
    pub tenant: String,
}

/// One account, without its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub provider: String,
    /// Its address.
    pub address: String,
    /// When its access token ends.
    pub expires_at: Millis,
    /// `ok` or `revoked`.
    pub state: String,
    /// Why it was taken back.
    pub error: String,
    /// Counts its renewals.
    pub version: i64,
}

/// Enters the application of a provider; an empty secret keeps the one that is stored.
///
/// # Errors
/// [`Error::Invalid`] without a client id, or without any secret.
pub async fn set_client(
    store: &Store,
    actor: &Actor,
    provider: Provider,
    client_id: &str,
    client_secret: &str,
    tenant: &str,
) -> Result<()> {
    let old = client(store, provider).await?;
    let secret = match (client_secret.trim(), old) {
        ("", Some(old)) => old.client_secret,
        ("", None) => return Err(Error::Invalid("the client secret is needed".to_owned())),
        (given, _) => given.to_owned(),
    };
    if client_id.trim().is_empty() {
        return Err(Error::Invalid("the client id is needed".to_owned()));
    }
    let sealed = store.keys().seal(store.env(), secret.as_bytes())?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO oauth_clients (provider, client_id, client_secret, tenant, updated_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (provider) DO UPDATE SET client_id = excluded.client_id, client_secret = excluded.client_secret, tenant = excluded.tenant, updated_at = excluded.updated_at")
        .bind(provider.as_str())
        .bind(client_id.trim())
        .bind(sealed)
        .bind(tenant.trim())
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(
        &mut tx,
        actor,
        "oauth.client",
        provider.as_str(),
        &json!({ "client_id": client_id.trim() }),
    )
    .await?;
    tx.commit_silently().await
}

/// The application of a provider.
pub async fn client(store: &Store, provider: Provider) -> Result<Option<Client>> {
    let row: Option<(String, Vec<u8>, String)> =
        sql("SELECT client_id, client_secret, tenant FROM oauth_clients WHERE provider = $1")
            .bind(provider.as_str())
            .optional(store.db())
            .await?;
    let Some((client_id, sealed, tenant)) = row else {
        return Ok(None);
    };
    let plain = store.keys().open(&sealed)?;
    Ok(Some(Client {
        client_id,
        client_secret: String::from_utf8_lossy(&plain).into_owned(),
        tenant,
    }))
}

fn sealed<T: serde::Serialize>(store: &Store, value: &T) -> Result<Vec<u8>> {
    let plain = serde_json::to_vec(value).map_err(|error| Error::Invalid(error.to_string()))?;
    store.keys().seal(store.env(), &plain)
}

pub(super) async fn keep_flow(
    store: &Store,
    state_hash: &str,
    agent: &AgentId,
    provider: Provider,
    secret: &FlowSecret,
    redirect_uri: &str,
    lasts: Millis,
) -> Result<()> {
    let bytes = sealed(store, secret)?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    // Those that nobody came back for.
    sql("DELETE FROM oauth_flows WHERE expires_at < $1")
        .bind(now)
        .run(&mut tx)
        .await?;
    sql("INSERT INTO oauth_flows (state_hash, agent_id, provider, inbox_id, secret, redirect_uri, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(state_hash)
        .bind(agent)
        .bind(provider.as_str())
        .bind(secret.wish.inbox.as_ref())
        .bind(bytes)
        .bind(redirect_uri)
        .bind(now)
        .bind(now + lasts)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

pub(super) struct Flow {
    pub(super) provider: Provider,
    pub(super) secret: FlowSecret,
    pub(super) redirect_uri: String,
}

/// Takes a flow out: it is good once. Somebody else's, or one that is over, is none.
pub(super) async fn take_flow(store: &Store, state_hash: &str, agent: &AgentId) -> Result<Option<Flow>> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let row: Option<(String, Vec<u8>, String)> = sql("DELETE FROM oauth_flows WHERE state_hash = $1 AND agent_id = $2 AND expires_at >= $3 RETURNING provider, secret, redirect_uri")
        .bind(state_hash)
        .bind(agent)
        .bind(now)
        .optional(&mut tx)
        .await?;
    tx.commit_silently().await?;
    let Some((provider, secret, redirect_uri)) = row else {
        return Ok(None);
    };
    let plain = store.keys().open(&secret)?;
    let secret = serde_json::from_slice(&plain).map_err(|error| Error::corrupt("a consent", error))?;
    Ok(Provider::of(&provider).map(|provider| Flow {
        provider,
        secret,
        redirect_uri,
    }))
}

/// Keeps a consent; the same address of the same provider is the same account.
pub(super) async fn keep_account(
    store: &Store,
    agent: &AgentId,
    provider: Provider,
    address: &str,
    tokens: &Tokens,
    expires_at: Millis,
) -> Result<String> {
    let bytes = sealed(store, tokens)?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    let known: Option<(String,)> =
        sql("UPDATE oauth_accounts SET tokens = $3, expires_at = $4, state = 'ok', error = '', version = version + 1, updated_at = $5 WHERE provider = $1 AND address = $2 RETURNING id")
            .bind(provider.as_str())
            .bind(address)
            .bind(bytes.clone())
            .bind(expires_at)
            .bind(now)
            .optional(&mut tx)
            .await?;
    let id = match known {
        Some((id,)) => id,
        None => {
            let id = tx.env().ulid();
            sql("INSERT INTO oauth_accounts (id, provider, address, tokens, expires_at, state, error, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'ok', '', 1, $6, $6)")
                .bind(id.as_str())
                .bind(provider.as_str())
                .bind(address)
                .bind(bytes)
                .bind(expires_at)
                .bind(now)
                .run(&mut tx)
                .await?;
            id
        }
    };
    let actor = Actor::Agent(agent.clone());
    audit::record(
        &mut tx,
        &actor,
        "oauth.connected",
        &id,
        &json!({ "provider": provider.as_str(), "address": address }),
    )
    .await?;
    tx.commit_silently().await?;
    Ok(id)
}

/// An account, without its tokens.
pub async fn account(store: &Store, id: &str) -> Result<Option<Account>> {
    let row: Option<(String, String, String, Millis, String, String, i64)> =
        sql("SELECT id, provider, address, expires_at, state, error, version FROM oauth_accounts WHERE id = $1")
            .bind(id)
            .optional(store.db())
            .await?;
    Ok(
        row.map(|(id, provider, address, expires_at, state, error, version)| Account {
            id,
            provider,
            address,
            expires_at,
            state,
            error,
            version,
        }),
    )
}

pub(super) async fn load(store: &Store, id: &str) -> Result<(Account, Tokens)> {
    let found = account(store, id).await?.ok_or(Error::NotFound)?;
    let (bytes,): (Vec<u8>,) = sql("SELECT tokens FROM oauth_accounts WHERE id = $1")
        .bind(id)
        .one(store.db())
        .await?;
    let plain = store.keys().open(&bytes)?;
    let tokens = serde_json::from_slice(&plain).map_err(|error| Error::corrupt(format!("account {id}"), error))?;
    Ok((found, tokens))
}

pub(super) async fn renewed(store: &Store, id: &str, tokens: &Tokens, expires_at: Millis) -> Result<()> {
    let bytes = sealed(store, tokens)?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE oauth_accounts SET tokens = $2, expires_at = $3, state = 'ok', error = '', version = version + 1, updated_at = $4 WHERE id = $1")
        .bind(id)
        .bind(bytes)
        .bind(expires_at)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}

pub(super) async fn revoked(store: &Store, id: &str, words: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE oauth_accounts SET state = 'revoked', error = $2, updated_at = $3 WHERE id = $1")
        .bind(id)
        .bind(words)
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, &Actor::System, "oauth.revoked", id, &json!({ "words": words })).await?;
    tx.commit_silently().await
}

pub(super) async fn forget_access(store: &Store, id: &str, older_than: Millis) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE oauth_accounts SET expires_at = 0 WHERE id = $1 AND updated_at < $2")
        .bind(id)
        .bind(now - older_than)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}
