//! A stream encrypted with a passphrase: Argon2id makes the key, XChaCha20-Poly1305 seals segments of
//! 64 KiB by the STREAM construction, so that no segment can be changed, moved, left out or cut off.

use std::io::{self, Read, Write};

use anyhow::{Context, Result, bail};
use argon2::Argon2;
use chacha20poly1305::aead::KeyInit;
use chacha20poly1305::aead::stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::{Key, XChaCha20Poly1305};
use conversation::Env;

/// How an encrypted backup begins.
pub(super) const MAGIC: &[u8; 8] = b"SWBKSEA1";
const SALT: usize = 16;
const NONCE: usize = 19;
const SEGMENT: usize = 64 * 1024;
const TAG: usize = 16;

fn key(passphrase: &str, salt: &[u8]) -> Result<XChaCha20Poly1305> {
    let mut key = [0u8; 32];
    Argon2::default()
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(|error| anyhow::anyhow!("the passphrase cannot be used: {error}"))?;
    Ok(XChaCha20Poly1305::new(Key::from_slice(&key)))
}

/// Encrypts what is written to it. [`Sealer::finish`] must be called, or the end is missing.
pub(super) struct Sealer<W> {
    out: W,
    encryptor: EncryptorBE32<XChaCha20Poly1305>,
    segment: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    pub(super) fn new(mut out: W, passphrase: &str, env: &Env) -> Result<Self> {
        let mut head = [0u8; SALT + NONCE];
        env.fill(&mut head);
        let cipher = key(passphrase, &head[..SALT])?;
        out.write_all(MAGIC)?;
        out.write_all(&head)?;
        Ok(Sealer {
            out,
            encryptor: EncryptorBE32::from_aead(cipher, head[SALT..].into()),
            segment: Vec::with_capacity(SEGMENT + TAG),
        })
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        let sealed = self
            .encryptor
            .encrypt_last(self.segment.as_slice())
            .map_err(|_| io::Error::other("the backup is too long to be encrypted"))?;
        self.out.write_all(&sealed)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The last segment is sealed otherwise, so a full one waits until more comes.
        if self.segment.len() == SEGMENT {
            let sealed = self
                .encryptor
                .encrypt_next(self.segment.as_slice())
                .map_err(|_| io::Error::other("the backup is too long to be encrypted"))?;
            self.out.write_all(&sealed)?;
            self.segment.clear();
        }
        let take = bytes.len().min(SEGMENT - self.segment.len());
        self.segment.extend_from_slice(&bytes[..take]);
        Ok(take)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Decrypts what [`Sealer`] wrote.
pub(super) struct Opener<R> {
    input: R,
    /// Taken by the last segment.
    decryptor: Option<DecryptorBE32<XChaCha20Poly1305>>,
    /// Sealed bytes of the next segment, and one more to know whether it is the last.
    sealed: Vec<u8>,
    plain: Vec<u8>,
    at: usize,
}

impl<R: Read> Opener<R> {
    /// `input` stands behind [`MAGIC`].
    pub(super) fn new(mut input: R, passphrase: &str) -> Result<Self> {
        let mut head = [0u8; SALT + NONCE];
        input.read_exact(&mut head).context("the backup is cut")?;
        let cipher = key(passphrase, &head[..SALT])?;
        let mut opener = Opener {
            input,
            decryptor: Some(DecryptorBE32::from_aead(cipher, head[SALT..].into())),
            sealed: Vec::with_capacity(SEGMENT + TAG + 1),
            plain: Vec::new(),
            at: 0,
        };
        if opener.next().is_err() {
            bail!("the passphrase is wrong, or the beginning of the backup is damaged");
        }
        Ok(opener)
    }

    /// Opens the next segment.
    fn next(&mut self) -> io::Result<()> {
        let missing = (SEGMENT + TAG + 1 - self.sealed.len()) as u64;
        self.input.by_ref().take(missing).read_to_end(&mut self.sealed)?;
        let damaged = |_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "the backup is damaged or cut: a segment does not open",
            )
        };
        self.plain = if self.sealed.len() > SEGMENT + TAG {
            let next = self.sealed.pop();
            let plain = match &mut self.decryptor {
                Some(decryptor) => decryptor.decrypt_next(self.sealed.as_slice()).map_err(damaged)?,
                None => Vec::new(),
            };
            self.sealed.clear();
            self.sealed.extend(next);
            plain
        } else {
            match self.decryptor.take() {
                Some(decryptor) => decryptor.decrypt_last(self.sealed.as_slice()).map_err(damaged)?,
                None => Vec::new(),
            }
        };
        self.at = 0;
        Ok(())
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.plain.len() {
            if self.decryptor.is_none() {
                return Ok(0);
            }
            self.next()?;
        }
        let take = out.len().min(self.plain.len() - self.at);
        out[..take].copy_from_slice(&self.plain[self.at..self.at + take]);
        self.at += take;
        Ok(take)
    }
}
