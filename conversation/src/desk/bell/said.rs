//! What an event says to whom, by what happened.

use super::{Kind, Word};
use crate::conversations::{self, Conversation, preview_of};
use crate::db::{On, sql};
use crate::desk::{follow, presence};
use crate::error::{Error, Result};
use crate::events::{Event, EventKind};
use crate::marks;
use crate::types::{AgentId, Auto, ConversationId, ConversationStatus, DeliveryState, Level, MessageId, MessageKind};

pub(super) async fn what_to_say(on: impl On, event: &Event, conversation: &Conversation) -> Result<Vec<Word>> {
    // In spam only colleagues are heard, in their notes.
    let is_note = event.kind == EventKind::MessageCreated && event.data["kind"] == MessageKind::Note.as_str();
    if (event.is_spam() || conversation.spam_since.is_some()) && !is_note {
        return Ok(Vec::new());
    }
    // There is nothing to do about thanks.
    if event.is_thanks() {
        return Ok(Vec::new());
    }
    match event.kind {
        EventKind::ConversationUpdated => of_change(on, event, conversation).await,
        EventKind::MessageCreated => of_message(on, event, conversation).await,
        EventKind::TicketUpdated if matches!(event.data["action"].as_str(), Some("near" | "breached")) => {
            of_clock(on, event, conversation).await
        }
        EventKind::SurveyAnswered if event.data["is_low"] == true => of_low_score(on, event, conversation).await,
        EventKind::DeliveryUpdated if event.data["state"] == DeliveryState::Failed.as_str() => {
            of_failure(on, event).await
        }
        _ => Ok(Vec::new()),
    }
}

fn word(agent: &AgentId, kind: Kind, words: &str) -> Word {
    Word {
        agent: agent.clone(),
        kind,
        words: words.to_owned(),
    }
}

/// The conversation went to somebody, or waits for whoever takes it.
async fn of_change(on: impl On, event: &Event, conversation: &Conversation) -> Result<Vec<Word>> {
    match (event.data["action"].as_str(), &conversation.assignee_id) {
        (Some("assigned"), _) => {
            let agent = event.data["agent"].as_str().map(AgentId::from);
            let told = agent.map(|agent| word(&agent, Kind::Assigned, &conversation.preview));
            Ok(told.into_iter().collect())
        }
        // What comes back goes to whoever had it there.
        (Some("returned"), Some(agent)) => {
            let reason = event.data["reason"].as_str().unwrap_or_default();
            Ok(vec![word(agent, Kind::Assigned, reason)])
        }
        // What was put off comes back to whoever has it, else to whoever put it off.
        (Some("reopened"), assignee) if event.data["from"] == ConversationStatus::Snoozed.as_str() => {
            let by = event.data["by"].as_str().map(AgentId::from);
            let told = assignee
                .clone()
                .or(by)
                .map(|agent| word(&agent, Kind::Woken, &conversation.preview));
            Ok(told.into_iter().collect())
        }
        (Some("escalated" | "returned" | "given"), _) => waiting(on, conversation).await,
        _ => Ok(Vec::new()),
    }
}

/// Somebody said something: the customer, or a colleague in a note.
async fn of_message(on: impl On, event: &Event, conversation: &Conversation) -> Result<Vec<Word>> {
    let mut on = on;
    let mut out = Vec::new();
    let followers = follow::followers(&mut on, &conversation.id).await?;
    let is_inbound = event.data["kind"] == MessageKind::Inbound.as_str();
    let there = match &conversation.assignee_id {
        None if is_inbound => waiting(&mut on, conversation).await?,
        _ => Vec::new(),
    };
    // Most of what customers write rings for nobody: then it is not even read.
    if is_inbound && conversation.assignee_id.is_none() && there.is_empty() && followers.is_empty() {
        return Ok(out);
    }
    let message = match conversations::load_message(&mut on, &MessageId::from(event.subject_id.as_str())).await {
        Ok(message) => message,
        Err(Error::NotFound) => return Ok(out),
        Err(error) => return Err(error),
    };
    let text = preview_of(&message.plain());
    match message.kind {
        MessageKind::Activity | MessageKind::Scheduled => return Ok(out),
        MessageKind::Note => {
            for agent in follow::mentioned_in(&mut on, &message.id).await? {
                out.push(word(&agent, Kind::Mentioned, &text));
            }
        }
        // What a machine wrote disturbs nobody.
        MessageKind::Inbound if message.auto != Auto::None => return Ok(out),
        MessageKind::Inbound => match &conversation.assignee_id {
            // Who was given the conversation after that is told of just this.
            Some(_) if given_since(&mut on, event, &conversation.id).await? => {}
            Some(agent) => out.push(word(agent, Kind::Answered, &text)),
            None => out.extend(there),
        },
        MessageKind::Outbound => {}
    }
    for (agent, _) in followers {
        out.push(word(&agent, Kind::Followed, &text));
    }
    Ok(out)
}

/// A promise runs out, or did.
async fn of_clock(on: impl On, event: &Event, conversation: &Conversation) -> Result<Vec<Word>> {
    let mut on = on;
    let mut out = Vec::new();
    let number = event.data["number"].as_i64().unwrap_or_default();
    let text = format!(
        "{} · {}",
        crate::tickets::number_text(number),
        conversation.subject.as_deref().unwrap_or(&conversation.preview)
    );
    match &conversation.assignee_id {
        Some(agent) => out.push(word(agent, Kind::Due, &text)),
        None => {
            let there = waiting(&mut on, conversation).await?;
            out.extend(there.into_iter().map(|one| word(&one.agent, Kind::Due, &text)));
        }
    }
    for (agent, _) in follow::followers(&mut on, &conversation.id).await? {
        out.push(word(&agent, Kind::Due, &text));
    }
    Ok(out)
}

/// A customer was not content: those who watch over the work hear of it, and whoever did it.
async fn of_low_score(on: impl On, event: &Event, conversation: &Conversation) -> Result<Vec<Word>> {
    let mut on = on;
    let said: Option<(i64, Option<String>)> = sql("SELECT score, comment FROM surveys WHERE id = $1")
        .bind(event.subject_id.as_str())
        .optional(&mut on)
        .await?;
    let most = if event.data["kind"] == "nps" { 10 } else { 5 };
    let text = match said {
        Some((score, Some(comment))) => preview_of(&format!("{score}/{most}: {comment}")),
        Some((score, None)) => format!("{score}/{most}"),
        None => return Ok(Vec::new()),
    };
    let watchers: Vec<(AgentId,)> =
        sql("SELECT id FROM agents WHERE is_enabled AND role IN ('supervisor', 'administrator') ORDER BY id")
            .all(&mut on)
            .await?;
    let watchers = watchers.iter().map(|(agent,)| agent);
    Ok(watchers
        .chain(&conversation.assignee_id)
        .map(|agent| word(agent, Kind::LowScore, &text))
        .collect())
}

/// What an agent wrote did not arrive.
async fn of_failure(on: impl On, event: &Event) -> Result<Vec<Word>> {
    let author: Option<(String, String)> =
        sql("SELECT author_id, text FROM messages WHERE id = $1 AND author_kind = 'agent'")
            .bind(event.data["message"].as_str())
            .optional(on)
            .await?;
    let told = author.map(|(agent, text)| {
        word(
            &AgentId::from(agent),
            Kind::Failed,
            &preview_of(&marks::plain(&text, "")),
        )
    });
    Ok(told.into_iter().collect())
}

/// Whether the conversation changed hands after an event.
async fn given_since(on: impl On, event: &Event, id: &ConversationId) -> Result<bool> {
    let later: Vec<(String,)> = sql("SELECT data FROM events WHERE conversation_id = $1 AND position > $2 AND kind = 'conversation.updated' ORDER BY position LIMIT 50")
        .bind(id)
        .bind(event.position)
        .all(on)
        .await?;
    Ok(later
        .iter()
        .filter_map(|(data,)| serde_json::from_str::<serde_json::Value>(data).ok())
        .any(|data| data["action"] == "assigned"))
}

/// Those who want to hear of work that waits at this level.
async fn waiting(on: impl On, conversation: &Conversation) -> Result<Vec<Word>> {
    let mut on = on;
    let waits = conversation.status == ConversationStatus::Open
        && conversation.assignee_id.is_none()
        && conversation.level != Level::Bot;
    if !waits {
        return Ok(Vec::new());
    }
    let agents: Vec<(AgentId,)> = sql("SELECT c.agent_id FROM notification_choices c JOIN agents a ON a.id = c.agent_id AND a.is_enabled
         WHERE c.kind = 'waiting' AND (c.in_page OR c.by_push OR c.by_mail)
           AND ($1 = '' OR EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = $1 AND t.agent_id = c.agent_id)) ORDER BY c.agent_id")
        .bind(conversation.team_id.as_ref().map_or("", |team| team.as_str()))
        .all(&mut on)
        .await?;
    let mut out = Vec::new();
    for (agent,) in agents {
        if presence::load(&mut on, &agent)
            .await?
            .levels
            .contains(&conversation.level)
        {
            out.push(Word {
                agent,
                kind: Kind::Waiting,
                words: conversation.preview.clone(),
            });
        }
    }
    Ok(out)
}
