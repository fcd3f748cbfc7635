//! Which lines are drawn between the articles of a base.

use super::linear::Linear;
use super::retrieval::UnitKind;
use super::scored::Example;

/// How the classes of a base are told apart: decided over all of it, so that a part of it is asked as the whole will
/// be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Separation {
    /// By retrieval and nearness alone: lines between so many would cost more than they bring.
    None,
    /// By lines, too; those between vectors over what is near of them.
    Near,
    /// The same, over all of their numbers.
    All,
}

impl Separation {
    /// Example questions of an article, on average, that lines over all numbers of a vector want: of fewer they learn
    /// by heart.
    const FOR_ALL: usize = 10;

    pub(super) fn of(examples: &[Example], classes: usize) -> Separation {
        let asked = examples.iter().filter(|example| example.kind == UnitKind::Question);
        if !Linear::is_worth_it(examples.len(), classes) {
            Separation::None
        } else if asked.count() >= Separation::FOR_ALL * classes {
            Separation::All
        } else {
            Separation::Near
        }
    }
}
