//! The set-up of a WhatsApp number: its form, what there is to paste at Meta, how it is doing, a test
//! message, its templates.

use axum::extract::{Path, State};
use axum::response::Response;
use channels::whatsapp::Client;
use channels::whatsapp::client::PastPart;
use channels::whatsapp::health::{Health, Trouble};
use channels::whatsapp::settings::{FallbackTemplate, TemplateParameter, WhatsappSettings};
use channels::whatsapp::templates::{self, Synced, Template};
use conversation::access::Permission;
use conversation::inboxes::{self, Inbox};
use conversation::outbound::SendError;
use conversation::telephone;
use conversation::types::{Channel, InboxId, Language};
use conversation::{Error, Result};
use maud::{Markup, html};
use serde_json::json;
use ui::components::{Tone, badge, form};
use ui::inbox_page::template_state;
use ui::{Ctx, i18n};

use super::draw::{Draw, Errors, copied};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};

pub(super) fn fields(draw: &Draw<'_>, is_new: bool) -> Markup {
    let ctx = &draw.ctx;
    let keep = if is_new { "".into() } else { ctx.t("secret-keep") };
    html! {
        (draw.text("phone_number_id", &ctx.t("whatsapp-number-id"), &ctx.t("whatsapp-number-id-hint"), true))
        (draw.text("business_account_id", &ctx.t("whatsapp-account"), &ctx.t("whatsapp-account-hint"), false))
        (draw.secret("access_token", &ctx.t("whatsapp-token"), if is_new { "" } else { &keep }, is_new))
        (draw.secret("app_secret", &ctx.t("whatsapp-secret"), if is_new { "" } else { &keep }, is_new))
        @if !is_new { (draw.text("verify_token", &ctx.t("whatsapp-verify-own"), &ctx.t("whatsapp-verify-own-hint"), false)) }
        fieldset.group {
            legend { (ctx.t("whatsapp-template")) }
            p.hint { (ctx.t("whatsapp-template-hint")) }
            div.row-fields { (draw.text("template", &ctx.t("whatsapp-template-name"), "", false)) (draw.text("template_language", &ctx.t("whatsapp-template-language"), "", false)) }
        }
        div.checks { (draw.check("read_marks", &ctx.t("whatsapp-read-marks"))) }
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
    form: &Form,
    old: Option<WhatsappSettings>,
) -> std::result::Result<WhatsappSettings, Errors> {
    let get = |name: &str| form.get(name).trim().to_owned();
    let or = |given: String, kept: String| if given.is_empty() { kept } else { given };
    let template = Some(get("template"))
        .filter(|name| !name.is_empty())
        .map(|name| FallbackTemplate {
            name,
            language: or(get("template_language"), "en".to_owned()),
            parameters: old
                .as_ref()
                .and_then(|old| old.template.as_ref())
                .map_or_else(|| vec![TemplateParameter::Text], |template| template.parameters.clone()),
        });
    let base = json!({ "phone_number_id": "", "access_token": "", "app_secret": "", "verify_token": "" });
    let defaults =
        serde_json::from_value::<WhatsappSettings>(base).map_err(|error| vec![(String::new(), error.to_string())])?;
    let old = old.unwrap_or(defaults);
    let made = || app.store.env().secret().chars().take(32).collect();
    let kept = if old.verify_token.is_empty() {
        made()
    } else {
        old.verify_token.clone()
    };
    let settings = WhatsappSettings {
        phone_number_id: get("phone_number_id"),
        business_account_id: Some(get("business_account_id")).filter(|id| !id.is_empty()),
        access_token: or(get("access_token"), old.access_token.clone()),
        app_secret: or(get("app_secret"), old.app_secret.clone()),
        verify_token: or(get("verify_token"), kept),
        graph_url: or(get("graph_url"), old.graph_url.clone()),
        api_version: or(get("api_version"), old.api_version.clone()),
        template,
        public_url: Some(app.public_url()),
        read_marks: form.is_on("read_marks"),
        ..old
    };
    match settings.graph() {
        Ok(_) => Ok(settings),
        Err(error) => {
            let words = super::messenger::wrong(lang, error.field, error.is_missing);
            Err(vec![(error.field.to_owned(), words)])
        }
    }
}

pub(super) fn fill(form: &mut Form, settings: &WhatsappSettings) {
    form.push("phone_number_id", settings.phone_number_id.as_str());
    form.push(
        "business_account_id",
        settings.business_account_id.clone().unwrap_or_default(),
    );
    form.push("graph_url", settings.graph_url.as_str());
    form.push("api_version", settings.api_version.as_str());
    if settings.read_marks {
        form.push("read_marks", "on");
    }
    if let Some(template) = &settings.template {
        form.push("template", template.name.as_str());
        form.push("template_language", template.language.as_str());
    }
}

/// Tries what was typed; nothing is saved.
pub(super) async fn test(app: &App, lang: Language, settings: &WhatsappSettings) -> Vec<(Tone, String)> {
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
        Err(error) => vec![(Tone::Bad, trouble(lang, &error))],
    }
}

/// An error of Meta's in words that say what to do.
fn trouble(lang: Language, error: &SendError) -> String {
    match Trouble::of(error) {
        Trouble::Token => i18n::t(lang, "whatsapp-token-revoked").into_owned(),
        Trouble::Permission => i18n::t(lang, "whatsapp-token-rights").into_owned(),
        Trouble::Other => error.reason().to_owned(),
    }
}

/// What the page shows of a number beside its form.
pub(super) struct Number {
    health: Option<std::result::Result<Health, SendError>>,
    templates: Vec<Template>,
    synced: Option<Synced>,
}

/// Reads what is known here; asks Meta only when the page is told to.
pub(super) async fn number(app: &App, inbox: &Inbox, settings: &WhatsappSettings, asks: bool) -> Result<Number> {
    let client = if asks {
        Client::new(settings.clone(), app.store.now()).ok()
    } else {
        None
    };
    let health = match client {
        Some(client) => {
            let health = client.health().await;
            inboxes::set_health(&app.store, &inbox.id, health.as_ref().err().map(Into::into)).await?;
            Some(health)
        }
        None => None,
    };
    Ok(Number {
        health,
        templates: templates::list(app.store.db(), &inbox.id).await?,
        synced: templates::synced(app.store.db(), &inbox.id).await?,
    })
}

fn hook_url(app: &App, inbox: &Inbox) -> String {
    format!("{}/webhooks/whatsapp/{}", app.public_url(), inbox.id)
}

pub(super) fn facts(app: &App, ctx: &Ctx<'_>, inbox: &Inbox, settings: &WhatsappSettings, number: &Number) -> Markup {
    let url = hook_url(app, inbox);
    let act = format!("/settings/inboxes/{}/whatsapp", inbox.id);
    html! {
        fieldset.group {
            legend { (ctx.t("whatsapp-hook")) }
            p.hint { (ctx.t("whatsapp-hook-hint")) }
            (copied(ctx, "hook-url", &ctx.t("hook-url"), &url))
            (copied(ctx, "verify-token", &ctx.t("whatsapp-verify"), &settings.verify_token))
        }
        fieldset.group {
            legend { (ctx.t("whatsapp-state")) }
            p.hint { (ctx.t("whatsapp-state-hint")) }
            @match &number.health {
                Some(Ok(health)) => (health_of(ctx, health, &url)),
                Some(Err(error)) => { p.inbox-trouble { (ui::icons::icon(ui::icons::Icon::Warning)) span { (trouble(ctx.lang, error)) } } },
                None => {},
            }
            form method="post" action=(act) {
                (form::csrf(ctx))
                button.button.ghost type="submit" name="do" value="check" { (ctx.t("whatsapp-check")) }
                @if matches!(&number.health, Some(Ok(health)) if health.is_subscribed == Some(false)) {
                    " " button.button.primary type="submit" name="do" value="subscribe" { (ctx.t("whatsapp-subscribe")) }
                }
            }
        }
        details.group {
            summary { (ctx.t("whatsapp-past")) }
            p.hint { (ctx.t("whatsapp-past-hint")) }
            form method="post" action=(act) { (form::csrf(ctx)) button.button.ghost type="submit" name="do" value="past" { (ctx.t("whatsapp-past-ask")) } }
        }
        fieldset.group {
            legend { (ctx.t("whatsapp-send-test")) }
            p.hint { (ctx.t("whatsapp-send-test-hint")) }
            form method="post" action=(act) {
                (form::csrf(ctx))
                div.copy-line {
                    div.field { label for="test-number" { (ctx.t("whatsapp-test-number")) } input.input #test-number name="number" type="tel" required autocomplete="off"; }
                    button.button.ghost type="submit" name="do" value="send" { (ctx.t("whatsapp-send-test")) }
                }
            }
        }
        details.group open[number.synced.as_ref().is_some_and(|synced| !synced.trouble.is_empty())] {
            summary { (ctx.t("whatsapp-templates")) " (" (number.templates.len()) ")" }
            @if let Some(synced) = &number.synced {
                @if !synced.trouble.is_empty() { p.inbox-trouble { (ctx.t("templates-trouble")) " " (synced.trouble) } }
                @else if synced.at > 0 { p.hint { (i18n::t_args(ctx.lang, "templates-synced", &[("time", i18n::relative(ctx.lang, ctx.now, synced.at, ctx.tz).into())])) } }
            }
            @if !number.templates.is_empty() {
                table.whatsapp-templates {
                    thead { tr { th { (ctx.t("whatsapp-template-name")) } th { (ctx.t("whatsapp-templates-category")) } th { (ctx.t("whatsapp-templates-state")) } } }
                    tbody { @for template in &number.templates { tr {
                        td { strong { (template.name) } " " span.muted { (template.language) } p.muted { (conversation::conversations::preview_of(&template.preview(&Default::default()).text())) } }
                        td { (template.category) }
                        td { (template_state(ctx, &template.status)) @if !template.reason.is_empty() { " " span.muted { (template.reason) } } }
                    } } }
                }
            }
            form method="post" action=(act) { (form::csrf(ctx)) button.button.ghost type="submit" name="do" value="templates" { (ctx.t("whatsapp-templates-sync")) } }
        }
    }
}

fn health_of(ctx: &Ctx<'_>, health: &Health, url: &str) -> Markup {
    let said = |text: &str| {
        if text.is_empty() {
            ctx.t("whatsapp-unknown").into_owned()
        } else {
            text.to_owned()
        }
    };
    let (tone, quality) = match health.quality.as_str() {
        "GREEN" => (Tone::Good, ctx.t("whatsapp-quality-green").into_owned()),
        "YELLOW" => (Tone::Warn, ctx.t("whatsapp-quality-yellow").into_owned()),
        "RED" => (Tone::Bad, ctx.t("whatsapp-quality-red").into_owned()),
        _ => (Tone::Neutral, ctx.t("whatsapp-unknown").into_owned()),
    };
    let limit = match health.limit.strip_prefix("TIER_") {
        Some("UNLIMITED") => ctx.t("whatsapp-unlimited").into_owned(),
        Some("NOT_SET") | None if health.limit.is_empty() || health.limit == "TIER_NOT_SET" => {
            ctx.t("whatsapp-unknown").into_owned()
        }
        Some(number) => match (number.parse::<i64>(), number.strip_suffix('K').map(str::parse::<i64>)) {
            (Ok(number), _) => i18n::number(ctx.lang, number),
            (_, Some(Ok(thousands))) => i18n::number(ctx.lang, thousands.saturating_mul(1000)),
            _ => number.to_owned(),
        },
        None => health.limit.clone(),
    };
    let approved = matches!(health.name_status.as_str(), "APPROVED" | "AVAILABLE_WITHOUT_REVIEW");
    let is_elsewhere = health.hook.as_ref().filter(|hook| hook.as_str() != url);
    html! {
        dl.whatsapp-health {
            div { dt { (ctx.t("whatsapp-state-number")) } dd { (said(&health.number)) } }
            div { dt { (ctx.t("whatsapp-state-name")) } dd { (said(&health.name)) " " @if !health.name_status.is_empty() { (badge(if approved { Tone::Good } else { Tone::Warn }, &health.name_status)) } } }
            div { dt { (ctx.t("whatsapp-state-quality")) } dd { (badge(tone, &quality)) } }
            div { dt { (ctx.t("whatsapp-state-limit")) } dd { (limit) } }
            div { dt { (ctx.t("whatsapp-state-connection")) } dd { (badge(if health.status == "CONNECTED" { Tone::Good } else if health.status.is_empty() { Tone::Neutral } else { Tone::Bad }, &said(&health.status))) } }
            div { dt { (ctx.t("whatsapp-state-subscribed")) } dd { (match health.is_subscribed { Some(true) => badge(Tone::Good, &ctx.t("whatsapp-yes")), Some(false) => badge(Tone::Bad, &ctx.t("whatsapp-no")), None => badge(Tone::Neutral, &ctx.t("whatsapp-unknown")) }) } }
            div { dt { (ctx.t("whatsapp-state-hook")) } dd.mono { (said(health.hook.as_deref().unwrap_or_default())) } }
        }
        @if let Some(hook) = is_elsewhere { p.inbox-trouble { (ui::icons::icon(ui::icons::Icon::Warning)) span { (i18n::t_args(ctx.lang, "whatsapp-hook-other", &[("url", hook.as_str().into())])) } } }
        @if health.is_subscribed == Some(false) { p.inbox-trouble { (ui::icons::icon(ui::icons::Icon::Warning)) span { (ctx.t("whatsapp-not-subscribed")) } } }
    }
}

/// `POST /settings/inboxes/{id}/whatsapp`: asks Meta, sends a test, lists templates, subscribes, asks for the past.
pub(super) async fn act(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    let inbox = inboxes::load(app.store.db(), &InboxId::from(id)).await?;
    if inbox.channel != Channel::Whatsapp {
        return Err(Error::NotFound.into());
    }
    let settings: WhatsappSettings = inboxes::settings(&app.store, &inbox.id).await?;
    let lang = me.lang;
    let client = || Client::new(settings.clone(), app.store.now());
    let bad = |words: String| Some((Tone::Bad, words));
    let said = match form.get("do") {
        "check" => None,
        "templates" => match templates::sync(&app.store, &inbox.id).await? {
            Ok(count) => Some((
                Tone::Good,
                i18n::t_args(lang, "whatsapp-templates-count", &[("count", count.into())]),
            )),
            Err(error) => bad(trouble(lang, &error)),
        },
        "subscribe" => match client() {
            Err(error) => bad(error.to_string()),
            Ok(client) => match client.subscribe().await {
                Ok(()) => Some((Tone::Good, i18n::t(lang, "whatsapp-subscribed").into_owned())),
                Err(error) => bad(trouble(lang, &error)),
            },
        },
        "past" => match client() {
            Err(error) => bad(error.to_string()),
            Ok(client) => Some(ask_for_past(lang, &client).await),
        },
        "send" => match client() {
            Err(error) => bad(error.to_string()),
            Ok(client) => Some(send_test(&app, lang, &client, form.get("number")).await),
        },
        _ => return Err(Failure::Unreadable),
    };
    let asks = matches!(form.get("do"), "check" | "subscribe");
    let number = number(&app, &inbox, &settings, asks).await?;
    // Its health may have changed by being asked.
    let inbox = inboxes::load(app.store.db(), &inbox.id).await?;
    let facts = facts(&app, &me.ctx(), &inbox, &settings, &number);
    let settings = super::inboxes::Read::Whatsapp(Box::new(settings));
    Ok(super::inboxes::shown_again(&me, &inbox, settings, facts, said))
}

/// Both parts, whatever becomes of the other: what was taken before is refused, what was not is taken now.
async fn ask_for_past(lang: Language, client: &Client) -> (Tone, String) {
    let parts = [
        (PastPart::AddressBook, "whatsapp-past-no-people"),
        (PastPart::Chats, "whatsapp-past-no-chats"),
    ];
    let (mut said, mut refused) = (Vec::new(), Vec::new());
    for (part, words) in parts {
        match client.ask_for_past(part).await {
            Ok(()) => said = vec![i18n::t(lang, "whatsapp-past-asked").into_owned()],
            Err(error) => refused.push(i18n::t_args(lang, words, &[("words", trouble(lang, &error).into())])),
        }
    }
    let tone = match (said.is_empty(), refused.is_empty()) {
        (_, true) => Tone::Good,
        (false, false) => Tone::Warn,
        (true, false) => Tone::Bad,
    };
    said.extend(refused);
    (tone, said.join(" "))
}

/// Meta gives every account this template, so a test needs no window.
async fn send_test(app: &App, lang: Language, client: &Client, number: &str) -> (Tone, String) {
    let home = telephone::home(app.store.db()).await.ok().flatten();
    let Ok(whole) = telephone::read_cell(number, home) else {
        return (Tone::Bad, i18n::t(lang, "whatsapp-test-bad-number").into_owned());
    };
    let digits = whole.trim_start_matches('+');
    let request = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": digits,
        "type": "template",
        "template": { "name": "hello_world", "language": { "code": "en_US" } },
    });
    match client.send(&request, app.store.now()).await {
        Ok(sent) => {
            let id = sent.provider_id.unwrap_or_default();
            (
                Tone::Good,
                i18n::t_args(lang, "whatsapp-test-sent", &[("id", id.into())]),
            )
        }
        Err(error) => {
            let (SendError::Temporary { code, .. }
            | SendError::Permanent { code, .. }
            | SendError::Unknown { code, .. }) = &error;
            let words = channels::whatsapp::explain::explain(code, lang);
            let words = words.map_or_else(
                || trouble(lang, &error),
                |words| format!("{} {}", words.what, words.todo),
            );
            (Tone::Bad, words)
        }
    }
}
