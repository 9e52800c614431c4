//! A copy of a table, kept in step in both directions.

use super::batch::ERROR;
use super::records::{RECORD, TABLE_ID};
use super::{BASE_ID, DRY_RUN, REQUEST, WAS_DRY, closed, open};
use crate::shape::{FILLED, List, Object, Property, Shape, list_of, one_of};

pub(in crate::operations) const PULL: Object = closed(&[
    BASE_ID,
    TABLE_ID,
    Property::optional(
        "cursor",
        FILLED,
        "The cursor of the answer before, stored together with its changes; without one all \
         records come, as created.",
    ),
    Property::optional(
        "limit",
        Shape::Integer { minimum: 1, maximum: 100 },
        "The most changes to answer with; 100 when left out.",
    ),
    Property::optional(
        "lookbackDays",
        Shape::Integer { minimum: 0, maximum: 3_650 },
        "For what has a time of its own, such as meetings: how many days back to look for \
         changes, after all has come once; 30 when left out.",
    ),
]);

pub(in crate::operations) const PULLED: Object = open(&[
    Property::required("changes", list_of(&Shape::Object(&CHANGE)), "What changed."),
    Property::required(
        "cursor",
        FILLED,
        "What to hand in next time; to be stored together with the changes.",
    ),
    Property::required("more", Shape::Boolean, "Whether there is more: pull again at once."),
]);

const CHANGE: Object = open(&[
    Property::required("kind", one_of(&["created", "updated", "deleted"]), "What happened."),
    Property::required("id", FILLED, "The record's id."),
    Property::optional("record", Shape::Object(&RECORD), "The record; not of a deleted one."),
]);

pub(in crate::operations) const PUSH: Object = closed(&[
    BASE_ID,
    TABLE_ID,
    Property::required(
        "items",
        Shape::List(List { min_items: 1, max_items: 100, ..List::of(&Shape::Object(&PUSH_ITEM)) }),
        "What to do, 1 to 100 items.",
    ),
    DRY_RUN,
]);

pub(in crate::operations) const PUSH_ITEM: Object = closed(&[
    KEY,
    Property::required(
        "operation",
        one_of(&["create", "update", "delete"]),
        "What to do with the record.",
    ),
    Property::optional("id", FILLED, "The record's id or URI; required but for a create."),
    Property::optional(
        "fields",
        Shape::Map { min_properties: 1 },
        "The values, by the field's name or label; required but for a delete.",
    ),
    Property::optional(
        "changedAt",
        FILLED,
        "When the item changed where it comes from: what Calendly changed then or later stays. \
         Without it the item wins.",
    ),
]);

pub(in crate::operations) const PUSHED: Object = open(&[
    Property::required(
        "results",
        list_of(&Shape::Object(&PUSH_RESULT)),
        "What became of each item, in order.",
    ),
    WAS_DRY,
]);

const PUSH_RESULT: Object = open(&[
    Property::required("key", Shape::Any, "The item's key; null when it has none."),
    Property::required(
        "status",
        one_of(&["created", "updated", "deleted", "unchanged", "conflict", "failed", "unknown"]),
        "What became of it: unchanged when all was so already, conflict when Calendly's version \
         stays, unknown when the answer was lost.",
    ),
    Property::optional("id", FILLED, "The record's id."),
    Property::optional("record", Shape::Object(&RECORD), "The record as Calendly has it now."),
    REQUEST,
    Property::optional("error", Shape::Object(&ERROR), "Why nothing came of it."),
]);

const KEY: Property =
    Property::required("key", FILLED, "The caller's name of the item, which its result has too.");
