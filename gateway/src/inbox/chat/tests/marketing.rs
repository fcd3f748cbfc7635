//! Whoever told WhatsApp that they want no marketing gets none, by whichever way it was written.

use channels::whatsapp::settings::{FallbackTemplate, TemplateParameter, WhatsappSettings};
use channels::whatsapp::templates;
use conversation::env::Clock;
use conversation::reply::{NewReply, ReplyKind, Sending, reply_with};
use conversation::types::{Actor, MessageId, Role};
use conversation::{inboxes, quarantine, views};
use serde_json::{Value, json};

use super::{Desk, ROSA, text};

const DAY: i64 = 24 * 3_600_000;

impl Desk {
    async fn with_offers() -> Desk {
        let desk = Desk::new().await;
        desk.standin.set_templates(vec![
            json!({ "id": "71", "name": "oferta", "language": "pt_BR", "status": "APPROVED", "category": "MARKETING", "components": [{ "type": "BODY", "text": "Toner a menos" }] }),
            json!({ "id": "72", "name": "visita", "language": "pt_BR", "status": "APPROVED", "category": "UTILITY", "components": [{ "type": "BODY", "text": "Chegamos hoje" }] }),
            json!({ "id": "73", "name": "aviso", "language": "pt_BR", "status": "APPROVED", "category": "UTILITY", "components": [{ "type": "BODY", "text": "{{1}}" }] }),
        ]);
        templates::sync(desk.test.store(), &desk.inbox).await.unwrap().unwrap();
        desk
    }

    /// What Meta posts when Rosa stops or resumes marketing, so many seconds ago.
    async fn prefers(&self, value: &str, ago: i64) {
        let at = self.test.clock.now() / 1000 - ago;
        let words = format!("User requested to {value} marketing messages");
        let change = json!({
            "messaging_product": "whatsapp",
            "metadata": { "phone_number_id": self.settings.phone_number_id },
            "contacts": [{ "wa_id": ROSA, "profile": { "name": "Rosa" } }],
            "user_preferences": [{ "wa_id": ROSA, "detail": words, "category": "marketing_messages", "value": value, "timestamp": at }],
        });
        self.change("user_preferences", change).await;
    }

    async fn states(&self) -> Vec<(String, Option<String>)> {
        let timeline = views::timeline(self.test.store().db(), &self.conversation().await, None, 100).await;
        let mut found = Vec::new();
        for message in timeline.unwrap() {
            let of =
                conversation::deliveries::of_messages(self.test.store().db(), std::slice::from_ref(&message.id)).await;
            found.extend(
                of.unwrap()
                    .into_iter()
                    .map(|one| (one.state.as_str().to_owned(), one.error_code)),
            );
        }
        found
    }
}

fn template(name: &str) -> Value {
    json!({ "special": { "type": "template", "name": name, "language": "pt_BR" } })
}

#[tokio::test]
async fn a_thread_says_so_and_takes_other_templates_only() {
    let desk = Desk::with_offers().await;
    desk.hook(&[text("wamid.1", "Oi")]).await;
    let mut ana = desk.ana().await;
    desk.prefers("stop", 1).await;
    desk.prefers("stop", 1).await;
    let thread = ana.get(&desk.path("thread").await).await.expect(200);
    let line = "told WhatsApp that they want no marketing";
    assert_eq!(thread.text.matches(line).count(), 1, "{}", thread.text);
    let page = desk.path("").await;
    ana.get(page.trim_end_matches('/'))
        .await
        .expect(200)
        .has("No marketing, since");
    let list = desk.path("templates").await;
    ana.get(&list)
        .await
        .expect(200)
        .has("They told WhatsApp that they want no marketing");
    let send = |name: &'static str| [("name", name), ("language", "pt_BR")];
    ana.upload(&list, &send("oferta"), &[])
        .await
        .expect(422)
        .has("They told WhatsApp that they want no marketing from you; choose a template that is no marketing");
    ana.upload(&list, &send("visita"), &[]).await.expect(200);
    let api = desk.test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}/messages", desk.conversation().await);
    let refused = api.post(&path, template("oferta")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.json()["detail"].as_str().unwrap().contains("no marketing"));
    assert_eq!(api.post(&path, template("visita")).await.status, 201);
    desk.send().await;
    assert_eq!(desk.standin.accepted().len(), 2);
    desk.prefers("resume", 0).await;
    ana.get(&list).await.expect(200).lacks("want no marketing");
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has("want marketing again");
    assert_eq!(api.post(&path, template("oferta")).await.status, 201);
    assert!(quarantine::list(desk.test.store().db(), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_written_before_does_not_leave_any_more() {
    let desk = Desk::with_offers().await;
    desk.hook(&[text("wamid.1", "Oi")]).await;
    let api = desk.test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}/messages", desk.conversation().await);
    let mut later = template("oferta");
    let tomorrow = desk.test.clock.now() + DAY;
    later["send_at"] = json!(jiff::Timestamp::from_millisecond(tomorrow).unwrap().to_string());
    assert_eq!(api.post(&path, later).await.status, 201);
    desk.prefers("stop", 0).await;
    desk.test.clock.advance(DAY + 1000);
    conversation::scheduled::release_due(desk.test.store()).await.unwrap();
    desk.send().await;
    assert_eq!(desk.standin.accepted().len(), 0);
    let failed = ("failed".to_owned(), Some("whatsapp.no_marketing".to_owned()));
    assert_eq!(desk.states().await, [failed]);
    let mut ana = desk.ana().await;
    ana.get(&desk.path("thread").await)
        .await
        .expect(200)
        .has("does not want marketing messages from you, and this template is one")
        .has("category utility");
}

#[tokio::test]
async fn the_template_of_the_inbox_goes_only_while_it_is_no_marketing() {
    let desk = Desk::with_offers().await;
    let settings = WhatsappSettings {
        template: Some(FallbackTemplate {
            name: "aviso".to_owned(),
            language: "pt_BR".to_owned(),
            parameters: vec![TemplateParameter::Text],
        }),
        ..desk.settings.clone()
    };
    inboxes::configure(desk.test.store(), &Actor::System, &desk.inbox, &settings, false, true)
        .await
        .unwrap();
    desk.hook(&[text("wamid.1", "Oi")]).await;
    desk.prefers("stop", 0).await;
    desk.test.clock.advance(2 * DAY);
    let remind = async || {
        let new = NewReply::of(
            MessageId::from(desk.test.store().env().ulid()),
            &desk.conversation().await,
            ReplyKind::Customer,
            "Sua leitura, por favor",
        );
        reply_with(desk.test.store(), &Actor::System, new, Sending::default())
            .await
            .unwrap();
        desk.send().await;
    };
    remind().await;
    assert_eq!(desk.standin.accepted().len(), 1, "it concerns her");
    // Meta thinks better of the template's category.
    let moved = json!({ "message_template_id": 73, "message_template_name": "aviso", "new_category": "MARKETING" });
    desk.change("template_category_update", moved).await;
    remind().await;
    assert_eq!(desk.standin.accepted().len(), 1);
    assert_eq!(desk.states().await[1].1.as_deref(), Some("whatsapp.no_marketing"));
}

#[tokio::test]
async fn what_meta_answers_counts_until_they_write() {
    let desk = Desk::with_offers().await;
    desk.hook(&[text("wamid.1", "Oi")]).await;
    desk.test.clock.advance(DAY);
    let api = desk.test.with_token(Role::Agent).await;
    let path = format!("/conversations/{}/messages", desk.conversation().await);
    assert_eq!(api.post(&path, template("oferta")).await.status, 201);
    desk.send().await;
    let taken = desk.standin.accepted().remove(0);
    let status = json!({ "id": taken.wamid, "status": "failed", "timestamp": (desk.test.clock.now() / 1000).to_string(),
        "biz_opaque_callback_data": taken.body["biz_opaque_callback_data"], "errors": [{ "code": 131050, "title": "stopped" }] });
    let metadata = json!({ "phone_number_id": desk.settings.phone_number_id });
    desk.change("messages", json!({ "metadata": metadata, "statuses": [status] }))
        .await;
    assert_eq!(api.post(&path, template("oferta")).await.status, 422);
    assert_eq!(api.post(&path, template("visita")).await.status, 201);
    desk.test.clock.advance(1000);
    desk.hook(&[text("wamid.2", "Oi de novo")]).await;
    assert_eq!(api.post(&path, template("oferta")).await.status, 201);
}

#[tokio::test]
async fn what_is_not_understood_is_kept_for_a_person() {
    let desk = Desk::with_offers().await;
    let metadata = json!({ "phone_number_id": desk.settings.phone_number_id });
    for item in [
        json!({ "wa_id": ROSA, "category": "marketing_messages", "value": "perhaps" }),
        json!({ "wa_id": ROSA, "category": "news", "value": "stop" }),
        json!({ "category": "marketing_messages", "value": "stop" }),
        json!({ "user_id": "BR.77", "category": "marketing_messages", "value": "stop" }),
        json!("stop"),
    ] {
        let before = quarantine::list(desk.test.store().db(), 10).await.unwrap().len();
        desk.change(
            "user_preferences",
            json!({ "metadata": metadata, "user_preferences": [item] }),
        )
        .await;
        let after = quarantine::list(desk.test.store().db(), 10).await.unwrap().len();
        assert_eq!(after, before + 1, "{item}");
    }
}
