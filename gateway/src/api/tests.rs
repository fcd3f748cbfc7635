//! The API from outside, through its router.

mod admin;
mod contacts;
mod customers;
mod desk;
mod document;
mod errors;
mod mail;
mod menus;
mod messages;
mod once;
mod roles;
mod transfers;
mod voices;

use conversation::ingest::Filed;
use conversation::types::InboxId;

use crate::testing::TestApp;

/// A well-formed id that names nothing.
const NOTHING: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// An app with a mailbox and a mail of Ana's.
async fn with_mail() -> (TestApp, InboxId, Filed) {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let filed = test
        .mail(&inbox, "ana@example.com", "m1@example.com", "It prints no page")
        .await;
    (test, inbox, filed)
}

fn conversation(filed: &Filed) -> String {
    filed.conversation.as_ref().unwrap().to_string()
}

fn message(filed: &Filed) -> String {
    filed.message.as_ref().unwrap().to_string()
}

fn contact(filed: &Filed) -> String {
    filed.contact.as_ref().unwrap().to_string()
}
