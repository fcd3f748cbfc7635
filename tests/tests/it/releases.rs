//! What each release wrote is read by this one: a small installation of every release, as its own `backup` wrote it, is
//! put back on either database, brought up to date, compared row by row and sum by sum, and looked at.
//!
//! A release adds its own with `make release-data`; see `CONTRIBUTING.md`.

mod made;
mod rest;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use anyhow::{Context as _, ensure};
use regex::Regex;
use serde_json::Value;
use tests::harness::{Api, App, Running, WorkDir, fresh_database, http};
use tests::need;

/// The administrator of the sample business.
const EMAIL: &str = "ana@andinas.example";
const PASSWORD: &str = "switchboard demo";
/// How many pages of an installation are looked at.
const PAGES: usize = 150;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/releases")
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a path in UTF-8")
}

/// A table in a backup: how many rows, and the sum of each column of numbers.
#[derive(Debug, Default, PartialEq)]
struct Held {
    rows: usize,
    sums: BTreeMap<String, i128>,
}

/// What a backup holds, by table.
fn held(backup: &Path) -> anyhow::Result<BTreeMap<String, Held>> {
    let folder = WorkDir::new("backup")?;
    let unpacked = Command::new("tar")
        .args(["-xzf", text(backup)?, "-C", text(folder.path())?, "--exclude", "files"])
        .status()?;
    ensure!(unpacked.success(), "{} cannot be unpacked", backup.display());
    let totals = std::fs::read_to_string(folder.path().join("totals.json"))?;
    let totals: Value = serde_json::from_str(&totals)?;
    let tables = totals["tables"].as_object().context("no tables")?;
    let mut all: BTreeMap<String, Held> = tables.keys().map(|name| (name.clone(), Held::default())).collect();
    for table in std::fs::read_dir(folder.path().join("tables"))? {
        let table = table?;
        let held = all.entry(table.file_name().to_string_lossy().into_owned()).or_default();
        for part in std::fs::read_dir(table.path())? {
            let text = std::fs::read_to_string(part?.path())?;
            let mut lines = text.lines();
            let columns: Vec<String> = serde_json::from_str(lines.next().context("no columns")?)?;
            for line in lines {
                let row: Vec<Value> = serde_json::from_str(line)?;
                ensure!(row.len() == columns.len(), "{line}");
                held.rows += 1;
                for (column, value) in columns.iter().zip(&row) {
                    if let Some(number) = value.as_i64() {
                        *held.sums.entry(column.clone()).or_default() += i128::from(number);
                    }
                }
            }
        }
    }
    Ok(all)
}

/// What was there is there: every row, and every sum of what both know.
fn nothing_is_missing(before: &BTreeMap<String, Held>, after: &BTreeMap<String, Held>) -> anyhow::Result<()> {
    for (table, before) in before {
        let after = after.get(table).with_context(|| format!("{table} is gone"))?;
        ensure!(
            before.rows == after.rows,
            "{table}: {} rows were {}",
            after.rows,
            before.rows
        );
        for (column, sum) in &before.sums {
            let now = after.sums.get(column).copied().unwrap_or_default();
            ensure!(now == *sum, "{table}.{column}: the sum is {now} and was {sum}");
        }
    }
    Ok(())
}

/// Everything that the API lists answers, and so does the first of what it lists.
async fn the_api_answers(app: &Running) -> anyhow::Result<()> {
    let api = Api::of(app).await?;
    let document = api.get("/openapi.json").await?;
    let (mut lists, mut things) = (0, 0);
    let paths = document["paths"].as_object().context("no paths")?;
    for (path, operations) in paths {
        let wants_more = operations["get"]["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["in"] == "query" && one["required"] == true));
        if operations["get"].is_null() || path.contains('{') || wants_more {
            continue;
        }
        let listed = api.get(path).await?;
        lists += 1;
        let first = listed["items"][0]["id"].as_str();
        let is_one_read = paths
            .get(&format!("{path}/{{id}}"))
            .is_some_and(|one| !one["get"].is_null());
        if let Some(id) = first.filter(|_| is_one_read) {
            api.get(&format!("{path}/{}", id.replace('/', "%2F"))).await?;
            things += 1;
        }
    }
    ensure!(
        lists > 20 && things > 5,
        "only {lists} lists and {things} things were looked at"
    );
    Ok(())
}

/// A page's path with what names one thing taken out: two customers are one kind of page.
fn kind(path: &str) -> String {
    static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9A-Z]{26}|[0-9]+").expect("a constant pattern"));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    ID.replace_all(path, "{id}").into_owned()
}

/// An administrator signs in and opens a page of each kind that a link leads to.
async fn the_pages_open(app: &Running) -> anyhow::Result<()> {
    let client = http();
    let form = [("email", EMAIL), ("password", PASSWORD)];
    let signed_in = client.post(app.url("/sign-in")).form(&form).send().await?;
    let cookies: Vec<String> = signed_in
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|cookie| Some(cookie.to_str().ok()?.split(';').next()?.to_owned()))
        .collect();
    ensure!(signed_in.status().is_redirection(), "sign-in: {}", signed_in.status());
    let link = Regex::new("href=\"(/[^\"]*)\"")?;
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut next = VecDeque::from(["/inbox".to_owned(), "/help/es".to_owned()]);
    while let Some(path) = next.pop_front() {
        if path.contains("sign-out") || path.starts_with("/assets/") || seen.len() >= PAGES || !seen.insert(kind(&path))
        {
            continue;
        }
        let answer = client
            .get(app.url(&path))
            .header("cookie", cookies.join("; "))
            .send()
            .await?;
        let status = answer.status();
        ensure!(status.is_success() || status.is_redirection(), "{path}: {status}");
        let is_page = answer
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/html")));
        if is_page {
            let page = answer.text().await?;
            next.extend(link.captures_iter(&page).map(|found| found[1].replace("&amp;", "&")));
        }
    }
    ensure!(seen.len() > 40, "only these were found: {seen:?}");
    Ok(())
}

/// One release's installation on one database.
async fn is_read(release: &Path, database: Option<String>) -> anyhow::Result<()> {
    let mut app = App::new()?;
    if let Some(url) = database {
        app = app.set("database.url", url);
    }
    let backup = release.join("data.swbk");
    let said = app.command(&["restore", text(&backup)?], "").await?.success()?;
    ensure!(said.contains("every count and sum is right"), "{said}");
    app.command(&["migrate"], "").await?.success()?;
    let again = app.folder().join("again.swbk");
    app.command(&["backup", text(&again)?], "").await?.success()?;
    let (before, after) = (held(&backup)?, held(&again)?);
    let rows: usize = before.values().map(|table| table.rows).sum();
    ensure!(rows > 1_000, "{rows} rows say little");
    nothing_is_missing(&before, &after)?;
    let app = app.start().await?;
    the_api_answers(&app).await?;
    the_pages_open(&app).await?;
    // What a task that nobody waits for cannot read it says here.
    let log = app.log();
    let said = log
        .lines()
        .find(|line| line.contains("unreadable") || line.contains("panicked"));
    ensure!(said.is_none(), "{}", said.unwrap_or_default());
    Ok(())
}

/// What every release left, on the database that `url` gives.
async fn all_are_read(url: impl AsyncFn() -> anyhow::Result<Option<String>>) -> anyhow::Result<()> {
    let mut releases = 0;
    for entry in std::fs::read_dir(folder())? {
        let release = entry?.path();
        let name = release.display().to_string();
        is_read(&release, url().await?).await.context(name)?;
        releases += 1;
    }
    ensure!(releases > 0, "no release left anything");
    Ok(())
}

#[tokio::test]
async fn what_each_release_wrote_is_read_on_sqlite() -> anyhow::Result<()> {
    all_are_read(async || Ok(None)).await
}

#[tokio::test]
async fn what_each_release_wrote_is_read_on_postgres() -> anyhow::Result<()> {
    drop(need!(fresh_database().await));
    all_are_read(async || Ok(Some(fresh_database().await?))).await
}

/// This release's own is there as soon as its number is, with something in every table.
#[test]
fn this_release_has_its_own() -> anyhow::Result<()> {
    let backup = folder().join(env!("CARGO_PKG_VERSION")).join("data.swbk");
    ensure!(backup.is_file(), "{} is not there: make release-data", backup.display());
    ensure!(
        backup.metadata()?.len() < 1_000_000,
        "{} is too large",
        backup.display()
    );
    let held = held(&backup)?;
    let empty: Vec<&String> = held
        .iter()
        .filter(|(_, table)| table.rows == 0)
        .map(|(name, _)| name)
        .collect();
    ensure!(held.len() > 150 && empty.is_empty(), "nothing is in {empty:?}");
    Ok(())
}
