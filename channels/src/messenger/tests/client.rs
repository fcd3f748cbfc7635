use std::sync::{Arc, Mutex};

use bytes::Bytes;
use conversation::card::CardKind;
use conversation::inbound::BlobRef;
use conversation::outbound::{OutboundMessage, SendError};
use conversation::types::Channel;
use serde_json::json;

use super::{ANA, NOW, bodies, card, outbound};
use crate::messenger::client::{Client, House};
use crate::messenger::errors::{PERSON, TOKEN};
use crate::messenger::standin::{Fault, Standin};
use crate::messenger::webhook::MediaRef;
use crate::whatsapp::client::{Journal, MediaError, Progress};

/// Keeps nothing; its messages have no files of their own.
#[derive(Default)]
struct Notes(Mutex<Vec<Progress>>);

impl Journal for Notes {
    async fn bytes(&self, _: &BlobRef) -> Result<Bytes, SendError> {
        Ok(Bytes::new())
    }

    async fn keep(&self, progress: &Progress) -> Result<(), SendError> {
        self.0.lock().unwrap().push(progress.clone());
        Ok(())
    }
}

async fn standin(channel: Channel) -> (Standin, Client) {
    let standin = Standin::start_with(channel, true, Arc::new(|| NOW)).await.unwrap();
    standin.set_echoes(false);
    // Nobody listens; the window is open all the same.
    let _ = standin
        .event(ANA, json!({ "message": { "mid": "m0", "text": "Oi" } }))
        .await;
    let client = Client::new(channel, standin.settings()).unwrap();
    (standin, client)
}

async fn deliver(client: &Client, out: &OutboundMessage, progress: &mut Progress) -> Result<Option<String>, SendError> {
    let house = House {
        links: &[],
        public_url: "https://desk.example",
    };
    let notes = Notes::default();
    let sent = client.deliver(out, NOW, progress, &notes, house).await;
    sent.map(|sent| sent.provider_id)
}

#[tokio::test]
async fn a_message_of_several_parts_arrives_once() {
    for channel in [Channel::Instagram, Channel::Messenger] {
        let (standin, client) = standin(channel).await;
        let mut out = outbound(&"frase. ".repeat(400));
        out.cards = vec![card(CardKind::Article, &["Sim", "Não"])];
        let parts = bodies(channel, &out).len();
        let mut progress = Progress::default();
        standin.fault(Fault::CutAfterAccepting);
        let cut = deliver(&client, &out, &mut progress).await.unwrap_err();
        assert!(matches!(cut, SendError::Unknown { .. }), "{cut:?}");
        // The echo says that the first part left.
        progress.parts = parts;
        progress.accepted.push(standin.accepted()[0].mid.clone());
        let last = deliver(&client, &out, &mut progress).await.unwrap();
        let accepted = standin.accepted();
        assert_eq!((accepted.len(), last.as_ref()), (parts, Some(&accepted[parts - 1].mid)));
        let again = deliver(&client, &out, &mut progress).await.unwrap();
        assert_eq!((again, standin.accepted().len()), (last, parts));
    }
}

#[tokio::test]
async fn the_account_people_and_files_are_asked_for() {
    let (standin, client) = standin(Channel::Instagram).await;
    assert_eq!(client.check().await.unwrap(), "Copiadoras Andinas, @andinas");
    client.subscribe().await.unwrap();
    assert!(standin.subscribed().unwrap().contains("message_reactions"));
    standin.set_name(ANA, json!({ "name": "Ana Souza", "username": "anas" }));
    standin.set_name("7002", json!({ "first_name": "Rui", "last_name": "Lima" }));
    standin.set_name("7003", json!({ "username": "tere" }));
    for (user, name) in [
        (ANA, Some("Ana Souza")),
        ("7002", Some("Rui Lima")),
        ("7003", Some("@tere")),
        ("7004", None),
        ("../x", None),
    ] {
        assert_eq!(client.name_of(user).await.as_deref(), name, "{user}");
    }
    let media = |url: String| MediaRef {
        url,
        name: "image.jpg".into(),
        media_type: "image/jpeg".into(),
    };
    let fetched = client
        .fetch(&media(standin.store(b"\x89PNG\r\n\x1a\n", "image/png")))
        .await
        .unwrap();
    assert_eq!((fetched.bytes.len(), fetched.media_type.as_str()), (8, "image/png"));
    let gone = client.fetch(&media(format!("{}/files/none", standin.url))).await;
    assert!(matches!(gone, Err(MediaError::Gone(_))), "{gone:?}");
    for foreign in [
        "http://127.0.0.1:1/x",
        "https://fbcdn.net.evil.example/x",
        "https://u:p@x.fbcdn.net/x",
    ] {
        let refused = client.fetch(&media(foreign.to_owned())).await;
        assert!(matches!(refused, Err(MediaError::Refused(_))), "{foreign}: {refused:?}");
    }
    client.mark_read(ANA, true).await.unwrap();
    let shown: Vec<String> = standin.signs().into_iter().map(|(_, sign)| sign).collect();
    assert_eq!(shown, ["mark_seen", "typing_on"]);
    standin.revoke_token(true);
    assert_eq!(client.check().await.unwrap_err().code(), TOKEN);
    standin.revoke_token(false);
    standin.is_away(ANA);
    let refused = deliver(&client, &outbound("Olá"), &mut Progress::default()).await;
    assert_eq!(refused.unwrap_err().code(), PERSON);
    standin.fault(Fault::Error(613, 0));
    let busy = deliver(&client, &outbound("Olá"), &mut Progress::default()).await;
    assert_eq!(busy.unwrap_err().code(), "messenger.busy");
}
