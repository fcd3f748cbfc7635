//! Pictures of counters: beside the number that was read from them, or to a person where no number came.

use std::collections::HashMap;

use ::equipment::counters::Counter;
use ::equipment::machines::{self, Machine};
use ::equipment::requests::{self, Asked};
use ::equipment::{CounterId, ReadingId, RequestKind, readings, words};
use axum::extract::{Form, FromRequest as _, Multipart, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use conversation::Store;
use conversation::inbound::{BlobRef, InboundAttachment, InboundMessage};
use conversation::pictures::sniffed;
use maud::{Markup, html};
use ui::i18n;
use ui::{Ctx, routes};

use crate::Portal;
use crate::client::Client;
use crate::files;
use crate::form::{sender, written};
use crate::multipart::{self, Bounds, Posted};
use crate::request::{Failed, Page, Reader};

/// A customer may have many counters, each with its picture.
const BOUNDS: Bounds = Bounds { files: 40, fields: 800 };
const PURPOSE: &str = "reading photo";

/// A picture that came for a counter. Its bytes are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Photo {
    pub(super) media_type: String,
    pub(super) blob: BlobRef,
}

/// What phones make and the field takes.
fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    sniffed(bytes).filter(|kind| ["image/jpeg", "image/png", "image/webp"].contains(kind))
}

/// Reads the form, which programs and pages opened long ago send without files.
pub(super) async fn read(store: &Store, request: Request) -> Result<Posted, Failed> {
    let has_files = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    if has_files {
        let multipart = Multipart::from_request(request, &()).await;
        let multipart = multipart.map_err(|error| Failed::Status(error.status()))?;
        return Ok(multipart::read_within(store, multipart, BOUNDS, |_| true).await?);
    }
    let fields = <Form<HashMap<String, String>>>::from_request(request, &()).await;
    let Form(fields) = fields.map_err(|error| Failed::Status(error.status()))?;
    Ok(Posted::of_fields(fields))
}

/// The picture for a counter: sent now, or kept while its number was asked about. `Err` where it is none.
pub(super) async fn of_counter(
    portal: &Portal,
    client: &Client,
    posted: &Posted,
    counter: &CounterId,
) -> conversation::Result<Result<Option<Photo>, ()>> {
    let place = format!("photo-{counter}");
    if let Some(at) = posted.places.iter().position(|name| *name == place) {
        let blob = posted.files[at].blob.clone();
        let bytes = portal.store.blobs().get(&blob.sha256).await?;
        return Ok(kind_of(&bytes).ok_or(()).map(|kind| {
            Some(Photo {
                media_type: kind.to_owned(),
                blob,
            })
        }));
    }
    let kept = posted.field(&format!("kept-{counter}"));
    Ok(Ok(portal.store.keys().check(PURPOSE, kept).and_then(|text| {
        let mut parts = text.split('|');
        let mut next = || parts.next().unwrap_or_default();
        // Somebody else's, or of another counter, is none.
        let is_own = next() == client.contact.id.as_str() && next() == counter.as_str();
        let photo = Photo {
            media_type: next().to_owned(),
            blob: BlobRef {
                sha256: next().to_owned(),
                size: next().parse().ok()?,
            },
        };
        is_own.then_some(photo)
    })))
}

/// The field for a picture; what was sent before stays.
pub(super) fn field(
    portal: &Portal,
    ctx: &Ctx<'_>,
    client: &Client,
    counter: &CounterId,
    kept: Option<&Photo>,
    is_wrong: bool,
) -> Markup {
    let id = format!("p-{counter}");
    let signed = kept.map(|photo| {
        let (kind, blob) = (&photo.media_type, &photo.blob);
        let text = format!("{}|{counter}|{kind}|{}|{}", client.contact.id, blob.sha256, blob.size);
        portal.store.keys().sign(PURPOSE, &text)
    });
    html! {
        @if let Some(signed) = signed {
            p.hint { (ctx.t("eq-photo-kept")) }
            input type="hidden" name={ "kept-" (counter) } value=(signed);
        } @else {
            label for=(id) { (ctx.t("eq-photo-of-counter")) span.optional { " (" (ctx.t("form-optional")) ")" } }
            input.input.file-input id=(id) type="file" name={ "photo-" (counter) } accept="image/jpeg,image/png,image/webp" aria-invalid=[is_wrong.then_some("true")] aria-describedby=[is_wrong.then(|| format!("{id}-e"))];
            @if is_wrong { p.error id={ (id) "-e" } { (ctx.t("eq-photo-of-counter-kind")) } }
        }
    }
}

/// Gives pictures without a number to a person, one request for each machine.
pub(super) async fn give(
    portal: &Portal,
    client: &Client,
    once: &str,
    photos: Vec<(Machine, Counter, Photo)>,
) -> Result<(), Failed> {
    let (store, lang) = (&portal.store, client.lang);
    let mut by_machine: Vec<(Machine, Vec<(Counter, Photo)>)> = Vec::new();
    for (machine, counter, photo) in photos {
        match by_machine.iter_mut().find(|(known, _)| known.id == machine.id) {
            Some((_, all)) => all.push((counter, photo)),
            None => by_machine.push((machine, vec![(counter, photo)])),
        }
    }
    for (machine, photos) in by_machine {
        let from = sender(store, &client.contact, Some(lang)).await?;
        let files = photos.into_iter().map(|(counter, photo)| InboundAttachment {
            name: format!(
                "{}.{}",
                words::of(lang).counter(counter.kind),
                photo.media_type.trim_start_matches("image/")
            ),
            media_type: photo.media_type,
            inline: false,
            content_id: None,
            blob: photo.blob,
            source: None,
        });
        let id = format!("reading:{}:{}:{once}", client.contact.id, machine.id);
        let message = InboundMessage {
            attachments: files.collect(),
            ..written(store, "", from, id).await?
        };
        let asked = Asked {
            code: machine.code.clone(),
            machine: Some(machine),
            is_known: true,
            kind: RequestKind::Reading,
            fields: Vec::new(),
            text: i18n::t(lang, "eq-photo-to-read").into_owned(),
        };
        requests::file(&portal.equipment, asked, message).await?;
    }
    Ok(())
}

/// GET `/portal/readings/{id}/photo`.
pub(super) async fn show(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::READINGS).await?;
    let db = portal.store.db();
    let reading = readings::load(db, &ReadingId::from(id)).await?;
    let machine = machines::for_contact(db, &client.contact.id, &reading.machine_id).await?;
    if !machine.is_of_now(&reading.taken_on) {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    }
    let (Some(sha256), Some(kind)) = (&reading.photo_sha256, &reading.photo_type) else {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    };
    Ok(files::picture(kind, portal.store.blobs().get(sha256).await?))
}
