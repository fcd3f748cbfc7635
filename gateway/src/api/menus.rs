//! The menus of inboxes.

use std::collections::HashMap;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use conversation::access::Permission;
use conversation::menus::{self, About, Appears, Does, Entry, Figures, Gone, Menu, NewMenu, Route};
use conversation::types::{InboxId, LabelId, Level, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::desk::ByLanguage;
use super::enums;
use super::extract::{Id, Json, Time};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// How often an entry was used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MenuFigures)]
pub(super) struct FiguresView {
    /// It stood in a menu that was sent.
    shown: i64,
    /// Somebody chose it; a press that came twice is one.
    chosen: i64,
    /// What it says was said.
    answered: i64,
    /// People took over after it.
    handed_over: i64,
}

/// One thing that can be chosen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MenuEntry)]
pub(super) struct EntryView {
    /// Its id. It stays when the entry is renamed or moved, so that a menu that was sent long ago still works.
    id: String,
    /// Its title.
    title: ByLanguage,
    /// A line under it.
    description: ByLanguage,
    /// What it does: `submenu`, `article`, `answer`, `people`, `ask` or `portal`.
    does: &'static str,
    /// Of a submenu: what is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    entries: Option<Vec<EntryView>>,
    /// Of an article: its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    article: Option<String>,
    /// Of an answer from the business's data: about what.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<enums::MenuAbout>)]
    about: Option<About>,
    /// Of a hand-over: the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    /// Of a hand-over: the level; without one it is the first line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<enums::Level>)]
    level: Option<Level>,
    /// Of a hand-over: the label of the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Of a hand-over: the category of the ticket, which says whose skill it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    /// Of a question that is asked for: the words that ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<ByLanguage>,
    /// How often it was used.
    figures: FiguresView,
    /// What it names and is not there any more: `article`, `team`, `label`, `category`. People take over instead.
    gone: Vec<&'static str>,
}

/// What an inbox offers to choose from, to whoever only greets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Menu)]
pub(super) struct MenuView {
    /// Whether it is shown.
    is_on: bool,
    /// When it comes by itself.
    #[schema(value_type = enums::MenuAppears)]
    appears: Appears,
    /// What stands above the entries; its first line is the headline.
    greeting: ByLanguage,
    /// What can be chosen, in its order.
    entries: Vec<EntryView>,
    /// When it changed last.
    updated_at: Time,
}

fn entry_view(entry: Entry, figures: &HashMap<String, Figures>, gone: &HashMap<String, Vec<Gone>>) -> EntryView {
    let counted = figures.get(&entry.id).copied().unwrap_or_default();
    let does = entry.does.word().as_str();
    let mut view = EntryView {
        title: (&entry.title).into(),
        description: (&entry.description).into(),
        does,
        entries: None,
        article: None,
        about: None,
        team: None,
        level: None,
        label: None,
        category: None,
        words: None,
        figures: FiguresView {
            shown: counted.shown,
            chosen: counted.chosen,
            answered: counted.answered,
            handed_over: counted.handed_over,
        },
        gone: gone
            .get(&entry.id)
            .into_iter()
            .flatten()
            .map(|what| what.as_str())
            .collect(),
        id: entry.id,
    };
    match entry.does {
        Does::Submenu { entries } => view.entries = Some(views(entries, figures, gone)),
        Does::Article { article } => view.article = Some(article),
        Does::Answer { about } => view.about = Some(about),
        Does::People(route) => {
            view.team = route.team.map(|id| id.to_string());
            view.level = route.level;
            view.label = route.label.map(|id| id.to_string());
            view.category = route.category;
        }
        Does::Ask { words } => view.words = Some((&words).into()),
        Does::Portal => {}
    }
    view
}

fn views(entries: Vec<Entry>, figures: &HashMap<String, Figures>, gone: &HashMap<String, Vec<Gone>>) -> Vec<EntryView> {
    entries
        .into_iter()
        .map(|entry| entry_view(entry, figures, gone))
        .collect()
}

/// One thing to choose. Beside `does` stands only what belongs to it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMenuEntry)]
pub(super) struct EntryBody {
    /// Its id: 1 to 40 letters a-z, digits, `-` or `_`, once in the menu. Without one it gets one; who sends the ids that it
    /// read keeps figures, and menus that were sent long ago.
    #[serde(default)]
    #[schema(max_length = 40)]
    id: Option<String>,
    /// Its title, in one language at least, up to 24 characters.
    title: ByLanguage,
    /// A line under it, up to 72 characters.
    #[serde(default)]
    description: Option<ByLanguage>,
    /// What it does: opens a `submenu`, shows an `article`, gives an `answer` from the business's data, hands over to `people`,
    /// `ask`s for a question in the customer's own words, or sends the link of the `portal`.
    #[schema(value_type = enums::MenuDoes)]
    does: String,
    /// Of a submenu: what is in it.
    #[serde(default)]
    #[schema(no_recursion)]
    entries: Option<Vec<EntryBody>>,
    /// Of an article: its id. Customers see it in their language where it has that.
    #[serde(default)]
    article: Option<String>,
    /// Of an answer: about what.
    #[serde(default)]
    #[schema(value_type = Option<enums::MenuAbout>)]
    about: Option<About>,
    /// Of a hand-over: the team.
    #[serde(default)]
    team: Option<String>,
    /// Of a hand-over: the level; without one it is the first line.
    #[serde(default)]
    #[schema(value_type = Option<enums::Level>)]
    level: Option<Level>,
    /// Of a hand-over: a label for the conversation.
    #[serde(default)]
    label: Option<String>,
    /// Of a hand-over: the category of the ticket.
    #[serde(default)]
    category: Option<String>,
    /// Of a question that is asked for: the words that ask, up to 600 characters.
    #[serde(default)]
    words: Option<ByLanguage>,
}

/// What an inbox is to offer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMenu)]
pub(super) struct MenuBody {
    /// Whether it is shown; it is unless given.
    #[serde(default = "yes")]
    #[schema(default = true)]
    is_on: bool,
    /// When it comes by itself; unless given, to a greeting and where the bot has no answer.
    #[serde(default)]
    #[schema(value_type = Option<enums::MenuAppears>)]
    appears: Option<Appears>,
    /// What stands above the entries, in one language at least, up to 600 characters; its first line is the headline.
    greeting: ByLanguage,
    /// Up to ten, with the ways that are added: to a person where no entry hands over, and back from a submenu. Submenus stand
    /// up to two deep.
    entries: Vec<EntryBody>,
}

const fn yes() -> bool {
    true
}

fn does(body: &mut EntryBody) -> Outcome<Does> {
    let wants = |field: &str| Problem::invalid(format!("entries: `does` is `{}` and wants `{field}`", body.does));
    Ok(match body.does.as_str() {
        "submenu" => {
            let inside = body.entries.take().ok_or_else(|| wants("entries"))?;
            Does::Submenu {
                entries: inside.into_iter().map(entry).collect::<Outcome<_>>()?,
            }
        }
        "article" => Does::Article {
            article: body.article.take().ok_or_else(|| wants("article"))?,
        },
        "answer" => Does::Answer {
            about: body.about.take().ok_or_else(|| wants("about"))?,
        },
        "people" => Does::People(Route {
            team: body.team.take().map(TeamId::from),
            level: body.level.take(),
            label: body.label.take().map(LabelId::from),
            category: body.category.take(),
        }),
        "ask" => Does::Ask {
            words: body.words.take().unwrap_or_default().into(),
        },
        "portal" => Does::Portal,
        other => {
            let other: String = other.chars().take(40).collect();
            return Err(Problem::invalid(format!(
                "entries: `does` is `{other}`; it is submenu, article, answer, people, ask or portal"
            )));
        }
    })
}

fn entry(mut body: EntryBody) -> Outcome<Entry> {
    let does = does(&mut body)?;
    // What is left belongs to something else that an entry can do.
    let beside = [
        ("entries", body.entries.is_some()),
        ("article", body.article.is_some()),
        ("about", body.about.is_some()),
        ("team", body.team.is_some()),
        ("level", body.level.is_some()),
        ("label", body.label.is_some()),
        ("category", body.category.is_some()),
        ("words", body.words.is_some()),
    ];
    if let Some((field, _)) = beside.iter().find(|(_, is_there)| *is_there) {
        return Err(Problem::invalid(format!(
            "entries: an entry that does `{}` has no `{field}`",
            does.word().as_str()
        )));
    }
    Ok(Entry {
        id: body.id.unwrap_or_default(),
        title: body.title.into(),
        description: body.description.unwrap_or_default().into(),
        does,
    })
}

async fn view(app: &App, menu: Menu) -> Outcome<Answer<MenuView>> {
    let db = app.store.db();
    let figures = menus::figures(db, &menu.inbox).await?;
    let gone = menus::gone(db, &menu.entries).await?;
    Ok(Answer(MenuView {
        is_on: menu.is_on,
        appears: menu.appears,
        greeting: (&menu.greeting).into(),
        entries: views(menu.entries, &figures, &gone),
        updated_at: Time(menu.updated_at),
    }))
}

/// Read a menu
///
/// With how often each entry was used, and what is gone of what they name. Inboxes of WhatsApp, web chats and bridges have
/// menus.
#[utoipa::path(get, path = "/inboxes/{id}/menu", tag = "inboxes", operation_id = "getMenu",
    params(("id" = String, Path, description = "The inbox.")),
    responses((status = 200, description = "The menu.", body = MenuView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<MenuView>> {
    caller.may(Permission::Read)?;
    let db = app.store.db();
    let inbox = menus::inbox(db, &InboxId::from(id)).await?;
    let menu = menus::load(db, &inbox.id).await?.ok_or(conversation::Error::NotFound)?;
    view(&app, menu).await
}

/// Write a menu
///
/// In the place of the one that was there. Figures stay with the ids of their entries.
#[utoipa::path(put, path = "/inboxes/{id}/menu", tag = "inboxes", operation_id = "writeMenu", request_body = MenuBody,
    params(("id" = String, Path, description = "The inbox: WhatsApp, a web chat or a bridge.")),
    responses((status = 200, description = "As it is now.", body = MenuView)))]
pub(super) async fn write(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<MenuBody>,
) -> Outcome<Answer<MenuView>> {
    caller.may(Permission::Administer)?;
    let new = NewMenu {
        is_on: body.is_on,
        appears: body.appears.unwrap_or_default(),
        greeting: body.greeting.into(),
        entries: body.entries.into_iter().map(entry).collect::<Outcome<_>>()?,
    };
    let menu = menus::save(&app.store, &caller.actor, &InboxId::from(id), new).await?;
    view(&app, menu).await
}

/// Remove a menu
///
/// With its figures. Who presses a menu that was sent before is told that it is gone.
#[utoipa::path(delete, path = "/inboxes/{id}/menu", tag = "inboxes", operation_id = "removeMenu",
    params(("id" = String, Path, description = "The inbox.")),
    responses((status = 204, description = "It is removed.")))]
pub(super) async fn remove(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<StatusCode> {
    caller.may(Permission::Administer)?;
    menus::remove(&app.store, &caller.actor, &InboxId::from(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
