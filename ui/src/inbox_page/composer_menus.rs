//! What opens around the composer: sending otherwise, taking back, macros, handing over, and the lists
//! to choose from.

use conversation::desk::canned::VARIABLES;
use conversation::types::Language;
use maud::{Markup, PreEscaped, html};

use super::composer_view::{ComposerView, MacroChoice};
use crate::components::{Tone, badge, form};
use crate::icons::{Icon, icon};
use crate::{Ctx, desk_words, i18n, routes};

/// The bar above the composer: who looks, who follows, macros, handing over.
pub(super) fn desk_bar(ctx: &Ctx<'_>, view: &ComposerView) -> Markup {
    let macro_url = routes::path(routes::MACRO, &view.conversation);
    let hand_url = routes::path(routes::HAND_OVER, &view.conversation);
    let follow_url = routes::path(routes::FOLLOW, &view.conversation);
    html! {
        div.desk-bar #desk-bar {
            p.viewers #viewers role="status" data-here=(routes::path(routes::HERE, &view.conversation)) {}
            @if let Some(chat) = &view.chat { (super::chat::picker(ctx, chat)) }
            div.desk-menus {
                @if !view.macros.is_empty() {
                    details.pop.up data-do="macro" {
                        summary.button.ghost title=(ctx.t("desk-macros")) { (icon(Icon::Macro)) span { (ctx.t("desk-macros")) } }
                        div.pop-body {
                            form.choices method="post" action=(macro_url) hx-post=(macro_url) hx-target="#thread" {
                                (form::csrf(ctx)) input type="hidden" name="once" value="" data-once="";
                                @let first = view.macros.iter().filter(|one| one.is_for).count();
                                @if first > 0 { p.choices-head { (ctx.t("desk-for-this")) } }
                                @for one in &view.macros[..first] { (macro_button(one)) }
                                @if first > 0 && first < view.macros.len() { p.choices-head { (ctx.t("desk-for-others")) } }
                                @for one in &view.macros[first..] { (macro_button(one)) }
                            }
                        }
                    }
                }
                details.pop.up data-do="hand-over" {
                    summary.button.ghost title=(ctx.t("desk-hand-over")) { (icon(Icon::Hand)) span { (ctx.t("desk-hand-over")) } }
                    div.pop-body {
                        form.stack method="post" action=(hand_url) hx-post=(hand_url) hx-target="#thread" {
                            (form::csrf(ctx))
                            label for="hand-to" { (ctx.t("desk-hand-to")) }
                            select.input #hand-to name="to" required { @for (value, name) in &view.hands { option value=(value) { (name) } } }
                            label for="hand-note" { (ctx.t("desk-hand-note")) }
                            textarea.input #hand-note name="text" rows="3" required maxlength="5000" {}
                            button.button.primary type="submit" { (ctx.t("desk-hand-over")) }
                        }
                    }
                }
                form data-do="follow" method="post" action=(follow_url) hx-post=(follow_url) hx-target="#thread" {
                    (form::csrf(ctx)) input type="hidden" name="on" value=(if view.is_following { "false" } else { "true" });
                    button.button.ghost type="submit" aria-pressed=(view.is_following.to_string()) title=(follow_title(ctx, view)) {
                        (icon(Icon::Eye)) span { (ctx.t(if view.is_following { "desk-unfollow" } else { "desk-follow" })) }
                        @if !view.followers.is_empty() { span.count { (i18n::number(ctx.lang, i64::try_from(view.followers.len()).unwrap_or(0))) } }
                    }
                }
                @if !view.rule_log.is_empty() {
                    details.pop.up data-do="rule-log" {
                        summary.button.ghost title=(ctx.t("desk-rule-log")) { (icon(Icon::Rules)) span { (ctx.t("desk-rule-log")) } }
                        div.pop-body { ul.rule-log { @for line in &view.rule_log { li { (line) } } } }
                    }
                }
            }
        }
    }
}

fn macro_button(one: &MacroChoice) -> Markup {
    html! { button type="submit" name="macro" value=(one.id) { (icon(Icon::Macro)) (one.name) } }
}

fn follow_title(ctx: &Ctx<'_>, view: &ComposerView) -> String {
    if view.followers.is_empty() {
        ctx.t("desk-followers-none").into_owned()
    } else {
        i18n::t_args(
            ctx.lang,
            "desk-followers",
            &[("names", view.followers.join(", ").into())],
        )
    }
}

/// For ten seconds after sending: a way back.
pub(super) fn undo_bar(ctx: &Ctx<'_>, view: &ComposerView) -> Markup {
    html! {
        @if let Some(undo) = view.undo.as_ref().filter(|undo| undo.until > ctx.now) {
            div.undo-bar #undo-bar role="status" data-message=(undo.message) data-left=(undo.until - ctx.now) data-url=(routes::path(routes::UNDO, &view.conversation)) {
                span { (ctx.t("compose-sent")) " " span.undo-left aria-hidden="true" {} }
                button.button.ghost type="button" data-tool="undo" { (ctx.t("compose-undo")) " " kbd { "Z" } }
            }
        }
    }
}

/// The other ways of sending.
pub(super) fn send_menu(ctx: &Ctx<'_>, view: &ComposerView) -> Markup {
    html! {
        @if view.blocked.is_none() {
            details.pop.up.send-menu data-do="send" {
                summary.button.primary.icon-only aria-label=(ctx.t("compose-send-more")) { (icon(Icon::Down)) }
                div.pop-body {
                    div.choices {
                        button type="submit" name="then" value="resolve" data-key="send-resolve" { (icon(Icon::Check)) (ctx.t("compose-send-resolve")) }
                        button type="submit" name="then" value="snooze:reply" data-key="send-snooze" { (icon(Icon::Clock)) (ctx.t("compose-send-snooze")) }
                        button type="submit" name="then" value="snooze:tomorrow" { (icon(Icon::Clock)) (ctx.t("compose-send-snooze-tomorrow")) }
                        button type="submit" name="then" value="snooze:monday" { (icon(Icon::Clock)) (ctx.t("compose-send-snooze-monday")) }
                    }
                    fieldset.send-later {
                        legend { (ctx.t("compose-send-later")) }
                        div.choices {
                            button type="submit" name="at" value="1h" { (icon(Icon::Send)) (ctx.t("compose-later-hour")) }
                            button type="submit" name="at" value="tomorrow" { (icon(Icon::Send)) (ctx.t("compose-later-tomorrow")) }
                            button type="submit" name="at" value="monday" { (icon(Icon::Send)) (ctx.t("compose-later-monday")) }
                        }
                        label for="send-at" { (ctx.t("compose-later-at")) }
                        div.send-at {
                            input.input #send-at type="datetime-local" name="at_time";
                            button.button.ghost type="submit" name="at" value="time" { (ctx.t("compose-later-set")) }
                        }
                    }
                }
            }
        }
    }
}

/// What a variable stands for, in the reader's language.
fn variable(ctx: &Ctx<'_>, name: &str) -> String {
    desk_words::variable(name).map_or_else(|| name.to_owned(), |key| ctx.t(key).into_owned())
}

/// What the browser's side of the composer says, in the reader's language.
pub(super) fn words(ctx: &Ctx<'_>) -> Markup {
    const HOLES: &[(&str, &str)] = &[("name", "{name}"), ("names", "{names}"), ("most", "{most}")];
    let with = |key: &str| {
        let args: Vec<_> = HOLES.iter().map(|(name, hole)| (*name, (*hole).into())).collect();
        i18n::t_args(ctx.lang, key, &args)
    };
    let mut words = serde_json::json!({
        "remove": with("compose-remove"),
        "fileLarge": with("compose-file-large"),
        "filesMany": with("compose-files-many"),
        "fileServer": with("compose-file-server"),
        "fileFailed": with("compose-file-failed"),
        "emojiSearch": ctx.t("compose-emoji-search"),
        "cardSearch": ctx.t("compose-card-search"),
        "missing": with("compose-missing"),
        "viewing": with("desk-viewing"),
        "viewingMany": with("desk-viewing-many"),
        "draftKept": ctx.t("compose-draft-kept"),
        "draftElsewhere": ctx.t("compose-draft-elsewhere"),
    });
    for name in VARIABLES {
        words[format!("variable:{name}")] = variable(ctx, name).into();
    }
    // `<` would let a text end the element; JSON has another way to write it.
    let words = words.to_string().replace('<', "\\u003c");
    html! { script #desk-settings type="application/json" { (PreEscaped(words)) } }
}

/// A piece of a text that was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Words(String),
    /// A variable, by its name, that has no value here.
    Hole(String),
}

/// The pieces of a filled text in one line, as many as a list has room for.
pub fn pieces(filled: &str) -> Vec<Piece> {
    const MOST: usize = 240;
    let line = filled.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = Vec::new();
    let mut words = String::new();
    let mut rest = line.as_str();
    let mut room = MOST;
    while let Some(next) = rest.chars().next().filter(|_| room > 0) {
        room -= 1;
        let hole = rest
            .strip_prefix("{{")
            .and_then(|inside| inside.split_once("}}"))
            .filter(|(name, _)| desk_words::variable(name).is_some());
        if let Some((name, after)) = hole {
            if !words.is_empty() {
                out.push(Piece::Words(std::mem::take(&mut words)));
            }
            out.push(Piece::Hole(name.to_owned()));
            rest = after;
        } else {
            words.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    if !rest.is_empty() {
        words.push('…');
    }
    if !words.is_empty() {
        out.push(Piece::Words(words));
    }
    out
}

/// One canned reply to choose.
#[derive(Debug, Clone)]
pub struct CannedView {
    /// Its id.
    pub id: String,
    /// What is typed behind the slash.
    pub shortcut: String,
    /// What it is called.
    pub title: String,
    /// Its group; may be empty.
    pub category: String,
    /// How it begins, filled for this customer.
    pub preview: Vec<Piece>,
    /// The language that it would be put in, where it is not the customer's.
    pub language: Option<Language>,
    /// It was written for tickets like this one.
    pub is_for: bool,
}

/// Canned replies, as options of a list box.
pub fn canned_options(ctx: &Ctx<'_>, found: &[CannedView]) -> Markup {
    html! {
        @if found.is_empty() { p.picker-none { (ctx.t("compose-canned-none")) } }
        @else {
            ul role="listbox" aria-label=(ctx.t("compose-canned")) {
                @for (index, one) in found.iter().enumerate() {
                    li role="option" id={ "pick-" (index) } aria-selected=(if index == 0 { "true" } else { "false" }) data-canned=(one.id) {
                        span.pick-head { kbd { "/" (one.shortcut) } strong { (one.title) }
                            @if one.is_for { (badge(Tone::Good, &ctx.t("desk-fits"))) }
                            @if !one.category.is_empty() { span.muted { (one.category) } }
                            @if let Some(language) = one.language { span.muted { (i18n::own_name(language)) } }
                        }
                        span.pick-words { @for piece in &one.preview { @match piece {
                            Piece::Words(words) => (words),
                            Piece::Hole(name) => mark.hole { (i18n::t_args(ctx.lang, "compose-hole", &[("what", variable(ctx, name).into())])) },
                        } } }
                    }
                }
            }
        }
    }
}

/// One card to choose.
#[derive(Debug, Clone)]
pub struct CardChoiceView {
    /// `kind:reference`.
    pub value: String,
    /// Its headline.
    pub title: String,
    /// A word about it.
    pub detail: String,
    /// What kind it is, where the list holds several.
    pub kind: Option<String>,
}

/// Cards, as options of a list box.
pub fn card_options(ctx: &Ctx<'_>, found: &[CardChoiceView]) -> Markup {
    html! {
        @if found.is_empty() { p.picker-none { (ctx.t("compose-card-none")) } }
        @else {
            ul role="listbox" aria-label=(ctx.t("compose-card")) {
                @for (index, one) in found.iter().enumerate() {
                    li role="option" id={ "pick-" (index) } aria-selected=(if index == 0 { "true" } else { "false" }) data-card=(one.value) data-title=(one.title) {
                        span.pick-head { strong { (one.title) } @if let Some(kind) = &one.kind { span.muted { (kind) } } } span.pick-words { (one.detail) }
                    }
                }
            }
        }
    }
}

/// One answer that the knowledge base has.
#[derive(Debug, Clone)]
pub struct SuggestionView {
    /// The article.
    pub article: String,
    /// Its headline.
    pub title: String,
    /// The part that answers.
    pub passage: String,
    /// Where it stands.
    pub url: String,
    /// How sure the answerer is, in percent.
    pub percent: i64,
}

/// What the knowledge base would answer, with where that stands. Nothing is put in by itself.
pub fn suggestions(ctx: &Ctx<'_>, found: &[SuggestionView]) -> Markup {
    html! {
        @if found.is_empty() { p.picker-none { (ctx.t("compose-suggest-none")) } }
        @else {
            ul role="listbox" aria-label=(ctx.t("compose-suggest")) {
                @for (index, one) in found.iter().enumerate() {
                    li role="option" id={ "pick-" (index) } aria-selected=(if index == 0 { "true" } else { "false" }) data-suggestion=(one.passage) data-card={ "article:" (one.article) } data-title=(one.title) {
                        span.pick-head { strong { (one.title) } span.muted { (i18n::t_args(ctx.lang, "compose-suggest-sure", &[("percent", one.percent.into())])) }
                            a.quiet href=(one.url) target="_blank" rel="noopener" { (ctx.t("compose-suggest-source")) } }
                        span.pick-words { (one.passage) }
                    }
                }
            }
            p.picker-hint { (ctx.t("compose-suggest-hint")) }
        }
    }
}
