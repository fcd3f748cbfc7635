use super::*;

fn line(quantity: i64, unit_price: i64, discount: i64, taxes: &[(&str, i64)]) -> Line {
    Line {
        description: "x".to_owned(),
        quantity,
        unit_price,
        discount,
        taxes: taxes
            .iter()
            .map(|(name, rate)| Tax {
                name: (*name).to_owned(),
                rate: *rate,
            })
            .collect(),
    }
}

#[test]
fn the_two_roundings_differ_where_they_should() {
    // Three lines of 0.33 at 16 %: 0.0528 each, 0.1584 together.
    let lines = vec![line(1_000, 33, 0, &[("IVA", 1_600)]); 3];
    for (rounding, tax, total) in [(Rounding::Line, 15, 114), (Rounding::Total, 16, 115)] {
        let totals = totals(&lines, rounding).unwrap();
        assert_eq!((totals.net, totals.tax, totals.total), (99, tax, total), "{rounding:?}");
    }
}

#[test]
fn lines_are_summed_by_the_rules() {
    for (lines, net, taxes, total) in [
        (vec![], 0, vec![], 0),
        // 2.5 hours at 40.00, ten per cent off.
        (vec![line(2_500, 4_000, 1_000, &[])], 9_000, vec![], 9_000),
        // Half a cent goes away from zero, in both directions.
        (vec![line(500, 1, 0, &[])], 1, vec![], 1),
        (vec![line(-500, 1, 0, &[])], -1, vec![], -1),
        (vec![line(333, 100, 0, &[])], 33, vec![], 33),
        // Two taxes on one line, one of them withheld.
        (
            vec![line(1_000, 100_000, 0, &[("IVA", 1_600), ("Ret. ISR", -1_000)])],
            100_000,
            vec![16_000, -10_000],
            106_000,
        ),
        // Rates are kept apart by name and rate.
        (
            vec![
                line(1_000, 1_000, 0, &[("IVA", 2_100)]),
                line(1_000, 2_000, 0, &[("IVA", 1_000)]),
                line(1_000, 3_000, 0, &[("IVA", 2_100)]),
            ],
            6_000,
            vec![840, 200],
            7_040,
        ),
        (vec![line(1_000, 5_000, 10_000, &[("IVA", 1_600)])], 0, vec![0], 0),
    ] {
        let totals = totals(&lines, Rounding::Total).unwrap();
        let found: Vec<i64> = totals.taxes.iter().map(|tax| tax.amount).collect();
        assert_eq!((totals.net, found, totals.total), (net, taxes, total), "{lines:?}");
    }
}

#[test]
fn what_is_out_of_range_is_refused() {
    for (bad, words) in [
        (line(i64::MAX, 1, 0, &[]), "line 1: the quantity"),
        (line(1, i64::MIN, 0, &[]), "line 1: the price"),
        (line(1, 1, 10_001, &[]), "line 1: the discount"),
        (line(1, 1, -1, &[]), "line 1: the discount"),
        (line(1, 1, 0, &[("IVA", 100_001)]), "line 1: the tax"),
        (line(LARGEST, LARGEST, 0, &[]), "more than can be counted"),
    ] {
        let error = totals(std::slice::from_ref(&bad), Rounding::Line)
            .unwrap_err()
            .to_string();
        assert!(error.contains(words), "{error}");
    }
}

proptest::proptest! {
    #[test]
    fn a_document_always_adds_up(
        raw in proptest::collection::vec((-5_000i64..50_000, -500_000i64..5_000_000, 0i64..=10_000, -2_000i64..3_000), 0..40),
        by_line: bool,
    ) {
        let lines: Vec<Line> = raw.iter().map(|(q, p, d, r)| line(*q, *p, *d, &[("IVA", *r)])).collect();
        let rounding = if by_line { Rounding::Line } else { Rounding::Total };
        let totals = totals(&lines, rounding).unwrap();
        proptest::prop_assert_eq!(totals.lines.iter().sum::<i64>(), totals.net);
        proptest::prop_assert_eq!(totals.taxes.iter().map(|tax| tax.amount).sum::<i64>(), totals.tax);
        proptest::prop_assert_eq!(totals.taxes.iter().map(|tax| tax.base).sum::<i64>(), totals.net);
        proptest::prop_assert_eq!(totals.net + totals.tax, totals.total);
    }
}
