//! The values that Calendly documents for fields with few.

use super::*;

#[test]
fn what_has_few_values_has_the_documented_ones() {
    let mut choices = Vec::new();
    for (table, field) in fields() {
        if let Kind::Choice(values) = field.kind {
            let values: BTreeSet<_> = values.iter().copied().collect();
            choices.push((format!("{table}.{}", field.name), values));
        }
    }
    choices.sort();
    let mut documented = Vec::new();
    for (names, values) in DOCUMENTED {
        for name in names.split_whitespace() {
            documented.push((name.to_owned(), values.split_whitespace().collect()));
        }
    }
    documented.sort();
    for (said, written) in choices.iter().zip(&documented) {
        assert_eq!(said, written);
    }
    assert_eq!(choices.len(), documented.len());
}

/// The fields, and the values of each of them.
const DOCUMENTED: &[(&str, &str)] = &[
    ("activity_log.actor_type", "User System"),
    ("available_times.status", "available"),
    ("busy_times.type", "calendly reserved external"),
    (
        "contact_custom_fields.field_type",
        "text number currency tags date single_select invitee_question",
    ),
    ("contact_lists.type", "static_list dynamic_view"),
    ("event_type_availability.availability_setting", "host"),
    ("event_type_hosts.member_locale", "en fr es de pt ps"),
    ("organization_memberships.user_locale users.locale", "en fr es de pt ps"),
    ("event_type_hosts.member_time_notation", "12h 24h"),
    ("organization_memberships.user_time_notation users.time_notation", "12h 24h"),
    ("event_types.booking_method one_off_event_types.booking_method", "instant poll"),
    ("event_types.kind one_off_event_types.kind", "solo group"),
    ("event_types.locale one_off_event_types.locale", "en fr es de nl pt it uk"),
    ("event_types.owner_type one_off_event_types.owner_type", "User Team"),
    (
        "event_types.pooling_type one_off_event_types.pooling_type",
        "round_robin collective multi_pool",
    ),
    ("event_types.type one_off_event_types.type", "StandardEventType AdhocEventType"),
    ("group_relationships.invitation_status", "pending accepted declined"),
    ("group_relationships.member_role", "user admin owner"),
    ("group_relationships.owner_type", "OrganizationMembership OrganizationInvitation"),
    ("group_relationships.role", "member admin"),
    ("invitees.canceler_type scheduled_events.canceler_type", "host invitee"),
    ("invitees.event_status invitees.status scheduled_events.status", "active canceled"),
    ("invitees.scheduling_method", "instant_book api"),
    (
        "locations.kind",
        "ask_invitee custom google_conference gotomeeting_conference inbound_call \
         microsoft_teams_conference outbound_call physical webex_conference zoom_conference",
    ),
    // In queries they are written in lower case.
    ("meeting_recaps.status", "Available Processing Unavailable"),
    ("organization_invitations.status", "pending accepted declined"),
    ("organization_memberships.role", "user admin owner"),
    ("outgoing_communications.type", "sms email"),
    ("routing_form_submissions.result_type", "event_type external_url custom_message"),
    ("routing_form_submissions.submitter_type", "Invitee"),
    ("routing_forms.status", "draft published"),
    ("scheduling_links.owner_type", "EventType"),
    ("shares.period_type", "available_moving moving fixed unlimited"),
    ("shares.status", "active booked expired"),
    ("users.resource_type", "User"),
    ("webhook_subscriptions.scope", "user organization group"),
    ("webhook_subscriptions.state", "active disabled"),
];
