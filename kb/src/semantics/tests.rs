use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::eval::{EvalArticle, EvalQuestion, Report, evaluate_with, read_by, read_questions};

#[cfg(feature = "semantics")]
pub(crate) mod models;

/// A model of sentences made of chance: what it does with a text is up to `words_of`.
pub(crate) struct Made {
    pub(crate) seed: u64,
    /// What of a text counts: the same parts give the same vector.
    pub(crate) parts: fn(&str) -> Vec<String>,
    pub(crate) made: AtomicUsize,
}

impl Made {
    pub(crate) fn new(seed: u64, parts: fn(&str) -> Vec<String>) -> Arc<Made> {
        Arc::new(Made {
            seed,
            parts,
            made: AtomicUsize::new(0),
        })
    }

    /// Knows nothing: every text is as far from every other as any.
    pub(crate) fn useless(seed: u64) -> Arc<Made> {
        Made::new(seed, |text| vec![text.to_owned()])
    }

    /// Knows words, but not what they mean.
    pub(crate) fn of_words(seed: u64) -> Arc<Made> {
        Made::new(seed, |text| text.split_whitespace().map(str::to_lowercase).collect())
    }
}

/// Numbers between -1 and 1 that look like chance.
pub(crate) fn chance(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        let drawn = state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40;
        drawn as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

impl Embedder for Made {
    fn dimensions(&self) -> usize {
        48
    }

    fn fingerprint(&self) -> [u8; 32] {
        [u8::try_from(self.seed % 251).unwrap(); 32]
    }

    fn describe(&self) -> String {
        "made by a test".to_owned()
    }

    fn embed(&self, _: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        self.made.fetch_add(texts.len(), Ordering::Relaxed);
        let vector = |text: &&str| {
            let mut sum = vec![0.0; self.dimensions()];
            for part in (self.parts)(text) {
                let bytes = vectors::key(Role::Question, &part);
                let seed = u64::from_le_bytes(bytes[..8].try_into().unwrap());
                let mut next = chance(seed ^ self.seed);
                sum.iter_mut().for_each(|number| *number += next());
            }
            normalise(&mut sum);
            sum
        };
        Ok(texts.iter().map(vector).collect())
    }
}

/// Two in one: what the first makes of a text is near, what the second does stands behind it.
pub(crate) struct Both(pub(crate) Arc<Made>, pub(crate) Arc<Made>);

impl Embedder for Both {
    fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    fn further(&self) -> usize {
        self.1.dimensions()
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.0.fingerprint()
    }

    fn describe(&self) -> String {
        self.0.describe()
    }

    fn embed(&self, role: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        let near = self.0.embed(role, texts)?;
        let further = self.1.embed(role, texts)?;
        Ok(near
            .into_iter()
            .zip(further)
            .map(|(near, further)| [near, further].concat())
            .collect())
    }
}

pub(crate) fn sample() -> (Vec<EvalArticle>, Vec<EvalQuestion>) {
    let (articles, _) = crate::sample::articles(0);
    let articles: Vec<EvalArticle> = articles
        .into_iter()
        .map(|article| EvalArticle {
            id: article.group,
            language: article.language,
            title: article.title,
            body: article.body,
            questions: article.questions,
        })
        .collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/questions.jsonl");
    let questions = read_questions(&path, &articles).unwrap();
    (articles, questions)
}

/// Fails where a model made the answers worse than a few questions' chance.
pub(crate) fn assert_not_below(with: &Report, without: &Report, name: &str) {
    let noise = |share: f64| (share * without.questions as f64).ceil() as usize;
    assert!(
        with.top1 >= without.top1 - 0.01,
        "{name}: {with:?}, without: {without:?}"
    );
    assert!(
        with.correct + noise(0.015) >= without.correct,
        "{name}: {with:?}, without: {without:?}"
    );
    assert!(
        with.wrong <= without.wrong + noise(0.015),
        "{name}: {with:?}, without: {without:?}"
    );
}

/// The same, believed before anything was asked.
struct Believed(Arc<Made>);

impl Embedder for Believed {
    fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.0.fingerprint()
    }

    fn describe(&self) -> String {
        self.0.describe()
    }

    fn embed(&self, role: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        self.0.embed(role, texts)
    }

    fn is_quick(&self) -> bool {
        true
    }

    fn trust(&self) -> Trust {
        Trust::UnlessHarmful
    }
}

#[test]
fn what_is_believed_and_knows_nothing_does_little_harm() {
    let (articles, questions) = sample();
    let (without, _) = evaluate_with(&articles, &questions, &Semantics::default());
    for seed in 1..4 {
        let models = Language::ALL.iter().fold(Semantics::default(), |all, &language| {
            all.with(language, Arc::new(Believed(Made::useless(seed))))
        });
        let (with, _) = evaluate_with(&articles, &questions, &models);
        assert_not_below(&with, &without, &format!("believed {seed}"));
    }
}

#[test]
fn what_is_worth_nothing_leaves_its_place_to_the_next() {
    let (articles, questions) = sample();
    let (_, by_table) = evaluate_with(&articles, &questions, &Semantics::shipped(None));
    let mut models = Semantics::shipped(None);
    for &language in Language::ALL {
        models = models.with(language, Made::useless(5));
    }
    assert_eq!(models.describe().len(), 3);
    // Until they have read, the table serves.
    let (_, unread) = evaluate_with(&articles, &questions, &models);
    assert_eq!(unread, by_table);
    // The business's own model is worth nothing then, and the one that comes with the program serves.
    read_by(&models, &articles).unwrap();
    let (with, read) = evaluate_with(&articles, &questions, &models);
    let shipped = Semantics::shipped(None);
    read_by(&shipped, &articles).unwrap();
    let (without, by_shipped) = evaluate_with(&articles, &questions, &shipped);
    assert_eq!(read, by_shipped, "{with:?} {without:?}");
    assert_ne!(read, by_table);

    let of = |models: &Semantics| -> Vec<String> {
        let all = models.of(Language::Es, &[]).map(|meaning| meaning.embedder.describe());
        all.collect()
    };
    let all = of(&models);
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(all[0], "made by a test");
    assert_eq!(of(&models.clone().without(Language::Es)), all[1..]);
    let table = models.without(Language::Es).without(Language::Es);
    assert_eq!(of(&table), all[2..]);
}

/// Holds a model to saying of texts in a crowd what it says of each alone.
pub(super) fn say_the_same_together(model: &dyn Embedder, texts: &[&str]) {
    let many: Vec<&str> = texts.iter().copied().cycle().take(40).collect();
    let together = model.embed(Role::Question, &many).unwrap();
    assert_eq!(together.len(), many.len());
    for (text, together) in many.iter().zip(&together) {
        let alone = &model.embed(Role::Question, &[text]).unwrap()[0];
        let apart = alone
            .iter()
            .zip(together)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(apart < 1e-4, "{text:?}: {apart}");
    }
}

pub(crate) fn with_everywhere(model: &Arc<Made>) -> Semantics {
    Language::ALL
        .iter()
        .fold(Semantics::default(), |all, &language| all.with(language, model.clone()))
}

#[test]
fn a_model_that_knows_nothing_gets_no_weight() {
    let (articles, questions) = sample();
    let (without, each_without) = evaluate_with(&articles, &questions, &Semantics::default());
    for seed in 1..4 {
        let models = with_everywhere(&Made::useless(seed));
        read_by(&models, &articles).unwrap();
        let (_, each) = evaluate_with(&articles, &questions, &models);
        assert_eq!(each, each_without, "{seed}");
        // One that knows words, and not what they mean, is not quite useless.
        let models = with_everywhere(&Made::of_words(seed));
        read_by(&models, &articles).unwrap();
        let (with, _) = evaluate_with(&articles, &questions, &models);
        assert_not_below(&with, &without, &format!("words {seed}"));
    }
}

#[test]
fn a_language_without_a_model_is_answered_to_the_last_digit_as_before() {
    let (articles, questions) = sample();
    let english = Semantics::default().with(Language::En, Made::of_words(7));
    read_by(&english, &articles).unwrap();
    let confidences = |models: &Semantics| -> Vec<(Language, f32)> {
        let (_, each) = evaluate_with(&articles, &questions, models);
        let asked = questions.iter().zip(each);
        asked
            .map(|(question, asked)| (question.language, asked.confidence))
            .collect()
    };
    let (with, without) = (confidences(&english), confidences(&Semantics::default()));
    let others = |all: &[(Language, f32)]| -> Vec<(Language, f32)> {
        all.iter()
            .copied()
            .filter(|(language, _)| *language != Language::En)
            .collect()
    };
    assert!(others(&with).len() > 60);
    assert_eq!(others(&with), others(&without));
}

#[test]
fn a_text_is_read_once_and_a_question_asked_again_not_at_all() {
    let model = Made::of_words(3);
    let meaning = Meaning::new(model.clone(), None);
    meaning.learn(Role::Question, &["one two", "three"]).unwrap();
    assert_eq!(model.made.load(Ordering::Relaxed), 2);
    assert!(meaning.knows(Role::Question, "three"));
    assert!(!meaning.knows(Role::Passage, "three"), "another role is another text");
    let first = meaning.question("five").unwrap();
    assert_eq!(meaning.question("five").unwrap(), first);
    assert_eq!(model.made.load(Ordering::Relaxed), 3);
    for number in 0..ASKED {
        meaning.question(&format!("other {number}")).unwrap();
    }
    assert_eq!(meaning.asked.lock().unwrap().len(), ASKED);
    assert_eq!(meaning.question("five").unwrap(), first);
    assert_eq!(model.made.load(Ordering::Relaxed), 3 + ASKED + 1);
}

#[test]
fn vectors_outlive_the_process_and_mend_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let cache = |is_ours| Cache {
        folder: dir.path().join("index.vectors"),
        is_ours,
    };
    let open = |seed, is_ours| Meaning::new(Made::of_words(seed), Some(&cache(is_ours)));
    assert_eq!(open(1, false).vectors().len(), 0, "nothing to read, and nothing made");
    assert!(!cache(true).folder.exists());
    let texts: Vec<String> = (0..40).map(|number| format!("text {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    open(1, true).learn(Role::Question, &texts).unwrap();
    let again = open(1, true);
    assert_eq!(again.vectors().len(), 40);
    let known = again.known(Role::Question, "text 7").unwrap();
    let made = again.embedder.embed(Role::Question, &["text 7"]).unwrap();
    assert_eq!((known.near(), known.all()), (made[0].as_slice(), made[0].as_slice()));
    assert_eq!(open(1, false).vectors().len(), 40, "another process reads them");
    assert_eq!(open(2, true).vectors().len(), 0, "another model's are not taken");

    let mut files: Vec<PathBuf> = std::fs::read_dir(&cache(true).folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let path = &files[0];
    let whole = std::fs::read(path).unwrap();
    // A crash in the middle of a record; what follows is written in its place.
    std::fs::write(path, &whole[..whole.len() - 50]).unwrap();
    let cut = open(1, true);
    assert_eq!(cut.vectors().len(), 39);
    cut.learn(Role::Question, &texts[39..]).unwrap();
    assert_eq!(std::fs::read(path).unwrap().len(), whole.len());
    assert_eq!(open(1, true).vectors().len(), 40);
    // Numbers that are none.
    let mut spoilt = whole.clone();
    let at = spoilt.len() - 4;
    spoilt[at..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(path, &spoilt).unwrap();
    assert_eq!(open(1, true).vectors().len(), 39);
    // Something else altogether.
    for junk in [&b""[..], b"SBVECT", &[0xff; 4_000]] {
        std::fs::write(path, junk).unwrap();
        let meaning = open(1, true);
        assert_eq!(meaning.vectors().len(), 0);
        meaning.learn(Role::Question, &texts[..3]).unwrap();
        assert_eq!(open(1, true).vectors().len(), 3);
    }
}

#[test]
fn what_is_behind_a_vector_is_kept_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache {
        folder: dir.path().join("index.vectors"),
        is_ours: true,
    };
    let texts = ["one", "two"];
    let of_words = Meaning::new(Made::of_words(1), Some(&cache));
    of_words.learn(Role::Question, &texts).unwrap();
    drop(of_words);
    let open = || Meaning::new(Arc::new(Both(Made::of_words(1), Made::useless(2))), Some(&cache));
    assert_eq!(
        open().vectors().len(),
        0,
        "those that have nothing behind them are another's"
    );
    open().learn(Role::Question, &texts).unwrap();
    let again = open();
    let made = again.embedder.embed(Role::Question, &texts).unwrap();
    for (text, made) in texts.iter().zip(&made) {
        let known = again.known(Role::Question, text).unwrap();
        assert_eq!((known.near(), known.all()), (&made[..48], made.as_slice()));
    }
}

#[test]
fn vectors_that_nobody_needs_are_left_out_when_they_are_many() {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache {
        folder: dir.path().to_owned(),
        is_ours: true,
    };
    let texts: Vec<String> = (0..1_500).map(|number| format!("text {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let meaning = Meaning::new(Made::of_words(1), Some(&cache));
    meaning.learn(Role::Question, &texts).unwrap();
    let keys = |from: usize| -> Vec<vectors::Key> {
        let needed = texts[from..].iter();
        needed.map(|text| vectors::key(Role::Question, text)).collect()
    };
    meaning.vectors().tidy(&keys(900));
    assert_eq!(meaning.vectors().len(), 1_500, "few enough to be borne");
    meaning.vectors().tidy(&keys(1_400));
    assert_eq!(meaning.vectors().len(), 100);
    meaning.learn(Role::Question, &["one more"]).unwrap();
    assert_eq!(Meaning::new(Made::of_words(1), Some(&cache)).vectors().len(), 101);
}

#[test]
fn a_model_that_breaks_its_promise_is_refused() {
    struct Broken(Vec<Vec<f32>>);
    impl Embedder for Broken {
        fn dimensions(&self) -> usize {
            2
        }
        fn fingerprint(&self) -> [u8; 32] {
            [0; 32]
        }
        fn describe(&self) -> String {
            String::new()
        }
        fn embed(&self, _: Role, _: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
            Ok(self.0.clone())
        }
    }
    for made in [
        vec![],
        vec![vec![1.0]],
        vec![vec![f32::NAN, 0.0]],
        vec![vec![1.0, 0.0]; 2],
    ] {
        let meaning = Meaning::new(Arc::new(Broken(made.clone())), None);
        assert!(meaning.question("one").is_none(), "{made:?}");
        assert!(meaning.learn(Role::Passage, &["one"]).is_err(), "{made:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_named_and_others_are_read() {
    let folders = BTreeMap::from([(Language::Es, PathBuf::from("/nowhere/model"))]);
    let (models, failed) = Semantics::load(&folders, None);
    assert!(models.describe().is_empty());
    let (language, error) = &failed[0];
    assert_eq!(*language, Language::Es);
    let said = error.to_string();
    assert!(said.starts_with("/nowhere/model: "), "{said}");
    if !is_built_in() {
        assert!(said.contains("--features semantics"), "{said}");
    }
}

#[test]
fn the_background_is_read_for_bases_with_many_questions_and_after_their_articles() {
    let (samples, _) = crate::sample::articles(0);
    let sample = samples.iter().find(|article| article.language == Language::En).unwrap();
    let base = |questions: usize| {
        vec![Article {
            body: String::new(),
            questions: (0..questions).map(|at| format!("question {at}")).collect(),
            ..sample.clone()
        }]
    };
    let shipped = Semantics::shipped(None);
    let missing = |articles: &[Article]| {
        shipped
            .missing(articles.iter())
            .into_iter()
            .map(|text| text.2)
            .collect::<Vec<_>>()
    };
    assert_eq!(missing(&base(100)).len(), 101);
    let many = missing(&base(130));
    let lines: Vec<&str> = background::lines(Language::En).collect();
    assert_eq!(
        many[..131].iter().filter(|text| lines.contains(&text.as_str())).count(),
        0
    );
    assert_eq!(many[131..], lines);
}
