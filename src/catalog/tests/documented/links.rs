//! Links for booking, and webhooks.

use super::{Documented, Plan};

pub(super) const TABLES: &[Documented] = &[
    Documented {
        table: "scheduling_links",
        bases: "user: create; organization: create",
        identity: "/booking_url",
        listing: "",
        scopes: "scheduling_links:write",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        // max_event_count and owner_type have one value each.
        create: "owner!",
        update: "",
        members: "booking_url owner? owner_type?",
    },
    Documented {
        table: "shares",
        bases: "user: query create update delete; organization: query create update delete",
        identity: "shares",
        listing: "/shares of user, the caller, 100 a page, created_at:desc",
        scopes: "shares:read shares:write",
        plan: Plan::Free,
        filters: "event_type=exact min_created_at=from max_created_at=to",
        sorts: "created_at",
        create: "event_type! name duration duration_options period_type start_date end_date \
                 max_booking_time hide_location location_configurations availability_rule",
        update: "contact name duration duration_options period_type start_date end_date \
                 max_booking_time min_booking_time hide_location location_configurations \
                 availability_rule",
        members: "contact? created_at status scheduling_links scheduling_links.0.booking_url? \
                  scheduling_links.0.owner? share_override.name? share_override.duration? \
                  share_override.duration_options? share_override.period_type? \
                  share_override.start_date? share_override.end_date? \
                  share_override.max_booking_time? share_override.min_booking_time? \
                  share_override.hide_location? share_override.location_configurations? \
                  share_override.availability_rule?",
    },
    Documented {
        table: "webhook_subscriptions",
        bases: "user: query get create delete; organization: query! get! create! delete!; \
                group: query! get! create! delete!",
        identity: "webhook_subscriptions",
        listing: "/webhook_subscriptions of organization and scope, 100 a page, created_at:asc",
        scopes: "webhooks:read webhooks:write",
        plan: Plan::Free,
        filters: "",
        sorts: "created_at",
        // organization, scope, user and group follow from the base.
        create: "url! events! signing_key",
        update: "",
        members: "callback_url created_at updated_at retry_started_at? state events scope \
                  organization user? group? creator?",
    },
];
