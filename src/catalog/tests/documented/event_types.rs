//! Event types, and what each of them has.

use super::{Documented, Plan};

pub(super) const TABLES: &[Documented] = &[
    Documented {
        table: "event_types",
        bases: "user: query get create update; organization: query get update",
        identity: "event_types",
        listing: "/event_types of the base, 100 a page, name:asc",
        scopes: "event_types:read event_types:write",
        plan: Plan::Free,
        filters: "active=exact admin_managed=exact",
        sorts: "name position created_at updated_at",
        create: "name! active description duration duration_options locations color locale \
                 start_time_increment before_buffer after_buffer",
        update: "name active description duration duration_options locations color locale \
                 start_time_increment before_buffer after_buffer",
        members: "name? active admin_managed booking_method color created_at updated_at \
                  deleted_at? custom_questions description_html? description_plain? duration \
                  duration_options? internal_note? is_paid kind locale locations? pooling_type? \
                  position profile.type? profile.name? profile.owner? scheduling_url secret slug? \
                  type start_time_increment? before_buffer? after_buffer?",
    },
    Documented {
        table: "one_off_event_types",
        bases: "user: get create",
        identity: "event_types",
        listing: "",
        scopes: "event_types:read event_types:write",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "name! duration! date_setting! co_hosts timezone location",
        update: "",
        members: "name? active admin_managed booking_method color created_at updated_at \
                  deleted_at? custom_questions description_html? description_plain? duration \
                  duration_options? internal_note? is_paid kind locale locations? pooling_type? \
                  position profile.type? profile.name? profile.owner? scheduling_url secret slug? \
                  type start_time_increment? before_buffer? after_buffer?",
    },
    Documented {
        table: "event_type_hosts",
        bases: "user: query; organization: query",
        identity: "event_type_memberships",
        listing: "/event_type_memberships of /event_types/uri as event_type, of the base, \
                  100 a page",
        scopes: "event_types:read",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "",
        update: "",
        members: "event_type.uri event_type.name? member.uri? member.name? member.slug? \
                  member.email? member.scheduling_url? member.timezone? member.time_notation? \
                  member.avatar_url? member.created_at? member.updated_at? \
                  member.current_organization? member.locale? created_at? updated_at?",
    },
    Documented {
        table: "event_type_availability",
        bases: "user: query update; organization: query update",
        identity: "/event_type /availability_rule/user",
        listing: "/event_type_availability_schedules of /event_types/uri as event_type, \
                  of the base, all at once",
        scopes: "availability:read availability:write",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "",
        update: "availability_rule.timezone! availability_rule.rules availability_setting",
        members: "event_type availability_setting availability_rule.timezone \
                  availability_rule.uri availability_rule.name? availability_rule.user \
                  availability_rule.rules",
    },
    Documented {
        table: "available_times",
        bases: "user: query; organization: query",
        identity: "/event_type /start_time",
        listing: "/event_type_available_times of /event_types?active=true/uri as event_type, \
                  of the base, all at once, 31 days of start_time",
        scopes: "availability:read event_types:read",
        plan: Plan::Free,
        filters: "",
        sorts: "",
        create: "",
        update: "",
        members: "event_type status invitees_remaining start_time scheduling_url",
    },
];
