//! Passkeys (WebAuthn Level 3). The protocol is `webauthn-rs`'s; here is where keys and questions
//! are kept. A passkey asks its owner for a finger, a face or a PIN, so that it is two factors at once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::db::{On, sql};
use conversation::types::Millis;
use conversation::{Error, Result, Store, Tx};
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::{Owner, steps};

const CREATE: &str = "passkey-create";
const GET: &str = "passkey-get";
/// The most that one person has.
const MOST: i64 = 20;

/// The relying party: the host that people's browsers use. None where that is a bare network address,
/// for which browsers make no passkeys.
pub struct Party(Webauthn);

impl Party {
    /// The one of this address.
    pub fn of(public_url: &str, name: &str) -> Option<Party> {
        let url = Url::parse(public_url).ok()?;
        let host = match url.host()? {
            url::Host::Domain(host) => host.to_owned(),
            _ => return None,
        };
        if url.scheme() != "https" && host != "localhost" {
            return None;
        }
        let builder = WebauthnBuilder::new(&host, &url).ok()?;
        builder.rp_name(name).build().ok().map(Party)
    }
}

/// A question for the browser: the options of `navigator.credentials`, and the secret that the answer
/// comes with.
#[derive(Debug, serde::Serialize)]
pub struct Question {
    /// Names it.
    pub step: String,
    /// For the browser.
    pub options: serde_json::Value,
}

fn refused(error: impl std::fmt::Display) -> Error {
    tracing::debug!(%error, "a passkey was refused");
    Error::Invalid("this passkey was not accepted".to_owned())
}

fn handle(owner: &Owner) -> Uuid {
    let digest = ring::digest::digest(&ring::digest::SHA256, owner.text().as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    Uuid::from_bytes(bytes)
}

/// A passkey as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The credential's id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Since when.
    pub created_at: Millis,
    /// When it was used last.
    pub last_used_at: Option<Millis>,
}

/// The passkeys of an owner, the oldest first.
pub async fn list(on: impl On, owner: &Owner) -> Result<Vec<Listed>> {
    sql("SELECT id, name, created_at, last_used_at FROM passkeys WHERE owner = $1 ORDER BY created_at, id")
        .bind(owner.text())
        .all(on)
        .await
}

async fn keys(on: impl On, owner: &Owner) -> Result<Vec<Passkey>> {
    let rows: Vec<(String,)> = sql("SELECT data FROM passkeys WHERE owner = $1")
        .bind(owner.text())
        .all(on)
        .await?;
    rows.iter().map(|(data,)| read(data)).collect()
}

fn read<T: serde::de::DeserializeOwned>(data: &str) -> Result<T> {
    serde_json::from_str(data).map_err(|error| Error::corrupt("passkey", error))
}

/// Begins to make a passkey for somebody who is signed in.
///
/// # Errors
/// [`Error::Invalid`] when they have as many as anybody needs.
pub async fn begin_create(store: &Store, party: &Party, owner: &Owner, name: &str, display: &str) -> Result<Question> {
    let known = keys(store.db(), owner).await?;
    if i64::try_from(known.len()).unwrap_or(MOST) >= MOST {
        return Err(Error::Invalid(format!(
            "there are {MOST} passkeys already; remove one first"
        )));
    }
    let exclude = known.iter().map(|key| key.cred_id().clone()).collect();
    let (challenge, state) = party
        .0
        .start_passkey_registration(handle(owner), name, display, Some(exclude))
        .map_err(refused)?;
    let mut options = serde_json::to_value(&challenge).map_err(|error| Error::corrupt("passkey", error))?;
    // A key that the device remembers lets its owner in without typing an address.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = "preferred".into();
    let step = steps::begin(store, CREATE, &owner.text(), &state).await?;
    Ok(Question { step, options })
}

/// Keeps the passkey that the browser made.
///
/// # Errors
/// [`Error::Invalid`] when it does not answer the question.
pub async fn finish_create(
    store: &Store,
    party: &Party,
    owner: &Owner,
    step: &str,
    answer: &str,
    name: &str,
) -> Result<String> {
    let found: Option<(String, PasskeyRegistration)> = steps::take(store, CREATE, step).await?;
    let (_, state) = found
        .filter(|(asked, _)| *asked == owner.text())
        .ok_or_else(|| refused("no such question"))?;
    let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(refused)?;
    let key = party.0.finish_passkey_registration(&answer, &state).map_err(refused)?;
    // As browsers name it when it is used.
    let id = URL_SAFE_NO_PAD.encode(key.cred_id());
    let data = serde_json::to_string(&key).map_err(refused)?;
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(60).collect();
    let mut tx = store.begin().await?;
    let now = tx.now();
    let added = sql("INSERT INTO passkeys (id, owner, name, data, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING")
        .bind(&id)
        .bind(owner.text())
        .bind(name)
        .bind(data)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    if added == 0 {
        return Err(refused("known already"));
    }
    Ok(id)
}

/// Asks whoever is there for a passkey of this host.
pub async fn begin_get(store: &Store, party: &Party) -> Result<Question> {
    let (challenge, state) = party.0.start_discoverable_authentication().map_err(refused)?;
    let mut options = serde_json::to_value(&challenge).map_err(|error| Error::corrupt("passkey", error))?;
    // The question stands behind a button of its own, not behind a field's suggestions.
    if let Some(object) = options.as_object_mut() {
        object.remove("mediation");
    }
    let step = steps::begin(store, GET, "", &state).await?;
    Ok(Question { step, options })
}

/// Whose passkey answered.
///
/// # Errors
/// [`Error::Invalid`] when it is nobody's or does not answer the question.
pub async fn finish_get(store: &Store, party: &Party, step: &str, answer: &str) -> Result<Owner> {
    let found: Option<(String, DiscoverableAuthentication)> = steps::take(store, GET, step).await?;
    let (_, state) = found.ok_or_else(|| refused("no such question"))?;
    let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(refused)?;
    let row: Option<(String, String)> = sql("SELECT owner, data FROM passkeys WHERE id = $1")
        .bind(answer.id.as_str())
        .optional(store.db())
        .await?;
    let (owner, data) = row.ok_or_else(|| refused("unknown"))?;
    let mut key: Passkey = read(&data)?;
    let proved = party
        .0
        .finish_discoverable_authentication_v2(&answer, state, &key)
        .map_err(refused)?;
    let owner = Owner::from_text(&owner).ok_or_else(|| Error::corrupt("passkey", "owner"))?;
    key.update_credential(&proved);
    let data = serde_json::to_string(&key).map_err(refused)?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE passkeys SET data = $2, last_used_at = $3 WHERE id = $1")
        .bind(answer.id.as_str())
        .bind(data)
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(owner)
}

/// Takes a passkey away.
///
/// # Errors
/// [`Error::NotFound`] when it is not the owner's.
pub async fn remove_in(tx: &mut Tx, owner: &Owner, id: &str) -> Result<()> {
    let gone = sql("DELETE FROM passkeys WHERE id = $1 AND owner = $2")
        .bind(id)
        .bind(owner.text())
        .run(tx)
        .await?;
    if gone == 0 {
        return Err(Error::NotFound);
    }
    Ok(())
}
