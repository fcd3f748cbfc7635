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
