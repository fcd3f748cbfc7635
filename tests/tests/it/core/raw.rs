//! Bytes: stored with what names them, and gone when nothing does.

use conversation::access;
use conversation::attachments::upload;
use conversation::cleanup::{self, BYTES_LAST, NAMES_OF_BYTES, UPLOADS_LAST};
use conversation::db::sql;
use conversation::ingest::{Outcome, ingest_raw};
use conversation::reply::reply;
use conversation::types::{Actor, Channel, InboxId};
use futures::future::join_all;

use super::bed::{Bed, HOUR, both, whatsapp};

both! {
    raw_bytes_share_the_commit_of_their_message,
    bytes_that_nothing_names_go,
    bytes_that_come_again_are_young_again,
    a_deletion_that_was_cut_short_is_finished,
}

async fn raw_bytes_share_the_commit_of_their_message(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let stored = async |sha256: &str| bed.store.blobs().get(sha256).await.ok();
    let prepare = async |bytes: &[u8]| {
        bed.store
            .blobs()
            .prepare(bed.store.env(), bytes)
            .await
            .expect("prepared")
    };
    let raw = prepare(b"the hook").await;
    let sha256 = raw.blob.sha256.clone();
    assert_eq!(stored(&sha256).await, None, "not before the commit");
    let message = whatsapp(&inbox, "5511999990001", "wamid.1", "Oi");
    let filed = ingest_raw(&bed.store, message.clone(), raw).await.expect("filed");
    assert_eq!(filed.outcome, Outcome::Created);
    assert_eq!(stored(&sha256).await.as_deref(), Some(b"the hook".as_slice()));
    let kept = access::message(bed.store.db(), &Actor::System, &filed.message.expect("filed"))
        .await
        .expect("stored");
    assert_eq!(kept.raw_sha256.as_deref(), Some(sha256.as_str()));
    // The same message in another wrapping leaves nothing behind.
    let again = prepare(b"the hook, again").await;
    let sha256 = again.blob.sha256.clone();
    let filed = ingest_raw(&bed.store, message, again).await.expect("filed");
    assert_eq!((filed.outcome, stored(&sha256).await), (Outcome::Duplicate, None));
    // What cannot be filed keeps its bytes.
    let lost = prepare(b"a hook for nobody").await;
    let sha256 = lost.blob.sha256.clone();
    let message = whatsapp(&InboxId::from("nowhere"), "5511999990001", "wamid.2", "Oi");
    let filed = ingest_raw(&bed.store, message, lost).await.expect("kept");
    assert_eq!(filed.outcome, Outcome::Quarantined);
    assert_eq!(stored(&sha256).await.as_deref(), Some(b"a hook for nobody".as_slice()));
    // A burst of the same bytes, from two processes.
    let other = bed.second().await;
    let tasks = (0..40).map(|n| {
        let store = if n % 2 == 0 { bed.store.clone() } else { other.clone() };
        let message = whatsapp(&inbox, &format!("55119999{n:05}"), &format!("wamid.burst.{n}"), "Oi");
        tokio::spawn(async move {
            let raw = store
                .blobs()
                .prepare(store.env(), b"one body for all")
                .await
                .expect("prepared");
            ingest_raw(&store, message, raw).await.expect("filed").outcome
        })
    });
    for task in join_all(tasks).await {
        assert_eq!(task.expect("no panic"), Outcome::Created);
    }
    bed.check().await;
}

/// Looks through all that is old enough.
async fn clean(bed: &Bed) {
    while cleanup::uploads(&bed.store).await.expect("cleaned") > 0 {}
    while cleanup::bytes(&bed.store).await.expect("cleaned") > 0 {}
}

/// More than a row holds, so that it stands in the object store.
fn large(name: &str) -> Vec<u8> {
    name.repeat(10_000).into_bytes()
}

async fn bytes_that_nothing_names_go(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let put = async |bytes: &[u8]| bed.store.put_blob(bytes).await.expect("stored");
    let is_there = async |sha256: &str| bed.store.blobs().get(sha256).await.is_ok();
    let mut orphans = Vec::new();
    for n in 0..300 {
        orphans.push(put(format!("orphan {n}").as_bytes()).await.sha256);
    }
    orphans.push(put(&large("orphan")).await.sha256);
    // Named by a message, by a file of a message, by a file that waits, by quarantine.
    let mut kept = Vec::new();
    for (n, bytes) in [b"raw".to_vec(), large("raw")].into_iter().enumerate() {
        let raw = put(&bytes).await;
        kept.push(raw.sha256.clone());
        let mut message = whatsapp(&inbox, "5511999990001", &format!("wamid.{n}"), "Oi");
        message.raw = Some(raw.clone());
        bed.file(&message).await;
        let aside = put(&[bytes.as_slice(), b" aside"].concat()).await;
        kept.push(aside.sha256.clone());
        let mut message = whatsapp(
            &InboxId::from("nowhere"),
            "5511999990001",
            &format!("wamid.aside.{n}"),
            "Oi",
        );
        message.raw = Some(aside);
        bed.file(&message).await;
    }
    let (id, _) = bed.place(&whatsapp(&inbox, "5511999990001", "wamid.9", "Oi")).await;
    let sent = put(&large("sent")).await;
    let file = upload(&bed.store, &ana, "sent.txt", "text/plain", &sent)
        .await
        .expect("uploaded");
    let mut words = bed.words(&id, "Here it is.");
    words.attachments = vec![file.id];
    reply(&bed.store, &ana, words).await.expect("a reply");
    kept.push(sent.sha256);
    let forgotten = put(&large("never sent")).await;
    upload(&bed.store, &ana, "draft.txt", "text/plain", &forgotten)
        .await
        .expect("uploaded");
    bed.clock.advance(UPLOADS_LAST - HOUR);
    clean(&bed).await;
    assert_eq!(bed.count("SELECT COUNT(*) FROM attachments").await, 2);
    assert!(is_there(&orphans[0]).await, "young");
    bed.clock.advance(2 * HOUR);
    clean(&bed).await;
    assert_eq!(bed.count("SELECT COUNT(*) FROM attachments").await, 1, "what was sent");
    bed.clock.advance(BYTES_LAST);
    clean(&bed).await;
    for sha256 in &kept {
        assert!(is_there(sha256).await, "{sha256}");
    }
    orphans.push(forgotten.sha256);
    for sha256 in &orphans {
        assert!(!is_there(sha256).await, "{sha256}");
    }
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM blobs").await,
        i64::try_from(kept.len()).expect("few")
    );
    bed.check().await;
}

async fn bytes_that_come_again_are_young_again(bed: Bed) {
    for bytes in [b"small".to_vec(), large("large")] {
        let first = bed.store.put_blob(&bytes).await.expect("stored");
        bed.clock.advance(BYTES_LAST - HOUR);
        let again = bed.store.put_blob(&bytes).await.expect("stored");
        assert_eq!(first, again);
        bed.clock.advance(2 * HOUR);
        clean(&bed).await;
        assert_eq!(bed.store.blobs().get(&first.sha256).await.expect("kept"), bytes);
        bed.clock.advance(BYTES_LAST);
        clean(&bed).await;
        assert!(bed.store.blobs().get(&first.sha256).await.is_err());
        // And stored once more, they are whole.
        bed.store.put_blob(&bytes).await.expect("stored");
        assert_eq!(bed.store.blobs().get(&first.sha256).await.expect("kept"), bytes);
    }
}

async fn a_deletion_that_was_cut_short_is_finished(bed: Bed) {
    let bytes = large("half gone");
    let blob = bed.store.put_blob(&bytes).await.expect("stored");
    // The process died after it had marked the row.
    let mut tx = bed.store.begin().await.expect("begin");
    sql("UPDATE blobs SET condemned_at = $1")
        .bind(bed.store.now())
        .run(&mut tx)
        .await
        .expect("marked");
    tx.commit_silently().await.expect("commit");
    let refused = bed.store.put_blob(&bytes).await.expect_err("they are being deleted");
    assert!(refused.is_transient(), "whoever sends them comes again: {refused}");
    cleanup::bytes(&bed.store).await.expect("cleaned");
    assert_eq!(bed.count("SELECT COUNT(*) FROM blobs").await, 0);
    bed.store.put_blob(&bytes).await.expect("stored");
    assert_eq!(bed.store.blobs().get(&blob.sha256).await.expect("whole"), bytes);
}

/// A table that names bytes and is not in the list would lose them.
#[tokio::test]
async fn every_column_that_names_bytes_is_known() {
    let bed = Bed::sqlite().await;
    let mut found: Vec<(String, String)> =
        sql("SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name <> 'blobs' AND c.name LIKE '%sha256%' ORDER BY m.name, c.name")
            .all(bed.store.db())
            .await
            .expect("the schema");
    let mut known = NAMES_OF_BYTES
        .map(|(table, column, _)| (table.to_owned(), column.to_owned()))
        .to_vec();
    known.sort();
    found.sort();
    assert_eq!(found, known);
}
