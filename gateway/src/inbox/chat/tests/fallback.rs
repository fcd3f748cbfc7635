//! Once the 24 hours are over, an agent's plain words leave inside the template of the inbox, if it has one.

use channels::whatsapp::settings::{FallbackTemplate, TemplateParameter, WhatsappSettings};
use conversation::inboxes;
use conversation::types::{Actor, Language};
use serde_json::{Value, json};
use ui::i18n;

use super::{Desk, text};

const DAY: i64 = 24 * 3_600_000;

async fn with(desk: &Desk, template: Option<FallbackTemplate>) {
    let settings = WhatsappSettings {
        template,
        ..desk.settings.clone()
    };
    inboxes::configure(desk.test.store(), &Actor::System, &desk.inbox, &settings, false, true)
        .await
        .unwrap();
}

#[tokio::test]
async fn plain_words_leave_inside_the_inbox_s_template() {
    let desk = Desk::new().await;
    let own = desk.standin.settings().template.unwrap();
    with(&desk, Some(own.clone())).await;
    desk.hook(&[text("wamid.1", "Oi")]).await;
    let mut ana = desk.ana().await;
    let (thread, reply) = (desk.path("thread").await, desk.path("reply").await);
    desk.test.clock.advance(DAY);
    // The composer is open, and says how the words will leave.
    ana.get(&thread)
        .await
        .expect(200)
        .has("Window closed")
        .lacks("value=\"reply\" disabled")
        .has(&format!("inside the template “{}”", own.name));
    let head = desk.test.store().head().await.unwrap().to_string();
    let say = |words: &'static str| vec![("text", words), ("kind", "reply"), ("seen_position", head.as_str())];
    let png = [("a.png", "image/png", &b"\x89PNG\r\n\x1a\nx"[..])];
    ana.upload(&reply, &say("Veja"), &png)
        .await
        .expect(422)
        .has("takes no files");
    let long: &'static str = "palavra ".repeat(200).leak();
    ana.upload(&reply, &say(long), &[])
        .await
        .expect(422)
        .has("these are 1599");
    ana.upload(&reply, &say("Chegamos\nàs   dez."), &[]).await.expect(200);
    desk.send().await;
    let sent = desk.standin.accepted();
    assert_eq!(sent.len(), 1, "what was refused never left");
    assert_eq!(sent[0].body["type"], "template");
    assert_eq!(sent[0].body["template"]["name"], json!(own.name));
    let values: Vec<&Value> = sent[0].body["template"]["components"][0]["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["text"])
        .collect();
    assert!(values.contains(&&json!("Chegamos às dez.")), "{values:?}");

    // A template without a place for the words carries none of them.
    let mute = FallbackTemplate {
        parameters: vec![TemplateParameter::RecipientName],
        ..own
    };
    with(&desk, Some(mute)).await;
    ana.upload(&reply, &say("Olá?"), &[])
        .await
        .expect(422)
        .has("has no place for your words");
    with(&desk, None).await;
    ana.upload(&reply, &say("Olá?"), &[])
        .await
        .expect(422)
        .has("only a template");
    // Inside the window nothing of that counts.
    desk.hook(&[text("wamid.2", "Estou aqui")]).await;
    let head = desk.test.store().head().await.unwrap().to_string();
    let free = [("text", "Que bom"), ("kind", "reply"), ("seen_position", head.as_str())];
    ana.upload(&reply, &free, &[]).await.expect(200);
    desk.send().await;
    assert_eq!(desk.standin.accepted()[1].body["type"], "text");
}

#[test]
fn how_the_words_leave_is_said_in_three_languages() {
    for lang in [Language::En, Language::Es, Language::Pt] {
        let said = i18n::t_args(lang, "composer-window-fallback", &[("template", "aviso".into())]);
        assert!(said.contains("aviso"), "{said}");
    }
}
