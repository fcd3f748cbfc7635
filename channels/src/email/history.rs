//! The message that is answered, quoted under the answer as mail programs do.

use conversation::deliveries::QuotedMessage;
use conversation::types::Language;

use super::markdown::escape;

/// How much of it is quoted, in characters; a thread that quotes itself must not grow for ever.
const MOST: usize = 20_000;

/// The line above the quotation, with day and time as the reader writes them.
fn attribution(quoted: &QuotedMessage, language: Language) -> String {
    let zone = quoted
        .time_zone
        .as_deref()
        .and_then(|name| jiff::tz::TimeZone::get(name).ok());
    let place = if zone.is_some() { "" } else { " UTC" };
    let moment = jiff::Timestamp::from_millisecond(quoted.at)
        .unwrap_or_default()
        .to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC));
    let date = match language {
        Language::En => moment.strftime("%-d %b %Y at %H:%M"),
        Language::Es => moment.strftime("%d/%m/%Y a las %H:%M"),
        Language::Pt => moment.strftime("%d/%m/%Y às %H:%M"),
    };
    let date = format!("{date}{place}");
    let who: String = quoted
        .author
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect();
    let who = who.trim();
    match language {
        Language::En => format!("On {date}, {who} wrote:"),
        Language::Es => format!("El {date}, {who} escribió:"),
        Language::Pt => format!("Em {date}, {who} escreveu:"),
    }
}

fn words(quoted: &QuotedMessage) -> String {
    let text = quoted.text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out: String = text.trim().chars().take(MOST).collect();
    if text.trim().chars().count() > MOST {
        out.push_str("\n…");
    }
    out
}

/// As plain text: every line after `> `.
pub(super) fn as_text(quoted: &QuotedMessage, language: Language) -> String {
    let mut out = attribution(quoted, language);
    for line in words(quoted).lines() {
        // What is quoted already gets one mark more, without a space in between (RFC 3676, 4.5).
        out.push_str(if line.starts_with('>') { "\n>" } else { "\n> " });
        out.push_str(line);
    }
    out
}

/// As HTML: the structure by which mail programs fold it away.
pub(super) fn as_html(quoted: &QuotedMessage, language: Language) -> String {
    let words = words(quoted);
    let lines: Vec<&str> = words.lines().collect();
    let mut inside = String::with_capacity(words.len() * 2);
    nested(&mut inside, &lines, 0);
    format!(
        "<div class=\"gmail_quote\" style=\"margin:24px 0 0 0\"><div class=\"gmail_attr\" style=\"color:#75808f\">{}</div>\
         <blockquote class=\"gmail_quote\" type=\"cite\" style=\"{QUOTE}\">{inside}</blockquote></div>",
        escape(&attribution(quoted, language)),
    )
}

const QUOTE: &str = "margin:8px 0 0 0;padding:0 0 0 12px;border-left:3px solid #8a94a6";
/// Quotations within quotations are drawn so deep; what lies deeper keeps its words.
const DEEPEST: usize = 8;

/// What was quoted already (`> `) is a quotation in the quotation.
fn nested(out: &mut String, lines: &[&str], depth: usize) {
    let is_quoted = |line: &str| line.starts_with('>');
    for (number, run) in lines.chunk_by(|a, b| is_quoted(a) == is_quoted(b)).enumerate() {
        if !is_quoted(run[0]) {
            // An empty line beside a quotation is its margin.
            let from = usize::from(number > 0 && run[0].trim().is_empty());
            let words: Vec<String> = run[from..].iter().map(|line| escape(line)).collect();
            let words = words.join("<br>");
            out.push_str(words.strip_suffix("<br>").unwrap_or(&words));
            continue;
        }
        let inside: Vec<&str> = run
            .iter()
            .map(|line| {
                if depth < DEEPEST {
                    line[1..].strip_prefix(' ').unwrap_or(&line[1..])
                } else {
                    line.trim_start_matches(['>', ' '])
                }
            })
            .collect();
        out.push_str(&format!("<blockquote type=\"cite\" style=\"{QUOTE}\">"));
        nested(out, &inside, depth + 1);
        out.push_str("</blockquote>");
    }
}
