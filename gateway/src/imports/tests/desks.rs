use conversation::db::sql;
use conversation::types::{Actor, Language, Role};

use super::super::chatwoot::Chatwoot;
use super::super::filing::{Desk, Options, import};
use super::super::freescout::FreeScout;
use super::super::zammad::Zammad;
use super::super::{Report, Target};
use super::standin::{self, TOKEN};
use super::{count, counts, news, said};
use crate::backup::progress::Progress;
use crate::people::agents::{self, NewAgent};
use crate::testing::TestApp;

/// An installation with a mailbox and the agent Ana; her id.
async fn ready() -> (TestApp, String) {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let test = TestApp::new().await;
    test.inbox().await;
    let new = NewAgent {
        email: "ana@example.com".to_owned(),
        name: "Ana".to_owned(),
        role: Role::Agent,
        language: Language::Es,
    };
    let ana = agents::create(test.store(), &Actor::System, new).await.unwrap();
    (test, ana.id.to_string())
}

async fn take(test: &TestApp, desk: &mut Desk, options: Options) -> anyhow::Result<Report> {
    let target = Target::find(test.store(), "Support", None).await?;
    import(test.store(), &target, desk, options, &mut Progress::silent()).await
}

const DRY: Options = Options {
    is_dry: true,
    is_resolved: false,
};

async fn labels(test: &TestApp) -> Vec<(String, i64)> {
    sql("SELECT l.name, COUNT(c.conversation_id) FROM labels l LEFT JOIN conversation_labels c ON c.label_id = l.id GROUP BY l.name ORDER BY l.name")
        .all(test.store().db())
        .await
        .unwrap()
}

#[tokio::test]
async fn zammad() {
    let (test, ana) = ready().await;
    let standin = standin::zammad().await;
    let mut desk = Desk::Zammad(Zammad::new(&standin.url, TOKEN).unwrap());
    let dry = take(&test, &mut desk, DRY).await.unwrap();
    assert_eq!((dry.contacts, counts(&dry)), (1, (2, 4, 0, 2)), "{dry}");
    assert_eq!(count(test.store(), "SELECT COUNT(*) FROM contacts").await, 0);

    let report = take(&test, &mut desk, Options::default()).await.unwrap();
    assert_eq!((report.contacts, counts(&report)), (1, (2, 4, 0, 2)), "{report}");
    assert_eq!(report.strangers.iter().collect::<Vec<_>>(), ["nora@gone.test"]);
    assert_eq!(report.left_out.values().sum::<usize>(), 1, "{report}");
    assert_eq!(
        said(test.store()).await,
        [
            "inbound: It is **empty**".to_owned(),
            "inbound: It is **empty**".to_owned(),
            format!("note {ana}: Who has one?"),
            "outbound Nora Test: On its way".to_owned(),
        ]
    );
    let html: Vec<(Option<String>,)> = sql("SELECT html FROM messages WHERE html IS NOT NULL")
        .all(test.store().db())
        .await
        .unwrap();
    assert!(
        html.iter()
            .all(|(html,)| !html.as_deref().unwrap_or_default().contains("script"))
    );
    let rows: Vec<(String, String, Option<String>, Option<String>, Option<i64>)> =
        sql("SELECT status, priority, assignee_id, subject, waiting_since FROM conversations ORDER BY status")
            .all(test.store().db())
            .await
            .unwrap();
    let toner = Some("Toner".to_owned());
    assert_eq!(
        rows,
        [
            (
                "open".to_owned(),
                "high".to_owned(),
                Some(ana.clone()),
                toner.clone(),
                None
            ),
            ("resolved".to_owned(), "normal".to_owned(), Some(ana), toner, None),
        ]
    );
    assert_eq!(labels(&test).await, [("toner".to_owned(), 1), ("vip".to_owned(), 1)]);
    let company = "SELECT COUNT(*) FROM contacts c JOIN companies o ON o.id = c.company_id WHERE o.name = 'Copias SL' AND c.name = 'Bea Test'";
    assert_eq!(count(test.store(), company).await, 1);
    assert_eq!(news(test.store()).await, []);

    // Once more: nothing twice, and what has not changed is not even asked for.
    let before = standin.asked();
    let again = take(&test, &mut desk, Options::default()).await.unwrap();
    assert_eq!(
        (counts(&again), again.conversations_known, again.contacts),
        ((0, 0, 0, 0), 2, 0),
        "{again}"
    );
    assert!(standin.asked() - before < 10, "{}", standin.asked() - before);
    // Broken off before it was noted that it came.
    sql("DELETE FROM imports WHERE kind = 'stamp'")
        .run(test.store().db())
        .await
        .unwrap();
    let third = take(&test, &mut desk, Options::default()).await.unwrap();
    assert_eq!(counts(&third), (0, 0, 4, 0), "{third}");
    assert_eq!(count(test.store(), "SELECT COUNT(*) FROM conversations").await, 2);
}

#[tokio::test]
async fn chatwoot() {
    let (test, ana) = ready().await;
    let standin = standin::chatwoot().await;
    let mut desk = Desk::Chatwoot(Chatwoot::new(&standin.url, TOKEN, None).await.unwrap());
    let report = take(&test, &mut desk, Options::default()).await.unwrap();
    assert_eq!((report.contacts, counts(&report)), (17, (2, 44, 0, 1)), "{report}");
    assert!(report.examples.iter().any(|line| line.contains("10.0.0.1")), "{report}");
    let said = said(test.store()).await;
    let mut lines: Vec<&str> = said
        .iter()
        .map(String::as_str)
        .filter(|line| line.starts_with("inbound: line"))
        .collect();
    lines.dedup();
    let expected: Vec<String> = (1..=40).map(|number| format!("inbound: line {number}")).collect();
    assert_eq!(lines, expected);
    assert_eq!(
        said[said.len() - 3..],
        [
            format!("note {ana}: He is a VIP"),
            "inbound: ".to_owned(),
            format!("outbound {ana}: On its way")
        ]
    );
    let names: Vec<(String, i64)> = sql("SELECT name, size FROM attachments")
        .all(test.store().db())
        .await
        .unwrap();
    assert_eq!(names, [("machine one.pdf".to_owned(), 17)]);
    assert_eq!(
        count(
            test.store(),
            "SELECT COUNT(*) FROM conversations WHERE status = 'open' AND priority = 'urgent'"
        )
        .await,
        1
    );
    assert_eq!(labels(&test).await, [("toner".to_owned(), 2)]);
    assert_eq!(count(test.store(), "SELECT COUNT(*) FROM contacts").await, 17);
    assert_eq!(news(test.store()).await, []);
    let again = take(&test, &mut desk, Options::default()).await.unwrap();
    assert_eq!(
        (again.conversations_known, counts(&again)),
        (2, (0, 0, 0, 0)),
        "{again}"
    );
}

#[tokio::test]
async fn freescout() {
    let (test, ana) = ready().await;
    let standin = standin::freescout().await;
    let mut desk = Desk::FreeScout(FreeScout::new(&standin.url, TOKEN).unwrap());
    let options = Options {
        is_dry: false,
        is_resolved: true,
    };
    let report = take(&test, &mut desk, options).await.unwrap();
    assert_eq!((report.contacts, counts(&report)), (1, (2, 6, 0, 2)), "{report}");
    let said = said(test.store()).await;
    for line in [
        "inbound: It is **empty**".to_owned(),
        format!("note {ana}: Who has one?"),
        format!("outbound {ana}: On its way"),
    ] {
        assert_eq!(said.iter().filter(|one| **one == line).count(), 2, "{said:?}");
    }
    assert_eq!(labels(&test).await, [("toner".to_owned(), 2)]);
    assert_eq!(
        count(
            test.store(),
            "SELECT COUNT(*) FROM conversations WHERE status = 'resolved'"
        )
        .await,
        2
    );
    let spam = "SELECT COUNT(*) FROM conversations c JOIN spam s ON s.conversation_id = c.id WHERE c.spam_since IS NOT NULL AND s.why = 'imported'";
    assert_eq!(count(test.store(), spam).await, 1, "what was spam there is so here");
    assert_eq!(news(test.store()).await, []);
}

#[tokio::test]
async fn a_desk_that_refuses_is_told_apart() {
    let (test, _) = ready().await;
    let standin = standin::zammad().await;
    let mut wrong = Desk::Zammad(Zammad::new(&standin.url, "wrong").unwrap());
    let error = take(&test, &mut wrong, Options::default()).await.unwrap_err();
    assert!(error.to_string().contains("does not accept the token"), "{error:#}");
    assert!(!format!("{error:#}").contains("wrong\""), "the token is not shown");
    // Another kind of desk than was said.
    let mut other = Desk::FreeScout(FreeScout::new(&standin.url, TOKEN).unwrap());
    let error = take(&test, &mut other, Options::default()).await.unwrap_err();
    assert!(error.to_string().contains("401"), "{error:#}");
    for url in ["desk.example.com", "ftp://desk.example.com", ""] {
        assert!(Zammad::new(url, TOKEN).is_err(), "{url}");
    }
}
