//! The page of one survey: scores to choose from, room for words. It works without scripts and without
//! being signed in.

use maud::{Markup, html};

use crate::components::form::{self, Field};
use crate::components::{Tone, button, toast};
use crate::portal_pages::{Business, sheet};
use crate::{Ctx, i18n};

/// One survey.
#[derive(Debug, Clone, Default)]
pub struct SurveyPageView {
    /// The business.
    pub business: Business,
    /// The question.
    pub question: String,
    /// What the ends of the scale mean.
    pub scale: String,
    /// The scores and their words, the lowest first.
    pub scores: Vec<(i64, String)>,
    /// The one that is chosen already.
    pub chosen: Option<i64>,
    /// The words that were given.
    pub comment: String,
    /// What just happened.
    pub said: Option<String>,
    /// What is wrong.
    pub error: Option<String>,
    /// Until when the answer can be changed, in words.
    pub until: Option<String>,
    /// It takes no answer any more.
    pub is_over: bool,
    /// This page's address.
    pub url: String,
}

/// The page.
pub fn survey(ctx: &Ctx<'_>, view: &SurveyPageView) -> Markup {
    let label = ctx.t("survey-page-comment");
    let comment = Field {
        name: "comment",
        label: &label,
        value: &view.comment,
        max_length: 4_000,
        ..Field::default()
    };
    let is_long = view.scores.len() > 6;
    let body = html! {
        @if let Some(words) = &view.said { (toast(Tone::Good, words)) }
        h1 { (view.question) }
        @if view.is_over { p.lead { (ctx.t("survey-page-over")) } }
        @else {
            (form::summary(ctx, &[], view.error.as_deref()))
            form.stack method="post" action=(view.url) {
                (form::csrf(ctx))
                fieldset class={ "scores" @if is_long { " long" } } {
                    legend.visually-hidden { (ctx.t("survey-page-scores")) }
                    div.score-row { @for (score, words) in &view.scores { label.score { input type="radio" name="score" value=(score) required checked[view.chosen == Some(*score)]; span.score-number { (score) } @if !words.is_empty() { span.score-words { (words) } } } } }
                    p.hint { (view.scale) }
                }
                (form::textarea(ctx, 4, &comment))
                (button(&ctx.t(if view.until.is_some() { "survey-page-again" } else { "survey-page-send" })))
            }
            @if let Some(date) = &view.until { p.hint { (i18n::t_args(ctx.lang, "survey-page-change", &[("date", date.clone().into())])) } }
        }
    };
    sheet(ctx, &view.business, &ctx.t("survey-page-title"), &view.url, &body)
}
