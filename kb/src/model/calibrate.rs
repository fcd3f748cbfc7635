//! From scores to probabilities.
//!
//! Two logistic regressions over the evidence of a question: is the best article the right one,
//! and is the right one among the first three. They are fitted to the base's own example
//! questions, held out, and to what customers of other businesses asked (see `reference`), with a
//! Gaussian prior around coefficients that fit many bases; a large base finds its own.

use super::reference::Others;
use crate::semantics::background;

/// How many numbers describe a question.
pub(super) const EVIDENCE: usize = 38;
/// The same where meaning takes part; see `worth`.
pub(super) const WITH_MEANING: usize = EVIDENCE + 17;
/// See `Learned::evidence`.
pub(crate) type Evidence = [f32; EVIDENCE];

const PRIOR_BEST: Evidence = [
    -0.55, 1.6, 0.47, 1.02, -0.07, 0.29, 0.22, -0.08, 1.2, 1.57, 0.15, 0.6, 0.07, 0.0, -2.41, -1.39, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
];
const PRIOR_FIRST_THREE: Evidence = [
    0.77, 1.96, 0.08, 1.16, -0.35, 0.54, 0.42, -0.07, 1.19, 0.73, 0.11, 0.97, 0.21, 0.13, -2.47, -1.02, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
];
/// How firmly the prior holds, per coefficient: about this many questions weigh as much.
const PRIOR_STRENGTH: f64 = 4.0;
/// The same for what only some bases have, of which nothing is expected.
const PRIOR_STRENGTH_OF_MEANING: f64 = 1.0;
/// What part of incoming questions has no article, where examples are few and where they are many; the held-out questions
/// are weighed to match.
const UNANSWERABLE: [f64; 2] = [0.36, 0.5];
/// Softness of the division among the runners-up.
const TEMPERATURE: f32 = 0.35;

/// One held-out question.
pub(crate) struct Point<const N: usize = EVIDENCE> {
    pub(crate) evidence: [f32; N],
    /// Whether its article took part.
    pub(crate) is_answerable: bool,
    /// Whether it is one of the background.
    pub(crate) is_nobodys: bool,
    /// Where the right article was ranked.
    pub(crate) place: Option<usize>,
}

/// A question, with what it counts beside one of a business's own.
pub(super) struct Weighed<const N: usize = EVIDENCE> {
    pub(super) point: Point<N>,
    pub(super) weight: f64,
}

/// Turns evidence into confidence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibration<const N: usize = EVIDENCE> {
    best: [f32; N],
    first_three: [f32; N],
}

impl<const N: usize> Default for Calibration<N> {
    fn default() -> Self {
        Calibration {
            best: prior(&PRIOR_BEST),
            first_three: prior(&PRIOR_FIRST_THREE),
        }
    }
}

/// What is expected of the numbers that every base has; of others nothing.
fn prior<const N: usize>(known: &Evidence) -> [f32; N] {
    let mut prior = [0.0; N];
    prior.iter_mut().zip(known).for_each(|(prior, known)| *prior = *known);
    prior
}

impl<const N: usize> Calibration<N> {
    pub(super) fn fit<'a>(points: impl Iterator<Item = &'a Point<N>> + Clone, others: &Others<N>) -> Calibration<N> {
        let answerable = points.clone().filter(|point| point.is_answerable).count() as f64;
        let nobodys = points.clone().filter(|point| point.is_nobodys).count() as f64;
        let unanswerable = points.clone().count() as f64 - answerable - nobodys;
        if answerable < 6.0 || unanswerable < 6.0 {
            return Calibration::default();
        }
        let of_background = background::share(answerable);
        let alien = (1.0 - of_background) * UNANSWERABLE[0] + of_background * UNANSWERABLE[1];
        // Both kinds keep their number of points, but not more weight than they have questions.
        let scale = (answerable / (1.0 - alien)).min(unanswerable / alien);
        // Who has many examples has them from customers: what small businesses were asked counts less, and the
        // background and what large bases were asked more.
        let weight = |point: &Point<N>| {
            if point.is_answerable {
                scale * (1.0 - alien) / answerable
            } else if point.is_nobodys {
                of_background * scale * alien / nobodys
            } else {
                scale * alien / unanswerable
            }
        };
        let own = points.map(|point| (point, weight(point)));
        Calibration::of(&own.chain(others.beside(answerable)).collect::<Vec<_>>())
    }

    /// By what others were asked alone.
    pub(super) fn of_others(reference: &[Weighed<N>]) -> Calibration<N> {
        Calibration::of(&reference.iter().map(|one| (&one.point, one.weight)).collect::<Vec<_>>())
    }

    /// By questions, with what each counts.
    fn of(points: &[(&Point<N>, f64)]) -> Calibration<N> {
        let fit_where = |known: &Evidence, is_right: &dyn Fn(&Point<N>) -> bool| {
            let row = |&(point, weight): &(&Point<N>, f64)| (point.evidence, weight, is_right(point));
            logistic(&points.iter().map(row).collect::<Vec<_>>(), &prior(known))
        };
        Calibration {
            best: fit_where(&PRIOR_BEST, &|point| point.is_answerable && point.place == Some(0)),
            first_three: fit_where(&PRIOR_FIRST_THREE, &|point| {
                point.is_answerable && point.place.is_some_and(|place| place < 3)
            }),
        }
    }

    /// How badly it foresees whether the first article of a question is the right one: 0 perfectly.
    pub(crate) fn loss(&self, point: &Point<N>) -> f64 {
        let p = f64::from(sigmoid(dot(&self.best, &point.evidence)));
        let is_right = point.is_answerable && point.place == Some(0);
        -(if is_right { p } else { 1.0 - p }).max(1e-6).ln()
    }

    /// The probability of each ranked article to be the right one.
    pub(crate) fn confidences(&self, evidence: &[f32; N], ranks: &[f32]) -> Vec<f32> {
        let best = sigmoid(dot(&self.best, evidence));
        let rest = (sigmoid(dot(&self.first_three, evidence)) - best).max(0.0);
        let first = ranks.first().copied().unwrap_or_default();
        let shares: Vec<f32> = ranks
            .iter()
            .skip(1)
            .map(|rank| ((rank - first) / TEMPERATURE).exp())
            .collect();
        let total: f32 = shares.iter().sum::<f32>().max(1e-9);
        std::iter::once(best)
            .chain(shares.iter().map(|share| (rest * share / total).min(best)))
            .take(ranks.len())
            .collect()
    }
}

fn dot<const N: usize>(coefficients: &[f32; N], evidence: &[f32; N]) -> f32 {
    coefficients.iter().zip(evidence).map(|(a, b)| a * b).sum()
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Newton's method for the weighted log-likelihood plus the prior; few unknowns.
fn logistic<const N: usize>(rows: &[([f32; N], f64, bool)], prior: &[f32; N]) -> [f32; N] {
    let prior: Vec<f64> = prior.iter().map(|&value| f64::from(value)).collect();
    let mut beta = prior.clone();
    for _ in 0..25 {
        let mut gradient = [0.0_f64; N];
        let mut hessian = [[0.0_f64; N]; N];
        for i in 0..N {
            // The intercept follows the base freely.
            let strength = match i {
                0 => 0.2 * PRIOR_STRENGTH,
                1..EVIDENCE => PRIOR_STRENGTH,
                _ => PRIOR_STRENGTH_OF_MEANING,
            };
            gradient[i] = -strength * (beta[i] - prior[i]);
            hessian[i][i] = strength;
        }
        for (evidence, weight, is_right) in rows {
            let x: [f64; N] = evidence.map(f64::from);
            let score: f64 = x.iter().zip(&beta).map(|(x, beta)| x * beta).sum();
            let p = 1.0 / (1.0 + (-score).exp());
            let error = f64::from(u8::from(*is_right)) - p;
            let curve = (p * (1.0 - p)).max(1e-6) * weight;
            for i in 0..N {
                gradient[i] += weight * error * x[i];
                for j in 0..=i {
                    hessian[i][j] += curve * x[i] * x[j];
                }
            }
        }
        let lower = hessian;
        for (i, row) in hessian.iter_mut().enumerate() {
            for (j, value) in row.iter_mut().enumerate().skip(i + 1) {
                *value = lower[j][i];
            }
        }
        let step = solve(hessian, gradient);
        let mut largest = 0.0_f64;
        for (beta, step) in beta.iter_mut().zip(step) {
            let bounded = step.clamp(-2.0, 2.0);
            *beta += bounded;
            largest = largest.max(bounded.abs());
        }
        if largest < 1e-6 {
            break;
        }
    }
    let mut out = [0.0_f32; N];
    for (out, beta) in out.iter_mut().zip(beta) {
        *out = if beta.is_finite() { beta as f32 } else { 0.0 };
    }
    out
}

/// Gaussian elimination with pivoting; the matrix is positive definite by the prior.
pub(super) fn solve<const N: usize>(mut a: [[f64; N]; N], mut b: [f64; N]) -> [f64; N] {
    for column in 0..N {
        let pivot = (column..N)
            .max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))
            .unwrap_or(column);
        a.swap(column, pivot);
        b.swap(column, pivot);
        if a[column][column].abs() < 1e-12 {
            continue;
        }
        let pivot_row = a[column];
        for row in column + 1..N {
            let factor = a[row][column] / pivot_row[column];
            for (value, pivot) in a[row].iter_mut().zip(pivot_row) {
                *value -= factor * pivot;
            }
            b[row] -= factor * b[column];
        }
    }
    let mut x = [0.0; N];
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|k| a[row][k] * x[k]).sum();
        x[row] = if a[row][row].abs() < 1e-12 {
            0.0
        } else {
            (b[row] - known) / a[row][row]
        };
    }
    x
}
