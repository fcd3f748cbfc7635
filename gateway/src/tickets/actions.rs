//! What agents do with a ticket. Each checks the role, goes through `access`, and leads back to where
//! it was done.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::{self, Permission};
use conversation::tickets::edit::{self, Edit};
use conversation::tickets::levels::{self, Told};
use conversation::tickets::links::{self, LinkKind};
use conversation::tickets::problems::reach;
use conversation::tickets::{Ticket, diagnosis, list, problems, solve};
use conversation::types::{FieldId, Level, TicketId};
use conversation::{Error, Result};
use ui::routes;

use super::show;
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

async fn workable(app: &App, me: &SignedIn, id: &str) -> std::result::Result<Ticket, Failure> {
    me.must(Permission::Work)?;
    Ok(access::ticket(app.store.db(), &me.actor(), &TicketId::from(id)).await?)
}

/// Back to where it was done, or the ticket with why it was not.
async fn done<T>(
    app: &App,
    me: &SignedIn,
    ticket: &Ticket,
    form: &Form,
    outcome: Result<T>,
) -> std::result::Result<Response, Failure> {
    match outcome {
        Ok(_) if form.is_on("back") => Ok(see_other(&routes::path(routes::CONVERSATION, form.get("back")))),
        Ok(_) => Ok(see_other(&format!("{}/{}", routes::TICKETS, ticket.id))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let words = failure::words(me.lang, &error);
            show::page(app, me, ticket.id.as_str(), Some(&words)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `do` = `ask_more|ask_solved|close|reopen`, `words`, `back`.
pub(super) async fn act(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let ticket = workable(&app, me, &id).await?;
    let (store, actor, words) = (&app.store, me.actor(), form.get("words"));
    let outcome = match form.get("do") {
        "ask_more" => solve::ask_more(store, &actor, &ticket.id, words).await,
        "ask_solved" => solve::ask_solved(store, &actor, &ticket.id, words).await,
        "close" => solve::close(store, &actor, &ticket.id).await,
        "reopen" => solve::reopen(store, &actor, &ticket.id).await,
        _ => return Err(Failure::Unreadable),
    };
    done(&app, me, &ticket, form, outcome).await
}

/// POST `do` = `begin` with `list`, `answer` with `words`, or `stop`.
pub(super) async fn diagnose(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let ticket = workable(&app, me, &id).await?;
    let (store, actor) = (&app.store, me.actor());
    let outcome = match form.get("do") {
        "begin" => diagnosis::begin(store, &actor, &ticket.id, form.get("list"))
            .await
            .map(drop),
        "answer" => diagnosis::answer(store, &actor, &ticket.id, form.get("words")).await,
        "stop" => diagnosis::stop(store, &actor, &ticket.id).await,
        _ => return Err(Failure::Unreadable),
    };
    done(&app, me, &ticket, form, outcome).await
}

/// POST `do` = `hang` with `problem`, or `unhang`.
pub(super) async fn problem(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let ticket = workable(&app, me, &id).await?;
    let (store, actor) = (&app.store, me.actor());
    let outcome = match form.get("do") {
        "hang" => {
            // A problem out of reach is like one that is not there.
            reach::seen(store.db(), me.scope().as_ref(), form.get("problem")).await?;
            problems::hang(store, &actor, form.get("problem"), &ticket.id).await
        }
        "unhang" => problems::unhang(store, &actor, &ticket.id).await,
        _ => return Err(Failure::Unreadable),
    };
    done(&app, me, &ticket, form, outcome).await
}

/// The answers to a checklist as a form holds them.
pub(crate) fn told(form: &Form) -> Vec<Told> {
    form.fields()
        .filter_map(|(name, value)| {
            Some(Told {
                check: name.strip_prefix("check_")?.to_owned(),
                answer: value.to_owned(),
            })
        })
        .collect()
}

/// POST `level`, `reason`, `check_{id}`…
pub(super) async fn level(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let ticket = workable(&app, me, &id).await?;
    let level: Level = form.get("level").parse().map_err(|_| Failure::Unreadable)?;
    let outcome = levels::go(
        &app.store,
        &me.actor(),
        &ticket.conversation_id,
        level,
        form.get("reason"),
        &told(form),
    )
    .await;
    done(&app, me, &ticket, form, outcome).await
}

/// POST `subject`, `kind`, `category`, `brief`, `field_{id}`…
pub(super) async fn edit(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let ticket = workable(&app, me, &id).await?;
    let kind = form.get("kind").parse().map_err(|_| Failure::Unreadable)?;
    // Fields of another kind were not on the form for this one.
    let own = edit::of_kind(app.store.db(), kind).await?;
    let change = Edit {
        kind: Some(kind),
        category: Some(Some(form.get("category").to_owned()).filter(|id| !id.is_empty())),
        subject: Some(form.get("subject").to_owned()),
        brief: Some(form.get("brief").to_owned()),
        fields: form
            .fields()
            .filter_map(|(name, value)| Some((FieldId::from(name.strip_prefix("field_")?), value.to_owned())))
            .filter(|(id, _)| own.iter().any(|field| field.id == *id))
            .collect(),
    };
    let outcome = edit::edit(&app.store, &me.actor(), &ticket.id, change).await;
    done(&app, me, &ticket, form, outcome).await
}

/// POST `do` = `link` with `number` and `kind`, or `unlink` with `other`.
pub(super) async fn link(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let ticket = workable(&app, me, &id).await?;
    let store = &app.store;
    let outcome = if form.get("do") == "unlink" {
        links::unlink(store, &me.actor(), &ticket.id, &TicketId::from(form.get("other"))).await
    } else {
        let kind = LinkKind::from_text(form.get("kind")).ok_or(Failure::Unreadable)?;
        let digits: String = form.get("number").chars().filter(char::is_ascii_digit).collect();
        let other = match digits.parse() {
            Ok(number) => list::by_number(store.db(), number).await?,
            Err(_) => None,
        };
        match other {
            // A ticket out of reach is like one that is not there.
            Some(other) if access::ticket(store.db(), &me.actor(), &other.id).await.is_err() => {
                Err(Error::Invalid("there is no ticket of that number".to_owned()))
            }
            Some(other) => links::link(store, &me.actor(), &ticket.id, &other.id, kind).await,
            None => Err(Error::Invalid("there is no ticket of that number".to_owned())),
        }
    };
    done(&app, me, &ticket, form, outcome).await
}

/// POST `do` = `add` with `name` and `url`, or `remove` with `reference`.
pub(super) async fn reference(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let ticket = workable(&app, me, &id).await?;
    let (store, actor) = (&app.store, me.actor());
    let outcome = if form.get("do") == "remove" {
        links::unrefer(store, &actor, &ticket.id, form.get("reference")).await
    } else {
        let (name, url) = (form.get("name"), form.get("url"));
        links::refer(store, &actor, &ticket.id, name, url).await.map(drop)
    };
    done(&app, me, &ticket, form, outcome).await
}
