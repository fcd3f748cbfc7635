use conversation::card::{Card, CardAction, CardKind};
use conversation::types::{
    ActorKind, Auto, Channel, ConversationStatus, DeliveryState, IdentityKind, Language, Level, MatchedBy, MessageKind,
    Priority, TicketStatus,
};
use jiff::tz::TimeZone;
use serde_json::json;

use super::form::{self, Field};
use super::*;
use crate::layout::Surface;
use crate::{Ctx, routes};

fn ctx(lang: Language) -> Ctx<'static> {
    static UTC: TimeZone = TimeZone::UTC;
    Ctx {
        lang,
        now: 1_795_269_600_000,
        tz: &UTC,
        csrf: "token",
    }
}

#[test]
fn text_is_escaped_and_its_addresses_are_links() {
    let link = |url: &str| format!(r#"<a href="{url}" target="_blank" rel="noopener noreferrer nofollow">{url}</a>"#);
    for (text, expected) in [
        ("plain", "plain".to_owned()),
        (
            "<script>alert(1)</script>",
            "&lt;script&gt;alert(1)&lt;/script&gt;".to_owned(),
        ),
        (
            "see https://a.example/x.",
            format!("see {}.", link("https://a.example/x")),
        ),
        (
            "(http://a.example/p_(q))",
            format!("({})", link("http://a.example/p_(q)")),
        ),
        (
            "a\nhttps://a.example\nb",
            format!("a\n{}\nb", link("https://a.example")),
        ),
        ("javascript:alert(1)", "javascript:alert(1)".to_owned()),
        ("https://", "https://".to_owned()),
        (
            "write ana@a.example, please",
            r#"write <a href="mailto:ana@a.example">ana@a.example</a>, please"#.to_owned(),
        ),
        ("a@b", "a@b".to_owned()),
        ("@@@@@@.@@@", "@@@@@@.@@@".to_owned()),
        (
            "ção “https://á.example/ç”",
            format!("ção “{}”", link("https://á.example/ç")),
        ),
        (
            r#"https://a.example/"onmouseover="x"#,
            format!("{}&quot;onmouseover=&quot;x", link("https://a.example/")),
        ),
    ] {
        assert_eq!(rich_text(text).into_string(), expected, "{text}");
    }
}

#[test]
fn a_hostile_text_takes_linear_time() {
    let text = "https://a.example/((((".repeat(50_000);
    let spread = "x@y.zz ".repeat(100_000);
    assert!(rich_text(&text).into_string().len() >= text.len());
    assert!(rich_text(&spread).into_string().len() > spread.len());
}

#[test]
fn every_value_has_words_in_every_language() {
    for lang in Language::ALL.iter().copied() {
        let mut words: Vec<String> = Vec::new();
        words.extend(Channel::ALL.iter().map(|value| channel_name(lang, *value).into_owned()));
        words.extend(Level::ALL.iter().map(|value| level_name(lang, *value).into_owned()));
        words.extend(
            ConversationStatus::ALL
                .iter()
                .map(|value| status_name(lang, *value).into_owned()),
        );
        words.extend(
            TicketStatus::ALL
                .iter()
                .map(|value| ticket_status_name(lang, *value).into_owned()),
        );
        words.extend(
            Priority::ALL
                .iter()
                .map(|value| priority_name(lang, *value).into_owned()),
        );
        words.extend(
            DeliveryState::ALL
                .iter()
                .map(|value| delivery_name(lang, *value).into_owned()),
        );
        words.extend(
            MatchedBy::ALL
                .iter()
                .map(|value| matched_by_words(lang, *value).into_owned()),
        );
        for word in words {
            // A key that has no text is shown as itself: lower case with hyphens.
            assert!(
                !word.is_empty() && word.chars().next().is_some_and(char::is_uppercase),
                "{lang}: {word}"
            );
        }
    }
    assert!(!IdentityKind::ALL.is_empty());
}

fn delivery(state: DeliveryState) -> DeliveryView {
    DeliveryView {
        id: "d".into(),
        state,
        at: 0,
        reason: Some("no <mailbox>".into()),
        retry_at: None,
        conversation: Some("c".into()),
    }
}

#[test]
fn a_delivery_says_its_state_in_words_and_a_failure_why() {
    for (state, words, has_retry) in [
        (DeliveryState::Queued, "Sending", false),
        (DeliveryState::Unknown, "Waiting for confirmation", false),
        (DeliveryState::Sent, "Sent", false),
        (DeliveryState::Delivered, "Delivered", false),
        (DeliveryState::Read, "Read", false),
        (DeliveryState::Failed, "Not delivered", true),
    ] {
        let html = delivery_state(&ctx(Language::En), &delivery(state)).into_string();
        assert!(html.contains(words), "{html}");
        assert_eq!(html.contains("/inbox/c/c/retry"), has_retry, "{html}");
        assert_eq!(
            html.contains("no &lt;mailbox&gt;"),
            matches!(
                state,
                DeliveryState::Failed | DeliveryState::Unknown | DeliveryState::Queued
            )
        );
    }
    let waiting = DeliveryView {
        retry_at: Some(1_795_269_600_000 + 300_000),
        ..delivery(DeliveryState::Queued)
    };
    assert!(
        delivery_state(&ctx(Language::Es), &waiting)
            .into_string()
            .contains("Próximo intento: 14:05")
    );
}

fn a_card() -> Card {
    Card {
        kind: CardKind::Article,
        reference: "a".into(),
        title: "Paper <jam>".into(),
        body: "Open the lid".into(),
        facts: vec![("Time".into(), "2 min".into())],
        actions: vec![
            CardAction::Open {
                label: "Read".into(),
                path: "/help/en/jam".into(),
            },
            CardAction::Open {
                label: "Away".into(),
                path: "//evil.example".into(),
            },
            CardAction::Open {
                label: "Run".into(),
                path: "javascript:alert(1)".into(),
            },
            CardAction::Answer {
                label: "Helped".into(),
                value: "helped:yes".into(),
            },
            CardAction::Answer {
                label: "Did not".into(),
                value: "helped:no".into(),
            },
        ],
    }
}

#[test]
fn a_card_is_the_same_everywhere_and_only_customers_can_press() {
    let draw = |surface, answered| {
        let place = CardContext {
            surface,
            message: "m1",
            answer_url: Some("/portal/tickets/1"),
            answered,
        };
        card(&ctx(Language::En), &a_card(), &place).into_string()
    };
    for surface in [Surface::Inbox, Surface::Widget, Surface::Portal] {
        let html = draw(surface, None);
        assert!(
            html.contains("Paper &lt;jam&gt;") && html.contains("2 min") && html.contains(r#"href="/help/en/jam""#),
            "{html}"
        );
        assert!(
            !html.contains("href=\"//") && !html.contains("href=\"javascript"),
            "{html}"
        );
    }
    assert!(!draw(Surface::Inbox, None).contains("<button"));
    assert!(draw(Surface::Widget, None).contains(r#"data-answer="m1|helped:yes""#));
    assert!(draw(Surface::Portal, None).contains(r#"name="answer" value="m1|helped:no""#));
    assert!(draw(Surface::Portal, None).contains(r#"name="csrf" value="token""#));
    let answered = draw(Surface::Portal, Some("helped:no"));
    assert!(!answered.contains("<button") && answered.contains("chosen"));
}

#[test]
fn customers_see_neither_notes_nor_reasons() {
    let base = MessageView {
        id: "1".into(),
        text: "body".into(),
        matched_by: Some(MatchedBy::ReplyToken),
        original_url: Some("/raw".into()),
        quarantined: Some("odd".into()),
        auto: Auto::AutoReply,
        ..MessageView::default()
    };
    let agents = message(&ctx(Language::En), &base, Surface::Inbox).into_string();
    assert!(
        agents.contains("Why here?")
            && agents.contains("/raw")
            && agents.contains("odd")
            && agents.contains("Automatic reply")
    );
    let customers = message(&ctx(Language::En), &base, Surface::Portal).into_string();
    assert!(customers.contains("body"));
    for hidden in ["Why here?", "/raw", "odd"] {
        assert!(!customers.contains(hidden), "{hidden}");
    }
    for kind in [MessageKind::Note, MessageKind::Activity] {
        let view = MessageView { kind, ..base.clone() };
        assert!(
            message(&ctx(Language::En), &view, Surface::Widget)
                .into_string()
                .is_empty()
        );
        assert!(
            message(&ctx(Language::En), &view, Surface::Inbox)
                .into_string()
                .contains("body")
        );
    }
}

#[test]
fn what_leaves_later_stands_on_our_side_already() {
    let view = MessageView {
        kind: MessageKind::Scheduled,
        author_kind: ActorKind::Agent,
        text: "On my way".to_owned(),
        ..MessageView::default()
    };
    let drawn = message(&ctx(Language::En), &view, Surface::Inbox).into_string();
    assert!(
        drawn.contains("class=\"message m-outbound m-scheduled a-agent\""),
        "{drawn}"
    );
    assert_eq!(message(&ctx(Language::En), &view, Surface::Portal).into_string(), "");
}

#[test]
fn formatted_mail_never_runs_anything() {
    let view = MessageView {
        html_url: Some("/m/1.html".into()),
        ..MessageView::default()
    };
    let html = message(&ctx(Language::En), &view, Surface::Inbox).into_string();
    assert!(
        html.contains(r#"src="/m/1.html""#) && html.contains("sandbox=") && !html.contains("allow-scripts"),
        "{html}"
    );
}

#[test]
fn what_only_a_channel_has_is_shown_whatever_it_holds() {
    for (value, expected) in [
        (
            json!({"type": "location", "latitude": -23.55, "longitude": -46.63, "name": "Shop"}),
            "-23.55000, -46.63000",
        ),
        (json!({"type": "location", "location": {"latitude": "x"}}), "Location"),
        (
            json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ana <b>"}, "phones": [{"phone": "+1"}]}]}),
            "Ana &lt;b&gt;",
        ),
        (json!({"type": "contacts", "contacts": 7}), "Shared contacts"),
        (json!({"type": "reaction", "emoji": "👍"}), "👍"),
        (json!({"type": "reaction"}), "Reaction removed"),
        (json!({"type": "unsupported"}), "cannot be shown"),
        (json!({"type": "order", "product_items": [1, 2]}), "product_items"),
        (json!({}), "More details"),
        (json!(null), "More details"),
        (json!([1]), "More details"),
    ] {
        let html = extra(&ctx(Language::En), &value, None).into_string();
        assert!(html.contains(expected), "{value}: {html}");
    }
}

#[test]
fn only_safe_pictures_are_drawn_in_place() {
    let file = |media_type: &str| AttachmentView {
        name: "a<b.svg".into(),
        media_type: media_type.into(),
        size: 1_500,
        url: "/f/1".into(),
        thumbnail_url: None,
    };
    assert!(
        attachment(&ctx(Language::En), &file("image/png"))
            .into_string()
            .contains("<img")
    );
    let svg = attachment(&ctx(Language::Pt), &file("image/svg+xml")).into_string();
    assert!(
        !svg.contains("<img") && svg.contains("download=\"a&lt;b.svg\"") && svg.contains("1,5 kB"),
        "{svg}"
    );
}

#[test]
fn a_field_and_its_error_are_tied_together() {
    let field = Field {
        name: "email",
        label: "E-mail",
        value: "x\"y",
        error: Some("not an address"),
        hint: Some("we answer here"),
        required: true,
        ..Field::default()
    };
    let html = form::input(&ctx(Language::En), "email", &field).into_string();
    assert!(
        html.contains(r#"aria-describedby="h-email e-email""#)
            && html.contains(r#"aria-invalid="true""#)
            && html.contains("x&quot;y"),
        "{html}"
    );
    let password = form::input(
        &ctx(Language::En),
        "password",
        &Field {
            value: "secret",
            ..field
        },
    )
    .into_string();
    assert!(!password.contains("secret"));
    assert!(
        form::summary(&ctx(Language::En), &[field], None)
            .into_string()
            .contains("#f-email")
    );
    assert!(form::summary(&ctx(Language::En), &[], None).into_string().is_empty());
}

#[test]
fn a_row_shows_who_wrote_last_and_what_failed() {
    let row = ConversationRowView {
        id: "1".into(),
        url: routes::path(routes::CONVERSATION, "1"),
        contact_name: "Ana".into(),
        company: None,
        subject: None,
        preview: "hello <b>".into(),
        last_author: ActorKind::Bot,
        channel: Channel::Whatsapp,
        level: Level::N2,
        status: ConversationStatus::Snoozed,
        is_spam: false,
        priority: Priority::Urgent,
        assignee: None,
        last_at: 0,
        is_woken: false,
        waiting_since: None,
        unread: 3,
        has_failed_delivery: true,
        is_selected: true,
        team: None,
        due_at: Some(-1),
        labels: vec![("toner".into(), 2)],
        found: None,
        is_pickable: true,
    };
    let html = conversation_row(&ctx(Language::En), &row).into_string();
    for part in [
        "Bot:",
        "hello &lt;b&gt;",
        "WhatsApp",
        "N2",
        "Urgent",
        "Snoozed",
        "Not delivered",
        "unread",
        "tint-2",
        "overdue",
        r#"aria-current="true""#,
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    // What is not counted further is not told as a count; each script runs as it does.
    let row = ConversationRowView {
        subject: Some("الطابعة لا تعمل".into()),
        unread: 100,
        ..row
    };
    let html = conversation_row(&ctx(Language::En), &row).into_string();
    for part in [">99+<", r#"<span class="row-subject" dir="auto">"#, "<bdi>hello"] {
        assert!(html.contains(part), "{part} in {html}");
    }
}
