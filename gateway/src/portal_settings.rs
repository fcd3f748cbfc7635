//! The settings of the portal's inbox.

use serde::{Deserialize, Serialize};

/// The portal's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PortalSettings {
    /// How many files one message may have.
    pub max_files: u32,
}

impl Default for PortalSettings {
    fn default() -> PortalSettings {
        PortalSettings { max_files: 5 }
    }
}
