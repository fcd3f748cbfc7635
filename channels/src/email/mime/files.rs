//! Names for files that have none.

use sha2::{Digest, Sha256};

use super::header::clean_line;
use super::parsed::{MailAttachment, file_name};
use super::tree::Part;
use crate::email::headers::Headers;

pub(super) fn named_file(name: &str, kind: &str, bytes: Vec<u8>) -> MailAttachment {
    MailAttachment {
        name: name.to_owned(),
        media_type: kind.to_owned(),
        inline: false,
        content_id: None,
        sha256: hex::encode(Sha256::digest(&bytes)),
        bytes,
    }
}

pub(super) fn made_up_name(part: &Part, bytes: &[u8], number: usize) -> String {
    if part.kind == "message/rfc822" || part.kind == "message/global" {
        let headers = Headers::read(&bytes[..bytes.len().min(64 * 1024)]);
        let subject = headers
            .get("subject")
            .map(|subject| file_name(&clean_line(&super::words::decode(subject))))
            .filter(|subject| !subject.is_empty());
        return format!("{}.eml", subject.unwrap_or_else(|| format!("message-{number}")));
    }
    let described = part
        .description
        .as_ref()
        .map(|words| file_name(words))
        .filter(|words| words.contains('.') && !words.contains(' '));
    described.unwrap_or_else(|| {
        let kind = if part.kind == "application/octet-stream" {
            infer::get(bytes).map_or(part.kind.as_str(), |kind| kind.mime_type())
        } else {
            part.kind.as_str()
        };
        format!("attachment-{number}.{}", extension(kind))
    })
}

pub(super) fn extension(kind: &str) -> &str {
    match kind {
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "text/vcard" | "text/x-vcard" => "vcf",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/svg+xml" => "svg",
        "image/heic" => "heic",
        "audio/mpeg" => "mp3",
        "audio/ogg" => "ogg",
        "video/mp4" => "mp4",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/json" => "json",
        "application/rtf" => "rtf",
        "application/pgp-signature" => "asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => "p7m",
        "message/rfc822" => "eml",
        "message/delivery-status" | "text/rfc822-headers" => "txt",
        _ => "bin",
    }
}
