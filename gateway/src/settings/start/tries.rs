//! Each channel tried as its customers use it: what to do, whether it came in, whether the answer left. The page follows
//! what happens, so that somebody can hold a telephone in one hand and see it come in.

use conversation::conversations::preview_of;
use conversation::db::sql;
use conversation::inboxes::{self, Inbox};
use conversation::types::{Channel, ConversationId, DeliveryState, Millis};
use conversation::{Result, Store};
use maud::{Markup, html};
use ui::components::{Tone, badge, channel_icon, channel_name, form, time_tag};
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use crate::app::App;
use crate::auth::SignedIn;

/// What came in last by an inbox.
struct Came {
    id: ConversationId,
    at: Millis,
    preview: String,
    /// How the last answer in it fares.
    answer: Option<DeliveryState>,
}

/// Where a conversation may stand.
const STATUSES: [&str; 3] = ["open", "snoozed", "resolved"];

async fn came(store: &Store, inbox: &Inbox) -> Result<Option<Came>> {
    let mut last: Option<(ConversationId, Millis)> = None;
    // One look at the end of an index for each, however many conversations there are.
    for status in STATUSES {
        let found: Option<(ConversationId, Millis)> = sql("SELECT id, last_message_at FROM conversations \
             WHERE inbox_id = $1 AND status = $2 AND merged_into IS NULL ORDER BY last_message_at DESC, id DESC LIMIT 1")
        .bind(&inbox.id)
        .bind(status)
        .optional(store.db())
        .await?;
        if let Some(found) = found
            && last.as_ref().is_none_or(|(_, at)| *at < found.1)
        {
            last = Some(found);
        }
    }
    let Some((id, _)) = last else {
        return Ok(None);
    };
    // What the customer wrote, not what the bot said to it.
    let written: Option<(Millis, String)> = sql(
        "SELECT at, text FROM messages WHERE conversation_id = $1 AND kind = 'inbound' ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(&id)
    .optional(store.db())
    .await?;
    let Some((at, text)) = written else {
        return Ok(None);
    };
    let answer: Option<(DeliveryState,)> =
        sql("SELECT state FROM deliveries WHERE conversation_id = $1 ORDER BY id DESC LIMIT 1")
            .bind(&id)
            .optional(store.db())
            .await?;
    Ok(Some(Came {
        id,
        at,
        preview: preview_of(&text),
        answer: answer.map(|(state,)| state),
    }))
}

/// All channels that are switched on.
pub(super) async fn all(app: &App, me: &SignedIn) -> Result<Markup> {
    let mut rows = Vec::new();
    for inbox in inboxes::list(app.store.db()).await? {
        if inbox.is_enabled && inbox.channel != Channel::Phone {
            let came = came(&app.store, &inbox).await?;
            rows.push((inbox, came));
        }
    }
    Ok(html! {
        ul.start-channels { @for (inbox, came) in &rows { li { (row(me, inbox, came.as_ref())) } } }
    })
}

fn row(me: &SignedIn, inbox: &Inbox, came: Option<&Came>) -> Markup {
    let ctx = me.ctx();
    let can_test = !matches!(inbox.channel, Channel::Webchat | Channel::Portal | Channel::Phone);
    html! {
        (channel_icon(me.lang, inbox.channel))
        div.start-channel {
            strong { (channel_name(me.lang, inbox.channel)) @if inbox.channel == Channel::Email { " · " (inbox.address) } @else { " · " (inbox.name) } }
            @match came {
                None => { p { (how(me, inbox)) } p.start-waits role="status" { (ctx.t("start-try-waits")) } },
                Some(came) => {
                    p.start-came role="status" {
                        (badge(Tone::Good, &ctx.t("start-try-came")))
                        " " a href=(routes::CONVERSATION.replace("{id}", came.id.as_str())) { (came.preview) }
                        " " span.muted { (time_tag(&ctx, came.at, &i18n::relative(me.lang, me.now, came.at, &me.tz))) }
                    }
                    p.start-answered { (answered(me, came.answer)) }
                },
            }
        }
        @if can_test {
            form method="post" action=(routes::START) {
                (form::csrf(&ctx))
                input type="hidden" name="inbox" value=(inbox.id);
                button.button.ghost type="submit" name="do" value="test" { (ctx.t("inbox-test")) }
            }
        } @else if inbox.channel == Channel::Webchat {
            a.button.ghost href=(routes::SAMPLE) target="_blank" rel="noopener" { (ctx.t("start-try-chat")) " " (icon(Icon::External)) }
        } @else {
            a.button.ghost href=(routes::TICKET_NEW) target="_blank" rel="noopener" { (ctx.t("start-try-form")) " " (icon(Icon::External)) }
        }
    }
}

/// What to do to try it.
fn how(me: &SignedIn, inbox: &Inbox) -> String {
    match inbox.channel {
        Channel::Email => i18n::t_args(me.lang, "start-try-mail", &[("address", inbox.address.as_str().into())]),
        Channel::Whatsapp => i18n::t(me.lang, "start-try-whatsapp").into_owned(),
        Channel::Webchat => i18n::t(me.lang, "start-try-widget").into_owned(),
        Channel::Instagram => i18n::t(me.lang, "start-try-instagram").into_owned(),
        Channel::Messenger => i18n::t(me.lang, "start-try-messenger").into_owned(),
        Channel::Bridge => i18n::t(me.lang, "start-try-bridge").into_owned(),
        Channel::Portal | Channel::Phone => i18n::t(me.lang, "start-try-portal").into_owned(),
    }
}

fn answered(me: &SignedIn, answer: Option<DeliveryState>) -> Markup {
    let ctx = me.ctx();
    match answer {
        None => html! { span.muted { (ctx.t("start-try-answer")) } },
        Some(DeliveryState::Failed) => {
            html! { (badge(Tone::Bad, &ctx.t("start-try-failed"))) " " span.muted { (ctx.t("start-try-look")) } }
        }
        Some(DeliveryState::Sent | DeliveryState::Delivered | DeliveryState::Read) => {
            html! { (badge(Tone::Good, &ctx.t("start-try-left"))) }
        }
        Some(_) => html! { (badge(Tone::Neutral, &ctx.t("start-try-leaving"))) },
    }
}
