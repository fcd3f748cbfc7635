//! One document: its page, its PDF, its files, and the answer to an estimate.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use billing::documents::{self, Document};
use billing::issue::{self, Verdict};
use billing::notify::{self, News};
use billing::state::{Kind, State as Stage, Status};
use billing::{DocumentId, payments, pdf, settings, words};
use conversation::{Error, audit};
use serde::Deserialize;
use ui::client_pages::{self, DocumentView, EntryRow, FileRow, Part, TransferForm};
use ui::components::Tone;
use ui::{i18n, routes};

use super::{Client, transfer, view};
use crate::request::{Failed, Page, Reader, page, see_other};
use crate::{Portal, files, links};

/// Who reads and the document, if they may see it. A missing one and somebody else's answer alike.
pub(super) async fn open(
    portal: &Portal,
    reader: &Reader,
    headers: &HeaderMap,
    id: &str,
) -> Result<(Client, Document), Failed> {
    let here = routes::path(routes::DOCUMENT, id);
    let client = Client::open(portal, reader, headers, &here).await?;
    let document = documents::for_contact(portal.store.db(), &client.contact.id, &DocumentId::from(id)).await?;
    Ok((client, document))
}

/// What just happened, as the address says it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    said: Option<String>,
}

/// GET `/portal/documents/{id}`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(said): Query<Said>,
) -> Page {
    let (client, document) = open(&portal, &reader, &headers, &id).await?;
    // A refresh of an open page is no new look.
    let document = if headers.contains_key("x-live") {
        document
    } else {
        issue::view(&portal.billing, &client.actor, &document).await?;
        let detail = serde_json::json!({ "name": document.name() });
        audit::note(
            &portal.store,
            &client.actor,
            "document.viewed",
            document.id.as_str(),
            &detail,
        )
        .await?;
        documents::load(portal.store.db(), &document.id).await?
    };
    let lang = reader.lang;
    let said = match said.said.as_deref() {
        Some("paid") => Some((Tone::Good, "client-paid-thanks")),
        Some("pending") => Some((Tone::Warn, "client-paid-pending")),
        Some("unpaid") => Some((Tone::Warn, "client-paid-not")),
        Some("announced") => Some((Tone::Good, "client-announced")),
        Some("accepted") => Some((Tone::Good, "client-accepted")),
        Some("declined") => Some((Tone::Neutral, "client-declined")),
        Some("again") => Some((Tone::Good, "client-sent-again")),
        Some("nowhere") => Some((Tone::Warn, "client-sent-nowhere")),
        _ => None,
    };
    let said = said.map(|(tone, key)| (tone, i18n::t(lang, key).into_owned()));
    draw(&portal, &client, &document, said, StatusCode::OK).await
}

pub(super) async fn draw(
    portal: &Portal,
    client: &Client,
    document: &Document,
    said: Option<(Tone, String)>,
    status: StatusCode,
) -> Page {
    draw_with(portal, client, document, said, status, None).await
}

/// The page with a form for a transfer that was not taken.
pub(super) async fn draw_with(
    portal: &Portal,
    client: &Client,
    document: &Document,
    said: Option<(Tone, String)>,
    status: StatusCode,
    announce: Option<TransferForm>,
) -> Page {
    let lang = client.lang;
    let db = portal.store.db();
    let content = pdf::content(&portal.billing, document).await?;
    let entries = payments::of_document(db, &document.id).await?;
    let beside = payments::beside(db, &document.id).await?;
    let today = portal.billing.today().to_string();
    let shown = document.status(&today);
    let said_words = words::of(lang);
    let url = routes::path(routes::DOCUMENT, document.id.as_str());
    let open = document.open();
    let is_open = document.kind == Kind::Invoice && open > 0 && document.state != Stage::Draft;
    let has_stripe = settings::stripe(db, &portal.store).await?.is_set();
    let can_pay = has_stripe && document.is_payable();
    // Beside the card, too: many pay by transfer, and a failed card leads there.
    // What is on its way is not asked for a second time.
    let bank = if is_open && open > document.pending {
        client.business.bank.clone()
    } else {
        String::new()
    };
    let view = DocumentView {
        frame: client.frame(portal, Part::Billing, &url, said).await?,
        title: view::title(document, lang),
        status: said_words.standing(document.kind, shown).to_owned(),
        tone: view::tone(shown),
        sum: document
            .currency
            .format(if is_open { open } else { document.total }, lang),
        sum_label: if is_open { said_words.open } else { said_words.total }.to_owned(),
        facts: view::facts(&content, lang),
        from: view::party(
            &content.issuer.name,
            &content.issuer.address,
            &content.issuer.tax_id,
            lang,
        ),
        to: view::party(
            &content.bill_to.name,
            &content.bill_to.address,
            &content.bill_to.tax_id,
            lang,
        ),
        to_label: said_words.bill_to.to_owned(),
        lines: view::lines(&content, lang),
        sums: view::sums(&content, lang),
        notes: document.notes.clone(),
        entries: entries
            .iter()
            .map(|entry| {
                let (text, tone) = view::entry(entry, lang);
                EntryRow {
                    day: words::day(&entry.happened_on, lang),
                    words: text,
                    sum: entry.currency.format(entry.amount, lang),
                    tone,
                    beside: view::beside(entry, &beside, "/portal/documents"),
                }
            })
            .collect(),
        files: documents::files(db, &document.id)
            .await?
            .into_iter()
            .map(|file| FileRow {
                url: format!("{url}/files/{}", routes::escape(&file.id)),
                name: file.name,
            })
            .collect(),
        can_pay,
        announce: (is_open && document.is_payable())
            .then(|| announce.unwrap_or_else(|| transfer::form(portal, document, lang, None))),
        transfer: bank,
        reference: document.name().to_owned(),
        can_send: document.state != Stage::Draft,
        can_decide: document.kind == Kind::Estimate && matches!(shown, Status::Sent | Status::Viewed),
        notice: view::notice(document, lang),
        url,
    };
    Ok(page(status, client_pages::document(&portal.ctx(lang), &view)))
}

/// GET `/portal/documents/{id}/pdf`.
pub(super) async fn pdf(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, document) = open(&portal, &reader, &headers, &id).await?;
    issue::view(&portal.billing, &client.actor, &document).await?;
    let bytes = pdf::of(&portal.billing, &document).await?;
    links::note(
        &portal.store,
        &client.contact.id,
        "downloaded",
        document.name(),
        &client.address,
        &client.agent,
    )
    .await?;
    Ok(pdf_response(&pdf::file_name(&document), bytes))
}

/// POST `/portal/documents/{id}/again`: the mail of it once more, to where mails of its customer go.
pub(super) async fn send_again(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let (client, document) = open(&portal, &reader, &headers, &id).await?;
    if document.state == Stage::Draft {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    }
    portal.limits.copies.check(document.id.as_str())?;
    let said = match notify::tell(&portal.billing, &document, News::Sent).await? {
        true => "again",
        false => "nowhere",
    };
    let (whose, name) = (&client.contact.id, document.name());
    links::note(&portal.store, whose, "sent_again", name, &client.address, &client.agent).await?;
    let url = routes::path(routes::DOCUMENT, document.id.as_str());
    Ok(see_other(&format!("{url}?said={said}")))
}

/// The answer with a PDF, shown in place where the browser can.
pub fn pdf_response(name: &str, bytes: Vec<u8>) -> Response {
    let ascii: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && c != '"' { c } else { '_' })
        .collect();
    let disposition = format!(
        "inline; filename=\"{ascii}\"; filename*=UTF-8''{}",
        routes::escape(name)
    );
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Viewers of PDF are no pages of ours: nothing else may load, nor frame it.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'",
        ),
    );
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// GET `/portal/documents/{id}/files/{file}`.
pub(super) async fn file(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path((id, file)): Path<(String, String)>,
) -> Page {
    let (client, document) = open(&portal, &reader, &headers, &id).await?;
    let file = documents::file(portal.store.db(), &file).await?;
    if file.document_id != document.id {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    }
    let detail = serde_json::json!({ "name": file.name });
    audit::note(&portal.store, &client.actor, "file.opened", &file.id, &detail).await?;
    let bytes = portal.store.blobs().get(&file.sha256).await?;
    Ok(files::file_response(&file.name, &file.media_type, bytes))
}

/// The answer to an estimate.
#[derive(Debug, Deserialize)]
pub(super) struct Decision {
    verdict: String,
}

/// POST `/portal/documents/{id}/decision`.
pub(super) async fn decide(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
    decision: Result<Form<Decision>, FormRejection>,
) -> Page {
    let (client, document) = open(&portal, &reader, &headers, &id).await?;
    let Form(decision) = decision.map_err(|error| Failed::Status(error.status()))?;
    let (verdict, said) = match decision.verdict.as_str() {
        "accept" => (Verdict::Accept, "accepted"),
        "decline" => (Verdict::Decline, "declined"),
        _ => return Err(Failed::Status(StatusCode::UNPROCESSABLE_ENTITY)),
    };
    match issue::decide(&portal.billing, &client.actor, &document.id, verdict).await {
        Ok(_) => {
            let name = document.name();
            links::note(
                &portal.store,
                &client.contact.id,
                "decided",
                name,
                &client.address,
                &client.agent,
            )
            .await?;
            let url = routes::path(routes::DOCUMENT, document.id.as_str());
            Ok(see_other(&format!("{url}?said={said}")))
        }
        Err(Error::Conflict(_)) => {
            let status =
                words::of(client.lang).status(document.kind, document.status(&portal.billing.today().to_string()));
            let said = format!("{} {status}", i18n::t(client.lang, "client-not-allowed"));
            draw(
                &portal,
                &client,
                &document,
                Some((Tone::Bad, said)),
                StatusCode::CONFLICT,
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}
