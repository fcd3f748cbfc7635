//! One broadcast: who gets it and who does not, how it reads, what can be done with it, and what came of it.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use channels::broadcasts::Voices;
use conversation::access::{self, Permission};
use conversation::broadcasts::{self, Broadcast, Figures, Shown, State as At, Voice};
use conversation::types::{Channel, Language, Millis};
use conversation::{Error, audit, inboxes};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use ui::components::{Tone, button, form, rich_text, signed};
use ui::icons::{Icon, icon};
use ui::{Ctx, i18n};

use super::frame::{frame, page_of};
use super::words;
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

/// What just happened.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    done: String,
    was: String,
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(said): Query<Said>,
) -> Result<Response, Failure> {
    me.must(Permission::Audit)?;
    let said = (said.done == "tested").then(|| me.ctx().t("broadcast-tested").into_owned());
    page(
        &app,
        &me,
        &id,
        &Form::default(),
        said.as_deref().map(|words| (Tone::Good, words)),
    )
    .await
}

/// A broadcast of an inbox that somebody works in.
pub(super) async fn seen(app: &App, me: &SignedIn, id: &str) -> Result<Broadcast, Failure> {
    let broadcast = broadcasts::load(app.store.db(), id).await?;
    access::inbox(app.store.db(), &me.actor(), &broadcast.inbox).await?;
    Ok(broadcast)
}

/// GET `was`: what changes by itself; the whole page anew where what can be done with it changed.
pub(super) async fn live(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(said): Query<Said>,
) -> Result<Response, Failure> {
    me.must(Permission::Audit)?;
    let broadcast = seen(&app, &me, &id).await?;
    let figures = broadcasts::figures(app.store.db(), &id).await?;
    let mut response = crate::auth::html(progress(&me, &broadcast, &figures));
    if said.was != broadcast.state.as_str() {
        let name = HeaderName::from_static("hx-refresh");
        response.headers_mut().insert(name, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// How far it is; asks for itself again while something moves.
fn progress(me: &SignedIn, broadcast: &Broadcast, figures: &Figures) -> Markup {
    let ctx = me.ctx();
    let moves = matches!(broadcast.state, At::Counting | At::Scheduled | At::Sending)
        || figures.of(Shown::Underway) > 0 && broadcast.state != At::Cancelled;
    let url = format!("{}/live?was={}", page_of(&broadcast.id), broadcast.state.as_str());
    let number = |count: i64| i18n::number(me.lang, count);
    html! {
        div.cast-live #cast-live hx-get=[moves.then_some(&url)] hx-trigger=[moves.then_some("every 3s")] hx-swap=[moves.then_some("outerHTML")] {
            @if let Some(words) = words::held(me, broadcast) { p.cast-held role="status" { (icon(Icon::Warning)) " " (words) } }
            @if broadcast.started_at.is_some() {
                (words::bar(&ctx, figures, broadcast.channel))
                dl.facts.cast-facts {
                    div { dt { (ctx.t("broadcast-sent-of")) } dd { (number(figures.sent())) " / " (number(figures.total())) } }
                    @if broadcast.channel == Channel::Whatsapp {
                        div { dt { (ctx.t("broadcast-to-delivered")) } dd { (number(figures.delivered())) } }
                        div { dt { (ctx.t("broadcast-to-read")) } dd { (number(figures.of(Shown::Read))) } }
                    }
                    div { dt { (ctx.t("broadcast-answered")) } dd { (number(figures.answered)) } }
                    div { dt { (ctx.t("broadcast-refused")) } dd { (number(figures.refused)) } }
                }
                (reasons(&ctx, broadcast, &ctx.t("broadcast-failed-why"), &figures.failed))
            } @else if broadcast.state == At::Counting {
                p role="status" { (i18n::t_args(me.lang, "broadcast-counted", &[("count", (figures.total() + figures.of(Shown::LeftOut)).into())])) }
            } @else {
                p.cast-count { (i18n::t_args(me.lang, "broadcast-gets", &[("count", figures.total().into()), ("shown", number(figures.total()).into())])) }
            }
            @if broadcast.state != At::Counting {
                (reasons(&ctx, broadcast, &i18n::t_args(me.lang, "broadcast-left-out-why", &[("count", figures.of(Shown::LeftOut).into())]), &figures.left_out))
            }
        }
    }
}

/// Why, the most first, each with a bar as long as it is often.
fn reasons(ctx: &Ctx<'_>, broadcast: &Broadcast, title: &str, all: &std::collections::BTreeMap<String, i64>) -> Markup {
    let mut all: Vec<(&String, &i64)> = all.iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let most = all.first().map_or(1, |(_, count)| (**count).max(1));
    html! {
        @if !all.is_empty() {
            h2 { (title) }
            ul.cast-reasons {
                @for (code, count) in all {
                    li {
                        span { (words::why(ctx.lang, broadcast.channel, code, None)) }
                        strong { (i18n::number(ctx.lang, *count)) }
                        svg.board-bar viewBox="0 0 100 5" preserveAspectRatio="none" aria-hidden="true" { rect x="0" y="0" width=(*count * 100 / most) height="5" {} }
                    }
                }
            }
        }
    }
}

/// How it reads for somebody real, in each language that it leaves in.
async fn previews(app: &App, broadcast: &Broadcast) -> Result<Vec<(Language, String, broadcasts::Words)>, Failure> {
    let db = app.store.db();
    let mut found: Vec<(Language, String, broadcasts::Words)> = Vec::new();
    for language in Language::ALL.iter().copied().map(Some).chain([None]) {
        let Some(person) = broadcasts::sample(db, broadcast, language).await? else {
            continue;
        };
        if let Some(words) = said(app, broadcast, &person).await? {
            // A template may not be approved in theirs.
            let of = words
                .extra
                .as_ref()
                .and_then(|extra| extra.pointer("/template/language/code")?.as_str());
            let language = of.and_then(Language::from_tag).unwrap_or(person.language);
            if !found.iter().any(|(known, _, _)| *known == language) {
                found.push((language, person.name, words));
            }
        }
    }
    Ok(found)
}

async fn said(
    app: &App,
    broadcast: &Broadcast,
    person: &broadcasts::Person,
) -> Result<Option<broadcasts::Words>, Failure> {
    match Voices.words(&app.store, broadcast, person).await {
        // A template that was taken away reads as nothing.
        Err(Error::Invalid(_)) => Ok(None),
        other => Ok(other?),
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    id: &str,
    sent: &Form,
    said: Option<(Tone, &str)>,
) -> Result<Response, Failure> {
    let (db, ctx) = (app.store.db(), me.ctx());
    let broadcast = seen(app, me, id).await?;
    let figures = broadcasts::figures(db, id).await?;
    let inbox = inboxes::load(db, &broadcast.inbox).await?;
    let previews = previews(app, &broadcast).await?;
    let can_write = me.can(Permission::Administer);
    let url = page_of(id);
    let is_before = matches!(broadcast.state, At::Counting | At::Ready | At::Scheduled);
    let body = html! {
        div.ticket-head {
            span.ticket-chips {
                (words::state(&ctx, broadcast.state))
                span.muted { (inbox.name) " · " (words::content(&broadcast)) }
                @if let (At::Scheduled, Some(at)) = (broadcast.state, broadcast.start_at) { span { (i18n::t_args(me.lang, "broadcast-begins", &[("time", i18n::date_time(me.lang, at, &me.tz).into())])) } }
            }
            a.button.ghost href={ (url) "/recipients" } { (icon(Icon::People)) span { (ctx.t("broadcast-recipients")) } }
        }
        p.hint {
            (ctx.t(if broadcast.is_marketing { "broadcast-is-marketing" } else { "broadcast-is-service" }))
            " · " (i18n::t_args(me.lang, "broadcast-pace-of", &[("count", broadcast.pace.into())]))
        }
        (progress(me, &broadcast, &figures))
        @if can_write { (actions(me, &broadcast, &figures, &url, sent)) }
        @if !previews.is_empty() {
            h2 { (ctx.t("broadcast-preview")) }
            div.cast-previews {
                @for (language, name, words) in &previews {
                    article.cast-preview lang=(language) {
                        p.muted lang=(me.lang) { (i18n::own_name(*language)) @if !name.is_empty() { " · " (name) } }
                        @if let Some(subject) = &words.subject { p { strong { (subject) } } }
                        div.prose { @if words.subject.is_some() { (signed(&words.text)) } @else { (rich_text(&words.text)) } }
                    }
                }
            }
        }
        @if can_write && is_before && broadcast.state != At::Counting && figures.total() > 0 { (test(me, &broadcast, &url, sent)) }
        @if can_write && !matches!(broadcast.state, At::Done | At::Cancelled) {
            details.removal {
                summary.button.ghost { (ctx.t("broadcast-cancel")) }
                form method="post" action=(url) { (form::csrf(&ctx)) p { (ctx.t("broadcast-cancel-sure")) " "
                    button.button.ghost.danger type="submit" name="do" value="cancel" { (ctx.t("broadcast-cancel-yes")) } } }
            }
        }
    };
    let mut response = frame(me, &broadcast.name, said, &body);
    if said.is_some_and(|(tone, _)| tone == Tone::Bad) {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What can be done with it as it stands.
fn actions(me: &SignedIn, broadcast: &Broadcast, figures: &Figures, url: &str, sent: &Form) -> Markup {
    let ctx = me.ctx();
    let is_ready = matches!(broadcast.state, At::Ready | At::Scheduled);
    html! {
        @if is_ready && figures.total() > 0 {
            form.settings-form.cast-start method="post" action=(url) {
                (form::csrf(&ctx))
                div.settings-actions {
                    button.button.primary type="submit" name="do" value="start" { (icon(Icon::Send)) span { (i18n::t_args(me.lang, "broadcast-start", &[("count", figures.total().into()), ("shown", i18n::number(me.lang, figures.total()).into())])) } }
                    a.button href={ (url) "/edit" } { (ctx.t("broadcast-edit")) }
                }
                div.cast-later {
                    div.field { label for="cast-at" { (ctx.t("broadcast-at")) } input.input #cast-at type="datetime-local" name="at" value=(sent.get("at")) aria-describedby="cast-zone"; p.hint #cast-zone { (me.tz.iana_name().unwrap_or("UTC")) } }
                    button.button type="submit" name="do" value="later" { (ctx.t("broadcast-later")) }
                }
            }
        } @else if is_ready {
            div.settings-actions { a.button.primary href={ (url) "/edit" } { (ctx.t("broadcast-edit")) } }
        }
        @if matches!(broadcast.state, At::Scheduled | At::Sending | At::Paused) {
            form.settings-actions method="post" action=(url) {
                (form::csrf(&ctx))
                @if broadcast.state == At::Paused { button.button.primary type="submit" name="do" value="resume" { (ctx.t("broadcast-resume")) } }
                @else { button.button type="submit" name="do" value="pause" { (ctx.t(if broadcast.state == At::Scheduled { "broadcast-unschedule" } else { "broadcast-pause" })) } }
            }
        }
    }
}

fn test(me: &SignedIn, broadcast: &Broadcast, url: &str, sent: &Form) -> Markup {
    let ctx = me.ctx();
    let is_mail = broadcast.channel == Channel::Email;
    let own = if is_mail { me.agent.email.as_str() } else { "" };
    let value = Some(sent.get("address"))
        .filter(|value| !value.is_empty())
        .unwrap_or(own);
    html! {
        form.settings-form.cast-test method="post" action=(url) {
            (form::csrf(&ctx))
            input type="hidden" name="do" value="test";
            (form::input(&ctx, if is_mail { "email" } else { "tel" }, &form::Field {
                name: "address",
                label: &ctx.t(if is_mail { "broadcast-test-mail" } else { "broadcast-test-number" }),
                hint: Some(&ctx.t("broadcast-test-hint")),
                value,
                required: true,
                max_length: 254,
                ..form::Field::default()
            }))
            div.settings-actions { (button(&ctx.t("broadcast-test"))) }
        }
    }
}

/// What a form says of a time, in the zone of the business.
fn time_of(me: &SignedIn, text: &str) -> Option<Millis> {
    let local: jiff::civil::DateTime = text.trim().parse().ok()?;
    let at = local.to_zoned(me.tz.clone()).ok()?.timestamp().as_millisecond();
    (at > me.now).then_some(at)
}

/// POST `do` = `start|later|pause|resume|cancel|test`, `at`, `address`.
pub(super) async fn act(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    let (store, actor) = (&app.store, me.actor());
    let outcome = match form.get("do") {
        "start" | "resume" => broadcasts::start(store, &actor, &id, None).await,
        "later" => match time_of(&me, form.get("at")) {
            Some(at) => broadcasts::start(store, &actor, &id, Some(at)).await,
            None => {
                let words = me.ctx().t("compose-later-wrong").into_owned();
                return page(&app, &me, &id, &form, Some((Tone::Bad, &words))).await;
            }
        },
        "pause" => broadcasts::pause(store, &actor, &id).await,
        "cancel" => broadcasts::cancel(store, &actor, &id).await,
        "test" => {
            let broadcast = broadcasts::load(store.db(), &id).await?;
            let like = broadcasts::sample(store.db(), &broadcast, None).await?;
            let sent = broadcasts::send_test(store, &Voices, &broadcast, form.get("address"), like.as_ref()).await;
            if sent.is_ok() {
                let detail = json!({ "name": broadcast.name });
                audit::note(store, &actor, "broadcast.tested", &id, &detail).await?;
            }
            sent.map(drop)
        }
        _ => return Err(Failure::Unreadable),
    };
    match outcome {
        Ok(()) if form.get("do") == "test" => Ok(see_other(&format!("{}?done=tested", page_of(&id)))),
        Ok(()) => Ok(see_other(&page_of(&id))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            page(
                &app,
                &me,
                &id,
                &form,
                Some((Tone::Bad, &failure::words(me.lang, &error))),
            )
            .await
        }

        Err(error) => Err(error.into()),
    }
}
