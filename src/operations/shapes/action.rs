//! An automation's document, in the three ways the platform writes it.

use super::super::OPERATIONS;
use super::{closed, open};
use crate::shape::{FILLED, Object, Property, Shape, Text, one_of};

pub(in crate::operations) const ACTION: Object = closed(&[
    Property::required("action", one_of(&NAMES), "The operation's name."),
    Property::required(
        "connection",
        Shape::Integer { minimum: 1, maximum: 9_007_199_254_740_991 },
        "The connection's id.",
    ),
    Property::required("config", INPUT, "The operation's input."),
]);

/// The connection is the one it is run with, when it names none.
pub(in crate::operations) const TYPED_ACTION: Object = open(&[
    Property::required("type", CALENDLY, "The service."),
    Property::required("operator", one_of(&SHORT_NAMES), "The operation's name."),
    Property::required("props", INPUT, "The operation's input."),
    CONNECTION,
]);

pub(in crate::operations) const SERVICE_ACTION: Object = open(&[
    Property::required("service", CALENDLY, "The service."),
    Property::required("action", FILLED, "The operation's name, its words joined by hyphens."),
    Property::required("params", INPUT, "The operation's input."),
    CONNECTION,
]);

/// By id or by name, so that there is no one shape for it.
const CONNECTION: Property =
    Property::optional("connection", Shape::Any, "The connection's id or name.");
const INPUT: Shape = Shape::Map { min_properties: 0 };
const CALENDLY: Shape = Shape::Text(Text { constant: Some("calendly"), ..Text::ANY });

/// The names of all operations.
const NAMES: [&str; OPERATIONS.len()] = {
    let mut names = [""; OPERATIONS.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = OPERATIONS[index].name;
        index += 1;
    }
    names
};

/// The same without what stands before each of them.
const SHORT_NAMES: [&str; OPERATIONS.len()] = {
    let mut names = NAMES;
    let mut index = 0;
    while index < names.len() {
        names[index] = names[index].split_at("calendly.".len()).1;
        index += 1;
    }
    names
};
