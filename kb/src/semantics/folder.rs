//! A model's folder as model hubs give it. Every file is broken or hostile until it was read to its end.

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokenizers::{Tokenizer, TruncationParams};

use super::encoder::{Encoder, Pooling};
use super::fixed::Fixed;
use super::{Embedder, Role, SemanticsError};

/// The longest files that are read, in bytes.
const CONFIG_BYTES: u64 = 1 << 20;
const TOKENIZER_BYTES: u64 = 128 << 20;
const WEIGHTS_BYTES: u64 = 4 << 30;
/// Tokens of a text that are read: as in `model`, what is longer is a pasted document.
const MOST_TOKENS: usize = 256;

pub(super) fn load(folder: &Path) -> Result<Arc<dyn Embedder>, SemanticsError> {
    // The crates that read these files are not ours, and the files may be anything.
    catch_unwind(AssertUnwindSafe(|| read(folder))).unwrap_or_else(|_| {
        Err(wrong(
            folder,
            "its files are damaged in a way that nothing here understands; download them again".to_owned(),
        ))
    })
}

pub(super) fn wrong(path: &Path, what: String) -> SemanticsError {
    SemanticsError::Folder {
        path: path.to_owned(),
        what,
    }
}

pub(super) fn read(folder: &Path) -> Result<Arc<dyn Embedder>, SemanticsError> {
    if !folder.is_dir() {
        return Err(wrong(
            folder,
            "is no folder; download a model (config.json, tokenizer.json, model.safetensors) and name its folder"
                .to_owned(),
        ));
    }
    let files = Files { folder };
    let (config_bytes, tokenizer_bytes) = (
        files.bytes("config.json", CONFIG_BYTES)?,
        files.bytes("tokenizer.json", TOKENIZER_BYTES)?,
    );
    let weights = files.bytes("model.safetensors", WEIGHTS_BYTES)?;
    let mut hash = Sha256::new();
    for bytes in [&config_bytes, &tokenizer_bytes, &weights] {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    let config: Value = serde_json::from_slice(&config_bytes)
        .map_err(|error| wrong(&files.path("config.json"), format!("is not JSON: {error}")))?;
    let tokenizer = Tokenizer::from_bytes(&tokenizer_bytes)
        .map_err(|error| wrong(&files.path("tokenizer.json"), format!("is not a tokenizer: {error}")))?;
    let prompts = files.prompts(&config)?;
    for prompt in [&prompts.question, &prompts.passage] {
        hash.update((prompt.len() as u64).to_le_bytes());
        hash.update(prompt);
    }
    let fingerprint = hash.finalize().into();

    let kind = config.get("model_type").and_then(Value::as_str).unwrap_or_default();
    let model: Arc<dyn Embedder> = match kind {
        "bert" | "xlm-roberta" => {
            let pooling = files.pooling()?;
            let words = Words::new(&files, tokenizer, prompts, true)?;
            Arc::new(Encoder::read(&files, &config, words, weights, pooling, fingerprint)?)
        }
        "model2vec" => {
            let words = Words::new(&files, tokenizer, prompts, false)?;
            Arc::new(Fixed::read(&files, &config, words, &weights, fingerprint)?)
        }
        other => {
            return Err(wrong(
                &files.path("config.json"),
                format!("the model_type is `{other}`; bert, xlm-roberta and model2vec can be read"),
            ));
        }
    };
    // What cannot turn a sentence into numbers now will not be able to later.
    let vectors = model.embed(Role::Question, &["One, dois, tres: 4?"])?;
    let is_sound = |vector: &Vec<f32>| vector.len() == model.dimensions() && vector.iter().all(|n| n.is_finite());
    if vectors.len() != 1 || !vectors.iter().all(is_sound) {
        return Err(wrong(
            &files.path("model.safetensors"),
            "gives no finite numbers; download it again".to_owned(),
        ));
    }
    Ok(model)
}

/// What stands before a text; models were trained with it or without.
pub(super) struct Prompts {
    question: String,
    passage: String,
}

/// The files of a folder.
pub(super) struct Files<'a> {
    folder: &'a Path,
}

impl Files<'_> {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn bytes(&self, name: &str, most: u64) -> Result<Vec<u8>, SemanticsError> {
        let path = self.path(name);
        let cannot = |error: std::io::Error| wrong(&path, format!("cannot be read: {error}"));
        let file = File::open(&path).map_err(cannot)?;
        let length = file.metadata().map_err(cannot)?.len();
        if length > most {
            return Err(wrong(
                &path,
                format!("has {length} bytes, more than the {most} that are read"),
            ));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        file.take(most).read_to_end(&mut bytes).map_err(cannot)?;
        if bytes.starts_with(b"version https://git-lfs") {
            return Err(wrong(
                &path,
                "is a pointer of Git LFS, not the file; fetch it with `git lfs pull`".to_owned(),
            ));
        }
        Ok(bytes)
    }

    /// A file of JSON that a folder may have.
    fn optional(&self, name: &str) -> Result<Value, SemanticsError> {
        if !self.path(name).exists() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.bytes(name, CONFIG_BYTES)?)
            .map_err(|error| wrong(&self.path(name), format!("is not JSON: {error}")))
    }

    /// What the model's makers put before texts. The E5 family says it in words only.
    fn prompts(&self, config: &Value) -> Result<Prompts, SemanticsError> {
        let said = self.optional("config_sentence_transformers.json")?;
        let prompt = |name: &str| said["prompts"][name].as_str().filter(|text| !text.is_empty());
        if let Some(question) = prompt("query") {
            return Ok(Prompts {
                question: question.to_owned(),
                passage: prompt("passage").or(prompt("document")).unwrap_or_default().to_owned(),
            });
        }
        let folder = self
            .folder
            .file_name()
            .map(|name| name.to_string_lossy().to_lowercase());
        let names = [folder, config["_name_or_path"].as_str().map(str::to_lowercase)];
        let is_e5 = names
            .iter()
            .flatten()
            .any(|name| name.split(['-', '_', '/', '.']).any(|part| part == "e5"));
        let (question, passage) = if is_e5 { ("query: ", "passage: ") } else { ("", "") };
        Ok(Prompts {
            question: question.to_owned(),
            passage: passage.to_owned(),
        })
    }

    /// How the makers come from words to a sentence: the mean, unless they say otherwise.
    fn pooling(&self) -> Result<Pooling, SemanticsError> {
        let modules = self.optional("modules.json")?;
        let has_dense = modules.as_array().is_some_and(|modules| {
            modules
                .iter()
                .any(|module| module["type"].as_str().is_some_and(|kind| kind.ends_with(".Dense")))
        });
        if has_dense {
            return Err(wrong(
                &self.path("modules.json"),
                "names a Dense layer behind the model, which is not supported; take a model without one".to_owned(),
            ));
        }
        let said = self.optional("1_Pooling/config.json")?;
        let is_on = |name: &str| said[name].as_bool() == Some(true);
        match (is_on("pooling_mode_cls_token"), is_on("pooling_mode_mean_tokens")) {
            (true, false) => Ok(Pooling::First),
            (false, true) => Ok(Pooling::Mean),
            (false, false) if said.is_null() => Ok(Pooling::Mean),
            _ => Err(wrong(
                &self.path("1_Pooling/config.json"),
                "neither the mean of the words nor the first one alone; these two are supported".to_owned(),
            )),
        }
    }
}

/// Texts as numbers of words.
pub(super) struct Words {
    tokenizer: Tokenizer,
    prompts: Prompts,
    /// Whether marks of beginning and end belong to a sentence.
    has_marks: bool,
}

impl Words {
    fn new(
        files: &Files<'_>,
        mut tokenizer: Tokenizer,
        prompts: Prompts,
        has_marks: bool,
    ) -> Result<Words, SemanticsError> {
        // Batches are padded where they are run; a folder's own padding is for other programs.
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(TruncationParams {
                max_length: MOST_TOKENS,
                ..TruncationParams::default()
            }))
            .map_err(|error| wrong(&files.path("tokenizer.json"), format!("cannot be used: {error}")))?;
        Ok(Words {
            tokenizer,
            prompts,
            has_marks,
        })
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    pub(super) fn number(&self, word: &str) -> Option<u32> {
        self.tokenizer.token_to_id(word)
    }

    /// The numbers of each text's words, at most so many of one text.
    pub(super) fn numbers(&self, role: Role, texts: &[&str], most: usize) -> Result<Vec<Vec<u32>>, SemanticsError> {
        let prompt = match role {
            Role::Question => &self.prompts.question,
            Role::Passage => &self.prompts.passage,
        };
        texts
            .iter()
            .map(|text| {
                let encoded = self
                    .tokenizer
                    .encode_fast(format!("{prompt}{text}"), self.has_marks)
                    .map_err(|error| SemanticsError::Model(format!("the tokenizer fails: {error}")))?;
                let mut numbers = encoded.get_ids().to_vec();
                if numbers.len() > most {
                    // The mark at the end stays at the end.
                    let last = numbers.last().copied();
                    numbers.truncate(most);
                    if let (Some(slot), Some(last), true) = (numbers.last_mut(), last, self.has_marks) {
                        *slot = last;
                    }
                }
                Ok(numbers)
            })
            .collect()
    }
}
