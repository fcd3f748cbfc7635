//! The live board.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::board;
use conversation::desk::presence;
use conversation::reports::{self, Sums};
use conversation::types::{Channel, ConversationStatus, Level, Millis, Role};
use conversation::{Result, tallies, teams};
use serde::Deserialize;
use ui::board_page::{self, BoardView, PersonRow, WaitingRow};
use ui::layout::Section;
use ui::report_pages::duration;
use ui::{i18n, routes};

use super::choice;
use super::question::question_of;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::framed::Framed;
use crate::people::agents;

/// Who waits longest is shown by name.
const SHOWN: i64 = 12;
/// What is due within this time is at risk, in milliseconds.
const RISK: Millis = 30 * 60_000;

/// How it is to be shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shape {
    wall: String,
}

/// `/board`.
pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Query(shape): Query<Shape>,
) -> std::result::Result<Response, Failure> {
    me.must(Permission::Watch)?;
    let ctx = me.ctx();
    let view = load(&app, &me, !shape.wall.is_empty()).await?;
    if me.is_fragment {
        return Ok(crate::auth::html(board_page::fragment(&ctx, &view)));
    }
    let main = board_page::board(&ctx, &view);
    let title = ctx.t("board-title");
    let framed = Framed {
        position: Some(view.position),
        is_bare: view.is_wall,
        ..Framed::new(Section::Reports, &title)
    };
    Ok(framed.answer(&me, &main))
}

async fn load(app: &App, me: &SignedIn, is_wall: bool) -> Result<BoardView> {
    let db = app.store.db();
    let (lang, now) = (me.lang, me.now);
    // Before the queries, so that nothing falls between page and stream.
    let position = app.store.head().await?;
    let scope = me.scope();
    let waiting = board::waiting(db, scope.as_ref(), SHOWN).await?;
    let counted = board::counted(db, scope.as_ref(), now, now + RISK).await?;
    let open = match &scope {
        Some(scope) => board::open_of(db, scope).await?,
        None => tallies::of(db, ConversationStatus::Open).await?,
    };
    let today = choice::today(now, app.tz()).to_string();
    let day = reports::total(db, &question_of(&me.agent, &today, &today)).await?;
    let names: HashMap<String, String> = teams::list(db)
        .await?
        .into_iter()
        .map(|team| (team.id.to_string(), team.name))
        .collect();
    let waits = Waits::of(&counted, &names, &me.ctx().t("board-no-team"));
    let oldest = waiting.first().map(|one| now - one.waiting_since);
    Ok(BoardView {
        is_wall,
        at: i18n::t_args(lang, "board-at", &[("time", i18n::time(now, &me.tz).into())]),
        position,
        numbers: numbers(me, &waits, oldest, &open, &day),
        levels: waits.levels.into_iter().collect(),
        channels: waits.channels.into_iter().collect(),
        // Who has no teams is not shown that everything waits for none.
        teams: if names.is_empty() {
            Vec::new()
        } else {
            waits.teams.into_iter().collect()
        },
        waiting: waiting.into_iter().map(|one| row(me, one)).collect(),
        people: people(app, now, &open).await?,
    })
}

/// Who waits, summed up.
struct Waits {
    count: i64,
    late: i64,
    risk: i64,
    levels: BTreeMap<Level, i64>,
    channels: BTreeMap<Channel, i64>,
    teams: BTreeMap<String, i64>,
}

impl Waits {
    /// `names` are those of the teams, `no_team` stands for what has none.
    fn of(counted: &[board::Alike], names: &HashMap<String, String>, no_team: &str) -> Waits {
        let mut waits = Waits {
            count: 0,
            late: 0,
            risk: 0,
            levels: Level::ALL.iter().map(|level| (*level, 0)).collect(),
            channels: BTreeMap::new(),
            teams: BTreeMap::new(),
        };
        for alike in counted {
            waits.count += alike.n;
            *waits.levels.entry(alike.level).or_default() += alike.n;
            *waits.channels.entry(alike.channel).or_default() += alike.n;
            let team = alike.team_id.as_ref().and_then(|id| names.get(id.as_str()));
            let team = team.map_or(no_team, String::as_str).to_owned();
            *waits.teams.entry(team).or_default() += alike.n;
            match alike.urgency {
                2.. => waits.late += alike.n,
                1 => waits.risk += alike.n,
                _ => {}
            }
        }
        waits
    }
}

/// The large numbers: what each is called, how much it is, whether it is bad news.
fn numbers(
    me: &SignedIn,
    waits: &Waits,
    oldest: Option<Millis>,
    open: &[tallies::Tally],
    day: &Sums,
) -> Vec<(String, String, bool)> {
    let (ctx, lang) = (me.ctx(), me.lang);
    let number = |n: i64| i18n::number(lang, n);
    let lasted = |time: Option<Millis>| time.map_or_else(|| "–".to_owned(), duration);
    let count = if waits.count >= board::MOST {
        i18n::t_args(lang, "board-more", &[("count", number(waits.count).into())])
    } else {
        number(waits.count)
    };
    let sum =
        |keep: &dyn Fn(&tallies::Tally) -> bool| -> i64 { open.iter().filter(|one| keep(one)).map(|one| one.n).sum() };
    let of_nobody = sum(&|one| one.assignee_id.is_empty() && one.level != Level::Bot);
    let risk = format!("{} ({})", ctx.t("board-risk"), ctx.t("board-risk-hint"));
    vec![
        (ctx.t("board-waiting").into_owned(), count, false),
        (ctx.t("board-oldest").into_owned(), lasted(oldest), false),
        (ctx.t("board-late").into_owned(), number(waits.late), waits.late > 0),
        (risk, number(waits.risk), false),
        (ctx.t("board-open").into_owned(), number(sum(&|_| true)), false),
        (ctx.t("board-nobody").into_owned(), number(of_nobody), false),
        (ctx.t("board-today-new").into_owned(), number(day.created), false),
        (ctx.t("board-today-resolved").into_owned(), number(day.resolved), false),
        (
            ctx.t("board-today-first").into_owned(),
            lasted(day.first_answer(false)),
            false,
        ),
    ]
}

/// One who waits.
fn row(me: &SignedIn, one: board::Waiting) -> WaitingRow {
    let subject = one
        .subject
        .as_deref()
        .map(str::trim)
        .filter(|subject| !subject.is_empty());
    WaitingRow {
        url: routes::path(routes::CONVERSATION, one.id.as_str()),
        what: match subject {
            Some(subject) => format!("#{} {subject}", one.number),
            // What the bot told them says nothing of what they wait for.
            None if !one.written.is_empty() => format!("#{} {}", one.number, one.written),
            None => format!("#{} {}", one.number, one.preview),
        },
        who: ui::components::customer_name(me.lang, one.name),
        channel: one.channel,
        level: one.level,
        wait: duration(me.now - one.waiting_since),
        is_late: one.due_at.is_some_and(|due| due <= me.now),
    }
}

/// Those who work, whoever is there first.
async fn people(app: &App, now: Millis, open: &[tallies::Tally]) -> Result<Vec<PersonRow>> {
    let db = app.store.db();
    let desks: HashMap<String, presence::Desk> = presence::list(db)
        .await?
        .into_iter()
        .map(|desk| (desk.agent.to_string(), desk))
        .collect();
    let mut people: Vec<PersonRow> = agents::list(db)
        .await?
        .into_iter()
        .filter(|agent| agent.is_enabled && agent.role != Role::Supervisor)
        .map(|agent| {
            let desk = desks
                .get(agent.id.as_str())
                .cloned()
                .unwrap_or_else(|| presence::Desk::usual(&agent.id));
            PersonRow {
                open: open
                    .iter()
                    .filter(|one| one.assignee_id == agent.id.as_str())
                    .map(|one| one.n)
                    .sum(),
                name: agent.name,
                presence: desk.presence(now),
                capacity: desk.capacity,
            }
        })
        .collect();
    people.sort_by(|one, other| {
        let place = |row: &PersonRow| match row.presence {
            presence::Presence::Online => 0,
            presence::Presence::Away => 1,
            presence::Presence::Offline => 2,
        };
        (place(one), -one.open, &one.name).cmp(&(place(other), -other.open, &other.name))
    });
    Ok(people)
}
