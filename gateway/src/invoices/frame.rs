//! What all pages of billing have around them.

use axum::response::Response;
use conversation::access::Permission;
use maud::{Markup, html};
use ui::components::Tone;
use ui::icons::{Icon, icon};
use ui::layout::Section;
use ui::routes;

use crate::auth::SignedIn;
use crate::framed::{Framed, sheet};

/// The parts of billing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Documents,
    Customers,
    Recurring,
    Import,
    Settings,
}

/// One page of billing. `said` is what just happened.
pub(super) fn frame(me: &SignedIn, part: Part, title: &str, said: Option<(Tone, &str)>, body: &Markup) -> Response {
    let ctx = me.ctx();
    let parts = [
        (
            Part::Documents,
            routes::BILLING,
            Icon::Invoice,
            ctx.t("billing-documents"),
        ),
        (
            Part::Customers,
            "/billing/customers",
            Icon::Company,
            ctx.t("billing-customers"),
        ),
        (
            Part::Recurring,
            "/billing/recurring",
            Icon::Clock,
            ctx.t("billing-recurring"),
        ),
        (Part::Import, "/billing/import", Icon::File, ctx.t("billing-import")),
        (
            Part::Settings,
            "/billing/settings",
            Icon::Settings,
            ctx.t("billing-settings"),
        ),
    ];
    let main = html! {
        main.settings.billing #main tabindex="-1" {
            nav.settings-nav aria-label=(ctx.t("rail-billing")) {
                @for (one, href, glyph, words) in &parts {
                    @if *one != Part::Settings || me.can(Permission::Administer) {
                        a href=(href) aria-current=[(*one == part).then_some("page")] { (icon(*glyph)) span { (words) } }
                    }
                }
            }
            div.settings-body { div.settings-sheet.wide {
                (sheet(title, said, body))
            } }
        }
    };
    Framed::new(Section::Billing, title).answer(me, &main)
}
