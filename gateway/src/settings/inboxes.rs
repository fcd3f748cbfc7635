//! Inboxes: the list with its health, and a form for each channel.

mod read;

use std::borrow::Cow;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use conversation::access::Permission;
use conversation::inboxes::{self, Inbox, InboxEdit};
use conversation::types::{Channel, InboxHealth, InboxId, Language};
use conversation::{Error, Result};
use maud::{Markup, html};
use ui::components::{Tone, badge, channel_icon, channel_name, time_tag};
use ui::i18n;
use ui::icons::{Icon, icon};

pub(super) use read::Read;
use read::{Add, read, stored, test};

use super::draw::{Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::{bridge, certificates, email, meanwhile, messenger, others, typed, whatsapp, works_in};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::trouble;

/// Channels that an administrator can add.
const CHANNELS: [Channel; 6] = [
    Channel::Email,
    Channel::Whatsapp,
    Channel::Instagram,
    Channel::Messenger,
    Channel::Webchat,
    Channel::Bridge,
];

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> std::result::Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let all = inboxes::list(app.store.db()).await?;
    let ctx = me.ctx();
    let body = html! {
        p.lead { (ctx.t("settings-inboxes-lead")) }
        ul.inboxes {
            @for inbox in &all {
                li {
                    a href={ "/settings/inboxes/" (inbox.id) } {
                        (channel_icon(me.lang, inbox.channel))
                        span.inbox-name { strong { (inbox.name) } span.muted { (address(&me, inbox)) } }
                        (health(&me, inbox))
                    }
                    (trouble(&me, inbox))
                }
            }
        }
        h2 { (ctx.t("settings-add-inbox")) }
        div.add-inboxes {
            @for channel in CHANNELS {
                a.button.ghost href={ "/settings/inboxes/new/" (channel) } { (channel_icon(me.lang, channel)) span { (channel_name(me.lang, channel)) } }
            }
            (super::oauth::buttons(&me))
        }
    };
    Ok(frame(&me, Part::Inboxes, &ctx.t("settings-inboxes"), None, &body))
}

/// What an inbox is known by to people; of a bridge nobody else knows anything.
fn address<'a>(me: &SignedIn, inbox: &'a Inbox) -> Cow<'a, str> {
    match inbox.channel {
        Channel::Bridge => channel_name(me.lang, Channel::Bridge),
        _ => Cow::Borrowed(&inbox.address),
    }
}

/// What is wrong with an inbox that fails: what to do, then the words of whoever refused.
fn trouble(me: &SignedIn, inbox: &Inbox) -> Markup {
    html! {
        @if inbox.health == InboxHealth::Failing && inbox.is_enabled {
            p.inbox-trouble {
                (icon(Icon::Warning))
                span {
                    (trouble::of_inbox(me.lang, &inbox.health_code, &inbox.health_detail))
                    " · " (time_tag(&me.ctx(), inbox.health_at, &i18n::relative(me.lang, me.now, inbox.health_at, &me.tz)))
                }
            }
        }
    }
}

fn health(me: &SignedIn, inbox: &Inbox) -> Markup {
    let ctx = me.ctx();
    let watched = !matches!(inbox.channel, Channel::Webchat | Channel::Portal | Channel::Phone);
    match (inbox.is_enabled, inbox.health) {
        (false, _) => badge(Tone::Neutral, &ctx.t("health-disabled")),
        (true, InboxHealth::Failing) => badge(Tone::Bad, &ctx.t("health-failing")),
        (true, InboxHealth::Unknown) if watched => badge(Tone::Neutral, &ctx.t("health-unknown")),
        (true, _) => badge(Tone::Good, &ctx.t("health-ok")),
    }
}

fn title(me: &SignedIn, channel: Channel) -> String {
    i18n::t_args(
        me.lang,
        "settings-new-inbox",
        &[("channel", channel_name(me.lang, channel).into_owned().into())],
    )
}

pub(super) async fn new(
    State(app): State<App>,
    me: SignedIn,
    Path(channel): Path<String>,
) -> std::result::Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let channel = addable(&channel)?;
    let mut form = Form::of([
        ("language", language(&app, &me).await?.to_string()),
        ("bot", "on".to_owned()),
        ("enabled", "on".to_owned()),
    ]);
    if channel == Channel::Email {
        for (name, value) in email::DEFAULTS {
            form.push(name, value);
        }
        // Who gets a mail sees whose it is.
        let business = billing::settings::business(app.store.db(), &app.store).await?;
        form.push("sender", business.name.trim());
    }
    form.push("read_marks", "on");
    Ok(page(&me, channel, None, &form, &Errors::new(), None))
}

/// What a new inbox speaks: as the business's customers do, and until somebody said how those speak, as whoever adds it.
pub(super) async fn language(app: &App, me: &SignedIn) -> Result<Language> {
    if !billing::settings::is_set(app.store.db()).await? {
        return Ok(me.lang);
    }
    Ok(billing::settings::business(app.store.db(), &app.store).await?.language)
}

fn addable(channel: &str) -> std::result::Result<Channel, Failure> {
    channel
        .parse()
        .ok()
        .filter(|channel| CHANNELS.contains(channel))
        .ok_or(Failure::Core(Error::NotFound))
}

fn page(
    me: &SignedIn,
    channel: Channel,
    inbox: Option<(&Inbox, Markup)>,
    sent: &Form,
    errors: &Errors,
    said: Option<(Tone, &str)>,
) -> Response {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let title = inbox
        .as_ref()
        .map_or_else(|| title(me, channel), |(inbox, _)| inbox.name.clone());
    let can_test = match channel {
        Channel::Email | Channel::Whatsapp | Channel::Instagram | Channel::Messenger => true,
        // Its secret is made with it.
        Channel::Bridge => inbox.is_some(),
        _ => false,
    };
    let (is_new, languages) = (
        inbox.is_none(),
        Language::ALL
            .iter()
            .map(|l| (l.as_str(), i18n::own_name(*l)))
            .collect::<Vec<_>>(),
    );
    let body = html! {
        @if let Some((inbox, facts)) = &inbox { p.inbox-state { (channel_icon(me.lang, inbox.channel)) span.muted { (address(me, inbox)) } (health(me, inbox)) } (trouble(me, inbox)) (facts) }
        (draw.summary())
        form.settings-form method="post" {
            (draw.begin())
            (draw.text("name", &ctx.t("inbox-name"), &ctx.t("inbox-name-hint"), true))
            (draw.choice("language", &ctx.t("inbox-speaks"), &languages))
            p.hint { (ctx.t("inbox-speaks-hint")) }
            @match channel {
                Channel::Email => (email::fields(&draw, is_new, &me.tz)),
                Channel::Whatsapp => (whatsapp::fields(&draw, is_new)),
                Channel::Webchat => (others::widget_fields(&draw)),
                Channel::Instagram | Channel::Messenger => (messenger::fields(&draw, channel, is_new)),
                Channel::Bridge => (bridge::fields(&draw, is_new)),
                Channel::Portal | Channel::Phone => {},
            }
            div.checks {
                (draw.check("bot", &ctx.t("inbox-bot")))
                @if !is_new { (draw.check("enabled", &ctx.t("inbox-enabled"))) }
            }
            div.settings-actions {
                button.button.primary type="submit" name="do" value="save" { (if is_new { ctx.t("inbox-add") } else { ctx.t("settings-save") }) }
                @if can_test { button.button.ghost type="submit" name="do" value="test" { (ctx.t("inbox-test")) } }
                a.quiet href="/settings/inboxes" { (ctx.t("settings-back")) }
            }
        }
    };
    let page = frame(me, Part::Inboxes, &title, said, &body);
    with_status(page, errors)
}

/// Tries the connection of an inbox as it is set up; what it said.
pub(super) async fn tried(app: &App, me: &SignedIn, inbox: &Inbox) -> Result<(Tone, String)> {
    let settings = stored(app, inbox).await?;
    let found = test(app, me, inbox.channel, &settings, &mut Form::default()).await;
    Ok(summed(found))
}

fn summed(results: Vec<(Tone, String)>) -> (Tone, String) {
    let is_bad = results.iter().any(|(tone, _)| *tone == Tone::Bad);
    let words: Vec<String> = results.into_iter().map(|(_, words)| words).collect();
    (if is_bad { Tone::Bad } else { Tone::Good }, words.join(" · "))
}

pub(super) async fn create(
    State(app): State<App>,
    Path(channel): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let channel = addable(&channel)?;
    typed::carry(&app.store, &me, &mut form);
    certificates::trust(&mut form);
    if channel == Channel::Email && form.get("do") == "find" {
        let (tone, words) = email::find(&app, me.lang, &mut form).await;
        let (tone, words) = match read(&app, me.lang, channel, &form, None) {
            // With a password it is tried at once.
            Ok(settings) if tone == Tone::Good && !form.get("imap_password").is_empty() => {
                let (tone, tried) = summed(test(&app, &me, channel, &settings, &mut form).await);
                (tone, format!("{words} {tried}"))
            }
            _ => (tone, words),
        };
        return Ok(page(&me, channel, None, &form, &Errors::new(), Some((tone, &words))));
    }
    let name = form.get("name").trim();
    let mut errors = Errors::new();
    if name.is_empty() || name.chars().count() > 100 {
        errors.push(("name".to_owned(), i18n::t(me.lang, "error-name-empty").into_owned()));
    }
    let settings = match read(&app, me.lang, channel, &form, None) {
        Ok(settings) if errors.is_empty() => settings,
        Ok(_) => return Ok(page(&me, channel, None, &form, &errors, None)),
        Err(mut more) => {
            more.splice(0..0, errors);
            return Ok(page(&me, channel, None, &form, &more, None));
        }
    };
    if form.get("do") == "test" {
        let (tone, words) = summed(test(&app, &me, channel, &settings, &mut form).await);
        return Ok(page(&me, channel, None, &form, &Errors::new(), Some((tone, &words))));
    }
    let language = form.get("language").parse().unwrap_or(me.lang);
    let address = settings.address();
    let add = Add {
        app: &app,
        me: &me,
        channel,
        name,
        language,
        address,
        bot: form.is_on("bot"),
    };
    let added = add.inbox_of(&settings).await;
    match added {
        Ok(id) => Ok(see_other(&format!("/settings/inboxes/{id}"))),
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            let errors = vec![("name".to_owned(), failure::words(me.lang, &error))];
            Ok(page(&me, channel, None, &form, &errors, None))
        }
        Err(error) => Err(error.into()),
    }
}

/// What stands above the form: addresses and words to copy to the other side.
async fn facts(app: &App, me: &SignedIn, inbox: &Inbox, settings: &Read) -> Result<Markup> {
    let ctx = me.ctx();
    let of_channel = match settings {
        Read::Email(settings) => html! {
            (super::mailbox::facts(app, me, inbox, settings).await?)
            (email::facts(app, &ctx, inbox))
        },
        Read::Whatsapp(settings) => {
            let number = whatsapp::number(app, inbox, settings, false).await?;
            whatsapp::facts(app, &ctx, inbox, settings, &number)
        }
        Read::Widget(settings) => others::widget_facts(app, &ctx, inbox, settings),
        Read::Messenger(settings) => messenger::facts(app, &ctx, inbox, settings),
        Read::Bridge(settings) => bridge::facts(app, &ctx, inbox, settings),
        Read::Portal(_) => others::portal_facts(app, &ctx),
    };
    Ok(html! { (works_in::facts(app, me, inbox).await?) (of_channel) (super::menus::link(me, inbox)) })
}

/// The form as it is kept, with what it was filled with.
fn filled(inbox: &Inbox, settings: &Read) -> Form {
    let mut form = kept(inbox, settings);
    meanwhile::stamp(&mut form);
    form
}

fn kept(inbox: &Inbox, settings: &Read) -> Form {
    let mut form = Form::of([("name", inbox.name.clone()), ("language", inbox.language.to_string())]);
    if inbox.bot_enabled {
        form.push("bot", "on");
    }
    if inbox.is_enabled {
        form.push("enabled", "on");
    }
    read::fill(&mut form, settings);
    form
}

/// The page of an inbox after something else was done on it than saving its form.
pub(super) fn shown_again(
    me: &SignedIn,
    inbox: &Inbox,
    settings: Read,
    facts: Markup,
    said: Option<(Tone, String)>,
) -> Response {
    let form = filled(inbox, &settings);
    let said = said.as_ref().map(|(tone, words)| (*tone, words.as_str()));
    page(me, inbox.channel, Some((inbox, facts)), &form, &Errors::new(), said)
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
) -> std::result::Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let inbox = inboxes::load(app.store.db(), &InboxId::from(id)).await?;
    let settings = stored(&app, &inbox).await?;
    let facts = facts(&app, &me, &inbox, &settings).await?;
    Ok(page(
        &me,
        inbox.channel,
        Some((&inbox, facts)),
        &filled(&inbox, &settings),
        &Errors::new(),
        None,
    ))
}

pub(super) async fn save(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    typed::carry(&app.store, &me, &mut form);
    certificates::trust(&mut form);
    let inbox = inboxes::load(app.store.db(), &InboxId::from(id)).await?;
    let old = stored(&app, &inbox).await?;
    let facts = facts(&app, &me, &inbox, &old).await?;
    if form.get("do") != "test" {
        let kept = kept(&inbox, &old);
        if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[inbox.id.as_str()]).await? {
            return Ok(page(&me, inbox.channel, Some((&inbox, facts)), &form, &errors, None));
        }
    }
    let settings = match read(&app, me.lang, inbox.channel, &form, Some(old)) {
        Ok(settings) => settings,
        Err(errors) => return Ok(page(&me, inbox.channel, Some((&inbox, facts)), &form, &errors, None)),
    };
    if form.get("do") == "test" {
        let (tone, words) = summed(test(&app, &me, inbox.channel, &settings, &mut form).await);
        return Ok(page(
            &me,
            inbox.channel,
            Some((&inbox, facts)),
            &form,
            &Errors::new(),
            Some((tone, &words)),
        ));
    }
    let (actor, bot, on) = (me.actor(), form.is_on("bot"), form.is_on("enabled"));
    let edit = InboxEdit {
        name: Some(form.get("name").to_owned()),
        language: form.get("language").parse().ok(),
        ..InboxEdit::default()
    };
    match inboxes::edit(&app.store, &actor, &inbox.id, &edit).await {
        Ok(()) => {}
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            let errors = vec![("name".to_owned(), failure::words(me.lang, &error))];
            return Ok(page(&me, inbox.channel, Some((&inbox, facts)), &form, &errors, None));
        }
        Err(error) => return Err(error.into()),
    }
    read::configure(&app, &actor, &inbox.id, &settings, (bot, on)).await?;
    let inbox = inboxes::load(app.store.db(), &inbox.id).await?;
    // What the page says besides is of the settings as they are now.
    let facts = self::facts(&app, &me, &inbox, &settings).await?;
    let words = me.ctx().t("settings-saved");
    Ok(page(
        &me,
        inbox.channel,
        Some((&inbox, facts)),
        &filled(&inbox, &settings),
        &Errors::new(),
        Some((Tone::Good, &words)),
    )
    .into_response())
}
