use conversation::outbound::SendError;
use conversation::types::Language;
use serde_json::json;

use super::{NOW, settings};
use crate::whatsapp::errors::{self, Scope};
use crate::whatsapp::explain;
use crate::whatsapp::rate::{Limiter, PAIR_BURST, PAIR_INTERVAL};

#[test]
fn one_person_gets_a_burst_and_then_one_in_six_seconds() {
    let mut limiter = Limiter::new(1000, NOW);
    for _ in 0..PAIR_BURST {
        assert_eq!(limiter.take("a", NOW), Ok(()));
    }
    let wait = limiter.take("a", NOW).unwrap_err();
    assert_eq!((wait.millis, wait.is_pair), (PAIR_INTERVAL, true));
    assert_eq!(limiter.take("b", NOW), Ok(()), "others are not concerned");
    assert_eq!(limiter.take("a", NOW + PAIR_INTERVAL - 1).unwrap_err().millis, 1);
    assert_eq!(limiter.take("a", NOW + PAIR_INTERVAL), Ok(()));
    assert!(limiter.take("a", NOW + PAIR_INTERVAL).is_err());
    // A clock that goes back and comes again gives nothing.
    assert!(limiter.take("a", NOW - 1_000_000).is_err());
    assert!(limiter.take("a", NOW - 1_000_000 + PAIR_INTERVAL).is_err());
}

#[test]
fn a_number_sends_so_many_a_second() {
    let mut limiter = Limiter::new(80, NOW);
    let mut taken = 0;
    for tick in 0..2000 {
        let to = format!("{}", tick % 500);
        taken += usize::from(limiter.take(&to, NOW + tick).is_ok());
    }
    // The burst of one second, and what two seconds give back.
    assert!((235..=240).contains(&taken), "{taken}");
    let mut limiter = Limiter::new(80, NOW);
    limiter.block_number(NOW, 5_000);
    let wait = limiter.take("a", NOW + 1).unwrap_err();
    assert_eq!((wait.millis, wait.is_pair), (4_999, false));
    assert_eq!(limiter.take("a", NOW + 5_000), Ok(()));
    limiter.block_pair("a", NOW + 5_000);
    assert!(limiter.take("a", NOW + 5_000).unwrap_err().is_pair);
}

#[test]
fn many_people_are_forgotten_again() {
    let mut limiter = Limiter::new(u32::MAX, NOW);
    for n in 0..200_000_i64 {
        let _ = limiter.take(&n.to_string(), NOW + n * 10);
    }
    // In the end only those of the last minutes can matter.
    assert!(limiter.people() < 20_000, "{}", limiter.people());
}

#[test]
fn codes_decide_what_happens_next() {
    let answer =
        |code: i64| json!({ "error": { "message": "m", "code": code, "error_data": { "details": "d" } } }).to_string();
    for code in [4, 613, 80007, 130429, 131048, 131056, 131000, 131016, 131057, 1, 2] {
        for status in [400, 429, 500] {
            let error = errors::from_response(status, None, answer(code).as_bytes());
            assert!(matches!(error, SendError::Temporary { .. }), "{code} {status} {error}");
        }
    }
    for code in [0, 3, 10, 190, 200, 368, 131031, 131042, 131045] {
        let error = errors::from_response(400, None, answer(code).as_bytes());
        assert!(
            matches!(error, SendError::Permanent { .. }) && errors::is_about_inbox(&error),
            "{code}"
        );
    }
    for code in [
        100, 131026, 131047, 131009, 131051, 132000, 132001, 132015, 130472, 999_999,
    ] {
        let error = errors::from_response(400, None, answer(code).as_bytes());
        let expected = SendError::Permanent {
            code: format!("whatsapp.{code}"),
            reason: "m: d".into(),
        };
        assert_eq!(error, expected);
        assert!(!errors::is_about_inbox(&error));
    }
    let wait = |error| match error {
        SendError::Temporary { retry_after, .. } => retry_after,
        other => panic!("{other}"),
    };
    assert_eq!(
        wait(errors::from_response(400, None, answer(131056).as_bytes())),
        Some(6_000)
    );
    assert_eq!(
        wait(errors::from_response(400, Some(7), answer(131056).as_bytes())),
        Some(7_000)
    );
    assert_eq!(wait(errors::from_response(500, None, answer(999_999).as_bytes())), None);
    let transient = json!({ "error": { "code": 100, "is_transient": true } }).to_string();
    assert!(matches!(
        errors::from_response(400, None, transient.as_bytes()),
        SendError::Temporary { .. }
    ));
}

#[test]
fn answers_that_are_not_metas_are_not_believed() {
    for body in [
        &b"<html>"[..],
        b"",
        b"{}",
        b"{\"error\":\"x\"}",
        b"{\"error\":{\"code\":\"4\"}}",
    ] {
        assert!(matches!(
            errors::from_response(502, None, body),
            SendError::Unknown { .. }
        ));
        assert!(matches!(
            errors::from_response(404, None, body),
            SendError::Permanent { .. }
        ));
        assert!(matches!(
            errors::from_response(429, None, body),
            SendError::Temporary { .. }
        ));
    }
}

#[test]
fn explanations_exist_in_three_languages_and_differ() {
    let mut count = 0;
    for code in explain::codes() {
        let [en, es, pt] = [Language::En, Language::Es, Language::Pt].map(|l| explain::explain(code, l).unwrap());
        assert!(en != es && es != pt && en != pt, "{code}");
        for words in [en, es, pt] {
            assert!(
                words.what.ends_with('.') && words.todo.ends_with('.'),
                "{code}: {words:?}"
            );
        }
        count += 1;
    }
    assert!(count >= 50, "{count}");
    let codes: std::collections::HashSet<_> = explain::codes().collect();
    assert_eq!(codes.len(), count, "a code is explained twice");
    assert!(explain::explain("whatsapp.131047", Language::Pt).is_some());
    assert!(explain::explain("whatsapp.250", Language::En).is_some());
    assert_eq!(explain::explain("whatsapp.424242", Language::En), None);
    // Whatever stops a whole inbox must be explained.
    for code in 0..140_000 {
        if errors::scope(code).is_some_and(|(scope, _)| scope == Scope::Inbox) {
            assert!(
                explain::explain(&format!("whatsapp.{code}"), Language::Es).is_some(),
                "{code}"
            );
        }
    }
}

#[test]
fn settings_say_what_is_wrong_and_keep_secrets() {
    assert!(settings().graph().is_ok());
    type Change = fn(&mut crate::whatsapp::WhatsappSettings);
    let cases: [(&str, Change); 7] = [
        ("phone_number_id", |s| s.phone_number_id = "../me".into()),
        ("access_token", |s| s.access_token = "a\nb".into()),
        ("app_secret", |s| s.app_secret = " ".into()),
        ("verify_token", |s| s.verify_token.clear()),
        ("api_version", |s| s.api_version = "23".into()),
        ("graph_url", |s| s.graph_url = "file:///etc".into()),
        ("public_url", |s| s.public_url = Some("desk".into())),
    ];
    for (field, change) in cases {
        let mut wrong = settings();
        change(&mut wrong);
        assert_eq!(wrong.graph().unwrap_err().field, field);
    }
    let shown = format!("{:?}", settings());
    assert!(!shown.contains("token\"") && !shown.contains("secret"), "{shown}");
    let minimal = json!({ "phone_number_id": "1", "access_token": "a", "app_secret": "b", "verify_token": "c" });
    let read: crate::whatsapp::WhatsappSettings = serde_json::from_value(minimal).unwrap();
    assert_eq!(
        (read.graph_url.as_str(), read.api_version.as_str()),
        ("https://graph.facebook.com", "v23.0")
    );
}
