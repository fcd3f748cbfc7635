//! Answers: by a press on the card, by a bare number in a chat, from the page of the signed link.

use std::collections::HashMap;

use serde_json::json;

use super::{Kind, State, Survey, from_value, page_path, settings, thanks, value, words};
use crate::activity::activity;
use crate::card::{Card, CardAction, CardAnswer, CardKind};
use crate::conversations::{self, Conversation};
use crate::db::{composed_sql, parts, placeholders, sql};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::labels;
use crate::reply::{NewReply, ReplyKind, reply_in};
use crate::store::{Store, Tx, event};
use crate::types::{Actor, ContactId, ConversationId, MessageId, Millis};

/// For so long after the first answer a customer may think better of it, in milliseconds.
pub const CHANGE_WITHIN: Millis = 7 * 86_400_000;
/// For so long after it was asked a survey takes an answer, in milliseconds.
pub const OPEN_FOR: Millis = 90 * 86_400_000;
/// The longest comment, in characters.
pub const LONGEST_COMMENT: usize = 4_000;
/// A bare number in a chat is an answer for so long after the question.
const NUMBERS_FOR: Millis = 3 * 86_400_000;

/// What a customer gave.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Given {
    score: i64,
    /// `None` leaves the comment as it is.
    comment: Option<String>,
}

/// A message that is nothing but a number of at most two digits: `5`, `4!`, `9/10`.
pub fn is_bare_number(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches(['!', '.', '⭐']).trim_end();
    let (number, scale) = text.split_once('/').unwrap_or((text, "10"));
    let number = number.trim();
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && matches!(scale.trim(), "5" | "10"))
        .then(|| number.parse().ok())
        .flatten()
}

/// An open question that a bare number of this contact answers.
#[derive(Debug, Clone)]
pub(crate) struct NumberFor {
    pub(crate) conversation: ConversationId,
    survey: String,
    kind: Kind,
    message: MessageId,
}

impl NumberFor {
    /// The press that the number stands for.
    pub(crate) fn press(&self, number: i64, text: &str) -> Option<CardAnswer> {
        let (least, most) = self.kind.scale();
        (least..=most).contains(&number).then(|| CardAnswer {
            message: Some(self.message.clone()),
            value: value(&self.survey, number),
            label: text.trim().to_owned(),
        })
    }
}

/// The questions that bare numbers of these contacts answer: asked lately, the last thing that was said, and
/// the contact has nothing else open with us.
pub(crate) async fn numbers_of(tx: &mut Tx, contacts: &[ContactId]) -> Result<HashMap<ContactId, NumberFor>> {
    let mut found = HashMap::new();
    let since = tx.now() - NUMBERS_FOR;
    for part in parts(contacts) {
        let rows: Vec<(ContactId, ConversationId, String, String, MessageId)> = composed_sql(format!(
            "SELECT c.contact_id, c.id, s.id, s.kind, s.message_id FROM conversations c JOIN surveys s ON s.conversation_id = c.id
             WHERE s.state = 'asked' AND s.asked_at > $1 AND s.message_id IS NOT NULL AND c.merged_into IS NULL AND c.contact_id IN {}
               AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.kind = 'outbound' AND (m.at > s.asked_at OR m.id > s.message_id))
               AND NOT EXISTS (SELECT 1 FROM conversations o WHERE o.contact_id = c.contact_id AND o.status <> 'resolved' AND o.merged_into IS NULL)
             ORDER BY s.asked_at, s.id",
            placeholders(1, part.len(), 1)
        ))
        .bind(since)
        .bind_all(part.iter())
        .all(&mut *tx)
        .await?;
        for (contact, conversation, survey, kind, message) in rows {
            if let Some(kind) = Kind::from_text(&kind) {
                found.insert(
                    contact,
                    NumberFor {
                        conversation,
                        survey,
                        kind,
                        message,
                    },
                );
            }
        }
    }
    Ok(found)
}

/// A press on a survey's card arrived with a message, in the transaction that files it: keeps the score and
/// says thanks where the customer chats. What cannot be taken (too late, another customer's) changes nothing:
/// the message itself stands in the conversation.
pub(crate) async fn answered_by_message_in(
    tx: &mut Tx,
    conversation: &ConversationId,
    pressed: &CardAnswer,
) -> Result<()> {
    let Some((id, score)) = from_value(&pressed.value) else {
        return Ok(());
    };
    let conversation = conversations::lock_current(tx, conversation).await?;
    let survey = match super::load(&mut *tx, id).await {
        Ok(survey) => survey,
        Err(Error::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    if survey.contact != conversation.contact_id {
        return Ok(());
    }
    let given = Given { score, comment: None };
    let is_first = survey.state == State::Asked;
    match take_in(tx, &survey, &conversation, given).await {
        Ok(true) if is_first && conversation.channel.is_chat() => say_thanks(tx, &survey, &conversation).await,
        Ok(_) | Err(Error::Invalid(_) | Error::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn say_thanks(tx: &mut Tx, survey: &Survey, conversation: &Conversation) -> Result<()> {
    let settings = settings::load(&mut *tx, survey.kind).await?;
    let words = words::of(survey.kind, conversation.language);
    let card = Card {
        kind: CardKind::Survey,
        reference: survey.id.clone(),
        title: thanks(&settings, conversation.language),
        body: String::new(),
        facts: Vec::new(),
        actions: vec![CardAction::Open {
            label: words.comment.to_owned(),
            path: page_path(tx.store().keys(), &survey.id),
        }],
    };
    let new = NewReply {
        cards: vec![card],
        ..NewReply::of(
            MessageId::from(tx.env().ulid()),
            &conversation.id,
            ReplyKind::Customer,
            String::new(),
        )
    };
    let mark = tx.mark().await?;
    match reply_in(tx, &Actor::System, new).await {
        Ok(_) => tx.keep(mark).await,
        Err(Error::Invalid(_)) => tx.back_to(mark).await,
        Err(error) => Err(error),
    }
}

/// A score from the page behind the signed link, with or without words. Returns the survey as it stands.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] for a score outside the scale or a comment that is too long;
/// [`Error::Conflict`] when it is too late.
pub async fn answer(store: &Store, id: &str, score: i64, comment: Option<&str>) -> Result<Survey> {
    write(store, id, Some(score), comment).await
}

/// Words beside a score that was given already; as [`answer`].
///
/// # Errors
/// As [`answer`]; also [`Error::Invalid`] without a score.
pub async fn comment(store: &Store, id: &str, words: &str) -> Result<Survey> {
    write(store, id, None, Some(words)).await
}

async fn write(store: &Store, id: &str, score: Option<i64>, comment: Option<&str>) -> Result<Survey> {
    let found = super::load(store.db(), id).await?;
    let mut tx = store.begin().await?;
    let mut conversation = conversations::lock_current(&mut tx, &found.conversation).await?;
    let survey = super::load(&mut tx, id).await?;
    let score = score
        .or(survey.score)
        .ok_or_else(|| Error::Invalid("score: choose one of the numbers".to_owned()))?;
    let comment = comment.map(|words| words.trim().replace("\r\n", "\n"));
    if comment
        .as_ref()
        .is_some_and(|words| words.chars().count() > LONGEST_COMMENT)
    {
        return Err(Error::Invalid(format!(
            "comment: it has more than {LONGEST_COMMENT} characters"
        )));
    }
    let has_said = comment.clone().filter(|words| !words.is_empty());
    let given = Given { score, comment };
    if !take_in(&mut tx, &survey, &conversation, given).await? {
        return Ok(survey);
    }
    // No message came with it: a line in the conversation says what was said.
    let actor = Actor::Contact(conversation.contact_id.clone());
    activity(
        &mut tx,
        &conversation,
        &actor,
        json!({ "action": "surveyed", "survey": survey.kind, "score": score, "most": survey.kind.scale().1, "comment": has_said }),
    )
    .await?;
    conversation.message_count += 1;
    conversations::save(&mut tx, &mut conversation).await?;
    tx.commit().await?;
    super::load(store.db(), id).await
}

/// Keeps a score, and raises it when it is low; returns whether anything changed. The conversation is held.
async fn take_in(tx: &mut Tx, survey: &Survey, conversation: &Conversation, given: Given) -> Result<bool> {
    let (least, most) = survey.kind.scale();
    if !(least..=most).contains(&given.score) {
        return Err(Error::Invalid(format!("score: from {least} to {most}")));
    }
    let now = tx.now();
    let is_late = match (survey.state, survey.answered_at, survey.asked_at) {
        (State::Answered, Some(first), _) => now > first + CHANGE_WITHIN,
        (State::Asked, _, Some(asked)) => now > asked + OPEN_FOR,
        _ => return Err(Error::Invalid("this was not asked".to_owned())),
    };
    if is_late {
        return Err(Error::Conflict(
            "it is too late to answer, or to change the answer".to_owned(),
        ));
    }
    let comment = match given.comment {
        None => survey.comment.clone(),
        Some(words) if words.is_empty() => None,
        Some(words) => Some(words),
    };
    if survey.score == Some(given.score) && survey.comment == comment {
        return Ok(false);
    }
    let settings = settings::load(&mut *tx, survey.kind).await?;
    let is_low = given.score <= settings.low_at;
    sql("UPDATE surveys SET state = 'answered', score = $2, comment = $3, is_low = $4, answered_at = COALESCE(answered_at, $5), changed_at = $5 WHERE id = $1")
        .bind(&survey.id)
        .bind(given.score)
        .bind(comment.clone())
        .bind(is_low)
        .bind(now)
        .run(&mut *tx)
        .await?;
    if is_low && let Some(label) = &settings.label {
        let mark = tx.mark().await?;
        match labels::set_in(tx, &Actor::System, &conversation.id, std::slice::from_ref(label), &[]).await {
            Ok(_) => tx.keep(mark).await?,
            // The label is gone, or the conversation carries all that it can.
            Err(Error::NotFound | Error::Invalid(_)) => tx.back_to(mark).await?,
            Err(error) => return Err(error),
        }
    }
    // Raised once for each low answer, and again when words come to it.
    tx.emit(event(
        EventKind::SurveyAnswered,
        &conversation.id,
        &survey.id,
        &Actor::Contact(conversation.contact_id.clone()),
        json!({
            "kind": survey.kind,
            "score": given.score,
            "is_low": is_low,
            "is_change": survey.state == State::Answered,
            "has_comment": comment.is_some(),
        }),
    ));
    Ok(true)
}
