//! The people of the business: who is there, what they may do, invitations.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::access::Permission;
use conversation::types::{AgentId, Language, Role};
use conversation::{Error, inbox_agents, inboxes, scheduled};
use maud::{Markup, html};
use std::borrow::Cow;
use ui::components::{Tone, avatar, badge, button, form};
use ui::i18n;

use super::draw::{Draw, Errors, copied, with_status};
use super::frame::{Part, frame};
use super::late::{self, Small};
use super::leaving::{self, Fate};
use super::works_in;
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::letter;
use crate::auth::{SignedIn, link_url};
use crate::people::agents::{self, AgentEdit, NewAgent};
use crate::people::links;

/// The name of a role.
pub(super) fn role_name(lang: Language, role: Role) -> Cow<'static, str> {
    match role {
        Role::Administrator => i18n::t(lang, "role-administrator"),
        Role::Agent => i18n::t(lang, "role-agent"),
        Role::Coordinator => i18n::t(lang, "role-coordinator"),
        Role::Supervisor => i18n::t(lang, "role-supervisor"),
    }
}

pub(super) fn roles(lang: Language) -> Vec<(&'static str, Cow<'static, str>)> {
    [Role::Agent, Role::Coordinator, Role::Supervisor, Role::Administrator]
        .into_iter()
        .map(|role| (role.as_str(), role_name(lang, role)))
        .collect()
}

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    me.fresh("/settings/people")?;
    let form = Form::of([("role", Role::Agent.to_string()), ("language", me.lang.to_string())]);
    page(&app, &me, &form, &Errors::new(), None, None).await
}

async fn page(
    app: &App,
    me: &SignedIn,
    sent: &Form,
    errors: &Errors,
    said: Option<(Tone, &str)>,
    link: Option<(&str, String, Option<&str>)>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let roles = roles(me.lang);
    let roles: Vec<(&str, &str)> = roles.iter().map(|(value, words)| (*value, &**words)).collect();
    let languages: Vec<(&str, &str)> = Language::ALL.iter().map(|l| (l.as_str(), i18n::own_name(*l))).collect();
    let db = app.store.db();
    let everybody = agents::list(db).await?;
    let works = inbox_agents::of_everybody(db).await?;
    let all_inboxes = inboxes::list(db).await?;
    let body = html! {
        @if let Some((name, url, mailed)) = &link {
            div.fresh {
                @if let Some(address) = mailed { p role="status" { (i18n::t_args(me.lang, "people-link-mailed", &[("name", (*name).into()), ("address", (*address).into())])) } }
                @else { p { (i18n::t_args(me.lang, "people-link", &[("name", (*name).into())])) } }
                (copied(&ctx, "link", &ctx.t("people-link-label"), url))
            }
        }
        ul.people {
            @for agent in &everybody {
                li.person {
                    (avatar(conversation::types::ActorKind::Agent, &agent.name))
                    span.inbox-name {
                        strong { (agent.name) } span.muted { (agent.email) }
                        @if let Some(line) = works_in::line(me, agent, &works, &all_inboxes) { span.muted { (line) } }
                    }
                    (badge(Tone::Accent, &role_name(me.lang, agent.role)))
                    @if !agent.is_enabled { (badge(Tone::Neutral, &ctx.t("people-disabled"))) }
                    @else if !agent.has_password { (badge(Tone::Warn, &ctx.t("people-invited"))) }
                    (person_menu(me, agent, &roles))
                }
            }
        }
        h2 { (ctx.t("people-invite")) }
        (draw.summary())
        form.settings-form method="post" action="/settings/people" {
            (form::csrf(&ctx))
            div.row-fields { (draw.text("name", &ctx.t("people-name"), "", true)) (draw.email("email", &ctx.t("field-email"), "")) }
            div.row-fields { (draw.choice("role", &ctx.t("people-role"), &roles)) (draw.choice("language", &ctx.t("inbox-language"), &languages)) }
            p.hint { (ctx.t("people-roles-hint")) }
            div.settings-actions { (button(&ctx.t("people-invite-button"))) }
        }
    };
    let page = frame(me, Part::People, &ctx.t("settings-people"), said, &body);
    Ok(with_status(page, errors))
}

/// What the form of a person's role is filled with.
fn role_kept(agent: &agents::Agent) -> Form {
    Form::of([("role", agent.role.to_string())])
}

fn person_menu(me: &SignedIn, agent: &agents::Agent, roles: &[(&str, &str)]) -> Markup {
    let ctx = me.ctx();
    html! {
        details.pop.person-menu {
            summary.button.ghost aria-label=(i18n::t_args(me.lang, "people-change", &[("name", agent.name.as_str().into())])) { (ctx.t("people-change-short")) }
            div.pop-body {
                form method="post" action={ "/settings/people/" (agent.id) } {
                    (form::csrf(&ctx)) (late::seen(role_kept(agent)))
                    div.field {
                        label for={ "role-" (agent.id) } { (ctx.t("people-role")) }
                        select.input id={ "role-" (agent.id) } name="role" { @for (value, words) in roles { option value=(value) selected[*value == agent.role.as_str()] { (words) } } }
                    }
                    button.button.primary type="submit" name="do" value="role" { (ctx.t("settings-save")) }
                    a.button.ghost href=(works_in::page_of(&agent.id)) { (ctx.t("works-choose")) }
                    @if agent.is_enabled {
                        button.button.ghost type="submit" name="do" value="link" { (ctx.t("people-new-link")) }
                        button.button.ghost type="submit" name="do" value="factors" { (ctx.t("people-forget-factors")) }
                        @if agent.id != me.agent.id { button.button.ghost type="submit" name="do" value="disable" { (ctx.t("people-disable")) } }
                    } @else { button.button.ghost type="submit" name="do" value="enable" { (ctx.t("people-enable")) } }
                }
            }
        }
    }
}

pub(super) async fn invite(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    me.fresh("/settings/people")?;
    let mut errors = Errors::new();
    if form.get("name").trim().is_empty() {
        errors.push(("name".to_owned(), i18n::t(me.lang, "error-name-empty").into_owned()));
    }
    if conversation::contacts::normal_email(form.get("email")).is_err() {
        errors.push(("email".to_owned(), i18n::t(me.lang, "error-email").into_owned()));
    }
    if !errors.is_empty() {
        return page(&app, &me, &form, &errors, None, None).await;
    }
    let new = NewAgent {
        email: form.get("email").to_owned(),
        name: form.get("name").to_owned(),
        role: form.get("role").parse().map_err(|_| Failure::Unreadable)?,
        language: form.get("language").parse().unwrap_or(me.lang),
    };
    match agents::create(&app.store, &me.actor(), new).await {
        Ok(agent) => linked(&app, &me, &agent, true).await,
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            let errors = vec![("email".to_owned(), failure::words(me.lang, &error))];
            page(&app, &me, &form, &errors, None, None).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Shows a fresh link; whoever never came in gets it as a mail, too, where there is a mailbox.
async fn linked(app: &App, me: &SignedIn, agent: &agents::Agent, is_invitation: bool) -> Result<Response, Failure> {
    let secret = links::create(&app.store, &me.actor(), Some(&agent.id)).await?;
    let url = link_url(&app.public_url(), &secret);
    let form = Form::of([("role", Role::Agent.to_string()), ("language", me.lang.to_string())]);
    let mailed = is_invitation && mail_invitation(app, me, agent, &url).await?;
    let address = mailed.then_some(agent.email.as_str());
    page(app, me, &form, &Errors::new(), None, Some((&agent.name, url, address))).await
}

/// Mails an invitation in the language of whom it invites; false where the business has no mailbox.
async fn mail_invitation(app: &App, me: &SignedIn, agent: &agents::Agent, url: &str) -> conversation::Result<bool> {
    const WORDS: letter::Words = letter::Words {
        subject: "people-mail-subject",
        text: "people-mail-text",
        button: "people-mail-button",
    };
    let mut tx = app.store.begin().await?;
    let to = (agent.email.as_str(), agent.language);
    let queued = letter::put_in(&mut tx, app, to, &WORDS, &me.agent.name, url.to_owned()).await?;
    tx.commit_silently().await?;
    Ok(queued.is_some())
}

pub(super) async fn change(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    me.fresh("/settings/people")?;
    let agent = agents::load(app.store.db(), &AgentId::from(id)).await?;
    let done = match form.get("do") {
        "link" => return linked(&app, &me, &agent, !agent.has_password).await,
        "factors" => forget_factors(&app, &me, &agent).await,
        "disable" => {
            let waiting = scheduled::of_agent(app.store.db(), &agent.id).await?;
            let fate = leaving::chosen(&app, &agent, &form).await?;
            if fate.is_none() && !waiting.is_empty() && agent.id != me.agent.id {
                return leaving::page(&app, &me, &agent, &waiting).await;
            }
            disable(&app, &me, &agent, fate).await
        }
        "enable" => agents::enable(&app.store, &me.actor(), &agent.id).await,
        _ => {
            let action = format!("/settings/people/{}", agent.id);
            let said = |_: &str, value: &str| {
                let role = value
                    .parse()
                    .map_or_else(|_| String::new(), |role| role_name(me.lang, role).into_owned());
                (me.ctx().t("people-role").into_owned(), role)
            };
            let small = Small {
                part: Part::People,
                action: &action,
                back: "/settings/people",
                objects: &[agent.id.as_str()],
                said: &said,
            };
            if let Some(page) = late::held(&app, &me, &form, role_kept(&agent), small).await? {
                return Ok(page);
            }
            let edit = AgentEdit {
                role: Some(form.get("role").parse().map_err(|_| Failure::Unreadable)?),
                ..AgentEdit::default()
            };
            agents::edit(&app.store, &me.actor(), &agent.id, edit).await.map(|_| ())
        }
    };
    let empty = Form::of([("role", Role::Agent.to_string()), ("language", me.lang.to_string())]);
    match done {
        Ok(()) => {
            let words = me.ctx().t("settings-saved");
            page(&app, &me, &empty, &Errors::new(), Some((Tone::Good, &words)), None).await
        }
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            let words = failure::words(me.lang, &error);
            let mut response = page(&app, &me, &empty, &Errors::new(), Some((Tone::Bad, &words)), None).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes the access away; then nothing more can be written, and what waits is settled.
async fn disable(app: &App, me: &SignedIn, agent: &agents::Agent, fate: Option<Fate>) -> conversation::Result<()> {
    agents::disable(&app.store, &me.actor(), &agent.id).await?;
    // What was written since the page was looked at is a note, too, unless somebody said that it may leave.
    leaving::settle(app, me, agent, &fate.unwrap_or(Fate::Note)).await
}

/// For whoever lost app and keys: the password alone lets them in until they set up new ones.
async fn forget_factors(app: &App, me: &SignedIn, agent: &agents::Agent) -> conversation::Result<()> {
    let mut tx = app.store.begin().await?;
    identity::forget_in(&mut tx, &identity::Owner::Agent(agent.id.clone())).await?;
    let (actor, object) = (me.actor(), agent.id.as_str());
    conversation::audit::record(
        &mut tx,
        &actor,
        "agent.factors_forgotten",
        object,
        &serde_json::json!({}),
    )
    .await?;
    tx.commit_silently().await
}
