//! `kb import`, `kb export`, `kb search` and `kb eval`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ::kb::semantics::Semantics;
use ::kb::{Knowledge, curve, eval, import, settings, store};
use anyhow::{Context, Result, anyhow};
use clap::Subcommand;
use conversation::Env;
use conversation::types::{Actor, Language};

use crate::app::open_store;
use crate::config::Config;

/// Fills, asks and measures the knowledge base.
#[derive(Debug, Subcommand)]
pub(super) enum KbCommand {
    /// Takes in the articles of a folder of Markdown files; can be repeated
    Import {
        /// The folder
        dir: PathBuf,
    },
    /// Writes all articles into a folder as Markdown files that `import` takes in again
    Export {
        /// The folder; it must not exist, or be empty
        dir: PathBuf,
    },
    /// Searches as a customer would
    Search {
        /// en, es or pt
        #[arg(long)]
        language: Language,
        /// How many articles
        #[arg(long, default_value_t = 10)]
        limit: usize,
        /// What to look for
        #[arg(required = true)]
        query: Vec<String>,
    },
    /// Measures how the bot would answer, with the models of sentences that are configured; needs no data folder, prints one JSON object
    Eval(Evaluation),
    /// Prints the business's own words of one meaning, or replaces them with a file's
    Synonyms {
        /// en, es or pt
        #[arg(long)]
        language: Language,
        /// One group a line, members between commas; `-` reads the standard input
        #[arg(long)]
        set: Option<PathBuf>,
    },
}

/// What `kb eval` reads and writes.
#[derive(Debug, clap::Args)]
pub(super) struct Evaluation {
    /// Articles, one JSON object a line: id, language, title, body, questions
    #[arg(long)]
    articles: PathBuf,
    /// Questions, one JSON object a line: text, language, article (null: no answer exists)
    #[arg(long)]
    questions: PathBuf,
    /// Draws correct against refused over all thresholds into this SVG file
    #[arg(long)]
    curve: Option<PathBuf>,
    /// Draws others' results beside the curve, one JSON object a line: name, right, refused (shares from 0 to 1)
    #[arg(long, requires = "curve")]
    beside: Option<PathBuf>,
    /// Writes what became of every question into this file, the surest first, one JSON object a line
    #[arg(long)]
    each: Option<PathBuf>,
}

pub(super) fn evaluate(config: &Config, wanted: &Evaluation) -> Result<ExitCode> {
    let articles = eval::read_articles(&wanted.articles)?;
    let questions = eval::read_questions(&wanted.questions, &articles)?;
    let others = match &wanted.beside {
        Some(path) => curve::read_others(path)?,
        None => Vec::new(),
    };
    let (models, failed) = Semantics::load(&config.semantics.folders(), None);
    if let Some((language, error)) = failed.into_iter().next() {
        return Err(error).with_context(|| format!("semantics.{language}"));
    }
    eval::read_by(&models, &articles)
        .map_err(|(language, error)| anyhow!(error).context(format!("semantics.{language}")))?;
    let (report, mut each) = eval::evaluate_with(&articles, &questions, &models);
    let write = |path: &Path, text: String| {
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    if let Some(path) = &wanted.curve {
        write(path, curve::curve_svg(&each, &others))?;
    }
    if let Some(path) = &wanted.each {
        each.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let lines: Vec<String> = each.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        write(path, lines.join("\n") + "\n")?;
    }
    println!("{}", serde_json::to_string(&report)?);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn run(config: Config, command: KbCommand) -> Result<ExitCode> {
    match command {
        KbCommand::Import { dir } => take_in(config, &dir).await,
        KbCommand::Export { dir } => give_out(config, &dir).await,
        KbCommand::Search { language, limit, query } => search(config, language, limit, &query.join(" ")).await,
        KbCommand::Eval(wanted) => evaluate(&config, &wanted),
        KbCommand::Synonyms { language, set } => synonyms(config, language, set.as_deref()).await,
    }
}

async fn take_in(config: Config, dir: &Path) -> Result<ExitCode> {
    let data = open_store(&config, Env::system()).await?;
    let found = import::import_dir(dir, data.now())
        .with_context(|| format!("cannot read {}; name the folder that holds the articles", dir.display()))?;
    let report = store::import(&data, &Actor::System, &found.articles).await?;
    for problem in &found.problems {
        eprintln!("{problem}");
    }
    for (id, why) in &report.refused {
        eprintln!("{id}: {why}");
    }
    let problems = found.problems.len() + report.refused.len();
    println!(
        "{} new, {} changed, {} unchanged, {problems} not taken",
        report.created, report.changed, report.unchanged
    );
    data.db().close().await;
    Ok(if problems == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn give_out(config: Config, dir: &Path) -> Result<ExitCode> {
    let is_free = match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", dir.display())),
    };
    anyhow::ensure!(
        is_free,
        "{} holds files already; name a new or an empty folder",
        dir.display()
    );
    let data = open_store(&config, Env::system()).await?;
    let articles = crate::articles::export::all(data.db(), ::kb::Audience::N3).await?;
    for article in &articles {
        let path = dir.join(::kb::export::path(article));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(&path, ::kb::export::file(article))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("{} articles in {}", articles.len(), dir.display());
    data.db().close().await;
    Ok(ExitCode::SUCCESS)
}

async fn synonyms(config: Config, language: Language, file: Option<&Path>) -> Result<ExitCode> {
    let data = open_store(&config, Env::system()).await?;
    let mut settings = settings::load(data.db()).await?;
    if let Some(path) = file {
        let words = if path == Path::new("-") {
            std::io::read_to_string(std::io::stdin())?
        } else {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?
        };
        settings.synonyms.insert(language, words.trim().to_owned());
        settings = settings::save(&data, &Actor::System, &settings).await?;
        println!("{} groups", settings.groups(language).len());
    } else {
        for group in settings.groups(language) {
            println!("{}", group.join(", "));
        }
    }
    data.db().close().await;
    Ok(ExitCode::SUCCESS)
}

async fn search(config: Config, language: Language, limit: usize, query: &str) -> Result<ExitCode> {
    let data = open_store(&config, Env::system()).await?;
    // In memory: a running `serve` keeps the folder.
    let knowledge = Knowledge::open(None)?;
    knowledge.refresh(&data).await?;
    let hits = knowledge.search(language, query, limit)?;
    let public_url = config.public_url();
    if hits.is_empty() {
        println!(
            "nothing found among {} published articles{}",
            knowledge.len(),
            if knowledge.is_empty() {
                "; take some in with: switchboard kb import DIR"
            } else {
                ""
            }
        );
    }
    for hit in &hits {
        let heading = if hit.heading.is_empty() {
            String::new()
        } else {
            format!(" › {}", hit.heading)
        };
        println!("{:6.2}  [{}] {}{heading}", hit.score, hit.language, hit.title);
        println!("        {public_url}{}", hit.path());
        let line: Vec<&str> = hit.passage.split_whitespace().collect();
        println!("        {}", line.join(" ").chars().take(160).collect::<String>());
    }
    data.db().close().await;
    Ok(ExitCode::SUCCESS)
}
