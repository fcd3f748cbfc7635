//! What a model makes of a text: numbers of unit length, so that a cosine is a sum of products.

use std::sync::Arc;

use super::Embedder;

/// What the numbers of a vector are for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Parts {
    /// So many first ones are for cosines.
    pub(super) near: usize,
    /// Up to which of them the first of two models spoke, and what either part counts for lines between articles that
    /// have examples enough.
    pub(super) first: usize,
    pub(super) balance: [f32; 2],
}

impl Parts {
    pub(super) fn of(embedder: &dyn Embedder) -> Parts {
        let (first, balance) = embedder.balance();
        Parts {
            near: embedder.dimensions(),
            first,
            balance,
        }
    }
}

/// What a model made of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Vector {
    numbers: Arc<[f32]>,
    parts: Parts,
}

impl Vector {
    pub(super) fn new(numbers: &[f32], parts: Parts) -> Vector {
        Vector {
            numbers: numbers.into(),
            parts,
        }
    }

    /// What a cosine is made of; of unit length, or zeros.
    pub(crate) fn near(&self) -> &[f32] {
        &self.numbers[..self.parts.near.min(self.numbers.len())]
    }

    /// The same, and what the model said on the way there, where it tells that (see `Embedder::further`).
    pub(crate) fn all(&self) -> &[f32] {
        &self.numbers
    }

    /// All numbers, each as much as it counts for lines between articles that have examples enough (see
    /// `Embedder::balance`).
    pub(crate) fn balanced(&self) -> Vec<f32> {
        let Parts { near, first, balance } = self.parts;
        let weight = |at: usize| match at {
            _ if at < first => balance[0],
            _ if at < near => balance[1],
            _ => 1.0,
        };
        self.numbers
            .iter()
            .enumerate()
            .map(|(at, number)| number * weight(at))
            .collect()
    }
}

/// Makes a vector of unit length; one of zeros stays.
pub(crate) fn normalise(vector: &mut [f32]) {
    let norm = dot(vector, vector).sqrt();
    if norm > 1e-12 {
        vector.iter_mut().for_each(|number| *number /= norm);
    }
}

/// The cosine of two vectors of unit length.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Eight sums side by side: one alone would have to be added in order, number by number.
    const LANES: usize = 8;
    let mut sums = [0.0_f32; LANES];
    let (a_parts, b_parts) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_parts
        .remainder()
        .iter()
        .zip(b_parts.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a_parts.zip(b_parts) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}
