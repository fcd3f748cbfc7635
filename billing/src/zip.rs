//! Many documents as one ZIP, written while it is read: one PDF is in memory at a time.

use std::collections::HashSet;

use async_zip::base::write::ZipFileWriter;
use async_zip::{Compression, ZipDateTimeBuilder, ZipEntryBuilder};
use conversation::{Error, Result};
use tokio::io::DuplexStream;

use crate::documents::{self, Document};
use crate::ids::DocumentId;
use crate::{Billing, pdf};

/// How many bytes wait for a slow reader.
const BUFFER: usize = 64 * 1024;

/// The name inside the ZIP: by day, then by number, so that names sort as time went.
pub fn entry_name(document: &Document) -> String {
    let stem = document
        .number
        .clone()
        .unwrap_or_else(|| format!("draft-{}", document.id));
    format!("{}_{}.pdf", document.issued_on, pdf::safe(&stem))
}

/// Begins the ZIP of these documents; reading the returned end drives the work. Documents that were thrown
/// away meanwhile are left out. When something fails the stream ends without the ZIP's directory, which
/// every program refuses: half an archive never looks whole.
pub fn stream(billing: &Billing, ids: Vec<DocumentId>) -> DuplexStream {
    let (writer, reader) = tokio::io::duplex(BUFFER);
    let billing = billing.clone();
    tokio::spawn(async move {
        if let Err(error) = write(&billing, ids, writer).await {
            tracing::warn!(%error, "a ZIP of documents was not finished");
        }
    });
    reader
}

async fn write(billing: &Billing, ids: Vec<DocumentId>, writer: DuplexStream) -> Result<()> {
    let broken = |error: async_zip::error::ZipError| Error::Conflict(format!("the reader went away: {error}"));
    let mut zip = ZipFileWriter::with_tokio(writer);
    let mut used: HashSet<String> = HashSet::new();
    for id in ids {
        let document = match documents::load(billing.store.db(), &id).await {
            Ok(document) => document,
            Err(Error::NotFound) => continue,
            Err(error) => return Err(error),
        };
        let mut name = entry_name(&document);
        let mut again = 1;
        while !used.insert(name.clone()) {
            again += 1;
            name = entry_name(&document).replace(".pdf", &format!("-{again}.pdf"));
        }
        let bytes = pdf::of(billing, &document).await?;
        let mut entry = ZipEntryBuilder::new(name.into(), Compression::Stored);
        if let Ok(day) = document.issued_on.parse::<jiff::civil::Date>() {
            let date = ZipDateTimeBuilder::new()
                .year(i32::from(day.year()))
                .month(u32::try_from(day.month()).unwrap_or(1))
                .day(u32::try_from(day.day()).unwrap_or(1))
                .build();
            entry = entry.last_modification_date(date);
        }
        zip.write_entry_whole(entry, &bytes).await.map_err(broken)?;
    }
    zip.close().await.map_err(broken)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::pdf::safe;

    #[test]
    fn names_hold_on_any_system() {
        for (text, name) in [
            ("INV-2026-0001", "INV-2026-0001"),
            ("../../etc/passwd", "etc-passwd"),
            ("F/2026:7*?", "F-2026-7"),
            ("número ñ", "número-ñ"),
            ("...", "document"),
        ] {
            assert_eq!(safe(text), name);
        }
    }
}
