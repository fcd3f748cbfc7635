//! Privacy for administrators: what people asked for, how long each kind is kept, and one person's data.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::contacts;
use conversation::privacy;
use conversation::types::{ContactId, IdentityKind};
use conversation::{Error, audit};
use maud::html;
use serde_json::json;
use ui::components::{Tone, button, form, time_tag};
use ui::i18n;

use super::draw::{Draw, Errors, with_status};
use super::{Part, frame, meanwhile};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::privacy::retention::{self, KINDS, Retention};

const HERE: &str = "/settings/privacy";

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    me.fresh(HERE)?;
    let rules = retention::load(&app.store).await?;
    page(&app, &me, &rules, None, &Errors::new(), None, None).await
}

async fn page(
    app: &App,
    me: &SignedIn,
    rules: &Retention,
    late: Option<&Form>,
    errors: &Errors,
    said: Option<(Tone, &str)>,
    dry: Option<Vec<(String, i64)>>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let requests = privacy::open_requests(app.store.db(), 100).await?;
    let mut rows = Vec::new();
    for request in requests {
        let contact = contacts::load(app.store.db(), &request.contact_id).await?;
        let known = contacts::identities(app.store.db(), &contact.id).await?;
        let address = known.into_iter().map(|one| one.value).next().unwrap_or_default();
        rows.push((request, contact.name, address));
    }
    let mut filled = filled(rules);
    // What was typed and is not saved, as after a dry run, is compared with what is.
    let mut kept = self::filled(&retention::load(&app.store).await?);
    meanwhile::stamp(&mut kept);
    filled.set(meanwhile::SEEN, kept.get(meanwhile::SEEN));
    let draw = Draw {
        ctx,
        form: late.unwrap_or(&filled),
        errors,
    };
    let body = html! {
        (draw.summary())
        h2 { (ctx.t("privacy-requests")) }
        @if rows.is_empty() { p.muted { (ctx.t("privacy-no-requests")) } }
        ul.people {
            @for (request, name, address) in &rows {
                li.person {
                    span.inbox-name { strong { @if name.is_empty() { (address) } @else { (name) } } span.muted { (address) " · " (time_tag(&ctx, request.at, &i18n::date_time(me.lang, request.at, &me.tz))) } }
                    a.button.ghost href={ (HERE) "/contacts/" (request.contact_id) "/export" } { (ctx.t("privacy-export")) }
                    form method="post" action={ (HERE) "/contacts/" (request.contact_id) } {
                        (form::csrf(&ctx)) input type="hidden" name="request" value=(request.id);
                        button.button.danger type="submit" name="do" value="erase" { (ctx.t("privacy-erase")) }
                        button.button.ghost type="submit" name="do" value="refuse" { (ctx.t("privacy-refuse")) }
                    }
                }
            }
        }
        h2 { (ctx.t("privacy-person")) }
        p.hint { (ctx.t("privacy-person-hint")) }
        form.settings-form method="post" action={ (HERE) "/find" } {
            (form::csrf(&ctx))
            div.row-fields { (draw.email("email", &ctx.t("field-email"), "")) }
            div.settings-actions {
                button.button type="submit" name="do" value="export" { (ctx.t("privacy-export")) }
                button.button.danger type="submit" name="do" value="erase" { (ctx.t("privacy-erase")) }
            }
        }
        h2 { (ctx.t("privacy-retention")) }
        p.hint { (ctx.t("privacy-retention-hint")) }
        @if let Some(found) = &dry {
            div.fresh { p { (ctx.t("privacy-dry")) } ul { @for (kind, count) in found { li { (ctx.t(&format!("kept-{kind}"))) ": " (i18n::number(me.lang, *count)) } } } }
        }
        form.settings-form method="post" action=(HERE) {
            (draw.begin())
            div.row-fields { @for (kind, _) in KINDS { (draw.text(kind, &ctx.t(&format!("kept-{kind}")), "", true)) } }
            div.settings-actions { (button(&ctx.t("settings-save"))) button.button.ghost type="submit" name="do" value="dry" { (ctx.t("privacy-dry-run")) } }
        }
    };
    let page = frame(me, Part::Privacy, &ctx.t("settings-privacy"), said, &body);
    Ok(with_status(page, errors))
}

/// What the form of the days is filled with.
fn filled(rules: &Retention) -> Form {
    let mut form = Form::default();
    for (kind, _) in KINDS {
        form.push(kind, rules.days(kind).to_string());
    }
    form
}

/// Keeps the days of retention, or says what would go.
pub(super) async fn save(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    me.fresh(HERE)?;
    let ctx = me.ctx();
    let known = retention::load(&app.store).await?;
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, filled(&known), &[retention::KEY]).await? {
        return page(&app, &me, &known, Some(&form), &errors, None, None).await;
    }
    let mut rules = Retention::default();
    let mut errors = Errors::new();
    for (kind, _) in KINDS {
        match form.get(kind).trim().parse() {
            Ok(days) => {
                rules.0.insert(kind.to_owned(), days);
            }
            Err(_) => errors.push((kind.to_owned(), ctx.t("privacy-days-wrong").into_owned())),
        }
    }
    if !errors.is_empty() {
        return page(&app, &me, &rules, None, &errors, None, None).await;
    }
    if form.get("do") == "dry" {
        let found = retention::dry_run(&app.store, &rules).await?;
        return page(&app, &me, &rules, None, &errors, None, Some(found)).await;
    }
    match retention::save(&app.store, &me.actor(), &rules).await {
        Ok(()) => {
            page(
                &app,
                &me,
                &rules,
                None,
                &errors,
                Some((Tone::Good, &ctx.t("settings-saved"))),
                None,
            )
            .await
        }
        Err(error @ Error::Invalid(_)) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            page(&app, &me, &rules, None, &errors, None, None).await
        }
        Err(error) => Err(error.into()),
    }
}

/// One person by an address.
pub(super) async fn find(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    me.fresh(HERE)?;
    let email = form.get("email").trim().to_lowercase();
    let known = contacts::by_identity(app.store.db(), IdentityKind::Email, &email).await?;
    let Some((contact, _)) = known else {
        let errors = vec![("email".to_owned(), me.ctx().t("error-identity").into_owned())];
        let rules = retention::load(&app.store).await?;
        return page(&app, &me, &rules, None, &errors, None, None).await;
    };
    if form.get("do") == "export" {
        return Ok(see_other(&format!("{HERE}/contacts/{}/export", contact.id)));
    }
    if form.get("sure") != contact.id.as_str() {
        let fields = [("email", email.as_str())];
        return ask(&app, &me, &contact.id, &format!("{HERE}/find"), &fields).await;
    }
    erased(&app, &me, &contact.id).await
}

/// Nothing brings an erased person back: who it is and what goes is read first. `fields` are asked for again by `action`.
async fn ask(
    app: &App,
    me: &SignedIn,
    id: &ContactId,
    action: &str,
    fields: &[(&str, &str)],
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let db = app.store.db();
    let contact = contacts::load(db, id).await?;
    let addresses: Vec<String> = contacts::identities(db, id)
        .await?
        .into_iter()
        .filter(|one| matches!(one.kind, IdentityKind::Email | IdentityKind::Phone))
        .map(|one| one.value)
        .collect();
    let conversations = privacy::extent(db, id).await?;
    let words = i18n::t_args(me.lang, "privacy-sure-what", &[("conversations", conversations.into())]);
    let body = html! {
        h2 { (ctx.t("privacy-sure")) }
        p { strong { (ui::components::customer_name(me.lang, contact.name)) } @for address in &addresses { " · " (address) } }
        p { (words) }
        p.hint { (ctx.t("privacy-person-hint")) }
        form.settings-form method="post" action=(action) {
            (form::csrf(&ctx))
            input type="hidden" name="sure" value=(id);
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            div.settings-actions {
                button.button.danger type="submit" name="do" value="erase" { (ctx.t("privacy-sure-yes")) }
                a.button.ghost href=(HERE) { (ctx.t("settings-back")) }
            }
        }
    };
    Ok(frame(me, Part::Privacy, &ctx.t("settings-privacy"), None, &body))
}

async fn erased(app: &App, me: &SignedIn, contact: &ContactId) -> Result<Response, Failure> {
    let done = crate::privacy::erase(&app.store, &me.actor(), contact).await?;
    let words = i18n::t_args(
        me.lang,
        "privacy-erased",
        &[
            ("conversations", i64::try_from(done.conversations).unwrap_or(0).into()),
            ("messages", i64::try_from(done.messages).unwrap_or(0).into()),
        ],
    );
    let rules = retention::load(&app.store).await?;
    page(app, me, &rules, None, &Errors::new(), Some((Tone::Good, &words)), None).await
}

/// Answers a request.
pub(super) async fn settle(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    me.fresh(HERE)?;
    if form.get("do") == "erase" && form.get("sure") != id {
        let action = format!("{HERE}/contacts/{id}");
        let fields = [("request", form.get("request"))];
        return ask(&app, &me, &ContactId::from(id), &action, &fields).await;
    }
    let state = if form.get("do") == "erase" { "done" } else { "refused" };
    let contact = privacy::settle(&app.store, &me.actor(), form.get("request"), state, "").await?;
    if contact != ContactId::from(id) {
        return Err(Error::NotFound.into());
    }
    if state == "refused" {
        return Ok(see_other(HERE));
    }
    erased(&app, &me, &contact).await
}

/// GET: a person's data as a ZIP.
pub(super) async fn export(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    me.fresh(HERE)?;
    let contact = contacts::load(app.store.db(), &ContactId::from(id)).await?;
    let object = contact.id.as_str();
    audit::note(&app.store, &me.actor(), "contact.exported", object, &json!({})).await?;
    Ok(zip(&app, contact.id))
}

/// The ZIP of a person's data as an answer.
pub(crate) fn zip(app: &App, contact: ContactId) -> Response {
    portal::archive::answer("person.zip", portal::archive::stream(&app.store, contact))
}
