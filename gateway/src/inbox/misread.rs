//! What of a search was not understood, said to whoever typed it: nothing found without a word is taken for nothing there.

use conversation::types::Language;
use search::{Query, Unread, Wanted};
use ui::i18n;

/// A name in a filter that nothing has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unknown {
    /// No label is called so.
    Label(String),
    /// No agent is called so.
    Agent(String),
}

impl Unknown {
    pub(super) fn words(&self, lang: Language) -> String {
        let (key, value) = match self {
            Unknown::Label(name) => ("find-no-label", name),
            Unknown::Agent(name) => ("find-no-agent", name),
        };
        i18n::t_args(lang, key, &[("value", value.clone().into())])
    }
}

/// A sentence for each filter that could not be read.
pub(super) fn words(lang: Language, query: &Query) -> impl Iterator<Item = String> {
    query.unread.iter().map(move |one| sentence(lang, one))
}

fn sentence(lang: Language, one: &Unread) -> String {
    let key = match one.wanted {
        Wanted::Moment => "find-unread-day",
        Wanted::Status => "find-unread-status",
        Wanted::Channel => "find-unread-channel",
    };
    let args = [
        ("what", format!("{}:{}", one.name, one.value).into()),
        ("name", one.name.clone().into()),
        ("value", one.value.clone().into()),
    ];
    i18n::t_args(lang, key, &args)
}
