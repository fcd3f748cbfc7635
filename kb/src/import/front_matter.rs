//! The lines between `---` (`key: value`) or `+++` (TOML) at the head of a file.

use super::Fault;

/// What the head says, each with its line.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    pub(super) title: Option<(usize, String)>,
    pub(super) language: Option<(usize, String)>,
    pub(super) kind: Option<(usize, String)>,
    pub(super) slug: Option<(usize, String)>,
    pub(super) group: Option<(usize, String)>,
    pub(super) status: Option<(usize, String)>,
    pub(super) category: Option<(usize, String)>,
    pub(super) audience: Option<(usize, String)>,
    pub(super) questions: Vec<String>,
}

const KEYS: &str = "title, language, kind, slug, group, status, category, audience, questions";

impl FrontMatter {
    fn set(&mut self, line: usize, key: &str, value: String) -> Result<(), Fault> {
        let field = match key {
            "title" => &mut self.title,
            "language" => &mut self.language,
            "kind" => &mut self.kind,
            "slug" => &mut self.slug,
            "group" => &mut self.group,
            "status" => &mut self.status,
            "category" => &mut self.category,
            "audience" => &mut self.audience,
            other => {
                return Err((
                    Some(line),
                    format!("`{other}` is not a key of an article; expected one of: {KEYS}"),
                ));
            }
        };
        if field.is_some() {
            return Err((Some(line), format!("`{key}` is there twice; keep one")));
        }
        *field = Some((line, value));
        Ok(())
    }
}

/// Separates head and body. A file without a head has an empty one.
pub(super) fn split(text: &str) -> Result<(FrontMatter, &str), Fault> {
    let first = text.lines().next().unwrap_or_default().trim_end();
    let mark = match first {
        "---" | "+++" => first,
        _ => return Ok((FrontMatter::default(), text)),
    };
    let mut at = text.find('\n').map_or(text.len(), |end| end + 1);
    let head_start = at;
    for line in text[at..].split_inclusive('\n') {
        if line.trim_end() == mark {
            let head = &text[head_start..at];
            let body = &text[at + line.len()..];
            let front = if mark == "+++" {
                from_toml(head)?
            } else {
                from_lines(head)?
            };
            return Ok((front, body));
        }
        at += line.len();
    }
    Err((
        Some(1),
        format!("begins with `{mark}` but no second `{mark}` ends the front matter; add it above the text"),
    ))
}

fn from_lines(head: &str) -> Result<FrontMatter, Fault> {
    let mut front = FrontMatter::default();
    let mut in_questions = false;
    for (number, raw) in head.lines().enumerate() {
        // The opening line is the first of the file.
        let line = number + 2;
        let text = raw.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(item) = text.strip_prefix("- ").or((text == "-").then_some("")) {
            if !in_questions {
                return Err((
                    Some(line),
                    "is a list item outside `questions:`; put it below that key".to_owned(),
                ));
            }
            let question = unquote(item);
            if !question.is_empty() {
                front.questions.push(question);
            }
            continue;
        }
        let Some((key, value)) = text.split_once(':') else {
            return Err((Some(line), format!("`{}` is not `key: value`", shorten(text))));
        };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        in_questions = key == "questions";
        if in_questions {
            if !value.is_empty() {
                front.questions.extend(inline_list(line, value)?);
            }
            continue;
        }
        front.set(line, &key, unquote(value))?;
    }
    Ok(front)
}

/// `["a, b", c]` on one line.
fn inline_list(line: usize, value: &str) -> Result<Vec<String>, Fault> {
    let inner = value
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .ok_or_else(|| {
            (
                Some(line),
                "`questions:` wants one `- question` per line below it, or [\"a\", \"b\"]".to_owned(),
            )
        })?;
    let mut items = Vec::new();
    let mut item = String::new();
    let mut quote = None;
    for c in inner.chars() {
        match (quote, c) {
            (None, '"' | '\'') if item.trim().is_empty() => {
                quote = Some(c);
                item.push(c);
            }
            (Some(open), c) if c == open => {
                quote = None;
                item.push(c);
            }
            (None, ',') => items.push(unquote(std::mem::take(&mut item).trim())),
            (_, c) => item.push(c),
        }
    }
    if quote.is_some() {
        return Err((Some(line), "a quotation mark is not closed in `questions:`".to_owned()));
    }
    items.push(unquote(item.trim()));
    items.retain(|item| !item.is_empty());
    Ok(items)
}

fn from_toml(head: &str) -> Result<FrontMatter, Fault> {
    let table: toml::Table = toml::from_str(head).map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .map(|span| head[..span.start.min(head.len())].matches('\n').count() + 2);
        (line, format!("the TOML between +++ is wrong: {}", error.message()))
    })?;
    let mut front = FrontMatter::default();
    for (key, value) in table {
        let line = head
            .lines()
            .position(|line| line.trim_start().starts_with(key.as_str()))
            .map_or(1, |at| at + 2);
        match value {
            toml::Value::Array(items) if key == "questions" => {
                for item in items {
                    let toml::Value::String(question) = item else {
                        return Err((Some(line), "`questions` wants a list of texts".to_owned()));
                    };
                    front.questions.push(question);
                }
            }
            toml::Value::String(value) if key != "questions" => front.set(line, &key, value)?,
            _ if key == "questions" => {
                return Err((Some(line), "`questions` wants a list of texts".to_owned()));
            }
            _ => {
                return Err((
                    Some(line),
                    format!("`{key}` wants a text in quotation marks, or is not one of: {KEYS}"),
                ));
            }
        }
    }
    Ok(front)
}

fn unquote(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if text.len() >= 2
            && let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote))
        {
            return inner.trim().to_owned();
        }
    }
    text.to_owned()
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}
