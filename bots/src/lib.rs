//! The bot: answers from the knowledge base, asks once when two articles are close, and hands over
//! to people when it is unsure or asked to.
//!
//! The decision is a pure function of one turn: [`decide::decide`]. What it says is in [`say`] and
//! [`words`], what it remembers between turns in [`session`]. [`worker::Bot`] follows the stream and
//! carries decisions out, [`hand_over`] sees to it that no customer is ever held.

pub mod business;
pub mod decide;
pub mod hand_over;
pub mod intent;
pub mod say;
pub mod session;
pub mod words;
pub mod worker;

pub use business::{Answering, BusinessData, Matter, Tickets};
pub use decide::{Decision, Reason, Silence, SmallTalk, Turn, decide};
pub use hand_over::rescue;
pub use say::Said;
pub use session::BotSession;
pub use worker::{Bot, GROUP};
