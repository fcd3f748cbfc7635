//! Plain text and its kin: flowed, enriched, among HTML.

pub(super) fn push_text(all: &mut String, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    if !all.is_empty() {
        if !all.ends_with('\n') {
            all.push('\n');
        }
        all.push('\n');
    }
    all.push_str(text);
}

/// Plain text among HTML, with its lines.
pub(super) fn push_as_html(all: &mut String, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    all.push_str("<div style=\"white-space:pre-wrap\">");
    for c in text.trim_end().chars() {
        match c {
            '&' => all.push_str("&amp;"),
            '<' => all.push_str("&lt;"),
            '>' => all.push_str("&gt;"),
            '\r' => {}
            '\n' => all.push_str("<br>"),
            c => all.push(c),
        }
    }
    all.push_str("</div>");
}

/// RFC 3676: lines that end in a space go on. A quotation of another depth begins a new one.
pub(super) fn flowed(text: &str, has_delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = &line[depth..];
        let content = content.strip_prefix(' ').unwrap_or(content);
        match open {
            Some(of) if of == depth => {}
            _ => {
                if open.is_some() || !out.is_empty() {
                    out.push('\n');
                }
                for _ in 0..depth {
                    out.push('>');
                }
                if depth > 0 {
                    out.push(' ');
                }
            }
        }
        // The signature's own line ends in a space and stays alone.
        let is_soft = content.ends_with(' ') && content != "-- ";
        let kept = if is_soft && has_delsp {
            &content[..content.len() - 1]
        } else {
            content
        };
        out.push_str(kept);
        open = is_soft.then_some(depth);
        if !is_soft && out.is_empty() {
            // An empty first line is a line.
            out.push('\n');
        }
    }
    out
}

/// RFC 1896 without its marks.
pub(super) fn enriched(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = memchr::memchr(b'<', rest.as_bytes()) {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        if let Some(after) = rest.strip_prefix("<<") {
            out.push('<');
            rest = after;
            continue;
        }
        let Some(close) = memchr::memchr(b'>', rest.as_bytes()) else {
            break;
        };
        let is_parameter = rest[..close].eq_ignore_ascii_case("<param");
        rest = &rest[close + 1..];
        if is_parameter {
            rest = match memchr::memmem::find(rest.as_bytes(), b"</param>") {
                Some(end) => &rest[end + 8..],
                None => rest,
            };
        }
    }
    out.push_str(rest);
    // One line end is a space, two are one.
    out.replace("\r\n", "\n")
}
