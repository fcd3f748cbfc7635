//! One value for one telephone, whichever of its written forms WhatsApp uses.

/// The digits under which a telephone is known here.
///
/// Three countries changed their mobile numbers and WhatsApp still reports old accounts in the old
/// form: Brazil added a ninth digit (`55` + area + `9`…), Mexico dropped the `1` after `52`, and
/// Argentina writes a `9` after `54` for mobiles dialled from abroad. Messages still go to the
/// `wa_id` as Meta gave it; this value only says that two of them are the same person.
/// Anything that is not a plain number of such a country comes back unchanged.
pub fn canonical_phone(digits: &str) -> String {
    if !is_phone(digits) {
        return digits.to_owned();
    }
    if let Some(national) = digits.strip_prefix("55")
        && national.len() == 10
        // Eight-digit subscriber numbers that start with 6 to 9 were mobiles; 2 to 5 are fixed lines.
        && matches!(national.as_bytes()[2], b'6'..=b'9')
    {
        let (area, subscriber) = national.split_at(2);
        return format!("55{area}9{subscriber}");
    }
    if let Some(national) = digits.strip_prefix("521")
        && national.len() == 10
    {
        return format!("52{national}");
    }
    // Dialled at home, a mobile has 15 behind the area code of two to four digits.
    if let Some(national) = digits.strip_prefix("54")
        && national.len() == 12
        && !national.starts_with('9')
        && let Some(area) = [2, 3, 4]
            .into_iter()
            .find(|area| national[*area..].starts_with("15") && (*area == 2) == national.starts_with("11"))
    {
        return format!("549{}{}", &national[..area], &national[area + 2..]);
    }
    if let Some(national) = digits.strip_prefix("54")
        && national.len() == 10
        && !national.starts_with('9')
    {
        return format!("549{national}");
    }
    digits.to_owned()
}

/// Whether it can be an E.164 number without its plus sign: 7 to 15 digits, no leading zero.
pub fn is_phone(text: &str) -> bool {
    (7..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}

/// Whether it has the form of a business-scoped user id: a country, a dot, letters and digits
/// (`BR.15…`, or `BR.ENT.15…` for one that several portfolios share).
pub fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else {
        return false;
    };
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=140).contains(&rest.len())
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}
