//! The reports: key figures, charts, tables, what is mailed. All of it works without scripts.

use conversation::types::Language;
use maud::{Markup, html};

use crate::charts::{self, Chart};
use crate::components::{Tone, empty, form, toast};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n};

/// A length of time in words: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`.
pub fn duration(milliseconds: i64) -> String {
    let seconds = milliseconds / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match () {
        () if minutes == 0 => format!("{seconds} s"),
        () if hours == 0 => format!("{minutes} min"),
        () if days == 0 && minutes % 60 == 0 => format!("{hours} h"),
        () if days == 0 => format!("{hours} h {} min", minutes % 60),
        () if hours % 24 == 0 => format!("{days} d"),
        () => format!("{days} d {} h", hours % 24),
    }
}

/// A number with one digit behind the point, as the language writes it.
pub fn decimal(lang: Language, value: f64) -> String {
    let text = format!("{value:.1}");
    if lang == Language::En {
        text
    } else {
        text.replace('.', ",")
    }
}

/// A share of 0 to 1 in percent.
pub fn percent(lang: Language, share: f64) -> String {
    i18n::percent(lang, &format!("{:.0}", (share * 100.0).round()))
}

/// One key figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// How much.
    pub value: String,
    /// Against the period before, in words, and whether that is good.
    pub change: Option<(String, Tone)>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableView {
    /// The headline.
    pub title: String,
    /// The columns.
    pub head: Vec<String>,
    /// The rows; the first cell names each.
    pub rows: Vec<Vec<String>>,
    /// A word beneath.
    pub note: String,
    /// Where it is as a file.
    pub csv: String,
}

/// A low score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LowView {
    /// `2/5`.
    pub score: String,
    /// What the customer wrote.
    pub words: String,
    /// When, in words.
    pub at: String,
    /// Where it leads.
    pub url: String,
}

/// A report that is mailed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailView {
    /// Its id.
    pub id: String,
    /// What it is, in words.
    pub words: String,
    /// When the next one leaves, in words.
    pub next: String,
}

/// What was chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChoiceView {
    /// `7d`, `30d`, `90d`, `365d`, `month`, `last-month`, `custom`.
    pub period: String,
    /// `2026-01-01`.
    pub from: String,
    /// `2026-01-31`.
    pub to: String,
    /// Times within business hours.
    pub is_work_time: bool,
    /// What the table is broken down by: value and words of each; empty where the reader sees only their own.
    pub ways: Vec<(&'static str, String)>,
    /// The chosen one.
    pub by: String,
    /// The days in words.
    pub span: String,
}

/// The page.
#[derive(Debug, Clone, Default)]
pub struct ReportView {
    /// The headline.
    pub title: String,
    /// What was chosen.
    pub choice: ChoiceView,
    /// Said above everything: days that cannot be used, figures that are not complete.
    pub notices: Vec<String>,
    /// Whether the reader may see the live board.
    pub has_board: bool,
    /// The key figures.
    pub tiles: Vec<Tile>,
    /// The charts.
    pub charts: Vec<Chart>,
    /// The table.
    pub breakdown: Option<TableView>,
    /// Low scores; `None` where they are not shown.
    pub low: Option<Vec<LowView>>,
    /// What the reader gets by mail.
    pub mails: Vec<MailView>,
}

/// The page's main part.
pub fn reports(ctx: &Ctx<'_>, view: &ReportView) -> Markup {
    html! {
        main.reports #main tabindex="-1" {
            header.reports-head {
                h1 { (view.title) }
                @if view.has_board { a.button.ghost href="/board" { (icon(Icon::Board)) span { (ctx.t("rail-board")) } } }
            }
            (chooser(ctx, &view.choice))
            p.reports-span { (view.choice.span) }
            @for words in &view.notices { (toast(Tone::Warn, words)) }
            dl.tiles aria-label=(ctx.t("reports-change-hint")) {
                @for tile in &view.tiles { div.tile { dt { (tile.label) } dd.tile-value { (tile.value) } @if let Some((words, tone)) = &tile.change { dd class={ "tile-change " (tone.class()) } { (words) } } } }
            }
            div.charts { @for one in &view.charts { (charts::chart(ctx, one)) } }
            @if let Some(table) = &view.breakdown { (breakdown(ctx, table)) }
            @if let Some(low) = &view.low { (low_scores(ctx, low)) }
            (mails(ctx, view))
        }
    }
}

fn chooser(ctx: &Ctx<'_>, choice: &ChoiceView) -> Markup {
    let periods = [
        ("7d", ctx.t("reports-7d")),
        ("30d", ctx.t("reports-30d")),
        ("90d", ctx.t("reports-90d")),
        ("365d", ctx.t("reports-365d")),
        ("month", ctx.t("reports-month")),
        ("last-month", ctx.t("reports-last-month")),
        ("custom", ctx.t("reports-custom")),
    ];
    html! {
        form.chooser method="get" action="/reports" data-filter=(ctx.t("filters-renewed")) {
            div.field { label for="f-period" { (ctx.t("reports-period")) } select.input #f-period name="period" { @for (value, words) in &periods { option value=(value) selected[*value == choice.period] { (words) } } } }
            div.field { label for="f-from" { (ctx.t("reports-from")) } input.input #f-from type="date" name="from" value=(choice.from); }
            div.field { label for="f-to" { (ctx.t("reports-to")) } input.input #f-to type="date" name="to" value=(choice.to); }
            div.field { label for="f-times" { (ctx.t("reports-times")) } select.input #f-times name="times" {
                option value="calendar" selected[!choice.is_work_time] { (ctx.t("reports-calendar")) }
                option value="work" selected[choice.is_work_time] { (ctx.t("reports-work")) }
            } }
            @if !choice.ways.is_empty() {
                div.field { label for="f-by" { (ctx.t("reports-by")) } select.input #f-by name="by" { @for (value, words) in &choice.ways { option value=(value) selected[*value == choice.by] { (words) } } } }
            }
            button.button.primary type="submit" { (ctx.t("reports-show")) }
        }
    }
}

fn breakdown(ctx: &Ctx<'_>, table: &TableView) -> Markup {
    html! {
        section.breakdown {
            h2 { (table.title) }
            @if table.rows.is_empty() { (empty(Icon::Chart, &ctx.t("reports-nothing"), &ctx.t("reports-nothing-hint"))) }
            @else {
                div.table-scroll tabindex="0" role="region" aria-label=(table.title) {
                    table.table.figures {
                        caption.visually-hidden { (table.title) }
                        thead { tr { @for (at, words) in table.head.iter().enumerate() { th scope="col" class=[(at > 0).then_some("tally")] { (words) } } } }
                        tbody { @for row in &table.rows { tr { @for (at, cell) in row.iter().enumerate() { @if at == 0 { th scope="row" { (cell) } } @else { td.tally { (cell) } } } } } }
                    }
                }
                @if !table.note.is_empty() { p.hint { (table.note) } }
                a.chart-csv href=(table.csv) download aria-label=(i18n::t_args(ctx.lang, "reports-csv-label", &[("what", table.title.clone().into())])) { (icon(Icon::Download)) (ctx.t("reports-csv")) }
            }
        }
    }
}

fn low_scores(ctx: &Ctx<'_>, low: &[LowView]) -> Markup {
    html! {
        section.breakdown aria-labelledby="low" {
            h2 #low { (ctx.t("reports-low")) }
            @if low.is_empty() { p.muted { (ctx.t("reports-low-none")) } }
            @else { ul.lows { @for one in low { li { a href=(one.url) { strong { (one.score) } span { (one.words) } span.muted { (one.at) } } } } } }
        }
    }
}

fn mails(ctx: &Ctx<'_>, view: &ReportView) -> Markup {
    html! {
        section.breakdown aria-labelledby="mails" {
            h2 #mails { (ctx.t("reports-mails")) }
            p.muted { (ctx.t("reports-mails-lead")) }
            @if view.mails.is_empty() { p.muted { (ctx.t("reports-mails-none")) } }
            @else {
                ul.lows { @for one in &view.mails {
                    li.mailed { span { strong { (one.words) } " " span.muted { (one.next) } }
                        form method="post" action={ "/reports/mails/" (one.id) "/remove" } { (form::csrf(ctx)) button.button.ghost type="submit" { (ctx.t("reports-remove-mail")) } } }
                } }
            }
            form.chooser method="post" action="/reports/mails" {
                (form::csrf(ctx))
                input type="hidden" name="by" value=(view.choice.by);
                input type="hidden" name="times" value=(if view.choice.is_work_time { "work" } else { "calendar" });
                div.field { label for="f-every" { (ctx.t("reports-every")) } select.input #f-every name="every" {
                    option value="weekly" { (ctx.t("reports-weekly")) } option value="monthly" { (ctx.t("reports-monthly")) } } }
                button.button.ghost type="submit" { (icon(Icon::Email)) span { (ctx.t("reports-add-mail")) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        for (milliseconds, words) in [
            (0, "0 s"),
            (59_999, "59 s"),
            (60_000, "1 min"),
            (3_600_000, "1 h"),
            (12_000_000, "3 h 20 min"),
            (86_400_000, "1 d"),
            (187_200_000, "2 d 4 h"),
        ] {
            assert_eq!(duration(milliseconds), words);
        }
        assert_eq!(percent(Language::En, 0.876), "88%");
        assert_eq!(percent(Language::Pt, 0.5), "50%");
        assert_eq!(percent(Language::Es, 0.5), "50\u{a0}%");
        assert_eq!(decimal(Language::Es, 4.25), "4,2");
    }
}
