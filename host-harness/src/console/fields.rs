//! A control for every JSON Schema, and the value that somebody entered into it.

use maud::Markup;
use serde_json::{Value, json};

use super::parts::Field;

/// What a control is for.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// One of several texts.
    Choice(Vec<String>),
    /// Yes or no.
    Truth,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A line of text.
    Text,
    /// Texts, one on each line.
    Lines,
    /// Anything else, as JSON.
    Json,
}

impl Kind {
    fn of(schema: &Value) -> Self {
        if let Some(options) = schema["enum"].as_array() {
            let texts: Vec<_> =
                options.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let others = options.iter().any(|option| !option.is_string() && !option.is_null());
            return if others { Self::Json } else { Self::Choice(texts) };
        }
        match type_of(schema) {
            Some("boolean") => Self::Truth,
            Some("integer") => Self::Integer,
            Some("number") => Self::Number,
            Some("string") => Self::Text,
            Some("array") if type_of(&schema["items"]) == Some("string") => Self::Lines,
            _ => Self::Json,
        }
    }

    fn hint(&self, schema: &Value) -> &'static str {
        match (self, schema["format"].as_str()) {
            (Self::Lines, _) => "One on each line.",
            (Self::Json, _) => "As JSON.",
            (Self::Text, Some("date-time")) => "Such as 2026-11-24T09:30:00Z.",
            (Self::Text, Some("date")) => "Such as 2026-11-24.",
            _ => "",
        }
    }
}

/// The one type of a schema, `null` aside.
fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => {
            let mut names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            let first = names.next();
            first.filter(|_| names.next().is_none())
        }
        _ => None,
    }
}

/// Whether a value may be null.
pub(super) fn nullable(schema: &Value) -> bool {
    schema["type"].as_array().is_some_and(|names| names.iter().any(|name| name == "null"))
}

/// A control with its label.
pub(super) fn control(schema: &Value, field: &Field<'_>, value: &str) -> Markup {
    let kind = Kind::of(schema);
    let hint = [field.hint, kind.hint(schema)]
        .iter()
        .filter(|it| !it.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    let field = Field { hint: &hint, ..*field };
    match kind {
        Kind::Choice(options) => {
            let none = ("".to_owned(), "–".to_owned());
            let options = options.into_iter().map(|option| (option.clone(), option));
            field.select(&std::iter::once(none).chain(options).collect::<Vec<_>>(), value)
        }
        Kind::Truth => {
            let options = [("", "–"), ("true", "yes"), ("false", "no")];
            field.select(&options.map(|(value, label)| (value.to_owned(), label.to_owned())), value)
        }
        Kind::Text | Kind::Integer | Kind::Number => field.text(value),
        Kind::Lines => field.lines(value, "", 3),
        Kind::Json => field.lines(value, "code", 4),
    }
}

/// A value as its control shows it.
pub(super) fn shown(schema: &Value, value: &Value) -> String {
    match (Kind::of(schema), value) {
        (_, Value::Null) => String::new(),
        (Kind::Lines, Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
        }
        (Kind::Json, value) => format!("{value:#}"),
        (_, Value::String(text)) => text.clone(),
        (_, value) => value.to_string(),
    }
}

/// What was entered. None: nothing. What cannot be read as the schema's type is an error to show
/// beside the control; everything else is the connector's to judge.
pub(super) fn read(schema: &Value, text: &str) -> Result<Option<Value>, String> {
    // Browsers write CR LF between lines.
    let text = text.replace("\r\n", "\n");
    if text.trim().is_empty() {
        return Ok(None);
    }
    let trimmed = text.trim();
    match Kind::of(schema) {
        Kind::Choice(_) | Kind::Text => Ok(Some(text.into())),
        Kind::Truth => Ok(Some((trimmed == "true").into())),
        Kind::Integer => {
            let number = trimmed.parse::<i64>().map(Value::from);
            number.map(Some).map_err(|_| format!("{trimmed} is not a whole number"))
        }
        Kind::Number => {
            let number = trimmed.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
            let whole = trimmed.parse::<i64>().ok().map(Value::from);
            whole
                .or(number.map(Value::Number))
                .map(Some)
                .ok_or_else(|| format!("{trimmed} is not a number"))
        }
        Kind::Lines => {
            let lines: Vec<_> =
                text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            Ok(Some(json!(lines)))
        }
        Kind::Json => {
            serde_json::from_str(trimmed).map(Some).map_err(|error| format!("Not JSON: {error}"))
        }
    }
}

/// What stands for a value that was there and is not any more.
pub(super) fn emptied(schema: &Value) -> Value {
    match Kind::of(schema) {
        _ if nullable(schema) => Value::Null,
        Kind::Lines => json!([]),
        Kind::Text => "".into(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_and_read_again() {
        for (schema, value, text) in [
            (json!({"type": "string"}), json!("a b"), "a b"),
            (json!({"type": ["string", "null"]}), json!("a"), "a"),
            (json!({"type": "integer"}), json!(-7), "-7"),
            (json!({"type": ["number", "null"]}), json!(1.5), "1.5"),
            (json!({"type": "number"}), json!(3000), "3000"),
            (json!({"type": "boolean"}), json!(false), "false"),
            (json!({"enum": ["a", "b", null]}), json!("b"), "b"),
            (json!({"type": "array", "items": {"type": "string"}}), json!(["a", "b"]), "a\nb"),
            (json!({"type": "object"}), json!({"a": 1}), "{\n  \"a\": 1\n}"),
            (json!({"$ref": "#/$defs/filter"}), json!([1]), "[\n  1\n]"),
        ] {
            assert_eq!(shown(&schema, &value), text, "{schema}");
            assert_eq!(read(&schema, text), Ok(Some(value)), "{schema}");
            assert_eq!(read(&schema, " \r\n"), Ok(None), "{schema}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let read = |kind: &str, text| read(&json!({ "type": kind }), text).unwrap_err();
        assert_eq!(read("integer", "1.5"), "1.5 is not a whole number");
        assert_eq!(read("number", "x"), "x is not a number");
        assert_eq!(read("number", "inf"), "inf is not a number");
        assert!(read("object", "{").starts_with("Not JSON"));
    }

    #[test]
    fn what_is_emptied_is_null_where_it_may_be() {
        assert_eq!(emptied(&json!({"type": ["string", "null"]})), Value::Null);
        assert_eq!(emptied(&json!({"type": "string"})), "");
        assert_eq!(emptied(&json!({"type": "array", "items": {"type": "string"}})), json!([]));
    }
}
