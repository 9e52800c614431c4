//! Many records at once.

use super::records::{DELETED_ID, EFFECT, FIELDS_GIVEN, REASON, RECORD, RECORD_ID, TABLE_ID};
use super::{BASE_ID, DRY_RUN, REQUEST, WAS_DRY, closed, open};
use crate::shape::{FILLED, List, Object, Property, Shape, TEXT, list_of};

pub(in crate::operations) const CREATE_MANY: Object =
    closed(&[BASE_ID, TABLE_ID, items(&Shape::Object(&CREATE_ITEM)), DRY_RUN]);

pub(in crate::operations) const UPDATE_MANY: Object =
    closed(&[BASE_ID, TABLE_ID, items(&Shape::Object(&UPDATE_ITEM)), DRY_RUN]);

pub(in crate::operations) const DELETE_MANY: Object =
    closed(&[BASE_ID, TABLE_ID, items(&Shape::Object(&DELETE_ITEM)), DRY_RUN]);

pub(in crate::operations) const CREATE_ITEM: Object = closed(&[FIELDS_GIVEN]);

pub(in crate::operations) const UPDATE_ITEM: Object = closed(&[RECORD_ID, FIELDS_GIVEN]);

pub(in crate::operations) const DELETE_ITEM: Object = closed(&[RECORD_ID, REASON]);

const fn items(item: &'static Shape) -> Property {
    let list = List { min_items: 1, max_items: MOST_ITEMS, ..List::of(item) };
    Property::required("records", Shape::List(list), "The records, 1 to 500.")
}

pub(in crate::operations) const RESULTS: Object = open(&[
    Property::required(
        "results",
        list_of(&Shape::Object(&RESULT)),
        "What became of each item, in order.",
    ),
    Property::required("succeeded", COUNT, "How many items are done."),
    Property::required("failed", COUNT, "How many items are not."),
    WAS_DRY,
]);

const RESULT: Object = open(&[
    Property::required("index", COUNT, "The item's place among the items, from 0."),
    Property::optional("record", Shape::Object(&RECORD), "The record, as it is now."),
    DELETED_ID,
    EFFECT,
    REQUEST,
    Property::optional("error", Shape::Object(&ERROR), "Why it failed; the others go on."),
]);

pub(super) const ERROR: Object = open(&[
    Property::required("code", FILLED, "What went wrong, to branch on."),
    Property::required("message", FILLED, "What happened."),
    Property::required("nextStep", TEXT, "What to do next."),
    Property::required(
        "retry",
        Shape::Any,
        "Whether trying again can help: never, backoff, or {afterMs}.",
    ),
    Property::required(
        "violations",
        list_of(&Shape::Object(&VIOLATION)),
        "All that is wrong with the item.",
    ),
    Property::optional("detail", Shape::Map { min_properties: 0 }, "More facts."),
    Property::optional("requestId", TEXT, "Calendly's id of the failed request."),
    Property::optional(
        "notSent",
        Shape::Boolean,
        "That an item before ended in what this one could not have survived, so that it was not \
         begun.",
    ),
]);

const VIOLATION: Object = open(&[
    Property::required("pointer", TEXT, "Where, as a JSON pointer into the document."),
    Property::required("rule", FILLED, "The rule that is broken."),
    Property::required("message", FILLED, "What is wrong."),
]);

const COUNT: Shape = Shape::Integer { minimum: 0, maximum: MOST_ITEMS as i64 };
const MOST_ITEMS: usize = 500;
