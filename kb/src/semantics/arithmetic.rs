//! Products of vectors with matrices of whole numbers.
//!
//! Layers are whole numbers of 8 bits, and what is multiplied with them is rounded to 12: sums of products of 16
//! bits are what processors have instructions for since two decades. [`Arch`] takes the widest that this one has.

use pulp::{Arch, Simd, WithSimd};

use super::bytes::Bytes;
use super::dot;

/// The largest rounded number of an input: 12 bits. 1,536 products with numbers of 8 bits stay within 31.
const LARGEST: f32 = 2047.0;
/// Keeps a norm of equal numbers finite; the model was trained with it.
const NORM_FLOOR: f32 = 1e-12;

/// Numbers of each word of some texts, one after the other, rounded.
pub(super) struct Rounded {
    width: usize,
    numbers: Vec<i16>,
    /// What a unit of each word's numbers is worth.
    units: Vec<f32>,
}

impl Rounded {
    pub(super) fn of(input: &[f32], width: usize) -> Rounded {
        let mut rounded = Rounded {
            width,
            numbers: Vec::with_capacity(input.len()),
            units: Vec::with_capacity(input.len() / width),
        };
        for word in input.chunks_exact(width) {
            let largest = word.iter().fold(1e-20_f32, |largest, number| largest.max(number.abs()));
            let share = LARGEST / largest;
            rounded.units.push(largest / LARGEST);
            rounded
                .numbers
                .extend(word.iter().map(|number| nearest(number * share) as i16));
        }
        rounded
    }
}

/// The nearest whole number of one below four million, without a branch.
pub(super) fn nearest(number: f32) -> i32 {
    // Adding so much leaves no place for what follows the point.
    const SHIFT: f32 = 12_582_912.0;
    (number + SHIFT).to_bits().wrapping_sub(SHIFT.to_bits()) as i32
}

/// One product with a matrix.
pub(super) struct Linear {
    inputs: usize,
    units: Vec<f32>,
    rows: &'static [u8],
    bias: Vec<f32>,
}

impl Linear {
    pub(super) fn read(bytes: &mut Bytes, inputs: usize, outputs: usize) -> Option<Linear> {
        Some(Linear {
            inputs,
            units: bytes.floats(outputs)?,
            rows: bytes.take(inputs * outputs)?,
            bias: bytes.floats(outputs)?,
        })
    }

    pub(super) fn of(&self, input: &Rounded) -> Vec<f32> {
        Arch::new().dispatch(Product { linear: self, input })
    }
}

struct Product<'a> {
    linear: &'a Linear,
    input: &'a Rounded,
}

impl WithSimd for Product<'_> {
    type Output = Vec<f32>;

    /// Nothing here names an instruction: that it is inlined is what has it compiled for each kind of processor.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
        let Product { linear, input } = self;
        let outputs = linear.bias.len();
        let mut output = vec![0.0; input.units.len() * outputs];
        let mut wide = vec![0_i16; linear.inputs];
        for (at, row) in linear.rows.chunks_exact(linear.inputs).enumerate() {
            for (wide, &number) in wide.iter_mut().zip(row) {
                *wide = i16::from(number.cast_signed());
            }
            let (unit, bias) = (linear.units[at], linear.bias[at]);
            for (word, numbers) in input.numbers.chunks_exact(input.width).enumerate() {
                let mut sum = 0_i32;
                for (&a, &b) in numbers.iter().zip(&wide) {
                    // It cannot overflow (see [`LARGEST`]), and is not to be looked at after each step.
                    sum = sum.wrapping_add(i32::from(a) * i32::from(b));
                }
                output[word * outputs + at] = sum as f32 * input.units[word] * unit + bias;
            }
        }
        output
    }
}

/// Puts the numbers of each word around their mean, and scales them.
pub(super) struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    pub(super) fn read(bytes: &mut Bytes, width: usize) -> Option<Norm> {
        Some(Norm {
            scale: bytes.floats(width)?,
            shift: bytes.floats(width)?,
        })
    }

    pub(super) fn apply(&self, states: &mut [f32]) {
        let width = self.scale.len();
        for word in states.chunks_exact_mut(width) {
            let mean = word.iter().sum::<f32>() / width as f32;
            word.iter_mut().for_each(|number| *number -= mean);
            let spread = (dot(word, word) / width as f32 + NORM_FLOOR).sqrt();
            for (number, (scale, shift)) in word.iter_mut().zip(self.scale.iter().zip(&self.shift)) {
                *number = *number / spread * scale + shift;
            }
        }
    }
}

pub(super) fn add(to: &mut [f32], what: &[f32]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += what);
}
