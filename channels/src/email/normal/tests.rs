use super::*;
use crate::email::mime::parse;

const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz234567abcd";
const NOW: Millis = 1_760_000_000_000;

fn inbound(raw: &str) -> InboundMessage {
    let blob = BlobRef {
        sha256: "00".into(),
        size: 1,
    };
    to_inbound(parse(raw.as_bytes()), &InboxId::new("mail"), blob, Vec::new(), NOW)
}

#[test]
fn tokens_come_from_addresses_and_ids() {
    let places = [
        format!("To: Support <support+{TOKEN}@a.example>"),
        format!("Cc: x@y.example, support+{}@a.example", TOKEN.to_uppercase()),
        format!("Delivered-To: support+{TOKEN}@a.example"),
        format!("X-Original-To: <support+{TOKEN}@a.example>"),
        format!("Envelope-To: support+{TOKEN}@a.example"),
        format!("In-Reply-To: <01J0000000000000000000000.{TOKEN}@a.example>"),
        format!("References: <x@y.example>\n <{TOKEN}.x@a.example>"),
    ];
    for place in places {
        let message = inbound(&format!("From: ana@b.example\n{place}\n\nx"));
        assert_eq!(message.thread.tokens, [TOKEN], "{place}");
    }
    assert!(
        inbound("From: a@b.example\nTo: support+news@a.example\nIn-Reply-To: <short.id@x>\n\nx")
            .thread
            .tokens
            .is_empty()
    );
}

#[test]
fn the_sender_is_verified_unless_forged() {
    let message = inbound("From: Ana <Ana@B.Example>\nTo: S@a.example\nCc: Bo@c.example\n\nx");
    assert_eq!(
        message.from.identities,
        [IdentityClaim {
            kind: IdentityKind::Email,
            value: "ana@b.example".into(),
            verified: true
        }]
    );
    assert_eq!(message.from.name.as_deref(), Some("Ana"));
    assert_eq!(message.recipients, ["s@a.example", "bo@c.example"]);
    let forged = inbound("Authentication-Results: mx; dmarc=fail\nFrom: ana@b.example\n\nx");
    assert!(!forged.from.identities[0].verified);
}

#[test]
fn odd_ids_stay_usable() {
    let long = format!("{}@x", "y".repeat(3_000));
    let id = usable_id(&long);
    assert!(id.len() < 100 && id == usable_id(&long) && id != usable_id("other@x y"));
    assert_eq!(usable_id("a@b"), "a@b");
    let message = inbound(&format!(
        "From: a@b.example\nMessage-ID: <{long}>\nIn-Reply-To: <{long}>\n\nx"
    ));
    assert_eq!(message.external_id, id);
    assert_eq!(message.thread.in_reply_to, [id]);
}

#[test]
fn a_date_of_the_future_is_not_believed() {
    assert_eq!(
        inbound("From: a@b.example\nDate: Tue, 4 Mar 2025 09:15:00 +0000\n\nx").sent_at,
        1_741_079_700_000
    );
    for date in ["Tue, 4 Mar 2099 09:15:00 +0000", "yesterday", ""] {
        assert_eq!(
            inbound(&format!("From: a@b.example\nDate: {date}\n\nx")).sent_at,
            NOW,
            "{date}"
        );
    }
}

#[test]
fn the_reply_is_set_only_where_it_differs() {
    assert_eq!(inbound("From: a@b.example\n\njust this").reply, None);
    let message = inbound("From: a@b.example\n\nnew\n\nOn 4 Mar 2025 9:15, Ana <a@c.example> wrote:\n> old");
    assert_eq!(message.visible(), "new");
    assert!(message.text.contains("old"));
}
