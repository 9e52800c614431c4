//! A second reader of the schemas that the connector publishes: as much of JSON Schema (2020-12) as
//! they use, but for patterns. `tests/connection_schema.rs` asks a whole validator.

use serde_json::{Map, Value};

/// Whether the schema accepts the value, its patterns aside.
///
/// # Panics
/// On a keyword that it does not know, so that none is passed over.
pub(super) fn accepts(schema: &Value, root: &Value, value: &Value) -> bool {
    let keywords = schema.as_object().expect("a schema");
    keywords.iter().all(|(keyword, of)| holds(keyword, of, keywords, root, value))
}

fn holds(
    keyword: &str,
    of: &Value,
    schema: &Map<String, Value>,
    root: &Value,
    value: &Value,
) -> bool {
    let number = of.as_f64();
    let members = value.as_object();
    let items = value.as_array();
    let at_least = |size: Option<usize>| size.is_none_or(|size| size as f64 >= number.unwrap());
    let at_most = |size: Option<usize>| size.is_none_or(|size| size as f64 <= number.unwrap());
    let length = value.as_str().map(|text| text.chars().count());
    match keyword {
        "$schema" | "$defs" | "title" | "description" | "pattern" => true,
        "$ref" => {
            let pointer = of.as_str().and_then(|reference| reference.strip_prefix('#'));
            let meant = pointer.and_then(|pointer| root.pointer(pointer));
            accepts(meant.expect("what is referred to"), root, value)
        }
        "not" => !accepts(of, root, value),
        "if" => {
            let then = schema.get(if accepts(of, root, value) { "then" } else { "else" });
            then.is_none_or(|schema| accepts(schema, root, value))
        }
        "then" | "else" => true,
        "anyOf" => of.as_array().unwrap().iter().any(|schema| accepts(schema, root, value)),
        "type" => is_of_type(of.as_str().unwrap(), value),
        "const" => value == of,
        "enum" => of.as_array().unwrap().contains(value),
        "minimum" => value.as_f64().is_none_or(|value| value >= number.unwrap()),
        "maximum" => value.as_f64().is_none_or(|value| value <= number.unwrap()),
        "minLength" => at_least(length),
        "maxLength" => at_most(length),
        "minItems" => at_least(items.map(Vec::len)),
        "maxItems" => at_most(items.map(Vec::len)),
        "minProperties" => at_least(members.map(Map::len)),
        "uniqueItems" => items.is_none_or(|items| {
            items
                .iter()
                .enumerate()
                .all(|(at, item)| !items.iter().skip(at + 1).any(|of| of == item))
        }),
        "items" => items.is_none_or(|items| items.iter().all(|item| accepts(of, root, item))),
        "required" => members.is_none_or(|members| {
            of.as_array().unwrap().iter().all(|name| members.contains_key(name.as_str().unwrap()))
        }),
        "properties" => members.is_none_or(|members| {
            let schemas = of.as_object().unwrap();
            schemas.iter().all(|(name, schema)| {
                members.get(name).is_none_or(|member| accepts(schema, root, member))
            })
        }),
        "additionalProperties" => {
            assert_eq!(*of, false, "no other use of it is known");
            let known =
                |name: &String| schema.get("properties").is_some_and(|all| all.get(name).is_some());
            members.is_none_or(|members| members.keys().all(known))
        }
        unknown => panic!("the keyword {unknown} is not known here"),
    }
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        unknown => panic!("the type {unknown} is not known here"),
    }
}
