//! What the composer has for a chat with a window: how long free words may still leave, what else than
//! words can be sent, and the templates.

use conversation::types::Millis;
use maud::{Markup, html};

use crate::components::{AttachmentView, Tone, badge, form};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// A WhatsApp conversation's composer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatComposerView {
    /// The conversation's id.
    pub conversation: String,
    /// Until when anything may be sent; `None` where the customer never wrote.
    pub window_until: Option<Millis>,
}

impl ChatComposerView {
    /// Whether free words may leave now.
    pub fn is_open(&self, now: Millis) -> bool {
        self.window_until.is_some_and(|until| now < until)
    }
}

/// A template to choose.
#[derive(Debug, Clone)]
pub struct TemplateChoice {
    /// Its name.
    pub name: String,
    /// Its language as Meta writes it.
    pub language: String,
    /// What it is for, as Meta writes it.
    pub category: String,
    /// Its state, as Meta writes it.
    pub status: String,
    /// The beginning of its words.
    pub words: String,
    /// It can be sent.
    pub is_usable: bool,
    /// Why not.
    pub reason: String,
}

/// The list of templates.
#[derive(Debug, Clone)]
pub struct TemplateListView {
    /// The conversation's id.
    pub conversation: String,
    /// What there is: the customer's language first.
    pub templates: Vec<TemplateChoice>,
    /// When Meta was asked last; `None` never.
    pub synced_at: Option<Millis>,
    /// What went wrong then.
    pub trouble: String,
    /// The key of what says that the customer wants no marketing.
    pub no_marketing: Option<&'static str>,
}

/// One blank of a template.
#[derive(Debug, Clone)]
pub struct BlankView {
    /// Its key, the field is `value.<key>`.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// An example.
    pub example: String,
    /// What it is filled with at first.
    pub value: String,
}

/// A run of a template's words: plain, or a blank by its key.
#[derive(Debug, Clone)]
pub enum Run {
    /// Words as they stand.
    Plain(String),
    /// A blank.
    Blank(String),
}

/// One template with its blanks.
#[derive(Debug, Clone)]
pub struct TemplateFormView {
    /// The conversation's id.
    pub conversation: String,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its blanks.
    pub blanks: Vec<BlankView>,
    /// The kind of file that its head needs.
    pub file: Option<&'static str>,
    /// Its head, text and small print.
    pub parts: [Vec<Run>; 3],
    /// The words on its buttons.
    pub buttons: Vec<String>,
    /// An example of the head's file.
    pub sample: Option<AttachmentView>,
    /// A ULID for the message.
    pub id: String,
}

/// How long the window stays open; counted down by the browser.
pub(super) fn window(ctx: &Ctx<'_>, view: &ChatComposerView) -> Markup {
    let (tone, words) = match view.window_until {
        Some(until) if view.is_open(ctx.now) => {
            let minutes = (until - ctx.now) / 60_000;
            let tone = if minutes < 120 { "warn" } else { "good" };
            let left = format!("{} h {:02} min", minutes / 60, minutes % 60);
            (tone, i18n::t_args(ctx.lang, "window-left", &[("time", left.into())]))
        }
        _ => ("closed", ctx.t("window-closed").into_owned()),
    };
    html! {
        span.window.(tone) #chat-window data-window-until=[view.window_until] data-words=(i18n::t_args(ctx.lang, "window-left", &[("time", "{time}".into())]))
            data-closed=(ctx.t("window-closed")) title=(ctx.t("window-about")) { (icon(Icon::Clock)) " " span { (words) } }
    }
}

/// What else than words the composer sends: which message it answers, buttons, a list, a link, a request.
pub(super) fn special(ctx: &Ctx<'_>) -> Markup {
    html! {
        input type="hidden" name="quotes" value="" #quotes;
        p.quoting #quoting hidden { (icon(Icon::Reply)) " " span #quoting-words {} button.link type="button" #quoting-stop { (ctx.t("chat-answer-stop")) } }
        details.special #special {
            summary { (icon(Icon::Plus)) (ctx.t("special-title")) }
            fieldset.special-kinds {
                legend.visually-hidden { (ctx.t("special-title")) }
                @for (value, key) in [("", "special-none"), ("buttons", "special-buttons"), ("list", "special-list"), ("link", "special-link"), ("location", "special-location")] {
                    label { input type="radio" name="special" value=(value) checked[value.is_empty()]; span { (ctx.t(key)) } }
                }
            }
            div.for-buttons.for-list {
                label for="special-choices" { (ctx.t("special-choices")) }
                textarea.input #special-choices name="choices" rows="3" {}
                p.hint { (ctx.t("special-choices-hint")) }
            }
            div.for-list {
                label for="special-open" { (ctx.t("special-list-button")) }
                input.input #special-open name="list_button" maxlength="20" value=(ctx.t("special-list-default"));
            }
            div.for-link {
                label for="special-label" { (ctx.t("special-link-label")) }
                input.input #special-label name="link_label" maxlength="20";
                label for="special-url" { (ctx.t("special-link-url")) }
                input.input #special-url name="link_url" type="url" placeholder="https://";
            }
            p.for-location.hint { (ctx.t("special-location-hint")) }
        }
    }
}

/// The place where templates are chosen; its list is fetched when it is opened.
pub(super) fn picker(ctx: &Ctx<'_>, view: &ChatComposerView) -> Markup {
    let url = routes::path(routes::TEMPLATES, &view.conversation);
    html! {
        details.template-picker #template-picker open[!view.is_open(ctx.now)] {
            summary.button.ghost title=(ctx.t("templates-title")) { (icon(Icon::File)) span { (ctx.t("templates-title")) } }
            div.template-list id={ "template-list-" (view.conversation) } data-url=(url) aria-live="polite" {}
        }
    }
}

/// The list in the picker.
pub fn template_list(ctx: &Ctx<'_>, view: &TemplateListView) -> Markup {
    let url = routes::path(routes::TEMPLATES, &view.conversation);
    html! {
        @if !view.trouble.is_empty() { p.composer-caution { (icon(Icon::Warning)) " " (ctx.t("templates-trouble")) " " (view.trouble) } }
        @if let Some(key) = view.no_marketing { p.composer-caution { (icon(Icon::Warning)) " " (ctx.t(key)) } }
        @if view.templates.is_empty() { p.muted { (ctx.t("templates-none")) } }
        @else {
            label.visually-hidden for="template-filter" { (ctx.t("templates-filter")) }
            input.input.template-filter #template-filter type="search" placeholder=(ctx.t("templates-filter")) autocomplete="off";
            ul.template-choices {
                @for one in &view.templates {
                    li data-words={ (one.name) " " (one.language) " " (one.words) } {
                        @let at = format!("{url}?name={}&language={}", routes::escape(&one.name), routes::escape(&one.language));
                        button type="button" hx-get=(at) hx-target="closest .template-list" hx-swap="innerHTML" disabled[!one.is_usable] {
                            span.template-name { strong { (one.name.replace('_', " ")) } span.muted { (one.language) } (state(ctx, &one.status)) }
                            span.template-words { (one.words) }
                            @if !one.reason.is_empty() { span.hint { (one.reason) } }
                        }
                    }
                }
            }
        }
        @if let Some(at) = view.synced_at { p.hint { (i18n::t_args(ctx.lang, "templates-synced", &[("time", i18n::relative(ctx.lang, ctx.now, at, ctx.tz).into())])) } }
    }
}

/// The state of a template in the reader's words.
pub fn state(ctx: &Ctx<'_>, status: &str) -> Markup {
    let (tone, key) = match status {
        "APPROVED" => (Tone::Good, "template-approved"),
        "PENDING" | "IN_APPEAL" | "PENDING_DELETION" => (Tone::Neutral, "template-pending"),
        "REJECTED" => (Tone::Bad, "template-rejected"),
        "PAUSED" => (Tone::Warn, "template-paused"),
        "DISABLED" => (Tone::Bad, "template-disabled"),
        other => return badge(Tone::Neutral, other),
    };
    badge(tone, &ctx.t(key))
}

/// One template: its blanks, and how it will read.
pub fn template_form(ctx: &Ctx<'_>, view: &TemplateFormView) -> Markup {
    let url = routes::path(routes::TEMPLATES, &view.conversation);
    html! {
        form.template-form method="post" action=(url) enctype="multipart/form-data" hx-post=(url) hx-encoding="multipart/form-data" hx-target="#thread" hx-swap="morph" {
            (form::csrf(ctx))
            input type="hidden" name="id" value=(view.id);
            input type="hidden" name="name" value=(view.name);
            input type="hidden" name="language" value=(view.language);
            p.template-head {
                button.link type="button" hx-get=(url) hx-target="closest .template-list" hx-swap="innerHTML" { (icon(Icon::Back)) " " (ctx.t("templates-back")) }
                strong { (view.name.replace('_', " ")) } span.muted { (view.language) }
            }
            (template_body(ctx, view))
            button.button.primary type="submit" { (ctx.t("templates-send")) " " (icon(Icon::Send)) }
        }
    }
}

/// The blanks of a template, and how it will read.
pub fn template_body(ctx: &Ctx<'_>, view: &TemplateFormView) -> Markup {
    let accept = match view.file {
        Some("image") => "image/jpeg,image/png",
        Some("video") => "video/mp4,video/3gpp",
        _ => "application/pdf",
    };
    html! {
        div.template-body {
            div.template-fields {
                @for blank in &view.blanks {
                    @let id = format!("blank-{}", blank.key.replace('.', "-"));
                    div.field { label for=(id) { (blank.label) }
                        input.input id=(id) name={ "value." (blank.key) } value=(blank.value) placeholder=(blank.example) data-blank=(blank.key) required maxlength="1024" autocomplete="off"; }
                }
                @if let Some(file) = view.file {
                    div.field { label for="template-file" { (ctx.t(match file { "image" => "template-file-image", "video" => "template-file-video", _ => "template-file-document" })) }
                        input #template-file type="file" name="files" accept=(accept) required; }
                }
            }
            div.template-preview aria-label=(ctx.t("templates-preview")) role="group" {
                @if view.file.is_some() { p.template-media { (icon(Icon::File)) } }
                @for (part, class) in view.parts.iter().zip(["head", "text", "small"]) {
                    @if !part.is_empty() {
                        p.(class) { @for run in part { @match run {
                            Run::Plain(words) => (words),
                            Run::Blank(key) => (shown_blank(view, key)),
                        } } }
                    }
                }
                @if !view.buttons.is_empty() { div.card-actions.chat-buttons { @for words in &view.buttons { span.card-action.resting { (words) } } } }
            }
        }
    }
}

/// A blank in the preview: as it is filled, else its name.
fn shown_blank(view: &TemplateFormView, key: &str) -> Markup {
    let name = format!("{{{{{}}}}}", key.rsplit('.').next().unwrap_or_default());
    let value = view.blanks.iter().find(|blank| blank.key == key);
    let value = value
        .map(|blank| blank.value.as_str())
        .filter(|value| !value.is_empty());
    html! { span.blank.is-filled[value.is_some()] data-shows=(key) data-empty=(name) { (value.unwrap_or(&name)) } }
}
