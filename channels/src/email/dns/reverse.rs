//! Whether the server that sends has a name that leads back to it (RFC 1912, 2.1): large receivers refuse mail
//! from one that has none.

use std::net::IpAddr;

use hickory_resolver::proto::rr::{RData, RecordType};

use super::{Dns, Finding, unanswered};
use crate::email::settings::EmailSettings;

/// How many addresses of one server are looked at.
const MOST: usize = 4;

/// The name under which the PTR record of an address stands (RFC 1035, 3.5; RFC 3596, 2.5).
fn pointer(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let digits: Vec<String> = address
                .octets()
                .iter()
                .rev()
                .flat_map(|byte| [byte & 15, byte >> 4])
                .map(|digit| format!("{digit:x}"))
                .collect();
            format!("{}.ip6.arpa", digits.join("."))
        }
    }
}

/// Whether an address is one that the internet sees.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            !(address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified())
        }
        IpAddr::V6(address) => !(address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()),
    }
}

async fn addresses(dns: &Dns, host: &str) -> Result<Vec<IpAddr>, String> {
    let mut found = Vec::new();
    for kind in [RecordType::A, RecordType::AAAA] {
        found.extend(dns.ask(host, kind).await?.into_iter().filter_map(|data| match data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        }));
    }
    Ok(found)
}

/// Looks from the server's name to its addresses, from each to its name, and back. `None` where nothing can be
/// said: no server, or one inside.
pub async fn check(dns: &Dns, settings: &EmailSettings) -> Option<Finding> {
    let host = settings.smtp.as_ref()?.host.trim().to_lowercase();
    let own = match host.parse() {
        Ok(address) => vec![address],
        Err(_) if super::is_reserved(&host) || !host.contains('.') => return None,
        Err(_) => match addresses(dns, &host).await {
            Ok(found) => found,
            Err(error) => return Some(unanswered("reverse", error)),
        },
    };
    let mut good = None;
    for address in own.into_iter().filter(|address| is_public(*address)).take(MOST) {
        let names = match dns.ask(&pointer(address), RecordType::PTR).await {
            Ok(found) => found,
            Err(error) => return Some(unanswered("reverse", error)),
        };
        let name = names.into_iter().find_map(|data| match data {
            RData::PTR(name) => Some(name.0.to_string().trim_end_matches('.').to_lowercase()),
            _ => None,
        });
        let Some(name) = name else {
            return Some(Finding::Bad(
                format!("reverse: {address} ({host}) has no name"),
                format!("ask whoever gave you the address for a PTR record: {address} PTR {host}"),
            ));
        };
        match addresses(dns, &name).await {
            Ok(back) if back.contains(&address) => {}
            Ok(_) => {
                return Some(Finding::Bad(
                    format!("reverse: {address} is called {name}, which leads elsewhere"),
                    format!(
                        "at the DNS of {name}: an A or AAAA record with {address}, or a PTR record that names {host}"
                    ),
                ));
            }
            Err(error) => return Some(unanswered("reverse", error)),
        }
        good.get_or_insert_with(|| Finding::Good(format!("reverse: {address} is {name}")));
    }
    good
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::dns::tests::server;
    use crate::email::settings::SmtpSettings;

    fn by(host: &str) -> EmailSettings {
        EmailSettings {
            address: "help@shop.example".to_owned(),
            smtp: Some(SmtpSettings {
                host: host.to_owned(),
                port: 587,
                tls: crate::email::TlsMode::Starttls,
                user: String::new(),
                auth: None,
                extra_ca: None,
                hello: String::new(),
            }),
            ..EmailSettings::default()
        }
    }

    #[tokio::test]
    async fn an_address_has_a_name_that_leads_back() {
        let records = [
            ("good.example", "A", "203.0.113.1"),
            ("1.113.0.203.in-addr.arpa", "PTR", "good.example"),
            ("bare.example", "A", "203.0.113.2"),
            ("lying.example", "A", "203.0.113.3"),
            ("3.113.0.203.in-addr.arpa", "PTR", "good.example"),
            ("inside.example", "A", "192.168.1.1"),
        ];
        let (address, _task) = server(&records).await;
        let dns = Dns::new(Some(address)).unwrap();
        let words = async |host: &str| match check(&dns, &by(host)).await {
            None => "nothing".to_owned(),
            Some(Finding::Good(words) | Finding::Note(words) | Finding::Bad(words, _)) => words,
        };
        assert_eq!(words("good.example").await, "reverse: 203.0.113.1 is good.example");
        assert_eq!(words("203.0.113.1").await, "reverse: 203.0.113.1 is good.example");
        assert_eq!(
            words("bare.example").await,
            "reverse: 203.0.113.2 (bare.example) has no name"
        );
        assert_eq!(
            words("lying.example").await,
            "reverse: 203.0.113.3 is called good.example, which leads elsewhere"
        );
        assert_eq!(words("inside.example").await, "nothing");
        assert_eq!(words("mail.test").await, "nothing");
    }

    #[test]
    fn names_of_addresses() {
        assert_eq!(pointer("192.0.2.7".parse().unwrap()), "7.2.0.192.in-addr.arpa");
        let long = pointer("2001:db8::1".parse().unwrap());
        assert!(
            long.starts_with("1.0.0.0.") && long.ends_with("8.b.d.0.1.0.0.2.ip6.arpa"),
            "{long}"
        );
    }
}
