//! Models of the BERT and XLM-RoBERTa families: a sentence is the mean of its words in context.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{bert, xlm_roberta};
use serde_json::Value;

use super::folder::{Files, Words, wrong};
use super::{Embedder, Role, SemanticsError, normalise};

/// Texts that are run at once.
const BATCH: usize = 16;
/// Words of a question that are read; a passage may be longer.
const QUESTION_TOKENS: usize = 96;
/// What a model may have of each at most, so that a forged configuration asks for no impossible memory.
const MOST: u64 = 1 << 20;

/// How the vectors of words become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    Mean,
    /// The mark at the beginning stands for the sentence.
    First,
}

enum Network {
    Bert(bert::BertModel),
    Roberta(xlm_roberta::XLMRobertaModel),
}

/// A model of sentences.
pub(super) struct Encoder {
    network: Network,
    words: Words,
    pooling: Pooling,
    padding: u32,
    dimensions: usize,
    layers: u64,
    most_tokens: usize,
    fingerprint: [u8; 32],
}

impl From<candle_core::Error> for SemanticsError {
    fn from(error: candle_core::Error) -> Self {
        SemanticsError::Model(first_line(&error.to_string()))
    }
}

/// Without the trace that may follow.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

impl Encoder {
    pub(super) fn read(
        files: &Files<'_>,
        config: &Value,
        words: Words,
        weights: Vec<u8>,
        pooling: Pooling,
        fingerprint: [u8; 32],
    ) -> Result<Encoder, SemanticsError> {
        let path = files.path("config.json");
        let number = |name: &str| {
            config[name]
                .as_u64()
                .filter(|number| (1..=MOST).contains(number))
                .ok_or_else(|| {
                    wrong(
                        &path,
                        format!("`{name}` is {}, not a number from 1 to {MOST}", config[name]),
                    )
                })
        };
        let (dimensions, heads) = (number("hidden_size")?, number("num_attention_heads")?);
        let (layers, vocabulary) = (number("num_hidden_layers")?, number("vocab_size")?);
        let positions = number("max_position_embeddings")?;
        let padding = config["pad_token_id"].as_u64().unwrap_or(0);
        if dimensions % heads != 0 || layers > 100 || padding >= vocabulary {
            return Err(wrong(
                &path,
                format!(
                    "{layers} layers of {heads} heads over {dimensions} numbers, padding {padding} of {vocabulary} words: no model is so"
                ),
            ));
        }
        if words.len() as u64 > vocabulary {
            return Err(wrong(
                &files.path("tokenizer.json"),
                format!(
                    "knows {} words, the model {vocabulary}; they belong to different models",
                    words.len()
                ),
            ));
        }
        // In XLM-RoBERTa positions begin behind the padding's.
        let is_roberta = config["model_type"] == "xlm-roberta";
        let taken = if is_roberta { padding + 1 } else { 0 };
        let most_tokens = positions.saturating_sub(taken).min(MOST) as usize;
        if most_tokens < 8 {
            return Err(wrong(
                &path,
                format!("`max_position_embeddings` is {positions}, too few for a sentence"),
            ));
        }

        let weights_path = files.path("model.safetensors");
        let unreadable = |error: candle_core::Error| wrong(&weights_path, first_line(&error.to_string()));
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu).map_err(unreadable)?;
        let bad_config = |error: serde_json::Error| wrong(&path, error.to_string());
        let network = if is_roberta {
            let weights = match weights.contains_tensor("roberta.embeddings.word_embeddings.weight") {
                true => weights.pp("roberta"),
                false => weights,
            };
            let config: xlm_roberta::Config = serde_json::from_value(config.clone()).map_err(bad_config)?;
            Network::Roberta(xlm_roberta::XLMRobertaModel::new(&config, weights).map_err(unreadable)?)
        } else {
            let config: bert::Config = serde_json::from_value(config.clone()).map_err(bad_config)?;
            Network::Bert(bert::BertModel::load(weights, &config).map_err(unreadable)?)
        };
        Ok(Encoder {
            network,
            words,
            pooling,
            padding: u32::try_from(padding).unwrap_or(0),
            dimensions: dimensions as usize,
            layers,
            most_tokens,
            fingerprint,
        })
    }

    /// Runs texts of like length; a vector for each.
    fn run(&self, batch: &[&Vec<u32>]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        let longest = batch.iter().map(|numbers| numbers.len()).max().unwrap_or(0);
        if longest == 0 {
            return Ok(vec![vec![0.0; self.dimensions]; batch.len()]);
        }
        let mut numbers = Vec::with_capacity(batch.len() * longest);
        let mut mask = Vec::with_capacity(batch.len() * longest);
        for text in batch {
            numbers.extend_from_slice(text);
            numbers.resize(numbers.len() + longest - text.len(), self.padding);
            mask.resize(mask.len() + text.len(), 1_u32);
            mask.resize(mask.len() + longest - text.len(), 0);
        }
        let shape = (batch.len(), longest);
        let ids = Tensor::from_vec(numbers, shape, &Device::Cpu)?;
        let kinds = ids.zeros_like()?;
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?;
        let states = match &self.network {
            Network::Bert(model) => model.forward(&ids, &kinds, Some(&mask))?,
            Network::Roberta(model) => model.forward(&ids, &mask, &kinds, None, None, None)?,
        };
        let states = states.to_dtype(DType::F32)?.to_vec3::<f32>()?;
        Ok(states
            .iter()
            .zip(batch)
            .map(|(words, numbers)| {
                let counted = match self.pooling {
                    Pooling::Mean => numbers.len(),
                    Pooling::First => numbers.len().min(1),
                };
                let mut sum = vec![0.0_f32; self.dimensions];
                for word in &words[..counted] {
                    sum.iter_mut().zip(word).for_each(|(sum, number)| *sum += number);
                }
                normalise(&mut sum);
                sum
            })
            .collect())
    }
}

impl Embedder for Encoder {
    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    fn describe(&self) -> String {
        let family = match self.network {
            Network::Bert(_) => "BERT",
            Network::Roberta(_) => "XLM-RoBERTa",
        };
        format!("{family}, {} layers, {} numbers", self.layers, self.dimensions)
    }

    fn embed(&self, role: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        let most = match role {
            Role::Question => self.most_tokens.min(QUESTION_TOKENS),
            Role::Passage => self.most_tokens,
        };
        let numbers = self.words.numbers(role, texts, most)?;
        // Texts of like length together: padding is work, too.
        let mut order: Vec<usize> = (0..numbers.len()).collect();
        order.sort_by_key(|&at| numbers[at].len());
        // One thread: sentences are short, and parting them costs more than it brings. One of its own, so that
        // a question does not wait for what is read in the background.
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .map_err(|error| SemanticsError::Model(error.to_string()))?;
        pool.install(|| {
            let mut vectors = vec![Vec::new(); numbers.len()];
            for places in order.chunks(BATCH) {
                let batch: Vec<&Vec<u32>> = places.iter().map(|&at| &numbers[at]).collect();
                for (&at, vector) in places.iter().zip(self.run(&batch)?) {
                    vectors[at] = vector;
                }
            }
            Ok(vectors)
        })
    }
}
