//! `switchboard export` and `switchboard import switchboard`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use conversation::blobs::Blobs;
use conversation::db::Db;
use conversation::keys::Keys;
use conversation::{Env, Store};

use crate::app::{key_text, open_files, open_store, parse_key};
use crate::backup::export::{self, Contents};
use crate::backup::progress::Progress;
use crate::backup::read::is_empty;
use crate::config::Config;

pub(super) async fn write(config: Config, folder: &Path) -> Result<ExitCode> {
    let store = open_store(&config, Env::system()).await?;
    let mut progress = Progress::new("export", "rows", 0);
    let contents = export::write(&store, folder, &mut progress).await?;
    store.db().close().await;
    tell("wrote", &contents);
    for missing in &contents.missing {
        println!("missing: the file {missing} is named by the database and is not in the store");
    }
    println!(
        "{}: docs/export.md says what is in it. It holds no password, key or session; keep it as safe as what customers wrote.",
        folder.display()
    );
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn read(config: Config, folder: &Path) -> Result<ExitCode> {
    let contents = export::open(folder)?;
    let env = Env::system();
    let dir = &config.data.dir;
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make the data folder {}", dir.display()))?;
    let _alone = super::serve::lock_folder(dir)?;
    let db = Db::connect(&config.database_url(), config.database.connections)
        .await
        .context("the database cannot be reached; check database.url")?;
    let empty = "an export is read into an empty data folder (set data.dir) or an empty database (set database.url)";
    db.migrate_to_version(contents.manifest.schema)
        .await
        .with_context(|| format!("the database is not empty, or of another release; {empty}"))?;
    if !is_empty(&db).await? {
        bail!("the database is not empty; {empty}");
    }
    let keys = Keys::new(vec![parse_key(&key_text(&config, &env)?)?])?;
    let store = Store::new(db.clone(), Blobs::new(db, open_files(&config)?), env, keys);
    let mut progress = Progress::new("import", "rows", 0);
    export::read(&store, folder, &contents, &mut progress).await?;
    store.db().close().await;
    tell("read", &contents);
    println!(
        "every count and sum is right. Passwords, keys and sessions are not in an export: `switchboard agent link EMAIL` gives an administrator a way in, and inboxes, payments and single sign-on their passwords in the settings."
    );
    Ok(ExitCode::SUCCESS)
}

fn tell(verb: &str, contents: &Contents) {
    println!(
        "{verb} {} rows of {} kinds: {} conversations, {} messages, {} contacts; {} files",
        contents.kinds.values().map(|total| total.rows).sum::<i64>(),
        contents.kinds.len(),
        contents.rows("conversations"),
        contents.rows("messages"),
        contents.rows("contacts"),
        contents.files
    );
}
