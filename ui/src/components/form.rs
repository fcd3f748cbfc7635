//! Form fields with label, hint and error, tied together for screen readers.

use maud::{Markup, html};

use crate::Ctx;

/// One field.
#[derive(Debug, Clone, Copy, Default)]
pub struct Field<'a> {
    /// The name that is posted; the element is `f-<name>`.
    pub name: &'a str,
    /// The words above it.
    pub label: &'a str,
    /// What it holds now.
    pub value: &'a str,
    /// A word of help below the label.
    pub hint: Option<&'a str>,
    /// What is wrong with what was posted.
    pub error: Option<&'a str>,
    /// It must be filled.
    pub required: bool,
    /// The `autocomplete` token, such as `email` or `current-password`.
    pub autocomplete: &'a str,
    /// The longest text taken, in characters; 0 is no limit.
    pub max_length: u32,
}

/// The hidden anti-forgery field.
pub fn csrf(ctx: &Ctx<'_>) -> Markup {
    html! { @if !ctx.csrf.is_empty() { input type="hidden" name="csrf" value=(ctx.csrf); } }
}

/// A field of one line. `kind` is the input's type: `text`, `email`, `password`, `tel`.
pub fn input(ctx: &Ctx<'_>, kind: &str, field: &Field<'_>) -> Markup {
    wrapped(
        ctx,
        field,
        &html! {
            input.input id={ "f-" (field.name) } type=(kind) name=(field.name) value=[(kind != "password").then_some(field.value)]
                required[field.required] autocomplete=(if field.autocomplete.is_empty() { "off" } else { field.autocomplete })
                maxlength=[(field.max_length > 0).then_some(field.max_length)]
                aria-invalid=[field.error.map(|_| "true")] aria-describedby=[described_by(field)];
        },
    )
}

/// A field of several lines.
pub fn textarea(ctx: &Ctx<'_>, rows: u32, field: &Field<'_>) -> Markup {
    wrapped(
        ctx,
        field,
        &html! {
            textarea.input id={ "f-" (field.name) } name=(field.name) rows=(rows) required[field.required]
                maxlength=[(field.max_length > 0).then_some(field.max_length)]
                aria-invalid=[field.error.map(|_| "true")] aria-describedby=[described_by(field)] { (field.value) }
        },
    )
}

/// A choice of several `(value, words)`.
pub fn select(ctx: &Ctx<'_>, options: &[(&str, &str)], field: &Field<'_>) -> Markup {
    // "None of them" is an answer where it is offered; a browser would take it for no answer.
    let is_required = field.required && options.iter().all(|(value, _)| !value.is_empty());
    wrapped(
        ctx,
        field,
        &html! {
            select.input id={ "f-" (field.name) } name=(field.name) required[is_required]
                aria-invalid=[field.error.map(|_| "true")] aria-describedby=[described_by(field)] {
                @for (value, words) in options { option value=(value) selected[*value == field.value] { (words) } }
            }
        },
    )
}

/// A choice in groups: the words of each, and what can be chosen of it.
pub fn select_of(ctx: &Ctx<'_>, groups: &[(String, Vec<(&str, String)>)], field: &Field<'_>) -> Markup {
    wrapped(
        ctx,
        field,
        &html! {
            select.input id={ "f-" (field.name) } name=(field.name) required[field.required]
                aria-invalid=[field.error.map(|_| "true")] aria-describedby=[described_by(field)] {
                @for (words, options) in groups {
                    optgroup label=(words) { @for (value, words) in options { option value=(value) selected[*value == field.value] { (words) } } }
                }
            }
        },
    )
}

/// The most files of a form, and the largest of them in bytes; what checks it is the portal's `multipart`.
const MOST_FILES: (u32, u32) = (5, 10 * 1024 * 1024);

/// A choice of files. With scripts what does not fit is taken out at once and said, and the rest stays chosen.
pub fn files(ctx: &Ctx<'_>, field: &Field<'_>) -> Markup {
    let large = crate::i18n::t_args(ctx.lang, "files-large", &[("names", "{names}".into())]);
    let beyond = crate::i18n::t_args(ctx.lang, "files-beyond", &[("names", "{names}".into())]);
    wrapped(
        ctx,
        field,
        &html! {
            input.input.file-input id={ "f-" (field.name) } type="file" name=(field.name) multiple
                data-most=(MOST_FILES.0) data-bytes=(MOST_FILES.1) data-large=(large) data-beyond=(beyond)
                aria-invalid=[field.error.map(|_| "true")] aria-describedby=[described_by(field)];
        },
    )
}

/// What is wrong with the whole form, at its top; `fields` link to the fields that are wrong.
pub fn summary(ctx: &Ctx<'_>, errors: &[Field<'_>], general: Option<&str>) -> Markup {
    html! {
        @if general.is_some() || !errors.is_empty() {
            div.form-summary role="alert" {
                p { (general.map_or_else(|| ctx.t("form-errors"), |text| std::borrow::Cow::Owned(text.to_owned()))) }
                @if !errors.is_empty() {
                    ul { @for field in errors { li { a href={ "#f-" (field.name) } { (field.label) ": " (field.error.unwrap_or_default()) } } } }
                }
            }
        }
    }
}

fn described_by(field: &Field<'_>) -> Option<String> {
    let mut ids = Vec::new();
    if field.hint.is_some() {
        ids.push(format!("h-{}", field.name));
    }
    if field.error.is_some() {
        ids.push(format!("e-{}", field.name));
    }
    (!ids.is_empty()).then(|| ids.join(" "))
}

fn wrapped(ctx: &Ctx<'_>, field: &Field<'_>, control: &Markup) -> Markup {
    html! {
        div class={ "field" @if field.error.is_some() { " has-error" } } {
            label for={ "f-" (field.name) } { (field.label) @if !field.required { span.optional { " (" (ctx.t("form-optional")) ")" } } }
            @if let Some(hint) = field.hint { p.hint id={ "h-" (field.name) } { (hint) } }
            (control)
            @if let Some(error) = field.error { p.error id={ "e-" (field.name) } { (error) } }
        }
    }
}
