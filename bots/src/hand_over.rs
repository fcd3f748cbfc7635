//! Giving a conversation to people, and the nets below the bot: whatever fails, no customer waits
//! where nobody looks.

use std::time::Duration;

use conversation::conversations::Conversation;
use conversation::db::sql;
use conversation::desk::Texts;
use conversation::desk::inboxes as desks;
use conversation::inboxes::Inbox;
use conversation::labels;
use conversation::lifecycle::{Action, act, act_in};
use conversation::menus::{self, Does, Entry, Gone, Route};
use conversation::reply::{NewReply, ReplyKind, reply_in};
use conversation::tickets::edit::{Edit, edit_in};
use conversation::tickets::{self, NewTicket, Ticket};
use conversation::types::{
    Actor, Channel, ConversationId, ConversationStatus, InboxId, Language, Level, MessageId, Millis, TicketKind,
};
use conversation::{Error, Result, Store, Tx, access, automatic, inboxes};

use crate::decision::{Reason, Said};
use crate::intent;
use crate::say::{self, clip};
use crate::session::BotSession;
use crate::words;

/// How long a customer may wait for the bot, in milliseconds.
pub const PATIENCE: Millis = 2 * 60 * 1000;
/// Conversations that one sweep takes.
const SWEPT: i64 = 100;
/// How often a failed hand-over is tried while the database is away.
const TRIES: u32 = 5;

/// Whether the bot may speak: it has it, it is open, and no person took it.
pub(crate) fn is_with_bot(conversation: &Conversation) -> bool {
    conversation.level == Level::Bot
        && conversation.status == ConversationStatus::Open
        && conversation.assignee_id.is_none()
        && conversation.merged_into.is_none()
}

/// Holds a conversation until the commit and reads it afresh; `None` when it is no longer the bot's.
pub(crate) async fn hold(tx: &mut Tx, id: &ConversationId) -> Result<Option<Conversation>> {
    // A move to the level that it is at changes nothing, and holds the row like any other move.
    let stay = Action::MoveTo {
        level: Level::Bot,
        reason: "-".to_owned(),
    };
    // The row first, the move second: on a conversation of another level it would be a real one.
    let seen = access::conversation(&mut *tx, &Actor::Bot, id).await?;
    if !is_with_bot(&seen) {
        return Ok(None);
    }
    let (held, has_moved) = match act_in(tx, &Actor::Bot, &seen.id, stay).await {
        Ok(held) => held,
        // It was merged between the two.
        Err(Error::Conflict(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok((!has_moved && is_with_bot(&held)).then_some(held))
}

/// Whether there is an address for an answer. Portal and telephone always have one: the portal.
pub(crate) fn can_reach(conversation: &Conversation) -> bool {
    match conversation.channel {
        Channel::Email
        | Channel::Whatsapp
        | Channel::Instagram
        | Channel::Messenger
        | Channel::Webchat
        | Channel::Bridge => conversation
            .reply_address
            .as_deref()
            .is_some_and(|address| !address.trim().is_empty()),
        Channel::Portal | Channel::Phone => true,
    }
}

/// Writes a message of the bot's.
pub(crate) async fn say(tx: &mut Tx, id: &ConversationId, kind: ReplyKind, said: Said) -> Result<()> {
    let reply = NewReply {
        cards: said.cards,
        ..NewReply::of(MessageId::from(tx.env().ulid()), id, kind, said.text)
    };
    reply_in(tx, &Actor::Bot, reply).await.map(|_| ())
}

/// Why a conversation goes to people, and to whom.
pub(crate) struct HandOver<'a> {
    /// Why.
    pub(crate) reason: Reason,
    /// What agents are told besides.
    pub(crate) remark: Option<&'a str>,
    /// The entry of the menu that leads there.
    pub(crate) route: Option<&'a Route>,
}

/// Gives a held conversation to people, the first line unless said otherwise: level, ticket, brief, and a word to the
/// customer.
pub(crate) async fn hand_over(
    tx: &mut Tx,
    conversation: &Conversation,
    inbox: &Inbox,
    language: Language,
    session: &BotSession,
    how: HandOver<'_>,
) -> Result<Ticket> {
    let HandOver { reason, remark, route } = how;
    // Agents read the language of their inbox, the customer is answered in theirs.
    let ours = inbox.language;
    let to_people = Action::MoveTo {
        level: route.and_then(|route| route.level).unwrap_or(Level::N1),
        reason: words::reason(ours, reason).to_owned(),
    };
    act_in(tx, &Actor::Bot, &conversation.id, to_people).await?;
    let mut brief = words::brief(ours, session, reason);
    if let Some(remark) = remark {
        brief = format!("{remark}\n{brief}");
    }
    let ticket = match tickets::current(&mut *tx, &conversation.id).await? {
        Some(ticket) => ticket,
        None => {
            let new = NewTicket {
                conversation: conversation.id.clone(),
                subject: subject(conversation, session, ours, reason),
                kind: TicketKind::Question,
                brief: brief.clone(),
            };
            tickets::open_in(tx, &Actor::Bot, new).await?
        }
    };
    if let Some(route) = route {
        follow(tx, &conversation.id, &ticket, route).await?;
    }
    say(tx, &conversation.id, ReplyKind::Note, say::plain(brief)).await?;
    if can_reach(conversation) && !automatic::is_spent(tx, conversation).await? {
        let opens = closed_until(tx, &inbox.id, language).await?;
        let said = say::handed_over(language, reason, &ticket, opens.as_deref());
        say(tx, &conversation.id, ReplyKind::Customer, said).await?;
    }
    Ok(ticket)
}

/// What else an entry of the menu says of a conversation that it hands over: category, label, team. What is gone of it is
/// left out; what an agent said of the ticket before stays.
async fn follow(tx: &mut Tx, id: &ConversationId, ticket: &Ticket, route: &Route) -> Result<()> {
    let entry = Entry {
        id: String::new(),
        title: Texts::default(),
        description: Texts::default(),
        does: Does::People(route.clone()),
    };
    let gone = menus::gone(&mut *tx, std::slice::from_ref(&entry)).await?;
    let is_there = |what: Gone| !gone.values().any(|all| all.contains(&what));
    if let Some(category) = route.category.as_ref().filter(|_| is_there(Gone::Category))
        && ticket.category.is_none()
    {
        let edit = Edit {
            category: Some(Some(category.clone())),
            ..Edit::default()
        };
        edit_in(tx, &Actor::Bot, &ticket.id, edit).await?;
    }
    if let Some(label) = route.label.as_ref().filter(|_| is_there(Gone::Label)) {
        let has = labels::of_conversations(&mut *tx, std::slice::from_ref(id)).await?;
        // One more than a conversation carries would undo all of this.
        let has_room = has
            .get(id)
            .is_none_or(|labels| i64::try_from(labels.len()).is_ok_and(|count| count < labels::MOST));
        if has_room {
            labels::set_in(tx, &Actor::Bot, id, std::slice::from_ref(label), &[]).await?;
        }
    }
    if let Some(team) = route.team.as_ref().filter(|_| is_there(Gone::Team)) {
        act_in(tx, &Actor::Bot, id, Action::GiveTo(Some(team.clone()))).await?;
    }
    Ok(())
}

/// When an inbox opens again, in words, where it is closed now and says nothing of its own about that.
async fn closed_until(tx: &mut Tx, inbox: &InboxId, language: Language) -> Result<Option<String>> {
    let desk = desks::load(&mut *tx, inbox).await?;
    if !desk.autoreply.is_empty() {
        return Ok(None);
    }
    let now = tx.now();
    let schedule = desks::schedule(&mut *tx, &desk).await?;
    Ok(schedule
        .filter(|schedule| !schedule.is_open(now))
        .and_then(|schedule| schedule.opens_in_words(now, language)))
}

fn subject(conversation: &Conversation, session: &BotSession, language: Language, reason: Reason) -> String {
    let named = conversation.subject.as_deref().map(str::trim);
    // What it is about, not that a person should see to it.
    let questions = &session.questions;
    let said = |question: &String| {
        let words = words::without_words(language, question);
        words.unwrap_or(question.trim()).to_owned()
    };
    let mut asked = questions
        .iter()
        .rev()
        .filter(|question| !intent::asks_for_person(question));
    // "And if it happens again?" says it only beside the question before it.
    let newest = asked.clone().next();
    let asked = asked
        .find(|question| !intent::is_follow_up(question))
        .or(newest)
        .map(said);
    let last = questions.last().map(said);
    let path = session.menu.path.join(words::STEP);
    let chosen = Some(path.as_str());
    let asked = asked.as_deref();
    // What led here says more than a question from before it.
    let (first, second) = match reason {
        Reason::ChosenInMenu => (chosen, asked),
        _ => (asked, chosen),
    };
    let subject = [named, first, second, last.as_deref()]
        .into_iter()
        .flatten()
        .find(|text| !text.is_empty())
        .unwrap_or(words::reason(language, reason));
    let line: Vec<&str> = subject.split_whitespace().collect();
    clip(&line.join(" "), 120)
}

/// The bot's memory of a conversation; a fresh one when there is none.
pub(crate) async fn load_session(on: impl conversation::db::On, id: &ConversationId) -> Result<BotSession> {
    let row: Option<(String,)> = sql("SELECT state FROM bot_sessions WHERE conversation_id = $1")
        .bind(id)
        .optional(on)
        .await?;
    Ok(row.map_or_else(BotSession::default, |(state,)| BotSession::from_json(&state)))
}

/// Remembers.
pub(crate) async fn save_session(tx: &mut Tx, id: &ConversationId, session: &BotSession) -> Result<()> {
    let now = tx.now();
    sql(
        "INSERT INTO bot_sessions (conversation_id, state, updated_at) VALUES ($1, $2, $3)
         ON CONFLICT (conversation_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
    )
    .bind(id)
    .bind(session.to_json())
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Why the bot lets go without having decided anything.
enum Net<'a> {
    /// It failed, with these words.
    Failed(&'a str),
    /// It did not answer.
    Silent,
}

/// Hands a conversation over that the bot could not serve; returns whether it still had it.
async fn let_go(store: &Store, id: &ConversationId, net: &Net<'_>) -> Result<bool> {
    let mut tx = store.begin().await?;
    let Some(conversation) = hold(&mut tx, id).await? else {
        return Ok(false);
    };
    let inbox = inboxes::load(&mut tx, &conversation.inbox_id).await?;
    let mut session = load_session(&mut tx, &conversation.id).await?;
    let remark = match net {
        // An error may quote what a customer wrote: it is short, and agents alone see it.
        Net::Failed(error) => format!("{} ({})", words::failed_note(inbox.language), clip(error, 300)),
        Net::Silent => words::silent_note(inbox.language).to_owned(),
    };
    session.escalated.get_or_insert(Reason::BotFailed);
    session.pending.clear();
    save_session(&mut tx, &conversation.id, &session).await?;
    hand_over(
        &mut tx,
        &conversation,
        &inbox,
        conversation.language,
        &session,
        HandOver {
            reason: Reason::BotFailed,
            remark: Some(&remark),
            route: None,
        },
    )
    .await?;
    tx.commit().await?;
    metrics::counter!("bot_let_go_total").increment(1);
    Ok(true)
}

/// The bot failed for good on a message: the conversation goes to people, if need be without a word.
pub(crate) async fn give_up(store: &Store, id: &ConversationId, error: &str) {
    let mut wait = Duration::from_millis(200);
    for _ in 0..TRIES {
        match let_go(store, id, &Net::Failed(error)).await {
            Ok(_) => return,
            Err(failure) if failure.is_transient() => {
                tracing::warn!(conversation = %id, error = %failure, "handing over will be tried again");
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            Err(failure) => {
                tracing::error!(conversation = %id, error = %failure, "handing over with a ticket failed");
                break;
            }
        }
    }
    // Without ticket and message; if this fails as well, the sweep comes by.
    let to_people = Action::MoveTo {
        level: Level::N1,
        reason: words::reason(Language::En, Reason::BotFailed).to_owned(),
    };
    match access::conversation(store.db(), &Actor::Bot, id).await {
        Ok(conversation) if is_with_bot(&conversation) => {
            if let Err(failure) = act(store, &Actor::Bot, &conversation.id, to_people).await {
                tracing::error!(conversation = %id, error = %failure, "handing over failed; the sweep will try again");
            }
        }
        Ok(_) => {}
        Err(failure) => tracing::error!(conversation = %id, error = %failure, "handing over failed"),
    }
}

/// Whom the bot has forgotten. What stands before EXISTS is the condition of the index `conversations_waiting_for_bot`,
/// word for word: however many wait for a person, only those who wait for the bot are looked at.
pub(crate) const FORGOTTEN: &str = "SELECT c.id FROM conversations c WHERE c.status = 'open' AND c.level = 'bot' AND c.assignee_id IS NULL AND c.merged_into IS NULL AND c.waiting_since IS NOT NULL
     AND EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.at >= c.waiting_since AND m.kind = 'inbound' AND m.auto = 'none' AND m.created_at <= $1)
     ORDER BY c.waiting_since, c.id LIMIT $2";

/// Hands over every open conversation in which a customer has waited for the bot longer than
/// [`PATIENCE`]: the bot was switched off, its process is gone, or it did not understand that it
/// was asked. Returns how many. To be called every half minute or so, with or without a bot.
///
/// # Errors
/// The database is not to be had; a single conversation that fails is logged and tried next time.
pub async fn rescue(store: &Store, now: Millis) -> Result<usize> {
    // A chat message may reach us long after it was written, so what counts is when it was filed.
    let waiting: Vec<(ConversationId,)> = sql(FORGOTTEN).bind(now - PATIENCE).bind(SWEPT).all(store.db()).await?;
    let mut rescued = 0;
    for (id,) in waiting {
        match let_go(store, &id, &Net::Silent).await {
            Ok(has_gone) => rescued += usize::from(has_gone),
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::error!(conversation = %id, %error, "handing over with a ticket failed");
                give_up(store, &id, &error.to_string()).await;
                rescued += 1;
            }
        }
    }
    Ok(rescued)
}
