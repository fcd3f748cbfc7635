//! Tickets that say much the same: shown while one is read, and raised as a problem when they grow many.

use bots::intent;
use conversation::tickets::problems;
use conversation::tickets::{self, Ticket, list};
use conversation::types::{Millis, TicketId, TicketStatus};
use conversation::{Error, Result, access};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::auth::SignedIn;

/// How far back is looked, in milliseconds: a fortnight.
const WITHIN: Millis = 14 * 86_400_000;
/// As [`of`], as far as somebody may see them.
pub(super) async fn seen(app: &App, me: &SignedIn, ticket: &Ticket, most: usize) -> Result<Vec<Ticket>> {
    let Some(_) = me.scope() else {
        return of(app, ticket, most).await;
    };
    let mut like = Vec::new();
    for one in of(app, ticket, 60).await? {
        if like.len() == most {
            break;
        }
        match access::ticket(app.store.db(), &me.actor(), &one.id).await {
            Ok(_) => like.push(one),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(like)
}

/// How often new tickets are compared with the others.
const EVERY: std::time::Duration = std::time::Duration::from_secs(30);

/// Unsolved tickets like this one, the most similar first.
pub(super) async fn of(app: &App, ticket: &Ticket, most: usize) -> Result<Vec<Ticket>> {
    let conversation = access::conversation(
        app.store.db(),
        &conversation::types::Actor::System,
        &ticket.conversation_id,
    )
    .await?;
    let (search, text) = (app.search.clone(), format!("{}\n{}", ticket.subject, ticket.brief));
    let since = app.store.now() - WITHIN;
    let found = tokio::task::spawn_blocking(move || search.similar(conversation.language, &text, since, 60))
        .await
        .map_err(|error| Error::corrupt("search", error))?
        .map_err(|error| Error::corrupt("search index", error))?;
    let ids: Vec<TicketId> = found
        .into_iter()
        .map(|(id, _)| id)
        .filter(|id| *id != ticket.id)
        .collect();
    let all = list::some(app.store.db(), &ids).await?;
    let mut like: Vec<Ticket> = ids
        .iter()
        .filter_map(|id| all.iter().find(|one| one.id == *id))
        .filter(|one| one.status != TicketStatus::Resolved)
        .cloned()
        .collect();
    like.truncate(most);
    Ok(like)
}

/// Compares tickets that were opened since the last look, and suggests a problem where many say the same.
pub(crate) async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let mut seen = newest(&app).await?;
    while !stop.is_cancelled() {
        tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep(EVERY) => {} }
        seen = look(&app, seen).await?;
    }
    Ok(())
}

async fn newest(app: &App) -> Result<i64> {
    let last = tickets::list(app.store.db(), None, 1).await?;
    Ok(last.first().map_or(0, |ticket| ticket.number))
}

/// One look at what is newer than a number; returns the newest.
pub(super) async fn look(app: &App, seen: i64) -> Result<i64> {
    let mut last = seen;
    for ticket in tickets::list(app.store.db(), None, 20).await?.into_iter().rev() {
        if ticket.number <= seen {
            continue;
        }
        last = last.max(ticket.number);
        // "I want a person" is no cause that tickets share.
        if !intent::says_what(&ticket.subject) {
            continue;
        }
        let mut like = of(app, &ticket, 50).await?;
        like.retain(|one| intent::says_what(&one.subject));
        if like.len() + 1 >= problems::SUGGEST_FROM {
            let mut ids: Vec<TicketId> = like.into_iter().map(|one| one.id).collect();
            ids.push(ticket.id.clone());
            problems::suggest(&app.store, &ticket.subject, &ids).await?;
        }
    }
    Ok(last)
}
