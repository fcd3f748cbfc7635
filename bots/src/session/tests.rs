use super::*;

#[test]
fn a_stored_session_reads_back_and_damage_is_a_fresh_start() {
    let session = BotSession {
        last_question: Some("¿tóner?".to_owned()),
        answered: vec![Answered {
            article: "a".to_owned(),
            title: "T".to_owned(),
            headings: None,
            helped: Some(false),
        }],
        escalated: Some(Reason::Unsure),
        ..BotSession::default()
    };
    assert_eq!(BotSession::from_json(&session.to_json()), session);
    for damaged in ["", "{", "[]", "null", r#"{"times_asked":"x"}"#] {
        assert_eq!(BotSession::from_json(damaged), BotSession::default(), "{damaged}");
    }
    assert_eq!(
        BotSession::from_json(r#"{"times_asked":1,"later":true}"#).times_asked,
        1
    );
}

#[test]
fn a_repeat_is_nearly_the_same_words() {
    let session = BotSession {
        last_question: Some("How do I change the toner?".to_owned()),
        ..BotSession::default()
    };
    assert!(session.is_repeat("how do I change the toner"));
    assert!(session.is_repeat("HOW do I change the toner please"));
    assert!(!session.is_repeat("how do I pay the invoice"));
    assert!(!session.is_repeat(""));
}
