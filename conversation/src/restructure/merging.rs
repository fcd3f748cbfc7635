//! Two conversations that are one matter, and the way back.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{pair, refresh, waiting};
use crate::activity::activity;
use crate::audit;
use crate::conversations;
use crate::db::{On, Value, composed_sql, parts, placeholders, sql};
use crate::error::{Error, Result};
use crate::spam;
use crate::store::{Store, Tx, conversation_updated};
use crate::tickets;
use crate::types::{
    Actor, ConversationId, ConversationMergeId, ConversationStatus, LabelId, Level, MessageId, MessageKind, Millis,
    TicketId,
};

/// What moved in a merge, so that it can move back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Moved {
    messages: Vec<MessageId>,
    tickets: Vec<TicketId>,
    level_moves: Vec<String>,
    diagnoses: Vec<String>,
    /// Ids of mails by which answers find the conversation.
    thread_ids: Vec<String>,
    /// Who may write into it.
    participants: Vec<String>,
    labels: Vec<LabelId>,
    /// How the one that remains stood before.
    stood: Stood,
}

/// What a merge may change in the conversation that remains.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Stood {
    status: Option<ConversationStatus>,
    /// Not in merges from before it was kept.
    level: Option<Level>,
    resolved_at: Option<Millis>,
    snoozed_until: Option<Millis>,
    waiting_since: Option<Millis>,
}

/// Makes one conversation part of another: its messages, tickets and everything that refers to it
/// follow, and mails that still come to it arrive there. Both belong to one contact: whoever reads a conversation, in
/// the portal, in the chat window or quoted under a mail, reads everything in it. [`unmerge`] takes it back.
///
/// # Errors
/// [`Error::Invalid`] for a conversation with itself; [`Error::Conflict`] when one of them is part of
/// another already, or they are two contacts'; [`Error::NotFound`].
pub async fn merge(
    store: &Store,
    actor: &Actor,
    from: &ConversationId,
    into: &ConversationId,
) -> Result<ConversationMergeId> {
    merge_as(store, actor, from, into, false).await
}

/// Takes a split back: what was taken out into `from` stands in `into` again, with what was written there since. Where nobody
/// said anything there since, the conversation it comes back to stays as it stands; a [`merge`] would open it for what it had
/// answered. Where `from` was not taken out of `into`, it is a merge.
///
/// # Errors
/// As [`merge`].
pub async fn put_back(
    store: &Store,
    actor: &Actor,
    from: &ConversationId,
    into: &ConversationId,
) -> Result<ConversationMergeId> {
    merge_as(store, actor, from, into, true).await
}

/// Whether a conversation was taken out of another one, and nothing was said in it since.
async fn is_as_taken_out(tx: &mut Tx, from: &ConversationId, of: &ConversationId) -> Result<bool> {
    let lines: Vec<(Option<String>, Millis)> = sql("SELECT extra, created_at FROM messages WHERE conversation_id = $1 AND kind = $2 AND extra LIKE '%\"split\"%' ORDER BY created_at DESC, id DESC")
        .bind(from)
        .bind(MessageKind::Activity)
        .all(&mut *tx)
        .await?;
    let since = lines.into_iter().find_map(|(extra, at)| {
        let what: serde_json::Value = serde_json::from_str(&extra?).ok()?;
        let is_it = what["action"] == "split" && what["direction"] == "in" && what["conversation"] == of.as_str();
        is_it.then_some(at)
    });
    let Some(since) = since else { return Ok(false) };
    let (said,): (i64,) = sql("SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND created_at > $2 AND kind IN ('inbound', 'outbound', 'scheduled')")
        .bind(from)
        .bind(since)
        .one(tx)
        .await?;
    Ok(said == 0)
}

async fn merge_as(
    store: &Store,
    actor: &Actor,
    from: &ConversationId,
    into: &ConversationId,
    is_back: bool,
) -> Result<ConversationMergeId> {
    if from == into {
        return Err(Error::Invalid("a conversation cannot be merged with itself".to_owned()));
    }
    let mut tx = store.begin().await?;
    let (mut source, mut target) = pair(&mut tx, from, into).await?;
    // Who would answer it reads everything in it, and what is spam is nobody's work.
    spam::refuse(&source)?;
    spam::refuse(&target)?;
    if source.contact_id != target.contact_id {
        return Err(Error::Conflict(
            "the conversations belong to two customers, and each would read what the other wrote; if they are one person, merge the contacts first".to_owned(),
        ));
    }
    let now = tx.now();
    let stays = is_back && is_as_taken_out(&mut tx, from, into).await?;
    let mut moved = bring(&mut tx, from, into).await?;
    moved.stood = Stood {
        status: Some(target.status),
        level: Some(target.level),
        resolved_at: target.resolved_at,
        snoozed_until: target.snoozed_until,
        waiting_since: target.waiting_since,
    };
    source.merged_into = Some(into.clone());
    source.message_count = 0;
    conversations::save(&mut tx, &mut source).await?;
    // What somebody should act on is not hidden by where it went.
    let is_opened = !stays && source.status == ConversationStatus::Open && target.status != ConversationStatus::Open;
    if is_opened {
        waiting::open(&mut tx, &source, &mut target).await?;
    }
    // A person was promised: the bot would be taken for having failed, or answer in that person's place.
    if !stays && target.level == Level::Bot && source.status != ConversationStatus::Resolved {
        target.level = source.level;
    }
    let was_waiting = source.waiting_since.is_some() || target.waiting_since.is_some();
    refresh(&mut tx, &mut target).await?;
    target.waiting_since = target.waiting_since.filter(|_| was_waiting);
    // An answer in what was resolved was none to what was said elsewhere.
    if is_opened && target.waiting_since.is_none() {
        target.waiting_since = source.waiting_since;
    }
    over(&mut tx, from).await?;
    let id = ConversationMergeId::from(tx.env().ulid());
    sql("INSERT INTO conversation_merges (id, from_id, into_id, actor, moved, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(&id)
        .bind(from)
        .bind(into)
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(serde_json::to_string(&moved).unwrap_or_default())
        .bind(now)
        .run(&mut tx)
        .await?;
    activity(
        &mut tx,
        &target,
        actor,
        json!({ "action": "merged", "number": source.number, "conversation": from, "merge": id }),
    )
    .await?;
    target.message_count += 1;
    conversations::save(&mut tx, &mut target).await?;
    tickets::follow(&mut tx, actor, &target).await?;
    audit::record(
        &mut tx,
        actor,
        "conversation.merged",
        into.as_str(),
        &json!({ "from": from, "at": now }),
    )
    .await?;
    told(&mut tx, actor, (from, "merged_into", into), (into, "merged", from));
    tx.commit().await?;
    Ok(id)
}

/// Everything of one conversation that stands in another from now on.
async fn bring(tx: &mut Tx, from: &ConversationId, into: &ConversationId) -> Result<Moved> {
    let mut moved = Moved::default();
    let ids: Vec<(MessageId,)> =
        sql("UPDATE messages SET conversation_id = $2 WHERE conversation_id = $1 RETURNING id")
            .bind(from)
            .bind(into)
            .all(&mut *tx)
            .await?;
    moved.messages = firsts(ids);
    let ids: Vec<(TicketId,)> = sql("UPDATE tickets SET conversation_id = $2 WHERE conversation_id = $1 RETURNING id")
        .bind(from)
        .bind(into)
        .all(&mut *tx)
        .await?;
    moved.tickets = firsts(ids);
    // These follow their messages.
    for table in ["deliveries", "mentions"] {
        composed_sql(format!(
            "UPDATE {table} SET conversation_id = $2 WHERE conversation_id = $1"
        ))
        .bind(from)
        .bind(into)
        .run(&mut *tx)
        .await?;
    }
    for (table, kept) in [
        ("level_moves", &mut moved.level_moves),
        ("diagnoses", &mut moved.diagnoses),
    ] {
        let ids: Vec<(String,)> = composed_sql(format!(
            "UPDATE {table} SET conversation_id = $2 WHERE conversation_id = $1 RETURNING id"
        ))
        .bind(from)
        .bind(into)
        .all(&mut *tx)
        .await?;
        *kept = firsts(ids);
    }
    let mut labels = Vec::new();
    for (table, column, kept) in [
        ("thread_ids", "mid", &mut moved.thread_ids),
        ("participants", "value", &mut moved.participants),
        ("conversation_labels", "label_id", &mut labels),
    ] {
        // What both have stays with both.
        let values: Vec<(String,)> = composed_sql(format!(
            "UPDATE {table} SET conversation_id = $2 WHERE conversation_id = $1 AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.conversation_id = $2 AND t.{column} = {table}.{column}) RETURNING {column}"
        ))
        .bind(from)
        .bind(into)
        .all(&mut *tx)
        .await?;
        *kept = firsts(values);
    }
    moved.labels = labels.into_iter().map(LabelId::from).collect();
    Ok(moved)
}

fn firsts<T>(rows: Vec<(T,)>) -> Vec<T> {
    rows.into_iter().map(|(one,)| one).collect()
}

/// Says of both what happened to them.
fn told(
    tx: &mut Tx,
    actor: &Actor,
    one: (&ConversationId, &str, &ConversationId),
    other: (&ConversationId, &str, &ConversationId),
) {
    for (id, action, beside) in [one, other] {
        tx.emit(conversation_updated(
            id,
            actor,
            json!({ "action": action, "conversation": beside }),
        ));
    }
}

/// Takes a merge back: what came from the one stands there again, in its order, with the status, agent, level and
/// labels that it had; answers to its mails find it again. What was written since stays with the one that remained,
/// and so does what somebody moved elsewhere. Returns the conversation that stands by itself again.
///
/// # Errors
/// [`Error::NotFound`] when the conversation holds no such merge; [`Error::Conflict`] when it was undone before, or the
/// one that remained is itself part of another now (undo that merge first).
pub async fn unmerge(
    store: &Store,
    actor: &Actor,
    into: &ConversationId,
    from: &ConversationId,
) -> Result<ConversationId> {
    let mut tx = store.begin().await?;
    let mut ids = vec![from.clone(), into.clone()];
    ids.sort();
    let held = conversations::lock_all(&mut tx, ids).await?;
    let take = |id: &ConversationId| held.iter().find(|one| one.id == *id).cloned().ok_or(Error::NotFound);
    let (mut source, mut target) = (take(from)?, take(into)?);
    spam::refuse(&target)?;
    let row: Option<(ConversationMergeId, String, Millis, Option<Millis>)> = sql(
        "SELECT id, moved, at, undone_at FROM conversation_merges WHERE from_id = $1 AND into_id = $2 ORDER BY CASE WHEN undone_at IS NULL THEN 0 ELSE 1 END LIMIT 1",
    )
    .bind(from)
    .bind(into)
    .optional(&mut tx)
    .await?;
    let (id, moved, at, undone_at) = row.ok_or(Error::NotFound)?;
    if undone_at.is_some() || source.merged_into.as_ref() != Some(into) {
        return Err(Error::Conflict("this merge was undone before".to_owned()));
    }
    if target.merged_into.is_some() {
        return Err(Error::Conflict(
            "the conversation is part of another one now; undo that merge first".to_owned(),
        ));
    }
    let moved: Moved = serde_json::from_str(&moved).map_err(|error| Error::corrupt(format!("merge {id}"), error))?;
    over(&mut tx, from).await?;
    give_back(&mut tx, from, into, &moved).await?;
    take_part_again(&mut tx, from, into, &moved.participants, at).await?;
    labels_again(&mut tx, from, into, &moved.labels).await?;
    let is_untouched = is_untouched(&mut tx, into, at).await?;
    source.merged_into = None;
    // It was away meanwhile.
    waiting::let_go(&mut tx, &mut source).await?;
    let waited = source.waiting_since;
    refresh(&mut tx, &mut source).await?;
    source.waiting_since = waited;
    // As nothing but the merge opened it, it is as it was.
    let stood = moved.stood;
    if is_untouched && let Some(status) = stood.status {
        target.status = status;
        target.level = stood.level.unwrap_or(target.level);
        target.resolved_at = stood.resolved_at;
        target.snoozed_until = stood.snoozed_until;
    }
    let was_waiting = target.waiting_since.is_some();
    refresh(&mut tx, &mut target).await?;
    target.waiting_since = if is_untouched {
        stood.waiting_since
    } else {
        target.waiting_since.filter(|_| was_waiting)
    };
    let (out, back) = (target.number, source.number);
    for (conversation, number, beside, direction) in [(&mut source, out, into, "out"), (&mut target, back, from, "in")]
    {
        let what = json!({ "action": "unmerged", "direction": direction, "number": number, "conversation": beside, "merged_at": at });
        activity(&mut tx, conversation, actor, what).await?;
        conversation.message_count += 1;
        conversations::save(&mut tx, conversation).await?;
        tickets::follow(&mut tx, actor, conversation).await?;
    }
    audit::record(
        &mut tx,
        actor,
        "conversation.unmerged",
        into.as_str(),
        &json!({ "from": from, "merged_at": at }),
    )
    .await?;
    told(&mut tx, actor, (from, "unmerged", into), (into, "unmerged", from));
    tx.commit().await?;
    Ok(source.id)
}

/// Puts back what moved and is still there.
async fn give_back(tx: &mut Tx, from: &ConversationId, into: &ConversationId, moved: &Moved) -> Result<()> {
    let way = (into, from);
    let back =
        |table: &str| format!("UPDATE {table} SET conversation_id = $2 WHERE conversation_id = $1 AND id IN {{ids}}");
    move_all(tx, &back("messages"), &moved.messages, way).await?;
    for table in ["deliveries", "mentions"] {
        let follow = format!(
            "UPDATE {table} SET conversation_id = $2 WHERE conversation_id = $1 AND message_id IN (SELECT id FROM messages WHERE conversation_id = $2 AND id IN {{ids}})"
        );
        move_all(tx, &follow, &moved.messages, way).await?;
    }
    let tickets =
        "UPDATE tickets SET conversation_id = $2, version = version + 1 WHERE conversation_id = $1 AND id IN {ids}";
    move_all(tx, tickets, &moved.tickets, way).await?;
    move_all(tx, &back("level_moves"), &moved.level_moves, way).await?;
    move_all(tx, &back("diagnoses"), &moved.diagnoses, way).await?;
    // A split may have taken the id of a mail elsewhere, with its mail.
    let thread_ids = "UPDATE thread_ids SET conversation_id = $2 WHERE conversation_id = $1 AND mid IN {ids} AND NOT EXISTS (SELECT 1 FROM thread_ids t WHERE t.conversation_id = $2 AND t.mid = thread_ids.mid)";
    move_all(tx, thread_ids, &moved.thread_ids, way).await
}

/// Runs a statement over rows by their ids, which stand at `{ids}`; `$1` is the conversation that they leave, `$2` theirs
/// from now on.
async fn move_all<T: Clone>(
    tx: &mut Tx,
    statement: &str,
    ids: &[T],
    (out_of, into): (&ConversationId, &ConversationId),
) -> Result<()>
where
    for<'a> &'a T: Into<Value>,
{
    for part in parts(ids) {
        composed_sql(statement.replace("{ids}", &placeholders(1, part.len(), 2)))
            .bind(out_of)
            .bind(into)
            .bind_all(&part)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Whether nothing but merges happened in a conversation since a moment, and no later merge stands.
async fn is_untouched(tx: &mut Tx, into: &ConversationId, at: Millis) -> Result<bool> {
    let (since,): (i64,) = sql(
        "SELECT (SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND created_at > $2 AND (kind <> 'activity' OR (extra NOT LIKE '%\"action\":\"merged\"%' AND extra NOT LIKE '%\"action\":\"unmerged\"%'))) + (SELECT COUNT(*) FROM conversation_merges WHERE into_id = $1 AND undone_at IS NULL AND at >= $2)",
    )
    .bind(into)
    .bind(at)
    .one(tx)
    .await?;
    Ok(since == 0)
}

/// Who took part in what goes back does so there again, and no longer here, except whom something that stays names.
async fn take_part_again(
    tx: &mut Tx,
    from: &ConversationId,
    into: &ConversationId,
    values: &[String],
    at: Millis,
) -> Result<()> {
    conversations::take_part(tx, values.iter().map(|value| (from, value.clone()))).await?;
    let writers: Vec<(String,)> = sql(
        "SELECT DISTINCT i.value FROM messages m JOIN identities i ON i.contact_id = m.author_id WHERE m.conversation_id = $1 AND m.kind = 'inbound' AND m.created_at >= $2 UNION SELECT DISTINCT d.recipient FROM messages m JOIN deliveries d ON d.message_id = m.id WHERE m.conversation_id = $1 AND m.created_at >= $2",
    )
    .bind(into)
    .bind(at)
    .all(&mut *tx)
    .await?;
    let mut stay: HashSet<String> = writers.into_iter().map(|(value,)| value.to_lowercase()).collect();
    let named: Vec<(Option<String>,)> = sql(
        "SELECT extra FROM messages WHERE conversation_id = $1 AND kind = 'inbound' AND created_at >= $2 AND extra IS NOT NULL",
    )
    .bind(into)
    .bind(at)
    .all(&mut *tx)
    .await?;
    let named: Vec<String> = named
        .into_iter()
        .filter_map(|(text,)| Some(text?.to_lowercase()))
        .collect();
    stay.extend(
        values
            .iter()
            .filter(|value| named.iter().any(|text| text.contains(&format!("\"{value}\""))))
            .cloned(),
    );
    for value in values.iter().filter(|value| !stay.contains(value.as_str())) {
        sql("DELETE FROM participants WHERE conversation_id = $1 AND value = $2")
            .bind(into)
            .bind(value.as_str())
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// The labels that came with a conversation go back with it, those that there still are.
async fn labels_again(tx: &mut Tx, from: &ConversationId, into: &ConversationId, labels: &[LabelId]) -> Result<()> {
    let now = tx.now();
    for label in labels {
        sql("DELETE FROM conversation_labels WHERE conversation_id = $1 AND label_id = $2")
            .bind(into)
            .bind(label)
            .run(&mut *tx)
            .await?;
        sql("INSERT INTO conversation_labels (conversation_id, label_id, added_at) SELECT CAST($1 AS TEXT), id, CAST($3 AS BIGINT) FROM labels WHERE id = $2 ON CONFLICT (conversation_id, label_id) DO NOTHING")
            .bind(from)
            .bind(label)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// The merges of a conversation that can be taken back now.
pub async fn takeable(on: impl On, into: &ConversationId) -> Result<HashSet<ConversationMergeId>> {
    let rows: Vec<(ConversationMergeId,)> = sql(
        "SELECT m.id FROM conversation_merges m JOIN conversations c ON c.id = m.from_id WHERE m.into_id = $1 AND m.undone_at IS NULL AND c.merged_into = m.into_id",
    )
    .bind(into)
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// No earlier merge of a conversation stands any more, however it ended.
async fn over(tx: &mut Tx, from: &ConversationId) -> Result<()> {
    let now = tx.now();
    sql("UPDATE conversation_merges SET undone_at = $2 WHERE from_id = $1 AND undone_at IS NULL")
        .bind(from)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}
