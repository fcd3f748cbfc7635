//! Two models that read the same texts, as one: cosines are the weighted sum of what each finds near.

use std::sync::Arc;

use conversation::types::Language;
use sha2::{Digest, Sha256};

use super::{Embedder, Role, SemanticsError, Trust, normalise, sentences, trilingual};

/// What the second one counts in the cosine of two questions, and in that of a question and a passage: the English model
/// was taught with questions and their answers, the other one with translations (ADR 39).
const SHARE_OF_QUESTIONS: f32 = 0.5;
const SHARE_OF_PASSAGES: f32 = 0.25;

/// What comes with the program for a language: the model of English, and of Spanish and Portuguese by way of it, beside the one
/// that was taught all three.
pub(super) fn shipped(language: Language) -> Option<Arc<dyn Embedder>> {
    Some(Arc::new(Both {
        first: sentences::shipped(language)?,
        second: trilingual::shipped()?,
    }))
}

struct Both {
    first: Arc<dyn Embedder>,
    second: Arc<dyn Embedder>,
}

impl Both {
    /// What each counts in a vector, so that products of two vectors have the shares that were said.
    fn weights(role: Role) -> [f32; 2] {
        let of_question = |share: f32| [(1.0 - share).sqrt(), share.sqrt()];
        match role {
            Role::Question => of_question(SHARE_OF_QUESTIONS),
            Role::Passage => {
                let [first, second] = of_question(SHARE_OF_QUESTIONS);
                [(1.0 - SHARE_OF_PASSAGES) / first, SHARE_OF_PASSAGES / second]
            }
        }
    }
}

impl Embedder for Both {
    fn dimensions(&self) -> usize {
        self.first.dimensions() + self.second.dimensions()
    }

    fn further(&self) -> usize {
        self.first.further() + self.second.further()
    }

    fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.first.fingerprint());
        hash.update(self.second.fingerprint());
        for weight in [Role::Question, Role::Passage].map(Both::weights).as_flattened() {
            hash.update(weight.to_le_bytes());
        }
        hash.finalize().into()
    }

    fn describe(&self) -> String {
        format!("{}, and {}", self.first.describe(), self.second.describe())
    }

    fn embed(&self, role: Role, texts: &[&str]) -> Result<Vec<Vec<f32>>, SemanticsError> {
        let (first, second) = (self.first.embed(role, texts)?, self.second.embed(role, texts)?);
        let weights = Both::weights(role);
        let join = |(first, second): (Vec<f32>, Vec<f32>)| {
            let (first, first_further) = first.split_at(self.first.dimensions().min(first.len()));
            let (second, second_further) = second.split_at(self.second.dimensions().min(second.len()));
            let mut joined = Vec::with_capacity(self.dimensions() + self.further());
            joined.extend(first.iter().map(|number| number * weights[0]));
            joined.extend(second.iter().map(|number| number * weights[1]));
            normalise(&mut joined);
            joined.extend(first_further);
            joined.extend(second_further);
            joined
        };
        Ok(first.into_iter().zip(second).map(join).collect())
    }

    fn most_texts(&self) -> usize {
        self.first.most_texts().min(self.second.most_texts())
    }

    fn trust(&self) -> Trust {
        self.first.trust()
    }
}

#[cfg(test)]
mod tests;
