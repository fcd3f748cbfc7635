//! How often somebody may try a password. Every allowance fills up again by itself, so nobody is
//! locked out for good; a browser that has signed in before has an allowance of its own, which an
//! attacker who hammers on the address cannot use up; and a link from an administrator is not
//! limited at all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use conversation::env::hash_secret;
use conversation::types::Millis;

/// So many tries at once, then one every so many milliseconds.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    burst: i64,
    every: Millis,
}

/// From one network address, whatever the e-mail address: offices share one.
const ADDRESS: Allowance = Allowance {
    burst: 30,
    every: 5_000,
};
/// For one e-mail address from one network address.
const PAIR: Allowance = Allowance {
    burst: 6,
    every: 30_000,
};
/// For one e-mail address from everywhere, known browsers aside.
const EMAIL: Allowance = Allowance {
    burst: 30,
    every: 20_000,
};
/// For one known browser.
const KNOWN: Allowance = Allowance {
    burst: 10,
    every: 15_000,
};
/// For codes of one agent, from everywhere or from one known browser: there are a million of them.
const CODES: Allowance = Allowance {
    burst: 6,
    every: 60_000,
};
/// For letters to one e-mail address, from everywhere.
const LETTERS: Allowance = Allowance {
    burst: 3,
    every: 10 * 60_000,
};
/// Above this many entries those that are full again are forgotten.
const MOST_ENTRIES: usize = 20_000;

/// The tries of this process.
#[derive(Debug, Default)]
pub struct SignInLimits {
    /// By key: the moment from which the whole burst is there again.
    full_at: Mutex<HashMap<String, Millis>>,
}

impl SignInLimits {
    /// Counts one try.
    ///
    /// # Errors
    /// In how many seconds the next one may be made.
    pub fn check(&self, now: Millis, address: Option<IpAddr>, email: &str, known: Option<&str>) -> Result<(), i64> {
        self.count(now, keys(address, email, known))
    }

    /// Counts one question that names nobody: nobody else's tries are used up by it.
    ///
    /// # Errors
    /// In how many seconds the next one may be made.
    pub fn check_address(&self, now: Millis, address: Option<IpAddr>) -> Result<(), i64> {
        self.count(now, vec![(format!("address:{}", network(address)), ADDRESS)])
    }

    /// Counts one letter to an address.
    ///
    /// # Errors
    /// In how many seconds the next one may be sent.
    pub fn check_letter(&self, now: Millis, address: Option<IpAddr>, email: &str) -> Result<(), i64> {
        let email = hash_secret(&email.trim().to_lowercase());
        let keys = vec![
            (format!("address:{}", network(address)), ADDRESS),
            (format!("letter:{email}"), LETTERS),
        ];
        self.count(now, keys)
    }

    /// Counts one try of a code. A browser that the agent has used has tries of its own.
    ///
    /// # Errors
    /// In how many seconds the next one may be made.
    pub fn check_code(
        &self,
        now: Millis,
        address: Option<IpAddr>,
        agent: &str,
        known: Option<&str>,
    ) -> Result<(), i64> {
        let keys = match known {
            Some(mark) => vec![(format!("code:{agent}:{mark}"), CODES)],
            None => vec![
                (format!("address:{}", network(address)), ADDRESS),
                (format!("code:{agent}"), CODES),
            ],
        };
        self.count(now, keys)
    }

    fn count(&self, now: Millis, keys: Vec<(String, Allowance)>) -> Result<(), i64> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() > MOST_ENTRIES {
            full_at.retain(|_, at| *at > now);
        }
        // All or nothing: a try that is refused costs nothing, so waiting always helps.
        let wait = keys
            .iter()
            .map(|(key, allowance)| {
                let at = full_at.get(key).copied().unwrap_or(now).max(now);
                at + allowance.every - now - allowance.burst * allowance.every
            })
            .max()
            .unwrap_or(0);
        if wait > 0 {
            return Err((wait + 999) / 1000);
        }
        for (key, allowance) in keys {
            let at = full_at.get(&key).copied().unwrap_or(now).max(now);
            full_at.insert(key, at + allowance.every);
        }
        Ok(())
    }

    /// The password was right: the tries before it were the same person's.
    pub fn succeeded(&self, address: Option<IpAddr>, email: &str, known: Option<&str>) {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in keys(address, email, known) {
            // The address's own allowance stays: else one account of the attacker's would reset it.
            if !key.starts_with("address:") && !key.starts_with("email:") {
                full_at.remove(&key);
            }
        }
    }
}

fn keys(address: Option<IpAddr>, email: &str, known: Option<&str>) -> Vec<(String, Allowance)> {
    let place = network(address);
    // Hashed, so that a long address takes no room and none is kept.
    let email = hash_secret(&email.trim().to_lowercase());
    match known {
        Some(mark) => vec![(format!("known:{mark}"), KNOWN)],
        None => vec![
            (format!("address:{place}"), ADDRESS),
            (format!("pair:{place}:{email}"), PAIR),
            (format!("email:{email}"), EMAIL),
        ],
    }
}

/// One household: an IPv4 address, or the /64 of an IPv6 address.
fn network(address: Option<IpAddr>) -> String {
    match address {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => address.segments()[..4]
                .iter()
                .map(|part| format!("{part:x}:"))
                .collect(),
        },
    }
}

/// The address of the client. A peer on this machine or in a private network is taken for a
/// reverse proxy, whose last entry of `X-Forwarded-For` then counts; a client further off cannot
/// choose its address.
pub fn address(peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let is_near = match peer {
        None => true,
        Some(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Some(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
    };
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|line| line.rsplit(',').next())
        .and_then(|text| text.trim().parse().ok());
    if is_near { forwarded.or(peer) } else { peer }
}
