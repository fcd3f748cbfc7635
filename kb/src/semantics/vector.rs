//! What a model makes of a text: numbers of unit length, so that a cosine is a sum of products.

use std::sync::Arc;

/// What the numbers that cosines are made of count for lines between articles, and what those behind them do.
const FOR_LINES: [f32; 2] = [1.3, 0.55];

/// What a model made of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Vector {
    numbers: Arc<[f32]>,
    /// So many first ones are for cosines.
    near: usize,
}

impl Vector {
    pub(super) fn new(numbers: &[f32], near: usize) -> Vector {
        Vector {
            numbers: numbers.into(),
            near,
        }
    }

    /// What a cosine is made of; of unit length, or zeros.
    pub(crate) fn near(&self) -> &[f32] {
        &self.numbers[..self.near.min(self.numbers.len())]
    }

    /// The same, and what the model said on the way there, where it tells that (see `Embedder::further`).
    pub(crate) fn all(&self) -> &[f32] {
        &self.numbers
    }

    /// All numbers, each as much as it counts for lines between articles.
    pub(crate) fn for_lines(&self) -> impl Iterator<Item = f32> {
        let [near, further] = FOR_LINES;
        let weight = move |at| if at < self.near { near } else { further };
        self.numbers
            .iter()
            .enumerate()
            .map(move |(at, number)| number * weight(at))
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
