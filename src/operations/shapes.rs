//! What operations take and answer, by topic.

mod action;
mod batch;
mod meetings;
mod others;
mod records;
mod sync;
mod tables;
mod webhooks;

use crate::shape::{FILLED, Object, Property, Shape, Text, one_of};

pub(super) use action::*;
pub(super) use batch::*;
pub(super) use meetings::*;
pub(super) use others::*;
pub(super) use records::*;
pub(super) use sync::*;
pub(super) use tables::*;
pub(super) use webhooks::*;

pub(super) const NOTHING: Object = closed(&[]);

const BASE_ID: Property = Property::required(
    "baseId",
    FILLED,
    "The base: me, organization, user:<id>, organization:<id>, group:<id>, or a Calendly URI.",
);

const DRY_RUN: Property = Property::optional(
    "dryRun",
    Shape::Boolean,
    "Whether to check everything and answer with the request, without sending it.",
);

const START_TIME: Property =
    Property::required("startTime", FILLED, "From when: a date-time with an offset.");

const END_TIME: Property =
    Property::required("endTime", FILLED, "Until when: a date-time with an offset.");

/// What a write answers in a dry run, instead of what it answers otherwise.
const WAS_DRY: Property =
    Property::optional("dryRun", Shape::Boolean, "That nothing was sent, in a dry run.");

const REQUEST: Property = Property::optional(
    "request",
    Shape::Nullable(&Shape::Object(&REQUEST_SHOWN)),
    "In a dry run: the request that would be sent; null when everything is so already.",
);

const REQUEST_SHOWN: Object = open(&[
    Property::required("method", one_of(&["POST", "PATCH", "DELETE"]), "The method."),
    Property::required("url", FILLED, "The URL."),
    Property::required(
        "body",
        Shape::Nullable(&Shape::Map { min_properties: 0 }),
        "The body; a secret in it is shown as ***.",
    ),
]);

/// A text of at most so many characters.
const fn up_to(max_length: usize) -> Shape {
    Shape::Text(Text { max_length, ..Text::ANY })
}

const fn closed(properties: &'static [Property]) -> Object {
    Object { properties, open: false }
}

const fn open(properties: &'static [Property]) -> Object {
    Object { properties, open: true }
}
