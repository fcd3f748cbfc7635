//! The composer as the page shows it: the ways to the customer, the draft, what was sent a moment ago,
//! and what an agent can do beside writing.

use channels::bridge::BridgeSettings;
use channels::email::EmailSettings;
use conversation::access::{self, Permission};
use conversation::conversations::Conversation;
use conversation::db::{Db, sql};
use conversation::desk::drafts::{self, Draft};
use conversation::desk::fits::Matter;
use conversation::desk::presence::{self, Presence};
use conversation::desk::{follow, inboxes as inbox_desks, macros, rules};
use conversation::reply::UNDO_WITHIN;
use conversation::types::{AttachmentId, Channel, IdentityKind, InboxId, Language, Millis, Position};
use conversation::ways::{self, Way};
use conversation::{Result, Store, attachments, inboxes, surveys, teams};
use ui::inbox_page::{ComposerProblem, ComposerView, MacroChoice, PickedView, UndoView, WayView};
use ui::{desk_words, i18n};

use super::came::{Came, Why};
use super::cards;
use super::copies;
use super::identities::shown;
use super::messenger;
use super::whatsapp;
use crate::app::App;
use crate::auth::SignedIn;
use crate::people::agents::Agent;

/// For how long a reply is held back, so that its writer can take it back, in milliseconds. Whoever
/// sits in a chat should not wait for it; a mail can.
pub(super) const fn undo_for(channel: Channel) -> Millis {
    match channel {
        Channel::Email | Channel::Portal => UNDO_WITHIN,
        Channel::Whatsapp | Channel::Instagram | Channel::Messenger | Channel::Bridge => UNDO_WITHIN / 2,
        Channel::Webchat | Channel::Phone => 0,
    }
}

/// `inbox|recipient`, as a form says a way.
pub(super) fn way_value(way: &Way) -> String {
    format!("{}|{}", way.inbox, way.recipient)
}

/// The way of a form; `None` is the usual one.
pub(super) fn chosen<'a>(ways: &'a [Way], value: &str) -> Option<&'a Way> {
    ways.iter()
        .find(|way| way_value(way) == value)
        .or_else(|| ways.iter().find(|way| way.is_usual))
        .or_else(|| ways.first())
}

/// The composer of one conversation, for one agent.
pub(super) struct Composer<'a> {
    pub(super) app: &'a App,
    pub(super) me: &'a SignedIn,
    pub(super) conversation: &'a Conversation,
    pub(super) contact_name: &'a str,
    pub(super) everybody: &'a [Agent],
}

/// What stands in the composer when it is drawn.
struct Standing {
    text: String,
    is_note: bool,
    problem: Option<ComposerProblem>,
    /// `None` where nobody chose them yet.
    cc: Option<String>,
    bcc: String,
}

impl Standing {
    /// What came back from a reply that was not written, else the draft. `news` says what was said meanwhile, when
    /// a reply was held back for it.
    fn of(came: Came, draft: Option<&Draft>, news: Option<(String, Option<String>)>) -> Standing {
        let kept = match draft {
            Some(draft) => Standing {
                text: draft.text.clone(),
                is_note: draft.is_note,
                problem: None,
                cc: draft.extra.cc.clone(),
                bcc: draft.extra.bcc.clone(),
            },
            None => Standing {
                text: String::new(),
                is_note: false,
                problem: None,
                cc: None,
                bcc: String::new(),
            },
        };
        let Came::Back {
            text,
            is_note,
            copies,
            problem,
        } = came
        else {
            return kept;
        };
        let (cc, bcc) = match copies {
            Some(given) => (Some(given.cc), given.bcc),
            None => (kept.cc, kept.bcc),
        };
        let problem = match problem {
            Why::Refused(words) => ComposerProblem::Invalid(words),
            Why::Open(names) => ComposerProblem::Open(names),
            Why::Stale(_) => {
                let (words, message) = news.unwrap_or_default();
                ComposerProblem::Stale(words, message)
            }
        };
        Standing {
            text,
            is_note,
            problem: Some(problem),
            cc,
            bcc,
        }
    }
}

impl Composer<'_> {
    /// As the page shows it that was drawn at `position`; `came` and `news` are those of [`Standing::of`].
    pub(super) async fn view(
        &self,
        position: Position,
        came: Came,
        news: Option<(String, Option<String>)>,
    ) -> Result<ComposerView> {
        let Composer {
            app,
            me,
            conversation,
            contact_name,
            everybody,
        } = *self;
        let db = app.store.db();
        let draft = drafts::load(db, &me.agent.id, &conversation.id).await?;
        let picked = match &draft {
            Some(draft) => picked(app, me, conversation, &draft.extra.cards, &draft.extra.files).await?,
            None => Vec::new(),
        };
        let said = draft.as_ref().and_then(|draft| draft.extra.channel);
        let standing = Standing::of(came, draft.as_ref(), news);
        let out = WaysOut::of(app, me, conversation, contact_name, said).await?;
        let way = out.chosen.as_ref();
        let csat = surveys::load_settings(db, surveys::Kind::Csat).await?;
        let asks = csat.is_on(&conversation.inbox_id);
        let followers = follow::followers(db, &conversation.id).await?;
        Ok(ComposerView {
            conversation: conversation.id.to_string(),
            seen_position: position,
            recipient: out
                .drawn
                .iter()
                .find(|way| way.is_chosen)
                .map(|way| way.recipient.clone())
                .unwrap_or_default(),
            caution: match way {
                Some(way) => caution(app, me, way).await?,
                None => None,
            },
            is_note: standing.is_note,
            text: standing.text,
            revision: draft.as_ref().map_or(0, |draft| draft.revision),
            picked,
            problem: standing.problem,
            undo: undo(db, me, conversation).await?,
            cc: match standing.cc {
                Some(cc) => cc,
                None => copies::proposed(db, conversation).await?.join(", "),
            },
            bcc: standing.bcc,
            signature: match way {
                Some(way) => signature(&app.store, me, way, conversation).await?,
                None => String::new(),
            },
            card_kinds: cards::kinds(me)
                .filter(|kind| asks || kind.kind != cards::SURVEY)
                .map(|kind| (kind.kind, i18n::t(me.lang, kind.words).into_owned()))
                .collect(),
            macros: macro_choices(db, me, conversation).await?,
            is_following: followers.iter().any(|(id, _)| *id == me.agent.id),
            followers: followers.into_iter().map(|(_, name)| name).collect(),
            hands: hands(db, me, conversation, everybody).await?,
            chat: match conversation.channel {
                Channel::Whatsapp if !out.drawn.is_empty() => Some(whatsapp::window(app, conversation).await?),
                _ => None,
            },
            rule_log: rule_log(db, me, conversation).await?,
            ways: out.drawn,
            why: out.why,
            blocked: out.blocked,
        })
    }
}

/// The ways by which the customer can be answered, and which of them is proposed.
struct WaysOut {
    drawn: Vec<WayView>,
    chosen: Option<Way>,
    /// Why it is not the usual one.
    why: Option<String>,
    /// Why it is none.
    blocked: Option<String>,
}

impl WaysOut {
    /// `said` is the channel that the agent chose in their draft; else it is the first one that is open.
    async fn of(
        app: &App,
        me: &SignedIn,
        conversation: &Conversation,
        contact_name: &str,
        said: Option<Channel>,
    ) -> Result<WaysOut> {
        let ways = ways::of(app.store.db(), conversation).await?;
        let mut drawn = Vec::with_capacity(ways.len());
        for way in &ways {
            drawn.push(WayView {
                value: way_value(way),
                channel: way.channel,
                inbox: way.inbox_name.clone(),
                recipient: recipient(way, contact_name),
                is_chosen: false,
                blocked: blocked(app, me, way).await?,
            });
        }
        let at = drawn
            .iter()
            .position(|way| Some(way.channel) == said && way.blocked.is_none())
            .or_else(|| drawn.iter().position(|way| way.blocked.is_none()));
        let is_usual_blocked = drawn.first().is_some_and(|way| way.blocked.is_some());
        let why = at.filter(|at| *at > 0 && is_usual_blocked).map(|_| {
            let usual = ui::components::channel_name(me.lang, drawn[0].channel);
            i18n::t_args(me.lang, "compose-why-other", &[("channel", usual.into())])
        });
        if let Some(at) = at {
            drawn[at].is_chosen = true;
        }
        let blocked = match at {
            _ if ways.is_empty() => Some(i18n::t(me.lang, "error-unreachable").into_owned()),
            None if ways[0].channel.is_messenger_platform() => {
                Some(i18n::t(me.lang, "compose-window-closed-messenger").into_owned())
            }
            None => Some(i18n::t(me.lang, "compose-window-closed").into_owned()),
            Some(_) => None,
        };
        Ok(WaysOut {
            drawn,
            chosen: at.and_then(|at| ways.into_iter().nth(at)),
            why,
            blocked,
        })
    }
}

fn recipient(way: &Way, contact_name: &str) -> String {
    match way.channel {
        Channel::Email => way.recipient.clone(),
        Channel::Whatsapp => shown(IdentityKind::Whatsapp, &way.recipient),
        Channel::Instagram
        | Channel::Messenger
        | Channel::Webchat
        | Channel::Bridge
        | Channel::Portal
        | Channel::Phone => contact_name.to_owned(),
    }
}

/// Why a way cannot be used now.
async fn blocked(app: &App, me: &SignedIn, way: &Way) -> Result<Option<String>> {
    let is_closed = way.open_until.is_some_and(|until| until <= me.now);
    if !is_closed {
        return Ok(None);
    }
    if way.channel.is_messenger_platform() {
        let is_open = messenger::is_open_for_people(app, way, me.now).await;
        return Ok((!is_open).then(|| i18n::t(me.lang, "compose-way-closed").into_owned()));
    }
    // A template carries the words then, where the inbox has one.
    let has_template = whatsapp::fallback(app, &way.inbox).await.is_some();
    Ok((!has_template).then(|| i18n::t(me.lang, "compose-way-closed").into_owned()))
}

async fn caution(app: &App, me: &SignedIn, way: &Way) -> Result<Option<String>> {
    let if_off = match way.channel {
        Channel::Email | Channel::Whatsapp | Channel::Instagram | Channel::Messenger | Channel::Bridge => {
            Some("composer-inbox-off")
        }
        Channel::Webchat => Some("composer-chat-off"),
        Channel::Portal | Channel::Phone => None,
    };
    if let Some(words) = if_off
        && !inboxes::load(app.store.db(), &way.inbox).await?.is_enabled
    {
        return Ok(Some(i18n::t(me.lang, words).into_owned()));
    }
    Ok(match way.channel {
        Channel::Whatsapp => match way.open_until {
            Some(until) if until > me.now => None,
            _ => Some(match whatsapp::fallback(app, &way.inbox).await {
                Some(template) => i18n::t_args(
                    me.lang,
                    "composer-window-fallback",
                    &[("template", template.name.into())],
                ),
                None => i18n::t(me.lang, "composer-window").into_owned(),
            }),
        },
        Channel::Instagram | Channel::Messenger => {
            let is_late = way.open_until.is_some_and(|until| until <= me.now);
            is_late.then(|| i18n::t(me.lang, "composer-window-people").into_owned())
        }
        Channel::Email => {
            let settings: Result<EmailSettings> = inboxes::settings(&app.store, &way.inbox).await;
            let cannot_send = settings.is_ok_and(|settings| settings.smtp.is_none());
            cannot_send.then(|| i18n::t(me.lang, "composer-no-smtp").into_owned())
        }
        Channel::Bridge => {
            let settings: Result<BridgeSettings> = inboxes::settings(&app.store, &way.inbox).await;
            let cannot_send = settings.is_ok_and(|settings| settings.url.is_empty());
            cannot_send.then(|| i18n::t(me.lang, "composer-no-bridge").into_owned())
        }
        Channel::Webchat | Channel::Portal | Channel::Phone => None,
    })
}

/// What stands under a mail: the agent's own, then the inbox's. Other channels have none.
pub(super) async fn signature(store: &Store, me: &SignedIn, way: &Way, conversation: &Conversation) -> Result<String> {
    if way.channel != Channel::Email {
        return Ok(String::new());
    }
    signature_of(store, me, &way.inbox, conversation.language).await
}

/// As [`signature`], of a mailbox.
pub(super) async fn signature_of(store: &Store, me: &SignedIn, inbox: &InboxId, language: Language) -> Result<String> {
    let own = presence::load(store.db(), &me.agent.id).await?.signature;
    let desk = inbox_desks::load(store.db(), inbox).await?;
    let house = desk.signature.pick(language).map_or("", |(_, words)| words);
    let parts: Vec<&str> = [own.as_str(), house]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    Ok(parts.join("\n"))
}

/// What goes along with a draft, as far as it is still there.
async fn picked(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    given: &[String],
    files: &[AttachmentId],
) -> Result<Vec<PickedView>> {
    let mut out = Vec::new();
    for value in given {
        if let Some(card) = cards::make(app, me, conversation, value).await? {
            out.push(PickedView {
                field: "card",
                value: value.clone(),
                name: card.title,
            });
        }
    }
    for id in files {
        // One that was sent by another window is no longer the draft's.
        if let Ok(found) = attachments::pending(app.store.db(), &me.actor(), std::slice::from_ref(id)).await {
            out.extend(found.into_iter().map(|file| PickedView {
                field: "attachment",
                value: file.id.to_string(),
                name: file.name,
            }));
        }
    }
    Ok(out)
}

/// What the reader sent so little ago that it waits for second thoughts.
async fn undo(db: &Db, me: &SignedIn, conversation: &Conversation) -> Result<Option<UndoView>> {
    let row: Option<(String, i64)> = sql("SELECT m.id, d.send_after FROM deliveries d JOIN messages m ON m.id = d.message_id
         WHERE d.conversation_id = $1 AND d.state = 'scheduled' AND d.send_after > $2 AND d.send_after <= $3 AND m.author_id = $4 AND m.created_at >= $5 ORDER BY m.id DESC LIMIT 1")
        .bind(&conversation.id)
        .bind(me.now)
        .bind(me.now + UNDO_WITHIN)
        .bind(&me.agent.id)
        .bind(me.now - UNDO_WITHIN)
        .optional(db)
        .await?;
    Ok(row.map(|(message, until)| UndoView { message, until }))
}

/// The macros, those that were written for tickets like this one first.
async fn macro_choices(db: &Db, me: &SignedIn, conversation: &Conversation) -> Result<Vec<MacroChoice>> {
    let matter = Matter::of(db, conversation).await?;
    let all = macros::offered(db, &me.agent.id, &matter).await?;
    Ok(all
        .into_iter()
        .map(|one| MacroChoice {
            is_for: one.fits.is_for(&matter),
            id: one.id,
            name: one.name,
        })
        .collect())
}

/// Whom it can be handed to, with whether they are there.
async fn hands(
    db: &Db,
    me: &SignedIn,
    conversation: &Conversation,
    everybody: &[Agent],
) -> Result<Vec<(String, String)>> {
    let desks = presence::list(db).await?;
    let can_be_given = access::who_can_be_given(db, conversation).await?;
    let mut out: Vec<(String, String)> = everybody
        .iter()
        .filter(|agent| {
            agent.id != me.agent.id && can_be_given.contains(&agent.id) && access::can(agent.role, Permission::Work)
        })
        .map(|agent| {
            let presence = desks
                .iter()
                .find(|desk| desk.agent == agent.id)
                .map_or(Presence::Offline, |desk| desk.presence(me.now));
            let word = i18n::t(me.lang, desk_words::presence(presence));
            (format!("agent:{}", agent.id), format!("{} · {word}", agent.name))
        })
        .collect();
    out.extend(
        teams::list(db)
            .await?
            .into_iter()
            .map(|team| (format!("team:{}", team.id), team.name)),
    );
    Ok(out)
}

async fn rule_log(db: &Db, me: &SignedIn, conversation: &Conversation) -> Result<Vec<String>> {
    let runs = rules::log(db, Some(&conversation.id), 10).await?;
    Ok(runs
        .into_iter()
        .map(|run| {
            let time = i18n::relative(me.lang, me.now, run.at, &me.tz);
            let args = [
                ("rule", run.rule_name.into()),
                ("time", time.into()),
                ("detail", desk_words::done(me.lang, &run.detail).into()),
            ];
            i18n::t_args(me.lang, desk_words::run(&run.outcome), &args)
        })
        .collect())
}
