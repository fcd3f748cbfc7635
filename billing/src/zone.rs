//! The time zone of the business: what the configuration says, else what somebody chose, else UTC.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use conversation::types::Actor;
use conversation::{Error, Result, Store};
use jiff::tz::TimeZone;

use crate::settings;

/// A time zone that may be chosen while the program runs. Clones share it.
#[derive(Debug, Clone)]
pub struct Zone {
    now: Arc<RwLock<&'static TimeZone>>,
    is_configured: bool,
}

impl From<TimeZone> for Zone {
    /// The one that the configuration names: nobody chooses another.
    fn from(configured: TimeZone) -> Zone {
        Zone {
            now: Arc::new(RwLock::new(kept(configured))),
            is_configured: true,
        }
    }
}

impl Zone {
    /// UTC until somebody has chosen.
    pub fn to_be_chosen() -> Zone {
        Zone {
            is_configured: false,
            ..Zone::from(TimeZone::UTC)
        }
    }

    /// The one that counts now.
    pub fn now(&self) -> &'static TimeZone {
        *self.now.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the configuration names it.
    pub fn is_configured(&self) -> bool {
        self.is_configured
    }

    /// Takes what was chosen, here or in another process.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn follow(&self, store: &Store) -> Result<()> {
        if self.is_configured {
            return Ok(());
        }
        let chosen = settings::time_zone(store.db(), store).await?;
        if let Some(zone) = chosen.and_then(|name| TimeZone::get(&name).ok()) {
            *self.now.write().unwrap_or_else(PoisonError::into_inner) = kept(zone);
        }
        Ok(())
    }

    /// Chooses one for all processes; others take it within a minute.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no name of the [IANA database](https://www.iana.org/time-zones), and where the
    /// configuration names one.
    pub async fn choose(&self, store: &Store, actor: &Actor, name: &str) -> Result<()> {
        let zone = TimeZone::get(name).ok().filter(|zone| !zone.is_unknown());
        let Some(name) = zone
            .as_ref()
            .and_then(TimeZone::iana_name)
            .filter(|_| !self.is_configured)
        else {
            return Err(Error::Invalid(format!(
                "time_zone: `{name}` is not a time zone such as America/Sao_Paulo"
            )));
        };
        settings::set_time_zone(store, actor, name).await?;
        self.follow(store).await
    }
}

/// Each zone that ever counted is kept until the program ends, once: pages borrow it, and there are some six hundred.
fn kept(zone: TimeZone) -> &'static TimeZone {
    static KEPT: Mutex<Vec<&'static TimeZone>> = Mutex::new(Vec::new());
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.iter().find(|known| ***known == zone) {
        return known;
    }
    let new: &'static TimeZone = Box::leak(Box::new(zone));
    all.push(new);
    new
}
