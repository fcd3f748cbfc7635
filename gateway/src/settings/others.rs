//! The form of a chat widget, and what there is to say about the portal.

use conversation::types::Language;
use maud::{Markup, html};
use ui::{Ctx, i18n, routes};

use super::draw::{Draw, Errors, copy};
use crate::app::App;
use crate::auth::form::Form;
use crate::widget::WidgetSettings;

pub(super) fn widget_fields(draw: &Draw<'_>) -> Markup {
    let ctx = &draw.ctx;
    html! {
        (draw.lines("allowed_origins", &ctx.t("chat-origins"), &ctx.t("chat-origins-hint"), 3))
        (draw.text("color", &ctx.t("chat-color"), &ctx.t("chat-color-hint"), false))
        fieldset.group {
            legend { (ctx.t("chat-greeting")) }
            p.hint { (ctx.t("chat-greeting-hint")) }
            @for language in Language::ALL { (draw.text(&format!("greeting_{language}"), i18n::own_name(*language), "", false)) }
        }
    }
}

pub(super) fn read_widget(app: &App, form: &Form, old: WidgetSettings) -> Result<WidgetSettings, Errors> {
    let lines = form
        .get("allowed_origins")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let greeting = Language::ALL
        .iter()
        .map(|language| (*language, form.get(&format!("greeting_{language}")).trim().to_owned()))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    let settings = WidgetSettings {
        allowed_origins: lines,
        greeting,
        color: Some(form.get("color").trim().to_owned()).filter(|color| !color.is_empty()),
        ..old
    }
    .complete(app.store.env());
    match settings.check() {
        Ok(()) => Ok(settings),
        Err(words) => {
            let (field, words) = words.split_once(": ").unwrap_or(("", &words));
            Err(vec![(field.to_owned(), words.to_owned())])
        }
    }
}

pub(super) fn fill_widget(form: &mut Form, settings: &WidgetSettings) {
    form.push("allowed_origins", settings.allowed_origins.join("\n"));
    form.push("color", settings.color.clone().unwrap_or_default());
    for (language, words) in &settings.greeting {
        form.push(format!("greeting_{language}"), words.as_str());
    }
}

/// The line of HTML that brings the chat onto a page.
pub(super) fn snippet(app: &App, settings: &WidgetSettings) -> String {
    format!(
        "<script src=\"{}{}\" data-inbox=\"{}\" async></script>",
        app.public_url(),
        routes::WIDGET_SCRIPT,
        settings.key
    )
}

pub(super) fn widget_facts(app: &App, ctx: &Ctx<'_>, settings: &WidgetSettings) -> Markup {
    let snippet = snippet(app, settings);
    html! {
        fieldset.group {
            legend { (ctx.t("chat-snippet")) }
            p.hint { (ctx.t("chat-snippet-hint")) }
            (copy("snippet", &ctx.t("chat-snippet-label"), &snippet))
            details { summary { (ctx.t("chat-identity")) } p.hint { (ctx.t("chat-identity-hint")) } (copy("identity", &ctx.t("chat-identity-label"), &settings.identity_secret)) }
        }
    }
}

pub(super) fn portal_facts(app: &App, ctx: &Ctx<'_>) -> Markup {
    html! { (copy("form-url", &ctx.t("portal-form"), &format!("{}{}", app.public_url(), routes::TICKET_NEW))) }
}
