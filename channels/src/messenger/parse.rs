//! The events of a web hook, one at a time.

use conversation::bridges;
use conversation::card::CardAnswer;
use conversation::inbound::{FOR_PEOPLE, IdentityClaim, InboundMessage, Sender, ThreadHints};
use conversation::types::{Channel, DeliveryState, IdentityKind, InboxId, Millis};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::webhook::{Inbound, MediaRef, Of, Other, Payload, Receipt};
use crate::whatsapp::parse::json;

/// Where an event stands.
pub(super) struct Place<'a> {
    pub(super) channel: Channel,
    pub(super) inbox: &'a InboxId,
    pub(super) account: Option<&'a str>,
    pub(super) received_at: Millis,
    /// Whether no other program has the conversation.
    pub(super) is_ours: bool,
}

/// Before the platform began, and after it all: no times of ours.
const FIRST: Millis = 1_230_768_000_000;
const LAST: Millis = 4_102_444_800_000;
/// A longest name of a person or label, in characters.
const LONGEST_WORDS: usize = 500;
/// The most files of one message; the platform's own limit is lower.
const MOST_FILES: usize = 50;

/// Reads an event into what it is.
pub(super) fn event(payload: &mut Payload, place: &Place<'_>, event: &Value) {
    let other = |field: &str, problem: Option<&str>| Other {
        field: field.to_owned(),
        problem: problem.map(str::to_owned),
    };
    let id = |of: &str| event.get(of).and_then(|one| json::text(one, "id"));
    let is_echo = event.pointer("/message/is_echo").and_then(Value::as_bool) == Some(true);
    let user = if is_echo { id("recipient") } else { id("sender") };
    let Some(user) = user.filter(|id| is_id(id)) else {
        payload
            .other
            .push(other("messaging", Some("it does not say who wrote it")));
        return;
    };
    let at = event.get("timestamp").and_then(Value::as_i64).and_then(time);
    let at = at.unwrap_or(place.received_at);
    if let Some(state) = event.get("delivery") {
        let mids: Vec<String> = json::list(state, "mids").iter().filter_map(text_of).collect();
        let of = match state.get("watermark").and_then(Value::as_i64).and_then(time) {
            _ if !mids.is_empty() => Of::Messages(mids),
            Some(until) => Of::Until(until),
            None => Of::Messages(Vec::new()),
        };
        payload
            .receipts
            .push(receipt(place, user, of, DeliveryState::Delivered, at));
    } else if let Some(state) = event.get("read") {
        // Instagram names the last message that was read, and all before it were, too.
        let of = state.get("watermark").and_then(Value::as_i64).and_then(time);
        payload.receipts.push(receipt(
            place,
            user,
            Of::Until(of.unwrap_or(at)),
            DeliveryState::Read,
            at,
        ));
    } else if let Some(content) = content(event) {
        let inbound = inbound(place, &user, at, event, content);
        if is_echo {
            payload.echoes.push(inbound);
        } else {
            payload.messages.push(inbound);
        }
    } else {
        let known = ["sender", "recipient", "timestamp"];
        let mut fields = event.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
        let field = fields.find(|key| !known.contains(key)).unwrap_or("messaging");
        payload.other.push(other(field, None));
    }
}

fn receipt(place: &Place<'_>, user: String, of: Of, state: DeliveryState, at: Millis) -> Receipt {
    Receipt {
        account: place.account.map(str::to_owned),
        user,
        of,
        state,
        at,
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= 200 && !text.chars().any(char::is_control)
}

fn time(at: i64) -> Option<Millis> {
    (FIRST..=LAST).contains(&at).then_some(at)
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).filter(|text| is_id(text))
}

/// What an event says.
#[derive(Default)]
struct Content {
    /// What makes a repetition recognisable.
    id: Option<String>,
    text: String,
    media: Vec<MediaRef>,
    answer: Option<CardAnswer>,
    in_reply_to: Option<String>,
    extra: Map<String, Value>,
    mark: Option<String>,
}

fn content(event: &Value) -> Option<Content> {
    if let Some(message) = event.get("message") {
        return Some(message_of(message));
    }
    if let Some(edit) = event.get("message_edit") {
        let mid = json::text(edit, "mid");
        let count = json::text(edit, "num_edit").unwrap_or_default();
        let mut content = Content {
            id: mid.as_ref().map(|mid| format!("{mid}#edit{count}")),
            text: format!("✏️ {}", json::str(edit, "text").unwrap_or_default())
                .trim()
                .to_owned(),
            ..Content::default()
        };
        content.refer("edit", "original_message_id", mid, Map::new());
        return Some(content);
    }
    if let Some(reaction) = event.get("reaction") {
        let is_taken_back = json::str(reaction, "action") == Some("unreact");
        let emoji = json::str(reaction, "emoji").or_else(|| named_emoji(json::str(reaction, "reaction")?));
        let emoji = emoji.filter(|_| !is_taken_back);
        let mut content = Content {
            text: emoji.unwrap_or("✖️").to_owned(),
            ..Content::default()
        };
        let fields = emoji.map(|emoji| ("emoji".to_owned(), json!(emoji)));
        content.refer(
            "reaction",
            "message_id",
            json::text(reaction, "mid"),
            fields.into_iter().collect(),
        );
        return Some(content);
    }
    if let Some(postback) = event.get("postback") {
        let label = words(json::str(postback, "title").unwrap_or_default());
        let payload = json::str(postback, "payload").unwrap_or(&label);
        let mut content = Content {
            id: json::text(postback, "mid"),
            answer: (!payload.is_empty()).then(|| CardAnswer::from_payload(payload, &label)),
            text: if label.is_empty() {
                "👋".to_owned()
            } else {
                label.clone()
            },
            ..Content::default()
        };
        content.referral(postback.get("referral"));
        return Some(content);
    }
    if let Some(referral) = event.get("referral") {
        let mut content = Content {
            text: "👋".to_owned(),
            ..Content::default()
        };
        content.referral(Some(referral));
        return Some(content);
    }
    None
}

impl Content {
    /// That it is about another message: a reaction, a change, its taking back.
    fn refer(&mut self, kind: &str, key: &str, mid: Option<String>, mut fields: Map<String, Value>) {
        if let Some(mid) = &mid {
            fields.insert(key.to_owned(), json!(mid));
        }
        self.in_reply_to = mid;
        self.extra.insert("type".to_owned(), json!(kind));
        self.extra.insert(kind.to_owned(), Value::Object(fields));
    }

    /// The advertisement, post or link that led here, in the words that other channels have for it.
    fn referral(&mut self, referral: Option<&Value>) {
        let Some(referral) = referral.filter(|referral| referral.is_object()) else {
            return;
        };
        let about = referral.get("ads_context_data").unwrap_or(&Value::Null);
        let mut fields = Map::new();
        let is_ad = json::text(referral, "ad_id").is_some() || json::str(referral, "source") == Some("ADS");
        fields.insert("source_type".to_owned(), json!(if is_ad { "ad" } else { "post" }));
        for (theirs, ours, place) in [
            ("ad_title", "headline", about),
            ("ref", "body", referral),
            ("ad_id", "source_id", referral),
            ("referer_uri", "source_url", referral),
        ] {
            if let Some(text) = json::text(place, theirs) {
                fields.insert(ours.to_owned(), json!(words(&text)));
            }
        }
        self.extra.insert("referral".to_owned(), Value::Object(fields));
    }
}

fn message_of(message: &Value) -> Content {
    let mid = json::text(message, "mid");
    if message.get("is_deleted").and_then(Value::as_bool) == Some(true) {
        let mut content = Content {
            id: mid.as_ref().map(|mid| format!("{mid}#deleted")),
            text: "🗑️".to_owned(),
            ..Content::default()
        };
        content.refer("revoke", "original_message_id", mid, Map::new());
        return content;
    }
    let mut content = Content {
        id: mid,
        text: json::str(message, "text").unwrap_or_default().to_owned(),
        mark: json::text(message, "metadata"),
        in_reply_to: message.pointer("/reply_to/mid").and_then(text_of),
        ..Content::default()
    };
    if let Some(payload) = message.get("quick_reply").and_then(|reply| json::str(reply, "payload")) {
        content.answer = Some(CardAnswer::from_payload(payload, &words(&content.text)));
    }
    if let Some(story) = message.pointer("/reply_to/story") {
        content.extra.insert("type".to_owned(), json!("story_reply"));
        let id = json::text(story, "id").unwrap_or_default();
        content.extra.insert("story".to_owned(), json!(id));
        if let Some(url) = json::str(story, "url").filter(|url| is_web(url)) {
            content.media.push(media("story", "image/jpeg", url));
        }
    }
    content.referral(message.get("referral"));
    let mut symbols = Vec::new();
    for attachment in json::list(message, "attachments").iter().take(MOST_FILES) {
        symbols.push(attach(&mut content, attachment));
    }
    if message.get("is_unsupported").and_then(Value::as_bool) == Some(true) {
        content.extra.insert("type".to_owned(), json!("unsupported"));
        symbols.push("❔".to_owned());
    }
    if content.text.trim().is_empty() {
        content.text = match symbols.is_empty() {
            true => "❔".to_owned(),
            false => symbols.join(" "),
        };
    }
    content
}

/// Takes an attachment over; returns what stands for it in a message without words.
fn attach(content: &mut Content, attachment: &Value) -> String {
    let kind = json::str(attachment, "type").unwrap_or("unknown");
    let payload = attachment.get("payload").unwrap_or(&Value::Null);
    let url = json::str(payload, "url").or_else(|| json::str(attachment, "url"));
    let url = url.filter(|url| is_web(url));
    let is_sticker = payload.get("sticker_id").is_some() || kind == "sticker";
    let (name, media_type, symbol) = match kind {
        _ if is_sticker => ("sticker", "image/png", "💟"),
        "image" | "like_heart" => ("image", "image/jpeg", "📷"),
        "video" => ("video", "video/mp4", "🎥"),
        "audio" => ("audio", "audio/mp4", "🎤"),
        "file" => ("file", "application/octet-stream", "📎"),
        // Posts and stories of Instagram come as the picture or film that they show.
        "story_mention" | "ig_reel" | "reel" | "ig_post" | "share" | "ephemeral" if url.is_some_and(is_of_metas) => {
            content.extra.insert("type".to_owned(), json!(kind));
            (kind, "image/jpeg", "🔗")
        }
        "location" => {
            let point = payload.get("coordinates").unwrap_or(&Value::Null);
            let (latitude, longitude) = (point.get("lat"), point.get("long"));
            content.extra.insert("type".to_owned(), json!("location"));
            content.extra.insert(
                "location".to_owned(),
                json!({ "latitude": latitude, "longitude": longitude }),
            );
            return "📍".to_owned();
        }
        // What was shared, and templates of another program, as words and an address.
        _ => {
            let title = json::str(attachment, "title").or_else(|| json::str(payload, "title"));
            let link = url.filter(|url| !is_of_metas(url)).map(str::to_owned);
            let parts: Vec<String> = title.map(words).into_iter().chain(link).collect();
            let symbol = if kind == "template" { "💬" } else { "🔗" };
            return format!("{symbol} {}", parts.join(" ")).trim().to_owned();
        }
    };
    // Drawn as what it is, where nothing says more of it.
    let drawn_as = match (url, name) {
        (None, _) => "unsupported",
        (Some(_), "file") => "document",
        (Some(_), "image" | "video" | "audio" | "sticker") => name,
        (Some(_), _) => "image",
    };
    content.extra.entry("type").or_insert_with(|| json!(drawn_as));
    content.media.extend(url.map(|url| media(name, media_type, url)));
    symbol.to_owned()
}

fn is_web(url: &str) -> bool {
    url.len() <= 4096 && url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether an address is one of Meta's stores of files rather than a page for people.
fn is_of_metas(url: &str) -> bool {
    let host = url::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| super::client::is_store_of_metas(&host))
}

fn media(name: &str, media_type: &str, url: &str) -> MediaRef {
    let extension = match media_type {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "video/mp4" => ".mp4",
        "audio/mp4" => ".m4a",
        _ => "",
    };
    MediaRef {
        url: url.to_owned(),
        name: named_in(url).unwrap_or_else(|| format!("{name}{extension}")),
        media_type: media_type.to_owned(),
    }
}

/// The name at the end of an address, where it is one that a person gave a document: pictures and films have names of
/// Meta's making.
fn named_in(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let last = url.path_segments()?.next_back()?.to_owned();
    let (_, extension) = last.rsplit_once('.')?;
    let is_document = [
        "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "txt", "zip", "xml",
    ]
    .contains(&extension.to_ascii_lowercase().as_str());
    let (name, _) = url::form_urlencoded::parse(last.as_bytes())
        .next()
        .filter(|_| is_document)?;
    Some(crate::email::mime::file_name(&name)).filter(|name| !name.is_empty())
}

/// Reactions that older versions name in words.
fn named_emoji(name: &str) -> Option<&'static str> {
    Some(match name {
        "love" => "❤️",
        "like" => "👍",
        "dislike" => "👎",
        "smile" | "haha" => "😆",
        "wow" => "😮",
        "sad" => "😢",
        "angry" => "😠",
        _ => return None,
    })
}

/// One line of words, shortened.
fn words(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().chars().take(LONGEST_WORDS).collect()
}

fn inbound(place: &Place<'_>, user: &str, at: Millis, event: &Value, content: Content) -> Inbound {
    // Delivered again, the same event without an id must be the same message.
    let id = content.id.filter(|id| is_id(id));
    let external_id = id.unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(event.to_string()))));
    let mut extra = content.extra;
    if !place.is_ours {
        extra.insert(FOR_PEOPLE.to_owned(), json!(true));
    }
    if !extra.is_empty() && !extra.contains_key("type") {
        extra.insert("type".to_owned(), json!("text"));
    }
    Inbound {
        message: InboundMessage {
            answer: content.answer,
            thread: ThreadHints {
                in_reply_to: content.in_reply_to.into_iter().collect(),
                ..ThreadHints::default()
            },
            extra: (!extra.is_empty()).then_some(Value::Object(extra)),
            ..InboundMessage::saying(
                content.text,
                sender(place.channel, place.inbox, user),
                (place.inbox.clone(), place.channel),
                external_id,
                at,
            )
        },
        media: content.media,
        user: user.to_owned(),
        account: place.account.map(str::to_owned),
        mark: content.mark,
    }
}

/// Whom the channel knows by this id; Meta vouches for it.
pub(super) fn sender(channel: Channel, inbox: &InboxId, user: &str) -> Sender {
    Sender {
        identities: vec![IdentityClaim {
            kind: kind_of(channel),
            value: bridges::identity(inbox, user),
            verified: true,
        }],
        address: Some(user.to_owned()),
        name: None,
        language: None,
    }
}

/// How the channel knows people.
pub(super) fn kind_of(channel: Channel) -> IdentityKind {
    channel.identity().unwrap_or(IdentityKind::Messenger)
}
