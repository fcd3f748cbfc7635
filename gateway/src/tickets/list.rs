//! The list of tickets: a queue for each level, filters, orders, pages.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::db::{composed_sql, placeholders};
use conversation::tickets::categories::{self, Tree};
use conversation::tickets::list::{self, Among, Filter, Place, Sort, State as Which, Whose};
use conversation::tickets::{Ticket, number_text};
use conversation::types::{AgentId, ContactId, Language, Level, TicketStatus};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::{customer_name, empty, level_chip, level_name, priority_chip, ticket_status_chip, time_tag};
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use super::frame::frame;
use super::{draw, find};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::people::agents::{self, Agent};

const SHOWN: i64 = 50;

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    q: String,
    state: String,
    level: String,
    whose: String,
    kind: String,
    priority: String,
    category: String,
    late: String,
    sort: String,
    after: String,
}

impl Choice {
    /// What was typed.
    pub(super) fn search(&self) -> &str {
        self.q.trim()
    }

    /// In which order.
    pub(super) fn sort(&self) -> Sort {
        Sort::from_text(&self.sort).unwrap_or_default()
    }

    /// What narrows the list, for an address.
    pub(super) fn query(&self) -> String {
        let parts = [
            ("q", &self.q),
            ("state", &self.state),
            ("level", &self.level),
            ("whose", &self.whose),
            ("kind", &self.kind),
            ("priority", &self.priority),
            ("category", &self.category),
            ("late", &self.late),
            ("sort", &self.sort),
        ];
        let said: Vec<String> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", routes::escape(value)))
            .collect();
        said.join("&")
    }
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Read)?;
    let db = app.store.db();
    let ctx = me.ctx();
    let tree = categories::tree(db).await?;
    let sort = choice.sort();
    let among = find::among(&app, choice.search()).await?;
    let filter = filter(&me, &choice, &tree, among);
    let mut found = list::page(db, &filter, sort, Place::from_text(&choice.after), SHOWN + 1).await?;
    let has_more = i64::try_from(found.len()).unwrap_or(0) > SHOWN;
    found.truncate(usize::try_from(SHOWN).unwrap_or(50));
    let next = found.last().filter(|_| has_more).map(|last| {
        let place = Place::behind(last, sort).to_text();
        format!("{}?{}&after={place}", routes::TICKETS, choice.query())
    });
    let contacts = contact_names(&app, me.lang, &found).await?;
    let everybody = agents::list(db).await?;
    let queues = list::queues(db, me.scope().as_ref()).await?;
    let rows = Rows {
        ctx: &ctx,
        tree: &tree,
        contacts: &contacts,
        everybody: &everybody,
    };
    let body = html! {
        (levels(&ctx, &choice, &queues))
        div.settings-actions {
            @if me.companies().is_some() { a.button.ghost href="/equipment/map" { (icon(Icon::Map)) span { (ctx.t("eq-map")) } } }
            a.button.ghost href="/problems" { (icon(Icon::Merge)) span { (ctx.t("problems-title")) } }
            @if me.can(Permission::Work) { a.button.ghost href="/calls/new" { (icon(Icon::Phone)) span { (ctx.t("call-log")) } } }
            @if !found.is_empty() { a.button.ghost href={ "/tickets/export?" (choice.query()) } download { (icon(Icon::Download)) span { (ctx.t("audit-export")) } } }
        }
        (narrowing(&me, &choice, &filter, &tree, &everybody))
        @if found.is_empty() { (empty(Icon::Ticket, &ctx.t("tickets-none"), &ctx.t(if choice.search().is_empty() { "tickets-none-hint" } else { "tickets-none-found" }))) }
        @else { ul.ticket-rows { @for ticket in &found { (rows.row(ticket)) } } }
        @if let Some(wider) = wider(&choice) { p { a.button.ghost href=(wider) { (icon(Icon::Search)) span { (ctx.t("tickets-search-all")) } } } }
        @if let Some(next) = next { p { a.button.ghost href=(next) { (icon(Icon::Ticket)) span { (ctx.t("tickets-more")) } } } }
    };
    Ok(frame(&me, &ctx.t("rail-tickets"), None, &body))
}

/// What an address asks for.
pub(super) fn filter(me: &SignedIn, choice: &Choice, tree: &Tree, among: Option<Among>) -> Filter {
    Filter {
        among,
        state: match choice.state.as_str() {
            "any" => Which::Any,
            text => text.parse::<TicketStatus>().map_or(Which::Unsolved, Which::Is),
        },
        level: choice.level.parse().ok(),
        whose: match choice.whose.as_str() {
            "" => Whose::Anybody,
            "mine" => Whose::Agent(me.agent.id.clone()),
            "nobody" => Whose::Nobody,
            id => Whose::Agent(AgentId::from(id)),
        },
        kind: choice.kind.parse().ok(),
        priority: choice.priority.parse().ok(),
        categories: Some(choice.category.as_str())
            .filter(|id| !id.is_empty())
            .map(|id| match tree.within(id) {
                // One that was taken out of use is found by itself.
                within if within.is_empty() => vec![id.to_owned()],
                within => within,
            }),
        problem: None,
        is_breached: !choice.late.is_empty(),
        scope: me.scope(),
    }
}

/// The queues of the levels, and how much waits in each.
fn levels(ctx: &ui::Ctx<'_>, choice: &Choice, queues: &[(Level, i64, i64)]) -> Markup {
    let lang = ctx.lang;
    let level_url = |level: &str| {
        let other = Choice {
            level: level.to_owned(),
            ..choice.clone()
        };
        format!("{}?{}", routes::TICKETS, other.query())
    };
    html! {
        nav.queues aria-label=(ctx.t("tickets-queues")) {
            a href=(level_url("")) aria-current=[choice.level.is_empty().then_some("true")] { (ctx.t("tickets-all-levels")) }
            @for (level, count, free) in queues.iter().filter(|(level, count, _)| *level != Level::Bot || *count > 0) {
                a href=(level_url(level.as_str())) aria-current=[(choice.level == level.as_str()).then_some("true")] {
                    (level_name(lang, *level)) " "
                    span.count { (i18n::number(lang, *count)) @if *count >= 1000 { "+" } }
                    @if *free > 0 { span.muted { (i18n::t_args(lang, "tickets-free", &[("count", (*free).into())])) } }
                }
            }
        }
    }
}

/// The form that narrows the list.
fn narrowing(me: &SignedIn, choice: &Choice, filter: &Filter, tree: &Tree, everybody: &[Agent]) -> Markup {
    let (ctx, lang) = (me.ctx(), me.lang);
    let sort = choice.sort();
    html! {
        form.filters method="get" action=(routes::TICKETS) role="search" data-filter=(ctx.t("filters-renewed")) {
            input.input type="search" name="q" value=(choice.q) maxlength="200" autocomplete="off" aria-label=(ctx.t("tickets-search")) placeholder=(ctx.t("tickets-search"));
            @if !choice.level.is_empty() { input type="hidden" name="level" value=(choice.level); }
            select.input name="state" aria-label=(ctx.t("tickets-state")) {
                option value="" { (ctx.t("tickets-unsolved")) }
                (draw::status_options(lang, choice.state.parse().ok()))
                option value="any" selected[choice.state == "any"] { (ctx.t("tickets-any-state")) }
            }
            select.input name="whose" aria-label=(ctx.t("tickets-whose")) {
                option value="" { (ctx.t("tickets-anybody")) }
                option value="mine" selected[choice.whose == "mine"] { (ctx.t("tickets-mine")) }
                option value="nobody" selected[choice.whose == "nobody"] { (ctx.t("tickets-nobody")) }
                @for agent in everybody.iter().filter(|agent| agent.is_enabled && agent.id != me.agent.id) { option value=(agent.id) selected[choice.whose == agent.id.as_str()] { (agent.name) } }
            }
            select.input name="kind" aria-label=(ctx.t("ticket-kind")) { option value="" { (ctx.t("tickets-any-kind")) } (draw::kind_options(lang, filter.kind)) }
            select.input name="priority" aria-label=(ctx.t("tickets-priority")) { option value="" { (ctx.t("tickets-any-priority")) } (draw::priority_options(lang, filter.priority)) }
            @if !tree.all().is_empty() {
                select.input name="category" aria-label=(ctx.t("ticket-category")) { option value="" { (ctx.t("tickets-any-category")) } (draw::category_options(lang, tree, &choice.category)) }
            }
            select.input name="sort" aria-label=(ctx.t("tickets-sort")) {
                @for one in Sort::ALL {
                    option value=(one.as_str()) selected[one == sort] { (match one {
                        Sort::Newest => ctx.t("tickets-newest"),
                        Sort::Oldest => ctx.t("tickets-oldest"),
                        Sort::Due => ctx.t("tickets-due"),
                        Sort::Updated => ctx.t("tickets-updated"),
                    }) }
                }
            }
            label.check { input type="checkbox" name="late" value="1" checked[filter.is_breached]; span { (ctx.t("tickets-late")) } }
            button.button type="submit" { (ctx.t("tickets-show")) }
        }
    }
}

/// What the rows of a page have in common.
struct Rows<'a> {
    ctx: &'a ui::Ctx<'a>,
    tree: &'a Tree,
    contacts: &'a HashMap<ContactId, String>,
    everybody: &'a [Agent],
}

impl Rows<'_> {
    fn row(&self, ticket: &Ticket) -> Markup {
        let (ctx, lang) = (self.ctx, self.ctx.lang);
        let agent = ticket
            .assignee_id
            .as_ref()
            .and_then(|id| self.everybody.iter().find(|agent| agent.id == *id));
        html! {
            li {
                a.ticket-row href={ (routes::TICKETS) "/" (ticket.id) } {
                    span.ticket-number.mono { (number_text(ticket.number)) }
                    span.ticket-what {
                        strong { (ticket.subject) }
                        span.muted {
                            (self.contacts.get(&ticket.contact_id).map_or("", String::as_str))
                            " · " (draw::kind_name(lang, ticket.kind))
                            @if let Some(category) = &ticket.category { " · " (self.tree.name(category, lang)) }
                            @if let Some(agent) = agent { " · " (agent.name) }
                        }
                    }
                    span.ticket-chips {
                        (level_chip(lang, ticket.level))
                        @if ticket.bounces > 1 { span.bounces title=(i18n::t_args(lang, "ticket-bounces", &[("count", ticket.bounces.into())])) { "⇄ " (i18n::number(lang, ticket.bounces)) } }
                        (ticket_status_chip(lang, ticket.status))
                        (priority_chip(lang, ticket.priority))
                        (draw::due(ctx, ticket.due_at, None))
                    }
                    span.muted.ticket-when { (time_tag(ctx, ticket.updated_at, &i18n::relative(lang, ctx.now, ticket.updated_at, ctx.tz))) }
                }
            }
        }
    }
}

/// The same search over every ticket, the solved ones too, where it is narrowed.
fn wider(choice: &Choice) -> Option<String> {
    let all = Choice {
        q: choice.q.trim().to_owned(),
        state: "any".to_owned(),
        sort: choice.sort.clone(),
        ..Choice::default()
    };
    let is_narrowed = all.query()
        != Choice {
            after: String::new(),
            ..choice.clone()
        }
        .query();
    (!all.q.is_empty() && is_narrowed).then(|| format!("{}?{}", routes::TICKETS, all.query()))
}

/// What the customers of tickets are called.
pub(super) async fn contact_names(
    app: &App,
    lang: Language,
    tickets: &[Ticket],
) -> conversation::Result<HashMap<ContactId, String>> {
    if tickets.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(ContactId, String)> = composed_sql(format!(
        "SELECT id, name FROM contacts WHERE id IN {}",
        placeholders(1, tickets.len(), 0)
    ))
    .bind_all(tickets.iter().map(|ticket| &ticket.contact_id))
    .all(app.store.db())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, name)| (id, customer_name(lang, name)))
        .collect())
}
