//! How the installation is: what the minute's checks say, and everything that `doctor` checks when somebody asks.

use axum::extract::State;
use axum::response::Response;
use conversation::access::Permission;
use conversation::db::sql;
use maud::{Markup, html};
use serde_json::json;
use tokio::sync::Semaphore;
use ui::components::{Tone, badge, form, time_tag};
use ui::icons::{Icon, icon};
use ui::{Ctx, i18n};

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, see_other};
use crate::watch::finding::{Finding, Level};
use crate::watch::problems::{self, Problem};
use crate::watch::{deep, quick};

/// One look at everything at a time: it asks servers outside and reads the whole audit.
static ONE: Semaphore = Semaphore::const_new(1);

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Audit)?;
    let found = quick::all(&app.config, &app.store).await?;
    draw(&app, &me, found, None).await
}

/// Checks everything, as `doctor` does.
pub(super) async fn check(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let me = posted.me;
    me.must(Permission::Audit)?;
    let mut found = quick::all(&app.config, &app.store).await?;
    let Ok(_only) = ONE.try_acquire() else {
        return draw(&app, &me, found, Some((Tone::Neutral, "health-page-busy"))).await;
    };
    let everything = deep::all(&app.config, &app.store).await;
    found.extend(everything.map_err(|error| conversation::Error::corrupt("health", format!("{error:#}")))?);
    draw(&app, &me, found, Some((Tone::Neutral, "health-page-checked"))).await
}

/// Takes events that were put aside off the list, once somebody has seen to them.
pub(super) async fn put_away(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    posted.me.must(Permission::Administer)?;
    let mut tx = app.store.begin().await?;
    let gone = sql("DELETE FROM consumer_failures WHERE is_dead").run(&mut tx).await?;
    tx.commit_silently().await?;
    if gone > 0 {
        conversation::audit::note(
            &app.store,
            &posted.me.actor(),
            "health.events_seen",
            "events",
            &json!({ "count": gone }),
        )
        .await?;
    }
    Ok(see_other("/settings/health"))
}

async fn draw(
    app: &App,
    me: &SignedIn,
    mut found: Vec<Finding>,
    said: Option<(Tone, &'static str)>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    // What is wrong stands first.
    found.sort_by_key(|one| std::cmp::Reverse(one.level));
    let bad = found.iter().filter(|one| one.level == Level::Bad).count();
    let has_dead = found
        .iter()
        .any(|one| one.check == "health-dead" && one.level == Level::Bad);
    let open = problems::open(app.store.db()).await?;
    let body = html! {
        p.lead { (ctx.t("health-page-lead")) }
        div.health-sum.is-bad[bad > 0] {
            (icon(if bad == 0 { Icon::Check } else { Icon::Question }))
            strong { @if bad == 0 { (ctx.t("health-page-good")) } @else { (i18n::t_args(me.lang, "health-page-bad", &[("count", bad.into())])) } }
        }
        ul.health-list { @for one in &found { (row(&ctx, one)) } }
        div.health-acts {
            form method="post" action="/settings/health" { (form::csrf(&ctx)) button.button.primary type="submit" { (ctx.t("health-page-check")) } }
            @if has_dead && me.can(Permission::Administer) {
                form method="post" action="/settings/health/dead" { (form::csrf(&ctx)) button.button type="submit" { (ctx.t("health-page-dead")) } }
            }
        }
        p.hint { (ctx.t("health-page-check-hint")) }
        @if !open.is_empty() { (told(me, &ctx, &open)) }
    };
    let words = said.map(|(tone, key)| (tone, ctx.t(key)));
    let said = words.as_ref().map(|(tone, words)| (*tone, words.as_ref()));
    Ok(frame(me, Part::Health, &ctx.t("settings-health"), said, &body))
}

fn row(ctx: &Ctx<'_>, one: &Finding) -> Markup {
    let (tone, words) = match one.level {
        Level::Good => (Tone::Good, ctx.t("health-level-good")),
        Level::Note => (Tone::Neutral, ctx.t("health-level-note")),
        Level::Bad => (Tone::Bad, ctx.t("health-level-bad")),
    };
    html! {
        li.is-bad[one.level == Level::Bad] {
            (badge(tone, &words))
            div {
                strong { (one.title(ctx.lang)) }
                p { (one.detail.words(ctx.lang)) }
                @if let Some(next) = &one.next { p.health-next { (icon(Icon::Reply)) span { (next.words(ctx.lang)) } } }
            }
        }
    }
}

/// What people were told of and what is not over.
fn told(me: &SignedIn, ctx: &Ctx<'_>, open: &[Problem]) -> Markup {
    html! {
        h2 { (ctx.t("health-page-told")) }
        ul.health-list {
            @for problem in open {
                li {
                    span.muted { (time_tag(ctx, problem.since, &i18n::relative(me.lang, me.now, problem.since, &me.tz))) }
                    div {
                        strong { (crate::watch::finding::title(me.lang, &problem.kind, &problem.about)) }
                        @if !problem.place.is_empty() { " " span.muted { (problem.place) } }
                        @if problem.gone_since.is_some() { p { (ctx.t("health-page-going")) } }
                    }
                }
            }
        }
    }
}
