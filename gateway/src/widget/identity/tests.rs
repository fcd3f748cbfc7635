use serde_json::json;

use super::*;

const NOW: Millis = 1_700_000_000_000;
const SECRET: &str = "a secret of the site";

fn good() -> Value {
    json!({ "sub": "u-1", "exp": NOW / 1000 + 600, "iat": NOW / 1000, "email": "Ana@Example.com", "phone": "+55 11 99999-0000", "name": "Ana" })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    claims[name] = value;
    claims
}

#[test]
fn a_good_identity() {
    assert_eq!(
        verify(&sign(&good(), SECRET), Some(SECRET), NOW),
        Ok(Claims {
            sub: "u-1".into(),
            email: Some("ana@example.com".into()),
            phone: Some("+5511999990000".into()),
            name: Some("Ana".into()),
        })
    );
}

#[test]
fn claims_that_are_refused() {
    let s = NOW / 1000;
    for (name, claims, why) in [
        ("no exp", with("exp", Value::Null), Rejected::Lifetime),
        ("exp as text", with("exp", json!("1700000600")), Rejected::Lifetime),
        ("two days", with("exp", json!(s + 172_800)), Rejected::Lifetime),
        ("for ever", with("exp", json!(1e300)), Rejected::Lifetime),
        ("expired", with("exp", json!(s - 61)), Rejected::Expired),
        ("long expired", with("exp", json!(1)), Rejected::Expired),
        ("from the future", with("iat", json!(s + 600)), Rejected::Expired),
        ("not yet", with("nbf", json!(s + 600)), Rejected::Expired),
        ("no sub", with("sub", Value::Null), Rejected::Subject),
        ("empty sub", with("sub", json!("  ")), Rejected::Subject),
        ("sub with a line", with("sub", json!("a\nb")), Rejected::Subject),
        ("endless sub", with("sub", json!("x".repeat(201))), Rejected::Subject),
        ("no e-mail", with("email", json!("ana")), Rejected::Claim),
        (
            "e-mail as a list",
            with("email", json!(["a@example.com"])),
            Rejected::Claim,
        ),
        ("local phone", with("phone", json!("11999990000")), Rejected::Claim),
    ] {
        assert_eq!(verify(&sign(&claims, SECRET), Some(SECRET), NOW), Err(why), "{name}");
    }
}

#[test]
fn claims_that_are_taken() {
    let s = NOW / 1000;
    for (name, claims) in [
        ("just expired, clocks apart", with("exp", json!(s - 30))),
        ("a fraction of a second", with("exp", json!(s as f64 + 60.5))),
        ("a whole day", with("exp", json!(s + 86_400))),
        ("a number as sub", with("sub", json!(42))),
        ("no name", with("name", Value::Null)),
    ] {
        assert!(verify(&sign(&claims, SECRET), Some(SECRET), NOW).is_ok(), "{name}");
    }
    let unproved = verify(&sign(&with("email_verified", json!(false)), SECRET), Some(SECRET), NOW).unwrap();
    assert_eq!(unproved.email, None, "what the site has not proved proves nothing");
}

#[test]
fn forged_tokens() {
    let token = sign(&good(), SECRET);
    let mut parts: Vec<&str> = token.split('.').collect();
    let other = sign(&with("sub", json!("u-2")), SECRET);
    let payload = other.split('.').nth(1).unwrap();
    let none = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), parts[1]);
    let none_signed = sign_with(r#"{"alg":"none"}"#, &good(), SECRET);
    let swapped = format!("{}.{payload}.{}", parts[0], parts[2]);
    let cut = &token[..token.len() - 3];
    parts[2] = "";
    let bare = parts.join(".");
    for (name, token, secret, why) in [
        ("alg none", none.as_str(), Some(SECRET), Rejected::Algorithm),
        ("alg none, signed", &none_signed, Some(SECRET), Rejected::Algorithm),
        (
            "alg lower case",
            &sign_with(r#"{"alg":"hs256"}"#, &good(), SECRET),
            Some(SECRET),
            Rejected::Algorithm,
        ),
        (
            "RS256",
            &sign_with(r#"{"alg":"RS256"}"#, &good(), SECRET),
            Some(SECRET),
            Rejected::Algorithm,
        ),
        (
            "crit",
            &sign_with(r#"{"alg":"HS256","crit":["x"]}"#, &good(), SECRET),
            Some(SECRET),
            Rejected::Algorithm,
        ),
        (
            "other secret",
            &sign(&good(), "another"),
            Some(SECRET),
            Rejected::Signature,
        ),
        ("empty secret", &sign(&good(), ""), Some(""), Rejected::NotConfigured),
        ("no secret", &sign(&good(), ""), None, Rejected::NotConfigured),
        ("another payload", &swapped, Some(SECRET), Rejected::Signature),
        ("no signature", &bare, Some(SECRET), Rejected::Signature),
        ("cut", cut, Some(SECRET), Rejected::Signature),
        ("two parts", "a.b", Some(SECRET), Rejected::Malformed),
        ("four parts", &format!("{token}.x"), Some(SECRET), Rejected::Malformed),
        ("nothing", "", Some(SECRET), Rejected::Malformed),
        ("padding", &format!("{token}="), Some(SECRET), Rejected::Malformed),
        (
            "a list",
            &sign_with("[]", &good(), SECRET),
            Some(SECRET),
            Rejected::Malformed,
        ),
        ("endless", &"a.".repeat(5000), Some(SECRET), Rejected::Malformed),
    ] {
        assert_eq!(verify(token, secret, NOW), Err(why), "{name}");
    }
}
