//! Who follows a conversation, and who is called into it by `@Name` in a note.

use crate::access;
use crate::conversations::{self, Conversation, Message};
use crate::db::{On, sql};
use crate::error::Result;
use crate::store::{Store, Tx};
use crate::types::{Actor, AgentId, ConversationId, MessageId, MessageKind, Millis, TeamId};

/// The most people that one note calls.
const MOST_CALLED: usize = 20;

/// Follows a conversation, or stops; doing it twice is harmless.
pub async fn follow(store: &Store, agent: &AgentId, conversation: &ConversationId, is_on: bool) -> Result<()> {
    let mut tx = store.begin().await?;
    follow_in(&mut tx, agent, conversation, is_on).await?;
    tx.commit_silently().await
}

/// As [`follow`], as part of a transaction of the caller's.
pub async fn follow_in(tx: &mut Tx, agent: &AgentId, conversation: &ConversationId, is_on: bool) -> Result<()> {
    let now = tx.now();
    let query = if is_on {
        sql("INSERT INTO followers (conversation_id, agent_id, at) SELECT $1, id, $3 FROM agents WHERE id = $2 ON CONFLICT (conversation_id, agent_id) DO NOTHING").bind(conversation).bind(agent).bind(now)
    } else {
        sql("DELETE FROM followers WHERE conversation_id = $1 AND agent_id = $2")
            .bind(conversation)
            .bind(agent)
    };
    query.run(tx).await?;
    Ok(())
}

/// Who follows it, with their names.
pub async fn followers(on: impl On, conversation: &ConversationId) -> Result<Vec<(AgentId, String)>> {
    sql("SELECT a.id, a.name FROM followers f JOIN agents a ON a.id = f.agent_id WHERE f.conversation_id = $1 AND a.is_enabled ORDER BY a.name, a.id")
        .bind(conversation)
        .all(on)
        .await
}

/// Remembers whom a note calls; they follow the conversation from then on. Gives the names of those who do not see it and
/// are not called.
pub(crate) async fn mention_in(tx: &mut Tx, conversation: &Conversation, note: &Message) -> Result<Vec<String>> {
    if note.kind != MessageKind::Note || !note.text.contains('@') {
        return Ok(Vec::new());
    }
    let (message, author, text) = (&note.id, note.author_id.as_str(), note.text.as_str());
    let everybody: Vec<(AgentId, String)> = sql("SELECT id, name FROM agents WHERE is_enabled ORDER BY id")
        .all(&mut *tx)
        .await?;
    let called: Vec<AgentId> = called(text, &everybody)
        .into_iter()
        .filter(|id| id.as_str() != author)
        .collect();
    let now = tx.now();
    let mut unseeing = Vec::new();
    for agent in &called {
        if !access::sees_conversation(&mut *tx, &Actor::Agent(agent.clone()), conversation).await? {
            let known = everybody.iter().find(|(id, _)| id == agent);
            unseeing.extend(known.map(|(_, name)| name.clone()));
            continue;
        }
        call_in(tx, agent, &conversation.id, message, now).await?;
        follow_in(tx, agent, &conversation.id, true).await?;
    }
    Ok(unseeing)
}

/// A note calls those of a team who see the conversation; they do not follow it by that.
pub(crate) async fn call_team_in(
    tx: &mut Tx,
    team: &TeamId,
    conversation: &ConversationId,
    note: &MessageId,
) -> Result<()> {
    let now = tx.now();
    let conversation = conversations::load(&mut *tx, conversation).await?;
    let members: Vec<(AgentId,)> = sql("SELECT a.id FROM team_members t JOIN agents a ON a.id = t.agent_id WHERE t.team_id = $1 AND a.is_enabled ORDER BY a.id")
        .bind(team)
        .all(&mut *tx)
        .await?;
    for (agent,) in members {
        if access::sees_conversation(&mut *tx, &Actor::Agent(agent.clone()), &conversation).await? {
            call_in(tx, &agent, &conversation.id, note, now).await?;
        }
    }
    Ok(())
}

async fn call_in(
    tx: &mut Tx,
    agent: &AgentId,
    conversation: &ConversationId,
    note: &MessageId,
    now: Millis,
) -> Result<()> {
    sql("INSERT INTO mentions (agent_id, conversation_id, message_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT (agent_id, message_id) DO NOTHING")
        .bind(agent)
        .bind(conversation)
        .bind(note)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Whom a note called.
pub async fn mentioned_in(on: impl On, message: &MessageId) -> Result<Vec<AgentId>> {
    // By the conversation, which the index knows; a note carries its mentions along wherever it goes.
    let rows: Vec<(AgentId,)> = sql("SELECT agent_id FROM mentions WHERE conversation_id = (SELECT conversation_id FROM messages WHERE id = $1) AND message_id = $1 ORDER BY agent_id")
        .bind(message)
        .all(on)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Those of these people whose name stands behind an `@`, in any case; of two names that fit the
/// longer one counts. One pass over the text.
fn called(text: &str, people: &[(AgentId, String)]) -> Vec<AgentId> {
    let text = text.to_lowercase();
    let mut names: Vec<(String, &AgentId)> = people
        .iter()
        .map(|(id, name)| (name.trim().to_lowercase(), id))
        .filter(|(name, _)| !name.is_empty())
        .collect();
    names.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.1.cmp(b.1)));
    let mut out: Vec<AgentId> = Vec::new();
    for (at, _) in text.match_indices('@').take(200) {
        // `ana@example.com` calls nobody.
        if text[..at].chars().next_back().is_some_and(char::is_alphanumeric) {
            continue;
        }
        let rest = &text[at + 1..];
        let fits = names.iter().find(|(name, _)| {
            rest.strip_prefix(name.as_str())
                .is_some_and(|behind| !behind.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '@'))
        });
        if let Some((_, id)) = fits
            && !out.contains(id)
            && out.len() < MOST_CALLED
        {
            out.push((*id).clone());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_behind_an_at_are_people() {
        let people: Vec<(AgentId, String)> = [("1", "Ana"), ("2", "Ana Lima"), ("3", "João")]
            .map(|(id, name)| (AgentId::from(id), name.to_owned()))
            .to_vec();
        for (text, expected) in [
            ("@Ana look", &["1"][..]),
            ("@ana lima, look; @ANA", &["2", "1"]),
            ("ask @joão.", &["3"]),
            ("@Anabel and ana@example.com", &[]),
            ("@Ana@example.com", &[]),
            ("@", &[]),
            ("@@Ana", &["1"]),
        ] {
            let found: Vec<String> = called(text, &people).iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
