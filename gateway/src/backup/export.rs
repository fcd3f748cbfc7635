//! Everything as files that anybody can read: JSON lines per kind, and the files as they are. Unlike a backup it
//! holds no secret: no password, key, token or session, and needs none to be read.
//!
//! ```text
//! manifest.json            what it is: format, release, schema, position, rows and sums by kind, files
//! <kind>.jsonl             an object a line, in the order of their keys: conversations, messages, contacts …
//! files/<ab>/<sha256>      bytes, named by their SHA-256; kinds name them in columns that end in `sha256`
//! ```
//!
//! Times are UTC milliseconds, money is in minor units, ids are text. `docs/export.md` says what is in which kind.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use conversation::Store;
use conversation::blobs::INLINE_BYTES;
use conversation::db::catalog::{self, Kind, Table};
use conversation::db::{DbTx, Value, sql};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::progress::Progress;
use super::{Manifest, ROWS, Total, line};

/// The layout described above.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";

/// What opens something, or is nobody's business but this installation's.
const SECRET: &[&str] = &[
    "agent_links",
    "agent_sessions",
    "api_tokens",
    "audit_seals",
    "claims",
    "idempotency",
    "oauth_accounts",
    "oauth_clients",
    "oauth_flows",
    "oidc_links",
    "passkeys",
    "passwords",
    "portal_links",
    "portal_sessions",
    "push_subscriptions",
    "pushes",
    "recovery_codes",
    "sign_in_steps",
    "totp",
    "visitors",
    "webhook_deliveries",
    "webhooks",
];
/// Columns that are left empty.
const BLANK: &[(&str, &str)] = &[("agents", "password_hash"), ("audit", "seal"), ("blobs", "data")];
/// Columns that are sealed here: opened, without the secrets in them, and sealed again by whoever reads it.
const SEALED: &[(&str, &str)] = &[("billing_settings", "value"), ("inboxes", "settings")];
/// Settings that are keys themselves.
const KEYS: &[&str] = &["push.vapid", crate::auth::policy::PROVIDER];

/// What an export is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contents {
    /// The layout, release, schema and position.
    #[serde(flatten)]
    pub(crate) manifest: Manifest,
    /// Rows and sums by kind.
    pub(crate) kinds: BTreeMap<String, Total>,
    /// How many files.
    pub(crate) files: u64,
    /// Files that the database names and the store no longer had.
    pub(crate) missing: Vec<String>,
}

impl Contents {
    /// How many of a kind.
    pub(crate) fn rows(&self, kind: &str) -> i64 {
        self.kinds.get(kind).map_or(0, |total| total.rows)
    }
}

fn is_in(list: &[(&str, &str)], table: &str, column: &str) -> bool {
    list.iter().any(|(one, other)| *one == table && *other == column)
}

fn path_of(folder: &Path, sha256: &str) -> PathBuf {
    folder.join("files").join(sha256.get(..2).unwrap_or("00")).join(sha256)
}

/// Writes everything into the new or empty folder, from one unchanging picture.
///
/// # Errors
/// When the folder is not empty, or database, files or disk refuse.
pub(crate) async fn write(store: &Store, folder: &Path, progress: &mut Progress) -> Result<Contents> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    ensure!(
        std::fs::read_dir(folder)?.next().is_none(),
        "{} is not empty; give a new folder",
        folder.display()
    );
    let (mut picture, manifest, tables) = super::picture(store, progress, FORMAT, SECRET).await?;
    let mut contents = Contents {
        manifest,
        kinds: BTreeMap::new(),
        files: 0,
        missing: Vec::new(),
    };
    for table in &tables {
        let total = write_kind(store, &mut picture, table, folder, progress).await?;
        contents.kinds.insert(table.name.clone(), total);
    }
    write_files(store, &mut picture, folder, &mut contents).await?;
    // Last: without it, it is not whole.
    std::fs::write(folder.join(MANIFEST), serde_json::to_vec_pretty(&contents)?)?;
    progress.finish();
    Ok(contents)
}

async fn write_kind(
    store: &Store,
    picture: &mut DbTx,
    table: &Table,
    folder: &Path,
    progress: &mut Progress,
) -> Result<Total> {
    let path = folder.join(format!("{}.jsonl", table.name));
    let file = std::fs::File::create_new(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = BufWriter::with_capacity(256 * 1024, file);
    let mut total = Total::default();
    let mut after = None;
    loop {
        let rows = catalog::page(&mut *picture, table, after.as_deref(), ROWS).await?;
        let Some(last) = rows.last() else { break };
        after = Some(table.key_of(last));
        for row in &rows {
            if table.name == "settings" && matches!(&row[0], Value::Text(Some(key)) if KEYS.contains(&key.as_str())) {
                continue;
            }
            let line = object(store, table, row)?.to_string();
            total.add(&line);
            out.write_all(line.as_bytes())?;
            out.write_all(b"\n")?;
        }
        progress.add(rows.len() as u64);
    }
    out.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    Ok(total)
}

fn object(store: &Store, table: &Table, row: &[Value]) -> Result<Json> {
    let mut object = Map::new();
    for (column, value) in table.columns.iter().zip(row) {
        let json = match value {
            _ if is_in(BLANK, &table.name, &column.name) => Json::Null,
            Value::Bytes(Some(sealed)) if is_in(SEALED, &table.name, &column.name) => {
                let plain = store.keys().open(sealed)?;
                let mut settings = serde_json::from_slice(&plain)?;
                blank_secrets(&mut settings);
                settings
            }
            Value::Text(Some(text)) => json!(text),
            Value::Int(Some(number)) => json!(number),
            Value::Bool(Some(flag)) => json!(flag),
            // As text, so that no digit is lost.
            Value::Real(Some(number)) => json!(number.to_string()),
            Value::Bytes(Some(_)) => bail!("{}.{} holds bytes that no export knows", table.name, column.name),
            _ => Json::Null,
        };
        object.insert(column.name.clone(), json);
    }
    Ok(Json::Object(object))
}

/// What stands in for a secret that was left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Instead {
    /// A random word: what comes in is compared with it, and an empty one might let anybody in.
    Random,
    /// Nothing, by which its part is known not to be set up.
    Nothing,
}

/// The parts of names of settings that hold secrets; of several, the first counts.
const SECRET_NAMES: [(&str, Instead); 6] = [
    ("secret_key", Instead::Nothing),
    ("password", Instead::Random),
    ("secret", Instead::Random),
    ("token", Instead::Random),
    ("private_key", Instead::Nothing),
    ("api_key", Instead::Nothing),
];

/// What stands in for a setting of this name; `None` where it is no secret.
fn instead_of(name: &str) -> Option<Instead> {
    let of_name = SECRET_NAMES.iter().find(|(part, _)| name.contains(part));
    of_name.map(|(_, instead)| *instead)
}

/// Empties what settings hold of passwords, tokens and keys, wherever it stands in them.
fn blank_secrets(value: &mut Json) {
    match value {
        Json::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    Json::String(text) if instead_of(name).is_some() => text.clear(),
                    _ => blank_secrets(field),
                }
            }
        }
        Json::Array(all) => all.iter_mut().for_each(blank_secrets),
        _ => {}
    }
}

/// Puts a random word where a secret is missing, until somebody gives the right one.
fn fill_secrets(store: &Store, value: &mut Json) {
    match value {
        Json::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    Json::String(text) if text.is_empty() && instead_of(name) == Some(Instead::Random) => {
                        *text = store.env().secret();
                    }
                    _ => fill_secrets(store, field),
                }
            }
        }
        Json::Array(all) => all.iter_mut().for_each(|one| fill_secrets(store, one)),
        _ => {}
    }
}

async fn write_files(store: &Store, picture: &mut DbTx, folder: &Path, contents: &mut Contents) -> Result<()> {
    let mut after = String::new();
    loop {
        let names: Vec<(String,)> = sql("SELECT sha256 FROM blobs WHERE sha256 > $1 ORDER BY sha256 LIMIT 200")
            .bind(&after)
            .all(&mut *picture)
            .await?;
        let Some((last,)) = names.last() else { return Ok(()) };
        after.clone_from(last);
        for (sha256,) in names {
            match store.blobs().get(&sha256).await {
                Ok(bytes) => {
                    let path = path_of(folder, &sha256);
                    if let Some(parent) = path.parent() {
                        std::fs::create_dir_all(parent)?;
                    }
                    std::fs::write(&path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
                    contents.files += 1;
                }
                Err(conversation::Error::NotFound | conversation::Error::Corrupt { .. }) => {
                    contents.missing.push(sha256);
                }
                Err(error) => return Err(error).with_context(|| format!("the file {sha256} cannot be read")),
            }
        }
    }
}

/// Reads what an export is, before anything is changed.
///
/// # Errors
/// When it is none, is not whole, or comes from a newer release.
pub(crate) fn open(folder: &Path) -> Result<Contents> {
    let path = folder.join(MANIFEST);
    let bytes = std::fs::read(&path)
        .with_context(|| format!("{} is no whole export: {MANIFEST} cannot be read", folder.display()))?;
    let contents: Contents =
        serde_json::from_slice(&bytes).with_context(|| format!("{} is not understood", path.display()))?;
    if contents.manifest.format != FORMAT || contents.manifest.schema > catalog::newest_schema() {
        bail!(
            "this export was written by the newer release {}; install that release (or a later one) first",
            contents.manifest.version
        );
    }
    Ok(contents)
}

/// Fills the empty database of `store`, whose schema is the export's, in one transaction; checks every count and
/// sum, and brings the schema up to date.
///
/// # Errors
/// When a line or a file is damaged or does not fit; the database is as empty as before then.
pub(crate) async fn read(store: &Store, folder: &Path, contents: &Contents, progress: &mut Progress) -> Result<()> {
    progress.expect(contents.kinds.values().map(|total| total.rows.unsigned_abs()).sum());
    let mut tx = store.db().begin().await?;
    let references = tx.suspend_references().await?;
    let tables = catalog::tables(&mut tx).await?;
    for table in &tables {
        catalog::empty(&mut tx, table).await?;
    }
    for (kind, wanted) in &contents.kinds {
        let table = tables.iter().find(|table| table.name == *kind);
        let table = table.with_context(|| format!("this release does not know the kind {kind}"))?;
        let found = read_kind(store, &mut tx, table, folder, progress).await?;
        let stored = catalog::count(&mut tx, table).await?;
        ensure!(
            found == *wanted && stored == wanted.rows,
            "{kind}.jsonl is not as it was written: {} rows were expected, {} found and {stored} stored{}",
            wanted.rows,
            found.rows,
            if found.rows == wanted.rows {
                ", with other contents"
            } else {
                ""
            }
        );
    }
    tx.restore_references(&references)
        .await
        .context("the rows of the export do not fit together")?;
    tx.commit()
        .await
        .context("the rows of the export do not fit together")?;
    store.db().migrate().await?;
    progress.finish();
    Ok(())
}

async fn read_kind(
    store: &Store,
    tx: &mut DbTx,
    table: &Table,
    folder: &Path,
    progress: &mut Progress,
) -> Result<Total> {
    let path = folder.join(format!("{}.jsonl", table.name));
    let file = std::fs::File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut total = Total::default();
    let mut rows = Vec::new();
    for (number, line) in BufReader::with_capacity(256 * 1024, file).lines().enumerate() {
        let place = || format!("{}.jsonl, line {}", table.name, number + 1);
        let line = line.with_context(place)?;
        total.add(&line);
        let mut row = row_of(store, table, &line).with_context(place)?;
        if table.name == "blobs" {
            fill_blob(store, table, folder, &mut row).await.with_context(place)?;
        }
        rows.push(row);
        if rows.len() as i64 >= ROWS {
            progress.add(rows.len() as u64);
            catalog::insert(&mut *tx, table, std::mem::take(&mut rows))
                .await
                .with_context(place)?;
        }
    }
    progress.add(rows.len() as u64);
    catalog::insert(&mut *tx, table, rows)
        .await
        .with_context(|| format!("{} cannot be stored", path.display()))?;
    Ok(total)
}

fn row_of(store: &Store, table: &Table, line: &str) -> Result<Vec<Value>> {
    let object: Map<String, Json> = serde_json::from_str(line).context("that is no object")?;
    if let Some(name) = object
        .keys()
        .find(|name| !table.columns.iter().any(|column| column.name == **name))
    {
        bail!("`{name}` is no column of it");
    }
    table
        .columns
        .iter()
        .map(|column| {
            let value = object.get(&column.name).unwrap_or(&Json::Null);
            if is_in(SEALED, &table.name, &column.name) {
                let mut settings = value.clone();
                fill_secrets(store, &mut settings);
                let sealed = store.keys().seal(store.env(), &serde_json::to_vec(&settings)?)?;
                return Ok(Value::Bytes(Some(sealed)));
            }
            let parsed = match (column.kind, value) {
                (kind, Json::Null) => Some(kind.null()),
                (Kind::Text, Json::String(text)) => Some(Value::Text(Some(text.clone()))),
                (Kind::Int, Json::Number(number)) => number.as_i64().map(|number| Value::Int(Some(number))),
                (Kind::Bool, Json::Bool(flag)) => Some(Value::Bool(Some(*flag))),
                (Kind::Real, Json::String(text)) => text.parse().ok().map(|number| Value::Real(Some(number))),
                _ => None,
            };
            parsed.with_context(|| format!("`{}` does not hold {:?}", column.name, column.kind))
        })
        .collect()
}

/// Puts the bytes of a file where they belong: into the row, or beside it.
async fn fill_blob(store: &Store, table: &Table, folder: &Path, row: &mut [Value]) -> Result<()> {
    let at = |name: &str| table.columns.iter().position(|column| column.name == name);
    let (Some(name), Some(data)) = (at("sha256"), at("data")) else {
        return Ok(());
    };
    let Value::Text(Some(sha256)) = &row[name] else {
        return Ok(());
    };
    let is_name = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    ensure!(is_name, "`{sha256}` is no name of bytes");
    let bytes = match std::fs::read(path_of(folder, sha256)) {
        Ok(bytes) => bytes,
        // It was missing when it was written, too; the manifest names it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("the file {sha256} cannot be read")),
    };
    let found = line::sha256(&bytes);
    ensure!(found == *sha256, "the file {sha256} was changed: its bytes are {found}");
    if bytes.len() <= INLINE_BYTES {
        row[data] = Value::Bytes(Some(bytes));
    } else {
        store.blobs().put_object(sha256, bytes).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::LEFT_OUT;
    use super::*;
    use crate::testing::TestApp;

    #[tokio::test]
    async fn secrets_go_and_nothing_empty_takes_their_place() {
        let test = TestApp::new().await;
        let mut settings = json!({
            "access_token": "a", "app_secret": "b", "phone_number_id": "c",
            "smtp": { "auth": { "type": "password", "password": "d" }, "host": "e" }, "secret_key": "f", "dkim": [{ "private_key": "g" }]
        });
        blank_secrets(&mut settings);
        let blank = json!({
            "access_token": "", "app_secret": "", "phone_number_id": "c",
            "smtp": { "auth": { "type": "password", "password": "" }, "host": "e" }, "secret_key": "", "dkim": [{ "private_key": "" }]
        });
        assert_eq!(settings, blank);
        fill_secrets(test.store(), &mut settings);
        for path in ["/access_token", "/app_secret", "/smtp/auth/password"] {
            let secret = settings.pointer(path).and_then(Json::as_str).unwrap_or_default();
            assert!(secret.len() > 20, "{path}: {secret}");
        }
        assert_eq!(settings["phone_number_id"], "c");
        assert_eq!(settings["secret_key"], "", "payment is known not to be set up");
    }

    #[tokio::test]
    async fn every_table_is_either_read_by_all_or_held_back_knowingly() {
        let test = TestApp::new().await;
        let tables = catalog::tables(test.store().db()).await.unwrap();
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        for secret in SECRET.iter().chain(LEFT_OUT) {
            assert!(names.contains(secret), "there is no table {secret}");
        }
        // What looks like a secret is one of those, blank, or was looked at.
        let harmless = ["request_hash", "token"];
        for table in tables.iter().filter(|table| !SECRET.contains(&table.name.as_str())) {
            for column in &table.columns {
                let is_odd = ["token", "hash", "secret", "password"]
                    .iter()
                    .any(|word| column.name.contains(word))
                    || column.kind == Kind::Bytes;
                let is_known = is_in(BLANK, &table.name, &column.name)
                    || is_in(SEALED, &table.name, &column.name)
                    || LEFT_OUT.contains(&table.name.as_str())
                    || harmless.contains(&column.name.as_str());
                assert!(
                    !is_odd || is_known,
                    "{}.{} may be a secret: say so in the export",
                    table.name,
                    column.name
                );
            }
        }
    }
}
