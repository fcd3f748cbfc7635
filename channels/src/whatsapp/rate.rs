//! How fast a number may send: so many messages a second in all, and one every six seconds to one
//! person once a burst is used up.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>

use std::collections::HashMap;

use conversation::types::Millis;

/// Milliseconds in which one person may be sent one more message.
pub const PAIR_INTERVAL: Millis = 6_000;

/// Messages that one person may be sent at once, borrowed from the time that follows.
pub const PAIR_BURST: u32 = 45;

/// Tokens that come back with time. Counted in thousandths, so that no fraction is lost.
#[derive(Debug, Clone)]
struct Bucket {
    milli_tokens: i64,
    at: Millis,
}

/// Size and refill of a kind of bucket: `tokens` come back every `per` milliseconds.
#[derive(Debug, Clone, Copy)]
struct Rate {
    capacity: i64,
    tokens: i64,
    per: i64,
}

impl Rate {
    fn full(self, now: Millis) -> Bucket {
        Bucket {
            milli_tokens: self.capacity * 1000,
            at: now,
        }
    }

    /// How long until a token is there; 0 when one is.
    fn wait(self, bucket: &mut Bucket, now: Millis) -> Millis {
        let refill = self.tokens * 1000;
        let time_for = |milli_tokens: i64| (milli_tokens * self.per + refill - 1) / refill;
        // A clock that goes back and forth must not be paid twice; one that was far ahead must not
        // stop a number for longer than this.
        bucket.at = bucket.at.min(now.saturating_add(10 * PAIR_INTERVAL));
        let gained = (now - bucket.at).max(0).saturating_mul(refill) / self.per;
        bucket.milli_tokens = bucket.milli_tokens.saturating_add(gained);
        if bucket.milli_tokens >= self.capacity * 1000 {
            bucket.milli_tokens = self.capacity * 1000;
            bucket.at = now;
        } else {
            // The time that made no whole thousandth yet still counts.
            bucket.at += time_for(gained);
        }
        let missing = 1000 - bucket.milli_tokens;
        if missing <= 0 {
            0
        } else {
            (time_for(missing) - (now - bucket.at)).max(1)
        }
    }
}

/// Why a message has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Milliseconds until it may be asked again.
    pub millis: Millis,
    /// The limit of this one person, not the number's.
    pub is_pair: bool,
}

/// The limits of one number.
#[derive(Debug)]
pub struct Limiter {
    number_rate: Rate,
    number: Bucket,
    pairs: HashMap<String, Bucket>,
    prune_at: usize,
    blocked_until: Millis,
}

const PAIR: Rate = Rate {
    capacity: PAIR_BURST as i64,
    tokens: 1,
    per: PAIR_INTERVAL,
};

impl Limiter {
    /// A limiter that has seen nothing yet.
    pub fn new(messages_per_second: u32, now: Millis) -> Self {
        let tokens = i64::from(messages_per_second.max(1));
        let number_rate = Rate {
            capacity: tokens,
            tokens,
            per: 1000,
        };
        Limiter {
            number_rate,
            number: number_rate.full(now),
            pairs: HashMap::new(),
            prune_at: 1024,
            blocked_until: 0,
        }
    }

    /// Takes the right to send one message to `recipient` now, or says when to ask again. Nothing is
    /// taken when it says no.
    ///
    /// # Errors
    /// [`Wait`]: for how long, and whose limit it is.
    pub fn take(&mut self, recipient: &str, now: Millis) -> Result<(), Wait> {
        self.prune(now);
        if now < self.blocked_until {
            return Err(Wait {
                millis: self.blocked_until - now,
                is_pair: false,
            });
        }
        let pair = self.pairs.entry(recipient.to_owned()).or_insert_with(|| PAIR.full(now));
        let for_pair = PAIR.wait(pair, now);
        let millis = for_pair.max(self.number_rate.wait(&mut self.number, now));
        if millis > 0 {
            return Err(Wait {
                millis,
                is_pair: for_pair > 0,
            });
        }
        pair.milli_tokens -= 1000;
        self.number.milli_tokens -= 1000;
        Ok(())
    }

    /// Meta said that the number sends too much: nothing more for a while.
    pub fn block_number(&mut self, now: Millis, millis: Millis) {
        self.blocked_until = self.blocked_until.max(now.saturating_add(millis));
    }

    /// Meta said that this person gets too much: the burst is used up, whatever was counted here.
    pub fn block_pair(&mut self, recipient: &str, now: Millis) {
        self.pairs.insert(
            recipient.to_owned(),
            Bucket {
                milli_tokens: 0,
                at: now,
            },
        );
    }

    /// How many people are remembered now.
    pub fn people(&self) -> usize {
        self.pairs.len()
    }

    /// Forgets people whose burst is whole again, so that memory follows the traffic.
    fn prune(&mut self, now: Millis) {
        if self.pairs.len() < self.prune_at {
            return;
        }
        self.pairs.retain(|_, bucket| {
            PAIR.wait(bucket, now);
            bucket.milli_tokens < PAIR.capacity * 1000
        });
        self.prune_at = (self.pairs.len() * 2).max(1024);
    }
}
