use conversation::Store;
use conversation::db::sql;
use conversation::events::EventKind;
use conversation::store::events_after;

use super::Report;

mod desks;
mod mails;
mod standin;

/// The kinds of events so far that are news: an import may cause none.
async fn news(store: &Store) -> Vec<EventKind> {
    let events = events_after(store.db(), 0, 10_000).await.unwrap();
    let known = [
        EventKind::InboxUpdated,
        EventKind::LabelUpdated,
        EventKind::AgentUpdated,
    ];
    events
        .into_iter()
        .map(|event| event.kind)
        .filter(|kind| !kind.is_past() && !known.contains(kind))
        .collect()
}

/// Messages as `kind author: text`, by time.
async fn said(store: &Store) -> Vec<String> {
    let rows: Vec<(String, String, String, String)> =
        sql("SELECT kind, author_kind, author_id, text FROM messages ORDER BY at, id")
            .all(store.db())
            .await
            .unwrap();
    rows.into_iter()
        .map(|(kind, author_kind, author, text)| match author_kind.as_str() {
            "contact" => format!("{kind}: {text}"),
            _ => format!("{kind} {author}: {text}"),
        })
        .collect()
}

async fn count(store: &Store, of: &'static str) -> i64 {
    let (count,): (i64,) = sql(of).one(store.db()).await.unwrap();
    count
}

fn counts(report: &Report) -> (usize, usize, usize, usize) {
    (
        report.conversations,
        report.messages,
        report.messages_known,
        report.files,
    )
}
