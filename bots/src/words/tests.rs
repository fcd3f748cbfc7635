use super::*;
use crate::session::{Answered, BotSession, Offered};

#[test]
fn labels_fit_a_button_in_every_language() {
    for &language in Language::ALL {
        for label in [
            helped_label(language),
            not_helped_label(language),
            person_label(language),
            read_more_label(language),
        ] {
            assert!((1..=20).contains(&label.chars().count()), "{label}");
        }
    }
}

#[test]
fn every_sentence_differs_by_language() {
    let said = |language| {
        let mut said: Vec<String> = vec![
            answer_intro(language).into(),
            did_it_help(language).into(),
            clarify(language).into(),
        ];
        for kind in [
            SmallTalk::Greeting,
            SmallTalk::Thanks,
            SmallTalk::GladItHelped,
            SmallTalk::About,
        ] {
            said.push(small_talk(language, kind).into());
        }
        for &why in Reason::ALL {
            said.push(reason(language, why).into());
            let notice = handed_over(language, why, "SB-1042", None);
            assert!(notice.contains("SB-1042"));
            said.push(notice);
        }
        said
    };
    let (en, es, pt) = (said(Language::En), said(Language::Es), said(Language::Pt));
    for ((en, es), pt) in en.iter().zip(&es).zip(&pt) {
        assert!(en != es && es != pt && en != pt, "{en} / {es} / {pt}");
    }
}

#[test]
fn a_brief_says_what_was_asked_what_was_tried_and_why() {
    let session = BotSession {
        questions: vec!["no imprime".to_owned(), "sigue\nsin imprimir".to_owned()],
        answered: vec![Answered {
            article: "a".to_owned(),
            title: "Printer offline".to_owned(),
            headings: Some(vec![String::new(), "Check the machine".to_owned()]),
            helped: Some(false),
        }],
        last_offered: vec![
            Offered {
                article: "a".to_owned(),
                title: "Printer offline".to_owned(),
            },
            Offered {
                article: "b".to_owned(),
                title: "Paper jam".to_owned(),
            },
        ],
        ..BotSession::default()
    };
    assert_eq!(
        brief(Language::En, &session, Reason::DidNotHelp),
        "Asked: sigue sin imprimir\nBefore that: no imprime\nShown: Printer offline › Check the machine (did not help)\n\
         Offered to choose: Printer offline / Paper jam\nHanded over: the answer did not help"
    );
    assert_eq!(
        brief(Language::Pt, &BotSession::default(), Reason::MediaOnly),
        "Nenhum artigo foi mostrado\nMotivo: só arquivos, nada escrito"
    );
    let long = BotSession {
        questions: vec!["x ".repeat(10_000)],
        ..BotSession::default()
    };
    assert!(brief(Language::Es, &long, Reason::Unsure).len() < 600);
}

#[test]
fn whoever_reads_a_note_of_the_bot_reads_it_in_their_language() {
    let session = BotSession {
        questions: vec!["no imprime".to_owned(), "Shown: (helped)".to_owned()],
        answered: vec![Answered {
            article: "a".to_owned(),
            title: "Printer (offline)".to_owned(),
            headings: None,
            helped: Some(false),
        }],
        last_offered: vec![Offered {
            article: "b".to_owned(),
            title: "Paper jam".to_owned(),
        }],
        ..BotSession::default()
    };
    for why in Reason::ALL {
        for written in Language::ALL {
            for read in Language::ALL {
                let plain = brief(*written, &session, *why);
                assert_eq!(note_for(*read, &plain), brief(*read, &session, *why));
                let failed = format!("{} (no route: sirvió)\n{plain}", failed_note(*written));
                assert!(note_for(*read, &failed).starts_with(&format!("{} (no route: sirvió)\n", failed_note(*read))));
                assert_eq!(reason_for(*read, reason(*written, *why)), reason(*read, *why));
            }
            let empty = brief(*written, &BotSession::default(), *why);
            assert_eq!(
                note_for(Language::Pt, &empty),
                brief(Language::Pt, &BotSession::default(), *why)
            );
            for said in [silent_note, stranger_note, answered_often_note] {
                assert_eq!(note_for(Language::En, said(*written)), said(Language::En));
            }
            for said in [bot_is_off, came_back, stranger_wrote, answered_often] {
                assert_eq!(reason_for(Language::Es, said(*written)), said(Language::Es));
            }
        }
    }
    assert_eq!(note_for(Language::Es, "Ask Diego: he knows"), "Ask Diego: he knows");
}

#[test]
fn a_voice_message_is_called_one() {
    let session = BotSession {
        questions: vec!["\u{1f4f7}".to_owned(), "\u{1f3a4}".to_owned()],
        ..BotSession::default()
    };
    let said = brief(Language::Es, &session, Reason::MediaOnly);
    assert!(said.contains("Mensaje de voz") && said.contains("Imagen"), "{said}");
    assert_eq!(without_words(Language::Pt, "\u{1f3a4}"), Some("Mensagem de voz"));
    assert_eq!(without_words(Language::Pt, "Oi \u{1f3a4}"), None);
}
