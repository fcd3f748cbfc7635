//! Two contacts that turn out to be one person, and the way back.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::parting::{self, Merge, Parting};
use super::{CONTACT, Contact};
use crate::audit;
use crate::conversations;
use crate::db::{On, composed_sql, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::{Store, Tx, conversation_updated};
use crate::types::{Actor, CompanyId, ContactId, ConversationId, IdentityId, IdentityKind, Language, MergeId, Millis};

/// What moved in a merge, so that it can move back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Moved {
    pub(super) identities: Vec<IdentityId>,
    pub(super) conversations: Vec<ConversationId>,
    pub(super) tickets: Vec<String>,
    /// Addresses that the loser only typed.
    #[serde(default)]
    claims: Vec<(IdentityKind, String)>,
    /// What the winner took over because it had none.
    name: Option<String>,
    language: Option<Language>,
    company: Option<CompanyId>,
}

/// Makes two contacts one: everything of `loser` moves to `winner`. Can be undone with [`unmerge`].
///
/// # Errors
/// [`Error::Invalid`] for a contact with itself; [`Error::NotFound`]; [`Error::Conflict`] when one
/// of them is part of another already.
pub async fn merge(store: &Store, actor: &Actor, winner: &ContactId, loser: &ContactId) -> Result<MergeId> {
    let mut tx = store.begin().await?;
    let id = merge_in(&mut tx, actor, winner, loser, "merged by hand").await?;
    tx.commit().await?;
    Ok(id)
}

pub(super) async fn merge_in(
    tx: &mut Tx,
    actor: &Actor,
    winner: &ContactId,
    loser: &ContactId,
    reason: &str,
) -> Result<MergeId> {
    if winner == loser {
        return Err(Error::Invalid("a contact cannot be merged with itself".to_owned()));
    }
    let (w, l) = hold_two(tx, winner, loser).await?;
    let moved = carry_over(tx, &w, &l).await?;
    fill_gaps(tx, &w, &l.id, &moved).await?;
    let now = tx.now();
    let id = MergeId::from(tx.env().ulid());
    sql("INSERT INTO contact_merges (id, winner_id, loser_id, actor, reason, moved, at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&id)
        .bind(winner)
        .bind(loser)
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(reason)
        .bind(serde_json::to_string(&moved).unwrap_or_default())
        .bind(now)
        .run(&mut *tx)
        .await?;
    audit::record(
        tx,
        actor,
        "contact.merged",
        winner.as_str(),
        &json!({ "from": loser, "reason": reason }),
    )
    .await?;
    tx.emit(NewEvent {
        kind: EventKind::ContactMerged,
        conversation: None,
        subject: winner.to_string(),
        actor: actor.clone(),
        data: json!({ "from": loser }),
    });
    for conversation in &moved.conversations {
        tx.emit(conversation_updated(
            conversation,
            actor,
            json!({ "action": "contact_merged" }),
        ));
    }
    Ok(id)
}

/// The rows of both, held until the commit: whoever files a message of one of them holds its row, too.
async fn hold_rows(tx: &mut Tx, winner: &ContactId, loser: &ContactId) -> Result<(Contact, Contact)> {
    // Everybody takes them in this order, so that nobody waits in a circle.
    let held: Vec<Contact> = composed_sql(format!(
        "SELECT {CONTACT} FROM contacts WHERE id IN ($1, $2) ORDER BY id {}",
        tx.dialect().for_update()
    ))
    .bind(winner)
    .bind(loser)
    .all(&mut *tx)
    .await?;
    let take = |id: &ContactId| {
        held.iter()
            .find(|contact| contact.id == *id)
            .cloned()
            .ok_or(Error::NotFound)
    };
    Ok((take(winner)?, take(loser)?))
}

/// Both rows, of which neither is part of another contact.
async fn hold_two(tx: &mut Tx, winner: &ContactId, loser: &ContactId) -> Result<(Contact, Contact)> {
    let (w, l) = hold_rows(tx, winner, loser).await?;
    if w.merged_into.is_some() || l.merged_into.is_some() {
        return Err(Error::Conflict(
            "one of the contacts is part of another one already".to_owned(),
        ));
    }
    Ok((w, l))
}

/// The conversations of a contact, held until the commit in the order in which everybody locks them.
async fn hold_conversations(tx: &mut Tx, contact: &ContactId) -> Result<Vec<ConversationId>> {
    let owned: Vec<(ConversationId,)> = sql("SELECT id FROM conversations WHERE contact_id = $1 ORDER BY id")
        .bind(contact)
        .all(&mut *tx)
        .await?;
    let owned: Vec<ConversationId> = owned.into_iter().map(|(id,)| id).collect();
    for part in owned.chunks(200) {
        conversations::lock_all(tx, part.to_vec()).await?;
    }
    Ok(owned)
}

/// What was the loser's becomes the winner's. Returns what that was, and which gaps of the winner's the loser fills, for the way back.
async fn carry_over(tx: &mut Tx, w: &Contact, l: &Contact) -> Result<Moved> {
    let now = tx.now();
    let (winner, loser) = (&w.id, &l.id);
    let conversations = hold_conversations(tx, loser).await?;
    sql("UPDATE conversations SET contact_id = $2, version = version + 1, updated_at = $3 WHERE contact_id = $1")
        .bind(loser)
        .bind(winner)
        .bind(now)
        .run(&mut *tx)
        .await?;
    let identities: Vec<(IdentityId,)> =
        sql("UPDATE identities SET contact_id = $2 WHERE contact_id = $1 RETURNING id")
            .bind(loser)
            .bind(winner)
            .all(&mut *tx)
            .await?;
    let tickets: Vec<(String,)> = sql("UPDATE tickets SET contact_id = $2 WHERE contact_id = $1 RETURNING id")
        .bind(loser)
        .bind(winner)
        .all(&mut *tx)
        .await?;
    // The same address typed by both stays where it is: one is enough.
    let claims: Vec<(IdentityKind, String)> = sql("UPDATE claims SET contact_id = $2 WHERE contact_id = $1 AND NOT EXISTS (SELECT 1 FROM claims o WHERE o.contact_id = $2 AND o.kind = claims.kind AND o.value = claims.value) RETURNING kind, value")
        .bind(loser)
        .bind(winner)
        .all(&mut *tx)
        .await?;
    Ok(Moved {
        claims,
        identities: identities.into_iter().map(|(id,)| id).collect(),
        conversations,
        tickets: tickets.into_iter().map(|(id,)| id).collect(),
        name: w
            .name
            .is_empty()
            .then(|| l.name.clone())
            .filter(|name| !name.is_empty()),
        language: if w.language.is_none() { l.language } else { None },
        company: if w.company_id.is_none() {
            l.company_id.clone()
        } else {
            None
        },
    })
}

/// The winner is given what only the loser had, and the loser points to them from now on.
async fn fill_gaps(tx: &mut Tx, w: &Contact, loser: &ContactId, moved: &Moved) -> Result<()> {
    let now = tx.now();
    sql("UPDATE contacts SET name = $2, language = $3, company_id = $4, updated_at = $5 WHERE id = $1")
        .bind(&w.id)
        .bind(moved.name.as_ref().unwrap_or(&w.name))
        .bind(w.language.or(moved.language))
        .bind(w.company_id.as_ref().or(moved.company.as_ref()))
        .bind(now)
        .run(&mut *tx)
        .await?;
    sql("UPDATE contacts SET merged_into = $2, updated_at = $3 WHERE id = $1")
        .bind(loser)
        .bind(&w.id)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// The conversations that go back to whom the merge took them from: those that the plan names, and of what was theirs then
/// whatever was merged into another one since, which is nobody's to read any more and follows by its contact alone.
async fn give_back_conversations(
    tx: &mut Tx,
    actor: &Actor,
    merge: &Merge<'_>,
    owned: &[ConversationId],
    back: &[ConversationId],
) -> Result<()> {
    let known: HashSet<&ConversationId> = owned.iter().collect();
    let of_old = merge.moved.conversations.iter().filter(|id| known.contains(id));
    let mut going: Vec<ConversationId> = back.iter().chain(of_old).cloned().collect();
    going.sort();
    going.dedup();
    for part in going.chunks(200) {
        for mut conversation in conversations::lock_all(tx, part.to_vec()).await? {
            // One that stays, because only the other one's words are left in it.
            if conversation.merged_into.is_none() && !back.contains(&conversation.id) {
                continue;
            }
            conversation.contact_id = merge.loser.clone();
            conversations::save(tx, &mut conversation).await?;
            tx.emit(conversation_updated(
                &conversation.id,
                actor,
                json!({ "action": "contact_unmerged" }),
            ));
        }
    }
    Ok(())
}

/// Addresses, claims and tickets that the merge moved go back, where they still are the winner's.
async fn give_back_rows(tx: &mut Tx, merge: &Merge<'_>) -> Result<()> {
    let Merge {
        winner, loser, moved, ..
    } = *merge;
    for identity in &moved.identities {
        sql("UPDATE identities SET contact_id = $2 WHERE id = $1 AND contact_id = $3")
            .bind(identity)
            .bind(loser)
            .bind(winner)
            .run(&mut *tx)
            .await?;
    }
    for (kind, value) in &moved.claims {
        sql("UPDATE claims SET contact_id = $3 WHERE contact_id = $4 AND kind = $1 AND value = $2 AND NOT EXISTS (SELECT 1 FROM claims o WHERE o.contact_id = $3 AND o.kind = $1 AND o.value = $2)")
            .bind(*kind)
            .bind(value.as_str())
            .bind(loser)
            .bind(winner)
            .run(&mut *tx)
            .await?;
    }
    for ticket in &moved.tickets {
        sql("UPDATE tickets SET contact_id = $2 WHERE id = $1 AND contact_id = $3")
            .bind(ticket)
            .bind(loser)
            .bind(winner)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// What the winner only had from the loser they have no more, unless somebody changed it since; the loser stands alone again.
async fn empty_gaps(tx: &mut Tx, merge: &Merge<'_>) -> Result<()> {
    let now = tx.now();
    let moved = merge.moved;
    let current: Contact = composed_sql(format!("SELECT {CONTACT} FROM contacts WHERE id = $1"))
        .bind(merge.winner)
        .one(&mut *tx)
        .await?;
    sql("UPDATE contacts SET name = $2, language = $3, company_id = $4, updated_at = $5 WHERE id = $1")
        .bind(merge.winner)
        .bind(if moved.name.as_deref() == Some(&current.name) {
            String::new()
        } else {
            current.name
        })
        .bind(if moved.language.is_some() && moved.language == current.language {
            None
        } else {
            current.language
        })
        .bind(if moved.company.is_some() && moved.company == current.company_id {
            None
        } else {
            current.company_id.as_ref()
        })
        .bind(now)
        .run(&mut *tx)
        .await?;
    sql("UPDATE contacts SET merged_into = NULL, updated_at = $2 WHERE id = $1")
        .bind(merge.loser)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Whoever files a message of one of these identities holds its turn until the commit: what is filed
/// later finds the contact that the identity then belongs to. The rows keep other merges away.
async fn hold_for_unmerge(tx: &mut Tx, winner: &ContactId, loser: &ContactId, moved: &Moved) -> Result<()> {
    let mut turns = Vec::new();
    for part in crate::db::parts(&moved.identities) {
        let values: Vec<(IdentityKind, String)> = composed_sql(format!(
            "SELECT kind, value FROM identities WHERE id IN {}",
            crate::db::placeholders(1, part.len(), 0)
        ))
        .bind_all(&part)
        .all(&mut *tx)
        .await?;
        turns.extend(
            values
                .into_iter()
                .map(|(kind, value)| format!("identity:{kind}:{value}")),
        );
    }
    tx.dialect().take_turns(turns).await?;
    let (winner, _) = hold_rows(tx, winner, loser).await?;
    if winner.merged_into.is_some() {
        return Err(Error::Conflict(
            "the contact is part of another one now; undo that merge first".to_owned(),
        ));
    }
    Ok(())
}

/// A merge that stands: winner, loser, what moved, and when.
pub(super) async fn load(on: impl On, id: &MergeId) -> Result<(ContactId, ContactId, Moved, Millis)> {
    let row: Option<(ContactId, ContactId, String, Millis, Option<Millis>)> =
        sql("SELECT winner_id, loser_id, moved, at, undone_at FROM contact_merges WHERE id = $1")
            .bind(id)
            .optional(on)
            .await?;
    let (winner, loser, moved, at, undone_at) = row.ok_or(Error::NotFound)?;
    if undone_at.is_some() {
        return Err(Error::Conflict("this merge was undone before".to_owned()));
    }
    let moved = serde_json::from_str(&moved).map_err(|error| Error::corrupt(format!("merge {id}"), error))?;
    Ok((winner, loser, moved, at))
}

/// Undoes a merge: what came from the loser goes back, as far as it is still there. What either wrote in a
/// conversation of the other's is taken out of it ([`super::parting`]).
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it was undone before, or the winner has itself
/// become part of another contact (undo that merge first).
pub async fn unmerge(store: &Store, actor: &Actor, id: &MergeId) -> Result<Parting> {
    let mut tx = store.begin().await?;
    let (winner, loser, moved, at) = load(&mut tx, id).await?;
    let now = tx.now();
    hold_for_unmerge(&mut tx, &winner, &loser, &moved).await?;
    let undone = sql("UPDATE contact_merges SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL")
        .bind(id)
        .bind(now)
        .run(&mut tx)
        .await?;
    if undone == 0 {
        return Err(Error::Conflict("this merge was undone before".to_owned()));
    }
    // All that the two have: what is planned is what is done.
    let owned = hold_conversations(&mut tx, &winner).await?;
    let merge = Merge {
        winner: &winner,
        loser: &loser,
        moved: &moved,
        at,
    };
    let plan = parting::plan(&mut tx, &merge).await?;
    give_back_conversations(&mut tx, actor, &merge, &owned, &plan.back()).await?;
    give_back_rows(&mut tx, &merge).await?;
    empty_gaps(&mut tx, &merge).await?;
    parting::separate(&mut tx, actor, &merge, &plan).await?;
    let told = plan.told();
    audit::record(
        &mut tx,
        actor,
        "contact.unmerged",
        winner.as_str(),
        &json!({ "from": loser, "separated": told.apart.iter().map(|one| one.number).collect::<Vec<_>>() }),
    )
    .await?;
    tx.emit(NewEvent {
        kind: EventKind::ContactMerged,
        conversation: None,
        subject: winner.to_string(),
        actor: actor.clone(),
        data: json!({ "undone": loser }),
    });
    tx.commit().await?;
    Ok(told)
}

/// The merges that made a contact what it is and can be undone, newest first: id, the other's name, reason, time.
pub async fn merges(on: impl On, winner: &ContactId) -> Result<Vec<(MergeId, String, String, Millis)>> {
    sql("SELECT m.id, c.name, m.reason, m.at FROM contact_merges m JOIN contacts c ON c.id = m.loser_id WHERE m.winner_id = $1 AND m.undone_at IS NULL ORDER BY m.at DESC")
        .bind(winner)
        .all(on)
        .await
}
