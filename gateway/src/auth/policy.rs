//! How agents have to sign in: which roles need a second factor, whether passwords are taken at all, and
//! the provider of the single sign-on.

use conversation::audit;
use conversation::db::sql;
use conversation::types::{Actor, Role};
use conversation::{Error, Result, Store};
use serde::{Deserialize, Serialize};

use crate::people::settings;

pub(crate) const POLICY: &str = "sign_in.policy";
pub(crate) const PROVIDER: &str = "sign_in.provider";

/// What is asked of whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Roles that need a second factor: an app, a passkey or the single sign-on.
    pub second_factor: Vec<Role>,
    /// No password lets anybody in; passkeys and the single sign-on do.
    pub is_without_passwords: bool,
}

/// A provider of OpenID Connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its address, as its discovery document names it.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// And what proves it.
    pub client_secret: String,
    /// What the button says.
    pub label: String,
    /// Scopes beside `openid email profile`.
    pub scopes: Vec<String>,
    /// Addresses of these domains are let in; empty is all.
    pub domains: Vec<String>,
    /// An address counts even when the provider does not say that it checked it.
    pub trusts_addresses: bool,
    /// The claim that holds roles or groups, with dots into objects.
    pub claim: String,
    /// Which value means which role; the first that fits counts.
    pub roles: Vec<(String, Role)>,
    /// The role of whom no value fits; none lets them in only if they are an agent already.
    pub default_role: Option<Role>,
    /// Whether somebody who is no agent yet becomes one.
    pub makes_agents: bool,
}

/// The policy; nothing is asked until somebody says so.
pub async fn load(store: &Store) -> Result<Policy> {
    Ok(settings::get(store.db(), POLICY).await?.unwrap_or_default())
}

/// Sets it.
///
/// # Errors
/// [`Error::Conflict`] when nobody could sign in any more.
pub async fn save(store: &Store, actor: &Actor, policy: &Policy) -> Result<()> {
    if policy.is_without_passwords && provider(store).await?.is_none() {
        let (keys,): (i64,) = sql("SELECT COUNT(*) FROM passkeys p JOIN agents a ON p.owner = 'agent:' || a.id WHERE a.role = 'administrator' AND a.is_enabled")
            .one(store.db())
            .await?;
        if keys == 0 {
            return Err(Error::Conflict(
                "no administrator could sign in: set up the single sign-on or a passkey first".to_owned(),
            ));
        }
    }
    settings::set(store, actor, POLICY, policy).await
}

/// The provider, if one is set up.
pub async fn provider(store: &Store) -> Result<Option<Provider>> {
    let sealed: Option<String> = settings::get(store.db(), PROVIDER).await?;
    let Some(sealed) = sealed.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let bytes = hex::decode(sealed).map_err(|error| Error::corrupt("single sign-on", error))?;
    let plain = store.keys().open(&bytes)?;
    serde_json::from_slice(&plain)
        .map(Some)
        .map_err(|error| Error::corrupt("single sign-on", error))
}

/// Sets it up, or takes it away.
pub async fn save_provider(store: &Store, actor: &Actor, provider: Option<&Provider>) -> Result<()> {
    let text = match provider {
        None => String::new(),
        Some(provider) => {
            let plain = serde_json::to_vec(provider).map_err(|error| Error::corrupt("single sign-on", error))?;
            hex::encode(store.keys().seal(store.env(), &plain)?)
        }
    };
    settings::set(store, actor, PROVIDER, &text).await
}

/// Whether an agent has to set up a second factor before anything else.
pub async fn must_enrol(store: &Store, agent: &crate::people::agents::Agent, proved_by: &str) -> Result<bool> {
    if matches!(proved_by, "sso" | "passkey") {
        return Ok(false);
    }
    if !load(store).await?.second_factor.contains(&agent.role) {
        return Ok(false);
    }
    let owner = identity::Owner::Agent(agent.id.clone());
    Ok(!identity::factors(store.db(), &owner).await?.has_second())
}

/// Records that somebody was refused at the door; who they said they are only where that is an agent.
pub async fn refused(store: &Store, email: &str, why: &str) -> Result<()> {
    let agent = crate::people::agents::by_email(store.db(), email).await?;
    let object = agent.as_ref().map(|agent| agent.id.as_str()).unwrap_or_default();
    audit::note(
        store,
        &Actor::System,
        "agent.sign_in_refused",
        object,
        &serde_json::json!({ "why": why }),
    )
    .await
}
