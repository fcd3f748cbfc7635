//! What all pages of the settings have around them: the places, and who may open them.

use axum::response::Response;
use conversation::access::Permission;
use maud::{Markup, html};
use ui::components::Tone;
use ui::icons::{Icon, icon};
use ui::layout::Section;
use ui::routes;

use crate::auth::SignedIn;
use crate::framed::{Framed, sheet};
use crate::manual;

/// The parts of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Start,
    Inboxes,
    People,
    Companies,
    SignIn,
    Health,
    Audit,
    Privacy,
    Knowledge,
    Organise,
    Tokens,
    Webhooks,
    Quarantine,
    Blocked,
    Tickets,
    Questions,
    Sla,
    Rules,
    Hours,
    Surveys,
    Canned,
    Macros,
    Desk,
    Security,
    Account,
}

impl Part {
    /// The key of its name.
    pub(super) fn title(self) -> &'static str {
        let place = PLACES.iter().find(|(part, ..)| *part == self);
        place.map(|(.., title)| *title).unwrap_or_default()
    }
}

/// What the parts are gathered under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Channels,
    Team,
    Work,
    Safety,
    Programs,
    Own,
}

impl Group {
    const ALL: [(Group, &'static str); 6] = [
        (Group::Channels, "settings-group-channels"),
        (Group::Team, "settings-group-team"),
        (Group::Work, "settings-group-work"),
        (Group::Safety, "settings-group-safety"),
        (Group::Programs, "settings-group-programs"),
        (Group::Own, "settings-group-own"),
    ];

    const fn of(part: Part) -> Group {
        match part {
            Part::Start | Part::Inboxes | Part::Hours | Part::Quarantine | Part::Blocked => Group::Channels,
            Part::People | Part::Companies | Part::Organise => Group::Team,
            Part::SignIn | Part::Health | Part::Audit | Part::Privacy => Group::Safety,
            Part::Tokens | Part::Webhooks => Group::Programs,
            Part::Desk | Part::Security | Part::Account => Group::Own,
            // How the work is done; what nobody has put elsewhere stands here, too.
            _ => Group::Work,
        }
    }
}

/// Who may open a part.
pub(super) fn may_open(me: &SignedIn, part: Part) -> bool {
    match part {
        Part::Account | Part::Desk | Part::Security => true,
        Part::Canned | Part::Macros | Part::Companies => me.can(Permission::Work),
        Part::Audit | Part::Health | Part::Blocked => me.can(Permission::Audit),
        _ => me.can(Permission::Administer),
    }
}

/// Where each part is, its icon and the key of its name, in the order in which they stand in their groups.
const PLACES: [(Part, &str, Icon, &str); 25] = [
    (Part::Start, routes::START, Icon::Check, "start-title"),
    (Part::Inboxes, "/settings/inboxes", Icon::Inbox, "settings-inboxes"),
    (Part::People, "/settings/people", Icon::People, "settings-people"),
    (
        Part::Companies,
        "/settings/companies",
        Icon::Company,
        "settings-companies",
    ),
    (Part::SignIn, "/settings/sign-in", Icon::Key, "settings-sign-in"),
    (Part::Health, "/settings/health", Icon::Gauge, "settings-health"),
    (Part::Audit, "/settings/audit", Icon::Verified, "settings-audit"),
    (Part::Privacy, routes::PRIVACY, Icon::Person, "settings-privacy"),
    (Part::Knowledge, "/settings/knowledge", Icon::Bot, "settings-knowledge"),
    (Part::Organise, "/settings/organise", Icon::Aside, "settings-organise"),
    (Part::Tokens, "/settings/tokens", Icon::Key, "settings-tokens"),
    (Part::Webhooks, "/settings/webhooks", Icon::Send, "settings-webhooks"),
    (
        Part::Quarantine,
        "/settings/quarantine",
        Icon::Aside,
        "settings-quarantine",
    ),
    (Part::Blocked, "/settings/blocked", Icon::Block, "settings-blocked"),
    (Part::Tickets, "/settings/tickets", Icon::Ticket, "settings-tickets"),
    (Part::Questions, "/settings/questions", Icon::Note, "settings-questions"),
    (Part::Sla, "/settings/sla", Icon::Clock, "settings-sla"),
    (Part::Rules, "/settings/rules", Icon::Rules, "settings-rules"),
    (Part::Hours, "/settings/hours", Icon::Clock, "settings-hours"),
    (Part::Surveys, "/settings/surveys", Icon::Star, "settings-surveys"),
    (Part::Canned, "/settings/canned", Icon::Canned, "settings-canned"),
    (Part::Macros, "/settings/macros", Icon::Macro, "settings-macros"),
    (Part::Desk, "/settings/desk", Icon::Bell, "settings-desk"),
    (
        Part::Security,
        "/settings/security",
        Icon::Verified,
        "settings-security",
    ),
    (Part::Account, "/settings/account", Icon::Person, "settings-account"),
];

/// One page of the settings. `said` is what just happened.
pub(super) fn frame(me: &SignedIn, part: Part, title: &str, said: Option<(Tone, &str)>, body: &Markup) -> Response {
    let ctx = me.ctx();
    let main = html! {
        main.settings #main tabindex="-1" {
            nav.settings-nav aria-label=(ctx.t("rail-settings")) {
                @for (group, key) in Group::ALL {
                    @let inside: Vec<_> = PLACES.iter().filter(|(one, ..)| Group::of(*one) == group && may_open(me, *one)).collect();
                    @if !inside.is_empty() {
                        p.settings-group { (ctx.t(key)) }
                        @for (one, href, glyph, name) in inside {
                            a href=(href) aria-current=[(*one == part).then_some("page")] { (icon(*glyph)) span { (ctx.t(name)) } }
                        }
                    }
                }
                a href=(manual::for_role(me.agent.role, me.lang)) { (icon(Icon::Book)) span { (ctx.t("manual-title")) } }
            }
            div.settings-body { div.settings-sheet {
                (sheet(title, said, body))
            } }
        }
    };
    Framed::new(Section::Settings, title).answer(me, &main)
}
