//! Codes of an authenticator app: TOTP (RFC 6238) with SHA-1, six digits and thirty seconds, which
//! is what every app understands. A code works once; one step earlier or later is taken, because
//! clocks differ.

use conversation::db::{On, sql};
use conversation::types::Millis;
use conversation::{Env, Error, Result, Store};
use ring::hmac;
use subtle::ConstantTimeEq;

use crate::Owner;

/// How long a code is good for, in seconds.
pub const STEP: i64 = 30;
/// How many steps a clock may be off.
const SLACK: i64 = 1;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code of a moving factor (RFC 4226), with so many digits.
pub fn hotp(secret: &[u8], factor: u64, digits: u32) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &factor.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes.last().copied().unwrap_or(0) & 15);
    let part = bytes.get(offset..offset + 4).unwrap_or(&[0; 4]);
    let number = part.iter().fold(0u32, |sum, byte| (sum << 8) | u32::from(*byte)) & 0x7fff_ffff;
    let width = usize::try_from(digits).unwrap_or(6);
    format!("{:0width$}", number % 10u32.saturating_pow(digits))
}

/// The time step of a moment.
pub fn step_of(now: Millis) -> i64 {
    now.div_euclid(1000).div_euclid(STEP)
}

/// The step whose code this is, if it is later than the last one used.
pub fn step_of_code(secret: &[u8], code: &str, now: Millis, last: i64) -> Option<i64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let here = step_of(now);
    let mut found = None;
    // All of them are looked at, so that the time taken tells nothing.
    for step in here - SLACK..=here + SLACK {
        let expected = hotp(secret, u64::try_from(step).unwrap_or(0), 6);
        if bool::from(expected.as_bytes().ct_eq(digits.as_bytes())) && step > last {
            found = Some(step);
        }
    }
    found
}

/// Base32 (RFC 4648) without padding, as apps take it.
pub fn base32(bytes: &[u8]) -> String {
    let (mut text, mut bits, mut held) = (String::new(), 0u32, 0u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(char::from(ALPHABET[(bits >> held) as usize & 31]));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        text.push(char::from(ALPHABET[(bits << (5 - held)) as usize & 31]));
    }
    text
}

/// What an app is given: the secret to type and the address behind the square code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// In base32.
    pub secret: String,
    /// `otpauth://totp/…`
    pub url: String,
}

impl Offer {
    fn of(secret: &[u8], issuer: &str, name: &str) -> Offer {
        let secret = base32(secret);
        let escape = |text: &str| {
            url::form_urlencoded::byte_serialize(text.as_bytes())
                .collect::<String>()
                .replace('+', "%20")
        };
        let url = format!(
            "otpauth://totp/{issuer}:{}?secret={secret}&issuer={issuer}",
            escape(name),
            issuer = escape(issuer)
        );
        Offer { secret, url }
    }

    /// The square code as an address for an image.
    pub fn image(&self) -> Option<String> {
        let code = qrcode::QrCode::new(self.url.as_bytes()).ok()?;
        let drawn = code
            .render::<qrcode::render::svg::Color<'_>>()
            .min_dimensions(200, 200)
            .quiet_zone(true)
            .build();
        let escaped: String = url::form_urlencoded::byte_serialize(drawn.as_bytes())
            .collect::<String>()
            .replace('+', "%20");
        Some(format!("data:image/svg+xml,{escaped}"))
    }
}

/// What is being offered to an owner and waits for its first code; made when there is none. An app
/// that is in use goes on working until then.
pub async fn offer(store: &Store, owner: &Owner, issuer: &str, name: &str) -> Result<Offer> {
    let row: Option<(Option<Vec<u8>>,)> = sql("SELECT pending FROM totp WHERE owner = $1")
        .bind(owner.text())
        .optional(store.db())
        .await?;
    if let Some((Some(sealed),)) = row {
        return Ok(Offer::of(&store.keys().open(&sealed)?, issuer, name));
    }
    let secret = fresh(store.env());
    let sealed = store.keys().seal(store.env(), &secret)?;
    let mut tx = store.begin().await?;
    sql("INSERT INTO totp (owner, pending, last_step) VALUES ($1, $2, 0) ON CONFLICT (owner) DO UPDATE SET pending = excluded.pending")
        .bind(owner.text())
        .bind(sealed)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(Offer::of(&secret, issuer, name))
}

fn fresh(env: &Env) -> [u8; 20] {
    let mut secret = [0u8; 20];
    env.fill(&mut secret);
    secret
}

/// Takes the first code of what was offered: from now on the app counts, and an earlier one no more.
///
/// # Errors
/// [`Error::Invalid`] when the code is not the app's; [`Error::NotFound`] when nothing was offered.
pub async fn confirm_in(tx: &mut conversation::Tx, owner: &Owner, code: &str) -> Result<()> {
    let row: Option<(Option<Vec<u8>>,)> = sql("SELECT pending FROM totp WHERE owner = $1")
        .bind(owner.text())
        .optional(&mut *tx)
        .await?;
    let Some((Some(sealed),)) = row else {
        return Err(Error::NotFound);
    };
    let secret = tx.store().keys().open(&sealed)?;
    let now = tx.now();
    let step = step_of_code(&secret, code, now, 0)
        .ok_or_else(|| Error::Invalid("that is not the code that the app shows now".to_owned()))?;
    sql("UPDATE totp SET secret = pending, pending = NULL, last_step = $2, since = $3 WHERE owner = $1")
        .bind(owner.text())
        .bind(step)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Whether the code is the app's, and was not used before.
pub async fn check(store: &Store, owner: &Owner, code: &str) -> Result<bool> {
    let row: Option<(Option<Vec<u8>>, i64)> = sql("SELECT secret, last_step FROM totp WHERE owner = $1")
        .bind(owner.text())
        .optional(store.db())
        .await?;
    let Some((Some(sealed), last)) = row else {
        return Ok(false);
    };
    let secret = store.keys().open(&sealed)?;
    let Some(step) = step_of_code(&secret, code, store.now(), last) else {
        return Ok(false);
    };
    let mut tx = store.begin().await?;
    // Of two who come with the same code at once, one gets in.
    let used = sql("UPDATE totp SET last_step = $2 WHERE owner = $1 AND last_step < $2")
        .bind(owner.text())
        .bind(step)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(used > 0)
}

/// Takes the app away.
pub async fn remove_in(tx: &mut conversation::Tx, owner: &Owner) -> Result<()> {
    sql("DELETE FROM totp WHERE owner = $1")
        .bind(owner.text())
        .run(tx)
        .await?;
    Ok(())
}

/// Since when the app counts.
pub async fn since(on: impl On, owner: &Owner) -> Result<Option<Millis>> {
    let row: Option<(Option<Millis>,)> = sql("SELECT since FROM totp WHERE owner = $1 AND secret IS NOT NULL")
        .bind(owner.text())
        .optional(on)
        .await?;
    Ok(row.and_then(|(since,)| since))
}
