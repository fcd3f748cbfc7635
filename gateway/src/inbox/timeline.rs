//! The timeline of a conversation, or a piece of it, as it is drawn.

use conversation::conversations::{Attachment, Conversation, Message};
use conversation::db::Db;
use conversation::deliveries::{self, Delivery};
use conversation::types::{ActorKind, MessageId};
use conversation::{Result, attachments};
use ui::components::MessageView;

use super::chat::{self, Chat, Fact};
use super::messages::{Narrator, People, messages_of};
use crate::app::App;
use crate::auth::SignedIn;

/// A piece of a conversation's timeline as it is drawn.
pub(super) async fn views_of(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    messages: Vec<Message>,
) -> Result<Vec<MessageView>> {
    let db = app.store.db();
    let people = People::load(db, me, conversation).await?;
    let narrator = Narrator::load(db, me, conversation, &people, &messages).await?;
    Ok(Timeline::arrange(db, &narrator, messages).await?.drawn(&narrator))
}

/// Messages with what hangs on them, each in its place.
pub(super) struct Timeline {
    pub(super) messages: Vec<Message>,
    files: Vec<Attachment>,
    sent: Vec<Delivery>,
    pub(super) chat: Chat,
}

impl Timeline {
    pub(super) async fn arrange(db: &Db, narrator: &Narrator<'_>, messages: Vec<Message>) -> Result<Timeline> {
        let ids: Vec<MessageId> = messages.iter().map(|message| message.id.clone()).collect();
        let files = attachments::of_messages(db, &ids).await?;
        let sent = deliveries::of_messages(db, &ids).await?;
        let referred = chat::referred(db, narrator.conversation, &messages).await?;
        let name = |kind: ActorKind, id: &str| narrator.who(kind, id);
        let chat = Chat::arrange(&messages, &referred, &sent, narrator.me.lang, &name);
        Ok(Timeline {
            messages,
            files,
            sent,
            chat,
        })
    }

    pub(super) fn holds(&self, id: &str) -> bool {
        self.messages.iter().any(|message| message.id.as_str() == id)
    }

    pub(super) fn drawn(self, narrator: &Narrator<'_>) -> Vec<MessageView> {
        let facts: Vec<Fact> = self
            .messages
            .iter()
            .map(|message| Fact::of(message, &self.files))
            .collect();
        let drawn = messages_of(narrator, self.messages, self.files, self.sent);
        let answerable_in = narrator.can_write.then_some(narrator.conversation.id.as_str());
        self.chat.apply(drawn, &facts, answerable_in)
    }
}
