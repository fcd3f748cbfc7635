//! Headers of every kind of break.

use serde_json::{Value, json};

use super::{Case, crlf};

pub(super) fn add(cases: &mut Vec<Case>) {
    let raw: &[(&str, &str, Value)] = &[
        (
            "header-mbox",
            "From bo@b.example Tue Mar  4 09:15:00 2025\nFrom: Bo <bo@b.example>\nSubject: x\n\nHello\n",
            json!({ "subject": "x", "text": "Hello" }),
        ),
        (
            "header-empty-lines-before",
            "\n\n\nFrom: Bo <bo@b.example>\nSubject: x\n\nHello\n",
            json!({ "subject": "x", "text": "Hello" }),
        ),
        (
            "header-bom",
            "\u{feff}From: Bo <bo@b.example>\nSubject: x\n\nHello\n",
            json!({ "subject": "x", "from": { "name": "Bo", "address": "bo@b.example" } }),
        ),
        (
            "header-folded",
            "From: Bo\n <bo@b.example>\nSubject: one\n two\n\tthree\n\nHello\n",
            json!({ "subject": "one two three", "from": { "name": "Bo", "address": "bo@b.example" } }),
        ),
        (
            "header-space-before-colon",
            "From : Bo <bo@b.example>\nSubject : x\n\nHello\n",
            json!({ "subject": "x", "from": { "address": "bo@b.example" } }),
        ),
        (
            "header-no-subject",
            "From: bo@b.example\nTo: a@acme.example\n\nHello\n",
            json!({ "subject": null, "from": { "name": null, "address": "bo@b.example" } }),
        ),
        (
            "header-no-from",
            "Subject: x\nTo: a@acme.example\n\nHello\n",
            json!({ "from": null, "text": "Hello" }),
        ),
        (
            "header-from-in-return-path",
            "Return-Path: <bo@b.example>\nSubject: x\n\nHello\n",
            json!({ "from": { "address": "bo@b.example" }, "quarantined": null }),
        ),
        (
            "header-from-comment",
            "From: bo@b.example (Bo Berg)\nSubject: x\n\nHello\n",
            json!({ "from": { "name": "Bo Berg", "address": "bo@b.example" } }),
        ),
        (
            "header-from-quoted",
            "From: \"Berg, Bo\" <bo@b.example>\nSubject: x\n\nHello\n",
            json!({ "from": { "name": "Berg, Bo", "address": "bo@b.example" } }),
        ),
        (
            "header-from-encoded-comma",
            "From: =?utf-8?Q?Berg=2C_B=C3=B6?= <bo@b.example>\nSubject: x\n\nHello\n",
            json!({ "from": { "name": "Berg, Bö", "address": "bo@b.example" } }),
        ),
        (
            "header-from-raw-utf8",
            "From: Bö Bérg <bo@b.example>\nSubject: Ação\n\nHello\n",
            json!({ "from": { "name": "Bö Bérg", "address": "bo@b.example" }, "subject": "Ação" }),
        ),
        (
            "header-from-twice-the-address",
            "From: \"bo@b.example\" <bo@b.example>\nSubject: x\n\nHello\n",
            json!({ "from": { "name": null, "address": "bo@b.example" } }),
        ),
        (
            "header-group",
            "From: Bo <bo@b.example>\nTo: Friends: a@acme.example, B <b@acme.example>;\nSubject: x\n\nHello\n",
            json!({ "to": [{ "address": "a@acme.example" }, { "name": "B", "address": "b@acme.example" }] }),
        ),
        (
            "header-to-twice",
            "From: Bo <bo@b.example>\nTo: a@acme.example\nTo: b@acme.example\nSubject: x\n\nHello\n",
            json!({ "to": [{ "address": "a@acme.example" }, { "address": "b@acme.example" }] }),
        ),
        (
            "header-no-message-id",
            "From: Bo <bo@b.example>\nSubject: x\n\nHello\n",
            json!({ "text": "Hello", "in_reply_to": [], "references": [] }),
        ),
        (
            "header-ids-odd",
            "From: Bo <bo@b.example>\nMessage-ID: <<a@b.example>\nIn-Reply-To: Your message of Tuesday <p@acme.example>\nReferences: <o@acme.example>\n <p@acme.example> <q@acme.example\nSubject: x\n\nHello\n",
            json!({ "message_id": "a@b.example", "in_reply_to": ["p@acme.example"] }),
        ),
        (
            "header-date-odd",
            "From: Bo <bo@b.example>\nDate: Tue, 04 Mar 25 09:15 GMT\nSubject: x\n\nHello\n",
            json!({ "text": "Hello" }),
        ),
        (
            "header-date-broken",
            "From: Bo <bo@b.example>\nDate: yesterday\nSubject: x\n\nHello\n",
            json!({ "date": null }),
        ),
        (
            "header-none",
            "Just words, no header at all.\nReally.",
            json!({ "text": "Just words, no header at all.\nReally." }),
        ),
        (
            "header-garbage-line",
            "From: Bo <bo@b.example>\nthis is no field\nSubject: x\n\nHello\n",
            json!({ "subject": "x", "text": "Hello" }),
        ),
        ("header-empty", "", json!({ "text": "", "from": null })),
    ];
    for (name, text, expect) in raw {
        cases.push(Case::new(*name, crlf(text), expect.clone()));
    }
}
