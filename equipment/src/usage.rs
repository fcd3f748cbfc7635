//! What the use of machines comes to under a contract. Pure; whole numbers only.
//!
//! **Rules.** A pot is what is counted together: one counter of one machine, or (pooled) one kind of counter of
//! all machines. What a pot used beyond what is included is its excess; bands part the excess, and each band has
//! its price for a thousand copies. A pot of which a reading is missing is not billed but carried over: next time
//! it has what is included, and the widths of its bands, for all the periods it was not billed for. So nothing is
//! billed twice, nothing is lost, and nobody pays for a reading that came late.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::CounterKind;

/// A step of the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Up to so many copies beyond what is included, in a period; the last band has no end.
    pub up_to: Option<i64>,
    /// For a thousand copies, in minor units.
    pub per_thousand: i64,
}

/// What is included of a counter, and what more costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Which counter.
    pub counter: CounterKind,
    /// Copies in a period.
    pub included: i64,
    /// The steps, from the first copy beyond that on.
    pub bands: Vec<Band>,
}

/// What a counter made since it was billed last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// The counter's id.
    pub counter_id: String,
    /// How people call the machine.
    pub machine: String,
    /// Its serial number.
    pub serial: String,
    /// Which counter.
    pub counter: CounterKind,
    /// The total that was billed.
    pub from: i64,
    /// The total now; `None` where no reading came since.
    pub to: Option<i64>,
    /// The day of the billed reading, ISO.
    pub from_on: String,
    /// The day of the newest one, ISO.
    pub to_on: Option<String>,
    /// For how many periods.
    pub periods: i64,
}

/// Copies of one band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// How many.
    pub copies: i64,
    /// For a thousand, in minor units.
    pub per_thousand: i64,
}

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pot {
    /// Which counter.
    pub counter: CounterKind,
    /// Whose, counter by counter.
    pub parts: Vec<Measured>,
    /// Copies used.
    pub used: i64,
    /// Copies included.
    pub included: i64,
    /// Copies beyond.
    pub excess: i64,
    /// The excess by bands.
    pub slices: Vec<Slice>,
    /// A reading is missing: it is billed next time.
    pub is_carried: bool,
}

/// Parts an excess by bands whose widths count for so many periods.
pub fn slices(excess: i64, bands: &[Band], periods: i64) -> Vec<Slice> {
    let mut found = Vec::new();
    let mut done = 0i64;
    for band in bands {
        let end = band
            .up_to
            .map_or(i64::MAX, |up_to| up_to.saturating_mul(periods.max(1)))
            .min(excess);
        if end > done {
            found.push(Slice {
                copies: end - done,
                per_thousand: band.per_thousand,
            });
            done = end;
        }
    }
    found
}

/// Puts what was measured into pots, in the order of rates and machines. Counters without a rate are not billed.
pub fn pots(rates: &[Rate], is_pooled: bool, measured: &[Measured]) -> Vec<Pot> {
    let mut found = Vec::new();
    for rate in rates {
        let own = measured.iter().filter(|one| one.counter == rate.counter);
        if is_pooled {
            let parts: Vec<Measured> = own.cloned().collect();
            if !parts.is_empty() {
                found.push(pot(rate, parts));
            }
        } else {
            found.extend(own.map(|one| pot(rate, vec![one.clone()])));
        }
    }
    found
}

fn pot(rate: &Rate, parts: Vec<Measured>) -> Pot {
    let periods = parts.iter().map(|part| part.periods).max().unwrap_or(1).max(1);
    let used = parts
        .iter()
        .map(|part| part.to.map_or(0, |to| (to - part.from).max(0)))
        .fold(0i64, i64::saturating_add);
    let included = rate.included.saturating_mul(periods);
    let excess = (used - included).max(0);
    Pot {
        counter: rate.counter,
        is_carried: parts.iter().any(|part| part.to.is_none()),
        parts,
        used,
        included,
        excess,
        slices: slices(excess, &rate.bands, periods),
    }
}

/// The sums of used and included by counter, over all pots: what a customer looks at.
pub fn by_counter(pots: &[Pot]) -> Vec<(CounterKind, i64, i64, i64)> {
    let mut sums: BTreeMap<CounterKind, (i64, i64, i64)> = BTreeMap::new();
    for pot in pots {
        let sum = sums.entry(pot.counter).or_default();
        sum.0 = sum.0.saturating_add(pot.used);
        sum.1 = sum.1.saturating_add(pot.included);
        sum.2 = sum.2.saturating_add(pot.excess);
    }
    sums.into_iter()
        .map(|(counter, (used, included, excess))| (counter, used, included, excess))
        .collect()
}

/// Quantity (thousandths) and price (minor units) of a document's line for a slice, exactly: by the piece where
/// the price of one is whole, else by the thousand. The line's own rounding is the only one.
pub fn line_of(slice: Slice) -> (i64, i64, bool) {
    if slice.per_thousand % 1_000 == 0 {
        (slice.copies.saturating_mul(1_000), slice.per_thousand / 1_000, false)
    } else {
        (slice.copies, slice.per_thousand, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(included: i64, bands: &[(Option<i64>, i64)]) -> Rate {
        Rate {
            counter: CounterKind::Mono,
            included,
            bands: bands
                .iter()
                .map(|(up_to, per_thousand)| Band {
                    up_to: *up_to,
                    per_thousand: *per_thousand,
                })
                .collect(),
        }
    }

    fn made(machine: &str, from: i64, to: Option<i64>, periods: i64) -> Measured {
        Measured {
            counter_id: machine.to_owned(),
            machine: machine.to_owned(),
            serial: machine.to_owned(),
            counter: CounterKind::Mono,
            from,
            to,
            from_on: "2026-01-01".to_owned(),
            to_on: to.map(|_| "2026-01-31".to_owned()),
            periods,
        }
    }

    #[test]
    fn excess_goes_through_the_bands() {
        let bands = [(Some(1_000), 750), (Some(5_000), 500), (None, 250)];
        for (used, included, periods, expected) in [
            (2_000, 2_000, 1, vec![]),
            (2_001, 2_000, 1, vec![(1, 750)]),
            (3_000, 2_000, 1, vec![(1_000, 750)]),
            (3_001, 2_000, 1, vec![(1_000, 750), (1, 500)]),
            (10_000, 2_000, 1, vec![(1_000, 750), (4_000, 500), (3_000, 250)]),
            // Two periods at once: twice what is included, and bands twice as wide.
            (10_000, 2_000, 2, vec![(2_000, 750), (4_000, 500)]),
            (0, 0, 1, vec![]),
        ] {
            let pots = pots(&[rate(included, &bands)], false, &[made("a", 0, Some(used), periods)]);
            let found: Vec<(i64, i64)> = pots[0]
                .slices
                .iter()
                .map(|one| (one.copies, one.per_thousand))
                .collect();
            assert_eq!(found, expected, "{used} of {included} in {periods}");
            assert_eq!(found.iter().map(|(copies, _)| copies).sum::<i64>(), pots[0].excess);
        }
    }

    #[test]
    fn a_pool_shares_what_is_included_and_waits_for_all() {
        let rates = [rate(1_000, &[(None, 1_000)])];
        let all = [made("a", 500, Some(1_400), 1), made("b", 0, Some(300), 1)];
        let pooled = pots(&rates, true, &all);
        assert_eq!((pooled.len(), pooled[0].used, pooled[0].excess), (1, 1_200, 200));
        let each = pots(&rates, false, &all);
        assert_eq!(each.iter().map(|pot| pot.excess).sum::<i64>(), 0);
        let late = pots(&rates, true, &[all[0].clone(), made("b", 0, None, 1)]);
        assert!(late[0].is_carried);
        assert_eq!(by_counter(&each), [(CounterKind::Mono, 1_200, 2_000, 0)]);
    }

    #[test]
    fn lines_keep_the_price_exact() {
        for (copies, per_thousand, expected) in [
            (350, 2_000, (350_000, 2, false)),
            (12_345, 750, (12_345, 750, true)),
            (1, 1, (1, 1, true)),
        ] {
            let (quantity, price, by_thousand) = line_of(Slice { copies, per_thousand });
            assert_eq!((quantity, price, by_thousand), expected);
            // quantity is in thousandths of what the price is for.
            let exact = i128::from(copies) * i128::from(per_thousand);
            let line = i128::from(quantity) * i128::from(price);
            assert_eq!(line, exact, "{copies} × {per_thousand}");
        }
    }

    proptest::proptest! {
        #[test]
        fn slices_add_up(excess in 0..i64::MAX / 4, widths in proptest::collection::vec(1..1_000_000i64, 0..5), periods in 1..50i64) {
            let mut end = 0;
            let mut bands: Vec<Band> = widths.iter().map(|width| { end += width; Band { up_to: Some(end), per_thousand: 1 } }).collect();
            bands.push(Band { up_to: None, per_thousand: 2 });
            let sum: i64 = slices(excess, &bands, periods).iter().map(|slice| slice.copies).sum();
            proptest::prop_assert_eq!(sum, excess);
        }
    }
}
