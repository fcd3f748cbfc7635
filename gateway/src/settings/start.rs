//! The first steps of a new installation: what there is to do before customers come, and what is done.

use axum::extract::State;
use axum::response::Response;
use conversation::access::Permission;
use conversation::inboxes::{self, Inbox};
use conversation::types::Channel;
use kb::store::{self as articles, Filter};
use maud::{Markup, html};
use ui::components::{Tone, badge};
use ui::icons::{Icon, icon};
use ui::routes;

use super::{Part, frame};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::people::agents;
use crate::widget::WidgetSettings;

/// One thing to do.
struct Step {
    /// The keys of its title and of what there is to know.
    words: (&'static str, &'static str),
    glyph: Icon,
    is_done: bool,
    /// Where it is done.
    href: String,
    /// Where it can be tried.
    attempt: Option<(&'static str, String)>,
}

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let steps = steps(&app).await?;
    let done = steps.iter().filter(|step| step.is_done).count();
    let ctx = me.ctx();
    let about = ui::i18n::t_args(
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
                        (attempt(&me, step))
                    }
                }
            }
        }
        p { a.button.primary href=(routes::INBOX) { (ctx.t("start-inbox")) } }
    };
    Ok(frame(&me, Part::Start, &ctx.t("start-title"), None, &body))
}

fn attempt(me: &SignedIn, step: &Step) -> Markup {
    html! {
        @if let Some((words, href)) = &step.attempt {
            p { a href=(href) target="_blank" rel="noopener" { (me.ctx().t(words)) " " (icon(Icon::External)) } }
        }
    }
}

async fn steps(app: &App) -> conversation::Result<Vec<Step>> {
    let db = app.store.db();
    let all = inboxes::list(db).await?;
    let of = |channel: Channel| {
        all.iter()
            .filter(move |inbox| inbox.channel == channel && inbox.is_enabled)
            .collect::<Vec<&Inbox>>()
    };
    let page_of = |inbox: &Inbox| format!("/settings/inboxes/{}", inbox.id);
    let (mail, whatsapp, chat) = (of(Channel::Email), of(Channel::Whatsapp), of(Channel::Webchat));
    let mut is_embedded = false;
    for inbox in &chat {
        let settings: WidgetSettings = inboxes::settings(&app.store, &inbox.id).await?;
        is_embedded |= !settings.allowed_origins.is_empty();
    }
    let business = billing::settings::business(db, &app.store).await?;
    let people = agents::list(db).await?;
    let has_articles = !articles::list(db, &Filter::default(), None, 1).await?.is_empty();
    let add = |channel: &str| format!("/settings/inboxes/new/{channel}");
    Ok(vec![
        Step {
            words: ("start-business", "start-business-about"),
            glyph: Icon::Company,
            is_done: !business.name.is_empty(),
            href: "/billing/settings".to_owned(),
            attempt: None,
        },
        Step {
            words: ("start-mail", "start-mail-about"),
            glyph: Icon::Email,
            is_done: !mail.is_empty(),
            href: mail.first().map_or_else(|| add("email"), |inbox| page_of(inbox)),
            attempt: None,
        },
        Step {
            words: ("start-whatsapp", "start-whatsapp-about"),
            glyph: Icon::Whatsapp,
            is_done: !whatsapp.is_empty(),
            href: whatsapp.first().map_or_else(|| add("whatsapp"), |inbox| page_of(inbox)),
            attempt: None,
        },
        Step {
            words: ("start-chat", "start-chat-about"),
            glyph: Icon::Webchat,
            is_done: is_embedded,
            href: chat.first().map_or_else(|| add("webchat"), |inbox| page_of(inbox)),
            attempt: (!chat.is_empty()).then(|| ("start-try-chat", routes::SAMPLE.to_owned())),
        },
        Step {
            words: ("start-knowledge", "start-knowledge-about"),
            glyph: Icon::Book,
            is_done: has_articles,
            href: "/settings/knowledge".to_owned(),
            attempt: None,
        },
        Step {
            words: ("start-people", "start-people-about"),
            glyph: Icon::People,
            is_done: people.len() > 1,
            href: "/settings/people".to_owned(),
            attempt: None,
        },
    ])
}
