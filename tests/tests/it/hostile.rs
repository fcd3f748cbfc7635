//! Whatever is sent to the JSON API, it answers as its own document says: no value of any parameter or field, in any
//! place that the document names, is answered with a fault of the server or with a status that the operation does not
//! have, and nothing is taken that the document says is too long, too many, too large or missing.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use tests::harness::{Api, App, Running, fresh_database, http};
use tests::need;

/// A well-formed id that names nothing.
const NOTHING: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
/// How many requests are on their way at the same time.
const AT_ONCE: usize = 8;
/// How deep fields are looked for in bodies.
const DEEPEST: usize = 4;
/// How many of the values each place is given: with a step of its own, so that neighbours get different ones.
const EACH: usize = 8;
/// What would end the test's own way in.
const LEFT_OUT: &[&str] = &["DELETE /tokens/{id}"];

/// Texts that something in the world once fell over.
fn texts() -> Vec<String> {
    [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{202e}\u{feff}e\u{301}\u{1f980}",
        "'; DROP TABLE messages; --",
        "../../../etc/passwd",
        "%00%ff",
        "-1",
        "9223372036854775808",
        "1e400",
        "NaN",
        "2026-02-30T25:61:61Z",
        "-262143-01-01T00:00:00Z",
        "+999999-12-31T23:59:59.999999999Z",
        "<script>alert(1)</script>",
        "{{#each}}${x}",
        "a,b;c:d|e",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(["9".repeat(400), "x".repeat(70_000)])
    .collect()
}

/// The same as JSON, with what only JSON has.
fn values() -> Vec<Value> {
    let mut values: Vec<Value> = texts().into_iter().map(Value::from).collect();
    values.extend([
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e308),
        json!(0.1),
        json!([]),
        json!([null]),
        json!(["", "", "\0"]),
        json!([[[[]]]]),
        json!({}),
        json!({ "": null, "\0": [] }),
        json!(vec![1; 3000]),
    ]);
    values
}

/// Some of many, another part for each place.
fn part<T>(all: &[T], place: usize) -> impl Iterator<Item = &T> {
    (0..EACH.min(all.len())).map(move |step| &all[(place * 7 + step * all.len() / EACH) % all.len()])
}

/// One request.
#[derive(Debug, Clone)]
struct Request {
    method: Method,
    /// As the document names it.
    path: String,
    url: String,
    body: Option<Vec<u8>>,
    /// Whether the document does not allow it.
    is_refused: bool,
    /// Whether it is for this operation, whatever stands in its path.
    is_here: bool,
}

impl Request {
    fn shown(&self) -> String {
        let cut = |text: &str| text.chars().take(300).collect::<String>();
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        format!("{} {} {}", self.method, cut(&self.url), cut(&body))
    }
}

/// The document, and a good id of each collection.
struct World {
    document: Value,
    ids: BTreeMap<String, String>,
}

impl World {
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|path| path.strip_prefix('#')) {
            Some(path) => self.document.pointer(path).unwrap_or(&Value::Null),
            None => schema,
        }
    }

    /// A body that the schema allows, with every field it has.
    fn example(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let schema = self.resolve(schema);
        if let Some(words) = schema["enum"].as_array() {
            return words.first().cloned().unwrap_or_default();
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(first) = schema[choice].as_array().and_then(|all| {
                let is_something = |one: &&Value| one["type"] != "null";
                all.iter().find(is_something)
            }) {
                return self.example(first, name, depth);
            }
        }
        if let Some(all) = schema["allOf"].as_array() {
            let mut object = Map::new();
            for part in all {
                if let Value::Object(fields) = self.example(part, name, depth) {
                    object.extend(fields);
                }
            }
            return Value::Object(object);
        }
        match kind_of(schema) {
            "string" => self.text(schema, name),
            "integer" => schema["minimum"].as_i64().unwrap_or(1).into(),
            "number" => json!(1.0),
            "boolean" => json!(false),
            "array" if depth < DEEPEST => json!([self.example(&schema["items"], name, depth + 1)]),
            "array" => json!([]),
            _ => {
                let fields = schema["properties"].as_object().into_iter().flatten();
                let fields = fields.filter(|_| depth < DEEPEST);
                Value::Object(
                    fields
                        .map(|(name, field)| (name.clone(), self.example(field, name, depth + 1)))
                        .collect(),
                )
            }
        }
    }

    /// A text that a field of this name may well take.
    fn text(&self, schema: &Value, name: &str) -> Value {
        let plural = format!("/{}s", name.trim_end_matches("_id").trim_end_matches('s'));
        if let Some(id) = self.ids.get(&plural) {
            return id.as_str().into();
        }
        match (schema["format"].as_str(), name) {
            (Some("date-time"), _) => json!("2026-03-02T10:00:00Z"),
            (Some("date"), _) => json!("2026-03-02"),
            (_, "email" | "address") => json!("ana@customer.test"),
            (_, "currency") => json!("EUR"),
            (_, "time_zone" | "tz") => json!("Europe/Lisbon"),
            (_, name) if name.contains("url") => json!("https://hook.invalid/x"),
            _ => json!("text"),
        }
    }

    /// The path with good ids in it.
    fn path(&self, path: &str) -> String {
        let collection = path.split("/{").next().unwrap_or_default();
        let id = self.ids.get(collection).map_or(NOTHING, String::as_str);
        let mut filled = String::new();
        for part in path.split('/').skip(1) {
            filled.push('/');
            filled.push_str(if part.starts_with('{') { id } else { part });
        }
        filled
    }

    /// Bodies with one thing that the schema does not allow: one letter, item or unit more than it has room for, a
    /// word that it does not know, a field that is missing.
    fn beyond(&self, schema: &Value, name: &str, depth: usize) -> Vec<Value> {
        let schema = self.resolve(schema);
        if depth > DEEPEST {
            return Vec::new();
        }
        if schema["enum"].is_array() {
            return vec![json!("no such word")];
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(all) = schema[choice].as_array() {
                return all.iter().flat_map(|one| self.beyond(one, name, depth)).collect();
            }
        }
        if let Some(all) = schema["allOf"].as_array() {
            let whole = self.example(schema, name, depth);
            let broken = all.iter().flat_map(|part| self.beyond(part, name, depth));
            return broken.filter_map(|part| merged(&whole, &part)).collect();
        }
        let bound = |name: &str| schema[name].as_u64().and_then(|bound| usize::try_from(bound).ok());
        let room = 0..100_000;
        let mut found = Vec::new();
        match kind_of(schema) {
            "string" => {
                let longest = bound("maxLength").filter(|bound| room.contains(bound));
                found.extend(longest.map(|most| json!("x".repeat(most + 1))));
                found.extend(bound("minLength").filter(|least| *least > 0).map(|_| json!("")));
            }
            "integer" => {
                found.extend(schema["maximum"].as_i64().map(|most| json!(most.saturating_add(1))));
                found.extend(schema["minimum"].as_i64().map(|least| json!(least.saturating_sub(1))));
            }
            "array" => {
                let item = self.example(&schema["items"], name, depth + 1);
                let most = bound("maxItems").filter(|bound| room.contains(bound));
                // Each another text: of the same one there may be any number where they are counted once.
                let each = |place: usize| match &item {
                    Value::String(text) => format!("{text} {place}").into(),
                    other => other.clone(),
                };
                found.extend(most.map(|most| (0..=most).map(each).collect::<Value>()));
                found.extend(bound("minItems").filter(|least| *least > 0).map(|_| json!([])));
                let items = self.beyond(&schema["items"], name, depth + 1);
                found.extend(items.into_iter().map(|item| json!([item])));
            }
            "object" => {
                // Nothing that can be left out: the one thing that is wrong must be what it is refused for.
                let needed: Vec<&str> = schema["required"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let whole = self.example(schema, name, depth);
                let fields = whole.as_object().into_iter().flatten();
                let fields = fields.filter(|(name, _)| needed.contains(&name.as_str()));
                let whole: Map<String, Value> = fields.map(|(name, field)| (name.clone(), field.clone())).collect();
                for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                    for broken in self.beyond(field, name, depth + 1) {
                        let mut with = whole.clone();
                        with.insert(name.clone(), broken);
                        found.push(with.into());
                    }
                }
                for name in needed {
                    let mut without = whole.clone();
                    without.remove(name);
                    found.push(without.into());
                }
            }
            _ => {}
        }
        found
    }

    /// Whether an operation may answer so.
    fn is_documented(&self, request: &Request, status: StatusCode) -> bool {
        let method = request.method.as_str().to_lowercase();
        !request.is_here || !self.document["paths"][&request.path][&method]["responses"][status.as_str()].is_null()
    }

    fn requests(&self, method: &str, path: &str, operation: &Value, place: &mut usize) -> Vec<Request> {
        let Ok(method) = method.to_uppercase().parse::<Method>() else {
            return Vec::new();
        };
        let url = self.path(path);
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let body = (!schema.is_null()).then(|| self.example(schema, "", 0));
        let bytes = |body: &Value| Some(serde_json::to_vec(body).unwrap_or_default());
        let good = Request {
            method,
            path: path.to_owned(),
            url: url.clone(),
            body: body.as_ref().and_then(bytes),
            is_refused: false,
            is_here: true,
        };
        let mut all = vec![good.clone()];
        let (texts, values) = (texts(), values());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            *place += 1;
            for text in part(&texts, *place) {
                let text: String = text.chars().take(6000).collect();
                let text = escape(&text);
                let (url, is_here) = match parameter["in"].as_str() {
                    // A path with nothing in a place is another path.
                    Some("path") => (replaced(path, name, &text, &self.path(path)), !text.is_empty()),
                    Some("query") => (format!("{url}?{name}={text}"), true),
                    _ => continue,
                };
                all.push(Request {
                    url,
                    is_here,
                    ..good.clone()
                });
            }
            for value in self.beyond(&parameter["schema"], name, 0) {
                let text = value.as_str().map_or_else(|| value.to_string(), escape);
                if parameter["in"] == "query" {
                    all.push(Request {
                        url: format!("{url}?{name}={text}"),
                        is_refused: true,
                        ..good.clone()
                    });
                }
            }
        }
        let Some(body) = body else {
            return all;
        };
        for pointer in pointers(&body) {
            *place += 1;
            for value in part(&values, *place) {
                let mut changed = body.clone();
                if let Some(field) = changed.pointer_mut(&pointer) {
                    *field = value.clone();
                }
                all.push(Request {
                    body: bytes(&changed),
                    ..good.clone()
                });
            }
        }
        all.extend(self.beyond(schema, "", 0).iter().map(|body| Request {
            body: bytes(body),
            is_refused: true,
            ..good.clone()
        }));
        let whole = good.body.clone().unwrap_or_default();
        let broken = [
            Vec::new(),
            whole[..whole.len() / 2].to_vec(),
            [b"\xff\xfe".as_slice(), &whole].concat(),
            b"[".repeat(10_000),
        ];
        all.extend(broken.map(|body| Request {
            body: Some(body),
            ..good.clone()
        }));
        all
    }
}

/// Which kind of value a schema is about, beside null.
fn kind_of(schema: &Value) -> &str {
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").unwrap_or(&Value::Null),
        kind => kind,
    };
    kind.as_str().unwrap_or("object")
}

/// An object with some of its fields taken from another one.
fn merged(whole: &Value, part: &Value) -> Option<Value> {
    let mut fields = whole.as_object()?.clone();
    fields.extend(part.as_object()?.clone());
    Some(Value::Object(fields))
}

/// Every place in a body, itself included.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), field)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(place, item)| (place.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    for (name, field) in below {
        let name = name.replace('~', "~0").replace('/', "~1");
        found.extend(pointers(field).into_iter().map(|rest| format!("/{name}{rest}")));
    }
    found
}

/// A path with one of its parameters replaced.
fn replaced(path: &str, name: &str, text: &str, good: &str) -> String {
    let parts = path.split('/').zip(good.split('/'));
    let parts: Vec<&str> = parts
        .map(|(part, good)| if part == format!("{{{name}}}") { text } else { good })
        .collect();
    parts.join("/")
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Something in every collection, so that operations have something to fall over.
async fn furnish(app: &Running, api: &Api<'_>) -> anyhow::Result<()> {
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test" },
    });
    api.create("/inboxes", &inbox).await?;
    for number in 0..3 {
        let mail = format!(
            "From: Ana <ana@customer.test>\r\nTo: support@example.test\r\nSubject: Toner {number}\r\nMessage-ID: <{number}@customer.test>\r\n\r\nIt is empty.\r\n"
        );
        let delivered = app.command(&["email", "deliver", "--inbox", "support"], mail).await?;
        delivered.success()?;
    }
    api.create("/labels", &json!({ "name": "Toner" })).await?;
    Ok(())
}

/// Whether a request came to an operation, and the operation was no fault. Who is not let in, or put off, tried nothing.
fn was_tried(status: StatusCode) -> bool {
    status < StatusCode::INTERNAL_SERVER_ERROR
        && status != StatusCode::UNAUTHORIZED
        && status != StatusCode::TOO_MANY_REQUESTS
}

async fn nothing_is_a_fault(app: App) -> anyhow::Result<()> {
    let app = app.start().await?;
    let api = Api::of(&app).await?;
    furnish(&app, &api).await?;
    let mut world = World {
        document: api.get("/openapi.json").await?,
        ids: BTreeMap::new(),
    };
    let paths = world.document["paths"].as_object().context("paths")?.clone();
    for path in paths.keys().filter(|path| !path.contains('{')) {
        if let Ok(list) = api.get(path).await
            && let Some(id) = list["items"][0]["id"].as_str()
        {
            world.ids.insert(path.clone(), id.to_owned());
        }
    }
    let mut requests = Vec::new();
    let mut place = 0;
    for (path, item) in &paths {
        for (method, operation) in item.as_object().context("operations")? {
            if !LEFT_OUT.contains(&format!("{} {path}", method.to_uppercase()).as_str()) {
                requests.extend(world.requests(method, path, operation, &mut place));
            }
        }
    }
    // What removes things comes last, so that the others find them.
    requests.sort_by_key(|request| request.method == Method::DELETE);
    let sent = requests.len();
    assert!(sent > 2_000, "{sent} requests are too few to say anything");
    let (client, token) = (http(), api.token().to_owned());
    let world = &world;
    let outcomes: Vec<Option<String>> = futures::stream::iter(requests)
        .map(|request| {
            let mut sending = client
                .request(request.method.clone(), app.url(&format!("/api/v1{}", request.url)))
                .bearer_auth(&token)
                .timeout(Duration::from_secs(20));
            if let Some(body) = &request.body {
                sending = sending.header("content-type", "application/json").body(body.clone());
            }
            async move {
                match sending.send().await {
                    Ok(answer) if !was_tried(answer.status()) => {
                        Some(format!("{} {}", answer.status(), request.shown()))
                    }
                    Ok(answer) if !world.is_documented(&request, answer.status()) => {
                        Some(format!("{} is not documented: {}", answer.status(), request.shown()))
                    }
                    Ok(answer) if request.is_refused && !answer.status().is_client_error() => Some(format!(
                        "{} though it is not allowed: {}",
                        answer.status(),
                        request.shown()
                    )),
                    Ok(_) => None,
                    Err(error) => Some(format!("{error:?} {}", request.shown())),
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let faults: Vec<String> = outcomes.into_iter().flatten().collect();
    let shown = faults.iter().take(60).cloned().collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{} of {sent} requests:\n{shown}", faults.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_request_is_a_fault_on_sqlite() -> anyhow::Result<()> {
    nothing_is_a_fault(App::new()?).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_request_is_a_fault_on_postgres() -> anyhow::Result<()> {
    let url = need!(fresh_database().await);
    nothing_is_a_fault(App::new()?.set("database.url", url)).await
}
