//! Folders whose files are missing, cut short, spoilt or of different models.

use super::*;

#[test]
fn broken_folders_say_what_is_wrong() {
    let change = |kind: &'static str, name: &'static str, value: Value| {
        move |folder: &Path| {
            let mut config = config(kind);
            config[name] = value.clone();
            fs::write(folder.join("config.json"), config.to_string()).unwrap();
        }
    };
    let remove = |name: &'static str| move |folder: &Path| fs::remove_file(folder.join(name)).unwrap();
    let put =
        |name: &'static str, bytes: &'static [u8]| move |folder: &Path| fs::write(folder.join(name), bytes).unwrap();
    let cut = |length: usize| {
        move |folder: &Path| {
            let path = folder.join("model.safetensors");
            let bytes = fs::read(&path).unwrap();
            fs::write(path, &bytes[..length.min(bytes.len() - 1)]).unwrap();
        }
    };
    let reshape = |name: &'static str, shape: &'static [usize], number: f32| {
        move |folder: &Path| {
            let mut tensors = weights(1, 0.3);
            let numbers = vec![number; shape.iter().product()];
            tensors.insert(name.to_owned(), Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap());
            candle_core::safetensors::save(&tensors, folder.join("model.safetensors")).unwrap();
        }
    };
    let (bert, xlm) = ("bert", "xlm-roberta");
    let cases: Vec<(&str, Box<dyn Fn(&Path)>, &str, &str)> = vec![
        (bert, Box::new(remove("config.json")), "config.json", "cannot be read"),
        (
            bert,
            Box::new(remove("tokenizer.json")),
            "tokenizer.json",
            "cannot be read",
        ),
        (
            bert,
            Box::new(remove("model.safetensors")),
            "model.safetensors",
            "cannot be read",
        ),
        (bert, Box::new(put("config.json", b"{")), "config.json", "is not JSON"),
        (bert, Box::new(put("config.json", b"[]")), "config.json", "model_type"),
        (
            bert,
            Box::new(put("tokenizer.json", b"{}")),
            "tokenizer.json",
            "is not a tokenizer",
        ),
        (
            bert,
            Box::new(put("tokenizer.json", b"\xff\xfe")),
            "tokenizer.json",
            "is not a tokenizer",
        ),
        (bert, Box::new(put("model.safetensors", b"")), "model.safetensors", ""),
        (
            bert,
            Box::new(put("model.safetensors", &[0xff; 64])),
            "model.safetensors",
            "",
        ),
        (
            bert,
            Box::new(put(
                "model.safetensors",
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            )),
            "model.safetensors",
            "git lfs pull",
        ),
        (bert, Box::new(cut(4)), "model.safetensors", ""),
        (bert, Box::new(cut(900)), "model.safetensors", ""),
        (bert, Box::new(cut(usize::MAX)), "model.safetensors", ""),
        (
            bert,
            Box::new(change(bert, "model_type", json!("gpt2"))),
            "config.json",
            "`gpt2`",
        ),
        (
            bert,
            Box::new(change(bert, "hidden_size", Value::Null)),
            "config.json",
            "`hidden_size` is null",
        ),
        (
            bert,
            Box::new(change(bert, "hidden_size", json!(12))),
            "model.safetensors",
            "shape",
        ),
        (
            bert,
            Box::new(change(bert, "hidden_size", json!(u64::MAX))),
            "config.json",
            "`hidden_size`",
        ),
        (
            bert,
            Box::new(change(bert, "num_attention_heads", json!(0))),
            "config.json",
            "`num_attention_heads`",
        ),
        (
            bert,
            Box::new(change(bert, "num_attention_heads", json!(3))),
            "config.json",
            "no model is so",
        ),
        (
            bert,
            Box::new(change(bert, "num_hidden_layers", json!(3))),
            "model.safetensors",
            "layer.2",
        ),
        (
            bert,
            Box::new(change(bert, "num_hidden_layers", json!(1_000))),
            "config.json",
            "no model is so",
        ),
        (
            bert,
            Box::new(change(bert, "vocab_size", json!(20))),
            "tokenizer.json",
            "different models",
        ),
        (
            bert,
            Box::new(change(bert, "pad_token_id", json!(64))),
            "config.json",
            "padding",
        ),
        (
            bert,
            Box::new(change(bert, "max_position_embeddings", json!(4))),
            "config.json",
            "too few",
        ),
        (
            bert,
            Box::new(change(bert, "hidden_act", json!("swoosh"))),
            "config.json",
            "swoosh",
        ),
        (
            xlm,
            Box::new(change(xlm, "layer_norm_eps", Value::Null)),
            "config.json",
            "null",
        ),
        (
            xlm,
            Box::new(change(xlm, "intermediate_size", json!(25))),
            "model.safetensors",
            "shape",
        ),
        (
            xlm,
            Box::new(change(xlm, "max_position_embeddings", json!(9))),
            "config.json",
            "too few",
        ),
        (
            bert,
            Box::new(reshape("embeddings.word_embeddings.weight", &[WORDS, 8], 0.1)),
            "model.safetensors",
            "shape",
        ),
        (
            bert,
            Box::new(reshape(
                "embeddings.word_embeddings.weight",
                &[WORDS, DIMENSIONS],
                f32::NAN,
            )),
            "model.safetensors",
            "no finite numbers",
        ),
        (
            bert,
            Box::new(put("modules.json", br#"[{"type":"x.Dense"}]"#)),
            "modules.json",
            "Dense",
        ),
        (
            bert,
            Box::new(|folder: &Path| {
                fs::create_dir(folder.join("1_Pooling")).unwrap();
                fs::write(
                    folder.join("1_Pooling/config.json"),
                    r#"{"pooling_mode_max_tokens":true}"#,
                )
                .unwrap();
            }),
            "1_Pooling/config.json",
            "supported",
        ),
    ];
    let dir = tempfile::tempdir().unwrap();
    for (at, (kind, spoil, file, part)) in cases.iter().enumerate() {
        let folder = dir.path().join(at.to_string());
        if *kind == bert {
            super::bert(&folder, 1)
        } else {
            roberta(&folder, 1)
        }
        spoil(&folder);
        let Err(error) = load(&folder) else {
            panic!("case {at} ({file}) is read")
        };
        let said = error.to_string();
        assert!(
            said.starts_with(&folder.join(file).display().to_string()),
            "case {at}: {said}"
        );
        assert!(said.contains(part), "case {at}: {said}");
        assert!(!said.contains('\n'), "case {at}: {said}");
    }
    let Err(error) = load(Path::new("/nowhere/model")) else {
        panic!("nothing is read")
    };
    assert!(
        error
            .to_string()
            .contains("config.json, tokenizer.json, model.safetensors"),
        "{error}"
    );
}

#[test]
fn broken_static_models_say_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let tensor =
        |shape: &[usize]| Tensor::from_vec(vec![0.5_f32; shape.iter().product()], shape, &Device::Cpu).unwrap();
    let rows = |count: i64| Tensor::from_vec(vec![count; WORDS], WORDS, &Device::Cpu).unwrap();
    let good = tensor(&[WORDS, DIMENSIONS]);
    let cases: Vec<(Vec<(&str, Tensor)>, &str)> = vec![
        (vec![("other", good.clone())], "no tensor named `embeddings`"),
        (vec![("embeddings", tensor(&[WORDS * DIMENSIONS]))], "shape"),
        (vec![("embeddings", tensor(&[10, DIMENSIONS]))], "different models"),
        (vec![("embeddings", tensor(&[WORDS, 8]))], "config.json says 16"),
        (
            vec![("embeddings", good.clone()), ("mapping", rows(64))],
            "beyond the 64",
        ),
        (
            vec![("embeddings", good.clone()), ("mapping", rows(-1))],
            "beyond the 64",
        ),
        (vec![("embeddings", good), ("weights", tensor(&[3]))], "`weights` has 3"),
    ];
    for (at, (tensors, part)) in cases.into_iter().enumerate() {
        fixed(dir.path(), 1);
        let tensors: Tensors = tensors
            .into_iter()
            .map(|(name, tensor)| (name.to_owned(), tensor))
            .collect();
        candle_core::safetensors::save(&tensors, dir.path().join("model.safetensors")).unwrap();
        let Err(error) = load(dir.path()) else {
            panic!("case {at} is read")
        };
        assert!(error.to_string().contains(part), "case {at}: {error}");
    }
}

#[test]
fn spoilt_bytes_are_an_error_or_a_model_and_never_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let mut next = chance(11);
    let mut draw = |below: usize| ((next() + 1.0) / 2.0 * below as f32) as usize % below;
    for round in 0..120 {
        let folder = dir.path().join("model");
        match round % 3 {
            0 => bert(&folder, 1),
            1 => roberta(&folder, 1),
            _ => drop(fixed(&folder, 1)),
        }
        let name = ["config.json", "tokenizer.json", "model.safetensors"][draw(3)];
        let mut bytes = fs::read(folder.join(name)).unwrap();
        for _ in 0..1 + draw(4) {
            // The head of the weights is where most can go wrong.
            let most = if draw(2) == 0 {
                bytes.len().min(3_000)
            } else {
                bytes.len()
            };
            let at = draw(most);
            bytes[at] = u8::try_from(draw(256)).unwrap();
        }
        if draw(3) == 0 {
            bytes.truncate(draw(bytes.len()));
        }
        fs::write(folder.join(name), bytes).unwrap();
        // Read by `read` itself, so that a panic is not caught.
        if let Ok(model) = folder::read(&folder) {
            let vectors = model.embed(Role::Question, &["my printer is jammed", ""]).unwrap();
            assert_eq!(vectors.len(), 2);
        }
    }
}
