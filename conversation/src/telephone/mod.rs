//! Telephone numbers as people write them: with their country code, or as they are dialled in the country of the
//! business. Read into the one form that identities hold: a plus sign and 7 to 15 digits (ITU-T E.164).

mod home;
mod plans;

pub use self::home::{home, home_as_chosen, set_home};
pub use self::plans::Country;
use crate::contacts::canonical_phone;
use crate::error::{Error, Result};

/// What people put between the digits of a number; programs that copy one add marks of direction that nobody sees.
fn is_between(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The digits of a number, and whether a plus sign stands before them.
fn digits_of(text: &str) -> Option<(String, bool)> {
    let text = text.trim_matches(is_between);
    let (rest, has_plus) = match text.strip_prefix('+') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let is_number = rest.chars().all(|c| c.is_ascii_digit() || is_between(c));
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (is_number && !digits.is_empty()).then_some((digits, has_plus))
}

/// A number as identities hold it, in the one form that [`canonical_phone`] gives it. With its country code (after `+` or `00`)
/// it is taken as it is; else it is read as it is dialled in the country of the business, if somebody said which.
///
/// # Errors
/// [`Error::Invalid`] for what is no whole number, and for one that could be two.
pub fn read(text: &str, home: Option<Country>) -> Result<String> {
    let Some((digits, has_plus)) = digits_of(text) else {
        return Err(not_whole(home));
    };
    let outward = home.and_then(|home| digits.strip_prefix(home.exit()));
    if let Some(whole) = has_plus
        .then_some(digits.as_str())
        .or_else(|| digits.strip_prefix("00"))
        .or(outward)
    {
        return international(whole).ok_or_else(|| not_whole(home));
    }
    let Some(country) = home else {
        return Err(not_whole(None));
    };
    let mut all = country.numbers(&digits);
    match all.len() {
        0 => Err(not_whole(home)),
        1 => Ok(format!("+{}", canonical_phone(&all.remove(0)))),
        _ => Err(Error::Invalid(format!(
            "number: this can be {} or {}; write it with its country code",
            format_args!("+{}", all[0]),
            format_args!("+{}", all[1])
        ))),
    }
}

/// The same for what comes out of a spreadsheet, which takes the plus sign for a sum and drops it: what is no number of the
/// business's own country may begin with the code of another one.
///
/// # Errors
/// As [`read`].
pub fn read_cell(text: &str, home: Option<Country>) -> Result<String> {
    let known = read(text, home);
    let Some((digits, false)) = digits_of(text).filter(|_| known.is_err()) else {
        return known;
    };
    match home {
        // Nobody said how numbers are dialled at home: all of them have their codes, as far as anybody can know.
        None if !digits.starts_with('0') => international(&digits).ok_or_else(|| not_whole(None)),
        // Shorter ones are dialled within a town.
        Some(_) if digits.len() >= 10 && Country::of_whole(&digits).is_some() => {
            international(&digits).ok_or_else(|| not_whole(home))
        }
        _ => known,
    }
}

/// A number behind its plus sign. The zero that is dialled at home only, as in `+44 (0)20 …`, goes where the plan of the country
/// says that it is one.
fn international(digits: &str) -> Option<String> {
    if !(7..=17).contains(&digits.len()) || digits.starts_with('0') {
        return None;
    }
    let whole = Country::of_whole(digits)
        .and_then(|country| country.whole(digits))
        .unwrap_or_else(|| digits.to_owned());
    (7..=15)
        .contains(&whole.len())
        .then(|| format!("+{}", canonical_phone(&whole)))
}

fn not_whole(home: Option<Country>) -> Error {
    Error::Invalid(match home {
        Some(country) => format!(
            "number: the whole telephone number with its area code, such as {}, or with its country code, such as {}",
            country.example(),
            country.example_abroad()
        ),
        None => "number: the whole telephone number with its country code, such as +55 11 99999-0000".to_owned(),
    })
}

#[cfg(test)]
mod tests;
