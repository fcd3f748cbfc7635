use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use conversation::types::Role;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{LONGEST, Provider, role_of};

fn provider(claim: &str, default_role: Option<Role>) -> Provider {
    Provider {
        issuer: String::new(),
        client_id: String::new(),
        client_secret: String::new(),
        label: String::new(),
        scopes: Vec::new(),
        domains: Vec::new(),
        trusts_addresses: false,
        claim: claim.to_owned(),
        roles: vec![
            ("desk-admins".to_owned(), Role::Administrator),
            ("desk".to_owned(), Role::Agent),
        ],
        default_role,
        makes_agents: false,
    }
}

#[test]
fn the_first_line_that_fits_is_the_role() {
    for (claim, claims, default_role, role) in [
        (
            "groups",
            json!({ "groups": ["desk", "desk-admins"] }),
            None,
            Some(Role::Administrator),
        ),
        ("groups", json!({ "groups": ["desk"] }), None, Some(Role::Agent)),
        ("groups", json!({ "groups": "staff, desk" }), None, Some(Role::Agent)),
        ("groups", json!({ "groups": ["desk-administrators"] }), None, None),
        ("groups", json!({ "groups": [7, null, { "desk": 1 }] }), None, None),
        ("groups", json!({}), Some(Role::Supervisor), Some(Role::Supervisor)),
        (
            "realm_access.roles",
            json!({ "realm_access": { "roles": ["desk"] } }),
            None,
            Some(Role::Agent),
        ),
        (
            "https://example.com/roles",
            json!({ "https://example.com/roles": ["desk"] }),
            None,
            Some(Role::Agent),
        ),
        ("", json!({ "groups": ["desk"] }), None, None),
    ] {
        assert_eq!(
            role_of(&provider(claim, default_role), &claims),
            role,
            "{claim} {claims}"
        );
    }
}

/// Answers whatever is asked with a body that has no end; counts what of it was taken, in bytes.
async fn endless() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let taken = Arc::new(AtomicUsize::new(0));
    let count = taken.clone();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        // An answer before the question is refused for that.
        socket.read_u8().await.unwrap();
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        socket.write_all(head).await.unwrap();
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        while socket.write_all(chunk.as_bytes()).await.is_ok() {
            count.fetch_add(0x10000, Ordering::Relaxed);
        }
    });
    (address, taken)
}

#[tokio::test]
async fn an_answer_without_an_end_is_left_at_the_limit() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (issuer, taken) = endless().await;
    let provider = Provider {
        issuer,
        ..provider("", None)
    };
    let refused = super::try_out(&provider).await.unwrap_err();
    assert!(refused.contains("too long"), "{refused}");
    // What the sockets hold besides is a few MB.
    assert!(taken.load(Ordering::Relaxed) < 16 * LONGEST);
}

#[tokio::test]
async fn what_is_wrong_with_the_way_to_a_provider_is_said() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let provider = Provider {
        issuer,
        ..provider("", None)
    };
    let refused = super::try_out(&provider).await.unwrap_err();
    assert!(refused.to_lowercase().contains("connection refused"), "{refused}");
}
