//! The page on which somebody says that they want no more advertising by mail. It works without scripts and without being
//! signed in.

use maud::{Markup, html};

use crate::Ctx;
use crate::components::{Tone, form, toast};
use crate::portal_pages::{Business, sheet};

/// How it stands with somebody.
#[derive(Debug, Clone, Default)]
pub struct LeavePageView {
    /// The business.
    pub business: Business,
    /// They want none already.
    pub refuses: bool,
    /// What they just did: whether they want them again.
    pub was_given: Option<bool>,
    /// This page's address.
    pub url: String,
}

/// The page.
pub fn leave(ctx: &Ctx<'_>, view: &LeavePageView) -> Markup {
    let body = html! {
        @if let Some(was_given) = view.was_given { (toast(Tone::Good, &ctx.t(if was_given { "leave-is-back" } else { "leave-done" }))) }
        h1 { (ctx.t(if view.refuses { "leave-left" } else { "leave-title" })) }
        p.lead { (ctx.t(if view.refuses { "leave-left-hint" } else { "leave-hint" })) }
        form.stack method="post" action=(view.url) {
            (form::csrf(ctx))
            @if view.refuses { button.button type="submit" name="give" value="1" { (ctx.t("leave-back")) } }
            @else { button.button.primary type="submit" { (ctx.t("leave-button")) } }
        }
    };
    sheet(ctx, &view.business, &ctx.t("leave-title"), &view.url, &body)
}
