//! The page of the reports, and its tables as files.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conversation::Result;
use conversation::reports::{self, Dimension, Question, Sums, Theirs, mails};
use conversation::surveys;
use conversation::types::Language;
use jiff::civil::Date;
use ui::layout::Section;
use ui::report_pages::{self, ChoiceView, LowView, MailView, ReportView, TableView, Tile};
use ui::{i18n, routes, spreadsheet};

use super::choice::{Choice, Period};
use super::drawn::{Drawn, charts, waits};
use super::figures::{self, FIGURES, FileCell};
use super::names::{self, Names};
use super::question::{may_all, question_of, theirs};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, see_other};
use crate::framed::Framed;
use crate::people::agents::Agent;

/// How many values the table shows.
pub(crate) const MOST_ROWS: i64 = 200;
/// How many low scores the page shows.
const LOW: i64 = 8;

/// What a reader may ask about, within these days.
fn question(me: &SignedIn, from: Date, to: Date) -> Question {
    let (from, to) = (from.to_string(), to.to_string());
    question_of(&me.agent, &from, &to)
}

/// A day as the language writes it.
pub(crate) fn day_words(lang: Language, day: Date) -> String {
    let at = day
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(0, |zoned| zoned.timestamp().as_millisecond());
    i18n::date(lang, at, &jiff::tz::TimeZone::UTC)
}

async fn drawn(app: &App, me: &SignedIn, period: &Period) -> Result<Drawn> {
    let db = app.store.db();
    let of = question(me, period.from, period.to);
    let mut days: HashMap<Date, Sums> = HashMap::new();
    for one in reports::by_day(db, &of).await? {
        if let Ok(day) = one.key.parse::<Date>() {
            days.insert(day, one.sums);
        }
    }
    let mut open_now = reports::open_before(db, &of).await?;
    let mut slots: Vec<(Date, Sums)> = period.slots().into_iter().map(|slot| (slot, Sums::default())).collect();
    let mut open = vec![open_now; slots.len()];
    for day in period.each_day() {
        let slot = period.slot(day);
        if let Some(at) = slots.iter().position(|(known, _)| *known == slot) {
            if let Some(sums) = days.get(&day) {
                slots[at].1.add(sums, 1);
                open_now += sums.opened - sums.closed;
            }
            open[at] = open_now;
        }
    }
    Ok(Drawn { slots, open })
}

/// The figures by one dimension: the keys' names, and their sums. `agent` is who sees only those of their companies or
/// inboxes, by which they have them.
pub(crate) async fn by(
    app: &App,
    lang: Language,
    dimension: Dimension,
    period: &Period,
    agent: Option<&Agent>,
) -> Result<Vec<(String, String, Sums)>> {
    let db = app.store.db();
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let (dimension, rows) = match agent.and_then(|agent| Some((agent, theirs(agent)?))) {
        Some((agent, theirs)) => (
            theirs.dimension(),
            reports::by_key_of(db, theirs, &agent.id, &from, &to, MOST_ROWS).await?,
        ),
        None => (dimension, reports::by_key(db, dimension, &from, &to, MOST_ROWS).await?),
    };
    let names = Names::of(&app.store, lang, dimension, rows.iter().map(|row| row.key.as_str())).await?;
    Ok(rows
        .into_iter()
        .filter(|row| !row.sums.is_empty())
        .map(|row| (names.name(&row.key), row.key, row.sums))
        .collect())
}

/// The columns of the broken-down table, in words.
pub(crate) fn columns(lang: Language, dimension: Dimension) -> Vec<String> {
    let mut head = vec![i18n::t(lang, names::word(dimension)).into_owned()];
    head.extend(
        FIGURES
            .iter()
            .filter(|figure| figure.is_in_table)
            .map(|figure| i18n::t(lang, figure.word).into_owned()),
    );
    head
}

/// `/reports`.
pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> std::result::Result<Response, Failure> {
    let ctx = me.ctx();
    let (lang, db) = (me.lang, app.store.db());
    let part = theirs(&me.agent);
    let is_all = may_all(&me) || part.is_some();
    let mut notices = Vec::new();
    let period = choice.period(me.now, app.tz()).unwrap_or_else(|instead| {
        notices.push(ctx.t("reports-wrong-days").into_owned());
        instead
    });
    let state = reports::progress(db).await?;
    if state.is_none_or(|state| state.counted_after.is_some()) {
        notices.push(ctx.t("reports-counting").into_owned());
    }
    let all = reports::total(db, &question(&me, period.from, period.to)).await?;
    let before = reports::total(db, &question(&me, period.before_from, period.before_to)).await?;
    let drawn = drawn(&app, &me, &period).await?;
    let backlog = drawn.open.last().filter(|_| is_all).copied();
    let dimension = dimension(&choice, &me);
    let breakdown = if is_all {
        Some(breakdown(&app, &me, &choice, &period, dimension).await?)
    } else {
        None
    };
    let of_low = surveys::Filter {
        is_low: true,
        agent: (!is_all).then(|| me.agent.id.clone()),
        scope: me.scope(),
        ..surveys::Filter::default()
    };
    let low = surveys::answers(db, &of_low, None, LOW).await?;
    let view = ReportView {
        title: ctx
            .t(match (part, is_all) {
                (Some(Theirs::Companies), _) => "reports-companies",
                (Some(Theirs::Inboxes), _) => "reports-inboxes",
                (None, true) => "reports-title",
                (None, false) => "reports-own",
            })
            .into_owned(),
        choice: choice_view(&me, &choice, &period, dimension),
        tiles: tiles(lang, &all, &before, choice.is_work_time(), backlog),
        notices,
        has_board: is_all,
        charts: charts(&ctx, &choice, &period, &drawn, &all, is_all),
        breakdown,
        low: Some(low.into_iter().map(|one| low_view(&me, &one)).collect()),
        mails: mailed(&app, &me).await?,
    };
    let main = report_pages::reports(&ctx, &view);
    Ok(Framed::new(Section::Reports, &view.title).answer(&me, &main))
}

/// The figures as they stand first. `backlog`: how many conversations are open, for whoever may know.
fn tiles(lang: Language, all: &Sums, before: &Sums, is_work_time: bool, backlog: Option<i64>) -> Vec<Tile> {
    let mut tiles: Vec<Tile> = FIGURES
        .iter()
        // It is the whole of a chart further down.
        .filter(|figure| figure.name != "first_answers")
        .map(|figure| Tile {
            label: i18n::t(lang, figure.word).into_owned(),
            value: figure.value(all, is_work_time).words(lang),
            change: figure.change(lang, all, before, is_work_time),
        })
        .collect();
    if let Some(open) = backlog {
        let tile = Tile {
            label: i18n::t(lang, "reports-backlog").into_owned(),
            value: i18n::number(lang, open),
            change: None,
        };
        tiles.insert(2, tile);
    }
    tiles
}

fn choice_view(me: &SignedIn, choice: &Choice, period: &Period, dimension: Dimension) -> ChoiceView {
    let lang = me.lang;
    let days = [
        ("from", period.from),
        ("to", period.to),
        ("before-from", period.before_from),
        ("before-to", period.before_to),
    ];
    ChoiceView {
        period: choice.name().to_owned(),
        from: period.from.to_string(),
        to: period.to.to_string(),
        is_work_time: choice.is_work_time(),
        ways: if may_all(me) && theirs(&me.agent).is_none() {
            ways(lang)
        } else {
            Vec::new()
        },
        by: dimension.as_str().to_owned(),
        span: i18n::t_args(
            lang,
            "reports-span",
            &days.map(|(name, day)| (name, day_words(lang, day).into())),
        ),
    }
}

fn low_view(me: &SignedIn, one: &surveys::Survey) -> LowView {
    LowView {
        score: format!("{}/{}", one.score.unwrap_or(0), one.kind.scale().1),
        words: one.comment.clone().unwrap_or_default().chars().take(200).collect(),
        at: one
            .answered_at
            .map(|at| i18n::relative(me.lang, me.now, at, &me.tz))
            .unwrap_or_default(),
        url: routes::path(routes::CONVERSATION, one.conversation.as_str()),
    }
}

fn ways(lang: Language) -> Vec<(&'static str, String)> {
    Dimension::ALL
        .into_iter()
        .filter(|one| *one != Dimension::All)
        .map(|one| (one.as_str(), i18n::t(lang, names::word(one)).into_owned()))
        .collect()
}

/// What the table is broken down by: who sees those of their companies or inboxes sees them by these.
fn dimension(choice: &Choice, me: &SignedIn) -> Dimension {
    theirs(&me.agent).map_or_else(|| choice.dimension(), Theirs::dimension)
}

async fn breakdown(
    app: &App,
    me: &SignedIn,
    choice: &Choice,
    period: &Period,
    dimension: Dimension,
) -> Result<TableView> {
    let work = choice.is_work_time();
    let rows = by(app, me.lang, dimension, period, Some(&me.agent)).await?;
    let word = i18n::t(me.lang, names::word(dimension)).to_lowercase();
    Ok(TableView {
        title: i18n::t_args(me.lang, "reports-breakdown", &[("by", word.into())]),
        head: columns(me.lang, dimension),
        rows: rows
            .into_iter()
            .map(|(name, _, sums)| {
                let mut row = vec![name];
                row.extend(
                    FIGURES
                        .iter()
                        .filter(|figure| figure.is_in_table)
                        .map(|figure| figure.value(&sums, work).words(me.lang)),
                );
                row
            })
            .collect(),
        note: if dimension == Dimension::Label {
            i18n::t(me.lang, "reports-label-note").into_owned()
        } else {
            String::new()
        },
        csv: format!("{}?{}", routes::REPORTS_CSV, choice.query("breakdown")),
    })
}

async fn mailed(app: &App, me: &SignedIn) -> Result<Vec<MailView>> {
    let mails = mails::of_agent(app.store.db(), &me.agent.id).await?;
    Ok(mails
        .into_iter()
        .map(|one| MailView {
            words: format!(
                "{} · {}",
                i18n::t(
                    me.lang,
                    match one.every {
                        mails::Every::Weekly => "reports-weekly",
                        mails::Every::Monthly => "reports-monthly",
                    }
                ),
                i18n::t(me.lang, names::word(one.dimension))
            ),
            next: i18n::t_args(
                me.lang,
                "reports-next",
                &[("date", i18n::date(me.lang, one.next_at, app.tz()).into())],
            ),
            id: one.id,
        })
        .collect())
}

/// A broken-down table as a file.
pub(crate) fn breakdown_csv(
    lang: Language,
    dimension: Dimension,
    rows: &[(String, String, Sums)],
    is_work_time: bool,
) -> Vec<u8> {
    let mut head = vec![i18n::t(lang, names::word(dimension)).into_owned()];
    let in_table = || FIGURES.iter().filter(|figure| figure.is_in_table);
    head.extend(in_table().map(|figure| figure.head(lang)));
    let rows: Vec<Vec<FileCell>> = rows
        .iter()
        .map(|(name, _, sums)| {
            let mut row = vec![FileCell::Text(name.clone())];
            row.extend(in_table().map(|figure| figure.value(sums, is_work_time).plain()));
            row
        })
        .collect();
    figures::csv(lang, &head, &rows)
}

/// `/reports.csv`.
pub(super) async fn csv(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> std::result::Result<Response, Failure> {
    let ctx = me.ctx();
    let period = choice.period(me.now, app.tz()).unwrap_or_else(|instead| instead);
    let work = choice.is_work_time();
    let bytes = match choice.table.as_str() {
        "breakdown" if may_all(&me) || theirs(&me.agent).is_some() => {
            let dimension = dimension(&choice, &me);
            let rows = by(&app, me.lang, dimension, &period, Some(&me.agent)).await?;
            breakdown_csv(me.lang, dimension, &rows, work)
        }
        "breakdown" => return Err(Failure::Forbidden),
        "waits" => {
            let all = reports::total(app.store.db(), &question(&me, period.from, period.to)).await?;
            let rows: Vec<Vec<FileCell>> = waits(&ctx, &all)
                .into_iter()
                .map(|(words, n)| vec![FileCell::Text(words), FileCell::Number(n.to_string())])
                .collect();
            let head = ["reports-wait", "reports-first-answers"].map(|key| ctx.t(key).into_owned());
            figures::csv(me.lang, &head, &rows)
        }
        _ => {
            let drawn = drawn(&app, &me, &period).await?;
            let mut head = vec![ctx.t("reports-day").into_owned(), ctx.t("reports-backlog").into_owned()];
            head.extend(FIGURES.iter().map(|figure| figure.head(me.lang)));
            let rows: Vec<Vec<FileCell>> = drawn
                .slots
                .iter()
                .zip(&drawn.open)
                .map(|((day, sums), open)| {
                    let mut row = vec![FileCell::Text(day.to_string()), FileCell::Number(open.to_string())];
                    row.extend(FIGURES.iter().map(|figure| figure.value(sums, work).plain()));
                    row
                })
                .collect();
            figures::csv(me.lang, &head, &rows)
        }
    };
    let name = format!("report-{}-{}.csv", period.from, period.to);
    let mut response = (StatusCode::OK, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(spreadsheet::MEDIA_TYPE));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// POST `/reports/mails`.
pub(super) async fn add_mail(State(app): State<App>, posted: Posted) -> std::result::Result<Response, Failure> {
    let Posted { me, form } = posted;
    let every = mails::Every::from_text(form.get("every")).unwrap_or(mails::Every::Weekly);
    let choice = Choice {
        by: form.get("by").to_owned(),
        times: form.get("times").to_owned(),
        ..Choice::default()
    };
    mails::add(
        &app.store,
        &me.agent.id,
        every,
        choice.dimension(),
        choice.is_work_time(),
        app.tz(),
    )
    .await?;
    Ok(see_other(routes::REPORTS))
}

/// POST `/reports/mails/{id}/remove`.
pub(super) async fn remove_mail(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    mails::remove(&app.store, &posted.me.agent.id, &id).await?;
    Ok(see_other(routes::REPORTS))
}
