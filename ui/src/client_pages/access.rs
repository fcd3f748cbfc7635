//! The customer's side of who may come in and what they may see: colleagues and their rights, ways to sign
//! in beside the link, the proof again, one's own data.

use maud::{Markup, html};

use super::{Frame, framed};
use crate::access_pages::{PasskeyForm, passkey};
use crate::components::form::{self, Field};
use crate::components::{Tone, badge, button};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// Somebody of the company.
#[derive(Debug, Clone)]
pub struct ColleagueRow {
    /// Their id.
    pub id: String,
    /// Their name, or address where there is none.
    pub name: String,
    /// Their addresses.
    pub emails: String,
    /// Manages colleagues.
    pub is_administrator: bool,
    /// Sees documents.
    pub sees_documents: bool,
    /// Sees everybody's tickets.
    pub sees_tickets: bool,
    /// Has not said yes.
    pub is_invited: bool,
    /// Whether it is the reader.
    pub is_me: bool,
}

/// The page of colleagues.
#[derive(Debug, Clone)]
pub struct ColleaguesView {
    /// What stands around it.
    pub frame: Frame,
    /// The company.
    pub company: String,
    /// Its people.
    pub rows: Vec<ColleagueRow>,
    /// What was typed.
    pub email: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

fn rights(ctx: &Ctx<'_>, administrator: bool, documents: bool, tickets: bool) -> Markup {
    html! {
        div.colleague-rights {
            @for (name, key, is_on) in [("is_administrator", "rights-administrator", administrator), ("sees_documents", "rights-documents", documents), ("sees_tickets", "rights-tickets", tickets)] {
                label.check { input type="checkbox" name=(name) value="on" checked[is_on]; span { (ctx.t(key)) } }
            }
        }
    }
}

/// The page where a customer administrator manages colleagues.
pub fn colleagues(ctx: &Ctx<'_>, view: &ColleaguesView) -> Markup {
    let here = "/portal/people";
    let body = html! {
        h1 { (ctx.t("client-people")) }
        p.lead.flush { (view.company) }
        ul.history.colleagues {
            @for row in &view.rows {
                li {
                    span.history-words { strong { (row.name) } @if row.is_me { " " (badge(Tone::Accent, &ctx.t("client-you"))) } @if row.is_invited { " " (badge(Tone::Warn, &ctx.t("people-invited"))) } }
                    span.muted.small { (row.emails) }
                    span.rights-list {
                        @if row.is_administrator { (badge(Tone::Accent, &ctx.t("rights-administrator-short"))) }
                        @else {
                            @if row.sees_documents { (badge(Tone::Neutral, &ctx.t("rights-documents-short"))) }
                            @if row.sees_tickets { (badge(Tone::Neutral, &ctx.t("rights-tickets-short"))) }
                        }
                    }
                    @if !row.is_me {
                        details {
                            summary { (i18n::t_args(ctx.lang, "people-change", &[("name", row.name.as_str().into())])) }
                            form.stack method="post" action=(here) {
                                input type="hidden" name="contact" value=(row.id);
                                (rights(ctx, row.is_administrator, row.sees_documents, row.sees_tickets))
                                div.row { button.button.primary type="submit" name="do" value="rights" { (ctx.t("settings-save")) } button.button.ghost type="submit" name="do" value="remove" { (ctx.t("company-remove")) } }
                            }
                        }
                    }
                }
            }
        }
        section aria-labelledby="invite-title" {
            h2 #invite-title { (ctx.t("client-invite")) }
            p.muted { (ctx.t("client-invite-hint")) }
            form.stack method="post" action=(here) data-once {
                (form::input(ctx, "email", &Field { name: "email", label: &ctx.t("field-email"), value: &view.email, required: true, autocomplete: "off", max_length: 254, error: view.error.as_deref(), ..Field::default() }))
                (rights(ctx, false, true, false))
                (button(&ctx.t("client-invite-button")))
            }
        }
    };
    framed(ctx, &view.frame, &ctx.t("client-people"), None, &body)
}

/// The part of the account page about signing in.
#[derive(Debug, Clone, Default)]
pub struct SignInPart {
    /// Whether a password is set.
    pub has_password: bool,
    /// Whether passkeys can be used at this address.
    pub can_passkeys: bool,
    /// The passkeys: id and name.
    pub keys: Vec<(String, String)>,
    /// What is wrong with a password that was sent.
    pub error: Option<String>,
    /// Companies that wait for an answer: id and name.
    pub invitations: Vec<(String, String)>,
}

/// Invitations, password and passkeys, on the account page.
pub fn sign_in_part(ctx: &Ctx<'_>, view: &SignInPart) -> Markup {
    html! {
        @for (id, name) in &view.invitations {
            div.notice.warn {
                p { (i18n::t_args(ctx.lang, "client-invited", &[("company", name.as_str().into())])) }
                form.row method="post" action="/portal/invitations" {
                    input type="hidden" name="company" value=(id);
                    button.button.primary type="submit" name="do" value="accept" { (ctx.t("client-invite-accept")) }
                    button.button.ghost type="submit" name="do" value="decline" { (ctx.t("client-invite-decline")) }
                }
            }
        }
        section aria-labelledby="ways-title" {
            h2 #ways-title { (ctx.t("client-ways")) }
            p.muted { (ctx.t("client-ways-hint")) }
            details open[view.error.is_some()] {
                summary { @if view.has_password { (ctx.t("client-password-change")) } @else { (ctx.t("client-password-set")) } }
                form.stack method="post" action="/portal/account/password" {
                    (form::input(ctx, "password", &Field { name: "password", label: &ctx.t("field-password"), required: true, autocomplete: "new-password", hint: Some(&ctx.t("set-up-password-hint")), error: view.error.as_deref(), ..Field::default() }))
                    div.row { (button(&ctx.t("settings-save"))) @if view.has_password { button.button.ghost type="submit" name="do" value="remove" formnovalidate { (ctx.t("client-password-remove")) } } }
                }
            }
            @if !view.keys.is_empty() {
                ul.history { @for (id, name) in &view.keys {
                    li { span.history-words { (icon(Icon::Key)) " " @if name.is_empty() { (ctx.t("security-passkey")) } @else { (name) } }
                        form.inline method="post" action="/portal/account/passkeys/remove" { input type="hidden" name="key" value=(id); button.button.ghost type="submit" { (ctx.t("security-remove")) } } }
                } }
            }
            @if view.can_passkeys {
                (passkey(ctx, &PasskeyForm { kind: "create", begin: "/portal/account/passkeys/begin", action: "/portal/account/passkeys", words: &ctx.t("security-passkey-add"), next: "" }, &html! { input type="hidden" name="name" value=""; }))
            }
        }
    }
}

/// The proof again, of a customer.
#[derive(Debug, Clone)]
pub struct AgainView {
    /// What stands around it.
    pub frame: Frame,
    /// Where to go on.
    pub next: String,
    /// Whether a password is set.
    pub has_password: bool,
    /// Whether a passkey can be used.
    pub has_passkeys: bool,
    /// Whether a link was just sent.
    pub is_sent: bool,
    /// What is wrong.
    pub error: Option<String>,
}

/// Asks a customer to prove again who they are: by passkey, password or a fresh link.
pub fn again(ctx: &Ctx<'_>, view: &AgainView) -> Markup {
    let here = "/portal/again";
    let body = html! {
        h1 { (ctx.t("again-title")) }
        p.lead { (ctx.t("again-lead")) }
        @if view.is_sent { p.notice role="status" { (ctx.t("client-again-sent")) } }
        @if view.has_passkeys { (passkey(ctx, &PasskeyForm { kind: "get", begin: "/portal/passkey/begin", action: here, words: &ctx.t("passkey-use"), next: &view.next }, &html! {})) }
        @if view.has_password {
            form.stack method="post" action=(here) {
                input type="hidden" name="next" value=(view.next);
                (form::input(ctx, "password", &Field { name: "password", label: &ctx.t("field-password"), required: true, autocomplete: "current-password", error: view.error.as_deref(), ..Field::default() }))
                (button(&ctx.t("again-button")))
            }
        }
        form.stack method="post" action=(here) data-once {
            input type="hidden" name="next" value=(view.next);
            button.button type="submit" name="do" value="link" { (icon(Icon::Email)) span { (ctx.t("client-again-link")) } }
        }
    };
    framed(ctx, &view.frame, &ctx.t("again-title"), None, &body)
}

/// One's own data.
#[derive(Debug, Clone)]
pub struct PrivacyView {
    /// What stands around it.
    pub frame: Frame,
    /// Whether an erasure was asked for and waits.
    pub is_asked: bool,
    /// What can be agreed to: kind, words, and the answer now.
    pub consents: Vec<(String, String, bool)>,
}

/// The page of one's own data.
pub fn privacy(ctx: &Ctx<'_>, view: &PrivacyView) -> Markup {
    let here = "/portal/privacy";
    let body = html! {
        h1 { (ctx.t("client-privacy")) }
        section aria-labelledby="consents-title" {
            h2 #consents-title { (ctx.t("client-consents")) }
            form.stack method="post" action=(here) {
                input type="hidden" name="do" value="consents";
                @for (kind, words, is_given) in &view.consents { label.check { input type="checkbox" name=(kind) value="on" checked[*is_given]; span { (words) } } }
                (button(&ctx.t("settings-save")))
            }
        }
        section aria-labelledby="export-title" {
            h2 #export-title { (ctx.t("client-export")) }
            p.muted { (ctx.t("client-export-hint")) }
            a.button href={ (here) "/export" } { (icon(Icon::File)) span { (ctx.t("client-export-button")) } }
        }
        section aria-labelledby="erase-title" {
            h2 #erase-title { (ctx.t("client-erase")) }
            p.muted { (ctx.t("client-erase-hint")) }
            @if view.is_asked { p.notice role="status" { (ctx.t("client-erase-asked")) } }
            @else { form method="post" action=(here) { button.button type="submit" name="do" value="erase" { (ctx.t("client-erase-button")) } } }
        }
        p { a href=(routes::ACCOUNT) { (ctx.t("client-account")) } }
    };
    framed(ctx, &view.frame, &ctx.t("client-privacy"), None, &body)
}
