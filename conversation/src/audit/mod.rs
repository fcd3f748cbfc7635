//! Who did what, when and from where, for people who have to know later. A change is recorded in the
//! transaction that makes it; a look (a document, a file, a refusal) by [`note`], many in one commit.
//! [`chain`] shows that nothing of it was changed since.

pub mod chain;
mod codes;
mod find;
mod trail;

pub use codes::CODES;
pub use find::{Entry, Filter, find};
pub(crate) use trail::Trail;
pub use trail::note;

use std::future::Future;

use crate::db::sql;
use crate::error::Result;
use crate::store::Tx;
use crate::types::Actor;

/// From where somebody acts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The network address.
    pub address: String,
    /// What the browser or program calls itself.
    pub user_agent: String,
}

tokio::task_local! {
    static PLACE: Place;
}

impl Place {
    /// A place as it may be kept: short, and without control characters.
    pub fn new(address: impl Into<String>, user_agent: &str) -> Place {
        Place {
            address: address.into(),
            user_agent: user_agent.chars().filter(|c| !c.is_control()).take(200).collect(),
        }
    }

    /// Where the work of this task comes from; nowhere for what the system does by itself.
    pub fn here() -> Place {
        PLACE.try_with(Clone::clone).unwrap_or_default()
    }
}

/// Does the work of a request: all that it records is from this place.
pub async fn from<T>(place: Place, work: impl Future<Output = T>) -> T {
    PLACE.scope(place, work).await
}

/// Records an action in the transaction that does it. It is one of [`CODES`].
pub async fn record(tx: &mut Tx, actor: &Actor, action: &str, object: &str, detail: &serde_json::Value) -> Result<()> {
    debug_assert!(CODES.binary_search(&action).is_ok(), "{action} is no code of the audit");
    let id = tx.env().ulid();
    let now = tx.now();
    let place = Place::here();
    sql("INSERT INTO audit (id, at, actor, action, object, detail, address, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(id)
        .bind(now)
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(action)
        .bind(object)
        .bind(detail.to_string())
        .bind(place.address)
        .bind(place.user_agent)
        .run(tx)
        .await?;
    Ok(())
}
