//! Contact custom fields: each account has its own, so they are discovered.

use serde_json::Value;

use crate::api::Client;
use crate::catalog::Kind;
use crate::error::Result;
use crate::json::{self, texts};
use crate::text::{last_segment, list, same};

/// A custom field, as its definition describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CustomField {
    /// The definition's id, which writing uses.
    pub(super) uuid: String,
    /// Its label, as people see it.
    pub(super) label: String,
    /// Its key in a record: the label, or `custom:<uuid>` where the label is taken.
    pub(super) key: String,
    /// What kind of value it has.
    pub(super) kind: Kind,
    /// Of a single-select: the options, id and label.
    pub(super) options: Vec<(String, String)>,
}

impl CustomField {
    /// The account's custom fields. `taken` are the names and labels they must not be confused
    /// with.
    pub(super) fn discover(client: &Client<'_>, taken: &[&str]) -> Result<Vec<Self>> {
        let answer = client.read_once("/contacts/custom_field_definitions", &["contacts:read"])?;
        let (mut fields, mut labels) = (Vec::new(), taken.to_vec());
        for definition in json::items(&answer["collection"]) {
            if let Some(field) = Self::read(definition) {
                labels.push(definition["label"].as_str().unwrap_or_default());
                fields.push(field);
            }
        }
        for field in &mut fields {
            let mut alike = 0;
            for label in &labels {
                alike += usize::from(same(label, &field.label));
            }
            if alike > 1 || field.label.starts_with(PREFIX) {
                field.key = format!("{PREFIX}{}", field.uuid);
            }
        }
        Ok(fields)
    }

    fn read(definition: &Value) -> Option<Self> {
        let uuid = last_segment(definition["uri"].as_str()?).to_owned();
        let label = definition["label"].as_str()?.to_owned();
        let kind = match definition["field_type"].as_str()? {
            "number" | "currency" => Kind::Number,
            "boolean" => Kind::Boolean,
            "date" => Kind::Date,
            "tags" => Kind::Texts,
            _ => Kind::Text,
        };
        let mut options = Vec::new();
        for option in json::items(&definition["options"]) {
            if let (Some(uuid), Some(label)) = (option["uuid"].as_str(), option["label"].as_str()) {
                options.push((uuid.to_owned(), label.to_owned()));
            }
        }
        Some(Self { uuid, key: label.clone(), label, kind, options })
    }

    /// What Calendly answered, for a record: the label of an option instead of its id.
    pub(super) fn decode(&self, value: &Value) -> Value {
        for (uuid, label) in &self.options {
            if value == uuid {
                return Value::from(&**label);
            }
        }
        value.clone()
    }

    /// What to write for a value; what it has to be when it is not.
    pub(super) fn encode(&self, value: &Value) -> Result<Value, String> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        if let Some(demand) = self.kind.demand(value) {
            return Err(demand);
        }
        let Some(text) = value.as_str().filter(|_| !self.options.is_empty()) else {
            return Ok(value.clone());
        };
        // The exact label first: Calendly allows labels that differ in case alone.
        let mut alike = Vec::new();
        for (uuid, label) in &self.options {
            if uuid == text || label == text {
                return Ok(Value::from(&**uuid));
            }
            if same(label, text) {
                alike.push(uuid);
            }
        }
        match *alike {
            [uuid] => Ok(Value::from(&**uuid)),
            _ => Err(format!("one of {}", list(self.labels()))),
        }
    }

    /// The JSON Schema of a value.
    pub(super) fn json_schema(&self) -> Value {
        let mut schema = self.kind.json_schema(true);
        if !self.options.is_empty() {
            let mut choices = texts(&self.labels());
            if let Value::Array(choices) = &mut choices {
                choices.push(Value::Null);
            }
            json::put(&mut schema, "enum", choices);
        }
        schema
    }

    /// The options as people see them.
    pub(super) fn labels(&self) -> Vec<&str> {
        let mut labels = Vec::new();
        for (_, label) in &self.options {
            labels.push(&**label);
        }
        labels
    }

    /// The platform's field type.
    pub(super) fn platform_type(&self) -> &'static str {
        if self.options.is_empty() { self.kind.platform_type() } else { "single-select" }
    }
}

/// What stands before the id of a field that is addressed by it.
pub(super) const PREFIX: &str = "custom:";
