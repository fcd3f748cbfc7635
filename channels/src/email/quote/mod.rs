//! What the sender wrote now: a body without the quoted history and without the signature.
//!
//! The rules look for what mail programs write, never for what people write, and err on the side
//! of showing: when nothing would be left, or when answers are written between the quoted lines,
//! the whole text is kept. Time is linear in the length of the text.

pub(super) mod labels;
mod markers;
mod signature;
mod structure;

use markers::{Marker, marker_at};
pub use structure::mark;

/// Stands before text that the HTML says is the introduction of a quotation. From the private use
/// area, so that no text holds it by chance; removed from what is shown.
pub(crate) const ATTRIBUTION_MARK: char = '\u{e0a1}';
/// A line of its own where the HTML says that the history starts.
pub(crate) const HISTORY_MARK: char = '\u{e0a2}';

/// The visible reply of a plain text body.
///
/// `is_forward` says that the subject names a forwarded message: then a header block such as
/// Outlook's is the matter itself, and stays.
pub fn reply(text: &str, is_forward: bool) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let visible = visible(&lines[signature::banner(&lines)..], is_forward);
    if visible.trim().is_empty() {
        trim_blank(&lines).join("\n")
    } else {
        visible
    }
}

/// The visible reply of an HTML body whose text was made from what [`mark`] returned.
pub fn reply_of_marked(text: &str, is_forward: bool) -> String {
    unmark(&reply(text, is_forward))
}

/// Removes the marks that [`mark`] put in.
pub fn unmark(text: &str) -> String {
    text.replace([ATTRIBUTION_MARK, HISTORY_MARK], "")
}

/// Whether a subject says that the mail is a forwarded one.
pub fn is_forward_subject(subject: &str) -> bool {
    const WORDS: &[&str] = &[
        "fwd",
        "fw",
        "rv",
        "enc",
        "tr",
        "wg",
        "i",
        "encaminhado",
        "reenviado",
        "reenv",
        "vs",
        "doorst",
        "dst",
        "vb",
        "vl",
        "vid",
        "videresendt",
        "pd",
        "przek",
        "fs",
        "ilt",
        "prf",
        "προθ",
        "továbbítás",
        "i̇lt",
        "переслать",
        "пересл",
        "转发",
        "轉寄",
        "転送",
        "전달",
        "הועבר",
        "إعادة توجيه",
        "chuyển tiếp",
        "ter",
        "redir",
        "rtr",
        "transf",
        "tran",
        "weitergeleitet",
    ];
    let mut rest = subject;
    // Only the outermost prefix counts: `Re: FW: x` is an answer. Tags of servers may stand before it.
    for _ in 0..4 {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        match rest.split_once(']') {
            Some((tag, after)) if rest.starts_with('[') && tag.len() <= 40 => rest = after,
            _ => break,
        }
    }
    let Some(at) = rest
        .char_indices()
        .take(30)
        .find(|(_, c)| matches!(c, ':' | '：'))
        .map(|(at, _)| at)
    else {
        return false;
    };
    let word = rest[..at].split('[').next().unwrap_or_default().trim().to_lowercase();
    WORDS.contains(&word.as_str())
}

/// The rest of a line that announces a forwarded mail, behind the announcement.
pub(super) fn announces_forward(line: &str) -> Option<&str> {
    markers::forward_line(line)
}

/// Whether a line is a rule such as `-----Original Message-----` or Outlook's underscores.
pub(super) fn is_separator(line: &str) -> bool {
    markers::is_separator(line)
}

/// Whether the history of an answer begins at `index`.
pub(super) fn starts_history(lines: &[&str], index: usize) -> bool {
    matches!(
        marker_at(lines, index),
        Marker::History | Marker::Separator | Marker::Shared { .. } | Marker::Attribution { is_certain: true, .. }
    )
}

/// Over how many lines an introduction such as `On … wrote:` goes that starts at `index`.
pub(super) fn introduction(lines: &[&str], index: usize) -> Option<usize> {
    match marker_at(lines, index) {
        Marker::Attribution {
            lines,
            is_certain: true,
        } => Some(lines),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    /// Written by the sender.
    Own,
    /// Starts with `>`.
    Quoted,
    /// The line that introduces a quotation, such as `On … wrote:`.
    Attribution,
}

fn visible(lines: &[&str], is_forward: bool) -> String {
    let (kinds, end, shared) = classify(lines, is_forward);
    // What was forwarded is the matter itself, its signature included.
    let is_forward = is_forward || lines.iter().any(|line| markers::is_forward_line(line));
    let lines = &lines[..end];
    let kinds = &kinds[..end];

    let mut own = segments(kinds);
    // A signature belongs to the segment it closes.
    let mut kept: Vec<(usize, usize)> = Vec::new();
    for (start, stop) in own.drain(..) {
        let body = if is_forward {
            stop - start
        } else {
            signature::strip(&lines[start..stop], start == 0 || kept.is_empty())
        };
        if lines[start..start + body].iter().any(|line| !line.trim().is_empty()) {
            kept.push((start, start + body));
        }
    }
    let Some(&(first, _)) = kept.first() else {
        return shared.unwrap_or_default();
    };
    let last = kept[kept.len() - 1].1;

    let quotes_between = quote_blocks(&kinds[..last]);
    let has_attribution = kinds[..last].contains(&Kind::Attribution);
    let mut out: Vec<&str> = Vec::new();
    if quotes_between == 0 {
        for &(start, stop) in &kept {
            out.extend(&lines[start..stop]);
        }
    } else if quotes_between == 1 && has_attribution {
        // One quotation with its introduction, and text above or below it: only the text.
        for &(start, stop) in &kept {
            if !out.is_empty() && out.last().is_some_and(|line| !line.trim().is_empty()) {
                let touching = start > 0 && kinds[start - 1] != Kind::Blank && kept.len() > 1;
                if !touching {
                    out.push("");
                }
            }
            out.extend(trim_blank(&lines[start..stop]));
        }
    } else {
        // Answers between the quoted lines make no sense without them.
        out.extend(&lines[first.min(first_nonblank(kinds))..last]);
    }
    let mut visible = trim_blank(&out).join("\n");
    if let Some(shared) = shared {
        if !visible.is_empty() {
            visible.push('\n');
        }
        visible.push_str(&shared);
    }
    visible
}

/// The kind of each line, where the unmarked history starts, and the words that share a line with
/// the introduction of the quotation.
fn classify(lines: &[&str], is_forward: bool) -> (Vec<Kind>, usize, Option<String>) {
    let mut kinds = vec![Kind::Blank; lines.len()];
    let mut seen_own = false;
    let mut index = 0;
    while index < lines.len() {
        let line = lines[index];
        if line.trim().is_empty() {
            index += 1;
            continue;
        }
        let marker = marker_at(lines, index);
        match marker {
            Marker::Forward | Marker::History | Marker::Separator if is_shown(marker, seen_own, is_forward) => {
                // The sender shows us this: all that follows is part of the message.
                for (kind, line) in kinds[index..].iter_mut().zip(&lines[index..]) {
                    *kind = if line.trim().is_empty() { Kind::Blank } else { Kind::Own };
                }
                return (kinds, lines.len(), None);
            }
            Marker::Attribution {
                lines: count,
                is_certain,
            } => {
                let next = index + count;
                let quoted_next = lines[next..]
                    .iter()
                    .find(|l| !l.trim().is_empty())
                    .is_some_and(|l| is_quoted(l));
                if quoted_next {
                    kinds[index..next].fill(Kind::Attribution);
                    index = next;
                    continue;
                }
                if is_certain && seen_own && !is_forward {
                    return (kinds, index, None);
                }
            }
            Marker::Shared { at } => {
                let own = line[..at].trim().trim_end_matches(['-', '_']).trim_end().to_owned();
                let quoted_next = lines[index + 1..]
                    .iter()
                    .find(|l| !l.trim().is_empty())
                    .is_some_and(|l| is_quoted(l));
                if quoted_next {
                    return (kinds, index, Some(own));
                }
            }
            Marker::History | Marker::Separator => return (kinds, strip_rule(lines, index), None),
            Marker::Forward | Marker::None => {}
        }
        kinds[index] = if is_quoted(line) { Kind::Quoted } else { Kind::Own };
        seen_own |= kinds[index] == Kind::Own;
        index += 1;
    }
    join_wrapped(lines, &mut kinds);
    (kinds, lines.len(), None)
}

/// Whether what a marker introduces is the matter itself: announced as forwarded, or all there is.
fn is_shown(marker: Marker, seen_own: bool, is_forward: bool) -> bool {
    marker == Marker::Forward || is_forward || !seen_own
}

/// Mail servers wrap quoted lines without repeating the mark: a line or two squeezed between
/// quoted lines, with no empty line around, belongs to them. And a lone `>` line inside a
/// paragraph is not a quotation.
fn join_wrapped(lines: &[&str], kinds: &mut [Kind]) {
    let mut index = 0;
    while index < kinds.len() {
        let start = index;
        let kind = kinds[start];
        while index < kinds.len() && kinds[index] == kind {
            index += 1;
        }
        let before = start.checked_sub(1).map(|i| kinds[i]);
        let after = kinds.get(index).copied();
        let length = index - start;
        if kind == Kind::Own
            && length == 1
            && before == Some(Kind::Quoted)
            && after == Some(Kind::Quoted)
            && is_wrapped_remainder(lines[start - 1], lines[start])
        {
            kinds[start..index].fill(Kind::Quoted);
        }
        if kind == Kind::Quoted && length == 1 && before == Some(Kind::Own) && after == Some(Kind::Own) {
            kinds[start..index].fill(Kind::Own);
        }
    }
}

/// Whether `line` looks like the rest of the quoted line before it: that one was long, or this one
/// is a bare remainder (a link, a closing mark) rather than a sentence.
fn is_wrapped_remainder(quoted: &str, line: &str) -> bool {
    let line = line.trim();
    quoted.trim_end().chars().count() >= 60
        || line.ends_with('>')
        || (line.ends_with(')') && !line.contains(". ") && !line.contains('('))
        || line.contains("://")
}

/// Runs of own lines and the blank lines inside them: `(start, end)`.
fn segments(kinds: &[Kind]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = None;
    let mut end = 0;
    for (index, kind) in kinds.iter().enumerate() {
        match kind {
            Kind::Own => {
                start.get_or_insert(index);
                end = index + 1;
            }
            Kind::Blank => {}
            Kind::Quoted | Kind::Attribution => {
                if let Some(start) = start.take() {
                    found.push((start, end));
                }
            }
        }
    }
    if let Some(start) = start {
        found.push((start, end));
    }
    found
}

/// How many quotations there are: runs of quoted lines, blank lines and introductions included.
fn quote_blocks(kinds: &[Kind]) -> usize {
    let mut count = 0;
    let mut inside = false;
    for kind in kinds {
        match kind {
            Kind::Quoted if !inside => {
                inside = true;
                count += 1;
            }
            Kind::Own => inside = false,
            _ => {}
        }
    }
    count
}

fn first_nonblank(kinds: &[Kind]) -> usize {
    kinds.iter().position(|kind| *kind != Kind::Blank).unwrap_or(0)
}

/// Up to three levels of white space before the mark; more is indented text.
fn is_quoted(line: &str) -> bool {
    let trimmed = line.trim_start();
    line.len() - trimmed.len() <= 4 && trimmed.starts_with('>') && !trimmed.starts_with(">From ")
}

/// Moves a cut up over the rule that programs draw above the history.
fn strip_rule(lines: &[&str], cut: usize) -> usize {
    let mut at = cut;
    for index in (cut.saturating_sub(3)..cut).rev() {
        let line = lines[index].trim().trim_start_matches("> ");
        let is_rule = line.chars().count() >= 3
            && line
                .chars()
                .all(|c| matches!(c, '_' | '-' | '*' | '=' | '—' | '─' | ' '));
        if is_rule {
            at = index;
        } else if !line.is_empty() {
            break;
        }
    }
    at
}

fn trim_blank<'a, 'b>(lines: &'b [&'a str]) -> &'b [&'a str] {
    let start = lines
        .iter()
        .position(|line| !line.trim().is_empty())
        .unwrap_or(lines.len());
    let end = lines
        .iter()
        .rposition(|line| !line.trim().is_empty())
        .map_or(start, |i| i + 1);
    &lines[start..end]
}

#[cfg(test)]
mod locales;
#[cfg(test)]
mod tests;
