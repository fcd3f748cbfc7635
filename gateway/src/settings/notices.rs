//! What customers of tickets are told by themselves, for each occasion, inbox and kind.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::access::Permission;
use conversation::tickets::notices::{self, Notice, Occasion};
use conversation::types::{InboxId, Language, TicketKind};
use conversation::{Error, inboxes};
use maud::{Markup, html};
use ui::Ctx;
use ui::components::{Tone, button};

use super::draw::{Draw, Errors, removal};
use super::frame::{Part, frame};
use super::late::{self, Small};
use super::meanwhile;
use super::steps::{in_forms, in_languages, text_fields, texts};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::Posted;
use crate::auth::{SignedIn, see_other};
use crate::tickets::kind_name;

const HERE: &str = "/settings/tickets/notices";
const BACK: &str = "/settings/tickets";

type Answer = std::result::Result<Response, Failure>;

fn occasion_name(ctx: &Ctx<'_>, occasion: Occasion) -> std::borrow::Cow<'static, str> {
    ctx.t(match occasion {
        Occasion::Opened => "notice-opened",
        Occasion::Started => "notice-started",
        Occasion::Escalated => "notice-escalated",
        Occasion::Waiting => "notice-waiting",
        Occasion::Asked => "notice-asked",
        Occasion::Resolved => "notice-resolved",
        Occasion::Reopened => "notice-reopened",
    })
}

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Answer {
    me.must(Permission::Administer)?;
    page(&app, &me, None).await
}

async fn page(app: &App, me: &SignedIn, problem: Option<&str>) -> Answer {
    let (db, ctx) = (app.store.db(), me.ctx());
    let written = notices::list(db).await?;
    let inboxes = inboxes::list(db).await?;
    let where_of = |notice: &Notice| {
        let inbox = notice
            .inbox
            .as_ref()
            .and_then(|id| inboxes.iter().find(|one| one.id == *id));
        let inbox = inbox.map_or_else(|| ctx.t("notices-every-inbox").into_owned(), |one| one.name.clone());
        let kind = notice
            .kind
            .map_or_else(|| ctx.t("tickets-any-kind"), |kind| kind_name(me.lang, kind));
        format!("{inbox} · {kind}")
    };
    let body = html! {
        p.lead { (ctx.t("notices-hint")) }
        p.hint { (ctx.t("notices-variables")) }
        @for occasion in Occasion::ALL {
            section.block {
                h2 { (occasion_name(&ctx, occasion)) }
                @for notice in written.iter().filter(|one| one.occasion == occasion) {
                    @let key = format!("{}-{}-{}", occasion.as_str(), notice.inbox.as_ref().map_or("", InboxId::as_str), notice.kind.map_or("", TicketKind::as_str));
                    details.group {
                        summary { (where_of(notice)) @if notice.texts.is_empty() { " · " (ctx.t("notices-silent")) } }
                        (notice_form(&ctx, &key, notice, None, true))
                    }
                }
                details.group {
                    summary { (ctx.t("notices-add")) }
                    @let proposal = Notice { inbox: None, kind: None, occasion, texts: occasion.proposal() };
                    (notice_form(&ctx, occasion.as_str(), &proposal, Some((&inboxes, me.lang)), false))
                }
            }
        }
        div.settings-actions { a.button.ghost href=(BACK) { (ctx.t("desk-back")) } }
    };
    let said = problem.map(|words| (Tone::Bad, words));
    Ok(frame(me, Part::Tickets, &ctx.t("notices-title"), said, &body))
}

fn notice_form(
    ctx: &Ctx<'_>,
    key: &str,
    notice: &Notice,
    choices: Option<(&[inboxes::Inbox], Language)>,
    is_kept: bool,
) -> Markup {
    let mut form = in_forms("text", &notice.texts);
    if is_kept {
        meanwhile::stamp(&mut form);
    }
    let errors = Errors::new();
    let draw = Draw {
        ctx: *ctx,
        form: &form,
        errors: &errors,
    };
    html! {
        form.settings-form method="post" action=(HERE) {
            (draw.begin())
            input type="hidden" name="occasion" value=(notice.occasion.as_str());
            @match choices {
                Some((inboxes, lang)) => {
                    div.row-fields {
                        div.field { label for={ "inbox-" (key) } { (ctx.t("notices-inbox")) } select.input id={ "inbox-" (key) } name="inbox" { option value="" { (ctx.t("notices-every-inbox")) } @for inbox in inboxes { option value=(inbox.id) { (inbox.name) } } } }
                        div.field { label for={ "kind-" (key) } { (ctx.t("ticket-kind")) } select.input id={ "kind-" (key) } name="kind" { option value="" { (ctx.t("tickets-any-kind")) } @for kind in TicketKind::ALL { option value=(kind) { (kind_name(lang, *kind)) } } } }
                    }
                }
                None => {
                    input type="hidden" name="inbox" value=(notice.inbox.as_ref().map_or("", InboxId::as_str));
                    input type="hidden" name="kind" value=(notice.kind.map_or("", TicketKind::as_str));
                }
            }
            (text_fields(&draw, "text", "", 2))
            div.settings-actions {
                (button(&ctx.t("settings-save")))
                @if is_kept { (removal(ctx)) }
            }
        }
    }
}

pub(super) async fn save(State(app): State<App>, posted: Posted) -> Answer {
    let (me, form) = (&posted.me, &posted.form);
    me.must(Permission::Administer)?;
    let occasion = Occasion::from_text(form.get("occasion")).ok_or(Failure::Unreadable)?;
    let inbox = Some(form.get("inbox")).filter(|id| !id.is_empty()).map(InboxId::from);
    let kind: Option<TicketKind> = form.get("kind").parse().ok();
    let outcome = if form.is_on("remove") {
        notices::remove(&app.store, &me.actor(), inbox.as_ref(), kind, occasion).await
    } else {
        let written = notices::list(app.store.db()).await?;
        let same = |one: &&Notice| one.occasion == occasion && one.inbox == inbox && one.kind == kind;
        if let Some(known) = written.iter().find(same) {
            let objects = [occasion.as_str()];
            let small = Small {
                part: Part::Tickets,
                action: HERE,
                back: HERE,
                objects: &objects,
                said: &in_languages,
            };
            if let Some(page) = late::held(&app, me, form, in_forms("text", &known.texts), small).await? {
                return Ok(page);
            }
        }
        let notice = Notice {
            inbox,
            kind,
            occasion,
            texts: texts(form, "text"),
        };
        notices::save(&app.store, &me.actor(), &notice).await
    };
    match outcome {
        Ok(()) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let body = page(&app, me, Some(&failure::words(me.lang, &error))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, body).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
