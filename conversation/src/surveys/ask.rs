//! Asking: what is due after a resolution, and whose turn it is.

use serde_json::json;

use super::settings::{self, Settings};
use super::{Kind, Survey, page_path, question, value, words};
use crate::automatic;
use crate::bounces;
use crate::card::{Card, CardAction, CardKind};
use crate::contacts;
use crate::conversations::{self, Conversation};
use crate::db::sql;
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::inboxes;
use crate::notifications::{self, News, Sender};
use crate::reply::{NewReply, ReplyKind, reply_in};
use crate::store::{Store, Tx, event};
use crate::types::{Actor, Channel, ContactId, ConversationId, ConversationStatus, Language, MessageId, Millis};
use crate::ways;

const DAY: Millis = 86_400_000;
/// How many one look asks.
const BATCH: i64 = 100;
/// A customer who is in the middle of something is not asked the large question; it comes later.
const LATER: Millis = 3 * DAY;
/// Between the small question and the large one passes at least so much.
const APART: Millis = 7 * DAY;
/// A customer who has not written for so long has no turn any more.
const GONE_AFTER: Millis = 366 * DAY;

/// A conversation was resolved, in the transaction that does it: a survey becomes due where its inbox
/// asks, and its customer gets a turn.
pub(crate) async fn resolved_in(tx: &mut Tx, conversation: &Conversation) -> Result<()> {
    // Nobody wrote who could be asked: a newsletter, a notice.
    if conversation.last_inbound_at.is_none() {
        return Ok(());
    }
    let kinds: Vec<(String,)> = sql("SELECT kind FROM survey_inboxes WHERE inbox_id = $1")
        .bind(&conversation.inbox_id)
        .all(&mut *tx)
        .await?;
    let has = |kind: Kind| kinds.iter().any(|(one,)| one == kind.as_str());
    let now = tx.now();
    if has(Kind::Nps) {
        let next = now + 14 * DAY + i64::try_from(tx.env().below(30)).unwrap_or(0) * DAY;
        sql("INSERT INTO survey_turns (contact_id, next_at) VALUES ($1, $2) ON CONFLICT (contact_id) DO NOTHING")
            .bind(&conversation.contact_id)
            .bind(next)
            .run(&mut *tx)
            .await?;
    }
    if !has(Kind::Csat) {
        return Ok(());
    }
    let settings = settings::load(&mut *tx, Kind::Csat).await?;
    // It was resolved, opened and resolved again: one question, about the last time.
    sql("DELETE FROM surveys WHERE conversation_id = $1 AND state = 'due'")
        .bind(&conversation.id)
        .run(&mut *tx)
        .await?;
    add(tx, Kind::Csat, conversation, now + settings.delay).await?;
    Ok(())
}

async fn add(tx: &mut Tx, kind: Kind, conversation: &Conversation, due_at: Millis) -> Result<String> {
    let id = tx.env().ulid();
    sql("INSERT INTO surveys (id, kind, conversation_id, channel, language, agent_id, state, due_at, is_low) VALUES ($1, $2, $3, $4, $5, $6, 'due', $7, $8)")
        .bind(id.as_str())
        .bind(kind.as_str())
        .bind(&conversation.id)
        .bind(conversation.channel)
        .bind(conversation.language)
        .bind(conversation.assignee_id.as_ref())
        .bind(due_at)
        .bind(false)
        .run(tx)
        .await?;
    Ok(id)
}

/// Asks what is due; returns how many customers were asked. A few at a time; call it again.
pub async fn ask_due(store: &Store) -> Result<usize> {
    // Nobody is asked how it was before the last answer left: it may still be held back, or be for later.
    let due: Vec<(String, ConversationId)> = sql(
        "SELECT s.id, s.conversation_id FROM surveys s WHERE s.state = 'due' AND s.due_at <= $1
           AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.conversation_id = s.conversation_id AND d.state = 'scheduled')
         ORDER BY s.due_at, s.id LIMIT $2",
    )
    .bind(store.now())
    .bind(BATCH)
    .all(store.db())
    .await?;
    let mut asked = 0;
    for (id, conversation) in due {
        let mut tx = store.begin().await?;
        let conversation = conversations::lock(&mut tx, &conversation).await?;
        let survey = match super::load(&mut tx, &id).await {
            Ok(survey) if survey.state == super::State::Due => survey,
            // Resolved again meanwhile, or asked by another process.
            Ok(_) | Err(Error::NotFound) => continue,
            Err(error) => return Err(error),
        };
        let settings = settings::load(&mut tx, survey.kind).await?;
        let reason = match why_not(&mut tx, &settings, &survey, &conversation).await? {
            Some(reason) => Some(reason),
            None => ask_in(&mut tx, &settings, &survey, &conversation).await?,
        };
        match reason {
            None => {
                tx.commit().await?;
                asked += 1;
            }
            Some(reason) => {
                sql("UPDATE surveys SET state = 'skipped', reason = $2 WHERE id = $1")
                    .bind(&id)
                    .bind(reason)
                    .run(&mut tx)
                    .await?;
                tx.commit_silently().await?;
            }
        }
    }
    Ok(asked)
}

/// Why a survey is not asked, in a word; `None` when nothing speaks against it.
async fn why_not(
    tx: &mut Tx,
    settings: &Settings,
    survey: &Survey,
    conversation: &Conversation,
) -> Result<Option<&'static str>> {
    let now = tx.now();
    if conversation.merged_into.is_some() {
        return Ok(Some("merged"));
    }
    if conversation.spam_since.is_some() {
        return Ok(Some("spam"));
    }
    if survey.kind == Kind::Csat && conversation.status != ConversationStatus::Resolved {
        return Ok(Some("reopened"));
    }
    if !settings.is_on(&conversation.inbox_id) {
        return Ok(Some("off"));
    }
    let inbox = inboxes::load(&mut *tx, &conversation.inbox_id).await?;
    if !inbox.is_enabled {
        return Ok(Some("off"));
    }
    let (is_spam,): (i64,) = sql("SELECT COUNT(*) FROM conversation_labels c JOIN labels l ON l.id = c.label_id WHERE c.conversation_id = $1 AND LOWER(l.name) = 'spam'")
        .bind(&conversation.id)
        .one(&mut *tx)
        .await?;
    if is_spam > 0 {
        return Ok(Some("spam"));
    }
    // Nobody helped: there is nothing to judge. What the system said by itself is no help.
    let helped: Option<(String,)> = sql("SELECT id FROM messages WHERE conversation_id = $1 AND kind = 'outbound' AND author_kind IN ('agent', 'bot', 'api') LIMIT 1")
        .bind(&conversation.id)
        .optional(&mut *tx)
        .await?;
    if survey.kind == Kind::Csat && helped.is_none() {
        return Ok(Some("unanswered"));
    }
    let lately: Option<(String,)> = sql("SELECT s.id FROM conversations c JOIN surveys s ON s.conversation_id = c.id WHERE c.contact_id = $1 AND s.kind = $2 AND s.asked_at > $3 LIMIT 1")
        .bind(&conversation.contact_id)
        .bind(survey.kind.as_str())
        .bind(now - settings.quiet)
        .optional(&mut *tx)
        .await?;
    if lately.is_some() {
        return Ok(Some("asked_lately"));
    }
    if automatic::is_spent(tx, conversation).await? {
        return Ok(Some("quiet"));
    }
    // Only WhatsApp has templates.
    let by_template = settings.by_template && conversation.channel == Channel::Whatsapp;
    if !ways::is_window_open(&mut *tx, conversation, now).await? && !by_template {
        return Ok(Some("window"));
    }
    Ok(None)
}

/// Writes the question into the conversation; says why when the customer cannot be reached.
async fn ask_in(
    tx: &mut Tx,
    settings: &Settings,
    survey: &Survey,
    conversation: &Conversation,
) -> Result<Option<&'static str>> {
    let now = tx.now();
    let is_open = ways::is_window_open(&mut *tx, conversation, now).await?;
    let page = page_path(tx.store().keys(), &survey.id);
    let card = draw(settings, survey.kind, &survey.id, conversation, is_open, page.clone());
    let message = MessageId::from(tx.env().ulid());
    let contact = contacts::load(&mut *tx, &conversation.contact_id).await?.id;
    let news = News {
        kind: notifications::Kind::Survey,
        words: "survey",
        args: json!({ "question": question(settings, conversation.language) }),
        path: page,
        subject: survey.id.clone(),
    };
    let new = NewReply {
        cards: vec![card],
        ..NewReply::of(message.clone(), &conversation.id, ReplyKind::Customer, String::new())
    };
    let mark = tx.mark().await?;
    let sender = Sender::of_channel(conversation.channel);
    let told = notifications::tell_in(tx, &news, &[(contact, sender)]).await?;
    let leaves = told.iter().all(|told| told.leaves_by(conversation.channel));
    let written = match leaves {
        // Who wants no questions by this channel finds it in the portal.
        false => Ok(()),
        true => match reply_in(tx, &Actor::System, new).await {
            Ok(_) => bounces::refuse(tx, &message).await,
            Err(error) => Err(error),
        },
    };
    match written {
        Ok(()) => tx.keep(mark).await?,
        Err(Error::Invalid(_) | Error::Conflict(_)) => {
            tx.back_to(mark).await?;
            return Ok(Some("unreachable"));
        }
        Err(error) => return Err(error),
    }
    let now = tx.now();
    sql(
        "UPDATE surveys SET state = 'asked', message_id = $2, asked_at = $3, channel = $4, language = $5 WHERE id = $1",
    )
    .bind(&survey.id)
    .bind(leaves.then_some(&message))
    .bind(now)
    .bind(conversation.channel)
    .bind(conversation.language)
    .run(&mut *tx)
    .await?;
    tx.emit(event(
        EventKind::SurveyAsked,
        &conversation.id,
        &survey.id,
        &Actor::System,
        json!({ "kind": survey.kind, "message": leaves.then_some(&message) }),
    ));
    Ok(None)
}

/// The card of a survey, as its channel can show it: buttons, or the page where buttons do not reach.
pub(super) fn draw(
    settings: &Settings,
    kind: Kind,
    id: &str,
    conversation: &Conversation,
    is_open: bool,
    page: String,
) -> Card {
    let language: Language = conversation.language;
    let words = words::of(kind, language);
    let (least, most) = kind.scale();
    let is_whatsapp = conversation.channel == Channel::Whatsapp;
    // A list of WhatsApp's has ten lines, and a template no buttons of ours.
    let has_buttons = !is_whatsapp || (is_open && most - least < 10);
    let mut body = words.scale.to_owned();
    let actions = if has_buttons {
        // The best first where they stand below each other.
        let scores: Vec<i64> = if is_whatsapp {
            (least..=most).rev().collect()
        } else {
            (least..=most).collect()
        };
        scores
            .into_iter()
            .map(|score| CardAction::Answer {
                label: words::label(kind, score, language),
                value: value(id, score),
            })
            .collect()
    } else {
        body = format!("{body} {}", words.number);
        vec![CardAction::Open {
            label: words.open.to_owned(),
            path: page,
        }]
    };
    Card {
        kind: CardKind::Survey,
        reference: id.to_owned(),
        title: question(settings, language),
        body,
        facts: Vec::new(),
        actions,
    }
}

/// Asks the large question of those whose turn has come, within what a day allows; returns how many.
pub async fn take_turns(store: &Store) -> Result<usize> {
    let settings = settings::load(store.db(), Kind::Nps).await?;
    if settings.inboxes.is_empty() {
        return Ok(0);
    }
    let now = store.now();
    let (today,): (i64,) = sql("SELECT COUNT(*) FROM surveys WHERE kind = 'nps' AND asked_at > $1")
        .bind(now - DAY)
        .one(store.db())
        .await?;
    let left = (settings.a_day - today).clamp(0, BATCH);
    let due: Vec<(ContactId, i64)> =
        sql("SELECT contact_id, next_at FROM survey_turns WHERE next_at <= $1 ORDER BY next_at, contact_id LIMIT $2")
            .bind(now)
            .bind(left)
            .all(store.db())
            .await?;
    let mut asked = 0;
    for (contact, at) in due {
        if take_turn(store, &settings, &contact, at).await? {
            asked += 1;
        }
    }
    Ok(asked)
}

/// What whoever has a turn gets by it.
enum Turn {
    /// Nobody is there to be asked any more.
    Gone,
    /// They are busy with something, or were asked a small question a short while ago.
    Later(Millis),
    /// They are asked, and have their next turn then.
    Ask(Box<Conversation>, Millis),
}

async fn turn_of(tx: &mut Tx, settings: &Settings, contact: &ContactId) -> Result<Turn> {
    let now = tx.now();
    let latest: Option<(ConversationId,)> = sql("SELECT id FROM conversations WHERE contact_id = $1 AND merged_into IS NULL AND spam_since IS NULL AND last_inbound_at IS NOT NULL ORDER BY last_message_at DESC, id DESC LIMIT 1")
        .bind(contact)
        .optional(&mut *tx)
        .await?;
    let conversation = match latest {
        Some((id,)) => Some(conversations::lock(tx, &id).await?),
        None => None,
    };
    let conversation = conversation.filter(|conversation| {
        conversation.merged_into.is_none()
            && conversation.contact_id == *contact
            && conversation.last_inbound_at.is_some_and(|at| at > now - GONE_AFTER)
    });
    let is_person = contacts::load(&mut *tx, contact)
        .await
        .is_ok_and(|found| found.id == *contact);
    let Some(conversation) = conversation.filter(|_| is_person) else {
        return Ok(Turn::Gone);
    };
    if conversation.status != ConversationStatus::Resolved {
        return Ok(Turn::Later(now + LATER));
    }
    let (small,): (i64,) = sql("SELECT COUNT(*) FROM conversations c JOIN surveys s ON s.conversation_id = c.id WHERE c.contact_id = $1 AND (s.state = 'due' OR s.asked_at > $2)")
        .bind(contact)
        .bind(now - APART)
        .one(tx)
        .await?;
    if small > 0 {
        return Ok(Turn::Later(now + APART));
    }
    Ok(Turn::Ask(Box::new(conversation), now + settings.quiet))
}

/// Gives one contact the turn that was due `at`; whether they were asked.
async fn take_turn(store: &Store, settings: &Settings, contact: &ContactId, at: Millis) -> Result<bool> {
    let mut tx = store.begin().await?;
    let (next, asked) = match turn_of(&mut tx, settings, contact).await? {
        Turn::Gone => {
            sql("DELETE FROM survey_turns WHERE contact_id = $1 AND next_at = $2")
                .bind(contact)
                .bind(at)
                .run(&mut tx)
                .await?;
            tx.commit_silently().await?;
            return Ok(false);
        }
        Turn::Later(next) => (next, None),
        Turn::Ask(conversation, next) => (next, Some(conversation)),
    };
    let is_mine = sql("UPDATE survey_turns SET next_at = $3 WHERE contact_id = $1 AND next_at = $2")
        .bind(contact)
        .bind(at)
        .bind(next)
        .run(&mut tx)
        .await?;
    if is_mine == 0 {
        return Ok(false);
    }
    let Some(conversation) = asked else {
        tx.commit_silently().await?;
        return Ok(false);
    };
    let now = tx.now();
    let id = add(&mut tx, Kind::Nps, &conversation, now).await?;
    let survey = super::load(&mut tx, &id).await?;
    let reason = match why_not(&mut tx, settings, &survey, &conversation).await? {
        Some(reason) => Some(reason),
        None => ask_in(&mut tx, settings, &survey, &conversation).await?,
    };
    let Some(reason) = reason else {
        tx.commit().await?;
        return Ok(true);
    };
    sql("UPDATE surveys SET state = 'skipped', reason = $2 WHERE id = $1")
        .bind(&id)
        .bind(reason)
        .run(&mut tx)
        .await?;
    // A window that is closed may be open another day; the whole time need not pass.
    sql("UPDATE survey_turns SET next_at = $2 WHERE contact_id = $1")
        .bind(contact)
        .bind(now + 4 * APART)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(false)
}
