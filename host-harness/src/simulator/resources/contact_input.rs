//! What can be written to a contact.

use serde_json::Value;

use super::booking::is_phone_number;
use super::contacts::Contact;
use super::custom_fields::{CustomField, parse_value};
use crate::simulator::fields::Fields;

/// The fields that a body may have.
pub(crate) const FIELDS: [&str; 11] = [
    "name",
    "emails",
    "phone_numbers",
    "timezone",
    "job_title",
    "company",
    "country",
    "state",
    "city",
    "linkedin",
    "custom_fields",
];

const MOST: usize = 10;

/// Checks the fields that were sent and sets them. Lists replace what was there; custom fields
/// that are not sent stay.
pub(crate) fn apply(contact: &mut Contact, fields: &mut Fields<'_>, definitions: &[CustomField]) {
    if let Some(name) = fields.text("name") {
        if name.trim().is_empty() {
            fields.refuse("name", "must be filled");
        }
        name.clone_into(&mut contact.name);
    }
    if let Some(emails) = emails(fields) {
        contact.emails = emails;
    }
    if fields.has("phone_numbers") {
        contact.phone_numbers = phone_numbers(fields);
    }
    details(contact, fields);
    custom_values(contact, fields, definitions);
}

fn emails(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    let list = fields.list("emails", MOST)?;
    if list.is_empty() {
        fields.refuse("emails", "must be filled");
    }
    let mut emails: Vec<String> = Vec::new();
    let mut primary = None;
    for (index, item) in list.iter().enumerate() {
        let name = format!("emails[{index}]");
        let Some(object) = item.as_object() else {
            fields.refuse(&name, "must be an object");
            continue;
        };
        fields.within(&name, object, |fields| {
            let Some(email) = fields.required_email("email") else {
                return;
            };
            if emails.iter().any(|known| known.eq_ignore_ascii_case(email)) {
                fields.refuse("email", "must be unique");
            }
            if fields.flag("is_primary") == Some(true) && primary.replace(emails.len()).is_some() {
                fields.refuse("is_primary", "must be true for one e-mail address only");
            }
            emails.push(email.to_owned());
        });
    }
    // The primary one is kept first. Without a choice it is the first that was sent.
    if let Some(primary) = primary {
        let email = emails.remove(primary);
        emails.insert(0, email);
    }
    Some(emails)
}

fn phone_numbers(fields: &mut Fields<'_>) -> Vec<String> {
    let list = fields.list("phone_numbers", MOST).unwrap_or_default();
    let mut numbers = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let name = format!("phone_numbers[{index}]");
        let Some(object) = item.as_object() else {
            fields.refuse(&name, "must be an object");
            continue;
        };
        fields.within(&name, object, |fields| {
            let Some(number) = fields.required_text("phone_number") else {
                return;
            };
            if !is_phone_number(number) {
                fields.refuse("phone_number", "must be in E.164 format");
            }
            numbers.push(number.to_owned());
        });
    }
    numbers
}

fn details(contact: &mut Contact, fields: &mut Fields<'_>) {
    let details = &mut contact.details;
    for (name, slot) in [
        ("timezone", &mut details.timezone),
        ("job_title", &mut details.job_title),
        ("company", &mut details.company),
        ("country", &mut details.country),
        ("state", &mut details.state),
        ("city", &mut details.city),
        ("linkedin", &mut details.linkedin),
    ] {
        if !fields.has(name) {
            continue;
        }
        let text = fields.text(name);
        match (name, text) {
            ("timezone", Some(_)) => {
                fields.time_zone(name);
            }
            ("country", Some(country)) if !is_country(country) => {
                fields.refuse(name, "must be an ISO 3166-1 alpha-2 code");
            }
            ("linkedin", Some(url)) if url::Url::parse(url).is_err() => {
                fields.refuse(name, "must be a valid URI");
            }
            _ => {}
        }
        *slot = text.map(str::to_owned);
    }
}

/// The form of a country code. There is no table of them here.
fn is_country(text: &str) -> bool {
    text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase())
}

fn custom_values(contact: &mut Contact, fields: &mut Fields<'_>, definitions: &[CustomField]) {
    contact.custom_values.resize(definitions.len(), None);
    let list = fields.list("custom_fields", usize::MAX).unwrap_or_default();
    for (index, item) in list.iter().enumerate() {
        let name = format!("custom_fields[{index}]");
        let Some(object) = item.as_object() else {
            fields.refuse(&name, "must be an object");
            continue;
        };
        fields.within(&name, object, |fields| {
            let Some(id) = fields.required_text("uuid") else {
                return;
            };
            if !fields.has("value") {
                fields.refuse("value", "is missing");
                return;
            }
            let value = object.get("value").unwrap_or(&Value::Null);
            match parse_value(definitions, id, value) {
                Ok((position, value)) => {
                    if let Some(slot) = contact.custom_values.get_mut(position) {
                        *slot = Some(value).filter(|value| !value.is_null());
                    }
                }
                Err(message) => fields.refuse("value", message),
            }
        });
    }
}
