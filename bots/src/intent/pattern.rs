//! Phrases with alternatives, as the tables write them.
//!
//! Words are separated by spaces; `a|b` is either, a trailing `?` makes a word optional, `*` stands
//! for up to two words of any kind, `^` at the head and `$` at the end tie the phrase to the
//! beginning and the end of the message.

#[derive(Debug)]
enum Step {
    Word {
        alternatives: Vec<&'static str>,
        is_optional: bool,
    },
    Gap,
}

/// Words that a `*` may skip.
const GAP: usize = 2;

#[derive(Debug)]
pub(super) struct Pattern {
    steps: Vec<Step>,
    at_start: bool,
    at_end: bool,
}

impl Pattern {
    pub(super) fn new(phrase: &'static str) -> Pattern {
        let at_start = phrase.starts_with('^');
        let at_end = phrase.ends_with('$');
        let steps = phrase
            .trim_start_matches('^')
            .trim_end_matches('$')
            .split_whitespace()
            .map(|word| match word {
                "*" => Step::Gap,
                _ => Step::Word {
                    is_optional: word.ends_with('?'),
                    alternatives: word.trim_end_matches('?').split('|').collect(),
                },
            })
            .collect();
        Pattern {
            steps,
            at_start,
            at_end,
        }
    }

    pub(super) fn is_in(&self, words: &[String]) -> bool {
        let starts = if self.at_start { 1 } else { words.len() };
        (0..starts.min(words.len())).any(|start| self.fits(&self.steps, &words[start..]))
    }

    /// Phrases are short and gaps bounded, so the recursion is.
    fn fits(&self, steps: &[Step], words: &[String]) -> bool {
        let Some((step, rest)) = steps.split_first() else {
            return !self.at_end || words.is_empty();
        };
        match step {
            Step::Gap => (0..=GAP.min(words.len())).any(|skipped| self.fits(rest, &words[skipped..])),
            Step::Word {
                alternatives,
                is_optional,
            } => {
                let is_here = words.first().is_some_and(|word| alternatives.contains(&word.as_str()));
                (is_here && self.fits(rest, &words[1..])) || (*is_optional && self.fits(rest, words))
            }
        }
    }
}
