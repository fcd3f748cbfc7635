//! Whether the models of sentences that are configured can be used.

use kb::semantics;

use crate::config::Config;
use crate::watch::finding::{Finding, Say};

const CHECK: &str = "health-semantics";

pub(super) async fn all(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    for (language, folder) in config.semantics.folders() {
        let shown = folder.display().to_string();
        // Reading a large model takes seconds.
        let read = tokio::task::spawn_blocking(move || semantics::load(&folder).map(|model| model.describe())).await;
        let finding = match read {
            Ok(Ok(what)) => {
                let words = vec![("folder", shown.into()), ("what", what.into())];
                Finding::good(CHECK, Say::Key("health-semantics-good", words))
            }
            Ok(Err(_)) if !semantics::is_built_in() => Finding::bad(
                CHECK,
                Say::Key("health-semantics-missing", vec![("folder", shown.into())]),
                Say::key("health-semantics-build"),
            ),
            Ok(Err(error)) => Finding::bad(CHECK, Say::Raw(error.to_string()), Say::key("health-semantics-next")),
            Err(error) => Finding::bad(CHECK, Say::Raw(error.to_string()), Say::key("health-semantics-next")),
        };
        found.push(finding.about(language.as_str()).local());
    }
    found
}
