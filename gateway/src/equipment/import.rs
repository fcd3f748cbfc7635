//! Import of machines and readings from files: checked first, written when somebody says so.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use equipment::import::{self, Import, Kind};
use maud::{Markup, html};
use ui::components::{Tone, badge, form, toast};
use ui::i18n;

use super::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Posted, PostedFiles};
use crate::auth::{SignedIn, see_other};

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    page(&app, &me, None).await
}

async fn page(app: &App, me: &SignedIn, wrong: Option<String>) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let all = import::list(app.store.db()).await?;
    let body = html! {
        p.lead { (ctx.t("eq-import-lead")) }
        @if let Some(words) = &wrong { (toast(Tone::Bad, words)) }
        @for kind in Kind::ALL {
            form.group method="post" action="/equipment/import" enctype="multipart/form-data" {
                (form::csrf(&ctx))
                h2 { (ctx.t(&format!("eq-import-{kind}"))) }
                input type="hidden" name="kind" value=(kind);
                input.input.file-input type="file" name="file" accept=".csv,.txt,text/csv" required aria-label="CSV";
                p.hint { (ctx.t("billing-import-columns")) }
                code.small { (import::columns(*kind)) }
                div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-import-check")) } }
            }
        }
        ul.inboxes { @for one in &all { li { a href={ "/equipment/import/" (one.id) } { span.inbox-name { strong { (one.name) } span.muted { (i18n::date_time(me.lang, one.created_at, &me.tz)) } } (state(me, one)) } } } }
    };
    let mut response = frame(me, Part::Import, &ctx.t("billing-import"), None, &body);
    if wrong.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn state(me: &SignedIn, import: &Import) -> Markup {
    let tone = match import.state.as_str() {
        "done" => Tone::Good,
        "failed" => Tone::Bad,
        "checked" => Tone::Warn,
        _ => Tone::Accent,
    };
    badge(tone, &i18n::t(me.lang, &format!("billing-import-{}", import.state)))
}

pub(super) async fn begin(State(app): State<App>, posted: PostedFiles) -> Result<Response, Failure> {
    let me = posted.me;
    me.must(Permission::Bill)?;
    let Some(file) = posted.files.first() else {
        return page(&app, &me, Some(i18n::t(me.lang, "billing-import-no-file").into_owned())).await;
    };
    let kind: Kind = posted.form.get("kind").parse().map_err(conversation::Error::from)?;
    match import::begin(&app.equipment, &me.actor(), kind, &file.name, &file.bytes).await {
        Ok(id) => Ok(see_other(&format!("/equipment/import/{id}"))),
        Err(error @ Error::Invalid(_)) => page(&app, &me, Some(failure::words(me.lang, &error))).await,
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let ctx = me.ctx();
    let one = import::load(app.store.db(), &id).await?;
    let wrongs = one.wrongs();
    let number = |value| i18n::number(me.lang, value);
    let body = html! {
        // A page that is looked at while the work goes on loads itself again, with or without scripts.
        @if one.is_running() { meta http-equiv="refresh" content="2"; }
        p { (state(&me, &one)) }
        @if one.is_running() { progress max=(one.rows_total.max(1)) value=(one.rows_done) aria-label=(ctx.t("billing-import-progress")) {} }
        dl.facts.import-facts {
            div { dt { (ctx.t("eq-import-rows")) } dd { (number(one.rows_total)) } }
            div { dt { (ctx.t("billing-import-new")) } dd { (number(one.rows_new)) } }
            div { dt { (ctx.t("billing-import-known")) } dd { (number(one.rows_known)) } }
            div { dt { (ctx.t("billing-import-wrong")) } dd { (number(one.rows_wrong)) } }
        }
        @if one.state == "checked" {
            form.settings-actions method="post" action={ "/equipment/import/" (id) "/confirm" } { (form::csrf(&ctx)) button.button.primary type="submit" { (i18n::t_args(me.lang, "eq-import-go", &[("count", one.rows_new.into())])) } }
        }
        @if !wrongs.is_empty() {
            h2 { (ctx.t("billing-import-report")) }
            div.table-scroll { table.table { thead { tr { th scope="col" { (ctx.t("billing-import-line")) } th scope="col" { (ctx.t("billing-import-column")) } th scope="col" { (ctx.t("billing-import-why")) } } }
                tbody { @for wrong in &wrongs { tr { td.mono { (wrong.line) } td.mono { (wrong.column) } td { (wrong.why) } } } } } }
        }
    };
    Ok(frame(&me, Part::Import, &one.name, None, &body))
}

pub(super) async fn confirm(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Bill)?;
    import::confirm(&app.equipment, &posted.me.actor(), &id).await?;
    Ok(see_other(&format!("/equipment/import/{id}")))
}
