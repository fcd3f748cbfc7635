//! The parts that pages are made of. A view struct has plain fields; who fills it is not known here.

mod attachment;
mod badge;
mod bridge;
mod card;
mod chat;
mod conversation_row;
mod delivery;
mod extra;
pub mod form;
mod mail;
pub mod map;
pub mod markup;
mod message;
mod messenger;
pub mod meter;
mod parts;
mod text;
mod whatsapp;

pub use attachment::{AttachmentView, attachment, attachments};
pub use badge::{
    channel_chip, channel_icon, channel_name, customer_name, level_chip, level_name, matched_by_words, priority_chip,
    priority_name, spam_chip, status_chip, status_name, ticket_status_chip, ticket_status_name,
};
pub use bridge::bridge_words;
pub use card::{CardContext, card};
pub use chat::{ChatView, PictureView, QuoteView, ReactionView, clock};
pub use conversation_row::{ConversationRowView, conversation_row, due_chip};
pub use delivery::{DeliveryView, delivery_name, delivery_state};
pub use extra::extra;
pub use mail::{bounce_words, bounced_bar};
pub use markup::signed;
pub use message::{LineTool, MessageView, Named, OtherSender, message};
pub use messenger::messenger_words;
pub use parts::{Tone, avatar, badge, button, empty, ghost_button, table, time_tag, toast};
pub use text::rich_text;

#[cfg(test)]
mod tests;
