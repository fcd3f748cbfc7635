//! What arrived and could not be filed.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::db::sql;
use conversation::quarantine;
use conversation::types::QuarantineId;
use maud::html;
use ui::components::{channel_icon, empty, form, time_tag};
use ui::i18n;
use ui::icons::Icon;

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, see_other};

/// How many are listed; settling some brings up more.
const MOST: i64 = 200;

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let ctx = me.ctx();
    let all = quarantine::list(app.store.db(), MOST).await?;
    let body = html! {
        p.lead { (ctx.t("quarantine-lead")) }
        @if all.is_empty() { (empty(Icon::Check, &ctx.t("quarantine-none"), "")) }
        ul.people {
            @for entry in &all {
                li.person {
                    (channel_icon(me.lang, entry.channel))
                    span.inbox-name { strong { (entry.reason) } span.muted {
                        (time_tag(&ctx, entry.at, &i18n::relative(me.lang, me.now, entry.at, &me.tz)))
                        @if let Some(id) = &entry.external_id { " · " span.mono { (id) } }
                    } }
                    @if entry.raw_sha256.is_some() { a.button.ghost href={ "/settings/quarantine/" (entry.id) "/raw" } { (ctx.t("message-original")) } }
                    form method="post" action={ "/settings/quarantine/" (entry.id) "/settle" } {
                        (form::csrf(&ctx)) button.button.ghost type="submit" { (ctx.t("quarantine-settle")) }
                    }
                }
            }
        }
    };
    Ok(frame(&me, Part::Quarantine, &ctx.t("settings-quarantine"), None, &body))
}

pub(super) async fn raw(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let row: Option<(Option<String>,)> = sql("SELECT raw_sha256 FROM quarantine WHERE id = $1")
        .bind(&QuarantineId::from(id.as_str()))
        .optional(app.store.db())
        .await?;
    let sha256 = row.and_then(|(sha256,)| sha256).ok_or(Error::NotFound)?;
    conversation::audit::note(&app.store, &me.actor(), "file.original", &id, &serde_json::json!({})).await?;
    let bytes = app.store.blobs().get(&sha256).await?;
    Ok(crate::inbox::original(&format!("{id}.txt"), bytes, true))
}

pub(super) async fn settle(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Administer)?;
    quarantine::settle(&app.store, &posted.me.actor(), &QuarantineId::from(id)).await?;
    Ok(see_other("/settings/quarantine"))
}
