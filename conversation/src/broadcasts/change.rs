//! What people do with a broadcast: make it, change it, begin, stop and end it.

use serde_json::json;

use super::{Audience, Broadcast, Content, Line, State, load, voice};
use crate::audit;
use crate::contacts::normal_email;
use crate::db::{On, sql};
use crate::desk::from_json;
use crate::error::{Error, Result};
use crate::inboxes;
use crate::reply::SEND_WITHIN;
use crate::store::{Store, Tx};
use crate::telephone;
use crate::types::{Actor, Channel, InboxId, Millis};

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 100;
/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 300;
/// The longest text of a mail, in characters.
const LONGEST_TEXT: usize = 20_000;
/// The most lines of a list.
pub const MOST_LINES: usize = 5_000;
/// The most messages a minute.
pub const MOST_PACE: i64 = 1_200;
/// The furthest that "wrote within" looks back, in days.
const MOST_DAYS: i64 = 3_650;

/// How many messages a minute leave where nobody says otherwise.
pub const fn usual_pace(channel: Channel) -> i64 {
    match channel {
        Channel::Whatsapp => 120,
        _ => 60,
    }
}

/// What to make of it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What people call it.
    pub name: String,
    /// The account that it leaves by.
    pub inbox: InboxId,
    /// What is said.
    pub content: Content,
    /// The conditions; its list is not read.
    pub audience: Audience,
    /// Lines of addresses or numbers, each with a name behind a comma where there is one; `None` for everybody whom the
    /// conditions leave.
    pub list: Option<String>,
    /// Whoever wants no marketing does not get it.
    pub is_marketing: bool,
    /// Messages a minute.
    pub pace: i64,
}

/// A draft that was looked through.
struct Checked {
    name: String,
    channel: Channel,
    content: String,
    audience: String,
}

async fn check(on: impl On, draft: &Draft) -> Result<Checked> {
    let mut on = on;
    let name = draft.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Error::Invalid("name is empty".to_owned()));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Error::Invalid(format!("name has more than {LONGEST_NAME} characters")));
    }
    let inbox = inboxes::load(&mut on, &draft.inbox).await?;
    let fits = match draft.content {
        Content::Template { .. } => inbox.channel == Channel::Whatsapp,
        Content::Mail { .. } => inbox.channel == Channel::Email,
    };
    if !fits || !inbox.is_enabled {
        return Err(Error::Invalid(
            "a broadcast leaves by a mailbox or a WhatsApp number that is switched on".to_owned(),
        ));
    }
    let mut content = draft.content.clone();
    if let Content::Mail { subject, text } = &mut content {
        *subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
        *text = text.replace("\r\n", "\n").trim().to_owned();
        for (what, words, most) in [("subject", &*subject, LONGEST_SUBJECT), ("text", &*text, LONGEST_TEXT)] {
            if words.is_empty() {
                return Err(Error::Invalid(format!("{what} is empty")));
            }
            if words.chars().count() > most {
                return Err(Error::Invalid(format!("{what} has more than {most} characters")));
            }
        }
    }
    voice::check(&content)?;
    if !(1..=MOST_PACE).contains(&draft.pace) {
        return Err(Error::Invalid(format!(
            "pace: between 1 and {MOST_PACE} messages a minute"
        )));
    }
    if draft.audience.days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
        return Err(Error::Invalid(format!("days: between 1 and {MOST_DAYS}")));
    }
    let audience = match &draft.list {
        Some(text) => Audience {
            list: lines(&mut on, inbox.channel, text).await?,
            is_list: true,
            ..Audience::default()
        },
        None => Audience {
            list: Vec::new(),
            is_list: false,
            ..draft.audience.clone()
        },
    };
    Ok(Checked {
        name,
        channel: inbox.channel,
        content: json!(content).to_string(),
        audience: json!(audience).to_string(),
    })
}

/// The lines of a list, each address once. What cannot be read is named with its line.
async fn lines(on: impl On, channel: Channel, text: &str) -> Result<Vec<Line>> {
    let home = telephone::home(on).await?;
    let mut found: Vec<Line> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (number, line) in text.lines().enumerate() {
        let (address, name) = line.split_once([',', ';', '\t']).unwrap_or((line, ""));
        let address = address.trim().trim_matches('"').trim();
        if address.is_empty() {
            continue;
        }
        let read = match channel {
            Channel::Email => normal_email(address),
            _ => telephone::read(address, home).map(|number| number.trim_start_matches('+').to_owned()),
        };
        let address = match read {
            Ok(address) => address,
            // The head of a column.
            Err(_)
                if number == 0 && !address.contains(['@', '+']) && !address.contains(|c: char| c.is_ascii_digit()) =>
            {
                continue;
            }
            Err(_) => {
                return Err(Error::Invalid(format!(
                    "list: line {} cannot be read: {}",
                    number + 1,
                    address.chars().take(60).collect::<String>()
                )));
            }
        };
        if seen.insert(address.clone()) {
            let name = name.trim().trim_matches('"').trim().chars().take(200).collect();
            found.push(Line { address, name });
        }
        if found.len() > MOST_LINES {
            return Err(Error::Invalid(format!("list: at most {MOST_LINES} lines")));
        }
    }
    if found.is_empty() {
        return Err(Error::Invalid("list is empty".to_owned()));
    }
    Ok(found)
}

/// Makes a broadcast, whose recipients are looked up next. The same id given twice is one broadcast.
///
/// # Errors
/// [`Error::Invalid`] for what cannot be sent; [`Error::NotFound`] without the inbox.
pub async fn create(store: &Store, actor: &Actor, id: &str, draft: &Draft) -> Result<Broadcast> {
    if !crate::types::is_id(id) {
        return Err(Error::Invalid("the id is not a ULID".to_owned()));
    }
    let mut tx = store.begin().await?;
    let checked = check(&mut tx, draft).await?;
    let now = tx.now();
    let new = sql("INSERT INTO broadcasts (id, name, inbox_id, channel, content, audience, is_marketing, pace, state, counted_to, next_at, held, actor, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'counting', '', $9, '', $10, $9, $9) ON CONFLICT (id) DO NOTHING")
        .bind(id)
        .bind(checked.name.as_str())
        .bind(&draft.inbox)
        .bind(checked.channel)
        .bind(checked.content)
        .bind(checked.audience)
        .bind(draft.is_marketing)
        .bind(draft.pace)
        .bind(now)
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .run(&mut tx)
        .await?;
    if new > 0 {
        audit::record(
            &mut tx,
            actor,
            "broadcast.created",
            id,
            &json!({ "name": checked.name }),
        )
        .await?;
        tx.commit_silently().await?;
    }
    load(store.db(), id).await
}

/// Changes a broadcast of which nothing left yet; its recipients are looked up anew.
///
/// # Errors
/// As [`create`]; [`Error::Conflict`] where it began.
pub async fn edit(store: &Store, actor: &Actor, id: &str, draft: &Draft) -> Result<()> {
    let mut tx = store.begin().await?;
    let checked = check(&mut tx, draft).await?;
    hold(&mut tx, id, &[State::Counting, State::Ready, State::Scheduled]).await?;
    let now = tx.now();
    sql("UPDATE broadcasts SET name = $2, inbox_id = $3, channel = $4, content = $5, audience = $6, is_marketing = $7, pace = $8, state = 'counting', counted_to = '', start_at = NULL, updated_at = $9 WHERE id = $1")
        .bind(id)
        .bind(checked.name.as_str())
        .bind(&draft.inbox)
        .bind(checked.channel)
        .bind(checked.content)
        .bind(checked.audience)
        .bind(draft.is_marketing)
        .bind(draft.pace)
        .bind(now)
        .run(&mut tx)
        .await?;
    sql("DELETE FROM broadcast_recipients WHERE broadcast_id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "broadcast.edited", id, &json!({ "name": checked.name })).await?;
    tx.commit_silently().await
}

/// A broadcast that stands as wanted, held until the commit.
async fn hold(tx: &mut Tx, id: &str, wanted: &[State]) -> Result<Broadcast> {
    tx.dialect().take_turns(vec![format!("broadcast {id}")]).await?;
    let broadcast = load(&mut *tx, id).await?;
    if wanted.contains(&broadcast.state) {
        Ok(broadcast)
    } else {
        Err(Error::Conflict(
            "the broadcast went on meanwhile; look at it again".to_owned(),
        ))
    }
}

/// Begins to send, at once or at a time; goes on with one that was stopped.
///
/// # Errors
/// [`Error::Conflict`] where it cannot begin (any more); [`Error::Invalid`] for a time too far ahead.
pub async fn start(store: &Store, actor: &Actor, id: &str, at: Option<Millis>) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let broadcast = hold(&mut tx, id, &[State::Ready, State::Scheduled, State::Paused]).await?;
    if at.is_some_and(|at| at > now + SEND_WITHIN) {
        return Err(Error::Invalid(
            "the time to send at is more than a year ahead; choose an earlier one".to_owned(),
        ));
    }
    let at = at.filter(|at| *at > now && broadcast.state != State::Paused);
    let (state, code) = match (at, broadcast.state) {
        (Some(_), _) => (State::Scheduled, "broadcast.scheduled"),
        (None, State::Paused) => (State::Sending, "broadcast.resumed"),
        (None, _) => (State::Sending, "broadcast.started"),
    };
    // What was brought as a list stands in the recipients.
    let audience = Audience {
        list: Vec::new(),
        ..broadcast.audience
    };
    sql("UPDATE broadcasts SET state = $2, start_at = COALESCE($3, start_at), started_at = CASE WHEN $3 IS NULL THEN COALESCE(started_at, $4) ELSE started_at END, next_at = $4, held = '', held_until = NULL, audience = CASE WHEN $3 IS NULL THEN $5 ELSE audience END, updated_at = $4 WHERE id = $1")
        .bind(id)
        .bind(state.as_str())
        .bind(at)
        .bind(now)
        .bind(json!(audience).to_string())
        .run(&mut tx)
        .await?;
    if broadcast.state == State::Paused {
        // What stopped it does not stop it again: only what is written from now on is watched.
        sql("UPDATE broadcast_recipients SET state = 'settled' WHERE broadcast_id = $1 AND state = 'written'")
            .bind(id)
            .run(&mut tx)
            .await?;
    }
    audit::record(&mut tx, actor, code, id, &json!({ "name": broadcast.name, "at": at })).await?;
    tx.commit_silently().await
}

/// Takes somebody's addresses out of the lists of broadcasts that did not begin.
///
/// # Errors
/// When the database cannot be reached.
pub async fn forget_in(tx: &mut Tx, addresses: &[String]) -> Result<()> {
    let lists: Vec<(String, String)> =
        sql("SELECT id, audience FROM broadcasts WHERE state NOT IN ('sending', 'paused', 'done')")
            .all(&mut *tx)
            .await?;
    let bare = |address: &str| address.trim_start_matches('+').to_owned();
    let theirs: Vec<String> = addresses.iter().map(|address| bare(address)).collect();
    for (id, text) in lists {
        let mut audience: Audience = from_json("the audience of a broadcast", &text)?;
        let before = audience.list.len();
        audience.list.retain(|line| !theirs.contains(&bare(&line.address)));
        if audience.list.len() == before {
            continue;
        }
        // Lines are counted by their place: where that goes on, it begins again, and finds who stands there already.
        sql("UPDATE broadcasts SET audience = $2, counted_to = CASE WHEN state = 'counting' THEN '' ELSE counted_to END WHERE id = $1")
            .bind(&id)
            .bind(json!(audience).to_string())
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Stops: what is written already leaves, nothing more is written. One that waits for its time has none any more.
///
/// # Errors
/// [`Error::Conflict`] where nothing leaves.
pub async fn pause(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let broadcast = hold(&mut tx, id, &[State::Sending, State::Scheduled]).await?;
    let state = match broadcast.state {
        State::Scheduled => State::Ready,
        _ => State::Paused,
    };
    set(&mut tx, id, state, "").await?;
    audit::record(
        &mut tx,
        actor,
        "broadcast.paused",
        id,
        &json!({ "name": broadcast.name }),
    )
    .await?;
    tx.commit_silently().await
}

/// Ends it: whoever was not written to is not any more.
///
/// # Errors
/// [`Error::Conflict`] where it is over.
pub async fn cancel(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let wanted = [
        State::Counting,
        State::Ready,
        State::Scheduled,
        State::Sending,
        State::Paused,
    ];
    let broadcast = hold(&mut tx, id, &wanted).await?;
    set(&mut tx, id, State::Cancelled, "").await?;
    audit::record(
        &mut tx,
        actor,
        "broadcast.cancelled",
        id,
        &json!({ "name": broadcast.name }),
    )
    .await?;
    tx.commit_silently().await
}

/// Writes down how far it is, and what stopped it.
pub(super) async fn set(tx: &mut Tx, id: &str, state: State, held: &str) -> Result<()> {
    let now = tx.now();
    let is_over = matches!(state, State::Done | State::Cancelled);
    sql("UPDATE broadcasts SET state = $2, held = $3, held_until = NULL, start_at = CASE WHEN $2 = 'ready' THEN NULL ELSE start_at END, finished_at = CASE WHEN $5 THEN $4 ELSE finished_at END, updated_at = $4 WHERE id = $1")
        .bind(id)
        .bind(state.as_str())
        .bind(held)
        .bind(now)
        .bind(is_over)
        .run(tx)
        .await?;
    Ok(())
}
