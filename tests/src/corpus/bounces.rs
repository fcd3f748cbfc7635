//! Notices that a mail did not arrive, by the standard and by the habits of servers.

use serde_json::json;

use super::{Case, crlf};

const ORIGINAL: &str = "01abc.token@acme.example";

fn returned() -> String {
    format!("From: support@acme.example\nTo: bo@b.example\nSubject: Re: Printer\nMessage-ID: <{ORIGINAL}>\n")
}

/// RFC 3464: the words, the fields, the header of the mail.
fn report(from: &str, subject: &str, words: &str, fields: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: {from}\nTo: support@acme.example\nSubject: {subject}\nMessage-ID: <dsn@mx.example>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\n\n--B\nContent-Type: text/plain; charset=utf-8\n\n{words}\n--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{fields}\n--B\nContent-Type: text/rfc822-headers\n\n{}--B--\n",
        returned()
    )
}

fn plain(from: &str, subject: &str, more: &str, words: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: {from}\nTo: support@acme.example\nSubject: {subject}\nMessage-ID: <dsn@mx.example>\n{more}\n{words}\n"
    )
}

/// Reason, status, and what a server says with it.
const FAILURES: &[(&str, &str, &str, &str)] = &[
    (
        "no_mailbox",
        "google",
        "5.1.1",
        "smtp; 550-5.1.1 The email account that you tried to reach does not exist. NoSuchUser",
    ),
    (
        "no_mailbox",
        "postfix",
        "5.1.1",
        "smtp; 550 5.1.1 <bo@b.example>: Recipient address rejected: User unknown in virtual mailbox table",
    ),
    (
        "no_mailbox",
        "exchange-online",
        "5.1.10",
        "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient bo@b.example not found by SMTP address lookup",
    ),
    (
        "no_mailbox",
        "yahoo",
        "5.0.0",
        "smtp; 554 delivery error: dd This user doesn't have a yahoo.example account (bo@b.example) [0]",
    ),
    ("no_mailbox", "bare-words", "5.0.0", "smtp; 550 No such user here"),
    (
        "no_domain",
        "postfix-dns",
        "5.4.4",
        "X-Postfix; Host or domain name not found. Name service error for name=b.example type=MX: Host not found",
    ),
    (
        "no_domain",
        "exchange-online-dns",
        "5.4.310",
        "smtp;550 5.4.310 DNS domain b.example does not exist",
    ),
    (
        "mailbox_disabled",
        "google-disabled",
        "5.2.1",
        "smtp; 550-5.2.1 The email account that you tried to reach is disabled.",
    ),
    (
        "mailbox_full",
        "google-full",
        "5.2.2",
        "smtp; 552-5.2.2 The recipient's inbox is out of storage space. OverQuotaPerm",
    ),
    (
        "mailbox_full",
        "exchange-full",
        "5.2.2",
        "smtp;554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
    ),
    (
        "mailbox_full",
        "dovecot-full",
        "5.2.2",
        "smtp; 552 5.2.2 <bo@b.example> Quota exceeded (mailbox for user is full)",
    ),
    (
        "too_large",
        "size",
        "5.3.4",
        "smtp; 552 5.3.4 Message size exceeds fixed limit",
    ),
    (
        "policy",
        "spam",
        "5.7.1",
        "smtp; 550 5.7.1 Message rejected as spam by content filtering",
    ),
    (
        "policy",
        "blocklist",
        "5.7.1",
        "smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using a block list",
    ),
    (
        "policy",
        "restricted-group",
        "5.7.133",
        "smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; only senders in the organization are allowed",
    ),
    (
        "authentication",
        "dmarc",
        "5.7.26",
        "smtp; 550-5.7.26 Unauthenticated email from acme.example is not accepted due to domain's DMARC policy.",
    ),
    (
        "relay",
        "relay",
        "5.7.1",
        "smtp; 554 5.7.1 <bo@b.example>: Relay access denied",
    ),
    (
        "content",
        "virus",
        "5.7.0",
        "smtp; 552 5.7.0 This message was blocked because it contains a virus",
    ),
    ("loop", "loop", "5.4.6", "smtp; 554 5.4.6 Too many hops"),
    (
        "unreachable",
        "expired",
        "5.4.7",
        "smtp; 421 4.4.0 connection timed out; delivery expired (message too old)",
    ),
];

pub(super) fn add(cases: &mut Vec<Case>) {
    let expect = |status: &str, reason: &str| json!({ "auto": "bounce", "bounce": { "recipient": "bo@b.example", "status": status, "reason": reason, "original_message_id": ORIGINAL, "delayed": false } });
    for (reason, name, status, said) in FAILURES {
        let fields = format!(
            "Final-Recipient: rfc822; bo@b.example\nAction: failed\nStatus: {status}\nDiagnostic-Code: {said}\n"
        );
        let raw = report(
            "MAILER-DAEMON@mx.example (Mail Delivery System)",
            "Undelivered Mail Returned to Sender",
            "I'm sorry to have to inform you that your message could not be delivered.",
            &fields,
        );
        cases.push(Case::new(
            format!("bounce-report-{name}"),
            crlf(&raw),
            json!({ "auto": "bounce", "bounce": { "recipient": "bo@b.example", "reason": reason, "original_message_id": ORIGINAL, "delayed": false } }),
        ));
    }
    let copy = returned();
    let words = [
        (
            "qmail",
            plain(
                "MAILER-DAEMON@mx.example",
                "failure notice",
                "",
                &format!(
                    "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<bo@b.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n{copy}\nHello\n"
                ),
            ),
            expect("5.1.1", "no_mailbox"),
        ),
        (
            "exim",
            plain(
                "Mail Delivery System <Mailer-Daemon@mx.example>",
                "Mail delivery failed: returning message to sender",
                "X-Failed-Recipients: bo@b.example\nAuto-Submitted: auto-replied\n",
                &format!(
                    "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  bo@b.example\n    host mx.b.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<bo@b.example>:\n    550 5.1.1 User unknown\n\n------ This is a copy of the message, including all the headers. ------\n\n{copy}\nHello\n"
                ),
            ),
            expect("5.1.1", "no_mailbox"),
        ),
        (
            "sendmail-old",
            plain(
                "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>",
                "Returned mail: User unknown",
                "",
                &format!(
                    "The original message was received at Tue, 4 Mar 2025 09:15:00 GMT\n\n   ----- The following addresses had permanent fatal errors -----\n<bo@b.example>\n\n   ----- Transcript of session follows -----\n550 5.1.1 <bo@b.example>... User unknown\n\n   ----- Original message follows -----\n\n{copy}\nHello\n"
                ),
            ),
            expect("5.1.1", "no_mailbox"),
        ),
        (
            "gmail-es",
            plain(
                "Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
                "Delivery Status Notification (Failure)",
                "X-Failed-Recipients: bo@b.example\nAuto-Submitted: auto-replied\n",
                &format!(
                    "No se ha encontrado la dirección\n\nTu mensaje no se ha entregado a bo@b.example porque no se ha encontrado la dirección.\n\nLa respuesta fue:\n550 5.1.1 The email account that you tried to reach does not exist.\n\n----- Original message -----\n{copy}\n"
                ),
            ),
            expect("5.1.1", "no_mailbox"),
        ),
        (
            "yahoo-plain",
            plain(
                "MAILER-DAEMON@yahoo.example",
                "Failure Notice",
                "",
                &format!(
                    "Sorry, we were unable to deliver your message to the following address.\n\n<bo@b.example>:\n554: delivery error: dd This user doesn't have a yahoo.example account (bo@b.example) [0]\n\n--- Below this line is a copy of the message.\n\n{copy}\nHello\n"
                ),
            ),
            expect("5.0.0", "no_mailbox"),
        ),
    ];
    for (name, raw, expect) in words {
        cases.push(Case::new(format!("bounce-words-{name}"), crlf(&raw), expect));
    }
    let delayed = report(
        "MAILER-DAEMON@mx.example",
        "Delayed Mail (still being retried)",
        "THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.",
        "Final-Recipient: rfc822; bo@b.example\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: X-Postfix; connect to mx.b.example: Connection timed out\n",
    );
    cases.push(Case::new(
        "bounce-delayed",
        crlf(&delayed),
        json!({ "auto": "bounce", "bounce": { "recipient": "bo@b.example", "delayed": true, "reason": "unreachable" } }),
    ));
    let several = report(
        "postmaster@mx.example",
        "Undeliverable: Re: Printer",
        "Delivery has failed to these recipients or groups.",
        "Original-Recipient: rfc822;bo@b.example\nFinal-Recipient: rfc822;bo@inside.b.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp;550 5.1.1 user unknown\n\nFinal-Recipient: rfc822;eva@b.example\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp;552 mailbox full\n\nFinal-Recipient: rfc822;kim@b.example\nAction: delayed\nStatus: 4.4.1\n\nFinal-Recipient: rfc822;lee@b.example\nAction: delivered\nStatus: 2.0.0\n",
    );
    cases.push(Case::new(
        "bounce-several",
        crlf(&several),
        json!({ "auto": "bounce", "bounce": { "recipients": [
            { "address": "bo@b.example", "reason": "no_mailbox", "is_delayed": false },
            { "address": "eva@b.example", "reason": "mailbox_full", "is_delayed": false },
            { "address": "kim@b.example", "is_delayed": true },
        ] } }),
    ));
    let success = report(
        "postmaster@mx.example",
        "Delivered: Re: Printer",
        "Your message has been delivered.",
        "Final-Recipient: rfc822;bo@b.example\nAction: delivered\nStatus: 2.0.0\n",
    );
    cases.push(Case::new(
        "bounce-success-is-none",
        crlf(&success),
        json!({ "auto": "auto_reply", "bounce": null }),
    ));
    let person = "From: Bo <bo@b.example>\nTo: support@acme.example\nSubject: Your mail came back\nMessage-ID: <2@b.example>\n\nYour message could not be delivered, says my server. User unknown?\n";
    cases.push(Case::new(
        "bounce-person-is-none",
        crlf(person),
        json!({ "auto": "none", "bounce": null }),
    ));
}
