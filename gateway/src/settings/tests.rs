mod connecting;
mod country;
mod leaving;
mod meanwhile;
mod menus;
mod proactive;
mod refusals;
mod timed;
mod works_in;
mod zone;

use channels::email::{EmailSettings, TlsMode};
use channels::whatsapp::WhatsappSettings;
use conversation::ingest::ingest;
use conversation::lifecycle::{Action, act};
use conversation::quarantine::{self, NewEntry};
use conversation::types::{Actor, Channel, Role};
use conversation::{access, inboxes, notices};

use crate::auth::testing::{Browser, PASSWORD, agent};
use crate::people::{agents, tokens};
use crate::testing::TestApp;
use crate::widget::WidgetSettings;

async fn administrator() -> (TestApp, Browser) {
    let test = TestApp::new().await;
    let ana = agent(&test, "Ana", Role::Administrator).await;
    let browser = Browser::of(&test, &ana).await;
    (test, browser)
}

#[tokio::test]
async fn only_administrators_see_them() {
    let (test, _) = administrator().await;
    for role in [Role::Agent, Role::Supervisor] {
        let eva = agent(&test, &format!("Eva{role}"), role).await;
        let mut eva = Browser::of(&test, &eva).await;
        for path in [
            "inboxes",
            "inboxes/new/email",
            "people",
            "tokens",
            "quarantine",
            "knowledge",
        ] {
            eva.get(&format!("/settings/{path}")).await.expect(403);
        }
        for path in [
            "inboxes/new/email",
            "people",
            "tokens",
            "people/x",
            "tokens/x/revoke",
            "quarantine/x/settle",
            "knowledge",
            "knowledge/try",
            "knowledge/learned/x/remove",
        ] {
            eva.post(&format!("/settings/{path}"), &[("name", "x"), ("role", "agent")])
                .await
                .expect(403);
        }
        eva.get("/settings/account").await.expect(200);
    }
}

#[tokio::test]
async fn a_mailbox_is_added_and_changed_and_keeps_its_secret() {
    let (test, mut ana) = administrator().await;
    let new = "/settings/inboxes/new/email";
    // A new mailbox quotes what it answers, and is followed where it is answered from elsewhere, unless somebody says otherwise.
    ana.get(new)
        .await
        .expect(200)
        .has("value=\"993\"")
        .has("name=\"quote_history\" value=\"on\" checked")
        .has("name=\"follow_sent\" value=\"on\" checked");
    let mut fields = vec![
        ("name", "Support"),
        ("address", "nonsense"),
        ("language", "pt"),
        ("bot", "on"),
    ];
    ana.post(new, &fields)
        .await
        .expect(422)
        .has("name@example.com")
        .has("value=\"Support\"");
    fields[1].1 = "Support@Example.com";
    fields.extend([
        ("imap_host", "imap.example.com"),
        ("imap_port", "x"),
        ("imap_tls", "starttls"),
        ("imap_user", "support"),
    ]);
    ana.post(new, &fields).await.expect(422).has("between 1 and 65535");
    fields[5].1 = "143";
    ana.post(new, &fields)
        .await
        .expect(422)
        .has("password of the mailbox is needed");
    fields.extend([
        ("imap_password", "s3cret-word"),
        ("smtp_host", "smtp.example.com"),
        ("smtp_port", "587"),
        ("smtp_tls", "starttls"),
    ]);
    let page = ana.post(new, &fields).await.expect(303);
    let path = page.header("location").to_owned();
    ana.post(new, &fields).await.expect(422).has("That name is taken");
    let inbox = inboxes::find(test.store().db(), Channel::Email, "Support")
        .await
        .unwrap();
    assert_eq!(inbox.address, "support@example.com");
    ana.get(&path)
        .await
        .expect(200)
        .has("imap.example.com")
        .lacks("s3cret-word")
        .has("/webhooks/email/");
    let edit = [
        ("name", "Help desk"),
        ("language", "pt"),
        ("sender", "Acme"),
        ("imap_host", "imap.example.com"),
        ("imap_port", "993"),
        ("imap_tls", "tls"),
        ("imap_user", "support"),
        ("enabled", "on"),
        ("smtp_host", "smtp.example.com"),
        ("smtp_port", "465"),
        ("smtp_user", "support"),
        ("smtp_tls", "tls"),
    ];
    ana.post(&path, &edit).await.expect(200).has("Saved.");
    let settings: EmailSettings = inboxes::settings(test.store(), &inbox.id).await.unwrap();
    let (imap, smtp) = (settings.imap.unwrap(), settings.smtp.unwrap());
    assert_eq!(
        (imap.port, imap.tls, settings.name.as_str()),
        (993, TlsMode::Tls, "Acme")
    );
    assert_eq!(
        imap.auth,
        channels::email::Credentials::Password {
            password: "s3cret-word".to_owned()
        }
    );
    assert_eq!(smtp.auth, Some(imap.auth), "said once for both");
    let inbox = inboxes::load(test.store().db(), &inbox.id).await.unwrap();
    assert!(!inbox.bot_enabled && inbox.is_enabled);
    assert_eq!(
        (inbox.name.as_str(), inbox.language),
        ("Help desk", conversation::types::Language::Pt)
    );
    ana.get("/settings/inboxes").await.expect(200).has("Help desk");
}

#[tokio::test]
async fn a_whatsapp_number_and_a_chat_are_added() {
    let (test, mut ana) = administrator().await;
    let new = "/settings/inboxes/new/whatsapp";
    let mut fields = vec![
        ("name", "Number"),
        ("phone_number_id", "1234"),
        ("access_token", "to ken"),
        ("app_secret", "s"),
    ];
    ana.post(new, &fields).await.expect(422);
    fields[2].1 = "token";
    let path = ana.post(new, &fields).await.expect(303).header("location").to_owned();
    let inbox = inboxes::find(test.store().db(), Channel::Whatsapp, "1234")
        .await
        .unwrap();
    let settings: WhatsappSettings = inboxes::settings(test.store(), &inbox.id).await.unwrap();
    assert_eq!(settings.verify_token.len(), 32);
    let hook = format!("/webhooks/whatsapp/{}", inbox.id);
    ana.get(&path).await.expect(200).has(&settings.verify_token).has(&hook);
    let new = "/settings/inboxes/new/webchat";
    let long = "x".repeat(501);
    let bad = [
        ("name", "Site"),
        ("allowed_origins", "https://www.example.com/page"),
        ("color", "green"),
        ("greeting_pt", long.as_str()),
    ];
    ana.post(new, &bad)
        .await
        .expect(422)
        .has("id=\"e-allowed_origins\"")
        .has("leave out what comes after the name")
        .has("id=\"e-color\"")
        .has("id=\"e-greeting_pt\">At most 500");
    // As people type them: with a slash at the end, without the scheme, a colour without its sign.
    let good = [
        ("name", "Site"),
        ("allowed_origins", "https://www.example.com/\r\nb.example"),
        ("greeting_es", "¡Hola!"),
        ("color", "0A7D5A"),
        ("enabled", "on"),
    ];
    let path = ana.post(new, &good).await.expect(303).header("location").to_owned();
    let inbox = inboxes::find(test.store().db(), Channel::Webchat, "Site")
        .await
        .unwrap();
    let settings: WidgetSettings = inboxes::settings(test.store(), &inbox.id).await.unwrap();
    assert_eq!(
        settings.allowed_origins,
        ["https://www.example.com", "https://b.example"]
    );
    assert_eq!(settings.color.as_deref(), Some("#0a7d5a"));
    assert_eq!(inbox.address, settings.key);
    let look = format!("/sample?inbox={}", settings.key);
    ana.get(&path)
        .await
        .expect(200)
        .has(&settings.key)
        .has("¡Hola!")
        .has(&look)
        .lacks("No page of yours");
    let path = ana
        .post(new, &[("name", "Bare")])
        .await
        .expect(303)
        .header("location")
        .to_owned();
    ana.get(&path)
        .await
        .expect(200)
        .has("No page of yours may show the chat yet");
    // What is saved is what the page says at once.
    let named = [
        ("name", "Bare"),
        ("allowed_origins", "www.example.com"),
        ("enabled", "on"),
    ];
    ana.post(&path, &named)
        .await
        .expect(200)
        .lacks("No page of yours may show the chat yet");
}

#[tokio::test]
async fn somebody_is_invited_and_comes_in() {
    let (test, mut ana) = administrator().await;
    let fields = [
        ("name", "Eva"),
        ("email", "eva@example.com"),
        ("role", "supervisor"),
        ("language", "es"),
    ];
    let page = ana.post("/settings/people", &fields).await.expect(200).has("Eva");
    let link = page
        .text
        .split("/set-up?token=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    ana.post("/settings/people", &fields)
        .await
        .expect(422)
        .has("is here already");
    // Without a mailbox the link is handed on by hand; with one it is a mail, in the invited one's language.
    test.inbox().await;
    let tom = [
        ("name", "Tom"),
        ("email", "tom@example.com"),
        ("role", "agent"),
        ("language", "pt"),
    ];
    ana.post("/settings/people", &tom)
        .await
        .expect(200)
        .has("We mailed the invitation to tom@example.com");
    let mails = notices::lease(test.store(), "test", 5).await.unwrap();
    assert_eq!(mails.len(), 1, "one mail, to whom it is for");
    let mail = &mails[0];
    assert_eq!(mail.recipient, "tom@example.com");
    assert!(mail.subject.contains("convida você"), "{}", mail.subject);
    let token = mail.action_url.split_once("/set-up?token=").unwrap().1;
    let mut tom = Browser::new(&test);
    tom.get(&format!("/set-up?token={token}"))
        .await
        .expect(200)
        .has("tom@example.com");
    let mut eva = Browser::new(&test);
    eva.get(&format!("/welcome/{link}")).await.expect(303);
    eva.get(&format!("/set-up?token={link}"))
        .await
        .expect(200)
        .has("Le damos la bienvenida, Eva")
        .has("eva@example.com");
    eva.post("/set-up", &[("token", &link), ("password", PASSWORD)])
        .await
        .expect(303);
    eva.get("/inbox").await.expect(200).has("lang=\"es\"");
    eva.get(&format!("/set-up?token={link}")).await.expect(410);
    let found = agents::by_email(test.store().db(), "eva@example.com")
        .await
        .unwrap()
        .unwrap();
    let path = format!("/settings/people/{}", found.id);
    ana.post(&path, &[("do", "role"), ("role", "agent")]).await.expect(200);
    let inbox = inboxes::list(test.store().db()).await.unwrap().remove(0).id;
    let mut theirs = Vec::new();
    for (id, action) in [("1@example.org", None), ("2@example.org", Some(Action::Resolve))] {
        let filed = test
            .mail(&inbox, "joana@example.org", id, "The printer is jammed")
            .await;
        let id = filed.conversation.unwrap();
        for action in [Some(Action::Assign(Some(found.id.clone()))), action]
            .into_iter()
            .flatten()
        {
            act(test.store(), &Actor::System, &id, action).await.unwrap();
        }
        theirs.push(id);
    }
    ana.post(&path, &[("do", "disable")]).await.expect(200);
    eva.get("/inbox").await.expect(303);
    // What they had open is anybody's; what was done becomes so when its customer writes again.
    let assignee = async |id| {
        access::conversation(test.store().db(), &Actor::System, id)
            .await
            .unwrap()
            .assignee_id
    };
    assert_eq!(assignee(&theirs[0]).await, None);
    assert_eq!(assignee(&theirs[1]).await, Some(found.id.clone()));
    let mut again = test
        .message(&inbox, "joana@example.org", "3@example.org", "Jammed again")
        .await;
    again.thread.in_reply_to = vec!["2@example.org".to_owned()];
    let filed = ingest(test.store(), &[again]).await.unwrap().remove(0);
    assert_eq!(filed.conversation.as_ref(), Some(&theirs[1]));
    assert_eq!(assignee(&theirs[1]).await, None);
    let me = agents::by_email(test.store().db(), "ana@example.com")
        .await
        .unwrap()
        .unwrap();
    let path = format!("/settings/people/{}", me.id);
    ana.post(&path, &[("do", "role"), ("role", "agent")])
        .await
        .expect(422)
        .has("Nobody would be left");
}

#[tokio::test]
async fn a_token_is_shown_once() {
    let (test, mut ana) = administrator().await;
    let page = ana
        .post("/settings/tokens", &[("name", "crm"), ("role", "agent")])
        .await
        .expect(200);
    let secret = format!(
        "sb_{}",
        page.text
            .split("value=\"sb_")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
    );
    let token = tokens::check(test.store(), &secret).await.unwrap().unwrap();
    ana.get("/settings/tokens").await.expect(200).has("crm").lacks(&secret);
    ana.post("/settings/tokens", &[("name", " "), ("role", "agent")])
        .await
        .expect(422);
    ana.post(&format!("/settings/tokens/{}/revoke", token.id), &[])
        .await
        .expect(303);
    assert!(tokens::check(test.store(), &secret).await.unwrap().is_none());
}

#[tokio::test]
async fn what_was_put_aside_is_looked_at_and_settled() {
    let (test, mut ana) = administrator().await;
    let blob = test.store().put_blob(b"<html>raw").await.unwrap();
    let entry = NewEntry {
        inbox: None,
        channel: Channel::Email,
        external_id: None,
        reason: "no header <b>".to_owned(),
        raw_sha256: Some(blob.sha256),
    };
    let id = quarantine::put(test.store(), entry).await.unwrap();
    ana.get("/settings/quarantine")
        .await
        .expect(200)
        .has("no header &lt;b&gt;");
    let page = ana
        .get(&format!("/settings/quarantine/{id}/raw"))
        .await
        .expect(200)
        .has("<html>raw");
    assert!(page.header("content-disposition").starts_with("attachment"));
    ana.post(&format!("/settings/quarantine/{id}/settle"), &[])
        .await
        .expect(303);
    ana.get("/settings/quarantine").await.expect(200).lacks("no header");
}

#[tokio::test]
async fn an_account_is_its_owners() {
    let (test, mut ana) = administrator().await;
    let me = agents::by_email(test.store().db(), "ana@example.com")
        .await
        .unwrap()
        .unwrap();
    agents::set_password(test.store(), &conversation::types::Actor::System, &me.id, PASSWORD)
        .await
        .unwrap();
    ana.get("/settings/account").await.expect(303);
    let mut ana = Browser::of(&test, &me).await;
    ana.post("/settings/account", &[("name", "Ana Prado"), ("language", "pt")])
        .await
        .expect(303);
    ana.get("/settings/account")
        .await
        .expect(200)
        .has("lang=\"pt\"")
        .has("Ana Prado");
    let change = |current: &'static str| [("current", current), ("password", "another good password")];
    ana.post("/settings/account/password", &change("wrong"))
        .await
        .expect(422)
        .has("Essa não é a sua senha");
    let mut elsewhere = Browser::of(&test, &me).await;
    elsewhere.get("/settings/account").await.expect(200);
    ana.post("/settings/account/password", &change(PASSWORD))
        .await
        .expect(200)
        .has("Senha mudada.");
    ana.get("/settings/account").await.expect(200);
    elsewhere.get("/settings/account").await.expect(303);
    let fits = agents::sign_in(test.store(), "ana@example.com", "another good password")
        .await
        .unwrap();
    assert!(fits.is_some());
}

#[tokio::test]
async fn what_the_bot_knows_is_set_tried_and_refused() {
    let (test, mut ana) = administrator().await;
    let at = "/settings/knowledge";
    ana.get(at).await.expect(200).has("value=\"50\"");
    let mut fields = vec![
        ("version", "0"),
        ("answer_at", "75"),
        ("synonyms-en", "copier, mopier"),
        ("sensitive", "lawsuit"),
    ];
    ana.post("/settings/knowledge/try", &fields)
        .await
        .expect(200)
        .has("Nobody has asked the bot anything");
    let kept = kb::settings::load(test.store().db()).await.unwrap();
    assert_eq!(kept, kb::Settings::default(), "a trial saves nothing");

    ana.post(at, &fields)
        .await
        .expect(200)
        .has("Saved.")
        .has("copier, mopier");
    let kept = kb::settings::load(test.store().db()).await.unwrap();
    assert_eq!((kept.answer_at, kept.version), (0.75, 1));
    ana.post(at, &fields).await.expect(422).has("Somebody else saved");
    fields[0].1 = "1";
    fields[1].1 = "110";
    ana.post(at, &fields)
        .await
        .expect(422)
        .has("from 5 to 99")
        .has("copier, mopier");
    fields[1].1 = "75";
    fields[2].1 = "alone";
    ana.post(at, &fields).await.expect(422).has("no group");
}

#[tokio::test]
async fn the_first_steps_say_what_is_done() {
    let (test, mut ana) = administrator().await;
    ana.get("/settings/start").await.expect(200).has("0 of 9");
    let mailbox = [
        ("name", "Help desk"),
        ("address", "help@shop.example"),
        ("language", "en"),
        ("do", "save"),
    ];
    ana.post("/settings/inboxes/new/email", &mailbox).await.expect(303);
    ana.get("/settings/start").await.expect(200).has("1 of 9");
    agent(&test, "Eva", Role::Agent).await;
    ana.get("/settings/start").await.expect(200).has("2 of 9");
    let eva = agent(&test, "Eva2", Role::Supervisor).await;
    let mut eva = Browser::of(&test, &eva).await;
    eva.get("/settings/start").await.expect(403);
    eva.post("/settings/start", &[("do", "language"), ("language", "pt")])
        .await
        .expect(403);

    // Name, language and time zone are said on the page itself.
    let path = "/settings/start";
    ana.post(path, &[("do", "name"), ("business", " ")])
        .await
        .expect(200)
        .has("Please say a name.");
    ana.post(path, &[("do", "language"), ("language", "tlh")])
        .await
        .expect(200)
        .has("language: en, es or pt");
    for wrong in ["", "Bogota", "Etc/Unknown"] {
        ana.post(path, &[("do", "zone"), ("time_zone", wrong)])
            .await
            .expect(200)
            .has("is not a time zone such as America/Sao_Paulo");
    }
    ana.post(path, &[("do", "zone"), ("time_zone", "America/Bogota")])
        .await
        .expect(303);
    // It counts at once, and in the other processes of the installation.
    ana.get("/settings/hours/new").await.expect(200).has("America/Bogota");
    let elsewhere = billing::Zone::to_be_chosen();
    elsewhere.follow(test.store()).await.unwrap();
    assert_eq!(elsewhere.now().iana_name(), Some("America/Bogota"));
    let configured = billing::Zone::from(jiff::tz::TimeZone::UTC);
    configured.follow(test.store()).await.unwrap();
    assert_eq!(configured.now().iana_name(), Some("UTC"));
    ana.post(path, &[("do", "name"), ("business", "Casa Verde")])
        .await
        .expect(303);
    ana.post(path, &[("do", "language"), ("language", "pt")])
        .await
        .expect(303);
    let page = ana.get(path).await.expect(200);
    page.has("5 of 9")
        .has("value=\"Casa Verde\"")
        .has("Nothing has come in yet");
    // A mail that came in is shown, by what its sender wrote.
    let inbox = test.inbox().await;
    test.mail(&inbox, "ana@customer.example", "1@customer.example", "The tray sticks")
        .await;
    ana.get(path)
        .await
        .expect(200)
        .has("Came in")
        .has("The tray sticks")
        .has("Open it and answer");
    ana.post(path, &[("do", "test"), ("inbox", inbox.as_str())])
        .await
        .expect(200)
        .has("Support: ");
    ana.post(path, &[("do", "nothing")]).await.expect(422);
}
