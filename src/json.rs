//! JSON, where serde_json alone does not do.
//!
//! The connector reads everything as [`Value`]: a typed reader for every answer would cost the
//! component 60 KB.

use serde_json::{Map, Value};

use crate::error::{Violation, violation};

/// Reads a document, or says where its text is broken.
pub(crate) fn parse(text: &str) -> Result<Value, Violation> {
    serde_json::from_slice(text.as_bytes()).map_err(|error| {
        // The parser's own words may quote the document, which may hold a secret.
        let problem = if error.is_eof() { "ends too early" } else { "cannot be read as JSON" };
        let (line, column) = (error.line(), error.column());
        violation("", "json", &format!("The document {problem} (line {line}, column {column})"))
    })
}

/// Reads the members of an object; none when the text is anything else.
pub(crate) fn read_members(text: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(text).map(members).unwrap_or_default()
}

/// The pointer (RFC 6901) of a member.
pub(crate) fn child_pointer(parent: &str, name: &str) -> String {
    format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A member that is a text.
#[inline(never)]
pub(crate) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// A member, moved out: null stays in its place.
#[inline(never)]
pub(crate) fn take(object: &mut Map<String, Value>, name: &str) -> Value {
    object.get_mut(name).map(Value::take).unwrap_or_default()
}

/// The text of a document.
pub(crate) fn write(value: &Value) -> String {
    // Writing a value to memory cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// A member that is a text, moved out, so that no copy of it stays behind.
pub(crate) fn take_text(object: &mut Map<String, Value>, name: &str) -> Option<String> {
    match take(object, name) {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// The members of an object; none of anything else.
#[inline(never)]
pub(crate) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// An object of these members: `object! { "name": value, … }`, each value being anything that
/// [`Value`] can be made from. Unlike `json!` it brings no serializer per type.
macro_rules! object {
    ($($name:literal: $value:expr),* $(,)?) => {
        $crate::json::build_object(&mut [$(($name, serde_json::Value::from($value))),*])
    };
}
pub(crate) use object;

/// An object of these members.
#[inline(never)]
pub(crate) fn build_object(members: &mut [(&str, Value)]) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert((*name).to_owned(), value.take());
    }
    Value::Object(object)
}

/// A list of texts.
pub(crate) fn texts(items: &[&str]) -> Value {
    Value::Array(items.iter().copied().map(Value::from).collect())
}
