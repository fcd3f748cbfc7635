//! The bot: answers from the knowledge base, asks once when two articles are close, and hands over
//! to people when it is unsure or asked to.
//!
//! The decision is a pure function of one turn: [`decide::decide`]. What it says is in [`say`] and
//! [`words`], what it remembers between turns in [`session`]. [`worker::Bot`] follows the stream and
//! carries decisions out, [`hand_over`] sees to it that no customer is ever held.

pub mod business;
pub mod button;
pub mod decide;
pub mod decision;
pub mod hand_over;
pub mod intent;
pub mod menu;
pub mod say;
pub mod session;
pub mod turn;
pub mod words;
pub mod worker;

pub use business::{Answering, BusinessData, Tickets};
pub use decide::decide;
pub use decision::{Decision, Reason, Said, Silence, SmallTalk};
pub use hand_over::rescue;
pub use intent::Matter;
pub use menu::{Found, Offer, Picked};
pub use session::BotSession;
pub use turn::Turn;
pub use worker::{Bot, GROUP};
