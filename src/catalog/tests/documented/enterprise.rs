//! What the Enterprise plan alone has.

use super::{Documented, Plan};

pub(super) const TABLES: &[Documented] = &[
    Documented {
        table: "activity_log",
        bases: "organization: query",
        identity: "activity_log_entries",
        listing: "/activity_log_entries of organization, 1000 a page, occurred_at:desc",
        scopes: "activity_log:read",
        plan: Plan::Enterprise,
        // actor, namespace and action are lists, and so is sort: how they are written in a query
        // is not documented.
        filters: "search_term=exact min_occurred_at=from max_occurred_at=to",
        sorts: "occurred_at",
        create: "",
        update: "",
        members: "occurred_at actor? actor.uri? actor.type? actor.display_name? \
                  actor.alternative_identifier? details fully_qualified_name namespace action \
                  organization",
    },
    Documented {
        table: "outgoing_communications",
        bases: "organization: query",
        identity: "digest",
        listing: "/outgoing_communications of organization, 100 a page",
        scopes: "outgoing_communications:read",
        plan: Plan::Enterprise,
        filters: "min_created_at=from max_created_at=to",
        sorts: "",
        create: "",
        update: "",
        members: "type to from subject? body sender_uri? sender_email? event_type_uri event_uri \
                  sent_at created_at scheduling_url",
    },
];
