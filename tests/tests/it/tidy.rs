//! The rules of the house that a reading of the sources can keep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Who may know whom. A new edge is a decision to be written down first.
const EDGES: [(&str, &[&str]); 11] = [
    ("conversation", &[]),
    ("kb", &["conversation"]),
    ("search", &["conversation", "kb"]),
    ("bots", &["conversation", "kb"]),
    ("channels", &["conversation"]),
    ("ui", &["conversation"]),
    ("billing", &["conversation"]),
    ("equipment", &["billing", "conversation"]),
    ("identity", &["conversation"]),
    ("portal", &["billing", "conversation", "equipment", "identity", "ui"]),
    (
        "gateway",
        &[
            "billing",
            "bots",
            "channels",
            "conversation",
            "equipment",
            "identity",
            "kb",
            "portal",
            "search",
            "ui",
        ],
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

fn manifest(path: &Path) -> anyhow::Result<toml::Table> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.parse().with_context(|| path.display().to_string())
}

/// The names in one table of dependencies, also for one target only.
fn dependencies(manifest: &toml::Table, table: &str) -> BTreeSet<String> {
    let targets = manifest
        .get("target")
        .and_then(toml::Value::as_table)
        .into_iter()
        .flat_map(toml::Table::values);
    let places = std::iter::once(manifest).chain(targets.filter_map(toml::Value::as_table));
    places
        .filter_map(|place| place.get(table).and_then(toml::Value::as_table))
        .flat_map(|table| table.keys().cloned())
        .collect()
}

fn members() -> anyhow::Result<Vec<String>> {
    let manifest = manifest(&root().join("Cargo.toml"))?;
    let members = manifest["workspace"]["members"]
        .as_array()
        .context("workspace.members")?;
    Ok(members
        .iter()
        .filter_map(|member| member.as_str().map(str::to_owned))
        .collect())
}

/// Every file below `folder` whose name ends with `ending`, in order; not what tools put there.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                if !["target", "node_modules", "dist"].contains(&name.as_str()) && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources() -> anyhow::Result<Vec<(String, String)>> {
    let mut sources = Vec::new();
    for member in members()? {
        for path in files(&root().join(member), ".rs") {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            sources.push((path.strip_prefix(root())?.display().to_string(), text));
        }
    }
    anyhow::ensure!(
        sources.len() > 10,
        "the sources are not where they were: {}",
        root().display()
    );
    Ok(sources)
}

/// Whether a file is test or bench code as a whole.
fn is_test(path: &str) -> bool {
    path.starts_with("tests/")
        || path.ends_with("/tests.rs")
        || ["/tests/", "/benches/", "/examples/"]
            .iter()
            .any(|folder| path.contains(folder))
}

/// The lines outside comments and outside `#[cfg(test)]` blocks at the left margin, numbered from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_test = false;
    let mut marked = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.starts_with("#[cfg(test)]") {
            marked = true;
        } else if marked && !line.starts_with("#[") {
            marked = false;
            // `mod tests;` and other items of one line end here.
            in_test = !line.ends_with(';') && !line.ends_with('}');
        }
        let skip = in_test || line.trim_start().starts_with("//");
        if line == "}" {
            in_test = false;
        }
        (!skip).then_some((index + 1, line))
    })
}

fn none(findings: Vec<String>, rule: &str) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}

#[test]
fn crates_know_each_other_as_designed() -> anyhow::Result<()> {
    let members: BTreeSet<String> = members()?.into_iter().collect();
    let designed: BTreeSet<String> = EDGES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let found: BTreeSet<String> = members.iter().filter(|name| *name != "tests").cloned().collect();
    assert_eq!(found, designed, "a crate came or went: design its edges here");
    for (name, edges) in EDGES {
        let manifest = manifest(&root().join(name).join("Cargo.toml"))?;
        let normal = dependencies(&manifest, "dependencies");
        let inside: Vec<&str> = normal.intersection(&members).map(String::as_str).collect();
        assert_eq!(inside, edges, "the dependencies of {name}");
        let others: BTreeSet<String> = ["dev-dependencies", "build-dependencies"]
            .iter()
            .flat_map(|table| dependencies(&manifest, table))
            .filter(|dependency| members.contains(dependency) && !edges.contains(&dependency.as_str()))
            // The benchmark measures the binary's own parts against real servers of the harness.
            .filter(|dependency| !(name == "gateway" && dependency.as_str() == "tests"))
            .collect();
        assert!(
            others.is_empty(),
            "{name} knows {others:?} in its tests or its build script"
        );
    }
    Ok(())
}

#[test]
fn the_core_knows_no_http_no_html_and_no_channel() -> anyhow::Result<()> {
    let manifest = manifest(&root().join("conversation/Cargo.toml"))?;
    let known = dependencies(&manifest, "dependencies");
    for outside in [
        "axum",
        "hyper",
        "tower",
        "tower-http",
        "maud",
        "ammonia",
        "lettre",
        "async-imap",
        "mail-parser",
        "tantivy",
    ] {
        assert!(!known.contains(outside), "conversation depends on {outside}");
    }
    let uses = sources()?
        .into_iter()
        .filter(|(path, _)| path.starts_with("conversation/"))
        .flat_map(|(path, text)| {
            let lines = code(&text).filter(|(_, line)| line.contains("reqwest::"));
            lines.map(|(number, _)| format!("{path}:{number}")).collect::<Vec<_>>()
        })
        .collect();
    none(
        uses,
        "conversation declares reqwest for object_store only and does not use it",
    );
    Ok(())
}

#[test]
fn time_and_randomness_are_parameters() -> anyhow::Result<()> {
    let banned = regex::Regex::new(
        r"\b(SystemTime::now|Utc::now|Local::now|Timestamp::now|Zoned::now|rand::rng\(|thread_rng|rand::random|OsRng|SysRng|Ulid::new\(\))",
    )?;
    let mut findings = Vec::new();
    for (path, text) in sources()? {
        if is_test(&path) || path == "conversation/src/env.rs" {
            continue;
        }
        findings.extend(code(&text).filter_map(|(number, line)| {
            banned
                .find(line)
                .map(|found| format!("{path}:{number}: {}", found.as_str()))
        }));
    }
    none(
        findings,
        "only conversation/src/env.rs asks the system for the time or for randomness",
    );
    Ok(())
}

#[test]
fn no_test_is_ignored() -> anyhow::Result<()> {
    let attribute = regex::Regex::new(r"^\s*#\[(ignore\b|cfg_attr\(.*\bignore\b)")?;
    let findings = sources()?
        .into_iter()
        .flat_map(|(path, text)| {
            let lines = text.lines().enumerate().filter(|(_, line)| attribute.is_match(line));
            lines
                .map(|(index, _)| format!("{path}:{}", index + 1))
                .collect::<Vec<_>>()
        })
        .collect();
    none(findings, "a test that does not run says nothing");
    Ok(())
}

#[test]
fn files_are_short_enough_to_read() -> anyhow::Result<()> {
    let findings = sources()?
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines >= 600)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    none(findings, "a source file has fewer than 600 lines; look for the seam");
    Ok(())
}

#[test]
fn no_file_is_forgotten() -> anyhow::Result<()> {
    let sources: BTreeMap<String, String> = sources()?.into_iter().collect();
    // What cargo finds by itself: crates, binaries, suites.
    let is_root = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        ["lib.rs", "main.rs", "mod.rs", "build.rs"].contains(&name) || path.contains("/examples/")
    };
    let is_named = |path: &str| {
        let Some((folder, file)) = path.rsplit_once('/') else {
            return false;
        };
        let module = format!("mod {};", file.trim_end_matches(".rs"));
        let parents = [
            format!("{folder}.rs"),
            format!("{folder}/lib.rs"),
            format!("{folder}/main.rs"),
        ];
        parents
            .iter()
            .chain([&format!("{folder}/mod.rs")])
            .filter_map(|parent| sources.get(parent))
            .any(|parent| parent.lines().any(|line| line.trim_end().ends_with(&module)))
    };
    let findings = sources
        .keys()
        .filter(|path| !is_root(path) && !is_named(path))
        .map(|path| format!("{path}: no module names it"))
        .collect();
    none(findings, "a file that nothing compiles is dead");
    Ok(())
}

#[test]
fn every_crate_says_what_it_is() -> anyhow::Result<()> {
    let findings = sources()?
        .into_iter()
        .filter(|(path, _)| path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs"))
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    none(findings, "lib.rs and main.rs begin with //!");
    Ok(())
}

#[test]
fn lints_of_the_workspace_hold_everywhere() -> anyhow::Result<()> {
    for member in members()? {
        let manifest = manifest(&root().join(&member).join("Cargo.toml"))?;
        let inherited = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace")?.as_bool());
        assert_eq!(
            inherited,
            Some(true),
            "{member}/Cargo.toml has no `[lints] workspace = true`"
        );
    }
    Ok(())
}

/// What stands between the outermost brackets after each CREATE TABLE, with its name.
fn tables(sql: &str) -> Vec<(String, String)> {
    let start = regex::Regex::new(r"(?i)\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?(\w+)\s*\(").expect("a constant");
    start
        .captures_iter(sql)
        .map(|found| {
            let body = &sql[found.get(0).map_or(0, |whole| whole.end())..];
            let mut depth = 1;
            let end = body.find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            (found[1].to_owned(), body[..end.unwrap_or(body.len())].to_owned())
        })
        .collect()
}

/// The parts between the commas that are in no bracket.
fn split_columns(body: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in body.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match parts.last_mut() {
            Some(part) if c != ',' || depth > 0 => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts
        .into_iter()
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// The columns whose type is not one that both databases read alike.
fn foreign_types(sql: &str) -> Vec<String> {
    let comment = regex::Regex::new(r"--[^\n]*|(?s:/\*.*?\*/)").expect("a constant");
    let sql = comment.replace_all(sql, " ");
    let allowed = regex::Regex::new(r"(?i)^(text|bigint|boolean|bytea|double\s+precision)\b(?:\s*[^\s(\[]|\s*$)")
        .expect("a constant");
    let constraint =
        regex::Regex::new(r"(?i)^(primary\s+key|unique|foreign\s+key|check|constraint)\b").expect("a constant");
    let mut columns: Vec<(String, String)> = Vec::new();
    for (table, body) in tables(&sql) {
        let parts = split_columns(&body)
            .into_iter()
            .filter(|part| !constraint.is_match(part));
        columns.extend(parts.map(|part| (table.clone(), part)));
    }
    let added = regex::Regex::new(r"(?i)\balter\s+table\s+(\w+)\s+add\s+(?:column\s+)?([^;]+)").expect("a constant");
    columns.extend(
        added
            .captures_iter(&sql)
            .map(|found| (found[1].to_owned(), found[2].trim().to_owned()))
            .filter(|(_, part)| !constraint.is_match(part)),
    );
    columns
        .into_iter()
        .filter(|(_, part)| {
            let kind = part
                .split_once(char::is_whitespace)
                .map_or("", |(_, kind)| kind.trim_start());
            !allowed.is_match(kind)
        })
        .map(|(table, part)| format!("{table}: {part}"))
        .collect()
}

#[test]
fn migrations_use_the_types_of_both_databases() -> anyhow::Result<()> {
    for (sql, expected) in [
        (
            "CREATE TABLE a (id TEXT PRIMARY KEY, n BIGINT NOT NULL, -- VARCHAR\n b BOOLEAN, d DOUBLE PRECISION, x BYTEA);",
            vec![],
        ),
        (
            "create table a (id text not null check (id in ('x', 'y')), primary key (id), unique (id, n));",
            vec![],
        ),
        ("CREATE TABLE a (id INTEGER);", vec!["a: id INTEGER"]),
        (
            "CREATE TABLE a (id TEXT, at TIMESTAMPTZ DEFAULT now());",
            vec!["a: at TIMESTAMPTZ DEFAULT now()"],
        ),
        ("CREATE TABLE a (ids TEXT[]);", vec!["a: ids TEXT[]"]),
        ("CREATE TABLE a (id);", vec!["a: id"]),
        (
            "ALTER TABLE a ADD COLUMN j JSONB; ALTER TABLE a ADD k TEXT;",
            vec!["a: j JSONB"],
        ),
    ] {
        assert_eq!(foreign_types(sql), expected, "{sql}");
    }
    let mut findings = Vec::new();
    for path in files(&root().join("migrations"), ".sql") {
        let text = std::fs::read_to_string(&path)?;
        let name = path.strip_prefix(root())?.display().to_string();
        findings.extend(
            foreign_types(&text)
                .into_iter()
                .map(|finding| format!("{name}: {finding}")),
        );
    }
    none(findings, "columns are TEXT, BIGINT, BOOLEAN, BYTEA or DOUBLE PRECISION");
    Ok(())
}

/// The message ids of a Fluent file, with their attributes and variables.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let id = regex::Regex::new(r"^(-?[a-zA-Z][\w-]*)\s*=").expect("a constant");
    let part = regex::Regex::new(r"^\s+(\.[a-zA-Z][\w-]*)\s*=").expect("a constant");
    let variable = regex::Regex::new(r"\$[a-zA-Z][\w-]*").expect("a constant");
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(found) = id.captures(line) {
            current = found[1].to_owned();
            messages.entry(current.clone()).or_default();
        }
        let Some(parts) = messages.get_mut(&current) else {
            continue;
        };
        parts.extend(part.captures(line).map(|found| found[1].to_owned()));
        parts.extend(variable.find_iter(line).map(|found| found.as_str().to_owned()));
    }
    messages
}

#[test]
fn every_text_exists_in_three_languages() -> anyhow::Result<()> {
    let locales = root().join("ui/locales");
    let mut languages = BTreeMap::new();
    for language in ["en", "es", "pt"] {
        let mut all = BTreeMap::new();
        for path in files(&locales.join(language), ".ftl") {
            all.extend(messages(&std::fs::read_to_string(path)?));
        }
        assert!(!all.is_empty(), "ui/locales has no texts in {language}");
        languages.insert(language, all);
    }
    let mut findings = Vec::new();
    for (language, texts) in &languages {
        for (key, parts) in &languages["en"] {
            match texts.get(key) {
                None => findings.push(format!("{language}: no {key}")),
                Some(own) if own != parts => {
                    let odd: Vec<_> = own.symmetric_difference(parts).collect();
                    findings.push(format!("{language}: {key} differs in {odd:?}"));
                }
                Some(_) => {}
            }
        }
        findings.extend(
            texts
                .keys()
                .filter(|key| !languages["en"].contains_key(*key))
                .map(|key| format!("{language}: {key} is not in en")),
        );
    }
    none(findings, "the three languages say the same things");
    Ok(())
}
