//! Finding the servers of a mailbox by its address alone, so that nobody has to look them up: what the domain
//! says in its DNS (RFC 6186, RFC 8314), whose servers take its mail, and at last the usual names.

use std::time::Duration;

use futures::future::join_all;
use hickory_resolver::proto::rr::{RData, RecordType};

use super::dns::Dns;
use super::settings::TlsMode;

/// How long one server may take to answer when a usual name is tried.
const PATIENCE: Duration = Duration::from_secs(4);

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its host name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: TlsMode,
}

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The domain's own DNS.
    Dns,
    /// The provider that takes the domain's mail is known.
    Provider,
    /// The usual names, which somebody answers at.
    Names,
}

/// The servers of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where mail is read.
    pub imap: Option<Server>,
    /// Where mail is given to be sent.
    pub smtp: Option<Server>,
    /// Who says so.
    pub by: By,
    /// The provider takes no passwords from programs: the account is connected in the browser.
    pub connect: Option<Connect>,
}

/// A provider whose accounts are connected in the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connect {
    /// Google: an app password works, too.
    Google,
    /// Microsoft: nothing else works.
    Microsoft,
}

/// A provider: the domains that are its own, what the names of its mail exchangers end with, its servers.
struct Provider {
    domains: &'static [&'static str],
    exchangers: &'static [&'static str],
    imap: &'static str,
    smtp: (&'static str, u16),
    connect: Option<Connect>,
}

const fn provider(
    domains: &'static [&'static str],
    exchangers: &'static [&'static str],
    imap: &'static str,
    smtp: (&'static str, u16),
) -> Provider {
    Provider {
        domains,
        exchangers,
        imap,
        smtp,
        connect: None,
    }
}

/// As their help pages say (looked at in 2026).
const PROVIDERS: &[Provider] = &[
    Provider {
        connect: Some(Connect::Google),
        ..provider(
            &["gmail.com", "googlemail.com"],
            &["google.com", "googlemail.com"],
            "imap.gmail.com",
            ("smtp.gmail.com", 465),
        )
    },
    Provider {
        connect: Some(Connect::Microsoft),
        ..provider(
            &["outlook.com", "hotmail.com", "live.com", "msn.com"],
            &["protection.outlook.com", "mx.microsoft", "olc.protection.outlook.com"],
            "outlook.office365.com",
            ("smtp.office365.com", 587),
        )
    },
    provider(
        &["yahoo.com", "ymail.com"],
        &["yahoodns.net"],
        "imap.mail.yahoo.com",
        ("smtp.mail.yahoo.com", 465),
    ),
    provider(
        &["icloud.com", "me.com", "mac.com"],
        &["mail.icloud.com"],
        "imap.mail.me.com",
        ("smtp.mail.me.com", 587),
    ),
    provider(
        &["zoho.com", "zohomail.com"],
        &["zoho.com"],
        "imappro.zoho.com",
        ("smtppro.zoho.com", 465),
    ),
    provider(&["zoho.eu"], &["zoho.eu"], "imappro.zoho.eu", ("smtppro.zoho.eu", 465)),
    provider(
        &["fastmail.com"],
        &["messagingengine.com"],
        "imap.fastmail.com",
        ("smtp.fastmail.com", 465),
    ),
    provider(
        &["gmx.com", "gmx.net"],
        &["gmx.net"],
        "imap.gmx.com",
        ("mail.gmx.com", 465),
    ),
    provider(
        &[],
        &["hostinger.com"],
        "imap.hostinger.com",
        ("smtp.hostinger.com", 465),
    ),
    provider(&[], &["titan.email"], "imap.titan.email", ("smtp.titan.email", 465)),
    provider(
        &[],
        &["secureserver.net"],
        "imap.secureserver.net",
        ("smtpout.secureserver.net", 465),
    ),
    provider(
        &[],
        &["privateemail.com"],
        "mail.privateemail.com",
        ("mail.privateemail.com", 465),
    ),
    provider(&[], &["migadu.com"], "imap.migadu.com", ("smtp.migadu.com", 465)),
    provider(
        &[],
        &["ionos.com", "1and1.com"],
        "imap.ionos.com",
        ("smtp.ionos.com", 465),
    ),
    provider(&[], &["ionos.mx"], "imap.ionos.mx", ("smtp.ionos.mx", 465)),
    provider(
        &[],
        &["emailsrvr.com"],
        "secure.emailsrvr.com",
        ("secure.emailsrvr.com", 465),
    ),
    provider(&[], &["locaweb.com.br"], "email-ssl.com.br", ("email-ssl.com.br", 465)),
    provider(
        &["uol.com.br", "bol.com.br"],
        &["uol.com.br"],
        "imap.uol.com.br",
        ("smtps.uol.com.br", 587),
    ),
];

fn is_below(name: &str, parent: &str) -> bool {
    name == parent || name.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
}

impl Provider {
    fn found(&self) -> Found {
        let tls = |port| {
            if port == 587 { TlsMode::Starttls } else { TlsMode::Tls }
        };
        Found {
            imap: Some(Server {
                host: self.imap.to_owned(),
                port: 993,
                tls: TlsMode::Tls,
            }),
            smtp: Some(Server {
                host: self.smtp.0.to_owned(),
                port: self.smtp.1,
                tls: tls(self.smtp.1),
            }),
            by: By::Provider,
            connect: self.connect,
        }
    }
}

/// Looks for the servers of an address. `None` when nothing answers; then they have to be entered.
pub async fn discover(dns: &Dns, address: &str) -> Option<Found> {
    let domain = address.rsplit_once('@')?.1.trim().to_lowercase();
    // What goes into names that are looked up is a plain domain.
    let is_plain = domain.contains('.')
        && domain.len() <= 253
        && domain
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if !is_plain {
        return None;
    }
    if let Some(known) = PROVIDERS.iter().find(|one| one.domains.contains(&domain.as_str())) {
        return Some(known.found());
    }
    let exchanger = exchanger(dns, &domain).await;
    let hosted = exchanger.as_deref().and_then(|host| {
        PROVIDERS
            .iter()
            .find(|one| one.exchangers.iter().any(|end| is_below(host, end)))
    });
    // Those who take no passwords say nothing of it in the DNS.
    if let Some(known) = hosted.filter(|one| one.connect.is_some()) {
        return Some(known.found());
    }
    if let Some(found) = by_services(dns, &domain).await {
        return Some(found);
    }
    if let Some(known) = hosted {
        return Some(known.found());
    }
    by_names(&domain, exchanger.as_deref()).await
}

/// The first of the servers that take the domain's mail.
async fn exchanger(dns: &Dns, domain: &str) -> Option<String> {
    let found = dns.ask(domain, RecordType::MX).await.ok()?;
    found
        .into_iter()
        .filter_map(|data| match data {
            RData::MX(mx) => Some((mx.preference, host_of(&mx.exchange.to_string()))),
            _ => None,
        })
        .filter(|(_, host)| !host.is_empty())
        .min()
        .map(|(_, host)| host)
}

fn host_of(name: &str) -> String {
    name.trim_end_matches('.').to_lowercase()
}

/// What the domain says with SRV records.
async fn by_services(dns: &Dns, domain: &str) -> Option<Found> {
    let (imaps, imap, submissions, submission) = tokio::join!(
        service(dns, "_imaps", domain, TlsMode::Tls),
        service(dns, "_imap", domain, TlsMode::Starttls),
        service(dns, "_submissions", domain, TlsMode::Tls),
        service(dns, "_submission", domain, TlsMode::Starttls),
    );
    let (imap, smtp) = (imaps.or(imap), submissions.or(submission));
    (imap.is_some() || smtp.is_some()).then_some(Found {
        imap,
        smtp,
        by: By::Dns,
        connect: None,
    })
}

async fn service(dns: &Dns, service: &str, domain: &str, tls: TlsMode) -> Option<Server> {
    let found = dns
        .ask(&format!("{service}._tcp.{domain}"), RecordType::SRV)
        .await
        .ok()?;
    found
        .into_iter()
        .filter_map(|data| match data {
            RData::SRV(srv) => Some((
                srv.priority,
                std::cmp::Reverse(srv.weight),
                host_of(&srv.target.to_string()),
                srv.port,
            )),
            _ => None,
        })
        // RFC 6186 section 3.4: a service that is not offered has the target ".".
        .filter(|(_, _, host, port)| !host.is_empty() && *port > 0)
        .min()
        .map(|(_, _, host, port)| Server { host, port, tls })
}

/// The usual names, as far as somebody answers there.
async fn by_names(domain: &str, exchanger: Option<&str>) -> Option<Found> {
    let mut hosts = vec![format!("imap.{domain}"), format!("mail.{domain}")];
    let mut senders = vec![format!("smtp.{domain}"), format!("mail.{domain}")];
    if let Some(host) = exchanger {
        hosts.push(host.to_owned());
        senders.push(host.to_owned());
    }
    let imap: Vec<Server> = hosts
        .iter()
        .flat_map(|host| [(host, 993, TlsMode::Tls), (host, 143, TlsMode::Starttls)])
        .map(|(host, port, tls)| server(host, port, tls))
        .collect();
    let smtp: Vec<Server> = senders
        .iter()
        .flat_map(|host| [(host, 465, TlsMode::Tls), (host, 587, TlsMode::Starttls)])
        .map(|(host, port, tls)| server(host, port, tls))
        .collect();
    let (imap, smtp) = tokio::join!(first_that_answers(imap), first_that_answers(smtp));
    (imap.is_some() || smtp.is_some()).then_some(Found {
        imap,
        smtp,
        by: By::Names,
        connect: None,
    })
}

fn server(host: &str, port: u16, tls: TlsMode) -> Server {
    Server {
        host: host.to_owned(),
        port,
        tls,
    }
}

/// All are tried at once; the first of the list that answers is taken.
async fn first_that_answers(servers: Vec<Server>) -> Option<Server> {
    let answers = join_all(servers.iter().map(|one| async {
        let connecting = tokio::net::TcpStream::connect((one.host.as_str(), one.port));
        matches!(tokio::time::timeout(PATIENCE, connecting).await, Ok(Ok(_)))
    }))
    .await;
    servers
        .into_iter()
        .zip(answers)
        .find(|(_, answers)| *answers)
        .map(|(one, _)| one)
}

#[cfg(test)]
mod tests;
