//! The settings: inboxes, people, API tokens and the quarantine for administrators, and everybody's
//! own account. Plain forms that work without scripts.

mod account;
pub(crate) mod audit;
mod canned;
pub(crate) mod companies;
mod desk;
pub(crate) mod draw;
mod email;
mod fits;
mod health;
mod hours;
mod inboxes;
pub(crate) mod knowledge;
mod macros;
mod mailbox;
mod oauth;
mod organise;
mod others;
mod people;
pub(crate) mod privacy;
mod quarantine;
mod questions;
mod rules;
mod security;
mod sign_in;
mod sla;
mod start;
mod steps;
mod surveys;
mod tickets;
mod tokens;
mod webhooks;
mod whatsapp;

#[cfg(test)]
mod tests;

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
use crate::auth::{SignedIn, guard, see_other};

/// The routes of the settings.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(routes::SETTINGS, get(start))
        .route("/settings/inboxes", get(inboxes::list))
        .route(
            "/settings/inboxes/new/{channel}",
            get(inboxes::new).post(inboxes::create),
        )
        .route("/settings/inboxes/{id}", get(inboxes::show).post(inboxes::save))
        .route("/settings/inboxes/{id}/whatsapp", axum::routing::post(whatsapp::act))
        .route("/settings/inboxes/{id}/audit", post(mailbox::compare))
        .route("/settings/inboxes/{id}/file", post(mailbox::file))
        .route("/settings/oauth/callback", get(oauth::callback))
        .route("/settings/oauth/{provider}", get(oauth::show).post(oauth::save))
        .route("/settings/oauth/{provider}/connect", get(oauth::connect))
        .route("/settings/people", get(people::list).post(people::invite))
        .route("/settings/people/{id}", post(people::change))
        .route("/settings/security", get(security::show))
        .route("/settings/security/app", post(security::app_code))
        .route("/settings/security/codes", post(security::make_codes))
        .route("/settings/security/passkeys", post(security::add_key))
        .route("/settings/security/passkeys/begin", post(security::begin_key))
        .route("/settings/security/passkeys/remove", post(security::remove_key))
        .route("/settings/sign-in", get(sign_in::show).post(sign_in::save))
        .route("/settings/companies", get(companies::list))
        .route("/settings/companies/{id}", get(companies::show))
        .route("/settings/companies/{id}/people", post(companies::people))
        .route("/settings/companies/{id}/coordinators", post(companies::coordinators))
        .route("/settings/privacy", get(privacy::show).post(privacy::save))
        .route("/settings/privacy/find", post(privacy::find))
        .route("/settings/privacy/contacts/{id}", post(privacy::settle))
        .route("/settings/privacy/contacts/{id}/export", get(privacy::export))
        .route("/settings/health", get(health::show).post(health::check))
        .route("/settings/health/dead", post(health::put_away))
        .route("/settings/audit", get(audit::show))
        .route("/settings/audit/export", get(audit::export))
        .route("/settings/organise", get(organise::show))
        .route("/settings/organise/teams", post(organise::team))
        .route("/settings/organise/teams/{id}", post(organise::team))
        .route("/settings/organise/labels", post(organise::label))
        .route("/settings/organise/labels/{id}", post(organise::change_label))
        .route("/settings/organise/limits", post(organise::limits))
        .route("/settings/organise/fields", post(organise::field))
        .route("/settings/organise/fields/{id}/remove", post(organise::remove_field))
        .route("/settings/tokens", get(tokens::list).post(tokens::create))
        .route("/settings/tokens/{id}/revoke", post(tokens::revoke))
        .route("/settings/webhooks", get(webhooks::list).post(webhooks::create))
        .route("/settings/webhooks/{id}", get(webhooks::show).post(webhooks::save))
        .route("/settings/webhooks/{id}/replay", post(webhooks::replay))
        .route("/settings/quarantine", get(quarantine::list))
        .route("/settings/quarantine/{id}/raw", get(quarantine::raw))
        .route("/settings/quarantine/{id}/settle", post(quarantine::settle))
        .route("/settings/start", get(start::show))
        .route("/settings/desk", get(desk::show).post(desk::save))
        .route("/settings/canned", get(canned::list).post(canned::create))
        .route("/settings/canned/{id}", get(canned::show).post(canned::save))
        .route("/settings/macros", get(macros::list).post(macros::create))
        .route("/settings/macros/{id}", get(macros::show).post(macros::save))
        .route("/settings/rules", get(rules::list))
        .route("/settings/rules/new", get(rules::new).post(rules_new))
        .route("/settings/rules/{id}", get(rules::show).post(rules::save))
        .route("/settings/rules/{id}/move", post(rules::shift))
        .route("/settings/hours", get(hours::list))
        .route("/settings/hours/{id}", get(hours::show).post(hours::save))
        .route("/settings/hours/inbox/{id}", get(hours::inbox).post(hours::save_inbox))
        .route("/settings/tickets", get(tickets::show))
        .route("/settings/tickets/categories", post(tickets::add_category))
        .route("/settings/tickets/categories/{id}", post(tickets::change_category))
        .route(
            "/settings/tickets/levels/{level}",
            get(tickets::level).post(tickets::save_level),
        )
        .route(
            "/settings/tickets/notices",
            get(tickets::notices).post(tickets::save_notice),
        )
        .route("/settings/tickets/closing", post(tickets::save_closing))
        .route("/settings/tickets/fields/{id}", post(tickets::save_field))
        .route("/settings/tickets/skills/{id}", post(tickets::save_skills))
        .route("/settings/questions", get(questions::list))
        .route("/settings/questions/{id}", get(questions::show).post(questions::save))
        .route("/settings/sla", get(sla::list))
        .route("/settings/sla/{id}", get(sla::show).post(sla::save))
        .route("/settings/sla/{id}/move", post(sla::shift))
        .route("/settings/surveys", get(surveys::show))
        .route("/settings/surveys/{kind}", post(surveys::save))
        .route("/settings/knowledge", get(knowledge::show).post(knowledge::save))
        .route("/settings/knowledge/try", post(knowledge::try_out))
        .route("/settings/knowledge/learned/{id}/remove", post(knowledge::unlearn))
        .route("/settings/account", get(account::show).post(account::save))
        .route("/settings/account/password", post(account::password))
        .route("/settings/account/sessions", post(account::end_session));
    guard(app, inside)
}

async fn rules_new(
    state: axum::extract::State<App>,
    posted: crate::auth::form::Posted,
) -> Result<Response, crate::auth::failure::Failure> {
    rules::save(state, axum::extract::Path("new".to_owned()), posted).await
}

async fn start(me: SignedIn) -> Response {
    see_other(if me.can(Permission::Administer) {
        "/settings/inboxes"
    } else {
        "/settings/account"
    })
}

/// The parts of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
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

/// What the parts are gathered under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
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
            Part::Start | Part::Inboxes | Part::Hours | Part::Quarantine => Group::Channels,
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
fn may_open(me: &SignedIn, part: Part) -> bool {
    match part {
        Part::Account | Part::Desk | Part::Security => true,
        Part::Canned | Part::Macros | Part::Companies => me.can(Permission::Work),
        Part::Audit | Part::Health => me.can(Permission::Audit),
        _ => me.can(Permission::Administer),
    }
}

/// One page of the settings. `said` is what just happened.
fn frame(me: &SignedIn, part: Part, title: &str, said: Option<(Tone, &str)>, body: &Markup) -> Response {
    let ctx = me.ctx();
    let parts = [
        (Part::Start, "/settings/start", Icon::Check, ctx.t("start-title")),
        (
            Part::Inboxes,
            "/settings/inboxes",
            Icon::Inbox,
            ctx.t("settings-inboxes"),
        ),
        (Part::People, "/settings/people", Icon::People, ctx.t("settings-people")),
        (
            Part::Companies,
            "/settings/companies",
            Icon::Company,
            ctx.t("settings-companies"),
        ),
        (Part::SignIn, "/settings/sign-in", Icon::Key, ctx.t("settings-sign-in")),
        (Part::Health, "/settings/health", Icon::Gauge, ctx.t("settings-health")),
        (Part::Audit, "/settings/audit", Icon::Verified, ctx.t("settings-audit")),
        (
            Part::Privacy,
            "/settings/privacy",
            Icon::Person,
            ctx.t("settings-privacy"),
        ),
        (
            Part::Knowledge,
            "/settings/knowledge",
            Icon::Bot,
            ctx.t("settings-knowledge"),
        ),
        (
            Part::Organise,
            "/settings/organise",
            Icon::Aside,
            ctx.t("settings-organise"),
        ),
        (Part::Tokens, "/settings/tokens", Icon::Key, ctx.t("settings-tokens")),
        (
            Part::Webhooks,
            "/settings/webhooks",
            Icon::Send,
            ctx.t("settings-webhooks"),
        ),
        (
            Part::Quarantine,
            "/settings/quarantine",
            Icon::Aside,
            ctx.t("settings-quarantine"),
        ),
        (
            Part::Tickets,
            "/settings/tickets",
            Icon::Ticket,
            ctx.t("settings-tickets"),
        ),
        (
            Part::Questions,
            "/settings/questions",
            Icon::Note,
            ctx.t("settings-questions"),
        ),
        (Part::Sla, "/settings/sla", Icon::Clock, ctx.t("settings-sla")),
        (Part::Rules, "/settings/rules", Icon::Rules, ctx.t("settings-rules")),
        (Part::Hours, "/settings/hours", Icon::Clock, ctx.t("settings-hours")),
        (
            Part::Surveys,
            "/settings/surveys",
            Icon::Star,
            ctx.t("settings-surveys"),
        ),
        (Part::Canned, "/settings/canned", Icon::Canned, ctx.t("settings-canned")),
        (Part::Macros, "/settings/macros", Icon::Macro, ctx.t("settings-macros")),
        (Part::Desk, "/settings/desk", Icon::Bell, ctx.t("settings-desk")),
        (
            Part::Security,
            "/settings/security",
            Icon::Verified,
            ctx.t("settings-security"),
        ),
        (
            Part::Account,
            "/settings/account",
            Icon::Person,
            ctx.t("settings-account"),
        ),
    ];
    let main = html! {
        main.settings #main tabindex="-1" {
            nav.settings-nav aria-label=(ctx.t("rail-settings")) {
                @for (group, key) in Group::ALL {
                    @let inside: Vec<_> = parts.iter().filter(|(one, ..)| Group::of(*one) == group && may_open(me, *one)).collect();
                    @if !inside.is_empty() {
                        p.settings-group { (ctx.t(key)) }
                        @for (one, href, glyph, words) in inside {
                            a href=(href) aria-current=[(*one == part).then_some("page")] { (icon(*glyph)) span { (words) } }
                        }
                    }
                }
            }
            div.settings-body { div.settings-sheet {
                h1 { (title) }
                @if let Some((tone, words)) = said { (toast(tone, words)) }
                (body)
            } }
        }
    };
    let framed = shell(
        &ctx,
        &Shell {
            active: Section::Settings,
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
