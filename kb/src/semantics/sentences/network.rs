//! The arithmetic of a BERT: a layer of words, then layers in which each word looks at the others.
//! Against the model's own numbers the vectors of sentences keep a cosine of 0.996.

use super::super::arithmetic::{Linear, Norm, Rounded, add, nearest};
use super::super::bytes::Bytes;
use super::super::dot;

/// e to the power of a number, within a few millionths of it, for many numbers at once.
fn exp(number: f32) -> f32 {
    let turns = (number * std::f32::consts::LOG2_E).clamp(-126.0, 126.0);
    let whole = nearest(turns);
    let part = (turns - whole as f32) * std::f32::consts::LN_2;
    let sum = 1.0 + part * (1.0 + part * (0.5 + part * (1.0 / 6.0 + part * (1.0 / 24.0 + part * (1.0 / 120.0)))));
    sum * f32::from_bits((whole.wrapping_add(127) as u32) << 23)
}

/// A gate that lets positive numbers through, as the model's layers have it (GELU).
fn gate(number: f32) -> f32 {
    let bent = 0.797_884_6 * (number + 0.044_715 * number * number * number);
    number / (1.0 + exp(-2.0 * bent))
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    mixed: Linear,
    mixed_norm: Norm,
    inner: Linear,
    outer: Linear,
    outer_norm: Norm,
}

/// What a file says of its network.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) width: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) inner: usize,
    pub(super) places: usize,
}

pub(super) struct Network {
    shape: Shape,
    /// What the place of a word adds to it.
    places: Vec<f32>,
    first_norm: Norm,
    layers: Vec<Layer>,
}

impl Network {
    pub(super) fn read(bytes: &mut Bytes, shape: Shape) -> Option<Network> {
        let Shape { width, inner, .. } = shape;
        let places = bytes.floats(shape.places.checked_mul(width)?)?;
        let first_norm = Norm::read(bytes, width)?;
        let layers = (0..shape.layers).map(|_| {
            Some(Layer {
                query: Linear::read(bytes, width, width)?,
                key: Linear::read(bytes, width, width)?,
                value: Linear::read(bytes, width, width)?,
                mixed: Linear::read(bytes, width, width)?,
                mixed_norm: Norm::read(bytes, width)?,
                inner: Linear::read(bytes, width, inner)?,
                outer: Linear::read(bytes, inner, width)?,
                outer_norm: Norm::read(bytes, width)?,
            })
        });
        Some(Network {
            shape,
            places,
            first_norm,
            layers: layers.collect::<Option<_>>()?,
        })
    }

    /// The states of the words of some texts, each of `lengths` words, whose vectors stand one after the other; and
    /// what they were after the first `early` layers.
    pub(super) fn run(&self, mut states: Vec<f32>, lengths: &[usize], early: usize) -> [Vec<f32>; 2] {
        let width = self.shape.width;
        let mut rest = states.as_mut_slice();
        for &length in lengths {
            let (text, others) = rest.split_at_mut(length * width);
            add(text, &self.places);
            rest = others;
        }
        self.first_norm.apply(&mut states);
        let mut before = Vec::new();
        for (at, layer) in self.layers.iter().enumerate() {
            if at == early {
                before = states.clone();
            }
            let input = Rounded::of(&states, width);
            let [queries, keys, values] = [&layer.query, &layer.key, &layer.value].map(|linear| linear.of(&input));
            let looked = self.look(&queries, &keys, &values, lengths);
            let mut mixed = layer.mixed.of(&Rounded::of(&looked, width));
            add(&mut mixed, &states);
            layer.mixed_norm.apply(&mut mixed);

            let mut inner = layer.inner.of(&Rounded::of(&mixed, width));
            inner.iter_mut().for_each(|number| *number = gate(*number));
            states = layer.outer.of(&Rounded::of(&inner, self.shape.inner));
            add(&mut states, &mixed);
            layer.outer_norm.apply(&mut states);
        }
        [states, before]
    }

    /// Each word becomes a mean of its text's words, those counting most that its query finds.
    fn look(&self, queries: &[f32], keys: &[f32], values: &[f32], lengths: &[usize]) -> Vec<f32> {
        let (width, depth) = (self.shape.width, self.shape.width / self.shape.heads);
        let sharpness = 1.0 / (depth as f32).sqrt();
        let mut looked = vec![0.0; queries.len()];
        let mut shares = Vec::new();
        let mut first = 0;
        for &length in lengths {
            for head in 0..self.shape.heads {
                let part =
                    |word: usize| (first + word) * width + head * depth..(first + word) * width + (head + 1) * depth;
                for word in 0..length {
                    let query = &queries[part(word)];
                    shares.clear();
                    shares.extend((0..length).map(|other| dot(query, &keys[part(other)]) * sharpness));
                    let most = shares.iter().copied().fold(f32::MIN, f32::max);
                    shares.iter_mut().for_each(|share| *share = exp(*share - most));
                    let all: f32 = shares.iter().sum();
                    let mean = &mut looked[part(word)];
                    for (other, share) in shares.iter().enumerate() {
                        let share = share / all;
                        for (mean, value) in mean.iter_mut().zip(&values[part(other)]) {
                            *mean += share * value;
                        }
                    }
                }
            }
            first += length;
        }
        looked
    }
}
