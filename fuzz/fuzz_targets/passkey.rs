//! Whatever a browser answers when it is asked for a passkey is refused with a word, or is a key; and nobody is let in whose answer the key did not sign.
#![no_main]

use std::cell::OnceCell;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use conversation::Store;
use identity::Owner;
use identity::passkeys::{self, Party, Question};
use libfuzzer_sys::fuzz_target;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};

#[path = "../src/store.rs"]
mod store;

const HOST: &str = "desk.example";
const ID: &[u8] = b"the key that is known";
/// Somebody is there and proved it; a key is in it.
const MADE: u8 = 0x45;

struct World {
    runtime: Runtime,
    store: Store,
    party: Party,
    key: SigningKey,
}

thread_local! {
    static WORLD: OnceCell<World> = const { OnceCell::new() };
}

fn owner() -> Owner {
    Owner::Agent("ana".into())
}

fn challenge(question: &Question) -> String {
    let text = &question.options["publicKey"]["challenge"];
    text.as_str().expect("a challenge").to_owned()
}

/// What the browser says that it was asked, with what else it says.
fn client_data(kind: &str, challenge: &str, more: &str) -> Vec<u8> {
    format!(r#"{{"type":"webauthn.{kind}","challenge":"{challenge}","origin":"https://{HOST}"{more}}}"#).into_bytes()
}

/// Authenticator data (WebAuthn, 6.1): the host, flags, a counter, and what follows.
fn authenticator_data(flags: u8, counter: u32, rest: &[u8]) -> Vec<u8> {
    let mut data = Sha256::digest(HOST).to_vec();
    data.push(flags);
    data.extend_from_slice(&counter.to_be_bytes());
    data.extend_from_slice(rest);
    data
}

/// Attested credential data: no maker, the id, the key in COSE.
fn credential(id: &[u8], key: &[u8]) -> Vec<u8> {
    let mut data = vec![0; 16];
    data.extend_from_slice(&u16::try_from(id.len()).unwrap_or(0).to_be_bytes());
    data.extend_from_slice(id);
    data.extend_from_slice(key);
    data
}

/// A key of P-256 in COSE.
fn cose(key: &SigningKey) -> Vec<u8> {
    let point = key.verifying_key().to_encoded_point(false);
    let mut data = vec![0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20];
    data.extend_from_slice(&point.as_bytes()[1..33]);
    data.extend_from_slice(&[0x22, 0x58, 0x20]);
    data.extend_from_slice(&point.as_bytes()[33..]);
    data
}

/// An attestation object that attests nothing.
fn attestation(data: &[u8]) -> Vec<u8> {
    let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
    object.extend_from_slice(&u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
    object.extend_from_slice(data);
    object
}

fn answer(id: &[u8], response: Value) -> String {
    let id = BASE64.encode(id);
    json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response }).to_string()
}

fn made(id: &[u8], object: &[u8], client: &[u8]) -> String {
    answer(
        id,
        json!({ "attestationObject": BASE64.encode(object), "clientDataJSON": BASE64.encode(client) }),
    )
}

fn proved(data: &[u8], client: &[u8], signature: &[u8]) -> String {
    answer(
        ID,
        json!({ "authenticatorData": BASE64.encode(data), "clientDataJSON": BASE64.encode(client), "signature": BASE64.encode(signature), "userHandle": null }),
    )
}

impl World {
    fn new() -> World {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let party = Party::of(&format!("https://{HOST}"), "Desk").expect("a host");
        let key = SigningKey::from_slice(&[7; 32]).expect("a key");
        let store = runtime.block_on(async {
            let store = store::empty().await;
            let question = passkeys::begin_create(&store, &party, &owner(), "ana", "Ana")
                .await
                .expect("a question");
            let data = authenticator_data(MADE, 1, &credential(ID, &cose(&key)));
            let client = client_data("create", &challenge(&question), "");
            passkeys::finish_create(
                &store,
                &party,
                &owner(),
                &question.step,
                &made(ID, &attestation(&data), &client),
                "phone",
            )
            .await
            .expect("the key is taken");
            store
        });
        World {
            runtime,
            store,
            party,
            key,
        }
    }

    async fn create(&self, give: impl FnOnce(&str) -> String) {
        let question = passkeys::begin_create(&self.store, &self.party, &owner(), "ana", "Ana")
            .await
            .expect("a question");
        let answer = give(&challenge(&question));
        match passkeys::finish_create(&self.store, &self.party, &owner(), &question.step, &answer, "a").await {
            Ok(id) => {
                let mut tx = self.store.begin().await.expect("a transaction");
                passkeys::remove_in(&mut tx, &owner(), &id).await.expect("its owner's");
                tx.commit_silently().await.expect("committed");
            }
            Err(error) => assert!(matches!(error, conversation::Error::Invalid(_)), "{error}"),
        }
    }

    async fn get(&self, give: impl FnOnce(&str) -> String) -> bool {
        let question = passkeys::begin_get(&self.store, &self.party).await.expect("a question");
        let answer = give(&challenge(&question));
        match passkeys::finish_get(&self.store, &self.party, &question.step, &answer).await {
            Ok(found) => {
                assert_eq!(found, owner());
                true
            }
            Err(error) => {
                assert!(matches!(error, conversation::Error::Invalid(_)), "{error}");
                false
            }
        }
    }
}

fuzz_target!(|input: (u8, u8, u32, &str, &[u8])| {
    let (mode, flags, counter, text, bytes) = input;
    WORLD.with(|world| {
        let world = world.get_or_init(World::new);
        world.runtime.block_on(async {
            match mode % 7 {
                0 => world.create(|_| text.to_owned()).await,
                1 => assert!(!world.get(|_| text.to_owned()).await),
                2 => {
                    world
                        .create(|asked| made(b"id", bytes, &client_data("create", asked, text)))
                        .await
                }
                3 => {
                    let data = authenticator_data(flags, counter, bytes);
                    world
                        .create(|asked| made(b"id", &attestation(&data), &client_data("create", asked, text)))
                        .await;
                }
                4 => {
                    let data = authenticator_data(MADE, counter, &credential(b"id", bytes));
                    world
                        .create(|asked| made(b"id", &attestation(&data), &client_data("create", asked, "")))
                        .await;
                }
                5 => {
                    // Signed by somebody, or nobody.
                    let data = authenticator_data(5, counter, &[]);
                    assert!(
                        !world
                            .get(|asked| proved(&data, &client_data("get", asked, text), bytes))
                            .await
                    );
                }
                _ => {
                    let data = authenticator_data(flags, counter, bytes);
                    world
                        .get(|asked| {
                            let client = client_data("get", asked, text);
                            let mut signed = data.clone();
                            signed.extend_from_slice(&Sha256::digest(&client));
                            let signature: Signature = world.key.sign(&signed);
                            proved(&data, &client, signature.to_der().as_bytes())
                        })
                        .await;
                }
            }
        });
    });
});
