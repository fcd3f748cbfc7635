//! One open conversation as the page shows it.

use conversation::conversations::{Conversation, Message};
use conversation::db::{Db, sql};
use conversation::types::{AgentId, BounceReason, Channel, ConversationId, MessageId, MessageKind, Position};
use conversation::{Result, bounces, reply};
use ui::inbox_page::ThreadView;
use ui::{i18n, routes};

use super::came::{Came, Why};
use super::composing::Composer;
use super::list::Choice;
use super::messages::{Narrator, People};
use super::timeline::Timeline;
use super::{side, window};
use crate::app::App;
use crate::auth::SignedIn;
use crate::people::reads;

/// The page of one conversation, in a fixed number of queries.
pub(super) async fn load(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    position: Position,
    choice: &Choice,
    came: Came,
) -> Result<ThreadView> {
    let db = app.store.db();
    let window = window::load(db, &conversation.id, &choice.at, me.shown.as_deref()).await?;
    let messages = window.messages;
    let people = People::load(db, me, conversation).await?;
    let contact_name = &people.contact_name;
    let first_unread = first_unread(db, &me.agent.id, &conversation.id).await?;
    let side = side::load(app, me, conversation, &people).await?;
    let narrator = Narrator::load(db, me, conversation, &people, &messages).await?;
    let news = match &came {
        Came::Back {
            problem: Why::Stale(seen),
            ..
        } => Some(whats_new(app, &narrator, *seen, &messages).await?),
        _ => None,
    };
    let composer = Composer {
        app,
        me,
        conversation,
        contact_name,
        everybody: &people.agents,
    };
    let composer = composer.view(position, came, news).await?;
    let timeline = Timeline::arrange(db, &narrator, messages).await?;
    let first_unread = first_unread.map(|id| timeline.chat.place(&id).to_string());
    let query = choice.query();
    let here = routes::path(routes::CONVERSATION, conversation.id.as_str());
    let open_at = |id: &str| format!("{here}?{query}&at={id}#m-{id}");
    let newest = timeline.messages.last().filter(|_| window.has_newer);
    let newer_url = newest.map(|message| open_at(message.id.as_str()));
    let not_shown = first_unread.as_deref().filter(|id| !timeline.holds(id));
    let unread_url = not_shown.map(open_at);
    let spam = side.spam.clone();
    Ok(ThreadView {
        spam,
        bounced: bounced(db, conversation).await?,
        id: conversation.id.to_string(),
        number: conversation.number,
        title: title(conversation, contact_name),
        contact_name: contact_name.clone(),
        status: conversation.status,
        snoozed_until: conversation.snoozed_until,
        level: conversation.level,
        assignee: conversation
            .assignee_id
            .as_ref()
            .and_then(|id| people.names.get(id).cloned()),
        assignee_id: conversation.assignee_id.as_ref().map(ToString::to_string),
        team: side
            .teams
            .iter()
            .find(|team| team.is_current)
            .map(|team| team.name.clone()),
        labels: side.labels.iter().filter(|label| label.is_on).cloned().collect(),
        due_at: conversation.due_at,
        is_mine: conversation.assignee_id.as_ref() == Some(&me.agent.id),
        can_write: narrator.can_write,
        messages: timeline.drawn(&narrator),
        older_url: window.older.as_ref().map(|end| open_at(&end.id)),
        older: window.older.map(|end| end.to_text()),
        newer_url,
        unread_url,
        first_unread,
        position,
        list_url: format!("{}?{query}", routes::INBOX),
        refresh_url: routes::path(routes::THREAD, conversation.id.as_str()),
        composer,
        side,
    })
}

/// What a conversation is about; whom it is with where nobody said.
fn title(conversation: &Conversation, contact_name: &str) -> String {
    match &conversation.subject {
        Some(subject) if !subject.trim().is_empty() => subject.clone(),
        _ => contact_name.to_owned(),
    }
}

/// The address that answers go to and why mail to it comes back, where it does.
async fn bounced(db: &Db, conversation: &Conversation) -> Result<Option<(String, BounceReason)>> {
    let Some(address) = conversation
        .reply_address
        .as_ref()
        .filter(|_| conversation.channel == Channel::Email)
    else {
        return Ok(None);
    };
    let marked = bounces::of_addresses(db, std::slice::from_ref(address)).await?;
    Ok(marked.into_iter().next().map(|one| (address.clone(), one.reason)))
}

/// The first message that came after this agent last looked; none where they never looked.
async fn first_unread(db: &Db, me: &AgentId, conversation: &ConversationId) -> Result<Option<MessageId>> {
    let read = reads::positions(db, me, std::slice::from_ref(conversation)).await?;
    let Some((_, position)) = read.into_iter().next() else {
        return Ok(None);
    };
    let row: Option<(MessageId,)> = sql("SELECT m.id FROM events e JOIN messages m ON m.id = e.subject_id AND m.kind = 'inbound' WHERE e.conversation_id = $1 AND e.position > $2 AND e.kind = 'message.created' ORDER BY e.position LIMIT 1")
        .bind(conversation)
        .bind(position)
        .optional(db)
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Who said what since the reader last looked, in a sentence, and the newest of it.
async fn whats_new(
    app: &App,
    narrator: &Narrator<'_>,
    seen: Position,
    messages: &[Message],
) -> Result<(String, Option<String>)> {
    let newest = reply::said_since(app.store.db(), &narrator.conversation.id, &narrator.me.actor(), seen).await?;
    let message = newest.and_then(|(_, id)| messages.iter().find(|message| message.id == id));
    let Some(message) = message else {
        return Ok((String::new(), None));
    };
    let args = [
        ("name", narrator.who(message.author_kind, &message.author_id).into()),
        ("text", conversation::conversations::preview_of(&message.plain()).into()),
    ];
    let key = if message.kind == MessageKind::Inbound {
        "stale-inbound"
    } else {
        "stale-outbound"
    };
    Ok((i18n::t_args(narrator.me.lang, key, &args), Some(message.id.to_string())))
}
