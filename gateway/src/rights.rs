//! The proof: one table of role × action, compared with the router and tried cell by cell. A route without
//! a row fails, a row without a route fails, and so does a cell that answers otherwise than it says.

mod coordinators;
mod rooms;

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::body::Body;
use conversation::access::{Permission, can};
use conversation::memberships::{self, Rights};
use conversation::types::{Actor, CompanyId, ContactId, IdentityKind, Role};
use conversation::{contacts, doors};
use http::{Request, StatusCode};
use tower::ServiceExt;

use crate::auth::testing::agent;
use crate::people::sessions;
use crate::testing::TestApp;

/// The id of nothing.
const NOTHING: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Anybody at all.
    Anybody,
    /// Whoever brings a secret of its own: a signature, a visitor's token. Without it nothing is done.
    Machines,
    /// Every agent who is signed in.
    Agents,
    /// Agents whose role includes it.
    Agent(Permission),
    /// Customers who are signed in.
    Customers,
    /// Customers who manage their company.
    Managers,
    /// API tokens; `api::tests::roles` has their table.
    Tokens,
}

/// Read when the test runs, so that a row is changed without building anything.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rights/table.txt");

fn table() -> BTreeMap<(String, String), Who> {
    let mut rows = BTreeMap::new();
    let text = std::fs::read_to_string(TABLE).unwrap();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let mut words = line.split_whitespace();
        let (who, methods, path) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let who = match who {
            "anybody" => Who::Anybody,
            "machines" => Who::Machines,
            "agents" => Who::Agents,
            "read" => Who::Agent(Permission::Read),
            "work" => Who::Agent(Permission::Work),
            "administer" => Who::Agent(Permission::Administer),
            "books" => Who::Agent(Permission::Books),
            "bill" => Who::Agent(Permission::Bill),
            "audit" => Who::Agent(Permission::Audit),
            "watch" => Who::Agent(Permission::Watch),
            "customers" => Who::Customers,
            "managers" => Who::Managers,
            "tokens" => Who::Tokens,
            other => panic!("{other}: {line}"),
        };
        for method in methods.split(',') {
            let before = rows.insert((path.to_owned(), method.to_owned()), who);
            assert!(before.is_none(), "twice: {line}");
        }
    }
    rows
}

fn router(test: &TestApp) -> Router {
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .build_recorder()
        .handle();
    crate::router::routes(&test.app, metrics)
}

/// The elements of the first list or map of a printed value.
fn elements(text: &str) -> Vec<&str> {
    let begin = text.find("routes: ").map_or(0, |at| at + "routes: ".len() + 1);
    let (mut depth, mut start, mut found) = (0i32, begin, Vec::new());
    let mut is_quoted = false;
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < begin) {
        match c {
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                found.push(&text[start..at]);
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|element| !element.trim().is_empty());
    found
}

/// Every method of every path, as the router itself prints them: for each route's id what it allows, in no
/// order, and each path with the id of its route.
fn routes(router: &Router) -> BTreeSet<(String, String)> {
    /// The id after `RouteId(`, and what follows it.
    fn numbered(text: &str) -> Option<(usize, &str)> {
        let (number, rest) = text.split_once(')')?;
        Some((number.parse().ok()?, rest))
    }
    let text = format!("{router:?}");
    let text = text.split("fallback_router").next().unwrap();
    let (handlers, paths) = text
        .split_once("node: Node")
        .expect("the router prints its routes, then their paths");
    let methods: BTreeMap<usize, Vec<&str>> = elements(handlers)
        .into_iter()
        .map(|handler| {
            let (_, handler) = handler.split_once("RouteId(").expect("a route has an id");
            let (number, handler) = numbered(handler).expect("the id is a number");
            let allowed = match handler.rsplit_once("allow_header: ") {
                Some((_, allowed)) => ["GET", "POST", "PUT", "PATCH", "DELETE"]
                    .into_iter()
                    .filter(|method| allowed.contains(method))
                    .collect(),
                // A service takes whatever comes.
                None => vec!["ANY"],
            };
            (number, allowed)
        })
        .collect();
    let mut found = BTreeSet::new();
    for part in paths.split("RouteId(").skip(1) {
        let Some((number, rest)) = numbered(part) else {
            continue;
        };
        let Some(path) = rest.split('"').nth(1) else { continue };
        for method in &methods[&number] {
            found.insert((path.to_owned(), (*method).to_owned()));
        }
    }
    found
}

#[tokio::test]
async fn the_table_has_every_route_and_no_other() {
    let test = TestApp::new().await;
    let routed = routes(&router(&test));
    assert!(
        routed.len() > 150,
        "the router prints its routes otherwise than before: {}",
        routed.len()
    );
    assert!(routed.contains(&("/settings/people".to_owned(), "POST".to_owned())));
    let listed: BTreeSet<_> = table().into_keys().collect();
    let missing: Vec<_> = routed.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&routed).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "without a row: {missing:#?}\nwithout a route: {stale:#?}"
    );
}

/// Who asks.
#[derive(Debug, Clone)]
enum Caller {
    Nobody,
    Agent(crate::people::agents::Agent),
    Customer(ContactId, bool),
}

async fn customer(test: &TestApp, company: &CompanyId, email: &str, rights: Rights) -> ContactId {
    let mut tx = test.store().begin().await.unwrap();
    let id = contacts::create_in(&mut tx, &Actor::System, email, None).await.unwrap();
    let id = contacts::prove_in(&mut tx, &Actor::System, &id, IdentityKind::Email, email, "agent")
        .await
        .unwrap();
    memberships::set_in(&mut tx, &Actor::System, &id, company, rights)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// How a request was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// Let through, to whatever it found.
    Passed,
    /// Asked who they are.
    Asked,
    /// Told that they may not.
    Refused,
}

async fn send(test: &TestApp, router: &Router, caller: &Caller, method: &str, path: &str) -> (Met, StatusCode) {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "desk.example");
    match caller {
        Caller::Nobody => {}
        Caller::Agent(agent) => {
            let secret = sessions::create(test.store(), &agent.id, "test", sessions::Proof::Password)
                .await
                .unwrap();
            let (_, session) = sessions::check(test.store(), &secret).await.unwrap().unwrap();
            request = request
                .header("cookie", format!("switchboard-session={secret}"))
                .header("x-csrf-token", crate::auth::session::csrf(&test.app, &session));
        }
        Caller::Customer(contact, _) => {
            let mut tx = test.store().begin().await.unwrap();
            let path = doors::make_in(&mut tx, contact, None, "x").await.unwrap();
            tx.commit_silently().await.unwrap();
            let secret = path.strip_prefix("/l/").unwrap();
            let followed = portal::links::follow(test.store(), secret, true, "192.0.2.1", "test")
                .await
                .unwrap();
            request = request.header("cookie", format!("{}={}", portal::links::COOKIE, followed.secret));
        }
    }
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::empty())
        .unwrap();
    let answer = router.clone().oneshot(request);
    let response = tokio::time::timeout(std::time::Duration::from_secs(30), answer)
        .await
        .unwrap_or_else(|_| panic!("{method} {path} by {caller:?} never answers"))
        .unwrap();
    let to = response
        .headers()
        .get("location")
        .map_or("", |value| value.to_str().unwrap());
    let met = match response.status() {
        StatusCode::UNAUTHORIZED => Met::Asked,
        StatusCode::FORBIDDEN => Met::Refused,
        status if status.is_redirection() && to.starts_with("/sign-in") => {
            // Who was about to sign in begins again, and who signs out ends there.
            let is_led_on = path == "/sign-in/second" || (path == "/sign-out" && matches!(caller, Caller::Agent(_)));
            if is_led_on { Met::Passed } else { Met::Asked }
        }
        _ => Met::Passed,
    };
    (met, response.status())
}

fn expected(who: Who, caller: &Caller) -> Option<Met> {
    Some(match (who, caller) {
        (Who::Anybody, _) => Met::Passed,
        // Their own tests know what they take.
        (Who::Machines, _) => return None,
        (Who::Tokens, _) => Met::Asked,
        (Who::Agents, Caller::Agent(_)) => Met::Passed,
        (Who::Agent(permission), Caller::Agent(agent)) if can(agent.role, permission) => Met::Passed,
        (Who::Agent(_), Caller::Agent(_)) => Met::Refused,
        (Who::Agents | Who::Agent(_), _) => Met::Asked,
        (Who::Customers, Caller::Customer(..)) | (Who::Managers, Caller::Customer(_, true)) => Met::Passed,
        (Who::Managers, Caller::Customer(_, false)) => Met::Refused,
        (Who::Customers | Who::Managers, _) => Met::Asked,
    })
}

#[tokio::test]
async fn every_cell_answers_as_the_table_says() {
    let test = TestApp::new().await;
    // Without articles that are read, pages wait for them.
    test.app.knowledge.refresh(test.store()).await.unwrap();
    test.inbox().await;
    let mut tx = test.store().begin().await.unwrap();
    let company = contacts::company_in(&mut tx, "Acme").await.unwrap();
    tx.commit_silently().await.unwrap();
    let mut callers = vec![Caller::Nobody];
    for role in Role::ALL {
        callers.push(Caller::Agent(agent(&test, &format!("a{role}"), *role).await));
    }
    let member = customer(&test, &company, "member@example.com", Rights::MEMBER).await;
    let manager = customer(&test, &company, "boss@example.com", Rights::ADMINISTRATOR).await;
    callers.push(Caller::Customer(member, false));
    callers.push(Caller::Customer(manager, true));
    let router = router(&test);
    let mut wrong = Vec::new();
    let mut tried = 0;
    for ((path, method), who) in table() {
        let asked = path
            .split('/')
            .map(|part| if part.starts_with('{') { NOTHING } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for caller in &callers {
            let Some(expected) = expected(who, caller) else {
                continue;
            };
            // A minute between two, so that no limit of a real person's pace is met.
            test.clock.advance(60_000);
            let (met, status) = send(&test, &router, caller, &method, &asked).await;
            tried += 1;
            if met != expected {
                let name = match caller {
                    Caller::Nobody => "nobody".to_owned(),
                    Caller::Agent(agent) => agent.role.to_string(),
                    Caller::Customer(_, is_manager) => format!("customer (manages: {is_manager})"),
                };
                wrong.push(format!(
                    "{method} {path} by {name}: {expected:?} expected, {met:?} ({status})"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}
