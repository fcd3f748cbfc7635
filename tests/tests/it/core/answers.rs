//! Where answers go: to who takes part in a conversation, whoever else writes into it.

use conversation::conversations::participants;
use conversation::reply::{NewReply, ReplyKind, Sending, reply_with};
use conversation::restructure;
use conversation::types::{Channel, ConversationStatus, MatchedBy};

use super::bed::{Bed, both, mail, whatsapp};

both! {
    only_who_takes_part_says_where_answers_go,
}

async fn only_who_takes_part_says_where_answers_go(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let agent = bed.agent("rui").await;
    let mut first = mail(&inbox, "ana@customer.test", "1@customer.test", "Hello");
    first.recipients = vec!["support@example.test".to_owned()];
    let (thread, _) = bed.place(&first).await;
    bed.say(&agent, &thread, "Answer").await;
    let token = bed.store.keys().reply_token(&thread);
    let with_token = |from: &str, id: &str, verified: bool| {
        let mut mail = mail(&inbox, from, id, "Send it to me, please");
        mail.thread.tokens = vec![token.clone()];
        mail.from.identities[0].verified = verified;
        mail
    };
    let now = || bed.conversation(&thread);
    let takes_part = || participants(bed.store.db(), &thread);
    let (was, knew) = (now().await, takes_part().await.expect("participants"));
    assert_eq!(was.reply_address.as_deref(), Some("ana@customer.test"));

    // A stranger, proved or not; the customer's address, unproved, with another one to answer to; twice each.
    let mut posing = with_token("ana@customer.test", "posing@evil.test", false);
    posing.from.address = Some("eve@evil.test".to_owned());
    let mut naming = with_token("eve@evil.test", "naming@evil.test", true);
    naming.recipients.push("mallory@evil.test".to_owned());
    for (n, message) in [
        with_token("eve@evil.test", "1@evil.test", false),
        with_token("eve@evil.test", "2@evil.test", true),
        naming,
        with_token("mallory@evil.test", "3@evil.test", true),
        with_token("eve@evil.test", "4@evil.test", true),
        posing,
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(
            bed.place(&message).await,
            (thread.clone(), MatchedBy::ReplyToken),
            "{n}"
        );
        let found = now().await;
        assert_eq!(found.status, ConversationStatus::Open, "{n}: somebody looks at it");
        assert_eq!(
            (found.channel, &found.inbox_id, &found.reply_address),
            (was.channel, &was.inbox_id, &was.reply_address),
            "{n}"
        );
        assert_eq!(takes_part().await.expect("participants"), knew, "{n}");
    }
    let replied = bed.say(&agent, &thread, "Here it is").await;
    assert_eq!(bed.delivery(&replied.message).await.recipient, "ana@customer.test");

    // Somebody whom the business wrote to takes part, and so does whom an agent makes the contact.
    let written = reply_with(
        &bed.store,
        &agent,
        NewReply {
            id: bed.store.env().ulid().as_str().into(),
            conversation: thread.clone(),
            kind: ReplyKind::Customer,
            text: "You, too".to_owned(),
            cards: Vec::new(),
            attachments: Vec::new(),
            seen: None,
        },
        Sending {
            cc: vec!["Boss@customer.test".to_owned()],
            ..Default::default()
        },
    )
    .await;
    written.expect("written");
    bed.place(&with_token("boss@customer.test", "b@customer.test", true))
        .await;
    assert_eq!(now().await.reply_address.as_deref(), Some("boss@customer.test"));
    bed.place(&with_token("ana@customer.test", "a@customer.test", true))
        .await;
    assert_eq!(now().await.reply_address.as_deref(), Some("ana@customer.test"));
    restructure::give_to(&bed.store, &agent, &thread, "eve@evil.test", "")
        .await
        .expect("given");
    bed.place(&with_token("eve@evil.test", "5@evil.test", true)).await;
    assert_eq!(now().await.reply_address.as_deref(), Some("eve@evil.test"));

    // A chat stays a chat when a stranger's mail comes to it.
    let chat = bed.inbox(Channel::Whatsapp, false).await;
    let (id, _) = bed.place(&whatsapp(&chat, "5511999990009", "wamid.s", "Oi")).await;
    let mut letter = mail(&inbox, "eve@evil.test", "6@evil.test", "And here");
    letter.thread.tokens = vec![bed.store.keys().reply_token(&id)];
    assert_eq!(bed.place(&letter).await.0, id);
    let found = bed.conversation(&id).await;
    assert_eq!(
        (found.channel, found.reply_address.as_deref()),
        (Channel::Whatsapp, Some("5511999990009"))
    );
    bed.check().await;
}
