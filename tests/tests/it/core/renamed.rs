//! Servers that put a Message-ID of their own in place of ours: answers and bounces name theirs.

use channels::dispatch::Dispatcher;
use channels::email::receive::deliver;
use conversation::types::{DeliveryState, MatchedBy};
use tests::harness::{Action, FakeSmtp, Stage};

use super::bed::{Bed, both, mail};
use crate::stalled::mailbox;

both!(answers_and_bounces_find_the_mail_by_the_id_that_the_server_gave_it,);

const GIVEN: &str = "AM0PR01MB1@AM0PR01MB1.eurprd01.prod.outlook.com";

async fn answers_and_bounces_find_the_mail_by_the_id_that_the_server_gave_it(bed: Bed) {
    let smtp = FakeSmtp::start().await.expect("a server");
    smtp.always(
        Stage::End,
        Action::Answer(format!(
            "250 2.0.0 OK <{GIVEN}> [Hostname=AM0PR01MB1.eurprd01.prod.outlook.com]"
        )),
    );
    let inbox = mailbox(&bed, "support", &smtp).await.expect("an inbox");
    let ana = bed.agent("ana").await;
    let (id, _) = bed
        .place(&mail(&inbox, "joana@customer.test", "1@c.test", "Toner?"))
        .await;
    let said = bed.say(&ana, &id, "This way.").await.message;
    let dispatcher = Dispatcher::new(bed.store.clone(), "test", "https://desk.example");
    assert_eq!(dispatcher.send_due().await.expect("sent"), 1);
    assert_eq!(bed.delivery(&said).await.state, DeliveryState::Sent);

    // The customer's program knows no other id, and the address that it answers to has lost its token.
    let answer = format!(
        "From: joana@customer.test\r\nTo: support@example.test\r\nSubject: Re: Toner?\r\nMessage-ID: <2@c.test>\r\nIn-Reply-To: <{GIVEN}>\r\n\r\nThanks.\r\n"
    );
    let filed = deliver(&bed.store, &inbox, answer.as_bytes()).await.expect("filed");
    assert_eq!(
        (filed.conversation.as_ref(), filed.matched_by),
        (Some(&id), Some(MatchedBy::InReplyTo))
    );

    let bounce = format!(
        "From: MAILER-DAEMON@mx.test\r\nTo: support@example.test\r\nSubject: Undelivered\r\nMessage-ID: <3@mx.test>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; other-form@customer.test\r\n\
         Action: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{GIVEN}>\r\nSubject: Re: Toner?\r\n\r\nThis way.\r\n--b--\r\n"
    );
    deliver(&bed.store, &inbox, bounce.as_bytes()).await.expect("filed");
    assert_eq!(bed.delivery(&said).await.state, DeliveryState::Failed);
    bed.check().await;
}
