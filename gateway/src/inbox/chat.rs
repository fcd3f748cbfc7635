//! A chat as people see it: reactions on their message, answers with what they quote, changed and deleted
//! messages marked, pictures that were sent together as one album, recordings with their length.
//!
//! Each of these came as a message of its own and stays one; here the page puts them where they belong.

use std::collections::{HashMap, HashSet};

use conversation::Result;
use conversation::conversations::{Attachment, Conversation, Message, preview_of};
use conversation::db::Db;
use conversation::deliveries::Delivery;
use conversation::types::{ActorKind, Channel, DeliveryState, Language, MessageId, MessageKind, Millis};
use conversation::views;
use serde_json::Value;
use ui::components::{AttachmentView, ChatView, MessageView, PictureView, QuoteView, ReactionView};
use ui::{i18n, routes};

/// Pictures that follow each other within so many milliseconds were sent together.
const TOGETHER: Millis = 15_000;

/// What is drawn elsewhere than where it came.
#[derive(Default)]
pub(super) struct Chat {
    views: HashMap<MessageId, ChatView>,
    /// New words of changed messages.
    words: HashMap<MessageId, String>,
    /// Messages that stand on another one now.
    folded: HashMap<MessageId, MessageId>,
}

fn kind(message: &Message) -> &str {
    let kind = message.extra.as_ref().and_then(|extra| extra.get("type")?.as_str());
    kind.unwrap_or_default()
}

fn is_chat(message: &Message) -> bool {
    let refers = message.channel == Channel::Whatsapp || message.channel.is_messenger_platform();
    refers && matches!(message.kind, MessageKind::Inbound | MessageKind::Outbound)
}

/// Who wrote what, for the words of quotes and reactions.
pub(super) type Name<'a> = &'a dyn Fn(ActorKind, &str) -> String;

/// What the messages of a page refer to, by the channel's id.
pub(super) async fn referred(
    db: &Db,
    conversation: &Conversation,
    messages: &[Message],
) -> Result<HashMap<String, Message>> {
    let ids: Vec<_> = messages
        .iter()
        .filter(|message| is_chat(message))
        .filter_map(|message| Some((message.inbox_id.clone()?, message.in_reply_to.clone()?)))
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(views::referred(db, &conversation.id, &ids).await?.into_iter().collect())
}

impl Chat {
    /// Puts everything in its place.
    pub(super) fn arrange(
        messages: &[Message],
        referred: &HashMap<String, Message>,
        sent: &[Delivery],
        lang: Language,
        name: Name<'_>,
    ) -> Chat {
        let mut chat = Chat::default();
        let shown: HashSet<&MessageId> = messages.iter().map(|message| &message.id).collect();
        let failed: HashSet<&MessageId> = sent
            .iter()
            .filter(|delivery| delivery.state == DeliveryState::Failed)
            .map(|delivery| &delivery.message_id)
            .collect();
        let mut reactions: HashMap<MessageId, Vec<(bool, ReactionView)>> = HashMap::new();
        for message in messages.iter().filter(|message| is_chat(message)) {
            chat.views
                .entry(message.id.clone())
                .or_default()
                .mark(message, sent, lang);
            let Some(target) = message.in_reply_to.as_ref().and_then(|id| referred.get(id)) else {
                if message.in_reply_to.is_some() && !matches!(kind(message), "reaction" | "edit" | "revoke") {
                    chat.views.entry(message.id.clone()).or_default().quote = quote_of_unknown(message, lang);
                }
                continue;
            };
            // A change of a change belongs to the first message.
            let place = chat
                .folded
                .get(&target.id)
                .cloned()
                .unwrap_or_else(|| target.id.clone());
            let is_here = shown.contains(&place);
            let is_own = target.author_kind == message.author_kind && target.author_id == message.author_id;
            match kind(message) {
                "reaction" if is_here && !failed.contains(&message.id) => {
                    let author = name(message.author_kind, &message.author_id);
                    react(reactions.entry(place.clone()).or_default(), message, author);
                    chat.folded.insert(message.id.clone(), place);
                }
                "revoke" if is_here && is_own => {
                    chat.views.entry(place.clone()).or_default().deleted_at = Some(message.at);
                    chat.folded.insert(message.id.clone(), place);
                }
                "edit" if is_here && is_own => {
                    chat.change(&place, target, message);
                    chat.folded.insert(message.id.clone(), place);
                }
                _ => {
                    let quote = quote_of(target, is_here.then_some(&place), name);
                    chat.views.entry(message.id.clone()).or_default().quote = Some(quote);
                }
            }
        }
        for (id, all) in reactions {
            let view = chat.views.entry(id).or_default();
            let ours = all.iter().find(|(is_ours, _)| *is_ours);
            view.own_reaction = ours.map(|(_, one)| one.emoji.clone()).unwrap_or_default();
            view.reactions = all.into_iter().map(|(_, one)| one).collect();
        }
        chat
    }

    /// The words of `place` are those of an edit now; what they were before stays as a version.
    fn change(&mut self, place: &MessageId, target: &Message, edit: &Message) {
        let before = self.words.get(place).cloned().unwrap_or_else(|| target.text.clone());
        let versions = &mut self.views.entry(place.clone()).or_default().versions;
        let at = versions.last().map_or(target.at, |_| edit.at);
        versions.push((at, before));
        let words = edit.text.strip_prefix("✏️").unwrap_or(&edit.text).trim().to_owned();
        self.words.insert(place.clone(), words);
    }

    /// The message that a reader finds instead of one that stands elsewhere.
    pub(super) fn place<'a>(&'a self, id: &'a MessageId) -> &'a MessageId {
        self.folded.get(id).unwrap_or(id)
    }

    /// Puts it into the drawn messages; what stands on another message is left out, and pictures that were
    /// sent together become one. `raw` are the messages of `drawn`, in the same order.
    pub(super) fn apply(
        mut self,
        mut drawn: Vec<MessageView>,
        raw: &[Fact],
        answerable_in: Option<&str>,
    ) -> Vec<MessageView> {
        let mut page = Drawn {
            out: Vec::with_capacity(drawn.len()),
            last: None,
        };
        for (mut view, fact) in drawn.drain(..).zip(raw) {
            if self.folded.contains_key(&fact.id) {
                continue;
            }
            let Some(mut chat) = self.views.remove(&fact.id) else {
                page.put(view);
                continue;
            };
            if let Some(words) = self.words.remove(&fact.id) {
                view.text = words;
            }
            if fact.is_symbol {
                view.text.clear();
            }
            chat.recordings = recordings(&mut view, fact);
            chat.answerable_in = answerable_in.filter(|_| fact.is_answerable).map(str::to_owned);
            page.put_chat(view, chat, fact);
        }
        page.finished()
    }
}

/// Puts a reaction to those of its message, or takes one away: one of the customer and one of the business count,
/// the latest of each.
fn react(all: &mut Vec<(bool, ReactionView)>, message: &Message, author: String) {
    let is_ours = message.kind == MessageKind::Outbound;
    all.retain(|(ours, _)| *ours != is_ours);
    let emoji = message
        .extra
        .as_ref()
        .and_then(|extra| extra.pointer("/reaction/emoji")?.as_str())
        .unwrap_or_default()
        .to_owned();
    if !emoji.is_empty() {
        all.push((is_ours, ReactionView { emoji, author, is_ours }));
    }
}

/// `place` is where the quoted message stands on this page.
fn quote_of(target: &Message, place: Option<&MessageId>, name: Name<'_>) -> QuoteView {
    QuoteView {
        author: name(target.author_kind, &target.author_id),
        excerpt: excerpt(target),
        url: match place {
            Some(place) => format!("#m-{place}"),
            None => {
                let page = routes::path(routes::CONVERSATION, target.conversation_id.as_str());
                format!("{page}?at={0}#m-{0}", target.id)
            }
        },
    }
}

/// The customer quotes what we do not hold.
fn quote_of_unknown(message: &Message, lang: Language) -> Option<QuoteView> {
    (message.kind == MessageKind::Inbound).then(|| QuoteView {
        author: String::new(),
        excerpt: i18n::t(lang, "chat-unknown-quote").into_owned(),
        url: format!("#m-{}", message.id),
    })
}

/// Takes the recordings out of a message's files.
fn recordings(view: &mut MessageView, fact: &Fact) -> Vec<(AttachmentView, Millis)> {
    let mut found = Vec::new();
    for file in std::mem::take(&mut view.attachments) {
        match fact.length(&file.url) {
            Some(length) => found.push((file, length)),
            None => view.attachments.push(file),
        }
    }
    found
}

/// The messages of a page as far as they are drawn.
struct Drawn<'a> {
    out: Vec<MessageView>,
    /// The message that holds the last picture, and who wrote that picture and when: the next may join it.
    last: Option<(usize, &'a Fact)>,
}

impl<'a> Drawn<'a> {
    fn put(&mut self, view: MessageView) {
        self.last = None;
        self.out.push(view);
    }

    fn put_chat(&mut self, mut view: MessageView, mut chat: ChatView, fact: &'a Fact) {
        let is_picture = fact.is_picture && view.attachments.len() == 1;
        let Some(file) = is_picture.then(|| view.attachments.pop()).flatten() else {
            view.chat = Some(Box::new(chat));
            self.put(view);
            return;
        };
        let is_there = chat.deleted_at.is_none();
        let joins = self.last.filter(|(_, before)| {
            fact.author == before.author
                && fact.sent_at - before.sent_at <= TOGETHER
                && chat.quote.is_none()
                && is_there
        });
        if let Some((head, _)) = joins {
            let picture = PictureView {
                message: Some(view.id.clone()),
                file,
                caption: view.text,
                reactions: chat.reactions,
                original_url: view.original_url,
            };
            if let Some(album) = self.out.get_mut(head).and_then(|head| head.chat.as_mut()) {
                album.pictures.push(picture);
            }
            self.last = Some((head, fact));
            return;
        }
        chat.pictures.push(PictureView {
            message: None,
            file,
            caption: String::new(),
            reactions: Vec::new(),
            original_url: None,
        });
        self.last = is_there.then_some((self.out.len(), fact));
        view.chat = Some(Box::new(chat));
        self.out.push(view);
    }

    fn finished(mut self) -> Vec<MessageView> {
        for view in &mut self.out {
            // An album's own words stand below its first picture, as the others' do.
            if let Some(chat) = view
                .chat
                .as_mut()
                .filter(|chat| chat.pictures.len() > 1 && chat.deleted_at.is_none())
                && let Some(first) = chat.pictures.first_mut()
            {
                first.caption = std::mem::take(&mut view.text);
            }
        }
        self.out
    }
}

/// What of a message its drawn form does not say.
pub(super) struct Fact {
    id: MessageId,
    author: (ActorKind, String),
    sent_at: Millis,
    is_picture: bool,
    is_symbol: bool,
    is_answerable: bool,
    lengths: Vec<(String, Millis)>,
}

impl Fact {
    pub(super) fn of(message: &Message, files: &[Attachment]) -> Fact {
        let own = files
            .iter()
            .filter(|file| file.message_id.as_ref() == Some(&message.id));
        let is_media = matches!(kind(message), "image" | "video" | "audio" | "sticker");
        // Kinds that draw all that their symbol says.
        let draws_itself = matches!(kind(message), "location" | "contacts" | "reaction" | "order")
            || (message.kind == MessageKind::Outbound && kind(message) == "location");
        Fact {
            id: message.id.clone(),
            author: (message.author_kind, message.author_id.clone()),
            sent_at: message.sent_at,
            is_picture: is_chat(message) && matches!(kind(message), "image" | "video"),
            is_symbol: is_chat(message)
                && ((is_media && matches!(message.text.as_str(), "📷" | "🎥" | "🎤" | "🎵" | "💟"))
                    || (draws_itself && message.quarantined.is_none())
                    || (kind(message) == "document" && message.text.starts_with("📎 "))),
            is_answerable: message.channel == Channel::Whatsapp
                && is_chat(message)
                && (message.external_id.is_some() || message.kind == MessageKind::Outbound),
            lengths: own
                .filter(|file| file.media_type.starts_with("audio/"))
                .filter_map(|file| Some((routes::path(routes::FILE, file.id.as_str()), file.duration?)))
                .collect(),
        }
    }

    fn length(&self, url: &str) -> Option<Millis> {
        self.lengths
            .iter()
            .find(|(known, _)| known == url)
            .map(|(_, length)| *length)
    }
}

/// The beginning of a message, for whoever quotes it.
fn excerpt(message: &Message) -> String {
    if !message.text.trim().is_empty() {
        return preview_of(&message.plain());
    }
    message
        .cards
        .first()
        .map_or_else(|| "📎".to_owned(), |card| preview_of(&card.title))
}

trait Mark {
    fn mark(&mut self, message: &Message, sent: &[Delivery], lang: Language);
}

impl Mark for ChatView {
    /// What the message itself says.
    fn mark(&mut self, message: &Message, sent: &[Delivery], lang: Language) {
        let extra = message.extra.as_ref().unwrap_or(&Value::Null);
        let context = &extra["context"];
        self.is_forwarded = context["forwarded"] == true || context["frequently_forwarded"] == true;
        let words = |value: &Value| -> Vec<String> {
            let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
            all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        match (message.kind, kind(message)) {
            (MessageKind::Outbound, "template") => {
                self.template = extra["template"]["name"].as_str().map(str::to_owned);
                self.buttons = words(&extra["buttons"]);
            }
            (MessageKind::Outbound, "buttons") => self.buttons = words(&extra["buttons"]),
            (MessageKind::Outbound, "link") => self.buttons = words(&Value::Array(vec![extra["label"].clone()])),
            (MessageKind::Outbound, "list") => {
                let rows = extra["sections"].as_array().into_iter().flatten();
                let rows = rows.flat_map(|section| section["rows"].as_array().into_iter().flatten());
                self.buttons = rows
                    .filter_map(|row| row["title"].as_str())
                    .map(str::to_owned)
                    .collect();
            }
            _ => {}
        }
        self.price = sent
            .iter()
            .rev()
            .find(|delivery| delivery.message_id == message.id)
            .and_then(|delivery| price(delivery, lang));
    }
}

/// Category and kind of price, in words.
fn price(delivery: &Delivery, lang: Language) -> Option<String> {
    let extra: Value = serde_json::from_str(delivery.extra.as_deref()?).ok()?;
    let pricing = extra.get("pricing")?;
    let origin = extra.pointer("/conversation/origin/type").and_then(Value::as_str);
    let word = |name: &str| {
        let key = format!("price-{name}");
        if i18n::has(lang, &key) {
            i18n::t(lang, &key).into_owned()
        } else {
            name.to_owned()
        }
    };
    let category = pricing["category"].as_str().or(origin)?;
    let how = match (pricing["type"].as_str(), pricing["billable"].as_bool()) {
        (Some("free_customer_service" | "free_entry_point"), _) => pricing["type"].as_str(),
        (_, Some(true)) | (Some("regular"), _) => Some("charged"),
        (_, Some(false)) => Some("free"),
        _ => None,
    };
    Some(match how {
        Some(how) => format!("{} · {}", word(category), word(how)),
        None => word(category),
    })
}

#[cfg(test)]
mod tests;
