//! One person's data, for administrators: finding whoever asked in any way, giving it to them, erasing it.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::contacts::{self, Contact, Identity, normal_email};
use conversation::privacy;
use conversation::types::{ContactId, IdentityKind};
use conversation::{Error, audit};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use ui::components::{Tone, customer_name, form};
use ui::{i18n, routes};

use super::super::{Part, frame};
use super::{HERE, Shown, page};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, see_other};
use crate::inbox;
use crate::privacy::retention;

/// The most people that a search lists.
const MOST: usize = 20;

/// Whom the page is asked for: what was typed, or one by their id.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Asked {
    q: String,
    person: String,
}

/// Somebody, and how the channels know them.
type Known = (Contact, Vec<Identity>);

impl Asked {
    /// Where the page is asked so.
    pub(super) fn url(&self) -> String {
        match (self.person.as_str(), self.q.as_str()) {
            ("", "") => HERE.to_owned(),
            ("", q) => format!("{HERE}?q={}", routes::escape(q)),
            (person, _) => of(person),
        }
    }
}

/// The page with one person.
pub(crate) fn of(person: &str) -> String {
    format!("{HERE}?person={}", routes::escape(person))
}

/// The search and what it found.
pub(super) async fn found(app: &App, me: &SignedIn, asked: &Asked) -> Result<Markup, Failure> {
    let db = app.store.db();
    let mut people: Vec<Known> = Vec::new();
    for id in ids(app, me, asked).await? {
        let contact = match contacts::load(db, &id).await {
            Ok(contact) => contact,
            Err(Error::NotFound) => continue,
            Err(error) => return Err(error.into()),
        };
        if people.iter().all(|(other, _)| other.id != contact.id) {
            let known = contacts::identities(db, &contact.id).await?;
            people.push((contact, known));
        }
    }
    Ok(search(me, asked, &people))
}

/// An address or a number is asked for as it is: whoever wrote a moment ago is no less somebody.
async fn ids(app: &App, me: &SignedIn, asked: &Asked) -> Result<Vec<ContactId>, Failure> {
    if !asked.person.is_empty() {
        return Ok(vec![ContactId::from(asked.person.clone())]);
    }
    let q: String = asked.q.trim().chars().take(200).collect();
    if q.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids = Vec::new();
    if let Ok(email) = normal_email(&q) {
        let known = contacts::by_identity(app.store.db(), IdentityKind::Email, &email).await?;
        ids.extend(known.map(|(contact, _)| contact.id));
    }
    ids.extend(inbox::caller(app, &q).await?);
    ids.extend(inbox::people(app, me, &q, MOST).await?.into_iter().map(|one| one.id));
    Ok(ids)
}

/// The field, and whom it found.
pub(super) fn search(me: &SignedIn, asked: &Asked, people: &[Known]) -> Markup {
    let ctx = me.ctx();
    let is_asked = !asked.q.trim().is_empty() || !asked.person.is_empty();
    html! {
        form.filters method="get" action=(HERE) role="search" {
            input.input type="search" name="q" value=(asked.q) maxlength="200" autocomplete="off" aria-label=(ctx.t("privacy-search")) placeholder=(ctx.t("privacy-search"));
            button.button type="submit" { (ctx.t("audit-search")) }
        }
        @if is_asked && people.is_empty() { p.muted role="status" { (ctx.t("privacy-nobody")) } }
        ul.people {
            @for (contact, known) in people {
                li.person {
                    span.inbox-name { strong { (customer_name(me.lang, contact.name.clone())) } span.muted { (addresses(known).join(" · ")) } }
                    a.button.ghost href={ (HERE) "/contacts/" (contact.id) "/export" } { (ctx.t("privacy-export")) }
                    form method="post" action={ (HERE) "/contacts/" (contact.id) } {
                        (form::csrf(&ctx))
                        button.button.danger type="submit" name="do" value="erase" { (ctx.t("privacy-erase")) }
                    }
                }
            }
        }
    }
}

/// What people read of how somebody is known.
fn addresses(known: &[Identity]) -> Vec<String> {
    let mut shown: Vec<String> = known
        .iter()
        .filter(|one| {
            matches!(
                one.kind,
                IdentityKind::Email | IdentityKind::Phone | IdentityKind::Whatsapp | IdentityKind::Bridge
            )
        })
        .map(|one| inbox::shown(one.kind, &one.value))
        .collect();
    // A telephone number is one of WhatsApp, too, mostly.
    shown.sort();
    shown.dedup();
    shown
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
pub(in super::super) async fn settle(
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
        return Ok(see_other(HERE));
    }
    erased(&app, &me, &contact).await
}

/// GET: a person's data as a ZIP.
pub(in super::super) async fn export(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
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
