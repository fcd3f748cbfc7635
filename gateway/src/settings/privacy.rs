//! Privacy for administrators: what people asked for, how long each kind is kept, and one person's data.

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::contacts;
use conversation::privacy;
use maud::{Markup, html};
use ui::components::{Tone, button, form, time_tag};
use ui::{i18n, routes};

use super::draw::{Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::privacy::retention::{self, KINDS, Retention};

pub(crate) mod act;
mod person;

use person::Asked;

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    me.fresh(&asked.url())?;
    let rules = retention::load(&app.store).await?;
    let shown = Shown {
        person: Some(person::found(&app, &me, &asked).await?),
        ..Shown::default()
    };
    page(&app, &me, &rules, shown).await
}

/// What stands on the page beside what is kept.
#[derive(Default)]
struct Shown<'a> {
    /// What was typed by whoever saved second.
    late: Option<&'a Form>,
    errors: Errors,
    said: Option<(Tone, &'a str)>,
    /// What would be forgotten.
    dry: Option<Vec<(String, i64)>>,
    /// The search for a person, once somebody searched.
    person: Option<Markup>,
}

async fn page(app: &App, me: &SignedIn, rules: &Retention, shown: Shown<'_>) -> Result<Response, Failure> {
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
        form: shown.late.unwrap_or(&filled),
        errors: &shown.errors,
    };
    let body = html! {
        (draw.summary())
        h2 { (ctx.t("privacy-requests")) }
        @if rows.is_empty() { p.muted { (ctx.t("privacy-no-requests")) } }
        ul.people {
            @for (request, name, address) in &rows {
                li.person {
                    span.inbox-name { strong { @if name.is_empty() { (address) } @else { (name) } } span.muted { (address) " · " (time_tag(&ctx, request.at, &i18n::date_time(me.lang, request.at, &me.tz))) } }
                    a.button.ghost href={ (routes::PRIVACY) "/contacts/" (request.contact_id) "/export" } { (ctx.t("privacy-export")) }
                    form method="post" action={ (routes::PRIVACY) "/contacts/" (request.contact_id) } {
                        (form::csrf(&ctx)) input type="hidden" name="request" value=(request.id);
                        button.button.danger type="submit" name="do" value="erase" { (ctx.t("privacy-erase")) }
                        button.button.ghost type="submit" name="do" value="refuse" { (ctx.t("privacy-refuse")) }
                    }
                }
            }
        }
        h2 { (ctx.t("privacy-person")) }
        p.hint { (ctx.t("privacy-person-hint")) }
        @match &shown.person { Some(found) => (found), None => (person::search(me, &Asked::default(), &[])) }
        h2 { (ctx.t("privacy-retention")) }
        p.hint { (ctx.t("privacy-retention-hint")) }
        @if let Some(found) = &shown.dry {
            div.fresh { p { (ctx.t("privacy-dry")) } ul { @for (kind, count) in found { li { (ctx.t(&format!("kept-{kind}"))) ": " (i18n::number(me.lang, *count)) } } } }
        }
        form.settings-form method="post" action=(routes::PRIVACY) {
            (draw.begin())
            div.row-fields { @for (kind, _) in KINDS { (draw.text(kind, &ctx.t(&format!("kept-{kind}")), "", true)) } }
            div.settings-actions { (button(&ctx.t("settings-save"))) button.button.ghost type="submit" name="do" value="dry" { (ctx.t("privacy-dry-run")) } }
        }
    };
    let page = frame(me, Part::Privacy, &ctx.t("settings-privacy"), shown.said, &body);
    Ok(with_status(page, &shown.errors))
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
    me.fresh(routes::PRIVACY)?;
    let ctx = me.ctx();
    let known = retention::load(&app.store).await?;
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, filled(&known), &[retention::KEY]).await? {
        let shown = Shown {
            late: Some(&form),
            errors,
            ..Shown::default()
        };
        return page(&app, &me, &known, shown).await;
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
        return page(
            &app,
            &me,
            &rules,
            Shown {
                errors,
                ..Shown::default()
            },
        )
        .await;
    }
    if form.get("do") == "dry" {
        let dry = Some(retention::dry_run(&app.store, &rules).await?);
        return page(
            &app,
            &me,
            &rules,
            Shown {
                dry,
                ..Shown::default()
            },
        )
        .await;
    }
    match retention::save(&app.store, &me.actor(), &rules).await {
        Ok(()) => {
            let words = ctx.t("settings-saved");
            let said = Some((Tone::Good, words.as_ref()));
            page(
                &app,
                &me,
                &rules,
                Shown {
                    said,
                    ..Shown::default()
                },
            )
            .await
        }
        Err(error @ Error::Invalid(_)) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            page(
                &app,
                &me,
                &rules,
                Shown {
                    errors,
                    ..Shown::default()
                },
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}
