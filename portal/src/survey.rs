//! The page of a survey: the signed link of a mail, a chat or a template. A GET shows it, with the score chosen
//! that the link named; only the button records, for scanners of mail press every link.

use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::Error;
use conversation::surveys::{self, CHANGE_WITHIN, State as Reached, Survey};
use conversation::types::Language;
use serde::Deserialize;
use ui::i18n;
use ui::survey_page::{self, SurveyPageView};

use crate::Portal;
use crate::request::{Failed, Page, Reader, page, see_other};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chosen {
    score: String,
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sent {
    score: String,
    comment: String,
}

async fn load(portal: &Portal, signed: &str) -> Result<Survey, Failed> {
    let gone = || Failed::Status(StatusCode::NOT_FOUND);
    let id = surveys::of_page(portal.store.keys(), signed).ok_or_else(gone)?;
    let survey = surveys::load(portal.store.db(), id).await?;
    match survey.state {
        Reached::Asked | Reached::Answered => Ok(survey),
        Reached::Due | Reached::Skipped => Err(gone()),
    }
}

/// Where a press on a card in a mail leads: the survey's page with that score chosen.
pub(crate) fn landing(portal: &Portal, value: &str) -> Option<Response> {
    let (id, score) = surveys::from_value(value)?;
    let path = surveys::page_path(portal.store.keys(), id);
    Some(see_other(&format!("{path}?score={score}")))
}

/// GET `/s/{signed}`.
pub(crate) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    Path(signed): Path<String>,
    Query(chosen): Query<Chosen>,
) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let survey = load(&portal, &signed).await?;
    let chosen = chosen.score.parse().ok().or(survey.score);
    draw(&portal, &reader, &signed, &survey, chosen, Ok(None)).await
}

/// What happened to what was sent: thanks, or what is wrong with it.
type Came = Result<Option<String>, String>;

async fn draw(
    portal: &Portal,
    reader: &Reader,
    signed: &str,
    survey: &Survey,
    chosen: Option<i64>,
    came: Came,
) -> Page {
    let lang: Language = reader.chosen.unwrap_or(survey.language);
    let settings = surveys::load_settings(portal.store.db(), survey.kind).await?;
    let now = portal.store.now();
    let closes = match survey.answered_at {
        Some(first) => first + CHANGE_WITHIN,
        None => survey.asked_at.unwrap_or(survey.due_at) + surveys::OPEN_FOR,
    };
    let (least, most) = survey.kind.scale();
    let scores = (least..=most).map(|score| {
        let words = surveys::label(survey.kind, score, lang);
        let words = words.split_once(" · ").map(|(_, words)| words.to_owned());
        (score, words.unwrap_or_default())
    });
    let status = match &came {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let (said, error) = match came {
        Ok(said) => (said, None),
        Err(error) => (None, Some(error)),
    };
    let view = SurveyPageView {
        business: portal.business(),
        question: surveys::question(&settings, lang),
        scale: surveys::scale_words(survey.kind, lang).to_owned(),
        scores: scores.collect(),
        chosen: chosen.filter(|score| (least..=most).contains(score)),
        comment: survey.comment.clone().unwrap_or_default(),
        said,
        error,
        until: survey
            .answered_at
            .map(|_| i18n::date(lang, closes, portal.billing.zone.now())),
        is_over: now > closes,
        url: format!("/s/{}", ui::routes::escape(signed)),
    };
    Ok(page(status, survey_page::survey(&portal.ctx(lang), &view)))
}

/// POST `/s/{signed}`.
pub(crate) async fn record(
    State(portal): State<Portal>,
    reader: Reader,
    Path(signed): Path<String>,
    Form(sent): Form<Sent>,
) -> Page {
    portal.limits.secrets.check(&reader.address)?;
    let survey = load(&portal, &signed).await?;
    let lang = reader.chosen.unwrap_or(survey.language);
    let Ok(score) = sent.score.parse::<i64>() else {
        let words = i18n::t(lang, "survey-page-choose").into_owned();
        return draw(&portal, &reader, &signed, &survey, None, Err(words)).await;
    };
    match surveys::answer(&portal.store, &survey.id, score, Some(&sent.comment)).await {
        Ok(survey) => {
            let settings = surveys::load_settings(portal.store.db(), survey.kind).await?;
            let thanks = surveys::thanks(&settings, lang);
            draw(&portal, &reader, &signed, &survey, survey.score, Ok(Some(thanks))).await
        }
        Err(Error::Invalid(_)) => {
            let words = i18n::t(lang, "survey-page-choose").into_owned();
            draw(&portal, &reader, &signed, &survey, survey.score, Err(words)).await
        }
        Err(Error::Conflict(_)) => {
            let words = i18n::t(lang, "survey-page-over").into_owned();
            draw(&portal, &reader, &signed, &survey, survey.score, Err(words)).await
        }
        Err(error) => Err(error.into()),
    }
}
