//! The endpoint families of the API, one file each.
//!
//! A family is a file with its resource type, its `ENDPOINTS` and their handlers. To add one, write
//! the file, name it here, and give [`Account`](super::account::Account) what it has to hold.

pub(crate) mod activity_log;
pub(crate) mod activity_search;
pub(crate) mod availability_rules;
pub(crate) mod availability_schedules;
pub(crate) mod available_times;
pub(crate) mod booking;
pub(crate) mod busy_times;
pub(crate) mod contact_input;
pub(crate) mod contact_list_members;
pub(crate) mod contact_lists;
pub(crate) mod contacts;
pub(crate) mod custom_field_input;
pub(crate) mod custom_fields;
pub(crate) mod data_compliance;
pub(crate) mod event_access;
pub(crate) mod event_type_availability;
pub(crate) mod event_type_deletion;
pub(crate) mod event_type_hosts;
pub(crate) mod event_type_input;
pub(crate) mod event_types;
pub(crate) mod folding;
pub(crate) mod form_filling;
pub(crate) mod groups;
pub(crate) mod invitations;
pub(crate) mod invitee_moves;
pub(crate) mod invitees;
pub(crate) mod locations;
pub(crate) mod meeting_limits;
pub(crate) mod meeting_locations;
pub(crate) mod meeting_recaps;
pub(crate) mod no_shows;
pub(crate) mod notes;
pub(crate) mod one_off_event_types;
pub(crate) mod openings;
pub(crate) mod organizations;
pub(crate) mod outgoing_communications;
pub(crate) mod recap_publication;
pub(crate) mod routing_form_submissions;
pub(crate) mod routing_forms;
pub(crate) mod scheduled_events;
pub(crate) mod scheduling_links;
pub(crate) mod seats;
pub(crate) mod share_input;
pub(crate) mod shares;
pub(crate) mod teams;
pub(crate) mod users;
pub(crate) mod webhook_audience;
pub(crate) mod webhook_events;
pub(crate) mod webhook_notices;
pub(crate) mod webhook_payloads;
pub(crate) mod webhook_samples;
pub(crate) mod webhook_subscriptions;
pub(crate) mod windows;

use super::call::Endpoint;

/// The endpoints of every family.
pub(crate) const FAMILIES: &[&[Endpoint]] = &[
    users::ENDPOINTS,
    organizations::ENDPOINTS,
    invitations::ENDPOINTS,
    teams::ENDPOINTS,
    groups::ENDPOINTS,
    event_types::ENDPOINTS,
    event_type_hosts::ENDPOINTS,
    one_off_event_types::ENDPOINTS,
    available_times::ENDPOINTS,
    availability_schedules::ENDPOINTS,
    event_type_availability::ENDPOINTS,
    busy_times::ENDPOINTS,
    meeting_limits::ENDPOINTS,
    meeting_locations::ENDPOINTS,
    scheduled_events::ENDPOINTS,
    invitees::ENDPOINTS,
    booking::ENDPOINTS,
    no_shows::ENDPOINTS,
    scheduling_links::ENDPOINTS,
    shares::ENDPOINTS,
    contacts::ENDPOINTS,
    custom_fields::ENDPOINTS,
    contact_lists::ENDPOINTS,
    notes::ENDPOINTS,
    routing_forms::ENDPOINTS,
    routing_form_submissions::ENDPOINTS,
    meeting_recaps::ENDPOINTS,
    activity_log::ENDPOINTS,
    outgoing_communications::ENDPOINTS,
    data_compliance::ENDPOINTS,
    webhook_subscriptions::ENDPOINTS,
    webhook_samples::ENDPOINTS,
];
