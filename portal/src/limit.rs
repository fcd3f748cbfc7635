//! How often one address, visitor or mailbox may do a thing. Kept in memory: a restart forgives.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use conversation::Env;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

/// The clock of the environment, as governor reads it.
#[derive(Clone)]
pub struct EnvClock(Env);

impl Clock for EnvClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Duration::from_millis(u64::try_from(self.0.now()).unwrap_or(0)).into()
    }
}

/// A limit for each key: `burst` at once, then one more every `period / burst`.
pub struct Limit {
    clock: EnvClock,
    limiter: RateLimiter<String, DashMapStateStore<String>, EnvClock, NoOpMiddleware<Nanos>>,
    calls: AtomicU32,
}

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
        }
    }

    /// Counts one for the key.
    ///
    /// # Errors
    /// When the key has had its share.
    pub fn check(&self, key: &str) -> Result<(), TooMany> {
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
    /// Streams that one address opens.
    pub(crate) streams: Limit,
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
            streams: Limit::new(env, 120, MINUTE),
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
