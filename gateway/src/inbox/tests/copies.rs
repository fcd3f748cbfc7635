//! Who else gets a mail, and who is told.

use super::Desk;
use channels::email::mime;
use channels::email::normal::to_inbound;
use conversation::db::sql;
use conversation::deliveries;
use conversation::ingest::ingest;
use conversation::outbound::SendError;
use conversation::types::ConversationId;

impl Desk {
    /// A mail as it comes from outside; returns its conversation.
    pub(super) async fn raw(&self, head: &str, text: &str) -> ConversationId {
        let raw = format!("{head}MIME-Version: 1.0\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n{text}\r\n");
        let store = self.test.store();
        let blob = store.put_blob(raw.as_bytes()).await.unwrap();
        let mail = to_inbound(mime::parse(raw.as_bytes()), &self.inbox, blob, Vec::new(), store.now());
        let filed = ingest(store, &[mail]).await.unwrap().remove(0);
        filed.conversation.unwrap()
    }

    async fn recipients(&self, conversation: &ConversationId) -> Vec<(String, String)> {
        sql("SELECT role, recipient FROM deliveries WHERE conversation_id = $1 ORDER BY id")
            .bind(conversation)
            .all(self.test.store().db())
            .await
            .unwrap()
    }
}

const LUCIA: &str = "From: Lucia <lucia@clinic.test>\r\nTo: support@example.com\r\n\
    Cc: Pedro Gil <pedro@clinic.test>, buyers@clinic.test\r\nSubject: Contract\r\nMessage-ID: <1@clinic.test>\r\n";

#[tokio::test]
async fn whoever_had_a_copy_gets_the_answer_too_and_the_thread_says_so() {
    let desk = Desk::new().await;
    let id = desk.raw(LUCIA, "What would two more cost?").await;
    let mut ana = desk.ana().await;
    let page = format!("/inbox/c/{id}");
    ana.get(&page)
        .await
        .expect(200)
        .has("Pedro Gil &lt;pedro@clinic.test&gt;, buyers@clinic.test")
        .has("name=\"cc\" value=\"pedro@clinic.test, buyers@clinic.test\"");
    let head = desk.head().await;
    let form = [
        ("text", "90 a month."),
        ("seen_position", head.as_str()),
        ("cc", "Pedro Gil <pedro@clinic.test>; boss@clinic.test"),
        ("bcc", "books@example.org"),
    ];
    ana.upload(&format!("{page}/reply"), &form, &[])
        .await
        .expect(200)
        .has("boss@clinic.test")
        // Who had a copy of this answer has one of the next.
        .has("name=\"cc\" value=\"pedro@clinic.test, boss@clinic.test\"")
        .has("name=\"bcc\" value=\"\"");
    let expected = [
        ("to", "lucia@clinic.test"),
        ("cc", "pedro@clinic.test"),
        ("cc", "boss@clinic.test"),
        ("bcc", "books@example.org"),
    ];
    let expected = expected.map(|(role, address)| (role.to_owned(), address.to_owned()));
    assert_eq!(desk.recipients(&id).await, expected);
    // A note goes to nobody, whatever stands in the fields.
    let note = [("text", "Ask Diego"), ("kind", "note"), ("cc", "pedro@clinic.test")];
    ana.upload(&format!("{page}/reply"), &note, &[]).await.expect(200);
    assert_eq!(desk.recipients(&id).await.len(), 4);
}

#[tokio::test]
async fn a_colleague_who_answers_stays_in_copy_and_a_stranger_brings_in_nobody() {
    let desk = Desk::new().await;
    let id = desk.raw(LUCIA, "What would two more cost?").await;
    let colleague = "From: Pedro <pedro@clinic.test>\r\nTo: Lucia <lucia@clinic.test>, Support <support@example.com>\r\n\
        Subject: Re: Contract\r\nMessage-ID: <2@clinic.test>\r\nIn-Reply-To: <1@clinic.test>\r\n";
    assert_eq!(desk.raw(colleague, "And three?").await, id);
    let mut ana = desk.ana().await;
    let page = format!("/inbox/c/{id}");
    ana.get(&page)
        .await
        .expect(200)
        // Answers go to who wrote last, and the customer has a copy.
        .has("name=\"cc\" value=\"lucia@clinic.test\"");
    let token = desk.test.store().keys().reply_token(&id);
    let stranger = format!(
        "From: Eve <eve@elsewhere.test>\r\nTo: support+{token}@example.com\r\nCc: mallory@elsewhere.test\r\n\
         Subject: Re: Contract\r\nMessage-ID: <3@elsewhere.test>\r\n"
    );
    assert_eq!(desk.raw(&stranger, "Send me all of it").await, id);
    ana.get(&page)
        .await
        .expect(200)
        .lacks("name=\"cc\" value=\"mallory")
        .lacks("name=\"cc\" value=\"eve");
}

#[tokio::test]
async fn what_was_typed_as_copies_survives_a_refusal_a_reload_and_an_undo() {
    let desk = Desk::new().await;
    let id = desk.raw(LUCIA, "What would two more cost?").await;
    let mut ana = desk.ana().await;
    let page = format!("/inbox/c/{id}");
    let head = desk.head().await;
    let wrong = [
        ("text", "90 a month."),
        ("seen_position", head.as_str()),
        ("cc", "pedro"),
        ("bcc", "books@example.org"),
    ];
    ana.upload(&format!("{page}/reply"), &wrong, &[])
        .await
        .expect(422)
        .has("name=\"cc\" value=\"pedro\"")
        .has("name=\"bcc\" value=\"books@example.org\"");
    assert_eq!(desk.recipients(&id).await, []);
    let draft = [("text", "90"), ("cc", "boss@clinic.test"), ("bcc", "")];
    ana.post(&format!("{page}/draft"), &draft).await.expect(200);
    ana.get(&page)
        .await
        .expect(200)
        .has("name=\"cc\" value=\"boss@clinic.test\"");
    let form = [
        ("id", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("text", "90 a month."),
        ("seen_position", head.as_str()),
        ("undo", "1"),
        ("cc", ""),
        ("bcc", "books@example.org"),
    ];
    ana.upload(&format!("{page}/reply"), &form, &[]).await.expect(200);
    ana.post(&format!("{page}/undo"), &[("message", "01ARZ3NDEKTSV4RRFFQ69G5FAV")])
        .await
        .expect(200)
        .has("\"bcc\":\"books@example.org\"");
    ana.get(&page)
        .await
        .expect(200)
        .has("name=\"cc\" value=\"\"")
        .has("name=\"bcc\" value=\"books@example.org\"");
}

#[tokio::test]
async fn one_of_several_recipients_who_got_nothing_is_named() {
    let desk = Desk::new().await;
    let id = desk.raw(LUCIA, "What would two more cost?").await;
    let mut ana = desk.ana().await;
    let page = format!("/inbox/c/{id}");
    let head = desk.head().await;
    let form = [
        ("text", "90 a month."),
        ("seen_position", head.as_str()),
        ("cc", "pedro@clinic.test, boss@clinic.test"),
    ];
    ana.upload(&format!("{page}/reply"), &form, &[]).await.expect(200);
    let store = desk.test.store();
    let leased = deliveries::lease(store, "me", 10).await.unwrap();
    let pedro = leased.iter().find(|one| one.recipient == "pedro@clinic.test").unwrap();
    let refused = SendError::Permanent {
        code: "550".to_owned(),
        reason: "No such user".to_owned(),
    };
    deliveries::settle(store, "me", pedro, Err(refused)).await.unwrap();
    ana.get(&page)
        .await
        .expect(200)
        .has("pedro@clinic.test: No such user")
        .has("d-failed");
}
