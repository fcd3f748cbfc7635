//! A mail inside a mail: what somebody passed on, and who had written it.

use super::cut::truncate;
use super::headers::{Headers, section_end};
use super::mime::header::{address_in, decode_words};
use super::mime::parsed::{Forwarded, MailAddress, ParsedMail};
use super::quote::{self, labels};

/// How far into a text the forwarded mail is looked for, in lines.
const MAX_LINES: usize = 2_000;
/// The longest line that can announce one, in bytes.
const MAX_LINE: usize = 3_000;

/// Finds the forwarded mail in a mail; `attached` is a whole mail among its files.
pub(super) fn find(mail: &ParsedMail, attached: Option<&[u8]>) -> Option<Forwarded> {
    let subject = mail.subject.as_deref().unwrap_or_default();
    let says_so = quote::is_forward_subject(subject);
    let mut found = in_text(&mail.text, says_so);
    if found.is_none() {
        found = attached.and_then(|raw| of_attached(raw, mail, says_so));
    }
    let mut found = found?;
    if found.subject.is_none() && says_so {
        let plain = conversation::thread::plain_subject(subject);
        found.subject = Some(plain.to_owned()).filter(|plain| !plain.is_empty());
    }
    // Somebody who forwards their own mail is the sender all the same.
    Some(found)
}

fn of_attached(raw: &[u8], mail: &ParsedMail, says_so: bool) -> Option<Forwarded> {
    // A mail that has words of its own and happens to carry another one is not a forward.
    if !says_so && mail.text.trim().len() > 200 {
        return None;
    }
    let headers = Headers::read(raw);
    let from = headers.get("from").and_then(address_in)?;
    let line = |name: &str| headers.get(name).map(decode_words).filter(|text| !text.is_empty());
    let body = String::from_utf8_lossy(&raw[section_end(raw)..]);
    let is_plain = headers
        .get("content-type")
        .is_none_or(|kind| kind.to_ascii_lowercase().starts_with("text/plain"))
        && headers
            .get("content-transfer-encoding")
            .is_none_or(|t| !t.eq_ignore_ascii_case("base64"));
    Some(Forwarded {
        from: Some(from),
        to: line("to"),
        subject: line("subject"),
        date: line("date"),
        body: if is_plain {
            truncate(body.trim(), 64 * 1024).to_owned()
        } else {
            String::new()
        },
        comment: mail.text.trim().to_owned(),
    })
}

/// Looks for the announcement that programs write, then for the header block below it. Where the
/// subject says that it is a forward, a block or an introduction alone is enough.
fn in_text(text: &str, says_so: bool) -> Option<Forwarded> {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let mut has_mark = false;
    for (index, line) in lines.iter().enumerate().take(MAX_LINES) {
        if line.len() > MAX_LINE || line.trim().is_empty() {
            continue;
        }
        if let Some(rest) = quote::announces_forward(line) {
            if let Some(found) = on_one_line(&lines, index, rest) {
                return Some(found);
            }
            let below = (index + 1..lines.len().min(index + 6)).find(|at| !bare(lines[*at]).is_empty());
            if let Some(block) = below
                .and_then(|at| labels::block(&lines, at))
                .filter(labels::Block::is_certain)
            {
                return Some(of_block(&lines, index, &block));
            }
            continue;
        }
        if !says_so {
            // A web mail marks all of what it forwards as quoted, the announcement included.
            let is_first_mark = line.trim_start().starts_with('>') && !has_mark;
            has_mark |= is_first_mark;
            if is_first_mark
                && quote::is_separator(line)
                && let Some(block) = labels::block(&lines, index + 1)
                    .filter(|block| block.from.is_some() && block.to.is_some() && block.subject.is_some())
            {
                return Some(of_block(&lines, index, &block));
            }
            // What was forwarded before is history of an answer.
            if quote::starts_history(&lines, index) {
                return None;
            }
            continue;
        }
        let is_separator = quote::is_separator(line);
        let at = if is_separator { index + 1 } else { index };
        if let Some(block) = labels::block(&lines, at).filter(|block| block.is_certain() && block.from.is_some()) {
            return Some(of_block(&lines, index, &block));
        }
        if let Some(count) = quote::introduction(&lines, index) {
            let joined = lines[index..index + count].join(" ");
            let from = address_in(&joined).map(|found| MailAddress {
                name: name_in(&joined).or(found.name),
                address: found.address,
            });
            return Some(Forwarded {
                from,
                to: None,
                subject: None,
                date: None,
                body: unquoted(&lines[index + count..]),
                comment: above(&lines, index),
            });
        }
    }
    None
}

fn of_block(lines: &[&str], announced: usize, block: &labels::Block<'_>) -> Forwarded {
    let some = |value: Option<&str>| value.map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned);
    Forwarded {
        from: block.from.and_then(sender),
        to: some(block.to),
        subject: some(block.subject),
        date: some(block.date),
        body: unquoted(&lines[block.end..]),
        comment: above(lines, announced),
    }
}

/// Yahoo's web page runs the whole block together: `… Message ----- From: A <a@b>To: …Subject: …`.
fn on_one_line(lines: &[&str], index: usize, rest: &str) -> Option<Forwarded> {
    if rest.len() < 10 {
        return None;
    }
    let mut cuts: Vec<(usize, usize, labels::Field)> = Vec::new();
    for (colon, _) in rest.match_indices(':').take(200) {
        // The longest label that ends here; it begins with a capital and follows no letter of its own.
        let from = rest[..colon]
            .char_indices()
            .rev()
            .take(24)
            .filter(|(_, c)| c.is_uppercase());
        let found = from
            .filter_map(|(at, _)| labels::label(&rest[at..=colon]).map(|(field, _)| (at, field)))
            .last();
        if let Some((at, field)) = found
            && cuts.last().is_none_or(|(_, end, _)| at >= *end)
        {
            cuts.push((at, colon + 1, field));
        }
    }
    if cuts.len() < 3 || cuts[0].2 != labels::Field::From {
        return None;
    }
    let value = |wanted: labels::Field| {
        let at = cuts.iter().position(|(_, _, field)| *field == wanted)?;
        let end = cuts.get(at + 1).map_or(rest.len(), |(start, _, _)| *start);
        Some(rest[cuts[at].1..end].trim()).filter(|value| !value.is_empty())
    };
    Some(Forwarded {
        from: value(labels::Field::From).and_then(sender),
        to: value(labels::Field::To).map(str::to_owned),
        subject: value(labels::Field::Subject).map(str::to_owned),
        date: value(labels::Field::Date).map(str::to_owned),
        body: unquoted(&lines[index + 1..]),
        comment: above(lines, index),
    })
}

fn bare(line: &str) -> &str {
    line.trim_start_matches(['>', ' ', '\t', '\u{a0}']).trim_end()
}

fn above(lines: &[&str], index: usize) -> String {
    lines[..index].join("\n").trim().to_owned()
}

/// The lines below the block; a mark that the first of them carries belongs to the forward, not to the mail.
fn unquoted(lines: &[&str]) -> String {
    let mut said = lines.iter().filter(|line| !line.trim().is_empty());
    let is_marked = said.next().is_some_and(|line| line.trim_start().starts_with('>'));
    let kept: Vec<&str> = lines
        .iter()
        .map(|line| {
            if is_marked {
                let line = line.trim_start().strip_prefix('>').unwrap_or(line);
                line.strip_prefix(' ').unwrap_or(line)
            } else {
                line
            }
        })
        .collect();
    kept.join("\n").trim().to_owned()
}

/// `Ana Lima <ana@a.example>`, `Ana Lima [mailto:ana@a.example]`, `ana@a.example`, `Ana Lima`.
fn sender(value: &str) -> Option<MailAddress> {
    let value = truncate(value.trim(), 1_000);
    let clean = |name: &str| {
        let name = name.trim_matches(|c: char| {
            c.is_whitespace()
                || matches!(
                    c,
                    '"' | '\'' | '<' | '>' | '[' | ']' | '(' | ')' | '*' | ',' | ';' | '‘' | '’'
                )
        });
        (!name.is_empty() && !name.contains('@')).then(|| name.to_owned())
    };
    match address_in(value) {
        Some(found) => {
            let at = value.find(&found.address).unwrap_or(0);
            let before = value[..at].trim_end_matches(['<', '[', '(', ' ']);
            let before = before
                .strip_suffix("mailto:")
                .or_else(|| before.strip_suffix("mailto"))
                .unwrap_or(before);
            Some(MailAddress {
                name: clean(before),
                address: found.address,
            })
        }
        None => clean(value).map(|name| MailAddress {
            name: Some(name),
            address: String::new(),
        }),
    }
}

/// The name in an introduction: what stands between the date and the address, in quotes or behind the
/// last comma.
fn name_in(introduction: &str) -> Option<String> {
    let address = introduction.find(['<', '('])?;
    let before = introduction[..address].trim_end();
    let name = if let Some(inside) = before.strip_suffix('"') {
        inside.rsplit('"').next()?
    } else {
        let after_time = before.rsplit([',', ':']).next()?;
        // `… 09:15 Ana Lima`: digits and marks of the time go.
        after_time.trim_start_matches(|c: char| c.is_ascii_digit() || c.is_whitespace())
    };
    let name = name.trim();
    (!name.is_empty() && name.len() < 120 && !name.contains('@')).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
