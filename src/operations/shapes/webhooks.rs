//! Webhooks.

use super::records::RECORD;
use super::{BASE_ID, DRY_RUN, REQUEST, WAS_DRY, closed, open};
use crate::shape::{FILLED, List, Object, Property, Shape, TEXT, list_of, one_of};

pub(in crate::operations) const IN_BASE: Object = closed(&[BASE_ID]);

pub(in crate::operations) const WEBHOOK: Object = closed(&[WHICH]);

pub(in crate::operations) const END_WEBHOOK: Object = closed(&[WHICH, DRY_RUN]);

const WHICH: Property = Property::required("webhook", FILLED, "The subscription's id or URI.");

const URL: Property =
    Property::required("url", FILLED, "The URL that Calendly calls, character by character.");

const TABLE: Property = Property::optional(
    "tableId",
    FILLED,
    "A table. The events are then created, updated and deleted of its records.",
);

const EVENTS: Shape = Shape::List(List { min_items: 1, unique: true, ..List::of(&FILLED) });

pub(in crate::operations) const SUBSCRIBE: Object = closed(&[
    BASE_ID,
    URL,
    TABLE,
    Property::required(
        "events",
        EVENTS,
        "The events: names of triggers, such as booking.created or contact.updated.",
    ),
    DRY_RUN,
]);

pub(in crate::operations) const SUBSCRIBED: Object = open(&[
    Property::required(
        "subscriptions",
        list_of(&Shape::Object(&ENSURED)),
        "One; or two, when Calendly wants events in a subscription of their own.",
    ),
    WAS_DRY,
]);

const ENSURED: Object = open(&[
    Property::required(
        "outcome",
        one_of(&["created", "unchanged", "replaced"]),
        "What was done, or in a dry run would be.",
    ),
    Property::required(
        "webhook",
        Shape::Nullable(&Shape::Object(&RECORD)),
        "The subscription; in a dry run the one that is there.",
    ),
    Property::optional(
        "missedSince",
        Shape::Nullable(&TEXT),
        "Since when Calendly could not deliver to the one that was replaced: poll from there on.",
    ),
    REQUEST,
]);

pub(in crate::operations) const WEBHOOKS: Object = open(&[Property::required(
    "webhooks",
    list_of(&Shape::Object(&RECORD)),
    "Records of the table webhook_subscriptions.",
)]);

pub(in crate::operations) const VERIFY: Object = closed(&[
    BASE_ID,
    URL,
    TABLE,
    Property::optional("events", EVENTS, "The events that are to arrive."),
]);

pub(in crate::operations) const VERIFIED: Object = open(&[
    Property::required("verified", Shape::Boolean, "Whether every link holds."),
    Property::required("links", list_of(&Shape::Object(&LINK)), "The chain, in its order."),
    Property::required(
        "webhook",
        Shape::Nullable(&Shape::Object(&RECORD)),
        "The subscription with this URL, if there is one.",
    ),
]);

const LINK: Object = open(&[
    Property::required("link", FILLED, "What it is about."),
    Property::required("holds", Shape::Boolean, "Whether it holds."),
    Property::required("message", FILLED, "How it is, and what to do when it does not hold."),
]);

pub(in crate::operations) const SAMPLE: Object = closed(&[
    Property::required("event", FILLED, "The kind of event, such as invitee.created."),
    BASE_ID,
]);

pub(in crate::operations) const SAMPLED: Object =
    open(&[Property::required("sample", ANY_OBJECT, "What Calendly would send.")]);

const ANY_OBJECT: Shape = Shape::Map { min_properties: 0 };
