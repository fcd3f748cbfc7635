//! The bot: answers from the knowledge base, asks once when two articles are close, and hands over
//! to people when it is unsure or asked to.
//!
//! The decision is a pure function of one turn: [`decide::decide`]. What it says is in [`words`],
//! what it remembers between turns in [`session`].

pub mod decide;
pub mod intent;
pub mod session;
pub mod words;

pub use decide::{Decision, Reason, Silence, SmallTalk, Turn, decide};
pub use session::BotSession;
