//! Settings: the source of map tiles, reminders, where requests go.

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::teams;
use conversation::types::Level;
use equipment::settings::{self, Route, Settings};
use equipment::{RequestKind, words};
use maud::html;
use serde::Deserialize;
use ui::components::Tone;
use ui::i18n;

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::settings::draw::{Draw, Errors, with_status};
use crate::settings::meanwhile;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    said: String,
}

fn filled(settings: &Settings) -> Form {
    let days: Vec<String> = settings.remind_days.iter().map(ToString::to_string).collect();
    let mut form = Form::of([
        ("tile_url", settings.tile_url.clone()),
        ("tile_attribution", settings.tile_attribution.clone()),
        ("remind_days", days.join(", ")),
        ("close_after_days", settings.close_after_days.to_string()),
    ]);
    for kind in RequestKind::ALL {
        let route = settings.route(*kind);
        form.push(format!("level-{kind}"), route.level.as_str());
        form.push(format!("team-{kind}"), route.team.unwrap_or_default());
    }
    meanwhile::stamp(&mut form);
    form
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Query(said): Query<Said>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let form = filled(&settings::load(app.store.db()).await?);
    draw(&app, &me, &form, &Errors::new(), said.said == "saved").await
}

async fn draw(app: &App, me: &SignedIn, sent: &Form, errors: &Errors, is_saved: bool) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx: me.ctx(),
        form: sent,
        errors,
    };
    let all = teams::list(app.store.db()).await?;
    let mut choices: Vec<(&str, &str)> = vec![("", "—")];
    choices.extend(all.iter().map(|team| (team.id.as_str(), team.name.as_str())));
    let levels = [("N1", "N1"), ("N2", "N2"), ("N3", "N3")];
    let said = words::of(me.lang);
    let body = html! {
        (draw.summary())
        form.settings-form method="post" action="/equipment/settings" {
            (draw.begin())
            h2 { (ctx.t("eq-readings")) }
            div.row-fields { (draw.text("remind_days", &ctx.t("eq-remind-days"), &ctx.t("eq-remind-days-hint"), false)) (draw.text("close_after_days", &ctx.t("eq-close-after"), &ctx.t("eq-close-after-hint"), true)) }
            h2 { (ctx.t("eq-routes")) }
            @for kind in RequestKind::ALL {
                div.row-fields { (draw.choice(&format!("level-{kind}"), &format!("{} · {}", said.request(*kind), ctx.t("eq-level")), &levels)) (draw.choice(&format!("team-{kind}"), &ctx.t("eq-team"), &choices)) }
            }
            h2 { (ctx.t("eq-map")) }
            (draw.text("tile_url", &ctx.t("eq-tile-url"), &ctx.t("eq-tile-hint"), false))
            (draw.text("tile_attribution", &ctx.t("eq-tile-thanks"), "", false))
            div.settings-actions { button.button.primary type="submit" { (ctx.t("billing-save")) } }
        }
    };
    let words = i18n::t(me.lang, "settings-saved");
    let said = is_saved.then_some((Tone::Good, &*words));
    let page = frame(me, Part::Settings, &ctx.t("billing-settings"), said, &body);
    Ok(with_status(page, errors))
}

fn read(form: &Form) -> Result<Settings, Error> {
    let days: Result<Vec<i64>, _> = form
        .get("remind_days")
        .split([',', ' ', ';'])
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect();
    let routes = RequestKind::ALL
        .iter()
        .map(|kind| {
            let level: Level = form.get(&format!("level-{kind}")).parse().unwrap_or(Level::N1);
            let team = Some(form.get(&format!("team-{kind}")).to_owned()).filter(|team| !team.is_empty());
            Route {
                kind: *kind,
                level,
                team,
            }
        })
        .collect();
    Ok(Settings {
        tile_url: form.get("tile_url").trim().to_owned(),
        tile_attribution: form.get("tile_attribution").trim().to_owned(),
        remind_days: days.map_err(|_| Error::Invalid(
                "remind_days: write whole numbers parted by commas, such as 3, 0: three days before the period ends, and on its last day"
                    .to_owned(),
            ))?,
        close_after_days: form
            .get("close_after_days")
            .trim()
            .parse()
            .map_err(|_| Error::Invalid("close_after_days: 0 to 60 days".to_owned()))?,
        routes,
    })
}

pub(super) async fn save(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let kept = filled(&settings::load(app.store.db()).await?);
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &["settings"]).await? {
        return draw(&app, &me, &form, &errors, false).await;
    }
    let saved = async {
        let settings = read(&form)?;
        settings::save(&app.store, &me.actor(), &settings).await
    };
    match saved.await {
        Ok(()) => Ok(see_other("/equipment/settings?said=saved")),
        Err(error @ Error::Invalid(_)) => {
            let text = error.to_string();
            let field = ["tile_url", "tile_attribution", "remind_days", "close_after_days"]
                .into_iter()
                .find(|field| text.starts_with(&format!("{field}:")));
            let errors = vec![(field.unwrap_or_default().to_owned(), failure::words(me.lang, &error))];
            draw(&app, &me, &form, &errors, false).await
        }
        Err(error) => Err(error.into()),
    }
}
