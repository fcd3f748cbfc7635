//! The chain: every few seconds the new lines are covered by a seal that also covers the seal before.
//! Whoever changes, removes or inserts a line later breaks it, and cannot mend it without the instance
//! key. Lines may go by age; then their seal stays, so that the chain can still be followed.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::record;
use crate::db::{On, Value, composed_sql, insert_rows, placeholders, sql};
use crate::error::Result;
use crate::store::Store;
use crate::types::{Actor, Millis};

const DAY: Millis = 24 * 60 * 60 * 1000;
/// The shortest time that lines are kept, in days: nobody covers their tracks by a setting.
pub const SHORTEST_DAYS: i64 = 90;
/// How long lines are kept unless somebody says otherwise, in days.
pub const USUAL_DAYS: i64 = 730;
/// The most lines that one seal covers.
const PART: i64 = 500;

type Line = (
    String,
    Millis,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
);
const LINE: &str = "id, at, actor, action, object, detail, address, user_agent";

fn digest(lines: &[Line]) -> String {
    let mut hash = Sha256::new();
    let mut put = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for (id, at, actor, action, object, detail, address, user_agent) in lines {
        put(id.as_bytes());
        put(&at.to_be_bytes());
        for text in [actor, action, object, detail] {
            put(text.as_bytes());
        }
        for text in [address, user_agent] {
            // Missing and empty are two things.
            put(&[u8::from(text.is_some())]);
            put(text.as_deref().unwrap_or_default().as_bytes());
        }
    }
    hex::encode(hash.finalize())
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
struct Seal {
    number: i64,
    entries: i64,
    first_id: String,
    last_id: String,
    last_at: Millis,
    digest: String,
    hash: String,
    pruned_at: Option<Millis>,
}

impl Seal {
    fn text(&self, before: &str) -> String {
        format!(
            "{before}|{}|{}|{}|{}|{}|{}",
            self.number, self.entries, self.first_id, self.last_id, self.last_at, self.digest
        )
    }

    fn is_ours(&self, store: &Store, before: &str) -> bool {
        let signed = format!("{}.{}", self.text(before), self.hash);
        store.keys().check("audit", &signed).is_some()
    }
}

const SEAL: &str = "number, entries, first_id, last_id, last_at, digest, hash, pruned_at";

async fn last(on: impl On) -> Result<Option<Seal>> {
    composed_sql(format!("SELECT {SEAL} FROM audit_seals ORDER BY number DESC LIMIT 1"))
        .optional(on)
        .await
}

/// Covers the next lines; returns how many.
pub async fn seal(store: &Store) -> Result<usize> {
    let waiting: Option<(String,)> = sql("SELECT id FROM audit WHERE seal IS NULL LIMIT 1")
        .optional(store.db())
        .await?;
    if waiting.is_none() {
        return Ok(0);
    }
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec!["audit:seal".to_owned()]).await?;
    let before = last(&mut tx).await?;
    let lines: Vec<Line> = composed_sql(format!(
        "SELECT {LINE} FROM audit WHERE seal IS NULL ORDER BY id LIMIT $1"
    ))
    .bind(PART)
    .all(&mut tx)
    .await?;
    let (Some(first), Some(end)) = (lines.first(), lines.last()) else {
        return Ok(0);
    };
    let mut seal = Seal {
        number: before.as_ref().map_or(1, |seal| seal.number + 1),
        entries: i64::try_from(lines.len()).unwrap_or(PART),
        first_id: first.0.clone(),
        last_id: end.0.clone(),
        last_at: lines.iter().map(|line| line.1).max().unwrap_or_default(),
        digest: digest(&lines),
        hash: String::new(),
        pruned_at: None,
    };
    let signed = store
        .keys()
        .sign("audit", &seal.text(before.as_ref().map_or("", |seal| &seal.hash)));
    seal.hash = signed.rsplit('.').next().unwrap_or_default().to_owned();
    let now = tx.now();
    let ids: Vec<&str> = lines.iter().map(|line| line.0.as_str()).collect();
    for part in ids.chunks(200) {
        composed_sql(format!(
            "UPDATE audit SET seal = ${} WHERE id IN {}",
            part.len() + 1,
            placeholders(1, part.len(), 0)
        ))
        .bind_all(part.iter().copied())
        .bind(seal.number)
        .run(&mut tx)
        .await?;
    }
    let row: Vec<Value> = vec![
        seal.number.into(),
        seal.entries.into(),
        seal.first_id.into(),
        seal.last_id.into(),
        seal.last_at.into(),
        seal.digest.into(),
        seal.hash.into(),
        now.into(),
    ];
    insert_rows(
        &mut tx,
        "INSERT INTO audit_seals (number, entries, first_id, last_id, last_at, digest, hash, at) VALUES",
        "",
        vec![row],
    )
    .await?;
    tx.commit_silently().await?;
    Ok(lines.len())
}

/// What a check of the chain found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many seals were followed.
    pub seals: i64,
    /// How many lines they cover, those that went by age included.
    pub entries: i64,
    /// How many of them went by age.
    pub pruned: i64,
    /// Lines that no seal covers yet.
    pub unsealed: i64,
    /// The hash of the last seal. Noted down elsewhere, it also shows whether the end was cut off.
    pub head: String,
    /// What is wrong, in words; empty when all is well.
    pub faults: Vec<String>,
}

/// The most faults that one check tells.
const MOST_FAULTS: usize = 20;

/// How many seals one look reads.
const SEALS_AT_ONCE: i64 = 20;

/// Follows the whole chain and compares every line.
pub async fn check(store: &Store) -> Result<Checked> {
    let db = store.db();
    let mut walk = Walk::default();
    while walk.found.faults.len() < MOST_FAULTS {
        let seals: Vec<Seal> = composed_sql(format!(
            "SELECT {SEAL} FROM audit_seals WHERE number > $1 ORDER BY number LIMIT $2"
        ))
        .bind(walk.number)
        .bind(SEALS_AT_ONCE)
        .all(db)
        .await?;
        let (Some(first), Some(end)) = (seals.first(), seals.last()) else {
            break;
        };
        let mut lines = lines_between(store, first.number, end.number).await?;
        for seal in seals {
            let lines = lines.remove(&seal.number).unwrap_or_default();
            walk.step(store, &seal, &lines);
        }
    }
    let Walk { mut found, number, .. } = walk;
    let (beyond,): (i64,) = sql("SELECT COUNT(*) FROM audit WHERE seal > $1")
        .bind(number)
        .one(db)
        .await?;
    if beyond > 0 && found.faults.is_empty() {
        found.faults.push(format!(
            "{beyond} lines belong to seals behind {number} that are missing"
        ));
    }
    let (unsealed,): (i64,) = sql("SELECT COUNT(*) FROM audit WHERE seal IS NULL").one(db).await?;
    found.unsealed = unsealed;
    Ok(found)
}

/// The lines of the seals from `first` to `end`, by seal.
async fn lines_between(store: &Store, first: i64, end: i64) -> Result<HashMap<i64, Vec<Line>>> {
    let rows: Vec<(
        i64,
        String,
        Millis,
        String,
        String,
        String,
        String,
        Option<String>,
        Option<String>,
    )> = composed_sql(format!(
        "SELECT seal, {LINE} FROM audit WHERE seal >= $1 AND seal <= $2 ORDER BY seal, id"
    ))
    .bind(first)
    .bind(end)
    .all(store.db())
    .await?;
    let mut of_seal: HashMap<i64, Vec<Line>> = HashMap::new();
    for (seal, id, at, actor, action, object, detail, address, user_agent) in rows {
        of_seal
            .entry(seal)
            .or_default()
            .push((id, at, actor, action, object, detail, address, user_agent));
    }
    Ok(of_seal)
}

/// Where a walk along the chain stands.
#[derive(Default)]
struct Walk {
    found: Checked,
    /// The seal that was looked at last.
    number: i64,
    /// Lines go from the oldest on: behind a seal that has its own, none may be without.
    has_lines_before: bool,
}

impl Walk {
    fn step(&mut self, store: &Store, seal: &Seal, lines: &[Line]) {
        let before = self.number;
        if seal.number != before + 1 {
            self.fault(format!("seals {} to {} are missing", before + 1, seal.number - 1));
        }
        if !seal.is_ours(store, &self.found.head) {
            self.fault(format!("seal {} was changed, or the one before it", seal.number));
        }
        match seal.pruned_at {
            Some(at) => self.went_by_age(seal, lines, at),
            None => self.compare(seal, lines),
        }
        self.found.seals += 1;
        self.found.entries += seal.entries;
        self.found.head.clone_from(&seal.hash);
        self.number = seal.number;
    }

    fn went_by_age(&mut self, seal: &Seal, lines: &[Line], at: Millis) {
        if self.has_lines_before || !lines.is_empty() || at - seal.last_at < SHORTEST_DAYS * DAY {
            self.fault(format!("the lines of seal {} went before their time", seal.number));
        }
        self.found.pruned += seal.entries;
    }

    fn compare(&mut self, seal: &Seal, lines: &[Line]) {
        self.has_lines_before = true;
        if i64::try_from(lines.len()).unwrap_or(-1) != seal.entries {
            self.fault(format!(
                "seal {} covers {} lines, {} are there ({} to {})",
                seal.number,
                seal.entries,
                lines.len(),
                seal.first_id,
                seal.last_id
            ));
        } else if digest(lines) != seal.digest {
            self.fault(format!(
                "a line of seal {} was changed ({} to {})",
                seal.number, seal.first_id, seal.last_id
            ));
        }
    }

    fn fault(&mut self, words: String) {
        self.found.faults.push(words);
    }
}

/// Forgets the lines of the next seal whose lines are all older than so many days, and says so in the
/// audit. Returns how many lines went.
pub async fn prune(store: &Store, days: i64) -> Result<u64> {
    let before = store.now() - days.max(SHORTEST_DAYS) * DAY;
    let row: Option<(i64, Millis, String)> =
        sql("SELECT number, last_at, hash FROM audit_seals WHERE pruned_at IS NULL ORDER BY number LIMIT 1")
            .optional(store.db())
            .await?;
    let Some((number, last_at, hash)) = row else {
        return Ok(0);
    };
    if last_at >= before {
        return Ok(0);
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    let marked = sql("UPDATE audit_seals SET pruned_at = $2 WHERE number = $1 AND pruned_at IS NULL")
        .bind(number)
        .bind(now)
        .run(&mut tx)
        .await?;
    if marked == 0 {
        return Ok(0);
    }
    let gone = sql("DELETE FROM audit WHERE seal = $1")
        .bind(number)
        .run(&mut tx)
        .await?;
    record(
        &mut tx,
        &Actor::System,
        "audit.pruned",
        &number.to_string(),
        &serde_json::json!({ "entries": gone, "hash": hash }),
    )
    .await?;
    tx.commit_silently().await?;
    Ok(gone)
}

/// How many lines [`prune`] would take in all.
pub async fn prunable(on: impl On, days: i64, now: Millis) -> Result<i64> {
    let (count,): (i64,) = sql(
        "SELECT CAST(COALESCE(SUM(entries), 0) AS BIGINT) FROM audit_seals WHERE pruned_at IS NULL AND last_at < $1",
    )
    .bind(now - days.max(SHORTEST_DAYS) * DAY)
    .one(on)
    .await?;
    Ok(count)
}
