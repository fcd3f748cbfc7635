//! Requests to addresses that people typed in: they reach the public internet and nothing else.
//!
//! A name is resolved once, its private addresses are dropped, and the connection goes to one of the
//! addresses that were looked at, so that a name cannot change its meaning in between. Redirects are not followed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Private hosts that the configuration allows all the same.
#[derive(Debug, Clone, Default)]
pub struct Allowed(Arc<[String]>);

impl Allowed {
    /// Names and addresses, separated by commas.
    pub fn new(text: &str) -> Allowed {
        Allowed(
            text.split(',')
                .map(|host| host.trim().to_ascii_lowercase())
                .filter(|host| !host.is_empty())
                .collect(),
        )
    }

    fn has(&self, host: &str) -> bool {
        self.0.iter().any(|allowed| allowed == host)
    }
}

/// A client for such addresses.
///
/// # Errors
/// When the TLS library cannot be set up.
pub fn client(allowed: &Allowed, timeout: Duration) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .dns_resolver(Public(allowed.clone()))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(timeout.min(Duration::from_secs(10)))
        .timeout(timeout)
        .user_agent(concat!("Switchboard/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Reads an address that a person typed in.
///
/// # Errors
/// Says what is wrong with it: no web address, another scheme, a password in it, a private host.
pub fn address(text: &str, allowed: &Allowed) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "that is not an address such as https://example.com/path")?;
    let host = url
        .host()
        .ok_or("that is not an address such as https://example.com/path")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("user and password do not belong into the address");
    }
    let is_allowed = allowed.has(&host.to_string());
    match url.scheme() {
        "https" => {}
        "http" if is_allowed => {}
        _ => return Err("the address must begin with https://"),
    }
    let is_public = match host {
        Host::Ipv4(ip) => is_public(IpAddr::V4(ip)),
        Host::Ipv6(ip) => is_public(IpAddr::V6(ip)),
        Host::Domain(_) => true,
    };
    if is_public || is_allowed {
        Ok(url)
    } else {
        Err("the address is private; allow it with outgoing.allow_private if it is meant")
    }
}

/// How long the other side asks to wait, in milliseconds; a day at most.
pub fn retry_after(response: &reqwest::Response) -> Option<i64> {
    let header = response.headers().get("retry-after")?;
    let seconds: i64 = header.to_str().ok()?.trim().parse().ok()?;
    Some(seconds.clamp(0, 24 * 3600) * 1000)
}

/// Why there was no answer: the innermost cause says most.
pub fn words(error: &reqwest::Error, limit: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer within {} seconds", limit.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[derive(Debug)]
struct Public(Allowed);

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        let is_allowed = self.0.has(&name.as_str().to_ascii_lowercase());
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .filter(|address| is_allowed || is_public(address.ip()))
                .collect();
            if found.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet (IANA's special-purpose registries, RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        // Shared by carriers, RFC 6598.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        // Benchmarks, RFC 2544.
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // IPv4 within: mapped, NAT64 (RFC 6052), 6to4 (RFC 3056).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            v4(high, low)
        }
        // Teredo and the rest of 2001::/23; documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        // Documentation, RFC 9637.
        [0x3fff, second, ..] => second >= 0x1000,
        // Nothing else has been given out than 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests;
