//! Checking a value against a shape.

use serde_json::Value;

use super::{List, Object, Property, Shape, Text};
use crate::error::{Violation, violation};
use crate::json::child_pointer;
use crate::text::list;

impl Object {
    /// Everything that is wrong with a value that should be this object.
    pub fn check(&self, value: &Value, pointer: &str, found: &mut Vec<Violation>) {
        let Value::Object(members) = value else {
            found.push(violation(pointer, "type", &format!("{} must be an object", at(pointer))));
            return;
        };
        for property in self.properties {
            let place = child_pointer(pointer, property.name);
            match members.get(property.name) {
                Some(member) => property.check(member, &place, found),
                None if property.required => found.push(violation(
                    &place,
                    "required",
                    &property.say("required", || format!("'{}' is required", property.name)),
                )),
                None => {}
            }
        }
        if self.open {
            return;
        }
        for name in members.keys() {
            if !self.properties.iter().any(|property| property.name == name) {
                let mut known = Vec::new();
                for property in self.properties {
                    known.push(property.name);
                }
                let known = list(known);
                found.push(violation(
                    &child_pointer(pointer, name),
                    "additionalProperties",
                    &format!("Unknown property '{name}'; known are {known}"),
                ));
            }
        }
    }
}

impl Property {
    fn check(&self, value: &Value, pointer: &str, found: &mut Vec<Violation>) {
        let before = found.len();
        self.shape.check(value, pointer, found);
        for broken in found.iter_mut().skip(before).filter(|broken| broken.pointer == pointer) {
            if let Some(words) = self.words(&broken.rule) {
                broken.message = words.to_owned();
            }
        }
    }

    fn words(&self, rule: &str) -> Option<&'static str> {
        self.wording.iter().find(|(of, _)| *of == rule).map(|(_, words)| *words)
    }

    fn say(&self, rule: &str, general: impl FnOnce() -> String) -> String {
        self.words(rule).map_or_else(general, str::to_owned)
    }
}

impl Shape {
    /// Everything that is wrong with a value that should have this shape; at most one violation
    /// for the value itself, and all for what is inside of it.
    pub fn check(&self, value: &Value, pointer: &str, found: &mut Vec<Violation>) {
        let expected = match self {
            Self::Any | Self::Filter => return,
            Self::Nullable(_) if value.is_null() => return,
            Self::Nullable(shape) => return shape.check(value, pointer, found),
            Self::Object(object) => return object.check(value, pointer, found),
            Self::Text(text) => {
                if let Value::String(given) = value {
                    found.extend(text.broken(given, pointer));
                    return;
                }
                if text.constant.is_some() {
                    found.extend(text.broken("", pointer));
                    return;
                }
                "a text"
            }
            Self::Integer { minimum, maximum } => {
                if let Some(number) = integer(value) {
                    found.extend(bounds(number, *minimum, *maximum, pointer));
                    return;
                }
                "a whole number"
            }
            Self::List(list) => {
                if let Value::Array(items) = value {
                    list.check(items, pointer, found);
                    return;
                }
                "a list"
            }
            Self::Map { min_properties } => {
                if let Value::Object(members) = value {
                    if members.len() < *min_properties {
                        found.push(violation(
                            pointer,
                            "minProperties",
                            &format!("{} must name at least {min_properties}", at(pointer)),
                        ));
                    }
                    return;
                }
                "an object"
            }
            Self::Boolean if value.is_boolean() => return,
            Self::Boolean => "true or false",
        };
        found.push(violation(pointer, "type", &format!("{} must be {expected}", at(pointer))));
    }
}

impl Text {
    fn broken(&self, text: &str, pointer: &str) -> Option<Violation> {
        let place = at(pointer);
        let length = text.chars().count();
        let (rule, message) = if self.constant.is_some_and(|constant| constant != text) {
            ("const", format!("{place} must be exactly '{}'", self.constant.unwrap_or_default()))
        } else if !self.choices.is_empty() && !self.choices.contains(&text) {
            ("enum", format!("{place} must be one of {}", list(self.choices.iter().copied())))
        } else if length < self.min_length {
            ("minLength", format!("{place} must be at least {} character", self.min_length))
        } else if length > self.max_length {
            ("maxLength", format!("{place} must not exceed {} characters", self.max_length))
        } else {
            let rule = self.rule.filter(|rule| !(rule.holds)(text))?;
            ("pattern", format!("{place} must be {}", rule.demand))
        };
        Some(violation(pointer, rule, &message))
    }
}

impl List {
    fn check(&self, items: &[Value], pointer: &str, found: &mut Vec<Violation>) {
        if items.len() < self.min_items {
            let message = format!("{} must have at least {} items", at(pointer), self.min_items);
            found.push(violation(pointer, "minItems", &message));
        }
        if items.len() > self.max_items {
            let message =
                format!("{} must not have more than {} items", at(pointer), self.max_items);
            found.push(violation(pointer, "maxItems", &message));
        }
        if self.unique
            && items.len() <= self.max_items
            && (1..items.len()).any(|index| items[..index].contains(&items[index]))
        {
            let message = format!("{} must not name anything twice", at(pointer));
            found.push(violation(pointer, "uniqueItems", &message));
        }
        for (index, item) in items.iter().enumerate() {
            self.items.check(item, &format!("{pointer}/{index}"), found);
        }
    }
}

/// A JSON Schema integer: a number without a fraction, however it is written (`1.0` is one).
fn integer(value: &Value) -> Option<Whole> {
    if let Some(number) = value.as_i64() {
        return Some(Whole::Within(number));
    }
    if value.is_u64() {
        return Some(Whole::Above);
    }
    let number = value.as_f64()?;
    if number.fract() != 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "no fraction, and below 2^63")]
    match number {
        number if number >= TWO_TO_63 => Some(Whole::Above),
        number if number < -TWO_TO_63 => Some(Whole::Below),
        number => Some(Whole::Within(number as i64)),
    }
}

#[derive(Clone, Copy)]
enum Whole {
    Below,
    Within(i64),
    Above,
}

fn bounds(number: Whole, minimum: i64, maximum: i64, pointer: &str) -> Option<Violation> {
    let place = at(pointer);
    match number {
        Whole::Within(number) if (minimum..=maximum).contains(&number) => None,
        Whole::Within(number) if number > maximum => {
            Some(violation(pointer, "maximum", &format!("{place} must not exceed {maximum}")))
        }
        Whole::Above => {
            Some(violation(pointer, "maximum", &format!("{place} must not exceed {maximum}")))
        }
        Whole::Within(_) | Whole::Below => {
            Some(violation(pointer, "minimum", &format!("{place} must be at least {minimum}")))
        }
    }
}

/// How a place is called in a sentence.
fn at(pointer: &str) -> String {
    match pointer.rsplit('/').next() {
        None | Some("") => "The document".to_owned(),
        Some(name) if name.bytes().all(|byte| byte.is_ascii_digit()) => "This item".to_owned(),
        Some(name) => format!("'{name}'"),
    }
}

const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
