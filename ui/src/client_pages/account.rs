//! Devices that are signed in, and who came in when.

use maud::{Markup, html};

use super::{Frame, SignInPart, framed, sign_in_part};
use crate::components::Tone;
use crate::components::form::{self, Field};
use crate::components::{badge, button};
use crate::icons::{Icon, icon};
use crate::{Ctx, routes};

/// A device.
#[derive(Debug, Clone)]
pub struct DeviceRow {
    /// Its id.
    pub id: String,
    /// The browser.
    pub name: String,
    /// When it was last seen, written out.
    pub seen: String,
    /// Whether it is this one.
    pub is_this: bool,
}

/// A line of the history.
#[derive(Debug, Clone)]
pub struct AccessRow {
    /// When, written out.
    pub at: String,
    /// What.
    pub words: String,
    /// From where, by what.
    pub from: String,
}

/// What new documents of a customer say, to be changed.
#[derive(Debug, Clone)]
pub struct BillingRow {
    /// The customer.
    pub id: String,
    /// The name on documents.
    pub name: String,
    /// The address, as it was typed or is kept.
    pub address: String,
    /// Where documents go now; may be empty.
    pub email: String,
    /// Where they could go.
    pub emails: Vec<String>,
    /// What was wrong with what was typed.
    pub error: Option<String>,
}

/// The account page.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// What stands around it.
    pub frame: Frame,
    /// The addresses that sign in.
    pub emails: Vec<String>,
    /// Invitations, password, passkeys.
    pub sign_in: SignInPart,
    /// What is billed to whom, as far as they may change it.
    pub billing: Vec<BillingRow>,
    /// The devices.
    pub devices: Vec<DeviceRow>,
    /// The history.
    pub accesses: Vec<AccessRow>,
}

/// The account page.
pub fn account(ctx: &Ctx<'_>, view: &AccountView) -> Markup {
    let body = html! {
        h1 { (view.frame.name) }
        p.lead.flush { (view.emails.join(", ")) }
        form method="post" action={ (routes::ACCOUNT) "/sign-out" } { button.button type="submit" { (icon(Icon::SignOut)) span { (ctx.t("rail-sign-out")) } } }
        (sign_in_part(ctx, &view.sign_in))
        p { a href=(routes::NOTIFICATION_SETTINGS) { (ctx.t("note-settings")) } }
        p { a href="/portal/privacy" { (ctx.t("client-privacy")) } }
        @if !view.billing.is_empty() {
            section aria-labelledby="billing-title" {
                h2 #billing-title { (ctx.t("client-own")) }
                p.muted { (ctx.t("client-own-hint")) }
                @for row in &view.billing { (billing(ctx, row, view.billing.len() > 1)) }
            }
        }
        section aria-labelledby="devices-title" {
            h2 #devices-title { (ctx.t("client-devices")) }
            ul.history {
                @for device in &view.devices {
                    li { span.history-words { (device.name) @if device.is_this { " " (badge(Tone::Accent, &ctx.t("client-this-device"))) } } span.muted { (device.seen) }
                        form.inline method="post" action={ (routes::ACCOUNT) "/devices" } { input type="hidden" name="device" value=(device.id); button.button.ghost type="submit" { (ctx.t("client-sign-out-device")) } } }
                }
            }
            form method="post" action={ (routes::ACCOUNT) "/devices" } { button.button type="submit" { (ctx.t("client-sign-out-all")) } }
        }
        section aria-labelledby="accesses-title" {
            h2 #accesses-title { (ctx.t("client-accesses")) }
            ul.history { @for access in &view.accesses { li { span.muted { (access.at) } span.history-words { (access.words) } span.muted.small { (access.from) } } } }
        }
    };
    framed(ctx, &view.frame, &ctx.t("client-account"), None, &body)
}

/// The form of one customer; of several, each under its name.
fn billing(ctx: &Ctx<'_>, row: &BillingRow, is_named: bool) -> Markup {
    let (address, email) = (ctx.t("client-own-address"), ctx.t("client-own-email"));
    let options: Vec<(&str, &str)> = row.emails.iter().map(|one| (one.as_str(), one.as_str())).collect();
    html! {
        @if is_named { h3 { (row.name) } }
        form.stack.own method="post" action={ (routes::ACCOUNT) "/billing" } data-once {
            input type="hidden" name="customer" value=(row.id);
            (form::textarea(ctx, 4, &Field { name: "address", label: &address, value: &row.address, error: row.error.as_deref(), required: true, autocomplete: "street-address", max_length: 500, ..Field::default() }))
            @if !options.is_empty() { (form::select(ctx, &options, &Field { name: "email", label: &email, value: &row.email, required: true, ..Field::default() })) }
            (button(&ctx.t("client-own-save")))
        }
    }
}
