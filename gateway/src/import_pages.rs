//! The pages of an import from a file, whatever it holds: the files that were brought, how far one is, what of it
//! cannot be taken.

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use billing::import::Import;
use maud::{Markup, html};
use ui::components::{Tone, badge, form};
use ui::icons::{Icon, icon};
use ui::{core_words, i18n};

use crate::auth::SignedIn;

/// The field for a file and the button that has it checked.
pub(crate) fn choose(me: &SignedIn, hint: &str, columns: &str, example: &str) -> Markup {
    let ctx = me.ctx();
    html! {
        input.input.file-input type="file" name="file" accept=".csv,.txt,text/csv" required aria-label="CSV";
        p.hint { (ctx.t(hint)) }
        code.small { (columns) }
        p { a href=(example) download { (icon(Icon::Download)) " " (ctx.t("import-example")) } }
        div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-import-check")) } }
    }
}

/// The answer that saves an example as a file.
pub(crate) fn example(kind: &str, text: &'static str) -> Response {
    let name = format!("attachment; filename=\"{kind}.csv\"");
    // The mark at the beginning tells spreadsheets that it is UTF-8.
    let body = format!("\u{feff}{text}");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    (headers, body).into_response()
}

/// The files that were brought; `under` is the path of their pages.
pub(crate) fn list(me: &SignedIn, under: &str, all: &[Import]) -> Markup {
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
