//! Cards as WhatsApp's interactive messages: reply buttons, a list, or a button that opens a page.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#interactive-messages>

use conversation::card::{Card, CardAction, CardAnswer, CardKind};
use conversation::outbound::{OutboundMessage, SendError};
use conversation::types::Language;
use serde_json::{Value, json};

use super::content::{Content, MAX_TEXT, permanent, text_content};
use super::split::{fitting, length, split};
use crate::whatsapp::settings::WhatsappSettings;

pub(super) const MAX_BUTTONS: usize = 3;
pub(super) const MAX_BUTTON_TITLE: usize = 20;
const MAX_BUTTON_ID: usize = 256;
pub(super) const MAX_ROWS: usize = 10;
pub(super) const MAX_ROW_TITLE: usize = 24;
pub(super) const MAX_ROW_DESCRIPTION: usize = 72;
const MAX_ROW_ID: usize = 200;
/// Characters above the buttons.
pub(super) const MAX_BODY: usize = 1024;

/// The requests of one card.
pub(crate) fn contents(
    card: &Card,
    out: &OutboundMessage,
    settings: &WhatsappSettings,
) -> Result<Vec<Content>, SendError> {
    let answers = answers(card, out)?;
    let links = links(card, settings.public_url.as_deref());
    let mut contents = Vec::new();
    let is_list = answers.len() > MAX_BUTTONS || titles(card, &answers).is_none();
    // The rows of a list have a line for what describes them.
    let body = words(card, true, !answers.is_empty() && is_list);
    match (answers.as_slice(), links.as_slice()) {
        ([], []) => contents.extend(split(&body, MAX_TEXT).into_iter().map(text_content)),
        ([], [(label, url), others @ ..]) => {
            let body = fit(with_links(body, others), card, &mut contents);
            contents.push(interactive(
                "cta_url",
                body,
                json!({ "name": "cta_url", "parameters": { "display_text": shortened(label, MAX_BUTTON_TITLE), "url": url } }),
            ));
        }
        (answers, links) => {
            let titles = titles(card, answers);
            let body = match &titles {
                Some(titles) if answers.iter().zip(titles).any(|((label, _), title)| label != title) => {
                    numbered(body, answers, MAX_BUTTON_TITLE)
                }
                Some(_) => body,
                None => numbered(body, answers, MAX_ROW_DESCRIPTION),
            };
            let above = fit(with_links(body, links), card, &mut contents);
            if let Some(titles) = titles {
                let buttons: Vec<Value> = answers
                    .iter()
                    .zip(titles)
                    .map(|((_, id), title)| json!({ "type": "reply", "reply": { "id": id, "title": title } }))
                    .collect();
                contents.push(interactive("button", above, json!({ "buttons": buttons })));
            } else {
                let titles = apart(answers, MAX_ROW_TITLE);
                let again = Some(card.title.trim()).filter(|title| !title.is_empty());
                for (at, (rows, titles)) in answers.chunks(MAX_ROWS).zip(titles.chunks(MAX_ROWS)).enumerate() {
                    // What stood above the first list is not said again above those that go on.
                    let body = again.filter(|_| at > 0).map(|title| shortened(title, MAX_BODY));
                    contents.push(list(
                        card,
                        body.as_deref().unwrap_or(&above),
                        rows,
                        titles,
                        out.language,
                    )?);
                }
            }
        }
    }
    Ok(contents)
}

/// The card as text alone, for where nothing interactive can go. What a question offers is counted: its number is an
/// answer, too.
pub(crate) fn plain(card: &Card, public_url: Option<&str>) -> String {
    let offered = card.actions.iter().filter_map(|action| match action {
        CardAction::Answer { label, .. } if card.kind == CardKind::Choice => Some(label.trim()),
        _ => None,
    });
    let counted = offered.enumerate().map(|(at, label)| match card.described(label) {
        Some(described) => format!("{}. {label}: {described}", at + 1),
        None => format!("{}. {label}", at + 1),
    });
    let lines: Vec<String> = std::iter::once(words(card, false, true)).chain(counted).collect();
    with_links(lines.join("\n"), &links(card, public_url))
}

/// The words on reply buttons, where that is the form. Answers of a question that are longer than a button are cut,
/// as one press is nearer than a list that opens first; their whole words stand above ([`numbered`]).
fn titles(card: &Card, answers: &[(&str, String)]) -> Option<Vec<String>> {
    if answers.len() > MAX_BUTTONS {
        return None;
    }
    let labels = || answers.iter().map(|(label, _)| *label);
    if labels().all(|label| length(label) <= MAX_BUTTON_TITLE) {
        return Some(labels().map(str::to_owned).collect());
    }
    if card.kind != CardKind::Choice {
        return None;
    }
    Some(apart(answers, MAX_BUTTON_TITLE))
}

/// The answers, cut to a limit; where two would then be the same, which WhatsApp refuses, with their numbers in front.
pub(crate) fn apart(answers: &[(&str, String)], limit: usize) -> Vec<String> {
    let cut: Vec<String> = answers.iter().map(|(label, _)| between_words(label, limit)).collect();
    if (1..cut.len()).all(|at| !cut[..at].contains(&cut[at])) {
        return cut;
    }
    let numbered = answers
        .iter()
        .enumerate()
        .map(|(at, (label, _))| match length(label) <= limit {
            true => (*label).to_owned(),
            false => between_words(&format!("{}. {label}", at + 1), limit),
        });
    numbered.collect()
}

/// The text above answers that are longer than what shows them: each of those whole, with the number by which it can be
/// typed.
pub(crate) fn numbered(body: String, answers: &[(&str, String)], shown: usize) -> String {
    let whole = answers
        .iter()
        .enumerate()
        .filter(|(_, (label, _))| length(label) > shown)
        .map(|(at, (label, _))| format!("{}. {label}", at + 1));
    std::iter::once(body).chain(whole).collect::<Vec<_>>().join("\n")
}

/// Cut to a limit between words, unless that would throw away half of it.
fn between_words(label: &str, limit: usize) -> String {
    let cut = shortened(label, limit);
    let Some(kept) = cut
        .strip_suffix('…')
        .filter(|kept| label != cut && label.starts_with(kept))
    else {
        return cut;
    };
    let ends_with_a_word = label[kept.len()..].starts_with(' ');
    match kept.rfind(' ').filter(|_| !ends_with_a_word) {
        Some(space) if space * 2 > kept.len() => {
            format!("{}…", kept[..space].trim_end_matches([' ', ',', ';', ':']))
        }
        _ => cut,
    }
}

fn interactive(kind: &str, body: String, action: Value) -> Content {
    (
        "interactive",
        json!({ "type": kind, "body": { "text": body }, "action": action }),
    )
}

fn list(
    card: &Card,
    body: &str,
    answers: &[(&str, String)],
    titles: &[String],
    language: Language,
) -> Result<Content, SendError> {
    let rows = answers.iter().zip(titles).map(|((label, id), title)| {
        if id.len() > MAX_ROW_ID {
            return Err(too_long(id, MAX_ROW_ID));
        }
        let mut row = json!({ "id": id, "title": title });
        if title != label {
            row["description"] = Value::String(shortened(label, MAX_ROW_DESCRIPTION));
        } else if let Some(described) = card.described(label) {
            row["description"] = Value::String(shortened(described, MAX_ROW_DESCRIPTION));
        }
        Ok(row)
    });
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let button = match language {
        Language::En => "Choose",
        Language::Es => "Elegir",
        Language::Pt => "Escolher",
    };
    Ok(interactive(
        "list",
        body.to_owned(),
        json!({ "button": button, "sections": [{ "rows": rows }] }),
    ))
}

/// Labels and payloads of the answers.
pub(crate) fn answers<'a>(card: &'a Card, out: &OutboundMessage) -> Result<Vec<(&'a str, String)>, SendError> {
    let mut answers: Vec<(&str, String)> = Vec::new();
    for action in &card.actions {
        let CardAction::Answer { label, value } = action else {
            continue;
        };
        let label = label.trim();
        let id = CardAnswer::payload(&out.message, value);
        if label.is_empty() {
            return Err(permanent(
                "card_label",
                format!("The card `{}` has a button without words.", card.title),
            ));
        }
        if id.len() > MAX_BUTTON_ID {
            return Err(too_long(&id, MAX_BUTTON_ID));
        }
        if answers.iter().any(|(l, i)| *l == label || *i == id) {
            return Err(permanent(
                "card_duplicate",
                format!(
                    "The card `{}` has the button `{label}` twice; WhatsApp refuses that.",
                    card.title
                ),
            ));
        }
        if answers.len() >= MAX_ROWS * 10 {
            return Err(permanent(
                "card_answers",
                format!("The card `{}` has more than 100 answers.", card.title),
            ));
        }
        answers.push((label, id));
    }
    Ok(answers)
}

fn too_long(id: &str, limit: usize) -> SendError {
    let start = &id[..id.floor_char_boundary(40)];
    permanent(
        "card_payload",
        format!("The answer `{start}…` of a card is longer than the {limit} characters of WhatsApp."),
    )
}

/// Labels and whole addresses of the links.
fn links<'a>(card: &'a Card, public_url: Option<&str>) -> Vec<(&'a str, String)> {
    let Some(base) = public_url else {
        return Vec::new();
    };
    let base = base.trim_end_matches('/');
    let links = card.actions.iter().filter_map(|action| match action {
        CardAction::Open { label, path } if path.starts_with('/') => Some((label.as_str(), format!("{base}{path}"))),
        CardAction::Open { label, path } => Some((label.as_str(), format!("{base}/{path}"))),
        CardAction::Answer { .. } => None,
    });
    links.collect()
}

/// Title, text and facts; without those that stand beside the answers, where they do (`is_described`).
fn words(card: &Card, has_marks: bool, is_described: bool) -> String {
    let title = card.title.trim();
    let mut lines = Vec::new();
    if !title.is_empty() {
        lines.push(if has_marks {
            format!("*{}*", title.replace('*', ""))
        } else {
            title.to_owned()
        });
    }
    if !card.body.trim().is_empty() {
        lines.push(card.body.trim().to_owned());
    }
    let line = |(label, value): &(String, String)| format!("{label}: {value}");
    if is_described {
        lines.extend(card.own_facts().map(line));
    } else {
        lines.extend(card.facts.iter().map(line));
    }
    lines.join("\n")
}

fn with_links(mut body: String, links: &[(&str, String)]) -> String {
    for (label, url) in links {
        body.push_str(&format!("\n{label}: {url}"));
    }
    body.trim().to_owned()
}

/// The text above the buttons. What is longer than Meta takes goes ahead as messages of its own, and
/// the title stays with the buttons.
fn fit(body: String, card: &Card, contents: &mut Vec<Content>) -> String {
    if length(&body) <= MAX_BODY && !body.is_empty() {
        return body;
    }
    contents.extend(split(&body, MAX_TEXT).into_iter().map(text_content));
    let title = shortened(card.title.trim(), MAX_BODY);
    // Meta refuses an empty body.
    if title.is_empty() { "⬇️".to_owned() } else { title }
}

/// Cut to a limit, with a sign that it was.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    let text = text.trim();
    if length(text) <= limit {
        return text.to_owned();
    }
    format!("{}…", text[..fitting(text, limit - 1)].trim_end())
}
