//! Giving one person's data to them, and erasing it.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::types::ContactId;
use conversation::{Error, audit, contacts, privacy};
use maud::html;
use serde_json::json;
use ui::components::{Tone, customer_name, form};
use ui::{i18n, routes};

use super::person::addresses;
use super::{Shown, page};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, see_other};
use crate::privacy::retention;
use crate::settings::frame::{Part, frame};

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
    let addresses = addresses(&contacts::identities(db, id).await?);
    let conversations = privacy::extent(db, id).await?;
    let words = i18n::t_args(me.lang, "privacy-sure-what", &[("conversations", conversations.into())]);
    let body = html! {
        h2 { (ctx.t("privacy-sure")) }
        p { strong { (customer_name(me.lang, contact.name)) } @for address in &addresses { " · " (address) } }
        p { (words) }
        p.hint { (ctx.t("privacy-person-hint")) }
        form.settings-form method="post" action=(action) {
            (form::csrf(&ctx))
            input type="hidden" name="sure" value=(id);
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            div.settings-actions {
                button.button.danger type="submit" name="do" value="erase" { (ctx.t("privacy-sure-yes")) }
                a.button.ghost href=(routes::PRIVACY) { (ctx.t("settings-back")) }
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
    let said = Some((Tone::Good, words.as_str()));
    page(
        app,
        me,
        &rules,
        Shown {
            said,
            ..Shown::default()
        },
    )
    .await
}

/// Answers a request; without one, erases somebody who asked elsewhere.
pub(in crate::settings) async fn settle(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    me.fresh(routes::PRIVACY)?;
    if form.get("do") == "erase" && form.get("sure") != id {
        let action = format!("{}/contacts/{id}", routes::PRIVACY);
        let fields = [("request", form.get("request"))];
        return ask(&app, &me, &ContactId::from(id), &action, &fields).await;
    }
    if form.get("request").is_empty() {
        return match form.get("do") {
            "erase" => erased(&app, &me, &ContactId::from(id)).await,
            _ => Err(Error::Invalid("do: erase".to_owned()).into()),
        };
    }
    let state = if form.get("do") == "erase" { "done" } else { "refused" };
    let contact = privacy::settle(&app.store, &me.actor(), form.get("request"), state, "").await?;
    if contact != ContactId::from(id) {
        return Err(Error::NotFound.into());
    }
    if state == "refused" {
        return Ok(see_other(routes::PRIVACY));
    }
    erased(&app, &me, &contact).await
}

/// GET: a person's data as a ZIP.
pub(in crate::settings) async fn export(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    me.fresh(routes::PRIVACY)?;
    let contact = contacts::load(app.store.db(), &ContactId::from(id)).await?;
    let object = contact.id.as_str();
    audit::note(&app.store, &me.actor(), "contact.exported", object, &json!({})).await?;
    Ok(zip(&app, contact.id))
}

/// The ZIP of a person's data as an answer.
pub(crate) fn zip(app: &App, contact: ContactId) -> Response {
    portal::archive::answer("person.zip", portal::archive::stream(&app.store, contact))
}
