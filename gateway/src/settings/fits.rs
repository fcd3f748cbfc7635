//! What canned replies and macros are for, and how they are used: what the pages of both share.

use std::collections::HashMap;

use conversation::desk::fits::{self, Fits, LATELY};
use conversation::tickets::categories::{self, Tree};
use conversation::types::Level;
use conversation::{Result, Store};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::{Tone, badge, level_chip, level_name};
use ui::{Ctx, i18n};

use super::draw::Draw;
use crate::auth::form::Form;

/// The levels that people work at.
const LEVELS: [Level; 3] = [Level::N1, Level::N2, Level::N3];

/// Which ones the page shows: `?category=…&level=…`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Narrowed {
    category: String,
    level: String,
}

/// What the pages know.
pub(super) struct About {
    tree: Tree,
    lately: HashMap<String, i64>,
}

impl About {
    pub(super) async fn of(store: &Store) -> Result<About> {
        Ok(About {
            tree: categories::tree(store.db()).await?,
            lately: fits::lately(store).await?,
        })
    }

    /// Whether something is for what was asked for; what is for everything is.
    pub(super) fn shows(&self, narrowed: &Narrowed, fits: &Fits) -> bool {
        let is_level = |level: Level| fits.levels.is_empty() || fits.levels.contains(&level);
        let line = self.tree.line(&narrowed.category);
        let is_category =
            line.is_empty() || fits.categories.is_empty() || line.iter().any(|one| fits.categories.contains(&one.id));
        is_category && narrowed.level.parse().map_or(true, is_level)
    }

    /// The form that narrows the list.
    pub(super) fn filter(&self, ctx: &Ctx<'_>, url: &str, narrowed: &Narrowed) -> Markup {
        html! {
            form.filters method="get" action=(url) role="search" data-filter=(ctx.t("filters-renewed")) {
                @if !self.tree.all().is_empty() {
                    select.input name="category" aria-label=(ctx.t("ticket-category")) {
                        option value="" { (ctx.t("tickets-any-category")) }
                        @for one in self.tree.all() { option value=(one.id) selected[one.id == narrowed.category] { (self.tree.name(&one.id, ctx.lang)) } }
                    }
                }
                select.input name="level" aria-label=(ctx.t("fits-levels")) {
                    option value="" { (ctx.t("fits-any-level")) }
                    @for level in LEVELS { option value=(level) selected[narrowed.level == level.as_str()] { (level_name(ctx.lang, level)) } }
                }
                button.button type="submit" { (ctx.t("tickets-show")) }
            }
        }
    }

    /// What one is for, and how often it was used.
    pub(super) fn facts(&self, ctx: &Ctx<'_>, id: &str, of: &Fits, uses: i64) -> Markup {
        let lately = self.lately.get(id).copied().unwrap_or(0);
        html! {
            @for level in &of.levels { (level_chip(ctx.lang, *level)) }
            @for category in &of.categories {
                @let name = self.tree.name(category, ctx.lang);
                @if !name.is_empty() { (badge(Tone::Neutral, &name)) }
            }
            span.muted.fit-uses {
                (i18n::t_args(ctx.lang, "canned-uses", &[("count", uses.into())]))
                @if uses > 0 { " · " (i18n::t_args(ctx.lang, "fits-lately", &[("count", lately.into()), ("days", LATELY.into())])) }
            }
        }
    }

    /// The fields of the form.
    pub(super) fn fields(&self, draw: &Draw<'_>) -> Markup {
        let ctx = &draw.ctx;
        let box_of = |name: &str, value: &str, words: &str| {
            let is_on = draw.form.all(name).any(|one| one == value);
            html! { label.check { input type="checkbox" name=(name) value=(value) checked[is_on]; span { (words) } } }
        };
        html! {
            fieldset.group {
                legend { (ctx.t("fits-title")) }
                p.hint { (ctx.t("fits-hint")) }
                p { (ctx.t("fits-levels")) }
                div.checks { @for level in LEVELS { (box_of("fit_level", level.as_str(), &level_name(ctx.lang, level))) } }
                @if !self.tree.all().is_empty() {
                    p { (ctx.t("fits-categories")) }
                    div.checks.fit-categories { @for one in self.tree.all() { (box_of("fit_category", &one.id, &self.tree.name(&one.id, ctx.lang))) } }
                }
            }
        }
    }

    /// How one was used lately, by what the ticket was.
    pub(super) async fn uses(&self, store: &Store, ctx: &Ctx<'_>, id: &str) -> Result<Markup> {
        let all = fits::uses_of(store, id).await?;
        Ok(html! {
            @if !all.is_empty() {
                section.block {
                    h2 { (i18n::t_args(ctx.lang, "fits-uses", &[("days", LATELY.into())])) }
                    div.table-scroll { table.table {
                        thead { tr { th scope="col" { (ctx.t("fits-level")) } th scope="col" { (ctx.t("ticket-category")) } th.num scope="col" { (ctx.t("fits-count")) } } }
                        tbody {
                            @for one in &all {
                                @let name = self.tree.name(&one.category, ctx.lang);
                                tr { td { (level_chip(ctx.lang, one.level)) } td { @if name.is_empty() { (ctx.t("ticket-no-category")) } @else { (name) } } td.num { (i18n::number(ctx.lang, one.uses)) } }
                            }
                        }
                    } }
                }
            }
        })
    }
}

/// Fills a form with what one is for.
pub(super) fn fill(form: &mut Form, fits: &Fits) {
    for level in &fits.levels {
        form.push("fit_level", level.as_str());
    }
    for category in &fits.categories {
        form.push("fit_category", category.as_str());
    }
}

/// Reads it back.
pub(super) fn read(form: &Form) -> Fits {
    Fits {
        categories: form.all("fit_category").map(str::to_owned).collect(),
        levels: LEVELS
            .into_iter()
            .filter(|level| form.all("fit_level").any(|one| one == level.as_str()))
            .collect(),
    }
}
