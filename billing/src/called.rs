//! What the business is called: as it calls itself, else as the configuration says.

use std::sync::{Arc, PoisonError, RwLock};

use conversation::{Result, Store};

use crate::settings::{self, Business};

/// A name that may be changed while the program runs. Clones share it.
#[derive(Debug, Clone)]
pub struct Called {
    configured: Arc<str>,
    now: Arc<RwLock<Arc<str>>>,
}

impl Called {
    /// As the configuration says, until [`Called::follow`] has asked what the business says.
    pub(crate) fn configured(name: Arc<str>) -> Called {
        Called {
            now: Arc::new(RwLock::new(name.clone())),
            configured: name,
        }
    }

    /// The name that counts now.
    pub fn now(&self) -> Arc<str> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The name of a business.
    pub(crate) fn of(&self, business: &Business) -> Arc<str> {
        match business.name.trim() {
            "" => self.configured.clone(),
            own => own.into(),
        }
    }

    /// Takes what was said, here or in another process.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(crate) async fn follow(&self, store: &Store) -> Result<()> {
        let business = settings::business(store.db(), store).await?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = self.of(&business);
        Ok(())
    }
}
