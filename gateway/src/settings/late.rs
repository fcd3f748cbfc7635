//! The second saver at a small form, one of many on its page: what is saved now and what was typed stand side by side on a page
//! of their own. [`super::meanwhile`] compares.

use axum::response::Response;
use conversation::Result;
use maud::{Markup, html};
use ui::components::{Tone, form};
use ui::i18n;

use super::draw::with_status;
use super::frame::{Part, frame};
use super::meanwhile;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::form::Form;

/// A small form.
pub(super) struct Small<'a> {
    /// Where it stands.
    pub(super) part: Part,
    /// Where it is sent, and the page that it is on.
    pub(super) action: &'a str,
    pub(super) back: &'a str,
    /// The ids under which the audit knows what it is about.
    pub(super) objects: &'a [&'a str],
    /// The words of a field and of its value; several values stand on lines of their own.
    pub(super) said: &'a (dyn Fn(&str, &str) -> (String, String) + Sync),
}

/// The hidden field of a form that was filled with this.
pub(super) fn seen(mut kept: Form) -> Markup {
    meanwhile::stamp(&mut kept);
    meanwhile::hidden(&kept)
}

/// The page that asks, where somebody saved something else since the form was drawn.
///
/// # Errors
/// When the database cannot be reached.
pub(super) async fn held(
    app: &App,
    me: &SignedIn,
    sent: &Form,
    kept: Form,
    small: Small<'_>,
) -> Result<Option<Response>> {
    let mut late = sent.clone();
    let Some(errors) = meanwhile::changed(app, me, &mut late, kept, small.objects).await? else {
        return Ok(None);
    };
    let ctx = me.ctx();
    let words = errors.first().map(|(_, words)| words.as_str()).unwrap_or_default();
    let theirs = late.fields().filter_map(|(name, value)| {
        let name = meanwhile::of_theirs(name)?;
        let mine: Vec<&str> = sent.all(name).collect();
        let (label, now) = (small.said)(name, value);
        let (_, mine) = (small.said)(name, &mine.join("\n"));
        Some((label, now, mine))
    });
    let theirs: Vec<(String, String, String)> = theirs.collect();
    let own = late
        .fields()
        .filter(|(name, _)| *name != "csrf" && meanwhile::of_theirs(name).is_none());
    let body = html! {
        dl.facts {
            @for (label, now, mine) in &theirs {
                div {
                    dt { (label) }
                    dd { (meanwhile::words(me.lang, now)) }
                    dd { (i18n::t_args(me.lang, "meanwhile-mine", &[("value", (if mine.is_empty() { "–" } else { mine }).into())])) }
                }
            }
        }
        form.settings-form method="post" action=(small.action) {
            (form::csrf(&ctx))
            @for (name, value) in own { input type="hidden" name=(name) value=(value); }
            div.settings-actions {
                button.button.primary type="submit" { (ctx.t("meanwhile-keep")) }
                a.button.ghost href=(small.back) { (ctx.t("meanwhile-take")) }
            }
        }
    };
    let page = frame(
        me,
        small.part,
        &ctx.t(small.part.title()),
        Some((Tone::Bad, words)),
        &body,
    );
    Ok(Some(with_status(page, &errors)))
}

/// What a ticked box is said with; an empty one says nothing.
pub(super) fn tick(value: &str) -> String {
    if value.is_empty() {
        String::new()
    } else {
        "✓".to_owned()
    }
}

/// Each of several values in words, on one line.
pub(super) fn each(values: &str, words: impl Fn(&str) -> String) -> String {
    let all: Vec<String> = values.lines().filter(|one| !one.is_empty()).map(words).collect();
    all.join(", ")
}
