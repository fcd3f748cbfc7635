//! Who keeps what when two contacts that were taken for one person are two again.
//!
//! A conversation belongs whole to one of the two, and whoever owns it reads everything in it. So what the other one
//! wrote in it leaves: back into the conversation that it was merged in from, or into a new one. Only messages that
//! came while they were one person, in a conversation in which both take part, cannot be told apart; they stay where
//! they are, and it is said.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::json;

use super::merging::{self, Moved};
use crate::conversations::{self, Conversation};
use crate::db::{On, composed_sql, parts, placeholders, sql};
use crate::error::Result;
use crate::restructure;
use crate::store::{Store, Tx, conversation_updated};
use crate::tickets;
use crate::types::{Actor, Channel, ContactId, ConversationId, IdentityId, MergeId, MessageId, Millis};

/// What undoing a merge does, before it is done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parting {
    /// Numbers of the conversations that go to the other contact whole.
    pub back: Vec<i64>,
    /// Conversations out of which messages go to the other of the two.
    pub apart: Vec<Apart>,
    /// Conversations in which messages stay of which nobody can tell who of the two wrote them: the number, and how
    /// many messages.
    pub stays: Vec<(i64, i64)>,
}

/// A conversation in which both wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// Its number.
    pub number: i64,
    /// How many messages leave it.
    pub messages: usize,
    /// The conversation that they go back to; a new one without it.
    pub into: Option<i64>,
    /// They are the other contact's, not of the one that the two are now.
    pub is_others: bool,
}

/// The two sides of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    Winner,
    Loser,
}

impl Side {
    const fn other(self) -> Side {
        match self {
            Side::Winner => Side::Loser,
            Side::Loser => Side::Winner,
        }
    }
}

/// The merge that is undone.
pub(super) struct Merge<'a> {
    pub(super) winner: &'a ContactId,
    pub(super) loser: &'a ContactId,
    pub(super) moved: &'a Moved,
    pub(super) at: Millis,
}

impl Merge<'_> {
    const fn contact(&self, side: Side) -> &ContactId {
        match side {
            Side::Winner => self.winner,
            Side::Loser => self.loser,
        }
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
struct Place {
    id: ConversationId,
    number: i64,
    merged_into: Option<ConversationId>,
    created_at: Millis,
}

/// One conversation that is taken apart.
struct Separation {
    from: Place,
    /// Whose it stays.
    owner: Side,
    /// What was merged in of the other side's: the first is made a conversation again, the rest follow it.
    homes: Vec<Place>,
    messages: Vec<MessageId>,
}

/// Who keeps what.
pub(super) struct Plan {
    back: Vec<Place>,
    separations: Vec<Separation>,
    stays: Vec<(i64, i64)>,
    /// The addresses of each side, as participants are written.
    values: HashMap<Side, HashSet<String>>,
}

impl Plan {
    pub(super) fn told(&self) -> Parting {
        let apart = |one: &Separation| Apart {
            number: one.from.number,
            messages: one.messages.len(),
            into: one.homes.first().map(|home| home.number),
            is_others: one.owner == Side::Winner,
        };
        Parting {
            back: self.back.iter().map(|place| place.number).collect(),
            apart: self.separations.iter().map(apart).collect(),
            stays: self.stays.clone(),
        }
    }

    /// The conversations that go to the loser whole.
    pub(super) fn back(&self) -> Vec<ConversationId> {
        self.back.iter().map(|place| place.id.clone()).collect()
    }
}

/// What the messages of a conversation say about who wrote in it.
#[derive(Default)]
struct Written {
    /// By either, before they were one.
    before: HashMap<Side, i64>,
    /// While they were one.
    since: i64,
}

/// Looks at everything that the two have while they are one.
pub(super) async fn plan(mut on: impl On, merge: &Merge<'_>) -> Result<Plan> {
    let identities: Vec<(IdentityId, String)> = sql("SELECT id, value FROM identities WHERE contact_id = $1")
        .bind(merge.winner)
        .all(&mut on)
        .await?;
    let losers: HashSet<&IdentityId> = merge.moved.identities.iter().collect();
    let mut values: HashMap<Side, HashSet<String>> = HashMap::new();
    for (id, value) in identities {
        let side = if losers.contains(&id) {
            Side::Loser
        } else {
            Side::Winner
        };
        values.entry(side).or_default().insert(value.to_lowercase());
    }
    // Whoever became part of the loser before wrote for the loser.
    let authors: Vec<(String,)> = sql(
        "WITH RECURSIVE side (id) AS (SELECT id FROM contacts WHERE id = $1 UNION SELECT c.id FROM contacts c JOIN side s ON c.merged_into = s.id) SELECT id FROM side",
    )
    .bind(merge.loser)
    .all(&mut on)
    .await?;
    let authors: HashSet<String> = authors.into_iter().map(|(id,)| id).collect();
    let places: Vec<Place> =
        sql("SELECT id, number, merged_into, created_at FROM conversations WHERE contact_id = $1 ORDER BY number")
            .bind(merge.winner)
            .all(&mut on)
            .await?;
    let live: Vec<ConversationId> = places
        .iter()
        .filter(|place| place.merged_into.is_none())
        .map(|place| place.id.clone())
        .collect();
    let mut written = written(&mut on, merge, &authors, &live).await?;
    let takes_part = takes_part(&mut on, &values, &live).await?;
    let moved: HashSet<&ConversationId> = merge.moved.conversations.iter().collect();
    let is_since = |place: &Place| place.created_at > merge.at && !moved.contains(&place.id);
    let side_of = |id: &ConversationId| {
        if moved.contains(id) { Side::Loser } else { Side::Winner }
    };
    let mut homes = homes(&places, |place| (!is_since(place)).then(|| side_of(&place.id)));

    let mut plan = Plan {
        back: Vec::new(),
        separations: Vec::new(),
        stays: Vec::new(),
        values,
    };
    for place in places.iter().filter(|place| place.merged_into.is_none()) {
        let written = written.remove(&place.id).unwrap_or_default();
        let sides = takes_part.get(&place.id).cloned().unwrap_or_default();
        let count = |side: Side| written.before.get(&side).copied().unwrap_or_default();
        let mut owner = side_of(&place.id);
        if is_since(place) && sides.contains(&Side::Loser) && !sides.contains(&Side::Winner) {
            owner = Side::Loser;
        }
        let homes = homes.remove(&(place.id.clone(), owner.other())).unwrap_or_default();
        let is_others_alone = count(owner) == 0 && written.since == 0 && count(owner.other()) > 0 && homes.is_empty();
        if is_others_alone {
            owner = owner.other();
        }
        if owner == Side::Loser {
            plan.back.push(place.clone());
        }
        if sides.len() > 1 && written.since > 0 {
            plan.stays.push((place.number, written.since));
        }
        if count(owner.other()) == 0 && homes.is_empty() {
            continue;
        }
        let messages = leaving(&mut on, &plan.values, &authors, merge.at, place, owner, &homes).await?;
        plan.separations.push(Separation {
            from: place.clone(),
            owner,
            homes,
            messages,
        });
    }
    Ok(plan)
}

/// By conversation, how many messages either wrote before the merge, and how many came since.
async fn written(
    on: &mut impl On,
    merge: &Merge<'_>,
    losers: &HashSet<String>,
    live: &[ConversationId],
) -> Result<HashMap<ConversationId, Written>> {
    let mut all: HashMap<ConversationId, Written> = HashMap::new();
    for part in parts(live) {
        let rows: Vec<(ConversationId, String, bool, i64)> = composed_sql(format!(
            "SELECT conversation_id, author_id, created_at > $1, COUNT(*) FROM messages WHERE conversation_id IN {} AND kind = 'inbound' AND author_kind = 'contact' GROUP BY 1, 2, 3",
            placeholders(1, part.len(), 1)
        ))
        .bind(merge.at)
        .bind_all(&part)
        .all(&mut *on)
        .await?;
        for (conversation, author, is_after, count) in rows {
            let written = all.entry(conversation).or_default();
            // What an import or a merge of long ago wrote in the loser's name is the loser's whenever it came.
            match (losers.contains(&author), is_after) {
                (true, _) => *written.before.entry(Side::Loser).or_default() += count,
                (false, false) => *written.before.entry(Side::Winner).or_default() += count,
                (false, true) => written.since += count,
            }
        }
    }
    Ok(all)
}

/// By conversation, which of the two take part in it.
async fn takes_part(
    on: &mut impl On,
    values: &HashMap<Side, HashSet<String>>,
    live: &[ConversationId],
) -> Result<HashMap<ConversationId, HashSet<Side>>> {
    let mut all: HashMap<ConversationId, HashSet<Side>> = HashMap::new();
    for part in parts(live) {
        let rows: Vec<(ConversationId, String)> = composed_sql(format!(
            "SELECT conversation_id, value FROM participants WHERE conversation_id IN {}",
            placeholders(1, part.len(), 0)
        ))
        .bind_all(&part)
        .all(&mut *on)
        .await?;
        for (conversation, value) in rows {
            let value = value.to_lowercase();
            for (side, known) in values {
                if known.contains(&value) {
                    all.entry(conversation.clone()).or_default().insert(*side);
                }
            }
        }
    }
    Ok(all)
}

/// What was merged in, by where it is now and whose it was, oldest first.
fn homes(places: &[Place], side_of: impl Fn(&Place) -> Option<Side>) -> HashMap<(ConversationId, Side), Vec<Place>> {
    let into: HashMap<&ConversationId, &ConversationId> = places
        .iter()
        .filter_map(|place| Some((&place.id, place.merged_into.as_ref()?)))
        .collect();
    let mut homes: HashMap<(ConversationId, Side), Vec<Place>> = HashMap::new();
    for place in places {
        let (Some(mut end), Some(side)) = (place.merged_into.as_ref(), side_of(place)) else {
            continue;
        };
        // No longer than there are conversations, whatever stands in the rows.
        for _ in 0..places.len() {
            match into.get(end) {
                Some(next) => end = next,
                None => break,
            }
        }
        homes.entry((end.clone(), side)).or_default().push(place.clone());
    }
    homes
}

/// The messages that leave a conversation: what the other side wrote, what was sent to the other side alone, and what
/// was filed in a conversation of the other side's that was merged in.
async fn leaving(
    on: &mut impl On,
    values: &HashMap<Side, HashSet<String>>,
    losers: &HashSet<String>,
    at: Millis,
    place: &Place,
    owner: Side,
    homes: &[Place],
) -> Result<Vec<MessageId>> {
    let mut leaving: BTreeMap<MessageId, ()> = BTreeMap::new();
    let rows: Vec<(MessageId, String, Millis)> = sql(
        "SELECT id, author_id, created_at FROM messages WHERE conversation_id = $1 AND kind = 'inbound' AND author_kind = 'contact'",
    )
    .bind(&place.id)
    .all(&mut *on)
    .await?;
    let mut kept: HashSet<MessageId> = HashSet::new();
    for (id, author, created_at) in rows {
        let side = if losers.contains(&author) {
            Some(Side::Loser)
        } else {
            (created_at <= at).then_some(Side::Winner)
        };
        if side == Some(owner.other()) {
            leaving.insert(id, ());
        } else if side == Some(owner) {
            kept.insert(id);
        }
    }
    let sent: Vec<(MessageId, String)> = sql(
        "SELECT d.message_id, d.recipient FROM messages m JOIN deliveries d ON d.message_id = m.id WHERE m.conversation_id = $1 AND m.kind IN ('outbound', 'scheduled')",
    )
    .bind(&place.id)
    .all(&mut *on)
    .await?;
    let mut to: HashMap<MessageId, bool> = HashMap::new();
    let others = values.get(&owner.other());
    for (message, recipient) in sent {
        let is_others = others.is_some_and(|others| others.contains(&recipient.to_lowercase()));
        let all = to.entry(message).or_insert(true);
        *all &= is_others;
    }
    leaving.extend(
        to.into_iter()
            .filter(|(_, is_others)| *is_others)
            .map(|(id, _)| (id, ())),
    );
    for home in homes {
        let filed: Vec<(MessageId,)> = sql(
            "SELECT m.id FROM events e JOIN messages m ON m.id = e.subject_id WHERE e.conversation_id = $1 AND e.kind = 'message.created' AND m.conversation_id = $2",
        )
        .bind(&home.id)
        .bind(&place.id)
        .all(&mut *on)
        .await?;
        leaving.extend(filed.into_iter().map(|(id,)| (id, ())));
    }
    leaving.retain(|id, ()| !kept.contains(id));
    Ok(leaving.into_keys().collect())
}

/// What the undoing of a merge would do now.
///
/// # Errors
/// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] when it was undone before.
pub async fn parting(store: &Store, id: &MergeId) -> Result<Parting> {
    let (winner, loser, moved, at) = merging::load(store.db(), id).await?;
    let merge = Merge {
        winner: &winner,
        loser: &loser,
        moved: &moved,
        at,
    };
    Ok(plan(store.db(), &merge).await?.told())
}

/// Carries the separations out. Every conversation of the two is held, and those that go back have gone.
pub(super) async fn separate(tx: &mut Tx, actor: &Actor, merge: &Merge<'_>, plan: &Plan) -> Result<()> {
    for one in &plan.separations {
        let mut source = conversations::lock(tx, &one.from.id).await?;
        let to = merge.contact(one.owner.other());
        let mut target = match one.homes.split_first() {
            Some((home, rest)) => {
                let mut target = conversations::lock(tx, &home.id).await?;
                target.merged_into = None;
                target.contact_id = to.clone();
                for other in rest {
                    let mut other = conversations::lock(tx, &other.id).await?;
                    other.merged_into = Some(target.id.clone());
                    other.contact_id = to.clone();
                    conversations::save(tx, &mut other).await?;
                }
                target
            }
            None => restructure::begin_beside(tx, actor, &source, to, None).await?,
        };
        take_participants(tx, plan, one, &mut source, &mut target).await?;
        bring_tickets(tx, merge, one, &target).await?;
        for part in one.messages.chunks(500) {
            restructure::carry(tx, actor, part, &mut source, &mut target, "moved").await?;
        }
        if one.messages.is_empty() {
            restructure::refresh(tx, &mut target).await?;
            for conversation in [&mut source, &mut target] {
                conversations::save(tx, conversation).await?;
                tx.emit(conversation_updated(
                    &conversation.id,
                    actor,
                    json!({ "action": "moved" }),
                ));
            }
        }
        tickets::follow(tx, actor, &target).await?;
    }
    Ok(())
}

/// Whose messages leave takes part no longer, and answers go to who stays.
async fn take_participants(
    tx: &mut Tx,
    plan: &Plan,
    one: &Separation,
    source: &mut Conversation,
    target: &mut Conversation,
) -> Result<()> {
    let values = |side: Side, value: &str| plan.values.get(&side).is_some_and(|known| known.contains(value));
    let here = conversations::participants(&mut *tx, &source.id).await?;
    let leaves = |value: &&String| {
        let value = value.to_lowercase();
        values(one.owner.other(), &value) && !values(one.owner, &value)
    };
    for value in here.iter().filter(leaves) {
        sql("DELETE FROM participants WHERE conversation_id = $1 AND value = $2")
            .bind(&source.id)
            .bind(value.as_str())
            .run(&mut *tx)
            .await?;
        conversations::take_part(tx, [(&target.id, value.clone())]).await?;
    }
    for (conversation, side) in [(source, one.owner), (target, one.owner.other())] {
        let is_own = |value: &str| values(side, &value.to_lowercase());
        let is_wrong = |address: &String| values(side.other(), &address.to_lowercase()) && !is_own(address);
        if conversation.reply_address.as_ref().is_some_and(is_wrong) {
            let is_mail = conversation.channel == Channel::Email;
            let own = here
                .iter()
                .find(|value| is_own(value) && value.contains('@') == is_mail);
            conversation.reply_address = own.cloned();
        }
    }
    Ok(())
}

/// The tickets that came with a conversation that was merged in leave with it.
async fn bring_tickets(tx: &mut Tx, merge: &Merge<'_>, one: &Separation, target: &Conversation) -> Result<()> {
    if one.homes.is_empty() {
        return Ok(());
    }
    let here: Vec<(String, Millis)> = sql("SELECT id, created_at FROM tickets WHERE conversation_id = $1")
        .bind(&one.from.id)
        .all(&mut *tx)
        .await?;
    for (ticket, created_at) in here {
        let is_losers = merge.moved.tickets.contains(&ticket);
        let leaves = match one.owner {
            Side::Winner => is_losers,
            Side::Loser => !is_losers && created_at <= merge.at,
        };
        if leaves {
            sql("UPDATE tickets SET conversation_id = $2, contact_id = $3, version = version + 1 WHERE id = $1")
                .bind(ticket)
                .bind(&target.id)
                .bind(&target.contact_id)
                .run(&mut *tx)
                .await?;
        }
    }
    Ok(())
}
