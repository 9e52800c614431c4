//! When and where users can be met.

use super::{Documented, Plan};

pub(super) const TABLES: &[Documented] = &[
    Documented {
        table: "availability_schedules",
        bases: "user: query get create update; organization: query get update",
        identity: "user_availability_schedules",
        listing: "/user_availability_schedules of /organization_memberships/user/uri as user, \
                  of organization, all at once",
        scopes: "availability:read availability:write",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "name! timezone! rules!",
        update: "name timezone rules default",
        members: "default name user timezone rules",
    },
    Documented {
        table: "busy_times",
        bases: "user: query; organization: query",
        identity: "/user /type /start_time /end_time",
        listing: "/user_busy_times of /organization_memberships/user/uri as user, \
                  of organization, all at once, start_time:asc, 7 days of start_time",
        scopes: "availability:read",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "",
        update: "",
        members: "user type start_time end_time buffered_start_time? buffered_end_time? event.uri?",
    },
    Documented {
        table: "meeting_limits",
        bases: "user: query update; organization: query update",
        identity: "/user",
        listing: "/user_meeting_limits of user, the caller, all at once",
        scopes: "availability:read availability:write",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "",
        update: "daily_limit weekly_limit monthly_limit",
        members: "user daily_limit? weekly_limit? monthly_limit?",
    },
    Documented {
        table: "locations",
        bases: "user: query; organization: query",
        identity: "/user /kind",
        listing: "/locations of /organization_memberships/user/uri as user, of organization, \
                  all at once",
        scopes: "locations:read",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "",
        update: "",
        members: "user kind connected?",
    },
];
