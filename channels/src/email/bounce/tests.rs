use conversation::types::Auto;

use crate::email::mime::parse;

struct Case {
    name: &'static str,
    raw: &'static str,
    recipient: &'static str,
    status: &'static str,
    diagnostic: &'static str,
    original: &'static str,
    is_delayed: bool,
}

const CASES: &[Case] = &[
    Case {
        name: "RFC 3464",
        raw: "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.b.example>\nTo: support@a.example\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\nMessage-ID: <n1@mx.b.example>\n\n--B\nContent-Type: text/plain\n\nI could not deliver.\n\n--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.b.example\n\nFinal-Recipient: rfc822; ana@b.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <ana@b.example>:\n    no such user\n\n--B\nContent-Type: message/rfc822\n\nFrom: support@a.example\nTo: ana@b.example\nMessage-ID: <01D.tok@a.example>\nSubject: Hi\n\nx\n--B--\n",
        recipient: "ana@b.example",
        status: "5.1.1",
        diagnostic: "no such user",
        original: "01D.tok@a.example",
        is_delayed: false,
    },
    Case {
        name: "a delay, vague status, headers only",
        raw: "From: postmaster@mx.b.example\nSubject: Delivery delayed\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\n\n--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.b.example\n\nFinal-Recipient: rfc822;ana@b.example\nAction: delayed\nStatus: 4.0.0\nDiagnostic-Code: smtp; 452 4.2.2 over quota\n\n--B\nContent-Type: text/rfc822-headers\n\nTo: ana@b.example\nMessage-Id: <02D@a.example>\n\n--B--\n",
        recipient: "ana@b.example",
        status: "4.2.2",
        diagnostic: "over quota",
        original: "02D@a.example",
        is_delayed: true,
    },
    Case {
        name: "qmail",
        raw: "Return-Path: <>\nFrom: MAILER-DAEMON@q.example\nTo: support@a.example\nSubject: failure notice\n\nHi. This is the qmail-send program at q.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ana@b.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.7.1 spam\nGiving up on 192.0.2.1.\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <support@a.example>\nTo: ana@b.example\nMessage-ID: <03D@a.example>\n\nx\n",
        recipient: "ana@b.example",
        status: "5.7.1",
        diagnostic: "spam",
        original: "03D@a.example",
        is_delayed: false,
    },
    Case {
        name: "Exim",
        raw: "Return-path: <>\nX-Failed-Recipients: ana@b.example\nAuto-Submitted: auto-replied\nFrom: Mail Delivery System <Mailer-Daemon@e.example>\nTo: support@a.example\nSubject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ana@b.example\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\nMessage-ID: <04D@a.example>\nTo: ana@b.example\n",
        recipient: "ana@b.example",
        status: "5.0.0",
        diagnostic: "Unrouteable address",
        original: "04D@a.example",
        is_delayed: false,
    },
    Case {
        name: "Exchange in Spanish, without a report",
        raw: "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@a.example>\nTo: support@a.example\nSubject: No se puede entregar: Impresora\nIn-Reply-To: <05D@a.example>\nReturn-Path: <>\n\nNo se pudo entregar a estos destinatarios o grupos:\n\nana@b.example\nLa dirección no se encontró.\n\n550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found\n",
        recipient: "ana@b.example",
        status: "5.1.10",
        diagnostic: "RecipientNotFound",
        original: "05D@a.example",
        is_delayed: false,
    },
    Case {
        name: "Gmail in words",
        raw: "Return-Path: <>\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nTo: support@a.example\nSubject: Delivery Status Notification (Failure)\nX-Failed-Recipients: ana@b.example\n\nDelivery to the following recipient failed permanently:\n\n     ana@b.example\n\nTechnical details of permanent failure:\nThe error that the other server returned was:\n550 5.1.1 user unknown\n\n----- Original message -----\n\nMessage-ID: <06D@a.example>\nTo: ana@b.example\n",
        recipient: "ana@b.example",
        status: "5.1.1",
        diagnostic: "user unknown",
        original: "06D@a.example",
        is_delayed: false,
    },
];

#[test]
fn each_server_is_understood() {
    for case in CASES {
        for ending in ["\n", "\r\n"] {
            let mail = parse(case.raw.replace('\n', ending).as_bytes());
            assert_eq!(mail.auto, Auto::Bounce, "{}", case.name);
            let bounce = mail.bounce.expect(case.name);
            assert_eq!(bounce.recipient.as_deref(), Some(case.recipient), "{}", case.name);
            assert_eq!(
                bounce.status.as_deref(),
                Some(case.status),
                "{}: {:?}",
                case.name,
                bounce.diagnostic
            );
            let words = bounce.diagnostic.unwrap_or_default();
            assert!(words.contains(case.diagnostic), "{}: {words}", case.name);
            assert_eq!(
                bounce.original_message_id.as_deref(),
                Some(case.original),
                "{}",
                case.name
            );
            assert_eq!(mail.is_delayed, case.is_delayed, "{}", case.name);
        }
    }
}

#[test]
fn people_and_good_news_are_no_bounces() {
    let success = CASES[0]
        .raw
        .replace("Action: failed", "Action: delivered")
        .replace("5.1.1", "2.0.0");
    let mail = parse(success.as_bytes());
    assert_eq!((mail.auto, mail.bounce), (Auto::AutoReply, None));
    for raw in [
        "From: Ana <ana@b.example>\nSubject: Undelivered parcel\n\nMy parcel could not be delivered. Error 550.",
        "From: postmaster@b.example\nSubject: Our new server\n\nPlease whitelist us.",
        "From: Ana <ana@b.example>\nSubject: Re: Delivery failed\nReturn-Path: <ana@b.example>\n\nWhy has delivery failed?",
    ] {
        assert_eq!(parse(raw.as_bytes()).auto, Auto::None, "{raw}");
    }
}

/// A report says whom we wrote to, and whom a forwarder made of it.
#[test]
fn the_address_that_we_wrote_to_is_told_from_the_one_that_was_tried() {
    let report = |fields: &str| {
        format!(
            "From: MAILER-DAEMON@mx.b.example\nTo: support@a.example\nSubject: Undelivered\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\n\n--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.b.example\n\n{fields}\n--B\nContent-Type: text/rfc822-headers\n\nTo: ana@b.example, bo@b.example\nMessage-Id: <09D@a.example>\n\n--B--\n"
        )
    };
    let cases = [
        (
            "Original-Recipient: rfc822;bo@b.example\nFinal-Recipient: rfc822;b.ortiz@c.example\nAction: failed\nStatus: 5.1.1\n",
            "bo@b.example",
            Some("b.ortiz@c.example"),
        ),
        (
            "Original-Recipient: rfc822;Bo@b.example\nFinal-Recipient: rfc822;bo@b.example\nAction: failed\nStatus: 5.1.1\n",
            "Bo@b.example",
            None,
        ),
        (
            "Final-Recipient: rfc822;bo@b.example\nAction: failed\nStatus: 5.1.1\n",
            "bo@b.example",
            None,
        ),
        (
            "Original-Recipient: rfc822;unknown\nFinal-Recipient: rfc822;bo@b.example\nAction: failed\nStatus: 5.1.1\n",
            "bo@b.example",
            None,
        ),
    ];
    for (fields, address, tried) in cases {
        let found = parse(report(fields).as_bytes()).bounce.expect("a bounce").all();
        assert_eq!(found.len(), 1, "{fields}");
        assert_eq!(
            (found[0].address.as_str(), found[0].tried.as_deref()),
            (address, tried),
            "{fields}"
        );
        assert_eq!(found[0].status.as_deref(), Some("5.1.1"));
    }
}
