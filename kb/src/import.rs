//! Articles from a folder of Markdown files with front matter.
//!
//! ```text
//! ---
//! title: Change the toner            (or TOML between +++ lines)
//! language: en
//! kind: guide
//! group: change-toner
//! questions:
//!   - the toner is empty
//! ---
//! The body, in Markdown.
//! ```
//!
//! `category: printers` puts it into a category, `audience: N2` keeps it among agents of the second level and
//! above. Everything but the body may be left out: the language then comes from a folder (`pt/…`) or the
//! file name (`toner.pt.md`), the slug and the group from the file name, the title from the first
//! `# heading`. A file that cannot be used is reported, the others are imported all the same.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use conversation::types::{Language, Millis};

use crate::article::{Article, ArticleKind, ArticleStatus, Audience, Place};

mod front_matter;

use front_matter::FrontMatter;

/// A Markdown file larger than this is not an article; in bytes.
const FILE_BYTES: u64 = 2 * 1024 * 1024;
/// Folders inside folders are followed this far.
const DEPTH: usize = 16;

/// Why a file (or a line of it) could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file or folder.
    pub path: PathBuf,
    /// The line, counted from 1, where one is to blame.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.what),
            None => write!(f, "{}: {}", self.path.display(), self.what),
        }
    }
}

/// What an import found.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// The articles that can be used, by path.
    pub articles: Vec<Article>,
    /// The files that cannot, by path.
    pub problems: Vec<Problem>,
}

/// Reads all `*.md` files of a folder and its folders. `now` becomes their time of change.
///
/// Ids are `<language>/<slug>`, so that a second import of the same folder replaces the first.
///
/// # Errors
/// The folder itself cannot be read; everything below it is a [`Problem`].
pub fn import_dir(dir: &Path, now: Millis) -> io::Result<Imported> {
    let mut files = Vec::new();
    let mut imported = Imported::default();
    collect(dir, &mut files, &mut imported.problems, 0)?;
    files.sort();
    if files.is_empty() && imported.problems.is_empty() {
        imported.problems.push(Problem {
            path: dir.to_owned(),
            line: None,
            what: "holds no .md file; name the folder that holds the articles".to_owned(),
        });
    }
    let mut taken: HashMap<String, PathBuf> = HashMap::new();
    for path in files {
        let relative = path.strip_prefix(dir).unwrap_or(&path);
        let article = read_file(&path).and_then(|text| parse(relative, &text, now));
        let problem = match article {
            Ok(article) => match taken.get(&article.id) {
                None => {
                    taken.insert(article.id.clone(), path);
                    imported.articles.push(article);
                    continue;
                }
                Some(first) => (
                    None,
                    format!(
                        "has the same language and slug (`{}`) as {}; give one of them another `slug:`",
                        article.id,
                        first.display()
                    ),
                ),
            },
            Err(problem) => problem,
        };
        imported.problems.push(Problem {
            path,
            line: problem.0,
            what: problem.1,
        });
    }
    Ok(imported)
}

/// A line, where one is to blame, and what is wrong.
type Fault = (Option<usize>, String);

fn collect(dir: &Path, files: &mut Vec<PathBuf>, problems: &mut Vec<Problem>, depth: usize) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Links are not followed: they may lead out of the folder or around in it.
        let kind = entry.file_type()?;
        if is_hidden {
            continue;
        }
        if kind.is_dir() {
            let outcome = if depth < DEPTH {
                collect(&path, files, problems, depth + 1).map_err(|error| error.to_string())
            } else {
                Err(format!("is nested deeper than {DEPTH} folders; move it up"))
            };
            if let Err(what) = outcome {
                problems.push(Problem { path, line: None, what });
            }
        } else if kind.is_file()
            && path
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("md"))
        {
            files.push(path);
        }
    }
    Ok(())
}

fn read_file(path: &Path) -> Result<String, Fault> {
    let size = fs::metadata(path).map_err(|error| (None, error.to_string()))?.len();
    if size > FILE_BYTES {
        return Err((
            None,
            format!("is {size} bytes long; an article has at most {FILE_BYTES}: split it"),
        ));
    }
    let bytes = fs::read(path).map_err(|error| (None, error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].iter().filter(|&&byte| byte == b'\n').count() + 1;
        (Some(line), "is not UTF-8; save the file as UTF-8".to_owned())
    })
}

/// One file's text as an article. `path` is relative to the imported folder.
///
/// # Errors
/// What is wrong with it, with the line where there is one.
pub fn parse(path: &Path, text: &str, now: Millis) -> Result<Article, (Option<usize>, String)> {
    let text = text.trim_start_matches('\u{feff}');
    let (front, body) = front_matter::split(text)?;
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let (base, suffix) = match stem.rsplit_once('.') {
        Some((base, tag)) if !base.is_empty() && Language::from_tag(tag).is_some() => {
            (base.to_owned(), Language::from_tag(tag))
        }
        _ => (stem, None),
    };

    let FrontMatter {
        title,
        language,
        kind,
        slug,
        group,
        questions,
        status,
        category,
        audience,
    } = front;
    let language = language_of(language, suffix, path)?;
    let kind = parsed::<ArticleKind>(kind, ArticleKind::Guide)?;
    let status = parsed::<ArticleStatus>(status, ArticleStatus::Published)?;
    let audience = parsed::<Audience>(audience, Audience::Public)?;
    let category = category.map(category_id).transpose()?;
    let (title, body) = headline(title, body)?;
    if body.trim().is_empty() && questions.is_empty() {
        return Err((
            None,
            "has neither text nor questions; write the answer below the front matter".to_owned(),
        ));
    }
    let slug = slug_of(slug, &base)?;
    let group = group.map_or_else(|| slugify(&base), |(_, group)| group.trim().to_owned());
    Ok(Article {
        id: format!("{language}/{slug}"),
        kind,
        slug,
        language,
        group,
        title,
        body: body.trim().to_owned(),
        questions,
        status,
        place: Place {
            category,
            audience,
            source: None,
        },
        version: 1,
        updated_at: now,
    })
}

/// The language that is written, else that of the name (`x.pt.md`), else that of a folder above.
fn language_of(written: Option<(usize, String)>, suffix: Option<Language>, path: &Path) -> Result<Language, Fault> {
    match written {
        Some((line, tag)) => {
            Language::from_tag(&tag).ok_or_else(|| (Some(line), format!("`language: {tag}` is not one of en, es, pt")))
        }
        None => suffix.or_else(|| folder_language(path)).ok_or_else(|| {
            (
                None,
                "has no language; add `language: en|es|pt`, or put it into a folder en/, es/ or pt/, or name it x.pt.md"
                    .to_owned(),
            )
        }),
    }
}

fn category_id((line, named): (usize, String)) -> Result<String, Fault> {
    match slugify(&named) {
        id if id.is_empty() => Err((Some(line), "`category:` has no letters or digits".to_owned())),
        id => Ok(id),
    }
}

/// The title that is written, else the first heading, and the text without it.
fn headline(written: Option<(usize, String)>, body: &str) -> Result<(String, &str), Fault> {
    match written {
        Some((_, title)) if !title.trim().is_empty() => Ok((title.trim().to_owned(), body)),
        Some((line, _)) => Err((Some(line), "`title:` is empty; write the headline".to_owned())),
        None => heading_title(body).ok_or_else(|| {
            (
                None,
                "has no title; add `title: …` between the --- lines, or begin with `# …`".to_owned(),
            )
        }),
    }
}

/// The slug that is written, as long as it is one; else the file's name.
fn slug_of(written: Option<(usize, String)>, base: &str) -> Result<String, Fault> {
    let slug = match written {
        Some((line, slug)) => match slugify(&slug) {
            made if made == slug => slug,
            made => {
                return Err((
                    Some(line),
                    format!("`slug: {slug}` has other signs than a-z, 0-9 and -; write `{made}`"),
                ));
            }
        },
        None => slugify(base),
    };
    if slug.is_empty() {
        return Err((None, "has no letters or digits in its name; add `slug: …`".to_owned()));
    }
    Ok(slug)
}

fn parsed<T: std::str::FromStr<Err = conversation::types::UnknownValue>>(
    value: Option<(usize, String)>,
    otherwise: T,
) -> Result<T, Fault> {
    match value {
        Some((line, text)) => text
            .trim()
            .to_ascii_lowercase()
            .parse()
            .map_err(|error: T::Err| (Some(line), error.to_string())),
        None => Ok(otherwise),
    }
}

fn folder_language(path: &Path) -> Option<Language> {
    path.parent()?.components().rev().find_map(|part| {
        let name = part.as_os_str().to_string_lossy();
        // Only `pt`, `pt-BR`: a folder named `enclosures` is no language.
        (name.len() == 2 || name.as_bytes().get(2).is_some_and(|byte| matches!(byte, b'-' | b'_')))
            .then(|| Language::from_tag(&name))
            .flatten()
    })
}

/// The first `# heading`, and what follows it.
fn heading_title(body: &str) -> Option<(String, &str)> {
    let trimmed = body.trim_start();
    let (first, rest) = trimmed.split_once('\n').unwrap_or((trimmed, ""));
    let title = first.strip_prefix("# ")?.trim();
    (!title.is_empty()).then(|| (title.to_owned(), rest))
}

/// Lower-case ASCII letters and digits with single hyphens between words.
pub fn slugify(text: &str) -> String {
    crate::analysis::folded_words(text, 64)
        .join("-")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect()
}

#[cfg(test)]
mod tests;
