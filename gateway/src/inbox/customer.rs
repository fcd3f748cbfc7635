//! The customer beside the conversation: what is known, editing in place, what a merge would do.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::contacts;
use conversation::customers::{self, Edit};
use conversation::types::{ContactId, ConversationId, FieldId, Language};
use conversation::{Error, access};
use serde::Deserialize;
use ui::i18n;
use ui::inbox_page;

use super::organise::{contact_of, merge_of};
use super::outcome::{outcome, workable};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::{SignedIn, html};

/// Edits the customer in place.
pub(super) async fn save(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    let found = workable(&app, me, &id).await?;
    let edit = Edit {
        name: form.get("name").to_owned(),
        company: form.get("company").to_owned(),
        language: form.get("language").parse().ok(),
        tz: form.get("tz").to_owned(),
        values: form
            .fields()
            .filter_map(|(name, value)| Some((FieldId::from(name.strip_prefix("field_")?), value.to_owned())))
            .collect(),
    };
    let done = customers::edit(&app.store, &me.actor(), &found.id, &edit).await;
    outcome(&app, me, &found, done).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Named {
    identity: String,
}

/// Shows what making the contact of an address part of this one would move.
pub(super) async fn preview(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(named): Query<Named>,
) -> std::result::Result<Response, Failure> {
    me.must(conversation::access::Permission::Work)?;
    let db = app.store.db();
    let found = access::conversation(db, &me.actor(), &ConversationId::from(id)).await?;
    let other: Option<ContactId> = contact_of(&app, &named.identity).await?;
    let ctx = me.ctx();
    let conversation = found.id.as_str();
    let page = match other {
        None => {
            let words = i18n::t(me.lang, "error-identity");
            inbox_page::merge_preview(&ctx, conversation, &named.identity, Err(&words))
        }
        Some(other) if other == found.contact_id => {
            let words = i18n::t(me.lang, "error-itself");
            inbox_page::merge_preview(&ctx, conversation, &named.identity, Err(&words))
        }
        Some(other) => {
            let contact = access::contact(db, &me.actor(), &other).await?;
            let moves = customers::merge_preview(db, &other).await?;
            let words = i18n::t_args(
                me.lang,
                "merge-moves",
                &[
                    ("identities", moves.identities.into()),
                    ("conversations", moves.conversations.into()),
                    ("tickets", moves.tickets.into()),
                ],
            );
            let name = if contact.name.trim().is_empty() {
                named.identity.clone()
            } else {
                contact.name
            };
            inbox_page::merge_preview(&ctx, conversation, &named.identity, Ok((&name, &words)))
        }
    };
    Ok(html(page))
}

/// Which merge is asked about.
#[derive(Deserialize)]
pub(super) struct Undone {
    #[serde(default)]
    merge: String,
}

/// Shows what undoing a merge would do.
pub(super) async fn parting(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(named): Query<Undone>,
) -> std::result::Result<Response, Failure> {
    me.must(conversation::access::Permission::Work)?;
    let db = app.store.db();
    let found = access::conversation(db, &me.actor(), &ConversationId::from(id)).await?;
    let merge = merge_of(&app, &found, &named.merge).await?;
    let merges = contacts::merges(db, &found.contact_id).await?;
    let other = merges.into_iter().find(|(id, ..)| *id == merge);
    let (_, other, ..) = other.ok_or(Error::NotFound)?;
    let ours = contacts::load(db, &found.contact_id).await?.name;
    let plan = contacts::parting(&app.store, &merge).await?;
    let lines = parting_in_words(me.lang, &plan, &ours, &other);
    Ok(html(inbox_page::parting(
        &me.ctx(),
        found.id.as_str(),
        merge.as_str(),
        &lines,
    )))
}

/// Numbers that one line names; more are counted.
const NAMED: usize = 8;

/// What goes where when a merge is undone, a sentence each.
fn parting_in_words(lang: Language, plan: &contacts::Parting, ours: &str, others: &str) -> Vec<String> {
    let named = |name: &str, key: &str| match name.trim() {
        "" => i18n::t(lang, key).into_owned(),
        name => name.to_owned(),
    };
    let (ours, others) = (named(ours, "merge-part-this"), named(others, "merge-part-other"));
    let mut lines = Vec::new();
    if !plan.back.is_empty() {
        let mut numbers: Vec<String> = plan
            .back
            .iter()
            .take(NAMED)
            .map(|number| format!("#{number}"))
            .collect();
        if plan.back.len() > NAMED {
            numbers.push("…".to_owned());
        }
        let (count, numbers) = (plan.back.len().into(), numbers.join(", ").into());
        let args = [("count", count), ("numbers", numbers), ("name", others.as_str().into())];
        lines.push(i18n::t_args(lang, "merge-part-back", &args));
    }
    for apart in &plan.apart {
        let name = if apart.is_others { &others } else { &ours };
        let into = apart.into.map_or_else(String::new, |number| format!("#{number}"));
        lines.push(i18n::t_args(
            lang,
            if apart.into.is_some() {
                "merge-part-home"
            } else {
                "merge-part-new"
            },
            &[
                ("count", apart.messages.into()),
                ("number", format!("#{}", apart.number).into()),
                ("into", into.into()),
                ("name", name.as_str().into()),
            ],
        ));
    }
    for (number, count) in &plan.stays {
        let args = [("count", (*count).into()), ("number", format!("#{number}").into())];
        lines.push(i18n::t_args(lang, "merge-part-stays", &args));
    }
    lines.push(i18n::t_args(lang, "merge-part-rest", &[("name", others.into())]));
    lines
}

#[cfg(test)]
mod tests {
    use crate::inbox::detail::known_outside;

    #[test]
    fn agents_read_no_id_of_ours() {
        let id = "01M82A2KKY8BWK6K74W4MB781F";
        let cases = [
            (id.to_owned(), None),
            (format!("{id}/portal:{id}"), None),
            (format!("{id}/user-17"), Some("user-17")),
            ("shop/17".to_owned(), Some("shop/17")),
        ];
        for (value, expected) in cases {
            assert_eq!(known_outside(&value), expected, "{value}");
        }
    }
}
