//! Agents, links, sessions, tokens and kept answers, through their public functions.

use conversation::Error;
use conversation::events::EventKind;
use conversation::once::{self, Work};
use conversation::store::events_after;
use conversation::types::{Actor, AgentId, ConversationId, Language, Role};

use super::agents::{self, AgentEdit, NewAgent};
use super::idempotency::{self, Answer, Claim};
use super::links::{self, Link, NewAdministrator, Welcome};
use super::{password, reads, sessions, settings, tokens};
use crate::testing::TestApp;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

fn ana() -> NewAgent {
    NewAgent {
        email: " Ana@Example.com ".to_owned(),
        name: String::new(),
        role: Role::Agent,
        language: Language::Es,
    }
}

fn welcome(password: &str) -> Welcome {
    Welcome {
        password: password.to_owned(),
        administrator: Some(NewAdministrator {
            email: "boss@example.com".to_owned(),
            name: "Boss".to_owned(),
            language: Language::En,
        }),
    }
}

#[track_caller]
fn invalid<T: std::fmt::Debug>(outcome: conversation::Result<T>, words: &str) {
    match outcome {
        Err(Error::Invalid(text)) => assert!(text.contains(words), "{text}"),
        other => panic!("expected an invalid request about {words}: {other:?}"),
    }
}

#[tokio::test]
async fn an_agent_is_added_once_and_is_announced() {
    let test = TestApp::new().await;
    let store = test.store();
    let agent = agents::create(store, &Actor::System, ana()).await.unwrap();
    assert_eq!((agent.email.as_str(), agent.name.as_str()), ("ana@example.com", "ana"));
    assert!(!agent.has_password && agent.is_enabled);
    assert!(matches!(
        agents::create(store, &Actor::System, ana()).await,
        Err(Error::Conflict(_))
    ));
    let found = agents::by_email(store.db(), "ANA@example.com").await.unwrap();
    assert_eq!(found.unwrap().id, agent.id);
    let events = events_after(store.db(), 0, 10).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, EventKind::AgentUpdated);
    assert_eq!(events[0].subject_id, agent.id.as_str());
    invalid(
        agents::create(
            store,
            &Actor::System,
            NewAgent {
                email: "nobody".to_owned(),
                ..ana()
            },
        )
        .await,
        "e-mail",
    );
}

#[test]
fn passwords_have_rules() {
    let long = "x".repeat(2000);
    for (given, fault) in [
        ("short", Some("10 characters")),
        ("ñandúñand", Some("10 characters")),
        ("Ana@Example.com", Some("e-mail")),
        ("aaaaaaaaaaaaa", Some("over and over")),
        (long.as_str(), Some("longer")),
        ("correct horse battery", None),
        ("ñandúñandú", None),
    ] {
        match (password::check_rules(given, "ana@example.com"), fault) {
            (Ok(()), None) => {}
            (Err(Error::Invalid(words)), Some(fault)) => assert!(words.contains(fault), "{given}: {words}"),
            (outcome, _) => panic!("{given}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn signing_in_needs_address_password_and_access() {
    let test = TestApp::new().await;
    let store = test.store();
    agents::create(
        store,
        &Actor::System,
        NewAgent {
            email: "boss@example.com".to_owned(),
            role: Role::Administrator,
            ..ana()
        },
    )
    .await
    .unwrap();
    let agent = agents::create(store, &Actor::System, ana()).await.unwrap();
    let sign_in = |email: &'static str, given: &'static str| async move {
        agents::sign_in(store, email, given)
            .await
            .unwrap()
            .map(|agent| agent.id)
    };
    assert_eq!(sign_in("ana@example.com", "").await, None, "no password was set");
    agents::set_password(store, &Actor::System, &agent.id, "correct horse battery")
        .await
        .unwrap();
    assert_eq!(
        sign_in("ANA@example.com ", "correct horse battery").await,
        Some(agent.id.clone())
    );
    assert_eq!(sign_in("ana@example.com", "correct horse batterY").await, None);
    assert_eq!(sign_in("eva@example.com", "correct horse battery").await, None);
    agents::disable(store, &Actor::System, &agent.id).await.unwrap();
    assert_eq!(sign_in("ana@example.com", "correct horse battery").await, None);
    agents::enable(store, &Actor::System, &agent.id).await.unwrap();
    assert_eq!(
        sign_in("ana@example.com", "correct horse battery").await,
        Some(agent.id)
    );
}

#[tokio::test]
async fn somebody_always_administers() {
    let test = TestApp::new().await;
    let store = test.store();
    let boss = agents::create(
        store,
        &Actor::System,
        NewAgent {
            role: Role::Administrator,
            ..ana()
        },
    )
    .await
    .unwrap();
    assert!(matches!(
        agents::disable(store, &Actor::System, &boss.id).await,
        Err(Error::Conflict(_))
    ));
    let demote = AgentEdit {
        role: Some(Role::Agent),
        ..AgentEdit::default()
    };
    assert!(matches!(
        agents::edit(store, &Actor::System, &boss.id, demote.clone()).await,
        Err(Error::Conflict(_))
    ));
    let other = NewAgent {
        email: "eva@example.com".to_owned(),
        role: Role::Administrator,
        ..ana()
    };
    agents::create(store, &Actor::System, other).await.unwrap();
    assert_eq!(
        agents::edit(store, &Actor::System, &boss.id, demote)
            .await
            .unwrap()
            .role,
        Role::Agent
    );
}

#[tokio::test]
async fn the_set_up_link_makes_one_administrator() {
    let test = TestApp::new().await;
    let store = test.store();
    let first = links::create(store, &Actor::System, None).await.unwrap();
    let second = links::create(store, &Actor::System, None).await.unwrap();
    assert_eq!(
        links::check(store.db(), &first, store.now()).await.unwrap(),
        Some(Link::SetUp)
    );
    invalid(links::consume(store, &first, welcome("short")).await, "10 characters");
    invalid(
        links::consume(store, &first, welcome("boss@example.com")).await,
        "e-mail",
    );
    let boss = links::consume(store, &first, welcome("correct horse battery"))
        .await
        .unwrap();
    assert_eq!((boss.role, boss.has_password), (Role::Administrator, true));
    assert!(
        agents::sign_in(store, "boss@example.com", "correct horse battery")
            .await
            .unwrap()
            .is_some()
    );
    for spent in [&first, &second] {
        assert_eq!(links::check(store.db(), spent, store.now()).await.unwrap(), None);
        let again = links::consume(store, spent, welcome("correct horse battery")).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
    }
    assert!(matches!(
        links::create(store, &Actor::System, None).await,
        Err(Error::Conflict(_))
    ));
}

#[tokio::test]
async fn an_invitation_works_once_and_expires() {
    let test = TestApp::new().await;
    let store = test.store();
    let agent = agents::create(store, &Actor::System, ana()).await.unwrap();
    let old = links::create(store, &Actor::System, Some(&agent.id)).await.unwrap();
    let new = links::create(store, &Actor::System, Some(&agent.id)).await.unwrap();
    assert_eq!(
        links::check(store.db(), &old, store.now()).await.unwrap(),
        None,
        "the newer link replaces it"
    );
    let session = sessions::create(store, &agent.id, "Firefox", sessions::Proof::Password)
        .await
        .unwrap();
    links::consume(store, &new, welcome("correct horse battery"))
        .await
        .unwrap();
    assert!(
        sessions::check(store, &session).await.unwrap().is_none(),
        "a new password ends old sessions"
    );
    assert!(matches!(
        links::consume(store, &new, welcome("another password")).await,
        Err(Error::NotFound)
    ));
    let late = links::create(store, &Actor::System, Some(&agent.id)).await.unwrap();
    test.clock.advance(links::LASTS);
    assert!(matches!(
        links::consume(store, &late, welcome("another password")).await,
        Err(Error::NotFound)
    ));
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used() {
    let test = TestApp::new().await;
    let store = test.store();
    let agent = agents::create(store, &Actor::System, ana()).await.unwrap();
    let secret = sessions::create(store, &agent.id, "Firefox\n", sessions::Proof::Password)
        .await
        .unwrap();
    test.clock.advance(MINUTE - 1);
    let (_, session) = sessions::check(store, &secret).await.unwrap().unwrap();
    assert_eq!(
        session.last_seen_at, session.created_at,
        "not written again within a minute"
    );
    assert_eq!(session.user_agent, "Firefox");
    for _ in 0..3 {
        test.clock.advance(29 * DAY);
        assert!(sessions::check(store, &secret).await.unwrap().is_some());
    }
    let listed = sessions::list(store.db(), &agent.id, store.now()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].last_seen_at, store.now());
    test.clock.advance(30 * DAY);
    assert!(sessions::check(store, &secret).await.unwrap().is_none());
    assert_eq!(sessions::prune(store).await.unwrap(), 1);

    let secret = sessions::create(store, &agent.id, "", sessions::Proof::Password)
        .await
        .unwrap();
    let id = sessions::list(store.db(), &agent.id, store.now()).await.unwrap()[0]
        .id
        .clone();
    let stranger = AgentId::new("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    let foreign = sessions::revoke_by_id(store, &Actor::System, &stranger, &id).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
    sessions::revoke_by_id(store, &Actor::System, &agent.id, &id)
        .await
        .unwrap();
    assert!(sessions::check(store, &secret).await.unwrap().is_none());
}

#[tokio::test]
async fn a_token_is_shown_once_and_can_be_revoked() {
    let test = TestApp::new().await;
    let store = test.store();
    let (token, secret) = tokens::create(store, &Actor::System, "crm", Role::Supervisor)
        .await
        .unwrap();
    assert!(secret.starts_with("sb_") && secret.len() == 67);
    invalid(tokens::create(store, &Actor::System, " ", Role::Agent).await, "name");
    let first = tokens::check(store, &secret).await.unwrap().unwrap();
    assert_eq!((first.role, first.last_used_at), (Role::Supervisor, Some(store.now())));
    test.clock.advance(MINUTE - 1);
    tokens::check(store, &secret).await.unwrap();
    assert_eq!(
        tokens::list(store.db()).await.unwrap()[0].last_used_at,
        first.last_used_at
    );
    test.clock.advance(1);
    tokens::check(store, &secret).await.unwrap();
    assert_eq!(
        tokens::list(store.db()).await.unwrap()[0].last_used_at,
        Some(store.now())
    );
    for wrong in [
        "",
        "sb_",
        &secret[3..],
        &secret[..66],
        &format!("sb_{}", "0".repeat(64)),
    ] {
        assert!(tokens::check(store, wrong).await.unwrap().is_none(), "{wrong}");
    }
    tokens::revoke(store, &Actor::System, &token.id).await.unwrap();
    assert!(tokens::check(store, &secret).await.unwrap().is_none());
    assert!(matches!(
        tokens::revoke(store, &Actor::System, &token.id).await,
        Err(Error::NotFound)
    ));
    for name in ["crm 2", "crm 3"] {
        let (token, _) = tokens::create(store, &Actor::System, " crm", Role::Agent)
            .await
            .unwrap();
        assert_eq!(token.name, name, "a revoked token's messages stay its own");
    }
}

#[tokio::test]
async fn an_answer_is_kept_for_two_days() {
    let test = TestApp::new().await;
    let store = test.store();
    let claim = |hash: &'static str| async move { idempotency::claim(store, "s", "k", hash).await.unwrap() };
    let held = |claim: Claim| match claim {
        Claim::Proceed(claimed) => (Work::new("s", "k", claimed.owner), claimed.id),
        other => panic!("{other:?}"),
    };
    let (first, id) = held(claim("h").await);
    assert_eq!(claim("h").await, Claim::InProgress);
    assert_eq!(claim("other").await, Claim::Mismatch);
    test.clock.advance(idempotency::ABANDONED - 1);
    idempotency::renew(store, &first).await.unwrap();
    test.clock.advance(idempotency::ABANDONED - 1);
    assert_eq!(claim("h").await, Claim::InProgress, "it lives");
    test.clock.advance(1);
    let (second, same) = held(claim("h").await);
    assert_eq!(same, id, "a dead process's request, under the same id");
    let answer = Answer {
        status: 201,
        content_type: "application/json".to_owned(),
        location: Some("/x".to_owned()),
        body: "{}".to_owned(),
    };
    // The first one was only slow: nothing of it counts any more.
    idempotency::finish(store, &first, &answer).await.unwrap();
    idempotency::release(store, &first, true).await.unwrap();
    assert_eq!(claim("h").await, Claim::InProgress);
    idempotency::finish(store, &second, &answer).await.unwrap();
    assert_eq!(claim("h").await, Claim::Done(answer));
    assert_eq!(claim("other").await, Claim::Mismatch);
    test.clock.advance(idempotency::KEPT);
    let (third, _) = held(claim("other").await);
    idempotency::release(store, &third, true).await.unwrap();
    assert!(matches!(claim("third").await, Claim::Proceed(_)));
    test.clock.advance(idempotency::KEPT);
    assert_eq!(idempotency::prune(store).await.unwrap(), 1);
}

#[tokio::test]
async fn what_failed_by_our_fault_is_tried_again_under_the_same_id() {
    let test = TestApp::new().await;
    let store = test.store();
    let claim = || async move { idempotency::claim(store, "s", "k", "h").await.unwrap() };
    let held = |claim: Claim| match claim {
        Claim::Proceed(claimed) => (Work::new("s", "k", claimed.owner), claimed.id),
        other => panic!("{other:?}"),
    };
    // The database goes away in the middle of a commit: it may have been made, and whoever waited for it was told of a
    // failure.
    let (first, id) = held(claim().await);
    idempotency::release(store, &first, false).await.unwrap();
    let (second, same) = held(claim().await);
    assert_eq!(same, id, "at once, and under the id that was written then");
    assert_eq!(claim().await, Claim::InProgress, "one at a time");
    // What was refused wrote nothing.
    idempotency::release(store, &second, true).await.unwrap();
    let (_, other) = held(claim().await);
    assert_ne!(other, id);
}

#[tokio::test]
async fn what_was_done_under_a_key_is_not_done_again() {
    let test = TestApp::new().await;
    let store = test.store();
    let claim = || async move { idempotency::claim(store, "s", "k", "h").await.unwrap() };
    let held = |claim: Claim| match claim {
        Claim::Proceed(claimed) => Work::new("s", "k", claimed.owner),
        other => panic!("{other:?}"),
    };
    let change = |work: std::sync::Arc<Work>| {
        once::within(
            work,
            async move { settings::set(store, &Actor::System, "once", &1).await },
        )
    };
    // Taken over from a process that stood still: what it does then is not committed.
    let slow = held(claim().await);
    test.clock.advance(idempotency::ABANDONED);
    let quick = held(claim().await);
    assert!(matches!(change(slow).await, Err(conversation::Error::Conflict(_))));
    // Done, and the process dies before the answer is kept.
    change(quick.clone()).await.unwrap();
    assert_eq!(claim().await, Claim::InProgress);
    test.clock.advance(idempotency::ABANDONED);
    assert_eq!(claim().await, Claim::Lost);
    // A failure of ours after a part was done does not free the key, a refusal does.
    idempotency::release(store, &quick, false).await.unwrap();
    assert_eq!(claim().await, Claim::Lost);
    idempotency::release(store, &quick, true).await.unwrap();
    // What names everything by the key may be begun anew.
    let again = held(claim().await);
    once::within(again, async move {
        once::is_repeatable();
        settings::set(store, &Actor::System, "once", &2).await
    })
    .await
    .unwrap();
    test.clock.advance(idempotency::ABANDONED);
    assert!(matches!(claim().await, Claim::Proceed(_)));
}

#[tokio::test]
async fn settings_and_reads_are_kept() {
    let test = TestApp::new().await;
    let store = test.store();
    assert_eq!(settings::get::<Vec<i32>>(store.db(), "x").await.unwrap(), None);
    for value in [vec![1], vec![2, 3]] {
        settings::set(store, &Actor::System, "x", &value).await.unwrap();
        assert_eq!(settings::get(store.db(), "x").await.unwrap(), Some(value));
    }
    let (agent, one, two) = (AgentId::new("a"), ConversationId::new("1"), ConversationId::new("2"));
    for position in [5, 9, 7] {
        reads::mark(store, &agent, &one, position).await.unwrap();
    }
    let seen = reads::positions(store.db(), &agent, &[one.clone(), two]).await.unwrap();
    assert_eq!(seen, [(one, 9)]);
}

#[tokio::test]
async fn an_unknown_address_is_hashed_for_all_the_same() {
    use argon2::password_hash::phc::PasswordHash;
    let hash = PasswordHash::new(password::NOBODY).unwrap();
    assert!(hash.salt.is_some() && hash.hash.is_some());
    assert!(!password::verify("anything".to_owned(), None).await.unwrap());
}
