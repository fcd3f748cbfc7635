//! Proving who one is: the second step of a sign-in, a proof again before something that matters, the
//! button of a passkey. Codes and passwords work without scripts; a passkey needs the browser's own.

use maud::{Markup, html};

use crate::components::button;
use crate::components::form::{self, Field};
use crate::door::narrow;
use crate::icons::{Icon, icon};
use crate::{Ctx, routes};

/// A form that asks for a passkey (`get`) or makes one (`create`). `begin` is asked for the question by
/// the script, `action` takes the answer; without scripts it stays hidden.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyForm<'a> {
    /// `get` or `create`.
    pub kind: &'a str,
    /// POST: JSON `{step, options}`.
    pub begin: &'a str,
    /// POST `step`, `credential` and what `more` holds.
    pub action: &'a str,
    /// The words of the button.
    pub words: &'a str,
    /// The path to go on to.
    pub next: &'a str,
}

/// The form.
pub fn passkey(ctx: &Ctx<'_>, form: &PasskeyForm<'_>, more: &Markup) -> Markup {
    html! {
        form.passkey-form method="post" action=(form.action) data-passkey=(form.kind) data-begin=(form.begin) data-trouble=(ctx.t("passkey-trouble")) hidden {
            (form::csrf(ctx))
            input type="hidden" name="next" value=(form.next);
            input type="hidden" name="step";
            input type="hidden" name="credential";
            (more)
            button.button.passkey-button type="submit" { (icon(Icon::Key)) span { (form.words) } }
            p.error role="alert" hidden {}
        }
    }
}

/// What can be proved, and how.
#[derive(Debug, Clone, Default)]
pub struct ProofView {
    /// Who is asked.
    pub name: String,
    /// Where to go after it; a path of ours.
    pub next: String,
    /// Whether a code of an app is taken.
    pub has_totp: bool,
    /// Whether a recovery code is taken.
    pub has_codes: bool,
    /// Whether a passkey is taken.
    pub has_passkeys: bool,
    /// Whether the password is taken.
    pub has_password: bool,
    /// The words of the single sign-on, where there is one.
    pub sso: Option<String>,
    /// Why it did not work.
    pub error: Option<String>,
}

/// The second step of a sign-in.
pub fn second(ctx: &Ctx<'_>, view: &ProofView) -> Markup {
    let body = html! {
        h1 { (ctx.t("second-title")) }
        p.lead { (ctx.t("second-lead")) }
        (form::summary(ctx, &[], view.error.as_deref()))
        @if view.has_passkeys { (passkey(ctx, &PasskeyForm { kind: "get", begin: routes::PASSKEY_BEGIN, action: routes::PASSKEY, words: &ctx.t("passkey-use"), next: &view.next }, &html! {})) }
        @if view.has_totp || view.has_codes {
            form method="post" action=(routes::SECOND) { (code_field(ctx, view)) (button(&ctx.t("second-button"))) }
        }
        p.foot-link { a href=(routes::SIGN_IN) { (ctx.t("second-back")) } }
    };
    narrow(ctx, &ctx.t("second-title"), routes::SECOND, &body)
}

fn code_field(ctx: &Ctx<'_>, view: &ProofView) -> Markup {
    let (label, hint) = if view.has_totp {
        (ctx.t("second-code"), ctx.t("second-code-hint"))
    } else {
        (ctx.t("second-recovery"), ctx.t("second-recovery-hint"))
    };
    form::input(
        ctx,
        "text",
        &Field {
            name: "code",
            label: &label,
            hint: Some(&hint),
            required: true,
            autocomplete: "one-time-code",
            max_length: 40,
            ..Field::default()
        },
    )
}

/// The proof again, of somebody who is signed in.
pub fn again(ctx: &Ctx<'_>, view: &ProofView) -> Markup {
    let body = html! {
        h1 { (ctx.t("again-title")) }
        p.lead { (ctx.t("again-lead")) }
        (form::summary(ctx, &[], view.error.as_deref()))
        p.welcome-email { (icon(Icon::Person)) " " (view.name) }
        @if view.has_passkeys { (passkey(ctx, &PasskeyForm { kind: "get", begin: routes::PASSKEY_BEGIN, action: routes::AGAIN, words: &ctx.t("passkey-use"), next: &view.next }, &html! {})) }
        @if view.has_totp {
            form method="post" action=(routes::AGAIN) {
                (form::csrf(ctx)) input type="hidden" name="next" value=(view.next);
                (code_field(ctx, view)) (button(&ctx.t("again-button")))
            }
        } @else if view.has_password {
            form method="post" action=(routes::AGAIN) {
                (form::csrf(ctx)) input type="hidden" name="next" value=(view.next);
                (form::input(ctx, "password", &Field { name: "password", label: &ctx.t("field-password"), required: true, autocomplete: "current-password", ..Field::default() }))
                (button(&ctx.t("again-button")))
            }
        }
        @if let Some(words) = &view.sso { a.button.sso-button href={ (routes::SSO) "?again=1&next=" (routes::escape(&view.next)) } { (icon(Icon::External)) span { (words) } } }
    };
    narrow(ctx, &ctx.t("again-title"), routes::AGAIN, &body)
}
