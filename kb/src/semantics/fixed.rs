//! Static embeddings in the format of model2vec: one vector for each word, a sentence is their mean. A
//! thousand times cheaper than a network, and blind to how words stand together.

use std::collections::HashMap;

use candle_core::safetensors::load_buffer;
use candle_core::{DType, Device, Tensor};
use serde_json::Value;

use super::folder::{Files, Words, wrong};
use super::{Embedder, Role, SemanticsError, normalise};

/// Words of a text that are read.
const MOST_TOKENS: usize = 256;

/// A matrix with a row for each word.
pub(super) struct Fixed {
    words: Words,
    rows: Vec<f32>,
    dimensions: usize,
    /// The row of a word, where several share one.
    mapping: Option<Vec<usize>>,
    /// What a word counts.
    weights: Option<Vec<f32>>,
    unknown: Option<u32>,
    fingerprint: [u8; 32],
}

impl Fixed {
    pub(super) fn read(
        files: &Files<'_>,
        config: &Value,
        words: Words,
        weights: &[u8],
        fingerprint: [u8; 32],
    ) -> Result<Fixed, SemanticsError> {
        let path = files.path("model.safetensors");
        let unreadable = |error: candle_core::Error| wrong(&path, error.to_string());
        let tensors = load_buffer(weights, &Device::Cpu).map_err(unreadable)?;
        let matrix = ["embeddings", "embedding.weight"]
            .iter()
            .find_map(|name| tensors.get(*name))
            .ok_or_else(|| wrong(&path, "holds no tensor named `embeddings`".to_owned()))?;
        let &[count, dimensions] = matrix.dims() else {
            return Err(wrong(
                &path,
                format!(
                    "`embeddings` has the shape {:?}; one row for each word was expected",
                    matrix.dims()
                ),
            ));
        };
        if let Some(said) = config["hidden_dim"].as_u64()
            && said != dimensions as u64
        {
            return Err(wrong(
                &path,
                format!(
                    "`embeddings` has {dimensions} numbers in a row, config.json says {said}; they belong to different models"
                ),
            ));
        }
        let list = |name: &str| -> Result<Option<Vec<f32>>, SemanticsError> {
            let Some(tensor) = tensors.get(name) else {
                return Ok(None);
            };
            let list = floats(tensor).map_err(unreadable)?;
            if list.len() < words.len() {
                return Err(wrong(
                    &path,
                    format!("`{name}` has {} numbers for {} words", list.len(), words.len()),
                ));
            }
            Ok(Some(list))
        };
        let worth = list("weights")?;
        let mapping = mapping(&tensors, count).map_err(|what| wrong(&path, what))?;
        let rows_needed = mapping.as_ref().map_or(count, Vec::len);
        if dimensions == 0 || words.len() > rows_needed {
            return Err(wrong(
                &path,
                format!(
                    "`embeddings` has {rows_needed} rows of {dimensions} numbers, the tokenizer {} words; they belong to different models",
                    words.len()
                ),
            ));
        }
        Ok(Fixed {
            unknown: words.number("[UNK]").or_else(|| words.number("<unk>")),
            words,
            rows: floats(matrix).map_err(unreadable)?,
            dimensions,
            mapping,
            weights: worth,
            fingerprint,
        })
    }

    fn vector(&self, numbers: &[u32]) -> Vec<f32> {
        let mut sum = vec![0.0_f32; self.dimensions];
        for &number in numbers.iter().filter(|number| Some(**number) != self.unknown) {
            let at = number as usize;
            let worth = self
                .weights
                .as_ref()
                .and_then(|weights| weights.get(at))
                .unwrap_or(&1.0);
            let row = match &self.mapping {
                Some(mapping) => mapping.get(at).copied().unwrap_or(usize::MAX),
                None => at,
            };
            let row = row
                .checked_mul(self.dimensions)
                .and_then(|from| self.rows.get(from..)?.get(..self.dimensions));
            for (sum, number) in sum.iter_mut().zip(row.unwrap_or_default()) {
                *sum += worth * number;
            }
        }
        normalise(&mut sum);
        sum
    }
}

/// The row of each word, checked against the rows that there are.
fn mapping(tensors: &HashMap<String, Tensor>, rows: usize) -> Result<Option<Vec<usize>>, String> {
    let Some(tensor) = tensors.get("mapping") else {
        return Ok(None);
    };
    let list = tensor
        .to_dtype(DType::I64)
        .and_then(|tensor| tensor.flatten_all())
        .and_then(|tensor| tensor.to_vec1::<i64>())
        .map_err(|error| error.to_string())?;
    let list: Option<Vec<usize>> = list
        .into_iter()
        .map(|row| usize::try_from(row).ok().filter(|row| *row < rows))
        .collect();
    list.map(Some)
        .ok_or_else(|| format!("`mapping` names rows beyond the {rows} that there are"))
}

fn floats(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()
}

impl Embedder for Fixed {
    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    fn describe(&self) -> String {
        format!("static, {} words, {} numbers", self.words.len(), self.dimensions)
    }

    fn embed(&self, role: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        let numbers = self.words.numbers(role, texts, MOST_TOKENS)?;
        Ok(numbers.iter().map(|numbers| self.vector(numbers)).collect())
    }
}
