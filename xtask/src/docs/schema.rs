//! A JSON Schema as rows of a table, for people.

use serde_json::Value;

use super::cell;

/// A row for each property, `a.b` for those of an object within, `a[].b` for those of a list's
/// items.
pub(crate) fn rows(schema: &Value) -> Vec<String> {
    let mut rows = Vec::new();
    add(schema, schema, "", &mut rows);
    rows
}

fn add(root: &Value, schema: &Value, prefix: &str, rows: &mut Vec<String>) {
    let schema = resolved(root, schema);
    let required: Vec<_> = items(&schema["required"]).filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let property = resolved(root, property);
        let must = if required.contains(&name.as_str()) { "yes" } else { "" };
        let meaning = property["description"].as_str().unwrap_or_default();
        let path = format!("{prefix}{name}");
        rows.push(format!("| `{path}` | {} | {must} | {} |", kind(property), cell(meaning)));
        if property["properties"].is_object() {
            add(root, property, &format!("{path}."), rows);
        }
        let item = resolved(root, &property["items"]);
        if item["properties"].is_object() {
            add(root, item, &format!("{path}[]."), rows);
        }
    }
}

/// What a reference within the document points to.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

fn kind(schema: &Value) -> String {
    if let Some(choices) = schema["enum"].as_array() {
        let choices: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
        return choices.join(", ");
    }
    let name = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
            names.join(" or ")
        }
        _ if schema["anyOf"].is_array() => "filter".to_owned(),
        _ => "any".to_owned(),
    };
    let range = match (&schema["minimum"], &schema["maximum"]) {
        (Value::Null, Value::Null) => String::new(),
        (least, most) => format!(" {least} to {most}"),
    };
    format!("{name}{range}")
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_property_is_a_row_and_so_is_what_is_within() {
        let schema = json!({
            "required": ["sort"],
            "properties": {
                "sort": { "type": "array", "description": "The order.", "items": {
                    "type": "object",
                    "properties": { "direction": { "enum": ["asc", "desc"] } },
                }},
                "size": { "type": "integer", "minimum": 1, "maximum": 9 },
            },
        });
        let expected = [
            "| `size` | integer 1 to 9 |  |  |",
            "| `sort` | array | yes | The order. |",
            "| `sort[].direction` | `\"asc\"`, `\"desc\"` |  |  |",
        ];
        assert_eq!(rows(&schema), expected);
    }
}
