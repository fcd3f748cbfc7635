//! What else is known of a customer: what they write, their tickets, machines and contracts. Whoever looks at a
//! statement asks next what the customer said last, and the other way round.

use billing::customers::Customer;
use conversation::conversations::Conversation;
use conversation::db::Db;
use conversation::lists::{self, Filter, Sort};
use conversation::tickets::{self, Ticket, number_text};
use conversation::types::IdentityKind;
use conversation::{Result, contacts};
use equipment::contracts::{self, Contract};
use equipment::machines::{self, Machine};
use maud::{Markup, html};
use portal::equipment::contracts::span_of;
use portal::equipment::tone;
use ui::components::{Tone, badge, channel_icon, status_chip, ticket_status_chip, time_tag};
use ui::icons::{Icon, icon};
use ui::{Ctx, i18n, routes};

use crate::auth::SignedIn;

/// How much of each kind is shown; the rest is behind a link.
const SHOWN: usize = 6;
const WANTED: i64 = 7;

/// Everything that is shown of a customer besides what is billed.
pub(super) async fn sections(db: &Db, me: &SignedIn, customer: &Customer) -> Result<Markup> {
    let ctx = me.ctx();
    let owned = [customer.id.clone()];
    let of_customer = machines::Filter {
        customers: Some(owned.to_vec()),
        is_here: true,
        ..machines::Filter::default()
    };
    let spoken = conversations(db, me, customer).await?;
    let asked = asked_for(db, customer).await?;
    let standing = machines::list(db, &of_customer, None, WANTED).await?;
    let agreed = contracts::of_customers(db, &owned).await?;
    let name = routes::escape(&customer.name);
    // A list is narrowed to a company; what one person wrote is found by searching for their name.
    let way = if customer.company_id.is_some() { "company" } else { "q" };
    let all_spoken = format!("{}?tab=all&status=any&{way}={name}", routes::INBOX);
    let all_asked = format!("{}?state=any&q={name}", routes::TICKETS);
    let all_standing = format!("{}?customer={}", routes::EQUIPMENT, customer.id);
    Ok(html! {
        (section(&ctx, "known-conversations", &spoken, &all_spoken, |one| conversation(&ctx, one)))
        (section(&ctx, "known-tickets", &asked, &all_asked, |one| ticket(&ctx, one)))
        (section(&ctx, "eq-machines", &standing, &all_standing, |one| machine(&ctx, one)))
        (section(&ctx, "eq-contracts", &agreed, "/equipment/contracts", |one| contract(&ctx, one)))
    })
}

/// The latest conversations of the customer's people.
async fn conversations(db: &Db, me: &SignedIn, customer: &Customer) -> Result<Vec<Conversation>> {
    let mut filter = Filter {
        scope: me.scope(),
        company: customer.company_id.clone(),
        ..Filter::default()
    };
    if filter.company.is_none() {
        match person(db, customer).await? {
            Some(contact) => filter.contact = Some(contact.id),
            None => return Ok(Vec::new()),
        }
    }
    lists::list(db, &filter, Sort::Newest, None, WANTED).await
}

/// The person that a customer is: its own, or who has its address.
async fn person(db: &Db, customer: &Customer) -> Result<Option<contacts::Contact>> {
    match (&customer.contact_id, &customer.email) {
        (Some(id), _) => contacts::load(db, id).await.map(Some),
        (None, Some(email)) => {
            let found = contacts::by_identity(db, IdentityKind::Email, email).await?;
            Ok(found.map(|(contact, _)| contact))
        }
        (None, None) => Ok(None),
    }
}

/// The latest tickets of the customer's people.
async fn asked_for(db: &Db, customer: &Customer) -> Result<Vec<Ticket>> {
    if let Some(company) = &customer.company_id {
        return tickets::of_company(db, company, WANTED).await;
    }
    match person(db, customer).await? {
        Some(contact) => tickets::of_contact(db, &contact.id, WANTED).await,
        None => Ok(Vec::new()),
    }
}

/// A heading with rows, and the way to all of them; nothing at all where there are none.
fn section<T>(ctx: &Ctx<'_>, title: &'static str, rows: &[T], all: &str, row: impl Fn(&T) -> Markup) -> Markup {
    html! {
        @if !rows.is_empty() {
            h2 { (ctx.t(title)) }
            ul.eq-list { @for one in rows.iter().take(SHOWN) { li.eq-row { (row(one)) } } }
            @if rows.len() > SHOWN { p { a.button.ghost href=(all) { (ctx.t("known-all")) } } }
        }
    }
}

/// The link of a row: a sign, what it is called, and what else is to say.
fn link(href: &str, glyph: Markup, title: &str, more: Markup) -> Markup {
    html! {
        a.eq-main href=(href) {
            span.eq-glyph { (glyph) }
            span.eq-words { strong dir="auto" { (title) } span.muted { (more) } }
        }
    }
}

fn conversation(ctx: &Ctx<'_>, one: &Conversation) -> Markup {
    let title = one.subject.as_deref().filter(|subject| !subject.is_empty());
    let more = html! {
        "#" (one.number) " · " (time_tag(ctx, one.last_message_at, &i18n::relative(ctx.lang, ctx.now, one.last_message_at, ctx.tz)))
    };
    let href = routes::path(routes::CONVERSATION, one.id.as_str());
    html! {
        (link(&href, channel_icon(ctx.lang, one.channel), title.unwrap_or(&one.preview), more))
        (status_chip(ctx.lang, one.status))
    }
}

fn ticket(ctx: &Ctx<'_>, one: &Ticket) -> Markup {
    let more = html! {
        (number_text(one.number)) " · " (time_tag(ctx, one.updated_at, &i18n::relative(ctx.lang, ctx.now, one.updated_at, ctx.tz)))
    };
    let href = format!("{}/{}", routes::TICKETS, one.id);
    html! {
        (link(&href, icon(Icon::Ticket), &one.subject, more))
        (ticket_status_chip(ctx.lang, one.status))
    }
}

fn machine(ctx: &Ctx<'_>, one: &Machine) -> Markup {
    let href = format!("/equipment/machines/{}", one.id);
    let said = equipment::words::of(ctx.lang);
    html! {
        (link(&href, icon(Icon::Machine), &one.name(), html! { (one.serial) }))
        (badge(tone(one.status), said.state(one.status)))
    }
}

fn contract(ctx: &Ctx<'_>, one: &Contract) -> Markup {
    let href = format!("/equipment/contracts/{}", one.id);
    let title = format!("{} {}", one.number, one.title);
    html! {
        (link(&href, icon(Icon::Contract), title.trim(), html! { (span_of(one, ctx.lang)) }))
        @if one.is_active { (badge(Tone::Good, &ctx.t("eq-contract-active"))) } @else { (badge(Tone::Neutral, &ctx.t("eq-contract-over"))) }
    }
}
