//! Rules that act by time: a conversation waits for the customer, for us or for anybody, or stands in a state, for so long.
//!
//! Since when it does is in its row ([`crate::stretches`]). Each rule walks once along the index of what it waits for, and what has
//! lasted long enough gets a timer. A timer whose time has come is looked at with the conversation held: is it still so, for long
//! enough in opening hours, do the conditions hold? What was done and that it was done are one commit. So a rule acts once in a
//! stretch, whoever dies, and what is not due costs nothing.
//!
//! A stretch that a rule began itself is none for it: it acts again where somebody was there in between. So two rules that undo
//! each other's work end after one round.

mod unsaid;

use std::collections::HashMap;

use serde_json::json;

pub use unsaid::Door;

use super::dry_run::{DryRun, Example, MOST_EXAMPLES, MOST_OCCASIONS};
use super::facts::{self, Facts};
use super::{Condition, Field, Rule, attempt, check, record};
use crate::activity::activity;
use crate::conversations::{self, Conversation};
use crate::db::{On, composed_sql, insert_rows, sql};
use crate::desk::inboxes;
use crate::desk::steps::Step;
use crate::error::{Error, Result};
use crate::events::{Event, EventKind};
use crate::sla::calendar::{self, Calendar};
use crate::store::{Store, Tx};
use crate::stretches::Stretch;
use crate::types::{Actor, ConversationId, InboxId, Millis};

/// How many conversations a rule finds in one look.
const WALK: i64 = 500;
/// How many timers are looked at in one look.
const ACT: i64 = 200;
const MINUTE: Millis = 60_000;
/// How long what is due and does not fulfil the conditions is left alone at most; what happens to it ends that, too.
const AGAIN: Millis = 6 * 60 * MINUTE;
/// The same where a condition asks for the hour.
const AGAIN_BY_HOURS: Millis = 5 * MINUTE;
/// What the hours of an inbox never bring about is looked at again after so long.
const NEVER: Millis = 7 * 86_400_000;
/// For how long it is remembered that a rule acted somewhere.
const REMEMBERED: Millis = 400 * 86_400_000;

/// What is due next, in the order in which it is looked at.
pub const DUE: &str = "SELECT rule_id, conversation_id FROM rule_timers WHERE look_at <= $1 ORDER BY look_at LIMIT $2";
/// Whether anything is to be looked at again when something happens to a conversation.
pub const WATCHED: &str = "SELECT look_at FROM rule_timers WHERE conversation_id = $1 AND look_at IS NOT NULL LIMIT 1";

/// Begins a rule anew, or ends it; the caller writes the rule.
pub(super) async fn begin_in(tx: &mut Tx, id: &str, rule: &Rule, on_waiting: bool) -> Result<()> {
    forget_in(tx, id).await?;
    let now = tx.now();
    let (due_from, walked_to) = match (on_waiting, rule.in_hours) {
        (true, _) => (0, 0),
        // What was due by the hours of each inbox is seen on the way.
        (false, true) => (now, 0),
        (false, false) => (now, now - rule.minutes * MINUTE + 1),
    };
    sql("UPDATE rules SET due_from = $2, walked_to = $3, walked_id = '' WHERE id = $1")
        .bind(id)
        .bind(due_from)
        .bind(walked_to)
        .run(tx)
        .await?;
    Ok(())
}

/// Nothing waits for a rule any more.
pub(super) async fn forget_in(tx: &mut Tx, id: &str) -> Result<()> {
    sql("DELETE FROM rule_timers WHERE rule_id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// The opening hours of inboxes, each read once.
#[derive(Debug, Default)]
struct Calendars(HashMap<InboxId, Option<Calendar>>);

impl Calendars {
    /// When a stretch has lasted long enough for a rule; `None` where the hours never bring that about.
    async fn due(&mut self, store: &Store, rule: &Rule, inbox: &InboxId, since: Millis) -> Result<Option<Millis>> {
        let time = rule.minutes * MINUTE;
        if !rule.in_hours {
            return Ok(Some(since.saturating_add(time)));
        }
        if !self.0.contains_key(inbox) {
            let desk = inboxes::load(store.db(), inbox).await?;
            let schedule = inboxes::schedule(store.db(), &desk).await?;
            self.0.insert(inbox.clone(), schedule.as_ref().map(Calendar::of));
        }
        let hours = self.0.get(inbox).and_then(Option::as_ref);
        Ok(calendar::after(hours, since, time))
    }
}

/// What one look came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// How many conversations were found that waited long enough.
    pub found: usize,
    /// How often a rule did something.
    pub acted: usize,
    /// Whether more waits: look again at once.
    pub has_more: bool,
}

/// Whether any rule that is switched on acts by time.
///
/// # Errors
/// When the database cannot be reached.
pub async fn is_any_on(on: impl On) -> Result<bool> {
    let row: Option<(i64,)> = sql("SELECT minutes FROM rules WHERE is_enabled AND minutes > 0 LIMIT 1")
        .optional(on)
        .await?;
    Ok(row.is_some())
}

/// Looks at what has become due, and does it. A few at a time; one process does it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn look(store: &Store, door: &impl Door) -> Result<Looked> {
    let rules: Vec<Rule> = super::list(store.db())
        .await?
        .into_iter()
        .filter(|rule| rule.is_enabled && rule.occasion.is_timed())
        .collect();
    let mut looked = Looked::default();
    if rules.is_empty() {
        return Ok(looked);
    }
    let mut calendars = Calendars::default();
    for rule in &rules {
        let found = walk(store, rule, &mut calendars).await?;
        looked.found += found;
        looked.has_more |= i64::try_from(found) == Ok(WALK);
    }
    let due: Vec<(String, ConversationId)> = sql(DUE).bind(store.now()).bind(ACT).all(store.db()).await?;
    let is_full = i64::try_from(due.len()) == Ok(ACT);
    let mut moved = 0;
    for (rule, conversation) in due {
        let Some(rule) = rules.iter().find(|one| one.id == rule) else {
            // It was switched on a moment ago, or another process knows more.
            continue;
        };
        match look_at(store, door, rule, &conversation, &mut calendars).await? {
            Turn::Acted => (looked.acted, moved) = (looked.acted + 1, moved + 1),
            Turn::Settled => moved += 1,
            Turn::Left => {}
        }
    }
    looked.has_more |= is_full && moved > 0;
    Ok(looked)
}

/// Goes on along the index from where the rule was, to what has lasted long enough by the wall; returns how many there were.
async fn walk(store: &Store, rule: &Rule, calendars: &mut Calendars) -> Result<usize> {
    let Some(stretch) = rule.occasion.stretch() else {
        return Ok(0);
    };
    let now = store.now();
    let place: Option<(Millis, String)> = sql("SELECT walked_to, walked_id FROM rules WHERE id = $1")
        .bind(&rule.id)
        .optional(store.db())
        .await?;
    let Some(place) = place else {
        return Ok(0);
    };
    let found = next(store, stretch, &place, now - rule.minutes * MINUTE).await?;
    let Some((last, since, _)) = found.last() else {
        return Ok(0);
    };
    let mut rows = Vec::with_capacity(found.len());
    for (id, since, inbox) in &found {
        let due = calendars.due(store, rule, inbox, *since).await?;
        if due.is_some_and(|at| at < rule.due_from) {
            continue;
        }
        let look_at = due.unwrap_or(now + NEVER);
        rows.push(vec![
            rule.id.as_str().into(),
            id.into(),
            (*since).into(),
            look_at.into(),
        ]);
    }
    let mut tx = store.begin().await?;
    let moved = sql("UPDATE rules SET walked_to = $2, walked_id = $3 WHERE id = $1 AND is_enabled AND due_from = $4 AND walked_to = $5 AND walked_id = $6")
        .bind(&rule.id)
        .bind(*since)
        .bind(last)
        .bind(rule.due_from)
        .bind(place.0)
        .bind(place.1)
        .run(&mut tx)
        .await?;
    if moved == 0 {
        // Another process was here, or somebody changed the rule.
        return Ok(0);
    }
    insert_rows(
        &mut tx,
        "INSERT INTO rule_timers (rule_id, conversation_id, since, look_at) VALUES",
        "ON CONFLICT (rule_id, conversation_id) DO UPDATE SET since = excluded.since, look_at = excluded.look_at WHERE rule_timers.since < excluded.since",
        rows,
    )
    .await?;
    tx.commit_silently().await?;
    Ok(found.len())
}

/// The next ones behind a place, by their beginning and id.
async fn next(
    store: &Store,
    stretch: Stretch,
    (since, id): &(Millis, String),
    until: Millis,
) -> Result<Vec<(ConversationId, Millis, InboxId)>> {
    let [beside, behind] = stretch.search();
    let mut found: Vec<(ConversationId, Millis, InboxId)> = Vec::new();
    if *since <= until {
        found = composed_sql(beside)
            .bind(*since)
            .bind(id)
            .bind(WALK)
            .all(store.db())
            .await?;
    }
    let room = WALK - i64::try_from(found.len()).unwrap_or(WALK);
    if room > 0 {
        let more: Vec<(ConversationId, Millis, InboxId)> = composed_sql(behind)
            .bind(*since)
            .bind(until)
            .bind(room)
            .all(store.db())
            .await?;
        found.extend(more);
    }
    Ok(found)
}

/// What became of a timer.
enum Turn {
    Acted,
    Settled,
    /// Something happened at the same moment: it is looked at again.
    Left,
}

/// A timer as it was read.
struct Timer<'a> {
    rule: &'a Rule,
    conversation: &'a ConversationId,
    since: Millis,
}

impl Timer<'_> {
    /// Looks again at a time, or, without one, not before the next stretch.
    async fn put(&self, store: &Store, look_at: Option<Millis>) -> Result<Turn> {
        let mut tx = store.begin().await?;
        let text = if look_at.is_some() {
            "UPDATE rule_timers SET look_at = $5 WHERE rule_id = $1 AND conversation_id = $2 AND since = $3 AND look_at <= $4"
        } else {
            "UPDATE rule_timers SET look_at = NULL WHERE rule_id = $1 AND conversation_id = $2 AND since = $3 AND look_at <= $4"
        };
        let now = tx.now();
        let query = sql(text)
            .bind(&self.rule.id)
            .bind(self.conversation)
            .bind(self.since)
            .bind(now);
        match look_at {
            Some(_) => query.bind(look_at).run(&mut tx).await?,
            None => query.run(&mut tx).await?,
        };
        if look_at.is_none() {
            // Only what was done is worth remembering.
            sql("DELETE FROM rule_timers WHERE rule_id = $1 AND conversation_id = $2 AND look_at IS NULL AND acted_at IS NULL")
                .bind(&self.rule.id)
                .bind(self.conversation)
                .run(&mut tx)
                .await?;
        }
        tx.commit_silently().await?;
        Ok(Turn::Settled)
    }
}

async fn look_at(
    store: &Store,
    door: &impl Door,
    rule: &Rule,
    id: &ConversationId,
    calendars: &mut Calendars,
) -> Result<Turn> {
    let now = store.now();
    let row: Option<(Millis, Option<Millis>)> =
        sql("SELECT since, acted_at FROM rule_timers WHERE rule_id = $1 AND conversation_id = $2 AND look_at <= $3")
            .bind(&rule.id)
            .bind(id)
            .bind(now)
            .optional(store.db())
            .await?;
    let (Some((known, acted_at)), Some(stretch)) = (row, rule.occasion.stretch()) else {
        return Ok(Turn::Left);
    };
    let timer = Timer {
        rule,
        conversation: id,
        since: known,
    };
    let conversation = match conversations::load(store.db(), id).await {
        Ok(conversation) => conversation,
        Err(Error::NotFound) => return timer.put(store, None).await,
        Err(error) => return Err(error),
    };
    let since: Option<(Millis,)> = composed_sql(stretch.of_one()).bind(id).optional(store.db()).await?;
    let Some((since,)) = since.filter(|_| rule.occasion.lasts_in(&conversation)) else {
        return timer.put(store, None).await;
    };
    let due = match calendars.due(store, rule, &conversation.inbox_id, since).await? {
        None => return timer.put(store, Some(now + NEVER)).await,
        // A stretch that began meanwhile is found on the way again.
        Some(_) if since > known && now - since < rule.minutes * MINUTE => return timer.put(store, None).await,
        Some(due) if due > now => return timer.put(store, Some(due)).await,
        Some(due) => due,
    };
    if let Some(at) = acted_at
        && !was_somebody_there(store, id, at).await?
    {
        return timer.put(store, None).await;
    }
    let facts = facts::gather(store.db(), &moment(&conversation, now), id).await?;
    if !facts.hold(&rule.conditions) {
        let most = if asks_for_hours(&rule.conditions) {
            AGAIN_BY_HOURS
        } else {
            AGAIN
        };
        let again = ((now - due) / 2).clamp(MINUTE, most);
        return timer.put(store, Some(now + again)).await;
    }
    let unsaid = unsaid::why(store, door, rule, &facts).await?;
    take(store, &timer, &conversation, since, unsaid).await
}

fn asks_for_hours(conditions: &[Condition]) -> bool {
    conditions.iter().any(|condition| condition.field == Field::Hours)
}

/// What rules look at when nothing happened but time.
fn moment(conversation: &Conversation, now: Millis) -> Event {
    Event {
        position: conversation.position,
        kind: EventKind::ConversationUpdated,
        conversation_id: Some(conversation.id.clone()),
        subject_id: conversation.id.to_string(),
        actor: Actor::System,
        at: now,
        data: json!({}),
        trace: None,
    }
}

/// Whether anybody but the system wrote or did something since then.
async fn was_somebody_there(store: &Store, id: &ConversationId, since: Millis) -> Result<bool> {
    let row: Option<(String,)> = sql(
        "SELECT id FROM messages WHERE conversation_id = $1 AND created_at > $2 AND author_kind <> 'system' LIMIT 1",
    )
    .bind(id)
    .bind(since)
    .optional(store.db())
    .await?;
    Ok(row.is_some())
}

/// Does it, and remembers it, if nothing happened since it was looked at.
async fn take(
    store: &Store,
    timer: &Timer<'_>,
    seen: &Conversation,
    since: Millis,
    unsaid: Option<&'static str>,
) -> Result<Turn> {
    let rule = timer.rule;
    let mut tx = store.begin().await?;
    let held = conversations::lock(&mut tx, timer.conversation).await?;
    let now = tx.now();
    if held.position != seen.position {
        return Ok(Turn::Left);
    }
    let is_ours = sql("UPDATE rule_timers SET since = $3, look_at = NULL, acted_at = $4 WHERE rule_id = $1 AND conversation_id = $2 AND since = $5 AND look_at <= $4")
        .bind(&rule.id)
        .bind(timer.conversation)
        .bind(since)
        .bind(now)
        .bind(timer.since)
        .run(&mut tx)
        .await?;
    let is_on: Option<(String,)> =
        sql("SELECT id FROM rules WHERE id = $1 AND is_enabled AND due_from = $2 AND updated_at = $3")
            .bind(&rule.id)
            .bind(rule.due_from)
            .bind(rule.updated_at)
            .optional(&mut tx)
            .await?;
    if is_ours == 0 || is_on.is_none() {
        return Ok(Turn::Left);
    }
    let steps: Vec<Step> = rule
        .steps
        .iter()
        .filter(|step| unsaid.is_none() || !matches!(step, Step::Reply { .. }))
        .cloned()
        .collect();
    let (outcome, mut detail) = if steps.is_empty() {
        ("held", String::new())
    } else {
        attempt(&mut tx, timer.conversation, &steps).await?
    };
    if let Some(code) = unsaid.filter(|_| outcome != "failed") {
        detail = format!("{detail} {code}").trim().to_owned();
    }
    record(&mut tx, rule, seen.position, timer.conversation, outcome, &detail).await?;
    let mut held = conversations::lock(&mut tx, timer.conversation).await?;
    let line = json!({
        "action": "ruled", "rule": rule.name, "rule_id": rule.id, "when": rule.occasion, "minutes": rule.minutes,
        "in_hours": rule.in_hours, "outcome": outcome, "did": detail,
    });
    activity(&mut tx, &held, &Actor::System, line).await?;
    held.message_count += 1;
    conversations::save(&mut tx, &mut held).await?;
    crate::fault::point("rule.before_commit");
    tx.commit().await?;
    crate::fault::point("rule.after_commit");
    Ok(Turn::Acted)
}

/// What a rule would act on now, were it to act on all that waits: the longest first.
///
/// # Errors
/// [`Error::Invalid`] when the rule could never work.
pub async fn waiting(store: &Store, rule: &Rule) -> Result<DryRun> {
    check(rule)?;
    let mut out = DryRun::default();
    let Some(stretch) = rule.occasion.stretch() else {
        return Ok(out);
    };
    let now = store.now();
    let mut calendars = Calendars::default();
    let mut place = (0, String::new());
    loop {
        let found = next(store, stretch, &place, now - rule.minutes * MINUTE).await?;
        let Some((last, since, _)) = found.last() else {
            return Ok(out);
        };
        place = (*since, last.to_string());
        for (id, since, inbox) in &found {
            if calendars
                .due(store, rule, inbox, *since)
                .await?
                .is_none_or(|due| due > now)
            {
                continue;
            }
            if out.occasions >= MOST_OCCASIONS {
                out.is_cut = true;
                return Ok(out);
            }
            out.occasions += 1;
            if let Some(facts) = holding(store, rule, id, now).await? {
                out.matched += 1;
                out.conversations += 1;
                if out.examples.len() < MOST_EXAMPLES {
                    out.examples.push(Example::of(&facts.conversation, *since));
                }
            }
        }
    }
}

/// What is known of a conversation that fulfils the conditions.
async fn holding(store: &Store, rule: &Rule, id: &ConversationId, now: Millis) -> Result<Option<Facts>> {
    let conversation = match conversations::load(store.db(), id).await {
        Ok(conversation) if rule.occasion.lasts_in(&conversation) => conversation,
        Ok(_) | Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let facts = facts::gather(store.db(), &moment(&conversation, now), id).await?;
    Ok(Some(facts).filter(|facts| facts.hold(&rule.conditions)))
}

/// Whether a rule by time waits for a conversation to become what its conditions ask.
pub(crate) async fn is_watched(on: impl On, id: &ConversationId) -> Result<bool> {
    let row: Option<(Millis,)> = sql(WATCHED).bind(id).optional(on).await?;
    Ok(row.is_some())
}

/// Something happened to a conversation: rules by time look at it again now.
pub(crate) async fn look_again_in(tx: &mut Tx, id: &ConversationId) -> Result<()> {
    let now = tx.now();
    sql("UPDATE rule_timers SET look_at = $2 WHERE conversation_id = $1 AND look_at > $2")
        .bind(id)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Opening hours changed: what is counted in them is counted anew.
pub(crate) async fn count_again_in(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    sql("UPDATE rule_timers SET look_at = $1 WHERE look_at > $1")
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// The clock was ahead and is right again: nothing began in the future, and no rule has been there.
pub(crate) async fn clock_went_back(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let mut changed = 0;
    for text in [
        "UPDATE conversations SET turn_since = $1 WHERE turn IN ('us', 'customer') AND turn_since > $1",
        "UPDATE conversations SET unheld_since = $1 WHERE unheld_since > $1",
        "UPDATE conversations SET stood_since = $1 WHERE stood IN ('open', 'snoozed', 'resolved') AND stood_since > $1",
        "UPDATE rules SET walked_to = $1, walked_id = '' WHERE walked_to > $1",
        "UPDATE rules SET due_from = $1 WHERE due_from > $1",
        "UPDATE rule_timers SET acted_at = $1 WHERE acted_at > $1",
        "UPDATE rule_timers SET since = $1 WHERE since > $1",
    ] {
        changed += sql(text).bind(now).run(&mut tx).await?;
    }
    count_again_in(&mut tx).await?;
    tx.commit_silently().await?;
    Ok(changed)
}

/// Forgets where rules acted long ago.
pub(crate) async fn prune_in(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    sql("DELETE FROM rule_timers WHERE look_at IS NULL AND acted_at < $1")
        .bind(now - REMEMBERED)
        .run(tx)
        .await?;
    Ok(())
}
