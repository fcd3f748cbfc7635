//! A handshake for the sake of the certificate alone: what a server shows that we do not believe.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::certificate::{Refused, Verifier, config, judge};
use super::net::{self, Stream};
use super::settings::TlsMode;
use super::starttls::{self, Protocol};

/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Decides as [`Verifier`] does, and keeps what it refused.
#[derive(Debug)]
struct Looking {
    verifier: Verifier,
    refused: Mutex<Option<Refused>>,
}

impl ServerCertVerifier for Looking {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let result = self
            .verifier
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        if let Err(error) = &result {
            let refused = judge(error, end_entity, intermediates, server_name, now);
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        }
        result
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Looks at the certificate of a server that was refused; nothing but the handshake is said to it. `None` where there
/// is nothing to see, or nothing wrong with it.
pub(super) async fn look(
    host: &str,
    port: u16,
    tls: TlsMode,
    protocol: Protocol,
    extra_ca: Option<&str>,
) -> Option<Refused> {
    let looking = Arc::new(Looking {
        verifier: Verifier::new(extra_ca).ok()?,
        refused: Mutex::new(None),
    });
    let shaking = async {
        let mut stream = net::connect(host, port).await.ok()?;
        match tls {
            TlsMode::None => return None,
            TlsMode::Tls => {}
            TlsMode::Starttls => starttls::begin(&mut stream, protocol).await.ok()?,
        }
        let Stream::Plain(tcp) = stream else { return None };
        let connector = TlsConnector::from(Arc::new(config(looking.clone()).ok()?));
        connector
            .connect(ServerName::try_from(host.to_owned()).ok()?, tcp)
            .await
            .ok()
    };
    // That it fails is what we came for.
    drop(timeout(PATIENCE, shaking).await);
    looking.refused.lock().unwrap_or_else(PoisonError::into_inner).take()
}
