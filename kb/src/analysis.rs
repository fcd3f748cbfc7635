//! How text becomes words: one chain per language, used by the index and by the answerer.
//!
//! Chain: split at anything that is not a letter or digit → drop absurdly long tokens →
//! lower-case → restore accents that people leave out and the stemmer needs → stop words →
//! stem → fold to ASCII. So "nao imprime as paginas" finds "não imprime as páginas".

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;

use conversation::types::Language;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language as StemLanguage, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer,
    StopWordFilter, TextAnalyzer, Token, TokenFilter, TokenStream, Tokenizer,
};

use crate::form::Form;
use crate::synonyms::Lookup;

/// Tokens of more bytes than this are noise (base64, keyboards under cats).
const LONGEST_TOKEN: usize = 48;

fn stem_language(language: Language) -> StemLanguage {
    match language {
        Language::En => StemLanguage::English,
        Language::Es => StemLanguage::Spanish,
        Language::Pt => StemLanguage::Portuguese,
    }
}

/// The name under which the index knows the chain of a language.
pub fn chain_name(language: Language) -> &'static str {
    match language {
        Language::En => "words_en",
        Language::Es => "words_es",
        Language::Pt => "words_pt",
    }
}

/// The chain of the index: without stop words.
pub fn index_chain(language: Language) -> TextAnalyzer {
    let stop_words = StopWordFilter::new(stem_language(language)).unwrap_or_else(|| StopWordFilter::remove(Vec::new()));
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(LONGEST_TOKEN))
        .filter(LowerCaser)
        .filter(RestoreAccents { language })
        .filter(stop_words)
        .filter(Stemmer::new(stem_language(language)))
        .filter(AsciiFoldingFilter)
        .build()
}

/// One word as the answerer sees it: a handle, so that a base's hundred thousands of words take the room of its
/// thousands of different ones (see [`Vocabulary`]).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Word(Arc<Form>);

impl Deref for Word {
    type Target = Form;

    fn deref(&self) -> &Form {
        &self.0
    }
}

impl From<Form> for Word {
    fn from(form: Form) -> Word {
        Word(Arc::new(form))
    }
}

impl Word {
    /// The same word, taken for a misspelling of another.
    pub(crate) fn with_stem(&self, stem: &str) -> Word {
        Word::from(Form {
            stem: stem.to_owned(),
            ..Form::clone(&self.0)
        })
    }
}

/// Words that were met already, so that the same one is kept once.
#[derive(Default)]
pub(crate) struct Vocabulary(HashSet<Word>);

impl Vocabulary {
    /// The words, each shared with every earlier one that is the same.
    pub(crate) fn shared(&mut self, words: Vec<Word>) -> Vec<Word> {
        let mut share = |word: Word| match self.0.get(&word) {
            Some(known) => known.clone(),
            None => {
                self.0.insert(word.clone());
                word
            }
        };
        words.into_iter().map(&mut share).collect()
    }
}

/// Splits text into words for the answerer; keeps function words, marks them.
#[derive(Clone)]
pub(crate) struct Splitter {
    language: Language,
    synonyms: Arc<Lookup>,
    stems: TextAnalyzer,
    folds: TextAnalyzer,
}

impl Splitter {
    /// `groups` are the business's own words of one meaning, beside those that everybody uses.
    pub(crate) fn new(language: Language, groups: &[Vec<String>]) -> Splitter {
        let mut splitter = Splitter::without_synonyms(language);
        let stems = |phrase: &str, most: usize| {
            let words = splitter.words(phrase, most);
            words.iter().map(|word| word.stem.clone()).collect()
        };
        splitter.synonyms = Arc::new(Lookup::new(language, groups, stems));
        splitter
    }

    pub(crate) fn without_synonyms(language: Language) -> Splitter {
        let stems = TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(RemoveLongFilter::limit(LONGEST_TOKEN))
            .filter(LowerCaser)
            .filter(RestoreAccents { language })
            .filter(Stemmer::new(stem_language(language)))
            .filter(AsciiFoldingFilter)
            .build();
        Splitter {
            language,
            synonyms: Arc::default(),
            stems,
            folds: folding_chain(),
        }
    }

    /// At most `limit` words of the text.
    pub(crate) fn words(&self, text: &str, limit: usize) -> Vec<Word> {
        let mut stems = self.stems.clone();
        let mut folds = self.folds.clone();
        let mut stem_stream = stems.token_stream(text);
        let mut fold_stream = folds.token_stream(text);
        let mut forms = Vec::new();
        // Both chains split and drop alike, so their tokens come in pairs.
        while forms.len() < limit && stem_stream.advance() && fold_stream.advance() {
            let folded = fold_stream.token().text.clone();
            let is_function_word = is_function_word(self.language, &folded);
            forms.push(Form {
                stem: stem_stream.token().text.clone(),
                folded,
                is_function_word,
                meanings: Vec::new(),
            });
        }
        self.synonyms.mark(&mut forms);
        forms.into_iter().map(Word::from).collect()
    }
}

/// The chain that only splits, lower-cases and folds: for names, addresses and words as they were written.
pub fn folding_chain() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(LONGEST_TOKEN))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

/// The words of a text, lower-cased and folded to ASCII, at most `limit`; for pattern matching.
pub fn folded_words(text: &str, limit: usize) -> Vec<String> {
    placed_words(text, limit).into_iter().map(|(_, word)| word).collect()
}

/// As [`folded_words`], each with the byte where it begins.
pub fn placed_words(text: &str, limit: usize) -> Vec<(usize, String)> {
    let mut chain = folding_chain();
    let mut stream = chain.token_stream(text);
    let mut words = Vec::new();
    while words.len() < limit && stream.advance() {
        let token = stream.token();
        words.push((token.offset_from, token.text.clone()));
    }
    words
}

/// Puts back the accents of endings that the Spanish and Portuguese stemmers look for and that
/// people leave out on phones: "configuracion" → "configuración", "ligacao" → "ligação".
#[derive(Clone)]
struct RestoreAccents {
    language: Language,
}

const SPANISH_ENDINGS: &[(&str, &str)] = &[("cion", "ción"), ("sion", "sión")];
const PORTUGUESE_ENDINGS: &[(&str, &str)] = &[
    ("cao", "ção"),
    ("coes", "ções"),
    ("sao", "são"),
    ("soes", "sões"),
    ("encia", "ência"),
    ("ancia", "ância"),
    ("avel", "ável"),
    ("ivel", "ível"),
];

impl TokenFilter for RestoreAccents {
    type Tokenizer<T: Tokenizer> = RestoringTokenizer<T>;

    fn transform<T: Tokenizer>(self, inner: T) -> RestoringTokenizer<T> {
        let endings = match self.language {
            Language::En => &[],
            Language::Es => SPANISH_ENDINGS,
            Language::Pt => PORTUGUESE_ENDINGS,
        };
        RestoringTokenizer { endings, inner }
    }
}

#[derive(Clone)]
struct RestoringTokenizer<T> {
    endings: &'static [(&'static str, &'static str)],
    inner: T,
}

impl<T: Tokenizer> Tokenizer for RestoringTokenizer<T> {
    type TokenStream<'a> = RestoringStream<T::TokenStream<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        RestoringStream {
            endings: self.endings,
            tail: self.inner.token_stream(text),
        }
    }
}

struct RestoringStream<T> {
    endings: &'static [(&'static str, &'static str)],
    tail: T,
}

impl<T: TokenStream> TokenStream for RestoringStream<T> {
    fn advance(&mut self) -> bool {
        if !self.tail.advance() {
            return false;
        }
        let text = &mut self.tail.token_mut().text;
        for (bare, accented) in self.endings {
            // Longer than the ending alone, so that short whole words stay as they are.
            if text.len() > bare.len() + 1 && text.ends_with(bare) {
                let keep = text.len() - bare.len();
                text.truncate(keep);
                text.push_str(accented);
                break;
            }
        }
        true
    }

    fn token(&self) -> &Token {
        self.tail.token()
    }

    fn token_mut(&mut self) -> &mut Token {
        self.tail.token_mut()
    }
}

/// Whether a question asks how something is done: "how do I …", "como faço …", "steps to …".
pub(crate) fn asks_how(words: &[Word]) -> bool {
    const HOW: &[&str] = &[
        "how",
        "steps",
        "instructions",
        "guide",
        "como",
        "pasos",
        "instrucciones",
        "guia",
        "passos",
        "instrucoes",
    ];
    words.iter().any(|word| HOW.contains(&word.folded.as_str()))
}

const ENGLISH: &[&str] = &[
    "a", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "d", "did", "do",
    "does", "doing", "for", "from", "get", "had", "has", "have", "hello", "help", "hey", "hi", "how", "i", "if", "in",
    "is", "it", "its", "just", "know", "let", "like", "ll", "m", "may", "me", "might", "must", "my", "need", "of",
    "on", "or", "our", "please", "re", "s", "should", "so", "some", "t", "tell", "than", "thanks", "that", "the",
    "their", "them", "then", "there", "these", "they", "this", "those", "to", "up", "us", "ve", "want", "was", "we",
    "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
];
const SPANISH: &[&str] = &[
    "a", "al", "algo", "ante", "d", "k", "q", "toy", "x", "xq", "aqui", "asi", "ayuda", "buenas", "buenos", "como",
    "con", "cual", "cuales", "cuando", "de", "del", "desde", "dias", "donde", "e", "el", "ella", "ellos", "en", "era",
    "es", "esa", "ese", "eso", "esta", "estan", "este", "esto", "estoy", "favor", "fue", "gracias", "ha", "haber",
    "hacer", "hago", "han", "hasta", "hay", "he", "hola", "la", "las", "le", "les", "lo", "los", "mas", "me", "mi",
    "mis", "muy", "nececito", "necesito", "nesecito", "nesesito", "nos", "nuestra", "nuestro", "o", "para", "pero",
    "podria", "por", "porque", "puede", "pueden", "puedo", "que", "quien", "quiero", "quisiera", "saber", "se", "ser",
    "si", "sobre", "son", "su", "sus", "tambien", "tengo", "tiene", "tienen", "tu", "tus", "u", "un", "una", "unas",
    "uno", "unos", "usted", "ustedes", "va", "y", "ya", "yo",
];
const PORTUGUESE: &[&str] = &[
    "a", "ajuda", "algo", "ao", "c", "cmg", "d", "n", "oq", "pq", "q", "ta", "to", "vc", "vcs", "aos", "aqui", "as",
    "ate", "boa", "bom", "com", "como", "da", "das", "de", "dia", "do", "dos", "e", "ela", "ele", "eles", "em", "era",
    "essa", "esse", "esta", "estao", "este", "estou", "eu", "faco", "fazer", "favor", "foi", "ha", "isso", "isto",
    "ja", "la", "lhe", "mais", "mas", "me", "meu", "meus", "minha", "minhas", "muito", "na", "nas", "no", "nos",
    "nossa", "nosso", "num", "numa", "o", "obrigada", "obrigado", "oi", "ola", "onde", "os", "ou", "para", "pelo",
    "pela", "pode", "podem", "poderia", "por", "porque", "posso", "pra", "precizo", "preciso", "presiso", "qual",
    "quais", "quando", "que", "quem", "quero", "queria", "saber", "se", "sao", "ser", "seu", "seus", "so", "sobre",
    "sua", "suas", "tambem", "tarde", "tem", "tenho", "um", "uma", "umas", "uns", "vai", "voce", "voces",
];

/// Words of any matter. Where no article uses one, a question loses nothing without it.
const OF_ANY_MATTER: &[&str] = &[
    "actually",
    "again",
    "also",
    "anyone",
    "anything",
    "asap",
    "basically",
    "dear",
    "describe",
    "explain",
    "guys",
    "kindly",
    "maybe",
    "now",
    "ok",
    "okay",
    "pls",
    "plz",
    "quickly",
    "really",
    "regards",
    "someone",
    "something",
    "somehow",
    "sorry",
    "still",
    "thank",
    "thx",
    "today",
    "very",
    "well",
    "wondering", // English
    "ademas",
    "ahora",
    "alguien",
    "bueno",
    "entonces",
    "estimado",
    "estimados",
    "explicar",
    "explicame",
    "explique",
    "gustaria",
    "hoy",
    "nuevo",
    "ok",
    "oye",
    "pues",
    "saludos",
    "senores",
    "solo",
    "todavia",
    "vez",
    "xf",
    "xfa",
    "xfavor", // Spanish
    "agora",
    "alguem",
    "ainda",
    "entao",
    "explica",
    "explique",
    "gente",
    "gostaria",
    "hj",
    "hoje",
    "novamente",
    "pessoal",
    "prezado",
    "prezados",
    "senhor",
    "senhora",
    "somente",
    "vez",
    "pf",
    "pfv",
    "pfvr", // Portuguese
];

/// Whether a word that nobody taught may be passed over.
pub(crate) fn is_of_any_matter(word: &Word) -> bool {
    word.is_function_word || OF_ANY_MATTER.contains(&word.folded.as_str())
}

/// Whether a folded word only builds the sentence.
fn is_function_word(language: Language, folded: &str) -> bool {
    let list = match language {
        Language::En => ENGLISH,
        Language::Es => SPANISH,
        Language::Pt => PORTUGUESE,
    };
    list.contains(&folded)
}

#[cfg(test)]
mod tests;
