//! What WhatsApp charges for a message.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Category and kind of price as Meta reported them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Pricing {
    /// `service`, `utility`, `marketing`, `authentication` …
    #[schema(required)]
    category: Option<String>,
    /// `regular`, `free_customer_service`, `free_entry_point`.
    #[serde(rename = "type")]
    #[schema(required)]
    kind: Option<String>,
    /// Whether Meta charges for it.
    #[schema(required)]
    is_billable: Option<bool>,
    /// What began the conversation on Meta's side, where it says so.
    #[schema(required)]
    origin: Option<String>,
}

impl Pricing {
    /// Reads what the provider said about a delivery.
    pub(super) fn read(extra: Option<&str>) -> Option<Pricing> {
        let extra: Value = serde_json::from_str(extra?).ok()?;
        let text = |at: &str| extra.pointer(at).and_then(Value::as_str).map(str::to_owned);
        extra.get("pricing")?;
        Some(Pricing {
            category: text("/pricing/category"),
            kind: text("/pricing/type"),
            is_billable: extra.pointer("/pricing/billable").and_then(Value::as_bool),
            origin: text("/conversation/origin/type"),
        })
    }
}
