//! Forms with files, read with bounds. Files are stored as they come in, one in memory at a time.

use std::collections::HashMap;

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use conversation::Store;
use conversation::inbound::InboundAttachment;
use conversation::letters::turns_direction;

/// The most files of one form.
pub(crate) const MOST_FILES: usize = 5;
/// The largest file, in bytes.
pub(crate) const LARGEST_FILE: usize = 10 * 1024 * 1024;
/// The largest form, in bytes.
pub(crate) const MOST_BYTES: usize = MOST_FILES * LARGEST_FILE + 512 * 1024;
/// The longest field, in bytes.
const LONGEST_FIELD: usize = 128 * 1024;

/// How much a form may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Files.
    pub(crate) files: usize,
    /// Other fields.
    pub(crate) fields: usize,
}

/// What most forms may have.
const USUAL: Bounds = Bounds {
    files: MOST_FILES,
    fields: 32,
};

/// A form.
#[derive(Debug, Default)]
pub(crate) struct Posted {
    fields: HashMap<String, String>,
    /// Files, stored.
    pub(crate) files: Vec<InboundAttachment>,
    /// The field that each file came in.
    pub(crate) places: Vec<String>,
    /// What is wrong with the files, if anything is.
    pub(crate) trouble: Option<Trouble>,
}

/// What is wrong with the files of a form: the names of those that did not go along.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Too large.
    pub(crate) large: Vec<String>,
    /// More than a form may have.
    pub(crate) beyond: Vec<String>,
}

/// The most names that are said.
const MOST_NAMES: usize = 20;

/// Why a form could not be read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It is no form, broken off, or too large as a whole.
    Broken(axum::http::StatusCode),
    /// Its files could not be stored.
    Store(conversation::Error),
}

impl From<Unread> for crate::request::Failed {
    fn from(error: Unread) -> Self {
        match error {
            Unread::Broken(status) => crate::request::Failed::Status(status),
            Unread::Store(error) => crate::request::Failed::Core(error),
        }
    }
}

impl Posted {
    /// A form without files.
    pub(crate) fn of_fields(fields: HashMap<String, String>) -> Posted {
        Posted {
            fields,
            ..Posted::default()
        }
    }

    /// The names of the fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// A field, trimmed; empty where it is missing.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.trim())
    }
}

/// Reads a form within the usual bounds. `may_store` looks at the fields before the first file and says whether its files
/// are to be kept.
pub(crate) async fn read(
    store: &Store,
    multipart: Multipart,
    may_store: impl Fn(&Posted) -> bool,
) -> Result<Posted, Unread> {
    read_within(store, multipart, USUAL, may_store).await
}

/// Reads a form within other bounds.
pub(crate) async fn read_within(
    store: &Store,
    mut multipart: Multipart,
    most: Bounds,
    may_store: impl Fn(&Posted) -> bool,
) -> Result<Posted, Unread> {
    let broken = |error: axum::extract::multipart::MultipartError| Unread::Broken(error.status());
    let mut posted = Posted::default();
    let mut fitting = 0;
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(safe_name) {
            Some(file_name) => {
                let media_type = media_type(field.content_type().unwrap_or_default());
                // What is not kept is read all the same: a browser that is cut off shows no page.
                let may = may_store(&posted);
                let (bytes, is_whole) = take(field, if may { LARGEST_FILE } else { 0 }).await.map_err(broken)?;
                if !may || (bytes.is_empty() && is_whole) {
                    continue;
                }
                let is_beyond = fitting >= most.files;
                fitting += usize::from(is_whole);
                if !is_whole || is_beyond {
                    // All of them are named, so that one round is enough.
                    let trouble = posted.trouble.get_or_insert_default();
                    let names = if is_whole {
                        &mut trouble.beyond
                    } else {
                        &mut trouble.large
                    };
                    if names.len() < MOST_NAMES {
                        names.push(file_name);
                    }
                } else if posted.trouble.is_none() {
                    let blob = store.put_blob(&bytes).await.map_err(Unread::Store)?;
                    posted.places.push(name);
                    posted.files.push(InboundAttachment {
                        name: file_name,
                        media_type,
                        inline: false,
                        content_id: None,
                        blob,
                        source: None,
                    });
                }
            }
            None => {
                let (bytes, is_whole) = take(field, LONGEST_FIELD).await.map_err(broken)?;
                if !is_whole || posted.fields.len() >= most.fields {
                    return Err(Unread::Broken(axum::http::StatusCode::PAYLOAD_TOO_LARGE));
                }
                let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
                posted.fields.insert(name, text);
            }
        }
    }
    Ok(posted)
}

/// Up to `most` bytes of a field and whether that was all; the rest is read and dropped.
async fn take(mut field: Field<'_>, most: usize) -> Result<(Vec<u8>, bool), axum::extract::multipart::MultipartError> {
    let mut bytes = Vec::new();
    let mut is_whole = true;
    while let Some(chunk) = field.chunk().await? {
        if is_whole && bytes.len() + chunk.len() <= most {
            bytes.extend_from_slice(&chunk);
        } else {
            is_whole = false;
            bytes = Vec::new();
        }
    }
    Ok((bytes, is_whole))
}

/// A file's name without folders, control characters and what turns the direction it is read in.
pub fn safe_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = base
        .chars()
        .filter(|c| !c.is_control() && !turns_direction(*c))
        .take(150)
        .collect();
    let clean = clean.trim().trim_start_matches('.').to_owned();
    if clean.is_empty() { "file".to_owned() } else { clean }
}

/// A media type as it may be stored: `type/subtype` without parameters, or just bytes.
pub fn media_type(text: &str) -> String {
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_'))
    };
    match essence.split_once('/') {
        Some((kind, subtype)) if essence.len() <= 100 && is_token(kind) && is_token(subtype) => essence,
        _ => "application/octet-stream".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::safe_name;

    #[test]
    fn a_name_has_no_folder_and_reads_as_it_ends() {
        for (name, expected) in [
            ("../../etc/x", "x"),
            ("C:\\a\\b.pdf", "b.pdf"),
            ("fac\u{202e}fdp.exe", "facfdp.exe"),
            ("\u{2067}..", "file"),
            ("", "file"),
            ("recibo ñ.pdf", "recibo ñ.pdf"),
        ] {
            assert_eq!(safe_name(name), expected, "{name:?}");
        }
    }
}
