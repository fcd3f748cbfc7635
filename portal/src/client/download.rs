//! All documents, or some, as one ZIP.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use billing::listing::{self, Cursor};
use billing::{DocumentId, documents, words, zip};
use conversation::types::Language;
use ui::routes;

use super::Client;
use super::home::Choice;
use crate::request::{Failed, Page, Reader};
use crate::{Portal, archive, links};

/// The most documents of one ZIP.
const MOST: usize = 20_000;

/// What is asked for.
struct Wanted {
    /// These; none where it is all that `choice` shows.
    ids: Option<Vec<DocumentId>>,
    /// How the list was narrowed.
    choice: Choice,
}

impl Wanted {
    /// Reads a form; none where it is none.
    fn read(body: &[u8]) -> Option<Wanted> {
        let mut ids: Vec<DocumentId> = Vec::new();
        let mut is_all = false;
        let mut choice = Choice::default();
        for (name, value) in pairs(body)? {
            match name.as_str() {
                "id" if ids.len() < MOST => ids.push(DocumentId::from(value)),
                "all" => is_all = true,
                "year" => choice.year = value,
                "from" => choice.from = value,
                "to" => choice.to = value,
                "status" => choice.status = value,
                _ => {}
            }
        }
        Some(Wanted {
            ids: (!is_all).then_some(ids),
            choice,
        })
    }

    async fn documents(&self, portal: &Portal, client: &Client) -> Result<Vec<DocumentId>, Failed> {
        let db = portal.store.db();
        if let Some(ids) = &self.ids {
            // One that is not theirs makes the whole request wrong: nobody picks such a one by accident.
            for id in ids {
                documents::for_contact(db, &client.contact.id, id).await?;
            }
            return Ok(ids.clone());
        }
        let filter = self.choice.filter(client, &portal.billing.today().to_string());
        let mut found: Vec<DocumentId> = Vec::new();
        let mut after: Option<Cursor> = None;
        while found.len() < MOST {
            let page = listing::list(db, &filter, after.as_ref(), 500).await?;
            let Some(last) = page.last() else { break };
            after = Some(Cursor::behind(last, &filter));
            found.extend(page.into_iter().map(|document| document.id));
        }
        Ok(found)
    }

    /// What the file is called in the reader's language.
    fn file_name(&self, lang: Language) -> String {
        let name = words::of(lang).zip;
        match self.choice.year.parse::<i16>() {
            Ok(year) => format!("{name}-{year}.zip"),
            Err(_) => format!("{name}.zip"),
        }
    }
}

/// POST `/portal/documents.zip`: `id`…, or `all` with the filters of the list.
pub(super) async fn zip(State(portal): State<Portal>, reader: Reader, headers: HeaderMap, body: Bytes) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::STATEMENT).await?;
    portal.limits.downloads.check(client.contact.id.as_str())?;
    let wanted = Wanted::read(&body).ok_or(Failed::Status(StatusCode::BAD_REQUEST))?;
    let chosen = wanted.documents(&portal, &client).await?;
    if chosen.is_empty() {
        let list = format!("{}?{}&said=choose", routes::STATEMENT, wanted.choice.query());
        return Ok(crate::request::see_other(&list));
    }
    let detail = format!("{} ZIP", chosen.len());
    links::note(
        &portal.store,
        &client.contact.id,
        "downloaded",
        &detail,
        &client.address,
        &client.agent,
    )
    .await?;
    let reading = zip::stream(&portal.billing, chosen);
    Ok(archive::answer(&wanted.file_name(reader.lang), reading))
}

/// The pairs of a form.
pub(super) fn pairs(body: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(body).ok()?;
    Some(
        text.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (unescape(name), unescape(value))
            })
            .collect(),
    )
}

/// What a form escapes; ids, years and statuses are plain, so that anything odd simply finds nothing.
fn unescape(text: &str) -> String {
    text.replace('+', " ")
}
