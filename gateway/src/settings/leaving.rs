//! An agent who is disabled while replies of theirs wait for their time: somebody says first what becomes of them.

use axum::response::Response;
use conversation::lifecycle::{Action, act};
use conversation::scheduled::{self, Waiting};
use conversation::types::{AgentId, ConversationId, ConversationStatus, Role};
use conversation::{Error, Result, access};
use maud::html;
use ui::components::form;
use ui::{i18n, routes};

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Form;
use crate::inbox::drafting;
use crate::people::agents::{self, Agent};

/// How many of them the page names.
const MOST_NAMED: usize = 20;

/// What becomes of replies that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// They leave at their times.
    Leave,
    /// They do not leave; each is a note where it waited.
    Note,
    /// They are drafts of somebody else, who has their conversations.
    Hand(AgentId),
}

/// What was chosen on the page; nothing where nothing was, or nobody for them.
pub(super) async fn chosen(app: &App, gone: &Agent, form: &Form) -> Result<Option<Fate>> {
    Ok(match form.get("replies") {
        "leave" => Some(Fate::Leave),
        "note" => Some(Fate::Note),
        "hand" => heirs(app, gone)
            .await?
            .into_iter()
            .find(|agent| agent.id.as_str() == form.get("to"))
            .map(|agent| Fate::Hand(agent.id)),
        _ => None,
    })
}

/// Who can go on with them: whoever sees all of them.
async fn heirs(app: &App, gone: &Agent) -> Result<Vec<Agent>> {
    let mut all = agents::list(app.store.db()).await?;
    all.retain(|agent| {
        let works = matches!(agent.role, Role::Agent | Role::Administrator);
        works && agent.is_enabled && agent.id != gone.id && agent.scope().is_none()
    });
    Ok(all)
}

/// Asks what becomes of them.
pub(super) async fn page(app: &App, me: &SignedIn, gone: &Agent, waiting: &[Waiting]) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let heirs = heirs(app, gone).await?;
    let count = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
    let words = i18n::t_args(
        me.lang,
        "people-waiting",
        &[("name", gone.name.as_str().into()), ("count", count.into())],
    );
    let choice = |value: &str, key: &str| html! { label.check { input type="radio" name="replies" value=(value) required; span { (ctx.t(key)) } } };
    let body = html! {
        h2 { (i18n::t_args(me.lang, "people-disable-name", &[("name", gone.name.as_str().into())])) }
        p { (words) }
        ul {
            @for one in waiting.iter().take(MOST_NAMED) {
                li { a href=(routes::path(routes::CONVERSATION, one.conversation.as_str())) { "#" (one.number) } " · " (i18n::date_time(me.lang, one.at, &me.tz)) }
            }
            @if waiting.len() > MOST_NAMED { li { "…" } }
        }
        form.settings-form method="post" action={ "/settings/people/" (gone.id) } {
            (form::csrf(&ctx))
            fieldset.field {
                legend { (ctx.t("people-waiting-what")) }
                (choice("note", "people-waiting-note"))
                (choice("hand", "people-waiting-hand"))
                div.field {
                    label for="heir" { (ctx.t("people-waiting-to")) }
                    select.input #heir name="to" { @for agent in &heirs { option value=(agent.id) selected[agent.id == me.agent.id] { (agent.name) } } }
                }
                (choice("leave", "people-waiting-leave"))
            }
            div.settings-actions {
                button.button.danger type="submit" name="do" value="disable" { (ctx.t("people-disable")) }
                a.button.ghost href="/settings/people" { (ctx.t("settings-back")) }
            }
        }
    };
    Ok(frame(me, Part::People, &ctx.t("settings-people"), None, &body))
}

/// Does what was chosen with what still waits.
pub(super) async fn settle(app: &App, me: &SignedIn, gone: &Agent, fate: &Fate) -> Result<()> {
    if *fate == Fate::Leave {
        return Ok(());
    }
    let actor = me.actor();
    for one in scheduled::of_agent(app.store.db(), &gone.id).await? {
        let done = match fate {
            Fate::Hand(to) => drafting::hand_back(app, &actor, to, &one.message).await,
            _ => {
                let args = [
                    ("name", gone.name.as_str().into()),
                    ("time", i18n::date_time(me.lang, one.at, &me.tz).into()),
                ];
                let head = i18n::t_args(me.lang, "people-waiting-noted", &args);
                drafting::keep_as_note(app, &actor, &head, &one.message).await
            }
        };
        match done {
            Ok(()) => shown(app, me, &one.conversation, fate).await?,
            // It left a moment ago, or somebody took it back.
            Err(Error::Conflict(_) | Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What was to be said is somebody's to say: it stands where work is looked for.
async fn shown(app: &App, me: &SignedIn, id: &ConversationId, fate: &Fate) -> Result<()> {
    let actor = me.actor();
    let found = access::conversation(app.store.db(), &actor, id).await?;
    if found.status == ConversationStatus::Resolved {
        act(&app.store, &actor, id, Action::Reopen).await?;
    }
    if let Fate::Hand(to) = fate {
        act(&app.store, &actor, id, Action::Assign(Some(to.clone()))).await?;
    }
    Ok(())
}
