//! The left pane: places, kept lists, narrowing, rows.

use std::borrow::Cow;

use maud::{Markup, html};

use super::views::{Choose, ListView, SavedViewView, Tab};
use crate::components::{conversation_row, empty, form};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

fn tab_name(ctx: &Ctx<'_>, tab: Tab) -> Cow<'static, str> {
    match tab {
        Tab::Unassigned => ctx.t("tab-unassigned"),
        Tab::Mine => ctx.t("tab-mine"),
        Tab::Mentioned => ctx.t("tab-mentioned"),
        Tab::Team => ctx.t("tab-team"),
        Tab::All => ctx.t("tab-all"),
        Tab::Spam => ctx.t("tab-spam"),
    }
}

/// The list with its tabs and its filter. `data-refresh` is where the fragment is fetched again.
pub fn list(ctx: &Ctx<'_>, view: &ListView) -> Markup {
    html! {
        section.list #list aria-label=(ctx.t("list-label")) data-refresh=(view.refresh_url) data-behind[view.is_behind] data-waiting=[(view.mine_waiting > 0).then(|| i18n::badge(ctx.lang, view.mine_waiting))] {
            div.list-head {
                nav.tabs aria-label=(ctx.t("tabs-label")) {
                    @for (tab, count, url) in &view.tabs {
                        a.tab href=(url) data-tab=(tab.as_str()) aria-current=[(*tab == view.tab && view.view.is_none()).then_some("page")] {
                            span.tab-word { (tab_name(ctx, *tab)) } " " span.tab-count { (i18n::number(ctx.lang, *count)) }
                        }
                    }
                }
                form.list-filter #list-filter method="get" action=(view.here) data-live {
                    input type="hidden" name="tab" value=(view.tab.as_str());
                    @if let Some(id) = &view.view { input type="hidden" name="view" value=(id); }
                    span.search {
                        label for="search" { (icon(Icon::Search)) span.visually-hidden { (ctx.t("filter-search")) } }
                        input #search type="search" name="q" value=(view.search) placeholder=(ctx.t("filter-search")) maxlength="200" autocomplete="off" enterkeyhint="search" aria-describedby="search-hint";
                    }
                    p.visually-hidden #search-hint { (ctx.t("search-hint")) }
                    (fields(ctx, view))
                    (choose(&view.sort, "sort-by", true))
                    noscript { button.button.ghost type="submit" { (ctx.t("filter-apply")) } }
                }
                (views(ctx, view))
                @if view.can_write { a.button.ghost.icon-only.begin #begin href=(routes::BEGIN) aria-label=(ctx.t("begin-title")) title=(ctx.t("begin-title")) { (icon(Icon::Compose)) } }
                @if view.can_write && !view.rows.is_empty() {
                    button.button.ghost.icon-only.pick-toggle #pick-toggle type="button" data-action="pick-mode" aria-label=(ctx.t("bulk-select")) title=(ctx.t("bulk-select")) { (icon(Icon::Checks)) }
                }
            }
            @if let Some(words) = &view.notice { p.list-notice role="status" { (icon(Icon::Warning)) span { (words) } } }
            @if view.is_later { a.older.newer href={ (view.here) "?" (view.query) } { (ctx.t("list-first")) } }
            @if view.rows.is_empty() { (nothing(ctx, view)) }
            @else {
                ol.rows #rows { @for row in &view.rows { (conversation_row(ctx, row)) } }
                @if let Some(url) = &view.older_url { a.older #older href=(url) { (ctx.t("list-older")) } }
            }
        }
    }
}

fn nothing(ctx: &Ctx<'_>, view: &ListView) -> Markup {
    if !view.search.is_empty() {
        return empty(Icon::Search, &ctx.t("list-empty-search"), &ctx.t("find-empty-hint"));
    }
    if view.active > 0 || view.is_later {
        return empty(
            Icon::Search,
            &ctx.t("list-empty-filter"),
            &ctx.t("list-empty-filter-hint"),
        );
    }
    match view.tab {
        Tab::Unassigned => empty(
            Icon::Check,
            &ctx.t("list-empty-unassigned"),
            &ctx.t("list-empty-unassigned-hint"),
        ),
        Tab::Mine => empty(Icon::Inbox, &ctx.t("list-empty-mine"), &ctx.t("list-empty-mine-hint")),
        Tab::Mentioned => empty(
            Icon::Note,
            &ctx.t("list-empty-mentioned"),
            &ctx.t("list-empty-mentioned-hint"),
        ),
        Tab::Team => empty(Icon::People, &ctx.t("list-empty-team"), &ctx.t("list-empty-team-hint")),
        Tab::All => empty(Icon::Inbox, &ctx.t("list-empty-all"), &ctx.t("list-empty-all-hint")),
        Tab::Spam => empty(Icon::Check, &ctx.t("list-empty-spam"), &ctx.t("list-empty-spam-hint")),
    }
}

fn choose(field: &Choose, id: &str, is_bare: bool) -> Markup {
    html! {
        label for=(id) class=[is_bare.then_some("visually-hidden")] { (field.label) }
        select.filter id=(id) name=(field.name) {
            @for (value, words) in &field.options {
                option value=(value) selected[*value == field.chosen] { (words) }
            }
        }
    }
}

/// Everything that the list can be narrowed by.
fn fields(ctx: &Ctx<'_>, view: &ListView) -> Markup {
    html! {
        details.pop.narrow #narrow {
            summary.button.ghost data-key="narrow" {
                (icon(Icon::Settings)) span { (ctx.t("filter-narrow")) }
                @if view.active > 0 { span.count { (i18n::number(ctx.lang, i64::try_from(view.active).unwrap_or(0))) } }
            }
            div.pop-body.narrow-fields {
                @for field in &view.fields {
                    div.narrow-field { (choose(field, &format!("by-{}", field.name), false)) }
                }
                div.narrow-field {
                    label for="by-company" { (ctx.t("filter-company")) }
                    input.input #by-company name="company" value=(view.company) maxlength="100" autocomplete="off";
                }
                @if view.active > 0 { a.tab-like href=(view.clear_url) { (ctx.t("filter-clear")) } }
            }
        }
    }
}

/// The kept lists, and keeping this one.
fn views(ctx: &Ctx<'_>, view: &ListView) -> Markup {
    let current = view.views.iter().find(|one| one.is_current);
    html! {
        details.pop.views #views {
            summary.button.ghost {
                (icon(Icon::Aside))
                span.views-name { @match current { Some(one) => (one.name), None if view.tab == Tab::Spam => (tab_name(ctx, Tab::Spam)), None => (ctx.t("views-title")) } }
            }
            div.pop-body {
                ul.views-list {
                    li {
                        a.tab-like href=(view.spam.1) data-tab="spam" aria-current=[(view.tab == Tab::Spam && view.view.is_none()).then_some("page")] {
                            (icon(Icon::Block)) span.views-name { (tab_name(ctx, Tab::Spam)) } span.tab-count { (view.spam.0) }
                        }
                    }
                }
                @if view.views.is_empty() { p.hint { (ctx.t("views-none")) } }
                @else {
                    ul.views-list {
                        @for one in &view.views {
                            li {
                                a.tab-like href=(one.url) aria-current=[one.is_current.then_some("page")] {
                                    span.views-name { (one.name) }
                                    @if one.is_shared { span.views-shared title=(ctx.t("views-shared")) { (icon(Icon::People)) span.visually-hidden { (ctx.t("views-shared")) } } }
                                    span.tab-count { (one.count) }
                                }
                            }
                        }
                    }
                }
                @if view.search.is_empty() { (keep(ctx, view, current)) }
            }
        }
    }
}

fn keep(ctx: &Ctx<'_>, view: &ListView, current: Option<&SavedViewView>) -> Markup {
    html! {
        form.keep method="post" action=(routes::VIEWS) {
            (form::csrf(ctx))
            input type="hidden" name="query" value=(view.query);
            div.field {
                label for="view-name" { (ctx.t("views-keep")) }
                span.number-form {
                    input.input #view-name name="name" required maxlength="60" autocomplete="off" placeholder=(ctx.t("views-name"));
                    button.button.ghost type="submit" { (ctx.t("views-keep-button")) }
                }
            }
            label.check { input type="checkbox" name="is_shared" value="on"; span { (ctx.t("views-share")) } }
        }
        @if let Some(one) = current.filter(|one| one.is_editable) {
            @let url = routes::path(routes::VIEW, &one.id);
            form.keep method="post" action=(url) {
                (form::csrf(ctx))
                input type="hidden" name="query" value=(view.query);
                div.field {
                    label for="view-rename" { (ctx.t("views-change")) }
                    input.input #view-rename name="name" value=(one.name) required maxlength="60" autocomplete="off";
                }
                label.check { input type="checkbox" name="is_shared" value="on" checked[one.is_shared]; span { (ctx.t("views-share")) } }
                div.row-buttons {
                    button.button.ghost type="submit" name="do" value="change" { (ctx.t("views-update")) }
                    button.button.ghost type="submit" name="do" value="remove" formnovalidate { (ctx.t("views-remove")) }
                }
            }
        }
    }
}
