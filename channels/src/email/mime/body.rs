//! What of a mail is its text, what is its HTML, and what are its files.

mod opened;

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::calendar::Invitation;
use super::charset;
use super::files::{made_up_name, named_file};
use super::parsed::{MAX_ATTACHMENTS, MailAttachment, file_name};
use super::plain::{enriched, flowed, push_as_html, push_text};
use super::tree::{Part, Tree};
use crate::email::html;

/// Text beyond this, in bytes, is a file and not a message that anybody reads on a page.
const MAX_TEXT: usize = 1024 * 1024;

/// What the parts of one mail come to.
#[derive(Default)]
pub(super) struct Bodies {
    /// The body as text; empty where there is only HTML.
    pub(super) text: String,
    /// The body as HTML; empty where there is none.
    pub(super) html: String,
    /// The files.
    pub(super) attachments: Vec<MailAttachment>,
    /// The machine's part of a delivery status notification.
    pub(super) delivery_status: Option<String>,
    /// The mail or header that a notification sends back, or that was forwarded whole.
    pub(super) returned: Option<Vec<u8>>,
    /// A meeting.
    pub(super) invitation: Option<Invitation>,
    /// Somebody signed it.
    pub(super) is_signed: bool,
    /// It can only be read with a key that we do not have.
    pub(super) is_encrypted: bool,
    /// HTML that is too long or too deep to be shown; it is among the files.
    has_wild_html: bool,
    /// The last label of the sender's domain.
    country: Option<String>,
    unwrapped: usize,
    text_bytes: usize,
    /// Pictures that the HTML names by their place (RFC 2557).
    locations: Vec<String>,
}

/// Where in the structure a part stands.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// One of several forms of the same words.
    is_alternative: bool,
    /// Belongs to another part that shows it.
    is_related: bool,
}

enum Segment {
    Text(String),
    Html(String),
    Both(String, String),
}

impl Bodies {
    pub(super) fn collect(tree: &Tree<'_>, country: Option<&str>) -> Bodies {
        let mut bodies = Bodies {
            country: country.map(str::to_owned),
            ..Bodies::default()
        };
        let mut segments = Vec::new();
        bodies.walk(tree, 0, Place::default(), &mut segments);
        bodies.put_together(segments);
        bodies
    }

    /// A mail that is nothing but words.
    pub(super) fn of_text(text: String) -> Bodies {
        Bodies {
            text,
            ..Bodies::default()
        }
    }

    fn put_together(&mut self, segments: Vec<Segment>) {
        let has_html = segments
            .iter()
            .any(|s| matches!(s, Segment::Html(_) | Segment::Both(..)));
        let is_html_alone = segments.iter().any(|s| matches!(s, Segment::Html(_)));
        for segment in segments {
            match segment {
                Segment::Text(text) => {
                    if has_html {
                        push_as_html(&mut self.html, &text);
                    }
                    push_text(&mut self.text, &text);
                }
                Segment::Html(html) => self.html.push_str(&html),
                Segment::Both(text, html) => {
                    push_text(&mut self.text, &text);
                    self.html.push_str(&html);
                }
            }
        }
        for location in &self.locations {
            // Two of the ways to write it; the cleaner drops what is neither.
            for quote in ['"', '\''] {
                let source = format!("src={quote}{location}{quote}");
                if self.html.contains(&source) {
                    self.html = self.html.replace(&source, &format!("src={quote}cid:{location}{quote}"));
                }
            }
        }
        if is_html_alone && !self.has_wild_html {
            // Some of the body exists as HTML only, so the text is made from all of it.
            self.text.clear();
        }
    }

    fn walk(&mut self, tree: &Tree<'_>, id: usize, place: Place, out: &mut Vec<Segment>) {
        let part = &tree.parts[id];
        match part.kind.as_str() {
            "multipart/alternative" => self.alternative(tree, id, place, out),
            "multipart/related" => {
                let root = related_root(tree, part);
                for child in &part.children {
                    let place = Place {
                        is_related: Some(*child) != root,
                        ..place
                    };
                    self.walk(tree, *child, place, out);
                }
            }
            "multipart/signed" => {
                self.is_signed = true;
                self.each(tree, part, place, out);
            }
            "multipart/encrypted" => {
                self.is_encrypted = true;
                for child in &part.children {
                    self.attach(tree, *child);
                }
            }
            "multipart/report" => {
                for (index, child) in part.children.iter().enumerate() {
                    let is_words = index == 0 || tree.parts[*child].is_multipart();
                    if is_words {
                        self.walk(tree, *child, place, out);
                    } else {
                        self.reported(tree, *child);
                        self.attach(tree, *child);
                    }
                }
            }
            kind if kind.starts_with("multipart/") => self.each(tree, part, place, out),
            _ => self.leaf(tree, id, place, out),
        }
    }

    fn each(&mut self, tree: &Tree<'_>, part: &Part, place: Place, out: &mut Vec<Segment>) {
        for child in &part.children {
            self.walk(tree, *child, place, out);
        }
    }

    /// The same words several times: the plain form and the richest one that we can show.
    fn alternative(&mut self, tree: &Tree<'_>, id: usize, place: Place, out: &mut Vec<Segment>) {
        let place = Place {
            is_alternative: true,
            ..place
        };
        let (mut best_text, mut best_html) = (String::new(), String::new());
        for child in &tree.parts[id].children {
            let mut inner = Vec::new();
            self.walk(tree, *child, place, &mut inner);
            let has_html = inner.iter().any(|s| !matches!(s, Segment::Text(_)));
            let (mut text, mut html) = (String::new(), String::new());
            for segment in inner {
                match segment {
                    Segment::Text(words) => {
                        if has_html {
                            push_as_html(&mut html, &words);
                        }
                        push_text(&mut text, &words);
                    }
                    Segment::Html(source) => html.push_str(&source),
                    Segment::Both(words, source) => {
                        push_text(&mut text, &words);
                        html.push_str(&source);
                    }
                }
            }
            if best_text.trim().is_empty() && !has_html {
                best_text = text;
            }
            if !html.trim().is_empty() {
                best_html = html;
            }
        }
        match (best_text.trim().is_empty(), best_html.is_empty()) {
            (_, true) => out.push(Segment::Text(best_text)),
            (true, false) => out.push(Segment::Html(best_html)),
            (false, false) => out.push(Segment::Both(best_text, best_html)),
        }
    }

    fn leaf(&mut self, tree: &Tree<'_>, id: usize, place: Place, out: &mut Vec<Segment>) {
        let part = &tree.parts[id];
        self.reported(tree, id);
        if self.is_opened(tree, id, place, out) {
            return;
        }
        if part.kind == "application/pgp-signature" {
            self.is_signed = true;
        }
        if part.kind == "application/pgp-encrypted" {
            self.is_encrypted = true;
        }
        let is_body = self.is_body(part, place, out);
        match part.kind.as_str() {
            "text/html" | "application/xhtml+xml" if is_body => out.extend(self.page(tree, id)),
            "text/enriched" | "text/richtext" if is_body => {
                let bytes = tree.contents(id);
                let text = self.text_of(part, &bytes);
                out.push(Segment::Text(enriched(&text)));
            }
            kind if is_body && is_readable(kind) => {
                let text = self.words(tree, id);
                out.push(Segment::Text(text));
            }
            // The same words for a watch or a page that runs programs: no file of anybody's.
            "text/watch-html" | "text/x-amp-html" if place.is_alternative => {}
            _ => self.attach(tree, id),
        }
    }

    /// A part that is a page. What is too wild to be shown goes to the files, too.
    fn page(&mut self, tree: &Tree<'_>, id: usize) -> Option<Segment> {
        let bytes = tree.contents(id);
        let bytes = self.within_limit(tree, id, bytes);
        if bytes.is_empty() {
            return None;
        }
        let declared = tree.parts[id].content_type.plain("charset");
        let named = charset::of_html(&bytes);
        let label = match (declared, &named) {
            // The declaration in the header counts, unless it says nothing.
            (Some(label), Some(own)) if label.eq_ignore_ascii_case("us-ascii") => Some(own.as_str()),
            (Some(label), _) => Some(label),
            (None, own) => own.as_deref(),
        };
        let source = charset::decode(&bytes, label, self.country.as_deref()).into_owned();
        if !html::is_tame(&source) && self.attachments.len() < MAX_ATTACHMENTS {
            self.has_wild_html = true;
            self.push(named_file("message.html", "text/html", bytes.into_owned()));
        }
        Some(Segment::Html(source))
    }

    /// A part that is plain words: lines joined again where the sender's program folded them, PGP's frame gone.
    fn words(&mut self, tree: &Tree<'_>, id: usize) -> String {
        let part = &tree.parts[id];
        let bytes = tree.contents(id);
        let bytes = self.within_limit(tree, id, bytes);
        let text = self.text_of(part, &bytes);
        let says = |name: &str, value: &str| {
            part.content_type
                .plain(name)
                .is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        let text = if says("format", "flowed") {
            flowed(&text, says("delsp", "yes"))
        } else {
            text
        };
        self.unarmour(text)
    }

    /// Whether a text part is something that the sender says, not a file that the sender adds.
    fn is_body(&self, part: &Part, place: Place, out: &[Segment]) -> bool {
        if !is_text(&part.kind) || part.disposition() == "attachment" || self.text_bytes > MAX_TEXT {
            return false;
        }
        if place.is_related {
            return false;
        }
        // The first text is the message, even where a program gives it a name.
        part.file_name().is_none() || (out.is_empty() && part.disposition().is_empty()) || place.is_alternative
    }

    /// Cuts what nobody can read on a page; then the whole is kept as a file.
    fn within_limit<'a>(&mut self, tree: &Tree<'_>, id: usize, bytes: Cow<'a, [u8]>) -> Cow<'a, [u8]> {
        let left = MAX_TEXT.saturating_sub(self.text_bytes);
        self.text_bytes += bytes.len();
        if bytes.len() <= left {
            return bytes;
        }
        if tree.parts[id].kind != "text/html" {
            self.attach(tree, id);
        } else {
            // Half a page cannot be shown; all of it goes to the files, and its text stays.
            return bytes;
        }
        match bytes {
            Cow::Borrowed(all) => Cow::Borrowed(&all[..left]),
            Cow::Owned(mut all) => {
                all.truncate(left);
                Cow::Owned(all)
            }
        }
    }

    fn text_of(&self, part: &Part, bytes: &[u8]) -> String {
        charset::decode(bytes, part.content_type.plain("charset"), self.country.as_deref()).into_owned()
    }

    fn reported(&mut self, tree: &Tree<'_>, id: usize) {
        match tree.parts[id].kind.as_str() {
            "message/delivery-status" | "message/global-delivery-status" | "text/delivery-status" => {
                let bytes = tree.contents(id);
                let text = charset::decode(&bytes, None, None);
                let all = self.delivery_status.get_or_insert_default();
                if !all.is_empty() {
                    all.push_str("\n\n");
                }
                all.push_str(crate::email::cut::truncate(&text, 256 * 1024));
            }
            "message/rfc822"
            | "text/rfc822-headers"
            | "text/rfc822"
            | "message/rfc822-headers"
            | "message/global"
            | "message/global-headers"
            | "message/partial"
            | "message/news"
                if self.returned.is_none() =>
            {
                let bytes = tree.contents(id);
                self.returned = Some(bytes[..bytes.len().min(256 * 1024)].to_vec());
            }
            _ => {}
        }
    }

    fn attach(&mut self, tree: &Tree<'_>, id: usize) {
        let part = &tree.parts[id];
        if self.attachments.len() >= MAX_ATTACHMENTS {
            return;
        }
        if part.is_multipart() {
            for child in &part.children {
                self.attach(tree, *child);
            }
            return;
        }
        let bytes = tree.contents(id).into_owned();
        if bytes.is_empty() && part.file_name().is_none() && part.disposition() != "attachment" {
            return;
        }
        let number = self.attachments.len() + 1;
        let name = part
            .file_name()
            .or_else(|| part.location.clone().filter(|l| !l.contains("://") && l.contains('.')))
            .map(|name| file_name(&name))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| made_up_name(part, &bytes, number));
        let is_inline = part.disposition() != "attachment"
            && (part.disposition() == "inline" || part.content_id.is_some() || part.location.is_some())
            && part.kind.starts_with("image/");
        let location = part
            .location
            .as_ref()
            .filter(|_| is_inline && part.content_id.is_none() && self.locations.len() < 50);
        if let Some(location) = location {
            self.locations.push(location.clone());
        }
        let content_id = part.content_id.clone().or_else(|| location.cloned());
        self.push(MailAttachment {
            name,
            media_type: part.kind.clone(),
            inline: is_inline,
            content_id,
            sha256: hex::encode(Sha256::digest(&bytes)),
            bytes,
        });
    }

    fn push(&mut self, file: MailAttachment) {
        if self.attachments.len() < MAX_ATTACHMENTS {
            self.attachments.push(file);
        }
    }
}

/// The part of multipart/related that the others belong to (RFC 2387, 3.2).
fn related_root(tree: &Tree<'_>, part: &Part) -> Option<usize> {
    let start = part
        .content_type
        .plain("start")
        .map(|id| id.trim_matches(['<', '>', ' ']));
    let named = start.and_then(|start| {
        part.children
            .iter()
            .find(|child| tree.parts[**child].content_id.as_deref() == Some(start))
    });
    let is_words = |id: &&usize| {
        let kind = tree.parts[**id].kind.as_str();
        kind.starts_with("text/") || kind.starts_with("multipart/")
    };
    named
        .or_else(|| part.children.iter().find(is_words))
        .or_else(|| part.children.first())
        .copied()
}

fn is_text(kind: &str) -> bool {
    is_readable(kind)
        || matches!(
            kind,
            "text/html" | "application/xhtml+xml" | "text/enriched" | "text/richtext"
        )
}

/// Kinds whose text is what the sender says. A vCard or a table is a file.
fn is_readable(kind: &str) -> bool {
    matches!(
        kind,
        "text/plain" | "text/markdown" | "text/x-markdown" | "text/unknown" | "text/us-ascii" | "text/text"
    )
}
