//! The forms of a WhatsApp number and of a chat widget, and what there is to say about the portal.

use channels::whatsapp::Client;
use channels::whatsapp::settings::{FallbackTemplate, TemplateParameter, WhatsappSettings};
use conversation::inboxes::Inbox;
use conversation::types::Language;
use maud::{Markup, html};
use ui::components::Tone;
use ui::{Ctx, i18n, routes};

use super::draw::{Draw, Errors, copy};
use crate::app::App;
use crate::auth::form::Form;
use crate::widget::WidgetSettings;

pub(super) fn whatsapp_fields(draw: &Draw<'_>, is_new: bool) -> Markup {
    let ctx = &draw.ctx;
    let keep = if is_new { "".into() } else { ctx.t("secret-keep") };
    html! {
        (draw.text("phone_number_id", &ctx.t("whatsapp-number-id"), &ctx.t("whatsapp-number-id-hint"), true))
        (draw.secret("access_token", &ctx.t("whatsapp-token"), if is_new { "" } else { &keep }, is_new))
        (draw.secret("app_secret", &ctx.t("whatsapp-secret"), if is_new { "" } else { &keep }, is_new))
        fieldset.group {
            legend { (ctx.t("whatsapp-template")) }
            p.hint { (ctx.t("whatsapp-template-hint")) }
            div.row-fields { (draw.text("template", &ctx.t("whatsapp-template-name"), "", false)) (draw.text("template_language", &ctx.t("whatsapp-template-language"), "", false)) }
        }
        details.group {
            summary { (ctx.t("settings-advanced")) }
            (draw.text("graph_url", &ctx.t("whatsapp-graph"), "", false))
            (draw.text("api_version", &ctx.t("whatsapp-version"), "", false))
        }
    }
}

pub(super) fn read_whatsapp(app: &App, form: &Form, old: Option<WhatsappSettings>) -> Result<WhatsappSettings, Errors> {
    let get = |name: &str| form.get(name).trim().to_owned();
    let or = |given: String, kept: Option<String>| {
        if given.is_empty() {
            kept.unwrap_or_default()
        } else {
            given
        }
    };
    let template = Some(get("template"))
        .filter(|name| !name.is_empty())
        .map(|name| FallbackTemplate {
            name,
            language: Some(get("template_language"))
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| "en".to_owned()),
            parameters: old
                .as_ref()
                .and_then(|old| old.template.as_ref())
                .map_or_else(|| vec![TemplateParameter::Text], |template| template.parameters.clone()),
        });
    let base = serde_json::json!({ "phone_number_id": "", "access_token": "", "app_secret": "", "verify_token": "" });
    let defaults =
        serde_json::from_value::<WhatsappSettings>(base).map_err(|error| vec![(String::new(), error.to_string())])?;
    let old = old.unwrap_or(defaults);
    let settings = WhatsappSettings {
        phone_number_id: get("phone_number_id"),
        access_token: or(get("access_token"), Some(old.access_token)),
        app_secret: or(get("app_secret"), Some(old.app_secret)),
        verify_token: if old.verify_token.is_empty() {
            app.store.env().secret().chars().take(32).collect()
        } else {
            old.verify_token
        },
        graph_url: or(get("graph_url"), Some(old.graph_url)),
        api_version: or(get("api_version"), Some(old.api_version)),
        template,
        public_url: Some(app.public_url()),
        ..old
    };
    match settings.graph() {
        Ok(_) => Ok(settings),
        Err(error) => Err(vec![(error.field.to_owned(), error.reason)]),
    }
}

pub(super) fn fill_whatsapp(form: &mut Form, settings: &WhatsappSettings) {
    form.push("phone_number_id", settings.phone_number_id.as_str());
    form.push("graph_url", settings.graph_url.as_str());
    form.push("api_version", settings.api_version.as_str());
    if let Some(template) = &settings.template {
        form.push("template", template.name.as_str());
        form.push("template_language", template.language.as_str());
    }
}

pub(super) async fn test_whatsapp(app: &App, lang: Language, settings: &WhatsappSettings) -> Vec<(Tone, String)> {
    let client = match Client::new(settings.clone(), app.store.now()) {
        Ok(client) => client,
        Err(error) => return vec![(Tone::Bad, error.to_string())],
    };
    match client.check().await {
        Ok(number) => {
            let number = number["display_phone_number"].as_str().unwrap_or_default().to_owned();
            vec![(
                Tone::Good,
                i18n::t_args(lang, "test-whatsapp-ok", &[("number", number.into())]),
            )]
        }
        Err(error) => vec![(Tone::Bad, error.to_string())],
    }
}

pub(super) fn whatsapp_facts(app: &App, ctx: &Ctx<'_>, inbox: &Inbox, settings: &WhatsappSettings) -> Markup {
    html! {
        fieldset.group {
            legend { (ctx.t("whatsapp-hook")) }
            p.hint { (ctx.t("whatsapp-hook-hint")) }
            (copy("hook-url", &ctx.t("hook-url"), &format!("{}/webhooks/whatsapp/{}", app.public_url(), inbox.id)))
            (copy("verify-token", &ctx.t("whatsapp-verify"), &settings.verify_token))
        }
    }
}

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

pub(super) fn widget_facts(app: &App, ctx: &Ctx<'_>, settings: &WidgetSettings) -> Markup {
    let snippet = format!(
        "<script src=\"{}{}\" data-inbox=\"{}\" async></script>",
        app.public_url(),
        routes::WIDGET_SCRIPT,
        settings.key
    );
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
