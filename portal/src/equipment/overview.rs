//! The customer's home: what is open, what wants attention, what is due next, what happened last, and the three
//! things that people come for.

use ::equipment::{VisitState, contracts, machines, visits, wishes, words};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use billing::listing::{self, Filter};
use billing::state::{Kind, Status};
use billing::{day, words as billing_words};
use conversation::notifications as core;
use conversation::tickets;
use conversation::types::{Language, Millis, TicketStatus};
use maud::{Markup, html};
use ui::client_pages::{Part, framed};
use ui::components::badge;
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use super::number;
use crate::Portal;
use crate::client::{Client, support, view};
use crate::notifications;
use crate::request::{Page, Reader, page};

/// Contracts that end within so many days are an alert.
const ENDS_SOON: i64 = 30;

/// Something that is to come: its day, what it is, where it leads.
struct Due {
    day: String,
    words: String,
    url: String,
}

/// Something that happened: when, what it is, where it leads.
struct Past {
    at: Millis,
    words: String,
    url: String,
}

#[derive(Default)]
struct Home {
    alerts: Vec<(bool, Icon, String, String)>,
    due: Vec<Due>,
    past: Vec<Past>,
    open_tickets: usize,
    machines: i64,
    latest: Option<Markup>,
}

/// GET `/portal`.
pub(super) async fn show(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::PORTAL).await?;
    let ctx = portal.ctx(reader.lang);
    let lang = reader.lang;
    let mut home = Home {
        machines: machines::count(portal.store.db(), &client.customers).await?,
        ..Home::default()
    };
    invoices(&portal, &client, &mut home).await?;
    tickets_of(&portal, &client, &mut home).await?;
    equipment_of(&portal, &client, &mut home).await?;
    home.due.sort_by(|a, b| a.day.cmp(&b.day));
    home.due.truncate(6);
    home.past.sort_by_key(|one| std::cmp::Reverse(one.at));
    home.past.truncate(8);
    let told = core::list(portal.store.db(), &client.contact.id, None, 5).await?;
    let name = client
        .contact
        .name
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned();
    let greeting = if name.is_empty() {
        i18n::t(lang, "client-hello").into_owned()
    } else {
        i18n::t_args(lang, "eq-hello", &[("name", name.into())])
    };
    let body = html! {
        h1 { (greeting) }
        div #live-alerts data-live {
            @if !home.alerts.is_empty() {
                nav.eq-alerts aria-label=(ctx.t("eq-alerts")) {
                    @for (is_bad, glyph, words, url) in &home.alerts { a.bad[*is_bad] href=(url) { (icon(*glyph)) span { (words) } } }
                }
            }
        }
        nav.eq-quick aria-label=(ctx.t("eq-quick")) {
            a href=(if home.machines > 0 { routes::MACHINES } else { routes::TICKET_NEW }) { (icon(Icon::Plus)) span { (ctx.t("eq-new-request")) } }
            a href=(routes::STATEMENT) { (icon(Icon::Invoice)) span { (ctx.t("eq-see-invoices")) } }
            a href=(if home.machines > 0 { routes::READINGS } else { routes::SUPPORT }) { (icon(if home.machines > 0 { Icon::Gauge } else { Icon::Ticket })) span { (ctx.t(if home.machines > 0 { "eq-enter-reading" } else { "client-support" })) } }
        }
        div.eq-tiles #live-tiles data-live {
            a.eq-tile href=(routes::SUPPORT) { span { (ctx.t("eq-open-tickets")) } b { (number(i64::try_from(home.open_tickets).unwrap_or(0), lang)) } }
            a.eq-tile href=(routes::MACHINES) { span { (ctx.t("eq-machines")) } b { (number(home.machines, lang)) } }
            @if let Some(latest) = &home.latest { (latest) }
        }
        div.eq-two {
            section aria-labelledby="due-title" {
                h2 #due-title { (ctx.t("eq-due-next")) }
                div #live-due data-live {
                    @if home.due.is_empty() { p.muted { (ctx.t("eq-nothing-due")) } }
                    @else { ul.history.eq-due { @for one in &home.due { li { span.muted { (billing_words::day(&one.day, lang)) } a href=(one.url) { (one.words) } } } } }
                }
            }
            section aria-labelledby="news-title" {
                h2 #news-title { (ctx.t("eq-last-news")) }
                div #live-news data-live {
                    @if !told.is_empty() { (notifications::list(&portal, &ctx, &told)) p.eq-after { a href=(routes::NOTIFICATIONS) { (ctx.t("note-see-all")) } } }
                    @else if home.past.is_empty() { p.muted { (ctx.t("eq-no-news")) } }
                    @else { ul.history.eq-due { @for one in &home.past { li { span.muted { (i18n::relative(lang, portal.store.now(), one.at, portal.billing.zone.now())) } a href=(one.url) { (one.words) } } } } }
                }
            }
        }
    };
    let frame = client.frame(&portal, Part::Home, routes::PORTAL, None).await?;
    Ok(page(
        StatusCode::OK,
        framed(&ctx, &frame, &ctx.t("eq-home"), None, &body),
    ))
}

/// Invoices: the latest, what is overdue, what falls due.
async fn invoices(portal: &Portal, client: &Client, home: &mut Home) -> conversation::Result<()> {
    let (db, lang) = (portal.store.db(), client.lang);
    let today = portal.billing.today().to_string();
    let said = billing_words::of(lang);
    let filter = Filter {
        customers: Some(client.customers.clone()),
        is_visible: true,
        today: today.clone(),
        ..Filter::default()
    };
    let newest = listing::list(db, &filter, None, 6).await?;
    if let Some(last) = newest.iter().find(|one| one.kind == Kind::Invoice) {
        let status = last.status(&today);
        home.latest = Some(html! {
            a.eq-tile href=(billing::card::path(&last.id)) {
                span { (i18n::t(lang, "eq-latest-invoice")) " " (last.name()) }
                b { (last.currency.format(last.total, lang)) }
                (badge(view::tone(status), said.standing(last.kind, status)))
            }
        });
    }
    for document in &newest {
        if let Some(at) = document.sent_at {
            home.past.push(Past {
                at: document.settled_at.unwrap_or(at).max(at),
                words: format!(
                    "{} · {}",
                    view::title(document, lang),
                    said.standing(document.kind, document.status(&today))
                ),
                url: billing::card::path(&document.id),
            });
        }
    }
    let open = Filter {
        is_open: true,
        ..filter
    };
    for document in listing::list(db, &open, None, 50).await? {
        if document.status(&today) != Status::Overdue {
            home.due.push(Due {
                day: document.due_on.clone(),
                words: format!(
                    "{} {} · {}",
                    said.kind(document.kind),
                    document.name(),
                    document.currency.format(document.open(), lang)
                ),
                url: billing::card::path(&document.id),
            });
        }
    }
    // All of them, however many a list shows.
    let overdue = listing::count_overdue(db, &client.customers, &today).await?;
    if overdue > 0 {
        let words = i18n::t_args(lang, "eq-alert-overdue", &[("count", overdue.into())]);
        let url = format!("{}?status=overdue", routes::STATEMENT);
        home.alerts.push((true, Icon::Warning, words, url));
    }
    Ok(())
}

async fn tickets_of(portal: &Portal, client: &Client, home: &mut Home) -> conversation::Result<()> {
    for ticket in support::seen(portal, client).await? {
        let is_open = ticket.status != TicketStatus::Resolved;
        home.open_tickets += usize::from(is_open);
        let status = ui::components::ticket_status_name(client.lang, ticket.status);
        home.past.push(Past {
            at: ticket.updated_at,
            words: format!("{} {} · {status}", tickets::number_text(ticket.number), ticket.subject),
            url: routes::path(routes::TICKET, ticket.id.as_str()),
        });
    }
    Ok(())
}

/// Visits, readings that are wanted, contracts that end.
async fn equipment_of(portal: &Portal, client: &Client, home: &mut Home) -> conversation::Result<()> {
    let (db, lang) = (portal.store.db(), client.lang);
    let said = words::of(lang);
    let today = portal.billing.today();
    let latest = visits::of_customers(db, &client.customers, 20).await?;
    let visited = machines::by_ids(db, latest.iter().map(|visit| &visit.machine_id)).await?;
    for visit in latest {
        let machine = visited
            .get(&visit.machine_id)
            .map(|machine| machine.name_for(&visit.customer_id))
            .unwrap_or_default();
        let on = day::of(visit.starts_at, portal.billing.zone.now());
        let when = words::window(visit.starts_at, visit.ends_at, portal.billing.zone.now(), lang);
        let url = ::equipment::card::visit_path(&visit.id);
        let is_coming = matches!(visit.state, VisitState::Planned | VisitState::OnWay | VisitState::There);
        if is_coming && on >= today {
            if on == today {
                let words = format!("{} · {when} · {}", said.visit, said.visit_state(visit.state));
                home.alerts.push((false, Icon::Visit, words, url.clone()));
            }
            home.due.push(Due {
                day: on.to_string(),
                words: format!("{} · {machine}", said.visit),
                url,
            });
        } else if let Some(at) = visit.done_at {
            home.past.push(Past {
                at,
                words: format!("{} · {machine} · {}", said.visit, said.visit_state(visit.state)),
                url,
            });
        }
    }
    let open = wishes::open_of(db, &client.customers).await?;
    if let Some(first) = open.first() {
        let count = i64::try_from(open.len()).unwrap_or(0);
        let words = i18n::t_args(lang, "eq-alert-readings", &[("count", count.into())]);
        home.alerts
            .push((false, Icon::Gauge, words.clone(), routes::READINGS.to_owned()));
        home.due.push(Due {
            day: first.due_on.clone(),
            words,
            url: routes::READINGS.to_owned(),
        });
    }
    for contract in contracts::of_customers(db, &client.customers).await? {
        let Some(end) = contract.ends_on.as_deref().filter(|_| contract.is_active) else {
            continue;
        };
        let left = day::between(today, day::parse(end)?);
        if (0..=ENDS_SOON.max(contract.notice_days)).contains(&left) {
            let key = if contract.renews_months > 0 {
                "eq-alert-renews"
            } else {
                "eq-alert-ends"
            };
            home.alerts.push((
                false,
                Icon::Contract,
                ends(lang, key, &contract.number, end),
                format!("{}/{}", routes::CONTRACTS, contract.id),
            ));
        }
    }
    Ok(())
}

fn ends(lang: Language, key: &str, number: &str, end: &str) -> String {
    i18n::t_args(
        lang,
        key,
        &[
            ("number", number.to_owned().into()),
            ("day", billing_words::day(end, lang).into()),
        ],
    )
}
