//! Time, ids and randomness as parameters, so that tests own them.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rand::{Rng as _, RngExt as _, SeedableRng};
use rand_chacha::ChaCha20Rng;
use ulid::Ulid;

use crate::types::Millis;

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// Now, in UTC milliseconds.
    fn now(&self) -> Millis;

    /// Milliseconds since some moment in this process's life. Nobody sets this clock: it only goes forward, at the
    /// pace of time. For how long something takes or lasts inside one process.
    fn steady(&self) -> Millis;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> Millis {
        static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
        i64::try_from(BEGINNING.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// A clock that only a test moves.
#[derive(Debug, Clone)]
pub struct FakeClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    now: Millis,
    steady: Millis,
}

impl FakeClock {
    /// A clock that stands at `now`.
    pub fn new(now: Millis) -> Self {
        Self(Arc::new(Mutex::new(Hands { now, steady: 0 })))
    }

    /// Time passes: `by` milliseconds.
    pub fn advance(&self, by: Millis) {
        let mut hands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hands.now += by;
        hands.steady += by;
    }

    /// Somebody sets it, forward or back, while no time passes.
    pub fn set(&self, by: Millis) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now += by;
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Millis {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now
    }

    fn steady(&self) -> Millis {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).steady
    }
}

struct Ids {
    rng: ChaCha20Rng,
    last: Ulid,
}

/// Where time, ids and randomness come from. Cheap to clone; clones share one source.
#[derive(Clone)]
pub struct Env {
    clock: Arc<dyn Clock>,
    ids: Arc<Mutex<Ids>>,
}

impl Env {
    /// The machine's clock and randomness.
    pub fn system() -> Env {
        Env::new(Arc::new(SystemClock), ChaCha20Rng::from_rng(&mut rand::rng()))
    }

    /// A clock and randomness of the caller's.
    pub fn new(clock: Arc<dyn Clock>, rng: ChaCha20Rng) -> Env {
        Env {
            clock,
            ids: Arc::new(Mutex::new(Ids { rng, last: Ulid::nil() })),
        }
    }

    /// A fake clock and a fixed seed, for tests.
    pub fn fixed(clock: FakeClock, seed: u64) -> Env {
        Env::new(Arc::new(clock), ChaCha20Rng::seed_from_u64(seed))
    }

    /// Now, in UTC milliseconds.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Milliseconds since some moment in this process's life, by a clock that nobody sets.
    pub fn steady(&self) -> Millis {
        self.clock.steady()
    }

    /// A new ULID, greater than every one that this source gave before.
    pub fn ulid(&self) -> String {
        let now = u64::try_from(self.now()).unwrap_or(0);
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Ulid::from_parts(now, ids.rng.random());
        let next = if fresh.timestamp_ms() > ids.last.timestamp_ms() {
            fresh
        } else {
            // The same millisecond, or a clock that went back: keep the order, add one.
            ids.last.increment().unwrap_or(fresh)
        };
        ids.last = next;
        next.to_string()
    }

    /// 256 random bits as 64 hexadecimal digits: a bearer secret. Store only [`hash_secret`] of it.
    pub fn secret(&self) -> String {
        let mut bytes = [0u8; 32];
        self.fill(&mut bytes);
        hex::encode(bytes)
    }

    /// Random bytes.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rng
            .fill_bytes(bytes);
    }

    /// A random number in `0..below`, for jitter.
    pub fn below(&self, below: u64) -> u64 {
        self.ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rng
            .random_range(0..below.max(1))
    }
}

/// The form in which a bearer secret is stored: SHA-256 in hexadecimal. Secrets have 256 random
/// bits, so a fast hash is enough.
pub fn hash_secret(secret: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(secret.as_bytes()))
}
