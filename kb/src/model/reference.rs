//! What customers of ten small businesses (`kb/reference`, `kb/sample`) and of large bases (`kb/evaluation`) asked, as
//! evidence: what scores are worth to a business that nobody has asked anything yet. Its own example questions are no
//! measure of that alone: whoever writes an article writes its examples, and customers use other words, and ask what no
//! article says. Each question was asked twice: of small businesses with and without their example questions, of large
//! bases with all of them and with five of each article.
//!
//! `kb/reference/evidence`, made by a test (`UPDATE_REFERENCE=1`, see `tests`), numbers little-endian: [`MARK`]; how many
//! rows, how many numbers each has (4 bytes each); what a unit of each number is worth (`f32`); then row by row what
//! read the texts, whether the articles had example questions, the business, where the right article was ranked (a byte
//! each), what the row counts (`f32`), and its numbers (a byte each, with sign).

use std::sync::LazyLock;

use super::calibrate::{EVIDENCE, Point, WITH_MEANING, Weighed};
use crate::semantics::background;

const MARK: &[u8; 8] = b"SBREFER2";
static EVIDENCE_FILE: &[u8] = include_bytes!("../../reference/evidence");
/// How the file says that the right article was not found, and that there is none.
const NOT_FOUND: u8 = 254;
const NO_ARTICLE: u8 = 255;

/// Bytes of a row before its numbers.
const ROW_HEAD: usize = 8;

/// What those of large bases count together beside a large base's own: so many questions.
const MANY: f64 = 6_000.0;

/// What read the texts whose nearness is part of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Nothing: words and letters alone.
    Nothing,
    Table,
    /// A model of sentences, the program's or the business's own.
    Model,
}

impl Reader {
    const ALL: [Reader; 3] = [Reader::Nothing, Reader::Table, Reader::Model];
}

/// Whether the articles say how customers ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Examples {
    None,
    Some,
    /// Those of a base that has more of them than any of the small businesses.
    Many,
}

impl Examples {
    const ALL: [Examples; 3] = [Examples::None, Examples::Some, Examples::Many];
}

/// What customers of others asked, for a base with example questions of its own.
pub(super) struct Others<const N: usize> {
    pub(super) few: Vec<Weighed<N>>,
    pub(super) many: Vec<Weighed<N>>,
}

impl<const N: usize> Others<N> {
    /// All of them, with what each counts beside so many questions of a base's own: those of small businesses less the
    /// more these are, those of large bases more.
    pub(super) fn beside(&self, own: f64) -> impl Iterator<Item = (&Point<N>, f64)> {
        let of_many = background::share(own);
        let few = self.few.iter().map(move |one| (1.0 - of_many, one));
        let many = self.many.iter().map(move |one| (of_many * of_many, one));
        few.chain(many)
            .filter(|(share, _)| *share > 0.0)
            .map(|(share, one)| (&one.point, share * one.weight))
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    reader: Reader,
    examples: Examples,
    business: u8,
    place: u8,
    weight: f32,
    numbers: [f32; WITH_MEANING],
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reference {
    rows: Vec<Row>,
}

impl Reference {
    pub(crate) fn shipped() -> &'static Reference {
        static READ: LazyLock<Reference> = LazyLock::new(|| Reference::read(EVIDENCE_FILE).unwrap_or_default());
        &READ
    }

    /// `None` for bytes of another format.
    fn read(bytes: &[u8]) -> Option<Reference> {
        let number = |bytes: &[u8]| bytes.first_chunk().map(|four| u32::from_le_bytes(*four) as usize);
        let float = |bytes: &[u8]| bytes.first_chunk().map(|four| f32::from_le_bytes(*four));
        let bytes = bytes.strip_prefix(MARK)?;
        let (count, numbers) = (number(bytes)?, number(bytes.get(4..)?)?);
        if numbers != WITH_MEANING {
            return None;
        }
        let (scales, rows) = bytes.get(8..)?.split_at_checked(4 * numbers)?;
        let scales: Vec<f32> = scales.chunks_exact(4).filter_map(float).collect();
        let rows: Vec<Row> = rows
            .chunks_exact(ROW_HEAD + numbers)
            .map(|row| {
                let mut read = Row {
                    reader: *Reader::ALL.get(usize::from(row[0]))?,
                    examples: *Examples::ALL.get(usize::from(row[1]))?,
                    business: row[2],
                    place: row[3],
                    weight: float(&row[4..])?,
                    numbers: [0.0; WITH_MEANING],
                };
                for ((number, byte), scale) in read.numbers.iter_mut().zip(&row[ROW_HEAD..]).zip(&scales) {
                    *number = scale * f32::from(byte.cast_signed());
                }
                Some(read)
            })
            .collect::<Option<_>>()?;
        (rows.len() == count).then_some(Reference { rows })
    }

    /// The questions as this reader has them, asked of articles with examples.
    pub(super) fn others<const N: usize>(&self, reader: Reader) -> Others<N> {
        let mut many = self.points(reader, Examples::Many);
        let all: f64 = many.iter().map(|one| one.weight).sum();
        many.iter_mut().for_each(|one| one.weight *= MANY / all);
        Others {
            few: self.points(reader, Examples::Some),
            many,
        }
    }

    /// The questions as this reader has them, asked of articles with or without examples.
    pub(super) fn points<const N: usize>(&self, reader: Reader, examples: Examples) -> Vec<Weighed<N>> {
        const { assert!(N == EVIDENCE || N == WITH_MEANING) };
        self.rows
            .iter()
            .filter(|row| row.reader == reader && row.examples == examples)
            .map(|row| {
                let mut evidence = [0.0; N];
                evidence.copy_from_slice(&row.numbers[..N]);
                Weighed {
                    point: Point {
                        evidence,
                        is_nobodys: false,
                        is_answerable: row.place != NO_ARTICLE,
                        place: (row.place < NOT_FOUND).then_some(usize::from(row.place)),
                    },
                    weight: f64::from(row.weight),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::without;
