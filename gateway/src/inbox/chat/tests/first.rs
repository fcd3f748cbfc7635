//! Writing first to a number, through the form and through the API.

use channels::whatsapp::templates;
use conversation::begun;
use conversation::types::{Actor, ContactId, Language, Role};
use conversation::views::{self, Filter};
use conversation::{contacts, privacy};
use serde_json::{Value, json};

use super::{Desk, ROSA, text};
use crate::auth::testing::{Browser, agent};

const NEW: &str = "/inbox/new";
const TYPED: &str = "+55 (11) 98765-4321";

impl Desk {
    /// With templates as Meta lists them.
    async fn with_templates() -> Desk {
        let desk = Desk::new().await;
        desk.standin.set_templates(vec![
            json!({ "id": "71", "name": "visita", "language": "pt_BR", "status": "APPROVED", "category": "UTILITY", "components": [
                { "type": "BODY", "text": "Olá {{nome}}, chegamos às {{hora}}." } ] }),
            json!({ "id": "72", "name": "parada", "language": "pt_BR", "status": "PAUSED", "category": "UTILITY", "components": [{ "type": "BODY", "text": "Oferta" }] }),
            json!({ "id": "73", "name": "foto", "language": "es", "status": "APPROVED", "category": "UTILITY", "components": [{ "type": "HEADER", "format": "IMAGE" }, { "type": "BODY", "text": "Mire" }] }),
        ]);
        templates::sync(desk.test.store(), &desk.inbox).await.unwrap().unwrap();
        desk
    }

    fn fields<'a>(&'a self, id: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut fields = vec![("id", id), ("inbox", self.inbox.as_str()), ("to", TYPED)];
        for (name, value) in more {
            fields.retain(|(known, _)| known != name);
            fields.push((name, value));
        }
        fields
    }

    async fn rosa(&self) -> ContactId {
        let person = begun::person_of(self.test.store().db(), TYPED).await.unwrap();
        person.contact.unwrap().id
    }

    async fn consents(&self, is_given: bool) {
        let contact = self.rosa().await;
        let mut tx = self.test.store().begin().await.unwrap();
        let actor = Actor::Contact(contact.clone());
        privacy::consent_in(&mut tx, &actor, &contact, "whatsapp", is_given, "portal", "")
            .await
            .unwrap();
        tx.commit_silently().await.unwrap();
    }
}

const VISIT: [(&str, &str); 3] = [
    ("template", "visita|pt_BR"),
    ("value.body.nome", "Rosa"),
    ("value.body.hora", "10 h"),
];

#[tokio::test]
async fn a_template_begins_a_conversation_and_the_answer_comes_back() {
    let desk = Desk::with_templates().await;
    let mut ana = desk.ana().await;
    // With a number only, it is the way; what cannot be sent is not offered.
    ana.get(NEW)
        .await
        .expect(200)
        .has("name=\"template\" required")
        .has("visita · pt_BR")
        .lacks("parada")
        .lacks("<nav class=\"tabs begin-ways\"");
    let id = desk.test.store().env().ulid();
    // Without scripts a button shows what the template asks for, and sends nothing.
    let look = desk.fields(
        &id,
        &[("template", "visita|pt_BR"), ("do", "look"), ("name", "Rosa Prado")],
    );
    ana.upload(NEW, &look, &[])
        .await
        .expect(200)
        .has("+5511987654321 is not known yet")
        .has("name=\"value.body.hora\"")
        .has("chegamos às");
    for _ in 0..2 {
        let sent = ana.upload(NEW, &desk.fields(&id, &VISIT), &[]).await.expect(303);
        assert!(sent.header("location").starts_with("/inbox/c/"));
    }
    assert!(desk.standin.accepted().is_empty(), "it can be taken back");
    desk.test.clock.advance(10_000);
    desk.send().await;
    let taken = desk.standin.accepted();
    assert_eq!(taken.len(), 1, "once");
    assert_eq!(taken[0].recipient, ROSA);
    assert_eq!(
        taken[0].body["template"],
        json!({ "name": "visita", "language": { "code": "pt_BR" }, "components": [{ "type": "body", "parameters": [
            { "type": "text", "parameter_name": "nome", "text": "Rosa" },
            { "type": "text", "parameter_name": "hora", "text": "10 h" } ] }] })
    );
    // The answer comes back to it, and it is Ana's.
    desk.hook(&[text("wamid.1", "Ótimo")]).await;
    let thread = desk.path("thread").await;
    ana.get(&thread)
        .await
        .expect(200)
        .has("Olá Rosa, chegamos às 10 h.")
        .has("Ótimo")
        .has("Yours");
}

#[tokio::test]
async fn the_second_time_leads_to_the_one_that_is_open() {
    let desk = Desk::with_templates().await;
    desk.hook(&[text("wamid.1", "Oi")]).await;
    let open = desk.conversation().await;
    let mut ana = desk.ana().await;
    let id = desk.test.store().env().ulid();
    // Nothing is sent into what was not looked at.
    ana.upload(NEW, &desk.fields(&id, &VISIT), &[])
        .await
        .expect(422)
        .has("A conversation with them is open here. Look at it")
        .has(&format!("name=\"conversation\" value=\"{open}\""))
        .has(&format!("/inbox/c/{open}"));
    let look = ana
        .upload(NEW, &desk.fields(&id, &[("do", "look")]), &[])
        .await
        .expect(200)
        .has("Rosa &lt;b&gt;")
        .has("your own words can leave")
        .has("name=\"text\"");
    let position = look
        .text
        .split_once("name=\"seen_position\" value=\"")
        .and_then(|(_, rest)| rest.split('"').next())
        .unwrap()
        .to_owned();
    // Within 24 hours words of one's own go there.
    let own = [
        ("text", "Olá, Rosa"),
        ("conversation", open.as_str()),
        ("seen_position", position.as_str()),
    ];
    let sent = ana.upload(NEW, &desk.fields(&id, &own), &[]).await.expect(303);
    assert_eq!(sent.header("location"), format!("/inbox/c/{open}"));
    desk.test.clock.advance(10_000);
    desk.send().await;
    assert_eq!(desk.standin.accepted()[0].body["text"]["body"], "Olá, Rosa");
    desk.conversation().await;
    // Who wrote meanwhile is looked at first.
    desk.hook(&[text("wamid.2", "Espere")]).await;
    let id = desk.test.store().env().ulid();
    let stale = [
        ("text", "Então"),
        ("conversation", open.as_str()),
        ("seen_position", position.as_str()),
    ];
    ana.upload(NEW, &desk.fields(&id, &stale), &[])
        .await
        .expect(422)
        .has("Something was said in that conversation meanwhile")
        .has("Então");
    // From beside the conversation it is one press.
    ana.get(&format!("/inbox/c/{open}"))
        .await
        .expect(200)
        .has("/inbox/new?by=whatsapp&amp;to=%2B5511987654321&amp;name=Rosa");
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_in_words_and_keeps_what_was_typed() {
    let desk = Desk::with_templates().await;
    let mut ana = desk.ana().await;
    let id = desk.test.store().env().ulid();
    let missing = [("template", "visita|pt_BR"), ("value.body.nome", "Rosa")];
    let lines = [VISIT[0], VISIT[1], ("value.body.hora", "10\n11")];
    for (fields, words) in [
        (vec![("to", "11 98765-4321"), VISIT[0]], "with its country code"),
        (vec![("to", "+123"), VISIT[0]], "with its country code"),
        (vec![("to", "Nobody Known"), VISIT[0]], "Choose whom you mean"),
        (vec![], "Choose a template"),
        (vec![("template", "gone|pt_BR")], "There is no template"),
        (vec![("template", "parada|pt_BR")], "PAUSED"),
        (vec![("template", "foto|es")], "takes 1 files"),
        (missing.to_vec(), "is not filled"),
        (lines.to_vec(), "10"),
    ] {
        ana.upload(NEW, &desk.fields(&id, &fields), &[])
            .await
            .expect(422)
            .has("role=\"alert\"")
            .has(words);
    }
    ana.upload(NEW, &desk.fields("none", &VISIT), &[]).await.expect(400);
    let db = desk.test.store().db();
    let all = views::conversations(db, &Filter::default(), None, 10).await.unwrap();
    assert!(all.is_empty(), "nothing was begun");
    assert!(contacts::list(db, None, 10).await.unwrap().is_empty());
    // Who may not work writes to nobody.
    let mut boss = Browser::of(&desk.test, &agent(&desk.test, "Sup", Role::Supervisor).await).await;
    boss.get(NEW).await.expect(403);
    boss.upload(NEW, &desk.fields(&id, &VISIT), &[]).await.expect(403);
    // A coordinator writes to customers of their companies.
    desk.hook(&[text("wamid.1", "Oi")]).await;
    let mut coordinator = Browser::of(&desk.test, &agent(&desk.test, "Coo", Role::Coordinator).await).await;
    coordinator
        .upload(NEW, &desk.fields(&id, &[("do", "look")]), &[])
        .await
        .expect(200)
        .has("none of the companies")
        .lacks("Rosa");
    coordinator
        .upload(NEW, &desk.fields(&id, &VISIT), &[])
        .await
        .expect(422)
        .has("none of the companies");
}

#[tokio::test]
async fn who_does_not_want_it_is_left_alone() {
    let desk = Desk::with_templates().await;
    let mut ana = desk.ana().await;
    desk.hook(&[text("wamid.1", "Oi")]).await;
    desk.test.clock.advance(25 * 3_600_000);
    desk.consents(false).await;
    let open = desk.conversation().await;
    let id = desk.test.store().env().ulid();
    let there = [VISIT[0], VISIT[1], VISIT[2], ("conversation", open.as_str())];
    ana.upload(NEW, &desk.fields(&id, &[("do", "look")]), &[])
        .await
        .expect(200)
        .has("They do not want to be written to by WhatsApp.");
    ana.upload(NEW, &desk.fields(&id, &there), &[])
        .await
        .expect(422)
        .has("They do not want to be written to by WhatsApp;");
    for (lang, words) in [
        (Language::Es, "no quiere que le escriban"),
        (Language::Pt, "não quer receber mensagens"),
    ] {
        assert!(ui::i18n::t(lang, "core-begin-refuses").contains(words));
    }
    let api = desk.test.with_token(Role::Agent).await;
    let body = json!({ "inbox": desk.inbox, "to": TYPED, "template": { "name": "visita", "language": "pt_BR", "values": { "body.nome": "Rosa", "body.hora": "9 h" } } });
    let refused = api.post("/conversations", body).await;
    assert_eq!(refused.status, 422);
    assert!(refused.json()["detail"].as_str().unwrap().contains("do not want"));
}

#[tokio::test]
async fn a_program_begins_by_a_template_or_goes_on() {
    let desk = Desk::with_templates().await;
    let api = desk.test.with_token(Role::Agent).await;
    let values = json!({ "body.nome": "Rosa", "body.hora": "9 h" });
    let body = json!({ "inbox": desk.inbox, "to": TYPED, "name": "Rosa", "template": { "name": "visita", "language": "pt_BR", "values": values } });
    let first = api.post_once("/conversations", "one", body.clone()).await;
    assert_eq!(first.status, 201, "{}", first.json());
    let begun = first.json();
    let id = begun["conversation"]["id"].as_str().unwrap().to_owned();
    assert_eq!(first.header("location"), format!("/api/v1/conversations/{id}"));
    assert_eq!(begun["message"]["text"], "Olá Rosa, chegamos às 9 h.");
    assert_eq!(begun["conversation"]["assignee_id"], Value::Null);
    let again = api.post_once("/conversations", "one", body.clone()).await;
    assert_eq!(again.json()["message"]["id"], begun["message"]["id"], "once");
    // Another message to her is written there; by the contact's id, too.
    let contact = begun["conversation"]["contact_id"].clone();
    let mut known = body.clone();
    known["contact"] = contact;
    assert_eq!(
        api.post("/conversations", known.clone()).await.status,
        422,
        "one of them"
    );
    known.as_object_mut().unwrap().remove("to");
    let second = api.post("/conversations", known).await;
    assert_eq!(second.status, 200, "{}", second.json());
    assert_eq!(second.json()["conversation"]["id"], id.as_str());
    desk.send().await;
    assert_eq!(desk.standin.accepted().len(), 2);
    for (change, words) in [
        (json!({ "template": null, "text": "Oi" }), "only a template"),
        (json!({ "text": "Oi" }), "a template brings its own"),
        (json!({ "subject": "Oi" }), "only mail"),
        (json!({ "to": "98765" }), "country code"),
        (
            json!({ "template": { "name": "parada", "language": "pt_BR" } }),
            "PAUSED",
        ),
        (
            json!({ "template": { "name": "none", "language": "pt_BR" } }),
            "no template",
        ),
    ] {
        let mut wrong = body.clone();
        for (name, value) in change.as_object().unwrap() {
            wrong[name] = value.clone();
        }
        let refused = api.post("/conversations", wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.json());
        assert!(
            refused.json()["detail"].as_str().unwrap().contains(words),
            "{}",
            refused.json()
        );
    }
    // By mail it is a matter of its own each time.
    let mailbox = desk.test.inbox().await;
    let mail = json!({ "inbox": mailbox, "to": "rosa@customer.test", "subject": "Contract", "text": "It ends." });
    for _ in 0..2 {
        assert_eq!(api.post("/conversations", mail.clone()).await.status, 201);
    }
    let mut wrong = mail.clone();
    wrong["template"] = json!({ "name": "visita", "language": "pt_BR" });
    assert_eq!(api.post("/conversations", wrong).await.status, 422);
    let mut wrong = mail;
    wrong["subject"] = json!(" ");
    assert_eq!(api.post("/conversations", wrong).await.status, 422);
}
