//! The list of broadcasts.

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::broadcasts::{self, Figures, Shown};
use conversation::inboxes;
use maud::html;
use serde::Deserialize;
use ui::components::empty;
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use super::frame::{frame, page_of};
use super::words;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;

const ROWS: usize = 30;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: String,
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    me.must(Permission::Audit)?;
    let (db, ctx) = (app.store.db(), me.ctx());
    let before = Some(asked.before.as_str()).filter(|id| !id.is_empty());
    let mut all = broadcasts::list(db, before, ROWS as i64 + 1).await?;
    let has_more = all.len() > ROWS;
    all.truncate(ROWS);
    let last = all.last().map(|one| one.id.clone());
    if let Some(scope) = me.scope()
        && let Some(theirs) = scope.inboxes(db).await?
    {
        all.retain(|one| theirs.contains(&one.inbox));
    }
    let inboxes = inboxes::list(db).await?;
    let mut rows: Vec<(broadcasts::Broadcast, Figures)> = Vec::with_capacity(all.len());
    for one in all {
        let figures = broadcasts::standings(db, &one.id).await?;
        rows.push((one, figures));
    }
    let number = |count: i64| i18n::number(me.lang, count);
    let body = html! {
        div.list-head {
            p.hint { (ctx.t("broadcasts-lead")) }
            @if me.can(Permission::Administer) {
                div.settings-actions { a.button.primary href={ (routes::BROADCASTS) "/new" } { (icon(Icon::Plus)) span { (ctx.t("broadcast-new")) } } }
            }
        }
        @if rows.is_empty() { (empty(Icon::Broadcast, &ctx.t("broadcasts-none"), &ctx.t("broadcasts-none-hint"))) }
        @else {
            ul.cast-rows {
                @for (one, figures) in &rows {
                    li {
                        a.cast-row href=(page_of(&one.id)) {
                            span.ticket-what {
                                strong { (one.name) }
                                span.muted { (inboxes.iter().find(|inbox| inbox.id == one.inbox).map(|inbox| inbox.name.as_str()).unwrap_or_default()) " · " (words::content(one)) }
                            }
                            span.ticket-chips { (words::state(&ctx, one.state)) }
                            span.cast-numbers {
                                span { strong { (number(figures.sent())) } " / " (number(figures.total())) " " (ctx.t("broadcast-to-sent")) }
                                @if figures.of(Shown::Failed) > 0 { span { strong { (number(figures.of(Shown::Failed))) } " " (ctx.t("broadcast-to-failed")) } }
                            }
                            span.ticket-when.muted { (i18n::relative(me.lang, me.now, one.started_at.or(one.start_at).unwrap_or(one.created_at), &me.tz)) }
                        }
                    }
                }
            }
        }
        @if let Some(last) = last.filter(|_| has_more) { p { a.button.ghost href={ (routes::BROADCASTS) "?before=" (last) } { (ctx.t("tickets-more")) } } }
    };
    Ok(frame(&me, &ctx.t("broadcasts-title"), None, &body))
}
