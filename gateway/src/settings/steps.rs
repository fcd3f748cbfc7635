//! The steps of macros and rules as a form: some rows with a choice and some words, and below them
//! what is written to the customer, by language. Works without scripts.

use conversation::Result;
use conversation::db::Db;
use conversation::desk::Texts;
use conversation::desk::steps::Step;
use conversation::types::{AgentId, LabelId, Language, Level, Priority, TeamId};
use conversation::{labels, teams};
use maud::{Markup, html};
use ui::components::{level_name, priority_name};
use ui::{Ctx, i18n};

use super::draw::Draw;
use crate::auth::form::Form;
use crate::people::agents;

/// How many steps the form offers.
const ROWS: usize = 6;

/// Everything that a step can name.
pub(super) struct Names {
    agents: Vec<(AgentId, String)>,
    teams: Vec<(TeamId, String)>,
    labels: Vec<(LabelId, String)>,
}

impl Names {
    pub(super) async fn of(db: &Db) -> Result<Names> {
        Ok(Names {
            agents: agents::list(db)
                .await?
                .into_iter()
                .filter(|agent| agent.is_enabled)
                .map(|agent| (agent.id, agent.name))
                .collect(),
            teams: teams::list(db)
                .await?
                .into_iter()
                .map(|team| (team.id, team.name))
                .collect(),
            labels: labels::list(db)
                .await?
                .into_iter()
                .map(|label| (label.id, label.name))
                .collect(),
        })
    }

    /// Choices by group: (words of the group, [(value, words)]).
    fn choices(&self, ctx: &Ctx<'_>, has_person: bool) -> Vec<(String, Vec<(String, String)>)> {
        let t = |key: &str| ctx.t(key).into_owned();
        let mut first = vec![
            ("reply".to_owned(), t("step-reply")),
            ("note".to_owned(), t("step-note")),
            ("resolve".to_owned(), t("step-resolve")),
            ("reopen".to_owned(), t("step-reopen")),
            ("spam".to_owned(), t("step-spam")),
        ];
        if has_person {
            first.push(("take".to_owned(), t("step-take")));
        }
        let mut assign = vec![("assign:".to_owned(), t("step-nobody"))];
        assign.extend(
            self.agents
                .iter()
                .map(|(id, name)| (format!("assign:{id}"), name.clone())),
        );
        let mut team = vec![("team:".to_owned(), t("step-no-team"))];
        team.extend(self.teams.iter().map(|(id, name)| (format!("team:{id}"), name.clone())));
        let levels = [Level::N1, Level::N2, Level::N3];
        let snoozes = [
            (0, "step-snooze-reply"),
            (60, "step-snooze-hour"),
            (1440, "step-snooze-day"),
            (10_080, "step-snooze-week"),
        ];
        vec![
            (t("step-do"), first),
            (t("step-assign"), assign),
            (t("step-team"), team),
            (
                t("step-tell"),
                self.teams
                    .iter()
                    .map(|(id, name)| (format!("tell:{id}"), name.clone()))
                    .collect(),
            ),
            (
                t("step-level"),
                levels
                    .iter()
                    .map(|level| (format!("level:{level}"), level_name(ctx.lang, *level).into_owned()))
                    .collect(),
            ),
            (
                t("step-priority"),
                Priority::ALL
                    .iter()
                    .map(|one| (format!("priority:{one}"), priority_name(ctx.lang, *one).into_owned()))
                    .collect(),
            ),
            (
                t("step-label"),
                self.labels
                    .iter()
                    .map(|(id, name)| (format!("label:{id}"), name.clone()))
                    .collect(),
            ),
            (
                t("step-unlabel"),
                self.labels
                    .iter()
                    .map(|(id, name)| (format!("unlabel:{id}"), name.clone()))
                    .collect(),
            ),
            (
                t("step-follow"),
                self.agents
                    .iter()
                    .map(|(id, name)| (format!("follow:{id}"), name.clone()))
                    .collect(),
            ),
            (
                t("step-snooze"),
                snoozes
                    .iter()
                    .map(|(minutes, key)| (format!("snooze:{minutes}"), t(key)))
                    .collect(),
            ),
        ]
    }

    /// What a step does, in words.
    pub(super) fn words(&self, ctx: &Ctx<'_>, step: &Step) -> String {
        let (value, text) = code(step);
        let found = self.choices(ctx, true).into_iter().find_map(|(group, choices)| {
            choices
                .into_iter()
                .find(|(known, _)| *known == value)
                .map(|(_, words)| (group, words))
        });
        let Some((group, words)) = found else {
            return step.word().to_owned();
        };
        let is_first = group == ctx.t("step-do");
        let said = match step {
            Step::Reply { texts } => texts
                .pick(ctx.lang)
                .map(|(_, words)| words.to_owned())
                .unwrap_or_default(),
            _ => text,
        };
        let head = if is_first { words } else { format!("{group}: {words}") };
        if said.is_empty() {
            head
        } else {
            format!("{head} “{}”", conversation::conversations::preview_of(&said))
        }
    }
}

/// A step as the form holds it: the choice, and its words.
fn code(step: &Step) -> (String, String) {
    let none = String::new;
    match step {
        Step::Assign { agent } => (format!("assign:{}", agent.as_ref().map_or("", AgentId::as_str)), none()),
        Step::Take => ("take".to_owned(), none()),
        Step::Team { team } => (format!("team:{}", team.as_ref().map_or("", TeamId::as_str)), none()),
        Step::Level { level, reason } => (format!("level:{level}"), reason.clone()),
        Step::Priority { priority } => (format!("priority:{priority}"), none()),
        Step::Label { label } => (format!("label:{label}"), none()),
        Step::Unlabel { label } => (format!("unlabel:{label}"), none()),
        Step::Reply { .. } => ("reply".to_owned(), none()),
        Step::Note { text } => ("note".to_owned(), text.clone()),
        Step::Tell { team, text } => (format!("tell:{team}"), text.clone()),
        Step::Follow { agent } => (format!("follow:{agent}"), none()),
        Step::Snooze { minutes } => (format!("snooze:{minutes}"), none()),
        Step::Resolve => ("resolve".to_owned(), none()),
        Step::Reopen => ("reopen".to_owned(), none()),
        Step::Spam => ("spam".to_owned(), none()),
    }
}

/// Fills a form with steps.
pub(super) fn fill(form: &mut Form, steps: &[Step]) {
    for (row, step) in steps.iter().enumerate() {
        let (value, words) = code(step);
        form.push(format!("step_{row}"), value);
        form.push(format!("words_{row}"), words);
        if let Step::Reply { texts } = step {
            for (language, words) in texts.iter() {
                form.push(format!("reply_{language}"), words);
            }
        }
    }
}

/// Reads the steps of a form; rows without a choice are left out.
pub(super) fn read(form: &Form) -> Vec<Step> {
    (0..ROWS)
        .filter_map(|row| {
            let words = form.get(&format!("words_{row}")).trim().to_owned();
            let value = form.get(&format!("step_{row}"));
            let (kind, of) = value.split_once(':').unwrap_or((value, ""));
            let some = |id: &str| Some(id.to_owned()).filter(|id| !id.is_empty());
            match kind {
                "assign" => Some(Step::Assign {
                    agent: some(of).map(AgentId::from),
                }),
                "take" => Some(Step::Take),
                "team" => Some(Step::Team {
                    team: some(of).map(TeamId::from),
                }),
                "level" => Some(Step::Level {
                    level: of.parse().ok()?,
                    reason: words,
                }),
                "priority" => Some(Step::Priority {
                    priority: of.parse().ok()?,
                }),
                "label" => Some(Step::Label {
                    label: LabelId::from(of),
                }),
                "unlabel" => Some(Step::Unlabel {
                    label: LabelId::from(of),
                }),
                "reply" => Some(Step::Reply {
                    texts: texts(form, "reply"),
                }),
                "note" => Some(Step::Note { text: words }),
                "tell" => Some(Step::Tell {
                    team: TeamId::from(of),
                    text: words,
                }),
                "follow" => Some(Step::Follow {
                    agent: AgentId::from(of),
                }),
                "snooze" => Some(Step::Snooze {
                    minutes: of.parse().ok()?,
                }),
                "resolve" => Some(Step::Resolve),
                "reopen" => Some(Step::Reopen),
                "spam" => Some(Step::Spam),
                _ => None,
            }
        })
        .collect()
}

/// The texts of fields `name_en`, `name_es`, `name_pt`.
pub(super) fn texts(form: &Form, name: &str) -> Texts {
    Texts::of(
        Language::ALL
            .iter()
            .map(|language| (*language, form.get(&format!("{name}_{language}")).to_owned())),
    )
}

/// One field of several lines for each language.
pub(super) fn text_fields(draw: &Draw<'_>, name: &str, hint: &str, rows: u32) -> Markup {
    html! {
        @if !hint.is_empty() { p.hint { (hint) } }
        @for language in Language::ALL { (draw.lines(&format!("{name}_{language}"), i18n::own_name(*language), "", rows)) }
    }
}

/// The rows.
pub(super) fn rows(draw: &Draw<'_>, names: &Names, has_person: bool) -> Markup {
    let ctx = &draw.ctx;
    let groups = names.choices(ctx, has_person);
    html! {
        fieldset.group {
            legend { (ctx.t("steps-title")) }
            p.hint { (ctx.t("steps-hint")) }
            @for row in 0..ROWS {
                @let now = draw.form.get(&format!("step_{row}"));
                div.step-row {
                    select.input name={ "step_" (row) } aria-label=(i18n::t_args(ctx.lang, "steps-row", &[("n", (row + 1).into())])) {
                        option value="" { (ctx.t("steps-none")) }
                        @for (group, choices) in &groups { @if !choices.is_empty() {
                            optgroup label=(group) { @for (value, words) in choices { option value=(value) selected[value == now] { (words) } } }
                        } }
                    }
                    input.input name={ "words_" (row) } value=(draw.form.get(&format!("words_{row}"))) placeholder=(ctx.t("steps-words")) aria-label=(ctx.t("steps-words")) maxlength="2000";
                }
            }
        }
        details.group open[Language::ALL.iter().any(|language| draw.form.is_on(&format!("reply_{language}")))] {
            summary { (ctx.t("steps-reply")) }
            (text_fields(draw, "reply", &ctx.t("canned-variables-hint"), 3))
        }
    }
}

/// What a field for each language is filled with.
pub(super) fn in_forms(name: &str, texts: &Texts) -> Form {
    let mut form = Form::default();
    for (language, words) in texts.iter() {
        form.push(format!("{name}_{language}"), words);
    }
    form
}

/// The language that a field is of, and what it says.
pub(super) fn in_languages(name: &str, value: &str) -> (String, String) {
    let language = Language::ALL.iter().find(|one| name.ends_with(&format!("_{one}")));
    let label = language.map_or(name, |one| i18n::own_name(*one));
    (label.to_owned(), value.to_owned())
}
