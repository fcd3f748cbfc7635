//! Everything that can be done in the inbox, once: its key, its words, where it stands in the help.
//! The keys, the help and the command bar are all drawn from this table; `client/inbox/keys.ts`
//! knows what an action does.

use std::borrow::Cow;

use maud::{Markup, html};

use crate::Ctx;
use crate::icons::{Icon, icon};

/// The part of the help that an action stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Getting about.
    Go,
    /// The list.
    List,
    /// What is read.
    Read,
    /// What is written.
    Write,
    /// What is done with a conversation.
    Act,
}

impl Group {
    const ALL: [Group; 5] = [Group::Go, Group::List, Group::Read, Group::Write, Group::Act];

    const fn words(self) -> &'static str {
        match self {
            Group::Go => "key-group-go",
            Group::List => "key-group-list",
            Group::Read => "key-group-read",
            Group::Write => "key-group-write",
            Group::Act => "key-group-act",
        }
    }
}

/// One thing that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// The name that the browser's side knows it by.
    pub action: &'static str,
    /// Its key as `KeyboardEvent.key` says it, `Ctrl+` before it where it needs one.
    pub key: &'static str,
    /// The key of its words.
    pub words: &'static str,
    /// Where it stands in the help.
    pub group: Group,
}

const fn command(action: &'static str, key: &'static str, words: &'static str, group: Group) -> Command {
    Command {
        action,
        key,
        words,
        group,
    }
}

/// All of them, in the order of the help.
pub const COMMANDS: &[Command] = &[
    command("commands", "Ctrl+k", "key-commands", Group::Go),
    command("filter", "/", "key-filter", Group::Go),
    command("help", "?", "key-help", Group::Go),
    command("begin", "C", "key-begin", Group::Go),
    command("tab-unassigned", "1", "key-tab-unassigned", Group::Go),
    command("tab-mine", "2", "key-tab-mine", Group::Go),
    command("tab-mentioned", "3", "key-tab-mentioned", Group::Go),
    command("tab-team", "4", "key-tab-team", Group::Go),
    command("tab-all", "5", "key-tab-all", Group::Go),
    command("tab-spam", "6", "key-tab-spam", Group::Go),
    command("views", "v", "key-views", Group::Go),
    command("next", "j", "key-next", Group::List),
    command("previous", "k", "key-previous", Group::List),
    command("open", "o", "key-open", Group::List),
    command("narrow", "F", "key-narrow", Group::List),
    command("sort", "S", "key-sort", Group::List),
    command("pick", "x", "key-pick", Group::List),
    command("pick-range", "X", "key-pick-range", Group::List),
    command("pick-all", "*", "key-pick-all", Group::List),
    command("pick-none", "-", "key-pick-none", Group::List),
    command("bulk", "b", "key-bulk", Group::List),
    command("back", "u", "key-back", Group::Read),
    command("unread", "U", "key-unread", Group::Read),
    command("older", "[", "key-older", Group::Read),
    command("newest", "]", "key-newest", Group::Read),
    command("find-within", "f", "key-find-within", Group::Read),
    command("quoted", "q", "key-quoted", Group::Read),
    command("why", "w", "key-why", Group::Read),
    command("original", "O", "key-original", Group::Read),
    command("panel", "i", "key-panel", Group::Read),
    command("reply", "r", "key-reply", Group::Write),
    command("note", "n", "key-note", Group::Write),
    command("attach", "t", "key-attach", Group::Write),
    command("canned", "'", "key-canned", Group::Write),
    command("suggest", ".", "key-suggest", Group::Write),
    command("card", "d", "key-card", Group::Write),
    command("emoji", ":", "key-emoji", Group::Write),
    command("preview", "P", "key-preview", Group::Write),
    command("undo", "z", "key-undo", Group::Write),
    command("send-menu", ">", "key-send-menu", Group::Write),
    command("resolve-next", "D", "key-resolve-next", Group::Write),
    command("send-resolve", "Ctrl+Shift+Enter", "key-send-resolve", Group::Write),
    command("send", "Ctrl+Enter", "key-send", Group::Write),
    command("claim", "c", "key-claim", Group::Act),
    command("assign", "a", "key-assign", Group::Act),
    command("team", "A", "key-team", Group::Act),
    command("labels", "l", "key-labels", Group::Act),
    command("priority", "p", "key-priority", Group::Act),
    command("escalate", "E", "key-escalate", Group::Act),
    command("resolve", "e", "key-resolve", Group::Act),
    command("snooze", "s", "key-snooze", Group::Act),
    command("spam", "!", "key-spam", Group::Act),
    command("transcript", "y", "key-transcript", Group::Act),
    command("merge", "M", "key-merge", Group::Act),
    command("split", "N", "key-split", Group::Act),
    command("ticket", "T", "key-ticket", Group::Act),
    command("macro", "m", "key-macro", Group::Act),
    command("hand-over", "H", "key-hand-over", Group::Act),
    command("follow", "g", "key-follow", Group::Act),
    command("bell", "B", "key-bell", Group::Go),
    command("customer", "I", "key-customer", Group::Act),
];

/// What the browser's side is told of them, in the reader's language.
pub(super) fn told(ctx: &Ctx<'_>) -> serde_json::Value {
    COMMANDS
        .iter()
        .map(|one| {
            let needs = match one.group {
                Group::Go | Group::List => "",
                Group::Read => "open",
                Group::Write => "write",
                Group::Act => "act",
            };
            serde_json::json!({ "action": one.action, "key": one.key, "words": ctx.t(one.words), "needs": needs })
        })
        .collect()
}

/// The list of keys.
pub(super) fn help_dialog(ctx: &Ctx<'_>) -> Markup {
    html! {
        dialog.help #help aria-labelledby="help-title" {
            div.help-head {
                h2 #help-title { (ctx.t("key-title")) }
                form method="dialog" { button.button.ghost.icon-only type="submit" aria-label=(ctx.t("close")) { (icon(Icon::Close)) } }
            }
            div.keys {
                @for group in Group::ALL {
                    section.keys-group {
                        h3 { (ctx.t(group.words())) }
                        dl { @for one in COMMANDS.iter().filter(|one| one.group == group) { div { dt { (keys_of(one.key)) } dd { (ctx.t(one.words)) } } } }
                    }
                }
            }
            label.check { input #keys-on type="checkbox" checked; (ctx.t("key-single")) }
        }
    }
}

fn keys_of(key: &str) -> Markup {
    let is_shifted = key.len() == 1 && key.bytes().all(|byte| byte.is_ascii_uppercase());
    let parts: Vec<Cow<'_, str>> = if is_shifted {
        vec!["Shift".into(), key.to_lowercase().into()]
    } else {
        key.split('+').map(Cow::from).collect()
    };
    html! { @for (index, part) in parts.iter().enumerate() { @if index > 0 { " + " } kbd { (part) } } }
}

/// The bar that finds every action and every place: the browser's side fills it.
pub(super) fn command_bar(ctx: &Ctx<'_>) -> Markup {
    html! {
        dialog.commands #commands aria-label=(ctx.t("commands-title")) {
            div.commands-box {
                label for="commands-input" { (icon(Icon::Search)) span.visually-hidden { (ctx.t("commands-title")) } }
                input #commands-input type="text" role="combobox" aria-expanded="true" aria-controls="commands-list" aria-autocomplete="list"
                    autocomplete="off" spellcheck="false" placeholder=(ctx.t("commands-placeholder"));
                kbd { "Esc" }
            }
            ul.commands-list #commands-list role="listbox" aria-label=(ctx.t("commands-title")) {}
            p.commands-notice #commands-notice role="status" hidden {}
            p.commands-none #commands-none hidden { (ctx.t("commands-none")) }
            p.visually-hidden #commands-count role="status" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use conversation::types::Language;

    use super::COMMANDS;
    use crate::i18n;

    #[test]
    fn every_action_has_a_key_of_its_own_and_words_in_every_language() {
        let mut keys = HashSet::new();
        let mut actions = HashSet::new();
        for one in COMMANDS {
            assert!(!one.key.is_empty(), "{} has no key", one.action);
            assert!(keys.insert(one.key), "{} has two actions", one.key);
            assert!(actions.insert(one.action), "{} stands twice", one.action);
            for lang in Language::ALL {
                assert!(i18n::has(*lang, one.words), "{}: {} is missing", lang, one.words);
            }
        }
        for group in super::Group::ALL {
            for lang in Language::ALL {
                assert!(i18n::has(*lang, group.words()));
            }
        }
    }

    /// The browser's side must know what each of them does.
    #[test]
    fn the_browser_knows_every_action() {
        let known = include_str!("../../client/inbox/keys.ts");
        for one in COMMANDS {
            let named = [
                format!("  {}:", one.action),
                format!("  {},", one.action),
                format!("  \"{}\":", one.action),
            ];
            assert!(
                named.iter().any(|name| known.contains(name.as_str())),
                "keys.ts does not know `{}`",
                one.action
            );
        }
    }
}
