//! The first steps of a new installation: what there is to do before customers come, and what is done.

mod tries;

use axum::extract::State;
use axum::response::Response;
use conversation::access::Permission;
use conversation::inboxes::{self, Inbox, InboxEdit};
use conversation::telephone::{self, Country};
use conversation::types::{Channel, InboxId, Language};
use conversation::{Error, Result as Known};
use kb::store::{self as articles, Filter};
use maud::{Markup, html};
use ui::components::{Tone, badge, form};
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use super::draw::{self, Draw, Errors, copied};
use super::frame::{Part, frame};
use super::{inboxes as forms, others};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::country;
use crate::people::agents;
use crate::widget::WidgetSettings;

/// What can be done at once, without another page.
enum Inside {
    Nothing,
    /// The name of the business.
    Name(String),
    /// The language of its customers.
    Language(Language),
    /// The time zone, if one was chosen.
    Zone(Option<String>),
    /// The code of the country; the second is the country, where it is one of the list.
    Country(&'static str, Option<Country>),
    /// What stands on a web page to have the chat there.
    Snippet(String),
}

/// One thing to do.
struct Step {
    /// The keys of its title and of what there is to know.
    words: (&'static str, &'static str),
    glyph: Icon,
    is_done: bool,
    /// Where it is done, or where there is more of it.
    href: String,
    inside: Inside,
}

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    if me.is_fragment {
        return Ok(crate::auth::html(tries::all(&app, &me).await?));
    }
    draw(&app, &me, None, &Errors::new()).await
}

/// Takes a name, a language, a time zone or a country, or tries the connection of an inbox.
pub(super) async fn act(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    match form.get("do") {
        "test" => {
            let inbox = inboxes::load(app.store.db(), &InboxId::from(form.get("inbox").to_owned())).await?;
            let (tone, words) = forms::tried(&app, &me, &inbox).await?;
            let words = format!("{}: {words}", inbox.name);
            draw(&app, &me, Some((tone, &words)), &Errors::new()).await
        }
        what => {
            let errors = keep(&app, &me, what, &form).await?;
            if errors.is_empty() {
                return Ok(see_other(routes::START));
            }
            draw(&app, &me, None, &errors).await
        }
    }
}

/// Keeps the name, the language, the time zone or the country; says what is wrong with it.
async fn keep(app: &App, me: &SignedIn, what: &str, form: &Form) -> Known<Errors> {
    let store = &app.store;
    let mut business = billing::settings::business(store.db(), store).await?;
    match what {
        "name" => {
            let name = form.get("business").trim();
            if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
                let words = i18n::t(me.lang, "error-name-empty").into_owned();
                return Ok(vec![("business".to_owned(), words)]);
            }
            name.clone_into(&mut business.name);
            if !billing::settings::is_set(store.db()).await? {
                // A name says nothing of the language: until somebody does, customers speak as whoever sets it up.
                business.language = me.lang;
            }
        }
        "language" => {
            let Ok(language) = form.get("language").parse::<Language>() else {
                let words = failure::words(me.lang, &Error::Invalid("language: en, es or pt".to_owned()));
                return Ok(vec![("language".to_owned(), words)]);
            };
            business.language = language;
            // Those that an installation begins with speak its customers' language, too. What somebody added has the
            // language that they chose.
            for inbox in inboxes::list(store.db()).await? {
                if inbox.language != language && matches!(inbox.channel, Channel::Webchat | Channel::Portal) {
                    let edit = InboxEdit {
                        language: Some(language),
                        ..InboxEdit::default()
                    };
                    inboxes::edit(store, &me.actor(), &inbox.id, &edit).await?;
                }
            }
        }
        "zone" => {
            return match app
                .billing
                .zone
                .choose(store, &me.actor(), form.get("time_zone").trim())
                .await
            {
                Err(error @ Error::Invalid(_)) => Ok(draw::refused(me.lang, form, &error)),
                chosen => chosen.map(|()| Errors::new()),
            };
        }
        "country" => {
            return match country::keep(app, &me.actor(), form).await {
                Err(error @ Error::Invalid(_)) => Ok(draw::refused(me.lang, form, &error)),
                kept => kept.map(|()| Errors::new()),
            };
        }
        _ => return Err(Error::Invalid("do: name, language, zone, country or test".to_owned())),
    }
    billing::settings::set_business(store, &me.actor(), &business).await?;
    app.billing.follow().await?;
    Ok(Errors::new())
}

async fn draw(app: &App, me: &SignedIn, said: Option<(Tone, &str)>, errors: &Errors) -> Result<Response, Failure> {
    let steps = steps(app, me.lang).await?;
    let done = steps.iter().filter(|step| step.is_done).count();
    let ctx = me.ctx();
    let about = i18n::t_args(
        me.lang,
        "start-lead",
        &[("done", done.into()), ("all", steps.len().into())],
    );
    let body = html! {
        p.lead { (about) }
        progress.start-progress max=(steps.len()) value=(done) aria-label=(about) {}
        ol.start-steps {
            @for step in &steps {
                li.is-done[step.is_done] {
                    span.start-mark { (icon(if step.is_done { Icon::Check } else { step.glyph })) }
                    div {
                        h2 { a href=(step.href) { (ctx.t(step.words.0)) } @if step.is_done { " " (badge(Tone::Good, &ctx.t("start-done"))) } }
                        p { (ctx.t(step.words.1)) }
                        (inside(me, step, errors))
                    }
                }
            }
        }
        section.start-tries aria-labelledby="tries" {
            h2 #tries { (ctx.t("start-tries")) }
            p.hint { (ctx.t("start-tries-about")) }
            div #start-tries data-url=(routes::START) { (tries::all(app, me).await?) }
        }
        p { a.button.primary href=(routes::INBOX) { (ctx.t("start-inbox")) } }
    };
    Ok(frame(me, Part::Start, &ctx.t("start-title"), said, &body))
}

fn inside(me: &SignedIn, step: &Step, errors: &Errors) -> Markup {
    let ctx = me.ctx();
    let (what, form, label) = match &step.inside {
        Inside::Nothing => return Markup::default(),
        Inside::Snippet(snippet) => {
            return html! { (copied(&ctx, "start-snippet", &ctx.t("chat-snippet-label"), snippet)) };
        }
        Inside::Name(name) => ("name", Form::of([("business", name.clone())]), "start-business-name"),
        Inside::Language(language) => (
            "language",
            Form::of([("language", language.to_string())]),
            "start-languages-of",
        ),
        Inside::Zone(name) => (
            "zone",
            Form::of([("time_zone", name.clone().unwrap_or_default())]),
            "hours-zone",
        ),
        Inside::Country(code, _) => (
            "country",
            Form::of([("country", (*code).to_owned())]),
            "start-country-of",
        ),
    };
    let fields = Draw {
        ctx,
        form: &form,
        errors,
    };
    let languages: Vec<(&str, &str)> = Language::ALL.iter().map(|l| (l.as_str(), i18n::own_name(*l))).collect();
    let countries = country::choices(me.lang);
    let countries: Vec<(&str, &str)> = countries.iter().map(|(code, name)| (*code, name.as_str())).collect();
    let read_as = match &step.inside {
        Inside::Country(_, Some(country)) => {
            let whole = telephone::read(country.example(), Some(*country)).unwrap_or_default();
            let args = [("example", country.example().into()), ("whole", whole.into())];
            i18n::t_args(me.lang, "start-country-hint", &args)
        }
        _ => i18n::t(me.lang, "start-country-other-hint").into_owned(),
    };
    let ctx = me.ctx();
    html! {
        form.copy-line method="post" action=(routes::START) {
            (form::csrf(&ctx))
            @match what {
                "name" => (fields.text("business", &ctx.t(label), "", true)),
                "country" => (fields.choice("country", &ctx.t(label), &countries)),
                "zone" => (fields.text("time_zone", &ctx.t(label), &ctx.t("start-zone-hint"), true)),
                _ => (fields.choice("language", &ctx.t(label), &languages)),
            }
            button.button.ghost type="submit" name="do" value=(what) { (ctx.t("settings-save")) }
        }
        @if what == "country" && step.is_done { p.hint { (read_as) } }
    }
}

/// What is there already.
struct Found {
    mail: Vec<Inbox>,
    whatsapp: Vec<Inbox>,
    chat: Vec<Inbox>,
    /// A page of the business has leave to show a chat.
    is_embedded: bool,
    /// Of the first chat.
    snippet: Option<String>,
    business: billing::settings::Business,
    /// Somebody has said which language customers speak.
    has_language: bool,
    chosen_zone: Option<String>,
    /// Somebody has said the country.
    has_country: bool,
    /// Its code, or what is suggested.
    country: &'static str,
    has_colleagues: bool,
    has_articles: bool,
}

impl Found {
    async fn load(app: &App) -> Known<Found> {
        let (store, db) = (&app.store, app.store.db());
        let enabled: Vec<Inbox> = inboxes::list(db)
            .await?
            .into_iter()
            .filter(|inbox| inbox.is_enabled)
            .collect();
        let of = |channel: Channel| -> Vec<Inbox> {
            let those = enabled.iter().filter(|inbox| inbox.channel == channel);
            those.cloned().collect()
        };
        let chat = of(Channel::Webchat);
        let mut is_embedded = false;
        let mut snippet = None;
        for inbox in &chat {
            let settings: WidgetSettings = inboxes::settings(store, &inbox.id).await?;
            is_embedded |= !settings.allowed_origins.is_empty();
            snippet.get_or_insert_with(|| others::snippet(app, &settings));
        }
        Ok(Found {
            mail: of(Channel::Email),
            whatsapp: of(Channel::Whatsapp),
            chat,
            is_embedded,
            snippet,
            business: billing::settings::business(db, store).await?,
            has_language: billing::settings::is_set(db).await?,
            chosen_zone: billing::settings::time_zone(db, store).await?,
            has_country: telephone::home_as_chosen(db).await?.is_some(),
            country: country::value(app).await?,
            has_colleagues: agents::list(db).await?.len() > 1,
            has_articles: !articles::list(db, &Filter::default(), None, 1).await?.is_empty(),
        })
    }
}

async fn steps(app: &App, reader: Language) -> Known<Vec<Step>> {
    let found = Found::load(app).await?;
    let zone = &app.billing.zone;
    let page_or_add = |inboxes: &[Inbox], channel: &str| match inboxes.first() {
        Some(inbox) => format!("/settings/inboxes/{}", inbox.id),
        None => format!("/settings/inboxes/new/{channel}"),
    };
    let step = |words, glyph, is_done, href: String, inside| Step {
        words,
        glyph,
        is_done,
        href,
        inside,
    };
    Ok(vec![
        step(
            ("start-business", "start-business-about"),
            Icon::Company,
            !found.business.name.is_empty(),
            "/billing/settings".to_owned(),
            Inside::Name(found.business.name),
        ),
        step(
            ("start-languages", "start-languages-about"),
            Icon::Globe,
            found.has_language,
            "/billing/settings".to_owned(),
            // Until somebody said it, customers probably speak as whoever sets it up does.
            Inside::Language(if found.has_language {
                found.business.language
            } else {
                reader
            }),
        ),
        step(
            ("start-zone", "start-zone-about"),
            Icon::Clock,
            zone.is_configured() || found.chosen_zone.is_some(),
            "/settings/hours".to_owned(),
            // What the configuration says is changed there.
            if zone.is_configured() {
                Inside::Nothing
            } else {
                Inside::Zone(found.chosen_zone)
            },
        ),
        step(
            ("start-country", "start-country-about"),
            Icon::Phone,
            found.has_country,
            "/billing/settings".to_owned(),
            Inside::Country(found.country, Country::of_code(found.country)),
        ),
        step(
            ("start-mail", "start-mail-about"),
            Icon::Email,
            !found.mail.is_empty(),
            page_or_add(&found.mail, "email"),
            Inside::Nothing,
        ),
        step(
            ("start-whatsapp", "start-whatsapp-about"),
            Icon::Whatsapp,
            !found.whatsapp.is_empty(),
            page_or_add(&found.whatsapp, "whatsapp"),
            Inside::Nothing,
        ),
        step(
            ("start-chat", "start-chat-about"),
            Icon::Webchat,
            found.is_embedded,
            page_or_add(&found.chat, "webchat"),
            found.snippet.map_or(Inside::Nothing, Inside::Snippet),
        ),
        step(
            ("start-knowledge", "start-knowledge-about"),
            Icon::Book,
            found.has_articles,
            // Where they are written; what is set about the bot stands one step further, and helps nobody without an article.
            "/knowledge".to_owned(),
            Inside::Nothing,
        ),
        step(
            ("start-people", "start-people-about"),
            Icon::People,
            found.has_colleagues,
            "/settings/people".to_owned(),
            Inside::Nothing,
        ),
    ])
}
