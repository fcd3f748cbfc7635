//! An article from a conversation that was solved: the question, the answer that people gave, and nothing that names
//! a person, as far as that can be recognised. Somebody looks at it before it becomes a draft.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::{self, Permission};
use conversation::contacts;
use conversation::conversations::{Conversation, Message};
use conversation::types::{ActorKind, ConversationId, ConversationStatus, MessageKind};
use conversation::{Result as CoreResult, views};
use futures::future::BoxFuture;
use kb::redact::{self, Kind};
use maud::{Markup, html};
use ui::components::form;
use ui::{i18n, routes};

use super::frame::{Part, frame};
use super::words::languages;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Form;
use crate::people::agents;
use crate::settings::draw::{Draw, Errors};

/// Messages that are looked at.
const MESSAGES: i64 = 200;
/// Questions that an article begins with.
const QUESTIONS: usize = 5;

/// What a conversation gives for an article.
struct Found {
    title: String,
    questions: Vec<String>,
    answer: String,
    taken: Vec<(Kind, String)>,
}

async fn read(app: &App, conversation: &Conversation) -> Result<Found, Failure> {
    let db = app.store.db();
    let messages = views::customer_timeline(db, &conversation.id, MESSAGES).await?;
    let contact = contacts::load(db, &conversation.contact_id).await?;
    let mut names: Vec<String> = vec![contact.name.clone()];
    if let Some(company) = &contact.company_id {
        names.extend(contacts::company_name(db, company).await?);
    }
    names.extend(agents::list(db).await?.into_iter().map(|agent| agent.name));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut taken: Vec<(Kind, String)> = Vec::new();
    let mut clean = |text: &str| {
        let done = redact::redact(text, &names);
        for one in done.taken {
            if !taken.contains(&one) {
                taken.push(one);
            }
        }
        done.text.trim().to_owned()
    };
    let mut sorted: Vec<&Message> = messages.iter().collect();
    sorted.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.id.cmp(&b.id)));
    let questions: Vec<String> = sorted
        .iter()
        .filter(|message| message.kind == MessageKind::Inbound && message.answer.is_none())
        .map(|message| clean(&message.text).split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|text| text.split(' ').count() > 2)
        .map(|text| text.chars().take(400).collect())
        .take(QUESTIONS)
        .collect();
    // What people wrote; the bot's own answers are articles already.
    let answer: Vec<String> = sorted
        .iter()
        .filter(|message| message.kind == MessageKind::Outbound && message.author_kind == ActorKind::Agent)
        .map(|message| clean(&message.text))
        .filter(|text| !text.is_empty())
        .collect();
    let title = conversation
        .subject
        .as_deref()
        .map(&mut clean)
        .filter(|subject| !subject.is_empty())
        .or_else(|| questions.first().cloned())
        .unwrap_or_default();
    Ok(Found {
        title: title.chars().take(120).collect(),
        questions,
        answer: answer.join("\n\n"),
        taken,
    })
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path(conversation): Path<String>,
) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    let found = access::conversation(app.store.db(), &me.actor(), &ConversationId::from(conversation)).await?;
    let draft = read(&app, &found).await?;
    let ctx = me.ctx();
    let sent = Form::of([
        ("title", draft.title.clone()),
        ("language", found.language.as_str().to_owned()),
        ("kind", "faq".to_owned()),
        ("questions", draft.questions.join("\n")),
        ("body", draft.answer.clone()),
    ]);
    let draw = Draw {
        ctx,
        form: &sent,
        errors: &Errors::new(),
    };
    let body = html! {
        p.lead { (ctx.t("articles-from-lead")) }
        p { a href=(routes::path(routes::CONVERSATION, found.id.as_str())) { (i18n::t_args(me.lang, "articles-from-conversation", &[("number", found.number.to_string().into())])) } }
        (removed(&me, &draft))
        form.settings-form method="post" action="/knowledge/new" {
            (form::csrf(&ctx))
            input type="hidden" name="kind" value="faq";
            (draw.text("title", &ctx.t("articles-title"), "", true))
            (draw.choice("language", &ctx.t("articles-language"), &languages()))
            (draw.lines("questions", &ctx.t("articles-questions"), &ctx.t("articles-questions-hint"), 4))
            (draw.lines("body", &ctx.t("articles-body"), "", 14))
            label.check { input type="checkbox" name="checked" value="on" required; span { (ctx.t("articles-from-checked")) } }
            div.settings-actions { button.button.primary type="submit" { (ctx.t("articles-begin")) } }
        }
    };
    frame(&app, &me, Part::Articles, &ctx.t("articles-from"), None, &body).await
}

/// What was taken out, so that a person can see what was understood.
fn removed(me: &SignedIn, draft: &Found) -> Markup {
    let ctx = me.ctx();
    html! {
        div.draft-bar {
            @if draft.taken.is_empty() { p { (ctx.t("articles-from-nothing")) } }
            @else {
                p { (ctx.t("articles-from-taken")) }
                ul.taken { @for (kind, text) in &draft.taken { li { del { (text) } " → " (kind.mark()) } } }
            }
        }
    }
}

/// Beside a conversation that was solved: the way to an article.
pub(crate) fn panel<'a>(
    _app: &'a App,
    me: &'a SignedIn,
    conversation: &'a Conversation,
    _contact: &'a contacts::Contact,
) -> BoxFuture<'a, CoreResult<Option<(String, Markup)>>> {
    Box::pin(async move {
        let is_solved = conversation.status == ConversationStatus::Resolved && conversation.spam_since.is_none();
        if !is_solved || !me.can(Permission::Work) {
            return Ok(None);
        }
        let ctx = me.ctx();
        let words = html! {
            p.muted { (ctx.t("articles-panel-words")) }
            p { a.button.ghost href={ "/knowledge/from/" (conversation.id) } { (ctx.t("articles-from")) } }
        };
        Ok(Some((ctx.t("rail-knowledge").into_owned(), words)))
    })
}
