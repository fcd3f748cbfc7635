//! The left pane.

use std::borrow::Cow;

use conversation::types::Channel;
use maud::{Markup, html};

use super::views::{ListView, Tab};
use crate::components::{channel_name, conversation_row, empty};
use crate::icons::Icon;
use crate::{Ctx, i18n, routes};

fn address(base: &str, tab: Tab, channel: Option<Channel>) -> String {
    match channel {
        Some(channel) => format!("{base}?tab={}&channel={channel}", tab.as_str()),
        None => format!("{base}?tab={}", tab.as_str()),
    }
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
    let mut refresh = address(routes::INBOX_LIST, view.tab, view.channel);
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
                        a.tab href=(address(&here, tab, view.channel)) data-tab=(tab.as_str()) aria-current=[(tab == view.tab).then_some("page")] {
                            (tab_name(ctx, tab)) " " span.tab-count { (i18n::number(ctx.lang, count)) }
                        }
                    }
                }
                form.list-filter method="get" action=(here) data-live {
                    input type="hidden" name="tab" value=(view.tab.as_str());
                    label.visually-hidden for="channel-filter" { (ctx.t("filter-channel")) }
                    select #channel-filter.filter name="channel" {
                        option value="" { (ctx.t("filter-all-channels")) }
                        @for channel in Channel::ALL {
                            option value=(channel) selected[view.channel == Some(*channel)] { (channel_name(ctx.lang, *channel)) }
                        }
                    }
                    noscript { button.button.ghost type="submit" { (ctx.t("filter-apply")) } }
                }
            }
            @if view.rows.is_empty() {
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
