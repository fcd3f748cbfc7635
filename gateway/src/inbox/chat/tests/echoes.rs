//! What the business writes on its own telephone, with a number that is used there and here at once.

use conversation::conversations::Conversation;
use conversation::quarantine;
use conversation::types::{ConversationStatus, Level, MessageKind};

use super::*;

const LENA: &str = "5521912345678";

impl Desk {
    /// What Meta posts of messages that were written on the telephone, so many seconds from now.
    async fn echo(&self, to: &str, messages: &[Value]) {
        let at = self.test.clock.now() / 1000;
        let messages: Vec<Value> = messages
            .iter()
            .map(|message| {
                let mut message = message.clone();
                message["from"] = json!("5511300000000");
                message["timestamp"] = json!(at.to_string());
                if message.get("to").is_none() {
                    message["to"] = json!(to);
                }
                message
            })
            .collect();
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "phone_number_id": self.settings.phone_number_id },
            "message_echoes": messages,
        });
        self.change("smb_message_echoes", value).await;
    }

    async fn all(&self) -> Vec<Conversation> {
        let filter = Filter::default();
        views::conversations(self.test.store().db(), &filter, None, 10)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn what_is_answered_on_the_telephone_is_answered_here() {
    let desk = Desk::new().await;
    desk.hook(&[text("wamid.1", "Quando chega o técnico?")]).await;
    assert!(desk.all().await[0].waiting_since.is_some());
    desk.test.clock.advance(5_000);
    let answer = text("wamid.2", "Hoje às *15h*");
    desk.echo(ROSA, std::slice::from_ref(&answer)).await;
    // Meta brings everything again where it heard no answer.
    desk.echo(ROSA, &[answer]).await;

    let all = desk.all().await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].waiting_since, None, "nobody waits");
    assert_eq!(all[0].status, ConversationStatus::Open);
    assert_eq!(all[0].preview, "Hoje às *15h*");
    let timeline = views::timeline(desk.test.store().db(), &all[0].id, None, 10)
        .await
        .unwrap();
    let kinds: Vec<MessageKind> = timeline.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [MessageKind::Inbound, MessageKind::Outbound]);
    desk.send().await;
    assert!(desk.standin.accepted().is_empty(), "it is not sent a second time");

    let mut ana = desk.ana().await;
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has("WhatsApp Business")
        .has("Sent from the telephone")
        .has("Hoje às *15h*");
    // Their answer belongs to it.
    desk.test.clock.advance(5_000);
    desk.hook(&[text("wamid.3", "Obrigada")]).await;
    assert_eq!(desk.all().await.len(), 1);
}

#[tokio::test]
async fn who_is_written_to_from_the_telephone_is_known_when_they_answer() {
    let desk = Desk::new().await;
    desk.echo(
        LENA,
        &[
            text("wamid.1", "Sua máquina está pronta"),
            image("wamid.2", Some("A máquina")),
        ],
    )
    .await;
    let all = desk.all().await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].status, ConversationStatus::Resolved, "nobody has to look at it");
    assert_eq!(all[0].level, Level::N1);
    assert_eq!(all[0].last_inbound_at, None, "it opens no window");
    let mut ana = desk.ana().await;
    let page = format!("/inbox/c/{}", all[0].id);
    ana.get(&page).await.expect(200).has("24");

    // However late they answer, it is there that they do.
    desk.test.clock.advance(3 * 24 * 60 * 60 * 1000);
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "phone_number_id": desk.settings.phone_number_id },
        "contacts": [{ "wa_id": LENA, "profile": { "name": "Lena" } }],
        "messages": [{ "from": LENA, "id": "wamid.3", "timestamp": (desk.test.clock.now() / 1000).to_string(), "type": "text", "text": { "body": "Posso buscar?" } }],
    });
    desk.change("messages", value).await;
    let all = desk.all().await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].status, ConversationStatus::Open);
    assert_eq!(all[0].message_count, 3);
    ana.get(&page).await.expect(200).has("Lena");
}

#[tokio::test]
async fn an_echo_that_nobody_can_place_is_kept_for_a_person() {
    let desk = Desk::new().await;
    let mut nobody = text("wamid.1", "Oi");
    nobody["to"] = json!(null);
    let unnamed = json!({ "type": "text", "text": { "body": "Oi" } });
    for (echo, why) in [(nobody, "to whom it went"), (unnamed, "no `id`")] {
        desk.echo(LENA, &[echo]).await;
        let kept = quarantine::list(desk.test.store().db(), 10).await.unwrap();
        assert!(kept.iter().any(|entry| entry.reason.contains(why)), "{why}");
    }
    assert!(desk.all().await.is_empty());
}
