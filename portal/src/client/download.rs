//! All documents, or some, as one ZIP.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use billing::listing::{self, Cursor};
use billing::{DocumentId, documents, words, zip};
use futures::stream;
use tokio::io::AsyncReadExt;
use ui::routes;

use super::Client;
use super::home::Choice;
use crate::request::{Failed, Page, Reader};
use crate::{Portal, links};

/// The most documents of one ZIP.
const MOST: usize = 20_000;

/// POST `/portal/documents.zip`: `id`…, or `all` with the filters of the list.
pub(super) async fn zip(State(portal): State<Portal>, reader: Reader, headers: HeaderMap, body: Bytes) -> Page {
    let client = match Client::open(&portal, &reader, &headers, routes::STATEMENT).await? {
        Ok(client) => client,
        Err(response) => return Ok(response),
    };
    portal.limits.downloads.check(client.contact.id.as_str())?;
    let mut ids: Vec<DocumentId> = Vec::new();
    let mut is_all = false;
    let mut choice = Choice::default();
    let fields: Vec<(String, String)> = serde_urlencoded_pairs(&body).ok_or(Failed::Status(StatusCode::BAD_REQUEST))?;
    for (name, value) in fields {
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
    let db = portal.store.db();
    let chosen = if is_all {
        let today = portal.billing.today().to_string();
        let filter = choice.filter(&client, &today);
        let mut found: Vec<DocumentId> = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let page = listing::list(db, &filter, after.as_ref(), 500).await?;
            let Some(last) = page.last() else { break };
            after = Some(Cursor::behind(last, &filter));
            found.extend(page.into_iter().map(|document| document.id));
            if found.len() >= MOST {
                break;
            }
        }
        found
    } else {
        // One that is not theirs makes the whole request wrong: nobody picks such a one by accident.
        for id in &ids {
            documents::for_contact(db, &client.contact.id, id).await?;
        }
        ids
    };
    if chosen.is_empty() {
        return Ok(crate::request::see_other(routes::STATEMENT));
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
    let mut name = words::of(reader.lang).zip.to_owned();
    if let Ok(year) = choice.year.parse::<i16>() {
        name.push_str(&format!("-{year}"));
    }
    let reading = zip::stream(&portal.billing, chosen);
    let chunks = stream::unfold(reading, |mut reading| async move {
        let mut buffer = vec![0u8; 32 * 1024];
        match reading.read(&mut buffer).await {
            Ok(0) => None,
            Ok(count) => {
                buffer.truncate(count);
                Some((Ok::<_, std::io::Error>(Bytes::from(buffer)), reading))
            }
            Err(error) => Some((Err(error), reading)),
        }
    });
    Ok((
        [
            (header::CONTENT_TYPE, "application/zip".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}.zip\""),
            ),
            (header::CONTENT_ENCODING, "identity".to_owned()),
        ],
        Body::from_stream(chunks),
    )
        .into_response())
}

/// The pairs of a form.
fn serde_urlencoded_pairs(body: &[u8]) -> Option<Vec<(String, String)>> {
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
