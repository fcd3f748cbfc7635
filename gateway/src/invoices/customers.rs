//! Customers.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use billing::customers::{self, Customer, CustomerData, Preferred};
use billing::listing::{self, Filter};
use billing::{CustomerId, settings, statement, words};
use conversation::access::Permission;
use conversation::db::Db;
use conversation::types::{Channel, IdentityKind, Language};
use conversation::{Error, contacts, doors, inboxes};
use maud::{Markup, html};
use portal::client::view;
use serde::Deserialize;
use ui::components::{Tone, empty, form};
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use super::frame::{Part, frame};
use super::known;
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::country;
use crate::settings::draw::{Draw, Errors, with_status};
use crate::settings::meanwhile;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) q: String,
    #[serde(default)]
    after: String,
}

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let ctx = me.ctx();
    let after = Some(choice.after.as_str())
        .filter(|id| !id.is_empty())
        .map(CustomerId::from);
    let found = customers::list(app.store.db(), &choice.q, after.as_ref(), 51).await?;
    let body = html! {
        div.list-head {
            form.filters method="get" action="/billing/customers" role="search" data-filter=(ctx.t("filters-renewed")) { input.input type="search" name="q" value=(choice.q) aria-label=(ctx.t("billing-find-customer")) placeholder=(ctx.t("billing-find-customer")); button.button type="submit" { (ctx.t("client-filter")) } }
            div.settings-actions {
                @if me.can(Permission::Bill) { a.button.primary href="/billing/customers/new" { (icon(Icon::Plus)) span { (ctx.t("billing-new-customer")) } } }
                @if !found.is_empty() { a.button.ghost href={ "/billing/customers/export?q=" (ui::routes::escape(&choice.q)) } download { (icon(Icon::Download)) span { (ctx.t("audit-export")) } } }
            }
        }
        @if found.is_empty() { (empty(Icon::Company, &ctx.t("billing-no-customers"), "")) }
        @else { ul.inboxes { @for one in found.iter().take(50) { li { a href={ "/billing/customers/" (one.id) } {
            span.inbox-name { strong { (one.name) } span.muted { (one.email.as_deref().unwrap_or("—")) } }
        } } } } }
        @if let (true, Some(last)) = (found.len() > 50, found.get(49)) { p { a.button.ghost href={ "/billing/customers?q=" (ui::routes::escape(&choice.q)) "&after=" (last.id) } { (ctx.t("client-more")) } } }
    };
    Ok(frame(&me, Part::Customers, &ctx.t("billing-customers"), None, &body))
}

fn fields(draw: &Draw<'_>, phone_hint: &str) -> Markup {
    let ctx = &draw.ctx;
    let languages: Vec<(&str, &str)> = Language::ALL
        .iter()
        .map(|one| (one.as_str(), i18n::own_name(*one)))
        .collect();
    html! {
        (draw.begin())
        (draw.text("name", &ctx.t("billing-name"), "", true))
        (draw.check("is_company", &ctx.t("billing-is-company")))
        (draw.text("email", &ctx.t("field-email"), &ctx.t("billing-email-hint"), false))
        (draw.text("phone", &ctx.t("billing-customer-phone"), phone_hint, false))
        div.row-fields {
            (draw.choice("language", &ctx.t("billing-language"), &languages))
            (draw.choice("channel", &ctx.t("billing-channel"), &[("email", &*ctx.t("channel-email")), ("whatsapp", &*ctx.t("channel-whatsapp"))]))
            (draw.text("tax_id", &ctx.t("billing-tax-id"), "", false))
        }
        (draw.lines("address", &ctx.t("billing-address"), "", 3))
        div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-save")) } }
    }
}

fn read(form: &Form) -> CustomerData {
    CustomerData {
        name: form.get("name").to_owned(),
        email: Some(form.get("email").to_owned()),
        phone: Some(form.get("phone").to_owned()),
        is_company: form.is_on("is_company"),
        language: Language::from_tag(form.get("language")).unwrap_or(Language::En),
        channel: form.get("channel").parse().unwrap_or(Preferred::Email),
        tax_id: form.get("tax_id").to_owned(),
        address: form.get("address").to_owned(),
    }
}

fn wrong(me: &SignedIn, error: &Error) -> Errors {
    let text = error.to_string();
    let field = [
        ("name", "name"),
        ("email", "email"),
        ("phone", "phone"),
        ("number", "phone"),
    ]
    .into_iter()
    .find(|(said, _)| text.starts_with(&format!("{said}:")))
    .map(|(_, field)| field);
    let words = failure::words(me.lang, error);
    vec![(field.unwrap_or_default().to_owned(), words)]
}

async fn new_page(app: &App, me: &SignedIn, sent: &Form, errors: &Errors) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let hint = phone_hint(app, me).await?;
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let body = html! { (draw.summary()) form.settings-form method="post" action="/billing/customers/new" { (fields(&draw, &hint)) } };
    let page = frame(me, Part::Customers, &ctx.t("billing-new-customer"), None, &body);
    Ok(with_status(page, errors))
}

/// What a telephone number may look like.
async fn phone_hint(app: &App, me: &SignedIn) -> conversation::Result<String> {
    let (at_home, abroad) = ("billing-customer-phone-hint-home", "billing-customer-phone-hint");
    country::hint(app, me.lang, at_home, abroad).await
}

pub(super) async fn new(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let business = settings::business(app.store.db(), &app.store).await?;
    let form = Form::of([("language", business.language.to_string())]);
    new_page(&app, &me, &form, &Errors::new()).await
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let mut tx = app.store.begin().await?;
    match customers::create_in(&mut tx, &me.actor(), read(&form)).await {
        Ok(id) => {
            tx.commit().await?;
            Ok(see_other(&format!("/billing/customers/{id}")))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            drop(tx);
            new_page(&app, &me, &form, &wrong(&me, &error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// How many documents stand on a customer's page; the rest is in the list of documents.
const SHOWN: usize = 20;
const WANTED: i64 = 21;

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    page(&app, &me, &CustomerId::from(id), None, &Errors::new(), None).await
}

async fn page(
    app: &App,
    me: &SignedIn,
    id: &CustomerId,
    sent: Option<&Form>,
    errors: &Errors,
    said: Option<(Tone, &str)>,
) -> Result<Response, Failure> {
    let db = app.store.db();
    let (ctx, lang) = (me.ctx(), me.lang);
    let customer = customers::load(db, id).await?;
    let mut known = form_of(db, &customer).await?;
    meanwhile::stamp(&mut known);
    let draw = Draw {
        ctx,
        form: sent.unwrap_or(&known),
        errors,
    };
    let today = app.billing.today().to_string();
    let statement = statement::load(db, std::slice::from_ref(id), &today).await?;
    let filter = Filter {
        customers: Some(vec![id.clone()]),
        today: today.clone(),
        ..Filter::default()
    };
    let documents = listing::list(db, &filter, None, WANTED).await?;
    let has_more = documents.len() > SHOWN;
    let rows: Vec<_> = documents
        .iter()
        .take(SHOWN)
        .map(|document| view::row(document, lang, &today, "/billing/documents"))
        .collect();
    let hint = phone_hint(app, me).await?;
    let said_words = words::of(lang);
    let ways = inboxes::channels(db).await?;
    let body = html! {
        div.sums { @for sums in &statement.currencies { section.group {
            p.muted { (said_words.open) } p { strong { (sums.currency.format(sums.owed, lang)) } }
            p.muted { (said_words.paid) " " (sums.currency.format(sums.paid, lang)) }
        } } }
        @if me.can(Permission::Bill) { div.settings-actions {
            a.button.primary href={ "/billing/new?kind=invoice&customer=" (id) } { (icon(Icon::Plus)) span { (said_words.invoice) } }
            a.button href={ "/billing/new?kind=estimate&customer=" (id) } { (icon(Icon::Plus)) span { (said_words.estimate) } }
            @for (channel, glyph) in [(Channel::Email, Icon::Email), (Channel::Whatsapp, Icon::Whatsapp)] {
                @let to = known.get(if channel == Channel::Email { "email" } else { "phone" });
                @if !to.is_empty() && ways.contains(&channel) {
                    a.button href=(routes::writing_to(channel, to, &customer.name)) { (icon(glyph)) span { (i18n::t_args(lang, "begin-write", &[("to", to.to_owned().into())])) } }
                }
            }
        } }
        @if rows.is_empty() { (empty(Icon::Invoice, &ctx.t("client-no-documents"), "")) } @else { (ui::client_pages::document_rows(&ctx, &rows, false)) }
        @if has_more { p { a.button.ghost href={ (routes::BILLING) "?customer=" (id) } { (ctx.t("known-all")) } } }
        (known::sections(db, me, &customer).await?)
        @if me.can(Permission::Bill) {
            details.group open[!errors.is_empty()] { summary { (ctx.t("billing-edit")) }
                (draw.summary())
                form.settings-form method="post" action={ "/billing/customers/" (id) } { (fields(&draw, &hint)) } }
        }
        (accesses(app, me, &customer).await?)
    };
    let page = frame(me, Part::Customers, &customer.name, said, &body);
    Ok(with_status(page, errors))
}

/// The form of a customer as it is kept.
async fn form_of(db: &Db, customer: &Customer) -> conversation::Result<Form> {
    let phone = customers::phones(db, std::slice::from_ref(customer))
        .await?
        .remove(&customer.id);
    let mut known = Form::of([
        ("name", customer.name.clone()),
        ("email", customer.email.clone().unwrap_or_default()),
        ("phone", phone.unwrap_or_default()),
        ("language", customer.language.to_string()),
        ("channel", customer.channel.to_string()),
        ("tax_id", customer.tax_id.clone()),
        ("address", customer.address.clone()),
    ]);
    if customer.company_id.is_some() {
        known.push("is_company", "on");
    }
    Ok(known)
}

/// What whoever has the customer's address did in the portal, and the end of all their sessions.
async fn accesses(app: &App, me: &SignedIn, customer: &Customer) -> conversation::Result<Markup> {
    let (db, ctx) = (app.store.db(), me.ctx());
    let Some(email) = &customer.email else {
        return Ok(Markup::default());
    };
    let Some((person, _)) = contacts::by_identity(db, IdentityKind::Email, email).await? else {
        return Ok(Markup::default());
    };
    let accesses = doors::accesses(db, &person.id, 20).await?;
    Ok(html! {
        h2 { (ctx.t("client-accesses")) }
        ul.people { @for access in &accesses { li.person { span.muted { (i18n::date_time(me.lang, access.at, &me.tz)) } span.inbox-name { (ctx.t(&format!("client-did-{}", access.what))) " " (access.detail) } span.muted.small { (access.address) } } } }
        @if me.can(Permission::Bill) { form method="post" action={ "/billing/customers/" (customer.id) "/revoke" } { (form::csrf(&ctx)) button.button type="submit" { (icon(Icon::Key)) span { (ctx.t("billing-revoke")) } } } }
    })
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Bill)?;
    let id = CustomerId::from(id);
    let kept = form_of(app.store.db(), &customers::load(app.store.db(), &id).await?).await?;
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[id.as_str()]).await? {
        return page(&app, &me, &id, Some(&form), &errors, None).await;
    }
    let mut tx = app.store.begin().await?;
    match customers::edit_in(&mut tx, &me.actor(), &id, read(&form)).await {
        Ok(()) => {
            equipment::machines::reword_customer_in(&mut tx, &id).await?;
            tx.commit().await?;
            Ok(see_other(&format!("/billing/customers/{id}")))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            drop(tx);
            page(&app, &me, &id, Some(&form), &wrong(&me, &error), None).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes every way into the portal back: links that are out, devices that are signed in.
pub(super) async fn revoke(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = posted.me;
    me.must(Permission::Bill)?;
    let customer = customers::load(app.store.db(), &CustomerId::from(id)).await?;
    let email = customer.email.clone().ok_or(Error::NotFound)?;
    let (contact, _) = contacts::by_identity(app.store.db(), IdentityKind::Email, &email)
        .await?
        .ok_or(Error::NotFound)?;
    portal::links::revoke(&app.store, &me.actor(), &contact.id).await?;
    let words = i18n::t(me.lang, "billing-revoked");
    page(
        &app,
        &me,
        &customer.id,
        None,
        &Errors::new(),
        Some((Tone::Good, &words)),
    )
    .await
}
