//! People, contact lists, transcripts, deletions, and the predecessor's actions.

use super::{DRY_RUN, END_TIME, REQUEST, START_TIME, WAS_DRY, closed, open};
use crate::shape::{FILLED, List, Object, Property, Shape, TEXT, one_of};

pub(in crate::operations) const INVITE: Object =
    closed(&[Property::required("email", FILLED, "Whom to invite: an e-mail address."), DRY_RUN]);

pub(in crate::operations) const REMOVE_MEMBER: Object = closed(&[
    Property::required(
        "membership",
        FILLED,
        "The id or URI of a record of the table organization_memberships.",
    ),
    DRY_RUN,
]);

pub(in crate::operations) const WHICH_ORGANIZATION: Object = closed(&[Property::optional(
    "organization",
    FILLED,
    "The organization's id or URI; that of who connected when left out.",
)]);

pub(in crate::operations) const ORGANIZATION: Object = open(&[Property::required(
    "organization",
    ANY_OBJECT,
    "The organization, as Calendly has it.",
)]);

pub(in crate::operations) const RECAP: Object =
    closed(&[Property::required("recap", FILLED, "The meeting recap's id or URI.")]);

pub(in crate::operations) const TRANSCRIPT: Object = open(&[
    Property::required("uri", Shape::Nullable(&TEXT), "The transcript's Calendly URI."),
    Property::required("text", Shape::Nullable(&TEXT), "Lines of a speaker's name and words."),
]);

pub(in crate::operations) const ON_A_LIST: Object = closed(&[
    Property::required("list", FILLED, "The contact list's id or URI; a view is no such list."),
    Property::required(
        "contacts",
        Shape::List(List { min_items: 1, max_items: 500, ..List::of(&FILLED) }),
        "The contacts' ids or URIs, 1 to 500.",
    ),
    DRY_RUN,
]);

pub(in crate::operations) const LIST_CHANGED: Object = open(&[
    Property::optional(
        "result",
        Shape::Nullable(&ANY_OBJECT),
        "What became of the contacts, in Calendly's words: how many there is no such contact for, \
         and so on.",
    ),
    WAS_DRY,
    REQUEST,
]);

pub(in crate::operations) const INVITEE_DATA: Object = closed(&[
    Property::required(
        "emails",
        Shape::List(List { min_items: 1, ..List::of(&FILLED) }),
        "The invitees' e-mail addresses.",
    ),
    DRY_RUN,
]);

pub(in crate::operations) const EVENT_DATA: Object = closed(&[START_TIME, END_TIME, DRY_RUN]);

pub(in crate::operations) const ACCEPTED: Object = open(&[
    Property::optional("accepted", Shape::Boolean, "That Calendly will do it, within seven days."),
    WAS_DRY,
    REQUEST,
]);

pub(in crate::operations) const EVENT_TYPE: Object =
    closed(&[Property::required("uuid", FILLED, "The event type's id.")]);

pub(in crate::operations) const SUBSCRIPTIONS: Object = closed(&[
    Property::optional("organization", FILLED, "The organization's id or URI."),
    Property::optional("scope", one_of(&["user", "organization", "group"]), "Whose they are."),
    Property::optional("user", FILLED, "The user's id or URI; who connected when left out."),
    Property::optional("group", FILLED, "The group's id or URI, for its scope."),
    Property::optional("count", Shape::Integer { minimum: 1, maximum: 100 }, "The most to list."),
]);

const ANY_OBJECT: Shape = Shape::Map { min_properties: 0 };
