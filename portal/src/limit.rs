//! How often one address, visitor or mailbox may do a thing. Kept in memory: a restart forgives.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use conversation::Env;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

/// The clock of the environment that nobody sets, as governor reads it: one that was a day ahead for a moment would
/// keep everybody out for a day.
#[derive(Clone)]
pub struct EnvClock(Env);

impl Clock for EnvClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Duration::from_millis(u64::try_from(self.0.steady()).unwrap_or(0)).into()
    }
}

/// A limit for each key: `burst` at once, then one more every `period / burst`.
pub struct Limit {
    clock: EnvClock,
    limiter: RateLimiter<String, DashMapStateStore<String>, EnvClock, NoOpMiddleware<Nanos>>,
    calls: AtomicU32,
    /// What was counted and then given back, by key.
    given_back: Mutex<HashMap<String, u32>>,
}

/// How many keys something can be given back to at a time; an outage of ours that hits more of them forgets the rest.
const MOST_GIVEN_BACK: usize = 10_000;

/// How many event streams one address may have open, of the portal and of the widget each: an office of a hundred people has one address.
pub const MOST_STREAMS: u32 = 400;

/// Too often; try again after so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// For `Retry-After`, rounded up.
    pub retry_after: u64,
}

impl Limit {
    /// `burst` in each `period`.
    pub fn new(env: &Env, burst: u32, period: Duration) -> Limit {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(period / burst.get())
            .unwrap_or_else(|| Quota::per_second(burst))
            .allow_burst(burst);
        let clock = EnvClock(env.clone());
        Limit {
            limiter: RateLimiter::dashmap_with_clock(quota, clock.clone()),
            clock,
            calls: AtomicU32::new(0),
            given_back: Mutex::default(),
        }
    }

    /// Counts one for the key.
    ///
    /// # Errors
    /// When the key has had its share.
    pub fn check(&self, key: &str) -> Result<(), TooMany> {
        if self.takes_back(key) {
            return Ok(());
        }
        // Keys that are full again say nothing; forgetting them bounds the memory.
        if self.calls.fetch_add(1, Ordering::Relaxed) % 1024 == 1023 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(&key.to_owned()).map_err(|not_until| TooMany {
            retry_after: not_until
                .wait_time_from(self.clock.now())
                .as_millis()
                .div_ceil(1000)
                .max(1) as u64,
        })
    }
}

impl Limit {
    /// Gives back one that was counted for the key, because nothing could be done with it and that is our own fault:
    /// whoever presses again while the database is away must not be refused for it once it is back.
    pub fn give_back(&self, key: &str) {
        let mut given = self.given_back.lock().unwrap_or_else(PoisonError::into_inner);
        if given.len() < MOST_GIVEN_BACK || given.contains_key(key) {
            let count = given.entry(key.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Whether the key has something that was given back, which is used up then.
    fn takes_back(&self, key: &str) -> bool {
        let mut given = self.given_back.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = given.get_mut(key) else {
            return false;
        };
        *count -= 1;
        if *count == 0 {
            given.remove(key);
        }
        true
    }
}

/// How many things each key may have open at a time.
#[derive(Debug)]
pub struct Doors {
    most: u32,
    open: Mutex<HashMap<String, u32>>,
}

/// One open thing; dropped, it is closed.
#[derive(Debug)]
pub struct Inside {
    doors: Arc<Doors>,
    /// None where nobody is counted.
    key: Option<String>,
}

impl Doors {
    /// As many as `most` for each key.
    pub fn new(most: u32) -> Arc<Doors> {
        Arc::new(Doors {
            most,
            open: Mutex::default(),
        })
    }

    /// Opens one for a network address as [`address_key`] writes it. Addresses of the own network are not counted: behind a proxy
    /// that does not say who comes, everybody has one of them.
    ///
    /// # Errors
    /// When as many are open.
    pub fn enter(self: &Arc<Self>, address: &str) -> Result<Inside, TooMany> {
        let is_near = match address.parse() {
            Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
            Ok(IpAddr::V6(ip)) => ip.is_loopback(),
            Err(_) => address == "unknown" || address.starts_with("0:0:0:0::") || address.starts_with(['f', 'F']),
        };
        if is_near {
            return Ok(Inside {
                doors: self.clone(),
                key: None,
            });
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address.to_owned()).or_default();
        if *count >= self.most {
            return Err(TooMany { retry_after: 30 });
        }
        *count += 1;
        Ok(Inside {
            doors: self.clone(),
            key: Some(address.to_owned()),
        })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let mut open = self.doors.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                open.remove(&key);
            }
        }
    }
}

/// The limits of the portal.
pub struct Limits {
    /// Tickets from one address.
    pub(crate) forms: Limit,
    /// Mails that strangers cause to one mailbox.
    pub(crate) mails: Limit,
    /// Requests for links from one address.
    pub(crate) requests: Limit,
    /// Replies of one contact.
    pub(crate) replies: Limit,
    /// Tries of secrets from one address.
    pub(crate) secrets: Limit,
    /// Payments that one contact begins.
    pub(crate) payments: Limit,
    /// ZIPs of one contact.
    pub(crate) downloads: Limit,
    /// Tries of passwords and passkeys.
    pub(crate) proofs: Limit,
    /// Colleagues whom one contact invites.
    pub(crate) invitations: Limit,
    /// Copies of one document by mail.
    pub(crate) copies: Limit,
    /// Streams that one address opens.
    pub(crate) streams: Limit,
    /// And those that it has open.
    pub(crate) open_streams: Arc<Doors>,
}

impl Limits {
    pub(crate) fn new(env: &Env) -> Limits {
        const HOUR: Duration = Duration::from_secs(3600);
        const MINUTE: Duration = Duration::from_secs(60);
        Limits {
            forms: Limit::new(env, 10, HOUR),
            mails: Limit::new(env, 5, HOUR),
            requests: Limit::new(env, 10, HOUR),
            replies: Limit::new(env, 10, MINUTE),
            secrets: Limit::new(env, 60, MINUTE),
            payments: Limit::new(env, 20, MINUTE),
            downloads: Limit::new(env, 10, MINUTE),
            proofs: Limit::new(env, 12, MINUTE),
            invitations: Limit::new(env, 30, HOUR),
            copies: Limit::new(env, 3, HOUR),
            streams: Limit::new(env, 120, MINUTE),
            open_streams: Doors::new(MOST_STREAMS),
        }
    }
}

/// The key of a client's address. One customer of IPv6 has a whole /64.
pub fn address_key(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use conversation::env::FakeClock;

    use super::*;

    #[test]
    fn an_address_has_so_many_open_and_again_when_one_is_closed() {
        let doors = Doors::new(2);
        let first = doors.enter("203.0.113.7").unwrap();
        let _second = doors.enter("203.0.113.7").unwrap();
        assert!(doors.enter("203.0.113.7").is_err());
        assert!(doors.enter("203.0.113.8").is_ok(), "another address");
        drop(first);
        let _third = doors.enter("203.0.113.7").unwrap();
        assert!(doors.enter("203.0.113.7").is_err());
        // Whom a proxy hides, and who is near.
        for near in ["127.0.0.1", "10.1.2.3", "unknown", "0:0:0:0::/64", "fd00:1:2:3::/64"] {
            let all: Vec<_> = (0..5).map(|_| doors.enter(near)).collect();
            assert!(all.iter().all(Result::is_ok), "{near}");
        }
        let _v6: Vec<_> = (0..2).map(|_| doors.enter("2001:db8:0:1::/64").unwrap()).collect();
        assert!(doors.enter("2001:db8:0:1::/64").is_err());
        assert_eq!(doors.open.lock().unwrap().len(), 2, "what is closed is forgotten");
    }

    #[test]
    fn what_is_given_back_can_be_used_again_and_nothing_more() {
        let limit = Limit::new(&Env::system(), 2, Duration::from_secs(3600));
        for _ in 0..50 {
            assert!(limit.check("ana").is_ok());
            limit.give_back("ana");
        }
        assert!(limit.check("ana").is_ok(), "the one that was given back");
        assert!(limit.check("ana").is_ok(), "the second of two");
        assert!(limit.check("ana").is_err(), "no third");
        assert!(limit.check("eva").is_ok(), "another key has its own");
        assert!(limit.given_back.lock().unwrap().is_empty(), "nothing is kept");
    }

    #[test]
    fn a_clock_that_was_ahead_keeps_nobody_out() {
        const DAY: i64 = 86_400_000;
        let clock = FakeClock::new(1_700_000_000_000);
        let limit = Limit::new(&Env::fixed(clock.clone(), 1), 1, Duration::from_secs(60));
        clock.set(DAY);
        assert!(limit.check("ana").is_ok());
        clock.set(-DAY);
        assert!(limit.check("ana").is_err(), "once a minute");
        clock.advance(61_000);
        assert!(limit.check("ana").is_ok(), "the minute is over, whatever day it was");
        clock.set(DAY);
        assert!(limit.check("ana").is_err(), "nor does a wrong clock let anybody in");
    }
}
