//! Two people at one form: whoever saves second is told what the first one saved, before it is gone.
//!
//! A form carries what it was filled with, as one short sum for each field. When it comes back, what is kept is filled into the
//! same form anew and compared: where it is something else by now, nothing is saved, what was typed stays, and beside each
//! field stands what somebody saved there. The page that says so carries the new sums, so saving once more saves.

use std::collections::BTreeMap;

use conversation::Result;
use conversation::audit::{self, Filter};
use conversation::types::{Actor, Language};
use maud::{Markup, html};
use sha2::{Digest, Sha256};
use ui::{Ctx, i18n};

use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::form::Errors;
use crate::auth::form::Form;
use crate::people::agents;

/// The field that carries the sums.
pub(crate) const SEEN: &str = "seen";
/// How the fields begin that hold what somebody saved meanwhile.
const THEIRS: &str = "theirs.";

/// What belongs to the way of a form and not to what it is about.
fn is_beside(name: &str) -> bool {
    name == SEEN || name == "csrf" || name == "do" || name.starts_with(THEIRS)
}

/// What each field holds; several values of one name are one text. What is empty is as if it were not there.
fn values(form: &Form) -> BTreeMap<&str, String> {
    let mut all: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in form.fields().filter(|(name, _)| !is_beside(name)) {
        let value = value.replace("\r\n", "\n");
        if value.trim().is_empty() {
            continue;
        }
        let kept = all.entry(name).or_default();
        if !kept.is_empty() {
            kept.push('\n');
        }
        kept.push_str(value.trim());
    }
    all
}

fn sum(value: &str) -> String {
    Sha256::digest(value)
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Puts into a form, filled with what is kept, what it was filled with. Call it when nothing more is filled in.
pub(crate) fn stamp(form: &mut Form) {
    let seen: Vec<String> = values(form)
        .iter()
        .map(|(name, value)| format!("{name}={}", sum(value)))
        .collect();
    // Also an empty form was seen.
    form.set(
        SEEN,
        if seen.is_empty() {
            "-".to_owned()
        } else {
            seen.join(" ")
        },
    );
}

/// The hidden field of a form.
pub(crate) fn hidden(form: &Form) -> Markup {
    html! { @if form.is_on(SEEN) { input type="hidden" name=(SEEN) value=(form.get(SEEN)); } }
}

/// What somebody saved in a field meanwhile; empty where they took out what stood there.
pub(crate) fn theirs<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.all(&format!("{THEIRS}{name}")).next()
}

/// The field that one of those is about.
pub(crate) fn of_theirs(name: &str) -> Option<&str> {
    name.strip_prefix(THEIRS)
}

/// The words for it, beside the field.
pub(crate) fn words(lang: Language, value: &str) -> String {
    match value {
        "" => i18n::t(lang, "meanwhile-empty").into_owned(),
        value => {
            let cut: String = value.chars().take(500).collect();
            i18n::t_args(lang, "meanwhile-field", &[("value", cut.into())])
        }
    }
}

/// Compares what is kept with what the page of a form that was sent had seen; `kept` is filled as the page fills it. Where
/// somebody saved something else meanwhile, the words for the top of the form, and the form is ready to be drawn again. `objects` are
/// the ids under which the audit knows what the form is about, the newest line says who it was.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn changed(
    app: &App,
    me: &SignedIn,
    sent: &mut Form,
    mut kept: Form,
    objects: &[&str],
) -> Result<Option<Errors>> {
    sent.retain(|name| !name.starts_with(THEIRS));
    if !sent.is_on(SEEN) {
        // It was sent by a page from before, or by hand.
        return Ok(None);
    }
    stamp(&mut kept);
    if kept.get(SEEN) == sent.get(SEEN) {
        return Ok(None);
    }
    let (now, typed) = (values(&kept), values(sent));
    let seen: BTreeMap<&str, &str> = sent
        .get(SEEN)
        .split(' ')
        .filter_map(|part| part.split_once('='))
        .collect();
    let mut names: Vec<&str> = now.keys().chain(seen.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    let differ: Vec<(String, String)> = names
        .into_iter()
        .filter(|name| now.get(name).map(|value| sum(value)).as_deref() != seen.get(name).copied())
        .filter(|name| now.get(name) != typed.get(name))
        .map(|name| (name.to_owned(), now.get(name).cloned().unwrap_or_default()))
        .collect();
    if differ.is_empty() {
        // Both typed the same.
        return Ok(None);
    }
    let words = who(app, me, objects).await?;
    sent.set(SEEN, kept.get(SEEN));
    for (name, value) in differ {
        sent.push(format!("{THEIRS}{name}"), value);
    }
    Ok(Some(vec![(String::new(), words)]))
}

/// Who saved last, and when.
async fn who(app: &App, me: &SignedIn, objects: &[&str]) -> Result<String> {
    let db = app.store.db();
    let mut last: Option<audit::Entry> = None;
    for object in objects {
        let filter = Filter {
            object: (*object).to_owned(),
            ..Filter::default()
        };
        let line = audit::find(db, &filter, None, 1).await?.into_iter().next();
        if line.as_ref().map(|line| &line.id) > last.as_ref().map(|line| &line.id) {
            last = line;
        }
    }
    let Some(line) = last else {
        return Ok(i18n::t(me.lang, "meanwhile-somebody").into_owned());
    };
    let time = i18n::date_time(me.lang, line.at, &me.tz);
    let by: Option<Actor> = serde_json::from_str(&line.actor).ok();
    let (key, name) = match by {
        Some(Actor::Agent(id)) if id == me.agent.id => ("meanwhile-you", String::new()),
        Some(Actor::Agent(id)) => (
            "meanwhile-agent",
            agents::load(db, &id)
                .await
                .map_or_else(|_| String::new(), |one| one.name),
        ),
        _ => ("meanwhile-program", String::new()),
    };
    Ok(i18n::t_args(
        me.lang,
        key,
        &[("name", name.into()), ("time", time.into())],
    ))
}

/// The way to what is kept now, without what was typed.
pub(crate) fn way_out(ctx: &Ctx<'_>, form: &Form) -> Markup {
    let is_late = form.fields().any(|(name, _)| name.starts_with(THEIRS));
    html! {
        @if is_late { p.meanwhile { (ctx.t("meanwhile-how")) " " a href="" { (ctx.t("meanwhile-take")) } } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_tell_each_field_and_nothing_of_the_way() {
        let mut one = Form::of([
            ("name", "Ana".to_owned()),
            ("hours", String::new()),
            ("csrf", "x".to_owned()),
        ]);
        stamp(&mut one);
        let seen = one.get(SEEN).to_owned();
        assert_eq!(seen.split(' ').count(), 1, "{seen}");
        assert!(seen.starts_with("name="), "{seen}");
        stamp(&mut one);
        assert_eq!(one.get(SEEN), seen, "twice is once");
        let mut lines = Form::of([("name", "Ana\r\n".to_owned())]);
        stamp(&mut lines);
        assert_eq!(lines.get(SEEN), seen, "as a browser sends it");
        let mut none = Form::default();
        stamp(&mut none);
        assert_eq!(none.get(SEEN), "-");
    }
}
