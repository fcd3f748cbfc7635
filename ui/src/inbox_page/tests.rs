use conversation::types::{Channel, ConversationStatus, IdentityKind, Language, Level};
use jiff::tz::TimeZone;

use super::*;
use crate::components::MessageView;
use crate::portal_pages::{Business, TicketFormView, ticket_form};
use crate::sign_in_pages::{SignInView, sign_in};

fn ctx(lang: Language) -> Ctx<'static> {
    static UTC: TimeZone = TimeZone::UTC;
    Ctx {
        lang,
        now: 1_795_269_600_000,
        tz: &UTC,
        csrf: "token",
    }
}

fn open() -> ThreadView {
    let message = |id: &str, at| MessageView {
        id: id.into(),
        at,
        text: format!("text {id}"),
        ..MessageView::default()
    };
    ThreadView {
        spam: SpamView::default(),
        bounced: None,
        id: "c1".into(),
        title: "Jam </script><script>alert(1)</script>".into(),
        contact_name: "Ana".into(),
        status: ConversationStatus::Open,
        snoozed_until: None,
        level: Level::N1,
        assignee: None,
        assignee_id: None,
        team: None,
        labels: vec![],
        due_at: None,
        is_mine: false,
        can_write: true,
        messages: vec![
            message("a", 1_795_100_000_000),
            message("b", 1_795_100_060_000),
            message("c", 1_795_269_000_000),
        ],
        older_url: None,
        older: None,
        newer_url: None,
        unread_url: None,
        first_unread: Some("c".into()),
        position: 9,
        list_url: "/inbox?tab=all".into(),
        number: 12,
        refresh_url: "/inbox/c/1/thread".into(),
        composer: ComposerView {
            conversation: "c1".into(),
            seen_position: 9,
            ways: vec![WayView {
                value: "in1|ana@a.example".into(),
                channel: Channel::Email,
                inbox: "Support".into(),
                recipient: "ana@a.example".into(),
                is_chosen: true,
                blocked: None,
            }],
            recipient: "ana@a.example".into(),
            text: "half a <reply>".into(),
            problem: Some(ComposerProblem::Stale("Rui answered.".into(), Some("m2".into()))),
            ..ComposerView::default()
        },
        side: SideView {
            conversation: "c1".into(),
            mail_to: Some(vec!["ana@cliente.example".into()]),
            status: ConversationStatus::Open,
            level: Level::N1,
            checks: vec![],
            is_mine: false,
            can_write: true,
            agents: vec![AgentChoice {
                id: "a1".into(),
                name: "Rui".into(),
                is_current: true,
            }],
            teams: vec![],
            labels: vec![],
            contact: ContactView {
                pages: vec![("x".into(), "javascript:alert(1)".into(), 0)],
                ..ContactView::default()
            },
            other_tickets: vec![],
            fields: vec![],
            panels: vec![],
            tickets: vec![],
            invoices: Vec::new(),
            brief: None,
            earlier: vec![],
            earlier_hidden: 0,
            merge_into: vec![],
            priority: conversation::types::Priority::Normal,
            merges: vec![],
            spam: SpamView::default(),
            decisions: vec![],
            ticket_subject: String::new(),
            ticket_choices: TicketChoices::default(),
        },
    }
}

fn view() -> InboxView {
    InboxView {
        agent_name: "Ma<rta".into(),
        is_administrator: true,
        sections: vec![Section::Inbox],
        list: ListView {
            tab: Tab::Mine,
            tabs: Tab::ALL
                .into_iter()
                .map(|tab| (tab, 1, format!("/inbox?tab={}", tab.as_str())))
                .collect(),
            selected: Some("c1".into()),
            ..ListView::default()
        },
        bulk: Some(BulkView::default()),
        thread: Some(open()),
        position: 9,
    }
}

#[test]
fn the_page_obeys_a_strict_policy() {
    for lang in Language::ALL {
        let pages = [
            inbox(&ctx(*lang), &view()).into_string(),
            sign_in(&ctx(*lang), &SignInView::default()).into_string(),
            ticket_form(
                &ctx(*lang),
                &TicketFormView {
                    business: Business {
                        name: "B".into(),
                        url: None,
                    },
                    ..TicketFormView::default()
                },
            )
            .into_string(),
            crate::sample_page::sample(&ctx(*lang), "website", None).into_string(),
            crate::widget_page::frame(*lang, "website", &["name", "email", "phone"], true).into_string(),
        ];
        for html in pages {
            assert!(html.contains(&format!("<html lang=\"{lang}\"")));
            for forbidden in [
                " style=",
                " onclick=",
                " onload=",
                "<style",
                "javascript:",
                "src=\"http",
                "href=\"http",
            ] {
                assert!(!html.contains(forbidden), "{forbidden} in {html}");
            }
            // A script element has a source, or is data.
            for tag in html.split("<script").skip(1) {
                let tag = tag.split('>').next().unwrap_or_default();
                assert!(
                    tag.contains(" src=\"/") || tag.contains("type=\"application/json\""),
                    "{tag}"
                );
            }
        }
    }
}

#[test]
fn the_page_tells_every_key_and_its_words() {
    let html = inbox(&ctx(Language::Pt), &view()).into_string();
    for one in keys::COMMANDS {
        let words = ctx(Language::Pt).t(one.words);
        let is_there = html.contains(&format!("\"action\":\"{}\"", one.action)) && html.contains(words.as_ref());
        assert!(is_there, "{}", one.action);
    }
}

#[test]
fn a_fragment_alone_is_the_same_as_in_the_page() {
    let (ctx, view) = (ctx(Language::En), view());
    let page = inbox(&ctx, &view).into_string();
    let open = open();
    for part in [
        list(&ctx, &view.list),
        thread(&ctx, &open),
        timeline(&ctx, &open),
        composer(&ctx, &open.composer),
        side(&ctx, &open.side),
    ] {
        assert!(page.contains(&part.into_string()));
    }
}

#[test]
fn days_and_unread_messages_are_marked_once() {
    let html = timeline(&ctx(Language::En), &open()).into_string();
    assert_eq!(html.matches("class=\"day\"").count(), 2);
    assert_eq!(html.matches("unread-mark").count(), 2, "class and id of one mark");
    assert!(html.contains("data-position=\"9\""));
}

#[test]
fn a_reply_held_back_keeps_its_text_and_says_why() {
    let html = composer(&ctx(Language::En), &open().composer).into_string();
    assert!(html.contains("half a &lt;reply&gt;") && html.contains("Rui answered.") && html.contains("Not sent yet."));
    assert!(html.contains(r#"name="seen_position" value="9""#) && html.contains(r#"name="id" value="""#));
}

#[test]
fn a_blocked_composer_takes_notes_only() {
    let view = ComposerView {
        blocked: Some("No address is known.".into()),
        problem: None,
        chat: None,
        ..open().composer
    };
    let html = composer(&ctx(Language::En), &view).into_string();
    assert!(
        html.contains("No address is known.")
            && html.contains(r#"value="note" checked"#)
            && html.contains(r#"value="reply" disabled"#),
        "{html}"
    );
}

#[test]
fn who_may_only_look_has_no_actions() {
    let view = ThreadView {
        can_write: false,
        side: SideView {
            can_write: false,
            ..open().side
        },
        ..open()
    };
    let html = thread(&ctx(Language::En), &view).into_string();
    assert!(!html.contains("method=\"post\"") && !html.contains("<textarea"));
}

#[test]
fn many_addresses_leave_room_for_what_can_be_done() {
    let of = |count: usize| {
        let one = |number: usize| IdentityView {
            kind: IdentityKind::Email,
            value: Some(format!("ana{number}@customer.test")),
            is_verified: true,
            verified_at: None,
            write: None,
            no_marketing_since: None,
        };
        let mut view = open();
        view.side.contact.identities = (0..count).map(one).collect();
        thread(&ctx(Language::En), &view).into_string()
    };
    assert!(!of(7).contains("more addresses"), "one more is no reason to hide it");
    let html = of(40);
    assert!(html.contains("34 more addresses"));
    assert!(
        html.contains("title=\"ana39@customer.test\""),
        "what is cut can be read"
    );
}

#[test]
fn a_tab_is_read_from_anything() {
    for (text, expected) in [
        ("mine", Tab::Mine),
        ("all", Tab::All),
        ("", Tab::Unassigned),
        ("<x>", Tab::Unassigned),
    ] {
        assert_eq!(Tab::from_query(text), expected);
    }
}

#[test]
fn no_text_is_left_without_what_it_names() {
    for lang in Language::ALL {
        let html = inbox(&ctx(*lang), &view()).into_string();
        assert!(!html.contains("{$") && !html.contains("{ $"), "{lang}");
        assert!(html.contains("{name}"), "{lang}: the browser fills names in");
    }
}
