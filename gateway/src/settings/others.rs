//! The form of a chat widget, and what there is to say about the portal.

use conversation::inboxes::Inbox;
use conversation::types::Language;
use maud::{Markup, html};
use ui::icons::{Icon, icon};
use ui::{Ctx, i18n, routes};

use super::draw::{Draw, Errors, copy};
use crate::app::App;
use crate::auth::form::Form;
use crate::widget::{Ask, Asked, Before, WidgetSettings, origin};

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
        (before(draw))
        fieldset.group {
            legend { (ctx.t("widget-articles")) }
            p.hint { (ctx.t("chat-articles-hint")) }
            div.checks { (draw.check("articles", &ctx.t("chat-articles"))) }
        }
    }
}

/// What is asked before the first message.
fn before(draw: &Draw<'_>) -> Markup {
    let ctx = &draw.ctx;
    let words = Ask::ALL.map(|ask| ctx.t(ask_key(ask)));
    let options: Vec<(&str, &str)> = Ask::ALL
        .iter()
        .map(|ask| ask.as_str())
        .zip(words.iter().map(AsRef::as_ref))
        .collect();
    html! {
        fieldset.group {
            legend { (ctx.t("chat-before")) }
            p.hint { (ctx.t("chat-before-hint")) }
            @for asked in Asked::ALL { (draw.choice(&before_field(asked), &ctx.t(asked_key(asked)), &options)) }
        }
    }
}

fn before_field(asked: Asked) -> String {
    format!("before_{asked}")
}

const fn ask_key(ask: Ask) -> &'static str {
    match ask {
        Ask::No => "chat-ask-no",
        Ask::Optional => "chat-ask-optional",
        Ask::Required => "chat-ask-required",
    }
}

const fn asked_key(asked: Asked) -> &'static str {
    match asked {
        Asked::Name => "before-name",
        Asked::Email => "before-email",
        Asked::Phone => "before-phone",
    }
}

/// An origin as people type it: with a slash at its end, or without the scheme.
fn typed_origin(text: &str) -> Option<String> {
    origin(text)
        .or_else(|| (!text.contains("://") && text.contains('.')).then(|| origin(&format!("https://{text}")))?)
}

/// A colour as people type it: with or without the sign before it, in either case of letters.
fn typed_color(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let is_color = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_color.then(|| format!("#{}", digits.to_lowercase()))
}

/// The longest greeting, in characters.
const LONGEST_GREETING: usize = 500;

pub(super) fn read_widget(
    app: &App,
    lang: Language,
    form: &Form,
    old: WidgetSettings,
) -> Result<WidgetSettings, Errors> {
    let mut errors: Errors = Vec::new();
    let mut allowed_origins: Vec<String> = Vec::new();
    for text in form.get("allowed_origins").split_whitespace() {
        match typed_origin(text) {
            Some(origin) if !allowed_origins.contains(&origin) => allowed_origins.push(origin),
            Some(_) => {}
            None => {
                let shown: String = text.chars().take(100).collect();
                let words = i18n::t_args(lang, "chat-origin-wrong", &[("text", shown.into())]);
                errors.push(("allowed_origins".to_owned(), words));
                break;
            }
        }
    }
    let color = match form.get("color").trim() {
        "" => None,
        text => {
            let color = typed_color(text);
            if color.is_none() {
                errors.push(("color".to_owned(), i18n::t(lang, "chat-color-wrong").into_owned()));
            }
            color
        }
    };
    for language in Language::ALL {
        let field = format!("greeting_{language}");
        if form.get(&field).trim().chars().count() > LONGEST_GREETING {
            let words = i18n::t_args(lang, "chat-greeting-long", &[("most", LONGEST_GREETING.into())]);
            errors.push((field, words));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let greeting = Language::ALL
        .iter()
        .map(|language| (*language, form.get(&format!("greeting_{language}")).trim().to_owned()))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    let ask = |asked: Asked| Ask::of(form.get(&before_field(asked))).unwrap_or_default();
    let settings = WidgetSettings {
        allowed_origins,
        greeting,
        color,
        before: Before {
            name: ask(Asked::Name),
            email: ask(Asked::Email),
            phone: ask(Asked::Phone),
        },
        articles: form.is_on("articles"),
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
    if settings.articles {
        form.push("articles", "on");
    }
    for asked in Asked::ALL {
        form.push(before_field(asked), settings.before.of(asked).as_str());
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

pub(super) fn widget_facts(app: &App, ctx: &Ctx<'_>, inbox: &Inbox, settings: &WidgetSettings) -> Markup {
    let snippet = snippet(app, settings);
    html! {
        fieldset.group {
            legend { (ctx.t("chat-snippet")) }
            p.hint { (ctx.t("chat-snippet-hint")) }
            (copy("snippet", &ctx.t("chat-snippet-label"), &snippet))
            @if settings.allowed_origins.is_empty() { div.notice.warn { (ctx.t("chat-nowhere")) } }
            p.settings-actions { a.button.ghost href=(super::proactive::here(&inbox.id)) { (icon(Icon::Webchat)) " " (ctx.t("proactive-title")) }
                @if inbox.is_enabled { a.button.ghost href={ (routes::SAMPLE) "?inbox=" (routes::escape(&settings.key)) } target="_blank" rel="noopener" { (ctx.t("chat-look")) " " (icon(Icon::External)) } } }
            details { summary { (ctx.t("chat-identity")) } p.hint { (ctx.t("chat-identity-hint")) } (copy("identity", &ctx.t("chat-identity-label"), &settings.identity_secret)) }
        }
    }
}

pub(super) fn portal_facts(app: &App, ctx: &Ctx<'_>) -> Markup {
    html! { (copy("form-url", &ctx.t("portal-form"), &format!("{}{}", app.public_url(), routes::TICKET_NEW))) }
}
