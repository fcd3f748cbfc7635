//! An empty installation of one process, in memory where the machine has room there.

use std::path::Path;

use conversation::blobs::{Blobs, folder};
use conversation::db::Db;
use conversation::keys::Keys;
use conversation::{Env, Store};

/// Its folder goes with the process.
pub async fn empty() -> Store {
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    }
    .expect("a folder")
    .keep();
    let db = Db::connect(&format!("sqlite:{}", dir.join("data.sqlite").display()), 2)
        .await
        .expect("a database");
    db.migrate().await.expect("the schema");
    let blobs = Blobs::new(db.clone(), folder(&dir).expect("a folder"));
    Store::new(db, blobs, Env::system(), Keys::new(vec![[7; 32]]).expect("a key"))
}
