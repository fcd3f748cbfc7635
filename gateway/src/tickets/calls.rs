//! Logging a call: who, how long, what was said, what came of it.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::Error;
use conversation::access::{self, Permission};
use conversation::telephone::{self, Country};
use conversation::tickets::calls::{self, Call, Outcome};
use conversation::types::{ConversationId, MessageId, is_id};
use maud::html;
use serde::Deserialize;
use ui::components::{Tone, button, form};
use ui::routes;

use super::frame::frame;
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct About {
    conversation: String,
}

pub(super) async fn new(State(app): State<App>, me: SignedIn, Query(about): Query<About>) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    let form = Form::of([("conversation", about.conversation)]);
    page(&app, &me, &form, None).await
}

async fn page(app: &App, me: &SignedIn, sent: &Form, problem: Option<&str>) -> Result<Response, Failure> {
    let home = telephone::home(app.store.db()).await?;
    let example = home.map_or("+55 11 99999-0000", Country::example);
    let ctx = me.ctx();
    let id = Some(sent.get("id").to_owned())
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| app.store.env().ulid());
    let has_place = sent.is_on("conversation");
    let body = html! {
        p.hint { (ctx.t("call-hint")) }
        form.settings-form.call-form method="post" action="/calls" {
            (form::csrf(&ctx))
            input type="hidden" name="id" value=(id);
            input type="hidden" name="conversation" value=(sent.get("conversation"));
            div.row-fields {
                div.field { label for="call-number" { (ctx.t("call-number")) } input.input #call-number name="number" type="tel" value=(sent.get("number")) placeholder=(example) required[!has_place] maxlength="40" autocomplete="off"; }
                @if !has_place { div.field { label for="call-name" { (ctx.t("call-name")) } input.input #call-name name="name" value=(sent.get("name")) maxlength="200" autocomplete="off"; } }
            }
            div.row-fields {
                div.field { label for="call-way" { (ctx.t("call-way")) } select.input #call-way name="way" { option value="in" { (ctx.t("call-in")) } option value="out" selected[sent.get("way") == "out"] { (ctx.t("call-out")) } } }
                div.field { label for="call-outcome" { (ctx.t("call-outcome")) } select.input #call-outcome name="outcome" {
                    @for one in Outcome::ALL { option value=(one.as_str()) selected[sent.get("outcome") == one.as_str()] { (outcome_name(&ctx, one)) } }
                } }
                div.field { label for="call-minutes" { (ctx.t("call-minutes")) } input.input #call-minutes name="minutes" value=(sent.get("minutes")) inputmode="numeric" maxlength="4" autocomplete="off"; }
            }
            div.field { label for="call-notes" { (ctx.t("call-notes")) } textarea.input #call-notes name="notes" rows="5" required maxlength="20000" { (sent.get("notes")) } }
            div.settings-actions { (button(&ctx.t("call-save"))) }
        }
    };
    let mut response = frame(me, &ctx.t("call-log"), problem.map(|words| (Tone::Bad, words)), &body);
    if problem.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn outcome_name(ctx: &ui::Ctx<'_>, outcome: Outcome) -> std::borrow::Cow<'static, str> {
    match outcome {
        Outcome::Answered => ctx.t("call-answered"),
        Outcome::Missed => ctx.t("call-missed"),
        Outcome::Voicemail => ctx.t("call-voicemail"),
        Outcome::CallBack => ctx.t("call-back"),
    }
}

/// POST `id`, `conversation` (empty: by the number), `number`, `name`, `way` = `in|out`, `outcome`, `minutes`, `notes`.
pub(super) async fn log(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    me.must(Permission::Work)?;
    let conversation = match form.get("conversation") {
        "" => None,
        id => Some(
            access::conversation(app.store.db(), &me.actor(), &ConversationId::from(id))
                .await?
                .id,
        ),
    };
    let id = form.get("id");
    if !is_id(id) {
        return Err(Failure::Unreadable);
    }
    let minutes: i64 = match form.get("minutes").trim() {
        "" => 0,
        text => text.parse().unwrap_or(-1),
    };
    let call = Call {
        number: form.get("number").to_owned(),
        name: form.get("name").to_owned(),
        is_inbound: form.get("way") != "out",
        outcome: Outcome::from_text(form.get("outcome")).ok_or(Failure::Unreadable)?,
        notes: form.get("notes").to_owned(),
        seconds: minutes.saturating_mul(60),
        at: None,
        conversation,
    };
    match calls::log(&app.store, &me.actor(), &MessageId::from(id), &call).await {
        Ok((conversation, _)) => Ok(see_other(&routes::path(routes::CONVERSATION, conversation.as_str()))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            page(&app, me, form, Some(&failure::words(me.lang, &error))).await
        }
        Err(error) => Err(error.into()),
    }
}
