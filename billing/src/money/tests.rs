use super::*;
use conversation::telephone::Country;

#[test]
fn amounts_are_written_as_each_language_does() {
    use Language::{En, Es, Pt};
    for (code, amount, language, text) in [
        ("USD", 123_456_789, En, "US$\u{a0}1,234,567.89"),
        ("EUR", -5, Es, "−€\u{a0}0,05"),
        ("MXN", 123_456, Es, "MXN\u{a0}1,234.56"),
        ("BRL", 100_000, Pt, "R$\u{a0}1.000,00"),
        ("JPY", 1_234, En, "¥\u{a0}1,234"),
        ("CLP", 1_234_567, Es, "CLP\u{a0}1.234.567"),
        ("KWD", 1_234_567, En, "KWD\u{a0}1,234.567"),
        ("PYG", 0, Es, "₲\u{a0}0"),
    ] {
        let currency: Currency = code.parse().unwrap();
        assert_eq!(currency.format(amount, language), text);
    }
}

#[test]
fn amounts_are_read_as_people_write_them() {
    for (code, text, amount) in [
        ("USD", "1234.5", Some(123_450)),
        ("USD", "1,234.50", Some(123_450)),
        ("USD", "1.234,50", Some(123_450)),
        ("USD", "1.234", Some(123_400)),
        ("USD", "1,234", Some(123_400)),
        ("USD", "12,5", Some(1_250)),
        ("USD", "0.123", None),
        ("USD", "1.2345", None),
        ("USD", " 1 234,56 ", Some(123_456)),
        ("USD", "-0.01", Some(-1)),
        ("USD", ".5", Some(50)),
        ("USD", "1,23,456.00", None),
        ("USD", "1.2.3", None),
        ("USD", "", None),
        ("USD", "-", None),
        ("USD", "=1+1", None),
        ("USD", "12e3", None),
        ("USD", "99999999999999999999", None),
        ("JPY", "1200", Some(1_200)),
        ("JPY", "1.200", Some(1_200)),
        ("JPY", "1.5", None),
        ("KWD", "1.234", Some(1_234)),
        ("KWD", "1,234.5", Some(1_234_500)),
    ] {
        let currency: Currency = code.parse().unwrap();
        assert_eq!(currency.parse(text).ok(), amount, "{code} {text}");
    }
}

#[test]
fn only_currencies_of_the_standard_are_taken() {
    assert_eq!(" usd ".parse::<Currency>().unwrap().as_str(), "USD");
    for text in ["", "XXX", "DOLLAR", "US", "EURO", "BTC"] {
        assert!(text.parse::<Currency>().is_err(), "{text}");
    }
}

#[test]
fn stripe_counts_some_currencies_differently() {
    for (code, ours, stripe) in [
        ("USD", 1_234, Some(1_234)),
        ("JPY", 500, Some(500)),
        ("ISK", 500, Some(50_000)),
        ("UGX", 7, Some(700)),
        ("MGA", 50_000, Some(500)),
        ("MGA", 50_001, None),
        ("KWD", 1_230, Some(1_230)),
        ("KWD", 1_234, None),
        ("CLF", 1, None),
    ] {
        let currency: Currency = code.parse().unwrap();
        assert_eq!(currency.to_stripe(ours), stripe, "{code} {ours}");
        if let Some(amount) = stripe {
            assert_eq!(currency.from_stripe(amount), Some(ours), "{code} {ours}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn what_is_written_into_a_field_is_read_back(amount in -LARGEST..LARGEST, index in 0usize..3) {
        let currency: Currency = ["USD", "JPY", "KWD"][index].parse().unwrap();
        proptest::prop_assert_eq!(currency.parse(&currency.bare(amount)).ok(), Some(amount));
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,60}") {
        let _ = decimal(&text, 2, true);
    }
}

#[test]
fn countries_pay_with_a_currency_that_is_known() {
    for country in Country::all() {
        let currency = Currency::of_country(country.code());
        assert_eq!(currency.as_str().parse(), Ok(currency), "{}", country.code());
    }
    for (country, currency) in [
        ("MX", "MXN"),
        ("EC", "USD"),
        ("PT", "EUR"),
        ("PY", "PYG"),
        ("XX", "USD"),
    ] {
        assert_eq!(Currency::of_country(country).as_str(), currency, "{country}");
    }
}
