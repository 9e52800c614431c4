//! The endpoint families of the API, one file each.
//!
//! A family is a file with its resource type, its `ENDPOINTS` and their handlers. To add one, write
//! the file, name it here, and give [`Account`](super::account::Account) what it has to hold.

pub(crate) mod booking;
pub(crate) mod contact_input;
pub(crate) mod contacts;
pub(crate) mod custom_fields;
pub(crate) mod event_access;
pub(crate) mod event_type_input;
pub(crate) mod event_types;
pub(crate) mod groups;
pub(crate) mod invitees;
pub(crate) mod locations;
pub(crate) mod organizations;
pub(crate) mod scheduled_events;
pub(crate) mod seats;
pub(crate) mod users;

use super::call::Endpoint;

/// The endpoints of every family.
pub(crate) const FAMILIES: &[&[Endpoint]] = &[
    users::ENDPOINTS,
    organizations::ENDPOINTS,
    groups::ENDPOINTS,
    event_types::ENDPOINTS,
    scheduled_events::ENDPOINTS,
    invitees::ENDPOINTS,
    booking::ENDPOINTS,
    contacts::ENDPOINTS,
    custom_fields::ENDPOINTS,
];
