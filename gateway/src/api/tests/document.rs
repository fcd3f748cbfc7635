//! The OpenAPI document: complete, true, and the one that is committed.

use std::path::Path;

use serde_json::Value;

use super::NOTHING;
use crate::testing::TestApp;

fn document() -> Value {
    serde_json::to_value(super::super::document()).unwrap()
}

/// Method, path and description of every operation.
pub(super) fn operations() -> Vec<(String, String, Value)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()))
        })
        .collect()
}

#[test]
fn openapi_every_operation_is_described() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["security"][0]["token"], serde_json::json!([]));
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    let mut names = Vec::new();
    for (method, path, operation) in operations() {
        let case = format!("{method} {path}");
        for member in ["summary", "description", "operationId"] {
            assert!(
                operation[member].as_str().is_some_and(|words| !words.is_empty()),
                "{case}: {member}"
            );
        }
        names.push(operation["operationId"].to_string());
        assert!(operation["tags"][0].is_string(), "{case}: tag");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in &parameters {
            assert!(parameter["description"].is_string(), "{case}: {parameter}");
            assert!(parameter["schema"].is_object(), "{case}: {parameter}");
        }
        let has_parameter = |name: &str| parameters.iter().any(|parameter| parameter["name"] == name);
        assert_eq!(has_parameter("id"), path.contains("{id}"), "{case}: path parameter");
        assert_eq!(
            has_parameter("Idempotency-Key"),
            method == "POST",
            "{case}: Idempotency-Key"
        );
        let responses = operation["responses"].as_object().unwrap();
        let successes: Vec<_> = responses.iter().filter(|(status, _)| status.starts_with('2')).collect();
        assert!(!successes.is_empty(), "{case}: no success");
        for (status, response) in successes {
            assert!(
                status == "204" || response["content"].is_object(),
                "{case}: {status} has no schema"
            );
        }
        for status in ["401", "403", "500", "503"] {
            let schema = &responses[status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{case}: {status}");
        }
        assert!(!path.contains("{id}") || responses.contains_key("404"), "{case}: 404");
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "operation ids are unique");
}

/// What is part of a whole and allows no field beside its own forbids the rest of the whole.
#[test]
fn openapi_no_part_forbids_its_whole() {
    fn look(document: &Value, value: &Value, found: &mut Vec<String>) {
        for part in value["allOf"].as_array().into_iter().flatten() {
            let named = part["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
            let schema = named.and_then(|path| document.pointer(path)).unwrap_or(part);
            if schema["additionalProperties"] == false {
                found.push(part.to_string());
            }
        }
        match value {
            Value::Object(fields) => fields.values().for_each(|field| look(document, field, found)),
            Value::Array(items) => items.iter().for_each(|item| look(document, item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    look(&document, &document, &mut found);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn openapi_references_lead_somewhere() {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get("$ref") {
                    found.push(reference.clone());
                }
                object.values().for_each(|value| walk(value, found));
            }
            Value::Array(array) => array.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut references = Vec::new();
    walk(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn openapi_has_every_handler() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let mut handlers = 0;
    let mut plain_routes = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            handlers += text.matches("#[utoipa::path(").count();
            plain_routes += text.matches(".route(").count();
        }
    }
    assert_eq!(handlers, operations().len(), "a described handler is not routed");
    assert_eq!(
        plain_routes, 1,
        "only the document itself is routed without a description"
    );
}

#[tokio::test]
async fn openapi_every_operation_is_routed() {
    let test = TestApp::new().await;
    let client = test.anonymous();
    for (method, path, _) in operations() {
        let answer = client
            .send(&method, &path.replace("{id}", NOTHING), &[], Vec::new())
            .await;
        answer.problem(401, "unauthorized");
    }
    let served = client.get("/openapi.json").await.expect(200);
    assert_eq!(served, document());
}

/// `UPDATE_OPENAPI=1 cargo test -p gateway openapi` writes it.
#[test]
fn openapi_the_committed_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let made = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "docs/openapi.json is behind; run: UPDATE_OPENAPI=1 cargo test -p gateway openapi"
    );
}
