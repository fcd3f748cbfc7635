//! Whatever another desk answers when its history is fetched, conversations come out of it or a word why not.
#![no_main]

use futures::executor::block_on;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Answers with what it was given, call after call, and then with nothing.
mod api {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use anyhow::Result;
    use serde_json::Value;

    thread_local! {
        pub(crate) static ANSWERS: RefCell<VecDeque<Value>> = const { RefCell::new(VecDeque::new()) };
    }

    pub(crate) struct Api;

    impl Api {
        pub(crate) fn new(_base: &str, _name: &'static str, _token: &str) -> Result<Api> {
            Ok(Api)
        }

        pub(crate) async fn get(&self, _path: &str, _query: &[(&str, &str)]) -> Result<Value> {
            Ok(ANSWERS
                .with_borrow_mut(|answers| answers.pop_front())
                .unwrap_or_default())
        }
    }
}
#[path = "../../gateway/src/imports/chatwoot.rs"]
#[expect(dead_code, reason = "its own crate uses more of it")]
mod chatwoot;
#[path = "../../gateway/src/imports/desk.rs"]
#[expect(dead_code, reason = "its own crate uses more of it")]
mod desk;
#[path = "../../gateway/src/imports/freescout.rs"]
#[expect(dead_code, reason = "its own crate uses more of it")]
mod freescout;
#[path = "../../gateway/src/imports/zammad.rs"]
#[expect(dead_code, reason = "its own crate uses more of it")]
mod zammad;

fuzz_target!(|input: (u8, &str)| {
    let (which, text) = input;
    let answers: Vec<Value> = serde_json::Deserializer::from_str(text)
        .into_iter()
        .map_while(Result::ok)
        .take(20)
        .collect();
    let Some(row) = answers.first().cloned() else { return };
    api::ANSWERS.with_borrow_mut(|all| *all = answers.into());
    let person = |person: &desk::Person| {
        person.identities("desk");
    };
    let thread = match which % 6 {
        0 => block_on(async { freescout::FreeScout::new("", "")?.thread(&row).await }),
        1 => block_on(async { zammad::Zammad::new("", "")?.thread(&row).await }),
        2 => block_on(async { chatwoot::Chatwoot::new("", "", Some(1)).await?.thread(&row).await }),
        3 => {
            if let Ok(Some(people)) = block_on(async { freescout::FreeScout::new("", "")?.people(1).await }) {
                people.iter().for_each(person);
            }
            let _ = block_on(async { freescout::FreeScout::new("", "")?.list(1).await });
            return;
        }
        4 => {
            if let Ok(Some(people)) = block_on(async { zammad::Zammad::new("", "")?.people(1).await }) {
                people.iter().for_each(person);
            }
            let _ = block_on(async { zammad::Zammad::new("", "")?.list(1).await });
            return;
        }
        _ => {
            if let Ok(Some(people)) =
                block_on(async { chatwoot::Chatwoot::new("", "", Some(1)).await?.people(1).await })
            {
                people.iter().for_each(person);
            }
            let _ = block_on(async { chatwoot::Chatwoot::new("", "", None).await?.list(1).await });
            return;
        }
    };
    if let Ok(Ok(thread)) = thread {
        person(&thread.customer);
    }
});
