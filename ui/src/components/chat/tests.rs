//! What a chat's message has besides, as it is drawn.

use conversation::types::{Language, MessageKind};
use jiff::tz::TimeZone;

use super::{ChatView, PictureView, QuoteView, ReactionView, clock};
use crate::Ctx;
use crate::components::{AttachmentView, MessageView, message};
use crate::layout::Surface;

fn drawn(chat: ChatView, text: &str) -> String {
    let ctx = Ctx {
        lang: Language::En,
        now: 0,
        tz: &TimeZone::UTC,
        csrf: "t",
    };
    let view = MessageView {
        id: "A".into(),
        kind: MessageKind::Inbound,
        text: text.into(),
        chat: Some(Box::new(chat)),
        ..MessageView::default()
    };
    message(&ctx, &view, Surface::Inbox).into_string()
}

fn file(name: &str) -> AttachmentView {
    AttachmentView {
        name: name.into(),
        media_type: "image/jpeg".into(),
        size: 10,
        url: format!("/files/{name}"),
        thumbnail_url: None,
    }
}

#[test]
fn lengths_read_as_on_a_player() {
    for (length, text) in [
        (0, "0:00"),
        (499, "0:00"),
        (7_200, "0:07"),
        (61_000, "1:01"),
        (3_661_000, "1:01:01"),
        (-5, "0:00"),
    ] {
        assert_eq!(clock(length), text);
    }
}

#[test]
fn what_came_with_it_is_drawn_and_escaped() {
    let picture = |message: Option<&str>| PictureView {
        message: message.map(str::to_owned),
        file: file("a.jpg"),
        caption: "<b>".into(),
        reactions: vec![],
        original_url: None,
    };
    let chat = ChatView {
        quote: Some(QuoteView {
            author: "<i>Rosa".into(),
            excerpt: "a < b".into(),
            url: "#m-Q".into(),
        }),
        reactions: vec![ReactionView {
            emoji: "👍".into(),
            author: "Ana".into(),
            is_ours: true,
        }],
        pictures: vec![picture(None), picture(Some("B"))],
        recordings: vec![(file("voice.ogg"), 7_000)],
        answerable_in: Some("C".into()),
        own_reaction: "👍".into(),
        ..ChatView::default()
    };
    let html = drawn(chat, "Oi");
    for part in [
        "href=\"#m-Q\"",
        "&lt;i&gt;Rosa",
        "a &lt; b",
        "id=\"m-B\"",
        "album many",
        "&lt;b&gt;",
        "0:07",
        "data-quotes=\"A\"",
        "aria-pressed=\"true\"",
        "👍",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("<i>Rosa"));
}

#[test]
fn what_was_deleted_or_changed_is_marked_and_kept() {
    let html = drawn(
        ChatView {
            deleted_at: Some(5),
            ..ChatView::default()
        },
        "secret words",
    );
    assert!(html.contains("secret words") && html.contains("<details"), "{html}");
    let at_words = html.find("secret words").unwrap();
    assert!(html[..at_words].contains("<details"), "only when asked for: {html}");
    let html = drawn(
        ChatView {
            versions: vec![(1, "first wording".into())],
            ..ChatView::default()
        },
        "second wording",
    );
    assert!(
        html.find("second wording").unwrap() < html.find("first wording").unwrap(),
        "{html}"
    );
}
