//! What a new custom field is made of.

use serde_json::{Map, Value};

use super::custom_fields::{FieldKind, SelectOption};
use crate::simulator::errors::ApiError;
use crate::simulator::fields::Fields;
use crate::simulator::random::SplitMix64;

const LONGEST_LABEL: usize = 255;
const MOST_OPTIONS: usize = 10;
/// The types that can be created. Fields for the questions of event types make themselves.
const TYPES: [&str; 6] = ["text", "number", "currency", "tags", "date", "single_select"];

/// The label and what the field holds. A type's own key is refused with every other type.
pub(super) fn read(
    body: &Map<String, Value>,
    random: &mut SplitMix64,
) -> Result<(String, FieldKind), ApiError> {
    let mut fields = Fields::new(body);
    let label = fields.required_trimmed("label", LONGEST_LABEL).unwrap_or_default();
    fields.required("field_type");
    let name = fields.choice("field_type", &TYPES);
    fields.allow_only(match name {
        Some("currency") => &["label", "field_type", "currency"],
        Some("single_select") => &["label", "field_type", "options"],
        Some(_) => &["label", "field_type"],
        // What belongs to a type that is not known cannot be told.
        None => &["label", "field_type", "currency", "options"],
    });
    let kind = match name {
        Some("number") => FieldKind::Number,
        Some("currency") => FieldKind::Currency(currency(&mut fields)),
        Some("tags") => FieldKind::Tags,
        Some("date") => FieldKind::Date,
        Some("single_select") => FieldKind::SingleSelect(options(&mut fields, random)),
        _ => FieldKind::Text,
    };
    fields.violations.check()?;
    Ok((label.to_owned(), kind))
}

/// A code in any case. There is no table of them here.
fn currency(fields: &mut Fields<'_>) -> String {
    let code = fields.required_text("currency").unwrap_or_default().to_ascii_uppercase();
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        fields.refuse("currency", "must be an ISO 4217 code");
    }
    code
}

/// Options in the order sent. Several may have the same label.
fn options(fields: &mut Fields<'_>, random: &mut SplitMix64) -> Vec<SelectOption> {
    fields.required("options");
    let list = fields.list("options", MOST_OPTIONS).unwrap_or_default();
    if list.is_empty() {
        fields.refuse("options", "must be filled");
    }
    let mut options = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let name = format!("options[{index}]");
        let Some(object) = item.as_object() else {
            fields.refuse(&name, "must be an object");
            continue;
        };
        fields.within(&name, object, |fields| {
            fields.allow_only(&["label"]);
            // The length of a field's label is taken to hold for an option's too.
            if let Some(label) = fields.required_trimmed("label", LONGEST_LABEL) {
                let label = label.to_owned();
                options.push(SelectOption { id: random.uuid(), label, color: None });
            }
        });
    }
    options
}
