//! What the business's telephone knows from before its number came here: chats, their files, the address book.

use channels::whatsapp::standin::Fault;
use conversation::contacts;
use conversation::conversations::Conversation;
use conversation::db::sql;
use conversation::events::EventKind;
use conversation::quarantine;
use conversation::types::{ConversationStatus, IdentityKind, MessageKind};

use super::*;

const LENA: &str = "5521912345678";
const OURS: &str = "551130000000";
const DAY: i64 = 24 * 60 * 60;

impl Desk {
    /// What Meta posts of a number that is used on the telephone, too.
    async fn before(&self, field: &str, mut value: Value) {
        value["messaging_product"] = json!("whatsapp");
        value["metadata"] = json!({
            "phone_number_id": self.settings.phone_number_id,
            "display_phone_number": "+55 11 3000-0000",
        });
        self.change(field, value).await;
    }

    /// A part of the chats with Rosa.
    async fn chat(&self, messages: &[Value]) {
        let part = json!({ "metadata": { "phase": 1 }, "threads": [{ "id": ROSA, "messages": messages }] });
        self.before("history", json!({ "history": [part] })).await;
    }

    async fn every(&self) -> Vec<Conversation> {
        let filter = Filter::default();
        let mut all = views::conversations(self.test.store().db(), &filter, None, 10)
            .await
            .unwrap();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    async fn name(&self, number: &str) -> Option<String> {
        let found = contacts::by_identity(self.test.store().db(), IdentityKind::Whatsapp, number);
        found.await.unwrap().map(|(contact, _)| contact.name)
    }

    /// A message of so many days ago.
    fn said(&self, message: Value, from: &str, days: i64) -> Value {
        let mut message = message;
        message["from"] = json!(from);
        message["timestamp"] = json!((self.test.clock.now() / 1000 - days * DAY).to_string());
        message["history_context"] = json!({ "status": "READ" });
        message
    }
}

#[tokio::test]
async fn chats_from_before_are_history_and_nothing_follows_from_them() {
    let desk = Desk::new().await;
    let question = desk.said(text("wamid.1", "Quando vem o técnico?"), ROSA, 40);
    let answer = desk.said(text("wamid.2", "Amanhã às *9h*"), OURS, 39);
    let thanks = desk.said(text("wamid.3", "Perfeito"), ROSA, 38);
    // Parts come in any order, the newest message first, and again where Meta heard no answer.
    for _ in 0..2 {
        desk.chat(&[thanks.clone(), answer.clone()]).await;
        desk.chat(std::slice::from_ref(&question)).await;
    }
    let address_book = |name: &str, number: &str| json!({ "type": "contact", "action": "add", "contact": { "full_name": name, "phone_number": number } });
    let book = [address_book("Rosa (Padaria)", ROSA), address_book("Lena", LENA)];
    desk.before("smb_app_state_sync", json!({ "state_sync": book })).await;
    assert_eq!(desk.name(ROSA).await.as_deref(), Some("Rosa (Padaria)"));
    assert_eq!(desk.name(LENA).await.as_deref(), Some("Lena"));

    let all = desk.every().await;
    assert_eq!(all.len(), 1);
    let chat = &all[0];
    assert_eq!((chat.status, chat.waiting_since), (ConversationStatus::Resolved, None));
    assert_eq!((chat.preview.as_str(), chat.message_count), ("Perfeito", 3));
    assert_eq!(chat.last_inbound_at, None, "it opens no window");
    let told = views::timeline(desk.test.store().db(), &chat.id, None, 10)
        .await
        .unwrap();
    let told: Vec<(MessageKind, &str)> = told.iter().map(|one| (one.kind, one.text.as_str())).collect();
    assert_eq!(
        told,
        [
            (MessageKind::Inbound, "Quando vem o técnico?"),
            (MessageKind::Outbound, "Amanhã às *9h*"),
            (MessageKind::Inbound, "Perfeito"),
        ]
    );
    let events: Vec<(String,)> = sql("SELECT kind FROM events WHERE conversation_id = $1")
        .bind(&chat.id)
        .all(desk.test.store().db())
        .await
        .unwrap();
    let imported = EventKind::ConversationImported.as_str();
    assert!(events.iter().all(|(kind,)| kind == imported), "{events:?}");
    desk.send().await;
    assert!(desk.standin.accepted().is_empty(), "nothing is sent");
    let mut ana = desk.ana().await;
    let page = ana.get(&format!("/inbox/c/{}/thread", chat.id)).await.expect(200);
    page.has("Sent from the telephone").has("WhatsApp Business");

    // What they write now is new, and their name stays that of the address book.
    desk.hook(&[text("wamid.9", "Oi, sou eu de novo")]).await;
    let all = desk.every().await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].status, ConversationStatus::Open);
    assert_eq!(all[1].contact_id, all[0].contact_id);
    assert_eq!(desk.name(ROSA).await.as_deref(), Some("Rosa (Padaria)"));
}

#[tokio::test]
async fn a_file_from_before_takes_its_place_when_it_comes() {
    let desk = Desk::new().await;
    let place = |id: &str, from: &str, days| desk.said(json!({ "id": id, "type": "media_placeholder" }), from, days);
    desk.chat(&[place("wamid.22", OURS, 3), place("wamid.1", ROSA, 4)])
        .await;
    let chat = desk.every().await[0].id.clone();
    let path = format!("/inbox/c/{chat}/thread");
    let mut ana = desk.ana().await;
    ana.get(&path).await.expect(200).has("only the telephone has");
    // Ours does not say to whom it went: it is known by its id.
    for _ in 0..2 {
        let files = [
            desk.said(image("wamid.1", Some("O painel")), ROSA, 4),
            desk.said(image("wamid.22", None), OURS, 3),
        ];
        desk.before("history", json!({ "messages": files })).await;
    }
    let page = ana.get(&path).await.expect(200);
    page.has("O painel").lacks("only the telephone has");
    let files: Vec<(i64,)> = sql("SELECT COUNT(*) FROM attachments WHERE source IS NOT NULL")
        .all(desk.test.store().db())
        .await
        .unwrap();
    assert_eq!(files, [(2,)], "each is fetched once");
    assert_eq!(desk.every().await[0].preview, "📷");
    assert_eq!(desk.every().await[0].message_count, 2);

    // What comes alone and without a file changes nothing that was said.
    desk.chat(&[desk.said(text("wamid.55555", "Veja a *foto*"), ROSA, 6)])
        .await;
    let other = desk.said(text("wamid.55555", "Outra coisa"), ROSA, 6);
    desk.before("history", json!({ "messages": [other] })).await;
    let page = ana.get(&path).await.expect(200);
    page.has("Veja a *foto*").lacks("Outra coisa");

    // One whose message never came is filed with it; one that nobody can place is kept for a person.
    let late = [
        desk.said(image("wamid.333", Some("A fatura")), ROSA, 5),
        desk.said(image("wamid.4444", None), OURS, 5),
    ];
    desk.before("history", json!({ "messages": late })).await;
    ana.get(&path).await.expect(200).has("A fatura");
    let kept = quarantine::list(desk.test.store().db(), 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].reason.contains("does not say whose"), "{}", kept[0].reason);
    let metadata = json!({ "display_phone_number": "+55 11 3000-0000" });
    let file = desk.said(image("wamid.666666", None), OURS, 5);
    desk.change("history", json!({ "metadata": metadata, "messages": [file] }))
        .await;
    let kept = quarantine::list(desk.test.store().db(), 10).await.unwrap();
    assert_eq!(kept.len(), 2, "also where it does not name our number");
}

#[tokio::test]
async fn a_business_that_keeps_its_chats_to_itself_is_told_to_a_person() {
    let desk = Desk::new().await;
    let error = json!({ "code": 2_593_109, "title": "History sharing is turned off" });
    desk.before("history", json!({ "history": [{ "errors": [error] }] }))
        .await;
    let kept = quarantine::list(desk.test.store().db(), 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert!(
        kept[0]
            .reason
            .contains("History sharing is turned off (whatsapp.2593109)")
    );
    assert!(desk.every().await.is_empty());
}

#[tokio::test]
async fn an_administrator_asks_for_what_the_telephone_knows() {
    let desk = Desk::new().await;
    let eva = agent(&desk.test, "Eva", Role::Administrator).await;
    let mut eva = Browser::of(&desk.test, &eva).await;
    let page = format!("/settings/inboxes/{}", desk.inbox);
    eva.get(&page).await.expect(200).has("Chats from before");
    let act = format!("{page}/whatsapp");
    let refused = eva.post(&act, &[("do", "past")]).await;
    refused
        .has("Meta did not take it for the address book: (#100)")
        .has("within 24 hours of onboarding")
        .lacks("Asked for.");
    desk.standin.set_on_app(true);
    // One part that Meta has trouble with holds up the other as little as one that it took before.
    desk.standin.fault(Fault::Error(131_000));
    eva.post(&act, &[("do", "past")])
        .await
        .has("Asked for.")
        .has("for the address book")
        .lacks("for the chats");
    assert_eq!(desk.standin.asked_for(), ["history"]);
    eva.post(&act, &[("do", "past")])
        .await
        .has("Asked for.")
        .has("for the chats");
    assert_eq!(desk.standin.asked_for(), ["history", "smb_app_state_sync"]);
    let mut ana = desk.ana().await;
    ana.post(&act, &[("do", "past")]).await.expect(403);
}
