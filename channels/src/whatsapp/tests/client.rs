use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use conversation::inbound::BlobRef;
use conversation::outbound::{OutboundAttachment, OutboundMessage, SendError};
use conversation::types::Millis;
use serde_json::json;

use super::{NOW, card, outbound};
use crate::whatsapp::client::{Client, Journal, MediaError, Progress};
use crate::whatsapp::inbound::MediaRef;
use crate::whatsapp::send::requests;
use crate::whatsapp::standin::{Config, Fault, Standin};

const ROSA: &str = "5511987654321";

/// A stand-in whose clock stands still, with Rosa's window open.
async fn standin() -> Standin {
    let config = Config {
        clock: std::sync::Arc::new(|| NOW),
        ..Config::default()
    };
    let standin = Standin::start_with(config).await.unwrap();
    standin.open_window(ROSA, NOW - 1000);
    standin
}

fn client(standin: &Standin) -> Client {
    // Long enough for loopback, short enough for the one test that waits for it.
    Client::with_timeout(standin.settings(), NOW, Duration::from_millis(1500)).unwrap()
}

/// Keeps what it is told; `stop_at` crashes it after that many notes.
#[derive(Default)]
struct Notes {
    kept: Mutex<Vec<Progress>>,
    stop_at: Option<usize>,
}

impl Journal for Notes {
    async fn bytes(&self, blob: &BlobRef) -> Result<Bytes, SendError> {
        Ok(Bytes::from(vec![7; usize::try_from(blob.size).unwrap()]))
    }

    async fn keep(&self, progress: &Progress) -> Result<(), SendError> {
        let mut kept = self.kept.lock().unwrap();
        kept.push(progress.clone());
        if self.stop_at == Some(kept.len()) {
            return Err(SendError::Unknown {
                code: "test.crash".into(),
                reason: "crash".into(),
            });
        }
        Ok(())
    }
}

fn rich() -> OutboundMessage {
    let mut out = outbound(&"frase. ".repeat(700));
    let blob = BlobRef {
        sha256: "0".repeat(64),
        size: 5,
    };
    out.attachments = vec![OutboundAttachment {
        name: "nota.pdf".into(),
        media_type: "application/pdf".into(),
        blob,
    }];
    out.cards = vec![card(&["Sim", "Não"], &[])];
    out
}

async fn deliver(client: &Client, out: &OutboundMessage, now: Millis) -> Result<Option<String>, SendError> {
    let mut progress = Progress::default();
    client
        .deliver(out, now, &mut progress, &Notes::default())
        .await
        .map(|sent| sent.provider_id)
}

#[tokio::test]
async fn a_message_of_several_parts_arrives_whole() {
    let standin = standin().await;
    let client = client(&standin);
    let mut progress = Progress::default();
    let sent = client
        .deliver(&rich(), NOW, &mut progress, &Notes::default())
        .await
        .unwrap();
    let accepted = standin.accepted();
    let kinds: Vec<&str> = accepted.iter().map(|a| a.body["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["text", "text", "document", "interactive"]);
    assert_eq!(sent.provider_id.as_ref(), Some(&accepted[3].wamid));
    assert_eq!(accepted[3].body["biz_opaque_callback_data"], "D1#4/4");
    let media = accepted[2].body["document"]["id"].as_str().unwrap();
    assert_eq!(standin.media(media).unwrap(), vec![7; 5]);
    // Once more with the same progress sends nothing.
    let again = client
        .deliver(&rich(), NOW, &mut progress, &Notes::default())
        .await
        .unwrap();
    assert_eq!(again.provider_id, sent.provider_id);
    assert_eq!(standin.accepted().len(), 4);
}

#[tokio::test]
async fn wherever_it_stops_it_goes_on_without_repeating() {
    for stop_at in 1..=5 {
        let standin = standin().await;
        let client = client(&standin);
        let notes = Notes {
            stop_at: Some(stop_at),
            ..Notes::default()
        };
        let mut lost = Progress::default();
        let stopped = client.deliver(&rich(), NOW, &mut lost, &notes).await;
        // The last part has left: that it could not be written down does not unsend it.
        assert_eq!(stopped.is_ok(), stop_at == 5, "stopped at {stop_at}");
        if stopped.is_ok() {
            continue;
        }
        // Only what was kept survives.
        let kept = notes.kept.lock().unwrap().last().cloned().unwrap();
        let text = serde_json::to_string(&kept).unwrap();
        let mut progress: Progress = serde_json::from_str(&text).unwrap();
        client
            .deliver(&rich(), NOW, &mut progress, &Notes::default())
            .await
            .unwrap();
        let parts: Vec<String> = standin
            .accepted()
            .iter()
            .map(|a| a.body["biz_opaque_callback_data"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(parts, ["D1#1/4", "D1#2/4", "D1#3/4", "D1#4/4"], "stopped at {stop_at}");
    }
}

#[tokio::test]
async fn an_unknown_part_is_confirmed_by_its_status() {
    let standin = standin().await;
    let client = client(&standin);
    standin.fault(Fault::BadGatewayAfterAccepting);
    let mut progress = Progress::default();
    let error = client
        .deliver(&rich(), NOW, &mut progress, &Notes::default())
        .await
        .unwrap_err();
    assert!(matches!(error, SendError::Unknown { .. }), "{error}");
    let status = |part: &str, id: &str| {
        let status = json!({ "id": id, "status": "sent", "biz_opaque_callback_data": part });
        let value = json!({ "statuses": [status] });
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "messages", "value": value }] }] });
        crate::whatsapp::webhook::parse(&"wa".into(), body.to_string().as_bytes(), NOW)
            .unwrap()
            .statuses
            .remove(0)
    };
    assert!(
        !progress.confirm(&status("D1#2/4", "x")),
        "not the part that is awaited"
    );
    let first = standin.accepted()[0].wamid.clone();
    assert!(progress.confirm(&status("D1#1/4", &first)));
    assert!(!progress.confirm(&status("D1#1/4", &first)), "no news");
    client
        .deliver(&rich(), NOW, &mut progress, &Notes::default())
        .await
        .unwrap();
    assert_eq!(standin.accepted().len(), 4);
}

#[tokio::test]
async fn the_window_may_close_between_two_parts() {
    let standin = standin().await;
    let client = client(&standin);
    let notes = Notes {
        stop_at: Some(2),
        ..Notes::default()
    };
    let mut progress = Progress::default();
    client.deliver(&rich(), NOW, &mut progress, &notes).await.unwrap_err();
    let mut late = rich();
    late.attachments.clear();
    late.text = "x".into();
    late.last_inbound_at = None;
    let error = client
        .deliver(&late, NOW, &mut progress, &Notes::default())
        .await
        .unwrap_err();
    let expected = "1 of 4 parts arrived";
    assert!(
        matches!(&error, SendError::Permanent { code, reason } if code == "whatsapp.window_closed" && reason.starts_with(expected)),
        "{error}"
    );
}

#[tokio::test]
async fn outcomes_are_typed() {
    let standin = standin().await;
    let client = client(&standin);
    let out = outbound("Oi");
    let cases: [(Fault, &str, usize); 9] = [
        (Fault::Error(130429), "temporary (whatsapp.130429)", 0),
        (Fault::Error(131056), "temporary (whatsapp.131056)", 0),
        (Fault::Error(80007), "temporary (whatsapp.80007)", 0),
        (Fault::Error(190), "permanent (whatsapp.190)", 0),
        (Fault::Error(131026), "permanent (whatsapp.131026)", 0),
        (Fault::ServerError, "temporary (whatsapp.131000)", 0),
        (Fault::BadGatewayAfterAccepting, "unknown (whatsapp.http_502)", 1),
        (Fault::CutAfterAccepting, "unknown (whatsapp.", 1),
        (Fault::HangAfterAccepting, "unknown (whatsapp.timeout)", 1),
    ];
    let mut now = NOW;
    for (fault, expected, taken) in cases {
        // Long enough for any block that the one before has left behind.
        now += 600_000;
        standin.fault(fault);
        let before = standin.accepted().len();
        let error = client
            .send(&requests(&out, NOW, client.settings(), &[]).unwrap()[0], now)
            .await
            .unwrap_err();
        assert!(error.to_string().starts_with(expected), "{fault:?}: {error}");
        assert_eq!(standin.accepted().len() - before, taken, "{fault:?}");
    }
    now += 600_000;
    let sent = client
        .send(&requests(&out, NOW, client.settings(), &[]).unwrap()[0], now)
        .await
        .unwrap();
    assert!(sent.provider_id.is_some());
    standin.revoke_token(true);
    assert!(deliver(&client, &out, now + 600_000).await.is_err());
    assert!(client.check().await.unwrap_err().to_string().contains("whatsapp.190"));
    standin.revoke_token(false);
    assert_eq!(client.check().await.unwrap()["quality_rating"], "GREEN");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_temporary() {
    let mut settings = standin().await.settings();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    settings.graph_url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let client = Client::with_timeout(settings, NOW, Duration::from_secs(5)).unwrap();
    let error = deliver(&client, &outbound("Oi"), NOW).await.unwrap_err();
    assert!(
        error.to_string().starts_with("temporary (whatsapp.unreachable)"),
        "{error}"
    );
}

#[tokio::test]
async fn a_limit_that_meta_names_is_kept() {
    let standin = standin().await;
    let client = client(&standin);
    let request = requests(&outbound("Oi"), NOW, client.settings(), &[])
        .unwrap()
        .remove(0);
    standin.fault(Fault::Error(131056));
    client.send(&request, NOW).await.unwrap_err();
    // The next one does not even leave.
    let error = client.send(&request, NOW).await.unwrap_err();
    assert!(
        matches!(&error, SendError::Temporary { code, retry_after: Some(6_000), .. } if code == "whatsapp.paced"),
        "{error}"
    );
    client.send(&request, NOW + 6_000).await.unwrap();
}

#[tokio::test]
async fn media_goes_up_and_comes_down() {
    let standin = standin().await;
    let client = client(&standin);
    let id = client
        .upload_media("a.png", "image/png", Bytes::from_static(b"png"))
        .await
        .unwrap();
    let media = |id: &str, sha256: Option<&str>| MediaRef {
        id: id.into(),
        name: "a.png".into(),
        media_type: "image/png".into(),
        sha256: sha256.map(str::to_owned),
        is_voice: false,
    };
    let fetched = client.fetch_media(&media(&id.0, None)).await.unwrap();
    assert_eq!(
        (fetched.bytes.as_slice(), fetched.media_type.as_str()),
        (&b"png"[..], "image/png")
    );
    let other = "0".repeat(64);
    let cases = [
        (media(&id.0, Some(&other)), "damaged"),
        (media("404404", None), "does not have"),
        (media("../me", None), "not a media id"),
        (media("..", None), "not a media id"),
    ];
    for (media, expected) in cases {
        let error = client.fetch_media(&media).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let mut small = standin.settings();
    small.max_media_bytes = 2;
    let small = Client::new(small, NOW).unwrap();
    assert_eq!(
        small.fetch_media(&media(&id.0, None)).await,
        Err(MediaError::TooLarge { limit: 2 })
    );
    client.mark_read("wamid.X", true).await.unwrap();
    assert_eq!(standin.reads(), ["wamid.X"]);
}

#[test]
fn the_token_goes_to_meta_only() {
    let graph = url::Url::parse("https://graph.facebook.com").unwrap();
    let allowed = |url: &str| crate::whatsapp::client::allowed(&graph, url).is_ok();
    for good in [
        "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
        "https://graph.facebook.com/x",
        "https://mmg.whatsapp.net/x",
        "https://scontent.xx.fbcdn.net/x",
    ] {
        assert!(allowed(good), "{good}");
    }
    for bad in [
        "http://lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com:8443/x",
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://evilfbsbx.com/x",
        "https://user@lookaside.fbsbx.com/x",
        "https://graph.facebook.com@evil.example/",
        "http://graph.facebook.com/x",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "x",
        "",
    ] {
        assert!(!allowed(bad), "{bad}");
    }
}

#[tokio::test]
async fn every_form_of_card_is_one_that_meta_takes() {
    let standin = standin().await;
    let mut settings = standin.settings();
    settings.public_url = Some("https://desk.example".into());
    let client = Client::new(settings, NOW).unwrap();
    let many: Vec<String> = (0..12).map(|n| format!("escolha de número {n} entre muitas")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (answers, links, window, kinds) in [
        (&["Sim"][..], &[][..], true, &["button"][..]),
        (&["Sim", "Não", "Talvez"], &["Abrir"], true, &["button"]),
        (&many, &["Abrir"], true, &["list", "list"]),
        (&[], &["Abrir a página inteira", "Outra"], true, &["cta_url"]),
        (&[], &[], true, &["text"]),
        (&["Sim"], &["Abrir"], false, &["template"]),
    ] {
        let mut out = outbound("");
        out.cards = vec![card(answers, links)];
        if !window {
            out.last_inbound_at = None;
        }
        let before = standin.accepted().len();
        deliver(&client, &out, NOW).await.unwrap();
        let found: Vec<String> = standin.accepted()[before..]
            .iter()
            .map(|a| {
                a.body["interactive"]["type"]
                    .as_str()
                    .or(a.body["type"].as_str())
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(found, kinds);
    }
}
