//! What canned replies and macros share: everybody's, which administrators keep, and each agent's own; one page that
//! lists them, narrowed by what they are for, and the form of one.

use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::desk::fits::Fits;
use conversation::types::AgentId;
use maud::{Markup, html};
use ui::components::{Tone, badge, empty};
use ui::icons::Icon;

use super::draw::{self, Draw, Errors, with_status};
use super::fits::{About, Narrowed};
use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Form;

/// A kind of them: where its page is, and its texts.
pub(super) struct Kind {
    pub(super) part: Part,
    pub(super) here: &'static str,
    pub(super) icon: Icon,
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) none: &'static str,
    pub(super) new: &'static str,
}

/// What its page shows now.
#[derive(Default)]
pub(super) struct Shown {
    /// The one that is changed; the list and the form of a new one without it.
    pub(super) id: Option<String>,
    pub(super) narrowed: Narrowed,
    pub(super) sent: Form,
    pub(super) errors: Errors,
}

impl Shown {
    /// The form of one once more, with what is wrong.
    pub(super) fn again(id: &str, sent: Form, errors: Errors) -> Shown {
        Shown {
            id: Some(id.to_owned()),
            sent,
            errors,
            ..Shown::default()
        }
    }
}

/// One line of the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) owner: Option<AgentId>,
    pub(super) name: String,
    /// Under the name.
    pub(super) facts: Markup,
    /// Behind it.
    pub(super) badges: Markup,
    pub(super) fits: Fits,
    pub(super) uses: i64,
}

/// Whether this agent may change one: their own, and everybody's for administrators.
pub(super) fn may_change(me: &SignedIn, owner: Option<&AgentId>) -> bool {
    match owner {
        Some(owner) => *owner == me.agent.id,
        None => me.can(Permission::Administer),
    }
}

/// One that this agent may change; another one is not there.
pub(super) fn changeable<T>(me: &SignedIn, one: T, owner: impl Fn(&T) -> Option<&AgentId>) -> Result<T, Failure> {
    if may_change(me, owner(&one)) {
        Ok(one)
    } else {
        Err(Error::NotFound.into())
    }
}

/// Whose a new one is: everybody's where an administrator says so, else its writer's.
pub(super) fn owner_of_new(me: &SignedIn, form: &Form) -> Option<AgentId> {
    let is_shared = form.is_on("shared") && me.can(Permission::Administer);
    (!is_shared).then(|| me.agent.id.clone())
}

/// What was refused as errors of the form; what failed stays a failure.
pub(super) fn refused(me: &SignedIn, form: &Form, error: Error) -> Result<Errors, Failure> {
    match error {
        Error::Invalid(_) | Error::Conflict(_) => Ok(draw::refused(me.lang, form, &error)),
        error => Err(error.into()),
    }
}

/// The page: the list and the form of a new one, or the form of one with its uses. `fields` are the form's own.
pub(super) async fn page(
    app: &App,
    me: &SignedIn,
    kind: &Kind,
    shown: &Shown,
    rows: &[Row],
    fields: impl FnOnce(&Draw<'_>) -> Markup,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: &shown.sent,
        errors: &shown.errors,
    };
    let here = kind.here;
    let about = About::of(&app.store).await?;
    let used = match &shown.id {
        Some(id) => about.uses(&app.store, &ctx, id).await?,
        None => html! {},
    };
    let body = html! {
        @if shown.id.is_none() {
            p.lead { (ctx.t(kind.lead)) }
            @if rows.is_empty() { (empty(kind.icon, &ctx.t(kind.none), "")) } @else { (about.filter(&ctx, here, &shown.narrowed)) }
            ul.people.fit-list {
                @for row in rows.iter().filter(|row| about.shows(&shown.narrowed, &row.fits)) {
                    li.person {
                        span.inbox-name {
                            @if may_change(me, row.owner.as_ref()) { a href={ (here) "/" (row.id) } { strong { (row.name) } } } @else { strong { (row.name) } }
                            span.muted { (row.facts) }
                        }
                        (row.badges)
                        @if row.owner.is_some() { (badge(Tone::Accent, &ctx.t("canned-own"))) }
                        (about.facts(&ctx, &row.id, &row.fits, row.uses))
                    }
                }
            }
            h2 { (ctx.t(kind.new)) }
        }
        (draw.summary())
        form.settings-form method="post" action=(shown.id.as_ref().map_or_else(|| here.to_owned(), |id| format!("{here}/{id}"))) {
            (draw.begin())
            (fields(&draw))
            (about.fields(&draw))
            @if shown.id.is_none() && me.can(Permission::Administer) { (draw.check("shared", &ctx.t("canned-shared"))) }
            (draw.actions(shown.id.is_some(), shown.id.as_ref().map(|_| here)))
        }
        (used)
    };
    let page = frame(me, kind.part, &ctx.t(kind.title), None, &body);
    Ok(with_status(page, &shown.errors))
}
