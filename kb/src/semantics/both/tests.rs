use super::*;
use crate::semantics::dot;

#[test]
fn a_cosine_is_the_weighted_sum_of_what_each_finds_near() {
    let asked = "se trabó el papel en la bandeja";
    for (role, text, share) in [
        (Role::Question, "atasco de papel", SHARE_OF_QUESTIONS),
        (
            Role::Passage,
            "Abra la bandeja y retire la hoja atascada.",
            SHARE_OF_PASSAGES,
        ),
    ] {
        let cosine = |model: &dyn Embedder| {
            let near = |role, text| {
                let mut vector = model.embed(role, &[text]).unwrap().remove(0);
                vector.truncate(model.dimensions());
                vector
            };
            dot(&near(Role::Question, asked), &near(role, text))
        };
        let first = cosine(&*sentences::shipped(Language::Es).unwrap());
        let second = cosine(&*trilingual::shipped().unwrap());
        let both = cosine(&*shipped(Language::Es).unwrap());
        // A passage's vector is of unit length, too, so its cosines are all smaller by one measure.
        let [a, b] = Both::weights(role);
        let expected = ((1.0 - share) * first + share * second) / (a * a + b * b).sqrt();
        assert!((both - expected).abs() < 1e-4, "{role:?}: {both} for {expected}");
    }
}

#[test]
fn vectors_of_other_shares_are_not_taken_for_these() {
    let prints: std::collections::HashSet<_> = Language::ALL
        .iter()
        .flat_map(|&language| [shipped(language), sentences::shipped(language)])
        .map(|model| model.unwrap().fingerprint())
        .collect();
    assert_eq!(prints.len(), 2 * Language::ALL.len());
}
