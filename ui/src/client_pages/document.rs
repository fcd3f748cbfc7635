//! One document.

use maud::{Markup, html};

use super::{Frame, framed};
use crate::components::form::Field;
use crate::components::{Tone, badge, button, form};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// One line of a document.
#[derive(Debug, Clone)]
pub struct LineRow {
    /// What it is.
    pub description: String,
    /// Quantity × price, and the discount.
    pub detail: String,
    /// The sum.
    pub net: String,
}

/// A sum below the lines.
#[derive(Debug, Clone)]
pub struct SumRow {
    /// What it is.
    pub label: String,
    /// The sum.
    pub value: String,
    /// Whether it stands out.
    pub is_strong: bool,
}

/// An entry of the payment history.
#[derive(Debug, Clone)]
pub struct EntryRow {
    /// The day, written out.
    pub day: String,
    /// What it is.
    pub words: String,
    /// The sum.
    pub sum: String,
    /// How it is coloured.
    pub tone: Tone,
    /// The other documents that the same payment was of: number and address.
    pub beside: Vec<(String, String)>,
}

/// The other documents that a payment was of, too, in words.
pub fn paid_beside(ctx: &Ctx<'_>, beside: &[(String, String)]) -> Markup {
    html! {
        @if !beside.is_empty() {
            span.muted.paid-beside { (ctx.t("client-paid-beside")) " " @for (place, (number, url)) in beside.iter().enumerate() { @if place > 0 { ", " } a href=(url) { (number) } } }
        }
    }
}

/// A file of a document.
#[derive(Debug, Clone)]
pub struct FileRow {
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// How a customer tells of a transfer.
#[derive(Debug, Clone)]
pub struct TransferForm {
    /// Makes a repeated form recognisable.
    pub token: String,
    /// The sign of the currency.
    pub sign: String,
    /// The amount, as typed or as it is to be paid.
    pub amount: String,
    /// The day, ISO.
    pub day: String,
    /// What the bank calls it.
    pub reference: String,
    /// How much the files may be together, in bytes.
    pub max_bytes: i64,
    /// Why it was not taken.
    pub wrong: Option<String>,
    /// That its files are to be chosen again: no browser keeps them.
    pub files_again: Option<String>,
}

/// A document as its customer sees it.
#[derive(Debug, Clone)]
pub struct DocumentView {
    /// What stands around it.
    pub frame: Frame,
    /// Its page.
    pub url: String,
    /// What it is and its number.
    pub title: String,
    /// Where it stands.
    pub status: String,
    /// How that is coloured.
    pub tone: Tone,
    /// The sum to read first: what is open, else the total.
    pub sum: String,
    /// What that sum is.
    pub sum_label: String,
    /// Label and value: days, tax numbers.
    pub facts: Vec<(String, String)>,
    /// The business and its address.
    pub from: Vec<String>,
    /// The customer and their address.
    pub to: Vec<String>,
    /// The words above the customer.
    pub to_label: String,
    /// The lines.
    pub lines: Vec<LineRow>,
    /// The sums.
    pub sums: Vec<SumRow>,
    /// The notes.
    pub notes: String,
    /// The entries.
    pub entries: Vec<EntryRow>,
    /// The files.
    pub files: Vec<FileRow>,
    /// Whether it can be paid with Stripe now.
    pub can_pay: bool,
    /// How to pay by transfer; empty says nothing.
    pub transfer: String,
    /// What to write into the transfer.
    pub reference: String,
    /// The form that tells of one, where something is left to pay.
    pub announce: Option<TransferForm>,
    /// Whether its mail can be sent once more.
    pub can_send: bool,
    /// Whether the offer can be accepted or declined now.
    pub can_decide: bool,
    /// What is on its way or disputed, said in a sentence.
    pub notice: Option<(Tone, String)>,
}

/// The page of a document.
pub fn document(ctx: &Ctx<'_>, view: &DocumentView) -> Markup {
    let body = html! {
        p { a.back href=(routes::STATEMENT) { (icon(Icon::Back)) (ctx.t("client-back")) } }
        header.paper-head {
            div #live-head data-live {
                p.ticket-meta { (badge(view.tone, &view.status)) }
                h1 { (view.title) }
                p.sum-label { (view.sum_label) }
                p.sum-value { (view.sum) }
                @if let Some((tone, words)) = &view.notice { p class={ "sum-note " (tone.class()) } { (words) } }
            }
            div.paper-actions #live-actions data-live {
                @if view.can_pay {
                    a.button.primary.large href={ (view.url) "/pay" } { (ctx.t("client-pay-now")) }
                }
                @if view.can_decide {
                    form method="post" action={ (view.url) "/decision" } data-once { button.button.primary.large type="submit" name="verdict" value="accept" { (ctx.t("client-accept")) } }
                    form method="post" action={ (view.url) "/decision" } data-once { button.button type="submit" name="verdict" value="decline" { (ctx.t("client-decline")) } }
                }
                a.button href={ (view.url) "/pdf" } { (icon(Icon::Download)) span { "PDF" } }
                @if view.can_send {
                    form method="post" action={ (view.url) "/again" } data-once { button.button type="submit" { (icon(Icon::Send)) span { (ctx.t("client-send-again")) } } }
                }
            }
        }
        section.paper aria-label=(view.title) {
            div.paper-parties {
                div { @for (index, line) in view.from.iter().enumerate() { @if index == 0 { p { strong { (line) } } } @else { p.muted { (line) } } } }
                div { p.sum-label { (view.to_label) } @for (index, line) in view.to.iter().enumerate() { @if index == 0 { p { strong { (line) } } } @else { p.muted { (line) } } } }
                dl.paper-facts { @for (label, value) in &view.facts { div { dt { (label) } dd { (value) } } } }
            }
            ul.paper-lines {
                @for line in &view.lines { li { div { p.pre { (line.description) } p.muted.small { (line.detail) } } span { (line.net) } } }
            }
            dl.paper-sums { @for sum in &view.sums { div class=[sum.is_strong.then_some("strong")] { dt { (sum.label) } dd { (sum.value) } } } }
            @if !view.notes.is_empty() { p.pre.paper-notes { (view.notes) } }
            @if !view.files.is_empty() { ul.paper-files { @for file in &view.files { li { a href=(file.url) { (icon(Icon::Attach)) (file.name) } } } } }
        }
        @if !view.transfer.is_empty() || view.announce.is_some() {
            section.paper.transfer aria-labelledby="transfer-title" {
                h2 #transfer-title { (ctx.t("client-transfer")) }
                @if !view.transfer.is_empty() {
                    p.pre { (view.transfer) }
                    p { (ctx.t("client-reference")) " " strong.mono { (view.reference) } }
                }
                @if let Some(form) = &view.announce { (announce(ctx, view, form)) }
            }
        }
        div #live-entries data-live {
            @if !view.entries.is_empty() {
                section aria-labelledby="history-title" {
                    h2 #history-title { (ctx.t("client-history")) }
                    ul.history { @for entry in &view.entries { li { span.muted { (entry.day) } span class={ "history-words " (entry.tone.class()) } { (entry.words) (paid_beside(ctx, &entry.beside)) } strong { (entry.sum) } } } }
                }
            }
        }
        p.muted { (ctx.t("client-question")) " " a href={ (routes::TICKET_NEW) "?about=" (routes::escape(&view.title)) } { (ctx.t("client-ask")) } }
    };
    framed(ctx, &view.frame, &view.title, None, &body)
}

/// The form by which a customer tells of a transfer.
fn announce(ctx: &Ctx<'_>, view: &DocumentView, sent: &TransferForm) -> Markup {
    let amount = format!("{} ({})", ctx.t("client-transfer-amount"), sent.sign);
    let labels = [
        "client-transfer-day",
        "client-transfer-reference",
        "client-transfer-receipt",
    ]
    .map(|key| ctx.t(key));
    let hint = i18n::t_args(
        ctx.lang,
        "ticket-form-files-hint",
        &[("size", i18n::bytes(ctx.lang, sent.max_bytes).into())],
    );
    let field = |name, label, value, required| Field {
        name,
        label,
        value,
        required,
        ..Field::default()
    };
    let files = Field {
        hint: Some(&hint),
        error: sent.files_again.as_deref(),
        ..field("files", &labels[2], "", false)
    };
    html! {
        details.tell open[sent.wrong.is_some()] {
            summary { (ctx.t("client-transferred")) }
            form.stack method="post" action={ (view.url) "/transfer" } enctype="multipart/form-data" data-once {
                input type="hidden" name="token" value=(sent.token);
                p.muted { (ctx.t("client-transferred-hint")) }
                (form::summary(ctx, &[], sent.wrong.as_deref()))
                div.pair {
                    (form::input(ctx, "text", &field("amount", &amount, &sent.amount, true)))
                    (form::input(ctx, "date", &field("day", &labels[0], &sent.day, true)))
                }
                (form::input(ctx, "text", &Field { max_length: 120, ..field("reference", &labels[1], &sent.reference, false) }))
                (form::files(ctx, &files))
                (button(&ctx.t("client-transfer-tell")))
            }
        }
    }
}
