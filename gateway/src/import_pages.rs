//! The pages of an import from a file, whatever it holds: the files that were brought, how far one is, what of it
//! cannot be taken.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use billing::import::{Import, csv};
use conversation::types::Language;
use maud::{Markup, html};
use ui::components::{Tone, badge, form, toast};
use ui::icons::{Icon, icon};
use ui::{core_words, i18n, spreadsheet};

use crate::auth::SignedIn;

/// A kind of file that can be brought; titles and hints are keys.
pub(crate) struct Offer {
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    pub(crate) hint: &'static str,
    pub(crate) columns: &'static str,
}

/// What can be brought, and what was; `under` is the path of the pages, `wrong` why the last file was not taken.
pub(crate) fn overview(
    me: &SignedIn,
    under: &str,
    lead: &str,
    offers: &[Offer],
    all: &[Import],
    wrong: Option<&str>,
) -> Markup {
    let ctx = me.ctx();
    html! {
        p.lead { (ctx.t(lead)) }
        @if let Some(words) = wrong { (toast(Tone::Bad, words)) }
        @for offer in offers {
            form.group method="post" action=(under) enctype="multipart/form-data" {
                (form::csrf(&ctx))
                h2 { (ctx.t(&offer.title)) }
                input type="hidden" name="kind" value=(offer.kind);
                input.input.file-input type="file" name="file" accept=".csv,.txt,text/csv" required aria-label="CSV";
                p.hint { (ctx.t(offer.hint)) }
                code.small { (offer.columns) }
                p { a href={ (under) "/example/" (offer.kind) } download { (icon(Icon::Download)) " " (ctx.t("import-example")) } }
                div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-import-check")) } }
            }
        }
        (list(me, under, all))
    }
}

/// The overview with the status that says whether the last file was taken.
pub(crate) fn answer(mut page: Response, wrong: Option<&str>) -> Response {
    if wrong.is_some() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    page
}

/// The answer that saves an example as a file, which the reader's spreadsheet opens in columns.
pub(crate) fn example(language: Language, kind: &str, text: &'static str) -> Response {
    let name = format!("attachment; filename=\"{kind}.csv\"");
    let rows = csv::parse(text.as_bytes()).unwrap_or_default();
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.values).collect();
    let body = format!("{}{}", spreadsheet::MARK, spreadsheet::converted(language, &rows));
    let headers = [
        (header::CONTENT_TYPE, spreadsheet::MEDIA_TYPE.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    (headers, body).into_response()
}

/// The files that were brought.
fn list(me: &SignedIn, under: &str, all: &[Import]) -> Markup {
    html! {
        ul.inboxes {
            @for one in all {
                li { a href={ (under) "/" (one.id) } {
                    span.inbox-name { strong { (one.name) } span.muted { (i18n::date_time(me.lang, one.created_at, &me.tz)) } }
                    (state(me, one))
                } }
            }
        }
    }
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

/// One of them. `total` names what is counted, `go` is the button that has a checked one written.
pub(crate) fn one(me: &SignedIn, under: &str, import: &Import, total: &str, go: &Markup) -> Markup {
    let ctx = me.ctx();
    let wrongs = import.wrongs();
    let facts = [
        (ctx.t(total), import.rows_total),
        (ctx.t("billing-import-new"), import.rows_new),
        (ctx.t("billing-import-known"), import.rows_known),
        (ctx.t("billing-import-wrong"), import.rows_wrong),
    ];
    html! {
        // A page that is looked at while the work goes on loads itself again, with or without scripts.
        @if import.is_running() { meta http-equiv="refresh" content="2"; }
        p { (state(me, import)) }
        @if import.is_running() {
            progress max=(import.rows_total.max(1)) value=(import.rows_done) aria-label=(ctx.t("billing-import-progress")) {}
        }
        dl.facts.import-facts {
            @for (word, count) in &facts { div { dt { (word) } dd { (i18n::number(me.lang, *count)) } } }
        }
        @if import.state == "checked" {
            form.settings-actions method="post" action={ (under) "/" (import.id) "/confirm" } { (form::csrf(&ctx)) (go) }
        }
        @if !wrongs.is_empty() {
            h2 { (ctx.t("billing-import-report")) }
            div.table-scroll {
                table.table {
                    thead { tr {
                        th scope="col" { (ctx.t("billing-import-line")) }
                        th scope="col" { (ctx.t("billing-import-column")) }
                        th scope="col" { (ctx.t("billing-import-why")) }
                    } }
                    tbody { @for wrong in &wrongs { tr { td.mono { (wrong.line) } td.mono { (wrong.column) } td { (core_words::said(me.lang, &wrong.why).unwrap_or_else(|| wrong.why.clone())) } } } }
                }
            }
        }
    }
}
