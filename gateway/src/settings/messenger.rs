//! The form of an Instagram account or a Facebook page, and what there is to paste at Meta.

use channels::messenger::{Client, MessengerSettings};
use conversation::inboxes::Inbox;
use conversation::types::{Channel, Language};
use maud::{Markup, html};
use ui::components::{Tone, messenger_words};
use ui::{Ctx, i18n};

use super::draw::{Draw, Errors, copied};
use crate::app::App;
use crate::auth::form::Form;
use crate::trouble::with_their_words;

pub(super) fn fields(draw: &Draw<'_>, channel: Channel, is_new: bool) -> Markup {
    let ctx = &draw.ctx;
    let keep = if is_new { "".into() } else { ctx.t("secret-keep") };
    let (account, hint) = match channel {
        Channel::Instagram => ("messenger-account-instagram", "messenger-account-instagram-hint"),
        _ => ("messenger-account-messenger", "messenger-account-messenger-hint"),
    };
    let token_hint = if is_new {
        ctx.t("messenger-token-hint")
    } else {
        keep.clone()
    };
    html! {
        (draw.text("account_id", &ctx.t(account), &ctx.t(hint), true))
        (draw.secret("access_token", &ctx.t("messenger-token"), &token_hint, is_new))
        (draw.secret("app_secret", &ctx.t("messenger-secret"), &keep, is_new))
        @if !is_new { (draw.text("verify_token", &ctx.t("whatsapp-verify-own"), &ctx.t("whatsapp-verify-own-hint"), false)) }
        div.checks {
            (draw.check("human_agent", &ctx.t("messenger-human-agent")))
            (draw.check("read_marks", &ctx.t("whatsapp-read-marks")))
        }
        details.group {
            summary { (ctx.t("settings-advanced")) }
            (draw.text("graph_url", &ctx.t("whatsapp-graph"), "", false))
            (draw.text("api_version", &ctx.t("whatsapp-version"), "", false))
        }
    }
}

/// Reads the form. Empty secrets keep what was stored.
pub(super) fn read(
    app: &App,
    lang: Language,
    channel: Channel,
    form: &Form,
    old: MessengerSettings,
) -> Result<MessengerSettings, Errors> {
    let get = |name: &str| form.get(name).trim().to_owned();
    let or = |typed: String, kept: String| if typed.is_empty() { kept } else { typed };
    let verify_token = or(get("verify_token"), old.verify_token.clone());
    let settings = MessengerSettings {
        account_id: get("account_id"),
        access_token: or(get("access_token"), old.access_token.clone()),
        app_secret: or(get("app_secret"), old.app_secret.clone()),
        verify_token: or(verify_token, app.store.env().secret().chars().take(24).collect()),
        graph_url: get("graph_url"),
        api_version: or(
            get("api_version"),
            or(
                old.api_version.clone(),
                channels::messenger::settings::default_api_version(),
            ),
        ),
        human_agent: form.is_on("human_agent"),
        read_marks: form.is_on("read_marks"),
        ..old
    };
    match settings.graph(channel) {
        Ok(_) => Ok(settings),
        Err(error) => Err(vec![(
            error.field.to_owned(),
            wrong(lang, error.field, error.is_missing),
        )]),
    }
}

/// What is wrong with a field of an account at Meta.
pub(super) fn wrong(lang: Language, field: &str, is_missing: bool) -> String {
    let key = match field {
        _ if is_missing => "graph-wrong-missing",
        "access_token" => "graph-wrong-token",
        "api_version" => "graph-wrong-version",
        "graph_url" | "public_url" => "graph-wrong-url",
        _ => "graph-wrong-id",
    };
    i18n::t(lang, key).into_owned()
}

pub(super) fn fill(form: &mut Form, settings: &MessengerSettings) {
    form.push("account_id", settings.account_id.as_str());
    form.push("graph_url", settings.graph_url.as_str());
    form.push("api_version", settings.api_version.as_str());
    if settings.human_agent {
        form.push("human_agent", "on");
    }
    if settings.read_marks {
        form.push("read_marks", "on");
    }
}

/// Asks for the account with what was typed, and has Meta send its messages to the app; nothing is saved.
pub(super) async fn test(lang: Language, channel: Channel, settings: &MessengerSettings) -> Vec<(Tone, String)> {
    let client = match Client::new(channel, settings.clone()) {
        Ok(client) => client,
        Err(error) => return vec![(Tone::Bad, error.to_string())],
    };
    let tried = match client.check().await {
        Ok(name) => client.subscribe().await.map(|()| name),
        Err(error) => Err(error),
    };
    let said = match tried {
        Ok(name) => (
            Tone::Good,
            i18n::t_args(lang, "messenger-test-ok", &[("name", name.into())]),
        ),
        Err(error) => {
            let ours = messenger_words(lang, error.code());
            (Tone::Bad, with_their_words(&ours, Some(error.reason())))
        }
    };
    vec![said]
}

pub(super) fn facts(app: &App, ctx: &Ctx<'_>, inbox: &Inbox, settings: &MessengerSettings) -> Markup {
    let url = format!("{}/webhooks/{}/{}", app.public_url(), inbox.channel, inbox.id);
    html! {
        fieldset.group {
            legend { (ctx.t("whatsapp-hook")) }
            p.hint { (ctx.t("messenger-hook-hint")) }
            (copied(ctx, "hook-url", &ctx.t("hook-url"), &url))
            (copied(ctx, "verify-token", &ctx.t("whatsapp-verify"), &settings.verify_token))
        }
    }
}
