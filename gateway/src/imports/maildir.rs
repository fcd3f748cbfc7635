//! The mails of a Maildir folder: `cur` and `new`, and those of the folders inside it.

use std::io;
use std::path::{Path, PathBuf};

/// Folders inside folders are followed this far.
const DEPTH: usize = 8;

/// Whether a folder is a Maildir, or holds one.
pub(crate) fn is_maildir(folder: &Path) -> bool {
    !folders(folder, 0).is_empty()
}

/// All files of it and its folders, in the order of their names, which begin with the time of arrival: so what was
/// sent stands between what it answers and the answer to it.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in folders(folder, 0) {
        for part in ["cur", "new"] {
            let part = folder.join(part);
            if !part.is_dir() {
                continue;
            }
            for entry in std::fs::read_dir(&part)? {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    files.push(entry.path());
                }
            }
        }
    }
    files.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
    Ok(files)
}

/// The Maildirs in a folder, itself first. Links are not followed.
fn folders(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if folder.join("cur").is_dir() {
        found.push(folder.to_owned());
    }
    if depth == DEPTH {
        return found;
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    let mut inner: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| !["cur", "new", "tmp"].iter().any(|name| entry.file_name() == *name))
        .map(|entry| entry.path())
        .collect();
    inner.sort();
    for folder in inner {
        found.extend(folders(&folder, depth + 1));
    }
    found
}
