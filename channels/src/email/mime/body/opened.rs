//! Parts that hold more than their own words: a meeting, Outlook's container, a signed mail, PGP's frame.

use sha2::{Digest, Sha256};

use super::{Bodies, Place, Segment};
use crate::email::headers::Headers;
use crate::email::headers::after_empty_line;
use crate::email::mime::files::extension;
use crate::email::mime::parsed::{MailAttachment, file_name};
use crate::email::mime::tree::{Part, Tree};
use crate::email::mime::{calendar, cms, tnef};

/// Signed within signed within signed.
const MAX_UNWRAPPED: usize = 4;

impl Bodies {
    /// Opens a part that holds more than its words: a meeting, Outlook's container, a signed mail. Whether that
    /// was all there is to it.
    pub(super) fn is_opened(&mut self, tree: &Tree<'_>, id: usize, place: Place, out: &mut Vec<Segment>) -> bool {
        let part = &tree.parts[id];
        if part.kind == "text/calendar" || is_named(part, ".ics") {
            let bytes = tree.contents(id);
            let text = self.text_of(part, &bytes);
            if self.invitation.is_none() {
                self.invitation = calendar::read(&text);
            }
            self.attach(tree, id);
            return true;
        }
        if tnef::is_kind(&part.kind) || is_named(part, "winmail.dat") {
            let bytes = tree.contents(id);
            if self.unwrap_tnef(&bytes, out) {
                return true;
            }
        }
        if is_cms(part) {
            let is_signature = part.kind.contains("signature") || is_named(part, ".p7s");
            self.is_signed |= is_signature;
            if !is_signature {
                self.unwrap_cms(tree, id, place, out);
                return true;
            }
        }
        false
    }

    /// Outlook's container: its files become ours, its body the body where there is no other.
    fn unwrap_tnef(&mut self, bytes: &[u8], out: &mut Vec<Segment>) -> bool {
        let Some(found) = tnef::read(bytes) else {
            return false;
        };
        let has_body = out.iter().any(|segment| match segment {
            Segment::Text(text) => !text.trim().is_empty(),
            _ => true,
        });
        let is_worth = !found.files.is_empty() || !found.html.is_empty() || !found.text.is_empty();
        if !is_worth {
            return false;
        }
        for file in found.files {
            let name = file_name(&file.name);
            let number = self.attachments.len() + 1;
            let kind = file
                .media_type
                .filter(|kind| kind.contains('/') && kind.len() < 100 && kind.bytes().all(|b| b.is_ascii_graphic()))
                .or_else(|| infer::get(&file.bytes).map(|kind| kind.mime_type().to_owned()))
                .unwrap_or_else(|| "application/octet-stream".to_owned());
            let is_inline = file.content_id.is_some() && kind.starts_with("image/");
            self.push(MailAttachment {
                name: if name.is_empty() {
                    format!("attachment-{number}.{}", extension(&kind))
                } else {
                    name
                },
                inline: is_inline,
                media_type: kind,
                content_id: file.content_id,
                sha256: hex::encode(Sha256::digest(&file.bytes)),
                bytes: file.bytes,
            });
        }
        if !has_body {
            match (found.text.trim().is_empty(), found.html.trim().is_empty()) {
                (_, true) => out.push(Segment::Text(found.text)),
                (true, false) => out.push(Segment::Html(found.html)),
                (false, false) => out.push(Segment::Both(found.text, found.html)),
            }
        }
        true
    }

    /// S/MIME: what is only signed can be read; what is encrypted is kept and says so.
    fn unwrap_cms(&mut self, tree: &Tree<'_>, id: usize, place: Place, out: &mut Vec<Segment>) {
        let bytes = tree.contents(id);
        let kind = tree.parts[id].content_type.plain("smime-type").unwrap_or_default();
        if !kind.eq_ignore_ascii_case("enveloped-data")
            && self.unwrapped < MAX_UNWRAPPED
            && let Some(inner) = cms::signed_content(&bytes)
        {
            self.is_signed = true;
            self.unwrapped += 1;
            let headers = Headers::read(&inner);
            let body = crate::email::headers::section_end(&inner);
            let body = after_empty_line(&inner, body);
            let inside = Tree::read(&inner, &headers, body);
            self.walk(&inside, 0, place, out);
        } else {
            self.is_encrypted = true;
        }
        self.attach(tree, id);
    }

    /// PGP inside the text: the frame goes, the label stays.
    pub(super) fn unarmour(&mut self, text: String) -> String {
        if text.contains("-----BEGIN PGP MESSAGE-----") {
            self.is_encrypted = true;
            return text;
        }
        let Some((before, signed)) = text.split_once("-----BEGIN PGP SIGNED MESSAGE-----") else {
            return text;
        };
        self.is_signed = true;
        let (signed, after) = match signed.split_once("-----BEGIN PGP SIGNATURE-----") {
            Some((signed, rest)) => {
                let after = rest
                    .split_once("-----END PGP SIGNATURE-----")
                    .map_or("", |(_, after)| after);
                (signed, after)
            }
            None => (signed, ""),
        };
        let signed = signed.trim_start_matches([' ', '\r']);
        let words: Vec<&str> = signed
            .trim_start_matches('\n')
            .lines()
            .skip_while(|line| line.starts_with("Hash:") || line.starts_with("Charset:"))
            // RFC 4880, 7.1: lines that begin with a dash got another one.
            .map(|line| line.strip_prefix("- ").unwrap_or(line))
            .collect();
        format!("{before}{}{after}", words.join("\n").trim_start_matches('\n'))
    }
}

fn is_named(part: &Part, name: &str) -> bool {
    part.file_name().is_some_and(|found| {
        let found = found.trim().to_ascii_lowercase();
        if name.starts_with('.') {
            found.ends_with(name)
        } else {
            found == name
        }
    })
}

fn is_cms(part: &Part) -> bool {
    matches!(
        part.kind.as_str(),
        "application/pkcs7-mime"
            | "application/x-pkcs7-mime"
            | "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
    ) || (part.kind == "application/octet-stream" && (is_named(part, ".p7m") || is_named(part, ".p7s")))
}
