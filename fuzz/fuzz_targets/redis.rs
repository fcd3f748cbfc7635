//! Whatever a Redis answers, the stream goes on or a word says why not: positions are read or passed over.
#![no_main]

use std::cell::OnceCell;
use std::time::Duration;

use conversation::Store;
use conversation::events::EventKind;
use conversation::stream::redis::RedisStream;
use conversation::stream::{EventStream, Group};
use libfuzzer_sys::fuzz_target;

#[path = "../src/scripted.rs"]
#[expect(dead_code, reason = "mail servers take their turns in another way")]
mod scripted;
#[path = "../src/store.rs"]
mod store;

use scripted::Turns;

thread_local! {
    static STORE: OnceCell<Store> = const { OnceCell::new() };
}

const GROUP: Group = Group {
    name: "bot",
    kinds: &[EventKind::MessageCreated],
};

fuzz_target!(|script: &[u8]| {
    scripted::run(script, Turns::Bytes, |port| async move {
        let store = match STORE.with(|kept| kept.get().cloned()) {
            Some(store) => store,
            None => {
                let store = store::empty().await;
                STORE.with(|kept| kept.set(store.clone()).ok());
                store
            }
        };
        let Ok(stream) = RedisStream::connect(store, &format!("redis://127.0.0.1:{port}"), "s").await else {
            return;
        };
        let moment = Duration::from_millis(1);
        let _ = stream.ping().await;
        for _ in 0..2 {
            if let Ok(hints) = stream.next(&GROUP, "me", 10, moment).await {
                let positions: Vec<i64> = hints.iter().map(|hint| hint.position).collect();
                let _ = stream.acknowledge(&GROUP, &positions).await;
            }
        }
        let _ = stream.claim_stale(&GROUP, "me", moment, 10).await;
        let _ = stream.relay_once().await;
        let _ = stream.say("a").await;
        let _ = stream.leave(&GROUP, "me").await;
    });
});
