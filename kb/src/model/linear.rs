//! One linear separator per article, trained together.
//!
//! L2-regularised squared hinge loss, solved in the dual one example at a time (Hsieh et al.,
//! "A dual coordinate descent method for large-scale linear SVM", ICML 2008). What is regularised is how far a
//! separator goes from where it started. The weights of one feature for all classes lie side by side, so one pass over
//! an example serves every class.

use super::features::SparseVector;

/// Trained on more than this (examples × classes) the separators cost more than they bring, and
/// retrieval alone decides.
const MOST_WORK: usize = 5_000_000;
/// How long each separator is before it has seen an example, where it points at the middle of its class and lies halfway
/// there; what is learned from examples moves it from there.
const START: f32 = 6.0;

/// How separators are trained.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Training {
    /// One over twice the regularisation: larger trusts the examples more.
    pub(crate) cost: f32,
    pub(crate) passes: usize,
}

/// A training example.
pub(crate) struct Sample<'a> {
    pub(crate) class: usize,
    pub(crate) vector: &'a SparseVector,
    /// Relative to an example question.
    pub(crate) weight: f32,
}

pub(crate) struct Linear {
    classes: usize,
    /// `weights[feature * classes + class]`.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    /// Whether so many examples of so many classes are trained on at all.
    pub(crate) fn is_worth_it(samples: usize, classes: usize) -> bool {
        classes >= 2 && samples.saturating_mul(classes) <= MOST_WORK
    }

    /// `None` where there is nothing to separate, or too much.
    pub(crate) fn train(samples: &[Sample<'_>], classes: usize, features: usize, training: Training) -> Option<Linear> {
        if samples.is_empty() || !Linear::is_worth_it(samples.len(), classes) {
            return None;
        }
        let Training { cost, passes } = training;
        let mut linear = Linear::towards_middles(samples, classes, features);
        let mut alpha = vec![0.0_f32; samples.len() * classes];
        // The bias is a feature that is always 1.
        let norms: Vec<f32> = samples
            .iter()
            .map(|sample| 1.0 + sample.vector.iter().map(|(_, value)| value * value).sum::<f32>())
            .collect();
        let mut step = vec![0.0_f32; classes];
        // Most examples are on the right side of most lines: few classes learn from one.
        let mut turned: Vec<(usize, f32)> = Vec::new();
        // Another mixed order in every pass, the same on every machine: it converges far sooner than one
        // order repeated.
        let mut order: Vec<usize> = (0..samples.len()).collect();
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..passes {
            let mut moved = 0.0_f32;
            shuffle(&mut order, &mut seed);
            for &at in &order {
                let sample = &samples[at];
                let soft = 1.0 / (2.0 * cost * sample.weight);
                let alphas = &mut alpha[at * classes..(at + 1) * classes];
                linear.add_margins(sample.vector, &mut step);
                turned.clear();
                for (class, (margin, alpha)) in step.iter_mut().zip(alphas.iter_mut()).enumerate() {
                    let sign = if class == sample.class { 1.0 } else { -1.0 };
                    let gradient = sign * *margin - 1.0 + *alpha * soft;
                    let next = (*alpha - gradient / (norms[at] + soft)).max(0.0);
                    *margin = (next - *alpha) * sign;
                    if margin.abs() > 1e-5 {
                        turned.push((class, *margin));
                        moved = moved.max(margin.abs());
                    }
                    *alpha = next;
                }
                linear.move_by(sample.vector, &turned);
            }
            if moved < 0.01 {
                break;
            }
        }
        Some(linear)
    }

    fn towards_middles(samples: &[Sample<'_>], classes: usize, features: usize) -> Linear {
        let mut weights = vec![0.0_f32; features * classes];
        // Those of no class are beyond the last one.
        for sample in samples.iter().filter(|sample| sample.class < classes) {
            for &(feature, value) in sample.vector {
                weights[feature as usize * classes + sample.class] += sample.weight * value;
            }
        }
        let mut scales = vec![0.0_f32; classes];
        for row in weights.chunks_exact(classes) {
            scales
                .iter_mut()
                .zip(row)
                .for_each(|(sum, value)| *sum += value * value);
        }
        scales.iter_mut().for_each(|sum| *sum = START / sum.sqrt().max(1e-6));
        for row in weights.chunks_exact_mut(classes) {
            row.iter_mut().zip(&scales).for_each(|(value, scale)| *value *= scale);
        }
        Linear {
            classes,
            weights,
            bias: vec![-0.5 * START; classes],
        }
    }

    /// How far on its side of the line a question is, per class: above 0 inside, below outside.
    pub(crate) fn margins(&self, vector: &SparseVector) -> Vec<f32> {
        let mut margins = vec![0.0; self.classes];
        self.add_margins(vector, &mut margins);
        margins
    }

    fn add_margins(&self, vector: &SparseVector, out: &mut [f32]) {
        out.copy_from_slice(&self.bias);
        for &(feature, value) in vector {
            let row = &self.weights[feature as usize * self.classes..][..self.classes];
            for (out, weight) in out.iter_mut().zip(row) {
                *out += weight * value;
            }
        }
    }

    fn move_by(&mut self, vector: &SparseVector, turned: &[(usize, f32)]) {
        for &(class, step) in turned {
            self.bias[class] += step;
        }
        if turned.is_empty() {
            return;
        }
        for &(feature, value) in vector {
            let row = &mut self.weights[feature as usize * self.classes..][..self.classes];
            for &(class, step) in turned {
                row[class] += step * value;
            }
        }
    }
}

fn shuffle(order: &mut [usize], seed: &mut u64) {
    for last in (1..order.len()).rev() {
        // xorshift64*
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        let drawn = (seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize;
        order.swap(last, drawn % (last + 1));
    }
}
