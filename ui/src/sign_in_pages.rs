//! Sign-in for agents and the set-up of the first administrator. Both work without scripts.

use maud::{Markup, html};

use crate::access_pages::{PasskeyForm, passkey};
use crate::components::form::{self, Field};
use crate::components::{Tone, button, toast};
use crate::door::narrow;
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// The sign-in form.
#[derive(Debug, Clone, Default)]
pub struct SignInView {
    /// What was typed.
    pub email: String,
    /// Where to go after it; a path of ours.
    pub next: String,
    /// Why it did not work, in a sentence that does not tell whether the address is known.
    pub error: Option<String>,
    /// What happened before, such as "signed out".
    pub notice: Option<String>,
    /// Whether passkeys can be used at this address.
    pub has_passkeys: bool,
    /// The words of the single sign-on, where there is one.
    pub sso: Option<String>,
    /// Whether passwords let anybody in.
    pub has_password: bool,
    /// Whether nobody is known here yet, so that nobody can sign in.
    pub waits_for_set_up: bool,
}

/// The agents' sign-in page.
pub fn sign_in(ctx: &Ctx<'_>, view: &SignInView) -> Markup {
    if view.waits_for_set_up {
        return waits_for_set_up(ctx);
    }
    let body = html! {
        h1 { (ctx.t("sign-in-title")) }
        @if let Some(notice) = &view.notice { (toast(Tone::Good, notice)) }
        (form::summary(ctx, &[], view.error.as_deref()))
        @if let Some(words) = &view.sso { a.button.sso-button href={ (routes::SSO) "?next=" (routes::escape(&view.next)) } { (icon(Icon::External)) span { (words) } } }
        @if view.has_password {
            form method="post" action=(routes::SIGN_IN) {
                (form::csrf(ctx))
                input type="hidden" name="next" value=(view.next);
                (form::input(ctx, "email", &Field { name: "email", label: &ctx.t("field-email"), value: &view.email, required: true, autocomplete: "username", max_length: 254, ..Field::default() }))
                (form::input(ctx, "password", &Field { name: "password", label: &ctx.t("field-password"), required: true, autocomplete: "current-password", ..Field::default() }))
                (button(&ctx.t("sign-in-button")))
            }
            p.door-aside { a href=(routes::FORGOTTEN) { (ctx.t("forgotten-link")) } }
        }
        @if view.has_passkeys { (passkey(ctx, &PasskeyForm { kind: "get", begin: routes::PASSKEY_BEGIN, action: routes::PASSKEY, words: &ctx.t("passkey-sign-in"), next: &view.next }, &html! {})) }
    };
    narrow(ctx, &ctx.t("sign-in-title"), routes::SIGN_IN, &body)
}

/// Asks for the address of whoever forgot the password; once asked, says what happens to `sent`.
pub fn forgotten(ctx: &Ctx<'_>, sent: Option<&str>) -> Markup {
    let title = ctx.t("forgotten-title");
    let label = ctx.t("field-email");
    let email = Field {
        name: "email",
        label: &label,
        required: true,
        autocomplete: "username",
        max_length: 254,
        ..Field::default()
    };
    let body = html! {
        h1 { (title) }
        @match sent {
            Some(address) => {
                p.lead role="status" { (i18n::t_args(ctx.lang, "forgotten-sent", &[("address", address.into())])) }
                p.muted { (ctx.t("forgotten-nothing")) }
                p { code { "switchboard agent link" } }
            }
            None => {
                p.lead { (ctx.t("forgotten-lead")) }
                form method="post" action=(routes::FORGOTTEN) {
                    (form::csrf(ctx))
                    (form::input(ctx, "email", &email))
                    (button(&ctx.t("forgotten-button")))
                }
            }
        }
        p.door-aside { a href=(routes::SIGN_IN) { (ctx.t("forgotten-back")) } }
    };
    narrow(ctx, &title, routes::FORGOTTEN, &body)
}

/// Says where the link is that makes the first administrator: whoever opens the base address of a new installation
/// has often closed the terminal.
fn waits_for_set_up(ctx: &Ctx<'_>) -> Markup {
    let title = ctx.t("set-up-waits-title");
    let body = html! {
        h1 { (title) }
        p.lead { (ctx.t("set-up-waits-lead")) }
        dl.where {
            dt { (ctx.t("set-up-waits-terminal")) } dd { (ctx.t("set-up-waits-terminal-hint")) }
            dt { (ctx.t("set-up-waits-service")) } dd { code { "journalctl -u switchboard" } }
            dt { (ctx.t("set-up-waits-container")) } dd { code { "docker compose logs" } }
        }
        p { (ctx.t("set-up-waits-again")) }
        p { code { "switchboard set-up-link" } }
    };
    narrow(ctx, &title, routes::SIGN_IN, &body)
}

/// The set-up form.
#[derive(Debug, Clone, Default)]
pub struct SetUpView {
    /// The one-time token of the link.
    pub token: String,
    /// What was typed.
    pub name: String,
    /// What was typed.
    pub email: String,
    /// What is wrong: (field's name, words).
    pub errors: Vec<(String, String)>,
}

/// The page that makes the first administrator.
pub fn set_up(ctx: &Ctx<'_>, view: &SetUpView) -> Markup {
    let error = |name: &str| {
        view.errors
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, words)| words.as_str())
    };
    let (name_label, email_label, password_label) =
        (ctx.t("field-name"), ctx.t("field-email"), ctx.t("field-password"));
    let hint = ctx.t("set-up-password-hint");
    let name = Field {
        name: "name",
        label: &name_label,
        value: &view.name,
        required: true,
        autocomplete: "name",
        max_length: 120,
        error: error("name"),
        ..Field::default()
    };
    let email = Field {
        name: "email",
        label: &email_label,
        value: &view.email,
        required: true,
        autocomplete: "username",
        max_length: 254,
        error: error("email"),
        ..Field::default()
    };
    let password = Field {
        name: "password",
        label: &password_label,
        required: true,
        autocomplete: "new-password",
        hint: Some(&hint),
        error: error("password"),
        ..Field::default()
    };
    let wrong: Vec<Field<'_>> = [name, email, password]
        .into_iter()
        .filter(|field| field.error.is_some())
        .collect();
    let body = html! {
        h1 { (ctx.t("set-up-title")) }
        p.lead { (ctx.t("set-up-lead")) }
        (form::summary(ctx, &wrong, error("")))
        form method="post" action=(routes::SET_UP) {
            (form::csrf(ctx))
            input type="hidden" name="token" value=(view.token);
            // A browser with scripts says its own.
            input type="hidden" name="time_zone" value="";
            (form::input(ctx, "text", &name))
            (form::input(ctx, "email", &email))
            (form::input(ctx, "password", &password))
            (button(&ctx.t("set-up-button")))
        }
    };
    narrow(
        ctx,
        &ctx.t("set-up-title"),
        &format!("{}?token={}", routes::SET_UP, routes::escape(&view.token)),
        &body,
    )
}

/// The page of an invitation.
#[derive(Debug, Clone, Default)]
pub struct WelcomeView {
    /// The one-time token of the link.
    pub token: String,
    /// Who is invited.
    pub name: String,
    /// Their address, which they sign in with.
    pub email: String,
    /// What is wrong: (field's name, words).
    pub errors: Vec<(String, String)>,
}

/// The page where an invited agent chooses a password.
pub fn welcome(ctx: &Ctx<'_>, view: &WelcomeView) -> Markup {
    let error = |name: &str| {
        view.errors
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, words)| words.as_str())
    };
    let (label, hint) = (ctx.t("field-password"), ctx.t("set-up-password-hint"));
    let password = Field {
        name: "password",
        label: &label,
        required: true,
        autocomplete: "new-password",
        hint: Some(&hint),
        error: error("password"),
        ..Field::default()
    };
    let title = i18n::t_args(ctx.lang, "welcome-title", &[("name", view.name.as_str().into())]);
    let body = html! {
        h1 { (title) }
        p.lead { (ctx.t("welcome-lead")) }
        (form::summary(ctx, &[], error("")))
        form method="post" action=(routes::SET_UP) {
            (form::csrf(ctx))
            input type="hidden" name="token" value=(view.token);
            // Password managers keep the name beside the password.
            input.visually-hidden type="email" name="username" value=(view.email) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
            p.welcome-email { (icon(Icon::Email)) " " (view.email) }
            (form::input(ctx, "password", &password))
            (button(&ctx.t("welcome-button")))
        }
    };
    narrow(
        ctx,
        &title,
        &format!("{}?token={}", routes::SET_UP, routes::escape(&view.token)),
        &body,
    )
}
