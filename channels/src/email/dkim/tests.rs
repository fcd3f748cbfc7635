use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::*;

const MAIL: &[u8] = b"From: Support <support@a.example>\r\nTo: ana@b.example\r\nSubject: Re: Toner\r\n for the second floor\r\nDate: Tue, 04 Mar 2025 09:15:00 +0000\r\nMessage-ID: <1@a.example>\r\nX-Other: not signed\r\n\r\nGood morning,\r\n\r\nit is on its way.\r\n\r\n";
/// These keys sign nothing but these tests.
const RSA: &str = include_str!("rsa.pem");
const RSA_PKCS1: &str = include_str!("rsa-pkcs1.pem");
const RSA_SMALL: &str = include_str!("rsa-1024.pem");
pub(in crate::email) const ED25519_KEY: &str = include_str!("ed25519.pem");
/// Signed with the RSA key by another implementation.
const ELSEWHERE: &[u8] = include_bytes!("signed-elsewhere.eml");

pub(in crate::email) fn settings(key: &str) -> DkimSettings {
    DkimSettings {
        domain: "A.example".into(),
        selector: "s1".into(),
        private_key: key.into(),
    }
}

fn tag(signature: &str, name: &str) -> String {
    let value = signature
        .split(';')
        .filter_map(|tag| tag.split_once('='))
        .find(|(tag, _)| tag.trim() == name)
        .map(|(_, value)| value)
        .unwrap_or_default();
    value.split_ascii_whitespace().collect()
}

/// As a receiver does it (RFC 6376, 6.1), with the key of the record.
pub(in crate::email) fn verify(raw: &[u8], record: &str) -> bool {
    let (header, body) = split(raw);
    let fields = fields(header);
    let own = fields
        .iter()
        .find(|field| field.is("dkim-signature"))
        .expect("a signature");
    let signature = std::str::from_utf8(own.value).expect("text");
    if tag(signature, "bh") != STANDARD.encode(Sha256::digest(relaxed_body(body))) {
        return false;
    }
    let list = tag(signature, "h");
    let names: Vec<&str> = list.split(':').collect();
    // Its own field, with everything of `b=` left out.
    let b = signature.rfind("b=").expect("b=") + 2;
    let unsigned = format!("DKIM-Signature:{}", &signature[..b]);
    let input = signed_input(&fields, &names, &unsigned);
    let bytes = STANDARD.decode(tag(signature, "b")).expect("base64");
    let key = STANDARD.decode(tag(record, "p")).expect("base64");
    match tag(signature, "a").as_str() {
        "rsa-sha256" => {
            // SubjectPublicKeyInfo of 2048 bits: the key itself begins after 24 bytes.
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key[24..])
                .verify(&input, &bytes)
                .is_ok()
        }
        _ => UnparsedPublicKey::new(&ED25519, &key)
            .verify(&Sha256::digest(&input), &bytes)
            .is_ok(),
    }
}

#[test]
fn what_another_implementation_signed_is_understood() {
    let record = Signer::new(&settings(RSA)).expect("a key").record();
    assert!(verify(ELSEWHERE, &record));
    let changed: Vec<u8> = String::from_utf8_lossy(ELSEWHERE)
        .replace("printer", "cellar")
        .into_bytes();
    assert!(!verify(&changed, &record));
}

#[test]
fn a_signature_holds_until_something_changes() {
    for key in [RSA, RSA_PKCS1, ED25519_KEY] {
        let signer = Signer::new(&settings(key)).expect("a key");
        let signed = signer.sign(MAIL, 1_741_079_700_000).expect("signed");
        assert!(signed.ends_with(MAIL), "the mail itself is untouched");
        assert!(signed.split(|b| *b == b'\n').all(|line| line.len() < 100));
        let text = String::from_utf8(signed).expect("text");
        assert!(text.contains("d=a.example;") && text.contains("s=s1;") && text.contains("t=1741079700;"));
        let record = signer.record();
        assert!(verify(text.as_bytes(), &record), "{text}");
        // What relays do on the way breaks nothing.
        for harmless in [
            text.replace("Subject: Re: Toner\r\n for", "SUBJECT:  Re:\t Toner for"),
            text.replace("Good morning,\r\n", "Good morning,  \t\r\n"),
            text.replace("X-Other: not signed\r\n", ""),
            format!("{text}\r\n\r\n"),
            format!("Received: from x\r\n{text}"),
        ] {
            assert!(verify(harmless.as_bytes(), &record), "{harmless}");
        }
        for forged in [
            text.replace("on its way", "not on its way"),
            text.replace("Re: Toner", "Re: Money"),
            text.replace("To: ana@", "To: eva@"),
            text.replace("\r\nX-Other", "\r\nFrom: boss@a.example\r\nX-Other"),
            text.replace("\r\nX-Other", "\r\nSubject: another\r\nX-Other"),
            text.replace("\r\nX-Other", "\r\nReply-To: thief@c.example\r\nX-Other"),
            text.replace("t=1741079700", "t=1741079701"),
        ] {
            assert_ne!(forged, text);
            assert!(!verify(forged.as_bytes(), &record), "{forged}");
        }
    }
}

#[test]
fn odd_mails_are_signed_as_they_are() {
    let signer = Signer::new(&settings(ED25519_KEY)).expect("a key");
    for odd in [
        &b""[..],
        b"\r\n",
        b"\r\n\r\n",
        b"From: a@b.example",
        b"From: a@b.example\r\n",
        b"From: a@b.example\r\n\r\n",
        b"From: a@b.example\r\n\r\nno line end",
        b"From: a@b.example\r\n\r\n \t \r\n",
        b"From: a@b.example\r\nno colon\r\n\r\n\x00\xff\xfe\r\n",
        b"From: a@b.example\n\nbare line ends\n",
    ] {
        let signed = signer.sign(odd, 0).expect("signed");
        assert!(verify(&signed, &signer.record()), "{:?}", String::from_utf8_lossy(odd));
    }
}

#[test]
fn the_record_says_the_key() {
    let signer = Signer::new(&settings(RSA)).expect("a key");
    assert_eq!(signer.record_name(), "s1._domainkey.a.example");
    assert!(
        signer
            .record()
            .starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")
    );
    assert_eq!(
        signer.record(),
        Signer::new(&settings(RSA_PKCS1)).expect("a key").record()
    );
    let signer = Signer::new(&settings(ED25519_KEY)).expect("a key");
    let key = tag(&signer.record(), "p");
    assert!(signer.record().starts_with("v=DKIM1; k=ed25519; p="));
    assert_eq!(STANDARD.decode(key).map(|key| key.len()), Ok(32));
}

#[test]
fn a_key_that_cannot_sign_says_why() {
    let with = |domain: &str, selector: &str, key: &str| DkimSettings {
        domain: domain.into(),
        selector: selector.into(),
        private_key: key.into(),
    };
    for (settings, words) in [
        (with("a.example", "s1", ""), "no block"),
        (with("a.example", "s1", "secret"), "no block"),
        (
            with(
                "a.example",
                "s1",
                "-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n",
            ),
            "PEM",
        ),
        (
            with(
                "a.example",
                "s1",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            ),
            "2048 bits",
        ),
        (with("a.example", "s1", RSA_SMALL), "2048 bits"),
        (with("", "s1", RSA), "domain"),
        (with("a..example", "s1", RSA), "domain"),
        (with("a.example\r\nX: y", "s1", RSA), "domain"),
        (with("a.example", "", RSA), "selector"),
        (with("a.example", "s 1; b=", RSA), "selector"),
    ] {
        let error = Signer::new(&settings).err().expect("refused").to_string();
        assert!(error.contains(words), "{settings:?}: {error}");
        assert!(!format!("{settings:?}").contains("PRIVATE"));
    }
}
