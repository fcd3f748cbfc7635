//! The model of sentences that was taught Spanish and Portuguese with English: what the multilingual universal sentence
//! encoder (version 3) knows of the three, with numbers of 8 and 4 bits (see ADR 39 and `scripts/words`). It looks at
//! pieces of words in windows of two, three and five, which costs a third of what the English model does.
//!
//! Format, numbers little-endian: [`MARK`]; the SHA-256 of all that follows; how many pieces, numbers of a piece, of a
//! view and of a middle layer, bytes of the pieces (4 bytes each); the pieces as [`Vocabulary`] has them; how unlikely
//! a letter is that is no piece, and how likely each piece (`f32`); then, matrices by rows, one `f32` a row before (its
//! unit) and behind (its bias): the views, their norm, for each window two steps; the norm of all, the sum, and
//! the six matrices behind it.

mod pieces;

use std::sync::{Arc, LazyLock};

use super::arithmetic::{Linear, Norm, Rounded, add};
use super::bytes::Bytes;
use super::vocabulary::Vocabulary;
use super::{Embedder, Role, SemanticsError, Trust, normalise};
use pieces::Pieces;

const MARK: &[u8; 8] = b"SBTRILN1";
/// How many pieces are looked at together, from the piece's predecessors on, of which there are (size - 1) / 2.
const WINDOWS: [usize; 3] = [2, 3, 5];
/// Pieces of a question that are read, and of a passage: as many as of the English model.
const QUESTION_PIECES: usize = 40;
const PASSAGE_PIECES: usize = 80;
/// Pieces that are run at once: what a core keeps beside it.
const AT_ONCE: usize = 64;

/// Made by `scripts/words/trilingual.py`.
static FILE: &[u8] = include_bytes!("../../words/trilingual.sentences");

/// The model, for any of its languages.
pub(super) fn shipped() -> Option<Arc<dyn Embedder>> {
    let (head, _) = Head::read(FILE)?;
    Some(Arc::new(Shipped {
        fingerprint: head.fingerprint,
        width: head.width,
    }))
}

/// What stands at the beginning of the file: all that is read of it before the first text is.
struct Head {
    fingerprint: [u8; 32],
    pieces: usize,
    width: usize,
    view: usize,
    hidden: usize,
    text: usize,
}

impl Head {
    /// With what follows; `None` for bytes of another format.
    fn read(bytes: &'static [u8]) -> Option<(Head, Bytes)> {
        let mut bytes = Bytes(bytes.strip_prefix(MARK)?);
        let fingerprint = *bytes.take(32)?.first_chunk()?;
        let head = Head {
            fingerprint,
            pieces: bytes.number()?,
            width: bytes.number()?,
            view: bytes.number()?,
            hidden: bytes.number()?,
            text: bytes.number()?,
        };
        let is_possible = [head.width, head.view, head.hidden]
            .iter()
            .all(|&size| (1..=4096).contains(&size));
        is_possible.then_some((head, bytes))
    }
}

/// One way of looking at the pieces: what stands around each of them, twice.
struct Window {
    size: usize,
    steps: [Linear; 2],
}

struct Trilingual {
    width: usize,
    view: usize,
    pieces: Pieces,
    views: Linear,
    views_norm: Norm,
    windows: Vec<Window>,
    norm: Norm,
    sum: Linear,
    /// What follows the sum: to a middle layer, past it, behind it, to the last one, past that, behind that.
    behind: [Linear; 6],
}

impl Trilingual {
    /// `None` for bytes of another format.
    fn read(bytes: &'static [u8]) -> Option<Trilingual> {
        let (head, mut bytes) = Head::read(bytes)?;
        let Head {
            width, view, hidden, ..
        } = head;
        let words = Vocabulary::read(&mut bytes, head.pieces, width, head.text)?;
        let pieces = Pieces::read(&mut bytes, words)?;
        let views = Linear::read(&mut bytes, width, WINDOWS.len() * view)?;
        let views_norm = Norm::read(&mut bytes, WINDOWS.len() * view)?;
        let mut windows = Vec::with_capacity(WINDOWS.len());
        for size in WINDOWS {
            let mut step = || Linear::read(&mut bytes, size * view, view);
            let steps = [step()?, step()?];
            windows.push(Window { size, steps });
        }
        let all = width + WINDOWS.len() * view;
        let norm = Norm::read(&mut bytes, all)?;
        let sum = Linear::read(&mut bytes, all, width)?;
        let mut linear = |inputs, outputs| Linear::read(&mut bytes, inputs, outputs);
        let behind = [
            linear(width, hidden)?,
            linear(width, hidden)?,
            linear(hidden, hidden)?,
            linear(hidden, width)?,
            linear(hidden, width)?,
            linear(width, width)?,
        ];
        bytes.0.is_empty().then_some(Trilingual {
            width,
            view,
            pieces,
            views,
            views_norm,
            windows,
            norm,
            sum,
            behind,
        })
    }

    fn embed(&self, texts: &[Vec<usize>]) -> Vec<Vec<f32>> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut from = 0;
        while from < texts.len() {
            let mut pieces = 0;
            let fits = |text: &&Vec<usize>| {
                pieces += text.len();
                pieces <= AT_ONCE
            };
            let count = texts[from..].iter().take_while(fits).count().max(1);
            vectors.append(&mut self.vectors(&texts[from..from + count]));
            from += count;
        }
        vectors
    }

    /// A vector for each of these texts, which are run at once.
    fn vectors(&self, texts: &[Vec<usize>]) -> Vec<Vec<f32>> {
        let lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
        let mut rows = vec![0.0; lengths.iter().sum::<usize>() * self.width];
        for (row, &piece) in rows.chunks_exact_mut(self.width).zip(texts.iter().flatten()) {
            self.pieces.words.add(piece, 1.0, row);
        }
        let seen = self.seen(&rows, &lengths);
        let all = self.width + self.windows.len() * self.view;
        let mut seen = seen.chunks_exact(all);
        texts
            .iter()
            .map(|text| {
                let mut mean = vec![0.0; all];
                seen.by_ref().take(text.len()).for_each(|seen| add(&mut mean, seen));
                // No piece at all, but marks of beginning and end.
                if text.len() <= 2 {
                    return vec![0.0; self.width];
                }
                let length = text.len() as f32;
                mean.iter_mut().for_each(|number| *number /= length);
                let mut sum = self.sum.of(&Rounded::of(&mean, all));
                sum.iter_mut().for_each(|number| *number *= length.sqrt());
                self.behind(&sum)
            })
            .collect()
    }

    /// What each piece is, and what is seen around it in each window, put around its mean.
    fn seen(&self, rows: &[f32], lengths: &[usize]) -> Vec<f32> {
        let joined = self.windows.len() * self.view;
        let mut views = self.views.of(&Rounded::of(rows, self.width));
        self.views_norm.apply(&mut views);
        let branches: Vec<Vec<f32>> = self
            .windows
            .iter()
            .enumerate()
            .map(|(at, window)| {
                let part = at * self.view..(at + 1) * self.view;
                let mut states: Vec<f32> = Vec::with_capacity(rows.len() / self.width * self.view);
                views
                    .chunks_exact(joined)
                    .for_each(|view| states.extend(&view[part.clone()]));
                for step in &window.steps {
                    let around = around(&states, self.view, lengths, window.size);
                    let mut found = step.of(&Rounded::of(&around, window.size * self.view));
                    positive(&mut found);
                    add(&mut found, &states);
                    states = found;
                }
                states
            })
            .collect();
        let mut seen = Vec::with_capacity(rows.len() / self.width * (self.width + joined));
        for (at, row) in rows.chunks_exact(self.width).enumerate() {
            seen.extend(row);
            for branch in &branches {
                seen.extend(&branch[at * self.view..(at + 1) * self.view]);
            }
        }
        self.norm.apply(&mut seen);
        seen
    }

    fn behind(&self, sum: &[f32]) -> Vec<f32> {
        let of = |linear: &Linear, input: &[f32]| linear.of(&Rounded::of(input, input.len()));
        let [to_middle, past_middle, behind_middle, to_last, past_last, behind_last] = &self.behind;
        let mut middle = of(to_middle, sum);
        positive(&mut middle);
        let mut second = of(past_middle, sum);
        add(&mut second, &of(behind_middle, &middle));
        positive(&mut second);
        let mut last = of(to_last, &second);
        positive(&mut last);
        let mut vector = of(past_last, &second);
        add(&mut vector, &of(behind_last, &last));
        vector.iter_mut().for_each(|number| *number = number.tanh());
        normalise(&mut vector);
        vector
    }
}

fn positive(numbers: &mut [f32]) {
    numbers.iter_mut().for_each(|number| *number = number.max(0.0));
}

/// For each piece of some texts, each of `lengths` pieces, the states of those around it; zeros beyond a text's ends.
fn around(states: &[f32], width: usize, lengths: &[usize], size: usize) -> Vec<f32> {
    let mut around = vec![0.0; states.len() * size];
    let before = (size - 1) / 2;
    let mut first = 0;
    for &length in lengths {
        for at in 0..length {
            let to = &mut around[(first + at) * size * width..][..size * width];
            for (place, to) in to.chunks_exact_mut(width).enumerate() {
                if let Some(other) = (at + place).checked_sub(before).filter(|&other| other < length) {
                    to.copy_from_slice(&states[(first + other) * width..][..width]);
                }
            }
        }
        first += length;
    }
    around
}

/// The model of this program, which is read when the first text is.
struct Shipped {
    fingerprint: [u8; 32],
    width: usize,
}

impl Embedder for Shipped {
    fn dimensions(&self) -> usize {
        self.width
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    fn describe(&self) -> String {
        format!("the one of three languages, {} numbers", self.width)
    }

    fn embed(&self, role: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        static READ: LazyLock<Option<Trilingual>> = LazyLock::new(|| Trilingual::read(FILE));
        let most = match role {
            Role::Question => QUESTION_PIECES,
            Role::Passage => PASSAGE_PIECES,
        };
        let damaged = || SemanticsError::Model("the one of three languages is damaged".to_owned());
        let model = READ.as_ref().ok_or_else(damaged)?;
        let pieces: Vec<Vec<usize>> = texts.iter().map(|text| model.pieces.of(text, most)).collect();
        Ok(model.embed(&pieces))
    }

    fn trust(&self) -> Trust {
        Trust::Always
    }
}

#[cfg(test)]
mod tests;
