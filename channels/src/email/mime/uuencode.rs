//! Files that old programs put into the body itself, between `begin 644 name` and `end`.

use sha2::{Digest, Sha256};

use super::parsed::{MAX_ATTACHMENTS, MailAttachment, file_name};

/// Files that old programs put into the body itself: `begin 644 name … end`.
pub(super) fn take(body: &mut String, attachments: &mut Vec<MailAttachment>) {
    if !body.contains("begin ") {
        return;
    }
    let text = std::mem::take(body);
    let lines: Vec<&str> = text.lines().collect();
    // Where the next `end` is, from behind, so that every line is looked at once.
    let mut end_after = vec![None; lines.len() + 1];
    for index in (0..lines.len()).rev() {
        end_after[index] = if lines[index].trim_end() == "end" {
            Some(index)
        } else {
            end_after[index + 1]
        };
    }
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    let mut index = 0;
    while index < lines.len() {
        if let Some(name) = uu_begin(lines[index])
            && let Some(end) = end_after[index + 1]
            && attachments.len() < MAX_ATTACHMENTS
            && let Some(bytes) = uu_decode(&lines[index + 1..end])
        {
            attachments.push(MailAttachment {
                name: file_name(name),
                media_type: infer::get(&bytes)
                    .map_or("application/octet-stream", |kind| kind.mime_type())
                    .to_owned(),
                inline: false,
                content_id: None,
                sha256: hex::encode(Sha256::digest(&bytes)),
                bytes,
            });
            index = end + 1;
            continue;
        }
        kept.push(lines[index]);
        index += 1;
    }
    *body = kept.join("\n");
}

/// The bytes of a part that is uuencoded as a whole.
pub(super) fn whole(raw: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(raw).ok()?;
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|line| uu_begin(line).is_none())
        .skip(1)
        .take_while(|line| line.trim_end() != "end")
        .collect();
    uu_decode(&lines)
}

fn uu_begin(line: &str) -> Option<&str> {
    let (mode, name) = line.strip_prefix("begin ")?.split_once(' ')?;
    let is_mode = (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
    (is_mode && !name.trim().is_empty()).then_some(name.trim())
}

fn uu_decode(lines: &[&str]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for line in lines {
        let bytes = line.as_bytes();
        let Some((&count, data)) = bytes.split_first() else {
            continue;
        };
        if !(b' '..=b'`').contains(&count) {
            return None;
        }
        let count = usize::from((count - b' ') & 0x3f);
        let start = out.len();
        for group in data.chunks(4) {
            let value = |i: usize| group.get(i).map_or(0u32, |b| u32::from(b.wrapping_sub(b' ') & 0x3f));
            let word = value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
            out.extend_from_slice(&word.to_be_bytes()[1..]);
        }
        if out.len() < start + count {
            return None;
        }
        out.truncate(start + count);
    }
    (!out.is_empty()).then_some(out)
}
