//! Web hook messages, as customers cause them.

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::World;

/// A simulated customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The number, as WhatsApp writes it; `None` for one who hides it.
    pub wa_id: Option<String>,
    /// The business-scoped user id.
    pub user_id: Option<String>,
    /// The profile's name.
    pub name: String,
}

impl User {
    /// A customer with a number.
    pub fn new(wa_id: &str, name: &str) -> User {
        User {
            wa_id: Some(wa_id.to_owned()),
            user_id: None,
            name: name.to_owned(),
        }
    }

    /// A customer who shows no number.
    pub fn hidden(user_id: &str, name: &str) -> User {
        User {
            wa_id: None,
            user_id: Some(user_id.to_owned()),
            name: name.to_owned(),
        }
    }

    /// The ids that messages to this customer may use.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.wa_id.iter().chain(&self.user_id)
    }

    pub(super) fn contact(&self) -> Value {
        let mut contact = json!({ "profile": { "name": self.name } });
        if let Some(wa_id) = &self.wa_id {
            contact["wa_id"] = json!(wa_id);
        }
        if let Some(user_id) = &self.user_id {
            contact["user_id"] = json!(user_id);
        }
        contact
    }
}

/// Something that a customer sends.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// Words.
    Text(String),
    /// A JPEG photo with an optional caption.
    Image(Bytes, Option<String>),
    /// An MP4 video with an optional caption.
    Video(Bytes, Option<String>),
    /// A voice message.
    Voice(Bytes),
    /// An audio file.
    Audio(Bytes),
    /// A PDF with its name and an optional caption.
    Document(Bytes, String, Option<String>),
    /// A sticker.
    Sticker(Bytes),
    /// A place: latitude, longitude, name and address.
    Location(f64, f64, Option<(String, String)>),
    /// Address book entries: name and number.
    Contacts(Vec<(String, String)>),
    /// A press on a reply button: id and title.
    ButtonReply(String, String),
    /// A row of a list: id and title.
    ListReply(String, String),
    /// A press on a template's quick reply: payload and text.
    TemplateButton(String, String),
    /// A form that was filled in.
    FormReply(Value),
    /// An emoji on a message; `None` takes it back.
    Reaction(String, Option<String>),
    /// Products: id, quantity, price and currency.
    Order(Vec<(String, u32, f64, String)>),
    /// The customer changed to this number.
    ChangedNumber(String),
    /// A kind that WhatsApp does not hand on.
    Unsupported,
    /// The chat was opened for the first time.
    RequestWelcome,
    /// A message changed its text.
    Edit(String, String),
    /// A message was deleted.
    Revoke(String),
    /// Exactly these fields, over those that every message has.
    Raw(Value),
}

impl Incoming {
    /// The message object of a web hook.
    pub(super) fn message(self, world: &mut World, user: &User, id: &str, seconds: i64, quoted: Option<&str>) -> Value {
        let mut message = self.content(world, user);
        // A raw message may leave out or spoil what every other message has.
        if let Value::Object(fields) = &mut message {
            fields.entry("id").or_insert_with(|| json!(id));
            fields.entry("timestamp").or_insert_with(|| json!(seconds.to_string()));
            if let Some(wa_id) = &user.wa_id {
                fields.entry("from").or_insert_with(|| json!(wa_id));
            }
            if let Some(user_id) = &user.user_id {
                fields.entry("from_user_id").or_insert_with(|| json!(user_id));
            }
            if let Some(quoted) = quoted {
                fields.insert("context".to_owned(), json!({ "from": "business", "id": quoted }));
            }
        }
        message
    }

    /// What its kind of message says, beside what every message has; its files are laid up in `world`.
    fn content(self, world: &mut World, user: &User) -> Value {
        let mut file = |bytes: Bytes, media_type: &str| {
            use base64::Engine;
            let sha256 = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&bytes));
            json!({ "id": world.store(bytes, media_type), "mime_type": media_type, "sha256": sha256 })
        };
        let captioned = |mut file: Value, caption: Option<String>| {
            if let Some(caption) = caption {
                file["caption"] = json!(caption);
            }
            file
        };
        match self {
            Incoming::Text(body) => json!({ "type": "text", "text": { "body": body } }),
            Incoming::Image(bytes, caption) => {
                json!({ "type": "image", "image": captioned(file(bytes, "image/jpeg"), caption) })
            }
            Incoming::Video(bytes, caption) => {
                json!({ "type": "video", "video": captioned(file(bytes, "video/mp4"), caption) })
            }
            Incoming::Voice(bytes) => {
                let mut audio = file(bytes, "audio/ogg; codecs=opus");
                audio["voice"] = json!(true);
                json!({ "type": "audio", "audio": audio })
            }
            Incoming::Audio(bytes) => {
                let mut audio = file(bytes, "audio/mpeg");
                audio["voice"] = json!(false);
                json!({ "type": "audio", "audio": audio })
            }
            Incoming::Document(bytes, name, caption) => {
                let mut document = captioned(file(bytes, "application/pdf"), caption);
                document["filename"] = json!(name);
                json!({ "type": "document", "document": document })
            }
            Incoming::Sticker(bytes) => {
                let mut sticker = file(bytes, "image/webp");
                sticker["animated"] = json!(false);
                json!({ "type": "sticker", "sticker": sticker })
            }
            Incoming::Location(latitude, longitude, place) => {
                let mut location = json!({ "latitude": latitude, "longitude": longitude });
                if let Some((name, address)) = place {
                    location["name"] = json!(name);
                    location["address"] = json!(address);
                }
                json!({ "type": "location", "location": location })
            }
            Incoming::Contacts(people) => {
                let people: Vec<Value> = people
                    .into_iter()
                    .map(|(name, phone)| json!({ "name": { "formatted_name": name }, "phones": [{ "phone": phone }] }))
                    .collect();
                json!({ "type": "contacts", "contacts": people })
            }
            Incoming::ButtonReply(id, title) => json!({
                "type": "interactive",
                "interactive": { "type": "button_reply", "button_reply": { "id": id, "title": title } },
            }),
            Incoming::ListReply(id, title) => json!({
                "type": "interactive",
                "interactive": { "type": "list_reply", "list_reply": { "id": id, "title": title } },
            }),
            Incoming::TemplateButton(payload, text) => {
                json!({ "type": "button", "button": { "payload": payload, "text": text } })
            }
            Incoming::FormReply(answers) => json!({
                "type": "interactive",
                "interactive": {
                    "type": "nfm_reply",
                    "nfm_reply": { "name": "flow", "body": "Sent", "response_json": answers.to_string() },
                },
            }),
            Incoming::Reaction(message, emoji) => {
                let mut reaction = json!({ "message_id": message });
                if let Some(emoji) = emoji {
                    reaction["emoji"] = json!(emoji);
                }
                json!({ "type": "reaction", "reaction": reaction })
            }
            Incoming::Order(items) => {
                let items: Vec<Value> = items
                    .into_iter()
                    .map(|(id, quantity, price, currency)| {
                        json!({ "product_retailer_id": id, "quantity": quantity, "item_price": price, "currency": currency })
                    })
                    .collect();
                json!({ "type": "order", "order": { "catalog_id": "1", "text": "", "product_items": items } })
            }
            Incoming::ChangedNumber(new) => {
                let old = user.wa_id.as_deref().unwrap_or_default();
                let body = format!("User {} changed from {old} to {new}", user.name);
                json!({ "type": "system", "system": { "type": "user_changed_number", "wa_id": new, "body": body } })
            }
            Incoming::Unsupported => json!({
                "type": "unsupported",
                "errors": [{
                    "code": 131051,
                    "title": "Message type unknown",
                    "message": "Message type unknown",
                    "error_data": { "details": "Message type is currently not supported." },
                }],
            }),
            Incoming::RequestWelcome => json!({ "type": "request_welcome" }),
            Incoming::Edit(message, body) => json!({
                "type": "edit",
                "edit": { "original_message_id": message, "message": { "type": "text", "text": { "body": body } } },
            }),
            Incoming::Revoke(message) => {
                json!({ "type": "revoke", "revoke": { "original_message_id": message } })
            }
            Incoming::Raw(fields) => fields,
        }
    }
}
