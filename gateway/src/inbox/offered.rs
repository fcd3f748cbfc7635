//! What the page offers for actions that ask something: the checks before an escalation, the kinds of a ticket.

use conversation::db::Db;
use conversation::tickets::{categories, levels, state};
use conversation::types::{Language, Level, TicketKind};
use ui::inbox_page::{CheckView, TicketChoices};

/// What the levels above want to be told.
pub(super) async fn checks(db: &Db, lang: Language, from: Level) -> conversation::Result<Vec<CheckView>> {
    let mut all = Vec::new();
    for level in [Level::N2, Level::N3] {
        if level <= from || state::may_move(from, level).is_err() {
            continue;
        }
        for check in levels::checklist(db, level).await? {
            all.push(CheckView {
                level,
                is_tick: check.kind == levels::CheckKind::Tick,
                is_required: check.is_required,
                label: check
                    .labels
                    .pick(lang)
                    .map(|(_, words)| words.to_owned())
                    .unwrap_or_default(),
                id: check.id,
            });
        }
    }
    Ok(all)
}

/// What a ticket that is opened here can be: a request first, which most are.
pub(super) async fn ticket_choices(db: &Db, lang: Language) -> conversation::Result<TicketChoices> {
    let tree = categories::tree(db).await?;
    let kinds = [TicketKind::Request, TicketKind::Question, TicketKind::Incident];
    Ok(TicketChoices {
        kinds: kinds
            .into_iter()
            .map(|kind| (kind.to_string(), crate::tickets::kind_name(lang, kind).into_owned()))
            .collect(),
        categories: tree
            .all()
            .iter()
            .map(|one| (one.id.clone(), tree.name(&one.id, lang)))
            .collect(),
    })
}
