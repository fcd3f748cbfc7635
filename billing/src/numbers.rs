//! Numbers of documents as people look for them: by their beginning (`INV-2026`) or by their last digits (`0123`).
//!
//! Each stands twice in `document_numbers`, in small ASCII letters and digits, which both databases put in the same
//! order whatever their collation: as it is, and turned round. What a search names is a range of that key, however
//! many documents there are.

use conversation::Result;
use conversation::db::{On, Value, insert_rows, sql};
use conversation::store::Tx;

use crate::ids::DocumentId;

/// The longest part of a number that counts, in characters.
const LONGEST: usize = 40;
/// Behind every word that begins with another.
const BEHIND: &str = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

fn letters(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars()
        .map(|c| c.to_ascii_lowercase())
        .filter(char::is_ascii_alphanumeric)
}

/// A number from the front and from the back; nothing of a text without letters and digits.
fn words(text: &str) -> Option<[String; 2]> {
    let front: String = letters(text).take(LONGEST).collect();
    let back: String = letters(text).rev().take(LONGEST).collect();
    (!front.is_empty()).then(|| [format!("f{front}"), format!("t{back}")])
}

/// Makes a document known by this number, beside those that it has.
pub(crate) async fn remember_in(tx: &mut Tx, id: &DocumentId, number: &str) -> Result<()> {
    let row = |word: String| vec![word.into(), id.as_str().into()];
    let rows: Vec<Vec<Value>> = words(number).into_iter().flatten().map(row).collect();
    insert_rows(
        tx,
        "INSERT INTO document_numbers (word, document_id) VALUES",
        "ON CONFLICT (word, document_id) DO NOTHING",
        rows,
    )
    .await
}

/// Forgets a document's numbers.
pub(crate) async fn forget_in(tx: &mut Tx, id: &DocumentId) -> Result<()> {
    sql("DELETE FROM document_numbers WHERE document_id = $1")
        .bind(id.as_str())
        .run(tx)
        .await
        .map(drop)
}

/// The ranges of the key in which a search's documents are: from and to, both within.
pub(crate) fn ranges(search: &str) -> Option<[(String, String); 2]> {
    words(search).map(|both| both.map(|word| (word.clone(), format!("{word}{BEHIND}"))))
}

/// How many numbers are in [`ranges`], `$1` to `$4`; counted up to `$5`.
pub const COUNT: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM document_numbers WHERE word BETWEEN $1 AND $2 OR word BETWEEN $3 AND $4 LIMIT $5) found";

/// How many numbers begin or end like this, counted up to `most`.
pub(crate) async fn count(on: impl On, search: &str, most: i64) -> Result<i64> {
    let Some([front, back]) = ranges(search) else {
        return Ok(0);
    };
    let (count,): (i64,) = sql(COUNT)
        .bind(front.0)
        .bind(front.1)
        .bind(back.0)
        .bind(back.1)
        .bind(most)
        .one(on)
        .await?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::{ranges, words};

    #[test]
    fn a_number_is_found_by_its_beginning_and_by_its_end() {
        let known = words("INV-2026/00123").unwrap();
        for (typed, is_found) in [
            ("INV-2026/00123", true),
            ("inv 2026 00123", true),
            ("inv2026", true),
            ("INV", true),
            ("00123", true),
            ("123", true),
            ("3", true),
            ("2026-00123", true),
            ("124", false),
            ("0012", false),
            ("inv-2025", false),
        ] {
            let found = ranges(typed)
                .unwrap()
                .iter()
                .any(|(from, to)| known.iter().any(|word| (from..=to).contains(&word)));
            assert_eq!(found, is_found, "{typed}");
        }
        for nothing in ["", " ", "-/-", "日本"] {
            assert_eq!(ranges(nothing), None, "{nothing}");
        }
        let long = words(&"9".repeat(1_000)).unwrap();
        assert!(long.iter().all(|word| word.len() == 41));
    }
}
