//! Companies: who belongs to them and what they may there, and which coordinators look after them.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::access::{self, Permission};
use conversation::memberships::{self, Rights};
use conversation::types::{AgentId, CompanyId, ContactId, Role};
use conversation::{Error, contacts};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::{Tone, avatar, badge, button, empty, form};
use ui::icons::Icon;
use ui::{i18n, routes};

use super::draw::{Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::late::{self, Small};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::people::agents;

const HERE: &str = "/settings/companies";
const ROWS: i64 = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    after: String,
}

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    let ctx = me.ctx();
    let after = Some(CompanyId::from(asked.after.as_str())).filter(|id| !id.as_str().is_empty());
    let scope = me.companies();
    let mut rows = memberships::companies(app.store.db(), &asked.q, scope.as_ref(), after.as_ref(), ROWS + 1).await?;
    let has_more = rows.len() > usize::try_from(ROWS).unwrap_or(0);
    rows.truncate(usize::try_from(ROWS).unwrap_or(0));
    let body = html! {
        p.hint { (ctx.t("companies-hint")) }
        form.filters method="get" action=(HERE) role="search" data-filter=(ctx.t("filters-renewed")) {
            input.input type="search" name="q" value=(asked.q) maxlength="100" aria-label=(ctx.t("companies-search")) placeholder=(ctx.t("companies-search"));
            button.button type="submit" { (ctx.t("audit-search")) }
        }
        @if rows.is_empty() && !asked.q.trim().is_empty() { (empty(Icon::Company, &ctx.t("companies-none"), "")) }
        @else if rows.is_empty() { (empty(Icon::Company, &ctx.t("companies-nobody"), &ctx.t("companies-nobody-hint"))) }
        ul.inboxes { @for company in &rows { li { a href={ (HERE) "/" (company.id) } { span.inbox-name { strong { (company.name) } } } } } }
        @if let Some(last) = rows.last().filter(|_| has_more) {
            p { a.button href={ (HERE) "?q=" (routes::escape(&asked.q)) "&after=" (last.id) } { (ctx.t("companies-more")) } }
        }
    };
    Ok(frame(&me, Part::Companies, &ctx.t("settings-companies"), None, &body))
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    page(&app, &me, &CompanyId::from(id), &Form::default(), &Errors::new()).await
}

/// Each right with its words.
fn boxes(rights: Rights) -> [(&'static str, &'static str, bool); 3] {
    [
        ("is_administrator", "rights-administrator", rights.is_administrator),
        ("sees_documents", "rights-documents", rights.sees_documents),
        ("sees_tickets", "rights-tickets", rights.sees_tickets),
    ]
}

/// The boxes of somebody's rights.
pub(crate) fn rights_boxes(ctx: &ui::Ctx<'_>, rights: Rights) -> Markup {
    html! {
        div.checks {
            @for (name, key, is_on) in boxes(rights) { label.check { input type="checkbox" name=(name) value="on" checked[is_on]; span { (ctx.t(key)) } } }
        }
    }
}

async fn page(app: &App, me: &SignedIn, id: &CompanyId, sent: &Form, errors: &Errors) -> Result<Response, Failure> {
    let db = app.store.db();
    access::company(db, &me.actor(), id).await?;
    let name = contacts::company_name(db, id).await?.ok_or(Error::NotFound)?;
    let people = memberships::of_company(db, id).await?;
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let here = format!("{HERE}/{id}");
    let mut coordinators = Vec::new();
    if me.can(Permission::Administer) {
        coordinators = coordinators_of(app, id).await?;
    }
    let body = html! {
        p.hint { (ctx.t("company-hint")) }
        (draw.summary())
        ul.people {
            @for person in &people {
                @let shown = if person.name.is_empty() { person.emails.first().cloned().unwrap_or_default() } else { person.name.clone() };
                li.person {
                    (avatar(conversation::types::ActorKind::Contact, &shown))
                    span.inbox-name { strong { (shown) } span.muted { (person.emails.join(", ")) } }
                    @if person.rights.is_administrator { (badge(Tone::Accent, &ctx.t("rights-administrator-short"))) }
                    @if person.is_invited { (badge(Tone::Warn, &ctx.t("people-invited"))) }
                    details.pop.person-menu {
                        summary.button.ghost aria-label=(i18n::t_args(me.lang, "people-change", &[("name", shown.as_str().into())])) { (ctx.t("people-change-short")) }
                        div.pop-body {
                            form method="post" action={ (here) "/people" } {
                                (form::csrf(&ctx)) (late::seen(rights_kept(person.rights))) input type="hidden" name="contact" value=(person.contact_id);
                                (rights_boxes(&ctx, person.rights))
                                button.button.primary type="submit" name="do" value="rights" { (ctx.t("settings-save")) }
                                button.button.ghost type="submit" name="do" value="remove" { (ctx.t("company-remove")) }
                            }
                        }
                    }
                }
            }
        }
        h2 { (ctx.t("company-add")) }
        form.settings-form method="post" action={ (here) "/people" } {
            (form::csrf(&ctx))
            div.row-fields { (draw.text("name", &ctx.t("people-name"), "", false)) (draw.email("email", &ctx.t("field-email"), "")) }
            (rights_boxes(&ctx, Rights::MEMBER))
            div.settings-actions { (button(&ctx.t("company-add-button"))) }
        }
        @if !coordinators.is_empty() {
            h2 { (ctx.t("company-coordinators")) }
            form.settings-form method="post" action={ (here) "/coordinators" } {
                (form::csrf(&ctx)) (late::seen(coordinators_kept(&coordinators)))
                div.checks { @for (agent, is_theirs) in &coordinators { label.check { input type="checkbox" name="agent" value=(agent.id) checked[*is_theirs]; span { (agent.name) } } } }
                div.settings-actions { (button(&ctx.t("settings-save"))) }
            }
        }
    };
    let page = frame(me, Part::Companies, &name, None, &body);
    Ok(with_status(page, errors))
}

/// Who can look after a company, and whether they do.
async fn coordinators_of(app: &App, id: &CompanyId) -> conversation::Result<Vec<(agents::Agent, bool)>> {
    let db = app.store.db();
    let mut all = Vec::new();
    for agent in agents::list(db).await? {
        if agent.role == Role::Coordinator && agent.is_enabled {
            let theirs = memberships::looked_after(db, &agent.id).await?;
            let is_theirs = theirs.iter().any(|company| company.id == *id);
            all.push((agent, is_theirs));
        }
    }
    Ok(all)
}

/// What the form of the coordinators is filled with.
fn coordinators_kept(all: &[(agents::Agent, bool)]) -> Form {
    let mut form = Form::default();
    for (agent, _) in all.iter().filter(|(_, is_theirs)| *is_theirs) {
        form.push("agent", agent.id.as_str());
    }
    form
}

/// What the form of somebody's rights is filled with.
fn rights_kept(rights: Rights) -> Form {
    let mut form = Form::default();
    for (name, _, is_on) in boxes(rights) {
        form.push(name, if is_on { "on" } else { "" });
    }
    form
}

fn right_name(me: &SignedIn, name: &str) -> String {
    let known = boxes(Rights::MEMBER).into_iter().find(|(one, ..)| *one == name);
    known.map_or_else(|| name.to_owned(), |(_, key, _)| me.ctx().t(key).into_owned())
}

fn rights_of(form: &Form) -> Rights {
    Rights {
        is_administrator: form.is_on("is_administrator"),
        sees_documents: form.is_on("sees_documents"),
        sees_tickets: form.is_on("sees_tickets"),
    }
    .settled()
}

pub(super) async fn people(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let company = CompanyId::from(id);
    access::company(app.store.db(), &me.actor(), &company).await?;
    let contact = ContactId::from(form.get("contact"));
    if !contact.as_str().is_empty() {
        let people = memberships::of_company(app.store.db(), &company).await?;
        let known = people
            .iter()
            .find(|one| one.contact_id == contact)
            .ok_or(Error::NotFound)?;
        if form.get("do") != "remove" {
            let action = format!("{HERE}/{company}/people");
            let said = |name: &str, value: &str| (right_name(&me, name), late::tick(value));
            let back = format!("{HERE}/{company}");
            let objects = [contact.as_str()];
            let small = Small {
                part: Part::Companies,
                action: &action,
                back: &back,
                objects: &objects,
                said: &said,
            };
            if let Some(page) = late::held(&app, &me, &form, rights_kept(known.rights), small).await? {
                return Ok(page);
            }
        }
        let mut tx = app.store.begin().await?;
        if form.get("do") == "remove" {
            memberships::remove_in(&mut tx, &me.actor(), &contact, &company).await?;
        } else if known.is_invited {
            // What somebody was invited with is theirs to accept; a new invitation says it anew.
            let email = known.emails.first().cloned().unwrap_or_default();
            memberships::invite_in(&mut tx, &me.actor(), &company, "", &email, rights_of(&form)).await?;
        } else {
            memberships::set_in(&mut tx, &me.actor(), &contact, &company, rights_of(&form)).await?;
        }
        tx.commit().await?;
        return Ok(see_other(&format!("{HERE}/{company}")));
    }
    let mut tx = app.store.begin().await?;
    let done = add(&mut tx, &me, &company, &form).await;
    match done {
        Ok(()) => {
            tx.commit().await?;
            Ok(see_other(&format!("{HERE}/{company}")))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            drop(tx);
            let errors = vec![("email".to_owned(), failure::words(me.lang, &error))];
            page(&app, &me, &company, &form, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Somebody the business puts into a company is in it. A coordinator, who sees only their companies, may
/// not pull a stranger's history over: strangers are invited.
async fn add(tx: &mut conversation::Tx, me: &SignedIn, company: &CompanyId, form: &Form) -> conversation::Result<()> {
    let (name, email) = (form.get("name"), form.get("email"));
    let contact = memberships::invite_in(tx, &me.actor(), company, name, email, rights_of(form)).await?;
    if me.companies().is_none() {
        memberships::set_in(tx, &me.actor(), &contact, company, rights_of(form)).await?;
    }
    Ok(())
}

pub(super) async fn coordinators(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    let company = CompanyId::from(id);
    let known = coordinators_of(&app, &company).await?;
    let said = |_: &str, values: &str| {
        let name = |id: &str| {
            let agent = known.iter().find(|(agent, _)| agent.id.as_str() == id);
            agent.map_or_else(|| id.to_owned(), |(agent, _)| agent.name.clone())
        };
        (
            me.ctx().t("company-coordinators").into_owned(),
            late::each(values, name),
        )
    };
    let (action, back) = (format!("{HERE}/{company}/coordinators"), format!("{HERE}/{company}"));
    let small = Small {
        part: Part::Companies,
        action: &action,
        back: &back,
        objects: &[],
        said: &said,
    };
    if let Some(page) = late::held(&app, &me, &form, coordinators_kept(&known), small).await? {
        return Ok(page);
    }
    let mut tx = app.store.begin().await?;
    for agent in agents::list(&mut tx).await? {
        if agent.role == Role::Coordinator {
            let is_theirs = form.all("agent").any(|id| AgentId::from(id) == agent.id);
            memberships::look_after_in(&mut tx, &me.actor(), &agent.id, &company, is_theirs).await?;
        }
    }
    if tx.has_events() {
        tx.commit().await?;
    }
    Ok(see_other(&format!("{HERE}/{company}")))
}
