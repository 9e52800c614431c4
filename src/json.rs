//! JSON, where serde_json alone does not do.
//!
//! The connector reads everything as [`Value`]: a typed reader for every answer would cost the
//! component 60 KB.

use std::mem::ManuallyDrop;

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
#[inline(never)]
pub(crate) fn child_pointer(parent: &str, name: &str) -> String {
    let mut pointer = format!("{parent}/");
    for character in name.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(character),
        }
    }
    pointer
}

/// What stands there: a JSON pointer whose names are plain, so that nothing in it is escaped.
pub(crate) fn at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    let mut place = value;
    for name in pointer.split('/').skip(1) {
        place = match place {
            Value::Object(members) => members.get(name)?,
            Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(place)
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

/// The items of a list; none of anything else.
#[inline(never)]
pub(crate) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        _ => &[],
    }
}

/// The items of a list that are texts.
#[inline(never)]
pub(crate) fn texts_in(value: &Value) -> Vec<&str> {
    let mut texts = Vec::new();
    for item in items(value) {
        if let Value::String(text) = item {
            texts.push(&**text);
        }
    }
    texts
}

/// The same, copied.
#[inline(never)]
pub(crate) fn owned_texts(value: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    for text in texts_in(value) {
        texts.push(text.to_owned());
    }
    texts
}

/// The text of a document.
#[inline(never)]
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

/// Gives an object a member. The brackets of [`Value`] would do the same, but panic on anything that
/// is no object, in words that cost the component 6 KB.
#[inline(never)]
pub(crate) fn put(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

/// The items of a list, to be changed; none of anything else.
#[inline(never)]
pub(crate) fn items_mut(value: Option<&mut Value>) -> &mut [Value] {
    value.and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
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
        $crate::json::object_of(
            &[$($name),*],
            &mut [$(std::mem::ManuallyDrop::new(serde_json::Value::from($value))),*],
        )
    };
}
pub(crate) use object;

/// An object of members with these names, in the order of their values. The names stand in the
/// component's data, so that no code has to write them down; the values are taken, so that no code
/// has to drop what is left.
#[inline(never)]
pub(crate) fn object_of(names: &[&str], values: &mut [ManuallyDrop<Value>]) -> Value {
    let mut object = Map::new();
    for (name, value) in names.iter().zip(values) {
        object.insert((*name).to_owned(), value.take());
    }
    Value::Object(object)
}

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
#[inline(never)]
pub(crate) fn texts(items: &[&str]) -> Value {
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        texts.push(Value::from(*item));
    }
    Value::Array(texts)
}
