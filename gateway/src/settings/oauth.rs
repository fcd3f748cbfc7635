//! Accounts of Google and Microsoft 365: the application that the business registered, and the
//! consent of an account's owner.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use channels::email::EmailSettings;
use channels::email::oauth::{self, Endpoints, OauthError, Provider, Wish};
use channels::email::settings::Credentials;
use conversation::access::Permission;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Channel, InboxId};
use conversation::{Error, Result};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::{Tone, form};
use ui::i18n;

use super::draw::{Draw, Errors, copy, with_status};
use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

fn redirect_uri(app: &App) -> String {
    format!("{}/settings/oauth/callback", app.public_url())
}

async fn endpoints(app: &App, provider: Provider) -> Result<Endpoints> {
    let client = oauth::client(&app.store, provider).await?;
    let base = match provider {
        Provider::Google => app.config.mail.google_url.as_deref(),
        Provider::Microsoft => app.config.mail.microsoft_url.as_deref(),
    };
    Ok(Endpoints::of(
        provider,
        base,
        client.as_ref().map_or("", |client| &client.tenant),
    ))
}

fn provider(word: &str) -> std::result::Result<Provider, Failure> {
    Provider::of(word).ok_or(Failure::Core(Error::NotFound))
}

/// The buttons under the list of inboxes.
pub(super) fn buttons(me: &SignedIn) -> Markup {
    html! {
        @for provider in Provider::ALL {
            a.button.ghost href={ "/settings/oauth/" (provider.as_str()) } {
                span { (i18n::t_args(me.lang, "oauth-connect", &[("provider", provider.name().into())])) }
            }
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path(word): Path<String>,
) -> std::result::Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let provider = provider(&word)?;
    let client = oauth::client(&app.store, provider).await?;
    let mut form = Form::default();
    if let Some(client) = &client {
        form.push("client_id", client.client_id.as_str());
        form.push("tenant", client.tenant.as_str());
    }
    Ok(page(&app, &me, provider, client.is_some(), &form, &Errors::new(), None))
}

fn page(
    app: &App,
    me: &SignedIn,
    provider: Provider,
    has_client: bool,
    sent: &Form,
    errors: &Errors,
    said: Option<(Tone, &str)>,
) -> Response {
    let ctx = me.ctx();
    let draw = Draw {
        ctx: me.ctx(),
        form: sent,
        errors,
    };
    let title = i18n::t_args(me.lang, "oauth-title", &[("provider", provider.name().into())]);
    let keep = if has_client { ctx.t("secret-keep") } else { "".into() };
    let hint = match provider {
        Provider::Google => ctx.t("oauth-hint-google"),
        Provider::Microsoft => ctx.t("oauth-hint-microsoft"),
    };
    let body = html! {
        p.lead { (ctx.t("oauth-lead")) }
        @if has_client {
            div.settings-actions {
                a.button.primary href={ "/settings/oauth/" (provider.as_str()) "/connect" } {
                    (i18n::t_args(me.lang, "oauth-connect", &[("provider", provider.name().into())]))
                }
            }
        }
        h2 { (ctx.t("oauth-client")) }
        p.hint { (hint) }
        (copy("redirect-uri", &ctx.t("oauth-redirect"), &redirect_uri(app)))
        (draw.summary())
        form.settings-form method="post" {
            (form::csrf(&ctx))
            (draw.text("client_id", &ctx.t("oauth-client-id"), "", true))
            (draw.secret("client_secret", &ctx.t("oauth-client-secret"), &keep, !has_client))
            @if provider == Provider::Microsoft { (draw.text("tenant", &ctx.t("oauth-tenant"), &ctx.t("oauth-tenant-hint"), false)) }
            div.settings-actions {
                button.button.primary type="submit" { (ctx.t("settings-save")) }
                a.quiet href="/settings/inboxes" { (ctx.t("settings-back")) }
            }
        }
    };
    let page = frame(me, Part::Inboxes, &title, said, &body);
    with_status(page, errors)
}

pub(super) async fn save(
    State(app): State<App>,
    Path(word): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    let provider = provider(&word)?;
    let tenant = form.get("tenant").trim();
    let is_tenant = tenant
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let outcome = if is_tenant {
        let (id, secret) = (form.get("client_id"), form.get("client_secret"));
        oauth::set_client(&app.store, &me.actor(), provider, id, secret, tenant).await
    } else {
        Err(Error::Invalid("the tenant is an id or a domain".to_owned()))
    };
    match outcome {
        Ok(()) => {
            let words = me.ctx().t("settings-saved");
            Ok(page(
                &app,
                &me,
                provider,
                true,
                &form,
                &Errors::new(),
                Some((Tone::Good, &words)),
            ))
        }
        Err(error @ Error::Invalid(_)) => {
            let has_client = oauth::client(&app.store, provider).await?.is_some();
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            Ok(page(&app, &me, provider, has_client, &form, &errors, None))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// The inbox that is to use the account; none makes a new one.
    inbox: Option<String>,
}

/// Sends the browser to the provider. Beginning a consent changes nothing, so a link may do it; only
/// the one who began it can end it.
pub(super) async fn connect(
    State(app): State<App>,
    me: SignedIn,
    Path(word): Path<String>,
    Query(wanted): Query<Wanted>,
) -> std::result::Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let provider = provider(&word)?;
    let inbox = match wanted.inbox {
        Some(id) => Some(inboxes::load(app.store.db(), &InboxId::from(id)).await?.id),
        None => None,
    };
    let wish = Wish {
        inbox,
        name: String::new(),
        language: Some(super::inboxes::language(&app, &me).await?),
    };
    let endpoints = endpoints(&app, provider).await?;
    match oauth::begin(
        &app.store,
        &me.agent.id,
        provider,
        &endpoints,
        &redirect_uri(&app),
        wish,
    )
    .await
    {
        Ok(url) => Ok(see_other(url.as_str())),
        Err(OauthError::Store(error)) => Err(error.into()),
        Err(error) => Ok(refused(&me, &error.to_string())),
    }
}

/// What the provider's answer carries (RFC 6749, 4.1.2).
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

fn refused(me: &SignedIn, words: &str) -> Response {
    let ctx = me.ctx();
    let body = html! {
        p { (words) }
        div.settings-actions { a.button.ghost href="/settings/inboxes" { (ctx.t("settings-back")) } }
    };
    let mut response = frame(me, Part::Inboxes, &ctx.t("oauth-failed"), None, &body);
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

/// The browser comes back from the provider.
pub(super) async fn callback(
    State(app): State<App>,
    me: SignedIn,
    Query(answer): Query<Answer>,
) -> std::result::Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let Some(code) = answer.code.filter(|_| answer.error.is_none()) else {
        let words: String = [answer.error, answer.error_description]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(": ");
        let words: String = words.chars().filter(|c| !c.is_control()).take(300).collect();
        let said = i18n::t_args(me.lang, "oauth-denied", &[("words", words.into())]);
        return Ok(refused(&me, &said));
    };
    let consent = match oauth::finish(&app.store, &me.agent.id, &answer.state, &code).await {
        Ok(consent) => consent,
        Err(OauthError::Store(error)) => return Err(error.into()),
        Err(error) => return Ok(refused(&me, &error.to_string())),
    };
    let auth = Credentials::Oauth {
        account: consent.account.clone(),
    };
    let (imap, smtp) = consent.provider.servers(&consent.address, &consent.account);
    if let Some(id) = &consent.wish.inbox {
        let inbox = inboxes::load(app.store.db(), id).await?;
        let mut settings: EmailSettings = inboxes::settings(&app.store, id).await?;
        // Its servers stay as they are set; only what proves the account changes.
        match &mut settings.imap {
            Some(known) => known.auth = auth.clone(),
            None => settings.imap = Some(imap),
        }
        match &mut settings.smtp {
            Some(known) => known.auth = Some(auth),
            None => settings.smtp = Some(smtp),
        }
        inboxes::configure(
            &app.store,
            &me.actor(),
            id,
            &settings,
            inbox.bot_enabled,
            inbox.is_enabled,
        )
        .await?;
        return Ok(see_other(&format!("/settings/inboxes/{id}")));
    }
    let business = billing::settings::business(app.store.db(), &app.store).await?;
    let settings = EmailSettings {
        address: consent.address.clone(),
        // Who gets a mail sees whose it is.
        name: app.billing.business_name(&business),
        imap: Some(imap),
        smtp: Some(smtp),
        quote_history: true,
        follow_sent: true,
        ..EmailSettings::default()
    };
    let new = |name: String| NewInbox {
        channel: Channel::Email,
        name,
        language: consent.wish.language.unwrap_or(me.lang),
        address: consent.address.clone(),
        bot_enabled: false,
        settings: &settings,
    };
    let added = match inboxes::create(&app.store, &me.actor(), new(consent.address.clone())).await {
        Err(Error::Conflict(_)) => {
            // The name is taken; the account's id makes another one.
            let name = format!("{} {}", consent.address, consent.account);
            inboxes::create(&app.store, &me.actor(), new(name)).await?
        }
        added => added?,
    };
    Ok(see_other(&format!("/settings/inboxes/{added}")))
}
