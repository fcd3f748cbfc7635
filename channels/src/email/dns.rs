//! What the DNS says about mail of an address: whether it can arrive (MX), who may send it (SPF, RFC
//! 7208), who signs it (DKIM, RFC 6376), and what receivers do with the rest (DMARC, RFC 7489).

pub mod reverse;

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};

use super::dkim::Signer;
use super::settings::EmailSettings;

/// How long a name server may take for one question, before it is asked once more.
const PATIENCE: Duration = Duration::from_secs(3);

const NO_ANSWER: &str = "check the machine's name server, or set mail.name_server";

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// As it should be.
    Good(String),
    /// Works, and could be better.
    Note(String),
    /// Mail is lost or refused like this; the second text is what to type next.
    Bad(String, String),
}

/// Asks a name server.
pub struct Dns {
    resolver: TokioResolver,
}

impl Dns {
    /// The machine's name servers, or the one given.
    ///
    /// # Errors
    /// When the machine's configuration cannot be read.
    pub fn new(server: Option<SocketAddr>) -> Result<Dns, String> {
        let brief = |mut builder: ResolverBuilder<TokioRuntimeProvider>| {
            builder.options_mut().timeout = PATIENCE;
            builder.options_mut().attempts = 1;
            builder.build()
        };
        let resolver = match server {
            None => TokioResolver::builder_tokio().and_then(brief),
            Some(server) => {
                let with_port = |mut connection: ConnectionConfig| {
                    connection.port = server.port();
                    connection
                };
                let name_server = NameServerConfig::new(
                    server.ip(),
                    true,
                    vec![with_port(ConnectionConfig::udp()), with_port(ConnectionConfig::tcp())],
                );
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![name_server]);
                brief(TokioResolver::builder_with_config(
                    config,
                    TokioRuntimeProvider::default(),
                ))
            }
        };
        resolver
            .map(|resolver| Dns { resolver })
            .map_err(|error| format!("no name server can be asked: {error}"))
    }

    pub(super) async fn ask(&self, name: &str, kind: RecordType) -> Result<Vec<RData>, String> {
        let name = format!("{}.", name.trim_end_matches('.'));
        match self.resolver.lookup(name.as_str(), kind).await {
            Ok(found) => Ok(found.answers().iter().map(|record| record.data.clone()).collect()),
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(error) => Err(words(&name, &error)),
        }
    }

    /// The texts at a name; a text that was split is put together again.
    async fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let found = self.ask(name, RecordType::TXT).await?;
        Ok(found
            .into_iter()
            .filter_map(|data| match data {
                RData::TXT(text) => Some(
                    text.txt_data
                        .iter()
                        .map(|part| String::from_utf8_lossy(part).into_owned())
                        .collect(),
                ),
                _ => None,
            })
            .collect())
    }
}

fn words(name: &str, error: &NetError) -> String {
    format!("the name server did not answer for {name} ({error})")
}

/// Looks at everything that mail of this inbox depends on.
pub async fn check(dns: &Dns, settings: &EmailSettings) -> Vec<Finding> {
    let domain = settings
        .address
        .rsplit_once('@')
        .map_or("", |(_, domain)| domain)
        .to_lowercase();
    if domain.is_empty() {
        return vec![Finding::Bad(
            format!("`{}` has no domain", settings.address),
            "enter the address of the inbox again".to_owned(),
        )];
    }
    if is_reserved(&domain) {
        return vec![Finding::Note(format!(
            "@{domain} is a name for tests (RFC 2606): its DNS is not looked at"
        ))];
    }
    let mut found = vec![mx(dns, &domain).await];
    let is_silent = matches!(&found[0], Finding::Bad(_, next) if next == NO_ANSWER);
    // One that is silent is not asked again and again.
    if settings.smtp.is_some() && !is_silent {
        found.push(spf(dns, &domain, settings).await);
        found.push(dkim(dns, &domain, settings).await);
        found.push(dmarc(dns, &domain, &settings.address).await);
    }
    found
}

/// Whether nobody can ever own a domain: RFC 2606 section 2, and `.local` of RFC 6762.
fn is_reserved(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or(domain);
    matches!(last, "test" | "invalid" | "localhost" | "local")
}

fn unanswered(what: &str, error: String) -> Finding {
    Finding::Bad(format!("{what}: {error}"), NO_ANSWER.to_owned())
}

async fn mx(dns: &Dns, domain: &str) -> Finding {
    let found = match dns.ask(domain, RecordType::MX).await {
        Ok(found) => found,
        Err(error) => return unanswered("MX", error),
    };
    let mut servers: Vec<(u16, String)> = found
        .into_iter()
        .filter_map(|data| match data {
            RData::MX(mx) => Some((mx.preference, mx.exchange.to_string().trim_end_matches('.').to_owned())),
            _ => None,
        })
        .collect();
    servers.sort();
    let missing = || {
        Finding::Bad(
            format!("MX: mail to @{domain} cannot arrive"),
            format!("at your DNS: {domain}. MX 10 <the server that your mail provider names>."),
        )
    };
    match servers.first() {
        // RFC 7505: a domain that takes no mail says so with a dot.
        Some((_, server)) if server.is_empty() => missing(),
        Some((_, server)) => Finding::Good(format!("MX: mail to @{domain} goes to {server}")),
        None => match dns.ask(domain, RecordType::A).await {
            Ok(found) if !found.is_empty() => Finding::Note(format!(
                "MX: {domain} has none; mail goes to the address of its web site"
            )),
            Ok(_) => missing(),
            Err(error) => unanswered("MX", error),
        },
    }
}

/// What has to stand in SPF for the server that sends.
fn sender_term(settings: &EmailSettings) -> String {
    let host = settings
        .smtp
        .as_ref()
        .map(|smtp| smtp.host.to_lowercase())
        .unwrap_or_default();
    if host.ends_with("gmail.com") || host.ends_with("google.com") {
        "include:_spf.google.com".to_owned()
    } else if host.ends_with("office365.com") || host.ends_with("outlook.com") {
        "include:spf.protection.outlook.com".to_owned()
    } else if host.parse::<std::net::IpAddr>().is_ok() {
        format!("ip4:{host}")
    } else {
        format!("a:{host}")
    }
}

async fn spf(dns: &Dns, domain: &str, settings: &EmailSettings) -> Finding {
    let texts = match dns.texts(domain).await {
        Ok(texts) => texts,
        Err(error) => return unanswered("SPF", error),
    };
    let records: Vec<&String> = texts
        .iter()
        .filter(|text| {
            let first = text.split_ascii_whitespace().next().unwrap_or_default();
            first.eq_ignore_ascii_case("v=spf1")
        })
        .collect();
    let term = sender_term(settings);
    match records.as_slice() {
        [] => Finding::Bad(
            format!("SPF: nobody may send for {domain} by name, so receivers guess"),
            format!("at your DNS: {domain}. TXT \"v=spf1 {term} ~all\""),
        ),
        [record] => {
            let terms: Vec<String> = record.split_ascii_whitespace().skip(1).map(str::to_lowercase).collect();
            let asks = |term: &String| {
                let term = term.trim_start_matches(['+', '-', '~', '?']);
                ["include:", "a:", "mx:", "exists:", "redirect="]
                    .iter()
                    .any(|word| term.starts_with(word))
                    || matches!(term, "a" | "mx" | "ptr")
            };
            if terms.iter().any(|term| term == "+all" || term == "all") {
                Finding::Bad(
                    format!("SPF: `{record}` lets everybody send for {domain}"),
                    "replace its last word by ~all".to_owned(),
                )
            } else if terms.iter().filter(|term| asks(term)).count() > 10 {
                Finding::Bad(
                    "SPF: the record asks for more than ten others, so receivers give up (RFC 7208, 4.6.4)".to_owned(),
                    "take out what no longer sends".to_owned(),
                )
            } else if !terms
                .iter()
                .any(|term| term.ends_with("all") || term.starts_with("redirect="))
            {
                Finding::Note(format!("SPF: `{record}` has no end; add ~all"))
            } else if term.starts_with("include:") && !terms.contains(&term) {
                Finding::Bad(
                    format!("SPF: `{record}` does not name the server that sends"),
                    format!("add {term} to it"),
                )
            } else {
                Finding::Good(format!("SPF: {record}"))
            }
        }
        several => Finding::Bad(
            format!("SPF: {} records, so none counts (RFC 7208, 4.5)", several.len()),
            format!("leave one TXT record at {domain} that begins with v=spf1, with the words of all"),
        ),
    }
}

fn tag(record: &str, name: &str) -> Option<String> {
    record
        .split(';')
        .filter_map(|tag| tag.split_once('='))
        .find(|(tag, _)| tag.trim() == name)
        .map(|(_, value)| value.split_ascii_whitespace().collect())
}

async fn dkim(dns: &Dns, domain: &str, settings: &EmailSettings) -> Finding {
    let Some(key) = &settings.dkim else {
        return provider_dkim(dns, domain, settings).await;
    };
    let signer = match Signer::new(key) {
        Ok(signer) => signer,
        Err(error) => {
            return Finding::Bad(
                format!("DKIM: {error}"),
                "enter the key again in the settings of the inbox".to_owned(),
            );
        }
    };
    let (name, ours) = (signer.record_name(), signer.record());
    let type_it = format!("at your DNS: {name}. TXT \"{ours}\"");
    let texts = match dns.texts(&name).await {
        Ok(texts) => texts,
        Err(error) => return unanswered("DKIM", error),
    };
    let signs_for = key.domain.trim().to_lowercase();
    if domain != signs_for && !domain.ends_with(&format!(".{signs_for}")) {
        return Finding::Bad(
            format!("DKIM: the key signs for {signs_for}, the mail is from {domain}, so the signature proves nothing"),
            format!("set the domain of the key to {domain}"),
        );
    }
    match texts.first() {
        None => Finding::Bad(format!("DKIM: there is no record at {name}"), type_it),
        Some(record) if tag(record, "p") != tag(&ours, "p") => {
            Finding::Bad(format!("DKIM: the record at {name} holds another key"), type_it)
        }
        Some(_) => Finding::Good(format!("DKIM: {name} holds our key")),
    }
}

/// Without a key of ours the sending server signs; where the names of its keys are known they are
/// looked for.
async fn provider_dkim(dns: &Dns, domain: &str, settings: &EmailSettings) -> Finding {
    let term = sender_term(settings);
    let names: &[&str] = match term.as_str() {
        "include:_spf.google.com" => &["google"],
        "include:spf.protection.outlook.com" => &["selector1", "selector2"],
        _ => {
            return Finding::Note(
                "DKIM: no key here; whether the sending server signs shows in the header of a mail it sent".to_owned(),
            );
        }
    };
    for name in names {
        match dns.texts(&format!("{name}._domainkey.{domain}")).await {
            Ok(texts) if !texts.is_empty() => {
                return Finding::Good(format!("DKIM: {name}._domainkey.{domain} is there"));
            }
            Ok(_) => {}
            Err(error) => return unanswered("DKIM", error),
        }
    }
    Finding::Bad(
        format!("DKIM: there is no record at {}._domainkey.{domain}", names[0]),
        "switch the signature on in the provider's console and enter the record that it shows".to_owned(),
    )
}

async fn dmarc(dns: &Dns, domain: &str, address: &str) -> Finding {
    let mut place = domain;
    // The domain itself, else those above it, down to two words.
    loop {
        let texts = match dns.texts(&format!("_dmarc.{place}")).await {
            Ok(texts) => texts,
            Err(error) => return unanswered("DMARC", error),
        };
        let records: Vec<&String> = texts
            .iter()
            .filter(|text| text.trim_start().starts_with("v=DMARC1"))
            .collect();
        if records.len() > 1 {
            return Finding::Bad(
                format!("DMARC: {} records at _dmarc.{place}, so none counts", records.len()),
                "leave one of them".to_owned(),
            );
        }
        if let Some(record) = records.first() {
            return match tag(record, "p").as_deref() {
                Some("quarantine" | "reject") => Finding::Good(format!("DMARC: {record}")),
                Some("none") => Finding::Note(format!(
                    "DMARC: {record}; once its reports are clean, p=quarantine keeps forged mail away from your customers"
                )),
                _ => Finding::Bad(
                    format!("DMARC: `{record}` has no policy that receivers know"),
                    "its p= must be none, quarantine or reject".to_owned(),
                ),
            };
        }
        match place.split_once('.') {
            Some((_, above)) if above.contains('.') => place = above,
            _ => break,
        }
    }
    Finding::Bad(
        format!("DMARC: nothing stands at _dmarc.{domain}; large receivers want it"),
        format!("at your DNS: _dmarc.{domain}. TXT \"v=DMARC1; p=none; rua=mailto:{address}\""),
    )
}

#[cfg(test)]
pub(super) mod tests;
