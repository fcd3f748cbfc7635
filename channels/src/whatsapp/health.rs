//! How a number is doing, from real calls: its token, its quality, its limits, its name, and whether
//! Meta sends us its messages.

use conversation::outbound::SendError;
use serde_json::Value;

use super::client::Client;
use super::errors;
use super::parse::json;

/// What Meta says of a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// The number as people see it.
    pub number: String,
    /// The name that customers see.
    pub name: String,
    /// `APPROVED`, `PENDING_REVIEW`, `DECLINED` …
    pub name_status: String,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality: String,
    /// `TIER_250`, `TIER_2K` … `TIER_UNLIMITED`: people that may be written to first in a day.
    pub limit: String,
    /// `CONNECTED`, `FLAGGED`, `RESTRICTED`, `BANNED` …
    pub status: String,
    /// Where Meta sends web hooks about this number or its account, where it says.
    pub hook: Option<String>,
    /// Whether an app is subscribed to the account; `None` where that could not be asked.
    pub is_subscribed: Option<bool>,
}

/// What is wrong with a number, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The token is revoked, expired or not Meta's.
    Token,
    /// The token may not do this.
    Permission,
    /// Something else; the words say what.
    Other,
}

impl Trouble {
    /// What an error of a call means for the number.
    pub fn of(error: &SendError) -> Trouble {
        Trouble::of_code(error.code())
    }

    /// As [`Trouble::of`], of a code that was kept.
    pub fn of_code(code: &str) -> Trouble {
        match errors::number(code) {
            Some(0 | 190) => Trouble::Token,
            Some(3 | 10 | 131005 | 200..=299) => Trouble::Permission,
            _ => Trouble::Other,
        }
    }
}

impl Client {
    /// Asks for everything that there is to know about the number.
    ///
    /// # Errors
    /// When the number itself cannot be read: see [`Trouble::of`].
    pub async fn health(&self) -> Result<Health, SendError> {
        let number = self.check().await?;
        let text = |key: &str| json::text(&number, key).unwrap_or_default();
        let hooks = number.get("webhook_configuration").unwrap_or(&Value::Null);
        let hook = ["phone_number", "whatsapp_business_account", "application"]
            .iter()
            .find_map(|level| json::text(hooks, level));
        // A token that may send need not be one that may look at the account.
        let is_subscribed = self.subscriptions().await.ok().map(|apps| apps > 0);
        Ok(Health {
            number: text("display_phone_number"),
            name: text("verified_name"),
            name_status: text("name_status"),
            quality: text("quality_rating"),
            limit: json::text(&number, "whatsapp_business_manager_messaging_limit")
                .unwrap_or_else(|| text("messaging_limit_tier")),
            status: text("status"),
            hook,
            is_subscribed,
        })
    }
}
