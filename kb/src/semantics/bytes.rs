//! Reading a file that is part of the program, piece by piece.

/// What is left to read.
pub(super) struct Bytes(pub(super) &'static [u8]);

impl Bytes {
    /// The next so many bytes; `None` where there are fewer.
    pub(super) fn take(&mut self, count: usize) -> Option<&'static [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next number (`u32`, little-endian).
    pub(super) fn number(&mut self) -> Option<usize> {
        self.take(4)?
            .first_chunk()
            .map(|bytes| u32::from_le_bytes(*bytes) as usize)
    }

    /// The next so many numbers (`f32`, little-endian).
    pub(super) fn floats(&mut self, count: usize) -> Option<Vec<f32>> {
        let (numbers, _) = self.take(count.checked_mul(4)?)?.as_chunks::<4>();
        Some(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }
}
