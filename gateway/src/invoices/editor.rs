//! Writing a draft: a form with a row for each line.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use billing::documents::{self, Draft};
use billing::import::rows::{taxes, taxes_text};
use billing::money::{Currency, bare_decimal, decimal};
use billing::settings::{self, Business};
use billing::state::{Kind, State as Stage};
use billing::totals::{Line, Rounding};
use billing::{CustomerId, DocumentId, day, pdf, words};
use conversation::Error;
use conversation::access::Permission;
use conversation::types::Language;
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::form;
use ui::i18n;
use ui::icons::{Icon, icon};

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::settings::draw::{Draw, Errors, with_status};
use crate::whose;

/// The most lines that the form holds; longer documents come by the API.
const MOST_ROWS: usize = 30;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Begin {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    customer: String,
}

pub(super) async fn new(State(app): State<App>, me: SignedIn, Query(begin): Query<Begin>) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let kind: Kind = begin.kind.parse().unwrap_or(Kind::Invoice);
    let Some(customer) = whose::customer_of(&app, &begin.customer).await? else {
        let body = whose::ask(&app, &me, &begin.customer, &[("kind", kind.as_str())]).await?;
        return Ok(frame(&me, Part::Documents, &title_of_new(&me, kind), None, &body));
    };
    let business = settings::business(app.store.db(), &app.store).await?;
    let today = app.billing.today();
    let days = if kind == Kind::Estimate {
        business.valid_days
    } else {
        business.due_days
    };
    let mut form = Form::of([
        ("kind", kind.to_string()),
        ("customer", customer.id.to_string()),
        ("currency", business.currency.to_string()),
        ("language", customer.language.to_string()),
        ("issued_on", today.to_string()),
        ("due_on", day::plus(today, days).to_string()),
        ("rounding", business.rounding.as_str().to_owned()),
        ("notes", business.notes.clone()),
        ("is_reminded", "on".to_owned()),
    ]);
    let tax = taxes_text(&business.taxes);
    for index in 0..3 {
        form.push(format!("t_{index}"), tax.clone());
    }
    draw(&app, &me, &form, &Errors::new(), None, 3).await
}

fn title_of_new(me: &SignedIn, kind: Kind) -> String {
    i18n::t_args(me.lang, "billing-new", &[("kind", kind.as_str().into())])
}

pub(super) async fn edit(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let document = documents::load(app.store.db(), &DocumentId::from(id.as_str())).await?;
    if document.state != Stage::Draft {
        return Ok(see_other(&format!("/billing/documents/{id}")));
    }
    let lines = documents::lines(app.store.db(), &document.id).await?;
    let mut form = Form::of([
        ("kind", document.kind.to_string()),
        ("customer", document.customer_id.to_string()),
        ("currency", document.currency.to_string()),
        ("language", document.language.to_string()),
        ("issued_on", document.issued_on.clone()),
        ("due_on", document.due_on.clone()),
        ("rounding", document.rounding.as_str().to_owned()),
        ("notes", document.notes.clone()),
    ]);
    if document.is_reminded {
        form.push("is_reminded", "on");
    }
    if document.is_published {
        form.push("is_published", "on");
    }
    if let Some(related) = &document.related_id {
        form.push("related", related.as_str());
    }
    for (index, line) in lines.iter().enumerate().take(MOST_ROWS) {
        form.push(format!("d_{index}"), line.description.as_str());
        form.push(format!("q_{index}"), bare_decimal(line.quantity, 3));
        form.push(format!("p_{index}"), document.currency.bare(line.unit_price));
        form.push(format!("r_{index}"), pdf::bare_rate(line.discount));
        form.push(format!("t_{index}"), taxes_text(&line.taxes));
    }
    draw(&app, &me, &form, &Errors::new(), Some(&id), lines.len() + 1).await
}

async fn draw(
    app: &App,
    me: &SignedIn,
    form: &Form,
    errors: &Errors,
    id: Option<&str>,
    rows: usize,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw { ctx, form, errors };
    let kind: Kind = form.get("kind").parse().unwrap_or(Kind::Invoice);
    let said = words::of(me.lang);
    let title = match id {
        Some(_) => format!("{} · {}", said.kind(kind), ctx.t("billing-edit")),
        None => title_of_new(me, kind),
    };
    let customer = whose::customer_of(app, form.get("customer")).await?;
    let another = format!("/billing/new?kind={kind}");
    let languages: Vec<(&str, &str)> = Language::ALL
        .iter()
        .map(|one| (one.as_str(), i18n::own_name(*one)))
        .collect();
    let (by_line, by_total) = (ctx.t("billing-rounding-line"), ctx.t("billing-rounding-total"));
    let roundings = [("total", &*by_total), ("line", &*by_line)];
    let due = if kind == Kind::Estimate { said.valid } else { said.due };
    let action = match id {
        Some(id) => format!("/billing/documents/{id}/edit"),
        None => "/billing/new".to_owned(),
    };
    let rows = rows.clamp(1, MOST_ROWS);
    let body = html! {
        (draw.summary())
        form.settings-form method="post" action=(action) {
            (form::csrf(&ctx))
            input type="hidden" name="kind" value=(kind);
            input type="hidden" name="related" value=(form.get("related"));
            input type="hidden" name="rows" value=(rows);
            input type="hidden" name="customer" value=(form.get("customer"));
            p {
                span.muted { (ctx.t("billing-customer")) ": " }
                @if let Some(one) = &customer { a href={ "/billing/customers/" (one.id) } { strong { (one.name) } } }
                @if id.is_none() { " · " a href=(another) { (ctx.t("whose-another")) } }
            }
            div.row-fields {
                (draw.text("currency", &ctx.t("billing-currency"), "", true))
                (draw.choice("language", &ctx.t("billing-language"), &languages))
                (draw.date("issued_on", said.issued, true))
                (draw.date("due_on", due, true))
            }
            fieldset.group.lines {
                legend { (ctx.t("billing-lines")) }
                @for index in 0..rows { (line(&draw, index, said)) }
                @if rows < MOST_ROWS { p { button.button.ghost type="submit" name="more" value="1" formnovalidate { (icon(Icon::Plus)) span { (ctx.t("billing-more-lines")) } } } }
            }
            (draw.lines("notes", said.notes, "", 3))
            details.group {
                summary { (ctx.t("settings-advanced")) }
                (draw.choice("rounding", &ctx.t("billing-rounding"), &roundings))
                (draw.check("is_reminded", &ctx.t("billing-reminded")))
                (draw.check("is_published", &ctx.t("billing-published")))
            }
            div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-save")) } }
        }
    };
    let page = frame(me, Part::Documents, &title, None, &body);
    Ok(with_status(page, errors))
}

fn line(draw: &Draw<'_>, index: usize, said: &words::Words) -> Markup {
    let field = |name: &str, label: &str, class: &str, size: u32| {
        let name = format!("{name}_{index}");
        html! {
            label class=(class) { span { (label) }
                input.input type="text" name=(name) value=(draw.form.get(&name)) size=(size) autocomplete="off"; }
        }
    };
    html! {
        div.line-row {
            (field("d", said.description, "wide", 30))
            (field("q", said.quantity, "", 6))
            (field("p", said.price, "", 8))
            (field("r", &format!("{} %", said.discount), "", 4))
            (field("t", &draw.ctx.t("billing-taxes"), "", 8))
        }
    }
}

/// What is wrong, in the reader's language; the number of a line stays before it.
pub(super) fn translated(me: &SignedIn, errors: Errors) -> Errors {
    let said = |words: String| match words.split_once(": ") {
        Some((line, rest)) if line.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!(
                "{line}: {}",
                ui::core_words::said(me.lang, rest).unwrap_or_else(|| rest.to_owned())
            )
        }
        _ => ui::core_words::said(me.lang, &words).unwrap_or(words),
    };
    errors.into_iter().map(|(field, words)| (field, said(words))).collect()
}

fn read(form: &Form) -> Result<Draft, Errors> {
    let mut errors = Errors::new();
    let mut wrong = |field: &str, words: String| errors.push((field.to_owned(), words));
    let currency: Currency = form
        .get("currency")
        .parse()
        .unwrap_or_else(|error: billing::money::UnknownCurrency| {
            wrong("currency", error.to_string());
            Currency::USD
        });
    let mut day_of = |field: &'static str| match day::parse(form.get(field)) {
        Ok(day) => day,
        Err(error) => {
            wrong(field, error.to_string());
            jiff::civil::Date::constant(2000, 1, 1)
        }
    };
    let (issued_on, due_on) = (day_of("issued_on"), day_of("due_on"));
    let mut lines = Vec::new();
    for index in 0..MOST_ROWS {
        let get = |name: &str| form.get(&format!("{name}_{index}")).trim();
        if get("d").is_empty() && get("p").is_empty() {
            continue;
        }
        let mut number = |name: &str, digits, or| match get(name) {
            "" => or,
            text => decimal(text.trim_end_matches('%'), digits, false).unwrap_or_else(|error| {
                wrong("", format!("{}: {error}", index + 1));
                or
            }),
        };
        let (quantity, discount) = (number("q", 3, 1_000), number("r", 2, 0));
        let unit_price = currency.parse(get("p")).unwrap_or_else(|error| {
            wrong("", format!("{}: {error}", index + 1));
            0
        });
        let taxes = taxes(get("t")).unwrap_or_else(|error| {
            wrong("", format!("{}: {error}", index + 1));
            Vec::new()
        });
        lines.push(Line {
            description: get("d").to_owned(),
            quantity,
            unit_price,
            discount,
            taxes,
        });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Draft {
        kind: form.get("kind").parse().unwrap_or(Kind::Invoice),
        currency,
        language: Language::from_tag(form.get("language")).unwrap_or(Language::En),
        issued_on,
        due_on,
        rounding: form.get("rounding").parse().unwrap_or(Rounding::Total),
        notes: form.get("notes").to_owned(),
        lines,
        external_number: None,
        related_id: Some(form.get("related"))
            .filter(|id| !id.is_empty())
            .map(DocumentId::from),
        is_published: form.is_on("is_published"),
        is_reminded: form.is_on("is_reminded"),
    })
}

async fn write(app: &App, posted: &Posted, id: Option<&str>) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let rows = form.get("rows").parse().unwrap_or(3usize).min(MOST_ROWS);
    if form.is_on("more") {
        return draw(app, me, form, &Errors::new(), id, rows + 4).await;
    }
    let draft = match read(form) {
        Ok(draft) => draft,
        Err(errors) => return draw(app, me, form, &translated(me, errors), id, rows).await,
    };
    let mut tx = app.store.begin().await?;
    let done = match id {
        Some(id) => {
            let id = DocumentId::from(id);
            documents::edit_in(&mut tx, &me.actor(), &id, draft).await.map(|()| id)
        }
        None => {
            let customer = CustomerId::from(form.get("customer"));
            documents::create_in(&mut tx, &me.actor(), &customer, draft).await
        }
    };
    match done {
        Ok(id) => {
            tx.commit().await?;
            Ok(see_other(&format!("/billing/documents/{id}")))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            drop(tx);
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            draw(app, me, form, &errors, id, rows).await
        }
        Err(Error::NotFound) if id.is_none() => {
            drop(tx);
            let words = i18n::t(me.lang, "billing-choose-customer").into_owned();
            let errors = vec![(String::new(), words)];
            draw(app, me, form, &errors, id, rows).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    write(&app, &posted, None).await
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    write(&app, &posted, Some(&id)).await
}

/// The taxes of a new line, for the settings' own field.
pub(super) fn default_taxes(business: &Business) -> String {
    taxes_text(&business.taxes)
}
