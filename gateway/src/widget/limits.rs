//! How often a browser and an address may do what.

use std::sync::Arc;
use std::time::Duration;

use conversation::Env;
use portal::limit::{Doors, Limit, MOST_STREAMS};

/// The largest upload, in bytes.
pub(super) const LARGEST: usize = 15 * 1024 * 1024;

/// The limits of the widget.
pub(super) struct Limits {
    /// Sessions of one address; a page that is loaded begins one.
    pub(super) sessions: Limit,
    /// New visitors of one address.
    pub(super) visitors: Limit,
    /// New conversations of one address.
    pub(super) conversations: Limit,
    /// Messages of one visitor.
    pub(super) messages: Limit,
    /// Messages of one address.
    pub(super) messages_by_address: Limit,
    /// Files of one visitor.
    pub(super) uploads: Limit,
    /// Addresses that one visitor leaves.
    pub(super) emails: Limit,
    /// Mails that visitors cause to one mailbox.
    pub(super) mailboxes: Limit,
    /// Typing and reading of one visitor; beyond it they are not passed on.
    pub(super) signals: Limit,
    /// Articles that one visitor looks for, reads and judges; who types asks several times for one question.
    pub(super) articles: Limit,
    /// The same of one address.
    pub(super) articles_by_address: Limit,
    /// What there is to say first, asked by one address; a page that is loaded asks once.
    pub(super) greetings: Limit,
    /// What pages of one address count.
    pub(super) counts: Limit,
    /// Streams that one address has open.
    pub(super) streams: Arc<Doors>,
}

impl Limits {
    pub(super) fn new(env: &Env) -> Limits {
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(3600);
        const DAY: Duration = Duration::from_secs(24 * 3600);
        // An office of a hundred people has one address.
        Limits {
            sessions: Limit::new(env, 300, MINUTE),
            visitors: Limit::new(env, 300, HOUR),
            conversations: Limit::new(env, 100, DAY),
            messages: Limit::new(env, 20, MINUTE),
            messages_by_address: Limit::new(env, 300, MINUTE),
            uploads: Limit::new(env, 20, MINUTE),
            emails: Limit::new(env, 5, HOUR),
            mailboxes: Limit::new(env, 5, HOUR),
            signals: Limit::new(env, 60, MINUTE),
            articles: Limit::new(env, 120, MINUTE),
            articles_by_address: Limit::new(env, 1_200, MINUTE),
            greetings: Limit::new(env, 600, MINUTE),
            counts: Limit::new(env, 120, MINUTE),
            streams: Doors::new(MOST_STREAMS),
        }
    }
}
