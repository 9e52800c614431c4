//! Records.

use super::{BASE_ID, DRY_RUN, REQUEST, WAS_DRY, closed, open, up_to};
use crate::shape::{FILLED, List, Object, Property, Shape, TEXT, list_of, one_of};

pub(in crate::operations) const QUERY: Object = closed(&[
    BASE_ID,
    TABLE_ID,
    Property::optional("filter", Shape::Filter, "Which records; all when left out."),
    Property::optional(
        "sort",
        Shape::List(List { max_items: 10, ..List::of(&Shape::Object(&SORT_KEY)) }),
        "The order, first key first; Calendly's own when left out.",
    ),
    FIELDS_WANTED,
    Property::optional(
        "pageSize",
        Shape::Integer { minimum: 1, maximum: 1_000 },
        "The most records to answer with; 100 when left out.",
    ),
    Property::optional("cursor", FILLED, "The cursor of the answer before, to go on from there."),
    Property::optional(
        "explain",
        Shape::Boolean,
        "Whether to answer with the plan instead: what would be asked of Calendly.",
    ),
]);

const SORT_KEY: Object = closed(&[
    Property::required("field", FILLED, "The field's name or label."),
    Property::optional("direction", one_of(&["asc", "desc"]), "Ascending when left out."),
]);

pub(in crate::operations) const GET: Object =
    closed(&[BASE_ID, TABLE_ID, RECORD_ID, FIELDS_WANTED]);

pub(in crate::operations) const CREATE: Object =
    closed(&[BASE_ID, TABLE_ID, FIELDS_GIVEN, DRY_RUN]);

pub(in crate::operations) const UPDATE: Object =
    closed(&[BASE_ID, TABLE_ID, RECORD_ID, FIELDS_GIVEN, DRY_RUN]);

pub(in crate::operations) const DELETE: Object =
    closed(&[BASE_ID, TABLE_ID, RECORD_ID, REASON, DRY_RUN]);

pub(super) const TABLE_ID: Property = Property::required("tableId", FILLED, "The table's id.");

pub(super) const RECORD_ID: Property =
    Property::required("recordId", FILLED, "The record's id, or its Calendly URI.");

pub(super) const FIELDS_GIVEN: Property = Property::required(
    "fields",
    Shape::Map { min_properties: 1 },
    "The values, by the field's name or label; calendly.listTables lists the fields.",
);

const FIELDS_WANTED: Property = Property::optional(
    "fields",
    list_of(&FILLED),
    "The fields to answer with, by name or label; all when left out.",
);

pub(super) const REASON: Property = Property::optional(
    "reason",
    up_to(10_000),
    "Why the meeting is canceled; the invitees read it.",
);

pub(in crate::operations) const PAGE: Object = open(&[
    Property::required("records", list_of(&Shape::Object(&RECORD)), "The records."),
    Property::required(
        "cursor",
        Shape::Nullable(&FILLED),
        "Where to go on; null when there is no more.",
    ),
    Property::required("complete", Shape::Boolean, "Whether these are the last records."),
    Property::optional(
        "stopped",
        one_of(&["read-limit", "deadline"]),
        "Why the page is not full although there may be more: one call reads 10,000 resources, \
         and no longer than its deadline.",
    ),
    Property::optional(
        "failed",
        list_of(&Shape::Object(&UNREADABLE)),
        "The records that could not be read.",
    ),
    Property::optional(
        "plan",
        Shape::Map { min_properties: 1 },
        "With explain, instead of records: the requests, what Calendly filters and sorts, and \
         what is done here.",
    ),
]);

const UNREADABLE: Object = open(&[
    Property::required("id", Shape::Nullable(&TEXT), "The record's id, as far as it has one."),
    Property::required("uri", Shape::Nullable(&TEXT), "The resource's Calendly URI."),
    Property::required("problem", FILLED, "What is wrong with it."),
]);

pub(in crate::operations) const ONE: Object =
    open(&[Property::required("record", Shape::Object(&RECORD), "The record.")]);

pub(in crate::operations) const WRITTEN: Object = open(&[
    Property::optional("record", Shape::Object(&RECORD), "The record, as it is now."),
    WAS_DRY,
    REQUEST,
]);

pub(super) const RECORD: Object = open(&[
    Property::required("id", FILLED, "The record's id in its table."),
    Property::required(
        "uri",
        Shape::Nullable(&FILLED),
        "The resource's Calendly URI; null for what Calendly gives none.",
    ),
    Property::required("tableId", FILLED, "The table."),
    Property::required("createdTime", Shape::Nullable(&FILLED), "When it was made."),
    Property::required("updatedTime", Shape::Nullable(&FILLED), "When it was last changed."),
    Property::required("fields", Shape::Map { min_properties: 0 }, "The values by field."),
]);

pub(in crate::operations) const DELETED: Object = open(&[DELETED_ID, EFFECT, WAS_DRY, REQUEST]);

pub(super) const DELETED_ID: Property = Property::optional("id", FILLED, "The record's id.");

pub(super) const EFFECT: Property = Property::optional(
    "effect",
    one_of(&["deleted", "canceled"]),
    "What it did: a canceled meeting stays in its table.",
);
