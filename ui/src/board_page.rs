//! The live board: who waits, who is there, what today brought. Read-only, and fit for a screen on the
//! wall.

use conversation::desk::presence::Presence;
use conversation::types::{ActorKind, Channel, Level, Position};
use maud::{Markup, html};

use crate::components::{avatar, channel_chip, channel_icon, level_name};
use crate::desk_words;
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n};

/// Somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow {
    /// Where it leads.
    pub url: String,
    /// `#12 Toner`.
    pub what: String,
    /// The customer.
    pub who: String,
    /// By which channel.
    pub channel: Channel,
    /// Who has it.
    pub level: Level,
    /// How long, in words.
    pub wait: String,
    /// The limit has passed.
    pub is_late: bool,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Their name.
    pub name: String,
    /// Whether they are there.
    pub presence: Presence,
    /// How many open conversations they have.
    pub open: i64,
    /// How many are given to them by themselves at most.
    pub capacity: i64,
}

/// The board.
#[derive(Debug, Clone, Default)]
pub struct BoardView {
    /// For the wall: nothing around it, and larger.
    pub is_wall: bool,
    /// The time, in words.
    pub at: String,
    /// The position read before the queries.
    pub position: Position,
    /// Big numbers: words, number, whether it is bad.
    pub numbers: Vec<(String, String, bool)>,
    /// How many wait, by level.
    pub levels: Vec<(Level, i64)>,
    /// By channel.
    pub channels: Vec<(Channel, i64)>,
    /// By team's name.
    pub teams: Vec<(String, i64)>,
    /// Who waits longest.
    pub waiting: Vec<WaitingRow>,
    /// The agents.
    pub people: Vec<PersonRow>,
}

/// The page's main part.
pub fn board(ctx: &Ctx<'_>, view: &BoardView) -> Markup {
    html! {
        main class={ "board" @if view.is_wall { " wall" } } #main tabindex="-1" {
            header.reports-head {
                h1 { (ctx.t("board-title")) }
                @if view.is_wall { a.button.ghost href="/board" { (icon(Icon::Back)) span { (ctx.t("board-leave-wall")) } } }
                @else { a.button.ghost href="/board?wall=1" { (icon(Icon::Board)) span { (ctx.t("board-wall")) } } }
            }
            div #board data-url=(if view.is_wall { "/board?wall=1" } else { "/board" }) { (fragment(ctx, view)) }
        }
    }
}

/// What moves.
pub fn fragment(ctx: &Ctx<'_>, view: &BoardView) -> Markup {
    let levels: Vec<(Markup, i64)> = view
        .levels
        .iter()
        .map(|(level, n)| (html! { (level_name(ctx.lang, *level)) }, *n))
        .collect();
    let channels: Vec<(Markup, i64)> = view
        .channels
        .iter()
        .map(|(channel, n)| (channel_chip(ctx.lang, *channel), *n))
        .collect();
    let teams: Vec<(Markup, i64)> = view.teams.iter().map(|(name, n)| (html! { (name) }, *n)).collect();
    html! {
        p.board-at { (view.at) }
        dl.tiles.numbers { @for (words, number, is_bad) in &view.numbers { div class={ "tile" @if *is_bad { " bad" } } { dt { (words) } dd.tile-value { (number) } } } }
        div.board-columns {
            section.board-part aria-labelledby="b-longest" {
                h2 #b-longest { (ctx.t("board-longest")) }
                @if view.waiting.is_empty() { p.muted.board-calm { (icon(Icon::Check)) (ctx.t("board-nobody-waits")) } }
                @else { ol.waits { @for one in &view.waiting { (waiting(ctx, one)) } } }
            }
            div.board-side {
                (counts(ctx, "b-level", "board-by-level", &levels))
                (counts(ctx, "b-channel", "board-by-channel", &channels))
                @if !teams.is_empty() { (counts(ctx, "b-team", "board-by-team", &teams)) }
            }
            section.board-part aria-labelledby="b-people" {
                h2 #b-people { (ctx.t("board-people")) }
                ul.board-people { @for one in &view.people { (person(ctx, one)) } }
            }
        }
    }
}

fn waiting(ctx: &Ctx<'_>, one: &WaitingRow) -> Markup {
    html! {
        li class=[one.is_late.then_some("late")] {
            a href=(one.url) {
                span.wait { (one.wait) @if one.is_late { span.visually-hidden { ", " (ctx.t("board-late-word")) } } }
                span.wait-what { strong { (one.what) } span.muted { (one.who) } }
                span.wait-where { (channel_icon(ctx.lang, one.channel)) (crate::components::level_chip(ctx.lang, one.level)) }
            }
        }
    }
}

fn counts(ctx: &Ctx<'_>, id: &str, title: &str, rows: &[(Markup, i64)]) -> Markup {
    let most = rows.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    html! {
        section.board-part aria-labelledby=(id) {
            h2 id=(id) { (ctx.t(title)) }
            ul.board-counts { @for (words, n) in rows { li {
                span { (words) } strong { (i18n::number(ctx.lang, *n)) }
                svg.board-bar viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" { rect x="0" y="0" height="4" rx="2" width=(n * 100 / most) {} }
            } } }
        }
    }
}

fn person(ctx: &Ctx<'_>, one: &PersonRow) -> Markup {
    let is_full = one.capacity > 0 && one.open >= one.capacity;
    let load = if one.capacity > 0 {
        i18n::t_args(
            ctx.lang,
            "board-of",
            &[("open", one.open.into()), ("capacity", one.capacity.into())],
        )
    } else {
        i18n::number(ctx.lang, one.open)
    };
    html! {
        li class={ "p-" (one.presence.as_str()) } {
            (avatar(ActorKind::Agent, &one.name))
            span.board-person { strong { (one.name) } span.muted { span class={ "presence " (one.presence.as_str()) } aria-hidden="true" {} (ctx.t(desk_words::presence(one.presence))) } }
            span class={ "board-load" @if is_full { " full" } } title=(ctx.t("board-load")) { (load) }
        }
    }
}
