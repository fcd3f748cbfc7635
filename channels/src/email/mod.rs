//! E-mail: bytes to types and back (pure), and the mailbox and submission servers (runtime).
//!
//! The way in is [`mime::parse`] → [`normal::to_inbound`]; the way out is [`compose::compose`] →
//! [`post::Post::send`] → [`smtp::SmtpSender::send`]. [`imap`] fetches what [`mime`] parses.

pub mod audit;
pub mod auto;
mod bearer;
pub mod bounce;
pub mod certificate;
pub mod compose;
pub mod copies;
mod cut;
pub mod discover;
pub mod dkim;
pub mod dns;
pub mod forward;
mod handshake;
pub mod headers;
mod history;
pub mod html;
pub mod imap;
pub mod judged;
mod markdown;
pub mod mime;
mod net;
pub mod normal;
pub mod oauth;
pub mod post;
pub mod probe;
pub mod quote;
mod reading;
pub mod receive;
mod renamed;
mod sent;
pub mod settings;
pub mod smtp;
mod starttls;
mod trouble;
pub mod watch;

pub use settings::{Begin, Credentials, EmailSettings, ImapSettings, SmtpSettings, TlsMode};
