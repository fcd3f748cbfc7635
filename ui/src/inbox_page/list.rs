//! The left pane.

use std::borrow::Cow;

use conversation::types::{Channel, ConversationStatus};
use maud::{Markup, html};

use super::views::{ListView, Tab};
use crate::components::{channel_name, conversation_row, empty, status_name};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// The query that keeps what the reader chose.
fn query(view: &ListView, tab: Tab) -> String {
    let mut out = format!("?tab={}", tab.as_str());
    if let Some(channel) = view.channel {
        out.push_str("&channel=");
        out.push_str(channel.as_str());
    }
    if view.status != ConversationStatus::Open {
        out.push_str("&status=");
        out.push_str(view.status.as_str());
    }
    if !view.search.is_empty() {
        out.push_str("&q=");
        out.push_str(&routes::escape(&view.search));
    }
    out
}

fn tab_name(ctx: &Ctx<'_>, tab: Tab) -> Cow<'static, str> {
    match tab {
        Tab::Unassigned => ctx.t("tab-unassigned"),
        Tab::Mine => ctx.t("tab-mine"),
        Tab::All => ctx.t("tab-all"),
    }
}

/// The list with its tabs and its filter. `data-refresh` is where the fragment is fetched again.
pub fn list(ctx: &Ctx<'_>, view: &ListView) -> Markup {
    let here = view
        .selected
        .as_ref()
        .map_or_else(|| routes::INBOX.to_owned(), |id| routes::path(routes::CONVERSATION, id));
    let mut refresh = format!("{}{}", routes::INBOX_LIST, query(view, view.tab));
    if let Some(before) = &view.before {
        refresh.push_str("&before=");
        refresh.push_str(&routes::escape(before));
    }
    if let Some(id) = &view.selected {
        refresh.push_str("&selected=");
        refresh.push_str(&routes::escape(id));
    }
    html! {
        section.list #list aria-label=(ctx.t("list-label")) data-refresh=(refresh) {
            div.list-head {
                nav.tabs aria-label=(ctx.t("tabs-label")) {
                    @for tab in Tab::ALL {
                        @let count = match tab { Tab::Unassigned => view.counts.unassigned, Tab::Mine => view.counts.mine, Tab::All => view.counts.all };
                        a.tab href={ (here) (query(view, tab)) } data-tab=(tab.as_str()) aria-current=[(tab == view.tab).then_some("page")] {
                            (tab_name(ctx, tab)) " " span.tab-count { (i18n::number(ctx.lang, count)) }
                        }
                    }
                }
                form.list-filter method="get" action=(here) data-live {
                    input type="hidden" name="tab" value=(view.tab.as_str());
                    span.search {
                        label for="search" { (icon(Icon::Search)) span.visually-hidden { (ctx.t("filter-search")) } }
                        input #search type="search" name="q" value=(view.search) placeholder=(ctx.t("filter-search")) maxlength="100" autocomplete="off" enterkeyhint="search";
                    }
                    label.visually-hidden for="channel-filter" { (ctx.t("filter-channel")) }
                    select #channel-filter.filter name="channel" {
                        option value="" { (ctx.t("filter-all-channels")) }
                        @for channel in Channel::ALL {
                            option value=(channel) selected[view.channel == Some(*channel)] { (channel_name(ctx.lang, *channel)) }
                        }
                    }
                    label.visually-hidden for="status-filter" { (ctx.t("filter-status")) }
                    select #status-filter.filter name="status" disabled[!view.search.is_empty()] {
                        @for status in ConversationStatus::ALL {
                            option value=(status) selected[view.status == *status] { (status_name(ctx.lang, *status)) }
                        }
                    }
                    noscript { button.button.ghost type="submit" { (ctx.t("filter-apply")) } }
                }
            }
            @if view.rows.is_empty() && (!view.search.is_empty() || view.status != ConversationStatus::Open || view.channel.is_some() || view.before.is_some()) {
                (empty(Icon::Search, &ctx.t("list-empty-search"), &ctx.t("list-empty-search-hint")))
            } @else if view.rows.is_empty() {
                @match view.tab {
                    Tab::Unassigned => (empty(Icon::Check, &ctx.t("list-empty-unassigned"), &ctx.t("list-empty-unassigned-hint"))),
                    Tab::Mine => (empty(Icon::Inbox, &ctx.t("list-empty-mine"), &ctx.t("list-empty-mine-hint"))),
                    Tab::All => (empty(Icon::Inbox, &ctx.t("list-empty-all"), &ctx.t("list-empty-all-hint"))),
                }
            } @else {
                ol.rows #rows { @for row in &view.rows { (conversation_row(ctx, row)) } }
                @if let Some(url) = &view.older_url { a.older href=(url) { (ctx.t("list-older")) } }
            }
        }
    }
}
