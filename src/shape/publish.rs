//! Publishing a shape as JSON Schema (2020-12).

use serde_json::{Map, Value};

use super::{List, Object, Shape, Text};
use crate::json::{self, object, texts};

impl Object {
    /// The schema as a document of its own.
    #[must_use]
    pub fn schema_document(&self, title: &str) -> Value {
        let mut document = self.schema();
        json::put(&mut document, "$schema", "https://json-schema.org/draft/2020-12/schema".into());
        json::put(&mut document, "title", title.into());
        if self.properties.iter().any(|property| matches!(property.shape, Shape::Filter)) {
            json::put(
                &mut document,
                "$defs",
                object! { "filter": crate::records::filter_schema() },
            );
        }
        document
    }

    fn schema(&self) -> Value {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for property in self.properties {
            let mut schema = property.shape.schema();
            if !property.description.is_empty() {
                json::put(&mut schema, "description", property.description.into());
            }
            properties.insert(property.name.to_owned(), schema);
            if property.required {
                required.push(property.name);
            }
        }
        let mut schema = object! { "type": "object", "properties": properties };
        if !required.is_empty() {
            json::put(&mut schema, "required", texts(&required));
        }
        if !self.open {
            json::put(&mut schema, "additionalProperties", false.into());
        }
        schema
    }
}

impl Shape {
    /// The schema.
    #[must_use]
    pub fn schema(&self) -> Value {
        match self {
            Self::Any => object! {},
            Self::Boolean => object! { "type": "boolean" },
            Self::Integer { minimum, maximum } => {
                object! { "type": "integer", "minimum": *minimum, "maximum": *maximum }
            }
            Self::Text(text) => text.schema(),
            Self::List(list) => list.schema(),
            Self::Object(object) => object.schema(),
            Self::Map { min_properties: 0 } => object! { "type": "object" },
            Self::Map { min_properties } => {
                object! { "type": "object", "minProperties": *min_properties }
            }
            Self::Nullable(shape) => {
                object! { "anyOf": vec![shape.schema(), object! { "type": "null" }] }
            }
            Self::Filter => object! { "$ref": "#/$defs/filter" },
        }
    }
}

impl Text {
    fn schema(&self) -> Value {
        if let Some(constant) = self.constant {
            return object! { "const": constant };
        }
        let mut schema = object! { "type": "string" };
        if !self.choices.is_empty() {
            json::put(&mut schema, "enum", texts(self.choices));
        }
        if self.min_length > 0 {
            json::put(&mut schema, "minLength", self.min_length.into());
        }
        if self.max_length < usize::MAX {
            json::put(&mut schema, "maxLength", self.max_length.into());
        }
        if let Some(rule) = self.rule {
            json::put(&mut schema, "pattern", rule.pattern.into());
        }
        schema
    }
}

impl List {
    fn schema(&self) -> Value {
        let mut schema = object! { "type": "array", "items": self.items.schema() };
        if self.min_items > 0 {
            json::put(&mut schema, "minItems", self.min_items.into());
        }
        if self.max_items < usize::MAX {
            json::put(&mut schema, "maxItems", self.max_items.into());
        }
        if self.unique {
            json::put(&mut schema, "uniqueItems", true.into());
        }
        schema
    }
}
