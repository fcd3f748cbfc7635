//! `doctor`: checks everything that can be checked, and says what to do.

use std::process::ExitCode;

use anyhow::Result;
use conversation::Env;
use conversation::types::Language;

use super::standing;
use crate::app::open_store;
use crate::config::Config;
use crate::watch::finding::{Finding, Level, Say};
use crate::watch::{deep, quick};

pub(super) async fn doctor(config: Config) -> Result<ExitCode> {
    println!("Switchboard {} looks after itself\n", env!("CARGO_PKG_VERSION"));
    if let Some(place) = standing::missing(&config) {
        let place = vec![("place", place.display().to_string().into())];
        print(&Finding::note("health-here", Say::Key("health-here-none", place)).next(Say::key("health-here-next")));
    }
    let store = match open_store(&config, Env::system()).await {
        Ok(store) => store,
        Err(error) => {
            print(&Finding::bad(
                "health-database",
                Say::Raw(super::words::words_of(&error)),
                Say::key("health-database-open"),
            ));
            print(&quick::room("health-disk", &config.data.dir));
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut found = deep::all(&config, &store).await?;
    found.extend(quick::all(&config, &store).await?);
    found.iter().for_each(print);
    println!();
    match found.iter().filter(|found| found.level == Level::Bad).count() {
        0 => {
            println!("All is well.");
            Ok(ExitCode::SUCCESS)
        }
        count => {
            println!("{count} thing(s) to see to.");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn print(found: &Finding) {
    let mark = match found.level {
        Level::Good => "ok  ",
        Level::Note => "note",
        Level::Bad => "FAIL",
    };
    let title = found.title(Language::En);
    println!("  {mark}  {title:<26} {}", found.detail.words(Language::En));
    if let Some(next) = &found.next {
        println!("        {:<26} -> {}", "", next.words(Language::En));
    }
}
