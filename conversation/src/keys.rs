//! The instance key and what is derived from it: reply tokens, sealed secrets, signed links.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit as _, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::types::{ConversationId, ULID_LENGTH};

/// What signs and seals. The first key makes; all of them check, so that a key can be changed
/// without breaking the mails that are out.
#[derive(Clone)]
pub struct Keys {
    keys: Vec<[u8; 32]>,
}

/// 16 characters of 5 bits: 80 bits of a 256-bit code, in an alphabet that survives mail servers
/// that lower-case addresses.
const TOKEN_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TOKEN_CODE: usize = 16;

impl Keys {
    /// The current key first.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(keys: Vec<[u8; 32]>) -> Result<Keys> {
        if keys.is_empty() {
            return Err(Error::Invalid("the instance key is missing".to_owned()));
        }
        Ok(Keys { keys })
    }

    fn code(key: &[u8; 32], purpose: &str, text: &str) -> [u8; 32] {
        // HMAC takes keys of any length, so this cannot fail; an empty code would match nothing.
        let Ok(mut mac) = <Hmac<Sha256>>::new_from_slice(key) else {
            return [0; 32];
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The token that lets a reply find its conversation: lower-case letters and digits only, as
    /// it travels in the local part of an address and in Message-IDs.
    pub fn reply_token(&self, conversation: &ConversationId) -> String {
        let id = conversation.as_str().to_ascii_lowercase();
        let code = Self::code(&self.keys[0], "reply", &id);
        format!("{id}{}", token_text(&code))
    }

    /// The conversation of a reply token, when one of our keys signed it.
    pub fn check_reply_token(&self, token: &str) -> Option<ConversationId> {
        let token = token.to_ascii_lowercase();
        if token.len() != ULID_LENGTH + TOKEN_CODE || !token.is_ascii() {
            return None;
        }
        let (id, code) = token.split_at(ULID_LENGTH);
        self.keys
            .iter()
            .any(|key| {
                token_text(&Self::code(key, "reply", id))
                    .as_bytes()
                    .ct_eq(code.as_bytes())
                    .into()
            })
            .then(|| ConversationId::from(id.to_ascii_uppercase()))
    }

    /// Signs a short text for a link: `<text>.<code>` with the code in URL-safe base64.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let code = Self::code(&self.keys[0], purpose, text);
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(&code[..16]))
    }

    /// The text of a signed link, when one of our keys signed it for this purpose.
    pub fn check<'a>(&self, purpose: &str, signed: &'a str) -> Option<&'a str> {
        let (text, code) = signed.rsplit_once('.')?;
        let code = URL_SAFE_NO_PAD.decode(code).ok()?;
        self.keys
            .iter()
            .any(|key| Self::code(key, purpose, text)[..16].ct_eq(&code).into())
            .then_some(text)
    }

    /// Encrypts a secret for storage: 24 bytes of nonce, then XChaCha20-Poly1305.
    ///
    /// # Errors
    /// Only for texts beyond 256 GB.
    pub fn seal(&self, env: &Env, plain: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0u8; 24];
        env.fill(&mut nonce);
        let cipher = XChaCha20Poly1305::new(&Self::code(&self.keys[0], "seal", "").into());
        let sealed = cipher
            .encrypt(XNonce::from_slice(&nonce), plain)
            .map_err(|_| Error::Invalid("too large to seal".to_owned()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Keys::seal`] made.
    ///
    /// # Errors
    /// When none of the keys fits: the instance key was changed or the row damaged.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        if sealed.len() > 24 {
            let (nonce, body) = sealed.split_at(24);
            for key in &self.keys {
                let cipher = XChaCha20Poly1305::new(&Self::code(key, "seal", "").into());
                if let Ok(plain) = cipher.decrypt(XNonce::from_slice(nonce), body) {
                    return Ok(plain);
                }
            }
        }
        Err(Error::corrupt(
            "sealed settings",
            "the instance key does not fit; put the old key back as a previous key",
        ))
    }
}

fn token_text(code: &[u8; 32]) -> String {
    let mut bits: u128 = 0;
    for byte in &code[..10] {
        bits = (bits << 8) | u128::from(*byte);
    }
    (0..TOKEN_CODE)
        .rev()
        .map(|place| char::from(TOKEN_ALPHABET[(bits >> (place * 5)) as usize & 31]))
        .collect()
}
