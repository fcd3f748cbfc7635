//! Billing for the business's people: documents, customers, imports, recurrences, settings. Plain forms that
//! work without scripts. Everybody may read; agents write; settings are the administrator's.

mod actions;
mod customers;
mod drop;
mod editor;
mod import;
mod list;
mod recurring;
mod settings;
mod show;
pub(crate) mod tasks;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use conversation::access::Permission;
use maud::{Markup, html};
use ui::components::{Tone, toast};
use ui::icons::{Icon, icon};
use ui::layout::{Page, Section, Shell, Surface, page, shell};
use ui::routes;

use crate::app::App;
use crate::auth::{SignedIn, guard};

pub(crate) use drop::choices;

/// The routes of billing.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(routes::BILLING, get(list::show))
        .route("/billing/new", get(editor::new).post(editor::create))
        .route("/billing/documents/{id}", get(show::show))
        .route("/billing/documents/{id}/edit", get(editor::edit).post(editor::save))
        .route("/billing/documents/{id}/pdf", get(show::pdf))
        .route("/billing/documents/{id}/send", post(actions::send))
        .route("/billing/documents/{id}/resend", post(actions::resend))
        .route("/billing/documents/{id}/void", post(actions::void))
        .route("/billing/documents/{id}/delete", post(actions::delete))
        .route("/billing/documents/{id}/payment", post(actions::payment))
        .route("/billing/documents/{id}/refund", post(actions::refund))
        .route("/billing/documents/{id}/credit", post(actions::credit))
        .route("/billing/documents/{id}/files", post(actions::attach))
        .route("/billing/documents/{id}/recurring", post(recurring::begin))
        .route("/billing/files/{id}", get(show::file))
        .route("/billing/recurring", get(recurring::list))
        .route("/billing/recurring/{id}", post(recurring::toggle))
        .route("/billing/customers", get(customers::list))
        .route("/billing/customers/new", get(customers::new).post(customers::create))
        .route("/billing/customers/{id}", get(customers::show).post(customers::save))
        .route("/billing/customers/{id}/revoke", post(customers::revoke))
        .route("/billing/import", get(import::list).post(import::begin))
        .route("/billing/import/{id}", get(import::show))
        .route("/billing/import/{id}/confirm", post(import::confirm))
        .route("/billing/settings", get(settings::show).post(settings::save))
        .route("/billing/settings/stripe", post(settings::save_stripe))
        .route("/billing/settings/preview", get(settings::preview))
        .route(routes::DROP_INVOICE, post(drop::drop));
    guard(app, inside)
}

/// The parts of billing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Documents,
    Customers,
    Recurring,
    Import,
    Settings,
}

/// One page of billing. `said` is what just happened.
fn frame(me: &SignedIn, part: Part, title: &str, said: Option<(Tone, &str)>, body: &Markup) -> Response {
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
                h1 { (title) }
                @if let Some((tone, words)) = said { (toast(tone, words)) }
                (body)
            } }
        }
    };
    let framed = shell(
        &ctx,
        &Shell {
            active: Section::Billing,
            agent_name: &me.agent.name,
            sections: &crate::inbox::sections(me),
            waiting: 0,
        },
        &main,
    );
    crate::auth::html(page(
        &Page {
            csrf: ctx.csrf,
            ..Page::new(me.lang, title, Surface::Inbox)
        },
        &framed,
    ))
}

#[cfg(test)]
mod tests;
