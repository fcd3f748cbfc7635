//! Custom fields: what a business wants to know of contacts, companies and conversations beyond what
//! every business does. Administrators define them; values are checked against their kind.

use serde::Serialize;
use serde_json::json;

use crate::audit;
use crate::db::{On, composed_sql, placeholders, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::{Store, Tx};
use crate::teams::name_of;
use crate::types::{Actor, FieldId, Millis};

/// The most fields of one target.
pub const MOST: usize = 40;
/// The longest value, in characters.
pub const LONGEST_VALUE: usize = 1000;
/// The most choices of a field.
pub const MOST_CHOICES: usize = 60;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+ }
        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// As it is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
            /// Reads it back.
            pub fn from_text(text: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

words! {
    /// What a field belongs to.
    Target {
        /// A person.
        Contact = "contact",
        /// A customer organisation.
        Company = "company",
        /// A conversation.
        Conversation = "conversation",
        /// A ticket, of some kinds or of all.
        Ticket = "ticket",
    }
}

words! {
    /// What a field holds.
    FieldKind {
        /// Words.
        Text = "text",
        /// A number.
        Number = "number",
        /// A day, as `YYYY-MM-DD`.
        Date = "date",
        /// One of its choices.
        Choice = "choice",
        /// `yes` or `no`.
        YesNo = "yes_no",
        /// An address that begins with `https://` or `http://`.
        Link = "link",
    }
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its id.
    pub id: FieldId,
    /// What it belongs to.
    pub target: Target,
    /// Its words.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// What can be chosen, for a choice.
    pub choices: Vec<String>,
    /// Since when.
    pub created_at: Millis,
}

type FieldRow = (FieldId, String, String, String, String, Millis);

/// The fields in use, in the order in which they were defined.
pub async fn list(on: impl On) -> Result<Vec<Field>> {
    let rows: Vec<FieldRow> = sql(
        "SELECT id, target, name, kind, choices, created_at FROM custom_fields WHERE removed_at IS NULL ORDER BY target, id",
    )
    .all(on)
    .await?;
    rows.into_iter()
        .map(|(id, target, name, kind, choices, created_at)| {
            let what = || format!("field {id}");
            Ok(Field {
                target: Target::from_text(&target).ok_or_else(|| Error::corrupt(what(), &target))?,
                kind: FieldKind::from_text(&kind).ok_or_else(|| Error::corrupt(what(), &kind))?,
                choices: serde_json::from_str(&choices).map_err(|error| Error::corrupt(what(), error))?,
                name,
                created_at,
                id,
            })
        })
        .collect()
}

/// Defines a field.
///
/// # Errors
/// [`Error::Invalid`] without a name, without choices for a choice, or beyond [`MOST`];
/// [`Error::Conflict`] when there is one of that name.
pub async fn define(
    store: &Store,
    actor: &Actor,
    target: Target,
    name: &str,
    kind: FieldKind,
    choices: &[String],
) -> Result<FieldId> {
    let name = name_of(name)?;
    let mut choices: Vec<String> = choices
        .iter()
        .map(|choice| choice.trim().to_owned())
        .filter(|choice| !choice.is_empty())
        .collect();
    choices.dedup();
    if kind == FieldKind::Choice && choices.is_empty() {
        return Err(Error::Invalid("name at least one choice, one in each line".to_owned()));
    }
    if choices.len() > MOST_CHOICES || choices.iter().any(|choice| choice.chars().count() > 100) {
        return Err(Error::Invalid(format!(
            "a field has at most {MOST_CHOICES} choices of 100 characters"
        )));
    }
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec!["fields".to_owned()]).await?;
    let all = list(&mut tx).await?;
    if all.iter().filter(|one| one.target == target).count() >= MOST {
        return Err(Error::Invalid(format!("{MOST} fields are the most")));
    }
    if all
        .iter()
        .any(|one| one.target == target && one.name.to_lowercase() == name.to_lowercase())
    {
        return Err(Error::Conflict("there is a field of that name already".to_owned()));
    }
    let id = FieldId::from(tx.env().ulid());
    let now = tx.now();
    sql("INSERT INTO custom_fields (id, target, name, kind, choices, created_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(&id)
        .bind(target.as_str())
        .bind(name)
        .bind(kind.as_str())
        .bind(serde_json::to_string(&choices).unwrap_or_else(|_| "[]".to_owned()))
        .bind(now)
        .run(&mut tx)
        .await?;
    done(tx, actor, &id, "field.defined").await?;
    Ok(id)
}

/// Takes a field out of use; its values are kept.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &FieldId) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let rows = sql("UPDATE custom_fields SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL")
        .bind(id)
        .bind(now)
        .run(&mut tx)
        .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    done(tx, actor, id, "field.removed").await
}

async fn done(mut tx: Tx, actor: &Actor, id: &FieldId, action: &str) -> Result<()> {
    audit::record(&mut tx, actor, action, id.as_str(), &json!({})).await?;
    tx.emit(NewEvent {
        kind: EventKind::FieldUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: actor.clone(),
        data: json!({}),
    });
    tx.commit().await?;
    Ok(())
}

/// The values of several objects: (object, field, value).
pub async fn values(on: impl On, objects: &[&str]) -> Result<Vec<(String, FieldId, String)>> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    composed_sql(format!(
        "SELECT object_id, field_id, value FROM custom_values WHERE object_id IN {}",
        placeholders(1, objects.len(), 0)
    ))
    .bind_all(objects.iter().copied())
    .all(on)
    .await
}

/// A value as it is kept; `None` for an empty one.
///
/// # Errors
/// [`Error::Invalid`] with words that name the field, when it does not fit the field's kind.
pub fn checked(field: &Field, value: &str) -> Result<Option<String>> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    let fits = match field.kind {
        FieldKind::Text => true,
        FieldKind::Number => value.replace(',', ".").parse::<f64>().is_ok_and(f64::is_finite),
        FieldKind::Date => value.parse::<jiff::civil::Date>().is_ok(),
        FieldKind::Choice => field.choices.iter().any(|choice| choice == value),
        FieldKind::YesNo => matches!(value, "yes" | "no"),
        FieldKind::Link => ["https://", "http://"]
            .iter()
            .any(|scheme| value.len() > scheme.len() && value.starts_with(scheme)),
    };
    if !fits || value.chars().count() > LONGEST_VALUE {
        return Err(Error::Invalid(format!(
            "`{}` does not fit the field {}",
            value.chars().take(60).collect::<String>(),
            field.name
        )));
    }
    Ok(Some(match field.kind {
        FieldKind::Number => value.replace(',', "."),
        _ => value.to_owned(),
    }))
}

/// Sets values of one object, as part of a transaction of the caller's, who names the event. Tells
/// whether anything changed.
///
/// # Errors
/// As [`checked`].
pub async fn set_in(tx: &mut Tx, object: &str, given: &[(&Field, &str)]) -> Result<bool> {
    let now = tx.now();
    let mut changes = 0;
    for (field, value) in given {
        changes += match checked(field, value)? {
            None => {
                sql("DELETE FROM custom_values WHERE object_id = $1 AND field_id = $2")
                    .bind(object)
                    .bind(&field.id)
                    .run(&mut *tx)
                    .await?
            }
            Some(value) => {
                sql("INSERT INTO custom_values (object_id, field_id, value, updated_at) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (object_id, field_id) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at WHERE custom_values.value <> excluded.value")
                    .bind(object)
                    .bind(&field.id)
                    .bind(value)
                    .bind(now)
                    .run(&mut *tx)
                    .await?
            }
        };
    }
    Ok(changes > 0)
}

#[cfg(test)]
mod tests {
    use super::{Field, FieldKind, Target, checked};

    #[test]
    fn values_fit_their_kind_or_are_refused() {
        let field = |kind| Field {
            id: "f".into(),
            target: Target::Contact,
            name: "Plan".to_owned(),
            kind,
            choices: vec!["Gold".to_owned()],
            created_at: 0,
        };
        for (kind, value, kept) in [
            (FieldKind::Text, " a b ", Some(Some("a b"))),
            (FieldKind::Text, "  ", Some(None)),
            (FieldKind::Number, "1,5", Some(Some("1.5"))),
            (FieldKind::Number, "NaN", None),
            (FieldKind::Number, "1e999", None),
            (FieldKind::Date, "2026-02-29", None),
            (FieldKind::Date, "2028-02-29", Some(Some("2028-02-29"))),
            (FieldKind::Choice, "Gold", Some(Some("Gold"))),
            (FieldKind::Choice, "gold", None),
            (FieldKind::YesNo, "yes", Some(Some("yes"))),
            (FieldKind::YesNo, "maybe", None),
            (FieldKind::Link, "https://x.example", Some(Some("https://x.example"))),
            (FieldKind::Link, "javascript:alert(1)", None),
        ] {
            let got = checked(&field(kind), value).ok();
            assert_eq!(got, kept.map(|kept| kept.map(str::to_owned)), "{kind:?} {value}");
        }
        assert!(checked(&field(FieldKind::Text), &"x".repeat(1001)).is_err());
    }
}
