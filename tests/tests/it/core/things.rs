//! Leases, quarantine, sealed settings, files and keys.

use conversation::blobs::{Blobs, folder};
use conversation::db::Db;
use conversation::env::FakeClock;
use conversation::inboxes::{self, NewInbox};
use conversation::keys::Keys;
use conversation::leases::{hold, release};
use conversation::quarantine;
use conversation::types::{Actor, Channel, ConversationId, Language};
use conversation::{Env, Error, Store};
use futures::future::join_all;
use serde_json::json;

use super::bed::{Bed, NOON, both, refusal};

both! {
    one_holds_a_lease,
    what_was_set_aside_waits_for_a_person,
    settings_are_sealed_and_opened,
    health_is_an_event_only_when_it_changes,
    files_are_kept_in_the_row_or_the_folder,
    uploads_are_fetched_later,
}

async fn one_holds_a_lease(bed: Bed) {
    let second = bed.second().await;
    let tasks = (0..10).map(|n| {
        let store = if n % 2 == 0 { bed.store.clone() } else { second.clone() };
        tokio::spawn(async move {
            (
                n,
                hold(&store, "mailbox", &format!("p{n}"), 1_000).await.expect("asked"),
            )
        })
    });
    let held: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.expect("no panic"))
        .filter_map(|(n, token)| Some((n, token?)))
        .collect();
    assert_eq!(held.len(), 1, "{held:?}");
    let (winner, token) = (format!("p{}", held[0].0), held[0].1);
    assert_eq!(token, 1);
    let ask = async |owner: &str| hold(&bed.store, "mailbox", owner, 1_000).await.expect("asked");
    bed.clock.advance(900);
    assert_eq!(ask(&winner).await, Some(1), "kept");
    bed.clock.advance(1_000);
    assert_eq!(ask("other").await, None, "until its last millisecond");
    bed.clock.advance(1);
    assert_eq!(ask("other").await, Some(2), "and the token grows");
    assert_eq!(ask(&winner).await, None);
    release(&bed.store, "mailbox", &winner)
        .await
        .expect("nothing to give back");
    assert_eq!(ask(&winner).await, None, "only its holder gives it back");
    release(&bed.store, "mailbox", "other").await.expect("given back");
    assert_eq!(ask(&winner).await, Some(3));
    assert_eq!(
        hold(&bed.store, "sweep", "other", 1_000).await.expect("asked"),
        Some(1),
        "another lease"
    );
    bed.check().await;
}

async fn what_was_set_aside_waits_for_a_person(bed: Bed) {
    let ana = bed.agent("ana").await;
    let entry = |n: usize| quarantine::NewEntry {
        inbox: None,
        channel: Channel::Email,
        external_id: None,
        reason: format!("{n}{}", "x".repeat(5_000)),
        raw_sha256: None,
    };
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(quarantine::put(&bed.store, entry(n)).await.expect("put aside"));
        bed.clock.advance(1);
    }
    let list = quarantine::list(bed.store.db(), 2).await.expect("a list");
    assert_eq!(
        list.iter().map(|entry| &entry.id).collect::<Vec<_>>(),
        [&ids[2], &ids[1]]
    );
    assert_eq!(list[0].reason.chars().count(), 1_000);
    quarantine::settle(&bed.store, &ana, &ids[1]).await.expect("settled");
    assert_eq!(
        refusal(quarantine::settle(&bed.store, &ana, &ids[1]).await),
        "not found"
    );
    assert_eq!(quarantine::count(bed.store.db()).await.expect("count"), 2);
    bed.check().await;
}

async fn settings_are_sealed_and_opened(bed: Bed) {
    let new = NewInbox {
        channel: Channel::Email,
        name: " Support ".to_owned(),
        language: Language::Es,
        address: "support@example.test".to_owned(),
        bot_enabled: true,
        settings: json!({ "password": "correct horse" }),
    };
    let id = inboxes::create(&bed.store, &Actor::System, new.clone())
        .await
        .expect("an inbox");
    assert!(refusal(inboxes::create(&bed.store, &Actor::System, new).await).contains("`Support`"));
    let opened: serde_json::Value = inboxes::settings(&bed.store, &id).await.expect("opened");
    assert_eq!(opened["password"], "correct horse");
    let (sealed,): (Vec<u8>,) = conversation::db::sql("SELECT settings FROM inboxes")
        .one(bed.store.db())
        .await
        .expect("a row");
    assert!(!sealed.windows(7).any(|part| part == b"correct"), "not in the clear");
    for text in [id.as_str(), "Support", "support@example.test"] {
        assert_eq!(
            inboxes::find(bed.store.db(), Channel::Email, text)
                .await
                .expect("found")
                .id,
            id
        );
    }
    assert!(
        inboxes::find(bed.store.db(), Channel::Whatsapp, "Support")
            .await
            .is_err()
    );
    inboxes::configure(
        &bed.store,
        &Actor::System,
        &id,
        &json!({ "password": "battery" }),
        false,
        false,
    )
    .await
    .expect("changed");
    let inbox = inboxes::load(bed.store.db(), &id).await.expect("it");
    assert_eq!((inbox.bot_enabled, inbox.is_enabled), (false, false));
    assert_eq!(
        inboxes::default_email(bed.store.db()).await.expect("a look"),
        None,
        "a mailbox that is off sends nothing"
    );
    let none = inboxes::configure(&bed.store, &Actor::System, &"none".into(), &json!({}), true, true).await;
    assert_eq!(refusal(none), "not found");

    // The key was changed: with the old one behind it all still opens, without it not.
    let with = async |keys: Vec<[u8; 32]>| {
        let db = Db::connect(&bed.url, 2).await.expect("a database");
        let files = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::new(db.clone(), folder(files.path()).expect("a folder"));
        Store::new(
            db,
            blobs,
            Env::fixed(FakeClock::new(NOON), 9),
            Keys::new(keys).expect("keys"),
        )
    };
    let rotated = with(vec![[8; 32], [7; 32]]).await;
    let opened: serde_json::Value = inboxes::settings(&rotated, &id).await.expect("opened");
    assert_eq!(opened["password"], "battery");
    let foreign = with(vec![[8; 32]]).await;
    let refused = inboxes::settings::<serde_json::Value>(&foreign, &id).await;
    assert!(matches!(refused, Err(Error::Corrupt { .. })), "{refused:?}");
    bed.check().await;
}

/// What is wrong with an inbox here.
const TROUBLE: inboxes::Trouble<'_> = inboxes::Trouble {
    code: "imap.auth",
    words: "LOGIN refused",
};

async fn health_is_an_event_only_when_it_changes(bed: Bed) {
    let id = bed.inbox(Channel::Email, false).await;
    let mut head = bed.store.head().await.expect("head");
    for (trouble, is_news) in [
        (None, true),
        (None, false),
        (Some(TROUBLE), true),
        (Some(TROUBLE), false),
        (
            Some(inboxes::Trouble {
                code: "imap.network",
                ..TROUBLE
            }),
            true,
        ),
        (None, true),
    ] {
        inboxes::set_health(&bed.store, &id, trouble).await.expect("recorded");
        let now = bed.store.head().await.expect("head");
        assert_eq!(now > head, is_news, "{trouble:?}");
        head = now;
    }
    inboxes::set_health(&bed.store, &"none".into(), Some(TROUBLE))
        .await
        .expect("nothing to do");
    bed.check().await;
}

async fn files_are_kept_in_the_row_or_the_folder(bed: Bed) {
    let second = bed.second().await;
    for size in [0usize, 1, 16 * 1024, 16 * 1024 + 1, 3_000_000] {
        let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
        let tasks = (0..4).map(|n| {
            let (store, bytes) = (
                if n % 2 == 0 { bed.store.clone() } else { second.clone() },
                bytes.clone(),
            );
            tokio::spawn(async move { store.put_blob(&bytes).await.expect("stored") })
        });
        let refs: Vec<_> = join_all(tasks)
            .await
            .into_iter()
            .map(|task| task.expect("no panic"))
            .collect();
        assert!(refs.iter().all(|blob| *blob == refs[0]));
        assert_eq!(refs[0].size, i64::try_from(size).expect("small"));
        assert_eq!(second.blobs().get(&refs[0].sha256).await.expect("it"), bytes);
    }
    assert_eq!(bed.count("SELECT COUNT(*) FROM blobs").await, 5);
    assert_eq!(bed.count("SELECT COUNT(*) FROM blobs WHERE data IS NULL").await, 2);
    for name in ["", "0", "../../etc/passwd", "é"] {
        assert_eq!(refusal(bed.store.blobs().get(name).await), "not found", "{name:?}");
    }
    // As a proxy does that asks several processes on one folder whether they are ready.
    for checked in join_all((0..50).map(|_| bed.store.blobs().check())).await {
        checked.expect("it works");
    }
    bed.check().await;
}

async fn uploads_are_fetched_later(bed: Bed) {
    use conversation::attachments::{Fetched, lease_fetches, of_messages, settle_fetch};
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let mut message = super::bed::whatsapp(&inbox, "5511999990001", "wamid.1", "");
    for n in 0..2 {
        message.attachments.push(conversation::inbound::InboundAttachment {
            name: format!("{n}.jpg"),
            media_type: "image/jpeg".to_owned(),
            inline: false,
            content_id: None,
            blob: conversation::inbound::BlobRef {
                sha256: String::new(),
                size: 0,
            },
            source: Some(json!({ "media": n })),
        });
    }
    let filed = bed.file(&message).await;
    let ids = [filed.message.expect("filed")];
    let second = bed.second().await;
    let (one, two) = tokio::join!(lease_fetches(&bed.store, 1), lease_fetches(&second, 5));
    let mut fetches = one.expect("leased");
    fetches.extend(two.expect("leased"));
    fetches.extend(lease_fetches(&bed.store, 5).await.expect("leased"));
    let sources: std::collections::BTreeSet<_> = fetches.iter().map(|fetch| fetch.source.clone()).collect();
    assert_eq!((fetches.len(), sources.len()), (2, 2), "each to one");
    let blob = bed.store.put_blob(b"a picture").await.expect("stored");
    settle_fetch(
        &bed.store,
        &fetches[0],
        Ok(Fetched {
            blob: blob.clone(),
            media_type: "image/png".to_owned(),
            duration: Some(7_000),
        }),
    )
    .await
    .expect("settled");
    settle_fetch(&bed.store, &fetches[1], Err(("gone".to_owned(), true)))
        .await
        .expect("settled");
    let files = of_messages(bed.store.db(), &ids).await.expect("files");
    assert_eq!(
        files
            .iter()
            .filter(|file| file.sha256 == blob.sha256 && file.media_type == "image/png")
            .count(),
        1
    );
    assert_eq!(
        files
            .iter()
            .filter(|file| file.fetch_error.as_deref() == Some("gone"))
            .count(),
        1
    );
    let mut tries = 1;
    loop {
        bed.clock.advance(3 * super::bed::HOUR);
        let Some(fetch) = lease_fetches(&bed.store, 5).await.expect("leased").pop() else {
            break;
        };
        tries += 1;
        assert!(tries <= 12, "it is tried without an end");
        settle_fetch(&bed.store, &fetch, Err(("gone".to_owned(), true)))
            .await
            .expect("settled");
    }
    assert_eq!(tries, 12);
    bed.check().await;
}

#[test]
fn keys_sign_and_seal() {
    let keys = |list: &[u8]| Keys::new(list.iter().map(|byte| [*byte; 32]).collect()).expect("keys");
    assert!(Keys::new(Vec::new()).is_err());
    let env = Env::fixed(FakeClock::new(NOON), 1);
    let (old, rotated, foreign) = (keys(&[1]), keys(&[2, 1]), keys(&[3]));
    let id = ConversationId::from(env.ulid());
    let token = old.reply_token(&id);
    assert!(
        token
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
        "{token}"
    );
    assert_eq!(token.len(), 42, "short enough for a local part");
    assert_eq!(rotated.check_reply_token(&token), Some(id.clone()));
    assert_ne!(rotated.reply_token(&id), token, "the first key makes");
    assert_eq!(old.check_reply_token(&rotated.reply_token(&id)), None);
    assert_eq!(foreign.check_reply_token(&token), None);
    for place in 0..token.len() {
        let mut other: Vec<char> = token.chars().collect();
        other[place] = if other[place] == '7' { '8' } else { '7' };
        assert_eq!(
            old.check_reply_token(&other.iter().collect::<String>()),
            None,
            "place {place}"
        );
    }
    let link = old.sign("survey", "a.b/c");
    assert_eq!(rotated.check("survey", &link), Some("a.b/c"));
    for (purpose, text) in [
        ("other", link.clone()),
        ("survey", format!("x{link}")),
        ("survey", link.replace('.', "")),
        ("survey", "a.b/c.".to_owned()),
        ("survey", String::new()),
    ] {
        assert_eq!(old.check(purpose, &text), None, "{purpose} {text}");
    }
    let sealed = old.seal(&env, b"secret").expect("sealed");
    assert_ne!(sealed, old.seal(&env, b"secret").expect("sealed"), "never twice alike");
    assert_eq!(rotated.open(&sealed).expect("opened"), b"secret");
    assert!(foreign.open(&sealed).is_err());
    for place in 0..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[place] ^= 1;
        assert!(old.open(&damaged).is_err(), "place {place}");
        assert!(old.open(&sealed[..place]).is_err(), "cut at {place}");
    }
}

#[test]
fn ids_rise_even_when_the_clock_does_not() {
    let clock = FakeClock::new(NOON);
    let env = Env::fixed(clock.clone(), 1);
    let mut last = String::new();
    for step in [0, 0, 0, 5, -10_000, 0, 20_000, -1] {
        clock.advance(step);
        let next = env.ulid();
        assert!(next > last, "{next} after {last}");
        assert_eq!(next.len(), 26);
        last = next;
    }
}
