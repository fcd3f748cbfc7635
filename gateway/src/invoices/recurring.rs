//! Invoices that come again.

use axum::extract::{Path, State};
use axum::response::Response;
use billing::day::{self, Unit};
use billing::documents::{self, Draft};
use billing::recurring::{self, NewRecurring};
use billing::{DocumentId, customers, words};
use conversation::Error;
use conversation::access::Permission;
use maud::html;
use ui::components::{Tone, badge, empty, form};
use ui::icons::Icon;

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, see_other};

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let ctx = me.ctx();
    let rows = recurring::list(app.store.db(), None).await?;
    let names = customers::names(app.store.db(), rows.iter().map(|one| &one.customer_id)).await?;
    let body = html! {
        p.lead { (ctx.t("billing-recurring-lead")) }
        @if rows.is_empty() { (empty(Icon::Clock, &ctx.t("billing-no-recurring"), &ctx.t("billing-recurring-hint"))) }
        ul.people { @for one in &rows { li.person {
            span.inbox-name { strong { (names.get(&one.customer_id).map_or("", String::as_str)) } span.muted { (one.every) " × " (ctx.t(&format!("billing-{}", one.unit)))
                @if let Some(next) = &one.next_on { " · " (ctx.t("billing-next")) " " (words::day(next, me.lang)) } } }
            @if one.is_active { (badge(Tone::Good, &ctx.t("billing-active"))) } @else { (badge(Tone::Neutral, &ctx.t("billing-paused"))) }
            @if me.can(Permission::Bill) { form method="post" action={ "/billing/recurring/" (one.id) } { (form::csrf(&ctx))
                input type="hidden" name="active" value=[(!one.is_active).then_some("1")];
                button.button.ghost type="submit" { (if one.is_active { ctx.t("billing-pause") } else { ctx.t("billing-go-on") }) } } }
        } } }
    };
    Ok(frame(&me, Part::Recurring, &ctx.t("billing-recurring"), None, &body))
}

pub(super) async fn begin(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = DocumentId::from(id);
    let document = documents::load(app.store.db(), &id).await?;
    let term = day::between(day::parse(&document.issued_on)?, day::parse(&document.due_on)?);
    let start = day::parse(form.get("starts_on"))?;
    let template = Draft {
        kind: document.kind,
        currency: document.currency,
        language: document.language,
        issued_on: start,
        due_on: day::plus(start, term),
        rounding: document.rounding,
        notes: document.notes.clone(),
        lines: documents::lines(app.store.db(), &id).await?,
        external_number: None,
        related_id: None,
        is_published: false,
        is_reminded: document.is_reminded,
    };
    let new = NewRecurring {
        customer: document.customer_id,
        template,
        every: form
            .get("every")
            .parse()
            .map_err(|_| Error::Invalid("every: a number".to_owned()))?,
        unit: Unit::parse(form.get("unit"))?,
        ends_on: match form.get("ends_on") {
            "" => None,
            text => Some(day::parse(text)?),
        },
        is_sent: form.is_on("is_sent"),
    };
    recurring::create(&app.billing, &me.actor(), new).await?;
    Ok(see_other("/billing/recurring"))
}

pub(super) async fn toggle(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Bill)?;
    let is_active = posted.form.is_on("active");
    recurring::set_active(&app.billing, &posted.me.actor(), &id, is_active).await?;
    Ok(see_other("/billing/recurring"))
}
