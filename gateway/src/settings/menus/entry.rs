//! One entry of a menu: what it is called, and what it does.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::inboxes::Inbox;
use conversation::menus::{self, About, Does, Entry, Menu, Route, Word};
use conversation::tickets::categories::{self, Tree};
use conversation::types::{InboxId, LabelId, Language, Level, TeamId};
use conversation::{Error, Result as CoreResult, labels, teams};
use maud::html;
use serde::Deserialize;
use ui::components::level_name;
use ui::{Ctx, i18n};

use super::{here, in_languages, refused};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::settings::draw::{Draw, Errors, with_status};
use crate::settings::frame::{Part, frame};
use crate::settings::meanwhile;
use crate::settings::steps::texts;

const NEW: &str = "new";
/// The levels that people work at.
const LEVELS: [Level; 3] = [Level::N1, Level::N2, Level::N3];

/// Where a new entry stands: `?in=…` names a submenu.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Where {
    r#in: String,
}

/// Everything that an entry can name.
pub(super) struct Targets {
    articles: Vec<(String, String)>,
    teams: Vec<(TeamId, String)>,
    labels: Vec<(LabelId, String)>,
    tree: Tree,
}

impl Targets {
    /// Of articles one of each translation: the one that is named already, else that in the language of the inbox.
    pub(super) async fn of(app: &App, inbox: &Inbox, entries: &[Entry]) -> CoreResult<Targets> {
        let db = app.store.db();
        let named: Vec<&str> = menus::all(entries)
            .into_iter()
            .filter_map(|(_, entry)| match &entry.does {
                Does::Article { article } => Some(article.as_str()),
                _ => None,
            })
            .collect();
        let mut articles: Vec<(String, String)> = named
            .into_iter()
            .filter_map(|id| app.knowledge.article(id))
            .filter(|article| article.is_public())
            .map(|article| (article.id.clone(), article.title.clone()))
            .collect();
        let mut groups: Vec<String> = articles
            .iter()
            .filter_map(|(id, _)| Some(app.knowledge.article(id)?.group.clone()))
            .collect();
        for language in [inbox.language].iter().chain(Language::ALL) {
            for article in app.knowledge.published(*language) {
                if !groups.contains(&article.group) {
                    groups.push(article.group.clone());
                    articles.push((article.id.clone(), article.title.clone()));
                }
            }
        }
        articles.sort_by_key(|(_, title)| title.to_lowercase());
        articles.dedup();
        Ok(Targets {
            articles,
            teams: teams::list(db)
                .await?
                .into_iter()
                .map(|team| (team.id, team.name))
                .collect(),
            labels: labels::list(db)
                .await?
                .into_iter()
                .map(|label| (label.id, label.name))
                .collect(),
            tree: categories::tree(db).await?,
        })
    }

    fn team(&self, id: &TeamId) -> Option<String> {
        let found = self.teams.iter().find(|(known, _)| known == id);
        found.map(|(_, name)| name.clone())
    }

    fn label(&self, id: &LabelId) -> Option<String> {
        let found = self.labels.iter().find(|(known, _)| known == id);
        found.map(|(_, name)| name.clone())
    }

    fn article(&self, id: &str) -> Option<String> {
        let found = self.articles.iter().find(|(known, _)| known == id);
        found.map(|(_, title)| title.clone())
    }

    fn category(&self, id: &str) -> Option<String> {
        Some(self.tree.name(id, Language::En)).filter(|_| self.tree.get(id).is_some())
    }

    /// What an entry does, in words.
    pub(super) fn words(&self, ctx: &Ctx<'_>, entry: &Entry) -> String {
        let gone = || ctx.t("menu-gone").into_owned();
        let mut parts = vec![ctx.t(does_key(entry.does.word())).into_owned()];
        match &entry.does {
            Does::Article { article } => parts.push(self.article(article).unwrap_or_else(gone)),
            Does::Answer { about } => parts.push(ctx.t(about_key(*about)).into_owned()),
            Does::People(route) => {
                parts.extend(route.team.as_ref().map(|id| self.team(id).unwrap_or_else(gone)));
                parts.extend(route.level.map(|level| level_name(ctx.lang, level).into_owned()));
                parts.extend(
                    route
                        .category
                        .as_ref()
                        .map(|id| self.category(id).map_or_else(gone, |_| self.tree.name(id, ctx.lang))),
                );
                parts.extend(route.label.as_ref().map(|id| self.label(id).unwrap_or_else(gone)));
            }
            Does::Submenu { .. } | Does::Ask { .. } | Does::Portal => {}
        }
        parts.join(" · ")
    }
}

pub(super) const fn does_key(does: Word) -> &'static str {
    match does {
        Word::Submenu => "menu-does-submenu",
        Word::Article => "menu-does-article",
        Word::Answer => "menu-does-answer",
        Word::People => "menu-does-people",
        Word::Ask => "menu-does-ask",
        Word::Portal => "menu-does-portal",
    }
}

const fn about_key(about: About) -> &'static str {
    match about {
        About::Balance => "menu-about-balance",
        About::Invoices => "menu-about-invoices",
        About::Tickets => "menu-about-tickets",
        About::Machines => "menu-about-machines",
        About::Visits => "menu-about-visits",
    }
}

/// The menu of an inbox; the page of an entry is there only where it has one.
async fn loaded(app: &App, inbox: &InboxId) -> CoreResult<(Inbox, Menu)> {
    let inbox = menus::inbox(app.store.db(), inbox).await?;
    let menu = menus::load(app.store.db(), &inbox.id).await?.ok_or(Error::NotFound)?;
    Ok((inbox, menu))
}

fn entry_of(menu: &Menu, id: &str) -> CoreResult<Entry> {
    let way = menus::way_to(&menu.entries, id).ok_or(Error::NotFound)?;
    way.last().map(|entry| (*entry).clone()).ok_or(Error::NotFound)
}

pub(in crate::settings) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path((inbox, id)): Path<(InboxId, String)>,
    Query(place): Query<Where>,
) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let (inbox, menu) = loaded(&app, &inbox).await?;
    let form = if id == NEW {
        if !place.r#in.is_empty() && menu.at(Some(&place.r#in)).is_none() {
            return Err(Error::NotFound.into());
        }
        Form::of([("does", Word::People.as_str().to_owned()), ("in", place.r#in)])
    } else {
        let mut form = filled(&entry_of(&menu, &id)?);
        meanwhile::stamp(&mut form);
        form
    };
    page(&app, &me, &inbox, &menu, &id, &form, &Errors::new()).await
}

fn filled(entry: &Entry) -> Form {
    let mut form = Form::of([("does", entry.does.word().as_str().to_owned())]);
    let mut push_texts = |name: &str, texts: &conversation::desk::Texts| {
        for (language, words) in texts.iter() {
            form.push(format!("{name}_{language}"), words);
        }
    };
    push_texts("title", &entry.title);
    push_texts("description", &entry.description);
    if let Does::Ask { words } = &entry.does {
        push_texts("words", words);
    }
    match &entry.does {
        Does::Article { article } => form.push("article", article),
        Does::Answer { about } => form.push("about", about.as_str()),
        Does::People(route) => {
            form.push("team", route.team.as_ref().map_or("", TeamId::as_str));
            form.push("level", route.level.map_or("", |level| level.as_str()));
            form.push("category", route.category.as_deref().unwrap_or_default());
            form.push("label", route.label.as_ref().map_or("", LabelId::as_str));
        }
        Does::Submenu { .. } | Does::Ask { .. } | Does::Portal => {}
    }
    form
}

/// What is to be chosen, with nothing first; what is chosen and gone stands there as gone.
fn options<'a>(
    none: Option<&'a str>,
    all: impl Iterator<Item = (&'a str, &'a str)>,
    chosen: &'a str,
    gone: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut options: Vec<(&str, &str)> = none.map(|words| ("", words)).into_iter().chain(all).collect();
    if !chosen.is_empty() && !options.iter().any(|(value, _)| *value == chosen) {
        options.push((chosen, gone));
    }
    options
}

async fn page(
    app: &App,
    me: &SignedIn,
    inbox: &Inbox,
    menu: &Menu,
    id: &str,
    sent: &Form,
    errors: &Errors,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let targets = Targets::of(app, inbox, &menu.entries).await?;
    let (gone, nobody, any, none) = (
        ctx.t("menu-gone"),
        ctx.t("menu-no-team"),
        ctx.t("menu-first-line"),
        ctx.t("menu-nothing"),
    );
    let depth = depth_of(menu, id, sent.get("in"));
    let does = Word::ALL.map(|one| (one.as_str(), ctx.t(does_key(one))));
    let does: Vec<(&str, &str)> = does
        .iter()
        .filter(|(value, _)| *value != Word::Submenu.as_str() || depth < menus::DEEPEST)
        .map(|(value, words)| (*value, words.as_ref()))
        .collect();
    let about = About::ALL.map(|one| (one.as_str(), ctx.t(about_key(one))));
    let levels = LEVELS.map(|level| (level.as_str(), level_name(me.lang, level)));
    let categories: Vec<(&str, String)> = targets
        .tree
        .all()
        .iter()
        .map(|one| (one.id.as_str(), targets.tree.name(&one.id, me.lang)))
        .collect();
    // Closed it would hide what is wrong with it.
    let is_described = Language::ALL.iter().any(|language| {
        let field = format!("description_{language}");
        sent.is_on(&field) || meanwhile::theirs(sent, &field).is_some() || errors.iter().any(|(name, _)| *name == field)
    });
    let here = here(&inbox.id);
    let body = html! {
        p.inbox-state { span.muted { (inbox.name) } }
        (draw.summary())
        form.settings-form.menu-entry method="post" action={ (here) "/" (id) } {
            (draw.begin())
            input type="hidden" name="in" value=(sent.get("in"));
            fieldset.group {
                legend { (ctx.t("menu-entry-title")) }
                p.hint { (i18n::t_args(me.lang, "menu-entry-title-hint", &[("most", menus::LONGEST_TITLE.into()), ("button", menus::LONGEST_BUTTON.into())])) }
                (in_languages(&draw, "title", menus::LONGEST_TITLE, 0))
            }
            details.group open[is_described] {
                summary { (ctx.t("menu-description")) }
                p.hint { (ctx.t("menu-description-hint")) }
                (in_languages(&draw, "description", menus::LONGEST_DESCRIPTION, 0))
            }
            fieldset.group {
                legend { (ctx.t("menu-does")) }
                (draw.choice("does", &ctx.t("menu-does-label"), &does))
                div.menu-for-submenu { p.hint { (ctx.t("menu-submenu-hint")) } }
                div.menu-for-article { (draw.choice("article", &ctx.t("menu-article"), &options(Some(&none), targets.articles.iter().map(|(id, title)| (id.as_str(), title.as_str())), sent.get("article"), &gone))) p.hint { (ctx.t("menu-article-hint")) } }
                div.menu-for-answer { (draw.choice("about", &ctx.t("menu-about"), &options(None, about.iter().map(|(value, words)| (*value, words.as_ref())), "", &gone))) p.hint { (ctx.t("menu-about-hint")) } }
                div.menu-for-people {
                    p.hint { (ctx.t("menu-people-hint")) }
                    (draw.choice("team", &ctx.t("menu-team"), &options(Some(&nobody), targets.teams.iter().map(|(id, name)| (id.as_str(), name.as_str())), sent.get("team"), &gone)))
                    (draw.choice("level", &ctx.t("menu-level"), &options(Some(&any), levels.iter().map(|(value, words)| (*value, words.as_ref())), "", &gone)))
                    (draw.choice("category", &ctx.t("menu-category"), &options(Some(&none), categories.iter().map(|(id, name)| (*id, name.as_str())), sent.get("category"), &gone)))
                    (draw.choice("label", &ctx.t("menu-label"), &options(Some(&none), targets.labels.iter().map(|(id, name)| (id.as_str(), name.as_str())), sent.get("label"), &gone)))
                }
                div.menu-for-ask { p.hint { (ctx.t("menu-ask-hint")) } (in_languages(&draw, "words", menus::LONGEST_GREETING, 2)) }
                div.menu-for-portal { p.hint { (ctx.t("menu-portal-hint")) } }
            }
            (draw.actions(id != NEW, Some(&here)))
        }
    };
    let title = ctx.t(if id == NEW { "menu-new" } else { "menu-entry" });
    let page = frame(me, Part::Inboxes, &title, None, &body);
    Ok(with_status(page, errors))
}

/// How deep an entry stands, from 0; of a new one, where it will.
fn depth_of(menu: &Menu, id: &str, submenu: &str) -> usize {
    let way = |id: &str| menus::way_to(&menu.entries, id).map_or(0, |way| way.len());
    if id == NEW {
        way(submenu)
    } else {
        way(id).saturating_sub(1)
    }
}

/// What an entry of a form does; what it is called stands beside it.
fn read(form: &Form, old: Option<&Does>) -> Does {
    let some = |name: &str| Some(form.get(name).to_owned()).filter(|value| !value.is_empty());
    match form.get("does") {
        "submenu" => Does::Submenu {
            entries: match old {
                Some(Does::Submenu { entries }) => entries.clone(),
                _ => Vec::new(),
            },
        },
        "article" => Does::Article {
            article: form.get("article").to_owned(),
        },
        "answer" => Does::Answer {
            about: form.get("about").parse().unwrap_or(About::Invoices),
        },
        "ask" => Does::Ask {
            words: texts(form, "words"),
        },
        "portal" => Does::Portal,
        // What is no word of ours is for people.
        _ => Does::People(Route {
            team: some("team").map(TeamId::from),
            level: form.get("level").parse().ok(),
            label: some("label").map(LabelId::from),
            category: some("category"),
        }),
    }
}

pub(in crate::settings) async fn save(
    State(app): State<App>,
    Path((inbox, id)): Path<(InboxId, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let (store, actor) = (&app.store, me.actor());
    let (inbox, menu) = loaded(&app, &inbox).await?;
    let list = format!("{}#entries", here(&inbox.id));
    if form.is_on("remove") && id != NEW {
        let removed = menus::change(store, &actor, &inbox.id, |menu| {
            let beside = menus::siblings_of(&mut menu.entries, &id).ok_or(Error::NotFound)?;
            beside.retain(|entry| entry.id != id);
            Ok(())
        })
        .await;
        return match removed {
            Ok(_) => Ok(see_other(&list)),
            Err(error) => {
                let errors = refused(&me, &form, error)?;
                page(&app, &me, &inbox, &menu, &id, &form, &errors).await
            }
        };
    }
    if id != NEW {
        let old = entry_of(&menu, &id)?;
        if let Some(errors) = meanwhile::changed(&app, &me, &mut form, filled(&old), &[inbox.id.as_str()]).await? {
            return page(&app, &me, &inbox, &menu, &id, &form, &errors).await;
        }
        if !old.entries().is_empty() && form.get("does") != Word::Submenu.as_str() {
            let errors = vec![("does".to_owned(), i18n::t(me.lang, "menu-submenu-full").into_owned())];
            return page(&app, &me, &inbox, &menu, &id, &form, &errors).await;
        }
    }
    let done = menus::change(store, &actor, &inbox.id, |menu| put(menu, &id, &form)).await;
    match done {
        Ok(_) => Ok(see_other(&list)),
        Err(error) => {
            let errors = refused(&me, &form, error)?;
            page(&app, &me, &inbox, &menu, &id, &form, &errors).await
        }
    }
}

/// Puts an entry of a form into a menu: a new one behind the others of its place.
fn put(menu: &mut menus::NewMenu, id: &str, form: &Form) -> CoreResult<()> {
    let (title, description) = (texts(form, "title"), texts(form, "description"));
    if id == NEW {
        let submenu = Some(form.get("in")).filter(|id| !id.is_empty());
        let place = menus::inside(&mut menu.entries, submenu).ok_or(Error::NotFound)?;
        place.push(Entry {
            id: String::new(),
            title,
            description,
            does: read(form, None),
        });
        return Ok(());
    }
    let beside = menus::siblings_of(&mut menu.entries, id).ok_or(Error::NotFound)?;
    let entry = beside.iter_mut().find(|entry| entry.id == id).ok_or(Error::NotFound)?;
    entry.does = read(form, Some(&entry.does));
    entry.title = title;
    entry.description = description;
    Ok(())
}
