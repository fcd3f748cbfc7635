//! The page on which one document is paid, or several at once.

use maud::{Markup, html};

use super::{Frame, framed};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// The pay page.
#[derive(Debug, Clone)]
pub struct PayView {
    /// What stands around it.
    pub frame: Frame,
    /// Where what is paid was looked at.
    pub back: String,
    /// The words that lead there.
    pub back_words: String,
    /// This page, to which the button to Stripe's own page posts.
    pub page: String,
    /// Where Stripe's frame begins.
    pub checkout: String,
    /// What is paid.
    pub sum: String,
    /// Of several documents: what each is, and its sum.
    pub lines: Vec<(String, String)>,
    /// What else is to be said about the choice.
    pub notes: Vec<String>,
    /// The address of Stripe's script.
    pub script: String,
    /// Stripe's publishable key; empty pays on Stripe's own page only.
    pub key: String,
    /// Why it could not begin.
    pub error: Option<String>,
}

/// Documents and their sums, one below the other.
fn pay_lines(ctx: &Ctx<'_>, lines: &[(String, String)]) -> Markup {
    html! {
        @if !lines.is_empty() {
            ul.paper-lines.pay-lines aria-label=(ctx.t("client-documents")) { @for (what, sum) in lines { li { div { (what) } span { (sum) } } } }
        }
    }
}

/// The pay page: Stripe's frame with scripts, a button to Stripe's own page without.
pub fn pay(ctx: &Ctx<'_>, view: &PayView) -> Markup {
    let has_frame = !view.key.is_empty() && view.error.is_none();
    let head = html! { @if has_frame { script src=(view.script) defer {} } };
    let body = html! {
        p { a.back href=(view.back) { (icon(Icon::Back)) (view.back_words) } }
        h1 { (ctx.t("client-pay-title")) }
        p.sum-value { (view.sum) }
        @for note in &view.notes { p.muted { (note) } }
        (pay_lines(ctx, &view.lines))
        @if let Some(error) = &view.error { p.form-summary role="alert" { (error) } }
        @if has_frame {
            div #checkout data-checkout=(view.checkout) data-key=(view.key) { p.muted data-wait hidden { (ctx.t("client-pay-loading")) } }
        }
        form.pay-hosted method="post" action=(view.page) {
            p.muted { (if has_frame { ctx.t("client-pay-or") } else { ctx.t("client-pay-there") }) }
            button.button type="submit" { (icon(Icon::External)) span { (ctx.t("client-pay-hosted")) } }
        }
    };
    framed(ctx, &view.frame, &ctx.t("client-pay-title"), Some(head), &body)
}

/// What is paid in one currency.
#[derive(Debug, Clone)]
pub struct PayGroup {
    /// The page to pay it.
    pub url: String,
    /// The sum.
    pub sum: String,
    /// What each document is, and its sum.
    pub lines: Vec<(String, String)>,
}

/// The page before the pay page where invoices of several currencies were chosen: a payment for each.
pub fn pay_groups(ctx: &Ctx<'_>, frame: &Frame, groups: &[PayGroup], notes: &[String]) -> Markup {
    let body = html! {
        p { a.back href=(routes::STATEMENT) { (icon(Icon::Back)) (ctx.t("client-back")) } }
        h1 { (ctx.t("client-pay-title")) }
        p.lead.flush { (ctx.t("client-pay-currencies")) }
        @for note in notes { p.muted { (note) } }
        @for group in groups {
            section.paper aria-label=(group.sum) {
                p.sum-value { (group.sum) }
                (pay_lines(ctx, &group.lines))
                p { a.button.primary.large href=(group.url) { (i18n::t_args(ctx.lang, "client-pay-sum", &[("amount", group.sum.as_str().into())])) } }
            }
        }
    };
    framed(ctx, frame, &ctx.t("client-pay-title"), None, &body)
}
