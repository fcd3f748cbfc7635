//! `winmail.dat`: the container in which Outlook hides body and files from everybody else
//! ([MS-OXTNEF]). Attributes of the message and of its files are read, everything else is passed over.

use super::charset;
use super::rtf;

const SIGNATURE: u32 = 0x223e_9f78;
/// More files than this are no mail.
const MAX_FILES: usize = 500;
/// More properties than this in one list are damage.
const MAX_PROPERTIES: u32 = 5_000;

/// What was inside.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The body as text; may be empty.
    pub(super) text: String,
    /// The body as HTML; may be empty.
    pub(super) html: String,
    /// The files.
    pub(super) files: Vec<File>,
}

/// One file inside.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) media_type: Option<String>,
    pub(super) content_id: Option<String>,
    pub(super) bytes: Vec<u8>,
}

/// Whether a media type announces the container.
pub(super) fn is_kind(kind: &str) -> bool {
    matches!(kind, "application/ms-tnef" | "application/vnd.ms-tnef")
}

/// Little-endian bytes, read from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_le_bytes([b[0], b[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// Bytes with their length before them, as much of them as there is, filled up to four.
    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        let taken = self.take(length.min(self.0.len()))?;
        let filler = (4 - length % 4) % 4;
        self.take(filler.min(self.0.len()))?;
        Some(taken)
    }
}

/// Opens the container; `None` where the bytes are none.
pub(super) fn read(bytes: &[u8]) -> Option<Found> {
    let mut reader = Reader(bytes);
    if reader.u32()? != SIGNATURE {
        return None;
    }
    reader.u16()?;
    let mut found = Found::default();
    let mut codepage = String::from("windows-1252");
    let mut body = Vec::new();
    let mut file: Option<File> = None;
    // A file that is cut gives what it has.
    while let Some(()) = attribute(&mut reader, &mut found, &mut codepage, &mut body, &mut file) {}
    finish(&mut found, file.take());
    if found.text.trim().is_empty() && !body.is_empty() {
        found.text = charset::decode(until_zero(&body), Some(&codepage), None).into_owned();
    }
    Some(found)
}

fn attribute(
    reader: &mut Reader<'_>,
    found: &mut Found,
    codepage: &mut String,
    body: &mut Vec<u8>,
    file: &mut Option<File>,
) -> Option<()> {
    reader.u8()?;
    let id = reader.u32()? & 0xffff;
    let length = usize::try_from(reader.u32()?).ok()?;
    let data = reader.take(length.min(reader.0.len()))?;
    // The checksum tells of damage; what can be read is read all the same.
    reader.take(2.min(reader.0.len()))?;
    match id {
        // attOemCodepage
        0x9007 => {
            if let Some(number) = Reader(data).u32() {
                *codepage = charset::codepage_label(number);
            }
        }
        // attBody
        0x800c => *body = data.to_vec(),
        // attMsgProps
        0x9003 => {
            for property in properties(data, codepage) {
                message_property(found, property, codepage);
            }
        }
        // attAttachRenddata begins a file.
        0x9002 => {
            finish(found, file.take());
            *file = Some(File::default());
        }
        // attAttachTitle
        0x8010 => {
            let title = charset::decode(until_zero(data), Some(codepage), None).into_owned();
            let file = file.get_or_insert_default();
            if file.name.is_empty() {
                file.name = title;
            }
        }
        // attAttachData
        0x800f => file.get_or_insert_default().bytes = data.to_vec(),
        // attAttachment
        0x9005 => {
            let file = file.get_or_insert_default();
            for property in properties(data, codepage) {
                file_property(file, property);
            }
        }
        _ => {}
    }
    Some(())
}

fn finish(found: &mut Found, file: Option<File>) {
    if let Some(file) = file
        && !file.bytes.is_empty()
        && found.files.len() < MAX_FILES
    {
        found.files.push(file);
    }
}

enum Content<'a> {
    Text(String),
    Bytes(&'a [u8]),
}

struct Property<'a> {
    id: u16,
    content: Content<'a>,
}

/// The properties of a list that hold text or bytes.
fn properties<'a>(data: &'a [u8], codepage: &str) -> Vec<Property<'a>> {
    let mut reader = Reader(data);
    let mut found = Vec::new();
    let Some(count) = reader.u32() else {
        return found;
    };
    for _ in 0..count.min(MAX_PROPERTIES) {
        if property(&mut reader, codepage, &mut found).is_none() {
            break;
        }
    }
    found
}

fn property<'a>(reader: &mut Reader<'a>, codepage: &str, found: &mut Vec<Property<'a>>) -> Option<()> {
    let kind = reader.u16()?;
    let id = reader.u16()?;
    if id >= 0x8000 {
        // A named one: a GUID, then a number or a name.
        reader.take(16)?;
        if reader.u32()? == 0 {
            reader.u32()?;
        } else {
            reader.sized()?;
        }
    }
    let is_many = kind & 0x1000 != 0;
    match kind & 0x0fff {
        0x0002 | 0x000b | 0x0003 | 0x0004 | 0x000a | 0x0001 => skip(reader, is_many, 4)?,
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => skip(reader, is_many, 8)?,
        0x0048 => skip(reader, is_many, 16)?,
        kind @ (0x001e | 0x001f | 0x0102 | 0x000d) => {
            let count = reader.u32()?.min(MAX_PROPERTIES);
            for _ in 0..count {
                let bytes = reader.sized()?;
                let content = match kind {
                    0x001e => Content::Text(charset::decode(until_zero(bytes), Some(codepage), None).into_owned()),
                    0x001f => Content::Text(wide(bytes)),
                    // An object begins with the id of its interface.
                    0x000d => Content::Bytes(bytes.get(16..).unwrap_or_default()),
                    _ => Content::Bytes(bytes),
                };
                found.push(Property { id, content });
            }
        }
        _ => return None,
    }
    Some(())
}

fn skip(reader: &mut Reader<'_>, is_many: bool, size: usize) -> Option<()> {
    let count = if is_many { reader.u32()? as usize } else { 1 };
    let all = count.checked_mul(size)?;
    reader.take(all.div_ceil(4) * 4).map(|_| ())
}

fn message_property(found: &mut Found, property: Property<'_>, codepage: &str) {
    match (property.id, property.content) {
        // PidTagBody
        (0x1000, Content::Text(text)) => found.text = text,
        // PidTagHtml
        (0x1013, Content::Bytes(bytes)) => {
            let label = charset::of_html(bytes);
            found.html = charset::decode(until_zero(bytes), label.as_deref().or(Some(codepage)), None).into_owned();
        }
        (0x1013, Content::Text(html)) => found.html = html,
        // PidTagRtfCompressed
        (0x1009, Content::Bytes(bytes)) => {
            if let Some(source) = rtf::decompress(bytes) {
                match rtf::read(&source) {
                    rtf::Read::Html(html) if found.html.is_empty() => found.html = html,
                    rtf::Read::Text(text) if found.text.trim().is_empty() => found.text = text,
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn file_property(file: &mut File, property: Property<'_>) {
    match (property.id, property.content) {
        // PidTagAttachLongFilename
        (0x3707, Content::Text(name)) => file.name = name,
        // PidTagAttachFilename, PidTagDisplayName
        (0x3704 | 0x3001, Content::Text(name)) if file.name.is_empty() => file.name = name,
        // PidTagAttachMimeTag
        (0x370e, Content::Text(kind)) => file.media_type = Some(kind.to_ascii_lowercase()),
        // PidTagAttachContentId
        (0x3712, Content::Text(id)) => {
            let id = id.trim_matches(['<', '>', ' ']).to_owned();
            file.content_id = Some(id).filter(|id| !id.is_empty());
        }
        // PidTagAttachDataBinary
        (0x3701, Content::Bytes(bytes)) if file.bytes.is_empty() => file.bytes = bytes.to_vec(),
        _ => {}
    }
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

fn wide(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .take_while(|unit| *unit != 0);
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or('\u{fffd}'))
        .collect()
}

#[cfg(test)]
mod tests;
