//! Sites.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use billing::{CustomerId, customers};
use conversation::Error;
use conversation::access::Permission;
use equipment::SiteId;
use equipment::sites::{self, SiteData};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::empty;
use ui::icons::{Icon, icon};
use ui::routes;

use super::frame::{Part, frame};
use super::machine_form::ask_customer;
use super::paged::{Paged, WANTED, cut};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::settings::draw::{Draw, Errors, with_status};
use crate::settings::meanwhile;
use crate::whose;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    customer: String,
}

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(paged): Query<Paged>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let (ctx, db) = (me.ctx(), app.store.db());
    let mut found = sites::list(db, paged.behind::<SiteId>().as_ref(), WANTED).await?;
    let more = cut(&me, &mut found, "/equipment/sites", |one| one.id.as_str());
    let owners = customers::names(db, found.iter().map(|site| &site.customer_id)).await?;
    let body = html! {
        @if me.can(Permission::Bill) { div.settings-actions { a.button.primary href="/equipment/sites/new" { (icon(Icon::Plus)) span { (ctx.t("eq-site")) } } } }
        @if found.is_empty() { (empty(Icon::Company, &ctx.t("eq-no-sites"), "")) }
        @else { ul.eq-list { @for site in &found { li.eq-row {
            a.eq-main href={ "/equipment/sites/" (site.id) } { span.eq-glyph { (icon(Icon::Pin)) } span.eq-words { strong { (site.name) } span.muted { (owners.get(&site.customer_id).map_or("", String::as_str)) " · " (site.address.replace('\n', ", ")) } } }
            a.button.ghost href={ (routes::EQUIPMENT) "?site=" (site.id) } { (ctx.t("eq-machines")) }
        } } } }
        (more)
    };
    Ok(frame(&me, Part::Sites, &ctx.t("eq-sites"), None, &body))
}

fn fields(draw: &Draw<'_>) -> Markup {
    let ctx = &draw.ctx;
    html! {
        (draw.begin())
        (draw.text("name", &ctx.t("eq-name"), "", true))
        (draw.lines("address", &ctx.t("billing-address"), "", 3))
        (draw.text("position", &ctx.t("eq-position"), &ctx.t("eq-position-hint"), false))
        div.row-fields { (draw.text("contact_name", &ctx.t("eq-contact-name"), "", false)) (draw.text("contact_phone", &ctx.t("eq-contact-phone"), "", false)) }
        (draw.lines("notes", &ctx.t("eq-notes"), "", 3))
        div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-save")) } }
    }
}

fn read(form: &Form) -> Result<SiteData, Error> {
    Ok(SiteData {
        name: form.get("name").to_owned(),
        address: form.get("address").to_owned(),
        position: sites::position(form.get("position"))?,
        contact_name: form.get("contact_name").to_owned(),
        contact_phone: form.get("contact_phone").to_owned(),
        notes: form.get("notes").to_owned(),
    })
}

fn page(me: &SignedIn, action: &str, customer: &str, title: &str, sent: &Form, errors: &Errors) -> Response {
    let draw = Draw {
        ctx: me.ctx(),
        form: sent,
        errors,
    };
    let body = html! { (draw.summary()) form.settings-form method="post" action=(action) { input type="hidden" name="customer" value=(customer); (fields(&draw)) } };
    let page = frame(me, Part::Sites, title, None, &body);
    with_status(page, errors)
}

fn wrong(me: &SignedIn, error: &Error) -> Errors {
    let text = error.to_string();
    let field = ["name", "position"]
        .into_iter()
        .find(|field| text.starts_with(&format!("{field}:")));
    vec![(field.unwrap_or_default().to_owned(), failure::words(me.lang, error))]
}

pub(super) async fn new(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Bill)?;
    let title = me.ctx().t("eq-site").into_owned();
    match whose::customer_of(&app, &choice.customer).await? {
        Some(customer) => Ok(page(
            &me,
            "/equipment/sites/new",
            customer.id.as_str(),
            &title,
            &Form::default(),
            &Errors::new(),
        )),
        None => ask_customer(&app, &me, Part::Sites, &title, &choice.customer).await,
    }
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let customer = CustomerId::from(form.get("customer"));
    let made = async {
        let data = read(&form)?;
        let mut tx = app.store.begin().await?;
        sites::create_in(&mut tx, &me.actor(), &customer, data).await?;
        tx.commit().await
    };
    match made.await {
        Ok(_) => Ok(see_other("/equipment/sites")),
        Err(error @ Error::Invalid(_)) => {
            let title = me.ctx().t("eq-site").into_owned();
            let errors = wrong(&me, &error);
            Ok(page(
                &me,
                "/equipment/sites/new",
                customer.as_str(),
                &title,
                &form,
                &errors,
            ))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn edit(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let site = sites::load(app.store.db(), &SiteId::from(id)).await?;
    let mut form = filled(&site);
    meanwhile::stamp(&mut form);
    let action = format!("/equipment/sites/{}", site.id);
    Ok(page(&me, &action, "", &site.name, &form, &Errors::new()))
}

fn filled(site: &sites::Site) -> Form {
    let position = site
        .position()
        .map(|(latitude, longitude)| format!("{}, {}", sites::degrees(latitude), sites::degrees(longitude)));
    Form::of([
        ("name", site.name.clone()),
        ("address", site.address.clone()),
        ("position", position.unwrap_or_default()),
        ("contact_name", site.contact_name.clone()),
        ("contact_phone", site.contact_phone.clone()),
        ("notes", site.notes.clone()),
    ])
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Bill)?;
    let site = sites::load(app.store.db(), &SiteId::from(id)).await?;
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, filled(&site), &[site.id.as_str()]).await? {
        let action = format!("/equipment/sites/{}", site.id);
        return Ok(page(&me, &action, "", &site.name, &form, &errors));
    }
    let saved = async {
        let data = read(&form)?;
        let mut tx = app.store.begin().await?;
        sites::edit_in(&mut tx, &me.actor(), &site.id, data).await?;
        tx.commit().await
    };
    match saved.await {
        Ok(_) => Ok(see_other("/equipment/sites")),
        Err(error @ Error::Invalid(_)) => {
            let action = format!("/equipment/sites/{}", site.id);
            Ok(page(&me, &action, "", &site.name, &form, &wrong(&me, &error)))
        }
        Err(error) => Err(error.into()),
    }
}
