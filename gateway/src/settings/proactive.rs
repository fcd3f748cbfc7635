//! What a web chat says first: its messages in their order, and the form of one with how it looks.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::desk::inboxes as desks;
use conversation::inboxes::Inbox;
use conversation::proactive::{self, NewProactive, Proactive};
use conversation::types::{AgentId, InboxId, Language};
use conversation::{Error, Result as CoreResult};
use maud::{Markup, html};
use ui::components::{Tone, badge, empty, form, markup};
use ui::i18n;
use ui::icons::{Icon, icon};

use super::draw::{self, Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use super::steps::{text_fields, texts};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::people::agents;

const NEW: &str = "new";

/// The page of an inbox's messages.
pub(super) fn here(inbox: &InboxId) -> String {
    format!("/settings/inboxes/{inbox}/proactive")
}

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Path(inbox): Path<InboxId>,
) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let ctx = me.ctx();
    let inbox = proactive::chat(app.store.db(), &inbox).await?;
    let all = proactive::list(app.store.db(), &inbox.id).await?;
    let names = proactive::names(app.store.db(), &all).await?;
    let here = here(&inbox.id);
    let body = html! {
        p.inbox-state { span.muted { (inbox.name) } }
        p.lead { (ctx.t("proactive-lead")) }
        @if all.is_empty() { (empty(Icon::Webchat, &ctx.t("proactive-none"), &ctx.t("proactive-none-hint"))) }
        ol.people {
            @for (at, one) in all.iter().enumerate() {
                li.person {
                    span.inbox-name {
                        a href={ (here) "/" (one.id) } { strong { (one.name) } }
                        span.muted { (facts(&me, one, &names)) }
                        span.muted { (figures(&me, one)) }
                    }
                    @if one.is_on { (badge(Tone::Good, &ctx.t("proactive-is-on"))) } @else { (badge(Tone::Neutral, &ctx.t("proactive-is-off"))) }
                    @if all.len() > 1 {
                        form.inline method="post" action={ (here) "/" (one.id) "/move" } {
                            (form::csrf(&ctx))
                            button.button.ghost.icon-only type="submit" name="way" value="up" disabled[at == 0] aria-label=(i18n::t_args(me.lang, "sla-up", &[("name", one.name.as_str().into())])) { "↑" }
                            button.button.ghost.icon-only type="submit" name="way" value="down" disabled[at + 1 == all.len()] aria-label=(i18n::t_args(me.lang, "sla-down", &[("name", one.name.as_str().into())])) { "↓" }
                        }
                    }
                }
            }
        }
        div.settings-actions {
            @if all.len() < proactive::MOST { a.button.primary href={ (here) "/" (NEW) } { (ctx.t("proactive-new")) } }
            a.button.ghost href={ "/settings/inboxes/" (inbox.id) } { (ctx.t("desk-back")) }
        }
    };
    Ok(frame(&me, Part::Inboxes, &ctx.t("proactive-title"), None, &body))
}

/// Where, when and in whose name, on one line.
fn facts(me: &SignedIn, one: &Proactive, names: &[(AgentId, String)]) -> String {
    const SHOWN: usize = 3;
    let ctx = me.ctx();
    let mut parts = vec![if one.pages.is_empty() {
        ctx.t("proactive-everywhere").into_owned()
    } else {
        let more = if one.pages.len() > SHOWN { " …" } else { "" };
        let first: Vec<&str> = one.pages.iter().take(SHOWN).map(String::as_str).collect();
        format!("{}{more}", first.join(", "))
    }];
    parts.push(i18n::t_args(
        me.lang,
        "proactive-wait",
        &[("seconds", one.after_seconds.into())],
    ));
    if one.in_hours {
        parts.push(ctx.t("proactive-open-only").into_owned());
    }
    if let Some((_, name)) = names.iter().find(|(id, _)| Some(id) == one.agent.as_ref()) {
        parts.push(name.clone());
    }
    parts.join(" · ")
}

fn figures(me: &SignedIn, one: &Proactive) -> String {
    let number = |count: i64| i18n::number(me.lang, count).into();
    i18n::t_args(
        me.lang,
        "proactive-figures",
        &[
            ("shown", number(one.shown)),
            ("opened", number(one.opened)),
            ("answered", number(one.answered)),
        ],
    )
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path((inbox, id)): Path<(InboxId, String)>,
) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let inbox = proactive::chat(app.store.db(), &inbox).await?;
    let form = if id == NEW {
        Form::of([("is_on", "on".to_owned()), ("after_seconds", "20".to_owned())])
    } else {
        let mut form = filled(&app, &inbox, &id).await?;
        meanwhile::stamp(&mut form);
        form
    };
    page(&app, &me, &inbox, &id, &form, &Errors::new()).await
}

async fn filled(app: &App, inbox: &Inbox, id: &str) -> CoreResult<Form> {
    let one = proactive::load(app.store.db(), &inbox.id, id).await?;
    let tick = |is_on: bool| if is_on { "on" } else { "" }.to_owned();
    // Whoever left speaks for the business no more.
    let speaks = proactive::names(app.store.db(), std::slice::from_ref(&one)).await?;
    let mut form = Form::of([
        ("name", one.name),
        ("is_on", tick(one.is_on)),
        ("pages", one.pages.join("\n")),
        ("after_seconds", one.after_seconds.to_string()),
        ("in_hours", tick(one.in_hours)),
        (
            "agent",
            speaks.first().map(|(id, _)| id.to_string()).unwrap_or_default(),
        ),
    ]);
    for (language, words) in one.words.iter() {
        form.push(format!("words_{language}"), words);
    }
    Ok(form)
}

async fn page(
    app: &App,
    me: &SignedIn,
    inbox: &Inbox,
    id: &str,
    sent: &Form,
    errors: &Errors,
) -> Result<Response, Failure> {
    let (db, ctx) = (app.store.db(), me.ctx());
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let all = agents::list(db).await?;
    let business = ctx.t("proactive-business");
    let mut people: Vec<(&str, &str)> = vec![("", &business)];
    people.extend(
        all.iter()
            .filter(|agent| agent.is_enabled)
            .map(|agent| (agent.id.as_str(), agent.name.as_str())),
    );
    let has_hours = desks::load(db, &inbox.id).await?.schedule.is_some();
    let here = here(&inbox.id);
    let called = app.business_name();
    let speaks = people
        .iter()
        .find(|(id, _)| !id.is_empty() && *id == sent.get("agent"))
        .map_or(called.as_str(), |(_, name)| name);
    let body = html! {
        p.inbox-state { span.muted { (inbox.name) } }
        (draw.summary())
        form.settings-form method="post" action={ (here) "/" (id) } {
            (draw.begin())
            (draw.text("name", &ctx.t("proactive-name"), &ctx.t("proactive-name-hint"), true))
            (draw.check("is_on", &ctx.t("proactive-on")))
            fieldset.group {
                legend { (ctx.t("proactive-says")) }
                (text_fields(&draw, "words", &ctx.t("proactive-says-hint"), 2))
                (draw.choice("agent", &ctx.t("proactive-who"), &people))
                (preview(me, sent, speaks))
                div.settings-actions { button.button.ghost type="submit" name="do" value="preview" formaction={ (here) "/" (id) "#proactive-preview" } formnovalidate { (ctx.t("proactive-preview-do")) } }
            }
            fieldset.group {
                legend { (ctx.t("proactive-where")) }
                (draw.lines("pages", &ctx.t("proactive-pages"), &ctx.t("proactive-pages-hint"), 3))
                (draw.text("after_seconds", &ctx.t("proactive-after"), &ctx.t("proactive-after-hint"), true))
                (draw.check("in_hours", &ctx.t("proactive-hours")))
                p.hint { a href={ "/settings/hours/inbox/" (inbox.id) } { (ctx.t("proactive-hours-change")) } @if !has_hours { ": " (ctx.t("work-always")) } }
            }
            (draw.actions(id != NEW, Some(&here)))
        }
    };
    let title = ctx.t(if id == NEW { "proactive-new" } else { "proactive-of" });
    let page = frame(me, Part::Inboxes, &title, None, &body);
    Ok(with_status(page, errors))
}

/// How it looks above the chat's button, in each language that has words.
fn preview(me: &SignedIn, sent: &Form, speaks: &str) -> Markup {
    let ctx = me.ctx();
    let said: Vec<(Language, String)> = texts(sent, "words")
        .iter()
        .map(|(language, words)| (language, markup::plain(words)))
        .collect();
    html! {
        @if !said.is_empty() {
            h2 #proactive-preview { (ctx.t("proactive-preview")) }
            div.first-looks {
                @for (language, words) in &said {
                    figure.first-look {
                        figcaption { (i18n::own_name(*language)) }
                        div.first-bubble lang=(language) { strong { (speaks) } p { (words) } (icon(Icon::Close)) }
                        span.first-button { (icon(Icon::Webchat)) }
                    }
                }
            }
        }
    }
}

pub(super) async fn save(
    State(app): State<App>,
    Path((inbox, id)): Path<(InboxId, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let inbox = proactive::chat(app.store.db(), &inbox).await?;
    let (store, actor) = (&app.store, me.actor());
    if form.get("do") == "preview" {
        return page(&app, &me, &inbox, &id, &form, &Errors::new()).await;
    }
    if form.is_on("remove") {
        proactive::remove(store, &actor, &inbox.id, &id).await?;
        return Ok(see_other(&here(&inbox.id)));
    }
    if id != NEW {
        let kept = filled(&app, &inbox, &id).await?;
        if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[&id]).await? {
            return page(&app, &me, &inbox, &id, &form, &errors).await;
        }
    }
    let new = NewProactive {
        name: form.get("name").to_owned(),
        is_on: form.is_on("is_on"),
        pages: form.get("pages").lines().map(str::to_owned).collect(),
        // What is no number is refused by the core as out of range.
        after_seconds: form.get("after_seconds").trim().parse().unwrap_or(-1),
        in_hours: form.is_on("in_hours"),
        words: texts(&form, "words"),
        agent: Some(form.get("agent")).filter(|id| !id.is_empty()).map(AgentId::from),
    };
    let done = if id == NEW {
        proactive::create(store, &actor, &inbox.id, new).await
    } else {
        proactive::change(store, &actor, &inbox.id, &id, new).await
    };
    match done {
        Ok(_) => Ok(see_other(&here(&inbox.id))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let errors = draw::refused(me.lang, &form, &error);
            page(&app, &me, &inbox, &id, &form, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn shift(
    State(app): State<App>,
    Path((inbox, id)): Path<(InboxId, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    proactive::shift(&app.store, &me.actor(), &inbox, &id, posted.form.get("way") == "up").await?;
    Ok(see_other(&here(&inbox)))
}
