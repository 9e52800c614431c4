//! Checks of body fields: each reads one field and notes what is wrong with it.

use serde_json::{Map, Value};

use super::errors::Violations;
use super::timestamp::Timestamp;
use super::uris::id_of;

/// The fields of a JSON object, and where violations of them are noted.
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// What is put before a field's name, for objects within the body: `invitee.`.
    prefix: String,
    pub(crate) violations: Violations,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(object: &'a Map<String, Value>) -> Self {
        Self { object, prefix: String::new(), violations: Violations::default() }
    }

    /// Checks the fields of an object within this one.
    pub(crate) fn within(
        &mut self,
        name: &str,
        object: &Map<String, Value>,
        check: impl FnOnce(&mut Fields<'_>),
    ) {
        let mut inner = Fields {
            object,
            prefix: format!("{}{name}.", self.prefix),
            violations: std::mem::take(&mut self.violations),
        };
        check(&mut inner);
        self.violations = inner.violations;
    }

    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.violations.add(format!("{}{name}", self.prefix), message);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// The field, unless it is absent or null.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// The field; its absence is a violation.
    pub(crate) fn required(&mut self, name: &str) -> Option<&'a Value> {
        let value = self.value(name);
        if value.is_none() {
            self.refuse(name, if self.has(name) { "must be filled" } else { "is missing" });
        }
        value
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<&'a str> {
        let value = self.value(name)?;
        let text = value.as_str();
        if text.is_none() {
            self.refuse(name, "must be a string");
        }
        text
    }

    /// Text that is not blank.
    pub(crate) fn required_text(&mut self, name: &str) -> Option<&'a str> {
        self.required(name)?;
        let text = self.text(name)?;
        if text.trim().is_empty() {
            self.refuse(name, "must be filled");
            return None;
        }
        Some(text)
    }

    /// Text of 1 to `most` characters after blanks around it are taken off.
    pub(crate) fn required_trimmed(&mut self, name: &str, most: usize) -> Option<&'a str> {
        let text = self.required_text(name)?.trim();
        if text.chars().count() > most {
            self.refuse(name, format!("size cannot be greater than {most}"));
        }
        Some(text)
    }

    /// Refuses every field but these.
    pub(crate) fn allow_only(&mut self, names: &[&str]) {
        for key in self.object.keys().filter(|key| !names.contains(&key.as_str())) {
            self.refuse(key, "is not allowed");
        }
    }

    /// The id in a field that is a full URI of a `family` resource.
    pub(crate) fn reference(&mut self, name: &str, family: &str) -> Option<&'a str> {
        let id = self.text(name).and_then(|text| id_of(text, family));
        if id.is_none() && self.value(name).is_some() {
            self.refuse(name, "is invalid");
        }
        id
    }

    /// The same, where it has to be sent.
    pub(crate) fn required_reference(&mut self, name: &str, family: &str) -> Option<&'a str> {
        self.required(name)?;
        self.reference(name, family)
    }

    /// Text of at most `most` characters.
    pub(crate) fn text_up_to(&mut self, name: &str, most: usize) -> Option<&'a str> {
        let text = self.text(name)?;
        if text.chars().count() > most {
            self.refuse(name, format!("size cannot be greater than {most}"));
        }
        Some(text)
    }

    /// An object within this one, checked by `check`.
    pub(crate) fn object<T>(
        &mut self,
        name: &str,
        check: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let Some(object) = value.as_object() else {
            self.refuse(name, "must be an object");
            return None;
        };
        let mut inner = Fields {
            object,
            prefix: format!("{}{name}.", self.prefix),
            violations: std::mem::take(&mut self.violations),
        };
        let checked = check(&mut inner);
        self.violations = inner.violations;
        checked
    }

    /// The objects of a list within this one, each checked by `check`. Those that fail are left
    /// out, their violations noted.
    pub(crate) fn objects<T>(
        &mut self,
        name: &str,
        most: usize,
        mut check: impl FnMut(usize, &mut Fields<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let list = self.list(name, most)?;
        let mut checked = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            let name = format!("{name}[{index}]");
            let Some(object) = item.as_object() else {
                self.refuse(&name, "must be an object");
                continue;
            };
            let mut inner = Fields {
                object,
                prefix: format!("{}{name}.", self.prefix),
                violations: std::mem::take(&mut self.violations),
            };
            checked.extend(check(index, &mut inner));
            self.violations = inner.violations;
        }
        Some(checked)
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.value(name)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.refuse(name, "must be boolean");
        }
        flag
    }

    pub(crate) fn number_in(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        let value = self.value(name)?;
        let number = value.as_i64().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.refuse(name, format!("must be an integer from {least} to {most}"));
        }
        number
    }

    pub(crate) fn choice(&mut self, name: &str, choices: &[&str]) -> Option<&'a str> {
        let text = self.text(name)?;
        if choices.contains(&text) {
            return Some(text);
        }
        self.refuse(name, format!("must be one of: {}", choices.join(", ")));
        None
    }

    /// A time in UTC.
    pub(crate) fn required_time(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.required_text(name)?;
        let time = Timestamp::parse(text);
        if time.is_none() {
            self.refuse(name, "must be a date-time in UTC");
        }
        time
    }

    /// A list of at most `most` items.
    pub(crate) fn list(&mut self, name: &str, most: usize) -> Option<&'a [Value]> {
        let value = self.value(name)?;
        let Some(list) = value.as_array() else {
            self.refuse(name, "must be an array");
            return None;
        };
        if list.len() > most {
            self.refuse(name, format!("size cannot be greater than {most}"));
            return None;
        }
        Some(list)
    }

    pub(crate) fn required_email(&mut self, name: &str) -> Option<&'a str> {
        let text = self.required_text(name)?;
        if is_email(text) {
            return Some(text);
        }
        self.refuse(name, "is invalid");
        None
    }

    pub(crate) fn time_zone(&mut self, name: &str) -> Option<&'a str> {
        let text = self.text(name)?;
        if is_time_zone(text) {
            return Some(text);
        }
        self.refuse(name, "must be a valid timezone");
        None
    }
}

/// Something before an `@`, and a domain with a dot after it.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    plain(local)
        && plain(domain)
        && domain.split('.').count() > 1
        && domain.split('.').all(|label| !label.is_empty())
}

/// The form of an IANA name. There is no table of them here.
pub(crate) fn is_time_zone(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
    let mut parts = text.split('/');
    let well_formed = parts.clone().all(|part| !part.is_empty() && part.chars().all(allowed));
    let starts_with_letter = parts.next().is_some_and(|area| area.starts_with(char::is_alphabetic));
    well_formed && starts_with_letter && (text.contains('/') || matches!(text, "UTC" | "GMT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_and_time_zones_are_told_from_other_text() {
        assert!(is_email("ada.lovelace@example.com"));
        for wrong in ["ada", "ada@", "@example.com", "ada@example", "a b@example.com", "a@b@c.d"] {
            assert!(!is_email(wrong), "{wrong}");
        }
        assert!(is_time_zone("America/Argentina/Buenos_Aires") && is_time_zone("UTC"));
        for wrong in ["Berlin", "+02:00", "Europe/", "CEST", "Europe/Ber lin"] {
            assert!(!is_time_zone(wrong), "{wrong}");
        }
    }
}
