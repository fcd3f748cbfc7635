//! The outside world of messages: e-mail, WhatsApp, web chat, the portal's form, and the dispatcher.

mod body;
pub mod dispatch;
pub mod email;
mod meanwhile;
pub mod notices;
pub mod webchat;
pub mod whatsapp;
