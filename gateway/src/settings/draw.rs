//! Forms of the settings: fields that are filled with what was sent and say what is wrong with it.

use axum::http::StatusCode;
use axum::response::Response;
use conversation::Error;
use conversation::types::Language;
use maud::{Markup, html};
use ui::components::button;
use ui::components::form::{self, Field};
use ui::{Ctx, i18n};

use super::meanwhile;
use crate::auth::failure;
pub(crate) use crate::auth::form::Errors;
use crate::auth::form::Form;

/// The page of a form, as refused where something in it is wrong.
pub(crate) fn with_status(mut page: Response, errors: &Errors) -> Response {
    if !errors.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    page
}

/// What the core refused, beside the field that it names where the form has that field, else above the form.
pub(crate) fn refused(lang: Language, form: &Form, error: &Error) -> Errors {
    let (Error::Invalid(text) | Error::Conflict(text)) = error else {
        return vec![(String::new(), failure::words(lang, error))];
    };
    let named = text
        .split(|c: char| !(c.is_ascii_lowercase() || c == '_'))
        .next()
        .unwrap_or_default();
    let rest = &text[named.len()..];
    let is_there = form.all(named).next().is_some();
    if is_there && rest == " is empty" {
        return vec![(named.to_owned(), i18n::t(lang, "settings-fill-in").into_owned())];
    }
    let words = failure::words(lang, error);
    if is_there && (rest.starts_with(": ") || rest.starts_with(" has more than ")) {
        return vec![(named.to_owned(), words)];
    }
    vec![(String::new(), words)]
}

/// A form while it is drawn.
pub(crate) struct Draw<'a> {
    pub(crate) ctx: Ctx<'a>,
    pub(crate) form: &'a Form,
    pub(crate) errors: &'a Errors,
}

impl Draw<'_> {
    /// How a form begins: that it is one of ours, and what it was filled with.
    pub(crate) fn begin(&self) -> Markup {
        html! { (form::csrf(&self.ctx)) (meanwhile::hidden(self.form)) }
    }

    /// What somebody saved in a field since the page was drawn; `options` are the words of what can be chosen.
    fn theirs(&self, name: &str, options: &[(&str, &str)]) -> Option<String> {
        let value = meanwhile::theirs(self.form, name)?;
        let chosen = options.iter().find(|(one, _)| *one == value);
        Some(meanwhile::words(
            self.ctx.lang,
            chosen.map_or(value, |(_, words)| words),
        ))
    }

    fn field<'b>(
        &'b self,
        name: &'b str,
        label: &'b str,
        hint: &'b str,
        required: bool,
        theirs: Option<&'b str>,
    ) -> Field<'b> {
        Field {
            name,
            label,
            value: self.form.get(name),
            hint: Some(hint).filter(|hint| !hint.is_empty()),
            error: self
                .errors
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, words)| words.as_str())
                .or(theirs),
            required,
            autocomplete: "off",
            max_length: 0,
        }
    }

    /// What is wrong with the whole of it.
    pub(crate) fn summary(&self) -> Markup {
        let general = self
            .errors
            .iter()
            .find(|(field, _)| field.is_empty())
            .map(|(_, words)| words.as_str());
        let has_fields = self.errors.iter().any(|(field, _)| !field.is_empty());
        let words = i18n::t(self.ctx.lang, "settings-look-again");
        html! {
            (form::summary(&self.ctx, &[], general.or(has_fields.then_some(&*words))))
            (meanwhile::way_out(&self.ctx, self.form))
        }
    }

    /// How a form ends: it is saved, what it is of may be removed, and there is a way back where it has one.
    pub(crate) fn actions(&self, may_be_removed: bool, back: Option<&str>) -> Markup {
        let ctx = &self.ctx;
        html! {
            div.settings-actions {
                (button(&ctx.t("settings-save")))
                @if may_be_removed { (removal(ctx)) }
                @if let Some(back) = back { a.button.ghost href=(back) { (ctx.t("desk-back")) } }
            }
        }
    }

    pub(crate) fn text(&self, name: &str, label: &str, hint: &str, required: bool) -> Markup {
        let theirs = self.theirs(name, &[]);
        form::input(
            &self.ctx,
            "text",
            &self.field(name, label, hint, required, theirs.as_deref()),
        )
    }

    pub(crate) fn email(&self, name: &str, label: &str, hint: &str) -> Markup {
        let theirs = self.theirs(name, &[]);
        form::input(
            &self.ctx,
            "email",
            &self.field(name, label, hint, true, theirs.as_deref()),
        )
    }

    pub(crate) fn secret(&self, name: &str, label: &str, hint: &str, required: bool) -> Markup {
        let typed = super::typed::field(name);
        let sealed = self.form.get(&typed);
        let is_typed = !sealed.is_empty();
        let again = self.ctx.t("secret-typed");
        let field = Field {
            autocomplete: "new-password",
            ..self.field(
                name,
                label,
                if is_typed { &again } else { hint },
                required && !is_typed,
                None,
            )
        };
        html! {
            (form::input(&self.ctx, "password", &field))
            @if is_typed { input type="hidden" name=(typed) value=(sealed); }
        }
    }

    /// A code of six digits.
    pub(crate) fn code(&self, name: &str, label: &str) -> Markup {
        let field = Field {
            autocomplete: "one-time-code",
            max_length: 12,
            ..self.field(name, label, "", true, None)
        };
        form::input(&self.ctx, "text", &field)
    }

    pub(crate) fn lines(&self, name: &str, label: &str, hint: &str, rows: u32) -> Markup {
        let theirs = self.theirs(name, &[]);
        form::textarea(
            &self.ctx,
            rows,
            &self.field(name, label, hint, false, theirs.as_deref()),
        )
    }

    pub(crate) fn choice(&self, name: &str, label: &str, options: &[(&str, &str)]) -> Markup {
        let theirs = self.theirs(name, options);
        form::select(
            &self.ctx,
            options,
            &self.field(name, label, "", true, theirs.as_deref()),
        )
    }

    /// A choice in groups.
    pub(crate) fn choice_of(&self, name: &str, label: &str, groups: &[(String, Vec<(&str, String)>)]) -> Markup {
        let options: Vec<(&str, &str)> = groups
            .iter()
            .flat_map(|(_, options)| options.iter().map(|(value, words)| (*value, words.as_str())))
            .collect();
        let theirs = self.theirs(name, &options);
        form::select_of(&self.ctx, groups, &self.field(name, label, "", true, theirs.as_deref()))
    }

    pub(crate) fn date(&self, name: &str, label: &str, required: bool) -> Markup {
        let theirs = self.theirs(name, &[]);
        form::input(
            &self.ctx,
            "date",
            &self.field(name, label, "", required, theirs.as_deref()),
        )
    }

    pub(crate) fn check(&self, name: &str, label: &str) -> Markup {
        let theirs = meanwhile::theirs(self.form, name);
        let id = format!("e-{name}");
        html! {
            label.check { input type="checkbox" name=(name) value="on" checked[self.form.is_on(name)] aria-describedby=[theirs.map(|_| &id)]; span { (label) } }
            @if let Some(value) = theirs { p.error id=(id) { (self.ctx.t(if value.is_empty() { "meanwhile-off" } else { "meanwhile-on" })) } }
        }
    }
}

/// The way to remove what a form is of: the button asks once more.
pub(crate) fn removal(ctx: &Ctx<'_>) -> Markup {
    html! {
        details.removal {
            summary.button.ghost { (ctx.t("desk-remove")) }
            p { (ctx.t("desk-remove-sure")) " "
                button.button.ghost.danger type="submit" name="remove" value="1" formnovalidate { (ctx.t("desk-remove-yes")) } }
        }
    }
}

/// Something to copy: a field that selects itself whole when it is touched.
pub(crate) fn copy(id: &str, label: &str, value: &str) -> Markup {
    html! {
        div.field.copy {
            label for=(id) { (label) }
            input.input.mono id=(id) value=(value) readonly size="60";
        }
    }
}

/// The same with a button that copies it.
pub(crate) fn copied(ctx: &Ctx<'_>, id: &str, label: &str, value: &str) -> Markup {
    html! {
        div.copy-line { (copy(id, label, value)) button.button.ghost type="button" data-copies=(id) data-done=(ctx.t("whatsapp-copied")) { (ctx.t("whatsapp-copy")) } }
    }
}
