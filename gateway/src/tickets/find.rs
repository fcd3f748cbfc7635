//! Which tickets somebody means by what they type: a number, words of the ticket, its customer's name or address.

use conversation::tickets::list::Among;
use conversation::{Error, Result};
use search::{Find, Query};

use crate::app::App;

/// How many tickets, and how many customers, the index names; a search for one that is among more says more.
const NAMED: usize = 200;

/// What fits the typed words; `None` where none were typed.
pub(crate) async fn among(app: &App, typed: &str) -> Result<Option<Among>> {
    if typed.is_empty() {
        return Ok(None);
    }
    if let Some(number) = number(typed) {
        return Ok(Some(Among {
            number: Some(number),
            ..by_words(app, typed).await?
        }));
    }
    by_words(app, typed).await.map(Some)
}

async fn by_words(app: &App, typed: &str) -> Result<Among> {
    let query = Query {
        // The last word is still being typed.
        is_open: true,
        ..Query::parse(typed, app.store.now(), &jiff::tz::TimeZone::UTC)
    };
    let (search, find) = (
        app.search.clone(),
        Find {
            query,
            others: NAMED,
            ..Find::default()
        },
    );
    let hits = match tokio::task::spawn_blocking(move || search.find(&find)).await {
        Ok(hits) => hits.map_err(|error| Error::corrupt("the search index", error))?,
        Err(error) => return Err(Error::corrupt("the search index", error)),
    };
    Ok(Among {
        tickets: hits.tickets,
        contacts: hits.contacts,
        number: None,
    })
}

/// `T-12`, `#12`, `12`.
fn number(typed: &str) -> Option<i64> {
    typed
        .trim_start_matches(['T', 't', '#', '-'])
        .parse()
        .ok()
        .filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for text in ["T-12", "t12", "#12", "12"] {
            assert_eq!(number(text), Some(12), "{text}");
        }
        for text in ["toner", "T-", "12 toner", "-0"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
