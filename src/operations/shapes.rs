//! What operations take and answer.

use crate::shape::{FILLED, List, Object, Property, Shape, TEXT, Text, list_of, one_of};

/// An automation's document.
pub(super) const ACTION: Object = closed(&[
    Property::required("action", one_of(NAMES), "The operation's name."),
    Property::required(
        "connection",
        Shape::Integer { minimum: 1, maximum: 9_007_199_254_740_991 },
        "The connection's id.",
    ),
    Property::required("config", Shape::Map { min_properties: 0 }, "The operation's input."),
]);

const NAMES: &[&str] = &[
    "calendly.listBases",
    "calendly.listTables",
    "calendly.queryRecords",
    "calendly.getRecord",
    "calendly.createRecord",
    "calendly.updateRecord",
    "calendly.deleteRecord",
];

pub(super) const NOTHING: Object = closed(&[]);

pub(super) const BASE: Object = closed(&[BASE_ID]);

pub(super) const QUERY: Object = closed(&[
    BASE_ID,
    TABLE_ID,
    Property::optional("filter", Shape::Filter, "Which records; all when left out."),
    Property::optional(
        "sort",
        Shape::List(List { items: &Shape::Object(&SORT_KEY), max_items: 10, unique: false }),
        "The order, first key first; Calendly's own when left out.",
    ),
    FIELDS_WANTED,
    Property::optional(
        "pageSize",
        Shape::Integer { minimum: 1, maximum: 1_000 },
        "The most records to answer with; 100 when left out.",
    ),
    Property::optional("cursor", FILLED, "The cursor of the answer before, to go on from there."),
]);

const SORT_KEY: Object = closed(&[
    Property::required("field", FILLED, "The field's name or label."),
    Property::optional("direction", one_of(&["asc", "desc"]), "Ascending when left out."),
]);

pub(super) const GET: Object = closed(&[BASE_ID, TABLE_ID, RECORD_ID, FIELDS_WANTED]);

pub(super) const CREATE: Object = closed(&[BASE_ID, TABLE_ID, FIELDS_GIVEN]);

pub(super) const UPDATE: Object = closed(&[BASE_ID, TABLE_ID, RECORD_ID, FIELDS_GIVEN]);

pub(super) const DELETE: Object = closed(&[
    BASE_ID,
    TABLE_ID,
    RECORD_ID,
    Property::optional(
        "reason",
        Shape::Text(Text { max_length: 10_000, ..Text::ANY }),
        "Why the meeting is canceled; the invitees read it.",
    ),
]);

const BASE_ID: Property = Property::required(
    "baseId",
    FILLED,
    "The base: me, organization, user:<id>, organization:<id>, group:<id>, or a Calendly URI.",
);

const TABLE_ID: Property = Property::required("tableId", FILLED, "The table's id.");

const RECORD_ID: Property =
    Property::required("recordId", FILLED, "The record's id, or its Calendly URI.");

const FIELDS_GIVEN: Property = Property::required(
    "fields",
    Shape::Map { min_properties: 1 },
    "The values, by the field's name or label; calendly.listTables lists the fields.",
);

const FIELDS_WANTED: Property = Property::optional(
    "fields",
    list_of(&FILLED),
    "The fields to answer with, by name or label; all when left out.",
);

pub(super) const BASES: Object =
    open(&[Property::required("bases", list_of(&Shape::Object(&BASE_ITEM)), "The bases.")]);

const BASE_ITEM: Object = open(&[
    Property::required("id", FILLED, "What to give as baseId."),
    Property::required("kind", one_of(&["user", "organization", "group"]), "Whose records."),
    Property::required("name", TEXT, "The name people see."),
    Property::required("uri", FILLED, "The owner's Calendly URI."),
    Property::required("aliases", list_of(&FILLED), "What else can be given as baseId."),
]);

pub(super) const TABLES: Object =
    open(&[Property::required("tables", list_of(&Shape::Object(&TABLE_ITEM)), "The tables.")]);

const TABLE_ITEM: Object = open(&[
    Property::required("id", FILLED, "What to give as tableId."),
    Property::required("name", FILLED, "The name people see."),
    Property::required("description", TEXT, "What a record is."),
    Property::required(
        "verbs",
        list_of(&one_of(&["query", "get", "create", "update", "delete"])),
        "What can be done.",
    ),
    Property::required("readScopes", list_of(&FILLED), "Calendly's scopes for reading."),
    Property::required("writeScopes", list_of(&FILLED), "Calendly's scopes for writing."),
    Property::required("fields", list_of(&Shape::Object(&FIELD_ITEM)), "The fields."),
]);

const FIELD_ITEM: Object = open(&[
    Property::required("name", FILLED, "The field's key in a record."),
    Property::required("label", FILLED, "The name people see."),
    Property::required("type", FILLED, "The platform's field type."),
    Property::required("schema", Shape::Map { min_properties: 1 }, "The JSON Schema of a value."),
    Property::required("nullable", Shape::Boolean, "Whether a value can be null."),
    Property::required("readable", Shape::Boolean, "Whether a record has it when read."),
    Property::required("onCreate", one_of(&["no", "optional", "required"]), "On a new record."),
    Property::required("onUpdate", one_of(&["no", "optional"]), "On an update."),
    Property::required("options", list_of(&TEXT), "The known values of a choice."),
    Property::required("references", Shape::Nullable(&TEXT), "The collection a URI points into."),
    Property::required("filteredByCalendly", list_of(&FILLED), "Operators Calendly itself has."),
    Property::required("sortedByCalendly", Shape::Boolean, "Whether Calendly itself sorts by it."),
    Property::required("custom", Shape::Boolean, "Whether the account made the field."),
]);

pub(super) const PAGE: Object = open(&[
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
]);

pub(super) const ONE: Object =
    open(&[Property::required("record", Shape::Object(&RECORD), "The record.")]);

const RECORD: Object = open(&[
    Property::required("id", FILLED, "The record's id in its table."),
    Property::required("uri", FILLED, "The resource's Calendly URI."),
    Property::required("tableId", FILLED, "The table."),
    Property::required("createdTime", Shape::Nullable(&FILLED), "When it was made."),
    Property::required("updatedTime", Shape::Nullable(&FILLED), "When it was last changed."),
    Property::required("fields", Shape::Map { min_properties: 0 }, "The values by field."),
]);

pub(super) const DELETED: Object = open(&[
    Property::required("id", FILLED, "The record's id."),
    Property::required(
        "effect",
        one_of(&["deleted", "canceled"]),
        "What it did: a canceled meeting stays in its table.",
    ),
]);

const fn closed(properties: &'static [Property]) -> Object {
    Object { properties, open: false }
}

const fn open(properties: &'static [Property]) -> Object {
    Object { properties, open: true }
}
