//! The form of a bridge to another messenger, and what its maker enters on the other side.

use channels::bridge::BridgeSettings;
use channels::bridge::send::Poster;
use channels::outgoing::{self, Allowed};
use conversation::inboxes::Inbox;
use conversation::outbound::SendError;
use conversation::types::Language;
use maud::{Markup, html};
use ui::components::{Tone, bridge_words};
use ui::{Ctx, i18n};

use super::draw::{Draw, Errors, copy};
use crate::app::App;
use crate::auth::form::Form;

pub(super) fn fields(draw: &Draw<'_>, is_new: bool) -> Markup {
    let ctx = &draw.ctx;
    html! {
        (draw.text("url", &ctx.t("bridge-url"), &ctx.t("bridge-url-hint"), false))
        @if !is_new { div.checks { (draw.check("new_secret", &ctx.t("bridge-new-secret"))) } }
    }
}

fn allowed(app: &App) -> Allowed {
    Allowed::new(&app.config.outgoing.allow_private)
}

pub(super) fn read(app: &App, lang: Language, form: &Form, old: BridgeSettings) -> Result<BridgeSettings, Errors> {
    let url = form.get("url").trim();
    if !url.is_empty() && outgoing::address(url, &allowed(app)).is_err() {
        return Err(vec![("url".to_owned(), i18n::t(lang, "bridge-url-wrong").into_owned())]);
    }
    let secret = if form.is_on("new_secret") {
        String::new()
    } else {
        old.secret
    };
    let settings = BridgeSettings {
        url: url.to_owned(),
        secret,
        ..old
    };
    Ok(settings.complete(app.store.env()))
}

pub(super) fn fill(form: &mut Form, settings: &BridgeSettings) {
    form.push("url", settings.url.as_str());
}

/// Posts a ping; nothing is saved.
pub(super) async fn test(app: &App, lang: Language, settings: &BridgeSettings) -> Vec<(Tone, String)> {
    let poster = Poster::new(allowed(app));
    let said = match poster.ping(settings, &app.store.env().ulid(), app.store.now()).await {
        Ok(()) => (Tone::Good, i18n::t(lang, "bridge-answers").into_owned()),
        Err(error) => (Tone::Bad, trouble(lang, &error)),
    };
    vec![said]
}

fn trouble(lang: Language, error: &SendError) -> String {
    let (SendError::Temporary { code, reason, .. }
    | SendError::Permanent { code, reason }
    | SendError::Unknown { code, reason }) = error;
    format!("{} ({reason})", bridge_words(lang, code))
}

pub(super) fn facts(app: &App, ctx: &Ctx<'_>, inbox: &Inbox, settings: &BridgeSettings) -> Markup {
    html! {
        fieldset.group {
            legend { (ctx.t("bridge-other-side")) }
            p.hint { (ctx.t("bridge-other-side-hint")) }
            (copy("bridge-hook", &ctx.t("bridge-hook"), &format!("{}/webhooks/bridge/{}", app.public_url(), inbox.id)))
            (copy("bridge-secret", &ctx.t("bridge-secret"), &settings.secret))
            @if settings.url.is_empty() { div.notice.warn { (ctx.t("bridge-one-way")) } }
        }
    }
}
