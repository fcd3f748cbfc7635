//! Message encryption for Web Push: aes128gcm (RFC 8188) with keys of RFC 8291.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Nonce};
use hmac::{Hmac, KeyInit as _, Mac};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{PublicKey, SecretKey, ecdh};
use sha2::Sha256;

/// The size of the one record, in bytes; push services take no larger bodies.
const RECORD: u32 = 4096;

/// What cannot be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CryptError {
    /// The browser's key is no point of the curve, or its secret has not 16 bytes.
    #[error("the browser's keys are not what RFC 8291 asks for")]
    Keys,
    /// The text does not fit into one record.
    #[error("the text is longer than one record")]
    Long,
}

/// Encrypts for one browser. `secret` and `salt` are random and used once.
pub(crate) fn encrypt(
    p256dh: &[u8],
    auth: &[u8],
    secret: &SecretKey,
    salt: &[u8; 16],
    plain: &[u8],
) -> Result<Vec<u8>, CryptError> {
    if auth.len() != 16 {
        return Err(CryptError::Keys);
    }
    // Header, tag and delimiter leave that much.
    if plain.len() > RECORD as usize - 86 - 17 {
        return Err(CryptError::Long);
    }
    let theirs = PublicKey::from_sec1_bytes(p256dh).map_err(|_| CryptError::Keys)?;
    let ours = point(&secret.public_key());
    let shared = ecdh::diffie_hellman(secret.to_nonzero_scalar(), theirs.as_affine());
    let (key, nonce) = derive(auth, shared.raw_secret_bytes(), &point(&theirs), &ours, salt);
    let mut record = plain.to_vec();
    // The delimiter of the last record.
    record.push(2);
    let sealed = Aes128Gcm::new(&key.into())
        .encrypt(Nonce::from_slice(&nonce), record.as_slice())
        .map_err(|_| CryptError::Long)?;
    let mut out = Vec::with_capacity(86 + sealed.len());
    out.extend_from_slice(salt);
    out.extend_from_slice(&RECORD.to_be_bytes());
    out.push(65);
    out.extend_from_slice(&ours);
    out.extend_from_slice(&sealed);
    Ok(out)
}

/// A public key as 65 bytes, uncompressed.
pub(crate) fn point(key: &PublicKey) -> Vec<u8> {
    key.to_encoded_point(false).as_bytes().to_vec()
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::<Sha256>::new(&Default::default()));
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// RFC 8291, section 3.4: content encryption key and nonce.
fn derive(auth: &[u8], shared: &[u8], theirs: &[u8], ours: &[u8], salt: &[u8; 16]) -> ([u8; 16], [u8; 12]) {
    let secret = hmac(auth, &[shared]);
    let material = hmac(&secret, &[b"WebPush: info\0", theirs, ours, &[1]]);
    let pseudo = hmac(salt, &[&material]);
    let (mut key, mut nonce) = ([0; 16], [0; 12]);
    key.copy_from_slice(&hmac(&pseudo, &[b"Content-Encoding: aes128gcm\0", &[1]])[..16]);
    nonce.copy_from_slice(&hmac(&pseudo, &[b"Content-Encoding: nonce\0", &[1]])[..12]);
    (key, nonce)
}

/// The browser's side, for tests: what a push service passes on.
#[cfg(test)]
pub(crate) fn decrypt(secret: &SecretKey, auth: &[u8], body: &[u8]) -> Vec<u8> {
    let salt: [u8; 16] = body[..16].try_into().unwrap();
    assert_eq!(body[16..21], [0, 0, 16, 0, 65]);
    let ours = &body[21..86];
    let sender = PublicKey::from_sec1_bytes(ours).unwrap();
    let shared = ecdh::diffie_hellman(secret.to_nonzero_scalar(), sender.as_affine());
    let (key, nonce) = derive(
        auth,
        shared.raw_secret_bytes(),
        &point(&secret.public_key()),
        ours,
        &salt,
    );
    let mut plain = Aes128Gcm::new(&key.into())
        .decrypt(Nonce::from_slice(&nonce), &body[86..])
        .unwrap();
    assert_eq!(plain.pop(), Some(2));
    plain
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_the_rfc_comes_out_to_the_byte() {
        let theirs = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let secret = SecretKey::from_slice(&bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
        let salt: [u8; 16] = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let plain = b"When I grow up, I want to be a watermelon";
        let sealed = encrypt(&theirs, &auth, &secret, &salt, plain).unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(&sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
        let browser = SecretKey::from_slice(&bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")).unwrap();
        assert_eq!(decrypt(&browser, &auth, &sealed), plain);
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        let secret = SecretKey::from_slice(&[7; 32]).unwrap();
        let good = point(&secret.public_key());
        for (p256dh, auth) in [
            (&good[..64], &[0; 16][..]),
            (&[4; 65], &[0; 16]),
            (&good, &[0; 15]),
            (&[], &[]),
        ] {
            assert_eq!(encrypt(p256dh, auth, &secret, &[0; 16], b"x"), Err(CryptError::Keys));
        }
        assert_eq!(
            encrypt(&good, &[0; 16], &secret, &[0; 16], &[0; 5000]),
            Err(CryptError::Long)
        );
        assert!(encrypt(&good, &[0; 16], &secret, &[0; 16], &[0; 3993]).unwrap().len() <= 4096);
    }
}
