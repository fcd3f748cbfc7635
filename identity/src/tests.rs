use conversation::Env;
use conversation::env::FakeClock;

use crate::password::check_rules;
use crate::totp::{base32, hotp, step_of, step_of_code};

/// RFC 6238, appendix B, SHA-1.
#[test]
fn codes_are_those_of_the_rfc() {
    let secret = b"12345678901234567890";
    for (seconds, code) in [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ] {
        let step = u64::try_from(step_of(seconds * 1000)).unwrap();
        assert_eq!(hotp(secret, step, 8), code, "{seconds}");
    }
    // RFC 4226, appendix D.
    for (factor, code) in [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(hotp(secret, factor as u64, 6), code);
    }
}

#[test]
fn a_code_is_good_for_its_step_and_its_neighbours_and_once() {
    let secret = b"12345678901234567890";
    let now = 1_111_111_111_000;
    let here = step_of(now);
    for (step, is_good) in [
        (here - 2, false),
        (here - 1, true),
        (here, true),
        (here + 1, true),
        (here + 2, false),
    ] {
        let code = hotp(secret, u64::try_from(step).unwrap(), 6);
        assert_eq!(step_of_code(secret, &code, now, 0), is_good.then_some(step));
        assert_eq!(step_of_code(secret, &code, now, step), None, "used before");
    }
    let code = hotp(secret, u64::try_from(here).unwrap(), 6);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    assert_eq!(step_of_code(secret, &spaced, now, 0), Some(here));
    for wrong in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
        assert_eq!(step_of_code(secret, wrong, now, 0), None, "{wrong}");
    }
}

/// RFC 4648, section 10, without padding.
#[test]
fn base32_is_that_of_the_rfc() {
    for (plain, text) in [
        ("", ""),
        ("f", "MY"),
        ("fo", "MZXQ"),
        ("foo", "MZXW6"),
        ("foob", "MZXW6YQ"),
        ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ] {
        assert_eq!(base32(plain.as_bytes()), text);
    }
}

#[test]
fn passwords_that_are_tried_first_are_refused() {
    for bad in [
        "short",
        "Password123!",
        "P@ssw0rd2026",
        "contraseña99",
        "Senha123456",
        "qwertyuiop",
        "1q2w3e4r5t6y",
        "abcabcabcabc",
        "aaaaaaaaaaaa",
        "1234567890",
        "19850412-1",
        "welcome-2026!",
        "adminadmin1",
        "Bienvenido1!",
        "ILoveYou!!!1",
        "Barcelona.10",
        "ana@example.com",
        "Switchboard1",
        "correcthorsebatterystaple",
    ] {
        assert!(check_rules(bad, "ana@example.com").is_err(), "{bad}");
    }
    for good in [
        "three tired pelicans",
        "kettle-moss-ferry",
        "una pera en la ventana",
        "o rio corre devagar",
        "Vx9#mPq2!tLw",
        "passenger trains at noon",
    ] {
        assert!(check_rules(good, "ana@example.com").is_ok(), "{good}");
    }
}

#[tokio::test]
async fn an_unknown_address_takes_a_real_check() {
    let env = Env::fixed(FakeClock::new(0), 1);
    let hash = crate::password::hash(&env, "three tired pelicans".to_owned())
        .await
        .unwrap();
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    let check = |given: &str, hash: Option<&str>| crate::password::verify(given.to_owned(), hash.map(str::to_owned));
    assert!(check("three tired pelicans", Some(&hash)).await.unwrap());
    assert!(!check("three tired penguins", Some(&hash)).await.unwrap());
    assert!(!check("three tired pelicans", None).await.unwrap());
}
