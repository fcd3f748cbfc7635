//! Whatever a provider of OpenID Connect answers, nobody is vouched for without its signature, and a word says why.
#![no_main]

use std::cell::RefCell;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use futures::executor::block_on;
use libfuzzer_sys::fuzz_target;
use openidconnect::{HttpRequest, HttpResponse};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;

#[path = "../../gateway/src/auth/sso/provider.rs"]
mod provider;

use provider::{Marks, Us};

const ISSUER: &str = "https://id.example";

/// What is answered, request after request; then nothing.
fn answers(all: Vec<Vec<u8>>) -> impl Fn(HttpRequest) -> std::future::Ready<io::Result<HttpResponse>> {
    let left = RefCell::new(all.into_iter());
    move |_| {
        let answer = left.borrow_mut().next().map(|body| {
            let mut response = http::Response::new(body);
            let json = http::HeaderValue::from_static("application/json");
            response.headers_mut().insert(http::header::CONTENT_TYPE, json);
            response
        });
        std::future::ready(answer.ok_or_else(|| io::Error::other("away")))
    }
}

fn metadata() -> Vec<u8> {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/auth"),
        "token_endpoint": format!("{ISSUER}/token"),
        "userinfo_endpoint": format!("{ISSUER}/me"),
        "jwks_uri": format!("{ISSUER}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    })
    .to_string()
    .into_bytes()
}

fn keys(key: &SigningKey) -> Vec<u8> {
    let point = key.verifying_key().to_encoded_point(false);
    let part = |range: std::ops::Range<usize>| BASE64.encode(&point.as_bytes()[range]);
    json!({ "keys": [{ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "one", "x": part(1..33), "y": part(33..65) }] })
        .to_string()
        .into_bytes()
}

fn token(head: &str, claims: &str, key: &SigningKey) -> String {
    let signed = format!("{}.{}", BASE64.encode(head), BASE64.encode(claims));
    let signature: Signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
}

fn tokens(id_token: &str) -> Vec<u8> {
    json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token })
        .to_string()
        .into_bytes()
}

const HEAD: &str = r#"{"alg":"ES256","kid":"one"}"#;

fuzz_target!(|input: (u8, &str, &[u8])| {
    let (mode, text, bytes) = input;
    let us = Us {
        issuer: ISSUER,
        client_id: "desk",
        client_secret: "secret",
        redirect: "https://desk.example/sign-in/sso/callback".to_owned(),
    };
    let marks = Marks {
        state: "state".to_owned(),
        nonce: "nonce".to_owned(),
        verifier: "v".repeat(43),
    };
    let key = SigningKey::from_slice(&[7; 32]).expect("a key");
    let stranger = SigningKey::from_slice(&[8; 32]).expect("a key");
    // Where nothing of it is true, nobody may come out.
    let (all, may_be_true) = match mode % 7 {
        0 => (vec![bytes.to_vec(), text.into()], false),
        1 => (vec![metadata(), bytes.to_vec(), text.into()], true),
        2 => (vec![metadata(), keys(&key), bytes.to_vec(), text.into()], false),
        3 => (vec![metadata(), keys(&key), tokens(text)], false),
        4 => (
            vec![metadata(), keys(&key), tokens(&token(HEAD, text, &stranger))],
            false,
        ),
        // Signed by the provider itself: whatever it says is its word.
        5 => (
            vec![metadata(), keys(&key), tokens(&token(HEAD, text, &key)), bytes.to_vec()],
            true,
        ),
        _ => (
            vec![
                metadata(),
                keys(&key),
                tokens(&token(
                    text,
                    r#"{"iss":"https://id.example","aud":"desk","sub":"1","nonce":"nonce","iat":1,"exp":9999999999}"#,
                    &stranger,
                )),
            ],
            false,
        ),
    };
    let send = answers(all.clone());
    match block_on(provider::whom(&us, "realm.roles", &marks, "code".to_owned(), &send)) {
        Ok(person) => {
            assert!(may_be_true, "{person:?}");
            provider::value_at(&person.claims, text);
        }
        Err(why) => assert!(!why.is_empty()),
    }
    match block_on(provider::way(
        &us,
        &[text.to_owned()],
        &marks,
        mode & 0x80 != 0,
        &answers(all),
    )) {
        Ok(url) => assert!(url.contains("state=state") && url.contains("nonce=nonce")),
        Err(why) => assert!(!why.is_empty()),
    }
});
