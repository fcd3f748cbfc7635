//! What all pages of equipment have around them.

use axum::response::Response;
use conversation::access::Permission;
use maud::{Markup, html};
use ui::components::Tone;
use ui::icons::{Icon, icon};
use ui::layout::Section;
use ui::{assets, routes};

use crate::auth::SignedIn;
use crate::framed::{Framed, sheet};

/// The parts of equipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Machines,
    Sites,
    Map,
    Contracts,
    Readings,
    Requests,
    Visits,
    Import,
    Settings,
}

/// One page of equipment. `said` is what just happened.
pub(crate) fn frame(me: &SignedIn, part: Part, title: &str, said: Option<(Tone, &str)>, body: &Markup) -> Response {
    let ctx = me.ctx();
    let parts = [
        (Part::Machines, routes::EQUIPMENT, Icon::Machine, "eq-machines"),
        (Part::Sites, "/equipment/sites", Icon::Company, "eq-sites"),
        (Part::Map, "/equipment/map", Icon::Map, "eq-map"),
        (Part::Contracts, "/equipment/contracts", Icon::Contract, "eq-contracts"),
        (Part::Readings, "/equipment/readings", Icon::Gauge, "eq-readings"),
        (Part::Requests, "/equipment/requests", Icon::Ticket, "eq-requests"),
        (Part::Visits, routes::MY_VISITS, Icon::Visit, "eq-visits"),
        (Part::Import, "/equipment/import", Icon::File, "billing-import"),
        (
            Part::Settings,
            "/equipment/settings",
            Icon::Settings,
            "billing-settings",
        ),
    ];
    let main = html! {
        main.settings.billing.equipment #main tabindex="-1" {
            nav.settings-nav aria-label=(ctx.t("rail-equipment")) {
                @for (one, href, glyph, key) in parts {
                    @let may = match one { Part::Settings => me.can(Permission::Administer), Part::Import => me.can(Permission::Bill), Part::Map => true, _ => me.can(Permission::Books) };
                    @if may { a href=(href) aria-current=[(one == part).then_some("page")] { (icon(glyph)) span { (ctx.t(key)) } } }
                }
            }
            div.settings-body { div.settings-sheet.wide {
                (sheet(title, said, body))
            } }
        }
    };
    let head = match part {
        Part::Visits => Some(html! { script src=(assets::url("visit.js")) defer {} }),
        Part::Map => Some(
            html! { link rel="stylesheet" href=(assets::url("map.css")); script src=(assets::url("map.js")) defer {} },
        ),
        _ => None,
    };
    let framed = Framed {
        head,
        ..Framed::new(Section::Equipment, title)
    };
    framed.answer(me, &main)
}
