//! The menu of an inbox: when it comes, what it greets with, its entries in their order with how they were used, and how it looks.

mod entry;
mod preview;

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::inboxes::Inbox;
use conversation::menus::{self, Appears, Does, Entry, Figures, Gone, Menu};
use conversation::types::{Channel, InboxId, Language};
use conversation::{Error, Result as CoreResult};
use maud::{Markup, html};
use ui::components::{Tone, badge, empty, form};
use ui::i18n;
use ui::icons::Icon;

use super::draw::{self, Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use super::steps::texts;
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use entry::Targets;

pub(super) use entry::{save as save_entry, show as show_entry};

/// The page of an inbox's menu.
pub(super) fn here(inbox: &InboxId) -> String {
    format!("/settings/inboxes/{inbox}/menu")
}

/// The link to it on the page of an inbox that has menus.
pub(super) fn link(me: &SignedIn, inbox: &Inbox) -> Markup {
    html! {
        @if menus::has_menus(inbox.channel) {
            p.settings-actions { a.button.ghost href=(here(&inbox.id)) { (ui::icons::icon(Icon::List)) " " (me.ctx().t("menu-title")) } }
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path(inbox): Path<InboxId>,
) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let inbox = menus::inbox(app.store.db(), &inbox).await?;
    let menu = menus::load(app.store.db(), &inbox.id).await?;
    let mut form = filled(menu.as_ref());
    meanwhile::stamp(&mut form);
    page(&app, &me, &inbox, menu.as_ref(), &form, &Errors::new()).await
}

/// The form as it is kept; for a new menu, with words to begin with.
fn filled(menu: Option<&Menu>) -> Form {
    let mut form = Form::of([
        (
            "appears",
            menu.map_or_else(Appears::default, |menu| menu.appears)
                .as_str()
                .to_owned(),
        ),
        (
            "is_on",
            if menu.is_some_and(|menu| menu.is_on) { "on" } else { "" }.to_owned(),
        ),
    ]);
    for language in Language::ALL {
        let words = match menu {
            Some(menu) => menu.greeting.get(*language).unwrap_or_default().to_owned(),
            None => i18n::t(*language, "menu-greeting-proposal").into_owned(),
        };
        form.push(format!("greeting_{language}"), words);
    }
    form
}

/// A field with how much of what it may hold is used.
fn counted(most: usize, value: &str, field: &Markup) -> Markup {
    let used = value.replace("\r\n", "\n").encode_utf16().count();
    html! { div.counted { (field) p class={ "used" @if used > most { " over" } } data-most=(most) { (used) " / " (most) } } }
}

/// A field of one line, or of several, for each language.
fn in_languages(draw: &Draw<'_>, name: &str, most: usize, rows: u32) -> Markup {
    html! {
        @for language in Language::ALL {
            @let field = format!("{name}_{language}");
            @let label = i18n::own_name(*language);
            @let drawn = if rows == 0 { draw.text(&field, label, "", false) } else { draw.lines(&field, label, "", rows) };
            (counted(most, draw.form.get(&field), &drawn))
        }
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    inbox: &Inbox,
    menu: Option<&Menu>,
    sent: &Form,
    errors: &Errors,
) -> Result<Response, Failure> {
    let (db, ctx) = (app.store.db(), me.ctx());
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let here = here(&inbox.id);
    let appears = Appears::ALL.map(|one| (one.as_str(), ctx.t(appears_key(one))));
    let appears: Vec<(&str, &str)> = appears.iter().map(|(value, words)| (*value, words.as_ref())).collect();
    let list = match menu {
        Some(menu) => {
            let all = All {
                me,
                here: &here,
                inbox,
                targets: Targets::of(app, inbox, &menu.entries).await?,
                figures: menus::figures(db, &inbox.id).await?,
                gone: menus::gone(db, &menu.entries).await?,
            };
            html! {
                h2 #entries { (ctx.t("menu-entries")) }
                p.hint { (ctx.t("menu-entries-hint")) }
                @if menu.entries.is_empty() { (empty(Icon::List, &ctx.t("menu-none"), &ctx.t("menu-none-hint"))) }
                (all.place(&menu.entries, None))
                (preview::all(me, inbox, menu))
            }
        }
        None => html! {},
    };
    let body = html! {
        p.inbox-state { span.muted { (inbox.name) } }
        p.lead { (ctx.t("menu-lead")) }
        @if !inbox.bot_enabled { div.notice.warn { (ctx.t("menu-bot-off")) " " a href={ "/settings/inboxes/" (inbox.id) } { (ctx.t("menu-bot-on")) } } }
        (draw.summary())
        form.settings-form method="post" action=(here) {
            (draw.begin())
            @if menu.is_some() { (draw.check("is_on", &ctx.t("menu-on"))) }
            (draw.choice("appears", &ctx.t("menu-appears"), &appears))
            fieldset.group {
                legend { (ctx.t("menu-greeting")) }
                p.hint { (ctx.t("menu-greeting-hint")) }
                (in_languages(&draw, "greeting", menus::LONGEST_GREETING, 2))
            }
            (draw.actions(menu.is_some(), Some(&format!("/settings/inboxes/{}", inbox.id))))
        }
        (list)
    };
    let page = frame(me, Part::Inboxes, &ctx.t("menu-title"), None, &body);
    Ok(with_status(page, errors))
}

const fn appears_key(appears: Appears) -> &'static str {
    match appears {
        Appears::First => "menu-appears-first",
        Appears::Unanswered => "menu-appears-unanswered",
    }
}

/// What the list of entries is drawn from.
struct All<'a> {
    me: &'a SignedIn,
    here: &'a str,
    inbox: &'a Inbox,
    targets: Targets,
    figures: HashMap<String, Figures>,
    gone: HashMap<String, Vec<Gone>>,
}

impl All<'_> {
    /// The entries of one place, each with what is in it below.
    fn place(&self, entries: &[Entry], submenu: Option<&Entry>) -> Markup {
        let ctx = self.me.ctx();
        let most = menus::MOST_SHOWN - menus::added(entries, submenu.is_some());
        let new = match submenu {
            Some(entry) => format!("{}/new?in={}", self.here, entry.id),
            None => format!("{}/new", self.here),
        };
        let is_cut = self.inbox.channel == Channel::Whatsapp
            && menus::shown_at(entries, submenu.is_some()) <= menus::MOST_BUTTONS
            && entries
                .iter()
                .flat_map(|entry| entry.title.iter())
                .any(|(_, title)| title.encode_utf16().count() > menus::LONGEST_BUTTON);
        html! {
            @if is_cut { div.notice { (i18n::t_args(self.me.lang, "menu-cut", &[("most", menus::LONGEST_BUTTON.into()), ("buttons", menus::MOST_BUTTONS.into())])) } }
            @if !entries.is_empty() {
                ol.people {
                    @for (at, entry) in entries.iter().enumerate() { (self.one(entries, at, entry)) }
                }
            }
            div.settings-actions {
                @if entries.len() < most {
                    a.button.ghost href=(new) {
                        @match submenu { Some(entry) => (i18n::t_args(self.me.lang, "menu-new-in", &[("name", self.title(entry).into())])), None => (ctx.t("menu-new")) }
                    }
                } @else { p.muted { (ctx.t("menu-full")) } }
            }
        }
    }

    fn title(&self, entry: &Entry) -> String {
        menus::in_language(&entry.title, self.me.lang, self.inbox.language).to_owned()
    }

    fn one(&self, beside: &[Entry], at: usize, entry: &Entry) -> Markup {
        let (ctx, title) = (self.me.ctx(), self.title(entry));
        let named = [("name", title.as_str().into())];
        html! {
            li.person {
                span.menu-number aria-hidden="true" { (at + 1) }
                span.inbox-name {
                    a href={ (self.here) "/" (entry.id) } { strong { (title) } }
                    span.muted { (self.targets.words(&ctx, entry)) }
                    span.muted { (self.counts(entry)) }
                }
                @if self.gone.contains_key(&entry.id) { (badge(Tone::Bad, &ctx.t("menu-gone"))) }
                @if beside.len() > 1 {
                    form.inline method="post" action={ (self.here) "/" (entry.id) "/move" } {
                        (form::csrf(&ctx))
                        button.button.ghost.icon-only type="submit" name="way" value="up" disabled[at == 0] aria-label=(i18n::t_args(self.me.lang, "sla-up", &named)) { "↑" }
                        button.button.ghost.icon-only type="submit" name="way" value="down" disabled[at + 1 == beside.len()] aria-label=(i18n::t_args(self.me.lang, "sla-down", &named)) { "↓" }
                    }
                }
                @if matches!(entry.does, Does::Submenu { .. }) { div.menu-inside { (self.place(entry.entries(), Some(entry))) } }
            }
        }
    }

    fn counts(&self, entry: &Entry) -> String {
        let counted = self.figures.get(&entry.id).copied().unwrap_or_default();
        let number = |count: i64| i18n::number(self.me.lang, count).into();
        i18n::t_args(
            self.me.lang,
            "menu-figures",
            &[
                ("shown", number(counted.shown)),
                ("chosen", number(counted.chosen)),
                ("answered", number(counted.answered)),
                ("handed", number(counted.handed_over)),
            ],
        )
    }
}

pub(super) async fn save(
    State(app): State<App>,
    Path(inbox): Path<InboxId>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let (store, actor) = (&app.store, me.actor());
    let inbox = menus::inbox(store.db(), &inbox).await?;
    if form.is_on("remove") {
        menus::remove(store, &actor, &inbox.id).await?;
        return Ok(see_other(&format!("/settings/inboxes/{}", inbox.id)));
    }
    let menu = menus::load(store.db(), &inbox.id).await?;
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, filled(menu.as_ref()), &[inbox.id.as_str()]).await? {
        return page(&app, &me, &inbox, menu.as_ref(), &form, &errors).await;
    }
    let done = menus::change(store, &actor, &inbox.id, |menu| {
        menu.is_on = form.is_on("is_on");
        menu.appears = form.get("appears").parse().unwrap_or_default();
        menu.greeting = texts(&form, "greeting");
        Ok(())
    })
    .await;
    match done {
        Ok(_) => Ok(see_other(&here(&inbox.id))),
        Err(error) => {
            let errors = refused(&me, &form, error)?;
            page(&app, &me, &inbox, menu.as_ref(), &form, &errors).await
        }
    }
}

/// What was refused as errors of the form. Which entry it is about is plain there: its place is left out.
fn refused(me: &SignedIn, form: &Form, error: Error) -> Result<Errors, Failure> {
    let error = match error {
        Error::Invalid(words) => {
            let bare = words
                .strip_prefix("entries ")
                .and_then(|rest| rest.split_once(": "))
                .filter(|(place, _)| place.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
                .map(|(_, bare)| bare.to_owned());
            Error::Invalid(bare.unwrap_or(words))
        }
        error @ Error::Conflict(_) => error,
        error => return Err(error.into()),
    };
    Ok(draw::refused(me.lang, form, &error))
}

pub(super) async fn shift(
    State(app): State<App>,
    Path((inbox, id)): Path<(InboxId, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    let inbox = menus::inbox(app.store.db(), &inbox).await?;
    let is_up = posted.form.get("way") == "up";
    menus::change(&app.store, &me.actor(), &inbox.id, |menu| {
        shift_in(&mut menu.entries, &id, is_up)
    })
    .await?;
    Ok(see_other(&format!("{}#entries", here(&inbox.id))))
}

/// Moves an entry one place among those beside it; at their end it stays.
fn shift_in(entries: &mut Vec<Entry>, id: &str, is_up: bool) -> CoreResult<()> {
    let beside = menus::siblings_of(entries, id).ok_or(Error::NotFound)?;
    let at = beside.iter().position(|entry| entry.id == id).ok_or(Error::NotFound)?;
    let to = if is_up {
        at.saturating_sub(1)
    } else {
        (at + 1).min(beside.len() - 1)
    };
    beside.swap(at, to);
    Ok(())
}
