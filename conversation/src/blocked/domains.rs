//! Mail domains: how they are written, and which of them belong to everybody. Pure.

use crate::error::{Error, Result};

/// Where everybody may have an address: mail providers by the first label of their domain, whatever country follows
/// (`hotmail.es`, `yahoo.com.br`), and those that are known by the whole name.
const PROVIDERS: [&str; 22] = [
    "gmail",
    "googlemail",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "yahoo",
    "ymail",
    "rocketmail",
    "icloud",
    "aol",
    "gmx",
    "proton",
    "protonmail",
    "zoho",
    "yandex",
    "tutanota",
    "fastmail",
    "terra",
    "uol",
    "bol",
    "mail",
];
const DOMAINS: [&str; 18] = [
    "me.com",
    "mac.com",
    "pm.me",
    "ig.com.br",
    "r7.com",
    "globo.com",
    "globomail.com",
    "web.de",
    "t-online.de",
    "freenet.de",
    "orange.fr",
    "free.fr",
    "laposte.net",
    "libero.it",
    "sapo.pt",
    "telefonica.net",
    "qq.com",
    "163.com",
];
/// What stands below a country where it is no business's own: `com.br`, `co.uk`, `gob.pe`.
const BELOW_COUNTRIES: [&str; 14] = [
    "com", "co", "org", "net", "edu", "gov", "gob", "gub", "ac", "mil", "or", "ne", "ltd", "plc",
];

/// A domain as it is compared: without `@`, lower-cased.
///
/// # Errors
/// [`Error::Invalid`] when it cannot be one.
pub fn normal_domain(text: &str) -> Result<String> {
    let domain = text.trim().trim_start_matches('@').trim_end_matches('.').to_lowercase();
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let is_number = labels
        .last()
        .is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()));
    if labels.len() < 2 || domain.len() > 253 || is_number || !labels.iter().all(is_label) {
        return Err(Error::Invalid("that is not a mail domain".to_owned()));
    }
    Ok(domain)
}

/// The domain of an address and those it is under, the longest first; never what is above all of them.
pub(super) fn above(address: &str) -> impl Iterator<Item = String> + '_ {
    // A name of a thousand labels is nobody's.
    const MOST: usize = 8;
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let mut rest = Some(domain);
    std::iter::from_fn(move || {
        let here = rest?;
        rest = here.split_once('.').map(|(_, above)| above);
        here.contains('.').then(|| here.to_owned())
    })
    .take(MOST)
}

/// Whether everybody may have an address at a domain.
pub(super) fn is_shared(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    let is_suffix =
        matches!(labels.as_slice(), [below, country] if country.len() == 2 && BELOW_COUNTRIES.contains(below));
    let is_provider = match labels.as_slice() {
        [name, _] => PROVIDERS.contains(name),
        [name, below, country] => country.len() == 2 && BELOW_COUNTRIES.contains(below) && PROVIDERS.contains(name),
        _ => false,
    };
    is_suffix || is_provider || DOMAINS.contains(&domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_that_belong_to_everybody() {
        for shared in [
            "gmail.com",
            "hotmail.es",
            "outlook.com.br",
            "yahoo.co.uk",
            "yahoo.com.ar",
            "icloud.com",
            "me.com",
            "com.br",
            "co.uk",
            "gob.pe",
            "live.com",
            "web.de",
        ] {
            assert!(is_shared(shared), "{shared}");
        }
        for own in [
            "andinas.example",
            "mail.andinas.example",
            "shop.com",
            "acme.com.br",
            "example.org",
            "gmail.acme.com",
        ] {
            assert!(!is_shared(own), "{own}");
        }
    }

    #[test]
    fn domains_as_they_are_typed() {
        for (typed, domain) in [
            ("X.Example", Some("x.example")),
            (" @x.example ", Some("x.example")),
            ("x.example.", Some("x.example")),
            ("com", None),
            ("", None),
            ("a..b", None),
            ("-a.b", None),
            ("10.0.0.1", None),
            ("a b.example", None),
            ("ñandú.example", Some("ñandú.example")),
        ] {
            assert_eq!(normal_domain(typed).ok().as_deref(), domain, "{typed}");
        }
    }

    #[test]
    fn an_address_is_under_its_domain_and_what_that_is_under() {
        let all: Vec<String> = above("ana@news.shop.example").collect();
        assert_eq!(all, ["news.shop.example", "shop.example"]);
        assert_eq!(above("nobody").count(), 0);
    }
}
