//! What the customer beside the conversation said when they were asked.

use conversation::Result;
use conversation::contacts::Contact;
use conversation::conversations::Conversation;
use conversation::surveys::{self, Kind};
use futures::FutureExt;
use futures::future::BoxFuture;
use maud::{Markup, html};
use ui::components::{Tone, badge, time_tag};
use ui::{i18n, routes};

use crate::app::App;
use crate::auth::SignedIn;
use crate::reports::figures::Value;

/// How many are shown, the newest.
const SHOWN: i64 = 8;

/// The panel; see [`super::panels`].
pub(crate) fn panel<'a>(
    app: &'a App,
    me: &'a SignedIn,
    _: &'a Conversation,
    contact: &'a Contact,
) -> BoxFuture<'a, Result<Option<(String, Markup)>>> {
    async move {
        let all = surveys::of_contact(app.store.db(), &contact.id, SHOWN).await?;
        if all.is_empty() {
            return Ok(None);
        }
        let ctx = me.ctx();
        let scores: Vec<f64> = all
            .iter()
            .filter(|one| one.kind == Kind::Csat)
            .filter_map(|one| one.score)
            .map(|score| score as f64)
            .collect();
        let title = if scores.len() > 1 {
            let mean = Value::Score(scores.iter().sum::<f64>() / scores.len() as f64).words(me.lang);
            format!("{} · ⌀ {mean}", ctx.t("survey-panel"))
        } else {
            ctx.t("survey-panel").into_owned()
        };
        let body = html! {
            ul.tickets {
                @for one in &all {
                    @let at = one.answered_at.or(one.asked_at).unwrap_or(one.due_at);
                    li {
                        span.ticket-top {
                            @match one.score {
                                Some(score) => (badge(if one.is_low { Tone::Bad } else { Tone::Good }, &format!("{score}/{}", one.kind.scale().1))),
                                None => (badge(Tone::Neutral, &ctx.t("survey-open"))),
                            }
                            span.muted { (ctx.t(match one.kind { Kind::Csat => "survey-csat", Kind::Nps => "survey-nps" })) @if one.is_low { span.visually-hidden { ", " (ctx.t("survey-low")) } } }
                            (time_tag(&ctx, at, &i18n::relative(me.lang, me.now, at, &me.tz)))
                        }
                        a.row-go href=(routes::path(routes::CONVERSATION, one.conversation.as_str())) { (one.comment.as_deref().unwrap_or_default()) }
                    }
                }
            }
        };
        Ok(Some((title, body)))
    }
    .boxed()
}
