//! Writing and changing a contract. Rates are lines: `mono 5000; 0.012 to 10000; 0.009` – what is included, then
//! prices of one copy beyond it, each up to a number, the last without.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use billing::import::rows::taxes_text;
use billing::money::{Currency, bare_decimal, decimal};
use billing::{CustomerId, customers, day, settings as business};
use conversation::Error;
use conversation::access::Permission;
use equipment::contracts::{self, Contract, ContractData};
use equipment::usage::{Band, Rate};
use equipment::{ContractId, settings};
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Part, frame};
use super::machine_form::ask_customer;
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::settings::draw::{Draw, Errors, with_status};
use crate::settings::meanwhile;
use crate::whose;

/// Rates as they are typed. A price is of one copy, with three digits behind those of the currency.
fn written(rates: &[Rate], currency: Currency) -> String {
    let mut text = String::new();
    for rate in rates {
        text.push_str(&format!("{} {}", rate.counter, rate.included));
        for band in &rate.bands {
            let price = bare_decimal(band.per_thousand, currency.digits() + 3);
            match band.up_to {
                Some(up_to) => text.push_str(&format!("; {price} to {up_to}")),
                None => text.push_str(&format!("; {price}")),
            }
        }
        text.push('\n');
    }
    text.trim_end().to_owned()
}

fn parsed(text: &str, currency: Currency) -> Result<Vec<Rate>, Error> {
    let odd = |line: &str| {
        Error::Invalid(format!(
            "rates: `{}` is not a line such as: mono 5000; 0.012 to 10000; 0.009",
            line.chars().take(60).collect::<String>()
        ))
    };
    let mut rates = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut parts = line.split(';').map(str::trim);
        let head = parts.next().unwrap_or_default();
        let (counter, included) = head.split_once(char::is_whitespace).unwrap_or((head, "0"));
        let counter = counter.to_lowercase().parse()?;
        let included = included.trim().parse().map_err(|_| odd(line))?;
        let mut bands = Vec::new();
        for part in parts.filter(|part| !part.is_empty()) {
            let (price, up_to) = match part.split_once(" to ") {
                Some((price, up_to)) => (price, Some(up_to.trim().parse().map_err(|_| odd(line))?)),
                None => (part, None),
            };
            let per_thousand = decimal(price, currency.digits() + 3, false).map_err(|_| odd(line))?;
            bands.push(Band { up_to, per_thousand });
        }
        rates.push(Rate {
            counter,
            included,
            bands,
        });
    }
    Ok(rates)
}

fn read(form: &Form) -> Result<ContractData, Error> {
    let bad = |field: &str, why: String| Error::Invalid(format!("{field}: {why}"));
    let count = |field: &str| {
        form.get(field)
            .trim()
            .parse::<i64>()
            .map_err(|_| bad(field, "a whole number".to_owned()))
    };
    let currency: Currency = form
        .get("currency")
        .parse()
        .map_err(|error: billing::money::UnknownCurrency| bad("currency", error.to_string()))?;
    let on = |field: &str| day::parse(form.get(field)).map_err(|error| bad(field, error.to_string()));
    Ok(ContractData {
        number: form.get("number").to_owned(),
        title: form.get("title").to_owned(),
        terms: form.get("terms").to_owned(),
        starts_on: on("starts_on")?,
        ends_on: if form.get("ends_on").is_empty() {
            None
        } else {
            Some(on("ends_on")?)
        },
        renews_months: count("renews_months")?,
        notice_days: count("notice_days")?,
        every: count("every")?,
        currency,
        base_price: currency
            .parse(form.get("base_price"))
            .map_err(|error| bad("base_price", error.to_string()))?,
        taxes: billing::import::rows::taxes(form.get("taxes")).map_err(|why| bad("taxes", why))?,
        is_pooled: form.is_on("is_pooled"),
        is_sent: form.is_on("is_sent"),
        is_active: form.is_on("is_active"),
        rates: parsed(form.get("rates"), currency)?,
    })
}

const FIELDS: [&str; 11] = [
    "number",
    "title",
    "starts_on",
    "ends_on",
    "renews_months",
    "notice_days",
    "every",
    "currency",
    "base_price",
    "taxes",
    "rates",
];

fn wrong(me: &SignedIn, error: &Error) -> Errors {
    let text = error.to_string();
    let field = FIELDS.into_iter().find(|field| text.starts_with(&format!("{field}:")));
    vec![(field.unwrap_or_default().to_owned(), failure::words(me.lang, error))]
}

fn fields(draw: &Draw<'_>) -> Markup {
    let ctx = &draw.ctx;
    html! {
        (draw.begin())
        div.row-fields { (draw.text("number", &ctx.t("eq-number"), "", true)) (draw.text("title", &ctx.t("eq-title"), "", false)) }
        div.row-fields { (draw.date("starts_on", &ctx.t("eq-starts-on"), true)) (draw.date("ends_on", &ctx.t("eq-ends-on"), false)) (draw.text("renews_months", &ctx.t("eq-renews-months"), "", true)) (draw.text("notice_days", &ctx.t("eq-notice-days"), "", true)) }
        div.row-fields { (draw.text("every", &ctx.t("eq-every"), "", true)) (draw.text("currency", &ctx.t("billing-currency"), "", true)) (draw.text("base_price", &ctx.t("eq-base"), "", true)) (draw.text("taxes", &ctx.t("billing-taxes"), "IVA 16", false)) }
        (draw.lines("rates", &ctx.t("eq-rates"), &ctx.t("eq-rates-hint"), 4))
        div.checks { (draw.check("is_pooled", &ctx.t("eq-is-pooled"))) (draw.check("is_sent", &ctx.t("eq-is-sent"))) (draw.check("is_active", &ctx.t("eq-is-active"))) }
        (draw.lines("terms", &ctx.t("eq-terms"), "", 6))
        div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-save")) } }
    }
}

fn page(me: &SignedIn, action: &str, customer: &str, title: &str, sent: &Form, errors: &Errors) -> Response {
    let draw = Draw {
        ctx: me.ctx(),
        form: sent,
        errors,
    };
    let body = html! { (draw.summary()) form.settings-form method="post" action=(action) { input type="hidden" name="customer" value=(customer); (fields(&draw)) } };
    let page = frame(me, Part::Contracts, title, None, &body);
    with_status(page, errors)
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Whose {
    #[serde(default)]
    customer: String,
}

pub(super) async fn new(State(app): State<App>, me: SignedIn, Query(whose): Query<Whose>) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let title = me.ctx().t("eq-contract").into_owned();
    let Some(customer) = whose::customer_of(&app, &whose.customer).await? else {
        return ask_customer(&app, &me, Part::Contracts, &title, &whose.customer).await;
    };
    let own = business::business(app.store.db(), &app.store).await?;
    let on = "on".to_owned();
    let form = Form::of([
        ("starts_on", app.equipment.today().to_string()),
        ("renews_months", "12".to_owned()),
        ("notice_days", "60".to_owned()),
        ("every", "1".to_owned()),
        ("currency", own.currency.to_string()),
        ("base_price", "0".to_owned()),
        ("rates", "mono 5000; 0.012".to_owned()),
        ("is_active", on),
    ]);
    let errors = Errors::new();
    Ok(page(
        &me,
        "/equipment/contracts/new",
        customer.id.as_str(),
        &title,
        &form,
        &errors,
    ))
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let customer = CustomerId::from(form.get("customer"));
    customers::load(app.store.db(), &customer).await?;
    let grace = settings::load(app.store.db()).await?.close_after_days;
    let made = async {
        let data = read(&form)?;
        let mut tx = app.store.begin().await?;
        let id = contracts::create_in(&mut tx, &me.actor(), &customer, grace, data).await?;
        tx.commit().await?;
        Ok(id)
    };
    match made.await {
        Ok(id) => Ok(see_other(&format!("/equipment/contracts/{id}"))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let title = me.ctx().t("eq-contract").into_owned();
            let errors = wrong(&me, &error);
            Ok(page(
                &me,
                "/equipment/contracts/new",
                customer.as_str(),
                &title,
                &form,
                &errors,
            ))
        }
        Err(error) => Err(error.into()),
    }
}

fn filled(contract: &Contract, rates: &[Rate]) -> Form {
    let on = |is: bool| if is { "on".to_owned() } else { String::new() };
    // Where nobody can read them they are written anew here.
    let taxes = taxes_text(&contract.taxes().unwrap_or_default());
    Form::of([
        ("number", contract.number.clone()),
        ("title", contract.title.clone()),
        ("terms", contract.terms.clone()),
        ("starts_on", contract.starts_on.clone()),
        ("ends_on", contract.ends_on.clone().unwrap_or_default()),
        ("renews_months", contract.renews_months.to_string()),
        ("notice_days", contract.notice_days.to_string()),
        ("every", contract.every.to_string()),
        ("currency", contract.currency.to_string()),
        ("base_price", contract.currency.bare(contract.base_price)),
        ("taxes", taxes),
        ("rates", written(rates, contract.currency)),
        ("is_pooled", on(contract.is_pooled)),
        ("is_sent", on(contract.is_sent)),
        ("is_active", on(contract.is_active)),
    ])
}

pub(super) async fn edit(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let contract = contracts::load(app.store.db(), &ContractId::from(id)).await?;
    let rates = contracts::rates(app.store.db(), &contract.id).await?;
    let action = format!("/equipment/contracts/{}/edit", contract.id);
    let mut form = filled(&contract, &rates);
    meanwhile::stamp(&mut form);
    Ok(page(&me, &action, "", &contract.number, &form, &Errors::new()))
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Bill)?;
    let contract = contracts::load(app.store.db(), &ContractId::from(id)).await?;
    let kept = filled(&contract, &contracts::rates(app.store.db(), &contract.id).await?);
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[contract.id.as_str()]).await? {
        let action = format!("/equipment/contracts/{}/edit", contract.id);
        return Ok(page(&me, &action, "", &contract.number, &form, &errors));
    }
    let grace = settings::load(app.store.db()).await?.close_after_days;
    let saved = async {
        let data = read(&form)?;
        let mut tx = app.store.begin().await?;
        contracts::edit_in(&mut tx, &me.actor(), &contract.id, grace, data).await?;
        tx.commit().await
    };
    match saved.await {
        Ok(_) => Ok(see_other(&format!("/equipment/contracts/{}", contract.id))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let action = format!("/equipment/contracts/{}/edit", contract.id);
            Ok(page(&me, &action, "", &contract.number, &form, &wrong(&me, &error)))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_they_are_written() {
        for (currency, text) in [
            ("USD", "mono 5000; 0.012 to 10000; 0.009"),
            ("USD", "mono 0; 0.00075\ncolor 300; 0.08"),
            ("CLP", "total 100; 7.5"),
            ("USD", "scan 0"),
        ] {
            let currency: Currency = currency.parse().unwrap();
            let rates = parsed(text, currency).unwrap();
            assert_eq!(written(&rates, currency), text);
        }
        let usd: Currency = "USD".parse().unwrap();
        assert_eq!(parsed("mono 5000; 0.012", usd).unwrap()[0].bands[0].per_thousand, 1_200);
        for text in [
            "pages 5",
            "mono x",
            "mono 1; abc",
            "mono 1; 0.1 to x",
            "mono 1; 0.0000001",
        ] {
            assert!(parsed(text, usd).is_err(), "{text}");
        }
    }
}
