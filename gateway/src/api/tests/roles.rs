//! Every operation by every role, and by those who have none.

use std::collections::BTreeSet;

use conversation::types::{Actor, Role};
use serde_json::{Value, json};

use super::NOTHING;
use super::document::operations;
use crate::people::tokens;
use crate::testing::TestApp;

/// What an operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Read,
    Work,
    Administer,
    Audit,
    /// To watch over everybody's work.
    Oversee,
}

fn table() -> Vec<(&'static str, &'static str, Needs, Value)> {
    use Needs::{Administer, Audit, Oversee, Read, Work};
    let message = json!({ "text": "hello" });
    let invite = json!({ "email": "nobody", "role": "agent", "language": "en" });
    let inbox = json!({ "channel": "portal", "name": "", "language": "en" });
    let moved = json!({ "messages": [NOTHING], "from": NOTHING, "to": NOTHING });
    let canned = json!({ "shortcut": "", "bodies": {} });
    let rule = json!({ "name": "", "when": "sent", "steps": [] });
    let ticket = json!({ "conversation": NOTHING, "subject": "x", "kind": "question" });
    let line = json!({ "description": "x", "quantity": 1000, "unit_price": 100 });
    let draft = json!({ "customer": NOTHING, "kind": "invoice", "lines": [line] });
    let contract = json!({ "customer": NOTHING, "number": "", "starts_on": "2026-01-01", "currency": "USD" });
    let (at, machine) = ("2026-01-31T09:00:00Z", NOTHING);
    let visit = json!({ "machine": machine, "agent": NOTHING, "starts_at": at, "ends_at": at });
    vec![
        ("GET", "/audit", Audit, Value::Null),
        ("GET", "/companies", Read, Value::Null),
        ("GET", "/companies/{id}/people", Read, Value::Null),
        (
            "POST",
            "/companies/{id}/people",
            Work,
            json!({ "contact_id": NOTHING, "rights": {} }),
        ),
        ("GET", "/contacts/{id}/consents", Read, Value::Null),
        (
            "POST",
            "/contacts/{id}/consents",
            Work,
            json!({ "kind": "news", "is_given": true, "words": "News by mail" }),
        ),
        ("GET", "/contacts/{id}/notifications", Read, Value::Null),
        ("POST", "/contacts/{id}/notifications/read", Work, json!({})),
        ("GET", "/contacts/{id}/notification-choices", Read, Value::Null),
        (
            "PUT",
            "/contacts/{id}/notification-choices",
            Work,
            json!({ "choices": [] }),
        ),
        ("POST", "/contacts/{id}/erase", Administer, Value::Null),
        ("GET", "/contacts/{id}/export", Administer, Value::Null),
        ("POST", "/attachments/{id}/link", Work, Value::Null),
        ("GET", "/customers", Read, Value::Null),
        ("POST", "/customers", Work, json!({ "name": "" })),
        ("GET", "/customers/{id}", Read, Value::Null),
        ("PATCH", "/customers/{id}", Work, json!({ "name": "Somebody" })),
        ("GET", "/customers/{id}/statement", Read, Value::Null),
        ("GET", "/documents", Read, Value::Null),
        ("POST", "/documents", Work, draft),
        ("GET", "/documents/{id}", Read, Value::Null),
        ("POST", "/documents/{id}/send", Work, json!({ "mail": false })),
        ("POST", "/documents/{id}/void", Work, Value::Null),
        ("POST", "/documents/{id}/payments", Work, json!({ "amount": 1 })),
        ("GET", "/documents/{id}/transfers", Read, Value::Null),
        (
            "POST",
            "/documents/{id}/transfers/{transfer}",
            Work,
            json!({ "arrived": true }),
        ),
        ("GET", "/machines", Read, Value::Null),
        ("POST", "/machines", Work, json!({ "model": "", "serial": "" })),
        ("GET", "/machines/{id}", Read, Value::Null),
        ("PUT", "/machines/{id}", Work, json!({ "model": "x", "serial": "x" })),
        ("POST", "/machines/{id}/counters", Work, json!({ "kind": "mono" })),
        ("POST", "/machines/{id}/move", Work, json!({})),
        ("GET", "/machines/{id}/readings", Read, Value::Null),
        (
            "POST",
            "/machines/{id}/readings",
            Work,
            json!({ "counter": "mono", "value": 1 }),
        ),
        ("GET", "/sites", Read, Value::Null),
        ("POST", "/sites", Work, json!({ "customer": NOTHING, "name": "" })),
        ("GET", "/contracts", Read, Value::Null),
        ("POST", "/contracts", Work, contract),
        ("GET", "/contracts/{id}/usage", Read, Value::Null),
        ("GET", "/machine-requests", Read, Value::Null),
        ("POST", "/visits", Work, visit),
        ("GET", "/visits/{id}", Read, Value::Null),
        ("GET", "/surveys", Read, Value::Null),
        ("GET", "/surveys/{id}", Read, Value::Null),
        ("GET", "/contacts/{id}/surveys", Read, Value::Null),
        ("GET", "/survey-settings/{id}", Read, Value::Null),
        ("PUT", "/survey-settings/{id}", Administer, json!({ "inboxes": [] })),
        ("GET", "/reports", Oversee, Value::Null),
        ("GET", "/me", Read, Value::Null),
        ("GET", "/events", Read, Value::Null),
        ("GET", "/conversations", Read, Value::Null),
        ("POST", "/conversations", Work, json!({ "inbox": NOTHING })),
        ("GET", "/conversations/{id}", Read, Value::Null),
        ("GET", "/conversations/{id}/messages", Read, Value::Null),
        ("POST", "/conversations/{id}/messages", Work, message),
        (
            "POST",
            "/conversations/{id}/actions",
            Work,
            json!({ "action": "resolve" }),
        ),
        (
            "POST",
            "/conversations/{id}/split",
            Work,
            json!({ "messages": [NOTHING] }),
        ),
        ("POST", "/conversations/{id}/merge", Work, json!({ "from": NOTHING })),
        ("POST", "/conversations/{id}/unmerge", Work, json!({ "from": NOTHING })),
        ("GET", "/conversations/{id}/bounced-addresses", Read, Value::Null),
        (
            "POST",
            "/conversations/{id}/forgive",
            Work,
            json!({ "address": "ana@example.com" }),
        ),
        (
            "POST",
            "/conversations/{id}/sender",
            Work,
            json!({ "address": "ana@example.com" }),
        ),
        ("POST", "/conversations/{id}/transcript", Work, json!({})),
        ("POST", "/messages/move", Work, moved),
        ("GET", "/messages/{id}", Read, Value::Null),
        ("GET", "/messages/{id}/raw", Read, Value::Null),
        ("POST", "/messages/{id}/cancel", Work, Value::Null),
        (
            "POST",
            "/messages/{id}/reschedule",
            Work,
            json!({ "send_at": "2026-01-31T09:00:00Z" }),
        ),
        ("POST", "/conversations/{id}/labels", Work, json!({ "add": [] })),
        (
            "POST",
            "/conversations/bulk",
            Work,
            json!({ "conversations": [], "action": { "action": "resolve" } }),
        ),
        ("GET", "/labels", Read, Value::Null),
        ("POST", "/labels", Work, json!({ "name": "" })),
        ("GET", "/teams", Read, Value::Null),
        ("POST", "/teams", Administer, json!({ "name": "" })),
        ("DELETE", "/teams/{id}", Administer, Value::Null),
        ("POST", "/payments", Work, json!({ "payments": [] })),
        ("GET", "/search", Read, Value::Null),
        ("POST", "/attachments", Work, Value::Null),
        ("GET", "/attachments/{id}", Read, Value::Null),
        ("GET", "/deliveries/{id}", Read, Value::Null),
        ("POST", "/deliveries/{id}/retry", Work, Value::Null),
        ("GET", "/contacts", Read, Value::Null),
        ("GET", "/contacts/{id}", Read, Value::Null),
        ("PATCH", "/contacts/{id}", Work, json!({ "name": "Eva" })),
        (
            "POST",
            "/contacts/{id}/merge",
            Work,
            json!({ "from": "01ARZ3NDEKTSV4RRFFQ69G5FAW" }),
        ),
        ("POST", "/contacts/merges/{id}/undo", Work, Value::Null),
        ("GET", "/tickets", Read, Value::Null),
        ("POST", "/tickets", Work, ticket),
        ("GET", "/tickets/{id}", Read, Value::Null),
        ("PATCH", "/tickets/{id}", Work, json!({ "subject": "x" })),
        ("POST", "/tickets/{id}/actions", Work, json!({ "action": "close" })),
        ("GET", "/tickets/{id}/history", Read, Value::Null),
        ("GET", "/tickets/{id}/clocks", Read, Value::Null),
        ("GET", "/tickets/{id}/links", Read, Value::Null),
        (
            "POST",
            "/tickets/{id}/links",
            Work,
            json!({ "other": NOTHING, "kind": "related" }),
        ),
        ("GET", "/tickets/{id}/references", Read, Value::Null),
        (
            "POST",
            "/tickets/{id}/references",
            Work,
            json!({ "url": "https://example.com/1" }),
        ),
        ("GET", "/ticket-categories", Read, Value::Null),
        ("POST", "/ticket-categories", Administer, json!({ "names": {} })),
        (
            "PATCH",
            "/ticket-categories/{id}",
            Administer,
            json!({ "names": { "en": "x" } }),
        ),
        ("DELETE", "/ticket-categories/{id}", Administer, Value::Null),
        ("GET", "/checklists/{id}", Read, Value::Null),
        ("PATCH", "/checklists/{id}", Administer, json!({ "points": [] })),
        ("GET", "/schedules", Read, Value::Null),
        (
            "POST",
            "/schedules",
            Administer,
            json!({ "name": "x", "time_zone": "UTC", "week": [] }),
        ),
        ("GET", "/schedules/{id}", Read, Value::Null),
        (
            "PUT",
            "/schedules/{id}",
            Administer,
            json!({ "name": "x", "time_zone": "UTC", "week": [[], [], [], [], [], [], []] }),
        ),
        ("DELETE", "/schedules/{id}", Administer, Value::Null),
        ("GET", "/ticket-closing", Read, Value::Null),
        ("PUT", "/ticket-closing", Administer, json!({ "hours": 48 })),
        ("GET", "/sla-policies", Read, Value::Null),
        ("POST", "/sla-policies", Administer, json!({ "name": "" })),
        (
            "PATCH",
            "/sla-policies/{id}",
            Administer,
            json!({ "name": "x", "first_minutes": 5 }),
        ),
        ("DELETE", "/sla-policies/{id}", Administer, Value::Null),
        ("GET", "/problems", Read, Value::Null),
        ("POST", "/problems", Work, json!({ "subject": "" })),
        ("GET", "/problems/{id}", Read, Value::Null),
        ("POST", "/problems/{id}/actions", Work, json!({ "action": "accept" })),
        ("GET", "/question-lists", Read, Value::Null),
        (
            "POST",
            "/question-lists",
            Administer,
            json!({ "name": "", "questions": [] }),
        ),
        (
            "PATCH",
            "/question-lists/{id}",
            Administer,
            json!({ "name": "x", "questions": [{ "texts": { "en": "x?" } }] }),
        ),
        ("DELETE", "/question-lists/{id}", Administer, Value::Null),
        ("GET", "/tickets/{id}/diagnoses", Read, Value::Null),
        ("POST", "/tickets/{id}/diagnoses", Work, json!({ "list": NOTHING })),
        (
            "POST",
            "/calls",
            Work,
            json!({ "number": "1", "is_inbound": true, "outcome": "answered" }),
        ),
        ("GET", "/ticket-notices", Administer, Value::Null),
        (
            "POST",
            "/ticket-notices",
            Administer,
            json!({ "occasion": "never", "texts": {} }),
        ),
        ("GET", "/inboxes", Read, Value::Null),
        ("POST", "/inboxes", Administer, inbox),
        ("GET", "/inboxes/{id}", Read, Value::Null),
        ("GET", "/inboxes/{id}/menu", Read, Value::Null),
        (
            "PUT",
            "/inboxes/{id}/menu",
            Administer,
            json!({ "greeting": {}, "entries": [] }),
        ),
        ("DELETE", "/inboxes/{id}/menu", Administer, Value::Null),
        ("GET", "/inboxes/{id}/proactive-messages", Read, Value::Null),
        (
            "POST",
            "/inboxes/{id}/proactive-messages",
            Administer,
            json!({ "name": "", "words": {} }),
        ),
        ("GET", "/inboxes/{id}/proactive-messages/{message}", Read, Value::Null),
        (
            "PUT",
            "/inboxes/{id}/proactive-messages/{message}",
            Administer,
            json!({ "name": "", "words": {} }),
        ),
        (
            "DELETE",
            "/inboxes/{id}/proactive-messages/{message}",
            Administer,
            Value::Null,
        ),
        ("GET", "/inboxes/{id}/templates", Read, Value::Null),
        ("POST", "/inboxes/{id}/templates/sync", Administer, Value::Null),
        ("GET", "/conversations/{id}/window", Read, Value::Null),
        ("POST", "/messages/{id}/reaction", Work, json!({ "emoji": "👍" })),
        ("PATCH", "/inboxes/{id}", Administer, json!({ "name": "x" })),
        ("GET", "/tokens", Administer, Value::Null),
        ("POST", "/tokens", Administer, json!({ "name": "", "role": "agent" })),
        ("DELETE", "/tokens/{id}", Administer, Value::Null),
        ("GET", "/webhooks", Administer, Value::Null),
        (
            "POST",
            "/webhooks",
            Administer,
            json!({ "name": "", "url": "https://example.com" }),
        ),
        ("GET", "/webhooks/{id}", Administer, Value::Null),
        ("PATCH", "/webhooks/{id}", Administer, json!({ "name": "x" })),
        ("DELETE", "/webhooks/{id}", Administer, Value::Null),
        ("GET", "/webhooks/{id}/deliveries", Administer, Value::Null),
        ("POST", "/webhooks/{id}/replay", Administer, json!({ "after": 0 })),
        ("GET", "/canned-replies", Read, Value::Null),
        ("POST", "/canned-replies", Administer, canned.clone()),
        ("PATCH", "/canned-replies/{id}", Administer, canned),
        ("DELETE", "/canned-replies/{id}", Administer, Value::Null),
        ("GET", "/macros", Read, Value::Null),
        ("POST", "/macros", Administer, json!({ "name": "", "steps": [] })),
        ("PATCH", "/macros/{id}", Administer, json!({ "name": "", "steps": [] })),
        ("DELETE", "/macros/{id}", Administer, Value::Null),
        ("POST", "/macros/{id}/run", Work, json!({ "conversation": NOTHING })),
        ("GET", "/rules", Administer, Value::Null),
        ("POST", "/rules", Administer, rule.clone()),
        ("POST", "/rules/try", Administer, json!({ "rule": rule, "days": 1 })),
        ("GET", "/rules/log", Read, Value::Null),
        ("PATCH", "/rules/{id}", Administer, rule.clone()),
        ("DELETE", "/rules/{id}", Administer, Value::Null),
        ("GET", "/agents", Read, Value::Null),
        ("GET", "/agents/{id}", Read, Value::Null),
        ("POST", "/agents/invites", Administer, invite),
        ("GET", "/agents/{id}/inboxes", Read, Value::Null),
        ("PUT", "/agents/{id}/inboxes", Administer, json!({ "inboxes": null })),
        ("GET", "/agents/{id}/skills", Read, Value::Null),
        (
            "PUT",
            "/agents/{id}/skills",
            Administer,
            json!({ "ticket_categories": [] }),
        ),
        ("GET", "/broadcasts", Audit, Value::Null),
        (
            "POST",
            "/broadcasts",
            Administer,
            json!({ "name": "", "inbox": NOTHING, "message": {} }),
        ),
        ("GET", "/broadcasts/{id}", Audit, Value::Null),
        ("POST", "/broadcasts/{id}/actions", Administer, json!({ "do": "pause" })),
        ("GET", "/broadcasts/{id}/recipients", Audit, Value::Null),
        ("GET", "/blocked-senders", Audit, Value::Null),
        ("POST", "/blocked-senders", Administer, json!({ "sender": "nobody" })),
        ("DELETE", "/blocked-senders/{id}", Administer, Value::Null),
        ("GET", "/quarantine", Read, Value::Null),
        ("POST", "/quarantine/{id}/settle", Work, Value::Null),
        ("GET", "/conversations/{id}/bot-decisions", Read, Value::Null),
        ("GET", "/knowledge/settings", Read, Value::Null),
        (
            "PUT",
            "/knowledge/settings",
            Administer,
            json!({ "answer_at": 0.6, "version": 0 }),
        ),
        (
            "POST",
            "/knowledge/trial",
            Administer,
            json!({ "settings": { "answer_at": 7, "version": 0 } }),
        ),
        ("GET", "/knowledge/figures", Read, Value::Null),
        ("GET", "/knowledge/examples", Read, Value::Null),
        (
            "POST",
            "/knowledge/examples",
            Work,
            json!({ "article_id": NOTHING, "question": "where is it" }),
        ),
        ("POST", "/knowledge/examples/{id}/remove", Administer, Value::Null),
        ("GET", "/articles", Read, Value::Null),
        ("POST", "/articles", Work, json!({ "language": "en", "title": "" })),
        ("GET", "/articles/{id}", Read, Value::Null),
        ("PATCH", "/articles/{id}", Work, json!({ "revision": 0 })),
        ("POST", "/articles/{id}/actions", Work, json!({ "action": "publish" })),
        ("GET", "/articles/{id}/versions", Read, Value::Null),
        ("GET", "/articles/{id}/feedback", Read, Value::Null),
        ("GET", "/article-categories", Read, Value::Null),
        ("POST", "/article-categories", Work, json!({ "names": {} })),
        (
            "PUT",
            "/article-categories/{id}",
            Work,
            json!({ "names": { "en": "x" } }),
        ),
        ("DELETE", "/article-categories/{id}", Work, Value::Null),
        ("GET", "/knowledge/gaps", Read, Value::Null),
        (
            "POST",
            "/knowledge/gaps/{id}/actions",
            Work,
            json!({ "action": "draft" }),
        ),
    ]
}

#[test]
fn the_table_has_every_operation() {
    let ours: BTreeSet<_> = table()
        .into_iter()
        .map(|(method, path, ..)| (method.to_owned(), path.to_owned()))
        .collect();
    let described: BTreeSet<_> = operations()
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    assert_eq!(ours, described);
}

#[tokio::test]
async fn every_role_may_what_it_may() {
    let test = TestApp::new().await;
    let (token, secret) = tokens::create(test.store(), &Actor::System, "old", Role::Administrator)
        .await
        .unwrap();
    tokens::revoke(test.store(), &Actor::System, &token.id).await.unwrap();
    let callers = [
        (Some(Role::Administrator), test.with_token(Role::Administrator).await),
        (Some(Role::Agent), test.with_token(Role::Agent).await),
        (Some(Role::Supervisor), test.with_token(Role::Supervisor).await),
        (None, test.anonymous()),
        (None, test.with_secret(&secret)),
        (None, test.with_secret("sb_0000")),
    ];
    for (method, template, needs, body) in table() {
        let path = template.replace("{id}", NOTHING);
        for (role, client) in &callers {
            let path = if path == "/attachments" {
                "/attachments?name=x".to_owned()
            } else {
                path.clone()
            };
            let bytes = if body.is_null() {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            };
            let answer = client
                .send(method, &path, &[("content-type", "application/json")], bytes)
                .await;
            let case = format!(
                "{role:?} {method} {template}: {}",
                String::from_utf8_lossy(&answer.body)
            );
            let may = match role {
                None => {
                    assert_eq!(answer.status, 401, "{case}");
                    assert_eq!(answer.header("www-authenticate"), "Bearer", "{case}");
                    answer.problem(401, "unauthorized");
                    continue;
                }
                Some(Role::Administrator) => true,
                Some(Role::Agent) => matches!(needs, Needs::Read | Needs::Work),
                Some(Role::Supervisor) => matches!(needs, Needs::Read | Needs::Audit | Needs::Oversee),
                Some(Role::Coordinator) => unreachable!("no token has it"),
            };
            if !may {
                answer.problem(403, "forbidden");
                continue;
            }
            // Allowed: lists answer, ids that name nothing do not, and what is wrong is said.
            let expected = match (method, template) {
                (_, path) if path.contains("{id}") => 404,
                ("POST", "/messages/move" | "/tickets" | "/knowledge/examples" | "/documents" | "/conversations") => {
                    404
                }
                ("POST", _) => 422,
                _ => 200,
            };
            assert_eq!(answer.status, expected, "{case}");
            if expected == 404 {
                answer.problem(404, "not-found");
            }
        }
    }
}

#[tokio::test]
async fn a_token_knows_its_role() {
    let test = TestApp::new().await;
    for (role, permissions) in [
        (Role::Administrator, json!(["read", "work", "administer"])),
        (Role::Agent, json!(["read", "work"])),
        (Role::Supervisor, json!(["read"])),
    ] {
        let me = test.with_token(role).await.get("/me").await.expect(200);
        assert_eq!(me["role"], role.as_str());
        assert_eq!(me["permissions"], permissions);
        assert_eq!(me["business_name"], "Switchboard");
    }
}
