//! Articles as Markdown files that [`crate::import`] reads again.

use crate::article::{Article, ArticleStatus};

/// Where an article's file stands below the folder.
pub fn path(article: &Article) -> String {
    format!("{}/{}.md", article.language, article.slug)
}

/// An article as a file: front matter and text.
pub fn file(article: &Article) -> String {
    let mut text = String::with_capacity(article.body.len() + 400);
    text.push_str("---\n");
    let mut line = |key: &str, value: &str| {
        text.push_str(key);
        text.push_str(": ");
        text.push_str(&quoted(value));
        text.push('\n');
    };
    line("title", &article.title);
    line("language", article.language.as_str());
    line("kind", article.kind.as_str());
    line("slug", &article.slug);
    line("group", &article.group);
    if article.status == ArticleStatus::Draft {
        line("status", article.status.as_str());
    }
    if let Some(category) = &article.place.category {
        line("category", category);
    }
    if article.place.audience.is_internal() {
        line("audience", article.place.audience.as_str());
    }
    if !article.questions.is_empty() {
        text.push_str("questions:\n");
        for question in &article.questions {
            text.push_str("  - ");
            text.push_str(&quoted(question));
            text.push('\n');
        }
    }
    text.push_str("---\n\n");
    text.push_str(article.body.trim());
    text.push('\n');
    text
}

/// One line, in marks where it would be read as something else.
fn quoted(value: &str) -> String {
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_marked = |mark: char| line.len() >= 2 && line.starts_with(mark) && line.ends_with(mark);
    if is_marked('"') || is_marked('\'') {
        format!("\"{line}\"")
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::article::{Audience, Place};
    use crate::{import, sample};

    #[test]
    fn what_is_written_is_read_again() {
        let (articles, _) = sample::articles(1);
        for mut article in articles {
            article.title = format!("\"{}\"", article.title);
            article.questions.push("'quoted: yes'".to_owned());
            article.questions.push("# no comment".to_owned());
            article.place = Place {
                category: Some("printers".to_owned()),
                audience: Audience::N2,
                source: None,
            };
            let read = import::parse(Path::new(&path(&article)), &file(&article), 1).unwrap();
            assert_eq!(read, article);
        }
    }
}
