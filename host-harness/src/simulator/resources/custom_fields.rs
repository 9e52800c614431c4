//! The custom fields of contacts.

use serde_json::{Value, json};

use super::contacts::Contact;
use super::custom_field_input;
use crate::simulator::account::Account;
use crate::simulator::answer::{Answer, Outcome};
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::ApiError;
use crate::simulator::paging::{found, unpaged};
use crate::simulator::timestamp::{Timestamp, is_date};
use crate::simulator::uris::uri;

const FAMILY: &str = "contacts/custom_field_definitions";
const READ: &str = "contacts:read";
const WRITE: &str = "contacts:write";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/contacts/custom_field_definitions", READ, list),
    Endpoint::post("/contacts/custom_field_definitions", WRITE, create),
    Endpoint::get("/contacts/custom_field_definitions/{uuid}", READ, show),
];

/// A field that contacts have besides the usual ones.
#[derive(Debug)]
pub(crate) struct CustomField {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) kind: FieldKind,
    pub(crate) created_at: Timestamp,
}

/// What a custom field holds.
#[derive(Debug)]
pub(crate) enum FieldKind {
    Text,
    Number,
    Date,
    Tags,
    /// Amounts in the currency itself, not in its hundredth parts.
    Currency(String),
    SingleSelect(Vec<SelectOption>),
}

/// A choice of a single select.
#[derive(Debug)]
pub(crate) struct SelectOption {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) color: Option<&'static str>,
}

impl FieldKind {
    fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Tags => "tags",
            Self::Currency(_) => "currency",
            Self::SingleSelect(_) => "single_select",
        }
    }

    /// What an unset field answers.
    fn unset(&self) -> Value {
        if matches!(self, Self::Tags) { json!([]) } else { Value::Null }
    }

    /// The value to store, or what is wrong with it. `null` clears.
    fn parse(&self, value: &Value) -> Result<Value, &'static str> {
        if value.is_null() {
            return Ok(self.unset());
        }
        let valid = match self {
            Self::Text => value.is_string(),
            Self::Number | Self::Currency(_) => value.is_number(),
            Self::Date => value.as_str().is_some_and(is_date),
            Self::Tags => value.as_array().is_some_and(|tags| tags.iter().all(Value::is_string)),
            Self::SingleSelect(options) => return select(options, value),
        };
        if valid { Ok(value.clone()) } else { Err("is not of the type of the field") }
    }
}

/// An option can be chosen by its id, or by its exact label if no other is called the same; what is
/// stored is the id.
fn select(options: &[SelectOption], value: &Value) -> Result<Value, &'static str> {
    let Some(text) = value.as_str() else {
        return Err("is not of the type of the field");
    };
    let mut called = options.iter().filter(|option| option.label == text);
    let option = match options.iter().find(|option| option.id == text) {
        Some(option) => Some(option),
        None => called.next().filter(|_| called.next().is_none()),
    };
    option.map(|option| option.id.clone().into()).ok_or("is not an option of the field")
}

impl CustomField {
    fn resource(&self) -> Value {
        let mut resource = json!({
            "uri": uri(FAMILY, &self.id),
            "label": self.label,
            "field_type": self.kind.name(),
            "created_at": self.created_at,
            "updated_at": self.created_at,
        });
        match &self.kind {
            FieldKind::Currency(code) => resource["currency"] = code.as_str().into(),
            FieldKind::SingleSelect(options) => {
                let options = options.iter().map(|option| {
                    json!({
                        "uuid": option.id,
                        "label": option.label,
                        "color": option.color,
                        "is_active": true,
                    })
                });
                resource["options"] = options.collect();
            }
            _ => {}
        }
        resource
    }
}

/// The custom fields of a contact: every one that is defined, set or not.
pub(crate) fn of_contact(contact: &Contact, definitions: &[CustomField]) -> Value {
    let values = definitions.iter().enumerate().map(|(index, field)| {
        let value = contact.custom_values.get(index).and_then(Option::as_ref);
        json!({
            "uri": uri(FAMILY, &field.id),
            "label": field.label,
            "value": value.cloned().unwrap_or_else(|| field.kind.unset()),
        })
    });
    values.collect()
}

/// Finds the field called by its id and checks a value for it.
pub(crate) fn parse_value(
    definitions: &[CustomField],
    id: &str,
    value: &Value,
) -> Result<(usize, Value), &'static str> {
    let index = definitions.iter().position(|field| field.id == id);
    let field = index.and_then(|index| definitions.get(index).map(|field| (index, field)));
    let Some((index, field)) = field else {
        return Err("is not a custom field");
    };
    Ok((index, field.kind.parse(value)?))
}

fn list(_call: &Call, account: &mut Account) -> Outcome {
    unpaged(account.custom_fields.iter().map(CustomField::resource).collect())
}

/// The documentation speaks of a permission to create custom fields. Here owners and admins have it.
fn create(call: &Call, account: &mut Account) -> Outcome {
    let body = call.object()?;
    let (label, kind) = custom_field_input::read(&body, &mut account.random)?;
    if !account.is_admin(&call.caller) {
        return Err(ApiError::NO_PERMISSION);
    }
    let folded = label.to_lowercase();
    if account.custom_fields.iter().any(|field| field.label.to_lowercase() == folded) {
        return Err(ApiError::AlreadyExists);
    }
    let field = CustomField { id: account.random.uuid(), label, kind, created_at: call.now };
    let resource = field.resource();
    account.custom_fields.push(field);
    Ok(Answer::created(resource))
}

fn show(call: &Call, account: &mut Account) -> Outcome {
    let field = found(account.custom_fields.iter().find(|field| field.id == call.id()))?;
    Ok(Answer::resource(field.resource()))
}
