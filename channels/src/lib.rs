//! The outside world of messages: e-mail, WhatsApp, Instagram, Messenger, web chat, bridges to other messengers, and
//! the senders.
//!
//! An adapter turns what arrived into an `InboundMessage`, hands it to `conversation::ingest`, and says that it has it
//! only after that commit. Begin reading at [`email::receive`] and [`whatsapp::receive`] (bytes come in; [`messenger::receive`] for Instagram and Messenger) and at
//! [`dispatch`] (deliveries go out, each to its typed outcome); [`notices`] sends the mail that belongs to no
//! conversation, at the same pace (`under_way`). Parsing, quoting, composing and signatures are functions of bytes,
//! without network or database, and must give an answer for any bytes.
//!
//! It knows no page and no route: web hooks and the widget's requests are brought by the gateway.

mod body;
pub mod bridge;
pub mod broadcasts;
pub mod dispatch;
pub mod doors;
pub mod email;
pub mod files;
mod graph;
pub mod messenger;
pub mod notices;
pub mod outgoing;
pub mod presence;
pub mod standard_webhooks;
mod under_way;
pub mod webchat;
pub mod whatsapp;
