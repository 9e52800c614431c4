//! Bases and tables.

use super::{BASE_ID, closed, open};
use crate::shape::{FILLED, Object, Property, Shape, TEXT, list_of, one_of};

pub(in crate::operations) const BASE: Object = closed(&[BASE_ID]);

pub(in crate::operations) const BASES: Object =
    open(&[Property::required("bases", list_of(&Shape::Object(&BASE_ITEM)), "The bases.")]);

const BASE_ITEM: Object = open(&[
    Property::required("id", FILLED, "What to give as baseId."),
    Property::required("kind", one_of(&["user", "organization", "group"]), "Whose records."),
    Property::required("name", TEXT, "The name people see."),
    Property::required("uri", FILLED, "The owner's Calendly URI."),
    Property::required("aliases", list_of(&FILLED), "What else can be given as baseId."),
]);

pub(in crate::operations) const TABLES: Object =
    open(&[Property::required("tables", list_of(&Shape::Object(&TABLE_ITEM)), "The tables.")]);

const TABLE_ITEM: Object = open(&[
    Property::required("id", FILLED, "What to give as tableId."),
    Property::required("name", FILLED, "The name people see."),
    Property::required("description", TEXT, "What a record is."),
    Property::required("verbs", VERBS, "What can be done in this base; empty for nothing."),
    Property::required("bases", Shape::Object(&IN_BASES), "What can be done in each kind of base."),
    Property::required(
        "role",
        ROLE,
        "The least role in the organization that reading in this base needs; null where the table \
         is not in it.",
    ),
    Property::required(
        "writeRole",
        ROLE,
        "The same for creating, changing and deleting; null where this base has none of it.",
    ),
    Property::required(
        "plan",
        one_of(&["free", "paid", "enterprise"]),
        "The least plan that has the table.",
    ),
    Property::required("readScopes", list_of(&FILLED), "Calendly's scopes for reading."),
    Property::required("writeScopes", list_of(&FILLED), "Calendly's scopes for writing."),
    Property::required("wayOut", TEXT, "What to do instead of what cannot be done."),
    Property::required("fields", list_of(&Shape::Object(&FIELD_ITEM)), "The fields."),
]);

const IN_BASES: Object = open(&[
    Property::required("user", VERBS, "In a user's base."),
    Property::required("organization", VERBS, "In an organization's base."),
    Property::required("group", VERBS, "In a group's base."),
]);

const VERBS: Shape = list_of(&one_of(&["query", "get", "create", "update", "delete"]));
const ROLE: Shape = Shape::Nullable(&one_of(&["user", "admin"]));

const FIELD_ITEM: Object = open(&[
    Property::required("name", FILLED, "The field's key in a record."),
    Property::required("label", FILLED, "The name people see."),
    Property::required("type", FILLED, "The platform's field type."),
    Property::required("schema", Shape::Map { min_properties: 1 }, "The JSON Schema of a value."),
    Property::required("nullable", Shape::Boolean, "Whether a value can be null."),
    Property::required("readable", Shape::Boolean, "Whether a record has it when read."),
    Property::required(
        "onlyWhenNamed",
        Shape::Boolean,
        "Whether it is read only when a query names it, because something else has to be asked \
         for.",
    ),
    Property::required("onCreate", NEED, "On a new record."),
    Property::required("onUpdate", NEED, "On an update."),
    Property::required("options", list_of(&TEXT), "The known values of a choice."),
    Property::required("references", Shape::Nullable(&TEXT), "The collection a URI points into."),
    Property::required("listed", Shape::Boolean, "Whether a query has it, not getRecord alone."),
    Property::required("filterable", Shape::Boolean, "Whether a filter can test it."),
    Property::required("filteredByCalendly", list_of(&FILLED), "Operators Calendly itself has."),
    Property::required("sortable", Shape::Boolean, "Whether a query can sort by it."),
    Property::required("sortedByCalendly", Shape::Boolean, "Whether Calendly itself sorts by it."),
    Property::required("custom", Shape::Boolean, "Whether the account made the field."),
]);

const NEED: Shape = one_of(&["no", "optional", "required"]);
