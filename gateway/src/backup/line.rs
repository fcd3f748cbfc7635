//! A row as a line of JSON: the same whichever database it came from.

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conversation::db::Value;
use conversation::db::catalog::{Kind, Table};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// The line of a row. Bytes are `{"b": base64}`; reals are `{"r": "1.5"}`, so that no digit is lost.
pub(crate) fn encode(row: &[Value]) -> String {
    let values: Vec<Json> = row
        .iter()
        .map(|value| match value {
            Value::Text(Some(text)) => json!(text),
            Value::Int(Some(number)) => json!(number),
            Value::Bool(Some(flag)) => json!(flag),
            Value::Bytes(Some(bytes)) => json!({ "b": STANDARD.encode(bytes) }),
            Value::Real(Some(number)) => json!({ "r": number.to_string() }),
            _ => Json::Null,
        })
        .collect();
    Json::Array(values).to_string()
}

/// The row of a line, for the columns of `table` that the archive names in `places`.
///
/// # Errors
/// Names the column that does not hold what its type says.
pub(crate) fn decode(line: &str, table: &Table) -> Result<Vec<Value>> {
    let values: Vec<Json> = serde_json::from_str(line).context("a row is not an array")?;
    if values.len() != table.columns.len() {
        bail!("a row of {} has {} values", table.name, values.len());
    }
    values
        .into_iter()
        .zip(&table.columns)
        .map(|(value, column)| {
            let parsed = match (column.kind, value) {
                (kind, Json::Null) => Some(kind.null()),
                (Kind::Text, Json::String(text)) => Some(Value::Text(Some(text))),
                (Kind::Int, Json::Number(number)) => number.as_i64().map(|number| Value::Int(Some(number))),
                (Kind::Bool, Json::Bool(flag)) => Some(Value::Bool(Some(flag))),
                (Kind::Bytes, value) => value["b"]
                    .as_str()
                    .and_then(|text| STANDARD.decode(text).ok())
                    .map(|bytes| Value::Bytes(Some(bytes))),
                (Kind::Real, value) => value["r"]
                    .as_str()
                    .and_then(|text| text.parse().ok())
                    .map(|number| Value::Real(Some(number))),
                _ => None,
            };
            parsed.with_context(|| format!("{}.{} does not hold {:?}", table.name, column.name, column.kind))
        })
        .collect()
}

/// What a row adds to its table's sum.
pub(crate) fn sum(line: &str) -> u64 {
    let digest = Sha256::digest(line.as_bytes());
    digest[..8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The name of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
