//! The two sides of a document, as they are frozen into it when it is issued.

use serde::{Deserialize, Serialize};

use crate::Billing;
use crate::settings::Business;

/// The customer as an issued document names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillTo {
    /// The name.
    pub name: String,
    /// The address.
    pub address: String,
    /// The tax number.
    pub tax_id: String,
    /// The mail address.
    pub email: Option<String>,
}

/// Freezes the business as it is now, without what documents do not show.
pub(crate) fn issuer(billing: &Billing, business: &Business) -> Business {
    Business {
        name: billing.business_name(business),
        reminders: Vec::new(),
        ..business.clone()
    }
}
