//! Stand-ins for the APIs of other desks, as their documentation describes them: paging, tokens, a limit of
//! requests. Each holds the same small story.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const TOKEN: &str = "right-token";

#[derive(Clone)]
pub(super) struct Desk {
    pub(super) url: String,
    asked: Arc<AtomicUsize>,
    header: &'static str,
    expected: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    page: usize,
    before: Option<i64>,
    o_id: Option<String>,
}

async fn guard(State(desk): State<Desk>, headers: HeaderMap, request: Request, next: Next) -> Response {
    let asked = desk.asked.fetch_add(1, Ordering::Relaxed) + 1;
    let given = headers.get(desk.header).and_then(|value| value.to_str().ok());
    if given != Some(desk.expected.as_str()) {
        return (
            StatusCode::UNAUTHORIZED,
            axum::Json(json!({ "error": "Invalid token!" })),
        )
            .into_response();
    }
    // Busy now and then, as any of them is.
    if asked.is_multiple_of(7) {
        return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "0")], "Retry later\n").into_response();
    }
    if asked.is_multiple_of(11) {
        return (StatusCode::BAD_GATEWAY, [("retry-after", "0")], "<html>502</html>").into_response();
    }
    next.run(request).await
}

impl Desk {
    async fn start(header: &'static str, expected: &str, routes: Router<Desk>) -> Desk {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let desk = Desk {
            url: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            header,
            expected: expected.to_owned(),
        };
        let router = routes
            .layer(middleware::from_fn_with_state(desk.clone(), guard))
            .with_state(desk.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        desk
    }

    /// How many requests came so far.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn page_of(all: Vec<Value>, page: usize, size: usize) -> Value {
    Value::Array(all.into_iter().skip(page.saturating_sub(1) * size).take(size).collect())
}

async fn file() -> Response {
    ([("content-type", "application/pdf")], Body::from("%PDF-1.4 the file")).into_response()
}

pub(super) async fn zammad() -> Desk {
    let user = |id: i64, first: &str, email: &str, role: &str, organization: Value| {
        json!({ "id": id, "firstname": first, "lastname": "Test", "email": email, "phone": "+34 600 100 200", "mobile": "",
                "organization": organization, "roles": [role], "role_ids": [3], "active": true, "updated_at": "2025-01-02T10:00:00.000Z" })
    };
    let users = vec![
        json!({ "id": 1, "firstname": "-", "lastname": "", "email": "", "roles": [] }),
        user(2, "Ana", "Ana@example.com", "Agent", Value::Null),
        user(3, "Nora", "nora@gone.test", "Agent", Value::Null),
        user(4, "Bea", "bea@customer.test", "Customer", json!("Copias SL")),
    ];
    let ticket = |id: i64, state: &str, priority: &str| {
        json!({ "id": id, "number": format!("9600{id}"), "title": "Toner", "group": "Users", "state": state, "priority": priority,
                "customer_id": 4, "owner_id": 2, "created_at": "2025-03-01T08:00:00.000Z", "updated_at": "2025-03-02T10:00:00.000Z" })
    };
    let tickets = vec![
        ticket(1, "open", "3 high"),
        ticket(2, "merged", "2 normal"),
        ticket(3, "closed", "2 normal"),
    ];
    async fn articles(Path(id): Path<i64>) -> axum::Json<Value> {
        let article = |number: i64, sender: &str, author: i64, internal: bool, body: &str| {
            json!({ "id": id * 10 + number, "ticket_id": id, "type": "email", "sender": sender, "from": "x", "to": "Support <support@example.com>", "cc": "",
                    "subject": "Toner", "body": body, "content_type": "text/html", "internal": internal, "created_by_id": author, "origin_by_id": null,
                    "message_id": if number == 1 { json!(format!("<{id}.first@customer.test>")) } else { Value::Null },
                    "created_at": format!("2025-03-01T0{number}:00:00.000Z"), "attachments": [] })
        };
        let mut first = article(1, "Customer", 4, false, "It is <b>empty</b><script>x()</script>");
        first["attachments"] = json!([{ "id": 5, "filename": "machine.pdf", "size": "17", "preferences": { "Mime-Type": "application/pdf" } }]);
        if id == 3 {
            return axum::Json(json!([first]));
        }
        axum::Json(json!([
            first,
            article(2, "Agent", 2, true, "Who has one?"),
            article(3, "Agent", 3, false, "On its way")
        ]))
    }
    let routes = Router::new()
        .route(
            "/api/v1/users",
            get(move |Query(q): Query<Page>| async move { axum::Json(page_of(users, q.page, 100)) }),
        )
        .route(
            "/api/v1/tickets",
            get(move |Query(q): Query<Page>| async move { axum::Json(page_of(tickets, q.page, 100)) }),
        )
        .route("/api/v1/ticket_articles/by_ticket/{id}", get(articles))
        .route(
            "/api/v1/tags",
            get(async |Query(q): Query<Page>| {
                let tags = if q.o_id.as_deref() == Some("1") {
                    json!(["toner", "vip"])
                } else {
                    json!([])
                };
                axum::Json(json!({ "tags": tags }))
            }),
        )
        .route("/api/v1/ticket_attachment/{ticket}/{article}/{id}", get(file));
    Desk::start("authorization", &format!("Token token={TOKEN}"), routes).await
}

pub(super) async fn chatwoot() -> Desk {
    let contacts: Vec<Value> = (1..=17)
        .map(|id| {
            json!({ "id": id, "name": format!("Person {id}"), "email": if id == 1 { json!("bea@customer.test") } else { Value::Null },
                    "phone_number": if id == 2 { json!("+34600100200") } else { Value::Null }, "identifier": null,
                    "additional_attributes": { "company_name": "Copias SL" } })
        })
        .collect();
    let conversation = |id: i64, contact: i64, status: &str, email: Value| {
        json!({ "id": id, "inbox_id": 1, "status": status, "priority": "urgent", "labels": ["toner"], "created_at": 1_740_816_000, "timestamp": 1_740_900_000,
                "additional_attributes": { "mail_subject": "Toner" },
                "meta": { "sender": { "id": contact, "name": format!("Person {contact}"), "email": email, "phone_number": null },
                          "channel": "Channel::WebWidget", "assignee": { "id": 1, "name": "Ana", "email": "ana@example.com" } } })
    };
    let all = vec![
        conversation(1, 1, "open", json!("bea@customer.test")),
        conversation(2, 9, "resolved", Value::Null),
    ];
    async fn messages(State(desk): State<Desk>, Path(id): Path<i64>, Query(q): Query<Page>) -> axum::Json<Value> {
        let message = |number: i64, kind: i64, private: bool, text: Value, sender: Value| {
            json!({ "id": id * 100 + number, "content": text, "message_type": kind, "content_type": "text", "private": private,
                    "created_at": 1_740_816_000 + number, "content_attributes": {}, "source_id": null, "sender": sender })
        };
        let bea = json!({ "id": 1, "name": "Bea", "type": "contact" });
        let ana = json!({ "id": 1, "name": "Ana", "email": "ana@example.com", "type": "user" });
        let mut with_file = message(43, 0, false, Value::Null, bea.clone());
        with_file["attachments"] = json!([
            { "id": 1, "file_type": "file", "data_url": format!("{}/rails/blobs/machine%20one.pdf", desk.url) },
            { "id": 2, "file_type": "file", "data_url": "http://10.0.0.1/secret" }
        ]);
        let mut all: Vec<Value> = (1..=40)
            .map(|n| message(n, 0, false, json!(format!("line {n}")), bea.clone()))
            .collect();
        all.push(message(
            41,
            2,
            false,
            json!("Ana self-assigned this conversation"),
            Value::Null,
        ));
        all.push(message(42, 1, true, json!("He is a VIP"), ana.clone()));
        all.push(with_file);
        all.push(message(44, 1, false, json!("On its way"), ana));
        if id == 2 {
            all.truncate(1);
        }
        // The newest twenty before an id, in order.
        let until = q.before.unwrap_or(i64::MAX);
        all.retain(|row| row["id"].as_i64() < Some(until));
        let begin = all.len().saturating_sub(20);
        axum::Json(json!({ "meta": {}, "payload": all[begin..] }))
    }
    let routes = Router::new()
        .route("/api/v1/profile", get(async || axum::Json(json!({ "id": 1, "account_id": 7, "accounts": [{ "id": 7 }] }))))
        .route(
            "/api/v1/accounts/7/contacts",
            get(move |Query(q): Query<Page>| async move {
                axum::Json(json!({ "meta": { "count": 17, "current_page": q.page }, "payload": page_of(contacts, q.page, 15) }))
            }),
        )
        .route(
            "/api/v1/accounts/7/conversations",
            get(move |Query(q): Query<Page>| async move {
                axum::Json(json!({ "data": { "meta": { "all_count": 2 }, "payload": page_of(all, q.page, 25) } }))
            }),
        )
        .route("/api/v1/accounts/7/conversations/{id}/messages", get(messages))
        .route("/rails/blobs/{name}", get(async || Redirect::to("/storage/1")))
        .route("/storage/1", get(file));
    Desk::start("api_access_token", TOKEN, routes).await
}

pub(super) async fn freescout() -> Desk {
    async fn customers(Query(q): Query<Page>) -> axum::Json<Value> {
        let all = vec![
            json!({ "id": 4, "firstName": "Bea", "lastName": "Test", "company": "Copias SL",
            "_embedded": { "emails": [{ "id": 1, "value": "bea@customer.test", "type": "work" }], "phones": [{ "id": 0, "value": "777-777", "type": "work" }] } }),
        ];
        axum::Json(
            json!({ "_embedded": { "customers": page_of(all, q.page, 50) }, "page": { "size": 50, "totalElements": 1, "totalPages": 1, "number": q.page } }),
        )
    }
    fn conversation(id: i64, state: &str, status: &str) -> Value {
        json!({ "id": id, "number": id, "threadsCount": 3, "type": "email", "status": status, "state": state, "subject": "Toner", "mailboxId": 1,
                "assignee": { "id": 1, "type": "user", "firstName": "Ana", "lastName": "", "email": "ana@example.com" },
                "customer": { "id": 4, "type": "customer", "firstName": "Bea", "lastName": "Test", "email": "bea@customer.test" },
                "createdAt": "2025-03-01T08:00:00Z", "updatedAt": "2025-03-02T10:00:00Z", "_embedded": { "threads": [] } })
    }
    async fn conversations(Query(q): Query<Page>) -> axum::Json<Value> {
        let all = vec![
            conversation(1, "published", "active"),
            conversation(2, "deleted", "closed"),
            conversation(3, "published", "spam"),
        ];
        axum::Json(
            json!({ "_embedded": { "conversations": page_of(all, q.page, 50) }, "page": { "size": 50, "totalElements": 3, "totalPages": 1, "number": q.page } }),
        )
    }
    async fn one(State(desk): State<Desk>, Path(id): Path<i64>) -> axum::Json<Value> {
        let thread = |number: i64, kind: &str, state: &str, by: Value, body: &str| {
            json!({ "id": id * 10 + number, "type": kind, "status": "active", "state": state, "body": body, "createdBy": by, "customer": null,
                    "to": ["support@example.com"], "cc": [], "bcc": [], "createdAt": format!("2025-03-01T0{number}:00:00Z"), "_embedded": { "attachments": [] } })
        };
        let bea = json!({ "id": 4, "type": "customer", "firstName": "Bea", "lastName": "Test", "email": "bea@customer.test" });
        let ana = json!({ "id": 1, "type": "user", "firstName": "Ana", "lastName": "", "email": "ana@example.com" });
        let mut first = thread(1, "customer", "published", bea, "It is <b>empty</b>");
        first["_embedded"]["attachments"] = json!([{ "id": 71, "fileName": "machine.pdf", "fileUrl": format!("{}/storage/attachment/1", desk.url), "mimeType": "application/pdf", "size": 17 }]);
        let mut whole = conversation(id, "published", "active");
        // The newest first, as it answers.
        whole["_embedded"] = json!({
            "threads": [
                thread(5, "message", "draft", ana.clone(), "Not sent"),
                thread(4, "lineitem", "published", ana.clone(), ""),
                thread(3, "message", "published", ana.clone(), "On its way"),
                thread(2, "note", "published", ana, "Who has one?"),
                first
            ],
            "tags": [{ "id": 1, "counter": 1, "name": "toner" }]
        });
        axum::Json(whole)
    }
    let routes = Router::new()
        .route("/api/customers", get(customers))
        .route("/api/conversations", get(conversations))
        .route("/api/conversations/{id}", get(one))
        .route("/storage/attachment/1", get(file));
    Desk::start("x-freescout-api-key", TOKEN, routes).await
}
