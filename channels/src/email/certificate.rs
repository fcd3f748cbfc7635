//! The certificate of a mail server: whom we believe, and what is shown of one that we do not.
//!
//! Believed is what a public authority or a configured one vouches for, and a server's own certificate that is
//! configured itself: the same bytes, still valid, and of the server's name.

use std::sync::Arc;

use base64::Engine as _;
use conversation::types::Millis;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;

/// A larger certificate than servers have, in bytes.
const LARGEST: usize = 16 * 1024;
/// How much of a name is shown, in characters.
const NAME: usize = 200;

/// What is said of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// From when on it is valid.
    pub from: Millis,
    /// Until when.
    pub until: Millis,
    /// SHA-256 of its bytes, in pairs of hexadecimal digits.
    pub fingerprint: String,
    /// The names of servers that it is for.
    pub names: Vec<String>,
}

/// Why a certificate is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is valid no longer.
    Expired,
    /// It is not valid yet.
    NotYet,
    /// It is for other names.
    WrongName,
    /// Nobody whom we believe vouches for it. Who trusts this PEM believes the server.
    Unknown(String),
    /// Something else.
    Other,
}

/// A certificate that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub why: Why,
    /// What the server showed.
    pub shown: Certificate,
}

/// What stands in the first certificate of a PEM.
pub fn describe(pem: &str) -> Option<Certificate> {
    let der = rustls_pemfile::certs(&mut pem.as_bytes()).next()?.ok()?;
    read(&der)
}

fn read(der: &[u8]) -> Option<Certificate> {
    if der.len() > LARGEST {
        return None;
    }
    let (_, found) = x509_parser::parse_x509_certificate(der).ok()?;
    let clean = |text: String| text.chars().filter(|c| !c.is_control()).take(NAME).collect::<String>();
    let names = found.subject_alternative_name().ok().flatten();
    let names = names.map(|names| names.value.general_names.iter().filter_map(name).take(20).map(clean));
    let pairs: Vec<String> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    Some(Certificate {
        subject: clean(found.subject().to_string()),
        issuer: clean(found.issuer().to_string()),
        from: found.validity().not_before.timestamp().saturating_mul(1_000),
        until: found.validity().not_after.timestamp().saturating_mul(1_000),
        fingerprint: pairs.join(":"),
        names: names.map(Iterator::collect).unwrap_or_default(),
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(|bytes| std::net::IpAddr::from(bytes).to_string());
            let sixteen = || <[u8; 16]>::try_from(*bytes).map(|bytes| std::net::IpAddr::from(bytes).to_string());
            four.or_else(|_| sixteen()).ok()
        }
        _ => None,
    }
}

/// Believes public authorities, and what is configured.
#[derive(Debug)]
pub(super) struct Verifier {
    authorities: Arc<WebPkiServerVerifier>,
    /// Configured certificates: a server's own is believed as it stands.
    own: Vec<CertificateDer<'static>>,
}

impl Verifier {
    /// # Errors
    /// What is wrong with the configured certificate, in words.
    pub(super) fn new(extra_ca: Option<&str>) -> Result<Verifier, String> {
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let mut own = Vec::new();
        if let Some(pem) = extra_ca {
            for certificate in rustls_pemfile::certs(&mut pem.as_bytes()) {
                let certificate = certificate.map_err(|error| format!("the extra certificate is not PEM: {error}"))?;
                roots
                    .add(certificate.clone())
                    .map_err(|error| format!("the extra certificate is refused: {error}"))?;
                own.push(certificate);
            }
            if own.is_empty() && !pem.trim().is_empty() {
                return Err("the extra certificate holds no PEM block `BEGIN CERTIFICATE`".to_owned());
            }
        }
        let authorities = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Verifier { authorities, own })
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Whether a certificate that is believed as it stands is of this server and of this time.
fn still_fits(der: &CertificateDer<'_>, server: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
    let parsed = ParsedCertificate::try_from(der)?;
    let found = read(der).ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX).saturating_mul(1_000);
    if now > found.until {
        return Err(Error::InvalidCertificate(CertificateError::Expired));
    }
    if now < found.from {
        return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
    }
    verify_server_name(&parsed, server)
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by_authority =
            self.authorities
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        if by_authority.is_err() && self.own.iter().any(|own| own.as_ref() == end_entity.as_ref()) {
            still_fits(end_entity, server_name, now)?;
            return Ok(ServerCertVerified::assertion());
        }
        by_authority
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

/// How we speak TLS: with whom, and believing whom.
///
/// # Errors
/// What is wrong with the configured certificate, in words.
pub(super) fn client_config(extra_ca: Option<&str>) -> Result<ClientConfig, String> {
    config(Arc::new(Verifier::new(extra_ca)?))
}

pub(super) fn config(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, String> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

/// Why it is refused. What is over, or of another name, is that first: to trust it would not help.
pub(super) fn judge(
    error: &Error,
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    server: &ServerName<'_>,
    now: UnixTime,
) -> Option<Refused> {
    let why = match still_fits(end_entity, server, now) {
        Err(Error::InvalidCertificate(CertificateError::Expired)) => Why::Expired,
        Err(Error::InvalidCertificate(CertificateError::NotValidYet)) => Why::NotYet,
        Err(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => Why::WrongName,
        Err(_) => Why::Other,
        Ok(()) if is_unknown(error) => {
            // The end of the chain, if it vouches for the rest, lets the server renew its own; else the server's own.
            let end = intermediates.last().filter(|end| {
                let mut roots = RootCertStore::empty();
                let verifier = roots.add((*end).clone().into_owned()).ok().and_then(|()| {
                    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
                        .build()
                        .ok()
                });
                verifier.is_some_and(|verifier| {
                    verifier
                        .verify_server_cert(end_entity, intermediates, server, &[], now)
                        .is_ok()
                })
            });
            let trusted = end.unwrap_or(end_entity);
            return Some(Refused {
                why: Why::Unknown(pem(trusted)),
                shown: read(trusted)?,
            });
        }
        Ok(()) => Why::Other,
    };
    let shown = read(end_entity)?;
    Some(Refused { why, shown })
}

fn is_unknown(error: &Error) -> bool {
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => true,
        // One that signs others, and itself: as `openssl req -x509` makes them.
        Error::InvalidCertificate(CertificateError::Other(other)) => other.to_string().contains("CaUsedAsEndEntity"),
        _ => false,
    }
}

fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}
