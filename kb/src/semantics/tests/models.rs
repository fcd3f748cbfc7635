//! Folders of tiny models made of chance: read, run, cut short and spoilt.

use std::collections::HashMap;
use std::fs;

use candle_core::{DType, Device, Tensor};
use serde_json::{Value, json};

use super::*;

mod broken;

const WORDS: usize = 64;
const DIMENSIONS: usize = 16;

/// A tokenizer that writes words letter by letter, so that it knows all of them.
fn tokenizer(marks: [&str; 4]) -> Value {
    let [begin, padding, end, unknown] = marks;
    let mut vocabulary = serde_json::Map::new();
    let mut add = |word: String| {
        let number = vocabulary.len();
        vocabulary.insert(word, json!(number));
    };
    for mark in [begin, padding, end, unknown] {
        add(mark.to_owned());
    }
    ('a'..='z').for_each(|letter| add(letter.to_string()));
    ('a'..='z').for_each(|letter| add(format!("##{letter}")));
    let number_of = |mark: &str| vocabulary.get(mark).cloned().unwrap();
    json!({
        "version": "1.0",
        "truncation": { "direction": "Right", "max_length": 7, "strategy": "LongestFirst", "stride": 0 },
        "padding": { "strategy": { "Fixed": 7 }, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 1, "pad_type_id": 0, "pad_token": padding },
        "added_tokens": [],
        "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": true, "lowercase": true },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "TemplateProcessing",
            "single": [{ "SpecialToken": { "id": begin, "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } },
                { "SpecialToken": { "id": end, "type_id": 0 } }],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
            "special_tokens": {
                begin: { "id": begin, "ids": [number_of(begin)], "tokens": [begin] },
                end: { "id": end, "ids": [number_of(end)], "tokens": [end] },
            } },
        "decoder": null,
        "model": { "type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary },
    })
}

fn config(kind: &str) -> Value {
    json!({
        "model_type": kind, "vocab_size": WORDS, "hidden_size": DIMENSIONS, "num_hidden_layers": 2,
        "num_attention_heads": 4, "intermediate_size": 24, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 200, "type_vocab_size": 1,
        "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 1,
        "position_embedding_type": "absolute",
    })
}

type Tensors = HashMap<String, Tensor>;

/// Weights of chance; `layers` is how large those of the layers are.
fn weights(seed: u64, layers: f32) -> Tensors {
    let mut next = chance(seed);
    let mut tensors = Tensors::new();
    let mut add = |name: String, shape: &[usize], size: f32, middle: f32| {
        let numbers: Vec<f32> = (0..shape.iter().product::<usize>())
            .map(|_| middle + size * next())
            .collect();
        tensors.insert(name, Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap());
    };
    for (name, rows) in [("word", WORDS), ("position", 200), ("token_type", 1)] {
        add(
            format!("embeddings.{name}_embeddings.weight"),
            &[rows, DIMENSIONS],
            1.0,
            0.0,
        );
    }
    let norm = |add: &mut dyn FnMut(String, &[usize], f32, f32), name: &str| {
        add(format!("{name}.weight"), &[DIMENSIONS], 0.0, 1.0);
        add(format!("{name}.bias"), &[DIMENSIONS], 0.0, 0.0);
    };
    norm(&mut add, "embeddings.LayerNorm");
    for layer in 0..2 {
        let name = format!("encoder.layer.{layer}");
        for (part, out, into) in [
            ("attention.self.query", DIMENSIONS, DIMENSIONS),
            ("attention.self.key", DIMENSIONS, DIMENSIONS),
            ("attention.self.value", DIMENSIONS, DIMENSIONS),
            ("attention.output.dense", DIMENSIONS, DIMENSIONS),
            ("intermediate.dense", 24, DIMENSIONS),
            ("output.dense", DIMENSIONS, 24),
        ] {
            add(format!("{name}.{part}.weight"), &[out, into], layers, 0.0);
            add(format!("{name}.{part}.bias"), &[out], layers, 0.0);
        }
        norm(&mut add, &format!("{name}.attention.output.LayerNorm"));
        norm(&mut add, &format!("{name}.output.LayerNorm"));
    }
    tensors
}

fn write(folder: &Path, config: &Value, tokenizer: &Value, tensors: &Tensors) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    candle_core::safetensors::save(tensors, folder.join("model.safetensors")).unwrap();
}

const BERT: [&str; 4] = ["[CLS]", "[PAD]", "[SEP]", "[UNK]"];
const ROBERTA: [&str; 4] = ["<s>", "<pad>", "</s>", "<unk>"];

pub(crate) fn bert(folder: &Path, seed: u64) {
    write(folder, &config("bert"), &tokenizer(BERT), &weights(seed, 0.3));
}

fn roberta(folder: &Path, seed: u64) {
    write(folder, &config("xlm-roberta"), &tokenizer(ROBERTA), &weights(seed, 0.3));
}

/// A static model in which every row is chance.
fn fixed(folder: &Path, seed: u64) -> Tensors {
    let mut next = chance(seed);
    let rows: Vec<f32> = (0..WORDS * DIMENSIONS).map(|_| next()).collect();
    let rows = Tensor::from_vec(rows, (WORDS, DIMENSIONS), &Device::Cpu).unwrap();
    let tensors = Tensors::from([("embeddings".to_owned(), rows)]);
    let config = json!({ "model_type": "model2vec", "hidden_dim": DIMENSIONS });
    write(folder, &config, &tokenizer(BERT), &tensors);
    tensors
}

fn embed(folder: &Path, texts: &[&str]) -> Vec<Vec<f32>> {
    load(folder).unwrap().embed(Role::Question, texts).unwrap()
}

fn assert_near(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    let farthest = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(farthest < 1e-5, "{a:?}\n{b:?}");
}

#[test]
fn each_kind_gives_vectors_of_unit_length_and_always_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let make: [(&str, &dyn Fn(&Path, u64)); 3] = [
        ("bert", &bert),
        ("xlm", &roberta),
        ("fixed", &|folder, seed| drop(fixed(folder, seed))),
    ];
    for (name, make) in make {
        let (one, two) = (dir.path().join(name), dir.path().join(format!("{name}-2")));
        make(&one, 1);
        make(&two, 2);
        let model = load(&one).unwrap();
        assert_eq!(model.dimensions(), DIMENSIONS);
        let texts = [
            "my printer is jammed",
            "Olá, não imprime!",
            "x",
            "a longer question about one thing and another",
        ];
        let vectors = model.embed(Role::Question, &texts).unwrap();
        assert_eq!(vectors.len(), texts.len());
        for vector in &vectors {
            assert_eq!(vector.len(), DIMENSIONS);
            assert!((dot(vector, vector) - 1.0).abs() < 1e-5, "{name}: {vector:?}");
        }
        assert_eq!(vectors, embed(&one, &texts), "{name}: loaded again, to the last digit");
        assert_ne!(vectors, embed(&two, &texts), "{name}");
        assert_eq!(model.fingerprint(), load(&one).unwrap().fingerprint());
        assert_ne!(model.fingerprint(), load(&two).unwrap().fingerprint());
        // Alone or among longer ones: padding counts for nothing.
        for (text, vector) in texts.iter().zip(&vectors) {
            assert_near(&model.embed(Role::Question, &[text]).unwrap()[0], vector);
        }
        // As long as a book, and as short as nothing.
        let book = "word ".repeat(10_000);
        let odd = model.embed(Role::Passage, &[&book, "", "\u{0}\u{fffd}", "  "]).unwrap();
        assert!(
            odd.iter().all(|vector| vector.iter().all(|number| number.is_finite())),
            "{name}"
        );
        assert!(model.embed(Role::Passage, &[]).unwrap().is_empty());
    }
}

#[test]
fn a_sentence_is_the_mean_of_its_words_or_its_first_mark() {
    let dir = tempfile::tempdir().unwrap();
    // Layers of zeros hand on what they are given, so that the words can be counted by hand.
    let tensors = weights(5, 0.0);
    let table = |name: &str| tensors[name].to_vec2::<f32>().unwrap();
    let (words, positions) = (
        table("embeddings.word_embeddings.weight"),
        table("embeddings.position_embeddings.weight"),
    );
    let kinds = table("embeddings.token_type_embeddings.weight");
    let at = |number: usize, position: usize| -> Vec<f32> {
        let sum: Vec<f32> = (0..DIMENSIONS)
            .map(|i| words[number][i] + positions[position][i] + kinds[0][i])
            .collect();
        let mean = sum.iter().sum::<f32>() / DIMENSIONS as f32;
        let variance = sum.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / DIMENSIONS as f32;
        sum.iter().map(|x| (x - mean) / variance.sqrt()).collect()
    };
    // begin, "a", "c", "##b", end
    let numbers = [0, 4, 6, 4 + 26 + 1, 2];
    for (kind, marks, first_position) in [("bert", BERT, 0), ("xlm-roberta", ROBERTA, 2)] {
        let folder = dir.path().join(kind);
        write(&folder, &config(kind), &tokenizer(marks), &tensors);
        let mut mean = vec![0.0; DIMENSIONS];
        for (place, &number) in numbers.iter().enumerate() {
            let word = at(number, place + first_position);
            mean.iter_mut().zip(word).for_each(|(sum, number)| *sum += number);
        }
        normalise(&mut mean);
        let found = embed(&folder, &["A cb", "a much longer text beside it"]);
        assert_near(&found[0], &mean);

        fs::create_dir(folder.join("1_Pooling")).unwrap();
        let first = json!({ "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false });
        fs::write(folder.join("1_Pooling/config.json"), first.to_string()).unwrap();
        let mut mark = at(0, first_position);
        normalise(&mut mark);
        assert_near(&embed(&folder, &["a cb"])[0], &mark);
    }
}

#[test]
fn a_static_sentence_is_the_mean_of_known_rows() {
    let dir = tempfile::tempdir().unwrap();
    let tensors = fixed(dir.path(), 4);
    let rows = tensors["embeddings"].to_vec2::<f32>().unwrap();
    let mean = |parts: &[(usize, f32)]| {
        let mut sum = vec![0.0; DIMENSIONS];
        for (row, worth) in parts {
            sum.iter_mut()
                .zip(&rows[*row])
                .for_each(|(sum, number)| *sum += worth * number);
        }
        normalise(&mut sum);
        sum
    };
    // "a", "c", "##b"; a letter that it does not know counts for nothing.
    assert_near(
        &embed(dir.path(), &["a cb"])[0],
        &mean(&[(4, 1.0), (6, 1.0), (31, 1.0)]),
    );
    assert_near(
        &embed(dir.path(), &["a 語 cb"])[0],
        &mean(&[(4, 1.0), (6, 1.0), (31, 1.0)]),
    );
    assert_eq!(embed(dir.path(), &["語"])[0], vec![0.0; DIMENSIONS]);

    // Rows that words share, words that count less, and halves of precision.
    let mut more = tensors.clone();
    let numbers: Vec<i64> = (0..WORDS as i64).map(|word| word / 2).collect();
    more.insert(
        "mapping".to_owned(),
        Tensor::from_vec(numbers, WORDS, &Device::Cpu).unwrap(),
    );
    let worth: Vec<f32> = (0..WORDS).map(|word| word as f32).collect();
    more.insert(
        "weights".to_owned(),
        Tensor::from_vec(worth, WORDS, &Device::Cpu).unwrap(),
    );
    candle_core::safetensors::save(&more, dir.path().join("model.safetensors")).unwrap();
    assert_near(
        &embed(dir.path(), &["a cb"])[0],
        &mean(&[(2, 4.0), (3, 6.0), (15, 31.0)]),
    );
    let halves = tensors["embeddings"].to_dtype(DType::F16).unwrap();
    let halves = Tensors::from([("embedding.weight".to_owned(), halves)]);
    candle_core::safetensors::save(&halves, dir.path().join("model.safetensors")).unwrap();
    let (found, exact) = (&embed(dir.path(), &["a cb"])[0], mean(&[(4, 1.0), (6, 1.0), (31, 1.0)]));
    assert!(dot(found, &exact) > 0.999);
}

#[test]
fn what_the_makers_put_before_a_text_is_put_there() {
    let dir = tempfile::tempdir().unwrap();
    let e5 = dir.path().join("multilingual-e5-tiny");
    bert(&e5, 1);
    let plain = dir.path().join("plain");
    bert(&plain, 1);
    let model = load(&e5).unwrap();
    assert_eq!(embed(&e5, &["paper jam"]), embed(&plain, &["query: paper jam"]));
    let passage = model.embed(Role::Passage, &["paper jam"]).unwrap();
    assert_eq!(passage, embed(&plain, &["passage: paper jam"]));
    assert_ne!(model.fingerprint(), load(&plain).unwrap().fingerprint());
    let said = json!({ "prompts": { "query": "ask ", "passage": "" } });
    fs::write(plain.join("config_sentence_transformers.json"), said.to_string()).unwrap();
    let said = load(&plain).unwrap();
    assert_eq!(said.embed(Role::Question, &["query: x"]).unwrap().len(), 1);
    assert_ne!(
        said.embed(Role::Question, &["x"]).unwrap(),
        said.embed(Role::Passage, &["x"]).unwrap()
    );
}

#[test]
fn networks_of_chance_lower_no_figure() {
    let dir = tempfile::tempdir().unwrap();
    let (articles, questions) = sample();
    let (without, _) = evaluate_with(&articles, &questions, &Semantics::default());
    for (name, make) in [
        ("bert", bert as fn(&Path, u64)),
        ("fixed", |folder, seed| drop(fixed(folder, seed))),
    ] {
        let folder = dir.path().join(name);
        make(&folder, 9);
        let folders: BTreeMap<Language, PathBuf> = Language::ALL
            .iter()
            .map(|&language| (language, folder.clone()))
            .collect();
        let (models, failed) = Semantics::load(&folders, None);
        assert!(failed.is_empty());
        read_by(&models, &articles).unwrap();
        let (with, _) = evaluate_with(&articles, &questions, &models);
        assert_not_below(&with, &without, name);
    }
}
