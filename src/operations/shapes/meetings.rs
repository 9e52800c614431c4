//! Meetings, times and links.

use super::records::REASON;
use super::{DRY_RUN, END_TIME, START_TIME, closed, open};
use crate::shape::{FILLED, List, Object, Property, Shape, TEXT, list_of, one_of};

pub(in crate::operations) const BOOK: Object = closed(&[
    EVENT_TYPE_ID,
    Property::required("startTime", FILLED, "When it begins: a date-time with an offset."),
    Property::required("email", FILLED, "The invitee's e-mail address."),
    Property::required("timezone", FILLED, "The invitee's time zone, such as Europe/Paris."),
    Property::optional("name", TEXT, "The invitee's name; this or firstName is required."),
    Property::optional("firstName", TEXT, "The invitee's first name."),
    Property::optional("lastName", TEXT, "The invitee's last name."),
    Property::optional("textReminderNumber", TEXT, "A phone number for reminders, such as +33…"),
    Property::optional(
        "location",
        ANY_OBJECT,
        "Where: {kind, location}, of a kind that the event type has.",
    ),
    Property::optional("eventGuests", list_of(&FILLED), "Guests' e-mail addresses, up to 10."),
    Property::optional(
        "questionsAndAnswers",
        list_of(&ANY_OBJECT),
        "{question, answer} for each of the event type's questions, word for word.",
    ),
    Property::optional("tracking", ANY_OBJECT, "Where the booking came from: all six keys."),
    DRY_RUN,
]);

pub(in crate::operations) const CANCEL: Object =
    closed(&[Property::required("event", FILLED, "The meeting's id or URI."), REASON, DRY_RUN]);

pub(in crate::operations) const NO_SHOW: Object = closed(&[
    Property::required("invitee", FILLED, "The invitee: <event id>/<invitee id>, or the URI."),
    DRY_RUN,
]);

pub(in crate::operations) const AVAILABLE: Object = closed(&[EVENT_TYPE_ID, START_TIME, END_TIME]);

pub(in crate::operations) const AVAILABLE_TIMES: Object =
    open(&[Property::required("times", list_of(&ANY_OBJECT), "The times, as Calendly has them.")]);

pub(in crate::operations) const BUSY: Object = closed(&[
    Property::optional("user", FILLED, "The user's id or URI; who connected when left out."),
    START_TIME,
    END_TIME,
]);

pub(in crate::operations) const BUSY_TIMES: Object = open(&[Property::required(
    "busyTimes",
    list_of(&ANY_OBJECT),
    "The times, as Calendly has them, those too that began before.",
)]);

pub(in crate::operations) const SCHEDULING_LINK: Object = closed(&[EVENT_TYPE_ID, DRY_RUN]);

pub(in crate::operations) const SHARE: Object = closed(&[
    EVENT_TYPE_ID,
    Property::optional("name", TEXT, "The name, up to 55 characters."),
    Property::optional("duration", MINUTES, "The duration in minutes."),
    Property::optional(
        "durationOptions",
        Shape::List(List { max_items: 4, unique: true, ..List::of(&MINUTES) }),
        "Durations to choose from, in minutes.",
    ),
    Property::optional(
        "periodType",
        one_of(&["available_moving", "moving", "fixed", "unlimited"]),
        "How far ahead it can be booked.",
    ),
    Property::optional("startDate", FILLED, "The first day of a fixed period: YYYY-MM-DD."),
    Property::optional("endDate", FILLED, "The last day of a fixed period: YYYY-MM-DD."),
    Property::optional(
        "maxBookingTime",
        Shape::Integer { minimum: 1, maximum: i32::MAX as i64 },
        "The length of a moving period.",
    ),
    Property::optional("hideLocation", Shape::Boolean, "Whether to hide a custom location."),
    Property::optional(
        "locationConfigurations",
        list_of(&ANY_OBJECT),
        "The locations, as an event type has them.",
    ),
    Property::optional("availabilityRule", ANY_OBJECT, "The hours: {rules, timezone}."),
    DRY_RUN,
]);

const EVENT_TYPE_ID: Property =
    Property::required("eventType", FILLED, "The event type's id or URI.");

const MINUTES: Shape = Shape::Integer { minimum: 1, maximum: 720 };
const ANY_OBJECT: Shape = Shape::Map { min_properties: 0 };
