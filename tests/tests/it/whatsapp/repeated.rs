//! Meta delivers a web hook again for up to seven days when it is not sure that it was taken.

use channels::whatsapp::receive::receive;
use conversation::contacts;
use conversation::db::sql;
use conversation::lifecycle::{self, Action};
use conversation::types::{Actor, Channel, IdentityKind, InboxId};
use conversation::views::{self, Filter};
use serde_json::json;

use super::{hook, settings, sign};
use crate::core::bed::{Bed, HOUR, NOON, both};

both!(
    a_week_of_repetitions_changes_nothing,
    every_form_of_a_number_is_one_contact,
    a_changed_number_goes_with_its_owner
);

async fn take(bed: &Bed, inbox: &InboxId, body: &str) {
    let signed = sign("secret", body.as_bytes());
    receive(&bed.store, inbox, &settings(), Some(&signed), body.as_bytes())
        .await
        .expect("it is taken");
}

fn text(id: &str, seconds: i64, words: &str) -> serde_json::Value {
    json!({ "id": id, "timestamp": seconds.to_string(), "type": "text", "text": { "body": words } })
}

async fn a_week_of_repetitions_changes_nothing(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let at = NOON / 1000;
    let hooks = [
        hook("100200300400500", "5511987654321", &[text("wamid.1", at - 9, "Oi"), text("wamid.2", at - 8, "Parou")]),
        hook("100200300400500", "5511987654321", &[json!({ "id": "wamid.3", "timestamp": (at - 7).to_string(), "type": "reaction", "reaction": { "message_id": "wamid.1", "emoji": "👍" } })]),
        json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "account_update", "value": { "event": "VERIFIED_ACCOUNT" } }] }] }).to_string(),
        "not JSON at all".to_owned(),
    ];
    for body in &hooks {
        take(&bed, &inbox, body).await;
    }
    let conversation = views::conversations(bed.store.db(), &Filter::default(), None, 10)
        .await
        .expect("a list")
        .remove(0);
    assert_eq!(conversation.message_count, 3);
    lifecycle::act(&bed.store, &Actor::System, &conversation.id, Action::Resolve)
        .await
        .expect("resolved");
    let head = bed.store.head().await.expect("a head");
    for _ in 0..7 * 4 {
        bed.clock.advance(6 * HOUR);
        for body in &hooks {
            take(&bed, &inbox, body).await;
        }
        // And by another process.
        let other = bed.second().await;
        let signed = sign("secret", hooks[0].as_bytes());
        receive(&other, &inbox, &settings(), Some(&signed), hooks[0].as_bytes())
            .await
            .expect("it is taken");
    }
    assert_eq!(bed.store.head().await.expect("a head"), head, "no event in seven days");
    let now = views::conversations(bed.store.db(), &Filter::default(), None, 10)
        .await
        .expect("a list");
    assert_eq!(now.len(), 1);
    assert_eq!(
        (now[0].message_count, now[0].status),
        (4, conversation::types::ConversationStatus::Resolved),
        "the line of the resolution, no more"
    );
    let (waiting,): (i64,) = sql("SELECT COUNT(*) FROM quarantine")
        .one(bed.store.db())
        .await
        .expect("a count");
    assert_eq!(waiting, 2, "each once");
}

async fn every_form_of_a_number_is_one_contact(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let people: [&[&str]; 5] = [
        &["5511987654321", "551187654321"],
        &["5491145678901", "541145678901", "54111545678901"],
        &["5493514567890", "543514567890", "543511545678 90"],
        &["5215512345678", "525512345678"],
        // A fixed line of Brazil is nobody's mobile.
        &["551132654321"],
    ];
    let mut number = 0;
    for forms in people {
        for form in forms {
            let form = form.replace(' ', "");
            number += 1;
            take(
                &bed,
                &inbox,
                &hook(
                    "100200300400500",
                    &form,
                    &[text(&format!("wamid.{number}"), NOON / 1000 - 60 + number, "Oi")],
                ),
            )
            .await;
        }
    }
    let all = views::conversations(bed.store.db(), &Filter::default(), None, 50)
        .await
        .expect("a list");
    assert_eq!(all.len(), people.len(), "one conversation for each person");
    let (contacts,): (i64,) = sql("SELECT COUNT(*) FROM contacts")
        .one(bed.store.db())
        .await
        .expect("a count");
    assert_eq!(contacts, i64::try_from(people.len()).expect("a few"));
    // An answer goes to the form that was used last, and its window is open under each.
    let last = conversation::deliveries::window(bed.store.db(), &inbox, "5511987654321")
        .await
        .expect("a window");
    assert!(last.is_some_and(|last| last > NOON - 60_000), "{last:?}");
}

async fn a_changed_number_goes_with_its_owner(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (old, new) = ("5511987654321", "5521912345678");
    let at = NOON / 1000;
    take(
        &bed,
        &inbox,
        &hook("100200300400500", old, &[text("wamid.1", at - 500, "Sou a Rosa")]),
    )
    .await;
    let moved = json!({ "id": "wamid.2", "timestamp": (at - 400).to_string(), "type": "system",
        "system": { "type": "user_changed_number", "wa_id": new, "body": "Rosa changed her number" } });
    take(&bed, &inbox, &hook("100200300400500", old, &[moved])).await;
    // From the new number: still Rosa. A straggler from before the change: hers, too.
    take(
        &bed,
        &inbox,
        &hook("100200300400500", new, &[text("wamid.3", at - 300, "Número novo")]),
    )
    .await;
    take(
        &bed,
        &inbox,
        &hook("100200300400500", old, &[text("wamid.4", at - 450, "Atrasada")]),
    )
    .await;
    let all = views::conversations(bed.store.db(), &Filter::default(), None, 10)
        .await
        .expect("a list");
    assert_eq!((all.len(), all[0].message_count), (1, 4));
    let rosa = all[0].contact_id.clone();
    // The old number is somebody else's now: nothing of Rosa's opens to them.
    take(
        &bed,
        &inbox,
        &hook("100200300400500", old, &[text("wamid.5", at - 10, "Sou o Davi")]),
    )
    .await;
    let all = views::conversations(bed.store.db(), &Filter::default(), None, 10)
        .await
        .expect("a list");
    assert_eq!(all.len(), 2, "a person of their own");
    let davi = all.iter().find(|one| one.contact_id != rosa).expect("Davi");
    let his = contacts::identities(bed.store.db(), &davi.contact_id)
        .await
        .expect("identities");
    assert!(
        his.iter()
            .any(|one| one.kind == IdentityKind::Whatsapp && one.value == old)
    );
    let hers = contacts::identities(bed.store.db(), &rosa).await.expect("identities");
    assert!(hers.iter().all(|one| one.value != old) && hers.iter().any(|one| one.value == new));
    // The platform's word opened no window; hers did.
    let window = conversation::deliveries::window(bed.store.db(), &inbox, new)
        .await
        .expect("a window");
    assert_eq!(window, Some((at - 300) * 1000));
}
