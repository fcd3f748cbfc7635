//! Surveys: where and when customers are asked, in which words, and which scores are raised.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::access::Permission;
use conversation::desk::Texts;
use conversation::surveys::{self, Kind, Settings};
use conversation::types::{InboxId, LabelId, Language, Millis};
use conversation::{Error, inboxes, labels};
use maud::{Markup, html};
use ui::components::{Tone, button};
use ui::i18n;

use super::draw::{Draw, Errors};
use super::frame::{Part, frame};
use super::meanwhile;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};

const MINUTE: Millis = 60_000;
const DAY: Millis = 86_400_000;
const MONTH: Millis = 30 * DAY;

fn form_of(settings: &Settings) -> Form {
    let mut form = Form::of([
        ("delay", (settings.delay / MINUTE).to_string()),
        (
            "quiet",
            match settings.kind {
                Kind::Csat => settings.quiet / DAY,
                Kind::Nps => settings.quiet / MONTH,
            }
            .to_string(),
        ),
        ("a_day", settings.a_day.to_string()),
        ("low_at", settings.low_at.to_string()),
        ("label", settings.label.as_ref().map_or("", LabelId::as_str).to_owned()),
        ("by_template", if settings.by_template { "on" } else { "" }.to_owned()),
    ]);
    for inbox in &settings.inboxes {
        form.push(format!("inbox_{inbox}"), "on");
    }
    for language in Language::ALL {
        form.push(
            format!("question_{language}"),
            settings.questions.get(*language).unwrap_or_default(),
        );
        form.push(
            format!("thanks_{language}"),
            settings.thanks.get(*language).unwrap_or_default(),
        );
    }
    form
}

/// The number of a field within bounds, or what is wrong with it.
fn number(form: &Form, lang: Language, name: &'static str, from: i64, to: i64, errors: &mut Errors) -> i64 {
    match form.get(name).trim().parse::<i64>() {
        Ok(number) if (from..=to).contains(&number) => number,
        _ => {
            let words = i18n::t_args(lang, "survey-number-wrong", &[("from", from.into()), ("to", to.into())]);
            errors.push((name.to_owned(), words));
            from
        }
    }
}

fn read(form: &Form, kind: Kind, lang: Language) -> Result<Settings, Errors> {
    let mut errors = Errors::new();
    let usual = Settings::usual(kind);
    let (least, most) = kind.scale();
    let texts = |what: &str| {
        Texts::of(
            Language::ALL
                .iter()
                .map(|language| (*language, form.get(&format!("{what}_{language}")).to_owned())),
        )
    };
    let settings = Settings {
        kind,
        inboxes: form
            .fields()
            .filter_map(|(name, _)| name.strip_prefix("inbox_"))
            .map(InboxId::from)
            .collect(),
        questions: texts("question"),
        thanks: texts("thanks"),
        delay: match kind {
            Kind::Csat => number(form, lang, "delay", 0, 43_200, &mut errors) * MINUTE,
            Kind::Nps => usual.delay,
        },
        quiet: match kind {
            Kind::Csat => number(form, lang, "quiet", 0, 365, &mut errors) * DAY,
            Kind::Nps => number(form, lang, "quiet", 1, 36, &mut errors) * MONTH,
        },
        a_day: match kind {
            Kind::Csat => usual.a_day,
            Kind::Nps => number(form, lang, "a_day", 1, 10_000, &mut errors),
        },
        low_at: number(form, lang, "low_at", least - 1, most - 1, &mut errors),
        label: Some(form.get("label")).filter(|id| !id.is_empty()).map(LabelId::from),
        by_template: form.is_on("by_template"),
    };
    if errors.is_empty() { Ok(settings) } else { Err(errors) }
}

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    page(&app, &me, None, None).await
}

pub(super) async fn save(
    State(app): State<App>,
    Path(kind): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let kind = Kind::from_text(&kind).ok_or(Error::NotFound)?;
    let kept = form_of(&surveys::load_settings(app.store.db(), kind).await?);
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[kind.as_str()]).await? {
        return page(&app, &me, Some((kind, &form, &errors)), None).await;
    }
    let settings = match read(&form, kind, me.lang) {
        Ok(settings) => settings,
        Err(errors) => return page(&app, &me, Some((kind, &form, &errors)), None).await,
    };
    match surveys::save_settings(&app.store, &me.actor(), &settings).await {
        Ok(()) => {
            let said = i18n::t(me.lang, "settings-saved");
            page(&app, &me, None, Some(&said)).await
        }
        Err(error @ Error::Invalid(_)) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            page(&app, &me, Some((kind, &form, &errors)), None).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What was sent and is wrong.
type Wrong<'a> = Option<(Kind, &'a Form, &'a Errors)>;

async fn page(app: &App, me: &SignedIn, wrong: Wrong<'_>, said: Option<&str>) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let db = app.store.db();
    let places: Vec<(String, String)> = inboxes::list(db)
        .await?
        .into_iter()
        .map(|inbox| (inbox.id.to_string(), inbox.name))
        .collect();
    let mut choices = vec![(String::new(), ctx.t("survey-no-label").into_owned())];
    choices.extend(
        labels::list(db)
            .await?
            .into_iter()
            .map(|label| (label.id.to_string(), label.name)),
    );
    let none = Errors::new();
    let mut forms = Vec::new();
    for kind in Kind::ALL {
        let settings = surveys::load_settings(db, kind).await?;
        let mut own = form_of(&settings);
        meanwhile::stamp(&mut own);
        let (sent, errors) = match wrong {
            Some((which, form, errors)) if which == kind => (form, errors),
            _ => (&own, &none),
        };
        forms.push(one(me, kind, sent, errors, &places, &choices));
    }
    let body = html! {
        p.lead { (ctx.t("survey-lead")) }
        @for form in &forms { (form) }
    };
    let said = said.map(|words| (Tone::Good, words));
    let mut response = frame(me, Part::Surveys, &ctx.t("settings-surveys"), said, &body);
    if wrong.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn one(
    me: &SignedIn,
    kind: Kind,
    sent: &Form,
    errors: &Errors,
    places: &[(String, String)],
    choices: &[(String, String)],
) -> Markup {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let (title, lead) = match kind {
        Kind::Csat => ("survey-csat", "survey-csat-lead"),
        Kind::Nps => ("survey-nps", "survey-nps-lead"),
    };
    let choices: Vec<(&str, &str)> = choices.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    let usual = Settings::usual(kind);
    html! {
        form.settings-form method="post" action={ "/settings/surveys/" (kind.as_str()) } {
            (draw.begin())
            h2 { (ctx.t(title)) }
            p.muted { (ctx.t(lead)) }
            (draw.summary())
            fieldset.group {
                legend { (ctx.t("survey-where")) }
                @if places.is_empty() { p.muted { (ctx.t("survey-nowhere")) } }
                div.checks { @for (id, name) in places { (draw.check(&format!("inbox_{id}"), name)) } }
                div.row-fields {
                    @match kind {
                        Kind::Csat => {
                            (draw.text("delay", &ctx.t("survey-delay"), "", true))
                            (draw.text("quiet", &ctx.t("survey-quiet"), "", true))
                        }
                        Kind::Nps => {
                            (draw.text("quiet", &ctx.t("survey-months"), "", true))
                            (draw.text("a_day", &ctx.t("survey-a-day"), "", true))
                        }
                    }
                }
                (draw.check("by_template", &ctx.t("survey-by-template")))
                div.row-fields {
                    (draw.text("low_at", &ctx.t("survey-low-at"), &ctx.t("survey-low-at-hint"), true))
                    (draw.choice("label", &ctx.t("survey-label"), &choices))
                }
            }
            details.group {
                summary { (ctx.t("survey-words")) }
                @for language in Language::ALL {
                    (draw.text(&format!("question_{language}"),
                        &i18n::t_args(me.lang, "survey-question", &[("language", i18n::own_name(*language).into())]),
                        &i18n::t_args(me.lang, "survey-question-hint", &[("usual", surveys::question(&usual, *language).into())]), false))
                    (draw.text(&format!("thanks_{language}"),
                        &i18n::t_args(me.lang, "survey-thanks", &[("language", i18n::own_name(*language).into())]),
                        &i18n::t_args(me.lang, "survey-question-hint", &[("usual", surveys::thanks(&usual, *language).into())]), false))
                }
            }
            div.settings-actions { (button(&ctx.t("settings-save"))) }
        }
    }
}
