//! DKIM (RFC 6376, RFC 8463): signing what leaves, and the record that has to stand in the DNS.
//!
//! Canonicalisation is relaxed for both header and body: relays that fold a line or trim a space
//! break nothing. Keys are RSA (2048 bits or more) or Ed25519, in PEM.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conversation::types::Millis;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What is signed, where the mail has it. From, and what a reader sees first, is signed once more
/// as absent, so that nobody can add a second one.
const SIGNED: [&str; 17] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "x-switchboard-loop",
];
const SEALED: [&str; 6] = ["from", "to", "cc", "subject", "date", "reply-to"];

/// The key that signs the mail of an inbox.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimSettings {
    /// The domain that answers for the mail: that of the address, or one above it.
    pub domain: String,
    /// The name of the key: its record stands at `<selector>._domainkey.<domain>`.
    pub selector: String,
    /// The private key in PEM (PKCS #8, or PKCS #1 for RSA).
    pub private_key: String,
}

impl fmt::Debug for DkimSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimSettings({}._domainkey.{})", self.selector, self.domain)
    }
}

/// Why a key cannot sign, in words for the administrator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the DKIM key cannot be used: {0}")]
pub struct DkimError(String);

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// Signs mails with one key.
pub struct Signer {
    key: Key,
    domain: String,
    selector: String,
}

impl Signer {
    /// Reads the key.
    ///
    /// # Errors
    /// [`DkimError`] when key, domain or selector cannot be used.
    pub fn new(settings: &DkimSettings) -> Result<Signer, DkimError> {
        let wrong = |words: &str| Err(DkimError(words.to_owned()));
        let is_name = |text: &str| {
            !text.is_empty()
                && text.len() <= 253
                && text.split('.').all(|label| {
                    !label.is_empty()
                        && label.len() <= 63
                        && label
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                })
        };
        let (domain, selector) = (settings.domain.trim(), settings.selector.trim());
        if !is_name(domain) {
            return wrong("the domain is not a domain name");
        }
        if !is_name(selector) {
            return wrong("the selector may hold letters, digits, hyphens and dots only");
        }
        let mut pem = settings.private_key.as_bytes();
        let key = loop {
            match rustls_pemfile::read_one(&mut pem) {
                Ok(Some(rustls_pemfile::Item::Pkcs8Key(der))) => {
                    let der = der.secret_pkcs8_der();
                    if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
                        break Key::Ed25519(key);
                    }
                    match RsaKeyPair::from_pkcs8(der) {
                        Ok(key) => break Key::Rsa(Box::new(key)),
                        Err(error) => {
                            return Err(DkimError(format!(
                                "it must be RSA of 2048 bits or more, or Ed25519 ({error})"
                            )));
                        }
                    }
                }
                Ok(Some(rustls_pemfile::Item::Pkcs1Key(der))) => match RsaKeyPair::from_der(der.secret_pkcs1_der()) {
                    Ok(key) => break Key::Rsa(Box::new(key)),
                    Err(error) => return Err(DkimError(format!("RSA of 2048 bits or more is needed ({error})"))),
                },
                Ok(Some(_)) => {}
                Ok(None) => return wrong("there is no block `BEGIN PRIVATE KEY`"),
                Err(_) => return wrong("it is not PEM"),
            }
        };
        Ok(Signer {
            key,
            domain: domain.to_ascii_lowercase(),
            selector: selector.to_ascii_lowercase(),
        })
    }

    /// The name in the DNS that holds the public key.
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The text that has to stand there.
    pub fn record(&self) -> String {
        let (kind, key) = match &self.key {
            Key::Rsa(key) => ("rsa", subject_public_key_info(key.public_key().as_ref())),
            Key::Ed25519(key) => ("ed25519", key.public_key().as_ref().to_vec()),
        };
        format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(key))
    }

    /// The mail with its signature before it.
    ///
    /// # Errors
    /// [`DkimError`] when the machine gives no randomness.
    pub fn sign(&self, raw: &[u8], now: Millis) -> Result<Vec<u8>, DkimError> {
        let (header, body) = split(raw);
        let fields = fields(header);
        let mut names: Vec<&str> = Vec::new();
        for name in SIGNED {
            names.extend(fields.iter().filter(|field| field.is(name)).map(|_| name));
        }
        names.extend(SEALED);
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let mut list = String::new();
        let mut length = 0;
        for (place, name) in names.iter().enumerate() {
            if place > 0 {
                list.push(':');
                length += 1;
            }
            if length + name.len() > 70 {
                list.push_str("\r\n\t");
                length = 0;
            }
            list.push_str(name);
            length += name.len();
        }
        let unsigned = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={};\r\n\ts={}; t={};\r\n\th={list};\r\n\tbh={};\r\n\tb=",
            self.domain,
            self.selector,
            now.max(0) / 1000,
            STANDARD.encode(Sha256::digest(relaxed_body(body))),
        );
        let input = signed_input(&fields, &names, &unsigned);
        let signature = match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &input, &mut signature)
                    .map_err(|_| DkimError("the machine gives no randomness".to_owned()))?;
                signature
            }
            // RFC 8463: Ed25519 signs the hash, not the text.
            Key::Ed25519(key) => key.sign(&Sha256::digest(&input)).as_ref().to_vec(),
        };
        let mut out = Vec::with_capacity(raw.len() + unsigned.len() + 400);
        out.extend_from_slice(unsigned.as_bytes());
        for (place, piece) in STANDARD.encode(signature).as_bytes().chunks(72).enumerate() {
            if place > 0 {
                out.extend_from_slice(b"\r\n\t ");
            }
            out.extend_from_slice(piece);
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(raw);
        Ok(out)
    }
}

/// One field of a header with everything that belongs to it.
struct Field<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

impl Field<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.trim_ascii().eq_ignore_ascii_case(name.as_bytes())
    }
}

/// Header and body; the empty line between them belongs to neither.
fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    if let Some(rest) = raw.strip_prefix(b"\r\n") {
        return (&[], rest);
    }
    match memchr::memmem::find(raw, b"\r\n\r\n") {
        Some(end) => (&raw[..end + 2], &raw[end + 4..]),
        None => (raw, &[]),
    }
}

fn fields(header: &[u8]) -> Vec<Field<'_>> {
    let mut found = Vec::new();
    let mut rest = header;
    while !rest.is_empty() {
        let mut end = 0;
        loop {
            match memchr::memmem::find(&rest[end..], b"\r\n") {
                Some(place) => end += place + 2,
                None => end = rest.len(),
            }
            if end >= rest.len() || !matches!(rest[end], b' ' | b'\t') {
                break;
            }
        }
        let (field, after) = rest.split_at(end);
        if let Some(colon) = memchr::memchr(b':', field) {
            found.push(Field {
                name: &field[..colon],
                value: &field[colon + 1..],
            });
        }
        rest = after;
    }
    found
}

/// What the signature is over: the named fields, of several of one name the last first, and its own
/// field with an empty `b=`.
fn signed_input(fields: &[Field<'_>], names: &[&str], unsigned: &str) -> Vec<u8> {
    let mut input = Vec::new();
    let mut used = vec![false; fields.len()];
    for name in names {
        let found = fields
            .iter()
            .enumerate()
            .rev()
            .find(|(place, field)| !used[*place] && field.is(name));
        if let Some((place, field)) = found {
            used[place] = true;
            relaxed_field(&mut input, field.name, field.value);
            input.extend_from_slice(b"\r\n");
        }
    }
    let (name, value) = unsigned.split_once(':').unwrap_or((unsigned, ""));
    relaxed_field(&mut input, name.as_bytes(), value.as_bytes());
    input
}

fn relaxed_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend(name.trim_ascii().iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let mut is_first = true;
    for word in value
        .split(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
        .filter(|word| !word.is_empty())
    {
        if !is_first {
            out.push(b' ');
        }
        is_first = false;
        out.extend_from_slice(word);
    }
}

/// Runs of white space are one space, none stands at the end of a line, no empty line at the end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut empty = 0usize;
    for line in body.split_inclusive(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let end = line
            .iter()
            .rposition(|b| !matches!(b, b' ' | b'\t'))
            .map_or(0, |place| place + 1);
        if end == 0 {
            empty += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty) {
            out.extend_from_slice(b"\r\n");
        }
        let mut was_space = false;
        for &b in &line[..end] {
            let is_space = matches!(b, b' ' | b'\t');
            if !is_space {
                out.push(b);
            } else if !was_space {
                out.push(b' ');
            }
            was_space = is_space;
        }
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// An RSA public key (PKCS #1) as the DNS wants it: SubjectPublicKeyInfo (RFC 5280).
fn subject_public_key_info(key: &[u8]) -> Vec<u8> {
    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        let length = content.len().to_be_bytes();
        let first = length.iter().position(|b| *b != 0).unwrap_or(length.len() - 1);
        let length = &length[first..];
        if content.len() >= 128 {
            out.push(0x80 | u8::try_from(length.len()).unwrap_or(0x7f));
        }
        out.extend_from_slice(length);
        out.extend_from_slice(content);
        out
    }
    // rsaEncryption (1.2.840.113549.1.1.1) with NULL parameters.
    const RSA: [u8; 13] = [
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let mut bits = vec![0];
    bits.extend_from_slice(key);
    let mut content = element(0x30, &RSA);
    content.extend(element(0x03, &bits));
    element(0x30, &content)
}

#[cfg(test)]
pub(super) mod tests;
