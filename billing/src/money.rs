//! Money: integers of a currency's minor unit, and how people write them.
//!
//! An amount is an `i64` beside a [`Currency`]; a float never appears. The digits of a currency are
//! those of ISO 4217; Stripe counts a few differently ([`Currency::to_stripe`]).

use std::fmt;
use std::str::FromStr;

use conversation::types::Language;

/// An amount in minor units of its currency.
pub type Minor = i64;

/// The largest amount of a document, in minor units: far below where sums could overflow.
pub const LARGEST: Minor = 1_000_000_000_000_000;

/// A currency of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(&'static str);

/// The currencies in use with two digits; others stand in [`OTHER_DIGITS`].
const TWO_DIGITS: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW";
const OTHER_DIGITS: &[(&str, u32)] = &[
    ("BIF", 0),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("ISK", 0),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("PYG", 0),
    ("RWF", 0),
    ("UGX", 0),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
    ("BHD", 3),
    ("IQD", 3),
    ("JOD", 3),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("TND", 3),
    ("CLF", 4),
];

/// Of the countries whose telephone numbers are known those that do not pay with the dollar.
const OF_COUNTRIES: &[(&str, &str)] = &[
    ("EUR", "AT BE DE ES FR IE IT NL PT"),
    ("AOA", "AO"),
    ("ARS", "AR"),
    ("AUD", "AU"),
    ("BOB", "BO"),
    ("BRL", "BR"),
    ("BZD", "BZ"),
    ("CAD", "CA"),
    ("CHF", "CH"),
    ("CLP", "CL"),
    ("COP", "CO"),
    ("CRC", "CR"),
    ("CUP", "CU"),
    ("CVE", "CV"),
    ("DOP", "DO"),
    ("GBP", "GB"),
    ("XAF", "GQ"),
    ("GTQ", "GT"),
    ("GYD", "GY"),
    ("HNL", "HN"),
    ("HTG", "HT"),
    ("INR", "IN"),
    ("JMD", "JM"),
    ("MXN", "MX"),
    ("MZN", "MZ"),
    ("NIO", "NI"),
    ("NZD", "NZ"),
    ("PEN", "PE"),
    ("PYG", "PY"),
    ("SRD", "SR"),
    ("TTD", "TT"),
    ("UYU", "UY"),
    ("VES", "VE"),
];

/// Signs that mean one currency only; every other one is written by its code.
const SIGNS: &[(&str, &str)] = &[
    ("USD", "US$"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("BRL", "R$"),
    ("JPY", "¥"),
    ("CRC", "₡"),
    ("PYG", "₲"),
    ("PEN", "S/"),
    ("INR", "₹"),
    ("KRW", "₩"),
    ("ILS", "₪"),
    ("TRY", "₺"),
    ("UAH", "₴"),
    ("NGN", "₦"),
    ("VND", "₫"),
    ("PHP", "₱"),
];

/// Where Spanish is written with a point before the cents.
const POINT_IN_SPANISH: &[&str] = &["MXN", "GTQ", "HNL", "NIO", "DOP", "PAB", "PEN", "SVC", "USD"];

/// A text that is no currency of ISO 4217.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency of ISO 4217, such as USD, EUR, MXN or BRL")]
pub struct UnknownCurrency(pub String);

impl Currency {
    /// United States dollar.
    pub const USD: Currency = Currency("USD");

    /// The code of three letters.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// What a country pays with (ISO 3166-1 to ISO 4217); the dollar where that is not known.
    pub fn of_country(code: &str) -> Currency {
        let known = OF_COUNTRIES
            .iter()
            .find(|(_, countries)| countries.split(' ').any(|one| one == code));
        known.map_or(Currency::USD, |(currency, _)| Currency(currency))
    }

    /// How many digits the minor unit has.
    pub fn digits(self) -> u32 {
        OTHER_DIGITS
            .iter()
            .find(|(code, _)| *code == self.0)
            .map_or(2, |(_, digits)| *digits)
    }

    /// Minor units in one whole.
    fn scale(self) -> i64 {
        10i64.pow(self.digits())
    }

    /// What Stripe calls this amount, `None` where Stripe has no such amount.
    /// <https://docs.stripe.com/currencies#zero-decimal>
    pub fn to_stripe(self, amount: Minor) -> Option<i64> {
        match self.0 {
            // Written without cents by ISO, counted in hundredths by Stripe.
            "ISK" | "UGX" => amount.checked_mul(100),
            // The other way round.
            "MGA" => (amount % 100 == 0).then_some(amount / 100),
            // Three digits, the last of which must be zero.
            _ if self.digits() == 3 => (amount % 10 == 0).then_some(amount),
            "CLF" => None,
            _ => Some(amount),
        }
    }

    /// The amount that Stripe means.
    pub fn from_stripe(self, amount: i64) -> Option<Minor> {
        match self.0 {
            "ISK" | "UGX" => (amount % 100 == 0).then_some(amount / 100),
            "MGA" => amount.checked_mul(100),
            _ => Some(amount),
        }
    }

    /// The amount as people of the language write it, with a no-break space behind the sign.
    pub fn format(self, amount: Minor, language: Language) -> String {
        let sign = self.sign();
        let minus = if amount < 0 { "−" } else { "" };
        let number = self.number(amount.unsigned_abs(), language);
        format!("{minus}{sign}\u{a0}{number}")
    }

    /// As [`Currency::format`], without the sign of the currency.
    pub fn plain(self, amount: Minor, language: Language) -> String {
        let minus = if amount < 0 { "−" } else { "" };
        format!("{minus}{}", self.number(amount.unsigned_abs(), language))
    }

    /// The sign of the currency, else its code.
    pub fn sign(self) -> &'static str {
        SIGNS
            .iter()
            .find(|(code, _)| *code == self.0)
            .map_or(self.0, |(_, sign)| *sign)
    }

    /// What stands between groups of three digits, and before the minor unit.
    pub fn marks(self, language: Language) -> (char, char) {
        let point = language == Language::En || language == Language::Es && POINT_IN_SPANISH.contains(&self.0);
        if point { (',', '.') } else { ('.', ',') }
    }

    fn number(self, amount: u64, language: Language) -> String {
        let scale = self.scale().unsigned_abs();
        let digits = self.digits() as usize;
        let (group, decimal) = self.marks(language);
        let mut text = grouped(amount / scale, group);
        if digits > 0 {
            text.push(decimal);
            text.push_str(&format!("{:0digits$}", amount % scale));
        }
        text
    }

    /// The amount for a form field or a file: digits and a point.
    pub fn bare(self, amount: Minor) -> String {
        let digits = self.digits() as usize;
        let scale = self.scale().unsigned_abs();
        let (whole, part) = (amount.unsigned_abs() / scale, amount.unsigned_abs() % scale);
        let minus = if amount < 0 { "-" } else { "" };
        if digits == 0 {
            format!("{minus}{whole}")
        } else {
            format!("{minus}{whole}.{part:0digits$}")
        }
    }

    /// Reads an amount as people write it: `1234.5`, `1,234.50`, `1.234,50`.
    ///
    /// # Errors
    /// Words for whoever wrote it.
    pub fn parse(self, text: &str) -> Result<Minor, NotANumber> {
        decimal(text, self.digits(), self.digits() != 3)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;
    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let code = text.trim().to_ascii_uppercase();
        TWO_DIGITS
            .split(' ')
            .chain(OTHER_DIGITS.iter().map(|(code, _)| *code))
            .find(|known| *known == code)
            .map(Currency)
            .ok_or_else(|| UnknownCurrency(text.chars().take(20).collect()))
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn grouped(number: u64, group: char) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    text
}

/// A text that is no number of the wanted kind; the words say why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotANumber {
    /// Not a number at all.
    #[error("`{0}` is not a number such as 1234.50")]
    Text(String),
    /// More digits behind the point than there are.
    #[error("`{text}` has more than {digits} digits behind the point")]
    TooFine {
        /// What was written.
        text: String,
        /// How many there may be.
        digits: u32,
    },
    /// Too large.
    #[error("`{0}` is too large")]
    TooLarge(String),
}

/// Reads a decimal number into units of `10^-digits`. With both separators the last one is the
/// decimal point; alone and before exactly three digits it parts thousands, if `may_group`.
pub fn decimal(text: &str, digits: u32, may_group: bool) -> Result<i64, NotANumber> {
    let shown = || text.chars().take(40).collect::<String>();
    let odd = || NotANumber::Text(shown());
    let trimmed = text.trim();
    let (is_negative, body) = match trimmed.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    if body.is_empty() || body.len() > 40 {
        return Err(odd());
    }
    let is_space = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'');
    let body: String = body.chars().filter(|c| !is_space(*c)).collect();
    if !body.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return Err(odd());
    }
    let (last_point, last_comma) = (body.rfind('.'), body.rfind(','));
    let point = match (last_point, last_comma) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (None, None) => None,
        (Some(at), None) | (None, Some(at)) => {
            let sign = &body[at..=at];
            let is_several = body.matches(sign).count() > 1;
            let is_group = may_group && body.len() - at == 4 && at <= 3 && at > 0 && !body.starts_with('0');
            (!is_several && !is_group).then_some(at)
        }
    };
    let (whole, part) = match point {
        Some(at) => (&body[..at], &body[at + 1..]),
        None => (body.as_str(), ""),
    };
    if part.contains(['.', ',']) {
        return Err(odd());
    }
    let groups: Vec<&str> = whole.split(['.', ',']).collect();
    let is_grouped = groups.len() > 1;
    if is_grouped && (groups[0].is_empty() || groups[0].len() > 3 || groups[1..].iter().any(|group| group.len() != 3)) {
        return Err(odd());
    }
    let whole: String = groups.concat();
    if whole.is_empty() && part.is_empty() {
        return Err(odd());
    }
    let part = part.trim_end_matches('0');
    if part.len() > digits as usize {
        return Err(NotANumber::TooFine { text: shown(), digits });
    }
    let scaled = format!("{whole}{part:0<width$}", width = digits as usize);
    let value: i64 = scaled.parse().map_err(|_| NotANumber::TooLarge(shown()))?;
    if value > LARGEST {
        return Err(NotANumber::TooLarge(shown()));
    }
    Ok(if is_negative { -value } else { value })
}

/// A number in units of `10^-digits` as a form field holds it: without needless zeros.
pub fn bare_decimal(value: i64, digits: u32) -> String {
    let scale = 10u64.pow(digits);
    let (whole, part) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    let minus = if value < 0 { "-" } else { "" };
    let part = format!("{part:0width$}", width = digits as usize);
    match part.trim_end_matches('0') {
        "" => format!("{minus}{whole}"),
        part => format!("{minus}{whole}.{part}"),
    }
}

/// As [`bare_decimal`], with the language's decimal sign.
pub fn shown_decimal(value: i64, digits: u32, language: Language) -> String {
    let text = bare_decimal(value, digits);
    if language == Language::En {
        text
    } else {
        text.replace('.', ",")
    }
}

conversation::text_columns!(Currency);

#[cfg(test)]
mod tests;
