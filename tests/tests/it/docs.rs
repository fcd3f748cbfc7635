//! The documentation: its links lead somewhere, its commands exist, and its examples do what they say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use serde_json::json;
use tests::harness::{Api, App};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// Every page: those in `docs` and those beside the README.
fn pages() -> Vec<PathBuf> {
    fn look(folder: &Path, found: &mut Vec<PathBuf>, deep: bool) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && deep {
                look(&path, found, true);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    look(root(), &mut found, false);
    look(&root().join("docs"), &mut found, true);
    found.sort();
    found
}

/// Where the links of a page lead, code left out.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, part) in text.split("```").enumerate() {
        if number % 2 == 1 {
            continue;
        }
        for after in part.split("](").skip(1) {
            if let Some((target, _)) = after.split_once(')') {
                found.push(target.to_owned());
            }
        }
    }
    found
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches('#')))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    let mut seen = BTreeSet::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a page");
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, wanted) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                page.clone()
            } else {
                page.parent().expect("a folder").join(path)
            };
            if !target.exists() {
                broken.push(format!("{}: {link}", page.display()));
                continue;
            }
            if !wanted.is_empty() && !anchors(&std::fs::read_to_string(&target).unwrap_or_default()).contains(wanted) {
                broken.push(format!("{}: {link} (no such heading)", page.display()));
            }
            seen.insert(target.canonicalize().expect("a path"));
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
    // And every page can be come to.
    let lonely: Vec<_> = pages()
        .into_iter()
        .filter(|page| page.starts_with(root().join("docs")) && !page.starts_with(root().join("docs/adr")))
        .filter(|page| !seen.contains(&page.canonicalize().expect("a path")))
        .collect();
    assert!(lonely.is_empty(), "nothing leads to {lonely:?}");
}

#[test]
fn every_decision_is_in_their_index_under_its_own_title() {
    let folder = root().join("docs/adr");
    let index = std::fs::read_to_string(folder.join("README.md")).expect("the index");
    let mut count = 0;
    for page in pages().into_iter().filter(|page| page.starts_with(&folder)) {
        let name = page.file_name().and_then(|name| name.to_str()).expect("a name");
        if name == "README.md" {
            continue;
        }
        let text = std::fs::read_to_string(&page).expect("a page");
        let heading = text.lines().next().unwrap_or_default();
        let title = heading
            .split_once(['.', ':'])
            .map_or(heading, |(_, title)| title)
            .trim();
        assert!(index.contains(&format!("]({name}) | {title} |")), "{name}: {title}");
        count += 1;
    }
    assert!(count > 10, "{count} decisions");
}

#[test]
fn what_customers_and_agents_read_is_there_in_three_languages() {
    for role in ["customer", "agent"] {
        let parts = |language: &str| {
            let path = root().join(format!("docs/roles/{role}{language}.md"));
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let rows = text.lines().filter(|line| line.starts_with("| ")).count();
            let paragraphs = text.split("\n\n").count();
            (rows, paragraphs)
        };
        let english = parts("");
        assert_eq!(english, parts(".es"), "{role} in Spanish has other parts");
        assert_eq!(english, parts(".pt"), "{role} in Portuguese has other parts");
    }
}

/// The commands that code on the pages calls: `switchboard` and the words behind it.
fn commands(text: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 0 && !part.starts_with('\n') {
            continue;
        }
        for line in part.lines() {
            let Some(rest) = line.trim().strip_prefix("switchboard ") else {
                continue;
            };
            let is_word = |word: &&str| {
                !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
            };
            let words: Vec<String> = rest
                .split_whitespace()
                .take_while(is_word)
                .take(2)
                .map(str::to_owned)
                .collect();
            if !words.is_empty() {
                found.insert(words);
            }
        }
    }
    found
}

#[tokio::test]
async fn every_command_on_the_pages_exists() -> anyhow::Result<()> {
    const WITH_PARTS: [&str; 9] = [
        "email", "kb", "reports", "agent", "token", "config", "import", "desk", "webhooks",
    ];
    let app = App::new()?;
    let mut all = BTreeSet::new();
    for page in pages() {
        all.extend(commands(&std::fs::read_to_string(&page)?));
    }
    assert!(all.len() > 15, "{all:?}");
    for words in all {
        let is_parted = words.first().is_some_and(|first| WITH_PARTS.contains(&first.as_str()));
        let words = &words[..if is_parted { words.len() } else { 1 }];
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        arguments.push("--help");
        let output = app.command(&arguments, "").await?;
        assert!(
            output.status.success(),
            "the pages name `switchboard {}`: {}",
            words.join(" "),
            output.text()
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_examples_of_the_api_run() -> anyhow::Result<()> {
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test" },
    });
    api.post("/inboxes", "inbox", &inbox).await?;
    for name in ["ana", "bea"] {
        let mail = format!(
            "From: {name}@customer.test\r\nTo: support@example.test\r\nSubject: Printer\r\nMessage-ID: <{name}@customer.test>\r\n\r\nMy printer is stuck.\r\n"
        );
        app.command(&["email", "deliver", "--inbox", "support"], mail)
            .await?
            .success()?;
    }
    let token = app
        .command(&["token", "create", "--role", "administrator"], "")
        .await?
        .success()?;
    let page = std::fs::read_to_string(root().join("docs/api.md"))?;
    let examples: Vec<&str> = page
        .split("```sh\n")
        .skip(1)
        .filter_map(|part| Some(part.split_once("```")?.0))
        .collect();
    assert!(examples.len() >= 8, "the page has examples");
    // One after the other in one shell, as somebody types them.
    let output = tokio::process::Command::new("bash")
        .args(["-euo", "pipefail", "-c", &examples.concat()])
        .env("DESK", app.url(""))
        .env("TOKEN", token.trim())
        .stdin(Stdio::null())
        .output()
        .await
        .context("bash, curl and jq are needed")?;
    let (said, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "an example failed:\n{said}\n{errors}");
    for line in [
        "inbound: My printer is stuck.",
        "note",
        "resolved",
        "conversation.created",
        "401",
    ] {
        assert!(said.lines().any(|one| one.contains(line)), "no `{line}` in:\n{said}");
    }
    Ok(())
}
