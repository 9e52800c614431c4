//! Contact custom fields: each account has its own, so they are discovered.

use serde_json::Value;

use crate::api::Client;
use crate::catalog::Kind;
use crate::error::Result;
use crate::text::{list, same};

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
        let definitions = answer["collection"].as_array().map_or(&[][..], Vec::as_slice);
        let mut fields: Vec<_> = definitions.iter().filter_map(Self::read).collect();
        let labels: Vec<_> = fields.iter().map(|field| field.label.clone()).collect();
        for (field, label) in fields.iter_mut().zip(&labels) {
            let twice = labels.iter().filter(|other| same(other, label)).count() > 1;
            if twice || label.starts_with(PREFIX) || taken.iter().any(|name| same(name, label)) {
                field.key = format!("{PREFIX}{}", field.uuid);
            }
        }
        Ok(fields)
    }

    fn read(definition: &Value) -> Option<Self> {
        let uuid = definition["uri"].as_str()?.rsplit('/').next()?.to_owned();
        let label = definition["label"].as_str()?.to_owned();
        let kind = match definition["field_type"].as_str()? {
            "number" | "currency" => Kind::Number,
            "boolean" => Kind::Boolean,
            "date" => Kind::Date,
            "tags" => Kind::Texts,
            _ => Kind::Text,
        };
        let options = definition["options"].as_array().into_iter().flatten().filter_map(|option| {
            Some((option["uuid"].as_str()?.to_owned(), option["label"].as_str()?.to_owned()))
        });
        Some(Self { uuid, key: label.clone(), label, kind, options: options.collect() })
    }

    /// What Calendly answered, for a record: the label of an option instead of its id.
    pub(super) fn decode(&self, value: &Value) -> Value {
        let option = value.as_str().and_then(|id| self.options.iter().find(|(uuid, _)| uuid == id));
        option.map_or_else(|| value.clone(), |(_, label)| Value::from(&**label))
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
        let exact = |(uuid, label): &&(String, String)| uuid == text || label == text;
        let mut alike = self.options.iter().filter(|(_, label)| same(label, text));
        let option = match (self.options.iter().find(exact), alike.next(), alike.next()) {
            (Some(option), ..) | (None, Some(option), None) => Some(option),
            _ => None,
        };
        let labels = || list(self.options.iter().map(|(_, label)| label.as_str()));
        option.map(|(uuid, _)| Value::from(&**uuid)).ok_or_else(|| format!("one of {}", labels()))
    }

    /// The JSON Schema of a value.
    pub(super) fn json_schema(&self) -> Value {
        let mut schema = self.kind.json_schema(true);
        if !self.options.is_empty() {
            let labels = self.options.iter().map(|(_, label)| Value::from(&**label));
            schema["enum"] = labels.chain([Value::Null]).collect();
        }
        schema
    }

    /// The platform's field type.
    pub(super) fn platform_type(&self) -> &'static str {
        if self.options.is_empty() { self.kind.platform_type() } else { "single-select" }
    }
}

/// What stands before the id of a field that is addressed by it.
pub(super) const PREFIX: &str = "custom:";
