//! The business as its documents and pages show it, and Stripe's keys. Sealed rows of JSON.

use conversation::db::{On, sql};
use conversation::types::{Actor, Language};
use conversation::{Error, Result, Store, audit, telephone};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::money::Currency;
use crate::totals::{Rounding, Tax};

/// The business. Every field has a default, so that billing works before anybody opened its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Business {
    /// Its name; empty takes the installation's.
    pub name: String,
    /// Its address, of several lines.
    pub address: String,
    /// Its tax number.
    pub tax_id: String,
    /// The address that customers write to about invoices.
    pub email: String,
    /// Its telephone.
    pub phone: String,
    /// The logo's bytes, PNG or JPEG.
    pub logo: Option<Logo>,
    /// The colour of documents, buttons and mails: `#rrggbb`.
    pub color: String,
    /// The currency that new documents begin with.
    pub currency: Currency,
    /// The language of customers whose own is not known.
    pub language: Language,
    /// How taxes are rounded.
    pub rounding: Rounding,
    /// The taxes that new lines begin with.
    pub taxes: Vec<Tax>,
    /// In how many days an invoice is due.
    pub due_days: i64,
    /// For how many days an estimate holds.
    pub valid_days: i64,
    /// How numbers begin.
    pub invoice_prefix: String,
    /// How numbers begin.
    pub estimate_prefix: String,
    /// How numbers begin.
    pub credit_prefix: String,
    /// How many digits a number has at least.
    pub number_digits: usize,
    /// Whether the series begins anew each year, with the year in the number.
    pub is_yearly: bool,
    /// What new documents say below their lines.
    pub notes: String,
    /// The last line of each document.
    pub footer: String,
    /// How to pay by transfer: bank, account, holder.
    pub bank: String,
    /// Whether the mail carries the PDF.
    pub attach_pdf: bool,
    /// Whether a payment that arrived is thanked for.
    pub send_thanks: bool,
    /// When reminders go out: days after the due day, negative before it.
    pub reminders: Vec<i64>,
}

/// The logo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logo {
    /// The bytes' name.
    pub sha256: String,
    /// `image/png` or `image/jpeg`.
    pub media_type: String,
}

impl Default for Business {
    fn default() -> Self {
        Business {
            name: String::new(),
            address: String::new(),
            tax_id: String::new(),
            email: String::new(),
            phone: String::new(),
            logo: None,
            color: "#0b6b5d".to_owned(),
            currency: Currency::USD,
            language: Language::En,
            rounding: Rounding::default(),
            taxes: Vec::new(),
            due_days: 15,
            valid_days: 30,
            invoice_prefix: "INV-".to_owned(),
            estimate_prefix: "EST-".to_owned(),
            credit_prefix: "CN-".to_owned(),
            number_digits: 4,
            is_yearly: true,
            notes: String::new(),
            footer: String::new(),
            bank: String::new(),
            attach_pdf: true,
            send_thanks: true,
            reminders: vec![-3, 1, 7, 14],
        }
    }
}

/// Whether a text is a colour such as `#0b6b5d`.
pub fn is_color(text: &str) -> bool {
    conversation::color::Color::parse(text).is_some()
}

impl Business {
    /// Says what cannot be: (field, words).
    pub fn check(&self) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        if !is_color(&self.color) {
            wrong.push(("color", "a colour such as #0b6b5d".to_owned()));
        }
        if !(0..=366).contains(&self.due_days) {
            wrong.push(("due_days", "0 to 366 days".to_owned()));
        }
        if !(0..=366).contains(&self.valid_days) {
            wrong.push(("valid_days", "0 to 366 days".to_owned()));
        }
        if !(1..=10).contains(&self.number_digits) {
            wrong.push(("number_digits", "1 to 10 digits".to_owned()));
        }
        let prefixes = [
            ("invoice_prefix", &self.invoice_prefix),
            ("estimate_prefix", &self.estimate_prefix),
            ("credit_prefix", &self.credit_prefix),
        ];
        for (field, prefix) in prefixes {
            let is_plain = prefix
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.'));
            if prefix.len() > 16 || !is_plain {
                wrong.push((field, "at most 16 letters, digits, - _ / .".to_owned()));
            }
        }
        if self.reminders.len() > 10 || self.reminders.iter().any(|days| !(-60..=365).contains(days)) {
            wrong.push((
                "reminders",
                "at most ten numbers of days from -60 to 365, such as -3, 1, 7".to_owned(),
            ));
        }
        for tax in &self.taxes {
            if tax.name.trim().is_empty() || !(-10_000..=100_000).contains(&tax.rate) {
                wrong.push(("taxes", "a name and a rate such as IVA 16".to_owned()));
                break;
            }
        }
        wrong
    }
}

/// Stripe's keys and addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StripeKeys {
    /// `sk_…` or a restricted `rk_…`.
    pub secret_key: String,
    /// `pk_…`, which the pay page gives to Stripe's script.
    pub publishable_key: String,
    /// `whsec_…` of the web hook.
    pub hook_secret: String,
}

impl StripeKeys {
    /// Whether customers can pay with it.
    pub fn is_set(&self) -> bool {
        !self.secret_key.is_empty()
    }
}

async fn read<T: DeserializeOwned>(on: impl On, store: &Store, key: &str) -> Result<Option<T>> {
    let row: Option<(Vec<u8>,)> = sql("SELECT value FROM billing_settings WHERE key = $1")
        .bind(key)
        .optional(on)
        .await?;
    row.map(|(sealed,)| {
        let plain = store.keys().open(&sealed)?;
        serde_json::from_slice(&plain).map_err(|error| Error::corrupt(format!("billing setting {key}"), error))
    })
    .transpose()
}

async fn write<T: Serialize>(store: &Store, actor: &Actor, key: &str, value: &T) -> Result<()> {
    let plain = serde_json::to_vec(value).map_err(|error| Error::Invalid(format!("billing setting {key}: {error}")))?;
    let sealed = store.keys().seal(store.env(), &plain)?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO billing_settings (key, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
        .bind(key)
        .bind(sealed)
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "billing.settings_changed", key, &json!({})).await?;
    tx.commit_silently().await
}

/// The business's settings. Before anybody said anything its money is that of its country.
pub async fn business(on: impl On, store: &Store) -> Result<Business> {
    let mut on = on;
    if let Some(said) = read(&mut on, store, "business").await? {
        return Ok(said);
    }
    let home = telephone::home(&mut on).await?;
    Ok(Business {
        currency: home.map_or(Currency::USD, |country| Currency::of_country(country.code())),
        ..Business::default()
    })
}

/// Whether anybody has said anything about the business yet.
pub async fn is_set(on: impl On) -> Result<bool> {
    let row: Option<(String,)> = sql("SELECT key FROM billing_settings WHERE key = 'business'")
        .optional(on)
        .await?;
    Ok(row.is_some())
}

/// Changes them.
///
/// # Errors
/// [`Error::Invalid`] names the first field that cannot be.
pub async fn set_business(store: &Store, actor: &Actor, business: &Business) -> Result<()> {
    if let Some((field, words)) = business.check().into_iter().next() {
        return Err(Error::Invalid(format!("{field}: {words}")));
    }
    if let Some(logo) = &business.logo {
        let mut tx = store.begin().await?;
        let now = tx.now();
        sql("INSERT INTO business_pictures (sha256, created_at) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING")
            .bind(logo.sha256.as_str())
            .bind(now)
            .run(&mut tx)
            .await?;
        tx.commit_silently().await?;
    }
    write(store, actor, "business", business).await
}

/// The time zone that somebody chose, by its name in the IANA database. It stands apart from the business, which documents
/// keep a copy of.
pub async fn time_zone(on: impl On, store: &Store) -> Result<Option<String>> {
    read(on, store, "time_zone").await
}

/// Changes it; see [`crate::Zone::choose`].
pub(crate) async fn set_time_zone(store: &Store, actor: &Actor, name: &str) -> Result<()> {
    write(store, actor, "time_zone", &name).await
}

/// Stripe's keys.
pub async fn stripe(on: impl On, store: &Store) -> Result<StripeKeys> {
    Ok(read(on, store, "stripe").await?.unwrap_or_default())
}

/// Changes them.
pub async fn set_stripe(store: &Store, actor: &Actor, keys: &StripeKeys) -> Result<()> {
    write(store, actor, "stripe", keys).await
}
