//! The days of articles say what the decisions and verdicts behind them come to.

use std::collections::BTreeSet;

use conversation::db::composed_sql;
use conversation::types::{ConversationId, Language, MessageId};
use kb::decisions::{self, Considered, Decided};
use kb::feedback::{Verdict, record_feedback, say};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::bed::{Bed, HOUR, both};

both! {
    days_are_the_sums_of_what_happened,
}

type Day = (i64, String, i64, i64, i64, i64, i64);

async fn days(bed: &Bed) -> BTreeSet<Day> {
    // A day that was taken back is a day of nothing.
    let rows: Vec<Day> = composed_sql("SELECT day, article_id, asked, answered, confirmed, denied, escalated_after FROM article_days WHERE asked + confirmed + denied <> 0".to_owned())
        .all(bed.store.db())
        .await
        .expect("rows");
    rows.into_iter().collect()
}

async fn days_are_the_sums_of_what_happened(bed: Bed) {
    let mut rng = StdRng::seed_from_u64(32);
    for _ in 0..250 {
        bed.clock.advance(rng.random_range(1..20) * HOUR);
        let article = format!("a{}", rng.random_range(0..3));
        let conversation = ConversationId::from(format!("c{}", rng.random_range(0..4)));
        let verdict = [Verdict::Answered, Verdict::Helped, Verdict::NotHelped][rng.random_range(0..3)];
        match rng.random_range(0..8) {
            0 => {
                let visitor = format!("v{}", rng.random_range(0..5));
                let said = [Verdict::Helped, Verdict::NotHelped][rng.random_range(0..2)];
                say(&bed.store, &article, &visitor, said, "").await.expect("said");
            }
            1 => {
                let mut tx = bed.store.begin().await.expect("begin");
                record_feedback(&mut tx, &article, Some(&conversation), "?", verdict)
                    .await
                    .expect("kept");
                tx.commit_silently().await.expect("commit");
            }
            _ => {
                let outcomes = [
                    "answered",
                    "answered",
                    "clarified",
                    "handed_over",
                    "small_talk",
                    "from_data",
                ];
                let one = Considered {
                    article_id: article,
                    title: String::new(),
                    confidence: 0.5,
                };
                let decided = Decided {
                    conversation_id: conversation,
                    message_id: MessageId::from("m"),
                    at: bed.store.now(),
                    question: "?".to_owned(),
                    language: Language::En,
                    outcome: outcomes[rng.random_range(0..outcomes.len())].to_owned(),
                    reason: None,
                    answer_at: 0.5,
                    candidates: if rng.random_bool(0.8) { vec![one] } else { Vec::new() },
                };
                let mut tx = bed.store.begin().await.expect("begin");
                decisions::record_in(&mut tx, &decided).await.expect("kept");
                tx.commit_silently().await.expect("commit");
            }
        }
    }
    let written = days(&bed).await;
    assert!(written.len() > 100, "{}", written.len());
    let figures = decisions::figures(bed.store.db(), 0, 10).await.expect("figures");
    let sum = |of: fn(&Day) -> i64| written.iter().map(of).sum::<i64>();
    assert_eq!(figures.iter().map(|one| one.asked).sum::<i64>(), sum(|day| day.2));
    assert_eq!(
        figures.iter().map(|one| one.escalated_after).sum::<i64>(),
        sum(|day| day.6)
    );
    assert!(sum(|day| day.6) > 10 && sum(|day| day.5) > 10);
    // The migration sums what was there before in the same way.
    let text = include_str!("../../../../migrations/0032_sums.sql");
    let fill = text.split(';').find(|part| part.contains("INSERT INTO article_days"));
    let mut tx = bed.store.begin().await.expect("begin");
    composed_sql("DELETE FROM article_days".to_owned())
        .run(&mut tx)
        .await
        .expect("emptied");
    composed_sql(fill.expect("a statement").to_owned())
        .run(&mut tx)
        .await
        .expect("filled");
    tx.commit_silently().await.expect("commit");
    assert_eq!(days(&bed).await, written);
}
