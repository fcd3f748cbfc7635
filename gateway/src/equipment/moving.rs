//! A machine goes to another customer, or back into stock: whom it goes to, then its closing readings and where it stands
//! there.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use billing::customers::{self, Customer};
use billing::day;
use conversation::Error;
use conversation::access::Permission;
use equipment::counters::{self, Counter, LARGEST};
use equipment::machines::{self, Machine};
use equipment::moves::{self, Move, To};
use equipment::{ContractId, CounterId, MachineId, SiteId, Source, contracts, sites, words};
use maud::{Markup, html};
use serde::Deserialize;
use ui::i18n;
use ui::icons::{Icon, icon};

use super::frame::{Part, frame};
use super::readings::number_of;
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::settings::draw::{Draw, Errors, refused, with_status};
use crate::whose;

/// What stands for the stock where a customer's id would.
const STOCK: &str = "stock";

#[derive(Debug, Default, Deserialize)]
pub(super) struct Whose {
    #[serde(default)]
    customer: String,
}

fn field_of(counter: &CounterId) -> String {
    format!("counter-{counter}")
}

/// GET `/equipment/machines/{id}/move`: `customer` is a name to look for, an id, or `stock`.
pub(super) async fn ask(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Whose>,
) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let machine = machines::load(app.store.db(), &MachineId::from(id)).await?;
    let form = Form::of([
        ("customer", asked.customer.clone()),
        ("on", app.equipment.today().to_string()),
    ]);
    if let Some(to) = goal(&app, &asked.customer).await? {
        return page(&app, &me, &machine, &to, &form, &Errors::new()).await;
    }
    let ctx = me.ctx();
    let body = html! {
        (lead(&app, &me, &machine).await?)
        p { a.button href={ "?customer=" (STOCK) } { (icon(Icon::Machine)) span { (ctx.t("eq-move-stock")) } } " " span.muted { (ctx.t("eq-move-stock-hint")) } }
        h2 { (ctx.t("eq-move-or")) }
        (whose::ask(&app, &me, &asked.customer, &[]).await?)
    };
    Ok(frame(&me, Part::Machines, &title(&me, &machine), None, &body))
}

/// Where a machine is to go.
enum Goal {
    Stock,
    Customer(Box<Customer>),
}

async fn goal(app: &App, text: &str) -> Result<Option<Goal>, Failure> {
    if text == STOCK {
        return Ok(Some(Goal::Stock));
    }
    let found = whose::customer_of(app, text).await?;
    Ok(found.map(|customer| Goal::Customer(Box::new(customer))))
}

fn title(me: &SignedIn, machine: &Machine) -> String {
    i18n::t_args(me.lang, "eq-move-title", &[("name", machine.name().into())])
}

async fn lead(app: &App, me: &SignedIn, machine: &Machine) -> Result<Markup, Failure> {
    let owner = customers::load(app.store.db(), &machine.customer_id).await?;
    let words = i18n::t_args(me.lang, "eq-move-lead", &[("customer", owner.name.into())]);
    Ok(html! { p.lead { (words) } })
}

async fn page(
    app: &App,
    me: &SignedIn,
    machine: &Machine,
    to: &Goal,
    sent: &Form,
    errors: &Errors,
) -> Result<Response, Failure> {
    let draw = Draw {
        ctx: me.ctx(),
        form: sent,
        errors,
    };
    let (ctx, said) = (me.ctx(), words::of(me.lang));
    let own = counters::of_machine(app.store.db(), &machine.id).await?;
    let body = html! {
        (lead(app, me, machine).await?)
        (draw.summary())
        form.settings-form method="post" action={ "/equipment/machines/" (machine.id) "/move" } {
            (draw.begin())
            input type="hidden" name="customer" value=(sent.get("customer"));
            p { (ctx.t("eq-move-to")) ": " strong { @match to { Goal::Stock => (ctx.t("eq-move-stock")), Goal::Customer(customer) => (customer.name) } } }
            (draw.date("on", &ctx.t("eq-move-on"), true))
            @for counter in &own {
                @let label = i18n::t_args(me.lang, "eq-move-closing", &[("counter", said.counter(counter.kind).into())]);
                @let hint = i18n::t_args(me.lang, "eq-last-reading", &[("value", portal::equipment::number(counter.last_value, me.lang).into()), ("day", words::day(&counter.last_on, me.lang).into())]);
                (draw.text(&field_of(&counter.id), &label, &hint, true))
            }
            @if !errors.is_empty() && !own.is_empty() { div.checks { (draw.check("is_sure", &ctx.t("eq-move-sure"))) } }
            @if let Goal::Customer(customer) = to { (where_it_stands(app, &draw, customer).await?) }
            div.settings-actions { button.button.primary type="submit" { (ctx.t("eq-move")) } a.button href={ "/equipment/machines/" (machine.id) } { (ctx.t("desk-back")) } }
        }
    };
    Ok(with_status(
        frame(me, Part::Machines, &title(me, machine), None, &body),
        errors,
    ))
}

/// Site, place and contract of the new customer.
async fn where_it_stands(app: &App, draw: &Draw<'_>, customer: &Customer) -> Result<Markup, Failure> {
    let (db, ctx) = (app.store.db(), &draw.ctx);
    let said = words::of(ctx.lang);
    let of = std::slice::from_ref(&customer.id);
    let (own_sites, agreed) = (
        sites::of_customers(db, of).await?,
        contracts::of_customers(db, of).await?,
    );
    let mut places: Vec<(&str, &str)> = vec![("", "—")];
    places.extend(own_sites.iter().map(|site| (site.id.as_str(), site.name.as_str())));
    let mut numbers: Vec<(&str, &str)> = vec![("", "—")];
    numbers.extend(agreed.iter().map(|one| (one.id.as_str(), one.number.as_str())));
    Ok(html! {
        div.row-fields { (draw.choice("site", said.site, &places)) (draw.text("place", said.place, "", false)) (draw.choice("contract", &ctx.t("eq-contract"), &numbers)) }
    })
}

/// POST `customer`, `on`, `counter-…`, `is_sure`, `site`, `place`, `contract`.
pub(super) async fn go(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let machine = machines::load(app.store.db(), &MachineId::from(id)).await?;
    let to = goal(&app, form.get("customer")).await?.ok_or(Error::NotFound)?;
    let own = counters::of_machine(app.store.db(), &machine.id).await?;
    let (closing, errors) = closing_of(&me, &form, &own);
    if !errors.is_empty() {
        return page(&app, &me, &machine, &to, &form, &errors).await;
    }
    match moved(&app, &me, &machine, &to, &form, closing).await {
        Ok(()) => Ok(see_other(&format!("/equipment/machines/{}?said=moved", machine.id))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let errors = refused(me.lang, &form, &error);
            page(&app, &me, &machine, &to, &form, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The closing readings as they were typed, and what is no number among them.
fn closing_of(me: &SignedIn, form: &Form, own: &[Counter]) -> (Vec<(CounterId, i64)>, Errors) {
    let (mut closing, mut errors) = (Vec::new(), Errors::new());
    for counter in own {
        let field = field_of(&counter.id);
        match number_of(form.get(&field)).filter(|value| (0..=LARGEST).contains(value)) {
            Some(value) => closing.push((counter.id.clone(), value)),
            None => errors.push((field, i18n::t(me.lang, "eq-not-a-number").into_owned())),
        }
    }
    (closing, errors)
}

async fn moved(
    app: &App,
    me: &SignedIn,
    machine: &Machine,
    to: &Goal,
    form: &Form,
    closing: Vec<(CounterId, i64)>,
) -> conversation::Result<()> {
    let some = |name: &str| Some(form.get(name)).filter(|id| !id.is_empty());
    let plan = Move {
        to: match to {
            Goal::Stock => To::Stock,
            Goal::Customer(customer) => To::Customer(customer.id.clone()),
        },
        on: day::parse(form.get("on"))?,
        site: some("site").map(SiteId::from),
        contract: some("contract").map(ContractId::from),
        place: form.get("place").to_owned(),
        closing,
        source: Source::Agent,
        is_sure: form.is_on("is_sure"),
    };
    let mut tx = app.store.begin().await?;
    moves::move_in(&mut tx, &app.equipment, &me.actor(), &machine.id, plan).await?;
    tx.commit().await?;
    Ok(())
}
