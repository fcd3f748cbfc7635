//! WhatsApp: everything that Meta posts is filed, shown or kept; nothing is lost, repeated or torn apart.

mod again;
mod broadcast;
mod corpus;
mod crash;
mod menu;
mod repeated;
mod together;

use channels::whatsapp::settings::WhatsappSettings;
use channels::whatsapp::signature;
use serde_json::{Value, json};

/// What a number needs to take web hooks; nothing listens at its Graph API.
fn settings() -> WhatsappSettings {
    serde_json::from_value(json!({
        "phone_number_id": "100200300400500", "business_account_id": "102290129340398", "access_token": "token",
        "app_secret": "secret", "verify_token": "verify", "graph_url": "http://127.0.0.1:9",
    }))
    .expect("settings")
}

/// A web hook with these messages of one customer.
fn hook(number: &str, from: &str, messages: &[Value]) -> String {
    let messages: Vec<Value> = messages
        .iter()
        .map(|message| {
            let mut message = message.clone();
            message["from"] = json!(from);
            message
        })
        .collect();
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "551140028922", "phone_number_id": number },
        "contacts": [{ "profile": { "name": format!("Customer {from}") }, "wa_id": from }],
        "messages": messages,
    });
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] })
        .to_string()
}

fn sign(secret: &str, body: &[u8]) -> String {
    signature::sign(secret, body)
}
